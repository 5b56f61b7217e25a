//! Ends on a browser's or a clock's word are soft, and doubt is ended by evidence, by long absence or by a named person.

use std::{sync::Arc, time::Duration};

use crate::common::*;
use paypair_ledger::{
    Attempt, CallOutcome, Effect, Event, LOOKUP_SCHEDULE, Layout, MoneyOp, Publication, Reason,
    Resolution, State, Timestamp, step,
};
use paypair_protocol::Work;

fn requested_attempt(work: Work) -> Attempt {
    step(&attempt(work), requested(START), START).unwrap().0
}

fn in_doubt(op: MoneyOp) -> Attempt {
    let mut attempt = requested_attempt(Work::ConfirmThenPay);
    for event in [authenticated(), Event::ConfirmStarted] {
        attempt = step(&attempt, event, later(10)).unwrap().0;
    }
    if op == MoneyOp::Refund {
        let paid = Event::ConfirmAnswered(confirmed("order-1", 10_000, "t1"));
        for event in [
            paid,
            Event::RefundAsked {
                id: None,
                transaction_id: None,
                money: None,
                why: "asked".to_owned(),
            },
        ] {
            attempt = step(&attempt, event, later(10)).unwrap().0;
        }
    }
    step(&attempt, unknown(op), later(20)).unwrap().0
}

fn code(attempt: &Attempt) -> &str {
    attempt.reason.as_ref().map_or("", |reason| &reason.code)
}

#[test]
fn a_matching_capture_overrules_every_soft_end() {
    let reason = || Reason::new("said");
    let ends = [
        (State::Cancelled, Event::BuyerCancelled { reason: reason() }),
        (State::Declined, Event::GatewayDeclined { reason: reason() }),
        (State::Expired, Event::Superseded),
    ];
    for (end, event) in ends {
        let (ended, effects) = step(&requested_attempt(Work::PayNow), event, later(7200)).unwrap();
        assert_eq!(ended.state, end);
        assert!(
            effects
                .iter()
                .any(|effect| matches!(effect, Effect::Lookup(_))),
            "money may have moved: {end}"
        );
        let (paid, effects) = step(
            &ended,
            Event::Sighted(looked_up("order-1", 10_000, "t1")),
            later(7300),
        )
        .unwrap();
        assert_eq!(
            (paid.state, paid.reason, paid.next_check_at),
            (State::Paid, None, None)
        );
        assert_eq!(effects, [Effect::Publish(Publication::Paid)]);
    }
}

#[test]
fn a_closed_window_is_looked_up_and_stays_unknown_until_it_expires() {
    for work in [Work::PayNow, Work::ConfirmThenPay] {
        let (closed, effects) =
            step(&requested_attempt(work), Event::WindowClosed, later(5)).unwrap();
        assert_eq!(
            (closed.state, code(&closed), effects),
            (
                State::Requested,
                "window_closed",
                vec![Effect::Lookup(later(5))]
            )
        );
        let (unknown, _) = step(&closed, Event::LookupAbsent, later(6)).unwrap();
        assert_eq!(unknown.state, State::Requested, "it may still be paid");
        let (ended, _) = step(&unknown, Event::LookupAbsent, unknown.expires_at).unwrap();
        assert_eq!((ended.state, code(&ended)), (State::Expired, "expired"));
    }
}

#[test]
fn a_closed_cert_layer_is_left_but_its_result_may_still_come() {
    let mut attempt = requested_attempt(Work::ConfirmThenPay);
    attempt.layout = Layout::Layer;
    let (closed, _) = step(&attempt, Event::WindowClosed, later(5)).unwrap();
    assert_eq!(closed.state, State::Cancelled);
    assert_eq!(
        step(&closed, authenticated(), later(6)).unwrap().0.state,
        State::Authenticated
    );
    let mut beside = closed.clone();
    beside.live_sibling = Some(2);
    assert_eq!(
        step(&beside, authenticated(), later(6)).unwrap_err().why,
        "other_attempt_live"
    );
    let mut beside = closed;
    beside.undecided_sibling = Some(2);
    assert_eq!(
        step(&beside, authenticated(), later(6)).unwrap_err().why,
        "other_attempt_open"
    );
}

#[test]
fn a_decline_by_a_browsers_word_does_not_stop_the_faster_window() {
    let said = Event::GatewayDeclined {
        reason: Reason::new("gateway_declined"),
    };
    let (declined, _) = step(&requested_attempt(Work::ConfirmThenPay), said, later(4)).unwrap();
    assert_eq!(declined.state, State::Declined);
    let (revived, _) = step(&declined, authenticated(), later(5)).unwrap();
    assert_eq!(revived.state, State::Authenticated);
}

#[test]
fn a_decline_of_our_own_confirm_is_not_confirmed_again() {
    let mut attempt = requested_attempt(Work::ConfirmThenPay);
    let refused = Event::ConfirmDeclined {
        reason: Reason::new("gateway_refused"),
    };
    for event in [authenticated(), Event::ConfirmStarted, refused] {
        attempt = step(&attempt, event, later(5)).unwrap().0;
    }
    assert_eq!(attempt.state, State::Declined);
    let again = step(&attempt, authenticated(), later(6)).unwrap_err();
    assert_eq!(again.why, "confirm_was_called");
}

#[test]
fn nothing_is_confirmed_for_an_order_that_is_paid() {
    let (mut attempt, _) = step(
        &requested_attempt(Work::ConfirmThenPay),
        authenticated(),
        later(5),
    )
    .unwrap();
    attempt.rival = Some(1);
    assert_eq!(
        step(&attempt, Event::ConfirmStarted, later(6))
            .unwrap_err()
            .why,
        "order_already_paid"
    );
}

#[test]
fn absences_before_the_settle_window_ends_and_two_after_it_end_the_doubt() {
    let mut attempt = in_doubt(MoneyOp::Confirm);
    for seconds in [25, 30, 35, 40] {
        attempt = step(&attempt, Event::LookupAbsent, later(seconds))
            .unwrap()
            .0;
        assert_eq!(attempt.state, State::InDoubt, "many, but too soon");
    }
    // The gateway lagged until now, and this one answer may be wrong.
    attempt = step(&attempt, Event::LookupAbsent, later(25 + 600))
        .unwrap()
        .0;
    assert_eq!(
        (attempt.state, attempt.next_check_at),
        (State::InDoubt, Some(later(25 + 1200)))
    );
    let (declined, effects) = step(&attempt, Event::LookupAbsent, later(25 + 1200)).unwrap();
    assert_eq!(
        (declined.state, code(&declined)),
        (State::Declined, "absent")
    );
    assert!(effects.contains(&Effect::Finish(MoneyOp::Confirm, CallOutcome::Declined)));
    assert!(
        declined.next_check_at.is_some(),
        "nobody else would tell us, and the order is going to be paid again"
    );
    let (paid, _) = step(
        &declined,
        Event::Sighted(looked_up("order-1", 10_000, "t1")),
        later(5000),
    )
    .unwrap();
    assert_eq!(paid.state, State::Paid, "the gateway was slower than that");
}

/// The clock is put forward, and the lookup that is late by that learns nothing: the next absence is the first of a new hour.
#[test]
fn a_failure_long_after_it_was_due_begins_the_hour_anew_too() {
    let doubt = in_doubt(MoneyOp::Confirm);
    let absent = step(&doubt, Event::LookupAbsent, later(25)).unwrap().0;
    let due = absent.next_check_at.unwrap();
    let put_forward = due.after(Duration::from_secs(2 * 60 * 60));
    let failed = Event::LookupFailed {
        reason: Reason::new("gateway_down"),
    };
    let mut attempt = step(&absent, failed, put_forward).unwrap().0;
    for absences in 1..=2 {
        let now = attempt.next_check_at.unwrap();
        attempt = step(&attempt, Event::LookupAbsent, now).unwrap().0;
        assert_eq!(
            (attempt.state, attempt.absences),
            (State::InDoubt, absences)
        );
    }
}

#[test]
fn an_absence_long_after_it_was_due_does_not_end_a_doubt() {
    // Three lookups by the schedule, then a clock that is put two hours forward: what the next one finds is as young as before.
    let mut attempt = in_doubt(MoneyOp::Confirm);
    let mut now = later(25);
    for _ in 0..3 {
        attempt = step(&attempt, Event::LookupAbsent, now).unwrap().0;
        now = attempt.next_check_at.unwrap();
    }
    let put_forward = now.after(Duration::from_secs(2 * 60 * 60));
    attempt = step(&attempt, Event::LookupAbsent, put_forward).unwrap().0;
    assert_eq!(attempt.state, State::InDoubt);
    assert_eq!(
        (attempt.absences, attempt.absent_since),
        (1, Some(put_forward)),
        "measured anew"
    );
    while attempt.state == State::InDoubt {
        now = attempt.next_check_at.unwrap();
        attempt = step(&attempt, Event::LookupAbsent, now).unwrap().0;
    }
    assert_eq!(attempt.state, State::Declined);
    assert!(now.since(put_forward) >= attempt.policy.settle_window);
}

#[test]
fn lookups_that_come_late_again_and_again_grow_rarer_all_the_same() {
    // A backlog: each lookup is six minutes behind its time. Begun anew each time, the schedule would feed what makes it late.
    let mut attempt = in_doubt(MoneyOp::Confirm);
    let mut pauses = Vec::new();
    for _ in 0..9 {
        let late = attempt
            .next_check_at
            .unwrap()
            .after(Duration::from_secs(360));
        attempt = step(&attempt, Event::LookupAbsent, late).unwrap().0;
        assert_eq!(attempt.state, State::InDoubt);
        pauses.push(attempt.next_check_at.unwrap().since(late).as_secs());
    }
    assert_eq!(
        pauses,
        [30, 120, 600, 3_600, 21_600, 86_400, 86_400, 86_400, 86_400]
    );
}

#[test]
fn two_absences_are_too_few_and_an_open_payment_starts_over() {
    let attempt = in_doubt(MoneyOp::Confirm);
    let mut now = 30;
    let mut look = |attempt: &Attempt, event: Event| {
        now += 305;
        step(attempt, event, later(now)).unwrap().0
    };
    let mut attempt = look(&attempt, Event::LookupAbsent);
    attempt = look(&attempt, Event::LookupAbsent);
    assert_eq!(attempt.state, State::InDoubt);
    attempt = look(&attempt, Event::LookupOpen);
    assert_eq!((attempt.absences, attempt.absent_since), (0, None));
    for _ in 0..3 {
        attempt = look(&attempt, Event::LookupAbsent);
    }
    assert_eq!(attempt.state, State::InDoubt);
    assert_eq!(look(&attempt, Event::LookupAbsent).state, State::Declined);
}

#[test]
fn a_refund_in_doubt_is_settled_by_what_the_gateway_shows() {
    let attempt = in_doubt(MoneyOp::Refund);
    let gone = Event::Sighted(looked_up_cancelled("order-1", 10_000, "t1", 10_000));
    let (refunded, effects) = step(&attempt, gone, later(30)).unwrap();
    assert_eq!((refunded.state, refunded.refund), (State::Refunded, None));
    assert!(effects.contains(&Effect::Finish(MoneyOp::Refund, CallOutcome::Done)));
    let mut still = attempt;
    for seconds in [30, 300, 700, 1300] {
        still = step(
            &still,
            Event::Sighted(looked_up("order-1", 10_000, "t1")),
            later(seconds),
        )
        .unwrap()
        .0;
    }
    assert_eq!((still.state, code(&still)), (State::Paid, "refund_absent"));
}

#[test]
fn a_named_person_ends_doubt_but_cannot_say_paid() {
    let by = |resolution| Event::Resolved {
        operator: "kim".to_owned(),
        resolution,
    };
    let attempt = in_doubt(MoneyOp::Confirm);
    let (declined, _) = step(&attempt, by(Resolution::NotCaptured), later(30)).unwrap();
    assert_eq!(
        (declined.state, code(&declined)),
        (State::Declined, "settled_by_operator")
    );
    // Who looked at a list that lags was mistaken, and the order is going to be paid again.
    let mut asked = 0;
    let mut looked = declined.clone();
    while let Some(at) = looked.next_check_at {
        looked = step(&looked, Event::LookupAbsent, at).unwrap().0;
        asked += 1;
    }
    assert_eq!(
        (looked.state, asked),
        (State::Declined, LOOKUP_SCHEDULE.len())
    );
    let seen = Event::Sighted(looked_up("order-1", 10_000, "t1"));
    assert_eq!(
        step(&declined, seen, later(60)).unwrap().0.state,
        State::Paid
    );
    let refund = in_doubt(MoneyOp::Refund);
    assert_eq!(
        step(&refund, by(Resolution::Refunded), later(30))
            .unwrap()
            .0
            .state,
        State::Refunded
    );
    assert!(step(&refund, by(Resolution::NotCaptured), later(30)).is_err());
}

#[test]
fn lookups_follow_the_schedule_and_end() {
    let left = Event::BuyerCancelled {
        reason: Reason::new("buyer_cancelled"),
    };
    let mut now = later(20);
    let mut attempt = step(&requested_attempt(Work::PayNow), left, now).unwrap().0;
    for pause in LOOKUP_SCHEDULE {
        let due = attempt.next_check_at.unwrap();
        assert_eq!(due.since(now), pause);
        now = due;
        attempt = step(&attempt, Event::LookupAbsent, now).unwrap().0;
    }
    assert_eq!(
        (attempt.state, attempt.next_check_at),
        (State::Cancelled, None)
    );
}

/// A callback came before the answer to our own request, could not be written, and nothing tells of it any more.
#[test]
fn what_ends_before_the_gateways_answer_is_looked_behind_too() {
    let no_answer = Event::RequestFailed {
        reason: Reason::new("gateway_down"),
    };
    for (event, end) in [
        (Event::ExpireDue, State::Expired),
        (Event::Superseded, State::Expired),
        (no_answer, State::Declined),
    ] {
        let mut now = later(7200);
        let mut attempt = attempt(Work::PayNow);
        attempt.order = Arc::new(payletter::order("order-1"));
        attempt = step(&attempt, event, now).unwrap().0;
        for pause in LOOKUP_SCHEDULE {
            let due = attempt.next_check_at.unwrap();
            assert_eq!((attempt.state, due.since(now)), (end, pause));
            let row = Event::Sighted(payletter::row("order-1", 10_000, "t1", 0));
            let paid = step(&attempt, row, due).unwrap().0;
            assert_eq!(paid.state, State::Paid);
            now = due;
            attempt = step(&attempt, Event::LookupAbsent, now).unwrap().0;
        }
        assert_eq!((attempt.state, attempt.next_check_at), (end, None));
    }
}

/// Nothing of these can have been paid: nobody got a window of a request that was refused, a confirm or a charge is our own call, and it
/// was not made.
#[test]
fn what_nobody_can_have_paid_is_not_looked_behind() {
    let refused = || Event::RequestFailed {
        reason: Reason::new("gateway_refused"),
    };
    let (confirmed, paid) = (attempt(Work::ConfirmThenPay), attempt(Work::PayNow));
    let (registered, mut charged) = (attempt(Work::Register), attempt(Work::PayNow));
    charged.order = Arc::new(charge_order("order-1", "key-a"));
    let stopped = Event::RequestFailed {
        reason: Reason::new("billing_key_not_active"),
    };
    for (attempt, event) in [
        (paid, refused()),
        (confirmed, Event::ExpireDue),
        (registered, stopped.clone()),
        (charged.clone(), stopped),
        (charged.clone(), Event::ExpireDue),
        (charged, Event::Superseded),
    ] {
        let (ended, effects) = step(&attempt, event, later(7200)).unwrap();
        assert!(ended.state.is_soft_end());
        assert_eq!(ended.next_check_at, None, "{effects:?}");
    }
}

#[test]
fn a_confirm_that_never_left_may_be_sent_again() {
    let mut attempt = requested_attempt(Work::ConfirmThenPay);
    for event in [
        authenticated(),
        Event::ConfirmStarted,
        Event::CallNotSent {
            op: MoneyOp::Confirm,
        },
    ] {
        attempt = step(&attempt, event, later(10)).unwrap().0;
    }
    assert_eq!(attempt.state, State::Authenticated);
    let (_, effects) = step(&attempt, Event::ConfirmStarted, later(11)).unwrap();
    assert_eq!(effects, [Effect::Call(MoneyOp::Confirm)]);
}

#[test]
fn an_answer_that_comes_after_the_doubt_still_counts() {
    let late = Event::ConfirmAnswered(confirmed("order-1", 10_000, "t1"));
    let (paid, effects) = step(&in_doubt(MoneyOp::Confirm), late, later(60)).unwrap();
    assert_eq!((paid.state, paid.doubt), (State::Paid, None));
    assert!(effects.contains(&Effect::Finish(MoneyOp::Confirm, CallOutcome::Done)));
}

#[test]
fn a_window_that_ran_out_expires_after_a_last_look() {
    let requested = requested_attempt(Work::PayNow);
    assert_eq!(
        step(&requested, Event::ExpireDue, later(10))
            .unwrap_err()
            .why,
        "not_due"
    );
    let over: Timestamp = requested.expires_at.after(Duration::from_secs(1));
    let (due, effects) = step(&requested, Event::ExpireDue, over).unwrap();
    assert_eq!(
        (due.state, effects),
        (State::Requested, vec![Effect::Lookup(over)])
    );
    assert_eq!(
        step(&due, Event::LookupAbsent, over).unwrap().0.state,
        State::Expired
    );
    let cert = requested_attempt(Work::ConfirmThenPay);
    assert_eq!(
        step(&cert, Event::ExpireDue, over).unwrap().0.state,
        State::Expired
    );
}

/// The schedule has grown long by then: what was not looked at in time must not wait for a day more.
#[test]
fn a_doubt_that_is_measured_anew_late_in_the_schedule_ends_soon() {
    let mut attempt = in_doubt(MoneyOp::Confirm);
    let failed = || Event::LookupFailed {
        reason: Reason::new("no_answer"),
    };
    for _ in 0..4 {
        let due = attempt.next_check_at.unwrap();
        attempt = step(&attempt, failed(), due).unwrap().0;
    }
    // The server stood still: from here the time of absences is measured.
    let late = attempt.next_check_at.unwrap().after(minutes(15));
    attempt = step(&attempt, failed(), late).unwrap().0;
    let began = attempt.next_check_at.unwrap();
    assert!(
        began.since(late) > minutes(60),
        "the schedule has grown long"
    );
    let mut looks = 0;
    while let Some(due) = attempt
        .next_check_at
        .filter(|_| attempt.state == State::InDoubt)
    {
        assert!(due.since(began) <= minutes(30), "look {looks}");
        attempt = step(&attempt, Event::LookupAbsent, due).unwrap().0;
        looks += 1;
    }
    assert_eq!((attempt.state, looks), (State::Declined, 3));
}

/// A server that is behind with its lookups is not asked for more of them.
#[test]
fn a_late_look_asks_for_none_sooner() {
    let mut attempt = in_doubt(MoneyOp::Confirm);
    attempt.checks = 5;
    let late = attempt.next_check_at.unwrap().after(minutes(15));
    let (after, _) = step(&attempt, Event::LookupAbsent, late).unwrap();
    assert_eq!(after.next_check_at, Some(late.after(LOOKUP_SCHEDULE[5])));
}

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}
