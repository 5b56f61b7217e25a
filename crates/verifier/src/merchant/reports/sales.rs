//! The sales list.

use paypair_ledger::{State, Store};
use paypair_protocol::Gateway;
use serde::{Deserialize, Serialize};

use super::{gateway_of, word};
use crate::{
    ApiError, RawRequest, RawResponse, Verifier, environment::Environment, merchant::Days,
    network::Network,
};

/// Which sales are asked for. Days are days in Korea, at most 31 at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesQuery {
    /// Whose list. Payple has none.
    pub gateway: Gateway,
    /// The first day, `YYYY-MM-DD`.
    pub from: String,
    /// The last day, `YYYY-MM-DD`.
    pub to: String,
    /// Which day counts.
    pub by: SalesBy,
    /// Only this order, as the gateway calls it.
    pub order_id: Option<String>,
    /// Only this method.
    pub method: Option<String>,
    /// Only this identity of yours at the gateway; else all of them.
    pub client_id: Option<String>,
}

/// Which day counts in a list of sales.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SalesBy {
    /// The day of payment; what was given back since shows in the row's status.
    #[default]
    Payment,
    /// Payments by their day and cancellations by theirs: the only way to see today's cancellation of an older payment.
    Settlement,
}

/// What a gateway lists.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sales {
    /// Whose list.
    pub gateway: Gateway,
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// Which day counted.
    pub by: SalesBy,
    /// How many rows.
    pub count: usize,
    /// The rows, in the gateway's order.
    pub rows: Vec<SaleRow>,
}

/// A payment, or what went back of one, as the gateway lists it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SaleRow {
    /// Your identity at the gateway.
    pub client_id: String,
    /// What the gateway calls the order.
    pub order_id: String,
    /// The order as you registered it, if it is ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub our_order_id: Option<String>,
    /// The gateway's id of the payment.
    pub transaction_id: String,
    /// The approval number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval_no: Option<String>,
    /// By what, in the list's own word.
    pub method: String,
    /// Who paid.
    pub customer_id: String,
    /// How much; of a cancellation, the cancelled amount. Absent if it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// In which currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// How it stands at the gateway.
    pub status: SaleState,
    /// When it was paid: a moment in Korea, or at Payletter Global the text that came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<String>,
    /// When it was cancelled, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<String>,
    /// How it stands with us, if this payment is one we know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub our_state: Option<State>,
}

/// How a payment stands in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SaleState {
    /// Paid.
    Paid,
    /// Given back.
    Cancelled,
    /// Given back in part.
    PartlyCancelled,
    /// Something newer than we are.
    Unknown,
}

impl SalesQuery {
    /// Every sale of one day in Korea, `YYYY-MM-DD`.
    pub fn on(gateway: Gateway, day: &str) -> Self {
        Self {
            gateway,
            from: day.to_owned(),
            to: day.to_owned(),
            by: SalesBy::default(),
            order_id: None,
            method: None,
            client_id: None,
        }
    }
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// What a gateway lists of these days, beside what we know of it.
    pub async fn sales_list(&self, query: &SalesQuery) -> Result<Sales, ApiError> {
        let days = Days::read(&query.from, &query.to)?;
        let mut rows = match query.gateway {
            Gateway::Payple => return Err(ApiError::NotOffered),
            Gateway::Payletter => self.payletter_sales(query, days).await?,
            Gateway::PayletterGlobal => self.global_sales(query, days).await?,
        };
        if let Some(wanted) = &query.order_id {
            rows.retain(|row| row.order_id == *wanted);
        }
        for row in &mut rows {
            self.join(query.gateway, row).await?;
        }
        Ok(Sales {
            gateway: query.gateway,
            from: days.from.to_string(),
            to: days.to.to_string(),
            by: query.by,
            count: rows.len(),
            rows,
        })
    }

    /// Adds what we know of a row: whose order it is, and how this very payment stands with us.
    pub(crate) async fn join(&self, gateway: Gateway, row: &mut SaleRow) -> Result<(), ApiError> {
        let found = self
            .store()
            .attempt_by_gateway_order(gateway, &row.client_id, &row.order_id)
            .await?;
        if let Some(attempt) = found {
            let known = attempt.transaction_id.as_deref();
            let same = known.is_none_or(|id| id == row.transaction_id);
            row.our_state = same.then_some(attempt.state);
            row.our_order_id = Some(attempt.order.id.clone());
        }
        Ok(())
    }

    /// `GET /sales`
    pub(crate) async fn sales(&self, request: &RawRequest) -> Result<RawResponse, ApiError> {
        let text = |name: &str| request.query(name).map(|text| text.into_owned());
        let gateway = gateway_of(request)?;
        let by = word(request, "by")?.unwrap_or_default();
        let days = Days::asked(request)?;
        let query = SalesQuery {
            gateway,
            from: days.from.to_string(),
            to: days.to.to_string(),
            by,
            order_id: text("orderId"),
            method: text("method"),
            client_id: text("clientId"),
        };
        Ok(RawResponse::json(200, &self.sales_list(&query).await?))
    }
}
