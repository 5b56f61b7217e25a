//! Whole requests, as anybody can send them: each meets the same shop, with payments open, paid and registered at every gateway.

mod clock;
mod seeds;
mod shop;
mod stage;

use std::sync::OnceLock;

use paypair_ledger::{Publication, Published, Store};
use paypair_protocol::wire::Fields;
use paypair_protocol::{payletter, payletter_global};
use paypair_verifier::{RawRequest, RawResponse};

use self::shop::{KEYS, Shop, TOKEN};
use self::stage::{Signed, Stage};

/// What an input comes to.
#[derive(Debug)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The cause that a refusal names.
    pub code: Option<String>,
    /// The orders that were paid, or that a billing key was registered by.
    pub settled: Vec<String>,
}

/// A request as text: `METHOD PATH`, header lines, an empty line, the body. The gateways cannot be reached, so whatever counts as paid
/// or registered afterwards does so by what the request says: that must be signed, every part of it.
pub(crate) fn run(data: &[u8]) {
    let Some(request) = read(data) else { return };
    let stage = stage();
    let input = Input::of(data, &request, stage);
    let (answer, told) = meet(stage, request);
    input.may_fail(&answer);
    input.tells_nothing(&answer);
    input.may_acknowledge(&answer);
    input.may_settle(&told);
}

/// What an input comes to.
#[must_use]
pub fn answer(data: &[u8]) -> Option<Answered> {
    let (answer, told) = meet(stage(), read(data)?);
    Some(Answered {
        status: answer.status,
        code: code_of(&answer),
        settled: told.into_iter().filter_map(settled).collect(),
    })
}

/// The requests that the corpus is made of, by their names there.
#[must_use]
pub fn seeds() -> &'static [(String, Vec<u8>)] {
    &stage().seeds
}

fn stage() -> &'static Stage {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    STAGE.get_or_init(stage::set)
}

/// A shop of its own for each input: what one does changes nothing for the next.
fn meet(stage: &Stage, request: RawRequest) -> (RawResponse, Vec<Published>) {
    let shop = Shop::cut_off(&stage.held, stage.millis);
    let answer = shop.ask(request);
    let store = shop.verifier.store();
    let told = shop.clock.wait(store.events_after(stage.told, 1_000));
    (answer, told.expect("the store answers"))
}

fn settled(told: Published) -> Option<String> {
    let is = [Publication::Paid, Publication::BillingKeyRegistered].contains(&told.publication);
    is.then_some(told.key.order_id)
}

fn code_of(answer: &RawResponse) -> Option<String> {
    let told: serde_json::Value = serde_json::from_slice(&answer.body).ok()?;
    let code = told["error"]["code"].as_str().or(told["message"].as_str());
    Some(code?.to_owned())
}

/// What is known of a request when its answer is judged.
struct Input<'a> {
    outline: String,
    method: String,
    /// The path's parts.
    path: Vec<String>,
    /// All of it, for what it knows already.
    text: String,
    is_merchants: bool,
    fields: Fields,
    stage: &'a Stage,
}

impl<'a> Input<'a> {
    fn of(data: &[u8], request: &RawRequest, stage: &'a Stage) -> Self {
        let path: Vec<String> = request.path.split('/').skip(1).map(decoded).collect();
        let fields = match path.first().is_some_and(|word| word == "callback") {
            true => Fields::from_json(&request.body),
            false => Fields::from_form(&request.body),
        };
        Self {
            outline: format!("{request:?}"),
            method: request.method.clone(),
            path,
            text: String::from_utf8_lossy(data).into_owned(),
            is_merchants: request
                .header("authorization")
                .is_some_and(|shown| shown.contains(TOKEN)),
            fields: fields.unwrap_or_default(),
            stage,
        }
    }

    fn came_in_at(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }

    /// Is it for what cannot be answered without a gateway: a window, a receipt, its books, whose card a key is; or a callback that comes to an address
    /// which its order was not given, so that the transaction list is asked before it is believed?
    fn asks_a_gateway(&self) -> bool {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        match self.method.as_str() {
            "POST" => matches!(
                path.as_slice(),
                ["payple", "auth"]
                    | ["billing-keys"]
                    | ["callback", "payletter"]
                    | ["callback", "payletter", _]
                    | ["launch", _]
                    | ["orders", _, "cash-receipt" | "prepare" | "receipt"]
                    | ["orders", _, "cash-receipt", "cancel"]
            ),
            "GET" | "HEAD" => {
                matches!(
                    path.as_slice(),
                    ["sales" | "settlement"] | ["billing-keys", _]
                )
            }
            _ => false,
        }
    }

    /// The gateways cannot be reached: who asks for what only they have is told so, and nobody else meets a failure.
    fn may_fail(&self, answer: &RawResponse) {
        let excused = answer.status == 502 && self.asks_a_gateway();
        assert!(
            answer.status < 500 || excused,
            "{} is answered with {}",
            self.outline,
            answer.status
        );
    }

    /// No key of ours, nothing that opens something; a client secret goes to the merchant alone.
    fn tells_nothing(&self, answer: &RawResponse) {
        let mut told = String::from_utf8_lossy(&answer.body).into_owned();
        for (name, value) in &answer.headers {
            assert!(
                !value.contains(['\r', '\n']),
                "{} breaks the header {name}",
                self.outline
            );
            told.push_str(value);
        }
        let hidden = self.stage.hidden.iter().map(String::as_str);
        let secrets = self.stage.secrets.iter().map(String::as_str);
        let secrets = secrets.filter(|_| !self.is_merchants);
        for secret in KEYS.into_iter().chain(hidden).chain(secrets) {
            // What was sent may be sent back.
            let leaks = told.contains(secret) && !self.text.contains(secret);
            assert!(!leaks, "{} tells {secret}", self.outline);
        }
    }

    /// Acknowledged is what a gateway signed, and nothing else.
    fn may_acknowledge(&self, answer: &RawResponse) {
        let acks = [payletter::ACK, payletter_global::ACK].map(str::as_bytes);
        if answer.status == 200 && acks.contains(&answer.body.as_slice()) {
            let signed = self.stage.signed.iter();
            assert!(
                signed
                    .into_iter()
                    .any(|signed| signed.covers(self.came_in_at(), &self.fields)),
                "{} was signed by nobody and is acknowledged",
                self.outline
            );
        }
    }

    /// An order is paid, or gives a key, by the one message that was signed for it. The merchant may bring a key of its own.
    fn may_settle(&self, told: &[Published]) {
        for order in told.iter().cloned().filter_map(settled) {
            let is_its = |signed: &&Signed| signed.settles.as_ref() == Some(&order);
            let signed = self.stage.signed.iter().filter(is_its);
            let is_proven = signed
                .into_iter()
                .any(|signed| signed.is_whole(self.came_in_at(), &self.fields));
            let adopts = self.path == ["billing-keys"];
            let is_brought = self.is_merchants && adopts;
            assert!(
                is_proven || is_brought,
                "{} settles {order}, for which it was not signed",
                self.outline
            );
        }
    }
}

/// A part of a path as the router reads it.
fn decoded(part: &str) -> String {
    let mut escaped = part.to_owned();
    for (char, code) in [('+', "%2B"), ('&', "%26"), ('=', "%3D")] {
        escaped = escaped.replace(char, code);
    }
    let first = url::form_urlencoded::parse(escaped.as_bytes()).next();
    first.map_or_else(String::new, |(name, _)| name.into_owned())
}

fn read(data: &[u8]) -> Option<RawRequest> {
    let mut rest = data;
    let first = line(&mut rest)?;
    let (method, path) = first.split_once(' ')?;
    let mut request = RawRequest::new(method, path);
    while let Some(header) = line(&mut rest).filter(|header| !header.is_empty()) {
        if let Some((name, value)) = header.split_once(':') {
            request = request.with_header(name, value.trim());
        }
    }
    Some(request.with_body(rest))
}

fn line(rest: &mut &[u8]) -> Option<String> {
    let end = rest
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(rest.len());
    let (head, tail) = rest.split_at(end);
    let found = (!rest.is_empty()).then(|| String::from_utf8_lossy(head).into_owned());
    *rest = tail.get(1..).unwrap_or_default();
    found
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use paypair_ledger::{AttemptKey, State, Timestamp};

    use super::*;

    fn seed(name: &str) -> (&'static [u8], RawRequest) {
        let (_, seed) = seeds().iter().find(|(known, _)| known == name).unwrap();
        (seed, read(seed).unwrap())
    }

    fn holds(name: &str, promise: impl Fn(&Input<'_>)) -> bool {
        let (data, request) = seed(name);
        let input = Input::of(data, &request, stage());
        catch_unwind(AssertUnwindSafe(|| promise(&input))).is_ok()
    }

    fn paid(order: &str) -> [Published; 1] {
        [Published {
            seq: 1,
            publication: Publication::Paid,
            key: AttemptKey::new(order, 1),
            state: State::Paid,
            at: Timestamp::from_millis(0),
            data: String::new(),
        }]
    }

    #[test]
    fn what_breaks_a_promise_is_seen() {
        let ack = RawResponse::new(200, "application/json", payletter::ACK);
        for (name, kept) in [
            ("callback", true),
            ("callback_again", true),
            ("callback_forged", false),
            ("notice_again", true),
            ("notice_forged", false),
            ("return_payletter", false),
            ("webhook", false),
        ] {
            assert_eq!(
                holds(name, |input| input.may_acknowledge(&ack)),
                kept,
                "{name}"
            );
        }
        for (name, order, kept) in [
            ("callback", "open-payletter", true),
            ("callback_forged", "open-payletter", false),
            ("callback_again", "open-payletter", false),
            ("callback", "open-payple", false),
            ("notice", "open-global", true),
            ("notice_forged", "open-global", false),
            ("return_card", "card-payletter", true),
            ("return_card_bare", "card-payletter", true),
            ("return_card_bare", "open-payletter", false),
            ("return_payletter", "open-payletter", false),
            ("charge", "rent", false),
            ("adopt", "moved", true),
        ] {
            let told = paid(order);
            assert_eq!(
                holds(name, |input| input.may_settle(&told)),
                kept,
                "{name} {order}"
            );
        }
        let stage = stage();
        for secret in KEYS
            .iter()
            .copied()
            .chain([&*stage.hidden[0], &*stage.secrets[0]])
        {
            let told = RawResponse::new(200, "text/plain", secret);
            assert!(
                !holds("callback_bare", |input| input.tells_nothing(&told)),
                "{secret}"
            );
        }
        for (name, status, kept) in [
            ("sales", 502, true),
            ("sales", 500, false),
            ("order", 502, false),
            ("notice", 502, false),
        ] {
            let told = RawResponse::new(status, "text/plain", "");
            assert_eq!(
                holds(name, |input| input.may_fail(&told)),
                kept,
                "{name} {status}"
            );
        }
        // Who is called like one of the places that ask a gateway is not one of them.
        let down = RawResponse::new(502, "text/plain", "");
        for (line, kept) in [
            ("GET /sales", true),
            ("GET /sales/a", false),
            ("POST /sales", false),
            ("POST /orders/sales/refund", false),
            ("GET /orders/launch", false),
            ("POST /orders/a/launch", false),
            ("POST /orders/a/prepare", true),
            ("POST /orders/prepare/closed", false),
            ("POST /callback/payletter", true),
            ("POST /callback/payletter/a", true),
            ("POST /return/payletter/callback", false),
            ("POST /billing-keys", true),
            ("GET /billing-keys/a", true),
            ("HEAD /billing-keys/a", true),
            ("GET /billing-keys", false),
            ("POST /billing-keys/a", false),
            ("POST /billing-keys/a/delete", false),
            ("GET /orders/billing-keys", false),
        ] {
            let request = read(line.as_bytes()).unwrap();
            let input = Input::of(line.as_bytes(), &request, stage);
            let may = catch_unwind(AssertUnwindSafe(|| input.may_fail(&down)));
            assert_eq!(may.is_ok(), kept, "{line}");
        }
    }
}
