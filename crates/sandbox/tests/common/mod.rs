//! A sandbox on a free port, and a merchant that writes down what it is called with.
#![allow(dead_code, unreachable_pub)] // each test binary uses its own part of this

pub mod payletter;
pub mod payletter_global;
pub mod payple;
pub mod payple_transfer;

use std::cell::RefCell;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer};
use paypair_protocol::CallError;
use paypair_protocol::wire::Fields;
use paypair_sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use tokio::sync::watch;

pub const PAYMENT_KEY: &str = "MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA=";
pub const SEARCH_KEY: &str = "MUI3MjM0RUExQTgyRDA1ODZGRDUyOEM4OTY2QTVCN0Y=";

/// A running sandbox.
pub struct TestApp {
    pub base: String,
    client: reqwest::Client,
    tape: RefCell<Vec<Answer>>,
}

/// What the sandbox answered, byte for byte.
#[derive(Clone)]
pub struct Answer {
    /// Of the request: the path with its query.
    pub path: String,
    pub status: u16,
    pub body: String,
}

impl TestApp {
    /// The clock stands still, so that every run says the same.
    pub fn start() -> Self {
        Self::start_with(Options::default())
    }

    pub fn start_with(options: Options) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let still_clock = Some("2026-03-05T05:11:11.123Z".parse().unwrap());
        let options = Options {
            base_url: base.clone(),
            still_clock,
            ..options
        };
        let server = paypair_sandbox::run(Sandbox::new(options), listener).unwrap();
        actix_web::rt::spawn(server);
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let tape = RefCell::default();
        Self { base, client, tape }
    }

    pub async fn get(&self, path: &str) -> (u16, String) {
        self.send(self.client.get(self.url(path))).await
    }

    pub async fn get_with(&self, path: &str, authorization: &str) -> (u16, String) {
        self.send(
            self.client
                .get(self.url(path))
                .header("authorization", authorization),
        )
        .await
    }

    pub async fn post_json(&self, path: &str, body: &Value) -> (u16, String) {
        self.send(self.client.post(self.url(path)).json(body)).await
    }

    pub async fn post_as(
        &self,
        path: &str,
        authorization: &str,
        body: impl Into<String>,
    ) -> (u16, String) {
        let request = self
            .client
            .post(self.url(path))
            .header("content-type", "application/json");
        self.send(
            request
                .header("authorization", authorization)
                .body(body.into()),
        )
        .await
    }

    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        Page(
            self.send(self.client.post(self.url(path)).form(fields))
                .await
                .1,
        )
    }

    /// Where the answer to a pressed button sends the browser.
    pub async fn redirect(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let request = self.client.post(self.url(path)).form(fields);
        let answer = request.send().await.unwrap();
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    /// auth.php from the shop at `http://127.0.0.1:8080`.
    pub async fn auth(&self, flags: Value) -> Value {
        let mut body = json!({ "cst_id": "test", "custKey": "abcd1234567890" });
        body.as_object_mut()
            .unwrap()
            .extend(flags.as_object().unwrap().clone());
        let request = self
            .client
            .post(self.url("/payple/php/auth.php"))
            .header("referer", "http://127.0.0.1:8080/order");
        serde_json::from_str(&self.send(request.json(&body)).await.1).unwrap()
    }

    /// Opens Payple's window for an order; the answer is the page.
    pub async fn window(&self, auth_key: &str, order_id: &str, changes: &[(&str, &str)]) -> Page {
        let mut fields = vec![
            ("PCD_AUTH_KEY", auth_key),
            ("PCD_PAY_TYPE", "card"),
            ("PCD_PAY_WORK", "CERT"),
            ("PCD_CARD_VER", "01"),
            ("PCD_PAYER_NO", "7"),
            ("PCD_PAY_GOODS", "상품"),
            ("PCD_PAY_TOTAL", "10000"),
            ("PCD_PAY_OID", order_id),
            ("PCD_RST_URL", "/result"),
        ];
        for change in changes {
            fields.retain(|(name, _)| name != &change.0);
            fields.push(*change);
        }
        self.post_form("/payple/index.php?ACT_=PAYM", &fields).await
    }

    /// Presses a button of Payple's window with the card that stands in it.
    pub async fn press(&self, window: &Page, deed: &str) -> Page {
        let action = window.between("action=\"", "\"");
        let fields = [
            ("deed", deed),
            ("card_number", "4321 1234 5678 9010"),
            ("card_month", "12"),
            ("card_year", "35"),
        ];
        self.post_form(action, &fields).await
    }

    pub async fn script(&self, gateway: &str, order_id: &str, faults: Value) {
        let body = json!({ "gateway": gateway, "order_id": order_id, "faults": faults });
        assert_eq!(self.post_json("/control/script", &body).await.0, 200);
    }

    pub async fn advance(&self, seconds: u64) {
        assert_eq!(
            self.post_json("/control/clock", &json!({ "advance_seconds": seconds }))
                .await
                .0,
            200
        );
    }

    pub async fn book(&self) -> Value {
        serde_json::from_str(&self.get("/control/book").await.1).unwrap()
    }

    /// The only payment of the book.
    pub async fn payment(&self) -> Value {
        let book = self.book().await;
        assert_eq!(book["payments"].as_array().unwrap().len(), 1, "{book}");
        book["payments"][0].clone()
    }

    /// Waits until the book has so many answers to callbacks: the resend rule counts from there.
    pub async fn answered(&self, callbacks: usize) {
        let wait = async { while self.payment().await["callbacks"] != json!(callbacks) {} };
        tokio::time::timeout(Duration::from_secs(10), wait)
            .await
            .unwrap();
    }

    /// Where a URL of this sandbox points, without the host.
    pub fn path<'u>(&self, url: &'u str) -> &'u str {
        url.strip_prefix(&self.base).unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Every answer so far.
    pub fn tape(&self) -> Vec<Answer> {
        self.tape.borrow().clone()
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> (u16, String) {
        let (client, request) = request.build_split();
        let request = request.unwrap();
        let url = request.url().to_string();
        let path = self.path(&url).to_owned();
        let answer = client.execute(request).await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.text().await.unwrap();
        self.tape.borrow_mut().push(Answer {
            path,
            status,
            body: body.clone(),
        });
        (status, body)
    }
}

/// The gateway's code of a refusal, and what it adds.
pub fn refusal<T: std::fmt::Debug>(result: Result<T, CallError>) -> String {
    match result {
        Err(CallError::Refused {
            gateway_code,
            detail,
            ..
        }) => detail.unwrap_or(gateway_code),
        other => panic!("not a refusal: {other:?}"),
    }
}

/// A page of a window.
pub struct Page(pub String);

impl Page {
    pub fn between(&self, start: &str, end: &str) -> &str {
        let rest = self
            .0
            .split_once(start)
            .unwrap_or_else(|| panic!("no {start} in {}", self.0))
            .1;
        rest.split_once(end).unwrap().0
    }

    pub fn has(&self, text: &str) -> bool {
        self.0.contains(text)
    }

    /// What it posts to the page that opened it.
    pub fn message(&self) -> Value {
        serde_json::from_str(&unescaped(self.between("data-message=\"", "\""))).unwrap()
    }

    /// The form the browser will post to the merchant.
    pub fn handback(&self) -> (String, Vec<(String, String)>) {
        let url = unescaped(self.between("id=\"handback\" method=\"post\" action=\"", "\""));
        let inputs = self.0.split("<input type=\"hidden\" name=\"").skip(1);
        let field = |input: &str| {
            let (name, rest) = input.split_once("\" value=\"").unwrap();
            (name.to_owned(), unescaped(rest.split_once('"').unwrap().0))
        };
        (url, inputs.map(field).collect())
    }
}

pub fn value<'f>(fields: &'f [(String, String)], name: &str) -> &'f str {
    fields
        .iter()
        .find(|(key, _)| key == name)
        .map_or("", |(_, value)| value)
}

/// As the receiver of a browser's form post reads it.
pub fn fields(pairs: &[(String, String)]) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in pairs {
        fields.push(name, value);
    }
    fields
}

fn unescaped(text: &str) -> String {
    let text = text
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">");
    text.replace("&#38;", "&")
}

/// A merchant whose every address writes down the body and gives the same answer.
pub struct Merchant {
    pub url: String,
    got: watch::Receiver<Vec<String>>,
}

impl Merchant {
    pub fn answering(answer: &'static str) -> Self {
        Self::answering_with(200, answer)
    }

    pub fn answering_with(status: u16, answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let (book, got) = watch::channel(Vec::new());
        let data = Data::new((book, status, answer));
        let app = move || {
            App::new()
                .app_data(data.clone())
                .default_service(web::to(write_down))
        };
        let server = HttpServer::new(app).workers(1).disable_signals();
        actix_web::rt::spawn(server.listen(listener).unwrap().run());
        Self { url, got }
    }

    pub fn got(&self) -> Vec<String> {
        self.got.borrow().clone()
    }

    /// Waits until it was called so often.
    pub async fn called(&self, times: usize) {
        let wait = async {
            self.got
                .clone()
                .wait_for(|got| got.len() >= times)
                .await
                .is_ok()
        };
        assert_eq!(
            tokio::time::timeout(Duration::from_secs(10), wait).await,
            Ok(true)
        );
    }
}

async fn write_down(
    data: Data<(watch::Sender<Vec<String>>, u16, &'static str)>,
    body: Bytes,
) -> HttpResponse {
    data.0
        .send_modify(|got| got.push(String::from_utf8_lossy(&body).into_owned()));
    HttpResponse::build(StatusCode::from_u16(data.1).unwrap()).body(data.2)
}
