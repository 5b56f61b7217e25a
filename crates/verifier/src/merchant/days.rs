//! The days a merchant asks for. They are days in Korea, because gateways file by them.

use jiff::civil::Date;

use super::options::day;
use crate::{
    ApiError, RawRequest,
    days::{compact, days_between},
    fault::FieldFault,
};

/// How many days one question may span: a day is a call of its own at one of the gateways.
const MOST_DAYS: usize = 31;

/// Some days in a row, both ends among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Days {
    pub(crate) from: Date,
    pub(crate) to: Date,
}

impl Days {
    /// Reads `YYYY-MM-DD` twice; what is wrong is told of both at once.
    pub(crate) fn read(from: &str, to: &str) -> Result<Self, ApiError> {
        Self::named(("from", from), ("to", to))
    }

    /// `?on=`, or `?from=&to=`.
    pub(crate) fn asked(request: &RawRequest) -> Result<Self, ApiError> {
        let text = |name: &str| request.query(name).unwrap_or_default();
        let (on, from, to) = (text("on"), text("from"), text("to"));
        match on.is_empty() {
            true => Self::read(&from, &to),
            false if from.is_empty() && to.is_empty() => Self::named(("on", &on), ("on", &on)),
            false => Err(ApiError::field_fault(FieldFault::invalid(
                "on",
                "from, to와 함께 쓸 수 없습니다",
                "either on, or from and to",
            ))),
        }
    }

    /// One day, of the field of this name.
    pub(crate) fn single(field: &'static str, text: &str) -> Result<Date, ApiError> {
        Ok(Self::named((field, text), (field, text))?.from)
    }

    fn named(from: (&'static str, &str), to: (&'static str, &str)) -> Result<Self, ApiError> {
        let (first, last) = match (day(from.1), day(to.1)) {
            (Some(first), Some(last)) => (first, last),
            (first, last) => {
                let of = |read: Option<Date>, (field, text)| {
                    read.is_none().then(|| not_a_day(field, text))
                };
                let mut faults: Vec<_> = [of(first, from), of(last, to)]
                    .into_iter()
                    .flatten()
                    .collect();
                faults.dedup();
                return Err(ApiError::Fields(faults));
            }
        };
        if last < first {
            return Err(ApiError::field_fault(FieldFault::invalid(
                "to",
                "from보다 앞선 날입니다",
                "no day before from",
            )));
        }
        if days_between(first, last).nth(MOST_DAYS).is_some() {
            return Err(ApiError::field_fault(FieldFault::new(
                "to",
                "range_too_long",
                format!("한 번에 {MOST_DAYS}일까지 조회할 수 있습니다. 나누어 조회해 주세요."),
                format!("At most {MOST_DAYS} days at once: ask in parts."),
            )));
        }
        Ok(Self {
            from: first,
            to: last,
        })
    }

    /// `YYYYMMDD` of each.
    pub(crate) fn compact(self) -> impl Iterator<Item = String> {
        days_between(self.from, self.to).map(compact)
    }

    /// `YYYYMMDD` of both ends.
    pub(crate) fn ends(self) -> (String, String) {
        (compact(self.from), compact(self.to))
    }
}

fn not_a_day(field: &'static str, text: &str) -> FieldFault {
    if text.is_empty() {
        return FieldFault::missing(field);
    }
    FieldFault::new(
        field,
        "field_not_date",
        format!("{field}: 한국 날짜를 2026-11-21처럼 넣어 주세요."),
        format!("{field}: write a Korean date, like 2026-11-21."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(from: &str, to: &str) -> (String, &'static str) {
        let Err(ApiError::Fields(faults)) = Days::read(from, to) else {
            panic!("{from} to {to} is taken");
        };
        (faults[0].field.clone(), faults[0].code)
    }

    #[test]
    fn days_are_written_in_one_way_and_are_not_too_many() {
        let days = Days::read("2026-11-30", "2026-12-01").unwrap();
        assert_eq!(days.compact().collect::<Vec<_>>(), ["20261130", "20261201"]);
        assert!(Days::read("2026-10-01", "2026-10-31").is_ok());
        assert_eq!(
            fault("2026-10-01", "2026-11-01"),
            ("to".to_owned(), "range_too_long")
        );
        assert_eq!(fault("20261001", "2026-10-01").1, "field_not_date");
        assert_eq!(fault("2026-02-29", "2026-03-01").0, "from");
        assert_eq!(fault("2026-10-01", ""), ("to".to_owned(), "field_missing"));
        assert_eq!(fault("2026-10-02", "2026-10-01").1, "field_invalid");
        assert_eq!(fault("2026-10-01", "9999-99-99").0, "to");
    }
}
