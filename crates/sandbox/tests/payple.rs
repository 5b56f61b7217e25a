//! Payple as a merchant meets it.

use crate::common::{TestApp, fields, value};
use paypair_protocol::payple::WindowResult;
use paypair_sandbox::{Options, RefererRule};
use serde_json::{Value, json};

/// Pays in the window; the result that the page gets.
async fn certify(app: &TestApp, order_id: &str, changes: &[(&str, &str)]) -> Value {
    let auth = app.auth(json!({})).await;
    let window = app
        .window(auth["AuthKey"].as_str().unwrap(), order_id, changes)
        .await;
    app.press(&window, "pay").await.message()["data"].clone()
}

async fn confirm(app: &TestApp, result: &Value, path: Option<&str>) -> Value {
    let path = path.unwrap_or_else(|| app.path(result["PCD_PAY_COFURL"].as_str().unwrap()));
    let body = json!({
        "PCD_CST_ID": "test",
        "PCD_CUST_KEY": "abcd1234567890",
        "PCD_AUTH_KEY": result["PCD_AUTH_KEY"],
        "PCD_PAY_REQKEY": result["PCD_PAY_REQKEY"],
        "PCD_PAYER_ID": result["PCD_PAYER_ID"],
    });
    let (status, text) = app.post_json(path, &body).await;
    assert_eq!(status, 200);
    serde_json::from_str(&text).unwrap()
}

/// A call that needs an AuthKey of its own.
async fn call(app: &TestApp, flag: Value, path: &str, body: Value) -> Value {
    let auth = app.auth(flag).await;
    assert_eq!(app.path(auth["return_url"].as_str().unwrap()), path);
    let mut body = body;
    body["PCD_CST_ID"] = auth["cst_id"].clone();
    body["PCD_CUST_KEY"] = auth["custKey"].clone();
    body["PCD_AUTH_KEY"] = auth["AuthKey"].clone();
    serde_json::from_str(&app.post_json(path, &body).await.1).unwrap()
}

async fn look_up(app: &TestApp, order_id: &str) -> Value {
    let body = json!({ "PCD_PAYCHK_FLAG": "Y", "PCD_PAY_TYPE": "card", "PCD_PAY_OID": order_id, "PCD_PAY_DATE": "20260305" });
    call(
        app,
        json!({ "PCD_PAYCHK_FLAG": "Y" }),
        "/payple/php/PayChkAct.php",
        body,
    )
    .await
}

async fn refund(app: &TestApp, order_id: &str, amount: &str) -> Value {
    let body = json!({
        "PCD_REFUND_KEY": "a41ce010ede9fcbfb3be86b24858806596a9db68b79d138b147c3e563e1829a0",
        "PCD_PAYCANCEL_FLAG": "Y",
        "PCD_PAY_OID": order_id,
        "PCD_PAY_DATE": "20260305",
        "PCD_REFUND_TOTAL": amount,
    });
    call(
        app,
        json!({ "PCD_PAYCANCEL_FLAG": "Y" }),
        "/payple/php/account/api/cPayCAct.php",
        body,
    )
    .await
}

#[actix_web::test]
async fn auth_answers_in_the_recorded_order_with_php_escapes() {
    let app = TestApp::start();
    let (_, text) = app
        .post_json(
            "/payple/php/auth.php",
            &json!({ "cst_id": "test", "custKey": "abcd1234567890" }),
        )
        .await;
    let keys = [
        "server_name",
        "result",
        "result_msg",
        "cst_id",
        "custKey",
        "AuthKey",
        "PCD_PAY_HOST",
        "PCD_PAY_URL",
        "return_url",
    ];
    let places: Vec<_> = keys
        .iter()
        .map(|key| text.find(&format!("\"{key}\":")).unwrap())
        .collect();
    assert!(places.is_sorted(), "{text}");
    assert!(
        text.contains("http:\\/\\/localhost:") && !text.contains("://"),
        "{text}"
    );
    assert!(text.contains("사용자 인증 완료!!"));
    let (one, two) = (app.auth(json!({})).await, app.auth(json!({})).await);
    for token in ["cst_id", "custKey", "AuthKey"] {
        assert_ne!(one[token], two[token]);
    }
    assert_eq!(
        (
            one["cst_id"].as_str().unwrap().len(),
            one["AuthKey"].as_str().unwrap().len()
        ),
        (32, 376)
    );
}

#[actix_web::test]
async fn auth_takes_json_form_and_form_data() {
    let app = TestApp::start();
    let form = app
        .post_form(
            "/payple/php/auth.php",
            &[("cst_id", "test"), ("custKey", "abcd1234567890")],
        )
        .await;
    assert!(form.has("\"result\":\"success\""), "{}", form.0);
    let (_, wrong) = app
        .post_json(
            "/payple/php/auth.php",
            &json!({ "cst_id": "test", "custKey": "x" }),
        )
        .await;
    assert!(
        wrong.contains("\"result\":\"error\"") && wrong.contains("AUTH0002"),
        "{wrong}"
    );
}

#[actix_web::test]
async fn a_request_is_confirmed_once() {
    let app = TestApp::start();
    let result = certify(&app, "one", &[]).await;
    assert_eq!(result["PCD_PAY_MSG"], "카드승인요청등록완료");
    assert!(result.as_object().unwrap().values().all(Value::is_string));
    assert_eq!(
        app.book().await["payments"],
        json!([]),
        "a certified card is not yet money"
    );
    let elsewhere = confirm(
        &app,
        &result,
        Some("/payple/php/PayConfirmAct.php?ACT_=PAYM"),
    )
    .await;
    assert_eq!(elsewhere["PCD_PAY_CODE"], "AUTH0008");
    let paid = confirm(&app, &result, None).await;
    assert_eq!(
        (&paid["PCD_PAY_RST"], &paid["PCD_PAY_TOTAL"]),
        (&json!("success"), &json!(10000))
    );
    assert_eq!(confirm(&app, &result, None).await["PCD_PAY_RST"], "error");
    let payment = app.payment().await;
    assert_eq!(
        (&payment["state"], &payment["confirms"], &payment["amount"]),
        (&json!("captured"), &json!(2), &json!("10000"))
    );
    assert_eq!(payment["transaction_id"], paid["PCD_PAY_CARDTRADENUM"]);
}

#[actix_web::test]
async fn what_a_second_confirm_does_is_not_documented_so_it_may_capture_again() {
    let app = TestApp::start();
    app.script("payple", "one", json!(["confirm_captures_again"]))
        .await;
    let result = certify(&app, "one", &[]).await;
    let first = confirm(&app, &result, None).await;
    assert_eq!(app.book().await["payments"].as_array().unwrap().len(), 1);
    let second = confirm(&app, &result, None).await;
    assert_eq!(second["PCD_PAY_RST"], "success");
    assert_ne!(
        first["PCD_PAY_CARDTRADENUM"],
        second["PCD_PAY_CARDTRADENUM"]
    );
    assert_eq!(app.book().await["payments"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn the_window_believes_the_amount_of_the_page() {
    let app = TestApp::start();
    let result = certify(&app, "cheap", &[("PCD_PAY_TOTAL", "100")]).await;
    assert_eq!(confirm(&app, &result, None).await["PCD_PAY_TOTAL"], 100);
}

#[actix_web::test]
async fn pay_captures_at_once_and_lookup_may_lag() {
    let app = TestApp::start();
    app.script(
        "payple",
        "now",
        json!([{ "name": "lookup_lag", "seconds": 20 }]),
    )
    .await;
    let result = certify(
        &app,
        "now",
        &[("PCD_PAY_WORK", "PAY"), ("PCD_CARD_VER", "02")],
    )
    .await;
    assert_eq!(
        (&result["PCD_PAY_MSG"], &result["PCD_PAY_TIME"]),
        (&json!("카드승인완료"), &json!("20260305141111"))
    );
    assert_eq!(app.payment().await["state"], "captured");
    assert_eq!(look_up(&app, "now").await["PCD_PAY_RST"], "error");
    app.advance(20).await;
    assert_eq!(look_up(&app, "now").await["PCD_PAY_TOTAL"], "10000");
}

#[actix_web::test]
async fn refunds_are_whole_or_nothing() {
    let app = TestApp::start();
    certify(&app, "back", &[("PCD_PAY_WORK", "PAY")]).await;
    assert_eq!(refund(&app, "back", "400").await["PCD_PAY_RST"], "error");
    assert_eq!(
        refund(&app, "back", "10000").await["PCD_PAY_CODE"],
        "PAYC0000"
    );
    assert_eq!(refund(&app, "back", "10000").await["PCD_PAY_RST"], "error");
    assert_eq!(look_up(&app, "back").await["PCD_REFUND_TOTAL"], "10000");
    let payment = app.payment().await;
    assert_eq!(
        (&payment["state"], &payment["refunds"]),
        (&json!("cancelled"), &json!(3))
    );
}

#[actix_web::test]
async fn a_registered_card_can_be_asked_for() {
    let app = TestApp::start();
    let first = certify(&app, "card1", &[("PCD_PAY_WORK", "AUTH")]).await;
    let again = certify(&app, "card2", &[("PCD_PAY_WORK", "AUTH")]).await;
    assert_eq!(
        (&again["PCD_PAY_RST"], &again["PCD_PAY_MSG"]),
        (&json!("success"), &json!("기 인증고객 입니다."))
    );
    assert_eq!(first["PCD_PAYER_ID"], again["PCD_PAYER_ID"]);
    let path = "/payple/php/cPayUser/api/cPayUserAct.php?ACT_=PUSERINFO";
    let body = json!({ "PCD_PAYER_ID": first["PCD_PAYER_ID"] });
    let payer = call(&app, json!({ "PCD_PAY_WORK": "PUSERINFO" }), path, body).await;
    assert_eq!(
        (&payer["PCD_PAY_CODE"], &payer["PCD_PAYER_NO"]),
        (&json!("0000"), &json!("7"))
    );
    let unknown = call(
        &app,
        json!({ "PCD_PAY_WORK": "PUSERINFO" }),
        path,
        json!({ "PCD_PAYER_ID": "x" }),
    )
    .await;
    assert_eq!(unknown["PCD_PAY_RST"], "error");
}

#[actix_web::test]
async fn an_auth_key_opens_only_what_it_was_asked_for() {
    let app = TestApp::start();
    let lookup = app.auth(json!({ "PCD_PAYCHK_FLAG": "Y" })).await;
    let window = app
        .window(lookup["AuthKey"].as_str().unwrap(), "x", &[])
        .await;
    assert!(window.has("CPCA0005") && !window.has("data-testid=\"pay\""));
    let window_key = app.auth(json!({})).await;
    let body = json!({
        "PCD_CST_ID": "test", "PCD_CUST_KEY": "abcd1234567890", "PCD_AUTH_KEY": window_key["AuthKey"],
        "PCD_PAYCHK_FLAG": "Y", "PCD_PAY_OID": "x", "PCD_PAY_DATE": "20260305",
    });
    assert!(
        app.post_json("/payple/php/PayChkAct.php", &body)
            .await
            .1
            .contains("SPCD0004")
    );
}

#[actix_web::test]
async fn violations_stay_inside_the_window() {
    let app = TestApp::start();
    let auth = app.auth(json!({})).await;
    let auth_key = auth["AuthKey"].as_str().unwrap();
    let long = app
        .window(auth_key, "long", &[("PCD_PAYER_NO", "1234567890123456789")])
        .await;
    assert!(
        long.has("cpc0034") && !long.has("data-at-once"),
        "{}",
        long.0
    );
    assert_eq!(long.message(), json!({ "type": "close" }));
    app.advance(181).await;
    assert!(app.window(auth_key, "late", &[]).await.has("CPCA0001"));
}

#[actix_web::test]
async fn an_order_id_is_used_once() {
    let app = TestApp::start();
    certify(&app, "twice", &[("PCD_PAY_WORK", "PAY")]).await;
    let auth = app.auth(json!({})).await;
    assert!(
        app.window(auth["AuthKey"].as_str().unwrap(), "twice", &[])
            .await
            .has("CPCA0201")
    );
}

#[actix_web::test]
async fn results_go_to_the_page_of_the_referer_or_to_an_absolute_url() {
    let app = TestApp::start();
    let auth = app.auth(json!({})).await;
    let window = app
        .window(auth["AuthKey"].as_str().unwrap(), "there", &[])
        .await;
    let closed = app.press(&window, "cancel").await;
    assert_eq!(closed.message(), json!({ "type": "close" }));
    assert_eq!(
        closed.between("data-origin=\"", "\""),
        "http://127.0.0.1:8080"
    );
    let url = ("PCD_RST_URL", "http://127.0.0.1:8080/return/abc?x=1&y=2");
    let window = app
        .window(auth["AuthKey"].as_str().unwrap(), "there", &[url])
        .await;
    let (to, posted) = app.press(&window, "decline").await.handback();
    assert_eq!(
        (to.as_str(), value(&posted, "PCD_PAY_RST")),
        (url.1, "error")
    );
    let read = WindowResult::read(&fields(&posted));
    assert_eq!(read.order_id.as_deref(), Some("there"));
}

#[actix_web::test]
async fn without_a_referer_the_window_cannot_answer() {
    let app = TestApp::start();
    let (_, text) = app
        .post_json(
            "/payple/php/auth.php",
            &json!({ "cst_id": "test", "custKey": "abcd1234567890" }),
        )
        .await;
    let auth: Value = serde_json::from_str(&text).unwrap();
    let window = app
        .window(auth["AuthKey"].as_str().unwrap(), "mute", &[])
        .await;
    let end = app.press(&window, "pay").await;
    assert!(
        !end.has("data-message") && !end.has("handback"),
        "{}",
        end.0
    );
    let strict = TestApp::start_with(Options {
        payple_referer: RefererRule::Strict,
        ..Options::default()
    });
    let (_, refused) = strict
        .post_json(
            "/payple/php/auth.php",
            &json!({ "cst_id": "test", "custKey": "abcd1234567890" }),
        )
        .await;
    assert!(refused.contains("AUTH0004"), "{refused}");
    let auth = strict.auth(json!({})).await;
    let elsewhere = [("PCD_HTTP_REFERER", "http://shop.test/cart")];
    assert!(
        strict
            .window(auth["AuthKey"].as_str().unwrap(), "x", &elsewhere)
            .await
            .has("AUTH0007")
    );
}

#[actix_web::test]
async fn faults_befall_the_confirm() {
    let app = TestApp::start();
    app.script("payple", "lost", json!(["confirm_answer_lost"]))
        .await;
    app.script(
        "payple",
        "less",
        json!([{ "name": "wrong_amount", "amount": "9000" }]),
    )
    .await;
    app.script("payple", "no", json!(["confirm_declined"]))
        .await;
    let lost = certify(&app, "lost", &[]).await;
    let body = json!({
        "PCD_CST_ID": "test", "PCD_CUST_KEY": "abcd1234567890", "PCD_AUTH_KEY": lost["PCD_AUTH_KEY"],
        "PCD_PAY_REQKEY": lost["PCD_PAY_REQKEY"], "PCD_PAYER_ID": lost["PCD_PAYER_ID"],
    });
    assert_eq!(
        app.post_json(app.path(lost["PCD_PAY_COFURL"].as_str().unwrap()), &body)
            .await
            .0,
        502
    );
    assert_eq!(
        app.payment().await["state"],
        "captured",
        "the money is gone all the same"
    );
    let less = certify(&app, "less", &[]).await;
    assert_eq!(confirm(&app, &less, None).await["PCD_PAY_TOTAL"], 9000);
    let no = certify(&app, "no", &[]).await;
    assert_eq!(confirm(&app, &no, None).await["PCD_PAY_RST"], "error");
    assert_eq!(app.book().await["payments"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn a_client_key_opens_a_window_and_nothing_else() {
    let app = TestApp::start();
    let ask = async |key: &str| -> Value {
        let body = json!({ "clientKey": key, "PCD_PAYCANCEL_FLAG": "Y" });
        let (status, text) = app.post_json("/payple/js/v1/auth", &body).await;
        assert_eq!(status, 200);
        serde_json::from_str(&text).unwrap()
    };
    let auth = ask("test_DF55F29DA654A8CBC0F0A9DD4B556486").await;
    assert_eq!(auth["result"], "success");
    let url = auth["return_url"].as_str().unwrap();
    assert!(url.contains("/payple/index.php?ACT_=PAYM"), "{url}");
    let key = auth["AuthKey"].as_str().unwrap();
    let window = app.window(key, "o-1", &[]).await;
    assert!(window.has("/payple/window/w"), "{}", window.0);

    let strange = ask("live_0000").await;
    assert_eq!(strange["result"], "error");
    assert_eq!(strange["AuthKey"], Value::Null);
}
