//! A merchant's server before Payletter: every call by the protocol's types.

use paypair_protocol::payletter::{
    Charge, Charged, DateType, Partial, PaymentRequest, Refund, Refunded, Transaction,
    TransactionList,
};
use paypair_protocol::proof::Answered;
use paypair_protocol::{CallError, Method, Money, Secret};

use super::{Merchant, PAYMENT_KEY, Page, SEARCH_KEY, TestApp};

pub fn key() -> String {
    format!("PLKEY {PAYMENT_KEY}")
}

/// A payment of 1,000 won by this method.
pub fn order(merchant: &Merchant, order_id: &str, method: &str) -> PaymentRequest {
    PaymentRequest {
        method: Method::from(method),
        merchant_id: "pay_test".into(),
        service_name: Some("페이페어".into()),
        customer_id: "buyer".into(),
        customer_name: Some("홍길동".into()),
        order_id: order_id.into(),
        amount: Money::won(1000),
        product_name: "상품".into(),
        return_url: format!("{}/return", merchant.url),
        notify_url: format!("{}/callback", merchant.url),
        cancel_url: Some(format!("{}/cancel", merchant.url)),
        ..PaymentRequest::default()
    }
}

/// Asks for a window; its token.
pub async fn ask(app: &TestApp, order: &PaymentRequest) -> Result<String, CallError> {
    let path = "/payletter/v1.0/payments/request";
    let (status, body) = app.post_as(path, &key(), order.fields().to_json()).await;
    Ok(order.read(status, body.as_bytes())?.session_token.clone())
}

pub async fn press(app: &TestApp, token: &str, deed: &str) -> Page {
    press_with(app, token, deed, ("bank_code", "88")).await
}

pub async fn press_with(app: &TestApp, token: &str, deed: &str, more: (&str, &str)) -> Page {
    let fields = [("token", token), ("deed", deed), more];
    app.post_form("/payletter/pgsvc/hub.asp", &fields).await
}

/// Asks, pays, and finds the transaction in the book.
pub async fn pay(app: &TestApp, order: &PaymentRequest) -> String {
    let token = ask(app, order).await.unwrap();
    press(app, &token, "pay").await;
    let book = app.book().await;
    let last = book["payments"].as_array().unwrap().last().unwrap().clone();
    last["transaction_id"].as_str().unwrap().to_owned()
}

pub fn charge(billing_key: &str, order_id: &str, method: &str) -> Charge {
    Charge {
        method: Method::from(method),
        merchant_id: "pay_test".into(),
        customer_id: "buyer".into(),
        order_id: order_id.into(),
        amount: Money::won(1000),
        product_name: "구독".into(),
        billing_key: Secret::new(billing_key),
        customer_ip: "127.0.0.1".into(),
        ..Charge::default()
    }
}

pub async fn send(app: &TestApp, charge: &Charge) -> Result<Answered<Charged>, CallError> {
    let path = "/payletter/v1.0/payments/autopay";
    let (status, body) = app.post_as(path, &key(), charge.fields().to_json()).await;
    charge.read(status, body.as_bytes())
}

/// Cancels so much; in part with `partial`.
pub async fn refund(
    app: &TestApp,
    (method, transaction_id): (&str, &str),
    amount: u64,
    partial: bool,
) -> Result<Answered<Refunded>, CallError> {
    let refund = Refund {
        method: Method::from(method),
        merchant_id: "pay_test".into(),
        customer_id: "buyer".into(),
        transaction_id: transaction_id.into(),
        amount: Money::won(amount),
        partial: partial.then(Partial::default),
        customer_ip: "127.0.0.1".into(),
    };
    let path = format!("/payletter{}", refund.path());
    let (status, body) = app.post_as(&path, &key(), refund.fields().to_json()).await;
    refund.read(status, body.as_bytes())
}

pub async fn list(app: &TestApp, on: &str, by: DateType) -> Vec<Transaction> {
    let list = TransactionList {
        merchant_id: "pay_test".into(),
        on: on.into(),
        by,
        method: None,
        order_id: None,
    };
    let query = list.fields().to_form();
    let path = format!("/payletter/v1.0/payments/transaction/list?{query}");
    let (status, body) = app.get_with(&path, &format!("PLKEY {SEARCH_KEY}")).await;
    list.read(status, body.as_bytes())
        .unwrap()
        .into_inner()
        .rows
}
