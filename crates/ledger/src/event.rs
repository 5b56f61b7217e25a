//! What can happen to an attempt, and what follows from it.

use std::fmt;
use std::str::FromStr;

use paypair_protocol::Secret;
use serde::{Deserialize, Serialize};

use crate::{Detail, Evidence, Reason, State, Timestamp};

/// What happened. Only the variants that carry [`Evidence`] can lead to money counting as received.
#[derive(Clone, Debug)]
pub enum Event {
    /// The gateway answered our request: the window can be opened.
    Requested {
        /// What opens it (JSON).
        launch: Secret,
        /// What we need later (JSON).
        session: Secret,
        /// Until when the window is good.
        expires_at: Timestamp,
    },
    /// The gateway refused our request, or could not be reached; nothing was opened.
    RequestFailed {
        /// Why.
        reason: Reason,
    },
    /// Payple CERT: the browser says the buyer authenticated. Unproven; allows us to confirm, nothing else.
    Authenticated {
        /// The session data, now with the confirm key.
        session: Secret,
    },
    /// We are going to confirm. The intent is durable when `apply` returns: only then call.
    ConfirmStarted,
    /// Our confirm was answered with a payment.
    ConfirmAnswered(Evidence),
    /// Our confirm was refused in words we know.
    ConfirmDeclined {
        /// Why.
        reason: Reason,
    },
    /// A money call ended without an answer we understand: it may have happened.
    CallUnknown {
        /// Which.
        op: MoneyOp,
        /// Why we do not know.
        reason: Reason,
    },
    /// A money call provably never left (no connection): it may be tried again.
    CallNotSent {
        /// Which.
        op: MoneyOp,
    },
    /// A callback, notice or lookup proves something: capture, deposit account, billing key, cancellation, chargeback.
    Sighted(Evidence),
    /// The browser's return shows a virtual account. Unproven; it only shows the buyer where to transfer.
    AccountIssued {
        /// The account.
        detail: Detail,
        /// Until when, if the text could be read.
        expires_at: Option<Timestamp>,
    },
    /// A lookup found no payment.
    LookupAbsent,
    /// A lookup found the payment, not yet decided.
    LookupOpen,
    /// A lookup could not be made or read.
    LookupFailed {
        /// Why.
        reason: Reason,
    },
    /// A browser says the buyer cancelled. Unproven.
    BuyerCancelled {
        /// The gateway's words, if any.
        reason: Reason,
    },
    /// A browser says the gateway declined. Unproven.
    GatewayDeclined {
        /// The gateway's words.
        reason: Reason,
    },
    /// The gateway says, with a good signature, that it failed or declined.
    NoticeDeclined {
        /// The gateway's words.
        reason: Reason,
    },
    /// The gateway reviews the payment before it captures.
    NoticePending {
        /// The gateway's words.
        reason: Reason,
    },
    /// The buyer came back by the return URL.
    ReturnSeen,
    /// A browser's result that does not fit the attempt, or that we will not act on. Changes nothing; the timeline remembers it.
    ResultRefused {
        /// Why.
        reason: Reason,
    },
    /// The buyer's window closed. Unknown, not cancelled.
    WindowClosed,
    /// `expires_at` has passed.
    ExpireDue,
    /// `expires_at` has passed and the buyer wants a new attempt. Sent by [`Store::begin`](crate::Store::begin).
    Superseded,
    /// The merchant wants the money given back. The intent is durable when `apply` returns.
    RefundAsked {
        /// The merchant's words.
        why: String,
    },
    /// Our refund was answered.
    RefundAnswered(Evidence),
    /// Our refund was refused in words we know.
    RefundDeclined {
        /// Why.
        reason: Reason,
    },
    /// A named person looked at the gateway's books and settled it.
    Resolved {
        /// Who.
        operator: String,
        /// What the books say.
        resolution: Resolution,
    },
}

impl Event {
    /// The name in the timeline.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Requested { .. } => "requested",
            Self::RequestFailed { .. } => "request_failed",
            Self::Authenticated { .. } => "authenticated",
            Self::ConfirmStarted => "confirm_started",
            Self::ConfirmAnswered(_) => "confirm_answered",
            Self::ConfirmDeclined { .. } => "confirm_declined",
            Self::CallUnknown { .. } => "call_unknown",
            Self::CallNotSent { .. } => "call_not_sent",
            Self::Sighted(_) => "sighted",
            Self::AccountIssued { .. } => "account_issued",
            Self::LookupAbsent => "lookup_absent",
            Self::LookupOpen => "lookup_open",
            Self::LookupFailed { .. } => "lookup_failed",
            Self::BuyerCancelled { .. } => "buyer_cancelled",
            Self::GatewayDeclined { .. } => "gateway_declined",
            Self::NoticeDeclined { .. } => "notice_declined",
            Self::NoticePending { .. } => "notice_pending",
            Self::ReturnSeen => "return_seen",
            Self::ResultRefused { .. } => "result_refused",
            Self::WindowClosed => "window_closed",
            Self::ExpireDue => "expire_due",
            Self::Superseded => "superseded",
            Self::RefundAsked { .. } => "refund_asked",
            Self::RefundAnswered(_) => "refund_answered",
            Self::RefundDeclined { .. } => "refund_declined",
            Self::Resolved { .. } => "resolved",
        }
    }

    /// What the timeline notes of it: a reason's code, a merchant's or operator's words.
    pub fn note(&self) -> Option<String> {
        match self {
            Self::RequestFailed { reason }
            | Self::ConfirmDeclined { reason }
            | Self::CallUnknown { reason, .. }
            | Self::LookupFailed { reason }
            | Self::BuyerCancelled { reason }
            | Self::GatewayDeclined { reason }
            | Self::NoticeDeclined { reason }
            | Self::NoticePending { reason }
            | Self::ResultRefused { reason }
            | Self::RefundDeclined { reason } => Some(reason.code.clone()),
            Self::RefundAsked { why } => Some(why.clone()),
            Self::Resolved { operator, .. } => Some(operator.clone()),
            _ => None,
        }
    }

    /// Whether a lookup brought it.
    pub(crate) fn is_lookup(&self) -> bool {
        match self {
            Self::LookupAbsent | Self::LookupOpen | Self::LookupFailed { .. } => true,
            Self::Sighted(evidence) => !evidence.is_pushed(),
            _ => false,
        }
    }

    /// The proof it carries.
    pub const fn evidence(&self) -> Option<&Evidence> {
        match self {
            Self::ConfirmAnswered(evidence)
            | Self::Sighted(evidence)
            | Self::RefundAnswered(evidence) => Some(evidence),
            _ => None,
        }
    }

    /// Who said it, for the timeline.
    pub const fn source(&self) -> &'static str {
        match self {
            Self::ConfirmAnswered(evidence)
            | Self::Sighted(evidence)
            | Self::RefundAnswered(evidence) => evidence.source().as_str(),
            Self::Authenticated { .. }
            | Self::AccountIssued { .. }
            | Self::BuyerCancelled { .. }
            | Self::GatewayDeclined { .. }
            | Self::ReturnSeen
            | Self::ResultRefused { .. }
            | Self::WindowClosed => "browser",
            Self::NoticeDeclined { .. } | Self::NoticePending { .. } => "notice",
            Self::LookupAbsent | Self::LookupOpen | Self::LookupFailed { .. } => "lookup",
            Self::Requested { .. } | Self::RequestFailed { .. } => "gateway",
            Self::ConfirmStarted
            | Self::ConfirmDeclined { .. }
            | Self::CallUnknown { .. }
            | Self::CallNotSent { .. }
            | Self::RefundDeclined { .. } => "money_call",
            Self::ExpireDue | Self::Superseded => "clock",
            Self::RefundAsked { .. } => "merchant",
            Self::Resolved { .. } => "operator",
        }
    }
}

/// What a person found in the gateway's books. "Paid" is not among them: that takes evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// No money was taken.
    NotCaptured,
    /// The money went back.
    Refunded,
}

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
    /// A full refund.
    Refund,
}

impl MoneyOp {
    /// The name in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Refund => "refund",
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
    /// `billing_key.registered`
    BillingKeyRegistered,
}

impl Publication {
    const ALL: [Self; 12] = [
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
        Self::BillingKeyRegistered,
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
            Self::BillingKeyRegistered => "billing_key.registered",
        }
    }

    /// What entering a state tells the merchant. States on the way to an answer tell nothing.
    pub const fn of(state: State) -> Option<Self> {
        match state {
            State::Created
            | State::Requested
            | State::Authenticated
            | State::Confirming
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
    type Err = crate::state::UnknownState;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|publication| publication.as_str() == text)
            .ok_or(crate::state::UnknownState)
    }
}
