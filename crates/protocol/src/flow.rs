//! What kind of payment is asked for.

use alloc::string::String;
use core::str::FromStr;

use crate::Error;

/// What the payment window is opened for (Payple: `PCD_PAY_WORK`, 결제요청 방식).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "server",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Work {
    /// `CERT`: the buyer authenticates, the merchant's server confirms, then money moves.
    #[default]
    ConfirmThenPay,
    /// `PAY`: money moves in the window.
    PayNow,
    /// `AUTH`: a card is registered, no money moves.
    Register,
}

impl Work {
    /// The stable name: `confirm_then_pay`, `pay_now`, `register`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConfirmThenPay => "confirm_then_pay",
            Self::PayNow => "pay_now",
            Self::Register => "register",
        }
    }

    /// Payple's word.
    #[must_use]
    pub const fn to_wire(self) -> &'static str {
        match self {
            Self::ConfirmThenPay => "CERT",
            Self::PayNow => "PAY",
            Self::Register => "AUTH",
        }
    }
}

impl FromStr for Work {
    type Err = Error;

    /// Reads our name or Payple's; the manual's text also calls registering `AUTHREG`.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text == "AUTHREG" {
            return Ok(Self::Register);
        }
        [Self::ConfirmThenPay, Self::PayNow, Self::Register]
            .into_iter()
            .find(|work| work.as_str() == text || work.to_wire() == text)
            .ok_or(Error::NameUnknown)
    }
}

/// How the card is entered (Payple: `PCD_CARD_VER`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "server",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum CardFlow {
    /// `01`: card number, kept as a billing key (정기).
    Recurring,
    /// `02`: the issuer's app card, once (일반).
    OneTime,
}

impl CardFlow {
    /// The stable name: `recurring`, `one_time`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recurring => "recurring",
            Self::OneTime => "one_time",
        }
    }

    /// Payple's word.
    #[must_use]
    pub const fn to_wire(self) -> &'static str {
        match self {
            Self::Recurring => "01",
            Self::OneTime => "02",
        }
    }
}

impl FromStr for CardFlow {
    type Err = Error;

    /// Reads our name or Payple's.
    fn from_str(text: &str) -> Result<Self, Error> {
        [Self::Recurring, Self::OneTime]
            .into_iter()
            .find(|flow| flow.as_str() == text || flow.to_wire() == text)
            .ok_or(Error::NameUnknown)
    }
}

/// A payment method in the gateway's own word (`card`, `creditcard`, `PLCreditCard`, ..). An open set: unknown text is kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "server",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct Method(String);

impl Method {
    /// Takes the gateway's word as it is.
    pub fn new(word: impl Into<String>) -> Self {
        Self(word.into())
    }

    /// The gateway's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Display for Method {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Method {
    fn from(word: &str) -> Self {
        Self(word.into())
    }
}

impl From<String> for Method {
    fn from(word: String) -> Self {
        Self(word)
    }
}
