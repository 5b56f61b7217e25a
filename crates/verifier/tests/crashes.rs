//! Dropped connections, dead processes, mismatches after capture.

use std::{sync::atomic::Ordering::Relaxed, time::Duration};

use crate::common::{Fate, Handback, Setup, TestApp, text};
use futures_util::FutureExt;
use paypair_ledger::{AttemptKey, Event, Reason, State, Store, Timestamp};
use paypair_protocol::{Secret, hash::notice_hash};
use paypair_verifier::{Environment as _, RawRequest};
use serde_json::{Value, json};

#[tokio::test]
async fn a_buyer_who_hangs_up_during_the_confirm_is_paid_all_the_same() {
    let app = TestApp::start().await;
    app.script("payple", json!([{ "name": "slow_confirm", "seconds": 1 }]))
        .await;
    let page = app.order("payple", json!({})).await;
    let Handback::Message(fields) = page.press("layer", "pay").await else {
        panic!("a layer answers by message");
    };
    let result = page.post("result", json!({ "fields": fields }));
    assert!(
        tokio::time::timeout(Duration::from_millis(300), result)
            .await
            .is_err()
    );
    page.wait_for("paid").await;
    assert_eq!(app.book(&page.order_id).await["confirms"], 1);
}

#[tokio::test]
async fn a_confirm_of_a_dead_process_is_in_doubt_and_settled_by_lookup() {
    let (app, tap) = TestApp::tapped(Setup {
        patience: 1,
        ..Setup::default()
    })
    .await;
    tap.hang_confirms.store(true, Relaxed);
    let page = app.order("payple", json!({})).await;
    let Handback::Message(fields) = page.press("layer", "pay").await else {
        panic!("a layer answers by message");
    };
    page.post("result", json!({ "fields": fields })).await;
    assert_eq!(
        app.show(&page.order_id).await["attempts"][0]["state"],
        "confirming"
    );

    // Another process over the same store: the first one's call has no one to end it.
    let _second = app.second();
    page.wait_for("in_doubt").await;
    let shown = app.show(&page.order_id).await;
    assert_eq!(shown["moneyCalls"][0]["state"], "unknown", "{shown}");
    assert_eq!(
        app.book(&page.order_id).await["confirms"],
        serde_json::Value::Null,
        "nobody asks again"
    );
}

#[tokio::test]
async fn another_amount_is_discrepant_and_given_back() {
    let app = TestApp::start().await;
    for gateway in ["payple", "payletter"] {
        app.script(gateway, json!(["wrong_amount"])).await;
        let page = app.order(gateway, json!({})).await;
        page.pay("redirect").await;
        for _ in 0..50 {
            if app.book(&page.order_id).await["refunds"] == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        assert_eq!(app.book(&page.order_id).await["refunds"], 1, "{gateway}");
        assert_eq!(
            app.published(&page.order_id, "payment.paid").await,
            0,
            "{gateway}"
        );
        assert!(
            app.published(&page.order_id, "payment.discrepant").await >= 1,
            "{gateway}"
        );
    }
}

#[tokio::test]
async fn what_is_owed_back_is_given_back_once_the_gateway_can_be_reached_again() {
    for (gateway, refund) in [("payple", "PayCAct"), ("payletter", "/payments/cancel")] {
        let (app, tap) = TestApp::tapped(Setup::default()).await;
        app.script(gateway, json!(["wrong_amount"])).await;
        tap.befall(refund, Fate::Unsent, u32::MAX);
        let page = app.order(gateway, json!({})).await;
        page.pay("redirect").await;
        let id = &page.order_id;
        app.until("our patience is over", async || {
            app.count(id, "call_not_sent").await == 1
        })
        .await;
        // A minute without a connection: it is tried again, and does not leave either.
        app.advance(60).await;
        app.until("it is tried again", async || {
            app.count(id, "call_not_sent").await == 2
        })
        .await;
        assert_eq!(app.book(id).await["refunds"], json!(0), "{gateway}");
        tap.relent();
        app.advance(3600).await;
        let outcome = app.comes_to(id, "cancelled").await;
        assert_eq!(outcome["state"], "refunded", "{outcome}");
        app.advance(3600).await;
        app.comes_to(id, "cancelled").await;
        assert_eq!(app.book(id).await["refunds"], 1, "{gateway}");
        assert_eq!(tap.sent(refund).len(), 1, "{gateway}");
    }
}

#[tokio::test]
async fn a_reload_gets_no_window_once_an_earlier_one_has_paid() {
    let app = TestApp::start().await;
    let page = app.order("payletter", json!({})).await;
    let first = page.prepare("popup").await;
    // A window that only seemed to be left.
    let left = Event::BuyerCancelled {
        reason: Reason::new("window_closed"),
    };
    let one = AttemptKey::new(&page.order_id, 1);
    let store = app.verifier.store();
    store.apply(one, left, app.clock.now()).await.unwrap();
    assert_eq!(page.prepare("popup").await["attempt"], 2);
    app.press(&first["launch"], "pay").await;
    page.wait_for("paid").await;
    let reloaded = page.prepare("popup").await;
    assert_eq!(reloaded["outcome"]["status"], "paid", "{reloaded}");
    assert_eq!(reloaded.get("launch"), None);
    let start = app.http.post(&page.launch_url).send().await.unwrap();
    assert_eq!(start.status(), 303, "on to the result, not to a window");
}

#[tokio::test]
async fn a_window_that_seemed_closed_is_not_confirmed_beside_a_doubt() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payple", json!({})).await;
    let first = page.prepare("layer").await;
    page.post("closed", json!({})).await;
    let second = page.prepare("layer").await;
    assert_eq!(
        (&first["attempt"], &second["attempt"]),
        (&json!(1), &json!(2))
    );
    tap.befall("Confirm", Fate::Lost, 1);
    tap.befall("PayChkAct", Fate::Astray, u32::MAX);
    for launch in [&second["launch"], &first["launch"]] {
        let Handback::Message(fields) = app.press(launch, "pay").await else {
            panic!("a layer answers by message");
        };
        let (status, outcome) = page.post("result", json!({ "fields": fields })).await;
        assert_eq!(
            (status, &outcome["status"]),
            (200, &json!("in_doubt")),
            "{outcome}"
        );
    }
    assert_eq!(tap.sent("Confirm").len(), 1);
    assert_eq!(
        app.show(&page.order_id).await["attempts"][0]["state"],
        "cancelled"
    );
}

#[tokio::test]
async fn lookups_that_hang_keep_nobody_else_from_being_looked_up() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    tap.befall("transaction/list", Fate::Hang, 16);
    for _ in 0..16 {
        app.order("payletter", json!({}))
            .await
            .prepare("popup")
            .await;
    }
    app.advance(2 * 3600).await;
    app.until("sixteen lookups hang", async || tap.left() == 0)
        .await;
    let page = app.order("payletter", json!({})).await;
    page.prepare("popup").await;
    app.advance(2 * 3600).await;
    page.wait_for("expired").await;
}

#[tokio::test]
async fn two_tabs_share_one_attempt() {
    let app = TestApp::start().await;
    let page = app.order("payletter", json!({})).await;
    let (first, second) = tokio::join!(page.prepare("redirect"), page.prepare("popup"));
    assert_eq!(first["launch"], second["launch"]);
    assert_eq!(
        (&first["attempt"], &second["attempt"]),
        (&json!(1), &json!(1))
    );
    page.pay("redirect").await;
    page.wait_for("paid").await;
    let (_, settled) = page.post("prepare", json!({ "layout": "popup" })).await;
    assert_eq!(settled["outcome"]["status"], "paid", "{settled}");
    assert!(settled.get("launch").is_none());
}

/// A signed notice of another amount than the order's: it is given back at once.
fn notice_of_a_cent(order_id: &str) -> Vec<u8> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let sent = now.unwrap().as_secs().to_string();
    let key = Secret::new("PL_Merchant");
    let hash = notice_hash("PL_Merchant", "USD", order_id, "0.01", "1001", &sent, &key);
    format!(
        "notifytype=1&storeid=PL_Merchant&storeorderno={order_id}&currency=USD&payamt=0.01&payerid=1001\
         &paytoken=T0000001&pginfo=PLCreditCard&timestamp={sent}&hash={}",
        hash.to_lower_hex()
    )
    .into_bytes()
}

#[tokio::test]
async fn a_gateway_that_hangs_up_after_its_notice_stops_no_refund() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let usd = json!({ "amount": "12.50", "currency": "USD" });
    let page = app.order("payletter_global", usd).await;
    page.prepare("popup").await;
    let notice = RawRequest::new("POST", "/notice/payletter_global")
        .with_body(notice_of_a_cent(&page.order_id));
    // The store's threads get their turns; the handler is dropped before it hears that the notice is written down.
    let mut answer = Box::pin(app.handle(notice));
    for _ in 0..10 {
        if (&mut answer).now_or_never().is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        let key = AttemptKey::new(page.order_id.as_str(), 1);
        let attempt = app.verifier.store().attempt(key).await.unwrap().unwrap();
        if attempt.state == State::Discrepant {
            break;
        }
    }
    drop(answer);
    for _ in 0..20 {
        if !tap.sent("/payment/refund").is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(tap.sent("/payment/refund").len(), 1);
}

#[tokio::test]
async fn a_return_posted_again_goes_on_where_a_crash_stopped_it() {
    let app = TestApp::start().await;
    let page = app.order("payple", json!({})).await;
    let returned = page.press("popup", "pay").await;
    let (url, form) = returned.post();
    // What a crash between the two writes leaves: the return is noted, the confirm is not.
    let key = AttemptKey::new(page.order_id.as_str(), 1);
    let store = app.verifier.store();
    let attempt = store.attempt(key.clone()).await.unwrap().unwrap();
    let mut session: Value = serde_json::from_str(attempt.session.unwrap().expose()).unwrap();
    let fields = returned.fields();
    session["confirm"] = json!({
        "confirm_key": fields["PCD_PAY_REQKEY"],
        "confirm_url": fields["PCD_PAY_COFURL"],
        "billing_key": fields.get("PCD_PAYER_ID"),
    });
    let authenticated = Event::Authenticated {
        session: Secret::new(session.to_string()),
    };
    let now = Timestamp::from_millis(attempt.created_at.millis() + 5_000);
    store.apply(key, authenticated, now).await.unwrap();
    assert_eq!(text(&page.status(0).await["state"]), "authenticated");

    assert_eq!(app.post_form(url, form).await.0, 303);
    page.wait_for("paid").await;
    app.post_form(url, form).await;
    assert_eq!(app.book(&page.order_id).await["confirms"], 1);
}

#[tokio::test]
async fn a_code_that_says_look_it_up_is_no_absence() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payple", json!({})).await;
    tap.befall("Confirm", Fate::Lost, 1);
    // "Done, or in process": true of a payment that is there.
    tap.befall("PayChkAct", Fate::Says("SPCD0014"), 99);
    assert_eq!(page.pay("popup").await["status"], "in_doubt");
    app.half_hours(&page.order_id, 5).await;
    assert_eq!(page.status(0).await["status"], "in_doubt");
    assert_eq!(app.count(&page.order_id, "lookup_absent").await, 0);
    tap.relent();
    app.half_hours(&page.order_id, 24).await;
    page.wait_for("paid").await;
}

#[tokio::test]
async fn a_bank_under_maintenance_is_no_absence() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payple", json!({})).await;
    tap.befall("Confirm", Fate::Lost, 1);
    tap.befall("PayChkAct", Fate::Says("9998"), 99);
    assert_eq!(page.pay("popup").await["status"], "in_doubt");
    app.half_hours(&page.order_id, 5).await;
    assert_eq!(page.status(0).await["status"], "in_doubt");
    assert_eq!(app.count(&page.order_id, "lookup_absent").await, 0);
    assert!(app.count(&page.order_id, "lookup_failed").await > 1);
    tap.relent();
    app.half_hours(&page.order_id, 24).await;
    page.wait_for("paid").await;
}
