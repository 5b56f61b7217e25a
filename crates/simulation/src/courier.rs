//! Callbacks and notices on their way to us: late, twice, never, in another spelling, before the answer to what they follow from.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use paypair_protocol::Gateway;
use paypair_sandbox::Letter;
use paypair_verifier::RawRequest;

use crate::faults::Fault;
use crate::post;
use crate::scheduler::{OUTSIDE, lock};
use crate::world::{MOUNT, World};

/// Sends what is due, all day long.
pub(crate) async fn work(world: Arc<World>) {
    loop {
        let due = world.machine().due(world.now());
        for letter in due {
            send(&world, letter);
        }
        Rest(&world).await;
    }
}

/// The courier's rest: until the next letter is to leave, whenever it was written.
struct Rest<'w>(&'w World);

/// The courier waits until then.
pub(crate) struct Waiting {
    until: i64,
    waker: Waker,
}

impl Future for Rest<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let world = self.0;
        let next = world.next_post();
        if next <= world.clock.now() {
            *lock(&world.courier) = None;
            return Poll::Ready(());
        }
        if next < NEVER {
            world.clock.ring(next, context.waker());
        }
        *lock(&world.courier) = Some(Waiting {
            until: next,
            waker: context.waker().clone(),
        });
        Poll::Pending
    }
}

/// When nothing is to leave.
const NEVER: i64 = i64::MAX;

impl World {
    fn next_post(&self) -> i64 {
        let next = self.machine().next_due();
        next.map_or(NEVER, |next| next.as_millisecond())
    }

    /// The gateways did something: there may be post earlier than the courier thinks.
    pub(crate) fn look_for_post(&self) {
        let next = self.next_post();
        if let Some(waiting) = lock(&self.courier)
            .as_ref()
            .filter(|known| next < known.until)
        {
            waiting.waker.wake_by_ref();
        }
    }
}

/// Puts a letter on the road; nobody waits.
fn send(world: &Arc<World>, letter: Letter) {
    let carrying = carry(Arc::clone(world), letter);
    let carrying = async move {
        carrying.await;
    };
    world.clock.spawn(OUTSIDE, Box::pin(carrying));
}

/// Carries a letter to the shop and its answer back to the gateway. Whether somebody took it.
pub(crate) async fn carry(world: Arc<World>, letter: Letter) -> bool {
    let order = letter.order_id.clone();
    keep(&world, &letter);
    let respelled = respelled(&world, &letter);
    let fault = respelled.as_ref().map(|(fault, _)| *fault);
    let body = respelled.map_or_else(|| letter.body.clone().into_bytes(), |(_, body)| body);
    let (lost, twice) = {
        let rate = world.rates().web;
        let mut dice = world.dice();
        (
            rate > 0 && dice.once_in(rate),
            rate > 0 && dice.once_in(rate),
        )
    };
    let there = world.dice().within(5..900);
    world.sleep(there).await;
    if lost && world.dice().once_in(5000) {
        world.struck(Fault::CallbackNever, &order);
        world.machine().delivered(world.now(), &letter, None);
        world.look_for_post();
        return false;
    }
    if twice {
        let late = world.dice().within(0..20_000);
        let (world, letter, body) = (Arc::clone(&world), letter.clone(), body.clone());
        let second = {
            let world = Arc::clone(&world);
            async move {
                world.sleep(late).await;
                post::arrive(&world, &letter, body, None).await;
            }
        };
        world.clock.spawn(OUTSIDE, Box::pin(second));
    }
    world.tell("gateway", &order, || format!("calls {}", letter.url));
    let answer = post::arrive(&world, &letter, body, fault).await;
    world.tell("gateway", &order, || match &answer {
        Some(answer) => format!("is answered {} by us", answer.status),
        None => "finds nobody".to_owned(),
    });
    let taken = answer.as_ref().is_some_and(|answer| answer.status == 200);
    let back = world.dice().within(5..400);
    world.sleep(back).await;
    let heard = answer
        .filter(|_| !lost)
        .map(|answer| (answer.status, answer.body));
    let heard = heard
        .as_ref()
        .map(|(status, body)| (*status, body.as_slice()));
    world.machine().delivered(world.now(), &letter, heard);
    world.look_for_post();
    taken
}

/// What goes to us.
pub(crate) fn request(letter: &Letter, body: Vec<u8>) -> RawRequest {
    to_us(&letter.url)
        .with_header("content-type", letter.content_type)
        .with_body(body)
}

/// A POST to an address of ours.
pub(crate) fn to_us(url: &str) -> RawRequest {
    RawRequest::new("POST", url.strip_prefix(MOUNT).unwrap_or(url))
}

/// Somebody who listens may want to send it again.
fn keep(world: &World, letter: &Letter) {
    let mut seen = lock(&world.seen);
    if letter.attempt == 1 {
        seen.push(letter.clone());
    }
}

/// The same message in a spelling that means the same.
fn respelled(world: &World, letter: &Letter) -> Option<(Fault, Vec<u8>)> {
    let rate = world.rates().web;
    let mut dice = world.dice();
    if rate == 0 || !dice.once_in(rate * 2) {
        return None;
    }
    let body = &letter.body;
    match letter.gateway {
        Gateway::Payple => None,
        Gateway::Payletter => Some(match dice.index(3) {
            0 => (Fault::LowerHex, recase(body, "\"payhash\":\"", false)?),
            1 => {
                let amount = body.split("\"amount\":").nth(1)?.split(',').next()?;
                let (number, text) = (
                    format!("\"amount\":{amount},"),
                    format!("\"amount\":\"{amount}\","),
                );
                (
                    Fault::StringVsNumber,
                    body.replace(&number, &text).into_bytes(),
                )
            }
            _ => (Fault::EucKrBytes, euc_kr(body)?),
        }),
        Gateway::PayletterGlobal => Some((Fault::UpperHex, recase(body, "hash=", true)?)),
    }
}

/// The 64 hex digits behind a mark, in the other case.
fn recase(body: &str, mark: &str, upper: bool) -> Option<Vec<u8>> {
    let at = body.find(mark)? + mark.len();
    let digits = body.get(at..at + 64)?;
    let other = if upper {
        digits.to_ascii_uppercase()
    } else {
        digits.to_ascii_lowercase()
    };
    Some(body.replace(digits, &other).into_bytes())
}

/// The product's name in the encoding of twenty years ago.
fn euc_kr(body: &str) -> Option<Vec<u8>> {
    let at = body.find("상품")?;
    let mut bytes = body.as_bytes()[..at].to_vec();
    bytes.extend([0xbb, 0xf3, 0xc7, 0xb0]);
    bytes.extend(&body.as_bytes()[at + "상품".len()..]);
    Some(bytes)
}
