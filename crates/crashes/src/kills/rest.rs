//! The end of a chapter: the program is left alone until all is told, and then it is judged.

use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use paypair_sandbox::Booked;

use super::file::{self, Left};
use super::judge::{self, Doubt};
use super::report::Report;
use super::world::{self, lock};
use super::{Chapter, Failed, clock, merchant};

/// With a clock that was off, what is in doubt after this long waits for a person.
const SETTLING: Duration = Duration::from_secs(20);
/// A check that is so late will not come: the program looks every second.
const LATE: Duration = Duration::from_secs(10);
/// The last process lives longer than that, so that a check that does not come can be late.
const LAST: Duration = Duration::from_secs(13);
/// So many checks the program begins each second, at most.
const CHECKS_A_SECOND: u64 = 16;

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
    pub(super) async fn rest(&self, least: Duration, report: &mut Report) -> Result<(), Failed> {
        let world = &self.world;
        let began = Instant::now();
        let (verdict, post, listed) = loop {
            let doubt = match self.program.has_clock() && began.elapsed() > SETTLING {
                true => Doubt::PartsMayStay,
                false => Doubt::IsSettled,
            };
            let came = lock(&world.inbox).ids();
            let listed = merchant::list(world)
                .await
                .map_err(|_| "the program died by itself")?;
            let post = lock(&world.inbox).judge(&listed, &came);
            let told = lock(&world.inbox).log();
            let book = world.machine().0.book();
            let verdict = judge::judge(&book, &told, &lock(&world.wanted_back), doubt);
            let keys_told = self.keys_still_there(&told).is_empty();
            let all_told = verdict.lost.is_empty() && keys_told && post.unheard.is_empty();
            let long_enough = began.elapsed() > least;
            if long_enough && (all_told || began.elapsed() > self.patience) {
                break (verdict, post, listed);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        for order in verdict.lost {
            let story = format!("lost: {}", self.story(&order).await);
            report.accuse(|report| &mut report.lost, story);
        }
        for order in self.keys_still_there(&lock(&world.inbox).log()) {
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
        let told: Vec<_> = listed.iter().map(merchant::told).collect();
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
        let inbox = lock(&world.inbox);
        report.webhooks += inbox.posts;
        report.unthanked += inbox.unthanked;
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
    pub(super) async fn look_whole(&self, report: &mut Report) -> Result<(), Failed> {
        let world = &self.world;
        let folder: &Path = &self.folder.path().join("look");
        let copy = file::copy(&self.program.file, folder)?;
        let left = Left::open(&copy)?.ok_or("there is no ledger in the file")?;
        let late = i64::try_from(LATE.as_millis()).unwrap_or(i64::MAX);
        let overdue = clock::last_now(self.program.has_clock()) - late;
        for order in left.stuck(overdue)? {
            report.accuse(|report| &mut report.stuck, format!("stuck: {order}"));
        }
        if !left.is_whole()? {
            let story = "the file is not whole".to_owned();
            report.accuse(|report| &mut report.forgotten, story);
        }
        report.waiting += left.in_doubt()?;
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
