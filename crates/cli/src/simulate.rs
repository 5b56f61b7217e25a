//! `paypair simulate`: the server half against lying gateways, a lossy network and crashes, in virtual time.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use clap::Args;
use paypair_protocol::Gateway;
use paypair_simulation::{Bug, Over};

use crate::stop::Stop;

/// Simulates payments with everything that goes wrong, and judges them by the gateways' own book.
///
/// The code that serves runs against the sandbox's gateways on a clock of its own, with faults on every wire, a disk that loses what
/// was not committed, and crashes at any point. The same seed gives the same run, to the last byte.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// How many payments.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    payments: u64,

    /// Where all chance comes from.
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// The first day to live (a day has 40 payments): to see a day again, or to live through many in parts.
    #[arg(long, value_name = "DAY", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=1_000_000_000))]
    first_day: u64,

    /// Plant a mistake, and see in how many payments it is found. See below.
    #[arg(long, value_name = "NAME")]
    bug: Option<Bug>,

    /// One gateway alone: payple, payletter, payletter_global.
    #[arg(long, value_name = "GATEWAY")]
    gateway: Option<Gateway>,

    /// Nothing goes wrong.
    #[arg(long)]
    no_faults: bool,

    /// Over a real SQLite file instead of memory: slow; the outcome is the same.
    #[arg(long)]
    sqlite: bool,

    /// How many threads; it changes nothing but the time it takes. Default: one per processor.
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
}

const HELP: &str = "\
Example:
  paypair simulate --payments 20000 --seed 1
  paypair simulate --payments 40 --first-day 373 --seed 1
  paypair simulate --payments 20000 --seed 1 --bug refund_retried

Bugs: acknowledge_before_commit, confirm_retried, refund_retried, absence_believed, order_not_compared, utc_dates,
outbox_outside, told_again, tid_reused, notifytype_trusted, doubt_kept; and inbox_forgets, which does no harm.

lost: captured, and the merchant was told of neither payment nor contradiction, or that it went back, or that a payment
in doubt did not happen. double: captured, given back, or told twice.
forged: told paid without a capture. stuck: open, and nobody will look. Before the last line: every fault, how often it
struck, and in which state; a payment with which something went wrong tells its story. A long run says on standard error
how far it is.

From 20,000 payments on each of the 51 faults must strike once in 200 payments, and three to an intent: else the run says
little, and fails.

Exit codes: 0 none of the four, 1 any of them or too few faults, 2 wrong input.";

/// How often a long run says how far it is.
const EVERY: Duration = Duration::from_secs(5);

/// Simulates, and prints the report.
pub(crate) fn run(options: &Options) -> Result<(), Stop> {
    let threads = options.threads.or_else(|| available_parallelism().ok());
    let options = paypair_simulation::Options {
        payments: options.payments,
        seed: options.seed,
        first_day: options.first_day,
        bug: options.bug,
        gateway: options.gateway,
        faults: !options.no_faults,
        over: if options.sqlite {
            Over::Sqlite
        } else {
            Over::Memory
        },
        traced: false,
        threads: threads.map_or(1, NonZeroUsize::get),
    };
    let began = Instant::now();
    let told = Mutex::new(began);
    let report = paypair_simulation::run_watched(&options, &|judged| {
        if let Ok(mut told) = told.lock()
            && told.elapsed() >= EVERY
        {
            *told = Instant::now();
            let rate = judged as f64 / began.elapsed().as_secs_f64();
            eprintln!(
                "{judged} of {} payments, {rate:.0} a second",
                options.payments
            );
        }
    });
    println!("{report}");
    if !report.is_clean() {
        Err(Stop::Refused(
            "the simulation found what must not happen".to_owned(),
        ))
    } else if !report.short().is_empty() {
        Err(Stop::Refused(
            "too few faults struck: the simulation says less than it should".to_owned(),
        ))
    } else {
        Ok(())
    }
}
