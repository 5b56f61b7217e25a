//! Events for those who ask: `GET /events`, with patience.

use std::{pin::pin, time::Duration};

use futures_util::future::{Either, select};
use paypair_ledger::{Published, Store};
use serde_json::{Value, json};

use crate::{
    ApiError, RawRequest, RawResponse, Verifier, environment::Environment, fault::FieldFault,
    network::Network,
};

/// The longest a question waits for news.
const LONGEST_WAIT: u64 = 25;

/// The most events of one answer.
pub(super) const MOST: u64 = 1000;

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// The events after this number, oldest first. If there are none, it waits so long for one.
    pub async fn events_after(
        &self,
        after: u64,
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<Published>, ApiError> {
        let mut time_up = pin!(self.environment().sleep(wait));
        let mut watch = self.store().watch_events();
        loop {
            let events = self.store().events_after(after, limit).await?;
            if !events.is_empty() || wait.is_zero() {
                return Ok(events);
            }
            let change = pin!(watch.changed());
            if let Either::Left(_) = select(time_up.as_mut(), change).await {
                return Ok(events);
            }
        }
    }

    /// `GET /events?after=&limit=&wait=`
    pub(crate) async fn events(&self, request: &RawRequest) -> Result<RawResponse, ApiError> {
        let after = asked(request, "after", 0, 0..=i64::MAX.unsigned_abs());
        let limit = asked(request, "limit", 100, 1..=MOST);
        let wait = asked(request, "wait", 0, 0..=LONGEST_WAIT);
        let (after, limit, wait) = match (after, limit, wait) {
            (Ok(after), Ok(limit), Ok(wait)) => (after, limit, wait),
            (after, limit, wait) => {
                let faults = [after.err(), limit.err(), wait.err()];
                return Err(ApiError::Fields(faults.into_iter().flatten().collect()));
            }
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let events = self
            .events_after(after, limit, Duration::from_secs(wait))
            .await?;
        let next = events.last().map_or(after, |event| event.seq);
        let events: Vec<Value> = events.iter().map(Published::to_json).collect();
        Ok(RawResponse::json(
            200,
            &json!({ "events": events, "next": next }),
        ))
    }
}

/// A number of the query.
pub(super) fn asked(
    request: &RawRequest,
    field: &'static str,
    usual: u64,
    range: std::ops::RangeInclusive<u64>,
) -> Result<u64, FieldFault> {
    let Some(text) = request.query(field) else {
        return Ok(usual);
    };
    let read = text.parse().ok().filter(|number| range.contains(number));
    read.ok_or_else(|| {
        let (least, most) = (range.start(), range.end());
        FieldFault::invalid(
            field,
            &format!("{least}에서 {most}까지의 정수를 넣어 주세요"),
            &format!("send a whole number from {least} to {most}"),
        )
    })
}
