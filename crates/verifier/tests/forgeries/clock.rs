//! Virtual time and the tasks that live in it: a million notices wait for nothing.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    future::Future,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use paypair_ledger::Timestamp;
use paypair_verifier::{Environment, Task};

use super::dice::Dice;

/// A clock that stands unless it is put forward, with the tasks that sleep by it.
#[derive(Clone)]
pub(crate) struct Clock(Arc<Core>);

struct Core {
    now: AtomicI64,
    dice: Mutex<Dice>,
    tasks: Mutex<Tasks>,
    timers: Mutex<BinaryHeap<Reverse<Timer>>>,
    ready: Arc<Mutex<VecDeque<usize>>>,
}

/// Tasks by number; the numbers of those that ended are given out again.
#[derive(Default)]
struct Tasks {
    places: Vec<Option<Task>>,
    free: Vec<usize>,
}

/// The number of the one who waits outside.
const WAITING: usize = usize::MAX;

struct Timer {
    at: i64,
    nth: usize,
    waker: Waker,
}

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
    pub(crate) fn new(millis: i64, seed: u64) -> Self {
        Self(Arc::new(Core {
            now: AtomicI64::new(millis),
            dice: Mutex::new(Dice::new(seed)),
            tasks: Mutex::default(),
            timers: Mutex::default(),
            ready: Arc::default(),
        }))
    }

    pub(crate) fn millis(&self) -> i64 {
        self.0.now.load(Relaxed)
    }

    pub(crate) fn instant(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.millis()).unwrap()
    }

    /// Puts the clock forward at one stroke: what slept over it wakes late.
    pub(crate) fn jump(&self, time: Duration) {
        self.0.now.fetch_add(millis(time), Relaxed);
    }

    /// Lets everything happen that happens within this time.
    pub(crate) fn pass(&self, time: Duration) {
        let end = self.millis() + millis(time);
        while self.step(end) {}
        self.0.now.fetch_max(end, Relaxed);
    }

    /// Runs the world until this is answered.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let waker = Waker::from(self.bell(WAITING));
        loop {
            if let Poll::Ready(answer) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
                return answer;
            }
            while self.next_ready() != Some(WAITING) {
                assert!(self.step(i64::MAX), "nothing is left that could answer");
            }
            lock(&self.0.ready).pop_front();
        }
    }

    fn next_ready(&self) -> Option<usize> {
        lock(&self.0.ready).front().copied()
    }

    /// Drops all tasks: they hold the shop, and the shop holds the clock.
    pub(crate) fn end(&self) {
        let tasks = std::mem::take(&mut lock(&self.0.tasks).places);
        drop(tasks);
        lock(&self.0.timers).clear();
    }

    /// One task goes on, or the clock goes on to the next who sleeps. False: nobody does before `end`.
    fn step(&self, end: i64) -> bool {
        let next = lock(&self.0.ready).pop_front();
        if let Some(task) = next {
            self.poll(task);
            return true;
        }
        let mut timers = lock(&self.0.timers);
        let due = timers.peek().is_some_and(|Reverse(timer)| timer.at <= end);
        let next = if due { timers.pop() } else { None };
        let Some(Reverse(timer)) = next else {
            return false;
        };
        drop(timers);
        self.0.now.fetch_max(timer.at, Relaxed);
        timer.waker.wake();
        true
    }

    fn poll(&self, number: usize) {
        let task = lock(&self.0.tasks)
            .places
            .get_mut(number)
            .and_then(Option::take);
        let Some(mut task) = task else { return };
        let waker = Waker::from(self.bell(number));
        let ended = task.as_mut().poll(&mut Context::from_waker(&waker));
        let mut tasks = lock(&self.0.tasks);
        if ended.is_ready() {
            tasks.free.push(number);
        } else {
            tasks.places[number] = Some(task);
        }
    }

    fn bell(&self, task: usize) -> Arc<Bell> {
        Arc::new(Bell {
            task,
            ready: Arc::clone(&self.0.ready),
        })
    }
}

impl Environment for Clock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.millis())
    }

    fn random(&self, bytes: &mut [u8]) {
        lock(&self.0.dice).fill(bytes);
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
        let number = tasks.free.pop().unwrap_or(tasks.places.len());
        if number == tasks.places.len() {
            tasks.places.push(None);
        }
        tasks.places[number] = Some(task);
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
            let (at, waker) = (self.at, context.waker().clone());
            timers.push(Reverse(Timer { at, nth, waker }));
            drop(timers);
            self.set = true;
        }
        Poll::Pending
    }
}

impl Ord for Timer {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.nth).cmp(&(other.at, other.nth))
    }
}

impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Timer {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Timer {}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX / 4)
}

/// A panic of one task ends the test, so what a lock guards is never half done.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}
