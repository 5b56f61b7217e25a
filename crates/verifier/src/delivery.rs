//! Telling the merchant: every event that the ledger published goes to the configured address, or to the hook, or both.
//!
//! At least once to an address: the same id and the same body until a 2xx comes or the tries are used up. Exactly once into the hook's
//! tables: see [`Hook`]. Of one order one after the other; a dead letter lets the next one go. It runs in a task of its own, after
//! whoever caused the event was answered.

mod destinations;
mod events;
mod schedule;
mod sender;
mod shown;
mod signer;

use std::{
    collections::HashSet,
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures_util::{
    FutureExt as _, StreamExt as _,
    future::{Either, select},
    stream::FuturesUnordered,
};
use paypair_ledger::{
    Delivery, DeliveryAttempt, EventWatch, Hook, Store, StoreError, Target, Timestamp, Verdict,
};

use crate::{Verifier, config::Webhook, environment::Environment, network::Network};
pub(crate) use destinations::Destinations;
pub(crate) use sender::HttpSender;
pub use sender::{Sending, WebhookAnswer, WebhookCall, WebhookFault, WebhookSender};
pub use shown::{DeliveryDetail, DeliveryShown, DeliveryTry};
pub use signer::WebhookSigner;

/// How many events are on their way at once.
const MOST: usize = 8;

/// How long the loop rests at most: then it looks whether it is still needed.
const REST: Duration = Duration::from_millis(900);

/// Changes come in crowds: so long they are gathered.
const GATHER: Duration = Duration::from_millis(20);

/// So often it looks even if nobody said that there is anything: another process may have written.
const LOOK: Duration = Duration::from_secs(30);

/// How often, and how far apart, what came of a try is offered to a store that does not take it.
const WRITE_PAUSES: [Duration; 5] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(10),
];

/// What the deliverers need beside the store.
pub(crate) struct Post {
    /// When this process began: a target that was never served before begins with what was published since.
    began: Timestamp,
    sender: OnceLock<Arc<dyn WebhookSender>>,
    hook: OnceLock<Arc<dyn Hook>>,
}

impl Post {
    pub(crate) fn new(began: Timestamp) -> Self {
        Self {
            began,
            sender: OnceLock::new(),
            hook: OnceLock::new(),
        }
    }
}

type Trying = Pin<Box<dyn Future<Output = u64> + Send>>;

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// The same verifier with a hook of the merchant's own, which is run for every event from now on. A second hook is not taken.
    pub fn with_hook(self, hook: impl Hook) -> Self {
        if self.post().hook.set(Arc::new(hook)).is_ok() {
            self.deliver_to(Target::Hook);
        }
        self
    }

    /// The same verifier with webhooks sent another way than by HTTP from this process. To be said at once, before there are events.
    pub fn with_webhook_sender(self, sender: impl WebhookSender) -> Self {
        let _ = self.post().sender.set(Arc::new(sender));
        self
    }

    /// Starts the loop of one target. It ends with the last clone of the verifier.
    pub(crate) fn deliver_to(&self, target: Target) {
        let parts = Arc::downgrade(self.parts());
        let mut events = self.store().watch_events();
        self.environment().spawn(Box::pin(async move {
            let mut round = Round::default();
            while let Some(parts) = parts.upgrade() {
                let this = Self::from_parts(parts);
                match this.look(target, &mut round).await {
                    Ok(()) => {}
                    Err(StoreError::Closed) => return,
                    Err(error) => {
                        tracing::error!(%error, "the store cannot say what is to be delivered");
                        round.next = None;
                    }
                }
                this.rest(&mut round, &mut events).await;
            }
        }));
    }

    /// Takes over what is new, and starts what is due.
    async fn look(&self, target: Target, round: &mut Round) -> Result<(), StoreError> {
        if !round.is_time(self.now()) {
            return Ok(());
        }
        round.looked_at = Some(self.now());
        round.woken = false;
        let store = self.store();
        while store
            .take_over(target, self.post().began, self.now())
            .await?
        {}
        let most = match target {
            Target::Webhook => MOST,
            Target::Hook => 1,
        };
        let limit = most + round.busy.len();
        for delivery in store.deliveries_due(target, self.now(), limit).await? {
            let seq = delivery.event.seq;
            if round.busy.len() < most && round.busy.insert(seq) {
                let this = self.clone();
                round.trying.push(Box::pin(async move {
                    this.try_delivery(delivery).await;
                    seq
                }));
            }
        }
        round.next = store.next_delivery_at(target).await?;
        Ok(())
    }

    /// Until a try ends, or something was published, or the time of the next try has come; or for a while.
    async fn rest(&self, round: &mut Round, events: &mut EventWatch) {
        let until = round.next.map_or(REST, |at| at.since(self.now()).min(REST));
        // What is on its way counts as due all the time.
        let until = if round.busy.is_empty() { until } else { REST };
        let pause = pin!(self.environment().sleep(until));
        let changed = pin!(events.changed());
        let ended = async {
            match round.trying.next().await {
                Some(seq) => seq,
                None => std::future::pending().await,
            }
        };
        let ended = pin!(ended);
        match select(ended, select(changed, pause)).await {
            Either::Left((seq, _)) => {
                round.busy.remove(&seq);
                round.woken = true;
            }
            Either::Right((Either::Left(_), _)) => {
                self.environment().sleep(GATHER).await;
                round.woken = true;
            }
            Either::Right((Either::Right(_), _)) => {}
        }
    }

    async fn try_delivery(&self, delivery: Delivery) {
        let tried = match delivery.target {
            Target::Webhook => self.try_webhook(&delivery).await,
            Target::Hook => self.try_hook(&delivery).await,
        };
        if let Err(error) = tried {
            tracing::error!(delivery = delivery.id(), %error, "a try of a delivery is not written down");
            // It is still due: not again at once.
            self.environment().sleep(Duration::from_secs(1)).await;
        }
    }

    async fn try_webhook(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let Some(settings) = &self.config().webhook else {
            return Ok(());
        };
        let at = self.now();
        let answer = self.send_webhook(settings, delivery, at).await;
        let now = self.now();
        let (error, verdict) = schedule::judge(&answer, delivery.tries, now, self.dice());
        let attempt = DeliveryAttempt {
            at,
            status: answer.ok().map(|answer| answer.status),
            duration: Some(now.since(at)),
            error: error.map(str::to_owned),
        };
        self.write_try(delivery, attempt, verdict).await
    }

    async fn send_webhook(
        &self,
        settings: &Webhook,
        delivery: &Delivery,
        at: Timestamp,
    ) -> Result<WebhookAnswer, WebhookFault> {
        let sender = match self.post().sender.get() {
            Some(sender) => sender,
            None => {
                let sender = HttpSender::new(self.config().env, settings)?;
                self.post().sender.get_or_init(|| Arc::new(sender))
            }
        };
        let id = delivery.event.id();
        let signer = WebhookSigner::of(settings, at).ok_or(WebhookFault::NotSent)?;
        let call = WebhookCall {
            url: settings.url.clone(),
            headers: vec![
                ("content-type", "application/json".to_owned()),
                ("webhook-timestamp", (at.millis() / 1000).to_string()),
                ("webhook-signature", signer.sign(&id, at, &delivery.body)),
                ("webhook-id", id),
            ],
            body: delivery.body.clone(),
        };
        let timeout = Duration::from_secs(settings.timeout_seconds);
        let time_up = pin!(self.environment().sleep(timeout));
        // The sender may be the merchant's own. If it panics, that is one try: the loop it runs in belongs to every event.
        let sent = pin!(AssertUnwindSafe(async { sender.send(call).await }).catch_unwind());
        match select(sent, time_up).await {
            Either::Left((answer, _)) => answer.unwrap_or(Err(WebhookFault::NoAnswer)),
            Either::Right(_) => Err(WebhookFault::TimedOut),
        }
    }

    async fn try_hook(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let Some(hook) = self.post().hook.get() else {
            return Ok(());
        };
        let (seq, at) = (delivery.event.seq, self.now());
        let failed = schedule::again(delivery.tries, at, self.dice());
        let taken = self
            .store()
            .deliver_to_hook(seq, Arc::clone(hook), at, failed);
        match taken.await {
            Ok(None) => Ok(()),
            Ok(Some(error)) => {
                self.tell_of_failure(delivery, &error, failed);
                Ok(())
            }
            Err(error @ (StoreError::Busy | StoreError::Closed)) => Err(error),
            // The hook ruined its transaction, or the disk is full: neither is tried without end.
            Err(error) => {
                tracing::error!(delivery = delivery.id(), %error, "the hook's transaction did not commit");
                let attempt = DeliveryAttempt {
                    at,
                    status: None,
                    duration: None,
                    error: Some("hook_not_committed".to_owned()),
                };
                self.write_try(delivery, attempt, failed).await
            }
        }
    }

    /// Writes a try down. If the store takes it in none of the tries, the event is sent again, under the same id.
    async fn write_try(
        &self,
        delivery: &Delivery,
        attempt: DeliveryAttempt,
        verdict: Verdict,
    ) -> Result<(), StoreError> {
        if let Some(error) = &attempt.error {
            self.tell_of_failure(delivery, error, verdict);
        }
        let mut pauses = WRITE_PAUSES.into_iter();
        loop {
            let (target, seq, tries) = (delivery.target, delivery.event.seq, delivery.tries);
            let written = self
                .store()
                .delivery_tried(target, seq, tries, attempt.clone(), verdict);
            let Err(error) = written.await else {
                return Ok(());
            };
            match pauses.next() {
                Some(pause) if error.is_retryable() => self.environment().sleep(pause).await,
                _ => return Err(error),
            }
        }
    }

    fn tell_of_failure(&self, delivery: &Delivery, error: &str, verdict: Verdict) {
        let (id, order) = (delivery.id(), &delivery.event.key.order_id);
        if verdict == Verdict::Dead {
            tracing::error!(delivery = id, %order, error, "an event is given up: a dead letter");
        } else {
            tracing::warn!(delivery = id, %order, error, "an event was not taken; it is tried again");
        }
    }

    fn dice(&self) -> u8 {
        let mut byte = [0];
        self.environment().random(&mut byte);
        byte[0]
    }
}

/// How the loop stands.
#[derive(Default)]
struct Round {
    trying: FuturesUnordered<Trying>,
    busy: HashSet<u64>,
    /// When the next try is due, as the store said last.
    next: Option<Timestamp>,
    looked_at: Option<Timestamp>,
    woken: bool,
}

impl Round {
    fn is_time(&self, now: Timestamp) -> bool {
        let long_ago = |at: Timestamp| at.after(LOOK) <= now || now < at;
        self.woken || self.looked_at.is_none_or(long_ago) || self.next.is_some_and(|at| at <= now)
    }
}
