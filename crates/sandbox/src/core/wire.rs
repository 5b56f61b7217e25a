//! How the gateways read and write. On purpose not the merchant's reader: this one is as forgiving as theirs.

use std::borrow::Cow;
use std::collections::BTreeMap;

use paypair_protocol::wire::Fields;
use paypair_protocol::{Fault, Table};
use serde_json::value::RawValue;

/// The fields of a request, from a form, a multipart body or JSON; names compare without case (Json.NET does so).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// The value, or `""`.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.get(name).to_owned()
    }

    /// The first row of a message's table that these fields do not keep.
    pub(crate) fn broken_rule(&self, table: &Table) -> Option<Fault> {
        self.broken_rules(table).into_iter().next()
    }

    pub(crate) fn broken_rules(&self, table: &Table) -> Vec<Fault> {
        let value = |wire: &str| Some(Cow::from(self.get(wire))).filter(|value| !value.is_empty());
        table.check(&value)
    }

    /// The same, with one more field: what the path said.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.0.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// As the protocol's typed readers want it.
    pub(crate) fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        for (name, value) in &self.0 {
            fields.push(name.to_ascii_lowercase(), value);
        }
        fields
    }

    /// Reads by content type, as PHP does; an unknown type is tried as JSON, then as a form.
    pub(crate) fn read(content_type: &str, body: &[u8]) -> Self {
        let kind = content_type.to_ascii_lowercase();
        if kind.starts_with("multipart/form-data") {
            return boundary(content_type).map_or_else(Self::default, |boundary| {
                Self::from_multipart(&boundary, body)
            });
        }
        if kind.starts_with("application/x-www-form-urlencoded") {
            return Self::from_form(body);
        }
        Self::from_json(body).unwrap_or_else(|_| Self::from_form(body))
    }

    pub(crate) fn from_form(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// Takes what Payletter's server was seen to take: a trailing comma, numbers for strings, strings for numbers.
    /// A number keeps its digits (`1.00` stays `1.00`).
    pub(crate) fn from_json(body: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(body).map_err(|error| {
            let at = error.valid_up_to();
            format!("지정한 코드 페이지의 {at} 인덱스에서 바이트 [{:02X}]을(를) 유니코드로 변환할 수 없습니다.", body[at])
        })?;
        let tidy = without_trailing_commas(text);
        let object: BTreeMap<String, &RawValue> =
            serde_json::from_str(&tidy).map_err(|error| error.to_string())?;
        let plain = |raw: &RawValue| match serde_json::from_str::<String>(raw.get()) {
            Ok(text) => text,
            Err(_) if raw.get() == "null" => String::new(),
            Err(_) => raw.get().to_owned(),
        };
        Ok(Self(
            object
                .into_iter()
                .map(|(key, raw)| (key, plain(raw)))
                .collect(),
        ))
    }

    /// Just enough of multipart for `FormData` without files.
    fn from_multipart(boundary: &str, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let delimiter = format!("--{boundary}");
        let part = |part: &str| {
            let (head, value) = part.split_once("\r\n\r\n")?;
            let name = head.split("name=\"").nth(1)?.split('"').next()?;
            Some((
                name.to_owned(),
                value.strip_suffix("\r\n").unwrap_or(value).to_owned(),
            ))
        };
        Self(text.split(delimiter.as_str()).filter_map(part).collect())
    }
}

impl From<&[(String, String)]> for Form {
    fn from(pairs: &[(String, String)]) -> Self {
        Self(pairs.to_vec())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Form {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(
            pairs
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }
}

fn boundary(content_type: &str) -> Option<String> {
    let value = content_type.split("boundary=").nth(1)?.split(';').next()?;
    Some(value.trim().trim_matches('"').to_owned())
}

fn without_trailing_commas(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let (mut quoted, mut escaped) = (false, false);
    for character in text.chars() {
        if quoted {
            (quoted, escaped) = (character != '"' || escaped, character == '\\' && !escaped);
        } else if matches!(character, '}' | ']') {
            let end = tidy.trim_end().len();
            if tidy[..end].ends_with(',') {
                tidy.truncate(end - 1);
            }
        } else {
            quoted = character == '"';
        }
        tidy.push(character);
    }
    tidy
}

/// A JSON object in the order it is written.
#[derive(Default)]
pub(crate) struct Json(String);

impl Json {
    pub(crate) fn text(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        quote(&mut self.0, value);
        self
    }

    /// A number literal or a nested object, as it stands.
    pub(crate) fn raw(mut self, name: &str, literal: &str) -> Self {
        self.name(name);
        self.0.push_str(literal);
        self
    }

    fn name(&mut self, name: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        quote(&mut self.0, name);
        self.0.push(':');
    }

    pub(crate) fn end(mut self) -> String {
        self.0.push_str(if self.0.is_empty() { "{}" } else { "}" });
        self.0
    }

    /// As PHP's `json_encode` writes it: `/` becomes `\/`.
    pub(crate) fn end_php(self) -> String {
        self.end().replace('/', "\\/")
    }
}

/// A JSON string. Most have nothing to escape.
fn quote(into: &mut String, text: &str) {
    let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if text.bytes().all(plain) {
        into.push('"');
        into.push_str(text);
        into.push('"');
    } else {
        into.push_str(&serde_json::Value::from(text).to_string());
    }
}

/// A list of JSON objects.
pub(crate) fn json_list(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<_> = items.into_iter().collect();
    format!("[{}]", items.join(","))
}

/// A form body, spaces as `+`.
pub(crate) fn form_body(fields: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

/// Ordered fields from literals.
pub(crate) fn owned<const N: usize>(fields: [(&str, &str); N]) -> Vec<(String, String)> {
    fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// `scheme://host[:port]` of a URL, if it has one.
pub(crate) fn origin_of(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    url.origin()
        .is_tuple()
        .then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_lenient_body_is_read() {
        let form = Form::from_json(
            "{\"amount\" : \"3000\", \"user_id\": 13, \"t\": 1.00, \"product_Name\": \"a,}\",\n }"
                .as_bytes(),
        )
        .unwrap();
        assert_eq!(
            (form.get("amount"), form.get("user_id"), form.get("t")),
            ("3000", "13", "1.00")
        );
        assert_eq!(form.get("product_name"), "a,}");
    }

    #[test]
    fn other_encodings_are_refused_in_the_gateways_words() {
        let error = Form::from_json(b"{\"a\":\"\xc5\xd7\"}").unwrap_err();
        assert!(error.contains("6 인덱스에서 바이트 [C5]"), "{error}");
    }

    #[test]
    fn form_data_is_read() {
        let body = b"--X\r\nContent-Disposition: form-data; name=\"cst_id\"\r\n\r\ntest\r\n--X\r\nContent-Disposition: form-data; name=\"custKey\"\r\n\r\nabcd\r\n--X--\r\n";
        let form = Form::read("multipart/form-data; boundary=X", body);
        assert_eq!((form.get("cst_id"), form.get("custKey")), ("test", "abcd"));
    }

    #[test]
    fn php_escapes_slashes_only() {
        assert_eq!(
            Json::default().text("가", "a/b\"").raw("n", "1").end_php(),
            "{\"가\":\"a\\/b\\\"\",\"n\":1}"
        );
    }
}
