//! What a kill left: the ledger's file, looked at as a copy, so that nobody but the program ever opens the file itself.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use paypair_ledger::{SqliteStore, Store, StoreError, chain_is_intact};
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

    /// Money calls that were cut off, by what they were.
    pub(super) fn cut_off(&self) -> Result<Vec<(String, u64)>> {
        let mut pending = self.0.prepare_cached(
            "SELECT op, count(*) FROM money_call WHERE state = 'pending' GROUP BY op",
        )?;
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, u32>(1)?.into()));
        pending.query_map([], row)?.collect()
    }

    pub(super) fn hit(&self) -> Result<Hit> {
        if !self.cut_off()?.is_empty() {
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
            Promise::Noticed(name) => (
                "SELECT 1 FROM attempt WHERE gateway_order_id = ?1 AND captured IS NOT NULL",
                vec![name],
            ),
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

    /// Whether SQLite finds nothing wrong with the file.
    pub(super) fn is_whole(&self) -> Result<bool> {
        let said: String = self
            .0
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        Ok(said == "ok")
    }

    /// Orders that are open, and nothing is going to look at them. (What waits for a buyer expires by itself.)
    pub(super) fn stuck(&self) -> Result<Vec<String>> {
        let mut stuck = self.0.prepare(
            "SELECT order_id FROM attempt WHERE next_check_at IS NULL \
               AND state IN ('confirming', 'charging', 'in_doubt', 'refund_pending', 'pending_review') \
             UNION SELECT order_id FROM billing_key WHERE next_check_at IS NULL AND state IN ('deleting', 'in_doubt')",
        )?;
        stuck.query_map([], |row| row.get(0))?.collect()
    }

    /// Attempts in doubt.
    pub(super) fn in_doubt(&self) -> Result<u64> {
        let sql = "SELECT count(*) FROM attempt WHERE state = 'in_doubt'";
        self.0
            .query_row(sql, [], |row| row.get::<_, u32>(0))
            .map(u64::from)
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
