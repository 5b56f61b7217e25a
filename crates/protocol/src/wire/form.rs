//! `application/x-www-form-urlencoded`, byte by byte.

use super::{Fields, Value};

pub(super) fn read(body: &[u8]) -> Fields {
    body.split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let cut = pair
                .iter()
                .position(|byte| *byte == b'=')
                .unwrap_or(pair.len());
            let (name, value) = pair.split_at(cut);
            let name = String::from_utf8(decode(name))
                .unwrap_or_else(|broken| String::from_utf8_lossy(broken.as_bytes()).into_owned());
            (
                name,
                Value::Text(decode(value.get(1..).unwrap_or_default())),
            )
        })
        .collect()
}

pub(super) fn write(fields: &Fields) -> String {
    let mut text = String::new();
    for (name, value) in fields.iter() {
        if !text.is_empty() {
            text.push('&');
        }
        text.extend(form_urlencoded::byte_serialize(name.as_bytes()));
        text.push('=');
        text.extend(form_urlencoded::byte_serialize(
            value.bytes().unwrap_or_default(),
        ));
    }
    text
}

/// `form_urlencoded::parse` would make text of it and lose bytes that are not UTF-8.
fn decode(mut rest: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some(plain) = rest.iter().position(|byte| matches!(byte, b'%' | b'+')) {
        let (before, from) = rest.split_at(plain);
        bytes.extend_from_slice(before);
        let (byte, used) = match from {
            [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                (hex_value(*high) << 4 | hex_value(*low), 3)
            }
            [b'+', ..] => (b' ', 1),
            _ => (b'%', 1),
        };
        bytes.push(byte);
        rest = from.get(used..).unwrap_or_default();
    }
    bytes.extend_from_slice(rest);
    bytes
}

const fn hex_value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn order_duplicates_and_broken_escapes_are_kept() {
        let fields = read(b"b=1&a=%zz+%41&b=2&&c&d==%");
        let pairs: Vec<_> = fields
            .iter()
            .map(|(name, value)| (name, value.text().unwrap().into_owned()))
            .collect();
        let expected = [
            ("b", "1"),
            ("a", "%zz A"),
            ("b", "2"),
            ("c", ""),
            ("d", "=%"),
        ];
        assert_eq!(
            pairs,
            expected.map(|(name, value)| (name, value.to_owned()))
        );
        assert_eq!(fields.duplicates(), ["b"]);
    }

    #[test]
    fn bytes_that_are_not_utf8_survive() {
        let fields = read(b"user_name=%C8%AB%B1%E6\xB5\xBF");
        assert_eq!(
            fields.bytes("user_name").as_deref(),
            Some(&b"\xC8\xAB\xB1\xE6\xB5\xBF"[..])
        );
        assert_eq!(write(&fields), "user_name=%C8%AB%B1%E6%B5%BF");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(pairs in proptest::collection::vec(("\\PC+", any::<Vec<u8>>()), 0..5)) {
            let fields: Fields = pairs.into_iter().map(|(name, bytes)| (name, Value::Text(bytes))).collect();
            prop_assert!(read(write(&fields).as_bytes()) == fields);
        }

        #[test]
        fn no_body_panics(body: Vec<u8>) {
            let _ = read(&body);
        }
    }
}
