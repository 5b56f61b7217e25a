//! Cash receipts (현금영수증) that we have issued, or take back, for a payment by transfer.

use std::time::Duration;

use paypair_protocol::Money;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Reason, Timestamp};

/// A cash receipt that was asked for after the payment. Whose it is, is nowhere in it: the gateway needs to know, we do not.
///
/// It is not money, but the tax office counts it: as with money, the wish is durable before the call, and a call whose answer never
/// came is unknown and not made again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CashReceipt {
    /// Where it stands.
    pub state: CashReceiptState,
    /// Over how much, in won.
    #[serde(serialize_with = "write_won", deserialize_with = "read_won")]
    pub money: Money,
    /// What it is for: `tax_deduction`, `proof_of_expense`.
    pub purpose: String,
    /// Its number at the tax office, once issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_no: Option<String>,
    /// When it was asked for.
    #[serde(serialize_with = "write_millis", deserialize_with = "read_millis")]
    pub asked_at: Timestamp,
    /// Why it stands where it stands, when that is not good news.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

impl CashReceipt {
    /// Whether its call may still be on its way: its answer comes first.
    pub fn is_running(&self, now: Timestamp) -> bool {
        matches!(
            self.state,
            CashReceiptState::Issuing | CashReceiptState::Cancelling
        ) && now.since(self.asked_at) < CALL_LIFE
    }
}

/// Longer than any call: after this its process is dead.
const CALL_LIFE: Duration = Duration::from_secs(120);

/// Where a cash receipt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CashReceiptState {
    /// The call to issue it is on its way. If its process died, that stays so: it is then as unknown as the next.
    Issuing,
    /// Nobody knows whether it was issued: the answer never came.
    IssueUnknown,
    /// It was issued.
    Issued,
    /// It was refused.
    Declined,
    /// The call to take it back is on its way.
    Cancelling,
    /// Nobody knows whether it was taken back.
    CancelUnknown,
    /// It was taken back.
    Cancelled,
}

impl CashReceiptState {
    /// Whether there is none for certain, so that one may be issued.
    pub const fn leaves_room(self) -> bool {
        matches!(self, Self::Declined | Self::Cancelled)
    }

    /// Whether a call is on its way, or ended without an answer.
    pub const fn is_unknown(self) -> bool {
        matches!(
            self,
            Self::Issuing | Self::IssueUnknown | Self::Cancelling | Self::CancelUnknown
        )
    }
}

fn write_won<S: Serializer>(money: &Money, out: S) -> Result<S::Ok, S::Error> {
    money.minor.serialize(out)
}

fn read_won<'a, D: Deserializer<'a>>(input: D) -> Result<Money, D::Error> {
    u64::deserialize(input).map(Money::won)
}

fn write_millis<S: Serializer>(at: &Timestamp, out: S) -> Result<S::Ok, S::Error> {
    at.millis().serialize(out)
}

fn read_millis<'a, D: Deserializer<'a>>(input: D) -> Result<Timestamp, D::Error> {
    i64::deserialize(input).map(Timestamp::from_millis)
}
