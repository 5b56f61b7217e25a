//! Delivery to the merchant: signed webhooks over real HTTP, in order, until they are taken; the hook, once; events for those who ask.

#[path = "../../../docs/examples/hook.rs"]
#[expect(
    unreachable_pub,
    reason = "the example is written as a module of somebody's server"
)]
mod example;
#[path = "delivery/shop.rs"]
mod shop;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use paypair_ledger::{HookError, HookTx, Published, SqliteStore, rusqlite::Connection};
use paypair_verifier::{Config, RawRequest};
use serde_json::{Value, json};
use shop::{Answer, LOG, OLD_SECRET, PATH, Received, SECRET, Shop, config};

const HOUR: Duration = Duration::from_secs(3600);

fn is(state: &'static str) -> impl Fn(&Value) -> bool {
    move |shown| shown["state"] == state
}

fn tried(times: u64) -> impl Fn(&Value) -> bool {
    move |shown| shown["tries"] == times
}

// The wire

#[tokio::test]
async fn a_webhook_is_signed_by_the_rules_and_is_the_event() {
    let shop = Shop::open("").await;
    let life = shop.start();
    let event = life.happen("order-1").await;
    let webhook = shop.receiver.next().await;
    assert!(webhook.verify(SECRET));
    assert!(!webhook.verify(OLD_SECRET));
    assert_eq!(webhook.header("webhook-id"), event.id());
    assert_eq!(webhook.header("content-type"), "application/json");
    assert_eq!(webhook.path, PATH);
    let (_, page) = life.ask("GET", "/events").await;
    assert_eq!(webhook.event(), page["events"][0], "one event, told twice");
    assert_eq!(webhook.event()["type"], "payment.declined");
    let shown = life.comes_to("webhook_1", is("delivered")).await;
    assert_eq!(shown["eventId"], event.id());
    assert_eq!(shown["event"], webhook.event());
    assert_eq!(shown["attempts"][0]["status"], 204);
    assert!(shown["attempts"][0]["durationMs"].is_u64());
}

#[tokio::test]
async fn a_webhook_written_anew_on_its_way_is_refused() {
    let shop = Shop::open("").await;
    let life = shop.start();
    life.happen("order-1").await;
    let webhook = shop.receiver.next().await;
    assert!(webhook.verify(SECRET));
    let anew = serde_json::to_string_pretty(&webhook.event()).unwrap();
    let spaced = webhook.body.replacen("\":", "\": ", 1);
    let escaped = webhook.body.replace("order-1", "order\\u002d1");
    for body in [anew, spaced, escaped, format!("{}\n", webhook.body)] {
        let same: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(same, webhook.event(), "it says the same");
        assert_ne!(body, webhook.body);
        let written_anew = Received {
            body,
            ..webhook.clone()
        };
        assert!(!written_anew.verify(SECRET), "{}", written_anew.body);
    }
    for name in ["webhook-id", "webhook-timestamp"] {
        let mut moved = webhook.clone();
        let value = format!("{}0", webhook.header(name));
        moved.headers.insert(name, value.parse().unwrap());
        assert!(!moved.verify(SECRET), "{name}");
    }
}

#[tokio::test]
async fn both_secrets_sign_until_the_old_one_ends() {
    // In ten minutes, which a test may jump over; the rules' library believes the real clock for five.
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(4);
    let shop = Shop::open(&format!(
        "previous_secret = \"{OLD_SECRET}\"\nprevious_secret_until = \"{until}\""
    ))
    .await;
    let life = shop.start();
    life.happen("order-1").await;
    let both = shop.receiver.next().await;
    assert!(both.verify(SECRET) && both.verify(OLD_SECRET));
    assert_eq!(both.header("webhook-signature").split(' ').count(), 2);
    shop.pass(Duration::from_secs(4 * 60));
    life.happen("order-2").await;
    let one = shop.receiver.next().await;
    assert!(one.verify(SECRET) && !one.verify(OLD_SECRET));
    assert_eq!(one.header("webhook-signature").split(' ').count(), 1);
}

// Until it is taken

#[tokio::test]
async fn a_failure_is_tried_again_under_the_same_id_with_the_same_body() {
    let shop = Shop::open("").await;
    shop.receiver.will([Answer::Status(500)]);
    let life = shop.start();
    life.happen("order-1").await;
    let first = shop.receiver.next().await;
    let shown = life.comes_to("webhook_1", tried(1)).await;
    assert_eq!(
        (&shown["state"], &shown["error"], &shown["status"]),
        (&json!("pending"), &json!("http_status"), &json!(500))
    );
    let seconds = |text: &Value| {
        let at: jiff::Timestamp = text.as_str().unwrap().parse().unwrap();
        at.as_second()
    };
    let pause = seconds(&shown["nextTryAt"]) - seconds(&shown["attempts"][0]["at"]);
    assert!((5..=8).contains(&pause), "{shown}");
    // By now the program knows another version's words: what was signed once is sent as it was.
    shop.pass(Duration::from_secs(8));
    let second = shop.receiver.next().await;
    assert_eq!(first.body, second.body);
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
    let stamps = [&first, &second].map(|it| it.header("webhook-timestamp").parse::<i64>().unwrap());
    assert!(stamps[1] >= stamps[0] + 8, "the time is that of the try");
    assert!(second.verify(SECRET));
    life.comes_to("webhook_1", is("delivered")).await;
}

#[tokio::test]
async fn of_one_order_an_event_waits_for_the_one_before() {
    let shop = Shop::open("").await;
    shop.receiver.will([Answer::Status(500)]);
    let life = shop.start();
    life.happen("order-1").await;
    assert_eq!(shop.receiver.next().await.seq(), 1);
    life.comes_to("webhook_1", tried(1)).await;
    life.happen("order-1").await;
    life.happen("order-2").await;
    assert_eq!(shop.receiver.next().await.seq(), 3, "another order goes on");
    let waiting = life.comes_to("webhook_2", is("pending")).await;
    assert_eq!(
        (&waiting["nextTryAt"], &waiting["tries"]),
        (&Value::Null, &json!(0))
    );
    shop.pass(Duration::from_secs(8));
    assert_eq!(shop.receiver.next().await.seq(), 1);
    assert_eq!(shop.receiver.next().await.seq(), 2);
    life.comes_to("webhook_2", is("delivered")).await;
}

#[tokio::test]
async fn gone_is_gone_at_once_and_the_next_event_goes() {
    let shop = Shop::open("").await;
    shop.receiver.will([Answer::Status(410)]);
    let life = shop.start();
    life.happen("order-1").await;
    life.happen("order-1").await;
    let dead = life.comes_to("webhook_1", is("dead")).await;
    assert_eq!(
        (&dead["error"], &dead["tries"]),
        (&json!("gone"), &json!(1))
    );
    life.comes_to("webhook_2", is("delivered")).await;
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let shop = Shop::open("").await;
    let elsewhere = shop.receiver.url.replace(PATH, "/elsewhere");
    shop.receiver.will([Answer::Redirect(elsewhere)]);
    let life = shop.start();
    life.happen("order-1").await;
    assert_eq!(shop.receiver.next().await.path, PATH);
    let shown = life.comes_to("webhook_1", tried(1)).await;
    assert_eq!(
        (&shown["error"], &shown["status"]),
        (&json!("redirected"), &json!(307))
    );
    assert_eq!(shop.receiver.rest().await, 0);
}

#[tokio::test]
async fn a_receiver_that_asks_for_patience_gets_it() {
    let shop = Shop::open("").await;
    shop.receiver.will([Answer::RetryAfter(429, "3600")]);
    let life = shop.start();
    life.happen("order-1").await;
    shop.receiver.next().await;
    life.comes_to("webhook_1", tried(1)).await;
    shop.pass(Duration::from_secs(1800));
    // Another order's event goes meanwhile; and no second try came before it.
    life.happen("order-2").await;
    assert_eq!(shop.receiver.next().await.seq(), 2);
    shop.pass(Duration::from_secs(1810));
    assert_eq!(shop.receiver.next().await.seq(), 1);
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_waited_for_no_longer_than_configured() {
    let shop = Shop::open("timeout_seconds = 1").await;
    shop.receiver.will([Answer::Never]);
    let life = shop.start();
    life.happen("order-1").await;
    let shown = life.comes_to("webhook_1", tried(1)).await;
    assert_eq!(shown["error"], "timed_out");
    assert_eq!(shown["status"], Value::Null);
}

#[tokio::test]
async fn ten_failures_make_a_dead_letter_which_can_be_asked_for_again() {
    let shop = Shop::open("").await;
    shop.receiver.will((0..10).map(|_| Answer::Status(503)));
    let life = shop.start();
    let event = life.happen("order-1").await;
    for nth in 1..=10 {
        shop.receiver.next().await;
        life.comes_to("webhook_1", tried(nth)).await;
        shop.pass(60 * HOUR);
    }
    let (_, dead) = life
        .ask("GET", "/deliveries?state=dead&orderId=order-1")
        .await;
    let dead = &dead["deliveries"][0];
    assert_eq!(
        (&dead["id"], &dead["nextTryAt"]),
        (&json!("webhook_1"), &Value::Null)
    );
    life.happen("order-1").await;
    assert_eq!(shop.receiver.next().await.seq(), 2, "the next one goes");
    life.comes_to("webhook_2", is("delivered")).await;

    let (status, shown) = life.ask("POST", "/deliveries/webhook_1/replay").await;
    assert_eq!((status, &shown["state"]), (200, &json!("pending")));
    let again = shop.receiver.next().await;
    assert_eq!(again.header("webhook-id"), event.id());
    let shown = life.comes_to("webhook_1", is("delivered")).await;
    assert_eq!(shown["attempts"].as_array().unwrap().len(), 11);
    // And what was delivered, once more.
    let (status, _) = life.ask("POST", "/deliveries/webhook_2/replay").await;
    assert_eq!(status, 200);
    assert_eq!(shop.receiver.next().await.seq(), 2);
}

#[tokio::test]
async fn a_dead_letter_asked_for_again_while_its_last_try_hangs_is_sent_again() {
    let shop = Shop::open("timeout_seconds = 30").await;
    let last = std::iter::once(Answer::Never);
    shop.receiver
        .will((0..9).map(|_| Answer::Status(503)).chain(last));
    let life = shop.start();
    life.happen("order-1").await;
    for nth in 1..=9 {
        shop.receiver.next().await;
        life.comes_to("webhook_1", tried(nth)).await;
        shop.pass(60 * HOUR);
    }
    shop.receiver.next().await;
    let (status, shown) = life.ask("POST", "/deliveries/webhook_1/replay").await;
    assert_eq!((status, &shown["state"]), (200, &json!("pending")));
    shop.pass(Duration::from_secs(40));
    let shown = life
        .comes_to("webhook_1", |shown| shown["state"] != "pending")
        .await;
    assert_eq!(shown["state"], "delivered", "{shown}");
    let tries = shown["attempts"].as_array().unwrap();
    assert_eq!((tries.len(), &tries[9]["error"]), (11, &json!("timed_out")));
}

#[tokio::test]
async fn a_process_that_dies_between_sending_and_noting_it_sends_again_under_the_same_id() {
    let shop = Shop::open("").await;
    shop.receiver.will([Answer::Never]);
    let life = shop.start();
    life.happen("order-1").await;
    let first = shop.receiver.next().await;
    drop(life);
    let life = shop.start();
    let second = shop.receiver.next().await;
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
    assert_eq!(first.body, second.body);
    let shown = life.comes_to("webhook_1", is("delivered")).await;
    assert_eq!(shown["attempts"].as_array().unwrap().len(), 1);
    assert_eq!(shop.receiver.rest().await, 0);
}

#[tokio::test]
async fn an_address_hears_only_of_what_happens_once_it_is_configured() {
    let shop = Shop::open("").await;
    let store = SqliteStore::open(shop.file()).unwrap();
    let life = shop.start_over(store, config(""));
    life.happen("order-1").await;
    assert_eq!(life.count().await, 0);
    drop(life);
    shop.pass(Duration::from_secs(1));
    let life = shop.start();
    life.happen("order-2").await;
    assert_eq!(shop.receiver.next().await.seq(), 2);
    life.comes_to("webhook_2", is("delivered")).await;
    assert_eq!(life.ask("GET", "/deliveries/webhook_1").await.0, 404);
}

// The hook

fn ship(event: &Published, tx: &HookTx<'_>) -> Result<(), HookError> {
    let database = tx.connection()?;
    database.execute("INSERT INTO shipment VALUES (?1)", [event.id()])?;
    Ok(())
}

/// A file with the merchant's own table in it.
async fn warehouse(more: &str) -> Shop {
    let shop = Shop::open(more).await;
    drop(SqliteStore::open(shop.file()).unwrap());
    Connection::open(shop.file())
        .unwrap()
        .execute_batch("CREATE TABLE shipment (event TEXT NOT NULL)")
        .unwrap();
    shop
}

fn shipped(file: &std::path::Path) -> Vec<String> {
    let file = Connection::open(file).unwrap();
    let mut rows = file.prepare("SELECT event FROM shipment").unwrap();
    let rows = rows.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_hook_and_an_address_are_both_told() {
    let shop = warehouse("").await;
    let life = shop.start().hooked(ship);
    let event = life.happen("order-1").await;
    life.comes_to("hook_1", is("delivered")).await;
    life.comes_to("webhook_1", is("delivered")).await;
    assert_eq!(shipped(&shop.file()), [event.id()]);
    let (status, refused) = life.ask("POST", "/deliveries/hook_1/replay").await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (409, &json!("delivery_done"))
    );
    let (_, both) = life.ask("GET", "/deliveries").await;
    assert_eq!(both["deliveries"].as_array().unwrap().len(), 2);
    let (_, one) = life.ask("GET", "/deliveries?target=hook").await;
    assert_eq!(one["deliveries"][0]["id"], "hook_1");
}

#[tokio::test]
async fn a_hook_that_fails_is_run_again_by_the_schedule_and_in_order() {
    let shop = warehouse("").await;
    let ran = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&ran);
    let hook = move |event: &Published, tx: &HookTx<'_>| {
        let mut ran = log.lock().unwrap();
        ran.push(event.seq);
        ship(event, tx)?;
        match ran.len() {
            1 => Err(HookError::new("out_of_stock")),
            _ => Ok(()),
        }
    };
    let life = shop.start().hooked(hook);
    life.happen("order-1").await;
    life.happen("order-1").await;
    let shown = life.comes_to("hook_1", tried(1)).await;
    assert_eq!(
        (&shown["state"], &shown["error"]),
        (&json!("pending"), &json!("out_of_stock"))
    );
    assert!(shipped(&shop.file()).is_empty());
    shop.pass(Duration::from_secs(8));
    life.comes_to("hook_2", is("delivered")).await;
    assert_eq!(*ran.lock().unwrap(), [1, 1, 2]);
    assert_eq!(shipped(&shop.file()).len(), 2);
}

#[tokio::test]
async fn the_hook_of_the_page_does_what_it_says() {
    let source = include_str!("../../../docs/examples/hook.rs");
    let page = include_str!("../../../docs/delivery.md");
    let (_, code) = source.split_once("\n\nuse ").unwrap();
    let (_, code) = code.split_once("\n\n").unwrap();
    assert!(page.contains(code.trim()), "docs/delivery.md lacks\n{code}");

    let shop = Shop::open("").await;
    drop(SqliteStore::open(shop.file()).unwrap());
    let table = "CREATE TABLE shipment (order_id TEXT NOT NULL, amount TEXT NOT NULL)";
    let file = Connection::open(shop.file()).unwrap();
    file.execute_batch(table).unwrap();
    let life = shop.start().hooked(example::Shipments);
    life.happen("order-1").await;
    let shown = life.comes_to("hook_1", is("delivered")).await;
    assert_eq!(shown["type"], "payment.declined");
    life.be_paid("order-2").await;
    life.comes_to("hook_2", is("delivered")).await;
    let row = "SELECT order_id || ' ' || amount FROM shipment";
    let row: String = file.query_row(row, [], |row| row.get(0)).unwrap();
    assert_eq!(row, "order-2 10000");
}

/// The settings that the page shows, with a secret where it has dots.
#[test]
fn the_settings_of_the_page_are_accepted() {
    let page = include_str!("../../../docs/delivery.md");
    let blocks: Vec<_> = page.split("```toml\n").skip(1).collect();
    assert_eq!(blocks.len(), 3);
    for block in blocks {
        let block = block.split("```").next().unwrap();
        let previous = format!("previous_secret = \"{OLD_SECRET}\"");
        let secret = block
            .replace("previous_secret = \"whsec_...\"", &previous)
            .replace("whsec_...", SECRET);
        let text = format!(
            "public_url = \"https://shop.example/pay\"\nenv = \"live\"\nmerchant_token = \"{}\"\n{secret}",
            shop::TOKEN
        );
        Config::from_toml(&text).unwrap();
    }
}

/// The power fails in the middle of the hook, and right after it: what is on the disk then is started again.
#[tokio::test]
async fn over_a_crash_an_event_takes_effect_once() {
    let shop = warehouse("").await;
    let disk = |name: &str| shop.folder.path().join(name);
    let copy = {
        let (from, to) = (shop.file(), disk("middle.sqlite3"));
        move || {
            for end in ["", "-wal"] {
                let name = |path: &std::path::Path| format!("{}{end}", path.display());
                std::fs::copy(name(&from), name(&to)).unwrap();
            }
        }
    };
    let in_the_middle = copy.clone();
    let hook = move |event: &Published, tx: &HookTx<'_>| {
        ship(event, tx)?;
        in_the_middle();
        Ok(())
    };
    let life = shop.start().hooked(hook);
    let event = life.happen("order-1").await;
    life.comes_to("hook_1", is("delivered")).await;
    drop(life);

    assert!(shipped(&disk("middle.sqlite3")).is_empty(), "not committed");
    for file in [disk("middle.sqlite3"), shop.file()] {
        let store = SqliteStore::open(&file).unwrap();
        let life = shop.start_over(store, config("")).hooked(ship);
        life.comes_to("hook_1", is("delivered")).await;
        // A later event is a sign that the loop has been there.
        life.happen("order-2").await;
        life.comes_to("hook_2", is("delivered")).await;
        let effects = shipped(&file);
        let of_first = effects.iter().filter(|id| **id == event.id());
        assert_eq!(of_first.count(), 1, "{effects:?}");
    }
}

// Events for those who ask

#[tokio::test]
async fn who_asks_for_events_may_wait_for_one() {
    let shop = Shop::open("").await;
    let life = shop.start_over(SqliteStore::open(shop.file()).unwrap(), config(""));
    let (status, page) = life.ask("GET", "/events?after=0").await;
    assert_eq!((status, &page), (200, &json!({ "events": [], "next": 0 })));
    let waiting = life.ask("GET", "/events?after=0&limit=1&wait=25");
    let ((_, page), first) = tokio::join!(waiting, life.happen("order-1"));
    assert_eq!(page["events"][0]["id"], first.id());
    assert_eq!(page["next"], 1);
    life.happen("order-1").await;
    let (_, page) = life.ask("GET", "/events?after=1&wait=25").await;
    assert_eq!(page["events"][0]["seq"], 2);
    let again = life.verifier.events_after(0, 10, Duration::ZERO).await;
    assert_eq!(again.unwrap().len(), 2);
}

#[tokio::test]
async fn what_makes_no_sense_is_told_with_its_field() {
    let shop = Shop::open("").await;
    let life = shop.start();
    for (path, fields) in [
        ("/events?after=-1", &["after"][..]),
        (
            "/events?after=x&limit=0&wait=26",
            &["after", "limit", "wait"],
        ),
        ("/events?limit=1001", &["limit"]),
        (
            "/deliveries?state=lost&limit=0&target=mail",
            &["limit", "target", "state"],
        ),
    ] {
        let (status, refused) = life.ask("GET", path).await;
        assert_eq!(status, 422, "{path}");
        let told = refused["error"]["fields"].as_array().unwrap();
        let told: Vec<_> = told
            .iter()
            .map(|it| it["field"].as_str().unwrap())
            .collect();
        assert_eq!(told, fields, "{path}");
        assert!(refused.to_string().contains("넣어 주세요"), "{refused}");
    }
    for (method, path) in [
        ("GET", "/deliveries/webhook_9"),
        ("GET", "/deliveries/nonsense"),
        ("POST", "/deliveries/evt_1_ab/replay"),
        ("POST", "/deliveries/webhook_9/replay"),
    ] {
        let (status, refused) = life.ask(method, path).await;
        assert_eq!(
            (status, &refused["error"]["code"]),
            (404, &json!("delivery_unknown"))
        );
    }
    let nobody = RawRequest::new("GET", "/deliveries");
    assert_eq!(life.verifier.handle(nobody).await.status, 401);
}

// Settings and secrets

#[test]
fn settings_that_would_sign_badly_or_reach_inside_are_refused() {
    let refused = |lines: &str| {
        let text = format!(
            "public_url = \"https://shop.example/pay\"\nenv = \"test\"\nmerchant_token = \"{}\"\n[webhook]\n{lines}",
            shop::TOKEN
        );
        Config::from_toml(&text)
            .err()
            .map(|error| error.to_string())
    };
    let url = "url = \"https://shop.example/webhooks\"";
    let good = format!("{url}\nsecret = \"{SECRET}\"");
    assert_eq!(refused(&good), None);
    let private = format!(
        "url = \"http://10.0.3.7:8080/\"\nsecret = \"{SECRET}\"\nallowed_networks = [\"10.0.3.0/24\"]"
    );
    assert_eq!(refused(&private), None);
    for (lines, field) in [
        (
            format!("url = \"http://127.0.0.1/\"\nsecret = \"{SECRET}\""),
            "webhook.url",
        ),
        (
            format!("url = \"https://10.0.0.1/\"\nsecret = \"{SECRET}\""),
            "webhook.url",
        ),
        (
            format!("{url}\nsecret = \"canary-secret\""),
            "webhook.secret",
        ),
        (
            format!(
                "{good}\nprevious_secret = \"canary-secret\"\nprevious_secret_until = \"2026-12-01T00:00:00+09:00\""
            ),
            "webhook.previous_secret",
        ),
        (
            format!("{good}\nprevious_secret = \"{OLD_SECRET}\""),
            "webhook.previous_secret_until",
        ),
        (
            format!("{good}\nprevious_secret_until = \"2026-12-01T00:00:00+09:00\""),
            "webhook.previous_secret_until",
        ),
        (
            format!("{good}\nprevious_secret_until = \"tomorrow\""),
            "webhook.previous_secret_until",
        ),
        (
            format!("{good}\ntimeout_seconds = 0"),
            "webhook.timeout_seconds",
        ),
        (
            format!("{good}\ntimeout_seconds = 31"),
            "webhook.timeout_seconds",
        ),
        (url.to_owned(), "webhook.secret"),
    ] {
        let error = refused(&lines).expect(field);
        assert!(error.contains(field), "{field}: {error}");
        for secret in ["canary", SECRET, OLD_SECRET] {
            assert!(!error.contains(secret), "{error}");
        }
    }
}

#[tokio::test]
async fn neither_secret_nor_the_addresss_path_nor_an_answers_body_is_printed() {
    let shop = Shop::open("").await;
    shop.receiver
        .will([Answer::Status(500), Answer::Status(410)]);
    let life = shop.start();
    life.happen("order-1").await;
    life.comes_to("webhook_1", tried(1)).await;
    shop.pass(Duration::from_secs(8));
    let mut said = vec![format!("{:?}", shop.config())];
    life.comes_to("webhook_1", is("dead")).await;
    said.push(life.ask("GET", "/deliveries/webhook_1").await.1.to_string());
    said.push(life.ask("GET", "/deliveries").await.1.to_string());
    said.push(String::from_utf8(LOG.lock().unwrap().clone()).unwrap());
    assert!(said[3].contains("a dead letter"), "it was logged");
    for text in said {
        for secret in [
            &SECRET[6..],
            &OLD_SECRET[6..],
            "canary-in-the-path",
            "no-body-of-theirs",
        ] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}
