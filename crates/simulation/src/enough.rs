//! Whether enough went wrong for a run to say something: a simulation in which nothing happens finds nothing.

use std::fmt;

use crate::faults::{Fault, OF_CATALOGUE, Tally};

/// From so many payments on it is asked. In fewer, chance alone makes the rarest rare.
const ASKED_FROM: u64 = 20_000;

/// One fault of each name of the catalogue to so many payments. The rarest strikes twice as often.
const PAYMENTS_TO_A_FAULT: u64 = 200;

/// And so many of the catalogue to an intent.
const TO_AN_INTENT: u64 = 3;

/// What there was too little of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Short {
    /// This fault of the catalogue struck so often, and should have so often at least.
    Fault(Fault, u64, u64),
    /// So many faults of the catalogue struck in so many intents.
    Mean(u64, u64),
}

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(fault, times, least) => {
                write!(f, "{} struck {times} times, not {least}", fault.name())
            }
            Self::Mean(faults, intents) => {
                write!(
                    f,
                    "{faults} faults of the catalogue to {intents} intents are less than {TO_AN_INTENT} to each"
                )
            }
        }
    }
}

/// What there was too little of in a run of so many payments, everything going wrong that can.
pub(crate) fn short(tally: &Tally, payments: u64, intents: u64) -> Vec<Short> {
    if payments < ASKED_FROM {
        return Vec::new();
    }
    let least = payments / PAYMENTS_TO_A_FAULT;
    let times = |fault: &Fault| tally.of(*fault).0;
    let catalogue = &Fault::ALL[..OF_CATALOGUE];
    let rare = catalogue.iter().filter(|fault| times(fault) < least);
    let rare = rare.map(|fault| Short::Fault(*fault, times(fault), least));
    let all: u64 = catalogue.iter().map(times).sum();
    let mean = (all < intents * TO_AN_INTENT).then_some(Short::Mean(all, intents));
    rare.chain(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each of the catalogue so often, and one of them so often.
    fn tally(each: u64, one: Fault, times: u64) -> Tally {
        let mut tally = Tally::default();
        for fault in &Fault::ALL[..OF_CATALOGUE] {
            let times = if *fault == one { times } else { each };
            for _ in 0..times {
                tally.add(*fault, "paid");
            }
        }
        tally
    }

    #[test]
    fn a_fault_that_hardly_struck_is_named() {
        let rare = Fault::BoundaryShift;
        let of = |times, payments| short(&tally(1_500, rare, times), payments, 20_000);
        assert_eq!(of(100, 20_000), []);
        assert_eq!(of(99, 20_000), [Short::Fault(rare, 99, 100)]);
        assert_eq!(of(1_000, 200_000), []);
        let none = [Short::Fault(rare, 0, 1_000)];
        assert_eq!(of(0, 200_000), none);
        assert_eq!(
            none[0].to_string(),
            "boundary_shift struck 0 times, not 1000"
        );
        assert_eq!(of(0, 19_999), [], "too few to say");
    }

    #[test]
    fn less_than_three_to_an_intent_are_too_few() {
        let quiet = tally(1_000, Fault::DnsFail, 1_000);
        assert_eq!(short(&quiet, 20_000, 17_000), []);
        assert_eq!(short(&quiet, 20_000, 17_001), [Short::Mean(51_000, 17_001)]);
    }

    /// What strikes beside the catalogue makes up for nothing.
    #[test]
    fn what_is_beside_the_catalogue_does_not_count() {
        let mut quiet = tally(1_000, Fault::DnsFail, 1_000);
        for _ in 0..10 {
            quiet.add(Fault::ForgedResult, "paid");
        }
        assert_eq!(short(&quiet, 20_000, 17_001).len(), 1);
    }
}
