//! Hashes: what is signed is found right, and one changed bit is not.

use paypair_protocol::Secret;
use paypair_protocol::hash::{
    notice_hash, notice_hash_token_only, payhash, payhash_verification_only,
};

/// First line: what is shown as the hash; then the parts.
pub(crate) fn run(data: &[u8]) {
    let parts = data.split(|byte| *byte == b'\n').collect::<Vec<_>>();
    let part = |index: usize| parts.get(index).copied().unwrap_or_default();
    let key = Secret::new("MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA=");
    for digest in [
        payhash(part(1), part(2), part(3), &key),
        payhash_verification_only(part(1), part(2), &key),
        notice_hash(part(1), part(2), part(3), part(4), part(5), part(6), &key),
        notice_hash_token_only(part(1), part(2), part(3), part(4), &key),
    ] {
        let upper = digest.to_upper_hex();
        assert!(
            digest.matches_hex(upper.as_bytes())
                && digest.matches_hex(digest.to_lower_hex().as_bytes())
        );
        let shown = part(0);
        assert_eq!(
            digest.matches_hex(shown),
            shown.eq_ignore_ascii_case(upper.as_bytes())
        );
        let mut bent = upper.into_bytes();
        let at = data.len() % bent.len();
        bent[at] = if bent[at] == b'0' { b'1' } else { b'0' };
        assert!(!digest.matches_hex(&bent));
        assert!(!digest.matches_hex(&bent[1..]));
    }
}
