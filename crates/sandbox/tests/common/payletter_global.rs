//! A merchant's server before Payletter Global: every call by the protocol's types.

use paypair_protocol::payletter_global::{
    Charge, Charged, Notice, NoticeForm, PaymentRequest, Refund, Refunded, Sale, SalesList, Search,
    Settlement, SettlementBy, SettlementList, SettlementState, SubscriptionCancel,
    SubscriptionCancelled,
};
use paypair_protocol::proof::Answered;
use paypair_protocol::wire::Fields;
use paypair_protocol::{CallError, Currency, Method, Money, Secret};
use serde_json::json;

use super::{Merchant, Page, TestApp};

pub const OK: &str = "<RESULT>OK</RESULT>";
pub const KEY: &str = "GPLKEY PL_Merchant";

pub fn usd(text: &str) -> Money {
    Money::parse(text, &Currency::USD).unwrap()
}

/// A payment of 12.50 dollars by this method.
pub fn order(merchant: &Merchant, order_id: &str, method: &str) -> PaymentRequest {
    PaymentRequest {
        merchant_id: "PL_Merchant".into(),
        amount: Some(usd("12.50")),
        order_id: order_id.into(),
        customer_id: "tester".into(),
        customer_email: "tester@test.com".into(),
        return_url: format!("{}/return", merchant.url),
        notify_url: Some(format!("{}/notice", merchant.url)),
        service_name: Some("PayPair".into()),
        method: Some(Method::from(method)),
        ..PaymentRequest::default()
    }
}

/// Sends a request as this store.
pub async fn post(app: &TestApp, path: &str, fields: &Fields) -> (u16, String) {
    app.post_as(&format!("/payletter_global{path}"), KEY, fields.to_json())
        .await
}

/// Asks for a window; its token.
pub async fn ask(app: &TestApp, order: &PaymentRequest) -> Result<String, CallError> {
    let (status, body) = post(app, "/api/payment/request", &order.fields()).await;
    Ok(order.read(status, body.as_bytes())?.session_token.clone())
}

pub async fn press(app: &TestApp, token: &str, deed: &str) -> Page {
    let card = ("card_number", "4111 1111 1111 6156");
    let fields = [("token", token), ("deed", deed), card];
    app.post_form("/payletter_global/hub.aspx", &fields).await
}

/// Asks and pays.
pub async fn pay(app: &TestApp, order: &PaymentRequest) -> Page {
    let token = ask(app, order).await.unwrap();
    press(app, &token, "pay").await
}

/// The notification that came so far down, verified in this form.
pub fn notice(merchant: &Merchant, at: usize, form: NoticeForm) -> Notice {
    let got = merchant.got();
    let body = got.get(at).unwrap_or_else(|| panic!("{got:?}"));
    let fields = Fields::from_form(body.as_bytes()).unwrap();
    Notice::verify(&fields, &Secret::new("PL_Merchant"), form)
        .unwrap()
        .into_inner()
}

/// The newest transaction of the book.
pub async fn newest(app: &TestApp) -> String {
    let book = app.book().await;
    let last = book["payments"].as_array().unwrap().last().unwrap().clone();
    last["transaction_id"].as_str().unwrap().to_owned()
}

pub fn charge(billing_key: &str, order_id: &str, method: &str) -> Charge {
    Charge {
        merchant_id: "PL_Merchant".into(),
        billing_key: Secret::new(billing_key),
        order_id: order_id.into(),
        amount: usd("3.00"),
        method: Method::from(method),
        ..Charge::default()
    }
}

pub async fn send(app: &TestApp, charge: &Charge) -> Result<Answered<Charged>, CallError> {
    let (status, body) = post(app, "/payment/recurring", &charge.fields()).await;
    charge.read(status, body.as_bytes())
}

pub async fn refund(
    app: &TestApp,
    transaction_id: &str,
    amount: &str,
) -> Result<Answered<Refunded>, CallError> {
    let refund = Refund {
        merchant_id: "PL_Merchant".into(),
        transaction_id: transaction_id.into(),
        amount: usd(amount),
        method: None,
    };
    let (status, body) = post(app, "/payment/refund", &refund.fields()).await;
    refund.read(status, body.as_bytes())
}

pub async fn sales(app: &TestApp, on: &str, search: Search) -> Vec<Sale> {
    let list = SalesList {
        merchant_id: "PL_Merchant".into(),
        from: on.into(),
        to: on.into(),
        search,
        ..SalesList::default()
    };
    let (status, body) = post(app, "/payment/cpdaesalist", &list.fields()).await;
    list.read(status, body.as_bytes())
        .unwrap()
        .into_inner()
        .rows
}

pub async fn settlements(
    app: &TestApp,
    on: &str,
    by: SettlementBy,
    state: SettlementState,
) -> Vec<Settlement> {
    let list = SettlementList {
        merchant_id: "PL_Merchant".into(),
        from: on.into(),
        to: on.into(),
        by,
        state,
        ..SettlementList::default()
    };
    let (status, body) = post(app, "/settlement/detailslist", &list.fields()).await;
    list.read(status, body.as_bytes())
        .unwrap()
        .into_inner()
        .rows
}

pub async fn end(
    app: &TestApp,
    billing_key: &str,
) -> Result<Answered<SubscriptionCancelled>, CallError> {
    let cancel = SubscriptionCancel {
        merchant_id: "PL_Merchant".into(),
        billing_key: Secret::new(billing_key),
    };
    let (status, body) = post(app, "/paypal/subscription/cancel", &cancel.fields()).await;
    cancel.read(status, body.as_bytes())
}

/// Something happens at the gateway; the status of the control API's answer.
pub async fn act(app: &TestApp, act: &str, order_id: &str) -> u16 {
    let path = format!("/control/payletter_global/{act}");
    app.post_json(&path, &json!({ "order_id": order_id }))
        .await
        .0
}
