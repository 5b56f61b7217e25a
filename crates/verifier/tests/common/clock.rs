//! The time of a test.

use std::{
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};

use paypair_ledger::Timestamp;
use paypair_verifier::{Environment, SystemEnvironment, Task};

/// The system's environment with a clock that a test can put forward.
#[derive(Clone)]
pub struct Clock {
    system: SystemEnvironment,
    pub(super) ahead: Arc<AtomicI64>,
    stopped: Arc<OnceLock<i64>>,
    hurries: Arc<AtomicBool>,
    waits: Arc<Mutex<Vec<Duration>>>,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self {
            system: SystemEnvironment::new().unwrap(),
            ahead: Arc::default(),
            stopped: Arc::default(),
            hurries: Arc::default(),
            waits: Arc::default(),
        }
    }

    /// From now on time goes only where it is put: what a test counts does not depend on how fast it counts.
    pub fn stop(&self) {
        self.stopped.get_or_init(|| self.system.now().millis());
    }

    /// From now on whoever waits, waits a little.
    pub fn hurry(&self) {
        self.hurries.store(true, Relaxed);
    }

    /// Somebody sets it right: it was ahead.
    pub fn put_back(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap();
        self.ahead.fetch_sub(millis, Relaxed);
    }

    /// How many times somebody wanted to wait for so long.
    pub fn waits_of(&self, time: Duration) -> usize {
        let waits = self.waits.lock().unwrap();
        waits.iter().filter(|wait| **wait == time).count()
    }

    /// The same time, on a thread of its own: a second process.
    pub fn again(&self) -> Self {
        Self {
            system: SystemEnvironment::new().unwrap(),
            ahead: Arc::clone(&self.ahead),
            stopped: Arc::clone(&self.stopped),
            hurries: Arc::clone(&self.hurries),
            waits: Arc::clone(&self.waits),
        }
    }
}

impl Environment for Clock {
    fn now(&self) -> Timestamp {
        let stopped = self.stopped.get().copied();
        let time = stopped.unwrap_or_else(|| self.system.now().millis());
        Timestamp::from_millis(time + self.ahead.load(Relaxed))
    }

    fn random(&self, bytes: &mut [u8]) {
        self.system.random(bytes);
    }

    async fn sleep(&self, time: Duration) {
        self.waits.lock().unwrap().push(time);
        let longest = match self.hurries.load(Relaxed) {
            true => Duration::from_millis(300),
            false => time,
        };
        self.system.sleep(time.min(longest)).await;
    }

    fn spawn(&self, task: Task) {
        self.system.spawn(task);
    }
}
