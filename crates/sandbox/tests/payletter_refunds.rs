//! Payletter: a payment is cancelled, wholly and in part.

use crate::common::payletter::{list, order, pay, refund};
use crate::common::{Merchant, TestApp, refusal};
use paypair_protocol::Money;
use paypair_protocol::payletter::{DateType, PaymentRequest, TransactionStatus};
use serde_json::json;

#[actix_web::test]
async fn parts_are_given_back_until_nothing_is_left() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let tid = pay(&app, &order(&merchant, "a", "creditcard")).await;
    let paid = ("creditcard", &*tid);
    let part = refund(&app, paid, 300, true).await.unwrap();
    assert_eq!(
        (part.amount, &part.transaction_id),
        (Some(Money::won(300)), &tid)
    );
    let payment = app.payment().await;
    assert_eq!(
        (&payment["state"], &payment["refunded"]),
        (&json!("partly_refunded"), &json!("300"))
    );
    assert_eq!(refusal(refund(&app, paid, 701, true).await), "2105");
    assert_eq!(refusal(refund(&app, paid, 1000, false).await), "2105");
    let rows = list(&app, "20260305", DateType::Transaction).await;
    assert_eq!(rows[0].status, TransactionStatus::PartlyCancelled);
    app.advance(24 * 60 * 60).await;
    refund(&app, paid, 700, true).await.unwrap();
    assert_eq!(refusal(refund(&app, paid, 1, true).await), "2105");
    assert_eq!(app.payment().await["state"], "cancelled");
    let rows = list(&app, "20260305", DateType::Transaction).await;
    assert_eq!(
        (rows.len(), &rows[0].status),
        (1, &TransactionStatus::Cancelled)
    );
    let amounts = async |day| -> Vec<_> {
        let rows = list(&app, day, DateType::Settle).await;
        rows.iter().map(|row| row.amount.unwrap().minor).collect()
    };
    assert_eq!(amounts("20260305").await, [1000, 300]);
    assert_eq!(amounts("20260306").await, [700]);
}

#[actix_web::test]
async fn methods_and_days_decide() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let checkpay = pay(&app, &order(&merchant, "a", "checkpay")).await;
    assert_eq!(
        refusal(refund(&app, ("checkpay", &checkpay), 300, true).await),
        "2105"
    );
    assert!(
        refund(&app, ("checkpay", &checkpay), 1000, false)
            .await
            .is_ok()
    );
    let transfer = pay(&app, &order(&merchant, "b", "banktransfer")).await;
    app.advance(24 * 60 * 60).await;
    assert_eq!(
        refusal(refund(&app, ("banktransfer", &transfer), 1000, false).await),
        "2105"
    );
    assert_eq!(
        refusal(refund(&app, ("creditcard", "unknown"), 1, false).await),
        "2104"
    );
}

#[actix_web::test]
async fn a_cup_deposit_is_given_back_wholly_or_not() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let cups = PaymentRequest {
        cup_deposit: Some(Money::won(300)),
        ..order(&merchant, "a", "creditcard")
    };
    let tid = pay(&app, &cups).await;
    assert!(merchant.got()[0].contains("\"disposable_cup_deposit\":300"));
    assert_eq!(
        refusal(refund(&app, ("creditcard", &tid), 300, true).await),
        "2105"
    );
    assert!(
        refund(&app, ("creditcard", &tid), 1000, false)
            .await
            .is_ok()
    );
}
