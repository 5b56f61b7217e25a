//! What a payment is about, how its buyer behaves, and what befalls it at the gateway.

use paypair_protocol::Gateway;
use paypair_sandbox::Press;

use crate::dice::Dice;
use crate::faults::Fault;
use crate::scheduler::lock;
use crate::world::{ALL_GATEWAYS, World};

/// One payment.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) id: String,
    pub(crate) gateway: Gateway,
    pub(crate) method: &'static str,
    pub(crate) amount: &'static str,
    pub(crate) currency: Option<&'static str>,
    pub(crate) work: Option<&'static str>,
    pub(crate) customer: &'static str,
    pub(crate) layout: &'static str,
    pub(crate) script: Script,
    /// When the buyer clicks, in milliseconds.
    pub(crate) begins: i64,
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
            78..86 => Self::Twice,
            86..93 => Self::TwoTabs,
            93..97 => Self::Forge,
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
        let (method, currency, amounts): (_, _, &[&'static str]) = match gateway {
            Gateway::Payple => ("card", None, &["10000", "11000", "1000"]),
            Gateway::Payletter => ("creditcard", None, &["10000", "11000", "1000"]),
            Gateway::PayletterGlobal => ("PLCreditCard", Some("USD"), &["10.00", "11.00", "1.50"]),
        };
        let pay_now = gateway == Gateway::Payple && dice.once_in(2_500);
        Self {
            id,
            gateway,
            method,
            amount: dice.pick(amounts),
            currency,
            work: pay_now.then_some("pay_now"),
            customer: dice.pick(&["1001", "1002", "100", "10011"]),
            layout: dice.pick(&["popup", "layer", "redirect"]),
            script: if peaceful {
                Script::Pay
            } else {
                Script::draw(dice)
            },
            begins: dice.within(1_000..2_400_000),
        }
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
        if world.dice().once_in(6_000) {
            lay("return_before_callback", Some(1));
        }
        if rate == 0 {
            return;
        }
        if draw(1) {
            lay("wrong_amount", None);
        }
        if gateway != Gateway::Payple && draw(1) {
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
        self.look_for_post();
        let struck = self.machine().struck();
        for (gateway, order, name) in struck {
            let fault = match name.as_str() {
                "wrong_amount" => Fault::WrongAmount,
                "callback_never" => Fault::CallbackNever,
                "callback_late" => Fault::CallbackAfter50Min,
                "callback_twice" => Fault::DuplicateCallback,
                "lookup_lag" => Fault::LookupLag10Min,
                "lookup_unavailable" if gateway == Gateway::Payple => Fault::NotProcessed500,
                "lookup_unavailable" => Fault::LookupMissingDay,
                "return_never" => Fault::ReturnNever,
                "paid_after_close" => Fault::PaidAfterClose,
                "confirm_declined" => Fault::ConfirmDeclined,
                "refund_answer_lost" => Fault::Processed500,
                "confirm_captures_again" => Fault::ConfirmedTwice,
                _ => continue,
            };
            self.struck(fault, &order);
        }
    }
}
