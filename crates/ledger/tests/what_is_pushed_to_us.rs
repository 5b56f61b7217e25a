//! Callbacks and notices prove what their hash covers. Where it leaves room, the ledger looks instead of believing.

use crate::common::*;
use paypair_ledger::{
    AttemptKey, Effect, Event, MoneyOp, Order, Publication, Reason, State, Store, step,
};
use paypair_protocol::Work;

async fn requested_order(at: &TestStore, order: Order) -> AttemptKey {
    let id = order.id.clone();
    at.store.register(order).await.unwrap();
    let key = at.begin(&id, START).await.key();
    at.apply(&key, requested(START)).await;
    key
}

fn alert(effects: &[Effect]) -> Option<&'static str> {
    effects.iter().find_map(|effect| match effect {
        Effect::Alert(why) => Some(*why),
        _ => None,
    })
}

#[tokio::test]
async fn a_callback_pays_once_however_often_it_comes() {
    let at = TestStore::new();
    let key = requested_order(&at, payletter::order("order-1")).await;
    let callback = payletter::callback("order-1", 10_000, "t1", &payletter::nonce("order-1"));
    let first = at.apply(&key, Event::Sighted(callback.clone())).await;
    assert_eq!((first.attempt.state, first.repeated), (State::Paid, false));
    for _ in 0..20 {
        let again = at.apply(&key, Event::Sighted(callback.clone())).await;
        assert!(again.repeated && again.effects.is_empty());
    }
    at.apply(&key, Event::ReturnSeen).await;
    at.apply(
        &key,
        Event::Sighted(payletter::row("order-1", 10_000, "t1", 0)),
    )
    .await;
    assert_eq!(at.store.events_after(0, 10).await.unwrap().len(), 1);
    let rows = at.store.timeline("order-1").await.unwrap();
    assert_eq!(
        rows.iter().filter(|row| row.source == "callback").count(),
        1
    );
    assert_eq!(rows[2].evidence, Some(callback.body()));
}

#[tokio::test]
async fn a_callback_with_another_order_written_over_it_pays_nothing() {
    let at = TestStore::new();
    let one = requested_order(&at, payletter::order("order-1")).await;
    let two = requested_order(&at, payletter::order("order-2")).await;
    let real = payletter::callback("order-1", 10_000, "t1", &payletter::nonce("order-1"));
    at.apply(&one, Event::Sighted(real)).await;
    // The hash still fits: it does not cover the order.
    let forged = payletter::callback("order-2", 10_000, "t1", &payletter::nonce("order-2"));
    let taken = at.apply(&two, Event::Sighted(forged)).await;
    assert_eq!(taken.attempt.state, State::Requested);
    assert_eq!(alert(&taken.effects), Some("transaction_id_taken"));
    assert!(taken.attempt.next_check_at.is_some() && !taken.calls(MoneyOp::Refund));
}

#[tokio::test]
async fn a_callback_without_our_nonce_is_looked_up_and_then_believed() {
    let at = TestStore::new();
    let key = requested_order(&at, payletter::order("order-1")).await;
    let bare = at
        .apply(
            &key,
            Event::Sighted(payletter::callback("order-1", 10_000, "t1", "")),
        )
        .await;
    assert_eq!(
        (bare.attempt.state, alert(&bare.effects)),
        (State::Requested, Some("nonce_missing"))
    );
    assert!(bare.effects.contains(&Effect::Lookup(later(10))));
    let listed = at
        .apply(
            &key,
            Event::Sighted(payletter::row("order-1", 10_000, "t1", 0)),
        )
        .await;
    assert_eq!(listed.attempt.state, State::Paid);
}

#[tokio::test]
async fn a_callback_with_a_strange_nonce_or_amount_is_discrepant_and_given_back() {
    let at = TestStore::new();
    for (n, won, nonce, code) in [
        (1, 10_000, "strange", "nonce_differs"),
        (2, 9_000, "", "amount_differs"),
    ] {
        let id = format!("order-{n}");
        let key = requested_order(&at, payletter::order(&id)).await;
        let nonce = if nonce.is_empty() {
            payletter::nonce(&id)
        } else {
            nonce.to_owned()
        };
        let callback = payletter::callback(&id, won, &format!("t{n}"), &nonce);
        let applied = at.apply(&key, Event::Sighted(callback)).await;
        assert_eq!(applied.attempt.state, State::Discrepant);
        assert_eq!(applied.attempt.reason, Some(Reason::new(code)));
        assert!(applied.calls(MoneyOp::Refund));
    }
}

#[tokio::test]
async fn a_notice_cannot_cancel_or_charge_back_but_the_sales_list_can() {
    let at = TestStore::new();
    let key = requested_order(&at, global::order("order-1")).await;
    let paid = at
        .apply(
            &key,
            Event::Sighted(global::notice(1, "order-1", "p1").unwrap()),
        )
        .await;
    assert_eq!(paid.attempt.state, State::Paid);
    // The same hash fits every kind: it does not cover the kind.
    for (kind, why) in [
        (2, "cancellation_unproven"),
        (3, "chargeback_unproven"),
        (4, "cancellation_unproven"),
    ] {
        let forged = global::notice(kind, "order-1", "p1").unwrap();
        let applied = at.apply(&key, Event::Sighted(forged)).await;
        assert_eq!(
            (applied.attempt.state, alert(&applied.effects)),
            (State::Paid, Some(why))
        );
    }
    let still = at
        .apply(&key, Event::Sighted(global::sale("order-1", "p1", 1)))
        .await;
    // The list may lag: it is asked again.
    assert_eq!(still.attempt.state, State::Paid);
    assert!(still.attempt.next_check_at.is_some());
    let gone = at
        .apply(&key, Event::Sighted(global::sale("order-1", "p1", 2)))
        .await;
    assert_eq!(gone.attempt.state, State::Refunded);
}

#[tokio::test]
async fn a_notice_with_another_payment_on_a_paid_order_is_looked_up() {
    let at = TestStore::new();
    let key = requested_order(&at, global::order("order-1")).await;
    at.apply(
        &key,
        Event::Sighted(global::notice(1, "order-1", "p1").unwrap()),
    )
    .await;
    let other = at
        .apply(
            &key,
            Event::Sighted(global::notice(1, "order-1", "p2").unwrap()),
        )
        .await;
    assert_eq!(
        (other.attempt.state, alert(&other.effects)),
        (State::Paid, Some("capture_differs"))
    );
    assert!(
        global::notice(6, "order-1", "p1").is_none()
            && global::notice(99, "order-1", "p1").is_none()
    );
}

#[tokio::test]
async fn a_registration_return_keeps_the_key() {
    let at = TestStore::new();
    let mut order = payletter::order("order-1");
    (order.work, order.money) = (Work::Register, None);
    let key = requested_order(&at, order).await;
    let done = at
        .apply(
            &key,
            Event::Sighted(payletter::registration("order-1", "bill-1")),
        )
        .await;
    assert_eq!(done.attempt.state, State::Registered);
    assert_eq!(
        at.store
            .billing_key("order-1")
            .await
            .unwrap()
            .unwrap()
            .expose(),
        "bill-1"
    );
    let told = at.store.events_after(0, 10).await.unwrap();
    assert_eq!(told[0].publication.as_str(), "billing_key.registered");
    assert!(!told[0].data.contains("bill-1"));
}

#[tokio::test]
async fn what_fits_no_attempt_is_kept_once_and_told() {
    let at = TestStore::new();
    let stray = payletter::callback("order-9", 10_000, "t9", "n");
    for _ in 0..3 {
        at.store.keep_stray(stray.clone(), later(1)).await.unwrap();
    }
    let told = at.store.events_after(0, 10).await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].publication.as_str(), "payment.discrepant");
    assert!(told[0].data.contains(r#""transactionId":"t9""#));
    let rows = at.store.timeline("order-9").await.unwrap();
    assert_eq!((rows.len(), rows[0].kind.as_str()), (1, "stray"));
}

#[tokio::test]
async fn one_signature_makes_so_many_strays_and_no_more() {
    // A buyer has seen the signed parts of a callback, and writes any order id beside them.
    let at = TestStore::new();
    for name in 0..50 {
        let stray = payletter::callback(&format!("made-up-{name}"), 10_000, "t1", "nonce");
        at.store.keep_stray(stray.clone(), later(1)).await.unwrap();
        at.store.keep_stray(stray, later(2)).await.unwrap();
    }
    let told = at.store.events_after(0, 100).await.unwrap().len();
    assert!((2..=8).contains(&told), "{told} alerts of one payment");
    let other = payletter::callback("made-up-0", 10_000, "t2", "nonce");
    at.store.keep_stray(other, later(3)).await.unwrap();
    assert_eq!(at.store.events_after(0, 100).await.unwrap().len(), told + 1);
}

#[tokio::test]
async fn a_sales_list_does_not_rename_the_method_that_a_notice_told() {
    let at = TestStore::new();
    let mut chosen = global::order("order-1");
    // The buyer chooses in the window.
    chosen.method = "".into();
    let key = requested_order(&at, chosen).await;
    let row = || Event::Sighted(global::sale("order-1", "t1", 1));
    let first = at.apply(&key, row()).await.attempt;
    assert_eq!((first.state, first.detail.method), (State::Paid, None));
    let notice = global::notice(1, "order-1", "t1").unwrap();
    let told = at.apply(&key, Event::Sighted(notice)).await.attempt;
    assert_eq!(told.detail.method.as_deref(), Some("PLCreditCard"));
    let again = at.apply(&key, row()).await.attempt;
    assert_eq!(again.detail.method.as_deref(), Some("PLCreditCard"));
}

/// Signed with our key, and of another shop of it: not ours to fulfil, nor to give back.
#[tokio::test]
async fn what_another_shop_was_paid_is_told_and_moves_nothing() {
    let at = TestStore::new();
    let mut order = global::order("order-1");
    order.merchant_id = "PL_Other".to_owned();
    let key = requested_order(&at, order).await;
    let notice = || Event::Sighted(global::notice(1, "order-1", "t1").unwrap());
    let seen = at.apply(&key, notice()).await;
    assert_eq!(seen.attempt.state, State::Requested);
    assert_eq!(
        (seen.attempt.captured, &seen.attempt.transaction_id),
        (None, &None)
    );
    assert_eq!(alert(&seen.effects), Some("merchant_differs"));
    assert!(
        seen.effects
            .contains(&Effect::Publish(Publication::Discrepant))
    );
    assert!(seen.attempt.next_check_at.is_some() && !seen.calls(MoneyOp::Refund));
    // It is nobody's word that this order's payment is held.
    assert!(!seen.attempt.is_said_to_be_held() && seen.attempt.unproven_capture().is_none());
    // What contradicts the order already is given back as little by such a notice.
    let mut disputed = seen.attempt;
    disputed.state = State::Discrepant;
    let (after, effects) = step(&disputed, notice(), later(20)).unwrap();
    assert_eq!((after.state, after.captured), (State::Discrepant, None));
    assert!(!effects.contains(&Effect::Call(MoneyOp::Refund)));
}

/// Beside a payment that is in dispute it is asked about first, and told by its name: once, however often it is sent.
#[tokio::test]
async fn what_another_shop_was_paid_beside_a_dispute_is_told_once() {
    let at = TestStore::new();
    let mut order = global::order("order-1");
    order.merchant_id = "PL_Other".to_owned();
    let key = requested_order(&at, order).await;
    let mut disputed = at.store.attempt(key).await.unwrap().unwrap();
    disputed.state = State::Discrepant;
    disputed.captured = disputed.order.money;
    disputed.transaction_id = Some("t0".to_owned());
    let notice = Event::Sighted(global::notice(1, "order-1", "t1").unwrap());
    let mut told = 0;
    for at in [10, 20] {
        let (next, effects) = step(&disputed, notice.clone(), later(at)).unwrap();
        told += usize::from(effects.contains(&Effect::Publish(Publication::Discrepant)));
        disputed = next;
    }
    assert_eq!((told, disputed.suspicions.len()), (0, 1));
    let nobody = Event::LookupFailed {
        reason: Reason::new("sales_list_not_permitted"),
    };
    let (after, effects) = step(&disputed, nobody, later(30)).unwrap();
    assert!(effects.contains(&Effect::Publish(Publication::Discrepant)));
    assert!(after.suspicions[0].told_at.is_some());
}
