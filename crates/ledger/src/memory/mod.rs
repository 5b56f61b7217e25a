//! The ledger in memory, by the rules of the SQLite store and nothing else.
//!
//! It is for simulations: every call is answered at once, in the caller's thread, and [`MemoryStore::snapshot`] and
//! [`MemoryStore::restore`] are what a crash needs. It forgets everything with the process; a shop uses
//! [`SqliteStore`](crate::SqliteStore). That the two agree is tested by running the same simulated days over both.

mod delivery;
mod journal;
mod kept_answers;
mod keys;
mod reconciliation;
mod renewal;
mod tables;
mod write;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use paypair_protocol::{Gateway, Secret};

use self::tables::Tables;
use crate::watch::Watchers;
use crate::{
    Applied, Attempt, AttemptKey, Begun, BillingKey, BillingKeyState, BillingKeyView, CallState,
    Digest, Event, Evidence, MoneyCall, NewAttempt, Order, OrderView, Policy, Published,
    Registered, Renewal, Store, StoreError, TimelineRow, Timestamp, Watch,
};

/// The ledger in memory. Cheap to clone; clones share it.
#[derive(Clone)]
pub struct MemoryStore {
    tables: Arc<Mutex<Tables>>,
    watchers: Arc<Watchers>,
    policy: Policy,
}

/// Everything a [`MemoryStore`] held at one moment.
#[derive(Clone)]
pub struct Snapshot(Tables);

impl MemoryStore {
    /// An empty one.
    pub fn new(policy: Policy) -> Self {
        Self {
            tables: Arc::default(),
            watchers: Arc::default(),
            policy,
        }
    }

    /// What it holds now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.lock().clone())
    }

    /// Forgets whatever was written since.
    pub fn restore(&self, Snapshot(tables): Snapshot) {
        *self.lock() = tables;
    }

    /// When there is something to look after next: an attempt or a billing key that is due, or (now) a money call that runs.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.lock().next_due()
    }

    // Nothing panics while the lock is held, and half a write is none: what is there is whole.
    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    async fn register(&self, order: Order) -> Result<Registered, StoreError> {
        write::register(&mut self.lock(), order)
    }

    async fn begin(
        &self,
        order_id: &str,
        new: NewAttempt,
        now: Timestamp,
    ) -> Result<Begun, StoreError> {
        let begun = write::begin(&mut self.lock(), self.policy, order_id, new, now)?;
        self.watchers.changed(order_id);
        Ok(begun)
    }

    async fn apply(
        &self,
        key: AttemptKey,
        event: Event,
        now: Timestamp,
    ) -> Result<Applied, StoreError> {
        let order_id = key.order_id.clone();
        let taken = write::apply(&mut self.lock(), self.policy, key, event, now)?;
        self.watchers.changed(&order_id);
        Ok(taken?)
    }

    async fn keep_stray(&self, evidence: Evidence, now: Timestamp) -> Result<(), StoreError> {
        journal::keep_stray(&mut self.lock(), &evidence, now);
        self.watchers.published();
        Ok(())
    }

    async fn order(&self, order_id: &str) -> Result<Option<OrderView>, StoreError> {
        Ok(self.lock().view(order_id))
    }

    async fn attempt(&self, key: AttemptKey) -> Result<Option<Attempt>, StoreError> {
        Ok(self.lock().attempt(&key))
    }

    async fn attempt_by_nonce(&self, nonce: Digest) -> Result<Option<Attempt>, StoreError> {
        Ok(self.lock().by_nonce(nonce))
    }

    async fn attempt_by_ticket(&self, ticket: &str) -> Result<Option<Attempt>, StoreError> {
        Ok(self.lock().by_ticket(ticket))
    }

    async fn attempt_by_gateway_order(
        &self,
        gateway: Gateway,
        merchant_id: &str,
        gateway_order_id: &str,
    ) -> Result<Option<Attempt>, StoreError> {
        Ok(self.lock().by_name(gateway, merchant_id, gateway_order_id))
    }

    async fn timeline(&self, order_id: &str) -> Result<Vec<TimelineRow>, StoreError> {
        Ok(self.lock().timeline(order_id))
    }

    async fn money_calls(&self, order_id: &str) -> Result<Vec<MoneyCall>, StoreError> {
        let tables = self.lock();
        let of_order = |call: &&MoneyCall| call.key.order_id == order_id;
        Ok(tables.calls().iter().filter(of_order).cloned().collect())
    }

    async fn events_after(&self, seq: u64, limit: usize) -> Result<Vec<Published>, StoreError> {
        Ok(self.lock().published_after(seq, limit))
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Attempt>, StoreError> {
        let tables = self.lock();
        let mut due = tables.due(now, limit);
        for key in tables.due_keys(now, limit) {
            if !due.iter().any(|attempt| attempt.key() == key) {
                due.extend(tables.attempt(&key));
            }
        }
        Ok(due)
    }

    async fn unfinished_calls(&self) -> Result<Vec<MoneyCall>, StoreError> {
        let tables = self.lock();
        let open = |call: &&MoneyCall| tables::is_unresolved(call.state);
        Ok(tables.calls().iter().filter(open).cloned().collect())
    }

    async fn recover(
        &self,
        begun_before: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<Applied>, StoreError> {
        let recovered = write::recover(&mut self.lock(), self.policy, begun_before, now)?;
        for applied in &recovered {
            self.watchers.changed(&applied.attempt.order.id);
        }
        Ok(recovered)
    }

    async fn customer_of_billing_key(&self, key: Digest) -> Result<Option<String>, StoreError> {
        let tables = self.lock();
        let mut rows = tables.key_rows();
        let row = rows.find(|row| row.held.digest == key);
        Ok(row.map(|row| row.customer_id.clone()))
    }

    async fn billing_key(&self, order_id: &str) -> Result<Option<Secret>, StoreError> {
        let tables = self.lock();
        let fits = |row: &&tables::KeyRow| {
            row.holder.order_id == order_id && row.held.state == BillingKeyState::Active
        };
        let newest = tables
            .key_rows()
            .filter(fits)
            .max_by_key(|row| row.held.created_at);
        Ok(newest.and_then(|row| row.held.key.clone()))
    }

    async fn billing_key_view(&self, id: &str) -> Result<Option<BillingKeyView>, StoreError> {
        let tables = self.lock();
        let found = tables.key_views(|row| BillingKey::id_of(row.held.digest) == id);
        Ok(found.into_iter().next())
    }

    async fn billing_keys_of(&self, customer_id: &str) -> Result<Vec<BillingKeyView>, StoreError> {
        let tables = self.lock();
        let mut found = tables.key_views(|row| row.customer_id == customer_id);
        found.sort_by_key(|view| (view.created_at, view.attempt()));
        Ok(found)
    }

    async fn billing_key_by_digest(
        &self,
        gateway: Gateway,
        merchant_id: &str,
        digest: Digest,
    ) -> Result<Option<BillingKeyView>, StoreError> {
        let tables = self.lock();
        let row = tables.key_row(gateway, merchant_id, digest);
        Ok(row.and_then(|row| tables.key_view(row)))
    }

    async fn charges_of(&self, billing_key: Digest) -> Result<Vec<OrderView>, StoreError> {
        let tables = self.lock();
        let charges = |order: &Order| {
            let plan = order.charge.as_ref();
            plan.is_some_and(|plan| plan.billing_key == billing_key)
        };
        Ok(tables.views(charges))
    }

    async fn renewals(&self, origin_order_id: &str) -> Result<Vec<OrderView>, StoreError> {
        let tables = self.lock();
        Ok(tables.views(|order| order.renews.as_deref() == Some(origin_order_id)))
    }

    async fn begin_renewal(&self, renewal: Renewal, now: Timestamp) -> Result<Begun, StoreError> {
        let begun = renewal::begin(&mut self.lock(), self.policy, renewal, now)?;
        self.watchers.changed(match &begun {
            Begun::New(attempt) | Begun::Live(attempt) => &attempt.order.id,
            Begun::Settled(view) => &view.order.id,
        });
        Ok(begun)
    }

    async fn health(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn watch(&self, order_id: &str) -> Watch {
        self.watchers.watch(order_id)
    }
}

/// Whether it runs, as far as anybody knows.
pub(super) fn is_pending(call: &MoneyCall) -> bool {
    call.state == CallState::Pending
}
