//! What happens at the gateways without buyer or merchant, and what they wrote down.

use paypair_verifier::{Environment, Network};
use serde_json::{Value, json};

use super::TestApp;

impl<N: Network> TestApp<N> {
    /// Something of the sandbox's control API.
    pub async fn control(&self, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/control/{path}", self.gateway);
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    /// Payletter Global on its own: `renew`, `release`, `charge_back`.
    pub async fn act(&self, act: &str, order_id: &str) -> u16 {
        let body = json!({ "order_id": order_id });
        self.control(&format!("payletter_global/{act}"), body)
            .await
            .0
    }

    /// Turns the sandbox's switches.
    pub async fn switch(&self, switches: Value) {
        let (status, answer) = self.control("options", switches).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// How often the gateways were called at a path.
    pub async fn called(&self, path: &str) -> usize {
        let url = format!("{}/control/book", self.gateway);
        let book = self.http.get(url).send().await.unwrap();
        let book: Value = book.json().await.unwrap();
        let calls = book["calls"].as_array().unwrap();
        let to_path = |call: &&Value| call["path"].as_str().unwrap().contains(path);
        calls.iter().filter(to_path).count()
    }

    /// Today in Korea, as the merchant writes it.
    pub fn today(&self) -> String {
        self.clock.now().kst_date().to_string()
    }

    /// A GET of the merchant's.
    pub async fn get(&self, path: &str) -> (u16, Value) {
        self.merchant("GET", path, Value::Null).await
    }

    /// Waits until something is so.
    pub async fn until(&self, what: &str, is_so: impl AsyncFn() -> bool) {
        for _ in 0..200 {
            if is_so().await {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("never: {what}");
    }
}

/// The codes of a refusal's fields, by field.
pub fn faults(answer: &Value) -> Vec<(String, String)> {
    let fields = answer["error"]["fields"].as_array();
    let fields = fields.unwrap_or_else(|| panic!("no fields in {answer}"));
    let pair = |fault: &Value| (super::text(&fault["field"]), super::text(&fault["code"]));
    fields.iter().map(pair).collect()
}
