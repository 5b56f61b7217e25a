//! The state machine: what an event does to an attempt. One file, because it is one table.
//!
//! Four rules hold over all arms:
//! - only [`Evidence`] leads to `paid`, `registered`, or out of `in_doubt` (a named operator aside, who cannot say "paid");
//! - what was *pushed* to us proves no more than its hash covers: where the hash leaves room, we look it up instead of believing it;
//! - a capture that contradicts the order is never fulfilled: `discrepant`, and given back by a written money call;
//! - ends that rest on a browser's or a clock's word are soft: a matching capture overrules them, nothing else does.

use std::time::Duration;

use paypair_protocol::{Gateway, Work};

use crate::evidence::{Evidence, Sight, same_family};
use crate::policy::LOOKUP_SCHEDULE;
use crate::{
    Attempt, CallOutcome, Clash, Effect, Event, Layout, MoneyOp, Publication, Reason, RefundCase,
    Refused, Resolution, State, Timestamp,
};

/// What an event does to an attempt. Pure and total; the only place where a state changes.
pub fn step(
    attempt: &Attempt,
    event: Event,
    now: Timestamp,
) -> Result<(Attempt, Vec<Effect>), Refused> {
    let mut turn = Turn {
        event: event.kind(),
        now,
        next: attempt.clone(),
        effects: Vec::new(),
    };
    turn.take(event)?;
    turn.next.version = turn.next.version.saturating_add(1);
    Ok((turn.next, turn.effects))
}

/// One step being taken.
struct Turn {
    event: &'static str,
    now: Timestamp,
    next: Attempt,
    effects: Vec<Effect>,
}

type Taken = Result<(), Refused>;

impl Turn {
    fn take(&mut self, event: Event) -> Taken {
        use State::*;
        let state = self.next.state;
        if event.is_lookup() {
            // The lookup that was due is done; the arms below say whether another follows.
            self.next.next_check_at = None;
        }
        match event {
            Event::Requested {
                launch,
                session,
                expires_at,
            } => {
                self.only(&[Created], "already_requested")?;
                self.next.launch = Some(launch);
                self.next.session = Some(session);
                self.next.expires_at = expires_at;
                self.next.requested_on = self.now.kst_date();
                self.enter(Requested);
            }
            Event::RequestFailed { reason } => {
                self.only(&[Created], "already_requested")?;
                self.end_by(Declined, reason);
            }
            Event::Authenticated { session } => {
                // After a soft end too: `window.closed` lies, clocks are hasty, and of two windows on one attempt the slower one is
                // told "already processed". Not once our confirm was called: then the end is the gateway's own word.
                self.only(&[Requested, Declined, Cancelled, Expired], "not_requested")?;
                self.unless(self.next.confirm_began_at.is_some(), "confirm_was_called")?;
                self.unless(
                    self.next.order.work != Work::ConfirmThenPay,
                    "nothing_to_confirm",
                )?;
                self.unless(self.next.launch.is_none(), "not_requested")?;
                self.unless(self.next.rival.is_some(), "order_already_paid")?;
                self.unless(self.next.live_sibling.is_some(), "other_attempt_live")?;
                self.next.session = Some(session);
                self.next.returned_at.get_or_insert(self.now);
                self.next.reason = None;
                self.enter(Authenticated);
            }
            Event::ConfirmStarted => {
                self.only(&[Authenticated], "not_authenticated")?;
                // Capturing what we would have to give back helps nobody.
                self.unless(self.next.rival.is_some(), "order_already_paid")?;
                self.next.confirm_began_at.get_or_insert(self.now);
                self.enter(Confirming);
                self.effects.push(Effect::Call(MoneyOp::Confirm));
            }
            Event::ConfirmAnswered(evidence) | Event::Sighted(evidence) => self.sighted(evidence),
            Event::ConfirmDeclined { reason } => {
                self.only(&[Confirming], "not_confirming")?;
                self.finish(MoneyOp::Confirm, CallOutcome::Declined);
                self.end_by(Declined, reason);
                // Nothing else would tell us, should money have moved all the same; and the buyer is going to pay again.
                self.look_from_the_start();
            }
            Event::CallUnknown { op, reason } => self.call_unknown(op, reason)?,
            Event::CallNotSent { op } => self.call_not_sent(op)?,
            Event::AccountIssued { detail, expires_at } => match state {
                Created | Requested | AwaitingDeposit => {
                    self.next.detail.merge(detail);
                    self.next.expires_at = expires_at
                        .unwrap_or_else(|| self.now.after(ACCOUNT_LIFE))
                        .min(self.now.after(LONGEST_ACCOUNT_LIFE));
                    self.next.returned_at.get_or_insert(self.now);
                    self.await_deposit();
                }
                // The return came behind the callback, which knew more.
                _ if !state.is_live() => {}
                _ => return Err(self.refusal("not_requested")),
            },
            Event::LookupAbsent => self.absent(),
            Event::LookupOpen => self.open(),
            Event::LookupDeclined { reason } => match state {
                Created | Requested | Authenticated => self.soft_end(Declined, reason)?,
                PendingReview | AwaitingDeposit => self.end_by(Declined, reason),
                // Nothing new to an attempt that ended, and no proof for one in doubt.
                _ => self.absent(),
            },
            Event::LookupFailed { .. } => self.lookup_failed(),
            Event::BuyerCancelled { reason } => self.soft_end(Cancelled, reason)?,
            Event::GatewayDeclined { reason } => self.soft_end(Declined, reason)?,
            Event::NoticePending { reason } => match state {
                PendingReview => {}
                _ => {
                    self.only(&[Created, Requested], "not_requested")?;
                    self.next.reason = Some(reason);
                    self.enter(PendingReview);
                    self.look_from_the_start();
                }
            },
            Event::ReturnSeen => self.return_seen(),
            Event::ResultRefused { .. } => {}
            Event::WindowClosed => self.window_closed(),
            Event::ExpireDue => {
                self.unless(self.now < self.next.expires_at, "not_due")?;
                self.expire_due();
            }
            Event::Superseded => {
                self.unless(self.now < self.next.expires_at, "not_due")?;
                self.only(&[Created, Requested, Authenticated], "not_open")?;
                self.soft_end(Expired, Reason::new("expired"))?;
            }
            Event::RefundAsked { why, .. } => self.refund_asked(why)?,
            Event::RefundAnswered(evidence) => self.given_back(evidence),
            Event::RefundDeclined { reason } => {
                self.unless(
                    self.next.refund.is_none() || state == InDoubt,
                    "no_refund_running",
                )?;
                self.refund_failed(CallOutcome::Declined, reason);
            }
            Event::Resolved { resolution, .. } => self.resolved(resolution)?,
            _ => return Err(self.refusal("not_yet")),
        }
        Ok(())
    }

    // Evidence

    fn sighted(&mut self, evidence: Evidence) {
        match evidence.sight() {
            Sight::Captured => self.captured(evidence),
            Sight::Registered => self.registered(evidence),
            Sight::Cancelled => self.given_back(evidence),
            Sight::PartlyCancelled => self.partly_given_back(&evidence),
            Sight::ChargedBack => self.charged_back(&evidence),
            Sight::Subscribed | Sight::BillingKeyDeleted => {}
        }
    }

    fn captured(&mut self, evidence: Evidence) {
        use State::*;
        if matches!(self.next.clash, Some(Clash::Transaction(_))) {
            // The domestic hash does not cover the order id: this may be another order's callback with ours written over it.
            // So nothing is given back either; it is not ours to give.
            return if evidence.is_pushed() {
                self.look_instead("transaction_id_taken")
            } else {
                self.contradict("transaction_id_taken", evidence, false)
            };
        }
        let difference = difference(&self.next, &evidence);
        let other_payment = differs(&self.next.transaction_id, evidence.transaction_id());
        match self.next.state {
            Refunded | ChargedBack | Registered => {
                if !other_payment && self.next.transaction_id.is_some() {
                    return;
                }
                if evidence.is_pushed() {
                    return self.look_instead("capture_after_the_end");
                }
                // An end stays an end, but somebody must hear of this money.
                self.alert("capture_after_the_end");
                self.effects.push(Effect::Publish(Publication::Discrepant));
            }
            // One refund at a time: the second payment is found again once the first is back.
            RefundPending if other_payment => self.alert("second_capture"),
            Paid | PartiallyRefunded | RefundPending => match difference {
                None if !other_payment => self.learn(evidence),
                _ if evidence.is_pushed() => self.look_instead("capture_differs"),
                // It was delivered already: only a second payment is given back without asking.
                Some(field) if !other_payment => self.contradict(field, evidence, false),
                // Payple's refund names the order alone: it could give back the payment that was meant to stay.
                _ => {
                    let nameable = self.next.order.gateway != Gateway::Payple;
                    self.contradict("second_capture", evidence, nameable);
                }
            },
            Discrepant => {
                if self.next.captured.is_none() {
                    self.contradict(difference.unwrap_or("late_capture"), evidence, true);
                } else if other_payment {
                    self.alert("capture_differs");
                }
            }
            InDoubt if self.next.doubt == Some(MoneyOp::Refund) => self.not_given_back(&evidence),
            _ if evidence.lacks_nonce() => self.look_instead("nonce_missing"),
            // The kind of a notice is not signed: a registration's can be sent again as a payment's.
            _ if self.next.order.work == Work::Register && evidence.is_pushed() => {
                self.look_instead("capture_not_asked")
            }
            _ => match difference {
                Some(field) => self.contradict(field, evidence, true),
                None if self.next.rival.is_some() => {
                    self.contradict("second_capture", evidence, true)
                }
                None => self.paid(evidence),
            },
        }
    }

    fn paid(&mut self, evidence: Evidence) {
        self.end_confirm(CallOutcome::Done);
        self.next.captured = evidence.money();
        self.learn(evidence);
        self.next.paid_at = Some(self.now);
        self.next.reason = None;
        self.rest();
        self.enter(State::Paid);
    }

    /// Evidence that does not fit: never fulfilled. What was captured against the order is given back, if policy allows.
    fn contradict(&mut self, code: &'static str, evidence: Evidence, give_back: bool) {
        let captured = evidence.sight() == Sight::Captured;
        if captured {
            self.end_confirm(CallOutcome::Done);
            self.next.captured = evidence.money();
        }
        let money = evidence.money();
        let transaction_id = evidence.transaction_id().map(str::to_owned);
        if self.next.clash.is_none() {
            self.learn(evidence);
        }
        self.rest();
        self.next.reason = Some(Reason::new(code));
        self.enter(State::Discrepant);
        let running = self.next.refund.is_some();
        if let (Some(money), true, true, true, false) = (
            money,
            captured,
            give_back,
            self.next.policy.auto_refund,
            running,
        ) {
            self.refund(RefundCase {
                id: None,
                partial: false,
                accepted: false,
                transaction_id,
                money,
                back_to: State::Discrepant,
                why: code.to_owned(),
            });
        }
    }

    fn registered(&mut self, evidence: Evidence) {
        use State::*;
        let state = self.next.state;
        if self.next.order.work != Work::Register {
            return self.alert("registration_not_asked");
        }
        match state {
            Registered => {}
            Created | Requested | Authenticated | Declined | Cancelled | Expired => {
                if self.next.clash == Some(Clash::BillingKey) {
                    self.contradict("billing_key_taken", evidence, false);
                } else if let Some(field) = difference(&self.next, &evidence) {
                    self.contradict(field, evidence, false);
                } else {
                    self.learn(evidence);
                    self.next.reason = None;
                    self.rest();
                    self.enter(Registered);
                }
            }
            _ => self.alert("registration_out_of_place"),
        }
    }

    fn given_back(&mut self, evidence: Evidence) {
        use State::*;
        if evidence.is_pushed() {
            // No gateway's hash covers the kind of a notice: a captured success can be sent again as a cancellation.
            return self.look_instead("cancellation_unproven");
        }
        if evidence
            .gateway_order_id()
            .is_some_and(|id| id != self.next.gateway_order_id)
        {
            return self.alert("order_id_differs");
        }
        let refunding = self.next.refund.take();
        let own = |known: &Option<String>| {
            known.is_some() && known.as_deref() == evidence.transaction_id()
        };
        let names_us = evidence.gateway_order_id().is_some()
            || own(&self.next.transaction_id)
            || refunding
                .as_ref()
                .is_some_and(|case| own(&case.transaction_id));
        if !names_us {
            self.next.refund = refunding;
            return self.alert("cancellation_unbound");
        }
        let second = refunding.as_ref().is_some_and(|case| {
            self.next.paid_at.is_some()
                && differs(&self.next.transaction_id, case.transaction_id.as_deref())
                && !differs(&case.transaction_id, evidence.transaction_id())
        });
        if !second && differs(&self.next.transaction_id, evidence.transaction_id()) {
            self.next.refund = refunding;
            return self.alert("cancellation_differs");
        }
        if matches!(self.next.state, Refunded | ChargedBack | Registered)
            || self.next.state.is_soft_end()
        {
            return;
        }
        let expected = refunding
            .as_ref()
            .map(|case| case.money)
            .or(self.next.captured)
            .or(self.next.order.money);
        if refunding.is_some() {
            self.finish(MoneyOp::Refund, CallOutcome::Done);
        }
        self.end_confirm(CallOutcome::Done);
        self.rest();
        match self.next.state {
            _ if evidence.money().is_some() && evidence.money() != expected => {
                self.next.reason = Some(Reason::new("refund_amount_differs"));
                self.enter(Discrepant);
            }
            // The buyer's own payment stands; only the second one went back.
            _ if second => {
                self.next.reason = None;
                self.next.captured = self.next.order.money;
                self.enter_quietly(Paid);
            }
            AwaitingDeposit | PendingReview => {
                self.end_by(Cancelled, Reason::new("cancelled_by_gateway"))
            }
            _ => {
                self.learn_transaction(&evidence);
                self.enter(Refunded);
            }
        }
    }

    fn partly_given_back(&mut self, evidence: &Evidence) {
        if evidence.is_pushed() {
            return self.look_instead("cancellation_unproven");
        }
        match self.next.state {
            _ if differs(&self.next.transaction_id, evidence.transaction_id()) => {
                self.alert("cancellation_differs")
            }
            State::Paid => self.enter(State::PartiallyRefunded),
            State::PartiallyRefunded => {}
            _ => self.alert("partial_refund_out_of_place"),
        }
    }

    fn charged_back(&mut self, evidence: &Evidence) {
        if evidence.is_pushed() {
            return self.look_instead("chargeback_unproven");
        }
        match self.next.state {
            _ if differs(&self.next.transaction_id, evidence.transaction_id()) => {
                self.alert("chargeback_differs")
            }
            State::Paid | State::PartiallyRefunded => self.enter(State::ChargedBack),
            State::Discrepant if self.next.refund.is_none() => self.enter(State::ChargedBack),
            State::ChargedBack => {}
            _ => self.alert("chargeback_out_of_place"),
        }
    }

    // Money calls

    fn call_unknown(&mut self, op: MoneyOp, reason: Reason) -> Taken {
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

    fn call_not_sent(&mut self, op: MoneyOp) -> Taken {
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

    fn refund_asked(&mut self, why: String) -> Taken {
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

    fn refund(&mut self, case: RefundCase) {
        self.next.refund = Some(case);
        self.effects.push(Effect::Call(MoneyOp::Refund));
    }

    fn refund_failed(&mut self, outcome: CallOutcome, reason: Reason) {
        let Some(case) = self.next.refund.take() else {
            return;
        };
        self.finish(MoneyOp::Refund, outcome);
        self.rest();
        self.next.reason = Some(reason);
        self.enter_quietly(case.back_to);
    }

    /// A refund is in doubt and the payment is still there: so often, and for so long, that it did not happen?
    fn not_given_back(&mut self, evidence: &Evidence) {
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

    fn resolved(&mut self, resolution: Resolution) -> Taken {
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

    // Lookups that prove nothing, browsers, clocks

    fn absent(&mut self) {
        use State::*;
        match self.next.state {
            InDoubt if self.next.doubt == Some(MoneyOp::Confirm) => {
                if self.one_more_absence() {
                    self.end_confirm(CallOutcome::Declined);
                    self.end_by(Declined, Reason::new("absent"));
                } else {
                    self.look_later();
                }
            }
            Created | Requested | Authenticated | AwaitingDeposit
                if self.now >= self.next.expires_at =>
            {
                self.end_by(Expired, Reason::new("expired"));
                self.look_later();
            }
            Paid | PartiallyRefunded => self.alert("paid_but_absent"),
            Refunded | ChargedBack | Registered | Confirming | RefundPending | Discrepant => {}
            _ => self.look_later(),
        }
    }

    fn open(&mut self) {
        use State::*;
        match self.next.state {
            Paid | PartiallyRefunded | Refunded | ChargedBack | Registered | Confirming
            | RefundPending | Discrepant => {}
            _ => {
                self.forget_absences();
                self.look_later();
            }
        }
    }

    fn lookup_failed(&mut self) {
        use State::*;
        match self.next.state {
            // The gateway does not tell us: an end that evidence may still overrule beats a window open for ever.
            Created | Requested | Authenticated
                if self.now >= self.next.expires_at && self.next.checks >= 3 =>
            {
                self.end_by(Expired, Reason::new("expired_unverified"));
                self.look_later();
            }
            // The call's own answer comes first; if it does not come, that is `in_doubt` and looked up.
            Confirming | RefundPending => {}
            _ => self.look_later(),
        }
    }

    fn soft_end(&mut self, end: State, reason: Reason) -> Taken {
        use State::*;
        match self.next.state {
            Created | Requested | Authenticated => {
                let may_be_paid = self.next.state != Created && !self.captures_by_confirm();
                self.end_by(end, reason);
                if may_be_paid {
                    self.look_from_the_start();
                }
                Ok(())
            }
            Declined | Cancelled | Expired => Ok(()),
            _ => Err(self.refusal("not_open")),
        }
    }

    fn return_seen(&mut self) {
        if self.next.returned_at.is_some() {
            return;
        }
        self.next.returned_at = Some(self.now);
        if matches!(self.next.state, State::Created | State::Requested) {
            self.effects.push(Effect::Publish(Publication::Pending));
            self.look_now();
        }
    }

    fn window_closed(&mut self) {
        if self.next.closed_at.is_some() {
            return;
        }
        self.next.closed_at = Some(self.now);
        if self.next.state != State::Requested || self.next.returned_at.is_some() {
            return;
        }
        let reason = Reason::new("window_closed");
        // A layer was part of our own page: it is gone for certain, and with it the only way to a result. A window of its own only
        // *seems* closed (COOP), and the buyer may still pay in it: that is unknown until evidence comes or the window expires.
        if self.next.layout == Layout::Layer && self.needs_a_result() {
            self.end_by(State::Cancelled, reason);
        } else {
            self.next.reason = Some(reason);
            self.look_now();
        }
    }

    fn expire_due(&mut self) {
        use State::*;
        let looked_enough = self.next.checks as usize >= LOOKUP_SCHEDULE.len();
        match self.next.state {
            Created => self.end_by(Expired, Reason::new("expired")),
            Requested | Authenticated if self.captures_by_confirm() || looked_enough => {
                self.end_by(Expired, Reason::new("expired"));
            }
            AwaitingDeposit if looked_enough => self.end_by(Expired, Reason::new("expired")),
            Requested | Authenticated | AwaitingDeposit => self.look_now(),
            _ => {}
        }
    }

    // Small moves

    /// Payple CERT takes no money before our confirm; everything else may have taken it behind our back.
    fn captures_by_confirm(&self) -> bool {
        self.next.order.gateway == Gateway::Payple && self.next.order.work == Work::ConfirmThenPay
    }

    /// Nothing becomes of these unless the window's result reaches us.
    fn needs_a_result(&self) -> bool {
        self.captures_by_confirm() || self.next.order.work == Work::Register
    }

    fn enter(&mut self, state: State) {
        if self.next.state != state {
            self.effects
                .extend(Publication::of(state).map(Effect::Publish));
        }
        self.enter_quietly(state);
    }

    /// Back to where it was: the merchant was told already.
    fn enter_quietly(&mut self, state: State) {
        if self.next.state != state {
            self.next.next_check_at = None;
        }
        self.next.state = state;
    }

    fn end_by(&mut self, end: State, reason: Reason) {
        self.next.doubt = None;
        self.next.reason = Some(reason);
        self.enter(end);
    }

    fn await_deposit(&mut self) {
        if self.next.state != State::AwaitingDeposit {
            self.enter(State::AwaitingDeposit);
            self.look_from_the_start();
        }
    }

    fn learn(&mut self, evidence: Evidence) {
        self.learn_transaction(&evidence);
        self.next.detail.merge(evidence.detail().clone());
    }

    fn learn_transaction(&mut self, evidence: &Evidence) {
        if self.next.transaction_id.is_none() {
            self.next.transaction_id = evidence.transaction_id().map(str::to_owned);
        }
    }

    /// Closes the confirm call that this evidence answers.
    fn end_confirm(&mut self, outcome: CallOutcome) {
        if self.next.state == State::Confirming || self.next.doubt == Some(MoneyOp::Confirm) {
            self.finish(MoneyOp::Confirm, outcome);
        }
    }

    fn finish(&mut self, op: MoneyOp, outcome: CallOutcome) {
        self.effects.push(Effect::Finish(op, outcome));
    }

    fn rest(&mut self) {
        self.next.doubt = None;
        self.next.next_check_at = None;
        self.forget_absences();
    }

    fn look_instead(&mut self, why: &'static str) {
        self.alert(why);
        self.look_now();
    }

    fn look_now(&mut self) {
        self.next.checks = 0;
        self.look_at(self.now);
    }

    fn look_from_the_start(&mut self) {
        self.next.checks = 0;
        self.look_later();
    }

    fn look_later(&mut self) {
        use State::*;
        if let Some(pause) = LOOKUP_SCHEDULE.get(self.next.checks as usize) {
            self.next.checks += 1;
            return self.look_at(self.now.after(*pause));
        }
        let daily = self.now.after(DAILY);
        match self.next.state {
            // Nobody may forget these: money may have moved, and no callback need ever come.
            InDoubt | PendingReview => self.look_at(daily),
            AwaitingDeposit if daily < self.next.expires_at => self.look_at(daily),
            // The last look begins the schedule anew: it may fail, and a deposit of the last minute shows late.
            AwaitingDeposit if self.now < self.next.expires_at => {
                self.next.checks = 0;
                self.look_at(self.next.expires_at);
            }
            _ => self.next.next_check_at = None,
        }
    }

    fn look_at(&mut self, at: Timestamp) {
        self.next.next_check_at = Some(at);
        self.effects.push(Effect::Lookup(at));
    }

    /// Whether this absence is the one that settles it.
    fn one_more_absence(&mut self) -> bool {
        let since = *self.next.absent_since.get_or_insert(self.now);
        self.next.absences = self.next.absences.saturating_add(1);
        self.next.absences >= self.next.policy.absences
            && self.now.since(since) >= self.next.policy.settle_window
    }

    fn forget_absences(&mut self) {
        self.next.absences = 0;
        self.next.absent_since = None;
    }

    fn alert(&mut self, why: &'static str) {
        self.effects.push(Effect::Alert(why));
    }

    fn only(&self, states: &[State], why: &'static str) -> Taken {
        self.unless(!states.contains(&self.next.state), why)
    }

    fn unless(&self, wrong: bool, why: &'static str) -> Taken {
        if wrong {
            Err(self.refusal(why))
        } else {
            Ok(())
        }
    }

    fn refusal(&self, why: &'static str) -> Refused {
        Refused {
            state: self.next.state,
            event: self.event,
            why,
        }
    }
}

/// The first thing in which the evidence contradicts the order, as a reason code.
fn difference(attempt: &Attempt, evidence: &Evidence) -> Option<&'static str> {
    let order = &attempt.order;
    let is_capture = evidence.sight() == Sight::Captured;
    [
        ("gateway_differs", evidence.gateway() != order.gateway),
        (
            "merchant_differs",
            evidence
                .merchant_id()
                .is_some_and(|id| id != order.merchant_id),
        ),
        (
            "order_id_differs",
            evidence
                .gateway_order_id()
                .map_or(is_capture, |id| id != attempt.gateway_order_id),
        ),
        (
            "nonce_differs",
            evidence.nonce().is_some_and(|nonce| nonce != attempt.nonce),
        ),
        (
            "customer_differs",
            evidence
                .customer_id()
                .is_some_and(|id| id != order.customer.id),
        ),
        (
            "amount_differs",
            (is_capture || evidence.money().is_some()) && evidence.money() != order.money
                // A capture of no amount pays for nothing, not even for an order that names none.
                || (is_capture && evidence.money().is_none()),
        ),
        (
            "method_differs",
            evidence
                .method()
                .is_some_and(|method| !same_family(order.gateway, &order.method, method)),
        ),
    ]
    .into_iter()
    .find_map(|(code, differs)| differs.then_some(code))
}

/// Both known, and not the same.
fn differs(known: &Option<String>, seen: Option<&str>) -> bool {
    matches!((known.as_deref(), seen), (Some(known), Some(seen)) if known != seen)
}

/// How long a virtual account waits when its own last moment could not be read. Too long is better: a deposit always counts.
const ACCOUNT_LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The longest a virtual account is believed to wait: its last moment comes through a browser.
const LONGEST_ACCOUNT_LIFE: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How often is looked when the schedule is over and the matter is not.
const DAILY: Duration = Duration::from_secs(24 * 60 * 60);
