//! What the merchant wants paid.

use std::collections::BTreeMap;
use std::fmt;

use paypair_protocol::payple::Repeat;
use paypair_protocol::{CardFlow, Gateway, Method, Money, Work};
use serde_json::Value;

use crate::{Digest, Timestamp};

/// What the merchant wants paid. Comes from the merchant's server only; a price that came from a browser never gets here.
#[derive(Clone)]
pub struct Order {
    /// The merchant's own order id, unique in this store.
    pub id: String,
    /// Who collects.
    pub gateway: Gateway,
    /// Our identity at the gateway (`cst_id`, `client_id`, `storeid`): transaction ids are unique within it.
    pub merchant_id: String,
    /// Card, virtual account, ..
    pub method: Method,
    /// Pay, confirm then pay, or register a card.
    pub work: Work,
    /// Payple's card version, where it matters.
    pub card_flow: Option<CardFlow>,
    /// The expected money; none when only a card is registered.
    pub money: Option<Money>,
    /// What is bought.
    pub product_name: String,
    /// Who buys.
    pub customer: Customer,
    /// The billing key to charge. Such an order has no window: its money is taken by [`Event::ChargeStarted`](crate::Event::ChargeStarted).
    pub charge: Option<ChargePlan>,
    /// The order that began the subscription, if this is a renewal the gateway charged by itself.
    pub renews: Option<String>,
    /// Further fields of the merchant's, passed to the gateway.
    pub extra: BTreeMap<String, String>,
    /// Where the buyer lands afterwards, a path on a configured origin.
    pub result_page: Option<String>,
    /// Digest of the secret that opens prepare, result and status of this order.
    pub client_secret: Digest,
    /// Random. What is given out for this order is made of it, so that it can be given out again and outlives a change of the
    /// merchant's token; none in orders registered by an earlier version.
    pub seed: Option<Digest>,
    /// When it was registered.
    pub created_at: Timestamp,
}

impl Order {
    /// Where the options of a payment are kept among [`Self::extra`], as JSON.
    pub const OPTIONS: &str = "options";

    /// The key that it charges for a month, and which month, where nobody but us keeps count: Payple does so by itself.
    pub(crate) fn month(&self) -> Option<(Digest, Repeat)> {
        let plan = self.charge.as_ref()?;
        let repeat = plan.repeat.filter(|repeat| {
            matches!(repeat, Repeat::Monthly { .. }) && self.gateway != Gateway::Payple
        })?;
        Some((plan.billing_key, repeat))
    }

    /// Whether it begins what the gateway then charges again and again by itself.
    pub fn begins_subscription(&self) -> bool {
        let options = self
            .extra
            .get(Self::OPTIONS)
            .filter(|_| self.renews.is_none());
        let options = options.and_then(|text| serde_json::from_str::<Value>(text).ok());
        options.is_some_and(|options| !options["subscription"].is_null())
    }

    /// Whether the merchant asks for the same thing again. The secret and the time do not count: they are ours.
    pub fn same_content(&self, other: &Self) -> bool {
        self.id == other.id
            && self.gateway == other.gateway
            && self.merchant_id == other.merchant_id
            && self.method == other.method
            && self.work == other.work
            && self.card_flow == other.card_flow
            && self.money == other.money
            && self.product_name == other.product_name
            && self.customer == other.customer
            && self.charge == other.charge
            && self.renews == other.renews
            && self.extra == other.extra
            && self.result_page == other.result_page
    }
}

/// Without the customer's data and the extra fields, which may hold some.
impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Order")
            .field("id", &self.id)
            .field("gateway", &self.gateway)
            .field("method", &self.method)
            .field("work", &self.work)
            .field("money", &self.money)
            .field("customer", &self.customer)
            .field("charge", &self.charge)
            .field("renews", &self.renews)
            .finish_non_exhaustive()
    }
}

/// Which billing key is charged, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargePlan {
    /// The key's digest ([`BillingKey::of`](crate::BillingKey::of)). It must be active, and the order's customer's own.
    pub billing_key: Digest,
    /// Payple's word for how often: for which month, or freely.
    pub repeat: Option<Repeat>,
}

/// Who buys. Personal: Debug shows the id only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Customer {
    /// The merchant's own id of the customer.
    pub id: String,
    /// Name.
    pub name: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// E-mail.
    pub email: Option<String>,
}

impl fmt::Debug for Customer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Customer")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
