//! A virtual account was issued, or a slip to pay by at a shop: the money comes hours or days later, or never.

use std::time::Duration;

use super::{DAILY, Taken, Turn};
use crate::{Detail, State, Timestamp};

impl Turn {
    pub(super) fn account_issued(
        &mut self,
        detail: Detail,
        expires_at: Option<Timestamp>,
    ) -> Taken {
        use State::*;
        let state = self.next.state;
        let awaited = matches!(state, Created | Requested | AwaitingDeposit);
        if !awaited && !state.is_soft_end() {
            // The return came behind the callback, which knew more.
            return self.unless(state.is_live(), "not_requested");
        }
        self.next.detail.merge(detail);
        self.next.expires_at = expires_at
            .unwrap_or_else(|| self.now.after(ACCOUNT_LIFE))
            .min(self.now.after(LONGEST_ACCOUNT_LIFE));
        self.next.returned_at.get_or_insert(self.now);
        if awaited {
            self.await_deposit();
        } else if self.next.next_check_at.is_none() {
            // It came behind an end that was a browser's or a clock's word. The merchant was told of that, and hears of the deposit.
            self.look_from_the_start();
        }
        Ok(())
    }

    fn await_deposit(&mut self) {
        if self.next.state != State::AwaitingDeposit {
            self.next.reason = None;
            self.enter(State::AwaitingDeposit);
            self.look_from_the_start();
        }
    }

    /// Whether the buyer may pay into an account until its time is over.
    pub(super) fn waits_for_a_deposit(&self) -> bool {
        let state = self.next.state;
        let it = &self.next;
        // Payletter Global tells nothing of it; but no window is open for more than a day.
        let is_issued =
            it.detail.virtual_account.is_some() || it.expires_at.since(it.created_at) > DAILY;
        state == State::AwaitingDeposit || (state.is_soft_end() && is_issued)
    }
}

/// How long a virtual account waits when its own last moment could not be read. Too long is better: a deposit always counts.
const ACCOUNT_LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The longest a virtual account is believed to wait: its last moment comes through a browser.
const LONGEST_ACCOUNT_LIFE: Duration = Duration::from_secs(90 * 24 * 60 * 60);
