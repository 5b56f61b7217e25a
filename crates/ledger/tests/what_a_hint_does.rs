//! Payple's webhook is unsigned. It proves nothing and nobody is told what it says; but what it names is asked about until a list that lags
//! has shown it, also by a server that was started anew in between.

use std::time::Duration;

use crate::common::*;
use paypair_ledger::{
    Attempt, Effect, Event, Hint, LOOKUP_SCHEDULE, MoneyOp, Publication, Reason, State, step,
};
use paypair_protocol::{Money, Work};

fn taken(attempt: &Attempt, event: Event) -> (Attempt, Vec<Effect>) {
    let at = attempt.next_check_at.unwrap_or_else(|| later(20));
    step(attempt, event, at).unwrap()
}

fn after(attempt: &Attempt, events: Vec<Event>) -> Attempt {
    let step = |attempt: Attempt, event| taken(&attempt, event).0;
    events.into_iter().fold(attempt.clone(), step)
}

fn paid() -> Attempt {
    let captured = Event::ConfirmAnswered(confirmed("order-1", 10_000, "t1"));
    let events = vec![requested(START), authenticated(), Event::ConfirmStarted];
    let paid = taken(&after(&attempt(Work::ConfirmThenPay), events), captured).0;
    assert_eq!((paid.state, paid.next_check_at), (State::Paid, None));
    paid
}

fn gone_back(money: Option<u64>) -> Event {
    let money = money.map(Money::won);
    Event::HintSeen {
        hint: Hint::Refund { money },
    }
}

fn paid_says_somebody() -> Event {
    Event::HintSeen {
        hint: Hint::Payment,
    }
}

fn still_there() -> Event {
    Event::Sighted(looked_up("order-1", 10_000, "t1"))
}

/// Follows the schedule with the same answer; what it came to, and how often was asked. The merchant hears nothing of it.
fn follow(mut attempt: Attempt, answer: impl Fn() -> Event) -> (Attempt, usize) {
    for lookups in 0..50 {
        if attempt.next_check_at.is_none() {
            return (attempt, lookups);
        }
        let (next, effects) = taken(&attempt, answer());
        let tells = |effect: &Effect| matches!(effect, Effect::Publish(_));
        assert!(!effects.iter().any(tells), "{effects:?}");
        attempt = next;
    }
    panic!("it is asked for ever");
}

#[test]
fn what_went_back_by_hand_is_asked_about_until_a_list_that_lags_shows_it() {
    let (hinted, effects) = taken(&paid(), gone_back(Some(10_000)));
    assert_eq!(hinted.state, State::Paid);
    let tells = |effect: &Effect| matches!(effect, Effect::Publish(_));
    assert!(!effects.iter().any(tells));
    // The look that a webhook starts at once comes before the one that is due, and takes nothing from it.
    let due = hinted.next_check_at.expect("asked without it, too");
    let (looked, _) = step(&hinted, still_there(), later(21)).unwrap();
    assert_eq!(looked.next_check_at, Some(due));

    let mut lagging = looked;
    for _ in 0..3 {
        lagging = taken(&lagging, still_there()).0;
    }
    let back = Event::Sighted(looked_up_cancelled("order-1", 10_000, "t1", 10_000));
    let (back, effects) = taken(&lagging, back);
    assert_eq!(
        (back.state, back.next_check_at, back.suspicions.len()),
        (State::Refunded, None, 0)
    );
    assert!(effects.contains(&Effect::Publish(Publication::Refunded)));
}

#[test]
fn a_strangers_word_is_asked_about_for_some_days_and_told_to_nobody() {
    let failed = || Event::LookupFailed {
        reason: Reason::new("no_answer"),
    };
    for answer in [still_there, failed] {
        let hinted = taken(&paid(), gone_back(None)).0;
        let (over, lookups) = follow(hinted, answer);
        assert_eq!((over.state, over.suspicions.len()), (State::Paid, 0));
        // If nobody answers, daily for a week.
        assert!(lookups <= LOOKUP_SCHEDULE.len() + 4, "{lookups}");
    }
    // Who says it again and again moves nothing.
    let hinted = taken(&paid(), gone_back(None)).0;
    let again = step(&hinted, gone_back(Some(1)), later(21)).unwrap().0;
    assert_eq!(
        (again.next_check_at, again.checks, again.suspicions.len()),
        (hinted.next_check_at, hinted.checks, 1)
    );
}

#[test]
fn the_webhook_of_our_own_refund_is_no_news() {
    let running = taken(&paid(), ask_back("r1", 4_000)).0;
    let answer = Event::RefundAnswered(refunded("order-1", 4_000));
    let part = taken(&running, answer).0;
    assert_eq!(part.state, State::PartiallyRefunded);
    for (before, ours) in [
        (&running, gone_back(Some(4_000))),
        (&running, gone_back(None)),
        (&part, gone_back(Some(4_000))),
    ] {
        let told = taken(before, ours).0;
        assert_eq!((told.next_check_at, told.suspicions.len()), (None, 0));
    }
    let by_hand = taken(&part, gone_back(Some(1_000))).0;
    assert!(by_hand.next_check_at.is_some());
    let (more, _) = taken(
        &by_hand,
        Event::Sighted(looked_up_cancelled("order-1", 10_000, "t1", 5_000)),
    );
    assert_eq!(more.refunded(), Money::won(5_000));
}

#[test]
fn as_much_as_ours_is_another_hands_hours_later() {
    let answer = Event::RefundAnswered(refunded("order-1", 4_000));
    let part = after(&paid(), vec![ask_back("r1", 4_000), answer]);
    let told = |won, hours: u64| {
        let at = later(20 + hours * 3_600);
        step(&part, gone_back(won), at).unwrap().0.next_check_at
    };
    assert_eq!(told(Some(4_000), 1), None);
    assert!(told(Some(4_000), 3).is_some());
    assert!(told(None, 3).is_some(), "of an amount that cannot be read");
}

/// Two parts by hand; when the second is told, the list shows the first.
#[test]
fn a_part_that_is_shown_ends_no_question_about_the_next() {
    let shown = |won| Event::Sighted(looked_up_cancelled("order-1", 10_000, "t1", won));
    let first = taken(&paid(), gone_back(Some(1_000))).0;
    let second = step(&first, gone_back(Some(2_000)), later(80)).unwrap().0;
    let (part, _) = step(&second, shown(1_000), later(81)).unwrap();
    assert_eq!(part.refunded(), Money::won(1_000));
    assert!(part.next_check_at.is_some());
    assert_eq!(taken(&part, shown(3_000)).0.refunded(), Money::won(3_000));
}

/// Before the last look of a schedule somebody speaks of it again; and at the end nobody answers.
#[test]
fn no_hint_rests_on_one_look() {
    let mut last = taken(&paid(), gone_back(None)).0;
    while (last.checks as usize) < LOOKUP_SCHEDULE.len() {
        last = taken(&last, still_there()).0;
    }
    let due = last.next_check_at.unwrap();
    let at = due.before(Duration::from_secs(20 * 3_600));
    let again = step(&last, gone_back(None), at).unwrap().0;
    assert!(again.next_check_at.is_some_and(|next| next < due));
    assert!((again.checks as usize) < LOOKUP_SCHEDULE.len());
    let soon = due.before(Duration::from_secs(5));
    let again = step(&last, gone_back(None), soon).unwrap().0;
    assert_eq!(again.next_check_at, Some(due));
    let failed = || Event::LookupFailed {
        reason: Reason::new("no_answer"),
    };
    let unheard = after(&last, vec![failed(), failed(), failed()]);
    let back = Event::Sighted(looked_up_cancelled("order-1", 10_000, "t1", 10_000));
    assert!(unheard.next_check_at.is_some());
    assert_eq!(taken(&unheard, back).0.state, State::Refunded);
}

/// It is told while a refund of ours runs, or is in doubt.
#[test]
fn what_goes_back_by_hand_beside_a_refund_of_ours_is_asked_about_when_ours_is_known() {
    let running = taken(&paid(), ask_back("r1", 4_000)).0;
    let doubtful = taken(&running, unknown(MoneyOp::Refund)).0;
    for refunding in [running, doubtful] {
        let hinted = taken(&refunding, gone_back(Some(1_000))).0;
        let answer = Event::RefundAnswered(refunded("order-1", 4_000));
        let part = taken(&hinted, answer).0;
        assert_eq!(part.state, State::PartiallyRefunded);
        assert!(part.next_check_at.is_some(), "of {:?}", refunding.state);
        let both = Event::Sighted(looked_up_cancelled("order-1", 10_000, "t1", 5_000));
        assert_eq!(taken(&part, both).0.refunded(), Money::won(5_000));
    }
}

#[test]
fn a_payment_that_somebody_speaks_of_is_looked_for_after_its_end_too() {
    let left = Event::BuyerCancelled {
        reason: Reason::new("buyer"),
    };
    let order = attempt(Work::PayNow);
    let ended = after(&order, vec![requested(START), left]);
    let (ended, _) = follow(ended, || Event::LookupAbsent);
    assert_eq!((ended.state, ended.next_check_at), (State::Cancelled, None));
    let hinted = taken(&ended, paid_says_somebody()).0;
    assert!(hinted.next_check_at.is_some());
    let lagging = after(&hinted, vec![Event::LookupAbsent, Event::LookupAbsent]);
    let paid = taken(&lagging, still_there()).0;
    assert_eq!(paid.state, State::Paid);
}

/// Of every payment Payple's server tells: that one is paid already.
#[test]
fn the_webhook_of_what_is_paid_and_of_what_is_over_costs_no_schedule() {
    for told in [
        paid_says_somebody(),
        Event::HintSeen {
            hint: Hint::BillingKey,
        },
    ] {
        let hinted = taken(&paid(), told).0;
        assert_eq!((hinted.next_check_at, hinted.suspicions.len()), (None, 0));
    }
    let back = Event::Sighted(looked_up_cancelled("order-1", 10_000, "t1", 10_000));
    let back = taken(&paid(), back).0;
    assert_eq!(taken(&back, gone_back(Some(10_000))).0.next_check_at, None);
}
