//! Answers kept under the merchant's idempotency keys, so that a request sent again hears the first answer again.

use std::future::Future;
use std::time::Duration;

use crate::{Digest, StoreError, Timestamp};

/// How long a key stands for its request. Then it is as if never used.
pub const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Remembers which request a key stood for, and what was answered. Of keys and requests only digests are kept.
pub trait KeptAnswers: Send + Sync + 'static {
    /// Writes down that `key` stands for `request`, unless it stands for one already; and forgets what is older than [`KEPT_FOR`].
    fn keep_request(
        &self,
        key: Digest,
        request: Digest,
        now: Timestamp,
    ) -> impl Future<Output = Result<Kept, StoreError>> + Send;

    /// Writes down what was answered to the request of `key`. The first answer stays.
    fn keep_answer(
        &self,
        key: Digest,
        answer: KeptAnswer,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Frees the key of a request that was refused and of which no run changed anything. A key with an answer stays.
    fn forget_request(&self, key: Digest) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// What a key stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// This request, first seen then; it has no answer yet. After a crash in between it never gets one by itself.
    Unanswered {
        /// When the key was first used.
        since: Timestamp,
        /// Whether it was just now: no earlier run of the request can have done anything.
        first: bool,
    },
    /// This request, and this was answered.
    Answered(KeptAnswer),
    /// Another request.
    Another,
}

/// An answer, without what nobody may read in the file.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for KeptAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.status, self.body.len())
    }
}
