//! Telling the merchant: which event goes to whom, how often it was tried, and what came of it.

use std::future::Future;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::{Digest, EventWatch, Hook, Published, StoreError, Timestamp, UnknownState};

/// Whom events are delivered to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// The merchant's address: a signed POST.
    Webhook,
    /// The merchant's own code in this process: a [`Hook`].
    Hook,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveryState {
    /// It is tried, or waits for an earlier event of its order.
    Pending,
    /// It was taken.
    Delivered,
    /// A dead letter: it is tried no more, until somebody asks for it again.
    Dead,
}

/// One event for one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Whom it goes to.
    pub target: Target,
    /// What is told.
    pub event: Published,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried since it was taken over, or last asked for again.
    pub tries: u32,
    /// When it is tried next; none while an earlier event of its order is open, and once it ended.
    pub next_try_at: Option<Timestamp>,
    /// When it was delivered or given up.
    pub ended_at: Option<Timestamp>,
    /// The HTTP status of the last try.
    pub status: Option<u16>,
    /// What was wrong with the last try.
    pub error: Option<String>,
    /// What is sent: the event as JSON, the same bytes in every try.
    pub body: String,
}

/// One try of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryAttempt {
    /// When it began.
    pub at: Timestamp,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// How long it took; unknown of a hook.
    pub duration: Option<Duration>,
    /// What was wrong: a code of ours, never what the other side said. None: it was taken.
    pub error: Option<String>,
}

/// What follows from a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was taken.
    Delivered,
    /// It is tried again then.
    Again(Timestamp),
    /// It is tried no more.
    Dead,
}

/// Which deliveries are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Those of this target.
    pub target: Option<Target>,
    /// Those that stand so.
    pub state: Option<DeliveryState>,
    /// Those of this order.
    pub order_id: Option<String>,
    /// Those of events after this number.
    pub after: u64,
    /// At most so many.
    pub limit: usize,
}

/// The part of a [`Store`](crate::Store) that remembers what was delivered.
///
/// Of one order only the earliest open delivery has a time for its next try; the next one gets its time when that one ends.
pub trait Deliveries: Send + Sync + 'static {
    /// Takes over what was published since the last time. A target that was never served before begins with the first event that
    /// was published at `since` or later. Answers whether there may be more: it takes some hundreds at once.
    fn take_over(
        &self,
        target: Target,
        since: Timestamp,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// What is to be tried now, longest due first.
    fn deliveries_due(
        &self,
        target: Target,
        now: Timestamp,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Delivery>, StoreError>> + Send;

    /// When something is to be tried next.
    fn next_delivery_at(
        &self,
        target: Target,
    ) -> impl Future<Output = Result<Option<Timestamp>, StoreError>> + Send;

    /// Writes a try down. What was delivered stays so, whatever another process says later. `tries` is how many went before when the
    /// verdict was found: if there are not so many any more, somebody asked for it again meanwhile, or another process tried it too, and
    /// a failure is noted and nothing follows from it.
    fn delivery_tried(
        &self,
        target: Target,
        seq: u64,
        tries: u32,
        attempt: DeliveryAttempt,
        verdict: Verdict,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Has the hook take an event, if it is still open: what the hook writes and the word that it was delivered commit together. If
    /// the hook fails, its writes are gone, `failed` holds, and its code is answered. A store without a database runs the hook first
    /// and writes afterwards.
    fn deliver_to_hook(
        &self,
        seq: u64,
        hook: Arc<dyn Hook>,
        at: Timestamp,
        failed: Verdict,
    ) -> impl Future<Output = Result<Option<String>, StoreError>> + Send;

    /// The deliveries that fit, in the order of their events.
    fn deliveries(
        &self,
        filter: DeliveryFilter,
    ) -> impl Future<Output = Result<Vec<Delivery>, StoreError>> + Send;

    /// One delivery with its tries, oldest first.
    fn delivery(
        &self,
        target: Target,
        seq: u64,
    ) -> impl Future<Output = Result<Option<(Delivery, Vec<DeliveryAttempt>)>, StoreError>> + Send;

    /// Has a delivery tried again now, from the start of the schedule. What a hook took is done, once: [`StoreError::Delivered`].
    fn replay(
        &self,
        target: Target,
        seq: u64,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Resolves when something was published, or is to be delivered again. Take it, then read, then wait: nothing is missed.
    fn watch_events(&self) -> EventWatch;
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Webhook, Self::Hook];

    /// The name in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Hook => "hook",
        }
    }
}

impl FromStr for Target {
    type Err = UnknownState;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|target| target.as_str() == text)
            .ok_or(UnknownState)
    }
}

impl DeliveryState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Dead];

    /// The name in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }
}

impl FromStr for DeliveryState {
    type Err = UnknownState;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|state| state.as_str() == text).ok_or(UnknownState)
    }
}

impl Delivery {
    /// What the merchant calls it: `webhook_42`.
    pub fn id(&self) -> String {
        format!("{}_{}", self.target.as_str(), self.event.seq)
    }

    /// What an id stands for.
    pub fn parse_id(id: &str) -> Option<(Target, u64)> {
        let (target, seq) = id.split_once('_')?;
        let plain = seq.bytes().all(|byte| byte.is_ascii_digit()) && !seq.starts_with('0');
        Some((target.parse().ok()?, seq.parse().ok().filter(|_| plain)?))
    }
}

impl Published {
    /// The event's name, the same wherever and however often it is told. Two stores never give the same: the number alone would begin
    /// again with a new file, and whoever throws away what he knows already would throw away news.
    pub fn id(&self) -> String {
        let digest = Digest::of_parts([
            self.seq.to_be_bytes().as_slice(),
            &self.at.millis().to_be_bytes(),
            self.publication.as_str().as_bytes(),
            self.key.order_id.as_bytes(),
            &self.key.no.to_be_bytes(),
        ]);
        format!("evt_{}_{}", self.seq, &digest.to_hex()[..16])
    }

    /// The event as the merchant sees it.
    pub fn to_json(&self) -> Value {
        json!({
            "id": self.id(),
            "seq": self.seq,
            "type": self.publication.as_str(),
            "orderId": self.key.order_id,
            "attempt": self.key.no,
            "state": self.state,
            "at": self.at,
            "data": self.data(),
        })
    }

    /// Amount, transaction id, reason and so on.
    pub fn data(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AttemptKey, Publication, State};

    fn paid() -> Published {
        Published {
            seq: 42,
            publication: Publication::Paid,
            key: AttemptKey::new("A-1", 1),
            state: State::Paid,
            at: Timestamp::from_millis(1_795_000_000_000),
            data: r#"{"amount":"10000"}"#.to_owned(),
        }
    }

    /// It stands in merchants' tables: another version of ours must give the same.
    #[test]
    fn an_event_keeps_its_name_and_its_json() {
        let event = paid();
        assert_eq!(event.id(), "evt_42_6b62c860bda4dd92");
        assert_eq!(
            event.to_json().to_string(),
            format!(
                r#"{{"at":"2026-11-18T20:06:40+09:00","attempt":1,"data":{{"amount":"10000"}},"id":"{}","orderId":"A-1","seq":42,"state":"paid","type":"payment.paid"}}"#,
                event.id()
            )
        );
        let other = Published {
            at: Timestamp::from_millis(1_795_000_000_001),
            ..paid()
        };
        assert_ne!(
            other.id(),
            event.id(),
            "the first event of a new file is another"
        );
    }

    #[test]
    fn a_delivery_is_found_by_its_own_id_only() {
        assert_eq!(
            Delivery::parse_id("webhook_42"),
            Some((Target::Webhook, 42))
        );
        assert_eq!(Delivery::parse_id("hook_1"), Some((Target::Hook, 1)));
        for odd in [
            "",
            "42",
            "webhook_",
            "webhook_+1",
            "webhook_01",
            "webhook_-1",
            "evt_42_ab",
            "webhook_99999999999999999999999",
        ] {
            assert_eq!(Delivery::parse_id(odd), None, "{odd}");
        }
    }
}
