//! What follows from an event: calls, lookups, and what the merchant is told.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{State, Timestamp, UnknownState};

/// What follows. Everything is durable before the caller sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Make this money call now, once. Its row exists; answer with an event.
    Call(MoneyOp),
    /// The running money call of this kind has its outcome. Written by the store.
    Finish(MoneyOp, CallOutcome),
    /// Look the payment up at this time.
    Lookup(Timestamp),
    /// Tell the merchant. Written to the outbox by the store.
    Publish(Publication),
    /// Nothing changed, but a person should hear of it. Written to the timeline by the store.
    Alert(&'static str),
}

/// A call that moves money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoneyOp {
    /// Payple CERT's confirm.
    Confirm,
    /// A charge of a billing key.
    Charge,
    /// A refund, of all or of a part.
    Refund,
    /// Deleting a billing key at the gateway; ending a subscription. No money moves by it, but money may no longer move after it.
    DeleteBillingKey,
}

impl MoneyOp {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Confirm,
        Self::Charge,
        Self::Refund,
        Self::DeleteBillingKey,
    ];

    /// The name in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Charge => "charge",
            Self::Refund => "refund",
            Self::DeleteBillingKey => "delete_billing_key",
        }
    }
}

/// How a money call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// It happened.
    Done,
    /// It was refused, or provably did not happen.
    Declined,
    /// It never left.
    NotSent,
    /// It may have happened.
    Unknown,
}

/// What the merchant is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Publication {
    /// `payment.paid`
    Paid,
    /// `payment.pending`
    Pending,
    /// `payment.declined`
    Declined,
    /// `payment.cancelled`
    Cancelled,
    /// `payment.expired`
    Expired,
    /// `payment.awaiting_deposit`
    AwaitingDeposit,
    /// `payment.in_doubt`
    InDoubt,
    /// `payment.discrepant`
    Discrepant,
    /// `payment.refunded`
    Refunded,
    /// `payment.partially_refunded`
    PartiallyRefunded,
    /// `payment.charged_back`
    ChargedBack,
    /// `payment.restored`: it stands as before a refund that did not happen, or a contradiction that is over.
    Restored,
    /// `billing_key.registered`
    BillingKeyRegistered,
    /// `billing_key.deleted`
    BillingKeyDeleted,
    /// `reconciliation.break`: the gateway's books and ours differ.
    BreakFound,
    /// `reconciliation.resolved`: such a break ended.
    BreakResolved,
}

impl Publication {
    const ALL: [Self; 16] = [
        Self::Paid,
        Self::Pending,
        Self::Declined,
        Self::Cancelled,
        Self::Expired,
        Self::AwaitingDeposit,
        Self::InDoubt,
        Self::Discrepant,
        Self::Refunded,
        Self::PartiallyRefunded,
        Self::ChargedBack,
        Self::Restored,
        Self::BillingKeyRegistered,
        Self::BillingKeyDeleted,
        Self::BreakFound,
        Self::BreakResolved,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "payment.paid",
            Self::Pending => "payment.pending",
            Self::Declined => "payment.declined",
            Self::Cancelled => "payment.cancelled",
            Self::Expired => "payment.expired",
            Self::AwaitingDeposit => "payment.awaiting_deposit",
            Self::InDoubt => "payment.in_doubt",
            Self::Discrepant => "payment.discrepant",
            Self::Refunded => "payment.refunded",
            Self::PartiallyRefunded => "payment.partially_refunded",
            Self::ChargedBack => "payment.charged_back",
            Self::Restored => "payment.restored",
            Self::BillingKeyRegistered => "billing_key.registered",
            Self::BillingKeyDeleted => "billing_key.deleted",
            Self::BreakFound => "reconciliation.break",
            Self::BreakResolved => "reconciliation.resolved",
        }
    }

    /// What entering a state tells the merchant. States on the way to an answer tell nothing.
    pub const fn of(state: State) -> Option<Self> {
        match state {
            State::Created
            | State::Requested
            | State::Authenticated
            | State::Confirming
            | State::Charging
            | State::RefundPending => None,
            State::PendingReview => Some(Self::Pending),
            State::Paid => Some(Self::Paid),
            State::PartiallyRefunded => Some(Self::PartiallyRefunded),
            State::Refunded => Some(Self::Refunded),
            State::ChargedBack => Some(Self::ChargedBack),
            State::Declined => Some(Self::Declined),
            State::Cancelled => Some(Self::Cancelled),
            State::Expired => Some(Self::Expired),
            State::AwaitingDeposit => Some(Self::AwaitingDeposit),
            State::Registered => Some(Self::BillingKeyRegistered),
            State::InDoubt => Some(Self::InDoubt),
            State::Discrepant => Some(Self::Discrepant),
        }
    }
}

impl fmt::Display for Publication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Publication {
    type Err = UnknownState;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|publication| publication.as_str() == text)
            .ok_or(UnknownState)
    }
}
