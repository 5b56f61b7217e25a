use std::{collections::BTreeMap, slice::from_ref, sync::Arc};

use paypair_ledger::{
    Customer, Digest, Layout, NewAttempt, Order, RefundLine, RefundState, SecondPayment,
};
use paypair_protocol::Work;

use super::*;
use crate::days::days_between;

/// 2026-11-21T20:00:00+09:00
const EVENING: Timestamp = Timestamp::from_millis(1_795_258_800_000);
const HOUR: Duration = Duration::from_secs(3600);
const MORNING: Timestamp = Timestamp::from_millis(1_795_258_800_000 - 10 * 3_600_000);

fn won(minor: u64) -> Option<Money> {
    Some(Money::won(minor))
}

/// An attempt that began in the morning, and of which nobody knows a payment.
fn begun(name: &str) -> Attempt {
    let order = Order {
        id: name.to_owned(),
        gateway: Gateway::Payletter,
        merchant_id: "pay_test".to_owned(),
        method: "creditcard".into(),
        work: Work::PayNow,
        card_flow: None,
        money: won(10_000),
        product_name: "조명".to_owned(),
        customer: Customer::default(),
        charge: None,
        renews: None,
        extra: BTreeMap::new(),
        result_page: None,
        client_secret: Digest::of("cs_"),
        seed: None,
        created_at: MORNING,
    };
    let new = NewAttempt {
        nonce: Digest::of("nonce"),
        channel: "channel".to_owned(),
        ticket: "ticket".to_owned(),
        layout: Layout::Popup,
        order_id_size: 40,
        expires_at: MORNING.after(HOUR / 2),
    };
    Attempt::new(Arc::new(order), 1, name.to_owned(), new, MORNING)
}

/// The same, paid in the morning by `t-NAME`.
fn paid(name: &str) -> Attempt {
    let mut attempt = begun(name);
    attempt.state = State::Paid;
    attempt.captured = won(10_000);
    attempt.transaction_id = Some(format!("t-{name}"));
    attempt.paid_at = Some(MORNING);
    attempt
}

/// .. and given back, at noon.
fn refunded(name: &str, part: u64) -> Attempt {
    let mut attempt = paid(name);
    attempt.state = if part == 10_000 {
        State::Refunded
    } else {
        State::PartiallyRefunded
    };
    attempt.refunds.push(RefundLine {
        no: 1,
        id: None,
        transaction_id: attempt.transaction_id.clone(),
        money: Money::won(part),
        state: RefundState::Done,
        asked_at: MORNING.after(HOUR * 2),
        ended_at: Some(MORNING.after(HOUR * 2)),
        not_sent: false,
        never_left: false,
    });
    attempt
}

fn listed(name: &str) -> Listed {
    Listed {
        order_id: name.to_owned(),
        transaction_id: format!("t-{name}"),
        amount: won(10_000),
        back: Back::Nothing,
        day: MORNING.kst_date(),
        paid_at: Some(MORNING),
        back_at: None,
        row: 0,
    }
}

fn went_back(name: &str, back: Back) -> Listed {
    Listed {
        back,
        back_at: Some(MORNING.after(HOUR * 2)),
        ..listed(name)
    }
}

fn at(now: Timestamp, listed: &[Listed], ours: &[Attempt]) -> Joined {
    let today = EVENING.kst_date();
    let from = today.yesterday().unwrap();
    let days = days_between(from.yesterday().unwrap(), today.tomorrow().unwrap());
    let books = Books {
        gateway: Gateway::Payletter,
        merchant_id: "pay_test",
        listed,
        covered: &Covered::Days(days.collect()),
        now,
        lag: HOUR,
    };
    join(&books, ours)
}

/// The kinds that are found in the evening, each with the order it names and whether an attempt is named.
fn kinds(listed: &[Listed], ours: &[Attempt]) -> Vec<(BreakKind, String, bool)> {
    let joined = at(EVENING, listed, ours);
    let found = joined.found.into_values();
    found
        .map(|found| {
            let name = found.name;
            (name.kind, name.gateway_order_id, found.attempt.is_some())
        })
        .collect()
}

fn one(kind: BreakKind, ours: bool) -> Vec<(BreakKind, String, bool)> {
    vec![(kind, "a".to_owned(), ours)]
}

#[test]
fn what_both_sides_say_is_no_break() {
    let nothing = Vec::new();
    assert_eq!(kinds(&[], &[]), nothing);
    assert_eq!(
        kinds(&[listed("a"), listed("b")], &[paid("a"), paid("b")]),
        nothing
    );
    let back = went_back("a", Back::Whole);
    assert_eq!(kinds(&[back], &[refunded("a", 10_000)]), nothing);
    for part in [
        Back::Part(won(3_000)),
        Back::Part(None),
        Back::AtLeast(Money::won(1_000)),
    ] {
        assert_eq!(
            kinds(&[went_back("a", part)], &[refunded("a", 3_000)]),
            nothing
        );
    }
    // A part for part that came to the whole.
    let all = went_back("a", Back::Part(won(10_000)));
    assert_eq!(kinds(&[all], &[refunded("a", 10_000)]), nothing);
    assert_eq!(kinds(&[], &[begun("a")]), nothing, "nobody paid");
}

#[test]
fn money_that_we_do_not_count_is_missing_here() {
    let missing = BreakKind::MissingHere;
    assert_eq!(kinds(&[listed("a")], &[]), one(missing, false));
    for state in [
        State::Declined,
        State::Expired,
        State::InDoubt,
        State::Requested,
    ] {
        let mut attempt = begun("a");
        attempt.state = state;
        assert_eq!(
            kinds(&[listed("a")], &[attempt]),
            one(missing, true),
            "{state}"
        );
    }
    let gone = went_back("a", Back::Whole);
    assert!(kinds(&[gone], &[]).is_empty(), "it came and went");
}

#[test]
fn a_payment_that_the_gateway_does_not_know_is_missing_there() {
    assert_eq!(kinds(&[], &[paid("a")]), one(BreakKind::MissingThere, true));
    assert_eq!(
        kinds(&[], &[refunded("a", 3_000)]),
        one(BreakKind::MissingThere, true)
    );
    assert!(
        kinds(&[], &[refunded("a", 10_000)]).is_empty(),
        "no money either way"
    );
    let mut other_day = paid("a");
    other_day.paid_at = Some(MORNING.before(HOUR * 24 * 3));
    assert!(kinds(&[], &[other_day]).is_empty(), "that day was not read");
}

#[test]
fn another_amount_differs_from_the_price_or_from_what_we_saw() {
    let more = Listed {
        amount: won(10_001),
        ..listed("a")
    };
    let found = one(BreakKind::AmountDiffers, true);
    assert_eq!(kinds(from_ref(&more), &[paid("a")]), found);
    let mut discrepant = paid("a");
    discrepant.state = State::Discrepant;
    discrepant.captured = won(10_001);
    assert_eq!(kinds(from_ref(&more), from_ref(&discrepant)), found);
    discrepant.state = State::Refunded;
    let back = Listed {
        back: Back::Whole,
        ..more
    };
    assert!(
        kinds(&[back], &[discrepant]).is_empty(),
        "all of it went back"
    );
    let untold = Listed {
        amount: None,
        ..listed("a")
    };
    assert!(kinds(&[untold], &[paid("a")]).is_empty());
}

#[test]
fn what_went_back_on_one_side_alone_differs() {
    let found = one(BreakKind::StateDiffers, true);
    let (whole, part) = (Back::Whole, Back::Part(won(3_000)));
    for (theirs, ours) in [
        (went_back("a", whole), paid("a")),
        (went_back("a", part), paid("a")),
        (went_back("a", Back::AtLeast(Money::won(0))), paid("a")),
        (listed("a"), refunded("a", 10_000)),
        (listed("a"), refunded("a", 3_000)),
        (went_back("a", part), refunded("a", 2_000)),
        (went_back("a", part), refunded("a", 10_000)),
        (went_back("a", whole), refunded("a", 3_000)),
        (
            went_back("a", Back::AtLeast(Money::won(4_000))),
            refunded("a", 3_000),
        ),
    ] {
        assert_eq!(
            kinds(from_ref(&theirs), from_ref(&ours)),
            found,
            "{theirs:?} {ours:?}"
        );
    }
    let mut charged_back = paid("a");
    charged_back.state = State::ChargedBack;
    assert_eq!(kinds(&[listed("a")], &[charged_back]), found);
}

#[test]
fn two_payments_of_one_order_are_a_duplicate_until_one_is_back() {
    let again = Listed {
        transaction_id: "t-again".to_owned(),
        ..listed("a")
    };
    let found = one(BreakKind::Duplicate, true);
    assert_eq!(kinds(&[listed("a"), again.clone()], &[paid("a")]), found);
    let mut known = paid("a");
    known.state = State::Discrepant;
    known.second_payments.push(SecondPayment {
        transaction_id: Some("t-again".to_owned()),
        money: Money::won(10_000),
        method: None,
        seen_at: MORNING,
        is_back: false,
        own_stood: true,
    });
    assert_eq!(
        kinds(&[listed("a"), again.clone()], &[known.clone()]),
        found
    );
    let back = Listed {
        back: Back::Whole,
        ..again.clone()
    };
    assert_eq!(
        kinds(&[listed("a"), back.clone()], &[known.clone()]),
        one(BreakKind::StateDiffers, true),
        "we do not know yet that it is back"
    );
    known.second_payments[0].is_back = true;
    known.state = State::Paid;
    assert!(kinds(&[listed("a"), back], &[known]).is_empty());
    // The first one went back, and the second is no payment that we count.
    let first = went_back("a", Back::Whole);
    assert_eq!(
        kinds(&[first, again], &[refunded("a", 10_000)]),
        one(BreakKind::MissingHere, true)
    );
}

#[test]
fn one_payment_under_two_orders_is_a_duplicate() {
    let shared = Listed {
        transaction_id: "t-b".to_owned(),
        ..listed("a")
    };
    let ours = [begun("a"), paid("b")];
    assert_eq!(
        kinds(&[shared.clone(), listed("b")], &ours),
        one(BreakKind::Duplicate, true)
    );
    let joined = at(EVENING, from_ref(&shared), &ours[1..]);
    let found = joined
        .found
        .into_values()
        .find(|found| found.name.kind == BreakKind::Duplicate);
    let found = found.unwrap();
    assert_eq!(found.attempt, Some(AttemptKey::new("b", 1)));
    assert_eq!(found.ours.order_ids, ["b"]);
    // Whoever heard of it second does not hold it.
    let mut heard = paid("a");
    (heard.transaction_id, heard.captured) = (Some("t-b".to_owned()), None);
    heard.state = State::Discrepant;
    assert_eq!(
        kinds(&[shared, listed("b")], &[heard, paid("b")]),
        one(BreakKind::Duplicate, true)
    );
}

#[test]
fn what_is_fresh_or_just_being_decided_is_neither_a_break_nor_agreed() {
    let unsure = |now, listed: &[Listed], ours: &[Attempt]| {
        let joined = at(now, listed, ours);
        assert!(joined.found.is_empty(), "{:?}", joined.found);
        assert_eq!(joined.unsure.len(), 1, "{listed:?} {ours:?}");
    };
    let soon = MORNING.after(HOUR / 2);
    unsure(soon, &[listed("a")], &[]);
    unsure(soon, &[listed("a")], &[begun("a")]);
    unsure(soon, &[], &[paid("a")]);
    let after_refund = MORNING.after(HOUR * 5 / 2);
    unsure(after_refund, &[listed("a")], &[refunded("a", 10_000)]);
    unsure(after_refund, &[went_back("a", Back::Whole)], &[paid("a")]);
    for state in [State::RefundPending, State::InDoubt] {
        let mut going = paid("a");
        going.state = state;
        unsure(EVENING, &[], &[going.clone()]);
        unsure(EVENING, &[went_back("a", Back::Whole)], &[going]);
    }
    unsure(EVENING, &[went_back("a", Back::Unclear)], &[paid("a")]);
    let timeless = Listed {
        paid_at: None,
        ..listed("a")
    };
    unsure(EVENING, &[timeless], &[]);
}

#[test]
fn a_payment_before_midnight_may_be_listed_after_it() {
    // 23:59 here, 00:01 there.
    let midnight = crate::days::begin_of(EVENING.kst_date());
    let minute = Duration::from_secs(60);
    let mut ours = paid("a");
    ours.paid_at = Some(midnight.before(minute));
    let theirs = Listed {
        day: EVENING.kst_date(),
        paid_at: Some(midnight.after(minute)),
        ..listed("a")
    };
    assert!(kinds(&[theirs], from_ref(&ours)).is_empty());
    // Only one of the two days was read: nothing can be said.
    let books = |days: &[Date]| {
        let covered = Covered::Days(days.iter().copied().collect());
        let books = Books {
            gateway: Gateway::Payletter,
            merchant_id: "pay_test",
            listed: &[],
            covered: &covered,
            now: EVENING,
            lag: HOUR,
        };
        join(&books, from_ref(&ours)).found.len()
    };
    let today = EVENING.kst_date();
    let days = [
        today.yesterday().unwrap().yesterday().unwrap(),
        today.yesterday().unwrap(),
        today,
    ];
    assert_eq!(books(&days[1..2]), 0);
    assert_eq!(books(&days), 1);
}

#[test]
fn of_what_was_asked_one_by_one_the_others_are_not_missing() {
    let covered = Covered::Orders(["a".to_owned()].into());
    let books = Books {
        gateway: Gateway::Payple,
        merchant_id: "test",
        listed: &[],
        covered: &covered,
        now: EVENING,
        lag: HOUR,
    };
    let joined = join(&books, &[paid("a"), paid("b")]);
    let names: Vec<_> = joined
        .found
        .keys()
        .map(|name| name.gateway_order_id.as_str())
        .collect();
    assert_eq!(names, ["a"]);
}
