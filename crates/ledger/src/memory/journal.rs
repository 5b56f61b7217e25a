//! What a step leaves behind: the event row, money calls, the outbox, the inbox, claims.

use super::tables::{Tables, is_unresolved};
pub(super) use crate::journal::{Line, name_of};
use crate::journal::{claimed, places_of_strays, told, told_of_stray};
use crate::{
    Attempt, AttemptKey, CallOutcome, CallState, Digest, Effect, Evidence, MoneyCall, MoneyOp,
    Publication, Published, State, StoreError, TimelineRow, Timestamp,
};

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
            let data = told(attempt, publication, now);
            publish(tables, key, publication, attempt.state, now, &data);
        }
        // The schedule is in the attempt, the alert in the event row.
        Effect::Lookup(_) | Effect::Alert(_) => {}
    }
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

pub(super) fn publish(
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
pub(super) fn claim(tables: &mut Tables, attempt: &Attempt, seen: &str) {
    if let Some(seen) = claimed(attempt, seen) {
        let order = &attempt.order;
        let name = (order.gateway, order.merchant_id.clone(), seen.to_owned());
        tables.claim(name, attempt.key());
    }
}

/// Whether there is room for one more stray.
fn has_room(tables: &mut Tables, evidence: &Evidence) -> bool {
    places_of_strays(evidence)
        .into_iter()
        .any(|place| tables.remember(evidence.gateway(), place))
}

/// Evidence that fits no attempt. It is filed as attempt 0 of whatever order it names.
pub(super) fn keep_stray(tables: &mut Tables, evidence: &Evidence, now: Timestamp) {
    let key = AttemptKey::new(evidence.gateway_order_id().unwrap_or_default(), 0);
    let name = name_of(evidence, &key);
    if tables.is_known(evidence.gateway(), name) || !has_room(tables, evidence) {
        return;
    }
    tables.remember(evidence.gateway(), name);
    append(tables, Line::stray(key.clone(), evidence, now));
    let data = told_of_stray(&key, evidence);
    publish(
        tables,
        key,
        Publication::Discrepant,
        State::Discrepant,
        now,
        &data,
    );
}
