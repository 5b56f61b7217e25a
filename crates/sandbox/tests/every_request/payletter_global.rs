//! Payletter Global's requests, right and broken.

use paypair_protocol::Secret;
use paypair_protocol::payletter_global::{
    self, BillingAddress, Interval, Ispp, NoticeForm, PaymentRequest, Paypal,
};
use paypair_protocol::wire::Fields;

use crate::common::payletter_global::{KEY, OK, charge, newest, notice, order, pay, usd};
use crate::common::{Merchant, TestApp};
use crate::{Proof, takes};

pub(crate) async fn all(proof: &mut Proof) {
    global_requests(proof).await;
    global_calls(proof).await;
}

fn ispp() -> Ispp {
    Ispp {
        first_name: "Gildong".into(),
        last_name: "Hong".into(),
        phone: "(042) 1123 4567".into(),
        country: "KR".into(),
        joined_at: "2023-04-09T19:14:55.277-0:00".into(),
    }
}

async fn global_requests(proof: &mut Proof) {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    let right = PaymentRequest {
        recurring: true,
        ispp: Some(ispp()),
        paypal: Some(Paypal::Subscription {
            interval: Interval::Month,
            every: 1,
            cycles: 0,
        }),
        billing_address: Some(BillingAddress {
            country: Some("840".into()),
            ..BillingAddress::default()
        }),
        ..order(&merchant, "a", "PaypalExpressCheckout")
    };
    let path = "/payletter_global/api/payment/request";
    let sends = async |fields: &Fields| takes(&app, path, KEY, fields).await;
    proof
        .refuses(
            "PaymentRequest",
            &right.fields(),
            &PaymentRequest::TABLE,
            sends,
        )
        .await;
}

async fn global_calls(proof: &mut Proof) {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    let first = PaymentRequest {
        recurring: true,
        ..order(&merchant, "a", "PLCreditCard")
    };
    pay(&app, &first).await;
    let billing_key = notice(&merchant, 0, NoticeForm::Payment)
        .billing_key
        .unwrap();
    let send = async |path: &str, fields: &Fields| {
        takes(&app, &format!("/payletter_global{path}"), KEY, fields).await
    };
    let right = payletter_global::Charge {
        ispp: Some(ispp()),
        ..charge(billing_key.expose(), "b", "PLCreditCard")
    };
    let sends = async |fields: &Fields| send("/payment/recurring", fields).await;
    proof
        .refuses(
            "Charge",
            &right.fields(),
            &payletter_global::Charge::TABLE,
            sends,
        )
        .await;
    let refund = payletter_global::Refund {
        merchant_id: "PL_Merchant".into(),
        transaction_id: newest(&app).await,
        amount: usd("3.00"),
        method: None,
    };
    let sends = async |fields: &Fields| send("/payment/refund", fields).await;
    proof
        .refuses(
            "Refund",
            &refund.fields(),
            &payletter_global::Refund::TABLE,
            sends,
        )
        .await;
    let day = "20260305".to_owned();
    let sales = payletter_global::SalesList {
        merchant_id: "PL_Merchant".into(),
        from: day.clone(),
        to: day.clone(),
        ..payletter_global::SalesList::default()
    };
    let sends = async |fields: &Fields| send("/payment/cpdaesalist", fields).await;
    proof
        .refuses(
            "SalesList",
            &sales.fields(),
            &payletter_global::SalesList::TABLE,
            sends,
        )
        .await;
    let settlements = payletter_global::SettlementList {
        merchant_id: "PL_Merchant".into(),
        from: day.clone(),
        to: day,
        ..payletter_global::SettlementList::default()
    };
    let sends = async |fields: &Fields| send("/settlement/detailslist", fields).await;
    proof
        .refuses(
            "SettlementList",
            &settlements.fields(),
            &payletter_global::SettlementList::TABLE,
            sends,
        )
        .await;
    let subscription = PaymentRequest {
        recurring: true,
        paypal: Some(Paypal::Subscription {
            interval: Interval::Year,
            every: 1,
            cycles: 0,
        }),
        ..order(&merchant, "sub", "PaypalExpressCheckout")
    };
    pay(&app, &subscription).await;
    let told = merchant.got();
    let made = told
        .iter()
        .find(|body| body.contains("notifytype=5"))
        .unwrap();
    let made = Fields::from_form(made.as_bytes()).unwrap();
    let cancel = payletter_global::SubscriptionCancel {
        merchant_id: "PL_Merchant".into(),
        billing_key: Secret::new(made.text("poqtoken").unwrap()),
    };
    let sends = async |fields: &Fields| send("/paypal/subscription/cancel", fields).await;
    proof
        .refuses(
            "SubscriptionCancel",
            &cancel.fields(),
            &payletter_global::SubscriptionCancel::TABLE,
            sends,
        )
        .await;
}
