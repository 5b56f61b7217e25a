//! Money calls: begun, in doubt, never sent; and what a person settles.

use super::{Taken, Turn};
use crate::attempt::BY_A_PERSON;
use crate::{
    BillingKeyState, CallOutcome, Effect, MoneyOp, Reason, RefundState, Resolution, State,
};

impl Turn {
    /// The last moment to see that the key may be charged, and for whom: the store looked in the same transaction.
    pub(super) fn charge_started(&mut self) -> Taken {
        self.only(&[State::Created], "already_charged")?;
        self.unless(self.next.order.charge.is_none(), "nothing_to_charge")?;
        // Capturing what we would have to give back helps nobody.
        self.unless(self.next.rival.is_some(), "order_already_paid")?;
        self.unless(self.next.live_sibling.is_some(), "other_attempt_live")?;
        let Some(owner) = &self.next.key_owner else {
            return Err(self.refusal("billing_key_not_active"));
        };
        self.unless(
            owner.customer_id != self.next.order.customer.id,
            "billing_key_of_other_customer",
        )?;
        self.unless(
            owner.state != BillingKeyState::Active,
            "billing_key_not_active",
        )?;
        self.enter(State::Charging);
        self.effects.push(Effect::Call(MoneyOp::Charge));
        Ok(())
    }

    pub(super) fn call_declined(&mut self, op: MoneyOp, reason: Reason) {
        self.finish(op, CallOutcome::Declined);
        self.end_by(State::Declined, reason);
        // Nothing else would tell us, should money have moved all the same; and the order is going to be paid again.
        self.look_from_the_start();
    }

    pub(super) fn call_unknown(&mut self, op: MoneyOp, reason: Reason) -> Taken {
        match op {
            MoneyOp::Confirm => self.only(&[State::Confirming], "not_confirming")?,
            MoneyOp::Charge => self.only(&[State::Charging], "not_charging")?,
            MoneyOp::Refund => {
                self.refund_is_running()?;
                self.mark_unresolved(RefundState::Unknown);
            }
            MoneyOp::DeleteBillingKey => return self.key_call_unknown(reason),
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
            MoneyOp::Charge => {
                self.only(&[State::Charging], "not_charging")?;
                self.finish(op, CallOutcome::NotSent);
                self.end_by(State::Declined, Reason::new("not_sent"));
            }
            MoneyOp::Refund => {
                self.refund_is_running()?;
                self.refund_not_sent();
            }
            MoneyOp::DeleteBillingKey => self.key_delete_not_sent()?,
        }
        Ok(())
    }

    /// A refund's call may be on its way. One the gateway has accepted is not: its call is over.
    fn refund_is_running(&self) -> Taken {
        use State::*;
        self.only(&[RefundPending, Discrepant], "no_refund_running")?;
        let running = self.next.refund.as_ref().is_some_and(|case| !case.accepted);
        self.unless(!running, "no_refund_running")
    }

    pub(super) fn resolved(&mut self, resolution: Resolution) -> Taken {
        use State::*;
        let open: &[State] = match resolution {
            Resolution::ChargedBack => &[Paid, PartiallyRefunded, Discrepant],
            // Nothing but the gateway's list would end it, and that may never say.
            Resolution::NotCaptured => &[InDoubt, Discrepant, RefundPending, PendingReview],
            // Of an end too: what was told of it came beside another attempt that was open then, or a person was mistaken.
            Resolution::Captured => &[PendingReview, Declined, Cancelled, Expired],
            _ => &[InDoubt, Discrepant, RefundPending],
        };
        self.only(open, "nothing_to_resolve")?;
        let case = self.next.refund.take();
        let of_refund = self.next.doubt == Some(MoneyOp::Refund)
            || case.as_ref().is_some_and(|case| case.accepted);
        self.unless(case.is_some() && !of_refund, "refund_running")?;
        match resolution {
            Resolution::Captured => self.was_captured()?,
            Resolution::NotCaptured => {
                // A person does not overrule evidence.
                let captured = self.next.captured.is_some() || self.next.refunds_unclear;
                self.unless(of_refund || captured, "money_was_captured")?;
                self.end_capture_call(CallOutcome::Declined);
                self.end_by(Declined, Reason::new(BY_A_PERSON));
                // A list may lag behind a person too, and the order is going to be paid again.
                self.look_from_the_start();
            }
            Resolution::NotRefunded => {
                self.unless(!of_refund, "no_refund_in_doubt")?;
                self.next.refund = case;
                let reason = Reason::new(BY_A_PERSON);
                self.refund_failed(CallOutcome::Declined, reason);
            }
            Resolution::Refunded => {
                self.end_capture_call(CallOutcome::Done);
                if let Some(case) = case {
                    self.finish(MoneyOp::Refund, CallOutcome::Done);
                    self.went_back(&case);
                    // It was in doubt, perhaps, because more than it went back.
                    if matches!(self.next.state, PartiallyRefunded | Discrepant) {
                        self.look_from_the_start();
                    }
                } else {
                    self.rest();
                    self.saw_refunded(self.next.captured);
                    self.forget_seconds();
                    self.enter(Refunded);
                }
                // A second payment that still stands is the better reason, and one that stands no more leaves none.
                if matches!(self.next.state, Refunded | PartiallyRefunded) {
                    self.next.reason = Some(Reason::new(BY_A_PERSON));
                }
            }
            Resolution::SecondRefunded => {
                self.unless(of_refund || case.is_some(), "refund_running")?;
                self.unless(!self.next.has_standing_second(), "no_second_payment")?;
                self.forget_seconds();
                self.own_again();
            }
            Resolution::ChargedBack => {
                self.unless(case.is_some(), "refund_running")?;
                self.unless(self.next.captured.is_none(), "nothing_to_resolve")?;
                // One of the two was taken back, and the other stands: a person says what became of it first.
                self.unless(self.next.has_standing_second(), "second_payment_stands")?;
                self.end_by(ChargedBack, Reason::new(BY_A_PERSON));
                self.rest();
            }
        }
        Ok(())
    }

    /// A person says of what was signed that it is what it says. Nothing else of theirs is taken: neither an amount nor a name.
    fn was_captured(&mut self) -> Taken {
        let known = self.next.captured.is_some() || self.next.refunds_unclear;
        let said = self.next.capture_to_confirm().filter(|_| !known);
        let Some(money) = said else {
            return Err(self.refusal("nothing_to_resolve"));
        };
        // Two names, and one payment: which is its own a list may tell, some day.
        let name = self.next.unproven_name().map(str::to_owned);
        self.unless(self.next.rival.is_some(), "order_already_paid")?;
        // The buyer may pay there, or have paid: that ends first.
        self.unless(self.next.live_sibling.is_some(), "other_attempt_live")?;
        self.unless(self.next.undecided_sibling.is_some(), "other_attempt_open")?;
        self.unless(self.next.clash.is_some(), "transaction_id_taken")?;
        self.answer_suspicions(money);
        self.next.captured = Some(money);
        self.next.transaction_id = name;
        self.next.paid_at = Some(self.now);
        self.next.reason = Some(Reason::new(BY_A_PERSON));
        self.rest();
        self.enter(State::Paid);
        Ok(())
    }
}
