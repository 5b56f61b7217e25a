//! The canary run: a text of its own in every key, billing key, phone, e-mail and card number, a day of good and bad business at all three
//! gateways, and then none of those texts in logs, refusals, the merchant's events, `Debug` or panics. Alone in its file: it listens to
//! the whole process.

mod common;

use std::{
    io,
    sync::{Arc, Mutex},
};

use common::{
    Fate, Handback, MERCHANT_KEY, PAYMENT_KEY, REFUND_KEY, SEARCH_KEY, Setup, TOKEN, Tap, TestApp,
    keys::GATEWAYS,
};
use paypair_ledger::Store;
use paypair_protocol::{Secret, hash::payhash};
use paypair_verifier::{AdoptedKey, GatewayCall, NewCharge, NewOrder, RawRequest};
use serde_json::{Value, json};

const OTHER_PAYMENT_KEY: &str = "Y2FuYXJ5LXBheW1lbnQta2V5";
const OTHER_SEARCH_KEY: &str = "Y2FuYXJ5LXNlYXJjaC1rZXk=";
const NAME: &str = "노란카나리아";
const PHONE: &str = "01077419358";
const EMAIL: &str = "canary.7f3a@birds.example";
/// Typed in a window, and told unmasked by a gateway that should not.
const CARD: &str = "9409127341985566";
const TOLD_CARD: &str = "4619548236417751";
const WRONG_TOKEN: &str = "canary-of-a-wrong-token";
const WRONG_SECRET: &str = "cs_canary_of_a_wrong_secret";

/// Everything that was printed or said, and where.
#[derive(Clone, Default)]
struct Net(Arc<Mutex<Vec<(String, String)>>>);

impl Net {
    fn take(&self, place: impl Into<String>, said: impl Into<String>) {
        self.0.lock().unwrap().push((place.into(), said.into()));
    }

    /// Where a text was caught.
    fn caught(&self, canary: &str) -> Vec<String> {
        let net = self.0.lock().unwrap();
        let hits = net.iter().filter(|(_, said)| said.contains(canary));
        hits.map(|(place, said)| {
            let at = said.find(canary).unwrap_or_default();
            let around: String = said[..at].chars().rev().take(120).collect();
            format!("{place}: ..{}", around.chars().rev().collect::<String>())
        })
        .collect()
    }

    fn size(&self, place: &str) -> usize {
        let net = self.0.lock().unwrap();
        let of_place = net.iter().filter(|(of, _)| of.starts_with(place));
        of_place.map(|(_, said)| said.len()).sum()
    }
}

/// One line of the log at a time.
struct Line(Net);

impl io::Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.take("log", String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A shop that asks and notes what it is refused.
struct Shop<'a> {
    app: &'a TestApp<Tap>,
    net: &'a Net,
}

impl Shop<'_> {
    /// The merchant's server asks; a refusal goes into the net.
    async fn ask(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.app.merchant("POST", path, body).await;
        if status >= 400 {
            self.net
                .take(format!("refusal of {path}"), answer.to_string());
        }
        answer
    }

    /// Anybody asks; whatever is answered goes into the net.
    async fn anybody(&self, request: RawRequest) {
        self.net.take("Debug of a request", format!("{request:?}"));
        let path = request.path.clone();
        let answer = self.app.handle(request).await;
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        self.net.take(
            format!("answer of {path}"),
            format!("{:?} {said}", answer.headers),
        );
    }

    /// A card is registered, charged, refunded and deleted, with a mishap at each.
    async fn keeps_a_card(&self, gateway: &str) -> String {
        let app = self.app;
        let id = app.key(gateway).await;
        let view = app
            .verifier
            .store()
            .billing_key_view(&id)
            .await
            .unwrap()
            .unwrap();
        self.net.take("Debug of a billing key", format!("{view:?}"));
        let key = view.key.unwrap().expose().to_owned();
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
            self.ask(&format!("/orders/{order_id}/refund"), json!({}))
                .await;
            self.ask(
                &format!("/orders/{order_id}/refund"),
                json!({ "amount": EMAIL }),
            )
            .await;
            self.order(&order_id).await;
        }
        app.advance(10).await;
        app.comes_to(&format!("1of{}", gateway.len()), "paid").await;
        let adopted = json!({
            "gateway": gateway, "method": "card", "customerId": "1001", "billingKey": key, "customerEmail": EMAIL,
        });
        self.ask("/billing-keys", adopted.clone()).await;
        self.ask(
            "/billing-keys",
            json!({ "gateway": gateway, "billingKey": [key] }),
        )
        .await;
        let (_, list) = app.get("/billing-keys?customerId=1001").await;
        self.net.take("list of keys", list.to_string());
        if let Ok(adopted) = serde_json::from_value::<AdoptedKey>(adopted) {
            self.net
                .take("Debug of an adopted key", format!("{adopted:?}"));
        }
        self.ask(&format!("/billing-keys/{id}/delete"), json!({}))
            .await;
        key
    }

    /// A payment in a window with a typed card, under this fault.
    async fn pays(&self, gateway: &str, fault: &str) {
        let app = self.app;
        app.script_times(gateway, json!([fault]), 2).await;
        let mut more =
            json!({ "customer": { "id": "1001", "name": NAME, "phone": PHONE, "email": EMAIL } });
        if gateway == "payletter_global" {
            (more["amount"], more["currency"]) = (json!("12.50"), json!("USD"));
            more["customer"].as_object_mut().unwrap().remove("phone");
            more["customer"].as_object_mut().unwrap().remove("name");
        }
        let page = app.order(gateway, more).await;
        let (status, prepared) = page.post("prepare", json!({ "layout": "popup" })).await;
        if status != 200 {
            self.net.take("refusal of prepare", prepared.to_string());
            return;
        }
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
                page.post("result", json!({ "fields": fields })).await;
            }
            other => panic!("{other:?}"),
        }
        page.status(1).await;
        self.order(&page.order_id).await;
    }

    /// What we hold of an order, as a careless programmer would print it.
    async fn order(&self, order_id: &str) {
        let store = self.app.verifier.store();
        if let Some(view) = store.order(order_id).await.unwrap() {
            self.net
                .take("Debug of an order", format!("{:?}", view.order));
            for attempt in &view.attempts {
                self.net.take("Debug of an attempt", format!("{attempt:?}"));
            }
        }
        let rows = store.timeline(order_id).await.unwrap();
        self.net.take("Debug of a timeline", format!("{rows:?}"));
        let calls = store.money_calls(order_id).await.unwrap();
        self.net.take("Debug of money calls", format!("{calls:?}"));
    }
}

/// What strangers, and merchants in a hurry, send to the wrong place in the wrong shape.
async fn bad_input(shop: &Shop<'_>) {
    let bodies = [
        format!("{{\"merchant_key\":\"{MERCHANT_KEY}\",\"email\":\"{EMAIL}\""),
        format!("email={EMAIL}&phone={PHONE}&card={CARD}&key={SEARCH_KEY}"),
        json!({ "orderId": EMAIL, "amount": PHONE, "method": CARD, "customer": REFUND_KEY }).to_string(),
        json!({ "fields": { "PCD_PAYER_EMAIL": EMAIL, "PCD_PAYER_HP": PHONE, "custKey": MERCHANT_KEY } }).to_string(),
        json!({ "user_id": EMAIL, "payhash": PAYMENT_KEY, "tid": CARD, "order_no": PHONE, "amount": 1 }).to_string(),
        json!({ "PCD_PAY_RST": "success", "PCD_PAY_OID": EMAIL, "PCD_PAYER_ID": CARD }).to_string(),
    ];
    for path in [
        "/orders",
        "/charges",
        "/billing-keys",
        "/orders/order0/result",
        "/orders/order0/prepare",
        "/orders/order0/refund",
        "/orders/order0/resolve",
        "/payple/auth",
        "/callback/payletter",
        "/notice/payletter_global",
        "/webhook/payple",
        "/return/payple/x",
        "/return/payletter/x",
        "/return/payletter_global/x",
        "/metrics",
    ] {
        for body in &bodies {
            for (token, secret) in [(WRONG_TOKEN, WRONG_SECRET), (TOKEN, WRONG_SECRET)] {
                let request = RawRequest::new("POST", path)
                    .with_header("origin", &shop.app.shop)
                    .with_header("authorization", &format!("Bearer {token}"))
                    .with_header("paypair-client-secret", secret)
                    .with_body(body.clone());
                shop.anybody(request).await;
            }
        }
    }
    let metrics = shop.app.handle(RawRequest::new("GET", "/metrics")).await;
    assert_eq!(
        metrics.status, 404,
        "metrics, once there are any, belong into the net"
    );
}

/// A callback, well signed, whose unsigned parts hold what nobody should write down.
async fn a_talkative_callback(shop: &Shop<'_>, tap: &Tap) {
    let page = shop
        .app
        .order("payletter", json!({ "options": { "recurring": true } }))
        .await;
    page.prepare("redirect").await;
    let hash = payhash("1001", "10000", "tpay_test-77", &Secret::new(PAYMENT_KEY));
    let body = json!({
        "amount": 10000, "custom_parameter": tap.custom(), "order_no": page.order_id,
        "payhash": hash.to_upper_hex(), "pgcode": "creditcard", "tid": "tpay_test-77", "user_id": "1001",
        "user_name": NAME, "pay_info": TOLD_CARD, "card_info": TOLD_CARD, "billkey": "CANARY-BILLKEY-OF-A-CALLBACK",
        "email": EMAIL, "cash_receipt": { "code": "0", "cid": "E1", "type": "01", "payer_sid": PHONE },
    });
    for _ in 0..2 {
        assert_eq!(shop.app.callback(body.clone()).await.0, 200);
    }
    page.wait_for("paid").await;
    shop.order(&page.order_id).await;
}

#[tokio::test]
async fn no_canary_is_caught_in_what_is_printed_or_told() {
    let net = Net::default();
    let lines = net.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || Line(lines.clone()))
        .init();
    let (panics, usual) = (net.clone(), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |panic| {
        panics.take("panic", panic.to_string());
        usual(panic);
    }));

    let (app, tap) = TestApp::tapped(Setup {
        patience: 2,
        clients: r#"
        [[payletter.clients]]
        client_id = "pay_test2"
        payment_key = "Y2FuYXJ5LXBheW1lbnQta2V5"
        search_key = "Y2FuYXJ5LXNlYXJjaC1rZXk="
        methods = ["naverpay"]"#,
        ..Setup::default()
    })
    .await;
    let shop = Shop {
        app: &app,
        net: &net,
    };
    let mut canaries: Vec<String> = [
        TOKEN,
        PAYMENT_KEY,
        SEARCH_KEY,
        REFUND_KEY,
        MERCHANT_KEY,
        OTHER_PAYMENT_KEY,
        OTHER_SEARCH_KEY,
        NAME,
        PHONE,
        EMAIL,
        CARD,
        TOLD_CARD,
        WRONG_TOKEN,
        WRONG_SECRET,
        "CANARY-BILLKEY-OF-A-CALLBACK",
    ]
    .map(str::to_owned)
    .into();

    let mut keys = Vec::new();
    for gateway in GATEWAYS {
        keys.push(shop.keeps_a_card(gateway).await);
    }
    canaries.extend(keys.clone());
    for (gateway, fault) in [
        ("payple", "confirm_answer_lost"),
        ("payple", "wrong_amount"),
        ("payple", "auth_unavailable"),
        ("payletter", "callback_bad_hash"),
        ("payletter", "lookup_unavailable"),
        ("payletter", "wrong_amount"),
        ("payletter_global", "callback_bad_hash"),
        ("payletter_global", "callback_without_hash"),
    ] {
        shop.pays(gateway, fault).await;
    }
    for fate in [Fate::Unsent, Fate::Lost, Fate::Anothers] {
        tap.befall("Confirm", fate, 1);
        shop.pays("payple", "callback_never").await;
    }
    a_talkative_callback(&shop, &tap).await;
    bad_input(&shop).await;
    let page = app
        .order(
            "payple",
            json!({ "customer": { "id": "1001", "phone": PHONE, "email": EMAIL } }),
        )
        .await;
    canaries.push(page.secret.clone());
    net.take("events", json!(app.events().await).to_string());
    let told = app.verifier.store().events_after(0, 1000).await.unwrap();
    net.take("Debug of the events", format!("{told:?}"));
    net.take(
        "Debug of the configuration",
        format!("{:?}", app.verifier.config()),
    );
    let order: Result<NewOrder, _> = serde_json::from_value(json!({
        "gateway": "payple", "method": "card", "amount": "100", "productName": "a",
        "customer": { "id": "1001", "name": NAME, "phone": PHONE, "email": EMAIL },
    }));
    net.take("Debug of an order to be", format!("{order:?}"));
    let charge: Result<NewCharge, _> = serde_json::from_value(json!({
        "billingKeyId": "bk_1", "customerId": "1001", "customer": { "name": NAME, "phone": PHONE, "email": EMAIL },
        "options": {
            "billingAddress": { "city": EMAIL, "line1": EMAIL },
            "paypalBuyer": {
                "firstName": NAME, "lastName": NAME, "phone": PHONE, "country": "KR", "joinedAt": "2026-01-01",
            },
        },
    }));
    assert!(order.is_ok() && charge.is_ok(), "{:?}", charge.err());
    net.take("Debug of a charge to be", format!("{charge:?}"));
    let call = GatewayCall::post(
        format!("https://user.example/?key={MERCHANT_KEY}")
            .parse()
            .unwrap(),
        "text/plain",
        EMAIL.into(),
        std::time::Duration::from_secs(1),
    );
    net.take("Debug of a call", format!("{call:?}"));

    // They were all in the air.
    let sent = tap.sent("").concat();
    let own = [MERCHANT_KEY, EMAIL, PHONE, NAME];
    for canary in own.into_iter().chain(keys.iter().map(String::as_str)) {
        assert!(sent.contains(canary), "{canary} was never sent");
    }
    for (place, least) in [
        ("log", 10_000),
        ("refusal", 1_000),
        ("answer", 1_000),
        ("events", 1_000),
        ("Debug", 5_000),
    ] {
        assert!(
            net.size(place) > least,
            "{place}: {} bytes",
            net.size(place)
        );
    }
    for canary in &canaries {
        assert_eq!(net.caught(canary), Vec::<String>::new(), "{canary}");
    }
    assert_eq!(net.size("panic"), 0, "nothing panicked");

    // The control: the net has no holes.
    tracing::trace!(email = EMAIL, "planted");
    assert_eq!(net.caught(EMAIL).len(), 1);
    let planted = std::thread::spawn(|| panic!("planted: {CARD}"));
    assert!(planted.join().is_err());
    assert_eq!(net.caught(CARD).len(), 1);
    net.take("answer", TOKEN);
    assert_eq!(net.caught(TOKEN), ["answer: .."]);
}
