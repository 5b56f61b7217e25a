//! Charging a billing key: every month, or whenever the merchant asks. There is no window and no buyer; the order's id is what
//! makes asking twice harmless.

use jiff::civil::Date;
use paypair_ledger::{
    Attempt, Begun, BillingKeyState, BillingKeyView, ChargePlan, Digest, Event, Layout, NewAttempt,
    Order, OrderView, Reason, Registered, State, Store, StoreError,
};
use paypair_protocol::{Currency, Error, Gateway, Method, Money, Work, payple::Repeat};
use serde::{Deserialize, Deserializer, de::Error as _};

use super::{
    NewCustomer, PaymentOptions, body,
    reading::{add_unless_told, money_of, order_id_fault, text_or_integer},
};
use crate::{
    ApiError, ChargeBar, Outcome, RawRequest, RawResponse, Verifier, doors::draw_ticket,
    environment::Environment, fault::FieldFault, network::Network,
};

/// A charge as the merchant's server asks for it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NewCharge {
    /// The merchant's id of this charge, `rent-2026-11` say. The same id again charges nothing again. Without one nothing would tell a
    /// request that is sent again from another charge: it is refused, unless an idempotency key stands for it.
    pub order_id: Option<String>,
    /// Which key.
    pub billing_key_id: String,
    /// Whose it is: a key is charged for the customer it was first seen with, and for nobody else.
    pub customer_id: String,
    /// Plain decimal text (JSON also takes an integer).
    #[serde(deserialize_with = "text_or_integer")]
    pub amount: Option<String>,
    /// Default `KRW`.
    pub currency: Option<String>,
    /// What is bought.
    pub product_name: String,
    /// `{"year": 2026, "month": 11}`: once for that month, whatever the order id; Payple itself sees to that, for the others we do.
    /// Or `"freely"`, the default.
    #[serde(deserialize_with = "repeat")]
    pub repeat: Option<Repeat>,
    /// More about the customer; the id stands above.
    pub customer: Option<ChargedCustomer>,
    /// What is asked of the gateway beside the charge itself.
    pub options: PaymentOptions,
}

/// What is known of a charged customer beside the id. Personal: Debug shows none of it.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ChargedCustomer {
    /// Name.
    pub name: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// E-mail.
    pub email: Option<String>,
}

impl std::fmt::Debug for ChargedCustomer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What a charge came to.
#[derive(Debug, Clone)]
pub struct Charged {
    /// The same charge was asked for before: nothing was charged again.
    pub repeated: bool,
    /// Where it stands.
    pub outcome: Outcome,
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Charges a billing key and answers what came of it, as far as it is known when patience ends.
    ///
    /// The same order id with the same content charges nothing again while it is open or paid; after a decline it is a new try.
    pub async fn charge(&self, new: NewCharge) -> Result<Charged, ApiError> {
        let id = new
            .order_id
            .clone()
            .ok_or(ApiError::IdempotencyKeyMissing)?;
        let key = self.known_key(&new.billing_key_id).await?;
        let order = self.charge_order(id, new, &key).await?;
        let repeated = self.start_order(&order, &key).await?;
        let outcome = self.merchant_outcome(&order.id).await?;
        Ok(Charged { repeated, outcome })
    }

    /// Looks, and starts the call, one request at a time: of two for the same month the second one sees the first. True if this
    /// very charge was under way before.
    async fn start_order(&self, order: &Order, key: &BillingKeyView) -> Result<bool, ApiError> {
        let _turn = self.charging().lock().await;
        let known = self.store().order(&order.id).await?;
        let order = self.of_its_month(order, known.as_ref());
        Ok(match known {
            Some(known) if !known.order.same_content(&order) => return Err(ApiError::OrderExists),
            Some(known) if is_under_way(&known) => true,
            _ => {
                self.may_charge(&order, key).await?;
                !self.begin_charge(order).await?
            }
        })
    }

    /// What the gateway charges once a month is for the month in which it is first asked for, unless the merchant names one.
    fn of_its_month(&self, order: &Order, known: Option<&OrderView>) -> Order {
        let mut order = order.clone();
        let monthly = Self::payletter_charges_monthly(&order);
        if let Some(plan) = order.charge.as_mut().filter(|_| monthly)
            && plan.repeat.is_none()
        {
            plan.repeat = match known {
                Some(known) => known.order.charge.as_ref().and_then(|plan| plan.repeat),
                None => Some(month_of(self.now().kst_date())),
            };
        }
        order
    }

    /// The order of a charge, with everything that can be wrong with it told at once.
    async fn charge_order(
        &self,
        id: String,
        new: NewCharge,
        key: &BillingKeyView,
    ) -> Result<Order, ApiError> {
        let mut faults = Vec::new();
        let money = match &new.amount {
            Some(amount) => money_of(key.gateway, amount, new.currency.as_deref(), &mut faults),
            None => {
                faults.push(FieldFault::missing("amount"));
                None
            }
        };
        faults.extend(order_id_fault(key.gateway, &id));
        for (field, text) in [
            ("customerId", &new.customer_id),
            ("productName", &new.product_name),
        ] {
            if text.trim().is_empty() {
                faults.push(FieldFault::missing(field));
            }
        }
        if matches!(new.repeat, Some(Repeat::Monthly { month, .. }) if !(1..=12).contains(&month)) {
            let field = "repeat.month";
            faults.push(FieldFault::of(field, &Error::FieldNotAllowed { field }));
        }
        let told = new.customer.unwrap_or_default();
        let customer = NewCustomer {
            id: new.customer_id,
            name: told.name,
            phone: told.phone,
            email: told.email,
        };
        let mut order = Order {
            id,
            gateway: key.gateway,
            merchant_id: key.merchant_id.clone(),
            method: self.charged_method(key).await?,
            work: Work::PayNow,
            card_flow: None,
            money,
            product_name: new.product_name,
            customer: customer.into(),
            charge: Some(ChargePlan {
                billing_key: key.digest,
                repeat: new.repeat,
            }),
            renews: None,
            extra: Default::default(),
            result_page: None,
            // Nobody holds it: a charge has no page.
            client_secret: Digest::of(draw_ticket(self.environment(), "cs_")),
            seed: None,
            created_at: self.now(),
        };
        faults.extend(window_options(&new.options, &order.method));
        faults.extend(new.options.check(&order, self.now()));
        new.options.keep_in(&mut order.extra);
        let of_table = ApiError::unless_fine(self.charge_faults(&order)?);
        add_unless_told(&mut faults, of_table)?;
        ApiError::unless_fine(faults)?;
        Ok(order)
    }

    /// What the gateway's table says of the charge. That the method gives no keys is no fault of a field.
    fn charge_faults(&self, order: &Order) -> Result<Vec<FieldFault>, ApiError> {
        let faults = match order.gateway {
            Gateway::Payple => self.payple_charge_faults(order),
            Gateway::Payletter => self.payletter_charge_faults(order),
            Gateway::PayletterGlobal => self.global_charge_faults(order),
        };
        if faults.iter().any(|fault| fault.field == "method") {
            return Err(ApiError::ChargeBarred(ChargeBar::NotOffered));
        }
        let named = faults.into_iter().map(FieldFault::from);
        Ok(named
            .map(|fault| match fault.field.as_str() {
                "customer.id" => fault.at("customerId"),
                _ => fault,
            })
            .collect())
    }

    /// What the key charges; where the buyer chose in the window, what was chosen.
    async fn charged_method(&self, key: &BillingKeyView) -> Result<Method, ApiError> {
        if !key.method.as_str().is_empty() {
            return Ok(key.method.clone());
        }
        let origin = self.store().attempt(key.attempt()).await?;
        let used = origin.and_then(|attempt| attempt.detail.method);
        Ok(used.unwrap_or_default().into())
    }

    /// Whether the key may be charged now, for this customer and this amount. The ledger asks the first two again when it begins.
    async fn may_charge(&self, order: &Order, key: &BillingKeyView) -> Result<(), ApiError> {
        if key.customer_id != order.customer.id {
            return Err(ApiError::BillingKeyOfOtherCustomer);
        }
        if key.state != BillingKeyState::Active {
            return Err(ApiError::BillingKeyNotActive);
        }
        let origin = self.store().order(&key.order_id).await?;
        if origin
            .as_ref()
            .is_some_and(|view| is_subscription(&view.order))
        {
            return Err(ApiError::ChargeBarred(ChargeBar::ChargedByPaypal));
        }
        let charges = self.store().charges_of(key.digest).await?;
        let bar = if is_month_charged(order, &charges) {
            Some(ChargeBar::MonthCharged)
        } else if key.gateway == Gateway::Payletter {
            self.payletter_charge_bar(order, key, origin.iter().chain(&charges))
        } else {
            None
        };
        bar.map_or(Ok(()), |bar| Err(ApiError::ChargeBarred(bar)))
    }

    /// Registers the order, begins an attempt, and starts its one money call. False if somebody else had started it.
    async fn begin_charge(&self, order: Order) -> Result<bool, ApiError> {
        let order = match self.store().register(order).await? {
            Registered::New(order) | Registered::Same(order) => order,
        };
        let new = self.unopened_attempt(order.gateway);
        match self.store().begin(&order.id, new, self.now()).await? {
            // Left behind by a process that died, or another request's: the ledger lets one of us through.
            Begun::Live(attempt) if attempt.state != State::Created => Ok(false),
            Begun::New(attempt) | Begun::Live(attempt) => self.start_charge(attempt).await,
            Begun::Settled(_) => Ok(false),
        }
    }

    async fn start_charge(&self, attempt: Attempt) -> Result<bool, ApiError> {
        match self.record(attempt.key(), Event::ChargeStarted).await {
            Ok(_) => Ok(true),
            Err(StoreError::Refused(refused))
                if refused.why.starts_with("billing_key_") || refused.why == MONTH_CHARGED =>
            {
                let reason = Reason::new(refused.why);
                self.quietly(&attempt, Event::RequestFailed { reason })
                    .await?;
                Err(match refused.why {
                    // Another process was faster.
                    MONTH_CHARGED => ApiError::ChargeBarred(ChargeBar::MonthCharged),
                    _ => StoreError::Refused(refused).into(),
                })
            }
            Err(StoreError::Refused(_) | StoreError::CallRunning) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// A new attempt that no window belongs to. Its secrets are drawn all the same: nobody may guess what opens nothing.
    pub(crate) fn unopened_attempt(&self, gateway: Gateway) -> NewAttempt {
        NewAttempt {
            nonce: Digest::of(draw_ticket(self.environment(), "")),
            channel: draw_ticket(self.environment(), "pp-"),
            ticket: draw_ticket(self.environment(), ""),
            layout: Layout::Redirect,
            order_id_size: gateway.order_id_max(),
            expires_at: self.now().after(START_LIFE),
        }
    }

    /// `POST /charges`
    pub(crate) async fn create_charge(
        &self,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        let charged = self.charge(body(request)?).await?;
        let status = if charged.repeated { 200 } else { 201 };
        Ok(RawResponse::json(status, &charged.outcome))
    }
}

/// Whether an order is being charged, is paid, or may be: then nothing is charged again. An attempt that was only written down is
/// nobody's call yet.
fn is_under_way(view: &OrderView) -> bool {
    view.leading()
        .is_some_and(|attempt| !attempt.leaves_room() && attempt.state != State::Created)
}

/// Whether another order took, or may have taken, the money of the month that this one is for. Payple keeps count by itself.
fn is_month_charged(order: &Order, charges: &[OrderView]) -> bool {
    let month = |order: &Order| {
        let repeat = order.charge.as_ref().and_then(|plan| plan.repeat);
        repeat.filter(|repeat| matches!(repeat, Repeat::Monthly { .. }))
    };
    let Some(wanted) = month(order).filter(|_| order.gateway != Gateway::Payple) else {
        return false;
    };
    charges.iter().any(|other| {
        let given_back = |attempt: &Attempt| attempt.state == State::Refunded;
        other.order.id != order.id
            && month(&other.order) == Some(wanted)
            && is_under_way(other)
            && !other.leading().is_some_and(given_back)
    })
}

fn month_of(day: Date) -> Repeat {
    Repeat::Monthly {
        year: day.year().unsigned_abs(),
        month: day.month().unsigned_abs(),
    }
}

/// Does the gateway charge this order's key by itself?
pub(crate) fn is_subscription(order: &Order) -> bool {
    PaymentOptions::of(order).subscription.is_some()
}

/// An amount of won among the options; checked when the order was made.
pub(crate) fn won(text: Option<&str>) -> Option<Money> {
    Money::parse(text?, &Currency::KRW).ok()
}

/// Options of a window: a charge has none. A cash receipt is for a transfer alone.
fn window_options(options: &PaymentOptions, method: &Method) -> Vec<FieldFault> {
    let by_transfer = method.as_str() == "transfer";
    [
        ("receiptEmail", options.receipt_email.is_some()),
        ("recurring", options.recurring),
        ("showCashReceipt", options.show_cash_receipt && !by_transfer),
        ("keyIn", options.key_in),
        ("accountExpires", options.account_expires.is_some()),
        ("inApp", options.in_app.is_some()),
        ("appScheme", options.app_scheme.is_some()),
        ("pin", options.pin),
        ("billingAddress", options.billing_address.is_some()),
        ("subscription", options.subscription.is_some()),
        ("cancelToReturnUrl", options.cancel_to_return_url),
    ]
    .into_iter()
    .filter(|(_, asked)| *asked)
    .map(|(name, _)| FieldFault::option_not_offered(format!("options.{name}")))
    .collect()
}

/// `{"year": 2026, "month": 11}` or `"freely"`.
fn repeat<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Repeat>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Word(String),
        Monthly { year: u16, month: u8 },
    }
    match Option::<Written>::deserialize(deserializer)? {
        None => Ok(None),
        Some(Written::Monthly { year, month }) => Ok(Some(Repeat::Monthly { year, month })),
        Some(Written::Word(word)) if word == "freely" => Ok(Some(Repeat::Freely)),
        Some(Written::Word(_)) => Err(D::Error::custom("repeat: a year and month, or freely")),
    }
}

/// The ledger's word for it.
const MONTH_CHARGED: &str = "month_charged";

/// How long an attempt may stand written down before its call is started; a retry after that begins another.
const START_LIFE: std::time::Duration = std::time::Duration::from_secs(60);
