//! Payple: its server tells the merchant's, unsigned.

use crate::common::payple::{charge, look_up, pay, refund, register, send};
use crate::common::{Merchant, TestApp};
use paypair_protocol::Money;
use paypair_protocol::payple::{Outcome, Repeat, Webhook, WindowResult};
use paypair_protocol::wire::Fields;
use paypair_sandbox::Options;
use serde_json::json;

fn start(merchant: &Merchant) -> TestApp {
    TestApp::start_with(Options {
        payple_webhook: Some(format!("{}/webhook", merchant.url)),
        ..Options::default()
    })
}

fn read(merchant: &Merchant, at: usize) -> Webhook {
    Webhook::read(&Fields::from_json(merchant.got()[at].as_bytes()).unwrap())
}

#[actix_web::test]
async fn payments_charges_and_refunds_are_told() {
    let merchant = Merchant::answering("OK");
    let app = start(&merchant);
    pay(&app, "a").await;
    merchant.called(1).await;
    let told = read(&merchant, 0);
    let Webhook::Payment {
        order_id,
        outcome,
        paid_on,
        ..
    } = told
    else {
        panic!("{told:?}");
    };
    assert_eq!(
        (&*order_id, outcome, paid_on.as_deref()),
        ("a", Outcome::Success, Some("20260305"))
    );
    let key = register(&app, "card").await;
    send(&app, charge(&key, "b", Repeat::Freely)).await.unwrap();
    merchant.called(2).await;
    assert!(matches!(read(&merchant, 1), Webhook::Payment { order_id, .. } if order_id == "b"));
    refund(&app, "a", 10_000).await.unwrap();
    merchant.called(3).await;
    assert!(matches!(
        read(&merchant, 2),
        Webhook::Refund { order_id, paid_on: Some(day), .. } if order_id == "a" && day == "20260305"
    ));
}

#[actix_web::test]
async fn a_payment_that_is_given_back_by_hand_is_told_and_shown_late() {
    let merchant = Merchant::answering("OK");
    let app = start(&merchant);
    pay(&app, "a").await;
    merchant.called(1).await;
    let lag = json!([{ "name": "lookup_lag", "seconds": 20 }]);
    app.script("payple", "a", lag).await;
    let body = json!({ "order_id": "a" });
    let (status, _) = app.post_json("/control/payple/cancel", &body).await;
    assert_eq!(status, 200);
    merchant.called(2).await;
    let whole = Some(Money::won(10_000));
    assert!(matches!(
        read(&merchant, 1),
        Webhook::Refund { order_id, money, .. } if order_id == "a" && money == whole
    ));
    let refunded = async || look_up(&app, "a").await.expect("a payment").refunded;
    assert_eq!(refunded().await, None);
    app.advance(20).await;
    assert_eq!(refunded().await, whole);
    let (status, _) = app.post_json("/control/payple/cancel", &body).await;
    assert_eq!(status, 409, "nothing is left");
}

#[actix_web::test]
async fn a_card_that_is_deleted_by_hand_is_told() {
    let merchant = Merchant::answering("OK");
    let app = start(&merchant);
    let key = register(&app, "card").await;
    let body = json!({ "billing_key": key.expose() });
    let (status, _) = app.post_json("/control/payple/delete_card", &body).await;
    assert_eq!(status, 200);
    merchant.called(1).await;
    assert!(matches!(
        read(&merchant, 0),
        Webhook::PayerDeleted { billing_key, .. } if billing_key == key
    ));
    let (status, _) = app.post_json("/control/payple/delete_card", &body).await;
    assert_eq!(status, 404);
}

#[actix_web::test]
async fn a_redirect_is_no_answer() {
    let merchant = Merchant::answering_with(302, "");
    let app = start(&merchant);
    pay(&app, "a").await;
    app.answered(1).await;
    assert_eq!(app.payment().await["acknowledged"], false);
    app.advance(300).await;
    merchant.called(2).await;
}

#[actix_web::test]
async fn test_marks_stand_before_the_code_and_are_read_away() {
    let app = TestApp::start_with(Options {
        payple_test_marks: true,
        ..Options::default()
    });
    let auth = app.auth(json!({})).await;
    let window = app
        .window(
            auth["AuthKey"].as_str().unwrap(),
            "a",
            &[("PCD_PAY_WORK", "PAY")],
        )
        .await;
    let data = app.press(&window, "pay").await.message()["data"].clone();
    assert_eq!(data["PCD_PAY_CODE"], "[TEST]0000");
    let result = WindowResult::read(&Fields::from_json(data.to_string().as_bytes()).unwrap());
    assert_eq!(result.gateway_code.as_deref(), Some("0000"));
    let refunded = refund(&app, "a", 10_000).await.unwrap();
    assert_eq!(refunded.gateway_code.as_deref(), Some("PAYC0000"));
}
