//! Addresses in settings. As [`Url`] reads itself; but its error shows what stands there, and a path or a query may hold a token.

use serde::{Deserialize, Deserializer, de::Error as _};
use url::Url;

pub(super) fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    Url::parse(&text).map_err(|error| {
        D::Error::custom(format_args!(
            "write an address like https://shop.example/pay: {error}"
        ))
    })
}

pub(super) fn some_address<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Url>, D::Error> {
    address(deserializer).map(Some)
}
