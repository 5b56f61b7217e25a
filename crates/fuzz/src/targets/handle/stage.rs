//! What has happened in the shop before an input comes: it is played through once, and each input meets it as it stands then.

use std::sync::{Arc, Mutex};

use paypair_ledger::{
    BreakKind, BreakName, Deliveries, FoundBreak, Reconciliation, Saying, Snapshot, Store, Target,
    Timestamp,
};
use paypair_protocol::Gateway;
use paypair_protocol::wire::Fields;
use paypair_sandbox::{Ending, Letter, Machine, Options, Press};
use paypair_verifier::{RawRequest, RawResponse};
use serde_json::{Value, json};

use super::clock::lock;
use super::seeds::{
    Known, by_letter, by_merchant, by_page, by_return, form_of, path_of, result, seeds, with_token,
};
use super::shop::{GATEWAYS, GLOBAL_KEY, ORIGIN, Shop};

/// Noon in Korea: all of it is on one day.
const NOON: i64 = 1_794_020_400_000;

/// The shop as every input finds it.
pub(super) struct Stage {
    pub(super) held: Snapshot,
    pub(super) millis: i64,
    /// Up to where the merchant was told.
    pub(super) told: u64,
    /// What the gateways signed; all of it stands in the corpus.
    pub(super) signed: Vec<Signed>,
    /// What an input may know and no answer tells: seals, nonces, billing keys.
    pub(super) hidden: Vec<String>,
    /// Client secrets: told to the merchant alone.
    pub(super) secrets: Vec<String>,
    /// Requests, by their names in the corpus.
    pub(super) seeds: Vec<(String, Vec<u8>)>,
}

/// A message that a gateway signed.
pub(super) struct Signed {
    /// The order that it pays for, or registers a key by; none if that was done before.
    pub(super) settles: Option<String>,
    kind: &'static Kind,
    /// The hash, in small letters.
    hash: String,
    /// What the hash covers, in its order.
    covered: Vec<String>,
    /// What the gateway calls the order.
    order: String,
}

/// A kind of signed message, and where it comes in.
struct Kind {
    /// What the path begins with.
    at: &'static str,
    hash: &'static str,
    covers: &'static [&'static str],
    order: &'static str,
}

const CALLBACK: Kind = Kind {
    at: "callback",
    hash: "payhash",
    covers: &["user_id", "amount", "tid"],
    order: "order_no",
};
const REGISTRATION: Kind = Kind {
    at: "return",
    hash: "payhash",
    covers: &["user_id", "billkey"],
    order: "order_no",
};
const NOTICE: Kind = Kind {
    at: "notice",
    hash: "hash",
    covers: &[
        "storeid",
        "currency",
        "storeorderno",
        "payamt",
        "payerid",
        "timestamp",
    ],
    order: "storeorderno",
};

impl Kind {
    fn covered(&self, fields: &Fields) -> Vec<String> {
        let names = self.covers.iter();
        names.map(|name| text(fields, name)).collect()
    }
}

fn text(fields: &Fields, name: &str) -> String {
    fields.text(name).unwrap_or_default().into_owned()
}

impl Signed {
    fn read(fields: &Fields, kind: &'static Kind, settles: Option<&str>) -> Self {
        let hash = text(fields, kind.hash).to_ascii_lowercase();
        assert!(!hash.is_empty(), "a signed message");
        Self {
            settles: settles.map(str::to_owned),
            kind,
            hash,
            covered: kind.covered(fields),
            order: text(fields, kind.order),
        }
    }

    /// Is this message, which came in here, signed so? The hash is taken over its parts run together: it does not say where one ends.
    pub(super) fn covers(&self, at: &str, fields: &Fields) -> bool {
        at == self.kind.at
            && text(fields, self.kind.hash).to_ascii_lowercase() == self.hash
            && self.kind.covered(fields).concat() == self.covered.concat()
    }

    /// Is it the very message, part by part, and of the order that it was signed for? A registration comes in at its order's own
    /// address, and needs not name it; if it does, it names no other.
    pub(super) fn is_whole(&self, at: &str, fields: &Fields) -> bool {
        let order = text(fields, self.kind.order);
        let is_unnamed = order.is_empty() && self.kind.at == REGISTRATION.at;
        self.covers(at, fields)
            && self.kind.covered(fields) == self.covered
            && (order == self.order || is_unnamed)
    }
}

/// An order whose window is open.
pub(super) struct Open {
    pub(super) id: String,
    pub(super) secret: String,
    url: String,
    fields: Vec<(String, String)>,
}

/// What a paid window leaves behind.
pub(super) struct Pressed {
    pub(super) letters: Vec<Letter>,
    pub(super) ending: Ending,
}

struct Setting {
    shop: Shop,
    machine: Arc<Mutex<Machine>>,
    secrets: Vec<String>,
}

impl Setting {
    fn merchant(&self, path: &str, body: &Value) -> Value {
        json_of(&self.shop.ask(by_merchant(path, body)))
    }

    fn register(&mut self, id: &str, gateway: &str, more: &Value) -> String {
        let method = match gateway {
            "payple" => "card",
            "payletter" => "creditcard",
            _ => "PLCreditCard",
        };
        let mut order = json!({
            "orderId": id, "gateway": gateway, "method": method, "amount": "1000", "productName": "cup",
            "customer": { "id": "7", "email": "buyer@example.com" },
        });
        if gateway == "payletter_global" {
            order["amount"] = json!("12.50");
            order["currency"] = json!("USD");
        }
        for (name, value) in more.as_object().into_iter().flatten() {
            order[name] = value.clone();
        }
        let told = self.merchant("/orders", &order);
        let secret = told["clientSecret"].as_str();
        let secret = secret.unwrap_or_else(|| panic!("{id} is registered: {told}"));
        self.secrets.push(secret.to_owned());
        secret.to_owned()
    }

    fn open(&mut self, id: &str, gateway: &str, layout: &str, more: &Value) -> Open {
        let secret = self.register(id, gateway, more);
        let wish = json!({ "layout": layout, "device": "desktop" });
        let told = json_of(&self.shop.ask(by_page(id, &secret, "prepare", &wish)));
        let launch = &told["launch"];
        let url = launch["url"].as_str();
        Open {
            id: id.to_owned(),
            secret,
            url: url
                .unwrap_or_else(|| panic!("{id} has a window: {told}"))
                .to_owned(),
            fields: serde_json::from_value(launch["fields"].clone()).unwrap_or_default(),
        }
    }

    /// The buyer pays in the window. Nobody has told us yet.
    fn press(&self, open: &Open) -> Pressed {
        let now = jiff::Timestamp::from_millisecond(self.shop.clock.millis()).expect("a time");
        let mut machine = lock(&self.machine);
        let window = machine
            .open(now, &open.url, &open.fields, &format!("{ORIGIN}/"))
            .expect("the window opens");
        let (letters, ending) = machine.press(now, &window, Press::Pay);
        Pressed { letters, ending }
    }

    /// A whole payment.
    fn pay(&mut self, id: &str, gateway: &str, more: &Value) -> Pressed {
        let open = self.open(id, gateway, "layer", more);
        let pressed = self.press(&open);
        for letter in &pressed.letters {
            let answer = self.shop.ask(by_letter(letter));
            assert_eq!(answer.status, 200, "{id} is told of");
        }
        let request = match &pressed.ending {
            Ending::Post { url, fields } => by_return(url, fields),
            _ => by_page(id, &open.secret, "result", &result(&pressed.ending)),
        };
        self.shop.ask(request);
        pressed
    }

    /// The books of a day differ, and a webhook is to be sent.
    fn differ(&self) {
        let (store, clock) = (self.shop.verifier.store(), &self.shop.clock);
        let now = Timestamp::from_millis(clock.millis());
        let found = FoundBreak {
            name: BreakName {
                kind: BreakKind::MissingHere,
                gateway: Gateway::Payletter,
                merchant_id: "pay_test".to_owned(),
                gateway_order_id: "nobodys".to_owned(),
                transaction_id: "t-1".to_owned(),
            },
            day: now.kst_date(),
            attempt: None,
            ours: Saying::default(),
            theirs: Saying::default(),
        };
        let seen = clock.wait(store.see_break(found, None, now));
        seen.expect("the store takes a break");
        let begin = Timestamp::from_millis(0);
        let taken = clock.wait(store.take_over(Target::Webhook, begin, now));
        taken.expect("the store takes deliveries");
    }

    /// An order's standing, and its billing key's id.
    fn shown(&self, id: &str) -> Value {
        let request = with_token(RawRequest::new("GET", &format!("/orders/{id}")));
        json_of(&self.shop.ask(request))
    }
}

/// Plays it through.
pub(super) fn set() -> Stage {
    let options = Options {
        seed: 7,
        base_url: GATEWAYS.to_owned(),
        ..Options::default()
    };
    let mut machine = Machine::new(options);
    machine.rekey_global(GLOBAL_KEY);
    let machine = Arc::new(Mutex::new(machine));
    let mut on = Setting {
        shop: Shop::with_gateways(&machine, NOON),
        machine,
        secrets: Vec::new(),
    };
    // What is over.
    let nothing = json!({});
    let transfer = json!({ "method": "transfer", "work": "confirm_then_pay" });
    on.pay("paid-payple", "payple", &transfer);
    let called = on.pay("paid-payletter", "payletter", &nothing);
    let noticed = on.pay("paid-global", "payletter_global", &nothing);
    let card = json!({ "work": "register", "cardFlow": "recurring", "amount": null });
    on.pay("card-payple", "payple", &card);
    let terms = json!({ "subscription": { "interval": "month", "every": 1, "cycles": 0 } });
    let monthly = json!({ "method": "PaypalExpressCheckout", "options": terms });
    on.pay("monthly-global", "payletter_global", &monthly);
    let keys = ["card-payple", "monthly-global"].map(|id| {
        let shown = on.shown(id);
        let key = shown["attempts"][0]["billingKeyId"].as_str();
        key.unwrap_or_else(|| panic!("{id} gave a key: {shown}"))
            .to_owned()
    });
    for id in ["paid-payple", "paid-payletter", "paid-global"] {
        let shown = on.shown(id);
        assert_eq!(shown["outcome"]["status"], "paid", "{id}: {shown}");
    }
    // What is open.
    let new = on.register("new-payletter", "payletter", &nothing);
    let payple = on.open("open-payple", "payple", "layer", &nothing);
    let back = on.open("back-payple", "payple", "redirect", &nothing);
    let payletter = on.open("open-payletter", "payletter", "redirect", &nothing);
    let register = json!({ "work": "register", "amount": null });
    let card = on.open("card-payletter", "payletter", "redirect", &register);
    let global = on.open("open-global", "payletter_global", "redirect", &nothing);
    let open = [payple, back, payletter, card, global];

    on.differ();
    let store = on.shop.verifier.store().clone();
    let held = store.snapshot();
    let millis = on.shop.clock.millis();
    let told = on.shop.clock.wait(store.events_after(0, 1_000));
    let told = told
        .expect("the store answers")
        .last()
        .map_or(0, |row| row.seq);
    // From here on the gateways know more than the shop that is held.
    let pressed = open.each_ref().map(|open| on.press(open));
    let launch = [("open-payple", &open[0].secret), ("new-payletter", &new)].map(|(id, secret)| {
        let told = json_of(&on.shop.ask(by_page(id, secret, "launch", &nothing)));
        path_of(told["launchUrl"].as_str().expect("a launch page"))
    });

    let mut hidden: Vec<String> = lock(&on.shop.customs).values().cloned().collect();
    for id in ["card-payple", "monthly-global"] {
        let key = on.shop.clock.wait(store.billing_key(id));
        let key = key.expect("the store answers").expect("a key");
        hidden.push(key.expose().to_owned());
    }
    let calls = [&called.letters[0], &pressed[2].letters[0]];
    hidden.extend(calls.map(|letter| last_part(&letter.url)));
    let form = |fields: &[(String, String)]| {
        Fields::from_form(form_of(fields).as_bytes()).expect("a form")
    };
    let json = |text: &str| Fields::from_json(text.as_bytes()).expect("a callback");
    let notice = |letter: &Letter| Fields::from_form(letter.body.as_bytes()).expect("a notice");
    let registered = match &pressed[3].ending {
        Ending::Post { fields, .. } => form(fields),
        other => panic!("{other:?}"),
    };
    let signed = vec![
        Signed::read(&json(&called.letters[0].body), &CALLBACK, None),
        Signed::read(&notice(&noticed.letters[0]), &NOTICE, None),
        Signed::read(
            &json(&pressed[2].letters[0].body),
            &CALLBACK,
            Some("open-payletter"),
        ),
        Signed::read(&registered, &REGISTRATION, Some("card-payletter")),
        Signed::read(
            &notice(&pressed[4].letters[0]),
            &NOTICE,
            Some("open-global"),
        ),
    ];
    let seeds = seeds(&Known {
        open: &open,
        pressed: &pressed,
        called: &called.letters[0],
        noticed: &noticed.letters[0],
        keys: &keys,
        launch: &launch,
        new: &new,
    });
    Stage {
        held,
        millis,
        told,
        signed,
        hidden,
        secrets: on.secrets.clone(),
        seeds,
    }
}

fn last_part(url: &str) -> String {
    url.rsplit('/').next().unwrap_or_default().to_owned()
}

fn json_of(response: &RawResponse) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}
