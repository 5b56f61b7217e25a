//! A part went back: whose it is, and how much that makes in total.

use std::collections::BTreeSet;

use paypair_protocol::Money;

use super::{Turn, difference, differs};
use crate::evidence::Evidence;
use crate::{CallOutcome, Effect, MoneyOp, Publication, RefundCase, RefundState, State, Suspected};

impl Turn {
    /// A lookup shows that a part of the payment went back. How much in total, not every gateway says.
    pub(super) fn partly_given_back(&mut self, evidence: &Evidence) {
        use State::*;
        if evidence.is_pushed() {
            let what = Suspected::Cancellation;
            return self.suspect_end(what, evidence, "cancellation_unproven");
        }
        if self.is_of_another(evidence) {
            return self.alert("order_id_differs");
        }
        if differs(&self.next.transaction_id, evidence.transaction_id()) || self.is_gone(evidence) {
            return self.alert("cancellation_differs");
        }
        let known = self.next.refunded();
        let seen = Seen {
            known,
            total: evidence
                .refunded()
                .filter(|total| total.currency == known.currency),
            least: evidence
                .refunded_at_least()
                .filter(|least| least.currency == known.currency && least.minor > known.minor),
        };
        let total = seen.total;
        if seen.is_all_of(self.next.captured)
            && matches!(
                self.next.state,
                Paid | PartiallyRefunded | RefundPending | InDoubt
            )
            && !self
                .next
                .refund
                .as_ref()
                .is_some_and(|case| self.is_second(case))
        {
            // Parts that add up to the whole: nothing is left, whoever gave them back.
            let case = self.next.refund.take();
            return self.all_given_back(case, evidence);
        }
        if self.waits_for_money() {
            match self.unlike_the_order(evidence) {
                None => {
                    self.next.refunds_unclear = false;
                    self.paid(evidence.clone());
                }
                Some(code) if !matches!(self.next.state, Confirming | Charging) => {
                    return self.contradict_in_part(code, evidence, total);
                }
                // The call's own answer comes first.
                Some(_) => {}
            }
        }
        match self.next.state {
            Paid | PartiallyRefunded => self.seen_in_part(&seen),
            RefundPending | InDoubt | Discrepant => match self.next.refund.take() {
                Some(case) if !self.is_second(&case) => {
                    self.maybe_ours(case, known, total, evidence)
                }
                None if self.next.state == Discrepant && self.next.captured.is_some() => {
                    self.seen_in_dispute(&seen, evidence)
                }
                case => {
                    self.next.refund = case;
                    self.alert("partial_refund_out_of_place");
                }
            },
            _ => self.alert("partial_refund_out_of_place"),
        }
    }

    /// Nobody has heard of money so far, or has given it up: what a part went back of is news.
    fn waits_for_money(&self) -> bool {
        use State::*;
        let state = self.next.state;
        let waits = state.is_soft_end()
            || matches!(
                state,
                Requested | Authenticated | Confirming | Charging | AwaitingDeposit | PendingReview
            )
            || (state == InDoubt && self.next.doubt != Some(MoneyOp::Refund));
        waits && self.next.captured.is_none()
    }

    /// Why what a part went back of does not pay for the order, as a reason code.
    fn unlike_the_order(&self, evidence: &Evidence) -> Option<&'static str> {
        if self.next.clash.is_some() {
            return Some("transaction_id_taken");
        }
        let rival = self.next.rival.map(|_| "second_capture");
        let sum_untold = evidence.money().is_none().then_some("partly_cancelled");
        difference(&self.next, evidence).or(rival).or(sum_untold)
    }

    /// There was money, and it is not known to be the order's: a person hears of it.
    fn contradict_in_part(
        &mut self,
        code: &'static str,
        evidence: &Evidence,
        total: Option<Money>,
    ) {
        self.end_capture_call(CallOutcome::Done);
        self.contradict(code, evidence.clone(), false);
        if self.next.clash.is_some() {
            return;
        }
        match evidence.money().filter(|_| total.is_some()) {
            Some(whole) => {
                self.next.captured = Some(whole);
                self.saw_refunded(total);
            }
            // What was paid may be shown yet, and is asked for.
            None => {
                self.next.refunds_unclear = true;
                self.next.checks = 0;
            }
        }
    }

    /// A part went back of a payment of which nobody has shown the whole.
    pub(super) fn lacks_the_whole(&self) -> bool {
        let it = &self.next;
        it.state == State::Discrepant && it.captured.is_none() && it.refunds_unclear
    }

    /// A part went back, and no refund of ours is running.
    fn seen_in_part(&mut self, seen: &Seen) {
        let news = self.next.state == State::PartiallyRefunded && seen.is_more();
        if self.next.gave_up_a_refund() && (seen.is_more() || seen.is_first_unclear()) {
            // Somebody may have asked for another since.
            self.alert("refund_after_all");
            self.next.reason = None;
        }
        self.count_seen(seen);
        if news {
            let more = Publication::PartiallyRefunded;
            self.effects.push(Effect::Publish(more));
        }
        self.enter(State::PartiallyRefunded);
    }

    /// A part of what is in dispute went back, and no refund of ours is running: by hand, or one of ours that was refused. It stays in
    /// dispute, and what went back of it counts.
    fn seen_in_dispute(&mut self, seen: &Seen, evidence: &Evidence) {
        let news = seen.is_more() || (seen.is_first_unclear() && !self.next.refunds_unclear);
        if news && self.next.looks_behind_a_refund() {
            self.alert("refund_after_all");
        }
        if seen.is_all_of(self.next.captured) && !self.next.has_standing_second() {
            return self.all_given_back(None, evidence);
        }
        self.count_seen(seen);
        if news {
            let part = Publication::PartiallyRefunded;
            self.effects.push(Effect::Publish(part));
        }
    }

    fn count_seen(&mut self, seen: &Seen) {
        match seen.total {
            Some(_) => {
                self.saw_refunded(seen.total);
                self.next.refunds_unclear = false;
            }
            // More than we know of may have gone back; how much, nobody says.
            None => {
                self.saw_refunded(seen.least);
                self.next.refunds_unclear |= seen.known.is_zero() || seen.least.is_some();
            }
        }
    }

    /// A part went back while a refund of ours runs, or is in doubt. Only the total tells whether it is ours.
    fn maybe_ours(
        &mut self,
        case: RefundCase,
        known: Money,
        total: Option<Money>,
        evidence: &Evidence,
    ) {
        let with_ours = known.minor.saturating_add(case.money.minor);
        let in_doubt = self.next.doubt == Some(MoneyOp::Refund);
        let beside = |total: Money| total.minor > known.minor && total.minor != with_ours;
        if !in_doubt && total.is_some_and(beside) {
            self.suspect_more_than_ours(evidence);
        }
        let twin = self.has_an_equal_part_beside(&case);
        let hides_ours = |total: &u64| *total < with_ours && twin;
        match total.map(|total| total.minor).filter(|it| !hides_ours(it)) {
            Some(total) if total == with_ours => {
                self.finish(MoneyOp::Refund, CallOutcome::Done);
                self.went_back(&case);
            }
            // Less than ours would make it. If it is more than is known, that went back by hand, or by a refund of ours that was refused:
            // it is counted by the look that follows the end of this one, since one answer may be wrong.
            Some(total) if total < with_ours => {
                self.next.refund = Some(case);
                if in_doubt {
                    self.not_given_back(evidence);
                }
            }
            // More than ours would make it. Refunds of ours that were refused may have been done: beside this one, or without it.
            Some(total) if in_doubt && self.is_made_by_ours(total, case.money) => {
                self.alert("refund_after_all");
                self.finish(MoneyOp::Refund, CallOutcome::Done);
                let others = total.saturating_sub(case.money.minor);
                self.saw_refunded(Some(Money {
                    minor: others,
                    ..known
                }));
                self.went_back(&case);
            }
            Some(total) if in_doubt && self.is_made_by_ours(total, Money { minor: 0, ..known }) => {
                self.next.refund = Some(case);
                self.not_given_back(evidence);
            }
            _ => {
                self.next.refund = Some(case);
                if in_doubt {
                    self.forget_absences();
                    self.alert("refund_total_unclear");
                }
            }
        }
    }

    /// Whether the list may show the part that runs and an equal one of ours as one.
    fn has_an_equal_part_beside(&self, case: &RefundCase) -> bool {
        let it = &self.next;
        let running = it.refunds.last().filter(|line| line.is_unresolved());
        running.is_some_and(|line| it.has_equal_part_beside(case.money, line.asked_at))
    }

    /// Whether this total is what is done, this much more, and some of what was refused though it reached the gateway.
    fn is_made_by_ours(&self, total: u64, more: Money) -> bool {
        let own = self.next.refunds.iter();
        let own: Vec<_> = own.filter(|line| line.is_of_own(&self.next)).collect();
        let done = own.iter().filter(|line| line.state == RefundState::Done);
        let done = done.fold(more.minor, |sum, line| sum.saturating_add(line.money.minor));
        let Some(rest) = total.checked_sub(done) else {
            return false;
        };
        let refused = own.iter().filter(|line| line.was_refused_there());
        // All sums that some of them make; of so many refusals that these are countless, a person says more.
        let mut sums = BTreeSet::from([0]);
        for line in refused.take(REFUSALS) {
            let with: Vec<u64> = sums
                .iter()
                .map(|sum: &u64| sum.saturating_add(line.money.minor))
                .collect();
            sums.extend(with);
        }
        sums.contains(&rest)
    }
}

/// Of so many refused refunds it is tried which of them make a total.
const REFUSALS: usize = 10;

/// How much is said to have gone back, and how much of it was known.
struct Seen {
    known: Money,
    /// In total.
    total: Option<Money>,
    /// At least, if that is more than was known; what else went back nobody says.
    least: Option<Money>,
}

impl Seen {
    fn is_more(&self) -> bool {
        let more = |total: Money| total.minor > self.known.minor;
        self.total.is_some_and(more) || self.least.is_some()
    }

    /// Something went back of what nothing was known to be back of, and nobody says how much.
    fn is_first_unclear(&self) -> bool {
        self.total.is_none() && self.known.is_zero()
    }

    /// Nothing is left of what was captured.
    fn is_all_of(&self, captured: Option<Money>) -> bool {
        let back = self.total.or(self.least);
        back.is_some_and(|back| captured.is_some_and(|all| back.minor >= all.minor))
    }
}
