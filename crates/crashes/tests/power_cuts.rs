//! The power goes in the middle of a write, and with it what was not synced.
//!
//! `PAYPAIR_POWER_CUTS=2000 cargo test --release -p paypair-crashes --test power_cuts -- --nocapture` cuts that often.
#![allow(missing_docs)]

use paypair_crashes::power::{Acknowledge, Setup, Tally, run};

/// Of a test run; more by the variable.
fn cuts() -> u64 {
    let wanted = std::env::var("PAYPAIR_POWER_CUTS").ok();
    wanted.map_or(100, |text| text.parse().unwrap())
}

async fn cut(setup: Setup) -> Tally {
    let tally = run(setup).await.unwrap();
    println!("{setup:?}\n{tally:?}");
    tally
}

#[tokio::test]
async fn a_power_cut_loses_nothing_that_was_acknowledged_and_doubles_nothing() {
    let setup = Setup {
        seed: 1,
        cuts: cuts(),
        ..Setup::default()
    };
    let tally = cut(setup).await;
    assert!(tally.is_clean(), "{tally:?}");
    // The cuts cut something: money moved, and few hit the quiet.
    assert!(
        tally.captures > tally.cuts && tally.refunds > 0 && tally.deletions > 0,
        "{tally:?}"
    );
    assert!(
        tally.notices > 0 && tally.deliveries > tally.cuts && tally.answers > tally.cuts,
        "{tally:?}"
    );
    assert!(
        tally.while_idle < tally.cuts / 2 && tally.while_opening > 0,
        "{tally:?}"
    );
}

/// Where exactly a cut falls, the operating system decides too: some twenty in a row may forget much and hurt nobody.
async fn lose(setup: impl Fn(u64) -> Setup) {
    let mut found = [false; 4];
    let mut tallies = Vec::new();
    for seed in 1..=10 {
        let setup = setup(seed);
        let never_sync = setup.never_sync;
        let tally = cut(setup).await;
        assert!(tally.forgotten > 0, "{tally:?}");
        // Rolling back at an opening may sync; no commit does.
        assert!(!never_sync || tally.syncs < tally.cuts, "{tally:?}");
        let harms = [
            tally.lost + tally.doubled,
            tally.forgotten_notices,
            tally.forgotten_deliveries,
            tally.forgotten_answers,
        ];
        for (found, harm) in found.iter_mut().zip(harms) {
            *found |= harm > 0;
        }
        if found == [true; 4] {
            return;
        }
        tallies.push(tally);
    }
    panic!("not every harm: {found:?} {tallies:?}");
}

#[tokio::test]
async fn without_syncs_the_same_cuts_lose() {
    lose(|seed| Setup {
        seed,
        cuts: 20,
        never_sync: true,
        ..Setup::default()
    })
    .await;
}

#[tokio::test]
async fn acknowledged_before_the_commit_the_same_cuts_lose() {
    lose(|seed| Setup {
        seed,
        cuts: 20,
        acknowledge: Acknowledge::BeforeCommit,
        ..Setup::default()
    })
    .await;
}
