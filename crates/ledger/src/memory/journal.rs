//! What a step leaves behind: the event row, money calls, the outbox, the inbox, claims.

use super::tables::{Tables, is_unresolved};
use crate::{
    Attempt, AttemptKey, CallOutcome, CallState, Digest, Effect, Evidence, MoneyCall, MoneyOp,
    Publication, Published, Reason, RefundState, State, StoreError, TimelineRow, Timestamp,
};

/// An event row before it joins the chain.
pub(super) struct Line {
    pub(super) at: Timestamp,
    pub(super) key: AttemptKey,
    pub(super) kind: &'static str,
    pub(super) source: &'static str,
    pub(super) from: Option<State>,
    pub(super) to: State,
    pub(super) evidence: Option<Digest>,
    pub(super) note: Option<String>,
}

impl Line {
    /// Whether a browser said it, or whoever sends webhooks.
    pub(super) fn is_unproven(&self) -> bool {
        matches!(self.source, "browser" | "webhook")
    }
}

/// Appends the row, with the hash of the one before it.
pub(super) fn append(tables: &mut Tables, line: Line) {
    let nothing = Digest::from_bytes([0; 32]);
    let prev_hash = tables.newest_of(&line.key).next().map(|row| row.hash);
    let mut row = TimelineRow {
        seq: 0,
        at: line.at,
        key: line.key,
        kind: line.kind.to_owned(),
        source: line.source.to_owned(),
        from: line.from,
        to: line.to,
        evidence: line.evidence,
        note: line.note,
        prev_hash: prev_hash.unwrap_or(nothing),
        hash: nothing,
    };
    row.hash = row.expected_hash();
    tables.add_event(row);
}

/// Appends the row, unless the last one of the attempt says the same; or, of what anybody may say for ever and in turns, unless it
/// was said since the attempt last changed its state.
pub(super) fn append_unless_repeated(tables: &mut Tables, line: Line) {
    if !is_said(tables, &line) {
        append(tables, line);
    }
}

fn is_said(tables: &Tables, line: &Line) -> bool {
    let same = |row: &TimelineRow| row.kind == line.kind && row.note == line.note;
    let mut rows = tables.newest_of(&line.key);
    if line.is_unproven() {
        rows.take_while(|row| row.from == Some(row.to)).any(same)
    } else {
        rows.next().is_some_and(same)
    }
}

/// Whether these effects can be written: at most one unresolved call per attempt and operation.
pub(super) fn may_follow(
    tables: &Tables,
    key: &AttemptKey,
    effects: &[Effect],
) -> Result<(), StoreError> {
    let mut finished = Vec::new();
    for effect in effects {
        match effect {
            Effect::Finish(op, outcome) if *outcome != CallOutcome::Unknown => finished.push(*op),
            Effect::Call(op) => {
                let open = |call: &MoneyCall| {
                    call.key == *key && call.op == *op && is_unresolved(call.state)
                };
                if !finished.contains(op) && tables.calls().iter().any(open) {
                    return Err(StoreError::CallRunning);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Writes down what follows from a step.
pub(super) fn follow(tables: &mut Tables, attempt: &Attempt, effect: Effect, now: Timestamp) {
    let key = attempt.key();
    match effect {
        Effect::Call(op) => {
            let id = tables.calls().len() as u64 + 1;
            tables.calls_mut().push(MoneyCall {
                id,
                key,
                op,
                state: CallState::Pending,
                began_at: now,
                ended_at: None,
            });
        }
        Effect::Finish(op, outcome) => finish(tables, &key, op, outcome, now),
        Effect::Publish(publication) => {
            let data = serde_json::json!({
                "gateway": attempt.order.gateway.as_str(),
                "gatewayOrderId": attempt.gateway_order_id,
                "status": attempt.state.status(),
                "method": attempt.detail.method.as_deref().unwrap_or(attempt.order.method.as_str()),
                "amount": attempt.order.money.map(|money| money.to_wire()),
                "currency": attempt.order.money.map(|money| money.currency.as_str().to_owned()),
                "transactionId": attempt.transaction_id,
                "customerId": attempt.order.customer.id,
                "reason": attempt.reason,
                "billingKeyId": attempt.billing_key_id(),
                "refundedAmount": Some(attempt.refunded())
                    .filter(|refunded| !refunded.is_zero())
                    .map(|refunded| refunded.to_wire()),
                "refundId": refund_id(attempt, publication, now),
                "renews": attempt.order.renews,
            });
            publish(tables, key, publication, attempt.state, now, &data);
        }
        // The schedule is in the attempt, the alert in the event row.
        Effect::Lookup(_) | Effect::Alert(_) => {}
    }
}

/// The merchant's id of the refund that was done just now.
fn refund_id(attempt: &Attempt, publication: Publication, now: Timestamp) -> Option<String> {
    let of_refund = matches!(
        publication,
        Publication::Refunded | Publication::PartiallyRefunded
    );
    let line = attempt
        .refunds
        .last()
        .filter(|line| of_refund && line.state == RefundState::Done && line.ended_at == Some(now));
    line.and_then(|line| line.id.clone())
}

/// Closes the unresolved call of this kind, if there is one.
pub(super) fn finish(
    tables: &mut Tables,
    key: &AttemptKey,
    op: MoneyOp,
    outcome: CallOutcome,
    now: Timestamp,
) {
    for call in tables.calls_mut() {
        if call.key == *key && call.op == op && is_unresolved(call.state) {
            call.state = CallState::Ended(outcome);
            call.ended_at = Some(now);
        }
    }
}

fn publish(
    tables: &mut Tables,
    key: AttemptKey,
    publication: Publication,
    state: State,
    at: Timestamp,
    data: &serde_json::Value,
) {
    tables.publish(Published {
        seq: 0,
        publication,
        key,
        state,
        at,
        data: data.to_string(),
    });
}

/// The transaction id that this step made the attempt's own.
pub(super) fn claim(tables: &mut Tables, attempt: &Attempt, evidence: &Evidence) {
    let order = &attempt.order;
    let Some(seen) = evidence.transaction_id() else {
        return;
    };
    let own = attempt.transaction_id.as_deref() == Some(seen);
    let case = attempt.refund.as_ref();
    let second = case.and_then(|case| case.transaction_id.as_deref()) == Some(seen);
    if (own || second) && attempt.clash.is_none() {
        let name = (order.gateway, order.merchant_id.clone(), seen.to_owned());
        tables.claim(name, attempt.key());
    }
}

/// What a notification is called in the inbox of the attempt.
pub(super) fn name_of(evidence: &Evidence, key: &AttemptKey) -> Digest {
    Digest::of_parts([
        key.order_id.as_bytes(),
        &key.no.to_be_bytes(),
        evidence.body().as_bytes(),
    ])
}

/// Whether there is room for one more stray of what is signed. A buyer has seen the signed parts, and may write anything beside them.
fn has_room(tables: &mut Tables, evidence: &Evidence) -> bool {
    let money = evidence.money().map(|money| money.to_wire());
    (0..MOST_STRAYS).any(|no| {
        let name = Digest::of_parts([
            b"stray".as_slice(),
            evidence.transaction_id().unwrap_or_default().as_bytes(),
            money.as_deref().unwrap_or_default().as_bytes(),
            evidence.customer_id().unwrap_or_default().as_bytes(),
            format!("{:?}", evidence.sight()).as_bytes(),
            &[no],
        ]);
        tables.remember(evidence.gateway(), name)
    })
}

/// Somebody looks at a payment that is told of so often.
const MOST_STRAYS: u8 = 8;

/// Evidence that fits no attempt. It is filed as attempt 0 of whatever order it names.
pub(super) fn keep_stray(tables: &mut Tables, evidence: &Evidence, now: Timestamp) {
    let key = AttemptKey::new(evidence.gateway_order_id().unwrap_or_default(), 0);
    let name = name_of(evidence, &key);
    if tables.is_known(evidence.gateway(), name) || !has_room(tables, evidence) {
        return;
    }
    tables.remember(evidence.gateway(), name);
    let line = Line {
        at: now,
        key: key.clone(),
        kind: "stray",
        source: evidence.source().as_str(),
        from: None,
        to: State::Discrepant,
        evidence: Some(evidence.body()),
        note: Some("order_unknown".to_owned()),
    };
    append(tables, line);
    let data = serde_json::json!({
        "gateway": evidence.gateway().as_str(),
        "gatewayOrderId": key.order_id,
        "transactionId": evidence.transaction_id(),
        "amount": evidence.money().map(|money| money.to_wire()),
        "currency": evidence.money().map(|money| money.currency.as_str().to_owned()),
        "reason": Reason::new("order_unknown"),
    });
    publish(
        tables,
        key,
        Publication::Discrepant,
        State::Discrepant,
        now,
        &data,
    );
}
