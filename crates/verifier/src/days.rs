//! Gateways file payments under Korean days.

use std::time::Duration;

use jiff::{
    civil::{Date, DateTime},
    tz::{Offset, TimeZone},
};
use paypair_ledger::{Attempt, Timestamp};

/// How near to midnight a payment may stand under the neighbouring day.
const MARGIN: Duration = Duration::from_secs(15 * 60);

/// The days to ask for an attempt: the day it was requested, and whichever other day it may have been filed under.
pub(crate) fn lookup_days(attempt: &Attempt, now: Timestamp) -> Vec<String> {
    let requested = attempt.requested_on;
    // The window was open from the request to its end, or until now.
    let open_until = attempt.expires_at.min(now).after(MARGIN);
    let mut days = vec![requested];
    for moment in [attempt.created_at.before(MARGIN), open_until] {
        let day = moment.kst_date();
        if !days.contains(&day) {
            days.push(day);
        }
    }
    days.into_iter().map(compact).collect()
}

/// `20261121`
pub(crate) fn compact(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}

/// The day a payment stands under: the gateway's own time if it told one, else ours.
pub(crate) fn paid_on(attempt: &Attempt) -> String {
    let told = attempt.detail.paid_at.as_deref().map(|text| {
        let digits = text.chars().filter(char::is_ascii_digit);
        digits.take(8).collect::<String>()
    });
    told.filter(|day| day.len() == 8).unwrap_or_else(|| {
        let day = attempt
            .paid_at
            .map_or(attempt.requested_on, Timestamp::kst_date);
        compact(day)
    })
}

/// A Korean date `YYYYMMDD` and time `HHMM` as a moment; without a time, the end of that day.
pub(crate) fn moment_of(day: &str, time: &str) -> Option<Timestamp> {
    let time = if time.len() == 4 { time } else { "2359" };
    let moment = DateTime::strptime("%Y%m%d%H%M", format!("{day}{time}")).ok()?;
    let zoned = moment.to_zoned(TimeZone::fixed(Offset::constant(9))).ok()?;
    Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
}
