//! Lives of a payment: any events in any order, as many times as a network can deliver them, at every gateway.

#[path = "../../../ledger/tests/common/mod.rs"]
mod proofs;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use paypair_ledger::{
    Attempt, BillingKey, BillingKeyState, ChargePlan, Detail, Effect, Event, KeyOwner, MoneyOp,
    Order, Reason, RefundState, Resolution, State, Timestamp, step,
};
use paypair_protocol::payple::Repeat;
use paypair_protocol::{Currency, Gateway, Money, Secret, Work};

use self::proofs::{
    START, authenticated, charged, charged_with, confirmed, confirmed_unread, delete_key, digest,
    global, looked_up, looked_up_cancelled, looked_up_unread, new_attempt, order, payer,
    payer_deleted, payletter, refunded, unknown,
};

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

/// Something that can be said of an attempt.
struct Word {
    event: Event,
    proof: Proof,
}

/// Whether it shows that the price came, or whose key it is.
#[derive(Clone, Copy)]
enum Proof {
    No,
    Yes,
    OfAPerson,
}

/// The same event, told at this moment.
fn at(event: Event, now: Timestamp) -> Event {
    match event {
        Event::Requested { .. } => proofs::requested(now),
        Event::RefundAsked {
            id: Some(id),
            transaction_id,
            money,
            why,
        } if id == ANEW => Event::RefundAsked {
            id: Some(now.millis().to_string()),
            transaction_id,
            money,
            why,
        },
        other => other,
    }
}

/// Stands for a refund id that was never used.
const ANEW: &str = "anew";

fn words_of(gateway: Gateway) -> &'static [Word] {
    static WORDS: OnceLock<[Vec<Word>; 3]> = OnceLock::new();
    let words = WORDS.get_or_init(|| [payples(), payletters(), globals()]);
    match gateway {
        Gateway::Payple => &words[0],
        Gateway::Payletter => &words[1],
        Gateway::PayletterGlobal => &words[2],
    }
}

/// What Payple says, before what anybody may say. New words go to the end of a list: inputs name them by their place.
fn payples() -> Vec<Word> {
    use Event::{BillingKeyDeleteAnswered, ChargeAnswered, ConfirmAnswered, RefundAnswered};
    use Event::{BillingKeySeen, OfRefund, Sighted};
    let price = Money::won(10_000);
    let mut words = anybodys(price, Money::won(4_000));
    words.extend([
        yes(ConfirmAnswered(confirmed("order-1", 10_000, "t1"))),
        no(ConfirmAnswered(confirmed("order-1", 9_999, "t1"))),
        no(ConfirmAnswered(confirmed_unread("order-1", "t1"))),
        yes(Sighted(looked_up("order-1", 10_000, "t1"))),
        yes(Sighted(looked_up("order-1", 10_000, "t2"))),
        no(Sighted(looked_up("order-1", 1, "t1"))),
        no(Sighted(looked_up("order-2", 10_000, "t1"))),
        no(Sighted(looked_up_unread("order-1", "t1", "7"))),
        yes(Sighted(looked_up_cancelled("order-1", 10_000, "t1", 4_000))),
        yes(Sighted(looked_up_cancelled(
            "order-1", 10_000, "t1", 10_000,
        ))),
        yes(Sighted(looked_up_cancelled(
            "order-1", 10_000, "t2", 10_000,
        ))),
        yes(ChargeAnswered(charged("order-1", 10_000, "t1"))),
        no(ChargeAnswered(charged("order-1", 9_999, "t1"))),
        no(ChargeAnswered(charged_with("order-1", "", "t1"))),
        no(RefundAnswered(refunded("order-1", 10_000))),
        no(RefundAnswered(refunded("order-1", 4_000))),
        no(OfRefund {
            no: 1,
            outcome: Box::new(RefundAnswered(refunded("order-1", 4_000))),
        }),
        yes(Sighted(payer("key-a", "7"))),
        no(Sighted(payer("key-a", "8"))),
        no(BillingKeySeen(payer("key-a", "7"))),
        no(BillingKeyDeleteAnswered(payer_deleted("key-a"))),
        no(BillingKeyDeleteAnswered(payer_deleted("other"))),
    ]);
    words
}

fn payletters() -> Vec<Word> {
    use Event::{ChargeAnswered, OfRefund, RefundAccepted, RefundAnswered, Sighted};
    let price = Money::won(10_000);
    let nonce = payletter::nonce("order-1");
    let mut words = anybodys(price, Money::won(4_000));
    words.extend([
        yes(Sighted(payletter::callback(
            "order-1", 10_000, "t1", &nonce,
        ))),
        yes(Sighted(payletter::callback(
            "order-1", 10_000, "t2", &nonce,
        ))),
        no(Sighted(payletter::callback("order-1", 9_999, "t1", &nonce))),
        no(Sighted(payletter::callback(
            "order-2", 10_000, "t1", &nonce,
        ))),
        yes(Sighted(payletter::row("order-1", 10_000, "t1", 0))),
        yes(Sighted(payletter::row("order-1", 10_000, "t2", 0))),
        yes(Sighted(payletter::row("order-1", 10_000, "t1", 1))),
        no(Sighted(payletter::row("order-1", 1, "t1", 0))),
        no(Sighted(payletter::row("order-2", 10_000, "t1", 0))),
        no(Sighted(payletter::row_saying(
            "order-1",
            "\"10,000\"",
            "t1",
            0,
        ))),
        no(RefundAnswered(payletter::refunded("t1", 10_000))),
        no(RefundAnswered(payletter::refunded("t1", 4_000))),
        no(RefundAnswered(payletter::refunded("t2", 10_000))),
        no(RefundAccepted(payletter::refunded("t1", 10_000))),
        no(OfRefund {
            no: 1,
            outcome: Box::new(RefundAnswered(payletter::refunded("t1", 4_000))),
        }),
        yes(Sighted(payletter::registration("order-1", "key-a"))),
        no(Sighted(payletter::registration("order-2", "key-a"))),
    ]);
    let charges = [",\"amount\":10000", ",\"amount\":9999", ""];
    words.extend(charges.iter().enumerate().filter_map(|(nth, amount)| {
        let event = ChargeAnswered(payletter::charged("order-1", amount, "t1")?);
        Some(if nth == 0 { yes(event) } else { no(event) })
    }));
    words
}

fn globals() -> Vec<Word> {
    use Event::{ChargeAnswered, OfRefund, RefundAccepted, RefundAnswered, Sighted};
    let mut words = anybodys(dollars("12.50"), dollars("4.00"));
    let notices = [
        (true, global::notice(1, "order-1", "t1")),
        (true, global::notice(1, "order-1", "t2")),
        (false, global::notice_of("12.49", 1, "order-1", "t1")),
        (false, global::notice(1, "order-2", "t1")),
        (true, global::notice(2, "order-1", "t1")),
        (true, global::notice(3, "order-1", "t1")),
        (true, global::notice_of("4", 4, "order-1", "t1")),
        (true, global::token_notice(7, "order-1", "t1")),
    ];
    let said = |(good, evidence): (bool, _)| {
        let event = Sighted(evidence?);
        Some(if good { yes(event) } else { no(event) })
    };
    words.extend(notices.into_iter().filter_map(said));
    words.extend([
        yes(Sighted(global::sale("order-1", "t1", 1))),
        yes(Sighted(global::sale("order-1", "t2", 1))),
        yes(Sighted(global::sale("order-1", "t1", 2))),
        no(Sighted(global::sale("order-2", "t1", 1))),
        no(Sighted(global::sale_saying("order-1", "0.01", "t1", 1))),
        no(Sighted(global::sale_saying(
            "order-1",
            "\"12,50\"",
            "t1",
            1,
        ))),
        no(RefundAnswered(global::refunded("t1"))),
        no(RefundAnswered(global::refunded("t2"))),
        no(RefundAnswered(global::refunded_of("t1", "4.00"))),
        no(RefundAccepted(global::refunded("t1"))),
        no(OfRefund {
            no: 1,
            outcome: Box::new(RefundAnswered(global::refunded_of("t1", "4.00"))),
        }),
        no(Sighted(global::subscription_notice(
            5, "order-1", "12.5", 1,
        ))),
        no(Event::RenewalSeen {
            evidence: global::subscription_notice(1, "order-1", "12.5", 2),
            ended: true,
        }),
        no(Event::BillingKeyDeleteAnswered(global::ended("sub-1"))),
        no(Event::BillingKeyDeleteAnswered(global::ended("key-1"))),
    ]);
    let charges = [
        r#","currency":"USD","amount":12.50"#,
        r#","currency":"USD","amount":12.49"#,
        "",
    ];
    words.extend(charges.iter().enumerate().filter_map(|(nth, more)| {
        let event = ChargeAnswered(global::charged("order-1", more, "t1")?);
        Some(if nth == 0 { yes(event) } else { no(event) })
    }));
    words
}

fn yes(event: Event) -> Word {
    let proof = Proof::Yes;
    Word { event, proof }
}

fn no(event: Event) -> Word {
    let proof = Proof::No;
    Word { event, proof }
}

/// What we do ourselves, and what a browser, a clock, the merchant or a person says: the same at every gateway.
fn anybodys(price: Money, part: Money) -> Vec<Word> {
    let reason = || Reason::new("fuzz");
    let ask = |id: Option<&str>, transaction_id: Option<&str>, money| Event::RefundAsked {
        id: id.map(str::to_owned),
        transaction_id: transaction_id.map(str::to_owned),
        money,
        why: String::new(),
    };
    let said = |resolution| Event::Resolved {
        operator: "kim".to_owned(),
        resolution,
    };
    let person = |event| Word {
        event,
        proof: Proof::OfAPerson,
    };
    let mut words: Vec<Word> = [
        proofs::requested(START),
        Event::RequestFailed { reason: reason() },
        authenticated(),
        Event::ConfirmStarted,
        Event::ConfirmDeclined { reason: reason() },
        Event::ChargeStarted,
        Event::ChargeDeclined { reason: reason() },
        Event::AccountIssued {
            detail: Detail::default(),
            expires_at: None,
        },
        Event::LookupAbsent,
        Event::LookupOpen,
        Event::LookupFailed { reason: reason() },
        Event::LookupDeclined { reason: reason() },
        Event::BuyerCancelled { reason: reason() },
        Event::GatewayDeclined { reason: reason() },
        Event::NoticePending { reason: reason() },
        Event::ReturnSeen,
        Event::ResultRefused { reason: reason() },
        Event::HintSeen { reason: reason() },
        Event::WindowClosed,
        Event::ExpireDue,
        Event::Superseded,
        ask(None, None, None),
        ask(Some("r1"), None, Some(part)),
        ask(Some("r2"), Some("t2"), Some(part)),
        ask(Some(ANEW), None, Some(part)),
        ask(None, Some("t2"), None),
        Event::RefundDeclined { reason: reason() },
        delete_key(),
        Event::BillingKeyDeleteDeclined { reason: reason() },
        Event::BillingKeyForgotten { why: String::new() },
        Event::BillingKeyGone,
        Event::BillingKeyCheckFailed { reason: reason() },
        Event::BillingKeyResolved {
            operator: "kim".to_owned(),
            deleted: true,
        },
        Event::CashReceiptAsked {
            money: price,
            purpose: "tax_deduction".to_owned(),
        },
        Event::CashReceiptCancelAsked {
            money: price,
            purpose: "tax_deduction".to_owned(),
        },
        Event::CashReceiptAnswered { approval_no: None },
        Event::CashReceiptDeclined { reason: reason() },
        Event::CashReceiptUnknown { reason: reason() },
        Event::CashReceiptResolved {
            operator: "kim".to_owned(),
            issued: true,
        },
        said(Resolution::NotCaptured),
        said(Resolution::NotRefunded),
    ]
    .into_iter()
    .map(no)
    .collect();
    let ops = [
        MoneyOp::Confirm,
        MoneyOp::Charge,
        MoneyOp::Refund,
        MoneyOp::DeleteBillingKey,
    ];
    words.extend(ops.map(|op| no(unknown(op))));
    words.extend(ops.map(|op| no(Event::CallNotSent { op })));
    words.extend([
        person(said(Resolution::Refunded)),
        person(said(Resolution::SecondRefunded)),
        person(said(Resolution::ChargedBack)),
        // The merchant brings a key of its own.
        yes(Event::BillingKeyAdopted {
            key: BillingKey::of(&Secret::new("key-a")),
            card: None,
        }),
    ]);
    words
}

fn dollars(text: &str) -> Money {
    Money::parse(text, &Currency::USD).expect("an amount")
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
