//! What opens one payment and is found only once it was sent: seals, nonces, tickets, AuthKeys.

use std::collections::BTreeMap;

use serde_json::Value;

use super::net::Net;
use crate::common::{Tap, text};

/// Where such a text stands, and whether it is the end of an address.
const NAMES: [(&str, bool); 9] = [
    ("PCD_AUTH_KEY", false),
    ("PCD_PAY_REQKEY", false),
    ("custom_parameter", false),
    ("custom", false),
    ("callback_url", true),
    ("return_url", true),
    ("cancel_url", true),
    ("returnurl", true),
    ("PCD_RST_URL", true),
];

/// Those that went out to the gateways, or to the page for its window, by name.
pub(crate) fn sent(taps: [&Tap; 2], net: &Net) -> BTreeMap<&'static str, Vec<String>> {
    let mut found = BTreeMap::<_, Vec<String>>::new();
    let mut note = |name: &str, value: String| {
        let Some((known, is_address)) = NAMES.iter().find(|(known, _)| *known == name) else {
            return;
        };
        let value = match value.rsplit_once('/').filter(|_| *is_address) {
            Some((_, last)) => last.to_owned(),
            None => value,
        };
        // The page's own addresses have no seal.
        if value.len() >= 20 {
            found.entry(*known).or_default().push(value);
        }
    };
    for body in taps.into_iter().flat_map(|tap| tap.sent("")) {
        match serde_json::from_str::<Value>(&body) {
            Ok(fields) => {
                for (name, value) in fields.as_object().into_iter().flatten() {
                    note(name, text(value));
                }
            }
            Err(_) => {
                for (name, value) in form_urlencoded::parse(body.as_bytes()) {
                    note(&name, value.into_owned());
                }
            }
        }
    }
    for opening in net.said("opening") {
        let told: Value = serde_json::from_str(&opening).unwrap();
        for fields in [&told["launch"]["fields"], &told["fields"]] {
            for pair in fields.as_array().into_iter().flatten() {
                note(&text(&pair[0]), text(&pair[1]));
            }
        }
    }
    found
}
