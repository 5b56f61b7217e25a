//! Moments and Korean days.

use std::fmt;
use std::time::Duration;

use jiff::civil::{Date, Time};
use jiff::tz::{Offset, TimeZone};
use serde::{Serialize, Serializer};

/// A moment, in milliseconds since 1970 (UTC). Always passed in: nothing in this crate reads a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since 1970.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This long after; the last moment there is instead of an overflow.
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis_of(duration)))
    }

    /// This long before.
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis_of(duration)))
    }

    /// How long since an earlier moment; zero if it is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The day in Korea (fixed +09:00, no summer time since 1988): gateways file payments under it.
    pub fn kst_date(self) -> Date {
        self.kst().date()
    }

    /// The time of day in Korea.
    pub fn kst_time(self) -> Time {
        self.kst().time()
    }

    fn kst(self) -> jiff::Zoned {
        jiff::Timestamp::from_millisecond(self.0)
            .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
            .to_zoned(TimeZone::fixed(KST))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kst().strftime("%Y-%m-%dT%H:%M:%S%:z"))
    }
}

/// As text, `2026-11-21T09:00:00+09:00`.
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn millis_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

const KST: Offset = Offset::constant(9);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_korean_day_begins_at_fifteen_hundred_utc() {
        let last = Timestamp::from_millis(1_700_000_000_000); // 2023-11-14T22:13:20Z
        assert_eq!(last.kst_date().to_string(), "2023-11-15");
        assert_eq!(last.to_string(), "2023-11-15T07:13:20+09:00");
    }

    #[test]
    fn time_saturates_instead_of_overflowing() {
        let end = Timestamp::from_millis(i64::MAX);
        assert_eq!(end.after(Duration::MAX), end);
        assert_eq!(end.kst_date().to_string(), "1970-01-01");
        assert_eq!(Timestamp::from_millis(0).since(end), Duration::ZERO);
    }
}
