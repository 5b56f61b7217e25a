//! The webhook: unsigned, so it makes us ask and nothing else.

use paypair_ledger::Store;

use crate::{
    ApiError, RawRequest, RawResponse, Verifier, environment::Environment, network::Network,
};

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// `POST /webhook/payple`
    pub(crate) async fn payple_webhook(
        &self,
        _request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        Err(ApiError::NotFound)
    }
}
