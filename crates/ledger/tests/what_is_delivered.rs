//! Deliveries: of an order one after the other, each try written down, and what a hook writes there exactly if the event counts as
//! delivered. Over both stores, where both have it.

use std::sync::Arc;
use std::time::Duration;

use crate::common::*;
use paypair_ledger::{
    Deliveries, DeliveryAttempt, DeliveryFilter, DeliveryState, Event, HookError, HookTx,
    MemoryStore, Policy, Published, Store, StoreError, Target, Verdict, rusqlite::Connection,
};
use paypair_protocol::Work;

/// An order that is paid, and then paid again: two events.
async fn two_events<S: Store>(store: &S, order_id: &str) {
    store.register(order(order_id, Work::PayNow)).await.unwrap();
    let new = new_attempt(order_id, later(0));
    let paypair_ledger::Begun::New(attempt) = store.begin(order_id, new, later(0)).await.unwrap()
    else {
        panic!("a new attempt");
    };
    let events = [
        requested(later(0)),
        Event::Sighted(looked_up(order_id, 10_000, &format!("{order_id}-t1"))),
        Event::Sighted(looked_up(order_id, 10_000, &format!("{order_id}-t2"))),
    ];
    for event in events {
        store.apply(attempt.key(), event, later(1)).await.unwrap();
    }
}

fn try_at(seconds: u64, status: u16) -> DeliveryAttempt {
    DeliveryAttempt {
        at: later(seconds),
        status: Some(status),
        duration: Some(Duration::from_millis(12)),
        error: (status >= 300).then(|| "http_status".to_owned()),
    }
}

async fn due<S: Deliveries>(store: &S, target: Target, seconds: u64) -> Vec<u64> {
    let due = store.deliveries_due(target, later(seconds), 10).await;
    due.unwrap().iter().map(|it| it.event.seq).collect()
}

async fn states<S: Deliveries>(store: &S) -> Vec<(u64, DeliveryState, u32)> {
    let all = DeliveryFilter {
        limit: 100,
        ..DeliveryFilter::default()
    };
    let all = store.deliveries(all).await.unwrap();
    let state = |it: &paypair_ledger::Delivery| (it.event.seq, it.state, it.tries);
    all.iter().map(state).collect()
}

async fn one_after_the_other<S: Store>(store: S) {
    use DeliveryState::{Dead, Delivered, Pending};
    two_events(&store, "a").await;
    two_events(&store, "b").await;
    let web = Target::Webhook;
    assert!(due(&store, web, 9).await.is_empty(), "nobody listens yet");
    assert!(!store.take_over(web, START, later(9)).await.unwrap());
    assert_eq!(due(&store, web, 8).await, [0; 0]);
    assert_eq!(due(&store, web, 9).await, [1, 3], "of each order the first");
    assert!(!store.take_over(web, START, later(9)).await.unwrap());
    assert_eq!(states(&store).await.len(), 4, "taken over once");

    // A failure holds its own order up, and no other.
    let again = Verdict::Again(later(20));
    let failed = store.delivery_tried(web, 1, 0, try_at(10, 500), again);
    failed.await.unwrap();
    assert_eq!(due(&store, web, 19).await, [3]);
    store
        .delivery_tried(web, 3, 0, try_at(10, 204), Verdict::Delivered)
        .await
        .unwrap();
    assert_eq!(due(&store, web, 19).await, [4]);
    assert_eq!(store.next_delivery_at(web).await.unwrap(), Some(later(10)));
    assert_eq!(due(&store, web, 20).await, [4, 1]);

    // A dead letter lets the next one go; asked for again, it goes first.
    store
        .delivery_tried(web, 1, 1, try_at(20, 410), Verdict::Dead)
        .await
        .unwrap();
    assert_eq!(due(&store, web, 20).await, [4, 2]);
    let (dead, tries) = store.delivery(web, 1).await.unwrap().unwrap();
    assert_eq!((dead.state, dead.ended_at), (Dead, Some(later(20))));
    assert_eq!(tries, [try_at(10, 500), try_at(20, 410)]);
    assert_eq!(
        (dead.status, dead.error.as_deref()),
        (Some(410), Some("http_status"))
    );
    store.replay(web, 1, later(30)).await.unwrap();
    assert_eq!(due(&store, web, 30).await, [4, 1]);
    // The later one was on its way: that it failed gives it no turn before the earlier one.
    store
        .delivery_tried(web, 2, 0, try_at(31, 500), Verdict::Again(later(31)))
        .await
        .unwrap();
    assert_eq!(due(&store, web, 40).await, [4, 1]);
    // That it arrived is true all the same.
    store
        .delivery_tried(web, 2, 1, try_at(32, 200), Verdict::Delivered)
        .await
        .unwrap();
    store
        .delivery_tried(web, 1, 0, try_at(40, 200), Verdict::Delivered)
        .await
        .unwrap();
    store
        .delivery_tried(web, 1, 1, try_at(41, 500), Verdict::Again(later(50)))
        .await
        .unwrap();
    let known = [
        (1, Delivered, 1),
        (2, Delivered, 2),
        (3, Delivered, 1),
        (4, Pending, 0),
    ];
    assert_eq!(states(&store).await, known);

    // What was delivered can be sent once more; what comes later waits for it.
    store.replay(web, 3, later(60)).await.unwrap();
    assert_eq!(due(&store, web, 60).await, [3]);
    assert!(matches!(
        store.replay(web, 99, later(60)).await,
        Err(StoreError::NotFound)
    ));
    let of = |state, order: &str| DeliveryFilter {
        target: Some(web),
        state,
        order_id: Some(order.to_owned()),
        after: 0,
        limit: 10,
    };
    let found = |filter| async { store.deliveries(filter).await.unwrap().len() };
    assert_eq!(found(of(None, "a")).await, 2);
    assert_eq!(found(of(Some(Pending), "b")).await, 2);
    assert_eq!(found(of(Some(Dead), "a")).await, 0);
}

#[tokio::test]
async fn of_an_order_one_goes_after_the_other() {
    one_after_the_other(TestStore::new().store.clone()).await;
    one_after_the_other(MemoryStore::new(Policy::default())).await;
}

/// The tenth try is on its way, for as long as it takes, when a person asks for the whole schedule anew.
async fn asked_for_again_during_a_try<S: Store>(store: S) {
    use DeliveryState::{Delivered, Pending};
    two_events(&store, "a").await;
    let web = Target::Webhook;
    store.take_over(web, START, later(2)).await.unwrap();
    for nth in 0..9_u32 {
        let at = 10 + u64::from(nth);
        let again = Verdict::Again(later(at + 1));
        let tried = store.delivery_tried(web, 1, nth, try_at(at, 500), again);
        tried.await.unwrap();
    }
    assert_eq!(states(&store).await[0], (1, Pending, 9));
    store.replay(web, 1, later(30)).await.unwrap();
    let last = store.delivery_tried(web, 1, 9, try_at(20, 500), Verdict::Dead);
    last.await.unwrap();
    assert_eq!(states(&store).await[0], (1, Pending, 0));
    assert_eq!(due(&store, web, 30).await, [1], "now, as was asked");
    let (_, tries) = store.delivery(web, 1).await.unwrap().unwrap();
    assert_eq!(tries.len(), 10, "it was made all the same");

    // Had it arrived, that would be true whoever asked meanwhile.
    let last = store.delivery_tried(web, 1, 9, try_at(20, 200), Verdict::Delivered);
    last.await.unwrap();
    assert_eq!(states(&store).await[0], (1, Delivered, 1));
    assert_eq!(due(&store, web, 30).await, [2]);
}

#[tokio::test]
async fn a_try_that_was_on_its_way_does_not_undo_that_it_was_asked_for_again() {
    asked_for_again_during_a_try(TestStore::new().store.clone()).await;
    asked_for_again_during_a_try(MemoryStore::new(Policy::default())).await;
}

async fn from_then_on<S: Store>(store: S) {
    two_events(&store, "old").await;
    let target = Target::Webhook;
    store.take_over(target, later(2), later(9)).await.unwrap();
    assert_eq!(due(&store, target, 9).await, [0; 0]);
    two_events(&store, "new").await;
    // The clock was wrong by then: what counts is what is already there.
    store.take_over(target, later(99), later(9)).await.unwrap();
    assert_eq!(due(&store, target, 9).await, [3]);
    let (delivery, _) = store.delivery(target, 3).await.unwrap().unwrap();
    assert_eq!(delivery.body, delivery.event.to_json().to_string());
}

#[tokio::test]
async fn a_new_target_hears_what_happens_from_then_on() {
    from_then_on(TestStore::new().store.clone()).await;
    from_then_on(MemoryStore::new(Policy::default())).await;
}

#[tokio::test]
async fn a_publication_wakes_those_who_wait_for_events() {
    let at = TestStore::new();
    let mut watch = at.store.watch_events();
    let waiting = tokio::spawn(async move { watch.changed().await });
    two_events(&at.store, "a").await;
    waiting.await.unwrap();
}

// The hook

/// Counts in a table of the merchant's own.
fn ship(event: &Published, tx: &HookTx<'_>) -> Result<(), HookError> {
    let database = tx.connection()?;
    database.execute("INSERT INTO shipment VALUES (?1)", [event.id()])?;
    Ok(())
}

async fn shop() -> TestStore {
    let at = TestStore::new();
    merchant(&at)
        .execute_batch("CREATE TABLE shipment (event TEXT NOT NULL)")
        .unwrap();
    two_events(&at.store, "a").await;
    let hook = Target::Hook;
    at.store.take_over(hook, START, later(2)).await.unwrap();
    at
}

/// The merchant's own view of the file.
fn merchant(at: &TestStore) -> Connection {
    Connection::open(at.dir.path().join("ledger.db")).unwrap()
}

fn shipped(at: &TestStore) -> u32 {
    let count = "SELECT count(*) FROM shipment";
    merchant(at).query_row(count, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn what_a_hook_writes_and_that_it_was_delivered_commit_together() {
    let at = shop().await;
    let failed = Verdict::Again(later(60));
    let take = || {
        at.store
            .deliver_to_hook(1, Arc::new(ship), later(3), failed)
    };
    assert_eq!(take().await.unwrap(), None);
    assert_eq!(take().await.unwrap(), None, "it is not open any more");
    assert_eq!(shipped(&at), 1);
    assert!(matches!(
        at.store.replay(Target::Hook, 1, later(4)).await,
        Err(StoreError::Delivered)
    ));
    let at = at.reopen();
    assert_eq!(due(&at.store, Target::Hook, 9).await, [2]);
    assert_eq!(shipped(&at), 1);
}

#[tokio::test]
async fn a_hook_that_fails_leaves_nothing_and_is_run_again() {
    let at = shop().await;
    let fails = |event: &Published, tx: &HookTx<'_>| {
        ship(event, tx)?;
        Err(HookError::new("stock_missing"))
    };
    let panics = |event: &Published, tx: &HookTx<'_>| {
        ship(event, tx)?;
        panic!("a hook of the merchant's")
    };
    let again = Verdict::Again(later(60));
    let store = &at.store;
    let code = store.deliver_to_hook(1, Arc::new(fails), later(3), again);
    assert_eq!(code.await.unwrap().as_deref(), Some("stock_missing"));
    let code = store.deliver_to_hook(1, Arc::new(panics), later(4), again);
    assert_eq!(code.await.unwrap().as_deref(), Some("hook_panicked"));
    assert_eq!(shipped(&at), 0);
    assert!(due(store, Target::Hook, 59).await.is_empty());
    let code = store.deliver_to_hook(1, Arc::new(ship), later(60), again);
    assert_eq!(code.await.unwrap(), None);
    assert_eq!(shipped(&at), 1);
    let (_, tries) = store.delivery(Target::Hook, 1).await.unwrap().unwrap();
    let errors: Vec<_> = tries.iter().map(|it| it.error.as_deref()).collect();
    assert_eq!(errors, [Some("stock_missing"), Some("hook_panicked"), None]);
}

#[tokio::test]
async fn a_hook_can_neither_end_the_transaction_nor_write_in_our_tables() {
    let at = shop().await;
    for sql in [
        "COMMIT",
        "ROLLBACK",
        "ROLLBACK TO item",
        "RELEASE hook",
        "PRAGMA synchronous = OFF",
        "ATTACH ':memory:' AS other",
        "UPDATE delivery SET state = 'delivered'",
        "DELETE FROM outbox",
        "DROP TABLE billing_key",
        "UPDATE attempt SET state = 'paid'",
        "CREATE TRIGGER t AFTER INSERT ON event BEGIN SELECT 1; END",
        // Under a name of ours, what we write later would go there.
        "CREATE TEMP TABLE attempt AS SELECT * FROM attempt",
        "CREATE TABLE temp.attempt (order_id TEXT)",
        "CREATE TEMP TABLE mine (n INTEGER); ALTER TABLE mine RENAME TO attempt",
        "CREATE TEMP VIEW outbox AS SELECT 1",
        "CREATE VIRTUAL TABLE temp.attempt USING fts5 (order_id)",
        "CREATE TABLE mine (n INTEGER); CREATE TEMP TRIGGER t AFTER INSERT ON mine BEGIN SELECT 1; END",
        "CREATE TEMP TRIGGER t INSTEAD OF INSERT ON event BEGIN SELECT 1; END",
        "CREATE VIEW attempt AS SELECT 1",
        "CREATE TABLE mine (n INTEGER); ALTER TABLE mine RENAME TO attempt",
    ] {
        let bad = move |event: &Published, tx: &HookTx<'_>| {
            ship(event, tx)?;
            // A hook may overlook the refusal: then it is as if it had not tried.
            let refused = tx.connection()?.execute_batch(sql).is_err();
            Err(HookError::new(if refused { "refused" } else { "done" }))
        };
        let again = Verdict::Again(later(3));
        let code = at.store.deliver_to_hook(1, Arc::new(bad), later(3), again);
        assert_eq!(code.await.unwrap().as_deref(), Some("refused"), "{sql}");
    }
    assert_eq!(shipped(&at), 0);
    let own = |event: &Published, tx: &HookTx<'_>| {
        let database = tx.connection()?;
        database.execute_batch("CREATE TABLE IF NOT EXISTS stock (n INTEGER); SAVEPOINT mine; INSERT INTO stock VALUES (1); RELEASE mine")?;
        database.execute_batch("CREATE INDEX s ON stock (n); CREATE VIEW v AS SELECT n FROM stock; ALTER TABLE stock RENAME TO shelf")?;
        let state = "SELECT state FROM attempt WHERE order_id = ?1";
        let read = database.query_row(state, [&event.key.order_id], |row| row.get(0));
        assert_eq!(read, Ok("discrepant".to_owned()));
        Ok(())
    };
    let code = at
        .store
        .deliver_to_hook(1, Arc::new(own), later(4), Verdict::Dead);
    assert_eq!(code.await.unwrap(), None, "its own tables are its own");
}

/// A statement that rolls everything back, or a constraint that the commit finds broken, is the hook's fault and nobody else's.
#[tokio::test]
async fn a_hook_that_ruins_its_transaction_ruins_no_other_write() {
    let at = shop().await;
    merchant(&at)
        .execute_batch(
            "CREATE TABLE one (n INTEGER PRIMARY KEY); INSERT INTO one VALUES (1); \
             CREATE TABLE late (n INTEGER REFERENCES one (n) DEFERRABLE INITIALLY DEFERRED)",
        )
        .unwrap();
    for sql in [
        "INSERT OR ROLLBACK INTO one VALUES (1)",
        "INSERT INTO late VALUES (2)",
    ] {
        let ruins = move |_: &Published, tx: &HookTx<'_>| {
            let _ = tx.connection()?.execute_batch(sql);
            Ok(())
        };
        let hook = at
            .store
            .deliver_to_hook(1, Arc::new(ruins), later(3), Verdict::Dead);
        let beside = format!("beside-{}", sql.len());
        let key = at.requested(&beside, Work::PayNow);
        let (hooked, _, key) = tokio::join!(hook, at.store.health(), key);
        assert!(hooked.is_err(), "{sql}: {hooked:?}");
        let seen = at.store.attempt(key).await.unwrap();
        assert!(seen.is_some());
    }
    assert_eq!(due(&at.store, Target::Hook, 9).await, [1], "still open");
}

#[tokio::test]
async fn the_memory_store_has_no_transaction_and_says_so() {
    let store = MemoryStore::new(Policy::default());
    two_events(&store, "a").await;
    let hook = Target::Hook;
    store.take_over(hook, START, later(2)).await.unwrap();
    let again = Verdict::Again(later(3));
    let code = store.deliver_to_hook(1, Arc::new(ship), later(2), again);
    assert_eq!(code.await.unwrap().as_deref(), Some("no_transaction"));
    let simple = |_: &Published, _: &HookTx<'_>| Ok(());
    let code = store.deliver_to_hook(1, Arc::new(simple), later(3), again);
    assert_eq!(code.await.unwrap(), None);
    assert_eq!(due(&store, hook, 9).await, [2]);
}
