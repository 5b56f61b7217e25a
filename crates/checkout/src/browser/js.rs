//! What the launcher hands in, and reading of plain JavaScript objects.

use alloc::{string::String, vec::Vec};

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::MessageEvent;

#[wasm_bindgen]
extern "C" {
    /// A payment window, wherever it stands (`View` in the launcher's `steer.ts`).
    pub(crate) type View;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn layout(this: &View) -> String;
    /// The browsing context whose messages count; `null` when it is this page itself.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn window(this: &View) -> JsValue;
    /// `open`, `closed` (perhaps) or `left` (surely).
    #[wasm_bindgen(method)]
    pub(crate) fn standing(this: &View) -> String;
    #[wasm_bindgen(method)]
    pub(crate) fn post(this: &View, action: &str, fields: &JsValue);
    #[wasm_bindgen(method)]
    pub(crate) fn go(this: &View, url: &str);
    #[wasm_bindgen(method)]
    pub(crate) fn resize(this: &View, height: &JsValue);
    #[wasm_bindgen(method)]
    pub(crate) fn checking(this: &View);
    #[wasm_bindgen(method)]
    pub(crate) fn done(this: &View);
}

#[cfg(feature = "full")]
#[wasm_bindgen]
extern "C" {
    /// One payment (`Call` in the launcher).
    pub type Call;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn server(this: &Call) -> String;
    #[wasm_bindgen(method, getter, js_name = orderId)]
    pub(crate) fn order_id(this: &Call) -> String;
    #[wasm_bindgen(method, getter, js_name = clientSecret)]
    pub(crate) fn client_secret(this: &Call) -> String;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn locale(this: &Call) -> String;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn device(this: &Call) -> String;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn fields(this: &Call) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn view(this: &Call) -> View;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn signal(this: &Call) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn deadline(this: &Call) -> JsValue;
    #[wasm_bindgen(method)]
    pub(crate) fn remember(this: &Call);
    #[wasm_bindgen(method)]
    pub(crate) fn forget(this: &Call);
    #[wasm_bindgen(method)]
    pub(crate) fn state(this: &Call, state: &str);
}

#[cfg(not(feature = "full"))]
#[wasm_bindgen]
extern "C" {
    /// One call of the drop-in's globals (`DropInCall` in the launcher).
    pub type DropInCall;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn server(this: &DropInCall) -> String;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn object(this: &DropInCall) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn locale(this: &DropInCall) -> String;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn view(this: &DropInCall) -> View;
    #[wasm_bindgen(method)]
    pub(crate) fn deliver(this: &DropInCall, result: &JsValue);
}

/// A property, `undefined` if there is none to be had.
pub(crate) fn get(from: &JsValue, key: &str) -> JsValue {
    Reflect::get(from, &key.into()).unwrap_or(JsValue::UNDEFINED)
}

/// A property that is text.
pub(crate) fn text(from: &JsValue, key: &str) -> Option<String> {
    get(from, key).as_string()
}

/// Sets a property of an object of our own, which cannot refuse.
pub(crate) fn set(on: &JsValue, key: &str, value: &JsValue) {
    let _ = Reflect::set(on, &key.into(), value);
}

/// The own entries with a value that can be sent, as text. Functions, `null` and `undefined` are left out:
/// the original posted them as source text and as words.
pub(crate) fn entries(of: &JsValue) -> Vec<(String, String)> {
    let Some(object) = of.dyn_ref::<Object>() else {
        return Vec::new();
    };
    let pair = |entry: JsValue| {
        let entry: Array = entry.into();
        let value = entry.get(1);
        let sendable = !value.is_undefined() && !value.is_null() && !value.is_function();
        let value = if sendable { js_text(&value) } else { None };
        Some((entry.get(0).as_string()?, value?))
    };
    Object::entries(object).iter().filter_map(pair).collect()
}

/// Whether a message comes from the window we opened.
pub(crate) fn sent_by(event: &MessageEvent, view: &View) -> bool {
    event
        .source()
        .is_some_and(|source| JsValue::from(source) == view.window())
}

/// `String(value)`, by JavaScript's own printing of numbers.
fn js_text(value: &JsValue) -> Option<String> {
    value
        .as_string()
        .or_else(|| js_sys::JsString::from(js_string(value)).as_string())
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = String)]
    fn js_string(value: &JsValue) -> JsValue;
}

/// An object of text values.
pub(crate) fn object<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> JsValue {
    let made = Object::new().into();
    for (key, value) in pairs {
        set(&made, key, &value.into());
    }
    made
}
