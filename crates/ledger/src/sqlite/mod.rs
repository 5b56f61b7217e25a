//! The ledger in one SQLite file.
//!
//! One thread writes: everything waiting in its queue goes into one transaction (WAL, `synchronous=FULL`), each item in a savepoint,
//! and nobody hears an answer before the commit. Another thread reads. Neither ever blocks the async runtime.

mod delivery;
mod journal;
mod kept_answers;
mod keys;
mod lists;
pub(crate) mod naming;
mod reconciliation;
mod renewal;
mod rows;
mod worker;
mod write;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use paypair_protocol::{Gateway, Secret};
use rusqlite::{Connection, OptionalExtension, params};

use crate::watch::Watchers;
use crate::{
    Applied, Attempt, AttemptKey, Begun, BillingKeyView, Digest, Effect, Event, Evidence,
    MoneyCall, NewAttempt, Order, OrderView, Policy, Publication, Published, Registered, Renewal,
    Store, StoreError, TimelineRow, Timestamp, Watch,
};
use worker::{Mode, Worker};

/// How a [`SqliteStore`] works.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Writes that may wait; one more is [`StoreError::Busy`].
    pub queue: usize,
    /// The most writes of one commit.
    pub batch: usize,
    /// The merchant's choices.
    pub policy: Policy,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            queue: 4096,
            batch: 256,
            policy: Policy::default(),
        }
    }
}

/// The ledger in one SQLite file. Cheap to clone; the file closes with the last clone.
#[derive(Clone)]
pub struct SqliteStore {
    threads: Arc<Threads>,
    watchers: Arc<Watchers>,
    /// Raised when a billing key was erased.
    erased: Arc<AtomicBool>,
    policy: Policy,
    guard: Arc<delivery::HookGuard>,
}

struct Threads {
    writer: Worker,
    reader: Worker,
}

impl SqliteStore {
    /// Opens the file, or makes it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_with(path, Options::default())
    }

    /// Opens the file, or makes it, with other than the usual options.
    pub fn open_with(path: impl AsRef<Path>, options: Options) -> Result<Self, StoreError> {
        make(path.as_ref())?;
        let mut writing = connect(path.as_ref())?;
        migrate(&writing)?;
        let guard = Arc::<delivery::HookGuard>::default();
        guard.install(&mut writing)?;
        let reading = connect(path.as_ref())?;
        reading.pragma_update(None, "query_only", true)?;
        let erased = Arc::<AtomicBool>::default();
        let write = Mode::Write {
            batch: options.batch.max(1),
            erased: Arc::clone(&erased),
        };
        Ok(Self {
            threads: Arc::new(Threads {
                writer: Worker::start("ledger-writer", writing, options.queue.max(1), write)?,
                reader: Worker::start("ledger-reader", reading, options.queue.max(1), Mode::Read)?,
            }),
            watchers: Arc::new(Watchers::default()),
            erased,
            policy: options.policy,
            guard,
        })
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.threads.writer.call(work, |_| {}).await
    }

    /// Writes, then wakes those who watch the order: after the commit, even if the caller is gone.
    async fn change<T: Send + 'static>(
        &self,
        order_id: String,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let watchers = Arc::clone(&self.watchers);
        self.threads
            .writer
            .call(work, move |_| watchers.changed(&order_id))
            .await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.threads.reader.call(work, |_| {}).await
    }
}

impl Store for SqliteStore {
    async fn register(&self, order: Order) -> Result<Registered, StoreError> {
        self.write(move |connection| write::register(connection, order))
            .await
    }

    async fn begin(
        &self,
        order_id: &str,
        new: NewAttempt,
        now: Timestamp,
    ) -> Result<Begun, StoreError> {
        let (id, policy) = (order_id.to_owned(), self.policy);
        self.change(id.clone(), move |connection| {
            write::begin(connection, policy, &id, new, now)
        })
        .await
    }

    async fn apply(
        &self,
        key: AttemptKey,
        event: Event,
        now: Timestamp,
    ) -> Result<Applied, StoreError> {
        let (policy, order_id) = (self.policy, key.order_id.clone());
        let (watchers, erased) = (Arc::clone(&self.watchers), Arc::clone(&self.erased));
        let taken = self
            .threads
            .writer
            .call(
                move |connection| write::apply(connection, policy, key, event, now),
                move |taken| {
                    watchers.changed(&order_id);
                    let gone = Effect::Publish(Publication::BillingKeyDeleted);
                    if taken
                        .as_ref()
                        .is_ok_and(|applied| applied.effects.contains(&gone))
                    {
                        erased.store(true, Ordering::Release);
                    }
                },
            )
            .await?;
        Ok(taken?)
    }

    async fn keep_stray(&self, evidence: Evidence, now: Timestamp) -> Result<(), StoreError> {
        let watchers = Arc::clone(&self.watchers);
        let work = move |connection: &Connection| journal::keep_stray(connection, &evidence, now);
        let writer = &self.threads.writer;
        writer.call(work, move |()| watchers.published()).await
    }

    async fn order(&self, order_id: &str) -> Result<Option<OrderView>, StoreError> {
        let id = order_id.to_owned();
        self.read(move |connection| {
            let Some(order) = rows::order_by_id(connection, &id)? else {
                return Ok(None);
            };
            Ok(Some(OrderView {
                order,
                attempts: write::attempts_of(connection, &id)?,
            }))
        })
        .await
    }

    async fn attempt(&self, key: AttemptKey) -> Result<Option<Attempt>, StoreError> {
        self.read(move |connection| rows::attempt_by_key(connection, &key))
            .await
    }

    async fn attempt_by_nonce(&self, nonce: Digest) -> Result<Option<Attempt>, StoreError> {
        self.read(move |connection| {
            Ok(rows::attempts(connection, "WHERE nonce = ?1", [nonce.as_bytes()])?.pop())
        })
        .await
    }

    async fn attempt_by_ticket(&self, ticket: &str) -> Result<Option<Attempt>, StoreError> {
        let ticket = ticket.to_owned();
        self.read(move |connection| {
            Ok(rows::attempts(connection, "WHERE ticket = ?1", [ticket])?.pop())
        })
        .await
    }

    async fn attempt_by_gateway_order(
        &self,
        gateway: Gateway,
        merchant_id: &str,
        gateway_order_id: &str,
    ) -> Result<Option<Attempt>, StoreError> {
        let name = (
            gateway.as_str(),
            merchant_id.to_owned(),
            gateway_order_id.to_owned(),
        );
        let filter = "WHERE gateway = ?1 AND merchant_id = ?2 AND gateway_order_id = ?3";
        self.read(move |connection| Ok(rows::attempts(connection, filter, name)?.pop()))
            .await
    }

    async fn timeline(&self, order_id: &str) -> Result<Vec<TimelineRow>, StoreError> {
        let id = order_id.to_owned();
        self.read(move |connection| {
            let mut found = connection
                .prepare_cached(&format!("{} WHERE order_id = ?1 ORDER BY seq", rows::EVENT))?;
            Ok(found
                .query_map([id], rows::event)?
                .collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn money_calls(&self, order_id: &str) -> Result<Vec<MoneyCall>, StoreError> {
        let id = order_id.to_owned();
        self.read(move |connection| {
            let mut found = connection.prepare_cached(&format!(
                "{} WHERE order_id = ?1 ORDER BY id",
                rows::MONEY_CALL
            ))?;
            Ok(found
                .query_map([id], rows::money_call)?
                .collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn events_after(&self, seq: u64, limit: usize) -> Result<Vec<Published>, StoreError> {
        let range = (i64::try_from(seq).unwrap_or(i64::MAX), count(limit));
        self.read(move |connection| {
            let mut found = connection.prepare_cached(
                "SELECT seq, type, order_id, no, state, at, data FROM outbox WHERE seq > ?1 ORDER BY seq LIMIT ?2",
            )?;
            Ok(found.query_map(range, rows::published)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Attempt>, StoreError> {
        let filter = "WHERE next_check_at <= ?1 OR (next_check_at IS NULL AND expires_at <= ?1 \
             AND state IN ('created', 'requested', 'authenticated', 'awaiting_deposit')) \
             ORDER BY coalesce(next_check_at, expires_at), order_id, no LIMIT ?2";
        self.read(move |connection| {
            let range = params![now.millis(), count(limit)];
            let mut due = rows::attempts(connection, filter, range)?;
            for key in keys::due(connection, now, count(limit))? {
                if !due.iter().any(|attempt| attempt.key() == key) {
                    due.extend(rows::attempt_by_key(connection, &key)?);
                }
            }
            Ok(due)
        })
        .await
    }

    async fn unfinished_calls(&self) -> Result<Vec<MoneyCall>, StoreError> {
        self.read(|connection| {
            let filter = "WHERE state IN ('pending', 'unknown') ORDER BY id";
            let mut found = connection.prepare_cached(&format!("{} {filter}", rows::MONEY_CALL))?;
            Ok(found
                .query_map([], rows::money_call)?
                .collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn recover(
        &self,
        begun_before: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<Applied>, StoreError> {
        let (policy, watchers) = (self.policy, Arc::clone(&self.watchers));
        self.threads
            .writer
            .call(
                move |connection| write::recover(connection, policy, begun_before, now),
                move |recovered| {
                    recovered
                        .iter()
                        .for_each(|applied| watchers.changed(&applied.attempt.order.id))
                },
            )
            .await
    }

    async fn customer_of_billing_key(&self, key: Digest) -> Result<Option<String>, StoreError> {
        self.read(move |connection| {
            let mut found = connection
                .prepare_cached("SELECT customer_id FROM billing_key WHERE digest = ?1 LIMIT 1")?;
            Ok(found
                .query_row([key.as_bytes()], |row| row.get(0))
                .optional()?)
        })
        .await
    }

    async fn billing_key(&self, order_id: &str) -> Result<Option<Secret>, StoreError> {
        let id = order_id.to_owned();
        self.read(move |connection| {
            let mut found = connection.prepare_cached(
                "SELECT key FROM billing_key WHERE order_id = ?1 AND state = 'active' ORDER BY created_at DESC LIMIT 1",
            )?;
            Ok(found
                .query_row([id], |row| row.get::<_, String>(0))
                .optional()?
                .map(Secret::new))
        })
        .await
    }

    async fn billing_key_view(&self, id: &str) -> Result<Option<BillingKeyView>, StoreError> {
        let Some((first, last)) = digests_of(id) else {
            return Ok(None);
        };
        let filter = "WHERE digest BETWEEN ?1 AND ?2 LIMIT 1";
        self.read(move |connection| Ok(keys::views(connection, filter, [first, last])?.pop()))
            .await
    }

    async fn billing_keys_of(&self, customer_id: &str) -> Result<Vec<BillingKeyView>, StoreError> {
        let customer = customer_id.to_owned();
        let filter = "WHERE customer_id = ?1 ORDER BY created_at, order_id, no";
        self.read(move |connection| keys::views(connection, filter, [customer]))
            .await
    }

    async fn billing_key_by_digest(
        &self,
        gateway: Gateway,
        merchant_id: &str,
        digest: Digest,
    ) -> Result<Option<BillingKeyView>, StoreError> {
        let name = (gateway.as_str(), merchant_id.to_owned(), *digest.as_bytes());
        let filter = "WHERE gateway = ?1 AND merchant_id = ?2 AND digest = ?3";
        self.read(move |connection| Ok(keys::views(connection, filter, name)?.pop()))
            .await
    }

    async fn renewals(&self, origin_order_id: &str) -> Result<Vec<OrderView>, StoreError> {
        let origin = origin_order_id.to_owned();
        self.read(move |connection| write::orders(connection, "WHERE renews = ?1", [origin]))
            .await
    }

    async fn charges_of(&self, billing_key: Digest) -> Result<Vec<OrderView>, StoreError> {
        let digest = *billing_key.as_bytes();
        self.read(move |connection| write::orders(connection, "WHERE charge_key = ?1", [digest]))
            .await
    }

    async fn begin_renewal(&self, renewal: Renewal, now: Timestamp) -> Result<Begun, StoreError> {
        let (policy, watchers) = (self.policy, Arc::clone(&self.watchers));
        self.threads
            .writer
            .call(
                move |connection| renewal::begin(connection, policy, renewal, now),
                move |begun| {
                    watchers.changed(match begun {
                        Begun::New(attempt) | Begun::Live(attempt) => &attempt.order.id,
                        Begun::Settled(view) => &view.order.id,
                    })
                },
            )
            .await
    }

    async fn health(&self) -> Result<(), StoreError> {
        self.write(|connection| Ok(connection.query_row("SELECT 1", [], |_| Ok(()))?))
            .await
    }

    fn watch(&self, order_id: &str) -> Watch {
        self.watchers.watch(order_id)
    }
}

/// Makes the file, if it is not there, readable by its owner alone: it holds keys that charge cards. Its journals do as it does.
fn make(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(StoreError::Failed(error.to_string())),
    }
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is erased (a deleted billing key) is overwritten, not only unlinked.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

fn migrate(connection: &Connection) -> Result<(), StoreError> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let Some(missing) = usize::try_from(version)
        .ok()
        .and_then(|version| MIGRATIONS.get(version..))
    else {
        return Err(StoreError::Corrupt(
            "user_version: the file was written by a newer version",
        ));
    };
    for (sql, version) in missing.iter().zip(version.saturating_add(1)..) {
        let whole = format!("BEGIN IMMEDIATE; {sql} PRAGMA user_version = {version}; COMMIT;");
        if let Err(error) = connection.execute_batch(&whole) {
            let _ = connection.execute_batch("ROLLBACK");
            return Err(error.into());
        }
    }
    Ok(())
}

/// Each brings the file from its place in this list to the next version.
const MIGRATIONS: [&str; 8] = [
    include_str!("schema.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
    include_str!("schema_5.sql"),
    include_str!("schema_6.sql"),
    include_str!("schema_7.sql"),
    include_str!("schema_8.sql"),
];

/// The first and the last digest whose key is called so.
fn digests_of(id: &str) -> Option<([u8; 32], [u8; 32])> {
    let half: [u8; 16] = hex::decode(id.strip_prefix("bk_")?).ok()?.try_into().ok()?;
    let (mut first, mut last) = ([0; 32], [0xff; 32]);
    first.iter_mut().zip(half).for_each(|(to, from)| *to = from);
    last.iter_mut().zip(half).for_each(|(to, from)| *to = from);
    Some((first, last))
}

fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
