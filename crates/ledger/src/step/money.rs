//! Money calls: what becomes of them, refunds, and what a person settles.

use super::{Taken, Turn, differs};
use crate::evidence::Evidence;
use crate::{CallOutcome, Effect, MoneyOp, Reason, RefundCase, Resolution, State};

impl Turn {
    pub(super) fn call_unknown(&mut self, op: MoneyOp, reason: Reason) -> Taken {
        match op {
            MoneyOp::Confirm => self.only(&[State::Confirming], "not_confirming")?,
            MoneyOp::Refund => {
                self.only(
                    &[State::RefundPending, State::Discrepant],
                    "no_refund_running",
                )?;
                self.unless(self.next.refund.is_none(), "no_refund_running")?;
            }
            MoneyOp::Charge | MoneyOp::DeleteBillingKey => return Err(self.refusal("not_yet")),
        }
        self.finish(op, CallOutcome::Unknown);
        self.next.doubt = Some(op);
        self.next.reason = Some(reason);
        self.forget_absences();
        self.enter(State::InDoubt);
        self.look_from_the_start();
        Ok(())
    }

    pub(super) fn call_not_sent(&mut self, op: MoneyOp) -> Taken {
        match op {
            MoneyOp::Confirm => {
                self.only(&[State::Confirming], "not_confirming")?;
                self.finish(op, CallOutcome::NotSent);
                self.next.confirm_began_at = None;
                self.enter(State::Authenticated);
            }
            MoneyOp::Refund => {
                self.only(
                    &[State::RefundPending, State::Discrepant],
                    "no_refund_running",
                )?;
                self.unless(self.next.refund.is_none(), "no_refund_running")?;
                let reason = self
                    .next
                    .reason
                    .clone()
                    .unwrap_or_else(|| Reason::new("refund_not_sent"));
                self.refund_failed(CallOutcome::NotSent, reason);
            }
            MoneyOp::Charge | MoneyOp::DeleteBillingKey => return Err(self.refusal("not_yet")),
        }
        Ok(())
    }

    pub(super) fn refund_asked(&mut self, why: String) -> Taken {
        self.unless(self.next.refund.is_some(), "refund_running")?;
        self.only(&[State::Paid, State::Discrepant], "nothing_to_refund")?;
        let Some(money) = self.next.captured else {
            return Err(self.refusal("nothing_to_refund"));
        };
        let back_to = self.next.state;
        self.enter(State::RefundPending);
        self.refund(RefundCase {
            id: None,
            partial: false,
            accepted: false,
            transaction_id: self.next.transaction_id.clone(),
            money,
            back_to,
            why,
        });
        Ok(())
    }

    pub(super) fn refund(&mut self, case: RefundCase) {
        self.next.refund = Some(case);
        self.effects.push(Effect::Call(MoneyOp::Refund));
    }

    pub(super) fn refund_failed(&mut self, outcome: CallOutcome, reason: Reason) {
        let Some(case) = self.next.refund.take() else {
            return;
        };
        self.finish(MoneyOp::Refund, outcome);
        self.rest();
        self.next.reason = Some(reason);
        self.enter_quietly(case.back_to);
    }

    /// A refund is in doubt and the payment is still there: so often, and for so long, that it did not happen?
    pub(super) fn not_given_back(&mut self, evidence: &Evidence) {
        let wanted = self
            .next
            .refund
            .as_ref()
            .and_then(|case| case.transaction_id.clone());
        if !evidence.is_pushed()
            && !differs(&wanted, evidence.transaction_id())
            && self.one_more_absence()
        {
            self.refund_failed(CallOutcome::Declined, Reason::new("refund_absent"));
        } else {
            self.look_later();
        }
    }

    pub(super) fn resolved(&mut self, resolution: Resolution) -> Taken {
        self.only(&[State::InDoubt, State::Discrepant], "nothing_to_resolve")?;
        let refunding = self.next.refund.take();
        let of_refund = self.next.doubt == Some(MoneyOp::Refund);
        self.unless(refunding.is_some() && !of_refund, "refund_running")?;
        match resolution {
            Resolution::NotCaptured => {
                self.unless(of_refund, "money_was_captured")?;
                self.end_confirm(CallOutcome::Declined);
                self.end_by(State::Declined, Reason::new("settled_by_operator"));
            }
            Resolution::NotRefunded => return Err(self.refusal("not_yet")),
            Resolution::Refunded => {
                self.end_confirm(CallOutcome::Done);
                if of_refund {
                    self.finish(MoneyOp::Refund, CallOutcome::Done);
                }
                self.rest();
                self.next.reason = Some(Reason::new("settled_by_operator"));
                self.enter(State::Refunded);
            }
        }
        Ok(())
    }
}
