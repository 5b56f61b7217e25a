//! Time, chance and tasks: everything else that is not a pure function of its input.

use std::{future::Future, pin::Pin, sync::Arc, thread, time::Duration};

use paypair_ledger::Timestamp;
use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

/// A task handed to [`Environment::spawn`].
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The clock, the source of random bytes, the timer and the task runner.
pub trait Environment: Send + Sync + 'static {
    /// What time it is.
    fn now(&self) -> Timestamp;

    /// Fills `bytes` with unguessable bytes.
    fn random(&self, bytes: &mut [u8]);

    /// Waits.
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send;

    /// Runs a task to its end, whatever happens to the one who asked for it.
    fn spawn(&self, task: Task);
}

/// The real one. Tasks run on a thread of their own, so a web server that drops a handler, or stops a worker, stops none of them.
#[derive(Debug, Clone)]
pub struct SystemEnvironment {
    runtime: Arc<Runtime>,
}

#[derive(Debug)]
struct Runtime {
    handle: Handle,
    /// Dropped with the last clone: the thread ends then.
    _stop: oneshot::Sender<()>,
}

impl SystemEnvironment {
    /// Starts the thread.
    pub fn new() -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        thread::Builder::new()
            .name("paypair-tasks".to_owned())
            .spawn(move || {
                let _ = runtime.block_on(stopped);
            })?;
        Ok(Self {
            runtime: Arc::new(Runtime {
                handle,
                _stop: stop,
            }),
        })
    }
}

impl Environment for SystemEnvironment {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
    }

    fn random(&self, bytes: &mut [u8]) {
        // Without random bytes no nonce is safe; there is nothing sensible to go on with.
        getrandom::fill(bytes).expect("the system has random bytes");
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    fn spawn(&self, task: Task) {
        self.runtime.handle.spawn(task);
    }
}
