//! Payletter Global (GPOQ): payment/request, the payment window, the notification, and the server calls behind it.

pub(crate) mod acts;
pub(crate) mod core;
pub(crate) mod http;
pub(crate) mod pages;
