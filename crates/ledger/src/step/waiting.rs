//! Lookups that prove nothing, browsers, clocks.

use std::time::Duration;

use super::{DAILY, Taken, Turn};
use crate::policy::LOOKUP_SCHEDULE;
use crate::{CallOutcome, Effect, Layout, MoneyOp, Publication, Reason, State};

impl Turn {
    pub(super) fn absent(&mut self) {
        use State::*;
        match self.next.state {
            InDoubt if self.next.doubt != Some(MoneyOp::Refund) => {
                if self.one_more_absence() {
                    self.end_capture_call(CallOutcome::Declined);
                    self.end_by(Declined, Reason::new("absent"));
                    // A gateway may be slower than our patience, and the order is going to be paid again.
                    self.look_from_the_start();
                }
            }
            Created | Requested | Authenticated | AwaitingDeposit
                if self.now >= self.next.expires_at =>
            {
                self.end_by(Expired, Reason::new("expired"));
                self.look_when_due();
            }
            Paid | PartiallyRefunded => self.alert("paid_but_absent"),
            Refunded | ChargedBack | Registered | Confirming | Charging | RefundPending
            | Discrepant => {}
            Created | Requested | Authenticated | AwaitingDeposit => {
                if self.saw_something() {
                    self.next.reason = None;
                }
                self.look_when_due();
            }
            _ => self.look_when_due(),
        }
    }

    pub(super) fn open(&mut self) {
        use State::*;
        match self.next.state {
            Paid | PartiallyRefunded | Refunded | ChargedBack | Registered | Confirming
            | Charging | RefundPending | Discrepant => {}
            Created | Requested | Authenticated | AwaitingDeposit => {
                self.next.reason = Some(Reason::new(SOMETHING));
                self.look_when_due();
                if self.next.next_check_at.is_none() && self.now >= self.next.expires_at {
                    self.run_out(SOMETHING);
                }
            }
            _ => {
                self.forget_absences();
                self.look_when_due();
                if self.next.next_check_at.is_none() && self.next.state.is_soft_end() {
                    self.suspect_something();
                    self.look_on_for_a_week();
                }
            }
        }
    }

    /// Whether the last that the gateway said is that there is something, and neither that it is paid nor that it is not.
    pub(super) fn saw_something(&self) -> bool {
        let reason = self.next.reason.as_ref();
        reason.is_some_and(|reason| reason.code == SOMETHING)
    }

    /// Its time is over. Where the gateway's last word is that there is something, nothing is told as over: the order is not to be paid
    /// again before somebody knows what it is.
    pub(super) fn run_out(&mut self, why: &'static str) {
        if !self.saw_something() {
            return self.end_by(State::Expired, Reason::new(why));
        }
        self.alert(SOMETHING);
        self.enter(State::PendingReview);
    }

    pub(super) fn lookup_failed(&mut self) {
        use State::*;
        match self.next.state {
            // The gateway does not tell us: an end that evidence may still overrule beats a window open for ever.
            Created | Requested | Authenticated
                if self.now >= self.next.expires_at && self.next.checks >= 3 =>
            {
                self.run_out("expired_unverified");
                self.look_when_due();
                self.look_once_more_after_a_failure();
            }
            // The call's own answer comes first; if it does not come, that is `in_doubt` and looked up.
            Confirming | Charging | RefundPending => {}
            // It is begun again all the same: that counts as the look.
            Discrepant if self.owes_an_unsent() => {}
            _ => {
                self.look_when_due();
                self.look_once_more_after_a_failure();
            }
        }
    }

    /// A schedule that ends with a failure has learnt nothing.
    fn look_once_more_after_a_failure(&mut self) {
        if self.next.next_check_at.is_none() && self.next.state.is_soft_end() {
            self.look_on_for_a_week();
        }
    }

    /// Somebody may have paid in the window of an end that rests on a browser's or a clock's word. For a week it is asked about daily,
    /// not for ever: some gateways do not let us ask.
    fn look_on_for_a_week(&mut self) {
        if self.now.since(self.next.expires_at) < A_WEEK {
            self.look_at(self.now.after(DAILY));
        }
    }

    pub(super) fn soft_end(&mut self, end: State, reason: Reason) -> Taken {
        use State::*;
        match self.next.state {
            Created | Requested | Authenticated => {
                self.end_by(end, reason);
                self.look_behind();
                Ok(())
            }
            Declined | Cancelled | Expired => Ok(()),
            _ => Err(self.refusal("not_open")),
        }
    }

    /// What ended on a browser's or a clock's word may be paid all the same, also where we never heard of a window: our request may have
    /// reached the gateway, and what it told of it was lost. Not what only a call of ours captures, and it was not made.
    fn look_behind(&mut self) {
        if !self.captures_by_confirm() && self.next.order.charge.is_none() {
            self.look_from_the_start();
        }
    }

    /// The gateway said no to our request, so there is no window; or said nothing that we heard, and there may be one.
    pub(super) fn request_failed(&mut self, reason: Reason) -> Taken {
        self.only(&[State::Created], "already_requested")?;
        let unheard = reason.code == GATEWAY_DOWN;
        self.end_by(State::Declined, reason);
        if unheard {
            self.look_behind();
        }
        Ok(())
    }

    pub(super) fn return_seen(&mut self) {
        if self.next.returned_at.is_some() {
            return;
        }
        self.next.returned_at = Some(self.now);
        if matches!(self.next.state, State::Created | State::Requested) {
            self.effects.push(Effect::Publish(Publication::Pending));
            self.look_now();
        }
    }

    pub(super) fn window_closed(&mut self) {
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
            if !self.saw_something() {
                self.next.reason = Some(reason);
            }
            self.look_now();
        }
    }

    pub(super) fn expire_due(&mut self) {
        use State::*;
        let looked_enough = self.next.checks as usize >= LOOKUP_SCHEDULE.len();
        match self.next.state {
            Created => {
                self.run_out("expired");
                self.look_behind();
            }
            Requested | Authenticated if self.captures_by_confirm() || looked_enough => {
                self.run_out("expired");
            }
            // No look was answered since its end.
            AwaitingDeposit if looked_enough => {
                self.run_out("expired_unverified");
                self.look_once_more_after_a_failure();
            }
            Requested | Authenticated | AwaitingDeposit => self.look_now(),
            _ => {}
        }
    }
}

/// How long is asked about what nobody could be asked about.
pub(super) const A_WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The reason code of a request to which no answer came that could be read.
const GATEWAY_DOWN: &str = "gateway_down";

/// The reason code, and the alert, where it is said that there is something, and no list confirms it.
pub(super) const SOMETHING: &str = "capture_unconfirmed";
