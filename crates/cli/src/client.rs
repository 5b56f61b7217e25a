//! The verifier's REST API, as the commands use it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use paypair_protocol::{Locale, Secret, Url};
use paypair_verifier::Config;
use reqwest::{Response, redirect, retry};
use serde_json::Value;

use crate::show::{say, text};
use crate::stop::Stop;

/// How a command reaches the verifier.
#[derive(Debug, Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct Server {
    /// The verifier, with its mount path; https, or http on this machine.
    #[arg(
        long,
        env = "PAYPAIR_SERVER",
        value_name = "URL",
        default_value = "http://127.0.0.1:8080/pay"
    )]
    server: String,

    /// The settings of `paypair serve`, for their merchant_token; PAYPAIR_MERCHANT_TOKEN comes before it.
    #[arg(long, env = "PAYPAIR_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,

    /// Print the server's JSON as it is.
    #[arg(long)]
    json: bool,

    /// The language of refusals. Default: what LC_ALL, LC_MESSAGES or LANG say.
    #[arg(long, env = "PAYPAIR_LANG", value_name = "ko|en", value_parser = language)]
    lang: Option<Locale>,
}

/// A connection to one verifier.
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    token: Secret,
    lang: Locale,
    json: bool,
}

/// The server's answer, as it came and as it reads.
pub(crate) struct Answer {
    raw: String,
    pub(crate) value: Value,
}

/// Longer than the server itself waits for a gateway (60 s at most).
const PATIENCE: Duration = Duration::from_secs(90);

impl Server {
    /// Checks address and token, before anything is sent.
    pub(crate) fn client(self) -> Result<Client, Stop> {
        let base = base(&self.server)?;
        let lang = self.lang.unwrap_or_else(spoken);
        let token = match std::env::var("PAYPAIR_MERCHANT_TOKEN") {
            Ok(token) if !token.is_empty() => Secret::new(token),
            _ => match &self.config {
                Some(file) => Config::load(Some(file))?.merchant_token,
                None => {
                    return Err(Stop::input(
                        "no merchant token: set PAYPAIR_MERCHANT_TOKEN, or name the settings of `paypair serve` with --config FILE",
                    ));
                }
            },
        };
        if !token.expose().bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Stop::input(
                "the merchant token has characters that no header takes: use letters, digits and signs",
            ));
        }
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("paypair/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(5))
            .timeout(PATIENCE)
            .redirect(redirect::Policy::none())
            // A second request would be a second decision; nobody but a person makes it.
            .retry(retry::never());
        if base.scheme() == "http" {
            // Whatever the name service says, `localhost` is this machine; and no proxy stands in between.
            let here = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
            let here = here.map(|ip: IpAddr| SocketAddr::new(ip, 0));
            http = http.no_proxy().resolve_to_addrs("localhost", &here);
        }
        let http = http
            .build()
            .map_err(|_| Stop::Refused("cannot set up TLS".to_owned()))?;
        Ok(Client {
            http,
            base,
            token,
            lang,
            json: self.json,
        })
    }
}

impl Client {
    /// Asks; nothing changes by it.
    pub(crate) async fn get(
        &self,
        path: &[&str],
        query: &[(&str, String)],
    ) -> Result<Answer, Stop> {
        let mut url = self.url(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.send(self.http.get(url), None).await
    }

    /// Tells the server to do something. `lost` says what to do when its answer does not come: it may have been done.
    pub(crate) async fn post(
        &self,
        path: &[&str],
        body: &Value,
        lost: &str,
    ) -> Result<Answer, Stop> {
        self.send(self.http.post(self.url(path)).json(body), Some(lost))
            .await
    }

    /// Prints the server's JSON if that was asked for, else what `text` makes of it.
    pub(crate) fn show(&self, answer: &Answer, text: impl FnOnce(&Value) -> String) {
        if self.json {
            say(&answer.raw);
        } else {
            say(&text(&answer.value));
        }
    }

    /// The same of what was put together from several answers.
    pub(crate) fn show_value(&self, value: &Value, text: impl FnOnce(&Value) -> String) {
        let raw = value.to_string();
        let value = value.clone();
        self.show(&Answer { raw, value }, text);
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        // Only a URL without a host has no path to extend, and `base` has one.
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.pop_if_empty().extend(path);
        }
        url
    }

    async fn send(
        &self,
        request: reqwest::RequestBuilder,
        lost: Option<&str>,
    ) -> Result<Answer, Stop> {
        let answer = match request.bearer_auth(self.token.expose()).send().await {
            Ok(answer) => answer,
            Err(error) if error.is_connect() || error.is_builder() => {
                return Err(Stop::Refused(format!(
                    "cannot reach {}: is `paypair serve` running there? Nothing was sent",
                    self.base
                )));
            }
            Err(_) => return Err(self.unanswered(lost)),
        };
        let status = answer.status();
        let Some(raw) = body(answer).await else {
            return Err(self.unanswered(lost));
        };
        let value: Option<Value> = serde_json::from_str(&raw).ok();
        match value {
            Some(value) if status.is_success() => Ok(Answer { raw, value }),
            Some(value) if value["error"]["code"].is_string() => {
                if self.json {
                    say(&raw);
                }
                Err(self.refusal(&value["error"], lost))
            }
            // A proxy's word, or another server's: a request may have come through before a 5xx, or whatever said 200.
            _ if status.is_success() || status.is_server_error() => Err(self.unanswered(lost)),
            _ => Err(Stop::Refused(format!(
                "{} answers HTTP {} and is no paypair server; check --server",
                self.base,
                status.as_u16()
            ))),
        }
    }

    fn unanswered(&self, lost: Option<&str>) -> Stop {
        let text = format!("{} gave no readable answer", self.base);
        match lost {
            Some(advice) => Stop::Unknown(format!(
                "{text}; it may have been done all the same: {advice}"
            )),
            None => Stop::Refused(text),
        }
    }

    /// Code and sentence, every field that is wrong, and the gateway's own words.
    fn refusal(&self, error: &Value, lost: Option<&str>) -> Stop {
        let code = text(&error["code"]);
        let sentence = |of: &Value| {
            let lang = match self.lang {
                Locale::Ko => "ko",
                Locale::En => "en",
            };
            text(&of["message"][lang])
        };
        let mut line = format!("{code}: {}", sentence(error));
        let fields = error["fields"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        if !fields.is_empty() {
            let each: Vec<String> = fields
                .iter()
                .map(|fault| format!("{}: {}", text(&fault["field"]), sentence(fault)))
                .collect();
            line = format!("{code}: {}", each.join("; "));
        } else if error["field"].is_string() {
            line = format!("{line} ({})", text(&error["field"]));
        }
        let gateway = format!(
            "{} {}",
            text(&error["gatewayCode"]),
            text(&error["gatewayMessage"])
        );
        if !gateway.trim().is_empty() {
            line = format!("{line} [{}]", gateway.trim());
        }
        if code == "unauthorized" {
            line.push_str("; check PAYPAIR_MERCHANT_TOKEN or --config");
        }
        match lost {
            // The one code that does not say whether anything was done.
            Some(advice) if code == "internal" => Stop::Unknown(format!("{line}; {advice}")),
            _ => Stop::Refused(line),
        }
    }
}

/// The whole body, if it comes, is text, and is not larger than any answer of ours.
async fn body(mut answer: Response) -> Option<String> {
    const MOST: usize = 16 * 1024 * 1024;
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.ok()? {
        if bytes.len() + chunk.len() > MOST {
            return None;
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).ok()
}

/// The address of a verifier: the token goes there, so nobody may listen on the way.
fn base(text: &str) -> Result<Url, Stop> {
    let wrong = |what: &str| Stop::Input(format!("--server {text}: {what}"));
    let Ok(url) = text.parse::<Url>() else {
        return Err(wrong("write a URL, like https://shop.example/pay"));
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Stop::input(
            "--server: write no user or password into the URL",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("write scheme, host and mount path only"));
    }
    let host = url.host_str().unwrap_or_default();
    let here = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.is_loopback());
    match url.scheme() {
        "https" if !host.is_empty() => Ok(url),
        "http" if here => Ok(url),
        _ => Err(wrong("use https; plain http is for this machine only")),
    }
}

fn language(text: &str) -> Result<Locale, String> {
    text.parse()
        .map_err(|_| "the languages are ko and en".to_owned())
}

/// The language of the terminal.
fn spoken() -> Locale {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    match set {
        Some(value) if value.starts_with("ko") => Locale::Ko,
        _ => Locale::En,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_goes_over_https_or_stays_here() {
        for good in [
            "https://shop.example/pay",
            "https://shop.example:8443/",
            "http://127.0.0.1:8080/pay",
            "http://localhost/pay",
            "http://[::1]:9/pay",
        ] {
            assert!(base(good).is_ok(), "{good}");
        }
        for bad in [
            "http://shop.example/pay",
            "http://localhost.evil.example/",
            "http://127.0.0.1.evil.example/",
            "ftp://localhost/",
            "https://user:secret@shop.example/",
            "https://shop.example/?a=b",
            "shop.example",
            "",
        ] {
            assert!(matches!(base(bad), Err(Stop::Input(_))), "{bad}");
        }
    }

    #[test]
    fn what_is_put_into_a_path_stays_one_part_of_it() {
        let client = Client {
            http: reqwest::Client::new(),
            base: "http://127.0.0.1:8080/pay/".parse().unwrap(),
            token: Secret::new("t"),
            lang: Locale::En,
            json: false,
        };
        let url = client.url(&["orders", "A/1?x#y%", "refund"]);
        assert_eq!(
            url.as_str(),
            "http://127.0.0.1:8080/pay/orders/A%2F1%3Fx%23y%25/refund"
        );
    }
}
