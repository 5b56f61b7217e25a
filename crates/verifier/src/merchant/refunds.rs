//! Giving money back.

use paypair_ledger::{Event, Store};
use serde::Deserialize;

use super::body;
use crate::{
    ApiError, Outcome, RawRequest, RawResponse, Verifier, environment::Environment,
    network::Network,
};

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Gives all of a paid order's money back and answers what came of it.
    pub async fn refund(&self, order_id: &str, reason: &str) -> Result<Outcome, ApiError> {
        let view = self
            .store()
            .order(order_id)
            .await?
            .ok_or(ApiError::OrderUnknown)?;
        let attempt = view.leading().ok_or(ApiError::NotNow)?;
        let why = reason.chars().take(200).collect();
        self.record(attempt.key(), Event::RefundAsked { id: None, money: None, why })
            .await?;
        self.settled_outcome(order_id).await
    }

    pub(crate) async fn refund_order(
        &self,
        id: &str,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        #[derive(Default, Deserialize)]
        struct Wish {
            #[serde(default)]
            reason: Option<String>,
        }
        let wish: Wish = if request.body.is_empty() {
            Wish::default()
        } else {
            body(request)?
        };
        let outcome = self
            .refund(id, wish.reason.as_deref().unwrap_or("merchant"))
            .await?;
        Ok(RawResponse::json(200, &outcome))
    }
}
