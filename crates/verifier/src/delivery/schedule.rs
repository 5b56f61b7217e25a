//! What follows from an answer: it was taken, it is tried again and when, or it is given up.

use std::time::Duration;

use paypair_ledger::{Timestamp, Verdict};

use super::{WebhookAnswer, WebhookFault};

/// Pauses after each failure: over three days in all.
const PAUSES: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_secs(60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3600),
    Duration::from_secs(5 * 3600),
    Duration::from_secs(10 * 3600),
    Duration::from_secs(24 * 3600),
    Duration::from_secs(48 * 3600),
];

/// A receiver may ask for a longer pause, but not for any.
const LONGEST_WISH: Duration = Duration::from_secs(24 * 3600);

/// What is wrong with an answer, and what follows. Only a 2xx is a yes.
pub(super) fn judge(
    answer: &Result<WebhookAnswer, WebhookFault>,
    tries: u32,
    now: Timestamp,
    dice: u8,
) -> (Option<&'static str>, Verdict) {
    let answer = match answer {
        Ok(answer) => answer,
        Err(fault) => return (Some(fault.code()), again(tries, now, dice)),
    };
    let error = match answer.status {
        200..=299 => return (None, Verdict::Delivered),
        410 => return (Some("gone"), Verdict::Dead),
        300..=399 => "redirected",
        _ => "http_status",
    };
    let wish = answer
        .retry_after
        .as_deref()
        .and_then(|text| wished(text, now));
    let verdict = match (again(tries, now, dice), wish) {
        (Verdict::Again(at), Some(wish)) => {
            Verdict::Again(at.max(now.after(wish.min(LONGEST_WISH))))
        }
        (verdict, _) => verdict,
    };
    (Some(error), verdict)
}

/// After this many tries and one more that failed. `dice` adds up to a fifth, so that a crowd does not come back all at once.
pub(super) fn again(tries: u32, now: Timestamp, dice: u8) -> Verdict {
    let pause = usize::try_from(tries).ok().and_then(|nth| PAUSES.get(nth));
    match pause {
        Some(pause) => Verdict::Again(now.after(*pause + *pause / 5 * u32::from(dice) / 255)),
        None => Verdict::Dead,
    }
}

/// `Retry-After`: seconds, or a date.
fn wished(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    let at = Timestamp::from_millis(date.timestamp().as_millisecond());
    Some(at.since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    fn pause(verdict: Verdict) -> u64 {
        match verdict {
            Verdict::Again(at) => at.since(NOW).as_secs(),
            other => panic!("{other:?}"),
        }
    }

    fn answer(status: u16, retry_after: Option<&str>) -> Result<WebhookAnswer, WebhookFault> {
        Ok(WebhookAnswer {
            status,
            retry_after: retry_after.map(str::to_owned),
        })
    }

    #[test]
    fn the_pauses_are_those_of_the_docs_and_then_it_is_a_dead_letter() {
        let hours = 3600;
        let wanted = [
            5,
            60,
            300,
            1800,
            2 * hours,
            5 * hours,
            10 * hours,
            24 * hours,
            48 * hours,
        ];
        for (tries, wanted) in (0..).zip(wanted) {
            assert_eq!(pause(again(tries, NOW, 0)), wanted);
            assert_eq!(pause(again(tries, NOW, 255)), wanted + wanted / 5);
        }
        assert_eq!(again(9, NOW, 0), Verdict::Dead);
        assert_eq!(again(u32::MAX, NOW, 0), Verdict::Dead);
    }

    #[test]
    fn only_a_2xx_is_a_yes_and_410_is_a_no_for_good() {
        for status in [200, 201, 202, 204, 299] {
            let judged = judge(&answer(status, None), 0, NOW, 0);
            assert_eq!(judged, (None, Verdict::Delivered), "{status}");
        }
        assert_eq!(
            judge(&answer(410, None), 0, NOW, 0),
            (Some("gone"), Verdict::Dead)
        );
        for (status, code) in [
            (199, "http_status"),
            (301, "redirected"),
            (307, "redirected"),
            (404, "http_status"),
            (500, "http_status"),
        ] {
            let (error, verdict) = judge(&answer(status, None), 0, NOW, 0);
            assert_eq!((error, pause(verdict)), (Some(code), 5), "{status}");
        }
        let (error, verdict) = judge(&Err(WebhookFault::TimedOut), 1, NOW, 0);
        assert_eq!((error, pause(verdict)), (Some("timed_out"), 60));
    }

    #[test]
    fn a_receiver_may_ask_for_a_longer_pause_within_bounds() {
        let paused = |wish: &str| pause(judge(&answer(503, Some(wish)), 0, NOW, 0).1);
        assert_eq!(paused("120"), 120);
        assert_eq!(paused("1"), 5, "not for a shorter one");
        assert_eq!(paused("99999999999"), 24 * 3600);
        assert_eq!(paused("-5"), 5);
        assert_eq!(paused("soon"), 5);
        assert_eq!(paused("Wed, 18 Nov 2026 11:08:40 GMT"), 120);
        assert_eq!(paused("Wed, 18 Nov 2020 11:08:40 GMT"), 5);
        let (_, last) = judge(&answer(503, Some("60")), 9, NOW, 0);
        assert_eq!(last, Verdict::Dead, "nor for one more try");
    }
}
