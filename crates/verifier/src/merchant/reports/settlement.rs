//! The settlement list.

use paypair_ledger::Store;
use paypair_protocol::Gateway;
use serde::{Deserialize, Serialize};

use super::{gateway_of, word};
use crate::{
    ApiError, RawRequest, RawResponse, Verifier, environment::Environment, merchant::Days,
    network::Network,
};

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
