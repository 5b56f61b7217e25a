//! What the gateways list, beside what our ledger knows of it: sales and settlement.

use paypair_ledger::{State, Store};
use paypair_protocol::Gateway;
use serde::{Deserialize, Serialize, de::IntoDeserializer};

use super::days::Days;
use crate::{
    ApiError, RawRequest, RawResponse, Verifier, environment::Environment, fault::FieldFault,
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

/// Which settlement is asked for. Days are days in Korea, at most 31 at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettlementQuery {
    /// Whose. Payple has no list.
    pub gateway: Gateway,
    /// The first day, `YYYY-MM-DD`.
    pub from: String,
    /// The last day, `YYYY-MM-DD`.
    pub to: String,
    /// A row for what. Default: Payletter's by day, Payletter Global's by method.
    pub by: Option<SettlementBy>,
    /// Payletter Global: in which currency figures are.
    pub currency: SettlementCurrency,
    /// Payletter Global: which settlements.
    pub state: SettlementState,
}

/// A row for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettlementBy {
    /// Each day. Payletter's alone.
    Day,
    /// Each day and method.
    Method,
    /// Each payment.
    Payment,
}

/// In which currency figures are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettlementCurrency {
    /// That of the payment.
    #[default]
    Payment,
    /// That of the settlement.
    Settlement,
}

/// How far a settlement is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettlementState {
    /// 정산.
    #[default]
    Settled,
    /// 정산 예정.
    Expected,
    /// 정산 확정.
    Confirmed,
    /// 정산 보류.
    Held,
}

/// What is, or will be, paid out.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Settlement {
    /// Whose.
    pub gateway: Gateway,
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// A row for what.
    pub by: SettlementBy,
    /// How many rows.
    pub count: usize,
    /// The rows.
    pub rows: Vec<SettlementRow>,
}

/// A row of a settlement. Figures are plain decimals as text, and may be below zero; one that the gateway does not tell is absent.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SettlementRow {
    /// Your identity at the gateway.
    pub client_id: String,
    /// The day, `YYYY-MM-DD`.
    pub settled_on: String,
    /// The method, or its group and kind in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The currency of the figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Payletter Global: `settled`, `expected`, `confirmed`, `held`, or the gateway's own number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// How many payments, those that went back not among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<String>,
    /// What was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid: Option<String>,
    /// Payletter: how many cancellations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_count: Option<String>,
    /// Payletter: what went back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<String>,
    /// What is paid out. Payletter lists no fees: there it is what was paid less what went back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled: Option<String>,
    /// All fees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_fee: Option<String>,
    /// VAT on the fees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vat: Option<String>,
    /// The fees before VAT.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supply: Option<String>,
    /// The merchant's fee.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_fee: Option<String>,
    /// The fee for each transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_fee: Option<String>,
    /// The fee for chargebacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chargeback_fee: Option<String>,
    /// The fee for refunds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_fee: Option<String>,
    /// Other fees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_fee: Option<String>,
    /// What is kept back for a while, or let go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rolling_reserve: Option<String>,
    /// The rate of the fee, or a remark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// More of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note_detail: Option<String>,
    /// The gateway's id of the payment, in rows for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// What the gateway calls the order, where it tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// The order as you registered it, if it is ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub our_order_id: Option<String>,
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

impl SettlementQuery {
    /// The settlement of these days in Korea, `YYYY-MM-DD`, both among them.
    pub fn between(gateway: Gateway, from: &str, to: &str) -> Self {
        Self {
            gateway,
            from: from.to_owned(),
            to: to.to_owned(),
            by: None,
            currency: SettlementCurrency::default(),
            state: SettlementState::default(),
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

    /// What a gateway pays out for these days.
    pub async fn settlement_list(&self, query: &SettlementQuery) -> Result<Settlement, ApiError> {
        let days = Days::read(&query.from, &query.to)?;
        let (by, rows) = match query.gateway {
            Gateway::Payple => return Err(ApiError::NotOffered),
            Gateway::Payletter => {
                let by = query.by.unwrap_or(SettlementBy::Day);
                (by, self.payletter_settlement(by, days).await?)
            }
            Gateway::PayletterGlobal => {
                let by = query.by.unwrap_or(SettlementBy::Method);
                (by, self.global_settlement(query, by, days).await?)
            }
        };
        Ok(Settlement {
            gateway: query.gateway,
            from: days.from.to_string(),
            to: days.to.to_string(),
            by,
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

    /// `GET /settlement`
    pub(crate) async fn settlement(&self, request: &RawRequest) -> Result<RawResponse, ApiError> {
        let gateway = gateway_of(request)?;
        let (by, currency) = (word(request, "by")?, word(request, "currency")?);
        let state = word(request, "state")?;
        let days = Days::asked(request)?;
        let query = SettlementQuery {
            gateway,
            from: days.from.to_string(),
            to: days.to.to_string(),
            by,
            currency: currency.unwrap_or_default(),
            state: state.unwrap_or_default(),
        };
        Ok(RawResponse::json(200, &self.settlement_list(&query).await?))
    }
}

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
