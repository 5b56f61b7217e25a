//! Charges that a gateway made by itself, for a subscription.

use std::sync::Arc;

use rusqlite::Connection;

use super::journal::{self, Line};
use super::{rows, write};
use crate::{
    Applied, Attempt, AttemptKey, Begun, Event, Order, OrderView, Policy, Renewal, StoreError,
    Timestamp, renewal,
};

/// Takes in the notice. A charge seen before is the same one; a new one becomes an order of its own.
pub(super) fn begin(
    connection: &Connection,
    policy: Policy,
    charge: Renewal,
    now: Timestamp,
) -> Result<Begun, StoreError> {
    let Renewal {
        origin,
        gateway_order_id,
        evidence,
        new,
    } = charge;
    let origin = rows::order_by_id(connection, &origin)?.ok_or(StoreError::NotFound)?;
    if !renewal::fits(&origin, &gateway_order_id, &evidence) {
        return Err(StoreError::NotFound);
    }
    let known = rows::attempts(
        connection,
        "WHERE gateway = ?1 AND merchant_id = ?2 AND gateway_order_id = ?3",
        (
            origin.gateway.as_str(),
            origin.merchant_id.as_str(),
            gateway_order_id.as_str(),
        ),
    )?;
    if let Some(known) = known.into_iter().next() {
        let attempt = take(
            connection,
            policy,
            known.key(),
            Event::Sighted(evidence),
            now,
        )?
        .map_or(known, |applied| applied.attempt);
        return if attempt.state.is_final() {
            let order = Order::clone(&attempt.order);
            let attempts = write::attempts_of(connection, &order.id)?;
            Ok(Begun::Settled(OrderView { order, attempts }))
        } else {
            Ok(Begun::Live(attempt))
        };
    }
    let ended = renewal::is_ended(&write::attempts_of(connection, &origin.id)?, &evidence);
    let order = renewing(connection, &origin, now)?;
    rows::insert_order(connection, &order)?;
    let attempt = Attempt::new(Arc::new(order), 1, gateway_order_id, new, now);
    write::insert(connection, &attempt)?;
    let line = Line::begun(&attempt, evidence.source().as_str(), now);
    journal::append(connection, line)?;
    let event = Event::RenewalSeen { evidence, ended };
    let applied = take(connection, policy, attempt.key(), event, now)?;
    Ok(Begun::New(
        applied.map_or(attempt, |applied| applied.attempt),
    ))
}

/// Applies it; none if the step refused.
fn take(
    connection: &Connection,
    policy: Policy,
    key: AttemptKey,
    event: Event,
    now: Timestamp,
) -> Result<Option<Applied>, StoreError> {
    Ok(write::apply(connection, policy, key, event, now)?.ok())
}

/// The order of a renewal, by an id that is free.
fn renewing(connection: &Connection, origin: &Order, now: Timestamp) -> Result<Order, StoreError> {
    let known: u32 = connection
        .prepare_cached("SELECT count(*) FROM merchant_order WHERE renews = ?1")?
        .query_row([&origin.id], |row| row.get(0))?;
    let mut no = known.saturating_add(1);
    let id = loop {
        let id = renewal::id_of(origin, no);
        if rows::order_by_id(connection, &id)?.is_none() {
            break id;
        }
        no = no.saturating_add(1);
    };
    Ok(renewal::order_of(origin, id, now))
}
