//! One thread, one queue, virtual time: tasks are polled in an order that the seed chooses, and when none can go on the clock jumps
//! to the next timer.

use std::cell::RefCell;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use crate::dice::Dice;

/// Whose a task is: [`OUTSIDE`], or one life of the server.
pub(crate) type Owner = u64;

/// Buyers, merchants, gateways, wires: what no crash of the server touches.
pub(crate) const OUTSIDE: Owner = 0;

pub(crate) type Task = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    /// The tasks of this thread's world, by their numbers. They never leave the thread, so they need not be able to; whoever holds a
    /// [`Scheduler`] may.
    static TASKS: RefCell<Vec<Option<Task>>> = const { RefCell::new(Vec::new()) };
}

/// The scheduler. Clones are the same one. A thread has one world at a time.
#[derive(Clone)]
pub(crate) struct Scheduler {
    core: Arc<Core>,
}

struct Core {
    now: AtomicI64,
    ready: Arc<Mutex<Vec<Arc<Bell>>>>,
    state: Mutex<State>,
}

struct State {
    tasks: Vec<Slot>,
    timers: BinaryHeap<Reverse<Timer>>,
    count: u64,
    current: usize,
    dead: Vec<Owner>,
    dying: Vec<Owner>,
    dice: Dice,
}

struct Slot {
    owner: Owner,
    bell: Arc<Bell>,
}

struct Timer {
    at: i64,
    nth: u64,
    waker: Waker,
}

/// Wakes one task.
struct Bell {
    id: usize,
    rung: AtomicBool,
    ready: Arc<Mutex<Vec<Arc<Self>>>>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        if !self.rung.swap(true, Relaxed) {
            lock(&self.ready).push(Arc::clone(&self));
        }
    }
}

impl Scheduler {
    pub(crate) fn new(start: i64, dice: Dice) -> Self {
        drop(TASKS.take());
        Self {
            core: Arc::new(Core {
                now: AtomicI64::new(start),
                ready: Arc::default(),
                state: Mutex::new(State {
                    tasks: Vec::new(),
                    timers: BinaryHeap::new(),
                    count: 0,
                    current: 0,
                    dead: Vec::new(),
                    dying: Vec::new(),
                    dice,
                }),
            }),
        }
    }

    /// Virtual milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.core.now.load(Relaxed)
    }

    /// Which task is being polled.
    pub(crate) fn current(&self) -> usize {
        lock(&self.core.state).current
    }

    /// Starts a task; nothing happens if its owner is dead. Its number, for [`Self::cancel`].
    pub(crate) fn spawn(&self, owner: Owner, task: Task) -> usize {
        let mut state = lock(&self.core.state);
        let id = state.tasks.len();
        let bell = Arc::new(Bell {
            id,
            rung: AtomicBool::new(false),
            ready: Arc::clone(&self.core.ready),
        });
        let dead = state.dead.contains(&owner);
        let bell_ = Arc::clone(&bell);
        state.tasks.push(Slot { owner, bell: bell_ });
        drop(state);
        let task = Some(task).filter(|_| !dead);
        TASKS.with_borrow_mut(|tasks| tasks.push(task));
        bell.wake();
        id
    }

    /// Drops a task where it stands.
    pub(crate) fn cancel(&self, id: usize) {
        drop(take(id));
    }

    /// All tasks of this owner are dropped as soon as the present one is back from its poll.
    pub(crate) fn kill(&self, owner: Owner) {
        let mut state = lock(&self.core.state);
        state.dying.push(owner);
        state.dead.push(owner);
    }

    pub(crate) fn sleep(&self, time: Duration) -> Sleep {
        let time = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        self.sleep_until(self.now().saturating_add(time))
    }

    pub(crate) fn sleep_until(&self, at: i64) -> Sleep {
        Sleep {
            scheduler: self.clone(),
            at,
            set: false,
        }
    }

    /// Rings at this time.
    pub(crate) fn ring(&self, at: i64, waker: &Waker) {
        let mut state = lock(&self.core.state);
        state.count += 1;
        let nth = state.count;
        let waker = waker.clone();
        state.timers.push(Reverse(Timer { at, nth, waker }));
    }

    /// Runs everything that happens up to this time.
    pub(crate) fn run_until(&self, end: i64) {
        self.run(end, || false);
    }

    /// Runs what happens until this task is done, but no longer than up to this time.
    pub(crate) fn run_until_done(&self, task: usize, end: i64) {
        self.run(end, || {
            TASKS.with_borrow(|tasks| tasks.get(task).is_none_or(Option::is_none))
        });
    }

    fn run(&self, end: i64, done: impl Fn() -> bool) {
        loop {
            while let Some(id) = self.pick() {
                self.poll(id);
                self.bury();
                if done() {
                    return;
                }
            }
            let mut state = lock(&self.core.state);
            let due = state
                .timers
                .peek()
                .is_some_and(|Reverse(timer)| timer.at <= end);
            if !due {
                self.core.now.store(end.max(self.now()), Relaxed);
                return;
            }
            if let Some(Reverse(timer)) = state.timers.pop() {
                drop(state);
                self.core.now.store(timer.at.max(self.now()), Relaxed);
                timer.waker.wake();
            }
        }
    }

    /// Drops every task and timer: the end of the world.
    pub(crate) fn end(&self) {
        drop(TASKS.take());
        let timers = std::mem::take(&mut lock(&self.core.state).timers);
        drop(timers);
        lock(&self.core.ready).clear();
    }

    /// How many tasks there ever were.
    pub(crate) fn tasks(&self) -> usize {
        lock(&self.core.state).tasks.len()
    }

    /// Of the tasks that can go on, one at random.
    fn pick(&self) -> Option<usize> {
        let mut ready = lock(&self.core.ready);
        if ready.is_empty() {
            return None;
        }
        // In which order several were woken at once is not ours to know: tokio's watch rolls dice of its own for that.
        ready.sort_unstable_by_key(|bell| bell.id);
        let place = lock(&self.core.state).dice.index(ready.len());
        let bell = ready.remove(place);
        bell.rung.store(false, Relaxed);
        Some(bell.id)
    }

    fn poll(&self, id: usize) {
        let bell = {
            let mut state = lock(&self.core.state);
            state.current = id;
            state.tasks.get(id).map(|slot| Arc::clone(&slot.bell))
        };
        let (Some(bell), Some(mut task)) = (bell, take(id)) else {
            return;
        };
        let waker = Waker::from(bell);
        let ended = task.as_mut().poll(&mut Context::from_waker(&waker));
        if ended.is_pending() {
            TASKS.with_borrow_mut(|tasks| {
                if let Some(place) = tasks.get_mut(id) {
                    *place = Some(task);
                }
            });
        }
    }

    fn bury(&self) {
        let dead: Vec<usize> = {
            let mut state = lock(&self.core.state);
            if state.dying.is_empty() {
                return;
            }
            let dying = std::mem::take(&mut state.dying);
            let slots = state.tasks.iter().enumerate();
            let of_them = slots.filter(|(_, slot)| dying.contains(&slot.owner));
            of_them.map(|(id, _)| id).collect()
        };
        // Not while anything is borrowed: what is dropped wakes others.
        for id in dead {
            drop(take(id));
        }
    }
}

fn take(id: usize) -> Option<Task> {
    TASKS.with_borrow_mut(|tasks| tasks.get_mut(id).and_then(Option::take))
}

/// Waits for a time.
pub(crate) struct Sleep {
    scheduler: Scheduler,
    at: i64,
    set: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.scheduler.now() >= self.at {
            return Poll::Ready(());
        }
        if !self.set {
            self.scheduler.ring(self.at, context.waker());
            self.set = true;
        }
        Poll::Pending
    }
}

impl PartialEq for Timer {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Timer {}

impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timer {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.nth).cmp(&(other.at, other.nth))
    }
}

/// A panic of one task ends the run, so what a lock guards is never half done.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(seed: u64) -> Vec<(i64, usize)> {
        let scheduler = Scheduler::new(0, Dice::new(seed, 1));
        let heard = Arc::new(Mutex::new(Vec::new()));
        for nth in 0..4_usize {
            let (scheduler_, heard) = (scheduler.clone(), Arc::clone(&heard));
            let task = async move {
                for _ in 0..3 {
                    scheduler_.sleep(Duration::from_secs(1)).await;
                    lock(&heard).push((scheduler_.now(), nth));
                }
            };
            scheduler.spawn(OUTSIDE, Box::pin(task));
        }
        scheduler.run_until(10_000);
        assert_eq!(scheduler.now(), 10_000);
        lock(&heard).clone()
    }

    #[test]
    fn the_clock_jumps_and_nobody_is_forgotten() {
        let mut times: Vec<i64> = heard(1).iter().map(|(at, _)| *at).collect();
        times.dedup();
        assert_eq!(times, [1000, 2000, 3000]);
        assert_eq!(heard(1).len(), 12);
    }

    #[test]
    fn the_seed_decides_who_goes_first() {
        assert_eq!(heard(7), heard(7));
        assert!((0..20).any(|seed| heard(seed) != heard(7)));
    }

    #[test]
    fn the_clock_stops_with_the_task_that_is_waited_for() {
        let scheduler = Scheduler::new(0, Dice::new(1, 1));
        for time in [2, 3, 9] {
            let sleep = scheduler.sleep(Duration::from_secs(time));
            scheduler.spawn(OUTSIDE, Box::pin(sleep));
        }
        scheduler.run_until_done(1, 60_000);
        assert_eq!(scheduler.now(), 3_000);
        scheduler.run_until_done(2, 4_000);
        assert_eq!(scheduler.now(), 4_000);
    }

    #[test]
    fn the_dead_do_nothing_more() {
        let scheduler = Scheduler::new(0, Dice::new(1, 1));
        let said = Arc::new(Mutex::new(0));
        let (scheduler_, said_) = (scheduler.clone(), Arc::clone(&said));
        let task = async move {
            scheduler_.sleep(Duration::from_secs(1)).await;
            *lock(&said_) += 1;
        };
        scheduler.spawn(3, Box::pin(task));
        let scheduler_ = scheduler.clone();
        let killer = async move { scheduler_.kill(3) };
        scheduler.spawn(OUTSIDE, Box::pin(killer));
        scheduler.run_until(5_000);
        scheduler.spawn(
            3,
            Box::pin(async { panic!("a dead process starts nothing") }),
        );
        scheduler.run_until(6_000);
        assert_eq!(*lock(&said), 0);
    }
}
