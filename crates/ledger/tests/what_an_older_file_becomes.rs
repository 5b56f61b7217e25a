//! A file of the first version is brought to the next, with everything in it.

use crate::common::*;
use paypair_ledger::{
    BillingKeyState, Event, MoneyOp, RefundState, SqliteStore, State, Store, StoreError,
};
use paypair_protocol::Money;
use rusqlite::{Connection, params};

const FIRST: &str = include_str!("../src/sqlite/schema.sql");
const SECOND: &str = include_str!("../src/sqlite/schema_2.sql");

/// A file as the first version left it: one order in each state that matters.
fn first_version(path: &std::path::Path) -> Connection {
    let file = Connection::open(path).unwrap();
    file.execute_batch(FIRST).unwrap();
    file.pragma_update(None, "user_version", 1).unwrap();
    for id in ["paid", "back", "part", "going", "card", "open"] {
        file.execute(
            "INSERT INTO merchant_order VALUES (?1, 'payple', 'test', 'card', ?2, 'one_time', '10000 KRW', 'a', '7', \
             '[null,null,null]', '{}', NULL, ?3, ?4)",
            params![id, if id == "card" { "register" } else { "pay_now" }, [7_u8; 32], START.millis()],
        )
        .unwrap();
    }
    let refund =
        r#"{"transaction_id":"t-going","money":"10000 KRW","back_to":"paid","why":"asked"}"#;
    for (id, no, state, captured, refund) in [
        ("paid", 1, "paid", true, None),
        ("back", 1, "refunded", true, None),
        ("part", 1, "partially_refunded", true, None),
        ("going", 1, "refund_pending", true, Some(refund)),
        ("card", 1, "declined", false, None),
        ("card", 2, "registered", false, None),
        ("open", 1, "created", false, None),
    ] {
        let mut unique = [0_u8; 32];
        let name = format!("{id}{no}");
        unique[..name.len()].copy_from_slice(name.as_bytes());
        file.execute(
            "INSERT INTO attempt VALUES (?1, ?2, ?3, 'payple', 'test', ?4, ?5, ?4, ?4, 'popup', NULL, NULL, ?6, ?7, \
             '2023-11-15', ?8, ?8, NULL, 0, 0, NULL, NULL, ?9, ?10, NULL, NULL, NULL, ?11, 1, NULL)",
            params![
                id,
                no,
                state,
                format!("{id}-{no}"),
                unique,
                captured.then(|| format!("t-{id}")),
                captured.then_some("10000 KRW"),
                later(3600).millis(),
                refund,
                captured.then(|| START.millis()),
                r#"{"card":{"name":"BC카드","number":"1111"}}"#,
            ],
        )
        .unwrap();
    }
    file.execute(
        "INSERT INTO money_call (order_id, no, op, state, began_at) VALUES ('going', 1, 'refund', 'pending', ?1)",
        [START.millis()],
    )
    .unwrap();
    for (id, key) in [("paid", "key-p"), ("card", "key-c")] {
        file.execute(
            "INSERT INTO billing_key VALUES ('payple', 'test', ?1, '7', ?2, ?3, ?4)",
            params![digest(key).as_bytes(), key, id, START.millis()],
        )
        .unwrap();
    }
    file
}

#[tokio::test]
async fn a_file_of_the_first_version_is_read_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.db");
    drop(first_version(&path));
    let store = SqliteStore::open(&path).unwrap();
    let leading = async |id: &str| {
        let view = store.order(id).await.unwrap().unwrap();
        assert_eq!((&view.order.charge, &view.order.renews), (&None, &None));
        view.leading().unwrap().clone()
    };

    let back = leading("back").await;
    assert_eq!(
        (back.refunded(), back.refundable()),
        (Money::won(10_000), Some(Money::won(0)))
    );
    let part = leading("part").await;
    assert_eq!(part.refundable(), None, "how much went back was not kept");

    let card = leading("card").await;
    assert_eq!((card.no, card.state), (2, State::Registered));
    let held = card.billing_key.as_ref().unwrap();
    assert_eq!(
        (held.state, held.digest),
        (BillingKeyState::Active, digest("key-c"))
    );
    assert_eq!(held.key.as_ref().unwrap().expose(), "key-c");
    assert_eq!(held.card.as_ref().unwrap().name, "BC카드");
    assert_eq!(store.billing_keys_of("7").await.unwrap().len(), 2);
    assert_eq!(
        leading("paid").await.billing_key.unwrap().digest,
        digest("key-p")
    );

    let recovered = store.recover(later(5), later(5)).await.unwrap();
    let going = &recovered[0].attempt;
    assert_eq!(
        (going.state, going.doubt),
        (State::InDoubt, Some(MoneyOp::Refund))
    );
    let seen = Event::Sighted(looked_up_cancelled("going-1", 10_000, "t-going", 10_000));
    let done = store
        .apply(going.key(), seen, later(9))
        .await
        .unwrap()
        .attempt;
    assert_eq!(
        (done.state, done.refunded()),
        (State::Refunded, Money::won(10_000))
    );
    assert_eq!(
        done.refunds[0].state,
        RefundState::Done,
        "the line it had none of"
    );

    store
        .register(charge_order("order-1", "key-c"))
        .await
        .unwrap();
    let begun = store
        .begin("order-1", new_attempt("order-1", START), START)
        .await;
    assert!(matches!(begun.unwrap(), paypair_ledger::Begun::New(_)));
    let key = paypair_ledger::AttemptKey::new("order-1", 1);
    let charge = store
        .apply(key, Event::ChargeStarted, later(1))
        .await
        .unwrap();
    assert!(charge.calls(MoneyOp::Charge));

    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(
        store.billing_keys_of("7").await.unwrap().len(),
        2,
        "once is enough"
    );
}

#[test]
fn the_database_itself_refuses_a_second_live_attempt_and_a_second_unresolved_call() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.db");
    drop(first_version(&path));
    drop(SqliteStore::open(&path).unwrap());
    let file = Connection::open(&path).unwrap();
    let another = "INSERT INTO attempt SELECT order_id, 2, 'charging', gateway, merchant_id, 'x', zeroblob(32), 'x', 'x', layout, \
         launch, session, transaction_id, captured, requested_on, created_at, expires_at, next_check_at, checks, absences, \
         absent_since, doubt, refund, paid_at, returned_at, closed_at, reason, detail, version, confirm_began_at, refunds, \
         seen_refunded, refunds_unclear, second_payments, suspicions FROM attempt WHERE order_id = 'open'";
    let error = file.execute(another, []).unwrap_err().to_string();
    assert!(error.contains("UNIQUE"), "{error}");
    for op in ["charge", "delete_billing_key"] {
        let call = |state: &str| {
            file.execute(
                "INSERT INTO money_call (order_id, no, op, state, began_at) VALUES ('paid', 1, ?1, ?2, 0)",
                [op, state],
            )
        };
        call("declined").unwrap();
        call("unknown").unwrap();
        assert!(call("pending").unwrap_err().to_string().contains("UNIQUE"));
    }
}

#[test]
fn a_file_of_a_later_version_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.db");
    let file = first_version(&path);
    for version in [9, -1] {
        file.pragma_update(None, "user_version", version).unwrap();
        let opened = SqliteStore::open(&path);
        assert!(
            matches!(opened.err(), Some(StoreError::Corrupt(_))),
            "{version}"
        );
    }
    let columns = "SELECT count(*) FROM pragma_table_info('billing_key')";
    let count: i64 = file.query_row(columns, [], |row| row.get(0)).unwrap();
    assert_eq!(count, 7, "nothing was changed");
}

#[test]
fn an_upgrade_that_fails_half_way_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.db");
    let file = first_version(&path);
    // In the way of the last statement.
    file.execute_batch("CREATE TABLE billing_key_to_check (a)")
        .unwrap();
    assert!(SqliteStore::open(&path).is_err());
    let version: i64 = file
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    let columns = "SELECT count(*) FROM pragma_table_info('billing_key')";
    let count: i64 = file.query_row(columns, [], |row| row.get(0)).unwrap();
    assert_eq!((version, count), (1, 7));
    file.execute_batch("DROP TABLE billing_key_to_check")
        .unwrap();
    drop(file);
    SqliteStore::open(&path).unwrap();
}

/// A file of the second version: paid orders of which a second payment was seen, as that version kept it.
fn second_version(path: &std::path::Path) {
    let file = first_version(path);
    file.execute_batch(SECOND).unwrap();
    file.pragma_update(None, "user_version", 2).unwrap();
    for id in ["going-back", "refused", "by-hand", "settled", "plain"] {
        file.execute(
            "INSERT INTO merchant_order SELECT ?1, gateway, merchant_id, method, work, card_flow, money, product_name, customer_id, \
             customer, extra, result_page, client_secret, created_at, NULL, NULL, NULL FROM merchant_order WHERE id = 'paid'",
            [id],
        )
        .unwrap();
        let going = r#"{"transaction_id":"t2","money":"7000 KRW","back_to":"discrepant","why":"second_capture"}"#;
        let line = |state: &str| {
            format!(
                r#"[{{"id":null,"transaction_id":"t2","money":"7000 KRW","state":"{state}","asked_at":1,"ended_at":null}}]"#
            )
        };
        let (state, captured, refund, refunds) = match id {
            "going-back" => ("discrepant", "7000 KRW", Some(going), line("pending")),
            "refused" => ("discrepant", "7000 KRW", None, line("declined")),
            "by-hand" => ("discrepant", "7000 KRW", None, "[]".to_owned()),
            "settled" => ("paid", "10000 KRW", None, line("done")),
            _ => ("paid", "10000 KRW", None, "[]".to_owned()),
        };
        let mut unique = [9_u8; 32];
        unique[..id.len()].copy_from_slice(id.as_bytes());
        file.execute(
            "INSERT INTO attempt SELECT ?1, 1, ?2, gateway, merchant_id, ?1, ?3, ?1, ?1, layout, launch, session, 't1', ?4, \
             requested_on, created_at, expires_at, NULL, 0, 0, NULL, NULL, ?5, paid_at, NULL, NULL, NULL, detail, 1, NULL, ?6, \
             NULL, 0 FROM attempt WHERE order_id = 'paid'",
            params![id, state, unique, captured, refund, refunds],
        )
        .unwrap();
        let happened: &[(&str, Option<&str>)] = match id {
            "plain" => &[("paid", None)],
            "settled" => &[
                ("paid", None),
                ("discrepant", Some("second_capture")),
                ("paid", None),
            ],
            _ => &[("paid", None), ("discrepant", Some("second_capture"))],
        };
        for (to, note) in happened {
            file.execute(
                "INSERT INTO event (at, order_id, no, kind, source, to_state, note, prev_hash, hash) \
                 VALUES (1, ?1, 1, 'sighted', 'lookup', ?2, ?3, zeroblob(32), zeroblob(32))",
                params![id, to, note],
            )
            .unwrap();
        }
    }
}

#[tokio::test]
async fn second_payments_of_the_second_version_get_their_own_place() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.db");
    second_version(&path);
    let store = SqliteStore::open(&path).unwrap();
    let attempt = async |id: &str| {
        let key = paypair_ledger::AttemptKey::new(id, 1);
        store.attempt(key).await.unwrap().unwrap()
    };
    for (id, name) in [
        ("going-back", Some("t2")),
        ("refused", Some("t2")),
        ("by-hand", None),
    ] {
        let kept = attempt(id).await;
        assert_eq!(
            kept.captured,
            Some(Money::won(10_000)),
            "{id}: its own again"
        );
        let second = &kept.second_payments[0];
        assert_eq!(
            (
                second.transaction_id.as_deref(),
                second.money,
                second.is_back,
                second.own_stood
            ),
            (name, Money::won(7_000), false, true),
            "{id}"
        );
    }
    for id in ["settled", "plain", "paid"] {
        let kept = attempt(id).await;
        assert_eq!(
            (kept.second_payments.len(), kept.captured),
            (0, Some(Money::won(10_000))),
            "{id}"
        );
    }
    // A lookup brings the name that was not kept.
    let by_hand = attempt("by-hand").await;
    let seen = Event::Sighted(looked_up("by-hand", 7_000, "t2"));
    let named = store
        .apply(by_hand.key(), seen, later(9))
        .await
        .unwrap()
        .attempt;
    assert_eq!(named.second_payments.len(), 1);
    assert_eq!(
        named.second_payments[0].transaction_id.as_deref(),
        Some("t2")
    );
    let back = Event::RefundAnswered(refunded("going-back", 7_000));
    let done = store
        .apply(attempt("going-back").await.key(), back, later(9))
        .await
        .unwrap()
        .attempt;
    assert_eq!(
        (done.state, done.has_standing_second()),
        (State::Paid, false)
    );
}
