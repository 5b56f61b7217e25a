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
    /// Captured, not given back, and the merchant was told of neither the payment nor a contradiction; or told that it went back; or
    /// of a payment in doubt, that it did not happen.
    pub lost: BTreeSet<String>,
    /// Two captures of one intent that were both kept in silence, or more given back than was asked for, or one told as two.
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

/// Judges a day, on which the server's clock was put forward at these times.
pub(crate) fn judge(
    plans: &BTreeMap<String, std::sync::Arc<Plan>>,
    book: &[Booked],
    merchant: &Merchant,
    attempts: &[Attempt],
    put_forward: &[i64],
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
        let log = told.get(gateway_order).map_or(&[][..], Vec::as_slice);
        if (kept && !was_told(gateway_order, ANSWERS))
            || is_told_away(lines, log)
            || is_denied(lines, log, put_forward)
        {
            verdict.lost.insert(base_of(gateway_order).to_owned());
        }
        // Whoever delivers goods by what it is told delivers them twice.
        let paid = log.iter().filter(|told| told.kind == "payment.paid");
        if paid.count() > lines.len() {
            verdict.double.insert(base_of(gateway_order).to_owned());
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

/// The merchant was told that it did not happen, and it did. For how long nobody saw it the server's own clock says: where that was put
/// forward meanwhile, no server could know, and only how it ended is judged.
fn is_denied(lines: &[&Booked], log: &[&Told], put_forward: &[i64]) -> bool {
    let began = lines.iter().map(|line| line.at.as_millisecond()).min();
    let fair = |told: &Told| {
        let mut jumps = put_forward.iter();
        !jumps.any(|at| began.is_some_and(|began| began <= *at) && *at <= told.at)
    };
    log.iter().any(|told| told.denies() && fair(told))
}

/// The last word is that the money went back, and the gateway has it all: or some, if all was said to be back.
fn is_told_away(lines: &[&Booked], log: &[&Told]) -> bool {
    let of_money = |told: &&&Told| ANSWERS.contains(&told.kind.as_str());
    let left: u64 = lines.iter().map(|line| kept(line)).sum();
    let back: u64 = lines.iter().map(|line| line.refunded.minor).sum();
    match log
        .iter()
        .rev()
        .find(of_money)
        .map(|told| told.kind.as_str())
    {
        Some("payment.refunded") => left > 0,
        Some("payment.partially_refunded") => back == 0,
        _ => false,
    }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use paypair_protocol::Gateway;

    use super::*;
    use crate::dice::Dice;
    use crate::plan::Mix;

    fn booked(refunded: u64) -> Booked {
        Booked {
            gateway: Gateway::Payple,
            order_id: "a".to_owned(),
            transaction_id: "t".to_owned(),
            amount: Money::won(10_000),
            refunded: Money::won(refunded),
            standing: Booking::Captured,
            confirms: 1,
            refunds: 0,
            at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    fn verdict(book: &[Booked], log: &[(&str, &str)]) -> BTreeMap<String, Vec<&'static str>> {
        verdict_with(book, log, &[])
    }

    fn verdict_with(
        book: &[Booked],
        log: &[(&str, &str)],
        put_forward: &[i64],
    ) -> BTreeMap<String, Vec<&'static str>> {
        let plan = Plan {
            amount: "10000",
            ..Plan::draw(
                &mut Dice::new(1, 1),
                "a".to_owned(),
                Mix::Only(Gateway::Payple),
                true,
            )
        };
        let plans = BTreeMap::from([("a".to_owned(), Arc::new(plan))]);
        let log = log.iter().map(|(kind, reason)| Told {
            kind: format!("payment.{kind}"),
            gateway_order: "a".to_owned(),
            reason: (*reason).to_owned(),
            at: 5_000,
        });
        let merchant = Merchant::told(log.collect());
        judge(&plans, book, &merchant, &[], put_forward).orders()
    }

    fn is(what: &'static str) -> BTreeMap<String, Vec<&'static str>> {
        BTreeMap::from([("a".to_owned(), vec![what])])
    }

    #[test]
    fn what_is_told_and_so_is_fine() {
        let fine = BTreeMap::new();
        assert_eq!(verdict(&[booked(0)], &[("paid", "")]), fine);
        // A browser's word may be overruled.
        let log = [("declined", "gateway_declined"), ("paid", "")];
        assert_eq!(verdict(&[booked(0)], &log), fine);
        assert_eq!(verdict(&[], &[("declined", "absent")]), fine);
    }

    #[test]
    fn money_of_which_nobody_knows_is_lost() {
        assert_eq!(verdict(&[booked(0)], &[]), is("lost"));
        let gone = [("paid", ""), ("refunded", "")];
        assert_eq!(verdict(&[booked(0)], &gone), is("lost"));
        let part = [("paid", ""), ("partially_refunded", "")];
        assert_eq!(verdict(&[booked(0)], &part), is("lost"));
        let overruled = [("declined", "absent"), ("paid", "")];
        assert_eq!(verdict(&[booked(0)], &overruled), is("lost"));
        assert_eq!(
            verdict_with(&[booked(0)], &overruled, &[-1, 6_000]),
            is("lost")
        );
        // An hour by a clock that was put two hours forward.
        let jumped = verdict_with(&[booked(0)], &overruled, &[3_000]);
        assert_eq!(jumped, BTreeMap::new());
    }

    #[test]
    fn what_counts_twice_is_double() {
        let twice = [("paid", ""), ("paid", "")];
        assert_eq!(verdict(&[booked(0)], &twice), is("double"));
        let two = [booked(0), booked(0)];
        assert_eq!(verdict(&two, &[("paid", "")]), is("double"));
        let told = [("paid", ""), ("discrepant", "second_capture")];
        assert_eq!(verdict(&two, &told), BTreeMap::new());
        // Given back, and nobody asked for it.
        assert_eq!(verdict(&[booked(300)], &[("paid", "")]), is("double"));
    }

    #[test]
    fn paid_without_money_is_forged() {
        assert_eq!(verdict(&[], &[("paid", "")]), is("forged"));
    }
}
