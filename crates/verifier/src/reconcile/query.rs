//! What a run, or a list of breaks, is asked for with.

use jiff::{ToSpan, civil::Date};
use paypair_protocol::Gateway;
use serde::Deserialize;

use crate::{ApiError, fault::FieldFault, merchant::Days};

/// What is to be compared. Without a word: today, yesterday and the day before, at every gateway, and before them the days that no
/// run could compare.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewReconciliation {
    /// This Korean day alone, `YYYY-MM-DD`.
    pub date: Option<String>,
    /// Or so many days, today the last of them: 1 to 31.
    pub days: Option<u32>,
    /// Only this gateway's books.
    pub gateway: Option<Gateway>,
}

/// Which breaks are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BreaksQuery {
    /// The resolved ones too.
    pub all: bool,
    /// Only this gateway's.
    pub gateway: Option<Gateway>,
    /// Only those with a number above this.
    pub after: u64,
}

/// Today, yesterday, and the day before for what comes late.
pub(super) const USUAL_DAYS: u32 = 3;

/// As many as the lists take at once.
pub(super) const MOST_DAYS: u32 = 31;

impl NewReconciliation {
    /// Nobody names days.
    pub(super) const fn is_usual(&self) -> bool {
        self.date.is_none() && self.days.is_none()
    }

    /// The days, first to last.
    pub(super) fn read(&self, today: Date) -> Result<(Date, Date), ApiError> {
        let invalid = |field, ko: &str, en: &str| {
            Err(ApiError::field_fault(FieldFault::invalid(field, ko, en)))
        };
        match (&self.date, self.days) {
            (Some(_), Some(_)) => {
                invalid("days", "date와 함께 쓸 수 없습니다", "either date or days")
            }
            (Some(date), None) => {
                let day = Days::single("date", date)?;
                if day > today {
                    return invalid("date", "아직 오지 않은 날입니다", "no day still to come");
                }
                Ok((day, day))
            }
            (None, days) => {
                let days = days.unwrap_or(USUAL_DAYS);
                if !(1..=MOST_DAYS).contains(&days) {
                    return invalid("days", "1부터 31까지 쓸 수 있습니다", "from 1 to 31");
                }
                let first = today.checked_sub((i64::from(days) - 1).days());
                Ok((first.unwrap_or(today), today))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(date: Option<&str>, days: Option<u32>) -> Result<(String, String), ApiError> {
        let wish = NewReconciliation {
            date: date.map(str::to_owned),
            days,
            gateway: None,
        };
        let (first, last) = wish.read("2026-12-01".parse().unwrap())?;
        Ok((first.to_string(), last.to_string()))
    }

    #[test]
    fn the_usual_days_are_today_and_two_before() {
        let days = |first: &str, last: &str| (first.to_owned(), last.to_owned());
        assert_eq!(read(None, None).unwrap(), days("2026-11-29", "2026-12-01"));
        assert_eq!(
            read(None, Some(1)).unwrap(),
            days("2026-12-01", "2026-12-01")
        );
        let one = read(Some("2026-11-02"), None).unwrap();
        assert_eq!(one, days("2026-11-02", "2026-11-02"));
        for (date, days, field) in [
            (Some("2026-12-02"), None, "date"),
            (Some("20261102"), None, "date"),
            (Some("2026-11-02"), Some(3), "days"),
            (None, Some(0), "days"),
            (None, Some(32), "days"),
        ] {
            let error = read(date, days).unwrap_err();
            assert_eq!(error.field(), Some(field), "{date:?} {days:?}");
        }
    }
}
