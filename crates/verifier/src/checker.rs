//! Lookups: what is due by schedule, what a returning buyer asks for, and what an earlier process left in doubt.

use std::{pin::pin, sync::Arc, time::Duration};

use futures_util::future::{Either, select};
use paypair_ledger::{Attempt, AttemptKey, Event, OrderView, State, Store, StoreError, Timestamp};
use paypair_protocol::Gateway;

use crate::{
    ApiError, Outcome, Verifier, environment::Environment, network::Network, payple::Heard,
};

/// How often the store is asked what is due.
const PULSE: Duration = Duration::from_secs(1);

/// A money call that is still unfinished after this long has lost its task: longer than any call with its tries and its writing.
const CALL_LIFE: Duration = Duration::from_secs(120);

/// How many attempts are looked up per pulse: a backlog must not become a flood at the gateway.
const PER_PULSE: usize = 16;

/// How many lookups may be under way before no pulse starts another: of a gateway that hangs, they pile up.
const UNDER_WAY: usize = 256;

/// Between two looks whether somebody else's lookup is over.
const TURN_PAUSE: Duration = Duration::from_millis(250);

/// Pauses between lookups while a buyer waits.
const CLOSE_PAUSES: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Starts the loop: first what an earlier process left unfinished, then, every second, what is due.
    pub(crate) fn watch_over(&self) {
        let began = self.now();
        let parts = Arc::downgrade(self.parts());
        self.environment().spawn(Box::pin(async move {
            let mut recovered = false;
            while let Some(parts) = parts.upgrade() {
                let this = Self::from_parts(parts);
                // Calls of this process are younger than its start; after that, age tells.
                let before = if recovered {
                    this.now().before(CALL_LIFE)
                } else {
                    began
                };
                match this.pulse(before).await {
                    Ok(()) => recovered = true,
                    Err(StoreError::Closed) => return,
                    Err(error) => tracing::error!(%error, "the store cannot say what is due"),
                }
                this.environment().sleep(PULSE).await;
            }
        }));
    }

    async fn pulse(&self, calls_before: Timestamp) -> Result<(), StoreError> {
        for applied in self.store().recover(calls_before, self.now()).await? {
            tracing::warn!(attempt = %applied.attempt.key(), "a money call is in doubt");
            self.follow(&applied);
        }
        let now = self.now();
        // What is being looked up is still due until its answer is written: it must keep nobody else out.
        let under_way = self.looking().clone();
        let room = PER_PULSE.min(UNDER_WAY.saturating_sub(under_way.len()));
        let due = self.store().due(now, room + under_way.len()).await?;
        let idle = |attempt: &Attempt| !under_way.contains(&attempt.key());
        for attempt in due.into_iter().filter(idle).take(room) {
            if attempt.key_check_due(now) {
                self.start_key_lookup(attempt.key());
            }
            if attempt.next_check_at.is_some_and(|at| at <= now) {
                self.start_lookup(attempt.key());
            } else if attempt.expires_at <= now && !attempt.key_check_due(now) {
                let _ = self.record(attempt.key(), Event::ExpireDue).await;
            }
        }
        Ok(())
    }

    /// Looks an attempt up in a task, unless that is being done.
    pub(crate) fn start_lookup(&self, key: AttemptKey) {
        let this = self.clone();
        self.environment().spawn(Box::pin(async move {
            this.look_up(key).await;
        }));
    }

    /// Asks for an attempt's billing key in a task, unless the attempt is being looked up.
    pub(crate) fn start_key_lookup(&self, key: AttemptKey) {
        let this = self.clone();
        self.environment().spawn(Box::pin(async move {
            if let Some(_turn) = Turn::take(&this, key.clone()) {
                this.look_up_key(key).await;
            }
        }));
    }

    /// Looks an attempt up once and writes down what was found.
    pub(crate) async fn look_up(&self, key: AttemptKey) {
        let Some(_turn) = Turn::take(self, key.clone()) else {
            return;
        };
        let Ok(Some(attempt)) = self.store().attempt(key.clone()).await else {
            return;
        };
        for event in self.ask_gateway(&attempt).await {
            if let Err(error) = self.record(key.clone(), event).await {
                tracing::warn!(attempt = %key, %error, "a lookup's answer was not taken");
            }
        }
    }

    /// The right to look an attempt up, as soon as nobody else has it; none if that takes too long.
    pub(crate) async fn next_turn(&self, key: &AttemptKey) -> Option<Turn<'_, S, N, E>> {
        let mut waited = Duration::ZERO;
        loop {
            let turn = Turn::take(self, key.clone());
            if turn.is_some() || waited >= self.config().patience() {
                return turn;
            }
            self.environment().sleep(TURN_PAUSE).await;
            waited += TURN_PAUSE;
        }
    }

    /// Asks again and again for a while, because a buyer waits. Only an answer is written: the schedule counts absences for itself.
    pub(crate) async fn look_closely(&self, key: AttemptKey) {
        let patience = self.now().after(self.config().patience());
        for pause in CLOSE_PAUSES {
            self.environment().sleep(pause).await;
            if self.now() >= patience {
                return;
            }
            let Ok(Some(attempt)) = self.store().attempt(key.clone()).await else {
                return;
            };
            if attempt.state != State::Requested {
                return;
            }
            for event in self.ask_gateway(&attempt).await {
                if event.evidence().is_some() {
                    let _ = self.record(key.clone(), event).await;
                }
            }
        }
    }

    /// The buyer is back and waits: ask now, and closely for a while.
    pub(crate) async fn await_word(&self, attempt: &Attempt) -> Result<(), ApiError> {
        self.quietly(attempt, Event::ReturnSeen).await?;
        if attempt.returned_at.is_some() {
            // Somebody is looking already, or the schedule is: a page that says it again and again starts nothing new.
            return Ok(());
        }
        let (this, key) = (self.clone(), attempt.key());
        self.environment()
            .spawn(Box::pin(async move { this.look_closely(key).await }));
        Ok(())
    }

    async fn ask_gateway(&self, attempt: &Attempt) -> Vec<Event> {
        match attempt.order.gateway {
            Gateway::Payple => vec![self.payple_lookup(attempt).await],
            Gateway::Payletter => self.payletter_lookup(attempt).await,
            Gateway::PayletterGlobal => self.global_lookup(attempt).await,
        }
    }

    /// The order's outcome once it is an answer, or as it stands when patience ends.
    pub(crate) async fn settled_outcome(&self, order_id: &str) -> Result<Outcome, ApiError> {
        self.outcome_within(order_id, self.config().patience(), |_| false)
            .await
    }

    /// The same with what only the merchant is told.
    pub(crate) async fn merchant_outcome(&self, order_id: &str) -> Result<Outcome, ApiError> {
        self.settled_outcome(order_id).await?;
        Ok(Outcome::for_merchant(&self.known_order(order_id).await?))
    }

    /// The outcome a result leads to; at once, if it led to nothing and no other is being decided.
    pub(crate) async fn outcome_after(
        &self,
        heard: Heard,
        order_id: &str,
    ) -> Result<Outcome, ApiError> {
        let deciding =
            |attempt: &Attempt| matches!(attempt.state, State::Authenticated | State::Confirming);
        let idle =
            |view: &OrderView| heard == Heard::Refused && !view.leading().is_some_and(deciding);
        self.outcome_within(order_id, self.config().patience(), idle)
            .await
    }

    /// The outcome as soon as it is an answer, or `changed` likes the order, or time is up.
    pub(crate) async fn outcome_within(
        &self,
        order_id: &str,
        patience: Duration,
        changed: impl Fn(&OrderView) -> bool,
    ) -> Result<Outcome, ApiError> {
        let enough = |view: &OrderView| view.status().is_answer() || changed(view);
        let view = self.view_within(order_id, patience, enough).await?;
        Ok(if self.is_drop_in(&view.order) {
            Outcome::of(&view).without_particulars()
        } else {
            Outcome::of(&view)
        })
    }

    /// The order as soon as this is so of it, or time is up.
    pub(crate) async fn view_within(
        &self,
        order_id: &str,
        patience: Duration,
        is_so: impl Fn(&OrderView) -> bool,
    ) -> Result<OrderView, ApiError> {
        let mut time_up = pin!(self.environment().sleep(patience));
        let mut watch = self.store().watch(order_id);
        loop {
            let view = self
                .store()
                .order(order_id)
                .await?
                .ok_or(ApiError::OrderUnknown)?;
            if is_so(&view) {
                return Ok(view);
            }
            let change = pin!(watch.changed());
            if let Either::Left(_) = select(time_up.as_mut(), change).await {
                return Ok(view);
            }
        }
    }
}

/// The right to look an attempt up; given back when dropped.
pub(crate) struct Turn<'a, S, N, E> {
    verifier: &'a Verifier<S, N, E>,
    key: AttemptKey,
}

impl<'a, S, N, E> Turn<'a, S, N, E> {
    fn take(verifier: &'a Verifier<S, N, E>, key: AttemptKey) -> Option<Self> {
        let mut looking = verifier.looking();
        looking
            .insert(key.clone())
            // Lazily: a turn that was not had must not be given back, least of all while the lock is held.
            .then(|| Self { verifier, key })
    }
}

impl<S, N, E> Drop for Turn<'_, S, N, E> {
    fn drop(&mut self) {
        self.verifier.looking().remove(&self.key);
    }
}
