//! Refunds in part: never more than is left, each id once, and doubt ended by totals only.

use crate::common::*;
use paypair_ledger::{
    Attempt, CallOutcome, CallState, Effect, Event, Evidence, LOOKUP_SCHEDULE, MoneyOp,
    Publication, Reason, RefundState, Resolution, State, Store, StoreError, step,
};
use paypair_protocol::{Currency, Money, Work};

fn paid() -> Attempt {
    let (open, _) = step(&attempt(Work::PayNow), requested(START), START).unwrap();
    let seen = Event::Sighted(looked_up("order-1", 10_000, "t1"));
    step(&open, seen, later(1)).unwrap().0
}

fn after(attempt: &Attempt, event: Event) -> Attempt {
    step(attempt, event, later(10)).unwrap().0
}

fn why(attempt: &Attempt, event: Event) -> &'static str {
    step(attempt, event, later(10)).unwrap_err().why
}

fn answered(won: u64) -> Event {
    Event::RefundAnswered(refunded("order-1", won))
}

/// What Payple's lookup shows, with how much went back in total.
fn shows(total: u64) -> Event {
    Event::Sighted(looked_up_cancelled("order-1", 10_000, "t1", total))
}

fn whole() -> Event {
    Event::Sighted(looked_up("order-1", 10_000, "t1"))
}

fn states(attempt: &Attempt) -> Vec<RefundState> {
    attempt.refunds.iter().map(|line| line.state).collect()
}

/// 4,000 of 10,000 are back.
fn part_back() -> Attempt {
    after(&after(&paid(), ask_back("r1", 4_000)), answered(4_000))
}

#[test]
fn parts_go_back_until_nothing_is_left() {
    let asked = after(&paid(), ask_back("r1", 4_000));
    assert_eq!(asked.state, State::RefundPending);
    let case = asked.refund.clone().unwrap();
    assert_eq!((case.money, case.partial), (Money::won(4_000), true));
    let (part, effects) = step(&asked, answered(4_000), later(10)).unwrap();
    assert_eq!(part.state, State::PartiallyRefunded);
    assert_eq!(part.refunded(), Money::won(4_000));
    assert_eq!(part.refundable(), Some(Money::won(6_000)));
    assert!(effects.contains(&Effect::Finish(MoneyOp::Refund, CallOutcome::Done)));
    assert!(effects.contains(&Effect::Publish(Publication::PartiallyRefunded)));
    let rest = after(&part, ask_rest());
    let case = rest.refund.clone().unwrap();
    assert_eq!(
        (case.money, case.partial),
        (Money::won(6_000), true),
        "the last part is a part too"
    );
    let (gone, effects) = step(&rest, answered(6_000), later(20)).unwrap();
    assert_eq!(
        (gone.state, gone.refunded()),
        (State::Refunded, Money::won(10_000))
    );
    assert!(effects.contains(&Effect::Publish(Publication::Refunded)));
    assert_eq!(states(&gone), [RefundState::Done; 2]);
}

#[test]
fn what_was_given_back_by_hand_counts_beside_ours() {
    // 2,000 by hand on the gateway's page, then 3,000 by us: 5,000 are left, not 7,000.
    let by_hand = after(&paid(), shows(2_000));
    assert_eq!(by_hand.refunded(), Money::won(2_000));
    let ours = after(&after(&by_hand, ask_back("r1", 3_000)), answered(3_000));
    assert_eq!(
        (ours.refunded(), ours.refundable()),
        (Money::won(5_000), Some(Money::won(5_000)))
    );
    assert_eq!(why(&ours, ask_back("r2", 5_001)), "more_than_left");
    let rest = after(&ours, ask_back("r2", 5_000));
    let gone = after(&rest, answered(5_000));
    assert_eq!(gone.state, State::Refunded, "nothing is left");
    // In doubt, and found by its total.
    let doubtful = after(
        &after(&by_hand, ask_back("r1", 3_000)),
        unknown(MoneyOp::Refund),
    );
    let found = after(&doubtful, shows(5_000));
    assert_eq!(
        (found.state, found.refunded()),
        (State::PartiallyRefunded, Money::won(5_000))
    );
    let more = after(&after(&found, ask_back("r2", 1_000)), answered(1_000));
    assert_eq!(more.refunded(), Money::won(6_000));
}

#[test]
fn what_must_not_be_asked_is_refused_before_anything_is_sent() {
    let dollars = Money::parse("1", &Currency::USD).unwrap();
    let of = |money, id: Option<&str>| Event::RefundAsked {
        id: id.map(str::to_owned),
        transaction_id: None,
        money: Some(money),
        why: String::new(),
    };
    assert_eq!(why(&paid(), ask_back("r1", 10_001)), "more_than_left");
    assert_eq!(why(&part_back(), ask_back("r2", 6_001)), "more_than_left");
    assert_eq!(why(&part_back(), ask_back("r1", 4_000)), "refund_id_used");
    assert_eq!(why(&paid(), of(dollars, Some("r1"))), "currency_differs");
    assert_eq!(why(&paid(), of(Money::won(1), None)), "refund_id_missing");
    assert_eq!(why(&paid(), ask_back("r1", 0)), "nothing_to_refund");
    let running = after(&paid(), ask_back("r1", 4_000));
    assert_eq!(why(&running, ask_back("r1", 4_000)), "refund_id_used");
    assert_eq!(why(&running, ask_back("r2", 4_000)), "refund_running");
    let doubtful = after(&running, unknown(MoneyOp::Refund));
    assert_eq!(why(&doubtful, ask_back("r2", 1)), "refund_running");
    assert_eq!(why(&attempt(Work::PayNow), ask_rest()), "nothing_to_refund");
    let all = after(&after(&paid(), ask_rest()), answered(10_000));
    assert_eq!(why(&all, ask_rest()), "nothing_to_refund");
    let whole = after(&paid(), of(Money::won(10_000), None));
    assert!(!whole.refund.unwrap().partial, "all of it is no part");
}

#[tokio::test]
async fn two_equal_requests_at_once_give_back_once() {
    let at = TestStore::new();
    let key = at.requested("order-1", Work::PayNow).await;
    at.apply(&key, whole()).await;
    let one = at
        .store
        .apply(key.clone(), ask_back("r1", 4_000), later(20));
    let two = at
        .store
        .apply(key.clone(), ask_back("r1", 4_000), later(20));
    let (one, two) = tokio::join!(one, two);
    let refused = [one, two]
        .into_iter()
        .filter_map(Result::err)
        .collect::<Vec<_>>();
    assert!(
        matches!(&refused[..], [StoreError::Refused(refused)] if refused.why == "refund_id_used")
    );
    assert_eq!(at.store.money_calls("order-1").await.unwrap().len(), 1);
    let done = at.apply(&key, answered(4_000)).await.attempt;
    let at = at.reopen();
    let kept = at.store.attempt(key).await.unwrap().unwrap();
    assert_eq!(kept.refunds, done.refunds, "the history is in the file");
    assert_eq!(kept.refunds[0].id.as_deref(), Some("r1"));
    assert_eq!(kept.refunds[0].ended_at, Some(later(10)));
    let told = at.store.events_after(0, 10).await.unwrap();
    let data: serde_json::Value = serde_json::from_str(&told.last().unwrap().data).unwrap();
    assert_eq!(
        (&data["refundedAmount"], &data["refundId"]),
        (&"4000".into(), &"r1".into())
    );
}

#[test]
fn a_refused_part_leaves_what_was() {
    let declined = || Event::RefundDeclined {
        reason: Reason::new("too_late"),
    };
    let back = after(&after(&paid(), ask_back("r1", 4_000)), declined());
    assert_eq!((back.state, reason(&back)), (State::Paid, "too_late"));
    assert_eq!(back.refundable(), Some(Money::won(10_000)));
    let back = after(&after(&part_back(), ask_back("r2", 1)), declined());
    assert_eq!(back.state, State::PartiallyRefunded);
    assert_eq!(states(&back), [RefundState::Done, RefundState::Declined]);
    let unsent = Event::CallNotSent {
        op: MoneyOp::Refund,
    };
    let back = after(&after(&paid(), ask_back("r1", 4_000)), unsent);
    assert_eq!(back.state, State::Paid);
    assert_eq!(
        why(&back, ask_back("r1", 4_000)),
        "refund_id_used",
        "an id is used once, whatever came of it"
    );
}

#[test]
fn a_refusal_is_looked_behind() {
    // A gateway said no to what it did; its list shows it some minutes later.
    let declined = Event::RefundDeclined {
        reason: Reason::new("gateway_refused"),
    };
    let mut back = after(&after(&paid(), ask_back("r1", 10_000)), declined);
    let mut lookups = 0;
    for _ in 0..4 {
        let due = back.next_check_at.expect("another lookup");
        back = step(&back, whole(), due).unwrap().0;
        assert_eq!(back.state, State::Paid);
    }
    let due = back.next_check_at.unwrap();
    let shown = step(&back, shows(10_000), due).unwrap().0;
    assert_eq!(shown.state, State::Refunded);
    // If it was a no, nobody asks for ever.
    while let Some(due) = back.next_check_at {
        back = step(&back, whole(), due).unwrap().0;
        lookups += 1;
        assert!(lookups < 10);
    }
    assert_eq!(back.state, State::Paid);
}

#[test]
fn only_the_known_total_ends_the_doubt_of_a_part() {
    let asked = after(&part_back(), ask_back("r2", 1_000));
    let doubtful = after(&asked, unknown(MoneyOp::Refund));
    assert_eq!(states(&doubtful), [RefundState::Done, RefundState::Unknown]);
    let (settled, effects) = step(&doubtful, shows(5_000), later(20)).unwrap();
    assert_eq!(
        (settled.state, settled.doubt),
        (State::PartiallyRefunded, None)
    );
    assert_eq!(settled.refunded(), Money::won(5_000));
    assert!(effects.contains(&Effect::Finish(MoneyOp::Refund, CallOutcome::Done)));
    let (still, effects) = step(&doubtful, shows(9_000), later(20)).unwrap();
    assert_eq!((still.state, still.absences), (State::InDoubt, 0));
    assert!(effects.contains(&Effect::Alert("refund_total_unclear")));
    assert!(still.next_check_at.is_some(), "and is looked up again");
    let gone = after(&doubtful, shows(10_000));
    assert_eq!(
        (gone.state, gone.refunded()),
        (State::Refunded, Money::won(10_000))
    );
}

/// By hand, while ours runs: our own answer says nothing of that.
#[test]
fn what_went_back_beside_a_running_part_is_looked_for_when_ours_is_done() {
    let running = after(&paid(), ask_back("r1", 3_000));
    let ours_alone = after(&after(&running, shows(3_000)), answered(3_000));
    assert_eq!(ours_alone.suspicions.len(), 0);
    // The schedule may have been used up before.
    let mut running = running;
    running.checks = LOOKUP_SCHEDULE.len() as u32;
    for seen in [2_000, 5_000] {
        let part = after(&after(&running, shows(seen)), answered(3_000));
        assert_eq!(part.refunded(), Money::won(3_000));
        assert!(part.next_check_at.is_some(), "{seen}");
        let both = after(&part, shows(5_000));
        assert_eq!(
            (both.refunded(), both.suspicions.len()),
            (Money::won(5_000), 0)
        );
    }
}

/// More went back than what was in doubt. A person says that this was done; what else was, the gateway does.
#[test]
fn what_went_back_beside_a_part_in_doubt_is_looked_for_when_a_person_ends_the_doubt() {
    let mut disputed = paid();
    disputed.state = State::Discrepant;
    for before in [paid(), disputed] {
        let asked = after(&before, ask_back("r1", 3_000));
        let doubtful = after(&after(&asked, unknown(MoneyOp::Refund)), shows(5_000));
        assert_eq!(doubtful.state, State::InDoubt);
        let settled = Event::Resolved {
            operator: "kim".to_owned(),
            resolution: Resolution::Refunded,
        };
        let part = after(&doubtful, settled);
        assert_eq!(part.refunded(), Money::won(3_000));
        assert!(part.next_check_at.is_some(), "{:?}", part.state);
        assert_eq!(after(&part, shows(5_000)).refunded(), Money::won(5_000));
    }
}

/// An earlier refund that was refused was done all the same, and so was the one that is in doubt: only both make the total.
#[test]
fn a_total_that_takes_what_was_refused_and_what_is_in_doubt_says_that_both_were_done() {
    let first = after(&after(&paid(), ask_back("r1", 300)), declined());
    let asked = after(&first, ask_back("r2", 300));
    let doubtful = after(&asked, unknown(MoneyOp::Refund));
    let (part, effects) = step(&doubtful, shows(600), later(20)).unwrap();
    assert_eq!(
        (part.state, part.refunded(), part.doubt),
        (State::PartiallyRefunded, Money::won(600), None)
    );
    assert_eq!(states(&part), [RefundState::Declined, RefundState::Done]);
    assert!(effects.contains(&Effect::Finish(MoneyOp::Refund, CallOutcome::Done)));
    assert!(effects.contains(&Effect::Publish(Publication::PartiallyRefunded)));
    assert!(effects.contains(&Effect::Alert("refund_after_all")));
    // Nothing of ours makes this one.
    let (still, effects) = step(&doubtful, shows(700), later(20)).unwrap();
    assert_eq!(still.state, State::InDoubt);
    assert!(effects.contains(&Effect::Alert("refund_total_unclear")));
}

/// The lookups that are due show this total until the doubt is over.
fn not_done(mut doubtful: Attempt, total: u64) -> Attempt {
    let mut looks = 0;
    while doubtful.state == State::InDoubt {
        let due = doubtful.next_check_at.unwrap();
        doubtful = step(&doubtful, shows(total), due).unwrap().0;
        looks += 1;
        assert!(looks < 10);
    }
    assert!(looks >= 3, "one answer may be wrong");
    doubtful
}

/// What was refused makes the total by itself: the one in doubt was not done, however large the total is.
#[test]
fn a_total_that_what_was_refused_makes_alone_says_that_the_other_was_not_done() {
    let first = after(&after(&paid(), ask_back("r1", 500)), declined());
    let asked = after(&first, ask_back("r2", 300));
    let doubtful = not_done(after(&asked, unknown(MoneyOp::Refund)), 500);
    assert_eq!(states(&doubtful), [RefundState::Declined; 2]);
    let due = doubtful.next_check_at.unwrap();
    let part = step(&doubtful, shows(500), due).unwrap().0;
    assert_eq!(
        (part.state, part.refunded()),
        (State::PartiallyRefunded, Money::won(500))
    );
    // Counted once, it explains nothing more.
    let asked = after(&part, ask_back("r3", 200));
    let doubtful = after(&asked, unknown(MoneyOp::Refund));
    let (_, effects) = step(&doubtful, shows(1_200), later(40)).unwrap();
    assert!(effects.contains(&Effect::Alert("refund_total_unclear")));
}

/// An earlier refund that was refused was done all the same, and then came the one that is in doubt: the total has room for one of them.
#[test]
fn a_total_without_room_for_what_is_in_doubt_says_that_it_was_not_done() {
    let refused = Event::RefundDeclined {
        reason: Reason::new("gateway_refused"),
    };
    let first = after(&after(&paid(), ask_back("r1", 300)), refused);
    let asked = after(&first, ask_rest());
    let doubtful = not_done(after(&asked, unknown(MoneyOp::Refund)), 300);
    assert_eq!(states(&doubtful), [RefundState::Declined; 2]);
    // What did go back is counted by the next look.
    let due = doubtful.next_check_at.unwrap();
    let (part, effects) = step(&doubtful, shows(300), due).unwrap();
    assert_eq!(
        (part.state, part.refunded()),
        (State::PartiallyRefunded, Money::won(300))
    );
    assert!(effects.contains(&Effect::Publish(Publication::PartiallyRefunded)));
}

#[test]
fn a_part_whose_total_nobody_says_ends_no_doubt() {
    let mut attempt = attempt(Work::PayNow);
    attempt.order = payletter::order("order-1").into();
    let row = |status| Event::Sighted(payletter::row("order-1", 10_000, "t1", status));
    let partly = || Event::Sighted(payletter::row("order-1", 4_000, "t1", 2));
    let open = after(&attempt, requested(START));
    let paid = after(&open, row(0));
    let asked = after(&paid, ask_back("r1", 4_000));
    let mut doubtful = after(&asked, unknown(MoneyOp::Refund));
    for n in 1..=9 {
        for event in [row(0), partly()] {
            doubtful = step(&doubtful, event, later(n * 3600)).unwrap().0;
            assert_eq!(
                doubtful.state,
                State::InDoubt,
                "a row of the day's list is not the total"
            );
        }
    }
    let settle = |resolution| Event::Resolved {
        operator: "kim".to_owned(),
        resolution,
    };
    let done = after(&doubtful, settle(Resolution::Refunded));
    assert_eq!(
        (done.state, done.refunded()),
        (State::PartiallyRefunded, Money::won(4_000))
    );
    let not = after(&doubtful, settle(Resolution::NotRefunded));
    assert_eq!((not.state, not.refund.is_none()), (State::Paid, true));
    assert_eq!(states(&not), [RefundState::Declined]);
}

#[test]
fn a_part_that_never_shows_did_not_happen() {
    for (before, lookup) in [(paid(), whole()), (part_back(), shows(4_000))] {
        let back_to = before.state;
        let asked = after(&before, ask_back("r2", 1_000));
        let mut doubtful = step(&asked, unknown(MoneyOp::Refund), later(10)).unwrap().0;
        for n in 1..=4 {
            assert_eq!(doubtful.state, State::InDoubt);
            doubtful = step(&doubtful, lookup.clone(), later(n * 305)).unwrap().0;
        }
        assert_eq!(
            (doubtful.state, reason(&doubtful)),
            (back_to, "refund_absent")
        );
        assert_eq!(
            doubtful.refunds.last().unwrap().state,
            RefundState::Declined
        );
    }
}

#[test]
fn an_answer_behind_the_lookup_is_counted_once() {
    let asked = after(&paid(), ask_back("r1", 4_000));
    let seen = after(&asked, shows(4_000));
    assert_eq!(seen.state, State::PartiallyRefunded);
    let (same, effects) = step(&seen, answered(4_000), later(11)).unwrap();
    assert_eq!((same.refunded(), effects), (Money::won(4_000), vec![]));
    let declined = after(
        &after(&paid(), ask_back("r1", 4_000)),
        Event::RefundDeclined {
            reason: Reason::new("refund_absent"),
        },
    );
    let (late, effects) = step(&declined, answered(4_000), later(11)).unwrap();
    assert_eq!(
        (late.state, late.refunded()),
        (State::PartiallyRefunded, Money::won(4_000))
    );
    assert!(effects.contains(&Effect::Alert("refund_after_all")));
}

#[test]
fn another_amount_than_asked_is_looked_at_by_a_person() {
    let asked = after(&paid(), ask_back("r1", 4_000));
    let odd = after(&asked, answered(5_000));
    assert_eq!(
        (odd.state, reason(&odd)),
        (State::Discrepant, "refund_amount_differs")
    );
    assert_eq!(
        odd.refunded(),
        Money::won(5_000),
        "it went back all the same"
    );
}

#[test]
fn what_others_gave_back_counts() {
    let (seen, effects) = step(&paid(), shows(3_000), later(10)).unwrap();
    assert_eq!(seen.state, State::PartiallyRefunded);
    assert!(effects.contains(&Effect::Publish(Publication::PartiallyRefunded)));
    assert_eq!(seen.refundable(), Some(Money::won(7_000)));
    let (same, effects) = step(&seen, shows(3_000), later(11)).unwrap();
    assert_eq!((same.state, effects), (State::PartiallyRefunded, vec![]));
    let (more, effects) = step(&seen, shows(5_000), later(11)).unwrap();
    assert_eq!(more.refundable(), Some(Money::won(5_000)));
    assert_eq!(effects, [Effect::Publish(Publication::PartiallyRefunded)]);
    let lagging = after(&more, shows(3_000));
    assert_eq!(lagging.refunded(), Money::won(5_000), "totals only grow");
    assert_eq!(why(&more, ask_back("r1", 5_001)), "more_than_left");
    let nothing = after(&paid(), shows(0));
    assert_eq!(
        nothing.state,
        State::Paid,
        "a total of nothing is no refund"
    );
}

#[test]
fn a_part_of_unknown_size_leaves_an_unknown_rest() {
    let mut attempt = attempt(Work::PayNow);
    attempt.order = payletter::order("order-1").into();
    let row = |won, status| Event::Sighted(payletter::row("order-1", won, "t1", status));
    let paid = after(&after(&attempt, requested(START)), row(10_000, 0));
    let seen = after(&paid, row(4_000, 2));
    assert_eq!(
        (seen.state, seen.refundable()),
        (State::PartiallyRefunded, None)
    );
    assert_eq!(why(&seen, ask_rest()), "left_unknown");
    let asked = after(&seen, ask_back("r1", 1_000));
    assert_eq!(
        asked.state,
        State::RefundPending,
        "what the merchant names, the gateway judges"
    );
    let ours = after(&paid, ask_back("r1", 4_000));
    let ours = after(
        &ours,
        Event::RefundAnswered(payletter::refunded("t1", 4_000)),
    );
    let seen = after(&ours, row(4_000, 2));
    assert_eq!(
        seen.refundable(),
        Some(Money::won(6_000)),
        "that is the part we know"
    );
    assert_eq!(
        after(&ours, row(6_000, 1)).state,
        State::Refunded,
        "the rest went back"
    );
    assert_eq!(after(&ours, row(10_000, 1)).state, State::Refunded);
    assert_eq!(after(&ours, row(5_000, 1)).state, State::Discrepant);
}

#[test]
fn a_discrepant_payment_is_not_made_right_by_a_part() {
    let mut odd = paid();
    odd.state = State::Discrepant;
    odd.paid_at = None;
    let asked = after(&odd, ask_back("r1", 4_000));
    let (part, effects) = step(&asked, answered(4_000), later(20)).unwrap();
    assert_eq!(part.state, State::Discrepant);
    assert_eq!(
        effects.last(),
        Some(&Effect::Publish(Publication::PartiallyRefunded))
    );
    let rest = after(&after(&part, ask_rest()), answered(6_000));
    assert_eq!(rest.state, State::Refunded);
}

fn promised() -> (Attempt, Attempt) {
    let mut attempt = attempt(Work::PayNow);
    attempt.order = global::order("order-1").into();
    let open = after(&attempt, requested(START));
    let paid = after(&open, Event::Sighted(global::sale("order-1", "t1", 1)));
    let asked = after(&paid, ask_rest());
    let accepted = Event::RefundAccepted(global::refunded("t1"));
    (asked.clone(), after(&asked, accepted))
}

#[test]
fn a_refund_the_gateway_promised_is_looked_up_until_it_is_done() {
    let (asked, promised) = promised();
    let (_, effects) = step(
        &asked,
        Event::RefundAccepted(global::refunded("t1")),
        later(10),
    )
    .unwrap();
    assert!(effects.contains(&Effect::Finish(MoneyOp::Refund, CallOutcome::Done)));
    assert_eq!(
        (promised.state, promised.refund.is_some()),
        (State::RefundPending, true)
    );
    assert_eq!(states(&promised), [RefundState::Pending]);
    assert_eq!(why(&promised, ask_rest()), "refund_running");
    assert_eq!(
        why(&promised, unknown(MoneyOp::Refund)),
        "no_refund_running"
    );
    let mut waiting = promised;
    let mut now = later(10);
    for event in [
        Event::LookupAbsent,
        Event::LookupOpen,
        Event::LookupFailed {
            reason: Reason::new("timeout"),
        },
        Event::Sighted(global::sale("order-1", "t1", 1)),
    ]
    .into_iter()
    .cycle()
    .take(40)
    {
        let at = waiting.next_check_at.expect("it is looked up again");
        assert!(at > now);
        now = at;
        waiting = step(&waiting, event, now).unwrap().0;
        assert_eq!(waiting.state, State::RefundPending);
    }
    let daily = waiting.next_check_at.unwrap().since(now);
    assert_eq!(daily, HOUR * 24);
    let done = step(
        &waiting,
        Event::Sighted(global::sale("order-1", "t1", 2)),
        now,
    )
    .unwrap()
    .0;
    assert_eq!((done.state, done.next_check_at), (State::Refunded, None));
    assert_eq!(states(&done), [RefundState::Done]);
}

/// Where the list may not be read, the notice of it is all that ever comes.
#[test]
fn a_promise_that_a_notice_says_is_kept_is_told_where_no_list_can_show_it() {
    let (_, promised) = promised();
    let notice = Event::Sighted(global::notice(2, "order-1", "t1").unwrap());
    let noted = after(&promised, notice);
    assert_eq!(noted.state, State::RefundPending);
    let unread = || Event::LookupFailed {
        reason: Reason::new("sales_list_not_permitted"),
    };
    let told = Effect::Publish(Publication::Discrepant);
    let (unproven, effects) = step(&noted, unread(), later(20)).unwrap();
    assert!(effects.contains(&told), "{effects:?}");
    assert_eq!(unproven.state, State::RefundPending);
    let (still, effects) = step(&unproven, unread(), later(30)).unwrap();
    assert!(!effects.contains(&told), "once: {effects:?}");
    let said = Event::Resolved {
        operator: "kim".to_owned(),
        resolution: Resolution::Refunded,
    };
    assert_eq!(after(&still, said).state, State::Refunded);
    // Where it may be read, the list decides, and nobody is alarmed.
    let row = Event::Sighted(global::sale("order-1", "t1", 2));
    let (done, effects) = step(&noted, row, later(20)).unwrap();
    assert_eq!((done.state, done.suspects()), (State::Refunded, false));
    assert!(!effects.contains(&told), "{effects:?}");
}

#[test]
fn a_promise_is_only_about_its_own_refund_and_a_person_may_end_it() {
    let (asked, promised) = promised();
    let other = Event::RefundAccepted(global::refunded("t9"));
    let (same, effects) = step(&asked, other, later(11)).unwrap();
    assert!(!same.refund.unwrap().accepted);
    assert_eq!(effects, [Effect::Alert("refund_differs")]);
    assert_eq!(
        why(&paid(), Event::RefundAccepted(global::refunded("t1"))),
        "no_refund_running"
    );
    let doubtful = after(&asked, unknown(MoneyOp::Refund));
    let late = after(&doubtful, Event::RefundAccepted(global::refunded("t1")));
    assert_eq!((late.state, late.doubt), (State::RefundPending, None));
    for (resolution, state) in [
        (Resolution::Refunded, State::Refunded),
        (Resolution::NotRefunded, State::Paid),
    ] {
        let settled = Event::Resolved {
            operator: "kim".to_owned(),
            resolution,
        };
        assert_eq!(after(&promised, settled).state, state);
    }
    let asked_twice = Event::Resolved {
        operator: "kim".to_owned(),
        resolution: Resolution::NotRefunded,
    };
    assert_eq!(
        why(&asked, asked_twice),
        "refund_running",
        "its call may be on its way"
    );
}

#[tokio::test]
async fn a_promise_survives_the_process_and_leaves_no_call_open() {
    let at = TestStore::new();
    at.store.register(global::order("order-1")).await.unwrap();
    let key = at.begin("order-1", START).await.key();
    at.apply(&key, requested(START)).await;
    at.apply(&key, Event::Sighted(global::sale("order-1", "t1", 1)))
        .await;
    at.apply(&key, ask_rest()).await;
    at.apply(&key, Event::RefundAccepted(global::refunded("t1")))
        .await;
    let at = at.reopen();
    assert!(
        at.store
            .recover(later(99), later(99))
            .await
            .unwrap()
            .is_empty()
    );
    let calls = at.store.money_calls("order-1").await.unwrap();
    assert_eq!(calls[0].state, CallState::Ended(CallOutcome::Done));
    let due = at.store.due(later(9999), 9).await.unwrap();
    assert!(due[0].refund.as_ref().unwrap().accepted);
}

#[tokio::test]
async fn a_part_that_a_kill_left_behind_is_in_doubt() {
    let at = TestStore::new();
    let key = at.requested("order-1", Work::PayNow).await;
    at.apply(&key, whole()).await;
    at.apply(&key, ask_back("r1", 4_000)).await;
    let at = at.reopen();
    let recovered = at.store.recover(later(60), later(60)).await.unwrap();
    assert_eq!(recovered[0].attempt.doubt, Some(MoneyOp::Refund));
    let again = at
        .store
        .apply(key.clone(), ask_back("r1", 4_000), later(61))
        .await;
    assert!(matches!(again, Err(StoreError::Refused(refused)) if refused.why == "refund_id_used"));
    let settled = at.store.apply(key, shows(4_000), later(70)).await.unwrap();
    assert_eq!(settled.attempt.state, State::PartiallyRefunded);
    assert!(at.store.unfinished_calls().await.unwrap().is_empty());
}

#[test]
fn a_second_payment_goes_back_whole_beside_a_part_of_the_first() {
    let mut attempt = attempt(Work::PayNow);
    attempt.order = payletter::order("order-1").into();
    let row = |tid| Event::Sighted(payletter::row("order-1", 10_000, tid, 0));
    let paid = after(&after(&attempt, requested(START)), row("t1"));
    let part = after(
        &after(&paid, ask_back("r1", 4_000)),
        Event::RefundAnswered(payletter::refunded("t1", 4_000)),
    );
    let second = after(&part, row("t2"));
    assert_eq!(second.refund.as_ref().unwrap().money, Money::won(10_000));
    let back = after(
        &second,
        Event::RefundAnswered(payletter::refunded("t2", 10_000)),
    );
    assert_eq!(
        (back.state, back.refunded()),
        (State::PartiallyRefunded, Money::won(4_000))
    );
}

/// The list by day of settlement: a row for each cancellation of `t1`.
fn cancellations(amounts: &[u64]) -> Event {
    let rows: Vec<_> = amounts
        .iter()
        .map(|won| payletter::cancellation(*won))
        .collect();
    let rows: Vec<_> = rows.iter().collect();
    Event::Sighted(Evidence::payletter_cancellations(&rows, b"list").unwrap())
}

#[test]
fn parts_that_add_up_to_the_whole_leave_nothing() {
    let mut attempt = attempt(Work::PayNow);
    attempt.order = payletter::order("order-1").into();
    let row = Event::Sighted(payletter::row("order-1", 10_000, "t1", 0));
    let paid = after(&after(&attempt, requested(START)), row);
    let seen = after(&paid, cancellations(&[4_000]));
    assert_eq!(seen.refundable(), Some(Money::won(6_000)));
    let gone = after(&paid, cancellations(&[4_000, 6_000]));
    assert_eq!(
        (gone.state, gone.refunded()),
        (State::Refunded, Money::won(10_000))
    );
    let asked = after(&paid, ask_back("r1", 4_000));
    let doubtful = after(&asked, unknown(MoneyOp::Refund));
    let ours = after(&doubtful, cancellations(&[4_000]));
    assert_eq!((ours.state, ours.doubt), (State::PartiallyRefunded, None));
    let gone = after(&doubtful, cancellations(&[4_000, 6_000]));
    assert_eq!((gone.state, gone.doubt), (State::Refunded, None));
    assert_eq!(states(&gone), [RefundState::Done]);
    assert_eq!(gone.refunded(), Money::won(10_000));
    // A row that a list shows twice is one cancellation.
    let twice = after(&paid, cancellations(&[4_000, 4_000]));
    assert_eq!(twice.refunded(), Money::won(4_000));
    let more = after(&paid, cancellations(&[9_000, 8_000]));
    assert_eq!(
        reason(&more),
        "refund_amount_differs",
        "more than was taken"
    );
}

/// Two equal items sent back one right after the other: in Payletter's list both cancellations may look like one row shown twice.
#[test]
fn an_equal_part_of_the_same_second_is_not_said_to_be_absent() {
    let mut attempt = attempt(Work::PayNow);
    attempt.order = payletter::order("order-1").into();
    let row = Event::Sighted(payletter::row("order-1", 10_000, "t1", 0));
    let paid = after(&after(&attempt, requested(START)), row);
    let first = after(&paid, ask_back("r1", 2_000));
    let first = after(&first, cancellations(&[2_000]));
    assert_eq!(states(&first), [RefundState::Done]);
    let asked_at = |seconds: u64| {
        let (asked, _) = step(&first, ask_back("r2", 2_000), later(seconds)).unwrap();
        let (mut second, _) = step(&asked, unknown(MoneyOp::Refund), later(20)).unwrap();
        for _ in 0..LOOKUP_SCHEDULE.len() {
            let Some(at) = second.next_check_at else {
                break;
            };
            let seen = cancellations(&[2_000, 2_000]);
            second = step(&second, seen, at).unwrap().0;
        }
        second
    };
    let twin = asked_at(11);
    assert_eq!(
        (twin.state, states(&twin)),
        (
            State::InDoubt,
            vec![RefundState::Done, RefundState::Unknown]
        ),
        "a person says what became of it"
    );
    assert!(twin.next_check_at.is_some());
    // Asked for later, or when the clock had been put back meanwhile.
    for at in [14, 4] {
        let another = asked_at(at);
        assert_eq!(
            (another.state, reason(&another)),
            (State::PartiallyRefunded, "refund_absent")
        );
    }
}

#[test]
fn a_payment_first_seen_when_a_part_of_it_is_back_was_paid() {
    // The answer to the confirm was lost, and somebody gave a part back by hand before we looked.
    let open = after(&attempt(Work::ConfirmThenPay), requested(START));
    let confirming = after(&after(&open, authenticated()), Event::ConfirmStarted);
    let doubtful = after(&confirming, unknown(MoneyOp::Confirm));
    for before in [open, confirming, doubtful] {
        let (seen, effects) = step(&before, shows(2_000), later(20)).unwrap();
        assert_eq!(
            seen.state,
            State::PartiallyRefunded,
            "from {:?}",
            before.state
        );
        assert_eq!(seen.refundable(), Some(Money::won(8_000)));
        assert_eq!((seen.doubt, seen.next_check_at), (None, None));
        assert!(effects.contains(&Effect::Publish(Publication::Paid)));
        assert!(effects.contains(&Effect::Publish(Publication::PartiallyRefunded)));
        // Of another amount it is not taken for paid.
        let other = Event::Sighted(looked_up_cancelled("order-1", 20_000, "t1", 2_000));
        let (seen, _) = step(&before, other, later(20)).unwrap();
        let answer_comes = before.state == State::Confirming;
        let told = if answer_comes {
            State::Confirming
        } else {
            State::Discrepant
        };
        assert_eq!((seen.state, seen.paid_at), (told, None));
    }
}

/// Captured for another amount, and not given back by itself; 2,000 of it were asked back, and refused.
fn refused_in_dispute() -> Attempt {
    let (mut open, _) = step(&attempt(Work::PayNow), requested(START), START).unwrap();
    open.policy.auto_refund = false;
    let seen = Event::Sighted(looked_up("order-1", 12_000, "t1"));
    let bad = step(&open, seen, later(1)).unwrap().0;
    let refused = after(&after(&bad, ask_back("r1", 2_000)), declined());
    assert_eq!(refused.state, State::Discrepant);
    assert!(refused.next_check_at.is_some(), "it is looked behind");
    refused
}

fn declined() -> Event {
    Event::RefundDeclined {
        reason: Reason::new("gateway_refused"),
    }
}

fn shows_of_dispute(total: u64) -> Event {
    Event::Sighted(looked_up_cancelled("order-1", 12_000, "t1", total))
}

#[test]
fn a_refused_part_of_what_is_in_dispute_that_was_done_is_counted_and_told() {
    let told = Effect::Publish(Publication::PartiallyRefunded);
    let alert = Effect::Alert("refund_after_all");
    let (seen, effects) = step(&refused_in_dispute(), shows_of_dispute(2_000), later(20)).unwrap();
    assert_eq!(
        (seen.state, seen.refunded(), seen.refundable()),
        (
            State::Discrepant,
            Money::won(2_000),
            Some(Money::won(10_000))
        )
    );
    assert!(
        effects.contains(&told) && effects.contains(&alert),
        "{effects:?}"
    );
    // Once: the next look shows as much.
    let (same, effects) = step(&seen, shows_of_dispute(2_000), later(30)).unwrap();
    assert_eq!(same.refunded(), Money::won(2_000));
    assert!(!effects.contains(&told) && !effects.contains(&alert));
    assert_eq!(why(&same, ask_back("r2", 10_001)), "more_than_left");
    // The rest by hand: nothing is left of it, and nothing to dispute.
    let (gone, effects) = step(&same, shows_of_dispute(12_000), later(40)).unwrap();
    assert_eq!(gone.state, State::Refunded);
    assert!(effects.contains(&Effect::Publish(Publication::Refunded)));
}

#[test]
fn of_what_is_in_dispute_a_part_went_back_and_nobody_says_how_much() {
    let mut one = attempt(Work::PayNow);
    one.order = payletter::order("order-1").into();
    one.policy.auto_refund = false;
    let row = |status| Event::Sighted(payletter::row("order-1", 12_000, "t1", status));
    let bad = after(&after(&one, requested(START)), row(0));
    let refused = after(&after(&bad, ask_back("r1", 2_000)), declined());
    let (seen, effects) = step(&refused, row(2), later(20)).unwrap();
    assert_eq!((seen.state, seen.refundable()), (State::Discrepant, None));
    assert!(effects.contains(&Effect::Publish(Publication::PartiallyRefunded)));
    let (_, effects) = step(&seen, row(2), later(30)).unwrap();
    assert!(!effects.contains(&Effect::Publish(Publication::PartiallyRefunded)));
    // The sum says it.
    let parts = [&payletter::cancellation(2_000)];
    let sum = Event::Sighted(Evidence::payletter_cancellations(&parts, b"rows").unwrap());
    let known = after(&seen, sum);
    assert_eq!(known.refundable(), Some(Money::won(10_000)));
}

/// Of a payment long ago not every day is asked for: what stands there is not all that went back, and no less.
#[test]
fn a_sum_of_some_days_is_the_least_that_went_back() {
    let mut one = attempt(Work::PayNow);
    one.order = payletter::order("order-1").into();
    let row = |status| Event::Sighted(payletter::row("order-1", 10_000, "t1", status));
    let sum = |won: u64| {
        let parts = [&payletter::cancellation(won)];
        Evidence::payletter_cancellations(&parts, b"rows").unwrap()
    };
    let some = |won: u64| Event::Sighted(sum(won).of_some_days());
    let paid = after(&after(&one, requested(START)), row(0));
    let by_hand = after(&paid, Event::Sighted(sum(300)));
    let refused = after(&after(&by_hand, ask_back("r1", 500)), declined());
    assert_eq!(refused.state, State::PartiallyRefunded);
    // What is known already says nothing new.
    let (same, effects) = step(&refused, some(300), later(20)).unwrap();
    assert_eq!(same.refundable(), Some(Money::won(9_700)));
    assert!(!effects.contains(&Effect::Publish(Publication::PartiallyRefunded)));
    let (seen, effects) = step(&same, some(500), later(30)).unwrap();
    assert_eq!(
        (seen.state, seen.refunded(), seen.refundable()),
        (State::PartiallyRefunded, Money::won(500), None),
        "500 at least, and what is left nobody knows"
    );
    assert!(effects.contains(&Effect::Publish(Publication::PartiallyRefunded)));
    assert!(effects.contains(&Effect::Alert("refund_after_all")));
    let (_, effects) = step(&seen, some(500), later(40)).unwrap();
    assert!(!effects.contains(&Effect::Publish(Publication::PartiallyRefunded)));
    // As much as was paid: nothing is left.
    let (gone, _) = step(&seen, some(10_000), later(50)).unwrap();
    assert_eq!(gone.state, State::Refunded);
    // While one of ours is in doubt, it does not say whether that was done.
    let asked = after(&by_hand, ask_back("r1", 500));
    let doubtful = after(&asked, unknown(MoneyOp::Refund));
    let (still, effects) = step(&doubtful, some(500), later(30)).unwrap();
    assert_eq!(still.state, State::InDoubt);
    assert!(effects.contains(&Effect::Alert("refund_total_unclear")));
}
