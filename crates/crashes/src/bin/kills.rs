//! `kills --kills 5000 --seed 1`: kills the real program so often while people pay, and says where that hit and what it broke.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use paypair_crashes::kills::{Failed, Mistake, Setup, run};

/// Kills `paypair serve` again and again while people pay, and judges by the gateways' own money book.
///
/// Build first: cargo build --release -p paypair -p paypair-crashes --bins --examples
#[derive(Debug, Parser)]
#[command(after_help = HELP)]
struct Options {
    /// How many kills.
    #[arg(long, value_name = "N", default_value_t = 500)]
    kills: u64,
    /// Kills of one ledger; then it comes to rest, is judged, and another begins.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    chapter: u64,
    /// What the harness decides comes from it; when the operating system runs what, does not.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// The program `paypair`; without it, the one beside this program.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// The program's clock is off by two hours, either way, and jumps while it runs (Linux).
    #[arg(long)]
    clock_jumps: bool,
    /// Makes a mistake on purpose, which must be found.
    #[arg(long, value_name = "WHICH")]
    mistake: Option<Planted>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Planted {
    /// After a kill the file is put back to what it was a kill earlier.
    OlderFile,
    /// Notices are acknowledged before the program has acknowledged them.
    EarlyAcknowledgement,
    /// Something in front of the merchant's server takes a webhook now and then, and forgets it.
    SwallowedWebhook,
}

/// The schedule of lookups has come to the third one by then.
const REST: Duration = Duration::from_secs(90);

/// Together, so that they share what they are built of.
const BUILD: &str = "cargo build --release -p paypair -p paypair-crashes --bins --examples";

const HELP: &str = "\
The last line is for scripts:
  kills=5000 between=1200 lost=0 double=0 forged=0 forgotten=0 stuck=0 mistold=0
`between` counts the kills after which the file held the intent of a money call without its record. Of 500 kills or more that has to be one
in ten.

Exit codes: 0 nothing is wrong, 1 something is, too few kills hit, too many payments could not be looked at, or it could not be done.";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Failed> {
    let options = Options::parse();
    let program = match options.program {
        Some(program) => program,
        None => std::env::current_exe()?.with_file_name("paypair"),
    };
    if !program.exists() {
        eprintln!("kills: there is no program {}; {BUILD}", program.display());
        return Ok(ExitCode::FAILURE);
    }
    let clock = std::env::current_exe()?.with_file_name("examples/libclock.so");
    if options.clock_jumps && !clock.exists() {
        eprintln!("kills: there is no {}; {BUILD}", clock.display());
        return Ok(ExitCode::FAILURE);
    }
    let setup = Setup {
        program,
        kills: options.kills,
        chapter: options.chapter,
        seed: options.seed,
        rest: REST,
        aim: None,
        clock: options.clock_jumps.then_some(clock),
        mistake: match options.mistake {
            None => Mistake::None,
            Some(Planted::OlderFile) => Mistake::OlderFile,
            Some(Planted::EarlyAcknowledgement) => Mistake::EarlyAcknowledgement,
            Some(Planted::SwallowedWebhook) => Mistake::SwallowedWebhook,
        },
    };
    let began = Instant::now();
    let mut stories = 0;
    let running = run(&setup, |report| {
        eprintln!("{} after {} s", report.line(), began.elapsed().as_secs());
        // At once: a run that is stopped must not take them along.
        for story in &report.stories[stories..] {
            eprintln!("{story}");
        }
        stories = report.stories.len();
    });
    let report = tokio::select! {
        report = running => report?,
        // What was started ends with what started it.
        _ = tokio::signal::ctrl_c() => return Ok(ExitCode::FAILURE),
    };
    print!("{}", report.table());
    println!("{}", report.line());
    let is_judged = report.hits_enough() && report.looks_enough();
    Ok(if report.is_clean() && is_judged {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
