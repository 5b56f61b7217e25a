//! A disk that is full or read-only, a file that somebody else holds: a clear refusal, nothing half written, and work goes on once it is over.
#![allow(missing_docs)]

use std::path::Path;
use std::time::Duration;

use paypair_crashes::{Disk, Mood, orders};
use paypair_ledger::{AttemptKey, SqliteStore, State, Store, StoreError, Timestamp};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// Registers an order and begins an attempt at it.
async fn begin(store: &SqliteStore, id: &str) -> Result<(), StoreError> {
    store.register(orders::order(id, NOW)).await?;
    let attempt = orders::new_attempt(id, NOW);
    store.begin(id, attempt, NOW).await.map(drop)
}

/// Writes until the store says no: a few kilobytes may still fit into what the file has already.
async fn refusal(store: &SqliteStore) -> StoreError {
    for n in 0..200 {
        if let Err(error) = begin(store, &format!("refused{n}")).await {
            return error;
        }
    }
    panic!("the disk takes what it has no room for");
}

/// What SQLite itself says of the file.
fn integrity(file: &Path) -> String {
    let connection = rusqlite::Connection::open(file).unwrap();
    let asked = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0));
    asked.unwrap()
}

async fn survives(mood: Mood) {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::mount(folder.path()).unwrap();
    let file = folder.path().join("ledger.db");
    let store = SqliteStore::open(&file).unwrap();
    begin(&store, "before").await.unwrap();

    disk.set_mood(mood);
    let error = refusal(&store).await;
    assert_eq!(error.code(), "store_failed", "{error}");
    assert!(error.is_retryable(), "the gateway is asked to send again");
    let key = AttemptKey {
        order_id: "before".to_owned(),
        no: 1,
    };
    let known = store.attempt(key.clone()).await.unwrap();
    assert_eq!(
        known.unwrap().state,
        State::Created,
        "what was there is read"
    );
    let event = orders::requested(NOW);
    assert!(store.apply(key.clone(), event, NOW).await.is_err());
    let known = store.attempt(key.clone()).await.unwrap();
    assert_eq!(known.unwrap().state, State::Created, "and is as it was");

    disk.set_mood(Mood::Works);
    store.apply(key, orders::requested(NOW), NOW).await.unwrap();
    begin(&store, "after").await.unwrap();
    drop(store);
    assert_eq!(integrity(&file), "ok");
    let store = SqliteStore::open(&file).unwrap();
    let view = store.order("before").await.unwrap().unwrap();
    assert_eq!(view.leading().unwrap().state, State::Requested);
    assert!(store.order("after").await.unwrap().is_some());
    drop(store);
    Disk::unmount(folder.path());
}

#[tokio::test]
async fn a_full_disk_refuses_and_loses_nothing() {
    survives(Mood::Full).await;
}

#[tokio::test]
async fn a_disk_that_became_read_only_refuses_and_loses_nothing() {
    survives(Mood::ReadOnly).await;
}

#[tokio::test]
async fn a_file_that_somebody_else_holds_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.db");
    let store = SqliteStore::open(&file).unwrap();
    let holder = rusqlite::Connection::open(&file).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut write = tokio::spawn(async move {
        begin(&store, "held").await.unwrap();
        store
    });
    let early = tokio::time::timeout(Duration::from_millis(200), &mut write).await;
    assert!(early.is_err(), "it waits");
    // A reader does not wait, and sees that nothing was written.
    let orders = || -> u32 {
        let reader = rusqlite::Connection::open(&file).unwrap();
        let counted = reader.query_row("SELECT count(*) FROM merchant_order", [], |row| row.get(0));
        counted.unwrap()
    };
    assert_eq!(orders(), 0);
    holder.execute_batch("ROLLBACK").unwrap();
    let store = write.await.unwrap();
    assert_eq!(orders(), 1);
    assert!(store.order("held").await.unwrap().is_some());
}
