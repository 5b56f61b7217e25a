//! The header `Idempotency-Key`, by draft-ietf-httpapi-idempotency-key-header: a structured field's string (`"8e03978e"`); the bare
//! text that most clients send is taken too.

use paypair_ledger::Digest;

use crate::{ApiError, http::RawRequest};

/// The longest key: more than any UUID.
const LONGEST: usize = 255;

/// The digest of the request's key; none if it has none. A key that stands twice, or cannot be read, is refused: whoever sent one
/// relies on it.
pub(crate) fn idempotency_key(request: &RawRequest) -> Result<Option<Digest>, ApiError> {
    let mut sent = request
        .headers
        .iter()
        .filter(|(name, _)| name == "idempotency-key");
    let Some((_, value)) = sent.next() else {
        return Ok(None);
    };
    let key = std::str::from_utf8(value).ok().and_then(read);
    match (key, sent.next()) {
        (Some(key), None) => Ok(Some(Digest::of_parts([b"idempotency-key", key.as_bytes()]))),
        _ => Err(ApiError::IdempotencyKeyInvalid),
    }
}

fn read(value: &str) -> Option<String> {
    let value = value.trim_matches([' ', '\t']);
    let key = match value.strip_prefix('"') {
        Some(quoted) => unquote(quoted)?,
        None if value.contains(['"', '\\', ',', ';']) => return None,
        None => value.to_owned(),
    };
    let fits = (1..=LONGEST).contains(&key.len());
    let plain = key.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    (fits && plain).then_some(key)
}

/// What stands up to the closing quote, which must be the end.
fn unquote(quoted: &str) -> Option<String> {
    let mut key = String::new();
    let mut letters = quoted.chars();
    loop {
        match letters.next()? {
            '"' => return letters.next().is_none().then_some(key),
            '\\' => match letters.next()? {
                escaped @ ('"' | '\\') => key.push(escaped),
                _ => return None,
            },
            letter => key.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_and_the_bare_text_are_one_key() {
        assert_eq!(read("\"8e03-978e\"").as_deref(), Some("8e03-978e"));
        assert_eq!(read(" 8e03-978e ").as_deref(), Some("8e03-978e"));
        assert_eq!(read(r#""a\"b\\c""#).as_deref(), Some(r#"a"b\c"#));
        assert_eq!(
            read(&"k".repeat(LONGEST)).map(|key| key.len()),
            Some(LONGEST)
        );
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for value in [
            "",
            "\"\"",
            "\"open",
            "\"a\"b",
            "\"a\" \"b\"",
            "\"a\";v=1",
            "a,b",
            r#""a\nb""#,
            "\u{ac00}",
            "\"a\u{7f}\"",
        ] {
            assert_eq!(read(value), None, "{value:?}");
        }
        assert_eq!(read(&"k".repeat(LONGEST + 1)), None);
        let twice = RawRequest::new("POST", "/charges")
            .with_header("idempotency-key", "a")
            .with_header("idempotency-key", "a");
        assert!(matches!(
            idempotency_key(&twice),
            Err(ApiError::IdempotencyKeyInvalid)
        ));
        let none = RawRequest::new("POST", "/charges");
        assert!(matches!(idempotency_key(&none), Ok(None)));
    }
}
