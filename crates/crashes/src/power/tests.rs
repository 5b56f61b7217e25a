//! Intents of which the call never left: the power went in between. What is in doubt ends, and is done once.

use std::time::Duration;

use paypair_ledger::{AttemptKey, Event, MoneyOp, Order, SqliteStore, Store, Timestamp};

use super::order::End;
use super::till::{Acknowledge, Till, World};
use super::{card, order};
use crate::{cards, orders};

const ID: &str = "o1";

/// A store that is written to, and starts again three hours later.
struct Ledger {
    store: SqliteStore,
    now: Timestamp,
    _folder: tempfile::TempDir,
}

impl Ledger {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            store: SqliteStore::open(folder.path().join("ledger.db")).unwrap(),
            now: Timestamp::from_millis(1_700_000_000_000),
            _folder: folder,
        }
    }

    async fn begin(&self, order: Order) -> AttemptKey {
        let id = order.id.clone();
        self.store.register(order).await.unwrap();
        let new = orders::new_attempt(&id, self.now);
        self.store.begin(&id, new, self.now).await.unwrap();
        AttemptKey::new(&id, 1)
    }

    async fn write(&self, key: &AttemptKey, event: Event) {
        let applied = self.store.apply(key.clone(), event, self.now);
        applied.await.unwrap();
    }

    /// The intent; whoever wrote it is cut off before the call.
    async fn intend(&self, key: &AttemptKey, event: Event, op: MoneyOp) {
        let applied = self.store.apply(key.clone(), event, self.now);
        assert!(applied.await.unwrap().calls(op));
    }

    async fn restart(&mut self) {
        self.now = self.now.after(Duration::from_secs(3 * 3600));
        self.store.recover(self.now, self.now).await.unwrap();
    }

    fn till<'a>(&'a self, world: &'a World) -> Till<'a> {
        Till {
            store: &self.store,
            world,
            acknowledge: Acknowledge::AfterCommit,
        }
    }

    /// An order that is paid but for its confirm.
    async fn authenticated(&self) -> AttemptKey {
        let key = self.begin(orders::order(ID, self.now)).await;
        self.write(&key, orders::requested(self.now)).await;
        self.write(&key, orders::authenticated()).await;
        key
    }

    /// A card, and the order that charges it.
    async fn registered(&self) -> (AttemptKey, AttemptKey) {
        let card = self.begin(cards::card_order(ID, self.now)).await;
        self.write(&card, orders::requested(self.now)).await;
        let seen = cards::seen(ID).unwrap();
        self.write(&card, Event::Sighted(seen)).await;
        let charge = cards::charge_order(&cards::charge_of(ID), ID, self.now);
        (card, self.begin(charge).await)
    }
}

/// How often each thing was done.
fn done(world: &World) -> [Vec<u32>; 3] {
    [&world.captures, &world.refunds, &world.deletions]
        .map(|book| book.borrow().values().copied().collect())
}

#[tokio::test]
async fn a_confirm_that_never_left_is_made_once() {
    let (mut ledger, world) = (Ledger::new(), World::default());
    let key = ledger.authenticated().await;
    ledger
        .intend(&key, Event::ConfirmStarted, MoneyOp::Confirm)
        .await;
    ledger.restart().await;
    let end = order::pursue(&ledger.till(&world), ID, false, ledger.now).await;
    assert_eq!(end.unwrap(), End::Reached);
    assert_eq!(done(&world), [vec![1], vec![], vec![]]);
}

#[tokio::test]
async fn a_refund_that_never_left_is_made_once() {
    let (mut ledger, world) = (Ledger::new(), World::default());
    let end = order::pursue(&ledger.till(&world), ID, false, ledger.now).await;
    assert_eq!(end.unwrap(), End::Reached);
    let asked = Event::RefundAsked {
        id: Some("r1".to_owned()),
        transaction_id: None,
        money: None,
        why: "asked".to_owned(),
    };
    ledger.now = ledger.now.after(Duration::from_secs(3600));
    let key = AttemptKey::new(ID, 1);
    ledger.intend(&key, asked, MoneyOp::Refund).await;
    ledger.restart().await;
    let end = order::pursue(&ledger.till(&world), ID, true, ledger.now).await;
    assert_eq!(end.unwrap(), End::Reached);
    assert_eq!(done(&world), [vec![1], vec![1], vec![]]);
}

#[tokio::test]
async fn a_charge_that_never_left_is_made_once() {
    let (mut ledger, world) = (Ledger::new(), World::default());
    let (_, charge) = ledger.registered().await;
    ledger
        .intend(&charge, Event::ChargeStarted, MoneyOp::Charge)
        .await;
    ledger.restart().await;
    let end = card::pursue(&ledger.till(&world), ID, ledger.now).await;
    assert_eq!(end.unwrap(), End::Reached);
    assert_eq!(done(&world), [vec![1], vec![], vec![1]]);
}

#[tokio::test]
async fn a_deletion_that_never_left_is_made_once() {
    let (mut ledger, world) = (Ledger::new(), World::default());
    let (card, charge) = ledger.registered().await;
    let name = ledger.store.order(&charge.order_id).await.unwrap().unwrap();
    let name = name.attempts[0].gateway_order_id.clone();
    let till = ledger.till(&world);
    let started = (Event::ChargeStarted, MoneyOp::Charge);
    assert!(
        till.call((&charge, &name), started, ledger.now)
            .await
            .unwrap()
    );
    let answer = cards::charged(&name, ID).unwrap();
    ledger.write(&charge, Event::ChargeAnswered(answer)).await;
    let asked = Event::BillingKeyDeleteAsked {
        why: "asked".to_owned(),
    };
    ledger.intend(&card, asked, MoneyOp::DeleteBillingKey).await;
    ledger.restart().await;
    let end = card::pursue(&ledger.till(&world), ID, ledger.now).await;
    assert_eq!(end.unwrap(), End::Reached);
    assert_eq!(done(&world), [vec![1], vec![], vec![1]]);
}
