//! Giving money back: the case that is running, and the history of all.

use paypair_protocol::Money;
use serde::{Deserialize, Serialize};

use crate::{Attempt, State, Timestamp};

/// A refund that is running, or is wanted: of what, why, and where the attempt stands if the gateway says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundCase {
    /// The merchant's own id of it.
    pub id: Option<String>,
    /// The payment to give back; not always the attempt's own (a second capture).
    pub transaction_id: Option<String>,
    /// How much.
    pub money: Money,
    /// Less than the whole payment: the gateway's partial cancellation, for the last part too.
    pub partial: bool,
    /// The gateway took the order and will do it later.
    pub accepted: bool,
    /// Where to go back to if the refund did not happen.
    pub back_to: State,
    /// The merchant's words, or our reason code.
    pub why: String,
}

/// One refund in an attempt's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundLine {
    /// The merchant's own id of it.
    pub id: Option<String>,
    /// The payment it gives back; not always the attempt's own (a second capture).
    pub transaction_id: Option<String>,
    /// How much.
    pub money: Money,
    /// Where it stands.
    pub state: RefundState,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When it was done or declined.
    pub ended_at: Option<Timestamp>,
}

impl RefundLine {
    /// Whether it gave back the attempt's own payment.
    pub(crate) fn counts_for(&self, attempt: &Attempt) -> bool {
        let other = matches!(
            (&self.transaction_id, &attempt.transaction_id),
            (Some(given_back), Some(own)) if given_back != own
        );
        self.state == RefundState::Done && !other
    }
}

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// On its way, or taken by the gateway to be done later.
    Pending,
    /// The money went back.
    Done,
    /// It was refused, or provably did not happen.
    Declined,
    /// It may have happened.
    Unknown,
}
