//! `paypair sandbox`: the three gateways alone, for a merchant's own application to talk to.

use std::path::{Path, PathBuf};
use std::time::Duration;

use actix_web::{App, HttpServer};
use anyhow::Result;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use paypair_protocol::Url;
use paypair_sandbox::{PayletterClient, RefererRule, Sandbox};

use crate::listen;
use crate::stop::Stop;

/// Runs the simulated gateways alone.
///
/// Payple stands under /payple, Payletter under /payletter, Payletter Global under /payletter_global; tests script them at /control.
/// They know the published test identities only: `test`, `pay_test`, `PL_Merchant`, and what --payletter-clients adds.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// Port on localhost; 0 takes a free one.
    #[arg(long, env = "PAYPAIR_SANDBOX_PORT", default_value_t = 8081)]
    port: u16,

    /// The same seed gives the same ids and tokens for the same calls.
    #[arg(long, env = "PAYPAIR_SEED", default_value_t = 1)]
    seed: u64,

    /// Folder of the built npm package, whose drop-in is served under Payple's script path.
    #[arg(
        long,
        env = "PAYPAIR_PACKAGE",
        value_name = "DIR",
        default_value = "dist/package"
    )]
    package: PathBuf,

    #[command(flatten)]
    ways: Ways,
}

const HELP: &str = "\
Example:
  paypair sandbox --port 8081 --payple-partial-cancel
  curl -X POST localhost:8081/control/options -H 'content-type: application/json' -d '{\"private_api\":false}'

The ways can also be changed while it runs: GET and POST /control/options. POST /control/reset puts them back to
what they were at the start; POST /control/clock {\"advance_seconds\":2678400} goes 31 days on.

Exit codes: 0 ended by Ctrl-C or SIGTERM, 1 failed, 2 wrong input.";

/// How the gateways behave where life has more than one way.
#[derive(Debug, Args)]
#[command(next_help_heading = "Ways of the gateways")]
pub(crate) struct Ways {
    /// Payple: an auth call without a Referer, or with another site's, passes or is refused (AUTH0004, AUTH0007).
    #[arg(long, value_name = "RULE", value_enum, default_value_t = Referer::Lax)]
    payple_referer: Referer,

    /// Payple: refund in part. The real test account refuses that.
    #[arg(long)]
    payple_partial_cancel: bool,

    /// Payple: put `[TEST]` before result codes, as merchants have seen.
    #[arg(long)]
    payple_test_marks: bool,

    /// Payple: where webhooks go, as set on the admin page. They are unsigned.
    #[arg(long, value_name = "URL")]
    payple_webhook: Option<Url>,

    /// Payletter: more clients beside pay_test, as a JSON list of {client_id, payment_key, search_key, methods}.
    #[arg(long, value_name = "FILE")]
    payletter_clients: Option<PathBuf>,

    /// Global: the caller's address is not registered, so Private APIs (recurring, lists) answer 403.
    #[arg(long)]
    no_private_api: bool,

    /// Global: notices say payamt=1.00. As recorded, it is 1.
    #[arg(long)]
    full_amounts: bool,

    /// How long a gateway waits before it sends an unacknowledged callback again. Five minutes in life.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..))]
    resend_every: u64,

    /// A host that callbacks may go to besides this machine; may stand several times.
    #[arg(long, value_name = "HOST")]
    callback_host: Vec<String>,

    /// Stop the clock at this instant, like 2026-11-21T09:00:00+09:00. It then moves by POST /control/clock alone.
    #[arg(long, value_name = "TIME")]
    clock: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Referer {
    Lax,
    Strict,
}

impl Ways {
    /// The sandbox's options, for this address.
    pub(crate) fn options(
        self,
        seed: u64,
        base_url: String,
        package: &Path,
    ) -> Result<paypair_sandbox::Options, Stop> {
        Ok(paypair_sandbox::Options {
            seed,
            base_url,
            package_dir: package.is_dir().then(|| package.to_owned()),
            still_clock: self.clock,
            resend_every: Duration::from_secs(self.resend_every),
            callback_hosts: self.callback_host,
            payple_referer: match self.payple_referer {
                Referer::Lax => RefererRule::Lax,
                Referer::Strict => RefererRule::Strict,
            },
            payple_partial_cancel: self.payple_partial_cancel,
            payple_test_marks: self.payple_test_marks,
            payple_webhook: self.payple_webhook.map(Into::into),
            private_api: !self.no_private_api,
            short_amounts: !self.full_amounts,
            payletter_clients: self
                .payletter_clients
                .map_or_else(|| Ok(Vec::new()), |file| clients(&file))?,
        })
    }
}

/// Reads the further clients. Their keys are not repeated in what is said.
fn clients(file: &Path) -> Result<Vec<PayletterClient>, Stop> {
    let wrong =
        |what: String| Stop::Input(format!("--payletter-clients {}: {what}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| {
        wrong(format!(
            "line {} is not a JSON list of client_id, payment_key, search_key, methods",
            error.line()
        ))
    })
}

/// Runs until Ctrl-C.
pub(crate) async fn run(options: Options) -> Result<(), Stop> {
    let (port, listeners) = listen::open_localhost(options.port)?;
    let base_url = format!("http://localhost:{port}");
    let sandbox = Sandbox::new(options.ways.options(
        options.seed,
        base_url.clone(),
        &options.package,
    )?);
    Ok(listen::serve(
        vec![server(sandbox, listeners)?],
        &format!("paypair sandbox: {base_url}"),
    )
    .await?)
}

/// The gateways on these listeners.
pub(crate) fn server(
    sandbox: Sandbox,
    listeners: Vec<std::net::TcpListener>,
) -> Result<actix_web::dev::Server> {
    let mut server =
        HttpServer::new(move || App::new().configure(paypair_sandbox::configure(sandbox.clone())))
            .workers(1)
            .disable_signals()
            .shutdown_timeout(listen::GRACE_SECONDS);
    for listener in listeners {
        server = server.listen(listener)?;
    }
    Ok(server.run())
}
