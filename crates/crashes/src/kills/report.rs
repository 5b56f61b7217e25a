//! What came of it all, for people and for scripts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::file::Hit;
use super::point::Point;

/// What came of so many kills.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Kills by the moment they came at, as seen from outside.
    pub points: BTreeMap<Point, u64>,
    /// Kills by where they hit, as the file said afterwards.
    pub hits: BTreeMap<Hit, u64>,
    /// Money calls that were between intent and record at a kill, by what they were; a kill may hit several.
    pub cut_off: BTreeMap<String, u64>,
    /// Of money calls that were written down: those that no gateway ever got.
    pub unsent: u64,
    /// Notices that were written down at a kill and had not been acknowledged.
    pub unacknowledged: u64,
    /// Orders that were placed, charges among them.
    pub orders: u64,
    /// Payments in the gateways' book.
    pub payments: u64,
    /// Of them given back, wholly or in part.
    pub refunds: u64,
    /// Acknowledged things that were looked for in the file after a kill.
    pub promises: u64,
    /// Events that the program lists for the merchant.
    pub told: u64,
    /// Webhooks that reached the merchant's server, again and again some of them.
    pub webhooks: u64,
    /// Of them, those the program was not told to have been taken: refused, answered too late or not at all.
    pub unthanked: u64,
    /// Orders that wait in doubt at the end and are not lost: of calls that the gateway never got, since absence is believed after an
    /// hour; and those whose lookups failed, if the next one lies beyond the end.
    pub waiting: u64,
    /// Of them, those that were captured or given back and of which the merchant was not told so, since no gateway answered the lookups.
    pub unlooked: u64,
    /// Captured and kept, or given back, and the merchant was not told so; or listed, and the merchant's server never got it.
    pub lost: u64,
    /// Captured, given back, asked for or told twice.
    pub double: u64,
    /// Told as paid, and nothing was captured.
    pub forged: u64,
    /// Acknowledged or told, and gone after a kill; files that are not whole and chains that are broken too.
    pub forgotten: u64,
    /// Open, and nothing is going to look at it, or should have long ago.
    pub stuck: u64,
    /// Webhooks that came unsigned, out of an order's order, or otherwise than before or than the program lists them.
    pub mistold: u64,
    /// How long the killing took.
    pub killing: Duration,
    /// How long it took after the last kill of each chapter until all was told.
    pub resting: Duration,
    /// What is wrong, with whom.
    pub stories: Vec<String>,
}

impl Report {
    /// Whether nothing is wrong.
    pub const fn is_clean(&self) -> bool {
        self.lost + self.double + self.forged + self.forgotten + self.stuck + self.mistold == 0
    }

    /// Whether enough kills hit between an intent and its record; of a few kills nobody can say.
    pub fn hits_enough(&self) -> bool {
        self.kills() < MANY || self.between() * ONE_IN >= self.kills()
    }

    /// Whether the program could look at nearly all payments: what it could not look at is not judged.
    pub const fn looks_enough(&self) -> bool {
        self.unlooked * ONE_UNLOOKED_IN <= self.payments
    }

    /// How many kills there were.
    pub fn kills(&self) -> u64 {
        self.points.values().sum()
    }

    /// How many of them hit between an intent and its record.
    pub fn between(&self) -> u64 {
        let hits = self.hits.get(&Hit::BetweenIntentAndRecord);
        hits.copied().unwrap_or_default()
    }

    /// Something is wrong with somebody.
    pub(super) fn accuse(&mut self, what: fn(&mut Self) -> &mut u64, story: String) {
        *what(self) += 1;
        self.tell(story);
    }

    /// Something is not told, and may yet be. It leaves room for the stories of what is wrong.
    pub(super) fn excuse(&mut self, story: String) {
        if self.unlooked < EXCUSES {
            self.tell(story);
        }
        self.unlooked += 1;
    }

    /// Something that people should read.
    fn tell(&mut self, story: String) {
        if self.stories.len() < STORIES {
            self.stories.push(story);
        }
    }

    /// Both histograms and what was lived through.
    pub fn table(&self) -> String {
        let mut text = String::new();
        let mut rows = |title: &str, rows: Vec<(String, u64)>| {
            let _ = writeln!(text, "{title}");
            for (name, times) in rows {
                let share = times * 1000 / self.kills().max(1);
                let _ = writeln!(
                    text,
                    "{times:>7} {:>3}.{} %  {name}",
                    share / 10,
                    share % 10
                );
            }
        };
        let points = self.points.iter();
        rows(
            "killed:",
            points.map(|(point, n)| (point.to_string(), *n)).collect(),
        );
        let hits = self.hits.iter();
        rows(
            "hit, by the file:",
            hits.map(|(hit, n)| (hit.to_string(), *n)).collect(),
        );
        let cut_off: Vec<_> = self
            .cut_off
            .iter()
            .map(|(op, n)| format!("{op} {n}"))
            .collect();
        let _ = writeln!(text, "money calls cut off: {}", cut_off.join(", "));
        let _ = writeln!(
            text,
            "{} of them never sent; {} notices written and not acknowledged",
            self.unsent, self.unacknowledged
        );
        if !self.hits_enough() {
            let (between, kills) = (self.between(), self.kills());
            let _ = writeln!(
                text,
                "too few: {between} of {kills} kills hit between intent and record, not one in {ONE_IN}"
            );
        }
        if !self.looks_enough() {
            let (unlooked, payments) = (self.unlooked, self.payments);
            let _ = writeln!(
                text,
                "too many: {unlooked} of {payments} payments could not be looked at, more than one in {ONE_UNLOOKED_IN}"
            );
        }
        let _ = writeln!(
            text,
            "orders={} payments={} refunds={} told={} promises={} waiting={} unlooked={}",
            self.orders,
            self.payments,
            self.refunds,
            self.told,
            self.promises,
            self.waiting,
            self.unlooked
        );
        let _ = writeln!(
            text,
            "webhooks={}, {} of them not thanked for",
            self.webhooks, self.unthanked
        );
        let _ = writeln!(
            text,
            "killing={:.1} s, rest={:.1} s",
            self.killing.as_secs_f32(),
            self.resting.as_secs_f32()
        );
        for story in &self.stories {
            let _ = writeln!(text, "{story}");
        }
        text
    }

    /// The last line.
    pub fn line(&self) -> String {
        format!(
            "kills={} between={} lost={} double={} forged={} forgotten={} stuck={} mistold={}",
            self.kills(),
            self.between(),
            self.lost,
            self.double,
            self.forged,
            self.forgotten,
            self.stuck,
            self.mistold,
        )
    }
}

/// More than that nobody reads.
const STORIES: usize = 40;
/// So many of them may be of what is not wrong.
const EXCUSES: u64 = 20;
/// At most one payment in so many may be left that could not be looked at.
const ONE_UNLOOKED_IN: u64 = 10;
/// From so many kills on it is judged where they hit.
const MANY: u64 = 500;
/// One in so many is to hit between an intent and its record.
const ONE_IN: u64 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_kills_have_to_hit() {
        let of = |kills, between| Report {
            points: BTreeMap::from([(Point::Random, kills)]),
            hits: BTreeMap::from([(Hit::BetweenIntentAndRecord, between)]),
            ..Report::default()
        };
        assert!(of(499, 0).hits_enough(), "too few to say");
        assert!(of(500, 50).hits_enough());
        let missed = of(500, 49);
        assert!(!missed.hits_enough() && missed.is_clean());
        let table = missed.table();
        assert!(table.contains("too few: 49 of 500 kills"), "{table}");
        assert!(!of(500, 50).table().contains("too few"));
    }

    #[test]
    fn what_could_not_be_looked_at_is_little() {
        let of = |unlooked, payments| Report {
            unlooked,
            payments,
            ..Report::default()
        };
        assert!(of(0, 0).looks_enough());
        assert!(of(5, 50).looks_enough());
        let blind = of(6, 50);
        assert!(!blind.looks_enough() && blind.is_clean());
        let table = blind.table();
        assert!(table.contains("too many: 6 of 50 payments"), "{table}");
        assert!(!of(5, 50).table().contains("too many"));
    }

    #[test]
    fn what_may_wait_leaves_room_for_what_is_lost() {
        let mut report = Report::default();
        for n in 0..100 {
            report.excuse(format!("waiting: {n}"));
        }
        report.accuse(|report| &mut report.lost, "lost: a".to_owned());
        assert_eq!((report.unlooked, report.lost), (100, 1));
        assert_eq!(report.stories.last().unwrap(), "lost: a");
    }
}
