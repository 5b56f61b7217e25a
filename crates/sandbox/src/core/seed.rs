//! Ids, tokens and keys, all from one seed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

/// Where every identifier and token of a sandbox comes from.
pub(crate) struct Seed(ChaCha8Rng);

impl Seed {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Payple's 32-character tokens and billing keys: a 16 byte block, base64 twice.
    pub(crate) fn payple_token(&mut self) -> String {
        let mut block = [0; 16];
        self.0.fill_bytes(&mut block);
        double_base64(&block)
    }

    /// Payple's AuthKey: 208 bytes, base64 twice. Every recorded key begins with the same 16 bytes.
    pub(crate) fn payple_auth_key(&mut self) -> String {
        let mut block = [0; 208];
        self.0.fill_bytes(&mut block);
        block[..16].copy_from_slice(&AUTH_KEY_PREFIX);
        double_base64(&block)
    }

    pub(crate) fn digits(&mut self, count: usize) -> String {
        self.pick(count, b"0123456789")
    }

    pub(crate) fn upper_alphanumerics(&mut self, count: usize) -> String {
        self.pick(count, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64() % bound.max(1)
    }

    fn pick(&mut self, count: usize, alphabet: &[u8]) -> String {
        (0..count)
            .map(|_| char::from(alphabet[self.below(alphabet.len() as u64) as usize]))
            .collect()
    }
}

fn double_base64(block: &[u8]) -> String {
    STANDARD.encode(STANDARD.encode(block))
}

const AUTH_KEY_PREFIX: [u8; 16] = [
    248, 72, 25, 87, 35, 31, 70, 23, 30, 145, 72, 164, 255, 54, 236, 60,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_the_recorded_shapes() {
        let mut seed = Seed::new(7);
        assert_eq!(seed.payple_token().len(), 32);
        let auth_key = seed.payple_auth_key();
        assert_eq!(auth_key.len(), 376);
        assert!(auth_key.starts_with("K0VnWlZ5TWZSaGNla1Vpay96YnNQ"));
    }

    #[test]
    fn the_same_seed_says_the_same() {
        let (mut one, mut two) = (Seed::new(7), Seed::new(7));
        assert_eq!(one.payple_token(), two.payple_token());
        assert_eq!(one.digits(7), two.digits(7));
        assert_ne!(Seed::new(8).payple_token(), Seed::new(7).payple_token());
    }
}
