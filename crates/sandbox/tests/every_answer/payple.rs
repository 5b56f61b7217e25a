//! Everything that Payple says: a merchant's day that leaves nothing out.

use paypair_protocol::payple::{Charge, Confirm, Purpose, Refund, Repeat};
use paypair_protocol::{Money, Secret};
use paypair_sandbox::Options;
use serde_json::json;

use crate::common::payple::{
    MARCH, REFUND_KEY, charge, delete, look_up, payer, post, refund, register, send, tokens,
};
use crate::common::{Merchant, Page, TestApp};
use crate::payple_read::{answered, webhook};
use crate::told::Told;

/// What a page fills in besides what `TestApp::window` does.
const FULL: [(&str, &str); 10] = [
    ("PCD_PAYER_NAME", "홍길동"),
    ("PCD_PAYER_HP", "01023456789"),
    ("PCD_PAYER_EMAIL", "buyer@shop.test"),
    ("PCD_PAY_ISTAX", "Y"),
    ("PCD_PAY_TAXTOTAL", "900"),
    ("PCD_REGULER_FLAG", "Y"),
    ("PCD_PAY_YEAR", "2026"),
    ("PCD_PAY_MONTH", "02"),
    ("PCD_USER_DEFINE1", "가"),
    ("PCD_USER_DEFINE2", "나"),
];

pub(crate) async fn told() -> Vec<Told> {
    let merchant = Merchant::answering("OK");
    let app = TestApp::start_with(Options {
        payple_webhook: Some(format!("{}/webhook", merchant.url)),
        payple_partial_cancel: true,
        ..Options::default()
    });
    windows(&app).await;
    cards(&app).await;
    refusals(&app).await;
    merchant.called(WEBHOOKS).await;
    let mut all: Vec<Told> = app.tape().iter().filter_map(answered).collect();
    all.extend(merchant.got().iter().map(|body| webhook(body)));
    all
}

/// Two payments and two charges, three refunds, one card deleted by hand.
const WEBHOOKS: usize = 8;

/// The window's works, and its ends; by a message to the page and by a post.
async fn windows(app: &TestApp) {
    open(app, "paid", &[("PCD_PAY_WORK", "PAY")], "pay").await;
    open(app, "registered", &[("PCD_PAY_WORK", "AUTH")], "pay").await;
    open(app, "declined", &[], "decline").await;
    let posted = [("PCD_RST_URL", "https://shop.test/result")];
    open(app, "closed", &posted, "cancel").await;
    let freely = [("PCD_REGULER_FLAG", "N"), ("PCD_SIMPLE_FLAG", "Y")];
    open(app, "freely", &[posted[0], freely[0], freely[1]], "pay").await;
    let page = open(app, "confirmed", &[], "pay").await;
    let data = page.message()["data"].clone();
    let secret = |name: &str| Secret::new(data[name].as_str().unwrap());
    let confirm = Confirm {
        merchant_id: "test".into(),
        merchant_key: Secret::new("abcd1234567890"),
        auth_key: secret("PCD_AUTH_KEY"),
        confirm_key: secret("PCD_PAY_REQKEY"),
        billing_key: Some(secret("PCD_PAYER_ID")),
    };
    let path = app.path(data["PCD_PAY_COFURL"].as_str().unwrap());
    post(app, path, &confirm.fields()).await;
    look_up(app, "confirmed").await.unwrap();
    refund_with_tax(app, "confirmed").await;
    look_up(app, "confirmed").await.unwrap();
    assert!(look_up(app, "nobody's").await.is_none());
}

async fn open(app: &TestApp, order_id: &str, changes: &[(&str, &str)], deed: &str) -> Page {
    let auth = app.auth(json!({})).await;
    let mut all = FULL.to_vec();
    for change in changes {
        all.retain(|(name, _)| *name != change.0);
        all.push(*change);
    }
    let window = app
        .window(auth["AuthKey"].as_str().unwrap(), order_id, &all)
        .await;
    app.press(&window, deed).await
}

async fn refund_with_tax(app: &TestApp, order_id: &str) {
    let (tokens, path) = tokens(app, Purpose::Refund).await;
    let refund = Refund {
        tokens,
        refund_key: Secret::new(REFUND_KEY),
        order_id: order_id.into(),
        paid_on: "20260305".into(),
        amount: Money::won(1000),
        tax_amount: Some(Money::won(90)),
    };
    post(app, &path, &refund.fields()).await;
}

/// Billing keys: charged, asked for, deleted by a call and by hand.
async fn cards(app: &TestApp) {
    let key = register(app, "card").await;
    for repeat in [MARCH, Repeat::Freely] {
        let order_id = format!("{:?}", charge(&key, "", repeat).purpose());
        let full = Charge {
            customer_name: Some("홍길동".into()),
            customer_phone: Some("01023456789".into()),
            customer_email: Some("buyer@shop.test".into()),
            taxable: Some(true),
            tax_amount: Some(Money::won(900)),
            custom2: Some("나".into()),
            ..charge(&key, &order_id, repeat)
        };
        send(app, full).await.unwrap();
        refund(app, &order_id, 1000).await.unwrap();
        look_up(app, &order_id).await.unwrap();
    }
    let auth = app.auth(json!({})).await;
    let named = [
        ("PCD_PAY_WORK", "AUTH"),
        ("PCD_PAYER_NO", "8"),
        FULL[0],
        FULL[1],
    ];
    let window = app
        .window(auth["AuthKey"].as_str().unwrap(), "named", &named)
        .await;
    let data = app.press(&window, "pay").await.message()["data"].clone();
    payer(app, &Secret::new(data["PCD_PAYER_ID"].as_str().unwrap()))
        .await
        .unwrap();
    delete(app, &key).await.unwrap();
    let by_hand = json!({ "billing_key": data["PCD_PAYER_ID"] });
    let deleted = app.post_json("/control/payple/delete_card", &by_hand).await;
    assert_eq!(deleted.0, 200);
}

async fn refusals(app: &TestApp) {
    assert_eq!(
        app.auth(json!({ "cst_id": "other" })).await["result"],
        "error"
    );
    assert!(payer(app, &Secret::new("unknown")).await.is_err());
}
