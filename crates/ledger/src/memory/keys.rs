//! Billing keys: whose they are, and what may be charged.

use super::tables::{KeyRow, Tables};
use crate::{
    Attempt, BillingKeyState, Digest, HeldKey, KeyOwner, MoneyOp, Order, State, StoreError,
};

/// Whatever the code above believes: nobody takes a key that somebody holds.
pub(super) fn may_save(
    tables: &Tables,
    attempt: &Attempt,
    held: &HeldKey,
) -> Result<(), StoreError> {
    let order = &attempt.order;
    let Some(row) = tables.key_row(order.gateway, &order.merchant_id, held.digest) else {
        return Ok(());
    };
    let free = row.held.state == BillingKeyState::Deleted || row.holder == attempt.key();
    if row.customer_id == order.customer.id && free {
        Ok(())
    } else {
        Err(StoreError::Taken("billing_key"))
    }
}

/// Writes the key that the attempt holds, new or changed. One that was deleted and is registered again moves to its new attempt.
pub(super) fn save(tables: &mut Tables, attempt: &Attempt, held: &HeldKey) {
    let order = &attempt.order;
    tables.save_key(KeyRow {
        gateway: order.gateway,
        merchant_id: order.merchant_id.clone(),
        customer_id: order.customer.id.clone(),
        holder: attempt.key(),
        held: held.clone(),
    });
}

/// Who holds this key of the order's merchant.
pub(super) fn owner(tables: &Tables, order: &Order, digest: Digest) -> Option<KeyOwner> {
    let row = tables.key_row(order.gateway, &order.merchant_id, digest)?;
    Some(KeyOwner {
        key: row.holder.clone(),
        customer_id: row.customer_id.clone(),
        state: row.held.state,
    })
}

/// The orders of the same merchant that charge this key.
fn charges<'t>(
    tables: &'t Tables,
    order: &'t Order,
    digest: Digest,
) -> impl Iterator<Item = &'t Order> {
    tables.orders().map(AsRef::as_ref).filter(move |other| {
        let plan = other.charge.as_ref();
        plan.is_some_and(|plan| plan.billing_key == digest)
            && other.gateway == order.gateway
            && other.merchant_id == order.merchant_id
    })
}

/// Whether a charge of this key is on its way or in doubt.
pub(super) fn is_charging(tables: &Tables, order: &Order, digest: Digest) -> bool {
    let open = |attempt: &Attempt| {
        attempt.state == State::Charging
            || (attempt.state == State::InDoubt && attempt.doubt == Some(MoneyOp::Charge))
    };
    charges(tables, order, digest).any(|other| tables.rows_of(&other.id).any(open))
}

/// Whether another order took, or may have taken, this key's money of the month that the order is for.
pub(super) fn is_month_charged(tables: &Tables, order: &Order) -> bool {
    of_the_month(tables, order, State::may_have_charged).is_some()
}

/// Another order's attempt, in one of these states, that charged this key for the month that the order is for. A payment whose refund is
/// in doubt stands until the refund is known.
pub(super) fn of_the_month(
    tables: &Tables,
    order: &Order,
    wanted: fn(State) -> bool,
) -> Option<u32> {
    let month = order.month()?;
    let of_month = |other: &&Order| other.id != order.id && other.month() == Some(month);
    charges(tables, order, month.0)
        .filter(of_month)
        .flat_map(|other| tables.rows_of(&other.id))
        .find(|attempt| wanted(attempt.state) || attempt.doubt == Some(MoneyOp::Refund))
        .map(|attempt| attempt.no)
}
