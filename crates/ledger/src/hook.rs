//! The merchant's own code, run when an event is delivered.

use rusqlite::Connection;

use crate::Published;

/// Takes events in this process. Run after the gateway was acknowledged, one event at a time, of one order in their order.
///
/// Over [`SqliteStore`](crate::SqliteStore) it runs inside the transaction that notes the event as delivered: what it writes through
/// [`HookTx::connection`] is there exactly if the event counts as delivered, so each event takes effect **once**, crashes included.
/// Anything else it does (mail, calls, another database) may happen again when the process dies before the commit. Nothing else is
/// written while it runs, so it should be quick and must not wait for the network. If it fails, its writes are undone and it is run
/// again by the schedule.
///
/// Over [`MemoryStore`](crate::MemoryStore) there is no transaction: an event takes effect at least once.
pub trait Hook: Send + Sync + 'static {
    /// Takes one event.
    fn on_event(&self, event: &Published, tx: &HookTx<'_>) -> Result<(), HookError>;
}

impl<F> Hook for F
where
    F: Fn(&Published, &HookTx<'_>) -> Result<(), HookError> + Send + Sync + 'static,
{
    fn on_event(&self, event: &Published, tx: &HookTx<'_>) -> Result<(), HookError> {
        self(event, tx)
    }
}

/// The transaction in which an event is delivered.
pub struct HookTx<'a> {
    sqlite: Option<&'a Connection>,
}

impl<'a> HookTx<'a> {
    pub(crate) const fn over(sqlite: Option<&'a Connection>) -> Self {
        Self { sqlite }
    }

    /// The open transaction of the SQLite file, for tables of the merchant's own. Our tables can be read, not written; the transaction
    /// can be neither ended nor left, and nothing temporary can be made in it. The memory store has none.
    pub fn connection(&self) -> Result<&'a Connection, HookError> {
        self.sqlite.ok_or_else(|| HookError::new("no_transaction"))
    }
}

/// Why a hook did not take an event. It is kept and shown as a code; what else is to be said of it is for the merchant's own log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the hook failed: {code}")]
pub struct HookError {
    code: String,
}

impl HookError {
    /// With a code of the merchant's: small letters, digits and `_`, at most 40. Anything else becomes `hook_failed`.
    pub fn new(code: &str) -> Self {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let fits = (1..=40).contains(&code.len()) && code.bytes().all(plain);
        Self {
            code: if fits { code } else { "hook_failed" }.to_owned(),
        }
    }

    /// The code.
    pub fn code(&self) -> &str {
        &self.code
    }
}

impl From<rusqlite::Error> for HookError {
    fn from(error: rusqlite::Error) -> Self {
        tracing::error!(%error, "the hook's write failed");
        Self::new("hook_write_failed")
    }
}

/// Runs it. A panic is a failure like any other: the thread it runs in belongs to everybody.
pub(crate) fn run(hook: &dyn Hook, event: &Published, tx: &HookTx<'_>) -> Result<(), HookError> {
    let ran = std::panic::AssertUnwindSafe(|| hook.on_event(event, tx));
    std::panic::catch_unwind(ran).unwrap_or_else(|_| Err(HookError::new("hook_panicked")))
}
