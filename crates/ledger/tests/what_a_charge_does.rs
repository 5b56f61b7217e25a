//! A billing key is charged once per attempt, while it is active, for its own customer; and what becomes of the call is known or in
//! doubt.

use crate::common::{self, *};
use paypair_ledger::{
    Attempt, AttemptKey, Begun, BillingKey, BillingKeyState, CallOutcome, CallState, Clash, Effect,
    Event, KeyOwner, MoneyOp, Publication, Reason, Resolution, Sight, Source, State, Status, Store,
    StoreError, step,
};
use paypair_protocol::{Gateway, Money, Secret, Work, payple::Repeat};

/// An attempt in memory whose charge is on its way.
fn charging_attempt() -> Attempt {
    let mut attempt = attempt(Work::PayNow);
    attempt.order = charge_order("order-1", "key-a").into();
    attempt.key_owner = Some(KeyOwner {
        key: AttemptKey::new("card-1", 1),
        customer_id: "7".to_owned(),
        state: BillingKeyState::Active,
    });
    step(&attempt, Event::ChargeStarted, START).unwrap().0
}

fn why(error: StoreError) -> &'static str {
    match error {
        StoreError::Refused(refused) => refused.why,
        other => panic!("not refused: {other:?}"),
    }
}

async fn refusal(at: &TestStore, key: &AttemptKey, event: Event) -> &'static str {
    why(at
        .store
        .apply(key.clone(), event, later(10))
        .await
        .unwrap_err())
}

#[tokio::test]
async fn a_key_is_charged_and_the_order_is_paid() {
    let at = TestStore::new();
    registered_key(&at, "card-1", "key-a").await;
    let key = charging(&at, "order-1", "key-a").await;
    let calls = at.store.money_calls("order-1").await.unwrap();
    assert_eq!(
        (calls[0].op, calls[0].state),
        (MoneyOp::Charge, CallState::Pending),
        "the intent is durable before the call"
    );
    let view = at.store.order("order-1").await.unwrap().unwrap();
    assert_eq!(view.status(), Status::Pending);
    let evidence = charged("order-1", 10_000, "t1");
    assert_eq!(
        (evidence.source(), evidence.sight()),
        (Source::Charge, Sight::Captured)
    );
    let paid = at.apply(&key, Event::ChargeAnswered(evidence)).await;
    assert_eq!(paid.attempt.state, State::Paid);
    assert_eq!(paid.attempt.captured, Some(Money::won(10_000)));
    let calls = at.store.money_calls("order-1").await.unwrap();
    assert_eq!(calls[0].state, CallState::Ended(CallOutcome::Done));
    assert!(
        paid.attempt.billing_key.is_none(),
        "the key that comes back beside it stays the attempt's that registered it"
    );
    let told = at.store.events_after(0, 10).await.unwrap();
    let data: serde_json::Value = serde_json::from_str(&told.last().unwrap().data).unwrap();
    assert_eq!(
        data["billingKeyId"],
        paypair_ledger::BillingKey::id_of(digest("key-a"))
    );
    let plan = charge_order("order-1", "key-a").charge;
    let view = at.store.order("order-1").await.unwrap().unwrap();
    assert_eq!(
        view.order.charge, plan,
        "the plan is read as it was written"
    );
    let charges = at.store.charges_of(digest("key-a")).await.unwrap();
    assert_eq!(charges.len(), 1);
}

#[tokio::test]
async fn the_store_refuses_keys_that_are_gone_or_anothers() {
    let at = TestStore::new();
    let card = registered_key(&at, "card-1", "key-a").await;
    let unknown = begun(&at, charge_order("order-1", "key-b")).await;
    assert_eq!(
        refusal(&at, &unknown, Event::ChargeStarted).await,
        "billing_key_not_active"
    );
    let mut others = charge_order("order-2", "key-a");
    others.customer.id = "8".to_owned();
    let others = begun(&at, others).await;
    assert_eq!(
        refusal(&at, &others, Event::ChargeStarted).await,
        "billing_key_of_other_customer"
    );
    let mut elsewhere = charge_order("order-3", "key-a");
    elsewhere.merchant_id = "another".to_owned();
    let elsewhere = begun(&at, elsewhere).await;
    assert_eq!(
        refusal(&at, &elsewhere, Event::ChargeStarted).await,
        "billing_key_not_active"
    );
    let own = begun(&at, charge_order("order-4", "key-a")).await;
    at.apply(&card, delete_key()).await;
    assert_eq!(
        refusal(&at, &own, Event::ChargeStarted).await,
        "billing_key_not_active",
        "its deletion is on its way"
    );
    let unknown_outcome = unknown_deletion();
    at.apply(&card, unknown_outcome).await;
    assert_eq!(
        refusal(&at, &own, Event::ChargeStarted).await,
        "billing_key_not_active",
        "nobody knows whether it is there"
    );
    at.apply(&card, Event::BillingKeyGone).await;
    assert_eq!(
        refusal(&at, &own, Event::ChargeStarted).await,
        "billing_key_not_active"
    );
    for id in ["order-1", "order-2", "order-3", "order-4"] {
        assert!(at.store.money_calls(id).await.unwrap().is_empty(), "{id}");
    }
}

fn unknown_deletion() -> Event {
    unknown(MoneyOp::DeleteBillingKey)
}

#[tokio::test]
async fn a_charge_is_started_once() {
    let at = TestStore::new();
    registered_key(&at, "card-1", "key-a").await;
    let key = charging(&at, "order-1", "key-a").await;
    assert_eq!(
        refusal(&at, &key, Event::ChargeStarted).await,
        "already_charged"
    );
    let again = at
        .store
        .begin("order-1", new_attempt("again", later(20)), later(20));
    assert!(
        matches!(again.await.unwrap(), Begun::Settled(_)),
        "money may be moving"
    );
    at.apply(&key, unknown(MoneyOp::Charge)).await;
    let calls = at.store.unfinished_calls().await.unwrap();
    assert_eq!(calls.len(), 1);
    let again = at
        .store
        .begin("order-1", new_attempt("more", later(30)), later(3_000_000));
    assert!(
        matches!(again.await.unwrap(), Begun::Settled(_)),
        "doubt does not run out"
    );
}

#[tokio::test]
async fn between_begin_and_start_the_attempt_waits_for_the_next_who_asks() {
    let at = TestStore::new();
    registered_key(&at, "card-1", "key-a").await;
    let key = begun(&at, charge_order("order-1", "key-a")).await;
    let at = at.reopen();
    assert!(
        at.store
            .recover(later(5), later(5))
            .await
            .unwrap()
            .is_empty()
    );
    let again = at
        .store
        .begin("order-1", new_attempt("again", later(5)), later(5));
    let Begun::Live(live) = again.await.unwrap() else {
        panic!("nothing was called: it can be started")
    };
    assert_eq!((live.key(), live.state), (key.clone(), State::Created));
    assert!(
        at.apply(&key, Event::ChargeStarted)
            .await
            .calls(MoneyOp::Charge)
    );
    let other = begun(&at, charge_order("order-2", "key-a")).await;
    let gone = at
        .store
        .apply(other, Event::ExpireDue, later(3600))
        .await
        .unwrap();
    assert_eq!(gone.attempt.state, State::Expired, "or runs out, unpaid");
}

#[tokio::test]
async fn a_charge_that_a_kill_left_behind_is_in_doubt_and_looked_up() {
    let at = TestStore::new();
    registered_key(&at, "card-1", "key-a").await;
    let key = charging(&at, "order-1", "key-a").await;
    let at = at.reopen();
    let recovered = at.store.recover(later(60), later(60)).await.unwrap();
    let doubtful = &recovered[0].attempt;
    assert_eq!(
        (doubtful.state, doubtful.doubt, reason(doubtful)),
        (State::InDoubt, Some(MoneyOp::Charge), "call_unfinished")
    );
    assert!(doubtful.next_check_at.is_some());
    let seen = Event::Sighted(looked_up("order-1", 10_000, "t1"));
    let paid = at.store.apply(key, seen, later(90)).await.unwrap();
    assert_eq!(paid.attempt.state, State::Paid);
    assert!(at.store.unfinished_calls().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_declined_charge_makes_room_for_another() {
    let at = TestStore::new();
    registered_key(&at, "card-1", "key-a").await;
    for (order_id, event, code) in [
        (
            "order-1",
            Event::ChargeDeclined {
                reason: Reason::new("limit_exceeded"),
            },
            "limit_exceeded",
        ),
        (
            "order-2",
            Event::CallNotSent {
                op: MoneyOp::Charge,
            },
            "not_sent",
        ),
    ] {
        let key = charging(&at, order_id, "key-a").await;
        let ended = at.apply(&key, event).await.attempt;
        assert_eq!((ended.state, reason(&ended)), (State::Declined, code));
        let begun = at.store.begin(
            order_id,
            new_attempt(&format!("again-{order_id}"), later(20)),
            later(20),
        );
        let Begun::New(second) = begun.await.unwrap() else {
            panic!("{order_id}: there is room")
        };
        assert_eq!(second.gateway_order_id, format!("{order_id}-2"));
        at.apply(&second.key(), Event::ChargeStarted).await;
        let done = Event::CallNotSent {
            op: MoneyOp::Charge,
        };
        at.apply(&second.key(), done).await;
    }
}

#[test]
fn a_decline_is_looked_behind_and_a_call_that_never_left_is_not() {
    let declined = Event::ChargeDeclined {
        reason: Reason::new("no"),
    };
    let (after, effects) = step(&charging_attempt(), declined, later(1)).unwrap();
    assert!(after.next_check_at.is_some());
    assert!(effects.contains(&Effect::Finish(MoneyOp::Charge, CallOutcome::Declined)));
    let late = Event::Sighted(looked_up("order-1", 10_000, "t1"));
    assert_eq!(
        step(&after, late, later(9)).unwrap().0.state,
        State::Paid,
        "the gateway said no, and took it"
    );
    let unsent = Event::CallNotSent {
        op: MoneyOp::Charge,
    };
    let (after, effects) = step(&charging_attempt(), unsent, later(1)).unwrap();
    assert_eq!(after.next_check_at, None);
    assert!(effects.contains(&Effect::Finish(MoneyOp::Charge, CallOutcome::NotSent)));
}

#[test]
fn a_charge_that_does_not_fit_is_given_back() {
    for (code, evidence) in [
        ("amount_differs", charged("order-1", 9_999, "t1")),
        ("order_id_differs", charged("order-9", 10_000, "t1")),
    ] {
        let (after, effects) = step(
            &charging_attempt(),
            Event::ChargeAnswered(evidence),
            later(1),
        )
        .unwrap();
        assert_eq!((after.state, reason(&after)), (State::Discrepant, code));
        assert!(effects.contains(&Effect::Finish(MoneyOp::Charge, CallOutcome::Done)));
        assert!(effects.contains(&Effect::Call(MoneyOp::Refund)), "{code}");
    }
}

#[test]
fn a_charge_without_amount_pays_for_nothing() {
    let silent = charged_with("order-1", "", "t1");
    assert_eq!(silent.money(), None);
    let (after, _) = step(&charging_attempt(), Event::ChargeAnswered(silent), later(1)).unwrap();
    assert_eq!(after.state, State::Discrepant);
    assert!(payletter::charged("order-1", "", "t1").is_none());
    assert!(payletter::charged("order-1", r#","amount":"x""#, "t1").is_none());
    assert!(global::charged("order-1", "", "t1").is_none());
}

#[test]
fn the_other_gateways_answers_pay_by_the_request_they_answer() {
    for (order, evidence) in [
        (
            payletter::order("order-1"),
            payletter::charged("order-1", r#","amount":10000"#, "t1"),
        ),
        (
            global::order("order-1"),
            global::charged("order-1", r#","amount":12.5"#, "t1"),
        ),
    ] {
        let mut attempt = charging_attempt();
        attempt.order = order.into();
        let answered = Event::ChargeAnswered(evidence.unwrap());
        let (after, _) = step(&attempt, answered, later(1)).unwrap();
        assert_eq!(after.state, State::Paid, "{:?}", after.reason);
    }
    let mut attempt = charging_attempt();
    attempt.order = global::order("order-1").into();
    let others = global::charged(
        "order-1",
        r#","amount":12.5,"storeorderno":"order-2""#,
        "t1",
    );
    let answered = Event::ChargeAnswered(others.unwrap());
    let (after, _) = step(&attempt, answered, later(1)).unwrap();
    assert_eq!(reason(&after), "order_id_differs");
}

#[test]
fn what_arrives_while_charging_does_not_end_it_unless_it_is_money() {
    let before = charging_attempt();
    let failed = Reason::new("timeout");
    for event in [
        Event::LookupAbsent,
        Event::LookupOpen,
        Event::LookupFailed {
            reason: failed.clone(),
        },
        Event::LookupDeclined { reason: failed },
        Event::ReturnSeen,
        Event::WindowClosed,
        Event::ExpireDue,
    ] {
        let (after, effects) = step(&before, event, later(7200)).unwrap();
        assert_eq!((after.state, effects), (State::Charging, vec![]));
    }
    let seen = Event::Sighted(looked_up("order-1", 10_000, "t1"));
    let (paid, effects) = step(&before, seen, later(1)).unwrap();
    assert_eq!(paid.state, State::Paid);
    assert!(effects.contains(&Effect::Finish(MoneyOp::Charge, CallOutcome::Done)));
    let answered = Event::ChargeAnswered(charged("order-1", 10_000, "t1"));
    let (same, effects) = step(&paid, answered, later(2)).unwrap();
    assert_eq!(
        (same.state, effects),
        (State::Paid, vec![]),
        "the slower word"
    );
    let refused = step(&paid, unknown(MoneyOp::Charge), later(2)).unwrap_err();
    assert_eq!(refused.why, "not_charging");
}

#[test]
fn a_charge_in_doubt_is_settled_like_a_confirm() {
    let (doubtful, _) = step(&charging_attempt(), unknown(MoneyOp::Charge), later(0)).unwrap();
    let mut attempt = doubtful.clone();
    for n in 1..=4 {
        assert_eq!(attempt.state, State::InDoubt);
        attempt = step(&attempt, Event::LookupAbsent, later(n * 305))
            .unwrap()
            .0;
    }
    assert_eq!(
        (attempt.state, reason(&attempt)),
        (State::Declined, "absent")
    );
    let settled = Event::Resolved {
        operator: "kim".to_owned(),
        resolution: Resolution::NotCaptured,
    };
    let (after, effects) = step(&doubtful, settled, later(1)).unwrap();
    assert_eq!(after.state, State::Declined);
    assert!(effects.contains(&Effect::Finish(MoneyOp::Charge, CallOutcome::Declined)));
}

#[test]
fn a_charge_has_no_window_and_a_window_no_charge() {
    let mut planned = attempt(Work::PayNow);
    planned.order = charge_order("order-1", "key-a").into();
    let refused = step(&planned, requested(START), START).unwrap_err();
    assert_eq!(refused.why, "no_window");
    let refused = step(&attempt(Work::PayNow), Event::ChargeStarted, START).unwrap_err();
    assert_eq!(refused.why, "nothing_to_charge");
    let refused = step(&planned, Event::ChargeStarted, START).unwrap_err();
    assert_eq!(
        refused.why, "billing_key_not_active",
        "nobody showed the key"
    );
    let mut paid_already = charging_attempt();
    paid_already.state = State::Created;
    paid_already.rival = Some(2);
    let refused = step(&paid_already, Event::ChargeStarted, START).unwrap_err();
    assert_eq!(refused.why, "order_already_paid");
}

#[tokio::test]
async fn another_plan_is_another_order() {
    let at = TestStore::new();
    let order = charge_order("order-1", "key-a");
    at.store.register(order.clone()).await.unwrap();
    at.store.register(order.clone()).await.unwrap();
    let mut other = order.clone();
    other.charge = charge_order("order-1", "key-b").charge;
    let mut window = order;
    window.charge = None;
    for order in [other, window] {
        let error = at.store.register(order).await.unwrap_err();
        assert!(matches!(error, StoreError::OrderExists));
    }
}

#[tokio::test]
async fn a_month_is_charged_once_whoever_asks() {
    // Two processes, each with a job of its own: neither sees what the other is about to do, the store sees both.
    let at = TestStore::new();
    let card = |id: &str| {
        let mut order = order(id, Work::Register);
        order.gateway = Gateway::PayletterGlobal;
        order
    };
    let key = begun(&at, card("card-1")).await;
    let brought = Event::BillingKeyAdopted {
        key: BillingKey::of(&Secret::new("key-a")),
        card: None,
    };
    at.apply(&key, brought).await;
    let monthly = |id: &str, month: u8| {
        let mut order = charge_order(id, "key-a");
        order.gateway = Gateway::PayletterGlobal;
        if let Some(plan) = &mut order.charge {
            plan.repeat = Some(Repeat::Monthly { year: 2026, month });
        }
        order
    };
    let one = begun(&at, monthly("one", 11)).await;
    let two = begun(&at, monthly("two", 11)).await;
    let next = begun(&at, monthly("next", 12)).await;
    at.apply(&one, Event::ChargeStarted).await;
    assert_eq!(
        refusal(&at, &two, Event::ChargeStarted).await,
        "month_charged"
    );
    at.apply(&one, unknown(MoneyOp::Charge)).await;
    assert_eq!(
        refusal(&at, &two, Event::ChargeStarted).await,
        "month_charged"
    );
    assert!(
        at.apply(&next, Event::ChargeStarted)
            .await
            .calls(MoneyOp::Charge)
    );
    let declined = Event::Resolved {
        operator: "kim".to_owned(),
        resolution: Resolution::NotCaptured,
    };
    at.apply(&one, declined).await;
    let applied = at.apply(&two, Event::ChargeStarted).await;
    assert!(applied.calls(MoneyOp::Charge), "the month is free again");
}

/// The order is paid by another try, so this one goes back; but not by a name that no list has shown.
#[test]
fn one_too_many_is_not_given_back_by_the_name_in_an_answer() {
    let mut charging = charging_at_payletter();
    charging.rival = Some(2);
    let (asked, effects) = step(&charging, answer("10000", "another's"), later(1)).unwrap();
    assert_eq!((asked.state, &asked.refund), (State::InDoubt, &None));
    assert!(!effects.contains(&Effect::Call(MoneyOp::Refund)));
    let row = Event::Sighted(payletter::row("order-1", 10_000, "t1", 0));
    let (found, _) = step(&asked, row, later(10)).unwrap();
    let case = found.refund.unwrap();
    assert_eq!(case.transaction_id.as_deref(), Some("t1"));
}

/// The gateway says no to a charge that it makes; the merchant's job asks for the month again, under another order.
#[tokio::test]
async fn a_month_that_was_charged_behind_a_refusal_is_not_kept_twice() {
    let at = TestStore::new();
    let mut card = payletter::order("card-1");
    (card.work, card.money) = (Work::Register, None);
    let key = begun(&at, card).await;
    let brought = Event::BillingKeyAdopted {
        key: BillingKey::of(&Secret::new("key-a")),
        card: None,
    };
    at.apply(&key, brought).await;
    let monthly = |id: &str| {
        let mut order = payletter::order(id);
        order.charge = charge_order(id, "key-a").charge;
        order
    };
    let one = begun(&at, monthly("one")).await;
    let two = begun(&at, monthly("two")).await;
    at.apply(&one, Event::ChargeStarted).await;
    let reason = Reason::new("gateway_refused");
    at.apply(&one, Event::ChargeDeclined { reason }).await;
    at.apply(&two, Event::ChargeStarted).await;
    let row = |id: &str, payment: &str| Event::Sighted(payletter::row(id, 10_000, payment, 0));
    let paid = at.apply(&two, row("two", "t2")).await.attempt;
    assert_eq!(paid.state, State::Paid);
    let found = at.apply(&one, row("one", "t1")).await.attempt;
    assert_eq!(
        (found.state, common::reason(&found)),
        (State::Discrepant, "second_capture")
    );
    assert!(found.refund.is_some(), "one too many goes back");
}

over_both_stores! {
    a_month_whose_refund_is_in_doubt_is_paid_until_that_is_known
}

/// Were the other one `paid` meanwhile, and the refund not done, the month would be kept twice, for good.
async fn a_month_whose_refund_is_in_doubt_is_paid_until_that_is_known(store: impl Store) {
    let apply = async |key: &AttemptKey, event: Event| {
        let applied = store.apply(key.clone(), event, later(10)).await;
        applied.unwrap().attempt
    };
    let begin = async |order: paypair_ledger::Order| {
        let id = order.id.clone();
        store.register(order).await.unwrap();
        let begun = store.begin(&id, new_attempt(&id, START), START);
        match begun.await.unwrap() {
            Begun::New(attempt) => attempt.key(),
            other => panic!("not new: {other:?}"),
        }
    };
    let mut card = payletter::order("card-1");
    (card.work, card.money) = (Work::Register, None);
    let brought = Event::BillingKeyAdopted {
        key: BillingKey::of(&Secret::new("key-a")),
        card: None,
    };
    apply(&begin(card).await, brought).await;
    let monthly = |id: &str| {
        let mut order = payletter::order(id);
        order.charge = charge_order(id, "key-a").charge;
        order
    };
    let (one, two) = (begin(monthly("one")).await, begin(monthly("two")).await);
    let reason = Reason::new("gateway_refused");
    apply(&one, Event::ChargeStarted).await;
    apply(&one, Event::ChargeDeclined { reason }).await;
    apply(&two, Event::ChargeStarted).await;
    let row = |id: &str, payment: &str| Event::Sighted(payletter::row(id, 10_000, payment, 0));
    assert_eq!(apply(&two, row("two", "t2")).await.state, State::Paid);
    let asked = Event::RefundAsked {
        id: None,
        transaction_id: None,
        money: None,
        why: "asked".to_owned(),
    };
    apply(&two, asked).await;
    let doubt = apply(&two, unknown(MoneyOp::Refund)).await;
    assert_eq!(doubt.state, State::InDoubt);
    let found = apply(&one, row("one", "t1")).await;
    assert_eq!(
        (found.state, common::reason(&found)),
        (State::Discrepant, "second_capture")
    );
}

/// A Payletter key is being charged.
fn charging_at_payletter() -> Attempt {
    let mut attempt = attempt(Work::PayNow);
    let mut order = payletter::order("order-1");
    order.charge = charge_order("order-1", "key-a").charge;
    attempt.order = order.into();
    attempt.key_owner = Some(KeyOwner {
        key: AttemptKey::new("card-1", 1),
        customer_id: "7".to_owned(),
        state: BillingKeyState::Active,
    });
    step(&attempt, Event::ChargeStarted, START).unwrap().0
}

/// What answers such a charge: it names no order, so it may be the answer to another charge.
fn answer(amount: &str, transaction_id: &str) -> Event {
    let more = format!(r#","amount":{amount}"#);
    Event::ChargeAnswered(payletter::charged("order-1", &more, transaction_id).unwrap())
}

#[test]
fn a_charges_name_is_what_the_list_says() {
    let charging = charging_at_payletter();
    let (paid, _) = step(&charging, answer("10000", "another's"), later(1)).unwrap();
    assert_eq!(paid.state, State::Paid);
    assert!(paid.next_check_at.is_some(), "the list is asked");
    let row = Event::Sighted(payletter::row("order-1", 10_000, "t1", 0));
    let (named, effects) = step(&paid, row, later(10)).unwrap();
    assert_eq!(named.state, State::Paid, "not a second payment");
    assert_eq!(named.transaction_id.as_deref(), Some("t1"));
    assert!(effects.contains(&Effect::Publish(Publication::Restored)));
    assert!(named.next_check_at.is_some(), "what became of it since?");
    // From then on another one is another one.
    let row = Event::Sighted(payletter::row("order-1", 10_000, "t2", 0));
    let (twice, _) = step(&named, row, later(20)).unwrap();
    assert_eq!(twice.state, State::Discrepant);
}

/// A refund is begun by the name that the list says, so whoever wants one has the list asked, again and again. Its answers are none yet:
/// what is due is asked all the same.
#[test]
fn who_asks_for_a_charges_name_before_it_is_due_uses_up_no_look() {
    let charging = charging_at_payletter();
    let (mut paid, _) = step(&charging, answer("10000", "another's"), later(1)).unwrap();
    let due = paid.next_check_at.unwrap();
    assert!(due > later(3));
    let failed = Event::LookupFailed {
        reason: Reason::new("no_answer"),
    };
    for event in [Event::LookupAbsent, failed].iter().cycle().take(20) {
        paid = step(&paid, event.clone(), later(3)).unwrap().0;
        assert!(paid.awaits_its_name());
        assert_eq!(paid.next_check_at, Some(due));
    }
    // When it is due it is one of them.
    let mut looks = 0;
    while let Some(due) = paid.next_check_at {
        paid = step(&paid, Event::LookupAbsent, due).unwrap().0;
        looks += 1;
        assert!(looks < 20);
    }
    assert!(looks >= 7, "{looks}");
}

#[test]
fn an_answer_that_does_not_fit_its_charge_is_not_believed_and_nothing_goes_back_by_its_name() {
    let charging = charging_at_payletter();
    let mut taken = charging.clone();
    taken.clash = Some(Clash::Transaction(AttemptKey::new("order-2", 1)));
    for (before, won) in [(&charging, "20000"), (&taken, "10000")] {
        let (doubt, effects) = step(before, answer(won, "another's"), later(1)).unwrap();
        assert_eq!(
            (doubt.state, doubt.doubt, reason(&doubt)),
            (State::InDoubt, Some(MoneyOp::Charge), "answer_of_another")
        );
        assert_eq!(doubt.transaction_id, None);
        assert!(!effects.contains(&Effect::Call(MoneyOp::Refund)));
        let mut doubt = doubt;
        doubt.clash = None;
        let row = Event::Sighted(payletter::row("order-1", 10_000, "t1", 0));
        assert_eq!(step(&doubt, row, later(10)).unwrap().0.state, State::Paid);
    }
    // The list was faster than the answer.
    let row = Event::Sighted(payletter::row("order-1", 10_000, "t1", 0));
    let paid = step(&charging, row, later(1)).unwrap().0;
    let (still, effects) = step(&paid, answer("10000", "another's"), later(2)).unwrap();
    assert_eq!(still.state, State::Paid);
    assert_eq!(still.transaction_id.as_deref(), Some("t1"));
    assert!(!effects.contains(&Effect::Call(MoneyOp::Refund)));
}
