//! Orders: register one, look at it, read events.

use paypair_ledger::{Customer, Digest, Order, Registered, Store};
use paypair_protocol::{CardFlow, Currency, Gateway, Method, Money, Work};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::{Value, json};

use super::show::{show, show_event};

use crate::{
    ApiError, Outcome, RawRequest, RawResponse, Verifier, config::is_local_path,
    doors::draw_ticket, environment::Environment, network::Network,
};

/// An order as the merchant's server gives it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewOrder {
    /// The merchant's id; issued when absent.
    pub order_id: Option<String>,
    /// Which gateway collects.
    pub gateway: Gateway,
    /// `card`, `creditcard`, `virtualaccount`, `PLCreditCard`, ...
    pub method: String,
    /// Default: Payple confirms then pays, Payletter pays now.
    pub work: Option<Work>,
    /// Payple's card version.
    pub card_flow: Option<CardFlow>,
    /// Plain decimal text (JSON also takes an integer); absent when a card is only registered.
    #[serde(default, deserialize_with = "text_or_integer")]
    pub amount: Option<String>,
    /// Default `KRW`.
    pub currency: Option<String>,
    /// What is bought.
    pub product_name: String,
    /// Who buys.
    pub customer: NewCustomer,
    /// Where the buyer lands afterwards, a path on the configured page origin.
    pub return_page: Option<String>,
}

/// Who buys.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewCustomer {
    /// The merchant's own id of the customer.
    pub id: String,
    /// Name.
    pub name: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// E-mail.
    pub email: Option<String>,
}

impl NewOrder {
    /// An order to be paid in won, with everything else left to its default.
    pub fn payment(
        gateway: Gateway,
        method: impl Into<String>,
        amount: impl Into<String>,
        product_name: impl Into<String>,
        customer: NewCustomer,
    ) -> Self {
        Self {
            order_id: None,
            gateway,
            method: method.into(),
            work: None,
            card_flow: None,
            amount: Some(amount.into()),
            currency: None,
            product_name: product_name.into(),
            customer,
            return_page: None,
        }
    }
}

impl NewCustomer {
    /// A customer known by an id alone.
    pub fn of(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            ..Self::default()
        }
    }
}

/// The answer to a registration.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    /// The order's id.
    pub order_id: String,
    /// Opens prepare, result and status of this order. Given out once: absent when the order was there already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// A page that starts the payment; for webviews and links.
    pub launch_url: String,
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Registers an order. The same order again answers without a secret; other content under its id is refused.
    pub async fn register(&self, new: NewOrder) -> Result<Registration, ApiError> {
        let secret = draw_ticket(self.environment(), "cs_");
        let order = self.order_of(new, &secret)?;
        self.register_order(order, secret).await
    }

    pub(crate) async fn register_order(
        &self,
        order: Order,
        secret: String,
    ) -> Result<Registration, ApiError> {
        let (order, client_secret) = match self.store().register(order).await? {
            Registered::New(order) => (order, Some(secret)),
            Registered::Same(order) => (order, None),
        };
        Ok(Registration {
            launch_url: self.launch_link(&order),
            order_id: order.id,
            client_secret,
        })
    }

    /// What an order has come to, if it is known.
    pub async fn outcome(&self, order_id: &str) -> Result<Option<Outcome>, ApiError> {
        Ok(self
            .store()
            .order(order_id)
            .await?
            .map(|view| Outcome::of(&view)))
    }

    /// Checks what types cannot say and fills in what follows from the configuration.
    pub(crate) fn order_of(&self, new: NewOrder, secret: &str) -> Result<Order, ApiError> {
        let currency = Currency::parse(new.currency.as_deref().unwrap_or("KRW"))
            .map_err(|_| invalid("currency", "three capital letters"))?;
        let work = new.work.unwrap_or(match new.gateway {
            Gateway::Payple => Work::ConfirmThenPay,
            Gateway::Payletter | Gateway::PayletterGlobal => Work::PayNow,
        });
        if work == Work::ConfirmThenPay && new.gateway != Gateway::Payple {
            return Err(invalid("work", "only Payple has a confirm step"));
        }
        let money = match (&new.amount, work) {
            (None, Work::Register) => None,
            (None, _) => return Err(invalid("amount", "say what is to be paid")),
            (Some(_), Work::Register) => {
                return Err(invalid(
                    "amount",
                    "nothing is paid when a card is registered",
                ));
            }
            (Some(text), _) => Some(
                Money::parse(text, &currency)
                    .map_err(|_| invalid("amount", "a plain decimal, like 10000 or 12.50"))?,
            ),
        };
        if money.is_some_and(|money| money.minor == 0) {
            return Err(invalid("amount", "more than nothing"));
        }
        if new.gateway != Gateway::PayletterGlobal && currency != Currency::KRW {
            return Err(invalid("currency", "this gateway collects won"));
        }
        let id = match new.order_id {
            Some(id) => id,
            None => self.issue_order_id(),
        };
        if id.is_empty()
            || id.len() > new.gateway.order_id_max()
            || id.contains(|c: char| !c.is_ascii_graphic())
        {
            return Err(invalid(
                "orderId",
                "letters, digits and signs, as many as the gateway takes",
            ));
        }
        if new.product_name.trim().is_empty() {
            return Err(invalid("productName", "say what is bought"));
        }
        if new.customer.id.trim().is_empty() {
            return Err(invalid("customer.id", "your own id of the customer"));
        }
        if new
            .return_page
            .as_deref()
            .is_some_and(|page| !is_local_path(page))
        {
            return Err(invalid(
                "returnPage",
                "a path on the configured page origin, like /thanks",
            ));
        }
        let order = Order {
            id,
            merchant_id: self.merchant_id(new.gateway, &new.method)?,
            gateway: new.gateway,
            method: Method::new(new.method),
            work,
            card_flow: new.card_flow,
            money,
            product_name: new.product_name,
            customer: Customer {
                id: new.customer.id,
                name: new.customer.name,
                phone: new.customer.phone,
                email: new.customer.email,
            },
            extra: Default::default(),
            result_page: new.return_page,
            client_secret: Digest::of(secret),
            created_at: self.now(),
        };
        self.check_with_gateway(&order)?;
        Ok(order)
    }

    /// Our identity at the gateway that collects this method.
    fn merchant_id(&self, gateway: Gateway, method: &str) -> Result<String, ApiError> {
        let config = self.config();
        match gateway {
            Gateway::Payple => config
                .payple
                .as_ref()
                .map(|payple| payple.merchant_id.clone()),
            Gateway::Payletter => config
                .payletter
                .as_ref()
                .and_then(|payletter| payletter.client_for(method))
                .map(|client| client.client_id.clone()),
            Gateway::PayletterGlobal => config
                .payletter_global
                .as_ref()
                .map(|global| global.store_id.clone()),
        }
        .ok_or(ApiError::GatewayNotConfigured(gateway.as_str()))
    }

    /// Letters and digits only, because one of the gateways takes nothing else.
    fn issue_order_id(&self) -> String {
        let day = self.now().kst_date().strftime("%Y%m%d").to_string();
        let random = draw_ticket(self.environment(), "").to_ascii_uppercase();
        format!("P{day}{}", &random[..16])
    }

    pub(crate) async fn create_order(&self, request: &RawRequest) -> Result<RawResponse, ApiError> {
        let new: NewOrder = body(request)?;
        let registration = self.register(new).await?;
        let status = if registration.client_secret.is_some() {
            201
        } else {
            200
        };
        Ok(RawResponse::json(status, &registration))
    }

    pub(crate) async fn show_order(&self, id: &str) -> Result<RawResponse, ApiError> {
        let view = self
            .store()
            .order(id)
            .await?
            .ok_or(ApiError::OrderUnknown)?;
        let timeline = self.store().timeline(id).await?;
        let calls = self.store().money_calls(id).await?;
        Ok(RawResponse::json(200, &show(&view, &timeline, &calls)))
    }

    pub(crate) async fn events(&self, request: &RawRequest) -> Result<RawResponse, ApiError> {
        let number = |name: &str| {
            request
                .query(name)
                .and_then(|text| text.parse::<u64>().ok())
        };
        let after = number("after").unwrap_or(0);
        let limit = number("limit").unwrap_or(100).clamp(1, 1000);
        let events = self.store().events_after(after, limit as usize).await?;
        let next = events.last().map_or(after, |event| event.seq);
        let events: Vec<Value> = events.iter().map(show_event).collect();
        Ok(RawResponse::json(
            200,
            &json!({ "events": events, "next": next }),
        ))
    }
}

/// A JSON body. What is wrong with it is told by field name only: the body may hold what must not be echoed.
pub(crate) fn body<T: for<'a> Deserialize<'a>>(request: &RawRequest) -> Result<T, ApiError> {
    serde_json::from_slice(&request.body).map_err(|_| ApiError::BodyUnreadable)
}

fn invalid(field: &'static str, reason: &'static str) -> ApiError {
    ApiError::FieldInvalid { field, reason }
}

/// Amounts are text; an integer literal is text too. A float is refused: it may already have lost a won.
fn text_or_integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Option::<Value>::deserialize(deserializer)? {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(Value::Number(number)) if number.is_u64() => Ok(Some(number.to_string())),
        Some(_) => Err(D::Error::custom("amount: text or an integer")),
    }
}
