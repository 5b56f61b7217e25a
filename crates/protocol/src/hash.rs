//! The signatures of Payletter. Payple signs nothing.
//!
//! Both gateways join the parts **without separators**, so a good hash does not prove where one part ends. Whoever
//! verifies must still compare every part with the order.

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

use crate::Secret;

/// A SHA-256 digest.
#[derive(Debug, Clone, Copy)]
pub struct Digest([u8; 32]);

impl Digest {
    fn of(parts: &[&[u8]], key: &Secret) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        hasher.update(key.expose().as_bytes());
        Self(hasher.finalize().into())
    }

    /// Compares decoded bytes in constant time. Either case of the digits is fine, anything that is not 64 of them is not.
    #[must_use]
    pub fn matches_hex(&self, hex_digits: &[u8]) -> bool {
        let mut received = [0_u8; 32];
        hex::decode_to_slice(hex_digits, &mut received).is_ok()
            && bool::from(self.0.ct_eq(&received))
    }

    /// As the domestic gateway writes it.
    #[must_use]
    pub fn to_upper_hex(&self) -> String {
        hex::encode_upper(self.0)
    }

    /// As the global gateway writes it.
    #[must_use]
    pub fn to_lower_hex(&self) -> String {
        hex::encode(self.0)
    }
}

/// Domestic `payhash`: user_id + amount + tid + PAYMENT key (its text as issued, not base64-decoded).
///
/// `amount` is the received text. The order number is **not** covered.
#[must_use]
pub fn payhash(
    user_id: impl AsRef<[u8]>,
    amount: impl AsRef<[u8]>,
    tid: impl AsRef<[u8]>,
    payment_key: &Secret,
) -> Digest {
    Digest::of(
        &[user_id.as_ref(), amount.as_ref(), tid.as_ref()],
        payment_key,
    )
}

/// Domestic `payhash` of a verification-only registration: user_id + billkey + PAYMENT key.
#[must_use]
pub fn payhash_verification_only(
    user_id: impl AsRef<[u8]>,
    billkey: impl AsRef<[u8]>,
    payment_key: &Secret,
) -> Digest {
    Digest::of(&[user_id.as_ref(), billkey.as_ref()], payment_key)
}

/// Global `hash`: storeid + currency + storeorderno + payamt + payerid + timestamp + API key.
///
/// `payamt` is the received text (`1`, not `1.00`). notifytype, paytoken and notifyid are **not** covered.
#[must_use]
pub fn notice_hash(
    storeid: impl AsRef<[u8]>,
    currency: impl AsRef<[u8]>,
    storeorderno: impl AsRef<[u8]>,
    payamt: impl AsRef<[u8]>,
    payerid: impl AsRef<[u8]>,
    timestamp: impl AsRef<[u8]>,
    api_key: &Secret,
) -> Digest {
    let parts = [
        storeid.as_ref(),
        currency.as_ref(),
        storeorderno.as_ref(),
        payamt.as_ref(),
        payerid.as_ref(),
        timestamp.as_ref(),
    ];
    Digest::of(&parts, api_key)
}

/// Global `hash` of a billing agreement without amount: storeid + storeorderno + payerid + timestamp + API key.
#[must_use]
pub fn notice_hash_token_only(
    storeid: impl AsRef<[u8]>,
    storeorderno: impl AsRef<[u8]>,
    payerid: impl AsRef<[u8]>,
    timestamp: impl AsRef<[u8]>,
    api_key: &Secret,
) -> Digest {
    let parts = [
        storeid.as_ref(),
        storeorderno.as_ref(),
        payerid.as_ref(),
        timestamp.as_ref(),
    ];
    Digest::of(&parts, api_key)
}
