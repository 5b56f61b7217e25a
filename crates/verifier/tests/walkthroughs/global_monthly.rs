//! Monthly billing at Payletter Global: by a card's token, and by a PayPal agreement that names no amount.

use serde_json::json;

use super::stage::Stage;

const GLOBAL: &str = "payletter_global";

#[tokio::test]
async fn a_card_abroad_is_charged_every_month_until_it_is_forgotten() {
    let stage = Stage::open().await;
    // The first payment brings the token beside it.
    let first = stage.registered(GLOBAL).await;
    assert_eq!(stage.book(&first.order_id).await["state"], "captured");
    let key = stage.key_of(&first.order_id).await;
    for month in ["april", "may"] {
        stage.next_month().await;
        let this_month = stage.this_month();
        stage.charged(GLOBAL, &key, month, this_month.clone()).await;
        let other = format!("{month}-again");
        let why = stage.not_charged(GLOBAL, &key, &other, this_month).await;
        assert_eq!(why, "charge_month_charged");
    }
    assert_eq!(stage.stop(&key).await["deletedAtGateway"], false);
    stage.next_month().await;
    let why = stage.not_charged(GLOBAL, &key, "june", json!({})).await;
    assert_eq!(why, "billing_key_not_active");
    stage.everything_agrees().await;
}

#[tokio::test]
async fn a_paypal_agreement_without_amount_is_charged_what_each_month_costs() {
    let stage = Stage::open().await;
    let agreement =
        json!({ "method": "PaypalExpressCheckout", "work": "register", "amount": null });
    let page = stage.order(GLOBAL, agreement).await;
    let outcome = page.pay("redirect").await;
    assert_eq!(outcome["status"], "registered", "{outcome}");
    assert_eq!(stage.book(&page.order_id).await["state"], "registered");
    let key = stage.key_of(&page.order_id).await;
    for (month, amount) in [("march", "9.90"), ("april", "27.35"), ("may", "0.40")] {
        let more = json!({ "amount": amount });
        stage.charged(GLOBAL, &key, month, more).await;
        assert_eq!(stage.captures(month).await[0]["amount"], amount);
        stage.next_month().await;
    }
    stage.stop(&key).await;
    let why = stage.not_charged(GLOBAL, &key, "june", json!({})).await;
    assert_eq!(why, "billing_key_not_active");
    stage.everything_agrees().await;
}
