//! Another value for one row of a body, wherever in it the row stands.

use paypair_protocol::wire::{Fields, Value};

/// The value of a row; a dot leads into an object, or into the first item of a list that has it. An empty value is none.
pub(crate) fn find<'f>(fields: &'f Fields, wire: &str) -> Option<&'f Value> {
    let Some((head, rest)) = wire.split_once('.') else {
        return fields.get(wire).filter(|value| says_something(value));
    };
    match fields.get(head)? {
        Value::Object(inner) => find(inner, rest),
        Value::List(items) => items.iter().find_map(|item| match item {
            Value::Object(inner) => find(inner, rest),
            _ => None,
        }),
        _ => None,
    }
}

/// The same body, with what `edit` makes of this row; untouched if the row is not there.
pub(crate) fn edited(fields: &Fields, wire: &str, edit: &dyn Fn(&mut Fields, &str)) -> Fields {
    let mut changed = fields.clone();
    let Some((head, rest)) = wire.split_once('.') else {
        edit(&mut changed, wire);
        return changed;
    };
    match fields.get(head) {
        Some(Value::Object(inner)) => changed.set(head, edited(inner, rest, edit)),
        Some(Value::List(items)) => {
            let has =
                |item: &Value| matches!(item, Value::Object(inner) if find(inner, rest).is_some());
            let at = items.iter().position(has);
            let edit_item = |(index, item): (usize, &Value)| match item {
                Value::Object(inner) if Some(index) == at => edited(inner, rest, edit).into(),
                _ => item.clone(),
            };
            let items: Vec<Value> = items.iter().enumerate().map(edit_item).collect();
            changed.set(head, items);
        }
        _ => {}
    }
    changed
}

/// The same body with another value in this row; none if the row is not sent.
pub(crate) fn changed(fields: &Fields, wire: &str) -> Option<Fields> {
    let other = other(find(fields, wire)?);
    Some(edited(fields, wire, &|fields, name| {
        fields.set(name, other.clone());
    }))
}

fn says_something(value: &Value) -> bool {
    !matches!(value, Value::Null) && value.text().is_none_or(|text| !text.is_empty())
}

/// Another value of the same kind. Of an object and of a list: nothing in it.
fn other(value: &Value) -> Value {
    match value {
        Value::Number(literal) => Value::number(other_text(literal)),
        Value::Bool(yes) => Value::Bool(!yes),
        Value::Object(_) => Value::Null,
        Value::List(_) => Value::List(Vec::new()),
        Value::Text(_) | Value::Null => other_text(&value.text().unwrap_or_default())
            .as_str()
            .into(),
    }
}

/// Words that have a counterpart; elsewhere the last digit is another, or a letter more stands at the end.
fn other_text(text: &str) -> String {
    const WORDS: [(&str, &str); 7] = [
        ("success", "error"),
        ("error", "success"),
        ("Y", "N"),
        ("N", "Y"),
        ("CERT", "PAY"),
        ("PAY", "CERT"),
        ("USD", "EUR"),
    ];
    if let Some((_, other)) = WORDS.iter().find(|(word, _)| *word == text) {
        return (*other).to_owned();
    }
    let mut text = text.to_owned();
    if text.len() == 14 && text.starts_with("20") {
        text.truncate(8); // a time: another day
    }
    match text.rfind(|character: char| character.is_ascii_digit()) {
        Some(at) => {
            let digit = text.as_bytes()[at];
            let other = if digit == b'9' {
                '8'
            } else {
                char::from(digit + 1)
            };
            text.replace_range(at..=at, other.encode_utf8(&mut [0; 4]));
        }
        None => text.push('z'),
    }
    text
}
