//! Every state meets every event, and random lives are lived to the end: the rules hold in all of them.

use crate::common::*;
use paypair_ledger::{
    Attempt, BillingKey, BillingKeyState, Detail, Effect, Event, HeldKey, Hint, KeyOwner, MoneyOp,
    Reason, RefundCase, RefundState, Resolution, Sight, State, Timestamp, step,
};
use paypair_protocol::{Money, Secret, Work};
use proptest::prelude::*;

const WORKS: [Work; 3] = [Work::ConfirmThenPay, Work::PayNow, Work::Register];

fn events() -> Vec<Event> {
    let reason = || Reason::new("test");
    vec![
        requested(START),
        Event::RequestFailed { reason: reason() },
        authenticated(),
        Event::ConfirmStarted,
        Event::ConfirmAnswered(confirmed("order-1", 10_000, "t1")),
        Event::ConfirmAnswered(confirmed("order-1", 9_000, "t1")),
        Event::ConfirmDeclined { reason: reason() },
        unknown(MoneyOp::Confirm),
        unknown(MoneyOp::Refund),
        Event::CallNotSent {
            op: MoneyOp::Confirm,
        },
        Event::CallNotSent {
            op: MoneyOp::Refund,
        },
        Event::Sighted(looked_up("order-1", 10_000, "t1")),
        Event::Sighted(looked_up("order-1", 10_000, "t2")),
        Event::Sighted(looked_up("order-1", 1, "t1")),
        Event::Sighted(looked_up("order-9", 10_000, "t1")),
        Event::Sighted(looked_up_cancelled("order-1", 10_000, "t1", 10_000)),
        Event::Sighted(looked_up_cancelled("order-1", 10_000, "t1", 4_000)),
        Event::Sighted(payer("key", "7")),
        Event::Sighted(payer("key", "8")),
        Event::AccountIssued {
            detail: Detail::default(),
            expires_at: None,
        },
        Event::LookupAbsent,
        Event::LookupOpen,
        Event::LookupFailed { reason: reason() },
        Event::BuyerCancelled { reason: reason() },
        Event::GatewayDeclined { reason: reason() },
        Event::LookupDeclined { reason: reason() },
        Event::NoticePending { reason: reason() },
        Event::ReturnSeen,
        Event::ResultRefused { reason: reason() },
        Event::HintSeen {
            hint: Hint::Payment,
        },
        Event::HintSeen {
            hint: Hint::Refund { money: None },
        },
        Event::WindowClosed,
        Event::ExpireDue,
        Event::Superseded,
        Event::RefundAsked {
            id: None,
            transaction_id: None,
            money: None,
            why: "changed my mind".to_owned(),
        },
        ask_back("r1", 4_000),
        ask_back("r2", 6_001),
        Event::RefundAnswered(refunded("order-1", 4_000)),
        Event::RefundAccepted(refunded("order-1", 10_000)),
        Event::Sighted(looked_up_cancelled("order-1", 10_000, "t1", 8_000)),
        Event::ChargeStarted,
        Event::ChargeAnswered(charged("order-1", 10_000, "t1")),
        Event::ChargeAnswered(charged_with("order-1", "", "t1")),
        Event::ChargeDeclined { reason: reason() },
        unknown(MoneyOp::Charge),
        unknown(MoneyOp::DeleteBillingKey),
        Event::CallNotSent {
            op: MoneyOp::Charge,
        },
        Event::CallNotSent {
            op: MoneyOp::DeleteBillingKey,
        },
        Event::BillingKeyAdopted {
            key: BillingKey::of(&Secret::new("key")),
            card: None,
        },
        delete_key(),
        Event::BillingKeyDeleteAnswered(payer_deleted("key")),
        Event::BillingKeyDeleteAnswered(payer_deleted("other")),
        Event::BillingKeyDeleteDeclined { reason: reason() },
        Event::BillingKeyForgotten { why: String::new() },
        Event::BillingKeySeen(payer("key", "7")),
        Event::BillingKeyGone,
        Event::BillingKeyCheckFailed { reason: reason() },
        Event::RenewalSeen {
            evidence: global::subscription_notice(1, "order-1", "12.5", 1),
            ended: true,
        },
        Event::Resolved {
            operator: "kim".to_owned(),
            resolution: Resolution::NotRefunded,
        },
        Event::CashReceiptAsked {
            money: paypair_protocol::Money::won(10_000),
            purpose: String::new(),
        },
        Event::CashReceiptUnknown { reason: reason() },
        Event::CashReceiptCancelAsked {
            money: paypair_protocol::Money::won(10_000),
            purpose: String::new(),
        },
        Event::CashReceiptAnswered { approval_no: None },
        Event::CashReceiptDeclined { reason: reason() },
        Event::CashReceiptResolved {
            operator: "kim".to_owned(),
            issued: true,
        },
        Event::BillingKeyResolved {
            operator: "kim".to_owned(),
            deleted: true,
        },
        Event::Resolved {
            operator: "kim".to_owned(),
            resolution: Resolution::SecondRefunded,
        },
        Event::RefundAnswered(refunded("order-1", 10_000)),
        Event::RefundDeclined { reason: reason() },
        Event::Resolved {
            operator: "kim".to_owned(),
            resolution: Resolution::NotCaptured,
        },
        Event::Resolved {
            operator: "kim".to_owned(),
            resolution: Resolution::Refunded,
        },
    ]
}

/// What must hold of every step ever taken.
fn judge(before: &Attempt, event: &Event, now: Timestamp) -> Option<Attempt> {
    let taken = step(before, event.clone(), now);
    assert_eq!(
        format!("{taken:?}"),
        format!("{:?}", step(before, event.clone(), now)),
        "the step is pure"
    );
    let is_lookup = event.source() == "lookup";
    assert!(
        !is_lookup || taken.is_ok() || event.kind().starts_with("billing_key"),
        "a lookup's answer is taken: {taken:?}"
    );
    let (after, effects) = taken.ok()?;
    let moved = format!("{} --{}--> {}", before.state, event.kind(), after.state);
    if is_lookup && !event.kind().starts_with("billing_key") {
        let again = after.next_check_at;
        assert!(
            again.is_none_or(|at| at > now),
            "an answered lookup is not due again at once: {moved}"
        );
    }
    // What is captured beside what went back must be able to go back too.
    let second = (before.state, after.state) == (State::Refunded, State::Discrepant)
        && after.has_standing_second();
    if before.state.is_terminal() && !second {
        assert_eq!(
            after.state, before.state,
            "terminal stays terminal: {moved}"
        );
    }
    if after.state != before.state {
        match after.state {
            State::Paid => {
                let proven = event.evidence().is_some_and(|evidence| {
                    evidence.sight() == Sight::Captured && evidence.money() == before.order.money
                });
                let returned = before.refund.is_some();
                // What stood beside it went back: it had been paid before.
                let alone = before.has_standing_second() && before.paid_at.is_some();
                let seen = event.evidence().is_some() || event.source() == "operator";
                assert!(
                    proven || returned || (alone && seen),
                    "paid takes evidence: {moved}"
                );
            }
            State::Registered => {
                let brought = matches!(event, Event::BillingKeyAdopted { .. });
                assert!(
                    event.evidence().is_some() || brought,
                    "{moved} takes evidence"
                );
            }
            State::ChargedBack => {
                assert!(event.evidence().is_some(), "{moved} takes evidence");
            }
            State::PartiallyRefunded => {
                let operator = matches!(event, Event::Resolved { .. });
                let was = before.refund.as_ref().map(|case| case.back_to);
                assert!(
                    event.evidence().is_some() || operator || was == Some(after.state),
                    "{moved} takes evidence"
                );
            }
            State::Refunded => {
                let operator = matches!(event, Event::Resolved { .. });
                assert!(
                    event.evidence().is_some() || operator,
                    "{moved} takes evidence"
                );
            }
            _ => {}
        }
        if before.state == State::InDoubt {
            let settled = event.evidence().is_some()
                || matches!(event, Event::Resolved { .. })
                || (matches!(event, Event::LookupAbsent | Event::LookupDeclined { .. })
                    && before.absences + 1 >= before.policy.absences);
            assert!(settled, "doubt is ended by evidence: {moved}");
        }
        if before.state.is_soft_end() {
            let held =
                matches!(event, Event::NoticePending { .. }) && after.state == State::PendingReview;
            assert!(
                event.evidence().is_some() || after.state == State::Authenticated || held,
                "a soft end is overruled: {moved}"
            );
        }
        if before.state == State::Discrepant && after.state == State::Paid {
            assert!(
                before.paid_at.is_some(),
                "discrepant never fulfils by itself: {moved}"
            );
        }
    }
    assert_eq!(
        after.state == State::InDoubt,
        after.doubt.is_some(),
        "doubt has an object: {moved}"
    );
    if effects.contains(&Effect::Call(MoneyOp::Confirm)) {
        assert_eq!(
            (before.state, after.state),
            (State::Authenticated, State::Confirming)
        );
    }
    if effects.contains(&Effect::Call(MoneyOp::Charge)) {
        assert_eq!(
            (before.state, after.state),
            (State::Created, State::Charging)
        );
        let owner = before.key_owner.as_ref().expect("a key that was looked at");
        assert_eq!(owner.state, BillingKeyState::Active);
        assert_eq!(owner.customer_id, before.order.customer.id);
    }
    let held = |attempt: &Attempt| attempt.billing_key.as_ref().map(|held| held.state);
    let calls_deletion = effects.contains(&Effect::Call(MoneyOp::DeleteBillingKey));
    assert_eq!(
        calls_deletion,
        held(before) != held(&after) && held(&after) == Some(BillingKeyState::Deleting),
        "a deletion is called as it begins: {moved}"
    );
    assert!(!(calls_deletion && before.key_charging), "{moved}");
    if event.kind().starts_with("billing_key") && before.state != State::Created {
        assert_eq!(
            after.state, before.state,
            "a key's fate is not the payment's: {moved}"
        );
    }
    if let Some(key) = &after.billing_key {
        assert_eq!(key.state == BillingKeyState::Deleted, key.key.is_none());
        let looked_for = key.next_check_at.is_some_and(|at| at > now);
        let in_doubt = key.state == BillingKeyState::InDoubt;
        assert_eq!(in_doubt, key.next_check_at.is_some(), "{moved}");
        assert!(!in_doubt || looked_for || held(before) == held(&after));
    }
    if let (true, Some(case), Some(captured)) = (
        effects.contains(&Effect::Call(MoneyOp::Refund)),
        &after.refund,
        after.captured,
    ) && case.transaction_id == after.transaction_id
    {
        assert!(
            before.refunded().minor + case.money.minor <= captured.minor,
            "never more back than was taken: {moved}"
        );
    }
    let open = |attempt: &Attempt| {
        let open = [RefundState::Pending, RefundState::Unknown];
        let lines = attempt.refunds.iter();
        lines.filter(|line| open.contains(&line.state)).count()
    };
    if open(before) == usize::from(before.refund.is_some()) {
        assert_eq!(
            open(&after),
            usize::from(after.refund.is_some()),
            "a refund that runs has its line: {moved}"
        );
    }
    if effects.contains(&Effect::Call(MoneyOp::Refund)) {
        assert!(
            before.refund.is_none() && after.refund.is_some(),
            "one refund at a time: {moved}"
        );
    }
    Some(after)
}

/// The key that an attempt holds once it registered one.
fn holding_key() -> HeldKey {
    let seen = Event::Sighted(payer("key", "7"));
    let (after, _) = step(&attempt(Work::Register), seen, START).unwrap();
    after.billing_key.unwrap()
}

/// An attempt whose order charges a key that may be charged.
fn planned() -> Attempt {
    let mut planned = attempt(Work::PayNow);
    planned.order = charge_order("order-1", "key").into();
    planned.key_owner = Some(KeyOwner {
        key: planned.key(),
        customer_id: "7".to_owned(),
        state: BillingKeyState::Active,
    });
    planned
}

/// The attempt as it could stand in this state.
fn standing_in(state: State, work: Work) -> Attempt {
    let mut attempt = attempt(work);
    attempt.state = state;
    attempt.expires_at = later(60);
    attempt.launch = Some("{}".into());
    if state.is_settled() && state != State::Registered || state == State::Discrepant {
        attempt.transaction_id = Some("t1".to_owned());
        attempt.captured = Some(Money::won(10_000));
    }
    if state.is_settled() {
        attempt.paid_at = Some(START);
    }
    if state == State::RefundPending {
        attempt.refund = Some(RefundCase {
            id: None,
            partial: false,
            accepted: false,
            transaction_id: Some("t1".to_owned()),
            money: Money::won(10_000),
            back_to: State::Paid,
            why: String::new(),
        });
    }
    attempt.billing_key = (state == State::Registered).then(holding_key);
    attempt.doubt = (state == State::InDoubt).then_some(MoneyOp::Confirm);
    attempt.next_check_at = Some(later(1));
    attempt
}

#[test]
fn every_state_takes_every_event_and_the_rules_hold() {
    for work in WORKS {
        for &state in State::ALL {
            for event in events() {
                for now in [later(1), later(3600)] {
                    judge(&standing_in(state, work), &event, now);
                }
            }
        }
    }
}

#[test]
fn a_word_without_evidence_never_pays() {
    for work in WORKS {
        for &state in State::ALL {
            for event in events()
                .into_iter()
                .filter(|event| event.evidence().is_none())
            {
                if let Ok((after, _)) = step(&standing_in(state, work), event, later(3600)) {
                    let back = state == State::RefundPending;
                    assert!(after.state != State::Paid || state == State::Paid || back);
                }
            }
        }
    }
}

#[test]
fn every_state_has_its_name_and_reads_it_back() {
    for &state in State::ALL {
        assert_eq!(state.as_str().parse::<State>().unwrap(), state);
    }
    assert!("payed".parse::<State>().is_err());
}

proptest! {
    #[test]
    fn no_random_life_breaks_a_rule(
        work in prop::sample::select(&WORKS),
        rivals in any::<bool>(),
        plans in any::<bool>(),
        lived in prop::collection::vec((0..events().len(), 0_u64..7200), 1..60),
    ) {
        let events = events();
        let mut attempt = if plans { planned() } else { attempt(work) };
        attempt.rival = rivals.then_some(2);
        let mut now = START;
        for (which, seconds) in lived {
            now = now.after(std::time::Duration::from_secs(seconds));
            if let Some(next) = judge(&attempt, &events[which], now) {
                prop_assert!(!(rivals && next.state == State::Paid), "a rival's order is not paid twice");
                prop_assert_eq!(next.version, attempt.version + 1);
                attempt = next;
            }
        }
    }
}
