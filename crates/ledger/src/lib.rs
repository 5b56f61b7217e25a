//! What we know about a payment, and how we came to know it.
//!
//! An [`Order`] is what the merchant wants paid; an [`Attempt`] is one try of the buyer to pay it. [`step()`] is the only place where an
//! attempt changes its [`State`]: a pure function of the attempt, an [`Event`] and the time. A [`Store`] runs it inside one durable
//! transaction, together with the event row, the outbox row and the row of a money call.
//!
//! What it does:
//! - money counts as received only by [`Evidence`], and only the gateways' proofs ([`Verified`](paypair_protocol::proof::Verified),
//!   [`Answered`](paypair_protocol::proof::Answered)) become evidence;
//! - the intent of a money call is durable before the call, and a database index refuses the second one;
//! - an order has at most one live attempt; a second capture is `discrepant` and given back;
//! - a billing key belongs to one customer: it is charged for nobody else, nor when it is deleted, being deleted or in doubt, whatever the
//!   code above believes;
//! - never more is given back than was captured; each refund id is used once; every refund stays in the attempt's history.
//!
//! The calls that are written down before they are made, and what each of their ends leads to:
//!
//! | call | begun by | answered | declined | never sent | unknown |
//! |---|---|---|---|---|---|
//! | `confirm` | [`Event::ConfirmStarted`] | `paid` | `declined`, looked behind | `authenticated` | `in_doubt` |
//! | `charge` | [`Event::ChargeStarted`] | `paid` | `declined`, looked behind | `declined` (`not_sent`) | `in_doubt` |
//! | `refund` | [`Event::RefundAsked`] | `partially_refunded`, `refunded` | as before | as before; our own is begun again | `in_doubt` |
//! | `delete_billing_key` | [`Event::BillingKeyDeleteAsked`] | key `deleted`, its text erased | key `active` | key `active`; our own is in doubt | key `in_doubt` |
//!
//! An answered charge is held against its order like a confirm: what differs is `discrepant` and given back. A refund that the gateway
//! only promised ([`Event::RefundAccepted`]) stays `refund_pending` and is looked up daily. A billing key's fate never changes the
//! attempt's own state. That of a subscription whose first payment went back without ever counting is ended unasked.
//!
//! What it does not: it never talks to a gateway, reads a clock or rolls dice. Time, ids and answers come in as arguments.
//!
//! ```
//! use paypair_ledger::{SqliteStore, Store};
//! # let dir = tempfile::tempdir()?;
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! # runtime.block_on(async {
//! let store = SqliteStore::open(dir.path().join("paypair.db"))?;
//! assert!(store.order("order-1").await?.is_none());
//! # Ok::<(), paypair_ledger::StoreError>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What a browser says is never evidence; this does not compile:
//!
//! ```compile_fail,E0308
//! use paypair_ledger::Evidence;
//! use paypair_protocol::payple::WindowResult;
//!
//! fn trust(said_by_the_browser: &WindowResult) -> Evidence {
//!     Evidence::payple_confirm(said_by_the_browser, b"PCD_PAY_RST=success")
//! }
//! ```
//!
//! The same of what the gateway answered to our own call does:
//!
//! ```
//! use paypair_ledger::Evidence;
//! use paypair_protocol::payple::Payment;
//! use paypair_protocol::proof::Answered;
//!
//! fn trust(answered_by_the_gateway: &Answered<Payment>) -> Evidence {
//!     Evidence::payple_confirm(answered_by_the_gateway, b"PCD_PAY_RST=success")
//! }
//! ```
//!
//! Every state, and every way from one to another, is drawn in `docs/states.svg`, from a search through all that the step can do.
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod attempt;
mod billing_key;
mod cash_receipt;
mod delivery;
mod digest;
mod effect;
mod error;
mod event;
mod evidence;
mod hook;
mod journal;
mod kept_answers;
mod memory;
mod order;
mod policy;
mod reconciliation;
mod refund;
mod renewal;
mod sqlite;
mod state;
mod step;
mod store;
mod suspicion;
mod time;
mod watch;

pub use attempt::{
    Attempt, AttemptKey, CardSeen, CashReceiptSeen, Clash, Detail, Layout, NewAttempt, Reason,
    VirtualAccount,
};
pub use billing_key::{BillingKey, BillingKeyState, BillingKeyView, HeldKey, KeyOwner};
pub use cash_receipt::{CashReceipt, CashReceiptState};
pub use delivery::{
    Deliveries, Delivery, DeliveryAttempt, DeliveryFilter, DeliveryState, Target, Verdict,
};
pub use digest::Digest;
pub use effect::{CallOutcome, Effect, MoneyOp, Publication};
pub use error::{Refused, StoreError};
pub use event::{Event, Hint, Resolution};
pub use evidence::{Evidence, Sight, Source};
pub use hook::{Hook, HookError, HookTx};
pub use kept_answers::{KEPT_FOR, Kept, KeptAnswer, KeptAnswers};
pub use memory::{MemoryStore, Snapshot};
pub use order::{ChargePlan, Customer, Order};
pub use paypair_protocol::Status;
pub use policy::{LOOKUP_SCHEDULE, Policy};
pub use reconciliation::{
    Break, BreakEnd, BreakEndedBy, BreakFilter, BreakKind, BreakName, DaysCompared, FoundBreak,
    Reconciliation, Saying, SeenBreak,
};
pub use refund::{RefundCase, RefundLine, RefundState, Returnable, SecondPayment};
pub use rusqlite;
pub use sqlite::{Options, SqliteStore};
pub use state::{State, UnknownState};
pub use step::step;
pub use store::{
    Applied, Begun, CallState, MoneyCall, OrderView, Published, Registered, Renewal, Store,
    TimelineRow, chain_is_intact,
};
pub use suspicion::{Suspected, Suspicion};
pub use time::Timestamp;
pub use watch::{EventWatch, Watch};
