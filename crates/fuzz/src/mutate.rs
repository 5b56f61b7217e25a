//! Changes of a seed, by chance and by what protocols break on. The same seed number makes the same changes.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// Makes inputs out of seeds.
pub struct Mutator<'a> {
    seeds: &'a [Vec<u8>],
    chance: ChaCha8Rng,
}

impl<'a> Mutator<'a> {
    /// Over these seeds; `number` fixes every choice.
    #[must_use]
    pub fn new(seeds: &'a [Vec<u8>], number: u64) -> Self {
        Self {
            seeds,
            chance: ChaCha8Rng::seed_from_u64(number),
        }
    }

    /// The next input: a seed with one to eight changes.
    pub fn next_input(&mut self) -> Vec<u8> {
        let mut input = self.seed().to_vec();
        for _ in 0..=self.below(8) {
            self.change(&mut input);
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len() + 1);
        let end = (at + self.below(12)).min(input.len());
        match self.below(7) {
            0 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << (self.chance.next_u32() % 8);
                }
            }
            1 => drop(input.drain(at..end)),
            2 => {
                let copy = input[at..end].to_vec();
                let to = self.below(input.len() + 1);
                input.splice(to..to, copy);
            }
            3 => input.truncate(at),
            4 => {
                let other = self.seed();
                let from = self.below(other.len() + 1);
                input.splice(at..end, other[from..].iter().copied());
            }
            5 => input.insert(at, self.chance.next_u32().to_le_bytes()[0]),
            _ => {
                let word = WORDS[self.below(WORDS.len())];
                input.splice(at..end, word.bytes());
            }
        }
    }

    fn seed(&mut self) -> &'a [u8] {
        let seeds = self.seeds;
        if seeds.is_empty() {
            &[]
        } else {
            &seeds[self.below(seeds.len())]
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.chance.next_u64() % bound.max(1) as u64).unwrap_or_default()
    }
}

/// What parsers stumble over.
const WORDS: [&str; 40] = [
    "&",
    "=",
    "%",
    "%00",
    "%zz",
    "+",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "true",
    "-0",
    "1e999",
    "0.1",
    "00",
    "9007199254740993",
    "18446744073709551616",
    "\u{feff}",
    "\u{202e}",
    "\u{fffd}",
    "\r\n",
    "//",
    "@",
    "..",
    "#",
    "?",
    ";",
    "intent:",
    "javascript:",
    "[::1]",
    "PCD_PAY_TOTAL",
    "payhash",
    "hash",
];
