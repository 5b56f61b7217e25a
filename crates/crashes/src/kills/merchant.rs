//! The merchant's server also asks for the events, all the time: whatever an answer listed must be in the file after a kill.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::world::{Answer, Dead, Promise, Told, World, lock};

/// How often it asks.
const ROUND: Duration = Duration::from_millis(40);
/// Events of one answer.
const PAGE: usize = 1000;

/// Reads until the chapter is over.
pub(super) async fn work(world: Arc<World>) {
    loop {
        // Whom it does not reach now it asks the next time.
        let _ = read(&world).await;
        tokio::time::sleep(ROUND).await;
    }
}

/// Reads what came since the last time.
async fn read(world: &World) -> Result<(), Dead> {
    let after = lock(&world.told).last().map_or(0, |told| told.seq);
    let events = page(world, after).await?;
    if let Some(last) = events.last() {
        world.promise(Promise::Told(seq(last)));
    }
    lock(&world.told).extend(events.iter().map(told));
    Ok(())
}

/// All that the program lists, from the beginning.
pub(super) async fn list(world: &World) -> Result<Vec<Value>, Dead> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let events = page(world, all.last().map_or(0, seq)).await?;
        if events.is_empty() {
            return Ok(all);
        }
        all.extend(events);
    }
}

async fn page(world: &World, after: u64) -> Result<Vec<Value>, Dead> {
    let path = format!("/events?after={after}&limit={PAGE}");
    let answer = world.merchant("the events", &path, None).await?;
    // Not here, where webhooks are answered: the program waits for those, and not for long.
    let read = tokio::task::spawn_blocking(move || events(&answer));
    read.await.map_err(|_| Dead)?
}

/// What an answer lists. A refusal does not say that there is nothing more.
fn events(answer: &Answer) -> Result<Vec<Value>, Dead> {
    match answer.json()["events"].take() {
        Value::Array(events) if answer.status == 200 => Ok(events),
        _ => Err(Dead),
    }
}

fn seq(event: &Value) -> u64 {
    event["seq"].as_u64().unwrap_or_default()
}

/// An event, as the merchant reads it.
pub(super) fn told(event: &Value) -> Told {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let data = &event["data"];
    // What nobody can confirm is no answer.
    let unproven = event["type"] == "payment.discrepant" && !data["unproven"].is_null();
    Told {
        seq: seq(event),
        kind: match unproven {
            true => "payment.unproven".to_owned(),
            false => text(&event["type"]),
        },
        order: text(&event["orderId"]),
        gateway_order: text(&data["gatewayOrderId"]),
        reason: text(&data["reason"]["code"]),
        back: data["refundedAmount"].as_str().map(str::to_owned),
        words: format!("{} {} {data}", event["orderId"], event["type"]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refusal_is_not_the_end_of_the_list() {
        let listed = |status, body: &str| {
            let body = body.as_bytes().to_vec();
            events(&Answer { status, body })
                .ok()
                .map(|events| events.len())
        };
        assert_eq!(listed(200, r#"{ "events": [{ "seq": 1 }] }"#), Some(1));
        assert_eq!(listed(200, r#"{ "events": [] }"#), Some(0));
        assert_eq!(listed(429, r#"{ "error": { "code": "too_many" } }"#), None);
        assert_eq!(listed(429, r#"{ "events": [] }"#), None);
        assert_eq!(listed(200, ""), None, "cut off");
    }

    #[test]
    fn what_only_somebody_says_is_told_as_that() {
        let event = |unproven: Value| json!({ "type": "payment.discrepant", "data": { "unproven": unproven } });
        let said = event(json!([{ "what": "capture_after_the_end" }]));
        assert_eq!(told(&said).kind, "payment.unproven");
        assert_eq!(told(&event(Value::Null)).kind, "payment.discrepant");
    }
}
