//! The rows, and the names by which they are found.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use paypair_protocol::Gateway;

use super::{is_pending, kept_answers};
use crate::{
    Attempt, AttemptKey, BillingKeyView, Break, CallOutcome, CallState, DaysCompared, Digest,
    HeldKey, MoneyCall, Order, OrderView, Policy, Published, State, StoreError, TimelineRow,
    Timestamp,
};

/// A name at a gateway: which gateway, which merchant, and what it is called there.
pub(super) type Name = (Gateway, String, String);

/// All rows.
#[derive(Clone, Default)]
pub(super) struct Tables {
    orders: BTreeMap<String, Arc<Order>>,
    /// Without their billing keys, and without what is loaded for a step.
    attempts: BTreeMap<AttemptKey, Attempt>,
    nonces: HashMap<Digest, AttemptKey>,
    channels: HashSet<String>,
    tickets: HashMap<String, AttemptKey>,
    names: HashMap<Name, AttemptKey>,
    /// When each attempt is to be looked after.
    agenda: BTreeSet<(Timestamp, AttemptKey)>,
    calls: Vec<MoneyCall>,
    captured: HashMap<Name, AttemptKey>,
    keys: BTreeMap<(Gateway, String, [u8; 32]), KeyRow>,
    events: Vec<TimelineRow>,
    /// Where in `events` an order's rows are.
    events_of: HashMap<String, Vec<usize>>,
    inbox: HashSet<(Gateway, Digest)>,
    outbox: Vec<Published>,
    kept_answers: kept_answers::Rows,
    pub(super) post: super::delivery::Post,
    breaks: Vec<Break>,
    pub(super) books_compared: HashMap<(Gateway, String), DaysCompared>,
}

/// A billing key.
#[derive(Clone)]
pub(super) struct KeyRow {
    pub(super) gateway: Gateway,
    pub(super) merchant_id: String,
    pub(super) customer_id: String,
    pub(super) holder: AttemptKey,
    pub(super) held: HeldKey,
}

impl Tables {
    pub(super) fn kept_answers(&mut self) -> &mut kept_answers::Rows {
        &mut self.kept_answers
    }

    // Orders

    pub(super) fn order(&self, id: &str) -> Option<&Arc<Order>> {
        self.orders.get(id)
    }

    pub(super) fn add_order(&mut self, order: Order) -> Arc<Order> {
        let order = Arc::new(order);
        self.orders.insert(order.id.clone(), Arc::clone(&order));
        order
    }

    pub(super) fn orders(&self) -> impl Iterator<Item = &Arc<Order>> {
        self.orders.values()
    }

    pub(super) fn view(&self, id: &str) -> Option<OrderView> {
        let order = Order::clone(self.order(id)?);
        let attempts = self.attempts_of(id);
        Some(OrderView { order, attempts })
    }

    /// The orders that fit, oldest first, with their attempts.
    pub(super) fn views(&self, fits: impl Fn(&Order) -> bool) -> Vec<OrderView> {
        let mut found: Vec<&Arc<Order>> = self.orders().filter(|order| fits(order)).collect();
        found.sort_by_key(|order| (order.created_at, order.id.clone()));
        let ids = found.into_iter();
        ids.filter_map(|order| self.view(&order.id)).collect()
    }

    // Attempts

    pub(super) fn attempt(&self, key: &AttemptKey) -> Option<Attempt> {
        let mut attempt = self.attempts.get(key)?.clone();
        attempt.billing_key = self.held_by(key);
        Some(attempt)
    }

    pub(super) fn attempts_of(&self, order_id: &str) -> Vec<Attempt> {
        let keys = self.rows_of(order_id).map(Attempt::key);
        keys.filter_map(|key| self.attempt(&key)).collect()
    }

    /// The bare rows of an order's attempts.
    pub(super) fn rows_of(&self, order_id: &str) -> impl Iterator<Item = &Attempt> {
        let ends = AttemptKey::new(order_id, 0)..=AttemptKey::new(order_id, u32::MAX);
        self.attempts.range(ends).map(|(_, attempt)| attempt)
    }

    /// The attempts whose bare rows fit.
    pub(super) fn attempts_where(&self, fits: impl Fn(&Attempt) -> bool) -> Vec<Attempt> {
        let rows = self.attempts.iter().filter(|(_, row)| fits(row));
        rows.filter_map(|(key, _)| self.attempt(key)).collect()
    }

    pub(super) fn by_nonce(&self, nonce: Digest) -> Option<Attempt> {
        self.attempt(self.nonces.get(&nonce)?)
    }

    pub(super) fn by_ticket(&self, ticket: &str) -> Option<Attempt> {
        self.attempt(self.tickets.get(ticket)?)
    }

    pub(super) fn by_name(
        &self,
        gateway: Gateway,
        merchant_id: &str,
        gateway_order_id: &str,
    ) -> Option<Attempt> {
        let name = (gateway, merchant_id.to_owned(), gateway_order_id.to_owned());
        self.attempt(self.names.get(&name)?)
    }

    pub(super) fn is_name_taken(&self, name: &Name) -> bool {
        self.names.contains_key(name)
    }

    /// Writes a new attempt down, or says which of its names was taken.
    pub(super) fn insert(&mut self, attempt: &Attempt) -> Result<(), StoreError> {
        let (order, key) = (&attempt.order, attempt.key());
        let name = (
            order.gateway,
            order.merchant_id.clone(),
            attempt.gateway_order_id.clone(),
        );
        if self.nonces.contains_key(&attempt.nonce) {
            return Err(StoreError::Taken("nonce"));
        }
        if self.channels.contains(&attempt.channel) {
            return Err(StoreError::Taken("channel"));
        }
        if self.tickets.contains_key(&attempt.ticket) {
            return Err(StoreError::Taken("ticket"));
        }
        if self.names.contains_key(&name) || self.attempts.contains_key(&key) {
            return Err(StoreError::Failed("the attempt is there".to_owned()));
        }
        self.may_live(attempt)?;
        self.nonces.insert(attempt.nonce, key.clone());
        self.channels.insert(attempt.channel.clone());
        self.tickets.insert(attempt.ticket.clone(), key.clone());
        self.names.insert(name, key);
        self.save(attempt);
        Ok(())
    }

    /// Two tabs cannot pay twice: one attempt of an order may be at the window.
    pub(super) fn may_live(&self, attempt: &Attempt) -> Result<(), StoreError> {
        let other = |row: &Attempt| row.no != attempt.no && is_at_window(row.state);
        if is_at_window(attempt.state) && self.rows_of(&attempt.order.id).any(other) {
            return Err(StoreError::Failed("one_live_attempt".to_owned()));
        }
        Ok(())
    }

    /// Writes an attempt that is known by its names already.
    pub(super) fn save(&mut self, attempt: &Attempt) {
        let key = attempt.key();
        if let Some(at) = self.attempts.get(&key).and_then(agenda_of) {
            self.agenda.remove(&(at, key.clone()));
        }
        if let Some(at) = agenda_of(attempt) {
            self.agenda.insert((at, key.clone()));
        }
        let row = Attempt {
            billing_key: None,
            rival: None,
            live_sibling: None,
            undecided_sibling: None,
            clash: None,
            key_owner: None,
            key_charging: false,
            policy: Policy::default(),
            ..attempt.clone()
        };
        self.attempts.insert(key, row);
    }

    pub(super) fn due(&self, now: Timestamp, limit: usize) -> Vec<Attempt> {
        let due = self.agenda.iter().take_while(|(at, _)| *at <= now);
        due.take(limit)
            .filter_map(|(_, key)| self.attempt(key))
            .collect()
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let running = self.calls.iter().any(is_pending);
        let attempt = self.agenda.first().map(|(at, _)| *at);
        let key = self.keys.values().filter_map(|row| row.held.next_check_at);
        let earliest = attempt.into_iter().chain(key).min();
        if running {
            return Some(Timestamp::from_millis(0));
        }
        earliest
    }

    // Money calls

    pub(super) fn calls(&self) -> &[MoneyCall] {
        &self.calls
    }

    pub(super) fn calls_mut(&mut self) -> &mut Vec<MoneyCall> {
        &mut self.calls
    }

    // Captured payments

    pub(super) fn owner_of_payment(&self, name: &Name) -> Option<&AttemptKey> {
        self.captured.get(name)
    }

    /// The first claim stays.
    pub(super) fn claim(&mut self, name: Name, key: AttemptKey) {
        self.captured.entry(name).or_insert(key);
    }

    // Billing keys

    pub(super) fn key_rows(&self) -> impl Iterator<Item = &KeyRow> {
        self.keys.values()
    }

    pub(super) fn key_row(
        &self,
        gateway: Gateway,
        merchant_id: &str,
        digest: Digest,
    ) -> Option<&KeyRow> {
        self.keys
            .get(&(gateway, merchant_id.to_owned(), *digest.as_bytes()))
    }

    pub(super) fn save_key(&mut self, row: KeyRow) {
        let name = (
            row.gateway,
            row.merchant_id.clone(),
            *row.held.digest.as_bytes(),
        );
        self.keys.insert(name, row);
    }

    /// The key that the attempt holds; the newest, if there were several.
    fn held_by(&self, key: &AttemptKey) -> Option<HeldKey> {
        let rows = self.keys.values().filter(|row| row.holder == *key);
        rows.max_by_key(|row| row.held.created_at)
            .map(|row| row.held.clone())
    }

    pub(super) fn due_keys(&self, now: Timestamp, limit: usize) -> Vec<AttemptKey> {
        let at = |row: &KeyRow| row.held.next_check_at.filter(|at| *at <= now);
        let rows = self.keys.values();
        let mut due: Vec<_> = rows
            .filter_map(|row| Some((at(row)?, row.holder.clone())))
            .collect();
        due.sort();
        due.truncate(limit);
        due.into_iter().map(|(_, key)| key).collect()
    }

    pub(super) fn key_view(&self, row: &KeyRow) -> Option<BillingKeyView> {
        let attempt = self.attempt(&row.holder)?;
        BillingKeyView::of(&attempt).filter(|view| view.digest == row.held.digest)
    }

    pub(super) fn key_views(&self, fits: impl Fn(&KeyRow) -> bool) -> Vec<BillingKeyView> {
        let rows = self.keys.values().filter(|row| fits(row));
        rows.filter_map(|row| self.key_view(row)).collect()
    }

    // Timeline

    pub(super) fn timeline(&self, order_id: &str) -> Vec<TimelineRow> {
        let places = self.events_of.get(order_id).into_iter().flatten();
        places
            .filter_map(|place| self.events.get(*place))
            .cloned()
            .collect()
    }

    /// The attempt's rows, newest first.
    pub(super) fn newest_of(&self, key: &AttemptKey) -> impl Iterator<Item = &TimelineRow> {
        let places = self.events_of.get(&key.order_id).into_iter().flatten();
        let no = key.no;
        places
            .rev()
            .filter_map(|place| self.events.get(*place))
            .filter(move |row| row.key.no == no)
    }

    pub(super) fn add_event(&mut self, mut row: TimelineRow) {
        let order_id = row.key.order_id.clone();
        self.events_of
            .entry(order_id)
            .or_default()
            .push(self.events.len());
        row.seq = self.events.len() as u64 + 1;
        self.events.push(row);
    }

    // Breaks

    pub(super) fn breaks(&self) -> &[Break] {
        &self.breaks
    }

    pub(super) fn breaks_mut(&mut self) -> &mut Vec<Break> {
        &mut self.breaks
    }

    // Inbox and outbox

    pub(super) fn is_known(&self, gateway: Gateway, name: Digest) -> bool {
        self.inbox.contains(&(gateway, name))
    }

    /// Whether it is new.
    pub(super) fn remember(&mut self, gateway: Gateway, name: Digest) -> bool {
        self.inbox.insert((gateway, name))
    }

    pub(super) fn forget(&mut self, gateway: Gateway, name: Digest) {
        self.inbox.remove(&(gateway, name));
    }

    pub(super) fn publish(&mut self, published: Published) {
        let seq = self.outbox.len() as u64 + 1;
        self.outbox.push(Published { seq, ..published });
    }

    pub(super) fn outbox(&self) -> &[Published] {
        &self.outbox
    }

    pub(super) fn published_after(&self, seq: u64, limit: usize) -> Vec<Published> {
        let skip = usize::try_from(seq).unwrap_or(usize::MAX);
        self.outbox.iter().skip(skip).take(limit).cloned().collect()
    }
}

/// When the attempt is to be looked after.
fn agenda_of(attempt: &Attempt) -> Option<Timestamp> {
    let waits = matches!(
        attempt.state,
        State::Created | State::Requested | State::Authenticated | State::AwaitingDeposit
    );
    attempt
        .next_check_at
        .or_else(|| waits.then_some(attempt.expires_at))
}

fn is_at_window(state: State) -> bool {
    matches!(
        state,
        State::Created
            | State::Requested
            | State::Authenticated
            | State::Confirming
            | State::Charging
    )
}

/// Whether nobody knows yet how the call ended.
pub(super) fn is_unresolved(state: CallState) -> bool {
    matches!(
        state,
        CallState::Pending | CallState::Ended(CallOutcome::Unknown)
    )
}
