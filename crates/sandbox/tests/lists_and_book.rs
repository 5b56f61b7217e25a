//! What the gateways' lists say adds up to what the money book says.

use crate::common::payletter::{
    charge as domestic_charge, list, order as domestic_order, pay as domestic_pay,
};
use crate::common::payletter_global::{
    OK, act, ask, charge, newest, order, pay, refund, settlements,
};
use crate::common::payple::{
    MARCH, charge as card_charge, delete, look_up, refund as card_refund, register,
    send as card_send,
};
use crate::common::{self, Merchant, TestApp, refusal};
use paypair_protocol::payletter::{DateType, PaymentRequest as DomesticRequest, TransactionStatus};
use paypair_protocol::payletter_global::{PaymentRequest, SettlementBy, SettlementState};
use paypair_protocol::payple::Repeat;
use paypair_protocol::{Currency, Money};
use paypair_sandbox::Options;
use serde_json::Value;

const DAY: u64 = 24 * 60 * 60;

/// What the gateway holds for the merchant, by the book.
async fn held(app: &TestApp, currency: &Currency) -> i64 {
    let book = app.book().await;
    let minor = |value: &Value| {
        let money = Money::parse(value.as_str().unwrap(), currency).unwrap();
        i64::try_from(money.minor).unwrap()
    };
    let lines = book["payments"].as_array().unwrap().iter();
    let moved = lines.filter(|line| {
        let state = line["state"].as_str().unwrap();
        !matches!(
            state,
            "awaiting_deposit" | "pending" | "registered" | "expired"
        )
    });
    moved
        .map(|line| minor(&line["amount"]) - minor(&line["refunded"]))
        .sum()
}

#[actix_web::test]
async fn payletters_settle_list_adds_up() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let first = DomesticRequest {
        recurring: true,
        ..domestic_order(&merchant, "first", "creditcard")
    };
    let first = domestic_pay(&app, &first).await;
    let told = merchant.got()[0].clone();
    let key = told
        .split("\"billkey\":\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    domestic_pay(
        &app,
        &domestic_order(&merchant, "account", "virtualaccount"),
    )
    .await; // nobody pays in
    app.advance(30 * DAY).await; // 4 April
    common::payletter::send(&app, &domestic_charge(key, "second", "creditcard"))
        .await
        .unwrap();
    common::payletter::refund(&app, ("creditcard", &first), 400, true)
        .await
        .unwrap();
    let mut sum = 0;
    for day in ["20260305", "20260404"] {
        for row in list(&app, day, DateType::Settle).await {
            let amount = i64::try_from(row.amount.unwrap().minor).unwrap();
            sum += if row.status == TransactionStatus::Approved {
                amount
            } else {
                -amount
            };
        }
    }
    assert_eq!((sum, held(&app, &Currency::KRW).await), (1600, 1600));
}

#[actix_web::test]
async fn globals_settlement_adds_up() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    let first = PaymentRequest {
        recurring: true,
        ..order(&merchant, "first", "PLCreditCard")
    };
    pay(&app, &first).await;
    let key = merchant.got()[0]
        .split("poqtoken=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap()
        .to_owned();
    let first = newest(&app).await;
    pay(&app, &order(&merchant, "shop", "DegicaKonbini")).await; // nobody pays there
    pay(&app, &order(&merchant, "vtc", "VTCVTCPay")).await;
    let vtc = newest(&app).await;
    app.advance(DAY).await;
    common::payletter_global::send(&app, &charge(&key, "second", "PLCreditCard"))
        .await
        .unwrap();
    refund(&app, &first, "2.50").await.unwrap();
    refund(&app, &vtc, "12.50").await.unwrap();
    app.advance(DAY).await;
    let mut sum = 0;
    for day in ["20260305", "20260306"] {
        for row in settlements(&app, day, SettlementBy::Detail, SettlementState::Settled).await {
            sum += row.paid.unwrap().minor(&Currency::USD).unwrap();
        }
    }
    assert_eq!((sum, held(&app, &Currency::USD).await), (1300, 1300));
}

#[actix_web::test]
async fn payples_lookups_add_up() {
    let app = TestApp::start_with(Options {
        payple_partial_cancel: true,
        ..Options::default()
    });
    let key = register(&app, "card").await;
    card_send(&app, card_charge(&key, "march", MARCH))
        .await
        .unwrap();
    card_send(&app, card_charge(&key, "extra", Repeat::Freely))
        .await
        .unwrap();
    card_refund(&app, "march", 3_000).await.unwrap();
    card_refund(&app, "extra", 10_000).await.unwrap();
    delete(&app, &key).await.unwrap();
    let april = Repeat::Monthly {
        year: 2026,
        month: 4,
    };
    assert_eq!(
        refusal(card_send(&app, card_charge(&key, "april", april)).await),
        "RPCD0011"
    );
    let mut sum = 0;
    for order_id in ["march", "extra"] {
        let payment = look_up(&app, order_id).await.unwrap();
        sum += payment.amount.unwrap().minor - payment.refunded.unwrap_or_default().minor;
    }
    assert_eq!((sum, held(&app, &Currency::KRW).await), (7_000, 7_000));
}

#[actix_web::test]
async fn a_window_without_a_method_lets_the_buyer_choose() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    let open = PaymentRequest {
        method: None,
        ..order(&merchant, "a", "")
    };
    let token = ask(&app, &open).await.unwrap();
    let page = app
        .get(&format!("/payletter_global/hub.aspx?token={token}"))
        .await
        .1;
    assert!(page.contains("value=\"DegicaKonbini\""), "{page}");
    let fields = [
        ("token", &*token),
        ("deed", "pay"),
        ("pginfo", "PaypalExpressCheckout"),
    ];
    app.post_form("/payletter_global/hub.aspx", &fields).await;
    assert_eq!(app.payment().await["method"], "PaypalExpressCheckout");
    assert!(merchant.got()[0].contains("pginfo=PaypalExpressCheckout"));
    assert_eq!(act(&app, "unheard_of", "a").await, 404);
}
