//! A message as a gateway sent it, with the reader that a merchant's server has for it.

use std::fmt::Debug;
use std::rc::Rc;

use paypair_protocol::wire::Fields;
use paypair_protocol::{CallError, Gateway};

use crate::common::Answer;

/// A message that was sent, and how it is read.
#[derive(Clone)]
pub(crate) struct Told {
    pub(crate) gateway: Gateway,
    /// Of our type, as the registry of messages has it.
    pub(crate) name: &'static str,
    pub(crate) fields: Fields,
    read: Rc<Reader>,
    sign: Option<fn(&mut Fields)>,
}

/// Reads two bodies.
type Reader = dyn Fn(&Fields, &Fields) -> Readings;

/// What a reader makes of two bodies.
pub(crate) struct Readings {
    pub(crate) same: bool,
    /// As `Debug` shows it; none if it is refused.
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

impl Told {
    pub(crate) fn new<T: PartialEq + Debug + 'static>(
        gateway: Gateway,
        name: &'static str,
        fields: Fields,
        read: impl Fn(&Fields) -> Option<T> + 'static,
    ) -> Self {
        let read = move |before: &Fields, after: &Fields| {
            let (before, after) = (read(before), read(after));
            let shown = |read: Option<T>| read.map(|read| format!("{read:#?}"));
            Readings {
                same: before == after,
                before: shown(before),
                after: shown(after),
            }
        };
        Self {
            gateway,
            name,
            fields,
            read: Rc::new(read),
            sign: None,
        }
    }

    /// Of a message that carries a hash: how it is signed again after a change.
    pub(crate) fn signed_by(self, sign: fn(&mut Fields)) -> Self {
        Self {
            sign: Some(sign),
            ..self
        }
    }

    /// An answer to a call: the message of this name, or a refusal. None if it is no answer but the page of a server
    /// that has failed.
    pub(crate) fn of_call<T: PartialEq + Debug + 'static>(
        gateway: Gateway,
        name: &'static str,
        answer: &Answer,
        read: impl Fn(u16, &[u8]) -> Result<T, CallError> + 'static,
    ) -> Option<Self> {
        let fields = Fields::from_json(answer.body.as_bytes()).ok()?;
        let status = answer.status;
        let refused = |error: &CallError| matches!(error, CallError::Refused { .. });
        match read(status, answer.body.as_bytes()) {
            Ok(_) => Some(Self::new(gateway, name, fields, move |fields| {
                read(status, fields.to_json().as_bytes()).ok()
            })),
            Err(error) if refused(&error) => {
                Some(Self::new(gateway, "CallError", fields, move |fields| {
                    let error = read(status, fields.to_json().as_bytes()).err();
                    error.filter(refused)
                }))
            }
            Err(error) => panic!("{} {}: {error}", answer.path, answer.body),
        }
    }

    /// The same message with another body.
    pub(crate) fn with(&self, fields: Fields) -> Self {
        let mut told = self.clone();
        told.fields = fields;
        if let Some(sign) = self.sign {
            sign(&mut told.fields);
        }
        told
    }

    /// Reads the message as it was sent, and with this body instead.
    pub(crate) fn compare(&self, changed: &Fields) -> Readings {
        (self.read)(&self.fields, changed)
    }

    /// Signs a changed body again, unless the hash is what was changed.
    pub(crate) fn sign_again(&self, changed: &mut Fields, wire: &str) {
        if let Some(sign) = self.sign.filter(|_| !wire.ends_with("hash")) {
            sign(changed);
        }
    }
}
