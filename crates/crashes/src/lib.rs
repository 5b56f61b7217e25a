//! Crashes as they happen in life: the power goes and takes with it what was not synced, the disk is full or read-only, the file is
//! locked. Under the real store, on real files.
//!
//! - [`vfs`] stands between SQLite and the operating system and tells a [`Disk`] of every write and sync. The disk says what would be
//!   left if the power went now.
//! - [`kills`] kills the real program while people pay, starts it again, and judges by the gateways' own money book.
//! - [`power`] takes and gives back payments, charges and deletes cards, thanks for callbacks, delivers webhooks and keeps answers over such a disk, cuts, opens
//!   what is left, goes on, and counts what was lost or doubled.

pub mod cards;
pub mod dice;
pub mod disk;
pub mod kills;
pub mod notices;
pub mod orders;
pub mod power;
pub mod vfs;

pub use disk::{Disk, Mood};
