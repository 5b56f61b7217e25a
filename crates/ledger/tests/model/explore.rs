//! Breadth first over everything that an attempt can become, by the real step.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::hash::{Hash, Hasher};
use std::time::Duration;

use paypair_ledger::{
    Attempt, BillingKeyState, CallOutcome, Effect, Event, MoneyOp, Publication, Sight, Source,
    State, Timestamp, step,
};

use super::shape::{normalise, shape};
use super::worlds::World;

/// An attempt, with what the store, the outbox and the gateway would have of it.
#[derive(Clone)]
pub struct Node {
    pub attempt: Attempt,
    pub beside: Beside,
}

/// What stands beside the attempt, kept here and not by the step.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Beside {
    /// Calls whose row is open: pending, or unknown.
    pub open_calls: Vec<MoneyOp>,
    /// What the merchant was told of states that may be entered again in silence.
    pub told: Vec<Publication>,
    /// What our own refunds gave back, by payment: as the gateway answered, or else as we asked.
    pub given_back: BTreeMap<Option<String>, u64>,
    /// The last that a lookup said, before anything was told as over, is that there is something.
    pub something: bool,
    /// The refund that is on its way, or promised.
    pub going_back: Option<(Option<String>, u64)>,
}

/// One step that was taken.
pub struct Taken<'a> {
    pub before: &'a Node,
    pub event: &'a Event,
    pub effects: &'a [Effect],
    pub after: &'a Node,
    pub now: Timestamp,
}

impl Taken<'_> {
    pub fn tell(&self) -> String {
        let (before, after) = (&self.before.attempt, &self.after.attempt);
        format!(
            "{} --{}--> {} {:?}\nbefore: {before:?}\n after: {after:?}",
            before.state,
            self.event.kind(),
            after.state,
            self.effects
        )
    }
}

/// From one state to another, and by which events.
pub type Transitions = BTreeMap<(&'static str, &'static str), BTreeSet<&'static str>>;

/// What was found.
#[derive(Default)]
pub struct Found {
    pub attempts: usize,
    pub steps: usize,
    pub refused: usize,
    pub states: BTreeSet<&'static str>,
    /// To itself too.
    pub transitions: Transitions,
    /// Attempts from which no path leads to an end.
    pub trapped: usize,
}

/// Lives every life in the world, and shows each step to `judge`. No further refund is asked for once `refunds` are on record.
pub fn explore(world: &World, refunds: usize, judge: impl Fn(&Taken<'_>)) -> Found {
    let mut found = Found::default();
    let mut start = Node {
        attempt: world.start.clone(),
        beside: Beside::default(),
    };
    normalise(&mut start.attempt);
    let mut known = HashMap::from([(key(&start), 0_usize)]);
    let mut ends = vec![is_end(&start)];
    let mut came_from: Vec<Vec<usize>> = vec![Vec::new()];
    let mut waiting = VecDeque::from([(0_usize, start)]);
    while let Some((from, node)) = waiting.pop_front() {
        found.states.insert(node.attempt.state.as_str());
        let enough = node.attempt.refunds.len() >= refunds;
        let mut seen = node.attempt.clone();
        for input in &world.inputs {
            if enough && matches!(input.event, Event::RefundAsked { .. }) {
                continue;
            }
            input.around.show(&mut seen, &input.event);
            for now in moments(&seen, &input.event) {
                found.steps += 1;
                let Ok((next, effects)) = step(&seen, input.event.clone(), now) else {
                    found.refused += 1;
                    continue;
                };
                let mut after = followed(&node, next, &input.event, &effects);
                judge(&Taken {
                    before: &node,
                    event: &input.event,
                    effects: &effects,
                    after: &after,
                    now,
                });
                let moved = (node.attempt.state.as_str(), after.attempt.state.as_str());
                let kinds = found.transitions.entry(moved).or_default();
                kinds.insert(input.event.kind());
                normalise(&mut after.attempt);
                let fresh = ends.len();
                let to = match known.entry(key(&after)) {
                    Entry::Occupied(old) => *old.get(),
                    Entry::Vacant(new) => *new.insert(fresh),
                };
                if to == fresh {
                    ends.push(is_end(&after));
                    came_from.push(Vec::new());
                    waiting.push_back((to, after));
                }
                if to != from && came_from[to].last() != Some(&from) {
                    came_from[to].push(from);
                }
            }
        }
    }
    found.attempts = ends.len();
    found.trapped = trapped(&ends, &came_from);
    found
}

/// Moments at which the clock makes a difference, seen from the end of the window.
fn moments(attempt: &Attempt, event: &Event) -> impl Iterator<Item = Timestamp> + use<> {
    let second = Duration::from_secs(1);
    let end = attempt.expires_at;
    let timed = matches!(event, Event::ExpireDue | Event::Superseded)
        || (event.source() == "lookup" && event.evidence().is_none());
    let late = timed.then(|| end.after(second));
    // A clock that was put forward, seen by a lookup of what is in doubt.
    let key = attempt.billing_key.as_ref();
    let doubtful = attempt.state == State::InDoubt
        || key.is_some_and(|held| held.state == BillingKeyState::InDoubt);
    let jumped = (doubtful && event.source() == "lookup").then(|| end.after(second * 7200));
    let before = Timestamp::from_millis(end.millis() - 1_000);
    [before].into_iter().chain(late).chain(jumped)
}

/// Settled, as far as anybody waits for it: no call is open, and no doubt.
fn is_end(node: &Node) -> bool {
    node.attempt.state.is_final() && node.beside.open_calls.is_empty()
}

/// How many have no way to any end.
fn trapped(ends: &[bool], came_from: &[Vec<usize>]) -> usize {
    let mut free = ends.to_vec();
    let mut waiting: Vec<usize> = (0..ends.len()).filter(|at| ends[*at]).collect();
    while let Some(at) = waiting.pop() {
        for from in &came_from[at] {
            if !std::mem::replace(&mut free[*from], true) {
                waiting.push(*from);
            }
        }
    }
    free.iter().filter(|free| !**free).count()
}

/// What the store would have written, and the gateway done.
fn followed(before: &Node, attempt: Attempt, event: &Event, effects: &[Effect]) -> Node {
    let mut beside = before.beside.clone();
    beside.something = says_something(&before.attempt, event).unwrap_or(beside.something)
        && matches!(
            attempt.state,
            State::Created | State::Requested | State::Authenticated | State::AwaitingDeposit
        )
        && (attempt.state == before.attempt.state || attempt.state == State::Requested);
    for effect in effects {
        match effect {
            Effect::Call(op) => {
                let second = beside.open_calls.contains(op);
                assert!(!second, "a second unresolved call of {attempt:?}");
                beside.open_calls.push(*op);
                if *op == MoneyOp::Refund {
                    let case = attempt.refund.as_ref();
                    beside.going_back =
                        case.map(|case| (case.transaction_id.clone(), case.money.minor));
                }
            }
            // An unknown outcome leaves its row open.
            Effect::Finish(_, CallOutcome::Unknown) => {}
            Effect::Finish(op, outcome) => {
                beside.open_calls.retain(|open| open != op);
                if *op == MoneyOp::Refund && attempt.refund.is_none() {
                    let ended = beside.going_back.take();
                    if let (Some((payment, asked)), CallOutcome::Done) = (ended, outcome) {
                        *beside.given_back.entry(payment).or_default() += said_back(event, asked);
                    }
                }
            }
            Effect::Publish(publication) => {
                let quiet = [
                    Publication::Paid,
                    Publication::PartiallyRefunded,
                    Publication::Discrepant,
                ];
                if quiet.contains(publication) && !beside.told.contains(publication) {
                    beside.told.push(*publication);
                    beside.told.sort_by_key(|told| told.as_str());
                }
            }
            Effect::Lookup(_) | Effect::Alert(_) => {}
        }
    }
    Node { attempt, beside }
}

/// Whether a lookup says that there is something, or that there is not; none if it says neither, or is no lookup. A payment that is
/// known to be back is nothing new.
pub fn says_something(before: &Attempt, event: &Event) -> Option<bool> {
    let id = event.evidence().and_then(|seen| seen.transaction_id());
    let back = id.is_some() && before.second_payment(id).is_some_and(|it| it.is_back);
    match event {
        Event::LookupOpen => Some(true),
        event if is_unread(event) => (!back).then_some(true),
        Event::LookupAbsent | Event::LookupDeclined { .. } => Some(false),
        _ => None,
    }
}

/// Whether a lookup shows a capture of which it does not say how much.
pub fn is_unread(event: &Event) -> bool {
    event.evidence().is_some_and(|evidence| {
        evidence.sight() == Sight::Captured
            && evidence.source() == Source::Lookup
            && evidence.money().is_none()
    })
}

/// How much went back by our refund: what its answer says, or what we asked.
fn said_back(event: &Event, asked: u64) -> u64 {
    match event {
        Event::RefundAnswered(evidence) => evidence.money().map_or(asked, |money| money.minor),
        Event::OfRefund { outcome, .. } => said_back(outcome, asked),
        _ => asked,
    }
}

/// Two nodes with this in common live alike. Kept whole: two that differ are never taken for one.
fn key(node: &Node) -> Vec<u8> {
    let mut bytes = Bytes(Vec::with_capacity(256));
    shape(&node.attempt, &mut bytes);
    node.beside.hash(&mut bytes);
    bytes.0
}

/// What is hashed, instead of its hash.
struct Bytes(Vec<u8>);

impl Hasher for Bytes {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

/// Whether a call of this kind is open.
pub fn is_open(node: &Node, op: MoneyOp) -> bool {
    node.beside.open_calls.contains(&op)
}
