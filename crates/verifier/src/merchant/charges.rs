//! Charging a billing key.

use paypair_ledger::Store;

use crate::{
    ApiError, RawRequest, RawResponse, Verifier, environment::Environment, network::Network,
};

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// `POST /charges`
    pub(crate) async fn create_charge(
        &self,
        _request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        Err(ApiError::NotFound)
    }
}
