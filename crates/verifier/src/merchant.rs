//! What the merchant's own servers ask for, under the bearer token: one file per thing of theirs.

mod billing_keys;
mod cash_receipts;
mod charges;
mod days;
mod lookup;
mod options;
mod orders;
mod reading;
mod receipts;
mod refunds;
mod reports;
mod resolve;
mod show;
mod subscriptions;

pub use billing_keys::{AdoptedKey, BillingKeyShown};
pub use cash_receipts::{
    CashReceiptShown, CashReceiptUse, CashReceiptWish, ReceiptBar, ReceiptIdentity,
};
pub use charges::{Charged, ChargedCustomer, NewCharge};
pub(crate) use charges::{is_subscription, won};
pub(crate) use days::Days;
pub use options::{
    AccountExpiry, BillingAddress, InAppUrls, PaymentOptions, PaypalBuyer, SubscriptionInterval,
    SubscriptionTerms,
};
pub use orders::{NewCustomer, NewOrder, Registration};
pub(crate) use reading::body;
pub use receipts::{ReceiptKind, ReceiptPurpose, ReceiptWish};
pub use refunds::NewRefund;
pub(crate) use refunds::RefundTax;
pub use reports::{
    SaleRow, SaleState, Sales, SalesBy, SalesQuery, Settlement, SettlementBy, SettlementCurrency,
    SettlementQuery, SettlementRow, SettlementState,
};
pub use resolve::{Finding, Resolve, ResolveBar, Resolved, SettledBy};
pub use subscriptions::{Subscription, SubscriptionState};
