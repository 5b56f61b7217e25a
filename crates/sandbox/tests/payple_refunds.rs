//! Payple: money is given back, wholly and in part.

use crate::common::payple::{look_up, pay, refund};
use crate::common::{TestApp, refusal};
use paypair_protocol::Money;
use paypair_sandbox::Options;
use serde_json::json;

#[actix_web::test]
async fn the_test_account_cannot_cancel_in_part() {
    let app = TestApp::start();
    pay(&app, "a").await;
    assert_eq!(refusal(refund(&app, "a", 400).await), "PAYC1144");
    let whole = refund(&app, "a", 10_000).await.unwrap();
    assert_eq!(whole.gateway_code.as_deref(), Some("PAYC0000"));
    assert_eq!(app.payment().await["state"], "cancelled");
}

#[actix_web::test]
async fn an_account_that_can_gives_back_part_by_part_and_never_more_than_was_paid() {
    let app = TestApp::start_with(Options {
        payple_partial_cancel: true,
        ..Options::default()
    });
    pay(&app, "a").await;
    let part = refund(&app, "a", 4_000).await.unwrap();
    assert_eq!(part.amount, Some(Money::won(4_000)));
    let payment = app.payment().await;
    assert_eq!(
        (&payment["state"], &payment["refunded"]),
        (&json!("partly_refunded"), &json!("4000"))
    );
    assert_eq!(
        look_up(&app, "a").await.unwrap().refunded,
        Some(Money::won(4_000))
    );
    assert_eq!(refusal(refund(&app, "a", 6_001).await), "PAYC0011");
    refund(&app, "a", 6_000).await.unwrap();
    assert_eq!(
        look_up(&app, "a").await.unwrap().refunded,
        Some(Money::won(10_000))
    );
    assert_eq!(refusal(refund(&app, "a", 1).await), "PAYC0007");
    assert_eq!(app.payment().await["state"], "cancelled");
}
