//! What was pushed to us about a payment beside what we know of it, and that no lookup has shown yet.

use std::time::Duration;

use paypair_protocol::Money;
use serde::{Deserialize, Serialize};

use crate::step::differs;
use crate::{Attempt, RefundLine, State, Timestamp};

/// What is said to have happened. Its hash does not prove it, so it changes no state; it is asked about until a lookup shows it, the
/// schedule is over, or it is certain that nobody can be asked: then the merchant is told of it as it is, unproven (but of what is only
/// [`Hinted`](Suspected::Hinted)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspicion {
    /// What happened.
    pub what: Suspected,
    /// The payment that it is about; none where all that is said is that there is one.
    pub transaction_id: Option<String>,
    /// How much was captured or went back, if it says so.
    pub money: Option<Money>,
    /// Whether all of the payment is said to have gone back: that a part did is not it.
    pub whole: bool,
    /// What had gone back when it was told: less than what a lookup shows once it is shown. None if nobody could say how much.
    pub refunded: Option<Money>,
    /// When it was told.
    pub since: Timestamp,
    /// When the merchant was told of it as unproven; from then on nothing more is asked.
    pub told_at: Option<Timestamp>,
}

/// What is said to have happened beside what we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suspected {
    /// Another payment was captured under the same order id; or any at all, of an attempt that ended without one.
    Capture,
    /// The payment, or a part of it, went back by another hand.
    Cancellation,
    /// The card company took it back.
    Chargeback,
    /// Something went back, by a message that nobody signed. It is asked about, and the merchant is not told.
    Hinted,
}

impl Suspicion {
    /// Whether it is of a capture by this name; of one that nobody named, if none.
    pub(crate) fn is_capture_of(&self, transaction_id: Option<&str>) -> bool {
        self.what == Suspected::Capture && self.transaction_id.as_deref() == transaction_id
    }

    /// Whether the attempt knows by now what was suspected.
    pub(crate) fn is_shown(&self, attempt: &Attempt) -> bool {
        let id = self.transaction_id.as_deref();
        // It may stay in dispute for another payment.
        let nothing_is_left = attempt.refundable().is_some_and(|left| left.is_zero());
        match self.what {
            Suspected::Capture if id.is_none() => attempt.captured.is_some(),
            Suspected::Capture => {
                attempt.transaction_id.as_deref() == id || attempt.second_payment(id).is_some()
            }
            Suspected::Cancellation => {
                matches!(attempt.state, State::Refunded | State::ChargedBack)
                    || (!self.whole && attempt.known_refunded() != self.refunded)
                    || (nothing_is_left && !differs(&attempt.transaction_id, id))
                    || attempt
                        .second_payment(id)
                        .is_some_and(|second| second.is_back)
            }
            Suspected::Chargeback => attempt.state == State::ChargedBack,
            // Another part may have followed the one that is seen.
            Suspected::Hinted => attempt.state.is_terminal(),
        }
    }
}

impl Attempt {
    /// Whether something is suspected of it, and is still asked about.
    pub fn suspects(&self) -> bool {
        self.suspicions.iter().any(|it| it.told_at.is_none())
    }

    /// Whether it was told that there is something of it, and not which payment: one that the gateway holds, say, told when it could not
    /// wait for a person.
    pub fn is_said_to_be_held(&self) -> bool {
        self.suspicions.iter().any(|it| it.is_capture_of(None))
    }

    /// How much went back in total; none if a part of it is known of which nobody said how much.
    pub(crate) fn known_refunded(&self) -> Option<Money> {
        (!self.refunds_unclear).then(|| self.refunded())
    }

    /// Whether an unsigned word that so much went back is most likely of a refund of ours. Nobody is told of it, so where that is not
    /// certain it is asked about.
    pub(crate) fn refunds_just_now(&self, money: Option<Money>, now: Timestamp) -> bool {
        self.refunds.iter().any(|line| {
            let just_now = |at| money.is_some() && now.since(at) < JUST_NOW;
            line.may_be(money) && line.ended_at.is_none_or(just_now)
        })
    }

    /// Whether something is asked about because of an unsigned word.
    pub(crate) fn is_hinted(&self) -> bool {
        self.suspicions
            .iter()
            .any(|it| it.what == Suspected::Hinted)
    }

    /// Whether a refund of ours is giving so much of this payment back, or may have, of late: the gateway tells of that too. What is told
    /// long after ours was done is another one, though it is as much: equal items make equal parts.
    pub(crate) fn refunds_so_much(
        &self,
        transaction_id: Option<&str>,
        money: Option<Money>,
        now: Timestamp,
    ) -> bool {
        let of_late = |line: &RefundLine| line.ended_at.is_none_or(|at| now.since(at) < OF_LATE);
        let ours = |line: &RefundLine| {
            line.may_be(money) && !differs(&line.transaction_id, transaction_id) && of_late(line)
        };
        self.refunds.iter().any(ours)
    }
}

/// Gateways send a notice again for two hours at most.
const JUST_NOW: Duration = Duration::from_secs(2 * 60 * 60);

/// Of what is told to a person, with room to spare.
const OF_LATE: Duration = Duration::from_secs(24 * 60 * 60);
