//! `paypair demo`: a shop, the verifier and the gateways, all on this machine.

mod pages;
mod products;
mod session;
mod shop;
mod source;

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use actix_web::{App, HttpServer, web};
use anyhow::{Context as _, Result};
use clap::Args;
use paypair_sandbox::Sandbox;
use paypair_verifier::{Config, HttpNetwork, SystemEnvironment, Verifier, scope};

use crate::stop::Stop;
use crate::{listen, sandbox, serve};

/// Runs a demo shop with everything it needs, on this machine. No money moves.
///
/// The shop and the verifier (at /pay) stand on 127.0.0.1, the simulated gateways on localhost one port higher: for a browser
/// that is another site, as in life.
///
/// For the curious, the shop's pages take `?coop=1` (adds Cross-Origin-Opener-Policy: same-origin) and `?csp=nowasm` (the content
/// security policy refuses WebAssembly).
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// The shop's port; the gateways take the next one. 0 takes two free ports.
    #[arg(long, env = "PAYPAIR_PORT", default_value_t = 8080)]
    port: u16,

    /// The shop's address as browsers know it, where a proxy stands in front. Default: the shop's own.
    #[arg(long, env = "PAYPAIR_SHOP_URL", value_name = "URL")]
    shop_url: Option<String>,

    /// Where orders are kept.
    #[arg(
        long,
        env = "PAYPAIR_DATA",
        value_name = "DIR",
        default_value = "./var"
    )]
    data: PathBuf,

    /// Folder of the built npm package.
    #[arg(
        long,
        env = "PAYPAIR_PACKAGE",
        value_name = "DIR",
        default_value = "dist/package"
    )]
    package: PathBuf,

    /// Folder of the shop's pages.
    #[arg(long, env = "PAYPAIR_WWW", value_name = "DIR", default_value = "www")]
    www: PathBuf,

    /// The gateways' seed: the same one gives the same ids and tokens for the same calls.
    #[arg(long, env = "PAYPAIR_SEED", default_value_t = 1)]
    seed: u64,

    /// How long a page waits for the gateway's word before it shows `pending`.
    #[arg(
        long,
        env = "PAYPAIR_PATIENCE",
        value_name = "SECONDS",
        default_value_t = 20
    )]
    patience: u64,

    /// The bearer token of the verifier's server routes (`/pay/orders`, `/pay/events`). Default: a random one.
    #[arg(
        long,
        env = "PAYPAIR_MERCHANT_TOKEN",
        value_name = "TEXT",
        hide_env_values = true
    )]
    token: Option<String>,

    #[command(flatten)]
    ways: sandbox::Ways,
}

const HELP: &str = "\
Example:
  paypair demo --port 8080

The other commands reach its verifier at http://127.0.0.1:8080/pay, their default, with the token given by
PAYPAIR_MERCHANT_TOKEN to both.

Exit codes: 0 ended by Ctrl-C or SIGTERM, 1 failed, 2 wrong input.";

/// Runs until Ctrl-C.
pub(crate) async fn run(options: Options) -> Result<(), Stop> {
    need(
        &options.www,
        "index.html",
        "run this in the repository, or name the folder with --www",
    )?;
    need(
        &options.package,
        "index.js",
        "run `npm run build:package`, or name the folder with --package",
    )?;

    let shop_listener = listen::open((Ipv4Addr::LOCALHOST, options.port).into())?;
    let port = listen::port_of(&shop_listener)?;
    let next = if options.port == 0 {
        0
    } else {
        port.checked_add(1).context("choose a port below 65535")?
    };
    let (gateway_port, gateway_listeners) = listen::open_localhost(next)?;
    let own_url = || format!("http://127.0.0.1:{port}");
    let shop_url = options.shop_url.clone().unwrap_or_else(own_url);
    let shop_url = shop_url.trim_end_matches('/').to_owned();
    let gateway_url = format!("http://localhost:{gateway_port}");

    let config = config(&options, &shop_url, &gateway_url)?;
    let gateways = options
        .ways
        .options(options.seed, gateway_url.clone(), &options.package)?;
    let gateways = sandbox::server(Sandbox::new(gateways), gateway_listeners)?;
    println!("gateways (simulated)  {gateway_url}");

    std::fs::create_dir_all(&options.data)
        .with_context(|| format!("cannot create {}", options.data.display()))?;
    let database = options.data.join("demo.sqlite");
    let store = serve::open_store(&database, &config)?;
    println!("orders                {}", database.display());

    let merchant_token = config.merchant_token.expose().to_owned();
    let network = HttpNetwork::new(config.reach()).context("cannot set up TLS")?;
    let environment = SystemEnvironment::new().context("cannot start")?;
    let verifier = Verifier::new(config, store.clone(), network, environment)?
        .with_order_source(source::PriceTags);
    println!("verifier              {shop_url}/pay");

    let pages = pages::Pages {
        www: options.www,
        package: options.package,
        gateway_url,
    };
    let shop = web::Data::new(shop::Shop::new(verifier.clone(), store, merchant_token));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shop.clone())
            .service(scope("/pay", verifier.clone()))
            .service(shop::api())
            .configure(|app| pages.serve(app))
    })
    .disable_signals()
    .shutdown_timeout(listen::GRACE_SECONDS)
    .listen(shop_listener)
    .context("cannot listen")?
    .run();
    println!("Ctrl-C ends it.");
    Ok(listen::serve(vec![server, gateways], &format!("paypair demo: {shop_url}")).await?)
}

/// The settings a merchant would write into a file.
fn config(options: &Options, shop_url: &str, gateway_url: &str) -> Result<Config> {
    let own = format!(
        r#"
        public_url = "{shop_url}/pay"
        env = "sandbox"
        sandbox_url = "{gateway_url}"
        merchant_token = "{token}"
        result_page = "/result.html"
        patience_seconds = {patience}
        "#,
        token = options
            .token
            .clone()
            .unwrap_or_else(|| session::random_text(32)),
        patience = options.patience,
    );
    let mut config = Config::from_toml(&format!("{own}\n{}", include_str!("identities.toml")))?;
    config.package_dir = Some(options.package.to_string_lossy().into_owned());
    Ok(config)
}

fn need(folder: &Path, file: &str, advice: &str) -> Result<(), Stop> {
    let file = folder.join(file);
    if !file.is_file() {
        return Err(Stop::Input(format!(
            "there is no {}: {advice}",
            file.display()
        )));
    }
    Ok(())
}
