//! Who holds the process, and kills it when its moment has come.

use std::net::SocketAddr;
use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};

use super::point::{Aim, Point};

/// Holds the process that lives just now.
pub(super) struct Killer {
    life: Mutex<Life>,
    address: watch::Sender<Option<SocketAddr>>,
    died: Notify,
}

#[derive(Default)]
struct Life {
    number: u64,
    child: Option<Child>,
    aim: Option<Aim>,
    killed_at: Option<Point>,
}

impl Killer {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            life: Mutex::default(),
            address: watch::Sender::new(None),
            died: Notify::new(),
        })
    }

    /// Takes a new process over, which is to die by this.
    pub(super) fn take(&self, child: Child, aim: Option<Aim>) {
        let mut life = self.life();
        life.number += 1;
        life.child = Some(child);
        life.aim = aim;
        life.killed_at = None;
    }

    /// It can be talked to from now on, unless it is dead already.
    pub(super) fn listens(&self, address: SocketAddr) {
        let life = self.life();
        if life.child.is_some() {
            self.address.send_replace(Some(address));
        }
    }

    /// Which process holds the stage, dead or alive: each has a number of its own.
    pub(super) fn number(&self) -> u64 {
        self.life().number
    }

    /// Whether the process of this number is dead. One that cannot be talked to yet lives.
    pub(super) fn is_over(&self, number: u64) -> bool {
        let life = self.life();
        life.number != number || life.child.is_none()
    }

    /// Where it can be talked to, if it can.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        *self.address.borrow()
    }

    /// Waits until it can be talked to.
    pub(super) async fn up(&self) -> Option<SocketAddr> {
        let mut address = self.address.subscribe();
        let found = address.wait_for(Option::is_some).await;
        found.ok().and_then(|address| *address)
    }

    /// This moment has come: if it is the one, the process dies now, before the caller goes on; or a little later.
    pub(super) fn reached(self: &Arc<Self>, point: Point) {
        let (number, delay) = {
            let mut life = self.life();
            let Some(aim) = life.aim.as_mut().filter(|aim| aim.point == point) else {
                return;
            };
            if aim.skip > 0 {
                aim.skip -= 1;
                return;
            }
            let delay = aim.delay;
            life.aim = None;
            (life.number, delay)
        };
        if delay.is_zero() {
            return self.kill(number, point);
        }
        let this = Arc::clone(self);
        std::thread::spawn(move || {
            std::thread::sleep(delay);
            this.kill(number, point);
        });
    }

    /// Whether its moment has come already.
    pub(super) fn has_killed(&self) -> bool {
        self.life().killed_at.is_some()
    }

    /// Waits until it is dead; kills it when patience ends. Gives the moment by which it died.
    pub(super) async fn wait(&self, patience: Duration, then: Point) -> Point {
        if tokio::time::timeout(patience, self.died.notified())
            .await
            .is_err()
        {
            let number = self.life().number;
            self.kill(number, then);
            self.died.notified().await;
        }
        self.life().killed_at.unwrap_or(then)
    }

    /// SIGKILL to the process of this life, by its id; it is dead when this returns.
    fn kill(&self, number: u64, point: Point) {
        let mut life = self.life();
        if life.number != number {
            return;
        }
        let Some(mut child) = life.child.take() else {
            return;
        };
        self.address.send_replace(None);
        // Neither fails for a child that nobody waited for yet.
        let _ = child.kill();
        let _ = child.wait();
        life.killed_at = Some(point);
        self.died.notify_one();
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nothing outlives the harness.
impl Drop for Killer {
    fn drop(&mut self) {
        if let Some(mut child) = self.life().child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;

    use super::*;

    fn child() -> Child {
        Command::new("sleep").arg("60").spawn().unwrap()
    }

    #[tokio::test]
    async fn a_process_lives_before_it_listens_and_is_over_when_it_is_killed() {
        let killer = Killer::new();
        killer.take(child(), None);
        let first = killer.number();
        assert!(!killer.is_over(first), "it looks up what was left already");
        killer.listens(([127, 0, 0, 1], 1).into());
        assert!(!killer.is_over(first), "the same one");
        killer.wait(Duration::ZERO, Point::Random).await;
        assert!(killer.is_over(first));
        killer.take(child(), None);
        assert!(killer.is_over(first), "there is another one now");
        assert!(!killer.is_over(killer.number()));
    }
}
