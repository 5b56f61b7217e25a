//! The run that `serve` makes by itself, once a day.

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use jiff::civil::Time;
use paypair_ledger::{Store, Timestamp};

use super::NewReconciliation;
use crate::{ApiError, Verifier, days::begin_of, environment::Environment, network::Network};

/// How long it sleeps at most before it looks at the clock again: clocks are put right while one sleeps.
const NAP: Duration = Duration::from_secs(1);

/// A time of day in Korea.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KoreanTime(Time);

impl KoreanTime {
    /// The next such moment after this one.
    fn after(self, now: Timestamp) -> Timestamp {
        let today = now.kst_date();
        let days = [today, today.tomorrow().unwrap_or(today)];
        let moments = days.map(|day| {
            let since = self.0.duration_since(Time::midnight());
            begin_of(day).after(since.unsigned_abs())
        });
        let [first, second] = moments;
        if first > now { first } else { second }
    }
}

impl FromStr for KoreanTime {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let plain = text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit() || b == b':');
        let time = Time::strptime("%H:%M", text).map_err(|_| ())?;
        plain.then_some(Self(time)).ok_or(())
    }
}

impl fmt::Display for KoreanTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%H:%M"))
    }
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Starts the daily run, if one is configured. It stops when the last clone of the verifier is dropped.
    pub(crate) fn reconcile_daily(&self) {
        let daily = self.config().reconciliation.as_ref();
        let Some(at) = daily.and_then(|daily| daily.at.parse::<KoreanTime>().ok()) else {
            return;
        };
        let mut next = at.after(self.now());
        let parts = Arc::downgrade(self.parts());
        self.environment().spawn(Box::pin(async move {
            while let Some(parts) = parts.upgrade() {
                let this = Self::from_parts(parts);
                let now = this.now();
                if now >= next {
                    next = at.after(now);
                    match this.reconcile(NewReconciliation::default()).await {
                        Ok(_) | Err(ApiError::ReconciliationRunning) => {}
                        Err(error) => tracing::error!(%error, "the daily reconciliation failed"),
                    }
                }
                let left = next.since(this.now()).min(NAP);
                this.environment().sleep(left).await;
            }
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_morning_is_todays_or_tomorrows() {
        let at: KoreanTime = "05:00".parse().unwrap();
        let moment = |text: &str| {
            let at: jiff::Timestamp = text.parse().unwrap();
            Timestamp::from_millis(at.as_millisecond())
        };
        let night = moment("2026-11-21T04:59:59+09:00");
        let morning = moment("2026-11-21T05:00:00+09:00");
        assert_eq!(at.after(night), morning);
        assert_eq!(at.after(morning), moment("2026-11-22T05:00:00+09:00"));
        assert_eq!(at.to_string(), "05:00");
        for text in ["5:00", "24:00", "05:60", "0500", "05:00:00", "", "noon"] {
            assert!(text.parse::<KoreanTime>().is_err(), "{text}");
        }
    }
}
