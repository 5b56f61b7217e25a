//! Currencies, as three letters and the decimals the gateways use for them.

use core::str::FromStr;

use crate::Error;

/// An ISO 4217 code. The set is open: the gateway decides what it sells in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "server",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "alloc::string::String", into = "alloc::string::String")
)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Korean won.
    pub const KRW: Self = Self(*b"KRW");
    /// United States dollar.
    pub const USD: Self = Self(*b"USD");
    /// Japanese yen.
    pub const JPY: Self = Self(*b"JPY");

    /// Reads three capital letters.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match *text.as_bytes() {
            [a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) => Ok(Self([a, b, c])),
            _ => Err(Error::CurrencyMalformed),
        }
    }

    /// Digits after the point. From the manual ("KRW, JPY, VND는 정수, 이외 소수점 둘째 자리"), not from ISO tables.
    #[must_use]
    pub const fn decimals(self) -> u32 {
        match &self.0 {
            b"KRW" | b"JPY" | b"VND" => 0,
            _ => 2,
        }
    }

    /// The three letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Always ASCII: `parse` lets nothing else in.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Default for Currency {
    fn default() -> Self {
        Self::KRW
    }
}

impl core::fmt::Display for Currency {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl core::fmt::Debug for Currency {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Currency {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

#[cfg(feature = "server")]
impl TryFrom<alloc::string::String> for Currency {
    type Error = Error;

    fn try_from(text: alloc::string::String) -> Result<Self, Error> {
        Self::parse(&text)
    }
}

#[cfg(feature = "server")]
impl From<Currency> for alloc::string::String {
    fn from(currency: Currency) -> Self {
        currency.as_str().into()
    }
}
