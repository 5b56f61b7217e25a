//! What a run could not read or write is made up for by a later one: a day nobody could look at, a word that was not kept.

mod common;

use std::{io, sync::Mutex};

use common::{Fate, Setup, Tap, TestApp};
use paypair_ledger::{Reconciliation as _, SqliteStore};
use paypair_protocol::Gateway;
use paypair_verifier::{
    BooksCompared, Environment as _, HttpNetwork, Network, NewReconciliation, Reconciliation,
    ReconciliationRun, RunVerdict, Verifier,
};
use serde_json::json;

const DAY: u64 = 24 * 60 * 60;

/// A usual run over Payletter's books, to its end.
async fn usual<N: Network>(app: &TestApp<N>) -> ReconciliationRun {
    run(app, NewReconciliation::default()).await
}

/// A run over Payletter's books of one day, so many days ago.
async fn days_ago<N: Network>(app: &TestApp<N>, days: i64) -> ReconciliationRun {
    let date = Some(day(app, -days));
    run(
        app,
        NewReconciliation {
            date,
            ..NewReconciliation::default()
        },
    )
    .await
}

async fn run<N: Network>(app: &TestApp<N>, wish: NewReconciliation) -> ReconciliationRun {
    let gateway = Some(Gateway::Payletter);
    let wish = NewReconciliation { gateway, ..wish };
    app.verifier.reconcile(wish).await.unwrap()
}

/// Today in Korea, or a day from it.
fn day<N: Network>(app: &TestApp<N>, from_today: i64) -> String {
    let today = app.clock.now().kst_date();
    let span = jiff::ToSpan::days(from_today);
    today.checked_add(span).unwrap().to_string()
}

/// What a run came to: its verdict, new breaks, and why its books could not be read.
fn came_to(run: &ReconciliationRun) -> (RunVerdict, usize, Option<&str>) {
    let books = books(run);
    let why = books.reason.as_ref().map(|reason| &*reason.code);
    (run.verdict.unwrap(), books.new_breaks, why)
}

fn books(run: &ReconciliationRun) -> &BooksCompared {
    assert_eq!(run.books.len(), 1, "{run:?}");
    &run.books[0]
}

/// Noon in Korea, the next one that comes.
async fn at_noon<N: Network>(app: &TestApp<N>) {
    app.advance_to(DAY / 2).await;
}

/// Days pass, a run at noon on each of them, and none can read Payletter's books.
async fn days_without_an_answer(app: &TestApp<Tap>, tap: &Tap, days: u64) {
    tap.befall("transaction/list", Fate::Unsent, u32::MAX);
    for _ in 0..days {
        app.advance(DAY).await;
        let failed = usual(app).await;
        assert_eq!(
            came_to(&failed),
            (RunVerdict::Incomplete, 0, Some("not_sent"))
        );
    }
    tap.relent();
}

#[tokio::test]
async fn money_of_no_order_is_told_though_the_store_failed_in_the_middle_of_writing_it_down() {
    let app = TestApp::start().await;
    at_noon(&app).await;
    let key = app.key("payletter").await;
    app.charged_elsewhere(&key, "by-phone-1", 9_900).await;
    app.advance(2 * 3600).await;
    let file = rusqlite::Connection::open(app.folder.path().join("test.sqlite3")).unwrap();
    let full = "CREATE TRIGGER full BEFORE INSERT ON event WHEN NEW.kind = 'stray' \
         BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    file.execute_batch(full).unwrap();
    let broken = usual(&app).await;
    assert_eq!(books(&broken).reason.as_ref().unwrap().code, "store_failed");
    assert_eq!(app.published("by-phone-1", "payment.discrepant").await, 0);

    file.execute_batch("DROP TRIGGER full").unwrap();
    for _ in 0..2 {
        usual(&app).await;
        for word in ["payment.discrepant", "reconciliation.break"] {
            assert_eq!(app.published("by-phone-1", word).await, 1, "{word}");
        }
    }
}

#[tokio::test]
async fn days_that_no_run_could_read_are_read_by_the_next_one_that_can() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    at_noon(&app).await;
    let first = usual(&app).await;
    assert_eq!(came_to(&first), (RunVerdict::Agrees, 0, None));
    assert_eq!(books(&first).first_day, None, "no history is made up");
    app.advance(DAY).await;
    let key = app.key("payletter").await;
    app.charged_elsewhere(&key, "by-phone-1", 9_900).await;
    days_without_an_answer(&app, &tap, 6).await;
    // Who asks for today alone is told that this is not all.
    let today = days_ago(&app, 0).await;
    let missing = (RunVerdict::Incomplete, 0, Some("days_missing"));
    assert_eq!(came_to(&today), missing, "{today:?}");
    assert_eq!(books(&today).missing_since, Some(day(&app, -8)));

    let found = usual(&app).await;
    let one = (RunVerdict::OpenBreaks, 1, None);
    assert_eq!(came_to(&found), one, "{found:?}");
    assert_eq!(books(&found).first_day, Some(day(&app, -8)));
    assert_eq!(app.published("by-phone-1", "payment.discrepant").await, 1);
    let next = usual(&app).await;
    assert_eq!(books(&next).first_day, None, "once is enough");
}

#[tokio::test]
async fn an_installation_whose_first_runs_fail_answers_for_their_days_and_none_before() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    at_noon(&app).await;
    let key = app.key("payletter").await;
    app.charged_elsewhere(&key, "long-ago", 9_900).await;
    app.advance(4 * DAY).await;
    app.charged_elsewhere(&key, "by-phone-1", 9_900).await;
    days_without_an_answer(&app, &tap, 6).await;
    let found = usual(&app).await;
    assert_eq!(came_to(&found), (RunVerdict::OpenBreaks, 1, None));
    assert_eq!(books(&found).first_day, Some(day(&app, -7)));
    assert_eq!(app.published("by-phone-1", "reconciliation.break").await, 1);
}

#[tokio::test]
async fn it_is_not_said_to_agree_while_a_day_is_missing_that_is_too_long_ago() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    at_noon(&app).await;
    usual(&app).await;
    days_without_an_answer(&app, &tap, 1).await;
    app.advance(34 * DAY).await;
    let missing = (RunVerdict::Incomplete, 0, Some("days_missing"));
    for _ in 0..2 {
        let run = usual(&app).await;
        assert_eq!(came_to(&run), missing, "{run:?}");
        assert_eq!(books(&run).first_day, Some(day(&app, -30)), "a month");
        assert_eq!(books(&run).missing_since, Some(day(&app, -36)));
    }
    // Read out of their order they do not join on; from the first to the last they do.
    assert_eq!(came_to(&days_ago(&app, 35).await), missing);
    for ago in (31..=36).rev() {
        assert_eq!(came_to(&days_ago(&app, ago).await), missing, "{ago}");
    }
    assert_eq!(came_to(&usual(&app).await), (RunVerdict::Agrees, 0, None));
    assert_eq!(came_to(&days_ago(&app, 0).await).0, RunVerdict::Agrees);
}

#[tokio::test]
async fn an_old_day_that_cannot_be_read_keeps_no_later_one_from_it() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    at_noon(&app).await;
    usual(&app).await;
    days_without_an_answer(&app, &tap, 5).await;
    let key = app.key("payletter").await;
    app.charged_elsewhere(&key, "by-phone-1", 9_900).await;
    app.advance(2 * 3600).await;
    let bad = format!("date={}", day(&app, -6).replace('-', ""));
    tap.befall(&bad, Fate::Unsent, u32::MAX);
    let run = usual(&app).await;
    let found = (RunVerdict::OpenBreaks, 1, Some("not_sent"));
    assert_eq!(came_to(&run), found, "{run:?}");
    assert_eq!(books(&run).missing_since, Some(day(&app, -6)));
}

#[tokio::test]
async fn who_names_days_is_asked_for_no_others_unless_they_could_not_be_read() {
    let app = TestApp::start().await;
    at_noon(&app).await;
    let agrees = (RunVerdict::Agrees, 0, None);
    assert_eq!(came_to(&days_ago(&app, 20).await), agrees);
    assert_eq!(came_to(&days_ago(&app, 0).await), agrees);
    let first = usual(&app).await;
    assert_eq!(books(&first).first_day, None, "their days began nothing");
    app.advance(9 * DAY).await;
    assert_eq!(came_to(&days_ago(&app, 0).await), agrees);
    assert_eq!(books(&usual(&app).await).first_day, Some(day(&app, -10)));
}

/// Somebody who has `serve` make the daily run.
fn every_morning() -> Setup {
    Setup {
        extra: r#"reconciliation = { at = "05:00" }"#,
        ..Setup::default()
    }
}

/// Whether a run of today has compared these books.
async fn is_compared_today<N: Network>(app: &TestApp<N>, gateway: Gateway) -> bool {
    let id = match gateway {
        Gateway::Payple => "test",
        Gateway::Payletter => "pay_test",
        Gateway::PayletterGlobal => "PL_Merchant",
    };
    let kept = app.verifier.store().days_compared(gateway, id).await;
    let kept = kept.unwrap();
    kept.is_some_and(|days| days.upto.to_string() == day(app, -2) && !days.behind)
}

async fn all_compared_today<N: Network>(app: &TestApp<N>) {
    app.until("a run of today compared all books", async || {
        let all = [
            Gateway::Payple,
            Gateway::Payletter,
            Gateway::PayletterGlobal,
        ];
        for gateway in all {
            if !is_compared_today(app, gateway).await {
                return false;
            }
        }
        true
    })
    .await;
}

/// Five minutes past five on the next morning.
async fn next_morning<N: Network>(app: &TestApp<N>) {
    app.advance_to(5 * 3600 + 5 * 60).await;
}

#[tokio::test]
async fn serve_tries_books_again_within_the_hour_that_it_could_not_read_and_no_others() {
    let (app, tap) = TestApp::tapped(every_morning()).await;
    at_noon(&app).await;
    all_compared_today(&app).await;
    tap.befall("transaction/list", Fate::Unsent, u32::MAX);
    next_morning(&app).await;
    app.until("the morning's run ended", async || {
        is_compared_today(&app, Gateway::PayletterGlobal).await
    })
    .await;
    assert!(!is_compared_today(&app, Gateway::Payletter).await);
    let others = app.called("cpdaesalist").await;
    tap.relent();
    app.advance(3600).await;
    all_compared_today(&app).await;
    assert_eq!(app.called("cpdaesalist").await, others);
}

/// What the log says.
static LOG: Mutex<String> = Mutex::new(String::new());

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock()
            .unwrap()
            .push_str(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn serve_makes_its_run_an_hour_later_if_another_one_is_running() {
    tracing_subscriber::fmt().with_writer(|| Log).init();
    let (app, tap) = TestApp::tapped(every_morning()).await;
    at_noon(&app).await;
    all_compared_today(&app).await;
    tap.befall("transaction/list", Fate::Held, 1);
    let body = json!({ "gateway": "payletter", "days": 1 });
    // What a run has compared it writes down before it ends.
    app.until("the run before ended, and another begins", async || {
        let (status, _) = app.merchant("POST", "/reconciliations", body.clone()).await;
        status == 202
    })
    .await;
    next_morning(&app).await;
    app.until("the morning's run was refused", async || {
        let log = LOG.lock().unwrap();
        log.contains("another reconciliation is running")
    })
    .await;
    tap.release();
    app.advance(3600).await;
    all_compared_today(&app).await;
}

#[tokio::test]
async fn serve_that_starts_after_the_hour_catches_up_once_unless_it_was_done() {
    for by_hand in [false, true] {
        let app = TestApp::start().await;
        at_noon(&app).await;
        if by_hand {
            let all = app.verifier.reconcile(NewReconciliation::default()).await;
            assert_eq!(all.unwrap().verdict, Some(RunVerdict::Agrees));
        }
        let mut config = app.config_again();
        let at = "05:00".to_owned();
        config.reconciliation = Some(Reconciliation { at });
        let store = SqliteStore::open(app.folder.path().join("test.sqlite3")).unwrap();
        let network = HttpNetwork::new(config.reach()).unwrap();
        let _late = Verifier::new(config, store, network, app.clock.again()).unwrap();
        all_compared_today(&app).await;
        let one = app.called("transaction/list").await;
        assert!(one > 0);
        next_morning(&app).await;
        all_compared_today(&app).await;
        let both = app.called("transaction/list").await;
        assert_eq!(both, 2 * one, "by hand: {by_hand}");
    }
}
