//! Charges a gateway makes by itself, for a subscription: recorded at once, believed by the sales list only, never given back unasked.

use crate::common::*;
use paypair_ledger::{
    Attempt, AttemptKey, Begun, Effect, Event, Evidence, MoneyOp, Order, Publication, Reason,
    Renewal, Resolution, State, Store, StoreError, chain_is_intact, step,
};
use paypair_protocol::Money;

/// A paid subscription, `sub`, that holds `sub-1`.
async fn subscribed(at: &TestStore) -> AttemptKey {
    at.store.register(global::order("sub")).await.unwrap();
    let key = at.begin("sub", START).await.key();
    at.apply(&key, requested(START)).await;
    let made = global::subscription_notice(5, "sub", "12.5", 1);
    at.apply(&key, Event::Sighted(made)).await;
    let first = Event::Sighted(global::sale("sub", "t-sub", 1));
    assert_eq!(at.apply(&key, first).await.attempt.state, State::Paid);
    key
}

fn renewal(gateway_order_id: &str, evidence: Evidence, seed: &str) -> Renewal {
    Renewal {
        origin: "sub".to_owned(),
        gateway_order_id: gateway_order_id.to_owned(),
        evidence,
        new: new_attempt(seed, START),
    }
}

fn notice(order_id: &str, sent_at: u64) -> Evidence {
    global::subscription_notice(1, order_id, "12.5", sent_at)
}

async fn begin(at: &TestStore, order_id: &str, sent_at: u64) -> Begun {
    let seed = format!("{order_id}-{sent_at}");
    let renewal = renewal(order_id, notice(order_id, sent_at), &seed);
    at.store.begin_renewal(renewal, later(100)).await.unwrap()
}

async fn new(at: &TestStore, order_id: &str) -> Attempt {
    match begin(at, order_id, 2).await {
        Begun::New(attempt) => attempt,
        other => panic!("not new: {other:?}"),
    }
}

#[tokio::test]
async fn a_renewal_waits_for_the_list_and_is_paid_by_it() {
    let at = TestStore::new();
    subscribed(&at).await;
    let seen = new(&at, "strange-1").await;
    assert_eq!(
        (seen.state, reason(&seen)),
        (State::PendingReview, "renewal_unconfirmed")
    );
    assert_eq!(seen.order.id, "sub-r1");
    assert_eq!(seen.order.renews.as_deref(), Some("sub"));
    assert_eq!(seen.order.money, global::order("sub").money);
    assert_eq!(seen.gateway_order_id, "strange-1");
    assert_eq!(seen.transaction_id, None, "a notice proves no transaction");
    let due = at.store.due(later(100), 9).await.unwrap();
    assert_eq!(
        due.iter().map(Attempt::key).collect::<Vec<_>>(),
        [seen.key()]
    );
    let told = at.store.events_after(0, 20).await.unwrap();
    let last = told.last().unwrap();
    assert_eq!(last.publication, Publication::Pending);
    let data: serde_json::Value = serde_json::from_str(&last.data).unwrap();
    assert_eq!(data["renews"], "sub");
    let at = at.reopen();
    let row = Event::Sighted(global::sale("strange-1", "t-strange-1", 1));
    let paid = at.apply(&seen.key(), row).await.attempt;
    assert_eq!((paid.state, paid.reason), (State::Paid, None));
    assert!(
        paid.billing_key.is_none(),
        "the subscription's key stays with its first order"
    );
    let renewals = at.store.renewals("sub").await.unwrap();
    assert_eq!(renewals.len(), 1);
    let rows = at.store.timeline("sub-r1").await.unwrap();
    assert_eq!(
        rows.iter().map(|row| row.kind.as_str()).collect::<Vec<_>>(),
        ["begun", "renewal_seen", "sighted"]
    );
    assert!(chain_is_intact(&rows));
}

#[tokio::test]
async fn the_same_notice_again_is_the_same_renewal() {
    let at = TestStore::new();
    subscribed(&at).await;
    let seen = new(&at, "strange-1").await;
    for sent_at in [2, 3] {
        let Begun::Live(live) = begin(&at, "strange-1", sent_at).await else {
            panic!("it waits for the list")
        };
        assert_eq!((live.key(), live.state), (seen.key(), State::PendingReview));
    }
    let row = Event::Sighted(global::sale("strange-1", "t-strange-1", 1));
    at.apply(&seen.key(), row).await;
    let Begun::Settled(view) = begin(&at, "strange-1", 2).await else {
        panic!("it is paid")
    };
    assert_eq!(view.order.id, "sub-r1");
    assert_eq!(at.store.renewals("sub").await.unwrap().len(), 1);
    let again = at
        .store
        .begin("sub-r1", new_attempt("page", later(200)), later(200));
    assert!(
        matches!(again.await.unwrap(), Begun::Settled(_)),
        "no window opens a renewal"
    );
}

#[tokio::test]
async fn each_month_is_an_order_of_its_own() {
    let at = TestStore::new();
    subscribed(&at).await;
    let mut taken = global::order("sub-r2");
    taken.money = Some(Money::won(1));
    at.store.register(taken).await.unwrap();
    for (strange, id) in [
        ("strange-1", "sub-r1"),
        ("strange-2", "sub-r3"),
        ("strange-3", "sub-r4"),
    ] {
        assert_eq!(new(&at, strange).await.order.id, id);
    }
    let renewals = at.store.renewals("sub").await.unwrap();
    assert_eq!(renewals.len(), 3);
}

#[tokio::test]
async fn another_amount_is_for_a_person_and_not_given_back() {
    let at = TestStore::new();
    let origin = subscribed(&at).await;
    let mut dearer = new(&at, "strange-1").await;
    let mut order = (*dearer.order).clone();
    order.money = Some(Money {
        minor: 999,
        ..order.money.unwrap()
    });
    dearer.order = order.into();
    let row = Event::Sighted(global::sale("strange-1", "t-strange-1", 1));
    let (after, effects) = step(&dearer, row, later(200)).unwrap();
    assert_eq!(
        (after.state, reason(&after)),
        (State::Discrepant, "amount_differs")
    );
    assert!(!effects.contains(&Effect::Call(MoneyOp::Refund)));
    assert_eq!(after.refund, None);
    let (asked, _) = step(&after, ask_rest(), later(300)).unwrap();
    assert!(asked.refund.is_some(), "a person may");
    assert_eq!(
        at.store.attempt(origin).await.unwrap().unwrap().state,
        State::Paid
    );
}

#[tokio::test]
async fn a_renewal_of_an_ended_subscription_is_money_all_the_same() {
    let at = TestStore::new();
    let origin = subscribed(&at).await;
    at.apply(&origin, delete_key()).await;
    let ended = Event::BillingKeyDeleteAnswered(global::ended("sub-1"));
    at.apply(&origin, ended).await;
    let seen = new(&at, "strange-1").await;
    assert_eq!(seen.state, State::PendingReview);
    let rows = at.store.timeline("sub-r1").await.unwrap();
    assert_eq!(
        rows.last().unwrap().note.as_deref(),
        Some("renewal_after_the_end")
    );
    let row = Event::Sighted(global::sale("strange-1", "t-strange-1", 1));
    assert_eq!(at.apply(&seen.key(), row).await.attempt.state, State::Paid);
}

#[tokio::test]
async fn a_renewal_needs_its_origin_and_its_own_notice() {
    let at = TestStore::new();
    let nowhere = renewal("strange-1", notice("strange-1", 2), "a");
    let answer = at.store.begin_renewal(nowhere, later(1)).await;
    assert!(
        matches!(answer, Err(StoreError::NotFound)),
        "no such origin"
    );
    subscribed(&at).await;
    let other = renewal("strange-2", notice("strange-1", 2), "b");
    let answer = at.store.begin_renewal(other, later(1)).await;
    assert!(
        matches!(answer, Err(StoreError::NotFound)),
        "the notice names another"
    );
    let foreign = renewal("order-1", looked_up("order-1", 10_000, "t1"), "c");
    let answer = at.store.begin_renewal(foreign, later(1)).await;
    assert!(
        matches!(answer, Err(StoreError::NotFound)),
        "another gateway's word"
    );
    assert!(at.store.renewals("sub").await.unwrap().is_empty());
}

/// Earlier versions put a renewal in review and noted nothing of its notice; that there is such an order is what was signed.
#[tokio::test]
async fn a_renewal_that_an_earlier_version_put_in_review_is_what_a_person_says() {
    let at = TestStore::new();
    subscribed(&at).await;
    let mut old = new(&at, "strange-1").await;
    old.suspicions.clear();
    let word = || Event::Resolved {
        operator: "kim".to_owned(),
        resolution: Resolution::Captured,
    };
    assert_eq!(old.capture_to_confirm(), old.order.money);
    let (paid, effects) = step(&old, word(), later(200)).unwrap();
    assert_eq!(
        (paid.state, paid.captured, &paid.transaction_id),
        (State::Paid, paid.order.money, &None)
    );
    assert!(effects.contains(&Effect::Publish(Publication::Paid)));
    // Its name is what the list says, and no notice.
    let told = step(&paid, Event::Sighted(notice("strange-1", 3)), later(201)).unwrap();
    assert_eq!(told.0.transaction_id, None);
    let row = Event::Sighted(global::sale("strange-1", "t-strange-1", 1));
    let named = step(&paid, row, later(202)).unwrap().0;
    assert_eq!(named.transaction_id.as_deref(), Some("t-strange-1"));
    // What is in review for another cause has no such notice behind it, nor has what renews nothing.
    let mut other = old.clone();
    other.reason = Some(Reason::new("gateway_reviews"));
    let mut first = old;
    let mut order = Order::clone(&first.order);
    order.renews = None;
    first.order = order.into();
    for attempt in [other, first] {
        let refused = step(&attempt, word(), later(200)).unwrap_err();
        assert_eq!(refused.why, "nothing_to_resolve");
    }
}
