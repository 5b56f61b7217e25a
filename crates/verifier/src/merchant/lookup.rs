//! Asking the gateway now.

use std::time::Duration;

use paypair_ledger::Store;

use crate::{
    ApiError, Outcome, RawRequest, RawResponse, Verifier, environment::Environment,
    network::Network,
};

/// How long a lookup that somebody else began may take.
const GRACE: Duration = Duration::from_secs(3);

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Asks the gateway how an order stands, writes down what it says, and answers what the order has come to.
    pub async fn look_up_now(&self, order_id: &str) -> Result<Outcome, ApiError> {
        let view = self.store().order(order_id).await?;
        let view = view.ok_or(ApiError::OrderUnknown)?;
        let Some(attempt) = view.leading() else {
            return self
                .outcome_within(order_id, Duration::ZERO, |_| true)
                .await;
        };
        let (key, version) = (attempt.key(), attempt.version);
        let running = self.looking().contains(&key);
        self.look_up(key.clone()).await;
        let patience = if running { GRACE } else { Duration::ZERO };
        let moved = |view: &paypair_ledger::OrderView| {
            let same = |other: &&paypair_ledger::Attempt| other.no == key.no;
            let now = view.attempts.iter().find(same);
            now.is_none_or(|now| now.version != version)
        };
        self.outcome_within(order_id, patience, moved).await
    }

    /// `POST /orders/{id}/lookup`
    pub(crate) async fn look_up_order(
        &self,
        id: &str,
        _request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        Ok(RawResponse::json(200, &self.look_up_now(id).await?))
    }
}
