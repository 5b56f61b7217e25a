//! A verifier and the sandbox, both over loopback HTTP, and a buyer without a browser.
#![allow(dead_code, unreachable_pub, unused_imports)] // each test file uses its part

mod clock;
pub mod control;
mod html;
pub mod keys;
mod tap;

use std::{
    collections::HashMap,
    net::TcpListener,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Duration,
};

use actix_web::{App, HttpServer};
use paypair_ledger::{Digest, Options, SqliteStore, Store as _};
use paypair_protocol::Gateway;
use paypair_sandbox::Sandbox;
use paypair_verifier::{
    Config, Environment as _, HttpNetwork, Network, RawRequest, RawResponse, Verifier, scope,
};
use reqwest::{Client, redirect};
use serde_json::{Value, json};
use tempfile::TempDir;

use self::html::{attribute, strip};
pub use self::{
    clock::Clock,
    html::form,
    tap::{Fate, Tap},
};

pub const TOKEN: &str = "merchant-token-of-the-tests";
pub const PAYMENT_KEY: &str = "MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA=";
pub const SEARCH_KEY: &str = "MUI3MjM0RUExQTgyRDA1ODZGRDUyOEM4OTY2QTVCN0Y=";
pub const REFUND_KEY: &str = "a41ce010ede9fcbfb3be86b24858806596a9db68b79d138b147c3e563e1829a0";
pub const MERCHANT_KEY: &str = "abcd1234567890";

const KOREA_IS_AHEAD: u64 = 9 * 60 * 60;
const TEN_OCLOCK: u64 = 10 * 60 * 60;
const A_DAY: u64 = 24 * 60 * 60;

/// A second of the Korean day, the next one that comes.
async fn put_forward_to(gateway: &str, clock: &Clock, wanted: u64) {
    let past_midnight = clock.now().after(Duration::from_secs(KOREA_IS_AHEAD));
    let second = u64::try_from(past_midnight.millis() / 1000).unwrap() % A_DAY;
    put_forward(gateway, clock, (A_DAY + wanted - second) % A_DAY).await;
}

/// The gateways' clock and ours.
async fn put_forward(gateway: &str, clock: &Clock, seconds: u64) {
    let body = json!({ "advance_seconds": seconds });
    let url = format!("{gateway}/control/clock");
    let http = Client::builder().no_proxy().build().unwrap();
    let answer = http.post(url).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let millis = i64::try_from(seconds * 1000).unwrap();
    clock.ahead.fetch_add(millis, Relaxed);
}

/// Everything a test needs, on ports of its own.
pub struct TestApp<N = HttpNetwork> {
    pub verifier: Verifier<SqliteStore, N, Clock>,
    pub clock: Clock,
    pub shop: String,
    pub gateway: String,
    pub http: Client,
    pub folder: TempDir,
    next: AtomicU32,
}

impl TestApp<Tap> {
    /// A verifier whose calls can be looked at.
    pub async fn tapped(setup: Setup) -> (Self, Tap) {
        let mut kept = None;
        let app = Self::with_network(setup, |network| kept.insert(Tap::new(network)).clone()).await;
        (app, kept.unwrap())
    }
}

/// What differs from the usual.
pub struct Setup {
    /// More lines of configuration, before the tables.
    pub extra: &'static str,
    /// Lines of `[assumptions]`.
    pub assumptions: &'static str,
    /// Whether the SEARCH key is configured.
    pub search_key: bool,
    pub patience: u64,
    /// More of `[payletter]`: further clients.
    pub clients: &'static str,
    /// What differs about the sandbox.
    pub sandbox: fn(&mut paypair_sandbox::Options),
    /// The key that Payletter Global takes and signs with, here and there.
    pub global_key: &'static str,
    /// Whether it begins at ten in the morning in Korea. Otherwise now, beside what knows the system's clock alone.
    ///
    /// Near midnight the gateways are asked for two days, so that what a test counts would be another number in the evening; whoever tests
    /// the midnight goes there.
    pub in_the_morning: bool,
    /// What differs about the configuration, once it is read.
    pub config: Box<dyn FnOnce(&mut Config)>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            extra: "",
            assumptions: "global_sales_list_permitted = true",
            search_key: true,
            patience: 6,
            clients: "",
            sandbox: |_| {},
            global_key: "PL_Merchant",
            in_the_morning: true,
            config: Box::new(|_| {}),
        }
    }
}

impl TestApp {
    pub async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    pub async fn with(setup: Setup) -> Self {
        Self::with_network(setup, |network| network).await
    }
}

impl<N: Network> TestApp<N> {
    /// A verifier whose network is wrapped.
    pub async fn with_network(setup: Setup, wrap: impl FnOnce(HttpNetwork) -> N) -> Self {
        let (gateway, port) = start_sandbox(setup.sandbox, setup.global_key);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let shop = format!("http://{}", listener.local_addr().unwrap());
        let mut config = Config::from_toml(&toml(&setup, &shop, port)).unwrap();
        (setup.config)(&mut config);
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            policy: config.policy(),
            ..Options::default()
        };
        let store = SqliteStore::open_with(folder.path().join("test.sqlite3"), options).unwrap();
        let network = wrap(HttpNetwork::new(config.reach()).unwrap());
        let clock = Clock::new();
        if setup.in_the_morning {
            put_forward_to(&gateway, &clock, TEN_OCLOCK).await;
        }
        let verifier = Verifier::new(config, store, network, clock.clone()).unwrap();
        serve(verifier.clone(), listener);
        Self {
            verifier,
            clock,
            shop,
            gateway,
            http: Client::builder()
                .redirect(redirect::Policy::none())
                .no_proxy()
                .build()
                .unwrap(),
            folder,
            next: Default::default(),
        }
    }

    /// Configuration of a second process over the same store.
    pub fn config_again(&self) -> Config {
        let port = self.gateway.rsplit(':').next().unwrap().parse().unwrap();
        Config::from_toml(&toml(&Setup::default(), &self.shop, port)).unwrap()
    }

    /// A second process over the same store, at the same gateways.
    pub fn second(&self) -> Verifier<SqliteStore, HttpNetwork, Clock> {
        let config = self.config_again();
        let options = Options {
            policy: config.policy(),
            ..Options::default()
        };
        let file = self.folder.path().join("test.sqlite3");
        let store = SqliteStore::open_with(file, options).unwrap();
        let network = HttpNetwork::new(config.reach()).unwrap();
        Verifier::new(config, store, network, self.clock.again()).unwrap()
    }

    /// A verifier over an empty store, at the same gateways.
    pub async fn forgetful(&self) -> Verifier<SqliteStore, HttpNetwork, Clock> {
        let config = self.config_again();
        let store = SqliteStore::open(self.folder.path().join("empty.sqlite3")).unwrap();
        let network = HttpNetwork::new(config.reach()).unwrap();
        Verifier::new(config, store, network, self.clock.again()).unwrap()
    }

    // The merchant's server

    pub async fn merchant(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/pay{path}", self.shop);
        let request = match method {
            "GET" => self.http.get(url),
            _ => self.http.post(url).json(&body),
        };
        let answer = request.bearer_auth(TOKEN).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    /// Registers an order and gives what a page gets of it.
    pub async fn order(&self, gateway: &str, more: Value) -> Page<'_, N> {
        let nth = self.next.fetch_add(1, Relaxed);
        let method = match gateway {
            "payple" => "card",
            "payletter" => "creditcard",
            _ => "PLCreditCard",
        };
        let mut order = json!({
            "orderId": format!("order{nth}"),
            "gateway": gateway,
            "method": method,
            "amount": "10000",
            "productName": "스탠드 조명",
            "customer": { "id": "1001", "name": "홍길동", "email": "buyer@example.com" },
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            if value.is_null() {
                order.as_object_mut().unwrap().remove(name);
            } else {
                order[name] = value.clone();
            }
        }
        let (status, registered) = self.merchant("POST", "/orders", order).await;
        assert_eq!(status, 201, "{registered}");
        Page {
            app: self,
            order_id: text(&registered["orderId"]),
            secret: text(&registered["clientSecret"]),
            launch_url: text(&registered["launchUrl"]),
        }
    }

    pub async fn show(&self, order_id: &str) -> Value {
        self.merchant("GET", &format!("/orders/{order_id}"), Value::Null)
            .await
            .1
    }

    /// How often an event kind stands in an order's timeline.
    pub async fn count(&self, order_id: &str, kind: &str) -> usize {
        let shown = self.show(order_id).await;
        let rows = shown["timeline"].as_array().unwrap();
        rows.iter().filter(|row| row["kind"] == kind).count()
    }

    /// Whether the answer to a lookup is written down.
    pub async fn shows_a_lookup(&self, order_id: &str) -> bool {
        let shown = self.show(order_id).await;
        let rows = shown["timeline"].as_array().unwrap();
        rows.iter().any(|row| row["source"] == "lookup")
    }

    pub async fn events(&self) -> Vec<Value> {
        let (_, events) = self
            .merchant("GET", "/events?limit=1000", Value::Null)
            .await;
        events["events"].as_array().unwrap().clone()
    }

    /// How often the merchant was told this of an order.
    pub async fn published(&self, order_id: &str, kind: &str) -> usize {
        let fits = |event: &&Value| event["orderId"] == order_id && event["type"] == kind;
        self.events().await.iter().filter(fits).count()
    }

    // The sandbox

    pub async fn script(&self, gateway: &str, faults: Value) {
        let body = json!({ "gateway": gateway, "faults": faults });
        let url = format!("{}/control/script", self.gateway);
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }

    pub async fn script_times(&self, gateway: &str, faults: Value, times: u64) {
        let body = json!({ "gateway": gateway, "faults": faults, "times": times });
        let url = format!("{}/control/script", self.gateway);
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }

    pub async fn deliver(&self, gateway: &str, order_id: &str) {
        let body = json!({ "gateway": gateway, "order_id": order_id });
        let url = format!("{}/control/deliver", self.gateway);
        self.http.post(url).json(&body).send().await.unwrap();
    }

    /// Puts our clock and the gateways' forward.
    pub async fn advance(&self, seconds: u64) {
        put_forward(&self.gateway, &self.clock, seconds).await;
    }

    /// The same, to this second of the Korean day, the next one that comes.
    pub async fn advance_to(&self, second: u64) {
        put_forward_to(&self.gateway, &self.clock, second).await;
    }

    /// Every payment in the gateways' own book.
    pub async fn payments(&self) -> Vec<Value> {
        let url = format!("{}/control/book", self.gateway);
        let book: Value = self
            .http
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        book["payments"].as_array().unwrap().clone()
    }

    /// The gateway's own book of an order.
    pub async fn book(&self, order_id: &str) -> Value {
        let url = format!("{}/control/book", self.gateway);
        let book: Value = self
            .http
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let payments = book["payments"].as_array().unwrap();
        payments
            .iter()
            .find(|payment| payment["order_id"] == order_id)
            .cloned()
            .unwrap_or(Value::Null)
    }

    // Anybody

    pub async fn post_form(
        &self,
        path: &str,
        fields: &[(String, String)],
    ) -> (u16, String, String) {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}/pay{path}", self.shop)
        };
        let answer = self
            .http
            .post(url)
            .header("origin", "null")
            .form(fields)
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let location = answer
            .headers()
            .get("location")
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default();
        (status, location, answer.text().await.unwrap())
    }

    /// The gateway calls an order's result back, to where it was told to.
    pub async fn callback(&self, body: Value) -> (u16, Value) {
        let path = self.callback_path(&text(&body["order_no"])).await;
        self.callback_at(&path, body).await
    }

    /// Somebody who was not told where to sends a callback.
    pub async fn strangers_callback(&self, body: Value) -> (u16, Value) {
        self.callback_at("/callback/payletter", body).await
    }

    async fn callback_at(&self, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/pay{path}", self.shop);
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    /// Where the gateway was told to call the result of an order of ours back to; of another's it knows the bare address.
    pub async fn callback_path(&self, order_id: &str) -> String {
        let bare = "/callback/payletter".to_owned();
        for client in ["pay_test", "pay_test_n"] {
            let found = self.verifier.store().attempt_by_gateway_order(
                Gateway::Payletter,
                client,
                order_id,
            );
            if let Some(seed) = found.await.unwrap().and_then(|attempt| attempt.order.seed) {
                let parts = [seed.as_bytes().as_slice(), b"callback", order_id.as_bytes()];
                return format!("{bare}/{}", &Digest::of_parts(parts).to_hex()[..32]);
            }
        }
        bare
    }

    pub async fn notice(&self, fields: &[(String, String)]) -> (u16, String) {
        let (status, _, body) = self.post_form("/notice/payletter_global", fields).await;
        (status, body)
    }

    pub async fn handle(&self, request: RawRequest) -> RawResponse {
        self.verifier.handle(request).await
    }
}

/// A shop's page that holds one order.
pub struct Page<'a, N = HttpNetwork> {
    pub app: &'a TestApp<N>,
    pub order_id: String,
    pub secret: String,
    pub launch_url: String,
}

impl<N: Network> Page<'_, N> {
    pub async fn post(&self, what: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/pay/orders/{}/{what}", self.app.shop, self.order_id);
        let answer = self
            .app
            .http
            .post(url)
            .header("origin", &self.app.shop)
            .header("paypair-client-secret", &self.secret)
            .json(&body)
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    pub async fn status(&self, wait: u64) -> Value {
        let url = format!(
            "{}/pay/orders/{}/status?wait={wait}",
            self.app.shop, self.order_id
        );
        let answer = self
            .app
            .http
            .get(url)
            .header("sec-fetch-site", "same-origin")
            .header("paypair-client-secret", &self.secret)
            .send()
            .await
            .unwrap();
        answer.json().await.unwrap()
    }

    /// Waits for an outcome of this status; several are given when any will do.
    pub async fn wait_for(&self, status: &str) -> Value {
        let mut last = Value::Null;
        for _ in 0..100 {
            last = self.status(1).await;
            if last["status"] == status {
                return last;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{} stays {last}, wanted {status}", self.order_id);
    }

    pub async fn prepare(&self, layout: &str) -> Value {
        let (status, prepared) = self
            .post("prepare", json!({ "layout": layout, "device": "desktop" }))
            .await;
        assert_eq!(status, 200, "{prepared}");
        prepared
    }

    /// Opens the window, presses a button, and gives what the window hands back.
    pub async fn press(&self, layout: &str, deed: &str) -> Handback {
        let prepared = self.prepare(layout).await;
        self.app.press(&prepared["launch"], deed).await
    }

    /// A whole payment up to the page's `result` or the return.
    pub async fn pay(&self, layout: &str) -> Value {
        match self.press(layout, "pay").await {
            Handback::Message(fields) => self.post("result", json!({ "fields": fields })).await.1,
            Handback::Post { url, fields } => {
                let (status, _, body) = self.app.post_form(&url, &fields).await;
                assert_eq!(status, 303, "{body}");
                self.status(6).await
            }
            other => panic!("{other:?}"),
        }
    }
}

/// What a window ends with.
#[derive(Debug, Clone)]
pub enum Handback {
    Message(Value),
    Post {
        url: String,
        fields: Vec<(String, String)>,
    },
    Get(String),
    Nothing,
}

impl Handback {
    pub fn fields(&self) -> HashMap<String, String> {
        match self {
            Self::Message(fields) => fields
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, value)| (name.clone(), text(value)))
                .collect(),
            Self::Post { fields, .. } => fields.iter().cloned().collect(),
            _ => HashMap::new(),
        }
    }

    pub fn post(&self) -> (&str, &[(String, String)]) {
        match self {
            Self::Post { url, fields } => (url, fields),
            other => panic!("{other:?}"),
        }
    }
}

impl<N: Network> TestApp<N> {
    /// Opens a launch at the gateway and presses a button of the window.
    pub async fn press(&self, launch: &Value, deed: &str) -> Handback {
        self.press_typing(launch, deed, &[]).await
    }

    /// The same, with some of the window's fields typed or chosen.
    pub async fn press_typing(
        &self,
        launch: &Value,
        deed: &str,
        typed: &[(&str, &str)],
    ) -> Handback {
        let url = launch["url"].as_str().unwrap();
        let page = if launch["kind"] == "post" {
            let fields: Vec<(String, String)> =
                serde_json::from_value(launch["fields"].clone()).unwrap();
            let request = self.http.post(url).form(&fields);
            request.header("referer", format!("{}/", self.shop)).send()
        } else {
            self.http.get(url).send()
        };
        let html = page.await.unwrap().text().await.unwrap();
        let (action, mut fields) =
            form(&html).unwrap_or_else(|| panic!("no window: {}", strip(&html)));
        fields.retain(|(name, _)| typed.iter().all(|(other, _)| name != other));
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        fields.extend(typed.iter().map(pair));
        fields.push(("deed".to_owned(), deed.to_owned()));
        let answer = self
            .http
            .post(format!("{}{action}", self.gateway))
            .form(&fields)
            .send()
            .await
            .unwrap();
        if let Some(location) = answer.headers().get("location") {
            return Handback::Get(location.to_str().unwrap().to_owned());
        }
        let html = answer.text().await.unwrap();
        if let Some(message) = attribute(&html, "data-message=\"") {
            let message: Value = serde_json::from_str(&message).unwrap();
            if message["type"] == "close" {
                return Handback::Message(json!({
                    "PCD_PAY_RST": "close",
                    "PCD_PAY_MSG": "결제를 종료하였습니다.",
                }));
            }
            return Handback::Message(message["data"].clone());
        }
        match form(&html) {
            Some((url, fields)) => Handback::Post { url, fields },
            None => Handback::Nothing,
        }
    }
}

pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn start_sandbox(differ: fn(&mut paypair_sandbox::Options), global_key: &str) -> (String, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let gateway = format!("http://localhost:{port}");
    let mut options = paypair_sandbox::Options {
        base_url: gateway.clone(),
        ..paypair_sandbox::Options::default()
    };
    differ(&mut options);
    let sandbox = Sandbox::new(options);
    sandbox.rekey_global(global_key);
    background(move || async move {
        paypair_sandbox::run(sandbox, listener)
            .unwrap()
            .await
            .unwrap();
    });
    (gateway, port)
}

fn serve<N: Network>(verifier: Verifier<SqliteStore, N, Clock>, listener: TcpListener) {
    background(move || async move {
        HttpServer::new(move || App::new().service(scope("/pay", verifier.clone())))
            .workers(1)
            .disable_signals()
            .listen(listener)
            .unwrap()
            .run()
            .await
            .unwrap();
    });
}

fn background<F: Future<Output = ()>>(work: impl FnOnce() -> F + Send + 'static) {
    std::thread::spawn(move || actix_web::rt::System::new().block_on(work()));
}

fn toml(setup: &Setup, shop: &str, gateway_port: u16) -> String {
    let Setup {
        extra,
        assumptions,
        search_key,
        patience,
        clients,
        global_key,
        sandbox: _,
        in_the_morning: _,
        config: _,
    } = setup;
    let search_key = if *search_key {
        format!("search_key = \"{SEARCH_KEY}\"")
    } else {
        String::new()
    };
    format!(
        r#"
        public_url = "{shop}/pay"
        env = "sandbox"
        sandbox_url = "http://localhost:{gateway_port}"
        merchant_token = "{TOKEN}"
        patience_seconds = {patience}
        {extra}
        [payple]
        merchant_id = "test"
        merchant_key = "{MERCHANT_KEY}"
        refund_key = "{REFUND_KEY}"
        [payletter]
        service_name = "paypair"
        [[payletter.clients]]
        client_id = "pay_test"
        payment_key = "{PAYMENT_KEY}"
        {search_key}
        {clients}
        [payletter_global]
        store_id = "PL_Merchant"
        api_key = "{global_key}"
        service_name = "paypair"
        [assumptions]
        {assumptions}
        "#
    )
}
