//! Who may come in, and with what: bearer token for servers, client secret and origin for pages, addresses behind proxies.

mod bearer;
mod client_ip;
mod idempotency_key;
mod origin;
mod pace;
mod seals;
mod strangers;
mod ticket;

pub(crate) use bearer::{same_secret, token_of};
pub use client_ip::client_ip;
pub(crate) use idempotency_key::idempotency_key;
pub(crate) use origin::{Door, origin_of, page_origin};
pub(crate) use pace::{Because, MANY, PAUSE, Pace, Paces};
pub(crate) use seals::{callback_seal, draw_seed};
pub(crate) use strangers::{Ask, Caller, Strangers};
pub(crate) use ticket::draw_ticket;
