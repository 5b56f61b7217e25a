//! What a store of orders and attempts must do, and what it answers.

use std::future::Future;

use paypair_protocol::{Gateway, Secret};

use crate::{
    Attempt, AttemptKey, BillingKeyView, CallOutcome, Deliveries, Digest, Effect, Event, Evidence,
    KeptAnswers, MoneyOp, NewAttempt, Order, Publication, Reconciliation, State, Status,
    StoreError, Timestamp, Watch,
};

/// Remembers orders, attempts and events. Whatever a method answers is durable.
///
/// Every method is safe to drop half way: the write then happens or does not, but never by half.
pub trait Store: Deliveries + KeptAnswers + Reconciliation + Send + Sync + 'static {
    /// Writes an order down. The same order again is fine; other content under its id is [`StoreError::OrderExists`].
    fn register(&self, order: Order)
    -> impl Future<Output = Result<Registered, StoreError>> + Send;

    /// Begins an attempt, unless one lives or the order is settled.
    fn begin(
        &self,
        order_id: &str,
        new: NewAttempt,
        now: Timestamp,
    ) -> impl Future<Output = Result<Begun, StoreError>> + Send;

    /// Runs [`step`](crate::step()) on the attempt. State, event row, outbox rows and money-call rows commit together.
    ///
    /// A refused event is recorded too, and answered with [`StoreError::Refused`].
    fn apply(
        &self,
        key: AttemptKey,
        event: Event,
        now: Timestamp,
    ) -> impl Future<Output = Result<Applied, StoreError>> + Send;

    /// Keeps evidence that fits no attempt: durable before it is acknowledged, and published as discrepant. Once per body.
    fn keep_stray(
        &self,
        evidence: Evidence,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The order with its attempts.
    fn order(
        &self,
        order_id: &str,
    ) -> impl Future<Output = Result<Option<OrderView>, StoreError>> + Send;

    /// One attempt.
    fn attempt(
        &self,
        key: AttemptKey,
    ) -> impl Future<Output = Result<Option<Attempt>, StoreError>> + Send;

    /// The attempt whose return URLs carry this nonce.
    fn attempt_by_nonce(
        &self,
        nonce: Digest,
    ) -> impl Future<Output = Result<Option<Attempt>, StoreError>> + Send;

    /// The attempt this launch page belongs to.
    fn attempt_by_ticket(
        &self,
        ticket: &str,
    ) -> impl Future<Output = Result<Option<Attempt>, StoreError>> + Send;

    /// The attempt the gateway calls so.
    fn attempt_by_gateway_order(
        &self,
        gateway: Gateway,
        merchant_id: &str,
        gateway_order_id: &str,
    ) -> impl Future<Output = Result<Option<Attempt>, StoreError>> + Send;

    /// All events of the order, oldest first.
    fn timeline(
        &self,
        order_id: &str,
    ) -> impl Future<Output = Result<Vec<TimelineRow>, StoreError>> + Send;

    /// All money calls of the order, oldest first.
    fn money_calls(
        &self,
        order_id: &str,
    ) -> impl Future<Output = Result<Vec<MoneyCall>, StoreError>> + Send;

    /// What the merchant is told, after the given number.
    fn events_after(
        &self,
        seq: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Published>, StoreError>> + Send;

    /// Attempts to look up, or whose window has run out, soonest first; then those whose billing key is to be looked up
    /// ([`Attempt::key_check_due`]). At most so many of each kind.
    fn due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Attempt>, StoreError>> + Send;

    /// Money calls that are running or whose outcome is unknown.
    fn unfinished_calls(&self) -> impl Future<Output = Result<Vec<MoneyCall>, StoreError>> + Send;

    /// Money calls begun before this moment and still running are declared unknown; their attempts become `in_doubt`.
    /// At start every running call is a dead process's: pass `now`.
    fn recover(
        &self,
        begun_before: Timestamp,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<Applied>, StoreError>> + Send;

    /// Whose billing key has this digest.
    fn customer_of_billing_key(
        &self,
        key: Digest,
    ) -> impl Future<Output = Result<Option<String>, StoreError>> + Send;

    /// The billing key that came of this order, while it is active.
    fn billing_key(
        &self,
        order_id: &str,
    ) -> impl Future<Output = Result<Option<Secret>, StoreError>> + Send;

    /// The billing key that the merchant calls so, deleted or not.
    fn billing_key_view(
        &self,
        id: &str,
    ) -> impl Future<Output = Result<Option<BillingKeyView>, StoreError>> + Send;

    /// All billing keys of a customer, deleted ones too, oldest first.
    fn billing_keys_of(
        &self,
        customer_id: &str,
    ) -> impl Future<Output = Result<Vec<BillingKeyView>, StoreError>> + Send;

    /// The billing key with this digest.
    fn billing_key_by_digest(
        &self,
        gateway: Gateway,
        merchant_id: &str,
        digest: Digest,
    ) -> impl Future<Output = Result<Option<BillingKeyView>, StoreError>> + Send;

    /// The orders that charge this billing key, oldest first.
    fn charges_of(
        &self,
        billing_key: Digest,
    ) -> impl Future<Output = Result<Vec<OrderView>, StoreError>> + Send;

    /// The orders that renew this one's subscription, oldest first.
    fn renewals(
        &self,
        origin_order_id: &str,
    ) -> impl Future<Output = Result<Vec<OrderView>, StoreError>> + Send;

    /// Takes in the notice of a charge that the gateway made by itself, for a subscription. A new one becomes an order `<origin>-r1`,
    /// `-r2`, .. with an attempt in `pending_review`, to be looked up now: the notice alone pays nothing. Known ones are
    /// [`Begun::Live`], or [`Begun::Settled`] once they ended.
    fn begin_renewal(
        &self,
        renewal: Renewal,
        now: Timestamp,
    ) -> impl Future<Output = Result<Begun, StoreError>> + Send;

    /// Whether the store can commit.
    fn health(&self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Resolves on every change of the order from now on. Take it, then read, then wait: nothing is missed.
    fn watch(&self, order_id: &str) -> Watch;
}

/// The answer to [`Store::register`].
#[derive(Clone, Debug)]
pub enum Registered {
    /// Written.
    New(Order),
    /// It was there already, with the same content; here as it was first written.
    Same(Order),
}

/// The answer to [`Store::begin`].
#[derive(Clone, Debug)]
pub enum Begun {
    /// A new attempt: ask the gateway, then apply [`Event::Requested`] or [`Event::RequestFailed`].
    New(Attempt),
    /// One lives already (`created`: someone is asking the gateway just now; `requested`: show its launch again).
    Live(Attempt),
    /// There is nothing to open: paid, or money may be moving. Answer with its outcome.
    Settled(OrderView),
}

/// A charge that the gateway made by itself. For [`Store::begin_renewal`].
#[derive(Clone)]
pub struct Renewal {
    /// The order that began the subscription.
    pub origin: String,
    /// What the gateway calls this charge: a name it made up.
    pub gateway_order_id: String,
    /// Its notice.
    pub evidence: Evidence,
    /// The random parts of the attempt. Nothing opens it, so they are never given away.
    pub new: NewAttempt,
}

/// The answer to [`Store::apply`].
#[derive(Clone, Debug)]
pub struct Applied {
    /// The attempt as it now stands.
    pub attempt: Attempt,
    /// What follows.
    pub effects: Vec<Effect>,
    /// Where it stood before.
    pub from: State,
    /// This very notification was taken in before; nothing was done.
    pub repeated: bool,
}

impl Applied {
    /// Whether this money call is to be made now.
    pub fn calls(&self, op: MoneyOp) -> bool {
        self.effects.contains(&Effect::Call(op))
    }
}

/// An order with its attempts, oldest first.
#[derive(Clone, Debug)]
pub struct OrderView {
    /// The order.
    pub order: Order,
    /// Its attempts.
    pub attempts: Vec<Attempt>,
}

impl OrderView {
    /// The attempt that speaks for the order: the one that holds money, else one that may, else the latest.
    pub fn leading(&self) -> Option<&Attempt> {
        let latest =
            |fits: fn(&Attempt) -> bool| self.attempts.iter().rev().find(|attempt| fits(attempt));
        latest(|attempt| attempt.state.is_settled())
            .or_else(|| latest(|attempt| !attempt.leaves_room()))
            .or_else(|| self.attempts.last())
    }

    /// What the buyer's page hears; an order without attempts is pending.
    pub fn status(&self) -> Status {
        self.leading()
            .map_or(Status::Pending, |attempt| attempt.state.status())
    }
}

/// One line of an order's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineRow {
    /// Grows over all orders.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub key: AttemptKey,
    /// [`Event::kind`].
    pub kind: String,
    /// [`Event::source`].
    pub source: String,
    /// The state before; none for the first.
    pub from: Option<State>,
    /// The state after.
    pub to: State,
    /// Digest of the bytes that proved it.
    pub evidence: Option<Digest>,
    /// A reason code, an operator's name, `refused: ..`.
    pub note: Option<String>,
    /// The row before, of the same attempt.
    pub prev_hash: Digest,
    /// Over the row before and all of this one.
    pub hash: Digest,
}

impl TimelineRow {
    /// The hash this row should have.
    pub fn expected_hash(&self) -> Digest {
        let number = |n: u64| n.to_be_bytes();
        let evidence = self
            .evidence
            .map(|digest| digest.as_bytes().to_vec())
            .unwrap_or_default();
        Digest::of_parts([
            self.prev_hash.as_bytes().as_slice(),
            &self.at.millis().to_be_bytes(),
            self.key.order_id.as_bytes(),
            &number(self.key.no.into()),
            self.kind.as_bytes(),
            self.source.as_bytes(),
            self.from.map_or("", State::as_str).as_bytes(),
            self.to.as_str().as_bytes(),
            &evidence,
            self.note.as_deref().unwrap_or_default().as_bytes(),
        ])
    }
}

/// Whether no row of these attempts' histories was changed, dropped from the middle or slipped in.
pub fn chain_is_intact(rows: &[TimelineRow]) -> bool {
    let mut last = std::collections::HashMap::new();
    rows.iter().all(|row| {
        let prev = last
            .insert(&row.key, row.hash)
            .unwrap_or(Digest::from_bytes([0; 32]));
        row.prev_hash == prev && row.hash == row.expected_hash()
    })
}

/// One call that moves money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneyCall {
    /// Its number.
    pub id: u64,
    /// Whose.
    pub key: AttemptKey,
    /// Which.
    pub op: MoneyOp,
    /// Where it stands.
    pub state: CallState,
    /// When the intent was written.
    pub began_at: Timestamp,
    /// When its outcome was.
    pub ended_at: Option<Timestamp>,
}

/// Where a money call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallState {
    /// The intent is written; it may be on its way.
    Pending,
    /// It ended so.
    Ended(CallOutcome),
}

impl CallState {
    /// The name in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Ended(CallOutcome::Done) => "done",
            Self::Ended(CallOutcome::Declined) => "declined",
            Self::Ended(CallOutcome::NotSent) => "not_sent",
            Self::Ended(CallOutcome::Unknown) => "unknown",
        }
    }
}

/// A line of the outbox: what the merchant is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Grows over all orders; ask for what comes after it.
    pub seq: u64,
    /// What.
    pub publication: Publication,
    /// Whose.
    pub key: AttemptKey,
    /// The state that was entered.
    pub state: State,
    /// When.
    pub at: Timestamp,
    /// Amount, transaction id, reason: JSON.
    pub data: String,
}
