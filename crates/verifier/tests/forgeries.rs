//! Correctly signed notices with one change each. A change of meaning makes no wrong transition: nothing is paid without the gateways'
//! book, nothing goes back, and no other order changes. A change of spelling changes nothing at all.
//!
//! What is counted is signed; Payple's results, which nobody signs, are changed beside them. Some hundreds by default; a million by
//! `PAYPAIR_FORGERIES=1000000 cargo test --release -p paypair-verifier --test forgeries`.

mod forgeries {
    pub(crate) mod changes;
    pub(crate) mod clock;
    pub(crate) mod dice;
    pub(crate) mod message;
    pub(crate) mod shop;
    pub(crate) mod trial;
}

use forgeries::{
    changes::{Change, HARMLESS, SEMANTIC, is_signed},
    trial::{Counts, HANDFUL, Stage, Stand},
};
use std::collections::BTreeSet;

use paypair_ledger::{RefundLine, RefundState, State};
use paypair_protocol::Gateway;
use serde_json::Value;

/// How many signed ones of each sort: what `PAYPAIR_FORGERIES` says, or what takes seconds.
fn wanted(usual: u64) -> u64 {
    match std::env::var("PAYPAIR_FORGERIES") {
        Ok(text) => text.parse().expect("PAYPAIR_FORGERIES is a number"),
        Err(_) => usual,
    }
}

/// How many trials have at least so many signed ones among them: the changes take turns.
fn trials(signed: u64, changes: &[Change]) -> u64 {
    let of_round = changes.iter().filter(|change| is_signed(change.gateway));
    let (of_round, all) = (of_round.count(), changes.len());
    signed.div_ceil(of_round.try_into().unwrap()) * u64::try_from(all).unwrap()
}

/// A long run says now and then how far it is.
const SHOPS_BETWEEN_WORDS: u64 = 2_000;

/// Gateways and stages.
type Places = BTreeSet<(&'static str, &'static str)>;

/// Runs so many trials, two shops at a time, and counts them; and which of the places were tried where no list may be asked.
fn run(changes: &str, count: u64, trial: fn(&mut Stand, &mut Counts)) -> (Counts, Places) {
    let shops = count.div_ceil(HANDFUL);
    let some = |lane: u64| {
        let (mut counts, mut bare) = (Counts::default(), Places::new());
        for nth in (lane..shops).step_by(2) {
            let mut stand = Stand::new(1 + nth);
            for _ in 0..HANDFUL.min(count - nth * HANDFUL) {
                let mut one = Counts::default();
                trial(&mut stand, &mut one);
                if one.1 > 0 {
                    bare.extend(one.0.keys().map(|(gateway, _, stage)| (*gateway, *stage)));
                }
                counts.add(&one);
            }
            stand.end();
            if nth > 0 && nth % SHOPS_BETWEEN_WORDS == 0 {
                eprintln!("{} of {count} {changes}", nth * HANDFUL);
            }
        }
        (counts, bare)
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| some(1));
        let (mut counts, mut bare) = some(0);
        let (more, others) = other.join().unwrap();
        counts.add(&more);
        bare.extend(others);
        (counts, bare)
    })
}

fn print(title: &str, counts: &Counts) {
    let (all, signed) = (counts.tried(), counts.signed());
    println!(
        "{title}: {signed} correctly signed, {} that nobody signs; {} of them where no list may be asked",
        all - signed,
        counts.1
    );
    for ((gateway, change, stage), [tried, paid]) in &counts.0 {
        println!(
            "  {gateway:<16} {change:<14} {stage:<12} {tried:>8}  true word came through {paid:>8}"
        );
    }
}

#[test]
fn a_signed_notice_with_one_change_of_meaning_makes_no_wrong_transition() {
    let signed = wanted(600);
    let (counts, bare) = run("changes of meaning", trials(signed, SEMANTIC), Stand::forge);
    print("changes of meaning", &counts);
    assert!(counts.signed() >= signed);
    let stages = SEMANTIC.iter().map(|it| Stage::of(it.gateway).len());
    let kinds: usize = stages.sum();
    assert_eq!(counts.0.len(), kinds, "each kind at each stage");
    // What is held, or went back, is guarded otherwise where no list may be asked: there it has to be tried too.
    for (gateway, stage) in [
        (Gateway::PayletterGlobal, Stage::Held),
        (Gateway::PayletterGlobal, Stage::Refunded),
        (Gateway::Payletter, Stage::Refunded),
    ] {
        let place = (gateway.as_str(), stage.name());
        assert!(bare.contains(&place), "{place:?} is none of {bare:?}");
    }
    assert!(counts.0.values().all(|[tried, _]| *tried > 0));
}

#[test]
fn a_change_of_spelling_leads_where_the_unchanged_notice_leads() {
    let signed = wanted(360);
    let (counts, _) = run(
        "changes of spelling",
        trials(signed, HARMLESS),
        Stand::respell,
    );
    print("changes of spelling", &counts);
    assert!(counts.signed() >= signed);
    assert_eq!(counts.0.len(), HARMLESS.len());
    for (kind, [tried, paid]) in &counts.0 {
        assert_eq!(tried, paid, "{kind:?}: each is paid");
    }
}

/// The control: what the forgeries are made of does make the transition as long as nothing is changed, and the judge sees that the
/// book knows nothing of it.
#[test]
fn an_unchanged_signed_notice_pays_and_the_judge_sees_what_the_book_lacks() {
    for gateway in [Gateway::Payletter, Gateway::PayletterGlobal] {
        let mut stand = Stand::new(7);
        let open = stand.shop.open(gateway, &mut stand.dice, &Value::Null);
        assert_eq!(stand.shop.wrong_with(&open.id), None);
        let message = stand.made_up(&open);
        assert_eq!(stand.shop.deliver(&message), 200);
        assert_eq!(stand.shop.attempt(&open.id).state, State::Paid);
        let wrong = stand.shop.wrong_with(&open.id).expect("the judge sees it");
        assert!(wrong.contains("was paid"), "{wrong}");
    }
}

/// The same control for money that is said to have gone back: the book still has it, whether the order was ever paid or not.
#[test]
fn the_judge_sees_a_refund_that_the_book_lacks() {
    for gateway in [Gateway::Payletter, Gateway::PayletterGlobal] {
        let mut stand = Stand::new(7);
        let open = stand.shop.open(gateway, &mut stand.dice, &Value::Null);
        let paid = stand.shop.pay(&open);
        stand.tell(&open, &paid, &paid.message());
        let mut attempt = stand.shop.attempt(&open.id);
        for (state, was_paid, sees) in [
            (State::Paid, true, false),
            (State::Discrepant, false, false),
            (State::Refunded, true, true),
            (State::Refunded, false, true),
            (State::PartiallyRefunded, true, true),
            (State::PartiallyRefunded, false, true),
            (State::ChargedBack, true, true),
        ] {
            attempt.state = state;
            let wrong = stand.shop.wrong_as(&attempt, was_paid);
            assert_eq!(wrong.is_some(), sees, "{state:?} {was_paid}: {wrong:?}");
        }
        // Nor may a line of its history say so.
        attempt.state = State::Discrepant;
        attempt.refunds.push(RefundLine {
            no: 1,
            id: None,
            transaction_id: attempt.transaction_id.clone(),
            money: attempt.order.money.unwrap(),
            state: RefundState::Done,
            asked_at: attempt.created_at,
            ended_at: None,
            not_sent: false,
            never_left: false,
        });
        assert!(stand.shop.wrong_as(&attempt, false).is_some());
        attempt.refunds[0].state = RefundState::Declined;
        assert_eq!(stand.shop.wrong_as(&attempt, false), None);
    }
}
