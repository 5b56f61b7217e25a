//! The machine by example.

use super::*;

pub(super) const OPEN: Word = Word {
    status: Status::Pending,
    is_final: false,
};
pub(super) const PAID: Word = Word {
    status: Status::Paid,
    is_final: true,
};
const CANCELLED: Word = Word {
    status: Status::Cancelled,
    is_final: true,
};

pub(super) fn paying() -> Flow {
    let (mut flow, _) = Flow::start(true);
    flow.step(Event::Prepared);
    flow
}

#[test]
fn the_window_goes_to_the_gateway_only_when_the_attempt_is_ready() {
    let (mut flow, first) = Flow::start(true);
    assert_eq!(first, [Command::Ask(Ask::Prepare)]);
    let commands = flow.step(Event::Prepared);
    assert_eq!(
        commands,
        [
            Command::Remember,
            Command::Launch,
            Command::Show(Scene::Paying),
            Command::Ask(Ask::Status)
        ]
    );
}

#[test]
fn a_redirect_asks_nobody_after_it_left() {
    let (mut flow, _) = Flow::start(false);
    assert!(
        !flow
            .step(Event::Prepared)
            .contains(&Command::Ask(Ask::Status))
    );
}

#[test]
fn an_order_settled_before_ends_at_once() {
    let (mut flow, _) = Flow::start(true);
    let commands = flow.step(Event::Answered(Ask::Prepare, PAID));
    assert_eq!(
        commands,
        [
            Command::Forget,
            Command::Release,
            Command::Settle(Status::Paid)
        ]
    );
}

#[test]
fn closing_the_window_asks_the_server_and_never_means_cancelled_by_itself() {
    let mut flow = paying();
    let commands = flow.step(Event::SeemsClosed { in_front: true });
    assert_eq!(
        commands,
        [
            Command::Show(Scene::Checking),
            Command::Ask(Ask::Closed),
            Command::Wait(Patience::AfterClose),
        ]
    );
    assert_eq!(flow.step(Event::Answered(Ask::Closed, OPEN)), []);
    assert_eq!(
        flow.step(Event::PatienceOver),
        [Command::Release, Command::Settle(Status::Pending)]
    );
}

#[test]
fn a_window_that_lies_behind_another_is_believed_open_for_a_while() {
    let mut flow = paying();
    for _ in 1..UNSEEN {
        assert_eq!(flow.step(Event::SeemsClosed { in_front: false }), []);
    }
    let commands = flow.step(Event::SeemsClosed { in_front: false });
    assert!(commands.contains(&Command::Ask(Ask::Closed)));
}

#[test]
fn a_lookup_may_take_longer_than_the_patience() {
    let mut flow = paying();
    flow.step(Event::Left);
    let longer = [Command::Wait(Patience::AfterReturn)];
    assert_eq!(flow.step(Event::PatienceOver), longer);
    let commands = flow.step(Event::Answered(Ask::Closed, OPEN));
    assert_eq!(
        commands,
        [Command::Release, Command::Settle(Status::Pending)]
    );
}

#[test]
fn a_lookup_without_end_is_not_waited_for() {
    let mut flow = paying();
    flow.step(Event::Answered(Ask::Status, OPEN));
    flow.step(Event::Left);
    flow.step(Event::PatienceOver);
    assert_eq!(
        flow.step(Event::PatienceOver),
        [Command::Release, Command::Settle(Status::Pending)]
    );
}

#[test]
fn the_status_is_asked_by_one_loop_only() {
    let mut flow = paying();
    let mut commands = flow.step(Event::Left);
    commands.extend(flow.step(Event::Answered(Ask::Closed, OPEN)));
    commands.extend(flow.step(Event::ResultArrived));
    commands.extend(flow.step(Event::Failed(Ask::Result, Failure::Refused)));
    assert!(!commands.contains(&Command::Ask(Ask::Status)));
}

#[test]
fn a_payment_that_succeeds_after_the_close_is_paid() {
    let mut flow = paying();
    flow.step(Event::Left);
    flow.step(Event::Answered(Ask::Closed, OPEN));
    let commands = flow.step(Event::Answered(Ask::Status, PAID));
    assert_eq!(commands.last(), Some(&Command::Settle(Status::Paid)));
}

#[test]
fn a_result_is_handed_over_once() {
    let mut flow = paying();
    let commands = flow.step(Event::ResultArrived);
    assert!(commands.contains(&Command::Ask(Ask::Result)));
    assert_eq!(flow.step(Event::ResultArrived), []);
}

#[test]
fn a_result_that_could_not_be_sent_is_sent_again_and_then_left_to_the_status() {
    let mut flow = paying();
    flow.step(Event::ResultArrived);
    let lost = Event::Failed(Ask::Result, Failure::Unreachable);
    assert_eq!(flow.step(lost), [Command::AskAgain(Ask::Result)]);
    assert_eq!(flow.step(lost), [Command::AskAgain(Ask::Result)]);
    assert_eq!(flow.step(lost), [Command::Wait(Patience::AfterReturn)]);
    assert_eq!(
        flow.step(Event::PatienceOver),
        [Command::Release, Command::Fail]
    );
}

#[test]
fn patience_does_not_run_out_while_the_server_confirms() {
    let mut flow = paying();
    flow.step(Event::Left);
    flow.step(Event::Answered(Ask::Closed, OPEN));
    flow.step(Event::ResultArrived);
    assert_eq!(flow.step(Event::PatienceOver), []);
    let commands = flow.step(Event::Answered(Ask::Result, PAID));
    assert_eq!(commands.last(), Some(&Command::Settle(Status::Paid)));
}

#[test]
fn the_return_page_is_acknowledged_each_time_it_speaks() {
    let mut flow = paying();
    assert_eq!(flow.step(Event::Returned)[0], Command::Acknowledge);
    assert_eq!(flow.step(Event::Returned), [Command::Acknowledge]);
}

#[test]
fn a_window_closed_before_the_attempt_was_ready_goes_nowhere() {
    let (mut flow, _) = Flow::start(true);
    flow.step(Event::Left);
    let commands = flow.step(Event::Prepared);
    assert!(!commands.contains(&Command::Launch));
    assert!(commands.contains(&Command::Ask(Ask::Closed)));
}

#[test]
fn coming_back_by_the_back_button_asks_the_server() {
    let (mut flow, _) = Flow::start(false);
    flow.step(Event::Prepared);
    assert!(
        flow.step(Event::PageRestored)
            .contains(&Command::Ask(Ask::Closed))
    );
    let commands = flow.step(Event::Answered(Ask::Closed, CANCELLED));
    assert_eq!(commands.last(), Some(&Command::Settle(Status::Cancelled)));
}

#[test]
fn a_buyer_who_came_back_does_not_wait_for_what_nobody_brings() {
    for stays in [true, false] {
        let (mut flow, _) = Flow::start(stays);
        flow.step(Event::Prepared);
        flow.step(Event::PageRestored);
        assert_eq!(
            flow.step(Event::Answered(Ask::Closed, OPEN)),
            [Command::Release, Command::Settle(Status::Pending)]
        );
    }
}

#[test]
fn an_aborted_payment_ends_at_once_wherever_it_is() {
    let (preparing, _) = Flow::start(true);
    let (resumed, _) = Flow::resume();
    for mut flow in [preparing, paying(), resumed] {
        assert_eq!(flow.step(Event::Aborted), [Command::Release, Command::Fail]);
    }
}

#[test]
fn the_deadline_closes_the_window_and_asks_the_server() {
    let mut flow = paying();
    assert_eq!(
        flow.step(Event::DeadlinePassed),
        [
            Command::Show(Scene::Checking),
            Command::Ask(Ask::Closed),
            Command::Wait(Patience::AfterClose),
        ]
    );
    flow.step(Event::Answered(Ask::Closed, OPEN));
    assert_eq!(
        flow.step(Event::PatienceOver),
        [Command::Release, Command::Settle(Status::Pending)]
    );
}

#[test]
fn without_a_connection_the_payment_waits_for_one() {
    let mut flow = paying();
    assert_eq!(flow.step(Event::Offline), []);
    let lost = Event::Failed(Ask::Status, Failure::Unreachable);
    assert_eq!(flow.step(lost), [], "held, not asked again and again");
    assert_eq!(flow.step(Event::Online), [Command::Ask(Ask::Status)]);
}

#[test]
fn before_the_window_went_anywhere_no_connection_is_an_error() {
    let (mut flow, _) = Flow::start(true);
    flow.step(Event::Offline);
    assert_eq!(
        flow.step(Event::Failed(Ask::Prepare, Failure::Unreachable)),
        [Command::Release, Command::Fail]
    );
}

#[test]
fn a_result_waits_for_the_connection_too() {
    let mut flow = paying();
    flow.step(Event::Offline);
    let longer = Command::Wait(Patience::WhileOffline);
    assert_eq!(flow.step(Event::ResultArrived).last(), Some(&longer));
    flow.step(Event::Failed(Ask::Result, Failure::Unreachable));
    assert_eq!(
        flow.step(Event::Online),
        [
            Command::Ask(Ask::Result),
            Command::Wait(Patience::AfterReturn)
        ]
    );
    let commands = flow.step(Event::Answered(Ask::Result, PAID));
    assert_eq!(commands.last(), Some(&Command::Settle(Status::Paid)));
}

#[test]
fn a_connection_that_never_comes_back_is_waited_for_a_while() {
    let mut flow = paying();
    flow.step(Event::Left);
    assert_eq!(
        flow.step(Event::Offline),
        [Command::Wait(Patience::WhileOffline)]
    );
    flow.step(Event::Failed(Ask::Closed, Failure::Unreachable));
    assert_eq!(
        flow.step(Event::PatienceOver),
        [Command::Release, Command::Fail]
    );
}

#[test]
fn the_page_is_told_once_that_the_server_is_asked() {
    let mut flow = paying();
    let mut commands = flow.step(Event::Left);
    commands.extend(flow.step(Event::ResultArrived));
    commands.extend(flow.step(Event::Returned));
    let shows = |command: &&Command| matches!(command, Command::Show(_));
    assert_eq!(commands.iter().filter(shows).count(), 1);
}

#[test]
fn an_unsettled_order_is_kept_for_the_next_page_load() {
    let (mut flow, _) = Flow::resume();
    flow.step(Event::Answered(Ask::Status, OPEN));
    assert_eq!(
        flow.step(Event::PatienceOver),
        [Command::Release, Command::Settle(Status::Pending)]
    );
}

#[test]
fn a_deposit_to_come_is_an_answer_but_not_the_end_of_the_order() {
    let mut flow = paying();
    let waiting = Word {
        status: Status::AwaitingDeposit,
        is_final: false,
    };
    assert_eq!(
        flow.step(Event::Answered(Ask::Status, waiting)),
        [Command::Release, Command::Settle(Status::AwaitingDeposit)]
    );
}

#[test]
fn a_secret_the_server_does_not_know_is_an_error() {
    let mut flow = paying();
    let commands = flow.step(Event::Failed(Ask::Status, Failure::Refused));
    assert_eq!(commands, [Command::Release, Command::Fail]);
}
