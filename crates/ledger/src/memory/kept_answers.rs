//! Answers kept under idempotency keys, in memory.

use std::collections::HashMap;

use super::MemoryStore;
use crate::{Digest, KEPT_FOR, Kept, KeptAnswer, KeptAnswers, StoreError, Timestamp};

/// The rows.
pub(super) type Rows = HashMap<Digest, Row>;

/// A key.
#[derive(Clone)]
pub(super) struct Row {
    request: Digest,
    since: Timestamp,
    answer: Option<KeptAnswer>,
}

impl KeptAnswers for MemoryStore {
    async fn keep_request(
        &self,
        key: Digest,
        request: Digest,
        now: Timestamp,
    ) -> Result<Kept, StoreError> {
        let mut tables = self.lock();
        let rows = tables.kept_answers();
        rows.retain(|_, row| now.since(row.since) < KEPT_FOR);
        let first = !rows.contains_key(&key);
        let row = rows.entry(key).or_insert(Row {
            request,
            since: now,
            answer: None,
        });
        Ok(match &row.answer {
            _ if row.request != request => Kept::Another,
            Some(answer) => Kept::Answered(answer.clone()),
            None => Kept::Unanswered {
                since: row.since,
                first,
            },
        })
    }

    async fn keep_answer(&self, key: Digest, answer: KeptAnswer) -> Result<(), StoreError> {
        if let Some(row) = self.lock().kept_answers().get_mut(&key) {
            row.answer.get_or_insert(answer);
        }
        Ok(())
    }

    async fn forget_request(&self, key: Digest) -> Result<(), StoreError> {
        let mut tables = self.lock();
        let rows = tables.kept_answers();
        if rows.get(&key).is_some_and(|row| row.answer.is_none()) {
            rows.remove(&key);
        }
        Ok(())
    }
}
