//! Payletter: pages that a merchant opens for its buyer.

use crate::common::payletter::{ask, key, order, pay, press};
use crate::common::{Merchant, PAYMENT_KEY, SEARCH_KEY, TestApp, fields, refusal};
use paypair_protocol::payletter::{
    Callback, CashReceiptIssue, CashReceiptPurpose, PaymentRequest, ReceiptInfo, ReceiptPage,
    Return,
};
use paypair_protocol::proof::Answered;
use paypair_protocol::wire::Fields;
use paypair_protocol::{CallError, Money, Secret};

async fn issue(app: &TestApp, tid: &str) -> Result<Answered<ReceiptPage>, CallError> {
    let issue = CashReceiptIssue {
        transaction_id: tid.into(),
        merchant_id: "pay_test".into(),
        purpose: CashReceiptPurpose::BuyerSays,
        tax_excluded: false,
        return_url: "http://127.0.0.1:8080/thanks".into(),
    };
    let path = format!("/payletter/v1.0/cashreceipt/issue/{tid}");
    let (status, body) = app.post_as(&path, &key(), issue.fields().to_json()).await;
    issue.read(status, body.as_bytes())
}

#[actix_web::test]
async fn a_buyer_has_a_cash_receipt_issued_once() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let tid = pay(&app, &order(&merchant, "a", "banktransfer")).await;
    let page = issue(&app, &tid).await.unwrap();
    let form = app.get(app.path(&page.url)).await.1;
    assert!(
        form.contains("data-testid=\"issue\"") && form.contains("1,000"),
        "{form}"
    );
    let token = page.url.split("token=").nth(1).unwrap();
    let fields = [
        ("token", token),
        ("purpose", "02"),
        ("payer_id", "1234567890"),
    ];
    app.post_form("/payletter/PGSVC/Receipt/ReceiptForm.asp", &fields)
        .await;
    assert_eq!(refusal(issue(&app, &tid).await), "2301");
    let card = pay(&app, &order(&merchant, "b", "creditcard")).await;
    assert_eq!(refusal(issue(&app, &card).await), "2301");
    assert_eq!(refusal(issue(&app, "unknown").await), "2104");
}

#[actix_web::test]
async fn what_was_paid_is_shown_to_who_knows_it() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let tid = pay(&app, &order(&merchant, "a", "creditcard")).await;
    let read = async |amount, slash: &str| {
        let info = ReceiptInfo {
            transaction_id: tid.clone(),
            merchant_id: "pay_test".into(),
            amount: Money::won(amount),
            paid_on: "20260305".into(),
        };
        let query = info.fields().to_form();
        let path = format!("/payletter/v1.0/receipt/info/{tid}{slash}?{query}");
        let (status, body) = app.get_with(&path, &format!("PLKEY {SEARCH_KEY}")).await;
        info.read(status, body.as_bytes())
    };
    let page = read(1000, "").await.unwrap();
    let slip = app.get(app.path(&page.url)).await.1;
    assert!(
        slip.contains(&tid) && slip.contains("<dd>신용카드</dd>"),
        "{slip}"
    );
    assert!(read(1000, "/").await.is_ok());
    assert_eq!(refusal(read(999, "").await), "2104");
}

#[actix_web::test]
async fn a_receipt_asked_for_in_the_window_is_told_flat_and_nested() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let asked = PaymentRequest {
        show_cash_receipt: true,
        ..order(&merchant, "a", "banktransfer")
    };
    let token = ask(&app, &asked).await.unwrap();
    let (_, back) = press(&app, &token, "pay").await.handback();
    let flat = Return::read(&fields(&back)).cash_receipt.unwrap();
    let body = Fields::from_json(merchant.got()[0].as_bytes()).unwrap();
    let callback = Callback::verify(&body, &Secret::new(PAYMENT_KEY)).unwrap();
    assert_eq!(callback.cash_receipt, Some(flat.clone()));
    assert_eq!(
        (flat.purpose.as_deref(), flat.order_id.as_deref()),
        (Some("01"), Some("a"))
    );
}
