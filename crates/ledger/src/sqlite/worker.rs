//! A thread that owns a connection: one that writes in groups, one that reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::StoreError;

/// Runs with the connection, or with none if the group is already lost; answers once the group's fate is known.
type Job = Box<dyn FnOnce(Option<&Connection>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<(), StoreError>)>;

/// Something in the queue.
struct Queued {
    job: Job,
    /// It has a transaction of its own: what becomes of it is nobody else's fate.
    alone: bool,
}

/// How the thread treats what it finds in its queue.
#[derive(Clone)]
pub(super) enum Mode {
    /// Everything waiting goes into one transaction, each item in a savepoint; answers leave after the commit.
    Write {
        /// The most items of one transaction.
        batch: usize,
        /// Raised when a secret was erased: its text is to leave the journal too, once nobody waits for an answer.
        erased: Arc<AtomicBool>,
    },
    /// Each item sees one snapshot.
    Read,
}

/// The thread and its queue.
pub(super) struct Worker {
    queue: Option<SyncSender<Queued>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    pub(super) fn start(
        name: &str,
        connection: Connection,
        queue: usize,
        mode: Mode,
    ) -> Result<Self, StoreError> {
        let (sender, receiver) = sync_channel(queue);
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || run(&connection, &receiver, mode))
            .map_err(|error| StoreError::Failed(error.to_string()))?;
        Ok(Self {
            queue: Some(sender),
            thread: Some(thread),
        })
    }

    /// Queues the work and waits for its answer; a full queue is [`StoreError::Busy`] at once.
    /// `after` runs when the work is durable, even if nobody waits any more.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        after: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T, StoreError> {
        self.queue(false, work, after).await
    }

    /// The same in a transaction of its own.
    pub(super) async fn call_alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        after: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T, StoreError> {
        self.queue(true, work, after).await
    }

    async fn queue<T: Send + 'static>(
        &self,
        alone: bool,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        after: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T, StoreError> {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let result =
                connection.map_or_else(|| Err(lost()), |connection| in_savepoint(connection, work));
            Box::new(move |committed| {
                let result = committed.and(result);
                if let Ok(value) = &result {
                    after(value);
                }
                // Nobody may be waiting any more; the work stands all the same.
                let _ = sender.send(result);
            })
        });
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue
            .try_send(Queued { job, alone })
            .map_err(|error| match error {
                TrySendError::Full(_) => StoreError::Busy,
                TrySendError::Disconnected(_) => StoreError::Closed,
            })?;
        receiver.await.unwrap_or(Err(StoreError::Closed))
    }
}

/// What is queued is finished first.
impl Drop for Worker {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(connection: &Connection, queue: &Receiver<Queued>, mode: Mode) {
    let (begin, batch, erased) = match mode {
        Mode::Write { batch, erased } => ("BEGIN IMMEDIATE", batch, erased),
        Mode::Read => ("BEGIN DEFERRED", 1, Arc::default()),
    };
    let mut left = None;
    while let Some(group) = group(queue, &mut left, batch) {
        let mut fate = connection.execute_batch(begin).map_err(StoreError::from);
        let mut answers = Vec::new();
        for Queued { job, .. } in group {
            // A full disk rolls the whole transaction back by itself: later items must not run outside of it.
            if fate.is_ok() && connection.is_autocommit() {
                fate = Err(lost());
            }
            answers.push(job(fate.is_ok().then_some(connection)));
        }
        if fate.is_ok() && connection.is_autocommit() {
            fate = Err(lost());
        }
        let committed = fate.and_then(|()| Ok(connection.execute_batch("COMMIT")?));
        if let Err(error) = &committed {
            tracing::error!(%error, items = answers.len(), "the group did not commit");
            if !connection.is_autocommit() {
                let _ = connection.execute_batch("ROLLBACK");
            }
        }
        for answer in answers {
            answer(committed.clone());
        }
        if erased.swap(false, Ordering::AcqRel) && !empty_journal(connection) {
            // A reader was in the way: again after the next group.
            erased.store(true, Ordering::Release);
        }
    }
}

/// What is waiting, at most so much; what is to be alone, alone. None once the queue is shut.
///
/// A group is taken from the queue while it runs: what comes meanwhile joins it.
fn group<'a>(
    queue: &'a Receiver<Queued>,
    left: &'a mut Option<Queued>,
    batch: usize,
) -> Option<impl Iterator<Item = Queued> + 'a> {
    let first = left.take().or_else(|| queue.recv().ok())?;
    let mut first = Some(first);
    let (mut taken, mut full) = (0, false);
    Some(std::iter::from_fn(move || {
        if full || taken == batch {
            return None;
        }
        let next = first.take().or_else(|| queue.try_recv().ok())?;
        if next.alone {
            full = true;
            if taken > 0 {
                *left = Some(next);
                return None;
            }
        }
        taken += 1;
        Some(next)
    }))
}

/// Brings everything into the file, where what was erased is overwritten, and cuts the journal, which still has the text of before.
fn empty_journal(connection: &Connection) -> bool {
    let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
    let blocked = connection.query_row(checkpoint, [], |row| row.get::<_, bool>(0));
    blocked.is_ok_and(|blocked| !blocked)
}

/// One item's failure does not touch the others of its group.
fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.execute_batch("SAVEPOINT item")?;
    let result = work(connection);
    match &result {
        Ok(_) => connection.execute_batch("RELEASE item")?,
        // Nothing to go back to if the transaction itself is gone.
        Err(_) if connection.is_autocommit() => {}
        Err(_) => connection.execute_batch("ROLLBACK TO item; RELEASE item")?,
    }
    result
}

fn lost() -> StoreError {
    StoreError::Failed("the transaction was lost".to_owned())
}
