//! Breaks, and what the daily reconciliation compares.

use std::sync::Arc;

use paypair_protocol::Gateway;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::rows::{self, Read};
use super::{SqliteStore, count, journal};
use crate::{
    Attempt, AttemptKey, Break, BreakEnd, BreakEndedBy, BreakFilter, BreakName, DaysCompared,
    Evidence, FoundBreak, Publication, Reconciliation, SeenBreak, StoreError, Timestamp,
};

impl Reconciliation for SqliteStore {
    async fn attempts_moved(
        &self,
        gateway: Gateway,
        merchant_id: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Attempt>, StoreError> {
        let merchant_id = merchant_id.to_owned();
        self.read(move |connection| {
            let whose = (gateway.as_str(), merchant_id);
            rows::attempts(
                connection,
                MOVED,
                params![whose.0, whose.1, from.millis(), to.millis()],
            )
        })
        .await
    }

    async fn attempt_by_transaction(
        &self,
        gateway: Gateway,
        merchant_id: &str,
        transaction_id: &str,
    ) -> Result<Option<Attempt>, StoreError> {
        let name = (
            gateway.as_str(),
            merchant_id.to_owned(),
            transaction_id.to_owned(),
        );
        let filter = "WHERE (order_id, no) IN (SELECT order_id, no FROM captured \
             WHERE gateway = ?1 AND merchant_id = ?2 AND transaction_id = ?3)";
        self.read(move |connection| Ok(rows::attempts(connection, filter, name)?.pop()))
            .await
    }

    async fn see_break(
        &self,
        found: FoundBreak,
        stray: Option<Evidence>,
        now: Timestamp,
    ) -> Result<SeenBreak, StoreError> {
        let watchers = Arc::clone(&self.watchers);
        let work = move |connection: &Connection| {
            let seen = see(connection, found, now)?;
            if let Some(stray) = stray.filter(|_| seen.is_new) {
                journal::keep_stray(connection, &stray, now)?;
            }
            Ok(seen)
        };
        let writer = &self.threads.writer;
        writer.call(work, move |_| watchers.published()).await
    }

    async fn agree_on_break(&self, id: u64, now: Timestamp) -> Result<Option<Break>, StoreError> {
        self.write(move |connection| end(connection, id, BreakEndedBy::Agreement, now))
            .await
    }

    async fn settle_break(
        &self,
        id: u64,
        operator: &str,
        note: &str,
        now: Timestamp,
    ) -> Result<Option<Break>, StoreError> {
        let by = BreakEndedBy::Operator {
            name: operator.to_owned(),
            note: note.to_owned(),
        };
        self.write(move |connection| end(connection, id, by, now))
            .await
    }

    async fn break_by_id(&self, id: u64) -> Result<Option<Break>, StoreError> {
        self.read(move |connection| by_id(connection, id)).await
    }

    async fn breaks(
        &self,
        wanted: BreakFilter,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Break>, StoreError> {
        let filter = "WHERE id > ?1 AND (NOT ?2 OR state = 'open') AND (?3 IS NULL OR gateway = ?3) \
             AND (?4 IS NULL OR merchant_id = ?4) ORDER BY id LIMIT ?5";
        self.read(move |connection| {
            let gateway = wanted.gateway.map(Gateway::as_str);
            let range = params![
                number(after),
                wanted.open_only,
                gateway,
                wanted.merchant_id,
                count(limit)
            ];
            let mut found = connection.prepare_cached(&format!("{BREAK} {filter}"))?;
            Ok(found.query_map(range, read)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn days_compared(
        &self,
        gateway: Gateway,
        merchant_id: &str,
    ) -> Result<Option<DaysCompared>, StoreError> {
        let whose = (gateway.as_str(), merchant_id.to_owned());
        let days =
            "SELECT upto, behind FROM books_compared WHERE gateway = ?1 AND merchant_id = ?2";
        self.read(move |connection| {
            let row = |row: &Row<'_>| {
                Ok(DaysCompared {
                    upto: rows::parsed(row, 0)?,
                    behind: row.get(1)?,
                })
            };
            let mut found = connection.prepare_cached(days)?;
            Ok(found.query_row(whose, row).optional()?)
        })
        .await
    }

    async fn keep_days_compared(
        &self,
        gateway: Gateway,
        merchant_id: &str,
        days: DaysCompared,
    ) -> Result<(), StoreError> {
        let merchant_id = merchant_id.to_owned();
        self.write(move |connection| {
            connection
                .prepare_cached("INSERT OR REPLACE INTO books_compared VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![
                    gateway.as_str(),
                    merchant_id,
                    days.upto.to_string(),
                    days.behind
                ])?;
            Ok(())
        })
        .await
    }
}

const MOVED: &str = "WHERE (gateway = ?1 AND merchant_id = ?2 AND created_at >= ?3 AND created_at < ?4) \
     OR (gateway = ?1 AND merchant_id = ?2 AND paid_at >= ?3 AND paid_at < ?4) \
     OR (gateway = ?1 AND merchant_id = ?2 AND (order_id, no) IN \
         (SELECT order_id, no FROM money_call WHERE op = 'refund' AND ended_at >= ?3 AND ended_at < ?4)) \
     ORDER BY created_at, order_id, no";

const BREAK: &str = "SELECT id, kind, gateway, merchant_id, gateway_order_id, transaction_id, day, order_id, no, ours, theirs, \
     first_seen_at, last_seen_at, times_seen, resolved_at, resolved_by, note FROM reconciliation_break";

fn see(
    connection: &Connection,
    found: FoundBreak,
    now: Timestamp,
) -> Result<SeenBreak, StoreError> {
    let name = &found.name;
    let known = connection
        .prepare_cached(&format!(
            "{BREAK} WHERE kind = ?1 AND gateway = ?2 AND merchant_id = ?3 AND gateway_order_id = ?4 AND transaction_id = ?5"
        ))?
        .query_row(
            params![
                name.kind.as_str(),
                name.gateway.as_str(),
                name.merchant_id,
                name.gateway_order_id,
                name.transaction_id
            ],
            read,
        )
        .optional()?;
    let is_new = known.is_none();
    let (row, opens) = match known {
        Some(mut row) => {
            let opens = row.seen_again(found, now);
            (row, opens)
        }
        None => {
            let last: i64 = connection
                .prepare_cached("SELECT coalesce(max(id), 0) FROM reconciliation_break")?
                .query_row([], |row| row.get(0))?;
            let id = u64::try_from(last).unwrap_or(0).saturating_add(1);
            (Break::first(id, found, now), true)
        }
    };
    save(connection, &row)?;
    if opens {
        tell(connection, &row, Publication::BreakFound, now)?;
    }
    Ok(SeenBreak {
        row,
        is_new,
        opened: opens,
    })
}

fn end(
    connection: &Connection,
    id: u64,
    by: BreakEndedBy,
    now: Timestamp,
) -> Result<Option<Break>, StoreError> {
    let Some(mut row) = by_id(connection, id)? else {
        return Ok(None);
    };
    if !row.end(by, now) {
        return Ok(None);
    }
    save(connection, &row)?;
    tell(connection, &row, Publication::BreakResolved, now)?;
    Ok(Some(row))
}

fn tell(
    connection: &Connection,
    row: &Break,
    publication: Publication,
    now: Timestamp,
) -> Result<(), StoreError> {
    let attempt = match &row.found.attempt {
        Some(key) => rows::attempt_by_key(connection, key)?,
        None => None,
    };
    let state = Break::told_state(attempt.map(|attempt| attempt.state));
    journal::publish(connection, &row.key(), publication, state, now, &row.told())
}

fn by_id(connection: &Connection, id: u64) -> Result<Option<Break>, StoreError> {
    Ok(connection
        .prepare_cached(&format!("{BREAK} WHERE id = ?1"))?
        .query_row([number(id)], read)
        .optional()?)
}

fn save(connection: &Connection, row: &Break) -> Result<(), StoreError> {
    let FoundBreak {
        name,
        day,
        attempt,
        ours,
        theirs,
    } = &row.found;
    let (by, note) = match row.end.as_ref().map(|end| &end.by) {
        Some(BreakEndedBy::Operator { name, note }) => (Some(name), Some(note)),
        Some(BreakEndedBy::Agreement) | None => (None, None),
    };
    connection
        .prepare_cached(
            "INSERT INTO reconciliation_break VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18) \
             ON CONFLICT (id) DO UPDATE SET day = ?7, order_id = ?8, no = ?9, ours = ?10, theirs = ?11, state = ?12, \
             last_seen_at = ?14, times_seen = ?15, resolved_at = ?16, resolved_by = ?17, note = ?18",
        )?
        .execute(params![
            number(row.id),
            name.kind.as_str(),
            name.gateway.as_str(),
            name.merchant_id,
            name.gateway_order_id,
            name.transaction_id,
            day.to_string(),
            attempt.as_ref().map(|key| &key.order_id),
            attempt.as_ref().map(|key| key.no),
            rows::to_json(ours)?,
            rows::to_json(theirs)?,
            row.state(),
            row.first_seen_at.millis(),
            row.last_seen_at.millis(),
            row.times_seen,
            row.end.as_ref().map(|end| end.at.millis()),
            by,
            note,
        ])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Read<Break> {
    let order_id: Option<String> = row.get(7)?;
    let no: Option<u32> = row.get(8)?;
    let operator: Option<String> = row.get(15)?;
    let by = match operator {
        Some(name) => BreakEndedBy::Operator {
            name,
            note: row.get::<_, Option<String>>(16)?.unwrap_or_default(),
        },
        None => BreakEndedBy::Agreement,
    };
    Ok(Break {
        id: rows::number(row, 0)?,
        found: FoundBreak {
            name: BreakName {
                kind: rows::parsed(row, 1)?,
                gateway: rows::parsed(row, 2)?,
                merchant_id: row.get(3)?,
                gateway_order_id: row.get(4)?,
                transaction_id: row.get(5)?,
            },
            day: rows::parsed(row, 6)?,
            attempt: order_id
                .zip(no)
                .map(|(order_id, no)| AttemptKey { order_id, no }),
            ours: rows::json(row, 9)?,
            theirs: rows::json(row, 10)?,
        },
        first_seen_at: rows::moment(row, 11)?,
        last_seen_at: rows::moment(row, 12)?,
        times_seen: row.get(13)?,
        end: rows::maybe_moment(row, 14)?.map(|at| BreakEnd { at, by }),
    })
}

fn number(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(i64::MAX)
}
