//! `paypair serve` as a process of its own, and how it is killed.

use std::fs::File;
use std::io::{BufRead, BufReader, Error, Result};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use tokio::task::JoinError;

use super::Setup;
use super::clock::Clock;
use super::webhooks::{PATIENCE_SECONDS, SECRET};

/// The merchant's token. The gateways are simulated, and so is the merchant.
pub(super) const TOKEN: &str = "a-token-of-the-crash-test";
/// Where the outside believes the shop to be. Whoever calls there finds the process that lives just now.
pub(super) const SHOP: &str = "http://127.0.0.1:8080";
/// Where the verifier is mounted in it.
pub(super) const MOUNT: &str = "/pay";

/// How to start it.
#[derive(Clone, Debug)]
pub(super) struct Program {
    executable: PathBuf,
    settings: PathBuf,
    errors: PathBuf,
    /// The library that shifts its clock, if that is wanted.
    clock: Option<PathBuf>,
    /// The ledger.
    pub(super) file: PathBuf,
}

impl Program {
    /// Writes the settings of a verifier that talks to these gateways and tells this receiver.
    pub(super) fn new(
        setup: &Setup,
        folder: &Path,
        gateways: &str,
        receiver: &str,
    ) -> Result<Self> {
        let file = folder.join("orders.sqlite");
        let settings = folder.join("paypair.toml");
        let text = format!(
            r#"
            public_url = "{SHOP}{MOUNT}"
            env = "sandbox"
            sandbox_url = "{gateways}"
            merchant_token = "{TOKEN}"
            database = "{}"
            patience_seconds = 1
            [payple]
            merchant_id = "test"
            merchant_key = "abcd1234567890"
            refund_key = "a41ce010ede9fcbfb3be86b24858806596a9db68b79d138b147c3e563e1829a0"
            [payletter]
            service_name = "paypair"
            [[payletter.clients]]
            client_id = "pay_test"
            payment_key = "MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA="
            search_key = "MUI3MjM0RUExQTgyRDA1ODZGRDUyOEM4OTY2QTVCN0Y="
            [payletter_global]
            store_id = "PL_Merchant"
            api_key = "PL_Merchant"
            service_name = "paypair"
            [assumptions]
            global_sales_list_permitted = true
            [webhook]
            url = "{receiver}"
            secret = "{SECRET}"
            timeout_seconds = {PATIENCE_SECONDS}
            "#,
            file.display()
        );
        std::fs::write(&settings, text)?;
        Ok(Self {
            executable: setup.program.clone(),
            clock: setup.clock.clone(),
            settings,
            errors: folder.join("stderr"),
            file,
        })
    }

    /// Starts it on the ledger that the last one left. Nothing of our own environment's settings goes along.
    pub(super) fn start(&self, clock: Clock) -> Result<(Child, ChildStdout)> {
        let mut command = Command::new(&self.executable);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PAYPAIR_") {
                command.env_remove(name);
            }
        }
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(&self.settings)
            .env("PAYPAIR_LOG", "off")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&self.errors)?);
        if let Some(library) = &self.clock {
            clock.wind(&mut command, library);
        }
        let mut child = command.spawn()?;
        let missing = || Error::other("the program has no output");
        let stdout = child.stdout.take().ok_or_else(missing)?;
        Ok((child, stdout))
    }
}

impl Program {
    /// Whether its clock is shifted.
    pub(super) const fn has_clock(&self) -> bool {
        self.clock.is_some()
    }

    /// What the process that was started last complained of.
    pub(super) fn complaint(&self) -> String {
        std::fs::read_to_string(&self.errors).unwrap_or_default()
    }
}

/// Waits until it listens and gives its address; none if it ended before. Nothing at all if neither happens in this time: whoever
/// started it has to end it.
pub(super) async fn address_within(
    patience: Duration,
    stdout: ChildStdout,
) -> std::result::Result<Option<Option<SocketAddr>>, JoinError> {
    let address = tokio::task::spawn_blocking(|| address_of(stdout));
    let address = tokio::time::timeout(patience, address).await;
    address.ok().transpose()
}

fn address_of(stdout: ChildStdout) -> Option<SocketAddr> {
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).ok()?;
    line.split_whitespace().nth(2)?.parse().ok()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// What a shell's script prints; none if it prints nothing in this time.
    async fn heard(patience: Duration, script: &str) -> Option<Option<SocketAddr>> {
        let mut shell = Command::new("sh");
        let mut child = shell
            .args(["-c", script])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        let heard = address_within(patience, stdout).await.unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        heard
    }

    #[tokio::test]
    async fn a_program_that_hangs_before_it_listens_is_not_waited_for_for_ever() {
        let long = Duration::from_secs(60);
        let address = "127.0.0.1:80".parse().unwrap();
        let listens = "echo listens on 127.0.0.1:80; exec sleep 600";
        assert_eq!(heard(long, listens).await, Some(Some(address)));
        assert_eq!(heard(long, "exit 1").await, Some(None), "it ended");
        assert_eq!(
            heard(Duration::from_millis(50), "exec sleep 600").await,
            None
        );
    }
}
