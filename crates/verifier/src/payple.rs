//! Payple: nothing it says through a browser is signed, so every decision rests on our own calls.

mod books;
mod cash_receipt;
mod charge;
mod client;
mod decide;
mod link;
mod payer;
mod prepare;
mod receipt;
mod refund;
mod results;
mod webhook;

pub(crate) use cash_receipt::ReceiptCall;
pub use link::{NewLink, PaymentLink};
use paypair_protocol::{Secret, payple};
use serde::{Deserialize, Serialize};
pub(crate) use webhook::Questions;

/// What an attempt needs later, kept by the store.
#[derive(Serialize, Deserialize)]
pub(crate) struct Session {
    /// The key of this payment; a result that does not show it is not ours.
    auth_key: String,
    /// From the window's result, once the buyer authenticated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    confirm: Option<Confirmable>,
}

/// What a confirm is made of.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Confirmable {
    confirm_key: String,
    /// Already found in the gateway's table; checked again before keys go there.
    confirm_url: String,
    billing_key: Option<String>,
}

impl Session {
    fn read(session: Option<&Secret>) -> Option<Self> {
        serde_json::from_str(session?.expose()).ok()
    }

    fn to_secret(&self) -> Secret {
        Secret::new(serde_json::to_string(self).unwrap_or_default())
    }
}

/// What a window's result led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Something follows from it: wait for that.
    Taken,
    /// Nothing follows from it.
    Refused,
}

/// The part of Payple's result that old code must not see: with these it would confirm a second time.
pub(crate) const CONFIRM_FIELDS: [&str; 2] = [payple::keys::CONFIRM_KEY, payple::keys::CONFIRM_URL];
