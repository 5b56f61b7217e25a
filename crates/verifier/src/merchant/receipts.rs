//! Receipt pages for the buyer.

use paypair_ledger::Store;

use crate::{
    ApiError, RawRequest, RawResponse, Verifier, environment::Environment, network::Network,
};

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// `POST /orders/{id}/receipt`, by the merchant or by the buyer's page.
    pub(crate) async fn receipt(
        &self,
        _id: &str,
        _request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        Err(ApiError::NotFound)
    }
}
