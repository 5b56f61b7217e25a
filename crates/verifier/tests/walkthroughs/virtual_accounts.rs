//! Virtual accounts with a last moment: paid in time, and not.

use jiff::{ToSpan as _, civil::Date};
use serde_json::json;

use super::{
    super::common::{Page, control::faults},
    stage::Stage,
};

/// An account for 10000 won that takes deposits until half past six on this day.
async fn account(stage: &Stage, until: Date) -> Page<'_> {
    let expires = json!({ "on": until.to_string(), "time": "18:30" });
    let more = json!({ "method": "virtualaccount", "options": { "accountExpires": expires } });
    let page = stage.order("payletter", more).await;
    let outcome = page.pay("redirect").await;
    assert_eq!(outcome["status"], "awaiting_deposit", "{outcome}");
    let told = outcome["virtualAccount"]["expiresAt"].as_str().unwrap();
    assert!(
        told.starts_with(&until.strftime("%Y%m%d").to_string()),
        "{outcome}"
    );
    page
}

/// Money comes in at the bank; whether the bank took it.
async fn deposit(stage: &Stage, page: &Page<'_>) -> bool {
    let body = json!({ "gateway": "payletter", "order_id": page.order_id });
    stage.control("deliver", body).await.0 == 200
}

#[tokio::test]
async fn a_deposit_in_time_pays_and_after_the_last_moment_none_is_taken() {
    let stage = Stage::open().await;
    let last = stage.day() + 3.days();
    let (early, just) = (account(&stage, last).await, account(&stage, last).await);
    let late = account(&stage, last).await;
    stage.everything_agrees().await;

    stage.next_day().await;
    assert!(deposit(&stage, &early).await);
    early.wait_for("paid").await;
    stage.go_to(last, 18).await;
    assert!(deposit(&stage, &just).await, "half an hour is left");
    just.wait_for("paid").await;
    let paid_today = stage.rows("/sales?gateway=payletter", last, last).await;
    assert_eq!(
        paid_today.len(),
        1,
        "the day of the deposit: {paid_today:?}"
    );
    assert_eq!(paid_today[0]["orderId"], just.order_id.as_str());

    stage.go_to(last, 19).await;
    assert!(!deposit(&stage, &late).await, "the account is closed");
    assert_eq!(stage.book(&late.order_id).await["state"], "expired");
    // The gateway says "open" of an account that nobody paid into: it is given up once the lookups find nothing for long enough.
    stage
        .until("the account is given up", async || {
            stage.advance(60 * 60).await;
            late.status(1).await["status"] == "expired"
        })
        .await;
    assert_eq!(stage.published(&late.order_id, "payment.paid").await, 0);
    assert_eq!(stage.published(&late.order_id, "payment.expired").await, 1);
    stage.everything_agrees().await;

    // Nor does a new try help the day after: the gateway would give out an account that takes nothing.
    stage.next_day().await;
    let ask = json!({ "layout": "redirect", "device": "desktop" });
    let (status, answer) = late.post("prepare", ask).await;
    let over = ("options.accountExpires.on", "field_invalid");
    let over = (over.0.to_owned(), over.1.to_owned());
    assert_eq!((status, faults(&answer)), (422, vec![over]), "{answer}");
    stage.everything_agrees().await;
}

#[tokio::test]
async fn an_hour_that_is_over_is_no_last_moment() {
    let stage = Stage::open().await;
    let expires = |on: Date, time: &str| {
        json!({
            "gateway": "payletter", "method": "virtualaccount", "amount": "10000", "productName": "a",
            "customer": { "id": "1001" },
            "options": { "accountExpires": { "on": on.to_string(), "time": time } },
        })
    };
    let today = stage.day();
    for (on, time, field) in [
        (today, "09:59", "options.accountExpires.time"),
        (today - 1.day(), "23:59", "options.accountExpires.on"),
    ] {
        let (status, answer) = stage.merchant("POST", "/orders", expires(on, time)).await;
        let over = (field.to_owned(), "field_invalid".to_owned());
        assert_eq!((status, faults(&answer)), (422, vec![over]), "{answer}");
    }
    let (status, answer) = stage
        .merchant("POST", "/orders", expires(today, "10:30"))
        .await;
    assert_eq!(status, 201, "{answer}");
}
