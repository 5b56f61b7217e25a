//! The gateway holds a payment for review: nothing is captured, and may be yet.

use paypair_protocol::Work;

use super::waiting::SOMETHING;
use super::{Taken, Turn};
use crate::attempt::BY_A_PERSON;
use crate::{Reason, State};

impl Turn {
    /// It is told by a notice whose kind no hash covers: sent again as a payment's it must pay for nothing, so it is remembered, also of
    /// an attempt that was given up or waits at a bank. The buyer may have finished in its window, and is not to pay again before
    /// somebody knows what becomes of it.
    pub(super) fn is_held(&mut self, reason: Reason) -> Taken {
        use State::*;
        let state = self.next.state;
        if state == PendingReview {
            return Ok(());
        }
        let given_up = state.is_soft_end() || state == AwaitingDeposit;
        if !given_up || self.is_held_no_more() {
            self.only(&[Created, Requested], "not_requested")?;
        } else if !self.stands_alone() {
            // Beside another attempt that was paid, or may be, it cannot wait.
            self.suspect_something();
            self.look_instead(SOMETHING);
            return Ok(());
        }
        self.next.reason = Some(reason);
        self.enter(PendingReview);
        self.look_from_the_start();
        Ok(())
    }

    /// A person ended its review, or the gateway did, and what told of it may come again; and a registration takes no money.
    fn is_held_no_more(&self) -> bool {
        let reason = self.next.reason.as_ref();
        let ended = reason.is_some_and(|reason| OVER.contains(&reason.code.as_str()));
        ended || self.next.order.work == Work::Register
    }

    /// No other attempt of the order was paid, or may be.
    pub(super) fn stands_alone(&self) -> bool {
        let it = &self.next;
        it.rival.is_none() && it.undecided_sibling.is_none() && it.live_sibling.is_none()
    }
}

/// The reason codes of reviews that have ended.
const OVER: [&str; 2] = [BY_A_PERSON, "cancelled_by_gateway"];
