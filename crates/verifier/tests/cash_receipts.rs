//! Cash receipts of bank transfers: issued once, taken back, and what is said when nobody knows. The gateway's own word is the judge.

use crate::common::{self, Fate, Page, Setup, Tap, TestApp, keys::code};
use paypair_verifier::{Network, NewLink};
use serde_json::{Value, json};

const PHONE: &str = "010-2345-6789";
const DIGITS: &str = "01023456789";

/// A paid bank transfer of 10000 won.
async fn transferred<N: Network>(app: &TestApp<N>, work: &str) -> String {
    let more = json!({ "method": "transfer", "work": work });
    let page: Page<'_, N> = app.order("payple", more).await;
    let outcome = page.pay("popup").await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    page.order_id.clone()
}

fn personal() -> Value {
    json!({ "purpose": "tax_deduction", "identity": { "phone": PHONE } })
}

fn issue_path(order_id: &str) -> String {
    format!("/orders/{order_id}/cash-receipt")
}

fn cancel_path(order_id: &str) -> String {
    format!("/orders/{order_id}/cash-receipt/cancel")
}

/// What the order shows of its receipt.
async fn shown<N: Network>(app: &TestApp<N>, order_id: &str) -> Value {
    app.show(order_id).await["attempts"][0]["cashReceipt"].clone()
}

fn sent(tap: &Tap, act: &str) -> Vec<Value> {
    let bodies = tap.sent(act);
    let read = |body: &String| serde_json::from_str(body).unwrap();
    bodies.iter().map(read).collect()
}

#[tokio::test]
async fn a_receipt_is_issued_once_and_taken_back() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    for work in ["confirm_then_pay", "pay_now"] {
        let id = transferred(&app, work).await;
        let before = sent(&tap, "TSREG").len();
        let (status, receipt) = app.merchant("POST", &issue_path(&id), personal()).await;
        assert_eq!(
            (status, &receipt["state"], &receipt["amount"]),
            (200, &json!("issued"), &json!("10000")),
            "{work}: {receipt}"
        );
        assert_eq!(receipt["purpose"], "tax_deduction");
        let number = receipt["approvalNo"].clone();
        assert!(!number.as_str().unwrap().is_empty());
        assert_eq!(shown(&app, &id).await, receipt, "{work}");
        let told = sent(&tap, "TSREG").pop().unwrap();
        assert_eq!(
            (
                &told["PCD_TAXSAVE_TRADEUSE"],
                &told["PCD_TAXSAVE_IDENTINUM"]
            ),
            (&json!("personal"), &json!(DIGITS))
        );

        let (status, answer) = app.merchant("POST", &issue_path(&id), personal()).await;
        assert_eq!(
            (status, &*code(&answer)),
            (409, "cash_receipt_issued"),
            "{answer}"
        );
        assert_eq!(sent(&tap, "TSREG").len(), before + 1, "{work}");

        // Whose it is must be said again: nobody kept it. What it was, we know.
        let whose = json!({ "identity": { "phone": PHONE } });
        let (status, receipt) = app.merchant("POST", &cancel_path(&id), whose.clone()).await;
        assert_eq!(
            (status, &receipt["state"], &receipt["approvalNo"]),
            (200, &json!("cancelled"), &number),
            "{work}: {receipt}"
        );
        let (status, answer) = app.merchant("POST", &cancel_path(&id), personal()).await;
        assert_eq!(
            (status, &*code(&answer)),
            (409, "no_cash_receipt"),
            "{answer}"
        );

        // And another may follow, for a company and over less.
        let company = json!({
            "purpose": "proof_of_expense",
            "identity": { "businessNo": "120-88-00000" },
            "amount": 4000,
        });
        let (_, receipt) = app.merchant("POST", &issue_path(&id), company).await;
        assert_eq!(
            (&receipt["state"], &receipt["amount"]),
            (&json!("issued"), &json!("4000")),
            "{receipt}"
        );
        for (kind, times) in [
            // With one that was refused.
            ("cash_receipt_asked", 3),
            ("cash_receipt_cancel_asked", 2),
            ("cash_receipt_answered", 3),
        ] {
            assert_eq!(app.count(&id, kind).await, times, "{work}: {kind}");
        }
        assert_eq!(app.show(&id).await["status"], "paid");
    }
}

#[tokio::test]
async fn nobody_finds_the_number_afterwards() {
    let app = TestApp::start().await;
    let id = transferred(&app, "pay_now").await;
    let (_, receipt) = app.merchant("POST", &issue_path(&id), personal()).await;
    assert_eq!(receipt["state"], "issued");
    let order = app.show(&id).await.to_string();
    assert!(!order.contains(DIGITS) && !order.contains(PHONE), "{order}");
    for file in std::fs::read_dir(app.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(DIGITS) && !text.contains(PHONE));
    }
    let wish: paypair_verifier::CashReceiptWish = serde_json::from_value(personal()).unwrap();
    assert!(!format!("{wish:?}").contains("2345"), "{wish:?}");
}

#[tokio::test]
async fn an_answer_that_never_came_is_said_to_be_unknown_and_nothing_is_asked_again() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    // Nobody can know: it did not reach the gateway, and we cannot tell.
    let id = transferred(&app, "pay_now").await;
    tap.befall("TSREG", Fate::Astray, 1);
    let (status, receipt) = app.merchant("POST", &issue_path(&id), personal()).await;
    assert_eq!(
        (status, &receipt["state"], &receipt["reason"]["code"]),
        (200, &json!("issue_unknown"), &json!("no_answer")),
        "{receipt}"
    );
    let (status, answer) = app.merchant("POST", &issue_path(&id), personal()).await;
    assert_eq!(
        (status, &*code(&answer)),
        (409, "cash_receipt_unknown"),
        "{answer}"
    );
    assert!(sent(&tap, "TSREG").is_empty());
    // Taking it back is allowed; that there is nothing to take back proves nothing by itself.
    let (_, receipt) = app.merchant("POST", &cancel_path(&id), personal()).await;
    assert_eq!(
        (&receipt["state"], &receipt["reason"]["gatewayCode"]),
        (&json!("cancel_unknown"), &json!("TSRG0004")),
        "{receipt}"
    );
    // A named person ends it.
    let word = json!({ "operator": "김민지", "resolution": "receipt_not_issued" });
    let (status, resolved) = app
        .merchant("POST", &format!("/orders/{id}/resolve"), word)
        .await;
    assert_eq!(
        (status, &resolved["settledBy"]),
        (200, &json!("operator")),
        "{resolved}"
    );
    let (_, receipt) = app.merchant("POST", &issue_path(&id), personal()).await;
    assert_eq!(receipt["state"], "issued", "{receipt}");

    // It was issued, and its answer was lost: the next question finds it.
    let id = transferred(&app, "pay_now").await;
    tap.befall("TSREG", Fate::Lost, 1);
    let (_, receipt) = app.merchant("POST", &issue_path(&id), personal()).await;
    assert_eq!(receipt["state"], "issue_unknown", "{receipt}");
    let (status, answer) = app.merchant("POST", &issue_path(&id), personal()).await;
    assert_eq!(
        (status, &*code(&answer)),
        (409, "cash_receipt_issued"),
        "{answer}"
    );
    let receipt = shown(&app, &id).await;
    assert_eq!(receipt["state"], "issued", "{receipt}");
    assert!(!receipt["approvalNo"].as_str().unwrap().is_empty());

    // It never left: nothing happened.
    let id = transferred(&app, "pay_now").await;
    tap.befall("TSREG", Fate::Unsent, 1);
    let (_, receipt) = app.merchant("POST", &issue_path(&id), personal()).await;
    assert_eq!(
        (&receipt["state"], &receipt["reason"]["code"]),
        (&json!("declined"), &json!("not_sent")),
        "{receipt}"
    );
    let (_, receipt) = app.merchant("POST", &issue_path(&id), personal()).await;
    assert_eq!(receipt["state"], "issued", "{receipt}");
}

#[tokio::test]
async fn two_at_once_issue_one() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let id = transferred(&app, "pay_now").await;
    let path = issue_path(&id);
    let (first, second) = tokio::join!(
        app.merchant("POST", &path, personal()),
        app.merchant("POST", &path, personal())
    );
    let mut statuses = [first.0, second.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{first:?} {second:?}");
    assert_eq!(sent(&tap, "TSREG").len(), 1);
}

#[tokio::test]
async fn a_receipt_goes_back_with_the_money_or_is_taken_back_after_it() {
    let app = TestApp::start().await;
    for stays in [false, true] {
        let id = transferred(&app, "pay_now").await;
        let (_, receipt) = app.merchant("POST", &issue_path(&id), personal()).await;
        assert_eq!(receipt["state"], "issued");
        if stays {
            app.script("payple", json!(["cash_receipt_stays"])).await;
        }
        let (_, outcome) = app.refund(&id, json!({})).await;
        assert_eq!(outcome["state"], "refunded", "{outcome}");
        let receipt = shown(&app, &id).await;
        if stays {
            assert_eq!(receipt["state"], "issued", "{receipt}");
            let (_, receipt) = app.merchant("POST", &cancel_path(&id), personal()).await;
            assert_eq!(receipt["state"], "cancelled", "{receipt}");
        } else {
            assert_eq!(receipt["state"], "cancelled", "{receipt}");
        }
        let (status, answer) = app.merchant("POST", &issue_path(&id), personal()).await;
        assert_eq!((status, &*code(&answer)), (409, "not_now"), "{answer}");
    }
}

#[tokio::test]
async fn one_that_the_window_issued_is_known_and_taken_back() {
    let app = TestApp::start().await;
    let more = json!({
        "method": "transfer",
        "work": "pay_now",
        "options": { "showCashReceipt": true },
    });
    let page = app.order("payple", more).await;
    assert_eq!(page.pay("popup").await["status"], "paid");
    let id = &page.order_id;
    let receipt = shown(&app, id).await;
    assert_eq!(receipt["state"], "issued", "{receipt}");
    let (status, answer) = app.merchant("POST", &issue_path(id), personal()).await;
    assert_eq!(
        (status, &*code(&answer)),
        (409, "cash_receipt_issued"),
        "{answer}"
    );
    let (_, receipt) = app.merchant("POST", &cancel_path(id), personal()).await;
    assert_eq!(receipt["state"], "cancelled", "{receipt}");
}

#[tokio::test]
async fn a_charged_account_has_receipts_too() {
    let app = TestApp::start().await;
    let more = json!({ "method": "transfer", "work": "register", "amount": null });
    let page = app.order("payple", more).await;
    assert_eq!(page.pay("popup").await["status"], "registered");
    let key = app.key_of(&page.order_id).await;
    let (_, outcome) = app.charge("payple", &key, "rent1", json!({})).await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    let (_, receipt) = app.merchant("POST", &issue_path("rent1"), personal()).await;
    assert_eq!(
        (&receipt["state"], &receipt["amount"]),
        (&json!("issued"), &json!("9900")),
        "{receipt}"
    );
}

#[tokio::test]
async fn a_lookup_that_answers_for_another_order_harms_no_payment_and_issues_nothing() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let id = transferred(&app, "pay_now").await;
    tap.befall("PayChkAct", Fate::Anothers, 1);
    let (status, answer) = app.merchant("POST", &issue_path(&id), personal()).await;
    assert_eq!((status, &*code(&answer)), (502, "gateway_down"), "{answer}");
    assert_eq!(tap.left(), 0, "it was asked");
    assert!(tap.sent("TSREG").is_empty(), "no receipt by another's key");
    assert_eq!(app.show(&id).await["status"], "paid");
    let (_, receipt) = app.merchant("POST", &issue_path(&id), personal()).await;
    assert_eq!(receipt["state"], "issued", "{receipt}");
}

#[tokio::test]
async fn what_is_refused_is_refused_before_anything_is_sent() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let id = transferred(&app, "pay_now").await;
    let path = issue_path(&id);
    let refused = async |path: &str, body: Value| {
        let (status, answer) = app.merchant("POST", path, body).await;
        (status, code(&answer))
    };
    let faults = async |body: Value| {
        let (status, answer) = app.merchant("POST", &path, body).await;
        assert_eq!(status, 422, "{answer}");
        common::control::faults(&answer)
    };
    let fault = |field: &str, code: &str| (field.to_owned(), code.to_owned());
    assert_eq!(
        faults(json!({ "amount": "1.5" })).await,
        [
            fault("identity", "field_missing"),
            fault("purpose", "field_missing"),
            fault("amount", "amount_too_precise"),
        ]
    );
    for (identity, field) in [
        (json!({ "phone": "02-123-4567" }), "identity.phone"),
        (json!({ "phone": "0101234567x" }), "identity.phone"),
        (
            json!({ "businessNo": "123-45-6789" }),
            "identity.businessNo",
        ),
        (
            json!({ "phone": PHONE, "businessNo": "1208800000" }),
            "identity",
        ),
    ] {
        let body = json!({ "purpose": "tax_deduction", "identity": identity });
        assert_eq!(faults(body).await, [fault(field, "field_invalid")]);
    }
    let mut more = personal();
    more["amount"] = json!("10001");
    assert_eq!(
        refused(&path, more).await,
        (422, "refund_too_large".to_owned())
    );
    assert_eq!(
        refused(&issue_path("nothing"), personal()).await,
        (404, "order_unknown".to_owned())
    );
    let open = app.order("payple", json!({ "method": "transfer" })).await;
    assert_eq!(
        refused(&issue_path(&open.order_id), personal()).await,
        (409, "not_now".to_owned())
    );
    for (gateway, more, status, code) in [
        ("payple", json!({}), 422, "receipt_not_offered"),
        (
            "payletter",
            json!({ "method": "banktransfer" }),
            422,
            "receipt_is_a_page",
        ),
        (
            "payletter_global",
            json!({ "amount": "12.50", "currency": "USD" }),
            422,
            "not_offered",
        ),
    ] {
        let page = app.order(gateway, more).await;
        let outcome = page.pay("redirect").await;
        assert_eq!(outcome["status"], "paid", "{gateway}: {outcome}");
        assert_eq!(
            refused(&issue_path(&page.order_id), personal()).await,
            (status, code.to_owned()),
            "{gateway}"
        );
    }
    assert!(tap.sent("tsAct").is_empty());
    // Only the merchant's server asks.
    let (status, _) = open.post("cash-receipt", personal()).await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn a_link_is_made_and_is_no_order() {
    let app = TestApp::start().await;
    let new = NewLink {
        method: "transfer+card".into(),
        product_name: "회비".to_owned(),
        amount: paypair_protocol::Money::won(15_000),
        card_flow: None,
        taxable: None,
        tax_amount: None,
        cash_receipt: false,
        expires_at: None,
    };
    let link = app.verifier.payple_link(new.clone()).await.unwrap();
    assert!(link.url.starts_with(&app.gateway), "{link:?}");
    assert!(link.link_id.is_some());
    let little = NewLink {
        amount: paypair_protocol::Money::won(1),
        ..new
    };
    let error = app.verifier.payple_link(little).await.unwrap_err();
    assert_eq!(error.code(), "fields_invalid");
}
