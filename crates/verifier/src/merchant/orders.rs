//! Orders: register one, look at it.

use paypair_ledger::{Customer, Digest, Order, Registered, Store};
use paypair_protocol::{CardFlow, Gateway, Method, Work};
use serde::{Deserialize, Serialize};

use super::{
    options::PaymentOptions,
    reading::{add_unless_told, body, money_of, order_id_fault, text_or_integer},
    show::show,
};
use crate::{
    ApiError, Outcome, RawRequest, RawResponse, Verifier,
    config::is_local_path,
    doors::{draw_seed, draw_ticket},
    environment::Environment,
    fault::FieldFault,
    network::Network,
};

/// An order as the merchant's server gives it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewOrder {
    /// The merchant's id; issued when absent.
    pub order_id: Option<String>,
    /// Which gateway collects.
    pub gateway: Gateway,
    /// `card`, `creditcard`, `virtualaccount`, `PLCreditCard`, ... Empty at Payletter Global: the buyer chooses in the window.
    #[serde(default)]
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
    #[serde(default)]
    pub product_name: String,
    /// Who buys.
    #[serde(default)]
    pub customer: NewCustomer,
    /// Where the buyer lands afterwards, a path on the configured page origin.
    pub return_page: Option<String>,
    /// What is asked of the gateway beside the payment itself.
    #[serde(default)]
    pub options: PaymentOptions,
}

/// Who buys. Personal: Debug shows the id only.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewCustomer {
    /// The merchant's own id of the customer.
    #[serde(default)]
    pub id: String,
    /// Name.
    pub name: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// E-mail.
    pub email: Option<String>,
}

impl std::fmt::Debug for NewCustomer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewCustomer")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
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
            options: PaymentOptions::default(),
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
    /// Opens prepare, result and status of this order; the same each time the same order is registered, because an answer may get
    /// lost. Absent for an order registered by an earlier version of paypair, or opened by an old page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// A page that starts the payment; for webviews and links.
    pub launch_url: String,
    /// Whether this very registration wrote it down; false when the order was there already.
    #[serde(skip)]
    pub is_new: bool,
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Registers an order. The same order again has the same answer; other content under its id is refused.
    pub async fn register(&self, new: NewOrder) -> Result<Registration, ApiError> {
        let order = self.order_of(new)?;
        Ok(match self.store().register(order).await? {
            Registered::New(order) => self.registration_of(&order, true),
            Registered::Same(order) => self.registration_of(&order, false),
        })
    }

    /// What is told of a registered order.
    pub(crate) fn registration_of(&self, order: &Order, is_new: bool) -> Registration {
        Registration {
            order_id: order.id.clone(),
            client_secret: self.client_secret_again(order),
            launch_url: self.launch_link(order),
            is_new,
        }
    }

    /// What an order has come to, if it is known; with what only the merchant is told.
    pub async fn outcome(&self, order_id: &str) -> Result<Option<Outcome>, ApiError> {
        Ok(self
            .store()
            .order(order_id)
            .await?
            .map(|view| Outcome::for_merchant(&view)))
    }

    /// Checks what types cannot say and fills in what follows from the configuration. Tells every fault at once.
    pub(crate) fn order_of(&self, new: NewOrder) -> Result<Order, ApiError> {
        let mut faults = Vec::new();
        let work = new.work.unwrap_or(match new.gateway {
            Gateway::Payple => Work::ConfirmThenPay,
            Gateway::Payletter | Gateway::PayletterGlobal => Work::PayNow,
        });
        if work == Work::ConfirmThenPay && new.gateway != Gateway::Payple {
            faults.push(FieldFault::invalid(
                "work",
                "승인 단계는 Payple에만 있습니다. pay_now를 쓰세요",
                "only Payple has a confirm step; use pay_now",
            ));
        }
        if new.method.is_empty() && new.gateway != Gateway::PayletterGlobal {
            faults.push(FieldFault::missing("method"));
        }
        let money = match (&new.amount, work) {
            (None, Work::Register) => None,
            // The one payment whose amount the buyer's PIN decides.
            (None, Work::PayNow) if new.options.pin => None,
            (None, _) => {
                faults.push(FieldFault::missing("amount"));
                None
            }
            (Some(_), Work::Register) => {
                faults.push(FieldFault::invalid(
                    "amount",
                    "카드 등록에는 금액이 없습니다. 빼 주세요",
                    "nothing is paid when a card is registered; leave it out",
                ));
                None
            }
            (Some(text), _) => money_of(new.gateway, text, new.currency.as_deref(), &mut faults),
        };
        let id = new.order_id.unwrap_or_else(|| self.issue_order_id());
        faults.extend(order_id_fault(new.gateway, &id));
        if new.product_name.trim().is_empty() {
            faults.push(FieldFault::missing("productName"));
        }
        if new.customer.id.trim().is_empty() {
            faults.push(FieldFault::missing("customer.id"));
        }
        let page = new.return_page.as_deref();
        if page.is_some_and(|page| !is_local_path(page)) {
            faults.push(FieldFault::invalid(
                "returnPage",
                "설정된 페이지 출처의 경로를 /thanks처럼 넣어 주세요",
                "name a path on the configured page origin, like /thanks",
            ));
        }
        let gives_key = new.gateway == Gateway::Payple && new.options.recurring;
        let seed = draw_seed(self.environment());
        let mut order = Order {
            client_secret: Digest::of(self.new_client_secret(&id, seed)),
            seed: Some(seed),
            id,
            merchant_id: self.merchant_id(new.gateway, &new.method)?,
            gateway: new.gateway,
            method: Method::new(new.method),
            work,
            card_flow: new
                .card_flow
                .or_else(|| gives_key.then_some(CardFlow::Recurring)),
            money,
            product_name: new.product_name,
            customer: new.customer.into(),
            charge: None,
            renews: None,
            extra: Default::default(),
            result_page: new.return_page,
            created_at: self.now(),
        };
        faults.extend(new.options.check(&order, self.now()));
        new.options.keep_in(&mut order.extra);
        add_unless_told(&mut faults, self.check_with_gateway(&order))?;
        ApiError::unless_fine(faults)?;
        Ok(order)
    }

    /// Our identity at the gateway that collects this method.
    pub(super) fn merchant_id(&self, gateway: Gateway, method: &str) -> Result<String, ApiError> {
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
    pub(super) fn issue_order_id(&self) -> String {
        let day = self.now().kst_date().strftime("%Y%m%d").to_string();
        let random = draw_ticket(self.environment(), "").to_ascii_uppercase();
        format!("P{day}{}", &random[..16])
    }

    pub(crate) async fn create_order(&self, request: &RawRequest) -> Result<RawResponse, ApiError> {
        let new: NewOrder = body(request)?;
        let registration = self.register(new).await?;
        let status = if registration.is_new { 201 } else { 200 };
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
}

impl From<NewCustomer> for Customer {
    fn from(new: NewCustomer) -> Self {
        Self {
            id: new.id,
            name: new.name,
            phone: new.phone,
            email: new.email,
        }
    }
}
