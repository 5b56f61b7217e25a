//! Small worlds to live in: one order of each kind, and everything that can happen to it, with few values each.

use super::common::*;
use paypair_ledger::{
    Attempt, AttemptKey, BillingKey, BillingKeyState, Clash, Detail, Event, Evidence, Hint,
    KeyOwner, MoneyOp, Order, Policy, Reason, Resolution, Sight,
};
use paypair_protocol::{Money, Secret, Work};
use std::time::Duration;

/// An order, and all that can happen to it.
pub struct World {
    pub name: &'static str,
    pub start: Attempt,
    pub inputs: Vec<Input>,
}

/// Something happens, and the store saw this beside it.
#[derive(Clone)]
pub struct Input {
    pub event: Event,
    pub around: Around,
}

/// What the store may see beside the attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Around {
    /// Nothing else.
    Nothing,
    /// Another attempt of the order holds money.
    Rival,
    /// The evidence names what is another attempt's, or another customer's.
    Clash,
    /// A charge of the billing key runs.
    Charging,
    /// Another attempt of the order is live.
    Window,
    /// Another attempt of the order is in review, or in doubt.
    Undecided,
}

impl Around {
    /// What the store looks up before each step.
    pub fn show(self, attempt: &mut Attempt, event: &Event) {
        attempt.rival = (self == Self::Rival).then_some(2);
        attempt.key_charging = self == Self::Charging;
        attempt.live_sibling = (self == Self::Window).then_some(2);
        attempt.undecided_sibling = (self == Self::Undecided).then_some(2);
        // A key that is another's is told apart where it is brought; a payment's charged key is its order's own.
        attempt.clash = match (self, event.evidence().map(Evidence::sight)) {
            (Self::Clash, Some(Sight::Registered)) => Some(Clash::BillingKey),
            (Self::Clash, _) => Some(Clash::Transaction(AttemptKey::new("order-0", 1))),
            _ => None,
        };
        attempt.key_owner = matches!(event, Event::ChargeStarted).then(|| KeyOwner {
            key: attempt.key(),
            customer_id: "7".to_owned(),
            state: BillingKeyState::Active,
        });
    }
}

fn world(name: &'static str, mut start: Attempt, events: Vec<Event>, around: &[Around]) -> World {
    // Two absences settle a doubt, at once: how many and how long is policy, and changes no path.
    start.policy = Policy {
        absences: 2,
        settle_window: Duration::ZERO,
        ..start.policy
    };
    let inputs = events.iter().flat_map(|event| {
        let matters = |around: &&Around| match around {
            Around::Nothing => true,
            Around::Rival => {
                let starts = ["authenticated", "confirm_started", "charge_started"];
                shows_a_payment(event) || starts.contains(&event.kind()) || says_captured(event)
            }
            Around::Window | Around::Undecided => {
                says_captured(event) || event.evidence().is_some_and(Evidence::is_pushed)
            }
            Around::Clash => {
                let registers = |evidence: &Evidence| evidence.sight() == Sight::Registered;
                shows_a_payment(event) || event.evidence().is_some_and(registers)
            }
            Around::Charging => event.source() == "merchant",
        };
        let fitting = around.iter().filter(matters);
        fitting.map(|around| Input {
            event: event.clone(),
            around: *around,
        })
    });
    World {
        name,
        inputs: inputs.collect(),
        start,
    }
}

/// A person's word that a payment was made.
fn says_captured(event: &Event) -> bool {
    let resolution = Resolution::Captured;
    matches!(event, Event::Resolved { resolution: said, .. } if *said == resolution)
}

/// All of it, or what is left of it.
fn shows_a_payment(event: &Event) -> bool {
    let sight = event.evidence().map(Evidence::sight);
    matches!(sight, Some(Sight::Captured | Sight::PartlyCancelled))
}

/// All of them.
pub fn worlds() -> Vec<World> {
    use Around::{Charging, Clash, Nothing, Rival, Undecided, Window};
    let all = [Nothing, Rival, Clash];
    let at = |order: paypair_ledger::Order, work: Work| {
        let mut attempt = attempt(work);
        attempt.order = order.into();
        attempt
    };
    let mut by_hand = attempt(Work::PayNow);
    by_hand.order = payletter::order("order-1").into();
    by_hand.policy.auto_refund = false;

    vec![
        world(
            "payple, confirmed",
            attempt(Work::ConfirmThenPay),
            confirms(),
            &all,
        ),
        world(
            "payple, paid in its window",
            attempt(Work::PayNow),
            payple(),
            &all,
        ),
        world(
            "payletter",
            at(payletter::order("order-1"), Work::PayNow),
            payletters(),
            &all,
        ),
        world(
            "payletter, given back by hand",
            by_hand,
            payletters(),
            &[Nothing],
        ),
        world(
            "payletter global",
            at(global::order("order-1"), Work::PayNow),
            globals(),
            &[Nothing, Rival, Clash, Window, Undecided],
        ),
        world(
            "payple, a billing key charged",
            at(charge_order("order-1", "key-a"), Work::PayNow),
            charges(),
            &all,
        ),
        world(
            "payple, a card registered",
            attempt(Work::Register),
            keys(),
            &[Nothing, Clash, Charging],
        ),
        world(
            "payletter global, a renewal",
            at(renewal(), Work::PayNow),
            renewals(),
            &all,
        ),
        world(
            "payletter global, a subscription",
            at(subscription(), Work::PayNow),
            subscriptions(),
            &[Nothing, Rival, Window],
        ),
        world(
            "payple, a cash receipt",
            attempt(Work::PayNow),
            receipts(),
            &[Nothing],
        ),
    ]
}

fn renewal() -> paypair_ledger::Order {
    let mut order = global::order("order-1");
    order.renews = Some("order-0".to_owned());
    order
}

fn subscription() -> Order {
    let mut order = global::order("order-1");
    let terms = r#"{"subscription":{"interval":"month","every":1,"cycles":0}}"#;
    let kept = (Order::OPTIONS.to_owned(), terms.to_owned());
    order.extra.extend([kept]);
    order
}

fn reason() -> Reason {
    Reason::new("said")
}

fn refund_of(id: Option<&str>, transaction_id: Option<&str>, money: Option<Money>) -> Event {
    Event::RefundAsked {
        id: id.map(str::to_owned),
        transaction_id: transaction_id.map(str::to_owned),
        money,
        why: "asked".to_owned(),
    }
}

fn said(resolution: Resolution) -> Event {
    Event::Resolved {
        operator: "kim".to_owned(),
        resolution,
    }
}

/// What browsers, clocks and lookups without a find bring, to every kind of order.
fn hearsay() -> Vec<Event> {
    vec![
        requested(START),
        Event::RequestFailed { reason: reason() },
        Event::LookupAbsent,
        Event::LookupOpen,
        Event::LookupFailed { reason: reason() },
        Event::LookupDeclined { reason: reason() },
        Event::BuyerCancelled { reason: reason() },
        Event::GatewayDeclined { reason: reason() },
        Event::ReturnSeen,
        Event::ResultRefused { reason: reason() },
        Event::HintSeen {
            hint: Hint::Payment,
        },
        Event::WindowClosed,
        Event::ExpireDue,
        Event::Superseded,
    ]
}

/// What a refund is made of, and what ends a doubt.
fn going_back(part: Money) -> Vec<Event> {
    vec![
        refund_of(None, None, None),
        refund_of(Some("r1"), None, Some(part)),
        Event::RefundDeclined { reason: reason() },
        unknown(MoneyOp::Refund),
        Event::CallNotSent {
            op: MoneyOp::Refund,
        },
        said(Resolution::NotCaptured),
        said(Resolution::Refunded),
        said(Resolution::NotRefunded),
        said(Resolution::SecondRefunded),
        said(Resolution::ChargedBack),
    ]
}

fn payple() -> Vec<Event> {
    let mut events = hearsay();
    events.extend(going_back(Money::won(4_000)));
    events.extend([
        Event::Sighted(looked_up("order-1", 10_000, "t1")),
        Event::Sighted(looked_up("order-1", 9_000, "t1")),
        Event::Sighted(looked_up_unread("order-1", "t1", "7")),
        Event::Sighted(looked_up("order-1", 10_000, "t2")),
        Event::Sighted(looked_up("order-2", 10_000, "t1")),
        Event::Sighted(looked_up_cancelled("order-1", 10_000, "t1", 10_000)),
        Event::Sighted(looked_up_cancelled("order-1", 10_000, "t1", 4_000)),
        Event::Sighted(looked_up_cancelled("order-1", 9_000, "t1", 4_000)),
        Event::RefundAnswered(refunded("order-1", 10_000)),
        Event::RefundAnswered(refunded("order-1", 4_000)),
    ]);
    events.extend(of_each(|| {
        [
            Event::RefundAnswered(refunded("order-1", 4_000)),
            Event::RefundDeclined { reason: reason() },
            unknown(MoneyOp::Refund),
        ]
    }));
    events
}

/// The same outcomes, said of the first refund and of the second.
fn of_each<const N: usize>(outcomes: impl Fn() -> [Event; N]) -> Vec<Event> {
    let of = |no| {
        outcomes().map(|outcome| Event::OfRefund {
            no,
            outcome: Box::new(outcome),
        })
    };
    [1, 2].into_iter().flat_map(of).collect()
}

/// How money comes, and goes back by itself; what a merchant asks back is another world's matter.
fn captures() -> Vec<Event> {
    let mut events = hearsay();
    events.extend([
        Event::HintSeen {
            hint: Hint::Refund { money: None },
        },
        Event::Sighted(looked_up("order-1", 10_000, "t1")),
        Event::Sighted(looked_up_unread("order-1", "t1", "7")),
        Event::Sighted(looked_up("order-1", 9_000, "t1")),
        Event::Sighted(looked_up_cancelled("order-1", 10_000, "t1", 10_000)),
        Event::Sighted(looked_up_cancelled("order-1", 10_000, "t1", 4_000)),
        Event::RefundAnswered(refunded("order-1", 9_000)),
        Event::RefundDeclined { reason: reason() },
        unknown(MoneyOp::Refund),
        said(Resolution::NotCaptured),
        said(Resolution::Refunded),
    ]);
    events
}

fn confirms() -> Vec<Event> {
    let mut events = captures();
    events.extend([
        authenticated(),
        Event::ConfirmStarted,
        Event::ConfirmAnswered(confirmed("order-1", 10_000, "t1")),
        Event::ConfirmAnswered(confirmed("order-1", 9_000, "t1")),
        Event::ConfirmDeclined { reason: reason() },
        unknown(MoneyOp::Confirm),
        Event::CallNotSent {
            op: MoneyOp::Confirm,
        },
    ]);
    events
}

fn charges() -> Vec<Event> {
    let mut events = captures();
    events.extend([
        Event::ChargeStarted,
        Event::ChargeAnswered(charged("order-1", 10_000, "t1")),
        Event::ChargeAnswered(charged_with("order-1", "", "t1")),
        Event::ChargeDeclined { reason: reason() },
        unknown(MoneyOp::Charge),
        Event::CallNotSent {
            op: MoneyOp::Charge,
        },
    ]);
    events
}

fn payletters() -> Vec<Event> {
    let row = |won, id, status| Event::Sighted(payletter::row("order-1", won, id, status));
    let pushed =
        |id: &str, nonce: &str| Event::Sighted(payletter::callback("order-1", 10_000, id, nonce));
    let parts = [&payletter::cancellation(4_000)];
    let mut events = hearsay();
    events.extend(going_back(Money::won(4_000)));
    events.extend([
        Event::AccountIssued {
            detail: Detail::default(),
            expires_at: None,
        },
        pushed("t1", &payletter::nonce("order-1")),
        pushed("t2", "somebody-elses"),
        row(10_000, "t1", 0),
        row(10_000, "t2", 0),
        Event::Sighted(payletter::row_saying("order-1", "null", "t1", 0)),
        row(10_000, "t1", 1),
        row(10_000, "t2", 1),
        row(10_000, "t1", 2),
        Event::Sighted(Evidence::payletter_cancellations(&parts, b"rows").unwrap()),
        refund_of(None, Some("t2"), None),
        Event::RefundAnswered(payletter::refunded("t1", 10_000)),
        Event::RefundAnswered(payletter::refunded("t1", 4_000)),
        Event::RefundAnswered(payletter::refunded("t2", 10_000)),
    ]);
    events.extend(of_each(|| {
        [
            Event::RefundAnswered(payletter::refunded("t1", 4_000)),
            Event::RefundAnswered(payletter::refunded("t2", 10_000)),
        ]
    }));
    events
}

/// What may be another notice, raised to a payment's, where no list can be asked.
fn unprovable(id: &str) -> Event {
    Event::Sighted(global::notice(1, "order-1", id).unwrap().unprovable())
}

fn globals() -> Vec<Event> {
    let notice = |kind| Event::Sighted(global::notice(kind, "order-1", "t1").unwrap());
    let sale = |state| Event::Sighted(global::sale("order-1", "t1", state));
    let part = Money {
        minor: 400,
        ..Money::default()
    };
    let part = Money {
        currency: paypair_protocol::Currency::USD,
        ..part
    };
    let mut events = hearsay();
    events.extend(going_back(part));
    events.extend([
        Event::NoticePending { reason: reason() },
        notice(1),
        unprovable("t1"),
        said(Resolution::Captured),
        notice(2),
        notice(3),
        notice(4),
        Event::Sighted(global::subscription_notice(5, "order-1", "12.5", 1)),
        sale(1),
        sale(2),
        sale(3),
        Event::Sighted(global::sale_saying("order-1", "null", "t1", 1)),
        Event::RefundAnswered(global::refunded("t1")),
        Event::RefundAccepted(global::refunded("t1")),
    ]);
    events
}

fn renewals() -> Vec<Event> {
    let mut events = globals();
    events.extend([true, false].map(|ended| Event::RenewalSeen {
        evidence: global::subscription_notice(1, "order-1", "12.5", 1),
        ended,
    }));
    events
}

/// How a first payment comes and goes back, and how its agreement comes and ends.
fn subscriptions() -> Vec<Event> {
    let notice = |kind| Event::Sighted(global::subscription_notice(kind, "order-1", "12.5", 1));
    let row = |id, state| Event::Sighted(global::sale("order-1", id, state));
    let mut events = vec![
        requested(START),
        Event::BuyerCancelled { reason: reason() },
        Event::LookupAbsent,
        Event::NoticePending { reason: reason() },
        notice(5),
        notice(1),
        unprovable("t1"),
        unprovable("t2"),
        said(Resolution::Captured),
        row("t1", 1),
        row("t1", 2),
        refund_of(None, None, None),
        Event::RefundAnswered(global::refunded("t1")),
        Event::RefundDeclined { reason: reason() },
        unknown(MoneyOp::Refund),
        said(Resolution::Refunded),
        said(Resolution::ChargedBack),
        delete_key(),
        unknown(MoneyOp::DeleteBillingKey),
        Event::CallNotSent {
            op: MoneyOp::DeleteBillingKey,
        },
        Event::BillingKeyDeleteAnswered(global::ended("sub-1")),
        Event::BillingKeyDeleteDeclined { reason: reason() },
        Event::BillingKeyGone,
        Event::BillingKeyCheckFailed { reason: reason() },
    ];
    events.extend([true, false].map(|deleted| Event::BillingKeyResolved {
        operator: "kim".to_owned(),
        deleted,
    }));
    events
}

fn keys() -> Vec<Event> {
    let mut events = hearsay();
    events.extend([
        Event::Sighted(payer("key-a", "7")),
        Event::Sighted(payer("key-a", "8")),
        Event::Sighted(payer("key-b", "7")),
        Event::Sighted(payer_deleted("key-a")),
        Event::Sighted(looked_up("order-1", 10_000, "t1")),
        Event::BillingKeyAdopted {
            key: BillingKey::of(&Secret::new("key-a")),
            card: None,
        },
        delete_key(),
        unknown(MoneyOp::DeleteBillingKey),
        Event::CallNotSent {
            op: MoneyOp::DeleteBillingKey,
        },
        Event::BillingKeyDeleteAnswered(payer_deleted("key-a")),
        Event::BillingKeyDeleteAnswered(payer_deleted("key-b")),
        Event::BillingKeyDeleteDeclined { reason: reason() },
        Event::BillingKeyForgotten { why: String::new() },
        Event::BillingKeySeen(payer("key-a", "7")),
        Event::BillingKeySeen(payer("key-b", "7")),
        Event::BillingKeyGone,
        Event::BillingKeyCheckFailed { reason: reason() },
    ]);
    events.extend([true, false].map(|deleted| Event::BillingKeyResolved {
        operator: "kim".to_owned(),
        deleted,
    }));
    events.extend(going_back(Money::won(4_000)));
    events
}

fn receipts() -> Vec<Event> {
    let purpose = || "tax_deduction".to_owned();
    let mut events = vec![
        requested(START),
        Event::Sighted(looked_up("order-1", 10_000, "t1")),
        Event::Sighted(looked_up_cancelled("order-1", 10_000, "t1", 10_000)),
        Event::Sighted(looked_up_cancelled("order-1", 10_000, "t1", 4_000)),
        refund_of(None, None, None),
        Event::RefundAnswered(refunded("order-1", 10_000)),
        Event::RefundDeclined { reason: reason() },
        Event::CashReceiptAsked {
            money: Money::won(10_000),
            purpose: purpose(),
        },
        Event::CashReceiptCancelAsked {
            money: Money::won(10_000),
            purpose: purpose(),
        },
        Event::CashReceiptAnswered {
            approval_no: Some("1".to_owned()),
        },
        Event::CashReceiptDeclined { reason: reason() },
        Event::CashReceiptUnknown { reason: reason() },
    ];
    events.extend([true, false].map(|issued| Event::CashReceiptResolved {
        operator: "kim".to_owned(),
        issued,
    }));
    events
}
