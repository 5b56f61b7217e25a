//! What is pushed to us about a payment that had ended for us changes nothing by itself, and is not forgotten: it is asked about until
//! a lookup shows it, and where nobody can be asked the merchant hears of it as it is.

use crate::common::*;
use paypair_ledger::{
    Attempt, Effect, Event, LOOKUP_SCHEDULE, MoneyOp, Publication, Reason, State, Store, Suspected,
    step,
};

fn taken(attempt: &Attempt, event: Event) -> (Attempt, Vec<Effect>) {
    let at = attempt.next_check_at.unwrap_or_else(|| later(20));
    step(attempt, event, at).unwrap()
}

fn notice(kind: u8, transaction_id: &str) -> Event {
    Event::Sighted(global::notice(kind, "order-1", transaction_id).unwrap())
}

/// A notice of `p1` that names this amount.
fn of(amount: &str, kind: u8) -> Event {
    Event::Sighted(global::notice_of(amount, kind, "order-1", "p1").unwrap())
}

fn row(transaction_id: &str, status: u8) -> Event {
    Event::Sighted(global::sale("order-1", transaction_id, status))
}

fn failed(code: &str) -> Event {
    Event::LookupFailed {
        reason: Reason::new(code),
    }
}

/// An attempt at Payletter Global that is paid by `p1`.
fn paid() -> Attempt {
    let mut attempt = attempt(paypair_protocol::Work::PayNow);
    attempt.order = std::sync::Arc::new(global::order("order-1"));
    let requested = step(&attempt, requested(START), START).unwrap().0;
    let paid = step(&requested, notice(1, "p1"), later(10)).unwrap().0;
    assert_eq!((paid.state, paid.next_check_at), (State::Paid, None));
    paid
}

fn told(effects: &[Effect]) -> usize {
    let is_it = |effect: &&Effect| **effect == Effect::Publish(Publication::Discrepant);
    effects.iter().filter(is_it).count()
}

/// Follows the schedule with the same answer; what it came to, how often was asked, and how often the merchant was told.
fn follow(mut attempt: Attempt, answer: impl Fn() -> Event) -> (Attempt, usize, usize) {
    let mut times = 0;
    for lookups in 0..50 {
        if attempt.next_check_at.is_none() {
            return (attempt, lookups, times);
        }
        let (next, effects) = taken(&attempt, answer());
        attempt = next;
        times += told(&effects);
    }
    panic!("it is asked for ever");
}

#[test]
fn another_payment_is_looked_for_until_the_list_shows_it() {
    let mut attempt = taken(&paid(), notice(1, "p2")).0;
    for _ in 0..4 {
        let (next, effects) = taken(&attempt, row("p1", 1));
        assert_eq!((next.state, told(&effects)), (State::Paid, 0));
        assert!(next.next_check_at.is_some(), "the list may lag");
        attempt = next;
    }
    let (shown, effects) = taken(&attempt, row("p2", 1));
    assert_eq!(shown.state, State::Discrepant);
    assert_eq!(shown.second_payments.len(), 1);
    assert!(effects.contains(&Effect::Call(MoneyOp::Refund)));
    assert!(shown.suspicions.is_empty());
}

#[test]
fn a_payment_after_all_went_back_is_looked_for_too() {
    let back = taken(&paid(), row("p1", 2)).0;
    assert_eq!(back.state, State::Refunded);
    let attempt = taken(&back, notice(1, "p2")).0;
    let attempt = taken(&attempt, row("p1", 2)).0;
    assert!(attempt.next_check_at.is_some(), "the list may lag");
    let (_, effects) = taken(&attempt, row("p2", 1));
    assert_eq!(told(&effects), 1);
}

#[test]
fn a_cancellation_by_another_hand_is_looked_for_until_the_list_shows_it() {
    for kind in [2, 4] {
        let mut attempt = taken(&paid(), notice(kind, "p1")).0;
        for _ in 0..4 {
            attempt = taken(&attempt, row("p1", 1)).0;
            assert_eq!(attempt.state, State::Paid);
            assert!(attempt.next_check_at.is_some(), "the list may lag");
        }
        let shown = taken(&attempt, row("p1", 2)).0;
        assert_eq!(shown.state, State::Refunded);
        assert!(shown.suspicions.is_empty());
        assert_eq!(shown.next_check_at, None);
    }
}

#[test]
fn what_the_list_never_shows_is_no_longer_suspected_once_the_schedule_is_over() {
    for pushed in [notice(1, "p2"), notice(2, "p1")] {
        let suspected = taken(&paid(), pushed).0;
        let (attempt, lookups, times) = follow(suspected, || row("p1", 1));
        assert_eq!(attempt.state, State::Paid);
        assert!(attempt.suspicions.is_empty());
        assert_eq!((lookups, times), (LOOKUP_SCHEDULE.len() + 1, 0));
    }
}

#[test]
fn where_nobody_may_ask_the_merchant_is_told_at_once_and_once() {
    for (pushed, what) in [(1, Suspected::Capture), (2, Suspected::Cancellation)] {
        let id = if pushed == 1 { "p2" } else { "p1" };
        let suspected = taken(&paid(), notice(pushed, id)).0;
        let nobody = || failed("sales_list_not_permitted");
        let (first, effects) = taken(&suspected, nobody());
        assert_eq!((first.state, told(&effects)), (State::Paid, 1));
        let suspicion = first.suspicions[0].clone();
        assert_eq!((suspicion.what, suspicion.told_at.is_some()), (what, true));
        let (rest, _, again) = follow(first, nobody);
        assert_eq!(again, 0);
        // The same word, signed anew.
        let (more, effects) = taken(&rest, notice(pushed, id));
        assert_eq!(told(&effects), 0);
        assert_eq!(follow(more, nobody).2, 0);
    }
}

#[test]
fn a_chargeback_is_told_at_once_since_no_list_shows_it() {
    let (suspected, effects) = taken(&paid(), notice(3, "p1"));
    assert_eq!((suspected.state, told(&effects)), (State::Paid, 1));
    let (rest, _, again) = follow(suspected, || row("p1", 1));
    assert_eq!((rest.state, again), (State::Paid, 0));
    assert_eq!(rest.suspicions[0].what, Suspected::Chargeback);
}

#[test]
fn a_chargeback_while_a_refund_is_on_its_way_is_told_too() {
    let running = taken(&paid(), ask_part()).0;
    let doubtful = taken(&running, unknown(MoneyOp::Refund)).0;
    for refunding in [running, doubtful] {
        let (taken_back, effects) = taken(&refunding, notice(3, "p1"));
        assert_eq!(told(&effects), 1, "{:?}", refunding.state);
        assert_eq!(taken_back.state, refunding.state);
        let (_, effects) = taken(&taken_back, notice(3, "p1"));
        assert_eq!(told(&effects), 0, "once");
    }
}

#[test]
fn where_nobody_answers_the_merchant_is_told_when_the_schedule_is_over() {
    // "In progress", from where no list may be read, says neither.
    for answer in [|| failed("no_answer"), || Event::LookupOpen] {
        let suspected = taken(&paid(), notice(1, "p2")).0;
        let (attempt, lookups, times) = follow(suspected, answer);
        assert_eq!((attempt.state, times), (State::Paid, 1));
        assert_eq!(lookups, LOOKUP_SCHEDULE.len() + 1);
    }
}

#[test]
fn a_notice_of_our_own_part_is_no_suspicion() {
    let part = taken(&taken(&paid(), ask_part()).0, answered_part()).0;
    assert_eq!(part.state, State::PartiallyRefunded);
    let ours = global::notice_of("0.5", 4, "order-1", "p1").unwrap();
    assert!(taken(&part, Event::Sighted(ours)).0.suspicions.is_empty());
    let by_hand = global::notice_of("0.75", 4, "order-1", "p1").unwrap();
    let suspected = taken(&part, Event::Sighted(by_hand)).0;
    assert_eq!(suspected.suspicions.len(), 1);
}

/// A part of ours is no word of the whole, even if what was left is as much as it was.
#[test]
fn the_whole_that_goes_back_by_hand_is_not_a_part_of_ours() {
    let refunding = taken(&paid(), ask_part()).0;
    let part = taken(&refunding, answered_part()).0;
    let whole = Event::Sighted(global::notice_of("0.5", 2, "order-1", "p1").unwrap());
    let suspected = taken(&part, whole).0;
    assert_eq!(suspected.suspicions.len(), 1);
    // The list lags, and then it shows it.
    let lagging = taken(&suspected, row("p1", 3)).0;
    assert!(lagging.next_check_at.is_some(), "it is asked again");
    assert_eq!(taken(&lagging, row("p1", 2)).0.state, State::Refunded);
}

/// While a part of ours runs or is in doubt, its own notice is no news; what tells of anything else is another hand's.
#[test]
fn what_goes_back_by_hand_beside_a_part_of_ours_is_looked_for_when_ours_is_known() {
    let running = taken(&paid(), ask_part()).0;
    let doubtful = taken(&running, unknown(MoneyOp::Refund)).0;
    for refunding in [running, doubtful] {
        let ours = taken(&refunding, of("0.5", 4)).0;
        assert!(ours.suspicions.is_empty());
        // The rest; as much as ours, but of the whole; and another part.
        for by_hand in [of("12", 2), of("0.5", 2), of("0.75", 4)] {
            let suspected = taken(&refunding, by_hand).0;
            assert_eq!(
                (suspected.state, suspected.suspicions.len()),
                (refunding.state, 1)
            );
            let lagging = taken(&suspected, row("p1", 3)).0;
            let part = taken(&lagging, answered_part()).0;
            assert_eq!(part.state, State::PartiallyRefunded);
            let lagging = taken(&part, row("p1", 3)).0;
            assert!(lagging.next_check_at.is_some(), "the list may lag");
            let back = taken(&lagging, row("p1", 2)).0;
            assert_eq!((back.state, back.suspicions.len()), (State::Refunded, 0));
        }
    }
}

#[test]
fn the_notice_of_our_own_refund_of_the_whole_is_no_suspicion() {
    let running = taken(&paid(), ask_rest()).0;
    let doubtful = taken(&running, unknown(MoneyOp::Refund)).0;
    for refunding in [running, doubtful] {
        assert!(taken(&refunding, notice(2, "p1")).0.suspicions.is_empty());
    }
}

/// Nobody knows whether a notice names what was paid or what went back: one as large as the payment is no word of another hand's.
#[test]
fn a_notice_of_our_own_part_that_names_the_whole_amount_is_no_suspicion() {
    let running = taken(&paid(), ask_part()).0;
    let doubtful = taken(&running, unknown(MoneyOp::Refund)).0;
    let part = taken(&running, answered_part()).0;
    for ours in [&running, &doubtful, &part] {
        assert!(taken(ours, notice(4, "p1")).0.suspicions.is_empty());
        let whole = taken(ours, notice(2, "p1")).0;
        assert_eq!(whole.suspicions.len(), 1, "a part is not the whole");
    }
    let rest = taken(&part, ask_rest()).0;
    assert!(taken(&rest, notice(2, "p1")).0.suspicions.is_empty());
}

/// First a part, then the rest, both by hand; the list shows the part, and the rest only later.
#[test]
fn a_part_that_the_list_shows_is_not_the_whole_that_was_told() {
    for (part, rest) in [("0.5", "12"), ("6.25", "6.25")] {
        let suspected = taken(&taken(&paid(), of(part, 4)).0, of(rest, 2)).0;
        assert_eq!(suspected.suspicions.len(), 2);
        let lagging = taken(&suspected, row("p1", 3)).0;
        assert_eq!(
            (lagging.state, lagging.suspicions.len()),
            (State::PartiallyRefunded, 1)
        );
        assert!(lagging.next_check_at.is_some(), "the list may lag");
        let back = taken(&lagging, row("p1", 2)).0;
        assert_eq!((back.state, back.suspicions.len()), (State::Refunded, 0));
    }
}

/// The refund is known first, and the list shows the other payment later.
#[test]
fn another_payment_told_while_a_refund_is_in_doubt_is_looked_for() {
    let running = taken(&paid(), ask_rest()).0;
    let doubtful = taken(&running, unknown(MoneyOp::Refund)).0;
    let unconfirmed = global::notice(1, "order-1", "p2").unwrap().unconfirmed();
    for refunding in [running, doubtful] {
        for other in [notice(1, "p2"), Event::Sighted(unconfirmed.clone())] {
            let suspected = taken(&refunding, other).0;
            assert_eq!(suspected.suspicions.len(), 1, "{:?}", refunding.state);
            let back = taken(&suspected, row("p1", 2)).0;
            assert_eq!(back.state, State::Refunded);
            assert!(back.next_check_at.is_some(), "the list may lag");
            assert_eq!(taken(&back, row("p2", 1)).0.state, State::Discrepant);
        }
    }
}

/// What a notice repeats says nothing of the refund, and puts off no look at it.
#[test]
fn a_payment_told_again_while_its_refund_is_in_doubt_changes_nothing() {
    let running = taken(&paid(), ask_rest()).0;
    let doubtful = taken(&running, unknown(MoneyOp::Refund)).0;
    let again = step(&doubtful, notice(1, "p1"), later(12)).unwrap().0;
    assert_eq!(
        (again.next_check_at, again.checks, again.suspicions.len()),
        (doubtful.next_check_at, doubtful.checks, 0)
    );
}

/// The second payment went back by us; what goes back by hand next is the first one, though it is as much.
#[test]
fn a_cancellation_of_one_payment_is_not_our_refund_of_another() {
    let twice = taken(&paid(), row("p2", 1)).0;
    let back = Event::RefundAnswered(global::refunded("p2"));
    let stands = taken(&twice, back).0;
    assert_eq!((stands.state, stands.refunds.len()), (State::Paid, 1));
    let by_hand = taken(&stands, notice(2, "p1")).0;
    assert_eq!(by_hand.suspicions.len(), 1);
    let lagging = taken(&taken(&by_hand, row("p1", 1)).0, row("p2", 2)).0;
    assert!(lagging.next_check_at.is_some(), "it is asked again");
    let again = taken(&stands, notice(2, "p2")).0;
    assert!(again.suspicions.is_empty(), "our own, told late");
}

/// Nobody said how much the first part was; that all of it is back now is news all the same.
#[test]
fn the_whole_that_goes_back_after_an_unclear_part_is_looked_for() {
    let part = taken(&paid(), row("p1", 3)).0;
    assert!(part.state == State::PartiallyRefunded && part.refunds_unclear);
    let rest = Event::Sighted(global::notice_of("0.75", 2, "order-1", "p1").unwrap());
    let suspected = taken(&part, rest).0;
    assert_eq!(suspected.suspicions.len(), 1);
    let (_, _, times) = follow(suspected.clone(), || row("p1", 3));
    assert_eq!(times, 1, "the list never shows it: the merchant is told");
    let lagging = taken(&suspected, row("p1", 3)).0;
    let shown = taken(&lagging, row("p1", 2)).0;
    assert_eq!((shown.state, shown.suspicions.len()), (State::Refunded, 0));
}

/// Equal items make equal parts: what comes long after ours was done is not the notice of ours.
#[test]
fn a_part_by_hand_as_large_as_ours_was_is_told() {
    let part = taken(&taken(&paid(), ask_part()).0, answered_part()).0;
    let alike = || Event::Sighted(global::notice_of("0.5", 4, "order-1", "p1").unwrap());
    let days = |n: u64| later(30 + n * 24 * 60 * 60);
    assert!(
        step(&part, alike(), days(0))
            .unwrap()
            .0
            .suspicions
            .is_empty()
    );
    let suspected = step(&part, alike(), days(2)).unwrap().0;
    assert_eq!(suspected.suspicions.len(), 1);
    let (_, effects) = taken(&suspected, failed("sales_list_not_permitted"));
    assert_eq!(told(&effects), 1);
}

/// A lookup that shows a second payment gone ends what was suspected of it.
#[test]
fn a_second_payment_that_is_back_is_no_longer_suspected() {
    let mut first = paid();
    first.policy.auto_refund = false;
    let twice = taken(&first, row("p2", 1)).0;
    let suspected = taken(&twice, notice(2, "p2")).0;
    assert_eq!(suspected.suspicions.len(), 1);
    let shown = taken(&suspected, row("p2", 2)).0;
    assert_eq!((shown.state, shown.suspicions.len()), (State::Paid, 0));
}

/// The list shows that the first payment is gone, and the second one still stands.
#[test]
fn a_first_payment_that_is_back_is_no_longer_suspected() {
    let mut alone = paid();
    alone.policy.auto_refund = false;
    let twice = taken(&alone, row("p2", 1)).0;
    assert_eq!(twice.state, State::Discrepant);
    let suspected = taken(&twice, notice(2, "p1")).0;
    assert_eq!(suspected.suspicions.len(), 1);
    let shown = taken(&suspected, row("p1", 2)).0;
    assert_eq!(
        (shown.state, shown.suspicions.len()),
        (State::Discrepant, 0)
    );
}

/// Of a payment in dispute too, a part of ours is not the whole.
#[test]
fn the_rest_that_goes_back_by_hand_after_a_part_of_what_is_in_dispute_is_looked_for() {
    let mut disputed = paid();
    disputed.policy.auto_refund = false;
    disputed = taken(&disputed, row("p2", 1)).0;
    let asked = taken(&disputed, ask("a", Some("p1"), Some("0.50"))).0;
    let part = taken(&asked, answered_part()).0;
    assert_eq!(
        (part.state, part.refund.is_none()),
        (State::Discrepant, true)
    );
    assert_eq!(taken(&part, notice(2, "p1")).0.suspicions.len(), 1);
    // The second one's refund runs, and its notice is no news.
    let second = taken(&part, ask("b", Some("p2"), None)).0;
    assert_eq!(second.state, State::RefundPending);
    assert_eq!(taken(&second, notice(2, "p1")).0.suspicions.len(), 1);
    assert!(taken(&second, notice(2, "p2")).0.suspicions.is_empty());
}

/// Where the list decides whether a notice is a payment's, its word counts as a suspicion once the order has ended.
#[test]
fn an_unconfirmed_payment_after_the_end_is_looked_for_too() {
    let unconfirmed = |id: &str| {
        let evidence = global::notice(1, "order-1", id).unwrap();
        Event::Sighted(evidence.unconfirmed())
    };
    let ended = taken(&paid(), row("p1", 2)).0;
    assert_eq!(ended.state, State::Refunded);
    let mut suspected = taken(&ended, unconfirmed("p2")).0;
    for _ in 0..3 {
        suspected = taken(&suspected, row("p1", 2)).0;
        assert!(suspected.next_check_at.is_some(), "it is asked again");
    }
    let found = taken(&suspected, row("p2", 1)).0;
    assert!(found.has_standing_second());
    let own = taken(&ended, unconfirmed("p1")).0;
    assert!(
        own.suspicions.is_empty(),
        "the one that went back, told late"
    );
}

#[test]
fn one_suspicion_does_not_take_the_place_of_another() {
    // A chargeback that somebody made up comes while a real cancellation is looked for.
    let suspected = taken(&paid(), notice(2, "p1")).0;
    let suspected = taken(&suspected, row("p1", 1)).0;
    let suspected = taken(&suspected, notice(3, "p1")).0;
    let mut attempt = taken(&suspected, notice(1, "p2")).0;
    assert_eq!(attempt.suspicions.len(), 3);
    for _ in 0..4 {
        attempt = taken(&attempt, row("p1", 1)).0;
        assert!(attempt.next_check_at.is_some());
    }
    assert_eq!(taken(&attempt, row("p1", 2)).0.state, State::Refunded);
}

#[test]
fn parts_that_go_back_by_hand_one_after_the_other_are_each_told() {
    let part = |amount| Event::Sighted(global::notice_of(amount, 4, "order-1", "p1").unwrap());
    let nobody = || failed("sales_list_not_permitted");
    let first = taken(&taken(&paid(), part("0.5")).0, nobody()).0;
    let (_, effects) = taken(&taken(&first, part("0.25")).0, nobody());
    assert_eq!(told(&effects), 1);
}

#[test]
fn a_list_that_does_not_say_how_much_disproves_nothing() {
    let part = taken(&taken(&paid(), ask_part()).0, answered_part()).0;
    let by_hand = global::notice_of("0.75", 4, "order-1", "p1").unwrap();
    let suspected = taken(&part, Event::Sighted(by_hand)).0;
    let (_, _, times) = follow(suspected, || row("p1", 3));
    assert_eq!(times, 1);
}

#[test]
fn a_refund_of_ours_is_not_what_was_done_by_hand() {
    let by_hand = global::notice_of("0.75", 4, "order-1", "p1").unwrap();
    let suspected = taken(&paid(), Event::Sighted(by_hand)).0;
    let suspected = taken(&suspected, row("p1", 1)).0;
    let part = taken(&taken(&suspected, ask_part()).0, answered_part()).0;
    assert_eq!(part.state, State::PartiallyRefunded);
    assert_eq!(part.suspicions.len(), 1);
    assert!(part.next_check_at.is_some());
}

#[test]
fn a_refund_late_in_the_schedule_does_not_end_the_looking() {
    let mut suspected = taken(&paid(), notice(1, "p2")).0;
    for _ in 0..LOOKUP_SCHEDULE.len() {
        suspected = taken(&suspected, row("p1", 1)).0;
    }
    let part = taken(&taken(&suspected, ask_part()).0, answered_part()).0;
    assert_eq!(part.suspicions.len(), 1);
    let (_, lookups, _) = follow(part, || row("p1", 1));
    assert!(lookups > 3, "{lookups}");
}

#[test]
fn who_asks_early_and_often_does_not_shorten_the_schedule() {
    let mut suspected = taken(&taken(&paid(), notice(1, "p2")).0, row("p1", 1)).0;
    for second in 0..20 {
        let at = later(20 + second / 10);
        suspected = step(&suspected, row("p1", 1), at).unwrap().0;
    }
    assert_eq!(suspected.suspicions.len(), 1);
    let (_, lookups, _) = follow(suspected, || row("p1", 1));
    assert_eq!(lookups, LOOKUP_SCHEDULE.len());
}

fn ask_part() -> Event {
    ask("a", None, Some("0.50"))
}

/// Asks so much of this payment back, or all that is left.
fn ask(id: &str, transaction_id: Option<&str>, amount: Option<&str>) -> Event {
    Event::RefundAsked {
        id: Some(id.to_owned()),
        transaction_id: transaction_id.map(str::to_owned),
        money: amount.map(global_money),
        why: "merchant".to_owned(),
    }
}

fn answered_part() -> Event {
    Event::RefundAnswered(global::refunded_of("p1", "0.50"))
}

#[tokio::test]
async fn the_file_keeps_it_and_the_event_says_what_is_unproven() {
    let at = TestStore::new();
    at.store.register(global::order("order-1")).await.unwrap();
    let key = at.begin("order-1", START).await.key();
    for event in [requested(START), notice(1, "p1"), notice(1, "p2")] {
        at.apply(&key, event).await;
    }
    let at = at.reopen();
    let kept = at.store.attempt(key.clone()).await.unwrap().unwrap();
    let suspicion = kept.suspicions[0].clone();
    assert_eq!(suspicion.transaction_id.as_deref(), Some("p2"));
    assert_eq!(suspicion.money, Some(global_money("12.50")));
    let asked = at.apply(&key, failed("sales_list_not_permitted")).await;
    assert_eq!(asked.attempt.state, State::Paid);
    let told = at.store.events_after(0, 10).await.unwrap();
    let last = told.last().unwrap();
    assert_eq!(last.publication, Publication::Discrepant);
    let unproven = r#""unproven":[{"amount":"12.50","transactionId":"p2","what":"capture"}]"#;
    assert!(last.data.contains(unproven), "{}", last.data);
    assert!(!told[0].data.contains("capture"));
    // What comes after it is about something else.
    let asked = Event::RefundAsked {
        id: None,
        transaction_id: None,
        money: None,
        why: "merchant".to_owned(),
    };
    at.apply(&key, asked).await;
    let answer = Event::RefundAnswered(global::refunded("p1"));
    at.store.apply(key, answer, later(30)).await.unwrap();
    let told = at.store.events_after(0, 10).await.unwrap();
    let last = told.last().unwrap();
    assert_eq!(last.publication, Publication::Refunded);
    assert!(last.data.contains(r#""unproven":null"#), "{}", last.data);
}

fn global_money(text: &str) -> paypair_protocol::Money {
    paypair_protocol::Money::parse(text, &paypair_protocol::Currency::USD).unwrap()
}
