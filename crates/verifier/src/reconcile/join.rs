//! The two-way join: what a gateway's books say beside what ours say. A pure function of both; it knows no gateway's wire.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use jiff::civil::Date;
use paypair_ledger::{
    Attempt, AttemptKey, BreakKind, BreakName, FoundBreak, Saying, State, Timestamp,
};
use paypair_protocol::{Gateway, Money};

use crate::days::{filed_on, stands_under};

/// A payment as the gateway's books have it.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    /// What the gateway calls the order.
    pub(crate) order_id: String,
    /// The gateway's id of the payment; empty if it tells none.
    pub(crate) transaction_id: String,
    /// How much was paid; none where only what went back is in the books that were read.
    pub(crate) amount: Option<Money>,
    /// How much of it went back.
    pub(crate) back: Back,
    /// The Korean day it stands under.
    pub(crate) day: Date,
    /// When it was paid, if that can be read.
    pub(crate) paid_at: Option<Timestamp>,
    /// When something last went back, if that can be read.
    pub(crate) back_at: Option<Timestamp>,
    /// The row it was read from.
    pub(crate) row: usize,
}

/// How much of a payment went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Back {
    /// Nothing.
    Nothing,
    /// A part; how much, if the books say.
    Part(Option<Money>),
    /// At least so much: not every day was read on which more may stand.
    AtLeast(Money),
    /// All of it.
    Whole,
    /// It stands in a way that is newer than we are.
    Unclear,
}

/// Of what the books that were read would have told.
#[derive(Debug, Clone)]
pub(crate) enum Covered {
    /// Every payment of these Korean days.
    Days(BTreeSet<Date>),
    /// The payments of these orders, as the gateway calls them: each was asked for.
    Orders(BTreeSet<String>),
}

/// A gateway's books, as one identity of ours may read them.
pub(crate) struct Books<'a> {
    pub(crate) gateway: Gateway,
    pub(crate) merchant_id: &'a str,
    pub(crate) listed: &'a [Listed],
    pub(crate) covered: &'a Covered,
    pub(crate) now: Timestamp,
    /// How long either side may lag behind the other.
    pub(crate) lag: Duration,
}

/// What the join came to.
#[derive(Debug, Default)]
pub(crate) struct Joined {
    /// The breaks.
    pub(crate) found: BTreeMap<BreakName, FoundBreak>,
    /// Orders, as the gateway calls them, of which nothing can be said yet: too fresh, or just being decided.
    pub(crate) unsure: BTreeSet<String>,
}

impl Covered {
    /// Whether these books would have told of a payment of this day and order.
    pub(crate) fn has(&self, order_id: &str, day: Date, now: Timestamp) -> bool {
        match self {
            Self::Days(days) => stands_under(day, now).all(|day| days.contains(&day)),
            Self::Orders(orders) => orders.contains(order_id),
        }
    }
}

/// Compares both ways. `ours` are the attempts of these days, and all that the books name, by their order or by their payment.
pub(crate) fn join(books: &Books<'_>, ours: &[Attempt]) -> Joined {
    let mut joiner = Joiner {
        books,
        by_name: HashMap::new(),
        by_payment: HashMap::new(),
        joined: Joined::default(),
    };
    for attempt in ours {
        let name = attempt.gateway_order_id.as_str();
        joiner.by_name.insert(name, attempt);
        let seconds = attempt.second_payments.iter();
        let seconds = seconds.filter_map(|second| second.transaction_id.as_deref());
        // The attempt that a payment clashed with holds it; the other one only heard of it.
        let own = attempt.transaction_id.as_deref();
        for id in own.into_iter().chain(seconds) {
            let holder = joiner.by_payment.entry(id).or_insert(attempt);
            if attempt.captured.is_some() && holder.captured.is_none() {
                *holder = attempt;
            }
        }
    }
    for listed in books.listed {
        joiner.theirs(listed);
    }
    for attempt in ours {
        joiner.ours(attempt);
    }
    joiner.joined
}

struct Joiner<'a> {
    books: &'a Books<'a>,
    by_name: HashMap<&'a str, &'a Attempt>,
    by_payment: HashMap<&'a str, &'a Attempt>,
    joined: Joined,
}

impl<'a> Joiner<'a> {
    /// Looks for what the gateway says with us.
    fn theirs(&mut self, listed: &'a Listed) {
        let stands = listed.back != Back::Whole;
        let named = self.by_name.get(listed.order_id.as_str()).copied();
        if listed.back == Back::Unclear || self.is_fresh(listed) {
            self.unsure(&listed.order_id);
            return;
        }
        let holder = self.by_payment.get(listed.transaction_id.as_str()).copied();
        if let Some(holder) = holder.filter(|holder| !is_named(holder, listed)) {
            if stands {
                let ours = Saying {
                    order_ids: vec![holder.gateway_order_id.clone()],
                    ..say(holder)
                };
                let attempt = named.unwrap_or(holder).key();
                self.found(BreakKind::Duplicate, listed, Some(attempt), ours);
            }
            return;
        }
        let never_paid =
            |attempt: &Attempt| attempt.captured.is_none() && attempt.paid_at.is_none();
        match named {
            None if stands => {
                self.found(BreakKind::MissingHere, listed, None, Saying::default());
            }
            Some(attempt) if stands && never_paid(attempt) => {
                self.found_of(BreakKind::MissingHere, listed, attempt);
            }
            // It came and went, and we never counted it.
            None => {}
            Some(attempt) if never_paid(attempt) => {}
            Some(attempt) if is_own(attempt, listed) => self.compare(listed, attempt),
            Some(attempt) => self.second(listed, attempt),
        }
    }

    /// Both know the payment.
    fn compare(&mut self, listed: &'a Listed, attempt: &'a Attempt) {
        if is_in_hand(attempt) || self.is_fresh_back(listed, attempt) {
            self.unsure(&listed.order_id);
            return;
        }
        let expected = [attempt.order.money, attempt.captured];
        let expected = expected.into_iter().flatten();
        let differs = |amount: Money| expected.clone().any(|expected| expected != amount);
        if listed.amount.is_some_and(differs) {
            // What went back altogether stands nowhere any more, whatever it was.
            if !(listed.back == Back::Whole && back_of(attempt) == Back::Whole) {
                self.found_of(BreakKind::AmountDiffers, listed, attempt);
            }
        } else if differ(back_of(attempt), listed, attempt.captured) {
            self.found_of(BreakKind::StateDiffers, listed, attempt);
        }
    }

    /// Another payment under the same order.
    fn second(&mut self, listed: &'a Listed, attempt: &'a Attempt) {
        if is_in_hand(attempt) {
            self.unsure(&listed.order_id);
            return;
        }
        let known = attempt.second_payment(Some(&listed.transaction_id));
        if listed.back == Back::Whole {
            if known.is_some_and(|known| !known.is_back) {
                self.found_of(BreakKind::StateDiffers, listed, attempt);
            }
            return;
        }
        let mut own = self.books.listed.iter();
        let own = own.find(|other| is_named(attempt, other) && is_own(attempt, other));
        let own_stands = match own {
            Some(own) => own.back != Back::Whole,
            None => !self.is_covered(attempt) && back_of(attempt) != Back::Whole,
        };
        if own_stands {
            self.found_of(BreakKind::Duplicate, listed, attempt);
        } else if known.is_some_and(|known| known.is_back) {
            self.found_of(BreakKind::StateDiffers, listed, attempt);
        } else if known.is_none() {
            self.found_of(BreakKind::MissingHere, listed, attempt);
        }
    }

    /// Looks for what we say with the gateway.
    fn ours(&mut self, attempt: &'a Attempt) {
        let name = &attempt.gateway_order_id;
        if is_in_hand(attempt) {
            self.unsure(name);
            return;
        }
        let stands = matches!(attempt.state, State::Paid | State::PartiallyRefunded);
        let Some(paid_at) = attempt.paid_at.filter(|_| stands) else {
            return;
        };
        let listed = self.books.listed.iter();
        let mut of_it = listed.filter(|listed| is_named(attempt, listed));
        if of_it.any(|listed| is_own(attempt, listed)) || !self.is_covered(attempt) {
            return;
        }
        if self.books.now.since(paid_at) < self.books.lag {
            self.unsure(name);
            return;
        }
        let found = FoundBreak {
            name: self.name(
                BreakKind::MissingThere,
                name,
                attempt.transaction_id.as_deref().unwrap_or_default(),
            ),
            day: filed_on(attempt),
            attempt: Some(attempt.key()),
            ours: say(attempt),
            theirs: Saying::default(),
        };
        self.joined.found.insert(found.name.clone(), found);
    }

    fn is_covered(&self, attempt: &Attempt) -> bool {
        let books = self.books;
        let (name, day) = (&attempt.gateway_order_id, filed_on(attempt));
        books.covered.has(name, day, books.now)
    }

    /// So new that we may not have heard of it yet. Of what tells no time, all of today is.
    fn is_fresh(&self, listed: &Listed) -> bool {
        let Books { now, lag, .. } = *self.books;
        match listed.paid_at {
            Some(at) => now.since(at) < lag,
            None => listed.day >= now.kst_date(),
        }
    }

    /// Something went back so lately that one side may not know of it yet.
    fn is_fresh_back(&self, listed: &Listed, attempt: &Attempt) -> bool {
        let Books { now, lag, .. } = *self.books;
        let ours = attempt.refunds.iter().filter_map(|line| line.ended_at);
        ours.chain(listed.back_at).any(|at| now.since(at) < lag)
    }

    fn unsure(&mut self, order_id: &str) {
        self.joined.unsure.insert(order_id.to_owned());
    }

    fn found_of(&mut self, kind: BreakKind, listed: &Listed, attempt: &Attempt) {
        self.found(kind, listed, Some(attempt.key()), say(attempt));
    }

    fn found(
        &mut self,
        kind: BreakKind,
        listed: &Listed,
        attempt: Option<AttemptKey>,
        ours: Saying,
    ) {
        let found = FoundBreak {
            name: self.name(kind, &listed.order_id, &listed.transaction_id),
            day: listed.day,
            attempt,
            ours,
            theirs: said(listed),
        };
        self.joined.found.insert(found.name.clone(), found);
    }

    fn name(&self, kind: BreakKind, order_id: &str, transaction_id: &str) -> BreakName {
        BreakName {
            kind,
            gateway: self.books.gateway,
            merchant_id: self.books.merchant_id.to_owned(),
            gateway_order_id: order_id.to_owned(),
            transaction_id: transaction_id.to_owned(),
        }
    }
}

fn is_named(attempt: &Attempt, listed: &Listed) -> bool {
    attempt.gateway_order_id == listed.order_id
}

/// Is it the attempt's own payment, as far as either side can name it?
fn is_own(attempt: &Attempt, listed: &Listed) -> bool {
    let own = attempt.transaction_id.as_deref();
    listed.transaction_id.is_empty() || own.is_none_or(|own| own == listed.transaction_id)
}

/// Something of it is being decided just now: the schedule of lookups ends that, not this.
pub(crate) fn is_in_hand(attempt: &Attempt) -> bool {
    let live = attempt.state.is_live() && attempt.captured.is_some();
    let refunding = attempt.refund.is_some() || attempt.state == State::RefundPending;
    live || refunding || (attempt.state == State::InDoubt && attempt.captured.is_some())
}

/// How much of it went back, as we say.
fn back_of(attempt: &Attempt) -> Back {
    let (back, captured) = (attempt.refunded(), attempt.captured);
    match attempt.state {
        State::Refunded | State::ChargedBack => Back::Whole,
        _ if captured.is_some_and(|captured| captured == back && !back.is_zero()) => Back::Whole,
        _ if attempt.refunds_unclear => Back::Part(None),
        _ if back.is_zero() => Back::Nothing,
        _ => Back::Part(Some(back)),
    }
}

/// Whether another part went back than we say.
fn differ(ours: Back, listed: &Listed, captured: Option<Money>) -> bool {
    match (ours, listed.back) {
        (Back::Nothing, Back::Nothing) | (Back::Whole, Back::Whole) => false,
        (Back::Nothing, _) | (_, Back::Nothing) => true,
        (Back::Part(Some(ours)), Back::Part(Some(theirs))) => ours != theirs,
        (Back::Part(Some(ours)), Back::AtLeast(least)) => least.minor > ours.minor,
        (Back::Whole, Back::Part(Some(theirs))) => captured.is_some_and(|all| all != theirs),
        (Back::Whole, Back::Part(None)) | (Back::Part(_), Back::Whole) => true,
        // Nobody told how much, or all of it.
        _ => false,
    }
}

/// What we say.
fn say(attempt: &Attempt) -> Saying {
    let money = attempt.captured.or(attempt.order.money);
    let back = attempt.refunded();
    let seconds = attempt.standing_seconds();
    let seconds = seconds.filter_map(|second| second.transaction_id.clone());
    let own = attempt.transaction_id.clone();
    Saying {
        state: Some(attempt.state.as_str().to_owned()),
        amount: money.map(|money| money.to_wire()),
        refunded_amount: Some(back)
            .filter(|back| !back.is_zero())
            .map(|back| back.to_wire()),
        currency: money.map(|money| money.currency.as_str().to_owned()),
        transaction_ids: own.into_iter().chain(seconds).collect(),
        order_ids: Vec::new(),
    }
}

/// What the gateway says.
fn said(listed: &Listed) -> Saying {
    let (state, back) = match listed.back {
        Back::Nothing => ("paid", None),
        Back::Part(back) => ("partly_cancelled", back),
        Back::AtLeast(back) => ("partly_cancelled", Some(back)),
        Back::Whole => ("cancelled", None),
        Back::Unclear => ("unknown", None),
    };
    let money = listed.amount.or(back);
    Saying {
        state: Some(state.to_owned()),
        amount: listed.amount.map(|money| money.to_wire()),
        refunded_amount: back.map(|back| back.to_wire()),
        currency: money.map(|money| money.currency.as_str().to_owned()),
        transaction_ids: Some(listed.transaction_id.clone())
            .into_iter()
            .filter(|id| !id.is_empty())
            .collect(),
        order_ids: Vec::new(),
    }
}

#[cfg(test)]
#[path = "join_tests.rs"]
mod tests;
