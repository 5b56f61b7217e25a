//! Doubts, and who ends them: cash receipts that may be issued, payments and refunds that may have happened.

use serde_json::{Value, json};

use super::common::{Fate, Setup, TestApp};
use super::{json_of, paypair, paypair_with};

const PHONE: &str = "010-2345-6789\n";

#[tokio::test]
async fn a_cash_receipt_is_issued_once_and_taken_back() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payple", json!({ "method": "transfer" })).await;
    assert_eq!(page.pay("popup").await["status"], "paid");
    let id = page.order_id.as_str();
    let issue = [
        "cash-receipt",
        "issue",
        id,
        "--purpose",
        "tax_deduction",
        "--phone",
    ];
    tap.befall("TSREG", Fate::Astray, 1);
    let (code, out, err) = paypair_with(&app, &issue, PHONE);
    assert_eq!(code, 3, "{out} {err}");
    assert!(out.contains("issue_unknown"), "{out}");
    assert_eq!(err.lines().count(), 1, "{err}");
    let (code, _, err) = paypair_with(&app, &issue, PHONE);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("nobody knows"), "{err}");
    let word = [
        "resolve",
        id,
        "--operator",
        "kim",
        "--as",
        "receipt-not-issued",
    ];
    let (code, out, err) = paypair(&app, &word);
    assert_eq!(code, 0, "{out} {err}");
    let (code, out, err) = paypair_with(&app, &issue, PHONE);
    assert_eq!(code, 0, "{out} {err}");
    assert!(
        out.contains("10000 KRW") && out.contains("approval no"),
        "{out}"
    );
    let (code, _, err) = paypair_with(&app, &issue, PHONE);
    assert_eq!(code, 1, "{err}");
    let cancel = ["cash-receipt", "cancel", id, "--phone", "--json"];
    let (code, out, err) = paypair_with(&app, &cancel, PHONE);
    assert_eq!(code, 0, "{out} {err}");
    let receipt: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(receipt["state"], "cancelled");
    assert!(
        !out.contains("2345") && !err.contains("2345"),
        "{out} {err}"
    );
}

#[tokio::test]
async fn a_named_person_ends_a_doubt_unless_the_gateway_does() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payple", json!({})).await;
    tap.befall("Confirm", Fate::Astray, 1);
    assert_eq!(page.pay("popup").await["status"], "in_doubt");
    let id = page.order_id.as_str();
    let (code, _, err) = paypair(&app, &["lookup", id]);
    assert_eq!(code, 3, "{err}");
    let word = ["resolve", id, "--operator", "kim", "--as", "not-captured"];
    let settled = json_of(&app, &word);
    assert_eq!(
        (&settled["state"], &settled["settledBy"]),
        (&json!("declined"), &json!("operator")),
        "{settled}"
    );
    let (code, _, err) = paypair(&app, &word);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("nothing of this order is in doubt"), "{err}");

    let page = app.order("payple", json!({})).await;
    tap.befall("Confirm", Fate::Lost, 1);
    assert_eq!(page.pay("popup").await["status"], "in_doubt");
    let word = [
        "resolve",
        page.order_id.as_str(),
        "--operator",
        "kim",
        "--as",
        "not-captured",
    ];
    let (code, out, err) = paypair(&app, &word);
    assert_eq!(code, 1, "{out} {err}");
    assert!(
        out.contains("paid") && err.contains("not taken"),
        "{out} {err}"
    );
}
