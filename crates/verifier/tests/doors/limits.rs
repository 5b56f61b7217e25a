//! How large a request may be, and what every answer carries.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use paypair_verifier::{RawRequest, RawResponse};
use serde_json::{Value, json};

use crate::common::{TOKEN, TestApp, keys::code};

#[tokio::test]
async fn headers_and_addresses_have_a_limit() {
    let app = TestApp::start().await;
    let plain = || RawRequest::new("GET", "/health");
    let many = (0..100).fold(plain(), |request, nth| {
        request.with_header(&format!("x-{nth}"), "1")
    });
    assert_eq!(app.handle(many.clone()).await.status, 200);
    let wide = "a".repeat(32 * 1024);
    let long = format!("/health?{}", "a".repeat(8 * 1024));
    for request in [
        many.with_header("x-more", "1"),
        plain().with_header("cookie", &wide),
        RawRequest::new("GET", &long),
        RawRequest::new("GET", &format!("/{}", "a".repeat(8 * 1024))),
    ] {
        let answer = app.handle(request).await;
        let told: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status, &*code(&told)), (431, "headers_too_large"));
    }
}

/// An answer that has not come after this long does not come.
const PATIENCE: Duration = Duration::from_secs(20);

const LIMIT: usize = 64 * 1024;

#[tokio::test]
async fn a_body_has_a_limit() {
    let app = TestApp::start().await;
    for (size, status) in [(LIMIT, 400), (LIMIT + 1, 413)] {
        let body = vec![b' '; size];
        let raw = RawRequest::new("POST", "/callback/payletter").with_body(body.clone());
        assert_eq!(app.handle(raw).await.status, status, "{size}");
        // Over the wire it is the same.
        let url = format!("{}/pay/callback/payletter", app.shop);
        let answer = app.http.post(url).body(body).send().await.unwrap();
        assert_eq!(answer.status(), status, "{size}");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_read_no_further() {
    let app = TestApp::start().await;
    let host = app.shop.strip_prefix("http://").unwrap().to_owned();
    let answered = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(&host).unwrap();
        // Who waits for the rest of the body waits for ever: it is not sent.
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!(
            "POST /pay/callback/payletter HTTP/1.1\r\nhost: {host}\r\ncontent-length: {}\r\n\r\n",
            1024 * LIMIT
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&vec![b' '; LIMIT + 1]).unwrap();
        let mut status = [0; "HTTP/1.1 413".len()];
        let read = stream.read_exact(&mut status);
        read.map(|()| String::from_utf8_lossy(&status).into_owned())
    });
    let answered = answered.await.unwrap();
    assert_eq!(answered.expect("it is answered"), "HTTP/1.1 413");
}

#[tokio::test]
async fn every_answer_says_what_it_is_and_may_do_nothing_else() {
    let app = TestApp::start().await;
    let page = app.order("payletter", json!({})).await;
    let launch = page
        .launch_url
        .strip_prefix(&format!("{}/pay", app.shop))
        .unwrap();
    let merchant = format!("Bearer {TOKEN}");
    for request in [
        RawRequest::new("GET", "/health"),
        RawRequest::new("GET", "/events").with_header("authorization", &merchant),
        RawRequest::new("GET", "/events"),
        RawRequest::new("GET", "/nothing"),
        RawRequest::new("DELETE", "/orders"),
        RawRequest::new("OPTIONS", "/orders/x/status"),
        RawRequest::new("POST", "/callback/payletter"),
        RawRequest::new("POST", "/notice/payletter_global"),
        RawRequest::new("POST", "/webhook/payple"),
        RawRequest::new("POST", "/return/payletter/nobody"),
        RawRequest::new("GET", launch),
        RawRequest::new("GET", "/launch/nobody.0"),
        RawRequest::new("GET", "/done/pp-1?order=x"),
        RawRequest::new("GET", "/assets/done.js"),
    ] {
        let answer = app.handle(request.clone()).await;
        let header = |name: &str| answer.header(name).unwrap_or_default().to_owned();
        assert_eq!(header("x-content-type-options"), "nosniff", "{request:?}");
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';"), "{request:?}");
        assert!(policy.contains("frame-ancestors 'none'"), "{request:?}");
        assert!(!policy.contains("unsafe"), "{request:?}");
        let named = |name: &str| {
            answer
                .headers
                .iter()
                .filter(|(key, _)| *key == name)
                .count()
        };
        assert_eq!(named("content-security-policy"), 1, "{request:?}");
        assert_eq!(named("x-content-type-options"), 1, "{request:?}");
    }
    // What actix itself cannot read is answered no otherwise.
    let url = format!("{}/pay/callback/payletter", app.shop);
    let large = app.http.post(url).body(vec![b' '; 70_000]).send().await;
    let large = large.unwrap();
    assert_eq!(large.status(), 413);
    assert_eq!(large.headers()["x-content-type-options"], "nosniff");
}

/// What a page with seals in its address and its form must say of itself: in no frame, in no cache, in nobody's log as a referrer, and
/// no script but our own files.
pub(super) fn is_a_page_of_ours(answer: &RawResponse, form_target: &str) {
    let outline = format!("{} {:?}", answer.status, answer.headers);
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "strict-origin"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{outline}");
    }
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; \
         frame-ancestors 'none'; form-action 'self' {form_target}"
    );
    let told = answer.header("content-security-policy");
    assert_eq!(told, Some(policy.trim_end()), "{outline}");
    let html = String::from_utf8(answer.body.clone()).unwrap();
    for inline in ["<script>", "style=", "onload=", "onclick=", "javascript:"] {
        assert!(!html.contains(inline), "{html}");
    }
}

#[tokio::test]
async fn no_page_of_ours_is_framed_kept_or_named_to_others() {
    let app = TestApp::start().await;
    let page = app.order("payletter", json!({})).await;
    let launch = page
        .launch_url
        .strip_prefix(&format!("{}/pay", app.shop))
        .unwrap();
    let ask = |method: &str, path: &str| app.handle(RawRequest::new(method, path));
    is_a_page_of_ours(&ask("GET", launch).await, &app.shop);
    // On to the gateway: its origin alone may be the form's target.
    let go = ask("POST", launch).await;
    assert_eq!(go.status, 200);
    assert!(String::from_utf8_lossy(&go.body).contains("go.js"));
    is_a_page_of_ours(&go, &app.gateway);
    is_a_page_of_ours(&ask("GET", "/done/pp-1?order=x").await, "");
    // What is wrong. (The waiting page is held against the same in `old_pages.rs`.)
    for (method, path, status) in [
        ("GET", "/launch/nobody.0", 404),
        ("POST", "/return/payletter/nobody", 404),
        ("POST", "/return/payple/nobody", 404),
        ("GET", "/cancel/payletter/nobody", 404),
    ] {
        let fault = ask(method, path).await;
        assert_eq!(fault.status, status, "{path}");
        is_a_page_of_ours(&fault, "");
    }
}

/// Attack: a body that never ends, sent so slowly that no connection ever seems to be dead.
#[tokio::test]
async fn a_body_that_drips_is_waited_for_only_so_long() {
    let app = TestApp::start().await;
    app.clock.hurry();
    let host = app.shop.strip_prefix("http://").unwrap().to_owned();
    let answered = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(&host).unwrap();
        let head = format!(
            "POST /pay/callback/payletter HTTP/1.1\r\nhost: {host}\r\ncontent-length: 60000\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.set_read_timeout(Some(DRIP)).unwrap();
        let mut answer = Vec::new();
        let mut part = [0; 4096];
        for _ in 0..DRIPS {
            // A reset, too, is an end.
            let dripped = stream.write_all(b" ");
            match stream.read(&mut part) {
                Ok(read) if read > 0 => answer.extend_from_slice(&part[..read]),
                Err(error) if is_early(&error) && dripped.is_ok() => continue,
                _ => return Some(String::from_utf8_lossy(&answer).into_owned()),
            }
        }
        None
    });
    let answered = answered.await.unwrap();
    let answer = answered.expect("the connection comes to an end");
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(
        answer.contains("body_too_slow") && answer.contains("nosniff"),
        "{answer}"
    );
    // Who sends it at once is heard.
    let url = format!("{}/pay/callback/payletter", app.shop);
    let whole = app.http.post(url).body(vec![b' '; LIMIT]).send().await;
    assert_eq!(whole.unwrap().status(), 400);
}

const DRIP: Duration = Duration::from_millis(20);

/// More of them than the body has time for, in a hurry.
const DRIPS: usize = 400;

fn is_early(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
    )
}

#[tokio::test]
async fn a_page_of_another_origin_is_told_nothing() {
    let app = TestApp::start().await;
    let page = app.order("payletter", json!({})).await;
    let ask = |method: &str, origin: &str| {
        RawRequest::new(method, &format!("/orders/{}/status", page.order_id))
            .with_header("origin", origin)
            .with_header("paypair-client-secret", &page.secret)
    };
    for origin in [
        "https://evil.example",
        "null",
        "https://shop.example.evil.example",
    ] {
        for method in ["GET", "OPTIONS"] {
            let answer = app.handle(ask(method, origin)).await;
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
        assert_eq!(app.handle(ask("GET", origin)).await.status, 403, "{origin}");
    }
    let own = app.handle(ask("GET", &app.shop)).await;
    assert_eq!(own.status, 200);
    assert_eq!(
        own.header("access-control-allow-origin"),
        Some(app.shop.as_str())
    );
    assert_eq!(own.header("vary"), Some("origin"));
}
