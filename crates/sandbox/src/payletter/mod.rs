//! Payletter domestic (PayoneQ): payments/request, the payment window, the callback, and the server calls behind it.

pub(crate) mod acts;
pub(crate) mod core;
pub(crate) mod http;
pub(crate) mod pages;
