//! Who shows nothing is heard for a while and then asked to wait; who shows what is needed is never counted.

use paypair_protocol::{Secret, hash::payhash};
use paypair_verifier::{Network, RawRequest, RawResponse};
use serde_json::{Value, json};

use super::PriceTags;
use crate::common::{PAYMENT_KEY, Setup, TOKEN, TestApp, keys::code};

pub(super) const STRANGER: &str = "121.140.1.2";
pub(super) const OTHER: &str = "121.140.9.9";

/// More than is heard of one client at once.
pub(super) const MANY: usize = 80;

/// So many at least are heard at once.
pub(super) const BURST: usize = 60;

pub(super) fn from(ip: &str, request: RawRequest) -> RawRequest {
    let mut request = request;
    request.peer = ip.parse().ok();
    request
}

/// How many such requests were answered before it was too much; and that answer.
pub(super) async fn until_too_many<N: Network>(
    app: &TestApp<N>,
    request: impl Fn() -> RawRequest,
) -> (usize, RawResponse) {
    for heard in 0..10_000 {
        let answer = app.handle(request()).await;
        if answer.status == 429 {
            return (heard, answer);
        }
    }
    panic!("it is never too much");
}

/// Many such requests, all answered so.
async fn always<N: Network>(app: &TestApp<N>, status: u16, request: impl Fn() -> RawRequest) {
    for _ in 0..MANY {
        assert_eq!(app.handle(request()).await.status, status);
    }
}

#[tokio::test]
async fn who_tries_secrets_is_slowed_down_and_who_has_one_is_not() {
    let app = TestApp::start().await;
    let page = app.order("payletter", json!({})).await;
    let status = |ip: &str, secret: &str| {
        let request = RawRequest::new("GET", &format!("/orders/{}/status", page.order_id))
            .with_header("sec-fetch-site", "same-origin")
            .with_header("paypair-client-secret", secret);
        from(ip, request)
    };
    let (answered, last) = until_too_many(&app, || status(STRANGER, "cs_wrong")).await;
    assert!(answered >= BURST, "{answered}");
    assert_eq!(last.header("retry-after"), Some("1"));
    let told: Value = serde_json::from_slice(&last.body).unwrap();
    assert_eq!(code(&told), "too_many_requests");
    assert_eq!(told["error"]["retryable"], true);

    // From the very same address: the right secret, the merchant's token.
    assert_eq!(app.handle(status(STRANGER, &page.secret)).await.status, 200);
    let merchant = |token: &str| {
        let request = RawRequest::new("GET", "/events")
            .with_header("authorization", &format!("Bearer {token}"));
        from(STRANGER, request)
    };
    always(&app, 200, || merchant(TOKEN)).await;
    until_too_many(&app, || merchant("wrong")).await;
    // Even what is not there is told to the merchant, however often.
    let lost = || {
        let request = RawRequest::new("GET", "/nothing")
            .with_header("authorization", &format!("Bearer {TOKEN}"));
        from(STRANGER, request)
    };
    always(&app, 404, lost).await;
    // Others are not concerned, and after a minute nobody is.
    assert_eq!(app.handle(status(OTHER, "cs_wrong")).await.status, 401);
    app.advance(60).await;
    assert_eq!(app.handle(status(STRANGER, "cs_wrong")).await.status, 401);
}

#[tokio::test]
async fn a_good_hash_is_heard_however_many_bad_ones_came_before() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payletter", json!({})).await;
    page.prepare("redirect").await;
    let path = app.callback_path(&page.order_id).await;
    let callback = |hash: &str| {
        let body = json!({ "amount": 10000, "custom_parameter": tap.custom(), "order_no": page.order_id, "payhash": hash,
            "pgcode": "creditcard", "tid": "tpay_test-1", "user_id": "1001" });
        let request = RawRequest::new("POST", &path).with_body(body.to_string());
        from(STRANGER, request)
    };
    let bad = "00".repeat(32);
    let (answered, _) = until_too_many(&app, || callback(&bad)).await;
    assert!(answered >= BURST, "{answered}");
    let good = payhash("1001", "10000", "tpay_test-1", &Secret::new(PAYMENT_KEY)).to_upper_hex();
    always(&app, 200, || callback(&good)).await;
    assert_eq!(page.status(2).await["status"], "paid");
}

#[tokio::test]
async fn unsigned_webhooks_of_one_stranger_make_us_ask_only_so_often() {
    let app = TestApp::with(Setup {
        extra: "notification_senders = []",
        ..Setup::default()
    })
    .await;
    let page = app.order("payple", json!({ "work": "pay_now" })).await;
    page.prepare("layer").await;
    let webhook = |ip: &str| {
        let body = json!({ "PCD_PAY_RST": "success", "PCD_PAY_OID": page.order_id, "PCD_PAY_TYPE": "card",
            "PCD_PAY_TOTAL": "10000" });
        let request = RawRequest::new("POST", "/webhook/payple").with_body(body.to_string());
        from(ip, request)
    };
    let (answered, last) = until_too_many(&app, || webhook(STRANGER)).await;
    assert!(answered >= BURST, "{answered}");
    assert_eq!(last.header("retry-after"), Some("1"));
    assert_eq!(app.handle(webhook(OTHER)).await.status, 200);
}

#[tokio::test]
async fn webhooks_of_a_configured_sender_are_not_counted() {
    let app = TestApp::with(Setup {
        extra: "notification_senders = [\"121.140.1.0/24\"]",
        ..Setup::default()
    })
    .await;
    let webhook = || {
        let request = RawRequest::new("POST", "/webhook/payple").with_body("{}");
        from(STRANGER, request)
    };
    always(&app, 200, webhook).await;
}

/// Payple publishes no addresses: a list made of Payletter's must not shut its webhook out.
#[tokio::test]
async fn payples_webhook_is_heard_from_everywhere_whoever_else_may_send() {
    let app = TestApp::with(Setup {
        extra: "notification_senders = [\"121.254.205.166/32\"]",
        ..Setup::default()
    })
    .await;
    let notification =
        |ip: &str, path: &str| from(ip, RawRequest::new("POST", path).with_body("{}"));
    let webhook = || notification(STRANGER, "/webhook/payple");
    for nth in 0..BURST {
        assert_eq!(app.handle(webhook()).await.status, 200, "{nth}");
    }
    let (_, last) = until_too_many(&app, webhook).await;
    assert_eq!(last.header("retry-after"), Some("1"));
    // What is signed is sent from the known addresses, and from nowhere else.
    for path in ["/callback/payletter", "/notice/payletter_global"] {
        let refused = app.handle(notification(OTHER, path)).await;
        assert_eq!(refused.status, 403, "{path}");
    }
}

#[tokio::test]
async fn old_pages_of_one_client_open_only_so_many_windows() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let _ = app.verifier.clone().with_order_source(PriceTags);
    let auth = |ip: &str, id: &str| {
        let fields = json!({ "PCD_PAY_TYPE": "card", "PCD_PAY_WORK": "CERT", "PCD_CARD_VER": "02", "PCD_PAY_OID": id });
        let request = RawRequest::new("POST", "/payple/auth")
            .with_header("origin", &app.shop)
            .with_body(json!({ "fields": fields }).to_string());
        from(ip, request)
    };
    // The merchant does not know this order: asking is work all the same.
    let (answered, _) = until_too_many(&app, || auth(STRANGER, "nobody")).await;
    assert!(answered >= BURST, "{answered}");
    assert_eq!(app.handle(auth(OTHER, "o-1")).await.status, 200);
    let asked = tap.sent("auth.php").len();
    until_too_many(&app, || auth(STRANGER, "o-1")).await;
    assert!(tap.sent("auth.php").len() <= asked + 1, "one window");
}

/// Whoever knows the id of an old page's order is given its secret: it does not make lookups free.
#[tokio::test]
async fn old_pages_that_close_again_and_again_are_not_looked_up_each_time() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let _ = app.verifier.clone().with_order_source(PriceTags);
    let fields = json!({ "PCD_PAY_TYPE": "card", "PCD_PAY_WORK": "CERT", "PCD_CARD_VER": "02", "PCD_PAY_OID": "o-1" });
    let auth = RawRequest::new("POST", "/payple/auth")
        .with_header("origin", &app.shop)
        .with_body(json!({ "fields": fields }).to_string());
    let opened = app.handle(from(STRANGER, auth)).await;
    let opened: Value = serde_json::from_slice(&opened.body).unwrap();
    let closed = || {
        let request = RawRequest::new("POST", "/orders/o-1/closed")
            .with_header("origin", &app.shop)
            .with_header(
                "paypair-client-secret",
                opened["clientSecret"].as_str().unwrap(),
            );
        app.handle(from(STRANGER, request))
    };
    // What this address may have is used up, by webhooks say.
    let webhook = || {
        let body =
            json!({ "PCD_PAY_RST": "success", "PCD_PAY_OID": "nobodys", "PCD_PAY_TYPE": "card" });
        let request = RawRequest::new("POST", "/webhook/payple").with_body(body.to_string());
        from(STRANGER, request)
    };
    let lookups = || tap.sent("PayChkAct").len();
    let mut unasked = false;
    // A second's room may come in between: then once more.
    for _ in 0..20 {
        until_too_many(&app, webhook).await;
        let before = lookups();
        assert_eq!(closed().await.status, 200, "it is told how it stands");
        unasked = lookups() == before;
        if unasked {
            break;
        }
    }
    assert!(unasked, "the gateway was asked each time");
    let before = lookups();
    app.advance(5).await;
    assert_eq!(closed().await.status, 200);
    assert!(lookups() > before, "now it was");
}

/// Everybody comes from one address inside if a proxy was not configured: none may shut the others out.
#[tokio::test]
async fn a_proxy_that_nobody_told_us_of_is_not_one_client() {
    let app = TestApp::start().await;
    for ip in ["10.0.0.1", "127.0.0.1", "::1", "::ffff:192.168.0.1"] {
        let lost = || from(ip, RawRequest::new("GET", "/nothing"));
        always(&app, 404, lost).await;
    }
}
