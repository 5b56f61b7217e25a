//! What proved a payment proves it for ever. Once the money went back, it pays nothing again.

use paypair_protocol::{
    Secret,
    hash::{notice_hash, payhash},
};
use paypair_verifier::{Environment, Network};
use serde_json::json;

use crate::common::{PAYMENT_KEY, Page, Setup, TestApp, text};

/// Refunds it as the merchant does.
async fn refunded<N: Network>(app: &TestApp<N>, page: &Page<'_, N>) {
    assert_eq!(page.status(2).await["status"], "paid");
    let (status, outcome) = app.refund(&page.order_id, json!({})).await;
    assert_eq!(status, 200, "{outcome}");
    app.until("refunded", async || {
        page.status(0).await["state"] == "refunded"
    })
    .await;
}

/// Still refunded, told of once, and given back once.
async fn still_refunded<N: Network>(app: &TestApp<N>, page: &Page<'_, N>) {
    let outcome = page.status(0).await;
    assert_eq!(outcome["state"], "refunded", "{outcome}");
    for event in ["payment.paid", "payment.refunded"] {
        assert_eq!(app.published(&page.order_id, event).await, 1, "{event}");
    }
    let told = app.published(&page.order_id, "payment.discrepant").await;
    assert_eq!(told, 0, "nothing contradicts anything");
    assert_eq!(app.book(&page.order_id).await["refunds"], 1);
}

#[tokio::test]
async fn a_callback_sent_again_after_the_refund_pays_nothing_again() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    app.script("payletter", json!(["callback_never"])).await;
    let page = app.order("payletter", json!({})).await;
    let tid = page.press("redirect", "pay").await.fields()["tid"].clone();
    let hash = payhash("1001", "10000", &tid, &Secret::new(PAYMENT_KEY)).to_upper_hex();
    let same = json!({
        "amount": 10000, "custom_parameter": tap.custom(), "order_no": page.order_id, "payhash": hash,
        "pgcode": "creditcard", "tid": tid, "user_id": "1001",
    });
    assert_eq!(app.callback(same.clone()).await.0, 200);
    refunded(&app, &page).await;
    let mut anew = same.clone();
    anew["product_name"] = json!("another unsigned part");
    for (wait, body) in [(0, same.clone()), (86_400, same), (0, anew)] {
        app.advance(wait).await;
        let (status, answer) = app.callback(body).await;
        assert_eq!((status, &answer["code"]), (200, &json!(0)), "acknowledged");
        still_refunded(&app, &page).await;
    }
}

#[tokio::test]
async fn a_notice_sent_again_after_the_refund_pays_nothing_again() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    app.script("payletter_global", json!(["callback_never"]))
        .await;
    let more = json!({ "amount": "12.50", "currency": "USD" });
    let page = app.order("payletter_global", more).await;
    page.press("redirect", "pay").await;
    let token = text(&app.book(&page.order_id).await["transaction_id"]);
    let sent = (app.clock.now().millis() / 1000).to_string();
    let key = Secret::new("PL_Merchant");
    let of = (&*page.order_id, "12.5", "1001", &*sent);
    let hash = notice_hash("PL_Merchant", "USD", of.0, of.1, of.2, of.3, &key).to_lower_hex();
    let custom = tap.custom();
    let same: Vec<(String, String)> = [
        ("notifytype", "1"),
        ("storeid", "PL_Merchant"),
        ("storeorderno", &page.order_id),
        ("currency", "USD"),
        ("payamt", "12.5"),
        ("payerid", "1001"),
        ("paytoken", &token),
        ("pginfo", "PLCreditCard"),
        ("custom", &custom),
        ("timestamp", &sent),
        ("hash", &hash),
    ]
    .map(|(name, value): (&str, &str)| (name.to_owned(), value.to_owned()))
    .to_vec();
    assert_eq!(app.notice(&same).await.0, 200);
    refunded(&app, &page).await;
    let mut anew = same.clone();
    anew.push(("unsigned".to_owned(), "part".to_owned()));
    for (wait, fields) in [(0, &same), (3_600, &same), (0, &anew)] {
        app.advance(wait).await;
        let (status, body) = app.notice(fields).await;
        assert_eq!((status, &*body), (200, "<RESULT>OK</RESULT>"));
        still_refunded(&app, &page).await;
    }
}
