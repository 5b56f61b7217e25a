//! The real client: rustls, no redirects, no retries, bounded times and sizes.

use std::{error::Error as _, net::SocketAddr, time::Duration};

use reqwest::{Client, Method, redirect, retry};

use super::{GatewayAnswer, GatewayCall, Network, NetworkError, policy::Reach};

/// Calls gateways over HTTPS (or a sandbox on this machine over HTTP).
#[derive(Debug, Clone)]
pub struct HttpNetwork {
    client: Client,
    reach: Reach,
}

/// More than any answer of the gateways; a day's transaction list is the largest.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

impl HttpNetwork {
    /// A client that calls only where `reach` allows.
    pub fn new(reach: Reach) -> Result<Self, NetworkError> {
        let mut builder = Client::builder()
            .user_agent(concat!("paypair/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(2))
            // A connection that lay idle may be dead without our knowing (a firewall forgot it). A money call written into it would
            // come back as "unknown" and hold the order in doubt; on a fresh connection the same is "not sent".
            .pool_max_idle_per_host(0)
            .redirect(redirect::Policy::none())
            // reqwest would repeat a request that the other side declined to process. Money calls are repeated by nobody but us.
            .retry(retry::never());
        if reach == Reach::Loopback {
            // Whatever the name service says, `localhost` is this machine; and no proxy stands in between.
            builder = builder
                .no_proxy()
                .resolve("localhost", SocketAddr::from(([127, 0, 0, 1], 0)));
        }
        let client = builder.build().map_err(not_sent)?;
        Ok(Self { client, reach })
    }
}

impl Network for HttpNetwork {
    async fn call(&self, call: GatewayCall) -> Result<GatewayAnswer, NetworkError> {
        if let Some(why) = self.reach.refuse(&call.url) {
            return Err(NetworkError::NotSent(why.to_owned()));
        }
        let method = match call.method {
            "GET" => Method::GET,
            _ => Method::POST,
        };
        let mut request = self.client.request(method, call.url).timeout(call.timeout);
        if !call.content_type.is_empty() {
            request = request.header("content-type", call.content_type);
        }
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        let mut answer = request.body(call.body).send().await.map_err(classify)?;
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unknown)? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(NetworkError::Unknown("the answer is too large".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(GatewayAnswer { status, body })
    }
}

/// A failure before the connection stood, or before a request could be built, sent nothing.
fn classify(error: reqwest::Error) -> NetworkError {
    if error.is_connect() || error.is_builder() {
        not_sent(error)
    } else {
        unknown(error)
    }
}

fn not_sent(error: reqwest::Error) -> NetworkError {
    NetworkError::NotSent(describe(error))
}

fn unknown(error: reqwest::Error) -> NetworkError {
    NetworkError::Unknown(describe(error))
}

/// The causes without the URL: a query may hold what nobody should read in a log.
fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
        thread,
    };

    use url::Url;

    use super::*;

    /// Answers one request on its first connection and nothing more, as behind a firewall that forgot it; later ones are served.
    fn forgetful_gateway() -> Url {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        thread::spawn(move || {
            let mut kept = Vec::new();
            for connection in listener.incoming() {
                let mut connection = connection.unwrap();
                let _ = connection.read(&mut [0; 4096]);
                let _ = connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
                kept.push(connection);
            }
        });
        Url::parse(&url).unwrap()
    }

    #[tokio::test]
    async fn no_call_goes_into_a_connection_that_lay_idle() {
        let url = forgetful_gateway();
        let network = HttpNetwork::new(Reach::Loopback).unwrap();
        for _ in 0..2 {
            let call = GatewayCall::post(url.clone(), "", b"x".to_vec(), Duration::from_secs(2));
            assert_eq!(network.call(call).await.unwrap().status, 200);
        }
    }
}
