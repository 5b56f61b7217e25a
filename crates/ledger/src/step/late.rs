//! Answers of refunds that do not run any more: a lookup was faster, or we had given them up, and another may run by now.

use super::{Taken, Turn, differs};
use crate::evidence::Evidence;
use crate::{Event, RefundCase, RefundLine, RefundState, State};

impl Turn {
    /// What became of a call whose refund does not run any more: another one may, and this tells nothing of it.
    pub(super) fn ended_late(&mut self, no: u32, outcome: Event) -> Taken {
        use State::*;
        let Event::RefundAnswered(evidence) = outcome else {
            return Err(self.refusal("no_refund_running"));
        };
        let at = self.next.refunds.iter().position(|line| line.no == no);
        let payment = at.and_then(|at| self.next.refunds.get(at)?.transaction_id.clone());
        self.receipt_seen(&evidence);
        if self.is_of_another(&evidence) {
            self.alert("order_id_differs");
        } else if differs(&payment, evidence.transaction_id()) {
            self.alert("cancellation_differs");
        } else if self.next.second_payment(payment.as_deref()).is_some() {
            let case = self.next.refund.as_ref();
            if case.is_some_and(|case| case.transaction_id == payment) {
                // Asked for again meanwhile: the gateway will say no, and its list why.
                self.alert("refund_after_all");
            } else {
                self.second_is_back(&evidence);
            }
        } else if !matches!(self.next.state, Refunded | ChargedBack) {
            self.answered_late(at, &evidence);
        }
        Ok(())
    }

    /// An answer when its refund does not run any more: a lookup was faster, or we had given it up.
    pub(super) fn answered_late(&mut self, at: Option<usize>, evidence: &Evidence) {
        let (own, now) = (self.next.transaction_id.clone(), self.now);
        let fits = |line: &RefundLine| {
            evidence.money().is_none_or(|money| money == line.money)
                && !differs(&own, line.transaction_id.as_deref())
        };
        let line = at.and_then(|at| self.next.refunds.get_mut(at));
        let Some(line) = line.filter(|line| fits(line)) else {
            return self.alert("refund_not_asked");
        };
        if line.state == RefundState::Done {
            return;
        }
        (line.state, line.ended_at) = (RefundState::Done, Some(now));
        let line = line.clone();
        self.count_beside_suspicions();
        self.alert("refund_after_all");
        if self.next.refund.is_some() {
            // What this leaves is seen when the one that runs has ended.
            return;
        }
        let case = RefundCase {
            id: line.id,
            transaction_id: line.transaction_id,
            money: line.money,
            partial: self.next.captured != Some(line.money),
            accepted: false,
            back_to: self.next.state,
            why: String::new(),
        };
        // Not counted again: a lookup may have shown it before its answer came.
        self.leave_after(&case);
    }
}
