//! One order, from wherever the file says it stands to its end.

use std::time::Duration;

use paypair_ledger::{AttemptKey, Event, MoneyOp, State, Store, StoreError, Timestamp};

use super::till::Till;
use crate::orders;

/// Writes after which an order has ended, or never will.
pub(super) const PATIENCE: u32 = 60;

/// What one order came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Reached,
    NotReached,
}

/// Goes on with the order; every third is given back in the end.
pub(super) async fn pursue(
    till: &Till<'_>,
    id: &str,
    is_given_back: bool,
    mut now: Timestamp,
) -> Result<End, StoreError> {
    for round in 0..PATIENCE {
        now = now.after(Duration::from_secs(1));
        let Some(view) = till.store.order(id).await? else {
            let write = till.store.register(orders::order(id, now));
            till.write(id, REGISTERED, write).await?;
            continue;
        };
        let attempt = view
            .leading()
            .filter(|attempt| !attempt.state.is_soft_end());
        let Some(attempt) = attempt else {
            let new = orders::new_attempt(&format!("{id}-{}-{round}", now.millis()), now);
            till.write(id, BEGUN, till.store.begin(id, new, now))
                .await?;
            continue;
        };
        let (key, name) = (attempt.key(), attempt.gateway_order_id.clone());
        match attempt.state {
            State::Created => drop(till.apply(&key, orders::requested(now), now).await?),
            State::Requested => drop(till.apply(&key, orders::authenticated(), now).await?),
            State::Authenticated => {
                let intent = (Event::ConfirmStarted, MoneyOp::Confirm);
                if till.call((&key, &name), intent, now).await?
                    && let Some(answer) = orders::confirmed(&name)
                {
                    till.apply(&key, Event::ConfirmAnswered(answer), now)
                        .await?;
                }
            }
            State::Paid if is_given_back => {
                let asked = Event::RefundAsked {
                    id: Some(format!("r{}", attempt.refunds.len() + 1)),
                    transaction_id: None,
                    money: None,
                    why: "asked".to_owned(),
                };
                if till
                    .call((&key, &name), (asked, MoneyOp::Refund), now)
                    .await?
                    && let Some(answer) = orders::refunded(&name)
                {
                    till.apply(&key, Event::RefundAnswered(answer), now).await?;
                }
            }
            State::Paid | State::Refunded => return Ok(End::Reached),
            State::InDoubt => {
                now = when_due(attempt.next_check_at, now);
                look_up(till, &key, &name, now).await?;
            }
            _ => return Ok(End::NotReached),
        }
    }
    Ok(End::NotReached)
}

/// Lookups come when they are due, as the program's do: absence counts only when it lasts, and only if no look was late.
pub(super) fn when_due(due: Option<Timestamp>, now: Timestamp) -> Timestamp {
    due.map_or(now, |due| due.max(now))
}

/// Asks the gateway what became of it.
pub(super) async fn look_up(
    till: &Till<'_>,
    key: &AttemptKey,
    name: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let is_taken = till.world.captures.borrow().contains_key(name);
    let is_back = till.world.refunds.borrow().contains_key(name);
    let seen = is_taken.then(|| orders::looked_up(name, is_back)).flatten();
    let event = seen.map_or(Event::LookupAbsent, Event::Sighted);
    till.apply(key, event, now).await.map(drop)
}

/// What is acknowledged of an order that is no event.
pub(super) const REGISTERED: &str = "registered";
pub(super) const BEGUN: &str = "begun";
