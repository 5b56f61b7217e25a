//! How often the gateway is asked about one attempt because of what somebody says of it again and again.
//!
//! A message with a good signature that fits no payment, and a page with the right secret, are heard each time and written down. But a
//! buyer has seen the signature of his own return, and anybody is given a secret who puts a thing into the basket: so what they set off
//! at the gateway keeps a pace. Nothing is lost by it: what comes too often is asked once, later. The schedule, and messages at the
//! address that the gateway alone knows, keep no pace.

use std::{collections::HashMap, time::Duration};

use paypair_ledger::{Attempt, AttemptKey, Store, Timestamp};

use super::{Ask, Caller};
use crate::{ApiError, Verifier, environment::Environment, network::Network};

/// What is said within this time leads to one question.
pub(crate) const PAUSE: Duration = Duration::from_millis(500);

/// So many questions about one attempt are asked freely.
const FREELY: u32 = 5;

/// The most that further ones are apart; after so long a silence they are forgotten.
const LONGEST_PAUSE: Duration = Duration::from_secs(10 * 60);

/// More attempts than are told of within that time, unless somebody makes them up.
pub(crate) const MANY: usize = 1024;

/// Why an attempt is asked about. Who uses up what one of them may have takes nothing from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Because {
    /// A signed message names it and does not fit it.
    Misfit,
    /// A signed message fits it, and may have been sent by its buyer.
    Witness,
    /// Its page said something.
    Page,
}

/// The paces of the attempts that were told of lately.
pub(crate) type Paces = HashMap<(Because, AttemptKey), Pace>;

/// How often was asked of late, and when.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pace {
    /// A task is about to ask.
    begun: bool,
    asked: u32,
    asked_at: Option<Timestamp>,
}

impl Pace {
    /// How long to wait before asking. Who goes on and on is heard less and less.
    pub(crate) fn wait(&self, now: Timestamp) -> Duration {
        let (Some(asked_at), Some(more)) = (self.asked_at, self.asked.checked_sub(FREELY)) else {
            return Duration::ZERO;
        };
        let apart = PAUSE.saturating_mul(4_u32.saturating_pow(more.saturating_add(1)));
        apart.min(LONGEST_PAUSE).saturating_sub(now.since(asked_at))
    }

    /// A task is to ask; false if one is about to already.
    pub(crate) fn begin(&mut self) -> bool {
        !std::mem::replace(&mut self.begun, true)
    }

    /// Now is asked; what is said from now on is asked the next time.
    pub(crate) fn ask(&mut self, now: Timestamp) {
        *self = Self {
            begun: false,
            asked: self.asked.saturating_add(1),
            asked_at: Some(now),
        };
    }

    pub(crate) fn is_forgotten(&self, now: Timestamp) -> bool {
        !self.begun && self.asked_at.is_none_or(|at| now.since(at) > LONGEST_PAUSE)
    }
}

/// This attempt's pace.
fn pace_of<'a>(paces: &'a mut Paces, name: &(Because, AttemptKey), now: Timestamp) -> &'a mut Pace {
    if paces.len() >= MANY {
        paces.retain(|_, pace| !pace.is_forgotten(now));
    }
    let pace = paces.entry(name.clone()).or_default();
    if pace.is_forgotten(now) {
        *pace = Pace::default();
    }
    pace
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Counts one question that is asked now; or it is one too many.
    pub(crate) fn ask_at_pace(&self, key: &AttemptKey, because: Because) -> Result<(), ApiError> {
        let now = self.now();
        let mut paces = self.paces();
        let pace = pace_of(&mut paces, &(because, key.clone()), now);
        let wait = pace.wait(now);
        if !wait.is_zero() {
            let retry_after = wait.as_secs().saturating_add(1);
            return Err(ApiError::TooManyRequests { retry_after });
        }
        // A task that is about to ask does so all the same.
        let begun = pace.begun;
        pace.ask(now);
        pace.begun = begun;
        Ok(())
    }

    /// Looks an attempt up in a task: at once, or, if that would be one too many, later, and once for all that is said until then.
    pub(crate) fn start_lookup_at_pace(&self, key: AttemptKey, because: Because) {
        if self.ask_at_pace(&key, because).is_ok() {
            return self.start_lookup(key);
        }
        let (name, now) = ((because, key), self.now());
        let mut paces = self.paces();
        let pace = pace_of(&mut paces, &name, now);
        let wait = pace.wait(now);
        if !pace.begin() {
            return;
        }
        drop(paces);
        let this = self.clone();
        self.environment().spawn(Box::pin(async move {
            this.environment().sleep(wait).await;
            // What is under way may have been asked before the last was said.
            while this.looking().contains(&name.1) {
                this.environment().sleep(PAUSE).await;
            }
            let now = this.now();
            pace_of(&mut this.paces(), &name, now).ask(now);
            this.look_up(name.1).await;
        }));
    }

    /// Looks up what a page of the attempt's order speaks of, and waits for it, unless pages set that off too often.
    pub(crate) async fn look_up_for_page(&self, attempt: &Attempt, caller: Caller) {
        let key = attempt.key();
        let heard = if self.is_drop_in(&attempt.order) {
            // If too many say so, the schedule looks.
            self.hear(Ask::Lookup, caller).is_ok()
        } else {
            self.ask_at_pace(&key, Because::Page).is_ok()
        };
        if heard {
            self.look_up(key).await;
        } else if !self.is_drop_in(&attempt.order) {
            self.start_lookup_at_pace(key, Because::Page);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + seconds * 1_000)
    }

    #[test]
    fn who_goes_on_and_on_is_heard_less_and_less() {
        let mut pace = Pace::default();
        let mut waits = Vec::new();
        let mut now = 0;
        for _ in 0..12 {
            let wait = pace.wait(at(now));
            waits.push(wait.as_secs());
            now += i64::try_from(wait.as_secs()).unwrap();
            pace.ask(at(now));
        }
        assert_eq!(waits, [0, 0, 0, 0, 0, 2, 8, 32, 128, 512, 600, 600]);
        // Time that has passed is not waited for again, and a clock that was put back makes nobody wait for ever.
        assert_eq!(pace.wait(at(now + 400)), Duration::from_secs(200));
        assert_eq!(pace.wait(at(now - 100_000)), LONGEST_PAUSE);
        assert!(!pace.is_forgotten(at(now + 600)));
        assert!(pace.is_forgotten(at(now + 601)));
    }

    #[test]
    fn while_a_task_is_about_to_ask_nothing_is_forgotten() {
        let mut pace = Pace::default();
        assert!(pace.begin());
        assert!(!pace.begin(), "one is enough");
        assert!(!pace.is_forgotten(at(100_000)));
        pace.ask(at(100_000));
        assert!(pace.begin(), "the next one asks again");
    }
}
