//! What became of letters at our door: which arrived, which arrived again, and which before something else that should have been first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use paypair_sandbox::Letter;
use paypair_verifier::RawResponse;

use crate::courier::request;
use crate::faults::Fault;
use crate::scheduler::lock;
use crate::standing::{About, Mark};
use crate::world::World;

/// The day's post, as far as it was taken in.
#[derive(Default)]
pub(crate) struct Post {
    /// What was answered with a 200, word for word.
    taken: BTreeSet<String>,
    /// The gateway's orders of which a payment was told.
    paid: BTreeSet<String>,
    /// How attempts stood when their first letter arrived, until their buyers are back.
    ahead: BTreeMap<String, Mark>,
    /// Whose buyers are back.
    returned: BTreeSet<String>,
}

/// A letter is at our door. Faults of the way count only if somebody opens.
pub(crate) async fn arrive(
    world: &Arc<World>,
    letter: &Letter,
    body: Vec<u8>,
    respelled: Option<Fault>,
) -> Option<RawResponse> {
    let mark = world.mark(About::Name(&letter.order_id));
    let reordered =
        is_of_kind(letter, &["2", "4"]) && !lock(&world.post).paid.contains(&letter.order_id);
    let answer = world.serve(request(letter, body)).await?;
    if let Some(fault) = respelled {
        world.struck_at(fault, &mark);
    }
    // Nobody else's signature is wrong here than one that was made with the other key.
    if (400..500).contains(&answer.status) && world.keys_changed() {
        world.struck_at(Fault::KeyRotatedMidflight, &mark);
    }
    if answer.status != 200 {
        return Some(answer);
    }
    let again = {
        let mut post = lock(&world.post);
        let again = !post.taken.insert(letter.body.clone());
        if is_of_kind(letter, &["1"]) {
            post.paid.insert(letter.order_id.clone());
        }
        if !post.returned.contains(&letter.order_id) {
            let first = post.ahead.entry(letter.order_id.clone());
            first.or_insert_with(|| mark.clone());
        }
        again
    };
    let faults = [
        (again, Fault::DuplicateCallback),
        (!again && letter.late, Fault::CallbackAfter50Min),
        (!again && reordered, Fault::CallbackReordered),
    ];
    for (_, fault) in faults.into_iter().filter(|(struck, _)| *struck) {
        world.struck_at(fault, &mark);
    }
    Some(answer)
}

impl World {
    /// A buyer is back, and was answered; the first time it is seen whether a letter was faster.
    pub(crate) fn came_back(&self, gateway_order: &str) {
        let ahead = {
            let mut post = lock(&self.post);
            post.returned.insert(gateway_order.to_owned());
            post.ahead.remove(gateway_order)
        };
        if let Some(mark) = ahead {
            self.struck_at(Fault::CallbackBeforeReturn, &mark);
        }
    }
}

/// Whether it is one of these notices of Payletter Global's.
fn is_of_kind(letter: &Letter, kinds: &[&str]) -> bool {
    letter.url.contains("/notice/")
        && form_urlencoded::parse(letter.body.as_bytes())
            .any(|(name, value)| name == "notifytype" && kinds.contains(&&*value))
}
