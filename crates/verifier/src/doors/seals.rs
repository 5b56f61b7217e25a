//! What is given out for an order and can be made again: its client secret, the address of its launch page, and the one that a gateway
//! calls back. The store has a random seed for each order and the digest of the secret; the merchant's token is ours alone.

use paypair_ledger::{Digest, Order};
use paypair_protocol::Secret;

use crate::{Verifier, doors::same_secret, environment::Environment};

impl<S, N, E> Verifier<S, N, E> {
    /// The client secret of an order that the merchant registers. It needs the token as well as the seed: the store alone, in wrong
    /// hands, opens no order.
    pub(crate) fn new_client_secret(&self, order_id: &str, seed: Digest) -> String {
        client_secret(&self.config().merchant_token, order_id, seed)
    }

    /// The client secret that was given out for an order, made again: the answer to its registration may have been lost. None for
    /// an order of an earlier version, one whose token is forgotten, and one that a page opened.
    pub(crate) fn client_secret_again(&self, order: &Order) -> Option<String> {
        let seed = order.seed?;
        self.tokens()
            .map(|token| client_secret(token, &order.id, seed))
            .find(|secret| Digest::of(secret) == order.client_secret)
    }

    /// The secret of an order that an old page opens: such pages ask anew on every click and keep nothing.
    pub(crate) fn drop_in_secret(&self, order: &Order) -> Option<String> {
        let named = [order.id.as_str()];
        let of_seed = order
            .seed
            .map(|seed| seal(&[seed.as_bytes()], "drop-in", &named));
        // Orders of an earlier version have no seed.
        let of_tokens = self
            .tokens()
            .map(|token| seal(&[token.expose().as_bytes()], "drop-in", &named));
        of_seed
            .into_iter()
            .chain(of_tokens)
            .map(|seal| format!("cs_{seal}"))
            .find(|secret| Digest::of(secret) == order.client_secret)
    }

    /// The same for an order that is about to be opened.
    pub(crate) fn new_drop_in_secret(order_id: &str, seed: Digest) -> String {
        format!("cs_{}", seal(&[seed.as_bytes()], "drop-in", &[order_id]))
    }

    /// Was this order opened by an old page? Then its id alone opens it, and ids can be guessed.
    pub(crate) fn is_drop_in(&self, order: &Order) -> bool {
        self.drop_in_secret(order).is_some()
    }

    /// What an order's launch address ends with.
    pub(crate) fn launch_seal(&self, order: &Order) -> String {
        let secret = order.client_secret.to_hex();
        let token = self.config().merchant_token.expose().as_bytes();
        let key = order
            .seed
            .as_ref()
            .map_or(token, |seed| seed.as_bytes().as_slice());
        seal(&[key], "launch", &[&order.id, &secret])
    }

    /// Does this end the address that was given out for the order?
    pub(crate) fn is_launch_seal(&self, order: &Order, given: &str) -> bool {
        if same_secret(given.as_bytes(), self.launch_seal(order).as_bytes()) {
            return true;
        }
        // Links of an earlier version were made with the token.
        let secret = order.client_secret.to_hex();
        order.seed.is_none()
            && self.tokens().any(|token| {
                let made = seal(
                    &[token.expose().as_bytes()],
                    "launch",
                    &[&order.id, &secret],
                );
                same_secret(given.as_bytes(), made.as_bytes())
            })
    }

    /// The merchant's token and the one before, even after its end: what was made with it is still there.
    fn tokens(&self) -> impl Iterator<Item = &Secret> {
        let config = self.config();
        std::iter::once(&config.merchant_token).chain(&config.previous_merchant_token)
    }
}

/// What the address ends with that the gateway alone is told, to call an attempt's result back to. None for an order of an earlier
/// version.
pub(crate) fn callback_seal(order: &Order, gateway_order_id: &str) -> Option<String> {
    let seed = order.seed?;
    Some(seal(&[seed.as_bytes()], "callback", &[gateway_order_id]))
}

/// 256 random bits.
pub(crate) fn draw_seed(environment: &impl Environment) -> Digest {
    let mut bytes = [0; 32];
    environment.random(&mut bytes);
    Digest::from_bytes(bytes)
}

fn client_secret(token: &Secret, order_id: &str, seed: Digest) -> String {
    let keys = [token.expose().as_bytes(), seed.as_bytes()];
    format!("cs_{}", seal(&keys, "client", &[order_id]))
}

/// Text nobody can guess or make without the keys, the same each time for the same parts.
fn seal(keys: &[&[u8]], purpose: &str, parts: &[&str]) -> String {
    let texts = keys
        .iter()
        .copied()
        .chain([purpose.as_bytes()])
        .chain(parts.iter().map(|part| part.as_bytes()));
    Digest::of_parts(texts).to_hex()[..32].to_owned()
}
