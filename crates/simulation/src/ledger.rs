//! The ledgers a simulation can run over: the one in memory, and the real one in a file, waited for.

use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use paypair_ledger::{
    Applied, Attempt, AttemptKey, Begun, BillingKeyView, Deliveries, Delivery, DeliveryAttempt,
    DeliveryFilter, Digest, Event, EventWatch, Evidence, Hook, Kept, KeptAnswer, KeptAnswers,
    MemoryStore, MoneyCall, NewAttempt, Order, OrderView, Published, Registered, Renewal,
    SqliteStore, Store, StoreError, Target, TimelineRow, Timestamp, Verdict, Watch,
};
use paypair_protocol::{Gateway, Secret};

/// A store that answers at once, and can say when it has something to look after.
pub(crate) trait Ledger: Store + Clone {
    /// When something is due next.
    fn next_due(&self) -> Option<Timestamp>;

    /// What it holds now can be had back later; nothing if it cannot do that.
    fn bookmark(&self) -> Option<Bookmark>;
}

/// Puts a ledger back to where it was.
pub(crate) type Bookmark = Box<dyn FnOnce() + Send>;

impl Ledger for MemoryStore {
    fn next_due(&self) -> Option<Timestamp> {
        Self::next_due(self)
    }

    fn bookmark(&self) -> Option<Bookmark> {
        let (store, snapshot) = (self.clone(), self.snapshot());
        Some(Box::new(move || store.restore(snapshot)))
    }
}

/// The file's store, each answer waited for in the caller's thread: so the one thread of the simulation decides what happens when.
#[derive(Clone)]
pub(crate) struct Waited(pub(crate) SqliteStore);

impl Ledger for Waited {
    fn next_due(&self) -> Option<Timestamp> {
        let far = Timestamp::from_millis(i64::MAX / 2);
        let running = wait(self.0.unfinished_calls()).ok()?;
        let pending = |call: &MoneyCall| call.state == paypair_ledger::CallState::Pending;
        if running.iter().any(pending) {
            return Some(Timestamp::from_millis(0));
        }
        let due = wait(self.0.due(far, 100_000)).ok()?;
        let at = |attempt: &Attempt| {
            let key = attempt.billing_key.as_ref();
            let key = key.and_then(|held| held.next_check_at);
            let open = matches!(
                attempt.state.as_str(),
                "created" | "requested" | "authenticated" | "awaiting_deposit"
            );
            let own = attempt
                .next_check_at
                .or_else(|| open.then_some(attempt.expires_at));
            own.into_iter().chain(key).min()
        };
        due.iter().filter_map(at).min()
    }

    fn bookmark(&self) -> Option<Bookmark> {
        None
    }
}

struct Parked(Thread);

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future in this thread.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Parked(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

macro_rules! waited {
    ($trait:ident, $watch:ident($($of:ident: $named:ty)?) -> $watching:ty;
     $($name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl $trait for Waited {
            $(async fn $name(&self, $($arg: $type),*) -> Result<$answer, StoreError> {
                wait(self.0.$name($($arg),*))
            })*

            fn $watch(&self $(, $of: $named)?) -> $watching {
                self.0.$watch($($of)?)
            }
        }
    };
}

impl KeptAnswers for Waited {
    async fn keep_request(
        &self,
        key: Digest,
        request: Digest,
        now: Timestamp,
    ) -> Result<Kept, StoreError> {
        wait(self.0.keep_request(key, request, now))
    }

    async fn keep_answer(&self, key: Digest, answer: KeptAnswer) -> Result<(), StoreError> {
        wait(self.0.keep_answer(key, answer))
    }

    async fn forget_request(&self, key: Digest) -> Result<(), StoreError> {
        wait(self.0.forget_request(key))
    }
}

waited! {
    Deliveries, watch_events() -> EventWatch;
    take_over(target: Target, since: Timestamp, now: Timestamp) -> bool;
    deliveries_due(target: Target, now: Timestamp, limit: usize) -> Vec<Delivery>;
    next_delivery_at(target: Target) -> Option<Timestamp>;
    delivery_tried(target: Target, seq: u64, tries: u32, attempt: DeliveryAttempt, verdict: Verdict) -> ();
    deliver_to_hook(seq: u64, hook: Arc<dyn Hook>, at: Timestamp, failed: Verdict) -> Option<String>;
    deliveries(filter: DeliveryFilter) -> Vec<Delivery>;
    delivery(target: Target, seq: u64) -> Option<(Delivery, Vec<DeliveryAttempt>)>;
    replay(target: Target, seq: u64, now: Timestamp) -> ();
}

waited! {
    Store, watch(order_id: &str) -> Watch;
    register(order: Order) -> Registered;
    begin(order_id: &str, new: NewAttempt, now: Timestamp) -> Begun;
    apply(key: AttemptKey, event: Event, now: Timestamp) -> Applied;
    keep_stray(evidence: Evidence, now: Timestamp) -> ();
    order(order_id: &str) -> Option<OrderView>;
    attempt(key: AttemptKey) -> Option<Attempt>;
    attempt_by_nonce(nonce: Digest) -> Option<Attempt>;
    attempt_by_ticket(ticket: &str) -> Option<Attempt>;
    attempt_by_gateway_order(gateway: Gateway, merchant_id: &str, gateway_order_id: &str) -> Option<Attempt>;
    timeline(order_id: &str) -> Vec<TimelineRow>;
    money_calls(order_id: &str) -> Vec<MoneyCall>;
    events_after(seq: u64, limit: usize) -> Vec<Published>;
    due(now: Timestamp, limit: usize) -> Vec<Attempt>;
    unfinished_calls() -> Vec<MoneyCall>;
    recover(begun_before: Timestamp, now: Timestamp) -> Vec<Applied>;
    customer_of_billing_key(key: Digest) -> Option<String>;
    billing_key(order_id: &str) -> Option<Secret>;
    billing_key_view(id: &str) -> Option<BillingKeyView>;
    billing_keys_of(customer_id: &str) -> Vec<BillingKeyView>;
    billing_key_by_digest(gateway: Gateway, merchant_id: &str, digest: Digest) -> Option<BillingKeyView>;
    charges_of(billing_key: Digest) -> Vec<OrderView>;
    renewals(origin_order_id: &str) -> Vec<OrderView>;
    begin_renewal(renewal: Renewal, now: Timestamp) -> Begun;
    health() -> ();
}
