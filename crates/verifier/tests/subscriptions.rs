//! A PayPal subscription, told by notices alone: made, renewed under strange numbers, forged, ended.

mod twice;

use crate::common::{Page, Setup, TestApp, text};
use paypair_protocol::{Secret, hash::notice_hash};
use paypair_verifier::Network;
use serde_json::{Value, json};

const PAYPAL: &str = "PaypalExpressCheckout";
const OK: (u16, &str) = (200, "<RESULT>OK</RESULT>");

fn order(options: Value) -> Value {
    json!({ "method": PAYPAL, "amount": "12.50", "currency": "USD", "options": options })
}

fn monthly() -> Value {
    order(json!({ "subscription": { "interval": "month", "every": 1, "cycles": 0 } }))
}

async fn subscribed(app: &TestApp) -> Page<'_> {
    let page = app.order("payletter_global", monthly()).await;
    let outcome = page.pay("redirect").await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    page
}

async fn show<N: Network>(app: &TestApp<N>, order_id: &str) -> Value {
    let (status, shown) = app.get(&format!("/subscriptions/{order_id}")).await;
    assert_eq!(status, 200, "{shown}");
    shown
}

/// A named person says what became of it.
async fn resolve(app: &TestApp, order_id: &str, resolution: &str) -> (u16, Value) {
    let word = json!({ "operator": "김민지", "resolution": resolution });
    app.merchant("POST", &format!("/orders/{order_id}/resolve"), word)
        .await
}

/// Waits for a subscription with so many paid payments.
async fn with_payments(app: &TestApp, order_id: &str, wanted: usize) -> Value {
    app.until("the renewal is paid", async || {
        let shown = show(app, order_id).await;
        let payments = shown["payments"].as_array().unwrap();
        payments.len() == wanted && payments.iter().all(|paid| paid["status"] == "paid")
    })
    .await;
    show(app, order_id).await
}

/// The key that PayPal charges with; tests may look where merchants cannot.
async fn key_of(app: &TestApp, order_id: &str) -> String {
    let key = paypair_ledger::Store::billing_key(app.verifier.store(), order_id).await;
    key.unwrap().expect("a key").expose().to_owned()
}

/// A notice of a payment, signed as the gateway does.
fn renewal(order_id: &str, amount: &str, payer: &str, key: &str) -> Vec<(String, String)> {
    let sent = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let sent = sent.unwrap().as_secs().to_string();
    let api_key = Secret::new("PL_Merchant");
    let hash = notice_hash(
        "PL_Merchant",
        "USD",
        order_id,
        amount,
        payer,
        &sent,
        &api_key,
    );
    [
        ("notifytype", "1"),
        ("storeid", "PL_Merchant"),
        ("storeorderno", order_id),
        ("currency", "USD"),
        ("payamt", amount),
        ("payerid", payer),
        ("paytoken", &format!("token-of-{order_id}")),
        ("pginfo", PAYPAL),
        ("poqtoken", key),
        ("timestamp", &sent),
        ("hash", &hash.to_lower_hex()),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

#[tokio::test]
async fn it_is_made_and_renewed_and_ended_and_three_books_agree() {
    let app = TestApp::start().await;
    let page = subscribed(&app).await;
    let shown = show(&app, &page.order_id).await;
    assert_eq!(
        [
            &shown["state"],
            &shown["amount"],
            &shown["currency"],
            &shown["interval"]
        ],
        [
            &json!("active"),
            &json!("12.50"),
            &json!("USD"),
            &json!("month")
        ],
        "{shown}"
    );
    assert_eq!((&shown["every"], &shown["cycles"]), (&json!(1), &json!(0)));
    assert!(text(&shown["billingKeyId"]).starts_with("bk_"), "{shown}");
    let key = key_of(&app, &page.order_id).await;
    assert!(!shown.to_string().contains(&key), "never the key");

    for payments in [2, 3] {
        assert_eq!(app.act("renew", &page.order_id).await, 200);
        let shown = with_payments(&app, &page.order_id, payments).await;
        let last = &shown["payments"][payments - 1];
        assert_eq!(
            last["orderId"],
            format!("{}-r{}", page.order_id, payments - 1)
        );
        assert_eq!(
            (&last["amount"], &last["currency"]),
            (&json!("12.50"), &json!("USD"))
        );
        let renewed = text(&last["orderId"]);
        assert_eq!(app.published(&renewed, "payment.paid").await, 1);
    }
    let (status, list) = app
        .get(&format!(
            "/sales?gateway=payletter_global&on={}",
            app.today()
        ))
        .await;
    assert_eq!((status, &list["count"]), (200, &json!(3)), "{list}");
    for row in list["rows"].as_array().unwrap() {
        assert_eq!(row["ourState"], "paid", "{row}");
        assert!(
            text(&row["ourOrderId"]).starts_with(&page.order_id),
            "{row}"
        );
    }
    let captured = |payment: &&Value| payment["state"] == "captured";
    assert_eq!(app.payments().await.iter().filter(captured).count(), 3);

    let path = format!("/subscriptions/{}/cancel", page.order_id);
    let (status, ended) = app
        .merchant("POST", &path, json!({ "reason": "해지" }))
        .await;
    assert_eq!(
        (status, &ended["state"]),
        (200, &json!("cancelled")),
        "{ended}"
    );
    assert_eq!(
        app.act("renew", &page.order_id).await,
        409,
        "PayPal knows it too"
    );
    assert_eq!(
        app.published(&page.order_id, "billing_key.deleted").await,
        1
    );
    let (status, again) = app.merchant("POST", &path, json!({})).await;
    assert_eq!(
        (status, &again["state"]),
        (200, &json!("cancelled")),
        "{again}"
    );
    assert_eq!(app.called("subscription/cancel").await, 1, "asked once");
    assert_eq!(
        show(&app, &page.order_id).await["payments"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test]
async fn a_renewal_is_given_back_like_any_payment() {
    let app = TestApp::start().await;
    let page = subscribed(&app).await;
    assert_eq!(app.act("renew", &page.order_id).await, 200);
    let shown = with_payments(&app, &page.order_id, 2).await;
    let renewed = text(&shown["payments"][1]["orderId"]);
    let (status, outcome) = app
        .merchant("POST", &format!("/orders/{renewed}/refund"), json!({}))
        .await;
    assert_eq!(
        (status, &outcome["state"]),
        (200, &json!("refunded")),
        "{outcome}"
    );
    let shown = show(&app, &page.order_id).await;
    assert_eq!(
        [
            &shown["state"],
            &shown["payments"][0]["status"],
            &shown["payments"][1]["status"]
        ],
        [&json!("active"), &json!("paid"), &json!("cancelled")],
        "{shown}"
    );
    let (_, list) = app
        .get(&format!(
            "/sales?gateway=payletter_global&on={}",
            app.today()
        ))
        .await;
    let states = |name: &str| -> Vec<String> {
        let rows = list["rows"].as_array().unwrap();
        rows.iter().map(|row| text(&row[name])).collect()
    };
    assert_eq!(states("status"), ["paid", "cancelled"]);
    assert_eq!(states("ourState"), ["paid", "refunded"]);
}

#[tokio::test]
async fn the_same_renewal_told_twice_is_one_payment() {
    let app = TestApp::start().await;
    let page = subscribed(&app).await;
    app.script("payletter_global", json!(["callback_twice"]))
        .await;
    assert_eq!(app.act("renew", &page.order_id).await, 200);
    let shown = with_payments(&app, &page.order_id, 2).await;
    let renewed = text(&shown["payments"][1]["orderId"]);
    let own = app.show(&renewed).await;
    let strange = text(&own["attempts"][0]["gatewayOrderId"]);
    assert!(strange.starts_with("PP"), "{own}");
    app.deliver("payletter_global", &strange).await;
    let shown = show(&app, &page.order_id).await;
    assert_eq!(shown["payments"].as_array().unwrap().len(), 2, "{shown}");
    assert_eq!(app.published(&renewed, "payment.paid").await, 1);
}

#[tokio::test]
async fn a_renewal_counts_only_once_the_sales_list_has_it() {
    let app = TestApp::start().await;
    let page = subscribed(&app).await;
    app.script("payletter_global", json!(["lookup_unavailable"]))
        .await;
    assert_eq!(app.act("renew", &page.order_id).await, 200);
    app.until("the renewal is seen", async || {
        show(&app, &page.order_id).await["payments"]
            .as_array()
            .unwrap()
            .len()
            == 2
    })
    .await;
    let shown = show(&app, &page.order_id).await;
    let renewed = &shown["payments"][1];
    assert_eq!(
        (
            &renewed["status"],
            &renewed["state"],
            &renewed["reason"]["code"]
        ),
        (
            &json!("review"),
            &json!("pending_review"),
            &json!("renewal_unconfirmed")
        ),
        "{shown}"
    );
    let id = text(&renewed["orderId"]);
    // Where the list may be asked, no person speaks in its place.
    let (status, answer) = resolve(&app, &id, "captured").await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (409, &json!("lookup_decides")),
        "{answer}"
    );
    assert_eq!(app.published(&id, "payment.paid").await, 0);
}

#[tokio::test]
async fn a_forged_renewal_is_kept_and_pays_for_nothing() {
    let app = TestApp::start().await;
    let page = subscribed(&app).await;
    let key = key_of(&app, &page.order_id).await;
    let payments = async || {
        show(&app, &page.order_id).await["payments"]
            .as_array()
            .unwrap()
            .len()
    };
    for (why, notice) in [
        (
            "an unknown key",
            renewal("PP1", "12.5", "1001", "TPL_Merchant20261121999999"),
        ),
        ("another amount", renewal("PP2", "1", "1001", &key)),
        ("another customer", renewal("PP3", "12.5", "1002", &key)),
        ("no key", renewal("PP4", "12.5", "1001", "")),
        ("another method", {
            let mut notice = renewal("PP5", "12.5", "1001", &key);
            notice.retain(|(name, _)| name != "pginfo");
            notice.push(("pginfo".to_owned(), "PLCreditCard".to_owned()));
            notice
        }),
        ("another kind", {
            let mut notice = renewal("PP6", "12.5", "1001", &key);
            notice[0].1 = "2".to_owned();
            notice
        }),
    ] {
        let (status, body) = app.notice(&notice).await;
        assert_eq!((status, &*body), OK, "{why}: the hash is good");
        assert_eq!(payments().await, 1, "{why}");
    }
    // A hash of another order: not acknowledged.
    let mut swapped = renewal("PP7", "12.5", "1001", &key);
    swapped[2].1 = "PP8".to_owned();
    assert_eq!(app.notice(&swapped).await.0, 400);
    assert_eq!(payments().await, 1);

    // Everything as agreed, but the gateway never made it: it waits for ever, and is never paid.
    let (status, body) = app.notice(&renewal("PP9", "12.5", "1001", &key)).await;
    assert_eq!((status, &*body), OK);
    app.until("the list is asked for it", async || {
        let shown = app.show(&format!("{}-r1", page.order_id)).await;
        let rows = shown["timeline"].as_array().cloned().unwrap_or_default();
        rows.iter().any(|row| row["kind"] == "lookup_absent")
    })
    .await;
    let shown = show(&app, &page.order_id).await;
    assert_eq!(shown["payments"][1]["state"], "pending_review", "{shown}");
}

#[tokio::test]
async fn a_paid_notice_of_one_order_cannot_be_read_as_a_renewal() {
    let app = TestApp::start().await;
    let page = subscribed(&app).await;
    let key = key_of(&app, &page.order_id).await;
    let other = app.order("payletter_global", order(json!({}))).await;
    assert_eq!(other.pay("redirect").await["status"], "paid");
    // The hash covers the number, so it stays that order's, whatever key is written beside it.
    let notice = renewal(&other.order_id, "12.5", "1001", &key);
    assert_eq!(app.notice(&notice).await.0, 200);
    let shown = show(&app, &page.order_id).await;
    assert_eq!(shown["payments"].as_array().unwrap().len(), 1, "{shown}");
    assert_ne!(key_of(&app, &page.order_id).await, "");
}

#[tokio::test]
async fn a_renewal_after_the_end_is_asked_about_and_flagged() {
    let app = TestApp::start().await;
    let page = subscribed(&app).await;
    let key = key_of(&app, &page.order_id).await;
    let path = format!("/subscriptions/{}/cancel", page.order_id);
    let (_, ended) = app.merchant("POST", &path, json!({})).await;
    assert_eq!(ended["state"], "cancelled", "{ended}");
    let (status, body) = app.notice(&renewal("PP1", "12.5", "1001", &key)).await;
    assert_eq!((status, &*body), OK);
    let renewed = format!("{}-r1", page.order_id);
    app.until("the list is asked for it", async || {
        let shown = app.show(&renewed).await;
        let rows = shown["timeline"].as_array().cloned().unwrap_or_default();
        rows.iter().any(|row| row["kind"] == "lookup_absent")
    })
    .await;
    let shown = app.show(&renewed).await;
    assert_ne!(shown["status"], "paid", "{shown}");
    let rows = shown["timeline"].as_array().unwrap();
    assert!(
        rows.iter()
            .any(|row| row["note"] == "renewal_after_the_end"),
        "{shown}"
    );
    assert_eq!(show(&app, &page.order_id).await["state"], "cancelled");
}

#[tokio::test]
async fn terms_that_were_not_asked_for_make_no_subscription() {
    let app = TestApp::start().await;
    let page = app.order("payletter_global", monthly()).await;
    page.prepare("redirect").await;
    let mut notice = renewal(&page.order_id, "12.5", "1001", "TPL_Merchant20261121000009");
    notice[0].1 = "5".to_owned();
    let with = |interval: &str, every: &str| {
        let mut notice = notice.clone();
        for (name, value) in [
            ("intervaltype", interval),
            ("intervalcnt", every),
            ("totalcycles", "0"),
        ] {
            notice.push((name.to_owned(), value.to_owned()));
        }
        notice
    };
    for wrong in [with("1", "1"), with("3", "2")] {
        assert_eq!(app.notice(&wrong).await.0, 200);
        assert_eq!(show(&app, &page.order_id).await["state"], "none");
    }
    assert_eq!(app.notice(&with("3", "1")).await.0, 200);
    let shown = show(&app, &page.order_id).await;
    assert_eq!(shown["state"], "active", "{shown}");
    assert_eq!(
        shown["payments"][0]["status"], "pending",
        "the key is no money"
    );
}

/// The hash covers neither a notice's kind nor its token: what says that a subscription was made can be sent again as a payment.
#[tokio::test]
async fn that_a_subscription_was_made_cannot_be_read_as_its_first_payment() {
    for (assumptions, asked) in [
        ("global_sales_list_permitted = true", true),
        // Without the list a person says which of the two it was.
        ("global_sales_list_permitted = false", false),
    ] {
        let app = TestApp::with(Setup {
            assumptions,
            ..Setup::default()
        })
        .await;
        let page = app.order("payletter_global", monthly()).await;
        page.prepare("redirect").await;
        let id = &page.order_id;
        let mut notice = renewal(id, "12.5", "1001", "TPL_Merchant20261121000010");
        notice[0].1 = "5".to_owned();
        assert_eq!(app.notice(&notice).await.0, 200);
        notice[0].1 = "1".to_owned();
        let (status, body) = app.notice(&notice).await;
        assert_eq!((status, &*body), OK);
        assert_eq!(app.published(id, "payment.paid").await, 0);
        if !asked {
            let outcome = app.show(id).await;
            assert_eq!(
                (
                    &outcome["status"],
                    &outcome["attempts"][0]["reason"]["code"]
                ),
                (&json!("review"), &json!("capture_unconfirmed")),
                "{outcome}"
            );
            assert_eq!(app.published(id, "payment.pending").await, 1);
            app.advance(86_400).await;
            app.looked_up(id).await;
            let (_, resolved) = resolve(&app, id, "captured").await;
            assert_eq!(
                (&resolved["state"], &resolved["settledBy"]),
                (&json!("paid"), &json!("operator")),
                "{resolved}"
            );
            assert_eq!(app.published(id, "payment.pending").await, 1);
            assert_eq!(app.published(id, "payment.paid").await, 1);
            assert_eq!(show(&app, id).await["state"], "active");
            continue;
        }
        app.until("the list was asked", async || {
            app.count(id, "lookup_absent").await > 0
        })
        .await;
        assert_eq!(app.show(id).await["status"], "pending");
        // Once the money is in the list, the same notice is as good as any reason to ask.
        let outcome = page.pay("redirect").await;
        assert_eq!(outcome["status"], "paid", "{outcome}");
    }
}

#[tokio::test]
async fn other_orders_have_no_subscription() {
    let app = TestApp::start().await;
    let page = app.order("payletter_global", order(json!({}))).await;
    let (status, answer) = app.get(&format!("/subscriptions/{}", page.order_id)).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (422, &json!("not_offered"))
    );
    let (status, answer) = app.get("/subscriptions/nobody").await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (404, &json!("order_unknown"))
    );
    let open = app.order("payletter_global", monthly()).await;
    assert_eq!(show(&app, &open.order_id).await["state"], "none");
    let path = format!("/subscriptions/{}/cancel", open.order_id);
    let (status, answer) = app.merchant("POST", &path, json!({})).await;
    assert_eq!((status, &answer["error"]["code"]), (409, &json!("not_now")));
}

#[tokio::test]
async fn without_permission_for_the_list_a_renewal_stays_in_review() {
    let app = TestApp::with(Setup {
        assumptions: "global_sales_list_permitted = false",
        ..Setup::default()
    })
    .await;
    let page = app.order("payletter_global", monthly()).await;
    let outcome = page.pay("redirect").await;
    assert_eq!(outcome["status"], "review", "{outcome}");
    let (_, resolved) = resolve(&app, &page.order_id, "captured").await;
    assert_eq!(resolved["state"], "paid", "{resolved}");
    assert_eq!(app.act("renew", &page.order_id).await, 200);
    app.until("the renewal is seen", async || {
        show(&app, &page.order_id).await["payments"]
            .as_array()
            .unwrap()
            .len()
            == 2
    })
    .await;
    let shown = show(&app, &page.order_id).await;
    let renewed = &shown["payments"][1];
    assert_eq!(renewed["status"], "review", "{shown}");
    // Nothing of it is known but that notice: a person ends it too, by the name that it gave.
    let id = text(&renewed["orderId"]);
    let (_, resolved) = resolve(&app, &id, "captured").await;
    assert_eq!(
        (&resolved["state"], &resolved["settledBy"]),
        (&json!("paid"), &json!("operator")),
        "{resolved}"
    );
    assert_eq!(app.published(&id, "payment.paid").await, 1);
}
