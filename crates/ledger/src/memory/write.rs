//! What a write does, all of it or nothing: whatever can fail is asked before anything is changed.

use std::sync::Arc;

use super::journal::{self, Line};
use super::tables::Tables;
use super::{is_pending, keys};
use crate::journal::{alert, named, new_reason};
use crate::sqlite::naming;
use crate::{
    Applied, Attempt, AttemptKey, Begun, CallOutcome, Clash, Effect, Event, Evidence, KeyOwner,
    MoneyOp, NewAttempt, Order, OrderView, Policy, Reason, Refused, Registered, Sight, State,
    StoreError, Timestamp, step,
};

pub(super) fn register(tables: &mut Tables, order: Order) -> Result<Registered, StoreError> {
    match tables.order(&order.id) {
        Some(known) if known.same_content(&order) => Ok(Registered::Same(Order::clone(known))),
        Some(_) => Err(StoreError::OrderExists),
        None => Ok(Registered::New(Order::clone(&tables.add_order(order)))),
    }
}

pub(super) fn begin(
    tables: &mut Tables,
    policy: Policy,
    order_id: &str,
    new: NewAttempt,
    now: Timestamp,
) -> Result<Begun, StoreError> {
    let order = tables.order(order_id).ok_or(StoreError::NotFound)?;
    let order = Arc::clone(order);
    let mut attempts = tables.attempts_of(order_id);
    // A window whose time is over must not keep the buyer out.
    for attempt in &mut attempts {
        if attempt.state.is_live()
            && attempt.expires_at <= now
            && let Ok(applied) = apply(tables, policy, attempt.key(), Event::Superseded, now)?
        {
            *attempt = applied.attempt;
        }
    }
    if let Some(live) = Attempt::open_among(&attempts) {
        return Ok(Begun::Live(live.clone()));
    }
    // Nobody opens a renewal: the gateway charged it by itself.
    if order.renews.is_some() || !attempts.iter().all(Attempt::leaves_room) {
        let order = Order::clone(&order);
        return Ok(Begun::Settled(OrderView { order, attempts }));
    }
    let no = attempts.last().map_or(1, |last| last.no.saturating_add(1));
    let gateway_order_id = free_name(tables, &order, no, new.order_id_size)?;
    let attempt = Attempt::new(order, no, gateway_order_id, new, now);
    tables.insert(&attempt)?;
    journal::append(tables, Line::begun(&attempt, "merchant", now));
    Ok(Begun::New(attempt))
}

/// Loads, steps, and writes everything that follows.
pub(super) fn apply(
    tables: &mut Tables,
    policy: Policy,
    key: AttemptKey,
    event: Event,
    now: Timestamp,
) -> Result<Result<Applied, Refused>, StoreError> {
    let mut attempt = tables.attempt(&key).ok_or(StoreError::NotFound)?;
    let from = attempt.state;
    let evidence = event.evidence().cloned();
    let named = named(&attempt, &event);
    let pushed = evidence.as_ref().filter(|evidence| evidence.is_pushed());
    let inbox = pushed.map(|pushed| (pushed.gateway(), journal::name_of(pushed, &key)));
    if let Some((gateway, name)) = inbox
        && !tables.remember(gateway, name)
    {
        return Ok(Ok(Applied {
            attempt,
            effects: Vec::new(),
            from,
            repeated: true,
        }));
    }
    look_around(tables, &mut attempt, &event);
    attempt.policy = policy;
    let line = Line {
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
    let month_charged =
        matches!(event, Event::ChargeStarted) && keys::is_month_charged(tables, &attempt.order);
    let stepped = if month_charged {
        Err(Refused {
            state: from,
            event: event.kind(),
            why: "month_charged",
        })
    } else {
        step(&attempt, event, now)
    };
    match stepped {
        Err(refused) => {
            let note = Some(format!("refused: {}", refused.why));
            journal::append_unless_repeated(tables, Line { note, ..line });
            Ok(Err(refused))
        }
        Ok((next, effects)) => {
            let written = write(tables, &attempt, &next, &effects, named, line, now);
            if let (Err(_), Some((gateway, name))) = (&written, inbox) {
                tables.forget(gateway, name);
            }
            written?;
            Ok(Ok(Applied {
                attempt: next,
                effects,
                from,
                repeated: false,
            }))
        }
    }
}

/// Writes a step that was taken.
fn write(
    tables: &mut Tables,
    attempt: &Attempt,
    next: &Attempt,
    effects: &[Effect],
    named: Option<String>,
    mut line: Line,
    now: Timestamp,
) -> Result<(), StoreError> {
    let new_key = next
        .billing_key
        .as_ref()
        .filter(|_| next.billing_key != attempt.billing_key);
    if let Some(held) = new_key {
        keys::may_save(tables, next, held)?;
    }
    tables.may_live(next)?;
    journal::may_follow(tables, &line.key, effects)?;

    tables.save(next);
    if let Some(held) = new_key {
        keys::save(tables, next, held);
    }
    let from = line.from;
    line.to = next.state;
    line.note = alert(effects)
        .or(line.note)
        .or_else(|| new_reason(attempt, next));
    // A browser, or whoever sends webhooks, may say the same thing for ever; the timeline hears it once.
    if effects.is_empty() && Some(next.state) == from && line.is_unproven() {
        journal::append_unless_repeated(tables, line);
    } else {
        journal::append(tables, line);
    }
    for effect in effects {
        journal::follow(tables, next, *effect, now);
    }
    if let Some(seen) = named {
        journal::claim(tables, next, &seen);
    }
    Ok(())
}

/// Calls that a dead process, or one that took too long, left behind.
pub(super) fn recover(
    tables: &mut Tables,
    policy: Policy,
    begun_before: Timestamp,
    now: Timestamp,
) -> Result<Vec<Applied>, StoreError> {
    let left: Vec<_> = tables
        .calls()
        .iter()
        .filter(|call| is_pending(call) && call.began_at <= begun_before)
        .cloned()
        .collect();
    let mut recovered = Vec::new();
    for call in left {
        let event = Event::CallUnknown {
            op: call.op,
            reason: Reason::new("call_unfinished"),
        };
        match apply(tables, policy, call.key.clone(), event, now)? {
            Ok(applied) => recovered.push(applied),
            // The attempt went on without its call (a callback was faster): only the row is still open.
            Err(_) => journal::finish(tables, &call.key, call.op, CallOutcome::Unknown, now),
        }
    }
    Ok(recovered)
}

/// What the step must know beyond the attempt itself.
fn look_around(tables: &Tables, attempt: &mut Attempt, event: &Event) {
    let order = Arc::clone(&attempt.order);
    let no = attempt.no;
    let sibling = |wanted: fn(&Attempt) -> bool| {
        let mut rows = tables.rows_of(&order.id);
        let found = rows.find(|row| row.no != no && wanted(row));
        found.map(|row| row.no)
    };
    // A payment whose refund is in doubt stands until the refund is known.
    attempt.rival = sibling(|row| row.state.is_settled() || row.doubt == Some(MoneyOp::Refund));
    attempt.live_sibling = sibling(|row| row.state.is_live());
    attempt.undecided_sibling = sibling(|row| row.state.is_undecided());
    if let (Some(held), Event::BillingKeyDeleteAsked { .. } | Event::BillingKeyForgotten { .. }) =
        (&attempt.billing_key, event)
    {
        attempt.key_charging = keys::is_charging(tables, &order, held.digest);
    }
    if let Some(transaction_id) = named(attempt, event) {
        let name = (order.gateway, order.merchant_id.clone(), transaction_id);
        attempt.clash = tables
            .owner_of_payment(&name)
            .filter(|owner| **owner != attempt.key())
            .cloned()
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
        attempt.key_owner = keys::owner(tables, &order, digest);
    }
    let Some(evidence) = evidence else {
        return;
    };
    if attempt.rival.is_none() {
        attempt.rival = keys::of_the_month(tables, &order, State::is_settled);
    }
    let brings_key = matches!(evidence.sight(), Sight::Registered | Sight::Subscribed);
    let other = |owner: &KeyOwner| owner.customer_id != order.customer.id;
    if brings_key && attempt.key_owner.as_ref().is_some_and(other) {
        attempt.clash = Some(Clash::BillingKey);
    }
}

/// A gateway order id that no other attempt bears: `a-2` may be an order of its own beside the second attempt of `a`.
fn free_name(tables: &Tables, order: &Order, no: u32, size: usize) -> Result<String, StoreError> {
    let names = [
        naming::plain(&order.id, no, size),
        naming::marked(&order.id, no, size),
    ];
    let free = |name: &String| {
        !tables.is_name_taken(&(order.gateway, order.merchant_id.clone(), name.clone()))
    };
    let found = names.into_iter().find(free);
    found.ok_or(StoreError::Taken("gateway_order_id"))
}
