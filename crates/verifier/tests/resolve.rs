//! A named person ends a doubt that no lookup ends: after the gateway was asked once more, and never against its word.

use crate::common::{Fate, Setup, TestApp, keys::code};
use paypair_verifier::Network;
use serde_json::{Value, json};

async fn resolve<N: Network>(app: &TestApp<N>, order_id: &str, resolution: &str) -> (u16, Value) {
    let body = json!({
        "operator": "김민지",
        "resolution": resolution,
        "note": "payple admin, 02:10",
    });
    app.merchant("POST", &format!("/orders/{order_id}/resolve"), body)
        .await
}

#[tokio::test]
async fn a_payment_that_nobody_finds_counts_as_not_taken_by_a_persons_word() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payple", json!({})).await;
    tap.befall("Confirm", Fate::Astray, 1);
    let outcome = page.pay("popup").await;
    assert_eq!(outcome["status"], "in_doubt", "{outcome}");
    let id = &page.order_id;

    let (status, answer) = resolve(&app, id, "not_refunded").await;
    assert_eq!(
        (status, &*code(&answer)),
        (409, "no_refund_in_doubt"),
        "{answer}"
    );
    let asked = app.called("PayChkAct").await;
    let (status, resolved) = resolve(&app, id, "not_captured").await;
    assert_eq!(
        (status, &resolved["state"], &resolved["settledBy"]),
        (200, &json!("declined"), &json!("operator")),
        "{resolved}"
    );
    assert_eq!(resolved["reason"]["code"], "settled_by_operator");
    assert!(app.called("PayChkAct").await > asked, "asked first");
    let shown = app.show(id).await;
    let mut rows = shown["timeline"].as_array().unwrap().iter();
    let row = rows.rfind(|row| row["kind"] == "resolved").unwrap();
    assert_eq!(
        (&row["source"], &row["note"]),
        (
            &json!("operator"),
            &json!("김민지: not_captured (payple admin, 02:10)")
        )
    );
    // The buyer may try again.
    assert_eq!(page.pay("popup").await["status"], "paid");
    assert_eq!(
        app.captures(id).await.len(),
        0,
        "under the second attempt's name"
    );
    assert_eq!(app.captures(&format!("{id}-2")).await.len(), 1);
    let (status, answer) = resolve(&app, id, "not_captured").await;
    assert_eq!(
        (status, &*code(&answer)),
        (409, "nothing_to_resolve"),
        "{answer}"
    );
}

#[tokio::test]
async fn the_gateways_word_comes_before_a_persons() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payple", json!({})).await;
    // The money was taken, and the answer was lost.
    tap.befall("Confirm", Fate::Lost, 1);
    let outcome = page.pay("popup").await;
    assert_eq!(outcome["status"], "in_doubt", "{outcome}");
    let id = &page.order_id;
    let (status, resolved) = resolve(&app, id, "not_captured").await;
    assert_eq!(
        (status, &resolved["status"], &resolved["settledBy"]),
        (200, &json!("paid"), &json!("evidence")),
        "{resolved}"
    );
    assert_eq!(app.count(id, "resolved").await, 0);
    let (status, answer) = resolve(&app, id, "not_captured").await;
    assert_eq!(
        (status, &*code(&answer)),
        (409, "nothing_to_resolve"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_refund_in_doubt_is_settled_either_way() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payletter", json!({})).await;
    assert_eq!(page.pay("redirect").await["status"], "paid");
    let id = &page.order_id;
    tap.befall("/payments/cancel", Fate::Astray, 1);
    let (_, outcome) = app.refund(id, json!({})).await;
    assert_eq!(outcome["state"], "in_doubt", "{outcome}");
    let (status, answer) = resolve(&app, id, "not_captured").await;
    assert_eq!(
        (status, &*code(&answer)),
        (409, "money_was_captured"),
        "{answer}"
    );
    let (status, resolved) = resolve(&app, id, "not_refunded").await;
    assert_eq!(
        (status, &resolved["state"], &resolved["settledBy"]),
        (200, &json!("paid"), &json!("operator")),
        "{resolved}"
    );
    tap.befall("/payments/cancel", Fate::Astray, 1);
    let (_, outcome) = app.refund(id, json!({})).await;
    assert_eq!(outcome["state"], "in_doubt", "{outcome}");
    let (_, resolved) = resolve(&app, id, "refunded").await;
    assert_eq!(
        (&resolved["state"], &resolved["refundedAmount"]),
        (&json!("refunded"), &json!("10000")),
        "{resolved}"
    );
}

#[tokio::test]
async fn a_word_needs_a_name() {
    let app = TestApp::start().await;
    let page = app.order("payple", json!({})).await;
    let path = format!("/orders/{}/resolve", page.order_id);
    let ask = async |path: &str, body: Value| {
        let (status, answer) = app.merchant("POST", path, body).await;
        (status, code(&answer))
    };
    let word = |operator: &str| json!({ "operator": operator, "resolution": "not_captured" });
    let invalid = (422, "fields_invalid".to_owned());
    assert_eq!(ask(&path, word("  ")).await, invalid);
    assert_eq!(ask(&path, word("kim\nadmin")).await, invalid);
    let nameless = json!({ "resolution": "refunded" });
    assert_eq!(ask(&path, nameless).await, invalid);
    let paid = json!({ "operator": "kim", "resolution": "paid" });
    assert_eq!(ask(&path, paid).await, invalid, "that takes evidence");
    assert_eq!(
        ask(&path, word("kim")).await,
        (409, "nothing_to_resolve".to_owned())
    );
    assert_eq!(
        ask("/orders/nothing/resolve", word("kim")).await,
        (404, "order_unknown".to_owned())
    );
    // Not the page: whoever holds the order's secret settles nothing.
    assert_eq!(page.post("resolve", word("kim")).await.0, 401);
}
