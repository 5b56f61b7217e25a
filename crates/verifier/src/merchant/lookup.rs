//! Asking the gateway now.

use paypair_ledger::Store;

use crate::{
    ApiError, RawRequest, RawResponse, Verifier, environment::Environment, network::Network,
};

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// `POST /orders/{id}/lookup`
    pub(crate) async fn look_up_order(
        &self,
        _id: &str,
        _request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        Err(ApiError::NotFound)
    }
}
