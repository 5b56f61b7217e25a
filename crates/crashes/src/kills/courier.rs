//! Callbacks and notices: carried to the program that lives just now, and again as long as none has acknowledged.

use std::sync::Arc;
use std::time::Duration;

use paypair_ledger::Digest;
use paypair_protocol::Gateway;
use paypair_sandbox::Letter;

use super::Mistake;
use super::point::Point;
use super::program::{MOUNT, SHOP};
use super::world::{PATIENCE, Promise, World, lock};

/// How often the courier looks what is to leave.
const ROUND: Duration = Duration::from_millis(15);

/// Works until the chapter is over.
pub(super) async fn work(world: Arc<World>) {
    loop {
        let due = {
            let (mut machine, now) = world.machine();
            machine.due(now)
        };
        for letter in due {
            tokio::spawn(carry(Arc::clone(&world), letter));
        }
        tokio::time::sleep(ROUND).await;
    }
}

/// Carries one letter, once.
pub(super) async fn carry(world: Arc<World>, letter: Letter) {
    let noticed = || Promise::Noticed(letter.order_id.clone(), Digest::of(&letter.body));
    if world.mistake == Mistake::EarlyAcknowledgement {
        world.promise(noticed());
        let (mut machine, now) = world.machine();
        let ok: &[u8] = match letter.gateway {
            Gateway::Payletter => b"{\"code\":0}",
            Gateway::Payple | Gateway::PayletterGlobal => b"<RESULT>OK</RESULT>",
        };
        machine.delivered(now, &letter, Some((200, ok)));
    }
    // A gateway sends again after minutes, and no start takes that long: not each kill burns one of its tries.
    let _ = tokio::time::timeout(PATIENCE, world.killer.up()).await;
    world.killer.reached(Point::NoticeSent);
    let path = letter
        .url
        .strip_prefix(SHOP)
        .and_then(|path| path.strip_prefix(MOUNT));
    let path = path.unwrap_or_default().to_owned();
    let body = Digest::of(&letter.body);
    let is_first = letter.attempt == 1;
    let life = world.killer.number();
    if is_first && world.killer.address().is_some() {
        lock(&world.unanswered).leaves(body);
    }
    let answer = world
        .ask_now(|http, base| {
            let request = http.post(format!("{base}{path}"));
            request
                .header("content-type", letter.content_type)
                .body(letter.body.clone())
        })
        .await;
    if is_first {
        // A process that lives is only slow.
        let was_killed = answer.is_err() && world.killer.is_over(life);
        lock(&world.unanswered).is_back(body, !was_killed);
    }
    let answer = answer.ok().map(|answer| (answer.status, answer.body));
    if let Some((200, body)) = &answer
        && is_acknowledgement(letter.gateway, body)
    {
        world.promise(noticed());
        world.killer.reached(Point::NoticeAcknowledged);
    }
    let answer = answer
        .as_ref()
        .map(|(status, body)| (*status, body.as_slice()));
    let (mut machine, now) = world.machine();
    machine.delivered(now, &letter, answer);
}

/// Each gateway has its own.
fn is_acknowledgement(gateway: Gateway, body: &[u8]) -> bool {
    match gateway {
        Gateway::Payple => false,
        Gateway::Payletter => {
            let answer: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
            answer["code"] == 0
        }
        Gateway::PayletterGlobal => body == b"<RESULT>OK</RESULT>",
    }
}
