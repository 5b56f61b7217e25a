//! What people type, checked before anything is sent.

use std::str::FromStr;

use clap::ValueEnum;
use jiff::civil::Date;
use paypair_protocol::{Currency, Gateway, Money, locale};

use crate::stop::Stop;

/// `payple`, `payletter`, `payletter_global`.
pub(crate) fn gateway(text: &str) -> Result<Gateway, String> {
    Gateway::from_str(text).map_err(|_| {
        let known: Vec<&str> = Gateway::ALL
            .iter()
            .map(|gateway| gateway.as_str())
            .collect();
        format!("the gateways are {}", known.join(", "))
    })
}

/// Three capital letters.
pub(crate) fn currency(text: &str) -> Result<Currency, String> {
    Currency::parse(text).map_err(|error| locale::en::message(&error))
}

/// A plain decimal of more than nothing, by the protocol's own rules.
pub(crate) fn amount(flag: &str, text: &str, currency: Currency) -> Result<Money, Stop> {
    let money = money(flag, text, currency)?;
    if money.is_zero() {
        return Err(Stop::Input(format!("{flag} {text}: more than nothing")));
    }
    Ok(money)
}

/// A plain decimal; nothing is allowed too (tax of an exempt payment).
pub(crate) fn money(flag: &str, text: &str, currency: Currency) -> Result<Money, Stop> {
    Money::parse(text, &currency).map_err(|error| {
        Stop::Input(format!(
            "{flag} {text}: {} ({currency})",
            locale::en::message(&error)
        ))
    })
}

/// `2026-11-21`, a day in Korea.
pub(crate) fn day(text: &str) -> Result<Date, String> {
    let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    text.parse()
        .ok()
        .filter(|_| plain)
        .ok_or_else(|| "a day in Korea is written YYYY-MM-DD, like 2026-11-21".to_owned())
}

/// `2026-11`.
pub(crate) fn month(text: &str) -> Result<Month, String> {
    let first = text
        .len()
        .eq(&7)
        .then(|| day(&format!("{text}-01")).ok())
        .flatten();
    first
        .map(|first| Month {
            year: first.year(),
            month: first.month(),
        })
        .ok_or_else(|| "a month is written YYYY-MM, like 2026-11".to_owned())
}

/// A calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Month {
    pub(crate) year: i16,
    pub(crate) month: i8,
}

/// An order id: what the most generous of the gateways takes. The server knows which gateway it is for.
pub(crate) fn order_id(text: &str) -> Result<String, String> {
    let most = Gateway::ALL
        .iter()
        .map(|gateway| gateway.order_id_max())
        .max()
        .unwrap_or_default();
    let graphic = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    // A path of one or two dots is another path.
    if !graphic || text.len() > most || text == "." || text == ".." {
        return Err(format!(
            "an order id is 1 to {most} letters, digits and signs, without spaces"
        ));
    }
    Ok(text.to_owned())
}

/// `bk_` and 32 hex digits: our name for a billing key. The key itself is a secret and has no place on a command line.
pub(crate) fn billing_key_id(text: &str) -> Result<String, String> {
    text.strip_prefix("bk_")
        .filter(|digits| {
            digits.len() == 32
                && digits
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        })
        .map(|_| text.to_owned())
        .ok_or_else(|| {
            "a billing key is named by its id, `bk_` and 32 hex digits; see `paypair billing-key list`"
                .to_owned()
        })
}

/// Text of at least one visible character.
pub(crate) fn words(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("this must not be empty".to_owned());
    }
    Ok(text.to_owned())
}

/// The word of a choice, as the API spells it.
pub(crate) fn word(value: impl ValueEnum) -> String {
    value
        .to_possible_value()
        .map(|value| value.get_name().to_owned())
        .unwrap_or_default()
}

/// A range of days, first to last.
pub(crate) fn range(from: Date, to: Date) -> Result<(Date, Date), Stop> {
    if from > to {
        return Err(Stop::Input(format!(
            "--from {from} is after --to {to}: name the earlier day first"
        )));
    }
    Ok((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_months_have_one_spelling() {
        assert_eq!(day("2026-11-21").unwrap().to_string(), "2026-11-21");
        for text in [
            "2026-11-31",
            "20261121",
            "2026-1-1",
            "21-11-2026",
            "today",
            "",
            "+026-11-2",
        ] {
            assert!(day(text).is_err(), "{text}");
        }
        assert_eq!(
            month("2026-11").unwrap(),
            Month {
                year: 2026,
                month: 11
            }
        );
        for text in ["2026-13", "2026-1", "11-2026", "2026-11-21", ""] {
            assert!(month(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ids_fit_into_a_path() {
        assert!(order_id("2026-000123").is_ok() && order_id("a/b?c#d%").is_ok());
        for text in ["", ".", "..", "a b", "주문", &"x".repeat(129)] {
            assert!(order_id(text).is_err(), "{text}");
        }
        assert!(billing_key_id(&format!("bk_{}", "0f".repeat(16))).is_ok());
        assert!(billing_key_id("NS9qNTgzU2xRNHR2RmFBWWFBTWk5UT09").is_err());
    }

    #[test]
    fn amounts_are_plain_and_more_than_nothing() {
        assert_eq!(
            amount("--amount", "12.5", Currency::USD).unwrap().to_wire(),
            "12.50"
        );
        for text in ["0", "1,000", "-1", "1e3", "12.5", "₩1000"] {
            assert!(amount("--amount", text, Currency::KRW).is_err(), "{text}");
        }
    }
}
