//! Durable means: after the answer, whatever happens to the process, it is in the file.

use std::sync::Arc;

use crate::common::*;
use paypair_ledger::{
    Begun, CallOutcome, CallState, Digest, Event, Kept, KeptAnswer, KeptAnswers, MemoryStore,
    MoneyOp, Options, Policy, Reason, Registered, SqliteStore, State, Store, StoreError,
    chain_is_intact,
};
use paypair_protocol::{Gateway, Work};

#[tokio::test]
async fn many_concurrent_events_are_all_there_after_reopening() {
    let at = TestStore::new();
    let mut keys = Vec::new();
    for n in 0..200 {
        keys.push(at.requested(&format!("order-{n}"), Work::PayNow).await);
    }
    let store = Arc::new(at.store.clone());
    let tasks: Vec<_> = keys
        .iter()
        .enumerate()
        .map(|(n, key)| {
            let (store, key) = (Arc::clone(&store), key.clone());
            let seen = looked_up(&key.order_id, 10_000, &format!("t{n}"));
            tokio::spawn(async move { store.apply(key, Event::Sighted(seen), later(10)).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap().attempt.state, State::Paid);
    }
    drop(store);
    let at = at.reopen();
    for (n, key) in keys.into_iter().enumerate() {
        let attempt = at.store.attempt(key.clone()).await.unwrap().unwrap();
        assert_eq!(
            (attempt.state, attempt.transaction_id),
            (State::Paid, Some(format!("t{n}")))
        );
        assert_eq!(attempt.order.customer.name.as_deref(), Some("홍길동"));
        let rows = at.store.timeline(&key.order_id).await.unwrap();
        assert_eq!(
            rows.iter().map(|row| row.kind.as_str()).collect::<Vec<_>>(),
            ["begun", "requested", "sighted"]
        );
        assert!(chain_is_intact(&rows));
    }
}

#[tokio::test]
async fn one_item_that_fails_does_not_touch_its_group() {
    let at = TestStore::new();
    let key = at.requested("order-1", Work::PayNow).await;
    let good = at.store.apply(key.clone(), Event::ReturnSeen, later(1));
    let bad = at.store.apply(
        paypair_ledger::AttemptKey::new("nowhere", 1),
        Event::ReturnSeen,
        later(1),
    );
    let refused = at.store.apply(key.clone(), Event::ConfirmStarted, later(1));
    let (good, bad, refused) = tokio::join!(good, bad, refused);
    assert!(good.is_ok());
    assert!(matches!(bad, Err(StoreError::NotFound)));
    assert!(matches!(refused, Err(StoreError::Refused(_))));
    let notes: Vec<_> = at
        .store
        .timeline("order-1")
        .await
        .unwrap()
        .into_iter()
        .filter_map(|row| row.note)
        .collect();
    assert_eq!(
        notes,
        ["refused: not_authenticated"],
        "a refusal is remembered"
    );
}

#[tokio::test]
async fn the_database_itself_refuses_a_second_confirm() {
    let at = TestStore::new();
    let key = at.confirming("order-1").await;
    let other = rusqlite::Connection::open(at.dir.path().join("ledger.db")).unwrap();
    let second = "INSERT INTO money_call (order_id, no, op, state, began_at) VALUES ('order-1', 1, 'confirm', ?1, 0)";
    assert!(other.execute(second, ["pending"]).is_err());
    assert!(other.execute(second, ["unknown"]).is_err());
    // Even if the state machine were wrong, the row is refused, and nothing of the step stays.
    other
        .execute("UPDATE attempt SET state = 'authenticated'", [])
        .unwrap();
    let refused = at
        .store
        .apply(key.clone(), Event::ConfirmStarted, later(20))
        .await;
    assert!(
        matches!(refused, Err(StoreError::CallRunning)),
        "{refused:?}"
    );
    assert_eq!(
        at.store.attempt(key).await.unwrap().unwrap().state,
        State::Authenticated
    );
    assert_eq!(at.store.money_calls("order-1").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_crash_in_a_money_call_leaves_doubt() {
    let at = TestStore::new();
    let confirm = at.confirming("order-1").await;
    let refund = at.confirming("order-2").await;
    at.apply(
        &refund,
        Event::ConfirmAnswered(confirmed("order-2", 10_000, "t2")),
    )
    .await;
    at.apply(
        &refund,
        Event::RefundAsked {
            id: None,
            transaction_id: None,
            money: None,
            why: "asked".to_owned(),
        },
    )
    .await;
    let at = at.reopen();
    let left = at.store.unfinished_calls().await.unwrap();
    assert_eq!(
        left.iter()
            .map(|call| (call.key.clone(), call.op))
            .collect::<Vec<_>>(),
        [
            (confirm.clone(), MoneyOp::Confirm),
            (refund.clone(), MoneyOp::Refund)
        ]
    );
    assert!(
        at.store
            .recover(later(0), later(60))
            .await
            .unwrap()
            .is_empty(),
        "none is so old"
    );
    let recovered = at.store.recover(later(60), later(60)).await.unwrap();
    assert!(
        recovered
            .iter()
            .all(|applied| applied.attempt.state == State::InDoubt)
    );
    assert_eq!(recovered.len(), 2);
    assert_eq!(
        at.store.due(later(65), 10).await.unwrap().len(),
        2,
        "both are looked up soon"
    );
    assert!(
        at.store
            .recover(later(70), later(70))
            .await
            .unwrap()
            .is_empty(),
        "once"
    );
    let unknown = at.store.unfinished_calls().await.unwrap();
    assert!(
        unknown
            .iter()
            .all(|call| call.state == CallState::Ended(CallOutcome::Unknown))
    );
    at.apply(&confirm, Event::Sighted(looked_up("order-1", 10_000, "t1")))
        .await;
    at.apply(
        &refund,
        Event::Sighted(looked_up_cancelled("order-2", 10_000, "t2", 10_000)),
    )
    .await;
    assert!(at.store.unfinished_calls().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_merchant_is_told_exactly_what_was_committed() {
    let at = TestStore::new();
    let key = at.confirming("order-1").await;
    assert!(
        at.store.events_after(0, 10).await.unwrap().is_empty(),
        "states on the way tell nothing"
    );
    at.apply(
        &key,
        Event::ConfirmAnswered(confirmed("order-1", 10_000, "t1")),
    )
    .await;
    at.apply(&key, Event::Sighted(looked_up("order-1", 10_000, "t1")))
        .await;
    at.apply(
        &key,
        Event::RefundAsked {
            id: None,
            transaction_id: None,
            money: None,
            why: "asked".to_owned(),
        },
    )
    .await;
    at.apply(&key, Event::RefundAnswered(refunded("order-1", 10_000)))
        .await;
    let told = at.store.events_after(0, 10).await.unwrap();
    assert_eq!(
        told.iter()
            .map(|line| line.publication.as_str())
            .collect::<Vec<_>>(),
        ["payment.paid", "payment.refunded"]
    );
    assert!(
        told[0].data.contains(r#""amount":"10000""#)
            && told[0].data.contains(r#""transactionId":"t1""#)
    );
    assert!(!told[0].data.contains("01012345678"));
    assert_eq!(
        at.store.events_after(told[0].seq, 10).await.unwrap(),
        told[1..]
    );
    let calls: Vec<_> = at
        .store
        .money_calls("order-1")
        .await
        .unwrap()
        .into_iter()
        .map(|call| call.state)
        .collect();
    assert_eq!(calls, [CallState::Ended(CallOutcome::Done); 2]);
}

#[tokio::test]
async fn a_full_queue_says_busy_and_loses_nothing_it_took() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        queue: 1,
        ..Options::default()
    };
    let store = SqliteStore::open_with(dir.path().join("ledger.db"), options).unwrap();
    let writes = (0..200).map(|n| store.register(order(&format!("order-{n}"), Work::PayNow)));
    let answers = futures_join(writes).await;
    let busy = answers
        .iter()
        .filter(|answer| matches!(answer, Err(StoreError::Busy)))
        .count();
    assert!(busy > 0, "200 at once do not fit a queue of one");
    for (n, answer) in answers.iter().enumerate() {
        let there = store.order(&format!("order-{n}")).await.unwrap().is_some();
        assert_eq!(there, answer.is_ok());
    }
    assert!(StoreError::Busy.is_retryable());
    store.health().await.unwrap();
}

/// All of them, polled in turn before any is awaited.
async fn futures_join<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, output) in waiting.iter_mut().filter(|(_, output)| output.is_none()) {
            if let std::task::Poll::Ready(value) = future.as_mut().poll(context) {
                *output = Some(value);
            }
        }
        if waiting.iter().all(|(_, output)| output.is_some()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    waiting
        .into_iter()
        .filter_map(|(_, output)| output)
        .collect()
}

#[tokio::test]
async fn an_order_is_registered_once() {
    let at = TestStore::new();
    assert!(matches!(
        at.store.register(order("a", Work::PayNow)).await,
        Ok(Registered::New(_))
    ));
    let mut again = order("a", Work::PayNow);
    again.client_secret = paypair_ledger::Digest::of("another secret");
    let Ok(Registered::Same(known)) = at.store.register(again).await else {
        panic!("the same content is the same order")
    };
    assert_eq!(known.client_secret, paypair_ledger::Digest::of("cs_secret"));
    let mut dearer = order("a", Work::PayNow);
    dearer.money = Some(paypair_protocol::Money::won(1));
    assert_eq!(
        at.store.register(dearer).await.unwrap_err().code(),
        "order_exists"
    );
}

#[tokio::test]
async fn events_can_only_be_added() {
    let at = TestStore::new();
    at.requested("order-1", Work::PayNow).await;
    let other = rusqlite::Connection::open(at.dir.path().join("ledger.db")).unwrap();
    assert!(other.execute("UPDATE event SET note = 'x'", []).is_err());
    assert!(other.execute("DELETE FROM event", []).is_err());
    let mut rows = at.store.timeline("order-1").await.unwrap();
    assert!(chain_is_intact(&rows));
    rows[1].note = Some("forged".to_owned());
    assert!(!chain_is_intact(&rows));
    rows.remove(1);
    assert!(
        chain_is_intact(&rows),
        "the end can be cut: compare the last hash with a copy kept elsewhere"
    );
}

#[tokio::test]
async fn attempts_are_found_by_every_name() {
    let at = TestStore::new();
    let key = at.requested("order-1", Work::PayNow).await;
    let known = at.store.attempt(key.clone()).await.unwrap().unwrap();
    let by_nonce = at
        .store
        .attempt_by_nonce(known.nonce)
        .await
        .unwrap()
        .unwrap();
    let by_ticket = at
        .store
        .attempt_by_ticket(&known.ticket)
        .await
        .unwrap()
        .unwrap();
    let by_name = at
        .store
        .attempt_by_gateway_order(Gateway::Payple, "test", "order-1")
        .await
        .unwrap()
        .unwrap();
    assert!(
        [by_nonce, by_ticket, by_name]
            .iter()
            .all(|found| found.key() == key)
    );
    assert!(
        at.store
            .attempt_by_gateway_order(Gateway::Payletter, "test", "order-1")
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        known.launch.unwrap().expose(),
        r#"{"auth_key":"launch-token"}"#
    );
}

#[tokio::test]
async fn policy_reaches_the_step() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        policy: Policy {
            auto_refund: false,
            ..Policy::default()
        },
        ..Options::default()
    };
    let store = SqliteStore::open_with(dir.path().join("ledger.db"), options).unwrap();
    let at = TestStore { store, dir };
    let key = at.confirming("order-1").await;
    let applied = at
        .apply(&key, Event::ConfirmAnswered(confirmed("order-1", 1, "t1")))
        .await;
    assert_eq!(
        (applied.attempt.state, applied.calls(MoneyOp::Refund)),
        (State::Discrepant, false)
    );
}

#[tokio::test]
async fn a_watch_wakes_when_the_order_changes() {
    let at = TestStore::new();
    let key = at.requested("order-1", Work::PayNow).await;
    let mut watch = at.store.watch("order-1");
    let store = at.store.clone();
    let change = tokio::spawn(async move { store.apply(key, Event::ReturnSeen, later(1)).await });
    watch.changed().await;
    change.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_refusal_or_a_browser_that_repeats_itself_is_written_once() {
    let at = TestStore::new();
    let key = at.requested("order-1", Work::PayNow).await;
    for _ in 0..3 {
        let refused = Event::ResultRefused {
            reason: Reason::new("confirm_url_not_allowed"),
        };
        at.apply(&key, refused).await;
    }
    for _ in 0..3 {
        assert!(
            at.store
                .apply(key.clone(), Event::ConfirmStarted, later(3))
                .await
                .is_err()
        );
    }
    assert_eq!(at.store.timeline("order-1").await.unwrap().len(), 4);
}

#[tokio::test]
async fn one_attempt_lives_however_many_tabs_begin() {
    let at = TestStore::new();
    at.store
        .register(order("order-1", Work::PayNow))
        .await
        .unwrap();
    let begins: Vec<_> = (0..50)
        .map(|n| {
            let store = at.store.clone();
            tokio::spawn(async move {
                store
                    .begin("order-1", new_attempt(&format!("tab-{n}"), START), START)
                    .await
            })
        })
        .collect();
    let (mut new, mut live) = (0, 0);
    for begin in begins {
        match begin.await.unwrap().unwrap() {
            Begun::New(attempt) => new += attempt.no,
            Begun::Live(attempt) => live += attempt.no,
            Begun::Settled(view) => panic!("{view:?}"),
        }
    }
    assert_eq!((new, live), (1, 49));
}

#[tokio::test]
async fn attempts_follow_each_other_and_stop_when_paid() {
    let at = TestStore::new();
    let one = at.requested("order-1", Work::PayNow).await;
    let over = later(3601);
    let Begun::New(two) = at
        .store
        .begin("order-1", new_attempt("again", over), over)
        .await
        .unwrap()
    else {
        panic!("a window whose time is over keeps nobody out")
    };
    assert_eq!((two.no, two.gateway_order_id.as_str()), (2, "order-1-2"));
    assert_eq!(
        at.store.attempt(one).await.unwrap().unwrap().state,
        State::Expired
    );
    at.apply(
        &two.key(),
        Event::Sighted(looked_up("order-1-2", 10_000, "t1")),
    )
    .await;
    let begun = at
        .store
        .begin("order-1", new_attempt("third", over), over)
        .await
        .unwrap();
    assert!(matches!(begun, Begun::Settled(_)));
}

#[tokio::test]
async fn gateway_order_ids_never_collide() {
    let at = TestStore::new();
    at.requested("order-2", Work::PayNow).await;
    let one = at.requested("order", Work::PayNow).await;
    at.apply(
        &one,
        Event::BuyerCancelled {
            reason: Reason::new("buyer"),
        },
    )
    .await;
    let two = at.begin("order", later(9)).await;
    assert_ne!(
        two.gateway_order_id, "order-2",
        "that is another order's first attempt"
    );
    assert!(two.gateway_order_id.len() <= 30);
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_holds_keys_and_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let test = TestStore::new();
    test.requested("order-1", Work::PayNow).await;
    for file in std::fs::read_dir(test.dir.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?} is {mode:o}", file.file_name());
    }
}

async fn a_key_stands_for_its_request_for_a_day(store: impl KeptAnswers) {
    let (key, request, other) = (Digest::of("key"), Digest::of("a"), Digest::of("b"));
    let answer = |status| KeptAnswer {
        status,
        body: b"told".to_vec(),
    };
    let unanswered = |first| Kept::Unanswered {
        since: START,
        first,
    };
    let asked = |request, seconds| store.keep_request(key, request, later(seconds));
    assert_eq!(asked(request, 0).await.unwrap(), unanswered(true));
    let again = asked(request, 5).await.unwrap();
    assert_eq!(again, unanswered(false), "since then");
    assert_eq!(asked(other, 5).await.unwrap(), Kept::Another);
    store.forget_request(key).await.unwrap();
    let anew = Kept::Unanswered {
        since: later(6),
        first: true,
    };
    assert_eq!(asked(other, 6).await.unwrap(), anew);
    store.keep_answer(key, answer(201)).await.unwrap();
    store.keep_answer(key, answer(200)).await.unwrap();
    store.forget_request(key).await.unwrap();
    let kept = Kept::Answered(answer(201));
    assert_eq!(asked(other, 7).await.unwrap(), kept, "the first one stays");
    let day = 24 * 60 * 60;
    assert_eq!(asked(other, 5 + day).await.unwrap(), kept);
    let anew = Kept::Unanswered {
        since: later(6 + day),
        first: true,
    };
    assert_eq!(asked(request, 6 + day).await.unwrap(), anew);
    // An answer to a key that nobody asked under is nobody's.
    let nobodys = Digest::of("nobody's");
    store.keep_answer(nobodys, answer(200)).await.unwrap();
    let anew = store.keep_request(nobodys, request, START).await.unwrap();
    assert_eq!(anew, unanswered(true));
}

#[tokio::test]
async fn an_idempotency_key_stands_for_its_request_for_a_day() {
    let dir = tempfile::tempdir().unwrap();
    let file = SqliteStore::open(dir.path().join("ledger.db")).unwrap();
    a_key_stands_for_its_request_for_a_day(file).await;
    a_key_stands_for_its_request_for_a_day(MemoryStore::new(Policy::default())).await;
}
