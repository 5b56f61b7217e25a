//! Payletter domestic (PayoneQ). Amounts are won. The callback is signed; the return to the browser only says what to
//! look up.

mod charge;
pub mod codes;
mod hosts;
mod lookup;
mod notify;
mod pay;
mod receipt;
mod receipt_page;
mod refund;
mod returned;

pub use crate::session::Session;
pub use charge::{Charge, Charged};
pub use hosts::Hosts;
pub use lookup::{
    DateType, PaymentStatus, Status, StatusAnswer, Transaction, TransactionList, TransactionStatus,
    Transactions,
};
pub use notify::{ACK, Callback, nack};
pub use pay::{Expiry, InApp, PaymentRequest};
pub use receipt::{CashReceipt, VirtualAccount};
pub use receipt_page::{CashReceiptIssue, CashReceiptPurpose, ReceiptInfo, ReceiptPage};
pub use refund::{Partial, Refund, Refunded};
pub use returned::{Registration, Return};
