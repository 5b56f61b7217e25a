//! What the writer thread does inside one savepoint.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Params, params};

use super::journal::{self, Line};
use super::{keys, naming, rows};
use crate::journal::{alert, named, new_reason};
use crate::{
    Applied, Attempt, AttemptKey, Begun, CallOutcome, Clash, Event, Evidence, KeyOwner, NewAttempt,
    Order, OrderView, Policy, Reason, Refused, Registered, Sight, State, StoreError, Timestamp,
    step,
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
    if let Some(live) = Attempt::open_among(&attempts) {
        return Ok(Begun::Live(live.clone()));
    }
    // Nobody opens a renewal: the gateway charged it by itself.
    if order.renews.is_some() || !attempts.iter().all(Attempt::leaves_room) {
        return Ok(Begun::Settled(OrderView { order, attempts }));
    }
    let no = attempts.last().map_or(1, |last| last.no.saturating_add(1));
    let gateway_order_id = free_name(connection, &order, no, new.order_id_size)?;
    let attempt = Attempt::new(Arc::new(order), no, gateway_order_id, new, now);
    insert(connection, &attempt)?;
    journal::append(connection, Line::begun(&attempt, "merchant", now))?;
    Ok(Begun::New(attempt))
}

/// Writes a new attempt down, or says which of its names was taken.
pub(super) fn insert(connection: &Connection, attempt: &Attempt) -> Result<(), StoreError> {
    rows::save_attempt(connection, attempt).map_err(|error| taken(connection, attempt, error))
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
    let evidence = event.evidence().cloned();
    let named = named(&attempt, &event);
    if let Some(pushed) = evidence.as_ref().filter(|evidence| evidence.is_pushed())
        && !journal::take_in(connection, pushed, &key, now)?
    {
        return Ok(Ok(Applied {
            attempt,
            effects: Vec::new(),
            from,
            repeated: true,
        }));
    }
    look_around(connection, &mut attempt, &event)?;
    attempt.policy = policy;
    let mut line = Line {
        at: now,
        key,
        kind: event.kind(),
        source: event.source(),
        from: Some(from),
        to: from,
        evidence: evidence.as_ref().map(Evidence::body),
        note: event.note(),
    };
    // Two processes may each have looked, and seen nothing yet.
    let month_charged = matches!(event, Event::ChargeStarted)
        && keys::is_month_charged(connection, &attempt.order)?;
    let stepped = if month_charged {
        Err(Refused {
            state: from,
            event: event.kind(),
            why: "month_charged",
        })
    } else {
        step(&attempt, event, now)
    };
    let (next, effects) = match stepped {
        Ok(taken) => taken,
        Err(refused) => {
            line.note = Some(format!("refused: {}", refused.why));
            journal::append_unless_repeated(connection, line)?;
            return Ok(Err(refused));
        }
    };
    rows::save_attempt(connection, &next)?;
    if let Some(held) = &next.billing_key
        && next.billing_key != attempt.billing_key
    {
        keys::save(connection, &next, held)?;
    }
    line.to = next.state;
    line.note = alert(&effects)
        .or(line.note)
        .or_else(|| new_reason(&attempt, &next));
    // A browser, or whoever sends webhooks, may say the same thing for ever; the timeline hears it once.
    if effects.is_empty() && next.state == from && line.is_unproven() {
        journal::append_unless_repeated(connection, line)?;
    } else {
        journal::append(connection, line)?;
    }
    for effect in &effects {
        journal::follow(connection, &next, *effect, now)?;
    }
    if let Some(seen) = &named {
        journal::claim(connection, &next, seen)?;
    }
    Ok(Ok(Applied {
        attempt: next,
        effects,
        from,
        repeated: false,
    }))
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
            "{} WHERE state IN ('pending', 'unknown') AND state = 'pending' AND began_at <= ?1 ORDER BY id",
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
            Err(_) => journal::finish(connection, &call.key, call.op, CallOutcome::Unknown, now)?,
        }
    }
    Ok(recovered)
}

pub(super) fn attempts_of(
    connection: &Connection,
    order_id: &str,
) -> Result<Vec<Attempt>, StoreError> {
    rows::attempts(connection, "WHERE order_id = ?1 ORDER BY no", [order_id])
}

/// The orders that fit, oldest first, with their attempts.
pub(super) fn orders(
    connection: &Connection,
    filter: &str,
    params: impl Params,
) -> Result<Vec<OrderView>, StoreError> {
    let orders = connection
        .prepare_cached(&format!("{} {filter} ORDER BY created_at, id", rows::ORDER))?
        .query_map(params, rows::order)?
        .collect::<Result<Vec<_>, _>>()?;
    let view = |order: Order| {
        let attempts = attempts_of(connection, &order.id)?;
        Ok(OrderView { order, attempts })
    };
    orders.into_iter().map(view).collect()
}

/// What the step must know beyond the attempt itself.
fn look_around(
    connection: &Connection,
    attempt: &mut Attempt,
    event: &Event,
) -> Result<(), StoreError> {
    let order = Arc::clone(&attempt.order);
    let sibling = |wanted: fn(State) -> bool, or: &str| {
        let states = listed(wanted);
        connection
            .prepare_cached(&format!("SELECT no FROM attempt WHERE order_id = ?1 AND no <> ?2 AND (state IN ({states}) {or}) LIMIT 1"))?
            .query_row(params![order.id, attempt.no], |row| row.get(0))
            .optional()
    };
    // A payment whose refund is in doubt stands until the refund is known.
    let rival = sibling(
        State::is_settled,
        "OR state = 'in_doubt' AND doubt = 'refund'",
    )?;
    let live = sibling(State::is_live, "")?;
    attempt.undecided_sibling = sibling(State::is_undecided, "")?;
    (attempt.rival, attempt.live_sibling) = (rival, live);
    if let (Some(held), Event::BillingKeyDeleteAsked { .. } | Event::BillingKeyForgotten { .. }) =
        (&attempt.billing_key, event)
    {
        attempt.key_charging = keys::is_charging(connection, &order, held.digest)?;
    }
    if let Some(transaction_id) = named(attempt, event) {
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
    let evidence = event.evidence();
    let key = match event {
        Event::ChargeStarted => order.charge.as_ref().map(|plan| plan.billing_key),
        Event::BillingKeyAdopted { key, .. } => Some(key.digest),
        _ => evidence
            .and_then(Evidence::billing_key)
            .map(|key| key.digest),
    };
    if let Some(digest) = key {
        attempt.key_owner = keys::owner(connection, &order, digest)?;
    }
    let Some(evidence) = evidence else {
        return Ok(());
    };
    if attempt.rival.is_none() {
        attempt.rival = keys::of_the_month(connection, &order, State::is_settled)?;
    }
    let brings_key = matches!(evidence.sight(), Sight::Registered | Sight::Subscribed);
    let other = |owner: &KeyOwner| owner.customer_id != order.customer.id;
    if brings_key && attempt.key_owner.as_ref().is_some_and(other) {
        attempt.clash = Some(Clash::BillingKey);
    }
    Ok(())
}

/// These states, as SQL lists them.
pub(super) fn listed(wanted: fn(State) -> bool) -> String {
    let states = State::ALL.iter().filter(|state| wanted(**state));
    let texts: Vec<String> = states.map(|state| format!("'{state}'")).collect();
    texts.join(", ")
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
