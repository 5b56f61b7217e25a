//! The gateway's pages for a buyer who has paid.

use paypair_ledger::{Attempt, Store};
use paypair_protocol::{
    Url,
    payletter::{CashReceiptIssue, CashReceiptPurpose, ReceiptInfo},
};

use crate::{ApiError, Verifier, days::paid_on, environment::Environment, network::Network};

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// The page that shows what was paid. It is found by the whole amount and the day, whatever was given back since.
    pub(crate) async fn payletter_receipt(&self, attempt: &Attempt) -> Result<Url, ApiError> {
        let info = ReceiptInfo {
            transaction_id: transaction_of(attempt)?,
            merchant_id: attempt.order.merchant_id.clone(),
            amount: attempt.captured.ok_or(ApiError::ReceiptNotOffered)?,
            paid_on: paid_on(attempt),
        };
        let client = self.payletter(&attempt.order.merchant_id)?;
        if client.account.search_key.is_none() {
            return Err(ApiError::GatewayNotConfigured(
                "payletter.clients.search_key",
            ));
        }
        Ok(client.receipt(&info).await?)
    }

    /// The page where the buyer has a cash receipt issued. Cards have none: their slip is the proof.
    pub(crate) async fn payletter_cash_receipt(
        &self,
        attempt: &Attempt,
        purpose: CashReceiptPurpose,
        tax_excluded: bool,
    ) -> Result<Url, ApiError> {
        let asked = attempt.order.method.as_str();
        let used = attempt.detail.method.as_deref().unwrap_or(asked);
        if CARDS.contains(&used) {
            return Err(ApiError::ReceiptNotOffered);
        }
        let order_id = &attempt.order.id;
        let order_id: String = form_urlencoded::byte_serialize(order_id.as_bytes()).collect();
        let issue = CashReceiptIssue {
            transaction_id: transaction_of(attempt)?,
            merchant_id: attempt.order.merchant_id.clone(),
            purpose,
            tax_excluded,
            return_url: self
                .config()
                .public(&format!("/done/{}?order={order_id}", attempt.channel)),
        };
        ApiError::unless_fine(issue.check())?;
        let client = self.payletter(&attempt.order.merchant_id)?;
        Ok(client.cash_receipt(&issue).await?)
    }
}

fn transaction_of(attempt: &Attempt) -> Result<String, ApiError> {
    let known = attempt.transaction_id.clone();
    known.ok_or(ApiError::ReceiptNotOffered)
}

/// Paid by card, whatever the window was called.
const CARDS: [&str; 6] = [
    "creditcard",
    "navercard",
    "smilecard",
    "samsungpay",
    "applepay",
    "lpay",
];
