//! `kill -9`: the real program over real HTTP on a real file, killed again and again while people pay, and started again at once.
//!
//! The harness is everything around the program: the gateways (the sandbox's core behind HTTP), the courier of their notices, the buyers
//! and the merchant's server. So it knows when a call has reached a gateway or a notice was acknowledged, and kills at such a moment
//! without any switch in the program; or at random. A *chapter* is one ledger with many kills. When they are over the program is left
//! alone until all that was captured is told, and then the gateways' own money book judges.
//!
//! The seed decides everything that the harness decides. When the operating system runs which thread it does not decide: two runs of one
//! seed aim alike and do not hit alike.

mod clock;
mod courier;
mod customers;
mod file;
mod gateways;
mod judge;
mod killer;
mod merchant;
mod point;
mod program;
mod report;
mod world;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use paypair_sandbox::Booked;

use crate::dice::Dice;
use clock::Clock;
pub use file::Hit;
use file::Left;
use gateways::Gateways;
use judge::Doubt;
use killer::Killer;
use point::Aim;
pub use point::{Op, Point, Progress};
use program::Program;
pub use report::Report;
use world::{World, lock};

/// Why it could not be done.
pub type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Customers at once.
const CUSTOMERS: u64 = 10;
/// How long an aimed moment is waited for before the kill comes anyway.
const PATIENCE: Duration = Duration::from_millis(600);
/// With a clock that was off, what is in doubt after this long waits for a person.
const SETTLING: Duration = Duration::from_secs(20);
/// How long customers may take to finish what they began when the shop closes.
const CLOSING: Duration = Duration::from_secs(20);
/// The whole file is checked after so many kills; what was acknowledged, after each.
const CHECK_EVERY: u64 = 20;

/// A mistake that the harness makes on purpose, to show that it would be found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mistake {
    /// None.
    #[default]
    None,
    /// After a kill the file is put back to what it was a kill earlier: a disk that lost what it had promised to keep.
    OlderFile,
    /// Something in front of the program acknowledges notices before the program has.
    EarlyAcknowledgement,
}

/// What to do.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The program `paypair`.
    pub program: PathBuf,
    /// How many kills.
    pub kills: u64,
    /// Kills of one ledger.
    pub chapter: u64,
    /// What the harness decides comes from it.
    pub seed: u64,
    /// How long the last process of a chapter may take until all is told.
    pub rest: Duration,
    /// `libclock.so`, if the program's clock is to jump by two hours, either way.
    pub clock: Option<PathBuf>,
    /// What it does wrong.
    pub mistake: Mistake,
}

/// Kills so often. After each chapter `progress` hears how it stands.
pub async fn run(setup: &Setup, mut progress: impl FnMut(&Report)) -> Result<Report, Failed> {
    let mut report = Report::default();
    let mut dice = Dice::new(setup.seed);
    while report.kills() < setup.kills {
        let kills = setup.chapter.min(setup.kills - report.kills());
        Chapter::open(setup, dice.roll())?
            .live(kills, &mut report)
            .await?;
        progress(&report);
    }
    Ok(report)
}

/// One ledger.
struct Chapter {
    folder: tempfile::TempDir,
    program: Program,
    world: Arc<World>,
    dice: Dice,
    mistake: Mistake,
    patience: Duration,
    /// How long the program takes to start, at most, as seen so far.
    starting: Duration,
    _gateways: Gateways,
}

impl Chapter {
    fn open(setup: &Setup, seed: u64) -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let gateways = format!("http://{}", listener.local_addr()?);
        let program = Program::new(setup, folder.path(), &gateways)?;
        let world = World::new(Killer::new(), seed, gateways, setup.mistake)?;
        Ok(Self {
            _gateways: Gateways::serve(Arc::clone(&world), listener)?,
            folder,
            program,
            world,
            dice: Dice::new(seed),
            mistake: setup.mistake,
            patience: setup.rest,
            starting: Duration::from_millis(20),
        })
    }

    async fn live(mut self, kills: u64, report: &mut Report) -> Result<(), Failed> {
        let courier = tokio::spawn(courier::work(Arc::clone(&self.world)));
        let reader = tokio::spawn(merchant::work(Arc::clone(&self.world)));
        let mut customers = tokio::task::JoinSet::new();
        for n in 0..CUSTOMERS {
            let dice = Dice::new(self.dice.roll());
            customers.spawn(customers::shop(
                Arc::clone(&self.world),
                format!("s{n}"),
                dice,
            ));
        }
        let began = Instant::now();
        for n in 1..=kills {
            let point = self.kill_once().await?;
            *report.points.entry(point).or_default() += 1;
            self.look(n, report)?;
        }
        report.killing += began.elapsed();
        let began = Instant::now();
        // Whatever was put off while the clock was ahead comes due.
        self.start(None, Clock::ahead()).await?;
        self.world.close();
        let closing = async { while customers.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(CLOSING, closing).await;
        customers.abort_all();
        let judged = self.rest(report).await;
        report.resting += began.elapsed();
        reader.abort();
        courier.abort();
        judged?;
        self.world.killer.wait(Duration::ZERO, Point::Random).await;
        self.look_whole(report).await
    }

    /// One life of the program, from its start to its death.
    async fn kill_once(&mut self) -> Result<Point, Failed> {
        let aim = Aim::draw(&mut self.dice, self.starting);
        let clock = Clock::draw(&mut self.dice);
        if aim.point == Point::Starting {
            let (child, _stdout) = self.program.start(clock)?;
            self.world.killer.take(child, None);
            return Ok(self.world.killer.wait(aim.delay, aim.point).await);
        }
        self.start(Some(aim), clock).await?;
        let killer = &self.world.killer;
        Ok(match aim.point {
            Point::Random | Point::Recovering => killer.wait(aim.delay, aim.point).await,
            _ => killer.wait(PATIENCE, Point::Overdue).await,
        })
    }

    /// Starts the program and waits until it listens, or is killed.
    async fn start(&mut self, aim: Option<Aim>, clock: Clock) -> Result<(), Failed> {
        let began = Instant::now();
        let (child, stdout) = self.program.start(clock)?;
        self.world.killer.take(child, aim);
        let address = tokio::task::spawn_blocking(|| program::address_of(stdout)).await?;
        match address {
            Some(address) => {
                self.starting = self.starting.max(began.elapsed());
                self.world.killer.listens(address);
            }
            // Its moment came before it listened: it looks up what its forerunner left at once.
            None if self.world.killer.has_killed() => {}
            None => {
                let why = self.program.complaint();
                let what = "the program does not start on what the last kill left";
                return Err(format!("{what}: {why}").into());
            }
        }
        Ok(())
    }

    /// Looks at what a kill left.
    fn look(&self, n: u64, report: &mut Report) -> Result<(), Failed> {
        let folder = self.folder.path().join("look");
        std::fs::create_dir_all(&folder)?;
        let promises = self.world.take_promises();
        let older = folder.join("orders.sqlite");
        if self.mistake == Mistake::OlderFile && !promises.is_empty() && older.exists() {
            file::copy(&older, self.folder.path())?;
        }
        let copy = file::copy(&self.program.file, &folder)?;
        let Some(left) = Left::open(&copy)? else {
            *report.hits.entry(Hit::Idle).or_default() += 1;
            return Ok(());
        };
        *report.hits.entry(left.hit()?).or_default() += 1;
        for (op, calls) in left.cut_off()? {
            *report.cut_off.entry(op).or_default() += calls;
        }
        for promise in promises {
            report.promises += 1;
            if !left.keeps(&promise)? {
                let story = format!("after kill {n} the file does not know: {promise:?}");
                report.accuse(|report| &mut report.forgotten, story);
            }
        }
        if n.is_multiple_of(CHECK_EVERY) && !left.is_whole()? {
            let story = format!("after kill {n} the file is not whole");
            report.accuse(|report| &mut report.forgotten, story);
        }
        Ok(())
    }

    /// Leaves the program alone until all is told, and judges.
    async fn rest(&self, report: &mut Report) -> Result<(), Failed> {
        let world = &self.world;
        let began = Instant::now();
        let (verdict, told) = loop {
            let doubt = match self.program.has_clock() && began.elapsed() > SETTLING {
                true => Doubt::MayStay,
                false => Doubt::IsSettled,
            };
            let told = merchant::read_again(world)
                .await
                .map_err(|_| "the program died by itself")?;
            let book = world.machine().0.book();
            let verdict = judge::judge(&book, &told, &lock(&world.wanted_back), doubt);
            let keys_told = self.keys_still_there(&told).is_empty();
            if (verdict.lost.is_empty() && keys_told) || began.elapsed() > self.patience {
                break (verdict, told);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        for order in verdict.lost {
            let story = format!("lost: {}", self.story(&order).await);
            report.accuse(|report| &mut report.lost, story);
        }
        for order in self.keys_still_there(&told) {
            let story = format!("a deleted billing key is not told: {order}");
            report.accuse(|report| &mut report.lost, story);
        }
        for order in verdict.double {
            let story = format!("double: {}", self.story(&order).await);
            report.accuse(|report| &mut report.double, story);
        }
        for order in verdict.forged {
            let story = format!("forged: {}", self.story(&order).await);
            report.accuse(|report| &mut report.forged, story);
        }
        for heard in lock(&world.told).iter() {
            if !told.contains(heard) {
                let story = format!("told, and told no more: {} {}", heard.seq, heard.words);
                report.accuse(|report| &mut report.forgotten, story);
            }
        }
        for order in lock(&world.denied).iter() {
            let story = format!("acknowledged, and then unknown: {order}");
            report.accuse(|report| &mut report.forgotten, story);
        }
        let book = world.machine().0.book();
        report.payments += book.len() as u64;
        report.refunds += book.iter().filter(|line| line.refunded.minor > 0).count() as u64;
        report.orders += world.orders.load(Relaxed);
        report.told += told.len() as u64;
        Ok(())
    }

    /// All that is known of an order: what the gateways have, and what the program says happened.
    async fn story(&self, order: &str) -> String {
        let book = self.world.machine().0.book();
        let is_of = |line: &&Booked| line.order_id.split('-').next() == Some(order);
        let mut story = order.to_owned();
        for line in book.iter().filter(is_of) {
            let (at, back) = (line.at, line.refunded.minor);
            let (taken, standing) = (line.amount.minor, line.standing);
            story += &format!("\n  {at} the gateway took {taken}, gave back {back}: {standing:?}");
        }
        let path = format!("/orders/{order}");
        let Ok(shown) = self.world.merchant(order, &path, None).await else {
            return story;
        };
        let shown = shown.json();
        for row in shown["timeline"].as_array().into_iter().flatten() {
            let [at, kind, from, to, note] =
                ["at", "kind", "from", "to", "note"].map(|name| &row[name]);
            story += &format!("\n  {at} {kind} {from} -> {to} {note}");
        }
        let next: Vec<_> = shown["attempts"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|attempt| attempt["nextCheckAt"].to_string())
            .collect();
        story + &format!("\n  next check at {}", next.join(", "))
    }

    /// Orders whose billing key the gateway deleted, and of which the merchant was not told.
    fn keys_still_there(&self, told: &[world::Told]) -> Vec<String> {
        let gone = lock(&self.world.keys_gone);
        let is_told = |order: &&String| {
            let mut of_keys = told
                .iter()
                .filter(|told| told.kind == "billing_key.deleted");
            of_keys.any(|told| told.order == **order)
        };
        gone.iter()
            .filter(|order| !is_told(order))
            .cloned()
            .collect()
    }

    /// At the end of a chapter the whole file is checked.
    async fn look_whole(&self, report: &mut Report) -> Result<(), Failed> {
        let folder: &Path = &self.folder.path().join("look");
        let copy = file::copy(&self.program.file, folder)?;
        let left = Left::open(&copy)?.ok_or("there is no ledger in the file")?;
        for order in left.stuck()? {
            report.accuse(|report| &mut report.stuck, format!("stuck: {order}"));
        }
        if !left.is_whole()? {
            let story = "the file is not whole".to_owned();
            report.accuse(|report| &mut report.forgotten, story);
        }
        report.waiting += left.in_doubt()?;
        if self.program.has_clock() && left.latest()? < clock::in_an_hour() {
            return Err("the library was not loaded: the program's clock is right".into());
        }
        let orders = left.orders()?;
        drop(left);
        for order in file::broken_chains(&copy, &orders).await? {
            let story = format!("its chain is broken: {order}");
            report.accuse(|report| &mut report.forgotten, story);
        }
        Ok(())
    }
}
