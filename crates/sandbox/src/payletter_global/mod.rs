//! Payletter Global (GPOQ): payment/request, the payment window, the notification, and the server calls behind it.

pub(crate) mod calls;
pub(crate) mod core;
pub(crate) mod http;
mod messages;
pub(crate) mod pages;
mod request;
pub(crate) mod window;
