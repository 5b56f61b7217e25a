//! A refund long after its payment.

use jiff::civil::Date;
use serde_json::{Value, json};

use paypair_verifier::Network;

use super::{act, paid, partly};
use crate::common::{Fate, PAYMENT_KEY, Setup, Tap, TestApp};

const DAY: u64 = 24 * 60 * 60;

fn day(text: &Value) -> Date {
    Date::strptime("%Y%m%d", text.as_str().unwrap()).unwrap()
}

/// The list is of everybody's sales: half a year of it is too long an answer for any lookup.
#[tokio::test]
async fn is_looked_up_without_reading_everything_in_between() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = paid(&app, "payletter_global", json!({})).await;
    let id = &page.order_id;
    app.advance(150 * DAY).await;
    tap.befall(act("payletter_global"), Fate::Lost, 1);
    let (_, outcome) = app.refund(id, json!({})).await;
    assert_eq!(outcome["status"], "in_doubt", "{outcome}");
    app.advance(10).await;
    let outcome = app.comes_to(id, "cancelled").await;
    assert_eq!(outcome["state"], "refunded", "{outcome}");
    let asked = tap.sent("cpdaesalist");
    let asked: Vec<Value> = asked
        .iter()
        .map(|body| serde_json::from_str(body).unwrap())
        .collect();
    assert!(asked.len() > 1, "the days of the payment and of the refund");
    for list in asked {
        let days = day(&list["datefrom"]).until(day(&list["dateto"])).unwrap();
        assert!((0..=31).contains(&days.get_days()), "{list}");
    }
}

/// Somebody at the gateway's own page gives a part back.
pub(super) async fn by_hand<N: Network>(app: &TestApp<N>, id: &str, won: u64) {
    let call = json!({
        "pgcode": "creditcard", "client_id": "pay_test", "user_id": "1001", "amount": won, "ip_addr": "127.0.0.1",
        "tid": app.book(id).await["transaction_id"],
    });
    let url = format!("{}/payletter/v1.0/payments/cancel/partial", app.gateway);
    let call = app.http.post(url).json(&call);
    let call = call.header("authorization", format!("PLKEY {PAYMENT_KEY}"));
    assert_eq!(call.send().await.unwrap().status(), 200);
}

/// Refused, and done all the same, of a payment of which 300 went back by hand, so long ago that not every day is asked for.
async fn refused_and_done<N: Network>(app: &TestApp<N>, tap: &Tap, part: u64) -> String {
    let page = paid(app, "payletter", json!({})).await;
    let id = page.order_id.clone();
    by_hand(app, &id, 300).await;
    // What went back by hand is found when one of ours is refused, on another day.
    app.advance(3 * DAY).await;
    tap.befall(act("payletter"), Fate::DoneAndRefused, 1);
    let first = json!({ "amount": "100", "refundId": "r1" });
    app.refund(&id, first).await;
    app.half_hours(&id, 2).await;
    app.until("both are known", async || {
        app.show(&id).await["outcome"]["refundedAmount"] == "400"
    })
    .await;
    app.advance(15 * DAY).await;
    tap.befall(act("payletter"), Fate::DoneAndRefused, 1);
    let second = json!({ "amount": part.to_string(), "refundId": "r2" });
    let (_, outcome) = app.refund(&id, second).await;
    assert_eq!(outcome["refund"]["state"], "declined", "{outcome}");
    app.half_hours(&id, 2).await;
    id
}

#[tokio::test]
async fn what_was_refused_and_done_is_told_though_not_every_day_is_asked_for() {
    let (app, tap) = TestApp::tapped(partly()).await;
    let id = refused_and_done(&app, &tap, 2_000).await;
    // At least: what went back by hand stands under a day that is not asked for.
    app.until("it is told", async || {
        app.show(&id).await["outcome"]["refundedAmount"] == "2100"
    })
    .await;
    assert_eq!(app.published(&id, "payment.partially_refunded").await, 3);
    let shown = app.show(&id).await;
    let notes = shown["timeline"].as_array().unwrap().clone();
    let after_all = notes.iter().filter(|row| row["note"] == "refund_after_all");
    assert_eq!(after_all.count(), 3, "{shown}");
}

/// The payment's own row says that nothing is left of it.
#[tokio::test]
async fn what_gave_the_rest_back_is_seen_though_not_every_day_is_asked_for() {
    let (app, tap) = TestApp::tapped(partly()).await;
    let id = refused_and_done(&app, &tap, 9_600).await;
    let outcome = app.comes_to(&id, "cancelled").await;
    assert_eq!(outcome["state"], "refunded", "{outcome}");
    assert_eq!(app.book(&id).await["refunded"], "10000");
}
