//! Where Payple is, and where its keys may go.

use url::Url;

use super::AuthAnswer;
use crate::{Env, Error, env::join};

/// The gateway's hosts in one world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts {
    env: Env,
    root: Url,
}

impl Hosts {
    /// The hosts of this world. A sandbox must be on this machine.
    pub fn new(env: Env) -> Result<Self, Error> {
        let env = env.checked()?;
        let root = env.root("https://cpay.payple.kr", "https://democpay.payple.kr")?;
        Ok(Self { env, root })
    }

    /// Which world this is.
    #[must_use]
    pub const fn env(&self) -> &Env {
        &self.env
    }

    /// Where [`super::Auth`] goes.
    #[must_use]
    pub fn auth_url(&self) -> Url {
        join(&self.root, "/php/auth.php", None)
    }

    /// Where the tokens of an auth answer may go: the answer's own URL, if it is on a host of this world.
    ///
    /// The path is the gateway's to choose ("URL을 고정하지 마세요").
    pub fn next_url(&self, answer: &AuthAnswer) -> Result<Url, Error> {
        let live = self.env == Env::Live;
        self.env.read_url(&answer.next_url, |host, _| {
            host.is_none_or(|host| {
                DOORS
                    .iter()
                    .any(|door| door.live == live && door.host == host)
            })
        })
    }

    /// Where the merchant's raw key may go: `PCD_PAY_COFURL`, which came through a browser, if its scheme, host, port
    /// and path are in the table.
    pub fn confirm_url(&self, text: &str) -> Result<Url, Error> {
        let live = self.env == Env::Live;
        self.env.read_url(text, |host, path| {
            let fits = |door: &Door| {
                host.is_none_or(|host| door.live == live && door.host == host) && door.path == path
            };
            DOORS.iter().any(fits)
        })
    }

    /// The page of a receipt (`PCD_PAY_CARDRECEIPT`), if it is the gateway's or its card processor's. A sandbox's is
    /// its own.
    pub fn receipt_url(&self, text: &str) -> Result<Url, Error> {
        self.env.read_url(text, |host, _| {
            host.is_none_or(|host| {
                RECEIPT_DOMAINS.iter().any(|domain| {
                    host.strip_suffix(domain)
                        .is_some_and(|front| front.is_empty() || front.ends_with('.'))
                })
            })
        })
    }

    /// The origin the window's messages come from.
    #[must_use]
    pub fn window_origin(&self) -> String {
        self.root.origin().ascii_serialization()
    }

    /// Every origin the window's messages may come from; the test world has an old host beside the new one.
    #[must_use]
    pub fn window_origins(&self) -> Vec<String> {
        let mut origins = vec![self.window_origin()];
        if self.env == Env::Test {
            origins.push("https://testcpay.payple.kr".to_owned());
        }
        origins
    }
}

/// Whose pages receipts are on; recorded is `www.danalpay.com`.
const RECEIPT_DOMAINS: [&str; 2] = ["danalpay.com", "payple.kr"];

/// A place that confirms.
struct Door {
    live: bool,
    host: &'static str,
    path: &'static str,
}

const fn door(live: bool, host: &'static str, path: &'static str) -> Door {
    Door { live, host, path }
}

const CARD: &str = "/php/PayCardConfirmAct.php";
const TRANSFER: &str = "/php/PayConfirmAct.php";
const APP_CARD: &str = "/api/v1/payments/cards/approval/confirm";

const DOORS: [Door; 8] = [
    door(true, "cpay.payple.kr", CARD),
    door(true, "cpay.payple.kr", TRANSFER),
    door(true, "api-v2.payple.kr", APP_CARD),
    door(false, "democpay.payple.kr", CARD),
    door(false, "democpay.payple.kr", TRANSFER),
    door(false, "testcpay.payple.kr", CARD),
    door(false, "testcpay.payple.kr", TRANSFER),
    door(false, "demo-api-v2.payple.kr", APP_CARD),
];
