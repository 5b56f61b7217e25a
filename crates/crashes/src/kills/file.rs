//! What a kill left: the ledger's file, looked at as a copy, so that nobody but the program ever opens the file itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use paypair_ledger::{Digest, SqliteStore, Store, StoreError, chain_is_intact};
use rusqlite::{Connection, Result, params};

use super::world::Promise;

/// Where a kill hit, by what the file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hit {
    /// A money call was written down, or several, and nothing of what came of it.
    BetweenIntentAndRecord,
    /// None of those, but somebody was in the middle of paying.
    AtTheWindow,
    /// None of those; what earlier kills left was not settled yet.
    InDoubt,
    /// Nothing was open.
    Idle,
}

impl fmt::Display for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BetweenIntentAndRecord => "between intent and record",
            Self::AtTheWindow => "a buyer was at the window",
            Self::InDoubt => "nothing but doubt from earlier kills",
            Self::Idle => "nothing was open",
        })
    }
}

/// Copies the ledger's file and its log to another folder; gives the copy.
pub(super) fn copy(file: &Path, to: &Path) -> io::Result<PathBuf> {
    let name = file.file_name().unwrap_or_default();
    let copy = to.join(name);
    for end in ["", "-wal"] {
        let (from, to) = (with_end(file, end), with_end(&copy, end));
        match std::fs::copy(from, &to) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if to.exists() {
                    std::fs::remove_file(to)?;
                }
            }
            copied => drop(copied?),
        }
    }
    for end in ["-shm", "-journal"] {
        let old = with_end(&copy, end);
        if old.exists() {
            std::fs::remove_file(old)?;
        }
    }
    Ok(copy)
}

fn with_end(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// A copy, open.
pub(super) struct Left(Connection);

impl Left {
    /// None if there is no ledger yet: the kill came before the first one was made.
    pub(super) fn open(copy: &Path) -> Result<Option<Self>> {
        if !copy.exists() {
            return Ok(None);
        }
        let connection = Connection::open(copy)?;
        let tables: u32 = connection.query_row(
            "SELECT count(*) FROM sqlite_schema WHERE name IN ('money_call', 'outbox')",
            [],
            |row| row.get(0),
        )?;
        Ok((tables == 2).then_some(Self(connection)))
    }

    /// Money calls that were cut off: which, and what they were. One that the next process had no time to settle is here again.
    pub(super) fn cut_off(&self) -> Result<BTreeMap<i64, String>> {
        let mut pending = self
            .0
            .prepare_cached("SELECT id, op FROM money_call WHERE state = 'pending'")?;
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        pending.query_map([], row)?.collect()
    }

    /// Money calls that were ever written down, without those that the program itself says have not left.
    pub(super) fn calls(&self) -> Result<u64> {
        let sql = "SELECT count(*) FROM money_call WHERE state <> 'not_sent'";
        self.0
            .query_row(sql, [], |row| row.get::<_, u32>(0))
            .map(u64::from)
    }

    /// `cuts`: whether this kill cut calls off.
    pub(super) fn hit(&self, cuts: bool) -> Result<Hit> {
        if cuts {
            return Ok(Hit::BetweenIntentAndRecord);
        }
        let is_any = |states: &str| {
            let sql = format!("SELECT EXISTS (SELECT 1 FROM attempt WHERE state IN ({states}))");
            self.0.prepare_cached(&sql)?.query_row([], |row| row.get(0))
        };
        Ok(if is_any("'created', 'requested', 'authenticated'")? {
            Hit::AtTheWindow
        } else if is_any("'confirming', 'charging', 'in_doubt', 'refund_pending'")? {
            Hit::InDoubt
        } else {
            Hit::Idle
        })
    }

    /// Whether the file knows what was acknowledged.
    pub(super) fn keeps(&self, promise: &Promise) -> Result<bool> {
        let (sql, values): (_, Vec<&dyn rusqlite::ToSql>) = match promise {
            Promise::Registered(order) => {
                ("SELECT 1 FROM merchant_order WHERE id = ?1", vec![order])
            }
            Promise::Begun(order) => ("SELECT 1 FROM attempt WHERE order_id = ?1", vec![order]),
            Promise::Stands(order, state) => (
                "SELECT 1 FROM event WHERE order_id = ?1 AND to_state = ?2",
                vec![order, state],
            ),
            Promise::Noticed(_, body) => return self.has_noted(*body),
            Promise::Refunding(order, id) => (
                "SELECT 1 FROM attempt, json_each(attempt.refunds) line \
                 WHERE order_id = ?1 AND json_extract(line.value, '$.id') = ?2",
                vec![order, id],
            ),
            Promise::KeyDeleted(order) => (
                "SELECT 1 FROM billing_key WHERE order_id = ?1 AND state = 'deleted'",
                vec![order],
            ),
            Promise::Told(seq) => {
                let seq = i64::try_from(*seq).unwrap_or(i64::MAX);
                let mut told = self
                    .0
                    .prepare_cached("SELECT 1 FROM outbox WHERE seq = ?1")?;
                return told.exists(params![seq]);
            }
        };
        self.0.prepare_cached(sql)?.exists(values.as_slice())
    }

    /// Whether a callback or notice of these bytes is among the events. What it says may have been known before by other ways, and
    /// what a part's notice and the list say together stands there too, as the list's.
    pub(super) fn has_noted(&self, body: Digest) -> Result<bool> {
        let sql = "SELECT 1 FROM event WHERE body_digest = ?1 AND source IN ('callback', 'notice')";
        let mut noted = self.0.prepare_cached(sql)?;
        noted.exists(params![body.as_bytes()])
    }

    /// Whether SQLite finds nothing wrong with the file.
    pub(super) fn is_whole(&self) -> Result<bool> {
        let said: String = self
            .0
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        Ok(said == "ok")
    }

    /// Orders that are open, and nothing is going to look at them, or should have done so before `overdue` (milliseconds). What waits
    /// for a buyer expires by itself, or should have.
    pub(super) fn stuck(&self, overdue: i64) -> Result<Vec<String>> {
        let mut stuck = self.0.prepare(
            "SELECT order_id FROM attempt WHERE next_check_at <= ?1 OR next_check_at IS NULL AND \
               (state IN ('confirming', 'charging', 'in_doubt', 'refund_pending', 'pending_review') \
                OR expires_at <= ?1 AND state IN ('created', 'requested', 'authenticated', 'awaiting_deposit')) \
             UNION SELECT order_id FROM billing_key \
               WHERE coalesce(next_check_at, 0) <= ?1 AND state IN ('deleting', 'in_doubt')",
        )?;
        stuck.query_map([overdue], |row| row.get(0))?.collect()
    }

    /// Orders in doubt.
    pub(super) fn in_doubt(&self) -> Result<BTreeSet<String>> {
        let sql = "SELECT order_id FROM attempt WHERE state = 'in_doubt'";
        let mut in_doubt = self.0.prepare(sql)?;
        in_doubt.query_map([], |row| row.get(0))?.collect()
    }

    /// The latest time that stands with an event, in milliseconds.
    pub(super) fn latest(&self) -> Result<i64> {
        let sql = "SELECT coalesce(max(at), 0) FROM event";
        self.0.query_row(sql, [], |row| row.get(0))
    }

    /// Every order.
    pub(super) fn orders(&self) -> Result<Vec<String>> {
        let mut orders = self.0.prepare("SELECT id FROM merchant_order")?;
        orders.query_map([], |row| row.get(0))?.collect()
    }
}

/// Orders whose events are not chained as they were written.
pub(super) async fn broken_chains(
    copy: &Path,
    orders: &[String],
) -> std::result::Result<Vec<String>, StoreError> {
    let store = SqliteStore::open(copy)?;
    let mut broken = Vec::new();
    for order in orders {
        if !chain_is_intact(&store.timeline(order).await?) {
            broken.push(order.clone());
        }
    }
    Ok(broken)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use paypair_ledger::{Attempt, AttemptKey, Event, Timestamp};

    use super::*;
    use crate::{notices, orders};

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
    const SOON: Duration = Duration::from_secs(60);

    async fn apply(store: &SqliteStore, key: &AttemptKey, event: Event, now: Timestamp) {
        store.apply(key.clone(), event, now).await.unwrap();
    }

    /// Two buyers are at the window; the first one's confirm was cut off.
    async fn cut_off(store: &SqliteStore) -> Attempt {
        for id in ["a", "b"] {
            store.register(orders::order(id, NOW)).await.unwrap();
            let new = orders::new_attempt(id, NOW);
            store.begin(id, new, NOW).await.unwrap();
            let key = AttemptKey::new(id, 1);
            apply(store, &key, orders::requested(NOW), NOW).await;
        }
        let key = AttemptKey::new("a", 1);
        apply(store, &key, orders::authenticated(), NOW).await;
        apply(store, &key, Event::ConfirmStarted, NOW).await;
        let view = store.order("a").await.unwrap().unwrap();
        view.leading().unwrap().clone()
    }

    #[tokio::test]
    async fn what_nobody_looks_at_or_too_late_is_stuck() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("orders.sqlite");
        let store = SqliteStore::open(&file).unwrap();
        cut_off(&store).await;
        store
            .recover(NOW.after(SOON), NOW.after(SOON))
            .await
            .unwrap();
        let view = store.order("a").await.unwrap().unwrap();
        let check = view.leading().unwrap().next_check_at.unwrap();
        let expiry = view.leading().unwrap().expires_at.max(check);
        let left = Left::open(&file).unwrap().unwrap();
        let stuck = |at: Timestamp| left.stuck(at.millis()).unwrap();
        assert!(stuck(NOW).is_empty(), "its time has not come");
        assert_eq!(stuck(check), ["a"], "it should have been looked at");
        assert_eq!(stuck(expiry), ["a", "b"], "and the window is over");
        let sql = "UPDATE attempt SET next_check_at = NULL";
        left.0.execute(sql, []).unwrap();
        assert_eq!(stuck(NOW), ["a"], "nothing is going to look at it");
    }

    #[tokio::test]
    async fn a_call_that_was_cut_off_is_known_again_after_the_next_kill() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("orders.sqlite");
        let store = SqliteStore::open(&file).unwrap();
        cut_off(&store).await;
        let left = Left::open(&file).unwrap().unwrap();
        let calls = left.cut_off().unwrap();
        assert_eq!(calls.values().collect::<Vec<_>>(), ["confirm"]);
        assert_eq!(left.cut_off().unwrap(), calls);
        assert_eq!(left.hit(true).unwrap(), Hit::BetweenIntentAndRecord);
        assert_eq!(left.hit(false).unwrap(), Hit::AtTheWindow);
        store
            .recover(NOW.after(SOON), NOW.after(SOON))
            .await
            .unwrap();
        assert!(left.cut_off().unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_notice_is_known_by_its_own_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("orders.sqlite");
        let store = SqliteStore::open(&file).unwrap();
        let order = notices::notice_order("a", NOW);
        store.register(order).await.unwrap();
        let new = orders::new_attempt("a", NOW);
        store.begin("a", new, NOW).await.unwrap();
        let key = AttemptKey::new("a", 1);
        apply(&store, &key, orders::requested(NOW), NOW).await;
        let evidence = notices::called_back("a", "a").unwrap();
        let body = evidence.body();
        apply(&store, &key, Event::Sighted(evidence), NOW).await;
        let view = store.order("a").await.unwrap().unwrap();
        assert!(view.leading().unwrap().captured.is_some());
        let left = Left::open(&file).unwrap().unwrap();
        let keeps = |body| left.keeps(&Promise::Noticed("a".to_owned(), body)).unwrap();
        assert!(keeps(body));
        assert!(!keeps(Digest::of("a later one")), "of the same order");
    }

    #[tokio::test]
    async fn only_what_a_lookup_said_is_no_notice() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("orders.sqlite");
        let store = SqliteStore::open(&file).unwrap();
        cut_off(&store).await;
        let evidence = orders::looked_up("a", false).unwrap();
        let body = evidence.body();
        let key = AttemptKey::new("a", 1);
        apply(&store, &key, Event::Sighted(evidence), NOW).await;
        let left = Left::open(&file).unwrap().unwrap();
        assert!(!left.has_noted(body).unwrap());
    }

    #[tokio::test]
    async fn a_call_that_by_the_programs_own_word_did_not_leave_is_none_that_a_kill_held_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("orders.sqlite");
        let store = SqliteStore::open(&file).unwrap();
        cut_off(&store).await;
        let left = Left::open(&file).unwrap().unwrap();
        assert_eq!(left.calls().unwrap(), 1);
        let sql = "UPDATE money_call SET state = 'not_sent'";
        left.0.execute(sql, []).unwrap();
        assert_eq!(left.calls().unwrap(), 0);
    }
}
