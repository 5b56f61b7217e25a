//! A merchant's server before Payple: every call by the protocol's types.

use paypair_protocol::payple::{
    Auth, Charge, Lookup, LookupAnswer, Payer, PayerDelete, PayerDeleted, PayerLookup, Payment,
    Purpose, Refund, Refunded, Repeat, Tokens,
};
use paypair_protocol::proof::Answered;
use paypair_protocol::wire::Fields;
use paypair_protocol::{CallError, Method, Money, Secret};
use serde_json::json;

use super::TestApp;

pub const REFUND_KEY: &str = "a41ce010ede9fcbfb3be86b24858806596a9db68b79d138b147c3e563e1829a0";

/// Tokens for a purpose, and the path they are for.
pub async fn tokens(app: &TestApp, purpose: Purpose) -> (Tokens, String) {
    let auth = Auth {
        merchant_id: "test".into(),
        merchant_key: Secret::new("abcd1234567890"),
        purpose,
    };
    let (status, body) = post(app, "/payple/php/auth.php", &auth.fields()).await;
    let answer = auth.read(status, body.as_bytes()).unwrap();
    (answer.tokens(), app.path(&answer.next_url).to_owned())
}

pub async fn post(app: &TestApp, path: &str, fields: &Fields) -> (u16, String) {
    app.post_as(path, "", fields.to_json()).await
}

/// Registers the card that stands in the window; its billing key.
pub async fn register(app: &TestApp, order_id: &str) -> Secret {
    let auth = app.auth(json!({})).await;
    let key = auth["AuthKey"].as_str().unwrap();
    let work = [("PCD_PAY_WORK", "AUTH"), ("PCD_PAYER_NAME", "홍길동")];
    let window = app.window(key, order_id, &work).await;
    let result = app.press(&window, "pay").await.message();
    Secret::new(result["data"]["PCD_PAYER_ID"].as_str().unwrap())
}

/// Pays 10,000 won at once.
pub async fn pay(app: &TestApp, order_id: &str) {
    let auth = app.auth(json!({})).await;
    let key = auth["AuthKey"].as_str().unwrap();
    let window = app.window(key, order_id, &[("PCD_PAY_WORK", "PAY")]).await;
    app.press(&window, "pay").await;
}

pub const MARCH: Repeat = Repeat::Monthly {
    year: 2026,
    month: 3,
};

/// A charge of 10,000 won; the tokens are put in when it is sent.
pub fn charge(billing_key: &Secret, order_id: &str, repeat: Repeat) -> Charge {
    let none = || Secret::new("");
    Charge {
        tokens: Tokens {
            merchant_token: none(),
            merchant_key_token: none(),
            auth_key: none(),
        },
        billing_key: billing_key.clone(),
        customer_id: Some("7".into()),
        customer_name: None,
        customer_phone: None,
        customer_email: None,
        product_name: "구독".into(),
        amount: Money::won(10_000),
        taxable: None,
        tax_amount: None,
        order_id: order_id.into(),
        repeat,
        custom1: Some("가".into()),
        custom2: None,
    }
}

/// Sends a charge with fresh tokens.
pub async fn send(app: &TestApp, charge: Charge) -> Result<Answered<Payment>, CallError> {
    let (tokens, path) = tokens(app, charge.purpose()).await;
    let charge = Charge { tokens, ..charge };
    let (status, body) = post(app, &path, &charge.fields()).await;
    charge.read(status, body.as_bytes())
}

pub async fn look_up(app: &TestApp, order_id: &str) -> Option<Answered<Payment>> {
    let (tokens, path) = tokens(app, Purpose::Lookup).await;
    let lookup = Lookup {
        tokens,
        method: Method::from("card"),
        order_id: order_id.into(),
        paid_on: "20260305".into(),
    };
    let (status, body) = post(app, &path, &lookup.fields()).await;
    match lookup.read(status, body.as_bytes()).unwrap() {
        LookupAnswer::Found(payment) => Some(payment),
        LookupAnswer::Absent(_) => None,
    }
}

pub async fn refund(
    app: &TestApp,
    order_id: &str,
    amount: u64,
) -> Result<Answered<Refunded>, CallError> {
    let (tokens, path) = tokens(app, Purpose::Refund).await;
    let refund = Refund {
        tokens,
        refund_key: Secret::new(REFUND_KEY),
        order_id: order_id.into(),
        paid_on: "20260305".into(),
        amount: Money::won(amount),
        tax_amount: None,
    };
    let (status, body) = post(app, &path, &refund.fields()).await;
    refund.read(status, body.as_bytes())
}

pub async fn payer(app: &TestApp, billing_key: &Secret) -> Result<Answered<Payer>, CallError> {
    let (tokens, path) = tokens(app, Purpose::Payer).await;
    let lookup = PayerLookup {
        tokens,
        billing_key: billing_key.clone(),
        customer_id: None,
    };
    let (status, body) = post(app, &path, &lookup.fields()).await;
    lookup.read(status, body.as_bytes())
}

pub async fn delete(
    app: &TestApp,
    billing_key: &Secret,
) -> Result<Answered<PayerDeleted>, CallError> {
    let (tokens, path) = tokens(app, Purpose::PayerDelete).await;
    let delete = PayerDelete {
        tokens,
        billing_key: billing_key.clone(),
        customer_id: Some("7".into()),
    };
    let (status, body) = post(app, &path, &delete.fields()).await;
    delete.read(status, body.as_bytes())
}
