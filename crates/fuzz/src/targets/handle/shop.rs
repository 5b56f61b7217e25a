//! The shop that every input meets: the very verifier that serves, over a ledger in memory, always in the same moment of the same day.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use paypair_ledger::{MemoryStore, Snapshot};
use paypair_sandbox::{Call, Machine};
use paypair_verifier::{
    Config, Expected, ExpectedOrder, GatewayAnswer, GatewayCall, Network, NetworkError,
    OrderQuestion, OrderSource, RawRequest, RawResponse, Verifier,
};
use serde_json::json;

use super::clock::{Clock, lock};

/// The merchant's token.
pub(super) const TOKEN: &str = "token-of-the-merchant-and-no-other";
/// Where the shop's pages are.
pub(super) const ORIGIN: &str = "http://127.0.0.1:8080";
/// Where the verifier is.
pub(super) const MOUNT: &str = "http://127.0.0.1:8080/pay";
/// Where the gateways are.
pub(super) const GATEWAYS: &str = "http://localhost:8081";
/// Payletter Global's key; the published test key is the shop's name too, and could not be told from it in an answer.
pub(super) const GLOBAL_KEY: &str = "key-of-the-shop-at-payletter-global";

/// What no answer shows.
pub(super) const KEYS: [&str; 6] = [
    TOKEN,
    GLOBAL_KEY,
    "abcd1234567890",
    "a41ce010ede9fcbfb3be86b24858806596a9db68b79d138b147c3e563e1829a0",
    "MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA=",
    "MUI3MjM0RUExQTgyRDA1ODZGRDUyOEM4OTY2QTVCN0Y=",
];

/// A verifier with its clock; its tasks end with it.
pub(super) struct Shop {
    pub(super) clock: Clock,
    pub(super) verifier: Verifier<MemoryStore, Wire, Clock>,
    /// What we told the gateways to send back with an order (`custom_parameter`, `custom`), by their name of it.
    pub(super) customs: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Shop {
    /// With gateways on the other end of the wire.
    pub(super) fn with_gateways(machine: &Arc<Mutex<Machine>>, millis: i64) -> Self {
        Self::new(Some(Arc::clone(machine)), None, millis, 1)
    }

    /// With what a shop held once, and a wire that is cut.
    pub(super) fn cut_off(held: &Snapshot, millis: i64) -> Self {
        Self::new(None, Some(held), millis, 2)
    }

    fn new(
        machine: Option<Arc<Mutex<Machine>>>,
        held: Option<&Snapshot>,
        millis: i64,
        chance: u64,
    ) -> Self {
        let clock = Clock::new(millis, chance);
        let customs = Arc::default();
        let wire = Wire {
            machine,
            customs: Arc::clone(&customs),
            clock: clock.clone(),
        };
        let config = Config::from_toml(CONFIG).expect("the configuration is right");
        let store = MemoryStore::new(config.policy());
        if let Some(held) = held {
            store.restore(held.clone());
        }
        let verifier = Verifier::new(config, store, wire, clock.clone())
            .expect("a verifier")
            .with_order_source(PriceTags);
        Self {
            clock,
            verifier,
            customs,
        }
    }

    /// One request, and what comes of it in the next seconds.
    pub(super) fn ask(&self, mut request: RawRequest) -> RawResponse {
        // Somebody's own address: who comes from inside is counted together with all others.
        request.peer = Some(IpAddr::from([121, 78, 1, 9]));
        let answer = self.clock.wait(self.verifier.handle(request));
        self.clock.pass(Duration::from_secs(2));
        answer
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.clock.end();
    }
}

/// The wire to the gateways. Cut, nothing leaves: whoever would move money or look something up learns just that.
pub(super) struct Wire {
    machine: Option<Arc<Mutex<Machine>>>,
    customs: Arc<Mutex<BTreeMap<String, String>>>,
    clock: Clock,
}

impl Network for Wire {
    async fn call(&self, call: GatewayCall) -> Result<GatewayAnswer, NetworkError> {
        let not_sent = |why: &str| NetworkError::NotSent(why.to_owned());
        let machine = self
            .machine
            .as_ref()
            .ok_or_else(|| not_sent("the wire is cut"))?;
        let path = call.url.as_str().strip_prefix(GATEWAYS);
        let path = path.ok_or_else(|| not_sent("a strange host"))?;
        self.remember(path, &call.body);
        let header = |name: &str| {
            let mut headers = call.headers.iter();
            let found = headers.find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.as_str())
        };
        let now = jiff::Timestamp::from_millisecond(self.clock.millis());
        let asked = Call {
            method: call.method,
            path,
            referer: header("referer"),
            authorization: header("authorization").unwrap_or_default(),
            content_type: call.content_type,
            body: &call.body,
        };
        let answered = lock(machine).call(now.unwrap_or_default(), &asked);
        Ok(GatewayAnswer {
            status: answered.status,
            body: answered.body,
        })
    }
}

impl Wire {
    fn remember(&self, path: &str, body: &[u8]) {
        let sent: Option<serde_json::Value> = serde_json::from_slice(body).ok();
        let Some(sent) = sent.filter(|_| path.ends_with("/request")) else {
            return;
        };
        let of = |names: [&str; 2]| {
            let mut found = names.iter().filter_map(|name| sent[*name].as_str());
            found.next().unwrap_or_default().to_owned()
        };
        let (order, custom) = (
            of(["order_no", "storeorderno"]),
            of(["custom_parameter", "custom"]),
        );
        lock(&self.customs).insert(order, custom);
    }
}

/// What the merchant says of the orders of old pages.
struct PriceTags;

impl OrderSource for PriceTags {
    fn expected(&self, _: OrderQuestion) -> Expected<'_> {
        Box::pin(async {
            Ok(ExpectedOrder {
                order_id: None,
                amount: Some(json!(1000)),
                product_name: Some("cup".to_owned()),
                customer_id: None,
            })
        })
    }
}

const CONFIG: &str = r#"
public_url = "http://127.0.0.1:8080/pay"
env = "sandbox"
sandbox_url = "http://localhost:8081"
merchant_token = "token-of-the-merchant-and-no-other"
patience_seconds = 2
[payple]
merchant_id = "test"
merchant_key = "abcd1234567890"
refund_key = "a41ce010ede9fcbfb3be86b24858806596a9db68b79d138b147c3e563e1829a0"
[payletter]
service_name = "paypair"
[[payletter.clients]]
client_id = "pay_test"
payment_key = "MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA="
search_key = "MUI3MjM0RUExQTgyRDA1ODZGRDUyOEM4OTY2QTVCN0Y="
[payletter_global]
store_id = "PL_Merchant"
api_key = "key-of-the-shop-at-payletter-global"
service_name = "paypair"
[assumptions]
global_sales_list_permitted = true
"#;
