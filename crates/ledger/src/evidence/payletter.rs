//! Payletter's proofs.

use paypair_protocol::Method;

/// `naverpay` is paid as `navercard` or `naverpoint`, `smilepay` as `smilecard` or `smilecash`.
pub(super) fn same_family(asked: &Method, used: &Method) -> bool {
    asked == used
}
