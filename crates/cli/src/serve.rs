//! `paypair serve`: the verifier beside a merchant's application, in any language.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use actix_web::{App, HttpServer};
use anyhow::{Context as _, Result};
use clap::Args;
use paypair_ledger::SqliteStore;
use paypair_verifier::{Config, HttpNetwork, SystemEnvironment, Verifier, scope};

use crate::listen;
use crate::stop::Stop;

/// Runs the verifier as a program of its own, beside a merchant's application in any language.
///
/// It is reached through the shop's own origin (a reverse proxy passes the path of `public_url` on) and keeps its orders in SQLite.
/// Every setting may come from a variable instead of the file: PAYPAIR_PAYPLE__MERCHANT_KEY is `merchant_key` under `[payple]`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// The settings, as TOML; without it everything comes from PAYPAIR_* variables.
    #[arg(long, env = "PAYPAIR_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,

    /// Address and port to listen on.
    #[arg(
        long,
        env = "PAYPAIR_LISTEN",
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8080"
    )]
    listen: SocketAddr,
}

const HELP: &str = "\
Example:
  paypair serve --config paypair.toml --listen 127.0.0.1:8080

`paypair doctor --config paypair.toml` says beforehand what is wrong with the settings.

Ctrl-C or SIGTERM ends it: it takes no more requests, and waits up to 20 seconds for the gateways to answer what was asked of
them. A second one ends it at once.

Exit codes: 0 ended by Ctrl-C or SIGTERM, 1 failed, 2 wrong settings (one line says which).";

/// Runs until Ctrl-C or SIGTERM, and until the gateways have answered.
pub(crate) async fn run(options: Options) -> Result<(), Stop> {
    let config = Config::load(options.config.as_deref())?;
    let listener = listen::open(options.listen)?;
    let address = listener.local_addr().context("cannot read the port")?;
    let store = open_store(config.database.as_ref(), &config)?;
    let network = HttpNetwork::new(config.reach()).context("cannot set up TLS")?;
    let prefix = config.public_url.path().to_owned();
    let public_url = config.public_url.clone();
    let environment = SystemEnvironment::new().context("cannot start")?;
    let verifier = Verifier::new(config, store, network, environment)?;
    let served = verifier.clone();
    let server = HttpServer::new(move || App::new().service(scope(&prefix, served.clone())))
        .disable_signals()
        .shutdown_timeout(listen::GRACE_SECONDS)
        .listen(listener)
        .context("cannot listen")?
        .run();
    let line = format!("paypair serve: {address} for {public_url}");
    listen::serve(vec![server], &line).await?;
    Ok(listen::wait_for(verifier.at_rest()).await?)
}

/// The orders, with the merchant's choices.
pub(crate) fn open_store(file: &Path, config: &Config) -> Result<SqliteStore> {
    keep_private(file).with_context(|| format!("cannot write {}", file.display()))?;
    let options = paypair_ledger::Options {
        policy: config.policy(),
        ..paypair_ledger::Options::default()
    };
    SqliteStore::open_with(file, options)
        .with_context(|| format!("cannot open the orders in {}", file.display()))
}

/// A new store is for its owner alone: it holds billing keys. SQLite gives its other files the mode of this one.
fn keep_private(file: &Path) -> std::io::Result<()> {
    let mut new = std::fs::OpenOptions::new();
    new.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
    match new.open(file) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
