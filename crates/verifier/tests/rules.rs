//! The sixteen rules of trust, each a test of its own.

use std::{
    io::Read as _,
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::common::{Handback, MERCHANT_KEY, PAYMENT_KEY, REFUND_KEY, Setup, TOKEN, TestApp, text};
use paypair_ledger::{SqliteStore, Timestamp};
use paypair_protocol::{
    Gateway, Secret, Work,
    hash::{notice_hash, notice_hash_token_only, payhash},
};
use paypair_verifier::{
    Config, Environment, GatewayAnswer, GatewayCall, Network, NetworkError, NewCustomer, NewOrder,
    RawRequest, SystemEnvironment, Task, Verifier,
};
use serde_json::{Value, json};

/// A callback, signed as the gateway does.
fn callback(order_id: &str, tid: &str, custom: &str) -> Value {
    let hash = payhash("1001", "10000", tid, &Secret::new(PAYMENT_KEY)).to_upper_hex();
    json!({
        "amount": 10000, "custom_parameter": custom, "order_no": order_id, "payhash": hash,
        "pgcode": "creditcard", "tid": tid, "user_id": "1001",
        "transaction_date": "2026-11-21 12:00:00",
    })
}

fn now() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap().as_secs().to_string()
}

/// A notice, signed as the gateway does.
fn notice(
    kind: &str,
    order_id: &str,
    amount: &str,
    token: &str,
    custom: &str,
) -> Vec<(String, String)> {
    let key = Secret::new("PL_Merchant");
    let sent = now();
    let hash = notice_hash("PL_Merchant", "USD", order_id, amount, "1001", &sent, &key);
    [
        ("notifytype", kind),
        ("storeid", "PL_Merchant"),
        ("storeorderno", order_id),
        ("currency", "USD"),
        ("payamt", amount),
        ("payerid", "1001"),
        ("paytoken", token),
        ("pginfo", "PLCreditCard"),
        ("custom", custom),
        ("timestamp", &sent),
        ("hash", &hash.to_lower_hex()),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

fn global() -> Value {
    json!({ "amount": "12.50", "currency": "USD" })
}

#[tokio::test]
async fn rule_01_only_evidence_of_the_flow_is_believed() {
    let app = TestApp::with(Setup {
        patience: 2,
        ..Setup::default()
    })
    .await;

    // CERT: a success the gateway knows nothing of is confirmed, refused, and not paid.
    let page = app.order("payple", json!({})).await;
    let prepared = page.prepare("layer").await;
    let mut fields = forged_success(&prepared, &page.order_id);
    fields["PCD_PAY_REQKEY"] = json!("made-up");
    fields["PCD_PAY_COFURL"] = json!(format!(
        "{}/payple/php/PayCardConfirmAct.php?ACT_=PAYM",
        app.gateway
    ));
    let (_, outcome) = page.post("result", json!({ "fields": fields })).await;
    assert_eq!(outcome["status"], "declined", "{outcome}");

    // PAY: a success that PAYCHK does not know stays pending.
    let page = app.order("payple", json!({ "work": "pay_now" })).await;
    let prepared = page.prepare("layer").await;
    let mut fields = forged_success(&prepared, &page.order_id);
    fields["PCD_PAY_WORK"] = json!("PAY");
    let (_, outcome) = page.post("result", json!({ "fields": fields })).await;
    assert_eq!(outcome["status"], "pending", "{outcome}");

    // Payletter and Global: a return alone, however good, only asks.
    for (gateway, more) in [("payletter", json!({})), ("payletter_global", global())] {
        app.script(gateway, json!(["callback_never", "lookup_unavailable"]))
            .await;
        let page = app.order(gateway, more).await;
        let handback = page.press("redirect", "pay").await;
        let (url, fields) = handback.post();
        assert_eq!(app.post_form(url, fields).await.0, 303);
        assert_eq!(page.status(2).await["status"], "pending", "{gateway}");
    }
}

/// What a page could make up from what it was given to open the window.
fn forged_success(prepared: &Value, order_id: &str) -> Value {
    let fields: Vec<(String, String)> =
        serde_json::from_value(prepared["launch"]["fields"].clone()).unwrap();
    let get = |name: &str| {
        fields
            .iter()
            .find(|(have, _)| have == name)
            .map(|(_, value)| value.clone())
    };
    json!({
        "PCD_PAY_RST": "success",
        "PCD_PAY_OID": order_id,
        "PCD_PAY_TOTAL": "10000",
        "PCD_PAY_TYPE": "card",
        "PCD_PAY_WORK": "CERT",
        "PCD_AUTH_KEY": get("PCD_AUTH_KEY"),
    })
}

#[tokio::test]
async fn rule_02_a_hostile_confirm_url_receives_no_byte() {
    let app = TestApp::start().await;
    let thief = TcpListener::bind("127.0.0.1:0").unwrap();
    thief.set_nonblocking(true).unwrap();
    let port = thief.local_addr().unwrap().port();
    for url in [
        format!("http://localhost:{port}/payple/php/PayCardConfirmAct.php"),
        format!("http://127.0.0.1:{port}/"),
        format!("{}/payple/php/somewhere.php", app.gateway),
        format!(
            "{}@localhost:{port}/payple/php/PayCardConfirmAct.php",
            app.gateway
        ),
        "https://cpay.payple.kr.evil.example/php/PayCardConfirmAct.php".to_owned(),
    ] {
        let page = app.order("payple", json!({})).await;
        let Handback::Message(mut fields) = page.press("layer", "pay").await else {
            panic!("a layer answers by message");
        };
        let honest = fields["PCD_PAY_COFURL"].clone();
        fields["PCD_PAY_COFURL"] = json!(url);
        let (_, outcome) = page
            .post("result", json!({ "fields": fields.clone() }))
            .await;
        assert_eq!(
            outcome["status"], "pending",
            "{url}: nothing follows from it"
        );
        assert_eq!(
            app.show(&page.order_id).await["attempts"][0]["state"],
            "requested",
            "{url}"
        );
        assert_eq!(
            app.count(&page.order_id, "result_refused").await,
            1,
            "{url}"
        );
        match thief.accept() {
            Ok((mut stream, _)) => {
                let mut heard = Vec::new();
                let _ = stream.read_to_end(&mut heard);
                panic!("{url} received {} bytes", heard.len());
            }
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock),
        }
        // The attempt stands as it was: the gateway's own URL still works.
        fields["PCD_PAY_COFURL"] = honest;
        let (_, outcome) = page.post("result", json!({ "fields": fields })).await;
        assert_eq!(outcome["status"], "paid", "{outcome}");
    }
}

#[tokio::test]
async fn rule_03_a_page_gets_only_what_opens_a_window() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payple", json!({})).await;
    let wish = json!({
        "layout": "layer", "device": "desktop",
        "fields": { "PCD_PAYCANCEL_FLAG": "Y", "PCD_PAYCHK_FLAG": "Y", "PCD_PAY_TOTAL": "1", "PCD_PAY_OID": "other", "PCD_PAYER_ID": "a card" },
    });
    let (_, prepared) = page.post("prepare", wish).await;
    let shown = prepared.to_string();
    for key in [MERCHANT_KEY, REFUND_KEY, TOKEN] {
        assert!(!shown.contains(key));
    }
    let fields: Vec<(String, String)> =
        serde_json::from_value(prepared["launch"]["fields"].clone()).unwrap();
    let get = |name: &str| {
        fields
            .iter()
            .find(|(have, _)| have == name)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(
        (get("PCD_PAY_TOTAL"), get("PCD_PAY_OID")),
        (Some("10000"), Some(page.order_id.as_str()))
    );
    assert_eq!(get("PCD_PAYER_ID"), None, "a page names no card");
    for sent in tap.sent("auth.php") {
        assert!(
            !sent.contains("FLAG"),
            "nothing of the page goes into the auth call"
        );
    }
    let (status, refused) = page
        .post(
            "prepare",
            json!({ "layout": "layer", "fields": { "custKey": "x" } }),
        )
        .await;
    // The live attempt's launch comes back, or the key is refused; the key itself goes nowhere.
    assert!(
        status == 200 || refused["error"]["code"] == "secret_in_page",
        "{refused}"
    );
}

#[tokio::test]
async fn rule_04_a_good_payhash_of_another_order_pays_nothing() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let paid = app.order("payletter", json!({})).await;
    let handback = paid.press("redirect", "pay").await;
    assert_eq!(paid.wait_for("paid").await["status"], "paid");
    let tid = handback.fields()["tid"].clone();
    let own = tap.custom();

    // Another order of the same buyer and amount; its nonce is not known, or even known.
    let other = app.order("payletter", json!({})).await;
    other.prepare("redirect").await;
    for custom in [own.clone(), tap.custom()] {
        let (status, body) = app.callback(callback(&other.order_id, &tid, &custom)).await;
        assert_eq!((status, &body["code"]), (200, &json!(0)));
        assert_ne!(other.status(1).await["status"], "paid", "{custom}");
    }
    assert_eq!(paid.status(0).await["status"], "paid");
    assert_eq!(
        app.book(&paid.order_id).await["state"],
        "captured",
        "nothing is given back by a forgery"
    );

    // Nor an order of another customer and another amount. (The signature that fits it is tried in `attacks/borders.rs`.)
    let third = app
        .order(
            "payletter",
            json!({ "customer": { "id": "100" }, "amount": "110000" }),
        )
        .await;
    third.prepare("redirect").await;
    app.callback(callback(&third.order_id, "tpay_test-1", &tap.custom()))
        .await;
    assert_ne!(third.status(1).await["status"], "paid");

    // Without a payhash nothing is believed, virtual accounts included.
    let account = app
        .order("payletter", json!({ "method": "virtualaccount" }))
        .await;
    account.pay("redirect").await;
    let mut body = callback(&account.order_id, "tpay_test-2", &tap.custom());
    body["pgcode"] = json!("virtualaccount");
    body.as_object_mut().unwrap().remove("payhash");
    assert_eq!(app.callback(body).await.0, 400);
    assert_eq!(account.status(0).await["status"], "awaiting_deposit");
}

#[tokio::test]
async fn rule_04_a_failed_attempts_nonce_does_not_open_it_again() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    // The buyer lets one order fail and so sees its nonce, then pays another and has a good payhash in hand before its callback.
    let failed = app.order("payletter", json!({})).await;
    let handback = failed.press("redirect", "decline").await;
    let (url, fields) = handback.post();
    app.post_form(url, fields).await;
    assert_eq!(failed.wait_for("declined").await["status"], "declined");
    let seen = tap.custom();
    app.script("payletter", json!(["callback_never"])).await;
    let paid = app.order("payletter", json!({})).await;
    let tid = paid.press("redirect", "pay").await.fields()["tid"].clone();
    let (status, _) = app
        .strangers_callback(callback(&failed.order_id, &tid, &seen))
        .await;
    assert_ne!(status, 200, "the list does not know such a payment");
    assert_ne!(failed.status(0).await["status"], "paid");

    // He keeps the return to himself, so that we do not know what he has seen.
    let held = app.order("payletter", json!({})).await;
    held.press("redirect", "decline").await;
    let (status, _) = app
        .strangers_callback(callback(&held.order_id, &tid, &tap.custom()))
        .await;
    assert_ne!(status, 200, "the list does not know such a payment");
    assert_eq!(held.status(0).await["status"], "pending");
}

#[tokio::test]
async fn rule_04_without_a_list_only_the_address_that_the_gateway_was_told_is_believed() {
    let (app, tap) = TestApp::tapped(Setup {
        search_key: false,
        ..Setup::default()
    })
    .await;
    let page = app.order("payletter", json!({})).await;
    page.prepare("redirect").await;
    let body = callback(&page.order_id, "tpay_test-8", &tap.custom());
    assert_eq!(app.strangers_callback(body.clone()).await.0, 200, "kept");
    assert_eq!(page.status(0).await["status"], "pending");
    assert_eq!(app.callback(body).await.0, 200);
    assert_eq!(page.status(2).await["status"], "paid");
}

#[tokio::test]
async fn rule_04_two_clients_may_have_orders_of_the_same_name() {
    let app = TestApp::with(Setup {
        assumptions: "global_sales_list_permitted = true\n[[payletter.clients]]\nclient_id = \"test\"\n\
                      payment_key = \"the-key-of-naver-pay\"\nmethods = [\"naverpay\"]",
        ..Setup::default()
    })
    .await;
    // The second attempt of one order bears the name of another order, at the other client.
    let card = app.order("payletter", json!({ "orderId": "a" })).await;
    let handback = card.press("redirect", "decline").await;
    let (url, fields) = handback.post();
    app.post_form(url, fields).await;
    card.prepare("redirect").await;
    let naver = json!({ "orderId": "a-2", "method": "naverpay" });
    let naver = app.order("payletter", naver).await;
    naver
        .post(
            "prepare",
            json!({ "layout": "redirect", "device": "desktop" }),
        )
        .await;

    let mut body = callback("a-2", "tpay_test-9", "");
    let key = Secret::new("the-key-of-naver-pay");
    body["payhash"] = json!(payhash("1001", "10000", "tpay_test-9", &key).to_upper_hex());
    assert_eq!(
        app.callback(body).await.0,
        200,
        "signed by the other client"
    );
}

#[tokio::test]
async fn rule_05_the_kind_of_a_notice_is_not_signed() {
    for permitted in [true, false] {
        let assumptions = if permitted {
            "global_sales_list_permitted = true"
        } else {
            "global_sales_list_permitted = false"
        };
        let (app, tap) = TestApp::tapped(Setup {
            assumptions,
            ..Setup::default()
        })
        .await;
        let page = app.order("payletter_global", global()).await;
        assert_eq!(page.pay("redirect").await["status"], "paid");
        let token = text(&app.show(&page.order_id).await["attempts"][0]["transactionId"]);
        for kind in ["2", "3", "4"] {
            let (status, body) = app
                .notice(&notice(kind, &page.order_id, "12.5", &token, &tap.custom()))
                .await;
            assert_eq!((status, body.as_str()), (200, "<RESULT>OK</RESULT>"));
        }
        // The list decides; where nobody may read it the merchant is told what was said.
        let id = &page.order_id;
        app.until("they are asked about", async || match permitted {
            true => app.shows_a_lookup(id).await,
            false => app.published(id, "payment.discrepant").await > 0,
        })
        .await;
        assert_eq!(
            page.status(0).await["status"],
            "paid",
            "permitted: {permitted}"
        );
        // A renewal names an order we never made: kept, reported, acknowledged.
        let (status, _) = app
            .notice(&notice("1", "renewal-77", "12.5", "T-1", ""))
            .await;
        assert_eq!(status, 200);
        let strays = app.events().await;
        assert!(
            strays
                .iter()
                .any(|event| event["type"] == "payment.discrepant"),
            "{strays:?}"
        );
    }
}

#[tokio::test]
async fn rule_06_the_hash_form_follows_from_what_was_asked() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    // A payment's notice in the form that leaves the amount out.
    let page = app.order("payletter_global", global()).await;
    page.prepare("redirect").await;
    let mut fields = notice("7", &page.order_id, "0.01", "T-2", &tap.custom());
    let sent = fields
        .iter()
        .find(|(name, _)| name == "timestamp")
        .unwrap()
        .1
        .clone();
    let key = Secret::new("PL_Merchant");
    let hash =
        notice_hash_token_only("PL_Merchant", &page.order_id, "1001", &sent, &key).to_lower_hex();
    fields.retain(|(name, _)| !["hash", "payamt", "currency"].contains(&name.as_str()));
    fields.push(("hash".to_owned(), hash));
    assert_eq!(app.notice(&fields).await.0, 400);
    assert_eq!(page.status(0).await["status"], "pending");

    // A registration's return in the form of a payment.
    let page = app
        .order("payletter", json!({ "work": "register", "amount": null }))
        .await;
    let handback = page.press("redirect", "pay").await;
    let (url, fields) = handback.post();
    let tid = "tpay_test-3";
    let hash = payhash("1001", "0", tid, &Secret::new(PAYMENT_KEY)).to_upper_hex();
    let mut forged = fields.to_vec();
    forged.retain(|(name, _)| name != "payhash");
    for (name, value) in [("payhash", hash.as_str()), ("tid", tid), ("amount", "0")] {
        forged.push((name.to_owned(), value.to_owned()));
    }
    app.post_form(url, &forged).await;
    assert_eq!(page.status(0).await["status"], "pending");
    assert_eq!(app.count(&page.order_id, "result_refused").await, 1);
}

#[tokio::test]
async fn rule_07_the_received_text_is_hashed_and_the_decimal_compared() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    for amount in ["12.5", "12.50", "12.500"] {
        let page = app.order("payletter_global", global()).await;
        page.prepare("redirect").await;
        let fields = notice(
            "1",
            &page.order_id,
            amount,
            &format!("T-{amount}"),
            &tap.custom(),
        );
        assert_eq!(app.notice(&fields).await.0, 200, "{amount}");
        assert_eq!(page.status(2).await["status"], "paid", "{amount}");
    }
    // Upper-case hex, and an amount that is text in one callback and a number in the next.
    for amount in [json!(10000), json!("10000")] {
        let page = app.order("payletter", json!({})).await;
        page.prepare("redirect").await;
        let mut body = callback(
            &page.order_id,
            &format!("tpay_test-{amount}"),
            &tap.custom(),
        );
        body["payhash"] = json!(text(&body["payhash"]).to_lowercase());
        body["amount"] = amount;
        assert_eq!(app.callback(body).await.0, 200);
        assert_eq!(page.status(2).await["status"], "paid");
    }
    // What signs well and is not the order's amount pays nothing.
    let page = app.order("payletter_global", global()).await;
    page.prepare("redirect").await;
    let fields = notice("1", &page.order_id, "0.01", "T-9", &tap.custom());
    assert_eq!(app.notice(&fields).await.0, 200);
    assert_ne!(page.status(1).await["status"], "paid");
}

#[tokio::test]
async fn rule_08_an_unknown_outcome_is_in_doubt_and_never_asked_for_again() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    app.script("payple", json!(["confirm_answer_lost"])).await;
    let page = app.order("payple", json!({})).await;
    let Handback::Message(fields) = page.press("layer", "pay").await else {
        panic!("a layer answers by message");
    };
    let (_, outcome) = page
        .post("result", json!({ "fields": fields.clone() }))
        .await;
    assert_eq!(outcome["status"], "in_doubt", "{outcome}");
    page.post("result", json!({ "fields": fields })).await;
    page.wait_for("paid").await;
    assert_eq!(
        tap.sent("Confirm").len(),
        1,
        "one confirm, settled by lookup"
    );

    // What provably never left is made again.
    let page = app.order("payple", json!({})).await;
    let Handback::Message(fields) = page.press("layer", "pay").await else {
        panic!("a layer answers by message");
    };
    tap.unsent_confirms
        .store(1, std::sync::atomic::Ordering::Relaxed);
    let (_, outcome) = page.post("result", json!({ "fields": fields })).await;
    assert!(
        matches!(outcome["status"].as_str(), Some("paid" | "in_doubt")),
        "{outcome}"
    );
    assert_eq!(app.book(&page.order_id).await["confirms"], 1);
}

#[tokio::test]
async fn rule_09_resends_and_races_change_nothing() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    app.script("payletter", json!(["callback_twice"])).await;
    let page = app.order("payletter", json!({})).await;
    let handback = page.press("redirect", "pay").await;
    page.wait_for("paid").await;
    let tid = handback.fields()["tid"].clone();
    let again = callback(&page.order_id, &tid, &tap.custom());
    let (url, fields) = handback.post();
    let (first, second, third, fourth) = tokio::join!(
        app.callback(again.clone()),
        app.callback(again.clone()),
        app.post_form(url, fields),
        app.post_form(url, fields),
    );
    assert_eq!(
        (first.1["code"].clone(), second.1["code"].clone()),
        (json!(0), json!(0))
    );
    assert_eq!((third.0, fourth.0), (303, 303));
    assert_eq!(page.status(0).await["status"], "paid");
    assert_eq!(app.published(&page.order_id, "payment.paid").await, 1);
}

#[tokio::test]
async fn rule_10_forgeries_leave_no_row_and_strays_are_kept() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payletter", json!({})).await;
    page.prepare("redirect").await;
    let rows = app.show(&page.order_id).await["timeline"]
        .as_array()
        .unwrap()
        .len();
    let mut forged = callback(&page.order_id, "tpay_test-4", &tap.custom());
    forged["payhash"] = json!("00".repeat(32));
    let (status, body) = app.callback(forged).await;
    assert_eq!(status, 400);
    assert_ne!(body["code"], 0);
    assert_eq!(
        app.show(&page.order_id).await["timeline"]
            .as_array()
            .unwrap()
            .len(),
        rows
    );

    let (status, _) = app
        .callback(callback("nobody-knows", "tpay_test-5", ""))
        .await;
    assert_eq!(status, 200);
    let events = app.events().await;
    assert!(
        events
            .iter()
            .any(|event| event["type"] == "payment.discrepant"),
        "{events:?}"
    );

    // Korean in EUC-KR: the hash is made from what it covers, and the rest is read as well as it can be.
    let body = callback(&page.order_id, "tpay_test-6", &tap.custom()).to_string();
    let mut bytes = body.into_bytes();
    bytes.pop();
    bytes.extend(b",\"product_name\":\"\xbd\xba\xc5\xc4\xb5\xe5\"}");
    let path = app.callback_path(&page.order_id).await;
    let request = RawRequest::new("POST", &path).with_body(bytes);
    assert_eq!(app.handle(request).await.status, 200);
    assert_eq!(page.status(2).await["status"], "paid");
}

#[tokio::test]
async fn rule_11_the_senders_address_is_a_second_lock() {
    let extra =
        "notification_senders = [\"121.254.205.166/32\"]\ntrusted_proxies = [\"10.0.0.0/8\"]";
    let app = TestApp::with(Setup {
        extra,
        ..Setup::default()
    })
    .await;
    let page = app.order("payletter", json!({})).await;
    page.prepare("redirect").await;
    let sent = |peer: &str, forwarded: &str, good: bool| {
        let mut body = callback(&page.order_id, "tpay_test-7", "");
        if !good {
            body["payhash"] = json!("00".repeat(32));
        }
        let mut request =
            RawRequest::new("POST", "/callback/payletter").with_body(body.to_string());
        request.peer = peer.parse().ok();
        if !forwarded.is_empty() {
            request = request.with_header("x-forwarded-for", forwarded);
        }
        app.handle(request)
    };
    assert_eq!(sent("203.0.113.9", "", true).await.status, 403);
    assert_eq!(
        sent("203.0.113.9", "121.254.205.166", true).await.status,
        403,
        "anyone can write that header"
    );
    assert_eq!(sent("10.0.0.1", "121.254.205.166", true).await.status, 200);
    assert_eq!(
        sent("121.254.205.166", "", false).await.status,
        400,
        "the hash stays the first lock"
    );
}

#[tokio::test]
async fn rule_12_a_closed_window_means_unknown() {
    let app = TestApp::start().await;
    // Nothing was paid: unknown, not cancelled; and a lookup at the same time as another is no deadlock.
    let page = app.order("payletter", json!({})).await;
    page.prepare("popup").await;
    let ((_, first), (_, second)) = tokio::join!(
        page.post("closed", json!({})),
        page.post("closed", json!({}))
    );
    assert_eq!(
        (&first["status"], &second["status"]),
        (&json!("pending"), &json!("pending"))
    );

    // The buyer closes the window, and the payment goes through all the same.
    app.script("payletter", json!(["return_never", "callback_never"]))
        .await;
    let page = app.order("payletter", json!({})).await;
    page.press("popup", "pay").await;
    let (_, outcome) = page.post("closed", json!({})).await;
    assert_eq!(outcome["status"], "paid", "asked, not guessed: {outcome}");

    app.script("payletter_global", json!(["paid_after_close"]))
        .await;
    let page = app.order("payletter_global", global()).await;
    page.press("popup", "cancel").await;
    page.post("closed", json!({})).await;
    page.wait_for("paid").await;
}

#[tokio::test]
async fn rule_12_a_changed_price_in_the_window_is_looked_up_and_given_back() {
    let app = TestApp::start().await;
    let page = app.order("payple", json!({ "work": "pay_now" })).await;
    let mut prepared = page.prepare("layer").await;
    for field in prepared["launch"]["fields"].as_array_mut().unwrap() {
        if field[0] == "PCD_PAY_TOTAL" {
            field[1] = json!("1000");
        }
    }
    let Handback::Message(fields) = app.press(&prepared["launch"], "pay").await else {
        panic!("a layer answers by message");
    };
    page.post("result", json!({ "fields": fields })).await;
    for _ in 0..50 {
        if app.book(&page.order_id).await["refunds"] == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(app.book(&page.order_id).await["refunds"], 1);
    assert_eq!(app.published(&page.order_id, "payment.paid").await, 0);
}

#[tokio::test]
async fn rule_13_a_result_belongs_to_its_window_once() {
    let app = TestApp::start().await;
    let page = app.order("payple", json!({})).await;
    let prepared = page.prepare("layer").await;
    assert_eq!(prepared["messageOrigin"], app.gateway);
    let Handback::Message(fields) = app.press(&prepared["launch"], "pay").await else {
        panic!("a layer answers by message");
    };
    // Another order's page hands it in.
    let other = app.order("payple", json!({})).await;
    other.prepare("layer").await;
    let stolen = other.post("result", json!({ "fields": fields.clone() }));
    // Nothing follows from it, so nobody waits for it.
    let (status, outcome) = tokio::time::timeout(Duration::from_secs(3), stolen)
        .await
        .expect("half the patience is enough");
    assert_eq!((status, &outcome["status"]), (200, &json!("pending")));
    assert_eq!(app.count(&other.order_id, "result_refused").await, 1);
    assert_eq!(app.book(&page.order_id).await["confirms"], Value::Null);

    // Many hand it in at once: one confirm.
    let hand_in = || page.post("result", json!({ "fields": fields.clone() }));
    let (a, b, c) = tokio::join!(hand_in(), hand_in(), hand_in());
    for (_, outcome) in [a, b, c] {
        assert_eq!(outcome["status"], "paid", "{outcome}");
    }
    assert_eq!(app.book(&page.order_id).await["confirms"], 1);
}

/// A clock that stands two minutes before midnight in Korea.
#[derive(Clone)]
struct BeforeMidnight(SystemEnvironment);

impl Environment for BeforeMidnight {
    fn now(&self) -> Timestamp {
        // 2026-11-21T23:58:00+09:00
        Timestamp::from_millis(1_795_273_080_000)
    }

    fn random(&self, bytes: &mut [u8]) {
        self.0.random(bytes);
    }

    async fn sleep(&self, time: Duration) {
        self.0.sleep(time).await;
    }

    fn spawn(&self, task: Task) {
        self.0.spawn(task);
    }
}

/// Payple's server calls: tokens for everything, no payment anywhere.
#[derive(Clone, Default)]
struct NothingThere(Arc<Mutex<Vec<String>>>);

impl Network for NothingThere {
    async fn call(&self, call: GatewayCall) -> Result<GatewayAnswer, NetworkError> {
        self.0
            .lock()
            .unwrap()
            .push(String::from_utf8_lossy(&call.body).into_owned());
        let body = if call.url.path().ends_with("auth.php") {
            json!({ "result": "success", "cst_id": "t1", "custKey": "t2", "AuthKey": "key",
                "return_url": "http://localhost:9/payple/php/PayChkAct.php" })
        } else {
            json!({ "PCD_PAY_RST": "error", "PCD_PAY_CODE": "PCHK0001", "PCD_PAY_MSG": "거래내역이 없습니다." })
        };
        Ok(GatewayAnswer {
            status: 200,
            body: body.to_string().into_bytes(),
        })
    }
}

#[tokio::test]
async fn rule_16_days_are_korean_and_midnight_has_two() {
    let config = Config::from_toml(&format!(
        "public_url = \"http://127.0.0.1/pay\"\nenv = \"sandbox\"\nsandbox_url = \"http://localhost:9\"\n\
         merchant_token = \"{TOKEN}\"\npatience_seconds = 1\n\
         [payple]\nmerchant_id = \"test\"\nmerchant_key = \"{MERCHANT_KEY}\""
    ))
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("test.sqlite3")).unwrap();
    let network = NothingThere::default();
    let clock = BeforeMidnight(SystemEnvironment::new().unwrap());
    let verifier = Verifier::new(config, store, network.clone(), clock).unwrap();
    let mut order = NewOrder::payment(
        Gateway::Payple,
        "card",
        "10000",
        "조명",
        NewCustomer::of("1001"),
    );
    order.work = Some(Work::PayNow);
    let registered = verifier.register(order).await.unwrap();
    let page = |what: &str, body: Value| {
        let request = RawRequest::new("POST", &format!("/orders/{}/{what}", registered.order_id))
            .with_header("origin", "http://127.0.0.1")
            .with_header(
                "paypair-client-secret",
                registered.client_secret.as_deref().unwrap(),
            )
            .with_body(body.to_string());
        verifier.handle(request)
    };
    assert_eq!(
        page("prepare", json!({ "layout": "layer" })).await.status,
        200
    );
    assert_eq!(page("closed", json!({})).await.status, 200);
    let asked = network.0.lock().unwrap().join("\n");
    for day in ["20261121", "20261122"] {
        assert!(
            asked.contains(&format!("\"PCD_PAY_DATE\":\"{day}\"")),
            "{asked}"
        );
    }

    // Today's cancellation of a payment shows under its own day, in the settlement list alone.
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    app.script("payletter", json!(["refund_answer_lost"])).await;
    let page = app.order("payletter", json!({})).await;
    page.pay("redirect").await;
    page.wait_for("paid").await;
    app.merchant(
        "POST",
        &format!("/orders/{}/refund", page.order_id),
        json!({}),
    )
    .await;
    for _ in 0..80 {
        if app.show(&page.order_id).await["attempts"][0]["state"] == "refunded" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(
        app.show(&page.order_id).await["attempts"][0]["state"],
        "refunded"
    );
    assert!(!tap.sent("date_type=settle").is_empty());
    assert_eq!(tap.sent("/payments/cancel").len(), 1, "asked for once");
}

#[tokio::test]
async fn rule_15_the_session_token_is_text_throughout() {
    let app = TestApp::start().await;
    let page = app.order("payletter", json!({})).await;
    let prepared = page.prepare("redirect").await;
    let url = prepared["launch"]["url"].as_str().unwrap();
    let token = url.rsplit("token=").next().unwrap();
    assert_eq!(token.len(), 18, "{url}");
    assert!(token.parse::<u64>().unwrap() > 1 << 53);
    // Every digit counts: the window opens only under the right one.
    assert!(matches!(
        app.press(&prepared["launch"], "pay").await,
        Handback::Post { .. }
    ));
}
