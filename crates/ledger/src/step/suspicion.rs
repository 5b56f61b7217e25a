//! What was pushed to us and proves nothing: it is asked about by the whole schedule, since lists lag, and is never forgotten in silence.

use paypair_protocol::Money;

use super::Turn;
use super::refund::REFUND_AMOUNT_DIFFERS;
use super::waiting::A_WEEK;
use crate::evidence::{Evidence, Sight};
use crate::policy::LOOKUP_SCHEDULE;
use crate::{Effect, Event, Publication, State, Suspected, Suspicion};

/// What a lookup taught.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Learnt {
    /// It was none.
    NotAsked,
    /// The gateway answered.
    Something,
    /// It did not, or its answer says neither.
    Nothing,
    /// It never will: nobody may ask there.
    NeverAnything,
}

impl Learnt {
    pub(super) fn by(event: &Event) -> Self {
        match event {
            Event::LookupFailed { reason } if NOBODY_MAY_ASK.contains(&reason.code.as_str()) => {
                Self::NeverAnything
            }
            Event::LookupFailed { .. } | Event::LookupOpen => Self::Nothing,
            // "In part", and not how much: it may be, and may not.
            Event::Sighted(seen)
                if seen.sight() == Sight::PartlyCancelled && seen.refunded().is_none() =>
            {
                Self::Nothing
            }
            // Nor does a payment that does not say how much it is.
            Event::Sighted(seen) if seen.sight() == Sight::Captured && seen.money().is_none() => {
                Self::Nothing
            }
            event if event.is_lookup() => Self::Something,
            _ => Self::NotAsked,
        }
    }
}

impl Turn {
    /// Another payment is said to be captured, beside or after the attempt's own.
    pub(super) fn suspect_capture(&mut self, evidence: &Evidence, why: &'static str) {
        if evidence.transaction_id().is_some() && !self.is_of_another(evidence) {
            self.suspect(Suspected::Capture, evidence);
        }
        self.look_instead(why);
    }

    /// What stands is said to have gone back, or to have been taken back.
    pub(super) fn suspect_end(&mut self, what: Suspected, evidence: &Evidence, why: &'static str) {
        let id = evidence.transaction_id();
        // Whether that is what was paid or what went back, nobody knows: as much as the payment says nothing of how much a part was.
        let money = evidence
            .money()
            .filter(|money| self.next.captured != Some(*money));
        // That a promise is kept is told once, and where no list may be read by nothing else.
        let ours = what == Suspected::Cancellation
            && !self.waits_for_refund()
            && !self.is_told_of_the_whole_beside_a_part(evidence)
            && (self.next.refunds_unclear || self.next.refunds_so_much(id, money, self.now));
        if self.stands() && !ours && !self.is_of_another(evidence) {
            self.suspect(what, evidence);
        }
        self.look_instead(why);
        // No gateway's list says it.
        if what == Suspected::Chargeback {
            self.tell_suspicions(|it| it.what == what);
        }
    }

    /// Whether there is money that may go back by another hand.
    pub(super) fn stands(&self) -> bool {
        use State::*;
        self.next.captured.is_some()
            && matches!(
                self.next.state,
                Paid | PartiallyRefunded | RefundPending | InDoubt | Discrepant
            )
    }

    /// Whether it tells of the whole where a part of it went back, or goes back by us, whatever the amounts.
    fn is_told_of_the_whole_beside_a_part(&self, evidence: &Evidence) -> bool {
        let it = &self.next;
        let of_own = it.second_payment(evidence.transaction_id()).is_none();
        let Some(captured) = it.captured.filter(|_| of_own) else {
            return false;
        };
        let left = self.left_of(captured).minor;
        let part = match &it.refund {
            // One that leaves something is none of the whole.
            Some(case) if !self.is_second(case) => left > case.money.minor,
            // Of ours that gave back another amount than was asked the gateway may tell as of the whole.
            _ if it
                .reason
                .as_ref()
                .is_some_and(|it| it.code == REFUND_AMOUNT_DIFFERS) =>
            {
                false
            }
            _ => it.refunds_unclear || (0 < left && left < captured.minor),
        };
        evidence.tells_of_the_whole() && part
    }

    fn suspect(&mut self, what: Suspected, evidence: &Evidence) {
        let id = evidence.transaction_id();
        // Several parts may go back by hand, one after the other, and then the rest.
        let (money, whole) = (evidence.money(), evidence.tells_of_the_whole());
        let same = |known: &Suspicion| {
            known.what == what
                && known.transaction_id.as_deref() == id
                && (what != Suspected::Cancellation
                    || (known.money == money && known.whole == whole))
        };
        if self.note_suspicion(what, id, money, same)
            && let Some(it) = self.next.suspicions.last_mut()
        {
            it.whole = whole;
        }
    }

    /// A lookup shows that another part went back than ours, which is running. Ours is counted when it is answered; that total is looked
    /// for then.
    pub(super) fn suspect_more_than_ours(&mut self, evidence: &Evidence) {
        let what = Suspected::Cancellation;
        let same = |known: &Suspicion| known.what == what && known.money.is_none();
        if self.note_suspicion(what, evidence.transaction_id(), None, same) {
            self.next.checks = 0;
        }
    }

    /// Another shop was paid under the order's number. The merchant is told, once; without the sum, so that nobody takes it for the order's
    /// own payment.
    pub(super) fn tell_of_another_shop(&mut self, evidence: &Evidence) {
        let id = evidence.transaction_id();
        let same = |known: &Suspicion| known.is_capture_of(id);
        if id.is_some() && self.note_suspicion(Suspected::Capture, id, None, same) {
            self.tell_suspicions(same);
        }
    }

    /// A capture that a person has to look at: it is written down, and told in this step. Whether there is something to tell.
    pub(super) fn suspect_for_review(&mut self, evidence: &Evidence) -> bool {
        let (id, now) = (evidence.transaction_id(), self.now);
        let same = |known: &Suspicion| known.is_capture_of(id);
        let is_new = self.note_suspicion(Suspected::Capture, id, evidence.money(), same);
        // Told before as another shop's, by the same name and without a sum.
        if let Some(it) = self.next.suspicions.iter_mut().find(|it| same(it)) {
            it.money = it.money.or_else(|| evidence.money());
        }
        let is_news = is_new || self.next.state != State::PendingReview;
        if is_news && let Some(it) = self.next.suspicions.iter_mut().find(|it| same(it)) {
            it.told_at = Some(now);
        }
        is_news
    }

    /// Writes it down, if it is not one of those that are known.
    pub(super) fn note_suspicion(
        &mut self,
        what: Suspected,
        transaction_id: Option<&str>,
        money: Option<Money>,
        same: impl Fn(&Suspicion) -> bool,
    ) -> bool {
        let known = &self.next.suspicions;
        let new = known.len() < MOST && !known.iter().any(same);
        if new {
            self.next.suspicions.push(Suspicion {
                what,
                transaction_id: transaction_id.map(str::to_owned),
                money,
                whole: false,
                refunded: self.next.known_refunded(),
                since: self.now,
                told_at: None,
            });
        }
        new
    }

    /// The schedule after an end is over, and the gateway's last word is that there is something. The merchant is told once.
    pub(super) fn suspect_something(&mut self) {
        let nameless = |it: &Suspicion| it.is_capture_of(None);
        if self.note_suspicion(Suspected::Capture, None, None, nameless) {
            self.tell_suspicions(nameless);
        }
    }

    /// What became of them: shown, not shown by a schedule that the gateway answered, or not to be known.
    pub(super) fn weigh_suspicions(&mut self, learnt: Learnt) {
        // Who asks before it is time learns what a list shows early, not what it never shows.
        let is_due = self.due.is_none_or(|due| due <= self.now);
        let is_over = is_due && self.next.checks as usize >= LOOKUP_SCHEDULE.len();
        let is_lost = learnt == Learnt::Nothing && is_over || learnt == Learnt::NeverAnything;
        let is_disproved = learnt == Learnt::Something && is_over;
        let mut suspicions = std::mem::take(&mut self.next.suspicions);
        let is_done = |it: &Suspicion| {
            it.is_shown(&self.next)
                || (it.told_at.is_none() && is_disproved)
                || (it.what == Suspected::Hinted && is_lost && self.now.since(it.since) >= A_WEEK)
        };
        suspicions.retain(|it| !is_done(it));
        self.next.suspicions = suspicions;
        if is_lost {
            self.tell_suspicions(|it| it.what != Suspected::Hinted);
        }
    }

    fn tell_suspicions(&mut self, which: impl Fn(&Suspicion) -> bool) {
        let mut news = false;
        for it in &mut self.next.suspicions {
            if it.told_at.is_none() && which(it) {
                it.told_at = Some(self.now);
                news = true;
            }
        }
        if news {
            self.effects.push(Effect::Publish(Publication::Discrepant));
        }
    }

    /// A person said of a payment of so much that it was made: what was told of it is answered, by whatever name, and keeps no room from
    /// what may yet be told.
    pub(super) fn answer_suspicions(&mut self, money: Money) {
        let answered = |it: &Suspicion| {
            it.what == Suspected::Capture && it.told_at.is_some() && it.money == Some(money)
        };
        self.next.suspicions.retain(|it| !answered(it));
    }

    /// The next look at what is suspected: as it was arranged, if this one came before it; from the start, if something else used the
    /// schedule up.
    pub(super) fn keep_suspecting(&mut self, learnt: Learnt) {
        if let Some(due) = self.still_due() {
            return self.look_at(due);
        }
        if learnt == Learnt::NotAsked && self.next.checks as usize >= LOOKUP_SCHEDULE.len() {
            self.next.checks = 0;
        }
        self.look_later();
    }

    /// A refund of ours is counted: what is suspected is told apart from it.
    pub(super) fn count_beside_suspicions(&mut self) {
        let refunded = self.next.known_refunded();
        for it in &mut self.next.suspicions {
            it.refunded = refunded;
        }
    }
}

/// Only the gateway itself tells of so many.
const MOST: usize = 8;

/// Why a lookup failed that never could succeed.
const NOBODY_MAY_ASK: [&str; 2] = ["search_key_missing", "sales_list_not_permitted"];
