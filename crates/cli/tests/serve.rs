//! `paypair serve` and `paypair sandbox` as programs of their own: settings from a file and from variables.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;

use paypair_ledger::{SqliteStore, State, Store as _};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

/// A running program, killed when the test ends.
struct Program {
    child: Child,
    line: String,
}

impl Program {
    /// Starts it and reads the line that says where it listens.
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut program = Self {
            child,
            line: String::new(),
        };
        stdout.read_line(&mut program.line).unwrap();
        program
    }

    /// The third word of that line.
    fn address(&self) -> &str {
        self.line.split_whitespace().nth(2).unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn paypair() -> Command {
    Command::new(env!("CARGO_BIN_EXE_paypair"))
}

#[tokio::test]
async fn a_shop_in_another_language_registers_an_order_and_a_page_prepares_it() {
    let gateways = Program::start(paypair().args(["sandbox", "--port", "0"]));
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("paypair.toml");
    let text = format!(
        r#"
        public_url = "http://127.0.0.1:8080/pay"
        env = "sandbox"
        sandbox_url = "{}"
        merchant_token = "replaced by a variable"
        database = "{}"
        [payple]
        merchant_id = "test"
        merchant_key = "abcd1234567890"
        "#,
        gateways.address(),
        folder.path().join("orders.sqlite").display(),
    );
    std::fs::write(&settings, text).unwrap();
    let serve = Program::start(
        paypair()
            .arg("serve")
            .env("PAYPAIR_CONFIG", &settings)
            .env("PAYPAIR_LISTEN", "127.0.0.1:0")
            .env("PAYPAIR_LOG", "error")
            .env("PAYPAIR_MERCHANT_TOKEN", "a-token-for-this-test"),
    );
    let pay = format!("http://{}/pay", serve.address());

    let order = json!({
        "orderId": "2026-000123", "gateway": "payple", "method": "card", "cardFlow": "one_time",
        "amount": "10000", "productName": "달항아리 조명", "customer": { "id": "customer-7" },
    });
    let client = Client::new();
    let register = || client.post(format!("{pay}/orders")).json(&order);
    let refused = register().send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let placed = register()
        .bearer_auth("a-token-for-this-test")
        .send()
        .await
        .unwrap();
    assert_eq!(placed.status(), StatusCode::CREATED);
    let placed: Value = placed.json().await.unwrap();

    let prepared = client
        .post(format!("{pay}/orders/2026-000123/prepare"))
        .header("origin", "http://127.0.0.1:8080")
        .header(
            "paypair-client-secret",
            placed["clientSecret"].as_str().unwrap(),
        )
        .json(&json!({ "layout": "layer", "device": "desktop" }))
        .send()
        .await
        .unwrap();
    assert_eq!(prepared.status(), StatusCode::OK);
    let prepared: Value = prepared.json().await.unwrap();
    assert_eq!(prepared["launch"]["kind"], "post");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for name in ["orders.sqlite", "orders.sqlite-wal"] {
            let mode = folder
                .path()
                .join(name)
                .metadata()
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o077, 0, "{name} holds billing keys and is {mode:o}");
        }
    }
}

/// A gateway that takes one call and answers when it is told to.
#[cfg(target_os = "linux")]
fn slow_gateway() -> (
    String,
    std::sync::mpsc::Receiver<()>,
    std::sync::mpsc::Sender<()>,
) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (heard, is_heard) = channel();
    let (answer, may_answer) = channel();
    std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut call = [0; 4096];
        assert_ne!(connection.read(&mut call).unwrap(), 0);
        heard.send(()).unwrap();
        may_answer.recv().unwrap();
        let body = r#"{"code":1,"message":"no"}"#;
        let length = body.len();
        let _ = write!(
            connection,
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
    });
    (address, is_heard, answer)
}

/// What was asked of a gateway when a stop is asked for is answered and written down, though nobody waits for it any more.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_stop_waits_for_the_gateways_answer() {
    let (gateway, is_heard, answer) = slow_gateway();
    let folder = tempfile::tempdir().unwrap();
    let (settings, file) = (
        folder.path().join("paypair.toml"),
        folder.path().join("orders.sqlite"),
    );
    let text = format!(
        r#"
        public_url = "http://127.0.0.1:8080/pay"
        env = "sandbox"
        sandbox_url = "{gateway}"
        merchant_token = "a-token-for-this-test"
        database = "{}"
        [payletter]
        service_name = "paypair"
        [[payletter.clients]]
        client_id = "pay_test"
        payment_key = "MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA="
        "#,
        file.display(),
    );
    std::fs::write(&settings, text).unwrap();
    let mut serve = Program::start(
        paypair()
            .arg("serve")
            .env("PAYPAIR_CONFIG", &settings)
            .env("PAYPAIR_LISTEN", "127.0.0.1:0")
            .env("PAYPAIR_LOG", "error"),
    );
    let pay = format!("http://{}/pay", serve.address());
    let order = json!({
        "orderId": "o-1", "gateway": "payletter", "method": "creditcard",
        "amount": "10000", "productName": "달항아리 조명", "customer": { "id": "customer-7" },
    });
    let client = Client::new();
    let placed = client.post(format!("{pay}/orders")).json(&order);
    let placed = placed.bearer_auth("a-token-for-this-test").send().await;
    let placed: Value = placed.unwrap().json().await.unwrap();
    let page = client
        .post(format!("{pay}/orders/o-1/prepare"))
        .header("origin", "http://127.0.0.1:8080")
        .header(
            "paypair-client-secret",
            placed["clientSecret"].as_str().unwrap(),
        )
        .json(&json!({ "layout": "redirect", "device": "desktop" }));
    let waiting = tokio::spawn(page.send());
    tokio::task::spawn_blocking(move || is_heard.recv().unwrap())
        .await
        .unwrap();
    let pid = rustix::process::Pid::from_child(&serve.child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let cut_off = waiting.await.unwrap();
    assert!(cut_off.is_err(), "nobody waits any more: {cut_off:?}");
    answer.send(()).unwrap();
    let ended = tokio::task::spawn_blocking(move || serve.child.wait().unwrap());
    assert!(ended.await.unwrap().success());
    let store = SqliteStore::open(&file).unwrap();
    let view = store.order("o-1").await.unwrap().unwrap();
    assert_eq!(
        view.attempts[0].state,
        State::Declined,
        "it is written down"
    );
}

#[test]
fn a_missing_setting_is_named() {
    let ended = paypair()
        .arg("serve")
        .env_remove("PAYPAIR_PUBLIC_URL")
        .output()
        .unwrap();
    assert!(!ended.status.success());
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.contains("public_url: this field is needed"), "{said}");
}

#[tokio::test]
async fn the_sandbox_starts_in_the_ways_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clients.json");
    let more = json!([{ "client_id": "pay_test2", "payment_key": "QQ==", "search_key": "Qg==", "methods": ["naverpay"] }]);
    std::fs::write(&file, more.to_string()).unwrap();
    let ways = Program::start(
        paypair()
            .args([
                "sandbox",
                "--port",
                "0",
                "--payple-referer",
                "strict",
                "--payple-partial-cancel",
                "--payple-test-marks",
            ])
            .args([
                "--payple-webhook",
                "http://127.0.0.1:9/pay/webhook/payple",
                "--no-private-api",
                "--full-amounts",
            ])
            .args([
                "--resend-every",
                "60",
                "--callback-host",
                "shop.internal",
                "--clock",
                "2026-11-21T09:00:00+09:00",
            ])
            .arg("--payletter-clients")
            .arg(&file),
    );
    let switches = async |program: &Program| -> Value {
        let url = format!("{}/control/options", program.address());
        reqwest::get(url).await.unwrap().json().await.unwrap()
    };
    assert_eq!(
        switches(&ways).await,
        json!({
            "payple_referer": "strict", "payple_partial_cancel": true, "payple_test_marks": true,
            "payple_webhook": "http://127.0.0.1:9/pay/webhook/payple", "private_api": false, "short_amounts": false,
            "payletter_clients": more,
        })
    );
    let usual = Program::start(paypair().args(["sandbox", "--port", "0"]));
    assert_eq!(
        switches(&usual).await,
        json!({
            "payple_referer": "lax", "payple_partial_cancel": false, "payple_test_marks": false, "payple_webhook": null,
            "private_api": true, "short_amounts": true, "payletter_clients": [],
        })
    );
}
