//! At the end of some days the merchant has the gateways' books compared with its own, and what that says is held against both.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use paypair_ledger::{Attempt, State};
use paypair_protocol::{Gateway, Money};
use paypair_sandbox::{Booked, Booking};
use serde_json::Value;

use crate::merchant::{Merchant, authorised};
use crate::plan::{Deal, Plan};
use crate::scheduler::lock;
use crate::web::{Patience, text};
use crate::world::World;

/// How long before the end of the day money comes of which no word is sent. A list may lag an hour.
pub(crate) const STRANGE: i64 = 3 * 3_600_000;

/// How long the comparison, and telling the merchant of it, may take.
pub(crate) const COMPARING: i64 = 900_000;

/// PayPal charges a subscription once more, and the notice of it is never sent: only the list can tell. Returns PayPal's name for it.
pub(crate) fn pay_in_silence(world: &World, plans: &BTreeMap<String, Arc<Plan>>) -> Option<String> {
    let gateway = Gateway::PayletterGlobal;
    let subscribed = |plan: &&Arc<Plan>| plan.deal == Deal::Subscription;
    for plan in plans.values().filter(subscribed) {
        let renewed = {
            let mut machine = world.machine();
            let known = machine.script(gateway, "*", "callback_never", None, 1);
            debug_assert!(known, "callback_never");
            let renewed = machine.renew(world.now(), &plan.id);
            // If nothing was renewed, nobody else's notice is held back.
            machine.calm();
            renewed
        };
        if let Some(name) = renewed {
            lock(&world.renewals).insert(name.clone(), plan.id.clone());
            world.tell("gateway", &plan.id, || {
                format!("renews it as {name}, and says nothing")
            });
            return Some(name);
        }
    }
    None
}

/// What a comparison said.
#[derive(Default)]
pub(crate) struct Said {
    /// The books that were read, and those that were not.
    read: Vec<String>,
    unread: Vec<String>,
    /// The open breaks: in what the sides differ, and the gateway's name for the order.
    breaks: Vec<(String, String)>,
}

/// Asks for a comparison, waits for it, and reads its breaks. Of a day that lasted longer than usual, more days are compared.
pub(crate) async fn compare(world: Arc<World>, longer: bool, said: Arc<Mutex<Said>>) {
    let ask = |method: &'static str, path: String, body: &'static str| {
        let world = Arc::clone(&world);
        async move {
            let request = authorised(method, &path).with_body(body);
            let answer = world.ask("-", request, Patience::Server);
            let body = answer.await.map(|answer| answer.body).unwrap_or_default();
            serde_json::from_slice::<Value>(&body).unwrap_or_default()
        }
    };
    let days = if longer { r#"{"days":5}"# } else { "" };
    let run = ask("POST", "/reconciliations".to_owned(), days).await;
    let path = format!("/reconciliations/{}?wait=20", text(&run["runId"]));
    // It answers at every step.
    for _ in 0..1_000 {
        let run = ask("GET", path.clone(), "").await;
        if !run["endedAt"].is_null() {
            let books = run["books"].as_array().into_iter().flatten();
            let (read, unread) = books.partition::<Vec<_>, _>(|it| it["state"] == "looked");
            let mut said = lock(&said);
            said.read = read.into_iter().map(|it| text(&it["gateway"])).collect();
            said.unread = unread.into_iter().map(Value::to_string).collect();
            break;
        }
    }
    let page = ask("GET", "/breaks".to_owned(), "").await;
    let breaks = page["breaks"].as_array().into_iter().flatten();
    let breaks = breaks.map(|it| (text(&it["kind"]), text(&it["gatewayOrderId"])));
    lock(&said).breaks = breaks.collect();
}

/// How things stood before the comparison, by the gateways' book and by ours.
pub(crate) struct Before {
    /// By the gateway's names for the order and the payment.
    money: BTreeMap<(String, String), String>,
    agreed: BTreeMap<String, String>,
    /// What moves by itself meanwhile: time goes on while books are compared.
    astir: BTreeSet<String>,
}

impl Before {
    pub(crate) fn note(book: &[Booked], attempts: &[Attempt]) -> Self {
        let rests = |attempt: &&Attempt| attempt.next_check_at.is_none();
        let (resting, astir) = attempts.iter().partition::<Vec<_>, _>(rests);
        let agreed = resting.into_iter().filter(|attempt| agrees(attempt, book));
        let name = |attempt: &Attempt| attempt.gateway_order_id.clone();
        Self {
            money: book.iter().map(|line| (named(line), money(line))).collect(),
            agreed: agreed
                .map(|attempt| (name(attempt), ours(attempt)))
                .collect(),
            astir: astir.into_iter().map(name).collect(),
        }
    }

    /// Holds what the comparison said and did against both books. Returns the names of money that we do not count, by what it said.
    pub(crate) fn judge(
        &self,
        said: &Said,
        world: &World,
        merchant: &Merchant,
        book: &[Booked],
        attempts: &[Attempt],
    ) -> BTreeSet<String> {
        if !said.unread.is_empty() || said.read.len() < Gateway::ALL.len() {
            let how = format!("the books were not all compared: {:?}", said.unread);
            merchant.was_misled(world, "order0", &how);
        }
        for line in book
            .iter()
            .filter(|line| !self.astir.contains(&line.order_id))
        {
            if self.money.get(&named(line)) != Some(&money(line)) {
                merchant.was_misled(world, &line.order_id, "comparing books moved money");
            }
        }
        for attempt in attempts {
            let name = &attempt.gateway_order_id;
            let before = self.agreed.get(name);
            if before.is_some_and(|before| *before != ours(attempt)) {
                merchant.was_misled(world, name, "comparing books changed what was right");
            }
            let named = said.breaks.iter().find(|(_, broken)| broken == name);
            match named {
                Some((kind, _)) if agrees(attempt, book) => {
                    let how = format!("is told of a break where there is none: {kind}");
                    merchant.was_misled(world, name, &how);
                }
                None if !self.astir.contains(name) && must_be_named(attempt, book) => {
                    merchant.was_misled(world, name, "is not told of what differs");
                }
                _ => {}
            }
        }
        let missing = said
            .breaks
            .iter()
            .filter(|(kind, _)| kind == "missing_here");
        missing.map(|(_, name)| name.clone()).collect()
    }
}

fn named(line: &Booked) -> (String, String) {
    (line.order_id.clone(), line.transaction_id.clone())
}

fn money(line: &Booked) -> String {
    format!("{:?} {:?} {:?}", line.amount, line.refunded, line.standing)
}

fn ours(attempt: &Attempt) -> String {
    let (state, back) = (attempt.state.as_str(), attempt.refunded());
    format!(
        "{state} {:?} {back:?} {:?}",
        attempt.captured, attempt.transaction_id
    )
}

/// What the gateway's book has of it.
fn lines_of<'b>(attempt: &Attempt, book: &'b [Booked]) -> impl Iterator<Item = &'b Booked> {
    let of_it = |line: &&Booked| {
        line.order_id == attempt.gateway_order_id && line.standing != Booking::NoMoney
    };
    book.iter().filter(of_it)
}

/// A list shows it otherwise than we have it. Payple has no list, and no list shows what a card holder took back.
fn must_be_named(attempt: &Attempt, book: &[Booked]) -> bool {
    let mut lines = lines_of(attempt, book);
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return false;
    };
    let is_listed = line.gateway != Gateway::Payple && line.standing == Booking::Captured;
    // Who gives something back just now will say what came of it.
    if !is_listed || attempt.refund.is_some() || !attempt.second_payments.is_empty() {
        return false;
    }
    let stands = line.refunded.minor < line.amount.minor;
    let Some(captured) = attempt.captured else {
        // What came and went before we counted it is over.
        return stands;
    };
    let back = match attempt.state {
        State::ChargedBack => captured,
        _ => attempt.refunded(),
    };
    let goes = |back: Money, of: Money| match back.minor {
        0 => Goes::Nothing,
        part if part < of.minor => Goes::Part,
        _ => Goes::Whole,
    };
    let (ours, theirs) = (goes(back, captured), goes(line.refunded, line.amount));
    // What all went back stands nowhere any more, whatever it was.
    let other_amount = captured != line.amount && ours != Goes::Whole;
    let other_part = match (line.gateway, attempt.refunds_unclear) {
        // Some parts of it are not known; that all of it went is.
        (_, true) if ours != Goes::Whole => theirs != Goes::Part,
        // Its list says that a part went, and not how much.
        (Gateway::PayletterGlobal, _) => ours != theirs,
        _ => back != line.refunded,
    };
    other_amount || other_part
}

/// How much went back of a payment.
#[derive(PartialEq, Eq)]
enum Goes {
    Nothing,
    Part,
    Whole,
}

/// Both books say the same of it, and nothing else stands under its name. (What a card holder took back no list shows.)
fn agrees(attempt: &Attempt, book: &[Booked]) -> bool {
    let lines: Vec<_> = lines_of(attempt, book).collect();
    match (lines.as_slice(), attempt.captured) {
        ([], None) => true,
        ([line], Some(captured)) => {
            let price = attempt.order.money;
            line.amount == captured
                && price.is_none_or(|price| price == captured)
                && line.refunded == attempt.refunded()
                && attempt.transaction_id.as_deref() == Some(&line.transaction_id)
                && attempt.second_payments.is_empty()
                && !attempt.refunds_unclear
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
