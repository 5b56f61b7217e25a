//! Dropped connections, dead processes, mismatches after capture.

mod common;

use std::{sync::atomic::Ordering::Relaxed, time::Duration};

use common::{Handback, Setup, TestApp};
use paypair_ledger::{Options, SqliteStore};
use paypair_verifier::{HttpNetwork, SystemEnvironment, Verifier};
use serde_json::json;

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
    let config = app.config_again();
    let options = Options {
        policy: config.policy(),
        ..Options::default()
    };
    let store = SqliteStore::open_with(app.folder.path().join("test.sqlite3"), options).unwrap();
    let network = HttpNetwork::new(config.reach()).unwrap();
    let _second = Verifier::new(config, store, network, SystemEnvironment::new().unwrap()).unwrap();
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
