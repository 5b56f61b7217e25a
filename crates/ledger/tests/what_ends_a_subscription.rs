//! A subscription's first payment that went back without ever counting: nobody agreed to what would be charged next month, so the
//! agreement is ended too.

use crate::common::*;
use paypair_ledger::{
    Applied, AttemptKey, Begun, BillingKeyState, CallOutcome, CallState, Effect, Event, Evidence,
    MoneyOp, Order, Reason, Resolution, State, Store,
};

const TERMS: &str = r#"{"subscription":{"interval":"month","every":1,"cycles":0}}"#;

fn subscription(options: &str) -> Order {
    let mut order = global::order("order-1");
    let kept = (Order::OPTIONS.to_owned(), options.to_owned());
    order.extra.extend([kept]);
    order
}

async fn applied(store: &impl Store, key: &AttemptKey, event: Event) -> Applied {
    store.apply(key.clone(), event, later(10)).await.unwrap()
}

async fn window(store: &impl Store, seed: &str) -> AttemptKey {
    let new = new_attempt(seed, START);
    let begun = store.begin("order-1", new, later(10)).await.unwrap();
    let Begun::New(attempt) = begun else {
        panic!("there is room: {begun:?}");
    };
    applied(store, &attempt.key(), requested(later(10))).await;
    attempt.key()
}

/// A notice that a subscription was made, in this attempt's name.
fn made(name: &str) -> Event {
    let notice = global::subscription_notice(5, name, "12.5", 1);
    Event::Sighted(notice)
}

fn paid(name: &str) -> Event {
    Event::Sighted(global::sale(name, &format!("t-{name}"), 1))
}

fn given_back(name: &str) -> Event {
    Event::RefundAnswered(global::refunded(&format!("t-{name}")))
}

fn ended() -> Event {
    Event::BillingKeyDeleteAnswered(global::ended("sub-1"))
}

fn stands(applied: &Applied) -> BillingKeyState {
    applied.attempt.billing_key.as_ref().unwrap().state
}

/// The first window was left and another paid in; then the buyer pays in the first one as well.
async fn paid_twice(store: &impl Store, options: &str) -> AttemptKey {
    store.register(subscription(options)).await.unwrap();
    let one = window(store, "sub").await;
    let left = Event::BuyerCancelled {
        reason: Reason::new("buyer"),
    };
    applied(store, &one, left).await;
    let two = window(store, "two").await;
    let name = store.attempt(two.clone()).await.unwrap().unwrap();
    let name = name.gateway_order_id;
    assert_eq!(
        applied(store, &two, paid(&name)).await.attempt.state,
        State::Paid
    );
    one
}

async fn the_second_of_two_agreements_is_ended(store: impl Store) {
    let one = paid_twice(&store, TERMS).await;
    let begun = applied(&store, &one, made("order-1")).await;
    assert_eq!(stands(&begun), BillingKeyState::Active);
    let twice = applied(&store, &one, paid("order-1")).await;
    assert!(twice.calls(MoneyOp::Refund));
    assert_eq!(stands(&twice), BillingKeyState::Active);
    let back = applied(&store, &one, given_back("order-1")).await;
    assert_eq!(back.attempt.state, State::Refunded);
    assert!(back.calls(MoneyOp::DeleteBillingKey));
    assert_eq!(stands(&back), BillingKeyState::Deleting);
    let over = applied(&store, &one, ended()).await;
    assert_eq!(stands(&over), BillingKeyState::Deleted);
    let calls = store.money_calls("order-1").await.unwrap();
    let ending: Vec<_> = calls
        .iter()
        .filter(|call| call.op == MoneyOp::DeleteBillingKey)
        .collect();
    assert_eq!(ending.len(), 1);
    assert_eq!(ending[0].state, CallState::Ended(CallOutcome::Done));
}

async fn a_key_that_comes_after_the_refund_is_ended(store: impl Store) {
    let one = paid_twice(&store, TERMS).await;
    applied(&store, &one, paid("order-1")).await;
    let back = applied(&store, &one, given_back("order-1")).await;
    assert!(!back.calls(MoneyOp::DeleteBillingKey), "nobody knows it");
    let told = applied(&store, &one, made("order-1")).await;
    assert!(told.calls(MoneyOp::DeleteBillingKey));
    assert_eq!(stands(&told), BillingKeyState::Deleting);
}

/// Where no sales list can be asked, the notice of the payment is believed, and it brings the key as well.
async fn a_key_that_the_notice_of_the_payment_brought_is_ended(store: impl Store) {
    let one = paid_twice(&store, TERMS).await;
    let notice = global::subscription_notice(1, "order-1", "12.5", 1);
    let twice = applied(&store, &one, Event::Sighted(notice)).await;
    assert_eq!(reason(&twice.attempt), "second_capture");
    assert!(twice.calls(MoneyOp::Refund));
    assert_eq!(stands(&twice), BillingKeyState::Active);
    let back = applied(&store, &one, given_back("order-1")).await;
    assert_eq!(stands(&back), BillingKeyState::Deleting);
}

async fn what_never_left_is_tried_until_it_is_ended(store: impl Store) {
    let one = paid_twice(&store, TERMS).await;
    applied(&store, &one, made("order-1")).await;
    applied(&store, &one, paid("order-1")).await;
    applied(&store, &one, given_back("order-1")).await;
    let op = MoneyOp::DeleteBillingKey;
    let unsent = applied(&store, &one, Event::CallNotSent { op }).await;
    assert_eq!(stands(&unsent), BillingKeyState::InDoubt);
    let due = store.due(later(60), 9).await.unwrap();
    assert!(
        due.iter()
            .any(|it| it.key() == one && it.key_check_due(later(60)))
    );
    let failed = Event::BillingKeyCheckFailed {
        reason: Reason::new("not_sent"),
    };
    for _ in 0..20 {
        let again = applied(&store, &one, failed.clone()).await;
        let held = again.attempt.billing_key.unwrap();
        assert!(held.next_check_at.is_some(), "never forgotten");
    }
    let over = applied(&store, &one, Event::BillingKeyGone).await;
    assert_eq!(stands(&over), BillingKeyState::Deleted);
}

async fn what_the_gateway_refuses_to_end_is_asked_once_and_told(store: impl Store) {
    let one = paid_twice(&store, TERMS).await;
    applied(&store, &one, made("order-1")).await;
    applied(&store, &one, paid("order-1")).await;
    applied(&store, &one, given_back("order-1")).await;
    let refused = Event::BillingKeyDeleteDeclined {
        reason: Reason::new("refused"),
    };
    let told = applied(&store, &one, refused).await;
    assert_eq!(stands(&told), BillingKeyState::Active);
    let alert = Effect::Alert("subscription_goes_on");
    assert!(told.effects.contains(&alert));
    let later = applied(&store, &one, Event::LookupAbsent).await;
    assert!(!later.calls(MoneyOp::DeleteBillingKey));
    // A person tries again.
    let asked = applied(&store, &one, delete_key()).await;
    assert!(asked.calls(MoneyOp::DeleteBillingKey));
}

async fn a_key_that_the_gateway_does_not_charge_by_itself_stays(store: impl Store) {
    let one = paid_twice(&store, r#"{"recurring":true}"#).await;
    let mut effects = applied(&store, &one, made("order-1")).await.effects;
    effects.extend(applied(&store, &one, paid("order-1")).await.effects);
    let back = applied(&store, &one, given_back("order-1")).await;
    effects.extend(back.effects.iter().copied());
    assert_eq!(stands(&back), BillingKeyState::Active);
    let call = Effect::Call(MoneyOp::DeleteBillingKey);
    assert!(!effects.contains(&call));
}

async fn a_payment_that_counted_is_given_back_and_its_subscription_goes_on(store: impl Store) {
    store.register(subscription(TERMS)).await.unwrap();
    let one = window(&store, "sub").await;
    applied(&store, &one, made("order-1")).await;
    applied(&store, &one, paid("order-1")).await;
    applied(&store, &one, ask_rest()).await;
    let back = applied(&store, &one, given_back("order-1")).await;
    assert_eq!(back.attempt.state, State::Refunded);
    assert_eq!(stands(&back), BillingKeyState::Active);
}

/// Of another amount than was asked for, say; by whomever it is given back.
async fn a_first_payment_that_contradicts_its_order_ends_it_too(store: impl Store) {
    let mut order = subscription(TERMS);
    order.money = order.money.map(|mut money| {
        money.minor += 1;
        money
    });
    store.register(order).await.unwrap();
    let one = window(&store, "sub").await;
    let notice: Evidence = global::subscription_notice(5, "order-1", "12.51", 1);
    applied(&store, &one, Event::Sighted(notice)).await;
    let wrong = applied(&store, &one, paid("order-1")).await;
    assert_eq!(wrong.attempt.state, State::Discrepant);
    let refused = Event::RefundDeclined {
        reason: Reason::new("refused"),
    };
    applied(&store, &one, refused).await;
    let person = Event::Resolved {
        operator: "kim".to_owned(),
        resolution: Resolution::Refunded,
    };
    let back = applied(&store, &one, person).await;
    assert_eq!(back.attempt.state, State::Refunded);
    assert_eq!(stands(&back), BillingKeyState::Deleting);
}

over_both_stores! {
    the_second_of_two_agreements_is_ended
    a_key_that_comes_after_the_refund_is_ended
    a_key_that_the_notice_of_the_payment_brought_is_ended
    what_never_left_is_tried_until_it_is_ended
    what_the_gateway_refuses_to_end_is_asked_once_and_told
    a_key_that_the_gateway_does_not_charge_by_itself_stays
    a_payment_that_counted_is_given_back_and_its_subscription_goes_on
    a_first_payment_that_contradicts_its_order_ends_it_too
}
