//! Paid while nobody heard of it, and given back in part by hand before anybody looked.

use paypair_verifier::Network;
use serde_json::{Value, json};

use crate::common::{Fate, Setup, TestApp, text};

/// What the ledger hears nothing of: a payment in the window, without callback and return, and so much of it given back.
async fn behind_our_back<N: Network>(
    app: &TestApp<N>,
    order: Value,
    part: &str,
    more: &[&str],
) -> String {
    let gateway = text(&order["gateway"]);
    let faults = [&["return_never", "callback_never"], more].concat();
    app.script(&gateway, json!(faults)).await;
    let page = app.order(&gateway, order).await;
    let id = page.order_id.clone();
    page.press("redirect", "pay").await;
    let payment = app.book(&id).await["transaction_id"].clone();
    if gateway == "payletter" {
        let part: u64 = part.parse().unwrap();
        let undo = json!({
            "pgcode": "creditcard", "client_id": "pay_test", "user_id": "1001", "tid": payment,
            "amount": part, "ip_addr": "127.0.0.1",
        });
        app.at_payletter("cancel/partial", undo.to_string()).await;
    } else {
        let undo = json!({
            "storeid": "PL_Merchant", "paytoken": payment, "currency": "USD", "amount": part,
        });
        let url = format!("{}/payletter_global/payment/refund", app.gateway);
        let call = app.http.post(url).json(&undo);
        let answer = call.header("authorization", "GPLKEY PL_Merchant").send();
        let answer = answer.await.unwrap();
        let status = answer.status();
        assert_eq!(status, 200, "{}", answer.text().await.unwrap());
    }
    id
}

async fn look_up<N: Network>(app: &TestApp<N>, id: &str) -> Value {
    let path = format!("/orders/{id}/lookup");
    let (status, outcome) = app.merchant("POST", &path, json!({})).await;
    assert_eq!(status, 200, "{outcome}");
    outcome
}

fn dollars() -> Value {
    json!({ "gateway": "payletter_global", "amount": "100.00", "currency": "USD" })
}

/// The list by day of settlement has what was paid, and each part; the one by day of payment says neither.
#[tokio::test]
async fn the_domestic_lists_say_what_was_paid_and_what_is_left() {
    let app = TestApp::start().await;
    let order = json!({ "gateway": "payletter" });
    let id = behind_our_back(&app, order, "3000", &[]).await;
    let outcome = look_up(&app, &id).await;
    assert_eq!(
        (&outcome["state"], &outcome["refundedAmount"]),
        (&json!("partially_refunded"), &json!("3000")),
        "{outcome}"
    );
    assert_eq!(app.published(&id, "payment.paid").await, 1);
    assert_eq!(app.published(&id, "payment.partially_refunded").await, 1);
    let (status, outcome) = app.refund(&id, json!({})).await;
    assert_eq!(
        (status, &outcome["state"]),
        (200, &json!("refunded")),
        "{outcome}"
    );
    assert_eq!(app.book(&id).await["refunded"], "10000");
}

#[tokio::test]
async fn the_global_list_says_what_was_paid() {
    let app = TestApp::start().await;
    let id = behind_our_back(&app, dollars(), "30.00", &[]).await;
    let outcome = look_up(&app, &id).await;
    assert_eq!(outcome["state"], "partially_refunded", "{outcome}");
    assert_eq!(app.published(&id, "payment.paid").await, 1);
    assert_eq!(app.published(&id, "payment.partially_refunded").await, 1);
}

/// Past its time an attempt is looked up, and what the list says of another amount is told, not asked for every second.
#[tokio::test]
async fn another_amount_is_told_and_not_asked_about_again_and_again() {
    let app = TestApp::start().await;
    app.clock.stop();
    let id = behind_our_back(&app, dollars(), "30.00", &["wrong_amount"]).await;
    app.advance(2 * 60 * 60).await;
    app.until("it was told", async || {
        app.published(&id, "payment.discrepant").await == 1
    })
    .await;
    let outcome = &app.show(&id).await["outcome"];
    assert_eq!(outcome["reason"]["code"], "amount_differs", "{outcome}");
    app.looked_up(&id).await;
    let asked = app.called("cpdaesalist").await;
    // The clock stands still: nothing is due, however often the store is asked what is.
    tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
    assert_eq!(app.called("cpdaesalist").await, asked);
}

/// The list by day of settlement is summed up over the days that were asked for: what somebody else gave back on another day must be in it,
/// or a part of ours that is as much is taken for his.
#[tokio::test]
async fn a_part_of_ours_is_not_taken_for_one_by_hand_on_another_day() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    // Of too many days in between nobody says how much.
    for (days_later, status) in [(3, "paid"), (15, "in_doubt")] {
        let order = json!({ "gateway": "payletter" });
        let id = behind_our_back(&app, order, "3000", &[]).await;
        let outcome = look_up(&app, &id).await;
        assert_eq!(outcome["refundedAmount"], "3000", "{outcome}");
        app.advance(days_later * 24 * 60 * 60).await;
        tap.befall("/payments/cancel", Fate::Lost, 1);
        let part = json!({ "amount": "3000", "refundId": "r1" });
        let (_, outcome) = app.refund(&id, part).await;
        assert_eq!(outcome["status"], "in_doubt", "{outcome}");
        app.half_hours(&id, 4).await;
        let shown = app.show(&id).await;
        let outcome = &shown["outcome"];
        assert_eq!(outcome["status"], status, "{days_later}: {shown}");
        if status == "paid" {
            assert_eq!(outcome["refundedAmount"], "6000", "{shown}");
        }
        assert_eq!(app.book(&id).await["refunded"], "6000");
    }
}
