//! The server's clock, chance and tasks, in virtual time.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use paypair_ledger::Timestamp;
use paypair_verifier::{Environment, Task};

use crate::scheduler::{Owner, Sleep, lock};
use crate::world::World;

/// One life's environment.
#[derive(Clone)]
pub(crate) struct SimEnvironment {
    pub(crate) world: Arc<World>,
    pub(crate) life: Owner,
}

impl Environment for SimEnvironment {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.world.server_millis())
    }

    fn random(&self, bytes: &mut [u8]) {
        self.world.dice().fill(bytes);
    }

    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send {
        Rest {
            sleep: self.world.clock.sleep(time),
            whole: time == PULSE,
            world: Arc::clone(&self.world),
            began: self.world.clock.now(),
        }
    }

    fn spawn(&self, task: Task) {
        self.world.clock.spawn(self.life, task);
    }
}

/// The watcher of the server asks the store every second what is due. Where the store said "nothing", and nothing changes, asking
/// again is skipped: the watcher sleeps on to the first of its seconds at which something is due. It sees no other answer and is
/// never late, but a quiet day costs nothing.
#[derive(Default)]
pub(crate) struct Pulse {
    /// The task that was told that nothing is due.
    idle: Option<usize>,
    /// When the store has something next, by the server's clock.
    due: Option<i64>,
    sleeper: Option<Sleeper>,
}

struct Sleeper {
    task: usize,
    began: i64,
    wakes: i64,
    waker: Waker,
}

/// The second after which the watcher looks again.
const PULSE: Duration = Duration::from_secs(1);

impl World {
    /// The store told the running task that nothing is due before this.
    pub(crate) fn nothing_due(&self, due: Option<Timestamp>) {
        let mut pulse = lock(&self.pulse);
        pulse.idle = Some(self.clock.current());
        pulse.due = due.map(Timestamp::millis);
    }

    /// The store changed: there may be something due earlier.
    pub(crate) fn due_changed(&self, due: Option<Timestamp>) {
        let mut pulse = lock(&self.pulse);
        pulse.due = due.map(Timestamp::millis);
        let wakes = |began| self.next_pulse(began, due.map(Timestamp::millis));
        if let Some(sleeper) = &mut pulse.sleeper {
            let at = wakes(sleeper.began);
            if at < sleeper.wakes {
                sleeper.wakes = at;
                self.clock.ring(at, &sleeper.waker);
            }
        }
    }

    /// The server's clock was put forward or back.
    pub(crate) fn clock_changed(&self) {
        let due = lock(&self.pulse).due;
        self.due_changed(due.map(Timestamp::from_millis));
    }

    /// The first whole second after `began` that is not over, and at which something is due.
    fn next_pulse(&self, began: i64, due: Option<i64>) -> i64 {
        let earliest = self.clock.now().max(began + 1);
        let wanted = due.map_or(i64::MAX / 2, |due| due - self.skew());
        let seconds = (wanted.max(earliest) - began + 999) / 1000;
        began + seconds.max(1) * 1000
    }
}

/// A sleep of the server's.
struct Rest {
    sleep: Sleep,
    /// It may be the watcher's.
    whole: bool,
    world: Arc<World>,
    began: i64,
}

impl Future for Rest {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if !self.whole {
            return Pin::new(&mut self.sleep).poll(context);
        }
        let world = Arc::clone(&self.world);
        let task = world.clock.current();
        let mut pulse = lock(&world.pulse);
        if let Some(sleeper) = pulse.sleeper.as_ref().filter(|known| known.task == task) {
            if world.clock.now() < sleeper.wakes {
                return Poll::Pending;
            }
            pulse.sleeper = None;
            return Poll::Ready(());
        }
        if pulse.idle != Some(task) {
            drop(pulse);
            return Pin::new(&mut self.sleep).poll(context);
        }
        pulse.idle = None;
        let wakes = world.next_pulse(self.began, pulse.due);
        pulse.sleeper = Some(Sleeper {
            task,
            began: self.began,
            wakes,
            waker: context.waker().clone(),
        });
        drop(pulse);
        if wakes < i64::MAX / 4 {
            world.clock.ring(wakes, context.waker());
        }
        Poll::Pending
    }
}
