//! A customer's card is deleted: at the gateway where it can be, and with us always.

use paypair_ledger::Store as _;
use serde_json::json;

use super::stage::Stage;

/// The key's own text, which no answer shows; none once it is deleted.
async fn text_of(stage: &Stage, key: &str) -> Option<String> {
    let view = stage.verifier.store().billing_key_view(key).await.unwrap();
    view.unwrap().key.map(|key| key.expose().to_owned())
}

/// A second key of the customer's. Payple knows a card that it has seen, so there it is another card.
async fn another_key(stage: &Stage, gateway: &str) -> String {
    if gateway != "payple" {
        return stage.key(gateway).await;
    }
    let more = json!({ "work": "register", "cardFlow": "recurring", "amount": null });
    let page = stage.order(gateway, more).await;
    let prepared = page.prepare("redirect").await;
    let typed = [("card_number", "5105105105105100")];
    let handback = stage.press_typing(&prepared["launch"], "pay", &typed).await;
    let (url, fields) = handback.post();
    stage.post_form(url, fields).await;
    page.wait_for("registered").await;
    stage.key_of(&page.order_id).await
}

/// A key was charged, is deleted, and is of no use any more; another key of the same customer's is.
async fn delete_one_of_two(stage: &Stage, gateway: &str) {
    let (kept, gone) = (stage.key(gateway).await, another_key(stage, gateway).await);
    let named = |name: &str| format!("{name}-{}", gateway.replace('_', ""));
    stage
        .charged(gateway, &gone, &named("before"), json!({}))
        .await;
    let shown = stage.stop(&gone).await;
    assert_eq!(
        shown["deletedAtGateway"],
        gateway == "payple",
        "{gateway}: {shown}"
    );
    assert_eq!(text_of(stage, &gone).await, None, "{gateway}");
    let again = stage.stop(&gone).await;
    assert_eq!(again, shown, "{gateway}: deleted once");
    stage.next_month().await;
    let why = stage
        .not_charged(gateway, &gone, &named("after"), json!({}))
        .await;
    assert_eq!(why, "billing_key_not_active", "{gateway}");
    stage
        .charged(gateway, &kept, &named("other"), json!({}))
        .await;
}

#[tokio::test]
async fn payple_deletes_the_card_too() {
    let stage = Stage::open().await;
    delete_one_of_two(&stage, "payple").await;
    assert_eq!(stage.called("PUSERDEL").await, 1);
    stage.everything_agrees().await;
}

#[tokio::test]
async fn a_card_deleted_on_payples_admin_page_pays_no_more() {
    let stage = Stage::open().await;
    let key = stage.key("payple").await;
    stage.charged("payple", &key, "before", json!({})).await;
    let by_hand = json!({ "billing_key": text_of(&stage, &key).await.unwrap() });
    assert_eq!(stage.control("payple/delete_card", by_hand).await.0, 200);
    // We have not heard of it; the gateway says no.
    let (_, outcome) = stage.charge("payple", &key, "after", json!({})).await;
    assert_eq!(outcome["status"], "declined", "{outcome}");
    let (_, shown) = stage.get(&format!("/billing-keys/{key}?check=true")).await;
    assert_eq!(shown["knownAtGateway"], false, "{shown}");
    stage.stop(&key).await;
    let why = stage.not_charged("payple", &key, "later", json!({})).await;
    assert_eq!(why, "billing_key_not_active");
    stage.everything_agrees().await;
}

#[tokio::test]
async fn payletter_offers_no_deletion_and_our_copy_is_erased() {
    let stage = Stage::open().await;
    delete_one_of_two(&stage, "payletter").await;
    stage.everything_agrees().await;
}

#[tokio::test]
async fn payletter_global_offers_no_deletion_and_our_copy_is_erased() {
    let stage = Stage::open().await;
    delete_one_of_two(&stage, "payletter_global").await;
    stage.everything_agrees().await;
}

#[tokio::test]
async fn a_card_that_payple_has_seen_keeps_its_key_and_each_registration_names_it() {
    let stage = Stage::open().await;
    let (first, second) = (
        stage.registered("payple").await,
        stage.registered("payple").await,
    );
    let key = stage.key_of(&first.order_id).await;
    assert_eq!(stage.key_of(&second.order_id).await, key);
    let shown = stage.show(&second.order_id).await;
    assert_eq!(shown["outcome"]["billingKeyId"], key.as_str(), "{shown}");
    for event in stage.events().await {
        assert_eq!(event["type"], "billing_key.registered", "{event}");
        assert_eq!(event["data"]["billingKeyId"], key.as_str(), "{event}");
    }
    let (_, list) = stage.get("/billing-keys?customerId=1001").await;
    assert_eq!(list["billingKeys"].as_array().unwrap().len(), 1, "{list}");
    stage.charged("payple", &key, "march", json!({})).await;
    stage.stop(&key).await;
    stage.everything_agrees().await;
}
