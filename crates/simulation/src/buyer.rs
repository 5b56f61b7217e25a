//! Buyers: they pay, decline, walk away, come late, press twice, open two tabs, and cheat.

use std::sync::Arc;

use paypair_protocol::Gateway;
use paypair_sandbox::{Answered, Ending, Press, WindowName};
use paypair_verifier::RawRequest;
use serde_json::{Value, json};

use crate::courier;
use crate::faults::Fault;
use crate::network::Sent;
use crate::plan::{Plan, Script};
use crate::scheduler::{OUTSIDE, lock};
use crate::standing::About;
use crate::web::{Patience, text};
use crate::world::{SHOP, TOKEN, World};
use crate::{after, villain};

/// With these words Payple's window refuses an AuthKey that was used, and one that is too old.
const REUSED: &str = "CPCA0005";
const TOO_LATE: &str = "CPCA0001";

/// One order, from the click to its end.
pub(crate) async fn live(world: Arc<World>, plan: Arc<Plan>) {
    world.sleep(plan.begins).await;
    plan.lay_faults(&world);
    let Some(secret) = register(&world, &plan).await else {
        world.tell("buyer", &plan.id, || "never gets a page".to_owned());
        return;
    };
    let tab = Tab {
        world: Arc::clone(&world),
        plan: Arc::clone(&plan),
        secret,
    };
    if plan.script == Script::TwoTabs {
        let second = tab.clone();
        let late = world.dice().within(0..20_000);
        let other = async move {
            second.world.sleep(late).await;
            second.try_to_pay().await;
        };
        world.clock.spawn(OUTSIDE, Box::pin(other));
    }
    for _ in 0..3 {
        tab.try_to_pay().await;
        let status = tab.wait_for_word().await;
        let again = matches!(status.as_str(), "declined" | "cancelled" | "expired");
        if !again || !world.dice().once_in(5_000) {
            return;
        }
        let pause = world.dice().within(3_000..400_000);
        world.sleep(pause).await;
    }
}

/// The merchant's server registers the order for the page, again if it hears nothing.
async fn register(world: &Arc<World>, plan: &Plan) -> Option<String> {
    let order = plan.order(world.now(), &mut world.dice());
    for _ in 0..6 {
        let request = RawRequest::new("POST", "/orders")
            .with_header("authorization", &format!("Bearer {TOKEN}"))
            .with_body(order.to_string());
        let answer = world.ask(&plan.id, request, Patience::Server).await;
        if let Some((201, body)) = answer.as_ref().map(|answer| (answer.status, &answer.body)) {
            let body: Value = serde_json::from_slice(body).ok()?;
            return Some(text(&body["clientSecret"]));
        }
        if answer.is_some_and(|answer| answer.status == 200) {
            // It was written, and its secret is lost with the answer: the page cannot be opened.
            return None;
        }
        world.sleep(4_000).await;
    }
    None
}

/// A page with the order.
#[derive(Clone)]
struct Tab {
    world: Arc<World>,
    plan: Arc<Plan>,
    secret: String,
}

impl Tab {
    async fn try_to_pay(&self) {
        let (world, plan) = (&self.world, &self.plan);
        let Some(prepared) = self.prepare().await else {
            return;
        };
        let launch = &prepared["launch"];
        let url = text(&launch["url"]);
        let fields: Vec<(String, String)> =
            serde_json::from_value(launch["fields"].clone()).unwrap_or_default();
        if plan.script == Script::Forge {
            villain::forge(world, plan, &self.secret, &fields).await;
        }
        let order = world.name_of(About::Order(&plan.id));
        let travel = world.dice().within(50..2_000);
        world.sleep(travel).await;
        let opened = world
            .machine()
            .open(world.now(), &url, &fields, &format!("{SHOP}/"));
        let window = match opened {
            Ok(window) => window,
            Err(why) => {
                match why.as_str() {
                    REUSED => world.struck(Fault::AuthKeyReused, &order),
                    TOO_LATE => world.struck(Fault::AuthExpired, &order),
                    _ => {}
                }
                world.tell("buyer", &plan.id, || format!("sees no window: {why}"));
                return;
            }
        };
        let think = if plan.script == Script::Late {
            world.dice().within(170_000..900_000)
        } else {
            world.dice().within(2_000..100_000)
        };
        world.sleep(think).await;
        match plan.script.press() {
            Some(press) => self.press(&window, press).await,
            None => self.walk_away().await,
        }
        // The browser's back button posts the same fields to the window once more.
        let rate = world.rates().web;
        if plan.gateway == Gateway::Payple && rate > 0 && world.dice().once_in(rate) {
            let again = world
                .machine()
                .open(world.now(), &url, &fields, &format!("{SHOP}/"));
            if again.is_err_and(|why| why == REUSED) {
                world.struck(Fault::AuthKeyReused, &order);
            }
        }
    }

    async fn prepare(&self) -> Option<Value> {
        let ask = json!({ "layout": self.plan.layout, "device": "desktop" });
        for _ in 0..5 {
            let answer = self.post("prepare", &ask).await;
            if let Some(answer) = answer.filter(|answer| answer.status == 200) {
                let prepared: Value = serde_json::from_slice(&answer.body).ok()?;
                return prepared.get("launch").is_some().then_some(prepared);
            }
            let pause = self.world.dice().within(1_000..15_000);
            self.world.sleep(pause).await;
        }
        None
    }

    async fn press(&self, window: &WindowName, press: Press) {
        let (world, plan) = (&self.world, &self.plan);
        world.tell("buyer", &plan.id, || format!("presses {press:?}"));
        let order = world.machine().order_in(window).unwrap_or_default();
        let (letters, ending) = world.machine().press(world.now(), window, press);
        world.count_scripted();
        if press == Press::Pay {
            after::begin(world, plan);
        }
        if matches!(&ending, Ending::Message(said) if said.contains(TOO_LATE))
            || matches!(&ending, Ending::Post { fields, .. } if fields.iter().any(|(_, said)| said == TOO_LATE))
        {
            world.struck(Fault::AuthExpired, &order);
        }
        for letter in letters {
            courier::carry(Arc::clone(world), letter).await;
        }
        let travel = world.dice().within(50..3_000);
        world.sleep(travel).await;
        if plan.script == Script::Gone {
            world.struck(Fault::ReturnNever, &order);
            return self.walk_away().await;
        }
        self.come_back(&order, ending).await;
    }

    /// The window is closed; the page says so, or is closed too.
    async fn walk_away(&self) {
        self.world
            .tell("buyer", &self.plan.id, || "walks away".to_owned());
        if self.world.dice().once_in(7_000) {
            self.post("closed", &json!({})).await;
        }
    }

    async fn come_back(&self, order: &str, ending: Ending) {
        let (world, plan) = (&self.world, &self.plan);
        if plan.script == Script::Twice {
            world.struck(Fault::BrowserTwice, order);
            let (second, ending) = (self.clone(), ending.clone());
            let late = world.dice().within(0..3_000);
            let again = async move {
                second.world.sleep(late).await;
                second.hand_in(&ending).await;
            };
            world.clock.spawn(OUTSIDE, Box::pin(again));
        }
        if plan.script == Script::Cheat {
            villain::swap_orders(world, plan, order, &ending).await;
        }
        for _ in 0..4 {
            if self.hand_in(&ending).await {
                if !matches!(ending, Ending::Stay(_)) {
                    world.came_back(order);
                }
                return;
            }
            let pause = world.dice().within(1_000..8_000);
            world.sleep(pause).await;
        }
    }

    /// What the window ended with goes where it says. False: nobody took it.
    async fn hand_in(&self, ending: &Ending) -> bool {
        let world = &self.world;
        match ending {
            Ending::Message(message) => {
                let message: Value = serde_json::from_str(message).unwrap_or_default();
                let fields = if message["type"] == "close" {
                    json!({ "PCD_PAY_RST": "close", "PCD_PAY_MSG": "결제를 종료하였습니다." })
                } else {
                    message["data"].clone()
                };
                world.note_confirm_key(
                    &text(&fields["PCD_PAY_REQKEY"]),
                    &text(&fields["PCD_PAY_OID"]),
                );
                let answer = self.post("result", &json!({ "fields": fields })).await;
                answer.is_some_and(|answer| answer.status < 500)
            }
            Ending::Post { url, fields } => {
                let field = |name: &str| {
                    let found = fields.iter().find(|(key, _)| key == name);
                    found.map_or("", |(_, value)| value.as_str())
                };
                world.note_confirm_key(field("PCD_PAY_REQKEY"), field("PCD_PAY_OID"));
                let request = form_post(url, fields);
                let answer = world.ask(&self.plan.id, request, Patience::Browser).await;
                answer.is_some_and(|answer| answer.status < 500)
            }
            Ending::Get(url) => {
                let request =
                    RawRequest::new("GET", url.strip_prefix(crate::world::MOUNT).unwrap_or(url));
                let answer = world.ask(&self.plan.id, request, Patience::Browser).await;
                answer.is_some_and(|answer| answer.status < 500)
            }
            Ending::Stay(_) => {
                self.walk_away().await;
                true
            }
        }
    }

    /// The page asks how it stands, until it is answered.
    async fn wait_for_word(&self) -> String {
        let mut status = String::new();
        for _ in 0..3 {
            let path = format!("/orders/{}/status?wait=20", self.plan.id);
            let request = self.page(RawRequest::new("GET", &path));
            let answer = self
                .world
                .ask(&self.plan.id, request, Patience::Browser)
                .await;
            let known: Value = answer
                .and_then(|answer| serde_json::from_slice(&answer.body).ok())
                .unwrap_or_default();
            status = text(&known["status"]);
            if !matches!(status.as_str(), "pending" | "null" | "") {
                break;
            }
        }
        self.world
            .tell("buyer", &self.plan.id, || format!("reads: {status}"));
        status
    }

    async fn post(&self, what: &str, body: &Value) -> Option<paypair_verifier::RawResponse> {
        let path = format!("/orders/{}/{what}", self.plan.id);
        let request = self
            .page(RawRequest::new("POST", &path))
            .with_body(body.to_string());
        self.world
            .ask(&self.plan.id, request, Patience::Browser)
            .await
    }

    fn page(&self, request: RawRequest) -> RawRequest {
        request
            .with_header("origin", SHOP)
            .with_header("paypair-client-secret", &self.secret)
    }
}

/// A browser posts a form from somebody else's page.
pub(crate) fn form_post(url: &str, fields: &[(String, String)]) -> RawRequest {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    courier::to_us(url)
        .with_header("origin", "null")
        .with_header("content-type", "application/x-www-form-urlencoded")
        .with_body(body)
}

/// A window is paid in and the callback is on its way before we have the answer to our own request for it.
pub(crate) async fn hurry(world: &Arc<World>, sent: &Sent, answer: &Answered) {
    if world.is_calm() || !lock(&world.hasty).remove(&sent.order) {
        return;
    }
    let Ok(session) = serde_json::from_slice::<Value>(&answer.body) else {
        return;
    };
    let url = text(&session["online_url"]);
    let opened = world.machine().open(world.now(), &url, &[], "");
    let Ok(window) = opened else {
        return;
    };
    let (letters, _) = world.machine().press(world.now(), &window, Press::Pay);
    world.count_scripted();
    let mark = world.mark(About::Name(&sent.order));
    let mut taken = false;
    for letter in letters {
        taken |= courier::carry(Arc::clone(world), letter).await;
    }
    if taken {
        world.struck_at(Fault::CallbackBeforeRequestResponse, &mark);
    }
}
