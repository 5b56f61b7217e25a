//! Requests sent again: under an idempotency key, and registrations whose answer got lost.

use paypair_ledger::{SqliteStore, Store};
use paypair_verifier::{Environment, Network, RawRequest, RawResponse, Verifier};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::common::{Setup, TOKEN, TestApp, keys::code};

const DAY: u64 = 24 * 60 * 60;

fn keyed(path: &str, key: &str, body: &Value) -> RawRequest {
    RawRequest::new("POST", path)
        .with_header("authorization", &format!("Bearer {TOKEN}"))
        .with_header("idempotency-key", key)
        .with_body(body.to_string())
}

fn read(answer: &RawResponse) -> (u16, Value) {
    let body = serde_json::from_slice(&answer.body).unwrap();
    (answer.status, body)
}

async fn ask<N: Network, E: Environment>(
    verifier: &Verifier<SqliteStore, N, E>,
    path: &str,
    key: &str,
    body: &Value,
) -> (u16, Value) {
    read(&verifier.handle(keyed(path, key, body)).await)
}

fn order() -> Value {
    json!({ "gateway": "payletter", "method": "creditcard", "amount": "10000", "productName": "a",
        "customer": { "id": "1001" } })
}

/// What a crash between what was done and the keeping of its answer leaves in the file.
fn lose_the_answers<N: Network>(app: &TestApp<N>) {
    let file = Connection::open(app.folder.path().join("test.sqlite3")).unwrap();
    let lost = "UPDATE kept_answer SET status = NULL, body = NULL";
    assert!(file.execute(lost, []).unwrap() > 0, "one was kept");
}

#[tokio::test]
async fn the_same_key_hears_the_first_answer_again() {
    let app = TestApp::start().await;
    let first = app.handle(keyed("/orders", "\"first\"", &order())).await;
    assert_eq!(first.header("idempotent-replayed"), None);
    let (status, told) = read(&first);
    assert_eq!(status, 201, "{told}");
    for key in ["\"first\"", "first"] {
        let again = app.handle(keyed("/orders", key, &order())).await;
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(read(&again), (201, told.clone()), "{key}");
    }
    // Another process over the same file says the same.
    let second = app.second();
    let again = ask(&second, "/orders", "first", &order()).await;
    assert_eq!(again, (201, told.clone()));
    // Another key is another request: another order.
    let (_, other) = ask(&app.verifier, "/orders", "second", &order()).await;
    assert_ne!(other["orderId"], told["orderId"]);
}

#[tokio::test]
async fn a_key_stands_for_one_request() {
    let app = TestApp::start().await;
    assert_eq!(ask(&app.verifier, "/orders", "k", &order()).await.0, 201);
    let mut dearer = order();
    dearer["amount"] = json!("20000");
    for (path, body) in [
        ("/orders", dearer),
        ("/orders?x=1", order()),
        ("/charges", order()),
    ] {
        let (status, told) = ask(&app.verifier, path, "k", &body).await;
        assert_eq!((status, &*code(&told)), (422, "idempotency_key_used"));
    }
    // A day later it is as if never used.
    app.advance(DAY).await;
    let mut dearer = order();
    dearer["amount"] = json!("30000");
    assert_eq!(ask(&app.verifier, "/orders", "k", &dearer).await.0, 201);
    let file = Connection::open(app.folder.path().join("test.sqlite3")).unwrap();
    let kept: u32 = file
        .query_row("SELECT count(*) FROM kept_answer", [], |row| row.get(0))
        .unwrap();
    assert_eq!(kept, 1, "old rows go");
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_refused() {
    let app = TestApp::start().await;
    let long = "k".repeat(256);
    for key in ["", "\"open", "a,b", long.as_str()] {
        let (status, told) = ask(&app.verifier, "/orders", key, &order()).await;
        assert_eq!((status, &*code(&told)), (400, "idempotency_key_invalid"));
    }
    let twice = keyed("/orders", "a", &order()).with_header("idempotency-key", "b");
    assert_eq!(app.handle(twice).await.status, 400);
}

#[tokio::test]
async fn a_request_that_is_still_running_is_not_run_twice() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let key = app.key("payple").await;
    let body = app.charge_of("payple", &key, "x", json!({ "orderId": null }));
    let (one, two) = tokio::join!(
        ask(&app.verifier, "/charges", "k", &body),
        ask(&app.verifier, "/charges", "k", &body),
    );
    let mut said = [one, two];
    said.sort_by_key(|(status, _)| *status);
    assert_eq!(said[0].0, 201, "{}", said[0].1);
    assert_eq!(said[1].0, 409, "{}", said[1].1);
    assert_eq!(code(&said[1].1), "idempotency_key_running");
    assert_eq!(said[1].1["error"]["retryable"], true);
    let third = ask(&app.verifier, "/charges", "k", &body).await;
    assert_eq!(third, said[0], "the first answer");
    assert_eq!(tap.sent("SimplePayCardAct").len(), 1);
}

#[tokio::test]
async fn a_crash_before_the_answer_is_kept_charges_nothing_twice() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let key = app.key("payple").await;
    let body = app.charge_of("payple", &key, "x", json!({ "orderId": null }));
    let (status, first) = ask(&app.verifier, "/charges", "crash", &body).await;
    assert_eq!((status, &first["status"]), (201, &json!("paid")), "{first}");
    lose_the_answers(&app);
    let (status, again) = ask(&app.second(), "/charges", "crash", &body).await;
    assert_eq!((status, &again["status"]), (200, &json!("paid")), "{again}");
    assert_eq!(again["orderId"], first["orderId"]);
    assert_eq!(tap.sent("SimplePayCardAct").len(), 1);

    // A part, with no id of the merchant's either.
    let id = first["orderId"].as_str().unwrap();
    let path = format!("/orders/{id}/refund");
    let part = json!({ "amount": "3000" });
    let (status, given) = ask(&app.verifier, &path, "back", &part).await;
    assert_eq!(status, 200, "{given}");
    lose_the_answers(&app);
    let (status, again) = ask(&app.second(), &path, "back", &part).await;
    assert_eq!(status, 200, "{again}");
    assert_eq!(again["refund"]["refundId"], given["refund"]["refundId"]);
    assert_eq!(app.book(id).await["refunds"], 1);
    // Without a key, a part still needs an id.
    assert_eq!(app.refund(id, part).await.0, 422);
}

/// Attack on itself: an HTTP client that sends what timed out again. Nothing would tell the second charge from the first.
#[tokio::test]
async fn a_charge_that_could_not_be_told_from_another_is_refused() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let key = app.key("payple").await;
    let orders = async || {
        let file = Connection::open(app.folder.path().join("test.sqlite3")).unwrap();
        file.query_row("SELECT count(*) FROM merchant_order", [], |row| {
            row.get::<_, u32>(0)
        })
        .unwrap()
    };
    let before = orders().await;
    let nameless = app.charge_of("payple", &key, "x", json!({ "orderId": null }));
    let mut unnamed = nameless.clone();
    unnamed.as_object_mut().unwrap().remove("orderId");
    for body in [&nameless, &unnamed] {
        for _ in 0..2 {
            let (status, told) = app.merchant("POST", "/charges", body.clone()).await;
            assert_eq!(
                (status, &*code(&told)),
                (400, "idempotency_key_missing"),
                "{told}"
            );
            assert_eq!(told["error"]["retryable"], false);
            assert!(
                told["error"]["message"]["ko"]
                    .as_str()
                    .unwrap()
                    .contains("orderId")
            );
            assert!(
                told["error"]["message"]["en"]
                    .as_str()
                    .unwrap()
                    .contains("orderId")
            );
        }
    }
    assert_eq!(tap.sent("SimplePayCardAct").len(), 0, "nothing is sent");
    assert_eq!(orders().await, before, "nothing is begun");
    // Either of the two is enough.
    let (status, told) = ask(&app.verifier, "/charges", "k", &unnamed).await;
    assert_eq!((status, &told["status"]), (201, &json!("paid")), "{told}");
    let (status, told) = app.charge("payple", &key, "named", json!({})).await;
    assert_eq!((status, &told["status"]), (201, &json!("paid")), "{told}");
    assert_eq!(tap.sent("SimplePayCardAct").len(), 2);
}

#[tokio::test]
async fn a_refusal_frees_its_key() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let key = app.key("payple").await;
    let wrong = app.charge_of("payple", &key, "x", json!({ "customerId": "2002" }));
    let (status, told) = ask(&app.verifier, "/charges", "k", &wrong).await;
    assert_eq!(status, 409, "{told}");
    let right = app.charge_of("payple", &key, "x", json!({}));
    let (status, told) = ask(&app.verifier, "/charges", "k", &right).await;
    assert_eq!((status, &told["status"]), (201, &json!("paid")), "{told}");
    assert_eq!(tap.sent("SimplePayCardAct").len(), 1);
}

/// An earlier run of the request died behind what it did: that this run was refused does not mean that nothing was done.
#[tokio::test]
async fn a_refusal_behind_a_crash_frees_nothing() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let key = app.key("payple").await;
    let body = app.charge_of("payple", &key, "x", json!({ "orderId": null }));
    let (status, first) = ask(&app.verifier, "/charges", "crash", &body).await;
    assert_eq!((status, &first["status"]), (201, &json!("paid")), "{first}");
    lose_the_answers(&app);
    // The process that comes after reads the request differently, an upgrade say.
    let file = Connection::open(app.folder.path().join("test.sqlite3")).unwrap();
    let read_as = |name: &str| {
        let id = first["orderId"].as_str().unwrap();
        let change = "UPDATE merchant_order SET product_name = ?1 WHERE id = ?2";
        assert_eq!(file.execute(change, [name, id]).unwrap(), 1);
    };
    read_as("another");
    for _ in 0..2 {
        let (status, told) = ask(&app.second(), "/charges", "crash", &body).await;
        assert_eq!((status, &*code(&told)), (409, "order_exists"), "{told}");
    }
    read_as(body["productName"].as_str().unwrap());
    let (status, again) = ask(&app.second(), "/charges", "crash", &body).await;
    assert_eq!((status, &again["status"]), (200, &json!("paid")), "{again}");
    assert_eq!(again["orderId"], first["orderId"]);
    assert_eq!(tap.sent("SimplePayCardAct").len(), 1, "charged once");
}

#[tokio::test]
async fn no_secret_lies_in_a_kept_answer() {
    let app = TestApp::start().await;
    let (_, told) = ask(&app.verifier, "/orders", "the-merchants-own-key", &order()).await;
    let secret = told["clientSecret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("cs_"));
    let mut seen = 0;
    for file in std::fs::read_dir(app.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let holds = |text: &str| {
            bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        };
        seen += usize::from(holds(told["orderId"].as_str().unwrap()));
        assert!(!holds(&secret) && !holds("the-merchants-own-key"));
    }
    assert!(seen > 0, "the order itself lies there");
}

#[tokio::test]
async fn a_registration_whose_answer_got_lost_is_asked_for_again() {
    let app = TestApp::start().await;
    let page = app.order("payletter", json!({ "orderId": "lost" })).await;
    let body = json!({ "orderId": "lost", "gateway": "payletter", "method": "creditcard", "amount": "10000",
        "productName": "스탠드 조명", "customer": { "id": "1001", "name": "홍길동", "email": "buyer@example.com" } });
    let request = || {
        RawRequest::new("POST", "/orders")
            .with_header("authorization", &format!("Bearer {TOKEN}"))
            .with_body(body.to_string())
    };
    for verifier_again in [false, true] {
        let answer = if verifier_again {
            app.second().handle(request()).await
        } else {
            app.handle(request()).await
        };
        let (status, told) = read(&answer);
        assert_eq!(status, 200);
        assert_eq!(told["clientSecret"], json!(page.secret));
        assert_eq!(told["launchUrl"], json!(page.launch_url));
    }
    assert_eq!(page.prepare("redirect").await["orderId"], "lost");
    // The store alone gives no secret away: its seed opens nothing without the token.
    let stored = app.verifier.store().order("lost").await.unwrap().unwrap();
    let seed = stored.order.seed.unwrap().to_hex();
    assert!(!page.secret.contains(&seed[..16]));
}
