//! Where the drop-in's verified mode learns what an order costs. The page says which order; only the merchant says how much.

use std::{fmt, future::Future, pin::Pin, time::Duration};

use paypair_protocol::Secret;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use crate::{
    config::OrderSourceUrl,
    error::ApiError,
    network::{GatewayCall, HttpNetwork, Network},
};

/// What a page asked to pay. Everything in it came from a browser.
#[derive(Clone)]
pub struct OrderQuestion {
    /// The page's `PCD_PAY_OID`, if it set one.
    pub order_id: Option<String>,
    /// The page's `PCD_` fields as text, without secrets.
    pub fields: Vec<(String, String)>,
}

/// The fields' names alone: their values have the buyer's name, phone and e-mail, and perhaps a billing key.
impl fmt::Debug for OrderQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.fields.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("OrderQuestion")
            .field("order_id", &self.order_id)
            .field("fields", &names)
            .finish()
    }
}

/// What the merchant knows about that order.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExpectedOrder {
    /// The merchant's order id. Default: the page's, else one is issued.
    pub order_id: Option<String>,
    /// The amount in won, as text or integer; absent when a card is only registered.
    #[serde(default)]
    pub amount: Option<Value>,
    /// What is sold; default: the page's words.
    pub product_name: Option<String>,
    /// Who buys; default: the page's `PCD_PAYER_NO`.
    pub customer_id: Option<String>,
}

/// The answer of an order source, later.
pub type Expected<'a> = Pin<Box<dyn Future<Output = Result<ExpectedOrder, ApiError>> + Send + 'a>>;

/// Tells what an order costs.
pub trait OrderSource: Send + Sync + 'static {
    /// The order as the merchant's own records have it. [`ApiError::OrderUnknown`] if there is none.
    fn expected(&self, question: OrderQuestion) -> Expected<'_>;
}

/// Asks a URL of the merchant's: POST `{"orderId","fields"}`, answered by `{"amount", ...}` or 404.
pub struct UrlOrderSource {
    url: Url,
    token: Option<Secret>,
    network: HttpNetwork,
}

/// The path and the query may hold a token.
impl fmt::Debug for UrlOrderSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UrlOrderSource")
            .field("host", &self.url.host_str())
            .finish_non_exhaustive()
    }
}

impl UrlOrderSource {
    /// A source at the configured address; nothing if it is neither `https` nor on this machine.
    pub fn new(settings: &OrderSourceUrl) -> Option<Self> {
        Some(Self {
            url: settings.url.clone(),
            token: settings.token.clone(),
            network: HttpNetwork::new(settings.reach()?).ok()?,
        })
    }

    async fn ask(&self, question: OrderQuestion) -> Result<ExpectedOrder, ApiError> {
        let fields: Map<String, Value> = question
            .fields
            .into_iter()
            .map(|(name, value)| (name, Value::from(value)))
            .collect();
        let body = json!({ "orderId": question.order_id, "gateway": "payple", "fields": fields });
        let mut call = GatewayCall::post(
            self.url.clone(),
            "application/json",
            body.to_string().into_bytes(),
            Duration::from_secs(5),
        );
        if let Some(token) = &self.token {
            call = call.with_header("authorization", format!("Bearer {}", token.expose()));
        }
        let answer = self.network.call(call).await.map_err(|error| {
            tracing::error!(%error, "the order source did not answer");
            ApiError::OrderSourceDown
        })?;
        match answer.status {
            200 => serde_json::from_slice(&answer.body).map_err(|error| {
                tracing::error!(
                    line = error.line(),
                    "the order source's answer cannot be read"
                );
                ApiError::OrderSourceDown
            }),
            404 => Err(ApiError::OrderUnknown),
            status => {
                tracing::error!(status, "the order source failed");
                Err(ApiError::OrderSourceDown)
            }
        }
    }
}

impl OrderSource for UrlOrderSource {
    fn expected(&self, question: OrderQuestion) -> Expected<'_> {
        Box::pin(self.ask(question))
    }
}
