//! Captures that do not fit are never fulfilled, and are given back by a written money call.

use crate::common::*;
use paypair_ledger::{
    Attempt, AttemptKey, CallOutcome, Clash, Effect, Event, Evidence, MoneyOp, Policy, Reason,
    State, step,
};
use paypair_protocol::{Gateway, Work};

fn confirming() -> Attempt {
    let mut attempt = attempt(Work::ConfirmThenPay);
    attempt.state = State::Confirming;
    attempt
}

#[test]
fn each_difference_is_named_and_the_money_given_back() {
    let other = |customer: &str, more: &str| {
        let (answer, body) = payment_with("order-1", 10_000, "t1", customer, more);
        Evidence::payple_confirm(&answer, &body)
    };
    let cases = [
        ("amount_differs", confirmed("order-1", 9_999, "t1")),
        ("order_id_differs", confirmed("order-2", 10_000, "t1")),
        ("customer_differs", other("8", "")),
    ];
    for (code, evidence) in cases {
        let money = evidence.money().unwrap();
        let (after, effects) =
            step(&confirming(), Event::ConfirmAnswered(evidence), later(1)).unwrap();
        assert_eq!((after.state, reason(&after)), (State::Discrepant, code));
        assert!(effects.contains(&Effect::Call(MoneyOp::Refund)), "{code}");
        assert!(
            effects.contains(&Effect::Finish(MoneyOp::Confirm, CallOutcome::Done)),
            "{code}"
        );
        assert_eq!(
            after.refund.unwrap().money,
            money,
            "what was captured goes back, not what was asked"
        );
    }
}

#[test]
fn another_method_or_gateway_differs() {
    let mut other = confirming();
    let mut order = order("order-1", Work::ConfirmThenPay);
    order.method = "transfer".into();
    other.order = order.clone().into();
    let (after, _) = step(
        &other,
        Event::ConfirmAnswered(confirmed("order-1", 10_000, "t1")),
        later(1),
    )
    .unwrap();
    assert_eq!(reason(&after), "method_differs");
    order.gateway = Gateway::Payletter;
    other.order = order.into();
    let (after, _) = step(
        &other,
        Event::ConfirmAnswered(confirmed("order-1", 10_000, "t1")),
        later(1),
    )
    .unwrap();
    assert_eq!(reason(&after), "gateway_differs");
}

#[test]
fn a_customer_the_gateway_does_not_know_is_no_difference() {
    let (answer, body) = payment_with("order-1", 10_000, "t1", "0", "");
    let event = Event::ConfirmAnswered(Evidence::payple_confirm(&answer, &body));
    assert_eq!(
        step(&confirming(), event, later(1)).unwrap().0.state,
        State::Paid
    );
}

#[test]
fn policy_may_leave_the_money_to_a_person() {
    let mut attempt = confirming();
    attempt.policy = Policy {
        auto_refund: false,
        ..Policy::default()
    };
    let (after, effects) = step(
        &attempt,
        Event::ConfirmAnswered(confirmed("order-1", 1, "t1")),
        later(1),
    )
    .unwrap();
    assert_eq!(after.state, State::Discrepant);
    assert!(!effects.contains(&Effect::Call(MoneyOp::Refund)));
    let (after, effects) = step(
        &after,
        Event::RefundAsked {
            id: None,
            transaction_id: None,
            money: None,
            why: "kim".to_owned(),
        },
        later(2),
    )
    .unwrap();
    assert_eq!(after.refund.unwrap().money, paypair_protocol::Money::won(1));
    assert!(effects.contains(&Effect::Call(MoneyOp::Refund)));
}

#[test]
fn a_transaction_of_another_order_is_never_given_back() {
    let mut attempt = confirming();
    attempt.clash = Some(Clash::Transaction(AttemptKey::new("order-0", 1)));
    let (after, effects) = step(
        &attempt,
        Event::ConfirmAnswered(confirmed("order-1", 10_000, "t1")),
        later(1),
    )
    .unwrap();
    assert_eq!(
        (after.state, reason(&after)),
        (State::Discrepant, "transaction_id_taken")
    );
    assert!(!effects.contains(&Effect::Call(MoneyOp::Refund)));
    assert_eq!(after.transaction_id, None);
}

#[test]
fn a_second_payment_of_a_paid_attempt_goes_back_and_the_first_stands() {
    let mut attempt = attempt(Work::PayNow);
    attempt.order = payletter::order("order-1").into();
    let row = |transaction_id| Event::Sighted(payletter::row("order-1", 10_000, transaction_id, 0));
    let (open, _) = step(&attempt, requested(START), START).unwrap();
    let (paid, _) = step(&open, row("t1"), later(1)).unwrap();
    let (same, effects) = step(&paid, row("t1"), later(2)).unwrap();
    assert_eq!((same.state, effects), (State::Paid, vec![]));
    let (second, effects) = step(&paid, row("t2"), later(3)).unwrap();
    assert_eq!(
        (second.state, reason(&second)),
        (State::Discrepant, "second_capture")
    );
    assert!(effects.contains(&Effect::Call(MoneyOp::Refund)));
    assert_eq!(
        second.refund.as_ref().unwrap().transaction_id.as_deref(),
        Some("t2")
    );
    let answered = Event::RefundAnswered(payletter::refunded("t2", 10_000));
    let (after, _) = step(&second, answered, later(4)).unwrap();
    assert_eq!(
        (after.state, after.transaction_id.as_deref()),
        (State::Paid, Some("t1"))
    );
}

#[test]
fn payples_refund_names_no_payment_so_a_second_one_waits_for_a_person() {
    let (paid, _) = step(
        &confirming(),
        Event::ConfirmAnswered(confirmed("order-1", 10_000, "t1")),
        later(1),
    )
    .unwrap();
    let again = Event::Sighted(looked_up("order-1", 10_000, "t1"));
    let (same, effects) = step(&paid, again, later(2)).unwrap();
    assert_eq!((same.state, effects), (State::Paid, vec![]));
    let other = Event::Sighted(looked_up("order-1", 10_000, "t2"));
    let (second, effects) = step(&paid, other, later(3)).unwrap();
    assert_eq!(
        (second.state, reason(&second)),
        (State::Discrepant, "second_capture")
    );
    assert!(!effects.contains(&Effect::Call(MoneyOp::Refund)));
}

#[test]
fn a_refund_that_is_refused_stays_with_a_person() {
    let (bad, _) = step(
        &confirming(),
        Event::ConfirmAnswered(confirmed("order-1", 1, "t1")),
        later(1),
    )
    .unwrap();
    let declined = Event::RefundDeclined {
        reason: Reason::new("gateway_refused"),
    };
    let (after, effects) = step(&bad, declined, later(2)).unwrap();
    assert_eq!((after.state, after.refund), (State::Discrepant, None));
    // It may have been done all the same.
    let looked_behind = after.next_check_at.unwrap();
    assert_eq!(
        effects,
        [
            Effect::Finish(MoneyOp::Refund, CallOutcome::Declined),
            Effect::Lookup(looked_behind)
        ]
    );
}

#[tokio::test]
async fn two_attempts_of_an_order_capture_and_the_second_goes_back() {
    let at = TestStore::new();
    let one = at.requested("order-1", Work::PayNow).await;
    at.apply(
        &one,
        Event::BuyerCancelled {
            reason: Reason::new("buyer"),
        },
    )
    .await;
    let two = at.begin("order-1", later(20)).await.key();
    at.apply(&two, requested(later(20))).await;
    let paid = at
        .apply(&one, Event::Sighted(looked_up("order-1", 10_000, "t1")))
        .await;
    assert_eq!(
        paid.attempt.state,
        State::Paid,
        "late, but it fits and nobody else captured"
    );
    let second = at
        .apply(&two, Event::Sighted(looked_up("order-1-2", 10_000, "t2")))
        .await;
    assert_eq!(
        (second.attempt.state, reason(&second.attempt)),
        (State::Discrepant, "second_capture")
    );
    assert!(second.calls(MoneyOp::Refund));
    let view = paypair_ledger::Store::order(&at.store, "order-1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(view.status().as_str(), "paid");
    let done = at
        .apply(&two, Event::RefundAnswered(refunded("order-1-2", 10_000)))
        .await;
    assert_eq!(done.attempt.state, State::Refunded);
}

/// Two windows, both paid, under these ids of the gateway's.
async fn both_paid(ids: [&str; 2]) -> paypair_ledger::OrderView {
    let at = TestStore::new();
    let one = at.requested("order-1", Work::PayNow).await;
    let reason = Reason::new("buyer");
    at.apply(&one, Event::BuyerCancelled { reason }).await;
    let two = at.begin("order-1", later(20)).await.key();
    at.apply(&two, requested(later(20))).await;
    for (key, name, id) in [(&one, "order-1", ids[0]), (&two, "order-1-2", ids[1])] {
        at.apply(key, Event::Sighted(looked_up(name, 10_000, id)))
            .await;
    }
    let view = paypair_ledger::Store::order(&at.store, "order-1").await;
    view.unwrap().unwrap()
}

#[tokio::test]
async fn of_two_attempts_that_captured_the_one_that_bears_the_payment_gives_it_back() {
    let view = both_paid(["t1", "t2"]).await;
    let whose = |id| view.to_give_back(id).map(|it| it.map(|attempt| attempt.no));
    assert_eq!(whose(Some("t1")), Ok(Some(1)));
    assert_eq!(whose(Some("t2")), Ok(Some(2)));
    assert_eq!(whose(Some("t3")), Ok(None));
    assert_eq!(whose(None), Err("payment_not_named"));
    // A transfer's payment bears no id that anybody could name.
    let view = both_paid(["", ""]).await;
    assert_eq!(view.to_give_back(None).err(), Some("payment_unnameable"));
}

#[tokio::test]
async fn a_transaction_id_belongs_to_one_attempt() {
    let at = TestStore::new();
    let one = at.requested("order-1", Work::PayNow).await;
    let two = at.requested("order-2", Work::PayNow).await;
    at.apply(&one, Event::Sighted(looked_up("order-1", 10_000, "t1")))
        .await;
    let other = at
        .apply(&two, Event::Sighted(looked_up("order-2", 10_000, "t1")))
        .await;
    assert_eq!(
        (other.attempt.state, reason(&other.attempt)),
        (State::Discrepant, "transaction_id_taken")
    );
    assert!(!other.calls(MoneyOp::Refund));
}

#[tokio::test]
async fn a_billing_key_belongs_to_one_customer() {
    use paypair_ledger::{Digest, Store};
    let at = TestStore::new();
    let one = at.requested("order-1", Work::Register).await;
    let done = at.apply(&one, Event::Sighted(payer("key-1", "7"))).await;
    assert_eq!(done.attempt.state, State::Registered);
    let owner = at
        .store
        .customer_of_billing_key(Digest::of("key-1"))
        .await
        .unwrap();
    assert_eq!(owner.as_deref(), Some("7"));
    assert_eq!(
        at.store
            .billing_key("order-1")
            .await
            .unwrap()
            .unwrap()
            .expose(),
        "key-1"
    );
    let mut other = order("order-2", Work::Register);
    other.customer.id = "8".to_owned();
    at.store.register(other).await.unwrap();
    let two = at.begin("order-2", START).await.key();
    at.apply(&two, requested(START)).await;
    let stolen = at.apply(&two, Event::Sighted(payer("key-1", "8"))).await;
    assert_eq!(
        (stolen.attempt.state, reason(&stolen.attempt)),
        (State::Discrepant, "billing_key_taken")
    );
    let again = at.requested("order-3", Work::Register).await;
    let same = at.apply(&again, Event::Sighted(payer("key-1", "7"))).await;
    assert_eq!(
        same.attempt.state,
        State::Registered,
        "a customer may register a card twice"
    );
}

#[tokio::test]
async fn a_refund_that_names_another_payment_changes_nothing() {
    let at = TestStore::new();
    paypair_ledger::Store::register(&at.store, payletter::order("order-1"))
        .await
        .unwrap();
    let key = at.begin("order-1", START).await.key();
    at.apply(&key, requested(START)).await;
    let early = at
        .apply(
            &key,
            Event::RefundAnswered(payletter::refunded("t0", 10_000)),
        )
        .await;
    assert_eq!(early.attempt.state, State::Requested);
    at.apply(
        &key,
        Event::Sighted(payletter::row("order-1", 10_000, "t1", 0)),
    )
    .await;
    at.apply(
        &key,
        Event::RefundAsked {
            id: None,
            transaction_id: None,
            money: None,
            why: "asked".to_owned(),
        },
    )
    .await;
    let other = at
        .apply(
            &key,
            Event::RefundAnswered(payletter::refunded("t2", 10_000)),
        )
        .await;
    assert_eq!(other.attempt.state, State::RefundPending);
    assert!(other.attempt.refund.is_some());
    let own = at
        .apply(
            &key,
            Event::RefundAnswered(payletter::refunded("t1", 10_000)),
        )
        .await;
    assert_eq!(own.attempt.state, State::Refunded);
}

#[test]
fn a_refund_of_another_amount_stays_with_a_person() {
    let paid = Event::ConfirmAnswered(confirmed("order-1", 10_000, "t1"));
    let (paid, _) = step(&confirming(), paid, later(1)).unwrap();
    let asked = Event::RefundAsked {
        id: None,
        transaction_id: None,
        money: None,
        why: "asked".to_owned(),
    };
    let (asked, _) = step(&paid, asked, later(2)).unwrap();
    let part = Event::RefundAnswered(refunded("order-1", 4_000));
    let (after, _) = step(&asked, part, later(3)).unwrap();
    assert_eq!(
        (after.state, reason(&after)),
        (State::Discrepant, "refund_amount_differs")
    );
}

#[test]
fn money_that_comes_after_a_refund_waits_for_a_person_and_a_chargeback_stays() {
    let mut attempt = confirming();
    for event in [
        Event::ConfirmAnswered(confirmed("order-1", 10_000, "t1")),
        Event::RefundAsked {
            id: None,
            transaction_id: None,
            money: None,
            why: "asked".to_owned(),
        },
        Event::RefundAnswered(refunded("order-1", 10_000)),
    ] {
        attempt = step(&attempt, event, later(2)).unwrap().0;
    }
    let (after, effects) = step(
        &attempt,
        Event::Sighted(looked_up("order-1", 10_000, "t2")),
        later(3),
    )
    .unwrap();
    assert_eq!(
        (after.state, reason(&after)),
        (State::Discrepant, "second_capture")
    );
    let discrepant = Effect::Publish(paypair_ledger::Publication::Discrepant);
    assert_eq!(
        effects,
        [discrepant],
        "Payple's refund names the order alone"
    );
    let stale = Event::Sighted(looked_up("order-1", 10_000, "t1"));
    assert_eq!(step(&attempt, stale, later(3)).unwrap().1, []);
    attempt.state = State::ChargedBack;
    let (after, effects) = step(
        &attempt,
        Event::Sighted(looked_up("order-1", 10_000, "t2")),
        later(3),
    )
    .unwrap();
    assert_eq!(after.state, State::ChargedBack);
    assert_eq!(
        effects,
        [Effect::Alert("capture_after_the_end"), discrepant]
    );
}
