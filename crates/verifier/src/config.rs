//! Configuration: one TOML file, overridden by `PAYPAIR_*` variables (`PAYPAIR_PAYPLE__MERCHANT_KEY`). See `paypair.example.toml`.

mod address;
mod assumptions;
mod check;
mod gateways;
mod reconciliation;
mod rotation;
mod webhook;

use std::{fmt, path::Path, time::Duration};

use figment::{
    Figment,
    providers::{Env, Format, Toml},
};
use ipnet::IpNet;
use paypair_ledger::{Policy, Timestamp};
use paypair_protocol::Secret;
use serde::Deserialize;
use url::Url;

use crate::{doors::origin_of, network::Reach};

pub use assumptions::{Assumptions, SearchKey};
pub(crate) use check::is_local_path;
pub use gateways::{Payletter, PayletterClient, PayletterGlobal, Payple};
pub use reconciliation::Reconciliation;
pub(crate) use rotation::Accepted;
pub use rotation::{PreviousKey, Until};
pub use webhook::Webhook;

/// Which of the gateways' worlds we talk to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GatewayEnv {
    /// Real money.
    Live,
    /// The gateways' own test hosts.
    Test,
    /// `paypair sandbox` on this machine.
    Sandbox,
}

/// Why the configuration cannot be used: names the field and says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file or a variable cannot be read as configuration.
    #[error("configuration: {0}")]
    Unreadable(String),
    /// A value is missing or makes no sense.
    #[error("configuration: {field}: {problem}")]
    Invalid {
        /// The field, as written in the file.
        field: String,
        /// What is wrong and what to do.
        problem: String,
    },
}

/// Everything the verifier is told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where browsers and gateways reach the verifier, mount prefix included (`https://shop.example/pay`).
    #[serde(deserialize_with = "address::address")]
    pub public_url: Url,
    /// Which gateways to talk to.
    pub env: GatewayEnv,
    /// What the merchant's servers show as bearer token. At least 16 characters.
    pub merchant_token: Secret,
    /// The token before this one, accepted beside it until its end: so that no request fails while the merchant's servers change.
    pub previous_merchant_token: Option<Secret>,
    /// Until when.
    pub previous_merchant_token_until: Option<Until>,
    /// Origins of the pages that may use the JavaScript routes. Default: the origin of `public_url`.
    #[serde(default)]
    pub allowed_origins: Vec<String>,
    /// The origin of the page that listens for Payple's message; sent as `Referer` to auth.php. Default: the first allowed origin.
    pub page_origin: Option<String>,
    /// Where buyers go after a redirect, a path on `page_origin`; `?order=ID` is added.
    #[serde(default = "default_result_page")]
    pub result_page: String,
    /// The store's file.
    #[serde(default = "default_database")]
    pub database: String,
    /// Proxies whose `X-Forwarded-For` is believed.
    #[serde(default)]
    pub trusted_proxies: Vec<IpNet>,
    /// Senders of signed gateway notifications; empty = every address (the hash is the first lock, this is the second). Payple's webhook
    /// is unsigned and comes from anywhere; from these addresses it is not counted.
    #[serde(default)]
    pub notification_senders: Vec<IpNet>,
    /// How long a request waits for a decision before it answers `pending`.
    #[serde(default = "default_patience")]
    pub patience_seconds: u64,
    /// Refund at once what must not have been captured.
    #[serde(default = "yes")]
    pub auto_refund: bool,
    /// Base of the sandbox, only with `env = "sandbox"`.
    #[serde(default, deserialize_with = "address::some_address")]
    pub sandbox_url: Option<Url>,
    /// Folder with the npm package's files, for `GET /cpay.js`.
    pub package_dir: Option<String>,
    /// Payple, if used.
    pub payple: Option<Payple>,
    /// Payletter, if used.
    pub payletter: Option<Payletter>,
    /// Payletter Global, if used.
    pub payletter_global: Option<PayletterGlobal>,
    /// Where the drop-in's verified mode learns what an order costs.
    pub order_source: Option<OrderSourceUrl>,
    /// Where the merchant is told of events.
    pub webhook: Option<Webhook>,
    /// The daily comparison with the gateways' books, if it is to be made here.
    pub reconciliation: Option<Reconciliation>,
    /// What is not known about the gateways.
    #[serde(default)]
    pub assumptions: Assumptions,
}

/// The URL implementation of [`OrderSource`](crate::OrderSource).
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderSourceUrl {
    /// `https`, or `http` on this machine.
    #[serde(deserialize_with = "address::address")]
    pub url: Url,
    /// Sent as bearer token.
    pub token: Option<Secret>,
    /// The host may have a private address (`10.0.0.5`): it stands in a network of the merchant's own.
    #[serde(default)]
    pub private_address: bool,
}

/// The path and the query may hold a token.
impl fmt::Debug for OrderSourceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrderSourceUrl")
            .field("host", &self.url.host_str())
            .field("token", &self.token)
            .field("private_address", &self.private_address)
            .finish()
    }
}

impl OrderSourceUrl {
    /// How far a call there reaches; nothing if the URL is not acceptable.
    pub(crate) fn reach(&self) -> Option<Reach> {
        let far = if self.private_address {
            Reach::Inside
        } else {
            Reach::Internet
        };
        [Reach::Loopback, far]
            .into_iter()
            .find(|reach| reach.refuse(&self.url).is_none())
    }
}

impl Config {
    /// Reads a file (if given) and the environment, and checks the result.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut figment = Figment::new();
        if let Some(file) = file {
            if !file.exists() {
                return Err(ConfigError::Unreadable(format!(
                    "there is no file {}",
                    file.display()
                )));
            }
            figment = figment.merge(Toml::file(file));
        }
        let environment = Env::prefixed("PAYPAIR_")
            .ignore(PROGRAM_OPTIONS)
            .split("__");
        Self::extract(figment.merge(environment))
    }

    /// Reads TOML text, without the environment.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        Self::extract(Figment::new().merge(Toml::string(text)))
    }

    fn extract(figment: Figment) -> Result<Self, ConfigError> {
        let mut config: Self = figment
            .extract()
            .map_err(|error| ConfigError::Unreadable(describe(error)))?;
        config.complete();
        config.check()?;
        Ok(config)
    }

    /// Fills in what follows from the rest.
    fn complete(&mut self) {
        if self.allowed_origins.is_empty() {
            self.allowed_origins.push(origin_of(&self.public_url));
        }
        if self.page_origin.is_none() {
            self.page_origin = self.allowed_origins.first().cloned();
        }
    }

    /// What the merchant's servers may show now.
    pub(crate) fn accepted_tokens(&self, now: Timestamp) -> Accepted<'_> {
        let previous = self.previous_merchant_token.as_ref();
        let until = self.previous_merchant_token_until;
        Accepted::new(&self.merchant_token, previous, until, now)
    }

    /// How long a request waits for a decision.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(self.patience_seconds)
    }

    /// The choices the store has to know.
    pub fn policy(&self) -> Policy {
        Policy {
            auto_refund: self.auto_refund,
            settle_window: Duration::from_secs(
                u64::from(self.assumptions.absent_after_minutes) * 60,
            ),
            ..Policy::default()
        }
    }

    /// How far gateway calls may reach in this environment.
    pub fn reach(&self) -> Reach {
        match self.env {
            GatewayEnv::Live | GatewayEnv::Test => Reach::Internet,
            GatewayEnv::Sandbox => Reach::Loopback,
        }
    }

    /// The gateway's world, for the protocol's host tables. In the sandbox each gateway has a path of its own.
    pub(crate) fn gateway_env(
        &self,
        gateway: &str,
    ) -> Result<paypair_protocol::Env, paypair_protocol::Error> {
        match (self.env, &self.sandbox_url) {
            (GatewayEnv::Live, _) => Ok(paypair_protocol::Env::Live),
            (GatewayEnv::Test, _) => Ok(paypair_protocol::Env::Test),
            (GatewayEnv::Sandbox, Some(base)) => paypair_protocol::Env::sandbox(&format!(
                "{}/{gateway}",
                base.as_str().trim_end_matches('/')
            )),
            (GatewayEnv::Sandbox, None) => Err(paypair_protocol::Error::SandboxNotLocal),
        }
    }

    /// The origin of the page that listens.
    pub fn page_origin(&self) -> &str {
        self.page_origin.as_deref().unwrap_or_default()
    }

    /// An address of ours, as the outside sees it.
    pub fn public(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }

    /// The page that shows an order's outcome.
    pub fn result_page(&self, page: Option<&str>, order_id: &str) -> String {
        let page = page.unwrap_or(&self.result_page);
        let mark = if page.contains('?') { '&' } else { '?' };
        let order: String = form_urlencoded::byte_serialize(order_id.as_bytes()).collect();
        format!("{}{page}{mark}order={order}", self.page_origin())
    }
}

/// Options of the program itself, which come by the same prefix.
const PROGRAM_OPTIONS: &[&str] = &[
    "config",
    "listen",
    "log",
    "port",
    "data",
    "package",
    "www",
    "seed",
    "patience",
    "sandbox_port",
    "server",
    "lang",
    "billing_key",
];

/// figment's errors name the field; several at once are put on one line. A value itself is not shown, it may be a key.
fn describe(error: figment::Error) -> String {
    let lines: Vec<String> = error
        .into_iter()
        .map(|error| {
            let path: Vec<&str> = error.path.iter().map(|name| shown(name)).collect();
            let path = path.join(".");
            let place = match path.as_str() {
                "" => String::new(),
                path => format!("{path}: "),
            };
            let problem = match &error.kind {
                figment::error::Kind::MissingField(name) => {
                    return format!("{}{name}: this field is needed", prefix(&path));
                }
                // The path ends with the name that nobody knows.
                figment::error::Kind::UnknownField(_, known) => {
                    format!("there is no such field; known are {}", known.join(", "))
                }
                figment::error::Kind::InvalidType(_, wanted)
                | figment::error::Kind::InvalidValue(_, wanted)
                | figment::error::Kind::InvalidLength(_, wanted) => format!("expected {wanted}"),
                figment::error::Kind::UnknownVariant(_, known) => {
                    format!("no such word; known are {}", known.join(", "))
                }
                figment::error::Kind::Message(text) => without_the_line(text),
                _ => "this cannot be read".to_owned(),
            };
            format!("{place}{problem}")
        })
        .collect();
    lines.join("; ")
}

/// A TOML error draws the line it is about, which may hold a key, and names in backquotes what stands there twice. Its place and its words
/// are enough.
fn without_the_line(text: &str) -> String {
    let drawn = |line: &&str| {
        line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ')
            .starts_with('|')
    };
    let kept = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !drawn(line));
    let words = kept.collect::<Vec<_>>().join(": ");
    let is_plain =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_punctuation() || c.is_ascii_whitespace();
    match (words.split_once('`'), words.rsplit_once('`')) {
        (Some((before, rest)), Some((_, after))) if !rest.chars().all(is_plain) => {
            format!("{before}`(not shown)`{after}")
        }
        _ => words,
    }
}

/// A name that is misspelt is shown, and a place in a list; what else has a digit or a capital in it may be a key in a name's place.
fn shown(name: &str) -> &str {
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
    if name.chars().all(is_name) || name.parse::<u8>().is_ok() {
        name
    } else {
        "(not shown)"
    }
}

fn prefix(path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!("{path}.")
    }
}

fn default_result_page() -> String {
    "/result.html".to_owned()
}

fn default_database() -> String {
    "paypair.sqlite3".to_owned()
}

fn default_patience() -> u64 {
    20
}

fn yes() -> bool {
    true
}
