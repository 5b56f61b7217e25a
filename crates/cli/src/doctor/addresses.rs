//! Where gateways and browsers reach us, and where we reach the gateways.

use std::net::IpAddr;

use ipnet::IpNet;
use paypair_protocol::{Env, Url, payletter, payletter_global, payple};
use paypair_verifier::{Config, GatewayEnv};

use super::{Finding, fail, ok, warn};

/// Where Payletter's callbacks and notices come from ("Firewall", both manuals).
pub(crate) const TEST_SENDERS: [&str; 1] = ["121.254.205.166"];
/// The last one is a reserve.
pub(crate) const LIVE_SENDERS: [&str; 3] = ["211.115.72.37", "211.115.72.38", "211.115.117.11"];

/// Looks at addresses of both sides.
pub(super) fn check(config: &Config) -> Vec<Finding> {
    let mut findings = vec![public_url(config)];
    findings.extend(hosts(config));
    findings.extend(senders(config));
    findings.extend(page(config));
    findings.push(ok(
        "tls",
        "gateways are called with TLS 1.2 or 1.3; older is not spoken",
    ));
    findings
}

pub(super) fn env_word(config: &Config) -> &'static str {
    match config.env {
        GatewayEnv::Live => "live",
        GatewayEnv::Test => "test",
        GatewayEnv::Sandbox => "sandbox",
    }
}

fn public_url(config: &Config) -> Finding {
    const CHECK: &str = "public_url";
    let url = &config.public_url;
    let port = url.port_or_known_default().unwrap_or_default();
    let private = is_private(url);
    match config.env {
        GatewayEnv::Sandbox if private => ok(
            CHECK,
            format!("{url} is this machine, as the sandbox needs it"),
        ),
        GatewayEnv::Sandbox => warn(
            CHECK,
            format!("{url}: the sandbox calls back to this machine only"),
            "use http://127.0.0.1, or start the sandbox with --callback-host",
        ),
        _ if private => fail(
            CHECK,
            format!("the gateways cannot call {url}"),
            "use a name that is reachable from the internet",
        ),
        GatewayEnv::Live if port != 443 => fail(
            CHECK,
            format!("port {port}: browsers and gateways expect 443"),
            "serve it on port 443, behind a reverse proxy",
        ),
        GatewayEnv::Test if ![80, 443].contains(&port) => fail(
            CHECK,
            format!("port {port}: the test gateways call ports 80 and 443 only"),
            "use port 443, or have address and port registered: poqdev@payletter.com, gpoqdev@payletter.com",
        ),
        _ => ok(CHECK, format!("{url} is https on port {port}")),
    }
}

fn is_private(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let name = host.trim_matches(['[', ']']);
    match name.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => {
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified()
        }
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unspecified(),
        Err(_) => {
            name == "localhost"
                || !name.contains('.')
                || name.ends_with(".local")
                || name.ends_with(".internal")
        }
    }
}

/// The gateways' own addresses, one for each that is configured.
pub(super) fn gateway_urls(config: &Config) -> Vec<Url> {
    let env = |gateway: &str| match (config.env, &config.sandbox_url) {
        (GatewayEnv::Live, _) => Some(Env::Live),
        (GatewayEnv::Test, _) => Some(Env::Test),
        (GatewayEnv::Sandbox, Some(base)) => Env::sandbox(&format!(
            "{}/{gateway}",
            base.as_str().trim_end_matches('/')
        ))
        .ok(),
        (GatewayEnv::Sandbox, None) => None,
    };
    let payple = config
        .payple
        .as_ref()
        .and_then(|_| Some(payple::Hosts::new(env("payple")?).ok()?.auth_url()));
    let payletter = config
        .payletter
        .as_ref()
        .and_then(|_| Some(payletter::Hosts::new(env("payletter")?).ok()?.pay_url()));
    let global = config.payletter_global.as_ref().and_then(|_| {
        Some(
            payletter_global::Hosts::new(env("payletter_global")?)
                .ok()?
                .pay_url(),
        )
    });
    [payple, payletter, global].into_iter().flatten().collect()
}

fn hosts(config: &Config) -> Option<Finding> {
    let hosts: Vec<String> = gateway_urls(config)
        .iter()
        .map(|url| url.host_str().unwrap_or_default().to_owned())
        .collect();
    (!hosts.is_empty()).then(|| {
        ok(
            "hosts",
            format!(
                "calls go to {}; let them out of your firewall",
                hosts.join(", ")
            ),
        )
    })
}

fn senders(config: &Config) -> Option<Finding> {
    const CHECK: &str = "notification_senders";
    if config.payletter.is_none() && config.payletter_global.is_none() {
        return None;
    }
    let published: &[&str] = match config.env {
        GatewayEnv::Live => &LIVE_SENDERS,
        GatewayEnv::Test => &TEST_SENDERS,
        GatewayEnv::Sandbox => return None,
    };
    let list: Vec<String> = published.iter().map(|ip| format!("{ip}/32")).collect();
    let list = format!("{list:?}");
    if config.notification_senders.is_empty() {
        return Some(warn(
            CHECK,
            "is empty: every address may send notifications, and the hash decides alone",
            format!("notification_senders = {list}, and let these in through your firewall"),
        ));
    }
    let missing: Vec<&str> = published
        .iter()
        .filter(|ip| {
            let ip: Option<IpAddr> = ip.parse().ok();
            !ip.is_some_and(|ip| {
                config
                    .notification_senders
                    .iter()
                    .any(|net: &IpNet| net.contains(&ip))
            })
        })
        .copied()
        .collect();
    Some(if !missing.is_empty() {
        fail(
            CHECK,
            format!(
                "lacks {}, which Payletter sends from: its callbacks are refused",
                missing.join(", ")
            ),
            format!("add them; the manuals name {list}"),
        )
    } else if config.trusted_proxies.is_empty() {
        warn(
            CHECK,
            "is set, and trusted_proxies is not: behind a proxy every sender looks like the proxy",
            "name your proxy in trusted_proxies, like [\"127.0.0.1/32\"]",
        )
    } else {
        ok(CHECK, "has all that the manuals name")
    })
}

fn page(config: &Config) -> Option<Finding> {
    config.payple.as_ref()?;
    let origin = config.page_origin();
    Some(ok(
        "page_origin",
        format!(
            "{origin} is what Payple is told as Referer: it must be registered there (else AUTH0004) and open the window (else AUTH0007)"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_internet_cannot_reach_is_private() {
        for url in [
            "https://localhost/",
            "https://10.0.0.3/",
            "https://[::1]/",
            "https://shop/",
            "https://a.local/",
        ] {
            assert!(is_private(&url.parse().unwrap()), "{url}");
        }
        for url in ["https://shop.example/pay", "https://203.0.113.5/"] {
            assert!(!is_private(&url.parse().unwrap()), "{url}");
        }
    }
}
