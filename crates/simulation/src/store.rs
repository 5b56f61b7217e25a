//! The disk under the server: it takes its time, is busy or full at times, and whatever was not committed when the server dies is gone.

use std::future::Future;
use std::sync::{Arc, Mutex};

use paypair_ledger::{
    Applied, Attempt, AttemptKey, Begun, BillingKeyView, Deliveries, Delivery, DeliveryAttempt,
    DeliveryFilter, DeliveryState, Digest, Effect, Event, EventWatch, Evidence, Hook, Kept,
    KeptAnswer, KeptAnswers, MoneyCall, NewAttempt, Order, OrderView, Published, Registered,
    Renewal, Store, StoreError, Target, TimelineRow, Timestamp, Verdict, Watch,
};
use paypair_protocol::{Gateway, Secret};

use crate::bugs::Bug;
use crate::environment::Who;
use crate::failover;
use crate::faults::Fault;
use crate::ledger::{Bookmark, Ledger};
use crate::scheduler::{Owner, lock};
use crate::standing::About;
use crate::world::World;

/// One life's view of the disk.
#[derive(Clone)]
pub(crate) struct SimStore<L> {
    pub(crate) ledger: L,
    pub(crate) world: Arc<World>,
    pub(crate) life: Owner,
    /// What was answered but is not on the disk yet: only the planted bug has such a thing.
    pub(crate) early: Arc<Mutex<Option<Bookmark>>>,
}

impl<L: Ledger> SimStore<L> {
    /// A write: it waits for its group, is committed or not, and is answered after that.
    async fn write<T>(
        &self,
        about: About<'_>,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let world = &self.world;
        let order = &world.name_of(about);
        world.kill_point(self.life, order).await;
        if world.bug == Some(Bug::AcknowledgeBeforeCommit) {
            return self.answered_early(work).await;
        }
        world.reach_database(About::Name(order))?;
        let began = world.clock.now();
        let group = world.dice().within(1..8);
        world.sleep(group).await;
        if world.rates().write > 0 && world.dice().once_in(world.rates().write / 8) {
            world.fail_over();
        }
        if world.went_since(began) {
            return self.unknown_fate(order, work).await;
        }
        self.trouble(order)?;
        let done = work.await;
        world.due_changed(self.ledger.next_due());
        world.kill_point(self.life, order).await;
        done
    }

    /// The database goes while it commits: it did, or did not, and does not say so.
    async fn unknown_fate<T>(
        &self,
        order: &str,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let world = &self.world;
        world.count_failover(order);
        if world.dice().once_in(5_000) {
            let done = work.await;
            world.due_changed(self.ledger.next_due());
            world.tell("disk", order, || {
                let what = if done.is_ok() { "commits" } else { "refuses" };
                format!("{what}, and goes before it says so")
            });
        }
        Err(failover::gone())
    }

    /// The planted bug: the answer leaves at once, the commit comes later, and a crash in between takes it back.
    async fn answered_early<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        if lock(&self.early).is_none() {
            *lock(&self.early) = self.ledger.bookmark();
            let (early, world) = (Arc::clone(&self.early), Arc::clone(&self.world));
            let commit = async move {
                let late = world.dice().within(20..1500);
                world.sleep(late).await;
                lock(&early).take();
            };
            self.world.clock.spawn(self.life, Box::pin(commit));
        }
        let done = work.await;
        self.world.due_changed(self.ledger.next_due());
        done
    }

    /// What a disk can say instead of committing.
    fn trouble(&self, order: &str) -> Result<(), StoreError> {
        let world = &self.world;
        if world.is_disk_full() {
            world.struck(Fault::DiskFull, order);
            return Err(StoreError::Failed("database or disk is full".to_owned()));
        }
        let rate = world.rates().write;
        if rate == 0 || !world.dice().once_in(rate) {
            return Ok(());
        }
        if world.dice().once_in(400) {
            let long = world.dice().within(1_000..60_000);
            world.fill_disk(long);
        }
        world.struck(Fault::SqliteBusy, order);
        if world.dice().once_in(5_000) {
            Err(StoreError::Busy)
        } else {
            Err(StoreError::Failed("database is locked".to_owned()))
        }
    }

    /// The planted bug: a crash between the commit and what the merchant is to be told of it.
    async fn tell_afterwards(&self, applied: &Applied) {
        if self.world.bug != Some(Bug::OutboxOutside) {
            return;
        }
        for effect in &applied.effects {
            let rate = self.world.rates().kill * 4;
            if let Effect::Publish(publication) = effect
                && rate > 0
                && self.world.dice().once_in(rate)
            {
                let untold = (applied.attempt.key(), *publication);
                lock(&self.world.untold).push(untold);
                self.world
                    .kill(self.life, &applied.attempt.gateway_order_id);
                std::future::pending::<()>().await;
            }
        }
    }

    /// The same bug: what never was in the outbox is not delivered, and nothing waits for it.
    async fn leave_out_the_untold(&self, due: &mut Vec<Delivery>) -> Result<(), StoreError> {
        let untold = lock(&self.world.untold).clone();
        let is_untold =
            |it: &Delivery| untold.contains(&(it.event.key.clone(), it.event.publication));
        for gone in due.extract_if(.., |it| is_untold(it)) {
            let attempt = DeliveryAttempt {
                at: gone.event.at,
                status: None,
                duration: None,
                error: None,
            };
            let (target, seq) = (gone.target, gone.event.seq);
            self.ledger
                .delivery_tried(target, seq, gone.tries, attempt, Verdict::Delivered)
                .await?;
        }
        Ok(())
    }

    /// The planted bug: a notification that the inbox knows is published all the same. What was told last of its attempt goes out once
    /// more, as something new: under a number of its own, and so an id.
    async fn tell_again(&self, applied: &Applied, now: Timestamp) {
        if self.world.bug != Some(Bug::ToldAgain) || !applied.repeated {
            return;
        }
        let Ok(told) = self.ledger.events_after(0, ALL).await else {
            return;
        };
        let of_it = |event: &Published| event.key == applied.attempt.key();
        let Some(seq) = told.into_iter().rev().find(of_it).map(|event| event.seq) else {
            return;
        };
        let known = self.ledger.delivery(Target::Webhook, seq).await;
        let is_told =
            matches!(known, Ok(Some((known, _))) if known.state == DeliveryState::Delivered);
        if is_told && self.ledger.replay(Target::Webhook, seq, now).await.is_ok() {
            *lock(&self.world.again).entry(seq).or_default() += 1;
        }
    }

    /// The numbers of events as the server sees them: with that bug there is room between two for what is published again.
    fn apart(&self) -> u64 {
        match self.world.bug {
            Some(Bug::ToldAgain) => 1_000,
            _ => 1,
        }
    }

    /// What is due under the number that it has by now.
    fn renumber(&self, due: &mut [Delivery]) {
        let apart = self.apart();
        if apart == 1 {
            return;
        }
        let again = lock(&self.world.again);
        for delivery in due {
            let event = &mut delivery.event;
            let times = again.get(&event.seq).copied().unwrap_or(0);
            event.seq = event.seq * apart + times;
            delivery.body = event.to_json().to_string();
        }
    }

    /// Whose attempt was read is worked on.
    fn read(&self, attempt: Option<Attempt>) -> Option<Attempt> {
        if let Some(attempt) = &attempt {
            self.world.works_on(&attempt.gateway_order_id);
        }
        attempt
    }

    fn follow(&self, applied: &Applied, event: &str) {
        let attempt = &applied.attempt;
        self.world.stands(attempt);
        self.world.works_on(&attempt.gateway_order_id);
        self.world.tell("ledger", &attempt.order.id, || {
            let (from, to) = (applied.from.as_str(), attempt.state.as_str());
            let reason = attempt.reason.as_ref().map_or("", |reason| &reason.code);
            format!(
                "#{} {event}: {from} -> {to} {reason} {:?}",
                attempt.no, applied.effects
            )
        });
    }
}

/// More events than a day has.
const ALL: usize = 1_000_000;

/// A life that ends takes with it what was answered and not committed.
impl<L> SimStore<L> {
    pub(crate) fn lose_what_is_early(&self) {
        if let Some(bookmark) = lock(&self.early).take() {
            bookmark();
        }
    }
}

impl<L: Ledger> KeptAnswers for SimStore<L> {
    async fn keep_request(
        &self,
        key: Digest,
        request: Digest,
        now: Timestamp,
    ) -> Result<Kept, StoreError> {
        self.write(About::Nothing, self.ledger.keep_request(key, request, now))
            .await
    }

    async fn keep_answer(&self, key: Digest, answer: KeptAnswer) -> Result<(), StoreError> {
        self.write(About::Nothing, self.ledger.keep_answer(key, answer))
            .await
    }

    async fn forget_request(&self, key: Digest) -> Result<(), StoreError> {
        self.write(About::Nothing, self.ledger.forget_request(key))
            .await
    }
}

impl<L: Ledger> Store for SimStore<L> {
    async fn register(&self, order: Order) -> Result<Registered, StoreError> {
        let id = order.id.clone();
        self.write(About::Order(&id), self.ledger.register(order))
            .await
    }

    async fn begin(
        &self,
        order_id: &str,
        new: NewAttempt,
        now: Timestamp,
    ) -> Result<Begun, StoreError> {
        let begun = self
            .write(
                About::Order(order_id),
                self.ledger.begin(order_id, new, now),
            )
            .await?;
        if let Begun::New(attempt) = &begun {
            self.world.stands(attempt);
            self.world.works_on(&attempt.gateway_order_id);
            let (name, no) = (&attempt.gateway_order_id, attempt.no);
            self.world
                .tell("ledger", order_id, || format!("#{no} begins as {name}"));
        }
        Ok(begun)
    }

    async fn apply(
        &self,
        key: AttemptKey,
        event: Event,
        now: Timestamp,
    ) -> Result<Applied, StoreError> {
        let kind = event.kind();
        let id = key.order_id.clone();
        let about = key.clone();
        let applied = self
            .write(About::Attempt(&about), self.ledger.apply(key, event, now))
            .await;
        match &applied {
            Ok(applied) => {
                self.follow(applied, kind);
                self.tell_afterwards(applied).await;
                self.tell_again(applied, now).await;
            }
            Err(error) => self
                .world
                .tell("ledger", &id, || format!("{kind}: {error}")),
        }
        applied
    }

    async fn keep_stray(&self, evidence: Evidence, now: Timestamp) -> Result<(), StoreError> {
        let id = evidence.gateway_order_id().unwrap_or_default().to_owned();
        let kept = self
            .write(About::Name(&id), self.ledger.keep_stray(evidence, now))
            .await;
        self.world
            .tell("ledger", &id, || "keeps a stray".to_owned());
        kept
    }

    async fn order(&self, order_id: &str) -> Result<Option<OrderView>, StoreError> {
        self.world.reach_database(About::Order(order_id))?;
        self.ledger.order(order_id).await
    }

    async fn attempt(&self, key: AttemptKey) -> Result<Option<Attempt>, StoreError> {
        self.world.reach_database(About::Attempt(&key))?;
        Ok(self.read(self.ledger.attempt(key).await?))
    }

    async fn attempt_by_nonce(&self, nonce: Digest) -> Result<Option<Attempt>, StoreError> {
        self.world.reach_database(About::Nothing)?;
        Ok(self.read(self.ledger.attempt_by_nonce(nonce).await?))
    }

    async fn attempt_by_ticket(&self, ticket: &str) -> Result<Option<Attempt>, StoreError> {
        self.world.reach_database(About::Nothing)?;
        Ok(self.read(self.ledger.attempt_by_ticket(ticket).await?))
    }

    async fn attempt_by_gateway_order(
        &self,
        gateway: Gateway,
        merchant_id: &str,
        gateway_order_id: &str,
    ) -> Result<Option<Attempt>, StoreError> {
        self.world.reach_database(About::Name(gateway_order_id))?;
        let found = self
            .ledger
            .attempt_by_gateway_order(gateway, merchant_id, gateway_order_id)
            .await?;
        Ok(self.read(found))
    }

    async fn timeline(&self, order_id: &str) -> Result<Vec<TimelineRow>, StoreError> {
        self.world.reach_database(About::Order(order_id))?;
        self.ledger.timeline(order_id).await
    }

    async fn money_calls(&self, order_id: &str) -> Result<Vec<MoneyCall>, StoreError> {
        self.world.reach_database(About::Order(order_id))?;
        self.ledger.money_calls(order_id).await
    }

    async fn events_after(&self, seq: u64, limit: usize) -> Result<Vec<Published>, StoreError> {
        self.world.reach_database(About::Nothing)?;
        let apart = self.apart();
        let mut events = self.ledger.events_after(seq / apart, limit).await?;
        events.iter_mut().for_each(|event| event.seq *= apart);
        let untold = lock(&self.world.untold);
        events.retain(|event| !untold.contains(&(event.key.clone(), event.publication)));
        Ok(events)
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Attempt>, StoreError> {
        self.world.works_on("");
        self.world.reach_database(About::Nothing)?;
        let due = self.ledger.due(now, limit).await?;
        if due.is_empty() {
            self.world.nothing_due(Who::Watcher, self.ledger.next_due());
        }
        Ok(due)
    }

    async fn unfinished_calls(&self) -> Result<Vec<MoneyCall>, StoreError> {
        self.world.reach_database(About::Nothing)?;
        self.ledger.unfinished_calls().await
    }

    async fn recover(
        &self,
        begun_before: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<Applied>, StoreError> {
        self.world.reach_database(About::Nothing)?;
        // Most of the time it finds nothing, and writes nothing.
        let recovered = self.ledger.recover(begun_before, now).await?;
        for applied in &recovered {
            self.follow(applied, "recover");
        }
        if !recovered.is_empty() {
            self.world.due_changed(self.ledger.next_due());
            self.world.kill_point(self.life, "").await;
        }
        Ok(recovered)
    }

    async fn customer_of_billing_key(&self, key: Digest) -> Result<Option<String>, StoreError> {
        self.world.reach_database(About::Nothing)?;
        self.ledger.customer_of_billing_key(key).await
    }

    async fn billing_key(&self, order_id: &str) -> Result<Option<Secret>, StoreError> {
        self.world.reach_database(About::Order(order_id))?;
        self.ledger.billing_key(order_id).await
    }

    async fn billing_key_view(&self, id: &str) -> Result<Option<BillingKeyView>, StoreError> {
        self.world.reach_database(About::Nothing)?;
        self.ledger.billing_key_view(id).await
    }

    async fn billing_keys_of(&self, customer_id: &str) -> Result<Vec<BillingKeyView>, StoreError> {
        self.world.reach_database(About::Nothing)?;
        self.ledger.billing_keys_of(customer_id).await
    }

    async fn billing_key_by_digest(
        &self,
        gateway: Gateway,
        merchant_id: &str,
        digest: Digest,
    ) -> Result<Option<BillingKeyView>, StoreError> {
        self.world.reach_database(About::Nothing)?;
        self.ledger
            .billing_key_by_digest(gateway, merchant_id, digest)
            .await
    }

    async fn charges_of(&self, billing_key: Digest) -> Result<Vec<OrderView>, StoreError> {
        self.world.reach_database(About::Nothing)?;
        self.ledger.charges_of(billing_key).await
    }

    async fn renewals(&self, origin_order_id: &str) -> Result<Vec<OrderView>, StoreError> {
        self.world.reach_database(About::Order(origin_order_id))?;
        self.ledger.renewals(origin_order_id).await
    }

    async fn begin_renewal(&self, renewal: Renewal, now: Timestamp) -> Result<Begun, StoreError> {
        // It is about no attempt yet.
        let name = renewal.gateway_order_id.clone();
        let begun = self
            .write(About::Name(&name), self.ledger.begin_renewal(renewal, now))
            .await?;
        if let Begun::New(attempt) = &begun {
            self.world.stands(attempt);
            self.world.works_on(&attempt.gateway_order_id);
        }
        Ok(begun)
    }

    async fn health(&self) -> Result<(), StoreError> {
        self.write(About::Nothing, self.ledger.health()).await
    }

    fn watch(&self, order_id: &str) -> Watch {
        self.ledger.watch(order_id)
    }
}

impl<L: Ledger> Deliveries for SimStore<L> {
    async fn take_over(
        &self,
        target: Target,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.world.reach_database(About::Nothing)?;
        self.ledger.take_over(target, since, now).await
    }

    async fn deliveries_due(
        &self,
        target: Target,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.world.reach_database(About::Nothing)?;
        let mut due = self.ledger.deliveries_due(target, now, limit).await?;
        self.leave_out_the_untold(&mut due).await?;
        self.renumber(&mut due);
        Ok(due)
    }

    async fn next_delivery_at(&self, target: Target) -> Result<Option<Timestamp>, StoreError> {
        self.world.reach_database(About::Nothing)?;
        let next = self.ledger.next_delivery_at(target).await?;
        self.world.nothing_due(Who::Deliverer, next);
        Ok(next)
    }

    async fn delivery_tried(
        &self,
        target: Target,
        seq: u64,
        tries: u32,
        attempt: DeliveryAttempt,
        verdict: Verdict,
    ) -> Result<(), StoreError> {
        let tried = self
            .ledger
            .delivery_tried(target, seq / self.apart(), tries, attempt, verdict);
        self.write(About::Nothing, tried).await
    }

    async fn deliver_to_hook(
        &self,
        seq: u64,
        hook: Arc<dyn Hook>,
        at: Timestamp,
        failed: Verdict,
    ) -> Result<Option<String>, StoreError> {
        let taken = self.ledger.deliver_to_hook(seq, hook, at, failed);
        self.write(About::Nothing, taken).await
    }

    async fn deliveries(&self, filter: DeliveryFilter) -> Result<Vec<Delivery>, StoreError> {
        self.world.reach_database(About::Nothing)?;
        self.ledger.deliveries(filter).await
    }

    async fn delivery(
        &self,
        target: Target,
        seq: u64,
    ) -> Result<Option<(Delivery, Vec<DeliveryAttempt>)>, StoreError> {
        self.world.reach_database(About::Nothing)?;
        self.ledger.delivery(target, seq).await
    }

    async fn replay(&self, target: Target, seq: u64, now: Timestamp) -> Result<(), StoreError> {
        self.write(About::Nothing, self.ledger.replay(target, seq, now))
            .await
    }

    fn watch_events(&self) -> EventWatch {
        self.ledger.watch_events()
    }
}
