//! The sandbox as others hold it: one world behind a lock, and the courier that carries its mail.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::core::World;
use crate::deliver::Courier;
use crate::options::Options;
use crate::payletter_global;

/// Three gateways with one memory. Clones share it.
#[derive(Clone)]
pub struct Sandbox {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    world: Mutex<World>,
    pub(crate) options: Options,
    pub(crate) courier: Courier,
}

impl Sandbox {
    /// A fresh sandbox: empty book, empty script, the clock of `options`.
    pub fn new(options: Options) -> Self {
        let world = Mutex::new(World::new(options.clone()));
        let shared = Arc::new_cyclic(|weak| Shared {
            world,
            options,
            courier: Courier::start(weak.clone()),
        });
        Self { shared }
    }

    /// What it was started with.
    pub fn options(&self) -> &Options {
        &self.shared.options
    }

    /// Payletter Global's test store has this key from now on: calls must show it, and notices are signed with it. A reset brings
    /// back the one that everybody knows.
    pub fn rekey_global(&self, api_key: &str) {
        self.with(|world, _| world.payletter_global.new_key = Some(api_key.to_owned()));
    }

    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut World, Timestamp) -> T) -> T {
        self.shared.with(work)
    }

    pub(crate) fn courier(&self) -> &Courier {
        &self.shared.courier
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Sandbox")
            .field("options", &self.shared.options)
            .finish_non_exhaustive()
    }
}

impl Shared {
    /// Runs `work` alone, with the gateways' present time.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut World, Timestamp) -> T) -> T {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let now = world.clock.now(Timestamp::now());
        payletter_global::acts::keep_promises(&mut world, now);
        work(&mut world, now)
    }
}
