//! `PaypleCpayAuthCheck` and its kin. With a verifier behind it the server authenticates, confirms and decides
//! *before* the callback runs; without one the launcher does as the old script did, with the object read here.

use js_sys::{Array, Function, Promise};
use paypair_protocol::Status;
use wasm_bindgen::prelude::*;

use super::{
    driver::{Driver, Host, Launch, Prepared},
    ears::page,
    http::{Order, Server},
    js::{self, DropInCall, View},
    trouble::Trouble,
};
use crate::{flow::Flow, object::PageObject, result};

/// The page's object as the window may have it: `{ fields, fault? }`. In compat mode, where the merchant's own server
/// authenticates and confirms, this is all that is asked of the core.
#[wasm_bindgen]
pub fn page_object(object: &JsValue) -> JsValue {
    let read = read(object);
    let fields = Array::new();
    for (name, value) in read.window.fields() {
        fields.push(&Array::of2(&name.as_ref().into(), &value.into()));
    }
    let told = js::object([]);
    js::set(&told, "fields", &fields);
    if let Err(fault) = read.check_amount() {
        js::set(&told, "fault", &fault.message().into());
    }
    told
}

/// Takes one call in verified mode. Resolves when its callback has been called.
#[wasm_bindgen]
pub fn drop_in(call: DropInCall) -> Promise {
    let object = read(&call.object());
    let mut ends = None;
    let promise = Promise::new(&mut |resolve: Function, _: Function| ends = Some(resolve));
    if let Some(resolve) = ends {
        let server = Server {
            mount: call.server(),
            locale: call.locale(),
        };
        let view = call.view();
        let stays = view.layout() != "redirect";
        let verified = Verified {
            call,
            object,
            server,
            view,
            resolve,
        };
        Driver::run(verified, Flow::start(stays), None);
    }
    promise
}

fn read(object: &JsValue) -> PageObject {
    let read = PageObject::read(js::entries(object));
    for name in &read.stripped {
        web_sys::console::warn_2(&STRIPPED.into(), &name.into());
    }
    read
}

struct Verified {
    call: DropInCall,
    object: PageObject,
    server: Server,
    view: View,
    resolve: Function,
}

impl Verified {
    fn deliver(&self, fields: &result::Fields, outcome: Option<&JsValue>) {
        let object = js::object(
            fields
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        );
        if let Some(outcome) = outcome {
            js::set(&object, "paypair", outcome);
        }
        self.call.deliver(&object);
        let _ = self.resolve.call0(&JsValue::UNDEFINED);
    }
}

impl Host for Verified {
    fn view(&self) -> &View {
        &self.view
    }

    fn server(&self) -> &Server {
        &self.server
    }

    async fn prepare(&self) -> Result<Prepared, Trouble> {
        let fields = self.object.window.fields();
        let body = js_sys::Object::new().into();
        js::set(
            &body,
            "fields",
            &js::object(
                fields
                    .iter()
                    .map(|(name, value)| (name.as_ref(), value.as_str())),
            ),
        );
        let url = [&self.server.mount, "/payple/auth"].concat();
        let answer = self.server.ask(&url, None, Some(&body)).await?;
        read_auth(&answer).ok_or_else(Trouble::unreadable)
    }

    fn settle(&self, outcome: &JsValue, said: &JsValue) {
        let status = js::text(outcome, "status").and_then(|status| Status::read(&status));
        let message = js::get(&js::get(outcome, "reason"), "message");
        let fields = result::decided(
            js::entries(said),
            &js::text(outcome, "orderId").unwrap_or_default(),
            status.unwrap_or(Status::InDoubt),
            js::text(&message, &self.server.locale).as_deref(),
        );
        self.deliver(&fields, Some(outcome));
    }

    fn fail(&self, trouble: &Trouble) {
        let message = trouble.message.as_deref().unwrap_or(UNREACHABLE);
        let _ = page().alert_with_message(message);
        let mut fields = result::ended(result::Fields::new(), "error", message);
        result::put(&mut fields, "PCD_PAY_CODE", &trouble.code);
        self.deliver(&fields, None);
    }
}

fn read_auth(answer: &JsValue) -> Option<Prepared> {
    let settled = js::get(answer, "outcome");
    if settled.is_object() {
        return Some(Prepared::Outcome(settled));
    }
    let order = Order {
        id: js::text(answer, "orderId")?,
        secret: js::text(answer, "clientSecret")?,
    };
    Some(Prepared::Launch(Launch {
        order,
        url: js::text(answer, "returnUrl")?,
        fields: Some(js::get(answer, "fields")),
        message_origin: js::text(answer, "messageOrigin"),
    }))
}

const STRIPPED: &str = "paypair: a server key stands in this page. It was not sent; take it out of the page and change it:";
const UNREACHABLE: &str = "결제 서버에 연결하지 못했습니다.";
