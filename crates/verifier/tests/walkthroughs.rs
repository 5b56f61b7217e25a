//! Whole stories over real HTTP: a merchant's server, a buyer without a browser, the gateways simulated, and a clock that days and
//! months pass on. Each ends with the same question: do our ledger, the gateway's own lists and the gateway's money book agree?

mod agreement;
mod comparison;
mod payple_lookup;
mod stage;

mod cash_receipts;
mod deleted_cards;
mod global_monthly;
mod payletter_monthly;
mod paypal_subscription;
mod payple_monthly;
mod refunds;
mod settlement;
mod tampering;
mod virtual_accounts;
