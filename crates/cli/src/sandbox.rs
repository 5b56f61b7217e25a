//! `paypair sandbox`: the three gateways alone, for a merchant's own application to talk to.

use std::path::PathBuf;

use actix_web::{App, HttpServer};
use anyhow::Result;
use clap::Args;
use paypair_sandbox::Sandbox;

use crate::listen;

/// Runs the simulated gateways alone.
///
/// Payple stands under /payple, Payletter under /payletter, Payletter Global under /payletter_global; tests script them at /control.
/// They know the published test identities only: `test`, `pay_test`, `PL_Merchant`.
#[derive(Debug, Args)]
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
}

/// Runs until Ctrl-C.
pub(crate) async fn run(options: Options) -> Result<()> {
    let (port, listeners) = listen::open_localhost(options.port)?;
    let base_url = format!("http://localhost:{port}");
    let sandbox = Sandbox::new(paypair_sandbox::Options {
        seed: options.seed,
        base_url: base_url.clone(),
        package_dir: options.package.is_dir().then_some(options.package),
        ..paypair_sandbox::Options::default()
    });
    listen::serve(
        vec![server(sandbox, listeners)?],
        &format!("paypair sandbox: {base_url}"),
    )
    .await
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
