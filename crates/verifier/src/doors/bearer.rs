//! The merchant's own servers show a bearer token.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::http::RawRequest;

/// Compares two secrets without telling by the time taken where they differ, or how long the right one is.
pub(crate) fn same_secret(given: &[u8], expected: &[u8]) -> bool {
    let (given, expected) = (Sha256::digest(given), Sha256::digest(expected));
    given.as_slice().ct_eq(expected.as_slice()).into()
}

/// The token of `Authorization: Bearer ...`.
pub(crate) fn token_of(request: &RawRequest) -> Option<&str> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim())
        .filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_opens() {
        assert!(same_secret(b"token", b"token"));
        assert!(!same_secret(b"toke", b"token"));
        assert!(!same_secret(b"", b"token"));
    }

    #[test]
    fn the_scheme_may_be_written_either_way() {
        let request = |value| RawRequest::new("GET", "/").with_header("authorization", value);
        assert_eq!(token_of(&request("Bearer abc")), Some("abc"));
        assert_eq!(token_of(&request("bearer abc")), Some("abc"));
        assert_eq!(token_of(&request("Basic abc")), None);
        assert_eq!(token_of(&request("Bearer ")), None);
    }
}
