//! The gateways' clock: real time plus what was advanced, or a clock that stands still.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// The gateways' clock: real time plus what the control API added, or a clock that stands still.
pub(crate) struct Clock {
    still: Option<Timestamp>,
    ahead: Duration,
}

impl Clock {
    pub(crate) const fn new(still: Option<Timestamp>) -> Self {
        Self {
            still,
            ahead: Duration::ZERO,
        }
    }

    pub(crate) fn now(&self, real: Timestamp) -> Timestamp {
        later(self.still.unwrap_or(real), self.ahead)
    }

    pub(crate) const fn advance(&mut self, by: Duration) {
        self.ahead = self.ahead.saturating_add(by);
    }

    pub(crate) const fn stands_still(&self) -> bool {
        self.still.is_some()
    }
}

/// `at + by`, staying inside what a timestamp can say.
pub(crate) fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Whole seconds from `from` to `to`; zero when `to` is earlier.
pub(crate) fn seconds_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_second().saturating_sub(from.as_second())).unwrap_or(0)
}

/// Korean time: what every domestic time stamp is written in.
pub(crate) fn korean(at: Timestamp) -> DateTime {
    TimeZone::fixed(Offset::constant(9)).to_datetime(at)
}

/// `20200305141111`
pub(crate) fn compact(at: Timestamp) -> String {
    korean(at).strftime("%Y%m%d%H%M%S").to_string()
}

/// `20200305`
pub(crate) fn korean_day(at: Timestamp) -> String {
    korean(at).strftime("%Y%m%d").to_string()
}

/// `2020-03-05 14:11:11`
pub(crate) fn readable(at: Timestamp) -> String {
    korean(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The same in UTC: Payletter Global's one recorded notification has it so.
pub(crate) fn readable_utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domestic_times_are_korean() {
        let at: Timestamp = "2020-03-05T05:11:11Z".parse().unwrap();
        assert_eq!(readable(at), "2020-03-05 14:11:11");
        assert_eq!(
            korean_day("2020-03-05T15:00:00Z".parse().unwrap()),
            "20200306"
        );
        assert_eq!(readable_utc(at), "2020-03-05 05:11:11");
    }

    #[test]
    fn a_still_clock_moves_only_by_hand() {
        let start: Timestamp = "2020-03-05T05:11:11Z".parse().unwrap();
        let mut clock = Clock::new(Some(start));
        assert_eq!(clock.now(Timestamp::MAX), start);
        clock.advance(Duration::from_secs(60));
        assert_eq!(seconds_between(start, clock.now(Timestamp::MAX)), 60);
    }
}
