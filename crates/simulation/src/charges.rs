//! The merchant charges the keys that came of its orders, at times twice, and has some of them deleted.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::faults::Fault;
use crate::judge::Intent;
use crate::merchant::{Merchant, authorised};
use crate::plan::Plan;
use crate::scheduler::{OUTSIDE, lock};
use crate::web::{Patience, text};
use crate::world::World;

/// Charges a key as the plan of its order has it.
pub(crate) async fn work(merchant: Arc<Merchant>, world: Arc<World>, plan: Arc<Plan>, key: String) {
    let (times, monthly, deletes) = {
        let mut dice = world.dice();
        (dice.within(1..4), dice.once_in(3_000), dice.once_in(4_000))
    };
    for nth in 1..=times {
        let pause = world.dice().within(2_000..900_000);
        world.sleep(pause).await;
        if world.is_calm() {
            return;
        }
        let rate = world.rates().payment;
        if rate > 0 && world.dice().once_in(rate * 3) {
            revoke(&world, &plan);
        }
        let id = format!("{}-c{nth}", plan.id);
        lay_faults(&world, &plan, &id);
        let mut body = json!({
            "orderId": id, "billingKeyId": key, "customerId": plan.customer, "amount": plan.amount, "productName": "상품",
            "customer": { "name": "홍길동", "email": "buyer@example.com" },
        });
        if let Some(currency) = plan.currency {
            body["currency"] = currency.into();
        }
        if monthly {
            body["repeat"] = json!({ "year": 2026, "month": 11 });
        }
        merchant.wants(
            &id,
            Intent {
                price: plan.money(),
                owner: plan.id.clone(),
                once: monthly.then(|| key.clone()),
            },
        );
        ask(&world, &id, "/charges", &body).await;
    }
    if deletes {
        let pause = world.dice().within(2_000..600_000);
        world.sleep(pause).await;
        let path = format!("/billing-keys/{key}/delete");
        ask(&world, &plan.id, &path, &json!({ "reason": "merchant" })).await;
    }
}

/// The card is reported as lost: its key is charged no more, and nobody asked us.
fn revoke(world: &World, plan: &Plan) {
    let revoked = world
        .machine()
        .revoke_key(world.now(), plan.gateway, &plan.id);
    if revoked {
        world.tell("gateway", &plan.id, || "revokes the key".to_owned());
        lock(&world.revoked).insert(plan.id.clone());
        world.look_for_post();
    }
}

/// What befalls a charge at its gateway.
fn lay_faults(world: &World, plan: &Plan, id: &str) {
    let rate = world.rates().payment;
    let lay = |name: &str, seconds: Option<u64>| {
        if rate > 0 && world.dice().once_in(rate) {
            let known = world.machine().script(plan.gateway, id, name, seconds, 1);
            debug_assert!(known, "{name}");
        }
    };
    lay("wrong_amount", None);
    lay("charge_declined", None);
    lay("charge_answer_lost", None);
    lay("lookup_lag", Some(400));
    lay("lookup_unavailable", None);
    lay("refund_answer_lost", None);
    lay("callback_never", None);
}

/// Asks, and asks the same again while it does not know what came of it, or was declined; now and then twice at once.
async fn ask(world: &Arc<World>, order: &str, path: &str, body: &Value) {
    let request = || authorised("POST", path).with_body(body.to_string());
    if world.dice().once_in(1_500) {
        let (world_, id, again) = (Arc::clone(world), order.to_owned(), request());
        let twin = async move {
            world_.ask(&id, again, Patience::Server).await;
        };
        world.clock.spawn(OUTSIDE, Box::pin(twin));
    }
    let mut declined = 0;
    for _ in 0..6 {
        world.tell("merchant", order, || format!("asks {path} {body}"));
        let answer = world.ask(order, request(), Patience::Server).await;
        if let Some(answer) = answer.filter(|answer| answer.status < 500) {
            let outcome: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            if text(&outcome["status"]) != "declined" || declined > 0 {
                return;
            }
            declined += 1;
        }
        let pause = world.dice().within(5_000..120_000);
        world.sleep(pause).await;
    }
}

/// A call charges a key that was revoked.
pub(crate) fn count_revoked(world: &World, order: &str) {
    if lock(&world.revoked).contains(crate::world::base_of(order)) {
        world.struck(Fault::BillkeyRevoked, order);
    }
}
