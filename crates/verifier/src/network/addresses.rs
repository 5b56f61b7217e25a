//! The name service is not ours: whoever can answer for a gateway's name could point it at a host inside, and our keys with it. So
//! the answer is looked at before anybody is called, and the connection goes to the very address that was looked at: there is no
//! second question whose answer could differ.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Whom a name may belong to.
pub(crate) type Allowed = fn(IpAddr) -> bool;

/// Asks a name service. The real one asks the system's; a test makes its answers up.
pub(crate) type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, Answers> + Send + Sync>;

/// What a name service says.
pub(crate) type Answers = io::Result<Vec<IpAddr>>;

/// A resolver that lets through only names whose every address is allowed. One address inside among public ones is no accident:
/// somebody plays with the name, so none of its addresses is believed.
#[derive(Clone)]
pub(crate) struct CheckedNames {
    lookup: Lookup,
    allowed: Allowed,
}

impl CheckedNames {
    /// The system's name service, its answers checked.
    pub(crate) fn of_the_system(allowed: Allowed) -> Self {
        Self::over(Arc::new(|name| Box::pin(ask_the_system(name))), allowed)
    }

    /// This name service, its answers checked.
    pub(crate) fn over(lookup: Lookup, allowed: Allowed) -> Self {
        Self { lookup, allowed }
    }

    /// The addresses of a name, all of them allowed.
    pub(crate) async fn resolve(&self, name: &str) -> Answers {
        let answers = (self.lookup)(name.to_owned()).await?;
        if let Some(inside) = answers.iter().find(|ip| !(self.allowed)(**ip)) {
            tracing::error!(name, address = %inside, "the name service answers an address that must not be called");
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "the name leads to an address that must not be called",
            ));
        }
        if answers.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::NotFound,
                "the name has no address",
            ));
        }
        Ok(answers)
    }
}

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let this = self.clone();
        Box::pin(async move {
            let answers = Self::resolve(&this, name.as_str()).await?;
            // Port 0 is replaced by the URL's.
            let addresses = answers.into_iter().map(|ip| SocketAddr::new(ip, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

async fn ask_the_system(name: String) -> Answers {
    let found = tokio::net::lookup_host((name, 0)).await?;
    Ok(found.map(|address| address.ip()).collect())
}

/// Is this an address of the public internet? What is not known to be one is none: the IPv6 space that nobody was given, too.
pub(crate) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => match ip.segments() {
            // ::ffff:a.b.c.d is an IPv4 address; 64:ff9b::a.b.c.d (NAT64) leads to one.
            [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => {
                is_public_v4(last_four(ip))
            }
            // Teredo, benchmarking, ORCHID and the other special uses; 6to4 hides an IPv4 address; documentation twice.
            [0x2001, 0..0x0200, ..]
            | [0x2001, 0x0db8, ..]
            | [0x2002, ..]
            | [0x3fff, 0..0x1000, ..] => false,
            [first, ..] => (0x2000..0x4000).contains(&first),
        },
    }
}

/// Is this the address of a machine beside us (private networks), or a public one? Never this machine, never the link.
pub(crate) fn is_public_or_private(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    let private = match ip {
        IpAddr::V4(ip) => ip.is_private() || is_shared(ip),
        IpAddr::V6(ip) => ip.is_unique_local(),
    };
    private || is_public(ip)
}

/// As in the IANA registry of special-purpose addresses.
fn is_public_v4(ip: Ipv4Addr) -> bool {
    let special = match ip.octets() {
        // This network, loopback, multicast, reserved and broadcast.
        [0 | 127 | 224..=255, ..] => true,
        // Protocol assignments, and the relays of 6to4.
        [192, 0, 0, _] | [192, 88, 99, _] => true,
        // Benchmarking.
        [198, 18 | 19, ..] => true,
        _ => ip.is_private() || ip.is_link_local() || is_shared(ip) || ip.is_documentation(),
    };
    !special
}

/// 100.64.0.0/10, behind a provider's NAT.
fn is_shared(ip: Ipv4Addr) -> bool {
    matches!(ip.octets(), [100, 64..=127, ..])
}

fn last_four(ip: Ipv6Addr) -> Ipv4Addr {
    let [.., a, b, c, d] = ip.octets();
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(ip: &str) -> bool {
        is_public(ip.parse().unwrap())
    }

    #[test]
    fn gateways_have_public_addresses() {
        for ip in [
            "121.254.205.166",
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2001:200::1",
            "2001:4860::8888",
            "3fff:1000::1",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
        ] {
            assert!(public(ip), "{ip}");
        }
    }

    #[test]
    fn what_is_special_is_not_public() {
        for ip in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::10.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b:1::1.1.1.1",
            "100::1",
            "2001::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "3fff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!public(ip), "{ip}");
        }
    }

    #[test]
    fn the_merchants_own_servers_may_stand_beside_us() {
        let may = |ip: &str| is_public_or_private(ip.parse().unwrap());
        for ip in [
            "10.0.0.1",
            "100.64.0.1",
            "192.168.1.1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "1.1.1.1",
        ] {
            assert!(may(ip), "{ip}");
        }
        for ip in [
            "127.0.0.1",
            "::1",
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "fe80::1",
            "0.0.0.0",
            "224.0.0.1",
            "64:ff9b::10.0.0.1",
        ] {
            assert!(!may(ip), "{ip}");
        }
    }
}
