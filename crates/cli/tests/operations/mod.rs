//! docs/operations.md is true: its commands, its requests and its Rust, each run from top to bottom against a verifier and the
//! simulated gateways.

use std::path::Path;
use std::time::{Duration, Instant};

use paypair_ledger::SqliteStore;
use paypair_protocol::Secret;
use paypair_verifier::{HttpNetwork, SystemEnvironment, Verifier};
use serde_json::{Value, json};

use super::common::{Setup, TOKEN, TestApp, text};
use super::paypair_with;

#[path = "../../../../docs/examples/operations.rs"]
#[expect(
    unreachable_pub,
    reason = "the examples are written as a module of somebody's server"
)]
mod examples;

/// What the page calls the key, the order and the day.
const KEY: &str = "bk_0123456789abcdef0123456789abcdef";
const ORDER: &str = "sub-7-2026-12";
const DAY: &str = "2026-11-20";

/// A server that is not there: what it is told stays to be looked at.
const WEBHOOK: &str = "[webhook]\nurl = \"http://127.0.0.1:9/webhooks\"\nsecret = \"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD\"";

/// A shop that has what the page takes for granted: a customer's card, and a subscription.
struct Shop {
    app: TestApp,
    key: String,
}

impl Shop {
    async fn open() -> Self {
        let app = TestApp::with(Setup {
            extra: WEBHOOK,
            // The Rust of the page is of a verifier by the system's clock.
            in_the_morning: false,
            ..Setup::default()
        })
        .await;
        let customer =
            json!({ "id": "customer-7", "name": "홍길동", "email": "buyer@shop.example" });
        let card = app
            .order(
                "payletter",
                json!({ "work": "register", "amount": null, "customer": customer }),
            )
            .await;
        assert_eq!(card.pay("popup").await["status"], "registered");
        let key = app.key_of(&card.order_id).await;
        let monthly = json!({
            "orderId": "paypal-monthly", "method": "PaypalExpressCheckout", "amount": "12.50", "currency": "USD",
            "options": { "subscription": { "interval": "month", "every": 1, "cycles": 0 } },
        });
        let paypal = app.order("payletter_global", monthly).await;
        assert_eq!(paypal.pay("redirect").await["status"], "paid");
        let shop = Self { app, key };
        shop.first_delivery().await;
        shop
    }

    /// Waits until the first event is to be delivered: the page takes it for granted.
    async fn first_delivery(&self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.app.get("/deliveries/webhook_1").await.0 != 200 {
            assert!(Instant::now() < deadline, "the first event");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// A line of the page, about this shop's key and today.
    fn here(&self, line: &str) -> String {
        line.replace(KEY, &self.key).replace(DAY, &self.app.today())
    }

    /// What all three ways must have come to.
    async fn check(&self) {
        let book = self.app.book(ORDER).await;
        assert_eq!(book["state"], "cancelled", "{book}");
        assert_eq!(self.app.captures(ORDER).await.len(), 1);
        let (_, key) = self
            .app
            .merchant("GET", &format!("/billing-keys/{}", self.key), Value::Null)
            .await;
        assert_eq!(key["state"], "deleted", "{key}");
        let (_, ended) = self
            .app
            .merchant("GET", "/subscriptions/paypal-monthly", Value::Null)
            .await;
        assert_eq!(ended["state"], "cancelled", "{ended}");
    }
}

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations.md"))
        .unwrap()
}

/// The blocks of a language, in order.
fn blocks(language: &str) -> Vec<String> {
    page()
        .split(&format!("```{language}\n"))
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

/// The lines that begin with a command's name.
fn lines(command: &str) -> Vec<String> {
    let all = blocks("sh").concat();
    let lines: Vec<String> = all
        .lines()
        .filter(|line| line.starts_with(command))
        .map(str::to_owned)
        .collect();
    assert!(lines.len() >= 12, "the page has lost its {command} lines");
    lines
}

/// The words of a line, as a shell takes them apart.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (' ', None) => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[tokio::test]
async fn the_commands_of_the_page_do_what_it_says() {
    let shop = Shop::open().await;
    for line in lines("paypair ") {
        let line = shop.here(&line);
        let (line, input) = match line.split_once(" < key.txt") {
            Some((line, _)) => (line, "tbpay_test201801012359590002\n"),
            None => (line.as_str(), ""),
        };
        let words = words(line);
        let words: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
        let (code, out, err) = paypair_with(&shop.app, &words, input);
        assert_eq!(code, 0, "{line}\n{out}{err}");
        assert!(!out.is_empty() && err.is_empty(), "{line}\n{out}{err}");
    }
    shop.check().await;
}

#[tokio::test]
async fn the_requests_of_the_page_do_what_it_says() {
    let shop = Shop::open().await;
    for line in lines("curl ") {
        let line = shop
            .here(&line)
            .replace("$PAY", &format!("{}/pay", shop.app.shop));
        let words = words(&line);
        let mut rest = words.iter().skip(1);
        let (mut url, mut body, mut post, mut bearer) = (None, None, false, false);
        while let Some(word) = rest.next() {
            match word.as_str() {
                "--json" => body = rest.next(),
                "-X" => post = rest.next().is_some_and(|method| method == "POST"),
                "-H" => bearer = rest.next().is_some_and(|header| header == "$AUTH"),
                _ => url = Some(word),
            }
        }
        assert!(bearer, "no token: {line}");
        let url = url.unwrap();
        let request = match body {
            Some(body) => {
                let body: Value =
                    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"));
                shop.app.http.post(url).json(&body)
            }
            None if post => shop.app.http.post(url),
            None => shop.app.http.get(url),
        };
        let answer = request.bearer_auth(TOKEN).send().await.unwrap();
        let status = answer.status();
        let said: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{line}\n{status} {said}");
    }
    shop.check().await;
}

#[tokio::test]
async fn the_rust_of_the_page_is_compiled_and_does_what_it_says() {
    let source = include_str!("../../../../docs/examples/operations.rs");
    for block in blocks("rust") {
        assert!(
            source.contains(block.trim()),
            "docs/examples/operations.rs lacks\n{block}"
        );
    }
    for function in source.split("\npub async fn ").skip(1) {
        let text = format!("pub async fn {}", function.trim_end());
        assert!(page().contains(&text), "docs/operations.md lacks\n{text}");
    }

    let shop = Shop::open().await;
    let config = shop.app.config_again();
    // A second process over the same store, with the usual environment.
    let store = SqliteStore::open(shop.app.folder.path().join("test.sqlite3")).unwrap();
    let network = HttpNetwork::new(config.reach()).unwrap();
    let verifier =
        Verifier::new(config, store, network, SystemEnvironment::new().unwrap()).unwrap();

    let adopted = examples::adopt(&verifier, Secret::new("tbpay_test201801012359590002"))
        .await
        .unwrap();
    assert_ne!(adopted.billing_key_id, shop.key);
    assert_eq!(examples::cards(&verifier).await.unwrap().len(), 2);
    let charged = examples::charge(&verifier, &shop.key).await.unwrap();
    assert_eq!(text(&json!(charged.outcome.status)), "paid");
    examples::refund_part(&verifier).await.unwrap();
    examples::refund_part(&verifier).await.unwrap();
    let part = verifier.outcome(ORDER).await.unwrap().unwrap();
    assert_eq!(
        json!(part)["refundedAmount"],
        "3000",
        "twice under one id is once"
    );
    assert!(
        examples::receipt(&verifier)
            .await
            .unwrap()
            .starts_with("http")
    );
    examples::refund_rest(&verifier).await.unwrap();
    let looked_up = examples::look_up(&verifier).await.unwrap();
    assert_eq!(text(&json!(looked_up.state)), "refunded");
    assert!(
        !examples::sales(&verifier, &shop.app.today())
            .await
            .unwrap()
            .rows
            .is_empty()
    );
    examples::settlement(&verifier, &shop.app.today())
        .await
        .unwrap();
    assert!(examples::reconcile(&verifier).await.unwrap().is_empty());
    assert!(examples::dead_letters(&verifier).await.unwrap().is_empty());
    let again = examples::deliver_again(&verifier, "webhook_1")
        .await
        .unwrap();
    let news = examples::news(&verifier, 0).await.unwrap();
    assert_eq!(again.delivery.event_id, news[0].id());
    examples::forget(&verifier, &shop.key).await.unwrap();
    assert_eq!(
        examples::subscription(&verifier)
            .await
            .unwrap()
            .payments
            .len(),
        1
    );
    examples::end_subscription(&verifier).await.unwrap();
    shop.check().await;
}
