//! A customer paid twice under one order id: each payment is named, given back by its own name, and none is left behind.

mod after_the_end;

use crate::common::{Fate, Setup, Tap, TestApp, keys::code, text};
use paypair_verifier::Network;
use serde_json::{Value, json};

/// The same order number charged again, by some other system of the merchant's. Answers the two payments' names.
async fn charged_twice<N: Network>(app: &TestApp<N>) -> [String; 2] {
    let key = app.key("payletter").await;
    let (_, outcome) = app.charge("payletter", &key, "march", json!({})).await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    // Its name is confirmed: else the refund would look first, and see the other one.
    look_up(app).await;
    let own = text(&app.show("march").await["attempts"][0]["transactionId"]);
    let other = app.charged_elsewhere(&key, "march", 9_900).await;
    [own, other]
}

async fn look_up<N: Network>(app: &TestApp<N>) -> Value {
    let (status, outcome) = app
        .merchant("POST", "/orders/march/lookup", json!({}))
        .await;
    assert_eq!(status, 200, "{outcome}");
    outcome
}

/// What the gateway's book says went back of each payment.
async fn went_back<N: Network>(app: &TestApp<N>, ids: &[String; 2]) -> [String; 2] {
    let captures = app.captures("march").await;
    let of = |id: &String| {
        let row = captures
            .iter()
            .find(|row| text(&row["transaction_id"]) == *id);
        text(&row.unwrap()["refunded"])
    };
    [of(&ids[0]), of(&ids[1])]
}

#[tokio::test]
async fn the_tax_is_held_against_the_payment_that_is_named() {
    let app = TestApp::with(Setup {
        extra: "auto_refund = false",
        ..Setup::default()
    })
    .await;
    let ids = charged_twice(&app).await;
    look_up(&app).await;
    let most = json!({ "transactionId": ids[0], "amount": "9800", "refundId": "most" });
    let (status, outcome) = app.refund("march", most).await;
    assert_eq!(status, 200, "{outcome}");
    // More than is left of the first one, and no more than the second one was.
    let second =
        |tax: &str| json!({ "transactionId": ids[1], "refundId": "twice", "taxAmount": tax });
    let (status, answer) = app.refund("march", second("9901")).await;
    assert_eq!(
        (status, &*code(&answer)),
        (422, "fields_invalid"),
        "{answer}"
    );
    let (status, outcome) = app.refund("march", second("900")).await;
    assert_eq!(status, 200, "{outcome}");
    assert_eq!(went_back(&app, &ids).await, ["9800", "9900"]);
}

#[tokio::test]
async fn by_hand_each_is_given_back_by_its_own_name() {
    let app = TestApp::with(Setup {
        extra: "auto_refund = false",
        ..Setup::default()
    })
    .await;
    let ids = charged_twice(&app).await;
    let outcome = look_up(&app).await;
    assert_eq!(
        (&outcome["status"], &outcome["reason"]["code"]),
        (&json!("review"), &json!("second_capture")),
        "{outcome}"
    );
    let shown = app.show("march").await;
    let second = &shown["attempts"][0]["secondPayments"][0];
    assert_eq!(
        (
            &second["transactionId"],
            &second["amount"],
            &second["refunded"]
        ),
        (&json!(ids[1]), &json!("9900"), &json!(false)),
        "{shown}"
    );
    let (status, answer) = app.refund("march", json!({})).await;
    assert_eq!(
        (status, &*code(&answer), &answer["error"]["field"]),
        (409, "refund_payment_needed", &json!("transactionId")),
    );
    assert!(text(&answer["error"]["message"]["ko"]).contains("transactionId"));
    let (status, answer) = app.refund("march", json!({ "transactionId": "t0" })).await;
    assert_eq!((status, &*code(&answer)), (409, "refund_payment_unknown"));
    let part = json!({ "transactionId": ids[1], "amount": "100", "refundId": "part" });
    let (status, answer) = app.refund("march", part).await;
    assert_eq!(
        (status, &*code(&answer)),
        (422, "partial_refund_not_offered")
    );
    assert_eq!(went_back(&app, &ids).await, ["0", "0"], "nothing was sent");

    let wish = json!({ "transactionId": ids[1], "refundId": "twice" });
    for _ in 0..2 {
        let (status, outcome) = app.refund("march", wish.clone()).await;
        assert_eq!(
            (status, &outcome["status"]),
            (200, &json!("paid")),
            "{outcome}"
        );
        assert_eq!(outcome["refund"]["transactionId"], json!(ids[1]));
        assert_eq!(outcome.get("reason"), None, "{outcome}");
        assert_eq!(outcome.get("refundedAmount"), None, "{outcome}");
    }
    assert_eq!(went_back(&app, &ids).await, ["0", "9900"]);
    assert_eq!(app.published("march", "payment.restored").await, 1);
    assert_eq!(app.published("march", "payment.paid").await, 1);
    let same_id = json!({ "transactionId": ids[0], "refundId": "twice" });
    let (status, answer) = app.refund("march", same_id).await;
    assert_eq!((status, &*code(&answer)), (409, "refund_id_used"));
    // The one that is left need not be named.
    let (_, outcome) = app.refund("march", json!({})).await;
    assert_eq!(outcome["state"], "refunded", "{outcome}");
    assert_eq!(went_back(&app, &ids).await, ["9900", "9900"]);
    assert_eq!(app.published("march", "payment.refunded").await, 1);
}

#[tokio::test]
async fn what_a_gateway_left_of_one_is_asked_for_again() {
    let (app, tap) = TestApp::tapped(Setup {
        extra: "auto_refund = false",
        ..Setup::default()
    })
    .await;
    let ids = charged_twice(&app).await;
    look_up(&app).await;
    tap.befall("/payments/cancel", Fate::Partly(3000), 1);
    let wish = json!({ "transactionId": ids[1], "refundId": "twice" });
    let (status, outcome) = app.refund("march", wish).await;
    assert_eq!(
        (status, &outcome["reason"]["code"]),
        (200, &json!("refund_amount_differs")),
        "{outcome}"
    );
    assert_eq!(went_back(&app, &ids).await, ["0", "3000"]);
    let part = json!({ "transactionId": ids[1], "refundId": "part", "amount": "100" });
    let (status, answer) = app.refund("march", part).await;
    assert_eq!(
        (status, &*code(&answer)),
        (422, "partial_refund_not_offered"),
        "all that is left, or nothing"
    );
    let rest = json!({ "transactionId": ids[1], "refundId": "rest" });
    let (status, outcome) = app.refund("march", rest).await;
    assert_eq!(
        (status, &outcome["status"]),
        (200, &json!("paid")),
        "{outcome}"
    );
    assert_eq!(went_back(&app, &ids).await, ["0", "9900"]);
}

#[tokio::test]
async fn where_no_payment_can_be_named_a_person_gives_it_back() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payple", json!({})).await;
    assert_eq!(page.pay("popup").await["status"], "paid");
    let id = &page.order_id;
    tap.befall("PayChkAct", Fate::AnotherPayment, 1);
    let (_, outcome) = app
        .merchant("POST", &format!("/orders/{id}/lookup"), json!({}))
        .await;
    assert_eq!(outcome["reason"]["code"], "second_capture", "{outcome}");
    let (status, answer) = app.refund(id, json!({})).await;
    assert_eq!(
        (status, &*code(&answer)),
        (409, "refund_payment_unnameable")
    );
    assert!(text(&answer["error"]["message"]["ko"]).contains("관리자"));
    assert_eq!(app.book(id).await["refunded"], "0");
    let word = json!({ "operator": "김민지", "resolution": "second_refunded" });
    let path = format!("/orders/{id}/resolve");
    let (status, resolved) = app.merchant("POST", &path, word.clone()).await;
    assert_eq!(
        (status, &resolved["state"], &resolved["settledBy"]),
        (200, &json!("paid"), &json!("operator")),
        "{resolved}"
    );
    let (status, answer) = app.merchant("POST", &path, word).await;
    assert_eq!((status, &*code(&answer)), (409, "nothing_to_resolve"));
    let (_, outcome) = app.refund(id, json!({})).await;
    assert_eq!(outcome["state"], "refunded", "{outcome}");
}
#[tokio::test]
async fn a_doubt_about_the_seconds_refund_is_not_hidden_by_what_went_back_of_the_first() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let ids = charged_twice(&app).await;
    // 900 of the first are back before anybody looks.
    let part = json!({ "amount": "900", "refundId": "part" });
    let (_, outcome) = app.refund("march", part).await;
    assert_eq!(outcome["state"], "partially_refunded", "{outcome}");
    tap.befall("/payments/cancel", Fate::Lost, 1);
    look_up(&app).await;
    app.until("both are back, as far as they go", async || {
        went_back(&app, &ids).await == ["900", "9900"]
    })
    .await;
    app.until("in doubt, or settled", async || {
        app.count("march", "call_unknown").await == 1
    })
    .await;
    let outcome = look_up(&app).await;
    assert_eq!(
        (&outcome["state"], &outcome["refundedAmount"]),
        (&json!("partially_refunded"), &json!("900")),
        "{outcome}"
    );
    assert_eq!(tap.sent("/payments/cancel").len(), 2, "each of them once");
}

/// Two windows of one order, both paid: the first is said to be left, and stays open. Answers the payments in the order they were made.
async fn paid_in_both_windows<N: Network>(
    app: &TestApp<N>,
    tap: &Tap,
    earlier_first: bool,
) -> (String, [String; 2]) {
    let page = app.order("payletter", json!({})).await;
    let left = page.prepare("redirect").await;
    let asked: Value = serde_json::from_str(tap.sent("request").last().unwrap()).unwrap();
    let cancel = app.http.get(text(&asked["cancel_url"])).send().await;
    assert_eq!(cancel.unwrap().status(), 303);
    assert_eq!(page.status(0).await["status"], "cancelled");
    let again = page.prepare("redirect").await;
    let windows = [(0, &left["launch"]), (1, &again["launch"])];
    let mut ids = Vec::new();
    for (nth, launch) in if earlier_first {
        windows
    } else {
        [windows[1], windows[0]]
    } {
        app.press(launch, "pay").await;
        let id = async || app.show(&page.order_id).await["attempts"][nth]["transactionId"].clone();
        app.until("the payment is heard of", async || id().await.is_string())
            .await;
        ids.push(text(&id().await));
    }
    let ids = <[String; 2]>::try_from(ids).unwrap();
    (page.order_id, ids)
}

#[tokio::test]
async fn of_two_windows_that_were_both_paid_each_payment_goes_back_by_its_own_name() {
    for earlier_first in [true, false] {
        let (app, tap) = TestApp::tapped(Setup {
            extra: "auto_refund = false",
            ..Setup::default()
        })
        .await;
        let (id, ids) = paid_in_both_windows(&app, &tap, earlier_first).await;
        let back = async || {
            let payments = app.payments().await;
            ids.each_ref().map(|id| {
                let mut rows = payments.iter();
                let row = rows.find(|row| text(&row["transaction_id"]) == *id);
                text(&row.unwrap()["refunded"])
            })
        };
        let (status, answer) = app.refund(&id, json!({})).await;
        assert_eq!(
            (status, &*code(&answer)),
            (409, "refund_payment_needed"),
            "{answer}"
        );
        let (status, answer) = app.refund(&id, json!({ "transactionId": "t0" })).await;
        assert_eq!((status, &*code(&answer)), (409, "refund_payment_unknown"));
        assert_eq!(back().await, ["0", "0"], "nothing was sent");

        // Asked twice: what came of it is told both times.
        let wish = json!({ "transactionId": ids[1], "refundId": "twice" });
        for _ in 0..2 {
            let (status, outcome) = app.refund(&id, wish.clone()).await;
            assert_eq!(
                (status, &outcome["status"], &outcome["refund"]["state"]),
                (200, &json!("paid"), &json!("done")),
                "{outcome}"
            );
            assert_eq!(outcome["refund"]["transactionId"], json!(ids[1]));
            assert_eq!(outcome.get("refundedAmount"), None, "{outcome}");
        }
        assert_eq!(back().await, ["0", "10000"]);
        // The one that is left need not be named.
        let (_, outcome) = app.refund(&id, json!({})).await;
        assert_eq!(outcome["state"], "refunded", "{outcome}");
        assert_eq!(back().await, ["10000", "10000"]);
    }
}
