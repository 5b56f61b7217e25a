//! Two equal items sent back one right after the other: in Payletter's list two cancellations of one second look like one.

use std::time::Duration;

use serde_json::json;

use super::paid;
use crate::common::{Fate, Setup, TestApp, keys::code};

#[tokio::test]
async fn an_equal_part_waits_for_a_second_of_its_own() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = paid(&app, "payletter", json!({})).await;
    let id = &page.order_id;
    let part = |name: &str| json!({ "amount": "500", "refundId": name });
    let (_, outcome) = app.refund(id, part("r1")).await;
    assert_eq!(outcome["refundedAmount"], "500", "{outcome}");
    tap.befall("cancel/partial", Fate::Astray, 1);
    let (_, outcome) = app.refund(id, part("r2")).await;
    assert_eq!(outcome["status"], "in_doubt", "{outcome}");
    app.half_hours(id, 4).await;
    let outcome = app.comes_to(id, "paid").await;
    assert_eq!(outcome["refundedAmount"], "500", "{outcome}");
    let shown = app.show(id).await;
    let lines = &shown["attempts"][0]["refunds"];
    assert_eq!(lines[1]["state"], "declined", "{shown}");
    assert_eq!(app.book(id).await["refunded"], "500");
    // It may be asked for again, under a new id.
    let (_, outcome) = app.refund(id, part("r3")).await;
    assert_eq!(outcome["refundedAmount"], "1000", "{outcome}");
}

/// It was done though it was refused: the list shows that it was, unless an equal one has the same second.
#[tokio::test]
async fn an_equal_part_waits_behind_one_that_was_refused_and_done() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = paid(&app, "payletter", json!({})).await;
    let id = &page.order_id;
    let part = |name: &str| json!({ "amount": "500", "refundId": name });
    tap.befall("cancel/partial", Fate::DoneAndRefused, 1);
    let (_, outcome) = app.refund(id, part("r1")).await;
    assert_eq!(outcome["refund"]["state"], "declined", "{outcome}");
    let (_, outcome) = app.refund(id, part("r2")).await;
    assert_eq!(outcome["refund"]["state"], "done", "{outcome}");
    app.half_hours(id, 4).await;
    app.until("both are known", async || {
        app.show(id).await["outcome"]["refundedAmount"] == "1000"
    })
    .await;
    assert_eq!(app.book(id).await["refunded"], "1000");
}

#[tokio::test]
async fn only_a_part_that_is_about_to_be_asked_for_waits() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    app.clock.stop();
    app.clock.hurry();
    let page = paid(&app, "payletter", json!({})).await;
    let id = &page.order_id;
    let part = |name: &str| json!({ "amount": "500", "refundId": name });
    app.refund(id, part("r1")).await;
    // The clock was put back: then the second ends later, by a time that nothing else waits for.
    app.clock.put_back(Duration::from_millis(700));
    let waits = || app.clock.waits_of(Duration::from_millis(2_700));
    let (status, outcome) = app.refund(id, part("r1")).await;
    assert_eq!((status, &outcome["refund"]["state"]), (200, &json!("done")));
    for (wrong, status, says) in [
        (json!({ "amount": "500" }), 422, "fields_invalid"),
        (
            json!({ "amount": "500", "refundId": "r2", "transactionId": "x" }),
            409,
            "refund_payment_unknown",
        ),
        (
            json!({ "amount": "500", "refundId": "r2", "taxAmount": "501" }),
            422,
            "fields_invalid",
        ),
    ] {
        let (was, answer) = app.refund(id, wrong).await;
        assert_eq!((was, &*code(&answer)), (status, says), "{answer}");
    }
    assert_eq!(waits(), 0);
    // A clock that stands still holds no part for ever.
    let (_, outcome) = app.refund(id, part("r2")).await;
    assert_eq!(outcome["refundedAmount"], "1000", "{outcome}");
    assert_eq!(waits(), 2);
    assert_eq!(tap.sent("cancel/partial").len(), 2);
}
