//! Which gateway a message belongs to.

use core::str::FromStr;

use crate::Error;

/// A payment gateway this kit speaks with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "server",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Gateway {
    /// Payple (payple.kr): cards and transfers in won, confirmed by the merchant's server.
    Payple,
    /// Payletter domestic (PayoneQ): won only, signed callback.
    Payletter,
    /// Payletter Global (GPOQ): many currencies, signed notification.
    PayletterGlobal,
}

impl Gateway {
    /// Every gateway, in the order in which documents list them.
    pub const ALL: [Self; 3] = [Self::Payple, Self::Payletter, Self::PayletterGlobal];

    /// The stable name: `payple`, `payletter`, `payletter_global`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Payple => "payple",
            Self::Payletter => "payletter",
            Self::PayletterGlobal => "payletter_global",
        }
    }

    /// How many characters an order id may have at this gateway.
    ///
    /// Payple: 30 (today's documents; the 2020 manual still says 255). Payletter: 40. Global: 128.
    #[must_use]
    pub const fn order_id_max(self) -> usize {
        match self {
            Self::Payple => 30,
            Self::Payletter => 40,
            Self::PayletterGlobal => 128,
        }
    }
}

impl core::fmt::Display for Gateway {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Gateway {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|gateway| gateway.as_str() == text)
            .ok_or(Error::NameUnknown)
    }
}
