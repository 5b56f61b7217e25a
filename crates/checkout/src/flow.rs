//! One payment in the page as a pure machine: events in, commands out. No page, no clock, no network.
//!
//! It decides *when* to ask the server and when to stop; what the payment *is* only the server says. Every
//! way out goes through `settle` or `fail`, and both release the window first.

use alloc::{vec, vec::Vec};

use paypair_protocol::Status;

/// One answer of the server about the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// What it says.
    pub status: Status,
    /// Whether it will stay so.
    pub is_final: bool,
}

/// What the server can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Make an attempt ready (`prepare`, or the drop-in's `payple/auth`).
    Prepare,
    /// How it stands, answered late on purpose (`status?wait=`).
    Status,
    /// Here is the gateway's result from the window: check it.
    Result,
    /// The window seems to be gone: look it up.
    Closed,
}

/// Why an ask brought no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Network, or a server that says "later".
    Unreachable,
    /// The server understood and said no.
    Refused,
}

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The attempt is ready and the window may go to the gateway.
    Prepared,
    /// The server said how the order stands.
    Answered(Ask, Word),
    /// An ask failed.
    Failed(Ask, Failure),
    /// The gateway's page handed a result over, from our window and its origin.
    ResultArrived,
    /// The return page reported on the broadcast channel.
    Returned,
    /// `window.closed` is true. Under COOP it is true for an open window, so it only counts when the buyer
    /// is back on this page.
    SeemsClosed {
        /// Whether this page has the focus.
        in_front: bool,
    },
    /// The buyer closed the window by our own button.
    Left,
    /// The page came back out of the back/forward cache: the buyer went somewhere else and back again.
    PageRestored,
    /// The page does not want to know any more.
    Aborted,
    /// The time that the page gave the whole payment is over.
    DeadlinePassed,
    /// The browser lost its connection.
    Offline,
    /// It has it again.
    Online,
    /// The time given by [`Command::Wait`] is over.
    PatienceOver,
}

/// How long to go on asking when the window is of no more use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// The buyer closed it: a late answer of the gateway may still come.
    AfterClose,
    /// The buyer came back from the gateway: the server is confirming.
    AfterReturn,
    /// There is no connection; the answer comes when there is one.
    WhileOffline,
}

/// What the page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// The buyer is at the gateway.
    Paying,
    /// The server is being asked.
    Checking,
}

/// Something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Ask the server now.
    Ask(Ask),
    /// Ask the server after a short pause.
    AskAgain(Ask),
    /// Keep order and secret for a page load.
    Remember,
    /// The order is settled for good.
    Forget,
    /// Listen, watch, and send the window to the gateway.
    Launch,
    /// Tell the return page that it was heard.
    Acknowledge,
    /// Tell page and buyer where things stand.
    Show(Scene),
    /// Report [`Event::PatienceOver`] after a while. The latest wait counts, not those before it.
    Wait(Patience),
    /// Take window and overlay away and stop listening.
    Release,
    /// Resolve with the server's latest word.
    Settle(Status),
    /// Reject with the latest error.
    Fail,
}

/// The machine. See the module's first lines.
#[derive(Debug)]
pub struct Flow {
    stage: Stage,
    /// Whether this page stays while the buyer pays; after a redirect there is nobody left to ask.
    stays: bool,
    word: Option<Word>,
    handover: Handover,
    /// The window was closed before it could be sent anywhere.
    left_early: bool,
    /// The status is being asked, over and over.
    polling: bool,
    /// The server is looking a closed window up.
    looking_up: bool,
    out_of_patience: bool,
    /// The deadline has passed: nothing is waited for at length any more.
    late: bool,
    /// The buyer came back to this page by the browser's own buttons, so nothing else will bring a result.
    back: bool,
    offline: bool,
    /// What is to be asked once there is a connection again.
    held: Vec<Command>,
    /// Times that the window seemed closed while this page was not in front.
    unseen: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Preparing,
    Paying,
    Checking,
    Settled,
}

/// The gateway's result on its way to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Handover {
    None,
    Sending { tries: u8 },
    Over,
}

impl Flow {
    /// A new payment. `stays` is false for a redirect.
    #[must_use]
    pub fn start(stays: bool) -> (Self, Vec<Command>) {
        (
            Self::at(Stage::Preparing, stays),
            vec![Command::Ask(Ask::Prepare)],
        )
    }

    /// A payment this page left for, found again on the result page.
    #[must_use]
    pub fn resume() -> (Self, Vec<Command>) {
        let mut flow = Self::at(Stage::Checking, true);
        let mut commands = vec![Command::Show(Scene::Checking)];
        flow.poll(&mut commands);
        commands.push(Command::Wait(Patience::AfterReturn));
        (flow, commands)
    }

    fn at(stage: Stage, stays: bool) -> Self {
        Self {
            stage,
            stays,
            word: None,
            handover: Handover::None,
            left_early: false,
            polling: false,
            looking_up: false,
            out_of_patience: false,
            late: false,
            back: false,
            offline: false,
            held: Vec::new(),
            unseen: 0,
        }
    }

    /// Whether the end was reached.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.stage == Stage::Settled
    }

    /// Takes one event. After the end every event is ignored.
    pub fn step(&mut self, event: Event) -> Vec<Command> {
        match event {
            _ if self.stage == Stage::Settled => vec![],
            Event::Prepared => self.launch(),
            Event::Answered(ask, word) => self.hear(ask, word),
            Event::Failed(ask, failure) => self.miss(ask, failure),
            Event::ResultArrived => self.hand_over(),
            Event::Returned => self.returned(),
            Event::Left | Event::SeemsClosed { in_front: true } => self.leave(),
            Event::SeemsClosed { in_front: false } => {
                self.unseen = self.unseen.saturating_add(1);
                if self.unseen < UNSEEN {
                    vec![]
                } else {
                    self.leave()
                }
            }
            Event::PageRestored => self.restore(),
            Event::Aborted => self.fail(),
            Event::DeadlinePassed => self.expire(),
            Event::Offline => self.disconnect(),
            Event::Online => self.reconnect(),
            Event::PatienceOver => self.give_in(),
        }
    }

    fn launch(&mut self) -> Vec<Command> {
        if self.stage != Stage::Preparing {
            return vec![];
        }
        if self.left_early {
            return self.look_up();
        }
        self.stage = Stage::Paying;
        let mut commands = vec![
            Command::Remember,
            Command::Launch,
            Command::Show(Scene::Paying),
        ];
        if self.stays {
            self.poll(&mut commands);
        }
        commands
    }

    fn hear(&mut self, ask: Ask, word: Word) -> Vec<Command> {
        self.word = Some(word);
        // Another tab may have ended the attempt softly while our own result is on its way, and the server takes that.
        let sending = matches!(self.handover, Handover::Sending { .. }) && ask != Ask::Result;
        let hasty = sending && !word.is_final && word.status != Status::Paid;
        if word.is_final || word.status.is_answer() && !hasty {
            return self.settle(word);
        }
        match ask {
            Ask::Status => vec![Command::AskAgain(Ask::Status)],
            Ask::Closed if self.back => self.settle(word),
            Ask::Closed => self.looked_up(),
            // The server has waited for the confirm as long as it will: its word stands.
            Ask::Prepare | Ask::Result => self.settle(word),
        }
    }

    fn miss(&mut self, ask: Ask, failure: Failure) -> Vec<Command> {
        match (ask, failure, self.handover) {
            // Asked for other reasons by now, the server tells what became of the attempt.
            (Ask::Prepare, ..) if self.stage != Stage::Preparing => vec![],
            (Ask::Prepare, ..) | (Ask::Status, Failure::Refused, _) => self.fail(),
            (_, Failure::Unreachable, _) if self.offline => self.hold(ask),
            (Ask::Status, Failure::Unreachable, _) => vec![Command::AskAgain(Ask::Status)],
            (Ask::Result, Failure::Unreachable, Handover::Sending { tries }) if tries < TRIES => {
                self.handover = Handover::Sending { tries: tries + 1 };
                vec![Command::AskAgain(Ask::Result)]
            }
            (Ask::Result, ..) => {
                self.handover = Handover::Over;
                self.out_of_patience = false;
                let mut commands = vec![self.wait(Patience::AfterReturn)];
                self.poll(&mut commands);
                commands
            }
            (Ask::Closed, ..) => self.looked_up(),
        }
    }

    /// A result may come after the window seemed closed; it is sent on all the same, once.
    fn hand_over(&mut self) -> Vec<Command> {
        if self.stage == Stage::Preparing || self.handover != Handover::None {
            return vec![];
        }
        self.handover = Handover::Sending { tries: 1 };
        let mut commands = vec![];
        self.check(&mut commands);
        commands.push(Command::Ask(Ask::Result));
        // With a connection the server's answer comes, however long it confirms.
        if self.offline {
            commands.push(self.wait(Patience::AfterReturn));
        }
        commands
    }

    /// The return page repeats itself until it is acknowledged.
    fn returned(&mut self) -> Vec<Command> {
        if self.stage != Stage::Paying {
            return vec![Command::Acknowledge];
        }
        let mut commands = vec![Command::Acknowledge];
        self.check(&mut commands);
        commands.push(self.wait(Patience::AfterReturn));
        commands
    }

    fn leave(&mut self) -> Vec<Command> {
        match self.stage {
            Stage::Preparing => self.left_early = true,
            Stage::Paying => return self.look_up(),
            Stage::Checking | Stage::Settled => {}
        }
        vec![]
    }

    /// The window goes, wherever it is, as if the buyer had closed it. An attempt may be in the making: the page has to
    /// be able to ask for it later.
    fn look_up(&mut self) -> Vec<Command> {
        self.looking_up = true;
        let mut commands = vec![];
        if self.stage == Stage::Preparing {
            commands.push(Command::Remember);
        }
        self.check(&mut commands);
        commands.push(Command::Ask(Ask::Closed));
        commands.push(self.wait(Patience::AfterClose));
        commands
    }

    /// The server is asked from now on; said once.
    fn check(&mut self, commands: &mut Vec<Command>) {
        if core::mem::replace(&mut self.stage, Stage::Checking) != Stage::Checking {
            commands.push(Command::Show(Scene::Checking));
        }
    }

    /// While the page was away its asks may have died without a word, so it asks anew, and takes that answer.
    fn restore(&mut self) -> Vec<Command> {
        self.back = true;
        self.out_of_patience = false;
        if self.handover != Handover::None {
            self.handover = Handover::Over;
        }
        self.look_up()
    }

    fn expire(&mut self) -> Vec<Command> {
        self.late = true;
        match self.stage {
            Stage::Preparing | Stage::Paying => self.look_up(),
            Stage::Checking if self.offline => vec![self.wait(Patience::AfterClose)],
            Stage::Checking | Stage::Settled => vec![],
        }
    }

    fn disconnect(&mut self) -> Vec<Command> {
        let known = core::mem::replace(&mut self.offline, true);
        if known || self.stage != Stage::Checking {
            return vec![];
        }
        self.out_of_patience = false;
        vec![self.wait(Patience::AfterClose)]
    }

    fn reconnect(&mut self) -> Vec<Command> {
        if !core::mem::replace(&mut self.offline, false) {
            return vec![];
        }
        let mut commands = core::mem::take(&mut self.held);
        if self.stage == Stage::Checking {
            self.out_of_patience = false;
            commands.push(self.wait(Patience::AfterReturn));
        }
        commands
    }

    /// Without a connection an ask waits for it.
    fn hold(&mut self, ask: Ask) -> Vec<Command> {
        // Each is on its way once at most, but for a lookup, which may be told twice.
        self.held.push(Command::Ask(ask));
        vec![]
    }

    fn wait(&self, usual: Patience) -> Command {
        Command::Wait(if self.offline && !self.late {
            Patience::WhileOffline
        } else {
            usual
        })
    }

    /// The lookup may have taken longer than the patience that was given beside it.
    fn looked_up(&mut self) -> Vec<Command> {
        self.looking_up = false;
        if self.out_of_patience {
            return self.give_in();
        }
        let mut commands = vec![];
        self.poll(&mut commands);
        commands
    }

    /// By one loop only.
    fn poll(&mut self, commands: &mut Vec<Command>) {
        if !core::mem::replace(&mut self.polling, true) {
            commands.push(Command::Ask(Ask::Status));
        }
    }

    fn give_in(&mut self) -> Vec<Command> {
        let first = !core::mem::replace(&mut self.out_of_patience, true);
        match (self.stage, self.handover, self.word) {
            (Stage::Preparing | Stage::Paying, ..) => vec![],
            // The server is confirming: its answer comes.
            (_, Handover::Sending { .. }, _) if !self.offline => vec![],
            // A lookup may take the server a while, but a buyer does not wait for ever.
            _ if self.looking_up && first && !self.offline => {
                vec![Command::Wait(Patience::AfterReturn)]
            }
            (.., Some(word)) => self.settle(word),
            (.., None) => self.fail(),
        }
    }

    fn settle(&mut self, word: Word) -> Vec<Command> {
        self.stage = Stage::Settled;
        let mut commands = vec![];
        if word.is_final {
            commands.push(Command::Forget);
        }
        commands.push(Command::Release);
        commands.push(Command::Settle(word.status));
        commands
    }

    fn fail(&mut self) -> Vec<Command> {
        self.stage = Stage::Settled;
        vec![Command::Release, Command::Fail]
    }
}

/// With the watch looking twice a second: a window that seems closed for 20 s counts as gone even if the buyer
/// never comes back to this page.
const UNSEEN: u8 = 40;

/// How often a result is sent before the status must tell.
const TRIES: u8 = 3;

#[cfg(all(test, not(target_arch = "wasm32")))]
#[path = "flow_tests.rs"]
#[allow(clippy::disallowed_macros, reason = "tests are not shipped")]
mod tests;

#[cfg(all(test, not(target_arch = "wasm32")))]
#[path = "flow_races.rs"]
#[allow(clippy::disallowed_macros, reason = "tests are not shipped")]
mod races;

#[cfg(all(test, not(target_arch = "wasm32")))]
#[path = "flow_laws.rs"]
#[allow(clippy::disallowed_macros, reason = "tests are not shipped")]
mod laws;
