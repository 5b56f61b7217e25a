//! Payple: auth.php, the payment window, and the server calls behind it.

pub(crate) mod bare;
pub(crate) mod calls;
pub(crate) mod cash_receipt;
pub(crate) mod charge;
pub(crate) mod core;
pub(crate) mod http;
pub(crate) mod link;
mod means;
pub(crate) mod messages;
pub(crate) mod pages;
pub(crate) mod payer;
pub(crate) mod refund;
mod request;
mod webhook;
pub(crate) mod window;
