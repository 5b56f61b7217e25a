//! Charging billing keys at each gateway, and what may go wrong at two in the morning. The gateways' own book is the judge.

use std::time::Duration;

use crate::common::{
    self, Fate, Setup, Tap, TestApp,
    keys::{GATEWAYS, MONTH, code},
};
use paypair_ledger::{Digest, Layout, NewAttempt, Status, Store};
use paypair_protocol::Gateway;
use paypair_verifier::{AdoptedKey, ChargedCustomer, Environment, NewCharge};
use serde_json::{Value, json};

#[tokio::test]
async fn a_card_is_registered_charged_and_charged_again_next_month() {
    let app = TestApp::start().await;
    for gateway in GATEWAYS {
        let key = app.key(gateway).await;
        for month in ["jan", "feb"] {
            let order_id = format!("{gateway}{month}").replace('_', "");
            let (status, outcome) = app.charge(gateway, &key, &order_id, json!({})).await;
            assert_eq!(
                (status, &outcome["status"]),
                (201, &json!("paid")),
                "{gateway}: {outcome}"
            );
            assert_eq!(outcome["billingKeyId"], json!(key), "{gateway}");
            let captures = app.captures(&order_id).await;
            assert_eq!(captures.len(), 1, "{gateway}: {captures:?}");
            assert_eq!(captures[0]["state"], "captured", "{gateway}");
            assert_eq!(captures[0]["amount"], outcome["amount"], "{gateway}");
            assert_eq!(app.published(&order_id, "payment.paid").await, 1);
            app.advance(MONTH).await;
        }
    }
}

#[tokio::test]
async fn the_same_charge_again_charges_nothing_again() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    for gateway in GATEWAYS {
        let key = app.key(gateway).await;
        let id = format!("rent{}", gateway.len());
        // A proxy sends it twice at once, and a cron job once more.
        let (first, second) = tokio::join!(
            app.charge(gateway, &key, &id, json!({})),
            app.charge(gateway, &key, &id, json!({})),
        );
        let (status, third) = app.charge(gateway, &key, &id, json!({})).await;
        for (_, outcome) in [&first, &second] {
            assert_eq!(outcome["status"], "paid", "{gateway}: {outcome}");
        }
        assert_eq!((status, &third["status"]), (200, &json!("paid")));
        assert_eq!(
            [first.0, second.0].iter().filter(|s| **s == 201).count(),
            1,
            "{gateway}: one of the two is new"
        );
        assert_eq!(app.captures(&id).await.len(), 1, "{gateway}");
        let other = json!({ "amount": "100" });
        let (status, answer) = app.charge(gateway, &key, &id, other).await;
        assert_eq!((status, &*code(&answer)), (409, "order_exists"), "{answer}");
    }
    let called = |path: &str| tap.sent(path).len();
    assert_eq!(called("SimplePayCardAct"), 1);
    assert_eq!(called("/payments/autopay"), 1);
    assert_eq!(called("/payment/recurring"), 1);
}

#[tokio::test]
async fn a_key_is_charged_for_its_own_customer_only() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    for gateway in GATEWAYS {
        let key = app.key(gateway).await;
        let more = json!({ "customerId": "2002" });
        let (status, answer) = app.charge(gateway, &key, "stolen", more).await;
        assert_eq!(
            (status, &*code(&answer)),
            (409, "billing_key_of_other_customer"),
            "{gateway}: {answer}"
        );
        assert_eq!(app.captures("stolen").await, Vec::<Value>::new());
    }
    for path in [
        "SimplePayCardAct",
        "/payments/autopay",
        "/payment/recurring",
    ] {
        assert!(tap.sent(path).is_empty(), "{path}");
    }
    let (status, answer) = app.charge("payple", "bk_0", "nobody", json!({})).await;
    assert_eq!((status, &*code(&answer)), (404, "billing_key_unknown"));
}

#[tokio::test]
async fn a_month_is_charged_once() {
    let app = TestApp::start().await;
    let key = app.key("payple").await;
    let november = json!({ "repeat": { "year": 2026, "month": 11 } });
    let (_, outcome) = app.charge("payple", &key, "nov-a", november.clone()).await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    // The second cron job of the same month has an order of its own.
    let (status, outcome) = app.charge("payple", &key, "nov-b", november).await;
    assert_eq!(
        (status, &outcome["status"]),
        (201, &json!("declined")),
        "{outcome}"
    );
    assert_eq!(outcome["reason"]["gatewayCode"], "CPAY0202", "{outcome}");
    assert_eq!(app.captures("nov-b").await, Vec::<Value>::new());
    let december = json!({ "repeat": { "year": 2026, "month": 12 } });
    let (_, outcome) = app.charge("payple", &key, "dec", december).await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    let shown = app.show("dec").await;
    assert_eq!(
        shown["order"]["charge"],
        json!({ "billingKeyId": key, "repeat": { "year": 2026, "month": 12 } })
    );
}

#[tokio::test]
async fn where_the_gateway_does_not_count_months_we_do() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    for gateway in ["payletter", "payletter_global"] {
        let key = app.key(gateway).await;
        let november = json!({ "repeat": { "year": 2026, "month": 11 } });
        // Two cron jobs at the same minute, each with an order id of its own; the answer of the first one is lost.
        tap.befall(act(gateway), Fate::Lost, 1);
        let ids = ["a", "b"].map(|job| format!("nov{job}{}", gateway.len()));
        let (first, second) = tokio::join!(
            app.charge(gateway, &key, &ids[0], november.clone()),
            app.charge(gateway, &key, &ids[1], november.clone()),
        );
        let mut told = [first.0, second.0];
        told.sort_unstable();
        assert_eq!(told, [201, 409], "{gateway}: {} {}", first.1, second.1);
        app.advance(10).await;
        let (id, refused) = if first.0 == 201 {
            (&ids[0], second.1)
        } else {
            (&ids[1], first.1)
        };
        assert_eq!(code(&refused), "charge_month_charged", "{refused}");
        app.comes_to(id, "paid").await;
        assert_eq!(tap.sent(act(gateway)).len(), 1, "{gateway}");
        let december = json!({ "repeat": { "year": 2026, "month": 12 } });
        let dec = format!("dec{}", gateway.len());
        let (_, outcome) = app.charge(gateway, &key, &dec, december).await;
        assert_eq!(outcome["status"], "paid", "{gateway}: {outcome}");
        // Given back wholly, the month is free again.
        app.refund(id, json!({})).await;
        let again = format!("again{}", gateway.len());
        let (_, outcome) = app.charge(gateway, &key, &again, november).await;
        assert_eq!(outcome["status"], "paid", "{gateway}: {outcome}");
    }
}

#[tokio::test]
async fn every_fault_of_a_charge_is_told_at_once() {
    let app = TestApp::start().await;
    let key = app.key("payletter").await;
    let (status, answer) = app
        .merchant(
            "POST",
            "/charges",
            json!({
                "orderId": "no good", "billingKeyId": key, "amount": "1,000", "currency": "USD",
                "repeat": { "year": 2026, "month": 13 }, "options": { "inApp": {}, "custom1": "x" },
            }),
        )
        .await;
    assert_eq!(
        (status, &*code(&answer)),
        (422, "fields_invalid"),
        "{answer}"
    );
    let fields = answer["error"]["fields"].as_array().unwrap();
    let named: Vec<(&str, &str)> = fields
        .iter()
        .map(|fault| {
            assert!(
                fault["message"]["ko"].as_str().unwrap().len() > 3,
                "{fault}"
            );
            assert!(
                fault["message"]["en"].as_str().unwrap().len() > 3,
                "{fault}"
            );
            let text = |name: &str| fault[name].as_str().unwrap();
            (text("field"), text("code"))
        })
        .collect();
    for fault in [
        ("amount", "amount_malformed"),
        ("orderId", "field_not_ascii"),
        ("customerId", "field_missing"),
        ("productName", "field_missing"),
        ("repeat.month", "field_not_allowed"),
        ("currency", "field_invalid"),
        ("options.inApp", "option_not_offered"),
        ("options.custom1", "option_not_offered"),
    ] {
        assert!(named.contains(&fault), "{fault:?} is not in {named:?}");
    }
    let mut names: Vec<&str> = named.iter().map(|(field, _)| *field).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), named.len(), "each field once: {named:?}");
    assert_eq!(answer["error"]["field"], named[0].0);
}

#[tokio::test]
async fn a_declined_charge_may_be_tried_again() {
    let app = TestApp::start().await;
    for gateway in GATEWAYS {
        let key = app.key(gateway).await;
        let id = format!("again{}", gateway.len());
        app.script_times(gateway, json!(["charge_declined"]), 1)
            .await;
        let (_, outcome) = app.charge(gateway, &key, &id, json!({})).await;
        assert_eq!(outcome["status"], "declined", "{gateway}: {outcome}");
        assert!(outcome["reason"]["gatewayMessage"].is_string(), "{outcome}");
        let (status, outcome) = app.charge(gateway, &key, &id, json!({})).await;
        assert_eq!(
            (status, &outcome["status"], &outcome["attempt"]),
            (201, &json!("paid"), &json!(2)),
            "{gateway}: {outcome}"
        );
        assert!(app.captures(&id).await.is_empty(), "{gateway}");
        assert_eq!(app.captures(&format!("{id}-2")).await.len(), 1, "{gateway}");
    }
}

#[tokio::test]
async fn every_fault_of_an_order_is_told_at_once() {
    let app = TestApp::start().await;
    let faults = async |body: Value| {
        let (status, answer) = app.merchant("POST", "/orders", body).await;
        assert_eq!(
            (status, &*code(&answer)),
            (422, "fields_invalid"),
            "{answer}"
        );
        common::control::faults(&answer)
    };
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        let owned = |(field, code): &(&str, &str)| ((*field).to_owned(), (*code).to_owned());
        pairs.iter().map(owned).collect()
    };
    let all = faults(json!({
        "orderId": "a".repeat(41), "gateway": "payletter", "method": "creditcard", "currency": "KRW",
        "amount": "12.5", "returnPage": "https://evil.example/", "customer": { "email": "no mail" },
    }))
    .await;
    for fault in pairs(&[
        ("amount", "amount_too_precise"),
        ("orderId", "field_too_long"),
        ("productName", "field_missing"),
        ("customer.id", "field_missing"),
        ("returnPage", "field_invalid"),
    ]) {
        assert!(all.contains(&fault), "{fault:?} is not in {all:?}");
    }
    assert_eq!(
        faults(json!({ "gateway": "payple", "amout": "1" })).await,
        pairs(&[("amout", "field_unknown")])
    );
    assert_eq!(
        faults(json!({ "method": "card" })).await,
        pairs(&[("gateway", "field_missing")])
    );
}

/// The path of a gateway's charge.
fn act(gateway: &str) -> &'static str {
    match gateway {
        "payple" => "SimplePayCardAct",
        "payletter" => "/payments/autopay",
        _ => "/payment/recurring",
    }
}

#[tokio::test]
async fn a_charge_whose_answer_is_lost_is_looked_up_and_never_made_again() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    for gateway in GATEWAYS {
        let key = app.key(gateway).await;
        let id = format!("lost{}", gateway.len());
        tap.befall(act(gateway), Fate::Lost, 1);
        let (status, outcome) = app.charge(gateway, &key, &id, json!({})).await;
        assert_eq!(
            (status, &outcome["status"]),
            (201, &json!("in_doubt")),
            "{gateway}: {outcome}"
        );
        // The job that asks again while it is open is told so, and charges nothing.
        let (status, outcome) = app.charge(gateway, &key, &id, json!({})).await;
        assert_eq!((status, &outcome["status"]), (200, &json!("in_doubt")));
        app.advance(10).await;
        let outcome = app.comes_to(&id, "paid").await;
        assert_eq!(outcome["final"], true, "{gateway}: {outcome}");
        assert_eq!(tap.sent(act(gateway)).len(), 1, "{gateway}");
        let captures = app.captures(&id).await;
        assert_eq!(captures.len(), 1, "{gateway}: {captures:?}");
        let shown = app.show(&id).await;
        assert_eq!(shown["moneyCalls"][0]["state"], "done", "{shown}");
        assert_eq!(shown["moneyCalls"][0]["op"], "charge");
    }
}

#[tokio::test]
async fn a_gateway_page_instead_of_an_answer_is_looked_up_too() {
    let app = TestApp::start().await;
    for gateway in GATEWAYS {
        let key = app.key(gateway).await;
        let id = format!("page{}", gateway.len());
        app.script_times(gateway, json!(["charge_answer_lost"]), 1)
            .await;
        let (_, outcome) = app.charge(gateway, &key, &id, json!({})).await;
        assert_eq!(outcome["status"], "in_doubt", "{gateway}: {outcome}");
        app.advance(10).await;
        app.comes_to(&id, "paid").await;
        assert_eq!(app.captures(&id).await.len(), 1, "{gateway}");
    }
}

#[tokio::test]
async fn an_answer_that_says_no_amount_is_looked_up() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    for gateway in GATEWAYS {
        let key = app.key(gateway).await;
        let id = format!("howmuch{}", gateway.len());
        tap.befall(act(gateway), Fate::Amountless, 1);
        let (_, outcome) = app.charge(gateway, &key, &id, json!({})).await;
        assert_eq!(
            (&outcome["status"], &outcome["reason"]["code"]),
            (&json!("in_doubt"), &json!("amount_missing")),
            "{gateway}: {outcome}"
        );
        app.advance(10).await;
        app.comes_to(&id, "paid").await;
        assert_eq!(app.captures(&id).await.len(), 1, "{gateway}");
    }
}

#[tokio::test]
async fn a_charge_of_another_amount_is_given_back() {
    let app = TestApp::start().await;
    for gateway in GATEWAYS {
        let key = app.key(gateway).await;
        let id = format!("wrong{}", gateway.len());
        app.script_times(gateway, json!(["wrong_amount"]), 1).await;
        app.charge(gateway, &key, &id, json!({})).await;
        app.until("given back", async || {
            app.captures(&id).await[0]["state"] == "cancelled"
        })
        .await;
        assert_eq!(app.published(&id, "payment.paid").await, 0, "{gateway}");
        assert!(app.published(&id, "payment.discrepant").await >= 1);
        assert_eq!(app.captures(&id).await.len(), 1, "{gateway}");
    }
}

#[tokio::test]
async fn a_charge_that_a_lost_database_made_is_found_and_not_made_again() {
    let app = TestApp::start().await;
    let id = app.key("payple").await;
    let view = app.verifier.store().billing_key_view(&id).await.unwrap();
    let key = view.unwrap().key.unwrap();
    let (_, outcome) = app.charge("payple", &id, "rent", json!({})).await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    // Restored from a backup of the day before: the job runs again, with the same order id.
    let fresh = app.forgetful().await;
    let adopted = AdoptedKey {
        order_id: None,
        gateway: Gateway::Payple,
        method: "card".to_owned(),
        customer_id: "1001".to_owned(),
        billing_key: key,
    };
    fresh.adopt_billing_key_of(adopted).await.unwrap();
    let charge = NewCharge {
        order_id: Some("rent".to_owned()),
        billing_key_id: id.clone(),
        customer_id: "1001".to_owned(),
        amount: Some("9900".to_owned()),
        product_name: "월 구독".to_owned(),
        ..NewCharge::default()
    };
    let charged = fresh.charge(charge).await.unwrap();
    assert_eq!(
        charged.outcome.status,
        Status::InDoubt,
        "SPCD0014: done, or in process"
    );
    app.advance(10).await;
    app.until("paid", async || {
        let outcome = fresh.outcome("rent").await.unwrap().unwrap();
        outcome.status == Status::Paid
    })
    .await;
    assert_eq!(app.captures("rent").await.len(), 1);
}

#[tokio::test]
async fn a_charge_that_never_left_is_declined_and_may_be_tried_again() {
    let (app, tap) = TestApp::tapped(Setup {
        patience: 10,
        ..Setup::default()
    })
    .await;
    for gateway in GATEWAYS {
        let key = app.key(gateway).await;
        let id = format!("away{}", gateway.len());
        // The first try and the two that follow by themselves.
        tap.befall(act(gateway), Fate::Unsent, 3);
        let (_, outcome) = app.charge(gateway, &key, &id, json!({})).await;
        assert_eq!(outcome["status"], "declined", "{gateway}: {outcome}");
        assert_eq!(outcome["reason"]["code"], "not_sent", "{outcome}");
        let (status, outcome) = app.charge(gateway, &key, &id, json!({})).await;
        assert_eq!(
            (status, &outcome["status"]),
            (201, &json!("paid")),
            "{gateway}: {outcome}"
        );
        let all = app.payments().await;
        let of_charge = |payment: &&Value| {
            let name = payment["order_id"].as_str().unwrap();
            name.starts_with(&id)
        };
        assert_eq!(all.iter().filter(of_charge).count(), 1, "{gateway}");
    }
}

#[tokio::test]
async fn payples_tokens_come_first_and_are_no_money_call() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let key = app.key("payple").await;
    tap.befall("auth.php", Fate::Lost, 1);
    let (_, outcome) = app.charge("payple", &key, "tokens", json!({})).await;
    assert_eq!(outcome["status"], "paid", "asked for again: {outcome}");
    let asked = tap.sent("auth.php");
    assert!(
        asked.last().unwrap().contains("PCD_SIMPLE_FLAG"),
        "{asked:?}"
    );
    assert_eq!(tap.sent("SimplePayCardAct").len(), 1);
}

#[tokio::test]
async fn a_charge_of_a_dead_process_is_looked_up_by_the_next_one() {
    for (gateway, fate, end) in [
        // It reached the gateway before the process died..
        ("payple", Fate::Lost, "paid"),
        // .. or it did not: after an hour of finding nothing it counts as not made.
        ("payletter", Fate::Hang, "declined"),
    ] {
        let (app, tap): (TestApp<Tap>, Tap) = TestApp::tapped(Setup {
            patience: 1,
            ..Setup::default()
        })
        .await;
        let key = app.key(gateway).await;
        match fate {
            // Delivered, but nothing of the answer is ever written: it comes too late for a patience of a second.
            Fate::Lost => {
                app.script(gateway, json!([{ "name": "slow_charge", "seconds": 30 }]))
                    .await
            }
            _ => tap.befall(act(gateway), Fate::Hang, 1),
        }
        let (status, outcome) = app.charge(gateway, &key, "crash", json!({})).await;
        assert_eq!((status, &outcome["state"]), (201, &json!("charging")));
        let second = app.second();
        app.comes_to("crash", "in_doubt").await;
        // Whoever asks meanwhile is told so.
        let told = second
            .charge(NewCharge {
                order_id: Some("crash".to_owned()),
                billing_key_id: key.clone(),
                customer_id: "1001".to_owned(),
                amount: Some("9900".to_owned()),
                product_name: "월 구독".to_owned(),
                customer: Some(ChargedCustomer::default()),
                ..NewCharge::default()
            })
            .await
            .unwrap();
        assert!(told.repeated);
        app.advance(10).await;
        if end == "declined" {
            app.half_hours("crash", 4).await;
        }
        let outcome = app.comes_to("crash", end).await;
        let captures = app.captures("crash").await;
        assert_eq!(captures.len(), usize::from(end == "paid"), "{outcome}");
        assert_eq!(tap.sent(act(gateway)).len(), usize::from(end == "paid"));
    }
}

#[tokio::test]
async fn a_mobile_phone_is_charged_monthly_unbroken_and_alike() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let more = json!({ "method": "mobile", "options": { "recurring": true } });
    let page = app.order("payletter", more).await;
    assert_eq!(page.pay("redirect").await["status"], "paid");
    let key = app.key_of(&page.order_id).await;
    let amount = json!({ "amount": "10000" });
    let barred = async |id: &str, more: &Value, why: &str| {
        let (status, answer) = app.charge("payletter", &key, id, more.clone()).await;
        assert_eq!((status, &*code(&answer)), (409, why), "{answer}");
    };
    barred("m1", &amount, "charge_too_early").await;
    app.advance(MONTH).await;
    barred("m1", &json!({ "amount": "9000" }), "charge_other_amount").await;
    assert!(tap.sent("autopay").is_empty(), "nothing was sent so far");
    let (_, outcome) = app.charge("payletter", &key, "m1", amount.clone()).await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    barred("m1b", &amount, "charge_month_charged").await;
    app.advance(3 * MONTH).await;
    barred("m4", &amount, "charge_month_missed").await;
    assert_eq!(tap.sent("autopay").len(), 1);
}

#[tokio::test]
async fn a_mobile_phone_is_not_charged_again_while_its_month_is_in_doubt() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let more = json!({ "method": "mobile", "options": { "recurring": true } });
    let page = app.order("payletter", more).await;
    assert_eq!(page.pay("redirect").await["status"], "paid");
    let key = app.key_of(&page.order_id).await;
    let amount = json!({ "amount": "10000" });
    app.advance(MONTH).await;
    tap.befall("autopay", Fate::Lost, 1);
    let (_, outcome) = app.charge("payletter", &key, "m1", amount.clone()).await;
    assert_eq!(outcome["status"], "in_doubt", "{outcome}");
    let (status, answer) = app.charge("payletter", &key, "m1b", amount.clone()).await;
    assert_eq!(
        (status, &*code(&answer)),
        (409, "charge_month_charged"),
        "{answer}"
    );
    // The same charge once more is the same charge.
    let (status, outcome) = app.charge("payletter", &key, "m1", amount.clone()).await;
    assert_eq!((status, &outcome["status"]), (200, &json!("in_doubt")));
    assert_eq!(tap.sent("autopay").len(), 1);
    app.comes_to("m1", "paid").await;
    assert_eq!(app.captures("m1").await.len(), 1);
}

#[tokio::test]
async fn chai_gives_its_keys_on_a_phone_only() {
    let app = TestApp::start().await;
    let more = json!({ "method": "chai", "options": { "recurring": true } });
    let page = app.order("payletter", more).await;
    let at = |device: &str| json!({ "layout": "redirect", "device": device });
    let (status, answer) = page.post("prepare", at("desktop")).await;
    assert_eq!((status, &*code(&answer)), (422, "phone_only"), "{answer}");
    let (status, prepared) = page.post("prepare", at("mobile")).await;
    assert_eq!(status, 200, "{prepared}");
    let handback = app.press(&prepared["launch"], "pay").await;
    let (url, fields) = handback.post();
    app.post_form(url, fields).await;
    page.wait_for("paid").await;
    let key = app.key_of(&page.order_id).await;
    let (_, outcome) = app.charge("payletter", &key, "chai2", json!({})).await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    // A payment without a key may be made anywhere.
    let page = app.order("payletter", json!({ "method": "chai" })).await;
    assert_eq!(page.post("prepare", at("desktop")).await.0, 200);
}

#[tokio::test]
async fn a_key_is_charged_by_the_client_it_was_registered_with() {
    let (app, tap) = TestApp::tapped(Setup {
        clients: r#"
        [[payletter.clients]]
        client_id = "pay_test_p"
        payment_key = "cGF5Y28tcGF5bWVudC1rZXk="
        search_key = "cGF5Y28tc2VhcmNoLWtleQ=="
        methods = ["payco"]"#,
        sandbox: |options| {
            options.payletter_clients = vec![paypair_sandbox::PayletterClient {
                client_id: "pay_test_p".to_owned(),
                payment_key: "cGF5Y28tcGF5bWVudC1rZXk=".to_owned(),
                search_key: "cGF5Y28tc2VhcmNoLWtleQ==".to_owned(),
                methods: vec!["payco".to_owned()],
            }];
        },
        ..Setup::default()
    })
    .await;
    for (method, client) in [("payco", "pay_test_p"), ("creditcard", "pay_test")] {
        let more = json!({ "method": method, "options": { "recurring": true } });
        let page = app.order("payletter", more).await;
        assert_eq!(page.pay("redirect").await["status"], "paid");
        let key = app.key_of(&page.order_id).await;
        tap.befall("autopay", Fate::Lost, 1);
        let (_, outcome) = app.charge("payletter", &key, method, json!({})).await;
        assert_eq!(outcome["status"], "in_doubt", "{outcome}");
        let body: Value = serde_json::from_str(tap.sent("autopay").last().unwrap()).unwrap();
        assert_eq!(
            (&body["client_id"], &body["pgcode"]),
            (&json!(client), &json!(method))
        );
        // Its list is asked with its own SEARCH key.
        app.advance(10).await;
        app.comes_to(method, "paid").await;
    }
}

#[tokio::test]
async fn a_charge_tells_the_gateway_what_its_options_say() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let sent =
        |path: &str| -> Value { serde_json::from_str(tap.sent(path).last().unwrap()).unwrap() };
    let key = app.key("payple").await;
    let more = json!({
        "options": { "taxable": true, "taxAmount": "900", "custom1": "memo" },
        "customer": { "name": "홍길동", "phone": "01012345678", "email": "buyer@example.com" },
    });
    let (_, outcome) = app.charge("payple", &key, "tax1", more).await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    let body = sent("SimplePayCardAct");
    for (name, value) in [
        ("PCD_PAY_ISTAX", "Y"),
        ("PCD_USER_DEFINE1", "memo"),
        ("PCD_PAYER_NO", "1001"),
        ("PCD_PAYER_EMAIL", "buyer@example.com"),
    ] {
        assert_eq!(body[name], value, "{body}");
    }
    assert_eq!(common::text(&body["PCD_PAY_TAXTOTAL"]), "900");

    let key = app.key("payletter").await;
    let more = json!({ "options": { "taxFreeAmount": "100", "cupDeposit": "300" } });
    let (_, outcome) = app.charge("payletter", &key, "tax2", more).await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    let body = sent("autopay");
    assert_eq!(common::text(&body["taxfree_amount"]), "100");
    assert_eq!(common::text(&body["disposable_cup_deposit"]), "300");
    assert_eq!(body["ip_addr"], "127.0.0.1");
}

#[tokio::test]
async fn a_charge_written_down_by_a_dead_process_is_made_by_whoever_asks_again() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let key = app.key("payletter").await;
    // What a kill between the two writes leaves: the attempt, and nobody who would start it. Another charge lends its order.
    let (_, outcome) = app.charge("payletter", &key, "model", json!({})).await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    let store = app.verifier.store();
    let mut order = store.order("model").await.unwrap().unwrap().order;
    order.id = "orphan".to_owned();
    store.register(order).await.unwrap();
    let now = app.clock.now();
    let new = NewAttempt {
        nonce: Digest::of("orphan"),
        channel: "pp-orphan".to_owned(),
        ticket: "orphan".to_owned(),
        layout: Layout::Redirect,
        order_id_size: 40,
        expires_at: now.after(Duration::from_secs(60)),
    };
    store.begin("orphan", new, now).await.unwrap();
    let (first, second) = tokio::join!(
        app.charge("payletter", &key, "orphan", json!({})),
        app.charge("payletter", &key, "orphan", json!({})),
    );
    assert_eq!(
        (&first.1["status"], &second.1["status"]),
        (&json!("paid"), &json!("paid"))
    );
    assert_eq!(app.captures("orphan").await.len(), 1);
    assert_eq!(tap.sent("autopay").len(), 2, "the model's and this one");
}

#[tokio::test]
async fn a_key_in_use_is_not_deleted_under_its_charge() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let key = app.key("payple").await;
    tap.befall("SimplePayCardAct", Fate::Lost, 1);
    let (_, outcome) = app.charge("payple", &key, "doubt", json!({})).await;
    assert_eq!(outcome["status"], "in_doubt", "{outcome}");
    let path = format!("/billing-keys/{key}/delete");
    let (status, answer) = app.merchant("POST", &path, json!({})).await;
    assert_eq!(
        (status, &*code(&answer)),
        (409, "charge_running"),
        "{answer}"
    );
    app.advance(10).await;
    app.comes_to("doubt", "paid").await;
    let (_, shown) = app.merchant("POST", &path, json!({})).await;
    assert_eq!(shown["state"], "deleted", "{shown}");
}

#[tokio::test]
async fn a_paypal_agreement_is_charged_by_us_and_a_subscription_by_paypal() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let paypal = |more: Value| {
        let mut order = json!({ "method": "PaypalExpressCheckout" });
        for (name, value) in more.as_object().unwrap() {
            order[name] = value.clone();
        }
        order
    };
    // An agreement without money: the key comes by a notice that names nothing else.
    let agreement = paypal(json!({ "work": "register", "amount": null }));
    let page = app.order("payletter_global", agreement).await;
    let outcome = page.pay("redirect").await;
    assert_eq!(outcome["status"], "registered", "{outcome}");
    let key = app.key_of(&page.order_id).await;
    let (_, outcome) = app
        .charge("payletter_global", &key, "agreed", json!({}))
        .await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    assert_eq!(app.captures("agreed").await.len(), 1);

    let terms = json!({ "subscription": { "interval": "month", "every": 1, "cycles": 0 } });
    let page = app
        .order(
            "payletter_global",
            paypal(json!({ "amount": "12.50", "currency": "USD", "options": terms })),
        )
        .await;
    page.pay("redirect").await;
    page.wait_for("paid").await;
    let key = app.key_of(&page.order_id).await;
    let (status, answer) = app
        .charge("payletter_global", &key, "byhand", json!({}))
        .await;
    assert_eq!(
        (status, &*code(&answer)),
        (409, "charged_by_paypal"),
        "{answer}"
    );
    assert_eq!(tap.sent("/payment/recurring").len(), 1);

    // Deleting the key ends the subscription; that its answer is lost does not matter, for it can be asked again.
    tap.befall("subscription/cancel", Fate::Lost, 1);
    let path = format!("/billing-keys/{key}/delete");
    let (_, shown) = app.merchant("POST", &path, json!({})).await;
    assert_eq!(
        (&shown["state"], &shown["deletedAtGateway"]),
        (&json!("deleted"), &json!(true)),
        "{shown}"
    );
    assert_eq!(
        app.act("renew", &page.order_id).await,
        409,
        "PayPal charges no more"
    );
}

/// The sales list leaves out a method's group, and no method is called by what is left.
#[tokio::test]
async fn a_key_is_charged_by_the_method_that_the_buyer_chose_whatever_a_list_calls_it() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let more = json!({ "method": null, "amount": "12.50", "currency": "USD", "options": { "recurring": true } });
    let page = app.order("payletter_global", more).await;
    let prepared = page.prepare("redirect").await;
    let typed = [("pginfo", "PLCreditCard")];
    let handback = app.press_typing(&prepared["launch"], "pay", &typed).await;
    let (url, fields) = handback.post();
    app.post_form(url, fields).await;
    page.wait_for("paid").await;
    let key = app.key_of(&page.order_id).await;
    let charge = async || {
        app.charge("payletter_global", &key, "first", json!({}))
            .await
    };
    let (status, outcome) = charge().await;
    assert_eq!((status, &outcome["status"]), (201, &json!("paid")));
    let path = format!("/orders/{}/lookup", page.order_id);
    assert_eq!(app.merchant("POST", &path, json!({})).await.0, 200);
    assert!(app.count(&page.order_id, "sighted").await > 1, "a row came");

    let (status, outcome) = charge().await;
    assert_eq!((status, &outcome["status"]), (200, &json!("paid")));
    let (status, outcome) = app
        .charge("payletter_global", &key, "second", json!({}))
        .await;
    assert_eq!((status, &outcome["status"]), (201, &json!("paid")));
    let asked = tap.sent("/payment/recurring");
    let asked = asked
        .iter()
        .map(|body| serde_json::from_str::<Value>(body).unwrap()["pginfo"].clone());
    assert_eq!(asked.collect::<Vec<_>>(), ["PLCreditCard", "PLCreditCard"]);
    let shown = app.show(&page.order_id).await;
    assert_eq!(shown["outcome"]["method"], "PLCreditCard", "{shown}");
}

#[tokio::test]
async fn a_charge_has_no_window() {
    let app = TestApp::start().await;
    let key = app.key("payple").await;
    app.charge("payple", &key, "nowindow", json!({})).await;
    let store = app.verifier.store();
    let view = store.order("nowindow").await.unwrap().unwrap();
    assert_eq!(view.order.gateway, Gateway::Payple);
    let page = common::Page {
        app: &app,
        order_id: "nowindow".to_owned(),
        secret: "cs_guess".to_owned(),
        launch_url: String::new(),
    };
    let (status, _) = page.post("prepare", json!({ "layout": "popup" })).await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn an_answer_about_another_order_is_no_answer() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    for gateway in ["payple", "payletter_global"] {
        let key = app.key(gateway).await;
        let id = format!("mine{}", gateway.len());
        tap.befall(act(gateway), Fate::Anothers, 1);
        let (_, outcome) = app.charge(gateway, &key, &id, json!({})).await;
        assert_eq!(outcome["status"], "in_doubt", "{gateway}: {outcome}");
        app.advance(10).await;
        app.comes_to(&id, "paid").await;
        assert_eq!(app.captures(&id).await.len(), 1, "{gateway}");
    }
    // Nothing was given back: neither ours, which is right, nor what the answer named, which is somebody else's.
    for path in ["cPayCAct", "/payment/refund"] {
        assert!(tap.sent(path).is_empty(), "{path}");
    }
    tap.befall("PayCardConfirmAct", Fate::Anothers, 1);
    let page = app.order("payple", json!({})).await;
    let outcome = page.pay("redirect").await;
    assert_eq!(outcome["status"], "in_doubt", "{outcome}");
    tap.befall("PayChkAct", Fate::Anothers, 1);
    app.advance(10).await;
    app.looked_up(&page.order_id).await;
    assert_eq!(page.status(0).await["status"], "in_doubt");
    app.advance(60).await;
    page.wait_for("paid").await;
    assert!(tap.sent("cPayCAct").is_empty());
}
