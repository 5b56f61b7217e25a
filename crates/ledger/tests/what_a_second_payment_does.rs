//! Two payments under one order id: each is known by its own name and amount, and nothing counts as over while one too many stands.

use crate::common::*;
use paypair_ledger::{
    Attempt, Effect, Event, MoneyOp, Policy, Publication, Reason, RefundState, Resolution, State,
    Store, step,
};
use paypair_protocol::{Money, Work};

fn row(won: u64, transaction_id: &str, status: u8) -> Event {
    Event::Sighted(payletter::row("order-1", won, transaction_id, status))
}

fn answered(transaction_id: &str, won: u64) -> Event {
    Event::RefundAnswered(payletter::refunded(transaction_id, won))
}

fn declined() -> Event {
    Event::RefundDeclined {
        reason: Reason::new("gateway_refused"),
    }
}

fn ask_of(transaction_id: &str, won: Option<u64>) -> Event {
    Event::RefundAsked {
        id: Some(format!("of-{transaction_id}")),
        transaction_id: Some(transaction_id.to_owned()),
        money: won.map(Money::won),
        why: "asked".to_owned(),
    }
}

fn after(attempt: &Attempt, event: Event) -> Attempt {
    step(attempt, event, later(10)).unwrap().0
}

fn why(attempt: &Attempt, event: Event) -> &'static str {
    step(attempt, event, later(10)).unwrap_err().why
}

fn given_back(attempt: &Attempt) -> (&str, u64) {
    let case = attempt.refund.as_ref().unwrap();
    let id = case.transaction_id.as_deref().unwrap_or_default();
    (id, case.money.minor)
}

/// A paid attempt at Payletter.
fn paid(auto_refund: bool) -> Attempt {
    let mut attempt = attempt(Work::PayNow);
    attempt.order = payletter::order("order-1").into();
    attempt.policy = Policy {
        auto_refund,
        ..Policy::default()
    };
    after(&after(&attempt, requested(START)), row(10_000, "t1", 0))
}

/// The same, paid a second time, and left to a person.
fn paid_twice() -> Attempt {
    after(&paid(false), row(7_000, "t2", 0))
}

#[test]
fn the_case_keeps_the_second_payments_own_name_and_amount() {
    let twice = paid_twice();
    assert_eq!(
        (twice.state, reason(&twice)),
        (State::Discrepant, "second_capture")
    );
    assert_eq!(
        (twice.transaction_id.as_deref(), twice.captured),
        (Some("t1"), Some(Money::won(10_000))),
        "what is known of the first stays"
    );
    let second = &twice.second_payments[0];
    assert_eq!(
        (second.transaction_id.as_deref(), second.money),
        (Some("t2"), Money::won(7_000))
    );
    assert_eq!(second.method.as_deref(), Some("naverpoint"));
    let again = after(&twice, row(7_000, "t2", 0));
    assert_eq!(again.second_payments.len(), 1, "seen twice, there once");
}

#[test]
fn a_refund_names_the_payment_while_two_stand() {
    let twice = paid_twice();
    assert_eq!(why(&twice, ask_rest()), "payment_not_named");
    assert_eq!(why(&twice, ask_of("t3", None)), "payment_unknown");
    assert_eq!(why(&twice, ask_of("t2", Some(7_001))), "more_than_left");
    assert_eq!(
        why(&twice, ask_of("t2", Some(100))),
        "second_payment_in_part"
    );
    let second = after(&twice, ask_of("t2", None));
    assert_eq!(given_back(&second), ("t2", 7_000));
    let (one, effects) = step(&second, answered("t2", 7_000), later(11)).unwrap();
    assert_eq!((one.state, &one.reason), (State::Paid, &None));
    assert_eq!(one.captured, Some(Money::won(10_000)));
    assert_eq!(one.refunded(), Money::won(0), "nothing of the first");
    assert!(!effects.contains(&Effect::Publish(Publication::Refunded)));
    // One stands: it need not be named.
    assert_eq!(given_back(&after(&one, ask_rest())), ("t1", 10_000));
}

#[test]
fn the_attempt_is_refunded_once_nothing_stands() {
    let twice = paid_twice();
    let first = after(&twice, ask_of("t1", None));
    assert_eq!(given_back(&first), ("t1", 10_000));
    let (first, effects) = step(&first, answered("t1", 10_000), later(11)).unwrap();
    assert_eq!(
        (first.state, reason(&first)),
        (State::Discrepant, "second_capture"),
        "the second one stands"
    );
    assert!(!effects.contains(&Effect::Publish(Publication::Refunded)));
    let again = Event::RefundAsked {
        id: None,
        transaction_id: Some("t1".to_owned()),
        money: None,
        why: "asked".to_owned(),
    };
    assert_eq!(why(&first, again), "nothing_to_refund");
    let second = after(&first, ask_rest());
    assert_eq!(given_back(&second), ("t2", 7_000), "the only one left");
    let (none, effects) = step(&second, answered("t2", 7_000), later(12)).unwrap();
    assert_eq!(none.state, State::Refunded);
    assert!(effects.contains(&Effect::Publish(Publication::Refunded)));
    let done = |line: &paypair_ledger::RefundLine| line.state == RefundState::Done;
    assert!(none.refunds.len() == 2 && none.refunds.iter().all(done));
}

#[test]
fn a_part_of_the_first_leaves_the_second_to_be_settled() {
    let part = after(&paid_twice(), ask_of("t1", Some(4_000)));
    let part = after(&part, answered("t1", 4_000));
    assert_eq!(
        (part.state, part.refunded()),
        (State::Discrepant, Money::won(4_000))
    );
    let second = after(&after(&part, ask_of("t2", None)), answered("t2", 7_000));
    assert_eq!(second.state, State::PartiallyRefunded);
    assert_eq!(second.refundable(), Some(Money::won(6_000)));
}

/// The gateway may have said no to what it did; a refund of something else in between does not answer that.
#[test]
fn a_refusal_is_looked_behind_though_another_refund_came_after_it() {
    let asked = after(&paid(true), ask_rest());
    let said_no = after(&asked, declined());
    assert_eq!(said_no.state, State::Paid);
    let twice = after(&said_no, row(10_000, "t2", 0));
    assert_eq!(given_back(&twice), ("t2", 10_000));
    let one = after(&twice, answered("t2", 10_000));
    assert_eq!(one.state, State::Paid);
    assert!(one.gave_up_a_refund());
    assert!(one.next_check_at.is_some(), "it is looked for");
    let gone = after(&one, row(10_000, "t1", 1));
    assert_eq!(gone.state, State::Refunded);
}

#[test]
fn payples_refund_names_no_payment_and_is_refused() {
    let mut first = attempt(Work::PayNow);
    first.policy.auto_refund = false;
    let seen = |id| Event::Sighted(looked_up("order-1", 10_000, id));
    let paid = after(&after(&first, requested(START)), seen("t1"));
    let twice = after(&paid, seen("t2"));
    for event in [ask_rest(), ask_of("t1", None), ask_of("t2", None)] {
        assert_eq!(why(&twice, event), "payment_unnameable");
    }
    // Cancelled by hand on the gateway's page: seen, or said by a person.
    let cancelled = looked_up_cancelled("order-1", 10_000, "t2", 10_000);
    let seen = after(&twice, Event::Sighted(cancelled));
    assert_eq!((seen.state, &seen.reason), (State::Paid, &None));
    assert_eq!(seen.refunded(), Money::won(0));
    let said = after(&twice, said(Resolution::SecondRefunded));
    assert_eq!((said.state, &said.reason), (State::Paid, &None));
    assert_eq!(given_back(&after(&said, ask_rest())), ("t1", 10_000));
}

fn said(resolution: Resolution) -> Event {
    Event::Resolved {
        operator: "kim".to_owned(),
        resolution,
    }
}

#[test]
fn a_persons_word_is_about_the_second_or_about_all() {
    let twice = paid_twice();
    assert_eq!(
        why(&paid(true), said(Resolution::SecondRefunded)),
        "nothing_to_resolve"
    );
    let all = after(&twice, said(Resolution::Refunded));
    assert_eq!(all.state, State::Refunded);
    assert!(!all.has_standing_second());
    let second = after(&twice, said(Resolution::SecondRefunded));
    assert_eq!(second.state, State::Paid);
    assert_eq!(
        why(&twice, said(Resolution::NotCaptured)),
        "money_was_captured"
    );
}

#[test]
fn what_is_given_back_by_itself_is_asked_for_once() {
    let (twice, effects) = step(&paid(true), row(7_000, "t2", 0), later(3)).unwrap();
    assert_eq!(given_back(&twice), ("t2", 7_000));
    assert!(effects.contains(&Effect::Call(MoneyOp::Refund)));
    let refused = after(&twice, declined());
    assert_eq!(refused.state, State::Discrepant);
    let (seen, effects) = step(&refused, row(7_000, "t2", 0), later(20)).unwrap();
    assert_eq!(seen.refund, None, "a person looks: {effects:?}");
    // A list that lags shows a payment that is back already.
    let back = after(&twice, answered("t2", 7_000));
    assert_eq!(back.state, State::Paid);
    let (lag, effects) = step(&back, row(7_000, "t2", 0), later(20)).unwrap();
    assert_eq!((lag.state, effects), (State::Paid, vec![]));
}

#[test]
fn a_second_payment_found_while_the_first_goes_back_is_not_forgotten() {
    let going = after(&paid(true), ask_rest());
    let found = after(&going, row(7_000, "t2", 0));
    assert_eq!(
        (found.state, given_back(&found)),
        (State::RefundPending, ("t1", 10_000)),
        "one refund at a time"
    );
    let (first, effects) = step(&found, answered("t1", 10_000), later(20)).unwrap();
    assert_eq!(
        (first.state, reason(&first)),
        (State::Discrepant, "second_capture")
    );
    assert!(effects.contains(&Effect::Publish(Publication::Discrepant)));
    assert!(first.next_check_at.is_some(), "it is looked up again");
    let second = after(&first, row(7_000, "t2", 0));
    assert_eq!(given_back(&second), ("t2", 7_000));
    let none = after(&second, answered("t2", 7_000));
    assert_eq!(none.state, State::Refunded);

    // The same when the first one's refund is refused: it stands, and so does the second.
    let (refused, _) = step(&found, declined(), later(20)).unwrap();
    assert_eq!(
        (refused.state, reason(&refused)),
        (State::Discrepant, "second_capture")
    );
    let second = after(&refused, row(7_000, "t2", 0));
    assert_eq!(after(&second, answered("t2", 7_000)).state, State::Paid);
}

#[test]
fn the_firsts_cancellation_does_not_answer_the_seconds_refund() {
    let twice = after(&paid(true), row(7_000, "t2", 0));
    let by_hand = after(&twice, row(10_000, "t1", 1));
    assert_eq!(given_back(&by_hand), ("t2", 7_000), "still on its way");
    assert_eq!(by_hand.refunded(), Money::won(10_000));
    let none = after(&by_hand, answered("t2", 7_000));
    assert_eq!(none.state, State::Refunded);
}

#[test]
fn a_dispute_about_the_first_outlives_the_second() {
    let bad = after(&paid(false), row(12_000, "t1", 0));
    assert_eq!(
        (bad.state, bad.captured),
        (State::Discrepant, Some(Money::won(12_000)))
    );
    let twice = after(&bad, row(7_000, "t2", 0));
    let back = after(&after(&twice, ask_of("t2", None)), answered("t2", 7_000));
    assert_eq!(back.state, State::Discrepant);
    // Nor does a payment shrink below what went back of it.
    let small = after(&paid(false), row(1, "t1", 0));
    assert_eq!(small.captured, Some(Money::won(10_000)));
}

#[test]
fn another_orders_payment_is_no_second_one() {
    let other = Event::Sighted(payletter::row("order-2", 7_000, "t9", 0));
    let same = after(&paid(true), other);
    assert_eq!((same.state, same.second_payments.len()), (State::Paid, 0));
    // Nor is one that is recorded with another attempt, whatever stands beside it.
    let mut clashing = paid(true);
    clashing.clash = Some(paypair_ledger::Clash::Transaction(
        paypair_ledger::AttemptKey::new("order-2", 1),
    ));
    let same = after(&clashing, row(7_000, "t9", 0));
    assert_eq!(
        (same.state, same.captured, same.second_payments.len()),
        (State::Paid, Some(Money::won(10_000)), 0)
    );
}

#[tokio::test]
async fn the_file_keeps_it_and_the_merchant_hears_of_it() {
    let at = TestStore::new();
    at.store
        .register(payletter::order("order-1"))
        .await
        .unwrap();
    let key = at.begin("order-1", START).await.key();
    at.apply(&key, requested(START)).await;
    at.apply(&key, row(10_000, "t1", 0)).await;
    at.apply(&key, row(7_000, "t2", 0)).await;
    at.apply(&key, declined()).await;
    let at = at.reopen();
    let attempt = at.store.attempt(key.clone()).await.unwrap().unwrap();
    let second = attempt.standing_seconds().next().unwrap();
    assert_eq!(second.transaction_id.as_deref(), Some("t2"));
    assert_eq!(
        (second.seen_at, second.own_stood, second.method.as_deref()),
        (later(10), true, Some("naverpoint"))
    );
    let told = at.store.events_after(0, 99).await.unwrap();
    let told = told
        .iter()
        .rfind(|event| event.publication == Publication::Discrepant);
    let data: serde_json::Value = serde_json::from_str(&told.unwrap().data).unwrap();
    assert_eq!(
        data["secondPayments"],
        serde_json::json!([{ "transactionId": "t2", "amount": "7000" }])
    );
    assert_eq!(data["transactionId"], "t1");
    // It belongs to this attempt: no other order is paid by it.
    at.store
        .register(payletter::order("order-2"))
        .await
        .unwrap();
    let other = at.begin("order-2", START).await.key();
    at.apply(&other, requested(START)).await;
    let claimed = Event::Sighted(payletter::row("order-2", 10_000, "t2", 0));
    let claimed = at.apply(&other, claimed).await.attempt;
    assert_eq!(reason(&claimed), "transaction_id_taken");
}

#[test]
fn what_went_back_meanwhile_is_told_once_the_second_is_settled() {
    // Less came back of the first than was asked for, while a second one stood.
    let going = after(&paid(false), ask_rest());
    let found = after(&going, row(7_000, "t2", 0));
    let less = after(&found, answered("t1", 4_000));
    assert_eq!(less.state, State::Discrepant);
    let (settled, effects) = step(&less, said(Resolution::SecondRefunded), later(20)).unwrap();
    assert_eq!(settled.state, State::PartiallyRefunded);
    assert!(effects.contains(&Effect::Publish(Publication::PartiallyRefunded)));
}

#[test]
fn a_gateway_that_says_more_went_back_than_was_captured_is_not_counted_above_it() {
    let going = after(&paid(false), ask_rest());
    let more = after(&going, answered("t1", 12_000));
    assert_eq!(
        (more.state, reason(&more)),
        (State::Discrepant, "refund_amount_differs")
    );
    assert_eq!(more.refunded(), Money::won(10_000));
    assert_eq!(more.refundable(), Some(Money::won(0)));
}

#[test]
fn a_payment_is_charged_back_by_a_persons_word_unless_two_stand() {
    let paid = paid(true);
    let settled = after(&paid, said(Resolution::ChargedBack));
    assert_eq!(
        (settled.state, reason(&settled)),
        (State::ChargedBack, "settled_by_operator")
    );
    assert_eq!(settled.next_check_at, None);
    assert_eq!(
        why(&paid_twice(), said(Resolution::ChargedBack)),
        "second_payment_stands"
    );
    let asked = after(&paid, ask_of("t1", None));
    assert_eq!(
        why(&asked, said(Resolution::ChargedBack)),
        "nothing_to_resolve"
    );
    assert_eq!(
        why(&settled, said(Resolution::ChargedBack)),
        "nothing_to_resolve"
    );
}

#[test]
fn of_a_second_payment_no_more_is_asked_back_than_its_answers_left() {
    let asked = after(&paid_twice(), ask_of("t2", None));
    assert_eq!(given_back(&asked), ("t2", 7_000));
    // The gateway says that it gave back less than it was asked for.
    let short = after(&asked, answered("t2", 3_000));
    assert_eq!(
        (short.state, reason(&short)),
        (State::Discrepant, "refund_amount_differs")
    );
    let rest = Event::RefundAsked {
        id: Some("rest".to_owned()),
        transaction_id: Some("t2".to_owned()),
        money: None,
        why: "asked".to_owned(),
    };
    let again = after(&short, rest);
    assert_eq!(given_back(&again), ("t2", 4_000));
    assert!(again.refund.as_ref().unwrap().partial);
    let done = after(&again, answered("t2", 4_000));
    assert!(!done.has_standing_second());
    assert_eq!(done.state, State::Paid);
}

/// The gateway says no to what it does, and its list shows it some minutes later.
#[test]
fn a_refusal_to_give_the_second_one_back_is_looked_behind() {
    let running = after(&paid(true), row(10_000, "t2", 0));
    assert_eq!(given_back(&running), ("t2", 10_000));
    let refused = after(&running, declined());
    assert_eq!(refused.state, State::Discrepant);
    let mut lagging = refused;
    for _ in 0..4 {
        let due = lagging.next_check_at.expect("another lookup");
        lagging = step(&lagging, row(10_000, "t2", 0), due).unwrap().0;
        assert_eq!((lagging.state, &lagging.refund), (State::Discrepant, &None));
    }
    let due = lagging.next_check_at.unwrap();
    let shown = step(&lagging, row(10_000, "t2", 1), due).unwrap().0;
    assert_eq!(shown.state, State::Paid);
    // If it was a no, nobody asks for ever.
    for _ in 0..20 {
        let Some(due) = lagging.next_check_at else {
            break;
        };
        lagging = step(&lagging, row(10_000, "t2", 0), due).unwrap().0;
    }
    assert_eq!(
        (lagging.state, lagging.next_check_at),
        (State::Discrepant, None)
    );
}

#[test]
fn a_refusal_to_give_back_what_is_disputed_is_looked_behind() {
    let mut attempt = attempt(Work::PayNow);
    attempt.order = payletter::order("order-1").into();
    attempt.policy.auto_refund = false;
    let disputed = after(&after(&attempt, requested(START)), row(9_000, "t1", 0));
    assert_eq!(reason(&disputed), "amount_differs");
    let refused = after(&after(&disputed, ask_of("t1", None)), declined());
    assert_eq!(refused.state, State::Discrepant);
    let due = refused.next_check_at.expect("another lookup");
    let lagging = step(&refused, row(9_000, "t1", 0), due).unwrap().0;
    let due = lagging.next_check_at.expect("another lookup");
    let shown = step(&lagging, row(9_000, "t1", 1), due).unwrap().0;
    assert_eq!(shown.state, State::Refunded);
}
