//! The merchant's server reads what it is told, all the time, and keeps its own log of it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::world::{Dead, Promise, Told, World, lock};

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
        world.promise(Promise::Told(last.seq));
    }
    lock(&world.told).extend(events);
    Ok(())
}

/// Reads all of it once more, from the beginning.
pub(super) async fn read_again(world: &World) -> Result<Vec<Told>, Dead> {
    let mut all: Vec<Told> = Vec::new();
    loop {
        let events = page(world, all.last().map_or(0, |told| told.seq)).await?;
        if events.is_empty() {
            return Ok(all);
        }
        all.extend(events);
    }
}

async fn page(world: &World, after: u64) -> Result<Vec<Told>, Dead> {
    let path = format!("/events?after={after}&limit={PAGE}");
    let answer = world.merchant("the events", &path, None).await?.json();
    let events = answer["events"].as_array().into_iter().flatten();
    Ok(events.map(told).collect())
}

fn told(event: &Value) -> Told {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let data = &event["data"];
    Told {
        seq: event["seq"].as_u64().unwrap_or_default(),
        kind: text(&event["type"]),
        order: text(&event["orderId"]),
        gateway_order: text(&data["gatewayOrderId"]),
        reason: text(&data["reason"]["code"]),
        words: format!("{} {} {data}", event["orderId"], event["type"]),
    }
}
