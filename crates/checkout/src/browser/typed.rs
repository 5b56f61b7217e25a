//! The typed API: `pay` and `resume`, called by the launcher with a window that is open already.

use js_sys::{Function, Promise};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::{
    driver::{Driver, Host, Launch, Limits, Prepared},
    http::{Order, Server},
    js::{self, Call, View},
    trouble::Trouble,
};
use crate::{
    fields,
    flow::{Failure, Flow, Scene},
    outcome::{Answer, Outcome},
};

/// Takes one payment. Resolves with an `Outcome`, rejects with `{ code, message?, field? }`.
#[wasm_bindgen]
pub fn pay(call: Call) -> Promise {
    let stays = call.view().layout() != "redirect";
    start(call, Flow::start(stays), |_| None)
}

/// Asks what became of a payment this tab left for.
#[wasm_bindgen]
pub fn resume(call: Call) -> Promise {
    let known = |typed: &Typed| {
        let order = typed.order_of_call();
        Some(Launch {
            order,
            url: String::new(),
            fields: None,
            message_origin: None,
            channel: None,
        })
    };
    start(call, Flow::resume(), known)
}

/// Payple's window object by friendly names.
///
/// # Errors
/// `{ code, message, field }` for a name or a value the table does not allow, and for a secret.
#[wasm_bindgen]
pub fn payple_object(friendly: &JsValue, locale: &str) -> Result<JsValue, JsValue> {
    let built = fields::payple_object(&js::entries(friendly))
        .map_err(|wrong| trouble(&wrong, locale).to_js())?;
    Ok(js::object(
        built
            .iter()
            .map(|(wire, value)| (wire.as_ref(), value.as_str())),
    ))
}

fn start(
    call: Call,
    flow: (Flow, Vec<crate::flow::Command>),
    known: impl FnOnce(&Typed) -> Option<Launch>,
) -> Promise {
    let mut ends = None;
    let promise = Promise::new(&mut |resolve, reject| ends = Some((resolve, reject)));
    if let Some((resolve, reject)) = ends {
        let server = Server {
            mount: call.server(),
            locale: call.locale(),
        };
        let view = call.view();
        // Saturates; the launcher hands on no more than a timer takes.
        #[allow(clippy::cast_possible_truncation)]
        let limits = Limits {
            signal: call.signal(),
            deadline: call.deadline().as_f64().map(|left| left as i32),
        };
        let typed = Typed {
            call,
            server,
            view,
            resolve,
            reject,
        };
        let order = known(&typed);
        Driver::run(typed, flow, order).limit(limits);
    }
    promise
}

struct Typed {
    call: Call,
    server: Server,
    view: View,
    resolve: Function,
    reject: Function,
}

impl Typed {
    fn order_of_call(&self) -> Order {
        Order {
            id: self.call.order_id(),
            secret: self.call.client_secret(),
        }
    }

    /// What the page may add to the window, checked before anything is asked.
    fn extra_fields(&self) -> Result<JsValue, Trouble> {
        let given = js::entries(&self.call.fields());
        fields::check(&given).map_err(|wrong| trouble(&wrong, &self.call.locale()))?;
        Ok(js::object(
            given
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        ))
    }
}

impl Host for Typed {
    fn view(&self) -> &View {
        &self.view
    }

    fn server(&self) -> &Server {
        &self.server
    }

    fn order(&self) -> Option<Order> {
        Some(self.order_of_call())
    }

    async fn prepare(&self) -> Result<Prepared, Trouble> {
        let layout = self.view.layout();
        let device = self.call.device();
        let body = js::object([("layout", layout.as_str()), ("device", device.as_str())]);
        js::set(&body, "fields", &self.extra_fields()?);
        let order = self.order_of_call();
        let answer = self.server.about(&order, "/prepare", Some(&body)).await?;
        read_prepared(order, &answer).ok_or_else(Trouble::unreadable)
    }

    fn remember(&self) {
        self.call.remember();
    }

    fn forget(&self) {
        self.call.forget();
    }

    fn show(&self, scene: Scene) {
        self.call.state(match scene {
            Scene::Paying => "paying",
            Scene::Checking => "checking",
        });
    }

    fn settle(&self, outcome: &JsValue, _result: &JsValue) {
        let outcome = Outcome::read(outcome).serialize(&serde_wasm_bindgen::Serializer::new());
        let _ = self
            .resolve
            .call1(&JsValue::UNDEFINED, &outcome.unwrap_or(JsValue::UNDEFINED));
    }

    fn fail(&self, trouble: &Trouble) {
        let _ = self.reject.call1(&JsValue::UNDEFINED, &trouble.to_js());
    }
}

fn read_prepared(order: Order, answer: &JsValue) -> Option<Prepared> {
    let outcome = js::get(answer, "outcome");
    if outcome.is_object() {
        return Some(Prepared::Outcome(outcome));
    }
    let launch = js::get(answer, "launch");
    let fields = match js::text(&launch, "kind")?.as_str() {
        "post" => Some(js::get(&launch, "fields")),
        _ => None,
    };
    Some(Prepared::Launch(Launch {
        order,
        url: js::text(&launch, "url")?,
        fields,
        message_origin: js::text(answer, "messageOrigin"),
        channel: js::text(answer, "channel"),
    }))
}

fn trouble(wrong: &fields::Wrong, locale: &str) -> Trouble {
    Trouble {
        code: wrong.code().to_owned(),
        is_answer: false,
        message: Some(wrong.message(locale)),
        field: Some(wrong.field.clone()),
        failure: Failure::Refused,
    }
}

impl Answer for JsValue {
    fn text(&self, key: &str) -> Option<String> {
        js::text(self, key)
    }

    fn part(&self, key: &str) -> Option<Self> {
        Some(js::get(self, key)).filter(Self::is_object)
    }

    fn count(&self, key: &str) -> u32 {
        // Saturates; an attempt is a small number.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        js::get(self, key)
            .as_f64()
            .map_or(0, |number| number as u32)
    }

    fn truth(&self, key: &str) -> bool {
        js::get(self, key).is_truthy()
    }
}
