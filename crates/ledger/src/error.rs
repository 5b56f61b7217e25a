//! Why the ledger said no.

use crate::State;

/// The event does not fit the attempt's state. Nothing changed, except that the timeline remembers it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{event} is refused in state {state}: {why}")]
pub struct Refused {
    /// Where the attempt stands.
    pub state: State,
    /// What was tried.
    pub event: &'static str,
    /// Why not; stable.
    pub why: &'static str,
}

/// Why the store said no.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Too much to write at the moment: 503, the gateway resends.
    #[error("the write queue is full")]
    Busy,
    /// The database could not read or commit; nothing of it happened.
    #[error("the database failed: {0}")]
    Failed(String),
    /// The store is shut.
    #[error("the store is closed")]
    Closed,
    /// No such order or attempt.
    #[error("not found")]
    NotFound,
    /// The order id exists with other content.
    #[error("the order exists with other content")]
    OrderExists,
    /// A name that must be unique (nonce, ticket, channel, gateway order id, billing key) is taken.
    #[error("already taken: {0}")]
    Taken(&'static str),
    /// A money call of this kind is running or has an unknown outcome.
    #[error("a money call of this kind is unresolved")]
    CallRunning,
    /// The hook took this event: it is done, once.
    #[error("the event was delivered")]
    Delivered,
    /// The step refused the event.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The file holds what this version cannot read.
    #[error("unreadable row: {0}")]
    Corrupt(&'static str),
}

impl StoreError {
    /// The stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Busy => "store_busy",
            Self::Failed(_) => "store_failed",
            Self::Closed => "store_closed",
            Self::NotFound => "not_found",
            Self::OrderExists => "order_exists",
            Self::Taken(_) => "already_taken",
            Self::CallRunning => "call_running",
            Self::Delivered => "delivered",
            Self::Refused(_) => "event_refused",
            Self::Corrupt(_) => "store_corrupt",
        }
    }

    /// Whether the same call may succeed later.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Busy | Self::Failed(_))
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error.to_string())
    }
}
