//! Bodies: what is read can be written and read again without loss.

use paypair_protocol::wire::{Fields, Value};

/// A form keeps its bytes, its order and its duplicates.
pub(crate) fn form(data: &[u8]) {
    let Ok(fields) = Fields::from_form(data) else {
        panic!("a form always reads")
    };
    let again = Fields::from_form(fields.to_form().as_bytes());
    assert!(again.is_ok_and(|again| again == fields));
    for name in fields.duplicates() {
        assert!(fields.names().filter(|other| *other == name).count() > 1);
    }
    let _ = format!("{:?}", fields.len());
}

/// JSON keeps each number as its digits.
pub(crate) fn json(data: &[u8]) {
    let Ok(fields) = Fields::from_json(data) else {
        return;
    };
    let written = fields.to_json();
    let again = Fields::from_json(written.as_bytes());
    assert!(
        again.is_ok_and(|again| texts(&again) == texts(&fields)),
        "{written}"
    );
    // PHP's slashes are the same text.
    let php = Fields::from_json(fields.to_php_json().as_bytes());
    assert!(
        php.is_ok_and(|php| texts(&php) == texts(&fields)),
        "{written}"
    );
    for (_, value) in fields.iter() {
        if let Value::Number(literal) = value {
            let found = data
                .windows(literal.len())
                .any(|window| window == literal.as_bytes());
            assert!(found, "{literal} is not what came");
        }
    }
}

/// Loose JSON reads at least what strict JSON reads, the same way.
pub(crate) fn loose_json(data: &[u8]) {
    let loose = Fields::from_loose_json(data);
    if let Ok(strict) = Fields::from_json(data) {
        assert!(loose.is_ok_and(|loose| loose == strict));
    }
}

/// Bytes that are not UTF-8 may be written as U+FFFD: JSON has no way to say them.
fn texts(fields: &Fields) -> Vec<(String, Option<String>)> {
    fields
        .iter()
        .map(|(name, value)| (name.to_owned(), value.text().map(Into::into)))
        .collect()
}
