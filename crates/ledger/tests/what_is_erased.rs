//! Keys that are of no use any more are in no file: not in the attempt's session, not in the database's journal.

use crate::common::{self, *};
use paypair_ledger::{
    Attempt, Event, Evidence, Hint, MoneyOp, Reason, State, Store, Timestamp, step,
};
use paypair_protocol::{Secret, Work};

const KEY: &str = "billing-key-of-a-customer-who-leaves";

/// What the window of a registered card brings: the confirm's own key, and the card's.
fn authenticated_with_key() -> Event {
    Event::Authenticated {
        session: Secret::new(format!(
            r#"{{"auth_key":"a","confirm":{{"confirm_key":"c","billing_key":"{KEY}"}}}}"#
        )),
    }
}

fn confirmed_with_key(order_id: &str) -> Event {
    let more = format!(r#","PCD_PAYER_ID":"{KEY}""#);
    let (answer, body) = payment_with(order_id, 10_000, "t1", "7", &more);
    Event::ConfirmAnswered(Evidence::payple_confirm(&answer, &body))
}

fn lived(events: impl IntoIterator<Item = Event>) -> Attempt {
    let mut attempt = attempt(Work::ConfirmThenPay);
    for event in events {
        attempt = step(&attempt, event, later(1)).unwrap().0;
    }
    attempt
}

fn confirming() -> Vec<Event> {
    vec![
        requested(START),
        authenticated_with_key(),
        Event::ConfirmStarted,
    ]
}

#[test]
fn a_session_is_kept_while_a_confirm_may_need_it_and_no_longer() {
    let holds = |attempt: &Attempt| attempt.session.is_some() || attempt.launch.is_some();
    assert!(holds(&lived(confirming())));
    let not_sent = Event::CallNotSent {
        op: MoneyOp::Confirm,
    };
    let again = lived(confirming().into_iter().chain([not_sent]));
    assert!(again.state == State::Authenticated && holds(&again));
    let closed = Event::BuyerCancelled {
        reason: Reason::new("closed"),
    };
    let slow = lived([requested(START), closed]);
    assert!(holds(&slow), "the slower window may still come");

    let declined = Event::ConfirmDeclined {
        reason: Reason::new("no"),
    };
    for end in [
        confirmed_with_key("order-1"),
        confirmed_with_key("order-2"),
        declined,
        unknown(MoneyOp::Confirm),
    ] {
        let kind = end.kind();
        let ended = lived(confirming().into_iter().chain([end]));
        assert!(!holds(&ended), "{kind}: {}", ended.state);
    }
}

/// Whether any of the store's files has this text.
fn is_in_a_file(at: &TestStore, text: &str) -> bool {
    let files = std::fs::read_dir(at.dir.path()).unwrap();
    files.into_iter().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    })
}

#[tokio::test]
async fn a_deleted_keys_text_is_in_no_file_of_the_store() {
    let at = TestStore::new();
    let order = order("order-1", Work::ConfirmThenPay);
    at.store.register(order).await.unwrap();
    let key = at.begin("order-1", START).await.key();
    for event in confirming()
        .into_iter()
        .chain([confirmed_with_key("order-1")])
    {
        at.apply(&key, event).await;
    }
    // The same card pays for another order: its session holds the key too.
    at.store
        .register(common::order("order-2", Work::ConfirmThenPay))
        .await
        .unwrap();
    let other = at.begin("order-2", START).await.key();
    for event in confirming() {
        at.apply(&other, event).await;
    }
    at.apply(
        &other,
        Event::ConfirmAnswered(confirmed("order-2", 10_000, "t2")),
    )
    .await;
    assert!(is_in_a_file(&at, KEY));
    at.apply(&key, delete_key()).await;
    at.apply(&key, Event::BillingKeyDeleteAnswered(payer_deleted(KEY)))
        .await;
    // The file is tidied behind the answer, before the next write.
    at.store.health().await.unwrap();
    assert!(!is_in_a_file(&at, KEY));
    let now: Timestamp = later(20);
    at.store
        .apply(
            key,
            Event::HintSeen {
                hint: Hint::BillingKey,
            },
            now,
        )
        .await
        .unwrap();
}
