//! A payment first seen when a part of it is back already: there was money, so nobody is told that nothing came, and nobody asks for ever.

use std::time::Duration;

use crate::common::*;
use paypair_ledger::{
    Attempt, CallOutcome, Detail, Effect, Event, Evidence, KeyOwner, LOOKUP_SCHEDULE, MoneyOp,
    Publication, Reason, Resolution, State, step,
};
use paypair_protocol::{Money, Work};

fn after(attempt: &Attempt, event: Event) -> Attempt {
    step(attempt, event, later(10)).unwrap().0
}

fn of(order: paypair_ledger::Order) -> Attempt {
    let mut attempt = attempt(Work::PayNow);
    attempt.order = order.into();
    attempt
}

/// A charge whose answer was lost.
fn charge_in_doubt(order: paypair_ledger::Order) -> Attempt {
    let mut order = order;
    order.charge = charge_order("order-1", "key-a").charge;
    let mut open = of(order);
    open.key_owner = Some(KeyOwner {
        key: open.key(),
        customer_id: "7".to_owned(),
        state: paypair_ledger::BillingKeyState::Active,
    });
    let running = after(&open, Event::ChargeStarted);
    after(&running, unknown(MoneyOp::Charge))
}

/// Wherever money is waited for, or is not waited for any more.
fn waiting(order: &paypair_ledger::Order) -> Vec<Attempt> {
    let reason = || Reason::new("said");
    let open = after(&of(order.clone()), requested(START));
    let account = Event::AccountIssued {
        detail: Detail::default(),
        expires_at: None,
    };
    let expired = step(&open, Event::Superseded, later(7200)).unwrap().0;
    vec![
        after(&open, account),
        after(&open, Event::BuyerCancelled { reason: reason() }),
        after(&open, Event::GatewayDeclined { reason: reason() }),
        expired,
        charge_in_doubt(order.clone()),
        open,
    ]
}

fn sale(state: u8) -> Event {
    Event::Sighted(global::sale("order-1", "t1", state))
}

fn row(transaction_id: &str, status: u8) -> Event {
    Event::Sighted(payletter::row("order-1", 10_000, transaction_id, status))
}

fn parts_of(won: u64) -> Event {
    let part = payletter::cancellation(won);
    Event::Sighted(Evidence::payletter_cancellations(&[&part], b"rows").unwrap())
}

/// Lets the clock run, and answers every lookup alike, until none is due any more, or one a day. How many there were.
fn let_it_run(mut attempt: Attempt, answer: impl Fn() -> Event) -> (Attempt, usize) {
    let mut now = attempt.expires_at.after(Duration::from_secs(1));
    let mut lookups = 0;
    loop {
        let waits = matches!(attempt.state, State::Requested | State::AwaitingDeposit);
        let event = match attempt.next_check_at {
            Some(_) if attempt.state == State::PendingReview => return (attempt, lookups),
            Some(due) => {
                now = now.max(due);
                lookups += 1;
                answer()
            }
            None if waits => Event::ExpireDue,
            None => return (attempt, lookups),
        };
        assert!(lookups < 30, "asked for ever: {attempt:?}");
        attempt = step(&attempt, event, now).unwrap().0;
        assert!(
            lookups == 0 || attempt.next_check_at != Some(now) || lookups == 1,
            "the same lookup is due again: {attempt:?}"
        );
    }
}

/// Its list shows the amount of the payment (결제 금액), whatever became of it.
#[test]
fn the_global_list_proves_the_payment_and_not_how_much_is_back() {
    for before in waiting(&global::order("order-1")) {
        let (seen, effects) = step(&before, sale(3), later(20)).unwrap();
        assert_eq!(
            (seen.state, seen.captured),
            (State::PartiallyRefunded, before.order.money),
            "from {}",
            before.state
        );
        assert!(seen.refunds_unclear, "how much is left, nobody said");
        assert_eq!((seen.doubt, seen.next_check_at), (None, None));
        assert!(effects.contains(&Effect::Publish(Publication::Paid)));
        assert!(effects.contains(&Effect::Publish(Publication::PartiallyRefunded)));
        let doubtful = before.state == State::InDoubt;
        let ended = Effect::Finish(MoneyOp::Charge, CallOutcome::Done);
        assert_eq!(effects.contains(&ended), doubtful);
    }
}

/// Its list shows the cancelled amount, so it does not say what was paid.
#[test]
fn the_domestic_list_proves_money_but_no_payment() {
    for before in waiting(&payletter::order("order-1")) {
        let (seen, effects) = step(&before, row("t1", 2), later(20)).unwrap();
        assert_eq!(
            (seen.state, reason(&seen), seen.captured),
            (State::Discrepant, "partly_cancelled", None),
            "from {}",
            before.state
        );
        assert!(effects.contains(&Effect::Publish(Publication::Discrepant)));
        assert!(!effects.contains(&Effect::Publish(Publication::Paid)));
        assert!(!effects.contains(&Effect::Call(MoneyOp::Refund)));
        assert!(!seen.leaves_room(), "it is not paid once more");
        let doubtful = before.state == State::InDoubt;
        let ended = Effect::Finish(MoneyOp::Charge, CallOutcome::Done);
        assert_eq!(effects.contains(&ended), doubtful);
    }
}

#[test]
fn what_shows_the_whole_of_it_later_pays_and_gives_nothing_back() {
    let nonce = payletter::nonce("order-1");
    let pushed = || Event::Sighted(payletter::callback("order-1", 10_000, "t1", &nonce));
    for before in waiting(&payletter::order("order-1")) {
        let seen = after(&before, row("t1", 2));
        for whole in [pushed(), row("t1", 0)] {
            let (paid, effects) = step(&seen, whole, later(20)).unwrap();
            assert_eq!(
                (paid.state, paid.captured),
                (State::PartiallyRefunded, Some(Money::won(10_000)))
            );
            assert!(effects.contains(&Effect::Publish(Publication::Paid)));
            assert!(effects.contains(&Effect::Publish(Publication::PartiallyRefunded)));
            assert!(!effects.contains(&Effect::Call(MoneyOp::Refund)));
            assert_eq!((paid.refundable(), paid.next_check_at), (None, None));
            let told = after(&paid, parts_of(3_000));
            assert_eq!(told.refundable(), Some(Money::won(7_000)));
        }
    }
    // From the day's other list, as the verifier reads it: the payment, and then its parts.
    let open = after(&of(payletter::order("order-1")), requested(START));
    let paid = after(&after(&open, row("t1", 0)), parts_of(3_000));
    assert_eq!(paid.refundable(), Some(Money::won(7_000)));
}

#[test]
fn what_contradicts_the_order_is_told_and_never_paid() {
    let other = |won| Event::Sighted(looked_up_cancelled("order-1", won, "t1", 2_000));
    for mut before in waiting(&order("order-1", Work::PayNow)) {
        let (seen, effects) = step(&before, other(20_000), later(20)).unwrap();
        assert_eq!(
            (seen.state, reason(&seen), seen.paid_at),
            (State::Discrepant, "amount_differs", None),
            "from {}",
            before.state
        );
        assert!(effects.contains(&Effect::Publish(Publication::Discrepant)));
        assert!(!effects.contains(&Effect::Call(MoneyOp::Refund)));
        assert_eq!(seen.refundable(), Some(Money::won(18_000)));
        before.rival = Some(2);
        let twice = after(&before, other(10_000));
        assert_eq!(
            (twice.state, reason(&twice)),
            (State::Discrepant, "second_capture")
        );
    }
}

#[test]
fn a_person_does_not_say_that_nothing_came_of_what_went_back_in_part() {
    let open = after(&of(payletter::order("order-1")), requested(START));
    let seen = after(&open, row("t1", 2));
    let said = |resolution| Event::Resolved {
        operator: "kim".to_owned(),
        resolution,
    };
    let refused = step(&seen, said(Resolution::NotCaptured), later(20)).unwrap_err();
    assert_eq!(refused.why, "money_was_captured");
    let back = after(&seen, said(Resolution::Refunded));
    assert_eq!(back.state, State::Refunded);
    let gone = after(&seen, row("t1", 1));
    assert_eq!(gone.state, State::Refunded);
}

#[test]
fn another_payment_beside_it_is_given_back_by_its_own_name_when_it_is_asked_for() {
    let open = after(&of(payletter::order("order-1")), requested(START));
    let seen = after(&open, row("t1", 2));
    let (twice, effects) = step(&seen, row("t2", 0), later(20)).unwrap();
    assert!(
        !effects.contains(&Effect::Call(MoneyOp::Refund)),
        "nobody knows yet which of the two is the one too many"
    );
    let asked = Event::RefundAsked {
        id: None,
        transaction_id: Some("t2".to_owned()),
        money: None,
        why: "asked".to_owned(),
    };
    let twice = after(&twice, asked);
    let case = twice.refund.clone().unwrap();
    assert_eq!(case.transaction_id.as_deref(), Some("t2"));
    assert_eq!(twice.transaction_id.as_deref(), Some("t1"));
    let answered = Event::RefundAnswered(payletter::refunded("t2", 10_000));
    let back = after(&twice, answered);
    assert_eq!((back.state, back.captured), (State::Discrepant, None));
    assert!(back.next_check_at.is_some(), "what was paid is looked for");
}

#[test]
fn its_list_may_lag_so_it_is_asked_again_and_not_for_ever() {
    for before in waiting(&payletter::order("order-1")) {
        let seen = after(&before, row("t1", 2));
        let (still, lookups) = let_it_run(seen, || row("t1", 2));
        assert_eq!(still.state, State::Discrepant);
        // And the one that was arranged already, if it was.
        let most = LOOKUP_SCHEDULE.len();
        assert!((most..=most + 1).contains(&lookups), "{lookups}");
    }
}

/// Past its time an attempt is looked up before it ends. Whatever the answer is: the next lookup is later, or it is over.
#[test]
fn no_answer_makes_a_loop_of_the_last_look() {
    let answers: [fn() -> Event; 8] = [
        || row("t1", 2),
        || Event::Sighted(payletter::row("order-2", 10_000, "t1", 2)),
        || Event::Sighted(payletter::row("order-2", 10_000, "t1", 1)),
        || Event::Sighted(payletter::row("", 10_000, "t1", 1)),
        || Event::Sighted(looked_up_cancelled("order-2", 10_000, "t1", 2_000)),
        || Event::Sighted(payer("key-a", "7")),
        || Event::LookupAbsent,
        || Event::LookupOpen,
    ];
    for answer in answers {
        for before in waiting(&payletter::order("order-1")) {
            if !matches!(before.state, State::Requested | State::AwaitingDeposit) {
                continue;
            }
            let (ended, lookups) = let_it_run(before, answer);
            assert!(
                !matches!(ended.state, State::Requested | State::AwaitingDeposit),
                "{}",
                ended.state
            );
            assert!(lookups <= 3 * LOOKUP_SCHEDULE.len(), "{lookups}");
        }
    }
}
