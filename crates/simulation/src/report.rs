//! Many days, and what came of them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use paypair_ledger::Digest;
use paypair_protocol::Gateway;

use crate::bugs::Bug;
use crate::dice::Dice;
use crate::enough::{self, Short};
use crate::episode::{self, Kind, PAYMENTS, Setting};
use crate::faults::{Fault, OF_CATALOGUE, Tally};
use crate::places;
use crate::plan::Mix;
use crate::scheduler::lock;

/// What to simulate.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many payments, in shops of forty.
    pub payments: u64,
    /// Where all chance comes from.
    pub seed: u64,
    /// The first day to live, by its number: to see a day again, or to live through many in parts.
    pub first_day: u64,
    /// A mistake to plant. The simulation ends with the first day on which it shows.
    pub bug: Option<Bug>,
    /// One gateway alone.
    pub gateway: Option<Gateway>,
    /// Whether anything goes wrong.
    pub faults: bool,
    /// Which ledger.
    pub over: Over,
    /// Whether a digest of everything that happened is kept, see [`Report::trace`].
    pub traced: bool,
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
            first_day: 0,
            bug: None,
            gateway: None,
            faults: true,
            over: Over::Memory,
            traced: false,
            threads: 1,
        }
    }
}

/// What it came to. `Display` is the whole report; its last line is for scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    seed: u64,
    bug: Option<Bug>,
    /// Everything went wrong that can, at every gateway.
    whole: bool,
    payments: u64,
    charges: u64,
    renewals: u64,
    captured: u64,
    calls: u64,
    tally: Tally,
    days: u64,
    longer: u64,
    counts: [u64; 4],
    failures: Vec<Failure>,
    trace: Option<Digest>,
}

/// A payment with which something went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The number of its day.
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

    /// Of which faults too few struck for so many payments. Asked from 20,000 payments on, if everything was to go wrong at all gateways.
    pub fn short(&self) -> Vec<Short> {
        match self.whole {
            true => enough::short(&self.tally, self.payments, self.intents()),
            false => Vec::new(),
        }
    }

    /// The payments with which something went wrong, the first hundred; the first few with their stories.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// How many payments were judged.
    pub fn payments(&self) -> u64 {
        self.payments
    }

    /// How many days were lived, and how many of them were made longer because something was in doubt at their end.
    pub fn days(&self) -> (u64, u64) {
        (self.days, self.longer)
    }

    /// How often a fault struck.
    pub fn struck(&self, fault: Fault) -> u64 {
        self.tally.of(fault).0
    }

    /// Faults that struck in a state of which nobody thought that they can, as `fault/state`.
    pub fn elsewhere(&self) -> Vec<String> {
        let unknown = places::unknown(&self.tally).into_iter();
        unknown
            .map(|(fault, state)| format!("{}/{state}", fault.name()))
            .collect()
    }

    /// What was to be paid: orders with a window, charges of billing keys, and what PayPal charged by itself.
    pub fn intents(&self) -> u64 {
        self.payments + self.charges + self.renewals
    }

    /// How many faults of the catalogue struck, and how many beside it.
    pub fn faults(&self) -> (u64, u64) {
        let times = |faults: &[Fault]| faults.iter().map(|fault| self.struck(*fault)).sum();
        let (of_catalogue, beside) = Fault::ALL.split_at(OF_CATALOGUE);
        (times(of_catalogue), times(beside))
    }

    fn write_places(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (how, places) in places::known(&self.tally) {
            let quiet = &places.quiet;
            let (struck, of) = (places.struck, places.struck + quiet.len());
            writeln!(
                f,
                "places where a fault strikes {how}, and did: {struck} of {of}"
            )?;
            if self.payments >= LARGE {
                for (fault, state) in quiet {
                    writeln!(f, "not struck ({how}): {}/{state}", fault.name())?;
                }
            }
        }
        for place in self.elsewhere() {
            writeln!(f, "struck, and not known to: {place}")?;
        }
        Ok(())
    }

    /// A digest of everything that happened, equal for equal runs, if that was asked for ([`Options::traced`]).
    pub fn trace(&self) -> Option<Digest> {
        self.trace
    }
}

/// Lives through as many days as the payments need.
pub fn run(options: &Options) -> Report {
    run_watched(options, &|_| {})
}

/// The same; after each day it is told how many payments were judged.
///
/// In threads of its own: tokio's channels look whether their thread belongs to a runtime of tokio's, and if it does, wait for that.
pub fn run_watched(options: &Options, watch: &(dyn Fn(u64) + Sync)) -> Report {
    let days = options.payments.div_ceil(PAYMENTS);
    let next = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let summing = Mutex::new(Sum::new(options));
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
            let mut sum = lock(&summing);
            sum.take(day, outcome);
            watch(sum.report.payments);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..options.threads.max(1) {
            scope.spawn(work);
        }
    });
    let mut report = std::mem::replace(&mut *lock(&summing), Sum::new(options)).report;
    for failure in report.failures.iter_mut().take(STORIES) {
        let again = || {
            let day = failure.day - options.first_day;
            episode::live(setting(options, day), Some(&failure.order)).story
        };
        failure.story = std::thread::scope(|scope| {
            let told = scope.spawn(again).join();
            told.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
    }
    report
}

fn setting(options: &Options, day: u64) -> Setting {
    let left = options.payments - day * PAYMENTS;
    Setting {
        seed: day_seed(options.seed, options.first_day + day),
        payments: left.min(PAYMENTS),
        mix: options.gateway.map_or(Mix::All, Mix::Only),
        faults: options.faults,
        bug: options.bug,
        ledger: match options.over {
            Over::Memory => Kind::Memory,
            Over::Sqlite => Kind::Sqlite,
        },
        traced: options.traced,
    }
}

fn day_seed(seed: u64, day: u64) -> u64 {
    Dice::new(seed, day.wrapping_add(17)).roll()
}

/// The days that were lived, added up in their order, whoever was ready first: so threads change nothing.
struct Sum {
    report: Report,
    first_day: u64,
    next: u64,
    /// Days that are waiting for one before them.
    early: BTreeMap<u64, episode::Outcome>,
    ended: bool,
}

impl Sum {
    fn new(options: &Options) -> Self {
        Self {
            report: Report {
                seed: options.seed,
                bug: options.bug,
                whole: options.faults && options.gateway.is_none() && options.bug.is_none(),
                payments: 0,
                charges: 0,
                renewals: 0,
                captured: 0,
                calls: 0,
                tally: Tally::default(),
                days: 0,
                longer: 0,
                counts: [0; 4],
                failures: Vec::new(),
                trace: None,
            },
            first_day: options.first_day,
            next: 0,
            early: BTreeMap::new(),
            ended: false,
        }
    }

    fn take(&mut self, day: u64, outcome: episode::Outcome) {
        self.early.insert(day, outcome);
        while let Some(outcome) = self.early.remove(&self.next) {
            // With a planted bug the first day on which it shows is the last.
            if !self.ended {
                self.add(self.next, &outcome);
            }
            self.next += 1;
        }
    }

    fn add(&mut self, day: u64, outcome: &episode::Outcome) {
        let (report, verdict) = (&mut self.report, &outcome.verdict);
        for (count, orders) in report.counts.iter_mut().zip([
            &verdict.lost,
            &verdict.double,
            &verdict.forged,
            &verdict.stuck,
        ]) {
            *count += orders.len() as u64;
        }
        report.days += 1;
        report.longer += u64::from(outcome.longer);
        report.payments += outcome.payments;
        report.charges += outcome.charges;
        report.renewals += outcome.renewals;
        report.captured += outcome.captured;
        report.calls += outcome.calls;
        report.tally.merge(&outcome.tally);
        if let Some(trace) = outcome.trace {
            let before = report
                .trace
                .map(|digest| digest.to_hex())
                .unwrap_or_default();
            report.trace = Some(Digest::of(before + &trace.to_hex()));
        }
        for (order, what) in verdict.orders() {
            if report.failures.len() == NAMED {
                break;
            }
            report.failures.push(Failure {
                day: self.first_day + day,
                order,
                what,
                after: report.payments,
                story: Vec::new(),
            });
        }
        self.ended = report.bug.is_some() && !report.failures.is_empty();
    }
}

/// A run in which every fault should have struck wherever it can.
const LARGE: u64 = 200_000;

/// So many failures are told from beginning to end.
const STORIES: usize = 3;

/// And so many are named; all are counted.
const NAMED: usize = 100;

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
        writeln!(
            f,
            "(the first {OF_CATALOGUE} are of the catalogue, the others beside it)"
        )?;
        self.write_places(f)?;
        let intents = self.intents();
        let (of_catalogue, beside) = self.faults();
        let [mean, others] = [of_catalogue, beside].map(|faults| {
            let hundredths = faults * 100 / intents.max(1);
            format!("{}.{:02}", hundredths / 100, hundredths % 100)
        });
        writeln!(
            f,
            "faults of the catalogue to an intent: {mean}; beside it: {others}"
        )?;
        writeln!(
            f,
            "intents: {intents} ({} orders with a window, {} charges, {} renewals); payments captured: {}; calls to gateways: {}",
            self.payments, self.charges, self.renewals, self.captured, self.calls
        )?;
        writeln!(
            f,
            "days: {}, made longer by what was in doubt: {}",
            self.days, self.longer
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
        for short in self.short() {
            writeln!(f, "too few faults: {short}")?;
        }
        let [lost, double, forged, stuck] = self.counts;
        write!(
            f,
            "payments={} faults={of_catalogue} lost={lost} double={double} forged={forged} stuck={stuck}",
            self.payments
        )
    }
}
