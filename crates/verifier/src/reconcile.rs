//! The daily reconciliation: the gateways' books beside ours, both ways. What differs is a break, a row with a life in the store.
//!
//! It moves no money. For a break that names an attempt of ours the ordinary lookup is made, under the same rules of evidence as
//! ever; what names none is kept and told. Of what could not be looked at it says so: "no breaks" means that it looked.

mod daily;
mod join;
mod query;
mod reach;
mod routes;
mod run;
mod settlement;
mod shown;

use std::time::Duration;

use paypair_ledger::Evidence;

pub(crate) use daily::KoreanTime;
pub(crate) use join::{Back, Covered, Listed, is_in_hand};
pub use query::{BreaksQuery, NewReconciliation};
pub(crate) use shown::Runs;
pub use shown::{
    BooksCompared, BooksState, BreakShown, BreakWord, Breaks, ReconciliationRun, RunVerdict,
    SettlementSum,
};

/// A gateway's books as they were read.
pub(crate) struct Looked {
    /// Its payments.
    pub(crate) listed: Vec<Listed>,
    /// Of what they would have told.
    pub(crate) covered: Covered,
    /// What a row of them proves.
    pub(crate) evidence: Box<dyn Fn(usize) -> Option<Evidence> + Send + Sync>,
}

/// Between two questions to one gateway: nobody is hammered.
pub(crate) const PAUSE: Duration = Duration::from_millis(100);
