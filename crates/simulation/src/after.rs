//! What follows a window without the buyer's browser: money arrives on an account, PayPal charges for another month.

use std::sync::Arc;

use crate::plan::{Deal, Plan};
use crate::scheduler::{OUTSIDE, lock};
use crate::world::World;

/// The button was pressed: what the deal brings later.
pub(crate) fn begin(world: &Arc<World>, plan: &Arc<Plan>) {
    let (world_, plan) = (Arc::clone(world), Arc::clone(plan));
    match plan.deal {
        Deal::Account => world.clock.spawn(OUTSIDE, Box::pin(pay_in(world_, plan))),
        Deal::Subscription => world.clock.spawn(OUTSIDE, Box::pin(renew(world_, plan))),
        Deal::Window | Deal::Key | Deal::Promise => return,
    };
}

/// The buyer goes to the bank, or forgets it, or comes when the account is closed.
async fn pay_in(world: Arc<World>, plan: Arc<Plan>) {
    if !world.is_calm() && world.dice().once_in(2_000) {
        return;
    }
    let pause = world.dice().within(20_000..4_500_000);
    world.sleep(pause).await;
    let arrived = world.machine().deposit(world.now(), plan.gateway, &plan.id);
    world.tell("buyer", &plan.id, || {
        let how = if arrived { "pays in" } else { "cannot pay in" };
        how.to_owned()
    });
    world.count_scripted();
}

/// PayPal charges by itself, under numbers of its own.
async fn renew(world: Arc<World>, plan: Arc<Plan>) {
    for _ in 0..2 {
        let pause = world.dice().within(30_000..3_000_000);
        world.sleep(pause).await;
        let Some(name) = world.machine().renew(world.now(), &plan.id) else {
            return;
        };
        lock(&world.renewals).insert(name.clone(), plan.id.clone());
        world.tell("gateway", &plan.id, || format!("renews it as {name}"));
        world.count_scripted();
    }
}
