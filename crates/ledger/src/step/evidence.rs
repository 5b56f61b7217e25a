//! What evidence does: captures, registrations, cancellations, chargebacks.

use paypair_protocol::{Money, Work};

use super::waiting::SOMETHING;
use super::{Taken, Turn, differs};
use crate::attempt::RENEWAL_UNCONFIRMED;
use crate::evidence::{Evidence, Sight, Source, Weight, same_family};
use crate::{
    Attempt, CallOutcome, Clash, Effect, MoneyOp, Publication, Reason, RefundCase, State, Suspected,
};

impl Turn {
    pub(super) fn sighted(&mut self, evidence: Evidence) {
        match evidence.weight() {
            Weight::Full => {}
            Weight::Unconfirmed => return self.unconfirmed(&evidence),
            Weight::Unprovable => return self.unprovable(evidence),
        }
        self.receipt_seen(&evidence);
        match evidence.sight() {
            Sight::Captured => self.captured(evidence),
            Sight::Registered => self.registered(evidence),
            Sight::Cancelled => self.given_back(evidence),
            Sight::PartlyCancelled => self.partly_given_back(&evidence),
            Sight::ChargedBack => self.charged_back(&evidence),
            Sight::Subscribed => self.subscribed(&evidence),
            Sight::BillingKeyDeleted => self.alert("deletion_out_of_place"),
        }
    }

    /// What only a list can say: it is asked. What stands, or has ended, is not asked about for long by itself.
    fn unconfirmed(&mut self, evidence: &Evidence) {
        let fits = self.next.clash.is_none() && difference(&self.next, evidence).is_none();
        if fits && evidence.sight() == Sight::Captured {
            // The list shows no key, and this does not come again.
            self.hold(evidence);
            if self.may_end_by_the_clock() {
                // A list that cannot be reached does not make it nothing.
                self.next.reason = Some(Reason::new(SOMETHING));
            }
        }
        let over = matches!(
            self.next.state,
            State::Refunded | State::ChargedBack | State::Discrepant
        ) || self.next.state.is_soft_end();
        if (over || self.next.captured.is_some()) && evidence.sight() == Sight::Captured {
            return self.suspect_capture(evidence, SOMETHING);
        }
        self.look_instead(SOMETHING);
    }

    /// Nobody has heard of money, and the end of its time ends it.
    fn may_end_by_the_clock(&self) -> bool {
        use State::*;
        let state = self.next.state;
        matches!(state, Created | Requested | Authenticated | AwaitingDeposit)
    }

    /// What may be another notice, raised to that of a payment, where no list can be asked. It pays for nothing: a person says what it
    /// is. What does not fit the order, or is known to be back, needs nobody's word.
    fn unprovable(&mut self, evidence: Evidence) {
        use State::*;
        if evidence.sight() != Sight::Captured {
            return self.look_instead(SOMETHING);
        }
        if self.next.clash.is_some() {
            return self.look_instead("transaction_id_taken");
        }
        if self.is_gone(&evidence) || difference(&self.next, &evidence).is_some() {
            return self.captured(evidence);
        }
        let state = self.next.state;
        let open = matches!(state, Created | Requested | AwaitingDeposit | PendingReview);
        let may_pay = open || state.is_soft_end();
        if may_pay {
            // What is begun by it, or charged later, must be known by name once a person says that it is paid.
            self.hold(&evidence);
        }
        // Beside another attempt that was paid, or may be, it cannot wait.
        if !may_pay || !self.stands_alone() {
            return self.suspect_capture(&evidence, SOMETHING);
        }
        self.alert(SOMETHING);
        if self.suspect_for_review(&evidence) {
            self.review(SOMETHING);
        }
    }

    /// The merchant is told what was said, and it is asked about until somebody knows what it is.
    fn review(&mut self, why: &'static str) {
        self.next.reason = Some(Reason::new(why));
        if self.next.state == State::PendingReview {
            self.effects.push(Effect::Publish(Publication::Pending));
        } else {
            self.enter(State::PendingReview);
        }
        self.look_from_the_start();
    }

    pub(super) fn captured(&mut self, evidence: Evidence) {
        use State::*;
        if self.is_anothers_answer(&evidence) {
            return self.ask_the_list();
        }
        if matches!(self.next.clash, Some(Clash::Transaction(_))) {
            // The domestic hash does not cover the order id: this may be another order's callback with ours written over it.
            // So nothing is given back either; it is not ours to give.
            return if evidence.is_pushed() {
                self.look_instead("transaction_id_taken")
            } else if self.next.captured.is_some()
                || self.next.refunds_unclear
                || self.next.state.is_terminal()
            {
                // What we know to be ours stays as it is.
                self.alert("transaction_id_taken");
            } else {
                self.contradict("transaction_id_taken", evidence, false)
            };
        }
        if self.next.captured.is_none() && self.is_gone(&evidence) {
            return self.alert("capture_after_the_end");
        }
        let difference = difference(&self.next, &evidence);
        let other_payment = differs(&self.next.transaction_id, evidence.transaction_id());
        if self.is_unread(&evidence, difference) {
            return self.open();
        }
        match self.next.state {
            Refunded | ChargedBack | Registered => {
                if !other_payment && self.next.transaction_id.is_some() {
                    return;
                }
                if evidence.is_pushed() {
                    return self.suspect_capture(&evidence, "capture_after_the_end");
                }
                if self.next.state == Refunded && other_payment && !self.next.refunded().is_zero() {
                    return self.second_captured(&evidence);
                }
                // An end stays an end, but somebody must hear of this money, once.
                if self.note_second(&evidence) || evidence.transaction_id().is_none() {
                    self.alert("capture_after_the_end");
                    self.effects.push(Effect::Publish(Publication::Discrepant));
                }
            }
            Paid | PartiallyRefunded | RefundPending => match difference {
                // A person said that it was paid, and of two names neither; the name in a notice is not signed.
                None if !other_payment && self.is_nameless() && evidence.is_pushed() => {
                    self.look_instead(SOMETHING)
                }
                None if !other_payment => {
                    self.hold(&evidence);
                    self.learn(evidence);
                }
                None if self.is_its_name(&evidence) => {
                    self.next.transaction_id = None;
                    self.learn(evidence);
                    self.alert("transaction_id_corrected");
                    self.effects.push(Effect::Publish(Publication::Restored));
                    // What became of it since was told under a name that was not known.
                    self.look_from_the_start();
                }
                _ if evidence.is_pushed() && other_payment => {
                    self.suspect_capture(&evidence, "capture_differs")
                }
                _ if evidence.is_pushed() => self.look_instead("capture_differs"),
                // It was delivered already: only a second payment is given back without asking.
                Some(field) if !other_payment => self.contradict(field, evidence, false),
                _ => self.second_captured(&evidence),
            },
            // Another shop of the same key was paid, by what is signed: not ours to fulfil, nor to give back.
            _ if difference == Some(MERCHANT_DIFFERS) && evidence.is_pushed() => {
                if self.next.captured.is_some() {
                    return self.suspect_capture(&evidence, MERCHANT_DIFFERS);
                }
                self.tell_of_another_shop(&evidence);
                self.look_instead(MERCHANT_DIFFERS);
            }
            // What shows the whole of a payment that was first seen in part goes the way of any other.
            Discrepant if other_payment || !self.lacks_the_whole() => {
                if self.next.captured.is_none() && !self.lacks_the_whole() {
                    let code = difference.unwrap_or("late_capture");
                    let fits = difference.is_none() && self.waits_for_an_amount();
                    if !fits {
                        self.contradict(code, evidence, true);
                    } else if other_payment {
                        self.alert("second_capture");
                    } else {
                        // All that was wrong with it is over. It was told as wrong, so what becomes of it a person says.
                        self.contradict(code, evidence, false);
                        self.effects.push(Effect::Publish(Publication::Discrepant));
                    }
                } else if other_payment && evidence.is_pushed() {
                    self.suspect_capture(&evidence, "capture_differs");
                } else if other_payment {
                    self.second_captured(&evidence);
                }
            }
            InDoubt if self.next.doubt == Some(MoneyOp::Refund) => {
                if evidence.is_pushed() && other_payment {
                    self.suspect_capture(&evidence, "capture_differs");
                } else {
                    self.not_given_back(&evidence);
                }
            }
            // A notice is not enough for a charge that we did not ask for ourselves: the sales list confirms it.
            _ if self.next.order.renews.is_some() && evidence.is_pushed() => {
                self.look_instead(RENEWAL_UNCONFIRMED)
            }
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

    /// Whether it is captured, and nobody knows what its payment is called.
    const fn is_nameless(&self) -> bool {
        self.next.captured.is_some() && self.next.transaction_id.is_none()
    }

    /// The answer to a charge names no order. Where it does not fit, names a payment that is known to be another one's, or would be one too
    /// many, it may be the answer to somebody else's charge: nothing is believed of it, and nothing given back by its name.
    fn is_anothers_answer(&self, evidence: &Evidence) -> bool {
        evidence.detail().named_by_answer
            && (self.next.clash.is_some()
                || self.next.rival.is_some()
                || difference(&self.next, evidence).is_some()
                || differs(&self.next.transaction_id, evidence.transaction_id()))
    }

    fn ask_the_list(&mut self) {
        let reason = Reason::new("answer_of_another");
        if self.call_unknown(MoneyOp::Charge, reason).is_err() {
            self.look_instead("answer_of_another");
        }
    }

    /// A list shows the payment under another name than the answer had, which named no order: it was another payment's answer.
    fn is_its_name(&self, evidence: &Evidence) -> bool {
        self.next.awaits_its_name()
            && !evidence.is_pushed()
            && evidence.transaction_id().is_some()
            && evidence.money() == self.next.captured
            && self
                .next
                .second_payment(evidence.transaction_id())
                .is_none()
    }

    /// Whether a lookup shows a capture that fits in everything, but for an amount that it does not say, or not so that it can be read.
    /// It pays for nothing yet, and contradicts nothing; the next look may say more. While a refund is in doubt, or once nothing leads
    /// out of the state, the amount is not asked for.
    fn is_unread(&self, evidence: &Evidence, difference: Option<&str>) -> bool {
        difference == Some(AMOUNT_DIFFERS)
            && evidence.money().is_none()
            && evidence.source() == Source::Lookup
            && self.next.order.work != Work::Register
            && self.next.doubt != Some(MoneyOp::Refund)
            && !self.next.state.is_terminal()
    }

    /// Whether all that was held against a capture is that its amount could not be read, and nothing else of the order is paid.
    fn waits_for_an_amount(&self) -> bool {
        let code = self.next.reason.as_ref().map(|reason| reason.code.as_str());
        code == Some(AMOUNT_DIFFERS) && self.next.captured.is_none() && self.next.rival.is_none()
    }

    pub(super) fn paid(&mut self, evidence: Evidence) {
        self.end_capture_call(CallOutcome::Done);
        self.next.captured = evidence.money();
        self.hold(&evidence);
        self.learn(evidence);
        self.next.paid_at = Some(self.now);
        self.next.reason = None;
        self.rest();
        self.enter(State::Paid);
        if self.next.refunds_unclear {
            self.enter(State::PartiallyRefunded);
        }
        if self.next.awaits_its_name() {
            self.look_from_the_start();
        }
    }

    /// Evidence that does not fit: never fulfilled. What was captured against the order is given back, if policy allows.
    pub(super) fn contradict(&mut self, code: &'static str, evidence: Evidence, give_back: bool) {
        let captured = evidence.sight() == Sight::Captured;
        if captured {
            self.end_capture_call(CallOutcome::Done);
        }
        if captured && self.next.clash.is_none() {
            // A payment does not shrink: what went back of it is told apart.
            let (known, seen) = (self.next.captured, evidence.money());
            let shrunk = matches!((known, seen), (Some(known), Some(seen))
                if known.currency == seen.currency && seen.minor < known.minor);
            self.next.captured = if shrunk { known } else { seen.or(known) };
        }
        let money = evidence.money();
        let transaction_id = evidence.transaction_id().map(str::to_owned);
        if self.next.clash.is_none() {
            if captured && self.next.order.begins_subscription() {
                // What goes back with its payment must be known by name.
                self.hold(&evidence);
            }
            self.learn(evidence);
        }
        self.rest();
        self.next.reason = Some(Reason::new(code));
        self.enter(State::Discrepant);
        // A renewal is the subscriber's money, charged by the gateway on terms we may not know: a person looks.
        let wanted = captured
            && give_back
            && self.next.policy.auto_refund
            && self.next.refund.is_none()
            && !self.next.refunds_unclear
            && self.next.order.renews.is_none();
        if let Some(money) = money.filter(|_| wanted) {
            self.give_back(transaction_id, money, code);
        }
    }

    /// Gives back what was captured against the order; of our own payment no more than is left of it.
    fn give_back(&mut self, transaction_id: Option<String>, captured: Money, code: &'static str) {
        let other = differs(&self.next.transaction_id, transaction_id.as_deref());
        let money = if other {
            captured
        } else {
            self.left_of(captured)
        };
        if money.is_zero() {
            return;
        }
        self.refund(RefundCase {
            id: None,
            transaction_id,
            money,
            partial: money != captured,
            accepted: false,
            back_to: State::Discrepant,
            why: code.to_owned(),
        });
    }

    pub(super) fn registered(&mut self, evidence: Evidence) {
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
                    self.hold(&evidence);
                    self.learn(evidence);
                    self.next.reason = None;
                    self.rest();
                    self.enter(Registered);
                }
            }
            _ => self.alert("registration_out_of_place"),
        }
    }

    /// A charge that the gateway made by itself. Its notice alone pays nothing.
    pub(super) fn renewal_seen(&mut self, evidence: &Evidence, ended: bool) -> Taken {
        self.only(&[State::Created], "already_seen")?;
        self.unless(self.next.order.renews.is_none(), "not_a_renewal")?;
        if ended {
            self.alert("renewal_after_the_end");
        }
        if difference(&self.next, evidence).is_none() {
            // Where no list can be asked, a person says whether it is so.
            self.suspect_for_review(evidence);
        }
        self.next.reason = Some(Reason::new(RENEWAL_UNCONFIRMED));
        self.enter(State::PendingReview);
        self.look_now();
        Ok(())
    }

    pub(super) fn charged_back(&mut self, evidence: &Evidence) {
        if evidence.is_pushed() {
            return self.suspect_end(Suspected::Chargeback, evidence, "chargeback_unproven");
        }
        match self.next.state {
            _ if differs(&self.next.transaction_id, evidence.transaction_id()) => {
                self.alert("chargeback_differs")
            }
            State::Paid | State::PartiallyRefunded => self.enter(State::ChargedBack),
            State::Discrepant if self.next.refund.is_none() && !self.next.has_standing_second() => {
                self.enter(State::ChargedBack)
            }
            State::ChargedBack => {}
            _ => self.alert("chargeback_out_of_place"),
        }
    }
}

/// The first thing in which the evidence contradicts the order, as a reason code.
pub(super) fn difference(attempt: &Attempt, evidence: &Evidence) -> Option<&'static str> {
    let order = &attempt.order;
    let is_capture = evidence.sight() == Sight::Captured;
    let open = order.money.is_none() && order.work != Work::Register;
    let expected = if open {
        // The one payment without an expected amount (a PIN decides it): what came first is what was paid.
        attempt.captured.or_else(|| evidence.money())
    } else {
        order.money
    };
    [
        ("gateway_differs", evidence.gateway() != order.gateway),
        (
            MERCHANT_DIFFERS,
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
            // A renewal brings back the nonce of the attempt that began the subscription.
            order.renews.is_none() && evidence.nonce().is_some_and(|nonce| nonce != attempt.nonce),
        ),
        (
            "customer_differs",
            evidence
                .customer_id()
                .is_some_and(|id| id != order.customer.id),
        ),
        (
            AMOUNT_DIFFERS,
            evidence.money().is_some() && evidence.money() != expected,
        ),
        (
            "method_differs",
            // Where none was asked for, the buyer chose in the window.
            !order.method.as_str().is_empty()
                && evidence
                    .method()
                    .is_some_and(|method| !same_family(order.gateway, &order.method, method)),
        ),
        // A capture of no amount pays for nothing, not even for an order that names none. Last: then all else fits.
        (AMOUNT_DIFFERS, is_capture && evidence.money().is_none()),
    ]
    .into_iter()
    .find_map(|(code, differs)| differs.then_some(code))
}

/// The reason code, and the alert, of what another shop was paid.
const MERCHANT_DIFFERS: &str = "merchant_differs";

/// The reason code of another amount than the order's, or of none.
const AMOUNT_DIFFERS: &str = "amount_differs";
