//! Breaks, and what the daily reconciliation compares.

use std::collections::BTreeSet;

use paypair_protocol::Gateway;

use super::tables::{self, Tables};
use super::{MemoryStore, journal};
use crate::{
    Attempt, AttemptKey, Break, BreakEndedBy, BreakFilter, DaysCompared, Evidence, FoundBreak,
    MoneyCall, MoneyOp, Publication, Reconciliation, SeenBreak, StoreError, Timestamp,
};

impl Reconciliation for MemoryStore {
    async fn attempts_moved(
        &self,
        gateway: Gateway,
        merchant_id: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Attempt>, StoreError> {
        let tables = self.lock();
        let within = |at: Timestamp| (from..to).contains(&at);
        let ended =
            |call: &&MoneyCall| call.op == MoneyOp::Refund && call.ended_at.is_some_and(within);
        let calls = tables.calls().iter().filter(ended);
        let refunded: BTreeSet<AttemptKey> = calls.map(|call| call.key.clone()).collect();
        let mut found = tables.attempts_where(|row| {
            row.order.gateway == gateway
                && row.order.merchant_id == merchant_id
                && (within(row.created_at)
                    || row.paid_at.is_some_and(within)
                    || refunded.contains(&row.key()))
        });
        found.sort_by_key(|attempt| (attempt.created_at, attempt.key()));
        Ok(found)
    }

    async fn attempt_by_transaction(
        &self,
        gateway: Gateway,
        merchant_id: &str,
        transaction_id: &str,
    ) -> Result<Option<Attempt>, StoreError> {
        let tables = self.lock();
        let name: tables::Name = (gateway, merchant_id.to_owned(), transaction_id.to_owned());
        let owner = tables.owner_of_payment(&name);
        Ok(owner.and_then(|key| tables.attempt(key)))
    }

    async fn see_break(
        &self,
        found: FoundBreak,
        stray: Option<Evidence>,
        now: Timestamp,
    ) -> Result<SeenBreak, StoreError> {
        let mut tables = self.lock();
        let known = tables
            .breaks()
            .iter()
            .position(|row| row.found.name == found.name);
        let (place, is_new, opens) = match known {
            Some(place) => {
                let row = tables.breaks_mut().get_mut(place);
                (
                    place,
                    false,
                    row.is_some_and(|row| row.seen_again(found, now)),
                )
            }
            None => {
                let place = tables.breaks().len();
                let row = Break::first(place as u64 + 1, found, now);
                tables.breaks_mut().push(row);
                (place, true, true)
            }
        };
        let row = tables.breaks().get(place).cloned();
        let row = row.ok_or(StoreError::NotFound)?;
        if opens {
            tell(&mut tables, &row, Publication::BreakFound, now);
        }
        if let Some(stray) = stray.filter(|_| is_new) {
            journal::keep_stray(&mut tables, &stray, now);
        }
        drop(tables);
        self.watchers.published();
        Ok(SeenBreak {
            row,
            is_new,
            opened: opens,
        })
    }

    async fn agree_on_break(&self, id: u64, now: Timestamp) -> Result<Option<Break>, StoreError> {
        Ok(end(&mut self.lock(), id, BreakEndedBy::Agreement, now))
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
        Ok(end(&mut self.lock(), id, by, now))
    }

    async fn break_by_id(&self, id: u64) -> Result<Option<Break>, StoreError> {
        let tables = self.lock();
        Ok(tables.breaks().iter().find(|row| row.id == id).cloned())
    }

    async fn breaks(
        &self,
        wanted: BreakFilter,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Break>, StoreError> {
        let tables = self.lock();
        let rows = tables.breaks().iter();
        let fitting = rows.filter(|row| row.id > after && wanted.fits(row));
        Ok(fitting.take(limit).cloned().collect())
    }

    async fn days_compared(
        &self,
        gateway: Gateway,
        merchant_id: &str,
    ) -> Result<Option<DaysCompared>, StoreError> {
        let whose = (gateway, merchant_id.to_owned());
        Ok(self.lock().books_compared.get(&whose).copied())
    }

    async fn keep_days_compared(
        &self,
        gateway: Gateway,
        merchant_id: &str,
        days: DaysCompared,
    ) -> Result<(), StoreError> {
        let whose = (gateway, merchant_id.to_owned());
        self.lock().books_compared.insert(whose, days);
        Ok(())
    }
}

fn end(tables: &mut Tables, id: u64, by: BreakEndedBy, now: Timestamp) -> Option<Break> {
    let mut rows = tables.breaks_mut().iter_mut();
    let row = rows.find(|row| row.id == id)?;
    if !row.end(by, now) {
        return None;
    }
    let row = row.clone();
    tell(tables, &row, Publication::BreakResolved, now);
    Some(row)
}

fn tell(tables: &mut Tables, row: &Break, publication: Publication, now: Timestamp) {
    let attempt = row.found.attempt.as_ref();
    let state = attempt.and_then(|key| tables.attempt(key)).map(|a| a.state);
    let state = Break::told_state(state);
    journal::publish(tables, row.key(), publication, state, now, &row.told());
}
