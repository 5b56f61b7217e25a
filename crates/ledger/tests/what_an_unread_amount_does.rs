//! A capture whose amount cannot be read neither pays for anything nor contradicts anything: what fits its order in all else is asked
//! about again, and is never given back for it.

use std::sync::Arc;

use crate::common::*;
use paypair_ledger::{
    Attempt, Effect, Event, Evidence, MoneyOp, Order, Publication, Reason, State, Timestamp, step,
};
use paypair_protocol::{Gateway, Work};

/// An order of each gateway, what its lookup says without a readable amount, and then with it.
fn gateways() -> [(Order, Evidence, Evidence); 3] {
    [
        (
            order("order-1", Work::PayNow),
            looked_up_unread("order-1", "t1", "7"),
            looked_up("order-1", 10_000, "t1"),
        ),
        (
            payletter::order("order-1"),
            payletter::row_saying("order-1", "null", "t1", 0),
            payletter::row("order-1", 10_000, "t1", 0),
        ),
        (
            global::order("order-1"),
            global::sale_saying("order-1", "\"12,50\"", "t1", 1),
            global::sale("order-1", "t1", 1),
        ),
    ]
}

fn open(order: Order) -> Attempt {
    let mut attempt = attempt(Work::PayNow);
    attempt.order = Arc::new(order);
    step(&attempt, requested(START), START).unwrap().0
}

fn taken(attempt: &Attempt, event: Event, at: Timestamp) -> (Attempt, Vec<Effect>) {
    step(attempt, event, at).unwrap()
}

fn gives_back(effects: &[Effect]) -> bool {
    effects.contains(&Effect::Call(MoneyOp::Refund))
}

/// As an earlier version left it: told as discrepant, since no amount was read.
fn blamed(attempt: &Attempt, unread: &Evidence) -> Attempt {
    let mut blamed = attempt.clone();
    blamed.state = State::Discrepant;
    blamed.reason = Some(Reason::new("amount_differs"));
    blamed.transaction_id = unread.transaction_id().map(str::to_owned);
    blamed.next_check_at = None;
    blamed
}

#[test]
fn what_cannot_be_read_yet_is_looked_up_again_and_paid_once_it_can() {
    for (order, unread, read) in gateways() {
        assert_eq!(unread.money(), None);
        let gateway = order.gateway;
        let (seen, effects) = taken(&open(order), Event::Sighted(unread), later(5));
        assert_eq!(seen.state, State::Requested, "{gateway}");
        assert!(seen.next_check_at.is_some_and(|at| at > later(5)));
        assert!(!effects.contains(&Effect::Publish(Publication::Discrepant)));
        let (paid, effects) = taken(&seen, Event::Sighted(read), later(10));
        assert_eq!((paid.state, paid.reason), (State::Paid, None), "{gateway}");
        assert!(!gives_back(&effects));
    }
}

#[test]
fn it_ends_no_doubt_and_counts_as_no_absence() {
    for (order, unread, read) in gateways() {
        let mut doubtful = open(order);
        (doubtful.state, doubtful.doubt) = (State::InDoubt, Some(MoneyOp::Charge));
        (doubtful.absences, doubtful.absent_since) = (1, Some(START));
        let (seen, _) = taken(&doubtful, Event::Sighted(unread), later(5));
        assert_eq!((seen.state, seen.absences), (State::InDoubt, 0));
        assert!(seen.next_check_at.is_some());
        let (paid, effects) = taken(&seen, Event::Sighted(read), later(10));
        assert_eq!(paid.state, State::Paid);
        assert!(!gives_back(&effects));
    }
}

#[test]
fn a_payment_that_stands_is_not_contradicted_by_it() {
    for (order, unread, read) in gateways() {
        let (paid, _) = taken(&open(order), Event::Sighted(read), later(5));
        let (same, effects) = taken(&paid, Event::Sighted(unread), later(10));
        assert_eq!((same.state, effects), (State::Paid, vec![]));
    }
}

#[test]
fn a_soft_end_outlives_it_and_gives_way_to_the_amount() {
    for (order, unread, read) in gateways() {
        let left = Event::BuyerCancelled {
            reason: Reason::new("buyer_cancelled"),
        };
        let (ended, _) = taken(&open(order), left, later(5));
        let (seen, effects) = taken(&ended, Event::Sighted(unread), later(10));
        assert_eq!(seen.state, State::Cancelled);
        assert!(seen.next_check_at.is_some() && !gives_back(&effects));
        let (paid, effects) = taken(&seen, Event::Sighted(read), later(40));
        assert_eq!(paid.state, State::Paid);
        assert!(!gives_back(&effects));
    }
}

#[test]
fn what_was_told_as_discrepant_for_an_unread_amount_is_told_again_and_not_given_back() {
    for (order, unread, read) in gateways() {
        let gateway = order.gateway;
        let blamed = blamed(&open(order), &unread);
        let (still, effects) = taken(&blamed, Event::Sighted(unread), later(5));
        assert_eq!((still.state, effects), (State::Discrepant, vec![]));
        let (known, effects) = taken(&still, Event::Sighted(read.clone()), later(10));
        // It was told as wrong: a person says what becomes of it, and may give it back.
        assert_eq!(known.state, State::Discrepant, "{gateway}");
        assert_eq!(effects, [Effect::Publish(Publication::Discrepant)]);
        assert_eq!(known.captured, known.order.money);
        let (same, effects) = taken(&known, Event::Sighted(read), later(20));
        assert_eq!((same.state, effects), (State::Discrepant, vec![]), "once");
        let (_, effects) = taken(&same, ask_rest(), later(30));
        assert!(gives_back(&effects), "{gateway}");
    }
}

#[test]
fn a_confirm_or_a_charge_without_an_amount_is_not_given_back_once_there_is_one() {
    let mut confirming = attempt(Work::ConfirmThenPay);
    confirming.state = State::Confirming;
    let mut charging = attempt(Work::PayNow);
    charging.order = Arc::new(charge_order("order-1", "key-a"));
    charging.state = State::Charging;
    let unread = Event::ConfirmAnswered(confirmed_unread("order-1", "t1"));
    let silent = Event::ChargeAnswered(charged_with("order-1", "", "t1"));
    for (attempt, answered) in [(confirming, unread), (charging, silent)] {
        let (told, effects) = taken(&attempt, answered, later(5));
        assert_eq!(told.state, State::Discrepant);
        assert!(!gives_back(&effects));
        let read = Event::Sighted(looked_up("order-1", 10_000, "t1"));
        let (known, effects) = taken(&told, read, later(10));
        assert_eq!(known.captured, known.order.money);
        assert!(!gives_back(&effects));
    }
}

#[test]
fn what_differs_in_something_else_is_a_contradiction_all_the_same() {
    let attempt = open(order("order-1", Work::PayNow));
    let others = Event::Sighted(looked_up_unread("order-1", "t1", "8"));
    let (told, effects) = taken(&attempt, others, later(5));
    assert_eq!(
        (told.state, reason(&told)),
        (State::Discrepant, "customer_differs")
    );
    assert!(!gives_back(&effects), "nobody knows how much");
    let mut other_method = attempt;
    Arc::make_mut(&mut other_method.order).method = "transfer".into();
    let unread = Event::Sighted(looked_up_unread("order-1", "t1", "7"));
    let (told, _) = taken(&other_method, unread, later(5));
    assert_eq!(reason(&told), "method_differs");
    let (told, effects) = taken(
        &told,
        Event::Sighted(looked_up("order-1", 10_000, "t1")),
        later(10),
    );
    assert_eq!(reason(&told), "method_differs");
    assert!(gives_back(&effects));
}

#[test]
fn another_amount_a_rival_and_a_late_capture_go_back_as_before() {
    for (order, unread, read) in gateways() {
        let gateway = order.gateway;
        let blamed = blamed(&open(order), &unread);
        let mut beside_a_rival = blamed.clone();
        beside_a_rival.rival = Some(2);
        let (after, effects) = taken(&beside_a_rival, Event::Sighted(read.clone()), later(5));
        assert_eq!(
            (after.state, reason(&after)),
            (State::Discrepant, "late_capture")
        );
        assert!(gives_back(&effects), "{gateway}: the order is paid already");
        // What stood there was no unread amount: a cancellation that nobody understood, say.
        let mut strange = blamed.clone();
        strange.reason = Some(Reason::new("refund_amount_differs"));
        let (after, effects) = taken(&strange, Event::Sighted(read), later(5));
        assert_eq!(reason(&after), "late_capture");
        assert!(gives_back(&effects), "{gateway}");
    }
    let blamed = blamed(
        &open(order("order-1", Work::PayNow)),
        &looked_up_unread("order-1", "t1", "7"),
    );
    let less = Event::Sighted(looked_up("order-1", 9_000, "t1"));
    let (after, effects) = taken(&blamed, less, later(5));
    assert_eq!(
        (after.state, reason(&after)),
        (State::Discrepant, "amount_differs")
    );
    assert!(gives_back(&effects));
}

#[test]
fn another_payment_beside_the_unread_one_waits_for_a_person() {
    let unread = payletter::row_saying("order-1", "null", "t1", 0);
    let blamed = blamed(&open(payletter::order("order-1")), &unread);
    let other = Event::Sighted(payletter::row("order-1", 10_000, "t2", 0));
    let (after, effects) = taken(&blamed, other, later(5));
    assert_eq!((after.state, after.captured), (State::Discrepant, None));
    assert_eq!(effects, [Effect::Alert("second_capture")]);
}

#[test]
fn a_registration_that_captured_something_unread_is_a_contradiction() {
    let mut attempt = attempt(Work::Register);
    let mut order = payletter::order("order-1");
    (order.work, order.money) = (Work::Register, None);
    attempt.order = Arc::new(order);
    assert_eq!(attempt.order.gateway, Gateway::Payletter);
    let (attempt, _) = taken(&attempt, requested(START), START);
    let unread = Event::Sighted(payletter::row_saying("order-1", "null", "t1", 0));
    let (told, effects) = taken(&attempt, unread, later(5));
    assert_eq!(told.state, State::Discrepant);
    assert!(!gives_back(&effects));
    let row = Event::Sighted(payletter::row("order-1", 10_000, "t1", 0));
    let (_, effects) = taken(&told, row, later(10));
    assert!(gives_back(&effects), "nothing was to be paid");
}

#[test]
fn a_refund_in_doubt_and_an_end_are_judged_by_it_as_before() {
    for (order, unread, read) in gateways() {
        let (paid, _) = taken(&open(order), Event::Sighted(read), later(5));
        let (asked, _) = taken(&paid, ask_rest(), later(10));
        let mut doubtful = taken(&asked, unknown(MoneyOp::Refund), later(15)).0;
        for seconds in [30, 300, 700, 1_300] {
            doubtful = taken(&doubtful, Event::Sighted(unread.clone()), later(seconds)).0;
        }
        assert_eq!(
            (doubtful.state, reason(&doubtful)),
            (State::Paid, "refund_absent"),
            "it is still there, however much it is"
        );
    }
    let mut refunded = open(order("order-1", Work::PayNow));
    refunded.state = State::Refunded;
    let nameless = Event::Sighted(looked_up_unread("order-1", "", "7"));
    let (_, effects) = taken(&refunded, nameless, later(5));
    assert!(effects.contains(&Effect::Alert("capture_after_the_end")));
}
