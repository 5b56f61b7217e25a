//! The switches of a running sandbox.

use crate::common::payple::{pay, refund};
use crate::common::{TestApp, refusal};
use paypair_sandbox::{Options, RefererRule};
use serde_json::{Value, json};

async fn turn(app: &TestApp, body: Value) -> (u16, Value) {
    let (status, body) = app.post_json("/control/options", &body).await;
    (status, serde_json::from_str(&body).unwrap())
}

async fn stand(app: &TestApp) -> Value {
    serde_json::from_str(&app.get("/control/options").await.1).unwrap()
}

#[actix_web::test]
async fn a_merchants_test_switches_partial_cancelling_on() {
    let app = TestApp::start();
    pay(&app, "a").await;
    assert_eq!(refusal(refund(&app, "a", 3_000).await), "PAYC1144");
    let (status, now) = turn(&app, json!({ "payple_partial_cancel": true })).await;
    assert_eq!((status, &now["payple_partial_cancel"]), (200, &json!(true)));
    assert!(refund(&app, "a", 3_000).await.is_ok());
    assert_eq!(now["private_api"], true, "all else stays");
}

#[actix_web::test]
async fn every_switch_works_while_it_runs() {
    let app = TestApp::start();
    let all = stand(&app).await;
    let names: Vec<_> = all.as_object().unwrap().keys().collect();
    assert_eq!(names.len(), 7, "{names:?}");
    turn(
        &app,
        json!({ "payple_test_marks": true, "payple_referer": "strict" }),
    )
    .await;
    let without_referer = json!({ "cst_id": "test", "custKey": "abcd1234567890" });
    let (_, answer) = app
        .post_json("/payple/php/auth.php", &without_referer)
        .await;
    assert!(answer.contains("AUTH0004"), "{answer}");
    turn(&app, json!({ "payple_referer": "lax" })).await;
    let marked = refund(&app, "unknown", 1_000).await;
    assert!(format!("{marked:?}").contains("PAYC0007"), "{marked:?}");
    turn(&app, json!({ "private_api": false })).await;
    let (status, _) = app
        .post_as(
            "/payletter_global/payment/cpdaesalist",
            "GPLKEY PL_Merchant",
            "{}",
        )
        .await;
    assert_eq!(status, 403);
}

#[actix_web::test]
async fn what_is_no_switch_changes_nothing() {
    let app = TestApp::start();
    let before = stand(&app).await;
    for wrong in [
        json!({ "payple_partial_cancel": true, "nonsense": 1 }),
        json!({ "payple_partial_cancel": "yes" }),
        json!({ "payple_referer": "sometimes" }),
        json!({ "seed": 2 }),
        json!([]),
    ] {
        let (status, said) = turn(&app, wrong.clone()).await;
        assert_eq!(
            (status, &said["error"]["code"]),
            (400, &json!("body_malformed")),
            "{wrong}"
        );
    }
    assert_eq!(stand(&app).await, before);
}

#[actix_web::test]
async fn a_reset_puts_them_back_to_the_start() {
    let app = TestApp::start_with(Options {
        payple_partial_cancel: true,
        payple_referer: RefererRule::Strict,
        ..Options::default()
    });
    let start = stand(&app).await;
    turn(
        &app,
        json!({ "payple_partial_cancel": false, "short_amounts": false, "payple_webhook": "http://127.0.0.1:9/" }),
    )
    .await;
    assert_ne!(stand(&app).await, start);
    app.post_json("/control/reset", &json!({})).await;
    assert_eq!(stand(&app).await, start);
}

#[actix_web::test]
async fn people_have_check_boxes() {
    let app = TestApp::start();
    let page = app.get("/control/").await.1;
    assert!(page.contains("name=\"payple_partial_cancel\"> "), "{page}");
    assert!(page.contains("name=\"private_api\" checked"), "{page}");
    let ticked = [
        ("payple_partial_cancel", "on"),
        ("payple_referer_strict", "on"),
        ("payple_webhook", "http://127.0.0.1:9/hook"),
    ];
    let there = app.redirect("/control/options", &ticked).await;
    assert_eq!(there, "/control/");
    let now = stand(&app).await;
    assert_eq!(now["payple_partial_cancel"], true);
    assert_eq!(now["payple_referer"], "strict");
    assert_eq!(now["payple_webhook"], "http://127.0.0.1:9/hook");
    assert_eq!(
        (&now["private_api"], &now["short_amounts"]),
        (&json!(false), &json!(false))
    );
    assert!(
        app.get("/control/")
            .await
            .1
            .contains("value=\"http://127.0.0.1:9/hook\"")
    );
}

#[actix_web::test]
async fn people_move_the_clock_with_buttons() {
    let app = TestApp::start();
    let page = app.get("/control/").await.1;
    assert!(page.contains("2026-03-05 14:11:11"), "{page}");
    let there = app
        .redirect("/control/clock", &[("advance_seconds", "2678400")])
        .await;
    assert_eq!(there, "/control/");
    assert!(app.get("/control/").await.1.contains("2026-04-05 14:11:11"));
    let page = app
        .post_form("/control/clock", &[("advance_seconds", "soon")])
        .await;
    assert!(page.has("body_malformed"));
}
