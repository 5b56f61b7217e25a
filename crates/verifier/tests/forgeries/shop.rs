//! A shop in memory: the very verifier that serves, the sandbox's pure core as the gateways, and virtual time between them.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use paypair_ledger::{
    Attempt, Digest, MemoryStore, OrderView, Publication, RefundState, State, Store,
};
use paypair_protocol::Gateway;
use paypair_sandbox::{Booked, Booking, Call, Ending, Machine, Options, Press};
use paypair_verifier::{
    Config, GatewayAnswer, GatewayCall, Network, NetworkError, RawRequest, RawResponse, Verifier,
};
use serde_json::{Value, json};

use super::{
    clock::{Clock, lock},
    dice::Dice,
    message::{Message, OTHER_CLIENT_KEY, plain},
};

pub(crate) const PAYMENT_KEY: &str = "MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA=";
pub(crate) const GLOBAL_KEY: &str = "PL_Merchant";
const TOKEN: &str = "merchant-token-of-the-tests";
const SHOP: &str = "http://127.0.0.1:8080";
const MOUNT: &str = "http://127.0.0.1:8080/pay";
const GATEWAYS: &str = "http://localhost:8081";

/// Everything that one handful of notices is thrown at.
pub(crate) struct Shop {
    pub(crate) clock: Clock,
    verifier: Verifier<MemoryStore, Gateways, Clock>,
    machine: Arc<Mutex<Machine>>,
    customs: Arc<Mutex<HashMap<String, String>>>,
    pub(crate) orders: Vec<String>,
    told: RefCell<(u64, HashMap<String, Vec<Publication>>)>,
    /// Whose money the merchant wanted given back.
    asked_back: RefCell<HashSet<String>>,
    /// Of whose payment a person said that it was made.
    said: RefCell<HashSet<String>>,
}

/// Where an order stands: its state, its payment's name, what the merchant was told.
pub(crate) type Standing = (State, Option<String>, Vec<Publication>);

/// One order, its window open.
#[derive(Debug, Clone)]
pub(crate) struct Open {
    pub(crate) id: String,
    pub(crate) gateway: Gateway,
    secret: String,
    url: String,
    fields: Vec<(String, String)>,
}

/// What a payment sends: the gateway's notice, held back, and what the window hands to the browser.
#[derive(Debug, Clone)]
pub(crate) struct Paid {
    pub(crate) notice: Option<Message>,
    pub(crate) ending: Ending,
}

impl Open {
    /// A field that opened its window.
    pub(crate) fn field(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }
}

impl Shop {
    pub(crate) fn new(seed: u64) -> Self {
        // Noon in Korea: every notice belongs to one day.
        let clock = Clock::new(
            1_794_021_600_000 - 1_794_021_600_000 % 86_400_000 + 10_800_000,
            seed,
        );
        let options = Options {
            seed,
            base_url: GATEWAYS.to_owned(),
            ..Options::default()
        };
        let machine = Arc::new(Mutex::new(Machine::new(options)));
        let customs = Arc::default();
        let network = Gateways {
            machine: Arc::clone(&machine),
            customs: Arc::clone(&customs),
            clock: clock.clone(),
        };
        let config = config(is_bare(seed));
        let store = MemoryStore::new(config.policy());
        let verifier = Verifier::new(config, store, network, clock.clone()).unwrap();
        Self {
            clock,
            verifier,
            machine,
            customs,
            orders: Vec::new(),
            told: RefCell::default(),
            asked_back: RefCell::default(),
            said: RefCell::default(),
        }
    }

    pub(crate) fn ask(&self, request: RawRequest) -> RawResponse {
        self.clock.wait(self.verifier.handle(request))
    }

    /// Registers an order and opens its window; `like` gives it the same customer and amount as another.
    pub(crate) fn open(&mut self, gateway: Gateway, dice: &mut Dice, more: &Value) -> Open {
        let id = format!("order{}", self.orders.len());
        self.orders.push(id.clone());
        let mut order = match gateway {
            Gateway::Payple => json!({
                "method": "card", "amount": (100 * (1 + dice.below(900))).to_string(),
                "work": dice.pick(&["confirm_then_pay", "pay_now"]),
            }),
            Gateway::Payletter => {
                // No virtual account takes less than 500 won.
                json!({ "method": "creditcard", "amount": (100 * (5 + dice.below(900))).to_string() })
            }
            Gateway::PayletterGlobal => json!({
                "method": "PLCreditCard", "currency": "USD",
                "amount": format!("{}.{}", 1 + dice.below(90), dice.pick(&["00", "50", "25"])),
            }),
        };
        order["orderId"] = json!(id);
        order["gateway"] = json!(gateway.as_str());
        order["productName"] = json!("상품");
        order["customer"] =
            json!({ "id": (1001 + dice.below(4)).to_string(), "email": "buyer@example.com" });
        let mut layout = json!(dice.pick(&["layer", "redirect"]));
        for (name, value) in more.as_object().into_iter().flatten() {
            match name.as_str() {
                "layout" => layout = value.clone(),
                _ => order[name] = value.clone(),
            }
        }
        let request = RawRequest::new("POST", "/orders")
            .with_header("authorization", &format!("Bearer {TOKEN}"))
            .with_body(order.to_string());
        let registered = answer(201, &self.ask(request));
        let secret = plain(&registered["clientSecret"]);
        let prepared = self.page(
            &id,
            &secret,
            "prepare",
            &json!({ "layout": layout, "device": "desktop" }),
        );
        let launch = answer(200, &prepared)["launch"].clone();
        Open {
            id,
            gateway,
            secret,
            url: plain(&launch["url"]),
            fields: serde_json::from_value(launch["fields"].clone()).unwrap_or_default(),
        }
    }

    /// What the page of an order sends.
    fn page(&self, id: &str, secret: &str, what: &str, body: &Value) -> RawResponse {
        let request = RawRequest::new("POST", &format!("/orders/{id}/{what}"))
            .with_header("origin", SHOP)
            .with_header("paypair-client-secret", secret)
            .with_body(body.to_string());
        self.ask(request)
    }

    /// The buyer pays in the window. Nobody has told us yet.
    pub(crate) fn pay(&self, open: &Open) -> Paid {
        let now = self.clock.instant();
        let mut machine = lock(&self.machine);
        let page = format!("{SHOP}/");
        let window = machine.open(now, &open.url, &open.fields, &page).unwrap();
        let (letters, ending) = machine.press(now, &window, Press::Pay);
        let letter = letters.first().or_else(|| {
            assert_eq!(open.gateway, Gateway::Payple, "the others tell us");
            None
        });
        Paid {
            notice: letter.map(|letter| Message::read(open.gateway, &letter.body)),
            ending,
        }
    }

    /// The buyer asks for an account in the window, and comes back with it.
    pub(crate) fn take_account(&self, open: &Open) {
        let now = self.clock.instant();
        let mut machine = lock(&self.machine);
        let page = format!("{SHOP}/");
        let window = machine.open(now, &open.url, &open.fields, &page).unwrap();
        let (letters, ending) = machine.press(now, &window, Press::Pay);
        drop(machine);
        assert!(letters.is_empty(), "no money came");
        let Ending::Post { url, fields } = ending else {
            panic!("it comes back through the browser: {ending:?}")
        };
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(&fields);
        let path = url.strip_prefix(MOUNT).unwrap();
        let request = RawRequest::new("POST", path).with_body(form.finish().into_bytes());
        self.ask(request);
        self.settle();
        assert_eq!(self.attempt(&open.id).state, State::AwaitingDeposit);
    }

    /// The buyer pays into the account. Nobody has told us yet.
    pub(crate) fn deposit(&self, open: &Open) -> Paid {
        let now = self.clock.instant();
        let order_id = self.attempt(&open.id).gateway_order_id;
        let mut machine = lock(&self.machine);
        assert!(machine.deposit(now, open.gateway, &order_id));
        let letters = machine.due(now);
        let mut own = letters.iter().filter(|it| it.order_id == order_id);
        let letter = own.next().expect("the gateway tells us");
        Paid {
            notice: Some(Message::read(open.gateway, &letter.body)),
            ending: Ending::Message(String::new()),
        }
    }

    /// The merchant has all of it given back.
    pub(crate) fn give_back(&self, open: &Open) {
        self.asked_back.borrow_mut().insert(open.id.clone());
        let request = RawRequest::new("POST", &format!("/orders/{}/refund", open.id))
            .with_header("authorization", &format!("Bearer {TOKEN}"))
            .with_body("{}");
        answer(200, &self.ask(request));
        self.settle();
        assert_eq!(self.attempt(&open.id).state, State::Refunded);
    }

    /// A named person has seen the payment in the gateway's pages.
    pub(crate) fn say_captured(&self, open: &Open) {
        self.said.borrow_mut().insert(open.id.clone());
        let word = json!({ "operator": "kim", "resolution": "captured" });
        let request = RawRequest::new("POST", &format!("/orders/{}/resolve", open.id))
            .with_header("authorization", &format!("Bearer {TOKEN}"))
            .with_body(word.to_string());
        answer(200, &self.ask(request));
    }

    /// Where the gateway was told to call this order's result back to: the hardest case, as a browser is not told.
    fn called_back_at(&self, order_id: &str) -> String {
        let bare = "/callback/payletter".to_owned();
        let store = self.verifier.store();
        let found = store.attempt_by_gateway_order(Gateway::Payletter, "pay_test", order_id);
        let attempt = self.clock.wait(found).unwrap();
        let Some(seed) = attempt.and_then(|attempt| attempt.order.seed) else {
            return bare;
        };
        let parts = [seed.as_bytes().as_slice(), b"callback", order_id.as_bytes()];
        format!("{bare}/{}", &Digest::of_parts(parts).to_hex()[..32])
    }

    /// The gateway's notice arrives.
    pub(crate) fn deliver(&self, notice: &Message) -> u16 {
        let path = match notice.gateway {
            Gateway::Payple => "/webhook/payple",
            Gateway::Payletter => &self.called_back_at(&notice.text("order_no")),
            Gateway::PayletterGlobal => "/notice/payletter_global",
        };
        let request = RawRequest::new("POST", path).with_body(notice.body());
        self.ask(request).status
    }

    /// The browser hands in what Payple's window gave it, or what somebody made of that.
    pub(crate) fn hand_in(&self, open: &Open, ending: &Ending, result: &Message) -> u16 {
        match ending {
            Ending::Post { url, .. } => {
                let path = url.strip_prefix(MOUNT).unwrap();
                let request = RawRequest::new("POST", path).with_body(result.to_form());
                self.ask(request).status
            }
            _ => {
                let body = json!({ "fields": result.to_json() });
                self.page(&open.id, &open.secret, "result", &body).status
            }
        }
    }

    /// What we sent with an order for the gateway to send back.
    pub(crate) fn custom(&self, order_id: &str) -> String {
        lock(&self.customs).get(order_id).cloned().unwrap()
    }

    /// Lookups that were begun come to their end.
    pub(crate) fn settle(&self) {
        self.clock.pass(Duration::from_millis(600));
    }

    pub(crate) fn order(&self, id: &str) -> OrderView {
        let (store, id) = (self.verifier.store().clone(), id.to_owned());
        self.clock
            .wait(async move { store.order(&id).await.unwrap().unwrap() })
    }

    /// The only attempt of an order.
    pub(crate) fn attempt(&self, id: &str) -> Attempt {
        let mut attempts = self.order(id).attempts;
        assert_eq!(attempts.len(), 1);
        attempts.remove(0)
    }

    /// The state, the payment's name, and the events that a merchant was told, of an order. That somebody names it in a strange
    /// notice is reported to the merchant, too; that changes nothing and is left out.
    pub(crate) fn standing(&self, id: &str) -> Standing {
        let attempt = self.attempt(id);
        let mut told = self.told.borrow_mut();
        let new = self
            .clock
            .wait(self.verifier.store().events_after(told.0, 100_000));
        for event in new.unwrap() {
            told.0 = event.seq;
            if event.publication != Publication::Discrepant {
                let of_order = told.1.entry(event.key.order_id).or_default();
                of_order.push(event.publication);
            }
        }
        let of_order = told.1.get(id).cloned().unwrap_or_default();
        (attempt.state, attempt.transaction_id, of_order)
    }

    /// The timeline's kinds, states and notes of an order.
    pub(crate) fn story(&self, id: &str) -> Vec<String> {
        let (store, id) = (self.verifier.store().clone(), id.to_owned());
        let rows = self
            .clock
            .wait(async move { store.timeline(&id).await.unwrap() });
        let line = |row: &paypair_ledger::TimelineRow| {
            format!("{} {:?}->{:?} {:?}", row.kind, row.from, row.to, row.note)
        };
        rows.iter().map(line).collect()
    }

    /// What is wrong with an order, by the gateways' own book: it was paid and the book knows no such capture, money went back, or is
    /// said to have gone back and did not.
    pub(crate) fn wrong_with(&self, id: &str) -> Option<String> {
        let store = self.verifier.store().clone();
        let order_id = id.to_owned();
        let rows = self
            .clock
            .wait(async move { store.timeline(&order_id).await.unwrap() });
        let was_paid = rows.iter().any(|row| row.to == State::Paid);
        self.wrong_as(&self.attempt(id), was_paid)
    }

    /// The same, if this is how the attempt stands.
    pub(crate) fn wrong_as(&self, attempt: &Attempt, was_paid: bool) -> Option<String> {
        let id = &attempt.key().order_id;
        let book = lock(&self.machine).book();
        let mut lines = book.iter().filter(|line| {
            line.gateway == attempt.order.gateway && line.order_id == attempt.gateway_order_id
        });
        let own = lines.find(|line| line.standing == Booking::Captured);
        // A person knows that it was made, and of two names that were told not which is its own.
        let nameless = self.said.borrow().contains(id) && attempt.transaction_id.is_none();
        let fits = own.is_some_and(|line| {
            Some(line.amount) == attempt.order.money
                && (nameless || attempt.transaction_id.as_ref() == Some(&line.transaction_id))
        });
        if was_paid && !fits {
            return Some(format!("{id} was paid, and the book says {own:?}"));
        }
        if !is_back_as_said(attempt, own) {
            let state = attempt.state;
            return Some(format!("{id} is {state:?}, and the book says {own:?}"));
        }
        // Signed word that contradicts the order is given back; then it was never paid, and we know what went back.
        let back = own.filter(|line| !line.refunded.is_zero())?;
        let name = Some(&back.transaction_id);
        let known = attempt.refunds.iter().any(|line| {
            line.transaction_id
                .as_ref()
                .or(attempt.transaction_id.as_ref())
                == name
        });
        let unasked = was_paid && !self.asked_back.borrow().contains(id);
        (unasked || !known).then(|| format!("{id} was given back: {own:?}"))
    }
}

/// Whoever says that money went back is borne out by the book: as much as we say, and where nothing is left, all that we know of.
fn is_back_as_said(attempt: &Attempt, own: Option<&Booked>) -> bool {
    let back = own.map_or(0, |line| line.refunded.minor);
    let done = attempt.refunds.iter();
    let done = done.filter(|line| line.state == RefundState::Done);
    let said: u64 = done.map(|line| line.money.minor).sum();
    // Signed word of another amount is all we know: that much can be given back.
    let known = attempt.captured.or_else(|| own.map(|line| line.amount));
    let all = known.map_or(0, |money| money.minor);
    match attempt.state {
        State::Refunded => back > 0 && back == all,
        State::PartiallyRefunded => back > 0 && back < all,
        State::ChargedBack => own.is_none(),
        _ => back >= said,
    }
}

impl Shop {
    /// The gateway took money for an order, and the order does not show it.
    pub(crate) fn lost(&self, id: &str) -> Option<String> {
        let attempt = self.attempt(id);
        let book = lock(&self.machine).book();
        let of_order = |line: &&Booked| {
            line.gateway == attempt.order.gateway && line.order_id == attempt.gateway_order_id
        };
        let mut lines = book.iter().filter(of_order);
        let taken = lines.any(|line| line.standing == Booking::Captured);
        let shown = attempt.state.is_settled()
            || matches!(
                attempt.state,
                State::Discrepant | State::Refunded | State::InDoubt
            );
        let wait = attempt
            .next_check_at
            .map(|at| at.millis() - self.clock.millis());
        let (state, story) = (attempt.state, self.story(id));
        (taken && !shown).then(|| format!("{id}: {state:?}, looked up in {wait:?} ms, {story:#?}"))
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.clock.end();
    }
}

/// The wire to the gateways: nothing gets lost on it.
#[derive(Clone)]
struct Gateways {
    machine: Arc<Mutex<Machine>>,
    customs: Arc<Mutex<HashMap<String, String>>>,
    clock: Clock,
}

impl Network for Gateways {
    async fn call(&self, call: GatewayCall) -> Result<GatewayAnswer, NetworkError> {
        let path = call.url.as_str().strip_prefix(GATEWAYS);
        let path = path.ok_or_else(|| NetworkError::NotSent("a strange host".to_owned()))?;
        if path.ends_with("/request") {
            let sent: Value = serde_json::from_slice(&call.body).unwrap();
            let of = |names: [&str; 2]| names.map(|name| plain(&sent[name])).concat();
            let (order, custom) = (
                of(["order_no", "storeorderno"]),
                of(["custom_parameter", "custom"]),
            );
            lock(&self.customs).insert(order, custom);
        }
        let header = |name: &str| {
            let mut headers = call.headers.iter();
            let found = headers.find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.as_str())
        };
        let asked = Call {
            method: call.method,
            path,
            referer: header("referer"),
            authorization: header("authorization").unwrap_or_default(),
            content_type: call.content_type,
            body: &call.body,
        };
        let answered = lock(&self.machine).call(self.clock.instant(), &asked);
        Ok(GatewayAnswer {
            status: answered.status,
            body: answered.body,
        })
    }
}

fn answer(status: u16, response: &RawResponse) -> Value {
    let text = String::from_utf8_lossy(&response.body);
    assert_eq!(response.status, status, "{text}");
    serde_json::from_str(&text).unwrap()
}

/// Whether the dice say that this shop may ask no list: there is no SEARCH key, and its address is registered nowhere. A quarter are so.
pub(crate) fn is_bare(seed: u64) -> bool {
    Dice::new(!seed).below(4) == 0
}

fn config(bare: bool) -> Config {
    static CONFIGS: [OnceLock<Config>; 2] = [const { OnceLock::new() }; 2];
    let search_key = match bare {
        true => "",
        false => "search_key = \"MUI3MjM0RUExQTgyRDA1ODZGRDUyOEM4OTY2QTVCN0Y=\"",
    };
    let permitted = !bare;
    let text = format!(
        r#"
        public_url = "{MOUNT}"
        env = "sandbox"
        sandbox_url = "{GATEWAYS}"
        merchant_token = "{TOKEN}"
        patience_seconds = 2
        [payple]
        merchant_id = "test"
        merchant_key = "abcd1234567890"
        [payletter]
        service_name = "paypair"
        [[payletter.clients]]
        client_id = "pay_test"
        payment_key = "{PAYMENT_KEY}"
        {search_key}
        [[payletter.clients]]
        client_id = "pay_test2"
        payment_key = "{OTHER_CLIENT_KEY}"
        methods = ["naverpay"]
        [payletter_global]
        store_id = "PL_Merchant"
        api_key = "{GLOBAL_KEY}"
        service_name = "paypair"
        [assumptions]
        global_sales_list_permitted = {permitted}
        "#
    );
    CONFIGS[usize::from(bare)]
        .get_or_init(|| Config::from_toml(&text).unwrap())
        .clone()
}
