//! The verdict: by the gateways' own money book and what the merchant was told, never by our ledger. Only *stuck* looks there, because
//! it is about it.

use std::collections::{BTreeMap, BTreeSet};

use paypair_ledger::{Attempt, State};
use paypair_protocol::{Currency, Money};
use paypair_sandbox::{Booked, Booking};

use crate::merchant::{Merchant, Told};
use crate::plan::Plan;
use crate::world::base_of;

/// What went wrong with whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Captured, not given back, and the merchant was told of neither the payment nor a contradiction.
    pub lost: BTreeSet<String>,
    /// Two captures of one intent that were both kept in silence, or more given back than was asked for.
    pub double: BTreeSet<String>,
    /// The merchant was told paid, and the gateway captured nothing, or less.
    pub forged: BTreeSet<String>,
    /// Open, and nobody will look at it again.
    pub stuck: BTreeSet<String>,
}

impl Verdict {
    /// Whether nothing went wrong.
    pub fn is_clean(&self) -> bool {
        self.orders().is_empty()
    }

    /// Everybody with whom something went wrong, and what.
    pub fn orders(&self) -> BTreeMap<String, Vec<&'static str>> {
        let mut orders: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
        for (what, of) in [
            ("lost", &self.lost),
            ("double", &self.double),
            ("forged", &self.forged),
            ("stuck", &self.stuck),
        ] {
            for order in of {
                orders.entry(order.clone()).or_default().push(what);
            }
        }
        orders
    }
}

/// Judges a day.
pub(crate) fn judge(
    plans: &BTreeMap<String, std::sync::Arc<Plan>>,
    book: &[Booked],
    merchant: &Merchant,
    attempts: &[Attempt],
) -> Verdict {
    let mut verdict = Verdict::default();
    let log = merchant.log();
    let mut told: BTreeMap<&str, Vec<&Told>> = BTreeMap::new();
    for event in &log {
        told.entry(&event.gateway_order).or_default().push(event);
    }
    let was_told = |gateway_order: &str, kinds: &[&str]| {
        let events = told.get(gateway_order).into_iter().flatten();
        events
            .into_iter()
            .any(|told| kinds.contains(&told.kind.as_str()))
    };
    let mut lines: BTreeMap<&str, Vec<&Booked>> = BTreeMap::new();
    for line in book
        .iter()
        .filter(|line| line.standing == Booking::Captured)
    {
        lines.entry(&line.order_id).or_default().push(line);
    }

    for (gateway_order, lines) in &lines {
        let kept = lines.iter().any(|line| kept(line) > 0);
        if kept && !was_told(gateway_order, ANSWERS) {
            verdict.lost.insert(base_of(gateway_order).to_owned());
        }
    }
    for (id, plan) in plans {
        let of_order: Vec<_> = lines
            .iter()
            .filter(|(gateway_order, _)| base_of(gateway_order) == id)
            .collect();
        let contradicted = of_order
            .iter()
            .any(|(name, _)| was_told(name, &["payment.discrepant"]));
        let kept_lines = of_order.iter().flat_map(|(_, lines)| lines.iter());
        let kept_lines = kept_lines.filter(|line| kept(line) > 0).count();
        if kept_lines > 1 && !contradicted {
            verdict.double.insert(id.clone());
        }
        let back: u64 = of_order
            .iter()
            .flat_map(|(_, lines)| lines.iter())
            .map(|line| line.refunded.minor)
            .sum();
        let taken: u64 = of_order
            .iter()
            .flat_map(|(_, lines)| lines.iter())
            .map(|line| line.amount.minor)
            .sum();
        // An order that was paid, given back, and paid again may be given back again.
        if !contradicted && back > asked_back(plan, merchant).min(taken) {
            verdict.double.insert(id.clone());
        }
        let price = price(plan);
        for gateway_order in told.keys().filter(|name| base_of(name) == id) {
            let enough = lines.get(gateway_order).into_iter().flatten().any(|line| {
                line.amount.minor >= price.minor && line.amount.currency == price.currency
            });
            if was_told(gateway_order, &["payment.paid"]) && !enough {
                verdict.forged.insert(id.clone());
            }
        }
    }
    for attempt in attempts.iter().filter(|attempt| is_stuck(attempt)) {
        verdict.stuck.insert(attempt.order.id.clone());
    }
    verdict
}

/// What of a capture was not given back.
fn kept(line: &Booked) -> u64 {
    line.amount.minor.saturating_sub(line.refunded.minor)
}

/// The most that may have gone back: each refund that the merchant asked for, once.
fn asked_back(plan: &Plan, merchant: &Merchant) -> u64 {
    let price = price(plan);
    let asked = merchant.asked(&plan.id);
    asked.iter().fold(0_u64, |sum, refund| {
        let amount = refund.amount.as_deref();
        let amount = amount.and_then(|text| Money::parse(text, &price.currency).ok());
        sum.saturating_add(amount.map_or(price.minor, |amount| amount.minor))
    })
}

fn price(plan: &Plan) -> Money {
    let currency = plan.currency.and_then(|text| Currency::parse(text).ok());
    Money::parse(plan.amount, &currency.unwrap_or(Currency::KRW)).unwrap_or_default()
}

fn is_stuck(attempt: &Attempt) -> bool {
    let open = matches!(
        attempt.state,
        State::Created
            | State::Requested
            | State::Authenticated
            | State::Confirming
            | State::Charging
            | State::AwaitingDeposit
            | State::InDoubt
            | State::RefundPending
            | State::PendingReview
    );
    open && attempt.next_check_at.is_none()
}

/// With one of these the merchant knows that there is money, or was.
const ANSWERS: &[&str] = &[
    "payment.paid",
    "payment.discrepant",
    "payment.refunded",
    "payment.partially_refunded",
    "payment.charged_back",
];
