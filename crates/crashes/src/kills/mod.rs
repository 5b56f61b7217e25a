//! `kill -9`: the real program over real HTTP on a real file, killed again and again while people pay, and started again at once.
//!
//! The harness is everything around the program: the gateways (the sandbox's core behind HTTP), the courier of their notices, the buyers
//! and the merchant's server, which is told by webhooks, over HTTP too. So it knows when a call has reached a gateway, a notice was
//! acknowledged or a webhook was taken, and kills at such a moment without any switch in the program; or at random. A *chapter* is one
//! ledger with many kills. When they are over the program is left alone until all that was captured is told, and then the gateways' own
//! money book judges, by what the merchant's server noted.
//!
//! The seed decides everything that the harness decides. When the operating system runs which thread it does not decide: two runs of one
//! seed aim alike and do not hit alike.

mod clock;
mod courier;
mod customers;
mod file;
mod gateways;
mod inbox;
mod judge;
mod killer;
mod log;
mod merchant;
mod outlook;
mod point;
mod program;
mod report;
mod rest;
mod unanswered;
mod webhooks;
mod world;

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::dice::Dice;
use clock::Clock;
pub use file::Hit;
use file::Left;
use gateways::Gateways;
use killer::Killer;
use log::Watch;
use point::Aim;
pub use point::{Op, Point, Progress};
use program::Program;
pub use report::Report;
use world::{Promise, World, lock};

/// Why it could not be done.
pub type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Customers at once.
const CUSTOMERS: u64 = 10;
/// How long an aimed moment is waited for before the kill comes anyway.
const PATIENCE: Duration = Duration::from_millis(600);
/// Or so many times as long as this start took: on a loaded machine buyers are slower by as much.
const STARTS: u32 = 4;
/// A program that does not listen by then hangs.
const HANGS: Duration = Duration::from_secs(120);
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
    /// Something in front of the merchant's server takes a webhook now and then, and forgets it.
    SwallowedWebhook,
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
    /// How long the last process of a chapter may take until all is told; ten times as long if it has set itself another look or try soon.
    pub rest: Duration,
    /// `libclock.so`, if the program's clock is to jump by two hours, either way.
    pub clock: Option<PathBuf>,
    /// Every life is to end by this moment; without it, each by one that is drawn.
    pub aim: Option<Point>,
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
    aim: Option<Point>,
    patience: Duration,
    /// How long the program takes to start, at most, as seen so far.
    starting: Duration,
    /// Money calls that an earlier kill cut off, as the last one left them.
    cut_off: BTreeSet<i64>,
    /// Something was acknowledged: there is a ledger.
    has_promised: bool,
    /// The merchant's server listens here.
    receiver: TcpListener,
    _gateways: Gateways,
}

impl Chapter {
    fn open(setup: &Setup, seed: u64) -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let gateways = format!("http://{}", listener.local_addr()?);
        let receiver = TcpListener::bind("127.0.0.1:0")?;
        receiver.set_nonblocking(true)?;
        let told_at = format!("http://{}/webhooks/paypair", receiver.local_addr()?);
        let program = Program::new(setup, folder.path(), &gateways, &told_at)?;
        let world = World::new(Killer::new(), seed, gateways, setup)?;
        Ok(Self {
            _gateways: Gateways::serve(Arc::clone(&world), listener)?,
            folder,
            program,
            world,
            dice: Dice::new(seed),
            mistake: setup.mistake,
            aim: setup.aim,
            patience: setup.rest,
            starting: Duration::from_millis(20),
            cut_off: BTreeSet::new(),
            has_promised: false,
            receiver,
        })
    }

    async fn live(mut self, kills: u64, report: &mut Report) -> Result<(), Failed> {
        let courier = tokio::spawn(courier::work(Arc::clone(&self.world)));
        let reader = tokio::spawn(merchant::work(Arc::clone(&self.world)));
        let receiver = tokio::net::TcpListener::from_std(self.receiver.try_clone()?)?;
        let receiver = tokio::spawn(webhooks::work(Arc::clone(&self.world), receiver));
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
        let least = self.least_rest()?;
        // Whatever was put off while the clock was ahead comes due.
        self.start(None, Clock::ahead()).await?;
        self.world.close();
        let closing = async { while customers.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(CLOSING, closing).await;
        customers.abort_all();
        let rested = self.rest(least, report).await;
        report.resting += began.elapsed();
        reader.abort();
        courier.abort();
        let rested = rested?;
        self.world.killer.wait(Duration::ZERO, Point::Random).await;
        receiver.abort();
        self.look_whole(&rested, report).await
    }

    /// One life of the program, from its start to its death.
    async fn kill_once(&mut self) -> Result<Point, Failed> {
        let drawn = Aim::draw(&mut self.dice, self.starting);
        // Nothing else will do, so it may take its time.
        let (aim, patience) = match self.aim {
            Some(point) => (Aim::at(point), 10 * PATIENCE),
            None => (drawn, PATIENCE),
        };
        let clock = Clock::draw(&mut self.dice);
        if aim.point == Point::Starting {
            let (child, _stdout) = self.program.start(clock)?;
            self.world.killer.take(child, None);
            return Ok(self.world.killer.wait(aim.delay, aim.point).await);
        }
        let began = Instant::now();
        self.start(Some(aim), clock).await?;
        let patience = patience.max(STARTS * began.elapsed());
        let killer = &self.world.killer;
        let _watch = Watch::begin(killer, &self.program.file, aim.point);
        Ok(match aim.point {
            Point::Random | Point::Recovering => killer.wait(aim.delay, aim.point).await,
            _ => killer.wait(patience, Point::Overdue).await,
        })
    }

    /// Starts the program and waits until it listens, or is killed.
    async fn start(&mut self, aim: Option<Aim>, clock: Clock) -> Result<(), Failed> {
        let began = Instant::now();
        let (child, stdout) = self.program.start(clock)?;
        self.world.killer.take(child, aim);
        let Some(address) = program::address_within(HANGS, stdout).await? else {
            // Whoever reads its output is done with it.
            self.world.killer.wait(Duration::ZERO, Point::Overdue).await;
            return Err("the program does not listen after two minutes".into());
        };
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
    fn look(&mut self, n: u64, report: &mut Report) -> Result<(), Failed> {
        let folder = self.folder.path().join("look");
        std::fs::create_dir_all(&folder)?;
        let promises = self.world.take_promises();
        let older = folder.join("orders.sqlite");
        if self.mistake == Mistake::OlderFile && !promises.is_empty() && older.exists() {
            file::copy(&older, self.folder.path())?;
        }
        let copy = file::copy(&self.program.file, &folder)?;
        self.has_promised |= !promises.is_empty();
        let Some(left) = Left::open(&copy)? else {
            *report.hits.entry(Hit::Idle).or_default() += 1;
            if self.has_promised {
                let story = format!("after kill {n} there is no ledger in the file any more");
                report.accuse(|report| &mut report.forgotten, story);
            }
            return Ok(());
        };
        let cut_off = left.cut_off()?;
        let new = cut_off.iter().filter(|(id, _)| !self.cut_off.contains(id));
        let new: Vec<_> = new.map(|(_, op)| op.clone()).collect();
        *report.hits.entry(left.hit(!new.is_empty())?).or_default() += 1;
        for op in new {
            *report.cut_off.entry(op).or_default() += 1;
        }
        self.cut_off = cut_off.into_keys().collect();
        self.look_for(promises, &left, &format!("after kill {n}"), report)?;
        if n.is_multiple_of(CHECK_EVERY) && !left.is_whole()? {
            let story = format!("after kill {n} the file is not whole");
            report.accuse(|report| &mut report.forgotten, story);
        }
        Ok(())
    }

    /// Whether the file that a kill left knows what was acknowledged before it.
    fn look_for(
        &self,
        promises: Vec<Promise>,
        left: &Left,
        when: &str,
        report: &mut Report,
    ) -> Result<(), Failed> {
        for promise in promises {
            report.promises += 1;
            if !left.keeps(&promise)? {
                let story = format!("{when} the file does not know: {promise:?}");
                report.accuse(|report| &mut report.forgotten, story);
            }
        }
        lock(&self.world.unanswered).look(|body| left.has_noted(body))?;
        Ok(())
    }
}
