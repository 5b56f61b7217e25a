//! How every attempt of the day stands, as far as it was committed; so a fault is booked where it struck.

use std::collections::BTreeMap;

use paypair_ledger::{Attempt, AttemptKey};

use crate::faults::Fault;
use crate::scheduler::lock;
use crate::world::World;

/// What is known of the day's attempts.
#[derive(Default)]
pub(crate) struct Standings {
    /// By the gateway's name for it.
    states: BTreeMap<String, &'static str>,
    /// The attempts of each order of ours, by their numbers.
    orders: BTreeMap<String, BTreeMap<u32, Known>>,
    /// What each task of the server works on, by the gateway's name for it.
    at_work: BTreeMap<usize, String>,
}

struct Known {
    name: String,
    /// Whether it holds money, may hold some, or neither.
    rank: u8,
}

/// What a fault may be about, as whoever meets it knows it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum About<'a> {
    /// No attempt.
    Nothing,
    /// The gateway's name of an attempt.
    Name(&'a str),
    /// An order of ours: the attempt that speaks for it.
    Order(&'a str),
    Attempt(&'a AttemptKey),
}

/// An attempt as it stood at some moment: whether what happened then was a fault may be known only later.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    name: String,
    state: &'static str,
}

impl World {
    /// An attempt was committed like this.
    pub(crate) fn stands(&self, attempt: &Attempt) {
        let name = &attempt.gateway_order_id;
        let mut standings = lock(&self.standings);
        let state = attempt.state.as_str();
        standings.states.insert(name.clone(), state);
        let rank = if attempt.state.is_settled() {
            2
        } else {
            u8::from(!attempt.leaves_room())
        };
        let of_order = standings.orders.entry(attempt.order.id.clone());
        let known = of_order.or_default().entry(attempt.no);
        let new = || Known {
            name: name.clone(),
            rank,
        };
        known.or_insert_with(new).rank = rank;
    }

    /// How an attempt stands, by the gateway's name for it.
    pub(crate) fn standing(&self, gateway_order: &str) -> Option<&'static str> {
        lock(&self.standings).states.get(gateway_order).copied()
    }

    /// The gateway's name for what this is about. Of an order without attempts it is its own, under which nothing stands.
    pub(crate) fn name_of(&self, about: About<'_>) -> String {
        let standings = lock(&self.standings);
        match about {
            About::Nothing => String::new(),
            About::Name(name) => name.to_owned(),
            About::Order(id) => {
                // The same rule as `OrderView::leading`: the latest of those that say most.
                let attempts = standings.orders.get(id);
                let leading = attempts.and_then(|of_order| {
                    let ranked = of_order.iter().max_by_key(|(no, known)| (known.rank, **no));
                    ranked.map(|(_, known)| known.name.clone())
                });
                leading.unwrap_or_else(|| id.to_owned())
            }
            About::Attempt(key) => {
                let of_order = standings.orders.get(&key.order_id);
                let known = of_order.and_then(|of_order| of_order.get(&key.no));
                known.map_or_else(|| key.order_id.clone(), |known| known.name.clone())
            }
        }
    }

    /// The running task of the server works on this from now on.
    pub(crate) fn works_on(&self, gateway_order: &str) {
        let task = self.clock.current();
        let at_work = &mut lock(&self.standings).at_work;
        if gateway_order.is_empty() {
            at_work.remove(&task);
        } else if at_work
            .get(&task)
            .is_none_or(|known| known != gateway_order)
        {
            at_work.insert(task, gateway_order.to_owned());
        }
    }

    /// What the running task of the server works on; nothing if that is no attempt.
    pub(crate) fn at_work(&self) -> String {
        let task = self.clock.current();
        let standings = lock(&self.standings);
        standings.at_work.get(&task).cloned().unwrap_or_default()
    }

    /// How it stands now.
    pub(crate) fn mark(&self, about: About<'_>) -> Mark {
        let name = self.name_of(about);
        let state = self.standing(&name).unwrap_or("-");
        Mark { name, state }
    }

    /// A fault struck, about this order of a gateway's, if about any.
    pub(crate) fn struck(&self, fault: Fault, gateway_order: &str) {
        self.struck_about(fault, About::Name(gateway_order));
    }

    pub(crate) fn struck_about(&self, fault: Fault, about: About<'_>) {
        self.struck_at(fault, &self.mark(about));
    }

    /// A fault struck when this was so.
    pub(crate) fn struck_at(&self, fault: Fault, mark: &Mark) {
        lock(&self.tally).add(fault, mark.state);
        let order = if mark.name.is_empty() && !fault.strikes_all() {
            "-"
        } else {
            &mark.name
        };
        self.tell("fault", order, || {
            format!("{} ({})", fault.name(), mark.state)
        });
    }
}
