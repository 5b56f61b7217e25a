//! A store and the world outside of it, which no power cut undoes: what the gateway did, and what was acknowledged to somebody.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use paypair_ledger::{
    Applied, AttemptKey, Digest, Event, Evidence, MoneyOp, SqliteStore, Store, StoreError,
    Timestamp,
};

/// When a write is acknowledged, and what follows from it done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Acknowledge {
    /// When the store says that it is durable.
    #[default]
    AfterCommit,
    /// At once: the mistake that the cuts must find.
    BeforeCommit,
}

/// What nobody can take back.
#[derive(Debug, Default)]
pub(super) struct World {
    /// What was acknowledged about each order, in order.
    pub(super) acknowledged: RefCell<BTreeMap<String, Vec<&'static str>>>,
    /// How often money was taken, by the gateway's name of the order.
    pub(super) captures: RefCell<BTreeMap<String, u32>>,
    /// How often it was given back.
    pub(super) refunds: RefCell<BTreeMap<String, u32>>,
    /// How often a billing key was deleted, by the order that registered the card.
    pub(super) deletions: RefCell<BTreeMap<String, u32>>,
    /// Callbacks that were acknowledged, by the order: what they said.
    pub(super) noticed: RefCell<BTreeMap<String, Digest>>,
    /// What the merchant was told by webhook, by the event's number.
    pub(super) told: RefCell<BTreeMap<u64, String>>,
    /// Of that, what was noted as delivered.
    pub(super) settled: RefCell<BTreeSet<u64>>,
    /// Requests under an idempotency key that were taken: whether they were answered.
    pub(super) kept: RefCell<BTreeMap<String, bool>>,
}

/// A store that acknowledges to the world.
pub(super) struct Till<'a> {
    pub(super) store: &'a SqliteStore,
    pub(super) world: &'a World,
    pub(super) acknowledge: Acknowledge,
}

impl Till<'_> {
    /// Waits for the write and acknowledges it, or the other way around.
    pub(super) async fn write<T>(
        &self,
        order_id: &str,
        what: &'static str,
        write: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        if self.acknowledge == Acknowledge::BeforeCommit {
            self.note(order_id, what);
        }
        let written = write.await?;
        if self.acknowledge == Acknowledge::AfterCommit {
            self.note(order_id, what);
        }
        Ok(written)
    }

    pub(super) async fn apply(
        &self,
        key: &AttemptKey,
        event: Event,
        now: Timestamp,
    ) -> Result<Applied, StoreError> {
        let kind = event.kind();
        let applied = self.store.apply(key.clone(), event, now);
        self.write(&key.order_id, kind, applied).await
    }

    /// Takes a callback in, and thanks for it.
    pub(super) async fn notice(
        &self,
        key: &AttemptKey,
        evidence: Evidence,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let body = evidence.body();
        let thank = || {
            self.world
                .noticed
                .borrow_mut()
                .insert(key.order_id.clone(), body)
        };
        if self.acknowledge == Acknowledge::BeforeCommit {
            thank();
        }
        self.apply(key, Event::Sighted(evidence), now).await?;
        thank();
        Ok(())
    }

    /// Writes the intent, then has the gateway do it.
    pub(super) async fn call(
        &self,
        (key, gateway_order): (&AttemptKey, &str),
        (event, op): (Event, MoneyOp),
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let early = self.acknowledge == Acknowledge::BeforeCommit;
        if early {
            self.happens(gateway_order, op);
        }
        let applied = self.apply(key, event, now).await?;
        let calls = applied.calls(op);
        if calls && !early {
            self.happens(gateway_order, op);
        }
        Ok(calls)
    }

    fn happens(&self, gateway_order: &str, op: MoneyOp) {
        let book = match op {
            MoneyOp::Refund => &self.world.refunds,
            MoneyOp::DeleteBillingKey => &self.world.deletions,
            MoneyOp::Confirm | MoneyOp::Charge => &self.world.captures,
        };
        *book
            .borrow_mut()
            .entry(gateway_order.to_owned())
            .or_default() += 1;
    }

    pub(super) fn note(&self, order_id: &str, what: &'static str) {
        let mut all = self.world.acknowledged.borrow_mut();
        all.entry(order_id.to_owned()).or_default().push(what);
    }
}
