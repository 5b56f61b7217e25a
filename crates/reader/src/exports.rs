//! What JavaScript calls. Text and bytes cross the border, nothing else.

use paypair_protocol::payletter_global::NoticeForm;
use paypair_protocol::wire::{Fields, Value};
use paypair_protocol::{Error, Gateway, Secret};
use wasm_bindgen::prelude::*;

use crate::write::{all_wrong, answer};

/// Everything that is wrong with a request, as `{"ok": [..]}`.
#[wasm_bindgen]
#[must_use]
pub fn check(gateway: &str, request: &[u8]) -> String {
    to_json(gateway.parse().and_then(|gateway| {
        let wrong = crate::check(gateway, request)?;
        Ok(all_wrong(&wrong))
    }))
}

/// What a browser brought back: JSON or a form.
#[wasm_bindgen]
#[must_use]
pub fn read_return(gateway: &str, body: &[u8]) -> String {
    to_json(gateway.parse().and_then(|gateway: Gateway| {
        // The window's result is a message and so JSON, or a posted form. No form begins with a brace.
        let fields = match body.trim_ascii_start() {
            [b'{', ..] => Fields::from_json(body)?,
            _ => Fields::from_form(body)?,
        };
        Ok(crate::read_return(gateway, &fields).into())
    }))
}

/// Payletter's callback.
#[wasm_bindgen]
#[must_use]
pub fn read_callback(body: &[u8], key: String) -> String {
    to_json(crate::read_callback(body, &Secret::new(key)).map(Value::from))
}

/// Payletter's registration without payment.
#[wasm_bindgen]
#[must_use]
pub fn read_registration(body: &[u8], key: String) -> String {
    to_json(crate::read_registration(body, &Secret::new(key)).map(Value::from))
}

/// Payletter Global's notification.
#[wasm_bindgen]
#[must_use]
pub fn read_notice(body: &[u8], key: String, token_only: bool) -> String {
    let form = if token_only {
        NoticeForm::TokenOnly
    } else {
        NoticeForm::Payment
    };
    to_json(crate::read_notice(body, &Secret::new(key), form).map(Value::from))
}

fn to_json(result: Result<Value, Error>) -> String {
    answer(result).to_json()
}
