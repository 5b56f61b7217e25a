//! Power cuts: payments over the real store, on a disk that forgets what was not synced.
//!
//! A *life* is one ledger with several cuts. After each, what is left of the file is opened again and must hold all that was acknowledged;
//! then the unfinished orders go on and new ones come. In the end the gateway's own count says whether money was lost or doubled.

mod card;
mod check;
mod merchant;
mod notice;
mod order;
#[cfg(test)]
mod tests;
mod till;

use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use paypair_ledger::{SqliteStore, Store, StoreError, Timestamp};

use crate::dice::Dice;
use crate::disk::{Cut, Loss};
use crate::{Disk, cards};
use order::End;
pub use till::Acknowledge;
use till::{Till, World};

/// Cuts of one ledger.
const CUTS_OF_A_LIFE: u64 = 6;
/// Orders that come between two cuts.
const NEW_ORDERS: u64 = 5;
/// More changes and syncs than come between two cuts, so that some cuts hit the quiet after the work.
const STEPS: u64 = 300;
const SYNCS: u64 = 24;

/// What to do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setup {
    /// The first seed; each life has its own.
    pub seed: u64,
    /// How many cuts, at least.
    pub cuts: u64,
    /// When writes are acknowledged.
    pub acknowledge: Acknowledge,
    /// Work with `synchronous=OFF`.
    pub never_sync: bool,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Cuts.
    pub cuts: u64,
    /// Of them: in the middle of an opening.
    pub while_opening: u64,
    /// Of them: when there was nothing to write.
    pub while_idle: u64,
    /// Writes that were acknowledged.
    pub acknowledged: u64,
    /// Payments the gateway took.
    pub captures: u64,
    /// Refunds the gateway gave.
    pub refunds: u64,
    /// Billing keys the gateway deleted.
    pub deletions: u64,
    /// Callbacks that were acknowledged.
    pub notices: u64,
    /// Webhooks that the merchant took and that were noted as taken.
    pub deliveries: u64,
    /// Answers that were kept under an idempotency key.
    pub answers: u64,
    /// Syncs that SQLite asked for.
    pub syncs: u64,
    /// Orders about which something acknowledged was gone after a cut; and the next three.
    pub forgotten: u64,
    /// Acknowledged callbacks that were gone after a cut, or that the inbox did not know again.
    pub forgotten_notices: u64,
    /// Webhooks of which the event was gone after a cut, or another, or that they had been taken.
    pub forgotten_deliveries: u64,
    /// Idempotency keys that stood for nothing, or without their answer, after a cut.
    pub forgotten_answers: u64,
    /// Files that could not be opened, were not whole, whose chain was broken, or whose outbox did not fit their states.
    pub broken: u64,
    /// Orders whose money was taken, and that did not end paid or given back; deleted keys that are not known to be.
    pub lost: u64,
    /// Payments, refunds and deletions of the gateway's that the merchant is not told of in the end, or not once; payments that are told
    /// and that it never took.
    pub untold: u64,
    /// Orders whose money was taken twice or given back twice; keys deleted twice.
    pub doubled: u64,
    /// Orders that did not end, although the power stayed on.
    pub stuck: u64,
}

impl Tally {
    /// Whether nothing is wrong.
    pub const fn is_clean(&self) -> bool {
        self.forgotten + self.broken + self.lost + self.untold + self.doubled + self.stuck == 0
    }
}

/// Cuts so often.
pub async fn run(setup: Setup) -> std::io::Result<Tally> {
    let mut tally = Tally::default();
    let mut seed = setup.seed;
    while tally.cuts < setup.cuts {
        let mut life = Life {
            setup,
            dice: Dice::new(seed),
            world: World::default(),
            orders: Vec::new(),
            now: Timestamp::from_millis(1_700_000_000_000),
        };
        life.live(&mut tally).await?;
        seed += 1;
    }
    Ok(tally)
}

struct Life {
    setup: Setup,
    dice: Dice,
    world: World,
    orders: Vec<String>,
    now: Timestamp,
}

impl Life {
    async fn live(&mut self, tally: &mut Tally) -> std::io::Result<()> {
        let mut folder = tempfile::tempdir()?;
        for last in (0..=CUTS_OF_A_LIFE).map(|session| session == CUTS_OF_A_LIFE) {
            let disk = Disk::mount(folder.path())?;
            if self.setup.never_sync {
                disk.never_sync();
            }
            self.now = self.now.after(Duration::from_secs(3 * 3600));
            let worked = self.session(&disk, folder.path(), last, tally).await;
            tally.syncs += disk.syncs();
            if worked.is_err() && !disk.is_off() {
                // The store failed, and no cut was to blame: this ledger is at its end.
                tally.broken += 1;
                Disk::unmount(folder.path());
                break;
            }
            let next = tempfile::tempdir()?;
            if !last {
                tally.cuts += 1;
                let loss = Loss::EACH[self.dice.below(3) as usize];
                disk.restart_in(next.path(), loss, &mut self.dice)?;
            }
            Disk::unmount(folder.path());
            folder = next;
        }
        tally.acknowledged += sum(self.world.acknowledged.borrow().values().map(Vec::len));
        tally.captures += sum(self.world.captures.borrow().values().map(|n| *n as usize));
        tally.refunds += sum(self.world.refunds.borrow().values().map(|n| *n as usize));
        tally.deletions += sum(self.world.deletions.borrow().values().map(|n| *n as usize));
        tally.notices += self.world.noticed.borrow().len() as u64;
        tally.deliveries += self.world.settled.borrow().len() as u64;
        tally.answers += sum(self.world.kept.borrow().values().map(|is| usize::from(*is)));
        Ok(())
    }

    /// From one opening to the next cut, or to the end.
    async fn session(
        &mut self,
        disk: &Disk,
        folder: &Path,
        last: bool,
        tally: &mut Tally,
    ) -> Result<(), StoreError> {
        let cut = match self.dice.coin() {
            true => Cut::AtSync(1 + self.dice.below(SYNCS)),
            false => Cut::AtStep(1 + self.dice.below(STEPS)),
        };
        let early = self.dice.below(4) == 0;
        if early && !last {
            let step = 1 + self.dice.below(STEPS / 10);
            disk.cut(Cut::AtStep(step));
        }
        let file = folder.join("ledger.db");
        let opened = self.open(disk, &file, tally).await;
        tally.while_opening += u64::from(opened.is_err() && disk.is_off());
        let store = opened?;
        if !early && !last {
            disk.cut(cut);
        }
        let worked = self.work(&store, last, tally).await;
        if last {
            worked?;
            return check::ended(&store, &self.world, tally).await;
        }
        if !disk.is_off() {
            worked?;
            tally.while_idle += 1;
            // Now and then the program ends in good order, and the power goes after that.
            if self.dice.coin() {
                disk.turn_off();
            }
        }
        Ok(())
    }

    async fn open(
        &self,
        disk: &Disk,
        file: &Path,
        tally: &mut Tally,
    ) -> Result<SqliteStore, StoreError> {
        let store = SqliteStore::open(file)?;
        let mut found = Tally::default();
        let checked = check::restarted(&store, file, (&self.world, self.now), &mut found).await;
        if disk.is_off() {
            // What a dying disk shows is no finding.
            return Err(StoreError::Closed);
        }
        checked?;
        tally.forgotten += found.forgotten;
        tally.forgotten_notices += found.forgotten_notices;
        tally.forgotten_deliveries += found.forgotten_deliveries;
        tally.forgotten_answers += found.forgotten_answers;
        tally.broken += found.broken;
        store.recover(self.now, self.now).await?;
        Ok(store)
    }

    /// The unfinished orders and some new ones: one after the other, or all at once so that commits carry several.
    async fn work(
        &mut self,
        store: &SqliteStore,
        last: bool,
        tally: &mut Tally,
    ) -> Result<(), StoreError> {
        for _ in 0..NEW_ORDERS {
            self.orders.push(format!("o{}", self.orders.len()));
        }
        let till = Till {
            store,
            world: &self.world,
            acknowledge: self.setup.acknowledge,
        };
        let now = self.now;
        merchant::tell(&till, now).await?;
        let orders = self.orders.iter().map(String::as_str);
        let till = &till;
        let all = orders.enumerate().map(|(n, id)| async move {
            merchant::ask(till, id, now).await?;
            match n % 5 {
                3 => card::pursue(till, id, now).await,
                4 => notice::pursue(till, id, now).await,
                _ => order::pursue(till, id, n % 3 == 0, now).await,
            }
        });
        let ends = if self.dice.coin() {
            join_all(all).await
        } else {
            let mut ends = Vec::new();
            for end in all {
                ends.push(end.await);
            }
            ends
        };
        let ends = ends.into_iter().collect::<Result<Vec<_>, _>>()?;
        merchant::tell(till, now).await?;
        if last {
            let ends = self.orders.iter().zip(ends);
            for (id, _) in ends.filter(|(_, end)| *end == End::NotReached) {
                tally.stuck += 1;
                tell_story(store, id).await?;
            }
        }
        Ok(())
    }
}

/// What happened to an order that did not end.
async fn tell_story(store: &SqliteStore, id: &str) -> Result<(), StoreError> {
    eprintln!("{id} did not end:");
    for id in [id, &cards::charge_of(id)] {
        for row in store.timeline(id).await? {
            let at = row.at.millis();
            eprintln!(
                "  {id} {at} {}: {:?} -> {:?} {:?}",
                row.kind, row.from, row.to, row.note
            );
        }
    }
    Ok(())
}

fn sum(numbers: impl Iterator<Item = usize>) -> u64 {
    numbers.map(|n| n as u64).sum()
}
