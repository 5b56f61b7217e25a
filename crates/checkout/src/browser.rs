//! What touches the page: performs the commands of [`crate::flow`] and reports what happened.
//!
//! The launcher has opened the window before any of this was loaded; `js::View` is its handle.

mod driver;
mod ears;
mod http;
mod js;
mod trouble;

#[cfg(not(feature = "full"))]
mod drop_in;
#[cfg(feature = "full")]
mod typed;

#[cfg(not(feature = "full"))]
pub use drop_in::{drop_in, page_object};
#[cfg(feature = "full")]
pub use typed::{pay, payple_object, resume};
