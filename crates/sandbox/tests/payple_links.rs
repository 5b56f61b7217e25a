//! Payple: payment links.

use crate::common::payple::{look_up, post, tokens};
use crate::common::{self, Merchant, Page, TestApp};
use paypair_protocol::payple::{Link, LinkRequest, Purpose, Webhook};
use paypair_protocol::proof::Answered;
use paypair_protocol::wire::Fields;
use paypair_protocol::{CallError, Method, Money};
use paypair_sandbox::Options;

async fn make(
    app: &TestApp,
    method: &str,
    expires_at: Option<&str>,
) -> Result<Answered<Link>, CallError> {
    let (tokens, path) = tokens(app, Purpose::Link).await;
    let link = LinkRequest {
        tokens,
        method: Method::from(method),
        product_name: "회비".into(),
        amount: Money::won(150_000),
        card_flow: None,
        taxable: None,
        tax_amount: None,
        cash_receipt: true,
        expires_at: expires_at.map(str::to_owned),
    };
    let (status, body) = post(app, &path, &link.fields()).await;
    link.read(status, body.as_bytes())
}

async fn open(app: &TestApp, url: &str) -> Page {
    Page(app.get(app.path(url)).await.1)
}

#[actix_web::test]
async fn anybody_pays_by_a_link_and_the_merchant_hears_of_it() {
    let merchant = Merchant::answering("OK");
    let app = TestApp::start_with(Options {
        payple_webhook: Some(merchant.url.clone()),
        ..Options::default()
    });
    let link = make(&app, "card", None).await.unwrap();
    assert_eq!(link.amount, Some(Money::won(150_000)));
    assert_eq!(link.gateway_message.as_deref(), Some("링크생성완료"));
    assert!(link.url.ends_with(link.link_id.as_deref().unwrap()));
    for payments in 1..=2 {
        let window = open(&app, &link.url).await;
        assert!(window.has("150,000"));
        let done = app.press(&window, "pay").await;
        assert!(done.has("결제 완료"), "{}", done.0);
        merchant.called(payments).await;
    }
    let body = Fields::from_json(merchant.got()[0].as_bytes()).unwrap();
    assert_eq!(
        body.text("PCD_LINK_KEY").as_deref(),
        link.link_id.as_deref()
    );
    let Webhook::Payment { order_id, .. } = Webhook::read(&body) else {
        panic!("not of a payment");
    };
    assert!(look_up(&app, &order_id).await.is_some());
    assert_eq!(app.book().await["payments"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn a_link_may_leave_the_choice_to_the_buyer() {
    let app = TestApp::start();
    let link = make(&app, "transfer+card", None).await.unwrap();
    let choice = open(&app, &link.url).await;
    assert!(choice.has("data-testid=\"card\"") && choice.has("data-testid=\"transfer\""));
    let window = open(&app, &format!("{}?method=transfer", link.url)).await;
    assert!(window.has("name=\"bank_code\""));
    let cancelled = app.press(&window, "cancel").await;
    assert!(cancelled.has("결제 취소"));
    let window = open(&app, &format!("{}?method=card", link.url)).await;
    assert!(window.has("name=\"card_company\""));
}

#[actix_web::test]
async fn a_link_ends_with_its_hour() {
    let app = TestApp::start(); // 5 March, 14:11 in Korea
    assert!(make(&app, "card", Some("2026030513")).await.is_err());
    assert!(make(&app, "card", Some("tomorrow")).await.is_err());
    let link = make(&app, "card", Some("2026030515")).await.unwrap();
    app.advance(60 * 60).await;
    assert!(open(&app, &link.url).await.has("data-testid=\"pay\""));
    app.advance(60 * 60).await;
    assert!(open(&app, &link.url).await.has("기간이 지난"));
    let unknown = open(&app, &format!("{}/payple/link/L0", app.base)).await;
    assert!(unknown.has("존재하지 않는 결제 링크"));
}

#[actix_web::test]
async fn a_slip_is_shown_to_the_buyer() {
    let app = TestApp::start();
    common::payple::pay(&app, "a").await;
    let url = look_up(&app, "a")
        .await
        .unwrap()
        .receipt_url
        .clone()
        .unwrap();
    let page = open(&app, &url).await;
    assert!(page.has("10,000") && page.has("상품") && !page.has("<form"));
    let unknown = open(&app, &format!("{}/payple/receipt?data=0", app.base)).await;
    assert!(unknown.has("결제 내역이 존재하지 않습니다"));
}
