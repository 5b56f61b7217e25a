//! Many days, and what came of them.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use paypair_protocol::Gateway;

use crate::bugs::Bug;
use crate::dice::Dice;
use crate::episode::{self, Kind, PAYMENTS, Setting};
use crate::faults::{Fault, NOT_MODELLED, OF_CATALOGUE, Tally};
use crate::plan::Mix;
use crate::scheduler::lock;

/// What to simulate.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many payments, in shops of forty.
    pub payments: u64,
    /// Where all chance comes from.
    pub seed: u64,
    /// A mistake to plant. The simulation ends with the first day on which it shows.
    pub bug: Option<Bug>,
    /// One gateway alone.
    pub gateway: Option<Gateway>,
    /// Whether anything goes wrong.
    pub faults: bool,
    /// Which ledger.
    pub over: Over,
    /// How many days are lived at the same time. It changes nothing but the time it takes.
    pub threads: usize,
}

/// Which ledger is simulated over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The one in memory.
    Memory,
    /// The real one, in a file: to see that the two agree.
    Sqlite,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            payments: 1_000,
            seed: 1,
            bug: None,
            gateway: None,
            faults: true,
            over: Over::Memory,
            threads: 1,
        }
    }
}

/// What it came to. `Display` is the whole report; its last line is for scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    seed: u64,
    bug: Option<Bug>,
    payments: u64,
    captured: u64,
    calls: u64,
    tally: Tally,
    counts: [u64; 4],
    failures: Vec<Failure>,
    trace: String,
}

/// A payment with which something went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The seed of its day.
    pub day: u64,
    /// Which payment.
    pub order: String,
    /// lost, double, forged, stuck.
    pub what: Vec<&'static str>,
    /// How many payments had been judged when it showed.
    pub after: u64,
    /// All that happened to it.
    pub story: Vec<String>,
}

impl Report {
    /// Nothing lost, nothing doubled, nothing forged, nothing stuck.
    pub fn is_clean(&self) -> bool {
        self.counts == [0; 4]
    }

    /// The payments with which something went wrong; the first few with their stories.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// How many payments were judged.
    pub fn payments(&self) -> u64 {
        self.payments
    }

    /// How often a fault struck.
    pub fn struck(&self, fault: Fault) -> u64 {
        self.tally.of(fault).0
    }

    /// A digest of everything that happened: equal for equal runs.
    pub fn trace(&self) -> &str {
        &self.trace
    }
}

/// Lives through as many days as the payments need.
///
/// In threads of its own: tokio's channels look whether their thread belongs to a runtime of tokio's, and if it does, wait for that.
pub fn run(options: &Options) -> Report {
    std::thread::scope(|scope| {
        let ran = scope.spawn(|| live_through(options)).join();
        ran.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn live_through(options: &Options) -> Report {
    let days = options.payments.div_ceil(PAYMENTS);
    let next = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let lived: Mutex<Vec<Option<episode::Outcome>>> = Mutex::new(vec![None; days as usize]);
    let work = || {
        loop {
            let day = next.fetch_add(1, Relaxed);
            if day >= days || stop.load(Relaxed) {
                return;
            }
            let outcome = episode::live(setting(options, day), None);
            // A planted bug is looked for until it is found.
            if options.bug.is_some() && !outcome.verdict.is_clean() {
                stop.store(true, Relaxed);
            }
            if let Some(place) = lock(&lived).get_mut(day as usize) {
                *place = Some(outcome);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..options.threads.max(1) {
            scope.spawn(work);
        }
        work();
    });
    let lived = std::mem::take(&mut *lock(&lived));
    add_up(options, lived)
}

fn setting(options: &Options, day: u64) -> Setting {
    let left = options.payments - day * PAYMENTS;
    Setting {
        seed: day_seed(options.seed, day),
        payments: left.min(PAYMENTS),
        mix: options.gateway.map_or(Mix::All, Mix::Only),
        faults: options.faults,
        bug: options.bug,
        ledger: match options.over {
            Over::Memory => Kind::Memory,
            Over::Sqlite => Kind::Sqlite,
        },
    }
}

fn day_seed(seed: u64, day: u64) -> u64 {
    Dice::new(seed, day.wrapping_add(17)).roll()
}

fn add_up(options: &Options, lived: Vec<Option<episode::Outcome>>) -> Report {
    let mut report = Report {
        seed: options.seed,
        bug: options.bug,
        payments: 0,
        captured: 0,
        calls: 0,
        tally: Tally::default(),
        counts: [0; 4],
        failures: Vec::new(),
        trace: String::new(),
    };
    let mut trace = String::new();
    // A day that another thread did not come to any more ends the row: so threads change nothing.
    for (day, outcome) in (0..)
        .zip(lived)
        .map_while(|(day, outcome)| Some((day, outcome?)))
    {
        let verdict = &outcome.verdict;
        for (count, orders) in report.counts.iter_mut().zip([
            &verdict.lost,
            &verdict.double,
            &verdict.forged,
            &verdict.stuck,
        ]) {
            *count += orders.len() as u64;
        }
        report.payments += outcome.payments;
        report.captured += outcome.captured;
        report.calls += outcome.calls;
        report.tally.merge(&outcome.tally);
        trace += &outcome.trace;
        for (order, what) in verdict.orders() {
            let story = if report.failures.len() < STORIES {
                episode::live(setting(options, day), Some(&order)).story
            } else {
                Vec::new()
            };
            report.failures.push(Failure {
                day,
                order,
                what,
                after: report.payments,
                story,
            });
        }
        if options.bug.is_some() && !report.failures.is_empty() {
            break;
        }
    }
    report.trace = paypair_ledger::Digest::of(trace).to_hex();
    report
}

/// So many failures are told from beginning to end.
const STORIES: usize = 3;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            let what = failure.what.join(", ");
            let (order, day, seed) = (&failure.order, failure.day, self.seed);
            writeln!(f, "{order} of day {day}, seed {seed}: {what}")?;
            for line in &failure.story {
                writeln!(f, "  {line}")?;
            }
        }
        writeln!(f, "{:<34} {:>9}  struck in", "fault", "times")?;
        for fault in Fault::ALL {
            let (times, states) = self.tally.of(*fault);
            let states: Vec<_> = states
                .iter()
                .map(|(state, count)| format!("{state} {count}"))
                .collect();
            writeln!(f, "{:<34} {times:>9}  {}", fault.name(), states.join(", "))?;
        }
        let of_catalogue = OF_CATALOGUE;
        writeln!(f, "(the first {of_catalogue} are of the catalogue)")?;
        for (name, why) in NOT_MODELLED {
            writeln!(f, "not modelled: {name} ({why})")?;
        }
        let total = self.tally.total();
        let per_payment = total * 100 / self.payments.max(1);
        let (whole, rest) = (per_payment / 100, per_payment % 100);
        writeln!(
            f,
            "faults per payment: {whole}.{rest:02}; payments captured: {}; calls to gateways: {}",
            self.captured, self.calls
        )?;
        if let Some(bug) = self.bug {
            let (name, does) = (bug.name(), bug.does());
            match self.failures.first() {
                Some(found) => writeln!(
                    f,
                    "planted: {name} ({does}) found within {} payments",
                    found.after
                )?,
                None => writeln!(f, "planted: {name} ({does}) not found")?,
            }
        }
        let [lost, double, forged, stuck] = self.counts;
        write!(
            f,
            "payments={} faults={total} lost={lost} double={double} forged={forged} stuck={stuck}",
            self.payments
        )
    }
}
