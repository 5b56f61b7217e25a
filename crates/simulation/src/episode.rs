//! One shop, one day: so many payments, all at the same gateways and in the same ledger, and a day of quiet after them.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use paypair_ledger::{Attempt, Digest, MemoryStore, Options, SqliteStore, Store};
use paypair_verifier::{Config, RawRequest, RawResponse, Verifier};

use crate::books;
use crate::bugs::{self, Bug};
use crate::dice::Dice;
use crate::environment::SimEnvironment;
use crate::faults::{Fault, Tally};
use crate::judge::{Case, Doubts, Intent, Verdict, judge};
use crate::keys::{Held, NEW, OLD};
use crate::ledger::{Ledger, Waited, wait};
use crate::merchant::Merchant;
use crate::network::SimNetwork;
use crate::plan::{Deal, Mix, Plan};
use crate::receiver::{ADDRESS, Receiver, SECRET};
use crate::scheduler::OUTSIDE;
use crate::store::SimStore;
use crate::world::{GATEWAYS, MOUNT, Rates, Server, TOKEN, World};
use crate::{buyer, courier, failover, keys, villain};

/// How many payments share a shop.
pub(crate) const PAYMENTS: u64 = 40;

/// How long things happen and go wrong.
const BUSY: i64 = 7_500_000;

/// How long nothing goes wrong after that. What is looked up daily was looked up, by a clock that was two hours ahead too.
const QUIET: i64 = 26 * 3_600_000 + 600_000;

/// And how much longer if something is in doubt yet: of what never happened two looks must agree, an hour apart and a little more. If the
/// first came late, the hour begins with it, and the last of the daily looks may have been that one.
const DOUBTING: i64 = 3 * 3_600_000;

/// How long what the merchant is told may be on its way.
pub(crate) const ON_ITS_WAY: i64 = 600_000;

/// How long the merchant may take to ask what there was to be told.
const ASKING: i64 = 2 * ON_ITS_WAY;

/// What a day is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    pub(crate) seed: u64,
    pub(crate) payments: u64,
    pub(crate) mix: Mix,
    pub(crate) faults: bool,
    pub(crate) bug: Option<Bug>,
    pub(crate) ledger: Kind,
    pub(crate) traced: bool,
}

/// Over which ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Memory,
    Sqlite,
}

/// What a day came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) payments: u64,
    pub(crate) charges: u64,
    pub(crate) renewals: u64,
    pub(crate) captured: u64,
    pub(crate) calls: u64,
    pub(crate) tally: Tally,
    pub(crate) verdict: Verdict,
    /// Something was in doubt at its end, and it was made longer.
    pub(crate) longer: bool,
    /// A digest of all that happened: equal for equal days.
    pub(crate) trace: Option<Digest>,
    pub(crate) story: Vec<String>,
}

/// Lives through a day.
pub(crate) fn live(setting: Setting, about: Option<&str>) -> Outcome {
    let policy = bugs::policy(setting.bug, config(false).policy());
    match setting.ledger {
        Kind::Memory => run(setting, about, MemoryStore::new(policy)),
        Kind::Sqlite => {
            let folder = tempfile::tempdir().expect("a folder for the ledger");
            let options = Options {
                policy,
                ..Options::default()
            };
            let store = SqliteStore::open_with(folder.path().join("ledger.sqlite3"), options)
                .expect("a new file for the ledger");
            run(setting, about, Waited(store))
        }
    }
}

fn run<L: Ledger>(setting: Setting, about: Option<&str>, ledger: L) -> Outcome {
    let mut dice = Dice::new(setting.seed, 3);
    // Somewhere in November, at any time of the day: some of these nights are crossed.
    let start = 1_794_000_000_000 + dice.within(0..86_400_000);
    let rates = if setting.faults {
        Rates::USUAL
    } else {
        Rates::NONE
    };
    let lives: Arc<Mutex<Vec<SimStore<L>>>> = Arc::default();
    let merchant = Arc::new(Merchant::default());
    let plans: BTreeMap<String, Arc<Plan>> = (0..setting.payments)
        .map(|nth| {
            let id = format!("order{nth}");
            let plan = Plan::draw(&mut dice, id.clone(), setting.mix, !setting.faults);
            (id, Arc::new(plan))
        })
        .collect();
    let plans = Arc::new(plans);
    let boot = {
        let (ledger, lives) = (ledger.clone(), Arc::clone(&lives));
        let (merchant, plans) = (Arc::clone(&merchant), Arc::clone(&plans));
        move |world: &Arc<World>, life| {
            let store = SimStore {
                ledger: ledger.clone(),
                world: Arc::clone(world),
                life,
                early: Arc::default(),
            };
            // What the life before had answered and not committed is gone.
            let mut lives = crate::scheduler::lock(&lives);
            for dead in lives.drain(..) {
                dead.lose_what_is_early();
            }
            lives.push(store.clone());
            let receiver = Receiver {
                world: Arc::clone(world),
                life,
                merchant: Arc::clone(&merchant),
                plans: Arc::clone(&plans),
            };
            let server: Arc<dyn Server> = Arc::new(Shop {
                verifier: Verifier::new(
                    config(world.holds_new_keys()).clone(),
                    store,
                    SimNetwork {
                        world: Arc::clone(world),
                        life,
                    },
                    SimEnvironment {
                        world: Arc::clone(world),
                        life,
                    },
                )
                .expect("the configuration was checked")
                .with_webhook_sender(receiver),
            });
            server
        }
    };
    let world = World::new(
        start,
        setting.seed,
        rates,
        setting.bug,
        about.map(str::to_owned),
        Box::new(boot),
    );
    world.boot();
    let clock = &world.clock;
    for plan in plans.values() {
        let living = buyer::live(Arc::clone(&world), Arc::clone(plan));
        clock.spawn(OUTSIDE, Box::pin(living));
    }
    clock.spawn(OUTSIDE, Box::pin(courier::work(Arc::clone(&world))));
    if setting.faults {
        clock.spawn(OUTSIDE, Box::pin(villain::work(Arc::clone(&world))));
        clock.spawn(OUTSIDE, Box::pin(jump(Arc::clone(&world))));
        clock.spawn(OUTSIDE, Box::pin(failover::work(Arc::clone(&world))));
        clock.spawn(OUTSIDE, Box::pin(keys::work(Arc::clone(&world))));
    }
    clock.run_until(start + BUSY);
    world.calm();
    world.tell("world", "", || "is quiet from now on".to_owned());
    let mut end = start + BUSY + QUIET;
    clock.run_until(end);
    // A planted mistake must be found without it.
    let compares = setting.bug.is_none() && Dice::new(setting.seed, 6).once_in(2_500);
    let judged = |told_of: Option<&str>, doubts| {
        judge(&Case {
            intents: &intents(&world, &plans, &merchant),
            book: &world.machine().book(),
            merchant: &merchant,
            attempts: &attempts(&ledger, &plans, &merchant),
            told_of,
            doubts,
            end: clock.now(),
        })
    };
    // What was decided just now is on its way to the merchant.
    let judged_by_now = |end: &mut i64, told_of, doubts| {
        if !judged(told_of, doubts).is_clean() {
            *end += ON_ITS_WAY;
            clock.run_until(*end);
        }
        judged(told_of, doubts)
    };
    let mut verdict = judged_by_now(&mut end, None, Doubts::MayBeOpen);
    let doubtful = judged(None, Doubts::AreOver) != verdict;
    if doubtful {
        end += DOUBTING;
        clock.run_until(end);
    }
    let mut told_of = None;
    if compares {
        let strange = books::pay_in_silence(&world, &plans);
        end += books::STRANGE;
        clock.run_until(end);
        // What is compared is looked up: that must not settle what a day without it leaves open.
        verdict.unite(judged_by_now(&mut end, strange.as_deref(), Doubts::AreOver));
        let book = || world.machine().book();
        let before = books::Before::note(&book(), &attempts(&ledger, &plans, &merchant));
        let said = Arc::default();
        let comparing = books::compare(Arc::clone(&world), doubtful, Arc::clone(&said));
        clock.spawn(OUTSIDE, Box::pin(comparing));
        end += books::COMPARING;
        clock.run_until(end);
        let (said, after) = (
            crate::scheduler::lock(&said),
            attempts(&ledger, &plans, &merchant),
        );
        let named = before.judge(&said, &world, &merchant, &book(), &after);
        told_of = strange.filter(|name| named.contains(name));
    }
    clock.run_until(end);
    let comparing = Arc::clone(&merchant).compare(Arc::clone(&world));
    let comparing = clock.spawn(OUTSIDE, Box::pin(comparing));
    clock.run_until_done(comparing, end + ASKING);

    verdict.unite(judged(told_of.as_deref(), Doubts::AreOver));
    let book = world.machine().book();
    let captured = book.iter().filter(|line| line.amount.minor > 0).count();
    let outcome = Outcome {
        payments: setting.payments,
        charges: merchant.wanted().len() as u64,
        renewals: crate::scheduler::lock(&world.renewals).len() as u64,
        captured: captured as u64,
        calls: world.machine().calls() as u64,
        tally: world.tally(),
        trace: setting.traced.then(|| {
            trace(
                &world,
                &book,
                &attempts(&ledger, &plans, &merchant),
                &merchant,
            )
        }),
        verdict,
        longer: doubtful,
        story: world.story(),
    };
    world.end();
    // The store of the last life holds the world, and the world how lives begin.
    crate::scheduler::lock(&lives).clear();
    debug_assert_eq!(
        Arc::strong_count(&world),
        1,
        "a day that is over is forgotten"
    );
    outcome
}

/// The clock of the server's machine is put two hours forward or back, for a while.
async fn jump(world: Arc<World>) {
    loop {
        let pause = world.dice().within(600_000..4_000_000);
        world.sleep(pause).await;
        if world.is_calm() {
            return;
        }
        let off = world.dice().pick(&[-7_200_000, 7_200_000]);
        world.struck(Fault::ClockJump, "");
        world.set_skew(off);
        let pause = world.dice().within(60_000..1_200_000);
        world.sleep(pause).await;
        world.set_skew(0);
    }
}

/// Every sum that was to be paid: the orders, the charges, and what PayPal charged by itself.
fn intents(
    world: &World,
    plans: &BTreeMap<String, Arc<Plan>>,
    merchant: &Merchant,
) -> BTreeMap<String, Intent> {
    let of = |plan: &Plan| Intent {
        price: plan.money(),
        owner: plan.id.clone(),
        once: None,
    };
    let paid = plans.values().filter(|plan| !plan.only_registers());
    let mut intents: BTreeMap<_, _> = paid.map(|plan| (plan.id.clone(), of(plan))).collect();
    intents.extend(merchant.wanted());
    for (name, origin) in crate::scheduler::lock(&world.renewals).iter() {
        let plan = plans.get(origin);
        intents.extend(plan.map(|plan| (name.clone(), of(plan))));
    }
    intents
}

/// Every attempt of the day: of the orders, the charges, the renewals.
fn attempts(
    ledger: &impl Store,
    plans: &BTreeMap<String, Arc<Plan>>,
    merchant: &Merchant,
) -> Vec<Attempt> {
    let charges = merchant.wanted();
    let ids = plans.keys().chain(charges.keys());
    let view = |id: &String| wait(ledger.order(id)).ok().flatten();
    let mut views: Vec<_> = ids.filter_map(view).collect();
    for plan in plans
        .values()
        .filter(|plan| plan.deal == Deal::Subscription)
    {
        views.extend(wait(ledger.renewals(&plan.id)).unwrap_or_default());
    }
    views.into_iter().flat_map(|view| view.attempts).collect()
}

/// Everything that counts, as text: what the gateways booked, what the merchant was told, how each attempt ended.
fn trace(
    world: &World,
    book: &[paypair_sandbox::Booked],
    attempts: &[Attempt],
    merchant: &Merchant,
) -> Digest {
    let mut text = String::new();
    for line in book {
        text += &format!("{line:?}\n");
    }
    for attempt in attempts {
        text += &format!("{attempt:?}\n");
    }
    for told in merchant.log() {
        text += &format!("{told:?}\n");
    }
    text += &format!("{:?} {}", world.tally(), world.clock.tasks());
    Digest::of(text)
}

struct Shop<L: Ledger> {
    verifier: Verifier<SimStore<L>, SimNetwork, SimEnvironment>,
}

impl<L: Ledger> Server for Shop<L> {
    fn handle(&self, request: RawRequest) -> std::pin::Pin<Box<dyn Future<Output = RawResponse>>> {
        let verifier = self.verifier.clone();
        Box::pin(async move { verifier.handle(request).await })
    }
}

/// The merchant's configuration, before and after its keys changed.
fn config(new_keys: bool) -> &'static Config {
    static WITH_OLD: LazyLock<Config> = LazyLock::new(|| written(&OLD));
    static WITH_NEW: LazyLock<Config> = LazyLock::new(|| written(&NEW));
    if new_keys { &WITH_NEW } else { &WITH_OLD }
}

fn written(keys: &Held) -> Config {
    let Held {
        payment,
        search,
        global,
        previous,
    } = keys;
    let before = |name: &str, key: fn(&Held) -> &'static str| {
        previous.map_or_else(String::new, |held| {
            let key = key(held);
            format!("previous_{name} = \"{key}\"\nprevious_{name}_until = \"2099-12-31\"")
        })
    };
    let (before_payment, before_api) = (
        before("payment_key", |held| held.payment),
        before("api_key", |held| held.global),
    );
    let text = format!(
        r#"
        public_url = "{MOUNT}"
        env = "sandbox"
        sandbox_url = "{GATEWAYS}"
        merchant_token = "{TOKEN}"
        [payple]
        merchant_id = "test"
        merchant_key = "abcd1234567890"
        refund_key = "a41ce010ede9fcbfb3be86b24858806596a9db68b79d138b147c3e563e1829a0"
        [payletter]
        service_name = "paypair"
        [[payletter.clients]]
        client_id = "pay_test"
        payment_key = "{payment}"
        {before_payment}
        search_key = "{search}"
        [payletter_global]
        store_id = "PL_Merchant"
        api_key = "{global}"
        {before_api}
        service_name = "paypair"
        [assumptions]
        global_sales_list_permitted = true
        [webhook]
        url = "{ADDRESS}"
        secret = "{SECRET}"
        "#
    );
    Config::from_toml(&text).expect("the configuration is written here")
}
