//! Receipt pages: the gateway's own, for a payment that was made, opened by the merchant or by the page that holds the order.

use crate::common::{self, Page, Setup, TestApp, form};
use paypair_verifier::{
    Expected, ExpectedOrder, GatewayAnswer, GatewayCall, HttpNetwork, Network, NetworkError,
    OrderQuestion, OrderSource,
};
use serde_json::{Value, json};

async fn by_merchant<N: Network>(app: &TestApp<N>, order_id: &str, wish: Value) -> (u16, Value) {
    let path = format!("/orders/{order_id}/receipt");
    app.merchant("POST", &path, wish).await
}

async fn paid<'a, N: Network>(app: &'a TestApp<N>, gateway: &str, more: Value) -> Page<'a, N> {
    let page = app.order(gateway, more).await;
    assert_eq!(page.pay("redirect").await["status"], "paid", "{gateway}");
    page
}

#[tokio::test]
async fn a_card_payments_receipt_is_a_page_of_the_gateway() {
    let app = TestApp::start().await;
    let page = paid(&app, "payletter", json!({})).await;
    let (status, answer) = by_merchant(&app, &page.order_id, json!({})).await;
    assert_eq!(status, 200, "{answer}");
    let url = answer["url"].as_str().unwrap();
    assert!(
        url.starts_with(&format!("{}/payletter/", app.gateway)),
        "{url}"
    );
    let shown = app.http.get(url).send().await.unwrap();
    assert_eq!(shown.status(), 200);
    assert!(shown.text().await.unwrap().contains("스탠드 조명"));

    // After a refund there is still something to show.
    let path = format!("/orders/{}/refund", page.order_id);
    app.merchant("POST", &path, json!({})).await;
    let (status, _) = page.post("receipt", json!({ "kind": "receipt" })).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn payples_slip_is_the_one_that_came_with_the_payment() {
    let app = TestApp::start().await;
    let page = app.order("payple", json!({})).await;
    assert_eq!(page.pay("layer").await["status"], "paid");
    let (status, answer) = by_merchant(&app, &page.order_id, json!({})).await;
    assert_eq!(status, 200, "{answer}");
    let url = answer["url"].as_str().unwrap();
    assert!(
        url.starts_with(&format!("{}/payple/", app.gateway)),
        "{url}"
    );
    let wish = json!({ "kind": "cash_receipt" });
    let (status, answer) = by_merchant(&app, &page.order_id, wish).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (422, &json!("receipt_not_offered"))
    );
}

#[tokio::test]
async fn a_cash_receipt_is_issued_once_and_leads_back_to_us() {
    let app = TestApp::start().await;
    let more = json!({ "method": "virtualaccount" });
    let page = app.order("payletter", more).await;
    page.pay("redirect").await;
    let wish = json!({ "kind": "cash_receipt", "purpose": "tax_deduction" });
    let (status, answer) = by_merchant(&app, &page.order_id, wish.clone()).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (422, &json!("receipt_not_offered")),
        "nothing is paid yet"
    );
    // The receipt stands under the day of the deposit.
    app.advance(24 * 60 * 60).await;
    app.deliver("payletter", &page.order_id).await;
    page.wait_for("paid").await;
    let (status, answer) = by_merchant(&app, &page.order_id, json!({})).await;
    assert_eq!(status, 200, "{answer}");

    let (status, answer) = page.post("receipt", wish.clone()).await;
    assert_eq!(status, 200, "{answer}");
    let url = answer["url"].as_str().unwrap();
    assert!(
        url.starts_with(&app.gateway) && url.contains("type=1"),
        "{url}"
    );
    let html = app
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let (action, mut fields) = form(&html).expect("a form to ask for it");
    fields.push(("payer_id".to_owned(), "01012345678".to_owned()));
    let action = format!("{}{action}", app.gateway);
    let issued = app.http.post(action).form(&fields).send().await.unwrap();
    let back = issued.headers().get("location").expect("back to us");
    let back = back.to_str().unwrap().to_owned();
    assert!(
        back.starts_with(&format!("{}/pay/done/pp-", app.shop)),
        "{back}"
    );
    assert_eq!(app.http.get(back).send().await.unwrap().status(), 200);

    let (status, answer) = by_merchant(&app, &page.order_id, wish).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (502, &json!("gateway_refused")),
        "the gateway issues one"
    );
}

#[tokio::test]
async fn what_has_no_receipt_says_so() {
    let app = TestApp::start().await;
    let refused = async |order_id: &str, wish: Value| {
        let (status, answer) = by_merchant(&app, order_id, wish).await;
        (status, common::text(&answer["error"]["code"]))
    };
    let not_offered = (422, "receipt_not_offered".to_owned());
    let open = app.order("payletter", json!({})).await;
    assert_eq!(refused(&open.order_id, json!({})).await, not_offered);
    let card = paid(&app, "payletter", json!({})).await;
    let cash = json!({ "kind": "cash_receipt" });
    assert_eq!(refused(&card.order_id, cash).await, not_offered);
    let usd = json!({ "amount": "12.50", "currency": "USD" });
    let global = paid(&app, "payletter_global", usd).await;
    assert_eq!(refused(&global.order_id, json!({})).await, not_offered);
    assert_eq!(
        refused("nobody", json!({})).await,
        (404, "order_unknown".to_owned())
    );
    assert_eq!(refused(&card.order_id, json!({ "kind": "x" })).await.0, 400);
}

#[tokio::test]
async fn only_the_merchant_and_the_page_that_holds_the_order_get_one() {
    let app = TestApp::start().await;
    let page = paid(&app, "payletter", json!({})).await;
    let other = app.order("payletter", json!({})).await;
    let url = format!("{}/pay/orders/{}/receipt", app.shop, page.order_id);
    let ask = async |headers: &[(&str, &str)]| {
        let mut request = app.http.post(&url).json(&json!({}));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap().status().as_u16()
    };
    let (origin, secret) = (("origin", &*app.shop), "paypair-client-secret");
    assert_eq!(ask(&[origin, (secret, &page.secret)]).await, 200);
    assert_eq!(ask(&[origin]).await, 401, "an origin alone opens nothing");
    assert_eq!(ask(&[origin, (secret, &other.secret)]).await, 401);
    assert_eq!(
        ask(&[("authorization", "Bearer wrong-token-of-nobody")]).await,
        403
    );
    let strange = [("origin", "https://evil.example"), (secret, &*page.secret)];
    assert_eq!(ask(&strange).await, 403);
}

struct PriceTags;

impl OrderSource for PriceTags {
    fn expected(&self, _question: OrderQuestion) -> Expected<'_> {
        Box::pin(async {
            Ok(ExpectedOrder {
                order_id: None,
                amount: Some(json!(1000)),
                product_name: None,
                customer_id: None,
            })
        })
    }
}

#[tokio::test]
async fn an_old_page_that_knows_an_orders_id_gets_none() {
    let app = TestApp::start().await;
    let _ = app.verifier.clone().with_order_source(PriceTags);
    let object = json!({
        "PCD_PAY_TYPE": "card", "PCD_PAY_WORK": "CERT", "PCD_CARD_VER": "02", "PCD_PAY_GOODS": "a",
        "PCD_PAY_OID": "old-1", "PCD_PAYER_NO": 1001, "PCD_RST_URL": "/old_result",
    });
    let auth = app.http.post(format!("{}/pay/payple/auth", app.shop));
    let auth = auth.header("origin", &app.shop);
    let answer = auth.json(&json!({ "fields": object })).send().await;
    let answer: Value = answer.unwrap().json().await.unwrap();
    let launch = json!({ "kind": "post", "url": answer["returnUrl"], "fields": answer["fields"] });
    let handback = app.press(&launch, "pay").await;
    let page = Page {
        app: &app,
        order_id: "old-1".to_owned(),
        secret: common::text(&answer["clientSecret"]),
        launch_url: String::new(),
    };
    let (_, outcome) = page
        .post("result", json!({ "fields": handback.fields() }))
        .await;
    assert_eq!(outcome["status"], "paid", "{outcome}");
    assert_eq!(page.post("receipt", json!({})).await.0, 422);
    assert_eq!(by_merchant(&app, "old-1", json!({})).await.0, 200);
}

/// A gateway whose receipt pages are elsewhere.
#[derive(Clone)]
struct Astray(HttpNetwork);

impl Network for Astray {
    async fn call(&self, call: GatewayCall) -> Result<GatewayAnswer, NetworkError> {
        let receipt = call.url.path().contains("receipt/info");
        let mut answer = self.0.call(call).await?;
        if receipt {
            answer.body = br#"{"receipt_url":"https://evil.example/receipt"}"#.to_vec();
        }
        Ok(answer)
    }
}

#[tokio::test]
async fn a_page_on_a_strange_host_is_not_given_out() {
    let app = TestApp::with_network(Setup::default(), Astray).await;
    let page = paid(&app, "payletter", json!({})).await;
    let (status, answer) = by_merchant(&app, &page.order_id, json!({})).await;
    assert_eq!(status, 502, "{answer}");
    assert!(!answer.to_string().contains("evil"), "{answer}");
}
