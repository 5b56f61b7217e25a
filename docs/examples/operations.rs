use std::time::Duration;

use paypair_ledger::{DeliveryFilter, DeliveryState, Published};
use paypair_protocol::{Gateway, Secret};
use paypair_verifier::{
    AdoptedKey, ApiError, BillingKeyShown, BreakShown, BreaksQuery, Charged, DeliveryDetail,
    DeliveryShown, NewCharge, NewReconciliation, NewRefund, Outcome, ReceiptWish, RunVerdict,
    Sales, SalesQuery, Settlement, SettlementQuery, Subscription, Verifier,
};

pub async fn charge(verifier: &Verifier, billing_key_id: &str) -> Result<Charged, ApiError> {
    let december = NewCharge {
        order_id: Some("sub-7-2026-12".into()), // the same id again charges nothing again
        billing_key_id: billing_key_id.into(),
        customer_id: "customer-7".into(),
        amount: Some("9900".into()),
        product_name: "정기구독 12월".into(),
        ..NewCharge::default()
    };
    verifier.charge(december).await
}

pub async fn adopt(verifier: &Verifier, key: Secret) -> Result<BillingKeyShown, ApiError> {
    let key = AdoptedKey {
        order_id: None,
        gateway: Gateway::Payletter,
        method: "creditcard".into(),
        customer_id: "customer-7".into(),
        billing_key: key,
    };
    let (_is_new, shown) = verifier.adopt_billing_key_of(key).await?;
    Ok(shown)
}

pub async fn cards(verifier: &Verifier) -> Result<Vec<BillingKeyShown>, ApiError> {
    verifier.billing_keys_of("customer-7").await
}

pub async fn forget(verifier: &Verifier, id: &str) -> Result<BillingKeyShown, ApiError> {
    verifier.delete_billing_key_of(id, "탈퇴").await
}

pub async fn refund_part(verifier: &Verifier) -> Result<Outcome, ApiError> {
    let part = NewRefund::part("3000", "cup-broken"); // the same id again gives nothing back again
    verifier.refund_with("sub-7-2026-12", part).await
}

pub async fn refund_rest(verifier: &Verifier) -> Result<Outcome, ApiError> {
    verifier.refund("sub-7-2026-12", "고객 요청").await
}

pub async fn receipt(verifier: &Verifier) -> Result<String, ApiError> {
    let slip = ReceiptWish::default(); // or kind: ReceiptKind::CashReceipt
    verifier.receipt_page("sub-7-2026-12", &slip).await
}

pub async fn sales(verifier: &Verifier, day: &str) -> Result<Sales, ApiError> {
    let query = SalesQuery::on(Gateway::Payletter, day);
    verifier.sales_list(&query).await
}

pub async fn settlement(verifier: &Verifier, day: &str) -> Result<Settlement, ApiError> {
    let query = SettlementQuery::between(Gateway::Payletter, day, day);
    verifier.settlement_list(&query).await
}

pub async fn reconcile(verifier: &Verifier) -> Result<Vec<BreakShown>, ApiError> {
    let run = verifier.reconcile(NewReconciliation::default()).await?;
    match run.verdict {
        Some(RunVerdict::Agrees) => Ok(Vec::new()),
        // `Incomplete`: somewhere nobody could look, and of that nothing is known.
        _ => Ok(verifier.breaks(&BreaksQuery::default()).await?.breaks),
    }
}

pub async fn dead_letters(verifier: &Verifier) -> Result<Vec<DeliveryShown>, ApiError> {
    let dead = DeliveryFilter {
        state: Some(DeliveryState::Dead),
        limit: 100,
        ..DeliveryFilter::default()
    };
    verifier.deliveries(dead).await
}

pub async fn deliver_again(verifier: &Verifier, id: &str) -> Result<DeliveryDetail, ApiError> {
    verifier.replay_delivery(id).await
}

pub async fn news(verifier: &Verifier, after: u64) -> Result<Vec<Published>, ApiError> {
    let wait = Duration::from_secs(20);
    verifier.events_after(after, 100, wait).await
}

pub async fn subscription(verifier: &Verifier) -> Result<Subscription, ApiError> {
    verifier.subscription("paypal-monthly").await
}

pub async fn end_subscription(verifier: &Verifier) -> Result<Subscription, ApiError> {
    let why = "고객 요청";
    verifier.cancel_subscription("paypal-monthly", why).await
}

pub async fn look_up(verifier: &Verifier) -> Result<Outcome, ApiError> {
    verifier.look_up_now("sub-7-2026-12").await
}
