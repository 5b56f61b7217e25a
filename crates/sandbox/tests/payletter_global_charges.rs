//! Payletter Global: a billing key is charged.

use crate::common::payletter_global::{
    OK, charge, newest, notice, order, pay, refund, sales, send, usd,
};
use crate::common::{Merchant, TestApp, refusal};
use paypair_protocol::payletter_global::{Charge, NoticeEvent, NoticeForm, PaymentRequest, Search};
use paypair_protocol::{CallError, Method, Secret};
use paypair_sandbox::Options;
use serde_json::json;

async fn subscribe(app: &TestApp, merchant: &Merchant) -> String {
    let first = PaymentRequest {
        recurring: true,
        ..order(merchant, "first", "PLCreditCard")
    };
    pay(app, &first).await;
    let told = notice(merchant, 0, NoticeForm::Payment);
    assert_eq!(told.event, NoticeEvent::Paid);
    told.billing_key.unwrap().expose().to_owned()
}

#[actix_web::test]
async fn the_first_payment_brings_a_key_that_is_charged_again() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    let key = subscribe(&app, &merchant).await;
    let paid = send(&app, &charge(&key, "second", "PLCreditCard"))
        .await
        .unwrap();
    assert_eq!(
        (paid.amount, paid.order_id.as_deref()),
        (Some(usd("3")), Some("second"))
    );
    assert_eq!(paid.billing_key, Some(Secret::new(key)));
    assert_eq!(
        (paid.country.as_deref(), paid.customer_id.as_deref()),
        (Some("KOR"), Some("tester"))
    );
    assert_eq!(paid.paid_at.as_deref(), Some("2026-03-05 14:11:11"));
    assert_eq!(paid.transaction_id, newest(&app).await);
    let rows = sales(&app, "20260305", Search::Paid).await;
    let ids: Vec<_> = rows.iter().map(|row| &*row.order_id).collect();
    assert_eq!(ids, ["first", "second"]);
    assert_eq!(merchant.got().len(), 1, "no notice tells of a charge");
    refund(&app, &paid.transaction_id, "3").await.unwrap();
    merchant.called(2).await;
    let told = notice(&merchant, 1, NoticeForm::Payment);
    assert_eq!(
        (told.event, &*told.order_id),
        (NoticeEvent::Cancelled, "second")
    );
}

#[actix_web::test]
async fn strangers_keys_and_broken_rows_are_refused() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    let key = subscribe(&app, &merchant).await;
    let right = charge(&key, "a", "PLCreditCard");
    for (wrong, words) in [
        (
            Charge {
                billing_key: Secret::new("unknown"),
                ..right.clone()
            },
            "Request failed.",
        ),
        (
            Charge {
                customer_id: Some("other".into()),
                ..right.clone()
            },
            "Request failed.",
        ),
        (
            Charge {
                method: Method::from("PLUnionPay"),
                ..right.clone()
            },
            "Request failed.",
        ),
        (
            Charge {
                method: Method::from("ICBAlipay"),
                ..right.clone()
            },
            "[2001]",
        ),
        (
            Charge {
                custom: Some("a|b'c".into()),
                ..right.clone()
            },
            "[2001]",
        ),
        (
            Charge {
                order_id: String::new(),
                ..right.clone()
            },
            "[2001]",
        ),
    ] {
        let detail = refusal(send(&app, &wrong).await);
        assert!(detail.starts_with(words), "{detail}");
    }
    app.script("payletter_global", "a", json!(["charge_answer_lost"]))
        .await;
    let lost = send(&app, &right).await.unwrap_err();
    assert!(
        matches!(lost, CallError::Unreadable { status: 502, .. }),
        "{lost:?}"
    );
    assert_eq!(sales(&app, "20260305", Search::Paid).await.len(), 2);
}

#[actix_web::test]
async fn charging_is_private() {
    let app = TestApp::start_with(Options {
        private_api: false,
        ..Options::default()
    });
    let refused = send(&app, &charge("key", "a", "PLCreditCard")).await;
    assert!(matches!(
        refused,
        Err(CallError::Refused { status: 403, .. })
    ));
}
