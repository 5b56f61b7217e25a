//! The drop-in without a verifier: exactly the old contract. The merchant's own server authenticates and confirms;
//! nothing here ever says that a payment is paid.

use alloc::{
    borrow::ToOwned,
    string::{String, ToString},
};

use js_sys::{Array, Function, Promise};
use paypair_protocol::payple::keys;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{FormData, MessageEvent, Url};

use super::{
    ears::{Ears, page},
    http::{fetch, json},
    js::{self, DropInCall},
};
use crate::{
    object::PageObject,
    result::{self, Fields},
};

/// One call, from the object to the callback.
pub(super) async fn run(call: &DropInCall, mut object: PageObject) {
    let own = pairs(&object);
    let result = match open(call, &mut object).await {
        Ok(heard) => heard.await,
        Err(message) => {
            let _ = page().alert_with_message(&message);
            Said::Ended("error", message)
        }
    };
    call.view().done();
    let fields = match result {
        Said::Result(data) => result::passed_on(js::entries(&data)),
        Said::Ended(outcome, message) => result::ended(own, outcome, &message),
    };
    deliver(call, &fields, None);
}

/// How a call ended.
enum Said {
    /// The window's own result.
    Result(JsValue),
    /// `close` or `error`, and the words for it.
    Ended(&'static str, String),
}

/// Authenticates and sends the window off; gives what waits for its word.
async fn open(
    call: &DropInCall,
    object: &mut PageObject,
) -> Result<impl Future<Output = Said>, String> {
    object
        .check_amount()
        .map_err(|fault| fault.message().to_owned())?;
    let action = match call.action() {
        given if !given.is_empty() => given,
        _ => authenticate(object).await?,
    };
    let origin = Url::new_with_base(&action, &page().location().href().unwrap_or_default())
        .map(|url| url.origin())
        .map_err(|_| AUTH_FAILED.to_owned())?;
    let word = first_word(call.view(), origin);
    call.view().post(&action, &window_fields(object));
    Ok(word)
}

/// The merchant's server hands auth.php's answer through; gives the window's address.
async fn authenticate(object: &mut PageObject) -> Result<String, String> {
    let failed = |_| AUTH_FAILED.to_owned();
    let form = FormData::new().map_err(failed)?;
    form.append_with_str("payple_dir_path", object.folder())
        .map_err(failed)?;
    let response = fetch(&object.auth_url(), &js::object([]), Some(form.into()))
        .await
        .map_err(failed)?;
    let answer = json(&response).await.map_err(failed)?;
    let text = |key: &str| js::text(&answer, key).unwrap_or_default();
    if text("result") != "success" {
        return Err(js::text(&answer, "result_msg").unwrap_or_else(|| AUTH_FAILED.to_owned()));
    }
    object
        .window
        .authorize(&text("cst_id"), &text("custKey"), &text("AuthKey"));
    Ok(text("return_url"))
}

/// Name and value pairs for the form, with the page's address that the original adds.
fn window_fields(object: &PageObject) -> JsValue {
    let fields = Array::new();
    let add = |name: &str, value: &str| {
        fields.push(&Array::of2(&name.into(), &value.into()));
    };
    for (name, value) in object.window.fields() {
        add(name, value);
    }
    add(
        "PCD_HTTP_REFERER",
        &page().location().href().unwrap_or_default(),
    );
    fields.into()
}

/// Waits for the window's first word that ends the call. A page that left with the form never hears it.
async fn first_word(view: js::View, origin: String) -> Said {
    let mut ears = Ears::default();
    let promise = Promise::new(&mut |resolve: Function, _: Function| {
        let view: js::View = JsValue::from(&view).unchecked_into();
        let origin = origin.clone();
        ears.listen(page().into(), "message", move |event| {
            if let Some(data) = word_of(&event, &view, &origin) {
                let _ = resolve.call1(&JsValue::UNDEFINED, &data);
            }
        });
    });
    let data = JsFuture::from(promise).await.unwrap_or_default();
    match js::text(&data, "type").as_deref() {
        Some("pay_result") => Said::Result(js::get(&data, "data")),
        _ => Said::Ended("close", keys::CLOSED_MESSAGE.to_owned()),
    }
}

/// The message's data if it ends the call: from the window we opened, and from the gateway.
fn word_of(event: &JsValue, view: &js::View, origin: &str) -> Option<JsValue> {
    let event: &MessageEvent = event.unchecked_ref();
    let from = event.origin();
    // The window moves between the vendor's own hosts while the buyer pays.
    let gateway = from == origin || (from.starts_with("https://") && from.ends_with(".payple.kr"));
    if !gateway || !js::sent_by(event, view) {
        return None;
    }
    let data = event.data();
    match js::text(&data, "type")?.as_str() {
        "pay_result" | "close" => Some(data),
        "resize" => {
            view.resize(&js::get(&data, "height"));
            None
        }
        _ => None,
    }
}

fn pairs(object: &PageObject) -> Fields {
    object
        .window
        .fields()
        .iter()
        .map(|(name, value)| (name.to_string(), value.clone()))
        .collect()
}

/// Calls back with a plain object of text, and the outcome where a server decided.
pub(super) fn deliver(call: &DropInCall, fields: &Fields, outcome: Option<&JsValue>) {
    let object = js::object(
        fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    if let Some(outcome) = outcome {
        js::set(&object, "paypair", outcome);
    }
    call.deliver(&object);
}

/// What the first version of the original said; later ones said nothing and did nothing.
const AUTH_FAILED: &str = "상점 인증에 실패했습니다.";
