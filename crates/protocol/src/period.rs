//! Until when a payment can be cancelled. Days are days in Korea, as text `YYYYMMDD`; there is no clock here.

use crate::shape;

/// How long after a payment a method takes cancellations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    /// Up to so many days after the day of payment (`D+180`).
    Days(u16),
    /// On the day of payment only.
    SameDay,
    /// In the calendar month of payment only.
    SameMonth,
    /// As the merchant's contract says.
    Contract,
    /// Not at all.
    Never,
    /// The manual does not say.
    Untold,
}

impl Period {
    /// May a payment of one day be cancelled on another? None if nobody but the gateway knows.
    #[must_use]
    pub fn allows(self, paid_on: &str, today: &str) -> Option<bool> {
        let days = days_between(paid_on, today)?;
        match self {
            Self::Days(most) => Some(days <= i64::from(most)),
            Self::SameDay => Some(days == 0),
            Self::SameMonth => Some(paid_on.get(..6) == today.get(..6)),
            Self::Never => Some(false),
            Self::Contract | Self::Untold => None,
        }
    }
}

/// How many days the second day is after the first. None if either is no date.
pub(crate) fn days_between(from: &str, to: &str) -> Option<i64> {
    Some(day_number(to)? - day_number(from)?)
}

/// How many calendar months the second day is after the first.
pub(crate) fn months_between(from: &str, to: &str) -> Option<i64> {
    let months = |date: &str| {
        let (year, month, _) = parts(date)?;
        Some(year * 12 + month)
    };
    Some(months(to)? - months(from)?)
}

fn parts(date: &str) -> Option<(i64, i64, i64)> {
    if !shape::is_date(date.as_bytes()) {
        return None;
    }
    let number = |range: core::ops::Range<usize>| date.get(range)?.parse().ok();
    Some((number(0..4)?, number(4..6)?, number(6..8)?))
}

/// Days since 1970, by Howard Hinnant's `days_from_civil`.
fn day_number(date: &str) -> Option<i64> {
    let (year, month, day) = parts(date)?;
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_over_months_and_leap_years() {
        for (from, to, days) in [
            ("19700101", "19700101", 0),
            ("20240228", "20240301", 2),
            ("20230228", "20230301", 1),
            ("20251231", "20260101", 1),
            ("20260101", "20251231", -1),
            ("20000101", "20260101", 9497),
        ] {
            assert_eq!(days_between(from, to), Some(days), "{from} {to}");
        }
        assert_eq!(days_between("2026-1-1", "20260101"), None);
        assert_eq!(months_between("20251231", "20260101"), Some(1));
    }

    #[test]
    fn the_last_day_counts_and_the_next_does_not() {
        let paid = "20260101";
        assert_eq!(Period::Days(180).allows(paid, "20260630"), Some(true));
        assert_eq!(Period::Days(180).allows(paid, "20260701"), Some(false));
        assert_eq!(Period::SameDay.allows(paid, paid), Some(true));
        assert_eq!(Period::SameDay.allows(paid, "20260102"), Some(false));
        assert_eq!(Period::SameMonth.allows(paid, "20260131"), Some(true));
        assert_eq!(Period::SameMonth.allows(paid, "20260201"), Some(false));
        assert_eq!(Period::SameMonth.allows(paid, "20270101"), Some(false));
        assert_eq!(Period::Never.allows(paid, paid), Some(false));
        assert_eq!(Period::Contract.allows(paid, paid), None);
        assert_eq!(Period::Untold.allows(paid, paid), None);
    }
}
