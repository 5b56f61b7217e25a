//! The daily comparison with the gateways' books.

use serde::Deserialize;

/// `[reconciliation]`: without it only `paypair reconcile` and `POST /reconciliations` start a run.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reconciliation {
    /// At which time of day in Korea the run begins, `05:00`. One process of several over one store is enough.
    pub at: String,
}
