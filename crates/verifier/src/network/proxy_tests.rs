//! A proxy looks names up by itself, where nobody checks what it finds: what the environment says of one is not for us.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::TcpListener,
    process::Command,
    time::Duration,
};

use serde_json::json;
use url::Url;

use super::{GatewayCall, HttpNetwork, Network as _, Reach};
use crate::{
    config::{GatewayEnv, Webhook},
    delivery::{HttpSender, WebhookCall, WebhookSender as _},
};

/// Set in the environment that names a proxy.
const INSIDE: &str = "PAYPAIR_TEST_BEHIND_A_PROXY";

const NAME: &str = "network::proxy_tests::a_proxy_that_the_environment_names_is_not_used";

/// An environment belongs to a whole process, so this test runs itself in another one.
#[tokio::test]
async fn a_proxy_that_the_environment_names_is_not_used() {
    if std::env::var_os(INSIDE).is_some() {
        return everything_goes_straight_there().await;
    }
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", NAME]).env(INSIDE, "1");
    child.env_remove("NO_PROXY").env_remove("no_proxy");
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        child.env(name, &address).env(name.to_lowercase(), &address);
    }
    let ran = child.output().unwrap();
    let told = String::from_utf8_lossy(&ran.stdout).into_owned();
    let came = proxy.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(came, Err(ErrorKind::WouldBlock), "nobody asked the proxy");
    assert!(told.contains("1 passed"), "{told}");
}

/// Both clients, by http and by https. What answers speaks no TLS, so of https only the way matters.
async fn everything_goes_straight_there() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for connection in server.incoming() {
            let mut connection = connection.unwrap();
            let _ = connection.read(&mut [0; 4096]);
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            let _ = connection.write_all(answer);
        }
    });
    let url = |scheme: &str| Url::parse(&format!("{scheme}://localhost:{port}/")).unwrap();
    let patience = Duration::from_secs(5);

    let network = HttpNetwork::new(Reach::Loopback).unwrap();
    let called = async |scheme| network.call(GatewayCall::get(url(scheme), patience)).await;
    assert_eq!(called("http").await.unwrap().status, 200);
    assert!(called("https").await.is_err());

    let settings = json!({ "url": url("http"), "secret": "whsec_" });
    let settings: Webhook = serde_json::from_value(settings).unwrap();
    let sender = HttpSender::new(GatewayEnv::Sandbox, &settings).unwrap();
    let posted = async |scheme| {
        let call = WebhookCall {
            url: url(scheme),
            headers: Vec::new(),
            body: String::new(),
        };
        let answer = tokio::time::timeout(patience, sender.send(call)).await;
        answer.unwrap()
    };
    assert_eq!(posted("http").await.unwrap().status, 200);
    assert!(posted("https").await.is_err());
}
