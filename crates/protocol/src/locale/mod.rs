//! The sentences people read, one file per language.

use alloc::string::String;
use core::str::FromStr;

use crate::Error;

pub mod en;
pub mod ko;

/// A language there are sentences in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Locale {
    /// Korean.
    #[default]
    Ko,
    /// English.
    En,
}

impl Locale {
    /// The sentence for an error: what is wrong and what to do.
    #[must_use]
    pub fn message(self, error: &Error) -> String {
        match self {
            Self::Ko => ko::message(error),
            Self::En => en::message(error),
        }
    }
}

impl FromStr for Locale {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "ko" => Ok(Self::Ko),
            "en" => Ok(Self::En),
            _ => Err(Error::NameUnknown),
        }
    }
}
