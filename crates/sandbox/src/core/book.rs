//! The money book: every payment and every call, as the gateways themselves would know them. Tests judge by it.

use jiff::Timestamp;
use paypair_protocol as protocol;
use serde::Serialize;

use super::Gateway;

/// The sandbox's own money book. Merchants' tests are judged by it, so every call that moves money is counted here,
/// refused ones too.
#[derive(Default)]
pub(crate) struct Book {
    pub(crate) payments: Vec<Entry>,
    pub(crate) calls: Vec<Call>,
}

/// One payment: money that was captured, is awaited, or a card that was registered.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Entry {
    pub(crate) gateway: Gateway,
    pub(crate) order_id: String,
    pub(crate) transaction_id: String,
    pub(crate) amount: String,
    pub(crate) currency: String,
    pub(crate) method: String,
    pub(crate) product_name: String,
    pub(crate) state: Standing,
    /// Confirm calls that named this payment.
    pub(crate) confirms: u64,
    /// Cancel calls that named this payment.
    pub(crate) refunds: u64,
    /// What was given back so far.
    pub(crate) refunded: String,
    /// Callbacks sent, and whether the merchant has acknowledged one.
    pub(crate) callbacks: u64,
    pub(crate) acknowledged: bool,
    pub(crate) at: Timestamp,
}

impl Entry {
    pub(crate) fn new(
        (gateway, order_id): (Gateway, &str),
        transaction_id: &str,
        amount: protocol::Money,
        (method, product_name): (&str, &str),
        state: Standing,
        at: Timestamp,
    ) -> Self {
        Self {
            gateway,
            order_id: order_id.to_owned(),
            transaction_id: transaction_id.to_owned(),
            amount: amount.to_wire(),
            currency: amount.currency.as_str().to_owned(),
            method: method.to_owned(),
            product_name: product_name.to_owned(),
            state,
            confirms: 0,
            refunds: 0,
            refunded: protocol::Money { minor: 0, ..amount }.to_wire(),
            callbacks: 0,
            acknowledged: false,
            at,
        }
    }

    /// Books that `total` has been given back so far; all of it cancels the payment, a part of it does not.
    pub(crate) fn give_back(&mut self, total: protocol::Money) {
        self.refunded = total.to_wire();
        self.state = if self.refunded == self.amount {
            Standing::Cancelled
        } else {
            Standing::PartlyRefunded
        };
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    Captured,
    PartlyRefunded,
    /// The gateway has promised to give it back, and has not done so yet.
    RefundPending,
    Cancelled,
    ChargedBack,
    AwaitingDeposit,
    /// Nobody paid into the account in time.
    Expired,
    /// PayPal holds the payment.
    Pending,
    /// A billing key without money.
    Registered,
}

/// One call that a merchant's server made.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Call {
    pub(crate) gateway: Gateway,
    pub(crate) path: String,
    pub(crate) at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) order_id: Option<String>,
}

/// A line of the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntryId(usize);

impl Book {
    pub(crate) fn enter(&mut self, entry: Entry) -> EntryId {
        self.payments.push(entry);
        EntryId(self.payments.len() - 1)
    }

    pub(crate) fn entry(&mut self, id: EntryId) -> &mut Entry {
        &mut self.payments[id.0]
    }

    pub(crate) fn note(
        &mut self,
        gateway: Gateway,
        path: &str,
        at: Timestamp,
        order_id: Option<String>,
    ) {
        self.calls.push(Call {
            gateway,
            path: path.to_owned(),
            at,
            order_id,
        });
    }

    /// The transaction id of the gateway's first payment: what `duplicate_transaction` repeats.
    pub(crate) fn first_transaction(&self, gateway: Gateway) -> Option<String> {
        self.payments
            .iter()
            .find(|entry| entry.gateway == gateway)
            .map(|entry| entry.transaction_id.clone())
    }
}
