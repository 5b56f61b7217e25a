//! The daily reconciliation's part of the stores, handed on as it is.

use paypair_ledger::{
    Attempt, Break, BreakFilter, DaysCompared, Evidence, FoundBreak, Reconciliation, SeenBreak,
    StoreError, Timestamp,
};
use paypair_protocol::Gateway;

use crate::ledger::{Ledger, Waited, wait};
use crate::store::SimStore;

macro_rules! handed_on {
    ($($name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl<L: Ledger> Reconciliation for SimStore<L> {
            $(async fn $name(&self, $($arg: $type),*) -> Result<$answer, StoreError> {
                self.ledger.$name($($arg),*).await
            })*
        }

        impl Reconciliation for Waited {
            $(async fn $name(&self, $($arg: $type),*) -> Result<$answer, StoreError> {
                wait(self.0.$name($($arg),*))
            })*
        }
    };
}

handed_on! {
    attempts_moved(gateway: Gateway, merchant_id: &str, from: Timestamp, to: Timestamp) -> Vec<Attempt>;
    attempt_by_transaction(gateway: Gateway, merchant_id: &str, transaction_id: &str) -> Option<Attempt>;
    see_break(found: FoundBreak, stray: Option<Evidence>, now: Timestamp) -> SeenBreak;
    agree_on_break(id: u64, now: Timestamp) -> Option<Break>;
    settle_break(id: u64, operator: &str, note: &str, now: Timestamp) -> Option<Break>;
    break_by_id(id: u64) -> Option<Break>;
    breaks(wanted: BreakFilter, after: u64, limit: usize) -> Vec<Break>;
    days_compared(gateway: Gateway, merchant_id: &str) -> Option<DaysCompared>;
    keep_days_compared(gateway: Gateway, merchant_id: &str, days: DaysCompared) -> ();
}
