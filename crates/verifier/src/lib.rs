//! The server half of paypair: it holds the keys, shakes hands with the gateways, confirms, verifies, and remembers.
//!
//! What it does:
//! - registers orders (an amount never comes from a browser), prepares payment windows, takes in results, callbacks and notices;
//! - decides by evidence only: its own calls to the gateway and messages whose hash was checked;
//! - charges billing keys and gives money back, wholly or in part, refusing what the method does not allow;
//! - runs money calls in tasks of their own, after their intent is durable, once;
//! - looks up what is due, in doubt, or asked for by a returning buyer;
//! - tells the merchant of every event: a hook in the delivery transaction ([`Verifier::with_hook`]), signed webhooks, `GET /events`.
//! - compares the gateways' own books with ours, both ways, every day or when asked ([`Verifier::reconcile`]).
//!
//! What it does not: it delivers no goods and sends no mail. The events say when.
//!
//! [`Verifier::handle`] is plain Rust from [`RawRequest`] to [`RawResponse`]; [`scope`] mounts it in an actix-web app.
//!
//! ```no_run
//! use actix_web::{App, HttpServer};
//! use paypair_ledger::SqliteStore;
//! use paypair_verifier::{Config, HttpNetwork, SystemEnvironment, Verifier, scope};
//!
//! #[actix_web::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let config = Config::load(Some("paypair.toml".as_ref()))?;
//!     let store = SqliteStore::open(&config.database)?;
//!     let network = HttpNetwork::new(config.reach())?;
//!     let verifier = Verifier::new(config, store, network, SystemEnvironment::new()?)?;
//!     HttpServer::new(move || App::new().service(scope("/pay", verifier.clone())))
//!         .bind("127.0.0.1:8080")?
//!         .run()
//!         .await?;
//!     Ok(())
//! }
//! ```
//!
//! A charge and a refund bear ids of the merchant's, so that asking twice moves money once:
//!
//! ```no_run
//! # use paypair_verifier::{ApiError, NewCharge, NewRefund, Verifier};
//! # async fn november(verifier: Verifier) -> Result<(), ApiError> {
//! let charge = NewCharge {
//!     order_id: Some("rent-2026-11".to_owned()),
//!     billing_key_id: "bk_0123456789abcdef0123456789abcdef".to_owned(),
//!     customer_id: "1001".to_owned(),
//!     amount: Some("9900".to_owned()),
//!     product_name: "월 구독".to_owned(),
//!     ..NewCharge::default()
//! };
//! let charged = verifier.charge(charge).await?;
//! if charged.outcome.status == paypair_ledger::Status::Paid {
//!     let part = NewRefund::part("3000", "damaged-17");
//!     verifier.refund_with("rent-2026-11", part).await?;
//! }
//! # Ok(())
//! # }
//! ```

mod actix;
mod charge_bar;
mod checker;
mod checkout;
mod config;
mod days;
mod delivery;
mod doors;
mod dropin;
mod environment;
mod error;
mod failure;
mod fault;
mod http;
mod landing;
mod launch;
mod merchant;
mod network;
mod outcome;
mod pages;
mod payletter;
mod payletter_global;
mod payple;
mod reconcile;
mod repeats;
mod router;
mod source;
mod supervisor;
mod verifier;

pub use actix::scope;
pub use charge_bar::ChargeBar;
pub use config::{
    Assumptions, Config, ConfigError, GatewayEnv, OrderSourceUrl, Payletter, PayletterClient,
    PayletterGlobal, Payple, PreviousKey, Reconciliation, SearchKey, Until, Webhook,
};
pub use delivery::{
    DeliveryDetail, DeliveryShown, DeliveryTry, Sending, WebhookAnswer, WebhookCall, WebhookFault,
    WebhookSender, WebhookSigner,
};
pub use doors::client_ip;
pub use environment::{Environment, SystemEnvironment, Task};
pub use error::ApiError;
pub use fault::FieldFault;
pub use http::{RawRequest, RawResponse};
pub use merchant::{
    AccountExpiry, AdoptedKey, BillingAddress, BillingKeyShown, CashReceiptShown, CashReceiptUse,
    CashReceiptWish, Charged, ChargedCustomer, Finding, InAppUrls, NewCharge, NewCustomer,
    NewOrder, NewRefund, PaymentOptions, PaypalBuyer, ReceiptBar, ReceiptIdentity, ReceiptKind,
    ReceiptPurpose, ReceiptWish, Registration, Resolve, ResolveBar, Resolved, SaleRow, SaleState,
    Sales, SalesBy, SalesQuery, SettledBy, Settlement, SettlementBy, SettlementCurrency,
    SettlementQuery, SettlementRow, SettlementState, Subscription, SubscriptionInterval,
    SubscriptionState, SubscriptionTerms,
};
pub use network::{GatewayAnswer, GatewayCall, HttpNetwork, Network, NetworkError, Reach};
pub use outcome::{Outcome, RefundShown};
pub use payple::{NewLink, PaymentLink};
pub use reconcile::{
    BooksCompared, BooksState, BreakShown, BreakWord, Breaks, BreaksQuery, NewReconciliation,
    ReconciliationRun, RunVerdict, SettlementSum,
};
pub use source::{Expected, ExpectedOrder, OrderQuestion, OrderSource, UrlOrderSource};
pub use verifier::Verifier;
