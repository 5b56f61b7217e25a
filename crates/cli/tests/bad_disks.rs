//! The real program over real HTTP on a real file, while the disk is bad: no notice is acknowledged that is not written down, nobody is
//! told what is not so, no money call is made whose intent is not written down; and once the disk is well, what comes again is taken, once.
//!
//! That the store itself loses nothing on such disks is tested where SQLite's own calls can be made to fail (`bad_disks` of the crate
//! paypair-crashes). A file system that was made read-only is among those alone: who may remount one may do too much for a test.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use jiff::Timestamp;
use paypair_ledger::{SqliteStore, Store as _, chain_is_intact};
use paypair_protocol::Gateway;
use paypair_sandbox::{Booking, Call, Ending, Letter, Machine, Options, Press};
use reqwest::{Client, RequestBuilder, redirect};
use serde_json::{Value, json};

const TOKEN: &str = "a-token-for-this-test";
/// Where the outside believes the shop to be.
const SHOP: &str = "http://127.0.0.1:8080";
const MOUNT: &str = "/pay";

/// How a disk is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// No file grows.
    #[cfg(target_os = "linux")]
    Full,
    /// Nothing can be written, not even where something stands already.
    #[cfg(target_os = "linux")]
    TakesNothing,
    /// Somebody else holds the ledger, longer than is waited for.
    Locked,
}

/// The gateways: the sandbox's core behind real HTTP. What they send, the test carries.
struct Gateways {
    machine: Arc<Mutex<Machine>>,
    address: String,
}

impl Gateways {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let options = Options {
            base_url: address.clone(),
            resend_every: Duration::ZERO,
            ..Options::default()
        };
        let machine = Arc::new(Mutex::new(Machine::new(options)));
        let served = Data::from(Arc::clone(&machine));
        std::thread::spawn(move || {
            let app = move || {
                App::new()
                    .app_data(served.clone())
                    .default_service(web::to(called))
            };
            let server = HttpServer::new(app).workers(1).disable_signals();
            let server = server.listen(listener).unwrap().run();
            actix_web::rt::System::new().block_on(server)
        });
        Self { machine, address }
    }

    /// Hears of no acknowledgement of these, and sends them again.
    fn again(&self, letters: &[Letter]) -> Vec<Letter> {
        let (mut machine, now) = (self.machine.lock().unwrap(), Timestamp::now());
        for letter in letters {
            machine.delivered(now, letter, None);
        }
        let again = machine.due(now);
        assert_eq!(again.len(), letters.len(), "{again:?}");
        again
    }

    /// What each order was charged, and how often, by the money book.
    fn captures(&self) -> Vec<(String, u64)> {
        let book = self.machine.lock().unwrap().book();
        let taken = |line: &&paypair_sandbox::Booked| line.standing == Booking::Captured;
        let mut taken: Vec<_> = book
            .iter()
            .filter(taken)
            .map(|line| (line.order_id.clone(), line.amount.minor))
            .collect();
        taken.sort();
        taken
    }
}

async fn called(machine: Data<Mutex<Machine>>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let header = |name: &str| request.headers().get(name)?.to_str().ok();
    let path = request.uri().to_string();
    let call = Call {
        method: request.method().as_str(),
        path: &path,
        referer: header("referer"),
        authorization: header("authorization").unwrap_or_default(),
        content_type: header("content-type").unwrap_or_default(),
        body: &body,
    };
    let answered = machine.lock().unwrap().call(Timestamp::now(), &call);
    let status = actix_web::http::StatusCode::from_u16(answered.status).unwrap();
    HttpResponse::build(status)
        .content_type("application/json")
        .body(answered.body)
}

/// `paypair serve`, killed when the test ends.
struct Program {
    child: Mutex<Child>,
    base: String,
    file: PathBuf,
    http: Client,
    _stdout: BufReader<ChildStdout>,
    _folder: tempfile::TempDir,
}

impl Program {
    fn start(gateways: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("orders.sqlite");
        let settings = folder.path().join("paypair.toml");
        let text = format!(
            r#"
            public_url = "{SHOP}{MOUNT}"
            env = "sandbox"
            sandbox_url = "{gateways}"
            merchant_token = "{TOKEN}"
            database = "{}"
            [payple]
            merchant_id = "test"
            merchant_key = "abcd1234567890"
            [payletter]
            service_name = "paypair"
            [[payletter.clients]]
            client_id = "pay_test"
            payment_key = "MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA="
            search_key = "MUI3MjM0RUExQTgyRDA1ODZGRDUyOEM4OTY2QTVCN0Y="
            [payletter_global]
            store_id = "PL_Merchant"
            api_key = "PL_Merchant"
            service_name = "paypair"
            [assumptions]
            global_sales_list_permitted = true
            "#,
            file.display()
        );
        std::fs::write(&settings, text).unwrap();
        // A file over its limit is an error for this process, as a full disk is, and not its end.
        let mut child = Command::new("sh")
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
            .arg(env!("CARGO_BIN_EXE_paypair"))
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(&settings)
            .env("PAYPAIR_LOG", "off")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.split_whitespace().nth(2).unwrap();
        Self {
            base: format!("http://{address}{MOUNT}"),
            child: Mutex::new(child),
            file,
            http: Client::builder()
                .no_proxy()
                .redirect(redirect::Policy::none())
                .build()
                .unwrap(),
            _stdout: stdout,
            _folder: folder,
        }
    }

    /// The disk becomes bad; it is well again once what this gives is dropped.
    fn befall(&self, trouble: Trouble) -> Bad {
        match trouble {
            #[cfg(target_os = "linux")]
            Trouble::Full => {
                let mut log = self.file.clone().into_os_string();
                log.push("-wal");
                let length = std::fs::metadata(log).unwrap().len();
                assert!(length > 0, "what is written goes to the end of it");
                Bad::limited(&self.child.lock().unwrap(), length)
            }
            #[cfg(target_os = "linux")]
            Trouble::TakesNothing => Bad::limited(&self.child.lock().unwrap(), 0),
            Trouble::Locked => {
                let holder = rusqlite::Connection::open(&self.file).unwrap();
                holder.busy_timeout(Duration::from_secs(5)).unwrap();
                holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
                Bad::Held(holder)
            }
        }
    }

    fn kill(&self) {
        let mut child = self.child.lock().unwrap();
        let _ = child.kill();
        let _ = child.wait();
    }

    async fn send(&self, request: RequestBuilder) -> Answer {
        let answer = request.send().await.unwrap();
        Answer {
            status: answer.status().as_u16(),
            retry_after: answer.headers().contains_key("retry-after"),
            body: answer.text().await.unwrap(),
        }
    }

    async fn merchant(&self, path: &str, body: Option<&Value>) -> Answer {
        let url = format!("{}{path}", self.base);
        let request = match body {
            Some(body) => self.http.post(url).json(body),
            None => self.http.get(url),
        };
        self.send(request.bearer_auth(TOKEN)).await
    }

    /// What came to the shop's address.
    async fn post_to_shop(
        &self,
        url: &str,
        fill: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Answer {
        let path = url.strip_prefix(SHOP).unwrap().strip_prefix(MOUNT).unwrap();
        self.send(fill(self.http.post(format!("{}{path}", self.base))))
            .await
    }

    /// The gateway's courier comes with this.
    async fn carry(&self, letter: &Letter) -> Answer {
        let fill = |request: RequestBuilder| {
            let request = request.header("content-type", letter.content_type);
            request.body(letter.body.clone())
        };
        self.post_to_shop(&letter.url, fill).await
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

#[derive(Debug)]
struct Answer {
    status: u16,
    retry_after: bool,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The page that waits, and comes back by itself with what it was given.
    fn is_waiting(&self) -> bool {
        self.status == 503 && self.body.contains("/assets/waiting.js")
    }

    /// A refusal that says: later.
    fn is_busy(&self) -> bool {
        self.status == 503 && self.retry_after && self.json()["error"]["code"] == "busy"
    }
}

/// A bad disk.
enum Bad {
    #[cfg(target_os = "linux")]
    Limited(rustix::process::Pid),
    Held(rusqlite::Connection),
}

#[cfg(target_os = "linux")]
impl Bad {
    fn limited(child: &Child, size: u64) -> Self {
        let pid = rustix::process::Pid::from_child(child);
        limit(pid, Some(size));
        Self::Limited(pid)
    }
}

/// No file of this process is written beyond that, from now on.
#[cfg(target_os = "linux")]
fn limit(pid: rustix::process::Pid, current: Option<u64>) {
    use rustix::process::{Resource, Rlimit, prlimit};
    let maximum = None;
    prlimit(Some(pid), Resource::Fsize, Rlimit { current, maximum }).unwrap();
}

impl Drop for Bad {
    fn drop(&mut self) {
        match self {
            #[cfg(target_os = "linux")]
            Self::Limited(pid) => limit(*pid, None),
            Self::Held(holder) => holder.execute_batch("ROLLBACK").unwrap(),
        }
    }
}

/// A buyer before a payment window, and the page behind it.
struct Buyer<'a> {
    program: &'a Program,
    gateways: &'a Gateways,
    id: &'static str,
    secret: String,
    launch: Value,
}

fn order(id: &str, gateway: Gateway) -> Value {
    let (method, amount) = match gateway {
        Gateway::Payple => ("card", "10000"),
        Gateway::Payletter => ("creditcard", "20000"),
        Gateway::PayletterGlobal => ("PLCreditCard", "12.50"),
    };
    let mut order = json!({
        "orderId": id, "gateway": gateway.as_str(), "method": method, "amount": amount, "productName": "달항아리",
        "customer": { "id": "7", "name": "홍길동", "email": "buyer@example.com" },
    });
    match gateway {
        Gateway::Payple => order["cardFlow"] = "one_time".into(),
        Gateway::PayletterGlobal => order["currency"] = "USD".into(),
        Gateway::Payletter => {}
    }
    order
}

impl<'a> Buyer<'a> {
    async fn at_the_window(
        program: &'a Program,
        gateways: &'a Gateways,
        id: &'static str,
        gateway: Gateway,
    ) -> Self {
        let placed = program.merchant("/orders", Some(&order(id, gateway))).await;
        assert_eq!(placed.status, 201, "{placed:?}");
        let mut buyer = Self {
            program,
            gateways,
            id,
            secret: placed.json()["clientSecret"].as_str().unwrap().to_owned(),
            launch: Value::Null,
        };
        // Out of a layer Payple tells the page, else it sends the browser.
        let layout = match gateway {
            Gateway::Payple => "layer",
            _ => "redirect",
        };
        let wish = json!({ "layout": layout, "device": "desktop" });
        let prepared = buyer.page("prepare", Some(&wish)).await;
        assert_eq!(prepared.status, 200, "{prepared:?}");
        buyer.launch = prepared.json()["launch"].clone();
        buyer
    }

    async fn page(&self, what: &str, body: Option<&Value>) -> Answer {
        let url = format!("{}/orders/{}/{what}", self.program.base, self.id);
        let http = &self.program.http;
        let request = match body {
            Some(body) => http.post(url).json(body).header("origin", SHOP),
            None => http.get(url).header("sec-fetch-site", "same-origin"),
        };
        let request = request.header("paypair-client-secret", &self.secret);
        self.program.send(request).await
    }

    /// Pays in the window: what the gateway sends, and what the browser comes back with.
    fn pay(&self) -> (Vec<Letter>, Ending) {
        let fields: Vec<(String, String)> =
            serde_json::from_value(self.launch["fields"].clone()).unwrap_or_default();
        let (url, now) = (self.launch["url"].as_str().unwrap(), Timestamp::now());
        let mut machine = self.gateways.machine.lock().unwrap();
        let window = machine
            .open(now, url, &fields, &format!("{SHOP}/"))
            .unwrap();
        machine.press(now, &window, Press::Pay)
    }

    /// The browser comes back with this.
    async fn come_back(&self, ending: &Ending) -> Answer {
        match ending {
            Ending::Message(message) => {
                let message: Value = serde_json::from_str(message).unwrap();
                self.page("result", Some(&json!({ "fields": message["data"] })))
                    .await
            }
            Ending::Post { url, fields } => {
                let fill = |request: RequestBuilder| request.form(fields).header("origin", "null");
                self.program.post_to_shop(url, fill).await
            }
            other => panic!("{other:?}"),
        }
    }

    /// What the page is told of its order, now.
    async fn status(&self) -> String {
        let status = self.page("status?wait=0", None).await;
        assert_eq!(status.status, 200, "{status:?}");
        status.json()["status"].as_str().unwrap().to_owned()
    }

    /// Asks again and again, as a page does, until it is told something final.
    async fn outcome(&self) -> String {
        let asked = async {
            loop {
                let status = self.page("status?wait=5", None).await;
                let status = status.json()["status"].as_str().map(str::to_owned);
                if let Some(status) = status.filter(|status| status != "pending") {
                    return status;
                }
            }
        };
        let asked = tokio::time::timeout(Duration::from_secs(60), asked).await;
        asked.expect("the page waits for ever")
    }
}

/// By the gateway's own rules.
fn is_acknowledgement(gateway: Gateway, answer: &Answer) -> bool {
    answer.status == 200
        && match gateway {
            Gateway::Payletter => answer.json()["code"] == 0,
            _ => answer.body == "<RESULT>OK</RESULT>",
        }
}

/// What is not to be taken for it either.
fn is_refusal(gateway: Gateway, answer: &Answer) -> bool {
    answer.status == 503
        && match gateway {
            Gateway::Payletter => answer.json()["code"] == 1,
            _ => answer.body == "<RESULT>FAIL</RESULT>",
        }
}

async fn survives(trouble: Trouble) {
    let gateways = Gateways::open();
    let program = Program::start(&gateways.address);
    let window = |id, gateway| Buyer::at_the_window(&program, &gateways, id, gateway);
    let payple = window("payple", Gateway::Payple).await;
    let payletter = window("payletter", Gateway::Payletter).await;
    let global = window("global", Gateway::PayletterGlobal).await;
    let late = order("late", Gateway::Payple);

    let bad = program.befall(trouble);
    let (none, message) = payple.pay();
    assert!(none.is_empty());
    let (mut letters, return_home) = payletter.pay();
    let (more, return_abroad) = global.pay();
    letters.extend(more);
    assert_eq!(letters.len(), 2, "{letters:?}");
    let carried =
        futures_util::future::join_all(letters.iter().map(|letter| program.carry(letter)));
    let (carried, placed, handed_in, home, abroad) = tokio::join!(
        carried,
        program.merchant("/orders", Some(&late)),
        payple.come_back(&message),
        payletter.come_back(&return_home),
        global.come_back(&return_abroad),
    );
    for (letter, answer) in letters.iter().zip(&carried) {
        assert!(
            is_refusal(letter.gateway, answer),
            "{trouble:?}: {letter:?} {answer:?}"
        );
    }
    assert!(placed.is_busy(), "{trouble:?}: {placed:?}");
    assert!(handed_in.is_busy(), "{trouble:?}: {handed_in:?}");
    for back in [&home, &abroad] {
        assert!(back.is_waiting(), "{back:?}");
    }
    for buyer in [&payple, &payletter, &global] {
        assert_eq!(buyer.status().await, "pending", "{}", buyer.id);
        let shown = program
            .merchant(&format!("/orders/{}", buyer.id), None)
            .await;
        assert_eq!(
            shown.json()["attempts"][0]["state"],
            "requested",
            "{shown:?}"
        );
    }
    let told = program.merchant("/events", None).await;
    assert_eq!(told.json()["events"], json!([]), "nothing happened yet");
    let unknown = program.merchant("/orders/late", None).await;
    assert_eq!(unknown.status, 404, "what was refused is not there");
    let taken: Vec<String> = gateways.captures().into_iter().map(|(id, _)| id).collect();
    assert_eq!(
        taken,
        ["global", "payletter"],
        "no confirm left before its intent was written"
    );

    drop(bad);
    for _ in 0..2 {
        // Both come again; the second time because the gateway did not hear the answer.
        for letter in &gateways.again(&letters) {
            let answer = program.carry(letter).await;
            assert!(is_acknowledgement(letter.gateway, &answer), "{answer:?}");
        }
    }
    for (buyer, ending) in [
        (&payple, &message),
        (&payletter, &return_home),
        (&global, &return_abroad),
    ] {
        let back = buyer.come_back(ending).await;
        assert!(back.status < 400, "{back:?}");
        assert_eq!(buyer.outcome().await, "paid", "{}", buyer.id);
    }
    let placed = program.merchant("/orders", Some(&late)).await;
    assert_eq!(placed.status, 201, "{placed:?}");

    let taken = gateways.captures();
    let all = [("global", 1_250), ("payletter", 20_000), ("payple", 10_000)];
    assert_eq!(
        taken,
        all.map(|(id, minor)| (id.to_owned(), minor)),
        "each once"
    );
    let told = program.merchant("/events", None).await.json();
    let mut told: Vec<_> = told["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| {
            (
                event["orderId"].as_str().unwrap(),
                event["type"].as_str().unwrap(),
            )
        })
        .collect();
    told.sort_unstable();
    assert_eq!(told, all.map(|(id, _)| (id, "payment.paid")), "each once");
    program.kill();
    let file = &program.file;
    let opened = rusqlite::Connection::open(file).unwrap();
    let said: String = opened
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(said, "ok");
    drop(opened);
    let store = SqliteStore::open(file).unwrap();
    for id in ["payple", "payletter", "global", "late"] {
        assert!(chain_is_intact(&store.timeline(id).await.unwrap()), "{id}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_program_whose_disk_is_full_acknowledges_nothing_and_takes_it_later() {
    survives(Trouble::Full).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_program_whose_disk_takes_nothing_acknowledges_nothing_and_takes_it_later() {
    survives(Trouble::TakesNothing).await;
}

#[tokio::test]
async fn a_program_whose_ledger_somebody_else_holds_acknowledges_nothing_and_takes_it_later() {
    survives(Trouble::Locked).await;
}
