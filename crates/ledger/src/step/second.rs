//! Second payments: captured beside the attempt's own, under one order id. Each is kept by its own name and amount; while one stands,
//! the attempt is neither paid nor refunded.

use paypair_protocol::Gateway;

use super::Turn;
use crate::evidence::Evidence;
use crate::{Reason, RefundCase, RefundState, SecondPayment, State};

impl Turn {
    /// A payment that is not the attempt's own. It is given back at once where policy allows, and once: what was refused stays with a
    /// person. What never left was not asked.
    pub(super) fn second_captured(&mut self, evidence: &Evidence) {
        if self.is_of_another(evidence) {
            return self.alert("order_id_differs");
        }
        let new = self.note_second(evidence);
        let known = self.next.second_payment(evidence.transaction_id());
        if known.is_none_or(|second| second.is_back) {
            // A list that lags still shows what went back.
            return;
        }
        // Of a refunded one too: what stands beside it must be able to go back.
        let refunded = self.next.state == State::Refunded;
        if refunded {
            // The first versions kept of a payment that they first saw when it was back only that it went.
            self.next.captured = self.next.captured.or(self.next.seen_refunded);
        }
        if refunded || matches!(self.next.state, State::Paid | State::PartiallyRefunded) {
            self.rest();
            self.next.reason = Some(Reason::new("second_capture"));
            self.enter(State::Discrepant);
        } else if new {
            self.alert("second_capture");
        }
        self.give_back_second();
    }

    /// Writes it down, whatever else is going on. Whether it is new.
    pub(super) fn note_second(&mut self, evidence: &Evidence) -> bool {
        let (Some(id), Some(money)) = (evidence.transaction_id(), evidence.money()) else {
            return false;
        };
        if self.next.transaction_id.as_deref() == Some(id)
            || self.next.clash.is_some()
            || self.is_of_another(evidence)
            || self.next.second_payment(Some(id)).is_some()
        {
            return false;
        }
        let mut seconds = self.next.second_payments.iter_mut();
        let nameless = |second: &&mut SecondPayment| {
            second.transaction_id.is_none() && !second.is_back && second.money == money
        };
        if let Some(second) = seconds.find(nameless) {
            // Seen before, by a version that did not keep its name.
            second.transaction_id = Some(id.to_owned());
            return false;
        }
        let own_stood = self.own_stands();
        self.next.second_payments.push(SecondPayment {
            transaction_id: Some(id.to_owned()),
            money,
            method: evidence.method().map(|method| method.as_str().to_owned()),
            seen_at: self.now,
            is_back: false,
            own_stood,
        });
        true
    }

    /// A payment that went back before anybody heard of it. What told of it may still come, and is known by its name; without one
    /// it could not be told from the next payment, and is not noted.
    pub(super) fn note_gone(&mut self, evidence: &Evidence) -> bool {
        let noted = self.note_second(evidence);
        if noted {
            self.forget_second(evidence.transaction_id());
        }
        noted
    }

    /// Whether it is one that went back.
    pub(super) fn is_gone(&self, evidence: &Evidence) -> bool {
        let known = self.next.second_payment(evidence.transaction_id());
        known.is_some_and(|second| second.is_back)
    }

    /// Whether the attempt's own payment stands beyond dispute, but for second ones.
    fn own_stands(&self) -> bool {
        use State::*;
        let fine = |state| matches!(state, Paid | PartiallyRefunded);
        match self.next.state {
            state if fine(state) => true,
            Discrepant | RefundPending | InDoubt => {
                let back_to = self.next.refund.as_ref().map(|case| case.back_to);
                let earlier = self.next.standing_seconds().last();
                earlier.map_or_else(|| back_to.is_some_and(fine), |second| second.own_stood)
            }
            _ => false,
        }
    }

    fn give_back_second(&mut self) {
        let Some(second) = self.second_to_give_back() else {
            return;
        };
        let case = RefundCase {
            id: None,
            transaction_id: second.transaction_id.clone(),
            money: second.money,
            partial: false,
            accepted: false,
            back_to: State::Discrepant,
            why: "second_capture".to_owned(),
        };
        self.refund(case);
    }

    /// The second payment that is ours to give back without being asked, now that no other refund runs. Payple's refund names the
    /// order alone: it could give back the payment that was meant to stay. A renewal is the subscriber's money: a person looks.
    fn second_to_give_back(&self) -> Option<&SecondPayment> {
        let may = self.next.policy.auto_refund
            // Nobody knows yet which of the two is the one too many.
            && !self.lacks_the_whole()
            && self.next.refund.is_none()
            && self.next.state == State::Discrepant
            && self.next.order.gateway != Gateway::Payple
            && self.next.order.renews.is_none();
        let asked = |second: &SecondPayment| {
            let mut lines = self.next.refunds.iter();
            lines.any(|line| !line.not_sent && line.transaction_id == second.transaction_id)
        };
        let mut standing = self.next.standing_seconds();
        standing.find(|second| {
            may && second.transaction_id.is_some() && !second.money.is_zero() && !asked(second)
        })
    }

    /// Whether one found while another refund ran is still to be given back: a lookup sees it again, and that begins it.
    pub(super) fn owes_a_second(&self) -> bool {
        self.second_to_give_back().is_some()
    }

    /// A lookup, or a late answer, shows that it went back, and no refund of ours was after it.
    pub(super) fn second_is_back(&mut self, evidence: &Evidence) {
        let id = evidence.transaction_id();
        if self
            .next
            .second_payment(id)
            .is_none_or(|second| second.is_back)
        {
            return;
        }
        self.forget_second(id);
        let now = self.now;
        let mut lines = self.next.refunds.iter_mut().rev();
        if let Some(line) = lines.find(|line| line.transaction_id.as_deref() == id) {
            line.state = RefundState::Done;
            line.ended_at = Some(now);
        }
        if self.next.state == State::Discrepant && self.next.refund.is_none() {
            self.own_again();
        }
    }

    pub(super) fn forget_second(&mut self, transaction_id: Option<&str>) {
        let seconds = self.next.second_payments.iter_mut();
        seconds
            .filter(|second| second.transaction_id.as_deref() == transaction_id)
            .for_each(|second| second.is_back = true);
    }

    pub(super) fn forget_seconds(&mut self) {
        let seconds = self.next.second_payments.iter_mut();
        seconds.for_each(|second| second.is_back = true);
    }

    /// A second payment went back. If it was the last one, the attempt's own payment counts again, if it ever did.
    pub(super) fn own_again(&mut self) {
        use State::*;
        self.rest();
        let stood = self.next.second_payments.last();
        let stood = stood.is_some_and(|second| second.own_stood);
        let left = self.next.captured.map(|captured| self.left_of(captured));
        if left.is_some_and(|left| left.is_zero()) {
            self.next.reason = None;
            self.enter(Refunded);
        } else if !stood {
            self.enter_again(Discrepant);
            if self.lacks_the_whole() {
                self.look_from_the_start();
            }
        } else {
            self.next.reason = None;
            if self.next.refunded().is_zero() && !self.next.refunds_unclear {
                self.enter_again(Paid);
            } else {
                // What went back of it meanwhile may have been told of nowhere.
                self.enter(PartiallyRefunded);
            }
        }
    }

    /// Where the attempt stands in truth: what looks settled is not while a second payment stands.
    pub(super) fn unless_a_second_stands(&mut self, state: State) -> State {
        use State::*;
        let settled = matches!(state, Paid | PartiallyRefunded | Refunded | ChargedBack);
        if settled && self.next.has_standing_second() {
            self.next.reason = Some(Reason::new("second_capture"));
            return Discrepant;
        }
        state
    }
}
