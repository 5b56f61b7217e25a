//! The server's clock, chance and tasks, in virtual time.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, MutexGuard};
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
            id: None,
            who: Who::ALL.into_iter().find(|who| who.pulse() == time),
            world: Arc::clone(&self.world),
            began: self.world.clock.now(),
        }
    }

    fn spawn(&self, task: Task) {
        self.world.clock.spawn(self.life, task);
    }
}

/// Who asks the store what is due, again and again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// The watcher, for payments.
    Watcher,
    /// The deliverer, for webhooks.
    Deliverer,
}

impl Who {
    const ALL: [Self; 2] = [Self::Watcher, Self::Deliverer];

    /// How long it rests when there is nothing to do. Nothing else in the server rests as long.
    const fn pulse(self) -> Duration {
        match self {
            Self::Watcher => Duration::from_secs(1),
            Self::Deliverer => Duration::from_millis(900),
        }
    }
}

/// Where the store said "nothing is due", and nothing changes, asking again is skipped: who asks sleeps on to the first of its pulses
/// at which something is due. It sees no other answer and is never late, but a quiet day costs nothing.
#[derive(Default)]
pub(crate) struct Pulse {
    /// The task that was told that nothing is due.
    idle: Option<usize>,
    /// When the store has something next, by the server's clock.
    due: Option<i64>,
    sleeper: Option<Sleeper>,
    /// How many sleepers there were.
    count: u64,
}

struct Sleeper {
    id: u64,
    began: i64,
    wakes: i64,
    waker: Waker,
}

impl World {
    /// The store told the running task that nothing is due before this.
    pub(crate) fn nothing_due(&self, who: Who, due: Option<Timestamp>) {
        let mut pulse = self.pulse(who);
        pulse.idle = Some(self.clock.current());
        pulse.due = due.map(Timestamp::millis);
    }

    /// The store changed: there may be something due earlier.
    pub(crate) fn due_changed(&self, due: Option<Timestamp>) {
        self.wake_for(Who::Watcher, due.map(Timestamp::millis));
    }

    /// The server's clock was put forward or back.
    pub(crate) fn clock_changed(&self) {
        for who in Who::ALL {
            let due = self.pulse(who).due;
            self.wake_for(who, due);
        }
    }

    fn wake_for(&self, who: Who, due: Option<i64>) {
        let mut pulse = self.pulse(who);
        pulse.due = due;
        if let Some(sleeper) = &mut pulse.sleeper {
            let at = self.next_pulse(who, sleeper.began, due);
            if at < sleeper.wakes {
                sleeper.wakes = at;
                self.clock.ring(at, &sleeper.waker);
            }
        }
    }

    fn pulse(&self, who: Who) -> MutexGuard<'_, Pulse> {
        lock(match who {
            Who::Watcher => &self.watching,
            Who::Deliverer => &self.delivering,
        })
    }

    /// The first whole pulse after `began` that is not over, and at which something is due.
    fn next_pulse(&self, who: Who, began: i64, due: Option<i64>) -> i64 {
        let pulse = i64::try_from(who.pulse().as_millis()).unwrap_or(i64::MAX);
        let earliest = self.clock.now().max(began + 1);
        let wanted = due.map_or(i64::MAX / 2, |due| due - self.skew());
        let pulses = (wanted.max(earliest) - began + pulse - 1) / pulse;
        began + pulses.max(1) * pulse
    }
}

/// A sleep of the server's.
struct Rest {
    sleep: Sleep,
    /// Its number among the sleepers, once it is one.
    id: Option<u64>,
    /// Whose it may be, by its length.
    who: Option<Who>,
    world: Arc<World>,
    began: i64,
}

impl Future for Rest {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(who) = self.who else {
            return Pin::new(&mut self.sleep).poll(context);
        };
        let world = Arc::clone(&self.world);
        let mut pulse = world.pulse(who);
        if let Some(id) = self.id {
            match &mut pulse.sleeper {
                Some(sleeper) if sleeper.id == id && world.clock.now() < sleeper.wakes => {
                    sleeper.waker.clone_from(context.waker());
                    return Poll::Pending;
                }
                _ => return Poll::Ready(()),
            }
        }
        if pulse.idle != Some(world.clock.current()) {
            drop(pulse);
            return Pin::new(&mut self.sleep).poll(context);
        }
        pulse.idle = None;
        pulse.count += 1;
        let (id, wakes) = (pulse.count, world.next_pulse(who, self.began, pulse.due));
        pulse.sleeper = Some(Sleeper {
            id,
            began: self.began,
            wakes,
            waker: context.waker().clone(),
        });
        drop(pulse);
        self.id = Some(id);
        if wakes < i64::MAX / 4 {
            world.clock.ring(wakes, context.waker());
        }
        Poll::Pending
    }
}
