//! What outlives every kill: the gateways, the people, and what was acknowledged to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use paypair_ledger::Digest;
use paypair_sandbox::{Machine, Options};
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

use super::inbox::Inbox;
use super::killer::Killer;
use super::point::Point;
use super::program::{MOUNT, TOKEN};
use super::unanswered::Unanswered;
use super::{Mistake, Setup};
use crate::dice::Dice;

/// Gateways send an unacknowledged notice again after this long; in life it is minutes.
const RESEND: Duration = Duration::from_millis(250);
/// Longer than any answer takes.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// How often somebody asks for the same.
const TRIES: u32 = 3;
/// So many requests at once are a burst.
const BURST: u32 = 4;

/// Something the program acknowledged. After a kill its file must say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Promise {
    /// An order was taken.
    Registered(String),
    /// An attempt at it began.
    Begun(String),
    /// This was answered as how it stands.
    Stands(String, &'static str),
    /// A notice about this order of a gateway's was taken: this very one.
    Noticed(String, Digest),
    /// A refund of this order, by this id, was taken.
    Refunding(String, String),
    /// The billing key of this order was said to be deleted.
    KeyDeleted(String),
    /// The merchant was told the event of this number.
    Told(u64),
}

/// An event as the merchant was told it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) seq: u64,
    pub(super) kind: String,
    pub(super) order: String,
    pub(super) gateway_order: String,
    pub(super) reason: String,
    /// How much is back by then, if any is.
    pub(super) back: Option<String>,
    /// All it says, without its number and its time.
    pub(super) words: String,
}

/// Everything of one chapter that no kill undoes.
pub(super) struct World {
    pub(super) killer: Arc<Killer>,
    machine: Mutex<Machine>,
    http: Client,
    dice: Mutex<Dice>,
    /// No new business is begun.
    closing: AtomicBool,
    /// What the harness does wrong.
    pub(super) mistake: Mistake,
    /// Whether the program's clock is off.
    pub(super) has_clock: bool,
    in_flight: AtomicU32,
    /// Orders that were placed.
    pub(super) orders: AtomicU64,
    /// Money calls that reached a gateway.
    pub(super) calls: AtomicU64,
    promises: Mutex<Vec<Promise>>,
    /// Notices whose courier was not answered.
    pub(super) unanswered: Mutex<Unanswered>,
    /// What the program denied to know although it had acknowledged it.
    pub(super) denied: Mutex<BTreeSet<String>>,
    /// What the merchant read of `/events`.
    pub(super) told: Mutex<Vec<Told>>,
    /// What the merchant was told by webhook.
    pub(super) inbox: Mutex<Inbox>,
    /// Refunds that the merchant wanted, by order: id and amount.
    pub(super) wanted_back: Mutex<BTreeMap<String, BTreeMap<String, String>>>,
    /// Orders whose billing key a gateway has deleted.
    pub(super) keys_gone: Mutex<BTreeSet<String>>,
    /// Billing keys as the gateways call them, by the order they came of.
    pub(super) keys: Mutex<BTreeMap<String, String>>,
}

/// An answer of the program.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// There was nobody, or it died before it had answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dead;

impl World {
    pub(super) fn new(
        killer: Arc<Killer>,
        seed: u64,
        gateways: String,
        setup: &Setup,
    ) -> reqwest::Result<Arc<Self>> {
        let options = Options {
            seed,
            base_url: gateways,
            resend_every: RESEND,
            payple_partial_cancel: true,
            ..Options::default()
        };
        let http = Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Arc::new(Self {
            killer,
            machine: Mutex::new(Machine::new(options)),
            http,
            dice: Mutex::new(Dice::new(seed)),
            closing: AtomicBool::new(false),
            mistake: setup.mistake,
            has_clock: setup.clock.is_some(),
            in_flight: AtomicU32::new(0),
            orders: AtomicU64::new(0),
            calls: AtomicU64::new(0),
            promises: Mutex::default(),
            unanswered: Mutex::default(),
            denied: Mutex::default(),
            told: Mutex::default(),
            inbox: Mutex::new(Inbox::new(seed)),
            wanted_back: Mutex::default(),
            keys_gone: Mutex::default(),
            keys: Mutex::default(),
        }))
    }

    /// The gateways, and what time it is there.
    pub(super) fn machine(&self) -> (MutexGuard<'_, Machine>, Timestamp) {
        (lock(&self.machine), Timestamp::now())
    }

    pub(super) fn dice(&self) -> MutexGuard<'_, Dice> {
        lock(&self.dice)
    }

    pub(super) fn close(&self) {
        self.closing.store(true, Relaxed);
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Relaxed)
    }

    pub(super) fn promise(&self, promise: Promise) {
        lock(&self.promises).push(promise);
    }

    /// What was acknowledged since this was asked last.
    pub(super) fn take_promises(&self) -> Vec<Promise> {
        std::mem::take(&mut *lock(&self.promises))
    }

    /// Asks once, of the process that lives just now.
    pub(super) async fn ask_now(
        &self,
        request: impl FnOnce(&Client, &str) -> RequestBuilder,
    ) -> Result<Answer, Dead> {
        let address = self.killer.address().ok_or(Dead)?;
        let base = format!("http://{address}{MOUNT}");
        let request = request(&self.http, &base);
        if self.in_flight.fetch_add(1, Relaxed) + 1 >= BURST {
            self.killer.reached(Point::Burst);
        }
        let answered = async {
            let response = request.send().await.map_err(|_| Dead)?;
            let status = response.status().as_u16();
            let body = response.bytes().await.map_err(|_| Dead)?.to_vec();
            Ok(Answer { status, body })
        };
        let answered = answered.await;
        self.in_flight.fetch_sub(1, Relaxed);
        answered
    }

    /// Asks, and asks the next process if this one is killed or cannot answer. Whoever still knows nothing then goes home: a buyer may
    /// wait for nobody, and the merchant is told what came of it.
    pub(super) async fn ask(
        &self,
        request: impl Fn(&Client, &str) -> RequestBuilder,
    ) -> Result<Answer, Dead> {
        for _ in 0..TRIES {
            self.killer.up().await.ok_or(Dead)?;
            match self.ask_now(&request).await {
                Ok(answer) if answer.status < 500 => return Ok(answer),
                Ok(_) | Err(Dead) => self.pause(30).await,
            }
        }
        Err(Dead)
    }

    /// The merchant's server asks. What was acknowledged to it before is never unknown.
    pub(super) async fn merchant(
        &self,
        of: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Dead> {
        let answer = self
            .ask(|http, base| {
                let url = format!("{base}{path}");
                match body {
                    Some(body) => http.post(url).json(body),
                    None => http.get(url),
                }
                .bearer_auth(TOKEN)
            })
            .await?;
        self.note_denial(of, &answer);
        Ok(answer)
    }

    /// Nobody asks for what was not acknowledged.
    pub(super) fn note_denial(&self, of: &str, answer: &Answer) {
        if answer.status == 404 {
            lock(&self.denied).insert(of.to_owned());
        }
    }

    /// A moment, shorter than so many milliseconds.
    pub(super) async fn pause(&self, below: u64) {
        let millis = self.dice().below(below);
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
}

/// Locks, whoever died holding it.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
