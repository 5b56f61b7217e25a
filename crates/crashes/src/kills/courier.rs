//! Callbacks and notices: carried to the program that lives just now, and again as long as none has acknowledged.

use std::sync::Arc;
use std::time::Duration;

use paypair_protocol::Gateway;
use paypair_sandbox::Letter;

use super::Mistake;
use super::point::Point;
use super::program::{MOUNT, SHOP};
use super::world::{Promise, World};

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
    if world.mistake == Mistake::EarlyAcknowledgement {
        world.promise(Promise::Noticed(letter.order_id.clone()));
        let (mut machine, now) = world.machine();
        let ok: &[u8] = match letter.gateway {
            Gateway::Payletter => b"{\"code\":0}",
            Gateway::Payple | Gateway::PayletterGlobal => b"<RESULT>OK</RESULT>",
        };
        machine.delivered(now, &letter, Some((200, ok)));
    }
    world.killer.reached(Point::NoticeSent);
    let path = letter
        .url
        .strip_prefix(SHOP)
        .and_then(|path| path.strip_prefix(MOUNT));
    let path = path.unwrap_or_default().to_owned();
    let answer = world
        .ask_now(|http, base| {
            let request = http.post(format!("{base}{path}"));
            request
                .header("content-type", letter.content_type)
                .body(letter.body.clone())
        })
        .await;
    if answer.is_err() && letter.attempt == 1 {
        world.was_unanswered(&letter.order_id);
    }
    let answer = answer.ok().map(|answer| (answer.status, answer.body));
    if let Some((200, body)) = &answer
        && is_acknowledgement(letter.gateway, body)
    {
        world.promise(Promise::Noticed(letter.order_id.clone()));
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
