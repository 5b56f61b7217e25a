//! Whoever breaks a row of a field table is refused; the same message unbroken is taken.

mod common;

use common::payletter::{
    charge as domestic_charge, key, order as domestic_order, pay as domestic_pay,
};
use common::payletter_global::{KEY, charge, newest, notice, order, pay, usd};
use common::payple::{MARCH, REFUND_KEY, charge as card_charge, pay as card_pay, register, tokens};
use common::{Merchant, SEARCH_KEY, TestApp};
use paypair_protocol::payletter::{self, PaymentRequest as DomesticRequest};
use paypair_protocol::payletter_global::{
    self, BillingAddress, Interval, Ispp, NoticeForm, PaymentRequest, Paypal,
};
use paypair_protocol::payple::{self, Purpose};
use paypair_protocol::wire::Fields;
use paypair_protocol::{Ban, Field, Kind, Method, Money, Need, Secret, Table};
use serde_json::json;

/// Values that break a row.
fn wrong(field: &Field) -> Vec<String> {
    let long = |max: u16| "9".repeat(usize::from(max) + 1);
    let mut values: Vec<String> = match field.kind {
        Kind::Text(max, ban) => {
            let banned = match ban {
                Ban::Nothing => None,
                Ban::Emoji => Some("😀"),
                Ban::Markup => Some("<b>"),
                Ban::Quotes => Some("a|b"),
                Ban::NonAscii => Some("가"),
            };
            let banned = banned.map(str::to_owned);
            std::iter::once(long(max)).chain(banned).collect()
        }
        Kind::Digits(_, max) => vec!["x".into(), long(max)],
        Kind::Won(min) => {
            let less = min.checked_sub(1).map(|less| less.to_string());
            std::iter::once("-1".to_owned()).chain(less).collect()
        }
        Kind::Url(max) => vec!["nowhere".into(), format!("https://a.test/{}", long(max))],
        Kind::OneOf(_) | Kind::Currency => vec!["?".into()],
        Kind::AmountIn(_) => vec!["-1".into(), "1.234".into()],
        Kind::Date | Kind::Time | Kind::Email(_) | Kind::Ip => vec!["x".into()],
    };
    if matches!(field.need, Need::Required) {
        values.push(String::new());
    }
    values
}

/// Breaks every row of a table by every value; `accepts` sends and says whether it was taken.
async fn refuses(
    what: &str,
    right: &Fields,
    table: &Table,
    accepts: impl AsyncFn(&Fields) -> bool,
) {
    assert_eq!(right.check(table), [], "{what}");
    for field in table.fields {
        for value in wrong(field) {
            let mut broken = right.clone();
            broken.set(field.wire, &value);
            assert_ne!(broken.check(table), [], "{what}: {} = {value}", field.wire);
            assert!(
                !accepts(&broken).await,
                "{what} takes {} = {value}",
                field.wire
            );
        }
    }
    assert!(accepts(right).await, "{what} is refused unbroken");
}

/// Payple answers 200 to everything.
async fn payple_takes(app: &TestApp, path: &str, fields: &Fields) -> bool {
    let (_, body) = common::payple::post(app, path, fields).await;
    body.contains("\"PCD_PAY_RST\":\"success\"") || body.contains("\"result\":\"success\"")
}

#[actix_web::test]
async fn payple_auth() {
    let app = TestApp::start();
    let pairs = [
        ("cst_id", "test"),
        ("custKey", "abcd1234567890"),
        ("PCD_REGULER_FLAG", "Y"),
        ("PCD_PAY_TYPE", "card"),
    ];
    let sends = async |fields: &Fields| payple_takes(&app, "/payple/php/auth.php", fields).await;
    refuses("auth", &Fields::from(pairs), &payple::Auth::TABLE, sends).await;
}

#[actix_web::test]
async fn payple_charges() {
    let app = TestApp::start();
    let billing_key = register(&app, "card").await;
    for repeat in [MARCH, payple::Repeat::Freely] {
        let charge = card_charge(&billing_key, "a", repeat);
        let (tokens, path) = tokens(&app, charge.purpose()).await;
        let order_id = format!("{:?}", charge.purpose());
        let charge = payple::Charge {
            tokens,
            order_id,
            ..charge
        };
        let sends = async |fields: &Fields| payple_takes(&app, &path, fields).await;
        refuses("charge", &charge.fields(), &payple::Charge::TABLE, sends).await;
    }
}

#[actix_web::test]
async fn payple_lookups_refunds_and_payers() {
    let app = TestApp::start();
    card_pay(&app, "paid").await;
    let (order_id, paid_on) = ("paid".to_owned(), "20260305".to_owned());
    let (lookup_tokens, path) = tokens(&app, Purpose::Lookup).await;
    let lookup = payple::Lookup {
        tokens: lookup_tokens,
        method: Method::from("card"),
        order_id: order_id.clone(),
        paid_on: paid_on.clone(),
    };
    let sends = async |fields: &Fields| payple_takes(&app, &path, fields).await;
    refuses("lookup", &lookup.fields(), &payple::Lookup::TABLE, sends).await;
    let (refund_tokens, path) = tokens(&app, Purpose::Refund).await;
    let refund = payple::Refund {
        tokens: refund_tokens,
        refund_key: Secret::new(REFUND_KEY),
        order_id,
        paid_on,
        amount: Money::won(10_000),
        tax_amount: None,
    };
    let sends = async |fields: &Fields| payple_takes(&app, &path, fields).await;
    refuses("refund", &refund.fields(), &payple::Refund::TABLE, sends).await;
    let billing_key = register(&app, "card").await;
    for purpose in [Purpose::Payer, Purpose::PayerDelete] {
        let (tokens, path) = tokens(&app, purpose).await;
        let payer = payple::PayerLookup {
            tokens,
            billing_key: billing_key.clone(),
            customer_id: Some("7".into()),
        };
        let sends = async |fields: &Fields| payple_takes(&app, &path, fields).await;
        refuses("payer", &payer.fields(), &payple::PayerLookup::TABLE, sends).await;
    }
}

#[actix_web::test]
async fn payple_transfers_receipts_and_links() {
    let app = TestApp::start();
    let auth = app.auth(json!({})).await;
    let of_account = [("PCD_PAY_TYPE", "transfer"), ("PCD_PAY_WORK", "AUTH")];
    let key = auth["AuthKey"].as_str().unwrap();
    let window = app.window(key, "account", &of_account).await;
    let typed = [
        ("deed", "pay"),
        ("bank_code", "088"),
        ("account_number", "456-1234567-123"),
    ];
    let action = window.between("action=\"", "\"");
    let result = app.post_form(action, &typed).await.message();
    let billing_key = Secret::new(result["data"]["PCD_PAYER_ID"].as_str().unwrap());
    for repeat in [MARCH, payple::Repeat::Freely] {
        let mut transfer = payple::TransferCharge {
            charge: card_charge(&billing_key, "a", repeat),
            receipt: Some(payple::ReceiptOrder {
                trade_use: payple::TradeUse::Company,
                holder_number: Some("1208800000".into()),
            }),
        };
        let (tokens, path) = tokens(&app, transfer.purpose()).await;
        transfer.charge.order_id = format!("{:?}", transfer.purpose());
        transfer.charge.tokens = tokens;
        let sends = async |fields: &Fields| payple_takes(&app, &path, fields).await;
        let table = &payple::TransferCharge::TABLE;
        refuses("transfer", &transfer.fields(), table, sends).await;
    }
    let bare = payple::TransferCharge {
        charge: card_charge(&billing_key, "bare", payple::Repeat::Freely),
        receipt: None,
    };
    let (bare_tokens, path) = tokens(&app, bare.purpose()).await;
    let mut bare = bare;
    bare.charge.tokens = bare_tokens;
    assert!(payple_takes(&app, &path, &bare.fields()).await);
    for cancel in [false, true] {
        let receipt = |tokens| payple::CashReceipt {
            tokens,
            cancel,
            billing_key: billing_key.clone(),
            order_id: "bare".into(),
            amount: Money::won(10_000),
            trade_use: payple::TradeUse::Personal,
            holder_number: "01012345678".into(),
        };
        let purpose = if cancel {
            Purpose::CashReceiptCancel
        } else {
            Purpose::CashReceipt
        };
        let (tokens, path) = tokens(&app, purpose).await;
        let sends = async |fields: &Fields| payple_takes(&app, &path, fields).await;
        let table = &payple::CashReceipt::TABLE;
        refuses("cash receipt", &receipt(tokens).fields(), table, sends).await;
    }
    let (tokens, path) = tokens(&app, Purpose::Link).await;
    let link = payple::LinkRequest {
        tokens,
        method: Method::from("transfer+card"),
        product_name: "회비".into(),
        amount: Money::won(10_000),
        card_flow: None,
        taxable: Some(true),
        tax_amount: Some(Money::won(10)),
        cash_receipt: true,
        expires_at: Some("2026123123".into()),
    };
    let sends = async |fields: &Fields| {
        let (_, body) = common::payple::post(&app, &path, fields).await;
        body.contains("\"PCD_LINK_RST\":\"success\"")
    };
    refuses("link", &link.fields(), &payple::LinkRequest::TABLE, sends).await;
}

#[actix_web::test]
async fn payple_window_and_confirm() {
    let app = TestApp::start();
    let auth = app.auth(json!({})).await;
    let auth_key = auth["AuthKey"].as_str().unwrap();
    let opened = Fields::from([
        ("PCD_AUTH_KEY", auth_key),
        ("PCD_PAY_TYPE", "card"),
        ("PCD_PAY_WORK", "CERT"),
        ("PCD_CARD_VER", "01"),
        ("PCD_PAY_GOODS", "상품"),
        ("PCD_PAY_TOTAL", "10000"),
        ("PCD_PAY_OID", "a"),
        ("PCD_REGULER_FLAG", "Y"),
        ("PCD_PAY_YEAR", "2026"),
        ("PCD_PAY_MONTH", "03"),
    ]);
    let sends = async |fields: &Fields| {
        let pairs: Vec<_> = fields
            .iter()
            .map(|(name, value)| (name, value.text().unwrap()))
            .collect();
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        app.post_form("/payple/index.php?ACT_=PAYM", &pairs)
            .await
            .has("data-testid=\"pay\"")
    };
    refuses("window", &opened, &payple::Window::TABLE, sends).await;
    let window = app.window(auth_key, "a", &[]).await;
    let data = app.press(&window, "pay").await.message()["data"].clone();
    let of = |name: &str| data[name].as_str().unwrap().to_owned();
    let right = Fields::from([
        ("PCD_CST_ID", "test".to_owned()),
        ("PCD_CUST_KEY", "abcd1234567890".to_owned()),
        ("PCD_AUTH_KEY", of("PCD_AUTH_KEY")),
        ("PCD_PAY_REQKEY", of("PCD_PAY_REQKEY")),
        ("PCD_PAYER_ID", of("PCD_PAYER_ID")),
    ]);
    let url = of("PCD_PAY_COFURL");
    let sends = async |fields: &Fields| payple_takes(&app, app.path(&url), fields).await;
    refuses("confirm", &right, &payple::Confirm::TABLE, sends).await;
}

/// Payletter says it by the status.
async fn takes(app: &TestApp, path: &str, authorization: &str, fields: &Fields) -> bool {
    app.post_as(path, authorization, fields.to_json()).await.0 == 200
}

#[actix_web::test]
async fn payletter_requests() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let right = DomesticRequest {
        cup_deposit: Some(Money::won(300)),
        tax_amount: Some(Money::won(90)),
        tax_free_amount: Some(Money::won(0)),
        receipt_email: Some("a@b.test".into()),
        ..domestic_order(&merchant, "a", "creditcard")
    };
    let path = "/payletter/v1.0/payments/request";
    let sends = async |fields: &Fields| takes(&app, path, &key(), fields).await;
    refuses("request", &right.fields(), &DomesticRequest::TABLE, sends).await;
}

#[actix_web::test]
async fn payletter_charges_and_refunds() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let first = DomesticRequest {
        recurring: true,
        ..domestic_order(&merchant, "a", "creditcard")
    };
    let transaction_id = domestic_pay(&app, &first).await;
    let told = Fields::from_json(merchant.got()[0].as_bytes()).unwrap();
    let right = domestic_charge(&told.text("billkey").unwrap(), "b", "creditcard");
    let path = "/payletter/v1.0/payments/autopay";
    let sends = async |fields: &Fields| takes(&app, path, &key(), fields).await;
    refuses("charge", &right.fields(), &payletter::Charge::TABLE, sends).await;
    for (partial, amount) in [(Some(payletter::Partial::default()), 300), (None, 1000)] {
        let transaction_id = match &partial {
            Some(_) => domestic_pay(&app, &domestic_order(&merchant, "c", "creditcard")).await,
            None => transaction_id.clone(),
        };
        let refund = payletter::Refund {
            method: Method::from("creditcard"),
            merchant_id: "pay_test".into(),
            customer_id: "buyer".into(),
            transaction_id,
            amount: Money::won(amount),
            partial,
            customer_ip: "127.0.0.1".into(),
        };
        let path = format!("/payletter{}", refund.path());
        let sends = async |fields: &Fields| takes(&app, &path, &key(), fields).await;
        refuses("refund", &refund.fields(), refund.table(), sends).await;
    }
}

#[actix_web::test]
async fn payletter_lists_and_receipts() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let tid = domestic_pay(&app, &domestic_order(&merchant, "a", "banktransfer")).await;
    let search = format!("PLKEY {SEARCH_KEY}");
    let list = Fields::from([
        ("client_id", "pay_test"),
        ("date", "20260305"),
        ("date_type", "settle"),
    ]);
    let sends = async |fields: &Fields| {
        let path = format!(
            "/payletter/v1.0/payments/transaction/list?{}",
            fields.to_form()
        );
        app.get_with(&path, &search).await.0 == 200
    };
    refuses("list", &list, &payletter::TransactionList::TABLE, sends).await;
    let status = Fields::from([("client_id", "pay_test"), ("order_no", "a")]);
    let path = "/payletter/v1.0/payments/status";
    let sends = async |fields: &Fields| takes(&app, path, &key(), fields).await;
    refuses("status", &status, &payletter::Status::TABLE, sends).await;
    let info = Fields::from([
        ("tid", &*tid),
        ("client_id", "pay_test"),
        ("amount", "1000"),
        ("transaction_date", "20260305"),
    ]);
    let sends = async |fields: &Fields| {
        let (tid, query) = (fields.text("tid").unwrap(), fields.to_form());
        let path = format!("/payletter/v1.0/receipt/info/{tid}?{query}");
        app.get_with(&path, &search).await.0 == 200
    };
    refuses("receipt", &info, &payletter::ReceiptInfo::TABLE, sends).await;
    let issue = Fields::from([
        ("tid", &*tid),
        ("client_id", "pay_test"),
        ("type", "1"),
        ("tax_flag", "N"),
        ("return_url", "https://shop.test/x"),
    ]);
    let sends = async |fields: &Fields| {
        let path = format!(
            "/payletter/v1.0/cashreceipt/issue/{}",
            fields.text("tid").unwrap()
        );
        takes(&app, &path, &key(), fields).await
    };
    refuses(
        "cash receipt",
        &issue,
        &payletter::CashReceiptIssue::TABLE,
        sends,
    )
    .await;
}

fn ispp() -> Ispp {
    Ispp {
        first_name: "Gildong".into(),
        last_name: "Hong".into(),
        phone: "(042) 1123 4567".into(),
        country: "KR".into(),
        joined_at: "2023-04-09T19:14:55.277-0:00".into(),
    }
}

#[actix_web::test]
async fn global_requests() {
    let (app, merchant) = (
        TestApp::start(),
        Merchant::answering(common::payletter_global::OK),
    );
    let right = PaymentRequest {
        recurring: true,
        ispp: Some(ispp()),
        paypal: Some(Paypal::Subscription {
            interval: Interval::Month,
            every: 1,
            cycles: 0,
        }),
        billing_address: Some(BillingAddress {
            country: Some("840".into()),
            ..BillingAddress::default()
        }),
        ..order(&merchant, "a", "PaypalExpressCheckout")
    };
    let path = "/payletter_global/api/payment/request";
    let sends = async |fields: &Fields| takes(&app, path, KEY, fields).await;
    refuses("request", &right.fields(), &PaymentRequest::TABLE, sends).await;
}

#[actix_web::test]
async fn global_calls() {
    let (app, merchant) = (
        TestApp::start(),
        Merchant::answering(common::payletter_global::OK),
    );
    let first = PaymentRequest {
        recurring: true,
        ..order(&merchant, "a", "PLCreditCard")
    };
    pay(&app, &first).await;
    let billing_key = notice(&merchant, 0, NoticeForm::Payment)
        .billing_key
        .unwrap();
    let send = async |path: &str, fields: &Fields| {
        takes(&app, &format!("/payletter_global{path}"), KEY, fields).await
    };
    let right = payletter_global::Charge {
        ispp: Some(ispp()),
        ..charge(billing_key.expose(), "b", "PLCreditCard")
    };
    let sends = async |fields: &Fields| send("/payment/recurring", fields).await;
    refuses(
        "charge",
        &right.fields(),
        &payletter_global::Charge::TABLE,
        sends,
    )
    .await;
    let refund = payletter_global::Refund {
        merchant_id: "PL_Merchant".into(),
        transaction_id: newest(&app).await,
        amount: usd("3.00"),
        method: None,
    };
    let sends = async |fields: &Fields| send("/payment/refund", fields).await;
    refuses(
        "refund",
        &refund.fields(),
        &payletter_global::Refund::TABLE,
        sends,
    )
    .await;
    let day = "20260305".to_owned();
    let sales = payletter_global::SalesList {
        merchant_id: "PL_Merchant".into(),
        from: day.clone(),
        to: day.clone(),
        ..payletter_global::SalesList::default()
    };
    let sends = async |fields: &Fields| send("/payment/cpdaesalist", fields).await;
    refuses(
        "sales",
        &sales.fields(),
        &payletter_global::SalesList::TABLE,
        sends,
    )
    .await;
    let settlements = payletter_global::SettlementList {
        merchant_id: "PL_Merchant".into(),
        from: day.clone(),
        to: day,
        ..payletter_global::SettlementList::default()
    };
    let sends = async |fields: &Fields| send("/settlement/detailslist", fields).await;
    refuses(
        "settlements",
        &settlements.fields(),
        &payletter_global::SettlementList::TABLE,
        sends,
    )
    .await;
    let subscription = PaymentRequest {
        recurring: true,
        paypal: Some(Paypal::Subscription {
            interval: Interval::Year,
            every: 1,
            cycles: 0,
        }),
        ..order(&merchant, "sub", "PaypalExpressCheckout")
    };
    pay(&app, &subscription).await;
    let told = merchant.got();
    let made = told
        .iter()
        .find(|body| body.contains("notifytype=5"))
        .unwrap();
    let made = Fields::from_form(made.as_bytes()).unwrap();
    let cancel = payletter_global::SubscriptionCancel {
        merchant_id: "PL_Merchant".into(),
        billing_key: Secret::new(made.text("poqtoken").unwrap()),
    };
    let sends = async |fields: &Fields| send("/paypal/subscription/cancel", fields).await;
    refuses(
        "cancel",
        &cancel.fields(),
        &payletter_global::SubscriptionCancel::TABLE,
        sends,
    )
    .await;
}
