//! The buyer's address. Anyone can write `X-Forwarded-For`, so it is read only from proxies we were told about, from the right.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::http::RawRequest;

/// The address of the client: the peer, unless the peer is a trusted proxy; then the last address in `X-Forwarded-For` that is not one.
pub fn client_ip(request: &RawRequest, trusted: &[IpNet]) -> Option<IpAddr> {
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
    use proptest::prelude::*;

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

    /// Networks that stand in front of us, of both families.
    fn trusted() -> Vec<IpNet> {
        ["10.0.0.0/8", "192.168.7.1/32", "fd00:1::/32", "::1/128"]
            .map(|net| net.parse().unwrap())
            .to_vec()
    }

    fn is_trusted(ip: IpAddr) -> bool {
        trusted().iter().any(|net| net.contains(&ip.to_canonical()))
    }

    /// An IPv4 address may be written as IPv6.
    fn written(ip: impl Strategy<Value = IpAddr>) -> impl Strategy<Value = IpAddr> {
        (ip, any::<bool>()).prop_map(|(ip, mapped)| match ip {
            IpAddr::V4(ip) if mapped => ip.to_ipv6_mapped().into(),
            ip => ip,
        })
    }

    /// One of ours.
    fn inside() -> impl Strategy<Value = IpAddr> {
        written(prop_oneof![
            any::<[u8; 3]>().prop_map(|[a, b, c]| IpAddr::from([10, a, b, c])),
            Just("192.168.7.1".parse().unwrap()),
            any::<u64>().prop_map(|low| {
                let bits = 0xfd00_0001_u128 << 96 | u128::from(low);
                IpAddr::from(std::net::Ipv6Addr::from_bits(bits))
            }),
        ])
    }

    fn outside() -> impl Strategy<Value = IpAddr> {
        let anywhere = prop_oneof![
            any::<[u8; 4]>().prop_map(IpAddr::from),
            any::<[u8; 16]>().prop_map(IpAddr::from),
        ];
        written(anywhere).prop_filter("a stranger", |ip| !is_trusted(*ip))
    }

    fn address() -> impl Strategy<Value = IpAddr> {
        prop_oneof![inside(), outside()]
    }

    /// What may stand between two commas.
    fn hop() -> impl Strategy<Value = String> {
        prop_oneof![
            8 => address().prop_map(|ip| ip.to_string()),
            1 => "[ -~]{0,20}",
        ]
    }

    fn request(peer: IpAddr, lines: &[Vec<String>]) -> RawRequest {
        let mut request = RawRequest::new("GET", "/");
        request.peer = Some(peer);
        lines.iter().fold(request, |request, hops| {
            request.with_header("x-forwarded-for", &hops.join(", "))
        })
    }

    proptest! {
        #[test]
        fn a_stranger_is_who_connects_whatever_he_writes(
            peer in outside(), lines in prop::collection::vec(prop::collection::vec(hop(), 0..4), 0..3),
        ) {
            prop_assert_eq!(client_ip(&request(peer, &lines), &trusted()), Some(peer.to_canonical()));
        }

        /// What a client writes stands left of what our proxy adds about it, and changes nothing.
        #[test]
        fn nothing_left_of_the_first_stranger_counts(
            peer in inside(), stranger in outside(), between in prop::collection::vec(inside(), 0..4),
            written in prop::collection::vec(prop::collection::vec(hop(), 0..4), 0..3),
        ) {
            let added: Vec<String> = std::iter::once(stranger).chain(between).map(|ip| ip.to_string()).collect();
            let mut lines = written;
            lines.push(added.clone());
            let found = client_ip(&request(peer, &lines), &trusted());
            prop_assert_eq!(found, Some(stranger.to_canonical()));
            // The same where the proxy goes on in the client's own line.
            if let [.., last, _] = lines.as_mut_slice() {
                last.extend(added);
                lines.pop();
                prop_assert_eq!(client_ip(&request(peer, &lines), &trusted()), Some(stranger.to_canonical()));
            }
        }

        /// Whatever is written: the answer is the peer or stands in the header, and is an IPv4 address if it can be one.
        #[test]
        fn the_answer_was_said_by_somebody(
            peer in address(), lines in prop::collection::vec(prop::collection::vec(hop(), 0..4), 0..3),
        ) {
            let found = client_ip(&request(peer, &lines), &trusted()).unwrap();
            prop_assert_eq!(found, found.to_canonical());
            let mut said = lines.iter().flatten().flat_map(|hop| hop.split(','));
            let is_said = said.any(|hop| hop.trim().parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical() == found));
            prop_assert!(found == peer.to_canonical() || is_said);
        }
    }
}
