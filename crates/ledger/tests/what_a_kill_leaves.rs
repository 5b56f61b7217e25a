//! The process is killed in the middle of many writes: whatever was answered before is in the file.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use crate::common::*;
use paypair_ledger::{CallState, MoneyOp, SqliteStore, State, Store, chain_is_intact};

const CHILD: &str = "PAYPAIR_LEDGER_TEST_CHILD";

#[tokio::test]
async fn what_was_answered_before_a_kill_is_there_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "what_a_kill_leaves::the_child_writes_until_it_is_killed",
            "--nocapture",
        ])
        .env(CHILD, dir.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let answered =
        |line: std::io::Result<String>| line.unwrap().strip_prefix("answered ").map(str::to_owned);
    let mut known: Vec<String> = lines.filter_map(answered).take(100).collect();
    child.kill().unwrap();
    child.wait().unwrap();

    let store = SqliteStore::open(dir.path().join("ledger.db")).unwrap();
    let recovered = store.recover(later(60), later(60)).await.unwrap();
    assert!(recovered.len() >= known.len());
    known.dedup();
    assert_eq!(known.len(), 100);
    for id in known {
        let view = store.order(&id).await.unwrap().unwrap();
        assert_eq!(
            view.leading().unwrap().state,
            State::InDoubt,
            "its confirm may have happened"
        );
        let calls = store.money_calls(&id).await.unwrap();
        assert_eq!((calls.len(), calls[0].op), (1, MoneyOp::Confirm));
        assert_ne!(calls[0].state, CallState::Pending);
        assert!(chain_is_intact(&store.timeline(&id).await.unwrap()));
    }
}

/// Not a test of its own: without the variable it has nothing to do.
#[tokio::test]
async fn the_child_writes_until_it_is_killed() {
    let Some(dir) = std::env::var_os(CHILD) else {
        return;
    };
    let dir = std::path::PathBuf::from(dir);
    let store = SqliteStore::open(dir.join("ledger.db")).unwrap();
    let writers = (0..8).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            for n in 0.. {
                let id = format!("order-{writer}-{n}");
                confirming_in(&store, &id).await;
                writeln!(std::io::stdout(), "answered {id}").unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}
