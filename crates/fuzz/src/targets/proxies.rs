//! Whose request it is, behind proxies: what a client writes into `X-Forwarded-For` moves nothing.

use std::net::IpAddr;

use ipnet::IpNet;
use paypair_verifier::{RawRequest, client_ip};

/// First line: who connects. Second: the proxies we trust, with commas. The others: one header each, as they come.
pub(crate) fn run(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let peer = String::from_utf8_lossy(line()).trim().parse::<IpAddr>();
    let trusted: Vec<IpNet> = String::from_utf8_lossy(line())
        .split(',')
        .filter_map(|net| net.trim().parse().ok())
        .collect();
    let mut request = RawRequest::new("GET", "/");
    request.peer = peer.as_ref().ok().copied();
    for header in lines {
        let name = "x-forwarded-for".to_owned();
        request.headers.push((name, header.to_vec()));
    }
    let found = client_ip(&request, &trusted);
    let Ok(peer) = peer else {
        assert_eq!(found, None, "nobody connected");
        return;
    };
    let Some(found) = found else {
        panic!("somebody connected")
    };
    let is_trusted = |ip: IpAddr| trusted.iter().any(|net| net.contains(&ip));
    assert_eq!(found, found.to_canonical());
    if !is_trusted(peer.to_canonical()) {
        assert_eq!(found, peer.to_canonical(), "a stranger is who connects");
    }
    // Whoever is found stands where trusted proxies put him. More of the same client's writing, to the left, changes nothing.
    if !is_trusted(found) {
        let mut more = request.clone();
        let written = b"198.51.100.7, ::1, 10.0.0.1, unknown".to_vec();
        more.headers
            .insert(0, ("x-forwarded-for".to_owned(), written));
        assert_eq!(client_ip(&more, &trusted), Some(found));
    }
    // Another header is none of ours.
    let mut other = request.clone();
    for (name, _) in &mut other.headers {
        *name = "forwarded".to_owned();
    }
    assert_eq!(client_ip(&other, &trusted), Some(peer.to_canonical()));
}
