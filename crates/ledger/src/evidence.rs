//! Proof that something happened at a gateway.

use std::fmt;

use paypair_protocol::{Gateway, Method, Money};

use crate::{BillingKey, Detail, Digest};

mod payletter;
mod payletter_global;
mod payple;

/// Proof that something happened at a gateway. Only made from the gateways' proofs: [`Verified`](paypair_protocol::proof::Verified)
/// messages, whose hash was checked, and [`Answered`](paypair_protocol::proof::Answered) ones, the answers to our own calls.
///
/// Each constructor takes the bytes of the message too; their digest is what the timeline keeps.
#[derive(Clone)]
pub struct Evidence {
    source: Source,
    sight: Sight,
    gateway: Gateway,
    merchant_id: Option<String>,
    gateway_order_id: Option<String>,
    money: Option<Money>,
    refunded: Option<Money>,
    refunded_at_least: Option<Money>,
    transaction_id: Option<String>,
    customer_id: Option<String>,
    method: Option<Method>,
    nonce: Option<Digest>,
    billing_key: Option<BillingKey>,
    detail: Detail,
    receipt_taken_back: Option<bool>,
    weight: Weight,
    body: Digest,
}

impl Evidence {
    /// With nothing but its origin; the constructors fill in what the message says.
    fn new(source: Source, sight: Sight, gateway: Gateway, body: &[u8]) -> Self {
        Self {
            source,
            sight,
            gateway,
            merchant_id: None,
            gateway_order_id: None,
            money: None,
            refunded: None,
            refunded_at_least: None,
            transaction_id: None,
            customer_id: None,
            method: None,
            nonce: None,
            billing_key: None,
            detail: Detail::default(),
            receipt_taken_back: None,
            weight: Weight::Full,
            body: Digest::of(body),
        }
    }

    /// Where it comes from.
    pub const fn source(&self) -> Source {
        self.source
    }

    /// What it shows.
    pub const fn sight(&self) -> Sight {
        self.sight
    }

    /// Whose it is.
    pub const fn gateway(&self) -> Gateway {
        self.gateway
    }

    /// Our identity at the gateway, if it says.
    pub fn merchant_id(&self) -> Option<&str> {
        self.merchant_id.as_deref()
    }

    /// What the gateway calls the order, if it says.
    pub fn gateway_order_id(&self) -> Option<&str> {
        self.gateway_order_id.as_deref()
    }

    /// How much.
    pub const fn money(&self) -> Option<Money> {
        self.money
    }

    /// How much of the payment was given back in total, where the gateway says so: Payple's lookup does. The lists of the others show
    /// the amount of one cancellation, of which there may be several.
    pub const fn refunded(&self) -> Option<Money> {
        self.refunded
    }

    /// How much went back at least, where nobody says how much in total.
    pub(crate) const fn refunded_at_least(&self) -> Option<Money> {
        self.refunded_at_least
    }

    /// The gateway's id of the payment.
    pub fn transaction_id(&self) -> Option<&str> {
        self.transaction_id.as_deref()
    }

    /// Who paid.
    pub fn customer_id(&self) -> Option<&str> {
        self.customer_id.as_deref()
    }

    /// By what.
    pub const fn method(&self) -> Option<&Method> {
        self.method.as_ref()
    }

    /// The attempt's nonce that came back, as a digest.
    pub const fn nonce(&self) -> Option<Digest> {
        self.nonce
    }

    /// The billing key it brings.
    pub const fn billing_key(&self) -> Option<&BillingKey> {
        self.billing_key.as_ref()
    }

    /// What may be shown.
    pub const fn detail(&self) -> &Detail {
        &self.detail
    }

    /// Whether a refund took the payment's cash receipt back with it, where its answer says.
    pub const fn receipt_taken_back(&self) -> Option<bool> {
        self.receipt_taken_back
    }

    /// Digest of the message.
    pub const fn body(&self) -> Digest {
        self.body
    }

    /// Whether it was sent to us rather than asked for: then it proves what its hash covers, and no more.
    pub const fn is_pushed(&self) -> bool {
        matches!(
            self.source,
            Source::Callback | Source::Notice | Source::Return
        )
    }

    /// The same, but only as a reason to ask the gateway: what it says is outside its hash.
    #[must_use]
    pub fn unconfirmed(self) -> Self {
        Self {
            weight: Weight::Unconfirmed,
            ..self
        }
    }

    /// The same where the gateway may not be asked: a person has to say what it is.
    #[must_use]
    pub fn unprovable(self) -> Self {
        Self {
            weight: Weight::Unprovable,
            ..self
        }
    }

    pub(crate) const fn weight(&self) -> Weight {
        self.weight
    }

    /// A domestic callback's hash does not cover the order id: without the nonce nothing in it ties it to the attempt.
    pub(crate) fn lacks_nonce(&self) -> bool {
        self.gateway == Gateway::Payletter
            && self.source == Source::Callback
            && self.nonce.is_none()
    }
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evidence")
            .field("source", &self.source)
            .field("sight", &self.sight)
            .field("gateway", &self.gateway)
            .field("gateway_order_id", &self.gateway_order_id)
            .field("money", &self.money)
            .field("transaction_id", &self.transaction_id)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

/// How much of what evidence says is proven by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// As much as its source proves.
    Full,
    /// Its kind is not: the gateway is asked.
    Unconfirmed,
    /// Nor can the gateway be asked.
    Unprovable,
}

/// Where evidence comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The answer to our confirm.
    Confirm,
    /// Payletter's callback.
    Callback,
    /// Payletter Global's notice.
    Notice,
    /// A registration-only return, which has a hash form of its own.
    Return,
    /// A lookup of one payment, or a row of a day's list.
    Lookup,
    /// Payple's lookup of a registered payer.
    PayerLookup,
    /// The answer to our refund.
    Refund,
    /// The answer to our charge of a billing key.
    Charge,
    /// The answer to our deletion of a billing key, or of a subscription.
    BillingKeyDelete,
}

impl Source {
    /// The name in the timeline.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Callback => "callback",
            Self::Notice => "notice",
            Self::Return => "return",
            Self::Lookup => "lookup",
            Self::PayerLookup => "payer_lookup",
            Self::Refund => "refund",
            Self::Charge => "charge",
            Self::BillingKeyDelete => "billing_key_delete",
        }
    }
}

/// What evidence shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// The money is captured.
    Captured,
    /// A billing key is registered.
    Registered,
    /// All was given back.
    Cancelled,
    /// A part was given back.
    PartlyCancelled,
    /// The card company took it back.
    ChargedBack,
    /// A subscription was made: the gateway will charge by itself. Moves no money.
    Subscribed,
    /// A billing key is no more, or a subscription ended.
    BillingKeyDeleted,
}

/// Whether two method words mean the same way of paying: a gateway asked for `naverpay` answers with what the buyer chose within it.
pub(crate) fn same_family(gateway: Gateway, asked: &Method, used: &Method) -> bool {
    match gateway {
        Gateway::Payple => asked.as_str().eq_ignore_ascii_case(used.as_str()),
        Gateway::Payletter => paypair_protocol::payletter::codes::same_family(asked, used),
        Gateway::PayletterGlobal => payletter_global::same_family(asked, used),
    }
}

/// The text, unless it is empty.
fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
