//! The merchant: keeps its own log of what it is told, and wants money given back, at times twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use paypair_ledger::Digest;
use paypair_protocol::{Currency, Gateway, Money};
use paypair_verifier::RawRequest;
use serde_json::{Value, json};

use crate::charges;
use crate::episode::ON_ITS_WAY;
use crate::faults::Fault;
use crate::judge::Intent;
use crate::plan::{Deal, Plan};
use crate::scheduler::{OUTSIDE, lock};
use crate::standing::About;
use crate::web::{Patience, text};
use crate::world::{TOKEN, World, base_of};

/// What the merchant knows. Nothing of ours is in it but what it was told.
#[derive(Default)]
pub(crate) struct Merchant {
    log: Mutex<Vec<Told>>,
    asked: Mutex<BTreeMap<String, Vec<Refund>>>,
    /// Charges, by their orders.
    wanted: Mutex<BTreeMap<String, Intent>>,
    /// How much of a payment the merchant's staff gave back at the gateway, by the name the gateway has for it.
    by_hand: Mutex<BTreeMap<String, u64>>,
    /// Orders whose keys are being charged.
    charged: Mutex<BTreeSet<String>>,
    /// Every event that came, and what it said.
    heard: Mutex<BTreeMap<String, Digest>>,
    /// The newest event of each order.
    newest: Mutex<BTreeMap<String, u64>>,
    /// Orders of which it was not told as it was promised.
    misled: Mutex<BTreeSet<String>>,
}

/// The day's payments, by order.
pub(crate) type Plans = Arc<BTreeMap<String, Arc<Plan>>>;

/// One event.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) kind: String,
    pub(crate) gateway_order: String,
    /// The code of the reason, or nothing.
    pub(crate) reason: String,
    /// How the payment stands by it.
    pub(crate) state: String,
    /// How much of it had gone back by then, as it was told.
    pub(crate) refunded: Option<String>,
    /// It says that the card holder is said to have taken the money back.
    pub(crate) taken_back: bool,
    /// How much it is about.
    pub(crate) money: Option<Money>,
    /// What the payment is called at the gateway.
    pub(crate) transaction: Option<String>,
}

impl Told {
    /// Of a payment in doubt, that it did not happen. (Other ends rest on a browser's or a clock's word, and say so: they may be
    /// overruled. This one is what we found out.)
    pub(crate) fn denies(&self) -> bool {
        self.kind == "payment.declined" && self.reason == "absent"
    }
}

/// What can be given back: an order, and the name that its payment has in the gateway's book.
#[derive(Debug, Clone)]
struct Sale {
    order: String,
    name: String,
    currency: String,
}

/// A refund that the merchant wants: with an id however often it asks, without one anew each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refund {
    pub(crate) id: Option<String>,
    /// None: all that is left.
    pub(crate) amount: Option<String>,
}

impl Merchant {
    /// One who was told this.
    #[cfg(test)]
    pub(crate) fn told(log: Vec<Told>) -> Self {
        Self {
            log: Mutex::new(log),
            ..Self::default()
        }
    }

    pub(crate) fn log(&self) -> Vec<Told> {
        lock(&self.log).clone()
    }

    /// What was asked to be given back of this intent.
    pub(crate) fn asked(&self, intent: &str) -> Vec<Refund> {
        lock(&self.asked).get(intent).cloned().unwrap_or_default()
    }

    /// Notes a refund before it is asked for.
    pub(crate) fn wants_back(&self, intent: &str, refund: Refund) {
        let mut asked = lock(&self.asked);
        asked.entry(intent.to_owned()).or_default().push(refund);
    }

    /// How much of this the merchant's staff gave back at the gateway.
    pub(crate) fn gave_back_by_hand(&self, gateway_order: &str) -> u64 {
        let by_hand = lock(&self.by_hand);
        by_hand.get(gateway_order).copied().unwrap_or_default()
    }

    /// Notes a charge before it is asked for.
    pub(crate) fn wants(&self, order: &str, intent: Intent) {
        lock(&self.wanted).insert(order.to_owned(), intent);
    }

    /// Every charge that was ever asked for.
    pub(crate) fn wanted(&self) -> BTreeMap<String, Intent> {
        lock(&self.wanted).clone()
    }

    /// Orders of which the merchant heard out of order, or one event in two ways, or not at all.
    pub(crate) fn misled(&self) -> BTreeSet<String> {
        lock(&self.misled).clone()
    }

    /// An event has come. It may have come before.
    pub(crate) fn hear(
        self: &Arc<Self>,
        world: &Arc<World>,
        plans: &Plans,
        event: &Value,
        body: Digest,
    ) {
        let order = text(&event["orderId"]);
        match lock(&self.heard).insert(text(&event["id"]), body) {
            Some(before) if before == body => return,
            Some(_) => return self.was_misled(world, &order, "one event says two things"),
            None => {}
        }
        let seq = event["seq"].as_u64().unwrap_or(0);
        if lock(&self.newest).insert(order.clone(), seq) > Some(seq) {
            self.was_misled(world, &order, "events come out of order");
        }
        self.take(world, plans, event);
    }

    #[cfg(test)]
    pub(crate) fn mislead(&self, order: &str) {
        lock(&self.misled).insert(order.to_owned());
    }

    pub(crate) fn was_misled(&self, world: &World, order: &str, how: &str) {
        world.tell("merchant", order, || how.to_owned());
        lock(&self.misled).insert(order.to_owned());
    }

    /// Compares with what the server says that there was to tell. What it says only now may be on its way.
    pub(crate) async fn compare(self: Arc<Self>, world: Arc<World>) {
        let mut missing = Vec::new();
        let mut after = 0;
        loop {
            let path = format!("/events?after={after}&limit=1000");
            let answer = world.ask("-", authorised("GET", &path), Patience::Server);
            let body = answer.await.map(|answer| answer.body).unwrap_or_default();
            let page: Value = serde_json::from_slice(&body).unwrap_or_default();
            let events = page["events"].as_array().cloned().unwrap_or_default();
            for event in &events {
                let id = text(&event["id"]);
                if !lock(&self.heard).contains_key(&id) {
                    missing.push((id, text(&event["orderId"])));
                }
                after = after.max(event["seq"].as_u64().unwrap_or(0));
            }
            // Nothing goes wrong any more, so no answer is a fault of the server's.
            if body.is_empty() {
                self.was_misled(&world, "order0", "cannot ask what there was");
            }
            if events.is_empty() {
                break;
            }
        }
        if !missing.is_empty() {
            world.sleep(ON_ITS_WAY).await;
        }
        for (id, order) in missing {
            if !lock(&self.heard).contains_key(&id) {
                self.was_misled(&world, &order, "was never told of it");
            }
        }
    }

    /// Notes it, and acts upon it.
    pub(crate) fn take(self: &Arc<Self>, world: &Arc<World>, plans: &Plans, event: &Value) {
        let order = text(&event["orderId"]);
        // What nobody can confirm is no answer.
        let unproven =
            event["type"] == "payment.discrepant" && !event["data"]["unproven"].is_null();
        let told = Told {
            kind: match unproven {
                true => "payment.unproven".to_owned(),
                false => text(&event["type"]),
            },
            gateway_order: text(&event["data"]["gatewayOrderId"]),
            reason: text(&event["data"]["reason"]["code"]),
            state: text(&event["state"]),
            refunded: event["data"]["refundedAmount"].as_str().map(str::to_owned),
            taken_back: says_taken_back(event),
            money: money(&event["data"]),
            transaction: event["data"]["transactionId"].as_str().map(str::to_owned),
        };
        world.tell("merchant", &order, || {
            format!("is told {} {}", told.kind, told.reason)
        });
        let paid = told.kind == "payment.paid";
        let sale = Sale {
            name: match &event["data"]["renews"] {
                Value::Null => order.clone(),
                _ => told.gateway_order.clone(),
            },
            currency: text(&event["data"]["currency"]),
            order,
        };
        let gateway_order = told.gateway_order.clone();
        lock(&self.log).push(told);
        let Some(plan) = plans.get(base_of(&sale.order)) else {
            return;
        };
        let key = text(&event["data"]["billingKeyId"]);
        if plan.deal == Deal::Key && !key.is_empty() && lock(&self.charged).insert(plan.id.clone())
        {
            let charging =
                charges::work(Arc::clone(self), Arc::clone(world), Arc::clone(plan), key);
            world.clock.spawn(OUTSIDE, Box::pin(charging));
        }
        if !paid || world.is_calm() {
            return;
        }
        if plan.deal == Deal::Subscription && world.dice().once_in(1_500) {
            let ending = end_subscription(Arc::clone(world), plan.id.clone());
            world.clock.spawn(OUTSIDE, Box::pin(ending));
        }
        let at_global = plan.gateway == Gateway::PayletterGlobal;
        // Payletter itself tells nobody.
        let is_told = plan.gateway != Gateway::Payletter;
        if is_told && plan.deal != Deal::Promise && world.staff_dice().once_in(300) {
            let by_hand = self.clone().cancel(
                Arc::clone(world),
                plan.gateway,
                sale.clone(),
                gateway_order.clone(),
            );
            world.clock.spawn(OUTSIDE, Box::pin(by_hand));
        }
        // Cash that was paid in at a shop is nobody's card.
        let by_card = matches!(plan.deal, Deal::Window | Deal::Key | Deal::Subscription);
        if at_global && by_card && world.holders_dice().once_in(150) {
            let objecting = take_back(Arc::clone(world), sale.clone(), gateway_order);
            world.clock.spawn(OUTSIDE, Box::pin(objecting));
        }
        let often = if plan.deal == Deal::Promise {
            7_000
        } else {
            3_500
        };
        if world.dice().once_in(often) {
            let wish = self.clone().refund(Arc::clone(world), sale);
            world.clock.spawn(OUTSIDE, Box::pin(wish));
        }
    }

    /// Gives it back on the gateway's own page, at Payple now and then in two parts. The list may show that late.
    async fn cancel(
        self: Arc<Self>,
        world: Arc<World>,
        gateway: Gateway,
        sale: Sale,
        gateway_order: String,
    ) {
        let at_payple = gateway == Gateway::Payple;
        let mut parts = vec![None];
        if at_payple && world.staff_dice().once_in(3) {
            parts.insert(0, Some(Money::won(300)));
        }
        for part in parts {
            let pause = world.staff_dice().within(5_000..1_500_000);
            world.sleep(pause).await;
            if world.is_calm() {
                return;
            }
            let lags = if at_payple { 10 } else { 3_000 };
            if world.staff_dice().once_in(lags) {
                let known =
                    world
                        .machine()
                        .script(gateway, &gateway_order, "lookup_lag", Some(400), 1);
                debug_assert!(known, "lookup_lag");
            }
            let now = world.now();
            let done = world
                .machine()
                .cancel_by_hand(now, gateway, &gateway_order, part);
            if let Some(money) = done {
                *lock(&self.by_hand)
                    .entry(gateway_order.clone())
                    .or_default() += money.minor;
                world.struck(Fault::CancelledByHand, &gateway_order);
                world.tell("merchant", &sale.order, || {
                    format!("gives {} back by hand", money.to_wire())
                });
            }
        }
    }

    /// Wants a refund: all of it, a part, two parts, too much.
    async fn refund(self: Arc<Self>, world: Arc<World>, sale: Sale) {
        let pause = world.dice().within(5_000..1_500_000);
        world.sleep(pause).await;
        let dollars = sale.currency == "USD";
        let part = if dollars { "0.50" } else { "300" };
        let over = if dollars { "1000.00" } else { "900000" };
        let part_of = |id: &str, amount: &str| Refund {
            id: Some(id.to_owned()),
            amount: Some(amount.to_owned()),
        };
        let whole = Refund {
            id: None,
            amount: None,
        };
        let which = world.dice().index(10);
        let wishes = match which {
            0..4 => vec![whole],
            4..6 => vec![part_of("a", part)],
            6..8 => vec![part_of("a", part), part_of("b", part)],
            8 => vec![part_of("a", part), whole],
            _ => vec![part_of("a", over), part_of("b", part)],
        };
        for wish in wishes {
            if wish.amount.as_deref() == Some(over) {
                world.struck_about(Fault::PartialRefundOver, About::Order(&sale.name));
            } else if wish.id.is_some() {
                self.wants_back(&sale.name, wish.clone());
            }
            self.ask(&world, &sale, &wish).await;
            let pause = world.dice().within(1_000..600_000);
            world.sleep(pause).await;
        }
    }

    /// Asks, and asks the same again while it does not know what came of it; now and then twice at once.
    async fn ask(&self, world: &Arc<World>, sale: &Sale, wish: &Refund) {
        let order = sale.order.as_str();
        let mut body = json!({ "reason": "merchant" });
        if let Some(id) = &wish.id {
            body["refundId"] = id.as_str().into();
        }
        if let Some(amount) = &wish.amount {
            body["amount"] = amount.as_str().into();
        }
        let path = format!("/orders/{order}/refund");
        let request = || authorised("POST", &path).with_body(body.to_string());
        if world.dice().once_in(1_500) {
            let (world_, id, again) = (Arc::clone(world), order.to_owned(), request());
            if wish.id.is_none() {
                self.wants_back(&sale.name, wish.clone());
            }
            let twin = async move {
                world_.ask(&id, again, Patience::Server).await;
            };
            world.clock.spawn(OUTSIDE, Box::pin(twin));
        }
        for _ in 0..6 {
            if wish.id.is_none() {
                // Whatever is left by then, also of what was paid since the last time.
                self.wants_back(&sale.name, wish.clone());
            }
            world.tell("merchant", order, || format!("asks for a refund {body}"));
            let answer = world.ask(order, request(), Patience::Server).await;
            if answer.is_some_and(|answer| answer.status < 500) {
                return;
            }
            let pause = world.dice().within(5_000..120_000);
            world.sleep(pause).await;
        }
    }
}

/// The holder of the card objects, and the money is taken back. In life that is weeks later.
async fn take_back(world: Arc<World>, sale: Sale, gateway_order: String) {
    let pause = world.holders_dice().within(5_000..1_500_000);
    world.sleep(pause).await;
    if world.is_calm() || !world.machine().charge_back(world.now(), &gateway_order) {
        return;
    }
    world.look_for_post();
    world.struck(Fault::ChargedBack, &gateway_order);
    world.tell("gateway", &sale.order, || {
        "the card holder takes the money back".to_owned()
    });
}

/// The sum of an event.
fn money(data: &Value) -> Option<Money> {
    let currency = Currency::parse(data["currency"].as_str()?).ok()?;
    Money::parse(data["amount"].as_str()?, &currency).ok()
}

/// The gateway said it, or somebody in its name: no list shows it.
fn says_taken_back(event: &Value) -> bool {
    let unproven = event["data"]["unproven"].as_array();
    event["type"] == "payment.charged_back"
        || unproven
            .into_iter()
            .flatten()
            .any(|it| it["what"] == "chargeback")
}

/// The merchant has had enough of a subscription.
async fn end_subscription(world: Arc<World>, order: String) {
    let pause = world.dice().within(5_000..1_500_000);
    world.sleep(pause).await;
    let path = format!("/subscriptions/{order}/cancel");
    for _ in 0..6 {
        world.tell("merchant", &order, || "ends the subscription".to_owned());
        let request =
            authorised("POST", &path).with_body(json!({ "reason": "merchant" }).to_string());
        let answer = world.ask(&order, request, Patience::Server).await;
        if answer.is_some_and(|answer| answer.status < 500) {
            return;
        }
        let pause = world.dice().within(5_000..120_000);
        world.sleep(pause).await;
    }
}

pub(crate) fn authorised(method: &str, path: &str) -> RawRequest {
    RawRequest::new(method, path).with_header("authorization", &format!("Bearer {TOKEN}"))
}
