//! Charges that a gateway made by itself, for a subscription.

use super::journal::{self, Line};
use super::tables::Tables;
use super::write;
use crate::{
    Applied, Attempt, AttemptKey, Begun, BillingKeyState, Digest, Event, Order, OrderView, Policy,
    Renewal, StoreError, Timestamp,
};

/// Takes in the notice. A charge seen before is the same one; a new one becomes an order of its own.
pub(super) fn begin(
    tables: &mut Tables,
    policy: Policy,
    renewal: Renewal,
    now: Timestamp,
) -> Result<Begun, StoreError> {
    let Renewal {
        origin,
        gateway_order_id,
        evidence,
        new,
    } = renewal;
    let origin = tables.order(&origin).ok_or(StoreError::NotFound)?;
    let origin = Order::clone(origin);
    let merchant = evidence.merchant_id().unwrap_or(&origin.merchant_id);
    let name = evidence.gateway_order_id().unwrap_or(&gateway_order_id);
    if evidence.gateway() != origin.gateway
        || merchant != origin.merchant_id
        || name != gateway_order_id
    {
        return Err(StoreError::NotFound);
    }
    let known = tables.by_name(origin.gateway, &origin.merchant_id, &gateway_order_id);
    if let Some(known) = known {
        let applied = take(tables, policy, known.key(), Event::Sighted(evidence), now)?;
        let attempt = applied.map_or(known, |applied| applied.attempt);
        return if attempt.state.is_final() {
            let order = Order::clone(&attempt.order);
            let attempts = tables.attempts_of(&order.id);
            Ok(Begun::Settled(OrderView { order, attempts }))
        } else {
            Ok(Begun::Live(attempt))
        };
    }
    let ended = tables
        .attempts_of(&origin.id)
        .iter()
        .filter_map(|attempt| attempt.billing_key.as_ref())
        .any(|held| held.state != BillingKeyState::Active);
    let order = renewing(tables, &origin, now);
    let order = tables.add_order(order);
    let attempt = Attempt::new(order, 1, gateway_order_id, new, now);
    tables.insert(&attempt)?;
    let line = Line {
        at: now,
        key: attempt.key(),
        kind: "begun",
        source: evidence.source().as_str(),
        from: None,
        to: attempt.state,
        evidence: None,
        note: None,
    };
    journal::append(tables, line);
    let event = Event::RenewalSeen { evidence, ended };
    let applied = take(tables, policy, attempt.key(), event, now)?;
    Ok(Begun::New(
        applied.map_or(attempt, |applied| applied.attempt),
    ))
}

/// Applies it; none if the step refused.
fn take(
    tables: &mut Tables,
    policy: Policy,
    key: AttemptKey,
    event: Event,
    now: Timestamp,
) -> Result<Option<Applied>, StoreError> {
    Ok(write::apply(tables, policy, key, event, now)?.ok())
}

/// The order of a renewal: the same thing for the same customer at the same price.
fn renewing(tables: &Tables, origin: &Order, now: Timestamp) -> Order {
    let renews = |order: &Order| order.renews.as_deref() == Some(&origin.id);
    let known = tables.orders().filter(|order| renews(order)).count();
    let mut no = known.saturating_add(1);
    let id = loop {
        let id = format!("{}-r{no}", origin.id);
        if tables.order(&id).is_none() {
            break id;
        }
        no = no.saturating_add(1);
    };
    Order {
        id,
        charge: None,
        renews: Some(origin.id.clone()),
        // Nothing has this digest: no page ever opens a renewal.
        client_secret: Digest::from_bytes([0; 32]),
        created_at: now,
        ..origin.clone()
    }
}
