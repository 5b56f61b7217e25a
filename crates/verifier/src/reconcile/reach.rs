//! Which days a run compares, and how far the books are compared with it: a day that could not be read is read by a later run.

use std::time::Duration;

use jiff::{ToSpan, civil::Date};
use paypair_ledger::{DaysCompared, Store, Timestamp};

use super::{
    BooksCompared,
    query::{MOST_DAYS, USUAL_DAYS},
    run::Trouble,
};
use crate::{Verifier, days::MARGIN, environment::Environment, failure::Failure, network::Network};

/// Why books that were read may not be said to agree: of days before nothing is known.
pub(super) const DAYS_MISSING: &str = "days_missing";

/// What a run was asked to compare.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// First and last day.
    pub(super) days: (Date, Date),
    /// Nobody named days.
    pub(super) usual: bool,
    /// When it began.
    pub(super) began: Timestamp,
    /// How long a gateway's books may lag behind a payment.
    pub(super) lag: Duration,
}

/// Whether the books of the days could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    /// All of them.
    Whole,
    /// Not all.
    InPart,
    /// They are not to be asked for at all, by the settings.
    NotSetUp,
}

/// The last day of which nothing comes late any more: a usual run reads each day three times, and this one now for the last time.
pub(super) fn last_whole(now: Timestamp, lag: Duration) -> Date {
    let over = before(now.before(lag).before(MARGIN).kst_date(), 1);
    over.min(before(now.kst_date(), USUAL_DAYS - 1))
}

impl Asked {
    /// The days to compare. A usual run begins where the books were compared up to, a month back at most.
    fn from(&self, known: Option<DaysCompared>) -> (Date, Date) {
        let (first, last) = self.days;
        match known {
            Some(known) if self.usual => {
                let oldest = before(last, MOST_DAYS - 1);
                (after(known.upto).max(oldest).min(first), last)
            }
            _ => (first, last),
        }
    }

    /// How far the books are compared now. Only a usual run begins to keep that, and it answers for no day before its own.
    fn reached(
        &self,
        known: Option<DaysCompared>,
        (first, last): (Date, Date),
        read: Read,
    ) -> Option<DaysCompared> {
        let whole = last_whole(self.began, self.lag);
        let begun = DaysCompared {
            upto: before(first, 1),
            behind: false,
        };
        let new = self.usual && read != Read::NotSetUp;
        let mut known = known.or_else(|| new.then_some(begun))?;
        // A clock that was ahead knew of days to come.
        known.upto = known.upto.min(whole);
        if read != Read::Whole {
            known.behind |= last > known.upto;
        } else if first <= after(known.upto) {
            known.upto = known.upto.max(last.min(whole));
            known.behind &= known.upto < whole;
        }
        Some(known)
    }

    /// The first day that was not compared as a whole, if one is missing before the usual ones. A run for named days answers for
    /// others only where they could not be read: else perhaps nobody wants them compared.
    fn missing(&self, known: Option<DaysCompared>) -> Option<Date> {
        let known = known.filter(|known| self.usual || known.behind)?;
        let first = after(known.upto);
        (first < last_whole(self.began, self.lag)).then_some(first)
    }
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Compares the days that were asked for; of a usual run all before them too that no run has compared.
    pub(super) async fn catch_up(
        &self,
        books: &mut BooksCompared,
        asked: &Asked,
    ) -> Result<Option<Failure>, Trouble> {
        let (gateway, id) = (books.gateway, books.client_id.clone());
        let known = self.store().days_compared(gateway, &id).await?;
        let days = asked.from(known);
        let looked = self.compared(books, days).await;
        let read = match &looked {
            Ok(None) => Read::Whole,
            Err(Trouble::Gateway(Failure::Lacking(_))) => Read::NotSetUp,
            _ => Read::InPart,
        };
        if read == Read::InPart && days != asked.days {
            // One old day that cannot be read must not keep the latest ones from being compared.
            let _ = self.compared(books, asked.days).await;
        }
        let reached = asked.reached(known, days, read);
        if let Some(reached) = reached.filter(|now| Some(*now) != known) {
            let kept = self.store().keep_days_compared(gateway, &id, reached).await;
            if read == Read::Whole {
                kept?;
            }
        }
        let joined_on = read == Read::Whole && days != asked.days;
        books.first_day = joined_on.then(|| days.0.to_string());
        books.missing_since = asked.missing(reached).map(|day| day.to_string());
        looked
    }
}

fn after(day: Date) -> Date {
    day.tomorrow().unwrap_or(day)
}

fn before(day: Date, days: u32) -> Date {
    day.checked_sub(i64::from(days).days()).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        format!("2026-{text}").parse().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        let at: jiff::Timestamp = format!("2026-{text}+09:00").parse().unwrap();
        Timestamp::from_millis(at.as_millisecond())
    }

    const HOUR: Duration = Duration::from_secs(3600);

    /// A run at five in the morning of the 22nd.
    fn asked(first: &str, usual: bool) -> Asked {
        Asked {
            days: (day(first), day("11-22")),
            usual,
            began: at("11-22T05:00"),
            lag: HOUR,
        }
    }

    fn upto(text: &str, behind: bool) -> Option<DaysCompared> {
        let upto = day(text);
        Some(DaysCompared { upto, behind })
    }

    #[test]
    fn a_day_is_whole_when_the_last_usual_run_reads_it() {
        for (now, lag, whole) in [
            ("11-22T05:00", HOUR, "11-20"),
            ("11-22T00:00", HOUR, "11-20"),
            ("11-22T23:59", HOUR, "11-20"),
            ("11-22T05:00", 24 * HOUR, "11-20"),
            ("11-22T01:00", 24 * HOUR, "11-19"),
            ("11-22T05:00", 48 * HOUR, "11-19"),
        ] {
            assert_eq!(last_whole(at(now), lag), day(whole), "{now} {lag:?}");
        }
    }

    #[test]
    fn a_usual_run_begins_where_the_last_one_ended_and_a_month_back_at_most() {
        let from = |known| asked("11-20", true).from(known).0;
        assert_eq!(from(None), day("11-20"), "no history is made up");
        assert_eq!(from(upto("11-20", false)), day("11-20"), "the second today");
        assert_eq!(from(upto("11-19", false)), day("11-20"));
        assert_eq!(from(upto("11-10", true)), day("11-11"));
        assert_eq!(from(upto("09-10", true)), day("10-23"));
        let named = asked("11-22", false);
        assert_eq!(named.from(upto("11-10", true)), named.days);
    }

    #[test]
    fn only_what_joins_on_counts_as_compared() {
        let run = asked("11-20", true);
        let reached =
            |known, first: &str, read| run.reached(known, (day(first), day("11-22")), read);
        for (known, first, read, now) in [
            (None, "11-20", Read::Whole, upto("11-20", false)),
            (None, "11-20", Read::InPart, upto("11-19", true)),
            (None, "11-20", Read::NotSetUp, None),
            (
                upto("11-19", true),
                "11-20",
                Read::Whole,
                upto("11-20", false),
            ),
            (
                upto("11-10", true),
                "11-11",
                Read::InPart,
                upto("11-10", true),
            ),
            (
                upto("11-10", false),
                "11-11",
                Read::NotSetUp,
                upto("11-10", true),
            ),
            (
                upto("09-10", true),
                "10-23",
                Read::Whole,
                upto("09-10", true),
            ),
            (
                upto("12-24", false),
                "11-20",
                Read::Whole,
                upto("11-20", false),
            ),
        ] {
            assert_eq!(
                reached(known, first, read),
                now,
                "{known:?} {first} {read:?}"
            );
        }
        // One day alone, as a person asks for it.
        let one = |known, date: &str, read| {
            let days = (day(date), day(date));
            let asked = Asked {
                days,
                usual: false,
                ..run
            };
            asked.reached(known, days, read)
        };
        assert_eq!(one(None, "11-01", Read::Whole), None);
        assert_eq!(one(None, "11-01", Read::InPart), None);
        let gap = upto("10-10", true);
        assert_eq!(one(gap, "10-11", Read::Whole), upto("10-11", true));
        assert_eq!(one(gap, "10-12", Read::Whole), gap, "the 11th is missing");
        let fine = upto("11-20", false);
        assert_eq!(one(fine, "11-05", Read::InPart), fine, "it was read before");
    }

    #[test]
    fn a_day_is_missing_when_it_is_before_the_usual_ones() {
        let (usual, named) = (asked("11-20", true), asked("11-22", false));
        for (known, missing, to_named) in [
            (None, None, None),
            (upto("11-20", false), None, None),
            (upto("11-19", true), None, None),
            (upto("11-18", true), Some("11-19"), Some("11-19")),
            (upto("11-18", false), Some("11-19"), None),
        ] {
            assert_eq!(usual.missing(known), missing.map(day), "{known:?}");
            assert_eq!(named.missing(known), to_named.map(day), "{known:?}");
        }
    }
}
