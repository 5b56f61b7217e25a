//! The run that `serve` makes by itself, once a day; and again an hour later over the books that could not be read.

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use jiff::civil::{Date, Time};
use paypair_ledger::{Reason, Store, Timestamp};
use paypair_protocol::payletter_global::codes::is_access;

use super::{
    BooksCompared, BooksState, NewReconciliation,
    reach::{DAYS_MISSING, last_whole},
    run::Identity,
};
use crate::{ApiError, Verifier, days::begin_of, environment::Environment, network::Network};

/// How long it sleeps at most before it looks at the clock again: clocks are put right while one sleeps.
const NAP: Duration = Duration::from_secs(1);

/// How long after a run the books are tried again that could not be read.
const AGAIN: Duration = Duration::from_secs(60 * 60);

/// Why books could not be read which no later try of the same day changes: somebody has to do something first.
const FOR_GOOD: [&str; 4] = [
    "sales_list_not_permitted",
    "search_key_missing",
    "not_configured",
    DAYS_MISSING,
];

/// Whose books the next run is over.
enum Turn {
    /// Everybody's.
    Daily,
    /// Those that no run of today compared as yet: the process began after the hour.
    Late,
    /// Those that could not be read.
    Again(Vec<Identity>),
}

/// A time of day in Korea.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KoreanTime(Time);

impl KoreanTime {
    /// Such a moment of this day.
    fn on(self, day: Date) -> Timestamp {
        let since = self.0.duration_since(Time::midnight());
        begin_of(day).after(since.unsigned_abs())
    }

    /// The next such moment after this one.
    fn after(self, now: Timestamp) -> Timestamp {
        let today = now.kst_date();
        let first = self.on(today);
        if first > now {
            first
        } else {
            self.on(today.tomorrow().unwrap_or(today))
        }
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
        let began = self.now();
        let (mut next, mut turn) = match at.on(began.kst_date()) <= began {
            true => (began, Turn::Late),
            false => (at.after(began), Turn::Daily),
        };
        let parts = Arc::downgrade(self.parts());
        self.environment().spawn(Box::pin(async move {
            while let Some(parts) = parts.upgrade() {
                let this = Self::from_parts(parts);
                let now = this.now();
                if now >= next {
                    let left = this.take_turn(turn).await;
                    let (morning, again) = (at.after(now), this.now().after(AGAIN));
                    (next, turn) = match left.is_empty() || again >= morning {
                        true => (morning, Turn::Daily),
                        false => (again, Turn::Again(left)),
                    };
                }
                let left = next.since(this.now()).min(NAP);
                this.environment().sleep(left).await;
            }
        }));
    }

    /// Makes a run. Answers whose books it could not read and another may.
    async fn take_turn(&self, turn: Turn) -> Vec<Identity> {
        let all = || self.identities(None).unwrap_or_default();
        let whose = match turn {
            Turn::Daily => all(),
            Turn::Late => self.not_compared_today(all()).await,
            Turn::Again(whose) => whose,
        };
        if whose.is_empty() {
            return whose;
        }
        let usual = NewReconciliation::default();
        match self.reconcile_these(&usual, &whose).await {
            Ok(run) => {
                let left = run.books.into_iter().filter(may_be_read_later);
                left.map(|books| (books.gateway, books.client_id)).collect()
            }
            Err(ApiError::ReconciliationRunning) => {
                tracing::warn!("another reconciliation is running; the daily one follows later");
                whose
            }
            Err(error) => {
                tracing::error!(%error, "the daily reconciliation failed");
                whose
            }
        }
    }

    /// Those of which no run of today is known that read everything.
    async fn not_compared_today(&self, all: Vec<Identity>) -> Vec<Identity> {
        let whole = last_whole(self.now(), self.lag());
        let mut left = Vec::new();
        for (gateway, id) in all {
            let known = self.store().days_compared(gateway, &id).await;
            if !matches!(known, Ok(Some(known)) if known.upto >= whole) {
                left.push((gateway, id));
            }
        }
        left
    }
}

fn may_be_read_later(books: &BooksCompared) -> bool {
    let for_good = |why: &Reason| FOR_GOOD.contains(&&*why.code) || is_refused_for_good(why);
    books.state != BooksState::Looked && !books.reason.as_ref().is_some_and(for_good)
}

/// The settlement list alone is not ours to read: key or address must be seen to first.
fn is_refused_for_good(why: &Reason) -> bool {
    let code = why.gateway_code.as_deref();
    why.code == "settlement_unread" && code.is_some_and(is_access)
}

#[cfg(test)]
mod tests {
    use paypair_protocol::Gateway;

    use super::*;

    #[test]
    fn only_what_another_try_may_change_is_tried_again() {
        let again = |reason: Reason| {
            let mut books = BooksCompared::waiting(Gateway::PayletterGlobal, "PL_Merchant");
            (books.state, books.reason) = (BooksState::Unavailable, Some(reason));
            may_be_read_later(&books)
        };
        assert!(again(Reason::new("no_answer")));
        assert!(!again(Reason::new("sales_list_not_permitted")));
        // The settlement list was not reached, broke down, or is not ours to read.
        assert!(again(Reason::new("settlement_unread")));
        let refused = |code: &str| Reason::new("settlement_unread").said(code, "?");
        assert!(again(refused("999")));
        assert!(!again(refused("998")) && !again(refused("993")));
    }

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
