//! Answers kept under idempotency keys, in their table.

use rusqlite::{Connection, OptionalExtension, params};

use super::{SqliteStore, rows};
use crate::{Digest, KEPT_FOR, Kept, KeptAnswer, KeptAnswers, StoreError, Timestamp};

/// So many old rows are forgotten at once, that no request waits for a backlog.
const AT_ONCE: i64 = 64;

impl KeptAnswers for SqliteStore {
    async fn keep_request(
        &self,
        key: Digest,
        request: Digest,
        now: Timestamp,
    ) -> Result<Kept, StoreError> {
        self.write(move |connection| keep_request(connection, key, request, now))
            .await
    }

    async fn keep_answer(&self, key: Digest, answer: KeptAnswer) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "UPDATE kept_answer SET status = ?2, body = ?3 WHERE key = ?1 AND status IS NULL",
                )?
                .execute(params![key.as_bytes(), answer.status, answer.body])?;
            Ok(())
        })
        .await
    }

    async fn forget_request(&self, key: Digest) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection
                .prepare_cached("DELETE FROM kept_answer WHERE key = ?1 AND status IS NULL")?
                .execute([key.as_bytes()])?;
            Ok(())
        })
        .await
    }
}

fn keep_request(
    connection: &Connection,
    key: Digest,
    request: Digest,
    now: Timestamp,
) -> Result<Kept, StoreError> {
    connection
        .prepare_cached(
            "DELETE FROM kept_answer WHERE since <= ?1 AND (key = ?2 OR key IN \
             (SELECT key FROM kept_answer WHERE since <= ?1 ORDER BY since LIMIT ?3))",
        )?
        .execute(params![
            now.before(KEPT_FOR).millis(),
            key.as_bytes(),
            AT_ONCE
        ])?;
    let inserted = connection
        .prepare_cached(
            "INSERT OR IGNORE INTO kept_answer (key, request, since) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![key.as_bytes(), request.as_bytes(), now.millis()])?;
    let kept = connection
        .prepare_cached("SELECT request, since, status, body FROM kept_answer WHERE key = ?1")?
        .query_row([key.as_bytes()], |row| {
            if row.get::<_, [u8; 32]>(0)? != *request.as_bytes() {
                return Ok(Kept::Another);
            }
            Ok(match row.get::<_, Option<u16>>(2)? {
                Some(status) => Kept::Answered(KeptAnswer {
                    status,
                    body: row.get(3)?,
                }),
                None => Kept::Unanswered {
                    since: rows::moment(row, 1)?,
                    first: inserted == 1,
                },
            })
        })
        .optional()?;
    kept.ok_or(StoreError::Corrupt("kept_answer"))
}
