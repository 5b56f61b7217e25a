//! URLs as text. App schemes may hold `_` and card apps send what no URL parser takes, so nothing is parsed that need not be.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The scheme and what follows its colon. Unlike RFC 3986 it may hold `_`, as `shinhan-sr-ansimclick_samsungpay` does.
pub(super) fn split_scheme(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once(':')?;
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.' | b'_');
    let fits = scheme.as_bytes().first()?.is_ascii_alphabetic() && scheme.bytes().all(inner);
    fits.then_some((scheme, rest))
}

/// Without the spaces and controls around it, which browsers take away too.
pub(super) fn trim(url: &str) -> &str {
    url.trim_matches(|c: char| c <= ' ')
}

/// A control inside: a browser would drop it, and `java\nscript:` would run.
pub(super) fn has_control(url: &str) -> bool {
    url.bytes().any(|b| b < b' ' || b == 0x7f)
}

/// Host and path of a URL after its `http:`; none without a host. User name and port are left out.
pub(super) fn host_and_path(rest: &str) -> Option<(String, &str)> {
    let rest = rest.strip_prefix("//")?;
    let (authority, tail) = cut(rest, &['/', '?', '#', '\\']);
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    // An IPv6 address has colons of its own, and is no store.
    let host = if host.starts_with('[') {
        host
    } else {
        cut(host, &[':']).0
    };
    let path = cut(tail, &['?', '#']).0;
    (!host.is_empty()).then(|| (host.to_ascii_lowercase(), path))
}

/// The value of `id` in the query, if it names a package.
pub(super) fn package_in_query(url: &str) -> Option<&str> {
    let (_, query) = cut(url, &['#']).0.split_once('?')?;
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("id="))
        .filter(|id| is_package(id))
}

/// The number in `/id839333328`, as links to the App Store have it.
pub(super) fn number_in_path(url: &str) -> Option<&str> {
    cut(url, &['?', '#']).0.split('/').find_map(|part| {
        let number = part.strip_prefix("id")?;
        (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then_some(number)
    })
}

/// Is this an Android package: two names or more, joined by dots?
pub(super) fn is_package(text: &str) -> bool {
    let name = |part: &str| {
        part.as_bytes()
            .first()
            .is_some_and(u8::is_ascii_alphanumeric)
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    text.contains('.') && text.split('.').all(name)
}

/// Percent signs read once. What is not clean UTF-8 in clean percent signs stays as it is.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let [high, low, tail @ ..] = tail else {
            return text.to_string();
        };
        let (Some(high), Some(low)) = (hex(*high), hex(*low)) else {
            return text.to_string();
        };
        bytes.push(high * 16 + low);
        rest = tail;
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_string())
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Before the first of these characters, and from it on.
fn cut<'a>(text: &'a str, marks: &[char]) -> (&'a str, &'a str) {
    text.split_at(text.find(marks).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_may_hold_underscores_but_no_spaces() {
        assert_eq!(
            split_scheme("shinhan-sr-ansimclick_samsungpay://a"),
            Some(("shinhan-sr-ansimclick_samsungpay", "//a"))
        );
        for text in ["", ":", "a b:", "1a:", "주문:", "/path", "//host"] {
            assert_eq!(split_scheme(text), None, "{text}");
        }
    }

    #[test]
    fn the_host_is_the_one_a_browser_would_ask() {
        let host = |url: &str| host_and_path(url).map(|(host, _)| host);
        assert_eq!(host("//Play.Google.com:443/a").unwrap(), "play.google.com");
        assert_eq!(
            host("//play.google.com@evil.example/a").unwrap(),
            "evil.example"
        );
        assert_eq!(
            host("//evil.example\\@play.google.com").unwrap(),
            "evil.example"
        );
        assert_eq!(host("//[::1]:80/").unwrap(), "[::1]:80");
        assert_eq!(host("//"), None);
        assert_eq!(host("evil.example"), None);
    }

    #[test]
    fn percent_signs_are_read_once_or_not_at_all() {
        assert_eq!(decoded("a%20%EC%A3%BC"), "a 주");
        assert_eq!(decoded("%2520"), "%20");
        for text in ["%", "%2", "%zz", "%ff", "%ED%A0%80"] {
            assert_eq!(decoded(text), text);
        }
    }
}
