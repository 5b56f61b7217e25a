//! The machine by chance: what holds whatever happens, in any order.

use proptest::{prelude::*, sample::Index};

use super::*;

fn asks() -> impl Strategy<Value = Ask> {
    prop::sample::select(ASKS.to_vec())
}

const ASKS: [Ask; 4] = [Ask::Prepare, Ask::Status, Ask::Result, Ask::Closed];

fn words() -> impl Strategy<Value = Word> {
    use Status::*;
    let statuses = vec![
        Paid,
        AwaitingDeposit,
        Registered,
        Pending,
        Declined,
        Cancelled,
        Expired,
        InDoubt,
        Review,
    ];
    (prop::sample::select(statuses), any::<bool>())
        .prop_map(|(status, is_final)| Word { status, is_final })
}

fn failures() -> impl Strategy<Value = Failure> {
    prop_oneof![Just(Failure::Unreachable), Just(Failure::Refused)]
}

/// What a buyer, a page and a browser do, whenever they like.
const WILFUL: [Event; 9] = [
    Event::ResultArrived,
    Event::Returned,
    Event::SeemsClosed { in_front: true },
    Event::SeemsClosed { in_front: false },
    Event::Left,
    Event::PageRestored,
    Event::DeadlinePassed,
    Event::Offline,
    Event::Online,
];

/// Anything at all, possible or not.
fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        1 => Just(Event::Prepared),
        4 => (asks(), words()).prop_map(|(ask, word)| Event::Answered(ask, word)),
        4 => (asks(), failures()).prop_map(|(ask, failure)| Event::Failed(ask, failure)),
        8 => prop::sample::select(WILFUL.to_vec()),
        1 => Just(Event::Aborted),
        1 => Just(Event::PatienceOver),
    ]
}

fn starts() -> impl Strategy<Value = (Flow, Vec<Command>)> {
    (0..3).prop_map(|kind| match kind {
        0 => Flow::start(true),
        1 => Flow::start(false),
        _ => Flow::resume(),
    })
}

const fn ends(command: &Command) -> bool {
    matches!(command, Command::Settle(_) | Command::Fail)
}

proptest! {
    #[test]
    fn settles_at_most_once_with_the_window_gone_and_does_nothing_after_it(
        (mut flow, first) in starts(),
        happened in prop::collection::vec(events(), 0..40),
    ) {
        let mut commands = first;
        for event in happened {
            commands.extend(flow.step(event));
        }
        prop_assert!(commands.iter().filter(|command| ends(command)).count() <= 1);
        if let Some(end) = commands.iter().position(ends) {
            prop_assert_eq!(commands[end - 1], Command::Release);
            prop_assert_eq!(end, commands.len() - 1);
        }
    }

    #[test]
    fn says_only_what_the_server_said_last(
        (mut flow, _) in starts(),
        happened in prop::collection::vec(events(), 0..40),
    ) {
        let mut said = None;
        for event in happened {
            if let Event::Answered(_, word) = event {
                said = Some(word.status);
            }
            for command in flow.step(event) {
                if let Command::Settle(status) = command {
                    prop_assert_eq!(Some(status), said);
                    return Ok(());
                }
            }
        }
    }

    #[test]
    fn an_abort_always_ends_it_at_once(
        (mut flow, _) in starts(),
        happened in prop::collection::vec(events(), 0..20),
    ) {
        for event in happened {
            flow.step(event);
        }
        flow.step(Event::Aborted);
        prop_assert!(flow.is_settled());
    }

    #[test]
    fn whoever_leaves_is_answered_however_bad_the_connection_is(
        start in starts(),
        happened in prop::collection::vec((any::<Index>(), words()), 0..12),
        closing in prop::sample::select(vec![
            Event::Left,
            Event::PageRestored,
            Event::DeadlinePassed,
            Event::SeemsClosed { in_front: true },
        ]),
        after in prop::collection::vec((any::<Index>(), words()), 0..6),
    ) {
        let mut page = Page::new(start);
        for (index, word) in happened {
            page.happen(*index.get(&page.possible(word)));
        }
        page.happen(closing);
        for (index, word) in after {
            page.happen(*index.get(&page.possible(word)));
        }
        page.happen(closing);
        // From here on nothing but the worst: every ask is lost, and time runs out.
        for _ in 0..20 {
            if page.flow.is_settled() {
                return Ok(());
            }
            let next = page.worst();
            prop_assert!(next.is_some(), "nothing is under way: {:?}", page.flow);
            next.into_iter().for_each(|event| page.happen(event));
        }
        prop_assert!(false, "it goes on for ever: {:?}", page.flow);
    }
}

/// A page that does as it is told: only what was asked is answered, only what was waited for is over.
struct Page {
    flow: Flow,
    asked: Vec<Ask>,
    waits: bool,
}

impl Page {
    fn new((flow, first): (Flow, Vec<Command>)) -> Self {
        let mut page = Self {
            flow,
            asked: Vec::new(),
            waits: false,
        };
        page.perform(first);
        page
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Prepared => self.asked.retain(|ask| *ask != Ask::Prepare),
            Event::Answered(ask, _) | Event::Failed(ask, _) => {
                let at = self.asked.iter().position(|asked| *asked == ask);
                at.map(|at| self.asked.remove(at));
            }
            Event::PatienceOver => self.waits = false,
            _ => {}
        }
        let commands = self.flow.step(event);
        self.perform(commands);
        for once in [Ask::Prepare, Ask::Status, Ask::Result] {
            let asks = self.asked.iter().filter(|ask| **ask == once).count();
            assert!(asks <= 1, "{once:?} is asked {asks} times at once");
        }
    }

    fn perform(&mut self, commands: Vec<Command>) {
        for command in commands {
            match command {
                Command::Ask(ask) | Command::AskAgain(ask) => self.asked.push(ask),
                Command::Wait(_) => self.waits = true,
                _ => {}
            }
        }
    }

    fn possible(&self, word: Word) -> Vec<Event> {
        let asked = self.asked.iter().flat_map(|ask| {
            [
                match ask {
                    Ask::Prepare => Event::Prepared,
                    ask => Event::Answered(*ask, word),
                },
                Event::Failed(*ask, Failure::Unreachable),
                Event::Failed(*ask, Failure::Refused),
            ]
        });
        let over = self.waits.then_some(Event::PatienceOver);
        WILFUL.into_iter().chain(asked).chain(over).collect()
    }

    fn worst(&self) -> Option<Event> {
        let lost = |ask: &Ask| Event::Failed(*ask, Failure::Unreachable);
        // The status is asked over and over; only time ends that.
        let ask = self.asked.iter().find(|ask| **ask != Ask::Status).map(lost);
        ask.or_else(|| self.waits.then_some(Event::PatienceOver))
    }
}
