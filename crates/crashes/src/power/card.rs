//! A card, from wherever the file says it stands to its end: it is registered, charged once, and its key is deleted.

use std::time::Duration;

use paypair_ledger::{
    Attempt, AttemptKey, BillingKeyState, Event, MoneyOp, Order, State, Store, StoreError,
    Timestamp,
};

use super::order::{BEGUN, End, PATIENCE, REGISTERED, look_up, when_due};
use super::till::Till;
use crate::{cards, orders};

/// Goes on with the card of this order, and with the order that charges it.
pub(super) async fn pursue(
    till: &Till<'_>,
    id: &str,
    mut now: Timestamp,
) -> Result<End, StoreError> {
    let charge = cards::charge_of(id);
    for round in 0..PATIENCE {
        now = now.after(Duration::from_secs(1));
        let order = cards::card_order(id, now);
        let Some(card) = at_hand(till, order, round, now).await? else {
            continue;
        };
        match (card.state, cards::seen(id)) {
            (State::Created, _) => {
                till.apply(&card.key(), orders::requested(now), now).await?;
                continue;
            }
            (State::Requested, Some(seen)) => {
                till.apply(&card.key(), Event::Sighted(seen), now).await?;
                continue;
            }
            (State::Registered, _) => {}
            _ => return Ok(End::NotReached),
        }
        let order = cards::charge_order(&charge, id, now);
        let held = card.billing_key.as_ref();
        let key_state = held.map(|held| held.state);
        if key_state == Some(BillingKeyState::Active) {
            let Some(attempt) = at_hand(till, order, round, now).await? else {
                continue;
            };
            let (key, name) = (attempt.key(), attempt.gateway_order_id.clone());
            match attempt.state {
                State::Created => {
                    let intent = (Event::ChargeStarted, MoneyOp::Charge);
                    if till.call((&key, &name), intent, now).await?
                        && let Some(answer) = cards::charged(&name, id)
                    {
                        let answered = Event::ChargeAnswered(answer);
                        till.apply(&key, answered, now).await?;
                    }
                }
                State::InDoubt => {
                    now = when_due(attempt.next_check_at, now);
                    look_up(till, &key, &name, now).await?;
                }
                State::Paid => delete(till, &card, now).await?,
                _ => return Ok(End::NotReached),
            }
            continue;
        }
        match key_state {
            Some(BillingKeyState::Deleted) => return Ok(End::Reached),
            Some(BillingKeyState::InDoubt) => {
                now = when_due(held.and_then(|held| held.next_check_at), now);
                look_up_key(till, &card.key(), id, now).await?;
            }
            _ => return Ok(End::NotReached),
        }
    }
    Ok(End::NotReached)
}

/// The attempt at this order that counts; none if something had to be written first.
async fn at_hand(
    till: &Till<'_>,
    order: Order,
    round: u32,
    now: Timestamp,
) -> Result<Option<Attempt>, StoreError> {
    let id = order.id.clone();
    let Some(view) = till.store.order(&id).await? else {
        till.write(&id, REGISTERED, till.store.register(order))
            .await?;
        return Ok(None);
    };
    let attempt = view
        .leading()
        .filter(|attempt| !attempt.state.is_soft_end());
    if attempt.is_none() {
        let new = orders::new_attempt(&format!("{id}-{}-{round}", now.millis()), now);
        till.write(&id, BEGUN, till.store.begin(&id, new, now))
            .await?;
    }
    Ok(attempt.cloned())
}

async fn delete(till: &Till<'_>, card: &Attempt, now: Timestamp) -> Result<(), StoreError> {
    let (key, id) = (card.key(), &card.order.id);
    let asked = Event::BillingKeyDeleteAsked {
        why: "asked".to_owned(),
    };
    let intent = (asked, MoneyOp::DeleteBillingKey);
    if till.call((&key, id), intent, now).await?
        && let Some(answered) = cards::deleted(id)
    {
        till.apply(&key, answered, now).await?;
    }
    Ok(())
}

/// Asks the gateway whether it still has the key.
async fn look_up_key(
    till: &Till<'_>,
    key: &AttemptKey,
    id: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let is_gone = till.world.deletions.borrow().contains_key(id);
    let seen = cards::seen(id).filter(|_| !is_gone);
    let event = seen.map_or(Event::BillingKeyGone, Event::BillingKeySeen);
    till.apply(key, event, now).await.map(drop)
}
