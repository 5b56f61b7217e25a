//! Which pages may talk to the JavaScript routes.

use url::Url;

use crate::http::RawRequest;

/// What the origin of a request says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// An allowed page, or our own.
    Open,
    /// Some other page, or no telling.
    Closed,
}

/// The origin a URL belongs to, as browsers write it (`https://shop.example`).
pub(crate) fn origin_of(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Judges a request to a JavaScript route. Browsers send `Origin` with every POST and with cross-origin GETs; a same-origin GET
/// may lack it and is then known by `Sec-Fetch-Site` or, in older browsers, by its referrer.
pub(crate) fn page_origin(request: &RawRequest, allowed: &[String]) -> Door {
    let is_allowed = |origin: &str| allowed.iter().any(|known| known == origin);
    if let Some(origin) = request.header("origin") {
        return if is_allowed(origin) {
            Door::Open
        } else {
            Door::Closed
        };
    }
    if request.method != "GET" {
        return Door::Closed;
    }
    if let Some(site) = request.header("sec-fetch-site") {
        return if site == "same-origin" {
            Door::Open
        } else {
            Door::Closed
        };
    }
    match request.header("referer").map(Url::parse) {
        Some(Ok(page)) if is_allowed(&origin_of(&page)) => Door::Open,
        _ => Door::Closed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(method: &str, headers: &[(&str, &str)]) -> Door {
        let mut request = RawRequest::new(method, "/orders/1/status");
        for (name, value) in headers {
            request = request.with_header(name, value);
        }
        page_origin(&request, &["https://shop.example".to_owned()])
    }

    #[test]
    fn only_allowed_origins_come_in() {
        assert_eq!(
            door("POST", &[("origin", "https://shop.example")]),
            Door::Open
        );
        for origin in [
            "https://evil.example",
            "http://shop.example",
            "https://shop.example.evil.example",
            "null",
        ] {
            assert_eq!(
                door("POST", &[("origin", origin)]),
                Door::Closed,
                "{origin}"
            );
        }
        assert_eq!(door("POST", &[]), Door::Closed);
    }

    #[test]
    fn a_same_origin_get_may_lack_the_header() {
        assert_eq!(
            door("GET", &[("sec-fetch-site", "same-origin")]),
            Door::Open
        );
        assert_eq!(
            door("GET", &[("sec-fetch-site", "cross-site")]),
            Door::Closed
        );
        assert_eq!(
            door("GET", &[("referer", "https://shop.example/cart")]),
            Door::Open
        );
        assert_eq!(
            door("GET", &[("referer", "https://evil.example/")]),
            Door::Closed
        );
        assert_eq!(door("GET", &[]), Door::Closed);
    }
}
