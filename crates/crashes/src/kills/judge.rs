//! The verdict: by the gateways' money book and by what the merchant was told, never by our ledger.

use std::collections::{BTreeMap, BTreeSet};

use paypair_protocol::Gateway;
use paypair_sandbox::{Booked, Booking};

use super::world::Told;

/// What went wrong with whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Captured and kept, or given back, and the merchant was not told so; or was told otherwise. Of each order, as which of a gateway's.
    pub(super) lost: BTreeMap<String, BTreeSet<String>>,
    /// Captured twice, given back twice or told twice; or a gateway was asked twice.
    pub(super) double: BTreeSet<String>,
    /// Told as paid, and nothing was captured.
    pub(super) forged: BTreeSet<String>,
}

/// Refunds that the merchant wanted, by order: id and amount.
pub(super) type Wanted = BTreeMap<String, BTreeMap<String, String>>;

/// What it means that the merchant's last word of a refund is that nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// It is to be settled.
    IsSettled,
    /// Of a part that went back at Payletter Global it may wait for a person: with a clock that is hours off, it cannot be told from
    /// an older one by its notice's time, and its lists do not say how much.
    PartsMayStay,
}

pub(super) fn judge(book: &[Booked], log: &[Told], wanted: &Wanted, doubt: Doubt) -> Verdict {
    let mut verdict = Verdict::default();
    let mut lines: BTreeMap<&str, Vec<&Booked>> = BTreeMap::new();
    for line in book {
        if line.standing == Booking::Captured {
            lines.entry(&line.order_id).or_default().push(line);
        }
    }
    let mut told: BTreeMap<&str, Vec<&Told>> = BTreeMap::new();
    let mut heard = BTreeSet::new();
    for event in log {
        told.entry(&event.gateway_order).or_default().push(event);
        let is_repeated = !heard.insert(&event.words);
        if is_repeated && (of_money(event) || event.kind.starts_with("billing_key.")) {
            verdict.double.insert(event.order.clone());
        }
    }
    for (name, lines) in &lines {
        let log = told.get(name).map_or(&[][..], Vec::as_slice);
        if is_lost(lines, log, doubt) {
            let names = verdict.lost.entry(base_of(name).to_owned()).or_default();
            names.insert((*name).to_owned());
        }
        let paid = log.iter().filter(|told| told.kind == "payment.paid");
        if paid.count() > lines.len() {
            verdict.double.insert(base_of(name).to_owned());
        }
    }
    let mut of_orders: BTreeMap<&str, Vec<&Booked>> = BTreeMap::new();
    for (name, lines) in &lines {
        of_orders.entry(base_of(name)).or_default().extend(lines);
    }
    for (order, lines) in of_orders {
        let nothing = BTreeMap::new();
        if is_double(&lines, wanted.get(order).unwrap_or(&nothing)) {
            verdict.double.insert(order.to_owned());
        }
    }
    for (name, log) in told {
        let is_told = log.iter().any(|told| told.kind == "payment.paid");
        if is_told && !lines.contains_key(name) {
            verdict.forged.insert(base_of(name).to_owned());
        }
    }
    verdict
}

fn is_lost(lines: &[&Booked], log: &[&Told], doubt: Doubt) -> bool {
    let kept: u64 = lines.iter().map(|line| kept(line)).sum();
    let back: u64 = lines.iter().map(|line| line.refunded.minor).sum();
    let last = log.iter().rev().find(|told| of_money(told));
    let told_back = last.and_then(|told| told.back.as_deref()).map_or(0, minor);
    let last = last.map(|told| told.kind.as_str());
    let is_untold = last.is_none() && kept > 0;
    let said_last = log.last().map(|told| told.kind.as_str());
    let is_part = |line: &&Booked| {
        let back = line.refunded.minor;
        line.gateway == Gateway::PayletterGlobal && (1..line.amount.minor).contains(&back)
    };
    let stays = doubt == Doubt::PartsMayStay
        && said_last == Some("payment.in_doubt")
        && lines.iter().all(is_part);
    let is_told_away = match last {
        Some("payment.refunded") => kept > 0,
        Some("payment.partially_refunded") => back != told_back && !stays,
        _ => false,
    };
    let is_told_here = back > 0 && last == Some("payment.paid") && !stays;
    let is_denied = log
        .iter()
        .any(|told| told.kind == "payment.declined" && told.reason == "absent");
    is_untold || is_told_away || is_told_here || is_denied
}

/// Nothing here is captured twice for a reason, and a gateway is asked once for each refund.
fn is_double(lines: &[&Booked], wanted: &BTreeMap<String, String>) -> bool {
    let sum = |of: fn(&Booked) -> u64| lines.iter().map(|line| of(line)).sum::<u64>();
    let wanted_back: u64 = wanted
        .values()
        .map(|amount| minor(amount))
        .fold(0, u64::saturating_add);
    lines.iter().filter(|line| kept(line) > 0).count() > 1
        || sum(|line| line.confirms) > 1
        || sum(|line| line.refunds) > wanted.len() as u64
        || sum(|line| line.refunded.minor) > wanted_back
}

fn kept(line: &Booked) -> u64 {
    line.amount.minor.saturating_sub(line.refunded.minor)
}

/// An amount without its point: every currency's here is written with all its decimals.
fn minor(amount: &str) -> u64 {
    amount.replace('.', "").parse().unwrap_or(u64::MAX)
}

fn of_money(told: &Told) -> bool {
    matches!(
        told.kind.as_str(),
        "payment.paid"
            | "payment.discrepant"
            | "payment.refunded"
            | "payment.partially_refunded"
            | "payment.charged_back"
    )
}

/// The second attempt of `a` is `a-2`; orders here have no other hyphen.
fn base_of(name: &str) -> &str {
    name.split('-').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use paypair_protocol::Money;

    use super::*;

    fn line() -> Booked {
        Booked {
            gateway: Gateway::Payple,
            order_id: "a".to_owned(),
            transaction_id: "t".to_owned(),
            amount: Money::won(10_000),
            refunded: Money::won(0),
            standing: Booking::Captured,
            confirms: 1,
            refunds: 0,
            at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    fn back(minor: u64, calls: u64) -> Booked {
        Booked {
            refunded: Money::won(minor),
            refunds: calls,
            ..line()
        }
    }

    fn log(kinds: &[(&str, &str)]) -> Vec<Told> {
        let told = |(seq, (kind, reason)): (usize, &(&str, &str))| Told {
            seq: seq as u64,
            kind: (*kind).to_owned(),
            order: "a".to_owned(),
            gateway_order: "a".to_owned(),
            reason: (*reason).to_owned(),
            back: (*kind == "payment.partially_refunded").then(|| (*reason).to_owned()),
            words: format!("a {kind} {reason}"),
        };
        kinds.iter().enumerate().map(told).collect()
    }

    fn found(book: &[Booked], kinds: &[(&str, &str)], wanted: &[(&str, &str)]) -> [usize; 3] {
        let pair = |(id, amount): &(&str, &str)| ((*id).to_owned(), (*amount).to_owned());
        let wanted = BTreeMap::from([("a".to_owned(), wanted.iter().map(pair).collect())]);
        let verdict = judge(book, &log(kinds), &wanted, Doubt::IsSettled);
        [
            verdict.lost.len(),
            verdict.double.len(),
            verdict.forged.len(),
        ]
    }

    const PAID: (&str, &str) = ("payment.paid", "");
    const BACK: (&str, &str) = ("payment.refunded", "");

    #[test]
    fn what_was_told_as_it_was_is_clean() {
        assert_eq!(found(&[line()], &[PAID], &[]), [0, 0, 0]);
        let all = [("a", "10000")];
        assert_eq!(found(&[back(10_000, 1)], &[PAID, BACK], &all), [0, 0, 0]);
        let doubt = ("payment.in_doubt", "");
        assert_eq!(found(&[line()], &[doubt, PAID], &[]), [0, 0, 0]);
        assert_eq!(found(&[], &[doubt], &[]), [0, 0, 0]);
    }

    #[test]
    fn money_that_nobody_was_told_of_is_lost() {
        assert_eq!(found(&[line()], &[], &[]), [1, 0, 0]);
        assert_eq!(
            found(&[line()], &[("payment.in_doubt", "")], &[]),
            [1, 0, 0]
        );
        let unproven = ("payment.unproven", "");
        assert_eq!(found(&[line()], &[unproven], &[]), [1, 0, 0], "a rumour");
        let absent = ("payment.declined", "absent");
        assert_eq!(found(&[line()], &[absent, PAID], &[]), [1, 0, 0]);
        let all = [("a", "10000")];
        assert_eq!(found(&[line()], &[PAID, BACK], &all), [1, 0, 0]);
        assert_eq!(found(&[back(10_000, 1)], &[PAID], &all), [1, 0, 0]);
    }

    #[test]
    fn what_is_lost_is_named_as_the_gateway_names_it() {
        let second = Booked {
            order_id: "a-2".to_owned(),
            ..line()
        };
        let verdict = judge(
            &[line(), second],
            &log(&[PAID]),
            &Wanted::new(),
            Doubt::IsSettled,
        );
        let names = BTreeSet::from(["a-2".to_owned()]);
        assert_eq!(verdict.lost, BTreeMap::from([("a".to_owned(), names)]));
    }

    #[test]
    fn a_refund_in_doubt_is_settled_unless_it_is_a_part_at_payletter_global() {
        let wanted = BTreeMap::from([(
            "a".to_owned(),
            BTreeMap::from([("a".to_owned(), "10000".to_owned())]),
        )]);
        let log = log(&[PAID, ("payment.in_doubt", "")]);
        let lost = |gateway, minor, doubt| {
            let line = Booked {
                gateway,
                ..back(minor, 1)
            };
            judge(&[line], &log, &wanted, doubt).lost.len()
        };
        let global = Gateway::PayletterGlobal;
        assert_eq!(lost(global, 300, Doubt::PartsMayStay), 0);
        assert_eq!(lost(global, 300, Doubt::IsSettled), 1);
        assert_eq!(lost(global, 10_000, Doubt::PartsMayStay), 1, "a whole one");
        for gateway in [Gateway::Payple, Gateway::Payletter] {
            assert_eq!(lost(gateway, 300, Doubt::PartsMayStay), 1, "{gateway:?}");
        }
    }

    #[test]
    fn a_second_part_that_nobody_was_told_of_is_lost() {
        let parts = [("a", "300"), ("b", "200")];
        let first = ("payment.partially_refunded", "300");
        let second = ("payment.partially_refunded", "500");
        let doubt = ("payment.in_doubt", "");
        let found = |log: &[_]| found(&[back(500, 2)], log, &parts);
        assert_eq!(found(&[PAID, first, doubt, second]), [0, 0, 0]);
        assert_eq!(found(&[PAID, first, doubt]), [1, 0, 0]);
    }

    #[test]
    fn what_happened_twice_is_double() {
        assert_eq!(found(&[line(), line()], &[PAID], &[]), [0, 1, 0]);
        assert_eq!(found(&[line()], &[PAID, PAID], &[]), [0, 1, 0]);
        let again = Booked {
            confirms: 2,
            ..line()
        };
        assert_eq!(found(&[again], &[PAID], &[]), [0, 1, 0]);
        let part = [("a", "300")];
        let told = [PAID, ("payment.partially_refunded", "300")];
        assert_eq!(found(&[back(300, 1)], &told, &part), [0, 0, 0]);
        assert_eq!(found(&[back(300, 2)], &told, &part), [0, 1, 0]);
        let told = [PAID, ("payment.partially_refunded", "600")];
        assert_eq!(found(&[back(600, 1)], &told, &part), [0, 1, 0]);
    }

    #[test]
    fn a_payment_without_a_capture_is_forged() {
        assert_eq!(found(&[], &[PAID], &[]), [0, 0, 1]);
    }
}
