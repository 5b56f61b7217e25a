//! Keys change without a gap: the one before stays believed until a day that was said beforehand.

use jiff::{civil::Date, tz::TimeZone};
use paypair_ledger::Timestamp;
use paypair_protocol::Secret;
use serde::{Deserialize, Deserializer, de::Error as _};

use super::{Config, ConfigError};

/// Until when a previous key is believed: a moment (`2026-12-01T09:00:00+09:00`), or a day (`2026-12-01`) to its end in Korea.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Until(Timestamp);

impl Until {
    /// Until this moment.
    pub fn new(at: Timestamp) -> Self {
        Self(at)
    }

    /// The moment from which it is believed no more.
    pub fn at(self) -> Timestamp {
        self.0
    }

    fn read(text: &str) -> Option<Self> {
        let at = match text.parse::<Date>() {
            // A date and a time would be read as a date too, and its zone dropped.
            Ok(day) if text.len() == "2026-12-01".len() => {
                let seoul = TimeZone::fixed(jiff::tz::offset(9));
                let next = day.tomorrow().ok()?;
                next.to_zoned(seoul).ok()?.timestamp()
            }
            _ => text.parse::<jiff::Timestamp>().ok()?,
        };
        Some(Self(Timestamp::from_millis(at.as_millisecond())))
    }
}

impl<'de> Deserialize<'de> for Until {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).ok_or_else(|| {
            D::Error::custom("write a day or a moment: 2026-12-01, 2026-12-01T09:00:00+09:00")
        })
    }
}

/// A key, and the one before it while that is still believed.
#[derive(Clone, Copy)]
pub(crate) struct Accepted<'a> {
    current: &'a Secret,
    previous: Option<&'a Secret>,
}

impl<'a> Accepted<'a> {
    pub(crate) fn new(
        current: &'a Secret,
        previous: Option<&'a Secret>,
        until: Option<Until>,
        now: Timestamp,
    ) -> Self {
        Self {
            current,
            previous: previous.filter(|_| until.is_some_and(|until| now < until.at())),
        }
    }

    /// What the current key says; where that is no, what the previous one says.
    pub(crate) fn verify<T, E>(self, verify: impl Fn(&Secret) -> Result<T, E>) -> Result<T, E> {
        match (verify(self.current), self.previous) {
            (Err(why), Some(previous)) => verify(previous).map_err(|_| why),
            (said, _) => said,
        }
    }

    /// Each of them.
    pub(crate) fn each(self) -> impl Iterator<Item = &'a Secret> {
        std::iter::once(self.current).chain(self.previous)
    }
}

/// A previous key as it stands in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousKey {
    /// Its field, as written in the file.
    pub field: &'static str,
    /// Until when it is believed.
    pub until: Timestamp,
}

impl Config {
    /// Every previous key with its end.
    pub fn previous_keys(&self) -> Vec<PreviousKey> {
        let ended = |pair: Pair<'_>| {
            Some(PreviousKey {
                field: pair.field,
                until: pair.until?.at(),
            })
        };
        self.pairs().into_iter().filter_map(ended).collect()
    }

    /// A previous key needs its end, and an end its key; a key is not its own successor.
    pub(super) fn check_rotation(&self) -> Result<(), ConfigError> {
        for pair in self.pairs() {
            let problem = match (pair.previous, pair.until) {
                (None, None) => continue,
                (Some(_), None) => "say until when it is believed",
                (None, Some(_)) => "there is no previous key that this could end; remove it",
                (Some(previous), Some(_)) if previous.expose() == pair.current.expose() => {
                    "this is the present key; write the one before it, or remove it"
                }
                (Some(previous), Some(_)) if previous.expose().trim().is_empty() => {
                    "it is empty; remove it"
                }
                (Some(_), Some(_)) => continue,
            };
            let ending = if pair.previous.is_some() == pair.until.is_some() {
                ""
            } else {
                "_until"
            };
            return super::check::invalid(&format!("{}{ending}", pair.field), problem);
        }
        Ok(())
    }

    fn pairs(&self) -> Vec<Pair<'_>> {
        let mut pairs = vec![Pair {
            field: "previous_merchant_token",
            current: &self.merchant_token,
            previous: self.previous_merchant_token.as_ref(),
            until: self.previous_merchant_token_until,
        }];
        for client in self.payletter.iter().flat_map(|it| &it.clients) {
            pairs.push(Pair {
                field: "payletter.clients.previous_payment_key",
                current: &client.payment_key,
                previous: client.previous_payment_key.as_ref(),
                until: client.previous_payment_key_until,
            });
        }
        if let Some(global) = &self.payletter_global {
            pairs.push(Pair {
                field: "payletter_global.previous_api_key",
                current: &global.api_key,
                previous: global.previous_api_key.as_ref(),
                until: global.previous_api_key_until,
            });
        }
        if let Some(webhook) = &self.webhook {
            pairs.push(Pair {
                field: "webhook.previous_secret",
                current: &webhook.secret,
                previous: webhook.previous_secret.as_ref(),
                until: webhook.previous_secret_until,
            });
        }
        pairs
    }
}

struct Pair<'a> {
    field: &'static str,
    current: &'a Secret,
    previous: Option<&'a Secret>,
    until: Option<Until>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(text: &str) -> Option<i64> {
        Until::read(text).map(|until| until.at().millis())
    }

    #[test]
    fn a_day_ends_in_korea_and_a_moment_is_what_it_says() {
        let moment = millis("2026-12-02T00:00:00+09:00");
        assert!(moment.is_some());
        assert_eq!(millis("2026-12-01"), moment);
        assert_eq!(millis("2026-12-01T15:00:00Z"), moment);
        for text in [
            "",
            "tomorrow",
            "2026-13-01",
            "2026-12-01T09:00:00",
            "20261201",
        ] {
            assert_eq!(millis(text), None, "{text}");
        }
    }

    #[test]
    fn a_previous_key_is_believed_to_its_end() {
        let keys = [Secret::new("new"), Secret::new("old")];
        let until = Until::read("2026-12-01");
        let end = until.unwrap().at().millis();
        let believed = |key: &str, now: i64| {
            let now = Timestamp::from_millis(now);
            let accepted = Accepted::new(&keys[0], Some(&keys[1]), until, now);
            let same = |known: &Secret| (known.expose() == key).then_some(()).ok_or(());
            accepted.verify(same).is_ok()
        };
        assert!(believed("new", end - 1) && believed("new", end));
        assert!(believed("old", end - 1) && !believed("old", end));
        assert!(!believed("other", end - 1));
    }
}
