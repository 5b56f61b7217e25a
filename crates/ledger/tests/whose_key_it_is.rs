//! Billing keys: one holder, one customer, and gone when they are gone.

use std::time::Duration;

use crate::common::*;
use paypair_ledger::{
    Attempt, AttemptKey, BillingKey, BillingKeyState, CallOutcome, CallState, CardSeen, Effect,
    Event, MoneyOp, Publication, Reason, Sight, Source, State, Store, StoreError, step,
};
use paypair_protocol::{Gateway, Secret, Work};

/// An attempt in memory that holds `key-a`.
fn holding() -> Attempt {
    let (open, _) = step(&attempt(Work::Register), requested(START), START).unwrap();
    let seen = Event::Sighted(payer("key-a", "7"));
    step(&open, seen, later(1)).unwrap().0
}

fn after(attempt: &Attempt, event: Event) -> Attempt {
    step(attempt, event, later(10)).unwrap().0
}

fn why(attempt: &Attempt, event: Event) -> &'static str {
    step(attempt, event, later(10)).unwrap_err().why
}

fn stands(attempt: &Attempt) -> BillingKeyState {
    attempt.billing_key.as_ref().unwrap().state
}

fn deleted(billing_key: &str) -> Event {
    Event::BillingKeyDeleteAnswered(payer_deleted(billing_key))
}

fn refused(answer: Result<paypair_ledger::Applied, StoreError>) -> &'static str {
    match answer {
        Err(StoreError::Refused(refused)) => refused.why,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_registered_key_is_seen_by_its_customer_and_its_id() {
    let at = TestStore::new();
    registered_key(&at, "card-1", "key-a").await;
    let at = at.reopen();
    let id = BillingKey::id_of(digest("key-a"));
    assert_eq!(id.len(), 35);
    let view = at.store.billing_key_view(&id).await.unwrap().unwrap();
    assert_eq!(
        (view.id.as_str(), view.state),
        (id.as_str(), BillingKeyState::Active)
    );
    assert_eq!(
        (view.order_id.as_str(), view.no, view.customer_id.as_str()),
        ("card-1", 1, "7")
    );
    assert_eq!(view.card.as_ref().unwrap().name, "BC카드");
    assert_eq!(view.key.as_ref().unwrap().expose(), "key-a");
    assert!(!format!("{view:?}").contains("key-a"));
    let by_digest = at
        .store
        .billing_key_by_digest(Gateway::Payple, "test", digest("key-a"));
    assert_eq!(by_digest.await.unwrap().unwrap().id, id);
    assert_eq!(at.store.billing_keys_of("7").await.unwrap().len(), 1);
    assert!(at.store.billing_keys_of("8").await.unwrap().is_empty());
    for wrong in [
        "",
        "bk_",
        "bk_00",
        "key-a",
        &id[3..],
        "bk_zz000000000000000000000000000000",
    ] {
        assert!(at.store.billing_key_view(wrong).await.unwrap().is_none());
    }
    let elsewhere = at
        .store
        .billing_key_by_digest(Gateway::Payple, "other", digest("key-a"));
    assert!(elsewhere.await.unwrap().is_none());
}

#[tokio::test]
async fn a_deleted_key_is_erased_and_known_for_good() {
    let at = TestStore::new();
    let card = registered_key(&at, "card-1", "secret-key-text").await;
    let asked = at.apply(&card, delete_key()).await;
    assert!(asked.calls(MoneyOp::DeleteBillingKey));
    assert_eq!(
        (asked.attempt.state, stands(&asked.attempt)),
        (State::Registered, BillingKeyState::Deleting)
    );
    let again = at.store.apply(card.clone(), delete_key(), later(11)).await;
    assert_eq!(refused(again), "billing_key_not_active");
    let done = at.apply(&card, deleted("secret-key-text")).await;
    assert!(
        done.effects
            .contains(&Effect::Publish(Publication::BillingKeyDeleted))
    );
    let calls = at.store.money_calls("card-1").await.unwrap();
    assert_eq!(
        (calls[0].op, calls[0].state),
        (
            MoneyOp::DeleteBillingKey,
            CallState::Ended(CallOutcome::Done)
        )
    );
    let view = at.store.billing_keys_of("7").await.unwrap().remove(0);
    assert_eq!(
        (view.state, view.key.is_none(), view.deleted_at),
        (BillingKeyState::Deleted, true, Some(later(10)))
    );
    assert!(at.store.billing_key("card-1").await.unwrap().is_none());
    assert!(
        done.attempt.session.is_none() && done.attempt.launch.is_none(),
        "the window's session may hold a copy"
    );
    let owner = at.store.customer_of_billing_key(digest("secret-key-text"));
    assert_eq!(owner.await.unwrap().as_deref(), Some("7"));
    let told = at.store.events_after(0, 10).await.unwrap();
    let last = told.last().unwrap();
    assert_eq!(last.publication.as_str(), "billing_key.deleted");
    let data: serde_json::Value = serde_json::from_str(&last.data).unwrap();
    assert_eq!(data["billingKeyId"], view.id);
    let path = at.dir.path().join("ledger.db");
    drop(at.store);
    let file = std::fs::read(path).unwrap();
    let text = b"secret-key-text";
    assert!(
        !file.windows(text.len()).any(|bytes| bytes == text),
        "nothing of it is left in the file"
    );
}

#[test]
fn a_deletion_is_refused_without_a_key_or_beside_a_charge() {
    assert_eq!(
        why(&attempt(Work::Register), delete_key()),
        "no_billing_key"
    );
    let mut charging = holding();
    charging.key_charging = true;
    let forget = || Event::BillingKeyForgotten {
        why: "asked".to_owned(),
    };
    assert_eq!(why(&charging, delete_key()), "charge_running");
    assert_eq!(why(&charging, forget()), "charge_running");
    for event in [
        deleted("key-a"),
        unknown(MoneyOp::DeleteBillingKey),
        Event::CallNotSent {
            op: MoneyOp::DeleteBillingKey,
        },
        Event::BillingKeyDeleteDeclined {
            reason: Reason::new("no"),
        },
    ] {
        assert_eq!(why(&holding(), event), "no_deletion_running");
    }
    let gone = after(&holding(), forget());
    assert_eq!(stands(&gone), BillingKeyState::Deleted);
    assert_eq!(why(&gone, forget()), "billing_key_not_active");
    assert_eq!(why(&gone, delete_key()), "billing_key_not_active");
}

#[tokio::test]
async fn a_key_is_not_deleted_while_it_takes_money() {
    let at = TestStore::new();
    let card = registered_key(&at, "card-1", "key-a").await;
    let charge = charging(&at, "order-1", "key-a").await;
    let asked = at.store.apply(card.clone(), delete_key(), later(11)).await;
    assert_eq!(refused(asked), "charge_running");
    at.apply(&charge, unknown(MoneyOp::Charge)).await;
    let asked = at.store.apply(card.clone(), delete_key(), later(12)).await;
    assert_eq!(
        refused(asked),
        "charge_running",
        "it may still be taking it"
    );
    let paid = Event::Sighted(looked_up("order-1", 10_000, "t1"));
    at.apply(&charge, paid).await;
    let asked = at.apply(&card, delete_key()).await;
    assert!(asked.calls(MoneyOp::DeleteBillingKey));
}

#[test]
fn a_deletion_that_was_refused_or_never_left_changes_nothing() {
    let deleting = after(&holding(), delete_key());
    let declined = after(
        &deleting,
        Event::BillingKeyDeleteDeclined {
            reason: Reason::new("no"),
        },
    );
    assert_eq!(stands(&declined), BillingKeyState::Active);
    assert_eq!(
        declined.billing_key.as_ref().unwrap().reason,
        Some(Reason::new("no"))
    );
    let unsent = Event::CallNotSent {
        op: MoneyOp::DeleteBillingKey,
    };
    let (unsent, effects) = step(&deleting, unsent, later(1)).unwrap();
    assert_eq!(stands(&unsent), BillingKeyState::Active);
    assert_eq!(
        effects,
        [Effect::Finish(
            MoneyOp::DeleteBillingKey,
            CallOutcome::NotSent
        )]
    );
    assert!(unsent.billing_key.unwrap().key.is_some());
}

/// The clock is put forward, and the lookup that is late by that learns nothing: the next sighting is the first of a new hour.
#[test]
fn a_failed_look_at_a_key_long_after_it_was_due_begins_its_hour_anew() {
    let due = |attempt: &Attempt| attempt.billing_key.as_ref().unwrap().next_check_at.unwrap();
    let look = |attempt: &Attempt, event: Event, at| step(attempt, event, at).unwrap().0;
    let seen = || Event::BillingKeySeen(payer("key-a", "7"));
    let deleting = after(&holding(), delete_key());
    let doubtful = after(&deleting, unknown(MoneyOp::DeleteBillingKey));
    let once = look(&doubtful, seen(), due(&doubtful));
    let put_forward = due(&once).after(Duration::from_secs(2 * 60 * 60));
    let reason = Reason::new("gateway_down");
    let mut held = look(&once, Event::BillingKeyCheckFailed { reason }, put_forward);
    for _ in 1..=2 {
        held = look(&held, seen(), due(&held));
        assert_eq!(stands(&held), BillingKeyState::InDoubt);
    }
}

#[test]
fn a_deletion_in_doubt_ends_by_lookups_only() {
    let deleting = after(&holding(), delete_key());
    let doubtful = after(&deleting, unknown(MoneyOp::DeleteBillingKey));
    assert_eq!(
        (doubtful.state, doubtful.doubt),
        (State::Registered, None),
        "the payment is in no doubt"
    );
    assert_eq!(stands(&doubtful), BillingKeyState::InDoubt);
    let due = doubtful
        .billing_key
        .as_ref()
        .unwrap()
        .next_check_at
        .unwrap();
    assert!(doubtful.key_check_due(due) && !doubtful.key_check_due(later(10)));
    assert_eq!(
        doubtful.next_check_at, None,
        "a key's lookups are not the payment's"
    );

    let (gone, effects) = step(&doubtful, Event::BillingKeyGone, later(20)).unwrap();
    assert_eq!(stands(&gone), BillingKeyState::Deleted);
    assert!(effects.contains(&Effect::Finish(
        MoneyOp::DeleteBillingKey,
        CallOutcome::Done
    )));
    assert_eq!(
        stands(&after(&doubtful, deleted("key-a"))),
        BillingKeyState::Deleted,
        "asked again"
    );

    let mut seen = doubtful.clone();
    for n in 1..=3 {
        assert_eq!(stands(&seen), BillingKeyState::InDoubt);
        let event = Event::BillingKeySeen(payer("key-a", "7"));
        seen = step(&seen, event, later(n * 310)).unwrap().0;
    }
    let held = seen.billing_key.as_ref().unwrap();
    assert_eq!(
        (held.state, held.next_check_at),
        (BillingKeyState::Active, None)
    );
    assert_eq!(held.reason, Some(Reason::new("deletion_absent")));

    let mut waiting = doubtful;
    let failed = || Event::BillingKeyCheckFailed {
        reason: Reason::new("timeout"),
    };
    let mut now = later(10);
    for _ in 0..20 {
        let at = waiting.billing_key.as_ref().unwrap().next_check_at.unwrap();
        assert!(at > now, "never at once, never never");
        now = at;
        waiting = step(&waiting, failed(), now).unwrap().0;
    }
    let event = Event::BillingKeySeen(payer("key-b", "7"));
    let (other, effects) = step(&waiting, event, now).unwrap();
    assert_eq!(stands(&other), BillingKeyState::InDoubt);
    assert!(effects.contains(&Effect::Alert("billing_key_differs")));
    assert!(other.billing_key.unwrap().next_check_at.is_some());
}

#[test]
fn a_clock_put_forward_does_not_end_a_doubt_about_a_deletion() {
    let mut seen = after(
        &after(&holding(), delete_key()),
        unknown(MoneyOp::DeleteBillingKey),
    );
    let look = |seen: &Attempt, at| {
        let event = Event::BillingKeySeen(payer("key-a", "7"));
        step(seen, event, at).unwrap().0
    };
    for _ in 0..2 {
        let due = seen.billing_key.as_ref().unwrap().next_check_at.unwrap();
        seen = look(&seen, due);
    }
    let due = seen.billing_key.as_ref().unwrap().next_check_at.unwrap();
    let seen = look(
        &seen,
        due.after(std::time::Duration::from_secs(2 * 60 * 60)),
    );
    assert_eq!(stands(&seen), BillingKeyState::InDoubt);
    assert_eq!(seen.billing_key.unwrap().sightings, 1, "measured anew");
}

#[test]
fn a_named_person_ends_a_doubt_about_a_deletion_and_nothing_else() {
    let said = |deleted| Event::BillingKeyResolved {
        operator: "kim: seen in the admin pages".to_owned(),
        deleted,
    };
    for deleted in [true, false] {
        let active = holding();
        assert_eq!(why(&active, said(deleted)), "nothing_to_resolve");
        let running = after(&active, delete_key());
        assert_eq!(why(&running, said(deleted)), "deletion_running");
    }
    let doubtful = after(
        &after(&holding(), delete_key()),
        unknown(MoneyOp::DeleteBillingKey),
    );
    let (gone, effects) = step(&doubtful, said(true), later(20)).unwrap();
    assert_eq!(
        (gone.state, stands(&gone)),
        (State::Registered, BillingKeyState::Deleted)
    );
    let held = gone.billing_key.unwrap();
    assert!(held.key.is_none(), "our copy is erased");
    assert_eq!(held.reason.unwrap().code, "settled_by_operator");
    let done = Effect::Finish(MoneyOp::DeleteBillingKey, CallOutcome::Done);
    assert!(effects.contains(&done));
    assert!(effects.contains(&Effect::Publish(Publication::BillingKeyDeleted)));
    let (kept, effects) = step(&doubtful, said(false), later(20)).unwrap();
    assert_eq!(stands(&kept), BillingKeyState::Active);
    let declined = Effect::Finish(MoneyOp::DeleteBillingKey, CallOutcome::Declined);
    assert_eq!(effects, [declined]);
    assert!(!kept.key_check_due(later(1 << 30)));
    // It can be asked for again.
    assert_eq!(
        stands(&after(&kept, delete_key())),
        BillingKeyState::Deleting
    );
    assert_eq!(
        why(&attempt(Work::PayNow), said(true)),
        "nothing_to_resolve"
    );
}

#[test]
fn an_answer_about_another_key_deletes_nothing() {
    let deleting = after(&holding(), delete_key());
    let (after, effects) = step(&deleting, deleted("key-b"), later(11)).unwrap();
    assert_eq!(stands(&after), BillingKeyState::InDoubt);
    assert!(after.billing_key.unwrap().key.is_some());
    assert!(effects.contains(&Effect::Finish(
        MoneyOp::DeleteBillingKey,
        CallOutcome::Unknown
    )));
}

#[test]
fn a_look_at_an_active_key_erases_nothing() {
    let (same, effects) = step(&holding(), Event::BillingKeyGone, later(5)).unwrap();
    assert_eq!(stands(&same), BillingKeyState::Active);
    assert_eq!(effects, [Effect::Alert("billing_key_gone")]);
    let seen = Event::BillingKeySeen(payer("key-a", "7"));
    let (same, effects) = step(&holding(), seen, later(5)).unwrap();
    assert_eq!((stands(&same), effects), (BillingKeyState::Active, vec![]));
    assert_eq!(same.next_check_at, None);
}

#[tokio::test]
async fn a_deletion_that_a_kill_left_behind_is_in_doubt_and_due() {
    let at = TestStore::new();
    let card = registered_key(&at, "card-1", "key-a").await;
    at.apply(&card, delete_key()).await;
    let at = at.reopen();
    let recovered = at.store.recover(later(60), later(60)).await.unwrap();
    assert_eq!(stands(&recovered[0].attempt), BillingKeyState::InDoubt);
    assert_eq!(recovered[0].attempt.state, State::Registered);
    let at = at.reopen();
    assert!(at.store.due(later(60), 9).await.unwrap().is_empty());
    let due = at.store.due(later(70), 9).await.unwrap();
    assert_eq!(
        due.iter().map(Attempt::key).collect::<Vec<_>>(),
        std::slice::from_ref(&card)
    );
    assert!(due[0].key_check_due(later(70)));
    let open = at.store.unfinished_calls().await.unwrap();
    assert_eq!(open[0].op, MoneyOp::DeleteBillingKey);
    let gone = at.store.apply(card, Event::BillingKeyGone, later(70)).await;
    assert_eq!(stands(&gone.unwrap().attempt), BillingKeyState::Deleted);
    assert!(at.store.due(later(999_999), 9).await.unwrap().is_empty());
    assert!(at.store.unfinished_calls().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_key_beside_a_payment_is_held_by_the_first_who_saw_it() {
    let at = TestStore::new();
    let beside = |order_id: &str, tid: &str, customer: &str| {
        let more = r#","PCD_PAYER_ID":"key-a""#;
        let (answer, body) = payment_with(order_id, 10_000, tid, customer, more);
        Event::Sighted(paypair_ledger::Evidence::payple_lookup(&answer, &body))
    };
    let first = at.requested("order-1", Work::PayNow).await;
    let second = at.requested("order-2", Work::PayNow).await;
    let held = at.apply(&first, beside("order-1", "t1", "7")).await.attempt;
    assert_eq!(stands(&held), BillingKeyState::Active);
    let other = at
        .apply(&second, beside("order-2", "t2", "7"))
        .await
        .attempt;
    assert_eq!(
        (other.state, other.billing_key.is_none()),
        (State::Paid, true)
    );
    let mut third = order("order-3", Work::PayNow);
    third.customer.id = "8".to_owned();
    let third = begun(&at, third).await;
    let taken = at.apply(&third, beside("order-3", "t3", "8")).await;
    assert_eq!(
        taken.attempt.state,
        State::Paid,
        "the money is the order's all the same"
    );
    assert!(taken.effects.contains(&Effect::Alert("billing_key_taken")));
    at.apply(&first, delete_key()).await;
    at.apply(&first, deleted("key-a")).await;
    let fourth = at.requested("order-4", Work::PayNow).await;
    at.apply(&fourth, beside("order-4", "t4", "7")).await;
    let views = at.store.billing_keys_of("7").await.unwrap();
    assert_eq!(views.len(), 1);
    assert_eq!(
        views[0].state,
        BillingKeyState::Deleted,
        "a late word does not bring it back"
    );
}

fn adopted(billing_key: &str) -> Event {
    Event::BillingKeyAdopted {
        key: BillingKey::of(&Secret::new(billing_key)),
        card: Some(CardSeen {
            name: "BC카드".to_owned(),
            number: "1111-****".to_owned(),
        }),
    }
}

#[tokio::test]
async fn a_merchant_brings_its_own_key_and_nobody_elses() {
    let at = TestStore::new();
    let own = begun(&at, order("card-1", Work::Register)).await;
    let taken_over = at.apply(&own, adopted("key-a")).await;
    assert_eq!(taken_over.attempt.state, State::Registered);
    assert!(
        taken_over
            .effects
            .contains(&Effect::Publish(Publication::BillingKeyRegistered))
    );
    let rows = at.store.timeline("card-1").await.unwrap();
    let last = rows.last().unwrap();
    assert_eq!(
        (last.kind.as_str(), last.source.as_str()),
        ("billing_key_adopted", "merchant")
    );
    let mut others = order("card-2", Work::Register);
    others.customer.id = "8".to_owned();
    let others = begun(&at, others).await;
    let answer = at.store.apply(others, adopted("key-a"), later(11)).await;
    assert_eq!(refused(answer), "billing_key_taken");
    let again = begun(&at, order("card-3", Work::Register)).await;
    let answer = at.store.apply(again, adopted("key-a"), later(11)).await;
    assert_eq!(refused(answer), "billing_key_known");
    let payment = begun(&at, order("order-1", Work::PayNow)).await;
    let answer = at.store.apply(payment, adopted("key-b"), later(11)).await;
    assert_eq!(refused(answer), "registration_not_asked");
    charging(&at, "order-2", "key-a").await;
}

#[tokio::test]
async fn a_deleted_key_that_is_registered_again_lives_with_its_new_order() {
    let at = TestStore::new();
    let old = registered_key(&at, "card-1", "key-a").await;
    at.apply(&old, delete_key()).await;
    at.apply(&old, deleted("key-a")).await;
    registered_key(&at, "card-2", "key-a").await;
    let views = at.store.billing_keys_of("7").await.unwrap();
    assert_eq!(views.len(), 1);
    assert_eq!(
        (views[0].order_id.as_str(), views[0].state),
        ("card-2", BillingKeyState::Active)
    );
    assert!(
        at.store
            .attempt(old)
            .await
            .unwrap()
            .unwrap()
            .billing_key
            .is_none()
    );
    charging(&at, "order-1", "key-a").await;
    let foreign = begun(&at, order("card-3", Work::Register)).await;
    let seen = at
        .apply(&foreign, Event::Sighted(payer("key-a", "8")))
        .await;
    assert_eq!(seen.attempt.state, State::Discrepant);
}

#[tokio::test]
async fn a_subscription_is_a_key_and_pays_for_nothing() {
    let at = TestStore::new();
    at.store.register(global::order("sub")).await.unwrap();
    let key = at.begin("sub", START).await.key();
    at.apply(&key, requested(START)).await;
    let notice = global::subscription_notice(5, "sub", "12.5", 1);
    assert_eq!(
        (notice.source(), notice.sight()),
        (Source::Notice, Sight::Subscribed)
    );
    let made = at.apply(&key, Event::Sighted(notice.clone())).await;
    assert_eq!(
        (made.attempt.state, made.attempt.paid_at),
        (State::Requested, None)
    );
    assert_eq!(stands(&made.attempt), BillingKeyState::Active);
    assert!(at.apply(&key, Event::Sighted(notice)).await.repeated);
    let asked = at.apply(&key, delete_key()).await;
    assert!(asked.calls(MoneyOp::DeleteBillingKey));
    let ended = Event::BillingKeyDeleteAnswered(global::ended("sub-1"));
    assert_eq!(
        stands(&at.apply(&key, ended).await.attempt),
        BillingKeyState::Deleted
    );
}

#[test]
fn a_subscription_that_differs_is_not_held() {
    let mut attempt = attempt(Work::PayNow);
    attempt.order = global::order("order-1").into();
    for (code, order_id, amount) in [
        ("amount_differs", "order-1", "99"),
        ("order_id_differs", "order-9", "12.5"),
    ] {
        let notice = global::subscription_notice(5, order_id, amount, 1);
        let (after, effects) = step(&attempt, Event::Sighted(notice), later(1)).unwrap();
        assert_eq!(
            (after.state, after.billing_key.is_none()),
            (State::Created, true)
        );
        assert_eq!(effects, [Effect::Alert(code)]);
    }
}

#[test]
fn no_debug_shows_a_key() {
    let attempt = holding();
    let key = AttemptKey::new("order-1", 1);
    let shown = format!(
        "{attempt:?} {:?} {:?} {key}",
        adopted("key-a"),
        deleted("key-a")
    );
    assert!(!shown.contains("\"key-a\""), "{shown}");
    assert!(!shown.contains("BC카드"), "{shown}");
}
