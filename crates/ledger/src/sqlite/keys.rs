//! Billing keys as rows.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::rows::{self, Read};
use super::write::listed;
use crate::{
    Attempt, AttemptKey, BillingKeyView, Digest, HeldKey, KeyOwner, Order, State, StoreError,
    Timestamp,
};
use paypair_protocol::Secret;

/// The key that the attempt holds. One attempt holds one.
pub(super) fn held(
    connection: &Connection,
    key: &AttemptKey,
) -> Result<Option<HeldKey>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT digest, key, state, card, created_at, deleted_at, reason, next_check_at, checks, sightings, seen_since \
             FROM billing_key WHERE order_id = ?1 AND no = ?2 ORDER BY created_at DESC LIMIT 1",
        )?
        .query_row(params![key.order_id, key.no], read)
        .optional()?)
}

fn read(row: &Row<'_>) -> Read<HeldKey> {
    Ok(HeldKey {
        digest: Digest::from_bytes(row.get(0)?),
        key: row.get::<_, Option<String>>(1)?.map(Secret::new),
        state: rows::parsed(row, 2)?,
        card: rows::maybe_json(row, 3)?,
        created_at: rows::moment(row, 4)?,
        deleted_at: rows::maybe_moment(row, 5)?,
        reason: rows::maybe_json(row, 6)?,
        next_check_at: rows::maybe_moment(row, 7)?,
        checks: row.get(8)?,
        sightings: row.get(9)?,
        seen_since: rows::maybe_moment(row, 10)?,
    })
}

/// Writes the key that the attempt holds, new or changed. One that was deleted and is registered again moves to its new attempt.
pub(super) fn save(
    connection: &Connection,
    attempt: &Attempt,
    held: &HeldKey,
) -> Result<(), StoreError> {
    let order = &attempt.order;
    let written = connection
        .prepare_cached(
            "INSERT INTO billing_key VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16) \
             ON CONFLICT (gateway, merchant_id, digest) DO UPDATE SET key = ?5, order_id = ?6, no = ?7, state = ?8, card = ?9, \
             created_at = ?10, deleted_at = ?11, reason = ?12, next_check_at = ?13, checks = ?14, sightings = ?15, seen_since = ?16 \
             WHERE customer_id = ?4 AND (state = 'deleted' OR (order_id = ?6 AND no = ?7))",
        )?
        .execute(params![
            order.gateway.as_str(),
            order.merchant_id,
            held.digest.as_bytes(),
            order.customer.id,
            held.key.as_ref().map(Secret::expose),
            order.id,
            attempt.no,
            held.state.as_str(),
            held.card.as_ref().map(rows::to_json).transpose()?,
            held.created_at.millis(),
            held.deleted_at.map(Timestamp::millis),
            held.reason.as_ref().map(rows::to_json).transpose()?,
            held.next_check_at.map(Timestamp::millis),
            held.checks,
            held.sightings,
            held.seen_since.map(Timestamp::millis),
        ])?;
    // Whatever the code above believes: nobody takes a key that somebody holds.
    if written == 0 {
        return Err(StoreError::Taken("billing_key"));
    }
    Ok(())
}

/// Who holds this key of the order's merchant.
pub(super) fn owner(
    connection: &Connection,
    order: &Order,
    digest: Digest,
) -> Result<Option<KeyOwner>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT order_id, no, customer_id, state FROM billing_key WHERE gateway = ?1 AND merchant_id = ?2 AND digest = ?3",
        )?
        .query_row(params![order.gateway.as_str(), order.merchant_id, digest.as_bytes()], |row| {
            Ok(KeyOwner {
                key: AttemptKey { order_id: row.get(0)?, no: row.get(1)? },
                customer_id: row.get(2)?,
                state: rows::parsed(row, 3)?,
            })
        })
        .optional()?)
}

/// Whether a charge of this key is on its way or in doubt.
pub(super) fn is_charging(
    connection: &Connection,
    order: &Order,
    digest: Digest,
) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT 1 FROM merchant_order o JOIN attempt a ON a.order_id = o.id \
             WHERE o.charge_key = ?1 AND o.gateway = ?2 AND o.merchant_id = ?3 \
             AND (a.state = 'charging' OR (a.state = 'in_doubt' AND a.doubt = 'charge'))",
        )?
        .exists(params![
            digest.as_bytes(),
            order.gateway.as_str(),
            order.merchant_id
        ])?)
}

/// Whether another order took, or may have taken, this key's money of the month that the order is for.
pub(super) fn is_month_charged(connection: &Connection, order: &Order) -> Result<bool, StoreError> {
    Ok(of_the_month(connection, order, State::may_have_charged)?.is_some())
}

/// Another order's attempt, in one of these states, that charged this key for the month that the order is for. A payment whose refund is
/// in doubt stands until the refund is known.
pub(super) fn of_the_month(
    connection: &Connection,
    order: &Order,
    wanted: fn(State) -> bool,
) -> Result<Option<u32>, StoreError> {
    let Some((billing_key, repeat)) = order.month() else {
        return Ok(None);
    };
    let states = listed(wanted);
    Ok(connection
        .prepare_cached(&format!(
            "SELECT a.no FROM merchant_order o JOIN attempt a ON a.order_id = o.id \
             WHERE o.charge_key = ?1 AND o.charge_repeat = ?2 AND o.gateway = ?3 AND o.merchant_id = ?4 AND o.id <> ?5 \
             AND (a.state IN ({states}) OR a.state = 'in_doubt' AND a.doubt = 'refund') LIMIT 1"
        ))?
        .query_row(
            params![
                billing_key.as_bytes(),
                rows::repeat_text(repeat),
                order.gateway.as_str(),
                order.merchant_id,
                order.id
            ],
            |row| row.get(0),
        )
        .optional()?)
}

/// Whose keys are to be looked up, soonest first.
pub(super) fn due(
    connection: &Connection,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<AttemptKey>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT order_id, no FROM billing_key WHERE next_check_at <= ?1 ORDER BY next_check_at LIMIT ?2",
        )?
        .query_map(params![now.millis(), limit], |row| {
            Ok(AttemptKey { order_id: row.get(0)?, no: row.get(1)? })
        })?
        .collect::<Result<_, _>>()?)
}

/// The keys that fit, each as the merchant sees it.
pub(super) fn views(
    connection: &Connection,
    filter: &str,
    params: impl rusqlite::Params,
) -> Result<Vec<BillingKeyView>, StoreError> {
    let found = connection
        .prepare_cached(&format!(
            "SELECT order_id, no, digest FROM billing_key {filter}"
        ))?
        .query_map(params, |row| {
            let holder = AttemptKey {
                order_id: row.get(0)?,
                no: row.get(1)?,
            };
            Ok((holder, Digest::from_bytes(row.get(2)?)))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let mut views = Vec::new();
    for (holder, digest) in found {
        let attempt = rows::attempt_by_key(connection, &holder)?;
        let view = attempt.as_ref().and_then(BillingKeyView::of);
        views.extend(view.filter(|view| view.digest == digest));
    }
    Ok(views)
}
