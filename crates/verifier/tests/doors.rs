//! Who gets in, the pages, and the drop-in's verified mode.

mod holders;
mod limits;
mod old_pages;
mod repeats;
mod rotation;
mod strangers;
mod wire;

use crate::common::{Handback, Setup, TOKEN, TestApp};
use paypair_ledger::Store;
use paypair_verifier::{
    ApiError, Config, Expected, ExpectedOrder, OrderQuestion, OrderSource, RawRequest,
};
use serde_json::{Value, json};

#[tokio::test]
async fn secrets_and_origins_are_asked_for() {
    let app = TestApp::start().await;
    let page = app.order("payple", json!({})).await;
    let path = format!("/orders/{}/prepare", page.order_id);
    let ask = |origin: &str, secret: &str| {
        let request = RawRequest::new("POST", &path)
            .with_header("origin", origin)
            .with_header("paypair-client-secret", secret)
            .with_body(r#"{"layout":"popup"}"#);
        app.handle(request)
    };
    assert_eq!(ask("https://evil.example", &page.secret).await.status, 403);
    assert_eq!(ask(&app.shop, "cs_wrong").await.status, 401);
    let unknown = RawRequest::new("POST", "/orders/nobody/prepare")
        .with_header("origin", &app.shop)
        .with_header("paypair-client-secret", "cs_wrong");
    assert_eq!(
        app.handle(unknown).await.body,
        ask(&app.shop, "cs_wrong").await.body
    );
    let allowed = ask(&app.shop, &page.secret).await;
    assert_eq!(allowed.status, 200);
    assert_eq!(
        allowed.header("access-control-allow-origin"),
        Some(app.shop.as_str())
    );
    for token in ["", "Bearer wrong", TOKEN] {
        let request = RawRequest::new("GET", "/events").with_header("authorization", token);
        assert_eq!(app.handle(request).await.status, 401, "{token}");
    }
    let large = RawRequest::new("POST", "/callback/payletter").with_body(vec![b' '; 70_000]);
    assert_eq!(app.handle(large).await.status, 413);
}

#[tokio::test]
async fn an_order_is_registered_once() {
    let app = TestApp::start().await;
    let page = app.order("payple", json!({ "orderId": "once" })).await;
    let again = |amount: &str| {
        json!({ "orderId": "once", "gateway": "payple", "method": "card", "amount": amount, "productName": "스탠드 조명",
            "customer": { "id": "1001", "name": "홍길동", "email": "buyer@example.com" } })
    };
    let (status, same) = app.merchant("POST", "/orders", again("10000")).await;
    assert_eq!((status, &same["clientSecret"]), (200, &json!(page.secret)));
    assert_eq!(same["launchUrl"], json!(page.launch_url));
    let (status, other) = app.merchant("POST", "/orders", again("1")).await;
    assert!(status == 409 || status == 422, "{other}");
    let (status, other) = app.merchant("POST", "/orders", again("20000")).await;
    assert_eq!(
        (status, &other["error"]["code"]),
        (409, &json!("order_exists"))
    );
    let mut float = again("1");
    float["amount"] = json!(10000.5);
    assert_eq!(app.merchant("POST", "/orders", float).await.0, 400);
}

#[tokio::test]
async fn the_launch_page_shows_and_starts() {
    let app = TestApp::start().await;
    for gateway in ["payple", "payletter"] {
        let page = app.order(gateway, json!({})).await;
        for _ in 0..2 {
            let answer = app
                .http
                .get(&page.launch_url)
                .header("accept-language", "en-US")
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 200);
            let policy = answer.headers()["content-security-policy"]
                .to_str()
                .unwrap()
                .to_owned();
            assert!(
                policy.contains("default-src 'none'") && !policy.contains("unsafe"),
                "{policy}"
            );
            let html = answer.text().await.unwrap();
            assert!(
                html.contains("₩10,000") && html.contains("Please check your order"),
                "{html}"
            );
            assert!(!html.contains("<script>") && !html.contains("style="));
        }
        assert_eq!(
            app.show(&page.order_id).await["attempts"],
            json!([]),
            "looking has no effect"
        );
        let html = app
            .http
            .post(&page.launch_url)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        assert!(html.contains("go.js"), "{html}");
        assert_eq!(
            app.show(&page.order_id).await["attempts"][0]["state"],
            "requested"
        );
        let wrong = format!("{}0", page.launch_url);
        assert_eq!(app.http.get(wrong).send().await.unwrap().status(), 404);
    }
    let done = app
        .http
        .get(format!("{}/pay/done/pp-1?order=x", app.shop))
        .send()
        .await
        .unwrap();
    assert!(done.text().await.unwrap().contains("data-channel=\"pp-1\""));
    let done = app
        .http
        .get(format!("{}/pay/done/%22%3E%3Cscript%3E", app.shop))
        .send()
        .await
        .unwrap();
    assert_eq!(done.status(), 404);
    for name in ["pages.css", "done.js", "go.js", "waiting.js"] {
        let asset = app
            .http
            .get(format!("{}/pay/assets/{name}", app.shop))
            .send()
            .await
            .unwrap();
        assert_eq!(asset.status(), 200, "{name}");
    }
}

#[tokio::test]
async fn a_form_of_ours_may_end_on_the_shops_page() {
    // The verifier on a host of its own: browsers hold a form's redirect, too, against the policy of the page it was sent from.
    let app = TestApp::with(Setup {
        extra: "allowed_origins = [\"https://shop.example\"]",
        ..Setup::default()
    })
    .await;
    let page = app.order("payletter", json!({})).await;
    let answer = app.http.get(&page.launch_url).send().await.unwrap();
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    let (_, forms) = policy.split_once("form-action ").unwrap();
    assert_eq!(forms, "'self' https://shop.example");
}

pub(crate) struct PriceTags;

impl OrderSource for PriceTags {
    fn expected(&self, question: OrderQuestion) -> Expected<'_> {
        Box::pin(async move {
            if question.order_id.as_deref() == Some("nobody") {
                return Err(ApiError::OrderUnknown);
            }
            Ok(ExpectedOrder {
                order_id: None,
                amount: Some(json!(1000)),
                product_name: Some("휴대폰".to_owned()),
                customer_id: None,
            })
        })
    }
}

#[tokio::test]
async fn the_drop_in_shows_nobody_elses_card() {
    let app = TestApp::with(Setup::default()).await;
    let _ = app.verifier.clone().with_order_source(PriceTags);
    let id = app.key("payple").await;
    let view = app.verifier.store().billing_key_view(&id).await.unwrap();
    let card = view.unwrap().key.unwrap().expose().to_owned();
    let auth = async |order: &str, customer: &str, card: &str| {
        let fields = json!({
            "PCD_PAY_TYPE": "card", "PCD_PAY_WORK": "CERT", "PCD_CARD_VER": "01", "PCD_SIMPLE_FLAG": "Y", "PCD_PAY_OID": order,
            "PCD_PAYER_NO": customer, "PCD_PAYER_ID": card, "PCD_RST_URL": "/old_result",
        });
        let request = app.http.post(format!("{}/pay/payple/auth", app.shop));
        let request = request.header("origin", &app.shop);
        let answer = request.json(&json!({ "fields": fields })).send();
        let answer = answer.await.unwrap();
        (answer.status(), answer.json::<Value>().await.unwrap())
    };
    // Their own, and one that we never saw, which Payple will know.
    for (order, customer, card) in [("own", "1001", &*card), ("new", "2002", "a-card-of-before")] {
        let (status, answer) = auth(order, customer, card).await;
        assert_eq!(status, 200, "{answer}");
        assert!(answer["fields"].to_string().contains(card), "{answer}");
    }
    let (status, answer) = auth("theirs", "2002", &card).await;
    assert_eq!(status, 422, "{answer}");
    let fault = &answer["error"]["fields"][0];
    assert_eq!(fault["field"], "PCD_PAYER_ID", "{answer}");
    assert!(!answer.to_string().contains(&card));
    assert_eq!(
        app.merchant("GET", "/orders/theirs", Value::Null).await.0,
        404
    );
}

#[tokio::test]
async fn the_drop_in_pays_what_the_merchant_says() {
    let app = TestApp::with(Setup::default()).await;
    let _ = app.verifier.clone().with_order_source(PriceTags);
    let auth = |fields: Value| {
        let request = app.http.post(format!("{}/pay/payple/auth", app.shop));
        request
            .header("origin", &app.shop)
            .json(&json!({ "fields": fields }))
            .send()
    };
    let object = json!({
        "PCD_PAY_TYPE": "card", "PCD_PAY_WORK": "CERT", "PCD_CARD_VER": "02", "PCD_PAY_GOODS": "공짜", "PCD_PAY_TOTAL": 1,
        "PCD_PAY_OID": "old-1", "PCD_PAYER_NO": 1234, "PCD_PAYER_NAME": "홍길동", "PCD_RST_URL": "/old_result",
    });
    let answer: Value = auth(object.clone()).await.unwrap().json().await.unwrap();
    assert_eq!(answer["result"], "success", "{answer}");
    let fields: Vec<(String, String)> = serde_json::from_value(answer["fields"].clone()).unwrap();
    assert!(
        fields.contains(&("PCD_PAY_TOTAL".to_owned(), "1000".to_owned())),
        "{fields:?}"
    );
    let launch = json!({ "kind": "post", "url": answer["returnUrl"], "fields": answer["fields"] });
    let Handback::Message(result) = app.press(&launch, "pay").await else {
        panic!("a relative result URL answers by message");
    };
    let outcome: Value = app
        .http
        .post(format!("{}/pay/orders/old-1/result", app.shop))
        .header("origin", &app.shop)
        .header(
            "paypair-client-secret",
            answer["clientSecret"].as_str().unwrap(),
        )
        .json(&json!({ "fields": result }))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&outcome["status"], &outcome["amount"]),
        (&json!("paid"), &json!("1000")),
        "{outcome}"
    );

    // Whoever knows the order's id may ask: how it stands is told, whose card it was is not.
    let again: Value = auth(object.clone()).await.unwrap().json().await.unwrap();
    assert_eq!(again["outcome"]["status"], "paid", "{again}");
    for told in [&again["outcome"], &outcome] {
        assert_eq!(told["card"], Value::Null, "{told}");
    }
    // An order of the typed API is none of the drop-in's, even if it is the same in every word.
    let typed = json!({
        "orderId": "typed-1", "gateway": "payple", "method": "card", "work": "confirm_then_pay", "cardFlow": "one_time",
        "amount": "1000", "productName": "휴대폰", "customer": { "id": "1234" },
    });
    assert_eq!(app.merchant("POST", "/orders", typed).await.0, 201);
    let mut named = object.clone();
    named["PCD_PAY_OID"] = json!("typed-1");
    assert_eq!(auth(named).await.unwrap().status(), 409);

    // An absolute result URL: our return page confirms, then re-posts without what could confirm again.
    let mut whole = object.clone();
    whole["PCD_PAY_OID"] = json!("old-2");
    whole["PCD_RST_URL"] = json!(format!("{}/old_result", app.shop));
    let answer: Value = auth(whole.clone()).await.unwrap().json().await.unwrap();
    let launch = json!({ "kind": "post", "url": answer["returnUrl"], "fields": answer["fields"] });
    let handback = app.press(&launch, "pay").await;
    let (url, fields) = handback.post();
    let (status, _, html) = app.post_form(url, fields).await;
    assert_eq!(status, 200, "{html}");
    assert!(
        html.contains("/old_result") && html.contains("PCD_PAY_OID"),
        "{html}"
    );
    assert!(
        !html.contains("REQKEY") && !html.contains("COFURL"),
        "{html}"
    );
    assert_eq!(app.book("old-2").await["confirms"], 1);

    whole["PCD_RST_URL"] = json!("https://evil.example/steal");
    assert_eq!(auth(whole).await.unwrap().status(), 422);
    let mut nobody = object;
    nobody["PCD_PAY_OID"] = json!("nobody");
    assert_eq!(auth(nobody).await.unwrap().status(), 404);
}

#[test]
fn configuration_faults_name_the_field() {
    let fault = |toml: &str| Config::from_toml(toml).unwrap_err().to_string();
    let base = "public_url = \"https://shop.example/pay\"\nenv = \"live\"\nmerchant_token = \"0123456789abcdef\"\n";
    assert!(Config::from_toml(base).is_ok());
    for (more, field) in [
        ("sandbox_url = \"http://localhost:1\"", "sandbox_url"),
        (
            "[payple]\nmerchant_id = \"test\"\nmerchant_key = \"k\"",
            "payple.merchant_id",
        ),
        ("result_page = \"//evil.example\"", "result_page"),
        (
            "allowed_origins = [\"https://shop.example/\"]",
            "allowed_origins",
        ),
        ("patience_seconds = 0", "patience_seconds"),
        ("patiense_seconds = 1", "patiense_seconds"),
        (
            "[order_source]\nurl = \"http://10.0.0.1/\"",
            "order_source.url",
        ),
    ] {
        let told = fault(&format!("{base}{more}"));
        assert!(told.contains(field), "{told}");
    }
    assert!(fault("env = \"live\"").contains("public_url"));
    // A key that is not there was forgotten; most of all a variable that is set to nothing.
    for (empty, field) in [
        (
            "[payple]\nmerchant_id = \"shop\"\nmerchant_key = \"?\"",
            "payple.merchant_key",
        ),
        (
            "[payple]\nmerchant_id = \"shop\"\nmerchant_key = \"k\"\nrefund_key = \"?\"",
            "payple.refund_key",
        ),
        (
            "[[payletter.clients]]\nclient_id = \"shop\"\npayment_key = \"?\"",
            "payletter.clients.payment_key",
        ),
        (
            "[[payletter.clients]]\nclient_id = \"shop\"\npayment_key = \"k\"\nsearch_key = \"?\"",
            "payletter.clients.search_key",
        ),
        (
            "[payletter_global]\nstore_id = \"shop\"\napi_key = \"?\"",
            "payletter_global.api_key",
        ),
    ] {
        for text in ["", "  "] {
            let told = fault(&format!("{base}{}", empty.replace('?', text)));
            assert!(told.contains(&format!("{field}: it is empty")), "{told}");
        }
        let good = format!("{base}{}", empty.replace('?', "k"));
        assert!(Config::from_toml(&good).is_ok(), "{good}");
    }
    // The token before was no shorter than the present one has to be.
    let until = "previous_merchant_token_until = \"2026-12-01\"";
    for (before, is_good) in [
        ("0123456789abcde", false),
        ("               x", false),
        ("0123456789abcdeX", true),
    ] {
        let config = format!("{base}previous_merchant_token = \"{before}\"\n{until}");
        match Config::from_toml(&config) {
            Ok(_) => assert!(is_good, "{before}"),
            Err(error) => assert!(
                !is_good && error.to_string().contains("previous_merchant_token: take"),
                "{error}"
            ),
        }
    }
    let example = include_str!("../paypair.example.toml");
    Config::from_toml(example).expect("the example is good");
}
