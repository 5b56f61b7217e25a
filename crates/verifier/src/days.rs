//! Gateways file payments under Korean days.

use std::time::Duration;

use jiff::{
    ToSpan,
    civil::{Date, DateTime},
    tz::{Offset, TimeZone},
};
use paypair_ledger::{Attempt, Suspected, Suspicion, Timestamp};

/// How near to midnight a payment may stand under the neighbouring day: a clock that is two hours off, as after a wrong time zone or
/// a server's bad night, and a quarter of an hour on top. Asked for the wrong day alone, a gateway never tells of the payment.
pub(crate) const MARGIN: Duration = Duration::from_secs((2 * 60 + 15) * 60);

/// The days to ask for an attempt: the day it was requested, and whichever other day it may have been filed under.
pub(crate) fn lookup_days(attempt: &Attempt, now: Timestamp) -> Vec<String> {
    lookup_dates(attempt, now)
        .into_iter()
        .map(compact)
        .collect()
}

/// The same as dates.
pub(crate) fn lookup_dates(attempt: &Attempt, now: Timestamp) -> Vec<Date> {
    let requested = attempt.requested_on;
    // The window was open from the request to its end, or until now.
    let open_until = attempt.expires_at.min(now).after(MARGIN);
    let mut days = vec![requested];
    // In a window that was given up may be paid hours later.
    let captured = [attempt.confirm_began_at, attempt.paid_at];
    let captured = captured
        .into_iter()
        .flatten()
        .flat_map(|at| [at.before(MARGIN), at.after(MARGIN)]);
    let moments = [attempt.created_at.before(MARGIN), open_until];
    for moment in moments.into_iter().chain(captured) {
        let day = moment.kst_date();
        if !days.contains(&day) {
            days.push(day);
        }
    }
    days
}

/// The most days asked for in one lookup.
pub(crate) const MOST_DAYS: usize = 10;

/// Every day a payment of the attempt may stand under where payments are filed by the day of paying: a window stays open longer
/// than we think, and into a virtual account is paid days later. Of very many, the first and the latest.
pub(crate) fn payment_days(attempt: &Attempt, now: Timestamp) -> Vec<String> {
    let first = attempt.created_at.before(MARGIN).kst_date();
    let seconds = attempt.second_payments.iter().map(|second| second.seen_at);
    // Another payment that we were told of after this one was paid, or went back.
    let other = |it: &&Suspicion| it.what == Suspected::Capture;
    let told = attempt.suspicions.iter().filter(other);
    let told = told.map(|suspicion| suspicion.since);
    let last = seconds
        .chain(told)
        .fold(attempt.paid_at.unwrap_or(now), Timestamp::max);
    let last = last.after(MARGIN).kst_date();
    let mut days: Vec<Date> = first
        .series(1.day())
        .take_while(|day| *day <= last)
        .collect();
    if days.len() > MOST_DAYS {
        days.drain(1..=days.len() - MOST_DAYS);
    }
    days.into_iter().map(compact).collect()
}

/// Today and yesterday: what was given back just before midnight is looked for after it.
pub(crate) fn refund_days(now: Timestamp) -> [String; 2] {
    let today = now.kst_date();
    [today.yesterday().unwrap_or(today), today].map(compact)
}

/// The days that are asked for what was given back of a payment, and whether that is every day on which something of it may stand.
pub(crate) struct GivenBackDays {
    pub(crate) days: Vec<String>,
    pub(crate) all: bool,
}

/// Every day on which a refund of ours may stand: the day it was asked for, the next (midnight), and of late. What somebody else gave
/// back may stand under any day since the payment; of very many, not all are asked for.
pub(crate) fn given_back_days(attempt: &Attempt, now: Timestamp) -> GivenBackDays {
    let mut days: Vec<Date> = Vec::new();
    for line in &attempt.refunds {
        let asked = line.asked_at.before(MARGIN).kst_date();
        days.extend([asked, asked.tomorrow().unwrap_or(asked)]);
    }
    let today = now.kst_date();
    days.extend([today.yesterday().unwrap_or(today), today]);
    let mut all = true;
    if attempt.given_back_by_others() {
        let first = attempt.created_at.before(MARGIN).kst_date();
        let since: Vec<Date> = days_between(first, today).take(MOST_DAYS + 1).collect();
        all = since.len() <= MOST_DAYS;
        if all {
            days.extend(since);
        }
    }
    days.retain(|day| *day <= today);
    days.sort_unstable();
    days.dedup();
    let days = days.into_iter().map(compact).collect();
    GivenBackDays { days, all }
}

/// `20261121`
pub(crate) fn compact(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}

/// `2026-11-21` of `20261121`; a text of another shape stays as it came.
pub(crate) fn day_of(compact: &str) -> String {
    match Date::strptime("%Y%m%d", compact) {
        Ok(day) if compact.len() == 8 => day.to_string(),
        _ => compact.to_owned(),
    }
}

/// The days from one to the other, both among them.
pub(crate) fn days_between(from: Date, to: Date) -> impl Iterator<Item = Date> {
    from.series(1.day()).take_while(move |day| *day <= to)
}

/// `2018-09-18 10:00:00` of a gateway that speaks of Korea, as a moment anybody reads: `2018-09-18T10:00:00+09:00`. A text of
/// another shape stays as it came.
pub(crate) fn korean_moment(text: &str) -> String {
    match DateTime::strptime("%Y-%m-%d %H:%M:%S", text) {
        Ok(moment) => format!("{moment}+09:00"),
        Err(_) => text.to_owned(),
    }
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

/// The Korean day a payment stands under, by [`paid_on`].
pub(crate) fn filed_on(attempt: &Attempt) -> Date {
    let day = Date::strptime("%Y%m%d", paid_on(attempt));
    day.unwrap_or(attempt.requested_on)
}

/// The days a payment of this day may be listed under, around midnight and by another clock; none of them still to come.
pub(crate) fn stands_under(day: Date, now: Timestamp) -> impl Iterator<Item = Date> {
    let last = now.after(MARGIN).kst_date().max(day);
    let near = [day.yesterday().ok(), Some(day), day.tomorrow().ok()];
    near.into_iter().flatten().filter(move |day| *day <= last)
}

/// The first moment of a Korean day.
pub(crate) fn begin_of(day: Date) -> Timestamp {
    let zoned = day.to_zoned(TimeZone::fixed(Offset::constant(9)));
    let millis = zoned.map_or(0, |zoned| zoned.timestamp().as_millisecond());
    Timestamp::from_millis(millis)
}

/// `2018-09-18 10:00:00`, with or without what is smaller than a second, as Korea reads it.
pub(crate) fn read_korean(text: &str) -> Option<Timestamp> {
    let moment = DateTime::strptime("%Y-%m-%d %H:%M:%S", text.get(..19)?).ok()?;
    let zoned = moment.to_zoned(TimeZone::fixed(Offset::constant(9))).ok()?;
    Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
}

/// A Korean date `YYYYMMDD` and time `HHMM` as a moment; without a time, the end of that day.
pub(crate) fn moment_of(day: &str, time: &str) -> Option<Timestamp> {
    let time = if time.len() == 4 { time } else { "2359" };
    let moment = DateTime::strptime("%Y%m%d%H%M", format!("{day}{time}")).ok()?;
    let zoned = moment.to_zoned(TimeZone::fixed(Offset::constant(9))).ok()?;
    Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use paypair_ledger::{Customer, Digest, Layout, NewAttempt, Order};
    use paypair_protocol::{Gateway, Money, Work};

    use super::*;

    /// 2026-11-21T20:00:00+09:00
    const EVENING: Timestamp = Timestamp::from_millis(1_795_258_800_000);
    const HOUR: Duration = Duration::from_secs(3600);

    fn attempt() -> Attempt {
        let order = Order {
            id: "order-1".to_owned(),
            gateway: Gateway::Payletter,
            merchant_id: "pay_test".to_owned(),
            method: "virtualaccount".into(),
            work: Work::PayNow,
            card_flow: None,
            money: Some(Money::won(10_000)),
            product_name: "조명".to_owned(),
            customer: Customer::default(),
            charge: None,
            renews: None,
            extra: BTreeMap::new(),
            result_page: None,
            client_secret: Digest::of("cs_"),
            seed: None,
            created_at: EVENING,
        };
        let new = NewAttempt {
            nonce: Digest::of("nonce"),
            channel: "channel".to_owned(),
            ticket: "ticket".to_owned(),
            layout: Layout::Popup,
            order_id_size: 40,
            expires_at: EVENING.after(HOUR / 2),
        };
        Attempt::new(Arc::new(order), 1, "order-1".to_owned(), new, EVENING)
    }

    #[test]
    fn a_payment_after_the_windows_end_is_looked_for_on_its_own_day() {
        let days = |hours| payment_days(&attempt(), EVENING.after(hours * HOUR));
        assert_eq!(days(0), ["20261121"]);
        assert_eq!(days(3), ["20261121", "20261122"]);
        assert_eq!(
            days(72),
            ["20261121", "20261122", "20261123", "20261124"],
            "a transfer on the second day whose callback comes on the fourth"
        );
    }

    #[test]
    fn a_clock_two_hours_off_hides_no_payment_behind_midnight() {
        let day = |attempt: &Attempt, now| {
            let days = [payment_days(attempt, now), lookup_days(attempt, now)];
            assert!(
                days.iter()
                    .all(|days| days.contains(&"20261121".to_owned()))
            );
            assert!(
                days.iter()
                    .all(|days| days.contains(&"20261122".to_owned()))
            );
        };
        // Our clock says ten past midnight, and Korea ten past ten; and the other way round.
        for hours in [4, 3] {
            let moment = EVENING.after(hours * HOUR + HOUR / 6);
            let mut near = attempt();
            near.created_at = moment;
            near.requested_on = moment.kst_date();
            near.expires_at = moment.after(HOUR / 2);
            day(&near, moment);
        }
    }

    #[test]
    fn a_paid_attempt_is_looked_for_where_it_was_paid() {
        let mut paid = attempt();
        paid.paid_at = Some(EVENING.after(3 * HOUR));
        let days = payment_days(&paid, EVENING.after(24 * 60 * HOUR));
        assert_eq!(days, ["20261121", "20261122"]);
    }

    #[test]
    fn what_was_paid_long_after_its_window_is_looked_for_on_that_day() {
        let now = EVENING.after(30 * HOUR);
        assert_eq!(lookup_days(&attempt(), now), ["20261121"]);
        let (mut confirmed, mut paid) = (attempt(), attempt());
        confirmed.confirm_began_at = Some(EVENING.after(8 * HOUR));
        paid.paid_at = Some(EVENING.after(8 * HOUR));
        for late in [confirmed, paid] {
            assert_eq!(lookup_days(&late, now), ["20261121", "20261122"]);
        }
    }

    #[test]
    fn another_payment_is_looked_for_up_to_when_it_was_told() {
        let told = EVENING.after(26 * HOUR);
        let mut paid = attempt();
        paid.paid_at = Some(EVENING.after(3 * HOUR));
        paid.suspicions = vec![Suspicion {
            what: Suspected::Capture,
            transaction_id: Some("t2".to_owned()),
            money: None,
            whole: false,
            refunded: Some(Money::won(0)),
            since: told,
            told_at: None,
        }];
        let days = payment_days(&paid, EVENING.after(24 * 60 * HOUR));
        assert_eq!(days, ["20261121", "20261122", "20261123"]);
    }

    #[test]
    fn of_very_many_days_the_first_and_the_latest_are_asked_for() {
        let days = payment_days(&attempt(), EVENING.after(24 * 60 * HOUR));
        assert_eq!(days.len(), MOST_DAYS);
        assert_eq!(
            (days[0].as_str(), days[9].as_str()),
            ("20261121", "20270120")
        );
        assert_eq!(days[1], "20270112");
    }

    #[test]
    fn a_refund_of_last_night_is_looked_for_this_morning() {
        assert_eq!(
            refund_days(EVENING.after(5 * HOUR)),
            ["20261121", "20261122"]
        );
    }
}
