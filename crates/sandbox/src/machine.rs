//! The three gateways without sockets: whoever holds a [`Machine`] brings the clock, carries every message, and may lose it.
//!
//! It is the same core that the sandbox serves over HTTP; a simulation drives it from one thread, as often and as fast as it likes.

use std::time::Duration;

use jiff::Timestamp;
use paypair_protocol::{Currency, Gateway, Money};

use crate::core::book::{Entry, Standing};
use crate::core::handback::{Deed, Handback};
use crate::core::mail::LetterId;
use crate::core::script::{CATALOGUE, Fault};
use crate::core::wire::Form;
use crate::core::{Answer, Dispatch, World};
use crate::deliver::is_acknowledgement;
use crate::options::{Options, PayletterClient};
use crate::{payletter, payletter_global, payple};

/// The three gateways, driven by hand.
pub struct Machine {
    world: World,
    /// What every address of theirs begins with.
    base: String,
}

/// A merchant's server calls a gateway.
#[derive(Debug, Clone, Copy)]
pub struct Call<'c> {
    /// `GET` or `POST`.
    pub method: &'c str,
    /// Everything behind the sandbox's base URL: `/payple/php/auth.php`, query included.
    pub path: &'c str,
    /// The `Referer`, if sent.
    pub referer: Option<&'c str>,
    /// The whole `Authorization` header, or nothing.
    pub authorization: &'c str,
    /// The type of the body.
    pub content_type: &'c str,
    /// The body.
    pub body: &'c [u8],
}

impl<'c> Call<'c> {
    /// The key of an `Authorization: {scheme} {key}` header.
    pub(crate) fn key(&self, scheme: &str) -> &'c str {
        self.authorization
            .strip_prefix(scheme)
            .map(str::trim)
            .unwrap_or_default()
    }
}

/// What a gateway answers. What it tells of has already happened.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// How long the answer keeps the caller waiting.
    pub wait: Duration,
}

impl From<Answer> for Answered {
    fn from(answer: Answer) -> Self {
        Self {
            status: answer.status,
            body: answer.body.into_bytes(),
            wait: answer.wait,
        }
    }
}

/// A button of a payment window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// Pay, register the card, or have an account issued.
    Pay,
    /// The card company refuses.
    Decline,
    /// The window's own cancel button.
    Cancel,
}

/// How a window ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// A message to the page that listens, as JSON.
    Message(String),
    /// The browser posts a form.
    Post {
        /// Where to.
        url: String,
        /// Its fields.
        fields: Vec<(String, String)>,
    },
    /// The browser goes there, with nothing in its hands.
    Get(String),
    /// The window stays where it is and says something.
    Stay(String),
}

impl From<Handback> for Ending {
    fn from(handback: Handback) -> Self {
        match handback {
            Handback::Message { message, .. } => Self::Message(message),
            Handback::Post { url, fields } => Self::Post { url, fields },
            Handback::Get { url } => Self::Get(url),
            Handback::Stay { text, .. } => Self::Stay(text),
        }
    }
}

/// A callback or notice that leaves now. Its fate is told with [`Machine::delivered`].
#[derive(Debug, Clone)]
pub struct Letter {
    id: LetterId,
    /// Whose.
    pub gateway: Gateway,
    /// What it is about.
    pub order_id: String,
    /// Where it goes.
    pub url: String,
    /// The type of its body.
    pub content_type: &'static str,
    /// What it says.
    pub body: String,
    /// 1 for the first time it is sent.
    pub attempt: u32,
    /// Whether a fault put it off.
    pub late: bool,
}

/// A line of the gateways' money book.
#[derive(Debug, Clone)]
pub struct Booked {
    /// Whose.
    pub gateway: Gateway,
    /// What the gateway calls the order.
    pub order_id: String,
    /// The gateway's id of the payment.
    pub transaction_id: String,
    /// The money; zero of a card that was only registered.
    pub amount: Money,
    /// What was given back so far.
    pub refunded: Money,
    /// Where it stands.
    pub standing: Booking,
    /// Confirm calls that named it.
    pub confirms: u64,
    /// Cancel calls that named it, refused ones too.
    pub refunds: u64,
    /// When.
    pub at: Timestamp,
}

/// Where a line of the book stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Booking {
    /// The money was taken. It may have been given back since, wholly or in part: see [`Booked::refunded`].
    Captured,
    /// No money was taken: a deposit is awaited or never came, PayPal holds it, or a card was only registered.
    NoMoney,
    /// The card holder took it back.
    ChargedBack,
}

impl Machine {
    /// Fresh gateways.
    pub fn new(options: Options) -> Self {
        let base = options.base_url.clone();
        let mut world = World::new(options);
        world.script.keep_count();
        Self { world, base }
    }

    /// Lays a fault of the sandbox's own catalogue on a gateway's order (`*`: on all of them), for so many times. False if there is
    /// no such fault.
    pub fn script(
        &mut self,
        gateway: Gateway,
        order_id: &str,
        fault: &str,
        seconds: Option<u64>,
        times: u64,
    ) -> bool {
        if CATALOGUE.iter().all(|kind| kind.name != fault) {
            return false;
        }
        let fault = Fault {
            name: fault.to_owned(),
            seconds,
            amount: None,
        };
        let order_id = Some(order_id).filter(|id| *id != "*");
        self.world
            .script
            .add(gateway, order_id, vec![fault], Some(times));
        true
    }

    /// Forgets every fault that has not struck yet.
    pub fn calm(&mut self) {
        self.world.script.clear();
    }

    /// The faults that struck since it was asked last: whose, which order's, and their names. `lookup_lag` is among them as often as
    /// an answer did not show what was there; `callback_late` is not, see [`Letter::late`].
    pub fn struck(&mut self) -> Vec<(Gateway, String, String)> {
        self.world.script.take_struck()
    }

    /// The order of a payment.
    pub fn order_of(&self, transaction_id: &str) -> Option<String> {
        let mut payments = self.world.book.payments.iter();
        let found = payments.find(|entry| entry.transaction_id == transaction_id);
        found.map(|entry| entry.order_id.clone())
    }

    /// Whether Payletter Global's private calls are open to us.
    pub fn open_private_api(&mut self, open: bool) {
        self.world.options.private_api = open;
    }

    /// A merchant's server calls.
    pub fn call(&mut self, now: Timestamp, call: &Call<'_>) -> Answered {
        payletter_global::acts::keep_promises(&mut self.world, now);
        let world = &mut self.world;
        let answer = if let Some(path) = call.path.strip_prefix("/payple/") {
            payple::bare::call(world, now, &slashed(path), call)
        } else if let Some(path) = call.path.strip_prefix("/payletter/") {
            payletter::bare::call(world, now, &slashed(path), call)
        } else if let Some(path) = call.path.strip_prefix("/payletter_global/") {
            let (letters, answer) = payletter_global::bare::call(world, now, &slashed(path), call);
            for letter in letters {
                world.mail.release(letter, now);
            }
            answer
        } else {
            Answer::broken(404)
        };
        answer.into()
    }

    /// What the gateway calls the order that a window is of.
    pub fn order_in(&self, window: &WindowName) -> Option<String> {
        let (world, WindowName(gateway, id)) = (&self.world, window);
        match gateway {
            Gateway::Payple => world.payple.order_in(id),
            Gateway::Payletter => world.payletter.order_in(id),
            Gateway::PayletterGlobal => {
                let session = world.payletter_global.session(id);
                session.map(|session| session.order_id().to_owned())
            }
        }
    }

    /// A browser opens a payment window, by posting fields or by its address; the name by which [`Self::press`] finds it. Otherwise
    /// the word with which the gateway refuses.
    pub fn open(
        &mut self,
        now: Timestamp,
        url: &str,
        fields: &[(String, String)],
        page: &str,
    ) -> Result<WindowName, String> {
        let path = url.strip_prefix(self.base.as_str()).unwrap_or(url);
        let token = || {
            let query = path.split_once('?').map_or("", |(_, query)| query);
            Form::from_form(query.as_bytes()).text("token")
        };
        if path.starts_with("/payple/") {
            let form = Form::from(fields);
            let id = payple::bare::open(&mut self.world, now, form, page)?;
            return Ok(WindowName(Gateway::Payple, id));
        }
        let token = token();
        if path.starts_with("/payletter/") {
            return if payletter::bare::enter(&mut self.world, &token) {
                Ok(WindowName(Gateway::Payletter, token))
            } else {
                Err("closed".to_owned())
            };
        }
        match self.world.payletter_global.session(&token) {
            Some(session) if session.open => Ok(WindowName(Gateway::PayletterGlobal, token)),
            _ => Err("closed".to_owned()),
        }
    }

    /// The buyer presses a button: the letters that are sent before the browser goes back, and how the window ends.
    pub fn press(
        &mut self,
        now: Timestamp,
        window: &WindowName,
        press: Press,
    ) -> (Vec<Letter>, Ending) {
        let (world, WindowName(gateway, id)) = (&mut self.world, window);
        let deed = match press {
            Press::Pay => Deed::Pay,
            Press::Decline => Deed::Decline,
            Press::Cancel => Deed::Cancel,
        };
        let typed = Form::from(TYPED);
        let (sent, handback) = match gateway {
            Gateway::Payple => (
                Vec::new(),
                payple::bare::press(world, now, id, deed, &typed),
            ),
            Gateway::Payletter => {
                let (sent, handback) = payletter::window::act(world, now, id, deed, &typed);
                (vec![sent], handback)
            }
            Gateway::PayletterGlobal => payletter_global::window::act(world, now, id, deed, &typed),
        };
        (self.take(sent), handback.into())
    }

    /// Money arrives on the virtual account of this order. False if none waits.
    pub fn deposit(&mut self, now: Timestamp, gateway: Gateway, order_id: &str) -> bool {
        let world = &mut self.world;
        let sent = match gateway {
            Gateway::Payple => None,
            Gateway::Payletter => payletter::window::deposit_for(world, now, order_id),
            Gateway::PayletterGlobal => {
                return payletter_global::acts::deposit(world, now, order_id);
            }
        };
        let arrived = sent.is_some();
        for letter in sent.into_iter().flat_map(|dispatch| dispatch.first) {
            world.mail.release(letter, now);
        }
        arrived
    }

    /// The gateway charges the subscription that this order began for another period: the order number it makes up for that. None if
    /// there is no such subscription.
    pub fn renew(&mut self, now: Timestamp, order_id: &str) -> Option<String> {
        payletter_global::acts::renew(&mut self.world, now, order_id)
    }

    /// The merchant's staff give all that is left of this order's payment back on the gateway's own page; at Payple a part, too. How much
    /// that was; none if not so much is left, if its next notice is never to be sent, since then no word of it ever leaves the gateway, and at
    /// Payletter, which sends none.
    pub fn cancel_by_hand(
        &mut self,
        now: Timestamp,
        gateway: Gateway,
        order_id: &str,
        part: Option<Money>,
    ) -> Option<Money> {
        let world = &mut self.world;
        let silent = world
            .script
            .take_for_later(gateway, order_id, "callback_never");
        match gateway {
            _ if silent.is_some() => None,
            Gateway::Payple => payple::refund::refund_by_hand(world, now, order_id, part),
            Gateway::Payletter => None,
            Gateway::PayletterGlobal => payletter_global::acts::cancel(world, now, order_id),
        }
    }

    /// The holder of the card takes this order's payment at Payletter Global back: what is left of it. False if nothing is left; or if
    /// its next notice is never to be sent, since no list says it either.
    pub fn charge_back(&mut self, now: Timestamp, order_id: &str) -> bool {
        let world = &mut self.world;
        let gateway = Gateway::PayletterGlobal;
        let silent = world
            .script
            .take_for_later(gateway, order_id, "callback_never");
        silent.is_none() && payletter_global::acts::charge_back(world, now, order_id)
    }

    /// The billing key that came of this order is charged no more, and nobody asked the merchant: a card was reported as lost. False
    /// if none came of it.
    pub fn revoke_key(&mut self, now: Timestamp, gateway: Gateway, order_id: &str) -> bool {
        let world = &mut self.world;
        match gateway {
            Gateway::Payple => payple::payer::delete_of_order(world, now, order_id),
            Gateway::Payletter => world.payletter.void_keys_of(order_id),
            Gateway::PayletterGlobal => world.payletter_global.drop_keys_of(order_id),
        }
    }

    /// Payletter's test client has new keys from now on. What was begun with the old ones is signed with them.
    pub fn rekey_payletter(&mut self, client: PayletterClient) {
        self.world.options.payletter_clients = vec![client];
    }

    /// Payletter Global's test store has a new key from now on. What is written already was signed with the old one.
    pub fn rekey_global(&mut self, api_key: &str) {
        self.world.payletter_global.new_key = Some(api_key.to_owned());
    }

    /// The callbacks and notices that leave by now.
    pub fn due(&mut self, now: Timestamp) -> Vec<Letter> {
        payletter_global::acts::keep_promises(&mut self.world, now);
        let due = self.world.mail.due(now);
        due.into_iter().filter_map(|id| self.send(id)).collect()
    }

    /// When the next of them leaves, or a promise is kept that brings one.
    pub fn next_due(&self) -> Option<Timestamp> {
        let promised = self.world.payletter_global.next_promise();
        let next = self.world.mail.next_due();
        next.into_iter().chain(promised).min()
    }

    /// How a letter fared: status and body of the answer, or none. Unacknowledged ones are sent again, as the gateway documents.
    pub fn delivered(&mut self, now: Timestamp, letter: &Letter, answer: Option<(u16, &[u8])>) {
        let acknowledged = answer.is_some_and(|(status, body)| {
            let text = String::from_utf8_lossy(body);
            status == 200 && is_acknowledgement(letter.gateway, &text)
        });
        self.world.mail.settle(letter.id, acknowledged, now);
    }

    /// The money book, oldest line first.
    pub fn book(&self) -> Vec<Booked> {
        self.world.book.payments.iter().map(booked).collect()
    }

    /// How many calls the gateways took.
    pub fn calls(&self) -> usize {
        self.world.book.calls.len()
    }

    fn take(&mut self, sent: Vec<Dispatch>) -> Vec<Letter> {
        let ids = sent.into_iter().flat_map(|dispatch| dispatch.first);
        ids.filter_map(|id| self.send(id)).collect()
    }

    fn send(&mut self, id: LetterId) -> Option<Letter> {
        let letter = self.world.mail.send_now(id)?;
        Some(Letter {
            id,
            gateway: letter.gateway,
            order_id: letter.order_id,
            url: letter.url,
            content_type: match letter.gateway {
                Gateway::PayletterGlobal => "application/x-www-form-urlencoded",
                Gateway::Payple | Gateway::Payletter => "application/json",
            },
            body: letter.body,
            attempt: letter.attempts,
            late: letter.late,
        })
    }
}

/// An open payment window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowName(Gateway, String);

impl std::fmt::Debug for Machine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Machine").finish_non_exhaustive()
    }
}

fn slashed(path: &str) -> String {
    format!("/{path}")
}

fn booked(entry: &Entry) -> Booked {
    let money = |text: &str| {
        let currency = Currency::parse(&entry.currency).unwrap_or(Currency::KRW);
        Money::parse(text, &currency).unwrap_or_default()
    };
    Booked {
        gateway: entry.gateway,
        order_id: entry.order_id.clone(),
        transaction_id: entry.transaction_id.clone(),
        amount: money(&entry.amount),
        refunded: money(&entry.refunded),
        standing: match entry.state {
            Standing::Captured
            | Standing::PartlyRefunded
            | Standing::RefundPending
            | Standing::Cancelled => Booking::Captured,
            Standing::ChargedBack => Booking::ChargedBack,
            Standing::AwaitingDeposit
            | Standing::Expired
            | Standing::Pending
            | Standing::Registered => Booking::NoMoney,
        },
        confirms: entry.confirms,
        refunds: entry.refunds,
        at: entry.at,
    }
}

/// What every buyer types, where a window asks for it.
const TYPED: [(&str, &str); 5] = [
    ("card_number", "4111111111111111"),
    ("card_month", "12"),
    ("card_year", "39"),
    ("bank_code", "088"),
    ("account_number", "110123456789"),
];
