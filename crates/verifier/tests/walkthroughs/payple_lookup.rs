//! Payple lists nothing, so it is asked for each payment, past everything of ours: tokens, then PAYCHK.

use paypair_protocol::{
    Method, Secret,
    payple::{Auth, Lookup, LookupAnswer, Payment, Purpose},
    wire::Fields,
};

use super::{super::common::MERCHANT_KEY, stage::Stage};

/// A payment of an order on a day, `YYYYMMDD`, if Payple knows one.
pub(super) async fn ask(
    stage: &Stage,
    order_id: &str,
    method: &str,
    paid_on: &str,
) -> Option<Payment> {
    let auth = Auth {
        merchant_id: "test".into(),
        merchant_key: Secret::new(MERCHANT_KEY),
        purpose: Purpose::Lookup,
    };
    let door = format!("{}/payple/php/auth.php", stage.gateway);
    let (status, body) = post(stage, &door, &auth.fields()).await;
    let tokens = auth.read(status, body.as_bytes()).unwrap();
    let lookup = Lookup {
        tokens: tokens.tokens(),
        method: Method::from(method),
        order_id: order_id.into(),
        paid_on: paid_on.into(),
    };
    let (status, body) = post(stage, tokens.next_url.as_str(), &lookup.fields()).await;
    match lookup.read(status, body.as_bytes()).unwrap() {
        LookupAnswer::Found(payment) => Some(payment.into_inner()),
        LookupAnswer::Absent(_) => None,
    }
}

async fn post(stage: &Stage, url: &str, fields: &Fields) -> (u16, String) {
    let call = stage.http.post(url).body(fields.to_json());
    let call = call.header("content-type", "application/json");
    let answer = call.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}
