//! Which days of the sales list a lookup reads: the list is of everybody's sales.

use std::time::Duration;

use jiff::{ToSpan as _, civil::Date};
use paypair_ledger::{Attempt, Timestamp};

use crate::days::{MARGIN, lookup_dates};

/// The most days in one question to a list of everybody's sales: a month of them is a long answer.
const MOST_IN_RANGE: i32 = 31;

/// From when to when a list of sales is asked for an attempt: from its payment until now, since what was given back stands under a
/// day of its own. Of a long time its beginning, the days around each refund of ours, and of late.
pub(super) fn sales_ranges(attempt: &Attempt, now: Timestamp) -> Vec<(Date, Date)> {
    let mut days = lookup_dates(attempt, now);
    if attempt.order.renews.is_some() {
        // Nobody asked for it here: PayPal may have charged some while before it was told.
        days.push(attempt.created_at.before(TOLD_LATE).kst_date());
    }
    days.push(now.kst_date());
    days.sort_unstable();
    let (Some(first), Some(last)) = (days.first().copied(), days.last().copied()) else {
        return Vec::new();
    };
    let after = |day: Date, count: i32| day.checked_add(count.days()).unwrap_or(day);
    if after(first, MOST_IN_RANGE) >= last {
        return vec![(first, last)];
    }
    let asked = attempt.refunds.iter().map(|line| {
        let day = line.asked_at.before(MARGIN).kst_date();
        (day, after(day, 1))
    });
    let mut ranges = vec![(first, after(first, MOST_IN_RANGE / 3))];
    ranges.extend(asked);
    ranges.push((after(last, -MOST_IN_RANGE / 3), last));
    ranges.sort_unstable();
    let mut apart: Vec<(Date, Date)> = Vec::new();
    for (from, to) in ranges {
        match apart.last_mut() {
            Some((_, end)) if from <= after(*end, 1) => *end = to.max(*end),
            _ => apart.push((from, to)),
        }
    }
    apart
}

/// How long before its notice a renewal may have been charged.
const TOLD_LATE: Duration = Duration::from_secs(2 * 24 * 60 * 60);
