//! Deliveries in the file.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::{SqliteStore, count, rows};
use crate::{
    Deliveries, Delivery, DeliveryAttempt, DeliveryFilter, DeliveryState, EventWatch, Hook, HookTx,
    StoreError, Target, Timestamp, Verdict, hook,
};

impl Deliveries for SqliteStore {
    async fn take_over(
        &self,
        target: Target,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        // Mostly there is nothing new, and nothing to write.
        let news = self.read(move |connection| has_news(connection, target));
        if !news.await? {
            return Ok(false);
        }
        self.write(move |connection| take_over(connection, target, since, now))
            .await
    }

    async fn deliveries_due(
        &self,
        target: Target,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        let filter =
            "WHERE d.target = ?1 AND d.next_try_at <= ?2 ORDER BY d.next_try_at, d.seq LIMIT ?3";
        let range = (target.as_str(), now.millis(), count(limit));
        self.read(move |connection| deliveries(connection, filter, range))
            .await
    }

    async fn next_delivery_at(&self, target: Target) -> Result<Option<Timestamp>, StoreError> {
        self.read(move |connection| {
            let next = connection
                .prepare_cached("SELECT min(next_try_at) FROM delivery WHERE target = ?1 AND next_try_at IS NOT NULL")?
                .query_row([target.as_str()], |row| rows::maybe_moment(row, 0))?;
            Ok(next)
        })
        .await
    }

    async fn delivery_tried(
        &self,
        target: Target,
        seq: u64,
        tries: u32,
        attempt: DeliveryAttempt,
        verdict: Verdict,
    ) -> Result<(), StoreError> {
        self.write(move |connection| tried(connection, target, seq, tries, &attempt, verdict))
            .await
    }

    async fn deliver_to_hook(
        &self,
        seq: u64,
        hook: Arc<dyn Hook>,
        at: Timestamp,
        failed: Verdict,
    ) -> Result<Option<String>, StoreError> {
        let guard = Arc::clone(&self.guard);
        let work = move |connection: &Connection| {
            to_hook(connection, &guard, seq, hook.as_ref(), at, failed)
        };
        self.threads.writer.call_alone(work, |_| {}).await
    }

    async fn deliveries(&self, wanted: DeliveryFilter) -> Result<Vec<Delivery>, StoreError> {
        let mut filter = "WHERE d.seq > ?1".to_owned();
        let mut values: Vec<Box<dyn rusqlite::ToSql + Send>> =
            vec![Box::new(i64::try_from(wanted.after).unwrap_or(i64::MAX))];
        let mut narrow = |column: &str, value: Option<String>| {
            if let Some(value) = value {
                values.push(Box::new(value));
                filter += &format!(" AND d.{column} = ?{}", values.len());
            }
        };
        narrow("target", wanted.target.map(|it| it.as_str().to_owned()));
        narrow("state", wanted.state.map(|it| it.as_str().to_owned()));
        narrow("order_id", wanted.order_id);
        values.push(Box::new(count(wanted.limit)));
        filter += &format!(" ORDER BY d.seq, d.target LIMIT ?{}", values.len());
        self.read(move |connection| {
            deliveries(connection, &filter, rusqlite::params_from_iter(values))
        })
        .await
    }

    async fn delivery(
        &self,
        target: Target,
        seq: u64,
    ) -> Result<Option<(Delivery, Vec<DeliveryAttempt>)>, StoreError> {
        self.read(move |connection| {
            let Some(delivery) = delivery(connection, target, seq)? else {
                return Ok(None);
            };
            let attempts = connection
                .prepare_cached(
                    "SELECT at, status, duration_ms, error FROM delivery_attempt WHERE target = ?1 AND seq = ?2 ORDER BY no",
                )?
                .query_map(params![target.as_str(), number(seq)], attempt)?
                .collect::<Result<_, _>>()?;
            Ok(Some((delivery, attempts)))
        })
        .await
    }

    async fn replay(&self, target: Target, seq: u64, now: Timestamp) -> Result<(), StoreError> {
        let watchers = Arc::clone(&self.watchers);
        let work = move |connection: &Connection| replay(connection, target, seq, now);
        let writer = &self.threads.writer;
        writer.call(work, move |()| watchers.published()).await
    }

    fn watch_events(&self) -> EventWatch {
        self.watchers.watch_events()
    }
}

/// How many events are taken over in one transaction.
const AT_ONCE: i64 = 500;

fn has_news(connection: &Connection, target: Target) -> Result<bool, StoreError> {
    let upto: Option<i64> = connection
        .prepare_cached("SELECT upto FROM delivery_target WHERE name = ?1")?
        .query_row([target.as_str()], |row| row.get(0))
        .optional()?;
    let Some(upto) = upto else {
        return Ok(true);
    };
    Ok(connection
        .prepare_cached("SELECT 1 FROM outbox WHERE seq > ?1")?
        .exists([upto])?)
}

/// Whether there may be more.
fn take_over(
    connection: &Connection,
    target: Target,
    since: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO delivery_target VALUES (?1, \
             coalesce((SELECT seq FROM outbox WHERE at < ?2 ORDER BY seq DESC LIMIT 1), 0))",
        )?
        .execute(params![target.as_str(), since.millis()])?;
    let news = connection
        .prepare_cached(
            "SELECT seq, type, order_id, no, state, at, data FROM outbox \
             WHERE seq > (SELECT upto FROM delivery_target WHERE name = ?1) ORDER BY seq LIMIT ?2",
        )?
        .query_map(params![target.as_str(), AT_ONCE], rows::published)?
        .collect::<Result<Vec<_>, _>>()?;
    let Some(last) = news.last().map(|event| event.seq) else {
        return Ok(false);
    };
    for event in &news {
        connection
            .prepare_cached(
                "INSERT INTO delivery (target, seq, order_id, state, tries, body) VALUES (?1, ?2, ?3, 'pending', 0, ?4)",
            )?
            .execute(params![
                target.as_str(),
                number(event.seq),
                event.key.order_id,
                event.to_json().to_string()
            ])?;
        wake(connection, target, &event.key.order_id, now)?;
    }
    connection
        .prepare_cached("UPDATE delivery_target SET upto = ?2 WHERE name = ?1")?
        .execute(params![target.as_str(), number(last)])?;
    Ok(i64::try_from(news.len()).is_ok_and(|taken| taken == AT_ONCE))
}

/// The earliest open delivery of the order is tried now, unless it has its time.
fn wake(
    connection: &Connection,
    target: Target,
    order_id: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE delivery SET next_try_at = ?3 WHERE target = ?1 AND next_try_at IS NULL AND seq = (SELECT seq FROM delivery \
             WHERE target = ?1 AND order_id = ?2 AND state = 'pending' ORDER BY seq LIMIT 1)",
        )?
        .execute(params![target.as_str(), order_id, now.millis()])?;
    Ok(())
}

fn tried(
    connection: &Connection,
    target: Target,
    seq: u64,
    tries: u32,
    attempt: &DeliveryAttempt,
    verdict: Verdict,
) -> Result<(), StoreError> {
    let millis = attempt.duration.map(|time| time.as_millis());
    connection
        .prepare_cached(
            "INSERT INTO delivery_attempt (target, seq, no, at, status, duration_ms, error) SELECT ?1, ?2, \
             (SELECT count(*) + 1 FROM delivery_attempt WHERE target = ?1 AND seq = ?2), ?3, ?4, ?5, ?6",
        )?
        .execute(params![
            target.as_str(),
            number(seq),
            attempt.at.millis(),
            attempt.status,
            millis.map(|millis| i64::try_from(millis).unwrap_or(i64::MAX)),
            attempt.error,
        ])?;
    let (state, next) = match verdict {
        Verdict::Delivered => (DeliveryState::Delivered, None),
        Verdict::Again(at) => (DeliveryState::Pending, Some(at.millis())),
        Verdict::Dead => (DeliveryState::Dead, None),
    };
    let ended = (state != DeliveryState::Pending).then(|| attempt.at.millis());
    let order_id: Option<String> = connection
        .prepare_cached(
            // Without a time it waits for an earlier one since. A failure that was judged by other tries moves nothing.
            "UPDATE delivery SET state = ?3, tries = tries + 1, next_try_at = iif(next_try_at IS NULL, NULL, ?4), ended_at = ?5, \
             status = ?6, error = ?7 WHERE target = ?1 AND seq = ?2 AND state = 'pending' \
             AND (tries = ?8 OR ?3 = 'delivered') RETURNING order_id",
        )?
        .query_row(
            params![
                target.as_str(),
                number(seq),
                state.as_str(),
                next,
                ended,
                attempt.status,
                attempt.error,
                tries
            ],
            |row| row.get(0),
        )
        .optional()?;
    match order_id {
        Some(order_id) => wake(connection, target, &order_id, attempt.at),
        None => Ok(()),
    }
}

fn to_hook(
    connection: &Connection,
    guard: &HookGuard,
    seq: u64,
    hook: &dyn Hook,
    at: Timestamp,
    failed: Verdict,
) -> Result<Option<String>, StoreError> {
    let open = delivery(connection, Target::Hook, seq)?;
    let Some(open) = open.filter(|delivery| delivery.next_try_at.is_some()) else {
        return Ok(None);
    };
    learn_ours()?;
    connection.execute_batch("SAVEPOINT hook")?;
    let ran = guard.watch(|| hook::run(hook, &open.event, &HookTx::over(Some(connection))));
    // Its statement may have rolled everything back (`ON CONFLICT ROLLBACK`, a full disk).
    if connection.is_autocommit() {
        return Err(StoreError::Failed(
            "the hook's transaction is gone".to_owned(),
        ));
    }
    let error = ran.err().map(|error| error.code().to_owned());
    if error.is_some() {
        connection.execute_batch("ROLLBACK TO hook")?;
    }
    connection.execute_batch("RELEASE hook")?;
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
    tried(connection, Target::Hook, seq, open.tries, &attempt, verdict)?;
    Ok(error)
}

fn replay(
    connection: &Connection,
    target: Target,
    seq: u64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let known = delivery(connection, target, seq)?.ok_or(StoreError::NotFound)?;
    if target == Target::Hook && known.state == DeliveryState::Delivered {
        return Err(StoreError::Delivered);
    }
    let order_id = known.event.key.order_id;
    // What comes later waits again; an earlier one goes first, and is tried now too.
    connection
        .prepare_cached("UPDATE delivery SET next_try_at = NULL WHERE target = ?1 AND order_id = ?2 AND next_try_at IS NOT NULL")?
        .execute(params![target.as_str(), order_id])?;
    connection
        .prepare_cached(
            "UPDATE delivery SET state = 'pending', tries = 0, ended_at = NULL WHERE target = ?1 AND seq = ?2",
        )?
        .execute(params![target.as_str(), number(seq)])?;
    wake(connection, target, &order_id, now)
}

const DELIVERY: &str = "SELECT o.seq, o.type, o.order_id, o.no, o.state, o.at, o.data, d.target, d.state, d.tries, d.next_try_at, \
     d.ended_at, d.status, d.error, d.body FROM delivery d JOIN outbox o ON o.seq = d.seq";

fn deliveries(
    connection: &Connection,
    filter: &str,
    params: impl Params,
) -> Result<Vec<Delivery>, StoreError> {
    let mut found = connection.prepare_cached(&format!("{DELIVERY} {filter}"))?;
    let rows = found.query_map(params, read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn delivery(
    connection: &Connection,
    target: Target,
    seq: u64,
) -> Result<Option<Delivery>, StoreError> {
    let filter = "WHERE d.target = ?1 AND d.seq = ?2";
    Ok(deliveries(connection, filter, (target.as_str(), number(seq)))?.pop())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        event: rows::published(row)?,
        target: rows::parsed(row, 7)?,
        state: rows::parsed(row, 8)?,
        tries: row.get(9)?,
        next_try_at: rows::maybe_moment(row, 10)?,
        ended_at: rows::maybe_moment(row, 11)?,
        status: row.get(12)?,
        error: row.get(13)?,
        body: row.get(14)?,
    })
}

fn attempt(row: &Row<'_>) -> rusqlite::Result<DeliveryAttempt> {
    let millis: Option<i64> = row.get(2)?;
    Ok(DeliveryAttempt {
        at: rows::moment(row, 0)?,
        status: row.get(1)?,
        duration: millis.map(|millis| Duration::from_millis(u64::try_from(millis).unwrap_or(0))),
        error: row.get(3)?,
    })
}

fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// What a hook may do on the connection that writes for everybody: anything in tables of its own, nothing in ours, and nothing to the
/// transaction. Asked when a statement is prepared.
#[derive(Default)]
pub(super) struct HookGuard(AtomicBool);

impl HookGuard {
    /// Sets it up, once, on the connection that hooks are run on.
    pub(super) fn install(self: &Arc<Self>, connection: &mut Connection) -> Result<(), StoreError> {
        let guard = Arc::clone(self);
        connection.authorizer(Some(move |asked: AuthContext<'_>| {
            let hook_runs = guard.0.load(Ordering::Relaxed);
            if hook_runs && OURS.get().is_none_or(|ours| is_forbidden(ours, &asked)) {
                Authorization::Deny
            } else {
                Authorization::Allow
            }
        }))?;
        Ok(())
    }

    fn watch<T>(&self, run: impl FnOnce() -> T) -> T {
        self.0.store(true, Ordering::Relaxed);
        let ran = run();
        self.0.store(false, Ordering::Relaxed);
        ran
    }
}

fn is_forbidden(ours: &[String], asked: &AuthContext<'_>) -> bool {
    let table = match asked.action {
        // A temporary name goes before ours as long as the connection lives: what we write later would go there, and be lost. A
        // virtual table in that schema is known by its row only. In the file our names are taken.
        AuthAction::CreateTempTable { .. }
        | AuthAction::CreateTempIndex { .. }
        | AuthAction::CreateTempView { .. }
        | AuthAction::CreateTempTrigger { .. } => return true,
        AuthAction::Insert { .. } if asked.database_name == Some("temp") => return true,
        AuthAction::Transaction { .. }
        | AuthAction::Attach { .. }
        | AuthAction::Detach { .. }
        | AuthAction::Pragma { .. } => return true,
        // Savepoints of its own it may have; `item` and `hook` are ours.
        AuthAction::Savepoint { savepoint_name, .. } => {
            return ["item", "hook"]
                .iter()
                .any(|name| savepoint_name.eq_ignore_ascii_case(name));
        }
        AuthAction::Insert { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::Delete { table_name }
        | AuthAction::DropTable { table_name }
        | AuthAction::AlterTable { table_name, .. }
        | AuthAction::CreateTrigger { table_name, .. }
        | AuthAction::DropTrigger { table_name, .. }
        | AuthAction::CreateIndex { table_name, .. }
        | AuthAction::DropIndex { table_name, .. } => table_name,
        _ => return false,
    };
    ours.iter().any(|name| name.eq_ignore_ascii_case(table))
}

/// The names of our tables: what the migrations make, whatever they make.
static OURS: OnceLock<Vec<String>> = OnceLock::new();

fn learn_ours() -> Result<(), StoreError> {
    if OURS.get().is_none() {
        let empty = Connection::open_in_memory()?;
        super::migrate(&empty)?;
        let names = empty
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<Vec<String>, _>>()?;
        OURS.get_or_init(|| names);
    }
    Ok(())
}
