//! Bodies as they travel: ordered fields, duplicates and unknown names kept, numbers as their literal digits, strings
//! as their bytes.
//!
//! Hashes are computed over what was received, so nothing is normalised here. A body that is not UTF-8 (a gateway
//! behind an old proxy sends EUC-KR) still decodes: [`Fields::bytes`] gives the bytes, [`Fields::text`] reads leniently.

mod form;
mod json;

use std::borrow::Cow;

use crate::{Error, Fault, Method, Money, Secret, Table};

/// The fields of a body, in order.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Fields(Vec<(String, Value)>);

/// What a field holds.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// A string, as bytes.
    Text(Vec<u8>),
    /// A number, as its literal characters.
    Number(String),
    /// A boolean.
    Bool(bool),
    /// JSON's null.
    Null,
    /// Fields inside of a field.
    Object(Fields),
    /// A list.
    List(Vec<Self>),
}

impl Value {
    /// A number from its literal characters.
    pub fn number(literal: impl Into<String>) -> Self {
        Self::Number(literal.into())
    }

    /// The text of a string, number or boolean.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(bytes) => Some(String::from_utf8_lossy(bytes)),
            Self::Number(literal) => Some(Cow::Borrowed(literal)),
            Self::Bool(true) => Some(Cow::Borrowed("true")),
            Self::Bool(false) => Some(Cow::Borrowed("false")),
            Self::Null | Self::Object(_) | Self::List(_) => None,
        }
    }

    /// The received bytes of a string, number or boolean.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Text(bytes) => Some(bytes),
            Self::Number(literal) => Some(literal.as_bytes()),
            Self::Bool(true) => Some(b"true"),
            Self::Bool(false) => Some(b"false"),
            Self::Null | Self::Object(_) | Self::List(_) => None,
        }
    }
}

impl Fields {
    /// No fields.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Reads `application/x-www-form-urlencoded`. Broken escapes are kept as they stand, so this cannot fail; the
    /// `Result` is there because callers read forms and JSON alike.
    pub fn from_form(body: &[u8]) -> Result<Self, Error> {
        Ok(form::read(body))
    }

    /// Reads a JSON object.
    pub fn from_json(body: &[u8]) -> Result<Self, Error> {
        json::read(body)
    }

    /// Reads a JSON object as the gateways read requests: a comma before a closing bracket is forgiven (their own
    /// samples have one). For the sandbox; answers and callbacks are read with [`Fields::from_json`].
    pub fn from_loose_json(body: &[u8]) -> Result<Self, Error> {
        json::read(&json::without_trailing_commas(body))
    }

    /// Adds a field at the end. An earlier one of the same name stays.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.0.push((name.into(), value.into()));
    }

    /// Adds a field if there is a value.
    pub fn push_some(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.push(name, value);
        }
    }

    /// Puts a value in the place of the first field of this name, or at the end.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        match self.0.iter_mut().find(|(have, _)| have == name) {
            Some((_, slot)) => *slot = value.into(),
            None => self.push(name, value),
        }
    }

    /// Takes every field of this name away.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(have, _)| have != name);
    }

    /// The first value of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0
            .iter()
            .find(|(have, _)| have == name)
            .map(|(_, value)| value)
    }

    /// The first value of this name as text; bytes that are not UTF-8 become replacement characters.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).and_then(Value::text)
    }

    /// The received bytes of the first value of this name. This is what hashes read.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        self.get(name).and_then(Value::bytes).map(Cow::Borrowed)
    }

    /// The fields inside of this field.
    #[must_use]
    pub fn object(&self, name: &str) -> Option<&Self> {
        match self.get(name) {
            Some(Value::Object(fields)) => Some(fields),
            _ => None,
        }
    }

    /// The list in this field; empty if there is none.
    #[must_use]
    pub fn list(&self, name: &str) -> &[Value] {
        match self.get(name) {
            Some(Value::List(values)) => values,
            _ => &[],
        }
    }

    /// Every field, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }

    /// Names that stand more than once, each once.
    #[must_use]
    pub fn duplicates(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.names().collect();
        names.sort_unstable();
        let mut repeated: Vec<&str> = names
            .windows(2)
            .filter(|pair| pair[0] == pair[1])
            .map(|pair| pair[0])
            .collect();
        repeated.dedup();
        repeated
    }

    /// How many fields.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Is there no field?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Checks the fields against a table.
    #[must_use]
    pub fn check(&self, table: &Table) -> Vec<Fault> {
        table.check(&|wire| self.text(wire))
    }

    /// Writes `application/x-www-form-urlencoded`, also for a query.
    #[must_use]
    pub fn to_form(&self) -> String {
        form::write(self)
    }

    /// Writes JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::write(self, json::Slash::Plain)
    }

    /// Writes JSON as PHP does: `/` as `\/`. Korean stays unescaped, as recorded.
    #[must_use]
    pub fn to_php_json(&self) -> String {
        json::write(self, json::Slash::Escaped)
    }
}

/// Lenient readers that every message shares. An empty value reads as none.
impl Fields {
    /// The first of these spellings that has a value.
    pub(crate) fn any(&self, names: &[&str]) -> Option<String> {
        names
            .iter()
            .filter_map(|name| self.text(name))
            .find(|text| !text.is_empty())
            .map(Cow::into_owned)
    }

    pub(crate) fn filled(&self, name: &str) -> Option<String> {
        self.any(&[name])
    }

    pub(crate) fn needed(&self, name: &str, field: &'static str) -> Result<String, Error> {
        self.filled(name).ok_or(Error::FieldMissing { field })
    }

    pub(crate) fn or_empty(&self, name: &str) -> String {
        self.filled(name).unwrap_or_default()
    }

    pub(crate) fn secret(&self, name: &str) -> Option<Secret> {
        self.filled(name).map(Secret::new)
    }

    pub(crate) fn needed_secret(&self, name: &str, field: &'static str) -> Result<Secret, Error> {
        self.secret(name).ok_or(Error::FieldMissing { field })
    }

    /// Won, if the text is an amount.
    pub(crate) fn won(&self, name: &str) -> Option<Money> {
        let text = self.text(name)?;
        Money::parse(&text, &crate::Currency::KRW).ok()
    }

    pub(crate) fn is_yes(&self, name: &str) -> bool {
        self.text(name)
            .is_some_and(|text| text.eq_ignore_ascii_case("Y"))
    }

    /// Refuses a message that says anything twice: whoever reads the other copy reads something unsigned.
    pub(crate) fn refuse_duplicates(&self) -> Result<(), Error> {
        match self.duplicates().first() {
            Some(name) => Err(Error::FieldDuplicated {
                field: (*name).to_owned(),
            }),
            None => Ok(()),
        }
    }
}

/// Shows names only: values are keys, people and cards.
impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

/// Shows what it is, not what it holds.
impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(..)"),
            Self::Number(_) => f.write_str("Number(..)"),
            Self::Bool(_) => f.write_str("Bool(..)"),
            Self::Null => f.write_str("Null"),
            Self::Object(fields) => fields.fmt(f),
            Self::List(values) => f.debug_list().entries(values).finish(),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.as_bytes().to_vec())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into_bytes())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&Secret> for Value {
    fn from(secret: &Secret) -> Self {
        Self::from(secret.expose())
    }
}

impl From<&Method> for Value {
    fn from(method: &Method) -> Self {
        Self::from(method.as_str())
    }
}

/// Amounts travel as numbers.
impl From<Money> for Value {
    fn from(money: Money) -> Self {
        Self::Number(money.to_wire())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number.to_string())
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Bool(yes)
    }
}

impl From<Fields> for Value {
    fn from(fields: Fields) -> Self {
        Self::Object(fields)
    }
}

impl From<Vec<Self>> for Value {
    fn from(values: Vec<Self>) -> Self {
        Self::List(values)
    }
}

impl<N: Into<String>, V: Into<Value>> FromIterator<(N, V)> for Fields {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

impl<N: Into<String>, V: Into<Value>, const LEN: usize> From<[(N, V); LEN]> for Fields {
    fn from(pairs: [(N, V); LEN]) -> Self {
        pairs.into_iter().collect()
    }
}
