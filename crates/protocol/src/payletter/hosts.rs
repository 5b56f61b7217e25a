//! Where Payletter is.

use url::Url;

use super::{CashReceiptIssue, ReceiptInfo, Refund, TransactionList};
use crate::{Env, Error, Secret, env::join, session};

/// The gateway's hosts in one world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts {
    env: Env,
    root: Url,
}

impl Hosts {
    /// The hosts of this world. A sandbox must be on this machine.
    pub fn new(env: Env) -> Result<Self, Error> {
        let env = env.checked()?;
        let root = env.root(
            "https://pgapi.payletter.com",
            "https://testpgapi.payletter.com",
        )?;
        Ok(Self { env, root })
    }

    /// Which world this is.
    #[must_use]
    pub const fn env(&self) -> &Env {
        &self.env
    }

    /// Where [`super::PaymentRequest`] goes (POST, PAYMENT key).
    #[must_use]
    pub fn pay_url(&self) -> Url {
        join(&self.root, "/v1.0/payments/request", None)
    }

    /// Where a [`super::Charge`] goes (POST, PAYMENT key).
    #[must_use]
    pub fn charge_url(&self) -> Url {
        join(&self.root, "/v1.0/payments/autopay", None)
    }

    /// Where a [`Refund`] goes (POST, PAYMENT key); a part of a payment goes elsewhere than the whole.
    #[must_use]
    pub fn refund_url(&self, refund: &Refund) -> Url {
        join(&self.root, refund.path(), None)
    }

    /// Where [`super::Status`] goes (POST; either key was seen).
    #[must_use]
    pub fn status_url(&self) -> Url {
        join(&self.root, "/v1.0/payments/status", None)
    }

    /// Where a [`TransactionList`] is read (GET, SEARCH key).
    #[must_use]
    pub fn transaction_list_url(&self, list: &TransactionList) -> Url {
        join(
            &self.root,
            "/v1.0/payments/transaction/list",
            Some(&list.fields().to_form()),
        )
    }

    /// Where a [`CashReceiptIssue`] goes (POST, PAYMENT key).
    #[must_use]
    pub fn cash_receipt_url(&self, issue: &CashReceiptIssue) -> Url {
        let url = join(&self.root, "/v1.0/cashreceipt/issue", None);
        with_id(url, &issue.transaction_id)
    }

    /// Where a [`ReceiptInfo`] is read (GET, SEARCH key).
    #[must_use]
    pub fn receipt_url(&self, info: &ReceiptInfo) -> Url {
        let query = info.fields().to_form();
        let url = join(&self.root, "/v1.0/receipt/info", Some(&query));
        with_id(url, &info.transaction_id)
    }

    /// The URL of a payment window or a receipt page, if it is one of the gateway's.
    pub fn window_url(&self, text: &str) -> Result<Url, Error> {
        session::window_url(&self.env, text)
    }

    /// The value of the `Authorization` header: `PLKEY {key}`.
    #[must_use]
    pub fn authorization(&self, key: &Secret) -> Secret {
        session::authorization("PLKEY", key)
    }
}

/// The transaction's number as one part of the path, whatever is in it.
fn with_id(mut url: Url, transaction_id: &str) -> Url {
    // Only URLs without a path (`mailto:`) have no parts, and a root is none of those.
    if let Ok(mut parts) = url.path_segments_mut() {
        // `.` and `..` would be taken for steps; `push` leaves them out.
        parts.push(transaction_id);
    }
    url
}
