//! Money given back, wholly and in parts, and what is refused before anything is sent. The gateways' own book is the judge.

mod equal_parts;
mod first_seen_in_part;
mod long_after;
mod slow_answers;

use crate::common::{
    self, Fate, PAYMENT_KEY, Page, Setup, Tap, TestApp,
    control::faults,
    keys::{GATEWAYS, code},
};
use paypair_verifier::Network;
use serde_json::{Value, json};

/// Payple's account may cancel in part here.
fn partly() -> Setup {
    Setup {
        sandbox: |options| options.payple_partial_cancel = true,
        ..Setup::default()
    }
}

/// An amount as the gateway's currency writes it: won, or cents.
fn amount(gateway: &str, won: u64) -> String {
    match gateway {
        "payletter_global" => format!("{}.{:02}", won / 100, won % 100),
        _ => won.to_string(),
    }
}

/// A paid order of 10000 won, or 100 dollars.
async fn paid<'a, N: Network>(app: &'a TestApp<N>, gateway: &str, more: Value) -> Page<'a, N> {
    let mut order = more;
    if gateway == "payletter_global" {
        order["amount"] = json!("100.00");
        order["currency"] = json!("USD");
    }
    let page = app.order(gateway, order).await;
    let outcome = page.pay("redirect").await;
    assert_eq!(outcome["status"], "paid", "{gateway}: {outcome}");
    page
}

/// The path of a gateway's refund.
fn act(gateway: &str) -> &'static str {
    match gateway {
        "payple" => "cPayCAct",
        "payletter" => "/payments/cancel",
        _ => "/payment/refund",
    }
}

#[tokio::test]
async fn parts_go_back_until_nothing_is_left() {
    let (app, tap) = TestApp::tapped(partly()).await;
    for gateway in GATEWAYS {
        let page = paid(&app, gateway, json!({})).await;
        let id = &page.order_id;
        let part =
            |won: u64, name: &str| json!({ "amount": amount(gateway, won), "refundId": name });
        for (won, name, total) in [(3000, "r1", 3000), (2500, "r2", 5500)] {
            let (status, outcome) = app.refund(id, part(won, name)).await;
            assert_eq!(
                (status, &outcome["state"], &outcome["status"]),
                (200, &json!("partially_refunded"), &json!("paid")),
                "{gateway}: {outcome}"
            );
            assert_eq!(outcome["refundedAmount"], amount(gateway, total));
            assert_eq!(outcome["refund"]["state"], "done");
            assert_eq!(outcome["refund"]["refundId"], name);
            assert_eq!(app.book(id).await["refunded"], amount(gateway, total));
        }
        let (status, answer) = app.refund(id, part(4600, "r3")).await;
        assert_eq!(
            (status, &*code(&answer)),
            (422, "refund_too_large"),
            "{gateway}: {answer}"
        );
        assert_eq!(answer["error"]["field"], "amount");
        // What is left, without saying how much.
        let (_, outcome) = app.refund(id, json!({ "refundId": "rest" })).await;
        assert_eq!(outcome["state"], "refunded", "{gateway}: {outcome}");
        let book = app.book(id).await;
        assert_eq!(
            (&book["state"], &book["refunded"]),
            (&json!("cancelled"), &json!(amount(gateway, 10000))),
            "{gateway}"
        );
        assert_eq!(tap.sent(act(gateway)).len(), 3, "{gateway}");
        assert_eq!(app.published(id, "payment.partially_refunded").await, 2);
        assert_eq!(app.published(id, "payment.refunded").await, 1);
        let shown = app.show(id).await;
        let lines = shown["attempts"][0]["refunds"].as_array().unwrap();
        let lines: Vec<(&str, &str)> = lines
            .iter()
            .map(|line| {
                let text = |name: &str| line[name].as_str().unwrap();
                (text("refundId"), text("state"))
            })
            .collect();
        assert_eq!(lines, [("r1", "done"), ("r2", "done"), ("rest", "done")]);
    }
}

#[tokio::test]
async fn the_same_refund_asked_again_gives_nothing_back_again() {
    let (app, tap) = TestApp::tapped(partly()).await;
    for gateway in GATEWAYS {
        let page = paid(&app, gateway, json!({})).await;
        let id = &page.order_id;
        let part = json!({ "amount": amount(gateway, 3000), "refundId": "r1" });
        let (first, second) =
            tokio::join!(app.refund(id, part.clone()), app.refund(id, part.clone()));
        let third = app.refund(id, part).await;
        for (status, outcome) in [first, second, third] {
            assert_eq!(status, 200, "{gateway}: {outcome}");
            assert_eq!(
                outcome["refundedAmount"],
                amount(gateway, 3000),
                "{outcome}"
            );
        }
        let other = json!({ "amount": amount(gateway, 2000), "refundId": "r1" });
        let (status, answer) = app.refund(id, other).await;
        assert_eq!(
            (status, &*code(&answer)),
            (409, "refund_id_used"),
            "{answer}"
        );
        let nameless = json!({ "amount": amount(gateway, 2000) });
        let (status, answer) = app.refund(id, nameless).await;
        assert_eq!(
            (status, &*code(&answer)),
            (422, "fields_invalid"),
            "{answer}"
        );
        assert_eq!(answer["error"]["fields"][0]["field"], "refundId");
        assert_eq!(app.book(id).await["refunded"], amount(gateway, 3000));
        assert_eq!(tap.sent(act(gateway)).len(), 1, "{gateway}");
    }
}

#[tokio::test]
async fn every_fault_of_a_refund_is_told_at_once() {
    let app = TestApp::start().await;
    let page = paid(&app, "payple", json!({})).await;
    let wrong =
        json!({ "amount": "1.5", "refundId": "a b", "taxFreeAmount": "1", "taxAmount": "x" });
    let (status, answer) = app.refund(&page.order_id, wrong).await;
    assert_eq!(status, 422);
    assert_eq!(
        common::control::faults(&answer),
        [
            ("amount", "amount_too_precise"),
            ("refundId", "field_not_ascii"),
            ("taxFreeAmount", "option_not_offered"),
            ("taxAmount", "amount_malformed"),
        ]
        .map(|(field, code)| (field.to_owned(), code.to_owned()))
    );
    let (status, answer) = app.refund("nothing", json!({})).await;
    assert_eq!((status, &*code(&answer)), (404, "order_unknown"));
    let unpaid = app.order("payple", json!({})).await;
    let (status, answer) = app.refund(&unpaid.order_id, json!({})).await;
    assert_eq!((status, &*code(&answer)), (409, "nothing_to_refund"));
}

#[tokio::test]
async fn a_test_account_of_payples_refuses_a_part_in_its_own_words() {
    let app = TestApp::start().await;
    let page = paid(&app, "payple", json!({})).await;
    let part = json!({ "amount": "3000", "refundId": "r1" });
    let (status, outcome) = app.refund(&page.order_id, part).await;
    assert_eq!((status, &outcome["status"]), (200, &json!("paid")));
    assert_eq!(outcome["refund"]["state"], "declined", "{outcome}");
    assert_eq!(
        outcome["reason"]["message"]["en"], "The refund was not made",
        "{outcome}"
    );
    assert_eq!(outcome["reason"]["gatewayCode"], "PAYC1144", "{outcome}");
    assert_eq!(app.book(&page.order_id).await["refunded"], "0");
    // The whole still can.
    let (_, outcome) = app.refund(&page.order_id, json!({})).await;
    assert_eq!(outcome["state"], "refunded", "{outcome}");
}

#[tokio::test]
async fn what_the_method_does_not_allow_is_not_sent() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let part = |won: u64| json!({ "amount": won.to_string(), "refundId": "r1" });
    let refused = async |page: &Page<'_, Tap>, body: Value, status: u16, why: &str| {
        let (told, answer) = app.refund(&page.order_id, body).await;
        assert_eq!((told, &*code(&answer)), (status, why), "{answer}");
        let words = &answer["error"]["message"];
        assert!(words["ko"].is_string() && words["en"].is_string());
    };
    // Not in part: the method's own rule, and that of a deposit for cups.
    let page = paid(&app, "payletter", json!({ "method": "teencash" })).await;
    refused(&page, part(1000), 422, "partial_refund_not_offered").await;
    let cups = json!({ "options": { "cupDeposit": "300" } });
    let page = paid(&app, "payletter", cups).await;
    refused(&page, part(1000), 422, "partial_refund_not_offered").await;
    let (_, outcome) = app.refund(&page.order_id, json!({})).await;
    assert_eq!(outcome["state"], "refunded", "wholly it can: {outcome}");

    // Not at all.
    let page = app
        .order("payletter", json!({ "method": "virtualaccount" }))
        .await;
    page.pay("redirect").await;
    app.deliver("payletter", &page.order_id).await;
    page.wait_for("paid").await;
    refused(&page, json!({}), 422, "refund_not_offered").await;

    // Not any more: 24 days, the day itself, the month itself.
    let page = paid(&app, "payletter", json!({ "method": "culture" })).await;
    let bank = paid(&app, "payletter", json!({ "method": "banktransfer" })).await;
    app.advance(24 * 3600).await;
    refused(&bank, json!({}), 409, "refund_too_late").await;
    app.advance(24 * 24 * 3600).await;
    refused(&page, json!({}), 409, "refund_too_late").await;
    let sent = tap.sent("/payments/cancel");
    assert_eq!(sent.len(), 1, "the whole of the cups alone: {sent:?}");
}

#[tokio::test]
async fn a_part_names_the_method_that_was_used_and_its_taxes() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = paid(&app, "payletter", json!({ "method": "naverpay" })).await;
    // The first try finds no connection; the second must say all the same.
    tap.befall("cancel/partial", Fate::Unsent, 1);
    let body = json!({
        "amount": "3000", "refundId": "r1", "taxFreeAmount": "1000", "taxAmount": "180", "reason": "damaged",
    });
    let (_, outcome) = app.refund(&page.order_id, body).await;
    assert_eq!(outcome["refund"]["state"], "done", "{outcome}");
    let sent: Value = serde_json::from_str(&tap.sent("cancel/partial")[0]).unwrap();
    assert!(
        ["navercard", "naverpoint"].contains(&sent["pgcode"].as_str().unwrap()),
        "{sent}"
    );
    for (name, value) in [
        ("amount", "3000"),
        ("taxfree_amount", "1000"),
        ("tax_amount", "180"),
    ] {
        assert_eq!(common::text(&sent[name]), value, "{sent}");
    }
    assert_eq!(app.book(&page.order_id).await["refunded"], "3000");
}

#[tokio::test]
async fn a_whole_refund_whose_answer_is_lost_is_looked_up() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    for gateway in GATEWAYS {
        let page = paid(&app, gateway, json!({})).await;
        let id = &page.order_id;
        tap.befall(act(gateway), Fate::Lost, 1);
        let (_, outcome) = app.refund(id, json!({})).await;
        assert_eq!(outcome["status"], "in_doubt", "{gateway}: {outcome}");
        assert_eq!(outcome["refund"]["state"], "unknown", "{outcome}");
        let (status, answer) = app.refund(id, json!({ "refundId": "x" })).await;
        // The gateway's notice of it may have been faster than we.
        let barred = ["refund_running", "nothing_to_refund"].contains(&&*code(&answer));
        assert!(status == 409 && barred, "{answer}");
        app.advance(10).await;
        let outcome = app.comes_to(id, "cancelled").await;
        assert_eq!(outcome["state"], "refunded", "{gateway}: {outcome}");
        assert_eq!(app.book(id).await["refunds"], 1, "{gateway}");
    }
}

#[tokio::test]
async fn a_part_whose_answer_is_lost_is_looked_up() {
    let (app, tap) = TestApp::tapped(partly()).await;
    for gateway in ["payple", "payletter"] {
        let page = paid(&app, gateway, json!({})).await;
        let id = &page.order_id;
        for (won, name, total) in [(3000, "r1", "3000"), (1500, "r2", "4500")] {
            let part = json!({ "amount": won.to_string(), "refundId": name });
            tap.befall(act(gateway), Fate::Lost, 1);
            let (_, outcome) = app.refund(id, part.clone()).await;
            assert_eq!(outcome["status"], "in_doubt", "{gateway}: {outcome}");
            // Asked again under its id, it is told how it stands.
            let (status, outcome) = app.refund(id, part).await;
            assert_eq!(
                (status, &outcome["refund"]["state"]),
                (200, &json!("unknown"))
            );
            app.advance(10).await;
            let outcome = app.comes_to(id, "paid").await;
            assert_eq!(
                outcome["state"], "partially_refunded",
                "{gateway}: {outcome}"
            );
            assert_eq!(outcome["refundedAmount"], total, "{gateway}");
            assert_eq!(app.book(id).await["refunded"], total);
        }
        let (_, outcome) = app.refund(id, json!({ "refundId": "rest" })).await;
        assert_eq!(outcome["state"], "refunded", "{gateway}: {outcome}");
        assert_eq!(tap.sent(act(gateway)).len(), 3, "{gateway}");
    }
}

/// Payletter's list of payments says "in part"; how much in total only the one by day of settlement does.
#[tokio::test]
async fn what_went_back_by_hand_beside_a_part_in_doubt_is_seen_after_a_persons_word() {
    let (app, tap) = TestApp::tapped(partly()).await;
    let page = paid(&app, "payletter", json!({})).await;
    let id = &page.order_id;
    tap.befall(act("payletter"), Fate::Lost, 1);
    let part = json!({ "amount": "3000", "refundId": "r1" });
    let (_, outcome) = app.refund(id, part).await;
    assert_eq!(outcome["status"], "in_doubt", "{outcome}");
    long_after::by_hand(&app, id, 2000).await;
    app.half_hours(id, 2).await;
    assert_eq!(app.show(id).await["outcome"]["status"], "in_doubt");
    let word = json!({ "operator": "김민지", "resolution": "refunded" });
    let path = format!("/orders/{id}/resolve");
    let (status, outcome) = app.merchant("POST", &path, word).await;
    assert_eq!(
        (status, &outcome["state"]),
        (200, &json!("partially_refunded"))
    );
    // Whoever read that it was not made would give it back once more.
    let reason = &outcome["reason"];
    assert_eq!(
        (&reason["code"], &reason["message"]["en"]),
        (
            &json!("settled_by_operator"),
            &json!("The payment is complete")
        ),
    );
    app.advance(10).await;
    app.until("both are known", async || {
        app.show(id).await["outcome"]["refundedAmount"] == "5000"
    })
    .await;
}

#[tokio::test]
async fn a_part_of_the_global_gateways_is_settled_by_its_notice_and_its_list() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = paid(&app, "payletter_global", json!({})).await;
    let id = &page.order_id;
    for (name, amount, total) in [("r1", "30.00", "30.00"), ("r2", "15.00", "45.00")] {
        // The list alone says "in part", and not how much.
        app.script_times("payletter_global", json!(["callback_never"]), 1)
            .await;
        tap.befall("/payment/refund", Fate::Lost, 1);
        let part = json!({ "amount": amount, "refundId": name });
        let (_, outcome) = app.refund(id, part).await;
        assert_eq!(outcome["status"], "in_doubt", "{outcome}");
        app.advance(10).await;
        app.looked_up(id).await;
        assert_eq!(
            app.show(id).await["status"],
            "in_doubt",
            "nobody said how much"
        );
        app.deliver("payletter_global", id).await;
        let outcome = app.comes_to(id, "paid").await;
        assert_eq!(outcome["refundedAmount"], total, "{outcome}");
        assert_eq!(app.book(id).await["refunded"], total);
    }
    let (_, outcome) = app.refund(id, json!({ "refundId": "rest" })).await;
    assert_eq!(outcome["state"], "refunded", "{outcome}");
    assert_eq!(tap.sent("/payment/refund").len(), 3);
}

/// The first part is refused, and done all the same. Its notice comes when the second one is in doubt, which was never done.
#[tokio::test]
async fn a_global_part_that_was_refused_and_done_is_not_taken_for_the_next_one() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = paid(&app, "payletter_global", json!({})).await;
    let id = &page.order_id;
    app.script_times("payletter_global", json!(["callback_never"]), 1)
        .await;
    let part = |name: &str| json!({ "amount": "30.00", "refundId": name });
    tap.befall("/payment/refund", Fate::DoneAndRefused, 1);
    tap.befall("cpdaesalist", Fate::Unsent, 1);
    let (_, outcome) = app.refund(id, part("r1")).await;
    assert_eq!(outcome["refund"]["state"], "declined", "{outcome}");
    app.until("the list was asked for in vain", async || {
        app.count(id, "lookup_failed").await == 1
    })
    .await;
    tap.befall("/payment/refund", Fate::Astray, 1);
    let (_, outcome) = app.refund(id, part("r2")).await;
    assert_eq!(outcome["refund"]["state"], "unknown", "{outcome}");
    app.deliver("payletter_global", id).await;
    app.advance(10).await;
    app.looked_up(id).await;
    let shown = app.show(id).await;
    assert_eq!(
        shown["outcome"]["status"], "in_doubt",
        "whose it was, nobody can tell: {shown}"
    );
    assert_eq!(app.book(id).await["refunded"], "30.00");
}

/// It pays for nothing, and what goes back of it counts all the same.
#[tokio::test]
async fn a_refused_part_of_what_is_in_dispute_that_was_done_is_found() {
    let (app, tap) = TestApp::tapped(Setup {
        extra: "auto_refund = false",
        ..partly()
    })
    .await;
    app.script_times("payletter", json!(["wrong_amount"]), 1)
        .await;
    let page = app.order("payletter", json!({})).await;
    page.pay("redirect").await;
    let id = &page.order_id;
    app.comes_to(id, "review").await;
    tap.befall(act("payletter"), Fate::DoneAndRefused, 1);
    let part = json!({ "amount": "100", "refundId": "r1" });
    let (_, outcome) = app.refund(id, part).await;
    assert_eq!(outcome["refund"]["state"], "declined", "{outcome}");
    assert_eq!(app.book(id).await["refunded"], "100");
    app.advance(10).await;
    app.until("what went back is counted", async || {
        app.show(id).await["outcome"]["refundedAmount"] == "100"
    })
    .await;
    let shown = app.show(id).await;
    assert_eq!(shown["outcome"]["state"], "discrepant", "{shown}");
    assert_eq!(app.published(id, "payment.partially_refunded").await, 1);
}

/// Asked again under another name, as much as what never left: its notice can be of nothing else.
#[tokio::test]
async fn a_global_part_after_one_that_never_left_is_settled_by_its_notice() {
    let (app, tap) = TestApp::tapped(Setup {
        patience: 10,
        ..Setup::default()
    })
    .await;
    let page = paid(&app, "payletter_global", json!({})).await;
    let id = &page.order_id;
    let part = |name: &str| json!({ "amount": "30.00", "refundId": name });
    tap.befall("/payment/refund", Fate::Unsent, 3);
    let (_, outcome) = app.refund(id, part("r1")).await;
    assert_eq!(outcome["refund"]["state"], "declined", "{outcome}");
    app.script_times("payletter_global", json!(["callback_never"]), 1)
        .await;
    tap.befall("/payment/refund", Fate::Lost, 1);
    let (_, outcome) = app.refund(id, part("r2")).await;
    assert_eq!(outcome["status"], "in_doubt", "{outcome}");
    app.deliver("payletter_global", id).await;
    let outcome = app.comes_to(id, "paid").await;
    assert_eq!(outcome["refundedAmount"], "30.00", "{outcome}");
    assert_eq!(app.book(id).await["refunded"], "30.00");
}

#[tokio::test]
async fn a_refund_that_did_not_happen_is_found_out() {
    let (app, tap) = TestApp::tapped(partly()).await;
    for gateway in ["payple", "payletter"] {
        let page = paid(&app, gateway, json!({})).await;
        let id = &page.order_id;
        app.refund(id, json!({ "amount": "1000", "refundId": "r1" }))
            .await;
        // An hour of lookups shows what went back before, and no more.
        tap.befall(act(gateway), Fate::Astray, 1);
        let (_, outcome) = app
            .refund(id, json!({ "amount": "500", "refundId": "r2" }))
            .await;
        assert_eq!(outcome["status"], "in_doubt", "{gateway}: {outcome}");
        app.half_hours(id, 4).await;
        let outcome = app.comes_to(id, "paid").await;
        assert_eq!(outcome["refundedAmount"], "1000", "{gateway}: {outcome}");
        let shown = app.show(id).await;
        assert_eq!(
            shown["attempts"][0]["refunds"][1]["state"], "declined",
            "{shown}"
        );
        // It may be asked for again, under a new id.
        let (_, outcome) = app
            .refund(id, json!({ "amount": "500", "refundId": "r3" }))
            .await;
        assert_eq!(outcome["refundedAmount"], "1500", "{gateway}: {outcome}");
        assert_eq!(app.book(id).await["refunded"], "1500");
    }
}

#[tokio::test]
async fn a_vietnamese_refund_is_done_when_the_gateway_has_done_it() {
    let app = TestApp::start().await;
    let more = json!({ "method": "VTCVTCPay", "amount": "250000", "currency": "VND" });
    let page = app.order("payletter_global", more).await;
    assert_eq!(page.pay("redirect").await["status"], "paid");
    let id = &page.order_id;
    let part = json!({ "amount": "1000", "refundId": "r1" });
    let (status, answer) = app.refund(id, part).await;
    assert_eq!(
        (status, &*code(&answer)),
        (422, "partial_refund_not_offered")
    );
    let began = std::time::Instant::now();
    let (status, outcome) = app.refund(id, json!({ "refundId": "all" })).await;
    assert_eq!(
        (status, &outcome["state"], &outcome["refund"]["state"]),
        (200, &json!("refund_pending"), &json!("pending")),
        "{outcome}"
    );
    assert!(
        began.elapsed().as_secs() < 4,
        "it does not wait for what takes an hour"
    );
    assert_eq!(app.book(id).await["state"], "refund_pending");
    let (status, answer) = app.refund(id, json!({})).await;
    assert_eq!(
        (status, &*code(&answer)),
        (409, "refund_running"),
        "{answer}"
    );
    app.advance(2 * 3600).await;
    let outcome = app.comes_to(id, "cancelled").await;
    assert_eq!(outcome["state"], "refunded", "{outcome}");
    assert_eq!(app.book(id).await["state"], "cancelled");
}

#[tokio::test]
async fn a_refund_that_never_left_is_declined_and_may_be_asked_again() {
    let (app, tap) = TestApp::tapped(Setup {
        patience: 10,
        ..Setup::default()
    })
    .await;
    let page = paid(&app, "payletter", json!({})).await;
    let part = |name: &str| json!({ "amount": "3000", "refundId": name });
    tap.befall("cancel/partial", Fate::Unsent, 3);
    let (_, outcome) = app.refund(&page.order_id, part("r1")).await;
    assert_eq!(
        (&outcome["status"], &outcome["refund"]["state"]),
        (&json!("paid"), &json!("declined")),
        "{outcome}"
    );
    let (_, outcome) = app.refund(&page.order_id, part("r2")).await;
    assert_eq!(outcome["refundedAmount"], "3000", "{outcome}");
    assert_eq!(app.book(&page.order_id).await["refunded"], "3000");
}

#[tokio::test]
async fn a_refund_of_a_dead_process_is_looked_up_by_the_next_one() {
    let (app, tap) = TestApp::tapped(Setup {
        patience: 1,
        ..partly()
    })
    .await;
    let page = paid(&app, "payple", json!({})).await;
    let id = &page.order_id;
    let part = |name: &str| json!({ "amount": "3000", "refundId": name });
    tap.befall("cPayCAct", Fate::Hang, 1);
    let (_, outcome) = app.refund(id, part("r1")).await;
    assert_eq!(outcome["state"], "refund_pending", "{outcome}");
    let _second = app.second();
    app.comes_to(id, "in_doubt").await;
    // The same POST once more, and another one: nothing is sent.
    let (status, outcome) = app.refund(id, part("r1")).await;
    assert_eq!(
        (status, &outcome["refund"]["state"]),
        (200, &json!("unknown"))
    );
    assert_eq!(app.refund(id, part("r2")).await.0, 409);
    app.half_hours(id, 4).await;
    let outcome = app.comes_to(id, "paid").await;
    assert_eq!(outcome["refundedAmount"], Value::Null, "{outcome}");
    let (_, outcome) = app.refund(id, part("r2")).await;
    let outcome = match outcome["status"].as_str() {
        Some("paid") => outcome,
        _ => app.comes_to(id, "paid").await,
    };
    assert_eq!(outcome["refundedAmount"], "3000", "{outcome}");
    assert_eq!(app.book(id).await["refunded"], "3000");
}

#[tokio::test]
async fn a_charge_of_a_billing_key_is_refunded_like_any_payment() {
    let app = TestApp::with(partly()).await;
    for gateway in GATEWAYS {
        let key = app.key(gateway).await;
        let id = format!("sub{}", gateway.len());
        app.charge(gateway, &key, &id, json!({})).await;
        let part = json!({ "amount": amount(gateway, 100), "refundId": "r1" });
        let (_, outcome) = app.refund(&id, part).await;
        assert_eq!(
            outcome["state"], "partially_refunded",
            "{gateway}: {outcome}"
        );
        let (_, outcome) = app.refund(&id, json!({})).await;
        assert_eq!(outcome["state"], "refunded", "{gateway}: {outcome}");
        assert_eq!(
            app.captures(&id).await[0]["state"],
            "cancelled",
            "{gateway}"
        );
        assert_eq!(outcome["billingKeyId"], json!(key));
    }
}

#[tokio::test]
async fn a_payment_cancelled_by_hand_is_found_out_by_the_refusal() {
    let app = TestApp::start().await;
    let page = paid(&app, "payple", json!({})).await;
    let call = async |url: String, body: Value| -> Value {
        let answer = app.http.post(url).json(&body).send().await.unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    };
    // Somebody at the gateway's admin page.
    let url = format!("{}/payple/php/auth.php", app.gateway);
    let wish =
        json!({ "cst_id": "test", "custKey": common::MERCHANT_KEY, "PCD_PAYCANCEL_FLAG": "Y" });
    let tokens = call(url, wish).await;
    let cancelled = call(
        common::text(&tokens["return_url"]),
        json!({
            "PCD_CST_ID": tokens["cst_id"], "PCD_CUST_KEY": tokens["custKey"], "PCD_AUTH_KEY": tokens["AuthKey"],
            "PCD_REFUND_KEY": common::REFUND_KEY, "PCD_PAYCANCEL_FLAG": "Y", "PCD_PAY_OID": page.order_id,
            "PCD_PAY_DATE": app.today().replace('-', ""), "PCD_REFUND_TOTAL": "10000",
        }),
    )
    .await;
    assert_eq!(cancelled["PCD_PAY_RST"], "success", "{cancelled}");
    let (_, outcome) = app.refund(&page.order_id, json!({})).await;
    assert_eq!(outcome["refund"]["state"], "declined", "{outcome}");
    let outcome = app.comes_to(&page.order_id, "cancelled").await;
    assert_eq!(
        (&outcome["state"], &outcome["refundedAmount"]),
        (&json!("refunded"), &json!("10000")),
        "{outcome}"
    );
    assert_eq!(app.book(&page.order_id).await["refunded"], "10000");
}

#[tokio::test]
async fn a_refund_id_stands_for_one_refund_of_the_order_whichever_try_was_paid() {
    let (app, tap) = TestApp::tapped(Setup {
        extra: "auto_refund = false",
        ..partly()
    })
    .await;
    app.script_times("payletter", json!(["wrong_amount"]), 1)
        .await;
    let page = app.order("payletter", json!({})).await;
    page.pay("redirect").await;
    let id = &page.order_id;
    app.comes_to(id, "review").await;
    let wish = json!({ "refundId": "wrong-amount" });
    let (status, outcome) = app.refund(id, wish.clone()).await;
    assert_eq!(
        (status, &outcome["state"]),
        (200, &json!("refunded")),
        "{outcome}"
    );
    // The buyer pays again, rightly; and a job that never heard the answer asks for its refund again.
    let outcome = page.pay("redirect").await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    let (status, outcome) = app.refund(id, wish).await;
    assert_eq!(
        (status, &outcome["status"]),
        (200, &json!("paid")),
        "{outcome}"
    );
    assert_eq!(outcome["refund"]["state"], "done", "{outcome}");
    assert_eq!(tap.sent("/payments/cancel").len(), 1);
    let other = json!({ "refundId": "wrong-amount", "amount": "1" });
    let (status, answer) = app.refund(id, other).await;
    assert_eq!(
        (status, &*code(&answer)),
        (409, "refund_id_used"),
        "{answer}"
    );
}

#[tokio::test]
async fn what_bears_no_tax_and_the_tax_are_no_more_than_what_goes_back() {
    let app = TestApp::with(partly()).await;
    let page = paid(&app, "payletter", json!({})).await;
    let ask = async |body: Value| {
        let (status, answer) = app.refund(&page.order_id, body).await;
        (status, faults(&answer))
    };
    let fault = |field: &str| (422, vec![(field.to_owned(), "field_invalid".to_owned())]);
    let part = |free: &str, tax: &str| json!({ "amount": "3000", "refundId": "r1", "taxFreeAmount": free, "taxAmount": tax });
    assert_eq!(ask(part("3001", "0")).await, fault("taxFreeAmount"));
    assert_eq!(ask(part("0", "3001")).await, fault("taxAmount"));
    assert_eq!(
        ask(part("2900", "101")).await,
        fault("taxAmount"),
        "together"
    );
    let whole = json!({ "taxAmount": "10001" });
    assert_eq!(ask(whole).await, fault("taxAmount"), "of all that is left");
    let (status, outcome) = app.refund(&page.order_id, part("2900", "9")).await;
    assert_eq!(
        (status, &outcome["refundedAmount"]),
        (200, &json!("3000")),
        "{outcome}"
    );
}

#[tokio::test]
async fn a_refund_that_was_given_up_and_is_booked_later_is_seen() {
    let (app, tap) = TestApp::tapped(Setup {
        patience: 1,
        ..partly()
    })
    .await;
    let page = paid(&app, "payletter", json!({})).await;
    let id = &page.order_id;
    tap.befall("/payments/cancel", Fate::Astray, 1);
    let part = json!({ "amount": "3000", "refundId": "r1" });
    let (_, outcome) = app.refund(id, part).await;
    assert_eq!(outcome["state"], "in_doubt", "{outcome}");
    app.half_hours(id, 4).await;
    let outcome = app.comes_to(id, "paid").await;
    assert_eq!(outcome["reason"]["code"], "refund_absent", "{outcome}");
    // Whoever listens only hears that the money did not go back.
    let told = app.events().await;
    let (last, data) = told
        .last()
        .map(|event| (&event["type"], &event["data"]))
        .unwrap();
    assert_eq!(
        (
            last,
            &data["status"],
            &data["refundId"],
            &data["reason"]["code"]
        ),
        (
            &json!("payment.restored"),
            &json!("paid"),
            &json!("r1"),
            &json!("refund_absent")
        ),
        "{data}"
    );
    // The gateway was slower than our patience.
    let call = json!({
        "pgcode": "creditcard", "client_id": "pay_test", "user_id": "1001", "amount": 3000, "ip_addr": "127.0.0.1",
        "tid": app.book(id).await["transaction_id"],
    });
    let url = format!("{}/payletter/v1.0/payments/cancel/partial", app.gateway);
    let call = app.http.post(url).json(&call);
    let call = call.header("authorization", format!("PLKEY {PAYMENT_KEY}"));
    assert_eq!(call.send().await.unwrap().status(), 200);
    app.half_hours(id, 16).await;
    let shown = app.show(id).await;
    assert_eq!(
        (
            &shown["outcome"]["state"],
            &shown["outcome"]["refundedAmount"]
        ),
        (&json!("partially_refunded"), &json!("3000")),
        "{shown}"
    );
    let rows = shown["timeline"].as_array().unwrap().clone();
    let alerts = rows.iter().filter(|row| row["note"] == "refund_after_all");
    assert_eq!(alerts.count(), 1, "{shown}");
}
