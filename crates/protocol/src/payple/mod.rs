//! Payple (payple.kr). Amounts are won. Nothing is signed: a window result is only a hint, and the truth comes from
//! [`Confirm`], [`Lookup`] and [`PayerLookup`].

pub mod codes;
mod notify;
mod pay;

#[cfg(feature = "server")]
mod answer;
#[cfg(feature = "server")]
mod auth;
#[cfg(feature = "server")]
mod cash_receipt;
#[cfg(feature = "server")]
mod charge;
#[cfg(feature = "server")]
mod code_table;
#[cfg(feature = "server")]
mod confirm;
#[cfg(feature = "server")]
mod hosts;
#[cfg(feature = "server")]
mod link;
#[cfg(feature = "server")]
mod lookup;
#[cfg(feature = "server")]
mod payer;
#[cfg(feature = "server")]
mod refund;
#[cfg(feature = "server")]
mod transfer;
#[cfg(feature = "server")]
mod webhook;

pub use notify::{Outcome, keys};
pub use pay::Window;

#[cfg(feature = "server")]
pub use answer::Payment;
#[cfg(feature = "server")]
pub use auth::{Auth, AuthAnswer, Purpose, Tokens};
#[cfg(feature = "server")]
pub use cash_receipt::{CashReceipt, CashReceiptDone, TradeUse};
#[cfg(feature = "server")]
pub use charge::{Charge, Repeat};
#[cfg(feature = "server")]
pub use confirm::Confirm;
#[cfg(feature = "server")]
pub use hosts::Hosts;
#[cfg(feature = "server")]
pub use link::{Link, LinkRequest};
#[cfg(feature = "server")]
pub use lookup::{Absent, Lookup, LookupAnswer};
#[cfg(feature = "server")]
pub use notify::WindowResult;
#[cfg(feature = "server")]
pub use payer::{Payer, PayerDelete, PayerDeleted, PayerLookup};
#[cfg(feature = "server")]
pub use refund::{Refund, Refunded};
#[cfg(feature = "server")]
pub use transfer::{BankAccount, ReceiptOrder, TransferCharge, TransferReceipt};
#[cfg(feature = "server")]
pub use webhook::Webhook;
