//! A notice's kind: its hash does not cover it.

use serde_json::{Value, json};

use super::{PAYPAL, notice, press_and_return, usd};
use crate::common::{Setup, TestApp, text};

#[tokio::test]
async fn a_held_payment_is_reviewed_until_paypal_lets_it_go() {
    let app = TestApp::start().await;
    let page = app.order("payletter_global", usd(PAYPAL)).await;
    press_and_return(&page, "hold").await;
    let outcome = page.wait_for("review").await;
    assert_eq!(outcome["state"], "pending_review", "{outcome}");
    assert_eq!(app.act("release", &page.order_id).await, 200);
    page.wait_for("paid").await;
    assert_eq!(app.published(&page.order_id, "payment.paid").await, 1);
}

/// The hash does not cover the kind: what says that a payment is held can be sent again as one that was made.
#[tokio::test]
async fn that_a_payment_is_held_cannot_be_read_as_a_payment() {
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
        let page = app.order("payletter_global", usd(PAYPAL)).await;
        page.prepare("redirect").await;
        let id = &page.order_id;
        let mut held = notice("6", id, &[("paytoken", "20261121HELD")]);
        app.notice(&held).await;
        assert_eq!(page.status(0).await["state"], "pending_review");
        held[0].1 = "1".to_owned();
        let (status, body) = app.notice(&held).await;
        assert_eq!((status, &*body), (200, "<RESULT>OK</RESULT>"));
        if asked {
            app.until("the list was asked", async || {
                app.count(id, "lookup_absent").await > 0
            })
            .await;
            assert_eq!(page.status(0).await["state"], "pending_review");
            assert_eq!(app.published(id, "payment.paid").await, 0);
            continue;
        }
        waits_for_a_person(&app, id, "20261121HELD").await;
        assert_eq!(app.notice(&held).await.0, 200);
        assert_eq!(
            app.published(id, "payment.pending").await,
            2,
            "held, then said"
        );
    }
}

/// A list that nobody may ask ends no review: the merchant is told what was said, once, it stays, and a named person ends it.
#[tokio::test]
async fn a_held_payment_that_is_said_to_be_made_is_ended_by_a_named_person() {
    for (resolution, state, told) in [
        ("captured", "paid", "payment.paid"),
        ("not_captured", "declined", "payment.declined"),
    ] {
        let app = TestApp::with(Setup {
            assumptions: "global_sales_list_permitted = false",
            ..Setup::default()
        })
        .await;
        let page = app.order("payletter_global", usd(PAYPAL)).await;
        press_and_return(&page, "hold").await;
        page.wait_for("review").await;
        let id = &page.order_id;
        // A word of nothing that was signed pays for nothing.
        assert_eq!(
            say(&app, id, "captured").await,
            (409, json!("nothing_to_resolve"))
        );
        assert_eq!(app.act("release", id).await, 200);
        let token = text(&app.book(id).await["transaction_id"]);
        app.until("the release is kept", async || {
            app.show(id).await["attempts"][0]["reason"]["code"] == "capture_unconfirmed"
        })
        .await;
        waits_for_a_person(&app, id, &token).await;
        for _ in 0..12 {
            app.advance(86_400).await;
            app.looked_up(id).await;
        }
        waits_for_a_person(&app, id, &token).await;
        assert_eq!(app.published(id, "payment.discrepant").await, 0);
        assert_eq!(say(&app, id, resolution).await, (200, json!("operator")));
        let shown = app.show(id).await;
        assert_eq!(shown["attempts"][0]["state"], state, "{shown}");
        assert_eq!(app.published(id, told).await, 1);
        let name = (state == "paid").then_some(token);
        assert_eq!(
            shown["attempts"][0]["transactionId"],
            json!(name),
            "{shown}"
        );
        assert_eq!(
            say(&app, id, resolution).await,
            (409, json!("nothing_to_resolve"))
        );
    }
}

/// The buyer agreed to later charges with it: no list shows the key, and its notice does not come again.
#[tokio::test]
async fn a_held_payment_keeps_its_key_until_it_is_known_to_be_paid() {
    for permitted in [true, false] {
        let assumptions = match permitted {
            true => "global_sales_list_permitted = true",
            false => "global_sales_list_permitted = false",
        };
        let app = TestApp::with(Setup {
            assumptions,
            ..Setup::default()
        })
        .await;
        let mut more = usd(PAYPAL);
        more["options"] = json!({ "recurring": true });
        let page = app.order("payletter_global", more).await;
        press_and_return(&page, "hold").await;
        page.wait_for("review").await;
        let id = &page.order_id;
        assert_eq!(app.act("release", id).await, 200);
        if permitted {
            page.wait_for("paid").await;
        } else {
            app.until("the release is kept", async || {
                app.show(id).await["attempts"][0]["reason"]["code"] == "capture_unconfirmed"
            })
            .await;
            assert_eq!(say(&app, id, "captured").await.0, 200);
        }
        let shown = app.show(id).await;
        let attempt = &shown["attempts"][0];
        assert_eq!(attempt["state"], "paid", "{shown}");
        assert!(attempt["billingKeyId"].is_string(), "{shown}");
    }
}

/// A person said that a held payment never was: what told of it can be sent again as a payment all the same.
#[tokio::test]
async fn what_a_person_ended_is_not_paid_by_what_told_that_it_was_held() {
    let app = TestApp::with(Setup {
        assumptions: "global_sales_list_permitted = false",
        ..Setup::default()
    })
    .await;
    let page = app.order("payletter_global", usd(PAYPAL)).await;
    page.prepare("redirect").await;
    let id = &page.order_id;
    let mut held = notice("6", id, &[("paytoken", "20261121HELD")]);
    app.notice(&held).await;
    assert_eq!(say(&app, id, "not_captured").await.0, 200);
    held[0].1 = "1".to_owned();
    assert_eq!(app.notice(&held).await.0, 200);
    waits_for_a_person(&app, id, "20261121HELD").await;
}

/// The buyer finishes in a window that was given up, and the payment is held: that is remembered too.
#[tokio::test]
async fn what_is_held_after_the_end_cannot_be_read_as_a_payment_either() {
    for assumptions in [
        "global_sales_list_permitted = true",
        "global_sales_list_permitted = false",
    ] {
        let app = TestApp::with(Setup {
            assumptions,
            ..Setup::default()
        })
        .await;
        let page = app.order("payletter_global", usd(PAYPAL)).await;
        press_and_return(&page, "decline").await;
        let id = &page.order_id;
        assert_eq!(app.show(id).await["attempts"][0]["state"], "declined");
        let mut held = notice("6", id, &[("paytoken", "20261121HELD")]);
        assert_eq!(app.notice(&held).await.0, 200);
        assert_eq!(app.show(id).await["attempts"][0]["state"], "pending_review");
        held[0].1 = "1".to_owned();
        assert_eq!(app.notice(&held).await.0, 200);
        app.looked_up(id).await;
        let shown = app.show(id).await;
        assert_eq!(shown["status"], "review", "{shown}");
        assert_eq!(app.published(id, "payment.paid").await, 0);
    }
}

/// With another window open beside it, it waits for nobody; but it pays for nothing.
#[tokio::test]
async fn what_is_held_beside_an_open_window_is_told_and_pays_for_nothing() {
    let app = TestApp::with(Setup {
        assumptions: "global_sales_list_permitted = false",
        ..Setup::default()
    })
    .await;
    let page = app.order("payletter_global", usd(PAYPAL)).await;
    press_and_return(&page, "decline").await;
    page.prepare("redirect").await;
    let id = &page.order_id;
    let mut held = notice("6", id, &[("paytoken", "20261121HELD")]);
    assert_eq!(app.notice(&held).await.0, 200);
    assert_eq!(app.published(id, "payment.discrepant").await, 1);
    held[0].1 = "1".to_owned();
    assert_eq!(app.notice(&held).await.0, 200);
    let shown = app.show(id).await;
    let states = [0, 1].map(|nth| text(&shown["attempts"][nth]["state"]));
    assert_eq!(states, ["declined", "requested"], "{shown}");
    assert_eq!(app.published(id, "payment.paid").await, 0);
}

/// In review for a notice that nobody can be asked about: told, and paid nothing.
async fn waits_for_a_person(app: &TestApp, id: &str, token: &str) {
    let shown = app.show(id).await;
    let attempt = &shown["attempts"][0];
    assert_eq!(
        (
            &shown["status"],
            &attempt["state"],
            &attempt["reason"]["code"]
        ),
        (
            &json!("review"),
            &json!("pending_review"),
            &json!("capture_unconfirmed")
        ),
        "{shown}"
    );
    let unproven = &attempt["unproven"];
    assert_eq!(
        (&unproven[0]["what"], &unproven[0]["transactionId"]),
        (&json!("capture"), &json!(token)),
        "{shown}"
    );
    assert_eq!(unproven.as_array().unwrap().len(), 1, "{shown}");
    assert_eq!(app.published(id, "payment.paid").await, 0);
    let events = app.events().await;
    let told = events
        .iter()
        .filter(|it| it["orderId"] == *id && it["data"]["unproven"][0]["transactionId"] == token);
    let told: Vec<_> = told.collect();
    assert_eq!(told.len(), 1, "{events:?}");
    assert_eq!(told[0]["type"], "payment.pending");
}

/// What a named person's word came to: by whom it is settled, or why not.
async fn say(app: &TestApp, id: &str, resolution: &str) -> (u16, Value) {
    let word = json!({ "operator": "김민지", "resolution": resolution });
    let path = format!("/orders/{id}/resolve");
    let (status, answer) = app.merchant("POST", &path, word).await;
    let came_to = match status {
        200 => &answer["settledBy"],
        _ => &answer["error"]["code"],
    };
    (status, came_to.clone())
}

#[tokio::test]
async fn what_takes_money_away_is_asked_of_the_sales_list() {
    let app = TestApp::start().await;
    for kind in ["2", "3", "4"] {
        let page = app.order("payletter_global", usd("PLCreditCard")).await;
        press_and_return(&page, "pay").await;
        page.wait_for("paid").await;
        let asked = app.called("cpdaesalist").await;
        let book = app.book(&page.order_id).await;
        let token = text(&book["transaction_id"]);
        let said = notice(kind, &page.order_id, &[("paytoken", &token)]);
        let (status, body) = app.notice(&said).await;
        assert_eq!((status, &*body), (200, "<RESULT>OK</RESULT>"), "{kind}");
        app.until("the list's word is written down", async || {
            app.shows_a_lookup(&page.order_id).await
        })
        .await;
        assert!(app.called("cpdaesalist").await > asked);
        assert_eq!(page.status(0).await["status"], "paid", "kind {kind}");
    }
    // A real cancellation is in the list.
    let page = app.order("payletter_global", usd("PLCreditCard")).await;
    press_and_return(&page, "pay").await;
    page.wait_for("paid").await;
    let path = format!("/orders/{}/refund", page.order_id);
    app.merchant("POST", &path, json!({})).await;
    page.wait_for("cancelled").await;
}

/// Where the list is not permitted nobody can say more than the notice: the payment stays as it is, and the merchant hears of it.
#[tokio::test]
async fn what_nobody_can_be_asked_about_is_told_as_it_is() {
    let app = TestApp::with(Setup {
        assumptions: "global_sales_list_permitted = false",
        ..Setup::default()
    })
    .await;
    for (kind, what) in [("1", "capture"), ("2", "cancellation")] {
        let page = app.order("payletter_global", usd("PLCreditCard")).await;
        press_and_return(&page, "pay").await;
        page.wait_for("paid").await;
        let id = &page.order_id;
        let own = text(&app.book(id).await["transaction_id"]);
        let token = if kind == "1" { "20261121TWICE" } else { &own };
        let said = notice(kind, id, &[("paytoken", token)]);
        for _ in 0..2 {
            let (status, body) = app.notice(&said).await;
            assert_eq!((status, &*body), (200, "<RESULT>OK</RESULT>"), "{kind}");
        }
        app.until("the merchant is told", async || {
            app.published(id, "payment.discrepant").await > 0
        })
        .await;
        assert_eq!(app.published(id, "payment.discrepant").await, 1);
        let shown = app.show(id).await;
        assert_eq!(shown["status"], "paid");
        let unproven = &shown["attempts"][0]["unproven"][0];
        assert_eq!(
            (&unproven["what"], &unproven["transactionId"]),
            (&json!(what), &json!(token)),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn a_chargeback_is_reported_even_if_the_list_does_not_show_it() {
    let app = TestApp::start().await;
    let page = app.order("payletter_global", usd("PLCreditCard")).await;
    press_and_return(&page, "pay").await;
    page.wait_for("paid").await;
    assert_eq!(app.act("charge_back", &page.order_id).await, 200);
    app.until("the chargeback stands in the timeline", async || {
        let shown = app.show(&page.order_id).await;
        let rows = shown["timeline"].as_array().unwrap();
        rows.iter().any(|row| row["note"] == "chargeback_unproven")
    })
    .await;
    // The merchant hears of it as it is, and no list says more: a named person does.
    assert_eq!(app.published(&page.order_id, "payment.discrepant").await, 1);
    let shown = app.show(&page.order_id).await;
    assert_eq!(shown["attempts"][0]["unproven"][0]["what"], "chargeback");
    let path = format!("/orders/{}/resolve", page.order_id);
    let word = json!({ "operator": "김민지", "resolution": "charged_back" });
    let (status, resolved) = app.merchant("POST", &path, word.clone()).await;
    assert_eq!(
        (status, &resolved["state"], &resolved["status"]),
        (200, &json!("charged_back"), &json!("cancelled")),
        "{resolved}"
    );
    assert_eq!(
        app.published(&page.order_id, "payment.charged_back").await,
        1
    );
    let (status, answer) = app.merchant("POST", &path, word).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (409, &json!("nothing_to_resolve"))
    );
}

#[tokio::test]
async fn a_kind_nobody_knows_is_kept_and_changes_nothing() {
    let app = TestApp::start().await;
    let page = app.order("payletter_global", usd("PLCreditCard")).await;
    page.prepare("redirect").await;
    for (kind, more) in [("8", vec![]), ("5", vec![("poqtoken", "TPL1")])] {
        let (status, body) = app.notice(&notice(kind, &page.order_id, &more)).await;
        assert_eq!((status, &*body), (200, "<RESULT>OK</RESULT>"));
        let outcome = page.status(0).await;
        assert_eq!(outcome["state"], "requested", "kind {kind}: {outcome}");
    }
    // A subscription that nobody asked for leaves no key behind.
    let shown = app.show(&page.order_id).await;
    assert!(!shown.to_string().contains("bk_"), "{shown}");
}
