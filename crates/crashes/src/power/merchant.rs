//! The merchant's server: it is told by webhooks, and asks with idempotency keys.

use paypair_ledger::{
    Deliveries as _, DeliveryAttempt, DeliveryState, Digest, Kept, KeptAnswer, KeptAnswers as _,
    SqliteStore, StoreError, Target, Timestamp, Verdict,
};

use super::till::{Acknowledge, Till, World};

/// Deliveries of one look.
const MANY: usize = 50;
/// When the merchant's address was first served.
const BEGINNING: Timestamp = Timestamp::from_millis(0);

/// Delivers what there is; the merchant takes everything.
pub(super) async fn tell(till: &Till<'_>, now: Timestamp) -> Result<(), StoreError> {
    let early = till.acknowledge == Acknowledge::BeforeCommit;
    loop {
        let more = till
            .store
            .take_over(Target::Webhook, BEGINNING, now)
            .await?;
        let due = till
            .store
            .deliveries_due(Target::Webhook, now, MANY)
            .await?;
        if due.is_empty() && !more {
            return Ok(());
        }
        for delivery in due {
            let seq = delivery.event.seq;
            let taken = DeliveryAttempt {
                at: now,
                status: Some(200),
                duration: None,
                error: None,
            };
            till.world.told.borrow_mut().insert(seq, delivery.body);
            if early {
                till.world.settled.borrow_mut().insert(seq);
            }
            let tried = till.store.delivery_tried(
                Target::Webhook,
                seq,
                delivery.tries,
                taken,
                Verdict::Delivered,
            );
            tried.await?;
            till.world.settled.borrow_mut().insert(seq);
        }
    }
}

/// Sends a request under a key; what was answered under it is kept.
pub(super) async fn ask(till: &Till<'_>, id: &str, now: Timestamp) -> Result<(), StoreError> {
    let early = till.acknowledge == Acknowledge::BeforeCommit;
    let keep = |answered| {
        let mut kept = till.world.kept.borrow_mut();
        *kept.entry(id.to_owned()).or_default() |= answered;
    };
    if early {
        keep(false);
    }
    let (key, request) = (key_of(id), request_of(id));
    let known = till.store.keep_request(key, request, now).await?;
    keep(false);
    if matches!(known, Kept::Unanswered { .. }) {
        if early {
            keep(true);
        }
        till.store.keep_answer(key, answer_to(id)).await?;
        keep(true);
    }
    Ok(())
}

/// Whether what was delivered is there, as it was told, and known to be delivered.
pub(super) async fn is_told(
    store: &SqliteStore,
    world: &World,
    seq: u64,
    body: &str,
) -> Result<bool, StoreError> {
    let delivery = store.delivery(Target::Webhook, seq).await?;
    let is_settled = world.settled.borrow().contains(&seq);
    Ok(delivery.is_some_and(|(delivery, _)| {
        delivery.body == body && (!is_settled || delivery.state == DeliveryState::Delivered)
    }))
}

/// Whether a request that comes again meets its key, and the answer that it was given.
pub(super) async fn is_kept(
    store: &SqliteStore,
    id: &str,
    was_answered: bool,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let again = store.keep_request(key_of(id), request_of(id), now).await?;
    Ok(match again {
        Kept::Answered(answer) => answer == answer_to(id),
        Kept::Unanswered { first, .. } => !first && !was_answered,
        Kept::Another => false,
    })
}

fn key_of(id: &str) -> Digest {
    Digest::of(format!("key of {id}"))
}

fn request_of(id: &str) -> Digest {
    Digest::of(format!("request of {id}"))
}

fn answer_to(id: &str) -> KeptAnswer {
    KeptAnswer {
        status: 201,
        body: id.as_bytes().to_vec(),
    }
}
