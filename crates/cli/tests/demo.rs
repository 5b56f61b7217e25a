//! The demo as a person starts it: the real program, its shop over HTTP, its end by a signal.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use reqwest::header::{HeaderMap, SET_COOKIE};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

const TOKEN: &str = "a-token-for-this-test";

/// A running demo. Killed when the test ends.
struct Demo {
    child: Child,
    url: String,
    lines: Vec<String>,
    _folder: TempDir,
}

fn command(folder: &TempDir) -> Command {
    let package = folder.path().join("package");
    std::fs::create_dir_all(&package).unwrap();
    std::fs::write(package.join("index.js"), "export {};").unwrap();
    std::fs::write(package.join("cpay.js"), "// drop-in").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_paypair"));
    command
        .arg("demo")
        .arg("--www")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../../www"))
        .arg("--package")
        .arg(package)
        .arg("--data")
        .arg(folder.path().join("data"))
        .env("PAYPAIR_MERCHANT_TOKEN", TOKEN)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

impl Demo {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = command(&folder).args(["--port", "0"]).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut demo = Self {
            child,
            url: String::new(),
            lines: Vec::new(),
            _folder: folder,
        };
        for line in stdout.lines() {
            demo.lines.push(line.unwrap());
            if let Some(url) = demo.lines.last().unwrap().strip_prefix("paypair demo: ") {
                demo.url = url.to_owned();
                return demo;
            }
        }
        let mut said = String::new();
        demo.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        panic!("the demo did not start: {:?} {said}", demo.lines);
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lamp() -> Value {
    json!({ "product": "lamp", "gateway": "payple", "method": "card", "work": "confirm_then_pay", "cardFlow": "one_time" })
}

fn session_of(headers: &HeaderMap) -> String {
    let cookie = headers[SET_COOKIE].to_str().unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    cookie.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_order_is_seen_by_the_browser_that_placed_it_and_by_no_other() {
    let demo = Demo::start();
    let client = Client::new();
    let placed = client
        .post(demo.at("/api/orders"))
        .json(&lamp())
        .send()
        .await
        .unwrap();
    assert_eq!(placed.status(), StatusCode::CREATED);
    let session = session_of(placed.headers());
    let placed: Value = placed.json().await.unwrap();
    assert_eq!(placed["gateway"], "payple");
    let page = demo.at(&format!(
        "/api/orders/{}",
        placed["orderId"].as_str().unwrap()
    ));

    let own = client
        .get(&page)
        .header("cookie", session)
        .send()
        .await
        .unwrap();
    assert_eq!(own.status(), StatusCode::OK);
    let own: Value = own.json().await.unwrap();
    assert_eq!(own["outcome"]["status"], "pending");
    assert_eq!(own["outcome"]["amount"], "10000");
    assert_eq!(own["clientSecret"], placed["clientSecret"]);
    assert!(own["timeline"].is_array());

    let stranger = client
        .post(demo.at("/api/orders"))
        .json(&lamp())
        .send()
        .await
        .unwrap();
    let stranger = client
        .get(&page)
        .header("cookie", session_of(stranger.headers()))
        .send()
        .await
        .unwrap();
    assert_eq!(stranger.status(), StatusCode::NOT_FOUND);
    let nobody = client.get(&page).send().await.unwrap();
    assert_eq!(nobody.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn money_moves_for_the_orders_own_browser_alone_and_at_the_shops_price() {
    let demo = Demo::start();
    let client = Client::new();
    let placed = client
        .post(demo.at("/api/orders"))
        .json(&lamp())
        .send()
        .await
        .unwrap();
    let session = session_of(placed.headers());
    let placed: Value = placed.json().await.unwrap();
    let order = format!("/api/orders/{}", placed["orderId"].as_str().unwrap());
    let ask = async |what: &str, session: &str, body: Value| {
        let answer = client
            .post(demo.at(&format!("{order}/{what}")))
            .header("cookie", session)
            .json(&body)
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let said: Value = answer.json().await.unwrap();
        (
            status,
            said["error"]["code"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    };
    let stranger = format!("shop_session={}", "0".repeat(32));
    for (what, body) in [
        ("refund", json!({})),
        ("charge", json!({ "product": "cup" })),
    ] {
        assert_eq!(
            ask(what, &stranger, body).await,
            (404, "order_unknown".to_owned())
        );
    }
    // Nothing is paid yet, and no card is registered: the verifier's and the shop's own refusals.
    let (status, code) = ask("refund", &session, json!({})).await;
    assert!(status == 409, "{status} {code}");
    let (status, code) = ask("charge", &session, json!({ "product": "cup" })).await;
    assert_eq!((status, code.as_str()), (409, "not_now"));
    for body in [json!({ "product": "cup", "amount": "1" }), json!({})] {
        assert_eq!(ask("charge", &session, body).await.0, 400);
    }
}

#[tokio::test]
async fn the_other_commands_reach_the_demos_verifier() {
    let demo = Demo::start();
    let ask = |token: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_paypair"))
            .args([
                "lookup",
                "nobodys",
                "--server",
                &demo.at("/pay"),
                "--lang",
                "en",
            ])
            .env("PAYPAIR_MERCHANT_TOKEN", token)
            .output()
            .unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(
        ask(TOKEN).starts_with("paypair: order_unknown: "),
        "{}",
        ask(TOKEN)
    );
    assert!(ask("another-token-altogether").starts_with("paypair: unauthorized: "));
}

#[tokio::test]
async fn a_price_from_the_page_is_not_taken() {
    let demo = Demo::start();
    let mut cheap = lamp();
    cheap["amount"] = "100".into();
    let answer = Client::new()
        .post(demo.at("/api/orders"))
        .json(&cheap)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn every_choice_of_the_page_can_be_ordered() {
    let demo = Demo::start();
    let client = Client::new();
    let choices = [
        json!({ "product": "lamp", "gateway": "payple", "method": "card", "work": "pay_now", "cardFlow": "recurring" }),
        json!({ "product": "cup", "gateway": "payple", "method": "card", "work": "register", "cardFlow": "recurring" }),
        json!({ "product": "cup", "gateway": "payletter", "method": "creditcard" }),
        json!({ "product": "vase", "gateway": "payletter", "method": "virtualaccount" }),
        json!({ "product": "vase", "gateway": "payletter_global", "method": "PLCreditCard" }),
    ];
    for choice in choices {
        let answer = client
            .post(demo.at("/api/orders"))
            .json(&choice)
            .send()
            .await
            .unwrap();
        assert_eq!(
            answer.status(),
            StatusCode::CREATED,
            "{choice}: {}",
            answer.text().await.unwrap()
        );
    }
}

#[tokio::test]
async fn pages_carry_a_strict_policy_and_the_switches_change_it() {
    let demo = Demo::start();
    let headers = |path: &'static str| {
        let url = demo.at(path);
        async move { reqwest::get(url).await.unwrap().headers().clone() }
    };
    let plain = headers("/").await;
    let policy = plain["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("script-src 'self' 'wasm-unsafe-eval';"),
        "{policy}"
    );
    assert!(policy.contains("frame-src http://localhost:"), "{policy}");
    assert!(!policy.contains("unsafe-inline"), "{policy}");
    assert!(!plain.contains_key("cross-origin-opener-policy"));
    assert_eq!(
        headers("/?coop=1").await["cross-origin-opener-policy"],
        "same-origin"
    );
    let strict = headers("/index.html?csp=nowasm").await;
    assert!(
        !strict["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("wasm")
    );
}

#[tokio::test]
async fn package_drop_in_and_gateways_are_served() {
    let demo = Demo::start();
    let gateways = demo
        .lines
        .iter()
        .find(|line| line.starts_with("gateways"))
        .unwrap();
    let gateways = gateways.split_whitespace().last().unwrap().to_owned();
    let addresses = [
        "/package/index.js",
        "/pay/cpay.js",
        "/pay/health",
        "/result.html",
        "/dropin.html",
    ]
    .map(|path| demo.at(path));
    for address in addresses
        .into_iter()
        .chain([format!("{gateways}/control/book")])
    {
        assert_eq!(
            reqwest::get(&address).await.unwrap().status(),
            StatusCode::OK,
            "{address}"
        );
    }
}

#[test]
fn a_taken_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let folder = tempfile::tempdir().unwrap();
    let ended = command(&folder).args(["--port", &port]).output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(!ended.status.success());
    assert!(
        said.contains(&format!("127.0.0.1:{port} is taken")),
        "{said}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_ends_it_cleanly() {
    let mut demo = Demo::start();
    let sent = Command::new("kill")
        .args(["-INT", &demo.child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    assert!(demo.child.wait().unwrap().success());
}
