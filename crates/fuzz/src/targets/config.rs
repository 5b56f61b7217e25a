//! Settings: whatever a file says, the answer is a configuration that passed its checks, or one sentence.

use paypair_verifier::Config;

/// A configuration is either refused with words, or as strict as the checks promise.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    // A file is small; figment's time grows with the square of its nesting.
    if text.len() > 16 * 1024 {
        return;
    }
    match Config::from_toml(text) {
        Ok(config) => {
            assert!(config.check().is_ok());
            let shown = format!("{config:?}");
            assert!(!shown.contains(KEY), "a key in Debug");
        }
        Err(error) => {
            let said = error.to_string();
            assert!(!said.is_empty());
            assert!(!said.contains(KEY), "a key in an error: {said}");
        }
    }
}

/// The key in the corpus' files.
const KEY: &str = "abcd1234567890";
