//! `PaypleCpayAuthCheck` and its kin. With a verifier behind it the server authenticates, confirms and decides
//! *before* the callback runs; without one it is [`super::compat`].

use js_sys::{Function, Promise};
use paypair_protocol::Status;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::{
    compat,
    driver::{Driver, Host, Launch, Prepared},
    ears::page,
    http::{Order, Server},
    js::{self, DropInCall, View},
    trouble::Trouble,
};
use crate::{flow::Flow, object::PageObject, result};

/// Takes one call. Resolves when its callback has been called.
#[wasm_bindgen]
pub fn drop_in(call: DropInCall) -> Promise {
    let object = PageObject::read(js::entries(&call.object()));
    for name in &object.stripped {
        web_sys::console::warn_2(&STRIPPED.into(), &name.into());
    }
    let mut ends = None;
    let promise = Promise::new(&mut |resolve: Function, _: Function| ends = Some(resolve));
    let Some(resolve) = ends else {
        return promise;
    };
    if call.server().is_empty() {
        spawn_local(async move {
            compat::run(&call, object).await;
            let _ = resolve.call0(&JsValue::UNDEFINED);
        });
    } else {
        let server = Server {
            mount: call.server(),
            locale: call.locale(),
        };
        let view = call.view();
        let stays = view.layout() != "redirect";
        Driver::run(
            Verified {
                call,
                object,
                server,
                view,
                resolve,
            },
            Flow::start(stays),
            None,
        );
    }
    promise
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
        compat::deliver(&self.call, fields, outcome);
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
