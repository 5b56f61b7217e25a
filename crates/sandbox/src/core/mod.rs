//! The pure half: state, faults and a clock go in, messages come out. No sockets, no files, no real time.

pub(crate) mod book;
pub(crate) mod clock;
pub(crate) mod handback;
pub(crate) mod mail;
pub(crate) mod script;
pub(crate) mod seed;
pub(crate) mod wire;

use std::time::Duration;

use jiff::Timestamp;
pub(crate) use paypair_protocol::Gateway;
use paypair_protocol::Money;

use self::book::{Book, EntryId};
use self::clock::{Clock, later};
use self::mail::{LetterId, Mail};
use self::script::Script;
use self::seed::Seed;
use crate::options::{Options, Switches};
use crate::{payletter, payletter_global, payple};

/// Everything the three gateways know.
pub(crate) struct World {
    /// What it was started with, and how the switches stand now.
    pub(crate) options: Options,
    /// How they stood at the start.
    switches_at_start: Switches,
    pub(crate) seed: Seed,
    pub(crate) clock: Clock,
    pub(crate) script: Script,
    pub(crate) book: Book,
    pub(crate) mail: Mail,
    pub(crate) payple: payple::core::State,
    pub(crate) payletter: payletter::core::State,
    pub(crate) payletter_global: payletter_global::core::State,
}

/// A callback that a captured payment owes its merchant.
pub(crate) struct Owed {
    /// None if it is about no payment.
    pub(crate) entry: Option<EntryId>,
    pub(crate) url: String,
    pub(crate) body: String,
}

/// How the callback goes out, seen from the page the buyer waits on.
#[derive(Default)]
pub(crate) struct Dispatch {
    /// Send these and wait for the first answers before the browser goes back.
    pub(crate) first: Vec<LetterId>,
}

/// What a gateway answers to a merchant's server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
    /// How long the answer keeps the caller waiting, in real time; what it tells of has already happened.
    pub(crate) wait: Duration,
}

impl Answer {
    pub(crate) const fn json(status: u16, body: String) -> Self {
        Self {
            status,
            content_type: "application/json; charset=utf-8",
            body,
            wait: Duration::ZERO,
        }
    }

    /// JSON under PHP's default content type: clients must read the text, whatever it is called.
    pub(crate) fn php(json: wire::Json) -> Self {
        Self {
            status: 200,
            content_type: "text/html; charset=UTF-8",
            body: json.end_php(),
            wait: Duration::ZERO,
        }
    }

    /// A web server's own error page instead of an answer.
    pub(crate) fn broken(status: u16) -> Self {
        let body = format!(
            "<html><head><title>{status}</title></head><body><center><h1>{status}</h1></center></body></html>"
        );
        Self {
            status,
            content_type: "text/html",
            body,
            wait: Duration::ZERO,
        }
    }

    pub(crate) fn after(self, seconds: Option<u64>) -> Self {
        Self {
            wait: Duration::from_secs(seconds.unwrap_or(0)),
            ..self
        }
    }
}

impl World {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            seed: Seed::new(options.seed),
            clock: Clock::new(options.still_clock),
            script: Script::default(),
            book: Book::default(),
            mail: Mail::new(options.resend_every),
            payple: payple::core::State::default(),
            payletter: payletter::core::State::default(),
            payletter_global: payletter_global::core::State::default(),
            switches_at_start: options.switches(),
            options,
        }
    }

    /// Back to the first moment, the switches too; only the mail keeps counting.
    pub(crate) fn reset(&mut self) {
        let mut options = self.options.clone();
        options.switch(self.switches_at_start.clone());
        let mut fresh = Self::new(options);
        self.mail.clear();
        std::mem::swap(&mut fresh.mail, &mut self.mail);
        *self = fresh;
    }

    /// Does this fault befall this payment now?
    pub(crate) fn struck(&mut self, gateway: Gateway, order_id: &str, fault: &str) -> bool {
        self.script.has(gateway, order_id, fault)
    }

    /// Puts an owed callback into the mail, in the order the script wants.
    pub(crate) fn dispatch(&mut self, of: (Gateway, &str), owed: Owed, now: Timestamp) -> Dispatch {
        let (gateway, order_id) = of;
        let Owed { entry, url, body } = owed;
        let held = self.struck(gateway, order_id, "callback_never");
        // It shows when the letter arrives.
        let late = self
            .script
            .take_for_later(gateway, order_id, "callback_late")
            .map(|fault| fault.seconds_or(60));
        let behind = self
            .script
            .take(gateway, order_id, "return_before_callback")
            .map(|fault| fault.seconds_or(1));
        let copies = if self.struck(gateway, order_id, "callback_twice") {
            2
        } else {
            1
        };
        let wait = late.or(behind);
        let due = wait.map(|seconds| later(now, Duration::from_secs(seconds)));
        // What is held back does not leave later either.
        let due = due.filter(|_| !held);
        let letters: Vec<_> = (0..copies)
            .map(|_| self.mail.post(of, entry, &url, body.clone(), due))
            .collect();
        if late.is_some() {
            self.mail.mark_late(&letters);
        }
        Dispatch {
            first: if held || wait.is_some() {
                Vec::new()
            } else {
                letters
            },
        }
    }

    /// The same for a callback that no browser waits for: it leaves on its own.
    pub(crate) fn dispatch_alone(&mut self, of: (Gateway, &str), owed: Owed, now: Timestamp) {
        for letter in self.dispatch(of, owed, now).first {
            self.mail.release(letter, now);
        }
    }

    /// How the answer to a charge of a billing key, which has happened, gets to the caller.
    pub(crate) fn answer_to_charge(
        &mut self,
        gateway: Gateway,
        order_id: &str,
        answer: Answer,
    ) -> Answer {
        if self.struck(gateway, order_id, "charge_answer_lost") {
            return Answer::broken(502);
        }
        let slow = self.script.take(gateway, order_id, "slow_charge");
        answer.after(slow.map(|fault| fault.seconds_or(30)))
    }

    /// When lookups begin to show a payment made now. A lag shows when one of them does not.
    pub(crate) fn visible_at(
        &mut self,
        gateway: Gateway,
        order_id: &str,
        now: Timestamp,
    ) -> Timestamp {
        let lag = self
            .script
            .take_for_later(gateway, order_id, "lookup_lag")
            .map_or(0, |fault| fault.seconds_or(30));
        later(now, Duration::from_secs(lag))
    }

    /// What is really taken: `asked`, unless the script has it otherwise.
    pub(crate) fn amount_to_capture(
        &mut self,
        gateway: Gateway,
        order_id: &str,
        asked: Money,
    ) -> Money {
        let Some(fault) = self.script.take(gateway, order_id, "wrong_amount") else {
            return asked;
        };
        let scripted = fault
            .amount
            .and_then(|text| Money::parse(&text, &asked.currency).ok());
        let one_more = Money {
            minor: asked.minor.saturating_add(1),
            ..asked
        };
        scripted.unwrap_or(one_more)
    }

    /// The transaction id to report: `fresh`, unless the script repeats the gateway's first one.
    pub(crate) fn transaction_id(
        &mut self,
        gateway: Gateway,
        order_id: &str,
        fresh: String,
    ) -> String {
        let repeated = self.struck(gateway, order_id, "duplicate_transaction");
        self.book
            .first_transaction(gateway)
            .filter(|_| repeated)
            .unwrap_or(fresh)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::core::book::Entry;

    pub(crate) fn entry() -> Entry {
        let of = (Gateway::Payletter, "a");
        Entry::new(
            of,
            "t",
            Money::won(1000),
            ("creditcard", "상품"),
            book::Standing::Captured,
            Timestamp::UNIX_EPOCH,
        )
    }

    #[test]
    fn the_script_orders_callback_and_return() {
        let mut world = World::new(Options::default());
        let now = Timestamp::UNIX_EPOCH;
        let entry = world.book.enter(entry());
        let owed = |entry| Owed {
            entry: Some(entry),
            url: "http://localhost/".into(),
            body: String::new(),
        };
        let of = (Gateway::Payletter, "a");
        assert_eq!(world.dispatch(of, owed(entry), now).first.len(), 1);
        assert_eq!(world.mail.next_due(), None);
        let script = |world: &mut World, name: &str| {
            let fault = script::Fault {
                name: name.into(),
                ..script::Fault::default()
            };
            world
                .script
                .add(Gateway::Payletter, None, vec![fault], Some(1));
        };
        script(&mut world, "callback_twice");
        assert_eq!(world.dispatch(of, owed(entry), now).first.len(), 2);
        script(&mut world, "callback_never");
        assert!(world.dispatch(of, owed(entry), now).first.is_empty());
        assert_eq!(world.mail.next_due(), None);
        script(&mut world, "return_before_callback");
        assert!(world.dispatch(of, owed(entry), now).first.is_empty());
        assert!(world.mail.next_due().is_some());
    }

    #[test]
    fn what_is_held_back_does_not_leave_later_either() {
        let mut world = World::new(Options::default());
        let of = (Gateway::Payletter, "a");
        for name in ["callback_never", "return_before_callback"] {
            let fault = script::Fault {
                name: name.into(),
                ..script::Fault::default()
            };
            world
                .script
                .add(Gateway::Payletter, None, vec![fault], Some(1));
        }
        let owed = Owed {
            entry: None,
            url: "http://localhost/".into(),
            body: String::new(),
        };
        let sent = world.dispatch(of, owed, Timestamp::UNIX_EPOCH);
        assert!(sent.first.is_empty());
        assert_eq!(world.mail.next_due(), None);
    }
}
