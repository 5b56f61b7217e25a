//! Buyers and the merchant's server, over HTTP: whatever a kill cuts off they do again when somebody answers, as life does.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use paypair_protocol::Gateway;
use paypair_sandbox::{Ending, Press};
use serde_json::{Value, json};

use super::courier;
use super::program::{MOUNT, SHOP};
use super::world::{Answer, Dead, Promise, World, lock};
use crate::dice::Dice;

/// How often a page asks how its order stands before it gives up; what it does not hear then, the merchant is told later.
const LOOKS: u32 = 3;

/// One customer after the other, until the shop closes.
pub(super) async fn shop(world: Arc<World>, name: String, mut dice: Dice) {
    for n in 0_u32.. {
        if world.is_closing() {
            return;
        }
        let customer = Customer {
            world: Arc::clone(&world),
            id: format!("{name}n{n}"),
            gateway: match dice.below(5) {
                0 => Gateway::Payletter,
                1 => Gateway::PayletterGlobal,
                _ => Gateway::Payple,
            },
            dice: Dice::new(dice.roll()),
        };
        let with_key = dice.below(3) == 0;
        // A customer who meets nobody for good has gone home.
        let _ = match with_key {
            true => customer.live_by_key().await,
            false => customer.pay_once().await,
        };
    }
}

struct Customer {
    world: Arc<World>,
    /// Names the customer and everything the customer orders.
    id: String,
    gateway: Gateway,
    dice: Dice,
}

impl Customer {
    /// Pays an order; some want their money back.
    async fn pay_once(mut self) -> Result<(), Dead> {
        let order = json!({ "amount": self.amount() });
        let id = self.id.clone();
        if self.pay(&id, order).await? && self.dice.below(3) == 0 {
            self.want_back(&id).await?;
        }
        Ok(())
    }

    /// Registers a card, is charged some times, and has the card deleted.
    async fn live_by_key(mut self) -> Result<(), Dead> {
        let origin = self.id.clone();
        let order = match self.gateway {
            Gateway::Payple => json!({ "work": "register", "cardFlow": "recurring" }),
            Gateway::Payletter => json!({ "work": "register" }),
            // There a key comes beside a payment.
            Gateway::PayletterGlobal => {
                json!({ "amount": self.amount(), "options": { "recurring": true } })
            }
        };
        if !self.pay(&origin, order).await? {
            return Ok(());
        }
        let shown = self.merchant(&format!("/orders/{origin}"), None).await?;
        let shown = shown.json();
        let attempts = shown["attempts"].as_array().into_iter().flatten();
        let Some(key) = attempts
            .rev()
            .find_map(|attempt| attempt["billingKeyId"].as_str())
        else {
            return Ok(());
        };
        for n in 0..=self.dice.below(3) {
            let charge = format!("{origin}c{n}");
            self.world.orders.fetch_add(1, Relaxed);
            let mut body = json!({
                "orderId": charge, "billingKeyId": key, "customerId": self.id,
                "amount": self.amount(), "productName": "월 구독",
            });
            self.add_currency(&mut body);
            let charged = self.merchant("/charges", Some(&body)).await?;
            if charged.status < 300 {
                self.world.promise(Promise::Begun(charge.clone()));
                self.note(&charge, &charged);
            }
            if charged.json()["status"] == "paid" && self.dice.below(4) == 0 {
                self.want_back(&charge).await?;
            }
        }
        let path = format!("/billing-keys/{key}/delete");
        let deleted = self
            .merchant(&path, Some(&json!({ "reason": "탈퇴" })))
            .await?;
        if deleted.json()["state"] == "deleted" {
            self.world.promise(Promise::KeyDeleted(origin));
        }
        Ok(())
    }

    /// Whether the order was paid, or the card registered, and the page heard of it.
    async fn pay(&mut self, id: &str, more: Value) -> Result<bool, Dead> {
        let Some(secret) = self.place(id, more).await? else {
            return Ok(false);
        };
        let page = Page { id, secret };
        let Some(launch) = self.prepare(&page).await? else {
            return Ok(false);
        };
        self.world.pause(6).await;
        let Some(ending) = self.press(id, &launch) else {
            return Ok(false);
        };
        self.world.pause(6).await;
        self.hand_in(&page, ending).await?;
        for _ in 0..LOOKS {
            match self.status(&page).await?.as_str() {
                "paid" | "registered" => return Ok(true),
                "pending" => {}
                _ => return Ok(false),
            }
        }
        Ok(false)
    }

    /// The merchant's server places the order, again if it hears nothing; the secret that opens it for the page.
    async fn place(&self, id: &str, more: Value) -> Result<Option<String>, Dead> {
        let mut order = json!({
            "orderId": id, "gateway": self.gateway.as_str(), "productName": "달항아리",
            "customer": { "id": self.id, "name": "홍길동", "email": "buyer@example.com" },
            "method": match self.gateway {
                Gateway::Payple => "card",
                Gateway::Payletter => "creditcard",
                Gateway::PayletterGlobal => "PLCreditCard",
            },
        });
        if self.gateway == Gateway::Payple {
            order["cardFlow"] = "one_time".into();
        }
        self.add_currency(&mut order);
        for (name, value) in more.as_object().into_iter().flatten() {
            order[name] = value.clone();
        }
        self.lay_in_wait(id);
        self.world.orders.fetch_add(1, Relaxed);
        let placed = self.merchant("/orders", Some(&order)).await?;
        if placed.status >= 300 {
            return Ok(None);
        }
        self.world.promise(Promise::Registered(id.to_owned()));
        // Written, and the answer with the secret was lost in a kill: this page cannot be opened, and nobody pays.
        Ok(placed.json()["clientSecret"].as_str().map(str::to_owned))
    }

    /// A second confirm of one key would be a second capture: who confirms twice is found out.
    fn lay_in_wait(&self, id: &str) {
        let (mut machine, _) = self.world.machine();
        machine.script(self.gateway, id, "confirm_captures_again", None, 9);
    }

    async fn prepare(&self, page: &Page<'_>) -> Result<Option<Value>, Dead> {
        let wish = json!({ "layout": "popup", "device": "desktop" });
        let prepared = self.page(page, "prepare", Some(&wish)).await?;
        if prepared.status != 200 {
            return Ok(None);
        }
        self.world.promise(Promise::Begun(page.id.to_owned()));
        Ok(prepared.json().get("launch").cloned())
    }

    /// Opens the window and pays in it.
    fn press(&self, id: &str, launch: &Value) -> Option<Ending> {
        let fields: Vec<(String, String)> =
            serde_json::from_value(launch["fields"].clone()).unwrap_or_default();
        let (mut machine, now) = self.world.machine();
        let url = launch["url"].as_str()?;
        let window = machine.open(now, url, &fields, &format!("{SHOP}/")).ok()?;
        let (letters, ending) = machine.press(now, &window, Press::Pay);
        drop(machine);
        for letter in letters {
            tokio::spawn(courier::carry(Arc::clone(&self.world), letter));
        }
        if let Ending::Message(message) = &ending {
            let message: Value = serde_json::from_str(message).unwrap_or_default();
            if let Some(key) = message["data"]["PCD_PAYER_ID"].as_str() {
                lock(&self.world.keys).insert(id.to_owned(), key.to_owned());
            }
        }
        Some(ending)
    }

    /// The page, or the browser on its way back, hands in what the window ended with; again if nobody took it.
    async fn hand_in(&self, page: &Page<'_>, ending: Ending) -> Result<(), Dead> {
        match ending {
            Ending::Message(message) => {
                let message: Value = serde_json::from_str(&message).unwrap_or_default();
                let fields = json!({ "fields": message["data"] });
                let answer = self.page(page, "result", Some(&fields)).await?;
                self.note(page.id, &answer);
            }
            Ending::Post { url, fields } => {
                let path = url
                    .strip_prefix(SHOP)
                    .and_then(|path| path.strip_prefix(MOUNT));
                let path = path.unwrap_or_default();
                let post = self.world.ask(|http, base| {
                    let request = http.post(format!("{base}{path}")).form(&fields);
                    request.header("origin", "null")
                });
                post.await?;
            }
            Ending::Get(_) | Ending::Stay(_) => {}
        }
        Ok(())
    }

    async fn status(&self, page: &Page<'_>) -> Result<String, Dead> {
        let status = self.page(page, "status?wait=1", None).await?;
        self.note(page.id, &status);
        Ok(text(&status.json()["status"]))
    }

    /// The merchant wants it back, all or in two parts, each by an id of its own.
    async fn want_back(&mut self, order: &str) -> Result<(), Dead> {
        let parts: &[(&str, Option<&str>)] = match (self.dice.below(3), self.gateway) {
            (0, Gateway::PayletterGlobal) => &[("a", Some("0.50")), ("b", Some("0.25"))],
            (0, _) => &[("a", Some("300")), ("b", Some("200"))],
            _ => &[("a", None)],
        };
        for (id, part) in parts {
            let mut wish = json!({ "refundId": id, "reason": "merchant" });
            let amount = part.map_or_else(|| self.amount(), ToOwned::to_owned);
            if let Some(part) = part {
                wish["amount"] = (*part).into();
            }
            lock(&self.world.wanted_back)
                .entry(order.to_owned())
                .or_default()
                .insert((*id).to_owned(), amount);
            let path = format!("/orders/{order}/refund");
            let answer = self.merchant(&path, Some(&wish)).await?;
            if answer.status == 200 {
                let (order, id) = (order.to_owned(), (*id).to_owned());
                self.world.promise(Promise::Refunding(order, id));
            }
            self.note(order, &answer);
        }
        Ok(())
    }

    /// Remembers what was said to be so for good.
    fn note(&self, order: &str, answer: &Answer) {
        let said = answer.json();
        for known in ["paid", "registered", "refunded", "partially_refunded"] {
            if answer.status < 300 && said["status"] == known {
                self.world.promise(Promise::Stands(order.to_owned(), known));
            }
        }
    }

    async fn merchant(&self, path: &str, body: Option<&Value>) -> Result<Answer, Dead> {
        self.world.pause(4).await;
        self.world.merchant(&self.id, path, body).await
    }

    async fn page(
        &self,
        page: &Page<'_>,
        what: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Dead> {
        let answer = self
            .world
            .ask(|http, base| {
                let url = format!("{base}/orders/{}/{what}", page.id);
                let request = match body {
                    Some(body) => http.post(url).json(body).header("origin", SHOP),
                    None => http.get(url).header("sec-fetch-site", "same-origin"),
                };
                request.header("paypair-client-secret", &page.secret)
            })
            .await?;
        self.world.note_denial(page.id, &answer);
        Ok(answer)
    }

    fn amount(&self) -> String {
        match self.gateway {
            Gateway::PayletterGlobal => "12.50".to_owned(),
            _ => "10000".to_owned(),
        }
    }

    fn add_currency(&self, order: &mut Value) {
        if self.gateway == Gateway::PayletterGlobal {
            order["currency"] = "USD".into();
        }
    }
}

/// A page that holds an order.
struct Page<'a> {
    id: &'a str,
    secret: String,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
