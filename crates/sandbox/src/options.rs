//! What a sandbox is started with.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a sandbox is started with. [`Default`] is a sandbox for `http://localhost:8081` that a demo can use as it is.
#[derive(Debug, Clone)]
pub struct Options {
    /// The same seed gives the same identifiers and tokens for the same calls.
    pub seed: u64,
    /// Where browsers and merchants reach this sandbox: scheme, host, port and, when it is mounted in another
    /// application, the path. No `/` at the end.
    pub base_url: String,
    /// The folder of the built npm package; its `cpay.js` is served under the vendor's script name.
    pub package_dir: Option<PathBuf>,
    /// `Some` stops the clock at this instant: it then moves only by `POST /control/clock`.
    /// With the same seed, two runs are then equal to the last byte.
    pub still_clock: Option<Timestamp>,
    /// How long the gateways wait before they send an unacknowledged callback again. Five minutes in life.
    pub resend_every: Duration,
    /// Hosts that callbacks may go to besides loopback.
    pub callback_hosts: Vec<String>,
    /// How Payple treats the `Referer` of auth.php.
    pub payple_referer: RefererRule,
    /// Whether Payple cancels in part. Its test account does not.
    pub payple_partial_cancel: bool,
    /// Whether Payple puts `[TEST]` before its result codes, as merchants have seen.
    pub payple_test_marks: bool,
    /// Where Payple's webhooks go: the URL that a merchant sets on the admin page. None are sent without it.
    pub payple_webhook: Option<String>,
    /// Whether this caller's address is registered for Payletter Global's private calls (the sales list).
    pub private_api: bool,
    /// Whether `payamt` of Payletter Global loses its trailing zeros (`1.00` becomes `1`, as recorded).
    pub short_amounts: bool,
    /// Payletter's clients beside `pay_test`: a merchant has several where methods need keys of their own. One called `pay_test` stands
    /// in its place, with other keys.
    pub payletter_clients: Vec<PayletterClient>,
}

/// One of a merchant's client ids at Payletter, with its own two keys.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayletterClient {
    /// `client_id`.
    pub client_id: String,
    /// Its PAYMENT key.
    pub payment_key: String,
    /// Its SEARCH key.
    pub search_key: String,
    /// The methods (`pgcode`) that are paid by this client alone, as Naver Pay's in life. Empty: any method that no
    /// other client has to itself.
    #[serde(default)]
    pub methods: Vec<String>,
}

/// Keys are not shown, though these open nothing but a sandbox.
impl std::fmt::Debug for PayletterClient {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("PayletterClient")
            .field("client_id", &self.client_id)
            .field("methods", &self.methods)
            .finish_non_exhaustive()
    }
}

/// What can be switched while a sandbox runs: `GET /control/options` shows it, `POST /control/options` takes any part
/// of it. The fields are those of [`Options`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools)] // each is a switch of its own
pub struct Switches {
    /// See [`Options::payple_referer`].
    pub payple_referer: RefererRule,
    /// See [`Options::payple_partial_cancel`].
    pub payple_partial_cancel: bool,
    /// See [`Options::payple_test_marks`].
    pub payple_test_marks: bool,
    /// See [`Options::payple_webhook`].
    pub payple_webhook: Option<String>,
    /// See [`Options::private_api`].
    pub private_api: bool,
    /// See [`Options::short_amounts`].
    pub short_amounts: bool,
    /// See [`Options::payletter_clients`].
    pub payletter_clients: Vec<PayletterClient>,
}

/// How Payple treats the `Referer` of auth.php.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefererRule {
    /// The test server of old: a missing `Referer` passes, but the window can then neither post its result nor close.
    Lax,
    /// Today's servers: missing is `AUTH0004`, another site than the page that opens the window is `AUTH0007`.
    Strict,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            base_url: "http://localhost:8081".into(),
            package_dir: None,
            still_clock: None,
            resend_every: Duration::from_secs(300),
            callback_hosts: Vec::new(),
            payple_referer: RefererRule::Lax,
            payple_partial_cancel: false,
            payple_test_marks: false,
            payple_webhook: None,
            private_api: true,
            short_amounts: true,
            payletter_clients: Vec::new(),
        }
    }
}

impl Options {
    /// How its switches stand.
    pub fn switches(&self) -> Switches {
        Switches {
            payple_referer: self.payple_referer,
            payple_partial_cancel: self.payple_partial_cancel,
            payple_test_marks: self.payple_test_marks,
            payple_webhook: self.payple_webhook.clone(),
            private_api: self.private_api,
            short_amounts: self.short_amounts,
            payletter_clients: self.payletter_clients.clone(),
        }
    }

    /// Puts every switch where `switches` has it.
    pub fn switch(&mut self, switches: Switches) {
        let Switches {
            payple_referer,
            payple_partial_cancel,
            payple_test_marks,
            payple_webhook,
            private_api,
            short_amounts,
            payletter_clients,
        } = switches;
        self.payple_referer = payple_referer;
        self.payple_partial_cancel = payple_partial_cancel;
        self.payple_test_marks = payple_test_marks;
        self.payple_webhook = payple_webhook;
        self.private_api = private_api;
        self.short_amounts = short_amounts;
        self.payletter_clients = payletter_clients;
    }

    /// The path part of `base_url`: what links inside our own pages begin with.
    pub(crate) fn base_path(&self) -> &str {
        let after_scheme = self
            .base_url
            .split_once("://")
            .map_or(self.base_url.as_str(), |(_, rest)| rest);
        after_scheme.find('/').map_or("", |at| &after_scheme[at..])
    }

    /// `host[:port]`, Payple's `server_name`.
    pub(crate) fn server_name(&self) -> &str {
        let after_scheme = self
            .base_url
            .split_once("://")
            .map_or(self.base_url.as_str(), |(_, rest)| rest);
        after_scheme.split('/').next().unwrap_or(after_scheme)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_url_is_taken_apart() {
        let at = |base_url: &str| Options {
            base_url: base_url.into(),
            ..Options::default()
        };
        assert_eq!(at("http://localhost:8081").base_path(), "");
        assert_eq!(at("https://pg.test/sandbox").base_path(), "/sandbox");
        assert_eq!(at("https://pg.test/sandbox").server_name(), "pg.test");
    }
}
