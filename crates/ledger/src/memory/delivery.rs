//! Deliveries in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::MemoryStore;
use crate::{
    Deliveries, Delivery, DeliveryAttempt, DeliveryFilter, DeliveryState, EventWatch, Hook, HookTx,
    Published, StoreError, Target, Timestamp, Verdict, hook,
};

/// The rows of deliveries.
#[derive(Clone, Default)]
pub(super) struct Post {
    upto: BTreeMap<Target, u64>,
    rows: BTreeMap<(u64, Target), (Delivery, Vec<DeliveryAttempt>)>,
    /// Those that have a time.
    agenda: BTreeSet<(Target, Timestamp, u64)>,
    /// Those that are pending, by order.
    open: BTreeMap<(Target, String), BTreeSet<u64>>,
}

impl Post {
    fn add(&mut self, target: Target, event: Published, now: Timestamp) {
        let (seq, order_id) = (event.seq, event.key.order_id.clone());
        let body = event.to_json().to_string();
        let delivery = Delivery {
            target,
            event,
            state: DeliveryState::Pending,
            tries: 0,
            next_try_at: None,
            ended_at: None,
            status: None,
            error: None,
            body,
        };
        self.rows.insert((seq, target), (delivery, Vec::new()));
        self.opened(target, &order_id).insert(seq);
        self.wake(target, &order_id, now);
    }

    fn opened(&mut self, target: Target, order_id: &str) -> &mut BTreeSet<u64> {
        let order = (target, order_id.to_owned());
        self.open.entry(order).or_default()
    }

    fn row(&mut self, target: Target, seq: u64) -> Option<&mut Delivery> {
        let row = self.rows.get_mut(&(seq, target));
        row.map(|(delivery, _)| delivery)
    }

    fn set_time(&mut self, target: Target, seq: u64, at: Option<Timestamp>) {
        let Some(row) = self.row(target, seq) else {
            return;
        };
        let before = std::mem::replace(&mut row.next_try_at, at);
        if let Some(before) = before {
            self.agenda.remove(&(target, before, seq));
        }
        if let Some(at) = at {
            self.agenda.insert((target, at, seq));
        }
    }

    /// The earliest open delivery of the order is tried now, unless it has its time.
    fn wake(&mut self, target: Target, order_id: &str, now: Timestamp) {
        let first = self.opened(target, order_id).first().copied();
        let Some(seq) = first else {
            self.open.remove(&(target, order_id.to_owned()));
            return;
        };
        if self
            .row(target, seq)
            .is_some_and(|row| row.next_try_at.is_none())
        {
            self.set_time(target, seq, Some(now));
        }
    }

    fn due(&self, target: Target, now: Timestamp, limit: usize) -> Vec<Delivery> {
        let of_target = (target, Timestamp::from_millis(i64::MIN), 0)..=(target, now, u64::MAX);
        let due = self.agenda.range(of_target).take(limit);
        due.filter_map(|(_, _, seq)| self.rows.get(&(*seq, target)))
            .map(|(delivery, _)| delivery.clone())
            .collect()
    }

    fn next(&self, target: Target) -> Option<Timestamp> {
        let mut agenda = self.agenda.iter();
        agenda
            .find(|(known, _, _)| *known == target)
            .map(|(_, at, _)| *at)
    }

    fn tried(
        &mut self,
        target: Target,
        seq: u64,
        tries: u32,
        attempt: DeliveryAttempt,
        verdict: Verdict,
    ) {
        let Some((row, attempts)) = self.rows.get_mut(&(seq, target)) else {
            return;
        };
        attempts.push(attempt.clone());
        // A failure that was judged by other tries moves nothing.
        let holds = row.tries == tries || verdict == Verdict::Delivered;
        if row.state != DeliveryState::Pending || !holds {
            return;
        }
        row.tries = row.tries.saturating_add(1);
        (row.status, row.error) = (attempt.status, attempt.error);
        let order_id = row.event.key.order_id.clone();
        row.state = match verdict {
            Verdict::Delivered => DeliveryState::Delivered,
            Verdict::Dead => DeliveryState::Dead,
            Verdict::Again(at) => {
                // Without a time it waits for an earlier one since.
                if row.next_try_at.is_some() {
                    self.set_time(target, seq, Some(at));
                }
                return;
            }
        };
        row.ended_at = Some(attempt.at);
        self.set_time(target, seq, None);
        self.opened(target, &order_id).remove(&seq);
        self.wake(target, &order_id, attempt.at);
    }

    fn replay(&mut self, target: Target, seq: u64, now: Timestamp) -> Result<(), StoreError> {
        let row = self.row(target, seq).ok_or(StoreError::NotFound)?;
        if target == Target::Hook && row.state == DeliveryState::Delivered {
            return Err(StoreError::Delivered);
        }
        row.state = DeliveryState::Pending;
        row.tries = 0;
        row.ended_at = None;
        let order_id = row.event.key.order_id.clone();
        self.opened(target, &order_id).insert(seq);
        let open = self.opened(target, &order_id).clone();
        // What comes later waits again; an earlier one goes first, and is tried now too.
        for seq in open {
            self.set_time(target, seq, None);
        }
        self.wake(target, &order_id, now);
        Ok(())
    }
}

impl Deliveries for MemoryStore {
    async fn take_over(
        &self,
        target: Target,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tables = self.lock();
        let before = || {
            let mut events = tables.outbox().iter().rev();
            events.find(|event| event.at < since).map(|event| event.seq)
        };
        let upto = match tables.post.upto.get(&target) {
            Some(upto) => *upto,
            None => before().unwrap_or(0),
        };
        let news = tables.published_after(upto, usize::MAX);
        let upto = news.last().map_or(upto, |event| event.seq);
        tables.post.upto.insert(target, upto);
        for event in news {
            tables.post.add(target, event, now);
        }
        Ok(false)
    }

    async fn deliveries_due(
        &self,
        target: Target,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        Ok(self.lock().post.due(target, now, limit))
    }

    async fn next_delivery_at(&self, target: Target) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.lock().post.next(target))
    }

    async fn delivery_tried(
        &self,
        target: Target,
        seq: u64,
        tries: u32,
        attempt: DeliveryAttempt,
        verdict: Verdict,
    ) -> Result<(), StoreError> {
        let mut tables = self.lock();
        tables.post.tried(target, seq, tries, attempt, verdict);
        Ok(())
    }

    async fn deliver_to_hook(
        &self,
        seq: u64,
        hook: Arc<dyn Hook>,
        at: Timestamp,
        failed: Verdict,
    ) -> Result<Option<String>, StoreError> {
        let open = self.lock().post.row(Target::Hook, seq).cloned();
        let Some(open) = open.filter(|delivery| delivery.next_try_at.is_some()) else {
            return Ok(None);
        };
        // Not while the tables are held: the hook may look at the store.
        let ran = hook::run(hook.as_ref(), &open.event, &HookTx::over(None));
        let error = ran.err().map(|error| error.code().to_owned());
        let verdict = match error {
            None => Verdict::Delivered,
            Some(_) => failed,
        };
        let attempt = DeliveryAttempt {
            at,
            status: None,
            duration: None,
            error: error.clone(),
        };
        let mut tables = self.lock();
        let post = &mut tables.post;
        post.tried(Target::Hook, seq, open.tries, attempt, verdict);
        Ok(error)
    }

    async fn deliveries(&self, wanted: DeliveryFilter) -> Result<Vec<Delivery>, StoreError> {
        let tables = self.lock();
        let fits = |delivery: &&Delivery| {
            delivery.event.seq > wanted.after
                && wanted.target.is_none_or(|it| it == delivery.target)
                && wanted.state.is_none_or(|it| it == delivery.state)
                && wanted
                    .order_id
                    .as_ref()
                    .is_none_or(|it| *it == delivery.event.key.order_id)
        };
        let all = tables.post.rows.values().map(|(delivery, _)| delivery);
        Ok(all.filter(fits).take(wanted.limit).cloned().collect())
    }

    async fn delivery(
        &self,
        target: Target,
        seq: u64,
    ) -> Result<Option<(Delivery, Vec<DeliveryAttempt>)>, StoreError> {
        Ok(self.lock().post.rows.get(&(seq, target)).cloned())
    }

    async fn replay(&self, target: Target, seq: u64, now: Timestamp) -> Result<(), StoreError> {
        self.lock().post.replay(target, seq, now)?;
        self.watchers.published();
        Ok(())
    }

    fn watch_events(&self) -> EventWatch {
        self.watchers.watch_events()
    }
}
