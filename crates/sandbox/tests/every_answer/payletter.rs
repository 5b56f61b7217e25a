//! Everything that Payletter says: a merchant's day that leaves nothing out.

use paypair_protocol::Money;
use paypair_protocol::payletter::{Charge, DateType, Expiry, PaymentRequest, Status};
use paypair_protocol::wire::Fields;
use serde_json::json;

use crate::common::payletter::{
    ask, charge, key, list, order, pay, press, press_with, refund, send,
};
use crate::common::{Merchant, SEARCH_KEY, TestApp};
use crate::payletter_read::{answered, callback};
use crate::told::Told;

pub(crate) async fn told() -> Vec<Told> {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let billing_key = payments(&app, &merchant).await;
    charges_and_refunds(&app, &merchant, &billing_key).await;
    receipts(&app, &merchant).await;
    for by in [DateType::Transaction, DateType::Settle] {
        list(&app, "20260305", by).await;
    }
    refusals(&app, &merchant).await;
    let mut all: Vec<Told> = app.tape().iter().flat_map(answered).collect();
    all.extend(merchant.got().iter().map(|body| callback(body)));
    all
}

/// The window's ends; the billing key of a card.
async fn payments(app: &TestApp, merchant: &Merchant) -> String {
    let full = |order_id, method| PaymentRequest {
        tax_free_amount: Some(Money::won(100)),
        tax_amount: Some(Money::won(80)),
        custom: Some("주문 1".into()),
        ..order(merchant, order_id, method)
    };
    let card = PaymentRequest {
        recurring: true,
        cup_deposit: Some(Money::won(300)),
        ..full("card", "creditcard")
    };
    pay(app, &card).await;
    let told = Fields::from_json(merchant.got()[0].as_bytes()).unwrap();
    let receipt = PaymentRequest {
        show_cash_receipt: true,
        ..full("transfer", "banktransfer")
    };
    pay(app, &receipt).await;
    let account = PaymentRequest {
        expires: Some(Expiry {
            on: "20260306".into(),
            time: Some("1200".into()),
        }),
        ..full("account", "virtualaccount")
    };
    let token = ask(app, &account).await.unwrap();
    press_with(app, &token, "pay", ("bank_code", "04")).await;
    press(app, &token, "deposit").await;
    let registration = PaymentRequest {
        recurring: true,
        amount: Money::won(0),
        tax_free_amount: None,
        tax_amount: None,
        ..full("registration", "creditcard")
    };
    let token = ask(app, &registration).await.unwrap();
    press(app, &token, "pay").await;
    let token = ask(app, &full("declined", "creditcard")).await.unwrap();
    press(app, &token, "decline").await;
    told.text("billkey").unwrap().into_owned()
}

async fn charges_and_refunds(app: &TestApp, merchant: &Merchant, billing_key: &str) {
    let full = Charge {
        customer_name: Some("홍길동".into()),
        ..charge(billing_key, "charge", "creditcard")
    };
    let charged = send(app, &full).await.unwrap();
    let of_charge = ("creditcard", &*charged.transaction_id);
    refund(app, of_charge, 1000, false).await.unwrap();
    let tid = pay(app, &order(merchant, "partly", "creditcard")).await;
    refund(app, ("creditcard", &tid), 300, true).await.unwrap();
}

async fn receipts(app: &TestApp, merchant: &Merchant) {
    let tid = pay(app, &order(merchant, "receipt", "banktransfer")).await;
    let issue = json!({
        "client_id": "pay_test", "type": "1", "tax_flag": "N", "return_url": "https://shop.test/x"
    });
    let path = format!("/payletter/v1.0/cashreceipt/issue/{tid}");
    app.post_as(&path, &key(), issue.to_string()).await;
    let query = "client_id=pay_test&amount=1000&transaction_date=20260305";
    let path = format!("/payletter/v1.0/receipt/info/{tid}?{query}");
    app.get_with(&path, &format!("PLKEY {SEARCH_KEY}")).await;
    let status = Status {
        merchant_id: "pay_test".into(),
        order_id: "receipt".into(),
    };
    let path = "/payletter/v1.0/payments/status";
    app.post_as(path, &key(), status.fields().to_json()).await;
}

async fn refusals(app: &TestApp, merchant: &Merchant) {
    let path = "/payletter/v1.0/payments/request";
    app.post_as(path, "PLKEY wrong", "{}").await;
    app.post_as(path, &key(), "no json").await;
    app.script("payletter", "down", json!(["auth_unavailable"]))
        .await;
    assert!(
        ask(app, &order(merchant, "down", "creditcard"))
            .await
            .is_err()
    );
    assert!(
        refund(app, ("creditcard", "unknown"), 1, false)
            .await
            .is_err()
    );
}
