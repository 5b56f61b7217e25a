//! What can happen to an attempt.

use paypair_protocol::{Money, Secret};

use crate::{BillingKey, CardSeen, Detail, Evidence, MoneyOp, Reason, Timestamp};

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
    /// The gateway refused our request, or could not be reached; nothing was opened that we know of.
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
    /// We are going to charge the billing key of the order's plan. The intent is durable when `apply` returns: only then call.
    ChargeStarted,
    /// Our charge was answered with a payment.
    ChargeAnswered(Evidence),
    /// Our charge was refused in words we know.
    ChargeDeclined {
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
    /// A money call provably never left (no connection): it may be tried again, a charge by a new attempt.
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
    /// A lookup found that it failed or was declined, and no payment.
    LookupDeclined {
        /// The gateway's words.
        reason: Reason,
    },
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
    /// An unsigned message of the gateway's server names the attempt: a reason to ask, and nothing else. The timeline remembers it.
    HintSeen {
        /// What it is said to be about.
        hint: Hint,
    },
    /// The buyer's window closed. Unknown, not cancelled: a payment can succeed after it.
    WindowClosed,
    /// `expires_at` has passed.
    ExpireDue,
    /// `expires_at` has passed and the buyer wants a new attempt. Sent by [`Store::begin`](crate::Store::begin).
    Superseded,
    /// The merchant wants money given back. The intent is durable when `apply` returns.
    RefundAsked {
        /// The merchant's own id of this refund: used once, so that asking twice gives back once. A part needs one.
        id: Option<String>,
        /// The gateway's id of the payment to give back; it may be left out where only one stands.
        transaction_id: Option<String>,
        /// How much; none for all that is left of it.
        money: Option<Money>,
        /// The merchant's words.
        why: String,
    },
    /// Our refund was answered.
    RefundAnswered(Evidence),
    /// The gateway took our refund order and will do it later. Looked up daily until it is done.
    RefundAccepted(Evidence),
    /// Our refund was refused in words we know.
    RefundDeclined {
        /// Why.
        reason: Reason,
    },
    /// How the call of this one refund ended: which runs by now, only the ledger knows. An outcome without it is about the refund that
    /// runs, and nobody but [`Store::recover`](crate::Store::recover) may say one.
    OfRefund {
        /// [`RefundLine::no`](crate::RefundLine::no).
        no: u32,
        /// The outcome: of a refund, or [`Self::CallUnknown`], [`Self::CallNotSent`].
        outcome: Box<Self>,
    },
    /// The merchant brings a billing key it has.
    BillingKeyAdopted {
        /// The key.
        key: BillingKey,
        /// Its card, if the merchant knows it.
        card: Option<CardSeen>,
    },
    /// The merchant wants the attempt's billing key deleted, or its subscription ended. The intent is durable when `apply` returns.
    BillingKeyDeleteAsked {
        /// The merchant's words.
        why: String,
    },
    /// Our deletion was answered: the key is gone. Also when a deletion in doubt was asked for again, which harms nobody.
    BillingKeyDeleteAnswered(Evidence),
    /// Our deletion was refused in words we know.
    BillingKeyDeleteDeclined {
        /// Why.
        reason: Reason,
    },
    /// The gateway offers no deletion: we erase our copy.
    BillingKeyForgotten {
        /// The merchant's words.
        why: String,
    },
    /// A lookup found the billing key still there.
    BillingKeySeen(Evidence),
    /// A lookup found no such billing key.
    BillingKeyGone,
    /// A lookup of the billing key could not be made or read.
    BillingKeyCheckFailed {
        /// Why.
        reason: Reason,
    },
    /// A named person looked whether the billing key, whose deletion is in doubt, is deleted.
    BillingKeyResolved {
        /// Who.
        operator: String,
        /// Whether it is.
        deleted: bool,
    },
    /// The gateway says that it charged a subscription again. Sent by [`Store::begin_renewal`](crate::Store::begin_renewal).
    RenewalSeen {
        /// Its notice.
        evidence: Evidence,
        /// Whether the subscription was ended before.
        ended: bool,
    },
    /// The merchant wants a cash receipt issued for the payment. The wish is durable when `apply` returns: only then call.
    CashReceiptAsked {
        /// Over how much.
        money: Money,
        /// What it is for: `tax_deduction`, `proof_of_expense`.
        purpose: String,
    },
    /// The merchant wants the cash receipt taken back. The wish is durable when `apply` returns: only then call.
    CashReceiptCancelAsked {
        /// Of one that was issued with the payment: over how much.
        money: Money,
        /// Of one that was issued with the payment: what it is for.
        purpose: String,
    },
    /// Our call about the cash receipt was answered: it is issued, or taken back.
    CashReceiptAnswered {
        /// Its number, if one was told.
        approval_no: Option<String>,
    },
    /// Our call about the cash receipt was refused, or never left.
    CashReceiptDeclined {
        /// Why.
        reason: Reason,
    },
    /// Our call about the cash receipt ended without an answer we understand.
    CashReceiptUnknown {
        /// Why we do not know.
        reason: Reason,
    },
    /// A named person looked whether the cash receipt in doubt is issued.
    CashReceiptResolved {
        /// Who.
        operator: String,
        /// Whether it is.
        issued: bool,
    },
    /// A named person looked at the gateway's books and settled it.
    Resolved {
        /// Who.
        operator: String,
        /// What the books say.
        resolution: Resolution,
    },
}

/// The reason code of a lookup whose answer lacks rows, and of which those that it has follow.
const LIST_CUT_SHORT: &str = "list_cut_short";

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
            Self::ChargeStarted => "charge_started",
            Self::ChargeAnswered(_) => "charge_answered",
            Self::ChargeDeclined { .. } => "charge_declined",
            Self::CallUnknown { .. } => "call_unknown",
            Self::CallNotSent { .. } => "call_not_sent",
            Self::Sighted(_) => "sighted",
            Self::AccountIssued { .. } => "account_issued",
            Self::LookupAbsent => "lookup_absent",
            Self::LookupOpen => "lookup_open",
            Self::LookupDeclined { .. } => "lookup_declined",
            Self::LookupFailed { .. } => "lookup_failed",
            Self::BuyerCancelled { .. } => "buyer_cancelled",
            Self::GatewayDeclined { .. } => "gateway_declined",
            Self::NoticePending { .. } => "notice_pending",
            Self::ReturnSeen => "return_seen",
            Self::ResultRefused { .. } => "result_refused",
            Self::HintSeen { .. } => "hint_seen",
            Self::WindowClosed => "window_closed",
            Self::ExpireDue => "expire_due",
            Self::Superseded => "superseded",
            Self::RefundAsked { .. } => "refund_asked",
            Self::RefundAnswered(_) => "refund_answered",
            Self::RefundAccepted(_) => "refund_accepted",
            Self::RefundDeclined { .. } => "refund_declined",
            Self::OfRefund { outcome, .. } => outcome.kind(),
            Self::BillingKeyAdopted { .. } => "billing_key_adopted",
            Self::BillingKeyDeleteAsked { .. } => "billing_key_delete_asked",
            Self::BillingKeyDeleteAnswered(_) => "billing_key_delete_answered",
            Self::BillingKeyDeleteDeclined { .. } => "billing_key_delete_declined",
            Self::BillingKeyForgotten { .. } => "billing_key_forgotten",
            Self::BillingKeySeen(_) => "billing_key_seen",
            Self::BillingKeyGone => "billing_key_gone",
            Self::BillingKeyCheckFailed { .. } => "billing_key_check_failed",
            Self::BillingKeyResolved { .. } => "billing_key_resolved",
            Self::RenewalSeen { .. } => "renewal_seen",
            Self::CashReceiptAsked { .. } => "cash_receipt_asked",
            Self::CashReceiptCancelAsked { .. } => "cash_receipt_cancel_asked",
            Self::CashReceiptAnswered { .. } => "cash_receipt_answered",
            Self::CashReceiptDeclined { .. } => "cash_receipt_declined",
            Self::CashReceiptUnknown { .. } => "cash_receipt_unknown",
            Self::CashReceiptResolved { .. } => "cash_receipt_resolved",
            Self::Resolved { .. } => "resolved",
        }
    }

    /// What the timeline notes of it: a reason's code, a merchant's or operator's words.
    pub fn note(&self) -> Option<String> {
        match self {
            Self::RequestFailed { reason }
            | Self::ConfirmDeclined { reason }
            | Self::ChargeDeclined { reason }
            | Self::BillingKeyDeleteDeclined { reason }
            | Self::BillingKeyCheckFailed { reason }
            | Self::CallUnknown { reason, .. }
            | Self::LookupFailed { reason }
            | Self::BuyerCancelled { reason }
            | Self::GatewayDeclined { reason }
            | Self::LookupDeclined { reason }
            | Self::NoticePending { reason }
            | Self::ResultRefused { reason }
            | Self::CashReceiptDeclined { reason }
            | Self::CashReceiptUnknown { reason }
            | Self::RefundDeclined { reason } => Some(reason.code.clone()),
            Self::HintSeen { hint } => Some(hint.as_str().to_owned()),
            Self::RefundAsked { why, .. }
            | Self::BillingKeyDeleteAsked { why }
            | Self::BillingKeyForgotten { why } => Some(why.clone()),
            Self::CashReceiptAsked { purpose, .. }
            | Self::CashReceiptCancelAsked { purpose, .. } => Some(purpose.clone()),
            Self::CashReceiptAnswered { approval_no } => approval_no.clone(),
            Self::OfRefund { outcome, .. } => outcome.note(),
            Self::Resolved { operator, .. }
            | Self::BillingKeyResolved { operator, .. }
            | Self::CashReceiptResolved { operator, .. } => Some(operator.clone()),
            _ => None,
        }
    }

    /// A list has fewer rows than it tells of: from what it lacks nothing is learnt. What it has follows.
    pub fn list_cut_short() -> Self {
        Self::LookupFailed {
            reason: Reason::new(LIST_CUT_SHORT),
        }
    }

    /// Whether more of the same answer follows.
    pub(crate) fn is_cut_short(&self) -> bool {
        matches!(self, Self::LookupFailed { reason } if reason.code == LIST_CUT_SHORT)
    }

    /// Whether a lookup of the payment brought it.
    pub(crate) fn is_lookup(&self) -> bool {
        match self {
            Self::LookupAbsent
            | Self::LookupOpen
            | Self::LookupDeclined { .. }
            | Self::LookupFailed { .. } => true,
            Self::Sighted(evidence) => !evidence.is_pushed(),
            _ => false,
        }
    }

    /// The proof it carries.
    pub const fn evidence(&self) -> Option<&Evidence> {
        match self {
            Self::ConfirmAnswered(evidence)
            | Self::ChargeAnswered(evidence)
            | Self::Sighted(evidence)
            | Self::RefundAnswered(evidence)
            | Self::RefundAccepted(evidence)
            | Self::BillingKeyDeleteAnswered(evidence)
            | Self::BillingKeySeen(evidence)
            | Self::RenewalSeen { evidence, .. } => Some(evidence),
            Self::OfRefund { outcome, .. } => outcome.evidence(),
            _ => None,
        }
    }

    /// Who said it, for the timeline.
    pub const fn source(&self) -> &'static str {
        match self {
            Self::ConfirmAnswered(evidence)
            | Self::ChargeAnswered(evidence)
            | Self::Sighted(evidence)
            | Self::RefundAnswered(evidence)
            | Self::RefundAccepted(evidence)
            | Self::BillingKeyDeleteAnswered(evidence)
            | Self::BillingKeySeen(evidence)
            | Self::RenewalSeen { evidence, .. } => evidence.source().as_str(),
            Self::OfRefund { outcome, .. } => outcome.source(),
            Self::Authenticated { .. }
            | Self::AccountIssued { .. }
            | Self::BuyerCancelled { .. }
            | Self::GatewayDeclined { .. }
            | Self::ReturnSeen
            | Self::ResultRefused { .. }
            | Self::WindowClosed => "browser",
            Self::NoticePending { .. } => "notice",
            Self::HintSeen { .. } => "webhook",
            Self::LookupAbsent
            | Self::LookupOpen
            | Self::LookupDeclined { .. }
            | Self::LookupFailed { .. }
            | Self::BillingKeyGone
            | Self::BillingKeyCheckFailed { .. } => "lookup",
            Self::Requested { .. } | Self::RequestFailed { .. } => "gateway",
            Self::ConfirmStarted
            | Self::ConfirmDeclined { .. }
            | Self::ChargeStarted
            | Self::ChargeDeclined { .. }
            | Self::BillingKeyDeleteDeclined { .. }
            | Self::CallUnknown { .. }
            | Self::CallNotSent { .. }
            | Self::CashReceiptAnswered { .. }
            | Self::CashReceiptDeclined { .. }
            | Self::CashReceiptUnknown { .. }
            | Self::RefundDeclined { .. } => "money_call",
            Self::ExpireDue | Self::Superseded => "clock",
            Self::RefundAsked { .. }
            | Self::BillingKeyAdopted { .. }
            | Self::BillingKeyDeleteAsked { .. }
            | Self::CashReceiptAsked { .. }
            | Self::CashReceiptCancelAsked { .. }
            | Self::BillingKeyForgotten { .. } => "merchant",
            Self::Resolved { .. }
            | Self::BillingKeyResolved { .. }
            | Self::CashReceiptResolved { .. } => "operator",
        }
    }
}

/// What an unsigned message is said to be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// A payment ended.
    Payment,
    /// Money went back.
    Refund {
        /// How much, if it says so.
        money: Option<Money>,
    },
    /// A billing key was deleted.
    BillingKey,
}

impl Hint {
    /// What the timeline notes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Payment => "webhook_payment",
            Self::Refund { .. } => "webhook_refund",
            Self::BillingKey => "webhook_payer_deleted",
        }
    }
}

/// What a person found in the gateway's books. "Paid" takes evidence: it is among them only of what the gateway has signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// The notice that no list can confirm is what it says: the money was taken. Refused where there is no such notice.
    Captured,
    /// No money was taken.
    NotCaptured,
    /// The money went back: what the refund in doubt asked for, or all of it where there is no such refund.
    Refunded,
    /// The refund in doubt did not happen.
    NotRefunded,
    /// The payments beside the attempt's own went back; its own stands.
    SecondRefunded,
    /// The card company took the money back. No gateway's list shows it, and the kind of a notice is not signed.
    ChargedBack,
}
