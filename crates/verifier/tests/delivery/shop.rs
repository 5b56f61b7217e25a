//! A shop that is told of its orders: the verifier as a process that can die, over a file that stays, and a receiver over real HTTP.
#![allow(unreachable_pub)] // a module of one test file

use std::{
    collections::VecDeque,
    net::TcpListener,
    path::PathBuf,
    sync::{
        Arc, Mutex, Once,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    thread::JoinHandle,
    time::Duration,
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, http::StatusCode, web};
use paypair_ledger::{
    AttemptKey, Begun, Deliveries, DeliveryFilter, Digest, Event, Evidence, Layout, NewAttempt,
    Published, Reason, SqliteStore, Store, Timestamp,
};
use paypair_protocol::{Secret, payple::Confirm};
use paypair_verifier::{Config, Environment, HttpNetwork, RawRequest, Task, Verifier};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    runtime::{Builder, Handle},
    sync::{Mutex as AsyncMutex, mpsc, oneshot},
};

pub const TOKEN: &str = "merchant-token-of-the-tests";
pub const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
pub const OLD_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Stands in the path of every receiver: like a token that somebody put there.
pub const PATH: &str = "/hooks/canary-in-the-path";

pub type Process = Verifier<SqliteStore, HttpNetwork, Env>;

/// The file, the receiver and the clock: what outlives a process.
pub struct Shop {
    pub folder: TempDir,
    pub receiver: Receiver,
    pub clock: Arc<AtomicI64>,
    settings: String,
}

/// One process.
pub struct Life {
    pub verifier: Process,
    env: Env,
    ending: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

/// A clock that a test puts forward, and tasks that die with their process.
#[derive(Clone)]
pub struct Env {
    clock: Arc<AtomicI64>,
    tasks: Handle,
}

impl Environment for Env {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(jiff::Timestamp::now().as_millisecond() + self.clock.load(Relaxed))
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(128);
    }

    /// By the clock that a test puts forward.
    async fn sleep(&self, time: Duration) {
        let until = self.now().after(time);
        while self.now() < until {
            tokio::time::sleep(Duration::from_millis(10).min(time)).await;
        }
    }

    fn spawn(&self, task: Task) {
        self.tasks.spawn(task);
    }
}

impl Shop {
    /// With these lines more of `[webhook]`.
    pub async fn open(more: &str) -> Self {
        listen_to_the_log();
        let receiver = Receiver::start();
        let settings = format!(
            "[webhook]\nurl = \"{}\"\nsecret = \"{SECRET}\"\n{more}",
            receiver.url
        );
        Self {
            folder: tempfile::tempdir().unwrap(),
            receiver,
            clock: Arc::default(),
            settings,
        }
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("shop.sqlite3")
    }

    pub fn config(&self) -> Config {
        config(&self.settings)
    }

    /// A process over the file.
    pub fn start(&self) -> Life {
        self.start_over(SqliteStore::open(self.file()).unwrap(), self.config())
    }

    pub fn start_over(&self, store: SqliteStore, config: Config) -> Life {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let tasks = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let _ = runtime.block_on(stopped);
        });
        let env = Env {
            clock: Arc::clone(&self.clock),
            tasks,
        };
        let network = HttpNetwork::new(config.reach()).unwrap();
        Life {
            verifier: Verifier::new(config, store, network, env.clone()).unwrap(),
            env,
            ending: Some((stop, thread)),
        }
    }

    pub fn pass(&self, time: Duration) {
        let millis = i64::try_from(time.as_millis()).unwrap();
        self.clock.fetch_add(millis, Relaxed);
    }
}

/// `[webhook]` behind what every configuration needs.
pub fn config(webhook: &str) -> Config {
    let text = format!(
        r#"
        public_url = "http://127.0.0.1:8080/pay"
        env = "sandbox"
        sandbox_url = "http://localhost:9"
        merchant_token = "{TOKEN}"
        [payple]
        merchant_id = "test"
        merchant_key = "abcd1234567890"
        {webhook}
        "#
    );
    Config::from_toml(&text).unwrap()
}

/// The process dies: whatever it was about to do is not done.
impl Drop for Life {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.ending.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}

impl Life {
    pub fn store(&self) -> &SqliteStore {
        self.verifier.store()
    }

    /// With a hook.
    pub fn hooked(mut self, hook: impl paypair_ledger::Hook) -> Self {
        self.verifier = self.verifier.clone().with_hook(hook);
        self
    }

    /// An event of this order: one more try to pay it fails.
    pub async fn happen(&self, order_id: &str) -> Published {
        let attempt = self.begin(order_id).await;
        let reason = Reason::new("gateway_refused");
        let failed = Event::RequestFailed { reason };
        self.apply(&attempt, failed).await;
        let mut events = self
            .store()
            .events_after(0, 1000)
            .await
            .unwrap()
            .into_iter();
        let newest = events.rfind(|event| event.key == attempt);
        newest.expect("it was published")
    }

    /// The order is paid: a lookup says so.
    pub async fn be_paid(&self, order_id: &str) {
        let attempt = self.begin(order_id).await;
        let requested = Event::Requested {
            launch: Secret::new("{}"),
            session: Secret::new("{}"),
            expires_at: self.now().after(Duration::from_secs(600)),
        };
        self.apply(&attempt, requested).await;
        let body = format!(
            r#"{{"PCD_PAY_RST":"success","PCD_PAY_CODE":"SPCD0000","PCD_PAY_OID":"{order_id}","PCD_PAY_TYPE":"card",
            "PCD_PAY_TOTAL":"10000","PCD_PAYER_NO":"7","PCD_PAY_CARDTRADENUM":"t-{order_id}"}}"#
        );
        let confirm = Confirm {
            merchant_id: "test".to_owned(),
            merchant_key: Secret::new("abcd1234567890"),
            auth_key: Secret::new("auth"),
            confirm_key: Secret::new("confirm"),
            billing_key: None,
        };
        let answer = confirm.read(200, body.as_bytes()).unwrap();
        let paid = Evidence::payple_lookup(&answer, body.as_bytes());
        self.apply(&attempt, Event::Sighted(paid)).await;
    }

    async fn begin(&self, order_id: &str) -> AttemptKey {
        let order = serde_json::from_value(serde_json::json!({
            "orderId": order_id, "gateway": "payple", "method": "card", "amount": "10000",
            "productName": "달항아리 조명", "customer": { "id": "7" },
        }));
        self.verifier.register(order.unwrap()).await.unwrap();
        let known = self.store().events_after(0, 1000).await.unwrap().len();
        let now = self.now();
        let new = NewAttempt {
            nonce: Digest::of(format!("nonce-{known}")),
            channel: format!("channel-{known}"),
            ticket: format!("ticket-{known}"),
            layout: Layout::Popup,
            order_id_size: 30,
            expires_at: now.after(Duration::from_secs(600)),
        };
        match self.store().begin(order_id, new, now).await.unwrap() {
            Begun::New(attempt) => attempt.key(),
            other => panic!("a new attempt: {other:?}"),
        }
    }

    async fn apply(&self, attempt: &AttemptKey, event: Event) {
        let applied = self.store().apply(attempt.clone(), event, self.now());
        applied.await.unwrap();
    }

    pub fn now(&self) -> Timestamp {
        self.env.now()
    }

    /// A request of the merchant's servers.
    pub async fn ask(&self, method: &str, path: &str) -> (u16, Value) {
        let request =
            RawRequest::new(method, path).with_header("authorization", &format!("Bearer {TOKEN}"));
        let answer = self.verifier.handle(request).await;
        let body = serde_json::from_slice(&answer.body).unwrap();
        (answer.status, body)
    }

    /// The delivery once it stands so.
    pub async fn comes_to(&self, id: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let deadline = std::time::Instant::now() + Duration::from_secs(30);
        loop {
            let (_, shown) = self.ask("GET", &format!("/deliveries/{id}")).await;
            if fits(&shown) {
                return shown;
            }
            assert!(std::time::Instant::now() < deadline, "{id}: {shown}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub async fn count(&self) -> usize {
        let all = DeliveryFilter {
            limit: 100,
            ..DeliveryFilter::default()
        };
        self.store().deliveries(all).await.unwrap().len()
    }
}

/// What came over the wire.
#[derive(Debug, Clone)]
pub struct Received {
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// As the merchant's server does it, with the rules' own library.
    pub fn verify(&self, secret: &str) -> bool {
        let webhook = standardwebhooks::Webhook::new(secret).unwrap();
        webhook.verify(self.body.as_bytes(), &self.headers).is_ok()
    }

    pub fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn seq(&self) -> u64 {
        self.event()["seq"].as_u64().unwrap()
    }
}

/// The merchant's server.
pub struct Receiver {
    pub url: String,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    heard: AsyncMutex<mpsc::UnboundedReceiver<Received>>,
}

/// What it answers; 204 if nothing was said.
#[derive(Debug, Clone)]
pub enum Answer {
    Status(u16),
    RetryAfter(u16, &'static str),
    Redirect(String),
    Never,
}

impl Receiver {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}{PATH}", listener.local_addr().unwrap());
        let answers = Arc::<Mutex<VecDeque<Answer>>>::default();
        let (tell, heard) = mpsc::unbounded_channel();
        let queue = Arc::clone(&answers);
        std::thread::spawn(move || {
            let server = HttpServer::new(move || {
                let (tell, queue) = (tell.clone(), Arc::clone(&queue));
                App::new().default_service(web::to(move |request: HttpRequest, body: String| {
                    let _ = tell.send(Received {
                        path: request.path().to_owned(),
                        headers: headers(&request),
                        body,
                    });
                    let answer = queue.lock().unwrap().pop_front();
                    respond(answer.unwrap_or(Answer::Status(204)))
                }))
            });
            let server = server.workers(1).disable_signals().listen(listener);
            actix_web::rt::System::new().block_on(server.unwrap().run())
        });
        Self {
            url,
            answers,
            heard: AsyncMutex::new(heard),
        }
    }

    pub fn will(&self, answers: impl IntoIterator<Item = Answer>) {
        self.answers.lock().unwrap().extend(answers);
    }

    /// The next webhook.
    pub async fn next(&self) -> Received {
        let mut heard = self.heard.lock().await;
        let next = tokio::time::timeout(Duration::from_secs(30), heard.recv());
        next.await.expect("a webhook comes").unwrap()
    }

    /// How many more came.
    pub async fn rest(&self) -> usize {
        let mut heard = self.heard.lock().await;
        let mut rest = 0;
        while heard.try_recv().is_ok() {
            rest += 1;
        }
        rest
    }
}

/// Into the types that the rules' library reads.
fn headers(request: &HttpRequest) -> HeaderMap {
    let pairs = request.headers().iter();
    pairs
        .map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_str().as_bytes()).unwrap();
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            (name, value)
        })
        .collect()
}

async fn respond(answer: Answer) -> HttpResponse {
    let built = |status: u16| HttpResponse::build(StatusCode::from_u16(status).unwrap());
    match answer {
        Answer::Status(status) => built(status).body("no-body-of-theirs-is-kept"),
        Answer::RetryAfter(status, pause) => {
            built(status).insert_header(("retry-after", pause)).finish()
        }
        Answer::Redirect(to) => built(307).insert_header(("location", to)).finish(),
        Answer::Never => std::future::pending().await,
    }
}

/// Everything that any test of this file logs.
pub static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn listen_to_the_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(|| Log)
            .init();
    });
}
