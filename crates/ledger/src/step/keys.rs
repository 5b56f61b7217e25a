//! Billing keys: held, deleted, in doubt. The attempt's own state stays what it is.

use paypair_protocol::Work;

use super::{Taken, Turn, difference};
use crate::attempt::BY_A_PERSON;
use crate::evidence::{Evidence, Sight};
use crate::policy::LOOKUP_SCHEDULE;
use crate::{
    BillingKey, BillingKeyState, CallOutcome, CardSeen, Clash, Effect, HeldKey, MoneyOp,
    Publication, Reason, State,
};

impl Turn {
    /// The key that evidence brings becomes the attempt's own, unless somebody has it. A deleted one only comes back by being
    /// registered again.
    pub(super) fn hold(&mut self, evidence: &Evidence) {
        let Some(key) = evidence.billing_key() else {
            return;
        };
        let customer = &self.next.order.customer.id;
        match (&self.next.billing_key, &self.next.key_owner) {
            (Some(held), _) if held.digest == key.digest => {}
            (Some(_), _) => self.alert("billing_key_differs"),
            (None, Some(owner)) if owner.customer_id != *customer => {
                self.alert("billing_key_taken");
            }
            (None, Some(owner))
                if owner.state != BillingKeyState::Deleted
                    || evidence.sight() != Sight::Registered =>
            {
                self.next.detail.known_key = Some(BillingKey::id_of(key.digest));
            }
            (None, _) => self.keep(key, evidence.detail().card.clone()),
        }
    }

    fn keep(&mut self, key: &BillingKey, card: Option<CardSeen>) {
        self.next.billing_key = Some(HeldKey::new(key, card, self.now));
    }

    /// The gateway will charge by itself. The notice moves no money and pays for nothing.
    pub(super) fn subscribed(&mut self, evidence: &Evidence) {
        if self.next.clash == Some(Clash::BillingKey) {
            self.alert("billing_key_taken");
        } else if let Some(field) = difference(&self.next, evidence) {
            self.alert(field);
        } else {
            self.hold(evidence);
        }
    }

    pub(super) fn key_adopted(&mut self, key: &BillingKey, card: Option<CardSeen>) -> Taken {
        self.only(&[State::Created], "already_requested")?;
        self.unless(
            self.next.order.work != Work::Register,
            "registration_not_asked",
        )?;
        if let Some(owner) = &self.next.key_owner {
            self.unless(
                owner.customer_id != self.next.order.customer.id,
                "billing_key_taken",
            )?;
            self.unless(owner.state != BillingKeyState::Deleted, "billing_key_known")?;
        }
        self.next.detail.card = card.clone();
        self.keep(key, card);
        self.next.reason = None;
        self.rest();
        self.enter(State::Registered);
        Ok(())
    }

    pub(super) fn key_delete_asked(&mut self) -> Taken {
        self.may_end_key()?;
        self.key_enters(BillingKeyState::Deleting, None);
        self.effects.push(Effect::Call(MoneyOp::DeleteBillingKey));
        Ok(())
    }

    pub(super) fn key_forgotten(&mut self) -> Taken {
        self.may_end_key()?;
        self.key_ends(Some(Reason::new("forgotten")));
        Ok(())
    }

    /// Only an active key can be ended, and not while it takes money: the charge would have no key to be looked up or explained by.
    fn may_end_key(&self) -> Taken {
        self.key_is(&[BillingKeyState::Active], "billing_key_not_active")?;
        self.unless(self.next.key_charging, "charge_running")
    }

    pub(super) fn key_delete_answered(&mut self, evidence: &Evidence) -> Taken {
        use BillingKeyState::*;
        self.key_is(&[Deleting, InDoubt], "no_deletion_running")?;
        if self.is_of_another_key(evidence) || evidence.sight() != Sight::BillingKeyDeleted {
            self.alert("billing_key_differs");
            return self.key_call_unknown(Reason::new("billing_key_differs"));
        }
        self.finish(MoneyOp::DeleteBillingKey, CallOutcome::Done);
        self.key_ends(None);
        Ok(())
    }

    pub(super) fn key_delete_declined(&mut self, reason: Reason) -> Taken {
        self.key_is(&[BillingKeyState::Deleting], "no_deletion_running")?;
        self.finish(MoneyOp::DeleteBillingKey, CallOutcome::Declined);
        self.key_enters(BillingKeyState::Active, Some(reason));
        if self.never_counted() {
            self.alert("subscription_goes_on");
        }
        Ok(())
    }

    pub(super) fn key_delete_not_sent(&mut self) -> Taken {
        self.key_is(&[BillingKeyState::Deleting], "no_deletion_running")?;
        let reason = Reason::new(NOT_SENT);
        if self.never_counted() {
            // Nobody waits for it and would ask again: it is looked up until it is ended, and to look is to end it.
            return self.key_call_unknown(reason);
        }
        self.finish(MoneyOp::DeleteBillingKey, CallOutcome::NotSent);
        self.key_enters(BillingKeyState::Active, Some(reason));
        Ok(())
    }

    /// The agreement behind a payment that went back and never counted is ended, whichever of the two is told last. Asked once: what was
    /// refused, or what a person said, stays with a person.
    pub(super) fn end_what_never_counted(&mut self) {
        let fresh = |held: &HeldKey| {
            let reason = held.reason.as_ref();
            held.state == BillingKeyState::Active && reason.is_none_or(|it| it.code == NOT_SENT)
        };
        if self.next.billing_key.as_ref().is_some_and(fresh) && self.never_counted() {
            self.key_enters(BillingKeyState::Deleting, Some(Reason::new("given_back")));
            self.effects.push(Effect::Call(MoneyOp::DeleteBillingKey));
        }
    }

    /// The first payment of a subscription is back with the buyer, and nobody was ever told that it was paid: whoever buys agrees anew,
    /// or has agreed in another window. The gateway would go on charging.
    fn never_counted(&self) -> bool {
        let it = &self.next;
        matches!(it.state, State::Refunded | State::ChargedBack)
            && it.paid_at.is_none()
            && it.order.begins_subscription()
    }

    pub(super) fn key_call_unknown(&mut self, reason: Reason) -> Taken {
        use BillingKeyState::*;
        self.key_is(&[Deleting, InDoubt], "no_deletion_running")?;
        self.finish(MoneyOp::DeleteBillingKey, CallOutcome::Unknown);
        self.key_enters(InDoubt, Some(reason));
        self.look_at_key_later();
        Ok(())
    }

    /// A lookup found it still there: so often, and for so long, that the deletion did not happen?
    pub(super) fn key_seen(&mut self, evidence: &Evidence) -> Taken {
        let (now, policy) = (self.now, self.next.policy);
        let other = self.is_of_another_key(evidence);
        self.key_looked_at();
        let Some(held) = &mut self.next.billing_key else {
            return Err(self.refusal("no_billing_key"));
        };
        if other {
            self.alert("billing_key_differs");
            self.look_at_key_later();
            return Ok(());
        }
        match held.state {
            BillingKeyState::InDoubt => {
                held.sightings = held.sightings.saturating_add(1);
                let since = *held.seen_since.get_or_insert(now);
                if held.sightings >= policy.absences && now.since(since) >= policy.settle_window {
                    self.finish(MoneyOp::DeleteBillingKey, CallOutcome::Declined);
                    let reason = Reason::new("deletion_absent");
                    self.key_enters(BillingKeyState::Active, Some(reason));
                } else {
                    self.look_at_key_later();
                }
            }
            BillingKeyState::Active => {
                if evidence.detail().card.is_some() {
                    held.card.clone_from(&evidence.detail().card);
                }
            }
            // The call's own answer comes first; if it does not come, that is doubt.
            BillingKeyState::Deleting => {}
            BillingKeyState::Deleted => self.alert("deleted_key_seen"),
        }
        Ok(())
    }

    /// A lookup found no such key. That ends a doubt; of a key we never asked to delete, one answer is not enough to erase it.
    pub(super) fn key_gone(&mut self) -> Taken {
        let Some(held) = &self.next.billing_key else {
            return Err(self.refusal("no_billing_key"));
        };
        match held.state {
            BillingKeyState::InDoubt => {
                self.finish(MoneyOp::DeleteBillingKey, CallOutcome::Done);
                self.key_ends(None);
            }
            BillingKeyState::Active => self.alert("billing_key_gone"),
            BillingKeyState::Deleting | BillingKeyState::Deleted => {}
        }
        Ok(())
    }

    pub(super) fn key_check_failed(&mut self) -> Taken {
        self.unless(self.next.billing_key.is_none(), "no_billing_key")?;
        self.key_looked_at();
        self.look_at_key_later();
        Ok(())
    }

    /// As with absences of a payment: what lies between a look that is late and the one before it was measured by nobody, whatever the
    /// late one says.
    fn key_looked_at(&mut self) {
        let held = self.next.billing_key.as_ref();
        let late = self.is_late(held.and_then(|held| held.next_check_at));
        if let Some(held) = self.next.billing_key.as_mut().filter(|_| late) {
            (held.sightings, held.seen_since) = (0, None);
        }
    }

    /// A named person's word, where the gateway gives none that we know.
    pub(super) fn key_resolved(&mut self, deleted: bool) -> Taken {
        let state = self.next.billing_key.as_ref().map(|held| held.state);
        let running = state == Some(BillingKeyState::Deleting);
        self.unless(running, "deletion_running")?;
        let doubtful = state == Some(BillingKeyState::InDoubt);
        self.unless(!doubtful, "nothing_to_resolve")?;
        let reason = Some(Reason::new(BY_A_PERSON));
        if deleted {
            self.finish(MoneyOp::DeleteBillingKey, CallOutcome::Done);
            self.key_ends(reason);
        } else {
            self.finish(MoneyOp::DeleteBillingKey, CallOutcome::Declined);
            self.key_enters(BillingKeyState::Active, reason);
        }
        Ok(())
    }

    /// The key is gone, and with it every copy of its text that the attempt has: the window's session may hold one.
    fn key_ends(&mut self, reason: Option<Reason>) {
        let now = self.now;
        self.key_enters(BillingKeyState::Deleted, reason);
        if let Some(held) = &mut self.next.billing_key {
            held.key = None;
            held.deleted_at = Some(now);
        }
        if !self.next.state.is_live() {
            self.next.session = None;
            self.next.launch = None;
        }
        let deleted = Publication::BillingKeyDeleted;
        self.effects.push(Effect::Publish(deleted));
    }

    fn key_enters(&mut self, state: BillingKeyState, reason: Option<Reason>) {
        if let Some(held) = &mut self.next.billing_key {
            held.state = state;
            held.reason = reason;
            held.next_check_at = None;
            held.checks = 0;
            held.sightings = 0;
            held.seen_since = None;
        }
    }

    /// The schedule, then daily: a key in doubt is never forgotten. Nothing else is looked up.
    fn look_at_key_later(&mut self) {
        let now = self.now;
        let Some(held) = self
            .next
            .billing_key
            .as_mut()
            .filter(|held| held.state == BillingKeyState::InDoubt)
        else {
            return;
        };
        let pause = LOOKUP_SCHEDULE.get(held.checks as usize);
        held.checks = held.checks.saturating_add(1);
        let at = now.after(pause.copied().unwrap_or(super::DAILY));
        held.next_check_at = Some(at);
        self.effects.push(Effect::Lookup(at));
    }

    fn key_is(&self, states: &[BillingKeyState], why: &'static str) -> Taken {
        match &self.next.billing_key {
            None => Err(self.refusal("no_billing_key")),
            Some(held) => self.unless(!states.contains(&held.state), why),
        }
    }

    fn is_of_another_key(&self, evidence: &Evidence) -> bool {
        let held = self.next.billing_key.as_ref().map(|held| held.digest);
        held.is_none() || evidence.billing_key().map(|key| key.digest) != held
    }
}

/// The reason of a key whose deletion provably never left.
const NOT_SENT: &str = "not_sent";
