//! Debug output may reach a log; secrets and personal data may not.

use crate::common::*;
use paypair_ledger::{Event, Store};
use paypair_protocol::Work;

#[tokio::test]
async fn nothing_secret_or_personal_is_ever_printed() {
    let at = TestStore::new();
    let key = at.requested("order-1", Work::ConfirmThenPay).await;
    let event = authenticated();
    let mut printed = format!("{event:?}");
    let applied = at.apply(&key, event).await;
    printed += &format!("{applied:?}");
    let evidence = confirmed("order-1", 10_000, "t1");
    printed += &format!("{evidence:?} {:?}", Event::Sighted(evidence.clone()));
    printed += &format!("{:?}", payer("billing-key-1", "7"));
    printed += &format!("{:?}", at.store.order("order-1").await.unwrap());
    printed += &format!("{:?}", at.store.timeline("order-1").await.unwrap());
    for hidden in [
        "launch-token",
        "session-token",
        "confirm-token",
        "billing-key-1",
        "홍길동",
        "01012345678",
        "hong@example.com",
        "1111-****",
        "cs_secret",
    ] {
        assert!(!printed.contains(hidden), "{hidden} is printed: {printed}");
    }
}
