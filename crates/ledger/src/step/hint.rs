//! What nobody signed. It proves nothing, and may still be all that we ever hear: so what it names is asked about by the schedule, which a
//! server that is started anew goes on with.

use super::Turn;
use crate::policy::LOOKUP_SCHEDULE;
use crate::{Hint, Suspected};

impl Turn {
    pub(super) fn hinted(&mut self, hint: Hint) {
        match hint {
            // Ours is told like anybody's.
            Hint::Refund { money }
                if self.stands() && !self.next.refunds_just_now(money, self.now) =>
            {
                let what = Suspected::Hinted;
                self.note_suspicion(what, None, None, |known| known.what == what);
                self.look_behind_the_hint();
            }
            Hint::Payment | Hint::Refund { .. } if self.may_still_be_paid() => {
                self.look_behind_the_hint();
            }
            Hint::Payment | Hint::Refund { .. } | Hint::BillingKey => {}
        }
    }

    /// The look that it starts at once keeps a pace, and is not written down. A schedule that is under way is kept: anybody can say so
    /// again and again. But all does not rest on its last look.
    fn look_behind_the_hint(&mut self) {
        let last = self.next.checks as usize >= LOOKUP_SCHEDULE.len();
        let due = self.next.next_check_at;
        if last || due.is_none() {
            self.next.checks = AFTER_THE_FIRST_LOOKS;
            self.look_later();
            // Nor does it put the last one off.
            let soon = self.next.next_check_at;
            self.next.next_check_at = [due, soon].into_iter().flatten().min();
        }
    }
}

/// Where the schedule goes on: after ten minutes.
const AFTER_THE_FIRST_LOOKS: u32 = 3;
