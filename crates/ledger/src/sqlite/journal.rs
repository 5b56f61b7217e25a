//! What a step leaves behind: the event row, money calls, the outbox, the inbox, claims.

use rusqlite::{Connection, OptionalExtension, params};

pub(super) use crate::journal::Line;
use crate::journal::{claimed, name_of, places_of_strays, told, told_of_stray};
use crate::{
    Attempt, AttemptKey, CallOutcome, CallState, Digest, Effect, Evidence, MoneyOp, Publication,
    State, StoreError, TimelineRow, Timestamp,
};

/// Appends the row, with the hash of the one before it.
pub(super) fn append(connection: &Connection, line: Line) -> Result<(), StoreError> {
    let prev_hash = connection
        .prepare_cached(
            "SELECT hash FROM event WHERE order_id = ?1 AND no = ?2 ORDER BY seq DESC LIMIT 1",
        )?
        .query_row(params![line.key.order_id, line.key.no], |row| row.get(0))
        .optional()?
        .unwrap_or([0; 32]);
    let mut row = TimelineRow {
        seq: 0, // the database counts; the chain does without
        at: line.at,
        key: line.key,
        kind: line.kind.to_owned(),
        source: line.source.to_owned(),
        from: line.from,
        to: line.to,
        evidence: line.evidence,
        note: line.note,
        prev_hash: Digest::from_bytes(prev_hash),
        hash: Digest::from_bytes([0; 32]),
    };
    row.hash = row.expected_hash();
    connection
        .prepare_cached(
            "INSERT INTO event (at, order_id, no, kind, source, from_state, to_state, body_digest, note, prev_hash, hash) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            row.at.millis(),
            row.key.order_id,
            row.key.no,
            row.kind,
            row.source,
            row.from.map(State::as_str),
            row.to.as_str(),
            row.evidence.as_ref().map(Digest::as_bytes),
            row.note,
            row.prev_hash.as_bytes(),
            row.hash.as_bytes(),
        ])?;
    Ok(())
}

/// Appends the row, unless the last one of the attempt says the same; or, of what anybody may say for ever and in turns, unless it
/// was said since the attempt last changed its state.
pub(super) fn append_unless_repeated(
    connection: &Connection,
    line: Line,
) -> Result<(), StoreError> {
    let since = if line.is_unproven() {
        "seq > coalesce((SELECT max(seq) FROM event WHERE order_id = ?1 AND no = ?2 AND from_state IS NOT to_state), 0)"
    } else {
        "seq = (SELECT max(seq) FROM event WHERE order_id = ?1 AND no = ?2)"
    };
    let said = connection
        .prepare_cached(&format!(
            "SELECT 1 FROM event WHERE order_id = ?1 AND no = ?2 AND kind = ?3 AND note IS ?4 AND {since}"
        ))?
        .exists(params![
            line.key.order_id,
            line.key.no,
            line.kind,
            line.note
        ])?;
    if said {
        return Ok(());
    }
    append(connection, line)
}

/// Writes down what follows from a step.
pub(super) fn follow(
    connection: &Connection,
    attempt: &Attempt,
    effect: Effect,
    now: Timestamp,
) -> Result<(), StoreError> {
    let key = attempt.key();
    match effect {
        Effect::Call(op) => {
            connection
                .prepare_cached("INSERT INTO money_call (order_id, no, op, state, began_at) VALUES (?1, ?2, ?3, 'pending', ?4)")?
                .execute(params![key.order_id, key.no, op.as_str(), now.millis()])
                .map_err(|error| if is_unique(&error) { StoreError::CallRunning } else { error.into() })?;
            Ok(())
        }
        Effect::Finish(op, outcome) => finish(connection, &key, op, outcome, now),
        Effect::Publish(publication) => {
            let data = told(attempt, publication, now);
            publish(connection, &key, publication, attempt.state, now, &data)
        }
        // The schedule is in the attempt, the alert in the event row.
        Effect::Lookup(_) | Effect::Alert(_) => Ok(()),
    }
}

/// Closes the unresolved call of this kind, if there is one.
pub(super) fn finish(
    connection: &Connection,
    key: &AttemptKey,
    op: MoneyOp,
    outcome: CallOutcome,
    now: Timestamp,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE money_call SET state = ?4, ended_at = ?5 \
             WHERE order_id = ?1 AND no = ?2 AND op = ?3 AND state IN ('pending', 'unknown')",
        )?
        .execute(params![
            key.order_id,
            key.no,
            op.as_str(),
            CallState::Ended(outcome).as_str(),
            now.millis()
        ])?;
    Ok(())
}

pub(super) fn publish(
    connection: &Connection,
    key: &AttemptKey,
    publication: Publication,
    state: State,
    now: Timestamp,
    data: &serde_json::Value,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO outbox (type, order_id, no, state, at, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![publication.as_str(), key.order_id, key.no, state.as_str(), now.millis(), data.to_string()])?;
    Ok(())
}

/// The transaction id that this step made the attempt's own.
pub(super) fn claim(
    connection: &Connection,
    attempt: &Attempt,
    seen: &str,
) -> Result<(), StoreError> {
    let order = &attempt.order;
    if let Some(seen) = claimed(attempt, seen) {
        connection
            .prepare_cached("INSERT OR IGNORE INTO captured VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                order.gateway.as_str(),
                order.merchant_id,
                seen,
                order.id,
                attempt.no
            ])?;
    }
    Ok(())
}

/// Whether this notification is new to the attempt. A resend changes nothing.
pub(super) fn take_in(
    connection: &Connection,
    evidence: &Evidence,
    key: &AttemptKey,
    now: Timestamp,
) -> Result<bool, StoreError> {
    remember(connection, evidence, name_of(evidence, key), now)
}

/// Whether this is new to the inbox.
fn remember(
    connection: &Connection,
    evidence: &Evidence,
    name: Digest,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let added = connection
        .prepare_cached("INSERT OR IGNORE INTO inbox VALUES (?1, ?2, ?3)")?
        .execute(params![
            evidence.gateway().as_str(),
            name.as_bytes(),
            now.millis()
        ])?;
    Ok(added == 1)
}

/// Whether there is room for one more stray.
fn has_room(
    connection: &Connection,
    evidence: &Evidence,
    now: Timestamp,
) -> Result<bool, StoreError> {
    for place in places_of_strays(evidence) {
        if remember(connection, evidence, place, now)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Evidence that fits no attempt. It is filed as attempt 0 of whatever order it names.
pub(super) fn keep_stray(
    connection: &Connection,
    evidence: &Evidence,
    now: Timestamp,
) -> Result<(), StoreError> {
    let key = AttemptKey::new(evidence.gateway_order_id().unwrap_or_default(), 0);
    let known = connection
        .prepare_cached("SELECT 1 FROM inbox WHERE gateway = ?1 AND dedup = ?2")?
        .exists(params![
            evidence.gateway().as_str(),
            name_of(evidence, &key).as_bytes()
        ])?;
    if known || !has_room(connection, evidence, now)? {
        return Ok(());
    }
    take_in(connection, evidence, &key, now)?;
    append(connection, Line::stray(key.clone(), evidence, now))?;
    let data = told_of_stray(&key, evidence);
    publish(
        connection,
        &key,
        Publication::Discrepant,
        State::Discrepant,
        now,
        &data,
    )
}

fn is_unique(error: &rusqlite::Error) -> bool {
    error
        .sqlite_error()
        .is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE)
}
