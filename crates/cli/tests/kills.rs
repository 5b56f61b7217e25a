//! The real program, killed with `kill -9` while people pay: the gateways' own money book says that nothing is lost and nothing doubled.
//!
//! A few kills here; `kills --kills 5000` of the crate paypair-crashes does many and says where they hit.

use std::time::Duration;

use paypair_crashes::kills::{Mistake, Point, Report, Setup, run};

async fn kills(kills: u64, rest: Duration, aim: Option<Point>, mistake: Mistake) -> Report {
    let setup = Setup {
        program: env!("CARGO_BIN_EXE_paypair").into(),
        kills,
        chapter: kills,
        seed: 1,
        rest,
        clock: None,
        aim,
        mistake,
    };
    let report = run(&setup, |_| {}).await.unwrap();
    println!("{}", report.table());
    report
}

/// How long all may take to be told.
const REST: Duration = Duration::from_secs(90);

#[tokio::test]
async fn a_killed_program_loses_nothing_and_doubles_nothing() {
    let report = kills(12, REST, None, Mistake::None).await;
    assert!(report.is_clean(), "{}", report.table());
    assert_eq!(report.kills(), 12);
    assert!(
        report.payments > 0 && report.promises > 0 && report.between() > 0,
        "{}",
        report.table()
    );
}

/// Between the durable intent and the first byte of the call: nothing was captured, and the next process believes neither that it was nor,
/// before it has looked long enough, that it was not.
#[tokio::test]
async fn killed_after_the_intent_and_before_the_call() {
    let aim = Some(Point::IntentWritten);
    let report = kills(12, REST, aim, Mistake::None).await;
    assert!(report.is_clean(), "{}", report.table());
    assert!(report.unsent > 0, "{}", report.table());
}

/// Between the commit and the acknowledgement: the notice comes again, and counts once.
#[tokio::test]
async fn killed_after_a_notice_was_written_and_before_it_was_acknowledged() {
    let aim = Some(Point::NoticeWritten);
    let report = kills(12, REST, aim, Mistake::None).await;
    assert!(report.is_clean(), "{}", report.table());
    assert!(report.unacknowledged > 0, "{}", report.table());
}

/// The control: the same kills over a disk that forgets what it had promised to keep. What that breaks does not heal, so nobody waits.
#[tokio::test]
async fn a_disk_that_forgets_is_found_out() {
    let report = kills(5, Duration::from_secs(2), None, Mistake::OlderFile).await;
    assert!(report.forgotten > 0, "{}", report.table());
}
