//! The real program, killed with `kill -9` while people pay: the gateways' own money book says that nothing is lost and nothing doubled.
//!
//! A few kills here; `kills --kills 5000` of the crate paypair-crashes does many and says where they hit.

use std::time::Duration;

use paypair_crashes::kills::{Mistake, Point, Report, Setup, run};

async fn kills(kills: u64, rest: Duration, aim: Option<Point>, mistake: Mistake) -> Report {
    live(Setup {
        program: env!("CARGO_BIN_EXE_paypair").into(),
        kills,
        chapter: kills,
        seed: 1,
        rest,
        clock: None,
        aim,
        mistake,
    })
    .await
}

async fn live(setup: Setup) -> Report {
    let report = run(&setup, |_| {}).await.unwrap();
    println!("{}", report.table());
    report
}

/// Nothing is wrong, and nearly all could be looked at.
fn is_clean(report: &Report) -> bool {
    report.is_clean() && report.looks_enough()
}

/// How long all may take to be told.
const REST: Duration = Duration::from_secs(90);

#[tokio::test]
async fn a_killed_program_loses_nothing_and_doubles_nothing() {
    let report = kills(12, REST, None, Mistake::None).await;
    assert!(is_clean(&report), "{}", report.table());
    assert_eq!(report.kills(), 12);
    assert!(
        report.payments > 0 && report.promises > 0,
        "{}",
        report.table()
    );
}

/// Two moments within the program, beside each other since both ledgers then rest at once. Between the durable intent and the first byte of
/// the call nothing was captured, and the next process believes neither that it was nor, before it has looked long enough, that it was not.
/// Between the commit and the acknowledgement the notice comes again, and counts once.
#[tokio::test]
async fn killed_before_a_call_has_left_and_before_a_notice_is_acknowledged() {
    let at = |point| kills(10, REST, Some(point), Mistake::None);
    let (intent, notice) = tokio::join!(at(Point::IntentWritten), at(Point::NoticeWritten));
    for report in [&intent, &notice] {
        assert!(is_clean(report), "{}", report.table());
    }
    assert!(intent.between() > 0, "{}", intent.table());
    for (report, point, hits) in [
        (&intent, Point::IntentWritten, intent.unsent),
        (&notice, Point::NoticeWritten, notice.unacknowledged),
    ] {
        let aimed = report.points.get(&point).copied().unwrap_or_default();
        assert!(aimed > 0 && hits > 0, "{}", report.table());
    }
}

/// The clock is two hours off, either way, and jumps while the program runs.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn killed_while_the_clock_jumps() {
    let report = live(Setup {
        program: env!("CARGO_BIN_EXE_paypair").into(),
        kills: 6,
        chapter: 6,
        seed: 1,
        rest: REST,
        clock: Some(jumping_clock()),
        aim: None,
        mistake: Mistake::None,
    })
    .await;
    assert!(is_clean(&report), "{}", report.table());
    assert!(report.payments > 0, "{}", report.table());
}

/// The library that the loader puts between the program and its clock: an example of paypair-crashes, which is built with the tests of the
/// whole workspace, and not with those of this package alone.
#[cfg(target_os = "linux")]
fn jumping_clock() -> std::path::PathBuf {
    let test = std::env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap();
    let library = built.join("examples/libclock.so");
    assert!(
        library.exists(),
        "build it first: cargo build -p paypair-crashes --examples"
    );
    library
}

/// The control: the same kills over a disk that forgets what it had promised to keep. What that breaks does not heal, so nobody waits.
#[tokio::test]
async fn a_disk_that_forgets_is_found_out() {
    let report = kills(5, Duration::from_secs(2), None, Mistake::OlderFile).await;
    assert!(report.forgotten > 0, "{}", report.table());
}
