//! `paypair`: the demo shop, the verifier as a program of its own, and the gateways' sandbox.

mod demo;
mod listen;
mod sandbox;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// Payments through Payple and Payletter, decided by evidence.
///
/// `demo` is the place to start: a shop, the verifier and the simulated gateways on this machine, no keys needed.
#[derive(Debug, Parser)]
#[command(name = "paypair", version)]
struct Cli {
    /// What to log to standard error: error, warn, info, debug, or per module like `paypair_verifier=debug`.
    #[arg(
        long,
        env = "PAYPAIR_LOG",
        default_value = "warn",
        global = true,
        value_name = "LEVEL"
    )]
    log: EnvFilter,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Options),
    Serve(serve::Options),
    Sandbox(sandbox::Options),
}

#[actix_web::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_env_filter(cli.log)
        .with_writer(std::io::stderr)
        .init();
    let ended = match cli.command {
        Command::Demo(options) => demo::run(options).await,
        Command::Serve(options) => serve::run(options).await,
        Command::Sandbox(options) => sandbox::run(options).await,
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("paypair: {error:#}");
            ExitCode::FAILURE
        }
    }
}
