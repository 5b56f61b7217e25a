//! The slip's page. The gateway told its address with the payment.

use paypair_ledger::{Attempt, Store};
use paypair_protocol::Url;

use crate::{ApiError, Verifier, environment::Environment, network::Network};

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// The stored page, if it is where the gateway's slips are. It came over our own calls, but a buyer is going to be sent there.
    pub(crate) fn payple_receipt(&self, attempt: &Attempt) -> Result<Url, ApiError> {
        let told = attempt.detail.receipt_url.as_deref();
        let told = told.ok_or(ApiError::ReceiptNotOffered)?;
        self.payple()?.hosts.receipt_url(told).map_err(|error| {
            tracing::warn!(attempt = %attempt.key(), %error, "a slip's page is on a strange host");
            ApiError::ReceiptNotOffered
        })
    }
}
