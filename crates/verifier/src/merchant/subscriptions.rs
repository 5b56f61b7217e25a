//! Subscriptions that the gateway charges by itself.

use paypair_ledger::Store;

use crate::{
    ApiError, RawRequest, RawResponse, Verifier, environment::Environment, network::Network,
};

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// `GET /subscriptions/{orderId}`
    pub(crate) async fn show_subscription(
        &self,
        _id: &str,
        _request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        Err(ApiError::NotFound)
    }

    /// `POST /subscriptions/{orderId}/cancel`
    pub(crate) async fn cancel_subscription(
        &self,
        _id: &str,
        _request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        Err(ApiError::NotFound)
    }
}
