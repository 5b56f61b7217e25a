//! Payletter Global (GPOQ). Many currencies. The notification is signed; refunds, chargebacks and renewals come the same
//! way and need the sales list besides, because the hash does not cover what a notification is about.

mod charge;
pub mod codes;
mod hosts;
mod lookup;
mod notify;
mod pay;
mod refund;
mod returned;
mod settlement;
mod subscription;

pub use crate::session::Session;
pub use charge::{Charge, Charged};
pub use hosts::Hosts;
pub use lookup::{Sale, SaleStatus, Sales, SalesList, Search};
pub use notify::{ACK, NACK, Notice, NoticeEvent, NoticeForm, Subscribed};
pub use pay::{BillingAddress, Interval, Ispp, PaymentRequest, Paypal};
pub use refund::{Refund, Refunded};
pub use returned::Return;
pub use settlement::{
    Figure, Settlement, SettlementBy, SettlementCurrency, SettlementList, SettlementState,
    Settlements,
};
pub use subscription::{SubscriptionCancel, SubscriptionCancelled};
