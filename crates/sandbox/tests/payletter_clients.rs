//! Payletter: a merchant with several client ids, each with keys of its own.

use crate::common::payletter::{key, order};
use crate::common::{self, Merchant, PAYMENT_KEY, Page, SEARCH_KEY, TestApp, refusal};
use paypair_protocol::payletter::{Callback, DateType, PaymentRequest, Refund, TransactionList};
use paypair_protocol::wire::Fields;
use paypair_protocol::{CallError, Method, Money, Secret};
use paypair_sandbox::{Options, PayletterClient};

const NAVER_KEY: &str = "bmF2ZXItcGF5bWVudC1rZXk=";
const NAVER_SEARCH: &str = "bmF2ZXItc2VhcmNoLWtleQ==";

fn start() -> TestApp {
    TestApp::start_with(Options {
        payletter_clients: vec![PayletterClient {
            client_id: "pay_naver".into(),
            payment_key: NAVER_KEY.into(),
            search_key: NAVER_SEARCH.into(),
            methods: vec!["naverpay".into()],
        }],
        ..Options::default()
    })
}

fn naver(merchant: &Merchant) -> PaymentRequest {
    PaymentRequest {
        merchant_id: "pay_naver".into(),
        ..order(merchant, "n", "naverpay")
    }
}

async fn ask(app: &TestApp, order: &PaymentRequest, key: &str) -> Result<String, CallError> {
    let path = "/payletter/v1.0/payments/request";
    let key = format!("PLKEY {key}");
    let (status, body) = app.post_as(path, &key, order.fields().to_json()).await;
    Ok(order.read(status, body.as_bytes())?.session_token.clone())
}

async fn pay(app: &TestApp, merchant: &Merchant) -> Callback {
    let token = ask(app, &naver(merchant), NAVER_KEY).await.unwrap();
    let page: Page = common::payletter::press(app, &token, "pay").await;
    assert!(page.handback().0.ends_with("/return"));
    let body = Fields::from_json(merchant.got().last().unwrap().as_bytes()).unwrap();
    assert!(
        Callback::verify(&body, &Secret::new(PAYMENT_KEY)).is_err(),
        "another client's key does not verify it"
    );
    Callback::verify(&body, &Secret::new(NAVER_KEY))
        .unwrap()
        .into_inner()
}

#[actix_web::test]
async fn each_client_signs_with_its_own_key() {
    let (app, merchant) = (start(), Merchant::answering("{\"code\":0}"));
    let callback = pay(&app, &merchant).await;
    assert_eq!(callback.method.as_str(), "navercard");
    assert!(callback.transaction_id.starts_with("tpay_naver-"));
}

#[actix_web::test]
async fn a_key_opens_its_own_client_only() {
    let (app, merchant) = (start(), Merchant::answering("{\"code\":0}"));
    let strange = ask(&app, &naver(&merchant), PAYMENT_KEY).await;
    assert_eq!(refusal(strange), "2001");
    let unknown = ask(&app, &naver(&merchant), "unknown").await;
    assert_eq!(refusal(unknown), "998");
    let card = PaymentRequest {
        merchant_id: "pay_naver".into(),
        ..order(&merchant, "c", "creditcard")
    };
    assert_eq!(refusal(ask(&app, &card, NAVER_KEY).await), "2001");
    let moved = order(&merchant, "m", "naverpay");
    assert_eq!(
        refusal(ask(&app, &moved, PAYMENT_KEY).await),
        "2001",
        "Naver Pay is another client's now"
    );
    assert!(
        ask(&app, &order(&merchant, "c", "creditcard"), PAYMENT_KEY)
            .await
            .is_ok()
    );
}

#[actix_web::test]
async fn a_client_sees_and_cancels_its_own_payments() {
    let (app, merchant) = (start(), Merchant::answering("{\"code\":0}"));
    let callback = pay(&app, &merchant).await;
    for (client_id, search_key, seen) in
        [("pay_naver", NAVER_SEARCH, 1), ("pay_test", SEARCH_KEY, 0)]
    {
        let list = TransactionList {
            merchant_id: client_id.into(),
            on: "20260305".into(),
            by: DateType::Transaction,
            method: None,
            order_id: None,
        };
        let query = list.fields().to_form();
        let path = format!("/payletter/v1.0/payments/transaction/list?{query}");
        let (status, body) = app.get_with(&path, &format!("PLKEY {search_key}")).await;
        let rows = list
            .read(status, body.as_bytes())
            .unwrap()
            .into_inner()
            .rows;
        assert_eq!(rows.len(), seen, "{client_id}");
        let strange = app.get_with(&path, &format!("PLKEY {NAVER_KEY}")).await;
        assert_eq!(strange.0, 401, "a PAYMENT key does not search");
    }
    let refund = |client_id: &str| Refund {
        method: Method::from("naverpay"),
        merchant_id: client_id.into(),
        customer_id: "buyer".into(),
        transaction_id: callback.transaction_id.clone(),
        amount: Money::won(1000),
        partial: None,
        customer_ip: "127.0.0.1".into(),
    };
    let path = "/payletter/v1.0/payments/cancel";
    let by_other = refund("pay_test");
    let (status, body) = app.post_as(path, &key(), by_other.fields().to_json()).await;
    assert_eq!(refusal(by_other.read(status, body.as_bytes())), "2105");
    let by_owner = refund("pay_naver");
    let body = by_owner.fields().to_json();
    let (status, body) = app.post_as(path, &format!("PLKEY {NAVER_KEY}"), body).await;
    assert!(by_owner.read(status, body.as_bytes()).is_ok());
}
