//! Every body that the three manuals print: requests are read and written again with exactly their keys and values,
//! answers are read into their types. `tests/golden/README.md` says what was mended.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{form, golden, json};
use paypair_protocol::{
    CallError, Error, Money, payletter as kr, payletter_global as global,
    payple::{self, LookupAnswer, Repeat},
    wire::Fields,
};

const FOLDERS: [&str; 3] = ["payple", "payletter", "payletter_global"];

/// Requests, each with how it is read and written again.
fn requests() -> Vec<(&'static str, Result<Fields, Error>)> {
    macro_rules! again {
        ($name:literal, $type:path) => {
            (
                $name,
                <$type>::from_fields(&body($name)).map(|request| request.fields()),
            )
        };
    }
    let issue = body("payletter/manual/15_cash_receipt.json");
    let info = body("payletter/manual/17_receipt.form");
    let part = body("payletter/manual/11_partial_refund.json");
    let whole = body("payletter/manual/09_refund.json");
    vec![
        again!("payple/manual/01_auth_pay.json", payple::Auth),
        again!("payple/manual/03_auth_refund.json", payple::Auth),
        again!("payple/manual/05_auth_payer_delete.json", payple::Auth),
        again!("payple/manual/08_confirm.json", payple::Confirm),
        again!("payple/manual/09_auth_charge.json", payple::Auth),
        again!("payple/manual/10_charge.json", payple::Charge),
        again!("payple/manual/12_auth_refund.json", payple::Auth),
        again!("payple/manual/13_refund.json", payple::Refund),
        again!("payple/manual/15_auth_payer_delete.json", payple::Auth),
        again!("payple/manual/16_payer_delete.json", payple::PayerDelete),
        again!("payple/manual/18_auth_payer.json", payple::Auth),
        again!("payple/manual/19_payer.json", payple::PayerLookup),
        again!("payple/manual/21_auth_lookup.json", payple::Auth),
        again!("payple/manual/22_lookup.json", payple::Lookup),
        again!("payletter/manual/01_pay.json", kr::PaymentRequest),
        again!("payletter/manual/05_charge.json", kr::Charge),
        again!("payletter/manual/07_registration.json", kr::PaymentRequest),
        (
            "payletter/manual/09_refund.json",
            kr::Refund::from_fields(&whole, Money::won(0)).map(|request| request.fields()),
        ),
        (
            "payletter/manual/11_partial_refund.json",
            kr::Refund::partial_from_fields(&part).map(|request| request.fields()),
        ),
        again!("payletter/manual/13_transactions.form", kr::TransactionList),
        (
            "payletter/manual/15_cash_receipt.json",
            kr::CashReceiptIssue::from_fields("t", &issue).map(|request| request.fields()),
        ),
        (
            "payletter/manual/17_receipt.form",
            kr::ReceiptInfo::from_fields("t", &info).map(|request| request.fields()),
        ),
        again!(
            "payletter_global/manual/01_pay.json",
            global::PaymentRequest
        ),
        again!("payletter_global/manual/04_charge.json", global::Charge),
        again!("payletter_global/manual/07_refund.json", global::Refund),
        again!("payletter_global/manual/10_sales.json", global::SalesList),
        again!(
            "payletter_global/manual/13_settlements.json",
            global::SettlementList
        ),
        again!(
            "payletter_global/manual/16_subscription_cancel.json",
            global::SubscriptionCancel
        ),
    ]
}

/// What we leave out or name otherwise, and why.
const DIFFERS: [(&str, &[&str], &[&str]); 3] = [
    // The window's tokens are the same with and without the method, which the buyer may still change.
    ("payple/manual/01_auth_pay.json", &["PCD_PAY_TYPE"], &[]),
    // The wire does not want the month, and calls the tax otherwise (recorded 2021; vendor's samples).
    (
        "payple/manual/13_refund.json",
        &[
            "PCD_REGULER_FLAG",
            "PCD_PAY_YEAR",
            "PCD_PAY_MONTH",
            "PCD_PAY_TAXTOTAL",
        ],
        &["PCD_REFUND_TAXTOTAL"],
    ),
    // The order id and the day name the payment.
    (
        "payple/manual/22_lookup.json",
        &["PCD_REGULER_FLAG", "PCD_PAY_YEAR", "PCD_PAY_MONTH"],
        &[],
    ),
];

/// Answers, and what else is printed; the tests below read them.
const ANSWERS: [&str; 31] = [
    "payple/manual/02_auth_pay_answer.json",
    "payple/manual/04_auth_refund_answer.json",
    "payple/manual/06_auth_payer_delete_answer.json",
    "payple/manual/07_window.json",
    "payple/manual/11_charge_answer.json",
    "payple/manual/14_refund_answer.json",
    "payple/manual/17_payer_delete_answer.json",
    "payple/manual/20_payer_answer.json",
    "payple/manual/23_lookup_answer.json",
    "payletter/manual/02_pay_answer.json",
    "payletter/manual/03_refused.json",
    "payletter/manual/04_callback_acknowledgement.json",
    "payletter/manual/06_charge_answer.json",
    "payletter/manual/08_registration_answer.json",
    "payletter/manual/10_refund_answer.json",
    "payletter/manual/12_partial_refund_answer.json",
    "payletter/manual/14_transactions_answer.json",
    "payletter/manual/16_cash_receipt_answer.json",
    "payletter/manual/18_receipt_answer.json",
    "payletter_global/manual/02_pay_answer.json",
    "payletter_global/manual/03_pay_refused.json",
    "payletter_global/manual/05_charge_answer.json",
    "payletter_global/manual/06_charge_refused.json",
    "payletter_global/manual/08_refund_answer.json",
    "payletter_global/manual/09_refund_refused.json",
    "payletter_global/manual/11_sales_answer.json",
    "payletter_global/manual/12_sales_refused.json",
    "payletter_global/manual/14_settlements_answer.json",
    "payletter_global/manual/15_settlements_refused.json",
    "payletter_global/manual/17_subscription_cancel_answer.json",
    "payletter_global/manual/18_subscription_cancel_refused.json",
];

fn body(name: &str) -> Fields {
    if name.ends_with(".form") {
        form(name)
    } else {
        json(name)
    }
}

/// A request read from its printed body, to read its answer with.
macro_rules! asked {
    ($type:path, $name:literal) => {
        <$type>::from_fields(&body($name)).unwrap()
    };
}

#[test]
fn every_printed_body_is_tested() {
    let tested: BTreeSet<String> = requests()
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .chain(ANSWERS.map(str::to_owned))
        .collect();
    let mut kept = BTreeSet::new();
    for gateway in FOLDERS {
        let folder = format!(
            "{}/../../tests/golden/{gateway}/manual",
            env!("CARGO_MANIFEST_DIR")
        );
        for entry in std::fs::read_dir(folder).unwrap() {
            let file = entry.unwrap().file_name().into_string().unwrap();
            kept.insert(format!("{gateway}/manual/{file}"));
        }
    }
    assert_eq!(tested, kept);
}

#[test]
fn a_printed_request_is_written_again_with_exactly_its_keys() {
    for (name, written) in requests() {
        let pairs = |fields: &Fields| -> BTreeMap<String, String> {
            fields
                .iter()
                .map(|(key, value)| (key.to_owned(), value.text().unwrap().into_owned()))
                .collect()
        };
        let mut printed = pairs(&body(name));
        let mut written = pairs(&written.unwrap_or_else(|error| panic!("{name}: {error}")));
        if let Some((_, left_out, instead)) = DIFFERS.iter().find(|(who, ..)| *who == name) {
            let gone = |pairs: &mut BTreeMap<String, String>, keys: &[&str]| {
                for key in keys {
                    assert!(pairs.remove(*key).is_some(), "{name}: {key}");
                }
            };
            gone(&mut printed, left_out);
            gone(&mut written, instead);
        }
        // `1.00` is read and written as 1.00 dollars whatever the spelling.
        assert_eq!(written, printed, "{name}");
    }
}

#[test]
fn a_printed_request_keeps_its_own_table() {
    assert_eq!(
        asked!(payple::Charge, "payple/manual/10_charge.json").check(),
        []
    );
    assert_eq!(
        asked!(kr::PaymentRequest, "payletter/manual/01_pay.json").check(),
        []
    );
    assert_eq!(
        asked!(kr::Charge, "payletter/manual/05_charge.json").check(),
        []
    );
    let registration = asked!(kr::PaymentRequest, "payletter/manual/07_registration.json");
    assert!(registration.is_registration() && registration.check().is_empty());
    assert_eq!(
        asked!(
            global::PaymentRequest,
            "payletter_global/manual/01_pay.json"
        )
        .check(),
        []
    );
    assert_eq!(
        asked!(global::Charge, "payletter_global/manual/04_charge.json").check(),
        []
    );
    assert_eq!(
        asked!(
            global::SettlementList,
            "payletter_global/manual/13_settlements.json"
        )
        .check(),
        []
    );
}

#[test]
fn the_printed_page_opens_a_window() {
    let mut window = payple::Window::new();
    let page = json("payple/manual/07_window.json");
    for (name, value) in page.iter() {
        window.set(name, &value.text().unwrap()).unwrap();
    }
    assert_eq!(window.check(), []);
    let sent: BTreeSet<&str> = window
        .fields()
        .iter()
        .map(|(name, _)| name.as_ref())
        .collect();
    let expected: BTreeSet<&str> = page
        .iter()
        .filter(|(name, value)| name.starts_with("PCD_") && value.text().as_deref() != Some(""))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(sent, expected);
}

#[test]
fn payples_printed_auth_answers_lead_on() {
    for (request, answer, path) in [
        ("01_auth_pay", "02_auth_pay_answer", "/index.php?ACT_=PAYM"),
        (
            "03_auth_refund",
            "04_auth_refund_answer",
            "/php/account/api/cPayCAct.php",
        ),
        (
            "05_auth_payer_delete",
            "06_auth_payer_delete_answer",
            "/php/cPayUser/api/cPayUserAct.php?ACT_=PUSERDEL",
        ),
    ] {
        let file = |name: &str| format!("payple/manual/{name}.json");
        let auth = payple::Auth::from_fields(&json(&file(request))).unwrap();
        let answer = auth.read(200, &golden(&file(answer))).unwrap();
        assert_eq!((answer.path.as_str(), auth.purpose.path()), (path, path));
    }
    let monthly = asked!(payple::Auth, "payple/manual/09_auth_charge.json");
    assert_eq!(monthly.purpose, payple::Purpose::RepeatMonthly);
}

#[test]
fn payples_printed_answers_are_read() {
    let charge = asked!(payple::Charge, "payple/manual/10_charge.json");
    assert_eq!(
        charge.repeat,
        Repeat::Monthly {
            year: 2018,
            month: 4
        }
    );
    let payment = charge
        .read(200, &golden("payple/manual/11_charge_answer.json"))
        .unwrap();
    let september = Repeat::Monthly {
        year: 2019,
        month: 9,
    };
    assert_eq!(payment.repeat, Some(september));
    assert_eq!(payment.order_id, charge.order_id);
    assert_eq!(payment.amount, Some(Money::won(1000)));
    assert_eq!(
        (payment.taxable, payment.tax_amount),
        (Some(true), Some(Money::won(10)))
    );
    assert_eq!(payment.customer_email.as_deref(), Some("dev@payple.kr"));
    assert_eq!(payment.card_name.as_deref(), Some("BC 카드"));
    assert_eq!(
        (payment.custom1.as_deref(), payment.custom2.as_deref()),
        (Some("가맹점 정의1"), Some("가맹점 정의2"))
    );
    assert!(
        payment
            .receipt_url
            .as_deref()
            .unwrap()
            .starts_with("https://www.danalpay.com/")
    );

    let refund = asked!(payple::Refund, "payple/manual/13_refund.json");
    let refunded = refund
        .read(200, &golden("payple/manual/14_refund_answer.json"))
        .unwrap();
    assert_eq!(
        (refunded.amount, refunded.tax_amount),
        (Some(Money::won(1000)), Some(Money::won(10)))
    );
    assert_eq!(refunded.repeat, Some(september));
    assert_eq!(refunded.customer_id.as_deref(), Some("1234"));
    assert_eq!(refunded.product_name.as_deref(), Some("정기구독"));
    assert!(refunded.billing_key.is_some() && refunded.method == Some("card".into()));

    let delete = asked!(payple::PayerDelete, "payple/manual/16_payer_delete.json");
    let deleted = delete
        .read(200, &golden("payple/manual/17_payer_delete_answer.json"))
        .unwrap();
    assert_eq!(deleted.billing_key, delete.billing_key);
    assert_eq!(
        (deleted.customer_id.as_deref(), &deleted.gateway_code),
        (Some("2324"), &None)
    );
    assert_eq!(deleted.gateway_message.as_deref(), Some("해지완료"));
    let newer = delete
        .read(200, &golden("payple/payer_deleted.json"))
        .unwrap();
    assert_eq!(newer.gateway_code.as_deref(), Some("TSDL0000"));

    let payer = asked!(payple::PayerLookup, "payple/manual/19_payer.json");
    let found = payer
        .read(200, &golden("payple/manual/20_payer_answer.json"))
        .unwrap();
    assert_eq!(
        (found.issuer_code.as_deref(), found.holder_type.as_deref()),
        (Some("0200"), Some("개인"))
    );

    let lookup = asked!(payple::Lookup, "payple/manual/22_lookup.json");
    let LookupAnswer::Found(payment) = lookup
        .read(200, &golden("payple/manual/23_lookup_answer.json"))
        .unwrap()
    else {
        panic!("found")
    };
    assert_eq!(
        payment.repeat,
        Some(Repeat::Monthly {
            year: 2018,
            month: 5
        })
    );
    assert_eq!(payment.customer_email.as_deref(), Some("dev@payple.kr"));
}

#[test]
fn recorded_and_older_payple_bodies_are_read() {
    let auth = asked!(payple::Auth, "payple/manual/01_auth_pay.json");
    for (name, host) in [
        ("payple/auth_window_2.json", "https://testcpay.payple.kr"),
        ("payple/auth_window_2022.json", "https://democpay.payple.kr"),
        (
            "payple/auth_simple_transfer.json",
            "https://testcpay.payple.kr",
        ),
        ("payple/auth_2018.json", ""),
    ] {
        assert_eq!(auth.read(200, &golden(name)).unwrap().host, host, "{name}");
    }
    let refund = asked!(payple::Refund, "payple/manual/13_refund.json");
    let transfer = refund
        .read(200, &golden("payple/refund_transfer.json"))
        .unwrap();
    assert_eq!(transfer.amount, Some(Money::won(1000)));
}

#[test]
fn payletters_printed_answers_are_read() {
    let pay = asked!(kr::PaymentRequest, "payletter/manual/01_pay.json");
    for name in [
        "payletter/manual/02_pay_answer.json",
        "payletter/manual/08_registration_answer.json",
    ] {
        let session = pay.read(200, &golden(name)).unwrap();
        assert_eq!(session.session_token, "153438847514600001");
    }
    for (name, token) in [
        ("payletter/session_3.json", "158380789882500024"),
        ("payletter/session_4.json", "158381666385300050"),
    ] {
        assert_eq!(pay.read(200, &golden(name)).unwrap().session_token, token);
    }
    let refused = pay.read(401, &golden("payletter/manual/03_refused.json"));
    assert!(
        matches!(&refused, Err(CallError::Refused { gateway_code, .. })
        if kr::codes::is_access(gateway_code))
    );
    // The callback's answer is ours to write: the same keys.
    let printed = json("payletter/manual/04_callback_acknowledgement.json");
    for ours in [kr::ACK.to_owned(), kr::nack("x")] {
        let ours = Fields::from_json(ours.as_bytes()).unwrap();
        assert!(ours.names().eq(printed.names()));
    }

    let charge = asked!(kr::Charge, "payletter/manual/05_charge.json");
    let charged = charge
        .read(200, &golden("payletter/manual/06_charge_answer.json"))
        .unwrap();
    assert_eq!(charged.transaction_id, "tpay_test201801012359590003");
    assert_eq!(
        (
            charged.amount,
            charged.approval_no.as_deref(),
            charged.paid_at.as_deref()
        ),
        (
            Some(charge.amount),
            Some("123456"),
            Some("2018-01-01 23:59:59")
        )
    );
    assert_eq!(charged.billing_key.as_ref(), Some(&charge.billing_key));

    let refund =
        kr::Refund::from_fields(&body("payletter/manual/09_refund.json"), Money::won(0)).unwrap();
    for name in [
        "payletter/manual/10_refund_answer.json",
        "payletter/manual/12_partial_refund_answer.json",
    ] {
        let refunded = refund.read(200, &golden(name)).unwrap();
        assert_eq!(
            (refunded.amount, refunded.approval_no.as_deref()),
            (Some(Money::won(1000)), Some("123456"))
        );
    }

    let list = asked!(kr::TransactionList, "payletter/manual/13_transactions.form");
    let rows = list
        .read(200, &golden("payletter/manual/14_transactions_answer.json"))
        .unwrap();
    assert_eq!((rows.total, rows.rows.len()), (Some(2), 2));
    let row = &rows.rows[0];
    assert_eq!(
        (
            row.customer_name.as_deref(),
            row.product_name.as_deref(),
            row.approval_no.as_deref()
        ),
        (Some("tester"), Some("testproduct"), Some("2506686"))
    );
    assert_eq!(
        (row.tax_amount, row.cancelled_at.as_deref()),
        (None, Some("2018-09-18 09:52:29"))
    );
    let newer = list
        .read(200, &golden("payletter/transaction_list.json"))
        .unwrap();
    assert_eq!(
        (newer.rows[0].tax_free_amount, newer.rows[0].tax_amount),
        (Some(Money::won(100)), Some(Money::won(20)))
    );

    let hosts = kr::Hosts::new(paypair_protocol::Env::Test).unwrap();
    let issue = body("payletter/manual/15_cash_receipt.json");
    let issue = kr::CashReceiptIssue::from_fields("tpay_test-201904097449610", &issue).unwrap();
    let page = issue
        .read(200, &golden("payletter/manual/16_cash_receipt_answer.json"))
        .unwrap();
    assert!(hosts.window_url(&page.url).is_ok(), "{}", page.url);
    let info = body("payletter/manual/17_receipt.form");
    let info = kr::ReceiptInfo::from_fields("tsktest1-202201039368273", &info).unwrap();
    for name in [
        "payletter/manual/18_receipt_answer.json",
        "payletter/receipt_page.json",
    ] {
        let page = info.read(200, &golden(name)).unwrap();
        assert!(hosts.window_url(&page.url).is_ok(), "{}", page.url);
    }
    assert!(matches!(
        info.read(200, b"{}"),
        Err(CallError::Unreadable { .. })
    ));
}

#[test]
fn recorded_payletter_requests_are_read() {
    let charge = kr::Charge::from_fields(&json("payletter/charge_request.json")).unwrap();
    assert_eq!(
        (
            charge.tax_free_amount,
            charge.tax_amount,
            charge.customer_name.as_deref()
        ),
        (Some(Money::won(100)), Some(Money::won(20)), Some("테스터"))
    );
    let refund = json("payletter/refund_request_number.json");
    let refund = kr::Refund::from_fields(&refund, Money::won(0)).unwrap();
    assert_eq!(refund.customer_id, "4991");
}

#[test]
fn globals_printed_answers_are_read() {
    let pay = asked!(
        global::PaymentRequest,
        "payletter_global/manual/01_pay.json"
    );
    let session = pay
        .read(200, &golden("payletter_global/manual/02_pay_answer.json"))
        .unwrap();
    assert_eq!(session.session_token, "167702306200001");

    let charge = asked!(global::Charge, "payletter_global/manual/04_charge.json");
    let charged = charge
        .read(
            200,
            &golden("payletter_global/manual/05_charge_answer.json"),
        )
        .unwrap();
    assert_eq!(charged.transaction_id, "20230509XZFMAPBYZTW5");
    assert_eq!(
        (charged.amount, charged.order_id.as_deref()),
        (Some(charge.amount), Some("123456789"))
    );
    assert_eq!(
        (
            charged.merchant_id.as_deref(),
            charged.customer_id.as_deref(),
            charged.country.as_deref()
        ),
        (Some("PL_Merchant"), Some("testid"), Some("KOR"))
    );
    assert_eq!(charged.billing_key.as_ref(), Some(&charge.billing_key));
    assert_eq!(charged.paid_at.as_deref(), Some("2023-05-09 09:31:00"));

    let refund = asked!(global::Refund, "payletter_global/manual/07_refund.json");
    let refunded = refund
        .read(
            200,
            &golden("payletter_global/manual/08_refund_answer.json"),
        )
        .unwrap();
    assert!(!refunded.is_pending());
    assert_eq!(refunded.refunded_at.as_deref(), Some("2023-05-09 09:32:00"));

    let sales = asked!(global::SalesList, "payletter_global/manual/10_sales.json");
    let sales = sales
        .read(200, &golden("payletter_global/manual/11_sales_answer.json"))
        .unwrap();
    assert_eq!((sales.rows.len(), sales.cancelled), (2, Some(0)));

    let cancel = asked!(
        global::SubscriptionCancel,
        "payletter_global/manual/16_subscription_cancel.json"
    );
    let cancelled = cancel
        .read(
            200,
            &golden("payletter_global/manual/17_subscription_cancel_answer.json"),
        )
        .unwrap();
    assert_eq!(
        (
            cancelled.gateway_code.as_deref(),
            cancelled.gateway_message.as_deref()
        ),
        (Some("0"), Some("OK"))
    );
    assert!(cancel.read(200, b"{\"data\":{}}").is_err());
}

#[test]
fn globals_printed_refusals_say_why() {
    let cancel = asked!(
        global::SubscriptionCancel,
        "payletter_global/manual/16_subscription_cancel.json"
    );
    for (status, name, code) in [
        (400, "03_pay_refused", Some("2102")),
        (400, "06_charge_refused", None),
        (400, "09_refund_refused", Some("2104")),
        (403, "12_sales_refused", None),
        (403, "15_settlements_refused", None),
        (
            400,
            "18_subscription_cancel_refused",
            Some(global::codes::SUBSCRIPTION_CANCELLED_BEFORE),
        ),
    ] {
        let refused = cancel.read(
            status,
            &golden(&format!("payletter_global/manual/{name}.json")),
        );
        let Err(CallError::Refused {
            gateway_code,
            detail,
            ..
        }) = refused
        else {
            panic!("{name}: {refused:?}")
        };
        assert_eq!(
            global::codes::is_access(&gateway_code),
            status == 403,
            "{name}"
        );
        assert_eq!(
            detail.as_deref().and_then(global::codes::detail_code),
            code,
            "{name}"
        );
    }
}

#[test]
fn a_refund_of_a_vietnamese_transfer_is_only_asked_for() {
    let body = br#"{"data":{"paytoken":"p","currency":"VND","amount":20000,"refunddate":"2023-05-09 09:32:00"}}"#;
    let refund = |method: Option<&str>| global::Refund {
        merchant_id: "PL_Merchant".into(),
        transaction_id: "p".into(),
        amount: Money::parse("20000", &paypair_protocol::Currency::parse("VND").unwrap()).unwrap(),
        method: method.map(Into::into),
    };
    // The answer names no method: the request's counts.
    assert!(
        refund(Some("vtcdomesticbank"))
            .read(200, body)
            .unwrap()
            .is_pending()
    );
    assert!(
        !refund(Some("PLCreditCard"))
            .read(200, body)
            .unwrap()
            .is_pending()
    );
    assert!(!refund(None).read(200, body).unwrap().is_pending());
}

#[test]
fn the_settlement_list_is_read_with_reserves_and_empty_currencies() {
    let list = asked!(
        global::SettlementList,
        "payletter_global/manual/13_settlements.json"
    );
    let settlements = list
        .read(
            200,
            &golden("payletter_global/manual/14_settlements_answer.json"),
        )
        .unwrap();
    let [reserve, payment] = &settlements.rows[..] else {
        panic!("two rows")
    };
    assert_eq!(
        (reserve.currency, reserve.transaction_id.as_deref()),
        (None, None)
    );
    let text =
        |figure: &Option<global::Figure>| figure.as_ref().map(|figure| figure.as_str().to_owned());
    assert_eq!(text(&reserve.settled).as_deref(), Some("-414.0"));
    assert_eq!(text(&reserve.rolling_reserve).as_deref(), Some("-414.0"));
    assert_eq!(payment.rolling_reserve, None);
    let usd = payment.currency.unwrap();
    let cents = |figure: &Option<global::Figure>| figure.as_ref().unwrap().minor(&usd).unwrap();
    assert_eq!(
        (cents(&payment.paid), cents(&payment.settled)),
        (7999, 7394)
    );
    assert_eq!(
        cents(&payment.paid) - cents(&payment.total_fee),
        cents(&payment.settled)
    );
    assert_eq!(
        cents(&payment.vat) + cents(&payment.supply),
        cents(&payment.total_fee)
    );
    assert_eq!(
        cents(&payment.store_fee) + cents(&payment.transaction_fee),
        cents(&payment.supply)
    );
    for fee in [
        &payment.chargeback_fee,
        &payment.refund_fee,
        &payment.other_fee,
    ] {
        assert_eq!(cents(fee), 0);
    }
    assert_eq!(
        (payment.count, payment.settled_on.as_str()),
        (Some(1), "20230131")
    );
    assert_eq!(payment.state, global::SettlementState::Settled);
    assert_eq!(
        (
            payment.method_group.as_deref(),
            payment.method_kind.as_deref()
        ),
        (Some("PL"), Some("CreditCard"))
    );
    assert_eq!(
        (payment.note.as_deref(), payment.note_detail.as_deref()),
        (Some("4.00"), None)
    );
    assert_eq!(payment.merchant_id.as_deref(), Some("PL_Merchant"));
    assert!(matches!(
        list.read(200, b"{\"data\":{}}"),
        Err(CallError::Unreadable { .. })
    ));
}
