//! Payple's webhook is unsigned: it makes us ask, and what it says is never believed.

use std::time::Duration;

use crate::common::{self, Page, Setup, TestApp, text};
use paypair_verifier::Network;
use serde_json::{Value, json};

/// A sandbox that tells its webhooks to this verifier.
async fn told() -> TestApp {
    let app = TestApp::start().await;
    let url = format!("{}/pay/webhook/payple", app.shop);
    app.switch(json!({ "payple_webhook": url })).await;
    app
}

async fn webhook<N: Network>(app: &TestApp<N>, body: &Value) -> u16 {
    let url = format!("{}/pay/webhook/payple", app.shop);
    let answer = app.http.post(url).json(body).send().await.unwrap();
    answer.status().as_u16()
}

async fn notes<N: Network>(app: &TestApp<N>, order_id: &str) -> Vec<String> {
    let shown = app.show(order_id).await;
    let rows = shown["timeline"].as_array().unwrap();
    rows.iter().map(|row| text(&row["note"])).collect()
}

async fn registered(app: &TestApp) -> (Page<'_>, String) {
    let more = json!({ "work": "register", "cardFlow": "recurring", "amount": null });
    let page = app.order("payple", more).await;
    assert_eq!(page.pay("layer").await["status"], "registered");
    let key = paypair_ledger::Store::billing_key(app.verifier.store(), &page.order_id).await;
    let key = key.unwrap().expect("a key").expose().to_owned();
    (page, key)
}

#[tokio::test]
async fn a_payment_whose_result_never_came_is_found() {
    let app = told().await;
    let page = app.order("payple", json!({ "work": "pay_now" })).await;
    drop(page.press("layer", "pay").await);
    page.wait_for("paid").await;
    let notes = notes(&app, &page.order_id).await;
    assert!(notes.contains(&"webhook_payment".to_owned()), "{notes:?}");
}

#[tokio::test]
async fn the_day_that_is_told_is_asked_for_if_it_can_be_true() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payple", json!({ "work": "pay_now" })).await;
    page.prepare("layer").await;
    app.advance(2 * 24 * 60 * 60).await;
    let asked = |day: &str| {
        let day = format!("\"PCD_PAY_DATE\":\"{day}\"");
        tap.sent("PayChkAct")
            .iter()
            .filter(|body| body.contains(&day))
            .count()
    };
    let today = app.today().replace('-', "");
    for day in ["20010101", "99991231", "yesterda", &today] {
        let body = json!({
            "PCD_PAY_RST": "success", "PCD_PAY_OID": page.order_id, "PCD_PAY_TIME": format!("{day}120000"),
        });
        assert_eq!(webhook(&app, &body).await, 200);
        // One question at a time: the next webhook is about the next one.
        let before = tap.sent("PayChkAct").len();
        app.until("PAYCHK is asked", async || {
            tap.sent("PayChkAct").len() > before
        })
        .await;
    }
    app.until("the day is asked for", async || asked(&today) > 0)
        .await;
    for nonsense in ["20010101", "99991231", "yesterda"] {
        assert_eq!(asked(nonsense), 0, "{nonsense}");
    }
}

#[tokio::test]
async fn a_refund_that_was_made_elsewhere_is_found() {
    let app = told().await;
    let page = app.order("payple", json!({})).await;
    assert_eq!(page.pay("layer").await["status"], "paid");
    // The gateway's admin page: another process with the same keys.
    let auth = async |more: Value| -> Value {
        let mut body = json!({ "cst_id": "test", "custKey": common::MERCHANT_KEY });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let url = format!("{}/payple/php/auth.php", app.gateway);
        let request = app.http.post(url).json(&body);
        let answer = request.header("referer", format!("{}/", app.shop));
        answer.send().await.unwrap().json().await.unwrap()
    };
    let tokens = auth(json!({ "PCD_PAYCANCEL_FLAG": "Y" })).await;
    let url = text(&tokens["return_url"]);
    let today = app.today().replace('-', "");
    let body = json!({
        "PCD_CST_ID": tokens["cst_id"], "PCD_CUST_KEY": tokens["custKey"], "PCD_AUTH_KEY": tokens["AuthKey"],
        "PCD_REFUND_KEY": common::REFUND_KEY, "PCD_PAYCANCEL_FLAG": "Y", "PCD_PAY_OID": page.order_id,
        "PCD_PAY_DATE": today, "PCD_REFUND_TOTAL": "10000",
    });
    let answer = app.http.post(url).json(&body).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["PCD_PAY_RST"], "success", "{answer} {tokens}");
    let outcome = page.wait_for("cancelled").await;
    assert_eq!(outcome["state"], "refunded", "{outcome}");
    assert!(
        notes(&app, &page.order_id)
            .await
            .contains(&"webhook_refund".to_owned())
    );
}

/// The list lags, so the look that the webhook starts does not show it, and nobody speaks of it again.
#[tokio::test]
async fn a_refund_that_was_made_elsewhere_and_is_shown_late_is_found() {
    let app = told().await;
    let page = app.order("payple", json!({})).await;
    assert_eq!(page.pay("layer").await["status"], "paid");
    // Because of the webhook of the payment.
    app.until("it is looked up", async || {
        app.called("PayChkAct").await > 0
    })
    .await;
    let before = app.called("PayChkAct").await;
    let lag = json!([{ "name": "lookup_lag", "seconds": 3600 }]);
    let script = json!({ "gateway": "payple", "order_id": page.order_id, "faults": lag });
    assert_eq!(app.control("script", script).await.0, 200);
    let cancel = json!({ "order_id": page.order_id });
    assert_eq!(app.control("payple/cancel", cancel).await.0, 200);
    app.until("the webhook is written down", async || {
        let told = notes(&app, &page.order_id).await;
        told.contains(&"webhook_refund".to_owned())
    })
    .await;
    app.until("it is looked up again", async || {
        app.called("PayChkAct").await > before
    })
    .await;
    assert_eq!(page.status(0).await["status"], "paid");
    app.advance(3600).await;
    let outcome = page.wait_for("cancelled").await;
    assert_eq!(outcome["state"], "refunded", "{outcome}");
}

#[tokio::test]
async fn a_card_deleted_on_the_admin_page_can_be_charged_no_more() {
    let app = told().await;
    let (page, key) = registered(&app).await;
    let (status, _) = app
        .control("payple/delete_card", json!({ "billing_key": key }))
        .await;
    assert_eq!(status, 200);
    app.until("the key is known to be gone", async || {
        app.published(&page.order_id, "billing_key.deleted").await == 1
    })
    .await;
    let shown = app.show(&page.order_id).await;
    let id = text(&shown["attempts"][0]["billingKeyId"]);
    let (_, shown) = app.get(&format!("/billing-keys/{id}")).await;
    assert_eq!(
        (&shown["state"], &shown["deletedAtGateway"]),
        (&json!("deleted"), &json!(true)),
        "{shown}"
    );
    let charge = json!({ "orderId": "gone", "billingKeyId": id, "customerId": "1001", "amount": "10000", "productName": "a" });
    let (status, answer) = app.merchant("POST", "/charges", charge).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (409, &json!("billing_key_not_active"))
    );
}

#[tokio::test]
async fn what_a_forged_webhook_says_is_asked_and_not_believed() {
    let app = TestApp::start().await;
    let page = app.order("payple", json!({ "work": "pay_now" })).await;
    page.prepare("layer").await;
    let paid = json!({
        "PCD_PAY_RST": "success", "PCD_PAY_OID": page.order_id, "PCD_PAY_TYPE": "card", "PCD_PAY_TOTAL": "10000",
        "PCD_PAY_TIME": app.today().replace('-', "") + "120000",
    });
    assert_eq!(webhook(&app, &paid).await, 200);
    let asked = async || app.count(&page.order_id, "lookup_absent").await > 0;
    app.until("PAYCHK's word is written down", asked).await;
    assert_eq!(page.status(0).await["state"], "requested");

    let page = app.order("payple", json!({})).await;
    assert_eq!(page.pay("layer").await["status"], "paid");
    let refunded = json!({ "PCD_PAY_RST": "success", "PCD_PAY_OID": page.order_id, "PCD_PAYCANCEL_FLAG": "Y" });
    assert_eq!(webhook(&app, &refunded).await, 200);
    app.until("the lookup's word is written down", async || {
        app.shows_a_lookup(&page.order_id).await
    })
    .await;
    assert_eq!(page.status(0).await["status"], "paid");

    let (page, key) = registered(&app).await;
    let deleted =
        json!({ "PCD_PAY_RST": "success", "PCD_PAY_WORK": "PUSERDEL", "PCD_PAYER_ID": key });
    let seen = async || app.count(&page.order_id, "billing_key_seen").await;
    let before = seen().await;
    assert_eq!(webhook(&app, &deleted).await, 200);
    app.until("PUSERINFO's word is written down", async || {
        seen().await > before
    })
    .await;
    assert_eq!(
        app.published(&page.order_id, "billing_key.deleted").await,
        0
    );
}

#[tokio::test]
async fn a_form_is_read_as_well_and_anything_else_is_answered() {
    let app = TestApp::start().await;
    let page = app.order("payple", json!({ "work": "pay_now" })).await;
    page.prepare("layer").await;
    let fields = [
        ("PCD_PAY_RST".to_owned(), "success".to_owned()),
        ("PCD_PAY_OID".to_owned(), page.order_id.clone()),
    ];
    assert_eq!(app.post_form("/webhook/payple", &fields).await.0, 200);
    assert!(
        notes(&app, &page.order_id)
            .await
            .contains(&"webhook_payment".to_owned())
    );
    for body in [
        json!({}),
        json!({ "PCD_PAY_OID": "nobody" }),
        json!([1]),
        json!("x"),
    ] {
        assert_eq!(webhook(&app, &body).await, 200, "{body}");
    }
    let url = format!("{}/pay/webhook/payple", app.shop);
    let odd = app
        .http
        .post(&url)
        .body(vec![b'{', 0xff, 0xfe])
        .send()
        .await;
    assert_eq!(
        odd.unwrap().status(),
        200,
        "anything but 200 would bring it again"
    );
    assert_eq!(app.http.get(url).send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn a_flood_about_one_order_is_one_question_at_a_time() {
    let app = TestApp::start().await;
    let page = app.order("payple", json!({ "work": "pay_now" })).await;
    page.prepare("layer").await;
    let before = app.called("PayChkAct").await;
    let body = json!({ "PCD_PAY_RST": "success", "PCD_PAY_OID": page.order_id });
    let began = std::time::Instant::now();
    for _ in 0..50 {
        assert_eq!(webhook(&app, &body).await, 200);
    }
    let lasted = began.elapsed();
    app.until("PAYCHK is asked", async || {
        app.called("PayChkAct").await > before
    })
    .await;
    // One for each pause at most, and one by the schedule.
    let pauses = lasted.as_millis() / Duration::from_millis(500).as_millis() + 2;
    let asked = app.called("PayChkAct").await - before;
    assert!(
        asked as u128 <= pauses + 1,
        "{asked} questions in {lasted:?}"
    );
    let all = notes(&app, &page.order_id).await;
    let told = all.iter().filter(|note| *note == "webhook_payment").count();
    assert!(told < 10, "{told} rows of one word");
}

#[tokio::test]
async fn a_lasting_flood_is_asked_about_less_and_less_and_noted_once() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payple", json!({})).await;
    assert_eq!(page.pay("layer").await["status"], "paid");
    let rows = async || notes(&app, &page.order_id).await.len();
    let (before, asked) = (rows().await, tap.sent("PayChkAct").len());
    // Two kinds in turn, for eight seconds, as anybody can who knows the order's id.
    let began = std::time::Instant::now();
    while began.elapsed() < Duration::from_secs(8) {
        for flag in ["Y", ""] {
            let body = json!({
                "PCD_PAY_RST": "success", "PCD_PAY_OID": page.order_id, "PCD_PAYCANCEL_FLAG": flag,
            });
            let status = webhook(&app, &body).await;
            assert!(matches!(status, 200 | 429), "{status}");
        }
    }
    let asked = tap.sent("PayChkAct").len() - asked;
    assert!((1..=8).contains(&asked), "{asked} questions");
    let more = rows().await - before;
    assert!(more <= asked + 2, "{more} rows for {asked} questions");
    // Who is told again after a while is asked again.
    app.advance(3600).await;
    let before = tap.sent("PayChkAct").len();
    let body = json!({ "PCD_PAY_RST": "success", "PCD_PAY_OID": page.order_id });
    assert_eq!(webhook(&app, &body).await, 200);
    app.until("PAYCHK is asked", async || {
        tap.sent("PayChkAct").len() > before
    })
    .await;
}
