//! Money calls. Each runs in a task of its own, never in a request's future; its row is durable before the call leaves; it is made
//! once. It is made again only when it provably never left; an outcome nobody knows becomes `in_doubt` and is settled by lookup.

use std::time::Duration;

use paypair_ledger::{
    Applied, Attempt, AttemptKey, Effect, Event, MoneyOp, Reason, State, Store, StoreError,
};
use paypair_protocol::Gateway;

use crate::{
    ApiError, Verifier, environment::Environment, failure::Failure, merchant::RefundTax,
    network::Network,
};

/// How a money call came back, before it is written down.
pub(crate) enum MoneyAnswer {
    /// The gateway did it, and says so.
    Done(Box<Event>),
    /// The gateway said no.
    Refused(Reason),
    /// Nothing left this machine.
    NotSent(String),
    /// It may have happened.
    Unknown(Reason),
}

impl MoneyAnswer {
    /// The gateway's own word that it is done.
    pub(crate) fn done(event: Event) -> Self {
        Self::Done(Box::new(event))
    }

    /// An answer that is not about what was asked (a proxy mixed two up) tells nothing of ours: it may have happened. What it does
    /// name is somebody else's, and least of all given back.
    pub(crate) fn of_another_order() -> Self {
        Failure::OtherOrder.of_money()
    }
}

/// Pauses before a call that never left is made again.
const NOT_SENT_PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];

/// How often, and how far apart, the outcome of a call is offered to a store that does not take it.
const WRITE_PAUSES: [Duration; 6] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(10),
    Duration::from_secs(20),
];

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Writes an event down and sets what follows from it in motion.
    pub(crate) async fn record(
        &self,
        key: AttemptKey,
        event: Event,
    ) -> Result<Applied, StoreError> {
        let applied = self.store().apply(key, event, self.now()).await?;
        self.follow(&applied);
        Ok(applied)
    }

    /// Records an event that may come late or twice: that the ledger refuses it then is as it should be.
    pub(crate) async fn quietly(&self, attempt: &Attempt, event: Event) -> Result<(), ApiError> {
        match self.record(attempt.key(), event).await {
            Ok(_) | Err(StoreError::Refused(_) | StoreError::CallRunning) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Starts the calls that a step asks for.
    pub(crate) fn follow(&self, applied: &Applied) {
        let attempt = &applied.attempt;
        if attempt.state == State::Discrepant && applied.from != State::Discrepant {
            let code = attempt.reason.as_ref().map_or("", |reason| &reason.code);
            tracing::error!(attempt = %attempt.key(), code, "a payment contradicts its order");
        }
        for effect in &applied.effects {
            match effect {
                Effect::Call(op) => self.start_money_call(attempt.clone(), *op),
                Effect::Lookup(at) if *at <= self.now() => self.start_lookup(attempt.key()),
                Effect::Alert(why) => {
                    tracing::error!(attempt = %attempt.key(), why, "a gateway says something strange")
                }
                _ => {}
            }
        }
    }

    fn start_money_call(&self, attempt: Attempt, op: MoneyOp) {
        let this = self.clone();
        // Taken before anything is waited for: the next refund of this attempt brings its own.
        let tax = self.take_refund_tax(&attempt, op);
        let under_way = self.begin_work();
        self.environment().spawn(Box::pin(async move {
            let event = this.money_call(&attempt, op, tax).await;
            let doubt = matches!(event, Event::CallUnknown { .. });
            let refused = matches!(event, Event::RefundDeclined { .. });
            this.write_outcome(attempt.key(), of_its_refund(&attempt, op, event))
                .await;
            drop(under_way);
            if doubt && op == MoneyOp::DeleteBillingKey {
                // Nothing lags behind a deletion: it can be asked for at once.
                this.start_key_lookup(attempt.key());
            } else if refused {
                // "Cancelled already", perhaps: by hand on the gateway's page, of which nobody told us.
                this.start_lookup(attempt.key());
            }
        }));
    }

    /// Makes the call; again only while it provably never left.
    async fn money_call(&self, attempt: &Attempt, op: MoneyOp, tax: RefundTax) -> Event {
        let mut pauses = NOT_SENT_PAUSES.into_iter();
        loop {
            let why = match self.gateway_call(attempt, op, tax).await {
                MoneyAnswer::Done(event) => return *event,
                MoneyAnswer::Refused(reason) => {
                    return match op {
                        MoneyOp::Confirm => Event::ConfirmDeclined { reason },
                        MoneyOp::Charge => Event::ChargeDeclined { reason },
                        MoneyOp::Refund => Event::RefundDeclined { reason },
                        MoneyOp::DeleteBillingKey => Event::BillingKeyDeleteDeclined { reason },
                    };
                }
                MoneyAnswer::Unknown(reason) => return Event::CallUnknown { op, reason },
                MoneyAnswer::NotSent(why) => why,
            };
            tracing::warn!(attempt = %attempt.key(), op = op.as_str(), why, "a money call was not sent");
            match pauses.next() {
                Some(pause) => self.environment().sleep(pause).await,
                None => return Event::CallNotSent { op },
            }
        }
    }

    async fn gateway_call(&self, attempt: &Attempt, op: MoneyOp, tax: RefundTax) -> MoneyAnswer {
        match (attempt.order.gateway, op) {
            (Gateway::Payple, MoneyOp::Confirm) => self.payple_confirm(attempt).await,
            (_, MoneyOp::Confirm) => MoneyAnswer::NotSent("only Payple confirms".to_owned()),
            (_, MoneyOp::Charge) => self.charge_call(attempt).await,
            (Gateway::Payple, MoneyOp::Refund) => self.payple_refund(attempt, tax).await,
            (Gateway::Payletter, MoneyOp::Refund) => self.payletter_refund(attempt, tax).await,
            (Gateway::PayletterGlobal, MoneyOp::Refund) => self.global_refund(attempt).await,
            (Gateway::Payple, MoneyOp::DeleteBillingKey) => self.payple_delete_key(attempt).await,
            (Gateway::PayletterGlobal, MoneyOp::DeleteBillingKey) => {
                self.global_end_subscription(attempt).await
            }
            (Gateway::Payletter, MoneyOp::DeleteBillingKey) => {
                MoneyAnswer::Refused(Reason::new("not_offered"))
            }
        }
    }

    /// The key stands with the attempt it came of; the order of the charge holds its digest alone.
    async fn charge_call(&self, attempt: &Attempt) -> MoneyAnswer {
        let order = &attempt.order;
        let Some(plan) = &order.charge else {
            return MoneyAnswer::Refused(Reason::new("nothing_to_charge"));
        };
        let found = self
            .store()
            .billing_key_by_digest(order.gateway, &order.merchant_id, plan.billing_key)
            .await;
        let key = match found {
            Ok(Some(key)) => key,
            Ok(None) => return MoneyAnswer::Refused(Reason::new("billing_key_unknown")),
            Err(error) => return MoneyAnswer::NotSent(error.to_string()),
        };
        match order.gateway {
            Gateway::Payple => self.payple_charge(attempt, &key).await,
            Gateway::Payletter => self.payletter_charge(attempt, &key).await,
            Gateway::PayletterGlobal => self.global_charge(attempt, &key).await,
        }
    }

    /// Writes the outcome. If the store takes it in none of the tries, the call stays unfinished and becomes `in_doubt` by timeout.
    pub(crate) async fn write_outcome(&self, key: AttemptKey, event: Event) {
        let mut pauses = WRITE_PAUSES.into_iter();
        loop {
            let Err(error) = self.record(key.clone(), event.clone()).await else {
                return;
            };
            match pauses.next() {
                Some(pause) if error.is_retryable() => self.environment().sleep(pause).await,
                _ => {
                    tracing::error!(attempt = %key, event = event.kind(), %error, "the outcome of a money call is not written");
                    return;
                }
            }
        }
    }
}

/// When a refund's answer comes, a lookup may have settled that refund, and the next one may run.
fn of_its_refund(attempt: &Attempt, op: MoneyOp, event: Event) -> Event {
    match attempt.running_refund() {
        Some(line) if op == MoneyOp::Refund => Event::OfRefund {
            no: line.no,
            outcome: Box::new(event),
        },
        _ => event,
    }
}
