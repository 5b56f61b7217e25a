//! The commands against a real verifier and the simulated gateways: what they say and what the gateways' own book says.

#[path = "../../verifier/tests/common/mod.rs"]
mod common;
mod doubt;
mod operations;

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use common::{Fate, Setup, TOKEN, TestApp};
use paypair_verifier::Network;
use serde_json::{Value, json};

/// Runs a command against the verifier of a test.
fn paypair<N: Network>(app: &TestApp<N>, words: &[&str]) -> (i32, String, String) {
    paypair_with(app, words, "")
}

/// The same with something on standard input.
fn paypair_with<N: Network>(
    app: &TestApp<N>,
    words: &[&str],
    input: &str,
) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_paypair"))
        .args(words)
        .args(["--server", &format!("{}/pay", app.shop)])
        .env("PAYPAIR_MERCHANT_TOKEN", TOKEN)
        .env_remove("PAYPAIR_CONFIG")
        .env("PAYPAIR_LANG", "en")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// A command that does what it should, with its JSON.
fn json_of<N: Network>(app: &TestApp<N>, words: &[&str]) -> Value {
    let words = [words, &["--json"]].concat();
    let (code, out, err) = paypair(app, &words);
    assert_eq!(code, 0, "{words:?}: {out} {err}");
    serde_json::from_str(&out).unwrap()
}

#[tokio::test]
async fn a_registered_card_is_listed_charged_refunded_and_deleted() {
    let app = TestApp::start().await;
    for gateway in ["payple", "payletter"] {
        let key = app.key(gateway).await;
        let order = format!("sub{gateway}");
        let listed = json_of(&app, &["billing-key", "list", "--customer", "1001"]);
        assert!(
            listed["billingKeys"]
                .as_array()
                .unwrap()
                .iter()
                .any(|shown| shown["billingKeyId"] == key.as_str()),
            "{listed}"
        );
        let (code, out, _) = paypair(&app, &["billing-key", "show", &key]);
        assert!(
            code == 0 && out.contains("state") && out.contains("active"),
            "{out}"
        );

        let charge = [
            "charge",
            "--billing-key",
            &key,
            "--customer",
            "1001",
            "--amount",
            "9900",
            "--product",
            "월 구독",
            "--order",
            &order,
        ];
        let (code, out, err) = paypair(&app, &charge);
        assert_eq!(code, 0, "{out} {err}");
        assert!(
            out.contains("9900 KRW") && out.contains("paid at") && out.contains(" KST"),
            "{out}"
        );
        // The same once more is the same charge.
        assert_eq!(json_of(&app, &charge)["status"], "paid");
        assert_eq!(app.captures(&order).await.len(), 1);

        let mut other = charge;
        other[4] = "1002";
        let (code, out, err) = paypair(&app, &other);
        assert_eq!((code, err.lines().count()), (1, 1), "{out} {err}");

        assert_eq!(json_of(&app, &["lookup", &order])["status"], "paid");
        let (code, _, err) = paypair(&app, &["refund", &order]);
        assert_eq!(code, 0, "{err}");
        assert_eq!(app.book(&order).await["state"], "cancelled");
        let (code, _, err) = paypair(&app, &["refund", &order]);
        assert_eq!(code, 1, "there is nothing left to refund: {err}");

        let deleted = json_of(&app, &["billing-key", "delete", &key, "--reason", "탈퇴"]);
        assert_eq!(deleted["state"], "deleted");
        let again = [
            "charge",
            "--billing-key",
            &key,
            "--customer",
            "1001",
            "--amount",
            "9900",
            "--product",
            "p",
        ];
        let (code, _, err) = paypair(&app, &again);
        assert_eq!(code, 1);
        assert!(
            err.starts_with("paypair: billing_key_not_active: "),
            "{err}"
        );
    }
}

#[tokio::test]
async fn a_part_is_given_back_once() {
    let app = TestApp::start().await;
    let page = app.order("payletter", json!({})).await;
    assert_eq!(page.pay("popup").await["status"], "paid");
    let part = [
        "refund",
        &page.order_id,
        "--amount",
        "3000",
        "--refund-id",
        "r1",
    ];
    for _ in 0..2 {
        let (code, out, err) = paypair(&app, &part);
        assert_eq!(code, 0, "{out} {err}");
        assert!(
            out.contains("refunded") && out.contains("3000 KRW"),
            "{out}"
        );
    }
    let much = [
        "refund",
        &page.order_id,
        "--amount",
        "7001",
        "--refund-id",
        "r2",
    ];
    let (code, _, err) = paypair(&app, &much);
    assert_eq!((code, err.lines().count()), (1, 1), "{err}");
    assert!(err.contains("refund_too_large"), "{err}");
}

#[tokio::test]
async fn the_days_sales_stand_beside_our_own_word() {
    let app = TestApp::start().await;
    let page = app.order("payletter", json!({})).await;
    assert_eq!(page.pay("popup").await["status"], "paid");
    let today = app.today();
    let sales = json_of(&app, &["sales", "--gateway", "payletter", "--on", &today]);
    let row = &sales["rows"][0];
    assert_eq!(
        (&row["ourOrderId"], &row["ourState"]),
        (&json!(page.order_id), &json!("paid")),
        "{sales}"
    );
    let (code, out, err) = paypair(&app, &["sales", "--gateway", "payletter", "--on", &today]);
    assert!(code == 0 && out.contains("10000 KRW"), "{out} {err}");
    let (code, _, err) = paypair(&app, &["sales", "--gateway", "payple", "--on", &today]);
    assert!(
        code == 1 && err.starts_with("paypair: not_offered: "),
        "{err}"
    );
    let settled = json_of(
        &app,
        &[
            "settlement",
            "--gateway",
            "payletter",
            "--from",
            &today,
            "--to",
            &today,
        ],
    );
    assert!(settled["rows"].is_array(), "{settled}");

    let (code, out, err) = paypair(&app, &["receipt", &page.order_id]);
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with("http") && out.lines().count() == 1, "{out}");
}

#[tokio::test]
async fn a_key_from_before_is_taken_over_and_never_shown() {
    let app = TestApp::start().await;
    let adopt = [
        "billing-key",
        "adopt",
        "--gateway",
        "payletter",
        "--method",
        "creditcard",
        "--customer",
        "1001",
    ];
    let key = "tbpay_test201801012359590002";
    let (code, out, err) = paypair_with(&app, &adopt, &format!("{key}\n"));
    assert_eq!(code, 0, "{out} {err}");
    assert!(
        out.contains("bk_") && !out.contains(key) && !err.contains(key),
        "{out} {err}"
    );
}

#[tokio::test]
async fn a_charge_whose_answer_is_lost_is_looked_up_and_never_made_again() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let key = app.key("payple").await;
    tap.befall("SimplePayCardAct", Fate::Lost, 1);
    let charge = [
        "charge",
        "--billing-key",
        &key,
        "--customer",
        "1001",
        "--amount",
        "9900",
        "--product",
        "월 구독",
        "--order",
        "lost1",
    ];
    let (code, out, err) = paypair(&app, &charge);
    assert_eq!(code, 3, "{out} {err}");
    assert!(
        err.contains("paypair lookup lost1") && err.contains("do not charge again"),
        "{err}"
    );
    // What it says is what helps.
    let (code, out, err) = paypair(&app, &["lookup", "lost1"]);
    assert_eq!(code, 0, "{out} {err}");
    assert!(out.contains("paid"), "{out}");
    assert_eq!(
        paypair(&app, &charge).0,
        0,
        "the same charge is the one that was made"
    );
    assert_eq!(app.captures("lost1").await.len(), 1);
}

#[tokio::test]
async fn dollars_and_cents_go_back_in_part() {
    let app = TestApp::start().await;
    let key = app.key("payletter_global").await;
    let charge = [
        "charge",
        "--billing-key",
        &key,
        "--customer",
        "1001",
        "--amount",
        "9.90",
        "--currency",
        "USD",
        "--product",
        "monthly",
        "--order",
        "dollars1",
    ];
    let (code, out, err) = paypair(&app, &charge);
    assert_eq!(code, 0, "{out} {err}");
    assert!(out.contains("9.90 USD"), "{out}");
    let part = [
        "refund",
        "dollars1",
        "--amount",
        "0.5",
        "--currency",
        "USD",
        "--refund-id",
        "r1",
    ];
    let (code, out, err) = paypair(&app, &part);
    assert_eq!(code, 0, "{out} {err}");
    assert!(out.contains("0.50 USD"), "{out}");
    let listed = [
        "sales",
        "--gateway",
        "payletter_global",
        "--on",
        &app.today(),
    ];
    let (code, out, err) = paypair(&app, &listed);
    assert!(
        code == 0 && out.contains("dollars1") && out.contains("USD"),
        "{out} {err}"
    );
}

#[tokio::test]
async fn the_books_are_compared_with_an_exit_code_for_cron() {
    let app = TestApp::start().await;
    let key = app.key("payletter").await;
    let lag = json!([{ "name": "lookup_lag", "seconds": 6 * 3600 }]);
    app.script("payletter", lag).await;
    let (_, outcome) = app.charge("payletter", &key, "march", json!({})).await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    let (code, out, err) = paypair(&app, &["reconcile"]);
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert!(
        out.contains("payletter_global") && out.ends_with("both sides agree\n"),
        "{out}"
    );
    assert_eq!(paypair(&app, &["breaks", "list"]).1, "0 breaks\n");

    // The gateway's list does not know the charge, two hours after it.
    app.advance(2 * 3600).await;
    let (code, out, err) = paypair(&app, &["reconcile", "--gateway", "payletter"]);
    assert_eq!(code, 1, "{out}{err}");
    assert!(
        out.contains("missing_there") && out.contains("march") && out.contains("paid 9900 KRW"),
        "{out}"
    );
    assert!(!out.contains("payple "), "one gateway was asked for: {out}");
    assert_eq!(err.lines().count(), 1, "{err}");
    let listed = json_of(&app, &["breaks", "list"]);
    assert_eq!(listed["breaks"][0]["kind"], "missing_there", "{listed}");
    let resolve = [
        "breaks",
        "resolve",
        "1",
        "--operator",
        "김민지",
        "--note",
        "the gateway's staff see it",
    ];
    let (code, out, err) = paypair(&app, &resolve);
    assert!(code == 0 && out.contains("김민지"), "{out}{err}");
    assert_eq!(paypair(&app, &resolve).0, 1, "once");
    let (_, out, _) = paypair(&app, &["breaks", "list", "--all"]);
    assert!(
        out.contains("resolved") && out.ends_with("1 breaks\n"),
        "{out}"
    );
    assert_eq!(paypair(&app, &["reconcile", "--days", "2"]).0, 0);

    // "No breaks" is not said of what nobody could look at.
    app.switch(json!({ "private_api": false })).await;
    let (code, out, err) = paypair(&app, &["reconcile"]);
    assert_eq!(code, 3, "{out}{err}");
    assert!(
        out.contains("unavailable") && err.contains("payletter_global PL_Merchant"),
        "{out}{err}"
    );
    let (code, out, _) = paypair(&app, &["reconcile", "--json"]);
    let run: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &run["verdict"]), (3, &json!("incomplete")), "{run}");
    let (code, _, err) = paypair(&app, &["reconcile", "--date", "2999-01-01"]);
    assert!(code == 2 && err.contains("--date"), "{err}");
    let elsewhere = ["reconcile", "--server", "http://127.0.0.1:9/pay"];
    let output = Command::new(env!("CARGO_BIN_EXE_paypair"))
        .args(elsewhere)
        .env("PAYPAIR_MERCHANT_TOKEN", TOKEN)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "nobody looked");
}
