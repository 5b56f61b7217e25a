//! Billing keys: listed, looked at, taken over, deleted; never shown.

use crate::common::{
    self, Fate, Setup, TestApp,
    keys::{GATEWAYS, code},
};
use paypair_ledger::Store;
use serde_json::{Value, json};

/// The key's own text, which no answer may show.
async fn text_of<N: paypair_verifier::Network>(app: &TestApp<N>, id: &str) -> String {
    let view = app.verifier.store().billing_key_view(id).await.unwrap();
    view.unwrap().key.unwrap().expose().to_owned()
}

async fn shown<N: paypair_verifier::Network>(app: &TestApp<N>, id: &str) -> Value {
    let path = format!("/billing-keys/{id}");
    app.merchant("GET", &path, Value::Null).await.1
}

async fn delete<N: paypair_verifier::Network>(app: &TestApp<N>, id: &str) -> (u16, Value) {
    let path = format!("/billing-keys/{id}/delete");
    app.merchant("POST", &path, json!({ "reason": "stopped" }))
        .await
}

#[tokio::test]
async fn keys_are_listed_and_shown_without_the_key() {
    let app = TestApp::start().await;
    for gateway in GATEWAYS {
        let page = app.registered(gateway).await;
        let id = app.key_of(&page.order_id).await;
        assert!(id.starts_with("bk_") && id.len() == 35, "{id}");
        let (status, list) = app
            .merchant("GET", "/billing-keys?customerId=1001", Value::Null)
            .await;
        assert_eq!(status, 200, "{list}");
        let one = shown(&app, &id).await;
        let keys = list["billingKeys"].as_array().unwrap();
        assert!(keys.contains(&one), "{list}");
        assert_eq!(
            (&one["gateway"], &one["customerId"], &one["orderId"]),
            (&json!(gateway), &json!("1001"), &json!(page.order_id))
        );
        assert_eq!(one["state"], "active");
        assert_eq!(one["deletedAtGateway"], false);
        let key = text_of(&app, &id).await;
        let told = [list, one, app.show(&page.order_id).await];
        assert!(told.iter().all(|told| !told.to_string().contains(&key)));
        assert!(
            !page.status(0).await.to_string().contains(&id),
            "not the page's"
        );
    }
    let (status, answer) = app.merchant("GET", "/billing-keys", Value::Null).await;
    assert_eq!((status, &*code(&answer)), (422, "fields_invalid"));
    let (status, answer) = app.merchant("GET", "/billing-keys/bk_x", Value::Null).await;
    assert_eq!((status, &*code(&answer)), (404, "billing_key_unknown"));
}

#[tokio::test]
async fn a_deleted_key_is_gone_at_payple_and_forgotten_elsewhere() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    for gateway in GATEWAYS {
        let id = app.key(gateway).await;
        let (status, key) = delete(&app, &id).await;
        assert_eq!(
            (status, &key["state"]),
            (200, &json!("deleted")),
            "{gateway}: {key}"
        );
        assert_eq!(key["deletedAtGateway"], gateway == "payple", "{gateway}");
        assert!(key["deletedAt"].is_string());
        let view = app.verifier.store().billing_key_view(&id).await.unwrap();
        assert!(view.unwrap().key.is_none(), "our copy is erased");
        // Again: as it stands.
        assert_eq!(delete(&app, &id).await, (200, key));
        let order_id = format!("after{}", gateway.len());
        let (status, answer) = app.charge(gateway, &id, &order_id, json!({})).await;
        assert_eq!(
            (status, &*code(&answer)),
            (409, "billing_key_not_active"),
            "{gateway}: {answer}"
        );
        assert!(app.captures(&order_id).await.is_empty());
    }
    assert_eq!(tap.sent("PUSERDEL").len(), 1);
    let events = app.events().await;
    let deleted = |event: &&Value| event["type"] == "billing_key.deleted";
    assert_eq!(events.iter().filter(deleted).count(), 3);
}

#[tokio::test]
async fn a_deletion_whose_answer_is_lost_is_looked_up() {
    let (app, tap) = TestApp::tapped(Setup {
        patience: 1,
        ..Setup::default()
    })
    .await;
    let id = app.key("payple").await;
    tap.befall("PUSERDEL", Fate::Lost, 1);
    // Nor is there an answer to the question that follows at once.
    tap.befall("PUSERINFO", Fate::Lost, 1);
    let (status, key) = delete(&app, &id).await;
    assert_eq!((status, &key["state"]), (200, &json!("in_doubt")), "{key}");
    assert_eq!(key["reason"]["code"], "no_answer", "{key}");
    let (status, answer) = app.charge("payple", &id, "doubt", json!({})).await;
    assert_eq!((status, &*code(&answer)), (409, "billing_key_not_active"));
    app.advance(60).await;
    app.until("deleted", async || {
        shown(&app, &id).await["state"] == "deleted"
    })
    .await;
    let key = shown(&app, &id).await;
    assert_eq!(key["deletedAtGateway"], true);
    assert_eq!(tap.sent("PUSERDEL").len(), 1, "asked, not deleted again");
}

#[tokio::test]
async fn a_deletion_that_never_left_leaves_the_key_as_it_was() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let id = app.key("payple").await;
    tap.befall("PUSERDEL", Fate::Unsent, 3);
    let (_, key) = delete(&app, &id).await;
    assert_eq!(key["state"], "active", "{key}");
    let (_, outcome) = app.charge("payple", &id, "still", json!({})).await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    assert_eq!(delete(&app, &id).await.1["state"], "deleted");
}

#[tokio::test]
async fn a_card_deleted_on_the_admin_page_is_found_gone() {
    let app = TestApp::start().await;
    let by_hand = async |id: &str| {
        let body = json!({ "billing_key": text_of(&app, id).await });
        let url = format!("{}/control/payple/delete_card", app.gateway);
        let answer = app.http.post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    };
    let id = app.key("payple").await;
    let path = format!("/billing-keys/{id}?check=true");
    let (status, key) = app.merchant("GET", &path, Value::Null).await;
    assert_eq!(
        (status, &key["knownAtGateway"]),
        (200, &json!(true)),
        "{key}"
    );
    by_hand(&id).await;
    let (status, key) = app.merchant("GET", &path, Value::Null).await;
    assert_eq!(
        (status, &key["knownAtGateway"]),
        (200, &json!(false)),
        "{key}"
    );
    assert_eq!(key["state"], "active", "one answer erases nothing");

    // Deleting it finds it gone, which is what was wanted.
    let (_, key) = delete(&app, &id).await;
    assert_eq!(key["state"], "deleted", "{key}");

    let id = app.key("payletter").await;
    let path = format!("/billing-keys/{id}?check=true");
    let (status, answer) = app.merchant("GET", &path, Value::Null).await;
    assert_eq!((status, &*code(&answer)), (422, "not_offered"));
}

#[tokio::test]
async fn a_key_of_the_merchants_is_taken_over_for_its_customer() {
    let app = TestApp::start().await;
    // Keys that another system registered: at the gateway, but not with us.
    let other = TestApp::start().await;
    let adopt = |gateway: &str, key: &str, customer: &str| {
        json!({
            "gateway": gateway, "billingKey": key, "customerId": customer,
            "method": match gateway { "payple" => "card", "payletter" => "creditcard", _ => "PLCreditCard" },
        })
    };
    for gateway in ["payletter", "payletter_global"] {
        let strange = other.key(gateway).await;
        let key = text_of(&other, &strange).await;
        let (status, shown) = app
            .merchant("POST", "/billing-keys", adopt(gateway, &key, "1001"))
            .await;
        assert_eq!(
            (status, &shown["state"]),
            (201, &json!("active")),
            "{gateway}: {shown}"
        );
        assert!(!shown.to_string().contains(&key));
        let (status, again) = app
            .merchant("POST", "/billing-keys", adopt(gateway, &key, "1001"))
            .await;
        assert_eq!((status, again), (200, shown));
        let (status, answer) = app
            .merchant("POST", "/billing-keys", adopt(gateway, &key, "2002"))
            .await;
        assert_eq!(
            (status, &*code(&answer)),
            (409, "billing_key_of_other_customer"),
            "{answer}"
        );
    }
    // Payple is asked, and does not know it.
    let (status, answer) = app
        .merchant("POST", "/billing-keys", adopt("payple", "made-up", "1001"))
        .await;
    assert_eq!(
        (status, &*code(&answer)),
        (404, "billing_key_unknown"),
        "{answer}"
    );
    let (status, answer) = app
        .merchant("POST", "/billing-keys", json!({ "gateway": "payple" }))
        .await;
    let fields = answer["error"]["fields"].as_array().unwrap();
    assert_eq!((status, fields.len()), (422, 3), "{answer}");
}

#[tokio::test]
async fn a_key_is_nobody_elses_under_another_client_either() {
    let app = TestApp::with(Setup {
        clients: r#"
        [[payletter.clients]]
        client_id = "pay_test_p"
        payment_key = "cGF5Y28tcGF5bWVudC1rZXk="
        methods = ["payco"]"#,
        ..Setup::default()
    })
    .await;
    let adopt = async |gateway: &str, method: &str, customer: &str| {
        let body = json!({ "gateway": gateway, "method": method, "customerId": customer, "billingKey": "BK-ONE" });
        app.merchant("POST", "/billing-keys", body).await
    };
    let (status, shown) = adopt("payletter", "creditcard", "1001").await;
    assert_eq!(status, 201, "{shown}");
    for (gateway, method) in [("payletter", "payco"), ("payletter_global", "PLCreditCard")] {
        let (status, answer) = adopt(gateway, method, "2002").await;
        assert_eq!(
            (status, &*code(&answer)),
            (409, "billing_key_of_other_customer"),
            "{gateway} {method}: {answer}"
        );
    }
}

#[tokio::test]
async fn payple_proves_whose_a_key_is_that_is_taken_over() {
    // One gateway, two merchants' databases: the second one has forgotten everything.
    let app = TestApp::start().await;
    let id = app.key("payple").await;
    let key = text_of(&app, &id).await;
    let fresh = app.forgetful().await;
    let adopt = |customer: &str| json!({ "gateway": "payple", "method": "card", "customerId": customer, "billingKey": key });
    let adopted = |body: Value| {
        let request = paypair_verifier::RawRequest::new("POST", "/billing-keys")
            .with_header("authorization", &format!("Bearer {}", common::TOKEN))
            .with_body(body.to_string());
        let fresh = fresh.clone();
        async move {
            let answer = fresh.handle(request).await;
            let body: Value = serde_json::from_slice(&answer.body).unwrap();
            (answer.status, body)
        }
    };
    let (status, answer) = adopted(adopt("2002")).await;
    assert_eq!(
        (status, &*code(&answer)),
        (409, "billing_key_of_other_customer"),
        "{answer}"
    );
    let (status, shown) = adopted(adopt("1001")).await;
    assert_eq!(
        (status, &shown["state"]),
        (201, &json!("active")),
        "{shown}"
    );
    assert!(shown["card"]["number"].as_str().unwrap().contains('*'));
    assert_eq!(
        shown["billingKeyId"],
        json!(id),
        "the same key, the same id"
    );
}

#[tokio::test]
async fn a_deletion_that_did_not_happen_is_found_out() {
    let (app, tap) = TestApp::tapped(Setup {
        patience: 1,
        ..Setup::default()
    })
    .await;
    let id = app.key("payple").await;
    tap.befall("PUSERDEL", Fate::Hang, 1);
    assert_eq!(delete(&app, &id).await.1["state"], "deleting");
    // The process dies; the next one asks whether the card is still there, for an hour.
    let _second = app.second();
    app.until("in doubt", async || {
        shown(&app, &id).await["state"] == "in_doubt"
    })
    .await;
    let order_id = common::text(&shown(&app, &id).await["orderId"]);
    app.half_hours(&order_id, 4).await;
    app.until("active", async || {
        shown(&app, &id).await["state"] == "active"
    })
    .await;
    let (_, outcome) = app.charge("payple", &id, "still", json!({})).await;
    let outcome = match outcome["status"].as_str() {
        Some("paid") => outcome,
        _ => app.comes_to("still", "paid").await,
    };
    assert_eq!(outcome["final"], true, "{outcome}");
}

/// A deletion in doubt, at a gateway that does not answer the next questions about the card.
async fn in_doubt(
    app: &TestApp<common::Tap>,
    tap: &common::Tap,
    fate: Fate,
    silent: u32,
) -> (String, String) {
    let id = app.key("payple").await;
    tap.befall("PUSERDEL", fate, 1);
    tap.befall("PUSERINFO", Fate::Astray, silent);
    let (_, key) = delete(app, &id).await;
    assert_eq!(key["state"], "in_doubt", "{key}");
    let order_id = common::text(&key["orderId"]);
    (id, order_id)
}

#[tokio::test]
async fn a_deletion_that_no_lookup_settles_is_ended_by_a_named_person() {
    let (app, tap) = TestApp::tapped(Setup {
        patience: 1,
        ..Setup::default()
    })
    .await;
    let resolve = async |order_id: &str, word: &str| {
        let body = json!({ "operator": "김민지", "resolution": word });
        app.merchant("POST", &format!("/orders/{order_id}/resolve"), body)
            .await
    };
    let (id, order_id) = in_doubt(&app, &tap, Fate::Lost, 2).await;
    let (status, answer) = resolve(&order_id, "not_captured").await;
    assert_eq!((status, &*code(&answer)), (409, "nothing_to_resolve"));
    let (status, resolved) = resolve(&order_id, "key_deleted").await;
    assert_eq!(
        (status, &resolved["billingKeyState"], &resolved["settledBy"]),
        (200, &json!("deleted"), &json!("operator")),
        "{resolved}"
    );
    assert_eq!(
        resolved["status"], "registered",
        "the order's own state stays"
    );
    let view = app.verifier.store().billing_key_view(&id).await.unwrap();
    assert!(view.unwrap().key.is_none(), "our copy is erased");
    assert_eq!(
        shown(&app, &id).await["reason"]["code"],
        "settled_by_operator"
    );
    assert_eq!(app.published(&order_id, "billing_key.deleted").await, 1);
    assert!(
        app.verifier
            .store()
            .unfinished_calls()
            .await
            .unwrap()
            .is_empty()
    );
    let (status, answer) = resolve(&order_id, "key_deleted").await;
    assert_eq!((status, &*code(&answer)), (409, "nothing_to_resolve"));

    // Still there: it may be charged again, and deleted again.
    let (id, order_id) = in_doubt(&app, &tap, Fate::Astray, 2).await;
    let (_, resolved) = resolve(&order_id, "key_kept").await;
    assert_eq!(
        (&resolved["billingKeyState"], &resolved["settledBy"]),
        (&json!("active"), &json!("operator")),
        "{resolved}"
    );
    let (_, outcome) = app.charge("payple", &id, "still", json!({})).await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    assert_eq!(delete(&app, &id).await.1["state"], "deleted");

    // The gateway's own word comes first.
    let (_, order_id) = in_doubt(&app, &tap, Fate::Lost, 1).await;
    let (_, resolved) = resolve(&order_id, "key_kept").await;
    assert_eq!(
        (&resolved["billingKeyState"], &resolved["settledBy"]),
        (&json!("deleted"), &json!("evidence")),
        "{resolved}"
    );
}
