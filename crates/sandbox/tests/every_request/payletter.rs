//! Payletter's requests, right and broken.

use paypair_protocol::payletter::{self, PaymentRequest as DomesticRequest};
use paypair_protocol::wire::Fields;
use paypair_protocol::{Method, Money};

use crate::common::payletter::{
    charge as domestic_charge, key, order as domestic_order, pay as domestic_pay,
};
use crate::common::{Merchant, SEARCH_KEY, TestApp};
use crate::{Proof, takes};

pub(crate) async fn all(proof: &mut Proof) {
    payletter_requests(proof).await;
    payletter_charges_and_refunds(proof).await;
    payletter_lists_and_receipts(proof).await;
}

async fn payletter_requests(proof: &mut Proof) {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let right = DomesticRequest {
        cup_deposit: Some(Money::won(300)),
        tax_amount: Some(Money::won(90)),
        tax_free_amount: Some(Money::won(0)),
        receipt_email: Some("a@b.test".into()),
        expires: Some(payletter::Expiry {
            on: "20261231".into(),
            time: Some("2359".into()),
        }),
        ..domestic_order(&merchant, "a", "creditcard")
    };
    let path = "/payletter/v1.0/payments/request";
    let sends = async |fields: &Fields| takes(&app, path, &key(), fields).await;
    proof
        .refuses(
            "PaymentRequest",
            &right.fields(),
            &DomesticRequest::TABLE,
            sends,
        )
        .await;
}

async fn payletter_charges_and_refunds(proof: &mut Proof) {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let first = DomesticRequest {
        recurring: true,
        ..domestic_order(&merchant, "a", "creditcard")
    };
    let transaction_id = domestic_pay(&app, &first).await;
    let told = Fields::from_json(merchant.got()[0].as_bytes()).unwrap();
    let right = domestic_charge(&told.text("billkey").unwrap(), "b", "creditcard");
    let path = "/payletter/v1.0/payments/autopay";
    let sends = async |fields: &Fields| takes(&app, path, &key(), fields).await;
    proof
        .refuses("Charge", &right.fields(), &payletter::Charge::TABLE, sends)
        .await;
    for (partial, amount) in [(Some(payletter::Partial::default()), 300), (None, 1000)] {
        let transaction_id = match &partial {
            Some(_) => domestic_pay(&app, &domestic_order(&merchant, "c", "creditcard")).await,
            None => transaction_id.clone(),
        };
        let refund = payletter::Refund {
            method: Method::from("creditcard"),
            merchant_id: "pay_test".into(),
            customer_id: "buyer".into(),
            transaction_id,
            amount: Money::won(amount),
            partial,
            customer_ip: "127.0.0.1".into(),
        };
        let path = format!("/payletter{}", refund.path());
        let sends = async |fields: &Fields| takes(&app, &path, &key(), fields).await;
        proof
            .refuses("Refund", &refund.fields(), refund.table(), sends)
            .await;
    }
}

async fn payletter_lists_and_receipts(proof: &mut Proof) {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let tid = domestic_pay(&app, &domestic_order(&merchant, "a", "banktransfer")).await;
    let search = format!("PLKEY {SEARCH_KEY}");
    let list = Fields::from([
        ("client_id", "pay_test"),
        ("date", "20260305"),
        ("date_type", "settle"),
    ]);
    let sends = async |fields: &Fields| {
        let path = format!(
            "/payletter/v1.0/payments/transaction/list?{}",
            fields.to_form()
        );
        app.get_with(&path, &search).await.0 == 200
    };
    proof
        .refuses(
            "TransactionList",
            &list,
            &payletter::TransactionList::TABLE,
            sends,
        )
        .await;
    let status = Fields::from([("client_id", "pay_test"), ("order_no", "a")]);
    let path = "/payletter/v1.0/payments/status";
    let sends = async |fields: &Fields| takes(&app, path, &key(), fields).await;
    proof
        .refuses("Status", &status, &payletter::Status::TABLE, sends)
        .await;
    let info = Fields::from([
        ("tid", &*tid),
        ("client_id", "pay_test"),
        ("amount", "1000"),
        ("transaction_date", "20260305"),
    ]);
    let sends = async |fields: &Fields| {
        let (tid, query) = (fields.text("tid").unwrap_or_default(), fields.to_form());
        let path = format!("/payletter/v1.0/receipt/info/{tid}?{query}");
        app.get_with(&path, &search).await.0 == 200
    };
    proof
        .refuses("ReceiptInfo", &info, &payletter::ReceiptInfo::TABLE, sends)
        .await;
    let issue = Fields::from([
        ("tid", &*tid),
        ("client_id", "pay_test"),
        ("type", "1"),
        ("tax_flag", "N"),
        ("return_url", "https://shop.test/x"),
    ]);
    let sends = async |fields: &Fields| {
        let path = format!(
            "/payletter/v1.0/cashreceipt/issue/{}",
            fields.text("tid").unwrap_or_default()
        );
        takes(&app, &path, &key(), fields).await
    };
    proof
        .refuses(
            "CashReceiptIssue",
            &issue,
            &payletter::CashReceiptIssue::TABLE,
            sends,
        )
        .await;
}
