//! Breaks: where a gateway's books and ours differ. Each is a row with a life, so that nobody is told twice and nothing is forgotten.

use std::fmt;
use std::future::Future;
use std::str::FromStr;

use jiff::civil::Date;
use paypair_protocol::Gateway;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Attempt, AttemptKey, Evidence, State, StoreError, Timestamp, UnknownState};

/// What the daily reconciliation asks of a store, beside [`Store`](crate::Store).
pub trait Reconciliation: Send + Sync + 'static {
    /// The attempts at this identity of ours of which something happened from one moment to (not at) the other: they began, were
    /// paid, or a refund of theirs ended.
    fn attempts_moved(
        &self,
        gateway: Gateway,
        merchant_id: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> impl Future<Output = Result<Vec<Attempt>, StoreError>> + Send;

    /// The attempt that holds this payment of the gateway's.
    fn attempt_by_transaction(
        &self,
        gateway: Gateway,
        merchant_id: &str,
        transaction_id: &str,
    ) -> impl Future<Output = Result<Option<Attempt>, StoreError>> + Send;

    /// Writes down that a break was seen. The same one again is the same row. The merchant is told when it opens.
    ///
    /// A new one that is money of no order of ours is [kept and told](crate::Store::keep_stray) in the same commit: `stray` proves it.
    fn see_break(
        &self,
        found: FoundBreak,
        stray: Option<Evidence>,
        now: Timestamp,
    ) -> impl Future<Output = Result<SeenBreak, StoreError>> + Send;

    /// A later run found that both sides agree; none if the break is not open. The merchant is told.
    fn agree_on_break(
        &self,
        id: u64,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Break>, StoreError>> + Send;

    /// A named person settled it; none if the break is not open. The merchant is told.
    fn settle_break(
        &self,
        id: u64,
        operator: &str,
        note: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Break>, StoreError>> + Send;

    /// One break.
    fn break_by_id(
        &self,
        id: u64,
    ) -> impl Future<Output = Result<Option<Break>, StoreError>> + Send;

    /// Breaks with a number above `after`, oldest first.
    fn breaks(
        &self,
        wanted: BreakFilter,
        after: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Break>, StoreError>> + Send;

    /// How far this identity's books were compared; none before the first run.
    fn days_compared(
        &self,
        gateway: Gateway,
        merchant_id: &str,
    ) -> impl Future<Output = Result<Option<DaysCompared>, StoreError>> + Send;

    /// Keeps how far this identity's books were compared, in place of what was kept.
    fn keep_days_compared(
        &self,
        gateway: Gateway,
        merchant_id: &str,
        days: DaysCompared,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// How far the books of one identity of ours at a gateway were compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaysCompared {
    /// The last Korean day up to which every day was compared as a whole.
    pub upto: Date,
    /// Some day after it could not be read when it was to be.
    pub behind: bool,
}

/// Which breaks are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BreakFilter {
    /// Only the open ones.
    pub open_only: bool,
    /// Only this gateway's.
    pub gateway: Option<Gateway>,
    /// Only this identity's of ours.
    pub merchant_id: Option<String>,
}

impl BreakFilter {
    /// Whether it is one of them.
    pub fn fits(&self, row: &Break) -> bool {
        let name = &row.found.name;
        (!self.open_only || row.is_open())
            && self.gateway.is_none_or(|gateway| gateway == name.gateway)
            && self
                .merchant_id
                .as_ref()
                .is_none_or(|id| *id == name.merchant_id)
    }
}

/// In what the two sides differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakKind {
    /// The gateway has money that we do not count as received.
    MissingHere,
    /// We say paid, and the gateway knows nothing of it.
    MissingThere,
    /// Both know the payment, of different amounts.
    AmountDiffers,
    /// It stands here and went back there, or the other way round, or another part of it went back.
    StateDiffers,
    /// Two payments of one order stand, or one payment has two orders.
    Duplicate,
}

impl BreakKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::MissingHere,
        Self::MissingThere,
        Self::AmountDiffers,
        Self::StateDiffers,
        Self::Duplicate,
    ];

    /// The name in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MissingHere => "missing_here",
            Self::MissingThere => "missing_there",
            Self::AmountDiffers => "amount_differs",
            Self::StateDiffers => "state_differs",
            Self::Duplicate => "duplicate",
        }
    }
}

impl fmt::Display for BreakKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for BreakKind {
    type Err = UnknownState;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.as_str() == text).ok_or(UnknownState)
    }
}

/// What makes two sightings the same break.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BreakName {
    /// In what they differ.
    pub kind: BreakKind,
    /// Whose books.
    pub gateway: Gateway,
    /// Our identity there.
    pub merchant_id: String,
    /// What the gateway calls the order.
    pub gateway_order_id: String,
    /// The gateway's id of the payment; empty if none is known.
    pub transaction_id: String,
}

/// What one side says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Saying {
    /// How it stands: our own word, or `paid`, `cancelled`, `partly_cancelled`; none where the side knows nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// How much was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// How much of it went back, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refunded_amount: Option<String>,
    /// In which currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The payments it is about, by the gateway's ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transaction_ids: Vec<String>,
    /// Further orders it is about, as the gateway calls them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order_ids: Vec<String>,
}

/// A break as a run found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundBreak {
    /// What makes it the same one when it is seen again.
    pub name: BreakName,
    /// The Korean day it stands under.
    pub day: Date,
    /// The attempt it is about, if it is one of ours.
    pub attempt: Option<AttemptKey>,
    /// What we say.
    pub ours: Saying,
    /// What the gateway says.
    pub theirs: Saying,
}

/// A break with its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// Its number.
    pub id: u64,
    /// As it was last seen.
    pub found: FoundBreak,
    /// When it was first seen.
    pub first_seen_at: Timestamp,
    /// When it was last seen.
    pub last_seen_at: Timestamp,
    /// In how many runs.
    pub times_seen: u32,
    /// How it ended; none while it is open.
    pub end: Option<BreakEnd>,
}

/// How a break ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakEnd {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: BreakEndedBy,
}

/// Who ended a break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BreakEndedBy {
    /// A later run: both sides agree.
    Agreement,
    /// A named person.
    Operator {
        /// Who.
        name: String,
        /// What they found, or did.
        note: String,
    },
}

/// The answer to [`Reconciliation::see_break`].
#[derive(Clone, Debug)]
pub struct SeenBreak {
    /// The row.
    pub row: Break,
    /// It was never seen before.
    pub is_new: bool,
    /// It is open, and was not: it is new, or had ended.
    pub opened: bool,
}

impl Break {
    /// Seen for the first time.
    pub(crate) const fn first(id: u64, found: FoundBreak, now: Timestamp) -> Self {
        Self {
            id,
            found,
            first_seen_at: now,
            last_seen_at: now,
            times_seen: 1,
            end: None,
        }
    }

    /// Whether nobody and nothing has ended it.
    pub const fn is_open(&self) -> bool {
        self.end.is_none()
    }

    /// The name in the database and on the wire.
    pub const fn state(&self) -> &'static str {
        if self.is_open() { "open" } else { "resolved" }
    }

    /// Seen again. What a person settled stays settled while both sides say what they said then; anything else opens it again.
    /// Answers whether it opened.
    pub(crate) fn seen_again(&mut self, found: FoundBreak, now: Timestamp) -> bool {
        let by_person = self
            .end
            .as_ref()
            .is_some_and(|end| end.by != BreakEndedBy::Agreement);
        let same = self.found.ours == found.ours && self.found.theirs == found.theirs;
        let stays = self.is_open() || (by_person && same);
        if !stays {
            self.end = None;
        }
        self.found = found;
        self.last_seen_at = now;
        self.times_seen = self.times_seen.saturating_add(1);
        !stays
    }

    /// Ends it. Answers whether it was open.
    pub(crate) fn end(&mut self, by: BreakEndedBy, now: Timestamp) -> bool {
        let open = self.is_open();
        if open {
            self.end = Some(BreakEnd { at: now, by });
        }
        open
    }

    /// Under whose name the merchant is told: the attempt's, or attempt 0 of what the gateway calls the order.
    pub(crate) fn key(&self) -> AttemptKey {
        let stray = || AttemptKey::new(self.found.name.gateway_order_id.clone(), 0);
        self.found.attempt.clone().unwrap_or_else(stray)
    }

    /// What the merchant is told.
    pub(crate) fn told(&self) -> Value {
        let FoundBreak {
            name, day, ours, ..
        } = &self.found;
        json!({
            "breakId": self.id,
            "kind": name.kind,
            "gateway": name.gateway,
            "clientId": name.merchant_id,
            "gatewayOrderId": name.gateway_order_id,
            "transactionId": Some(&name.transaction_id).filter(|id| !id.is_empty()),
            "day": day.to_string(),
            "ours": ours,
            "theirs": self.found.theirs,
            "resolvedBy": self.end.as_ref().map(|end| match &end.by {
                BreakEndedBy::Agreement => "agreement",
                BreakEndedBy::Operator { .. } => "operator",
            }),
        })
    }

    /// The state in the outbox's row: the attempt's, or that of a stray.
    pub(crate) fn told_state(attempt: Option<State>) -> State {
        attempt.unwrap_or(State::Discrepant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(theirs: &str) -> FoundBreak {
        FoundBreak {
            name: BreakName {
                kind: BreakKind::StateDiffers,
                gateway: Gateway::Payletter,
                merchant_id: "pay_test".to_owned(),
                gateway_order_id: "order-1".to_owned(),
                transaction_id: "t-1".to_owned(),
            },
            day: Date::constant(2026, 11, 21),
            attempt: None,
            ours: Saying::default(),
            theirs: Saying {
                state: Some(theirs.to_owned()),
                ..Saying::default()
            },
        }
    }

    #[test]
    fn what_a_person_settled_opens_again_only_when_a_side_says_something_else() {
        let at = Timestamp::from_millis;
        let mut row = Break::first(1, found("cancelled"), at(0));
        assert!(!row.seen_again(found("cancelled"), at(1)), "it is open");
        let person = BreakEndedBy::Operator {
            name: "김민지".to_owned(),
            note: "booked by hand".to_owned(),
        };
        assert!(row.end(person.clone(), at(2)));
        assert!(!row.end(person, at(3)), "once");
        assert!(!row.seen_again(found("cancelled"), at(4)));
        assert!(!row.is_open());
        assert!(row.seen_again(found("paid"), at(5)));
        assert_eq!((row.is_open(), row.times_seen), (true, 4));
        assert_eq!((row.first_seen_at, row.last_seen_at), (at(0), at(5)));
    }

    #[test]
    fn what_healed_by_itself_opens_again_when_it_is_seen_again() {
        let at = Timestamp::from_millis;
        let mut row = Break::first(1, found("cancelled"), at(0));
        assert!(row.end(BreakEndedBy::Agreement, at(1)));
        assert!(row.seen_again(found("cancelled"), at(2)));
        assert!(row.is_open());
    }
}
