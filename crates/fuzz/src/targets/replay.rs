//! Lives of a payment: any events in any order, as many times as a network can deliver them, at every gateway.

#[path = "../../../ledger/tests/common/mod.rs"]
mod proofs;
mod words;

use std::sync::Arc;
use std::time::Duration;

use paypair_ledger::{
    Attempt, BillingKeyState, ChargePlan, Effect, KeyOwner, MoneyOp, Order, RefundState, State,
    step,
};
use paypair_protocol::Work;
use paypair_protocol::payple::Repeat;

use self::proofs::{START, digest, global, new_attempt, order, payletter};
use self::words::{Proof, at, words_of};

/// The first byte chooses whose life it is; then two bytes each are an event, and the time that passes before it, by 16 minutes and a
/// bit. Money counts as received, and a key as registered, only if proof of it came; a call starts only while none is running; no more
/// goes back than came; a deleted key is erased; and what is open is looked after.
pub(crate) fn run(data: &[u8]) {
    let first = data.first().copied().unwrap_or_default();
    let _ = live(first, data.get(1..).unwrap_or_default());
}

/// Lives it; the attempt as it stands in the end, and the kinds of the events that were taken.
fn live(whose: u8, events: &[u8]) -> (Attempt, Vec<&'static str>) {
    let mut attempt = begin(whose);
    let gateway = attempt.order.gateway;
    let price = attempt.order.money;
    let words = words_of(gateway);
    let mut now = START;
    let (mut proven, mut seen) = (false, false);
    let mut taken = Vec::new();
    for pair in events.chunks_exact(2).take(200) {
        now = now.after(Duration::from_secs(u64::from(pair[1]) * 1_000));
        let word = &words[usize::from(pair[0]) % words.len()];
        let event = at(word.event.clone(), now);
        let proof = match word.proof {
            Proof::No => false,
            Proof::Yes => true,
            // A named operator may say "refunded", never "paid": of what is in doubt, and of what was captured and does not fit.
            Proof::OfAPerson => matches!(
                attempt.state,
                State::InDoubt | State::Discrepant | State::RefundPending
            ),
        };
        let Ok((next, effects)) = step(&attempt, event.clone(), now) else {
            continue;
        };
        taken.push(event.kind());
        proven |= proof;
        seen |= event.evidence().is_some();
        calls(&attempt, &next, &effects);
        let owns = matches!(
            next.state,
            State::Paid | State::PartiallyRefunded | State::Registered | State::ChargedBack
        );
        // What contradicts its order never counts, and goes back.
        let back = next.state == State::Refunded && seen;
        let had = owns || next.state == State::Refunded;
        assert!(!had || proven || back, "{} without evidence", next.state);
        if let Some(captured) = next.captured {
            assert!(
                next.refunded().minor <= captured.minor,
                "more went back than came"
            );
        }
        if next.state == State::Paid {
            assert_eq!(next.captured, price, "paid is the price");
        }
        if let Some(key) = &next.billing_key {
            let deleted = key.state == BillingKeyState::Deleted;
            assert_eq!(deleted, key.key.is_none(), "a deleted key is erased");
        }
        let open = next.state.is_live() || next.state == State::InDoubt;
        assert!(
            !open || next.next_check_at.is_some() || next.expires_at > START,
            "nobody looks after {}",
            next.state
        );
        assert_eq!(next.version, attempt.version + 1);
        attempt = next;
    }
    (attempt, taken)
}

/// What is called follows from where it stood, and nothing is called beside what runs.
fn calls(before: &Attempt, after: &Attempt, effects: &[Effect]) {
    let ops: Vec<MoneyOp> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Call(op) => Some(*op),
            _ => None,
        })
        .collect();
    // A subscription whose first payment goes back is ended by the same step.
    let moving = ops.iter().filter(|op| **op != MoneyOp::DeleteBillingKey);
    assert!(moving.count() <= 1, "two money calls at once: {ops:?}");
    for op in ops {
        let fits = match op {
            MoneyOp::Confirm => before.state == State::Authenticated,
            MoneyOp::Charge => {
                let mine = before.key_owner.as_ref();
                before.state == State::Created
                    && mine.is_some_and(|owner| owner.customer_id == before.order.customer.id)
            }
            MoneyOp::Refund => before.refund.is_none() && after.refund.is_some(),
            MoneyOp::DeleteBillingKey => {
                let held = |attempt: &Attempt| attempt.billing_key.as_ref().map(|key| key.state);
                held(before) != Some(BillingKeyState::Deleting)
                    && held(after) == Some(BillingKeyState::Deleting)
            }
        };
        assert!(
            fits,
            "{op:?} is called over {} {:?}",
            before.state, before.refund
        );
        if let (MoneyOp::Refund, Some(case), Some(captured)) = (op, &after.refund, after.captured)
            && case.transaction_id == after.transaction_id
        {
            let back = before.refunded().minor + case.money.minor;
            assert!(back <= captured.minor, "more is asked back than came");
        }
    }
    let running = after.refunds.iter();
    let running = running.filter(|line| line.state == RefundState::Pending);
    assert!(running.count() <= 1, "two refunds run");
}

/// How many kinds of lives there are.
const LIVES: u8 = 10;

/// Payments in a window, registrations and charges of a key, at each gateway.
fn begin(whose: u8) -> Attempt {
    let whose = whose % LIVES;
    let mut order = match whose {
        0 => order("order-1", Work::ConfirmThenPay),
        2 => order("order-1", Work::Register),
        4..=6 => payletter::order("order-1"),
        7..=9 => global::order("order-1"),
        _ => order("order-1", Work::PayNow),
    };
    if matches!(whose, 5 | 8) {
        order.work = Work::Register;
        order.money = None;
    }
    let charges = matches!(whose, 3 | 6 | 9);
    if charges {
        order.card_flow = None;
        order.charge = Some(ChargePlan {
            billing_key: digest("key-a"),
            repeat: Some(Repeat::Monthly {
                year: 2023,
                month: 11,
            }),
        });
    }
    let mut attempt = attempt_of(order);
    if charges {
        attempt.key_owner = Some(KeyOwner {
            key: attempt.key(),
            customer_id: "7".to_owned(),
            state: BillingKeyState::Active,
        });
    }
    attempt
}

fn attempt_of(order: Order) -> Attempt {
    let new = new_attempt("order-1", START);
    Attempt::new(Arc::new(order), 1, "order-1".to_owned(), new, START)
}

#[cfg(test)]
mod tests {
    use paypair_ledger::Event;
    use paypair_protocol::Gateway;

    use super::*;

    fn place(gateway: Gateway, wanted: impl Fn(&Event) -> bool) -> u8 {
        let words = words_of(gateway).iter();
        let found = words.map(|word| &word.event).position(wanted);
        u8::try_from(found.expect("such a word")).unwrap()
    }

    /// The states that a life of these events goes through last, by the events' kinds; of a kind the first.
    fn ends(whose: u8, kinds: &[&str]) -> State {
        let gateway = begin(whose).order.gateway;
        let mut events = Vec::new();
        for kind in kinds {
            events.extend([place(gateway, |event| event.kind() == *kind), 0]);
        }
        let (attempt, taken) = live(whose, &events);
        assert_eq!(taken, kinds, "life {whose}: each event is taken");
        attempt.state
    }

    /// Every kind of life can be lived: what is asserted of it is not asserted of nothing.
    #[test]
    fn each_life_comes_to_its_end() {
        let confirm = [
            "requested",
            "authenticated",
            "confirm_started",
            "confirm_answered",
        ];
        assert_eq!(ends(0, &confirm), State::Paid);
        for whose in [1, 4, 7] {
            let paid = ["requested", "sighted"];
            assert_eq!(ends(whose, &paid), State::Paid, "life {whose}");
            let back = ["requested", "sighted", "refund_asked", "refund_answered"];
            assert_eq!(ends(whose, &back), State::Refunded, "life {whose}");
        }
        for whose in [3, 6, 9] {
            let charge = ["charge_started", "charge_answered"];
            assert_eq!(ends(whose, &charge), State::Paid, "life {whose}");
        }
        for whose in [2, 5, 8] {
            let gateway = begin(whose).order.gateway;
            let key = place(gateway, |event| {
                let evidence = event.evidence().filter(|_| event.kind() == "sighted");
                evidence.is_some_and(|evidence| {
                    evidence.billing_key().is_some() && evidence.money().is_none()
                })
            });
            let (attempt, _) = live(whose, &[0, 0, key, 0]);
            assert_eq!(attempt.state, State::Registered, "life {whose}");
            let kind = "billing_key_delete_asked";
            let ask = place(gateway, |event| event.kind() == kind);
            let (_, taken) = live(whose, &[0, 0, key, 0, ask, 0]);
            assert_eq!(taken.last(), Some(&kind), "life {whose}");
        }
    }

    /// A second payment is seen, given back, and the first one stands.
    #[test]
    fn second_payments_are_lived_through() {
        for (whose, gateway) in [
            (1, Gateway::Payple),
            (4, Gateway::Payletter),
            (7, Gateway::PayletterGlobal),
        ] {
            // By a list: of what is pushed to us a second time, the list decides.
            let pushed = ["callback", "notice"];
            let sight = |transaction: &str| {
                place(gateway, |event| {
                    let is_read = event.kind() == "sighted" && !pushed.contains(&event.source());
                    let evidence = event.evidence().filter(|_| is_read);
                    evidence.is_some_and(|evidence| evidence.transaction_id() == Some(transaction))
                })
            };
            let (attempt, _) = live(whose, &[0, 0, sight("t1"), 0, sight("t2"), 0]);
            assert!(
                attempt.has_standing_second(),
                "{gateway}: {}",
                attempt.state
            );
        }
    }

    #[test]
    fn more_than_forty_kinds_of_events_can_come() {
        let all = [
            Gateway::Payple,
            Gateway::Payletter,
            Gateway::PayletterGlobal,
        ];
        let words = all.into_iter().flat_map(words_of);
        let mut kinds: Vec<_> = words.map(|word| word.event.kind()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        assert!(kinds.len() > 40, "{}: {kinds:?}", kinds.len());
        for gateway in all {
            assert!(words_of(gateway).len() < 256, "each word has its byte");
        }
    }
}
