//! The buyer's address. Anyone can write `X-Forwarded-For`, so it is read only from proxies we were told about, from the right.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::http::RawRequest;

/// The address of the client: the peer, unless the peer is a trusted proxy; then the last address in `X-Forwarded-For` that is not one.
pub(crate) fn client_ip(request: &RawRequest, trusted: &[IpNet]) -> Option<IpAddr> {
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|net| net.contains(ip));
    let peer = request.peer.map(|ip| ip.to_canonical())?;
    if !is_trusted(&peer) {
        return Some(peer);
    }
    let mut nearest = peer;
    for line in request
        .headers
        .iter()
        .rev()
        .filter(|(name, _)| name == "x-forwarded-for")
    {
        for hop in String::from_utf8_lossy(&line.1).rsplit(',') {
            let Ok(ip) = hop.trim().parse::<IpAddr>() else {
                // What stands left of an unreadable hop was written by nobody we trust.
                return Some(nearest);
            };
            nearest = ip.to_canonical();
            if !is_trusted(&nearest) {
                return Some(nearest);
            }
        }
    }
    Some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let mut request = RawRequest::new("GET", "/");
        request.peer = peer.parse().ok();
        for value in forwarded {
            request = request.with_header("x-forwarded-for", value);
        }
        let trusted = ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        client_ip(&request, &trusted).unwrap().to_string()
    }

    #[test]
    fn a_strangers_header_is_ignored() {
        assert_eq!(seen("203.0.113.9", &["1.2.3.4"]), "203.0.113.9");
    }

    #[test]
    fn trusted_hops_are_skipped_from_the_right() {
        assert_eq!(
            seen("10.0.0.1", &["6.6.6.6, 203.0.113.9, 10.0.0.2"]),
            "203.0.113.9"
        );
        assert_eq!(
            seen("10.0.0.1", &["6.6.6.6", "203.0.113.9, 10.0.0.2"]),
            "203.0.113.9"
        );
    }

    #[test]
    fn an_unreadable_hop_ends_the_walk() {
        assert_eq!(seen("10.0.0.1", &["203.0.113.9, rubbish"]), "10.0.0.1");
        assert_eq!(seen("::ffff:10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
    }
}
