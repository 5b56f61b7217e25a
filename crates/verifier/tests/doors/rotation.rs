//! Keys change: the one before is believed to its end, and what was given out under it stays good.

use std::time::Duration;

use paypair_ledger::{Options, SqliteStore, Timestamp};
use paypair_protocol::{
    Secret,
    hash::{notice_hash, payhash},
};
use paypair_verifier::{
    Config, Environment, HttpNetwork, Network, RawRequest, RawResponse, Until, Verifier,
};
use serde_json::{Value, json};

use super::PriceTags;
use crate::common::{Clock, PAYMENT_KEY, Setup, TOKEN, TestApp};

const OLD_PAYMENT_KEY: &str = "b2xkLXBheW1lbnQta2V5LW9mLXRoZS10ZXN0cw==";
const NEW_TOKEN: &str = "another-token-of-the-merchant";
const WEEK: u64 = 7 * 24 * 60 * 60;

type Second = Verifier<SqliteStore, HttpNetwork, Clock>;

/// The same verifier started anew with a changed configuration.
fn restarted<N: Network>(app: &TestApp<N>, change: impl FnOnce(&mut Config)) -> Second {
    let mut config = app.config_again();
    change(&mut config);
    let options = Options {
        policy: config.policy(),
        ..Options::default()
    };
    let file = app.folder.path().join("test.sqlite3");
    let store = SqliteStore::open_with(file, options).unwrap();
    let network = HttpNetwork::new(config.reach()).unwrap();
    Verifier::new(config, store, network, app.clock.again()).unwrap()
}

fn in_a_week<N: Network>(app: &TestApp<N>) -> Option<Until> {
    let at = app.clock.now().after(Duration::from_secs(WEEK));
    Some(Until::new(at))
}

fn callback(path: &str, order_id: &str, custom: &str, key: &str) -> RawRequest {
    let tid = format!("tpay_test-{order_id}");
    let hash = payhash("1001", "10000", &tid, &Secret::new(key)).to_upper_hex();
    let body = json!({ "amount": 10000, "custom_parameter": custom, "order_no": order_id, "payhash": hash,
        "pgcode": "creditcard", "tid": tid, "user_id": "1001" });
    RawRequest::new("POST", path).with_body(body.to_string())
}

pub(super) fn notice(order_id: &str, custom: &str, key: &str, now: Timestamp) -> RawRequest {
    let sent = (now.millis() / 1000).to_string();
    let secret = Secret::new(key);
    let hash = notice_hash(
        "PL_Merchant",
        "USD",
        order_id,
        "12.5",
        "1001",
        &sent,
        &secret,
    );
    let body = format!(
        "notifytype=1&storeid=PL_Merchant&storeorderno={order_id}&currency=USD&payamt=12.5&payerid=1001\
         &paytoken=T-{order_id}&pginfo=PLCreditCard&custom={custom}&timestamp={sent}&hash={}",
        hash.to_lower_hex()
    );
    RawRequest::new("POST", "/notice/payletter_global").with_body(body)
}

#[tokio::test]
async fn a_callback_under_the_previous_key_is_believed_to_its_end() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let until = in_a_week(&app);
    let changed = restarted(&app, |config| {
        let client = &mut config.payletter.as_mut().unwrap().clients[0];
        client.previous_payment_key = Some(Secret::new(OLD_PAYMENT_KEY));
        client.previous_payment_key_until = until;
    });
    let first = app.order("payletter", json!({})).await;
    first.prepare("redirect").await;
    let path = app.callback_path(&first.order_id).await;
    let signed = |key| callback(&path, &first.order_id, &tap.custom(), key);
    assert_eq!(changed.handle(signed("bm9ib2R5cw==")).await.status, 400);
    assert_eq!(
        app.handle(signed(OLD_PAYMENT_KEY)).await.status,
        400,
        "where it is not configured"
    );
    assert_eq!(changed.handle(signed(OLD_PAYMENT_KEY)).await.status, 200);
    assert_eq!(first.status(2).await["status"], "paid");

    let second = app.order("payletter", json!({})).await;
    second.prepare("redirect").await;
    let path = app.callback_path(&second.order_id).await;
    let signed = |key| callback(&path, &second.order_id, &tap.custom(), key);
    app.advance(WEEK).await;
    let late = changed.handle(signed(OLD_PAYMENT_KEY)).await;
    assert_eq!(late.status, 400, "its end has come");
    assert_eq!(changed.handle(signed(PAYMENT_KEY)).await.status, 200);
    assert_ne!(tap.custom(), "");
}

#[tokio::test]
async fn what_is_sent_is_sent_with_the_present_key() {
    let app = TestApp::start().await;
    let page = app.order("payletter", json!({})).await;
    let until = in_a_week(&app);
    // The gateway takes PAYMENT_KEY only: present, it opens a window; previous, it does not.
    for (present, previous, status) in [
        (PAYMENT_KEY, OLD_PAYMENT_KEY, 200),
        (OLD_PAYMENT_KEY, PAYMENT_KEY, 502),
    ] {
        let other = app.order("payletter", json!({})).await;
        let changed = restarted(&app, |config| {
            let client = &mut config.payletter.as_mut().unwrap().clients[0];
            client.payment_key = Secret::new(present);
            client.previous_payment_key = Some(Secret::new(previous));
            client.previous_payment_key_until = until;
        });
        let prepare = RawRequest::new("POST", &format!("/orders/{}/prepare", other.order_id))
            .with_header("origin", &app.shop)
            .with_header("paypair-client-secret", &other.secret)
            .with_body(r#"{"layout":"redirect"}"#);
        let answer = changed.handle(prepare).await;
        assert_eq!(answer.status, status, "{present}");
    }
    assert_eq!(page.prepare("redirect").await["orderId"], page.order_id);
}

#[tokio::test]
async fn a_notice_under_the_previous_key_is_believed_to_its_end() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let until = in_a_week(&app);
    let changed = restarted(&app, |config| {
        let global = config.payletter_global.as_mut().unwrap();
        global.previous_api_key = Some(Secret::new("old-api-key"));
        global.previous_api_key_until = until;
    });
    let usd = || json!({ "amount": "12.50", "currency": "USD" });
    let page = app.order("payletter_global", usd()).await;
    page.prepare("redirect").await;
    let signed = |key: &str| notice(&page.order_id, &tap.custom(), key, app.clock.now());
    assert_eq!(changed.handle(signed("nobodys-key")).await.status, 400);
    assert_eq!(changed.handle(signed("old-api-key")).await.status, 200);
    assert_eq!(page.status(2).await["status"], "paid");

    let page = app.order("payletter_global", usd()).await;
    page.prepare("redirect").await;
    let signed = |key: &str| notice(&page.order_id, &tap.custom(), key, app.clock.now());
    app.advance(WEEK).await;
    assert_eq!(changed.handle(signed("old-api-key")).await.status, 400);
    assert_eq!(changed.handle(signed("PL_Merchant")).await.status, 200);
}

fn registration(id: &str) -> Value {
    json!({ "orderId": id, "gateway": "payletter", "method": "creditcard", "amount": "10000", "productName": "a",
        "customer": { "id": "1001" } })
}

async fn register<N: Network>(
    verifier: &Verifier<SqliteStore, N, Clock>,
    token: &str,
    id: &str,
) -> (u16, Value) {
    let request = RawRequest::new("POST", "/orders")
        .with_header("authorization", &format!("Bearer {token}"))
        .with_body(registration(id).to_string());
    let answer = verifier.handle(request).await;
    let body = serde_json::from_slice(&answer.body).unwrap();
    (answer.status, body)
}

async fn drop_in<N: Network>(
    app: &TestApp<N>,
    verifier: &Verifier<SqliteStore, impl Network, Clock>,
) -> RawResponse {
    let fields = json!({ "PCD_PAY_TYPE": "card", "PCD_PAY_WORK": "CERT", "PCD_CARD_VER": "02", "PCD_PAY_OID": "old-1" });
    let request = RawRequest::new("POST", "/payple/auth")
        .with_header("origin", &app.shop)
        .with_body(json!({ "fields": fields }).to_string());
    verifier.handle(request).await
}

#[tokio::test]
async fn a_new_token_leaves_what_was_given_out_good() {
    let app = TestApp::start().await;
    let _ = app.verifier.clone().with_order_source(PriceTags);
    let (_, told) = register(&app.verifier, TOKEN, "o1").await;
    let opened = drop_in(&app, &app.verifier).await;
    let secret_of = |answer: &RawResponse| {
        let told: Value = serde_json::from_slice(&answer.body).unwrap();
        told["clientSecret"].as_str().map(ToOwned::to_owned)
    };
    assert!(secret_of(&opened).is_some());

    let until = in_a_week(&app);
    let changed = restarted(&app, |config| {
        config.merchant_token = Secret::new(NEW_TOKEN);
        config.previous_merchant_token = Some(Secret::new(TOKEN));
        config.previous_merchant_token_until = until;
    })
    .with_order_source(PriceTags);
    // Once every trace of the old token is gone.
    let forgotten = restarted(&app, |config| {
        config.merchant_token = Secret::new(NEW_TOKEN);
    })
    .with_order_source(PriceTags);

    for (token, status) in [(TOKEN, 200), (NEW_TOKEN, 200), ("neither", 401)] {
        let (said, again) = register(&changed, token, "o1").await;
        assert_eq!(said, status, "{token}: {again}");
        if status == 200 {
            assert_eq!(again, told, "{token}");
        }
    }
    let launch = told["launchUrl"].as_str().unwrap();
    let path = launch.strip_prefix(&format!("{}/pay", app.shop)).unwrap();
    for verifier in [&changed, &forgotten] {
        let page = verifier.handle(RawRequest::new("GET", path)).await;
        assert_eq!(page.status, 200, "the link still leads there");
        let again = drop_in(&app, verifier).await;
        assert_eq!(secret_of(&again), secret_of(&opened), "an old page");
    }
    app.advance(WEEK).await;
    assert_eq!(register(&changed, TOKEN, "o1").await.0, 401);
    assert_eq!(register(&changed, NEW_TOKEN, "o1").await, (200, told));
    // Without the old token its secrets cannot be made again, but those that are out there still open their orders.
    let (status, bare) = register(&forgotten, NEW_TOKEN, "o1").await;
    assert_eq!((status, bare.get("clientSecret")), (200, None), "{bare}");
}

#[test]
fn a_previous_key_needs_its_end() {
    let base = "public_url = \"https://shop.example/pay\"\nenv = \"live\"\nmerchant_token = \"0123456789abcdef\"\n";
    let client = "[[payletter.clients]]\nclient_id = \"mine\"\npayment_key = \"k\"\n";
    let global = "[payletter_global]\nstore_id = \"mine\"\napi_key = \"k\"\n";
    let end = "\"2026-12-01\"";
    let good = format!(
        "{base}previous_merchant_token = \"fedcba9876543210\"\nprevious_merchant_token_until = {end}\n\
         {client}previous_payment_key = \"j\"\nprevious_payment_key_until = \"2026-12-01T09:00:00+09:00\"\n\
         {global}previous_api_key = \"j\"\nprevious_api_key_until = {end}\n"
    );
    let keys = Config::from_toml(&good).unwrap().previous_keys();
    let fields: Vec<&str> = keys.iter().map(|key| key.field).collect();
    assert_eq!(
        fields,
        [
            "previous_merchant_token",
            "payletter.clients.previous_payment_key",
            "payletter_global.previous_api_key"
        ]
    );
    for (more, field) in [
        (
            "previous_merchant_token = \"fedcba9876543210\"".to_owned(),
            "previous_merchant_token_until",
        ),
        (
            format!("previous_merchant_token_until = {end}"),
            "previous_merchant_token",
        ),
        (
            format!(
                "previous_merchant_token = \"0123456789abcdef\"\nprevious_merchant_token_until = {end}"
            ),
            "previous_merchant_token",
        ),
        (
            "previous_merchant_token = \"x\"\nprevious_merchant_token_until = \"soon\"".to_owned(),
            "previous_merchant_token_until",
        ),
        (
            format!("{client}previous_payment_key = \"j\""),
            "payletter.clients.previous_payment_key_until",
        ),
        (
            format!("{global}previous_api_key_until = {end}"),
            "payletter_global.previous_api_key",
        ),
    ] {
        let told = Config::from_toml(&format!("{base}{more}\n")).unwrap_err();
        assert!(told.to_string().contains(field), "{told}");
    }
}
