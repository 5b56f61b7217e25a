//! A monthly subscription by a card registered at Payple.

use serde_json::json;

use super::stage::Stage;

#[tokio::test]
async fn a_card_at_payple_is_charged_every_month_until_it_is_deleted() {
    let stage = Stage::open().await;
    let key = stage.key("payple").await;
    let march = stage.this_month();
    stage.charged("payple", &key, "march", march.clone()).await;

    // The same month again is declined, today and a month later.
    for again in ["march-again", "march-once-more"] {
        let (status, outcome) = stage.charge("payple", &key, again, march.clone()).await;
        assert_eq!(
            (
                status,
                &outcome["status"],
                &outcome["reason"]["gatewayCode"]
            ),
            (201, &json!("declined"), &json!("CPAY0202")),
            "{outcome}"
        );
        if again == "march-again" {
            stage.next_month().await;
        }
    }
    let april = stage.this_month();
    assert_ne!(april, march);
    stage.charged("payple", &key, "april", april.clone()).await;
    // The job that runs twice is told of the same payment.
    let (status, outcome) = stage.charge("payple", &key, "april", april).await;
    assert_eq!((status, &outcome["status"]), (200, &json!("paid")));

    let shown = stage.stop(&key).await;
    assert_eq!(shown["deletedAtGateway"], true, "{shown}");
    stage.next_month().await;
    let why = stage
        .not_charged("payple", &key, "may", stage.this_month())
        .await;
    assert_eq!(why, "billing_key_not_active");

    let (_, list) = stage.get("/billing-keys?customerId=1001").await;
    assert_eq!(list["billingKeys"][0]["state"], "deleted", "{list}");
    stage.everything_agrees().await;
}
