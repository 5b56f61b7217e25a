//! What a restart must find.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use paypair_ledger::{
    BillingKeyState, OrderView, Publication, SqliteStore, State, Store, StoreError, Timestamp,
    chain_is_intact,
};

use super::order::{BEGUN, REGISTERED};
use super::till::World;
use super::{Tally, merchant, notice};

/// All that was acknowledged is there, and the file is whole.
pub(super) async fn restarted(
    store: &SqliteStore,
    file: &Path,
    (world, now): (&World, Timestamp),
    tally: &mut Tally,
) -> Result<(), StoreError> {
    if !is_whole(file)? {
        tally.broken += 1;
    }
    let acknowledged = world.acknowledged.borrow().clone();
    let told = told(store).await?;
    for (id, promised) in acknowledged {
        let Some(view) = store.order(&id).await? else {
            tally.forgotten += 1;
            continue;
        };
        let rows = store.timeline(&id).await?;
        if !chain_is_intact(&rows) {
            tally.broken += 1;
        }
        let mut rows = rows.iter().map(|row| row.kind.as_str());
        let is_there = |kind: &str| match kind {
            REGISTERED => true,
            BEGUN => !view.attempts.is_empty(),
            event => rows.any(|row| row == event),
        };
        if !promised.into_iter().all(is_there) {
            tally.forgotten += 1;
        }
        if !is_told(&view, &told) {
            tally.broken += 1;
        }
    }
    messages(store, (world, now), tally).await?;
    tally.forgotten += tally.forgotten_notices + tally.forgotten_deliveries;
    tally.forgotten += tally.forgotten_answers;
    Ok(())
}

/// What came from a gateway and was acknowledged, what the merchant was told, and what it was answered.
async fn messages(
    store: &SqliteStore,
    (world, now): (&World, Timestamp),
    tally: &mut Tally,
) -> Result<(), StoreError> {
    let noticed = world.noticed.borrow().clone();
    for (id, body) in noticed {
        let rows = store.timeline(&id).await?;
        let stands = rows.iter().any(|row| row.evidence == Some(body));
        let is_known = stands && notice::is_known_again(store, &id, now).await?;
        tally.forgotten_notices += u64::from(!is_known);
    }
    let told = world.told.borrow().clone();
    for (seq, body) in told {
        let is_told = merchant::is_told(store, world, seq, &body).await?;
        tally.forgotten_deliveries += u64::from(!is_told);
    }
    let kept = world.kept.borrow().clone();
    for (id, was_answered) in kept {
        let is_kept = merchant::is_kept(store, &id, was_answered, now).await?;
        tally.forgotten_answers += u64::from(!is_kept);
    }
    Ok(())
}

/// At the very end, by what the gateway did.
pub(super) async fn ended(
    store: &SqliteStore,
    world: &World,
    tally: &mut Tally,
) -> Result<(), StoreError> {
    tally.untold += untold(store, world).await?;
    let told = told(store).await?;
    let ids: Vec<String> = world.acknowledged.borrow().keys().cloned().collect();
    for id in ids {
        let view = store.order(&id).await?;
        let is_told = view.is_some_and(|view| is_told(&view, &told));
        tally.broken += u64::from(!is_told);
    }
    let captures = world.captures.borrow().clone();
    let mut taken: BTreeMap<&str, u32> = BTreeMap::new();
    for (name, times) in &captures {
        *taken.entry(base_of(name)).or_default() += times;
    }
    for (id, times) in taken {
        tally.doubled += u64::from(times > 1);
        let view = store.order(id).await?;
        let state = view.and_then(|view| Some(view.leading()?.state));
        let is_known = matches!(
            state,
            Some(State::Paid | State::Refunded | State::Discrepant)
        );
        tally.lost += u64::from(!is_known);
    }
    let refunds = world.refunds.borrow().clone();
    tally.doubled += refunds.values().filter(|times| **times > 1).count() as u64;
    let deletions = world.deletions.borrow().clone();
    for (id, times) in deletions {
        tally.doubled += u64::from(times > 1);
        let view = store.order(&id).await?;
        let card = view.as_ref().and_then(|view| view.leading());
        let key = card.and_then(|card| card.billing_key.as_ref());
        let is_known = key.is_some_and(|key| key.state == BillingKeyState::Deleted);
        tally.lost += u64::from(!is_known);
    }
    Ok(())
}

/// Of what the gateway did: what the merchant is not told, or not once. And payments that are told, and that it never took.
async fn untold(store: &SqliteStore, world: &World) -> Result<u64, StoreError> {
    let mut told: HashMap<(String, Publication), u32> = HashMap::new();
    let mut not_delivered = 0;
    for event in store.events_after(0, usize::MAX).await? {
        not_delivered += usize::from(!world.told.borrow().contains_key(&event.seq));
        // A key is the order's; money was taken and given back under the gateway's name.
        let name = match event.publication {
            Publication::BillingKeyDeleted => event.key.order_id.clone(),
            _ => event.data()["gatewayOrderId"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        };
        *told.entry((name, event.publication)).or_default() += 1;
    }
    let times = |name: &str, what| told.get(&(name.to_owned(), what)).copied().unwrap_or(0);
    let not_once = |book: &RefCell<BTreeMap<String, u32>>, what| {
        let book = book.borrow();
        book.keys().filter(|name| times(name, what) != 1).count()
    };
    let captures = world.captures.borrow();
    let never = told
        .keys()
        .filter(|(name, what)| *what == Publication::Paid && !captures.contains_key(name));
    let untold = never.count()
        + not_delivered
        + not_once(&world.captures, Publication::Paid)
        + not_once(&world.refunds, Publication::Refunded)
        + not_once(&world.deletions, Publication::BillingKeyDeleted);
    Ok(untold as u64)
}

/// The second attempt of `a` is `a-2`; orders here have no other hyphen.
fn base_of(name: &str) -> &str {
    name.split('-').next().unwrap_or(name)
}

fn is_whole(file: &Path) -> Result<bool, StoreError> {
    let connection = rusqlite::Connection::open(file)?;
    let said: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    Ok(said == "ok")
}

type Told = HashMap<(String, u32, Publication), u32>;

/// How often the merchant is told what.
async fn told(store: &SqliteStore) -> Result<Told, StoreError> {
    let mut told = Told::new();
    for event in store.events_after(0, usize::MAX).await? {
        let what = (event.key.order_id, event.key.no, event.publication);
        *told.entry(what).or_default() += 1;
    }
    Ok(told)
}

/// A payment and a refund are told once, in the commit that made them.
fn is_told(view: &OrderView, told: &Told) -> bool {
    view.attempts.iter().all(|attempt| {
        let times = |what| {
            let what = (view.order.id.clone(), attempt.no, what);
            told.get(&what).copied().unwrap_or(0)
        };
        let was_paid = u32::from(attempt.captured.is_some());
        let was_returned = u32::from(attempt.state == State::Refunded);
        times(Publication::Paid) == was_paid && times(Publication::Refunded) == was_returned
    })
}
