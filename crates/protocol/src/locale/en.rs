//! English sentences.

use alloc::{borrow::ToOwned, string::String};

use crate::{Error, text::digits};

/// What is wrong and what to do about it.
#[must_use]
pub fn message(error: &Error) -> String {
    match error {
        Error::FieldMissing { field } => [field, " is missing; send a value."].concat(),
        Error::FieldTooLong { field, max } => [
            field,
            " is too long; use at most ",
            &digits((*max).into()),
            " characters.",
        ]
        .concat(),
        Error::FieldTooShort { field, min } => [
            field,
            " is too short; use at least ",
            &digits((*min).into()),
            " characters.",
        ]
        .concat(),
        Error::FieldNotDigits { field } => [field, " takes only the digits 0 to 9."].concat(),
        Error::FieldNotAllowed { field } => [
            field,
            " has a value the gateway does not know; see the field table.",
        ]
        .concat(),
        Error::FieldForbiddenCharacter { field } => {
            [field, " has a character the gateway refuses; remove it."].concat()
        }
        Error::FieldHasEmoji { field } => [
            field,
            " has an emoji, which card companies refuse; remove it.",
        ]
        .concat(),
        Error::FieldNotAscii { field } => [
            field,
            " takes only English letters, digits and signs; use another identifier.",
        ]
        .concat(),
        Error::FieldNotDate { field } => [field, " is not a date; write YYYYMMDD."].concat(),
        Error::FieldNotTime { field } => [field, " is not a time; write HHMM."].concat(),
        Error::FieldNotUrl { field } => {
            [field, " is not an absolute URL; start it with https://."].concat()
        }
        Error::FieldNotEmail { field } => {
            [field, " is not an e-mail address; correct it."].concat()
        }
        Error::FieldNotIp { field } => [field, " is not an IP address; correct it."].concat(),
        #[cfg(feature = "server")]
        Error::FieldNotForMethod { field } => [
            field,
            " cannot be used with this method; choose another method or leave it out.",
        ]
        .concat(),
        #[cfg(feature = "server")]
        Error::FieldOutOfRange { field, min, max } => [
            field,
            " is out of range; use ",
            &digits((*min).into()),
            " to ",
            &digits((*max).into()),
            ".",
        ]
        .concat(),
        Error::FieldDuplicated { field } => {
            [field, " stands twice in a signed message; do not trust it."].concat()
        }
        Error::NameUnknown => "This name is not known; check its spelling.".to_owned(),
        Error::SecretInPage => {
            "The page carries a server key; take it out of the page and keep it on the server."
                .to_owned()
        }
        Error::AmountMalformed => {
            "The amount is not a plain number; send digits without sign or commas.".to_owned()
        }
        Error::AmountTooLarge => "The amount is too large; check it.".to_owned(),
        Error::AmountTooPrecise { decimals } => [
            "The amount has too many decimals; the currency takes ",
            &digits((*decimals).into()),
            ".",
        ]
        .concat(),
        Error::AmountTooSmall { min } => {
            ["The amount is too small; the least is ", &digits(*min), "."].concat()
        }
        Error::CurrencyMalformed => {
            "The currency is not three capital letters, like KRW.".to_owned()
        }
        Error::BodyMalformed => "The body cannot be read; send a form or JSON.".to_owned(),
        Error::HashMissing => "The message has no hash; do not trust it.".to_owned(),
        Error::HashMismatch => {
            "The hash does not match; check the key, and do not trust the message.".to_owned()
        }
        Error::UrlMalformed => "This is not a URL; check it.".to_owned(),
        Error::UrlNotAllowed => {
            "This URL is not one of the gateway's; nothing was sent to it.".to_owned()
        }
        Error::SandboxNotLocal => {
            "A sandbox must run on this machine; use a localhost address.".to_owned()
        }
    }
}
