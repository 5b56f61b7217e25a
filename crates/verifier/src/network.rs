//! The way out: one trait, so that a simulation can stand in for the gateways, and the real client.

mod addresses;
mod https;
mod policy;
#[cfg(test)]
mod proxy_tests;

use std::{fmt, future::Future, time::Duration};

use url::Url;

pub(crate) use addresses::{CheckedNames, is_public};
pub use https::HttpNetwork;
pub use policy::Reach;

/// A call to a gateway. `Debug` shows neither query, headers nor body: any of them may hold a key.
#[derive(Clone)]
pub struct GatewayCall {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Where to. Always built from configuration or checked against the gateway's table before it gets here.
    pub url: Url,
    /// Headers beside `content-type`.
    pub headers: Vec<(&'static str, String)>,
    /// Type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
    /// Time for the whole call, connecting included.
    pub timeout: Duration,
}

impl GatewayCall {
    /// A POST with this body.
    pub fn post(url: Url, content_type: &'static str, body: Vec<u8>, timeout: Duration) -> Self {
        Self {
            method: "POST",
            url,
            headers: Vec::new(),
            content_type,
            body,
            timeout,
        }
    }

    /// A GET.
    pub fn get(url: Url, timeout: Duration) -> Self {
        Self {
            method: "GET",
            ..Self::post(url, "", Vec::new(), timeout)
        }
    }

    /// The same call with one more header.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl fmt::Debug for GatewayCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        write!(f, "{} {host}{}", self.method, self.url.path())
    }
}

/// What came back.
#[derive(Clone)]
pub struct GatewayAnswer {
    /// HTTP status.
    pub status: u16,
    /// The whole body.
    pub body: Vec<u8>,
}

impl fmt::Debug for GatewayAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.status, self.body.len())
    }
}

/// Why no answer came. The difference decides whether a money call may be made again.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// Not a byte of the request left this machine: refused by our own rules, or the connection was never made.
    #[error("not sent: {0}")]
    NotSent(String),
    /// The gateway may have acted on it.
    #[error("no complete answer: {0}")]
    Unknown(String),
}

/// Something that carries calls to gateways.
pub trait Network: Send + Sync + 'static {
    /// Makes one call, once. Implementations never repeat a call by themselves and never follow redirects.
    fn call(
        &self,
        call: GatewayCall,
    ) -> impl Future<Output = Result<GatewayAnswer, NetworkError>> + Send;
}
