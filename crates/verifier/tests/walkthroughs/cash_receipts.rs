//! Cash receipts (현금영수증): asked for in the window, on a page of Payletter's after the payment, and with a transfer at Payple.

use serde_json::{Value, json};

use super::{
    super::common::{Page, form, keys::code},
    stage::Stage,
};

/// The merchant asks for the page where a cash receipt is issued.
async fn page_for(stage: &Stage, page: &Page<'_>) -> (u16, Value) {
    let path = format!("/orders/{}/receipt", page.order_id);
    let wish = json!({ "kind": "cash_receipt", "purpose": "tax_deduction" });
    stage.merchant("POST", &path, wish).await
}

/// The buyer opens it, types a phone number and is sent back to us.
async fn fill_in(stage: &Stage, url: &str) {
    let html = stage.http.get(url).send().await.unwrap();
    let (action, mut fields) = form(&html.text().await.unwrap()).expect("a form");
    fields.push(("payer_id".to_owned(), "01012345678".to_owned()));
    let action = format!("{}{action}", stage.gateway);
    let issued = stage.http.post(action).form(&fields).send().await.unwrap();
    let back = issued.headers().get("location").expect("back to us");
    let back = back.to_str().unwrap();
    assert!(back.starts_with(&stage.shop), "{back}");
    assert_eq!(stage.http.get(back).send().await.unwrap().status(), 200);
}

/// The receipt that came with the payment, as the merchant sees it.
async fn receipt_of(stage: &Stage, page: &Page<'_>) -> Value {
    let shown = stage.show(&page.order_id).await;
    shown["attempts"][0]["cashReceipt"].clone()
}

#[tokio::test]
async fn payletters_page_issues_one_after_the_payment_and_no_second() {
    let stage = Stage::open().await;
    let page = stage
        .paid("payletter", json!({ "method": "banktransfer" }))
        .await;
    assert_eq!(receipt_of(&stage, &page).await, Value::Null);
    stage.next_day().await;
    let (status, answer) = page_for(&stage, &page).await;
    assert_eq!(status, 200, "{answer}");
    fill_in(&stage, answer["url"].as_str().unwrap()).await;
    let (status, answer) = page_for(&stage, &page).await;
    assert_eq!((status, &*code(&answer)), (502, "gateway_refused"));
    // Issued or not, the money is the same.
    stage.everything_agrees().await;
}

#[tokio::test]
async fn payletter_issues_one_with_the_payment_if_the_window_asked() {
    let stage = Stage::open().await;
    let asked = json!({ "method": "banktransfer", "options": { "showCashReceipt": true } });
    let page = stage.paid("payletter", asked).await;
    let receipt = receipt_of(&stage, &page).await;
    assert_eq!(receipt["purpose"], "tax_deduction", "{receipt}");
    assert!(receipt["approvalNo"].is_string(), "{receipt}");
    let (status, answer) = page_for(&stage, &page).await;
    assert_eq!(
        (status, &*code(&answer)),
        (502, "gateway_refused"),
        "the payment brought one"
    );
    let (_, outcome) = stage.refund(&page.order_id, json!({})).await;
    assert_eq!(outcome["state"], "refunded", "{outcome}");
    let (status, answer) = page_for(&stage, &page).await;
    assert_eq!((status, &*code(&answer)), (422, "receipt_not_offered"));
    stage.everything_agrees().await;
}

#[tokio::test]
async fn payple_issues_one_with_a_transfer_and_takes_it_back_with_the_money() {
    let stage = Stage::open().await;
    let asked = |ask: bool| json!({ "method": "transfer", "options": { "showCashReceipt": ask } });
    let without = stage.paid("payple", asked(false)).await;
    assert_eq!(receipt_of(&stage, &without).await, Value::Null);
    let page = stage.paid("payple", asked(true)).await;
    let receipt = receipt_of(&stage, &page).await;
    assert!(receipt["approvalNo"].is_string(), "{receipt}");
    let (status, answer) = page_for(&stage, &page).await;
    assert_eq!((status, &*code(&answer)), (422, "receipt_not_offered"));
    let (_, outcome) = stage.refund(&page.order_id, json!({})).await;
    assert_eq!(outcome["state"], "refunded", "{outcome}");
    stage.everything_agrees().await;
}

#[tokio::test]
async fn payple_issues_one_with_each_charge_of_an_account_that_asks() {
    let stage = Stage::open().await;
    let more = json!({ "method": "transfer", "work": "register", "amount": null });
    let account = stage.order("payple", more).await;
    assert_eq!(account.pay("popup").await["status"], "registered");
    let key = stage.key_of(&account.order_id).await;
    let mut march = stage.this_month();
    march["options"] = json!({ "showCashReceipt": true });
    stage.charged("payple", &key, "march", march).await;
    let shown = stage.show("march").await;
    let receipt = &shown["attempts"][0]["cashReceipt"];
    assert!(receipt["approvalNo"].is_string(), "{shown}");
    stage.stop(&key).await;
    stage.everything_agrees().await;
}

#[tokio::test]
async fn payple_issues_one_after_a_transfer_and_takes_it_back() {
    let stage = Stage::open().await;
    let page = stage.paid("payple", json!({ "method": "transfer" })).await;
    assert_eq!(receipt_of(&stage, &page).await, Value::Null);
    stage.next_day().await;
    let path = format!("/orders/{}/cash-receipt", page.order_id);
    let wish = json!({ "purpose": "tax_deduction", "identity": { "phone": "010-1234-5678" } });
    let (status, issued) = stage.merchant("POST", &path, wish.clone()).await;
    assert_eq!(
        (status, &issued["state"], &issued["amount"]),
        (200, &json!("issued"), &json!("10000")),
        "{issued}"
    );
    assert_eq!(receipt_of(&stage, &page).await, issued);
    let (status, answer) = stage.merchant("POST", &path, wish.clone()).await;
    assert_eq!((status, &*code(&answer)), (409, "cash_receipt_issued"));
    assert_eq!(stage.called("TSREG").await, 1);
    stage.everything_agrees().await;

    stage.next_month().await;
    let cancel = format!("{path}/cancel");
    let (status, gone) = stage.merchant("POST", &cancel, wish).await;
    assert_eq!(
        (status, &gone["state"]),
        (200, &json!("cancelled")),
        "{gone}"
    );
    assert_eq!(stage.called("TSCANCEL").await, 1);
    // The receipt is gone; the money stays.
    stage.everything_agrees().await;
}
