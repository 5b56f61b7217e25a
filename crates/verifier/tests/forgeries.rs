//! Correctly signed notices with one change each. A change of meaning makes no wrong transition: nothing is paid without the gateways'
//! book, nothing goes back, and no other order changes. A change of spelling changes nothing at all.
//!
//! A few thousand by default; a million by `PAYPAIR_FORGERIES=1000000 cargo test --release -p paypair-verifier --test forgeries`.

mod forgeries {
    pub(crate) mod changes;
    pub(crate) mod clock;
    pub(crate) mod dice;
    pub(crate) mod message;
    pub(crate) mod shop;
    pub(crate) mod trial;
}

use forgeries::{
    changes::{HARMLESS, SEMANTIC},
    trial::{Counts, HANDFUL, Stand},
};
use paypair_ledger::State;
use paypair_protocol::Gateway;
use serde_json::Value;

/// How many of each sort: what `PAYPAIR_FORGERIES` says, or what takes seconds.
fn wanted(usual: u64) -> u64 {
    match std::env::var("PAYPAIR_FORGERIES") {
        Ok(text) => text.parse().expect("PAYPAIR_FORGERIES is a number"),
        Err(_) => usual,
    }
}

/// Runs so many trials, two shops at a time, and counts them.
fn run(count: u64, first: u64, trial: fn(&mut Stand, &mut Counts)) -> Counts {
    let shops = count.div_ceil(HANDFUL);
    let some = |lane: u64| {
        let mut counts = Counts::default();
        for nth in (lane..shops).step_by(2) {
            let mut stand = Stand::new(first + nth);
            for _ in 0..HANDFUL.min(count - nth * HANDFUL) {
                trial(&mut stand, &mut counts);
            }
            stand.end();
        }
        counts
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| some(1));
        let mut counts = some(0);
        counts.add(&other.join().unwrap());
        counts
    })
}

fn print(title: &str, counts: &Counts) {
    println!("{title}: {}", counts.tried());
    for ((gateway, change, stage), [tried, paid]) in &counts.0 {
        println!(
            "  {gateway:<16} {change:<14} {stage:<12} {tried:>8}  true word came through {paid:>8}"
        );
    }
}

#[test]
fn a_signed_notice_with_one_change_of_meaning_makes_no_wrong_transition() {
    let count = wanted(810);
    let counts = run(count, 1, Stand::forge);
    print("changes of meaning", &counts);
    assert_eq!(counts.tried(), count);
    assert_eq!(
        counts.0.len(),
        SEMANTIC.len() * 3,
        "each kind at each stage"
    );
    assert!(counts.0.values().all(|[tried, _]| *tried > 0));
}

#[test]
fn a_change_of_spelling_leads_where_the_unchanged_notice_leads() {
    let count = wanted(440);
    let counts = run(count, 1, Stand::respell);
    print("changes of spelling", &counts);
    assert_eq!(counts.tried(), count);
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
