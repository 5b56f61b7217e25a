//! The control API and what holds for every gateway.

use crate::common::TestApp;
use paypair_sandbox::Options;
use serde_json::{Value, json};

#[actix_web::test]
async fn unknown_faults_are_refused_with_the_list() {
    let app = TestApp::start();
    let (status, text) = app
        .post_json(
            "/control/script",
            &json!({ "gateway": "payple", "faults": ["callback_neverr"] }),
        )
        .await;
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (status, &answer["error"]["code"]),
        (400, &json!("fault_unknown"))
    );
    assert!(
        answer["error"]["known"]
            .as_array()
            .unwrap()
            .contains(&json!("callback_never"))
    );
    assert_eq!(
        app.post_json(
            "/control/script",
            &json!({ "gateway": "paypal", "faults": [] })
        )
        .await
        .0,
        400
    );
}

#[actix_web::test]
async fn the_same_seed_says_the_same() {
    let said = async |seed: u64| {
        let app = TestApp::start_with(Options {
            seed,
            ..Options::default()
        });
        let auth = app.auth(json!({})).await;
        let window = app
            .window(
                auth["AuthKey"].as_str().unwrap(),
                "same",
                &[("PCD_PAY_WORK", "PAY")],
            )
            .await;
        let result = app.press(&window, "pay").await.message();
        (
            auth["AuthKey"].clone(),
            auth["cst_id"].clone(),
            result["data"]["PCD_PAY_CARDTRADENUM"].clone(),
            app.book().await,
        )
    };
    let (one, two) = (said(7).await, said(7).await);
    assert_eq!(one, two);
    assert_ne!(one.0, said(8).await.0);
}

#[actix_web::test]
async fn reset_forgets_and_begins_anew() {
    let app = TestApp::start();
    let first = app.auth(json!({})).await["AuthKey"].clone();
    app.script("payple", "*", json!(["auth_unavailable"])).await;
    app.advance(60).await;
    assert_eq!(app.post_json("/control/reset", &json!({})).await.0, 200);
    assert_eq!(app.book().await["calls"], json!([]));
    assert_eq!(app.auth(json!({})).await["AuthKey"], first);
}

#[actix_web::test]
async fn pages_carry_no_referrer_and_nothing_from_elsewhere() {
    let app = TestApp::start();
    let auth = app.auth(json!({})).await;
    let window = app
        .window(
            auth["AuthKey"].as_str().unwrap(),
            "page",
            &[("PCD_PAY_GOODS", "<b>&\"상품\"")],
        )
        .await;
    assert!(window.has("&#60;b&#62;&#38;&#34;상품&#34;"), "{}", window.0);
    assert!(window.has("name=\"referrer\" content=\"no-referrer\""));
    assert!(!window.has("https://") && !window.has("<style") && !window.has(" style="));
    for asset in [
        "/sandbox/sandbox.css",
        "/sandbox/window.js",
        "/control/",
        "/control/faults",
    ] {
        assert_eq!(app.get(asset).await.0, 200, "{asset}");
    }
}

#[actix_web::test]
async fn the_drop_in_is_served_under_the_vendors_name() {
    let folder = std::env::temp_dir().join(format!("paypair-sandbox-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("cpay.js"), "globalThis.cpay = 1;").unwrap();
    let app = TestApp::start_with(Options {
        package_dir: Some(folder.clone()),
        ..Options::default()
    });
    let first = app.get("/payple/js/cpay.payple.1.0.1.js").await;
    let later = app.get("/payple/js/v1/payment.js?v=20250613090000").await;
    std::fs::remove_dir_all(folder).unwrap();
    assert_eq!(first, (200, "globalThis.cpay = 1;".to_owned()));
    assert_eq!(later, first);
    assert_eq!(
        TestApp::start()
            .get("/payple/js/cpay.payple.1.0.1.js")
            .await
            .0,
        404
    );
}
