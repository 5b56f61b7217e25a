//! Who holds one good signature, or the secret of one order: what he says is heard each time, and the gateway is asked because of it
//! now and then.

use std::time::Duration;

use paypair_protocol::{Secret, hash::payhash};
use paypair_verifier::{Environment as _, RawRequest, RawResponse};
use serde_json::{Value, json};

use super::rotation::notice;
use crate::common::{PAYMENT_KEY, Page, Setup, Tap, TestApp};

/// Said so often, one after the other.
const OFTEN: usize = 60;

/// So often at most is one attempt asked about because of one of these within the minutes that a test takes: five times at once, and
/// then less and less.
const ASKED: usize = 10;

/// After so long a silence all of it is forgotten.
const SILENCE: u64 = 10 * 60 + 1;

/// Calls to a path, once no more of them come.
async fn settled(tap: &Tap, path: &str) -> usize {
    let mut known = tap.sent(path).len();
    loop {
        tokio::time::sleep(Duration::from_millis(60)).await;
        let now = tap.sent(path).len();
        if now == known {
            return now;
        }
        known = now;
    }
}

/// Says it often, each time when what the last one set off is over. How often the path was called because of what was said again,
/// counted in what the second one needs: the first may be news, and be asked about for that too.
async fn said_often(
    tap: &Tap,
    path: &str,
    status: &[u16],
    often: usize,
    say: impl AsyncFn() -> RawResponse,
) -> usize {
    let mut called = vec![settled(tap, path).await];
    for _ in 0..often {
        let answer = say().await;
        assert!(status.contains(&answer.status), "{}", answer.status);
        called.push(settled(tap, path).await);
    }
    assert!(called[1] > called[0], "the first one is asked about");
    let of_one = called[2] - called[1];
    assert!(of_one > 0, "and so is the second");
    (called[often] - called[1]) / of_one
}

fn callback(path: &str, order_id: &str, tid: &str, custom: &str) -> RawRequest {
    let hash = payhash("1001", "10000", tid, &Secret::new(PAYMENT_KEY)).to_upper_hex();
    let body = json!({ "amount": 10000, "custom_parameter": custom, "order_no": order_id, "payhash": hash,
        "pgcode": "creditcard", "tid": tid, "user_id": "1001" });
    RawRequest::new("POST", path).with_body(body.to_string())
}

/// The buyer pays, and the gateway's word of it is lost.
async fn paid_unheard(app: &TestApp<Tap>, page: &Page<'_, Tap>, launch: &Value) {
    app.script("payletter", json!(["callback_never"])).await;
    app.press(launch, "pay").await;
    assert_eq!(app.book(&page.order_id).await["state"], "captured");
}

/// Attack: the signature of an own return, with the id of another order, for ever.
#[tokio::test]
async fn a_good_signature_that_fits_nothing_is_asked_about_now_and_then() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payletter", json!({})).await;
    let opened = page.prepare("redirect").await;
    let misfit = || {
        callback(
            "/callback/payletter",
            &page.order_id,
            "tpay_test-1",
            "not its nonce",
        )
    };
    let say = async || app.handle(misfit()).await;
    let asked = said_often(&tap, "transaction/list", &[200], OFTEN, say).await;
    assert!(asked <= ASKED, "{asked} lookups");
    // What is really paid is learnt: here by the next one that does not fit.
    paid_unheard(&app, &page, &opened["launch"]).await;
    app.advance(SILENCE).await;
    assert_eq!(app.handle(misfit()).await.status, 200);
    assert_eq!(page.wait_for("paid").await["status"], "paid");

    // And the gateway's own callback is never kept waiting.
    let other = app.order("payletter", json!({})).await;
    other.prepare("redirect").await;
    let path = app.callback_path(&other.order_id).await;
    for _ in 0..OFTEN {
        let misfit = callback(
            "/callback/payletter",
            &other.order_id,
            "tpay_test-1",
            "none",
        );
        assert_eq!(app.handle(misfit).await.status, 200);
    }
    let honest = callback(&path, &other.order_id, "tpay_test-2", &tap.custom());
    assert_eq!(app.handle(honest).await.status, 200);
    assert_eq!(other.status(0).await["status"], "paid");
}

/// Attack: the same with a second order of his own, whose nonce a return showed him: then everything fits but the address.
#[tokio::test]
async fn a_good_signature_at_no_address_of_its_order_has_the_list_read_now_and_then() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payletter", json!({})).await;
    let opened = page.prepare("redirect").await;
    let custom = tap.custom();
    let say = async || {
        app.handle(callback(
            "/callback/payletter",
            &page.order_id,
            "tpay_test-1",
            &custom,
        ))
        .await
    };
    // Not acknowledged: if it is the gateway after all, it comes again.
    let asked = said_often(&tap, "transaction/list", &[502, 429], OFTEN, say).await;
    assert!(asked <= ASKED, "{asked} lists");
    let told = say().await;
    assert_eq!(told.status, 429);
    paid_unheard(&app, &page, &opened["launch"]).await;
    app.advance(SILENCE).await;
    say().await;
    assert_eq!(page.wait_for("paid").await["status"], "paid");
}

/// Attack: one notice that was seen on its way, with another nonce.
#[tokio::test]
async fn a_notice_that_fits_nothing_is_asked_about_now_and_then() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let more = json!({ "amount": "12.50", "currency": "USD" });
    let page = app.order("payletter_global", more).await;
    page.prepare("redirect").await;
    let custom = tap.custom();
    let signed = |custom: &str| notice(&page.order_id, custom, "PL_Merchant", app.clock.now());
    let say = async || app.handle(signed("not its nonce")).await;
    let asked = said_often(&tap, "cpdaesalist", &[200], OFTEN, say).await;
    assert!(asked <= ASKED, "{asked} lookups");
    // The honest one is heard whatever came before.
    assert_eq!(app.handle(signed(&custom)).await.status, 200);
    assert_eq!(page.status(0).await["status"], "paid");
}

/// Anybody is given a client secret who puts a thing into the basket.
#[tokio::test]
async fn a_page_that_says_it_closed_is_asked_about_now_and_then() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payple", json!({ "work": "pay_now" })).await;
    page.prepare("layer").await;
    let say = async || {
        let request = RawRequest::new("POST", &format!("/orders/{}/closed", page.order_id))
            .with_header("origin", &app.shop)
            .with_header("paypair-client-secret", &page.secret);
        app.handle(request).await
    };
    // Each is answered after a while: whoever closed it may be coming back.
    let asked = said_often(&tap, "PayChkAct", &[200], ASKED + 4, say).await;
    assert!(asked <= ASKED, "{asked} lookups");

    // Whoever closes a window for the first time is not answered before the gateway was asked.
    let other = app.order("payple", json!({ "work": "pay_now" })).await;
    other.prepare("layer").await;
    let about = || {
        let lookups = tap.sent("PayChkAct");
        let named = |body: &&String| body.contains(&other.order_id);
        lookups.iter().filter(named).count()
    };
    assert_eq!(about(), 0);
    other.post("closed", json!({})).await;
    assert!(about() > 0);
}

#[tokio::test]
async fn results_that_do_not_fit_a_typed_order_are_asked_about_now_and_then() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payple", json!({ "work": "pay_now" })).await;
    let opened = page.prepare("layer").await;
    let strange = || {
        let body = json!({ "fields": { "PCD_PAY_RST": "error", "PCD_PAY_OID": "another" } });
        RawRequest::new("POST", &format!("/orders/{}/result", page.order_id))
            .with_header("origin", &app.shop)
            .with_header("paypair-client-secret", &page.secret)
            .with_body(body.to_string())
    };
    let say = async || app.handle(strange()).await;
    let asked = said_often(&tap, "PayChkAct", &[200], OFTEN, say).await;
    assert!(asked <= ASKED, "{asked} lookups");
    // The window captures by itself; its result is lost.
    app.press(&opened["launch"], "pay").await;
    app.advance(SILENCE).await;
    assert_eq!(app.handle(strange()).await.status, 200);
    assert_eq!(page.wait_for("paid").await["status"], "paid");
}
