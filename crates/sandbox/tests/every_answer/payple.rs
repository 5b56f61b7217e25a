//! Everything that Payple says: a merchant's day that leaves nothing out.

use paypair_protocol::payple::{
    Charge, Confirm, LinkRequest, Purpose, ReceiptOrder, Refund, Repeat, TradeUse,
};
use paypair_protocol::{Method, Money, Secret};
use paypair_sandbox::Options;
use serde_json::json;

use crate::common::payple::{
    MARCH, REFUND_KEY, charge, delete, look_up, payer, post, refund, register, send, tokens,
};
use crate::common::payple_transfer::{act, cash_receipt, register_account, transfer};
use crate::common::{self, Merchant, Page, TestApp};
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
    accounts(&app).await;
    link(&app).await;
    refusals(&app).await;
    merchant.called(WEBHOOKS).await;
    let mut all: Vec<Told> = app.tape().iter().filter_map(answered).collect();
    all.extend(merchant.got().iter().map(|body| webhook(body)));
    all
}

/// Two payments and two charges, three refunds, one card deleted by hand; with an account two payments, two charges and a
/// refund.
const WEBHOOKS: usize = 13;

/// The window's works, and its ends; by a message to the page and by a post.
async fn windows(app: &TestApp) {
    let january = ("PCD_PAY_MONTH", "01"); // a month is charged once
    open(app, "paid", &[("PCD_PAY_WORK", "PAY"), january], "pay").await;
    open(app, "registered", &[("PCD_PAY_WORK", "AUTH")], "pay").await;
    open(app, "declined", &[], "decline").await;
    let posted = [("PCD_RST_URL", "https://shop.test/result")];
    open(app, "closed", &posted, "cancel").await;
    let freely = [("PCD_REGULER_FLAG", "N"), ("PCD_SIMPLE_FLAG", "Y")];
    open(app, "freely", &[posted[0], freely[0], freely[1]], "pay").await;
    let page = open(app, "confirmed", &[], "pay").await;
    confirm(app, &page).await;
    look_up(app, "confirmed").await.unwrap();
    refund_with_tax(app, "confirmed", 1000).await;
    look_up(app, "confirmed").await.unwrap();
    assert!(look_up(app, "nobody's").await.is_none());
}

/// Confirms what a window asked for.
async fn confirm(app: &TestApp, page: &Page) {
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
    let (status, body) = post(app, path, &confirm.fields()).await;
    confirm.read(status, body.as_bytes()).unwrap();
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

async fn refund_with_tax(app: &TestApp, order_id: &str, amount: u64) {
    let (tokens, path) = tokens(app, Purpose::Refund).await;
    let refund = Refund {
        tokens,
        refund_key: Secret::new(REFUND_KEY),
        order_id: order_id.into(),
        paid_on: "20260305".into(),
        amount: Money::won(amount),
        tax_amount: Some(Money::won(90)),
    };
    let (status, body) = post(app, &path, &refund.fields()).await;
    refund.read(status, body.as_bytes()).unwrap();
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

/// Bank accounts: paid from, confirmed, registered, charged, with their cash receipts.
async fn accounts(app: &TestApp) {
    let with_receipt = [FULL[0], FULL[1], ("PCD_TAXSAVE_FLAG", "Y")];
    let at_once = [&with_receipt[..], &[("PCD_PAY_WORK", "PAY")]].concat();
    act(app, "transferred", &at_once, "pay").await;
    look_up(app, "transferred").await.unwrap();
    confirm(app, &act(app, "transfer", &with_receipt, "pay").await).await;
    let key = register_account(app).await;
    for repeat in [MARCH, Repeat::Freely] {
        let mut order = transfer(&key, "", repeat);
        order.charge.order_id = format!("{:?}", order.purpose());
        order.receipt = (repeat == MARCH).then_some(ReceiptOrder {
            trade_use: TradeUse::Personal,
            holder_number: None,
        });
        common::payple_transfer::send(app, order).await.unwrap();
    }
    for cancel in [false, true] {
        cash_receipt(app, &key, ("TransferFreely", 10_000), cancel)
            .await
            .unwrap();
    }
    common::payple_transfer::refund(app, "TransferMonthly")
        .await
        .unwrap();
    payer(app, &key).await.unwrap();
}

/// A link, with the month and the memo that documents of different years have.
async fn link(app: &TestApp) {
    let (tokens, path) = tokens(app, Purpose::Link).await;
    let link = LinkRequest {
        tokens,
        method: Method::from("card"),
        product_name: "회비".into(),
        amount: Money::won(10_000),
        card_flow: None,
        taxable: None,
        tax_amount: None,
        cash_receipt: false,
        expires_at: None,
    };
    let mut fields = link.fields();
    for (name, value) in [
        ("PCD_REGULER_FLAG", "Y"),
        ("PCD_PAY_YEAR", "2026"),
        ("PCD_PAY_MONTH", "03"),
        ("PCD_LINK_MEMO", "3월"),
    ] {
        fields.push(name, value);
    }
    post(app, &path, &fields).await;
}

async fn refusals(app: &TestApp) {
    assert_eq!(
        app.auth(json!({ "cst_id": "other" })).await["result"],
        "error"
    );
    assert!(payer(app, &Secret::new("unknown")).await.is_err());
}
