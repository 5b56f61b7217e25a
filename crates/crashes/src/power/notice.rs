//! An order that the gateway's callback pays: whoever was thanked for it does not send it again.

use std::time::Duration;

use paypair_ledger::{Event, State, Store, StoreError, Timestamp};

use super::order::{BEGUN, End, PATIENCE, REGISTERED};
use super::till::Till;
use crate::{notices, orders};

/// Goes on with the order.
pub(super) async fn pursue(
    till: &Till<'_>,
    id: &str,
    mut now: Timestamp,
) -> Result<End, StoreError> {
    for _ in 0..PATIENCE {
        now = now.after(Duration::from_secs(1));
        let Some(view) = till.store.order(id).await? else {
            let write = till.store.register(notices::notice_order(id, now));
            till.write(id, REGISTERED, write).await?;
            continue;
        };
        let Some(attempt) = view.leading() else {
            let new = orders::new_attempt(&nonce_of(id), now);
            till.write(id, BEGUN, till.store.begin(id, new, now))
                .await?;
            continue;
        };
        let (key, name) = (attempt.key(), &attempt.gateway_order_id);
        match attempt.state {
            State::Created => drop(till.apply(&key, orders::requested(now), now).await?),
            State::Requested => {
                // The buyer pays once, and the gateway tells until it is thanked.
                till.world.captures.borrow_mut().insert(name.clone(), 1);
                let was_thanked = till.world.noticed.borrow().contains_key(id);
                match notices::called_back(name, &nonce_of(id)) {
                    Some(evidence) if !was_thanked => {
                        till.notice(&key, evidence, now).await?;
                    }
                    _ => return Ok(End::NotReached),
                }
            }
            State::Paid => return Ok(End::Reached),
            _ => return Ok(End::NotReached),
        }
    }
    Ok(End::NotReached)
}

/// Each of these orders has one attempt.
fn nonce_of(id: &str) -> String {
    format!("{id}-1")
}

/// Sends what it was thanked for once more: whether the inbox knows it.
pub(super) async fn is_known_again(
    store: &impl Store,
    id: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let view = store.order(id).await?;
    let attempt = view.as_ref().and_then(|view| view.leading());
    let Some(attempt) = attempt.filter(|attempt| attempt.captured.is_some()) else {
        return Ok(false);
    };
    let Some(evidence) = notices::called_back(&attempt.gateway_order_id, &nonce_of(id)) else {
        return Ok(false);
    };
    let again = store.apply(attempt.key(), Event::Sighted(evidence), now);
    Ok(again.await?.repeated)
}
