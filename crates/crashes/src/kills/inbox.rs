//! What the merchant's server was told by webhook: a log of its own, which no kill undoes, and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::merchant;
use super::world::Told;
use crate::dice::Dice;

/// How the merchant's server is when a webhook comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    /// It notes it and says so.
    Take,
    /// The same, and takes a while.
    TakeSlowly,
    /// It notes it, and says so when nobody listens any more.
    TakeLate,
    /// It notes it and hangs up.
    TakeAndHangUp,
    /// It cannot note it, and says so.
    Refuse,
    /// It hangs up.
    HangUp,
}

impl Mood {
    /// Whether the program can hear of it that it was noted.
    const fn is_good(self) -> bool {
        matches!(self, Self::Take | Self::TakeSlowly)
    }

    const fn notes(self) -> bool {
        !matches!(self, Self::Refuse | Self::HangUp)
    }
}

/// The merchant's log.
#[derive(Clone)]
pub(super) struct Inbox {
    dice: Dice,
    heard: BTreeMap<String, Heard>,
    /// Counts what happens, so that before and after can be told.
    ticks: u64,
    /// What came and should not have.
    wrong: Vec<String>,
    /// Webhooks that came, each time one did.
    pub(super) posts: u64,
    /// Of them, those the program was not told to be noted.
    pub(super) unthanked: u64,
}

/// One event, as it came first.
#[derive(Clone)]
struct Heard {
    body: Arc<[u8]>,
    event: Arc<Value>,
    came: u64,
    noted: Option<u64>,
    has_failed: bool,
}

/// What is wrong with what was heard.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// The program lists it, and it was never noted here.
    pub(super) unheard: Vec<String>,
    /// It came, and the program does not list it.
    pub(super) unlisted: Vec<String>,
    /// It came unsigned, out of order, or otherwise than before or than it is listed.
    pub(super) mistold: Vec<String>,
}

impl Inbox {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(!seed),
            heard: BTreeMap::new(),
            ticks: 0,
            wrong: Vec::new(),
            posts: 0,
            unthanked: 0,
        }
    }

    pub(super) const fn dice(&mut self) -> &mut Dice {
        &mut self.dice
    }

    /// Something came that a merchant refuses.
    pub(super) fn complain(&mut self, of: String) {
        self.wrong.push(of);
    }

    /// A webhook came whose signature is good. Gives the event's number.
    pub(super) fn come(&mut self, id: &str, body: &[u8]) -> u64 {
        self.posts += 1;
        self.ticks += 1;
        let came = self.ticks;
        let heard = self.heard.entry(id.to_owned()).or_insert_with(|| Heard {
            body: body.into(),
            event: Arc::new(serde_json::from_slice(body).unwrap_or_default()),
            came,
            noted: None,
            has_failed: false,
        });
        if *heard.body != *body {
            self.wrong
                .push(format!("{id} came again with another body"));
        }
        if heard.event["id"] != *id {
            self.wrong.push(format!("{id} came with an event's body"));
        }
        heard.event["seq"].as_u64().unwrap_or_default()
    }

    /// How the server is about this event. No event is failed twice: the second pause of the program's schedule is a minute.
    pub(super) fn mood(&mut self, id: &str, is_closing: bool) -> Mood {
        let drawn = MOODS[usize::try_from(self.dice.below(MOODS.len() as u64)).unwrap_or(0)];
        let Some(heard) = self.heard.get_mut(id) else {
            return Mood::Take;
        };
        let mood = match drawn {
            bad if !bad.is_good() && (heard.has_failed || is_closing) => Mood::Take,
            drawn => drawn,
        };
        heard.has_failed |= !mood.is_good();
        self.unthanked += u64::from(!mood.is_good());
        if mood.notes() && heard.noted.is_none() {
            self.ticks += 1;
            heard.noted = Some(self.ticks);
        }
        mood
    }

    /// The ids that have come.
    pub(super) fn ids(&self) -> BTreeSet<String> {
        self.heard.keys().cloned().collect()
    }

    /// What was noted, each event once, in the order in which it was noted.
    pub(super) fn log(&self) -> Vec<Told> {
        let mut noted: Vec<_> = self
            .heard
            .values()
            .filter_map(|heard| Some((heard.noted?, &*heard.event)))
            .collect();
        noted.sort_unstable_by_key(|(at, _)| *at);
        noted
            .into_iter()
            .map(|(_, event)| merchant::told(event))
            .collect()
    }

    /// Compares with all that the program lists; `came` are the ids that had come before it was asked.
    pub(super) fn judge(&self, listed: &[Value], came: &BTreeSet<String>) -> Found {
        let mut found = Found {
            mistold: self.wrong.clone(),
            ..Found::default()
        };
        let mut ids = BTreeSet::new();
        // Of each order: the number of the event before, and when that was noted.
        let mut before: BTreeMap<&str, (u64, Option<u64>)> = BTreeMap::new();
        for event in listed {
            let (id, order) = (text(&event["id"]), text(&event["orderId"]));
            let seq = event["seq"].as_u64().unwrap_or_default();
            ids.insert(id);
            let heard = self.heard.get(id);
            let noted = heard.and_then(|heard| heard.noted);
            if noted.is_none() {
                found.unheard.push(format!("{id} of {order}"));
            }
            if let Some(heard) = heard {
                if *heard.event != *event {
                    let what = format!("{id} of {order} came otherwise than it is listed");
                    found.mistold.push(what);
                }
                let earlier = before.get(order);
                if let Some((ahead, _)) =
                    earlier.filter(|(_, noted)| noted.is_none_or(|at| at > heard.came))
                {
                    let what = format!("{id} of {order} came before number {ahead} was taken");
                    found.mistold.push(what);
                }
            }
            before.insert(order, (seq, noted));
        }
        let unlisted = came.iter().filter(|id| !ids.contains(id.as_str()));
        found.unlisted.extend(unlisted.cloned());
        found
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// One in ten goes wrong, and one in eight takes a while.
const MOODS: [Mood; 40] = {
    let mut moods = [Mood::Take; 40];
    moods[0] = Mood::Refuse;
    moods[1] = Mood::HangUp;
    moods[2] = Mood::TakeAndHangUp;
    moods[3] = Mood::TakeLate;
    let mut nth = 4;
    while nth < 9 {
        moods[nth] = Mood::TakeSlowly;
        nth += 1;
    }
    moods
};

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(seq: u64, order: &str) -> Value {
        json!({ "id": format!("evt_{seq}"), "seq": seq, "orderId": order, "type": "payment.paid", "data": {} })
    }

    /// It comes, and is taken.
    fn take(inbox: &mut Inbox, event: &Value) {
        come(inbox, event);
        while !inbox.mood(text(&event["id"]), true).notes() {}
    }

    fn come(inbox: &mut Inbox, event: &Value) {
        inbox.come(text(&event["id"]), event.to_string().as_bytes());
    }

    fn found(inbox: &Inbox, listed: &[Value]) -> [usize; 3] {
        let found = inbox.judge(listed, &inbox.ids());
        [&found.unheard, &found.unlisted, &found.mistold].map(Vec::len)
    }

    #[test]
    fn what_is_listed_and_was_noted_in_order_is_clean() {
        let events = [event(1, "a"), event(2, "b"), event(3, "a")];
        let mut inbox = Inbox::new(1);
        // Orders do not wait for each other, and what comes again says nothing new.
        for nth in [1, 0, 0, 2, 0] {
            take(&mut inbox, &events[nth]);
        }
        assert_eq!(found(&inbox, &events), [0, 0, 0]);
        let log: Vec<u64> = inbox.log().iter().map(|told| told.seq).collect();
        assert_eq!(log, [2, 1, 3], "each once, as noted");
    }

    #[test]
    fn what_never_came_or_was_only_refused_is_unheard() {
        let events = [event(1, "a"), event(2, "b")];
        let mut inbox = Inbox::new(1);
        come(&mut inbox, &events[0]);
        assert_eq!(found(&inbox, &events), [2, 0, 0]);
        assert!(inbox.log().is_empty());
    }

    #[test]
    fn what_is_not_listed_should_not_have_come() {
        let mut inbox = Inbox::new(1);
        take(&mut inbox, &event(1, "a"));
        assert_eq!(found(&inbox, &[]), [0, 1, 0]);
        // What comes after the list was asked for is not in it.
        let found = inbox.judge(&[], &BTreeSet::new());
        assert_eq!(found, Found::default());
    }

    #[test]
    fn an_event_that_comes_before_the_one_ahead_was_taken_is_mistold() {
        let events = [event(1, "a"), event(2, "a")];
        let mut inbox = Inbox::new(1);
        take(&mut inbox, &events[1]);
        take(&mut inbox, &events[0]);
        assert_eq!(found(&inbox, &events), [0, 0, 1]);
        // The one ahead has come and was refused.
        let mut inbox = Inbox::new(1);
        come(&mut inbox, &events[0]);
        come(&mut inbox, &events[1]);
        take(&mut inbox, &events[0]);
        take(&mut inbox, &events[1]);
        assert_eq!(found(&inbox, &events), [0, 0, 1]);
    }

    #[test]
    fn another_body_under_a_known_id_is_mistold() {
        let told = event(1, "a");
        let mut inbox = Inbox::new(1);
        take(&mut inbox, &told);
        inbox.come("evt_1", format!("{told} ").as_bytes());
        assert_eq!(found(&inbox, std::slice::from_ref(&told)), [0, 0, 1]);
        let mut listed = told;
        listed["type"] = "payment.declined".into();
        assert_eq!(found(&inbox, &[listed]), [0, 0, 2], "nor is it as listed");
    }

    #[test]
    fn every_mood_comes_and_no_event_is_failed_twice() {
        let mut inbox = Inbox::new(1);
        let mut moods = Vec::new();
        for seq in 0..1000 {
            let event = event(seq, "a");
            come(&mut inbox, &event);
            let id = format!("evt_{seq}");
            let both = [false, false].map(|closing| inbox.mood(&id, closing));
            assert!(both.iter().filter(|mood| !mood.is_good()).count() < 2);
            moods.extend(both);
            assert!(inbox.mood(&id, true).is_good(), "none when the shop closes");
        }
        let all = |mood| moods.contains(&mood);
        assert!(MOODS.into_iter().all(all));
    }
}
