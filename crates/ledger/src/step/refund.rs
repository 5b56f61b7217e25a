//! Giving money back: asked for, done, done in part, done later, in doubt.

use paypair_protocol::Money;

use super::{Taken, Turn, differs};
use crate::attempt::REFUND_ABSENT;
use crate::evidence::{Evidence, Source};
use crate::{
    CallOutcome, Effect, MoneyOp, Publication, Reason, RefundCase, RefundLine, RefundState, State,
    Suspected,
};

impl Turn {
    pub(super) fn refund_asked(
        &mut self,
        id: Option<String>,
        transaction_id: Option<&str>,
        money: Option<Money>,
        why: String,
    ) -> Taken {
        use State::*;
        let used = |line: &RefundLine| id.is_some() && line.id == id;
        self.unless(self.next.refunds.iter().any(used), "refund_id_used")?;
        self.unless(self.next.refund.is_some(), "refund_running")?;
        self.only(&[Paid, PartiallyRefunded, Discrepant], "nothing_to_refund")?;
        let payment = self.next.returnable(transaction_id);
        let payment = payment.map_err(|why| self.refusal(why))?;
        let (captured, left) = (payment.captured, payment.left);
        let money = match money {
            None => {
                let unclear = self.next.refunds_unclear && !payment.is_second;
                self.unless(unclear, "left_unknown")?;
                left
            }
            Some(money) => {
                self.unless(money.currency != left.currency, "currency_differs")?;
                self.unless(money.is_zero(), "nothing_to_refund")?;
                self.unless(money.minor > left.minor, "more_than_left")?;
                self.unless(money != left && id.is_none(), "refund_id_missing")?;
                // It pays for nothing, so there is nothing to keep of it.
                self.unless(payment.is_second && money != left, "second_payment_in_part")?;
                money
            }
        };
        let back_to = self.next.state;
        self.enter(RefundPending);
        self.refund(RefundCase {
            id,
            transaction_id: payment.transaction_id,
            money,
            partial: money != captured,
            accepted: false,
            back_to,
            why,
        });
        Ok(())
    }

    pub(super) fn refund(&mut self, case: RefundCase) {
        let last = self.next.refunds.iter().map(|line| line.no).max();
        let earlier = self.take_unsent_line(&case);
        let next = last.unwrap_or(0).saturating_add(1);
        let numbered = earlier.as_ref().map(|line| line.no).filter(|no| *no > 0);
        self.next.refunds.push(RefundLine {
            // What never left is not answered late: the same refund keeps its number, if it has one.
            no: numbered.unwrap_or(next),
            id: case.id.clone(),
            transaction_id: case.transaction_id.clone(),
            money: case.money,
            state: RefundState::Pending,
            asked_at: earlier.as_ref().map_or(self.now, |line| line.asked_at),
            ended_at: None,
            not_sent: earlier.is_some(),
            never_left: false,
        });
        self.next.refund = Some(case);
        self.effects.push(Effect::Call(MoneyOp::Refund));
    }

    /// The gateway took the order and will do it later. Only its list, or a person, says when it is done.
    pub(super) fn refund_accepted(&mut self, evidence: &Evidence) -> Taken {
        let Some(case) = &self.next.refund else {
            return Err(self.refusal("no_refund_running"));
        };
        self.unless(case.accepted, "already_accepted")?;
        if self.is_of_another(evidence)
            || differs(&case.transaction_id, evidence.transaction_id())
            || evidence.money().is_some_and(|money| money != case.money)
        {
            self.alert("refund_differs");
            return Ok(());
        }
        let back_to = case.back_to;
        if let Some(case) = &mut self.next.refund {
            case.accepted = true;
        }
        self.mark_unresolved(RefundState::Pending);
        self.finish(MoneyOp::Refund, CallOutcome::Done);
        if self.next.state == State::InDoubt {
            self.rest();
            self.next.reason = None;
            match back_to {
                State::Discrepant => self.enter_again(State::Discrepant),
                _ => self.enter_quietly(State::RefundPending),
            }
        }
        self.look_from_the_start();
        Ok(())
    }

    pub(super) fn refund_failed(&mut self, outcome: CallOutcome, reason: Reason) {
        let Some(case) = self.next.refund.take() else {
            return;
        };
        self.finish(MoneyOp::Refund, outcome);
        self.end_line(&case, RefundState::Declined, case.money);
        self.rest();
        self.next.reason = Some(reason);
        // Of an earlier one that was given up it may have come out meanwhile that it went back.
        let left = self.next.captured.map(|captured| self.left_of(captured));
        match case.back_to {
            State::Paid | State::PartiallyRefunded if left.is_some_and(|left| left.is_zero()) => {
                self.next.reason = None;
                self.enter(State::Refunded);
            }
            State::Paid if left != self.next.captured => self.enter(State::PartiallyRefunded),
            back_to => self.enter_again(back_to),
        }
        // What never left is behind nothing.
        if outcome != CallOutcome::NotSent && self.next.looks_behind_a_refund() {
            self.look_from_the_start();
        }
    }

    /// A refund is in doubt, and the payment is still there, or no more went back than before: so often, and for so long, that it did
    /// not happen?
    pub(super) fn not_given_back(&mut self, evidence: &Evidence) {
        // That it was captured was known.
        if evidence.is_pushed() {
            return;
        }
        let other = self
            .next
            .refund
            .as_ref()
            .is_some_and(|case| differs(&case.transaction_id, evidence.transaction_id()));
        if other && differs(&self.next.transaction_id, evidence.transaction_id()) {
            self.note_second(evidence);
        }
        if other {
            self.look_when_due();
        } else if self.one_more_absence() {
            self.refund_failed(CallOutcome::Declined, Reason::new(REFUND_ABSENT));
        }
    }

    /// All of it went back, or our own refund was answered.
    pub(super) fn given_back(&mut self, evidence: Evidence) {
        use State::*;
        if evidence.is_pushed() {
            // No gateway's hash covers the kind of a notice: a captured success can be sent again as a cancellation.
            let what = Suspected::Cancellation;
            return self.suspect_end(what, &evidence, "cancellation_unproven");
        }
        if self.is_of_another(&evidence) {
            return self.alert("order_id_differs");
        }
        let own = |known: &Option<String>| {
            known.is_some() && known.as_deref() == evidence.transaction_id()
        };
        let id = evidence.transaction_id();
        let case = self.next.refund.as_ref();
        let of_second = self.next.second_payment(id).is_some();
        if evidence.gateway_order_id().is_none()
            && !own(&self.next.transaction_id)
            && !of_second
            && !case.is_some_and(|case| own(&case.transaction_id))
        {
            return self.alert("cancellation_unbound");
        }
        let second = case.is_some_and(|case| {
            self.is_second(case) && !differs(&case.transaction_id, evidence.transaction_id())
        });
        let case_is_second = case.is_some_and(|case| self.is_second(case));
        let nameless = id.is_none() && case.is_none() && self.next.has_standing_second();
        if of_second && !second {
            return self.second_is_back(&evidence);
        }
        if nameless || (!second && differs(&self.next.transaction_id, id)) {
            return self.alert("cancellation_differs");
        }
        if matches!(self.next.state, Refunded | ChargedBack | Registered) {
            return;
        }
        let answer = evidence.source() == Source::Refund;
        if self.next.state.is_soft_end() && !own(&self.next.transaction_id) {
            if !answer {
                // What told of it may still come, and pays nothing.
                self.note_gone(&evidence);
            }
            return;
        }
        if case_is_second && !second {
            // The attempt's own payment went back by another hand, while we give the second one back.
            if !answer {
                self.saw_refunded(self.next.captured);
            }
            return self.alert("cancellation_differs");
        }
        match self.next.refund.take() {
            Some(case) if answer || second => self.refund_answered(case, &evidence),
            None if answer && self.next.captured.is_some() => {
                let last = self.next.refunds.len().checked_sub(1);
                self.answered_late(last, &evidence)
            }
            // Of money that nobody knows of, nobody asked anything back.
            None if answer => self.alert("refund_not_asked"),
            case => self.all_given_back(case, &evidence),
        }
    }

    /// The answer to the refund that is running.
    fn refund_answered(&mut self, case: RefundCase, evidence: &Evidence) {
        self.finish(MoneyOp::Refund, CallOutcome::Done);
        let money = evidence.money().unwrap_or(case.money);
        if money == case.money {
            return self.went_back(&case);
        }
        self.count(&case, money);
        self.end_line(&case, RefundState::Done, money);
        self.rest();
        self.next.reason = Some(Reason::new(REFUND_AMOUNT_DIFFERS));
        self.enter(State::Discrepant);
    }

    /// A lookup shows that nothing of the payment is left, whoever gave it back.
    pub(super) fn all_given_back(&mut self, case: Option<RefundCase>, evidence: &Evidence) {
        use State::*;
        let whole = self.next.captured.or(self.next.order.money);
        // The lists show the amount of the cancellation: of the whole, or of what was left.
        let fits = [whole, whole.map(|whole| self.left_of(whole))];
        let shown = evidence.refunded().or_else(|| evidence.money());
        let amount_fits = shown.is_none() || fits.contains(&shown);
        if let Some(case) = &case {
            self.finish(MoneyOp::Refund, CallOutcome::Done);
            self.end_line(case, RefundState::Done, case.money);
        }
        self.end_capture_call(CallOutcome::Done);
        self.rest();
        if !amount_fits {
            self.next.reason = Some(Reason::new(REFUND_AMOUNT_DIFFERS));
            return self.enter(Discrepant);
        }
        let state = self.next.state;
        match state {
            // Nobody was told of it, and the buyer may pay once more in the same window. Where our confirm captures, that is over.
            Created | Requested | AwaitingDeposit | PendingReview
                if !self.captures_by_confirm()
                    && (self.note_gone(evidence)
                        || matches!(state, AwaitingDeposit | PendingReview)) =>
            {
                self.end_by(Cancelled, Reason::new("cancelled_by_gateway"));
                self.look_from_the_start();
            }
            _ => {
                self.learn_transaction(evidence);
                // What went back was captured, though we hear of both at once.
                self.next.captured = self.next.captured.or_else(|| evidence.money());
                self.saw_refunded(self.next.captured);
                self.enter(Refunded);
            }
        }
    }

    /// The refund is done: count it, and enter what that leaves.
    pub(super) fn went_back(&mut self, case: &RefundCase) {
        self.count(case, case.money);
        self.end_line(case, RefundState::Done, case.money);
        self.leave_after(case);
        if self.next.looks_behind_a_refund() {
            self.look_from_the_start();
        }
    }

    /// What was given back by hand stands in no line of ours: the total is that and ours together.
    fn count(&mut self, case: &RefundCase, money: Money) {
        let before = self.next.refunded();
        if !self.is_second(case) && money.currency == before.currency {
            self.saw_refunded(Some(Money {
                minor: before.minor.saturating_add(money.minor),
                ..before
            }));
            self.count_beside_suspicions();
        }
    }

    /// Enters what it leaves.
    pub(super) fn leave_after(&mut self, case: &RefundCase) {
        use State::*;
        self.rest();
        if self.is_second(case) {
            self.forget_second(case.transaction_id.as_deref());
            return self.own_again();
        }
        let captured = self.next.captured.unwrap_or(case.money);
        if self.left_of(captured).is_zero() {
            return self.enter(Refunded);
        }
        // What contradicts the order does not become right by giving a part of it back.
        if case.back_to == Discrepant {
            self.enter_quietly(Discrepant);
        } else {
            self.next.reason = None;
            self.enter_quietly(PartiallyRefunded);
        }
        let part = Publication::PartiallyRefunded;
        self.effects.push(Effect::Publish(part));
    }

    /// Gives back another payment than the attempt's own.
    pub(super) fn is_second(&self, case: &RefundCase) -> bool {
        let id = case.transaction_id.as_deref();
        self.next.second_payment(id).is_some()
    }

    pub(super) fn is_of_another(&self, evidence: &Evidence) -> bool {
        evidence
            .gateway_order_id()
            .is_some_and(|id| id != self.next.gateway_order_id)
    }

    pub(super) fn left_of(&self, captured: Money) -> Money {
        Money {
            minor: captured.minor.saturating_sub(self.next.refunded().minor),
            ..captured
        }
    }

    /// Totals only grow: a list that lags does not take anything back.
    pub(super) fn saw_refunded(&mut self, total: Option<Money>) {
        if let Some(total) = total
            && self
                .next
                .seen_refunded
                .is_none_or(|seen| seen.currency != total.currency || seen.minor < total.minor)
        {
            self.next.seen_refunded = Some(total);
        }
    }

    /// The line of the refund that is running now stands so.
    pub(super) fn mark_unresolved(&mut self, state: RefundState) {
        if let Some(line) = self.unresolved_line() {
            line.state = state;
        }
    }

    fn end_line(&mut self, case: &RefundCase, state: RefundState, money: Money) {
        let now = self.now;
        let no = self.unresolved_line().map_or(0, |line| line.no);
        let ended = RefundLine {
            no,
            id: case.id.clone(),
            transaction_id: case.transaction_id.clone(),
            money,
            state,
            asked_at: self.unresolved_line().map_or(now, |line| line.asked_at),
            ended_at: Some(now),
            not_sent: false,
            never_left: false,
        };
        match self.unresolved_line() {
            Some(line) => *line = ended,
            // The first version kept no lines.
            None => self.next.refunds.push(ended),
        }
    }

    /// One refund runs at a time.
    fn unresolved_line(&mut self) -> Option<&mut RefundLine> {
        self.next
            .refunds
            .last_mut()
            .filter(|line| line.is_unresolved())
    }
}

/// The reason code of a refund that gave back another amount than was asked for.
pub(super) const REFUND_AMOUNT_DIFFERS: &str = "refund_amount_differs";
