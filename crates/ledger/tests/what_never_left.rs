//! A refund that we began by ourselves and that provably never left is owed until it is made, or refused, or a person takes over.

use std::sync::Arc;

use crate::common::*;
use paypair_ledger::{
    Attempt, AttemptKey, Effect, Event, MoneyOp, Policy, Reason, RefundState, State, Store,
    Timestamp, step,
};
use paypair_protocol::{Money, Work};

const REFUND: Effect = Effect::Call(MoneyOp::Refund);

fn unsent() -> Event {
    Event::CallNotSent {
        op: MoneyOp::Refund,
    }
}

fn declined() -> Event {
    Event::RefundDeclined {
        reason: Reason::new("gateway_refused"),
    }
}

fn failed() -> Event {
    Event::LookupFailed {
        reason: Reason::new("no_answer"),
    }
}

fn row(won: u64, transaction_id: &str, status: u8) -> Event {
    Event::Sighted(payletter::row("order-1", won, transaction_id, status))
}

fn after(attempt: &Attempt, event: Event) -> Attempt {
    step(attempt, event, later(10)).unwrap().0
}

/// Captured for another amount; our refund of it is on its way.
fn wrong_amount() -> Attempt {
    let mut attempt = attempt(Work::PayNow);
    attempt.order = Arc::new(payletter::order("order-1"));
    let (bad, effects) = step(
        &after(&attempt, requested(START)),
        row(9_000, "t1", 0),
        later(10),
    )
    .unwrap();
    assert!(effects.contains(&REFUND));
    bad
}

/// Looked up when it is due; the call that follows does not leave either. Gives when that was, and the attempt after.
fn tried_in_vain(attempt: &Attempt, lookup: Event) -> (Timestamp, Attempt) {
    let due = attempt.next_check_at.expect("it is owed");
    let (running, effects) = step(attempt, lookup, due).unwrap();
    assert_eq!(effects.iter().filter(|it| **it == REFUND).count(), 1);
    assert_eq!(running.next_check_at, None, "its own answer comes first");
    (due, step(&running, unsent(), due).unwrap().0)
}

#[test]
fn it_is_begun_again_by_a_schedule_that_grows() {
    for lookup in [
        || row(9_000, "t1", 0),
        || Event::LookupAbsent,
        || Event::LookupOpen,
        failed,
    ] {
        let mut owed = after(&wrong_amount(), unsent());
        assert_eq!(
            (owed.state, reason(&owed)),
            (State::Discrepant, "amount_differs")
        );
        let mut last = later(10);
        let mut pauses = Vec::new();
        for _ in 0..9 {
            let (tried_at, next) = tried_in_vain(&owed, lookup());
            pauses.push(tried_at.since(last).as_secs());
            (last, owed) = (tried_at, next);
        }
        assert_eq!(
            pauses,
            [5, 30, 120, 600, 3_600, 21_600, 86_400, 86_400, 86_400]
        );
        assert_eq!(
            owed.refunds.len(),
            1,
            "one refund, however often it is tried"
        );
        assert_eq!(owed.refunds[0].asked_at, later(10));

        let due = owed.next_check_at.unwrap();
        let running = step(&owed, lookup(), due).unwrap().0;
        assert_eq!(running.refund.as_ref().unwrap().money, Money::won(9_000));
        let back = after(
            &running,
            Event::RefundAnswered(payletter::refunded("t1", 9_000)),
        );
        assert_eq!((back.state, back.next_check_at), (State::Refunded, None));
    }
}

#[test]
fn no_second_call_begins_while_one_is_on_its_way_or_in_doubt() {
    let owed = after(&wrong_amount(), unsent());
    let running = after(&owed, row(9_000, "t1", 0));
    for lookup in [row(9_000, "t1", 0), Event::LookupAbsent, failed()] {
        let (_, effects) = step(&running, lookup, later(20)).unwrap();
        assert!(!effects.contains(&REFUND));
    }
    let doubtful = after(&running, unknown(MoneyOp::Refund));
    assert_eq!(doubtful.state, State::InDoubt);
    for lookup in [row(9_000, "t1", 0), Event::LookupAbsent, failed()] {
        let (_, effects) = step(&doubtful, lookup, later(20)).unwrap();
        assert!(!effects.contains(&REFUND));
    }
}

#[test]
fn what_is_refused_in_the_end_stays_with_a_person() {
    let owed = after(&wrong_amount(), unsent());
    let mut refused = after(&after(&owed, failed()), declined());
    assert_eq!(refused.state, State::Discrepant);
    // It is looked behind, and not asked for again.
    while let Some(due) = refused.next_check_at {
        let (seen, effects) = step(&refused, row(9_000, "t1", 0), due).unwrap();
        assert!(seen.refund.is_none() && !effects.contains(&REFUND));
        refused = seen;
    }
}

#[test]
fn what_went_back_by_another_hand_is_not_asked_for() {
    let owed = after(&wrong_amount(), unsent());
    let (back, effects) = step(&owed, row(9_000, "t1", 1), later(20)).unwrap();
    assert_eq!(back.state, State::Refunded);
    assert!(!effects.contains(&REFUND));
}

#[test]
fn what_a_merchant_asked_for_is_not_begun_again_by_itself() {
    let mut attempt = wrong_amount();
    attempt.policy = Policy {
        auto_refund: false,
        ..Policy::default()
    };
    let refused = after(&attempt, declined());
    let answered = after(&after(&refused, ask_rest()), unsent());
    let mut attempt = answered;
    attempt.policy = Policy::default();
    assert_eq!(attempt.state, State::Discrepant);
    let (_, effects) = step(&attempt, row(9_000, "t1", 0), later(20)).unwrap();
    assert!(!effects.contains(&REFUND), "the merchant was told");
}

#[test]
fn a_second_payments_refund_that_never_left_is_not_one_that_was_asked() {
    let mut one = attempt(Work::PayNow);
    one.order = Arc::new(payletter::order("order-1"));
    let paid = after(&after(&one, requested(START)), row(10_000, "t1", 0));
    let mut owed = after(&after(&paid, row(7_000, "t2", 0)), unsent());
    for _ in 0..3 {
        owed = tried_in_vain(&owed, row(7_000, "t2", 0)).1;
    }
    assert_eq!(owed.refunds.len(), 1);
    let due = owed.next_check_at.unwrap();
    let running = step(&owed, row(7_000, "t2", 0), due).unwrap().0;
    let refused = after(&running, declined());
    let (seen, effects) = step(&refused, row(7_000, "t2", 0), later(20)).unwrap();
    assert!(
        seen.refund.is_none() && !effects.contains(&REFUND),
        "refused is refused"
    );
    let back = after(
        &running,
        Event::RefundAnswered(payletter::refunded("t2", 7_000)),
    );
    assert_eq!(back.state, State::Paid);
}

/// The list has the row that says that it went back, behind the word that it lacks others.
#[test]
fn nothing_is_begun_before_the_rows_of_a_short_list_are_taken() {
    let owed = after(&wrong_amount(), unsent());
    let due = owed.next_check_at.unwrap();
    let (told, effects) = step(&owed, Event::list_cut_short(), due).unwrap();
    assert!(!effects.contains(&REFUND) && told.refund.is_none());
    assert!(told.next_check_at.is_some_and(|at| at > due), "it is owed");
    let (back, effects) = step(&told, row(9_000, "t1", 1), due).unwrap();
    assert_eq!(back.state, State::Refunded);
    assert!(!effects.contains(&REFUND));
    let (_, effects) = step(&told, row(9_000, "t1", 0), due).unwrap();
    assert!(effects.contains(&REFUND), "it stands");
    // No row follows: the next look begins it.
    let due = told.next_check_at.unwrap();
    let (_, effects) = step(&told, failed(), due).unwrap();
    assert!(effects.contains(&REFUND));
}

over_both_stores! {
    what_never_left_is_known_by_its_line
}

async fn what_never_left_is_known_by_its_line(store: impl Store) {
    let key = AttemptKey::new("order-1", 1);
    store.register(payletter::order("order-1")).await.unwrap();
    store
        .begin("order-1", new_attempt("order-1", START), START)
        .await
        .unwrap();
    let apply = async |event| store.apply(key.clone(), event, later(10)).await.unwrap();
    apply(requested(START)).await;
    apply(row(10_000, "t1", 0)).await;
    for (id, end) in [("r1", unsent()), ("r2", declined())] {
        apply(ask_back(id, 3_000)).await;
        apply(end).await;
    }
    let kept = store.attempt(key.clone()).await.unwrap().unwrap();
    let never_left: Vec<bool> = kept.refunds.iter().map(|line| line.never_left).collect();
    assert_eq!(never_left, [true, false]);
    assert!(
        kept.refunds.iter().all(|line| !line.not_sent),
        "the merchant was told, and nothing is owed"
    );
}

#[tokio::test]
async fn it_is_owed_after_a_restart_too() {
    let at = TestStore::new();
    let key = at.requested("order-1", Work::PayNow).await;
    at.apply(&key, Event::Sighted(looked_up("order-1", 9_000, "t1")))
        .await;
    at.apply(&key, unsent()).await;
    let at = at.reopen();
    let due = at.store.due(later(60), 10).await.unwrap();
    assert_eq!(due.len(), 1, "{due:?}");
    let begun = at.apply(&key, Event::LookupAbsent).await;
    assert!(begun.calls(MoneyOp::Refund));
    let line = &begun.attempt.refunds[0];
    assert_eq!((line.state, line.not_sent), (RefundState::Pending, true));
}
