//! The kinds of events, counted: so that none is forgotten.

use paypair_ledger::Event;

/// Which kind of event it is, of [`KINDS`]. A new kind does not compile until it has a number, and then a world must have it.
pub fn number(event: &Event) -> usize {
    match event {
        Event::Requested { .. } => 0,
        Event::RequestFailed { .. } => 1,
        Event::Authenticated { .. } => 2,
        Event::ConfirmStarted => 3,
        Event::ConfirmAnswered(_) => 4,
        Event::ConfirmDeclined { .. } => 5,
        Event::ChargeStarted => 6,
        Event::ChargeAnswered(_) => 7,
        Event::ChargeDeclined { .. } => 8,
        Event::CallUnknown { .. } => 9,
        Event::CallNotSent { .. } => 10,
        Event::Sighted(_) => 11,
        Event::AccountIssued { .. } => 12,
        Event::LookupAbsent => 13,
        Event::LookupOpen => 14,
        Event::LookupDeclined { .. } => 15,
        Event::LookupFailed { .. } => 16,
        Event::BuyerCancelled { .. } => 17,
        Event::GatewayDeclined { .. } => 18,
        Event::NoticePending { .. } => 19,
        Event::ReturnSeen => 20,
        Event::ResultRefused { .. } => 21,
        Event::HintSeen { .. } => 22,
        Event::WindowClosed => 23,
        Event::ExpireDue => 24,
        Event::Superseded => 25,
        Event::RefundAsked { .. } => 26,
        Event::RefundAnswered(_) => 27,
        Event::RefundAccepted(_) => 28,
        Event::RefundDeclined { .. } => 29,
        Event::BillingKeyAdopted { .. } => 30,
        Event::BillingKeyDeleteAsked { .. } => 31,
        Event::BillingKeyDeleteAnswered(_) => 32,
        Event::BillingKeyDeleteDeclined { .. } => 33,
        Event::BillingKeyForgotten { .. } => 34,
        Event::BillingKeySeen(_) => 35,
        Event::BillingKeyGone => 36,
        Event::BillingKeyCheckFailed { .. } => 37,
        Event::BillingKeyResolved { .. } => 38,
        Event::RenewalSeen { .. } => 39,
        Event::CashReceiptAsked { .. } => 40,
        Event::CashReceiptCancelAsked { .. } => 41,
        Event::CashReceiptAnswered { .. } => 42,
        Event::CashReceiptDeclined { .. } => 43,
        Event::CashReceiptUnknown { .. } => 44,
        Event::CashReceiptResolved { .. } => 45,
        Event::Resolved { .. } => 46,
        Event::OfRefund { .. } => 47,
    }
}

/// How many kinds there are.
pub const KINDS: usize = 48;
