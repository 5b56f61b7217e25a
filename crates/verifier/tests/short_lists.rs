//! Lists that tell of more rows than they have: what is in one counts, what is not in it is no absence.

use crate::common::{Fate, Setup, TestApp};
use paypair_protocol::Gateway;
use paypair_verifier::{BooksState, NewReconciliation, RunVerdict};
use serde_json::json;

const LISTS: [(&str, &str, &str); 2] = [
    ("payletter", "/payments/autopay", "transaction/list"),
    ("payletter_global", "/payment/recurring", "cpdaesalist"),
];

#[tokio::test]
async fn a_charge_beyond_the_end_of_a_list_is_not_absent() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    for (gateway, act, list) in LISTS {
        let key = app.key(gateway).await;
        let id = format!("beyond{}", gateway.len());
        tap.befall(act, Fate::Lost, 1);
        tap.befall(list, Fate::CutShort, u32::MAX);
        let (_, outcome) = app.charge(gateway, &key, &id, json!({})).await;
        assert_eq!(outcome["status"], "in_doubt", "{gateway}: {outcome}");
        app.half_hours(&id, 5).await;
        assert!(!tap.sent(list).is_empty(), "{gateway}: it was asked for");
        assert_eq!(app.show(&id).await["status"], "in_doubt", "{gateway}");
        assert_eq!(app.count(&id, "lookup_absent").await, 0, "{gateway}");
        assert!(app.count(&id, "lookup_failed").await > 1, "{gateway}");
        tap.relent();
        app.half_hours(&id, 24).await;
        app.comes_to(&id, "paid").await;
        assert_eq!(app.captures(&id).await.len(), 1, "{gateway}");
    }
}

#[tokio::test]
async fn what_a_short_list_has_is_found() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    for (gateway, act, list) in LISTS {
        let key = app.key(gateway).await;
        let id = format!("found{}", gateway.len());
        tap.befall(act, Fate::Lost, 1);
        tap.befall(list, Fate::TellsOfMore, u32::MAX);
        let (_, outcome) = app.charge(gateway, &key, &id, json!({})).await;
        assert_eq!(outcome["status"], "in_doubt", "{gateway}: {outcome}");
        app.advance(10).await;
        app.comes_to(&id, "paid").await;
        tap.relent();
    }
}

/// The list by day of settlement has the payment first and then what went back of it.
#[tokio::test]
async fn a_cancellation_beyond_the_end_of_a_list_is_not_declined() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payletter", json!({})).await;
    assert_eq!(page.pay("redirect").await["status"], "paid");
    let id = &page.order_id;
    app.refund(id, json!({ "amount": "1000", "refundId": "r1" }))
        .await;
    tap.befall("/payments/cancel", Fate::Lost, 1);
    tap.befall("date_type=settle", Fate::CutShort, u32::MAX);
    let part = json!({ "amount": "500", "refundId": "r2" });
    let (_, outcome) = app.refund(id, part).await;
    assert_eq!(outcome["status"], "in_doubt", "{outcome}");
    // Without its last row the list says that 1000 went back, as before.
    app.half_hours(id, 5).await;
    assert_eq!(app.show(id).await["status"], "in_doubt");
    tap.relent();
    app.half_hours(id, 24).await;
    let outcome = app.comes_to(id, "paid").await;
    assert_eq!(outcome["refundedAmount"], "1500", "{outcome}");
    assert_eq!(app.book(id).await["refunded"], "1500");
}

#[tokio::test]
async fn books_that_were_cut_short_lack_nothing_and_do_not_agree() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    for (gateway, _, list) in LISTS {
        let page = app.order(gateway, json!({})).await;
        assert_eq!(page.pay("redirect").await["status"], "paid", "{gateway}");
        app.advance(2 * 60 * 60).await;
        tap.befall(list, Fate::CutShort, u32::MAX);
        let wish = NewReconciliation {
            days: Some(2),
            gateway: Some(gateway.parse::<Gateway>().unwrap()),
            ..NewReconciliation::default()
        };
        let run = app.verifier.reconcile(wish.clone()).await.unwrap();
        assert_eq!(run.verdict, Some(RunVerdict::Incomplete), "{run:?}");
        assert_eq!(run.books[0].state, BooksState::Unavailable, "{run:?}");
        assert_eq!(run.books[0].new_breaks, 0, "nobody is missing: {run:?}");
        let why = run.books[0].reason.as_ref().unwrap();
        assert_eq!(why.code, "answer_unreadable", "{run:?}");
        tap.relent();
        let run = app.verifier.reconcile(wish).await.unwrap();
        assert_eq!(run.verdict, Some(RunVerdict::Agrees), "{run:?}");
    }
}

/// Both lists lose the cancelled second payment; the one by day of settlement keeps that it was approved.
#[tokio::test]
async fn a_second_payment_whose_cancellation_is_beyond_the_end_of_a_list_is_not_still_there() {
    let by_hand = Setup {
        extra: "auto_refund = false",
        ..Setup::default()
    };
    let (app, tap) = TestApp::tapped(by_hand).await;
    let key = app.key("payletter").await;
    let (_, outcome) = app.charge("payletter", &key, "march", json!({})).await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    let second = app.charged_elsewhere(&key, "march", 9_900).await;
    let path = "/orders/march/lookup";
    let (_, outcome) = app.merchant("POST", path, json!({})).await;
    assert_eq!(outcome["reason"]["code"], "second_capture", "{outcome}");
    tap.befall("/payments/cancel", Fate::Lost, 1);
    tap.befall("transaction/list", Fate::CutShort, u32::MAX);
    let wish = json!({ "transactionId": second, "refundId": "twice" });
    let (_, outcome) = app.refund("march", wish).await;
    assert_eq!(outcome["status"], "in_doubt", "{outcome}");
    app.half_hours("march", 5).await;
    assert_eq!(app.show("march").await["status"], "in_doubt");
    tap.relent();
    app.half_hours("march", 24).await;
    let outcome = app.comes_to("march", "paid").await;
    assert_eq!(outcome.get("reason"), None, "{outcome}");
}
