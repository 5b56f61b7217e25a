//! Our names and JavaScript's values: text, booleans, lists. Amounts are text, because a number there is a float.

use paypair_protocol::wire::{Fields, Value};
use paypair_protocol::{Error, Locale, Money};

use crate::Wrong;

/// A message on its way to JavaScript. What is not there is left out.
pub(crate) struct Out(pub(crate) Fields);

impl Out {
    pub(crate) fn new() -> Self {
        Self(Fields::new())
    }

    pub(crate) fn put(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.push(name, value);
        self
    }

    pub(crate) fn some(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        self.0.push_some(name, value);
        self
    }

    pub(crate) fn money(self, amount: Option<Money>) -> Self {
        self.some("amount", amount.map(|money| money.to_wire()))
            .some(
                "currency",
                amount.map(|money| money.currency.as_str().to_owned()),
            )
    }

    /// What the signature covers, by our names. Everything else in the message is hearsay.
    pub(crate) fn proven(self, names: &[&str]) -> Self {
        self.put(
            "proven",
            names
                .iter()
                .map(|name| Value::from(*name))
                .collect::<Vec<_>>(),
        )
    }
}

/// `{"ok": ..}`, or `{"error": {code, message: {ko, en}, field?}}`.
pub(crate) fn answer(result: Result<Value, Error>) -> Fields {
    let out = Out::new();
    match result {
        Ok(value) => out.put("ok", value),
        Err(error) => out.put("error", told(&error)),
    }
    .0
}

/// What is wrong with a request, as a list.
pub(crate) fn all_wrong(list: &[Wrong]) -> Value {
    let one = |wrong: &Wrong| {
        let mut fields = told(&wrong.error);
        fields.set("field", wrong.field.as_str());
        Value::from(fields)
    };
    Value::from(list.iter().map(one).collect::<Vec<_>>())
}

fn told(error: &Error) -> Fields {
    let message = Out::new()
        .put("ko", Locale::Ko.message(error))
        .put("en", Locale::En.message(error));
    Out::new()
        .put("code", error.code())
        .put("message", message.0)
        .0
}
