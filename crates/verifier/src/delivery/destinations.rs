//! Which addresses webhooks may be posted to. Whoever could change the setting, or a name's addresses, must not reach hosts inside.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use url::{Host, Url};

use crate::config::GatewayEnv;

/// Names with public addresses by https; and what the configuration allows beside them, by address.
#[derive(Debug, Clone)]
pub(crate) struct Destinations {
    allowed: Vec<IpNet>,
    sandbox: bool,
}

impl Destinations {
    pub(crate) fn new(env: GatewayEnv, allowed: &[IpNet]) -> Self {
        Self {
            allowed: allowed.to_vec(),
            sandbox: env == GatewayEnv::Sandbox,
        }
    }

    /// Says why `url` must not be called, and what to do; or nothing. The addresses of a name are looked at when it is called.
    pub(crate) fn refuse(&self, url: &Url) -> Option<&'static str> {
        if !url.username().is_empty() || url.password().is_some() {
            return Some("leave user and password out; the signature says who sends");
        }
        let address = match url.host() {
            Some(Host::Ipv4(ip)) => Some(ip.into()),
            Some(Host::Ipv6(ip)) => Some(ip.into()),
            Some(Host::Domain("localhost")) => Some(Ipv4Addr::LOCALHOST.into()),
            Some(Host::Domain(_)) => None,
            None => return Some("write an address like https://shop.example/webhooks"),
        };
        match address {
            Some(ip) if !self.allows(ip) => Some(
                "write https and a name; an address of your own network has to be in webhook.allowed_networks",
            ),
            Some(_) if !matches!(url.scheme(), "http" | "https") => Some("write http or https"),
            None if url.scheme() != "https" || url.port_or_known_default() != Some(443) => {
                Some("use https on port 443; http is for this machine in env = \"sandbox\"")
            }
            _ => None,
        }
    }

    pub(crate) fn allows(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        (self.sandbox && ip.is_loopback()) || self.allowed.iter().any(|net| net.contains(&ip))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(env: GatewayEnv, allowed: &[&str], url: &str) -> bool {
        let allowed: Vec<IpNet> = allowed.iter().map(|net| net.parse().unwrap()).collect();
        let url = Url::parse(url).unwrap();
        Destinations::new(env, &allowed).refuse(&url).is_some()
    }

    #[test]
    fn webhooks_go_to_names_by_https_on_443() {
        for env in [GatewayEnv::Live, GatewayEnv::Test, GatewayEnv::Sandbox] {
            assert!(!refused(env, &[], "https://shop.example/webhooks?to=me"));
            for url in [
                "http://shop.example/",
                "https://shop.example:8443/",
                "https://shop.example:22/",
                "https://me@shop.example/",
                "https://me:password@shop.example/",
                "https://10.0.0.1/",
                "https://1.1.1.1/",
                "https://[::ffff:169.254.169.254]/",
                "https://0x7f.1:443/a",
                "ftp://shop.example/",
                "file:///etc/passwd",
            ] {
                let loopback = env == GatewayEnv::Sandbox && url.contains("0x7f.1");
                assert_eq!(refused(env, &[], url), !loopback, "{env:?} {url}");
            }
        }
    }

    #[test]
    fn this_machine_is_for_the_sandbox_and_for_who_allows_it() {
        for url in [
            "http://127.0.0.1:3000/webhooks",
            "http://localhost:3000/",
            "http://[::1]:3000/",
        ] {
            assert!(!refused(GatewayEnv::Sandbox, &[], url), "{url}");
            assert!(refused(GatewayEnv::Test, &[], url), "{url}");
            let here = ["127.0.0.0/8", "::1/128"];
            assert!(!refused(GatewayEnv::Live, &here, url), "{url}");
        }
        let net = ["10.0.3.0/24"];
        assert!(!refused(GatewayEnv::Live, &net, "http://10.0.3.7:8080/"));
        assert!(!refused(
            GatewayEnv::Live,
            &net,
            "http://[::ffff:10.0.3.7]/"
        ));
        assert!(refused(GatewayEnv::Live, &net, "http://10.0.4.7:8080/"));
        assert!(refused(GatewayEnv::Live, &net, "ftp://10.0.3.7/"));
    }
}
