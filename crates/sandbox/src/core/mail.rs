//! Callbacks and notices on their way, with the resend rule of each gateway.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::Gateway;
use super::book::EntryId;
use super::clock::later;

/// Callbacks and notices on their way to merchants, and the rule by which they are sent again.
pub(crate) struct Mail {
    letters: BTreeMap<LetterId, Letter>,
    /// Those that have a time to leave, by it.
    agenda: BTreeSet<(Timestamp, LetterId)>,
    /// Never falls back, so that an answer which arrives after a reset finds nothing instead of a stranger's letter.
    next: u64,
    resend_every: Duration,
}

/// One callback: what is sent, where to, and how it fares.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) gateway: Gateway,
    pub(crate) order_id: String,
    pub(crate) entry: Option<EntryId>,
    pub(crate) url: String,
    pub(crate) body: String,
    pub(crate) attempts: u32,
    pub(crate) acknowledged: bool,
    /// It was put off by a fault.
    pub(crate) late: bool,
    /// When it goes out next; `None` once it is acknowledged, given up, or held back by a fault.
    due: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LetterId(u64);

impl Mail {
    pub(crate) const fn new(resend_every: Duration) -> Self {
        Self {
            letters: BTreeMap::new(),
            agenda: BTreeSet::new(),
            next: 0,
            resend_every,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.letters.clear();
        self.agenda.clear();
    }

    /// Takes a letter in; it leaves at `due`, or waits for [`Mail::send_now`].
    pub(crate) fn post(
        &mut self,
        (gateway, order_id): (Gateway, &str),
        entry: Option<EntryId>,
        url: &str,
        body: String,
        due: Option<Timestamp>,
    ) -> LetterId {
        let (order_id, url) = (order_id.to_owned(), url.to_owned());
        let id = LetterId(self.next);
        self.next += 1;
        let letter = Letter {
            gateway,
            order_id,
            entry,
            url,
            body,
            attempts: 0,
            acknowledged: false,
            late: false,
            due,
        };
        self.letters.insert(id, letter);
        self.agenda.extend(due.map(|due| (due, id)));
        id
    }

    /// These were put off by a fault.
    pub(crate) fn mark_late(&mut self, ids: &[LetterId]) {
        for id in ids {
            if let Some(letter) = self.letters.get_mut(id) {
                letter.late = true;
            }
        }
    }

    /// The letters of one order, oldest first.
    pub(crate) fn of_order(&self, gateway: Gateway, order_id: &str) -> Vec<LetterId> {
        let of_order = |letter: &Letter| letter.gateway == gateway && letter.order_id == order_id;
        self.letters
            .iter()
            .filter(|(_, letter)| of_order(letter))
            .map(|(id, _)| *id)
            .collect()
    }

    /// Those of them that no merchant has acknowledged.
    pub(crate) fn unacknowledged(&self, ids: &[LetterId]) -> Vec<LetterId> {
        let open = |id: &&LetterId| {
            self.letters
                .get(id)
                .is_some_and(|letter| !letter.acknowledged)
        };
        ids.iter().filter(open).copied().collect()
    }

    /// Takes what is due out of the queue, in the order in which it was written. Each has to come back by [`Mail::settle`].
    pub(crate) fn due(&mut self, now: Timestamp) -> Vec<LetterId> {
        let waiting = self.agenda.iter().take_while(|(due, _)| *due <= now);
        let mut ids: Vec<_> = waiting.map(|(_, id)| *id).collect();
        ids.sort_unstable();
        for id in &ids {
            self.leave_at(*id, None);
        }
        ids
    }

    /// When the next letter leaves.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.agenda.first().map(|(due, _)| *due)
    }

    /// Lets a letter leave on its own.
    pub(crate) fn release(&mut self, id: LetterId, due: Timestamp) {
        self.leave_at(id, Some(due));
    }

    fn leave_at(&mut self, id: LetterId, due: Option<Timestamp>) {
        if let Some(letter) = self.letters.get_mut(&id) {
            let before = std::mem::replace(&mut letter.due, due);
            if let Some(before) = before {
                self.agenda.remove(&(before, id));
            }
            self.agenda.extend(due.map(|due| (due, id)));
        }
    }

    /// Takes one letter out of the queue, to be sent by hand.
    pub(crate) fn send_now(&mut self, id: LetterId) -> Option<Letter> {
        self.leave_at(id, None);
        let letter = self.letters.get_mut(&id)?;
        letter.attempts += 1;
        Some(letter.clone())
    }

    /// Books the answer of an attempt. Unacknowledged letters are sent again, as often as the gateway documents.
    /// False if the letter is gone: a reset took it.
    pub(crate) fn settle(&mut self, id: LetterId, acknowledged: bool, now: Timestamp) -> bool {
        let resend_every = self.resend_every;
        let Some(letter) = self.letters.get_mut(&id) else {
            return false;
        };
        letter.acknowledged |= acknowledged;
        let again = !letter.acknowledged && letter.attempts <= resends(letter.gateway);
        self.leave_at(id, again.then(|| later(now, resend_every)));
        true
    }
}

/// How often an unacknowledged callback is sent again.
pub(crate) const fn resends(gateway: Gateway) -> u32 {
    match gateway {
        // How often is told nowhere; that it is sent again is.
        Gateway::Payple => 10,
        Gateway::Payletter => 20,
        Gateway::PayletterGlobal => 10,
    }
}

#[cfg(test)]
mod tests {
    use super::super::book::Book;
    use super::super::tests::entry;
    use super::*;

    #[test]
    fn a_letter_is_sent_once_and_twenty_times_again() {
        let mut mail = Mail::new(Duration::from_secs(300));
        let mut now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let line = Book::default().enter(entry());
        mail.post(
            (Gateway::Payletter, "a"),
            Some(line),
            "http://localhost/",
            String::new(),
            Some(now),
        );
        let mut sent = 0;
        while let Some(due) = mail.next_due() {
            now = due;
            for id in mail.due(now) {
                mail.send_now(id).unwrap();
                sent += 1;
                mail.settle(id, false, now);
            }
        }
        assert_eq!(sent, 21);
    }

    #[test]
    fn an_acknowledged_letter_rests() {
        let mut mail = Mail::new(Duration::from_secs(300));
        let now = Timestamp::UNIX_EPOCH;
        let line = Book::default().enter(entry());
        let id = mail.post(
            (Gateway::PayletterGlobal, "a"),
            Some(line),
            "http://localhost/",
            String::new(),
            Some(now),
        );
        assert_eq!(mail.due(now), [id]);
        mail.send_now(id).unwrap();
        assert!(mail.settle(id, true, now));
        assert_eq!(mail.next_due(), None);
        assert_eq!(mail.of_order(Gateway::PayletterGlobal, "a"), [id]);
    }
}
