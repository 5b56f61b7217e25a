//! A break is one row however often it is seen, told once when it opens and once when it ends; and a day's attempts are found. Each
//! test runs over both stores.

use crate::common::*;
use paypair_ledger::{
    Attempt, AttemptKey, Begun, BreakEndedBy, BreakFilter, BreakKind, BreakName, DaysCompared,
    Event, FoundBreak, Publication, Reconciliation, Saying, State, Store,
};
use paypair_protocol::{Gateway, Work};

const DAY: u64 = 24 * 60 * 60;

fn found(kind: BreakKind, order_id: &str, attempt: Option<AttemptKey>) -> FoundBreak {
    FoundBreak {
        name: BreakName {
            kind,
            gateway: Gateway::Payple,
            merchant_id: "test".to_owned(),
            gateway_order_id: order_id.to_owned(),
            transaction_id: format!("t-{order_id}"),
        },
        day: START.kst_date(),
        attempt,
        ours: Saying {
            state: Some("paid".to_owned()),
            amount: Some("10000".to_owned()),
            currency: Some("KRW".to_owned()),
            ..Saying::default()
        },
        theirs: Saying::default(),
    }
}

/// An order that is paid at this second.
async fn paid(store: &impl Store, order_id: &str, second: u64) -> AttemptKey {
    store
        .register(order(order_id, Work::ConfirmThenPay))
        .await
        .unwrap();
    let at = later(second);
    let begun = store.begin(order_id, new_attempt(order_id, at), at).await;
    let Begun::New(attempt) = begun.unwrap() else {
        panic!("{order_id} has an attempt")
    };
    let key = attempt.key();
    for event in [
        requested(at),
        Event::Sighted(looked_up(order_id, 10_000, &format!("t-{order_id}"))),
    ] {
        store.apply(key.clone(), event, at).await.unwrap();
    }
    key
}

async fn a_days_attempts_are_found(store: impl Store) {
    for (order_id, day) in [("first", 0), ("second", 1), ("third", 3)] {
        paid(&store, order_id, day * DAY).await;
    }
    // Given back two days after it was paid.
    let first = AttemptKey::new("first", 1);
    let asked = store
        .apply(first.clone(), ask_rest(), later(2 * DAY))
        .await
        .unwrap();
    assert_eq!(asked.attempt.state, State::RefundPending);
    let back = Event::RefundAnswered(refunded("first", 10_000));
    store.apply(first, back, later(2 * DAY + 5)).await.unwrap();
    // Begun, and not paid until the day after.
    store
        .register(order("late", Work::ConfirmThenPay))
        .await
        .unwrap();
    let begun = store
        .begin("late", new_attempt("late", later(DAY)), later(DAY))
        .await;
    assert!(matches!(begun.unwrap(), Begun::New(_)));
    let late = AttemptKey::new("late", 1);
    let paid = Event::Sighted(looked_up("late", 10_000, "t-late"));
    store
        .apply(late.clone(), requested(later(DAY)), later(DAY))
        .await
        .unwrap();
    store.apply(late, paid, later(2 * DAY)).await.unwrap();

    let moved = async |merchant: &str, day: u64| -> Vec<String> {
        let (from, to) = (later(day * DAY), later((day + 1) * DAY));
        let found = store.attempts_moved(Gateway::Payple, merchant, from, to);
        let name = |attempt: &Attempt| attempt.order.id.clone();
        found.await.unwrap().iter().map(name).collect()
    };
    assert_eq!(moved("test", 0).await, ["first"]);
    assert_eq!(moved("test", 1).await, ["late", "second"]);
    assert_eq!(moved("test", 2).await, ["first", "late"]);
    assert_eq!(moved("test", 3).await, ["third"]);
    assert!(moved("test", 4).await.is_empty());
    assert!(moved("other", 0).await.is_empty());
    let range = (later(0), later(DAY));
    let elsewhere = store.attempts_moved(Gateway::Payletter, "test", range.0, range.1);
    assert!(elsewhere.await.unwrap().is_empty());

    let owner = async |gateway: Gateway, id: &str| {
        let found = store.attempt_by_transaction(gateway, "test", id).await;
        found.unwrap().map(|attempt| attempt.key())
    };
    assert_eq!(
        owner(Gateway::Payple, "t-second").await,
        Some(AttemptKey::new("second", 1))
    );
    assert_eq!(owner(Gateway::Payletter, "t-second").await, None);
    assert_eq!(owner(Gateway::Payple, "t-nobody").await, None);
}

async fn a_break_is_one_row_and_told_once(store: impl Store) {
    let key = paid(&store, "order-1", 0).await;
    let found = found(BreakKind::MissingThere, "order-1", Some(key.clone()));
    let before = store.events_after(0, 100).await.unwrap().len();
    let first = store
        .see_break(found.clone(), None, later(10))
        .await
        .unwrap();
    assert!(first.is_new && first.opened);
    let again = store
        .see_break(found.clone(), None, later(20))
        .await
        .unwrap();
    assert!(!again.is_new && !again.opened);
    assert_eq!((again.row.id, again.row.times_seen), (first.row.id, 2));
    assert_eq!(
        (again.row.first_seen_at, again.row.last_seen_at),
        (later(10), later(20))
    );
    assert_eq!(again.row.found, found);

    let healed = store.agree_on_break(first.row.id, later(30)).await.unwrap();
    let end = healed.unwrap().end.unwrap();
    assert_eq!((end.at, end.by), (later(30), BreakEndedBy::Agreement));
    assert!(
        store
            .agree_on_break(first.row.id, later(40))
            .await
            .unwrap()
            .is_none(),
        "it is not open"
    );
    assert!(store.agree_on_break(99, later(40)).await.unwrap().is_none());

    let told = store.events_after(0, 100).await.unwrap().split_off(before);
    let told: Vec<_> = told
        .iter()
        .map(|event| (event.publication, event.key.clone(), event.state))
        .collect();
    assert_eq!(
        told,
        [
            (Publication::BreakFound, key.clone(), State::Paid),
            (Publication::BreakResolved, key, State::Paid),
        ]
    );
}

async fn a_person_settles_a_break_for_good(store: impl Store) {
    let stray = found(BreakKind::MissingHere, "unknown-1", None);
    let id = store
        .see_break(stray.clone(), None, later(10))
        .await
        .unwrap()
        .row
        .id;
    let note = "sold by phone, booked by hand";
    let settled = store.settle_break(id, "김민지", note, later(20)).await;
    let settled = settled.unwrap().unwrap();
    assert!(
        store
            .settle_break(id, "somebody", "else", later(30))
            .await
            .unwrap()
            .is_none()
    );
    let by = BreakEndedBy::Operator {
        name: "김민지".to_owned(),
        note: note.to_owned(),
    };
    assert_eq!(settled.end.unwrap().by, by);
    let seen = store
        .see_break(stray.clone(), None, later(40))
        .await
        .unwrap();
    assert!(!seen.row.is_open() && !seen.is_new, "nobody is told again");
    let kept = store.break_by_id(id).await.unwrap().unwrap();
    assert_eq!((kept.times_seen, &kept.end.unwrap().by), (2, &by));

    let mut changed = stray;
    changed.theirs.state = Some("cancelled".to_owned());
    assert!(
        store
            .see_break(changed, None, later(50))
            .await
            .unwrap()
            .row
            .is_open()
    );
    let events = store.events_after(0, 100).await.unwrap();
    let told: Vec<_> = events.iter().map(|event| event.publication).collect();
    assert_eq!(
        told,
        [
            Publication::BreakFound,
            Publication::BreakResolved,
            Publication::BreakFound
        ]
    );
    assert_eq!(events[0].key, AttemptKey::new("unknown-1", 0));
    assert_eq!(events[0].state, State::Discrepant);
    let data: serde_json::Value = serde_json::from_str(&events[1].data).unwrap();
    assert_eq!(
        (&data["kind"], &data["resolvedBy"], &data["breakId"]),
        (&"missing_here".into(), &"operator".into(), &id.into())
    );
}

async fn breaks_are_listed_by_what_is_asked_for(store: impl Store) {
    for (nth, kind) in BreakKind::ALL.into_iter().enumerate() {
        let mut found = found(kind, "order-1", None);
        if nth == 4 {
            found.name.gateway = Gateway::Payletter;
        }
        store
            .see_break(found, None, later(nth as u64))
            .await
            .unwrap();
    }
    store.agree_on_break(2, later(9)).await.unwrap();
    let list = async |wanted: BreakFilter, after: u64, limit: usize| -> Vec<u64> {
        let rows = store.breaks(wanted, after, limit).await.unwrap();
        rows.iter().map(|row| row.id).collect()
    };
    let all = BreakFilter::default();
    let open = BreakFilter {
        open_only: true,
        ..BreakFilter::default()
    };
    let payletter = BreakFilter {
        gateway: Some(Gateway::Payletter),
        merchant_id: Some("test".to_owned()),
        ..BreakFilter::default()
    };
    assert_eq!(list(all.clone(), 0, 100).await, [1, 2, 3, 4, 5]);
    assert_eq!(list(all, 2, 2).await, [3, 4]);
    assert_eq!(list(open, 0, 100).await, [1, 3, 4, 5]);
    assert_eq!(list(payletter, 0, 100).await, [5]);
}

/// Both are in the store, or neither: a run that is told no looks again, and finds the break as new as ever.
async fn money_of_no_order_is_kept_with_its_break_once(store: impl Store) {
    let found = found(BreakKind::MissingHere, "unknown-1", None);
    // A day's list is another one each time it is read.
    let stray = |n: &str| {
        let proof = payletter::callback("unknown-1", 10_000, "t-unknown-1", n);
        Some(proof)
    };
    for (nth, read, is_new) in [(1, "first", true), (2, "second", false)] {
        let seen = store.see_break(found.clone(), stray(read), later(nth));
        assert_eq!(seen.await.unwrap().is_new, is_new);
    }
    store.agree_on_break(1, later(3)).await.unwrap();
    let seen = store.see_break(found, stray("third"), later(4));
    let seen = seen.await.unwrap();
    assert!(seen.opened && !seen.is_new);
    let events = store.events_after(0, 100).await.unwrap();
    let told: Vec<_> = events.iter().map(|event| event.publication).collect();
    assert_eq!(
        told,
        [
            Publication::BreakFound,
            Publication::Discrepant,
            Publication::BreakResolved,
            Publication::BreakFound
        ]
    );
    let rows = store.timeline("unknown-1").await.unwrap();
    assert_eq!((rows.len(), rows[0].kind.as_str()), (1, "stray"));
}

async fn how_far_books_were_compared_is_kept_for_each_identity(store: impl Store) {
    let days = |day: u64, behind| DaysCompared {
        upto: later(day * DAY).kst_date(),
        behind,
    };
    let kept = async |gateway: Gateway, id: &str| store.days_compared(gateway, id).await.unwrap();
    assert_eq!(kept(Gateway::Payple, "test").await, None);
    for (gateway, id, days) in [
        (Gateway::Payple, "test", days(3, false)),
        (Gateway::Payple, "other", days(4, true)),
        (Gateway::Payletter, "test", days(5, false)),
    ] {
        store.keep_days_compared(gateway, id, days).await.unwrap();
    }
    assert_eq!(kept(Gateway::Payple, "test").await, Some(days(3, false)));
    assert_eq!(kept(Gateway::Payple, "other").await, Some(days(4, true)));
    // A clock was put right: an earlier day takes the place of a later one too.
    let earlier = store.keep_days_compared(Gateway::Payple, "test", days(2, true));
    earlier.await.unwrap();
    assert_eq!(kept(Gateway::Payple, "test").await, Some(days(2, true)));
    assert_eq!(kept(Gateway::Payletter, "test").await, Some(days(5, false)));
}

over_both_stores! {
    money_of_no_order_is_kept_with_its_break_once
    how_far_books_were_compared_is_kept_for_each_identity
    a_days_attempts_are_found
    a_break_is_one_row_and_told_once
    a_person_settles_a_break_for_good
    breaks_are_listed_by_what_is_asked_for
}

#[tokio::test]
async fn a_break_outlives_the_process() {
    let at = TestStore::new();
    let found = found(BreakKind::Duplicate, "order-1", None);
    at.store
        .see_break(found.clone(), None, later(1))
        .await
        .unwrap();
    at.store
        .settle_break(1, "김민지", "seen", later(2))
        .await
        .unwrap();
    let before = at.store.break_by_id(1).await.unwrap();
    let at = at.reopen();
    assert_eq!(at.store.break_by_id(1).await.unwrap(), before);
    let seen = at.store.see_break(found, None, later(3)).await.unwrap();
    assert_eq!((seen.row.id, seen.is_new), (1, false));
}

/// The day's question is answered from indexes: a shop with years of orders asks it every night.
#[tokio::test]
async fn a_days_attempts_are_found_by_an_index() {
    let at = TestStore::new();
    paid(&at.store, "order-1", 0).await;
    let file = rusqlite::Connection::open(at.dir.path().join("ledger.db")).unwrap();
    for index in [
        "attempt_begun",
        "attempt_paid",
        "refund_ended",
        "open_break",
    ] {
        let there: bool = file
            .query_row(
                "SELECT count(*) = 1 FROM sqlite_master WHERE type = 'index' AND name = ?1",
                [index],
                |row| row.get(0),
            )
            .unwrap();
        assert!(there, "{index}");
    }
    let plan = "EXPLAIN QUERY PLAN SELECT * FROM attempt \
        WHERE (gateway = 'payple' AND merchant_id = 'test' AND created_at >= 1 AND created_at < 2) \
        OR (gateway = 'payple' AND merchant_id = 'test' AND paid_at >= 1 AND paid_at < 2) \
        OR (gateway = 'payple' AND merchant_id = 'test' AND (order_id, no) IN \
            (SELECT order_id, no FROM money_call WHERE op = 'refund' AND ended_at >= 1 AND ended_at < 2))";
    let mut rows = file.prepare(plan).unwrap();
    let steps: Vec<String> = rows
        .query_map([], |row| row.get(3))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert!(
        steps.iter().all(|step| !step.starts_with("SCAN attempt")),
        "{steps:?}"
    );
}

#[tokio::test]
async fn neither_the_break_nor_its_money_is_kept_if_one_of_them_cannot_be() {
    let at = TestStore::new();
    let file = rusqlite::Connection::open(at.dir.path().join("ledger.db")).unwrap();
    let full = "CREATE TRIGGER full BEFORE INSERT ON event WHEN NEW.kind = 'stray' \
        BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    file.execute_batch(full).unwrap();
    let found = found(BreakKind::MissingHere, "unknown-1", None);
    let stray = Some(payletter::callback("unknown-1", 10_000, "t-unknown-1", "n"));
    let seen = at.store.see_break(found.clone(), stray.clone(), later(1));
    assert!(seen.await.is_err());
    assert_eq!(at.store.break_by_id(1).await.unwrap(), None);
    assert!(at.store.events_after(0, 9).await.unwrap().is_empty());
    file.execute_batch("DROP TRIGGER full").unwrap();
    let seen = at.store.see_break(found, stray, later(2)).await.unwrap();
    assert!(seen.is_new);
    assert_eq!(at.store.events_after(0, 9).await.unwrap().len(), 2);
}
