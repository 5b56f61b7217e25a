//! Several attempts of one order, in both stores: what became of one decides what another may still do.

use crate::common::*;
use paypair_ledger::{
    Applied, AttemptKey, Begun, Event, MoneyOp, Reason, State, Store, StoreError,
};
use paypair_protocol::Work;

async fn applied(store: &impl Store, key: &AttemptKey, event: Event) -> Applied {
    store.apply(key.clone(), event, later(10)).await.unwrap()
}

async fn refused(store: &impl Store, key: &AttemptKey, event: Event) -> &'static str {
    match store.apply(key.clone(), event, later(20)).await {
        Err(StoreError::Refused(refused)) => refused.why,
        other => panic!("not refused: {:?}", other.map(|applied| applied.attempt)),
    }
}

async fn begin(store: &impl Store, seed: &str) -> Begun {
    let new = new_attempt(seed, later(10));
    store.begin("order-1", new, later(10)).await.unwrap()
}

async fn requested_again(store: &impl Store, seed: &str) -> AttemptKey {
    let Begun::New(attempt) = begin(store, seed).await else {
        panic!("there is room");
    };
    applied(store, &attempt.key(), requested(later(10))).await;
    attempt.key()
}

/// The buyer seemed to leave the first window, and another was opened.
async fn left_and_opened_again(store: &impl Store, work: Work) -> (AttemptKey, AttemptKey) {
    store.register(order("order-1", work)).await.unwrap();
    let one = requested_again(store, "one").await;
    let left = Event::BuyerCancelled {
        reason: Reason::new("buyer"),
    };
    applied(store, &one, left).await;
    (one, requested_again(store, "two").await)
}

async fn an_order_that_is_paid_has_no_window(store: impl Store) {
    let (one, two) = left_and_opened_again(&store, Work::PayNow).await;
    assert!(matches!(begin(&store, "reload").await, Begun::Live(live) if live.key() == two));
    let paid = Event::Sighted(looked_up("order-1", 10_000, "t1"));
    assert_eq!(applied(&store, &one, paid).await.attempt.state, State::Paid);
    let Begun::Settled(view) = begin(&store, "reload").await else {
        panic!("the buyer would pay again");
    };
    assert_eq!(view.status().as_str(), "paid");
}

async fn nothing_is_confirmed_beside_a_doubt(store: impl Store) {
    let (one, two) = left_and_opened_again(&store, Work::ConfirmThenPay).await;
    applied(&store, &two, authenticated()).await;
    applied(&store, &two, Event::ConfirmStarted).await;
    applied(&store, &two, unknown(MoneyOp::Confirm)).await;
    assert_eq!(
        refused(&store, &one, authenticated()).await,
        "other_attempt_open"
    );
}

async fn nothing_is_confirmed_beside_money_that_is_disputed(store: impl Store) {
    let (one, two) = left_and_opened_again(&store, Work::ConfirmThenPay).await;
    applied(&store, &two, authenticated()).await;
    let wrong = Event::Sighted(looked_up("order-1", 9_000, "t1"));
    assert_eq!(
        applied(&store, &one, wrong).await.attempt.state,
        State::Discrepant
    );
    assert_eq!(
        refused(&store, &two, Event::ConfirmStarted).await,
        "other_attempt_open"
    );
    // Once that is back, there is room.
    applied(
        &store,
        &one,
        Event::RefundAnswered(refunded("order-1", 9_000)),
    )
    .await;
    let begun = applied(&store, &two, Event::ConfirmStarted).await;
    assert!(begun.calls(MoneyOp::Confirm));
}

async fn a_payment_whose_refund_is_in_doubt_stands(store: impl Store) {
    let (one, two) = left_and_opened_again(&store, Work::PayNow).await;
    applied(
        &store,
        &one,
        Event::Sighted(looked_up("order-1", 10_000, "t1")),
    )
    .await;
    applied(&store, &one, ask_back("r1", 10_000)).await;
    applied(&store, &one, unknown(MoneyOp::Refund)).await;
    assert!(matches!(begin(&store, "reload").await, Begun::Settled(_)));
    // The window was open all the time.
    let again = Event::Sighted(looked_up("order-1-2", 10_000, "t2"));
    let second = applied(&store, &two, again).await;
    let why = second.attempt.reason.as_ref().map(|reason| &*reason.code);
    assert_eq!(
        (second.attempt.state, why),
        (State::Discrepant, Some("second_capture"))
    );
    assert!(second.calls(MoneyOp::Refund));
}

over_both_stores! {
    an_order_that_is_paid_has_no_window
    nothing_is_confirmed_beside_a_doubt
    nothing_is_confirmed_beside_money_that_is_disputed
    a_payment_whose_refund_is_in_doubt_stands
}
