//! Faults by name: which order they strike, and how often.

use serde::Deserialize;

use super::Gateway;

/// One way a payment can go wrong (or merely odd). The names are stable: tests are written with them.
pub(crate) struct FaultKind {
    pub(crate) name: &'static str,
    pub(crate) does: &'static str,
}

/// The catalogue. `{seconds}` and `{amount}` are the parameters a fault takes.
pub(crate) const CATALOGUE: &[FaultKind] = &[
    FaultKind {
        name: "callback_before_return",
        does: "the callback is delivered, then the browser returns (the default)",
    },
    FaultKind {
        name: "return_before_callback",
        does: "the browser returns first; the callback follows after {seconds} (1)",
    },
    FaultKind {
        name: "callback_never",
        does: "no callback is sent until /control/deliver asks for it",
    },
    FaultKind {
        name: "callback_late",
        does: "the first callback is sent {seconds} (60) of gateway time after the payment",
    },
    FaultKind {
        name: "callback_twice",
        does: "the callback is sent twice at the same moment",
    },
    FaultKind {
        name: "callback_without_hash",
        does: "the callback carries no payhash (hash)",
    },
    FaultKind {
        name: "callback_bad_hash",
        does: "the callback is signed with another key",
    },
    FaultKind {
        name: "callback_other_order",
        does: "the callback names another order; Payletter's payhash does not cover it",
    },
    FaultKind {
        name: "return_never",
        does: "the window stays on its last page: the buyer closed it, or the network failed",
    },
    FaultKind {
        name: "opener_severed",
        does: "the window cuts itself off from its opener (Cross-Origin-Opener-Policy)",
    },
    FaultKind {
        name: "paid_after_close",
        does: "the buyer cancels, and the payment is captured all the same",
    },
    FaultKind {
        name: "wrong_amount",
        does: "another amount is captured and reported: {amount}, or one unit more",
    },
    FaultKind {
        name: "duplicate_transaction",
        does: "the payment carries the transaction id of the gateway's first one",
    },
    FaultKind {
        name: "bare_error",
        does: "a declined Payple result carries only PCD_PAY_RST, PCD_PAY_MSG and PCD_PAY_OID",
    },
    FaultKind {
        name: "auth_unavailable",
        does: "payments/request answers 500; so does auth.php, which knows no order, if the fault lies on `*`",
    },
    FaultKind {
        name: "confirm_declined",
        does: "the card company refuses at the confirm",
    },
    FaultKind {
        name: "slow_confirm",
        does: "the confirm captures at once and answers after {seconds} (30)",
    },
    FaultKind {
        name: "confirm_answer_lost",
        does: "the confirm captures, but its answer is a 502 page",
    },
    FaultKind {
        name: "confirm_captures_again",
        does: "a second confirm of the same key captures a second time; what Payple does then is not documented",
    },
    FaultKind {
        name: "charge_declined",
        does: "the card company refuses the charge of a billing key",
    },
    FaultKind {
        name: "slow_charge",
        does: "a billing key is charged at once and the answer comes after {seconds} (30)",
    },
    FaultKind {
        name: "charge_answer_lost",
        does: "a billing key is charged, but the answer is a 502 page",
    },
    FaultKind {
        name: "lookup_lag",
        does: "PAYCHK, status and lists show the payment only {seconds} (30) after it",
    },
    FaultKind {
        name: "lookup_unavailable",
        does: "PAYCHK and status answer 500; a list leaves the payment out, and answers 500 if the fault lies on `*`",
    },
    FaultKind {
        name: "refund_refused",
        does: "the cancel is refused",
    },
    FaultKind {
        name: "cash_receipt_stays",
        does: "Payple gives a transfer back and does not take back its cash receipt",
    },
    FaultKind {
        name: "slow_refund",
        does: "the cancel refunds at once and answers after {seconds} (30)",
    },
    FaultKind {
        name: "refund_answer_lost",
        does: "the cancel refunds, but its answer is a 502 page",
    },
];

/// A fault with its parameters, as it stands in a script.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Fault {
    pub(crate) name: String,
    pub(crate) seconds: Option<u64>,
    pub(crate) amount: Option<String>,
}

impl Fault {
    pub(crate) fn seconds_or(&self, default: u64) -> u64 {
        self.seconds.unwrap_or(default)
    }
}

/// Which faults befall which payments. The latest rule for an exact order id wins over one for `*`.
#[derive(Default)]
pub(crate) struct Script {
    rules: Vec<Rule>,
    /// What struck, if somebody keeps count.
    struck: Option<Vec<(Gateway, String, String)>>,
}

struct Rule {
    gateway: Gateway,
    order_id: Option<String>,
    fault: Fault,
    left: Option<u64>,
}

impl Script {
    /// `order_id` absent stands for every order; `times` absent for ever.
    pub(crate) fn add(
        &mut self,
        gateway: Gateway,
        order_id: Option<&str>,
        faults: Vec<Fault>,
        times: Option<u64>,
    ) {
        let order_id = order_id.map(str::to_owned);
        self.rules.extend(faults.into_iter().map(|fault| Rule {
            gateway,
            order_id: order_id.clone(),
            fault,
            left: times,
        }));
    }

    /// The named fault, if the script holds it for this payment; a rule with `times` is used up by it.
    pub(crate) fn take(&mut self, gateway: Gateway, order_id: &str, name: &str) -> Option<Fault> {
        let found = self.take_for_later(gateway, order_id, name)?;
        self.note(gateway, order_id, name);
        Some(found)
    }

    /// The same of a fault that shows only later, if ever: it is not counted until [`Self::note`] says so.
    pub(crate) fn take_for_later(
        &mut self,
        gateway: Gateway,
        order_id: &str,
        name: &str,
    ) -> Option<Fault> {
        let fits = |rule: &Rule| {
            rule.gateway == gateway && rule.fault.name == name && rule.left != Some(0)
        };
        let exact = self
            .rules
            .iter()
            .rposition(|rule| fits(rule) && rule.order_id.as_deref() == Some(order_id));
        let found = exact.or_else(|| {
            self.rules
                .iter()
                .rposition(|rule| fits(rule) && rule.order_id.is_none())
        })?;
        let rule = &mut self.rules[found];
        rule.left = rule.left.map(|left| left - 1);
        Some(rule.fault.clone())
    }

    /// The named fault shows now.
    pub(crate) fn note(&mut self, gateway: Gateway, order_id: &str, name: &str) {
        if let Some(struck) = &mut self.struck {
            struck.push((gateway, order_id.to_owned(), name.to_owned()));
        }
    }

    /// No rule is left; the count of what struck goes on.
    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    /// From now on it is remembered what struck.
    pub(crate) fn keep_count(&mut self) {
        self.struck = Some(Vec::new());
    }

    /// What struck since it was asked last.
    pub(crate) fn take_struck(&mut self) -> Vec<(Gateway, String, String)> {
        self.struck.as_mut().map(std::mem::take).unwrap_or_default()
    }

    pub(crate) fn has(&mut self, gateway: Gateway, order_id: &str, name: &str) -> bool {
        self.take(gateway, order_id, name).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(name: &str) -> Fault {
        Fault {
            name: name.into(),
            ..Fault::default()
        }
    }

    #[test]
    fn an_exact_order_goes_before_the_star() {
        let mut script = Script::default();
        script.add(
            Gateway::Payple,
            None,
            vec![Fault {
                seconds: Some(1),
                ..fault("slow_confirm")
            }],
            None,
        );
        script.add(
            Gateway::Payple,
            Some("a"),
            vec![Fault {
                seconds: Some(9),
                ..fault("slow_confirm")
            }],
            None,
        );
        assert_eq!(
            script
                .take(Gateway::Payple, "a", "slow_confirm")
                .unwrap()
                .seconds,
            Some(9)
        );
        assert_eq!(
            script
                .take(Gateway::Payple, "b", "slow_confirm")
                .unwrap()
                .seconds,
            Some(1)
        );
        assert!(
            script
                .take(Gateway::Payletter, "a", "slow_confirm")
                .is_none()
        );
    }

    #[test]
    fn times_are_used_up() {
        let mut script = Script::default();
        script.add(
            Gateway::Payple,
            Some("a"),
            vec![fault("callback_never"), fault("return_never")],
            Some(1),
        );
        assert!(script.has(Gateway::Payple, "a", "callback_never"));
        assert!(!script.has(Gateway::Payple, "a", "callback_never"));
        assert!(script.has(Gateway::Payple, "a", "return_never"));
    }
}
