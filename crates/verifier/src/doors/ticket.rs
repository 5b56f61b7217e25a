//! Things that open one door each: client secrets, return nonces, launch tickets. The store knows only their digests.

use crate::environment::Environment;

/// 128 unguessable bits, written so that they fit a URL and a gateway's field. `prefix` tells people what it is (`cs_`).
pub(crate) fn draw_ticket(environment: &impl Environment, prefix: &str) -> String {
    let mut bytes = [0; 16];
    environment.random(&mut bytes);
    format!("{prefix}{}", hex::encode(bytes))
}
