//! Everything that Payletter Global says: a merchant's days that leave nothing out.

use paypair_protocol::payletter_global::{
    Interval, PaymentRequest, Paypal, Search, SettlementBy, SettlementState,
};
use paypair_protocol::wire::Fields;

use crate::common::payletter_global::{
    OK, act, ask, charge, end, newest, order, pay, press, refund, sales, send, settlements,
};
use crate::common::{Merchant, TestApp};
use crate::payletter_global_read::{answered, notice};
use crate::told::Told;

const PAYPAL: &str = "PaypalExpressCheckout";

pub(crate) async fn told() -> Vec<Told> {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    cards(&app, &merchant).await;
    paypal(&app, &merchant).await;
    later(&app, &merchant).await;
    lists(&app).await;
    refusals(&app, &merchant).await;
    merchant.called(NOTICES).await;
    let mut all: Vec<Told> = app.tape().iter().filter_map(answered).collect();
    all.extend(merchant.got().iter().map(|body| notice(body)));
    all
}

/// Five of cards, five of PayPal's, one from Vietnam. Nobody waits for those of what happens without a buyer.
const NOTICES: usize = 11;

fn full(merchant: &Merchant, order_id: &str, method: &str) -> PaymentRequest {
    PaymentRequest {
        recurring: true,
        custom: Some("order 1".into()),
        extra: Some("extra".into()),
        ..order(merchant, order_id, method)
    }
}

/// Notifications 1, 2, 3 and 4; a billing key charged.
async fn cards(app: &TestApp, merchant: &Merchant) {
    pay(app, &full(merchant, "card", "PLCreditCard")).await;
    let paid = Fields::from_form(merchant.got()[0].as_bytes()).unwrap();
    let key = paid.text("poqtoken").unwrap();
    let paid = paid.text("paytoken").unwrap();
    let mut of_key = charge(&key, "charge", "PLCreditCard");
    of_key.customer_id = Some("tester".into());
    let charged = send(app, &of_key).await.unwrap();
    refund(app, &charged.transaction_id, "3.00").await.unwrap();
    refund(app, &paid, "2.50").await.unwrap();
    pay(app, &full(merchant, "charged back", "PLCreditCard")).await;
    assert_eq!(act(app, "charge_back", "charged back").await, 200);
    let token = ask(app, &full(merchant, "declined", "PLCreditCard"))
        .await
        .unwrap();
    press(app, &token, "decline").await;
}

/// Notifications 5, 6 and 7.
async fn paypal(app: &TestApp, merchant: &Merchant) {
    let subscription = PaymentRequest {
        paypal: Some(Paypal::Subscription {
            interval: Interval::Month,
            every: 1,
            cycles: 12,
        }),
        ..full(merchant, "subscription", PAYPAL)
    };
    pay(app, &subscription).await;
    assert_eq!(act(app, "renew", "subscription").await, 200);
    let agreement = PaymentRequest {
        amount: None,
        paypal: Some(Paypal::Billing),
        ..full(merchant, "agreement", PAYPAL)
    };
    pay(app, &agreement).await;
    let token = ask(app, &order(merchant, "held", PAYPAL)).await.unwrap();
    press(app, &token, "hold").await;
    let got = merchant.got();
    let made = got.iter().find(|body| body.contains("notifytype=5"));
    let made = Fields::from_form(made.unwrap().as_bytes()).unwrap();
    end(app, &made.text("poqtoken").unwrap()).await.unwrap();
}

/// What is paid, and given back, when the buyer has left.
async fn later(app: &TestApp, merchant: &Merchant) {
    pay(app, &order(merchant, "shop", "DegicaKonbini")).await;
    pay(app, &order(merchant, "vietnam", "VTCVTCPay")).await;
    let promised = newest(app).await;
    refund(app, &promised, "12.50").await.unwrap();
}

async fn lists(app: &TestApp) {
    for search in [Search::All, Search::Cancelled] {
        sales(app, "20260305", search).await;
    }
    for by in [SettlementBy::Method, SettlementBy::Detail] {
        for state in [SettlementState::Expected, SettlementState::Held] {
            settlements(app, "20260305", by, state).await;
        }
    }
}

async fn refusals(app: &TestApp, merchant: &Merchant) {
    let mut stranger = order(merchant, "stranger", "PLCreditCard");
    stranger.merchant_id = "PL_Other".into();
    assert!(ask(app, &stranger).await.is_err());
    assert!(end(app, "unknown").await.is_err());
}
