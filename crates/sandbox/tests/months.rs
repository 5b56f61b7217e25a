//! A subscription over months, at each gateway: registered, charged, charged in the next month, stopped. The clock is
//! moved by hand; at the end the gateway's own lists and its book agree.

use crate::common::payletter::{self, list};
use crate::common::payletter_global::{self as global, OK, act, sales, settlements, usd};
use crate::common::payple::{REFUND_KEY, charge, delete, post, refund, register, send, tokens};
use crate::common::{self, Merchant, TestApp, refusal};
use paypair_protocol::payletter::{Callback, DateType, PaymentRequest, TransactionStatus};
use paypair_protocol::payletter_global::{
    NoticeEvent, NoticeForm, PaymentRequest as GlobalRequest, Paypal, Search, SettlementBy,
    SettlementState,
};
use paypair_protocol::payple::{Lookup, LookupAnswer, Payment, Purpose, Refund, Repeat};
use paypair_protocol::wire::Fields;
use paypair_protocol::{Method, Money, Secret};
use serde_json::{Value, json};

const DAY: u64 = 24 * 60 * 60;
/// From 5 March to 5 April.
const MONTH: u64 = 31 * DAY;

/// What the book holds of an order: its standing, and what was given back.
async fn held(app: &TestApp, order_id: &str) -> Vec<(String, String)> {
    let book = app.book().await;
    let lines = book["payments"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    lines
        .filter(|line| line["order_id"] == order_id)
        .map(|line| (text(&line["state"]), text(&line["refunded"])))
        .collect()
}

async fn look_up(app: &TestApp, order_id: &str, paid_on: &str) -> Option<Payment> {
    let (tokens, path) = tokens(app, Purpose::Lookup).await;
    let lookup = Lookup {
        tokens,
        method: Method::from("card"),
        order_id: order_id.into(),
        paid_on: paid_on.into(),
    };
    let (status, body) = post(app, &path, &lookup.fields()).await;
    match lookup.read(status, body.as_bytes()).unwrap() {
        LookupAnswer::Found(payment) => Some(payment.into_inner()),
        LookupAnswer::Absent(_) => None,
    }
}

#[actix_web::test]
async fn payple() {
    let app = TestApp::start();
    let key = register(&app, "card").await;
    let of_month = |month| Repeat::Monthly { year: 2026, month };
    send(&app, charge(&key, "march", of_month(3)))
        .await
        .unwrap();
    let twice = send(&app, charge(&key, "march-2", of_month(3))).await;
    assert_eq!(refusal(twice), "CPAY0202");
    app.advance(MONTH).await;
    let again = send(&app, charge(&key, "march-3", of_month(3))).await;
    assert_eq!(refusal(again), "CPAY0202", "it is the month that is named");
    send(&app, charge(&key, "april", of_month(4)))
        .await
        .unwrap();
    let same_id = send(&app, charge(&key, "april", of_month(5))).await;
    assert_eq!(refusal(same_id), "RPCD0015");
    refund(&app, "march", 10_000).await.unwrap();
    delete(&app, &key).await.unwrap();
    app.advance(30 * DAY).await;
    let may = send(&app, charge(&key, "may", of_month(5))).await;
    assert_eq!(refusal(may), "RPCD0011");
    let march = look_up(&app, "march", "20260305").await.unwrap();
    assert_eq!(march.refunded, Some(Money::won(10_000)));
    let april = look_up(&app, "april", "20260405").await.unwrap();
    assert_eq!((april.refunded, april.repeat), (None, Some(of_month(4))));
    assert!(look_up(&app, "april", "20260305").await.is_none());
    assert!(look_up(&app, "may", "20260505").await.is_none());
    let cancelled = ("cancelled".to_owned(), "10000".to_owned());
    assert_eq!(held(&app, "march").await, [cancelled]);
    assert_eq!(
        held(&app, "april").await,
        [("captured".to_owned(), "0".to_owned())]
    );
    assert!(held(&app, "may").await.is_empty());
}

/// The manual's lookups and refunds name the month; nobody needs it, and nobody minds.
#[actix_web::test]
async fn the_month_of_the_manuals_requests_is_taken() {
    let app = TestApp::start();
    let key = register(&app, "card").await;
    let march = Repeat::Monthly {
        year: 2026,
        month: 3,
    };
    send(&app, charge(&key, "march", march)).await.unwrap();
    let month = [
        ("PCD_REGULER_FLAG", "Y"),
        ("PCD_PAY_YEAR", "2026"),
        ("PCD_PAY_MONTH", "03"),
    ];
    let (lookup_tokens, path) = tokens(&app, Purpose::Lookup).await;
    let lookup = Lookup {
        tokens: lookup_tokens,
        method: Method::from("card"),
        order_id: "march".into(),
        paid_on: "20260305".into(),
    };
    let (refund_tokens, refund_path) = tokens(&app, Purpose::Refund).await;
    let refund = Refund {
        tokens: refund_tokens,
        refund_key: Secret::new(REFUND_KEY),
        order_id: "march".into(),
        paid_on: "20260305".into(),
        amount: Money::won(10_000),
        tax_amount: None,
    };
    let (mut looked, mut refunded) = (lookup.fields(), refund.fields());
    for (name, value) in month {
        looked.push(name, value);
        refunded.push(name, value);
    }
    assert_eq!(Lookup::from_fields(&looked).as_ref(), Ok(&lookup));
    assert_eq!(Refund::from_fields(&refunded).as_ref(), Ok(&refund));
    let (status, body) = post(&app, &path, &looked).await;
    let found = lookup.read(status, body.as_bytes()).unwrap();
    assert!(matches!(found, LookupAnswer::Found(_)));
    let (status, body) = post(&app, &refund_path, &refunded).await;
    let done = refund.read(status, body.as_bytes()).unwrap();
    assert_eq!(done.repeat, Some(march));
}

#[actix_web::test]
async fn payletter() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let first = PaymentRequest {
        recurring: true,
        ..payletter::order(&merchant, "first", "creditcard")
    };
    let first_id = payletter::pay(&app, &first).await;
    let body = Fields::from_json(merchant.got()[0].as_bytes()).unwrap();
    let callback = Callback::verify(&body, &Secret::new(common::PAYMENT_KEY)).unwrap();
    let key = callback.billing_key.clone().unwrap();
    app.advance(MONTH).await;
    let april = payletter::charge(key.expose(), "april", "creditcard");
    let april = payletter::send(&app, &april).await.unwrap();
    // The older payment is given back today: `transaction` shows it on its own day, `settle` on this one.
    payletter::refund(&app, ("creditcard", &first_id), 1000, false)
        .await
        .unwrap();
    let march = list(&app, "20260305", DateType::Transaction).await;
    assert_eq!(march.len(), 1);
    assert_eq!(march[0].status, TransactionStatus::Cancelled);
    let day = list(&app, "20260405", DateType::Transaction).await;
    assert_eq!(day.len(), 1);
    assert_eq!(day[0].transaction_id, april.transaction_id);
    let settled = list(&app, "20260405", DateType::Settle).await;
    let orders: Vec<_> = settled.iter().map(|row| &*row.order_id).collect();
    assert_eq!(orders.len(), 2);
    assert!(orders.contains(&"first") && orders.contains(&"april"));
    assert_eq!(
        held(&app, "first").await,
        [("cancelled".to_owned(), "1000".to_owned())]
    );
    assert_eq!(
        held(&app, "april").await,
        [("captured".to_owned(), "0".to_owned())]
    );
}

#[actix_web::test]
async fn payletter_global() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    let first = GlobalRequest {
        recurring: true,
        ..global::order(&merchant, "first", "PLCreditCard")
    };
    global::pay(&app, &first).await;
    let key = global::notice(&merchant, 0, NoticeForm::Payment)
        .billing_key
        .unwrap();
    app.advance(MONTH).await;
    let april = global::charge(key.expose(), "april", "PLCreditCard");
    let paid = global::send(&app, &april).await.unwrap();
    let rows = sales(&app, "20260405", Search::All).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].transaction_id, paid.transaction_id);
    let (by, expected) = (SettlementBy::Detail, SettlementState::Expected);
    let today = settlements(&app, "20260405", by, expected.clone()).await;
    assert_eq!(today.len(), 1, "the day is not over");
    app.advance(DAY).await;
    let settled = settlements(&app, "20260405", by, SettlementState::Settled).await;
    assert_eq!(settled.len(), 1);
    assert!(settlements(&app, "20260405", by, expected).await.is_empty());
    assert_eq!(
        settlements(&app, "20260305", by, SettlementState::Settled)
            .await
            .len(),
        1
    );
    assert_eq!(
        held(&app, "april").await,
        [("captured".to_owned(), "0.00".to_owned())]
    );
}

#[actix_web::test]
async fn paypal_renews_until_the_subscription_is_cancelled() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    let order = GlobalRequest {
        recurring: true,
        paypal: Some(Paypal::Subscription {
            interval: paypair_protocol::payletter_global::Interval::Month,
            every: 1,
            cycles: 0,
        }),
        ..global::order(&merchant, "sub", "PaypalExpressCheckout")
    };
    global::pay(&app, &order).await;
    let key = global::notice(&merchant, 0, NoticeForm::Payment)
        .billing_key
        .unwrap();
    app.advance(MONTH).await;
    assert_eq!(act(&app, "renew", "sub").await, 200);
    merchant.called(3).await;
    let renewal = global::notice(&merchant, 2, NoticeForm::Payment);
    assert_eq!(
        (renewal.event, renewal.amount, &renewal.billing_key),
        (NoticeEvent::Paid, Some(usd("12.50")), &Some(key.clone()))
    );
    let rows = sales(&app, "20260405", Search::All).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].order_id, renewal.order_id);
    assert_eq!(
        held(&app, &renewal.order_id).await,
        [("captured".to_owned(), "0.00".to_owned())]
    );
    global::end(&app, key.expose()).await.unwrap();
    app.advance(30 * DAY).await;
    assert_eq!(act(&app, "renew", "sub").await, 409);
    assert!(sales(&app, "20260505", Search::All).await.is_empty());
}

#[actix_web::test]
async fn a_virtual_account_is_open_for_its_days() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let ask = async |order_id: &str| {
        let order = payletter::order(&merchant, order_id, "virtualaccount");
        let token = payletter::ask(&app, &order).await.unwrap();
        payletter::press(&app, &token, "pay").await;
    };
    ask("in time").await;
    ask("late").await;
    let deposit = async |order_id: &str| {
        let order = json!({ "gateway": "payletter", "order_id": order_id });
        app.post_json("/control/deliver", &order).await.0
    };
    app.advance(7 * DAY).await; // 12 March: the last day, as without a date a week is given
    assert_eq!(deposit("in time").await, 200);
    app.advance(DAY).await;
    assert_eq!(deposit("late").await, 404);
    assert_eq!(held(&app, "in time").await[0].0, "captured");
    assert_eq!(held(&app, "late").await[0].0, "expired");
    let rows = list(&app, "20260312", DateType::Transaction).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0].order_id, "in time");
}
