//! Waiting for an order to change, or for any event.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Who waits for which order. An entry lives as long as somebody waits for it.
pub(crate) struct Watchers {
    waiting: Mutex<HashMap<String, watch::Sender<u64>>>,
    any: watch::Sender<u64>,
}

impl Default for Watchers {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            any: watch::Sender::new(0),
        }
    }
}

impl Watchers {
    pub(crate) fn watch(self: &Arc<Self>, order_id: &str) -> Watch {
        let mut waiting = self.lock();
        let sender = waiting
            .entry(order_id.to_owned())
            .or_insert_with(|| watch::Sender::new(0));
        Watch {
            changes: Some(sender.subscribe()),
            order_id: order_id.to_owned(),
            watchers: Arc::clone(self),
        }
    }

    pub(crate) fn changed(&self, order_id: &str) {
        if let Some(sender) = self.lock().get(order_id) {
            sender.send_modify(|version| *version = version.wrapping_add(1));
        }
        self.published();
    }

    pub(crate) fn watch_events(&self) -> EventWatch {
        EventWatch(self.any.subscribe())
    }

    /// Something may have been published.
    pub(crate) fn published(&self) {
        self.any
            .send_modify(|version| *version = version.wrapping_add(1));
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.lock().len()
    }

    // A map of senders is whole after any panic: nothing is half written.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<u64>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Resolves when the order changes. Dropping it forgets it.
pub struct Watch {
    changes: Option<watch::Receiver<u64>>,
    order_id: String,
    watchers: Arc<Watchers>,
}

impl Watch {
    /// Waits for the next change since this watch was taken or last answered. Safe to cancel.
    pub async fn changed(&mut self) {
        if let Some(changes) = &mut self.changes {
            // The sender lives while we do: `Drop` below is what removes it.
            let _ = changes.changed().await;
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut waiting = self.watchers.lock();
        self.changes = None;
        if waiting
            .get(&self.order_id)
            .is_some_and(|sender| sender.receiver_count() == 0)
        {
            waiting.remove(&self.order_id);
        }
    }
}

/// Resolves when something was published, or may have been.
pub struct EventWatch(watch::Receiver<u64>);

impl EventWatch {
    /// Waits for the next time since this watch was taken or last answered. Safe to cancel. Never ends once the store is gone.
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_change_wakes_every_watch_and_none_is_left_behind() {
        let watchers = Arc::new(Watchers::default());
        let (mut one, mut two) = (watchers.watch("a"), watchers.watch("a"));
        let other = watchers.watch("b");
        watchers.changed("a");
        one.changed().await;
        two.changed().await;
        drop(one);
        assert_eq!(watchers.len(), 2);
        drop((two, other));
        assert_eq!(watchers.len(), 0);
        watchers.changed("a");
    }
}
