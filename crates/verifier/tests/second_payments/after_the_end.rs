//! Paid once more after the first payment went back.

use crate::common::{Handback, Setup, TestApp, text};
use paypair_verifier::Network;
use serde_json::{Value, json};

use super::went_back;

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
    let first = app.charged_elsewhere(&key, id, 10_000).await;
    let undo = json!({
        "pgcode": "creditcard", "client_id": "pay_test", "user_id": "1001", "tid": first,
        "amount": 10_000, "ip_addr": "127.0.0.1",
    });
    app.at_payletter("cancel", undo.to_string()).await;
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

/// The buyer leaves, and is charged all the same; nobody hears of it before it is given back.
#[tokio::test]
async fn what_was_undone_after_the_buyer_left_is_not_paid_by_its_late_callback() {
    let app = TestApp::start().await;
    app.clock.stop();
    app.script("payletter", json!(["paid_after_close", "callback_never"]))
        .await;
    let page = app.order("payletter", json!({})).await;
    let id = &page.order_id;
    let Handback::Get(left) = page.press("redirect", "cancel").await else {
        panic!("Payletter cancels by a bare GET");
    };
    assert_eq!(app.http.get(left).send().await.unwrap().status(), 303);
    let paid = text(&app.captures(id).await[0]["transaction_id"]);
    let undo = json!({
        "pgcode": "creditcard", "client_id": "pay_test", "user_id": "1001", "tid": paid,
        "amount": 10_000, "ip_addr": "127.0.0.1",
    });
    app.at_payletter("cancel", undo.to_string()).await;
    let outcome = look_up(&app, id).await;
    assert_eq!(outcome["state"], "cancelled", "{outcome}");
    app.deliver("payletter", id).await;
    app.until("it is delivered", async || {
        let seen = app.show(id).await;
        let late = seen.to_string().contains("capture_after_the_end");
        late || seen["outcome"]["state"] == "paid"
    })
    .await;
    let outcome = &app.show(id).await["outcome"];
    assert_eq!(outcome["state"], "cancelled", "{outcome}");
    assert_eq!(app.published(id, "payment.paid").await, 0);
    // The same window's next lookup is still to come.
    app.advance(5).await;
    app.looked_up(id).await;
}

/// Charged, given back, and charged again. Answers the two payments' names.
async fn charged_after_the_refund<N: Network>(app: &TestApp<N>) -> [String; 2] {
    let key = app.key("payletter").await;
    let (_, outcome) = app.charge("payletter", &key, "march", json!({})).await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    let first = text(&app.show("march").await["attempts"][0]["transactionId"]);
    let (_, outcome) = app.refund("march", json!({})).await;
    assert_eq!(outcome["state"], "refunded", "{outcome}");
    let second = app.charged_elsewhere(&key, "march", 9_900).await;
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

/// After a refund that the gateway refused the list by day of settlement is read for what went back, and says nothing of other payments.
#[tokio::test]
async fn a_refused_refund_does_not_hide_another_payment() {
    let app = TestApp::start().await;
    let key = app.key("payletter").await;
    let (_, outcome) = app.charge("payletter", &key, "march", json!({})).await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    let part = |id: &str| json!({ "amount": "100", "refundId": id });
    let (_, outcome) = app.refund("march", part("a")).await;
    assert_eq!(outcome["refund"]["state"], "done", "{outcome}");
    app.script_times("payletter", json!([{ "name": "refund_refused" }]), 1)
        .await;
    let (_, outcome) = app.refund("march", part("b")).await;
    assert_eq!(outcome["refund"]["state"], "declined", "{outcome}");
    let second = app.charged_elsewhere(&key, "march", 9_900).await;
    look_up(&app, "march").await;
    app.until("the second one is back", async || {
        let shown = app.show("march").await;
        shown["attempts"][0]["secondPayments"][0]["refunded"] == true
    })
    .await;
    let shown = app.show("march").await;
    assert_eq!(
        shown["attempts"][0]["secondPayments"][0]["transactionId"],
        json!(second)
    );
    assert_eq!(shown["outcome"]["state"], "partially_refunded", "{shown}");
}
