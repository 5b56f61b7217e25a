//! What the real `paypair serve` prints, at the loudest, while it is in good and bad business at gateways that take no key but ours: none
//! of the texts that are nobody's business. The canary run of the verifier (`canaries` there) says which these are, and has more places
//! to look for them; here it is the program's own output, with the web server and the libraries that log beside the verifier.

#[path = "../../verifier/tests/canaries/birds.rs"]
#[expect(dead_code, reason = "the verifier's run needs the rest")]
mod birds;
#[path = "../../verifier/tests/common/mod.rs"]
mod common;
#[path = "../../verifier/tests/canaries/net.rs"]
#[expect(dead_code, reason = "the verifier's run needs the rest")]
mod net;

use std::io::{BufRead as _, BufReader, Read};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use birds::{
    CARD, EMAIL, GLOBAL_KEY, IN_PATH, IN_QUERY, NAME, NAVER_PAYMENT_KEY, NAVER_SEARCH_KEY,
    OLD_GLOBAL_KEY, OLD_PAYMENT_KEY, OLD_TOKEN, OLD_WEBHOOK_SECRET, PAYMENT_KEY, PHONE, SEARCH_KEY,
    SOURCE_TOKEN, STRAYED, WEBHOOK_SECRET, WRONG_SECRET, WRONG_TOKEN,
};
use common::keys::GATEWAYS;
use common::{Handback, MERCHANT_KEY, Page, REFUND_KEY, TOKEN, TestApp};
use net::Net;
use paypair_ledger::{SqliteStore, Store as _};
use serde_json::{Value, json};

/// Nobody listens there: the merchant's own server, whose address holds tokens.
const MERCHANT: &str = "http://127.0.0.1:9";

/// `paypair serve`, killed when the test ends.
struct Program {
    child: Child,
    readers: Vec<JoinHandle<()>>,
    file: PathBuf,
    _folder: tempfile::TempDir,
}

impl Program {
    /// Starts it at the gateways of this app, and puts it in the place of the app's own verifier.
    fn start(app: &mut TestApp, net: &Net) -> Self {
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        app.shop = format!("http://{}", door.local_addr().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("orders.sqlite");
        let settings = folder.path().join("paypair.toml");
        let until = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24);
        let text = format!(
            r#"
            public_url = "{}/pay"
            env = "sandbox"
            sandbox_url = "{}"
            database = "{}"
            patience_seconds = 2
            notification_senders = ["127.0.0.0/8"]
            merchant_token = "{TOKEN}"
            previous_merchant_token = "{OLD_TOKEN}"
            previous_merchant_token_until = "{until}"
            [order_source]
            url = "{MERCHANT}/prices/{IN_PATH}?token={IN_QUERY}"
            token = "{SOURCE_TOKEN}"
            [webhook]
            url = "{MERCHANT}/events/{IN_PATH}?token={IN_QUERY}"
            secret = "{WEBHOOK_SECRET}"
            previous_secret = "{OLD_WEBHOOK_SECRET}"
            previous_secret_until = "{until}"
            [payple]
            merchant_id = "test"
            merchant_key = "{MERCHANT_KEY}"
            refund_key = "{REFUND_KEY}"
            [payletter]
            service_name = "paypair"
            [[payletter.clients]]
            client_id = "pay_test"
            payment_key = "{PAYMENT_KEY}"
            search_key = "{SEARCH_KEY}"
            previous_payment_key = "{OLD_PAYMENT_KEY}"
            previous_payment_key_until = "{until}"
            [[payletter.clients]]
            client_id = "pay_test_n"
            payment_key = "{NAVER_PAYMENT_KEY}"
            search_key = "{NAVER_SEARCH_KEY}"
            methods = ["naverpay"]
            [payletter_global]
            store_id = "PL_Merchant"
            api_key = "{GLOBAL_KEY}"
            previous_api_key = "{OLD_GLOBAL_KEY}"
            previous_api_key_until = "{until}"
            service_name = "paypair"
            [assumptions]
            global_sales_list_permitted = true
            "#,
            app.shop,
            app.gateway,
            file.display(),
        );
        std::fs::write(&settings, text).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_paypair"))
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(&settings)
            .env("PAYPAIR_LOG", "trace")
            // No colours within a line.
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = read(child.stderr.take().unwrap(), net, "log");
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        net.take("stdout", line.as_str());
        let address = line.split_whitespace().nth(2).expect("it listens");
        lead(door, address.to_owned());
        Self {
            child,
            readers: vec![log, read(stdout, net, "stdout")],
            file,
            _folder: folder,
        }
    }

    /// Ends it, when all that it printed is read.
    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end();
    }
}

/// Everything that comes goes into the net, line by line.
fn read(from: impl Read + Send + 'static, net: &Net, place: &'static str) -> JoinHandle<()> {
    let net = net.clone();
    std::thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n') {
            net.take(place, String::from_utf8_lossy(&line.unwrap()));
        }
    })
}

/// Who comes to this door is led to that address, as by a proxy: the gateways are told of the door before the program has an address.
fn lead(door: TcpListener, address: String) {
    std::thread::spawn(move || {
        for guest in door.incoming() {
            let (Ok(guest), Ok(host)) = (guest, TcpStream::connect(&address)) else {
                continue;
            };
            for (mut from, mut to) in [
                (guest.try_clone().unwrap(), host.try_clone().unwrap()),
                (host, guest),
            ] {
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(Shutdown::Write);
                });
            }
        }
    });
}

fn of_person(gateway: &str) -> Value {
    match gateway {
        "payletter_global" => json!({ "id": "1001", "email": EMAIL }),
        _ => json!({ "id": "1001", "name": NAME, "phone": PHONE, "email": EMAIL }),
    }
}

/// The business of a day, and the texts that were drawn for it.
struct Day<'a> {
    app: &'a TestApp,
    /// What the program keeps, read beside it.
    store: SqliteStore,
    orders: Vec<String>,
    drawn: Vec<String>,
}

impl Day<'_> {
    fn noted(&mut self, page: &Page<'_>) {
        let (_, seal) = page.launch_url.rsplit_once('.').unwrap();
        self.drawn.extend([page.secret.clone(), seal.to_owned()]);
        self.orders.push(page.order_id.clone());
    }

    /// What a window is opened with and hands back: the session's keys, our nonces, and where they stand in addresses.
    fn seen(&mut self, fields: &[(String, String)], address: Option<&str>) {
        for (name, value) in fields {
            if name.ends_with("_KEY") || name.ends_with("REQKEY") || name.starts_with("custom") {
                self.drawn.push(value.clone());
            }
        }
        let back = fields.iter().find(|(name, _)| name == "PCD_RST_URL");
        let back = back.map(|(_, url)| url.as_str());
        for url in back.into_iter().chain(address) {
            let (_, nonce) = url.rsplit_once('/').unwrap();
            self.drawn.push(nonce.to_owned());
        }
    }

    /// A payment in a window under this fault.
    async fn pays(&mut self, gateway: &str, layout: &str, fault: &str) {
        let app = self.app;
        app.script_times(gateway, json!([fault]), 2).await;
        let mut more = json!({ "customer": of_person(gateway) });
        if gateway == "payletter_global" {
            (more["amount"], more["currency"]) = (json!("12.50"), json!("USD"));
        }
        let page = app.order(gateway, more).await;
        self.noted(&page);
        let wish = json!({ "layout": layout, "device": "desktop" });
        let (status, prepared) = page.post("prepare", wish).await;
        if status != 200 {
            return;
        }
        let launch = &prepared["launch"];
        let fields: Vec<(String, String)> =
            serde_json::from_value(launch["fields"].clone()).unwrap_or_default();
        self.seen(&fields, None);
        let typed = [
            ("card_number", CARD),
            ("card_month", "12"),
            ("card_year", "39"),
        ];
        let typed = if gateway == "payple" { &typed[..] } else { &[] };
        let handed = app.press_typing(launch, "pay", typed).await;
        let back: Vec<_> = handed.fields().into_iter().collect();
        match handed {
            Handback::Post { url, fields } => {
                self.seen(&back, Some(&url));
                app.post_form(&url, &fields).await;
            }
            Handback::Message(fields) => {
                self.seen(&back, None);
                page.post("result", json!({ "fields": fields })).await;
            }
            other => panic!("{other:?}"),
        }
        page.status(1).await;
    }

    /// A card is registered, charged, refunded and deleted, with a mishap at each.
    async fn keeps_a_card(&mut self, gateway: &str) {
        let app = self.app;
        let page = app.registered(gateway).await;
        self.noted(&page);
        let id = app.key_of(&page.order_id).await;
        let view = self.store.billing_key_view(&id).await.unwrap().unwrap();
        self.drawn.push(view.key.unwrap().expose().to_owned());
        for fault in ["charge_declined", "charge_answer_lost", "refund_refused"] {
            app.script_times(gateway, json!([fault]), 1).await;
            let order_id = format!("{fault}-{}", gateway.len());
            let person = json!({ "customer": of_person(gateway) });
            app.charge(gateway, &id, &order_id, person).await;
            app.charge(gateway, &id, &order_id, json!({})).await;
            app.refund(&order_id, json!({})).await;
            app.refund(&order_id, json!({ "amount": EMAIL })).await;
            app.show(&order_id).await;
            self.orders.push(order_id);
        }
        let delete = format!("/billing-keys/{id}/delete");
        app.merchant("POST", &delete, json!({})).await;
    }

    /// What nobody should have sent, to each place, by a stranger and by the merchant; and texts in addresses.
    async fn is_refused(&self) {
        let app = self.app;
        let bodies = [
            format!("{{\"merchant_key\":\"{MERCHANT_KEY}\",\"email\":\"{EMAIL}\""),
            format!("email={EMAIL}&phone={PHONE}&card={CARD}&key={SEARCH_KEY}"),
            json!({ "orderId": EMAIL, "amount": PHONE, "customer": REFUND_KEY }).to_string(),
            json!({ "user_id": EMAIL, "payhash": PAYMENT_KEY, "tid": CARD, "order_no": PHONE })
                .to_string(),
        ];
        let strayed = format!("/{STRAYED}?key={STRAYED}");
        let paths = [
            "/orders",
            "/charges",
            "/orders/order0/result",
            "/orders/order0/refund",
            "/callback/payletter",
            "/notice/payletter_global",
            "/webhook/payple",
            "/return/payple/x",
            &strayed,
            &format!("/callback/payletter{strayed}"),
            &format!("/return/payletter{strayed}"),
            &format!("/orders{strayed}"),
        ];
        for path in paths {
            for body in &bodies {
                for token in [WRONG_TOKEN, TOKEN] {
                    let request = app.http.post(format!("{}/pay{path}", app.shop));
                    let request = request.header("origin", &app.shop).bearer_auth(token);
                    let request = request.header("paypair-client-secret", WRONG_SECRET);
                    let answer = request.body(body.clone()).send().await.unwrap();
                    let status = answer.status().as_u16();
                    assert!(status != 500 && status < 505, "{path}: {status}");
                }
            }
        }
        // An old page, for whose price nobody can be asked.
        let old = json!({ "fields": {
            "PCD_PAY_TYPE": "card", "PCD_PAY_WORK": "CERT", "PCD_CARD_VER": "01", "PCD_PAY_OID": "an-old-page",
            "PCD_PAYER_EMAIL": EMAIL, "PCD_PAYER_HP": PHONE, "PCD_RST_URL": "/old",
        } });
        let request = app.http.post(format!("{}/pay/payple/auth", app.shop));
        let answer = request.header("origin", &app.shop).json(&old).send().await;
        let told: Value = answer.unwrap().json().await.unwrap();
        assert!(told.to_string().contains("order_source_down"), "{told}");
    }
}

#[tokio::test]
async fn the_real_program_prints_no_canary() {
    let net = Net::default();
    let mut app = TestApp::with(birds::setup(MERCHANT)).await;
    let mut program = Program::start(&mut app, &net);
    let mut day = Day {
        app: &app,
        store: SqliteStore::open(&program.file).unwrap(),
        orders: Vec::new(),
        drawn: Vec::new(),
    };
    for gateway in GATEWAYS {
        day.keeps_a_card(gateway).await;
    }
    for (gateway, layout, fault) in [
        ("payple", "popup", "confirm_answer_lost"),
        ("payple", "layer", "wrong_amount"),
        ("payple", "popup", "auth_unavailable"),
        ("payletter", "popup", "callback_bad_hash"),
        ("payletter", "popup", "lookup_unavailable"),
        ("payletter_global", "popup", "callback_bad_hash"),
        ("payletter_global", "popup", "callback_without_hash"),
    ] {
        day.pays(gateway, layout, fault).await;
    }
    day.is_refused().await;
    app.until("a webhook was tried", async || {
        net.count("log", "an event was not taken") > 0 && net.count("log", "webhook_") > 0
    })
    .await;
    program.end();

    let mut drawn = day.drawn;
    for id in &day.orders {
        let view = day.store.order(id).await.unwrap();
        let seed = view.and_then(|view| view.order.seed);
        drawn.extend(seed.map(|seed| seed.to_hex()));
    }
    let mut canaries: Vec<Vec<u8>> = birds::known().into_iter().map(|(_, text)| text).collect();
    canaries.extend(drawn.into_iter().map(String::into_bytes));
    canaries.sort();
    canaries.dedup();
    let texts: Vec<&[u8]> = canaries.iter().map(Vec::as_slice).collect();
    let told = |hit: &net::Hit| {
        let text = String::from_utf8_lossy(texts[hit.canary]);
        format!("{text} in {}: ..{}", hit.place, hit.before)
    };
    let caught: Vec<_> = net.search(&texts).iter().map(told).collect();
    assert!(caught.is_empty(), "{caught:#?}");

    // The control: the program did print, the loudest too, and what it may print is caught.
    assert!(net.size("log") > 100_000, "{} bytes", net.size("log"));
    for part in ["TRACE ", "DEBUG ", " paypair_verifier", " actix"] {
        assert!(net.count("log", part) > 0, "{part:?} is never printed");
    }
    assert!(net.caught("charge_answer_lost") > 0, "an order's id");
    assert_eq!(net.count("stdout", &app.shop), 1);
}
