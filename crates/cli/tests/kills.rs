//! The real program, killed with `kill -9` while people pay: the gateways' own money book says that nothing is lost and nothing doubled.
//!
//! A few kills here; `kills --kills 5000` of the crate paypair-crashes does many and says where they hit.

use std::time::Duration;

use paypair_crashes::kills::{Mistake, Report, Setup, run};

async fn kills(kills: u64, rest: Duration, mistake: Mistake) -> Report {
    let setup = Setup {
        program: env!("CARGO_BIN_EXE_paypair").into(),
        kills,
        chapter: kills,
        seed: 1,
        rest,
        clock: None,
        mistake,
    };
    run(&setup, |_| {}).await.unwrap()
}

#[tokio::test]
async fn a_killed_program_loses_nothing_and_doubles_nothing() {
    let report = kills(6, Duration::from_secs(90), Mistake::None).await;
    assert!(report.is_clean(), "{}", report.table());
    assert_eq!(report.kills(), 6);
    assert!(
        report.payments > 0 && report.promises > 0,
        "{}",
        report.table()
    );
}

/// The control: the same kills over a disk that forgets what it had promised to keep. What that breaks does not heal, so nobody waits.
#[tokio::test]
async fn a_disk_that_forgets_is_found_out() {
    let report = kills(5, Duration::from_secs(2), Mistake::OlderFile).await;
    assert!(report.forgotten > 0, "{}", report.table());
}
