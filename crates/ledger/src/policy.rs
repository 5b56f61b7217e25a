//! The merchant's choices that the step must know.

use std::time::Duration;

/// What to do where the facts leave a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Give captured money back at once when it contradicts the order (default: yes).
    pub auto_refund: bool,
    /// Absences from lookups count as "did not happen" only when spread over at least this long (default: 10 minutes).
    pub settle_window: Duration,
    /// .. and only when there are at least so many of them in a row, two of them after that time (default: 3).
    pub absences: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            auto_refund: true,
            settle_window: Duration::from_secs(10 * 60),
            absences: 3,
        }
    }
}

/// How long after one lookup the next comes. After the last, doubt, a review, a promised refund and an account that may be paid into are
/// looked up daily; what nobody answered, for a week; for the rest only a callback or a person helps.
pub const LOOKUP_SCHEDULE: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(60 * 60),
    Duration::from_secs(6 * 60 * 60),
    Duration::from_secs(24 * 60 * 60),
];
