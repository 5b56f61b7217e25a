//! The server half of paypair in a world where everything goes wrong: lying gateways, a lossy network, crashes; in virtual time, in one
//! thread, from one seed. The same seed lives the same day, byte for byte.
//!
//! What runs is what serves: [`Verifier::handle`](paypair_verifier::Verifier::handle), its supervisor, checker and decisions, generic
//! over store, network and environment. The gateways are the sandbox's own cores. The verdict is by the gateways' money book and what
//! the merchant was told.
//!
//! ```
//! let report = paypair_simulation::run(&paypair_simulation::Options {
//!     payments: 40,
//!     seed: 7,
//!     ..Default::default()
//! });
//! assert!(report.is_clean(), "{report}");
//! ```

mod after;
mod answers;
mod books;
mod bugs;
mod buyer;
mod charges;
mod courier;
mod dice;
mod enough;
mod environment;
mod episode;
mod failover;
mod faults;
mod judge;
mod keys;
mod ledger;
mod merchant;
mod network;
mod places;
mod plan;
mod post;
mod receiver;
mod reconciliation;
mod report;
mod scheduler;
mod standing;
mod store;
mod villain;
mod web;
mod world;

pub use bugs::Bug;
pub use enough::Short;
pub use faults::Fault;
pub use judge::Verdict;
pub use report::{Failure, Options, Over, Report, run, run_watched};
