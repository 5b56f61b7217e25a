//! Paid once more after the first payment went back.

use common::{PAYMENT_KEY, Setup, TestApp, text};
use paypair_ledger::Store as _;
use paypair_protocol::{Method, Money, Secret, payletter::Charge};
use paypair_verifier::Network;
use serde_json::{Value, json};

use crate::{common, went_back};

/// Some other system of the merchant's charges under this order's number. Answers the payment's name.
async fn charged_beside<N: Network>(
    app: &TestApp<N>,
    key: &str,
    order_id: &str,
    won: u64,
) -> String {
    let known = names(app, order_id).await;
    let view = app.verifier.store().billing_key_view(key).await.unwrap();
    let charge = Charge {
        method: Method::from("creditcard"),
        merchant_id: "pay_test".into(),
        customer_id: "1001".into(),
        order_id: order_id.into(),
        amount: Money::won(won),
        product_name: "월 구독".into(),
        billing_key: Secret::new(view.unwrap().key.unwrap().expose()),
        customer_ip: "127.0.0.1".into(),
        ..Charge::default()
    };
    by_hand(app, "autopay", charge.fields().to_json()).await;
    let mut new = names(app, order_id).await;
    new.retain(|id| !known.contains(id));
    new.pop().unwrap()
}

async fn by_hand<N: Network>(app: &TestApp<N>, path: &str, body: String) {
    let url = format!("{}/payletter/v1.0/payments/{path}", app.gateway);
    let call = app.http.post(url).body(body);
    let call = call.header("content-type", "application/json");
    let call = call.header("authorization", format!("PLKEY {PAYMENT_KEY}"));
    assert_eq!(call.send().await.unwrap().status(), 200, "{path}");
}

async fn names<N: Network>(app: &TestApp<N>, order_id: &str) -> Vec<String> {
    let captures = app.captures(order_id).await;
    let ids = captures.iter().map(|row| text(&row["transaction_id"]));
    ids.collect()
}

async fn look_up<N: Network>(app: &TestApp<N>, order_id: &str) -> Value {
    let path = format!("/orders/{order_id}/lookup");
    let (status, outcome) = app.merchant("POST", &path, json!({})).await;
    assert_eq!(status, 200, "{outcome}");
    outcome
}

#[tokio::test]
async fn what_was_undone_at_the_gateway_does_not_close_the_buyers_window() {
    let app = TestApp::start().await;
    let key = app.key("payletter").await;
    let page = app.order("payletter", json!({})).await;
    let id = &page.order_id;
    let prepared = page.prepare("redirect").await;
    let first = charged_beside(&app, &key, id, 10_000).await;
    let undo = json!({
        "pgcode": "creditcard", "client_id": "pay_test", "user_id": "1001", "tid": first,
        "amount": 10_000, "ip_addr": "127.0.0.1",
    });
    by_hand(&app, "cancel", undo.to_string()).await;
    let outcome = look_up(&app, id).await;
    assert_eq!(
        (&outcome["state"], &outcome["reason"]["code"]),
        (&json!("cancelled"), &json!("cancelled_by_gateway")),
        "{outcome}"
    );
    // Nobody was told that it was paid; so nobody is told that it went back.
    assert_eq!(app.published(id, "payment.refunded").await, 0);
    app.press(&prepared["launch"], "pay").await;
    let outcome = app.comes_to(id, "paid").await;
    assert_eq!(outcome["state"], "paid", "{outcome}");
    let shown = app.show(id).await;
    let own = &shown["attempts"][0]["transactionId"];
    assert!(own.is_string() && *own != json!(first), "{shown}");
    let undone = &shown["attempts"][0]["secondPayments"][0];
    assert_eq!(
        (&undone["transactionId"], &undone["refunded"]),
        (&json!(first), &json!(true)),
        "{shown}"
    );
    assert_eq!(app.published(id, "payment.discrepant").await, 0);
}

/// Charged, given back, and charged again. Answers the two payments' names.
async fn charged_after_the_refund<N: Network>(app: &TestApp<N>) -> [String; 2] {
    let key = app.key("payletter").await;
    let (_, outcome) = app.charge("payletter", &key, "march", json!({})).await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    let first = text(&app.show("march").await["attempts"][0]["transactionId"]);
    let (_, outcome) = app.refund("march", json!({})).await;
    assert_eq!(outcome["state"], "refunded", "{outcome}");
    let second = charged_beside(app, &key, "march", 9_900).await;
    [first, second]
}

#[tokio::test]
async fn a_payment_after_the_refund_goes_back_by_itself() {
    let app = TestApp::start().await;
    let ids = charged_after_the_refund(&app).await;
    look_up(&app, "march").await;
    app.until("the second one is back", async || {
        app.show("march").await["outcome"]["state"] == "refunded"
    })
    .await;
    assert_eq!(went_back(&app, &ids).await, ["9900", "9900"]);
    assert_eq!(app.published("march", "payment.discrepant").await, 1);
    assert_eq!(app.published("march", "payment.refunded").await, 2);
}

#[tokio::test]
async fn a_payment_after_the_refund_can_be_given_back_by_hand() {
    let app = TestApp::with(Setup {
        extra: "auto_refund = false",
        ..Setup::default()
    })
    .await;
    let ids = charged_after_the_refund(&app).await;
    let outcome = look_up(&app, "march").await;
    assert_eq!(
        (&outcome["status"], &outcome["reason"]["code"]),
        (&json!("review"), &json!("second_capture")),
        "{outcome}"
    );
    let wish = json!({ "transactionId": ids[1] });
    let (status, outcome) = app.refund("march", wish).await;
    assert_eq!(
        (status, &outcome["state"]),
        (200, &json!("refunded")),
        "{outcome}"
    );
    assert_eq!(went_back(&app, &ids).await, ["9900", "9900"]);
}
