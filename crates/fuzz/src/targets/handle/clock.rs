//! Virtual time and the tasks that live in it: what a request starts runs to its end, and nothing waits.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use paypair_ledger::Timestamp;
use paypair_verifier::{Environment, Task};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A clock that stands unless all that lives by it sleeps, and chance that is always the same.
#[derive(Clone)]
pub(super) struct Clock(Arc<Core>);

struct Core {
    now: AtomicI64,
    chance: Mutex<ChaCha8Rng>,
    tasks: Mutex<Vec<Option<Task>>>,
    /// Whom to wake when, the earliest first; of the same moment, who came first.
    timers: Mutex<BTreeMap<(i64, usize), Waker>>,
    ready: Arc<Mutex<VecDeque<usize>>>,
}

/// The number of the one who waits outside.
const OUTSIDE: usize = usize::MAX;

struct Bell {
    task: usize,
    ready: Arc<Mutex<VecDeque<usize>>>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        lock(&self.ready).push_back(self.task);
    }
}

impl Clock {
    pub(super) fn new(millis: i64, seed: u64) -> Self {
        Self(Arc::new(Core {
            now: AtomicI64::new(millis),
            chance: Mutex::new(ChaCha8Rng::seed_from_u64(seed)),
            tasks: Mutex::default(),
            timers: Mutex::default(),
            ready: Arc::default(),
        }))
    }

    pub(super) fn millis(&self) -> i64 {
        self.0.now.load(Relaxed)
    }

    /// Runs everything until this is answered.
    pub(super) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let waker = self.bell(OUTSIDE);
        loop {
            if let Poll::Ready(answer) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
                return answer;
            }
            loop {
                match self.step(i64::MAX) {
                    Some(OUTSIDE) => break,
                    Some(_) => {}
                    None => panic!("nothing is left that could answer"),
                }
            }
        }
    }

    /// Lets everything happen that happens within this time.
    pub(super) fn pass(&self, time: Duration) {
        let end = self.millis() + millis(time);
        while self.step(end).is_some() {}
        self.0.now.fetch_max(end, Relaxed);
    }

    /// Drops all tasks: they hold the shop, and the shop holds the clock.
    pub(super) fn end(&self) {
        let tasks = std::mem::take(&mut *lock(&self.0.tasks));
        drop(tasks);
        let timers = std::mem::take(&mut *lock(&self.0.timers));
        drop(timers);
    }

    /// Whoever is next goes on: his number. If nobody can, the clock goes on to the next who sleeps, but not beyond `end`.
    fn step(&self, end: i64) -> Option<usize> {
        loop {
            let next = lock(&self.0.ready).pop_front();
            if let Some(task) = next {
                self.poll(task);
                return Some(task);
            }
            let mut timers = lock(&self.0.timers);
            let first = timers.first_entry()?;
            let (at, _) = *first.key();
            if at > end {
                return None;
            }
            let waker = first.remove();
            drop(timers);
            self.0.now.fetch_max(at, Relaxed);
            waker.wake();
        }
    }

    fn poll(&self, number: usize) {
        let task = lock(&self.0.tasks).get_mut(number).and_then(Option::take);
        let Some(mut task) = task else { return };
        let waker = self.bell(number);
        let ended = task.as_mut().poll(&mut Context::from_waker(&waker));
        if ended.is_pending() {
            lock(&self.0.tasks)[number] = Some(task);
        }
    }

    fn bell(&self, task: usize) -> Waker {
        let ready = Arc::clone(&self.0.ready);
        Waker::from(Arc::new(Bell { task, ready }))
    }
}

impl Environment for Clock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.millis())
    }

    fn random(&self, bytes: &mut [u8]) {
        lock(&self.0.chance).fill_bytes(bytes);
    }

    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send {
        Sleep {
            clock: self.clone(),
            at: self.millis().saturating_add(millis(time)),
            set: false,
        }
    }

    fn spawn(&self, task: Task) {
        let mut tasks = lock(&self.0.tasks);
        let number = tasks.len();
        tasks.push(Some(task));
        drop(tasks);
        self.bell(number).wake();
    }
}

struct Sleep {
    clock: Clock,
    at: i64,
    set: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.clock.millis() >= self.at {
            return Poll::Ready(());
        }
        if !self.set {
            let mut timers = lock(&self.clock.0.timers);
            let nth = timers.len();
            let mut key = (self.at, nth);
            while timers.contains_key(&key) {
                key.1 += 1;
            }
            timers.insert(key, context.waker().clone());
            drop(timers);
            self.set = true;
        }
        Poll::Pending
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX / 4)
}

/// A panic ends the input, so what a lock guards is never half done.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
