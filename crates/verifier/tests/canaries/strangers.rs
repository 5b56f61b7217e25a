//! What strangers, and gateways and merchants in a hurry, send to the wrong place in the wrong shape.

use paypair_protocol::{Secret, hash::payhash};
use serde_json::json;

use super::{
    birds::{
        CARD, EMAIL, NAME, PAYMENT_KEY, PHONE, SEARCH_KEY, STRAYED, TOLD_CARD, TOLD_KEY,
        WRONG_SECRET, WRONG_TOKEN,
    },
    shop::{Shop, from_here},
};
use crate::common::{MERCHANT_KEY, REFUND_KEY, TOKEN, Tap, text};

/// Bodies that no route takes.
pub(crate) async fn bad_input(shop: &Shop<'_>) {
    let bodies = [
        format!("{{\"merchant_key\":\"{MERCHANT_KEY}\",\"email\":\"{EMAIL}\""),
        format!("email={EMAIL}&phone={PHONE}&card={CARD}&key={SEARCH_KEY}"),
        json!({ "orderId": EMAIL, "amount": PHONE, "method": CARD, "customer": REFUND_KEY }).to_string(),
        json!({ "fields": { "PCD_PAYER_EMAIL": EMAIL, "PCD_PAYER_HP": PHONE, "custKey": MERCHANT_KEY } }).to_string(),
        json!({ "user_id": EMAIL, "payhash": PAYMENT_KEY, "tid": CARD, "order_no": PHONE, "amount": 1 }).to_string(),
        json!({ "PCD_PAY_RST": "success", "PCD_PAY_OID": EMAIL, "PCD_PAYER_ID": CARD }).to_string(),
    ];
    for path in [
        "/orders",
        "/charges",
        "/billing-keys",
        "/orders/order0/result",
        "/orders/order0/prepare",
        "/orders/order0/refund",
        "/orders/order0/resolve",
        "/orders/order0/cash-receipt",
        "/payple/auth",
        "/callback/payletter",
        "/notice/payletter_global",
        "/webhook/payple",
        "/return/payple/x",
        "/return/payletter/x",
        "/return/payletter_global/x",
        "/metrics",
    ] {
        for body in &bodies {
            for (token, secret) in [(WRONG_TOKEN, WRONG_SECRET), (TOKEN, WRONG_SECRET)] {
                let request = from_here("POST", path)
                    .with_header("origin", &shop.app.shop)
                    .with_header("authorization", &format!("Bearer {token}"))
                    .with_header("paypair-client-secret", secret)
                    .with_body(body.clone());
                shop.anybody(request).await;
            }
        }
    }
    let metrics = shop.app.handle(from_here("GET", "/metrics")).await;
    assert_eq!(
        metrics.status, 404,
        "metrics, once there are any, belong into the net"
    );
}

/// Texts in addresses: where a seal, a nonce or an id stands, in the query, and where there is no route at all.
pub(crate) async fn odd_addresses(shop: &Shop<'_>) {
    for path in [
        format!("/{STRAYED}"),
        format!("/pay/callback/payletter/{STRAYED}"),
        format!("/callback/payletter/{STRAYED}"),
        format!("/callback/payletter/{STRAYED}/"),
        format!("/return/payple/{STRAYED}"),
        format!("/return/payletter/{STRAYED}"),
        format!("/return/payletter_global/{STRAYED}"),
        format!("/cancel/payletter/{STRAYED}"),
        format!("/launch/order0.{STRAYED}"),
        format!("/orders/{STRAYED}/prepare"),
        format!("/orders/{STRAYED}/status"),
        format!("/orders/{STRAYED}/receipt"),
        format!("/billing-keys/{STRAYED}"),
        format!("/assets/{STRAYED}"),
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let address = format!("{path}?key={STRAYED}&secret={STRAYED}&wait={STRAYED}");
            let request = from_here(method, &address)
                .with_header("origin", &shop.app.shop)
                .with_header("authorization", &format!("Bearer {TOKEN}"))
                .with_body("{}");
            let status = shop.anybody(request).await;
            assert!((400..500).contains(&status), "{method} {path}: {status}");
        }
    }
}

/// A good address, good hash, and a sender who is not the gateway: who he is is written down, and not where he knocked.
pub(crate) async fn an_unknown_sender(shop: &Shop<'_>) {
    let page = shop.app.order("payletter", json!({})).await;
    page.prepare("redirect").await;
    let path = shop.app.callback_path(&page.order_id).await;
    let request = |ip: &str| {
        let mut request = from_here("POST", &path).with_body("{}");
        request.peer = Some(ip.parse().unwrap());
        request
    };
    assert_eq!(shop.anybody(request("127.0.0.1")).await, 400);
    let before = shop.net.count("log", "unknown sender");
    assert_eq!(shop.anybody(request("203.0.113.9")).await, 403);
    assert_eq!(shop.net.count("log", "unknown sender"), before + 1);
}

/// A callback, well signed, whose unsigned parts hold what nobody should write down.
pub(crate) async fn a_talkative_callback(shop: &Shop<'_>, tap: &Tap) {
    let page = shop
        .app
        .order("payletter", json!({ "options": { "recurring": true } }))
        .await;
    page.prepare("redirect").await;
    let hash = payhash("1001", "10000", "tpay_test-77", &Secret::new(PAYMENT_KEY));
    let body = json!({
        "amount": 10000, "custom_parameter": tap.custom(), "order_no": page.order_id,
        "payhash": hash.to_upper_hex(), "pgcode": "creditcard", "tid": "tpay_test-77", "user_id": "1001",
        "user_name": NAME, "pay_info": TOLD_CARD, "card_info": TOLD_CARD, "billkey": TOLD_KEY,
        "email": EMAIL, "cash_receipt": { "code": "0", "cid": "E1", "type": "01", "payer_sid": PHONE },
    });
    for _ in 0..2 {
        assert_eq!(shop.app.callback(body.clone()).await.0, 200);
    }
    page.wait_for("paid").await;
    shop.status(&page).await;
    shop.order(&page.order_id).await;
}

/// Payple tells of a card that was deleted by hand, with the key itself; and somebody tells it again.
pub(crate) async fn a_webhook_with_a_key(shop: &Shop<'_>) -> String {
    let app = shop.app;
    let url = format!("{}/pay/webhook/payple", app.shop);
    app.switch(json!({ "payple_webhook": url })).await;
    let (id, key) = shop.card("payple").await;
    let by_hand = json!({ "billing_key": key });
    assert_eq!(app.control("payple/delete_card", by_hand).await.0, 200);
    let (_, shown) = app.get(&format!("/billing-keys/{id}")).await;
    shop.net.take("merchant: billing key", shown.to_string());
    let order_id = text(&shown["orderId"]);
    app.until("the deletion is heard of", async || {
        app.published(&order_id, "billing_key.deleted").await == 1
    })
    .await;
    let told = json!({ "PCD_PAY_RST": "success", "PCD_PAY_WORK": "PUSERDEL", "PCD_PAYER_ID": key });
    let request = from_here("POST", "/webhook/payple").with_body(told.to_string());
    assert_eq!(shop.anybody(request).await, 200);
    key
}
