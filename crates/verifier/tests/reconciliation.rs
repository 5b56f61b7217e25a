//! The daily reconciliation, over real stories: what differs is found, told once, and ends when both sides agree. The gateways' own
//! book is the judge of the stories, not of the runs.

use std::time::Duration;

use crate::common::{Fate, Setup, TestApp, text};
use paypair_ledger::Reconciliation as _;
use paypair_protocol::Gateway;
use paypair_verifier::{
    BooksState, BreakWord, Environment as _, Network, NewReconciliation, ReconciliationRun,
    RunVerdict,
};
use serde_json::{Value, json};

const HOUR: u64 = 60 * 60;

/// A run over one gateway's books, to its end.
async fn run<N: Network>(app: &TestApp<N>, gateway: Gateway) -> ReconciliationRun {
    let wish = NewReconciliation {
        days: Some(1),
        gateway: Some(gateway),
        ..NewReconciliation::default()
    };
    app.verifier.reconcile(wish).await.unwrap()
}

/// What a run came to: verdict, breaks that are new, breaks that ended.
fn came_to(run: &ReconciliationRun) -> (RunVerdict, usize, usize) {
    let sum = |of: fn(&paypair_verifier::BooksCompared) -> usize| run.books.iter().map(of).sum();
    let verdict = run.verdict.unwrap();
    (
        verdict,
        sum(|books| books.new_breaks),
        sum(|books| books.resolved),
    )
}

async fn breaks<N: Network>(app: &TestApp<N>, state: &str) -> Vec<Value> {
    let (status, list) = app.get(&format!("/breaks?state={state}")).await;
    assert_eq!(status, 200, "{list}");
    list["breaks"].as_array().unwrap().clone()
}

/// The one break there is.
async fn only<N: Network>(app: &TestApp<N>, kind: &str) -> Value {
    let mut all = breaks(app, "all").await;
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0]["kind"], kind, "{all:?}");
    all.remove(0)
}

async fn told<N: Network>(app: &TestApp<N>) -> Vec<(String, String)> {
    let events = app.events().await.into_iter();
    let of_runs = events.filter(|event| text(&event["type"]).starts_with("reconciliation."));
    of_runs
        .map(|event| (text(&event["type"]), text(&event["data"]["kind"])))
        .collect()
}

/// Two spans of a test's life lie on one Korean day: otherwise the day is let pass first.
async fn at_noon<N: Network>(app: &TestApp<N>) {
    app.advance(until(app, 12 * HOUR)).await;
}

/// How long it is to a second of the Korean day, the next one that comes.
fn until<N: Network>(app: &TestApp<N>, wanted: u64) -> u64 {
    let korean = app.clock.now().millis() / 1000 + 9 * 3600;
    let second = u64::try_from(korean).unwrap() % 86_400;
    (wanted + 86_400 - second) % 86_400
}

async fn paid<N: Network>(app: &TestApp<N>, gateway: &str, more: Value) -> String {
    let page = app.order(gateway, more).await;
    let layout = if gateway == "payple" {
        "popup"
    } else {
        "redirect"
    };
    let outcome = page.pay(layout).await;
    assert_eq!(outcome["status"], "paid", "{gateway}: {outcome}");
    page.order_id.clone()
}

fn usd() -> Value {
    json!({ "amount": "12.50", "currency": "USD" })
}

/// A cancellation in Payletter's own back office: the ledger hears nothing of it.
async fn cancelled_there<N: Network>(app: &TestApp<N>, order_id: &str) {
    let book = app.book(order_id).await;
    let cancel = json!({
        "client_id": "pay_test", "user_id": "1001", "pgcode": "creditcard", "ip_addr": "127.0.0.1",
        "tid": book["transaction_id"], "amount": 10_000,
    });
    app.at_payletter("cancel", cancel.to_string()).await;
}

#[tokio::test]
async fn books_that_agree_are_no_breaks_at_any_gateway() {
    let app = TestApp::start().await;
    at_noon(&app).await;
    for (gateway, more) in [
        ("payple", json!({})),
        ("payletter", json!({})),
        ("payletter_global", usd()),
    ] {
        paid(&app, gateway, more.clone()).await;
        let back = paid(&app, gateway, more.clone()).await;
        let part = paid(&app, gateway, more).await;
        let (first, second) = match gateway {
            "payletter_global" => ("2.50", "10.00"),
            _ => ("3000", "7000"),
        };
        for (order, body) in [
            (&back, json!({})),
            (&part, json!({ "amount": first, "refundId": "r1" })),
            (&part, json!({ "amount": second, "refundId": "r2" })),
        ] {
            let (status, outcome) = app.refund(order, body).await;
            assert_eq!(status, 200, "{outcome}");
        }
        let declined = app.order(gateway, json!({ "amount": if gateway == "payletter_global" { "12.50" } else { "10000" }, "currency": if gateway == "payletter_global" { "USD" } else { "KRW" } })).await;
        declined.press("redirect", "decline").await;
    }
    app.advance(2 * HOUR).await;
    let all = app
        .verifier
        .reconcile(NewReconciliation::default())
        .await
        .unwrap();
    assert_eq!(came_to(&all), (RunVerdict::Agrees, 0, 0), "{all:?}");
    assert_eq!(all.books.len(), 3);
    for books in &all.books {
        assert_eq!(books.state, BooksState::Looked, "{books:?}");
        assert!(books.listed >= 3 && books.compared >= 3, "{books:?}");
    }
    assert!(told(&app).await.is_empty());
    // What Payletter Global settled yesterday is beside our own sum, without a comma's difference.
    app.advance(24 * HOUR).await;
    let global = NewReconciliation {
        gateway: Some(Gateway::PayletterGlobal),
        ..NewReconciliation::default()
    };
    let global = app.verifier.reconcile(global).await.unwrap();
    let sum = &global.books[0].settlement[0];
    assert_eq!((&*sum.currency, sum.unknown), ("USD", 0), "{sum:?}");
    assert_eq!(sum.gross, sum.ours, "{sum:?}");
    assert_ne!(sum.net, sum.gross);
}

#[tokio::test]
async fn a_run_in_the_middle_of_live_payments_finds_nothing() {
    let app = TestApp::start().await;
    at_noon(&app).await;
    for gateway in ["payple", "payletter", "payletter_global"] {
        let more = if gateway == "payletter_global" {
            usd()
        } else {
            json!({})
        };
        // Registered; at the window; paid, and its word still on the way; paid just now; given back just now.
        app.order(gateway, more.clone()).await;
        app.order(gateway, more.clone())
            .await
            .prepare("redirect")
            .await;
        app.script_times(gateway, json!(["callback_never"]), 1)
            .await;
        app.order(gateway, more.clone())
            .await
            .press("redirect", "pay")
            .await;
        paid(&app, gateway, more.clone()).await;
        let back = paid(&app, gateway, more).await;
        assert_eq!(app.refund(&back, json!({})).await.0, 200);
    }
    for _ in 0..2 {
        let run = app.verifier.reconcile(NewReconciliation::default()).await;
        let run = run.unwrap();
        assert_eq!(came_to(&run), (RunVerdict::Agrees, 0, 0), "{run:?}");
    }
    assert!(breaks(&app, "all").await.is_empty());
}

#[tokio::test]
async fn money_of_another_system_is_missing_here_until_a_person_says_why() {
    let app = TestApp::start().await;
    at_noon(&app).await;
    let key = app.key("payletter").await;
    app.charged_elsewhere(&key, "by-phone-1", 9_900).await;
    app.advance(2 * HOUR).await;
    let first = run(&app, Gateway::Payletter).await;
    assert_eq!(came_to(&first), (RunVerdict::OpenBreaks, 1, 0), "{first:?}");
    let found = only(&app, "missing_here").await;
    assert_eq!(
        (&found["gatewayOrderId"], &found["orderId"], &found["state"]),
        (&json!("by-phone-1"), &Value::Null, &json!("open"))
    );
    assert_eq!(
        (&found["theirs"]["state"], &found["theirs"]["amount"]),
        (&json!("paid"), &json!("9900"))
    );
    let book = app.book("by-phone-1").await;
    assert_eq!(found["transactionId"], book["transaction_id"]);
    // The same break again is the same row; the merchant is told once, of the stray too.
    let again = run(&app, Gateway::Payletter).await;
    assert_eq!(came_to(&again), (RunVerdict::OpenBreaks, 0, 0));
    assert_eq!(only(&app, "missing_here").await["timesSeen"], 2);
    assert_eq!(app.published("by-phone-1", "reconciliation.break").await, 1);
    assert_eq!(app.published("by-phone-1", "payment.discrepant").await, 1);

    let path = format!("/breaks/{}/resolve", found["breakId"]);
    let word = json!({ "operator": "김민지", "note": "sold by phone" });
    let (status, settled) = app.merchant("POST", &path, word.clone()).await;
    assert_eq!(
        (status, &settled["state"], &settled["operator"]),
        (200, &json!("resolved"), &json!("김민지")),
        "{settled}"
    );
    let (status, answer) = app.merchant("POST", &path, word).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (409, &json!("break_not_open"))
    );
    let after = run(&app, Gateway::Payletter).await;
    assert_eq!(came_to(&after), (RunVerdict::Agrees, 0, 0));
    assert_eq!(
        app.published("by-phone-1", "reconciliation.resolved").await,
        1
    );
    assert_eq!(
        app.book("by-phone-1").await["state"],
        "captured",
        "nothing moved"
    );
}

#[tokio::test]
async fn a_capture_behind_our_back_is_found_and_becomes_paid_by_the_lookup() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    at_noon(&app).await;
    // Nothing of the order can be asked for: no status, no row of its own. The day's list goes through.
    tap.befall("order_no=", Fate::Unsent, u32::MAX);
    tap.befall("payments/status", Fate::Unsent, u32::MAX);
    app.script("payletter", json!(["callback_never"])).await;
    let page = app.order("payletter", json!({})).await;
    page.press("redirect", "pay").await;
    app.advance(2 * HOUR).await;
    let first = run(&app, Gateway::Payletter).await;
    assert_eq!(came_to(&first), (RunVerdict::OpenBreaks, 1, 0), "{first:?}");
    let found = only(&app, "missing_here").await;
    assert_eq!(found["orderId"], json!(page.order_id));
    assert_ne!(
        app.show(&page.order_id).await["status"],
        "paid",
        "a list's row is not believed by itself"
    );

    tap.relent();
    let second = run(&app, Gateway::Payletter).await;
    assert_eq!(came_to(&second), (RunVerdict::Agrees, 0, 1), "{second:?}");
    assert_eq!(app.show(&page.order_id).await["status"], "paid");
    let ended = only(&app, "missing_here").await;
    assert_eq!(
        (&ended["state"], &ended["resolvedBy"]),
        (&json!("resolved"), &json!("agreement"))
    );
    let words = ["reconciliation.break", "reconciliation.resolved"];
    assert_eq!(
        told(&app).await,
        words.map(|word| (word.to_owned(), "missing_here".to_owned()))
    );
}

#[tokio::test]
async fn a_payment_that_the_gateway_forgot_is_missing_there_until_it_remembers() {
    for gateway in [
        Gateway::Payple,
        Gateway::Payletter,
        Gateway::PayletterGlobal,
    ] {
        let app = TestApp::start().await;
        at_noon(&app).await;
        let lag = json!([{ "name": "lookup_lag", "seconds": 3 * HOUR }]);
        app.script(gateway.as_str(), lag).await;
        let more = if gateway == Gateway::PayletterGlobal {
            usd()
        } else {
            json!({})
        };
        let order_id = paid(&app, gateway.as_str(), more).await;
        assert_eq!(
            came_to(&run(&app, gateway).await),
            (RunVerdict::Agrees, 0, 0),
            "too fresh"
        );
        app.advance(2 * HOUR).await;
        let first = run(&app, gateway).await;
        assert_eq!(came_to(&first), (RunVerdict::OpenBreaks, 1, 0), "{first:?}");
        let found = only(&app, "missing_there").await;
        assert_eq!(
            (&found["orderId"], &found["ours"]["state"]),
            (&json!(order_id), &json!("paid"))
        );
        assert_eq!(found["theirs"], json!({}));
        assert_eq!(
            app.show(&order_id).await["status"],
            "paid",
            "absence takes nothing back"
        );
        app.advance(2 * HOUR).await;
        let second = run(&app, gateway).await;
        assert_eq!(came_to(&second), (RunVerdict::Agrees, 0, 1), "{second:?}");
    }
}

#[tokio::test]
async fn another_amount_differs_until_it_is_given_back() {
    let app = TestApp::with(Setup {
        extra: "auto_refund = false",
        ..Setup::default()
    })
    .await;
    at_noon(&app).await;
    app.script_times("payletter", json!(["wrong_amount"]), 1)
        .await;
    let page = app.order("payletter", json!({})).await;
    page.pay("redirect").await;
    page.wait_for("review").await;
    app.advance(2 * HOUR).await;
    let first = run(&app, Gateway::Payletter).await;
    assert_eq!(came_to(&first), (RunVerdict::OpenBreaks, 1, 0), "{first:?}");
    let found = only(&app, "amount_differs").await;
    assert_eq!(
        (&found["theirs"]["amount"], &found["orderId"]),
        (&json!("10001"), &json!(page.order_id))
    );
    let (status, outcome) = app.refund(&page.order_id, json!({})).await;
    assert_eq!(status, 200, "{outcome}");
    let soon = run(&app, Gateway::Payletter).await;
    assert_eq!(
        came_to(&soon),
        (RunVerdict::OpenBreaks, 0, 0),
        "too fresh to say that both sides agree: {soon:?}"
    );
    app.advance(2 * HOUR).await;
    let second = run(&app, Gateway::Payletter).await;
    assert_eq!(came_to(&second), (RunVerdict::Agrees, 0, 1), "{second:?}");
}

#[tokio::test]
async fn a_refund_in_the_gateways_back_office_differs_until_the_lookup_took_it_in() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    at_noon(&app).await;
    let order_id = paid(&app, "payletter", json!({})).await;
    // Given back two days later: only the list by day of settlement tells it on that day.
    app.advance(48 * HOUR).await;
    cancelled_there(&app, &order_id).await;
    assert_eq!(
        came_to(&run(&app, Gateway::Payletter).await),
        (RunVerdict::Agrees, 0, 0),
        "too fresh"
    );
    app.advance(2 * HOUR).await;
    tap.befall("order_no=", Fate::Unsent, u32::MAX);
    let today = NewReconciliation {
        date: Some(app.today()),
        gateway: Some(Gateway::Payletter),
        ..NewReconciliation::default()
    };
    let first = app.verifier.reconcile(today.clone()).await.unwrap();
    assert_eq!(came_to(&first), (RunVerdict::OpenBreaks, 1, 0), "{first:?}");
    let found = only(&app, "state_differs").await;
    assert_eq!(
        (&found["ours"]["state"], &found["theirs"]["state"]),
        (&json!("paid"), &json!("cancelled"))
    );
    tap.relent();
    let second = app.verifier.reconcile(today).await.unwrap();
    assert_eq!(came_to(&second), (RunVerdict::Agrees, 0, 1), "{second:?}");
    assert_eq!(app.show(&order_id).await["outcome"]["state"], "refunded");
}

#[tokio::test]
async fn two_payments_of_one_order_are_a_duplicate_until_one_is_back() {
    let app = TestApp::with(Setup {
        extra: "auto_refund = false",
        ..Setup::default()
    })
    .await;
    at_noon(&app).await;
    let key = app.key("payletter").await;
    let (_, outcome) = app.charge("payletter", &key, "march", json!({})).await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    app.charged_elsewhere(&key, "march", 9_900).await;
    app.advance(2 * HOUR).await;
    let first = run(&app, Gateway::Payletter).await;
    assert_eq!(came_to(&first), (RunVerdict::OpenBreaks, 1, 0), "{first:?}");
    let found = only(&app, "duplicate").await;
    assert_eq!(found["orderId"], "march");
    // The lookup behind it told the ledger: the second payment has a name, and can be given back by it.
    let (status, outcome) = app
        .refund("march", json!({ "transactionId": found["transactionId"] }))
        .await;
    assert_eq!(status, 200, "{outcome}");
    app.advance(2 * HOUR).await;
    let second = run(&app, Gateway::Payletter).await;
    assert_eq!(came_to(&second), (RunVerdict::Agrees, 0, 1), "{second:?}");
    assert_eq!(app.show("march").await["status"], "paid");
}

#[tokio::test]
async fn one_payment_under_two_orders_is_a_duplicate() {
    let app = TestApp::start().await;
    at_noon(&app).await;
    let first = paid(&app, "payletter", json!({})).await;
    app.script_times("payletter", json!(["duplicate_transaction"]), 1)
        .await;
    let page = app.order("payletter", json!({})).await;
    page.pay("redirect").await;
    app.advance(2 * HOUR).await;
    let found = run(&app, Gateway::Payletter).await;
    assert_eq!(found.verdict, Some(RunVerdict::OpenBreaks), "{found:?}");
    let all = breaks(&app, "open").await;
    let shared = app.book(&first).await["transaction_id"].clone();
    let duplicate = all.iter().find(|row| row["kind"] == "duplicate").unwrap();
    assert_eq!(
        (&duplicate["orderId"], &duplicate["transactionId"]),
        (&json!(page.order_id), &shared)
    );
    assert_eq!(duplicate["ours"]["orderIds"], json!([first]));
}

#[tokio::test]
async fn a_payment_around_midnight_is_found_on_either_day() {
    let app = TestApp::start().await;
    app.advance(until(&app, 24 * HOUR - 30)).await;
    let before = app.today();
    let payletter = paid(&app, "payletter", json!({})).await;
    let payple = paid(&app, "payple", json!({})).await;
    app.advance(2 * HOUR).await;
    assert_ne!(app.today(), before);
    for date in [before, app.today()] {
        let wish = NewReconciliation {
            date: Some(date),
            ..NewReconciliation::default()
        };
        let run = app.verifier.reconcile(wish).await.unwrap();
        assert_eq!(came_to(&run), (RunVerdict::Agrees, 0, 0), "{run:?}");
    }
    for order_id in [payletter, payple] {
        assert_eq!(app.show(&order_id).await["status"], "paid");
    }
}

#[tokio::test]
async fn what_could_not_be_looked_at_is_never_said_to_agree() {
    let app = TestApp::start().await;
    at_noon(&app).await;
    paid(&app, "payple", json!({})).await;
    app.advance(2 * HOUR).await;
    let reason = |run: &ReconciliationRun| {
        assert_eq!(run.verdict, Some(RunVerdict::Incomplete), "{run:?}");
        assert_eq!(run.books[0].state, BooksState::Unavailable);
        run.books[0].reason.clone().unwrap()
    };
    app.switch(json!({ "private_api": false })).await;
    let refused = reason(&run(&app, Gateway::PayletterGlobal).await);
    assert_eq!(
        (&*refused.code, refused.gateway_code.as_deref()),
        ("gateway_refused", Some("993"))
    );
    app.script("payletter", json!(["lookup_unavailable"])).await;
    reason(&run(&app, Gateway::Payletter).await);
    app.script("payple", json!(["lookup_unavailable"])).await;
    reason(&run(&app, Gateway::Payple).await);
    let all = app.verifier.reconcile(NewReconciliation::default()).await;
    assert_eq!(all.unwrap().verdict, Some(RunVerdict::Incomplete));

    let bare = TestApp::with(Setup {
        search_key: false,
        assumptions: "",
        ..Setup::default()
    })
    .await;
    let code = reason(&run(&bare, Gateway::Payletter).await).code;
    assert_eq!(code, "search_key_missing");
    let code = reason(&run(&bare, Gateway::PayletterGlobal).await).code;
    assert_eq!(code, "sales_list_not_permitted");
    assert_eq!(
        bare.called("cpdaesalist").await,
        0,
        "what is known to be refused is not asked for"
    );
}

/// At a shop of real size some calls are lost in every run. That is no outage, and what they were about is asked once more.
#[tokio::test]
async fn calls_that_are_lost_now_and_then_leave_no_book_unread() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    at_noon(&app).await;
    let mut orders = Vec::new();
    for _ in 0..7 {
        orders.push(paid(&app, "payple", json!({})).await);
    }
    app.advance(2 * HOUR).await;
    for order_id in orders.iter().step_by(2) {
        tap.befall_about(order_id, Fate::Unsent, 1);
    }
    let lossy = run(&app, Gateway::Payple).await;
    assert_eq!(tap.left(), 0, "each of the four was lost once");
    assert_eq!(came_to(&lossy), (RunVerdict::Agrees, 0, 0), "{lossy:?}");
    assert_eq!((lossy.books[0].listed, lossy.books[0].compared), (7, 7));
    // What fails again could not be looked at.
    tap.befall_about(&orders[0], Fate::Unsent, 2);
    assert_eq!(
        run(&app, Gateway::Payple).await.verdict,
        Some(RunVerdict::Incomplete)
    );
    // An outage is not asked on and on.
    tap.befall("auth.php", Fate::Unsent, 100);
    let out = run(&app, Gateway::Payple).await;
    assert_eq!(out.verdict, Some(RunVerdict::Incomplete));
    assert_eq!((tap.left(), out.books[0].listed), (97, 0));
}

/// The payments were compared, and what was settled of them was not read: that is not to look as if nothing had been settled.
#[tokio::test]
async fn a_settlement_list_that_could_not_be_read_is_said_so() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    at_noon(&app).await;
    paid(&app, "payletter_global", usd()).await;
    app.advance(2 * HOUR).await;
    for fate in [Fate::Lost, Fate::Astray] {
        tap.befall("settlement/detailslist", fate, 1);
        let looked = run(&app, Gateway::PayletterGlobal).await;
        assert_eq!(
            came_to(&looked),
            (RunVerdict::Incomplete, 0, 0),
            "{looked:?}"
        );
        let books = &looked.books[0];
        let why = books.reason.as_ref().map(|reason| &*reason.code);
        assert_eq!(
            (books.state, why),
            (BooksState::Unavailable, Some("settlement_unread")),
            "{books:?}"
        );
        assert_eq!((books.listed, books.compared), (1, 1), "{books:?}");
        assert!(books.settlement.is_empty());
    }
    // Where the gateway says why, so do the books.
    tap.befall("settlement/detailslist", Fate::NotAllowed, 1);
    let looked = run(&app, Gateway::PayletterGlobal).await;
    let why = looked.books[0].reason.clone().unwrap();
    assert_eq!(
        (&*why.code, why.gateway_code.as_deref()),
        ("settlement_unread", Some("993"))
    );
    let looked = run(&app, Gateway::PayletterGlobal).await;
    assert_eq!(came_to(&looked), (RunVerdict::Agrees, 0, 0), "{looked:?}");
}

#[tokio::test]
async fn an_open_break_stays_open_while_its_books_cannot_be_read() {
    let app = TestApp::start().await;
    at_noon(&app).await;
    let key = app.key("payletter").await;
    app.charged_elsewhere(&key, "by-phone-1", 9_900).await;
    app.advance(2 * HOUR).await;
    run(&app, Gateway::Payletter).await;
    app.script("payletter", json!(["lookup_unavailable"])).await;
    let run = run(&app, Gateway::Payletter).await;
    assert_eq!(came_to(&run), (RunVerdict::OpenBreaks, 0, 0), "{run:?}");
    assert_eq!(run.books[0].state, BooksState::Unavailable);
}

#[tokio::test]
async fn the_routes_start_a_run_tell_of_it_and_refuse_what_makes_no_sense() {
    let app = TestApp::start().await;
    let (status, begun) = app
        .merchant("POST", "/reconciliations", json!({ "gateway": "payple" }))
        .await;
    assert_eq!((status, &begun["verdict"]), (202, &Value::Null), "{begun}");
    let path = format!("/reconciliations/{}?wait=20", text(&begun["runId"]));
    app.until("the run ended", async || {
        app.get(&path).await.1["verdict"] == "agrees"
    })
    .await;
    let refused = async |method: &str, path: &str, body: Value, code: &str| {
        let (status, answer) = app.merchant(method, path, body).await;
        let said = text(&answer["error"]["code"]);
        assert_eq!(said, code, "{path}: {status} {answer}");
    };
    let runs = "/reconciliations";
    refused("POST", runs, json!({ "days": 40 }), "fields_invalid").await;
    refused(
        "POST",
        runs,
        json!({ "date": "20261120" }),
        "fields_invalid",
    )
    .await;
    refused(
        "POST",
        runs,
        json!({ "date": "2999-01-01" }),
        "fields_invalid",
    )
    .await;
    refused("POST", runs, json!({ "day": 1 }), "fields_invalid").await;
    refused("GET", "/reconciliations/0", Value::Null, "run_unknown").await;
    refused("GET", "/breaks?state=shut", Value::Null, "fields_invalid").await;
    refused(
        "GET",
        "/breaks?gateway=paypal",
        Value::Null,
        "fields_invalid",
    )
    .await;
    let word = json!({ "operator": "김민지", "note": "seen" });
    refused("POST", "/breaks/7/resolve", word.clone(), "break_unknown").await;
    refused("POST", "/breaks/x/resolve", word, "break_unknown").await;
    let nameless = json!({ "operator": " ", "note": "seen" });
    refused("POST", "/breaks/7/resolve", nameless, "fields_invalid").await;
    let word = BreakWord {
        operator: "a".repeat(61),
        note: "seen".to_owned(),
    };
    let error = app.verifier.resolve_break(7, word).await.unwrap_err();
    assert_eq!(error.field(), Some("operator"));
    for path in ["/breaks", "/reconciliations/0"] {
        let answer = app.http.get(format!("{}/pay{path}", app.shop)).send().await;
        assert_eq!(answer.unwrap().status(), 401, "{path}");
    }
}

#[tokio::test]
async fn a_time_of_day_that_is_none_is_told_before_anything_runs() {
    let app = TestApp::start().await;
    let mut config = app.config_again();
    for at in ["5", "25:00", "05:00 KST"] {
        config.reconciliation = Some(paypair_verifier::Reconciliation { at: at.to_owned() });
        let error = config.check().unwrap_err().to_string();
        assert!(
            error.contains("reconciliation.at") && error.contains("05:00"),
            "{error}"
        );
    }
    config.reconciliation = Some(paypair_verifier::Reconciliation {
        at: "23:59".to_owned(),
    });
    assert!(config.check().is_ok());
}

#[tokio::test]
async fn one_run_at_a_time() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    tap.befall("transaction/list", Fate::Hang, 1);
    let both = async || app.merchant("POST", "/reconciliations", json!({})).await;
    let (first, second) = (both().await, both().await);
    assert_eq!(first.0, 202, "{}", first.1);
    assert_eq!(
        (second.0, &second.1["error"]["code"]),
        (409, &json!("reconciliation_running")),
        "{}",
        second.1
    );
}

#[tokio::test]
async fn serve_runs_it_by_itself_once_a_day() {
    let app = TestApp::with(Setup {
        extra: r#"reconciliation = { at = "05:00" }"#,
        ..Setup::default()
    })
    .await;
    at_noon(&app).await;
    // It was started after the hour, or the hour has passed since: today's run comes first.
    let whole = app.clock.now().before(Duration::from_secs(48 * HOUR));
    app.until("today's run", async || {
        let store = app.verifier.store();
        let last = store.days_compared(Gateway::PayletterGlobal, "PL_Merchant");
        let last = last.await.unwrap();
        last.is_some_and(|last| last.upto == whole.kst_date())
    })
    .await;
    let key = app.key("payletter").await;
    app.charged_elsewhere(&key, "by-phone-1", 9_900).await;
    app.advance(until(&app, 4 * HOUR + 50 * 60)).await;
    assert!(breaks(&app, "all").await.is_empty(), "not before its time");
    app.advance(15 * 60).await;
    app.until("the morning's run", async || {
        breaks(&app, "open").await.len() == 1
    })
    .await;
    app.advance(24 * HOUR).await;
    app.until("the next morning's run", async || {
        breaks(&app, "open").await[0]["timesSeen"] == 2
    })
    .await;
}
