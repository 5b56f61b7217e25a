//! Lookups end where nothing can come any more, and only there: a loop that never ends hammers the gateway, one that ends too soon
//! forgets money.

use std::{sync::Arc, time::Duration};

use crate::common::*;
use paypair_ledger::{
    Attempt, Detail, Effect, Event, LOOKUP_SCHEDULE, MoneyOp, Publication, Reason, State,
    Timestamp, VirtualAccount, step,
};
use paypair_protocol::Work;

fn payletter_attempt() -> Attempt {
    let mut attempt = attempt(Work::PayNow);
    attempt.order = Arc::new(payletter::order("order-1"));
    step(&attempt, requested(START), START).unwrap().0
}

fn said_no() -> Event {
    Event::LookupDeclined {
        reason: Reason::new("gateway_declined"),
    }
}

fn account_issued(expires_at: Timestamp) -> Event {
    Event::AccountIssued {
        detail: Detail {
            virtual_account: Some(VirtualAccount {
                bank_name: "국민은행".to_owned(),
                account_no: "12345678901234".to_owned(),
                holder: "홍길동".to_owned(),
                expires_at: "202311212359".to_owned(),
            }),
            ..Detail::default()
        },
        expires_at: Some(expires_at),
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Follows the schedule with the same answer until no lookup is due any more, and gives how many there were.
fn follow(mut attempt: Attempt, answer: impl Fn() -> Event) -> (Attempt, usize) {
    for lookups in 0..100 {
        let Some(due) = attempt.next_check_at else {
            return (attempt, lookups);
        };
        attempt = step(&attempt, answer(), due).unwrap().0;
        assert_ne!(
            attempt.next_check_at,
            Some(due),
            "the same lookup would be due for ever: {}",
            attempt.state
        );
    }
    (attempt, 100)
}

#[test]
fn a_failed_payment_is_looked_up_by_the_schedule_and_not_for_ever() {
    let returned = step(&payletter_attempt(), Event::ReturnSeen, later(5))
        .unwrap()
        .0;
    let (ended, lookups) = follow(returned, said_no);
    assert_eq!(ended.state, State::Declined);
    assert!(lookups <= LOOKUP_SCHEDULE.len() + 1, "{lookups}");

    let left = Event::BuyerCancelled {
        reason: Reason::new("buyer_cancelled"),
    };
    let cancelled = step(&payletter_attempt(), left, later(5)).unwrap().0;
    let (ended, lookups) = follow(cancelled, said_no);
    assert_eq!(ended.state, State::Cancelled, "the buyer's word came first");
    assert!(lookups <= LOOKUP_SCHEDULE.len(), "{lookups}");
}

#[test]
fn a_lookup_that_says_failed_ends_no_doubt_and_no_payment() {
    let paid = step(
        &payletter_attempt(),
        Event::Sighted(payletter::row("order-1", 10_000, "t1", 0)),
        later(5),
    )
    .unwrap()
    .0;
    assert_eq!(
        step(&paid, said_no(), later(6)).unwrap().0.state,
        State::Paid
    );
}

fn doubtful() -> Attempt {
    let mut attempt = attempt(Work::ConfirmThenPay);
    for event in [
        requested(START),
        authenticated(),
        Event::ConfirmStarted,
        unknown(MoneyOp::Confirm),
    ] {
        attempt = step(&attempt, event, later(10)).unwrap().0;
    }
    attempt
}

#[test]
fn doubt_is_looked_up_until_somebody_knows() {
    let mut attempt = doubtful();
    for _ in 0..LOOKUP_SCHEDULE.len() + 5 {
        let due = attempt.next_check_at.expect("another lookup");
        let failed = Event::LookupFailed {
            reason: Reason::new("no_answer"),
        };
        attempt = step(&attempt, failed, due).unwrap().0;
        assert_eq!(attempt.state, State::InDoubt);
    }
}

#[test]
fn a_virtual_account_is_looked_at_daily_and_once_more_when_its_time_is_over() {
    for hours in [1, 8, 24, 30, 6 * 24] {
        account_is_looked_at_until(later(5).after(hours * DAY / 24));
    }
}

fn account_is_looked_at_until(expires_at: Timestamp) {
    let mut attempt = step(&payletter_attempt(), account_issued(expires_at), later(5))
        .unwrap()
        .0;
    assert_eq!(attempt.state, State::AwaitingDeposit);
    let mut last = later(5);
    while attempt.state == State::AwaitingDeposit {
        let due = attempt.next_check_at.expect("another lookup");
        assert!(due.since(last) <= DAY);
        attempt = step(&attempt, Event::LookupAbsent, due).unwrap().0;
        last = due;
    }
    assert_eq!((attempt.state, last), (State::Expired, expires_at));
    assert!(
        attempt.next_check_at.is_some(),
        "a deposit of the last minute shows late"
    );
}

/// The buyer fails once in the window, tries again and is given an account: the session's status may tell of the first try.
#[test]
fn a_status_that_says_failed_ends_no_account() {
    let expires_at = later(5).after(3 * DAY);
    let mut attempt = step(&payletter_attempt(), account_issued(expires_at), later(5))
        .unwrap()
        .0;
    while attempt.state == State::AwaitingDeposit {
        let due = attempt.next_check_at.expect("another lookup");
        assert!(due <= expires_at);
        let (next, effects) = step(&attempt, said_no(), due).unwrap();
        assert!(!effects.contains(&Effect::Publish(Publication::Declined)));
        if due < expires_at {
            let deposit = Event::Sighted(payletter::row("order-1", 10_000, "t1", 0));
            assert_eq!(step(&next, deposit, due).unwrap().0.state, State::Paid);
        }
        attempt = next;
    }
    assert_eq!(attempt.state, State::Expired);
    assert!(attempt.next_check_at.is_some(), "a late deposit shows late");
}

#[test]
fn a_review_that_a_lookup_calls_failed_is_looked_at_by_the_schedule_once_more() {
    let pending = Event::NoticePending {
        reason: Reason::new("gateway_reviews"),
    };
    let review = step(&payletter_attempt(), pending, later(5)).unwrap().0;
    let failed = step(&review, said_no(), later(10)).unwrap().0;
    assert_eq!(failed.state, State::Declined);
    let (ended, lookups) = follow(failed, said_no);
    assert_eq!(
        (ended.state, lookups),
        (State::Declined, LOOKUP_SCHEDULE.len())
    );
}

#[test]
fn a_lookup_that_fails_at_the_end_of_an_account_is_made_again() {
    for hours in [1, 8, 24, 30, 3 * 24] {
        account_is_looked_at_after(later(5).after(hours * DAY / 24));
    }
}

fn account_is_looked_at_after(expires_at: Timestamp) {
    let mut attempt = step(&payletter_attempt(), account_issued(expires_at), later(5))
        .unwrap()
        .0;
    let failed = || Event::LookupFailed {
        reason: Reason::new("no_answer"),
    };
    while let Some(due) = attempt.next_check_at.filter(|due| *due <= expires_at) {
        attempt = step(&attempt, failed(), due).unwrap().0;
    }
    assert!(attempt.next_check_at.is_some(), "it was never answered");
    let (ended, looks) = follow(attempt, failed);
    assert!(looks >= LOOKUP_SCHEDULE.len(), "{looks}");
    let over = ended.expires_at.after(30 * DAY);
    let (ended, _) = step(&ended, Event::ExpireDue, over).unwrap();
    assert_eq!(ended.state, State::Expired);
}

#[test]
fn a_browser_cannot_keep_an_account_open_for_centuries() {
    let far = START.after(365 * 1000 * DAY);
    let attempt = step(&payletter_attempt(), account_issued(far), later(5))
        .unwrap()
        .0;
    assert!(attempt.expires_at <= later(5).after(92 * DAY));
}

#[test]
fn a_confirm_the_gateway_calls_declined_is_looked_up_all_the_same() {
    let mut attempt = attempt(Work::ConfirmThenPay);
    for event in [
        requested(START),
        authenticated(),
        Event::ConfirmStarted,
        Event::ConfirmDeclined {
            reason: Reason::new("gateway_refused"),
        },
    ] {
        attempt = step(&attempt, event, later(10)).unwrap().0;
    }
    assert_eq!(attempt.state, State::Declined);
    let (ended, lookups) = follow(attempt.clone(), || Event::LookupAbsent);
    assert_eq!(
        (ended.state, lookups),
        (State::Declined, LOOKUP_SCHEDULE.len())
    );

    // Captured after all, and meanwhile the buyer has paid by a second attempt: that is a payment too many.
    attempt.rival = Some(2);
    let captured = Event::Sighted(looked_up("order-1", 10_000, "t1"));
    let (twice, effects) = step(&attempt, captured, later(20)).unwrap();
    assert_eq!(twice.state, State::Discrepant);
    assert!(effects.contains(&Effect::Call(MoneyOp::Refund)));
}

#[test]
fn a_capture_of_nothing_pays_for_nothing() {
    let mut attempt = attempt(Work::Register);
    let mut order = global::order("order-1");
    (order.work, order.money) = (Work::Register, None);
    attempt.order = Arc::new(order);
    attempt = step(&attempt, requested(START), START).unwrap().0;
    // The hash of a registration's notice covers neither its kind nor an amount: 7 was sent, 1 arrives.
    let evidence = global::token_notice(1, "order-1", "t1").unwrap();
    let (next, _) = step(&attempt, Event::Sighted(evidence), later(5)).unwrap();
    assert_ne!(next.state, State::Paid);
    let (next, _) = step(
        &next,
        Event::Sighted(global::token_notice(7, "order-1", "t1").unwrap()),
        later(6),
    )
    .unwrap();
    assert_eq!(next.state, State::Registered);
}

#[test]
fn a_notice_that_proves_nothing_is_asked_about_until_the_schedule_ends_again() {
    let (ended, _) = follow(payletter_attempt(), || Event::LookupAbsent);
    assert_eq!(ended.next_check_at, None);
    let at = later(3 * 24 * 60 * 60);
    let callback = payletter::callback("order-1", 10_000, "t1", &payletter::nonce("order-1"));
    let (seen, _) = step(&ended, Event::Sighted(callback.unconfirmed()), at).unwrap();
    assert_eq!((seen.state, seen.next_check_at), (ended.state, Some(at)));
    assert_eq!(seen.captured, None);
    // The list lags: one failed look is not the end of it.
    let failed = Event::LookupFailed {
        reason: Reason::new("no_answer"),
    };
    let (waiting, _) = step(&seen, failed, at).unwrap();
    assert!(waiting.next_check_at.is_some_and(|next| next > at));
    let (paid, _) = step(
        &waiting,
        Event::Sighted(payletter::row("order-1", 10_000, "t1", 0)),
        at,
    )
    .unwrap();
    assert_eq!(paid.state, State::Paid);
}

#[test]
fn a_schedule_does_not_end_with_a_failure() {
    let failed = || Event::LookupFailed {
        reason: Reason::new("no_answer"),
    };
    let left = Event::BuyerCancelled {
        reason: Reason::new("buyer"),
    };
    let (left, _) = step(&payletter_attempt(), left, later(60)).unwrap();
    let (ended, lookups) = follow(left.clone(), failed);
    assert_eq!((ended.state, ended.next_check_at), (State::Cancelled, None));
    assert!(
        (12..20).contains(&lookups),
        "the schedule, and a week of days: {lookups}"
    );
    let mut attempt = left;
    while attempt
        .next_check_at
        .is_some_and(|due| due < later(3 * 24 * 60 * 60))
    {
        let due = attempt.next_check_at.unwrap();
        attempt = step(&attempt, failed(), due).unwrap().0;
    }
    let due = attempt.next_check_at.unwrap();
    let found = Event::Sighted(payletter::row("order-1", 10_000, "t1", 0));
    assert_eq!(step(&attempt, found, due).unwrap().0.state, State::Paid);
}

fn ended_by(end: Event) -> Attempt {
    let (ended, _) = step(&payletter_attempt(), end, later(60)).unwrap();
    assert!(ended.state.is_soft_end());
    ended
}

fn left() -> Event {
    Event::BuyerCancelled {
        reason: Reason::new("buyer"),
    }
}

/// Whoever asks each second, as a merchant's server or a person at two in the morning, takes nothing from the schedule.
#[test]
fn who_asks_before_it_is_due_uses_up_no_look() {
    let failed = Event::LookupFailed {
        reason: Reason::new("no_answer"),
    };
    let said_no = Event::GatewayDeclined {
        reason: Reason::new("gateway_declined"),
    };
    let (returned, _) = step(&payletter_attempt(), Event::ReturnSeen, later(60)).unwrap();
    let (returned, _) = step(&returned, Event::LookupAbsent, later(60)).unwrap();
    let account = account_issued(later(5).after(3 * DAY));
    let (account, _) = step(&payletter_attempt(), account, later(60)).unwrap();
    let cases = [
        (
            ended_by(said_no),
            vec![Event::LookupAbsent, Event::LookupOpen, failed.clone()],
        ),
        (ended_by(left()), vec![Event::LookupAbsent, failed.clone()]),
        (
            returned,
            vec![Event::LookupAbsent, Event::LookupOpen, failed.clone()],
        ),
        (
            account,
            vec![Event::LookupAbsent, Event::LookupOpen, failed.clone()],
        ),
        (doubtful(), vec![failed, Event::LookupOpen]),
    ];
    for (mut attempt, answers) in cases {
        let (due, state) = (attempt.next_check_at.expect("a look"), attempt.state);
        let early = due.before(Duration::from_secs(1));
        for answer in answers.iter().cycle().take(20) {
            attempt = step(&attempt, answer.clone(), early).unwrap().0;
            assert_eq!((attempt.state, attempt.next_check_at), (state, Some(due)));
        }
    }
}

/// The gateway was not there when the window ended, nor at the end of the schedule.
#[test]
fn a_window_that_ended_unseen_is_looked_at_for_a_week() {
    let failed = || Event::LookupFailed {
        reason: Reason::new("no_answer"),
    };
    let mut attempt = payletter_attempt();
    let over = attempt.expires_at;
    attempt = step(&attempt, Event::ExpireDue, over).unwrap().0;
    // The last look of its schedule is the one that ends it.
    attempt.checks = LOOKUP_SCHEDULE.len() as u32;
    let (ended, _) = step(&attempt, failed(), over.after(DAY)).unwrap();
    assert_eq!(ended.state, State::Expired);
    let (ended, looks) = follow(ended, failed);
    assert_eq!(ended.next_check_at, None);
    assert!((5..9).contains(&looks), "a week of days: {looks}");
}

/// "The buyer left" and a clock are wrong at times: the account was issued, and the buyer may pay into it on its last day.
#[test]
fn an_account_that_was_issued_behind_a_soft_end_is_looked_at_until_its_time_is_over() {
    let expires_at = later(60).after(7 * DAY);
    let ended = ended_by(left());
    let (told, effects) = step(&ended, account_issued(expires_at), later(90)).unwrap();
    assert_eq!(
        (told.state, told.expires_at),
        (State::Cancelled, expires_at)
    );
    assert!(!effects.iter().any(|it| matches!(it, Effect::Publish(_))));
    let mut attempt = told.clone();
    let mut last = later(90);
    while let Some(due) = attempt.next_check_at.filter(|due| *due <= expires_at) {
        assert!(due.since(last) <= DAY);
        let deposit = Event::Sighted(payletter::row("order-1", 10_000, "t1", 0));
        assert_eq!(step(&attempt, deposit, due).unwrap().0.state, State::Paid);
        attempt = step(&attempt, Event::LookupAbsent, due).unwrap().0;
        last = due;
    }
    assert_eq!(last, expires_at);
    let (over, looks) = follow(attempt, || Event::LookupAbsent);
    assert_eq!(
        (over.state, looks),
        (State::Cancelled, LOOKUP_SCHEDULE.len())
    );
    // Payletter Global tells nothing of the account but that there is one.
    let slip = Event::AccountIssued {
        detail: Detail::default(),
        expires_at: Some(expires_at),
    };
    let mut attempt = step(&ended, slip, later(90)).unwrap().0;
    while let Some(due) = attempt.next_check_at.filter(|due| *due < expires_at) {
        attempt = step(&attempt, Event::LookupAbsent, due).unwrap().0;
    }
    assert_eq!(attempt.next_check_at, Some(expires_at));
    // The return is opened again, and again.
    let again = step(&told, account_issued(expires_at), later(91))
        .unwrap()
        .0;
    assert_eq!(again.next_check_at, told.next_check_at);
    // Long after the schedule.
    let (ended, _) = follow(ended, || Event::LookupAbsent);
    let late = step(&ended, account_issued(expires_at), later(60).after(3 * DAY))
        .unwrap()
        .0;
    assert!(late.next_check_at.is_some());
}

#[test]
fn what_a_wrong_clock_arranged_is_arranged_again() {
    let mut ended = ended_by(left());
    ended.next_check_at = Some(later(60).after(365 * DAY));
    let looked = step(&ended, Event::LookupAbsent, later(90)).unwrap().0;
    assert!(
        looked
            .next_check_at
            .is_some_and(|due| due <= later(90).after(DAY))
    );
}
