//! Payple (payple.kr). Amounts are won. Nothing is signed: a window result is only a hint, and the truth comes from
//! [`Confirm`], [`Lookup`] and [`PayerLookup`].

pub mod codes;
mod notify;
mod pay;

#[cfg(feature = "server")]
mod answer;
#[cfg(feature = "server")]
mod auth;
#[cfg(feature = "server")]
mod confirm;
#[cfg(feature = "server")]
mod hosts;
#[cfg(feature = "server")]
mod lookup;
#[cfg(feature = "server")]
mod payer;
#[cfg(feature = "server")]
mod refund;

pub use notify::{Outcome, keys};
pub use pay::Window;

#[cfg(feature = "server")]
pub use answer::Payment;
#[cfg(feature = "server")]
pub use auth::{Auth, AuthAnswer, Purpose, Tokens};
#[cfg(feature = "server")]
pub use confirm::Confirm;
#[cfg(feature = "server")]
pub use hosts::Hosts;
#[cfg(feature = "server")]
pub use lookup::{Absent, Lookup, LookupAnswer};
#[cfg(feature = "server")]
pub use notify::WindowResult;
#[cfg(feature = "server")]
pub use payer::{Payer, PayerLookup};
#[cfg(feature = "server")]
pub use refund::{Refund, Refunded};
