//! What nobody signed. It proves nothing, and may still be all that we ever hear: so what it names is asked about by the schedule, which a
//! server that is started anew goes on with.

use super::Turn;
use crate::{Hint, State, Suspected};

impl Turn {
    pub(super) fn hinted(&mut self, hint: Hint) {
        use State::*;
        let stands = self.next.captured.is_some()
            && matches!(
                self.next.state,
                Paid | PartiallyRefunded | RefundPending | InDoubt | Discrepant
            );
        match hint {
            Hint::Refund { money } if stands => {
                // Ours is told like anybody's.
                if !self.next.refunds_so_much(None, money, self.now) {
                    let what = Suspected::Hinted;
                    self.note_suspicion(what, None, None, |known| known.what == what);
                    self.look_behind_the_hint();
                }
            }
            Hint::Payment | Hint::Refund { .. } if self.may_still_be_paid() => {
                self.look_behind_the_hint();
            }
            Hint::Payment | Hint::Refund { .. } | Hint::BillingKey => {}
        }
    }

    /// The look that it starts at once keeps a pace, and is not written down. Where something is due already, that is kept: anybody can
    /// say so again and again.
    fn look_behind_the_hint(&mut self) {
        if self.next.next_check_at.is_none() {
            self.next.checks = AFTER_THE_FIRST_LOOKS;
            self.look_later();
        }
    }
}

/// Where the schedule goes on: after two minutes.
const AFTER_THE_FIRST_LOOKS: u32 = 2;
