//! What of an attempt makes a difference to what can become of it. All else is made the same, so that what is left is finite.

use std::hash::{Hash, Hasher};
use std::mem::discriminant;

use paypair_ledger::{
    Attempt, BillingKeyState, LOOKUP_SCHEDULE, Reason, RefundLine, RefundState, State, Timestamp,
};
use paypair_protocol::Money;

use super::common::{START, later};

/// When every lookup is due: shortly before the moments at which the walk asks.
const DUE: Timestamp = Timestamp::from_millis(START.millis() + 3_540_000);

/// The same attempt with every moment, count and word that changes no path made one.
pub fn normalise(attempt: &mut Attempt) {
    let moment = |at: &mut Option<Timestamp>| {
        if at.is_some() {
            *at = Some(START);
        }
    };
    attempt.version = 0;
    attempt.created_at = START;
    attempt.expires_at = later(3600);
    attempt.requested_on = START.kst_date();
    for at in [
        &mut attempt.absent_since,
        &mut attempt.paid_at,
        &mut attempt.returned_at,
        &mut attempt.closed_at,
        &mut attempt.confirm_began_at,
    ] {
        moment(at);
    }
    let suspects = attempt.suspicions.iter().any(|it| it.told_at.is_none());
    let counts = matches!(
        attempt.state,
        State::Requested | State::Authenticated | State::AwaitingDeposit
    ) || suspects
        || (attempt.state.is_soft_end() && attempt.checks as usize >= LOOKUP_SCHEDULE.len());
    attempt.checks = if counts { stage(attempt.checks) } else { 0 };
    if attempt.state != State::Requested {
        (attempt.returned_at, attempt.closed_at) = (Some(START), Some(START));
    }
    if attempt.state != State::InDoubt {
        attempt.absences = 0;
        attempt.absent_since = None;
    }
    (attempt.rival, attempt.live_sibling, attempt.clash) = (None, None, None);
    attempt.undecided_sibling = None;
    (attempt.key_owner, attempt.key_charging) = (None, false);
    // The reasons that are asked for later.
    let gave_up = attempt.gave_up_a_refund();
    let kept = attempt.reason.take().filter(|it| match attempt.state {
        State::Created | State::Requested | State::Authenticated | State::AwaitingDeposit => {
            it.code == "capture_unconfirmed"
        }
        State::Discrepant => it.code == "amount_differs" && attempt.captured.is_none(),
        _ => false,
    });
    attempt.reason = kept.or_else(|| gave_up.then(|| Reason::new("refund_absent")));
    // Elsewhere nothing but the next step asks for it, and that one finds it missing: the harder case.
    let watched = matches!(
        attempt.state,
        State::InDoubt | State::PendingReview | State::RefundPending | State::Discrepant
    ) || suspects;
    attempt.next_check_at = attempt.next_check_at.filter(|_| watched).map(|_| DUE);
    attempt.detail.card = None;
    for suspicion in &mut attempt.suspicions {
        suspicion.since = START;
        moment(&mut suspicion.told_at);
    }
    // Which was told first makes no difference.
    attempt.suspicions.sort_by_key(|it| {
        let (money, refunded) = (it.money.map(|it| it.minor), it.refunded.map(|it| it.minor));
        let id = it.transaction_id.clone();
        (
            it.what as u8,
            it.whole,
            id,
            money,
            refunded,
            it.told_at.is_some(),
        )
    });
    for second in &mut attempt.second_payments {
        second.seen_at = START;
    }
    if let Some(case) = &mut attempt.refund {
        case.why.clear();
    }
    for line in &mut attempt.refunds {
        line.asked_at = START;
        (line.no, line.never_left) = (0, false);
        moment(&mut line.ended_at);
    }
    // What was refused may be asked again, under another id; but a second payment's is not asked for by itself twice, and what never left
    // is begun again.
    let own = attempt.transaction_id.clone();
    attempt.refunds.retain(|line| {
        line.state != RefundState::Declined || line.not_sent || line.transaction_id != own
    });
    // Asked and refused twice is as asked and refused once; but what is done adds up.
    let mut seen: Vec<RefundLine> = Vec::new();
    for line in std::mem::take(&mut attempt.refunds) {
        seen.retain(|known| known.state == RefundState::Done || *known != line);
        seen.push(line);
    }
    attempt.refunds = seen;
    // What was left out is as if it had never been: the others are counted without it.
    for (line, no) in attempt.refunds.iter_mut().zip(1..) {
        line.no = no;
    }
    if let Some(held) = &mut attempt.billing_key {
        held.checks = stage(held.checks);
        (held.created_at, held.card) = (START, None);
        // What was refused, or said by a person, is not asked for again; what never left is.
        held.reason = held
            .reason
            .take()
            .filter(|reason| held.state == BillingKeyState::Active && reason.code != "not_sent");
        if let Some(reason) = &mut held.reason {
            *reason = Reason::new("said");
        }
        for at in [&mut held.deleted_at, &mut held.seen_since] {
            moment(at);
        }
        held.next_check_at = held.next_check_at.map(|_| DUE);
    }
    if let Some(receipt) = &mut attempt.detail.receipt {
        receipt.asked_at = START;
        receipt.reason = None;
    }
}

/// The schedule's counts that make a difference: none, some, three, all.
fn stage(checks: u32) -> u32 {
    match checks {
        0 => 0,
        1 | 2 => 2,
        checks if (checks as usize) < LOOKUP_SCHEDULE.len() => 6,
        _ => LOOKUP_SCHEDULE.len() as u32,
    }
}

/// Writes down what [`normalise`] left.
pub fn shape(it: &Attempt, into: &mut impl Hasher) {
    let money = |money: &Option<Money>| {
        money.map(|money| (money.minor, money.currency.as_str().to_owned()))
    };
    (
        it.state,
        it.doubt,
        money(&it.seen_refunded),
        it.refunds_unclear,
    )
        .hash(into);
    (
        &it.transaction_id,
        money(&it.captured),
        it.checks,
        it.absences,
    )
        .hash(into);
    for at in [
        it.next_check_at,
        it.paid_at,
        it.returned_at,
        it.closed_at,
        it.confirm_began_at,
    ] {
        at.is_some().hash(into);
    }
    (it.launch.is_some(), it.session.is_some()).hash(into);
    it.reason.as_ref().map(|reason| &reason.code).hash(into);
    if let Some(case) = &it.refund {
        (&case.id, &case.transaction_id, money(&Some(case.money))).hash(into);
        (case.partial, case.accepted, case.back_to).hash(into);
    }
    it.refunds.len().hash(into);
    for line in &it.refunds {
        (&line.id, &line.transaction_id, money(&Some(line.money))).hash(into);
        (line.state, line.ended_at.is_some(), line.not_sent).hash(into);
    }
    for it in &it.suspicions {
        (it.what, &it.transaction_id, money(&it.money)).hash(into);
        (it.whole, money(&it.refunded), it.told_at.is_some()).hash(into);
    }
    it.second_payments.len().hash(into);
    for second in &it.second_payments {
        (
            &second.transaction_id,
            money(&Some(second.money)),
            &second.method,
        )
            .hash(into);
        (second.is_back, second.own_stood).hash(into);
    }
    if let Some(held) = &it.billing_key {
        (held.state, held.digest.as_bytes(), held.key.is_some()).hash(into);
        (held.checks, held.sightings, held.next_check_at.is_some()).hash(into);
        held.reason.is_some().hash(into);
    }
    (&it.detail.known_key, it.detail.cash_receipt.is_some()).hash(into);
    it.detail.named_by_answer.hash(into);
    if let Some(receipt) = &it.detail.receipt {
        (
            discriminant(&receipt.state),
            receipt.approval_no.is_some(),
            receipt.money.minor,
        )
            .hash(into);
    }
}
