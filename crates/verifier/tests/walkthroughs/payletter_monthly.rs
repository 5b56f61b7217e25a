//! Monthly subscriptions at Payletter: by a card that was registered without a payment, and by a mobile phone with its rules.

use serde_json::json;

use super::stage::Stage;

#[tokio::test]
async fn a_card_at_payletter_is_charged_every_month_until_it_is_forgotten() {
    let stage = Stage::open().await;
    // Verified only: the key comes of a window that takes no money.
    let card = stage.registered("payletter").await;
    assert_eq!(
        stage.book(&card.order_id).await["state"],
        "registered",
        "no money yet"
    );
    let key = stage.key_of(&card.order_id).await;
    for month in ["march", "april", "may"] {
        let this_month = stage.this_month();
        stage
            .charged("payletter", &key, month, this_month.clone())
            .await;
        // The gateway would take the same number twice and charge twice; nothing is sent.
        let again = stage.charge("payletter", &key, month, this_month.clone());
        let (status, outcome) = again.await;
        assert_eq!(
            (status, &outcome["status"]),
            (200, &json!("paid")),
            "{outcome}"
        );
        // Nor does it count the months; we do, under whatever number.
        let other = format!("{month}-again");
        let why = stage
            .not_charged("payletter", &key, &other, this_month)
            .await;
        assert_eq!(why, "charge_month_charged");
        stage.next_month().await;
    }
    let shown = stage.stop(&key).await;
    assert_eq!(shown["deletedAtGateway"], false, "it offers no deletion");
    let why = stage
        .not_charged("payletter", &key, "june", json!({}))
        .await;
    assert_eq!(why, "billing_key_not_active");
    assert_eq!(stage.called("/payments/autopay").await, 3);
    stage.everything_agrees().await;
}

#[tokio::test]
async fn a_mobile_phone_is_charged_the_same_amount_in_every_month_or_never_again() {
    let stage = Stage::open().await;
    let first = json!({ "method": "mobile", "amount": "9900", "options": { "recurring": true } });
    let page = stage.paid("payletter", first).await;
    let key = stage.key_of(&page.order_id).await;
    let refused = async |order_id: &str, amount: &str| {
        let more = json!({ "amount": amount });
        stage.not_charged("payletter", &key, order_id, more).await
    };
    assert_eq!(refused("march", "9900").await, "charge_too_early");
    stage.next_month().await;
    assert_eq!(refused("april-more", "9901").await, "charge_other_amount");
    stage.charged("payletter", &key, "april", json!({})).await;
    assert_eq!(refused("april-again", "9900").await, "charge_month_charged");
    stage.next_month().await;
    stage.charged("payletter", &key, "may", json!({})).await;

    // June passes without a charge: the chain of months is broken.
    stage.next_month().await;
    stage.next_month().await;
    assert_eq!(refused("july", "9900").await, "charge_month_missed");
    assert_eq!(
        stage.called("/payments/autopay").await,
        2,
        "what the rules forbid is not sent"
    );
    stage.stop(&key).await;
    stage.everything_agrees().await;
}
