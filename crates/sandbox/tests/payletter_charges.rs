//! Payletter: a billing key is charged.

use crate::common::payletter::{ask, charge, list, order, press, refund, send};
use crate::common::{Merchant, PAYMENT_KEY, TestApp, fields, refusal};
use paypair_protocol::payletter::{
    Callback, Charge, DateType, PaymentRequest, Return, TransactionStatus,
};
use paypair_protocol::wire::Fields;
use paypair_protocol::{Method, Money, Secret};
use serde_json::json;

const DAY: u64 = 24 * 60 * 60;

/// Pays the first time; the billing key of the callback.
async fn subscribe(app: &TestApp, merchant: &Merchant, method: &str) -> String {
    let first = PaymentRequest {
        recurring: true,
        ..order(merchant, "first", method)
    };
    let token = ask(app, &first).await.unwrap();
    press(app, &token, "pay").await;
    let got = merchant.got().pop().unwrap();
    let callback = Callback::verify(
        &Fields::from_json(got.as_bytes()).unwrap(),
        &Secret::new(PAYMENT_KEY),
    )
    .unwrap();
    callback.billing_key.clone().unwrap().expose().to_owned()
}

#[actix_web::test]
async fn the_first_payment_brings_a_key_that_is_charged_again() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let key = subscribe(&app, &merchant, "creditcard").await;
    let paid = send(&app, &charge(&key, "second", "creditcard"))
        .await
        .unwrap();
    assert_eq!(
        (paid.amount, paid.billing_key.as_ref()),
        (Some(Money::won(1000)), Some(&Secret::new(key.clone())))
    );
    assert!(paid.approval_no.is_some() && paid.paid_at.is_some());
    // The order number guards nothing here.
    send(&app, &charge(&key, "second", "creditcard"))
        .await
        .unwrap();
    assert_eq!(merchant.got().len(), 1, "no callback tells of a charge");
    let rows = list(&app, "20260305", DateType::Transaction).await;
    let ids: Vec<_> = rows.iter().map(|row| &*row.order_id).collect();
    assert_eq!(ids, ["first", "second", "second"]);
    refund(&app, ("creditcard", &paid.transaction_id), 1000, false)
        .await
        .unwrap();
    let rows = list(&app, "20260305", DateType::Transaction).await;
    assert_eq!(rows[1].status, TransactionStatus::Cancelled);
}

#[actix_web::test]
async fn a_key_without_a_payment_is_charged_too() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let only = PaymentRequest {
        recurring: true,
        amount: Money::won(0),
        ..order(&merchant, "reg", "creditcard")
    };
    let token = ask(&app, &only).await.unwrap();
    let (_, back) = press(&app, &token, "pay").await.handback();
    let registered =
        Return::verify_registration(&fields(&back), &Secret::new(PAYMENT_KEY)).unwrap();
    assert!(merchant.got().is_empty());
    assert!(
        send(
            &app,
            &charge(registered.billing_key.expose(), "a", "creditcard")
        )
        .await
        .is_ok()
    );
}

#[actix_web::test]
async fn a_phone_is_charged_monthly_unbroken_and_alike() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let key = subscribe(&app, &merchant, "mobile").await; // 5 March
    let phone = charge(&key, "a", "mobile");
    assert!(refusal(send(&app, &phone).await).contains("2201"));
    app.advance(30 * DAY).await; // 4 April
    let more = Charge {
        amount: Money::won(1100),
        ..phone.clone()
    };
    assert_eq!(refusal(send(&app, &more).await), "2201");
    send(&app, &phone).await.unwrap();
    assert_eq!(refusal(send(&app, &phone).await), "2201", "once a month");
    app.advance(30 * DAY).await; // 4 May
    send(&app, &phone).await.unwrap();
    app.advance(61 * DAY).await; // 4 July
    assert_eq!(refusal(send(&app, &phone).await), "2201", "June is missing");
    let book = app.book().await;
    assert_eq!(book["payments"].as_array().unwrap().len(), 3);
}

#[actix_web::test]
async fn strangers_keys_and_broken_rows_are_refused() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let key = subscribe(&app, &merchant, "creditcard").await;
    let right = charge(&key, "a", "creditcard");
    for (wrong, code) in [
        (
            Charge {
                customer_id: "other".into(),
                ..right.clone()
            },
            "2201",
        ),
        (
            Charge {
                billing_key: Secret::new("unknown"),
                ..right.clone()
            },
            "2201",
        ),
        (
            Charge {
                method: Method::from("payco"),
                ..right.clone()
            },
            "2201",
        ),
        (
            Charge {
                method: Method::from("toss"),
                ..right.clone()
            },
            "2001",
        ),
        (
            Charge {
                customer_ip: "nowhere".into(),
                ..right.clone()
            },
            "2001",
        ),
        (
            Charge {
                product_name: String::new(),
                ..right.clone()
            },
            "2001",
        ),
        (
            Charge {
                amount: Money::won(99),
                ..right.clone()
            },
            "2001",
        ),
        (
            Charge {
                merchant_id: "other".into(),
                ..right.clone()
            },
            "2001",
        ),
    ] {
        assert_eq!(refusal(send(&app, &wrong).await), code, "{wrong:?}");
    }
    app.script("payletter", "a", json!(["charge_declined"]))
        .await;
    assert_eq!(refusal(send(&app, &right).await), "3001");
    assert_eq!(app.payment().await["order_id"], "first");
}
