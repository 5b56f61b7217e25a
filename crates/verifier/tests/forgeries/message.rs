//! A notice that can be changed, signed anew with the right key, and spelled in other ways.

use form_urlencoded::Serializer;
use paypair_protocol::{
    Gateway, Secret,
    hash::{notice_hash, notice_hash_token_only, payhash, payhash_verification_only},
};
use serde_json::{Map, Value};

/// The key of the other client, for other methods, of the same merchant.
pub(crate) const OTHER_CLIENT_KEY: &str = "b3RoZXItcGF5bWVudC1rZXk=";

/// Fields in the order in which they are sent.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) gateway: Gateway,
    fields: Vec<(String, Value)>,
    /// Space around what JSON allows it around; `%20` for `+` in a form.
    pub(crate) roomy: bool,
}

impl Message {
    /// What a gateway sent.
    pub(crate) fn read(gateway: Gateway, body: &str) -> Self {
        let fields = if gateway == Gateway::PayletterGlobal {
            let pair = |(name, value): (_, std::borrow::Cow<'_, str>)| {
                let name: std::borrow::Cow<'_, str> = name;
                (name.into_owned(), Value::from(value.into_owned()))
            };
            form_urlencoded::parse(body.as_bytes()).map(pair).collect()
        } else {
            let fields: Map<String, Value> = serde_json::from_str(body).unwrap();
            fields.into_iter().collect()
        };
        Self::of(gateway, fields)
    }

    pub(crate) fn of(gateway: Gateway, fields: Vec<(String, Value)>) -> Self {
        Self {
            gateway,
            fields,
            roomy: false,
        }
    }

    /// A field as it is read: text, or a number's digits.
    pub(crate) fn text(&self, name: &str) -> String {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map_or_else(String::new, |(_, value)| plain(value))
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        match self.fields.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.fields.push((name.to_owned(), value)),
        }
    }

    pub(crate) fn fields_mut(&mut self) -> &mut Vec<(String, Value)> {
        &mut self.fields
    }

    /// The name under which its hash stands.
    pub(crate) fn hash_name(&self) -> &'static str {
        match self.gateway {
            Gateway::Payletter => "payhash",
            _ => "hash",
        }
    }

    /// Signs it as the gateway would: with the right key, in the right form.
    pub(crate) fn sign(&mut self) {
        let hash = match self.gateway {
            Gateway::Payple => return,
            Gateway::Payletter => self.payhash(super::shop::PAYMENT_KEY),
            Gateway::PayletterGlobal => {
                let [store, currency, order, amount, payer, sent] = [
                    "storeid",
                    "currency",
                    "storeorderno",
                    "payamt",
                    "payerid",
                    "timestamp",
                ]
                .map(|name| self.text(name));
                let key = Secret::new(super::shop::GLOBAL_KEY);
                notice_hash(store, currency, order, amount, payer, sent, &key).to_lower_hex()
            }
        };
        self.set(self.hash_name(), hash);
    }

    /// Signs it with the right key in the form of what has no amount.
    pub(crate) fn sign_without_amount(&mut self) {
        let hash = match self.gateway {
            Gateway::Payple => return,
            Gateway::Payletter => {
                let [user, key] = ["user_id", "billkey"].map(|name| self.text(name));
                let own = Secret::new(super::shop::PAYMENT_KEY);
                payhash_verification_only(user, key, &own).to_upper_hex()
            }
            Gateway::PayletterGlobal => {
                let [store, order, payer, sent] =
                    ["storeid", "storeorderno", "payerid", "timestamp"].map(|name| self.text(name));
                let key = Secret::new(super::shop::GLOBAL_KEY);
                notice_hash_token_only(store, order, payer, sent, &key).to_lower_hex()
            }
        };
        self.set(self.hash_name(), hash);
    }

    /// Signs a domestic callback with the key of another client of the merchant's.
    pub(crate) fn sign_by_other_client(&mut self) {
        let hash = self.payhash(OTHER_CLIENT_KEY);
        self.set("payhash", hash);
    }

    fn payhash(&self, key: &str) -> String {
        let [user, amount, tid] = ["user_id", "amount", "tid"].map(|name| self.text(name));
        payhash(user, amount, tid, &Secret::new(key)).to_upper_hex()
    }

    /// What goes over the wire.
    pub(crate) fn body(&self) -> Vec<u8> {
        if self.gateway == Gateway::PayletterGlobal {
            let mut form = Serializer::new(String::new());
            for (name, value) in &self.fields {
                form.append_pair(name, &plain(value));
            }
            let body = form.finish();
            return if self.roomy {
                body.replace('+', "%20")
            } else {
                body
            }
            .into_bytes();
        }
        let (colon, comma) = if self.roomy {
            (" :\t", " ,\r\n ")
        } else {
            (":", ",")
        };
        let pair = |(name, value): &(String, Value)| {
            format!("{}{colon}{value}", Value::from(name.as_str()))
        };
        let pairs: Vec<String> = self.fields.iter().map(pair).collect();
        format!("{{{}}}", pairs.join(comma)).into_bytes()
    }

    /// The fields as a page hands them in.
    pub(crate) fn to_json(&self) -> Value {
        Value::Object(self.fields.iter().cloned().collect())
    }

    /// The fields as a browser posts them.
    pub(crate) fn to_form(&self) -> Vec<u8> {
        let mut form = Serializer::new(String::new());
        for (name, value) in &self.fields {
            form.append_pair(name, &plain(value));
        }
        form.finish().into_bytes()
    }
}

pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
