//! Registered cards, charges and refunds, as a merchant's server makes them.

use paypair_ledger::{AttemptKey, Store};
use paypair_protocol::{Method, Money, Secret, payletter::Charge};
use paypair_verifier::{Environment, Network};
use serde_json::{Value, json};

use super::{PAYMENT_KEY, Page, TestApp, text};

/// How each gateway gives a key here: Payple and Payletter register, Global pays with a key beside the payment.
pub const GATEWAYS: [&str; 3] = ["payple", "payletter", "payletter_global"];

/// A month and a bit.
pub const MONTH: u64 = 31 * 24 * 3600;

impl<N: Network> TestApp<N> {
    /// Registers a card of customer 1001 and gives the order's page.
    pub async fn registered(&self, gateway: &str) -> Page<'_, N> {
        let more = match gateway {
            "payletter_global" => {
                json!({ "amount": "12.50", "currency": "USD", "options": { "recurring": true } })
            }
            "payple" => json!({ "work": "register", "cardFlow": "recurring", "amount": null }),
            _ => json!({ "work": "register", "amount": null }),
        };
        let page = self.order(gateway, more).await;
        let outcome = page.pay("popup").await;
        let wanted = ["registered", "paid"];
        assert!(
            wanted.contains(&outcome["status"].as_str().unwrap()),
            "{outcome}"
        );
        page
    }

    /// The id of the key that came of an order.
    pub async fn key_of(&self, order_id: &str) -> String {
        let shown = self.show(order_id).await;
        let attempts = shown["attempts"].as_array().unwrap();
        let found = attempts.iter().rev().find_map(|attempt| {
            let id = attempt["billingKeyId"].as_str()?;
            Some(id.to_owned())
        });
        found.unwrap_or_else(|| panic!("no key: {shown}"))
    }

    /// A key of customer 1001.
    pub async fn key(&self, gateway: &str) -> String {
        let page = self.registered(gateway).await;
        self.key_of(&page.order_id).await
    }

    /// What a charge of a key asks for; `more` is laid over it.
    pub fn charge_of(&self, gateway: &str, key: &str, order_id: &str, more: Value) -> Value {
        let mut body = json!({
            "orderId": order_id,
            "billingKeyId": key,
            "customerId": "1001",
            "amount": "9900",
            "productName": "월 구독",
        });
        if gateway == "payletter_global" {
            body["amount"] = json!("9.90");
            body["currency"] = json!("USD");
        }
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        body
    }

    /// Charges a key.
    pub async fn charge(
        &self,
        gateway: &str,
        key: &str,
        order_id: &str,
        more: Value,
    ) -> (u16, Value) {
        let body = self.charge_of(gateway, key, order_id, more);
        self.merchant("POST", "/charges", body).await
    }

    /// Asks for a refund.
    pub async fn refund(&self, order_id: &str, body: Value) -> (u16, Value) {
        self.merchant("POST", &format!("/orders/{order_id}/refund"), body)
            .await
    }

    /// Waits until an order's outcome has this status.
    pub async fn comes_to(&self, order_id: &str, status: &str) -> Value {
        let mut last = Value::Null;
        for _ in 0..100 {
            last = self.show(order_id).await["outcome"].clone();
            if last["status"] == status {
                return last;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("{order_id} stays {last}, wanted {status}");
    }

    /// Puts the clocks forward by half an hour, several times, and each time waits until what was due of an order was looked up.
    pub async fn half_hours(&self, order_id: &str, times: u32) {
        // In steps: a lookup long after it was due would count for nothing.
        for _ in 0..times * 6 {
            self.advance(300).await;
            self.looked_up(order_id).await;
        }
    }

    /// Waits until nothing of an order's first attempt is due.
    pub async fn looked_up(&self, order_id: &str) {
        let store = self.verifier.store();
        self.until("looked up", async || {
            let key = AttemptKey::new(order_id, 1);
            let attempt = store.attempt(key).await.unwrap().unwrap();
            let now = self.clock.now();
            let due = attempt.next_check_at.is_some_and(|at| at <= now);
            !due && !attempt.key_check_due(now)
        })
        .await;
    }

    /// The gateways' own lines of an order: a second capture is a second line.
    pub async fn captures(&self, order_id: &str) -> Vec<Value> {
        let mut payments = self.payments().await;
        payments.retain(|payment| payment["order_id"] == order_id);
        payments
    }

    /// A call to Payletter that the ledger hears nothing of: in its back office, or by some other system of the merchant's.
    pub async fn at_payletter(&self, path: &str, body: String) {
        let url = format!("{}/payletter/v1.0/payments/{path}", self.gateway);
        let call = self.http.post(url).body(body);
        let call = call.header("content-type", "application/json");
        let call = call.header("authorization", format!("PLKEY {PAYMENT_KEY}"));
        let answer = call.send().await.unwrap();
        let status = answer.status();
        assert_eq!(status, 200, "{}", answer.text().await.unwrap());
    }

    /// Such a charge of a Payletter key under an order's number. Answers the payment's name.
    pub async fn charged_elsewhere(&self, key: &str, order_id: &str, won: u64) -> String {
        let known = self.names(order_id).await;
        let view = self.verifier.store().billing_key_view(key).await.unwrap();
        let charge = Charge {
            method: Method::from("creditcard"),
            merchant_id: "pay_test".into(),
            customer_id: "1001".into(),
            order_id: order_id.into(),
            amount: Money::won(won),
            product_name: "월 구독".into(),
            billing_key: Secret::new(view.unwrap().key.unwrap().expose()),
            customer_ip: "127.0.0.1".into(),
            ..Charge::default()
        };
        self.at_payletter("autopay", charge.fields().to_json())
            .await;
        let mut new = self.names(order_id).await;
        new.retain(|id| !known.contains(id));
        new.pop().unwrap()
    }

    /// What the gateway calls each capture of an order.
    async fn names(&self, order_id: &str) -> Vec<String> {
        let captures = self.captures(order_id).await;
        let ids = captures.iter().map(|row| text(&row["transaction_id"]));
        ids.collect()
    }
}

/// The cause an answer names.
pub fn code(answer: &Value) -> String {
    text(&answer["error"]["code"])
}
