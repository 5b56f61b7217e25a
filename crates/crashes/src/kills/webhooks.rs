//! The merchant's server as the program's webhooks find it: over real HTTP, believing the signature alone, at times in a bad mood. What
//! it notes is what the merchant was told.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::Mistake;
use super::inbox::Mood;
use super::point::Point;
use super::world::{Promise, World, lock};

/// What the webhooks are signed with: the secret of the rules' own published vector.
pub(super) const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
/// How long the program waits for an answer.
pub(super) const PATIENCE_SECONDS: u64 = 1;
/// When nobody waits any more.
const LATE: Duration = Duration::from_millis(1_300);
/// How long a slow answer takes at most, in milliseconds.
const SLOW: u64 = 60;
/// What something in front swallows, if it does: one in so many.
const SWALLOWED: u64 = 20;
/// No webhook is longer.
const LONGEST: usize = 1 << 20;

/// Listens until the chapter is over.
pub(super) async fn work(world: Arc<World>, listener: TcpListener) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(serve(Arc::clone(&world), stream))),
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// One connection, until one side hangs up.
async fn serve(world: Arc<World>, mut stream: TcpStream) {
    let mut unread = Vec::new();
    while let Some(post) = read(&mut stream, &mut unread).await {
        let Some(status) = take(&world, &post).await else {
            return;
        };
        let answer = format!("HTTP/1.1 {status} -\r\ncontent-length: 0\r\n\r\n");
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
        if status == 200 {
            world.killer.reached(Point::WebhookAnswered);
        }
    }
}

struct Post {
    headers: HeaderMap,
    body: Vec<u8>,
}

/// What is answered; nothing if the merchant's server hangs up.
async fn take(world: &World, post: &Post) -> Option<u16> {
    world.killer.reached(Point::WebhookSent);
    if world.mistake == Mistake::SwallowedWebhook && lock(&world.inbox).dice().below(SWALLOWED) == 0
    {
        return Some(200);
    }
    let id = post.headers.get("webhook-id").map(HeaderValue::to_str);
    let Some(Ok(id)) = id.filter(|_| is_signed(post, world.has_clock)) else {
        let told = String::from_utf8_lossy(&post.body).into_owned();
        lock(&world.inbox).complain(format!("its signature is wrong: {told}"));
        return Some(400);
    };
    let mood = {
        let mut inbox = lock(&world.inbox);
        // Whatever becomes of it here: the program has told it, so its file must know it.
        world.promise(Promise::Told(inbox.come(id, &post.body)));
        inbox.mood(id, world.is_closing())
    };
    match mood {
        Mood::Take => {}
        Mood::TakeSlowly => {
            let millis = lock(&world.inbox).dice().below(SLOW);
            tokio::time::sleep(Duration::from_millis(millis)).await;
        }
        Mood::TakeLate => tokio::time::sleep(LATE).await,
        Mood::Refuse => return Some(500),
        Mood::TakeAndHangUp | Mood::HangUp => return None,
    }
    Some(200)
}

/// By the rules' own library. Its five minutes cannot be kept where the program's clock is hours off.
fn is_signed(post: &Post, has_clock: bool) -> bool {
    let Ok(key) = standardwebhooks::Webhook::new(SECRET) else {
        return false;
    };
    if !has_clock {
        return key.verify(&post.body, &post.headers).is_ok();
    }
    let header = |name| post.headers.get(name).and_then(|it| it.to_str().ok());
    let (Some(id), Some(at)) = (header("webhook-id"), header("webhook-timestamp")) else {
        return false;
    };
    let signed = at
        .parse()
        .ok()
        .and_then(|at| key.sign(id, at, &post.body).ok());
    signed.is_some_and(|signed| header("webhook-signature") == Some(&signed))
}

/// The next request of a connection; none if it ends, or says what is no webhook.
async fn read(stream: &mut TcpStream, unread: &mut Vec<u8>) -> Option<Post> {
    let end = loop {
        if let Some(at) = unread.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        read_more(stream, unread).await?;
    };
    let head: Vec<u8> = unread.drain(..end).collect();
    let headers = headers(std::str::from_utf8(&head).ok()?)?;
    let length = headers.get("content-length")?.to_str().ok()?;
    let length: usize = length.parse().ok().filter(|length| *length <= LONGEST)?;
    while unread.len() < length {
        read_more(stream, unread).await?;
    }
    let body = unread.drain(..length).collect();
    Some(Post { headers, body })
}

async fn read_more(stream: &mut TcpStream, unread: &mut Vec<u8>) -> Option<()> {
    let read = stream.read_buf(unread).await.ok()?;
    (read > 0 && unread.len() <= 2 * LONGEST).then_some(())
}

fn headers(head: &str) -> Option<HeaderMap> {
    let mut lines = head.split("\r\n");
    lines.next()?.starts_with("POST ").then_some(())?;
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let name: HeaderName = name.parse().ok()?;
        headers.insert(name, HeaderValue::from_str(value.trim()).ok()?);
    }
    Some(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rules' published vector, at another time.
    fn post(at: i64, body: &str) -> Post {
        let key = standardwebhooks::Webhook::new(SECRET).unwrap();
        let signed = key.sign("evt_1", at, body.as_bytes()).unwrap();
        let head = format!(
            "POST / HTTP/1.1\r\nwebhook-id: evt_1\r\nWebhook-Timestamp: {at}\r\nwebhook-signature: {signed}\r\n\r\n"
        );
        Post {
            headers: headers(&head).unwrap(),
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn only_what_is_signed_is_believed() {
        let now = jiff::Timestamp::now().as_second();
        for (good, has_clock) in [(now, false), (now, true), (now - 7200, true)] {
            assert!(is_signed(&post(good, "{}"), has_clock));
            let mut changed = post(good, "{}");
            changed.body.push(b' ');
            assert!(!is_signed(&changed, has_clock), "other bytes");
            let mut moved = post(good, "{}");
            let at = HeaderValue::from(good + 1);
            moved.headers.insert("webhook-timestamp", at);
            assert!(!is_signed(&moved, has_clock), "another time");
            moved.headers.remove("webhook-signature");
            assert!(!is_signed(&moved, has_clock), "none");
        }
        assert!(!is_signed(&post(now - 7200, "{}"), false), "an old one");
    }
}
