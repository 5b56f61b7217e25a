//! `paypair`: a client of the verifier for people and scripts, the verifier as a program of its own, the demo shop, the gateways'
//! sandbox, and a doctor for settings.

mod app_links;
mod billing_key;
mod breaks;
mod cash_receipt;
mod charge;
mod client;
mod deliveries;
mod demo;
mod doctor;
mod input;
mod listen;
mod lookup;
mod receipt;
mod reconcile;
mod refund;
mod resolve;
mod sales;
mod sandbox;
mod serve;
mod settlement;
mod show;
mod simulate;
mod stop;
mod subscription;
mod usage;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::stop::Stop;

/// A third of the simulation's time went into small pieces of memory, and the server's work is made of them too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Payments through Payple and Payletter, decided by evidence.
///
/// `demo` is the place to start: a shop, the verifier and the simulated gateways on this machine, no keys needed.
#[derive(Debug, Parser)]
#[command(name = "paypair", version, after_help = HELP)]
struct Cli {
    /// What to log to standard error: error, warn, info, debug.
    ///
    /// Or per module, like `paypair_verifier=debug`.
    #[arg(
        long,
        env = "PAYPAIR_LOG",
        default_value = "warn",
        global = true,
        display_order = 900,
        value_name = "LEVEL",
        value_parser = log_filter
    )]
    log: EnvFilter,

    #[command(subcommand)]
    command: Command,
}

const HELP: &str = "\
Example:
  paypair demo
  export PAYPAIR_SERVER=https://shop.example/pay PAYPAIR_MERCHANT_TOKEN=...
  paypair lookup 2026-000123

charge, refund, billing-key, receipt, cash-receipt, sales, settlement, reconcile, breaks, subscription, lookup,
resolve and deliveries ask a running verifier (`paypair serve`, or your own server). Amounts are plain decimals (9900, 12.50), days are days in
Korea (YYYY-MM-DD).

Exit codes: 0 done, 1 refused or failed, 2 wrong input (one line says what), 3 outcome not yet known.
At two in the morning with an order in doubt: `paypair lookup ORDER`. Never charge again.";

#[derive(Debug, Subcommand)]
enum Command {
    Charge(charge::Options),
    Refund(refund::Options),
    BillingKey(billing_key::Options),
    Receipt(receipt::Options),
    CashReceipt(cash_receipt::Options),
    Sales(sales::Options),
    Settlement(settlement::Options),
    Reconcile(reconcile::Options),
    Breaks(breaks::Options),
    Subscription(subscription::Options),
    Lookup(lookup::Options),
    Resolve(resolve::Options),
    Deliveries(deliveries::Options),
    Doctor(doctor::Options),
    Serve(serve::Options),
    Demo(demo::Options),
    Sandbox(sandbox::Options),
    Simulate(simulate::Options),
    AppLinks(app_links::Options),
}

#[actix_web::main]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Words that are no text name no command.
            let words = std::env::args_os()
                .skip(1)
                .filter_map(|word| word.into_string().ok());
            return end(Err(usage::explain(&error, words)));
        }
    };
    // A simulation is a hundred thousand days of warnings; what counts is in its report.
    if !matches!(cli.command, Command::Simulate(_)) {
        tracing_subscriber::fmt()
            .with_env_filter(cli.log)
            .with_writer(std::io::stderr)
            .init();
    }
    end(match cli.command {
        Command::Charge(options) => charge::run(options).await,
        Command::Refund(options) => refund::run(options).await,
        Command::BillingKey(options) => billing_key::run(options).await,
        Command::Receipt(options) => receipt::run(options).await,
        Command::CashReceipt(options) => cash_receipt::run(options).await,
        Command::Sales(options) => sales::run(options).await,
        Command::Settlement(options) => settlement::run(options).await,
        Command::Reconcile(options) => reconcile::run(options).await,
        Command::Breaks(options) => breaks::run(options).await,
        Command::Subscription(options) => subscription::run(options).await,
        Command::Lookup(options) => lookup::run(options).await,
        Command::Resolve(options) => resolve::run(options).await,
        Command::Deliveries(options) => deliveries::run(options).await,
        Command::Doctor(options) => doctor::run(options).await,
        Command::Serve(options) => serve::run(options).await,
        Command::Demo(options) => demo::run(options).await,
        Command::Sandbox(options) => sandbox::run(options).await,
        Command::Simulate(options) => simulate::run(&options),
        Command::AppLinks(options) => app_links::run(&options),
    })
}

fn log_filter(text: &str) -> Result<EnvFilter, String> {
    EnvFilter::try_new(text)
        .map_err(|_| "write a level, or pairs like paypair_verifier=debug".to_owned())
}

/// One line for a person, one number for a script.
fn end(ended: Result<(), Stop>) -> ExitCode {
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            eprintln!("{}", stop.line());
            stop.code()
        }
    }
}
