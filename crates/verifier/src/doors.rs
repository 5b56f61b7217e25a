//! Who may come in, and with what: bearer token for servers, client secret and origin for pages, addresses behind proxies.

mod bearer;
mod client_ip;
mod origin;
mod ticket;

pub(crate) use bearer::{same_secret, token_of};
pub(crate) use client_ip::client_ip;
pub(crate) use origin::{Door, origin_of, page_origin};
pub(crate) use ticket::draw_ticket;
