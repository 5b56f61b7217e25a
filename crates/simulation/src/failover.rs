//! A database that fails over, as a store behind the trait sees it: away for seconds, and of what was being committed just then nobody
//! knows whether it was. (There is no PostgreSQL store yet; what stands for it is the store of the day.)

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use paypair_ledger::StoreError;

use crate::faults::Fault;
use crate::scheduler::lock;
use crate::standing::About;
use crate::world::World;

/// When the database went, and until when it is away.
#[derive(Default)]
pub(crate) struct Away {
    since: AtomicI64,
    until: AtomicI64,
    /// The attempts that met it; however often one asks, it is one outage.
    met: Mutex<BTreeSet<String>>,
}

/// Now and then the database fails over, all day long.
pub(crate) async fn work(world: Arc<World>) {
    loop {
        let pause = world.dice().within(400_000..4_000_000);
        world.sleep(pause).await;
        if world.is_calm() {
            return;
        }
        world.fail_over();
    }
}

impl World {
    /// The database is away from now on, for seconds.
    pub(crate) fn fail_over(&self) {
        let now = self.clock.now();
        let long = self.dice().within(1_000..25_000);
        self.away.since.store(now, Relaxed);
        self.away.until.store(now + long, Relaxed);
        lock(&self.away.met).clear();
        self.tell("disk", "", || format!("is away for {long} ms"));
    }

    /// The database is there again.
    pub(crate) fn come_back(&self) {
        self.away.until.store(0, Relaxed);
    }

    /// Refuses what is read or written while the database is away.
    pub(crate) fn reach_database(&self, about: About<'_>) -> Result<(), StoreError> {
        if self.clock.now() < self.away.until.load(Relaxed) {
            self.count_failover(&self.name_of(about));
            return Err(gone());
        }
        Ok(())
    }

    /// Counts an outage once for each attempt that met it, and once for all that is about none.
    pub(crate) fn count_failover(&self, gateway_order: &str) {
        if lock(&self.away.met).insert(gateway_order.to_owned()) {
            self.struck(Fault::PgFailover, gateway_order);
        }
    }

    /// Whether the database went while this was being written: it may be committed, or not, and nobody answers.
    pub(crate) fn went_since(&self, began: i64) -> bool {
        let since = self.away.since.load(Relaxed);
        began < since && since <= self.clock.now()
    }
}

/// What a store says then.
pub(crate) fn gone() -> StoreError {
    StoreError::Failed("the database closed the connection".to_owned())
}
