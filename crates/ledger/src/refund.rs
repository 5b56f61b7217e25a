//! Giving money back: the case that is running, and the history of all.

use std::time::Duration;

use paypair_protocol::{Gateway, Money};
use serde::{Deserialize, Serialize};

use crate::{Attempt, OrderView, State, Timestamp};

/// A refund that is running, or is wanted: of what, why, and where the attempt stands if the gateway says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundCase {
    /// The merchant's own id of it.
    pub id: Option<String>,
    /// The payment to give back; not always the attempt's own (a second capture).
    pub transaction_id: Option<String>,
    /// How much.
    pub money: Money,
    /// Less than the whole payment: the gateway's partial cancellation, for the last part too.
    pub partial: bool,
    /// The gateway took the order and will do it later.
    pub accepted: bool,
    /// Where to go back to if the refund did not happen.
    pub back_to: State,
    /// The merchant's words, or our reason code.
    pub why: String,
}

/// A payment beside the attempt's own: the gateway captured twice under one order id. It pays for nothing, and is given back whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondPayment {
    /// The gateway's id of it; none if an earlier version of this ledger saw it, which did not keep it.
    pub transaction_id: Option<String>,
    /// How much was captured.
    pub money: Money,
    /// The method the buyer used for it, if the gateway said.
    pub method: Option<String>,
    /// When it was first seen.
    pub seen_at: Timestamp,
    /// It went back, whoever gave it back.
    pub is_back: bool,
    /// The attempt's own payment stood beyond dispute when this one was found: it counts again once this one is back.
    pub own_stood: bool,
}

/// What a refund would give back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returnable {
    /// The gateway's id of the payment, if one was told.
    pub transaction_id: Option<String>,
    /// What was captured by it.
    pub captured: Money,
    /// What is left of it.
    pub left: Money,
    /// Whether it is a second payment, not the attempt's own.
    pub is_second: bool,
}

impl Attempt {
    /// The second payments that stand: captured, and not given back.
    pub fn standing_seconds(&self) -> impl Iterator<Item = &SecondPayment> {
        self.second_payments.iter().filter(|second| !second.is_back)
    }

    /// Whether a second payment stands.
    pub fn has_standing_second(&self) -> bool {
        self.standing_seconds().next().is_some()
    }

    /// The second payment with this id, standing or not.
    pub fn second_payment(&self, transaction_id: Option<&str>) -> Option<&SecondPayment> {
        let named = |second: &&SecondPayment| {
            transaction_id.is_some() && second.transaction_id.as_deref() == transaction_id
        };
        self.second_payments.iter().find(named)
    }

    /// The line of the refund that is running, or in doubt.
    pub fn running_refund(&self) -> Option<&RefundLine> {
        self.refund.as_ref()?;
        self.refunds.last().filter(|line| line.is_unresolved())
    }

    /// What is left of a second payment: a gateway may have answered that less of it went back than we asked for.
    fn left_of_second(&self, second: &SecondPayment) -> Money {
        let of_it = |line: &&RefundLine| {
            line.state == RefundState::Done
                && line.transaction_id == second.transaction_id
                && line.money.currency == second.money.currency
        };
        let back = self.refunds.iter().filter(of_it);
        let back = back.fold(0_u64, |sum, line| sum.saturating_add(line.money.minor));
        Money {
            minor: second.money.minor.saturating_sub(back),
            ..second.money
        }
    }

    /// Whether this payment was captured by it, as its own or as a second one.
    fn bears(&self, transaction_id: Option<&str>) -> bool {
        let own = self.captured.is_some() && self.transaction_id.as_deref() == transaction_id;
        own || self.second_payment(transaction_id).is_some()
    }

    /// Whether something is left that could be given back, now or once a refund that is running has ended.
    fn holds_money(&self) -> bool {
        !self.state.is_terminal() && self.returnable(None) != Err("nothing_to_refund")
    }

    /// The payment that a refund is about: the one it names, else the only one of which something is left. An error is a code:
    ///
    /// - `nothing_to_refund`: nothing was captured, or nothing is left;
    /// - `payment_not_named`: more than one payment stands;
    /// - `payment_unknown`: none that stands bears this id;
    /// - `payment_unnameable`: more than one stands, and Payple's refund names the order alone: it could give back the wrong one.
    pub fn returnable(&self, transaction_id: Option<&str>) -> Result<Returnable, &'static str> {
        if self.has_standing_second() && self.order.gateway == Gateway::Payple {
            return Err("payment_unnameable");
        }
        let own = self.captured.map(|captured| Returnable {
            transaction_id: self.transaction_id.clone(),
            captured,
            left: Money {
                minor: captured.minor.saturating_sub(self.refunded().minor),
                ..captured
            },
            is_second: false,
        });
        let seconds = self.standing_seconds().map(|second| Returnable {
            transaction_id: second.transaction_id.clone(),
            captured: second.money,
            left: self.left_of_second(second),
            is_second: true,
        });
        let standing = own.into_iter().chain(seconds);
        let mut fitting = standing.filter(|payment| {
            let named = |id| payment.transaction_id.as_deref() == Some(id);
            transaction_id.map_or_else(|| !payment.left.is_zero(), named)
        });
        match (fitting.next(), fitting.next()) {
            (None, _) if transaction_id.is_some() => Err("payment_unknown"),
            // A gateway that told no id of the payment cannot be asked for it.
            (Some(payment), None) if payment.is_second && payment.transaction_id.is_none() => {
                Err("payment_unnameable")
            }
            (Some(payment), None) if !payment.left.is_zero() => Ok(payment),
            (_, None) => Err("nothing_to_refund"),
            (_, Some(_)) => Err("payment_not_named"),
        }
    }

    /// How long a refund of so much had better wait before it is asked for. Of two equal parts of one second at Payletter nobody could
    /// say later whether both were made, so it counts, too, what was refused and may be done all the same.
    pub fn wait_for_its_own_second(&self, money: Money, now: Timestamp) -> Option<Duration> {
        let may_be_there =
            |line: &&RefundLine| line.state == RefundState::Done || line.was_refused_there();
        let beside = self.equal_parts_beside(money, now).filter(may_be_there);
        let ended = beside.filter_map(|line| line.ended_at);
        let left = |ended: Timestamp| {
            (ended.since(now) + ONE_SECOND_BY_TWO_CLOCKS).saturating_sub(now.since(ended))
        };
        ended.map(left).max()
    }

    /// Whether an equal part was done that Payletter's list may show as one with a part of this moment.
    pub(crate) fn has_equal_part_beside(&self, money: Money, at: Timestamp) -> bool {
        let mut beside = self.equal_parts_beside(money, at);
        beside.any(|line| line.state == RefundState::Done)
    }

    /// Equal parts that ended at this moment. Payletter's list knows a cancellation by payment, amount and second, and may show one twice,
    /// so two that are alike count as one.
    fn equal_parts_beside(&self, money: Money, at: Timestamp) -> impl Iterator<Item = &RefundLine> {
        let is_payletter = self.order.gateway == Gateway::Payletter;
        // By a clock that may have been put back between the two.
        let is_beside =
            move |ended: Timestamp| at.since(ended).max(ended.since(at)) < ONE_SECOND_BY_TWO_CLOCKS;
        self.refunds.iter().filter(move |line| {
            let equal = line.money == money && line.is_of_own(self);
            is_payletter && equal && line.ended_at.is_some_and(is_beside)
        })
    }
}

const ONE_SECOND_BY_TWO_CLOCKS: Duration = Duration::from_secs(2);

impl OrderView {
    /// The attempt that a refund is about: the one that bears the named payment, else the only one that holds money; none if no attempt
    /// does. Two attempts of an order may both be paid: a window that was left stays open at the gateway. An error is a code of
    /// [`Attempt::returnable`].
    pub fn to_give_back(
        &self,
        transaction_id: Option<&str>,
    ) -> Result<Option<&Attempt>, &'static str> {
        let mut attempts = self.attempts.iter().rev();
        if transaction_id.is_some() {
            return Ok(attempts.find(|attempt| attempt.bears(transaction_id)));
        }
        let holding: Vec<&Attempt> = attempts.filter(|attempt| attempt.holds_money()).collect();
        match holding[..] {
            [] => Ok(None),
            [only] => Ok(Some(only)),
            // Nothing could be named.
            _ if holding.iter().all(|held| held.transaction_id.is_none()) => {
                Err("payment_unnameable")
            }
            _ => Err("payment_not_named"),
        }
    }
}

/// One refund in an attempt's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundLine {
    /// Its number among the attempt's refunds, which its call's outcome names. An older file has 0.
    pub no: u32,
    /// The merchant's own id of it.
    pub id: Option<String>,
    /// The payment it gives back; not always the attempt's own (a second capture).
    pub transaction_id: Option<String>,
    /// How much.
    pub money: Money,
    /// Where it stands.
    pub state: RefundState,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When it was done or declined.
    pub ended_at: Option<Timestamp>,
    /// Begun by ourselves, and a call for it provably never left: it is still owed, and begun again.
    pub not_sent: bool,
    /// It ended because its call provably never left, whoever asked for it: nothing of it is at the gateway.
    pub never_left: bool,
}

impl RefundLine {
    /// One refund runs at a time: it is the last one.
    pub(crate) fn is_unresolved(&self) -> bool {
        matches!(self.state, RefundState::Pending | RefundState::Unknown)
    }

    /// Whether what is said to have gone back, so much if it says so, may be this one.
    pub(crate) fn may_be(&self, money: Option<Money>) -> bool {
        self.state != RefundState::Declined && money.is_none_or(|money| money == self.money)
    }

    /// Whether the gateway refused it. It may have been done all the same.
    pub(crate) fn was_refused_there(&self) -> bool {
        self.state == RefundState::Declined && !self.never_left
    }

    /// Whether it gave back the attempt's own payment.
    pub(crate) fn counts_for(&self, attempt: &Attempt) -> bool {
        self.state == RefundState::Done && self.is_of_own(attempt)
    }

    /// Whether it is about the attempt's own payment.
    pub(crate) fn is_of_own(&self, attempt: &Attempt) -> bool {
        let other = matches!(
            (&self.transaction_id, &attempt.transaction_id),
            (Some(given_back), Some(own)) if given_back != own
        );
        !other
    }
}

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// On its way, or taken by the gateway to be done later.
    Pending,
    /// The money went back.
    Done,
    /// It was refused, or provably did not happen.
    Declined,
    /// It may have happened.
    Unknown,
}
