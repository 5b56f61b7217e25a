//! What a server is about to send: every fault is named, and what has none is read by the typed request.

use paypair_protocol::{Gateway, Locale};
use paypair_reader::check;

/// A check ends, and each fault has a code and a sentence in both languages.
pub(crate) fn run(data: &[u8]) {
    for gateway in [
        Gateway::Payple,
        Gateway::Payletter,
        Gateway::PayletterGlobal,
    ] {
        let Ok(wrong) = check(gateway, data) else {
            continue;
        };
        for fault in wrong {
            assert!(!fault.error.code().is_empty());
            for locale in [Locale::Ko, Locale::En] {
                assert!(!locale.message(&fault.error).is_empty());
            }
        }
    }
}
