//! The real client: rustls, no redirects, no retries, bounded times and sizes.

use std::{error::Error as _, net::SocketAddr, sync::Arc, time::Duration};

use reqwest::{Client, Method, redirect, retry};

use super::{
    GatewayAnswer, GatewayCall, Network, NetworkError,
    addresses::{CheckedNames, is_public, is_public_or_private},
    policy::Reach,
};

/// Calls gateways over HTTPS (or a sandbox on this machine over HTTP).
#[derive(Debug, Clone)]
pub struct HttpNetwork {
    client: Client,
    reach: Reach,
}

/// More than any answer of the gateways; a day's transaction list is the largest.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

impl HttpNetwork {
    /// A client that calls only where `reach` allows, whatever the name service answers. It goes through no proxy, whatever
    /// `HTTPS_PROXY` says: a proxy would look the name up itself, and nobody could check what it finds.
    pub fn new(reach: Reach) -> Result<Self, NetworkError> {
        Self::with_names(reach, names_for(reach))
    }

    /// The same, with names looked up by `names`.
    fn with_names(reach: Reach, names: Option<CheckedNames>) -> Result<Self, NetworkError> {
        let mut builder = Client::builder()
            .user_agent(concat!("paypair/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(2))
            // A connection that lay idle may be dead without our knowing (a firewall forgot it). A money call written into it would
            // come back as "unknown" and hold the order in doubt; on a fresh connection the same is "not sent".
            .pool_max_idle_per_host(0)
            .redirect(redirect::Policy::none())
            // reqwest would repeat a request that the other side declined to process. Money calls are repeated by nobody but us.
            .retry(retry::never())
            .no_proxy();
        builder = match names {
            Some(names) => builder.dns_resolver(Arc::new(names)),
            // Whatever the name service says, `localhost` is this machine.
            None => builder.resolve("localhost", SocketAddr::from(([127, 0, 0, 1], 0))),
        };
        let client = builder.build().map_err(not_sent)?;
        Ok(Self { client, reach })
    }
}

/// The system's names, as far as they may lead; none where only this machine is called.
fn names_for(reach: Reach) -> Option<CheckedNames> {
    match reach {
        Reach::Internet => Some(CheckedNames::of_the_system(is_public)),
        Reach::Inside => Some(CheckedNames::of_the_system(is_public_or_private)),
        Reach::Loopback => None,
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

    use std::{
        net::IpAddr,
        sync::atomic::{AtomicUsize, Ordering::Relaxed},
    };

    use url::Url;

    use super::{super::addresses::Lookup, *};

    /// A name service that gives these answers, one after the other, then the last for ever; and how often it was asked.
    fn name_service(answers: &[&[&str]]) -> (Lookup, Arc<AtomicUsize>) {
        let answers: Vec<Vec<IpAddr>> = answers
            .iter()
            .map(|answer| answer.iter().map(|ip| ip.parse().unwrap()).collect())
            .collect();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let lookup: Lookup = Arc::new(move |_name| {
            let nth = count.fetch_add(1, Relaxed).min(answers.len() - 1);
            let answer = answers[nth].clone();
            Box::pin(async move { Ok(answer) })
        });
        (lookup, asked)
    }

    /// Calls a gateway by its name and says why the call was not made.
    async fn refusal(answers: &[&[&str]]) -> String {
        let names = CheckedNames::over(name_service(answers).0, is_public);
        let network = HttpNetwork::with_names(Reach::Internet, Some(names)).unwrap();
        let url = Url::parse("https://cpay.payple.kr/php/auth.php").unwrap();
        let call = GatewayCall::post(url, "", b"key".to_vec(), Duration::from_secs(2));
        match network.call(call).await {
            Err(NetworkError::NotSent(why)) => why,
            other => panic!("{other:?}"),
        }
    }

    async fn is_refused_for_its_address(answers: &[&[&str]]) {
        let why = refusal(answers).await;
        assert!(why.contains("must not be called"), "{why}");
    }

    #[tokio::test]
    async fn ssrf_by_dns_to_this_machine_is_refused() {
        is_refused_for_its_address(&[&["127.0.0.1"]]).await;
        is_refused_for_its_address(&[&["::1"]]).await;
        is_refused_for_its_address(&[&["0.0.0.0"]]).await;
    }

    #[tokio::test]
    async fn ssrf_by_dns_to_a_host_inside_is_refused() {
        for ip in ["10.0.0.1", "192.168.0.1", "169.254.169.254", "fd00::1"] {
            is_refused_for_its_address(&[&[ip]]).await;
        }
    }

    #[tokio::test]
    async fn ssrf_by_dns_in_an_ipv6_disguise_is_refused() {
        for ip in [
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::10.0.0.1",
            "2002:7f00:1::",
        ] {
            is_refused_for_its_address(&[&[ip]]).await;
        }
    }

    #[tokio::test]
    async fn ssrf_by_dns_among_public_addresses_refuses_them_all() {
        is_refused_for_its_address(&[&["121.254.205.166", "10.0.0.1"]]).await;
        is_refused_for_its_address(&[&["127.0.0.1", "121.254.205.166"]]).await;
    }

    #[tokio::test]
    async fn a_name_without_address_is_not_called() {
        assert!(refusal(&[&[]]).await.contains("no address"));
    }

    /// A host inside, and whether anybody came.
    fn inside() -> (TcpListener, Url) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("http://gateway.example:{port}/");
        (listener, Url::parse(&url).unwrap())
    }

    fn client(lookup: Lookup, allowed: fn(IpAddr) -> bool) -> Client {
        let names = CheckedNames::over(lookup, allowed);
        let network = HttpNetwork::with_names(Reach::Internet, Some(names));
        network.unwrap().client
    }

    #[tokio::test]
    async fn ssrf_by_dns_opens_no_connection() {
        let (listener, url) = inside();
        let strict = client(name_service(&[&["127.0.0.1"]]).0, is_public);
        assert!(strict.get(url.clone()).send().await.is_err());
        let came = listener.accept().map(|_| ()).map_err(|error| error.kind());
        assert_eq!(came, Err(std::io::ErrorKind::WouldBlock), "nobody came");
        // The control: without the check the same client does come.
        let lenient = client(name_service(&[&["127.0.0.1"]]).0, |_| true);
        let call = tokio::spawn(async move { lenient.get(url).send().await });
        while listener.accept().is_err() {
            assert!(!call.is_finished(), "a call that is let through is seen");
            tokio::task::yield_now().await;
        }
    }

    /// Not one of these tests would see it if the real client were built with other names than these.
    #[tokio::test]
    async fn ssrf_by_dns_is_refused_by_the_client_that_is_really_used() {
        let (listener, mut url) = inside();
        // A name that leads to this machine wherever there is one.
        url.set_host(Some("localhost")).unwrap();
        for reach in [Reach::Internet, Reach::Inside] {
            let real = HttpNetwork::new(reach).unwrap();
            let call = real.client.get(url.clone()).timeout(Duration::from_secs(2));
            let why = describe(call.send().await.unwrap_err());
            assert!(why.contains("must not be called"), "{reach:?}: {why}");
        }
        assert!(listener.accept().is_err(), "nobody came");

        // The system's name service says of a number that it is its own address.
        let may = async |reach: Reach, ip: &str| names_for(reach)?.resolve(ip).await.ok();
        assert!(may(Reach::Internet, "10.0.0.1").await.is_none());
        assert!(may(Reach::Inside, "10.0.0.1").await.is_some());
        for reach in [Reach::Internet, Reach::Inside] {
            assert!(may(reach, "127.0.0.1").await.is_none(), "{reach:?}");
            assert!(may(reach, "169.254.169.254").await.is_none(), "{reach:?}");
            assert!(may(reach, "121.254.205.166").await.is_some(), "{reach:?}");
        }
    }

    #[tokio::test]
    async fn ssrf_by_dns_rebinding_has_no_second_answer_to_use() {
        // Public when it is checked, inside when it is asked again.
        let (lookup, _) = name_service(&[&["121.254.205.166"], &["127.0.0.1"]]);
        let names = CheckedNames::over(lookup, is_public);
        let first = names.resolve("cpay.payple.kr").await.unwrap();
        assert_eq!(first, ["121.254.205.166".parse::<IpAddr>().unwrap()]);
        let second = names.resolve("cpay.payple.kr").await.unwrap_err();
        assert_eq!(second.kind(), std::io::ErrorKind::PermissionDenied);

        // A call asks once and connects to what it was answered: here an address that answers, then one where nobody is.
        let gateway = forgetful_gateway();
        let url = format!("http://gateway.example:{}/", gateway.port().unwrap());
        let (lookup, asked) = name_service(&[&["127.0.0.1"], &["0.0.0.0"]]);
        let lenient = client(lookup, |_| true);
        assert!(lenient.get(url).send().await.unwrap().status().is_success());
        assert_eq!(asked.load(Relaxed), 1);
    }

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
