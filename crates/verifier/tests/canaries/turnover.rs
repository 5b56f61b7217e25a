//! Keys that were replaced, and a second client's: each is used, so that there was something to print.

use paypair_protocol::{
    Secret,
    hash::{notice_hash, payhash},
};
use paypair_verifier::Environment;
use serde_json::{Value, json};

use super::{
    birds::{
        EMAIL, IN_PATH, IN_QUERY, NAME, OLD_GLOBAL_KEY, OLD_PAYMENT_KEY, OLD_TOKEN,
        OLD_WEBHOOK_SECRET, PHONE, SOURCE_TOKEN, WEBHOOK_SECRET,
    },
    merchant::Merchant,
    shop::{Shop, from_here},
};
use crate::common::Tap;

/// One request, one callback and one notice under the keys of before.
pub(crate) async fn keys_of_before(shop: &Shop<'_>, tap: &Tap) {
    let app = shop.app;
    let page = app.order("payletter", json!({})).await;
    page.prepare("redirect").await;
    let hash = payhash(
        "1001",
        "10000",
        "tpay_test-78",
        &Secret::new(OLD_PAYMENT_KEY),
    );
    let body = json!({
        "amount": 10000, "custom_parameter": tap.custom(), "order_no": page.order_id,
        "payhash": hash.to_upper_hex(), "pgcode": "creditcard", "tid": "tpay_test-78", "user_id": "1001",
    });
    assert_eq!(app.callback(body).await.0, 200);
    page.wait_for("paid").await;
    let path = format!("/orders/{}", page.order_id);
    let request =
        from_here("GET", &path).with_header("authorization", &format!("Bearer {OLD_TOKEN}"));
    let answer = app.handle(request).await;
    assert_eq!(answer.status, 200, "the token of before");

    let usd = json!({ "amount": "12.50", "currency": "USD" });
    let page = app.order("payletter_global", usd).await;
    page.prepare("redirect").await;
    let (id, custom) = (&page.order_id, tap.custom());
    let sent = (app.clock.now().millis() / 1000).to_string();
    let key = Secret::new(OLD_GLOBAL_KEY);
    let hash = notice_hash("PL_Merchant", "USD", id, "12.5", "1001", &sent, &key);
    let body = format!(
        "notifytype=1&storeid=PL_Merchant&storeorderno={id}&currency=USD&payamt=12.5&payerid=1001\
         &paytoken=T-{id}&pginfo=PLCreditCard&custom={custom}&timestamp={sent}&hash={}",
        hash.to_lower_hex()
    );
    let request = from_here("POST", "/notice/payletter_global").with_body(body);
    assert_eq!(shop.anybody(request).await, 200);
    page.wait_for("paid").await;
}

/// An order by a method of the second client, paid by a callback under its key; and both clients' lists.
pub(crate) async fn the_second_client(shop: &Shop<'_>) {
    let id = shop
        .pays_this("payletter", "popup", json!({ "method": "naverpay" }))
        .await;
    shop.app.comes_to(&id, "paid").await;
    let path = format!("/sales?gateway=payletter&on={}", shop.app.today());
    let (status, rows) = shop.app.get(&path).await;
    assert_eq!(status, 200, "{rows}");
    assert!(rows.to_string().contains("pay_test_n"), "{rows}");
}

/// An old page asks for a window: what it costs is asked of the merchant.
pub(crate) async fn the_drop_in(shop: &Shop<'_>, merchant: &Merchant) {
    let fields = json!({
        "PCD_PAY_TYPE": "card", "PCD_PAY_WORK": "CERT", "PCD_CARD_VER": "02", "PCD_PAY_OID": "old-1", "PCD_PAYER_NO": 1001,
        "PCD_PAYER_NAME": NAME, "PCD_PAYER_HP": PHONE, "PCD_PAYER_EMAIL": EMAIL, "PCD_RST_URL": "/old_result",
    });
    let request = from_here("POST", "/payple/auth")
        .with_header("origin", &shop.app.shop)
        .with_body(json!({ "fields": fields }).to_string());
    let answer = shop.app.handle(request).await;
    let told: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(told["result"], "success", "{told}");
    shop.net.take("opening by an old page", told.to_string());
    shop.order("old-1").await;
    let asked = merchant.heard("/prices").pop().expect("it was asked");
    assert_eq!(
        asked.header("authorization"),
        format!("Bearer {SOURCE_TOKEN}")
    );
    assert!(asked.path.contains(IN_PATH) && asked.path.contains(IN_QUERY));
}

/// Every event arrives, signed with both secrets; what is posted goes into the net.
pub(crate) async fn the_webhooks(shop: &Shop<'_>, merchant: &Merchant) {
    let events = shop.app.events().await.len();
    assert!(events > 20, "{events}");
    let all = async || merchant.heard("/events").len() >= events;
    shop.app.until("every event is posted", all).await;
    for heard in merchant.heard("/events") {
        let sent: i64 = heard.header("webhook-timestamp").parse().unwrap();
        // The rules' library believes the real clock alone, and the shop's is another.
        let now = shop.app.clock.now().millis() / 1000;
        assert!((now - 300..=now).contains(&sent), "{sent} at {now}");
        for secret in [WEBHOOK_SECRET, OLD_WEBHOOK_SECRET] {
            let known = standardwebhooks::Webhook::new(secret).unwrap();
            let id = heard.header("webhook-id");
            let own = known.sign(id, sent, heard.body.as_bytes()).unwrap();
            let mut signed = heard.header("webhook-signature").split(' ');
            assert!(signed.any(|it| it == own), "{secret}");
        }
        assert!(heard.path.contains(IN_PATH) && heard.path.contains(IN_QUERY));
        shop.net
            .take("webhook", format!("{:?} {}", heard.headers, heard.body));
    }
}
