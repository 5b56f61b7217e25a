//! A payment at each gateway, in each way it can come back.

use crate::common::{Handback, TestApp};
use serde_json::json;

#[tokio::test]
async fn payple_confirms_then_pays_by_message() {
    let app = TestApp::start().await;
    let page = app.order("payple", json!({})).await;
    let outcome = page.pay("layer").await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    assert_eq!(outcome["amount"], "10000");
    assert_eq!(outcome["final"], true);
    assert!(outcome["card"]["number"].as_str().unwrap().contains('*'));
    let book = app.book(&page.order_id).await;
    assert_eq!(
        (&book["state"], &book["confirms"]),
        (&json!("captured"), &json!(1))
    );
    assert_eq!(app.published(&page.order_id, "payment.paid").await, 1);
}

#[tokio::test]
async fn payple_confirms_then_pays_by_return() {
    let app = TestApp::start().await;
    for layout in ["popup", "redirect"] {
        let page = app.order("payple", json!({ "cardFlow": "one_time" })).await;
        let handback = page.press(layout, "pay").await;
        let (url, fields) = handback.post();
        let (status, location, _) = app.post_form(url, fields).await;
        assert_eq!(status, 303);
        match layout {
            "popup" => assert!(
                location.starts_with(&format!("{}/pay/done/pp-", app.shop)),
                "{location}"
            ),
            _ => assert_eq!(
                location,
                format!("{}/result.html?order={}", app.shop, page.order_id)
            ),
        }
        page.wait_for("paid").await;
    }
}

#[tokio::test]
async fn payple_pays_in_the_window() {
    let app = TestApp::start().await;
    let page = app.order("payple", json!({ "work": "pay_now" })).await;
    let outcome = page.pay("layer").await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    assert_eq!(app.book(&page.order_id).await["confirms"], 0);
}

#[tokio::test]
async fn payple_registers_a_card() {
    let app = TestApp::start().await;
    let more = json!({ "work": "register", "cardFlow": "recurring", "amount": null });
    let page = app.order("payple", more).await;
    let outcome = page.pay("layer").await;
    assert_eq!(outcome["status"], "registered", "{outcome}");
    let key = app.verifier.store();
    let key = paypair_ledger::Store::billing_key(key, &page.order_id)
        .await
        .unwrap();
    let key = key.expect("the key is kept").expose().to_owned();
    assert!(!outcome.to_string().contains(&key), "but not shown");
    assert!(!app.show(&page.order_id).await.to_string().contains(&key));
}

#[tokio::test]
async fn payletter_pays_by_callback_and_return_shows() {
    let app = TestApp::start().await;
    let page = app.order("payletter", json!({})).await;
    let outcome = page.pay("redirect").await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    assert_eq!(app.published(&page.order_id, "payment.paid").await, 1);
}

#[tokio::test]
async fn a_virtual_account_waits_for_its_deposit() {
    let app = TestApp::start().await;
    let page = app
        .order("payletter", json!({ "method": "virtualaccount" }))
        .await;
    let outcome = page.pay("redirect").await;
    assert_eq!(outcome["status"], "awaiting_deposit", "{outcome}");
    assert_eq!(outcome["final"], false);
    assert!(
        outcome["virtualAccount"]["accountNo"]
            .as_str()
            .unwrap()
            .starts_with("562")
    );
    app.deliver("payletter", &page.order_id).await;
    page.wait_for("paid").await;
}

#[tokio::test]
async fn payletter_registers_a_card_by_the_returns_own_hash() {
    let app = TestApp::start().await;
    let page = app
        .order("payletter", json!({ "work": "register", "amount": null }))
        .await;
    let outcome = page.pay("redirect").await;
    assert_eq!(outcome["status"], "registered", "{outcome}");
}

#[tokio::test]
async fn payletter_global_pays_by_notice() {
    let app = TestApp::start().await;
    let page = app
        .order(
            "payletter_global",
            json!({ "amount": "12.50", "currency": "USD" }),
        )
        .await;
    let outcome = page.pay("popup").await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    assert_eq!(
        (&outcome["amount"], &outcome["currency"]),
        (&json!("12.50"), &json!("USD"))
    );
}

#[tokio::test]
async fn every_gateway_gives_all_of_the_money_back() {
    let app = TestApp::start().await;
    for (gateway, more) in [
        ("payple", json!({})),
        ("payletter", json!({})),
        (
            "payletter_global",
            json!({ "amount": "12.50", "currency": "USD" }),
        ),
    ] {
        let page = app.order(gateway, more).await;
        assert_eq!(page.pay("redirect").await["status"], "paid", "{gateway}");
        let path = format!("/orders/{}/refund", page.order_id);
        let (status, outcome) = app
            .merchant("POST", &path, json!({ "reason": "changed mind" }))
            .await;
        assert_eq!(
            (status, &outcome["state"]),
            (200, &json!("refunded")),
            "{gateway}: {outcome}"
        );
        assert_eq!(app.book(&page.order_id).await["refunds"], 1, "{gateway}");
        let (again, _) = app.merchant("POST", &path, json!({})).await;
        assert_eq!(again, 409, "{gateway}: there is nothing left to give back");
    }
}

#[tokio::test]
async fn a_declined_attempt_leaves_room_for_the_next() {
    let app = TestApp::start().await;
    for gateway in ["payple", "payletter"] {
        let page = app.order(gateway, json!({})).await;
        let handback = page.press("redirect", "decline").await;
        let (url, fields) = handback.post();
        app.post_form(url, fields).await;
        let outcome = page.wait_for("declined").await;
        assert!(outcome["reason"]["gatewayMessage"].is_string(), "{outcome}");
        let outcome = page.pay("redirect").await;
        assert_eq!(
            (&outcome["status"], &outcome["attempt"]),
            (&json!("paid"), &json!(2)),
            "{outcome}"
        );
        assert_eq!(
            app.book(&format!("{}-2", page.order_id)).await["state"],
            "captured"
        );
    }
}

#[tokio::test]
async fn a_buyer_who_leaves_is_cancelled_softly() {
    let app = TestApp::start().await;
    let page = app.order("payple", json!({})).await;
    let Handback::Message(fields) = page.press("layer", "cancel").await else {
        panic!("a layer answers by message");
    };
    let (_, outcome) = page.post("result", json!({ "fields": fields })).await;
    assert_eq!(outcome["status"], "cancelled", "{outcome}");

    let page = app.order("payletter", json!({})).await;
    let Handback::Get(url) = page.press("redirect", "cancel").await else {
        panic!("Payletter cancels by a bare GET");
    };
    let answer = app.http.get(url).send().await.unwrap();
    assert_eq!(answer.status(), 303);
    assert_eq!(page.status(0).await["status"], "cancelled");

    // The global gateway has no number for it, only a sentence.
    let usd = json!({ "amount": "12.50", "currency": "USD" });
    let page = app.order("payletter_global", usd).await;
    let handback = page.press("redirect", "cancel").await;
    let (url, fields) = handback.post();
    assert_eq!(app.post_form(url, fields).await.0, 303);
    assert_eq!(page.status(0).await["status"], "cancelled");
}

#[tokio::test]
async fn a_buyer_who_says_to_have_left_after_paying_is_paid() {
    let app = TestApp::start().await;
    let close =
        json!({ "fields": { "PCD_PAY_RST": "close", "PCD_PAY_MSG": "결제를 종료하였습니다." } });
    let work = json!({ "work": "pay_now" });
    let page = app.order("payple", work.clone()).await;
    page.press("layer", "pay").await;
    let (_, outcome) = page.post("result", close.clone()).await;
    assert_eq!(outcome["status"], "paid", "{outcome}");

    let page = app.order("payple", work).await;
    page.prepare("layer").await;
    let (_, outcome) = page.post("result", close).await;
    assert_eq!(outcome["status"], "cancelled", "{outcome}");
}
