//! What the merchant's own servers ask for, under the bearer token: one file per thing of theirs.

mod billing_keys;
mod charges;
mod lookup;
mod orders;
mod receipts;
mod refunds;
mod reports;
mod show;
mod subscriptions;

pub(crate) use orders::body;
pub use orders::{NewCustomer, NewOrder, Registration};
