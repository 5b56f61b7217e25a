//! A notice's kind: its hash does not cover it.

use serde_json::json;

use crate::common::{Setup, TestApp, text};
use crate::{PAYPAL, notice, press_and_return, usd};

#[tokio::test]
async fn a_held_payment_is_reviewed_until_paypal_lets_it_go() {
    let app = TestApp::start().await;
    let page = app.order("payletter_global", usd(PAYPAL)).await;
    press_and_return(&page, "hold").await;
    let outcome = page.wait_for("review").await;
    assert_eq!(outcome["state"], "pending_review", "{outcome}");
    assert_eq!(app.act("release", &page.order_id).await, 200);
    page.wait_for("paid").await;
    assert_eq!(app.published(&page.order_id, "payment.paid").await, 1);
}

/// The hash does not cover the kind: what says that a payment is held can be sent again as one that was made.
#[tokio::test]
async fn that_a_payment_is_held_cannot_be_read_as_a_payment() {
    for (assumptions, believed) in [
        ("global_sales_list_permitted = true", false),
        // Without the list there is nothing else to go by.
        ("global_sales_list_permitted = false", true),
    ] {
        let app = TestApp::with(Setup {
            assumptions,
            ..Setup::default()
        })
        .await;
        let page = app.order("payletter_global", usd(PAYPAL)).await;
        page.prepare("redirect").await;
        let id = &page.order_id;
        let mut held = notice("6", id, &[("paytoken", "20261121HELD")]);
        app.notice(&held).await;
        assert_eq!(page.status(0).await["state"], "pending_review");
        held[0].1 = "1".to_owned();
        let (status, body) = app.notice(&held).await;
        assert_eq!((status, &*body), (200, "<RESULT>OK</RESULT>"));
        if believed {
            assert_eq!(app.show(id).await["status"], "paid");
            continue;
        }
        app.until("the list was asked", async || {
            app.count(id, "lookup_absent").await > 0
        })
        .await;
        assert_eq!(page.status(0).await["state"], "pending_review");
        assert_eq!(app.published(id, "payment.paid").await, 0);
    }
}

#[tokio::test]
async fn what_takes_money_away_is_asked_of_the_sales_list() {
    let app = TestApp::start().await;
    for kind in ["2", "3", "4"] {
        let page = app.order("payletter_global", usd("PLCreditCard")).await;
        press_and_return(&page, "pay").await;
        page.wait_for("paid").await;
        let asked = app.called("cpdaesalist").await;
        let book = app.book(&page.order_id).await;
        let token = text(&book["transaction_id"]);
        let said = notice(kind, &page.order_id, &[("paytoken", &token)]);
        let (status, body) = app.notice(&said).await;
        assert_eq!((status, &*body), (200, "<RESULT>OK</RESULT>"), "{kind}");
        let looked_up = async || {
            let shown = app.show(&page.order_id).await;
            let rows = shown["timeline"].as_array().unwrap();
            rows.iter().any(|row| row["source"] == "lookup")
        };
        app.until("the list's word is written down", looked_up)
            .await;
        assert!(app.called("cpdaesalist").await > asked);
        assert_eq!(page.status(0).await["status"], "paid", "kind {kind}");
    }
    // A real cancellation is in the list.
    let page = app.order("payletter_global", usd("PLCreditCard")).await;
    press_and_return(&page, "pay").await;
    page.wait_for("paid").await;
    let path = format!("/orders/{}/refund", page.order_id);
    app.merchant("POST", &path, json!({})).await;
    page.wait_for("cancelled").await;
}

/// Where the list is not permitted nobody can say more than the notice: the payment stays as it is, and the merchant hears of it.
#[tokio::test]
async fn what_nobody_can_be_asked_about_is_told_as_it_is() {
    let app = TestApp::with(Setup {
        assumptions: "global_sales_list_permitted = false",
        ..Setup::default()
    })
    .await;
    for (kind, what) in [("1", "capture"), ("2", "cancellation")] {
        let page = app.order("payletter_global", usd("PLCreditCard")).await;
        press_and_return(&page, "pay").await;
        page.wait_for("paid").await;
        let id = &page.order_id;
        let own = text(&app.book(id).await["transaction_id"]);
        let token = if kind == "1" { "20261121TWICE" } else { &own };
        let said = notice(kind, id, &[("paytoken", token)]);
        for _ in 0..2 {
            let (status, body) = app.notice(&said).await;
            assert_eq!((status, &*body), (200, "<RESULT>OK</RESULT>"), "{kind}");
        }
        app.until("the merchant is told", async || {
            app.published(id, "payment.discrepant").await > 0
        })
        .await;
        assert_eq!(app.published(id, "payment.discrepant").await, 1);
        let shown = app.show(id).await;
        assert_eq!(shown["status"], "paid");
        let unproven = &shown["attempts"][0]["unproven"][0];
        assert_eq!(
            (&unproven["what"], &unproven["transactionId"]),
            (&json!(what), &json!(token)),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn a_chargeback_is_reported_even_if_the_list_does_not_show_it() {
    let app = TestApp::start().await;
    let page = app.order("payletter_global", usd("PLCreditCard")).await;
    press_and_return(&page, "pay").await;
    page.wait_for("paid").await;
    assert_eq!(app.act("charge_back", &page.order_id).await, 200);
    app.until("the chargeback stands in the timeline", async || {
        let shown = app.show(&page.order_id).await;
        let rows = shown["timeline"].as_array().unwrap();
        rows.iter().any(|row| row["note"] == "chargeback_unproven")
    })
    .await;
    // The merchant hears of it as it is, and no list says more: a named person does.
    assert_eq!(app.published(&page.order_id, "payment.discrepant").await, 1);
    let shown = app.show(&page.order_id).await;
    assert_eq!(shown["attempts"][0]["unproven"][0]["what"], "chargeback");
    let path = format!("/orders/{}/resolve", page.order_id);
    let word = json!({ "operator": "김민지", "resolution": "charged_back" });
    let (status, resolved) = app.merchant("POST", &path, word.clone()).await;
    assert_eq!(
        (status, &resolved["state"], &resolved["status"]),
        (200, &json!("charged_back"), &json!("cancelled")),
        "{resolved}"
    );
    assert_eq!(
        app.published(&page.order_id, "payment.charged_back").await,
        1
    );
    let (status, answer) = app.merchant("POST", &path, word).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (409, &json!("nothing_to_resolve"))
    );
}

#[tokio::test]
async fn a_kind_nobody_knows_is_kept_and_changes_nothing() {
    let app = TestApp::start().await;
    let page = app.order("payletter_global", usd("PLCreditCard")).await;
    page.prepare("redirect").await;
    for (kind, more) in [("8", vec![]), ("5", vec![("poqtoken", "TPL1")])] {
        let (status, body) = app.notice(&notice(kind, &page.order_id, &more)).await;
        assert_eq!((status, &*body), (200, "<RESULT>OK</RESULT>"));
        let outcome = page.status(0).await;
        assert_eq!(outcome["state"], "requested", "kind {kind}: {outcome}");
    }
    // A subscription that nobody asked for leaves no key behind.
    let shown = app.show(&page.order_id).await;
    assert!(!shown.to_string().contains("bk_"), "{shown}");
}
