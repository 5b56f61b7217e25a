//! What lookups must not do: go on for ever, end too soon, or forget what they showed.

use std::time::Duration;

use paypair_ledger::{Event, Evidence, LOOKUP_SCHEDULE, Resolution, Sight, State, step};
use paypair_protocol::Work;

use super::explore::Taken;
use super::worlds::{Around, Input, World};

/// `Store::due` finds these once their time is over, for as long as no lookup is arranged.
fn is_found_by_its_end(state: State) -> bool {
    use State::*;
    matches!(state, Created | Requested | Authenticated | AwaitingDeposit)
}

fn is_lookup(event: &Event) -> bool {
    match event {
        Event::LookupAbsent
        | Event::LookupOpen
        | Event::LookupDeclined { .. }
        | Event::LookupFailed { .. } => true,
        Event::Sighted(evidence) => !evidence.is_pushed(),
        _ => false,
    }
}

/// Past its time it is looked up before it ends. Whatever the answer is, and as often as it is the same: it ends, or the next question
/// is asked later than this one.
pub fn an_expired_attempt_is_not_asked_about_for_ever(world: &World, taken: &Taken<'_>) {
    if !matches!(taken.event, Event::ExpireDue) {
        return;
    }
    for answer in world.inputs.iter().filter(|input| is_lookup(&input.event)) {
        let mut attempt = taken.after.attempt.clone();
        let (mut now, mut asked) = (taken.now, Vec::new());
        while is_found_by_its_end(attempt.state) {
            let event = match attempt.next_check_at {
                Some(due) => {
                    now = now.max(due);
                    let again = asked.last() == Some(&now) || asked.len() > 20;
                    assert!(!again, "{:?}: {}", answer.event, taken.tell());
                    asked.push(now);
                    answer.around.show(&mut attempt, &answer.event);
                    answer.event.clone()
                }
                None => Event::ExpireDue,
            };
            attempt = step(&attempt, event, now).unwrap().0;
        }
    }
}

/// An answer that tells nothing of a payment to come leaves the rest of the schedule, if there is a rest of it.
pub fn a_look_ends_no_schedule(taken: &Taken<'_>) {
    let (before, after) = (&taken.before.attempt, &taken.after.attempt);
    let stays = before.state.is_soft_end() && after.state.is_soft_end();
    let used_up = before.checks as usize >= LOOKUP_SCHEDULE.len();
    if stays && !used_up && is_lookup(taken.event) {
        assert!(after.next_check_at.is_some(), "{}", taken.tell());
    }
}

/// Whoever asks before it is due puts nothing off, if the gateway tells nothing that is new.
pub fn an_early_look_puts_nothing_off(taken: &Taken<'_>) {
    use State::*;
    let mut early = taken.before.attempt.clone();
    let open = matches!(
        early.state,
        Requested | Authenticated | AwaitingDeposit | InDoubt | PendingReview
    );
    let is_asked = open || early.state.is_soft_end() || early.suspects();
    if !is_asked || !is_lookup(taken.event) || taken.event.evidence().is_some() {
        return;
    }
    let due = taken.now.after(Duration::from_secs(3_600));
    early.next_check_at = Some(due);
    let (next, _) = step(&early, taken.event.clone(), taken.now).unwrap();
    let kept = next.next_check_at.is_some_and(|at| at <= due);
    assert!(kept || next.state != early.state, "{}", taken.tell());
}

/// What ends before the gateway's answer to our request may have been paid in a window that the answer told of: it is asked about to the
/// end of the schedule.
pub fn what_was_asked_for_is_looked_behind(taken: &Taken<'_>) {
    let (before, after) = (&taken.before.attempt, &taken.after.attempt);
    let order = &after.order;
    let ours = order.work == Work::ConfirmThenPay || order.charge.is_some();
    let refused = matches!(taken.event, Event::RequestFailed { .. });
    let asked = is_lookup(taken.event) && before.checks as usize >= LOOKUP_SCHEDULE.len();
    if before.state == State::Created && after.state.is_soft_end() && !(ours || refused || asked) {
        assert!(after.next_check_at.is_some(), "{}", taken.tell());
    }
}

/// A person said that nothing was captured: like a gateway's own no, that is looked behind.
pub fn a_persons_no_is_looked_behind(taken: &Taken<'_>) {
    let no = matches!(
        taken.event,
        Event::Resolved {
            resolution: Resolution::NotCaptured,
            ..
        }
    );
    let after = &taken.after.attempt;
    assert!(!no || after.next_check_at.is_some(), "{}", taken.tell());
}

/// A lookup showed that all of a payment is back, and nobody was told of it: what tells of it later is late.
pub fn what_is_known_to_be_back_pays_nothing(world: &World, taken: &Taken<'_>) {
    let after = &taken.after.attempt;
    let shown = taken.event.evidence().filter(|evidence| {
        let ours = evidence.gateway_order_id() == Some(&after.gateway_order_id);
        evidence.sight() == Sight::Cancelled && is_lookup(taken.event) && ours
    });
    let Some(id) = shown.and_then(|shown| shown.transaction_id()) else {
        return;
    };
    let tells_of_it = |evidence: &&Evidence| {
        evidence.sight() == Sight::Captured && evidence.transaction_id() == Some(id)
    };
    // What is another attempt's is told of, whatever we knew of it.
    let ours = |late: &&Input| late.around != Around::Clash;
    for late in world.inputs.iter().filter(ours) {
        if after.state.is_soft_end() && late.event.evidence().filter(tells_of_it).is_some() {
            let mut seen = after.clone();
            late.around.show(&mut seen, &late.event);
            let state = step(&seen, late.event.clone(), taken.now).map(|(next, _)| next.state);
            let fine = state.map_or(true, State::is_soft_end);
            assert!(fine, "{:?}: {}", late.event, taken.tell());
        }
    }
}
