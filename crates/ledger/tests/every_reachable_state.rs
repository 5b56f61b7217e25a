//! A model check by the real step, not by a second copy of it: every attempt that can be reached meets every kind of event, at every
//! moment that matters, and the rules hold in each single step. What was seen is the transition table; it is drawn in docs/states.svg.

mod common;
mod model;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;

use model::draw::picture;
use model::explore::{Found, Taken, Transitions, explore, is_open, is_unread, says_something};
use model::kinds::{KINDS, number};
use model::lookups::{
    a_look_ends_no_schedule, a_persons_no_is_looked_behind, an_early_look_puts_nothing_off,
    an_expired_attempt_is_not_asked_about_for_ever, what_is_known_to_be_back_pays_nothing,
    what_was_asked_for_is_looked_behind,
};
use model::worlds::{World, worlds};
use paypair_ledger::{
    Attempt, BillingKeyState, Effect, Event, MoneyOp, Publication, RefundLine, RefundState,
    Resolution, Sight, State,
};
use paypair_protocol::Gateway;

/// What must hold of each step.
fn judge(world: &World, taken: &Taken<'_>) {
    an_expired_attempt_is_not_asked_about_for_ever(world, taken);
    a_look_ends_no_schedule(taken);
    an_early_look_puts_nothing_off(taken);
    what_was_asked_for_is_looked_behind(taken);
    a_persons_no_is_looked_behind(taken);
    what_is_known_to_be_back_pays_nothing(world, taken);
    paid_takes_evidence(taken);
    ends_stay(taken);
    a_persons_word_is_given_a_name_by_a_list(taken);
    sums_are_sound(taken);
    calls_are_open_as_long_as_needed(taken);
    nothing_open_is_forgotten(taken);
    something_is_not_nothing(taken);
    an_unread_amount_blames_nobody(taken);
    the_merchant_hears_of_it(taken);
    no_agreement_outlives_what_never_counted(taken);
    an_outcome_is_about_its_own_refund(taken);
    what_is_shown_to_be_back_counts(taken);
}

/// What a lookup shows to be back of a payment that nothing of ours is giving back counts, and is told; in dispute too.
fn what_is_shown_to_be_back_counts(taken: &Taken<'_>) {
    use State::*;
    let (before, after) = (&taken.before.attempt, &taken.after.attempt);
    let shown = taken.event.evidence().filter(|evidence| {
        let own = evidence.transaction_id().is_some()
            && evidence.transaction_id() == before.transaction_id.as_deref();
        let ours = evidence.gateway_order_id() == Some(&before.gateway_order_id);
        let in_part = evidence.sight() == Sight::PartlyCancelled && !evidence.is_pushed();
        own && ours && in_part
    });
    let stands = matches!(before.state, Paid | PartiallyRefunded | Discrepant)
        && before.refund.is_none()
        && before.captured.is_some();
    if let Some(shown) = shown.filter(|_| stands) {
        let total = shown.refunded().map_or(0, |total| total.minor);
        let captured = after.captured.map_or(0, |captured| captured.minor);
        let counted = after.refunded().minor >= total.min(captured);
        let told = |publication| taken.effects.contains(&Effect::Publish(publication));
        let silent = after.refunded() == before.refunded() && {
            let unclear = after.refunds_unclear && !before.refunds_unclear;
            !unclear || after.state != Discrepant
        };
        let heard = silent
            || after.state != before.state
            || told(Publication::PartiallyRefunded)
            || told(Publication::Refunded);
        assert!(counted && heard, "{}", taken.tell());
    }
}

/// Whichever refund runs when it comes.
fn an_outcome_is_about_its_own_refund(taken: &Taken<'_>) {
    let Event::OfRefund { no, .. } = taken.event else {
        return;
    };
    let (before, after) = (&taken.before.attempt, &taken.after.attempt);
    if before.running_refund().is_some_and(|line| line.no != *no) {
        let runs = after.running_refund() == before.running_refund();
        assert!(runs && after.state == before.state, "{}", taken.tell());
    }
}

fn paid_takes_evidence(taken: &Taken<'_>) {
    let (before, after) = (&taken.before.attempt, &taken.after.attempt);
    let own = after.transaction_id.as_deref();
    if before.paid_at.is_none() && after.paid_at.is_some() {
        let evidence = taken.event.evidence();
        // A person's word is that of a signed notice which was kept, and of which nothing but the kind was in doubt.
        let said = matches!(
            taken.event,
            Event::Resolved {
                resolution: Resolution::Captured,
                ..
            }
        );
        let kept = before.unproven_capture();
        let signed =
            said && kept.is_some_and(|it| {
                // Of two names that were told it takes neither.
                let named =
                    after.transaction_id.is_none() || it.transaction_id == after.transaction_id;
                it.money == after.order.money && named
            }) && is_alone(after);
        let fits = signed
            || evidence.is_some_and(|evidence| {
                matches!(evidence.sight(), Sight::Captured | Sight::PartlyCancelled)
                    && evidence.money() == after.order.money
            });
        assert!(fits, "{}", taken.tell());
    }
    if matches!(after.state, State::Paid | State::PartiallyRefunded) {
        assert!(after.paid_at.is_some(), "{}", taken.tell());
        assert!(!after.has_standing_second(), "{}", taken.tell());
    }
    if after.state == State::Refunded && !after.refunded().is_zero() && own.is_some() {
        assert!(!after.has_standing_second(), "{}", taken.tell());
    }
    if after.state == State::Registered && before.state != after.state {
        let brought = matches!(taken.event, Event::BillingKeyAdopted { .. });
        let proven = taken.event.evidence().is_some();
        assert!(proven || brought, "{}", taken.tell());
    }
}

/// Nothing else of the order was paid, or may be.
fn is_alone(attempt: &Attempt) -> bool {
    let others = [
        attempt.rival,
        attempt.live_sibling,
        attempt.undecided_sibling,
    ];
    others == [None; 3]
}

fn ends_stay(taken: &Taken<'_>) {
    let (before, after) = (taken.before.attempt.state, taken.after.attempt.state);
    let second = (before, after) == (State::Refunded, State::Discrepant)
        && taken.after.attempt.has_standing_second();
    let ended = !before.is_terminal() || after == before || second;
    assert!(ended, "{}", taken.tell());
    let resumed = after == State::Authenticated;
    let proven = taken.event.evidence().is_some();
    // What a person may say of an end, `paid_takes_evidence` judges.
    let said = after == State::Paid && matches!(taken.event, Event::Resolved { .. });
    // The gateway holds what was paid in the window that was given up.
    let held = after == State::PendingReview && matches!(taken.event, Event::NoticePending { .. });
    let stays = after == before || proven || resumed || said || held;
    assert!(!before.is_soft_end() || stays, "{}", taken.tell());
}

/// Of two names that were told a person's word says neither, and what is sent to us bears one that is not signed.
fn a_persons_word_is_given_a_name_by_a_list(taken: &Taken<'_>) {
    let (before, after) = (&taken.before.attempt, &taken.after.attempt);
    let pushed = taken.event.evidence().is_some_and(|it| it.is_pushed());
    let nameless = before.captured.is_some() && before.transaction_id.is_none();
    if matches!(before.state, State::Paid | State::PartiallyRefunded) && nameless && pushed {
        assert_eq!(after.transaction_id, None, "{}", taken.tell());
    }
}

/// By sums kept beside the step: what is on its way, and what went back by us, is never more than was captured.
fn sums_are_sound(taken: &Taken<'_>) {
    let after = &taken.after.attempt;
    let own = after.transaction_id.as_deref();
    assert_eq!(after.second_payment(own), None, "{}", taken.tell());
    if let Some(captured) = after.captured {
        assert_eq!(
            after.refunded().currency,
            captured.currency,
            "{}",
            taken.tell()
        );
    }
    if !taken.effects.contains(&Effect::Call(MoneyOp::Refund)) {
        return;
    }
    let case = after.refund.as_ref().unwrap();
    let payment = &case.transaction_id;
    let captured = match after.second_payment(payment.as_deref()) {
        Some(second) => {
            assert!(!second.is_back, "{}", taken.tell());
            second.money.minor
        }
        None => {
            let captured = after.captured.unwrap_or_else(|| panic!("{}", taken.tell()));
            assert_eq!(payment, &after.transaction_id, "{}", taken.tell());
            captured.minor
        }
    };
    let beside = &taken.before.beside;
    let went = beside.given_back.get(payment).copied().unwrap_or(0);
    assert!(went + case.money.minor <= captured, "{}", taken.tell());
    assert!(
        beside.going_back.is_none(),
        "one at a time: {}",
        taken.tell()
    );
    let named = !after.has_standing_second() || after.order.gateway != Gateway::Payple;
    assert!(named, "it could give back another one: {}", taken.tell());
}

/// That no second call is made while one is open, [`explore`] sees itself: it keeps the rows. Here: none is open for nothing.
fn calls_are_open_as_long_as_needed(taken: &Taken<'_>) {
    let node = taken.after;
    let it = &node.attempt;
    let doubts = |op| it.state == State::InDoubt && it.doubt == Some(op);
    let held = it.billing_key.as_ref().map(|held| held.state);
    let ending = matches!(
        held,
        Some(BillingKeyState::Deleting | BillingKeyState::InDoubt)
    );
    let refunding = it.refund.as_ref().is_some_and(|case| !case.accepted);
    for (op, needed) in [
        (
            MoneyOp::Confirm,
            it.state == State::Confirming || doubts(MoneyOp::Confirm),
        ),
        (
            MoneyOp::Charge,
            it.state == State::Charging || doubts(MoneyOp::Charge),
        ),
        (MoneyOp::Refund, refunding),
        (MoneyOp::DeleteBillingKey, ending),
    ] {
        let open = is_open(node, op);
        assert_eq!(open, needed, "{}: {}", op.as_str(), taken.tell());
    }
    let open = &node.beside.open_calls;
    let moving = open.iter().filter(|op| **op != MoneyOp::DeleteBillingKey);
    assert!(moving.count() <= 1, "{}", taken.tell());
    assert_eq!(
        it.state == State::InDoubt,
        it.doubt.is_some(),
        "{}",
        taken.tell()
    );
}

/// Each state, and what comes back to it by itself: a lookup, the end of a window, the answer to a call, or a person.
fn nothing_open_is_forgotten(taken: &Taken<'_>) {
    use State::*;
    let it = &taken.after.attempt;
    let looked_up = it.next_check_at.is_some();
    let called = |op| is_open(taken.after, op);
    let promised = it.refund.as_ref().is_some_and(|case| case.accepted);
    let remembered = match it.state {
        // `Store::due` finds these by the end of their time, if not before.
        Created | Requested | Authenticated | AwaitingDeposit => true,
        Confirming => called(MoneyOp::Confirm),
        Charging => called(MoneyOp::Charge),
        RefundPending if promised => looked_up,
        RefundPending => called(MoneyOp::Refund),
        PendingReview | InDoubt => looked_up,
        // A person looks; but not for a refund that was promised, or that we owe and could not send.
        Discrepant => looked_up || !(promised || is_owed(it)),
        // Ends. Where money may still show, the schedule runs out by itself.
        Paid | PartiallyRefunded | Refunded | ChargedBack | Registered | Declined | Cancelled
        | Expired => true,
    };
    assert!(remembered, "{}", taken.tell());
    let key = it.billing_key.as_ref();
    let doubted = key.is_some_and(|held| held.state == BillingKeyState::InDoubt);
    let looked_for = key.is_some_and(|held| held.next_check_at.is_some());
    assert_eq!(doubted, looked_for, "{}", taken.tell());
    let asked = taken.event.source() == "lookup" && !taken.event.kind().starts_with("billing");
    let again = it.next_check_at.is_some_and(|at| at <= taken.now);
    assert!(
        !asked || !again,
        "an answered lookup is due at once: {}",
        taken.tell()
    );
}

/// Where the gateway's last word is that there is something, nothing is told as if nothing were there.
fn something_is_not_nothing(taken: &Taken<'_>) {
    let (before, after) = (&taken.before.attempt, &taken.after.attempt);
    let entered = before.state != after.state;
    let timed = matches!(
        taken.event,
        Event::LookupOpen | Event::LookupFailed { .. } | Event::ExpireDue | Event::Superseded
    );
    let expired = entered && after.state == State::Expired && timed;
    assert!(
        !expired || !taken.before.beside.something,
        "{}",
        taken.tell()
    );
    let opened = says_something(before, taken.event) == Some(true);
    if opened && after.state.is_soft_end() && after.next_check_at.is_none() {
        let told = after.suspicions.iter().any(|it| it.told_at.is_some());
        assert!(told, "{}", taken.tell());
    }
}

/// A lookup that shows a capture without an amount begins no refund that was not owed, and tells of no contradiction.
fn an_unread_amount_blames_nobody(taken: &Taken<'_>) {
    let (before, after) = (&taken.before.attempt, &taken.after.attempt);
    if !is_unread(taken.event) || after.clash.is_some() {
        return;
    }
    let gives_up = before.state == State::InDoubt && before.doubt == Some(MoneyOp::Refund);
    let blamed = before.state != after.state && after.state == State::Discrepant && !gives_up;
    let begun = taken.effects.contains(&Effect::Call(MoneyOp::Refund));
    let owed = before.refunds.iter().any(|line| line.not_sent);
    assert!(!blamed && (!begun || owed), "{}", taken.tell());
}

/// What we last wanted to give back by ourselves never left, and can still be asked for.
fn is_owed(it: &Attempt) -> bool {
    let nameable = !(it.has_standing_second() && it.order.gateway == Gateway::Payple);
    let left = |line: &RefundLine| {
        let second = it.second_payment(line.transaction_id.as_deref());
        second.map_or_else(
            || it.refundable().is_some_and(|left| !left.is_zero()),
            |second| !second.is_back,
        )
    };
    let unsent = |line: &RefundLine| line.not_sent && line.state == RefundState::Declined;
    let last = it.refunds.last().filter(|line| unsent(line));
    it.refund.is_none() && nameable && last.is_some_and(left)
}

fn the_merchant_hears_of_it(taken: &Taken<'_>) {
    let (before, after) = (&taken.before.attempt, &taken.after.attempt);
    let says = |publication| taken.effects.contains(&Effect::Publish(publication));
    if let Some(news) = Publication::of(after.state)
        && before.state != after.state
    {
        // Back to where it was, the merchant was told already, and hears that it holds again; nothing is entered in silence.
        let back = matches!(
            before.state,
            State::RefundPending | State::InDoubt | State::Discrepant
        );
        let told = back && taken.before.beside.told.contains(&news);
        let again = told && (says(Publication::Restored) || says(Publication::PartiallyRefunded));
        assert!(says(news) || again, "{}", taken.tell());
    }
    let once = taken.before.beside.told.contains(&Publication::Paid);
    assert!(
        !(once && says(Publication::Paid)),
        "paid is told once: {}",
        taken.tell()
    );
    let more = after.refunded() != before.refunded() && after.state == State::PartiallyRefunded;
    assert!(
        !more || says(Publication::PartiallyRefunded),
        "{}",
        taken.tell()
    );
    let key = |attempt: &Attempt| attempt.billing_key.as_ref().map(|held| held.state);
    let gone = key(after) == Some(BillingKeyState::Deleted) && key(before) != key(after);
    assert_eq!(
        gone,
        says(Publication::BillingKeyDeleted),
        "{}",
        taken.tell()
    );
}

/// Where a subscription's first payment went back and was never told as paid, its key is ended, or somebody was told that it is not.
/// Of no other key is that begun unasked.
fn no_agreement_outlives_what_never_counted(taken: &Taken<'_>) {
    let it = &taken.after.attempt;
    let back = matches!(it.state, State::Refunded | State::ChargedBack);
    let owed = back && it.paid_at.is_none() && it.order.begins_subscription();
    let asked = matches!(taken.event, Event::BillingKeyDeleteAsked { .. });
    let begun = taken
        .effects
        .contains(&Effect::Call(MoneyOp::DeleteBillingKey));
    assert!(!begun || asked || owed, "{}", taken.tell());
    let held = it.billing_key.as_ref();
    if owed && held.is_some_and(|held| held.state == BillingKeyState::Active) {
        let before = &taken.before.attempt.billing_key;
        let known = before
            .as_ref()
            .is_some_and(|held| held.state == BillingKeyState::Active && held.reason.is_some());
        let told = taken
            .effects
            .contains(&Effect::Alert("subscription_goes_on"));
        let said = matches!(taken.event, Event::BillingKeyResolved { .. });
        assert!(known || told || said, "{}", taken.tell());
    }
}

/// How many refunds an attempt may have on record before no further one is asked for. More take longer: `MODEL_REFUNDS=9` is as good
/// as no bound, for none of the amounts leaves room for more.
fn refunds() -> usize {
    let asked = std::env::var("MODEL_REFUNDS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(2)
}

/// Every world walked through, two at a time.
fn walk() -> Vec<(World, Found)> {
    let waiting = Mutex::new(worlds().into_iter().enumerate().collect::<Vec<_>>());
    let found = Mutex::new(Vec::new());
    let one = || {
        loop {
            let Some((at, world)) = waiting.lock().unwrap().pop() else {
                break;
            };
            let seen = explore(&world, refunds(), |taken| judge(&world, taken));
            found.lock().unwrap().push((at, world, seen));
        }
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(one);
        one();
        other.join().unwrap();
    });
    let mut found = found.into_inner().unwrap();
    found.sort_by_key(|(at, ..)| *at);
    found
        .into_iter()
        .map(|(_, world, seen)| (world, seen))
        .collect()
}

/// So many attempts and steps there were when this was written, two refunds deep: a walk that sees less has lost something.
const LEAST: [(usize, usize); 10] = [
    (300, 16_200),
    (14_600, 959_000),
    (26_900, 1_763_000),
    (11_100, 550_000),
    (11_800, 898_000),
    (125, 6_590),
    (260, 17_000),
    (29_200, 1_975_000),
    (31_200, 1_316_000),
    (430, 6_100),
];

/// What leads out of the states in which somebody has the money or the key, or had it: nothing else does.
const WAYS_OUT: [(State, &[&str]); 6] = [
    (State::Paid, &PAID_NO_MORE),
    (State::PartiallyRefunded, &PAID_NO_MORE),
    (
        State::RefundPending,
        &[
            "call_not_sent",
            "call_unknown",
            "refund_answered",
            "refund_declined",
            "resolved",
            "sighted",
        ],
    ),
    (State::Registered, &[]),
    // A second payment, which must be able to go back.
    (State::Refunded, &["sighted"]),
    (State::ChargedBack, &[]),
];

/// The merchant asks, a gateway proves (late, of a refund that was given up), or a person says that the card company took it back.
const PAID_NO_MORE: [&str; 6] = [
    "charge_answered",
    "confirm_answered",
    "refund_answered",
    "refund_asked",
    "resolved",
    "sighted",
];

#[test]
fn every_reachable_attempt_keeps_the_rules_and_the_table_is_drawn() {
    let walked = walk();
    let mut transitions = Transitions::new();
    let mut reached = BTreeSet::new();
    let (mut attempts, mut steps) = (0, 0);
    for ((world, found), least) in walked.iter().zip(LEAST) {
        println!(
            "{}: {} attempts in {} states, {} steps ({} refused)",
            world.name,
            found.attempts,
            found.states.len(),
            found.steps,
            found.refused
        );
        assert_eq!(found.trapped, 0, "{}: no way to any end", world.name);
        assert!(found.attempts >= least.0, "{}", world.name);
        assert!(found.steps >= least.1, "{}", world.name);
        attempts += found.attempts;
        steps += found.steps;
        reached.extend(found.states.iter().copied());
        for (moved, kinds) in &found.transitions {
            transitions.entry(*moved).or_default().extend(kinds);
        }
    }
    println!(
        "in all: {attempts} attempts in {} states, {steps} steps, {} transitions",
        reached.len(),
        transitions
            .iter()
            .filter(|((from, to), _)| from != to)
            .count(),
    );
    let missing = State::ALL
        .iter()
        .filter(|state| !reached.contains(state.as_str()));
    assert_eq!(missing.count(), 0, "reached: {reached:?}");
    let inputs = walked.iter().flat_map(|(world, _)| &world.inputs);
    let kinds: BTreeSet<usize> = inputs.map(|input| number(&input.event)).collect();
    assert!(
        kinds.into_iter().eq(0..KINDS),
        "a kind of event is in no world"
    );
    settled_is_left_by_named_events(&transitions);
    is_up_to_date(&picture(&transitions));
}

fn settled_is_left_by_named_events(transitions: &Transitions) {
    for state in State::ALL {
        let named = WAYS_OUT.iter().find(|(from, _)| from == state);
        let leaves = |from: &str, to: &str| from == state.as_str() && to != from;
        let out = transitions
            .iter()
            .filter(|((from, to), _)| leaves(from, to));
        let kinds: BTreeSet<&str> = out.flat_map(|(_, kinds)| kinds.iter().copied()).collect();
        match named {
            Some((_, named)) => assert!(
                kinds.iter().copied().eq(named.iter().copied()),
                "{state}: {kinds:?}"
            ),
            None => assert!(!state.is_settled() && !state.is_terminal(), "{state}"),
        }
    }
}

/// Compares the picture with the kept one, or writes it anew where that was asked for.
fn is_up_to_date(made: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/states.svg");
    if std::env::var_os("DRAW_STATES").is_some() {
        std::fs::write(&file, made).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let same = kept.replace("\r\n", "\n") == made;
    assert!(
        same,
        "docs/states.svg is out of date: run this test with DRAW_STATES=1"
    );
}
