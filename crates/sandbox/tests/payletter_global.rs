//! Payletter Global as a merchant meets it.

use crate::common::{Merchant, Page, TestApp, value};
use paypair_protocol::Secret;
use paypair_protocol::payletter_global::{Notice, NoticeForm};
use paypair_protocol::wire::Fields;
use paypair_sandbox::Options;
use serde_json::{Value, json};

const KEY: &str = "GPLKEY PL_Merchant";
const OK: &str = "<RESULT>OK</RESULT>";

fn order(merchant: &Merchant, order_id: &str, currency: &str, amount: &str) -> String {
    // The amount stands as a bare literal, the way PHP writes it.
    let rest = json!({
        "storeid": "PL_Merchant",
        "currency": currency,
        "storeorderno": order_id,
        "payerid": "tester",
        "payeremail": "tester@test.com",
        "returnurl": format!("{}/return", merchant.url),
        "notiurl": format!("{}/notice", merchant.url),
        "pginfo": "PLCreditCard",
    });
    rest.to_string()
        .replacen('{', &format!("{{\"amount\":{amount},"), 1)
}

async fn ask(app: &TestApp, body: String) -> String {
    let (status, text) = app
        .post_as("/payletter_global/api/payment/request", KEY, body)
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
        "/payletter_global/hub.aspx",
        &[
            ("token", token),
            ("deed", deed),
            ("card_number", "4111 1111 1111 6156"),
        ],
    )
    .await
}

async fn sales(app: &TestApp) -> (u16, Value) {
    let body = json!({ "storeid": "PL_Merchant", "datefrom": "20260305", "dateto": "20260305", "searchtype": 0 });
    let (status, text) = app
        .post_as(
            "/payletter_global/payment/cpdaesalist",
            KEY,
            body.to_string(),
        )
        .await;
    (status, serde_json::from_str(&text).unwrap())
}

#[actix_web::test]
async fn the_notice_is_signed_over_the_shortened_amount() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    let token = ask(&app, order(&merchant, "g1", "USD", "1.00")).await;
    assert_eq!(token, "177268747100001");
    let (_, back) = press(&app, &token, "pay").await.handback();
    assert_eq!(
        (
            value(&back, "retcode"),
            value(&back, "payamt"),
            value(&back, "hash")
        ),
        ("0", "1", "")
    );
    let got = merchant.got();
    assert!(
        got[0].contains("&payamt=1&") && got[0].contains("cardno=************6156"),
        "{}",
        got[0]
    );
    let fields = Fields::from_form(got[0].as_bytes()).unwrap();
    let notice = Notice::verify(&fields, &Secret::new("PL_Merchant"), NoticeForm::Payment).unwrap();
    assert_eq!(notice.order_id, "g1");
    assert_eq!(app.payment().await["acknowledged"], true);
}

#[actix_web::test]
async fn amounts_can_keep_their_zeros() {
    let options = Options {
        short_amounts: false,
        ..Options::default()
    };
    let (app, merchant) = (TestApp::start_with(options), Merchant::answering(OK));
    let token = ask(&app, order(&merchant, "g1", "USD", "12.50")).await;
    press(&app, &token, "pay").await;
    assert!(merchant.got()[0].contains("&payamt=12.50&"));
}

#[actix_web::test]
async fn errors_come_in_their_envelope() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    for (currency, amount) in [("KRW", "1.5"), ("USD", "-1"), ("US", "1")] {
        let (status, text) = app
            .post_as(
                "/payletter_global/api/payment/request",
                KEY,
                order(&merchant, "x", currency, amount),
            )
            .await;
        let error: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (status, &error["error"]["code"], &error["error"]["plcode"]),
            (400, &json!(997), &json!(997))
        );
    }
    let (status, text) = app
        .post_as(
            "/payletter_global/api/payment/request",
            "GPLKEY x",
            order(&merchant, "x", "USD", "1"),
        )
        .await;
    assert_eq!(status, 401);
    assert!(text.starts_with("{\"error\":{\"code\":998,"), "{text}");
}

#[actix_web::test]
async fn only_the_exact_words_acknowledge_and_ten_resends_follow() {
    let (app, merchant) = (
        TestApp::start(),
        Merchant::answering("<RESULT>OK</RESULT>\n"),
    );
    let token = ask(&app, order(&merchant, "g1", "KRW", "1000")).await;
    press(&app, &token, "pay").await;
    for sent in 1..=10 {
        app.advance(300).await;
        merchant.called(sent + 1).await;
        app.answered(sent + 1).await;
    }
    app.advance(300).await;
    app.post_json(
        "/control/deliver",
        &json!({ "gateway": "payletter_global", "order_id": "g1" }),
    )
    .await;
    assert_eq!(merchant.got().len(), 12, "11 by rule and one by hand");
}

#[actix_web::test]
async fn refunds_send_notices_of_their_own() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    let token = ask(&app, order(&merchant, "g1", "USD", "12.50")).await;
    press(&app, &token, "pay").await;
    let pay_token = app.payment().await["transaction_id"].clone();
    let refund = async |amount: &str| {
        let body = json!({ "storeid": "PL_Merchant", "paytoken": pay_token, "currency": "USD", "amount": amount });
        app.post_as("/payletter_global/payment/refund", KEY, body.to_string())
            .await
    };
    assert_eq!(refund("2.5").await.0, 200);
    assert_eq!(refund("10.01").await.0, 400);
    assert_eq!(refund("10").await.0, 200);
    merchant.called(3).await;
    let got = merchant.got();
    assert!(
        got[1].contains("notifytype=4") && got[1].contains("payamt=2.5&"),
        "{}",
        got[1]
    );
    let payment = app.payment().await;
    assert_eq!(
        (&payment["state"], &payment["refunded"]),
        (&json!("cancelled"), &json!("12.50"))
    );
    let (_, sales) = sales(&app).await;
    assert_eq!(
        sales["data"]["rowcount"],
        json!({ "total": 1, "success": 0, "cacnel": 1 })
    );
    assert_eq!(sales["data"]["datalist"][0]["state"], 2);
}

#[actix_web::test]
async fn the_sales_list_is_private() {
    let options = Options {
        private_api: false,
        ..Options::default()
    };
    let (status, answer) = sales(&TestApp::start_with(options)).await;
    assert_eq!((status, &answer["error"]["code"]), (403, &json!(993)));
}

#[actix_web::test]
async fn a_list_can_lack_one_payment_or_be_away() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    for order_id in ["seen", "unseen"] {
        let token = ask(&app, order(&merchant, order_id, "USD", "1")).await;
        press(&app, &token, "pay").await;
    }
    app.script("payletter_global", "unseen", json!(["lookup_unavailable"]))
        .await;
    assert_eq!(sales(&app).await.1["data"]["rowcount"]["total"], 1);
    app.script("payletter_global", "*", json!(["lookup_unavailable"]))
        .await;
    assert_eq!(sales(&app).await.0, 500);
}

#[actix_web::test]
async fn declined_and_cancelled_payments_come_back_without_a_notice() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    for deed in ["decline", "cancel"] {
        let token = ask(&app, order(&merchant, deed, "USD", "1")).await;
        let (_, back) = press(&app, &token, deed).await.handback();
        assert_ne!(value(&back, "retcode"), "0");
    }
    assert!(merchant.got().is_empty());
    assert_eq!(app.book().await["payments"], json!([]));
}
