//! Payletter Global: PayPal's subscriptions, agreements and held payments.

use crate::common::payletter_global::{
    OK, act, ask, charge, end, notice, order, pay, press, sales, send, usd,
};
use crate::common::{Merchant, TestApp, refusal, value};
use paypair_protocol::payletter_global::{
    Interval, NoticeEvent, NoticeForm, PaymentRequest, Paypal, Search,
};
use serde_json::json;

const PAYPAL: &str = "PaypalExpressCheckout";

fn subscription(merchant: &Merchant, cycles: u16) -> PaymentRequest {
    PaymentRequest {
        recurring: true,
        paypal: Some(Paypal::Subscription {
            interval: Interval::Month,
            every: 1,
            cycles,
        }),
        ..order(merchant, "sub", PAYPAL)
    }
}

fn agreement(merchant: &Merchant) -> PaymentRequest {
    PaymentRequest {
        recurring: true,
        paypal: Some(Paypal::Billing),
        ..order(merchant, "agreed", PAYPAL)
    }
}

#[actix_web::test]
async fn a_subscription_is_made_then_paid_then_renewed_under_a_strange_number() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    pay(&app, &subscription(&merchant, 0)).await;
    let made = notice(&merchant, 0, NoticeForm::Payment);
    assert_eq!(
        (made.event, &*made.order_id),
        (NoticeEvent::SubscriptionCreated, "sub")
    );
    let terms = made.subscription.unwrap();
    assert_eq!(
        (terms.interval, terms.every, terms.cycles),
        (Interval::Month, Some(1), Some(0))
    );
    let key = made.billing_key.unwrap();
    let paid = notice(&merchant, 1, NoticeForm::Payment);
    assert_eq!((paid.event, &*paid.order_id), (NoticeEvent::Paid, "sub"));
    assert_eq!(act(&app, "renew", "sub").await, 200);
    merchant.called(3).await;
    let again = notice(&merchant, 2, NoticeForm::Payment);
    assert_eq!(
        (again.event, again.amount),
        (NoticeEvent::Paid, Some(usd("12.50")))
    );
    assert_ne!(again.order_id, "sub");
    assert_eq!(again.billing_key, Some(key.clone()));
    let rows = sales(&app, "20260305", Search::All).await;
    assert_eq!((rows.len(), &*rows[1].order_id), (2, &*again.order_id));
    let by_hand = send(&app, &charge(key.expose(), "x", PAYPAL)).await;
    assert!(
        refusal(by_hand).starts_with("Request failed."),
        "PayPal charges it itself"
    );
}

#[actix_web::test]
async fn a_subscription_ends_once_and_for_good() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    pay(&app, &subscription(&merchant, 0)).await;
    let key = notice(&merchant, 0, NoticeForm::Payment)
        .billing_key
        .unwrap();
    let ended = end(&app, key.expose()).await.unwrap();
    assert_eq!(
        (
            ended.gateway_code.as_deref(),
            ended.gateway_message.as_deref()
        ),
        (Some("0"), Some("OK"))
    );
    assert!(refusal(end(&app, key.expose()).await).starts_with("[2235]"));
    assert!(refusal(end(&app, "unknown").await).starts_with("[2234]"));
    assert!(refusal(end(&app, "").await).starts_with("[2001]"));
    assert_eq!(act(&app, "renew", "sub").await, 409);
}

#[actix_web::test]
async fn a_subscription_has_its_number_of_cycles() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    pay(&app, &subscription(&merchant, 2)).await;
    assert_eq!(act(&app, "renew", "sub").await, 200);
    assert_eq!(act(&app, "renew", "sub").await, 409);
}

#[actix_web::test]
async fn an_agreement_without_amount_moves_no_money_and_is_signed_in_its_own_form() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    let only = PaymentRequest {
        amount: None,
        ..agreement(&merchant)
    };
    let (_, back) = pay(&app, &only).await.handback();
    assert_eq!((value(&back, "retcode"), value(&back, "payamt")), ("0", ""));
    let told = notice(&merchant, 0, NoticeForm::TokenOnly);
    assert_eq!(
        (told.event, told.amount),
        (NoticeEvent::BillingKeyIssued, None)
    );
    assert_eq!(app.payment().await["state"], "registered");
    assert!(sales(&app, "20260305", Search::All).await.is_empty());
    let key = told.billing_key.unwrap();
    let paid = send(&app, &charge(key.expose(), "first", PAYPAL))
        .await
        .unwrap();
    assert_eq!(paid.amount, Some(usd("3")));
}

#[actix_web::test]
async fn an_agreement_with_amount_is_a_payment_with_a_key() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    pay(&app, &agreement(&merchant)).await;
    let told = notice(&merchant, 0, NoticeForm::Payment);
    assert_eq!(told.event, NoticeEvent::Paid);
    let key = told.billing_key.unwrap();
    assert!(
        send(&app, &charge(key.expose(), "next", PAYPAL))
            .await
            .is_ok()
    );
}

#[actix_web::test]
async fn a_held_payment_is_no_money_until_it_is_released() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    let token = ask(&app, &order(&merchant, "held", PAYPAL)).await.unwrap();
    press(&app, &token, "hold").await;
    assert_eq!(
        notice(&merchant, 0, NoticeForm::Payment).event,
        NoticeEvent::Pending
    );
    assert_eq!(app.payment().await["state"], "pending");
    assert!(sales(&app, "20260305", Search::All).await.is_empty());
    assert_eq!(act(&app, "release", "held").await, 200);
    merchant.called(2).await;
    let paid = notice(&merchant, 1, NoticeForm::Payment);
    assert_eq!((paid.event, &*paid.order_id), (NoticeEvent::Paid, "held"));
    assert_eq!(app.payment().await["state"], "captured");
    assert_eq!(act(&app, "release", "held").await, 409);
}

#[actix_web::test]
async fn a_cancelled_window_comes_back_only_when_asked_to() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    let token = ask(&app, &order(&merchant, "a", PAYPAL)).await.unwrap();
    assert!(!press(&app, &token, "cancel").await.has("handback\" method"));
    let back = PaymentRequest {
        cancel_to_return_url: true,
        ..order(&merchant, "b", PAYPAL)
    };
    let token = ask(&app, &back).await.unwrap();
    let (_, fields) = press(&app, &token, "cancel").await.handback();
    assert_ne!(value(&fields, "retcode"), "0");
    assert_eq!(app.book().await["payments"], json!([]));
}

#[actix_web::test]
async fn limits_of_intervals_are_kept() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    let terms = |interval, every, cycles| PaymentRequest {
        paypal: Some(Paypal::Subscription {
            interval,
            every,
            cycles,
        }),
        ..subscription(&merchant, 0)
    };
    for wrong in [
        terms(Interval::Month, 13, 0),
        terms(Interval::Year, 2, 0),
        terms(Interval::Day, 0, 0),
        terms(Interval::Week, 1, 1),
    ] {
        assert!(
            refusal(ask(&app, &wrong).await).starts_with("[2001]"),
            "{wrong:?}"
        );
    }
}
