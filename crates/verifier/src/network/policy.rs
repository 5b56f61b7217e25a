//! Which addresses may be called at all. A second lock behind the gateway tables: even a wrong URL that slipped through a table
//! must not carry a key to a place like this.

use std::net::IpAddr;

use url::{Host, Url};

/// How far calls may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Real gateways: `https`, port 443, a host name with public addresses only.
    Internet,
    /// A server of the merchant's: as `Internet`, but it may have a private address.
    Inside,
    /// The sandbox: this machine only, `http` allowed.
    Loopback,
}

impl Reach {
    /// Says why `url` must not be called, or nothing.
    pub fn refuse(self, url: &Url) -> Option<&'static str> {
        if !url.username().is_empty() || url.password().is_some() {
            return Some("the URL carries user information");
        }
        match self {
            Self::Internet | Self::Inside => {
                if url.scheme() != "https" {
                    Some("only https is called outside the sandbox")
                } else if url.port_or_known_default() != Some(443) {
                    Some("only port 443 is called outside the sandbox")
                } else if !matches!(url.host(), Some(Host::Domain(name)) if name != "localhost") {
                    Some("gateways are called by name")
                } else {
                    None
                }
            }
            Self::Loopback => {
                if !is_loopback(url) {
                    Some("in the sandbox only this machine is called")
                } else if !matches!(url.scheme(), "http" | "https") {
                    Some("only http and https are called")
                } else {
                    None
                }
            }
        }
    }
}

/// Is this URL's host this machine?
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(reach: Reach, url: &str) -> bool {
        reach.refuse(&Url::parse(url).unwrap()).is_some()
    }

    #[test]
    fn the_internet_is_https_443_by_name() {
        assert!(!refused(
            Reach::Internet,
            "https://cpay.payple.kr/php/auth.php"
        ));
        assert!(!refused(Reach::Internet, "https://cpay.payple.kr:443/"));
        for url in [
            "http://cpay.payple.kr/",
            "https://cpay.payple.kr:8443/",
            "https://user@cpay.payple.kr/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://localhost/",
        ] {
            assert!(refused(Reach::Internet, url), "{url}");
        }
    }

    #[test]
    fn the_sandbox_is_this_machine() {
        assert!(!refused(Reach::Loopback, "http://localhost:8081/payple"));
        assert!(!refused(Reach::Loopback, "http://127.0.0.1:9/"));
        for url in [
            "https://cpay.payple.kr/",
            "http://10.0.0.1/",
            "http://localhost.evil.example/",
            "ftp://localhost/",
        ] {
            assert!(refused(Reach::Loopback, url), "{url}");
        }
    }
}
