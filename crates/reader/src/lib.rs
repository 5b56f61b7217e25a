//! The gateways' rules for servers written in JavaScript: the entry `paypair/server` of the npm package.
//!
//! It does: check what a server is about to send, read what a browser brought back, and verify what a gateway signed,
//! all by the code of [`paypair_protocol`], so that there is no second set of rules in JavaScript. It does not: ask a
//! gateway anything, keep a key, or decide whether an order is paid; that is the verifier's (`paypair serve`).
//!
//! Every function answers with fields under our names, written as JSON for the other side of the wasm border.
//!
//! ```
//! use paypair_protocol::Gateway;
//! use paypair_reader::check;
//!
//! let faults = check(Gateway::Payple, br#"{"method":"card","work":"pay_now","amount":"50","productName":"cup"}"#)?;
//! assert_eq!(faults[0].error.code(), "amount_too_small");
//! # Ok::<(), paypair_protocol::Error>(())
//! ```

mod check;
mod returned;
mod signed;
#[cfg_attr(
    not(target_arch = "wasm32"),
    allow(dead_code, reason = "the exports use all of it")
)]
mod write;

#[cfg(target_arch = "wasm32")]
pub mod exports;

pub use check::{Wrong, check};
pub use returned::read_return;
pub use signed::{read_callback, read_notice, read_registration};
