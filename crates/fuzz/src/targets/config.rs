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
            for key in KEYS.iter().filter(|key| is_kept(text, key)) {
                assert!(!shown.contains(key), "a key in Debug");
            }
        }
        Err(error) => {
            let said = error.to_string();
            assert!(!said.is_empty());
            for key in KEYS {
                assert!(!said.contains(key), "a key in an error: {said}");
            }
        }
    }
}

/// Whether it stands where keys stand, and nowhere else: what is meant for everybody is shown, whatever was put there.
fn is_kept(text: &str, key: &str) -> bool {
    let mut lines = text.lines().filter(|line| line.contains(key)).peekable();
    let of_key = |line: &str| {
        let name = line.split_once('=').map(|(name, _)| name.trim());
        name.is_some_and(|name| SECRET.iter().any(|end| name.ends_with(end)))
    };
    lines.peek().is_some() && lines.all(of_key)
}

/// How the names of settings end that are never shown.
const SECRET: [&str; 3] = ["key", "token", "secret"];

/// The keys in the corpus' files.
const KEYS: [&str; 3] = [
    "abcd1234567890",
    "C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
];
