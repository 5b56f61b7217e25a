//! A refund whose answer is slower than the gateway's list: the answer is about that refund, whichever runs when it comes.

use paypair_verifier::Network;
use serde_json::{Value, json};

use super::{act, paid, partly};
use crate::common::{Fate, Setup, Tap, TestApp, text};

fn impatient() -> Setup {
    Setup {
        patience: 1,
        ..partly()
    }
}

/// 3,000 went back by `r1`: its answer is held, and the list has shown it.
async fn first_one_seen<N: Network>(app: &TestApp<N>, tap: &Tap, gateway: &str) -> String {
    let page = paid(app, gateway, json!({})).await;
    let id = page.order_id.clone();
    tap.befall(act(gateway), Fate::Held, 1);
    let (_, outcome) = app
        .refund(&id, json!({ "amount": "3000", "refundId": "r1" }))
        .await;
    assert_eq!(outcome["refund"]["state"], "pending", "{outcome}");
    let (_, outcome) = app
        .merchant("POST", &format!("/orders/{id}/lookup"), json!({}))
        .await;
    assert_eq!(outcome["state"], "partially_refunded", "{outcome}");
    assert_eq!(refund(app, &id, 0).await["state"], "done");
    id
}

async fn refund<N: Network>(app: &TestApp<N>, id: &str, nth: usize) -> Value {
    app.show(id).await["attempts"][0]["refunds"][nth].clone()
}

/// The call that was held first goes on, and what it brought is written down.
async fn first_answer_comes<N: Network>(app: &TestApp<N>, tap: &Tap, id: &str) {
    tap.release();
    app.until("the first answer is written down", async || {
        app.count(id, "refund_answered").await == 1
    })
    .await;
}

#[tokio::test]
async fn is_not_taken_for_the_next_ones() {
    let (app, tap) = TestApp::tapped(impatient()).await;
    // As much again, and another amount.
    for amount in ["3000", "2000"] {
        let id = first_one_seen(&app, &tap, "payple").await;
        tap.befall(act("payple"), Fate::HeldNo("PAYC1999"), 1);
        let second = json!({ "amount": amount, "refundId": "r2" });
        let (_, outcome) = app.refund(&id, second).await;
        assert_eq!(outcome["state"], "refund_pending", "{outcome}");
        first_answer_comes(&app, &tap, &id).await;
        let outcome = app.show(&id).await["outcome"].clone();
        assert_eq!(
            (&outcome["state"], &outcome["refundedAmount"]),
            (&json!("refund_pending"), &json!("3000")),
            "{outcome}"
        );
        assert_eq!(refund(&app, &id, 1).await["state"], "pending");

        tap.release();
        app.until("the second one is refused", async || {
            refund(&app, &id, 1).await["state"] == "declined"
        })
        .await;
        let outcome = app.show(&id).await["outcome"].clone();
        assert_eq!(
            (&outcome["state"], &outcome["refundedAmount"]),
            (&json!("partially_refunded"), &json!("3000")),
            "{outcome}"
        );
        assert_eq!(app.book(&id).await["refunded"], "3000");
        let told = app.events().await;
        let done = |event: &&Value| {
            event["data"]["refundId"] == "r2" && event["type"] != "payment.restored"
        };
        assert_eq!(told.iter().find(done), None, "r2 did not go back");
    }
}

#[tokio::test]
async fn does_not_take_the_taxes_of_the_next_one() {
    let (app, tap) = TestApp::tapped(impatient()).await;
    let id = first_one_seen(&app, &tap, "payletter").await;
    // The first try finds no connection, after the first refund's call has ended.
    tap.befall(act("payletter"), Fate::HeldUnsent, 1);
    let second = json!({
        "amount": "2000", "refundId": "r2", "taxFreeAmount": "500", "taxAmount": "100",
    });
    let (_, outcome) = app.refund(&id, second).await;
    assert_eq!(outcome["state"], "refund_pending", "{outcome}");
    first_answer_comes(&app, &tap, &id).await;
    tap.release();
    app.until("the second one is done", async || {
        app.book(&id).await["refunded"] == "5000"
    })
    .await;
    let sent = tap.sent("cancel/partial");
    let sent: Value = serde_json::from_str(sent.last().unwrap()).unwrap();
    for (name, value) in [
        ("amount", "2000"),
        ("taxfree_amount", "500"),
        ("tax_amount", "100"),
    ] {
        assert_eq!(text(&sent[name]), value, "{sent}");
    }
}
