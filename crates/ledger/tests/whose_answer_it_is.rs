//! The outcome of a refund's call is about that refund: another may run when it comes.

use crate::common::*;
use paypair_ledger::{
    Attempt, Effect, Event, MoneyOp, Publication, Reason, RefundState, State, Store, step,
};
use paypair_protocol::{Money, Work};

fn paid() -> Attempt {
    let (open, _) = step(&attempt(Work::PayNow), requested(START), START).unwrap();
    after(&open, Event::Sighted(looked_up("order-1", 10_000, "t1")))
}

fn after(attempt: &Attempt, event: Event) -> Attempt {
    step(attempt, event, later(10)).unwrap().0
}

fn why(attempt: &Attempt, event: Event) -> &'static str {
    step(attempt, event, later(10)).unwrap_err().why
}

fn of(no: u32, outcome: Event) -> Event {
    Event::OfRefund {
        no,
        outcome: Box::new(outcome),
    }
}

fn answered(won: u64) -> Event {
    Event::RefundAnswered(refunded("order-1", won))
}

fn declined() -> Event {
    Event::RefundDeclined {
        reason: Reason::new("gateway_refused"),
    }
}

fn unsent() -> Event {
    Event::CallNotSent {
        op: MoneyOp::Refund,
    }
}

fn shows(total: u64) -> Event {
    Event::Sighted(looked_up_cancelled("order-1", 10_000, "t1", total))
}

fn lines(attempt: &Attempt) -> Vec<(u32, RefundState)> {
    let of = attempt.refunds.iter().map(|line| (line.no, line.state));
    of.collect()
}

/// 3,000 are back by the first, as the list says; the second runs, and the first one's answer has not come yet.
fn second_runs(won: u64) -> Attempt {
    let first = after(&paid(), ask_back("r1", 3_000));
    let seen = after(&first, shows(3_000));
    after(&seen, ask_back("r2", won))
}

/// The first was given up, and has gone back; the second runs.
fn first_given_up(second: Event) -> Attempt {
    let first = after(&paid(), ask_back("r1", 3_000));
    let given_up = Event::RefundDeclined {
        reason: Reason::new("refund_absent"),
    };
    after(&after(&first, given_up), second)
}

#[test]
fn the_answer_of_one_that_is_done_is_not_the_next_ones() {
    for won in [3_000, 2_000] {
        let (runs, effects) = step(&second_runs(won), of(1, answered(3_000)), later(11)).unwrap();
        assert_eq!((runs.state, effects), (State::RefundPending, vec![]));
        assert_eq!(runs.refunded(), Money::won(3_000));
        assert_eq!(
            lines(&runs),
            [(1, RefundState::Done), (2, RefundState::Pending)]
        );
        let refused = after(&runs, of(2, declined()));
        assert_eq!(
            (refused.state, refused.refunded()),
            (State::PartiallyRefunded, Money::won(3_000))
        );
        assert_eq!(lines(&refused)[1].1, RefundState::Declined);
        let done = after(&runs, of(2, answered(won)));
        assert_eq!(done.refunded(), Money::won(3_000 + won));
        assert_eq!(done.state, State::PartiallyRefunded);
    }
}

#[test]
fn what_else_became_of_it_ends_no_other() {
    let accepted = || Event::RefundAccepted(refunded("order-1", 3_000));
    for outcome in [declined, unsent, accepted, || unknown(MoneyOp::Refund)] {
        let runs = second_runs(3_000);
        assert_eq!(why(&runs, of(1, outcome())), "no_refund_running");
        assert_eq!(why(&runs, of(7, outcome())), "no_refund_running");
    }
    let (same, effects) = step(&second_runs(3_000), of(7, answered(3_000)), later(11)).unwrap();
    assert_eq!(effects, [Effect::Alert("refund_not_asked")]);
    assert_eq!(lines(&same)[1].1, RefundState::Pending);
    // One in doubt is ended by its own answer.
    let doubtful = after(&second_runs(3_000), of(2, unknown(MoneyOp::Refund)));
    assert_eq!(doubtful.state, State::InDoubt);
    let still = after(&doubtful, of(1, answered(3_000)));
    assert_eq!(
        (still.state, still.doubt),
        (State::InDoubt, Some(MoneyOp::Refund))
    );
    let done = after(&still, of(2, answered(3_000)));
    assert_eq!(done.refunded(), Money::won(6_000));
}

#[test]
fn one_that_was_given_up_counts_beside_the_one_that_runs() {
    let second = first_given_up(ask_back("r2", 2_000));
    let (late, effects) = step(&second, of(1, answered(3_000)), later(11)).unwrap();
    assert_eq!(effects, [Effect::Alert("refund_after_all")]);
    assert_eq!(
        lines(&late),
        [(1, RefundState::Done), (2, RefundState::Pending)]
    );
    assert_eq!(
        (late.state, late.refunded()),
        (State::RefundPending, Money::won(3_000))
    );
    let both = after(&late, of(2, answered(2_000)));
    assert_eq!(both.refunded(), Money::won(5_000));
    for refusal in [declined, unsent] {
        let (alone, effects) = step(&late, of(2, refusal()), later(12)).unwrap();
        assert_eq!(
            (alone.state, alone.refunded()),
            (State::PartiallyRefunded, Money::won(3_000))
        );
        assert!(effects.contains(&Effect::Publish(Publication::PartiallyRefunded)));
    }
    // All of it, given up and asked for again: the gateway says that nothing is left.
    let whole = after(&paid(), ask_back("r1", 10_000));
    let again = after(&after(&whole, declined()), ask_back("r2", 10_000));
    let late = after(&again, of(1, answered(10_000)));
    let gone = after(&late, of(2, declined()));
    assert_eq!((gone.state, reason(&gone)), (State::Refunded, ""));
}

#[test]
fn one_that_was_given_up_is_not_taken_for_the_last_one() {
    let refused = after(&first_given_up(ask_back("r2", 3_000)), of(2, declined()));
    assert_eq!(refused.state, State::Paid);
    let late = after(&refused, of(1, answered(3_000)));
    assert_eq!(
        (late.state, late.refunded()),
        (State::PartiallyRefunded, Money::won(3_000))
    );
    assert_eq!(
        lines(&late),
        [(1, RefundState::Done), (2, RefundState::Declined)]
    );
}

#[test]
fn a_second_payments_late_answer_is_not_the_firsts() {
    let mut open = attempt(Work::PayNow);
    open.order = payletter::order("order-1").into();
    open.policy.auto_refund = false;
    let row = |id| Event::Sighted(payletter::row("order-1", 10_000, id, 0));
    let twice = after(
        &after(&after(&open, requested(START)), row("t1")),
        row("t2"),
    );
    let ask = |id: &str| Event::RefundAsked {
        id: Some(format!("of-{id}")),
        transaction_id: Some(id.to_owned()),
        money: None,
        why: String::new(),
    };
    let back = |id| Event::RefundAnswered(payletter::refunded(id, 10_000));
    let given_up = after(&after(&twice, ask("t2")), of(1, declined()));
    let own = after(&given_up, ask("t1"));
    // An answer that names another payment than its refund did is no answer.
    let (own, effects) = step(&own, of(1, back("t1")), later(11)).unwrap();
    assert_eq!(effects, [Effect::Alert("cancellation_differs")]);
    let late = after(&own, of(1, back("t2")));
    assert!(!late.has_standing_second());
    assert_eq!(
        lines(&late),
        [(1, RefundState::Done), (2, RefundState::Pending)]
    );
    let gone = after(&late, of(2, back("t1")));
    assert_eq!(gone.state, State::Refunded);
}

#[tokio::test]
async fn the_file_keeps_which_is_which_and_a_dead_process_leaves_the_one_that_runs() {
    let at = TestStore::new();
    let key = at.requested("order-1", Work::PayNow).await;
    at.apply(&key, Event::Sighted(looked_up("order-1", 10_000, "t1")))
        .await;
    at.apply(&key, ask_back("r1", 3_000)).await;
    at.apply(&key, shows(3_000)).await;
    at.apply(&key, ask_back("r2", 3_000)).await;
    let at = at.reopen();
    let kept = at.apply(&key, of(1, answered(3_000))).await.attempt;
    assert_eq!(
        lines(&kept),
        [(1, RefundState::Done), (2, RefundState::Pending)]
    );
    let recovered = at.store.recover(later(60), later(60)).await.unwrap();
    assert_eq!(recovered[0].attempt.doubt, Some(MoneyOp::Refund));
    assert_eq!(lines(&recovered[0].attempt)[1], (2, RefundState::Unknown));
    let done = at.apply(&key, of(2, answered(3_000))).await.attempt;
    assert_eq!(done.refunded(), Money::won(6_000));
}

/// A refund of the wrong amount's that we owe, begun three times.
#[test]
fn what_is_begun_again_keeps_its_number_and_no_two_share_one() {
    let mut open = attempt(Work::PayNow);
    open.order = payletter::order("order-1").into();
    let wrong = || Event::Sighted(payletter::row("order-1", 9_000, "t1", 0));
    let mut owed = after(&after(&open, requested(START)), wrong());
    for nth in 0..3 {
        assert_eq!(lines(&owed), [(1, RefundState::Pending)], "{nth}");
        let unmade = after(&owed, of(1, unsent()));
        owed = after(&unmade, wrong());
    }
    // As an older version wrote it, beside a newer one.
    let mut older = after(&owed, of(1, unsent()));
    older.refunds[0].no = 0;
    let mut newer = older.refunds[0].clone();
    (newer.no, newer.not_sent) = (1, false);
    older.refunds.insert(0, newer);
    let begun = after(&older, wrong());
    assert_eq!(
        lines(&begun),
        [(1, RefundState::Declined), (2, RefundState::Pending)]
    );
}

#[tokio::test]
async fn an_older_file_has_no_numbers_and_gets_them_with_the_next_refund() {
    let at = TestStore::new();
    let key = at.requested("order-1", Work::PayNow).await;
    at.apply(&key, Event::Sighted(looked_up("order-1", 10_000, "t1")))
        .await;
    for nth in ["r1", "r2"] {
        at.apply(&key, ask_back(nth, 1_000)).await;
        at.apply(&key, answered(1_000)).await;
    }
    let file = rusqlite::Connection::open(at.dir.path().join("ledger.db")).unwrap();
    let removed = file.execute(
        "UPDATE attempt SET refunds = json_remove(refunds, '$[0].no', '$[1].no')",
        [],
    );
    assert_eq!(removed.unwrap(), 1);
    drop(file);
    let at = at.reopen();
    let asked = at.apply(&key, ask_back("r3", 1_000)).await.attempt;
    assert_eq!(
        lines(&asked),
        [
            (0, RefundState::Done),
            (0, RefundState::Done),
            (1, RefundState::Pending)
        ]
    );
    let done = at.apply(&key, of(1, answered(1_000))).await.attempt;
    assert_eq!(done.refunded(), Money::won(3_000));
}
