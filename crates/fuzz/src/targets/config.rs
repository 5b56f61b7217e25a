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
            // What is meant for everybody is shown, whatever was put there.
            let open = [
                &config.public_url,
                config.sandbox_url.as_ref().unwrap_or(&config.public_url),
            ];
            let open = format!(
                "{open:?} {:?} {:?} {:?} {:?} {:?}",
                config.allowed_origins,
                config.page_origin,
                config.result_page,
                config.database,
                config.package_dir,
            );
            let shown = format!("{config:?}");
            for key in KEYS.iter().filter(|key| !open.contains(**key)) {
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

/// The keys in the corpus' files.
const KEYS: [&str; 3] = [
    "abcd1234567890",
    "C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
];
