//! JSON objects, with duplicates, literal numbers and bytes kept.

use std::borrow::Cow;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{Fields, Value};
use crate::Error;

/// No message nests deeper than four; each level is scanned once more.
const DEEPEST: usize = 16;

pub(super) fn read(body: &[u8]) -> Result<Fields, Error> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body); // some PHP files begin with a byte order mark
    let (text, charset) = match std::str::from_utf8(body) {
        Ok(text) => (Cow::Borrowed(text), Charset::Utf8),
        Err(_) => (
            Cow::Owned(body.iter().copied().map(hide).collect()),
            Charset::Hidden,
        ),
    };
    object(text.trim(), charset, DEEPEST - 1)
}

/// Drops commas that stand right before a closing bracket, outside of strings.
pub(super) fn without_trailing_commas(body: &[u8]) -> Vec<u8> {
    let (mut in_text, mut escaped) = (false, false);
    let mut kept: Vec<u8> = Vec::with_capacity(body.len());
    for &byte in body {
        if in_text {
            in_text = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else if byte == b'"' {
            in_text = true;
        } else if matches!(byte, b'}' | b']') {
            let end = kept.trim_ascii_end();
            if end.last() == Some(&b',') {
                kept.truncate(end.len() - 1);
            }
        }
        kept.push(byte);
    }
    kept
}

#[derive(Clone, Copy)]
enum Charset {
    Utf8,
    /// Bytes above 127 stand as private characters, see [`hide`].
    Hidden,
}

/// Bytes of an unknown charset travel through the parser as the last private characters of Unicode, so that they are
/// not mixed up with real `\u` escapes.
fn hide(byte: u8) -> char {
    if byte.is_ascii() {
        char::from(byte)
    } else {
        char::from_u32(HIDDEN + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER)
    }
}

const HIDDEN: u32 = 0x10_FF00;

fn unhide(text: String, charset: Charset) -> Vec<u8> {
    if matches!(charset, Charset::Utf8) {
        return text.into_bytes();
    }
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        match (character as u32)
            .checked_sub(HIDDEN)
            .and_then(|byte| u8::try_from(byte).ok())
        {
            Some(byte) if !byte.is_ascii() => bytes.push(byte),
            _ => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

fn object(literal: &str, charset: Charset, depth: usize) -> Result<Fields, Error> {
    let Pairs(pairs) = parse(literal)?;
    let field = |(name, raw): (String, &RawValue)| {
        let name = match charset {
            Charset::Utf8 => name,
            Charset::Hidden => String::from_utf8_lossy(&unhide(name, charset)).into_owned(),
        };
        Ok((name, value(raw, charset, depth)?))
    };
    pairs.into_iter().map(field).collect()
}

/// What stands in an object or a list. Its syntax was checked when it was found there, and a number keeps its digits.
fn value(raw: &RawValue, charset: Charset, depth: usize) -> Result<Value, Error> {
    let literal = raw.get();
    let depth = depth.checked_sub(1).ok_or(Error::BodyMalformed)?;
    Ok(match literal.as_bytes().first() {
        Some(b'{') => Value::Object(object(literal, charset, depth)?),
        Some(b'[') => {
            let Items(items) = parse(literal)?;
            let inner = |raw| value(raw, charset, depth);
            Value::List(items.into_iter().map(inner).collect::<Result<_, _>>()?)
        }
        Some(b'"') => Value::Text(unhide(text(literal)?, charset)),
        Some(b't') => Value::Bool(true),
        Some(b'f') => Value::Bool(false),
        Some(b'n') => Value::Null,
        _ => Value::Number(literal.to_owned()),
    })
}

/// Most texts have no escapes, and are what stands between their quotes.
fn text(literal: &str) -> Result<String, Error> {
    let plain = literal
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match plain.filter(|text| !text.contains('\\')) {
        Some(text) => Ok(text.to_owned()),
        None => parse(literal),
    }
}

fn parse<'de, T: Deserialize<'de>>(literal: &'de str) -> Result<T, Error> {
    serde_json::from_str(literal).map_err(|_| Error::BodyMalformed)
}

/// The fields of an object with all duplicates, which a map would lose.
struct Pairs<'de>(Vec<(String, &'de RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

struct Items<'de>(Vec<&'de RawValue>);

impl<'de> Deserialize<'de> for Items<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Items<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Items<'de>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Items(items))
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Slash {
    Plain,
    Escaped,
}

pub(super) fn write(fields: &Fields, slash: Slash) -> String {
    let mut out = String::new();
    write_object(&mut out, fields, slash);
    out
}

fn write_object(out: &mut String, fields: &Fields, slash: Slash) {
    out.push('{');
    for (index, (name, value)) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_text(out, name, slash);
        out.push(':');
        write_value(out, value, slash);
    }
    out.push('}');
}

fn write_value(out: &mut String, value: &Value, slash: Slash) {
    match value {
        Value::Text(bytes) => write_text(out, &String::from_utf8_lossy(bytes), slash),
        Value::Number(literal) => out.push_str(literal),
        Value::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
        Value::Null => out.push_str("null"),
        Value::Object(fields) => write_object(out, fields, slash),
        Value::List(values) => {
            out.push('[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_value(out, value, slash);
            }
            out.push(']');
        }
    }
}

fn write_text(out: &mut String, text: &str, slash: Slash) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '/' if slash == Slash::Escaped => out.push_str("\\/"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if (control as u32) < 0x20 => {
                use std::fmt::Write as _;
                let _ = write!(out, "\\u{:04x}", control as u32);
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn order_duplicates_literals_and_nesting_are_kept() {
        let body =
            r#"{"b":158373076896800062,"a":1.00,"b":"x","n":null,"t":true,"o":{"k":[1,"둘",{}]}}"#;
        let fields = read(body.as_bytes()).unwrap();
        assert_eq!(
            fields.names().collect::<Vec<_>>(),
            ["b", "a", "b", "n", "t", "o"]
        );
        assert_eq!(fields.text("b").as_deref(), Some("158373076896800062"));
        assert_eq!(fields.text("a").as_deref(), Some("1.00"));
        assert_eq!(fields.object("o").unwrap().list("k").len(), 3);
        assert_eq!(write(&fields, Slash::Plain), body);
    }

    #[test]
    fn php_escapes_slashes_and_leaves_korean() {
        let fields = Fields::from([("url", "https://payple.kr/한\"\n\u{1}")]);
        assert_eq!(
            write(&fields, Slash::Escaped),
            r#"{"url":"https:\/\/payple.kr\/한\"\n\u0001"}"#
        );
    }

    #[test]
    fn a_body_in_euc_kr_keeps_its_bytes_and_its_escapes() {
        let body = b"{\"user_name\":\"\xC8\xAB\xB1\xE6\xB5\xBF \\u00e9\",\"amount\":1000}";
        let fields = read(body).unwrap();
        assert_eq!(
            fields.bytes("user_name").as_deref(),
            Some(&b"\xC8\xAB\xB1\xE6\xB5\xBF \xC3\xA9"[..])
        );
        assert_eq!(fields.bytes("amount").as_deref(), Some(&b"1000"[..]));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for body in [
            "",
            "[]",
            "1",
            "\"x\"",
            "{",
            "{\"a\":01}",
            "{\"a\":1,}",
            "{\"a\":1.}",
            "{\"a\":-}",
            "{\"a\":tru}",
            "{\"a\":nul}",
            "{\"a\":\"}",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":\"\n\"}",
            "{} x",
            "<html>",
        ] {
            assert_eq!(read(body.as_bytes()), Err(Error::BodyMalformed), "{body}");
        }
        let deep = |levels| ["{\"a\":".repeat(levels), "1".into(), "}".repeat(levels)].concat();
        assert!(read(deep(DEEPEST - 1).as_bytes()).is_ok());
        for levels in [DEEPEST, 40, 4000] {
            let body = deep(levels);
            assert_eq!(read(body.as_bytes()), Err(Error::BodyMalformed));
        }
    }

    #[test]
    fn only_commas_that_separate_nothing_are_forgiven() {
        let loose = br#"{"a": ["x,]", "\",}", ], "b": {"c": 1,},
        }"#;
        let fields = read(&without_trailing_commas(loose)).unwrap();
        assert_eq!(
            write(&fields, Slash::Plain),
            r#"{"a":["x,]","\",}"],"b":{"c":1}}"#
        );
        assert_eq!(
            read(&without_trailing_commas(b"{,}")).map(|fields| fields.len()),
            Ok(0)
        );
        assert!(read(&without_trailing_commas(b"{\"a\":1,,}")).is_err());
    }

    const TOKENS: &[&str] = &[
        "{", "}", "[", "]", "\"", "\"b\":", "\"c\"", ",", ":", "\\", "\\n", "\\u00e9", "\\udc00",
        "\t", " ", "1", "0", "-", "+", ".", "e", "true", "null", "false", "tru", "x", "한",
    ];

    proptest! {
        #[test]
        fn no_body_panics(body: Vec<u8>) {
            let _ = read(&body);
        }

        #[test]
        fn another_reader_takes_and_refuses_the_same(tokens in proptest::collection::vec(prop::sample::select(TOKENS), 0..9)) {
            let body = ["{\"a\":", &tokens.concat(), "}"].concat();
            let other = serde_json::from_str::<serde_json::Value>(&body);
            // It keeps no digits, and so refuses 1e1111.
            prop_assume!(!matches!(&other, Err(error) if error.to_string().starts_with("number out of range")));
            prop_assert_eq!(read(body.as_bytes()).is_ok(), other.is_ok(), "{}", body);
        }

        #[test]
        fn what_is_written_is_read_back(pairs in proptest::collection::vec((any::<String>(), any::<String>()), 0..5)) {
            let fields: Fields = pairs.into_iter().collect();
            prop_assert!(read(write(&fields, Slash::Escaped).as_bytes()).as_ref() == Ok(&fields));
        }
    }
}
