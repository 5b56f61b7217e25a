//! What can be said of a payment, at each gateway: inputs name these words by their place.

use std::sync::OnceLock;

use paypair_ledger::{BillingKey, Detail, Event, Hint, MoneyOp, Reason, Resolution, Timestamp};
use paypair_protocol::{Currency, Gateway, Money, Secret};

use super::proofs::{
    self, START, authenticated, charged, charged_with, confirmed, confirmed_unread, delete_key,
    global, looked_up, looked_up_cancelled, looked_up_unread, payer, payer_deleted, payletter,
    refunded, unknown,
};

/// Something that can be said of an attempt.
pub(super) struct Word {
    pub(super) event: Event,
    pub(super) proof: Proof,
}

/// Whether it shows that the price came, or whose key it is.
#[derive(Clone, Copy)]
pub(super) enum Proof {
    No,
    Yes,
    OfAPerson,
}

/// The same event, told at this moment.
pub(super) fn at(event: Event, now: Timestamp) -> Event {
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

pub(super) fn words_of(gateway: Gateway) -> &'static [Word] {
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
        Event::HintSeen {
            hint: Hint::Refund { money: None },
        },
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
