//! Answers that say that there is something, and not what: an amount that cannot be read, a status without a list. Nobody is blamed for
//! them, and nothing is told as over. The gateways' own book is the judge.

use crate::common::{Fate, Handback, Page, Setup, Tap, TestApp};
use paypair_ledger::{AttemptKey, State, Store};
use paypair_verifier::Environment;
use serde_json::{Value, json};

/// What nobody may have done to a payment that fits.
async fn stands_untouched(app: &TestApp<Tap>, order_id: &str) {
    let captures = app.captures(order_id).await;
    assert_eq!(captures.len(), 1, "{captures:?}");
    assert_eq!(captures[0]["state"], "captured");
    for told in ["payment.discrepant", "payment.refunded"] {
        assert_eq!(app.published(order_id, told).await, 0, "{told}");
    }
    assert_eq!(app.published(order_id, "payment.paid").await, 1);
}

#[tokio::test]
async fn a_confirm_that_says_no_amount_is_looked_up() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payple", json!({})).await;
    tap.befall("Confirm", Fate::Amountless, 1);
    let outcome = page.pay("popup").await;
    assert_eq!(
        (&outcome["status"], &outcome["reason"]["code"]),
        (&json!("in_doubt"), &json!("amount_missing")),
        "{outcome}"
    );
    app.advance(10).await;
    app.comes_to(&page.order_id, "paid").await;
    stands_untouched(&app, &page.order_id).await;
}

#[tokio::test]
async fn a_lookup_that_says_no_amount_is_made_again_and_gives_nothing_back() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let silent = json!(["callback_never"]);
    for (gateway, list, more) in [
        ("payple", "PayChkAct", json!({ "work": "pay_now" })),
        ("payletter", "/transaction/list", json!({})),
        ("payletter_global", "/payment/cpdaesalist", json!({})),
    ] {
        if gateway != "payple" {
            app.script(gateway, silent.clone()).await;
        }
        let page = app.order(gateway, more).await;
        let id = &page.order_id;
        let handback = page.press("redirect", "pay").await;
        tap.befall(list, Fate::Amountless, 1000);
        hand_back(&page, handback).await;
        app.until("written down", async || app.count(id, "sighted").await > 0)
            .await;
        let outcome = page.status(0).await;
        assert_eq!(outcome["status"], "pending", "{gateway}: {outcome}");
        tap.relent();
        app.advance(60).await;
        app.comes_to(id, "paid").await;
        stands_untouched(&app, id).await;
    }
}

async fn hand_back(page: &Page<'_, Tap>, handback: Handback) {
    let (url, fields) = handback.post();
    let (status, _, body) = page.app.post_form(url, fields).await;
    assert_eq!(status, 303, "{body}");
}

/// Paid, and nobody calls back: without a SEARCH key the status is all that can be asked, and it names no amount.
async fn paid_in_silence(app: &TestApp) -> Page<'_> {
    app.script("payletter", json!(["callback_never"])).await;
    let page = app.order("payletter", json!({})).await;
    let handback = page.press("redirect", "pay").await;
    let (url, fields) = handback.post();
    app.post_form(url, fields).await;
    page
}

async fn without_a_list() -> TestApp {
    TestApp::with(Setup {
        search_key: false,
        assumptions: "payletter_status_key = \"payment\"",
        ..Setup::default()
    })
    .await
}

/// Lives through the schedule, until the window is over in one way or another.
async fn the_whole_schedule(app: &TestApp, order_id: &str) {
    let store = app.verifier.store();
    for _ in 0..30 {
        let key = AttemptKey::new(order_id, 1);
        let attempt = store.attempt(key).await.unwrap().unwrap();
        if attempt.state != State::Requested {
            return;
        }
        let next = attempt.next_check_at.unwrap_or(attempt.expires_at);
        app.advance(next.since(app.clock.now()).as_secs() + 1).await;
        app.looked_up(order_id).await;
    }
    panic!("{order_id} is still open")
}

#[tokio::test]
async fn a_status_that_says_paid_for_the_whole_schedule_ends_in_review() {
    let app = without_a_list().await;
    let page = paid_in_silence(&app).await;
    let id = &page.order_id;
    the_whole_schedule(&app, id).await;
    let outcome = app.comes_to(id, "review").await;
    assert_eq!(
        (&outcome["state"], &outcome["reason"]["code"]),
        (&json!("pending_review"), &json!("capture_unconfirmed"))
    );
    assert_eq!(app.published(id, "payment.expired").await, 0);
    let events = app.events().await;
    let told = events.iter().rfind(|it| it["orderId"] == *id).unwrap();
    assert_eq!(
        (&told["type"], &told["state"]),
        (&json!("payment.pending"), &json!("pending_review")),
        "{told}"
    );
    // The buyer comes again, and is not asked to pay again.
    let (_, prepared) = page.post("prepare", json!({ "layout": "redirect" })).await;
    assert!(prepared["launch"].is_null(), "{prepared}");
    assert_eq!(attempts(&app, id).await, 1);
    let asked = app.called("/v1.0/payments/status").await;
    app.advance(86_400).await;
    app.looked_up(id).await;
    assert!(app.called("/v1.0/payments/status").await > asked, "daily");
    // The callback comes through at last.
    app.deliver("payletter", id).await;
    app.comes_to(id, "paid").await;
    assert_eq!(app.captures(id).await[0]["state"], "captured");
}

#[tokio::test]
async fn a_named_person_ends_such_a_review() {
    let app = without_a_list().await;
    let page = paid_in_silence(&app).await;
    let id = &page.order_id;
    the_whole_schedule(&app, id).await;
    app.comes_to(id, "review").await;
    let body = json!({ "operator": "김민지", "resolution": "not_captured" });
    let (status, resolved) = app
        .merchant("POST", &format!("/orders/{id}/resolve"), body)
        .await;
    assert_eq!(
        (status, &resolved["state"], &resolved["settledBy"]),
        (200, &json!("declined"), &json!("operator")),
        "{resolved}"
    );
    page.prepare("redirect").await;
    assert_eq!(attempts(&app, id).await, 2);
}

#[tokio::test]
async fn a_buyer_who_left_after_authenticating_expires_as_before() {
    let app = without_a_list().await;
    // The status stays at "authenticated" while the payment is hidden.
    let faults = json!(["callback_never", { "name": "lookup_lag", "seconds": 1_000_000 }]);
    app.script("payletter", faults).await;
    let page = app.order("payletter", json!({})).await;
    let handback = page.press("redirect", "pay").await;
    let (url, fields) = handback.post();
    app.post_form(url, fields).await;
    the_whole_schedule(&app, &page.order_id).await;
    let outcome = app.comes_to(&page.order_id, "expired").await;
    assert_eq!(outcome["reason"]["code"], "expired");
}

async fn attempts(app: &TestApp, order_id: &str) -> usize {
    let shown: Value = app.show(order_id).await;
    shown["attempts"].as_array().unwrap().len()
}
