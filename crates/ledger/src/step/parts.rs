//! A part went back: whose it is, and how much that makes in total.

use paypair_protocol::{Money, Work};

use super::{Turn, difference, differs};
use crate::evidence::Evidence;
use crate::{CallOutcome, Effect, MoneyOp, Publication, RefundCase, State, Suspected};

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
        let total = evidence
            .refunded()
            .filter(|total| total.currency == known.currency);
        let whole = self.next.captured;
        if total.is_some_and(|total| whole.is_some_and(|whole| total.minor >= whole.minor))
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
        if total.is_some() && self.was_paid(evidence) {
            self.paid(evidence.clone());
        }
        match self.next.state {
            Paid | PartiallyRefunded => self.seen_in_part(known, total),
            RefundPending | InDoubt | Discrepant => match self.next.refund.take() {
                Some(case) if !self.is_second(&case) => {
                    self.maybe_ours(case, known, total, evidence)
                }
                case => {
                    self.next.refund = case;
                    self.alert("partial_refund_out_of_place");
                }
            },
            _ => self.alert("partial_refund_out_of_place"),
        }
    }

    /// What a part went back of was paid: is it the payment that we wait for, or have given up?
    fn was_paid(&self, evidence: &Evidence) -> bool {
        use State::*;
        let state = self.next.state;
        let waits = state.is_soft_end()
            || matches!(
                state,
                Requested | Authenticated | Confirming | Charging | AwaitingDeposit | PendingReview
            )
            || (state == InDoubt && self.next.doubt != Some(MoneyOp::Refund));
        waits
            && self.next.captured.is_none()
            && self.next.rival.is_none()
            && self.next.clash.is_none()
            && self.next.order.work != Work::Register
            && evidence.money().is_some()
            && difference(&self.next, evidence).is_none()
    }

    /// A part went back, and no refund of ours is running.
    fn seen_in_part(&mut self, known: Money, total: Option<Money>) {
        let more = total.is_some_and(|total| total.minor > known.minor);
        let news = self.next.state == State::PartiallyRefunded && more;
        if self.next.gave_up_a_refund() && (more || (total.is_none() && known.is_zero())) {
            // Somebody may have asked for another since.
            self.alert("refund_after_all");
            self.next.reason = None;
        }
        match total {
            Some(_) => {
                self.saw_refunded(total);
                self.next.refunds_unclear = false;
            }
            // More than we know of may have gone back; how much, nobody says.
            None => self.next.refunds_unclear |= known.is_zero(),
        }
        if news {
            let more = Publication::PartiallyRefunded;
            self.effects.push(Effect::Publish(more));
        }
        self.enter(State::PartiallyRefunded);
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
        match total.map(|total| total.minor) {
            Some(total) if total == with_ours => {
                self.finish(MoneyOp::Refund, CallOutcome::Done);
                self.went_back(&case);
            }
            Some(total) if total == known.minor => {
                self.next.refund = Some(case);
                if in_doubt {
                    self.not_given_back(evidence);
                }
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
}
