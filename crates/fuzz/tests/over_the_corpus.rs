//! Every target over its corpus, and over a fixed number of changes of it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use paypair_fuzz::mutate::Mutator;
use paypair_fuzz::{TARGETS, corpus, find};

/// Changed inputs for each target. `PAYPAIR_FUZZ_INPUTS` asks for more.
const INPUTS: u64 = 2_000;

#[test]
fn every_target_keeps_its_promises() {
    let inputs = std::env::var("PAYPAIR_FUZZ_INPUTS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(INPUTS);
    for target in TARGETS {
        let seeds = corpus::seeds(target).unwrap();
        assert!(!seeds.is_empty(), "{} has no corpus", target.name);
        let mut mutator = Mutator::new(&seeds, 1);
        let changed = (0..inputs)
            .map(|_| mutator.next_input())
            .collect::<Vec<_>>();
        for input in seeds.iter().chain(&changed) {
            let kept = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
            assert!(
                kept.is_ok(),
                "{} breaks on {:?}",
                target.name,
                String::from_utf8_lossy(input)
            );
        }
        println!("{}: {} seeds, {inputs} changes", target.name, seeds.len());
    }
}

#[test]
fn names_are_unique_and_found() {
    for target in TARGETS {
        let same = TARGETS
            .iter()
            .filter(|other| other.name == target.name)
            .count();
        assert_eq!(same, 1, "{}", target.name);
        assert!(find(target.name).is_some());
    }
    assert!(find("nothing").is_none());
}

#[test]
fn changes_are_the_same_each_time_and_differ_from_the_seed() {
    let seeds = vec![b"PCD_PAY_TOTAL=1000&PCD_PAY_OID=a".to_vec()];
    let inputs = |number| {
        let mut mutator = Mutator::new(&seeds, number);
        (0..200).map(|_| mutator.next_input()).collect::<Vec<_>>()
    };
    assert_eq!(inputs(1), inputs(1));
    assert_ne!(inputs(1), inputs(2));
    let changed = inputs(1).iter().filter(|input| **input != seeds[0]).count();
    assert!(changed > 150, "{changed} of 200 differ");
}
