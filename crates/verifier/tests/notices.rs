//! Every kind of notice and callback, and the returns that come beside them.

mod kinds;
mod short_lists;

use crate::common::{self, Handback, Page, Setup, TestApp};
use paypair_protocol::{
    Secret,
    hash::{notice_hash, notice_hash_token_only, payhash},
};
use paypair_verifier::Network;
use serde_json::{Value, json};

const PAYPAL: &str = "PaypalExpressCheckout";

fn usd(method: &str) -> Value {
    json!({ "method": method, "amount": "12.50", "currency": "USD" })
}

fn now() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap().as_secs().to_string()
}

/// A notice of this kind, signed as the gateway does.
fn notice(kind: &str, order_id: &str, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let key = Secret::new("PL_Merchant");
    let sent = now();
    let hash = notice_hash("PL_Merchant", "USD", order_id, "12.5", "1001", &sent, &key);
    let mut fields = vec![
        ("notifytype", kind),
        ("storeid", "PL_Merchant"),
        ("storeorderno", order_id),
        ("currency", "USD"),
        ("payamt", "12.5"),
        ("payerid", "1001"),
        ("timestamp", &sent),
    ];
    let hash = hash.to_lower_hex();
    fields.push(("hash", &hash));
    fields.extend(more);
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    fields.into_iter().map(own).collect()
}

/// Opens the window and presses a button; the return is handed in.
async fn press_and_return<N: Network>(page: &Page<'_, N>, deed: &str) {
    let handback = page.press("redirect", deed).await;
    let (url, fields) = handback.post();
    assert_eq!(page.app.post_form(url, fields).await.0, 303);
}

#[tokio::test]
async fn a_transfer_or_a_shop_waits_for_its_deposit() {
    let app = TestApp::start().await;
    for method in ["DegicaKonbini", "CodapayAlfamart", "CodapayBankTransfer"] {
        let page = app.order("payletter_global", usd(method)).await;
        press_and_return(&page, "pay").await;
        let outcome = page.status(0).await;
        assert_eq!(outcome["status"], "awaiting_deposit", "{method}: {outcome}");
        assert_eq!(app.book(&page.order_id).await["state"], "awaiting_deposit");
        app.deliver("payletter_global", &page.order_id).await;
        page.wait_for("paid").await;
        assert_eq!(
            app.published(&page.order_id, "payment.awaiting_deposit")
                .await,
            1
        );
    }
}

#[tokio::test]
async fn of_a_method_chosen_in_the_window_the_return_says_whether_it_waits() {
    let app = TestApp::start().await;
    let page = app.order("payletter_global", usd("")).await;
    let prepared = page.prepare("redirect").await;
    let typed = [("pginfo", "DegicaKonbini")];
    let handback = app.press_typing(&prepared["launch"], "pay", &typed).await;
    let (url, fields) = handback.post();
    app.post_form(url, fields).await;
    let outcome = page.status(0).await;
    assert_eq!(
        (&outcome["status"], &outcome["method"]),
        (&json!("awaiting_deposit"), &json!("DegicaKonbini")),
        "{outcome}"
    );
}

#[tokio::test]
async fn a_return_cannot_make_a_card_wait() {
    let app = TestApp::start().await;
    app.script(
        "payletter_global",
        json!(["callback_never", "lookup_unavailable"]),
    )
    .await;
    let page = app.order("payletter_global", usd("PLCreditCard")).await;
    let handback = page.press("redirect", "pay").await;
    let (url, fields) = handback.post();
    let mut fields = fields.to_vec();
    fields.retain(|(name, _)| name != "pginfo");
    fields.push(("pginfo".to_owned(), "DegicaKonbini".to_owned()));
    app.post_form(url, &fields).await;
    assert_eq!(page.status(0).await["status"], "pending");
}

#[tokio::test]
async fn an_agreement_without_amount_is_told_in_its_own_form() {
    let app = TestApp::start().await;
    let more = json!({ "method": PAYPAL, "work": "register", "amount": null });
    let page = app.order("payletter_global", more).await;
    page.prepare("redirect").await;
    let (sent, key) = (now(), Secret::new("PL_Merchant"));
    let own = |fields: &[(&str, &str)]| -> Vec<(String, String)> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        fields.iter().map(own).collect()
    };
    let good = notice_hash_token_only("PL_Merchant", &page.order_id, "1001", &sent, &key);
    let good = good.to_lower_hex();
    let base = [
        ("notifytype", "7"),
        ("storeid", "PL_Merchant"),
        ("storeorderno", &*page.order_id),
        ("payerid", "1001"),
        ("poqtoken", "TPL_Merchant20261121000001"),
        ("pginfo", PAYPAL),
        ("timestamp", &*sent),
    ];
    // The form of a payment does not open it, whatever fields came.
    let other = notice_hash("PL_Merchant", "", &page.order_id, "", "1001", &sent, &key);
    let with = |more: &[(&str, &str)]| own(&[&base[..], more].concat());
    let as_payment = notice_hash(
        "PL_Merchant",
        "USD",
        &page.order_id,
        "1",
        "1001",
        &sent,
        &key,
    );
    let as_payment = as_payment.to_lower_hex();
    let (status, _) = app
        .notice(&with(&[
            ("currency", "USD"),
            ("payamt", "1"),
            ("hash", &as_payment),
        ]))
        .await;
    assert_eq!(status, 400);
    assert_eq!(
        other.to_lower_hex(),
        good,
        "without separators the two meet"
    );
    let (status, body) = app.notice(&with(&[("hash", &good)])).await;
    assert_eq!((status, &*body), (200, "<RESULT>OK</RESULT>"));
    page.wait_for("registered").await;
}

const NAVER_KEY: &str = "bmF2ZXItcGF5bWVudC1rZXk=";

/// Naver Pay has a client and keys of its own.
fn two_clients() -> Setup {
    Setup {
        clients: r#"
        [[payletter.clients]]
        client_id = "pay_test_n"
        payment_key = "bmF2ZXItcGF5bWVudC1rZXk="
        search_key = "bmF2ZXItc2VhcmNoLWtleQ=="
        methods = ["naverpay"]"#,
        sandbox: |options| {
            options.payletter_clients = vec![paypair_sandbox::PayletterClient {
                client_id: "pay_test_n".to_owned(),
                payment_key: NAVER_KEY.to_owned(),
                search_key: "bmF2ZXItc2VhcmNoLWtleQ==".to_owned(),
                methods: vec!["naverpay".to_owned()],
            }];
        },
        ..Setup::default()
    }
}

#[tokio::test]
async fn each_clients_callbacks_are_signed_by_its_own_key() {
    let (app, tap) = TestApp::tapped(two_clients()).await;
    let naver = app
        .order("payletter", json!({ "method": "naverpay" }))
        .await;
    naver.prepare("redirect").await;
    let custom = tap.custom();
    let callback = |key: &str, method: &str| {
        let hash = payhash("1001", "10000", "tpay_test_n-1", &Secret::new(key)).to_upper_hex();
        json!({
            "amount": 10000, "custom_parameter": custom, "order_no": naver.order_id, "payhash": hash,
            "pgcode": method, "tid": "tpay_test_n-1", "user_id": "1001",
        })
    };
    // The other client's key is one of ours, but this order is not its.
    let (status, answer) = app
        .callback(callback(common::PAYMENT_KEY, "naverpoint"))
        .await;
    assert_eq!(
        (status, &answer["code"]),
        (200, &json!(0)),
        "kept, without effect"
    );
    assert_eq!(naver.status(0).await["state"], "requested");
    let (status, answer) = app.callback(callback("bm90LW91cnM=", "naverpoint")).await;
    assert_eq!((status, &answer["code"]), (400, &json!(1)));
    let (status, answer) = app.callback(callback(NAVER_KEY, "naverpoint")).await;
    assert_eq!((status, &answer["code"]), (200, &json!(0)));
    let outcome = naver.wait_for("paid").await;
    assert_eq!(outcome["method"], "naverpoint", "{outcome}");
}

#[tokio::test]
async fn a_payment_may_come_back_under_another_name_and_is_refunded_under_it() {
    let (app, tap) = TestApp::tapped(two_clients()).await;
    for (method, made) in [("naverpay", "navercard"), ("smilepay", "smilecash")] {
        let page = app.order("payletter", json!({ "method": method })).await;
        let prepared = page.prepare("redirect").await;
        let typed = [("made_as", made)];
        let handback = app.press_typing(&prepared["launch"], "pay", &typed).await;
        let (url, fields) = handback.post();
        app.post_form(url, fields).await;
        let outcome = page.wait_for("paid").await;
        assert_eq!(outcome["method"], made, "{outcome}");
        let path = format!("/orders/{}/refund", page.order_id);
        let (status, outcome) = app.merchant("POST", &path, json!({})).await;
        assert_eq!(
            (status, &outcome["state"]),
            (200, &json!("refunded")),
            "{outcome}"
        );
        let body: Value =
            serde_json::from_str(tap.sent("payments/cancel").last().unwrap()).unwrap();
        assert_eq!(body["pgcode"], made);
    }
}

#[tokio::test]
async fn a_payment_under_a_strange_method_is_not_taken() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app
        .order("payletter", json!({ "method": "kakaopay" }))
        .await;
    page.prepare("redirect").await;
    let custom = tap.custom();
    let hash = payhash(
        "1001",
        "10000",
        "tpay_test-9",
        &Secret::new(common::PAYMENT_KEY),
    );
    let body = json!({
        "amount": 10000, "custom_parameter": custom, "order_no": page.order_id,
        "payhash": hash.to_upper_hex(), "pgcode": "creditcard", "tid": "tpay_test-9", "user_id": "1001",
    });
    assert_eq!(app.callback(body).await.0, 200);
    assert_ne!(page.status(0).await["status"], "paid");
}

#[tokio::test]
async fn a_callback_tells_of_its_account_and_its_cash_receipt() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let callback = async |receipt: Value| {
        let more = json!({ "method": "virtualaccount" });
        let page = app.order("payletter", more).await;
        page.prepare("redirect").await;
        let tid = format!("tpay_test-{}", page.order_id);
        let hash = payhash("1001", "10000", &tid, &Secret::new(common::PAYMENT_KEY));
        let body = json!({
            "amount": 10000, "custom_parameter": tap.custom(), "order_no": page.order_id,
            "payhash": hash.to_upper_hex(), "pgcode": "virtualaccount", "tid": tid, "user_id": "1001",
            "cid": "1234567", "pay_info": "56200000000000", "account_no": "56200000000000",
            "account_name": "홍길동", "account_holder": "페이레터", "bank_code": "88",
            "bank_name": "신한은행", "expire_date": "20991231", "expire_time": "2359",
            "cash_receipt": receipt,
        });
        assert_eq!(app.callback(body).await.0, 200);
        let outcome = page.wait_for("paid").await;
        let shown = app.show(&page.order_id).await;
        (outcome, shown["attempts"][0].clone())
    };
    let issued = json!({
        "code": "0", "message": "ok", "cid": "E12345678", "deal_no": "x", "issue_type": "1",
        "payer_sid": "01012345678", "type": "01",
    });
    let (outcome, attempt) = callback(issued).await;
    assert_eq!(
        outcome["virtualAccount"]["bankName"], "신한은행",
        "{outcome}"
    );
    assert_eq!(
        attempt["cashReceipt"],
        json!({ "state": "issued", "approvalNo": "E12345678", "purpose": "tax_deduction" })
    );
    assert_eq!(attempt["approvalNo"], "1234567");
    assert!(
        !attempt.to_string().contains("01012345678"),
        "not whose it is"
    );
    let (_, attempt) = callback(json!({ "code": "0", "type": "06" })).await;
    assert_eq!(attempt["cashReceipt"], Value::Null, "06: none was needed");
    let failed = json!({ "code": "2001", "cid": "E1", "type": "02" });
    let (_, attempt) = callback(failed).await;
    assert_eq!(attempt["cashReceipt"], Value::Null, "none came of it");
}

#[tokio::test]
async fn methods_of_every_kind_are_paid() {
    let app = TestApp::start().await;
    for method in [
        "mobile",
        "kakaopay",
        "toss",
        "banktransfer",
        "tmoney",
        "culture",
    ] {
        let page = app.order("payletter", json!({ "method": method })).await;
        let outcome = page.pay("redirect").await;
        assert_eq!(outcome["status"], "paid", "{method}: {outcome}");
    }
}

#[tokio::test]
async fn a_recurring_payment_leaves_a_key_beside_the_money() {
    let app = TestApp::start().await;
    for (gateway, more) in [
        ("payletter", json!({ "options": { "recurring": true } })),
        ("payletter_global", {
            let mut more = usd("PLCreditCard");
            more["options"] = json!({ "recurring": true });
            more
        }),
    ] {
        let page = app.order(gateway, more).await;
        let outcome = page.pay("redirect").await;
        assert_eq!(outcome["status"], "paid", "{gateway}: {outcome}");
        let shown = app.show(&page.order_id).await;
        let key = &shown["attempts"][0]["billingKeyId"];
        assert!(key.is_string(), "{gateway}: {shown}");
    }
}

#[tokio::test]
async fn a_callback_behind_its_return_still_brings_the_key_and_only_once() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    app.script("payletter", json!(["callback_never"])).await;
    let more = json!({ "options": { "recurring": true } });
    let page = app.order("payletter", more).await;
    let handback = page.press("redirect", "pay").await;
    let tid = handback.fields()["tid"].clone();
    let (url, fields) = handback.post();
    app.post_form(url, fields).await;
    page.wait_for("paid").await;

    let hash = payhash("1001", "10000", &tid, &Secret::new(common::PAYMENT_KEY));
    let mut body = json!({
        "amount": 10000, "custom_parameter": tap.custom(), "order_no": page.order_id,
        "payhash": hash.to_upper_hex(), "pgcode": "creditcard", "tid": tid, "user_id": "1001",
        "billkey": "BILLKEY-BEHIND-THE-RETURN", "card_info": "461954******1234",
    });
    assert_eq!(app.callback(body.clone()).await.0, 200);
    let key = app.key_of(&page.order_id).await;
    let (_, shown) = app.get(&format!("/billing-keys/{key}")).await;
    assert_eq!(
        (&shown["state"], &shown["customerId"]),
        (&json!("active"), &json!("1001"))
    );
    // The buyer has seen every signed part of it. Sent again and again, each time with another unsigned one, it changes nothing.
    let rows = async || {
        let shown = app.show(&page.order_id).await;
        (
            shown["timeline"].as_array().unwrap().len(),
            shown["outcome"].clone(),
        )
    };
    let (before, asked) = (rows().await, tap.sent("transaction/list").len());
    for junk in 0..5 {
        body["junk"] = json!(junk);
        body["billkey"] = json!(format!("ANOTHER-{junk}"));
        assert_eq!(app.strangers_callback(body.clone()).await.0, 200);
    }
    assert_eq!(rows().await, before);
    assert_eq!(tap.sent("transaction/list").len(), asked);
    assert_eq!(app.key_of(&page.order_id).await, key);
}

#[tokio::test]
async fn a_window_that_shows_nothing_but_a_page_leaves_the_order_open() {
    let app = TestApp::start().await;
    let page = app.order("payletter_global", usd(PAYPAL)).await;
    let Handback::Nothing = page.press("popup", "cancel").await else {
        panic!("PayPal keeps the buyer unless it is told not to");
    };
    let (_, outcome) = page.post("closed", json!({})).await;
    assert_eq!(outcome["status"], "pending", "{outcome}");
}
