//! Deliveries as the merchant's servers see them.

use paypair_ledger::{
    Delivery, DeliveryAttempt, DeliveryFilter, DeliveryState, Store, StoreError, Target, Timestamp,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::events::{MOST, asked};
use crate::{
    ApiError, RawRequest, RawResponse, Verifier, environment::Environment, fault::FieldFault,
    network::Network,
};

/// What became of telling the merchant of an event.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryShown {
    /// `webhook_42`, `hook_42`.
    pub id: String,
    /// `webhook` or `hook`.
    pub target: &'static str,
    /// The event: what stands in `webhook-id`.
    pub event_id: String,
    /// `payment.paid`
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The event's order.
    pub order_id: String,
    /// The event's number.
    pub seq: u64,
    /// `pending`, `delivered` or `dead`.
    pub state: &'static str,
    /// How often it was tried since it was first due, or last asked for again.
    pub tries: u32,
    /// When it is tried next; while it is pending none means that it waits for an earlier event of its order.
    pub next_try_at: Option<Timestamp>,
    /// When it was delivered or given up.
    pub ended_at: Option<Timestamp>,
    /// The HTTP status of the last try.
    pub status: Option<u16>,
    /// What was wrong with the last try.
    pub error: Option<String>,
}

/// A delivery with all its tries.
#[derive(Debug, Clone, Serialize)]
pub struct DeliveryDetail {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: DeliveryShown,
    /// Every try, oldest first.
    pub attempts: Vec<DeliveryTry>,
    /// What is told.
    pub event: Value,
}

/// One try.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryTry {
    /// When it began.
    pub at: Timestamp,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// How long it took.
    pub duration_ms: Option<u64>,
    /// What was wrong; none if it was taken.
    pub error: Option<String>,
}

impl DeliveryShown {
    fn of(delivery: &Delivery) -> Self {
        Self {
            id: delivery.id(),
            target: delivery.target.as_str(),
            event_id: delivery.event.id(),
            kind: delivery.event.publication.as_str(),
            order_id: delivery.event.key.order_id.clone(),
            seq: delivery.event.seq,
            state: delivery.state.as_str(),
            tries: delivery.tries,
            next_try_at: delivery.next_try_at,
            ended_at: delivery.ended_at,
            status: delivery.status,
            error: delivery.error.clone(),
        }
    }
}

impl DeliveryTry {
    fn of(attempt: DeliveryAttempt) -> Self {
        let millis = attempt.duration.map(|time| time.as_millis());
        Self {
            at: attempt.at,
            status: attempt.status,
            duration_ms: millis.map(|millis| u64::try_from(millis).unwrap_or(u64::MAX)),
            error: attempt.error,
        }
    }
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// The deliveries that fit, in the order of their events.
    pub async fn deliveries(&self, filter: DeliveryFilter) -> Result<Vec<DeliveryShown>, ApiError> {
        let found = self.store().deliveries(filter).await?;
        Ok(found.iter().map(DeliveryShown::of).collect())
    }

    /// One delivery, with all its tries.
    pub async fn delivery(&self, id: &str) -> Result<DeliveryDetail, ApiError> {
        let (target, seq) = Delivery::parse_id(id).ok_or(ApiError::DeliveryUnknown)?;
        let found = self.store().delivery(target, seq).await?;
        let (delivery, attempts) = found.ok_or(ApiError::DeliveryUnknown)?;
        Ok(DeliveryDetail {
            delivery: DeliveryShown::of(&delivery),
            attempts: attempts.into_iter().map(DeliveryTry::of).collect(),
            event: delivery.event.to_json(),
        })
    }

    /// Has an event delivered again now: a dead letter, one that would wait longer, or once more what an address took already. What
    /// the hook took is done: [`ApiError::DeliveryDone`].
    pub async fn replay_delivery(&self, id: &str) -> Result<DeliveryDetail, ApiError> {
        let (target, seq) = Delivery::parse_id(id).ok_or(ApiError::DeliveryUnknown)?;
        match self.store().replay(target, seq, self.now()).await {
            Ok(()) => self.delivery(id).await,
            Err(StoreError::NotFound) => Err(ApiError::DeliveryUnknown),
            Err(StoreError::Delivered) => Err(ApiError::DeliveryDone),
            Err(error) => Err(error.into()),
        }
    }

    /// `GET /deliveries?state=&target=&orderId=&after=&limit=`
    pub(crate) async fn list_deliveries(
        &self,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        let mut faults = Vec::new();
        let mut number = |field, usual, range| {
            let read = asked(request, field, usual, range);
            read.unwrap_or_else(|fault| {
                faults.push(fault);
                usual
            })
        };
        let after = number("after", 0, 0..=i64::MAX.unsigned_abs());
        let limit = number("limit", 100, 1..=MOST);
        let filter = DeliveryFilter {
            target: word(
                request,
                "target",
                &Target::ALL.map(Target::as_str),
                &mut faults,
            ),
            state: word(
                request,
                "state",
                &DeliveryState::ALL.map(DeliveryState::as_str),
                &mut faults,
            ),
            order_id: request.query("orderId").map(|id| id.into_owned()),
            after,
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
        };
        ApiError::unless_fine(faults)?;
        let deliveries = self.deliveries(filter).await?;
        let next = deliveries.last().map_or(after, |last| last.seq);
        Ok(RawResponse::json(
            200,
            &json!({ "deliveries": deliveries, "next": next }),
        ))
    }

    pub(crate) async fn show_delivery(&self, id: &str) -> Result<RawResponse, ApiError> {
        Ok(RawResponse::json(200, &self.delivery(id).await?))
    }

    pub(crate) async fn replay(&self, id: &str) -> Result<RawResponse, ApiError> {
        Ok(RawResponse::json(200, &self.replay_delivery(id).await?))
    }
}

/// A word of the query that is one of these.
fn word<T: std::str::FromStr>(
    request: &RawRequest,
    field: &'static str,
    words: &[&str],
    faults: &mut Vec<FieldFault>,
) -> Option<T> {
    let text = request.query(field)?;
    let read = text.parse().ok();
    if read.is_none() {
        let words = words.join(", ");
        faults.push(FieldFault::invalid(
            field,
            &format!("{words} 가운데 하나를 넣어 주세요"),
            &format!("send one of {words}"),
        ));
    }
    read
}
