//! What the gateways list: sales, beside what our ledger knows of them, and settlement.

mod sales;
mod settlement;

use paypair_protocol::Gateway;
use serde::{Deserialize, de::IntoDeserializer};

use crate::{ApiError, RawRequest, fault::FieldFault};

pub use sales::{SaleRow, SaleState, Sales, SalesBy, SalesQuery};
pub use settlement::{
    Settlement, SettlementBy, SettlementCurrency, SettlementQuery, SettlementRow, SettlementState,
};

/// Whose list is asked for.
fn gateway_of(request: &RawRequest) -> Result<Gateway, ApiError> {
    let given = word(request, "gateway")?;
    given.ok_or_else(|| ApiError::field_fault(FieldFault::missing("gateway")))
}

/// A word of a query, if it is one of those that make sense.
fn word<'de, T: Deserialize<'de>>(
    request: &RawRequest,
    name: &'static str,
) -> Result<Option<T>, ApiError> {
    let Some(text) = request.query(name).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let read: Result<T, serde::de::value::Error> =
        T::deserialize(text.into_owned().into_deserializer());
    read.map(Some).map_err(|_| {
        let error = paypair_protocol::Error::FieldNotAllowed { field: name };
        ApiError::field_fault(FieldFault::of(name, &error))
    })
}
