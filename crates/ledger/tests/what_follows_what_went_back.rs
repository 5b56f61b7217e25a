//! What went back is over; what is captured after it is believed, or given back, and never left lying.

use crate::common::*;
use paypair_ledger::{
    Attempt, Detail, Effect, Event, LOOKUP_SCHEDULE, MoneyOp, Publication, Reason, Resolution,
    State, step,
};
use paypair_protocol::{Money, Work};

fn after(attempt: &Attempt, event: Event) -> Attempt {
    step(attempt, event, later(10)).unwrap().0
}

fn row(transaction_id: &str, status: u8) -> Event {
    Event::Sighted(payletter::row("order-1", 10_000, transaction_id, status))
}

fn pushed(transaction_id: &str) -> Event {
    let nonce = payletter::nonce("order-1");
    Event::Sighted(payletter::callback(
        "order-1",
        10_000,
        transaction_id,
        &nonce,
    ))
}

fn answered(transaction_id: &str) -> Event {
    Event::RefundAnswered(payletter::refunded(transaction_id, 10_000))
}

fn declined() -> Event {
    Event::RefundDeclined {
        reason: Reason::new("gateway_refused"),
    }
}

fn ask_of(transaction_id: &str) -> Event {
    Event::RefundAsked {
        id: None,
        transaction_id: Some(transaction_id.to_owned()),
        money: None,
        why: String::new(),
    }
}

fn said(resolution: Resolution) -> Event {
    Event::Resolved {
        operator: "kim".to_owned(),
        resolution,
    }
}

/// The buyer is in the window.
fn at_the_window() -> Attempt {
    let mut attempt = attempt(Work::PayNow);
    attempt.order = payletter::order("order-1").into();
    after(&attempt, requested(START))
}

/// Paid by `t1`, and all of it given back as the merchant asked.
fn given_back(auto_refund: bool) -> Attempt {
    let mut open = at_the_window();
    open.policy.auto_refund = auto_refund;
    let asked = after(&after(&open, row("t1", 0)), ask_rest());
    let back = after(&asked, answered("t1"));
    assert_eq!(back.state, State::Refunded);
    back
}

#[test]
fn what_was_undone_before_anybody_heard_of_it_leaves_room_for_the_next() {
    let (undone, effects) = step(&at_the_window(), row("t1", 1), later(10)).unwrap();
    assert_eq!(
        (undone.state, reason(&undone)),
        (State::Cancelled, "cancelled_by_gateway")
    );
    assert!(effects.contains(&Effect::Publish(Publication::Cancelled)));
    assert!(!effects.contains(&Effect::Publish(Publication::Refunded)));
    assert!(undone.leaves_room());
    assert!(undone.next_check_at.is_some(), "the window is still open");
    // The buyer pays in the same window: by the callback, or by the list that has both.
    for paid_by in [pushed("t2"), row("t2", 0)] {
        let listed = after(&undone, row("t1", 1));
        let paid = after(&listed, paid_by);
        assert_eq!(
            (paid.state, paid.transaction_id.as_deref()),
            (State::Paid, Some("t2"))
        );
        assert_eq!(paid.refunded(), Money::won(0));
        let (same, effects) = step(&paid, row("t1", 1), later(20)).unwrap();
        assert_eq!((same.state, effects), (State::Paid, vec![]));
        let back = after(&after(&paid, ask_rest()), answered("t2"));
        assert_eq!(back.state, State::Refunded);
    }
}

/// Given up on a browser's or a clock's word, or waiting at a bank: the same window, or account, may still be paid into.
fn given_up_or_waiting() -> Vec<Attempt> {
    let reason = || Reason::new("said");
    let account = Event::AccountIssued {
        detail: Detail::default(),
        expires_at: None,
    };
    let pending = Event::NoticePending { reason: reason() };
    [
        Event::BuyerCancelled { reason: reason() },
        Event::GatewayDeclined { reason: reason() },
        account,
        pending,
    ]
    .into_iter()
    .map(|event| after(&at_the_window(), event))
    .chain([step(&at_the_window(), Event::Superseded, later(7200))
        .unwrap()
        .0])
    .collect()
}

#[test]
fn what_was_undone_after_the_attempt_was_given_up_is_remembered() {
    for before in given_up_or_waiting() {
        let (undone, effects) = step(&before, row("t1", 1), later(7300)).unwrap();
        let ended = if before.state.is_soft_end() {
            before.state
        } else {
            State::Cancelled
        };
        assert_eq!(undone.state, ended);
        assert!(!effects.contains(&Effect::Publish(Publication::Refunded)));
        assert!(undone.leaves_room());
        // The callback that did not get through is sent again, and a list lags.
        for late in [pushed("t1"), row("t1", 0)] {
            let (still, effects) = step(&undone, late, later(7310)).unwrap();
            assert_eq!((still.state, still.captured), (ended, None));
            assert!(effects.contains(&Effect::Alert("capture_after_the_end")));
        }
        let paid = step(&undone, pushed("t2"), later(7310)).unwrap().0;
        assert_eq!(
            (paid.state, paid.transaction_id.as_deref()),
            (State::Paid, Some("t2"))
        );
    }
}

#[test]
fn what_was_undone_ends_no_schedule() {
    for before in given_up_or_waiting() {
        // As the list has it: both of what was undone.
        let (mut undone, mut now, mut lookups) = (before, later(7300), 0);
        loop {
            for row in [row("t1", 1), row("t3", 1)] {
                undone = step(&undone, row, now).unwrap().0;
            }
            let Some(due) = undone.next_check_at else {
                break;
            };
            (now, lookups) = (due, lookups + 1);
            // Into an account may be paid for a week.
            assert!(lookups < 30, "it is asked for ever");
        }
        assert!(lookups + 1 >= LOOKUP_SCHEDULE.len(), "{lookups}");
        let paid = step(&undone, row("t2", 0), later(200_000)).unwrap().0;
        assert_eq!(paid.state, State::Paid, "whose callback was lost");
    }
}

/// An answer to a refund of ours is about money that we knew of.
#[test]
fn a_refunds_answer_out_of_place_undoes_nothing() {
    for before in given_up_or_waiting() {
        let still = after(&before, answered("t1"));
        assert_eq!(still.second_payments, []);
    }
}

#[test]
fn after_an_undone_payment_the_whole_schedule_looks_for_the_next() {
    let mut undone = after(&at_the_window(), row("t1", 1));
    assert_eq!(undone.state, State::Cancelled);
    let mut lookups = 0;
    while let Some(due) = undone.next_check_at {
        undone = step(&undone, row("t1", 1), due).unwrap().0;
        lookups += 1;
        assert!(lookups < 20, "it is asked for ever");
    }
    assert_eq!(lookups, LOOKUP_SCHEDULE.len());
    let paid = step(&undone, row("t2", 0), later(90_000)).unwrap().0;
    assert_eq!(paid.state, State::Paid);
}

#[test]
fn what_told_of_the_undone_payment_and_comes_late_pays_nothing() {
    let undone = after(&at_the_window(), row("t1", 1));
    for late in [pushed("t1"), row("t1", 0)] {
        let (still, effects) = step(&undone, late, later(20)).unwrap();
        assert_eq!((still.state, still.captured), (State::Cancelled, None));
        assert!(effects.contains(&Effect::Alert("capture_after_the_end")));
    }
}

#[test]
fn money_that_our_own_call_took_and_somebody_gave_back_is_refunded() {
    let mut open = attempt(Work::PayNow);
    open.order = charge_order("order-1", "key-a").into();
    open.key_owner = Some(paypair_ledger::KeyOwner {
        key: open.key(),
        customer_id: "7".to_owned(),
        state: paypair_ledger::BillingKeyState::Active,
    });
    let doubtful = after(
        &after(&open, Event::ChargeStarted),
        unknown(MoneyOp::Charge),
    );
    let undone = Event::Sighted(looked_up_cancelled("order-1", 10_000, "t1", 10_000));
    let (back, effects) = step(&doubtful, undone, later(20)).unwrap();
    assert_eq!(back.state, State::Refunded);
    assert!(effects.contains(&Effect::Publish(Publication::Refunded)));
    // Another payment of it is no more lost than after a refund of ours.
    let again = after(&back, Event::Sighted(looked_up("order-1", 10_000, "t2")));
    assert_eq!(
        (again.state, reason(&again)),
        (State::Discrepant, "second_capture")
    );
    let same = after(&again, Event::Sighted(looked_up("order-1", 10_000, "t2")));
    assert_eq!(
        (same.refunded(), same.refunds.len()),
        (Money::won(10_000), 0)
    );
    let settled = after(&same, said(Resolution::SecondRefunded));
    assert_eq!(settled.state, State::Refunded);
}

#[test]
fn a_second_payment_after_a_refund_goes_back_by_itself() {
    let (looked, effects) = step(&given_back(true), pushed("t2"), later(20)).unwrap();
    assert_eq!(looked.state, State::Refunded, "looked up first");
    assert!(effects.contains(&Effect::Alert("capture_after_the_end")));
    let (twice, effects) = step(&looked, row("t2", 0), later(21)).unwrap();
    assert_eq!(
        (twice.state, reason(&twice)),
        (State::Discrepant, "second_capture")
    );
    assert!(effects.contains(&Effect::Publish(Publication::Discrepant)));
    assert!(effects.contains(&Effect::Call(MoneyOp::Refund)));
    let case = twice.refund.as_ref().unwrap();
    assert_eq!(
        (case.transaction_id.as_deref(), case.money),
        (Some("t2"), Money::won(10_000))
    );
    let (again, effects) = step(&twice, row("t2", 0), later(22)).unwrap();
    assert!(!effects.contains(&Effect::Call(MoneyOp::Refund)));
    let back = after(&again, answered("t2"));
    assert_eq!((back.state, reason(&back)), (State::Refunded, ""));
    let listed = after(&after(&back, row("t1", 1)), row("t2", 0));
    assert_eq!(listed.state, State::Refunded, "a list that lags");
    // Refused, it stays with a person.
    let refused = after(&twice, declined());
    assert_eq!(refused.state, State::Discrepant);
    let asked = after(&refused, ask_of("t2"));
    assert_eq!(after(&asked, answered("t2")).state, State::Refunded);
    let by_hand = after(&refused, row("t2", 1));
    assert_eq!(by_hand.state, State::Refunded);
}

#[test]
fn a_second_payment_after_a_refund_can_be_asked_back() {
    let twice = after(&given_back(false), row("t2", 0));
    assert_eq!((twice.state, &twice.refund), (State::Discrepant, &None));
    let left = twice.returnable(None).unwrap();
    assert_eq!(left.transaction_id.as_deref(), Some("t2"));
    let nothing = step(&twice, ask_of("t1"), later(20)).unwrap_err();
    assert_eq!(nothing.why, "nothing_to_refund", "the first is back");
    let asked = after(&twice, ask_of("t2"));
    assert_eq!(asked.state, State::RefundPending);
    let back = after(&asked, answered("t2"));
    assert_eq!(
        (back.state, back.refunded()),
        (State::Refunded, Money::won(10_000))
    );
}

#[test]
fn what_an_earlier_version_left_standing_is_taken_up_by_the_next_look() {
    let mut stuck = after(&given_back(true), row("t2", 0));
    (stuck.state, stuck.refund, stuck.reason) = (State::Refunded, None, None);
    stuck.refunds.truncate(1);
    let (taken, effects) = step(&stuck, row("t2", 0), later(20)).unwrap();
    assert_eq!(taken.state, State::Discrepant);
    assert!(effects.contains(&Effect::Call(MoneyOp::Refund)));
    // One that it first saw when it was back: of that it kept no capture.
    (stuck.captured, stuck.paid_at) = (None, None);
    stuck.seen_refunded = Some(Money::won(10_000));
    stuck.refunds.clear();
    let taken = after(&stuck, row("t2", 0));
    assert_eq!(taken.state, State::Discrepant);
    let back = after(&taken, answered("t2"));
    assert_eq!(
        (back.state, back.refunded()),
        (State::Refunded, Money::won(10_000))
    );
}

#[test]
fn what_a_person_said_went_back_and_has_no_name_is_told_of_and_stays() {
    let mut open = at_the_window();
    open.state = State::InDoubt;
    open.doubt = Some(MoneyOp::Charge);
    let back = after(&open, said(Resolution::Refunded));
    assert_eq!((back.state, &back.transaction_id), (State::Refunded, &None));
    let (still, effects) = step(&back, row("t1", 0), later(20)).unwrap();
    assert_eq!(still.state, State::Refunded, "perhaps the very payment");
    assert!(effects.contains(&Effect::Publish(Publication::Discrepant)));
}

/// Nothing is captured before our confirm: what went back was captured by one.
#[test]
fn where_our_confirm_captures_what_went_back_is_refunded() {
    let window = after(&attempt(Work::ConfirmThenPay), requested(START));
    let undone = Event::Sighted(looked_up_cancelled("order-1", 10_000, "t1", 10_000));
    for open in [after(&window, authenticated()), window] {
        let back = after(&open, undone.clone());
        assert_eq!(
            (back.state, back.refunded()),
            (State::Refunded, Money::won(10_000))
        );
    }
}
