//! What every store decides in the same way of a charge that a gateway made by itself, for a subscription.

use std::fmt::Display;

use crate::{Attempt, BillingKeyState, Digest, Evidence, Order, Timestamp};

/// Whether the notice is of this merchant's, and bears the name that the charge is to be known by.
pub(crate) fn fits(origin: &Order, gateway_order_id: &str, evidence: &Evidence) -> bool {
    let merchant = evidence.merchant_id().unwrap_or(&origin.merchant_id);
    let name = evidence.gateway_order_id().unwrap_or(gateway_order_id);
    evidence.gateway() == origin.gateway
        && merchant == origin.merchant_id
        && name == gateway_order_id
}

/// Whether the agreement that this notice names was ended, or its end was asked for. These attempts may have begun more than one.
pub(crate) fn is_ended(attempts: &[Attempt], evidence: &Evidence) -> bool {
    let named = evidence.billing_key().map(|key| key.digest);
    attempts
        .iter()
        .filter_map(|attempt| attempt.billing_key.as_ref())
        .filter(|held| named.is_none_or(|named| named == held.digest))
        .any(|held| held.state != BillingKeyState::Active)
}

/// The id of a subscription's renewal `no`.
pub(crate) fn id_of(origin: &Order, no: impl Display) -> String {
    format!("{}-r{no}", origin.id)
}

/// The order of a renewal: the same thing for the same customer at the same price.
pub(crate) fn order_of(origin: &Order, id: String, now: Timestamp) -> Order {
    Order {
        id,
        charge: None,
        renews: Some(origin.id.clone()),
        // Nothing has this digest: no page ever opens a renewal.
        client_secret: Digest::from_bytes([0; 32]),
        seed: None,
        created_at: now,
        ..origin.clone()
    }
}
