//! What a request and an answer look like here: plain values, no framework. The actix face, the tests and a simulation all drive
//! [`Verifier::handle`](crate::Verifier::handle) with these.

use std::{borrow::Cow, fmt, net::IpAddr};

use form_urlencoded::parse;

use crate::router::outline;

/// A request as it reached us, the path without the mount prefix.
#[derive(Clone)]
pub struct RawRequest {
    /// `GET`, `POST`, ...
    pub method: String,
    /// The path behind the mount prefix, beginning with `/`.
    pub path: String,
    /// What stood behind `?`, undecoded.
    pub query: Option<String>,
    /// Header names in lower case and their values, in the order received.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, untouched: hashes are made from these bytes.
    pub body: Vec<u8>,
    /// The other end of the connection, if known.
    pub peer: Option<IpAddr>,
}

impl RawRequest {
    /// A request without headers and body, to be filled by the caller.
    pub fn new(method: &str, path_and_query: &str) -> Self {
        let (path, query) = match path_and_query.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (path_and_query, None),
        };
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query,
            headers: Vec::new(),
            body: Vec::new(),
            peer: None,
        }
    }

    /// The same request with one more header.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers
            .push((name.to_ascii_lowercase(), value.as_bytes().to_vec()));
        self
    }

    /// The same request with this body.
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The only value of a header. A header sent twice counts as absent: two proxies that disagree are not believed.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(key, _)| key == name);
        let (_, value) = found.next()?;
        if found.next().is_some() {
            return None;
        }
        std::str::from_utf8(value).ok()
    }

    /// Larger than anything a browser, a gateway or a merchant's server sends before the body.
    pub(crate) fn is_top_heavy(&self) -> bool {
        let query = self.query.as_ref().map_or(0, String::len);
        let headers = self
            .headers
            .iter()
            .map(|(name, value)| name.len() + value.len());
        self.headers.len() > MOST_HEADERS
            || self.path.len() + query > LONGEST_ADDRESS
            || headers.sum::<usize>() > LARGEST_HEADERS
    }

    /// The first value of a query parameter, decoded.
    pub fn query(&self, name: &str) -> Option<Cow<'_, str>> {
        parse(self.query.as_deref().unwrap_or_default().as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }
}

const MOST_HEADERS: usize = 100;
const LONGEST_ADDRESS: usize = 8 * 1024;
const LARGEST_HEADERS: usize = 32 * 1024;

impl fmt::Debug for RawRequest {
    /// Path, headers and body may carry secrets, so only the outline is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} ({} bytes)",
            self.method,
            outline(&self.path),
            self.body.len()
        )
    }
}

/// An answer, ready to be written by any server.
#[derive(Clone)]
pub struct RawResponse {
    /// The HTTP status.
    pub status: u16,
    /// Header names and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl RawResponse {
    /// An answer with a body of this type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("content-type", content_type.to_owned())],
            body: body.into(),
        }
    }

    /// A JSON answer. Nothing of ours is to be cached: it is about one buyer's money.
    pub fn json(status: u16, value: &impl serde::Serialize) -> Self {
        let body = serde_json::to_vec(value).unwrap_or_else(|_| b"{}".to_vec());
        Self::new(status, "application/json; charset=utf-8", body)
            .with_header("cache-control", "no-store")
    }

    /// POST to GET: `303 See Other`.
    pub fn see_other(target: &str) -> Self {
        Self::new(303, "text/plain; charset=utf-8", "")
            .with_header("location", target.to_owned())
            .with_header("cache-control", "no-store")
    }

    /// The same answer with one more header.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for RawResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.status, self.body.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_sent_twice_is_not_believed() {
        let request = RawRequest::new("GET", "/")
            .with_header("origin", "https://a.example")
            .with_header("Origin", "https://b.example");
        assert_eq!(request.header("origin"), None);
    }

    #[test]
    fn query_values_are_decoded() {
        let request = RawRequest::new("GET", "/orders/1/status?wait=20&x=%EA%B0%80");
        assert_eq!(request.path, "/orders/1/status");
        assert_eq!(request.query("x").as_deref(), Some("가"));
        assert_eq!(request.query("y"), None);
    }
}
