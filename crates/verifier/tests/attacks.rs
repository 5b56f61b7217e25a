//! Attacks that the rules' tests do not name: what is refused, each by its name. The others stand in `docs/security.md`.

mod after_refund;
mod borders;
mod certificates;
mod hosts;
mod registrations;

use std::{net::TcpListener, time::Duration};

use crate::common::{self, PAYMENT_KEY, Setup, TOKEN, TestApp};
use paypair_protocol::{
    Secret,
    hash::{notice_hash, payhash},
};
use paypair_verifier::{Environment, GatewayCall, HttpNetwork, Network, RawRequest, Reach};
use serde_json::{Value, json};
use url::Url;

type Pairs = Vec<(String, String)>;

fn pairs(fields: &[(&str, &str)]) -> Pairs {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    fields.iter().map(own).collect()
}

/// A notice of this payment, signed as the gateway does.
fn notice(order_id: &str, custom: &str, sent: i64) -> Pairs {
    let sent = sent.to_string();
    let key = Secret::new("PL_Merchant");
    let hash = notice_hash("PL_Merchant", "USD", order_id, "12.5", "1001", &sent, &key);
    pairs(&[
        ("notifytype", "1"),
        ("storeid", "PL_Merchant"),
        ("storeorderno", order_id),
        ("currency", "USD"),
        ("payamt", "12.5"),
        ("payerid", "1001"),
        ("paytoken", &format!("T-{order_id}")),
        ("pginfo", "PLCreditCard"),
        ("custom", custom),
        ("timestamp", &sent),
        ("hash", &hash.to_lower_hex()),
    ])
}

/// A callback of this payment, signed as the gateway does, as it goes over the wire.
fn callback(order_id: &str, custom: &str) -> String {
    let tid = format!("tpay_test-{order_id}");
    let hash = payhash("1001", "10000", &tid, &Secret::new(PAYMENT_KEY)).to_upper_hex();
    format!(
        r#"{{"amount":10000,"custom_parameter":"{custom}","order_no":"{order_id}","payhash":"{hash}","pgcode":"creditcard","tid":"{tid}","user_id":"1001"}}"#
    )
}

fn usd() -> Value {
    json!({ "amount": "12.50", "currency": "USD" })
}

async fn call_back<N: Network>(app: &TestApp<N>, body: String) -> u16 {
    let order: Value = serde_json::from_str(&body).unwrap_or_default();
    let order_id = order["order_no"].as_str().unwrap_or_default();
    let path = app.callback_path(order_id).await;
    app.handle(RawRequest::new("POST", &path).with_body(body))
        .await
        .status
}

/// Attack: an old notice, correctly signed, is sent again: for a payment that it opened long ago, and for an open order.
#[tokio::test]
async fn an_old_notice_sent_again_changes_nothing() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let seconds = || app.clock.now().millis() / 1000;
    let page = app.order("payletter_global", usd()).await;
    page.prepare("redirect").await;
    for days in [-400, -2, 2] {
        let old = notice(&page.order_id, &tap.custom(), seconds() + days * 86_400);
        let (status, body) = app.notice(&old).await;
        assert_eq!((status, &*body), (200, "<RESULT>OK</RESULT>"), "kept");
        assert_eq!(page.status(0).await["state"], "requested", "{days} days");
    }
    // The same in time is believed; sent once more, at once and days later, it pays nothing twice.
    let timely = notice(&page.order_id, &tap.custom(), seconds());
    for wait in [0, 0, 3 * 86_400] {
        app.advance(wait).await;
        assert_eq!(app.notice(&timely).await.0, 200);
        assert_eq!(page.status(2).await["status"], "paid");
    }
    assert_eq!(app.published(&page.order_id, "payment.paid").await, 1);
}

/// Attack: a key stands twice, so that one reader takes the first and another the last.
#[tokio::test]
async fn a_key_that_stands_twice_is_refused() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payletter_global", usd()).await;
    page.prepare("redirect").await;
    let good = notice(
        &page.order_id,
        &tap.custom(),
        app.clock.now().millis() / 1000,
    );
    for (name, value) in [
        ("payamt", "0.01"),
        ("storeorderno", "x"),
        ("hash", "00"),
        ("notifytype", "1"),
    ] {
        for at in [0, good.len()] {
            let mut twice = good.clone();
            twice.insert(at, (name.to_owned(), value.to_owned()));
            assert_eq!(app.notice(&twice).await.0, 400, "{name} at {at}");
        }
    }
    assert_eq!(page.status(0).await["state"], "requested");
    assert_eq!(app.notice(&good).await.0, 200);
    assert_eq!(page.status(2).await["status"], "paid");

    let page = app.order("payletter", json!({})).await;
    page.prepare("redirect").await;
    let good = callback(&page.order_id, &tap.custom());
    for more in [r#""amount":1"#, r#""order_no":"x""#, r#""tid":"t""#] {
        for body in [
            good.replacen('{', &format!("{{{more},"), 1),
            good.replace('}', &format!(",{more}}}")),
        ] {
            assert_eq!(call_back(&app, body).await, 400, "{more}");
        }
    }
    assert_eq!(page.status(0).await["state"], "requested");
    assert_eq!(call_back(&app, good).await, 200);
    assert_eq!(page.status(2).await["status"], "paid");
}

/// Attack: the body was read and written anew on its way, so the signed text is no longer the received one.
#[tokio::test]
async fn a_body_written_anew_is_believed_only_where_the_signed_text_is_the_same() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payletter", json!({})).await;
    page.prepare("redirect").await;
    let good = callback(&page.order_id, &tap.custom());
    for amount in [
        "10000.0",
        "1e4",
        "\"10,000\"",
        "\"10000.00\"",
        "010000",
        "null",
    ] {
        let body = good.replace("10000,", &format!("{amount},"));
        assert_ne!(body, good);
        assert_eq!(call_back(&app, body).await, 400, "{amount}");
    }
    assert_eq!(page.status(0).await["state"], "requested");
    // Other white space, order and escapes: what was signed is unharmed.
    let fields: Value = serde_json::from_str(&good).unwrap();
    let anew = serde_json::to_string_pretty(&fields).unwrap();
    let anew = anew.replace("creditcard", "\\u0063reditcard");
    assert_eq!(call_back(&app, anew).await, 200);
    assert_eq!(page.status(2).await["status"], "paid");

    let page = app.order("payletter_global", usd()).await;
    page.prepare("redirect").await;
    let good = notice(
        &page.order_id,
        &tap.custom(),
        app.clock.now().millis() / 1000,
    );
    for amount in ["12.50", "12,5", "12.5 "] {
        let mut other = good.clone();
        other
            .iter_mut()
            .find(|(name, _)| name == "payamt")
            .unwrap()
            .1 = amount.to_owned();
        assert_eq!(app.notice(&other).await.0, 400, "{amount:?}");
    }
    assert_eq!(page.status(0).await["state"], "requested");
}

/// Attack: `Host` and what proxies write beside it name another site. Addresses of ours come from configuration alone.
#[tokio::test]
async fn a_hostile_host_header_gets_into_no_address() {
    let app = TestApp::start().await;
    let hostile = |request: RawRequest| {
        [
            ("host", "evil.example"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-proto", "gopher"),
            ("forwarded", "host=evil.example;for=121.254.205.166"),
            ("x-forwarded-for", "121.254.205.166"),
            ("x-original-url", "/orders"),
        ]
        .into_iter()
        .fold(request, |request, (name, value)| {
            request.with_header(name, value)
        })
    };
    let order = json!({
        "orderId": "hosted", "gateway": "payletter", "method": "creditcard", "amount": "10000", "productName": "a",
        "customer": { "id": "1001" },
    });
    let request = RawRequest::new("POST", "/orders")
        .with_header("authorization", &format!("Bearer {TOKEN}"))
        .with_body(order.to_string());
    let registered = app.handle(hostile(request)).await;
    assert_eq!(registered.status, 201);
    let body: Value = serde_json::from_slice(&registered.body).unwrap();
    let launch = common::text(&body["launchUrl"]);
    assert!(launch.starts_with(&app.shop), "{launch}");

    let path = launch.strip_prefix(&format!("{}/pay", app.shop)).unwrap();
    let page = app.handle(hostile(RawRequest::new("GET", path))).await;
    let started = app.handle(hostile(RawRequest::new("POST", path))).await;
    let prepare = RawRequest::new("POST", "/orders/hosted/prepare")
        .with_header("origin", &app.shop)
        .with_header(
            "paypair-client-secret",
            &common::text(&body["clientSecret"]),
        )
        .with_body(r#"{"layout":"redirect","device":"desktop"}"#);
    let prepared = app.handle(hostile(prepare)).await;
    let done = app
        .handle(hostile(RawRequest::new("GET", "/done/pp-1?order=hosted")))
        .await;
    for answer in [&registered, &page, &started, &prepared, &done] {
        assert_eq!(answer.status / 100, 2);
        let shown = format!(
            "{:?} {}",
            answer.headers,
            String::from_utf8_lossy(&answer.body)
        );
        assert!(
            !shown.contains("evil.example") && !shown.contains("gopher"),
            "{shown}"
        );
    }
    // The origin of a page is compared with what is configured, not with the host that was asked for.
    let strange = RawRequest::new("POST", "/orders/hosted/prepare")
        .with_header("origin", "http://evil.example")
        .with_header(
            "paypair-client-secret",
            &common::text(&body["clientSecret"]),
        )
        .with_body(r#"{"layout":"redirect"}"#);
    assert_eq!(app.handle(hostile(strange)).await.status, 403);
}

/// Attack (SSRF by redirect): whoever answers in a gateway's place sends us on, with our keys, to a host inside.
#[tokio::test]
async fn a_redirect_is_not_followed() {
    let inside = TcpListener::bind("127.0.0.1:0").unwrap();
    inside.set_nonblocking(true).unwrap();
    let target = format!("http://{}/latest/meta-data", inside.local_addr().unwrap());
    let network = HttpNetwork::new(Reach::Loopback).unwrap();
    for status in [301, 302, 303, 307, 308] {
        let gateway = answers_once(format!(
            "HTTP/1.1 {status} Moved\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n"
        ));
        let call = GatewayCall::post(
            gateway,
            "application/json",
            b"{}".to_vec(),
            Duration::from_secs(5),
        )
        .with_header("authorization", "PLKEY of-ours");
        let answer = network.call(call).await.expect("an answer like any other");
        assert_eq!(answer.status, status);
    }
    let came = inside.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(came, Err(std::io::ErrorKind::WouldBlock), "nobody came");
    // The control: this host does see who comes.
    let call = GatewayCall::get(Url::parse(&target).unwrap(), Duration::from_secs(1));
    let direct = tokio::spawn(async move { network.call(call).await });
    while inside.accept().is_err() {
        assert!(!direct.is_finished(), "a call of its own is seen");
        tokio::task::yield_now().await;
    }
}

/// A gateway that gives this answer to its only caller.
fn answers_once(answer: String) -> Url {
    use std::io::{Read as _, Write as _};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let _ = connection.read(&mut [0; 4096]).unwrap();
        connection.write_all(answer.as_bytes()).unwrap();
    });
    Url::parse(&url).unwrap()
}
