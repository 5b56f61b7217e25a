//! The state machine: what an event does to an attempt. This file is the table; its arms that are long stand beside it, by topic.
//!
//! Four rules hold over all arms:
//! - only [`Evidence`] leads to `paid`, `registered`, or out of `in_doubt` (a named operator aside, who cannot say "paid", but of a
//!   signed notice of this very payment, in doubt for nothing but its kind, that it is what it says);
//! - what was *pushed* to us proves no more than its hash covers: where the hash leaves room, we look it up instead of believing it;
//! - a capture that contradicts the order is never fulfilled: `discrepant`, and given back by a written money call;
//! - ends that rest on a browser's or a clock's word are soft: a matching capture overrules them, and that the gateway holds such a payment
//!   puts them off; nothing else does.

use std::time::Duration;

use paypair_protocol::{Gateway, Work};

use crate::evidence::Evidence;
use crate::policy::LOOKUP_SCHEDULE;
use crate::{
    Attempt, CallOutcome, Effect, Event, MoneyOp, Publication, Reason, Refused, State, Timestamp,
};

mod account;
mod cash_receipt;
mod evidence;
mod held;
mod hint;
mod keys;
mod late;
mod money;
mod parts;
mod refund;
mod second;
mod suspicion;
mod unsent;
mod waiting;

use evidence::difference;
use suspicion::Learnt;

/// What an event does to an attempt. Pure and total; the only place where a state changes.
pub fn step(
    attempt: &Attempt,
    event: Event,
    now: Timestamp,
) -> Result<(Attempt, Vec<Effect>), Refused> {
    let mut turn = Turn {
        event: event.kind(),
        now,
        due: attempt.next_check_at,
        next: attempt.clone(),
        effects: Vec::new(),
    };
    // Not in the step that ends another refund: that one's own answer may still be under way.
    // Nor before the rows of an answer that lacks others: what is to go back may be in them as gone.
    let may_begin = event.is_lookup() && !event.is_cut_short() && attempt.refund.is_none();
    let learnt = Learnt::by(&event);
    turn.take(event)?;
    if may_begin {
        turn.begin_again();
    }
    turn.weigh_suspicions(learnt);
    turn.keep_looking(learnt);
    turn.end_what_never_counted();
    turn.forget_the_window();
    turn.next.version = turn.next.version.saturating_add(1);
    Ok((turn.next, turn.effects))
}

/// One step being taken.
struct Turn {
    event: &'static str,
    now: Timestamp,
    /// When the next lookup was due before this event.
    due: Option<Timestamp>,
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
            // One that comes long after it was due says nothing of the time before it: the server stood still, or its clock was put
            // forward. From there the time of absences is measured anew, whatever this one says.
            if self.is_late(self.due) {
                self.forget_absences();
            }
        }
        match event {
            Event::Requested {
                launch,
                session,
                expires_at,
            } => {
                self.only(&[Created], "already_requested")?;
                let windowless =
                    self.next.order.charge.is_some() || self.next.order.renews.is_some();
                self.unless(windowless, "no_window")?;
                self.next.launch = Some(launch);
                self.next.session = Some(session);
                self.next.expires_at = expires_at;
                self.next.requested_on = self.now.kst_date();
                self.enter(Requested);
            }
            Event::RequestFailed { reason } => self.request_failed(reason)?,
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
                // The other one may have captured: a second capture is what a doubt is not asked again for.
                self.unless(self.next.undecided_sibling.is_some(), "other_attempt_open")?;
                self.next.session = Some(session);
                self.next.returned_at.get_or_insert(self.now);
                self.next.reason = None;
                self.enter(Authenticated);
            }
            Event::ConfirmStarted => {
                self.only(&[Authenticated], "not_authenticated")?;
                // Capturing what we would have to give back helps nobody.
                self.unless(self.next.rival.is_some(), "order_already_paid")?;
                self.unless(self.next.undecided_sibling.is_some(), "other_attempt_open")?;
                self.next.confirm_began_at.get_or_insert(self.now);
                self.enter(Confirming);
                self.effects.push(Effect::Call(MoneyOp::Confirm));
            }
            Event::ConfirmAnswered(evidence)
            | Event::ChargeAnswered(evidence)
            | Event::Sighted(evidence) => self.sighted(evidence),
            Event::ConfirmDeclined { reason } => {
                self.only(&[Confirming], "not_confirming")?;
                self.call_declined(MoneyOp::Confirm, reason);
            }
            Event::ChargeStarted => self.charge_started()?,
            Event::ChargeDeclined { reason } => {
                self.only(&[Charging], "not_charging")?;
                self.call_declined(MoneyOp::Charge, reason);
            }
            Event::CallUnknown { op, reason } => self.call_unknown(op, reason)?,
            Event::CallNotSent { op } => self.call_not_sent(op)?,
            Event::AccountIssued { detail, expires_at } => {
                self.account_issued(detail, expires_at)?;
            }
            Event::LookupAbsent => self.absent(),
            Event::LookupOpen => self.open(),
            Event::LookupDeclined { reason } => match state {
                Created | Requested | Authenticated => self.soft_end(Declined, reason)?,
                PendingReview => {
                    self.end_by(Declined, reason);
                    self.look_from_the_start();
                }
                // Nothing new to an attempt that ended, no proof for one in doubt; and where an account was given, perhaps the try before it.
                _ => self.absent(),
            },
            Event::LookupFailed { .. } => self.lookup_failed(),
            Event::BuyerCancelled { reason } => self.soft_end(Cancelled, reason)?,
            Event::GatewayDeclined { reason } => self.soft_end(Declined, reason)?,
            Event::NoticePending { reason } => self.is_held(reason)?,
            Event::ReturnSeen => self.return_seen(),
            Event::ResultRefused { .. } => {}
            Event::HintSeen { hint } => self.hinted(hint),
            Event::WindowClosed => self.window_closed(),
            Event::ExpireDue => {
                self.unless(self.now < self.next.expires_at, "not_due")?;
                self.expire_due();
            }
            Event::Superseded => {
                self.unless(self.now < self.next.expires_at, "not_due")?;
                self.only(&[Created, Requested, Authenticated], "not_open")?;
                if self.saw_something() {
                    self.run_out("expired");
                } else {
                    self.soft_end(Expired, Reason::new("expired"))?;
                }
            }
            Event::RefundAsked {
                id,
                transaction_id,
                money,
                why,
            } => self.refund_asked(id, transaction_id.as_deref(), money, why)?,
            Event::RefundAnswered(evidence) => {
                self.receipt_seen(&evidence);
                self.given_back(evidence);
            }
            Event::RefundAccepted(evidence) => self.refund_accepted(&evidence)?,
            Event::RefundDeclined { reason } => {
                self.unless(
                    self.next.refund.is_none() || state == InDoubt,
                    "no_refund_running",
                )?;
                self.refund_failed(CallOutcome::Declined, reason);
            }
            Event::OfRefund { no, outcome } => {
                let running = self.next.running_refund();
                if running.is_some_and(|line| line.no == no) {
                    self.take(*outcome)?;
                } else {
                    self.ended_late(no, *outcome)?;
                }
            }
            Event::Resolved { resolution, .. } => self.resolved(resolution)?,
            Event::CashReceiptAsked { money, purpose } => self.receipt_asked(money, purpose)?,
            Event::CashReceiptCancelAsked { money, purpose } => {
                self.receipt_cancel_asked(money, purpose)?;
            }
            Event::CashReceiptAnswered { approval_no } => self.receipt_answered(approval_no)?,
            Event::CashReceiptDeclined { reason } => self.receipt_declined(reason)?,
            Event::CashReceiptUnknown { reason } => self.receipt_unknown(reason)?,
            Event::CashReceiptResolved { issued, .. } => self.receipt_resolved(issued)?,
            Event::BillingKeyAdopted { key, card } => self.key_adopted(&key, card)?,
            Event::BillingKeyDeleteAsked { .. } => self.key_delete_asked()?,
            Event::BillingKeyDeleteAnswered(evidence) => self.key_delete_answered(&evidence)?,
            Event::BillingKeyDeleteDeclined { reason } => self.key_delete_declined(reason)?,
            Event::BillingKeyForgotten { .. } => self.key_forgotten()?,
            Event::BillingKeySeen(evidence) => self.key_seen(&evidence)?,
            Event::BillingKeyGone => self.key_gone()?,
            Event::BillingKeyCheckFailed { .. } => self.key_check_failed()?,
            Event::BillingKeyResolved { deleted, .. } => self.key_resolved(deleted)?,
            Event::RenewalSeen { evidence, ended } => self.renewal_seen(&evidence, ended)?,
        }
        Ok(())
    }

    /// Payple CERT takes no money before our confirm; everything else may have taken it behind our back.
    fn captures_by_confirm(&self) -> bool {
        self.next.order.gateway == Gateway::Payple && self.next.order.work == Work::ConfirmThenPay
    }

    /// Nothing becomes of these unless the window's result reaches us.
    fn needs_a_result(&self) -> bool {
        self.captures_by_confirm() || self.next.order.work == Work::Register
    }

    /// Once no confirm can follow any more, what one would be made of is dropped: a registered card's key may be among it.
    fn forget_the_window(&mut self) {
        let state = self.next.state;
        let slow = state.is_soft_end() && self.next.confirm_began_at.is_none();
        if self.captures_by_confirm() && !state.is_live() && !slow {
            self.next.session = None;
            self.next.launch = None;
        }
    }

    fn enter(&mut self, state: State) {
        let state = self.unless_a_second_stands(state);
        if self.next.state != state {
            self.effects
                .extend(Publication::of(state).map(Effect::Publish));
        }
        self.move_to(state);
    }

    /// Back to where it was: the merchant was told of that, perhaps of something else since, and now that it holds again; it is not
    /// told `payment.paid` twice.
    fn enter_again(&mut self, state: State) {
        let before = self.next.state;
        self.enter_quietly(state);
        if self.next.state != before && self.next.state == state {
            self.effects.push(Effect::Publish(Publication::Restored));
        }
    }

    /// The merchant hears of it by another event.
    fn enter_quietly(&mut self, state: State) {
        let told = state;
        let state = self.unless_a_second_stands(state);
        if state != told && self.next.state != state {
            return self.enter(state);
        }
        self.move_to(state);
    }

    fn move_to(&mut self, state: State) {
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

    fn learn(&mut self, evidence: Evidence) {
        self.learn_transaction(&evidence);
        self.next.detail.merge(evidence.detail().clone());
    }

    fn learn_transaction(&mut self, evidence: &Evidence) {
        if self.next.transaction_id.is_none() {
            self.next.transaction_id = evidence.transaction_id().map(str::to_owned);
        }
    }

    /// Closes the confirm or the charge that this evidence answers.
    fn end_capture_call(&mut self, outcome: CallOutcome) {
        for (op, running) in [
            (MoneyOp::Confirm, State::Confirming),
            (MoneyOp::Charge, State::Charging),
        ] {
            if self.next.state == running || self.next.doubt == Some(op) {
                self.finish(op, outcome);
            }
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
        let pause = LOOKUP_SCHEDULE.get(self.next.checks as usize);
        let next = self.now.after(*pause.unwrap_or(&DAILY));
        let account = self.waits_for_a_deposit() && self.now < self.next.expires_at;
        // The last look at an account begins the schedule anew: it may fail, and a deposit of the last minute shows late.
        if account && self.next.expires_at <= next {
            self.next.checks = 0;
            return self.look_at(self.next.expires_at);
        }
        // Nobody may forget these: money may have moved, and no callback need ever come.
        let open = matches!(self.next.state, InDoubt | PendingReview);
        let daily = open || account || self.owes_a_refund() || self.next.is_hinted();
        if pause.is_some() {
            self.next.checks += 1;
            self.look_at(next);
        } else if daily {
            self.look_at(next);
        } else {
            self.next.next_check_at = None;
        }
    }

    /// The same after a look. Whoever has a payment looked up before that is due, as a merchant who wants to give it back, uses up nothing
    /// of its schedule.
    fn look_when_due(&mut self) {
        match self.still_due() {
            Some(due) => self.look_at(due),
            None => self.look_later(),
        }
    }

    /// The same, but no later than this. Not after a look that was late: with each of them asking for another so soon a backlog would feed
    /// itself.
    fn look_within(&mut self, longest: Duration) {
        let pause = LOOKUP_SCHEDULE.get(self.next.checks as usize);
        if pause.is_none_or(|pause| *pause > longest) && !self.is_late(self.due) {
            self.next.checks = self.next.checks.saturating_add(1);
            return self.look_at(self.now.after(longest));
        }
        self.look_later();
    }

    /// Whatever an event did: what must not be forgotten is looked up again.
    fn keep_looking(&mut self, learnt: Learnt) {
        if self.next.next_check_at.is_none() && self.next.suspects() {
            self.keep_suspecting(learnt);
        }
        if learnt != Learnt::NotAsked
            && self.next.next_check_at.is_none()
            && (self.may_still_be_paid() || self.lacks_the_whole())
        {
            // What says nothing of it, as a row of what went back, ends no schedule; nor do two rows of one answer hurry it.
            self.look_when_due();
        }
        let open = matches!(self.next.state, State::InDoubt | State::PendingReview);
        let late = self.next.looks_behind_a_refund() || self.next.awaits_its_name();
        let waits = open || late || self.owes_a_refund();
        if self.next.next_check_at.is_none() && waits {
            match learnt {
                Learnt::NotAsked => self.look_later(),
                _ => self.look_when_due(),
            }
        }
    }

    /// The buyer may be paying, or may have paid: in its window, or in one that was given up.
    fn may_still_be_paid(&self) -> bool {
        use State::*;
        let state = self.next.state;
        matches!(state, Requested | Authenticated | AwaitingDeposit) || state.is_soft_end()
    }

    /// Promised by the gateway, or owed by us and not on its way.
    fn owes_a_refund(&self) -> bool {
        self.waits_for_refund() || self.owes_a_second() || self.owes_an_unsent()
    }

    /// The gateway has promised a refund, and it is not done.
    fn waits_for_refund(&self) -> bool {
        matches!(self.next.state, State::RefundPending | State::Discrepant)
            && self.next.refund.as_ref().is_some_and(|case| case.accepted)
    }

    fn look_at(&mut self, at: Timestamp) {
        self.next.next_check_at = Some(at);
        self.effects.push(Effect::Lookup(at));
    }

    /// Whether this absence is the one that settles it; if not, the next look is arranged. One answer may be wrong, so two come when
    /// the time is over. After a late one the time is measured anew; how often is asked is not, or a backlog would feed itself.
    fn one_more_absence(&mut self) -> bool {
        let policy = self.next.policy;
        let since = *self.next.absent_since.get_or_insert(self.now);
        let over = self.now.since(since) >= policy.settle_window;
        let most = if over {
            u32::MAX
        } else {
            policy.absences.saturating_sub(2)
        };
        self.next.absences = self.next.absences.saturating_add(1).min(most);
        let settled = over && self.next.absences >= policy.absences;
        match (settled, over) {
            (true, _) => {}
            (false, true) => self.look_at(self.now.after(LAST_LOOK)),
            (false, false) => self.look_within(policy.settle_window.max(LAST_LOOK)),
        }
        settled
    }

    /// When the look that was arranged comes, if this event came before it. Nothing honest is further off than this: a clock was wrong.
    fn still_due(&self) -> Option<Timestamp> {
        let furthest = self.now.after(DAILY.max(self.next.policy.settle_window));
        self.due.filter(|due| *due > self.now && *due <= furthest)
    }

    fn is_late(&self, due: Option<Timestamp>) -> bool {
        due.is_some_and(|due| self.now.since(due) > LATE)
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

/// Both known, and not the same.
pub(crate) fn differs(known: &Option<String>, seen: Option<&str>) -> bool {
    matches!((known.as_deref(), seen), (Some(known), Some(seen)) if known != seen)
}

/// A lookup is late when it comes so long after it was due: longer than any call takes, far less than an absence has to last.
const LATE: Duration = Duration::from_secs(5 * 60);

/// How long after the first absence that counts in full the one that settles it is looked for.
const LAST_LOOK: Duration = Duration::from_secs(10 * 60);

/// How often is looked when the schedule is over and the matter is not.
const DAILY: Duration = Duration::from_secs(24 * 60 * 60);
