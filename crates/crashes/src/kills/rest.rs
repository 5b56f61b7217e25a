//! The end of a chapter: the program is left alone until all is told, and then it is judged.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use paypair_sandbox::Booked;
use serde_json::Value;

use super::file::{self, Left};
use super::inbox::Found;
use super::judge::{self, Doubt, Verdict};
use super::outlook::{self, Outlook};
use super::report::Report;
use super::world::{Told, World, lock};
use super::{Chapter, Failed, Mistake, clock, merchant};

/// With a clock that was off, what is in doubt after this long waits for a person.
const SETTLING: Duration = Duration::from_secs(20);
/// A check that is so late will not come: the program looks every second.
const LATE: Duration = Duration::from_secs(10);
/// The last process lives longer than that, so that a check that does not come can be late.
const LAST: Duration = Duration::from_secs(13);
/// So many checks the program begins each second, at most.
const CHECKS_A_SECOND: u64 = 16;
/// How often it is judged.
const ROUND: Duration = Duration::from_millis(200);
/// And how often when all that is waited for is the program's next look or try.
const SLOWER: Duration = Duration::from_secs(5);
/// What the program will look at or tell again soon is waited for so many times as long as anything else.
const LONGER: u32 = 10;
/// And a deleted billing key that is not told: nothing shows when the program looks at one again, and its third look comes by then.
const LONGER_FOR_KEYS: u32 = 4;

/// Who was judged how at the end, although not all of it was told.
#[derive(Debug, Default)]
pub(super) struct Rested {
    lost: BTreeSet<String>,
    /// Not lost: the program could not look, and will.
    waiting: BTreeSet<String>,
}

/// How it stands.
struct Standing {
    verdict: Verdict,
    post: Found,
    /// Orders whose billing key the gateway deleted, and of which the merchant was not told.
    keys: Vec<String>,
    /// Events that the merchant had read, and that are not listed as they were.
    gone: Vec<String>,
    /// How many events are listed.
    listed: usize,
}

/// What the merchant knew before it asked for the list: what comes meanwhile need not be in it.
struct Before {
    /// The webhooks that had come.
    came: BTreeSet<String>,
    /// How many events it had read.
    read: usize,
}

impl Before {
    fn of(world: &World) -> Self {
        Self {
            came: lock(&world.inbox).ids(),
            read: lock(&world.told).len(),
        }
    }
}

impl Standing {
    fn of(world: &World, before: &Before, listed: &[Value], doubt: Doubt) -> Self {
        // Copies: whoever brings a webhook or reads meanwhile does not wait.
        let inbox = lock(&world.inbox).clone();
        let read = lock(&world.told)[..before.read].to_vec();
        let told = inbox.log();
        let book = world.machine().0.book();
        let wanted = lock(&world.wanted_back).clone();
        Self {
            verdict: judge::judge(&book, &told, &wanted, doubt),
            post: inbox.judge(listed, &before.came),
            keys: keys_still_there(world, &told),
            gone: gone(&read, listed),
            listed: listed.len(),
        }
    }

    fn is_all_told(&self) -> bool {
        self.verdict.lost.is_empty() && self.keys.is_empty() && self.post.unheard.is_empty()
    }
}

impl Chapter {
    /// How long the last process has to live until what is late by now is looked at, by what the last kill left.
    pub(super) fn least_rest(&self) -> Result<Duration, Failed> {
        let copy = file::copy(&self.program.file, &self.folder.path().join("look"))?;
        let late = match Left::open(&copy)? {
            Some(left) => left.stuck(clock::last_now(self.program.has_clock()))?.len() as u64,
            None => 0,
        };
        Ok(LAST + Duration::from_secs(late / CHECKS_A_SECOND))
    }

    /// Leaves the program alone until all is told, and judges.
    pub(super) async fn rest(
        &self,
        least: Duration,
        report: &mut Report,
    ) -> Result<Rested, Failed> {
        let world = &self.world;
        let began = Instant::now();
        let standing = loop {
            let doubt = match self.program.has_clock() && began.elapsed() > SETTLING {
                true => Doubt::PartsMayStay,
                false => Doubt::IsSettled,
            };
            let standing = self.judge(doubt).await?;
            let long_enough = began.elapsed() > least;
            if long_enough && standing.is_all_told() {
                break standing;
            }
            let mut round = ROUND;
            if long_enough && began.elapsed() > self.patience {
                let may_last = began.elapsed() < self.patience * LONGER;
                if !may_last || !self.is_about_to(&standing, began.elapsed()).await {
                    break standing;
                }
                round = SLOWER;
            }
            tokio::time::sleep(round).await;
        };
        let Standing {
            verdict,
            post,
            keys,
            gone,
            listed,
        } = standing;
        let mut rested = Rested::default();
        for (order, names) in verdict.lost {
            let shown = self.shown(&order).await;
            let story = self.story(&order, &shown);
            if Outlook::of(&shown, &names, self.its_now()) == Outlook::Far {
                report.excuse(format!("waiting: {story}"));
                rested.waiting.insert(order);
            } else {
                report.accuse(|report| &mut report.lost, format!("lost: {story}"));
                rested.lost.insert(order);
            }
        }
        for order in keys {
            let story = format!("a deleted billing key is not told: {order}");
            report.accuse(|report| &mut report.lost, story);
        }
        for order in verdict.double {
            let story = self.story(&order, &self.shown(&order).await);
            let story = format!("double: {story}");
            report.accuse(|report| &mut report.double, story);
        }
        for order in verdict.forged {
            let story = self.story(&order, &self.shown(&order).await);
            let story = format!("forged: {story}");
            report.accuse(|report| &mut report.forged, story);
        }
        for event in post.unheard {
            let story = format!("listed, and the merchant's server never got it: {event}");
            report.accuse(|report| &mut report.lost, story);
        }
        for event in post.unlisted {
            let story = format!("the merchant's server got it, and it is not listed: {event}");
            report.accuse(|report| &mut report.forgotten, story);
        }
        for what in post.mistold {
            report.accuse(|report| &mut report.mistold, format!("mistold: {what}"));
        }
        for event in gone {
            let story = format!("told, and told no more: {event}");
            report.accuse(|report| &mut report.forgotten, story);
        }
        for order in lock(&world.denied).iter() {
            let story = format!("acknowledged, and then unknown: {order}");
            report.accuse(|report| &mut report.forgotten, story);
        }
        let book = world.machine().0.book();
        report.payments += book.len() as u64;
        report.refunds += book.iter().filter(|line| line.refunded.minor > 0).count() as u64;
        report.orders += world.orders.load(Relaxed);
        report.told += listed as u64;
        let inbox = lock(&world.inbox);
        report.webhooks += inbox.posts;
        report.unthanked += inbox.unthanked;
        Ok(rested)
    }

    /// Judges, and not where webhooks and the courier are answered: under load the harness would make the program's calls time out.
    async fn judge(&self, doubt: Doubt) -> Result<Standing, Failed> {
        let world = Arc::clone(&self.world);
        let before = Before::of(&world);
        let listed = merchant::list(&world)
            .await
            .map_err(|_| "the program died by itself, or does not list its events")?;
        let judged =
            tokio::task::spawn_blocking(move || Standing::of(&world, &before, &listed, doubt));
        Ok(judged.await?)
    }

    /// Whether the program will look or tell again before long. What a planted mistake broke does not heal.
    async fn is_about_to(&self, standing: &Standing, waited: Duration) -> bool {
        if self.mistake != Mistake::None {
            return false;
        }
        if !standing.keys.is_empty() && waited < self.patience * LONGER_FOR_KEYS {
            return true;
        }
        if !standing.post.unheard.is_empty() {
            let path = "/deliveries?state=pending&target=webhook";
            let asked = self.world.merchant("the deliveries", path, None).await;
            if asked.is_ok_and(|pending| outlook::is_soon_told(&pending.json(), self.its_now())) {
                return true;
            }
        }
        for (order, names) in &standing.verdict.lost {
            let shown = self.shown(order).await;
            if Outlook::of(&shown, names, self.its_now()) == Outlook::Near {
                return true;
            }
        }
        false
    }

    /// What time it is for the last process.
    fn its_now(&self) -> Timestamp {
        let now = clock::last_now(self.program.has_clock());
        Timestamp::from_millisecond(now).unwrap_or_default()
    }

    /// What the program says of an order; nothing if it says nothing.
    async fn shown(&self, order: &str) -> Value {
        let path = format!("/orders/{order}");
        match self.world.merchant(order, &path, None).await {
            Ok(shown) => shown.json(),
            Err(_) => Value::Null,
        }
    }

    /// All that is known of an order: what the gateways have, and what the program says happened.
    fn story(&self, order: &str, shown: &Value) -> String {
        let book = self.world.machine().0.book();
        let is_of = |line: &&Booked| line.order_id.split('-').next() == Some(order);
        let mut story = order.to_owned();
        for line in book.iter().filter(is_of) {
            let (at, back) = (line.at, line.refunded.minor);
            let (taken, standing) = (line.amount.minor, line.standing);
            story += &format!("\n  {at} the gateway took {taken}, gave back {back}: {standing:?}");
        }
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

    /// At the end of a chapter the whole file is checked.
    pub(super) async fn look_whole(
        &self,
        rested: &Rested,
        report: &mut Report,
    ) -> Result<(), Failed> {
        let world = &self.world;
        let folder: &Path = &self.folder.path().join("look");
        let copy = file::copy(&self.program.file, folder)?;
        let left = Left::open(&copy)?.ok_or("there is no ledger in the file")?;
        let promises = world.take_promises();
        self.look_for(promises, &left, "after the last kill", report)?;
        report.unacknowledged += lock(&world.unanswered).counted();
        let late = i64::try_from(LATE.as_millis()).unwrap_or(i64::MAX);
        let overdue = clock::last_now(self.program.has_clock()) - late;
        for order in left.stuck(overdue)? {
            report.accuse(|report| &mut report.stuck, format!("stuck: {order}"));
        }
        if !left.is_whole()? {
            let story = "the file is not whole".to_owned();
            report.accuse(|report| &mut report.forgotten, story);
        }
        let in_doubt = left.in_doubt()?;
        let in_doubt = in_doubt.union(&rested.waiting);
        let waiting = in_doubt.filter(|order| !rested.lost.contains(*order));
        report.waiting += waiting.count() as u64;
        // No call is made twice: what is written and never came was cut off before its first byte.
        report.unsent += left.calls()?.saturating_sub(world.calls.load(Relaxed));
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

/// Events that the merchant read and that are not listed, or otherwise.
fn gone(read: &[Told], listed: &[Value]) -> Vec<String> {
    let listed = listed.iter().map(merchant::told);
    let listed: BTreeMap<u64, Told> = listed.map(|told| (told.seq, told)).collect();
    read.iter()
        .filter(|told| listed.get(&told.seq) != Some(told))
        .map(|told| format!("{} {}", told.seq, told.words))
        .collect()
}

/// Orders whose billing key the gateway deleted, and of which the merchant was not told.
fn keys_still_there(world: &World, told: &[Told]) -> Vec<String> {
    let gone = lock(&world.keys_gone);
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use serde_json::json;

    use super::super::Setup;
    use super::super::killer::Killer;
    use super::*;

    fn world() -> Arc<World> {
        let setup = Setup {
            program: PathBuf::new(),
            kills: 0,
            chapter: 1,
            seed: 1,
            rest: Duration::ZERO,
            clock: None,
            aim: None,
            mistake: Mistake::None,
        };
        World::new(Killer::new(), 1, String::new(), &setup).unwrap()
    }

    fn event(seq: u64) -> Value {
        json!({ "id": format!("evt_{seq}"), "seq": seq, "orderId": "a", "type": "payment.expired" })
    }

    #[test]
    fn what_was_read_before_the_list_was_asked_for_is_listed_and_what_comes_later_need_not_be() {
        let world = world();
        let read = |seq| lock(&world.told).push(merchant::told(&event(seq)));
        let gone = |before: &Before, listed: &[Value]| {
            Standing::of(&world, before, listed, Doubt::IsSettled)
                .gone
                .len()
        };
        read(1);
        let before = Before::of(&world);
        read(2);
        assert_eq!(gone(&before, &[event(1)]), 0);
        assert_eq!(gone(&before, &[]), 1, "forgotten");
        let mut other = event(1);
        other["type"] = "payment.declined".into();
        assert_eq!(gone(&before, &[other]), 1, "otherwise");
        assert_eq!(gone(&Before::of(&world), &[event(1)]), 1, "the second one");
    }
}
