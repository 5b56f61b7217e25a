//! Performs the flow's commands and feeds it what happens.

use alloc::{rc::Rc, string::String, vec::Vec};
use core::cell::{Cell, OnceCell, RefCell};

use paypair_protocol::Status;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{EventTarget, MessageEvent, PageTransitionEvent};

use super::{
    ears::{Ears, page, sleep},
    http::{Order, Server},
    js::{self, View},
    trouble::Trouble,
};
use crate::flow::{Ask, Command, Event, Flow, Patience, Scene, Word};

/// What differs between the typed API and the drop-in.
pub(crate) trait Host: 'static {
    fn view(&self) -> &View;
    fn server(&self) -> &Server;
    /// The order, where it is known before the attempt is ready.
    fn order(&self) -> Option<Order> {
        None
    }
    /// Gets the attempt ready.
    async fn prepare(&self) -> Result<Prepared, Trouble>;
    fn remember(&self) {}
    fn forget(&self) {}
    fn show(&self, _scene: Scene) {}
    /// The end, by the server's outcome; `result` is what the window said, if it said anything.
    fn settle(&self, outcome: &JsValue, result: &JsValue);
    fn fail(&self, trouble: &Trouble);
}

/// How the page itself ends a payment.
#[cfg(feature = "full")]
pub(crate) struct Limits {
    /// An `AbortSignal`.
    pub(crate) signal: JsValue,
    /// Milliseconds that are left.
    pub(crate) deadline: Option<i32>,
}

/// What the server answered when asked to prepare.
pub(crate) enum Prepared {
    Launch(Launch),
    /// Settled before.
    Outcome(JsValue),
}

/// How to send the window to the gateway, and where its word comes from.
pub(crate) struct Launch {
    pub(crate) order: Order,
    pub(crate) url: String,
    /// Name and value pairs of a form; without them the window simply goes there.
    pub(crate) fields: Option<JsValue>,
    pub(crate) message_origin: Option<String>,
    #[cfg(feature = "full")]
    pub(crate) channel: Option<String>,
}

/// One payment on its way.
pub(crate) struct Driver<H> {
    host: H,
    flow: RefCell<Flow>,
    /// Counts the waits: only the latest one's end is told.
    waits: Cell<u32>,
    ears: RefCell<Ears>,
    launch: OnceCell<Launch>,
    /// The gateway's result as the window gave it.
    result: RefCell<JsValue>,
    outcome: RefCell<JsValue>,
    trouble: RefCell<Trouble>,
    #[cfg(feature = "full")]
    channel: OnceCell<web_sys::BroadcastChannel>,
}

impl<H: Host> Driver<H> {
    /// Starts a flow; `order` is known already when one is resumed.
    pub(crate) fn run(
        host: H,
        (flow, first): (Flow, Vec<Command>),
        order: Option<Launch>,
    ) -> Rc<Self> {
        let driver = Rc::new(Self {
            host,
            flow: RefCell::new(flow),
            waits: Cell::new(0),
            ears: RefCell::default(),
            launch: order.map_or_else(OnceCell::new, OnceCell::from),
            result: RefCell::new(JsValue::UNDEFINED),
            outcome: RefCell::new(JsValue::UNDEFINED),
            trouble: RefCell::new(Trouble::unreachable()),
            #[cfg(feature = "full")]
            channel: OnceCell::new(),
        });
        let watcher = Rc::clone(&driver);
        driver.ears.borrow_mut().watch(move || watcher.look());
        driver.hear_of(page().into(), "offline", Event::Offline);
        driver.hear_of(page().into(), "online", Event::Online);
        if js::get(&js::get(&page(), "navigator"), "onLine") == JsValue::FALSE {
            driver.dispatch(Event::Offline);
        }
        driver.perform(first);
        driver
    }

    /// Lets the page end the payment. Why it did, the launcher has told it by then.
    #[cfg(feature = "full")]
    pub(crate) fn limit(self: &Rc<Self>, limits: Limits) {
        if js::get(&limits.signal, "aborted").is_truthy() {
            return self.dispatch(Event::Aborted);
        }
        self.hear_of(limits.signal.unchecked_into(), "abort", Event::Aborted);
        if let Some(left) = limits.deadline {
            let driver = Rc::clone(self);
            spawn_local(async move {
                sleep(left).await;
                driver.dispatch(Event::DeadlinePassed);
            });
        }
    }

    /// Reports an event of the page as one of the flow's; after what is being done just now, which may have caused it.
    fn hear_of(self: &Rc<Self>, target: EventTarget, name: &'static str, event: Event) {
        let driver = Rc::clone(self);
        let heard = move |_| {
            let driver = Rc::clone(&driver);
            spawn_local(async move { driver.dispatch(event) });
        };
        self.ears.borrow_mut().listen(target, name, heard);
    }

    fn dispatch(self: &Rc<Self>, event: Event) {
        let commands = self.flow.borrow_mut().step(event);
        self.perform(commands);
    }

    fn perform(self: &Rc<Self>, commands: Vec<Command>) {
        for command in commands {
            match command {
                Command::Ask(ask) => self.ask(ask, 0),
                Command::AskAgain(ask) => self.ask(ask, PAUSE),
                Command::Remember => self.host.remember(),
                Command::Forget => self.host.forget(),
                Command::Launch => self.leave_for_gateway(),
                Command::Acknowledge => self.acknowledge(),
                Command::Show(scene) => {
                    if scene == Scene::Checking {
                        self.host.view().checking();
                    }
                    self.host.show(scene);
                }
                Command::Wait(patience) => self.wait(patience),
                Command::Release => self.release(),
                Command::Settle(_) => self
                    .host
                    .settle(&self.outcome.borrow(), &self.result.borrow()),
                Command::Fail => self.host.fail(&self.trouble.borrow()),
            }
        }
    }

    fn ask(self: &Rc<Self>, ask: Ask, pause: i32) {
        let driver = Rc::clone(self);
        spawn_local(async move {
            if pause > 0 {
                sleep(pause).await;
            }
            if driver.flow.borrow().is_settled() {
                return;
            }
            let event = match driver.answer(ask).await {
                Ok(event) => event,
                Err(trouble) => {
                    let failure = trouble.failure;
                    driver.trouble.replace(trouble);
                    Event::Failed(ask, failure)
                }
            };
            driver.dispatch(event);
        });
    }

    async fn answer(self: &Rc<Self>, ask: Ask) -> Result<Event, Trouble> {
        let outcome = match ask {
            Ask::Prepare => match self.host.prepare().await? {
                Prepared::Outcome(outcome) => outcome,
                Prepared::Launch(launch) => {
                    let _ = self.launch.set(launch);
                    self.look();
                    return Ok(Event::Prepared);
                }
            },
            // Less than any patience: its end must find an answer there.
            Ask::Status => self.about("/status?wait=5", None).await?,
            Ask::Closed => self.about("/closed", Some(&js::object([]))).await?,
            Ask::Result => {
                let body = js_sys::Object::new().into();
                js::set(&body, "fields", &self.result.borrow());
                self.about("/result", Some(&body)).await?
            }
        };
        let word = word(&outcome).ok_or_else(Trouble::unreadable)?;
        self.outcome.replace(outcome);
        Ok(Event::Answered(ask, word))
    }

    async fn about(&self, what: &str, body: Option<&JsValue>) -> Result<JsValue, Trouble> {
        let order = match self.launch.get() {
            Some(launch) => Some(launch.order.clone()),
            None => self.host.order(),
        };
        let order = order.ok_or_else(Trouble::unreadable)?;
        self.host.server().about(&order, what, body).await
    }

    fn leave_for_gateway(self: &Rc<Self>) {
        let Some(launch) = self.launch.get() else {
            return;
        };
        self.listen(launch);
        match &launch.fields {
            Some(fields) => self.host.view().post(&launch.url, fields),
            None => self.host.view().go(&launch.url),
        }
    }

    fn listen(self: &Rc<Self>, launch: &Launch) {
        let mut ears = self.ears.borrow_mut();
        if let Some(origin) = launch.message_origin.clone() {
            let driver = Rc::clone(self);
            ears.listen(page().into(), "message", move |event| {
                driver.hear(&event, &origin)
            });
        }
        let driver = Rc::clone(self);
        ears.listen(page().into(), "pageshow", move |event| {
            if event.unchecked_into::<PageTransitionEvent>().persisted() {
                driver.dispatch(Event::PageRestored);
            }
        });
        #[cfg(feature = "full")]
        if let Some(channel) = launch
            .channel
            .as_deref()
            .and_then(|name| web_sys::BroadcastChannel::new(name).ok())
        {
            let driver = Rc::clone(self);
            ears.listen(channel.clone().into(), "message", move |event| {
                let data = event.unchecked_into::<MessageEvent>().data();
                if js::text(&data, "type").is_some_and(|kind| kind == "paypair.returned") {
                    driver.dispatch(Event::Returned);
                }
            });
            let _ = self.channel.set(channel);
        }
    }

    /// A message counts only from the window we opened and the origin the server named.
    fn hear(self: &Rc<Self>, event: &JsValue, origin: &str) {
        let event: &MessageEvent = event.unchecked_ref();
        if event.origin() != origin || !js::sent_by(event, self.host.view()) {
            return;
        }
        let data = event.data();
        match js::text(&data, "type").as_deref() {
            Some("pay_result") => self.result_arrived(js::get(&data, "data")),
            Some("close") => self.result_arrived(closed_by_gateway()),
            Some("resize") => self.host.view().resize(&js::get(&data, "height")),
            _ => {}
        }
    }

    fn result_arrived(self: &Rc<Self>, result: JsValue) {
        if self.result.borrow().is_undefined() {
            self.result.replace(result);
            self.dispatch(Event::ResultArrived);
        }
    }

    fn look(self: &Rc<Self>) {
        match self.host.view().standing().as_str() {
            "left" => self.dispatch(Event::Left),
            "closed" => {
                let in_front = page()
                    .document()
                    .is_some_and(|document| document.has_focus().unwrap_or(true));
                self.dispatch(Event::SeemsClosed { in_front });
            }
            _ => {}
        }
    }

    fn wait(self: &Rc<Self>, patience: Patience) {
        let driver = Rc::clone(self);
        let this = self.waits.get().wrapping_add(1);
        self.waits.set(this);
        spawn_local(async move {
            sleep(milliseconds(patience)).await;
            if driver.waits.get() == this {
                driver.dispatch(Event::PatienceOver);
            }
        });
    }

    fn acknowledge(&self) {
        #[cfg(feature = "full")]
        if let Some(channel) = self.channel.get() {
            let _ = channel.post_message(&js::object([("type", "paypair.ack")]));
        }
    }

    fn release(&self) {
        self.ears.take();
        #[cfg(feature = "full")]
        if let Some(channel) = self.channel.get() {
            channel.close();
        }
        self.host.view().done();
    }
}

/// What the flow needs of an outcome.
fn word(outcome: &JsValue) -> Option<Word> {
    let status = Status::read(&js::text(outcome, "status")?)?;
    Some(Word {
        status,
        is_final: js::get(outcome, "final").is_truthy(),
    })
}

/// Payple's window says `close` without any fields; these are the ones its own script makes of it.
pub(crate) fn closed_by_gateway() -> JsValue {
    js::object([
        ("PCD_PAY_RST", "close"),
        ("PCD_PAY_MSG", "결제를 종료하였습니다."),
    ])
}

const fn milliseconds(patience: Patience) -> i32 {
    match patience {
        Patience::AfterClose => 8_000,
        Patience::AfterReturn => 20_000,
        Patience::WhileOffline => 120_000,
    }
}

/// Between two asks of the same, in milliseconds.
const PAUSE: i32 = 700;
