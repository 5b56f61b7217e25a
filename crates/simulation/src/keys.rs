//! A merchant's keys at the two gateways that sign change on some days: the gateway signs with the new ones from a moment on, the merchant
//! starts the server anew with them a little later, keeping the ones before for a while, as what those signed is still on its way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use paypair_sandbox::PayletterClient;

use crate::bugs::PAYMENT_KEY;
use crate::world::World;

/// Whether the keys are the new ones.
#[derive(Default)]
pub(crate) struct Keys {
    at_gateways: AtomicBool,
    at_merchant: AtomicBool,
}

/// What the configuration of the server says of keys.
pub(crate) struct Held {
    pub(crate) payment: &'static str,
    pub(crate) search: &'static str,
    pub(crate) global: &'static str,
    /// Those before them: what they signed is still on its way.
    pub(crate) previous: Option<&'static Self>,
}

/// Those of the first life.
pub(crate) static OLD: Held = Held {
    payment: PAYMENT_KEY,
    search: "MUI3MjM0RUExQTgyRDA1ODZGRDUyOEM4OTY2QTVCN0Y=",
    global: "PL_Merchant",
    previous: None,
};

/// Those that come after them.
pub(crate) static NEW: Held = Held {
    payment: "Rjk5Q0YzNjkyQTdBMzg0QkIyQkY0MDVGOEQyNjY1MzU=",
    search: "NkE4OTE0RTJDNzBGNEIxM0I5NUQyRTA2RDNGN0ExQzQ=",
    global: "PL_Merchant_Second",
    previous: Some(&OLD),
};

impl World {
    /// Whether the merchant's configuration holds the new keys when a life begins.
    pub(crate) fn holds_new_keys(&self) -> bool {
        self.keys.at_merchant.load(Relaxed)
    }

    /// Whether somebody holds the new keys already.
    pub(crate) fn keys_changed(&self) -> bool {
        self.keys.at_gateways.load(Relaxed) || self.keys.at_merchant.load(Relaxed)
    }

    /// The key with which Payletter Global signs now.
    pub(crate) fn global_key(&self) -> &'static str {
        if self.keys.at_gateways.load(Relaxed) {
            NEW.global
        } else {
            OLD.global
        }
    }
}

/// Changes the keys, on some days.
pub(crate) async fn work(world: Arc<World>) {
    if !world.dice().once_in(4_000) {
        return;
    }
    let pause = world.dice().within(600_000..5_000_000);
    world.sleep(pause).await;
    let late = world.dice().within(0..240_000);
    // The merchant may be the earlier one.
    let first = world.dice().once_in(8_000);
    for at_gateway in [first, !first] {
        if at_gateway {
            let mut machine = world.machine();
            machine.rekey_payletter(PayletterClient {
                client_id: "pay_test".to_owned(),
                payment_key: NEW.payment.to_owned(),
                search_key: NEW.search.to_owned(),
                methods: Vec::new(),
            });
            machine.rekey_global(NEW.global);
            drop(machine);
            world.keys.at_gateways.store(true, Relaxed);
            world.tell("gateway", "", || "has new keys".to_owned());
        } else {
            world.keys.at_merchant.store(true, Relaxed);
            world.tell("merchant", "", || "configures the new keys".to_owned());
            world.restart();
        }
        if at_gateway == first {
            world.sleep(late).await;
        }
    }
}
