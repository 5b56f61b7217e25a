//! Cash receipts: issued once, taken back, in doubt, and what a person may say of them. No state of the payment changes by any of it.

use crate::common::{self, START, attempt, confirmed, later, requested};
use paypair_ledger::{
    Attempt, CashReceiptState, Event, Reason, Resolution, State, Timestamp, step,
};
use paypair_protocol::{Money, Work};

fn paid() -> Attempt {
    let attempt = attempt(Work::PayNow);
    let (attempt, _) = step(&attempt, requested(START), START).unwrap();
    let (attempt, _) = step(
        &attempt,
        Event::Sighted(common::looked_up("order-1", 10_000, "t1")),
        later(5),
    )
    .unwrap();
    assert_eq!(attempt.state, State::Paid);
    attempt
}

fn ask(won: u64) -> Event {
    Event::CashReceiptAsked {
        money: Money::won(won),
        purpose: "tax_deduction".to_owned(),
    }
}

fn take_back() -> Event {
    Event::CashReceiptCancelAsked {
        money: Money::won(10_000),
        purpose: String::new(),
    }
}

fn answered(approval_no: &str) -> Event {
    Event::CashReceiptAnswered {
        approval_no: Some(approval_no.to_owned()),
    }
}

fn lost() -> Event {
    Event::CashReceiptUnknown {
        reason: Reason::new("no_answer"),
    }
}

fn declined() -> Event {
    Event::CashReceiptDeclined {
        reason: Reason::new("gateway_refused"),
    }
}

fn settled(issued: bool) -> Event {
    Event::CashReceiptResolved {
        operator: "kim".to_owned(),
        issued,
    }
}

fn after(attempt: &Attempt, events: impl IntoIterator<Item = Event>, at: Timestamp) -> Attempt {
    let mut attempt = attempt.clone();
    for event in events {
        attempt = step(&attempt, event, at).unwrap().0;
    }
    attempt
}

fn why(attempt: &Attempt, event: Event, at: Timestamp) -> &'static str {
    step(attempt, event, at).unwrap_err().why
}

fn stands(attempt: &Attempt) -> CashReceiptState {
    attempt.detail.receipt.as_ref().unwrap().state
}

#[test]
fn a_second_one_is_refused_as_long_as_the_first_may_be_there() {
    use CashReceiptState::*;
    let paid = paid();
    assert_eq!(why(&paid, ask(10_001), later(10)), "more_than_left");
    assert_eq!(why(&paid, take_back(), later(10)), "no_cash_receipt");
    let asked = after(&paid, [ask(10_000)], later(10));
    assert_eq!((stands(&asked), asked.state), (Issuing, State::Paid));
    for event in [ask(10_000), take_back(), settled(false)] {
        assert_eq!(why(&asked, event, later(11)), "cash_receipt_running");
    }
    // Its process died: that is as unknown as a lost answer.
    assert_eq!(why(&asked, ask(10_000), later(500)), "cash_receipt_unknown");
    let unknown = after(&asked, [lost()], later(11));
    assert_eq!(
        why(&unknown, ask(10_000), later(12)),
        "cash_receipt_unknown"
    );
    let issued = after(&asked, [answered("n1")], later(11));
    assert_eq!(stands(&issued), Issued);
    assert_eq!(why(&issued, ask(1), later(12)), "cash_receipt_issued");
    assert_eq!(
        why(&issued, answered("n2"), later(12)),
        "no_cash_receipt_running"
    );
    let back = after(&issued, [take_back(), answered("n1")], later(13));
    assert_eq!(
        (stands(&back), back.detail.cash_receipt.is_none()),
        (Cancelled, true)
    );
    assert_eq!(stands(&after(&back, [ask(500)], later(14))), Issuing);
    let refused = after(&asked, [declined(), ask(10_000)], later(14));
    assert_eq!(stands(&refused), Issuing);
}

#[test]
fn a_refusal_to_take_back_leaves_what_was_there() {
    use CashReceiptState::*;
    let issued = after(&paid(), [ask(10_000), answered("n1")], later(10));
    let kept = after(&issued, [take_back(), declined()], later(11));
    assert_eq!(
        (stands(&kept), kept.detail.cash_receipt.is_some()),
        (Issued, true)
    );
    // Of one in doubt it says nothing: the cause may be another.
    let unknown = after(&paid(), [ask(10_000), lost()], later(10));
    let still = after(&unknown, [take_back(), declined()], later(11));
    assert_eq!(stands(&still), CancelUnknown);
    assert_eq!(why(&still, ask(10_000), later(12)), "cash_receipt_unknown");
    let gone = after(&still, [settled(false)], later(12));
    assert_eq!(stands(&gone), Cancelled);
    let there = after(&still, [settled(true)], later(12));
    assert_eq!(stands(&there), Issued);
    assert_eq!(
        why(&there, settled(false), later(13)),
        "no_cash_receipt_running"
    );
}

#[test]
fn a_person_cannot_say_that_captured_money_was_not_taken() {
    let attempt = attempt(Work::ConfirmThenPay);
    let (attempt, _) = step(&attempt, requested(START), START).unwrap();
    let (attempt, _) = step(&attempt, common::authenticated(), later(1)).unwrap();
    let (attempt, _) = step(&attempt, Event::ConfirmStarted, later(1)).unwrap();
    let wrong = Event::ConfirmAnswered(confirmed("order-1", 9_000, "t1"));
    let (attempt, _) = step(&attempt, wrong, later(2)).unwrap();
    assert_eq!(attempt.state, State::Discrepant);
    // The refund that follows by itself was refused: a person has to look.
    let refused = Event::RefundDeclined {
        reason: Reason::new("gateway_refused"),
    };
    let (attempt, _) = step(&attempt, refused, later(3)).unwrap();
    let word = |resolution| Event::Resolved {
        operator: "kim".to_owned(),
        resolution,
    };
    assert_eq!(
        why(&attempt, word(Resolution::NotCaptured), later(4)),
        "money_was_captured"
    );
    let back = after(&attempt, [word(Resolution::Refunded)], later(4));
    assert_eq!(back.state, State::Refunded);
}
