//! What the gateways say: messages, field tables, validation, hashes, errors.
#![cfg_attr(not(any(feature = "server", test)), no_std)]

extern crate alloc;

mod amount;
mod card;
mod currency;
mod error;
mod field;
mod flow;
mod gateway;
pub mod locale;
pub mod payple;
mod shape;
mod text;

#[cfg(feature = "server")]
mod call;
#[cfg(feature = "server")]
mod env;
#[cfg(feature = "server")]
pub mod hash;
#[cfg(feature = "server")]
pub mod payletter;
#[cfg(feature = "server")]
pub mod payletter_global;
#[cfg(feature = "server")]
pub mod proof;
#[cfg(feature = "server")]
mod secret;
#[cfg(feature = "server")]
mod session;
#[cfg(feature = "server")]
pub mod wire;

pub use amount::Money;
pub use card::CardNumber;
pub use currency::Currency;
pub use error::{Error, Fault};
pub use field::{Ban, Field, Kind, Need, Table, Values, When};
pub use flow::{CardFlow, Method, Work};
pub use gateway::Gateway;
pub use locale::Locale;

#[cfg(feature = "server")]
pub use call::CallError;
#[cfg(feature = "server")]
pub use env::Env;
#[cfg(feature = "server")]
pub use secret::Secret;
#[cfg(feature = "server")]
pub use session::Session;
#[cfg(feature = "server")]
pub use url::Url;
