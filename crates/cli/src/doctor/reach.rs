//! The only part that asks others: does each gateway's host answer, and is our clock like theirs?

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use paypair_protocol::Url;
use paypair_verifier::Config;
use reqwest::redirect;

use super::{Finding, addresses, fail, ok, warn};

const CHECK: &str = "clock";

/// A notification's age is told by this clock, and days of payments too.
const TOLERANCE_SECONDS: i64 = 30;

/// Asks each configured gateway's host for nothing but its headers.
pub(super) async fn check(config: &Config, offline: bool) -> Vec<Finding> {
    let now = Timestamp::now();
    if offline {
        return vec![unknown(now, "nobody was asked (--offline)")];
    }
    let mut findings = Vec::new();
    let mut clock = None;
    for url in addresses::gateway_urls(config) {
        let host = url.host_str().unwrap_or_default().to_owned();
        match date(&url).await {
            Some(date) => {
                findings.push(ok("reachable", format!("{host} answers")));
                clock = clock.or_else(|| date.map(|date| (host, date)));
            }
            None => findings.push(warn(
                "reachable",
                format!("{host} does not answer from here"),
                "offline, or your firewall does not let calls out to it",
            )),
        }
    }
    findings.push(match clock {
        Some((host, theirs)) => judged(Timestamp::now(), theirs, &host),
        None => unknown(now, "no gateway told the time"),
    });
    findings
}

/// The answer's Date header, if there is an answer. Nothing of ours is sent: no key, no body.
async fn date(url: &Url) -> Option<Option<Timestamp>> {
    // As the verifier calls: through no proxy.
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(4))
        .redirect(redirect::Policy::none())
        .no_proxy();
    let mut root = url.clone();
    root.set_path("/");
    root.set_query(None);
    let answer = client.build().ok()?.head(root).send().await.ok()?;
    let header = answer
        .headers()
        .get("date")
        .and_then(|date| date.to_str().ok());
    Some(
        header
            .and_then(|text| rfc2822::parse(text).ok())
            .map(|at| at.timestamp()),
    )
}

fn judged(ours: Timestamp, theirs: Timestamp, host: &str) -> Finding {
    let off = ours.as_second() - theirs.as_second();
    if off.abs() <= TOLERANCE_SECONDS {
        ok(CHECK, format!("agrees with {host}"))
    } else {
        let side = if off > 0 { "ahead of" } else { "behind" };
        fail(
            CHECK,
            format!("is {} s {side} {host}", off.abs()),
            "let the machine keep time by NTP: notifications are refused by their age, and days are told by this clock",
        )
    }
}

fn unknown(now: Timestamp, why: &str) -> Finding {
    warn(
        CHECK,
        format!("says {}Z; {why}", now.strftime("%Y-%m-%d %H:%M:%S")),
        "compare it with a watch, or run this again with a network",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn a_clock_may_be_half_a_minute_off() {
        let theirs: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        let level = |ours: &str| judged(ours.parse().unwrap(), theirs, "host").level;
        assert_eq!(level("2026-11-21T00:00:30Z"), Level::Ok);
        assert_eq!(level("2026-11-20T23:59:00Z"), Level::Fail);
        assert_eq!(level("2026-11-21T00:01:00Z"), Level::Fail);
    }

    #[test]
    fn the_date_of_an_http_header_is_read() {
        let at = rfc2822::parse("Sat, 21 Nov 2026 00:00:00 GMT").unwrap();
        assert_eq!(at.timestamp().to_string(), "2026-11-21T00:00:00Z");
    }
}
