//! What a sandbox is started with.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

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
}

/// How Payple treats the `Referer` of auth.php.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
        }
    }
}

impl Options {
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
