//! Billing keys: take one over, show, delete.

use paypair_ledger::Store;

use crate::{
    ApiError, RawRequest, RawResponse, Verifier, environment::Environment, network::Network,
};

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// `POST /billing-keys`
    pub(crate) async fn adopt_billing_key(
        &self,
        _request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        Err(ApiError::NotFound)
    }

    /// `GET /billing-keys?customerId=`
    pub(crate) async fn list_billing_keys(
        &self,
        _request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        Err(ApiError::NotFound)
    }

    /// `GET /billing-keys/{id}`
    pub(crate) async fn show_billing_key(
        &self,
        _id: &str,
        _request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        Err(ApiError::NotFound)
    }

    /// `POST /billing-keys/{id}/delete`
    pub(crate) async fn delete_billing_key(
        &self,
        _id: &str,
        _request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        Err(ApiError::NotFound)
    }
}
