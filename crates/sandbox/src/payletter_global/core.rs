//! What Payletter Global knows: sessions, payments, tokens for the next payment.

use std::collections::BTreeMap;

use jiff::Timestamp;
use paypair_protocol::payletter_global::codes::{self, MethodRow};
use paypair_protocol::{Currency, Method, Money};

use crate::core::book::EntryId;
use crate::core::clock::korean_day;
use crate::core::wire::Form;

/// The test store that everybody has.
pub(crate) const STORE_ID: &str = "PL_Merchant";

const API_KEY: &str = "PL_Merchant";

#[derive(Default)]
pub(crate) struct State {
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) payments: Vec<Payment>,
    pub(super) billing_keys: BTreeMap<String, BillingKey>,
    /// Refunds that were asked for and are not yet done.
    pub(super) promises: Vec<Promise>,
    /// What calls show and notices are signed with, if not the key that everybody knows.
    pub(crate) new_key: Option<String>,
    day: String,
    counter: u64,
    pub(super) notices: u64,
}

impl State {
    pub(crate) fn session(&self, token: &str) -> Option<Session> {
        self.sessions.get(token).cloned()
    }

    /// What calls show and notices are signed with.
    pub(super) fn api_key(&self) -> &str {
        self.new_key.as_deref().unwrap_or(API_KEY)
    }

    /// The keys of this order can be charged no more. False if it has none.
    pub(crate) fn drop_keys_of(&mut self, order_id: &str) -> bool {
        let of_order = |_: &String, key: &mut BillingKey| key.session.order_id() == order_id;
        self.billing_keys.extract_if(.., of_order).count() > 0
    }

    /// 10 digits of unix seconds and 5 of a counter.
    pub(super) fn next_token(&mut self, now: Timestamp) -> String {
        let today = korean_day(now);
        if self.day != today {
            (self.day, self.counter) = (today, 0);
        }
        self.counter += 1;
        format!("{:010}{:05}", now.as_second(), self.counter % 100_000)
    }

    /// When the next promised refund is done.
    pub(crate) fn next_promise(&self) -> Option<Timestamp> {
        self.promises.iter().map(|promise| promise.at).min()
    }
}

/// One payment/request and its window.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) token: String,
    pub(crate) form: Form,
    /// None if only a billing agreement is asked for.
    pub(crate) amount: Option<Money>,
    pub(crate) open: bool,
    /// What the buyer chose, where the request names no method.
    pub(super) chosen: Option<String>,
}

impl Session {
    pub(crate) fn order_id(&self) -> &str {
        self.form.get("storeorderno")
    }

    pub(crate) fn method(&self) -> &str {
        let named = Some(self.form.get("pginfo")).filter(|name| !name.is_empty());
        let chosen = self.chosen.as_deref();
        named.or(chosen).unwrap_or("PLCreditCard")
    }

    pub(crate) fn names_method(&self) -> bool {
        !self.form.get("pginfo").is_empty()
    }

    pub(super) fn row(&self) -> Option<&'static MethodRow> {
        codes::method(&Method::from(self.method()))
    }

    pub(crate) fn is_paypal(&self) -> bool {
        is_among(codes::PAYPAL, self.method())
    }

    pub(super) fn is_card(&self) -> bool {
        is_among(codes::CARDS, self.method())
    }

    pub(super) fn is_recurring(&self) -> bool {
        self.form.get("recurringtype") == "Y"
    }

    /// PayPal charges it by itself, from now on.
    pub(super) fn is_subscription(&self) -> bool {
        !self.form.get("intervaltype").is_empty()
    }
}

pub(super) fn is_among(methods: &[&str], method: &str) -> bool {
    methods
        .iter()
        .any(|known| known.eq_ignore_ascii_case(method))
}

/// A payment, perhaps one whose money is still to come.
#[derive(Debug, Clone)]
pub(super) struct Payment {
    pub(super) session: Session,
    /// The order it is told under; a renewal's is made up.
    pub(super) order_id: String,
    pub(super) pay_token: String,
    pub(super) amount: Money,
    pub(super) refunded: Money,
    pub(super) stage: Stage,
    pub(super) at: Timestamp,
    pub(super) visible_at: Timestamp,
    pub(super) cancellations: Vec<Cancellation>,
    pub(super) entry: EntryId,
    pub(super) pg_token: String,
    pub(super) billing_key: String,
    pub(super) card: (String, String),
}

impl Payment {
    /// Whether the sales list does not show it yet, or not yet what went back.
    pub(super) fn lags(&self, now: Timestamp) -> bool {
        let parts = self.cancellations.iter().map(|part| part.visible_at);
        std::iter::once(self.visible_at)
            .chain(parts)
            .any(|visible_at| visible_at > now)
    }

    /// When the last of it went back, as the sales list shows it now.
    pub(super) fn cancelled_at(&self, now: Timestamp) -> Option<Timestamp> {
        let shown = |part: &&Cancellation| part.visible_at <= now;
        self.cancellations.iter().rfind(shown).map(|part| part.at)
    }

    /// Whether nothing is left of it, as the sales list shows it now.
    pub(super) fn is_wholly_refunded(&self, now: Timestamp) -> bool {
        let shown = self.cancellations.iter();
        let shown = shown.filter(|part| part.visible_at <= now);
        shown.map(|part| part.amount.minor).sum::<u64>() == self.amount.minor
    }
}

/// Where the money is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Captured,
    /// The buyer has still to pay at the shop or the bank.
    AwaitingDeposit,
    /// PayPal holds it.
    Pending,
    ChargedBack,
}

/// Money given back.
#[derive(Debug, Clone)]
pub(super) struct Cancellation {
    pub(super) amount: Money,
    pub(super) at: Timestamp,
    /// When the sales list begins to show it.
    pub(super) visible_at: Timestamp,
}

/// A refund that was asked for (VTC), and when it is done.
#[derive(Debug, Clone)]
pub(super) struct Promise {
    pub(super) at: Timestamp,
    pub(super) pay_token: String,
    pub(super) amount: Money,
}

/// What can be charged again.
#[derive(Debug, Clone)]
pub(super) struct BillingKey {
    pub(super) session: Session,
    pub(super) card: (String, String),
    /// Of a PayPal subscription.
    pub(super) subscription: Option<Subscription>,
}

/// A PayPal subscription.
#[derive(Debug, Clone)]
pub(super) struct Subscription {
    pub(super) amount: Money,
    /// None has no end.
    pub(super) left: Option<u64>,
    pub(super) ended: bool,
}

/// `notifytype`. The hash does not cover it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoticeKind {
    Paid = 1,
    Refunded = 2,
    ChargedBack = 3,
    PartlyRefunded = 4,
    Subscribed = 5,
    Pending = 6,
    BillingKeyIssued = 7,
}

/// No money, in this currency.
pub(super) const fn none_of(currency: Currency) -> Money {
    Money { minor: 0, currency }
}
