//! What everybody in the simulation shares: the clock, chance, the gateways, the wires between them, and the book of what struck.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::Timestamp;
use paypair_ledger::{AttemptKey, Publication};
use paypair_protocol::Gateway;
use paypair_sandbox::{Machine, Options};
use paypair_verifier::{RawRequest, RawResponse};
use tokio::sync::oneshot;

use crate::bugs::{self, Bug, Door};
use crate::dice::Dice;
use crate::environment::Pulse;
use crate::faults::{Fault, Tally};
use crate::scheduler::{OUTSIDE, Owner, Scheduler, lock};
use crate::standing::Standings;

/// Where the gateways stand.
pub(crate) const GATEWAYS: &str = "http://localhost:8081";

/// Where the shop stands.
pub(crate) const SHOP: &str = "http://127.0.0.1:8080";

/// Where the verifier is mounted in the shop.
pub(crate) const MOUNT: &str = "http://127.0.0.1:8080/pay";

/// What the merchant's servers show.
pub(crate) const TOKEN: &str = "merchant-token-of-the-simulation";

type Answering = Pin<Box<dyn Future<Output = RawResponse>>>;

/// One life of the server: what [`paypair_verifier::Verifier::handle`] is behind.
pub(crate) trait Server: Send + Sync {
    fn handle(&self, request: RawRequest) -> Answering;
}

/// Starts a life of the server over what the store kept.
pub(crate) type Boot = Box<dyn Fn(&Arc<World>, Owner) -> Arc<dyn Server> + Send + Sync>;

/// How often things go wrong, out of ten thousand times.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rates {
    /// A call to a gateway.
    pub(crate) call: u32,
    /// A call to us: a buyer's, a merchant's, a gateway's callback.
    pub(crate) web: u32,
    /// A write of the store.
    pub(crate) write: u32,
    /// A point where the server may die.
    pub(crate) kill: u32,
    /// A payment's own misfortunes, each.
    pub(crate) payment: u32,
}

impl Rates {
    pub(crate) const NONE: Self = Self {
        call: 0,
        web: 0,
        write: 0,
        kill: 0,
        payment: 0,
    };

    pub(crate) const USUAL: Self = Self {
        call: 1850,
        web: 900,
        write: 150,
        kill: 14,
        payment: 700,
    };
}

pub(crate) struct World {
    pub(crate) clock: Scheduler,
    machine: Mutex<Machine>,
    dice: Mutex<Dice>,
    /// What the merchant's staff do by hand: of its own, so that days without it stay as they were.
    staff: Mutex<Dice>,
    /// What card holders take back: likewise.
    holders: Mutex<Dice>,
    /// Which payments are done and answered with a refusal: likewise.
    refusals: Mutex<Dice>,
    rates: Rates,
    calm: AtomicBool,
    pub(crate) bug: Option<Bug>,
    pub(crate) tally: Mutex<Tally>,
    /// How far the server's clock is off.
    skew: AtomicI64,
    /// Until when the disk takes nothing.
    disk_full_until: AtomicI64,
    lives: AtomicU64,
    server: Mutex<Option<(Owner, Arc<dyn Server>)>>,
    boot: Boot,
    pub(crate) standings: Mutex<Standings>,
    confirm_keys: Mutex<BTreeMap<String, String>>,
    /// Orders that are paid before we have the answer to our request for their window.
    pub(crate) hasty: Mutex<BTreeSet<String>>,
    /// Charges that PayPal made by itself, by its names for them: whose subscription they renew.
    pub(crate) renewals: Mutex<BTreeMap<String, String>>,
    /// Orders whose billing keys were revoked.
    pub(crate) revoked: Mutex<BTreeSet<String>>,
    /// Which keys the gateways and the merchant hold.
    pub(crate) keys: crate::keys::Keys,
    /// Until when the database is away, and since when.
    pub(crate) away: crate::failover::Away,
    /// What a planted bug never told the merchant.
    pub(crate) untold: Mutex<Vec<(AttemptKey, Publication)>>,
    /// How often a planted bug published an event again, by its number in the ledger.
    pub(crate) again: Mutex<BTreeMap<u64, u64>>,
    /// What planted bugs remember of what was sent to us.
    pub(crate) door: Door,
    /// What is told of this order, if somebody wants to hear it.
    story: Option<Mutex<Vec<String>>>,
    /// Callbacks and notices as they went over the wire, for those who want to send them again.
    pub(crate) seen: Mutex<Vec<paypair_sandbox::Letter>>,
    /// Which of them arrived, and whose buyers were back before.
    pub(crate) post: Mutex<crate::post::Post>,
    /// Payments that a lookup did not show though they were there.
    pub(crate) lagged: Mutex<BTreeSet<String>>,
    /// The courier who waits for post.
    pub(crate) courier: Mutex<Option<crate::courier::Waiting>>,
    /// The order whose story is told.
    pub(crate) about: Option<String>,
    /// What the sleeping watcher of the server waits for.
    pub(crate) watching: Mutex<Pulse>,
    /// And what the one who delivers webhooks does.
    pub(crate) delivering: Mutex<Pulse>,
}

impl World {
    pub(crate) fn new(
        start: i64,
        seed: u64,
        rates: Rates,
        bug: Option<Bug>,
        about: Option<String>,
        boot: Boot,
    ) -> Arc<Self> {
        let options = Options {
            seed,
            base_url: GATEWAYS.to_owned(),
            payple_partial_cancel: true,
            payple_webhook: Some(format!("{MOUNT}/webhook/payple")),
            ..Options::default()
        };
        Arc::new(Self {
            clock: Scheduler::new(start, Dice::new(seed, 1)),
            machine: Mutex::new(Machine::new(options)),
            dice: Mutex::new(Dice::new(seed, 2)),
            staff: Mutex::new(Dice::new(seed, 4)),
            holders: Mutex::new(Dice::new(seed, 5)),
            refusals: Mutex::new(Dice::new(seed, 7)),
            rates,
            calm: AtomicBool::new(false),
            bug,
            tally: Mutex::default(),
            skew: AtomicI64::new(bugs::skew(bug)),
            disk_full_until: AtomicI64::new(0),
            lives: AtomicU64::new(0),
            server: Mutex::new(None),
            boot,
            standings: Mutex::default(),
            confirm_keys: Mutex::default(),
            hasty: Mutex::default(),
            renewals: Mutex::default(),
            revoked: Mutex::default(),
            keys: crate::keys::Keys::default(),
            away: crate::failover::Away::default(),
            untold: Mutex::default(),
            again: Mutex::default(),
            door: Door::default(),
            story: about.is_some().then(Mutex::default),
            seen: Mutex::default(),
            post: Mutex::default(),
            lagged: Mutex::default(),
            courier: Mutex::default(),
            about,
            watching: Mutex::default(),
            delivering: Mutex::default(),
        })
    }

    // Time

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.clock.now()).unwrap_or_default()
    }

    /// What the server's clock shows.
    pub(crate) fn server_millis(&self) -> i64 {
        self.clock.now() + self.skew.load(Relaxed)
    }

    pub(crate) fn skew(&self) -> i64 {
        self.skew.load(Relaxed)
    }

    /// Puts the server's clock so far off.
    pub(crate) fn set_skew(&self, millis: i64) {
        let new = millis + bugs::skew(self.bug);
        self.skew.store(new, Relaxed);
        self.clock_changed();
    }

    pub(crate) async fn sleep(&self, millis: i64) {
        let millis = u64::try_from(millis).unwrap_or(0);
        self.clock.sleep(Duration::from_millis(millis)).await;
    }

    // Chance

    pub(crate) fn dice(&self) -> MutexGuard<'_, Dice> {
        lock(&self.dice)
    }

    pub(crate) fn staff_dice(&self) -> MutexGuard<'_, Dice> {
        lock(&self.staff)
    }

    pub(crate) fn holders_dice(&self) -> MutexGuard<'_, Dice> {
        lock(&self.holders)
    }

    pub(crate) fn refusals_dice(&self) -> MutexGuard<'_, Dice> {
        lock(&self.refusals)
    }

    pub(crate) fn rates(&self) -> Rates {
        if self.is_calm() {
            Rates::NONE
        } else {
            self.rates
        }
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.calm.load(Relaxed)
    }

    /// Nothing goes wrong any more.
    pub(crate) fn calm(&self) {
        self.calm.store(true, Relaxed);
        self.set_skew(0);
        self.disk_full_until.store(0, Relaxed);
        self.come_back();
        let mut machine = self.machine();
        machine.calm();
        machine.open_private_api(true);
    }

    pub(crate) fn fill_disk(&self, millis: i64) {
        self.disk_full_until
            .store(self.clock.now() + millis, Relaxed);
    }

    pub(crate) fn is_disk_full(&self) -> bool {
        self.clock.now() < self.disk_full_until.load(Relaxed)
    }

    // What happened

    pub(crate) fn machine(&self) -> MutexGuard<'_, Machine> {
        lock(&self.machine)
    }

    pub(crate) fn tally(&self) -> Tally {
        lock(&self.tally).clone()
    }

    /// A line of the story, if it is this order's. An empty order is everybody's.
    pub(crate) fn tell(&self, who: &str, order: &str, what: impl FnOnce() -> String) {
        let (Some(story), Some(about)) = (&self.story, &self.about) else {
            return;
        };
        if order.is_empty() || base_of(order) == about || self.renews(order, about) {
            let at = self.now().strftime("%m-%d %H:%M:%S%.3f").to_string();
            lock(story).push(format!("{at}  {who:<9} {}", what()));
        }
    }

    /// Whether the gateway made this name up for a charge of that order's subscription.
    fn renews(&self, name: &str, order: &str) -> bool {
        let renewals = lock(&self.renewals);
        renewals.get(name).is_some_and(|origin| origin == order)
    }

    pub(crate) fn story(&self) -> Vec<String> {
        self.story
            .as_ref()
            .map(|story| lock(story).clone())
            .unwrap_or_default()
    }

    // The server's lives

    /// Starts the server.
    pub(crate) fn boot(self: &Arc<Self>) {
        let life = self.lives.fetch_add(1, Relaxed) + 1;
        let server = (self.boot)(self, life);
        self.tell("server", "", || format!("starts (life {life})"));
        *lock(&self.server) = Some((life, server));
    }

    /// The server dies here, and starts again after a while.
    pub(crate) fn kill(self: &Arc<Self>, life: Owner, order: &str) {
        if self.stop(life) {
            self.struck(Fault::KillAt, order);
        }
    }

    /// The server is started anew, if it runs.
    pub(crate) fn restart(self: &Arc<Self>) {
        let life = lock(&self.server).as_ref().map(|(life, _)| *life);
        if let Some(life) = life {
            self.stop(life);
        }
    }

    /// Ends a life of the server; another begins after a while. False if it is over already.
    fn stop(self: &Arc<Self>, life: Owner) -> bool {
        let old = {
            let mut server = lock(&self.server);
            if server.as_ref().is_none_or(|(now, _)| *now != life) {
                return false;
            }
            server.take()
        };
        self.tell("server", "", || format!("dies (life {life})"));
        self.clock.kill(life);
        drop(old);
        let down = self.dice().within(200..40_000);
        let world = Arc::clone(self);
        let restart = async move {
            world.sleep(down).await;
            world.boot();
        };
        self.clock.spawn(OUTSIDE, Box::pin(restart));
        true
    }

    /// The server dies here, if chance wants it: then this never returns.
    pub(crate) async fn kill_point(self: &Arc<Self>, life: Owner, order: &str) {
        let rate = self.rates().kill;
        if rate > 0 && self.dice().once_in(rate) {
            self.kill(life, order);
            std::future::pending::<()>().await;
        }
    }

    /// Ends everything.
    pub(crate) fn end(&self) {
        let server = lock(&self.server).take();
        drop(server);
        self.clock.end();
    }

    /// A request that arrives at the server now. None: nobody is there, or died while answering.
    pub(crate) async fn serve(&self, request: RawRequest) -> Option<RawResponse> {
        let (told, _) = self.start_serving(request)?;
        told.await.ok()
    }

    /// The same, for a caller who may go away: the answer to come, and the task to cancel.
    pub(crate) fn start_serving(
        &self,
        request: RawRequest,
    ) -> Option<(oneshot::Receiver<RawResponse>, usize)> {
        let (life, server) = lock(&self.server).clone()?;
        let request = self.door.pass(self.bug, request);
        let (tell, told) = oneshot::channel();
        let serving = async move {
            let _ = tell.send(server.handle(request).await);
        };
        let task = self.clock.spawn(life, Box::pin(serving));
        Some((told, task))
    }
}

/// The merchant's order id behind the gateway's: further attempts are called `id-2`, `id-3`.
pub(crate) fn base_of(gateway_order: &str) -> &str {
    gateway_order.split('-').next().unwrap_or(gateway_order)
}

/// All three, for tables.
pub(crate) const ALL_GATEWAYS: [Gateway; 3] = Gateway::ALL;

impl World {
    /// Which order a confirm key is of; the confirm itself does not say.
    pub(crate) fn note_confirm_key(&self, key: &str, order: &str) {
        if !key.is_empty() {
            lock(&self.confirm_keys).insert(key.to_owned(), order.to_owned());
        }
    }

    pub(crate) fn order_of_confirm(&self, key: &str) -> String {
        lock(&self.confirm_keys)
            .get(key)
            .cloned()
            .unwrap_or_default()
    }
}
