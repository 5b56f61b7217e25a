//! Charges that a gateway made by itself, for a subscription.

use super::journal::{self, Line};
use super::tables::Tables;
use super::write;
use crate::{
    Applied, Attempt, AttemptKey, Begun, Event, Order, OrderView, Policy, Renewal, StoreError,
    Timestamp, renewal,
};

/// Takes in the notice. A charge seen before is the same one; a new one becomes an order of its own.
pub(super) fn begin(
    tables: &mut Tables,
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
    let origin = tables.order(&origin).ok_or(StoreError::NotFound)?;
    let origin = Order::clone(origin);
    if !renewal::fits(&origin, &gateway_order_id, &evidence) {
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
    let ended = renewal::is_ended(&tables.attempts_of(&origin.id), &evidence);
    let order = renewing(tables, &origin, now);
    let order = tables.add_order(order);
    let attempt = Attempt::new(order, 1, gateway_order_id, new, now);
    tables.insert(&attempt)?;
    let line = Line::begun(&attempt, evidence.source().as_str(), now);
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

/// The order of a renewal, by an id that is free.
fn renewing(tables: &Tables, origin: &Order, now: Timestamp) -> Order {
    let renews = |order: &Order| order.renews.as_deref() == Some(&origin.id);
    let known = tables.orders().filter(|order| renews(order)).count();
    let mut no = known.saturating_add(1);
    let id = loop {
        let id = renewal::id_of(origin, no);
        if tables.order(&id).is_none() {
            break id;
        }
        no = no.saturating_add(1);
    };
    renewal::order_of(origin, id, now)
}
