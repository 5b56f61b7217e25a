//! What the writer thread does inside one savepoint.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::{naming, rows};
use crate::{
    Applied, Attempt, AttemptKey, Begun, CallOutcome, Clash, Digest, Effect, Event, Evidence,
    MoneyOp, NewAttempt, Order, OrderView, Policy, Publication, Reason, Refused, Registered, Sight,
    State, StoreError, TimelineRow, Timestamp, step,
};

pub(super) fn register(connection: &Connection, order: Order) -> Result<Registered, StoreError> {
    match rows::order_by_id(connection, &order.id)? {
        Some(known) if known.same_content(&order) => Ok(Registered::Same(known)),
        Some(_) => Err(StoreError::OrderExists),
        None => {
            rows::insert_order(connection, &order)?;
            Ok(Registered::New(order))
        }
    }
}

pub(super) fn begin(
    connection: &Connection,
    policy: Policy,
    order_id: &str,
    new: NewAttempt,
    now: Timestamp,
) -> Result<Begun, StoreError> {
    let order = rows::order_by_id(connection, order_id)?.ok_or(StoreError::NotFound)?;
    let mut attempts = attempts_of(connection, order_id)?;
    // A window whose time is over must not keep the buyer out.
    for attempt in &mut attempts {
        if attempt.state.is_live()
            && attempt.expires_at <= now
            && let Ok(applied) = apply(connection, policy, attempt.key(), Event::Superseded, now)?
        {
            *attempt = applied.attempt;
        }
    }
    if let Some(live) = attempts
        .iter()
        .find(|attempt| matches!(attempt.state, State::Created | State::Requested))
    {
        return Ok(Begun::Live(live.clone()));
    }
    if !attempts.iter().all(Attempt::leaves_room) {
        return Ok(Begun::Settled(OrderView { order, attempts }));
    }
    let no = attempts.last().map_or(1, |last| last.no.saturating_add(1));
    let gateway_order_id = free_name(connection, &order, no, new.order_id_size)?;
    let attempt = Attempt::new(Arc::new(order), no, gateway_order_id, new, now);
    rows::save_attempt(connection, &attempt).map_err(|error| taken(connection, &attempt, error))?;
    append(
        connection, &attempt, None, now, "begun", "merchant", None, None,
    )?;
    Ok(Begun::New(attempt))
}

/// Loads, steps, and writes everything that follows.
pub(super) fn apply(
    connection: &Connection,
    policy: Policy,
    key: AttemptKey,
    event: Event,
    now: Timestamp,
) -> Result<Result<Applied, Refused>, StoreError> {
    let mut attempt = rows::attempt_by_key(connection, &key)?.ok_or(StoreError::NotFound)?;
    let from = attempt.state;
    if let Some(pushed) = event.evidence().filter(|evidence| evidence.is_pushed()) {
        let own = Digest::of_parts([
            key.order_id.as_bytes(),
            &key.no.to_be_bytes(),
            pushed.body().as_bytes(),
        ]);
        if !take_in(connection, pushed, own, now)? {
            return Ok(Ok(Applied {
                attempt,
                effects: Vec::new(),
                from,
                repeated: true,
            }));
        }
    }
    look_around(connection, &mut attempt, event.evidence())?;
    attempt.policy = policy;
    let (kind, source, noted) = (event.kind(), event.source(), event.note());
    let evidence = event.evidence().cloned();
    let digest = evidence.as_ref().map(Evidence::body);
    match step(&attempt, event, now) {
        Err(refused) => {
            let note = format!("refused: {}", refused.why);
            if !is_repetition(connection, &attempt, kind, Some(&note))? {
                append(
                    connection,
                    &attempt,
                    Some(from),
                    now,
                    kind,
                    source,
                    digest,
                    Some(note),
                )?;
            }
            Ok(Err(refused))
        }
        Ok((next, effects)) => {
            rows::save_attempt(connection, &next)?;
            let mut alerts = effects.iter().filter_map(|effect| match effect {
                Effect::Alert(why) => Some((*why).to_owned()),
                _ => None,
            });
            let reason = next
                .reason
                .clone()
                .filter(|reason| Some(reason) != attempt.reason.as_ref());
            let note = alerts
                .next_back()
                .or(noted)
                .or_else(|| reason.map(|reason| reason.code));
            // A browser may say the same thing for ever; the timeline hears it once.
            let idle = effects.is_empty() && from == next.state && source == "browser";
            if !(idle && is_repetition(connection, &attempt, kind, note.as_deref())?) {
                append(
                    connection,
                    &next,
                    Some(from),
                    now,
                    kind,
                    source,
                    digest,
                    note,
                )?;
            }
            for effect in &effects {
                write_effect(connection, &next, *effect, now)?;
            }
            if let Some(evidence) = &evidence {
                claim(connection, &next, evidence, now)?;
            }
            Ok(Ok(Applied {
                attempt: next,
                effects,
                from,
                repeated: false,
            }))
        }
    }
}

/// Calls that a dead process, or one that took too long, left behind.
pub(super) fn recover(
    connection: &Connection,
    policy: Policy,
    begun_before: Timestamp,
    now: Timestamp,
) -> Result<Vec<Applied>, StoreError> {
    let mut recovered = Vec::new();
    let left = connection
        .prepare_cached(&format!(
            "{} WHERE state = 'pending' AND began_at <= ?1 ORDER BY id",
            rows::MONEY_CALL
        ))?
        .query_map([begun_before.millis()], rows::money_call)?
        .collect::<Result<Vec<_>, _>>()?;
    for call in left {
        let event = Event::CallUnknown {
            op: call.op,
            reason: Reason::new("call_unfinished"),
        };
        match apply(connection, policy, call.key.clone(), event, now)? {
            Ok(applied) => recovered.push(applied),
            // The attempt went on without its call (a callback was faster): only the row is still open.
            Err(_) => finish(connection, &call.key, call.op, CallOutcome::Unknown, now)?,
        }
    }
    Ok(recovered)
}

pub(super) fn keep_stray(
    connection: &Connection,
    evidence: &Evidence,
    now: Timestamp,
) -> Result<(), StoreError> {
    let own = Digest::of_parts([b"stray".as_slice(), evidence.body().as_bytes()]);
    if !take_in(connection, evidence, own, now)? {
        return Ok(());
    }
    let key = AttemptKey::new(evidence.gateway_order_id().unwrap_or_default(), 0);
    append_row(
        connection,
        key.clone(),
        None,
        State::Discrepant,
        now,
        "stray",
        evidence.source().as_str(),
        Some(evidence.body()),
        Some("order_unknown".to_owned()),
    )?;
    let data = serde_json::json!({
        "gateway": evidence.gateway().as_str(),
        "gatewayOrderId": key.order_id,
        "transactionId": evidence.transaction_id(),
        "amount": evidence.money().map(|money| money.to_wire()),
        "currency": evidence.money().map(|money| money.currency.as_str().to_owned()),
        "reason": Reason::new("order_unknown"),
    });
    publish(
        connection,
        &key,
        Publication::Discrepant,
        State::Discrepant,
        now,
        &data,
    )
}

pub(super) fn attempts_of(
    connection: &Connection,
    order_id: &str,
) -> Result<Vec<Attempt>, StoreError> {
    rows::attempts(connection, "WHERE order_id = ?1 ORDER BY no", [order_id])
}

/// What the step must know beyond the attempt itself.
fn look_around(
    connection: &Connection,
    attempt: &mut Attempt,
    evidence: Option<&Evidence>,
) -> Result<(), StoreError> {
    let order = Arc::clone(&attempt.order);
    let sibling = |states: &str| {
        connection
            .prepare_cached(&format!("SELECT no FROM attempt WHERE order_id = ?1 AND no <> ?2 AND state IN ({states}) LIMIT 1"))?
            .query_row(params![order.id, attempt.no], |row| row.get(0))
            .optional()
    };
    let rival = sibling("'paid', 'refund_pending', 'partially_refunded', 'registered'")?;
    let live = sibling("'created', 'requested', 'authenticated', 'confirming'")?;
    (attempt.rival, attempt.live_sibling) = (rival, live);
    let Some(evidence) = evidence else {
        return Ok(());
    };
    if let Some(transaction_id) = evidence.transaction_id() {
        let owner = connection
            .prepare_cached("SELECT order_id, no FROM captured WHERE gateway = ?1 AND merchant_id = ?2 AND transaction_id = ?3")?
            .query_row(params![order.gateway.as_str(), order.merchant_id, transaction_id], |row| {
                Ok(AttemptKey { order_id: row.get(0)?, no: row.get(1)? })
            })
            .optional()?;
        attempt.clash = owner
            .filter(|owner| *owner != attempt.key())
            .map(Clash::Transaction);
    }
    if let (Some(key), Sight::Registered) = (evidence.billing_key(), evidence.sight()) {
        let customer: Option<String> = connection
            .prepare_cached("SELECT customer_id FROM billing_key WHERE gateway = ?1 AND merchant_id = ?2 AND digest = ?3")?
            .query_row(params![order.gateway.as_str(), order.merchant_id, key.digest.as_bytes()], |row| row.get(0))
            .optional()?;
        if customer.is_some_and(|customer| customer != order.customer.id) {
            attempt.clash = Some(Clash::BillingKey);
        }
    }
    Ok(())
}

fn write_effect(
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
            });
            publish(connection, &key, publication, attempt.state, now, &data)
        }
        // The schedule is in the attempt, the alert in the event row.
        Effect::Lookup(_) | Effect::Alert(_) => Ok(()),
    }
}

fn finish(
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
            crate::CallState::Ended(outcome).as_str(),
            now.millis()
        ])?;
    Ok(())
}

fn publish(
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

/// Transaction ids and billing keys that this step made the attempt's own.
fn claim(
    connection: &Connection,
    attempt: &Attempt,
    evidence: &Evidence,
    now: Timestamp,
) -> Result<(), StoreError> {
    let order = &attempt.order;
    if let Some(seen) = evidence.transaction_id() {
        let own = attempt.transaction_id.as_deref() == Some(seen);
        let second = attempt
            .refund
            .as_ref()
            .and_then(|case| case.transaction_id.as_deref())
            == Some(seen);
        if (own || second) && attempt.clash.is_none() {
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
    }
    if let (Some(key), true) = (evidence.billing_key(), attempt.state.is_settled()) {
        connection
            .prepare_cached(
                "INSERT OR IGNORE INTO billing_key VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                order.gateway.as_str(),
                order.merchant_id,
                key.digest.as_bytes(),
                order.customer.id,
                key.key.expose(),
                order.id,
                now.millis()
            ])?;
    }
    Ok(())
}

/// Whether this notification is new.
fn take_in(
    connection: &Connection,
    evidence: &Evidence,
    own: Digest,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let added = connection
        .prepare_cached("INSERT OR IGNORE INTO inbox VALUES (?1, ?2, ?3)")?
        .execute(params![
            evidence.gateway().as_str(),
            own.as_bytes(),
            now.millis()
        ])?;
    Ok(added == 1)
}

#[allow(clippy::too_many_arguments)] // a row has that many columns
fn append(
    connection: &Connection,
    attempt: &Attempt,
    from: Option<State>,
    now: Timestamp,
    kind: &str,
    source: &str,
    evidence: Option<Digest>,
    note: Option<String>,
) -> Result<(), StoreError> {
    append_row(
        connection,
        attempt.key(),
        from,
        attempt.state,
        now,
        kind,
        source,
        evidence,
        note,
    )
}

#[allow(clippy::too_many_arguments)] // a row has that many columns
fn append_row(
    connection: &Connection,
    key: AttemptKey,
    from: Option<State>,
    to: State,
    now: Timestamp,
    kind: &str,
    source: &str,
    evidence: Option<Digest>,
    note: Option<String>,
) -> Result<(), StoreError> {
    let prev_hash = connection
        .prepare_cached(
            "SELECT hash FROM event WHERE order_id = ?1 AND no = ?2 ORDER BY seq DESC LIMIT 1",
        )?
        .query_row(params![key.order_id, key.no], |row| row.get(0))
        .optional()?
        .unwrap_or([0; 32]);
    let mut row = TimelineRow {
        seq: 0,
        at: now,
        key,
        kind: kind.to_owned(),
        source: source.to_owned(),
        from,
        to,
        evidence,
        note,
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

/// Whether the last row of the attempt says the same.
fn is_repetition(
    connection: &Connection,
    attempt: &Attempt,
    kind: &str,
    note: Option<&str>,
) -> Result<bool, StoreError> {
    let last: Option<(String, Option<String>)> = connection
        .prepare_cached("SELECT kind, note FROM event WHERE order_id = ?1 AND no = ?2 ORDER BY seq DESC LIMIT 1")?
        .query_row(params![attempt.order.id, attempt.no], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(
        last.is_some_and(|(last_kind, last_note)| {
            last_kind == kind && last_note.as_deref() == note
        }),
    )
}

/// A gateway order id that no other attempt bears: `a-2` may be an order of its own beside the second attempt of `a`.
fn free_name(
    connection: &Connection,
    order: &Order,
    no: u32,
    size: usize,
) -> Result<String, StoreError> {
    for name in [
        naming::plain(&order.id, no, size),
        naming::marked(&order.id, no, size),
    ] {
        let used = connection
            .prepare_cached("SELECT 1 FROM attempt WHERE gateway = ?1 AND merchant_id = ?2 AND gateway_order_id = ?3")?
            .exists(params![order.gateway.as_str(), order.merchant_id, name])?;
        if !used {
            return Ok(name);
        }
    }
    Err(StoreError::Taken("gateway_order_id"))
}

/// Which of the attempt's names was taken.
fn taken(connection: &Connection, attempt: &Attempt, error: StoreError) -> StoreError {
    let used = |column: &str, value: &dyn rusqlite::ToSql| {
        connection
            .prepare(&format!("SELECT 1 FROM attempt WHERE {column} = ?1"))
            .and_then(|mut statement| statement.exists([value]))
            .unwrap_or(false)
    };
    if used("nonce", attempt.nonce.as_bytes()) {
        StoreError::Taken("nonce")
    } else if used("channel", &attempt.channel) {
        StoreError::Taken("channel")
    } else if used("ticket", &attempt.ticket) {
        StoreError::Taken("ticket")
    } else {
        error
    }
}

fn is_unique(error: &rusqlite::Error) -> bool {
    error
        .sqlite_error()
        .is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE)
}
