//! Payletter domestic as a merchant meets it.

use crate::common::{Merchant, PAYMENT_KEY, Page, SEARCH_KEY, TestApp, fields, value};
use paypair_protocol::payletter::{Callback, Return};
use paypair_protocol::wire::Fields;
use paypair_protocol::{Secret, hash};
use serde_json::{Value, json};

fn key() -> String {
    format!("PLKEY {PAYMENT_KEY}")
}

fn order(merchant: &Merchant, order_id: &str, changes: Value) -> Value {
    let mut body = json!({
        "pgcode": "creditcard",
        "client_id": "pay_test",
        "user_id": "buyer",
        "user_name": "홍길동",
        "service_name": "페이페어",
        "order_no": order_id,
        "amount": 1000,
        "product_name": "상품",
        "custom_parameter": "a|b:c",
        "return_url": format!("{}/return", merchant.url),
        "callback_url": format!("{}/callback", merchant.url),
        "cancel_url": format!("{}/cancel", merchant.url),
    });
    body.as_object_mut()
        .unwrap()
        .extend(changes.as_object().unwrap().clone());
    body
}

/// Asks for a payment; its token.
async fn ask(app: &TestApp, body: &Value) -> String {
    let (status, text) = app
        .post_as("/payletter/v1.0/payments/request", &key(), body.to_string())
        .await;
    assert_eq!(status, 200, "{text}");
    text.split_once("\"token\":")
        .unwrap()
        .1
        .split_once(',')
        .unwrap()
        .0
        .to_owned()
}

async fn press(app: &TestApp, token: &str, deed: &str) -> Page {
    app.post_form(
        "/payletter/pgsvc/hub.asp",
        &[("token", token), ("deed", deed), ("bank_code", "88")],
    )
    .await
}

async fn status(app: &TestApp, order_id: &str) -> Value {
    let body = json!({ "client_id": "pay_test", "order_no": order_id }).to_string();
    serde_json::from_str(
        &app.post_as("/payletter/v1.0/payments/status", &key(), body)
            .await
            .1,
    )
    .unwrap()
}

async fn list(app: &TestApp, by: &str) -> Value {
    let path = format!(
        "/payletter/v1.0/payments/transaction/list?client_id=pay_test&date=20260305&date_type={by}"
    );
    serde_json::from_str(&app.get_with(&path, &format!("PLKEY {SEARCH_KEY}")).await.1).unwrap()
}

#[actix_web::test]
async fn the_token_is_a_bare_number_above_two_to_the_fifty_third() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let token = ask(&app, &order(&merchant, "a", json!({}))).await;
    assert_eq!(token, "177268747112300001");
    assert_eq!(
        ask(&app, &order(&merchant, "a", json!({}))).await,
        "177268747112300002"
    );
    let window = app
        .get(&format!(
            "/payletter/pgsvc/hub.asp?location=online&token={token}"
        ))
        .await
        .1;
    for button in ["pay", "decline", "cancel"] {
        assert!(window.contains(&format!("data-testid=\"{button}\"")));
    }
}

#[actix_web::test]
async fn requests_are_read_as_leniently_as_recorded() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let body = order(&merchant, "a", json!({ "amount": "3000", "user_id": 13 })).to_string();
    let with_comma = format!("{},}}", body.strip_suffix('}').unwrap());
    assert_eq!(
        app.post_as("/payletter/v1.0/payments/request", &key(), with_comma)
            .await
            .0,
        200
    );
    let (status, text) = app
        .post_as("/payletter/v1.0/payments/request", "PLKEY wrong", body)
        .await;
    assert_eq!(
        (status, text.as_str()),
        (
            401,
            "{\"code\":998,\"message\":\"Authentication token is missing or incorrect\"}"
        )
    );
    let without = order(&merchant, "a", json!({ "callback_url": "" })).to_string();
    assert_eq!(
        app.post_as("/payletter/v1.0/payments/request", &key(), without)
            .await
            .0,
        406
    );
}

#[actix_web::test]
async fn the_callback_is_signed_and_comes_before_the_return() {
    let (app, merchant) = (
        TestApp::start(),
        Merchant::answering("{\"code\":0,\"message\":\"성공\"}"),
    );
    let token = ask(&app, &order(&merchant, "a", json!({}))).await;
    let (url, back) = press(&app, &token, "pay").await.handback();
    assert_eq!(url, format!("{}/return", merchant.url));
    let got = merchant.got();
    assert_eq!(
        got.len(),
        1,
        "the callback was delivered before the page came back"
    );
    let key = Secret::new(PAYMENT_KEY);
    let callback = Callback::verify(&Fields::from_json(got[0].as_bytes()).unwrap(), &key).unwrap();
    assert_eq!(callback.order_id, "a");
    let names: Vec<_> = back.iter().map(|(name, _)| name.as_str()).collect();
    let recorded = [
        "code",
        "message",
        "user_id",
        "user_name",
        "order_no",
        "service_name",
        "product_name",
        "custom_parameter",
        "pgcode",
        "tid",
        "cid",
        "amount",
        "pay_info",
        "domestic_flag",
        "install_month",
        "payhash",
        "taxfree_amount",
        "tax_amount",
        "nonsettle_amount",
        "transaction_date",
    ];
    assert_eq!(names, recorded);
    assert_eq!(
        (value(&back, "tax_amount"), value(&back, "transaction_date")),
        ("91", "2026-03-05 14:11:11")
    );
    let digest = hash::payhash("buyer", "1000", value(&back, "tid"), &key);
    assert_eq!(value(&back, "payhash"), digest.to_upper_hex());
    let parsed: Vec<_> = got[0].split("\",\"").collect();
    assert!(
        parsed.len() > 5 && got[0].starts_with("{\"amount\":1000,\"billkey\":\"\""),
        "{}",
        got[0]
    );
    let payment = app.payment().await;
    assert_eq!(
        (&payment["callbacks"], &payment["acknowledged"]),
        (&json!(1), &json!(true))
    );
}

#[actix_web::test]
async fn a_token_is_paid_once() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let token = ask(&app, &order(&merchant, "a", json!({}))).await;
    press(&app, &token, "pay").await;
    assert!(press(&app, &token, "pay").await.has("이미 처리된 거래"));
    assert!(
        app.get(&format!("/payletter/pgsvc/hub.asp?token={token}"))
            .await
            .1
            .contains("이미 처리된 거래")
    );
    assert_eq!(app.payment().await["state"], "captured");
}

#[actix_web::test]
async fn an_unacknowledged_callback_is_sent_twenty_times_again() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"state\":0}"));
    let token = ask(&app, &order(&merchant, "a", json!({}))).await;
    press(&app, &token, "pay").await;
    for sent in 1..=20 {
        assert_eq!(merchant.got().len(), sent);
        app.advance(300).await;
        merchant.called(sent + 1).await;
        app.answered(sent + 1).await;
    }
    app.advance(300).await;
    let again = json!({ "gateway": "payletter", "order_id": "a" });
    let (_, receipt) = app.post_json("/control/deliver", &again).await;
    assert!(receipt.contains("\"acknowledged\":false"), "{receipt}");
    assert_eq!(merchant.got().len(), 22, "21 by rule and one by hand");
}

#[actix_web::test]
async fn an_account_is_issued_without_a_hash_and_paid_with_one() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let token = ask(
        &app,
        &order(&merchant, "va", json!({ "pgcode": "virtualaccount" })),
    )
    .await;
    let (_, back) = press(&app, &token, "pay").await.handback();
    assert_eq!(
        (
            value(&back, "payhash"),
            value(&back, "bank_code"),
            value(&back, "expire_date")
        ),
        ("", "88", "20260312")
    );
    let account = Return::read(&fields(&back)).virtual_account.unwrap();
    assert_eq!(account.bank_name.as_deref(), Some("신한은행"));
    assert_eq!(app.payment().await["state"], "awaiting_deposit");
    assert_eq!(status(&app, "va").await["status_code"], 3);
    assert_eq!(list(&app, "transaction").await["total_count"], 0);
    let page = app
        .get(&format!(
            "/payletter/pgsvc/hub.asp?location=online&token={token}"
        ))
        .await
        .1;
    assert!(page.contains("data-testid=\"deposit\""));
    press(&app, &token, "deposit").await;
    let callback = Callback::verify(
        &Fields::from_json(merchant.got()[0].as_bytes()).unwrap(),
        &Secret::new(PAYMENT_KEY),
    )
    .unwrap();
    assert_eq!(callback.order_id, "va");
    assert_eq!(app.payment().await["state"], "captured");
    assert_eq!(status(&app, "va").await["status_code"], 5);
}

#[actix_web::test]
async fn a_deposit_can_be_made_by_the_control_api() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let token = ask(
        &app,
        &order(&merchant, "va", json!({ "pgcode": "virtualaccount" })),
    )
    .await;
    press(&app, &token, "pay").await;
    let (status, text) = app
        .post_json(
            "/control/deliver",
            &json!({ "gateway": "payletter", "order_id": "va" }),
        )
        .await;
    assert_eq!(status, 200);
    assert!(text.contains("\"acknowledged\":true"), "{text}");
    assert_eq!(app.payment().await["state"], "captured");
    assert_eq!(
        app.post_json(
            "/control/deliver",
            &json!({ "gateway": "payletter", "order_id": "none" })
        )
        .await
        .0,
        404
    );
}

#[actix_web::test]
async fn cancelling_the_window_is_a_bare_get() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let token = ask(&app, &order(&merchant, "a", json!({}))).await;
    press(&app, &token, "cancel").await;
    assert_eq!(status(&app, "a").await["status_code"], 2);
    assert_eq!(app.book().await["payments"], json!([]));
    app.script("payletter", "a", json!(["paid_after_close"]))
        .await;
    press(&app, &token, "cancel").await;
    assert_eq!(app.payment().await["state"], "captured");
    assert_eq!(merchant.got().len(), 1, "it is called back all the same");
}

#[actix_web::test]
async fn a_payment_is_cancelled_once_and_listed_by_both_days() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let token = ask(&app, &order(&merchant, "a", json!({}))).await;
    press(&app, &token, "pay").await;
    let tid = app.payment().await["transaction_id"].clone();
    let body = json!({ "pgcode": "creditcard", "client_id": "pay_test", "user_id": "buyer", "tid": tid, "ip_addr": "127.0.0.1" });
    let cancel = async |body: &Value| {
        app.post_as("/payletter/v1.0/payments/cancel", &key(), body.to_string())
            .await
    };
    let mut part = body.clone();
    part["amount"] = json!(400);
    assert_eq!(cancel(&part).await.0, 406);
    assert_eq!(cancel(&body).await.0, 200);
    assert_eq!(cancel(&body).await.0, 406);
    let payment = app.payment().await;
    assert_eq!(
        (&payment["state"], &payment["refunds"]),
        (&json!("cancelled"), &json!(3))
    );
    assert_eq!(list(&app, "transaction").await["list"][0]["status_code"], 1);
    assert_eq!(list(&app, "settle").await["total_count"], 2);
}

#[actix_web::test]
async fn scripts_order_callback_and_return() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    app.script("payletter", "never", json!(["callback_never"]))
        .await;
    app.script(
        "payletter",
        "twice",
        json!(["callback_twice", "return_never"]),
    )
    .await;
    app.script(
        "payletter",
        "later",
        json!([{ "name": "return_before_callback", "seconds": 5 }]),
    )
    .await;
    let never = ask(&app, &order(&merchant, "never", json!({}))).await;
    press(&app, &never, "pay").await.handback();
    assert_eq!(merchant.got().len(), 0);
    let twice = ask(&app, &order(&merchant, "twice", json!({}))).await;
    assert!(!press(&app, &twice, "pay").await.has("handback"));
    assert_eq!(merchant.got().len(), 2);
    let later = ask(&app, &order(&merchant, "later", json!({}))).await;
    press(&app, &later, "pay").await.handback();
    assert_eq!(merchant.got().len(), 2);
    app.advance(5).await;
    merchant.called(3).await;
}

#[actix_web::test]
async fn a_registration_is_signed_in_its_return() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let token = ask(
        &app,
        &order(
            &merchant,
            "reg",
            json!({ "amount": 0, "autopay_flag": "Y" }),
        ),
    )
    .await;
    let (_, back) = press(&app, &token, "pay").await.handback();
    let registration =
        Return::verify_registration(&fields(&back), &Secret::new(PAYMENT_KEY)).unwrap();
    assert_eq!(registration.customer_id, "buyer");
    assert!(merchant.got().is_empty(), "no callback exists for it");
    assert_eq!(app.payment().await["state"], "registered");
}
