//! Two things at once, in every order that a browser brings them.

use super::{tests::*, *};

#[test]
fn result_and_close_at_once() {
    let [arrived, left] = [Event::ResultArrived, Event::Left];
    for order in [[arrived, left], [left, arrived]] {
        let mut flow = paying();
        let commands: Vec<_> = order.into_iter().flat_map(|it| flow.step(it)).collect();
        assert!(commands.contains(&Command::Ask(Ask::Result)), "{order:?}");
        // The lookup knows nothing of the result that is on its way: its word is not the last.
        assert_eq!(
            flow.step(Event::Answered(Ask::Closed, OPEN)),
            [],
            "{order:?}"
        );
        assert_eq!(flow.step(Event::PatienceOver), [], "{order:?}");
        let commands = flow.step(Event::Answered(Ask::Result, PAID));
        assert_eq!(commands.last(), Some(&Command::Settle(Status::Paid)));
    }
}

/// Two tabs stand on one attempt: the buyer leaves one, and the other has his result. The server takes that after a soft end.
#[test]
fn a_soft_end_from_another_tab_while_the_result_is_on_its_way() {
    let cancelled = Word {
        status: Status::Cancelled,
        is_final: false,
    };
    for ask in [Ask::Status, Ask::Closed] {
        let mut flow = paying();
        flow.step(Event::ResultArrived);
        if ask == Ask::Closed {
            flow.step(Event::Left);
        }
        let commands = flow.step(Event::Answered(ask, cancelled));
        assert!(!flow.is_settled(), "{ask:?} {commands:?}");
        let commands = flow.step(Event::Answered(Ask::Result, PAID));
        assert_eq!(commands.last(), Some(&Command::Settle(Status::Paid)));
    }
    // The server's answer to the result itself stands.
    let mut flow = paying();
    flow.step(Event::ResultArrived);
    let commands = flow.step(Event::Answered(Ask::Result, cancelled));
    assert_eq!(commands.last(), Some(&Command::Settle(Status::Cancelled)));
}

#[test]
fn two_results() {
    let mut flow = paying();
    let mut commands = flow.step(Event::ResultArrived);
    commands.extend(flow.step(Event::ResultArrived));
    commands.extend(flow.step(Event::Answered(Ask::Result, PAID)));
    commands.extend(flow.step(Event::ResultArrived));
    let handed = |command: &&Command| **command == Command::Ask(Ask::Result);
    assert_eq!(commands.iter().filter(handed).count(), 1);
    assert_eq!(commands.last(), Some(&Command::Settle(Status::Paid)));
}

#[test]
fn abort_while_checking() {
    let mut flow = paying();
    flow.step(Event::ResultArrived);
    assert_eq!(flow.step(Event::Aborted), [Command::Release, Command::Fail]);
    // The server goes on, this page has stopped to listen.
    assert_eq!(flow.step(Event::Answered(Ask::Result, PAID)), []);
    assert_eq!(flow.step(Event::Aborted), []);
}

#[test]
fn abort_and_deadline_at_once() {
    let [abort, deadline] = [Event::Aborted, Event::DeadlinePassed];
    for order in [[abort, deadline], [deadline, abort]] {
        let mut flow = paying();
        let commands: Vec<_> = order.into_iter().flat_map(|it| flow.step(it)).collect();
        let ends = commands.iter().filter(|it| **it == Command::Fail).count();
        assert_eq!(ends, 1, "{order:?}");
        assert_eq!(commands.last(), Some(&Command::Fail), "{order:?}");
    }
}

#[test]
fn deadline_while_offline() {
    let short = Command::Wait(Patience::AfterClose);
    let lost = Event::Failed(Ask::Closed, Failure::Unreachable);
    let mut flow = paying();
    flow.step(Event::Answered(Ask::Status, OPEN));
    flow.step(Event::Offline);
    assert_eq!(flow.step(Event::DeadlinePassed).last(), Some(&short));
    assert_eq!(flow.step(lost), []);
    assert_eq!(
        flow.step(Event::PatienceOver),
        [Command::Release, Command::Settle(Status::Pending)],
        "the server's latest word"
    );

    let mut flow = paying();
    flow.step(Event::Left);
    flow.step(Event::Offline);
    assert_eq!(
        flow.step(Event::DeadlinePassed),
        [short],
        "no longer as long as it takes"
    );
    flow.step(lost);
    assert_eq!(
        flow.step(Event::PatienceOver),
        [Command::Release, Command::Fail],
        "it never said a word"
    );
}

#[test]
fn deadline_before_the_attempt_is_ready() {
    let (mut flow, _) = Flow::start(true);
    let commands = flow.step(Event::DeadlinePassed);
    assert_eq!(commands.first(), Some(&Command::Remember));
    assert!(commands.contains(&Command::Ask(Ask::Closed)));
    assert_eq!(flow.step(Event::Prepared), [], "no window any more");

    let (mut flow, _) = Flow::start(true);
    flow.step(Event::DeadlinePassed);
    let refused = Event::Failed(Ask::Prepare, Failure::Refused);
    assert_eq!(flow.step(refused), [], "the server was asked");
}

#[test]
fn double_click() {
    let mut flow = paying();
    assert_eq!(flow.step(Event::Prepared), [], "launched once");
}

#[test]
fn two_tabs() {
    let mut flow = paying();
    // The other tab paid; this one hears it from the server and takes its window away.
    assert_eq!(
        flow.step(Event::Answered(Ask::Status, PAID)),
        [
            Command::Forget,
            Command::Release,
            Command::Settle(Status::Paid)
        ]
    );
    assert_eq!(flow.step(Event::ResultArrived), [], "too late to send");
}

#[test]
fn back_while_the_result_is_on_its_way() {
    let mut flow = paying();
    flow.step(Event::ResultArrived);
    let commands = flow.step(Event::PageRestored);
    assert!(commands.contains(&Command::Ask(Ask::Closed)));
    // The browser may have dropped both.
    flow.step(Event::PatienceOver);
    let commands = flow.step(Event::PatienceOver);
    assert_eq!(commands, [Command::Release, Command::Fail]);
}

#[test]
fn back_before_the_attempt_is_ready() {
    let (mut flow, _) = Flow::start(false);
    flow.step(Event::PageRestored);
    assert_eq!(flow.step(Event::Prepared), [], "the buyer is not sent away");
    let commands = flow.step(Event::Answered(Ask::Closed, OPEN));
    assert_eq!(commands.last(), Some(&Command::Settle(Status::Pending)));
}

#[test]
fn offline_and_online_in_a_breath() {
    let mut flow = paying();
    flow.step(Event::Offline);
    flow.step(Event::Online);
    // What was on its way then fails late.
    let lost = Event::Failed(Ask::Status, Failure::Unreachable);
    assert_eq!(flow.step(lost), [Command::AskAgain(Ask::Status)]);
    assert_eq!(flow.step(Event::Online), [], "no second loop");
}
