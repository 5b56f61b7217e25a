//! Refunds that we began by ourselves and that provably never left: they are still owed. A refusal is the gateway's word and stays with
//! a person; a name server that was down for a moment is nobody's.

use paypair_protocol::Gateway;

use super::{Turn, differs};
use crate::{CallOutcome, Reason, RefundCase, RefundLine, RefundState, State};

impl Turn {
    /// What a merchant asked for is answered "not made", and asked again by the merchant; what is ours we begin again.
    pub(super) fn refund_not_sent(&mut self) {
        let reason = self.next.reason.clone();
        let reason = reason.unwrap_or_else(|| Reason::new("refund_not_sent"));
        // What a merchant asks for leaves this state while it is on its way.
        let case = self.next.refund.as_ref();
        let ours = self.next.state == State::Discrepant
            && case.is_some_and(|case| case.id.is_none() && case.back_to == State::Discrepant);
        let before = self.next.refunds.last().is_some_and(|line| line.not_sent);
        self.refund_failed(CallOutcome::NotSent, reason);
        if let Some(line) = self.next.refunds.last_mut() {
            line.never_left = true;
        }
        if let Some(line) = self.next.refunds.last_mut().filter(|_| ours) {
            line.not_sent = true;
            if !before {
                // From here the schedule grows with every call that does not leave.
                self.next.checks = 0;
            }
        }
    }

    /// The line of an earlier call for the same refund, taken out: one refund is one line, however often it is tried.
    pub(super) fn take_unsent_line(&mut self, case: &RefundCase) -> Option<RefundLine> {
        let lines = &mut self.next.refunds;
        let same = |line: &RefundLine| line.not_sent && line.transaction_id == case.transaction_id;
        let at = lines.iter().position(same)?;
        Some(lines.remove(at))
    }

    /// Whether the refund of the attempt's own payment is to be begun again.
    pub(super) fn owes_an_unsent(&self) -> bool {
        self.unsent().is_some()
    }

    /// A lookup has just told, or failed to tell, that nothing else has become of it.
    pub(super) fn begin_again(&mut self) {
        if let Some(case) = self.unsent() {
            self.next.next_check_at = None;
            self.refund(case);
        }
    }

    /// The refund of the attempt's own payment that never left, as it would be asked for now. Whoever gave some of it back meanwhile, or
    /// was refused it, has taken over.
    fn unsent(&self) -> Option<RefundCase> {
        let it = &self.next;
        let of_own =
            |line: &&RefundLine| !differs(&it.transaction_id, line.transaction_id.as_deref());
        let line = it.refunds.iter().rfind(of_own)?;
        let captured = it.captured?;
        let money = self.left_of(captured);
        // Payple's refund names the order alone: it could give back another payment.
        let nameable = !(it.has_standing_second() && it.order.gateway == Gateway::Payple);
        let owed = line.not_sent
            && line.state == RefundState::Declined
            && it.state == State::Discrepant
            && it.refund.is_none()
            && it.policy.auto_refund
            && !it.refunds_unclear
            && !money.is_zero()
            && nameable;
        owed.then(|| RefundCase {
            id: None,
            transaction_id: line.transaction_id.clone(),
            money,
            partial: money != captured,
            accepted: false,
            back_to: State::Discrepant,
            why: it
                .reason
                .as_ref()
                .map_or_else(String::new, |it| it.code.clone()),
        })
    }
}
