//! The way of a webhook to the merchant.

use std::{
    error::Error as _, fmt, future::Future, io, net::SocketAddr, pin::Pin, sync::Arc,
    time::Duration,
};

use reqwest::{Client, redirect, retry};
use url::Url;

use super::Destinations;
use crate::{
    config::{GatewayEnv, Webhook},
    network::{CheckedNames, is_public},
};

/// A webhook, signed. `Debug` shows neither path, headers nor body.
#[derive(Clone)]
pub struct WebhookCall {
    /// Where it is posted to.
    pub url: Url,
    /// Its headers.
    pub headers: Vec<(&'static str, String)>,
    /// Its body: the bytes that are signed.
    pub body: String,
}

impl fmt::Debug for WebhookCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        write!(f, "POST {host} ({} bytes)", self.body.len())
    }
}

/// What the merchant's server answered. Its body is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookAnswer {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After`, if it was sent.
    pub retry_after: Option<String>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookFault {
    /// The address must not be called.
    Refused,
    /// There was no connection.
    NotSent,
    /// It was sent, and no answer came.
    NoAnswer,
    /// The time was up.
    TimedOut,
}

impl WebhookFault {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Refused => "address_refused",
            Self::NotSent => "not_sent",
            Self::NoAnswer => "no_answer",
            Self::TimedOut => "timed_out",
        }
    }
}

/// A webhook on its way.
pub type Sending<'a> =
    Pin<Box<dyn Future<Output = Result<WebhookAnswer, WebhookFault>> + Send + 'a>>;

/// Something that carries webhooks. Implementations follow no redirect and repeat nothing by themselves; the time for an answer is
/// kept by the caller.
pub trait WebhookSender: Send + Sync + 'static {
    /// Posts it, once.
    fn send(&self, call: WebhookCall) -> Sending<'_>;
}

/// The real one: HTTPS to public addresses, and what the configuration allows.
pub(crate) struct HttpSender {
    client: Client,
    destinations: Destinations,
}

impl HttpSender {
    pub(crate) fn new(env: GatewayEnv, settings: &Webhook) -> Result<Self, WebhookFault> {
        let destinations = Destinations::new(env, &settings.allowed_networks);
        Self::over(destinations, CheckedNames::of_the_system(is_public))
    }

    fn over(destinations: Destinations, names: CheckedNames) -> Result<Self, WebhookFault> {
        let this_machine = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut builder = Client::builder()
            .user_agent(concat!("paypair/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(5))
            .pool_idle_timeout(Duration::from_secs(10))
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            // A proxy would look the name up by itself, where nobody checks the answer.
            .no_proxy()
            .dns_resolver(Arc::new(names));
        if destinations.allows(this_machine.ip()) {
            builder = builder.resolve("localhost", this_machine);
        }
        let client = builder.build().map_err(|error| {
            tracing::error!(%error, "webhooks cannot be sent");
            WebhookFault::NotSent
        })?;
        Ok(Self {
            client,
            destinations,
        })
    }

    async fn post(&self, call: WebhookCall) -> Result<WebhookAnswer, WebhookFault> {
        if self.destinations.refuse(&call.url).is_some() {
            return Err(WebhookFault::Refused);
        }
        let mut request = self.client.post(call.url).body(call.body);
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        let answer = request.send().await.map_err(|error| classify(&error))?;
        let retry_after = answer.headers().get("retry-after");
        Ok(WebhookAnswer {
            status: answer.status().as_u16(),
            retry_after: retry_after.and_then(|it| Some(it.to_str().ok()?.to_owned())),
        })
    }
}

impl WebhookSender for HttpSender {
    fn send(&self, call: WebhookCall) -> Sending<'_> {
        Box::pin(self.post(call))
    }
}

fn classify(error: &reqwest::Error) -> WebhookFault {
    let mut cause = error.source();
    while let Some(inner) = cause {
        let denied = inner.downcast_ref::<io::Error>();
        if denied.is_some_and(|error| error.kind() == io::ErrorKind::PermissionDenied) {
            return WebhookFault::Refused;
        }
        cause = inner.source();
    }
    if error.is_connect() || error.is_builder() {
        WebhookFault::NotSent
    } else {
        WebhookFault::NoAnswer
    }
}

#[cfg(test)]
mod tests {
    use std::{
        net::{IpAddr, TcpListener},
        sync::atomic::{AtomicUsize, Ordering::Relaxed},
    };

    use serde_json::json;

    use super::*;

    fn over(answers: &'static [&'static [&'static str]]) -> (HttpSender, Arc<AtomicUsize>) {
        let asked = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&asked);
        let lookup = move |_: String| {
            let nth = count.fetch_add(1, Relaxed);
            let parse = |ip: &&str| ip.parse::<IpAddr>().unwrap();
            let found = answers[nth.min(answers.len() - 1)]
                .iter()
                .map(parse)
                .collect();
            Box::pin(async move { Ok(found) }) as futures_util::future::BoxFuture<'static, _>
        };
        let names = CheckedNames::over(Arc::new(lookup), is_public);
        let destinations = Destinations::new(GatewayEnv::Live, &[]);
        (HttpSender::over(destinations, names).unwrap(), asked)
    }

    async fn called(sender: &HttpSender, port: u16) -> reqwest::Result<reqwest::Response> {
        // By the client itself: the rule for URLs would refuse http and the port before the name is looked up.
        let url = format!("http://shop.example:{port}/");
        sender.client.post(url).send().await
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_called() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        for answers in [
            &["127.0.0.1"][..],
            &["1.1.1.1", "127.0.0.1"],
            &["::ffff:127.0.0.1"],
            &["10.0.0.1"],
            &["169.254.169.254"],
            &["64:ff9b::7f00:1"],
        ] {
            let (sender, asked) = over(Box::leak(Box::new([answers])));
            let error = called(&sender, port).await.unwrap_err();
            assert_eq!(classify(&error), WebhookFault::Refused, "{answers:?}");
            assert_eq!(asked.load(Relaxed), 1);
        }
        assert!(listener.accept().is_err(), "nobody came");
    }

    /// Not one of these tests would see it if the real sender were built with other names than these.
    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_called_by_the_sender_that_is_really_used() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let settings = json!({ "url": "https://shop.example/webhooks", "secret": "whsec_" });
        let settings: Webhook = serde_json::from_value(settings).unwrap();
        let sender = HttpSender::new(GatewayEnv::Live, &settings).unwrap();
        // A name that leads to this machine wherever there is one. The rule for URLs would refuse it earlier.
        let url = format!("http://localhost:{port}/");
        let call = sender.client.post(url).timeout(Duration::from_secs(2));
        let error = call.send().await.unwrap_err();
        assert_eq!(classify(&error), WebhookFault::Refused);
        assert!(listener.accept().is_err(), "nobody came");
    }

    #[tokio::test]
    async fn no_second_answer_of_the_name_service_is_asked_for() {
        // The second would lead inside; the first is an address that nobody answers at.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, asked) = over(&[&["2000::1"], &["127.0.0.1"]]);
        let call = called(&sender, port);
        let given_up = tokio::time::timeout(Duration::from_millis(300), call).await;
        assert!(!matches!(given_up, Ok(Ok(_))));
        assert_eq!(asked.load(Relaxed), 1);
        assert!(listener.accept().is_err(), "nobody came");
    }
}
