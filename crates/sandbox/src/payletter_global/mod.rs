//! Payletter Global (GPOQ): payment/request, the payment window, the notification, and the server calls behind it.

pub(crate) mod acts;
pub(crate) mod bare;
pub(crate) mod calls;
pub(crate) mod core;
pub(crate) mod http;
mod messages;
pub(crate) mod pages;
pub(crate) mod recurring;
pub(crate) mod refund;
mod request;
pub(crate) mod settlement;
pub(crate) mod window;
