//! The browser half of paypair, compiled to WebAssembly and shipped inside the npm package `paypair`.
//!
//! It does: take a payment through the window that the launcher opened in the click; listen to that window and
//! nobody else; ask the merchant's verifier what became of it; report one outcome, once. It does not: hold a key,
//! believe a browser, or say `paid` before the server did.
//!
//! - [`flow`] decides, as a pure machine that runs and is tested anywhere;
//! - [`fields`], [`object`] and [`result`] read and write what pages and Payple's window exchange, by the tables of
//!   [`paypair_protocol`];
//! - `browser` (wasm only) performs what the flow decides.
//!
//! The crate is built twice: with the feature `full` for the typed API, and without it for `cpay.js`, the drop-in
//! for Payple's own script. The two export different functions, so that neither page downloads the other's code.
//!
//! ```
//! use paypair_checkout::flow::{Ask, Command, Event, Flow, Word};
//! use paypair_protocol::Status;
//!
//! let (mut flow, first) = Flow::start(true);
//! assert_eq!(first, [Command::Ask(Ask::Prepare)]);
//! flow.step(Event::Prepared);
//! flow.step(Event::ResultArrived);
//! let paid = Word { status: Status::Paid, is_final: true };
//! let end = flow.step(Event::Answered(Ask::Result, paid));
//! assert_eq!(end.last(), Some(&Command::Settle(Status::Paid)));
//! ```

#![cfg_attr(all(target_arch = "wasm32", not(feature = "full")), no_std)]

extern crate alloc;

pub mod fields;
pub mod flow;
pub mod object;
#[cfg(feature = "full")]
pub mod outcome;
pub mod result;

#[cfg(target_arch = "wasm32")]
pub mod browser;

/// Without `std` a panic carries no words: printing them would be a tenth of the drop-in's wasm, and nobody reads them.
#[cfg(all(target_arch = "wasm32", not(feature = "full")))]
#[panic_handler]
fn stop(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// A free list is two kilobytes of download less than the default; the heap here is a few strings.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: lol_alloc::LockedAllocator<lol_alloc::FreeListAllocator> =
    lol_alloc::LockedAllocator::new(lol_alloc::FreeListAllocator::new());
