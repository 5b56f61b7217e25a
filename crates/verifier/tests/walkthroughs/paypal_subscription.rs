//! A PayPal subscription, which the merchant hears of by notices alone.

use serde_json::{Value, json};

use super::{
    super::common::{Page, text},
    stage::Stage,
};

const GLOBAL: &str = "payletter_global";

async fn subscription(stage: &Stage, order_id: &str) -> Value {
    let (status, shown) = stage.get(&format!("/subscriptions/{order_id}")).await;
    assert_eq!(status, 200, "{shown}");
    shown
}

/// Waits until so many payments of a subscription are paid, and gives the last one's order.
async fn paid_so_often(stage: &Stage, order_id: &str, times: usize) -> String {
    let payments = async || {
        let shown = subscription(stage, order_id).await;
        shown["payments"].as_array().unwrap().clone()
    };
    stage
        .until("the renewal is paid", async || {
            let payments = payments().await;
            payments.len() == times && payments.iter().all(|paid| paid["status"] == "paid")
        })
        .await;
    text(&payments().await.last().unwrap()["orderId"])
}

async fn order(stage: &Stage) -> Page<'_> {
    let terms = json!({ "interval": "month", "every": 1, "cycles": 0 });
    let more = json!({
        "method": "PaypalExpressCheckout", "amount": "12.50", "currency": "USD",
        "options": { "subscription": terms },
    });
    stage.order(GLOBAL, more).await
}

/// Has this been noted of an order?
async fn is_noted(stage: &Stage, order_id: &str, note: &str) -> bool {
    let shown = stage.show(order_id).await;
    let mut rows = shown["timeline"].as_array().into_iter().flatten();
    rows.any(|row| row["note"] == note)
}

#[tokio::test]
async fn a_subscription_is_made_renewed_and_cancelled_and_a_late_renewal_is_still_seen() {
    let stage = Stage::open().await;
    let page = order(&stage).await;
    let id = &page.order_id;
    assert_eq!(subscription(&stage, id).await["state"], "none");

    // Type 5 makes it, type 1 pays for the first month; the notices come before the buyer does.
    let outcome = page.pay("redirect").await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    let shown = subscription(&stage, id).await;
    assert_eq!(
        (&shown["state"], &shown["interval"], &shown["amount"]),
        (&json!("active"), &json!("month"), &json!("12.50")),
        "{shown}"
    );
    let key = text(&shown["billingKeyId"]);
    let why = stage.not_charged(GLOBAL, &key, "by-hand", json!({})).await;
    assert_eq!(why, "charged_by_paypal");

    for payments in [2, 3] {
        stage.next_month().await;
        assert_eq!(stage.act("renew", id).await, 200);
        let renewal = paid_so_often(&stage, id, payments).await;
        assert_eq!(renewal, format!("{id}-r{}", payments - 1));
        let own = stage.show(&renewal).await;
        let strange = text(&own["attempts"][0]["gatewayOrderId"]);
        assert!(strange.starts_with("PP"), "PayPal's own number: {strange}");
        let today = stage.day();
        let list = format!("/sales?gateway={GLOBAL}&orderId={strange}");
        let rows = stage.rows(&list, today, today).await;
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert_eq!(rows[0]["ourOrderId"], renewal.as_str());
    }

    // The fourth month is charged, and nobody tells us before the customer cancels.
    stage.next_month().await;
    stage
        .script_times(GLOBAL, json!(["callback_never"]), 1)
        .await;
    assert_eq!(stage.act("renew", id).await, 200);
    let late = text(&stage.payments().await.last().unwrap()["order_id"]);
    let path = format!("/subscriptions/{id}/cancel");
    let (_, ended) = stage
        .merchant("POST", &path, json!({ "reason": "해지" }))
        .await;
    assert_eq!(ended["state"], "cancelled", "{ended}");
    let found = stage.disagreements().await;
    assert_eq!(
        found.len(),
        3,
        "a line of the book, a row of either list: {found:#?}"
    );
    stage.deliver(GLOBAL, &late).await;
    let renewal = paid_so_often(&stage, id, 4).await;
    assert!(is_noted(&stage, &renewal, "renewal_after_the_end").await);
    assert_eq!(subscription(&stage, id).await["state"], "cancelled");

    stage.next_month().await;
    assert_eq!(stage.act("renew", id).await, 409, "PayPal charges no more");
    stage.everything_agrees().await;
}

#[tokio::test]
async fn a_held_first_payment_is_reviewed_until_paypal_lets_it_go() {
    let stage = Stage::open().await;
    let page = order(&stage).await;
    let id = &page.order_id;
    stage.press_and_return(&page, "hold").await;
    let outcome = page.wait_for("review").await;
    assert_eq!(outcome["state"], "pending_review", "type 6: {outcome}");
    assert_eq!(stage.book(&page.order_id).await["state"], "registered");
    stage.everything_agrees().await;

    stage.next_day().await;
    assert_eq!(stage.act("release", id).await, 200);
    page.wait_for("paid").await;
    assert_eq!(stage.published(id, "payment.paid").await, 1);
    let shown = subscription(&stage, id).await;
    assert_eq!(shown["state"], "active", "{shown}");
    stage.next_month().await;
    assert_eq!(stage.act("renew", id).await, 200);
    paid_so_often(&stage, id, 2).await;
    stage.everything_agrees().await;
}
