//! What a payment is about, how its buyer behaves, and what befalls it at the gateway.

use jiff::Timestamp;
use paypair_protocol::{Currency, Gateway, Money};
use paypair_sandbox::Press;
use serde_json::{Value, json};

use crate::dice::Dice;
use crate::faults::Fault;
use crate::scheduler::lock;
use crate::world::{ALL_GATEWAYS, World};

/// One payment.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) id: String,
    pub(crate) gateway: Gateway,
    pub(crate) deal: Deal,
    pub(crate) method: &'static str,
    pub(crate) amount: &'static str,
    pub(crate) currency: Option<&'static str>,
    pub(crate) work: Option<&'static str>,
    pub(crate) customer: String,
    pub(crate) layout: &'static str,
    pub(crate) script: Script,
    /// When the buyer clicks, in milliseconds.
    pub(crate) begins: i64,
}

/// What is agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deal {
    /// Paid in a window.
    Window,
    /// An account is issued in a window and paid into later, or never.
    Account,
    /// A card is registered in a window and charged without one.
    Key,
    /// PayPal charges it again and again by itself.
    Subscription,
    /// Paid in a window, by a method whose refunds the gateway only promises.
    Promise,
}

impl Deal {
    fn draw(dice: &mut Dice, gateway: Gateway) -> Self {
        match (gateway, dice.index(100)) {
            (Gateway::Payple, 0..15) => Self::Key,
            (Gateway::Payletter, 0..12) => Self::Key,
            (Gateway::Payletter, 12..26) => Self::Account,
            (Gateway::PayletterGlobal, 0..10) => Self::Key,
            (Gateway::PayletterGlobal, 10..20) => Self::Account,
            (Gateway::PayletterGlobal, 20..30) => Self::Subscription,
            (Gateway::PayletterGlobal, 30..38) => Self::Promise,
            _ => Self::Window,
        }
    }

    /// Method, currency, prices.
    const fn terms(
        self,
        gateway: Gateway,
    ) -> (&'static str, Option<&'static str>, &'static [&'static str]) {
        const WON: &[&str] = &["10000", "11000", "1000"];
        const DOLLARS: &[&str] = &["10.00", "11.00", "1.50"];
        match (gateway, self) {
            (Gateway::Payple, _) => ("card", None, WON),
            (Gateway::Payletter, Self::Account) => ("virtualaccount", None, WON),
            (Gateway::Payletter, _) => ("creditcard", None, WON),
            (Gateway::PayletterGlobal, Self::Account) => {
                ("DegicaKonbini", Some("JPY"), &["1000", "1100"])
            }
            (Gateway::PayletterGlobal, Self::Subscription) => {
                ("PaypalExpressCheckout", Some("USD"), DOLLARS)
            }
            (Gateway::PayletterGlobal, Self::Promise) => {
                ("VTCVTCPay", Some("VND"), &["150000", "90000"])
            }
            (Gateway::PayletterGlobal, _) => ("PLCreditCard", Some("USD"), DOLLARS),
        }
    }
}

/// How a buyer behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    Pay,
    Decline,
    Cancel,
    /// Walks away from an open window.
    Leave,
    /// Pays, and the browser is gone before it is back.
    Gone,
    /// Comes to it when the gateway's patience is at its end, or over.
    Late,
    /// Hands the result in twice.
    Twice,
    TwoTabs,
    /// Hands in a result of his own making first.
    Forge,
    /// Is declined, and sends the signature of somebody's payment with his own order's number.
    Cheat,
}

impl Script {
    /// The button; none for those who never press one.
    pub(crate) const fn press(self) -> Option<Press> {
        match self {
            Self::Leave => None,
            Self::Decline | Self::Cheat => Some(Press::Decline),
            Self::Cancel => Some(Press::Cancel),
            _ => Some(Press::Pay),
        }
    }

    fn draw(dice: &mut Dice) -> Self {
        match dice.index(100) {
            0..46 => Self::Pay,
            46..53 => Self::Decline,
            53..59 => Self::Cancel,
            59..63 => Self::Leave,
            63..71 => Self::Gone,
            71..78 => Self::Late,
            78..85 => Self::Twice,
            85..92 => Self::TwoTabs,
            92..96 => Self::Forge,
            _ => Self::Cheat,
        }
    }
}

/// Which gateways take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mix {
    All,
    Only(Gateway),
}

impl Plan {
    pub(crate) fn draw(dice: &mut Dice, id: String, mix: Mix, peaceful: bool) -> Self {
        let gateway = match mix {
            Mix::All => dice.pick(&ALL_GATEWAYS),
            Mix::Only(gateway) => gateway,
        };
        let deal = Deal::draw(dice, gateway);
        let (method, currency, amounts) = deal.terms(gateway);
        let work = match (deal, gateway) {
            (Deal::Key, Gateway::Payple) => Some("register"),
            // With its first payment, or without any.
            (Deal::Key, Gateway::Payletter) if dice.once_in(3_000) => Some("register"),
            (_, Gateway::Payple) if dice.once_in(2_500) => Some("pay_now"),
            _ => None,
        };
        let customer = dice.pick(&["1001", "1002", "100", "10011"]);
        // A card that two orders register is one key. Most are registered once.
        let customer = if deal == Deal::Key && !dice.once_in(1_500) {
            format!("{customer}{id}")
        } else {
            customer.to_owned()
        };
        Self {
            id,
            gateway,
            deal,
            method,
            amount: dice.pick(amounts),
            currency,
            work,
            customer,
            layout: dice.pick(&["popup", "layer", "redirect"]),
            script: if peaceful {
                Script::Pay
            } else {
                Script::draw(dice)
            },
            begins: dice.within(1_000..2_400_000),
        }
    }

    /// Nothing is paid in the window.
    pub(crate) fn only_registers(&self) -> bool {
        self.work == Some("register")
    }

    /// The price, in the currency's own units.
    pub(crate) fn money(&self) -> Money {
        let currency = self.currency.and_then(|text| Currency::parse(text).ok());
        Money::parse(self.amount, &currency.unwrap_or(Currency::KRW)).unwrap_or_default()
    }

    /// What the merchant's server asks for.
    pub(crate) fn order(&self, now: Timestamp, dice: &mut Dice) -> Value {
        let mut order = json!({
            "orderId": self.id,
            "gateway": self.gateway.as_str(),
            "method": self.method,
            "productName": "상품",
            "customer": { "id": self.customer, "name": "홍길동", "email": "buyer@example.com" },
        });
        if !self.only_registers() {
            order["amount"] = self.amount.into();
        }
        if let Some(currency) = self.currency {
            order["currency"] = currency.into();
        }
        if let Some(work) = self.work {
            order["work"] = work.into();
        }
        match self.deal {
            Deal::Key if self.gateway != Gateway::Payple && !self.only_registers() => {
                order["options"] = json!({ "recurring": true });
            }
            Deal::Subscription => {
                let terms = json!({ "interval": "month", "every": 1, "cycles": 12 });
                order["options"] = json!({ "subscription": terms });
            }
            Deal::Account if self.gateway == Gateway::Payletter && dice.once_in(5_000) => {
                let hour = now.as_second() + 9 * 3600 + dice.within(2_400..7_200);
                let until = Timestamp::from_second(hour).unwrap_or_default();
                let (on, time) = (until.strftime("%Y-%m-%d"), until.strftime("%H:%M"));
                let until = json!({ "on": on.to_string(), "time": time.to_string() });
                order["options"] = json!({ "accountExpires": until });
            }
            _ => {}
        }
        order
    }

    /// Draws what befalls this payment at its gateway, and tells the gateway.
    pub(crate) fn lay_faults(&self, world: &World) {
        let rate = world.rates().payment;
        let gateway = self.gateway;
        let lay = |name: &str, seconds: Option<i64>| {
            let seconds = seconds.and_then(|seconds| u64::try_from(seconds).ok());
            let known = world.machine().script(gateway, &self.id, name, seconds, 1);
            debug_assert!(known, "{name}");
        };
        let draw = |times: u32| rate > 0 && world.dice().once_in(rate * times);
        // In life one is as usual as the other.
        let returns_first = world.dice().once_in(6_000);
        if rate == 0 {
            if returns_first {
                lay("return_before_callback", Some(1));
            }
            return;
        }
        if draw(1) {
            lay("wrong_amount", None);
        }
        let hasty = gateway != Gateway::Payple && self.deal == Deal::Window && draw(1);
        if returns_first && !hasty {
            lay("return_before_callback", Some(1));
        }
        if hasty {
            // The one payment whose callback is sure to be sent: it is the first that we hear of it.
            lock(&world.hasty).insert(self.id.clone());
        } else if draw(1) {
            lay("callback_never", None);
        } else if draw(1) {
            let seconds = world.dice().within(3_000..5_600);
            lay("callback_late", Some(seconds));
        }
        if draw(1) {
            lay("callback_twice", None);
        }
        if draw(1) {
            let seconds = world.dice().within(200..900);
            lay("lookup_lag", Some(seconds));
        }
        if draw(1) {
            for _ in 0..2 {
                lay("lookup_unavailable", None);
            }
        }
        if draw(1) {
            lay("return_never", None);
        }
        if draw(5) {
            lay("paid_after_close", None);
        }
        if draw(1) {
            lay("confirm_declined", None);
        }
        if draw(1) {
            lay("refund_answer_lost", None);
        }
        // What a second confirm does is not documented. It befalls nobody who confirms once.
        if gateway == Gateway::Payple && draw(4) {
            lay("confirm_captures_again", None);
        }
    }
}

impl World {
    /// The gateways did something: counts their own faults that struck, and wakes the courier.
    pub(crate) fn count_scripted(&self) {
        self.count_asked("", 200);
    }

    /// The same after a call that was about this order, and was answered so. A list shows other orders too; what is wrong with them
    /// strikes nobody.
    pub(crate) fn count_asked(&self, asked: &str, status: u16) {
        self.look_for_post();
        let struck = self.machine().struck();
        for (_, order, name) in struck {
            let fault = match name.as_str() {
                "wrong_amount" => Fault::WrongAmount,
                "callback_never" => Fault::CallbackNever,
                "lookup_lag" if order != asked || !lock(&self.lagged).insert(order.clone()) => {
                    continue;
                }
                "lookup_lag" => Fault::LookupLag10Min,
                "lookup_unavailable" if order != asked => continue,
                "lookup_unavailable" if status >= 500 => Fault::NotProcessed500,
                "lookup_unavailable" => Fault::LookupMissingDay,
                "return_never" => Fault::ReturnNever,
                "paid_after_close" => Fault::PaidAfterClose,
                "confirm_declined" => Fault::ConfirmDeclined,
                "refund_answer_lost" => Fault::Processed500,
                "confirm_captures_again" => Fault::ConfirmedTwice,
                "charge_declined" => Fault::ChargeDeclined,
                "charge_answer_lost" => Fault::Processed500,
                // What is late, or comes twice, counts when it arrives.
                _ => continue,
            };
            self.struck(fault, &order);
        }
    }
}
