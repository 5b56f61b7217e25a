//! Payple's bank transfers: confirmed at their own door, looked up, given back with their cash receipt.

use crate::common::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_transfer_is_confirmed_and_given_back() {
    let app = TestApp::start().await;
    for work in ["confirm_then_pay", "pay_now"] {
        let more = json!({ "method": "transfer", "work": work });
        let page = app.order("payple", more).await;
        let outcome = page.pay("popup").await;
        assert_eq!(outcome["status"], "paid", "{work}: {outcome}");
        let line = app.book(&page.order_id).await;
        assert_eq!(
            (&line["state"], &line["method"]),
            (&json!("captured"), &json!("transfer")),
            "{work}"
        );
        let path = format!("/orders/{}/refund", page.order_id);
        let (status, outcome) = app.merchant("POST", &path, json!({})).await;
        assert_eq!(status, 200, "{work}: {outcome}");
        assert_eq!(
            app.book(&page.order_id).await["state"],
            "cancelled",
            "{work}"
        );
    }
}

#[tokio::test]
async fn an_account_is_registered_charged_and_deleted() {
    let app = TestApp::start().await;
    let more = json!({ "method": "transfer", "work": "register", "amount": null });
    let page = app.order("payple", more).await;
    let outcome = page.pay("popup").await;
    assert_eq!(outcome["status"], "registered", "{outcome}");
    let key = app.key_of(&page.order_id).await;
    let (status, outcome) = app.charge("payple", &key, "rent1", json!({})).await;
    assert_eq!(
        (status, &outcome["status"]),
        (201, &json!("paid")),
        "{outcome}"
    );
    let line = &app.captures("rent1").await[0];
    assert_eq!(
        (&line["state"], &line["method"]),
        (&json!("captured"), &json!("transfer"))
    );
    // A cash receipt is for a transfer; a card's charge has none.
    let receipt = json!({ "options": { "showCashReceipt": true } });
    let (_, outcome) = app.charge("payple", &key, "rent1b", receipt.clone()).await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    let card = app.key("payple").await;
    let (status, refused) = app.charge("payple", &card, "rent1c", receipt).await;
    assert_eq!(
        (status, &refused["error"]["fields"][0]["code"]),
        (422, &json!("option_not_offered")),
        "{refused}"
    );
    let march = json!({ "repeat": { "year": 2026, "month": 3 } });
    let (_, outcome) = app.charge("payple", &key, "rent2", march.clone()).await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    let (_, outcome) = app.charge("payple", &key, "rent3", march).await;
    assert_eq!(outcome["status"], "declined", "{outcome}");
    // A transfer takes a thousand won at least, and says so before anything is sent.
    let little = json!({ "amount": "999" });
    let (status, refused) = app.charge("payple", &key, "rent4", little).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (422, &json!("fields_invalid")),
        "{refused}"
    );
    let path = format!("/billing-keys/{key}/delete");
    let (status, deleted) = app.merchant("POST", &path, json!({})).await;
    assert_eq!(
        (status, &deleted["state"]),
        (200, &json!("deleted")),
        "{deleted}"
    );
}
