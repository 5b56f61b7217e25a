//! Payletter domestic (PayoneQ): payments/request, the payment window, the callback, and the server calls behind it.

pub(crate) mod bare;
pub(crate) mod calls;
pub(crate) mod charge;
mod client;
pub(crate) mod core;
pub(crate) mod http;
mod messages;
pub(crate) mod pages;
pub(crate) mod receipt;
pub(crate) mod refund;
mod request;
pub(crate) mod window;
