//! Asking the gateway now.

use std::time::Duration;

use paypair_ledger::{Attempt, BillingKeyState, OrderView, Store};

use crate::{
    ApiError, Outcome, RawRequest, RawResponse, Verifier, environment::Environment,
    network::Network,
};

/// How long a lookup that somebody else began may take.
const GRACE: Duration = Duration::from_secs(3);

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Asks the gateway how an order stands, writes down what it says, and answers what the order has come to.
    pub async fn look_up_now(&self, order_id: &str) -> Result<Outcome, ApiError> {
        let view = self.known_order(order_id).await?;
        if let Some(attempt) = view.leading() {
            self.ask_now(attempt).await?;
            let held = attempt.billing_key.as_ref();
            if held.is_some_and(|held| held.state == BillingKeyState::InDoubt) {
                self.look_up_key(attempt.key()).await;
            }
        }
        Ok(Outcome::for_merchant(&self.known_order(order_id).await?))
    }

    /// Looks an attempt up; if somebody else is doing it, waits for what comes of that.
    pub(super) async fn ask_now(&self, attempt: &Attempt) -> Result<(), ApiError> {
        let running = self.looking().contains(&attempt.key());
        self.look_up(attempt.key()).await;
        if running {
            let moved = |view: &OrderView| has_moved(view, attempt);
            self.outcome_within(&attempt.order.id, GRACE, moved).await?;
        }
        Ok(())
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

fn has_moved(view: &OrderView, before: &Attempt) -> bool {
    let same = |other: &&Attempt| other.no == before.no;
    let now = view.attempts.iter().find(same);
    now.is_none_or(|now| now.version != before.version)
}
