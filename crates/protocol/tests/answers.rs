//! What the gateways answered, printed and recorded, as we read it.

mod common;

use common::{form, golden, json};
use paypair_protocol::{
    CallError, Money, Work, payletter as kr, payletter_global as global,
    payple::{self, LookupAnswer, Outcome, Purpose, WindowResult},
};

fn auth() -> payple::Auth {
    payple::Auth {
        merchant_id: "test".into(),
        merchant_key: "abcd1234567890".into(),
        purpose: Purpose::Pay,
    }
}

fn tokens() -> payple::Tokens {
    auth()
        .read(200, &golden("payple/auth_window.json"))
        .unwrap()
        .tokens()
}

fn confirm() -> payple::Confirm {
    payple::Confirm {
        merchant_id: "test".into(),
        merchant_key: "abcd1234567890".into(),
        auth_key: "a".into(),
        confirm_key: "r".into(),
        billing_key: None,
    }
}

fn lookup() -> payple::Lookup {
    payple::Lookup {
        tokens: tokens(),
        method: "card".into(),
        order_id: "o-1".into(),
        paid_on: "20180423".into(),
    }
}

#[test]
fn payple_auth_answers_of_both_generations_are_read() {
    let answer = auth()
        .read(200, &golden("payple/auth_window.json"))
        .unwrap();
    assert_eq!(answer.host, "https://testcpay.payple.kr");
    assert_eq!(answer.path, "/index.php?ACT_=PAYM&CPAYVER=202104051618");
    assert_eq!(
        answer.next_url,
        [answer.host.as_str(), answer.path.as_str()].concat()
    );
    assert_eq!(answer.auth_key.expose().len(), 376);
    assert!(!format!("{answer:?}").contains("Z0huNVVV"));
    let old = auth()
        .read(200, &golden("payple/auth_manual.json"))
        .unwrap();
    assert_eq!(old.host, "https://cpay.payple.kr");
    let hostile = auth()
        .read(200, &golden("payple/auth_hostile_next_url.json"))
        .unwrap();
    let hosts = payple::Hosts::new(paypair_protocol::Env::Test).unwrap();
    assert!(hosts.next_url(&hostile).is_err() && hosts.next_url(&answer).is_ok());
}

#[test]
fn payple_refusals_and_noise_are_told_apart() {
    let refused = auth()
        .read(200, &golden("payple/auth_refused.json"))
        .unwrap_err();
    assert!(
        matches!(&refused, CallError::Refused { gateway_message, .. } if gateway_message.contains("custKey"))
    );
    assert!(!refused.is_uncertain());
    let refused = confirm()
        .read(200, &golden("payple/payment_refused.json"))
        .unwrap_err();
    assert!(matches!(&refused, CallError::Refused { gateway_code, .. } if gateway_code == "C001"));
    let silent_issuer =
        br#"{"PCD_PAY_RST":"error","PCD_PAY_CODE":"[TEST]SPCD1001","PCD_PAY_MSG":"x"}"#;
    assert!(
        confirm()
            .read(200, silent_issuer)
            .unwrap_err()
            .is_uncertain()
    );
    for (status, body) in [
        (200, &b""[..]),
        (200, b"<html>Fatal error</html>"),
        (200, b"{}"),
        (200, b"{\"PCD_PAY_RST\":\"success\"}"),
        (500, b"{\"PCD_PAY_RST\":\"success\",\"PCD_PAY_OID\":\"o\"}"),
    ] {
        let error = confirm().read(status, body).unwrap_err();
        assert!(matches!(error, CallError::Unreadable { .. }) && error.is_uncertain());
    }
}

#[test]
fn a_payment_is_read_in_every_spelling() {
    let payment = confirm()
        .read(200, &golden("payple/payment_misspelt.json"))
        .unwrap();
    assert_eq!(payment.amount, Some(Money::won(1000)));
    assert_eq!(payment.card_name.as_deref(), Some("BC 카드"));
    assert_eq!(payment.customer_id.as_deref(), Some("2324"));
    assert_eq!((payment.refunded, payment.work), (None, None));
    let payment = confirm()
        .read(200, &golden("payple/payment_docs.json"))
        .unwrap();
    assert_eq!(payment.amount, Some(Money::won(100)));
    assert_eq!(
        (
            payment.customer_id.as_deref(),
            payment.approval_no.as_deref()
        ),
        (None, Some("98123445"))
    );
}

#[test]
fn a_lookup_finds_a_payment_finds_none_or_does_not_know() {
    let LookupAnswer::Found(payment) = lookup().read(200, &golden("payple/lookup.json")).unwrap()
    else {
        panic!("found")
    };
    assert_eq!(
        payment.transaction_id.as_deref(),
        Some("201904141320332692022400")
    );
    assert_eq!(
        payment.card_number.as_ref().unwrap().as_str(),
        "12345678 ** ** 1234"
    );
    assert_eq!(payment.paid_at.as_deref(), Some("20180423130201"));
    let LookupAnswer::Absent(absent) = lookup()
        .read(200, &golden("payple/lookup_absent.json"))
        .unwrap()
    else {
        panic!("absent")
    };
    assert_eq!(
        (absent.order_id.as_str(), absent.paid_on.as_str()),
        ("o-1", "20180423")
    );
    let denied = br#"{"PCD_PAY_RST":"error","PCD_PAY_CODE":"[TEST]AUTH0004","PCD_PAY_MSG":"x"}"#;
    assert!(matches!(
        lookup().read(200, denied),
        Err(CallError::Refused { .. })
    ));
    assert!(matches!(
        lookup().read(503, &golden("payple/lookup_absent.json")),
        Err(CallError::Refused { .. })
    ));
    let refunded = br#"{"PCD_PAY_RST":"success","PCD_PAY_OID":"o-1","PCD_PAY_TOTAL":"3000","PCD_REFUND_TOTAL":"2900"}"#;
    let LookupAnswer::Found(payment) = lookup().read(200, refunded).unwrap() else {
        panic!("found")
    };
    assert_eq!(payment.refunded, Some(Money::won(2900)));
}

#[test]
fn a_registered_card_is_read_under_card_and_bank_names() {
    let payer = payple::PayerLookup {
        tokens: tokens(),
        billing_key: "b".into(),
        customer_id: None,
    };
    let new = payer.read(200, &golden("payple/payer.json")).unwrap();
    let old = payer
        .read(200, &golden("payple/payer_manual.json"))
        .unwrap();
    assert_eq!(
        (new.card_name.as_deref(), old.card_name.as_deref()),
        (Some("BC카드"), Some("BC카드"))
    );
    assert_eq!(
        old.card_number.as_ref().unwrap().as_str(),
        "1111-****-****-1111"
    );
    assert_eq!(new.billing_key.expose(), "NS9qNTgzU2xRNHR2RmFBWWFBTWk5UT09");
}

#[test]
fn payple_refunds_recorded_and_documented_are_read() {
    let refund = payple::Refund {
        tokens: tokens(),
        refund_key: "k".into(),
        order_id: "92150-14320-60337".into(),
        paid_on: "20210406".into(),
        amount: Money::won(1000),
        tax_amount: None,
    };
    let recorded = refund.read(200, &golden("payple/refund.json")).unwrap();
    assert_eq!(
        (recorded.order_id.as_str(), recorded.amount),
        ("92150-14320-60337", Some(Money::won(1000)))
    );
    assert_eq!(
        refund
            .read(200, &golden("payple/refund_docs.json"))
            .unwrap()
            .amount,
        Some(Money::won(100))
    );
}

#[test]
fn window_results_are_read_and_believed_nothing() {
    let card = WindowResult::read(&json("payple/window_card.json"));
    assert_eq!(
        (card.outcome, card.work),
        (Outcome::Success, Some(Work::ConfirmThenPay))
    );
    assert_eq!(
        (card.order_id.as_deref(), card.amount.as_deref()),
        (Some("test06881335001623242176279"), Some("1000"))
    );
    assert!(card.confirm_key.is_some() && card.billing_key.is_some() && card.auth_key.is_some());
    let transfer = WindowResult::read(&json("payple/window_transfer.json"));
    assert_eq!(transfer.gateway_code.as_deref(), Some("BILL0000"));
    let account = transfer.bank_account.unwrap();
    assert_eq!(account.bank_code.as_deref(), Some("011"));
    assert_eq!(account.bank_name.as_deref(), Some("NH농협은행"));
    assert_eq!(account.account_number.unwrap().as_str(), "456-*******-123");
    assert_eq!(account.holder_type.as_deref(), Some("personal"));
    let receipt = transfer.cash_receipt.unwrap();
    assert!(!receipt.asked && !receipt.is_done());
    assert!(card.bank_account.is_none() && card.cash_receipt.is_none());
    let app = WindowResult::read(&json("payple/window_app_card.json"));
    assert!(
        app.confirm_url
            .unwrap()
            .starts_with("https://demo-api-v2.payple.kr/")
    );
    let close = WindowResult::read(&json("payple/window_close.json"));
    assert_eq!((close.outcome, close.gateway_code), (Outcome::Close, None));
    let old = WindowResult::read(&form("payple/window_old_page.form"));
    assert_eq!(
        (old.card_name.as_deref(), old.work),
        (Some("BC카드"), Some(Work::PayNow))
    );
    assert_eq!(
        WindowResult::read(&paypair_protocol::wire::Fields::new()).outcome,
        Outcome::Error
    );
}

#[test]
fn sessions_keep_every_digit_of_their_token() {
    let request = kr::PaymentRequest::default();
    let session = request
        .read(200, &golden("payletter/session_1.json"))
        .unwrap();
    assert_eq!(session.session_token, "158373076896800062");
    assert!(
        session
            .mobile_url
            .ends_with("location=mobile&token=158373076896800062")
    );
    assert_eq!(
        session.fields().to_json().as_bytes(),
        golden("payletter/session_1.json")
    );
    let session = global::PaymentRequest::default()
        .read(200, &golden("payletter_global/session.json"))
        .unwrap();
    assert_eq!(session.session_token, "167702306200001");
}

#[test]
fn payletter_refuses_in_four_shapes() {
    let request = kr::PaymentRequest::default();
    let code = |status, body: &[u8]| match request.read(status, body) {
        Err(CallError::Refused { gateway_code, .. }) => gateway_code,
        other => panic!("{other:?}"),
    };
    assert_eq!(code(401, &golden("payletter/refused_998.json")), "998");
    assert_eq!(code(406, &golden("payletter/refused_997.json")), "997");
    assert_eq!(code(200, br#"{"code":2001,"message":"x"}"#), "2001");
    assert_eq!(code(200, br#"{"error":{"code":997,"message":"x"}}"#), "997");
    for number in 1..=5 {
        let body = golden(&format!("payletter_global/refused_{number}.json"));
        match global::PaymentRequest::default().read(400, &body) {
            Err(CallError::Refused {
                detail: Some(_),
                status: 400,
                ..
            }) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(
        code(403, br#"{"message":"Yon do not have authorization."}"#),
        ""
    );
    // A session under an error status is none.
    assert!(
        request
            .read(404, &golden("payletter/session_1.json"))
            .is_err()
    );
    let server_error = request
        .read(500, br#"{"error":{"code":999,"message":"x"}}"#)
        .unwrap_err();
    assert!(server_error.is_uncertain());
    // The same words were seen under other statuses.
    for status in [200, 400, 406] {
        for body in [
            &br#"{"error":{"code":999,"message":"Internal server error"}}"#[..],
            br#"{"code":"999","message":"Internal server error"}"#,
        ] {
            let failed = request.read(status, body).unwrap_err();
            assert!(failed.is_uncertain(), "{status}: {failed:?}");
        }
    }
    let late = request.read(408, br#"{"code":997,"message":"timeout"}"#);
    assert!(late.unwrap_err().is_uncertain(), "nobody waited for it");
    for (status, body) in [
        (502, &b"<html>"[..]),
        (200, b"[]"),
        (200, b"{}"),
        (500, b"{}"),
    ] {
        assert!(matches!(
            request.read(status, body),
            Err(CallError::Unreadable { .. })
        ));
    }
}

#[test]
fn the_domestic_status_and_list_are_read() {
    let status = kr::Status {
        merchant_id: "pay_test".into(),
        order_id: "o".into(),
    };
    let answer = status.read(200, &golden("payletter/status.json")).unwrap();
    assert_eq!(answer.status, kr::PaymentStatus::Completed);
    assert_eq!(
        answer.transaction_id.as_deref(),
        Some("tpay_test-202312082315563")
    );
    let list = kr::TransactionList {
        merchant_id: "pay_test".into(),
        on: "20180918".into(),
        by: kr::DateType::Transaction,
        method: None,
        order_id: None,
    };
    let rows: Vec<_> = list
        .read(200, &golden("payletter/transaction_list.json"))
        .unwrap()
        .into_rows()
        .collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].status, kr::TransactionStatus::Cancelled);
    assert_eq!(
        (rows[1].status.clone(), rows[1].amount),
        (
            kr::TransactionStatus::PartlyCancelled,
            Some(Money::won(100))
        )
    );
    assert!(matches!(
        list.read(200, b"{\"total_count\":0}"),
        Err(CallError::Unreadable { .. })
    ));
    assert!(
        list.read(200, b"{\"total_count\":0,\"list\":[]}")
            .unwrap()
            .rows
            .is_empty()
    );
}

#[test]
fn refunds_of_both_payletters_are_read() {
    let fields = json("payletter/refund_request.json");
    let refund = kr::Refund::from_fields(&fields, Money::won(0)).unwrap();
    let done = refund.read(200, &golden("payletter/refund.json")).unwrap();
    assert_eq!(
        (done.amount, done.refunded_at.as_deref()),
        (Some(Money::won(1000)), Some("2018-01-01 23:59:59"))
    );
    let refund = global::Refund {
        merchant_id: "PL_Merchant".into(),
        transaction_id: "20230509XZFMAPBYZTW5".into(),
        amount: Money::parse("1.00", &paypair_protocol::Currency::USD).unwrap(),
        method: None,
    };
    let done = refund
        .read(200, &golden("payletter_global/refund.json"))
        .unwrap();
    assert_eq!(
        (done.amount, done.order_id.as_deref()),
        (Some(refund.amount), Some("123456789"))
    );
}

#[test]
fn the_sales_list_is_read_with_its_typo() {
    let list = global::SalesList::default();
    let sales = list
        .read(200, &golden("payletter_global/sales_list.json"))
        .unwrap();
    assert_eq!(
        (sales.total, sales.succeeded, sales.cancelled),
        (Some(2), Some(2), Some(0))
    );
    assert_eq!(
        sales.rows[1].provider_id.as_deref(),
        Some("66S82102WA838793D")
    );
    assert_eq!(sales.rows[0].status, global::SaleStatus::Paid);
    assert_eq!(sales.rows[0].amount.unwrap().to_wire(), "1.00");
}

#[test]
fn returns_are_read_for_show() {
    let card = kr::Return::read(&form("payletter/return_card_1.form"));
    assert!(card.succeeded);
    assert_eq!(
        (card.extra.as_deref(), card.installments.as_deref()),
        (Some("테스트카드"), Some("00"))
    );
    let issued = kr::Return::read(&form("payletter/return_virtual_account.form"))
        .virtual_account
        .unwrap();
    assert_eq!(
        (issued.bank_code.as_deref(), issued.expires_time),
        (Some("88"), None)
    );
    let paid = kr::Return::read(&form("payletter/return_cash_receipt.form"));
    assert_eq!(
        paid.cash_receipt.unwrap().approval_no.as_deref(),
        Some("101110942")
    );
    let failed = kr::Return::read(&form("payletter/return_failed.form"));
    assert_eq!(
        (failed.succeeded, failed.gateway_code.as_deref()),
        (false, Some("2000"))
    );
    let back = global::Return::read(&form("payletter_global/return.form"));
    assert!(back.succeeded && back.order_id.as_deref() == Some("167633275456"));
    assert!(!back.awaits_deposit());
    let mut fields = form("payletter_global/return.form");
    fields.set("pginfo", "DegicaKonbini");
    assert!(global::Return::read(&fields).awaits_deposit());
    fields.set("retcode", "1");
    assert!(!global::Return::read(&fields).awaits_deposit());
}

#[test]
fn a_webhook_only_says_what_to_look_up() {
    use paypair_protocol::wire::Fields;
    use payple::Webhook;
    let paid = Webhook::read(&json("payple/window_card.json"));
    assert_eq!(
        paid,
        Webhook::Payment {
            order_id: "test06881335001623242176279".into(),
            outcome: Outcome::Success,
            method: Some("card".into()),
            paid_on: Some("20220624".into()),
        }
    );
    let body = br#"{"PCD_PAY_RST":"success","PCD_PAYCANCEL_FLAG":"Y","PCD_PAY_OID":"o-1","PCD_PAY_TYPE":"card",
        "PCD_REFUND_TOTAL":"100","PCD_REFUND_TIME":"20260102030405"}"#;
    let refund = Webhook::read(&Fields::from_json(body).unwrap());
    assert_eq!(
        refund,
        Webhook::Refund {
            order_id: "o-1".into(),
            method: Some("card".into()),
            paid_on: None,
            money: Some(Money::won(100)),
        }
    );
    let deleted = Webhook::read(&json("payple/webhook_payer_deleted.json"));
    assert!(
        matches!(&deleted, Webhook::PayerDeleted { billing_key, .. } if billing_key.expose() == "빌링키")
    );
    assert!(!format!("{deleted:?}").contains("빌링키"));
    for body in [&b"{}"[..], br#"{"PCD_PAY_WORK":"PUSERDEL"}"#] {
        assert_eq!(
            Webhook::read(&Fields::from_json(body).unwrap()),
            Webhook::Unknown
        );
    }
}

#[test]
fn links_and_cash_receipts_are_read() {
    let link = payple::LinkRequest {
        tokens: tokens(),
        method: "transfer".into(),
        product_name: "테스트상품".into(),
        amount: Money::won(150_000),
        card_flow: None,
        taxable: None,
        tax_amount: None,
        cash_receipt: false,
        expires_at: None,
    };
    let made = link.read(200, &golden("payple/link.json")).unwrap();
    assert!(made.url.starts_with("https://testlink.payple.kr/"));
    assert_eq!((made.amount, made.repeat), (Some(link.amount), None));
    assert!(
        link.read(200, br#"{"PCD_LINK_RST":"error","PCD_LINK_MSG":"x"}"#)
            .is_err()
    );
    let receipt = payple::CashReceipt {
        tokens: tokens(),
        cancel: false,
        billing_key: "b".into(),
        order_id: "o-1".into(),
        amount: Money::won(1000),
        trade_use: payple::TradeUse::Personal,
        holder_number: "01000000000".into(),
    };
    let body = br#"{"PCD_PAY_RST":"success","PCD_PAY_MSG":"x","PCD_PAY_WORK":"TSREG","PCD_TAXSAVE_AMOUNT":1000,
        "PCD_TAXSAVE_MGTNUM":"m-1"}"#;
    let done = receipt.read(200, body).unwrap();
    assert_eq!(
        (done.amount, done.receipt_no.as_deref()),
        (Some(Money::won(1000)), Some("m-1"))
    );
}

#[test]
fn a_refund_may_be_done_although_its_cash_receipt_was_not_taken_back() {
    let refund = payple::Refund {
        tokens: tokens(),
        refund_key: "fk".into(),
        order_id: "test201804000001".into(),
        paid_on: "20180501".into(),
        amount: Money::won(1000),
        tax_amount: None,
    };
    let body = golden("payple/refund_transfer.json");
    let taken_back = refund.read(200, &body).unwrap().into_inner();
    let receipt = taken_back.cash_receipt.unwrap();
    assert!(receipt.is_done());
    assert_eq!(receipt.message.as_deref(), Some("현금영수증 발행취소 성공"));
    let body = String::from_utf8(body).unwrap();
    let body = body.replace("\"0000\"", "-10002122");
    let kept = refund.read(200, body.as_bytes()).unwrap().into_inner();
    assert_eq!(kept.amount, Some(Money::won(1000)));
    assert!(!kept.cash_receipt.unwrap().is_done());
}

#[test]
fn a_whole_account_number_is_masked() {
    let shown = |text: &str| {
        paypair_protocol::CardNumber::of_account(text)
            .as_str()
            .to_owned()
    };
    assert_eq!(shown("456-1234567-123"), "456-*******-123");
    assert_eq!(shown("456-*******-123"), "456-*******-123");
    assert_eq!(shown("1234"), "1234");
}

#[test]
fn one_row_that_cannot_be_read_hides_no_other_order() {
    let body = br#"{"total_count":2,"list":[{"order_no":"other"},
        {"pgcode":"creditcard","user_id":"7","tid":"t1","order_no":"order-1","amount":1000,"status_code":0}]}"#;
    let rows = kr::TransactionList {
        merchant_id: "pay_test".into(),
        on: "20261121".into(),
        by: kr::DateType::Transaction,
        method: None,
        order_id: Some("order-1".into()),
    }
    .read(200, body)
    .unwrap()
    .into_inner()
    .rows;
    assert_eq!(
        rows[0].status,
        kr::TransactionStatus::Unknown(String::new())
    );
    assert_eq!(rows[1].status, kr::TransactionStatus::Approved);

    let body = br#"{"data":{"datalist":[{"storeorderno":"other","state":1},
        {"paytoken":"t1","storeorderno":"order-1","payerid":"7","currency":"USD","amount":1,"state":1}]}}"#;
    let rows = global::SalesList::default()
        .read(200, body)
        .unwrap()
        .into_inner()
        .rows;
    assert_eq!(
        rows[0].status,
        global::SaleStatus::Unknown(String::new()),
        "a payment without its id proves nothing"
    );
    assert_eq!(rows[1].status, global::SaleStatus::Paid);
}

/// What a message says of a person: there is something, and its `Debug` shows none of it.
fn hides(shown: &impl std::fmt::Debug, personal: &[&Option<String>]) {
    let shown = format!("{shown:?}");
    let told: Vec<&String> = personal.iter().copied().flatten().collect();
    assert!(!told.is_empty(), "nobody is named: {shown}");
    for word in told {
        assert!(!shown.contains(word.as_str()), "{word} in {shown}");
    }
}

#[test]
fn messages_print_no_person() {
    let LookupAnswer::Found(paid) = lookup().read(200, &golden("payple/lookup.json")).unwrap()
    else {
        panic!("found")
    };
    hides(&paid, &[&paid.customer_email]);
    let paid = confirm().read(200, &golden("payple/payment_docs.json"));
    let paid = paid.unwrap();
    hides(&paid, &[&paid.customer_name]);
    let payer = payple::PayerLookup {
        tokens: tokens(),
        billing_key: "b".into(),
        customer_id: None,
    };
    let payer = payer.read(200, &golden("payple/payer.json")).unwrap();
    hides(&payer, &[&payer.customer_name, &payer.customer_phone]);
    let back = kr::Return::read(&form("payletter/return_card_1.form"));
    hides(&back, &[&back.customer_name]);
    let back = kr::Return::read(&form("payletter/return_virtual_account.form"));
    let account = back.virtual_account.as_ref().unwrap();
    let number = Some(account.number.clone());
    hides(&back, &[&number, &account.depositor, &account.holder]);
    let back = kr::Return::read(&form("payletter/return_cash_receipt.form"));
    hides(&back, &[&back.cash_receipt.as_ref().unwrap().payer_id]);

    let named = || Some("홍길동".to_owned());
    let asked = kr::PaymentRequest {
        customer_name: named(),
        receipt_email: Some("hong@example.kr".to_owned()),
        ..kr::PaymentRequest::default()
    };
    hides(&asked, &[&asked.customer_name, &asked.receipt_email]);
    let asked = kr::Charge {
        customer_name: named(),
        ..kr::Charge::default()
    };
    hides(&asked, &[&asked.customer_name]);
    let asked = global::PaymentRequest {
        customer_email: "hong@example.kr".to_owned(),
        billing_address: Some(global::BillingAddress {
            city: Some("Busan".to_owned()),
            line1: Some("Haeundae-ro 7".to_owned()),
            ..global::BillingAddress::default()
        }),
        ispp: Some(global::Ispp {
            first_name: "Gildong".to_owned(),
            last_name: "Hong".to_owned(),
            phone: "01012345678".to_owned(),
            ..global::Ispp::default()
        }),
        ..global::PaymentRequest::default()
    };
    let told = |word: &str| Some(word.to_owned());
    let words = ["hong@", "Busan", "Haeundae", "Gildong", "Hong", "0101234"].map(told);
    hides(&asked, &words.each_ref());
}
