//! Keys that charge a card again: whose they are, and whether they may still be used.

use std::fmt;
use std::str::FromStr;

use paypair_protocol::{Gateway, Method, Secret};
use serde::{Deserialize, Serialize};

use crate::{Attempt, AttemptKey, CardSeen, Digest, Reason, Timestamp, UnknownState};

/// A key that charges a card again. Kept as what it is, found by its digest.
#[derive(Clone, Debug)]
pub struct BillingKey {
    /// The key.
    pub key: Secret,
    /// Its digest.
    pub digest: Digest,
}

impl BillingKey {
    /// With its digest.
    pub fn of(key: &Secret) -> Self {
        Self {
            key: key.clone(),
            digest: Digest::of(key.expose()),
        }
    }

    /// What the merchant calls the key with this digest: `bk_` and 32 hex digits.
    pub fn id_of(digest: Digest) -> String {
        let hex = digest.to_hex();
        format!("bk_{}", hex.get(..32).unwrap_or_default())
    }
}

/// Where a billing key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillingKeyState {
    /// It can be charged.
    Active,
    /// Our deletion is on its way.
    Deleting,
    /// It is gone; our copy is erased.
    Deleted,
    /// Our deletion may have happened: only a lookup or a named operator ends this. Not charged meanwhile.
    InDoubt,
}

impl BillingKeyState {
    /// The name in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Deleting => "deleting",
            Self::Deleted => "deleted",
            Self::InDoubt => "in_doubt",
        }
    }
}

impl FromStr for BillingKeyState {
    type Err = UnknownState;
    fn from_str(text: &str) -> Result<Self, UnknownState> {
        [Self::Active, Self::Deleting, Self::Deleted, Self::InDoubt]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(UnknownState)
    }
}

/// The billing key that an attempt holds. Changed by [`step`](crate::step()) only; whatever becomes of it, the attempt's own state
/// stays.
#[derive(Clone, PartialEq, Eq)]
pub struct HeldKey {
    /// How it is found.
    pub digest: Digest,
    /// The key; gone once it is deleted.
    pub key: Option<Secret>,
    /// Where it stands.
    pub state: BillingKeyState,
    /// Its card, masked.
    pub card: Option<CardSeen>,
    /// When it was first seen.
    pub created_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// Why it stands where it stands.
    pub reason: Option<Reason>,
    /// When to look it up next, while its deletion is in doubt.
    pub next_check_at: Option<Timestamp>,
    /// Lookups asked for since the schedule began.
    pub checks: u32,
    /// Lookups in a row that found it still there.
    pub sightings: u32,
    /// When the first of them was.
    pub seen_since: Option<Timestamp>,
}

impl HeldKey {
    /// One just seen.
    pub(crate) fn new(key: &BillingKey, card: Option<CardSeen>, now: Timestamp) -> Self {
        Self {
            digest: key.digest,
            key: Some(key.key.clone()),
            state: BillingKeyState::Active,
            card,
            created_at: now,
            deleted_at: None,
            reason: None,
            next_check_at: None,
            checks: 0,
            sightings: 0,
            seen_since: None,
        }
    }

    /// What the merchant calls it.
    pub fn id(&self) -> String {
        BillingKey::id_of(self.digest)
    }
}

/// Cards are personal.
impl fmt::Debug for HeldKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldKey")
            .field("digest", &self.digest)
            .field("state", &self.state)
            .field("reason", &self.reason)
            .field("next_check_at", &self.next_check_at)
            .finish_non_exhaustive()
    }
}

/// Who holds a billing key, and whether it may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyOwner {
    /// The attempt that holds it.
    pub key: AttemptKey,
    /// Whose it is.
    pub customer_id: String,
    /// Where it stands.
    pub state: BillingKeyState,
}

/// A billing key as the merchant manages it.
#[derive(Clone)]
pub struct BillingKeyView {
    /// `bk_` and the first 32 hex digits of the digest.
    pub id: String,
    /// How it is found.
    pub digest: Digest,
    /// Whose gateway.
    pub gateway: Gateway,
    /// Our identity there.
    pub merchant_id: String,
    /// What it charges.
    pub method: Method,
    /// Whose it is.
    pub customer_id: String,
    /// The order it came of.
    pub order_id: String,
    /// The attempt of that order.
    pub no: u32,
    /// Where it stands.
    pub state: BillingKeyState,
    /// Its card, masked.
    pub card: Option<CardSeen>,
    /// When it was first seen.
    pub created_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// Why it stands where it stands.
    pub reason: Option<Reason>,
    /// The key; gone once it is deleted.
    pub key: Option<Secret>,
}

impl BillingKeyView {
    /// The attempt that holds it: events about the key go there.
    pub fn attempt(&self) -> AttemptKey {
        AttemptKey::new(self.order_id.clone(), self.no)
    }

    /// The key that this attempt holds, if it holds one.
    pub fn of(attempt: &Attempt) -> Option<Self> {
        let held = attempt.billing_key.as_ref()?;
        let order = &attempt.order;
        Some(Self {
            id: held.id(),
            digest: held.digest,
            gateway: order.gateway,
            merchant_id: order.merchant_id.clone(),
            method: order.method.clone(),
            customer_id: order.customer.id.clone(),
            order_id: order.id.clone(),
            no: attempt.no,
            state: held.state,
            card: held.card.clone(),
            created_at: held.created_at,
            deleted_at: held.deleted_at,
            reason: held.reason.clone(),
            key: held.key.clone(),
        })
    }
}

/// Cards are personal.
impl fmt::Debug for BillingKeyView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BillingKeyView")
            .field("id", &self.id)
            .field("gateway", &self.gateway)
            .field("customer_id", &self.customer_id)
            .field("order_id", &self.order_id)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
