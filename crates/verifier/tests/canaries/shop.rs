//! A shop that asks, and notes everything it is told.

use std::sync::Mutex;

use paypair_ledger::Store;
use paypair_verifier::{AdoptedKey, RawRequest};
use serde_json::{Value, json};

use super::{
    birds::{CARD, EMAIL, NAME, PHONE, RECEIPT_PHONE},
    net::Net,
};
use crate::common::{Handback, Page, Tap, TestApp};

pub(crate) struct Shop<'a> {
    pub(crate) app: &'a TestApp<Tap>,
    pub(crate) net: &'a Net,
    /// What was drawn for its orders.
    drawn: Mutex<Vec<String>>,
}

/// Everybody comes from this machine here, which is where the gateways send from.
pub(crate) fn from_here(method: &str, path: &str) -> RawRequest {
    RawRequest {
        peer: Some(std::net::Ipv4Addr::LOCALHOST.into()),
        ..RawRequest::new(method, path)
    }
}

impl<'a> Shop<'a> {
    pub(crate) fn new(app: &'a TestApp<Tap>, net: &'a Net) -> Self {
        Self {
            app,
            net,
            drawn: Mutex::default(),
        }
    }

    /// Seeds, client secrets and the seals of launch pages, of every order that was looked at.
    pub(crate) fn drawn(self) -> Vec<String> {
        self.drawn.into_inner().unwrap()
    }

    /// Somebody follows the link, looks, and starts.
    async fn follow_the_link(&self, page: &Page<'_, Tap>) {
        let (_, seal) = page.launch_url.rsplit_once('.').unwrap();
        let drawn = [page.secret.clone(), seal.to_owned()];
        self.drawn.lock().unwrap().extend(drawn);
        let base = format!("{}/pay", self.app.shop);
        let path = page.launch_url.strip_prefix(&base).unwrap();
        for method in ["GET", "POST"] {
            let request = from_here(method, path);
            self.net.take("Debug of a request", format!("{request:?}"));
            let answer = self.app.handle(request).await;
            assert!(answer.status < 500, "{method} {path}: {}", answer.status);
            self.net.take("Debug of an answer", format!("{answer:?}"));
        }
    }

    /// The merchant's server asks; a refusal goes into the net.
    pub(crate) async fn ask(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.app.merchant("POST", path, body).await;
        let place = if status >= 400 { "refusal" } else { "merchant" };
        self.net
            .take(format!("{place} of {path}"), answer.to_string());
        answer
    }

    /// Anybody asks; whatever is answered goes into the net.
    pub(crate) async fn anybody(&self, request: RawRequest) -> u16 {
        self.net.take("Debug of a request", format!("{request:?}"));
        let path = request.path.clone();
        let answer = self.app.handle(request).await;
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        if path == "/payple/auth" && answer.status == 200 {
            // The window's form, for the buyer whose words they are.
            self.net.take("opening by an old page", said);
        } else {
            let place = format!("answer of {path}");
            self.net.take(place, format!("{:?} {said}", answer.headers));
        }
        answer.status
    }

    /// The page asks how its order stands.
    pub(crate) async fn status(&self, page: &Page<'_, Tap>) {
        let told = page.status(1).await;
        assert_eq!(told["orderId"], page.order_id, "{told}");
        self.net.take("page: status", told.to_string());
    }

    /// A card is registered, charged, refunded and deleted, with a mishap at each.
    pub(crate) async fn keeps_a_card(&self, gateway: &str) -> String {
        let app = self.app;
        let (id, key) = self.card(gateway).await;
        for (nth, fault) in ["charge_declined", "charge_answer_lost", "refund_refused"]
            .into_iter()
            .enumerate()
        {
            app.script_times(gateway, json!([fault]), 1).await;
            let order_id = format!("{nth}of{}", gateway.len());
            let more = json!({ "customer": { "name": NAME, "phone": PHONE, "email": EMAIL } });
            for more in [more, json!({})] {
                let body = app.charge_of(gateway, &id, &order_id, more);
                self.ask("/charges", body).await;
            }
            let refund = format!("/orders/{order_id}/refund");
            self.ask(&refund, json!({})).await;
            self.ask(&refund, json!({ "amount": EMAIL })).await;
            self.order(&order_id).await;
        }
        app.advance(10).await;
        app.comes_to(&format!("1of{}", gateway.len()), "paid").await;
        let adopted = json!({
            "gateway": gateway, "method": "card", "customerId": "1001", "billingKey": key, "customerEmail": EMAIL,
        });
        self.ask("/billing-keys", adopted.clone()).await;
        let odd = json!({ "gateway": gateway, "billingKey": [key] });
        self.ask("/billing-keys", odd).await;
        let (_, list) = app.get("/billing-keys?customerId=1001").await;
        self.net.take("merchant: list of keys", list.to_string());
        if let Ok(adopted) = serde_json::from_value::<AdoptedKey>(adopted) {
            let printed = format!("{adopted:?}");
            self.net.take("Debug of an adopted key", printed);
        }
        let delete = format!("/billing-keys/{id}/delete");
        self.ask(&delete, json!({})).await;
        key
    }

    /// The id of a new key, and the key itself.
    pub(crate) async fn card(&self, gateway: &str) -> (String, String) {
        let id = self.app.key(gateway).await;
        let view = self.app.verifier.store().billing_key_view(&id).await;
        let view = view.unwrap().unwrap();
        self.net.take("Debug of a billing key", format!("{view:?}"));
        let key = view.key.unwrap().expose().to_owned();
        (id, key)
    }

    /// A payment in a window with a typed card, under this fault.
    pub(crate) async fn pays(&self, gateway: &str, layout: &str, fault: &str) {
        self.app.script_times(gateway, json!([fault]), 2).await;
        let mut more =
            json!({ "customer": { "id": "1001", "name": NAME, "phone": PHONE, "email": EMAIL } });
        if gateway == "payletter_global" {
            (more["amount"], more["currency"]) = (json!("12.50"), json!("USD"));
            more["customer"].as_object_mut().unwrap().remove("phone");
            more["customer"].as_object_mut().unwrap().remove("name");
        }
        self.pays_this(gateway, layout, more).await;
    }

    /// A payment of this order, and what its page and its merchant hear of it.
    pub(crate) async fn pays_this(&self, gateway: &str, layout: &str, more: Value) -> String {
        let app = self.app;
        let page = app.order(gateway, more).await;
        let (status, prepared) = page.post("prepare", json!({ "layout": layout })).await;
        if status != 200 {
            self.net.take("refusal of prepare", prepared.to_string());
            return page.order_id;
        }
        self.net.take("opening", prepared.to_string());
        let typed = [
            ("card_number", CARD),
            ("card_month", "12"),
            ("card_year", "39"),
        ];
        let typed = if gateway == "payple" { &typed[..] } else { &[] };
        match app.press_typing(&prepared["launch"], "pay", typed).await {
            Handback::Post { url, fields } => {
                let (_, _, said) = app.post_form(&url, &fields).await;
                self.net.take("return page", said);
            }
            Handback::Message(fields) => {
                let (_, told) = page.post("result", json!({ "fields": fields })).await;
                self.net.take("page: result", told.to_string());
            }
            other => panic!("{other:?}"),
        }
        self.status(&page).await;
        self.follow_the_link(&page).await;
        self.order(&page.order_id).await;
        page.order_id
    }

    /// A bank transfer and its cash receipt, issued, refused and taken back.
    pub(crate) async fn gives_a_receipt(&self) {
        let more = json!({ "method": "transfer", "work": "pay_now" });
        let page = self.app.order("payple", more).await;
        assert_eq!(page.pay("popup").await["status"], "paid");
        let path = format!("/orders/{}/cash-receipt", page.order_id);
        let whose = json!({ "purpose": "tax_deduction", "identity": { "phone": RECEIPT_PHONE } });
        for (path, state) in [
            (path.clone(), "issued"),
            (format!("{path}/cancel"), "cancelled"),
        ] {
            let told = self.ask(&path, whose.clone()).await;
            assert_eq!(told["state"], state, "{told}");
            self.ask(&path, whose.clone()).await;
            let odd =
                json!({ "purpose": RECEIPT_PHONE, "identity": { "businessNo": RECEIPT_PHONE } });
            self.ask(&path, odd).await;
        }
        self.status(&page).await;
        self.order(&page.order_id).await;
    }

    /// What we hold of an order, as a careless programmer would print it; and as it is shown.
    pub(crate) async fn order(&self, order_id: &str) {
        let store = self.app.verifier.store();
        if let Some(view) = store.order(order_id).await.unwrap() {
            let seed = view.order.seed.map(|seed| seed.to_hex());
            self.drawn.lock().unwrap().extend(seed);
            let printed = format!("{:?}", view.order);
            self.net.take("Debug of an order", printed);
            for attempt in &view.attempts {
                self.net.take("Debug of an attempt", format!("{attempt:?}"));
            }
            let shown = self.app.show(order_id).await;
            assert!(shown["attempts"].is_array(), "{shown}");
            self.net.take("merchant: order", shown.to_string());
        }
        let rows = store.timeline(order_id).await.unwrap();
        self.net.take("Debug of a timeline", format!("{rows:?}"));
        let calls = store.money_calls(order_id).await.unwrap();
        self.net.take("Debug of money calls", format!("{calls:?}"));
    }
}
