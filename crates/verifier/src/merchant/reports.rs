//! What the gateways list: sales and settlement.

use paypair_ledger::Store;

use crate::{
    ApiError, RawRequest, RawResponse, Verifier, environment::Environment, network::Network,
};

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// `GET /sales`
    pub(crate) async fn sales(&self, _request: &RawRequest) -> Result<RawResponse, ApiError> {
        Err(ApiError::NotFound)
    }

    /// `GET /settlement`
    pub(crate) async fn settlement(&self, _request: &RawRequest) -> Result<RawResponse, ApiError> {
        Err(ApiError::NotFound)
    }
}
