//! The verdict: by the gateways' own money book and what the merchant was told, never by our ledger. Only *stuck* looks there, because
//! it is about it.

use std::collections::{BTreeMap, BTreeSet};

use paypair_ledger::{Attempt, BillingKeyState, State, Timestamp};
use paypair_protocol::{Gateway, Money};
use paypair_sandbox::{Booked, Booking};

use crate::merchant::{Merchant, Told};
use crate::world::base_of;

/// What went wrong with whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Captured, not given back, and the merchant was told of neither the payment nor a contradiction; or its last word is that it went
    /// back, or that more or less of it did than did; or that nobody knows; or that a payment in doubt did not happen; or the card
    /// holder took it back, and the merchant was not told of that. Or it was the one payment, and as it should be, and went back as if
    /// it were not. Also, if what was to be told was told out of order, in two ways, or not at all.
    pub lost: BTreeSet<String>,
    /// Two captures of one intent that were both kept in silence, or more given back than was asked for, or one told as two.
    pub double: BTreeSet<String>,
    /// The merchant was told paid, and the gateway captured nothing, or less, or something else than what was told.
    pub forged: BTreeSet<String>,
    /// Open, and nobody will look at it again.
    pub stuck: BTreeSet<String>,
}

impl Verdict {
    /// What is wrong by the other one is wrong.
    pub(crate) fn unite(&mut self, other: Self) {
        self.lost.extend(other.lost);
        self.double.extend(other.double);
        self.forged.extend(other.forged);
        self.stuck.extend(other.stuck);
    }

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

/// A sum of money that the merchant wanted once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Intent {
    /// How much.
    pub(crate) price: Money,
    /// The order of the day's plans that it belongs to.
    pub(crate) owner: String,
    /// Of all intents with this word only one may be charged: a key, and its month.
    pub(crate) once: Option<String>,
}

/// What a day is judged by.
pub(crate) struct Case<'c> {
    /// What was wanted, by order; a renewal's by the gateway's name for it.
    pub(crate) intents: &'c BTreeMap<String, Intent>,
    /// The gateways' money book.
    pub(crate) book: &'c [Booked],
    pub(crate) merchant: &'c Merchant,
    pub(crate) attempts: &'c [Attempt],
    /// Of money under this name of a gateway's only the compared books tell.
    pub(crate) told_of: Option<&'c str>,
    pub(crate) doubts: Doubts,
    /// When the day ended.
    pub(crate) end: i64,
}

/// Whether what was in doubt should have been settled by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubts {
    MayBeOpen,
    AreOver,
}

impl Case<'_> {
    /// The intent behind a gateway's name for an order: further attempts of `id` are called `id-2`, `id-3`.
    fn intent_of<'n>(&self, name: &'n str) -> &'n str {
        let stem = name.rsplit_once('-').map(|(stem, _)| stem);
        let stem = stem.filter(|stem| self.intents.contains_key(*stem));
        match stem {
            Some(stem) if !self.intents.contains_key(name) => stem,
            _ => name,
        }
    }

    /// Whose story it is.
    fn owner(&self, name: &str) -> String {
        let intent = self.intents.get(self.intent_of(name));
        intent.map_or_else(|| base_of(name).to_owned(), |intent| intent.owner.clone())
    }
}

/// Judges a day.
pub(crate) fn judge(case: &Case<'_>) -> Verdict {
    let mut verdict = Verdict::default();
    let log = case.merchant.log();
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
    let captured = |line: &&Booked| line.standing != Booking::NoMoney;
    for line in case.book.iter().filter(captured) {
        lines.entry(&line.order_id).or_default().push(line);
    }

    for (gateway_order, lines) in &lines {
        let kept = lines.iter().any(|line| kept(line) > 0);
        let log = told.get(gateway_order).map_or(&[][..], Vec::as_slice);
        let taken_back = lines.iter().any(|line| line.standing == TAKEN_BACK);
        let says_so = log.iter().any(|told| told.taken_back);
        let is_known = was_told(gateway_order, ANSWERS) || case.told_of == Some(*gateway_order);
        if (kept && !is_known)
            || stands_otherwise(lines, log, case.doubts)
            || is_denied(log)
            || (taken_back && !says_so)
        {
            verdict.lost.insert(case.owner(gateway_order));
        }
        // Whoever delivers goods by what it is told delivers them twice.
        let paid = || log.iter().filter(|told| told.kind == "payment.paid");
        let each: BTreeSet<_> = paid().map(|told| told.transaction.as_deref()).collect();
        if paid().count() > lines.len().min(each.len()) {
            verdict.double.insert(case.owner(gateway_order));
        }
    }
    // What was never captured at all, too.
    let open = |name: &&&str| {
        let unpaid = !lines.contains_key(**name);
        case.doubts == Doubts::AreOver && unpaid && ends_in_doubt(&told[**name])
    };
    for name in told.keys().filter(open) {
        verdict.lost.insert(case.owner(name));
    }
    let months = months(case, &lines);
    let mut once: BTreeMap<&str, (usize, bool)> = BTreeMap::new();
    for (id, intent) in case.intents {
        let of_intent: Vec<_> = lines
            .iter()
            .filter(|(gateway_order, _)| case.intent_of(gateway_order) == id)
            .collect();
        let contradicted = of_intent
            .iter()
            .any(|(name, _)| was_told(name, &["payment.discrepant"]));
        let all = || of_intent.iter().flat_map(|(_, lines)| lines.iter());
        let kept_lines = all().filter(|line| kept(line) > 0).count();
        if kept_lines > 1 && !contradicted {
            verdict.double.insert(intent.owner.clone());
        }
        if let Some(word) = &intent.once {
            let (count, known) = once.entry(word).or_default();
            *count += kept_lines.min(1);
            *known |= contradicted;
            if *count > 1 && !*known {
                verdict.double.insert(intent.owner.clone());
            }
        }
        let is_alone = |line: &Booked| {
            let of_month = intent.once.as_deref().and_then(|word| months.get(word));
            all().count() == 1
                && of_month.is_none_or(|count| *count == 1)
                && line.amount == intent.price
                && case.merchant.gave_back_by_hand(&line.order_id) == 0
                && case.merchant.asked(id).is_empty()
        };
        if let [(name, lines)] = of_intent.as_slice()
            && let [line] = lines.as_slice()
            && line.refunded.minor > 0
            && is_alone(line)
            && contradicted
            && !was_told(name, &["payment.paid"])
        {
            verdict.lost.insert(intent.owner.clone());
        }
        let back: u64 = all().map(|line| line.refunded.minor).sum();
        let taken: u64 = all().map(|line| line.amount.minor).sum();
        let by_hand = of_intent
            .iter()
            .map(|(name, _)| case.merchant.gave_back_by_hand(name));
        let of_itself = of_intent.iter().map(|(name, lines)| {
            let log = told.get(**name).map_or(&[][..], Vec::as_slice);
            may_go_back(lines, log, intent)
        });
        let wanted = of_itself
            .chain([asked_back(id, intent, case.merchant)])
            .chain(by_hand)
            .fold(0, u64::saturating_add);
        if back > wanted.min(taken) {
            verdict.double.insert(intent.owner.clone());
        }
    }
    let paid = |told: &&&Told| told.kind == "payment.paid";
    for (name, log) in &told {
        let price = case.intents.get(case.intent_of(name));
        let enough = |line: &&&Booked| {
            price.is_some_and(|Intent { price, .. }| {
                line.amount.minor >= price.minor && line.amount.currency == price.currency
            })
        };
        let lines = lines.get(name).map_or(&[][..], Vec::as_slice);
        let is_so = |told: &&Told| {
            let mut of_it = lines.iter().filter(enough);
            of_it.any(|line| told.money == Some(line.amount) && is_named(line, told, log))
        };
        if !log.iter().filter(paid).all(is_so) {
            verdict.forged.insert(case.owner(name));
        }
    }
    verdict.lost.extend(case.merchant.misled());
    let stuck = |attempt: &&Attempt| is_stuck(attempt, case.end);
    for attempt in case.attempts.iter().filter(stuck) {
        verdict.stuck.insert(base_of(&attempt.order.id).to_owned());
    }
    verdict
}

/// How many payments there are of each month of a key.
fn months<'c>(case: &Case<'c>, lines: &BTreeMap<&str, Vec<&Booked>>) -> BTreeMap<&'c str, usize> {
    let mut months = BTreeMap::new();
    for (name, lines) in lines {
        let intent = case.intents.get(case.intent_of(name));
        if let Some(word) = intent.and_then(|intent| intent.once.as_deref()) {
            *months.entry(word).or_default() += lines.len();
        }
    }
    months
}

/// The payment that was told as paid is called what it was told to be, or what the merchant was told later that it is.
fn is_named(line: &Booked, paid: &Told, log: &[&Told]) -> bool {
    let names = |told: &Told| told.transaction.as_deref() == Some(&line.transaction_id);
    let corrected = |told: &&Told| told.kind == "payment.restored" && names(told);
    names(paid) || log.iter().any(corrected)
}

/// Nothing was told after it that ends the doubt. (What somebody says and nobody can confirm does not, nor that a person is waited for.)
fn ends_in_doubt(log: &[&Told]) -> bool {
    let of_money = |told: &&&Told| {
        let ends_nothing = ["payment.unproven", "payment.pending"];
        told.kind.starts_with("payment.") && !ends_nothing.contains(&told.kind.as_str())
    };
    let last = log.iter().rev().find(of_money);
    last.is_some_and(|last| last.kind == "payment.in_doubt")
}

/// The merchant was told that it did not happen, and it did.
fn is_denied(log: &[&Told]) -> bool {
    log.iter().any(|told| told.denies())
}

/// What contradicts its order may be given back without anybody asking, if the merchant is told of the contradiction: but not what it
/// was told is paid, and is what was to be paid.
fn may_go_back(lines: &[&Booked], log: &[&Told], intent: &Intent) -> u64 {
    let was_told = |kind| log.iter().any(|told| told.kind == kind);
    if !was_told("payment.discrepant") {
        return 0;
    }
    let mut stays = was_told("payment.paid");
    let goes = lines.iter().filter(|line| {
        let fits = line.amount == intent.price;
        let goes = !(fits && std::mem::take(&mut stays));
        stays &= goes;
        goes
    });
    goes.fold(0, |sum, line| sum.saturating_add(line.amount.minor))
}

/// By the merchant's last word something else stands than what the gateway's book says.
fn stands_otherwise(lines: &[&Booked], log: &[&Told], doubts: Doubts) -> bool {
    let left: u64 = lines.iter().map(|line| kept(line)).sum();
    let back: u64 = lines.iter().map(|line| line.refunded.minor).sum();
    let of_money = |told: &&&Told| {
        let kind = told.kind.as_str();
        ["payment.restored", "payment.in_doubt"].contains(&kind) || ANSWERS.contains(&kind)
    };
    let Some(last) = log.iter().rev().find(of_money) else {
        return false;
    };
    let word = match last.kind.as_str() {
        "payment.restored" => last.state.as_str(),
        kind => kind.trim_start_matches("payment."),
    };
    let other_sum = |line: &&Booked| {
        let told = last.refunded.as_deref();
        let told = told.and_then(|text| Money::parse(text, &line.amount.currency).ok());
        match told {
            Some(told) => told.minor > back || (told.minor < back && !hides_a_part(line, log)),
            // A part, and nobody knows how much.
            None => word == "paid" && back > 0,
        }
    };
    // Of what never happened two looks must agree. Of what did, one is enough.
    let moved = || {
        let told = last.refunded.as_deref();
        let told = |line: &Booked| Money::parse(told?, &line.amount.currency).ok();
        matches!(lines, [line] if line.refunded.minor > told(line).map_or(0, |told| told.minor))
    };
    // Of several payments of one attempt the sum does not say whose parts went back.
    let other_sum = || matches!(lines, [line] if other_sum(line));
    match word {
        "refunded" => left > 0 || back == 0,
        "paid" => (left == 0 && back > 0) || other_sum(),
        "partially_refunded" => back == 0 || other_sum(),
        "in_doubt" => (doubts == Doubts::AreOver || moved()) && !is_in_part_at_global(lines),
        _ => false,
    }
}

/// A part went back, and the list says "in part" and not how much: what another part came to whose answer was lost, and of which no notice
/// tells, nobody can know.
fn is_in_part_at_global(lines: &[&Booked]) -> bool {
    let [line] = lines else {
        return false;
    };
    let in_part = (1..line.amount.minor).contains(&line.refunded.minor);
    line.gateway == Gateway::PayletterGlobal && in_part
}

/// Payletter Global's list says "in part" and not how much: what it refused, and did beside another part, nobody can know.
fn hides_a_part(line: &Booked, log: &[&Told]) -> bool {
    let refused =
        |told: &&Told| told.kind == "payment.restored" && told.reason == "gateway_refused";
    line.gateway == Gateway::PayletterGlobal && log.iter().any(refused)
}

/// What of a capture was neither given back nor taken back.
fn kept(line: &Booked) -> u64 {
    match line.standing {
        TAKEN_BACK => 0,
        _ => line.amount.minor.saturating_sub(line.refunded.minor),
    }
}

/// The card holder took it.
const TAKEN_BACK: Booking = Booking::ChargedBack;

/// The most that may have gone back: each refund that the merchant asked for, once; each asking for all that is left, without an id.
fn asked_back(id: &str, intent: &Intent, merchant: &Merchant) -> u64 {
    let price = intent.price;
    let asked = merchant.asked(id);
    asked.iter().fold(0_u64, |sum, refund| {
        let amount = refund.amount.as_deref();
        let amount = amount.and_then(|text| Money::parse(text, &price.currency).ok());
        sum.saturating_add(amount.map_or(price.minor, |amount| amount.minor))
    })
}

/// Open, and nothing will look at it, or should have and did not. An account that is good for days yet is looked at when they are over.
fn is_stuck(attempt: &Attempt, end: i64) -> bool {
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
    let waits = attempt.state == State::AwaitingDeposit && attempt.expires_at.millis() > end;
    let key = attempt.billing_key.as_ref();
    let forgotten = |next: Option<Timestamp>| next.is_none_or(|at| at.millis() < end - OVERDUE);
    let key_stuck = key.is_some_and(|held| {
        let open = matches!(
            held.state,
            BillingKeyState::Deleting | BillingKeyState::InDoubt
        );
        open && forgotten(held.next_check_at)
    });
    (open && !waits && forgotten(attempt.next_check_at)) || key_stuck
}

/// What was to be looked at so long ago, in milliseconds, is not looked at.
const OVERDUE: i64 = 3_600_000;

/// With one of these the merchant knows that there is money, or was.
const ANSWERS: &[&str] = &[
    "payment.paid",
    "payment.discrepant",
    "payment.refunded",
    "payment.partially_refunded",
    "payment.charged_back",
];

#[cfg(test)]
mod tests;
