//! The webhook: unsigned, so it makes us ask and nothing else.

use std::time::Duration;

use jiff::{ToSpan, civil::Date};
use paypair_ledger::{Attempt, AttemptKey, Digest, Event, Evidence, Reason, Store};
use paypair_protocol::{Gateway, payple::Webhook, wire::Fields};

use crate::{
    ApiError, RawRequest, RawResponse, Verifier,
    days::{compact, lookup_days},
    environment::Environment,
    failure::Read,
    network::Network,
};

/// What a webhook gives us to ask about.
enum Question {
    /// A payment, and the day it says the payment was made.
    Payment(Option<String>),
    /// Whether a billing key is still there.
    BillingKey,
}

/// Webhooks about one attempt within this time lead to one question. Anybody can send one.
const PAUSE: Duration = Duration::from_millis(500);

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// `POST /webhook/payple`, a form or JSON. Whatever it says is written down as said, and asked; anything but 200 brings it again.
    pub(crate) async fn payple_webhook(
        &self,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        let read = match request.body.trim_ascii_start().first() {
            Some(b'{') => Fields::from_json(&request.body),
            _ => Fields::from_form(&request.body),
        };
        let webhook = read.map_or(Webhook::Unknown, |fields| Webhook::read(&fields));
        match self.webhook_names(&webhook).await? {
            Some((attempt, note, question)) => {
                let reason = Reason::new(note);
                self.quietly(&attempt, Event::HintSeen { reason }).await?;
                self.ask_soon(attempt.key(), question);
            }
            None => tracing::info!("a webhook names nothing of ours"),
        }
        Ok(RawResponse::new(200, "text/plain; charset=utf-8", "OK"))
    }

    /// The attempt that a webhook names, what is noted, and what is to be asked.
    async fn webhook_names(
        &self,
        webhook: &Webhook,
    ) -> Result<Option<(Attempt, &'static str, Question)>, ApiError> {
        let account = self.config().payple.as_ref();
        let merchant_id = &account
            .ok_or(ApiError::GatewayNotConfigured("payple"))?
            .merchant_id;
        let (order_id, paid_on, note) = match webhook {
            Webhook::Payment {
                order_id, paid_on, ..
            } => (order_id, paid_on, "webhook_payment"),
            Webhook::Refund {
                order_id, paid_on, ..
            } => (order_id, paid_on, "webhook_refund"),
            Webhook::PayerDeleted { billing_key, .. } => {
                let digest = Digest::of(billing_key.expose());
                let known = self
                    .store()
                    .billing_key_by_digest(Gateway::Payple, merchant_id, digest)
                    .await?;
                let Some(known) = known else {
                    return Ok(None);
                };
                let key = AttemptKey::new(known.order_id, known.no);
                let attempt = self.store().attempt(key).await?;
                let of = |attempt| (attempt, "webhook_payer_deleted", Question::BillingKey);
                return Ok(attempt.map(of));
            }
            Webhook::Unknown => return Ok(None),
        };
        let attempt = self
            .store()
            .attempt_by_gateway_order(Gateway::Payple, merchant_id, order_id)
            .await?;
        Ok(attempt.map(|attempt| (attempt, note, Question::Payment(paid_on.clone()))))
    }

    /// Asks in a task, unless that is about to be done for this attempt. What comes while we ask is asked about again.
    fn ask_soon(&self, key: AttemptKey, question: Question) {
        if !self.hinted().insert(key.clone()) {
            return;
        }
        let this = self.clone();
        self.environment().spawn(Box::pin(async move {
            this.environment().sleep(PAUSE).await;
            while this.looking().contains(&key) {
                this.environment().sleep(PAUSE).await;
            }
            this.hinted().remove(&key);
            match question {
                Question::Payment(paid_on) => this.ask_about_payment(key, paid_on).await,
                Question::BillingKey => this.ask_about_key(key).await,
            }
        }));
    }

    /// The usual lookup; and, if it is none of the usual ones, the day that the webhook tells.
    async fn ask_about_payment(&self, key: AttemptKey, paid_on: Option<String>) {
        self.look_up(key.clone()).await;
        let (Some(day), Ok(Some(attempt))) = (paid_on, self.store().attempt(key.clone()).await)
        else {
            return;
        };
        let now = self.now();
        if lookup_days(&attempt, now).contains(&day)
            || !is_between(&day, attempt.requested_on, now.kst_date())
        {
            return;
        }
        let Ok(client) = self.payple() else { return };
        let (method, order_id) = (&attempt.order.method, &attempt.gateway_order_id);
        if let Ok(Some(Read { answer, body })) = client.lookup(method, order_id, &[day]).await {
            let event = Event::Sighted(Evidence::payple_lookup(&answer, &body));
            if let Err(error) = self.record(key.clone(), event).await {
                tracing::warn!(attempt = %key, %error, "a lookup's answer was not taken");
            }
        }
    }

    /// PUSERINFO. One answer that there is no such card erases no key; a second one, after a while, agrees with the webhook: then our
    /// copy is worth nothing.
    async fn ask_about_key(&self, key: AttemptKey) {
        let Ok(Some(attempt)) = self.store().attempt(key).await else {
            return;
        };
        let mut events = vec![self.payple_key_lookup(&attempt).await];
        if matches!(events[0], Event::BillingKeyGone) {
            self.environment().sleep(PAUSE).await;
            let again = self.payple_key_lookup(&attempt).await;
            if matches!(again, Event::BillingKeyGone) {
                let why = "deleted_at_gateway".to_owned();
                events.push(Event::BillingKeyForgotten { why });
            }
        }
        for event in events {
            if let Err(error) = self.quietly(&attempt, event).await {
                tracing::warn!(attempt = %attempt.key(), %error, "what became of a billing key is not written");
            }
        }
    }
}

/// A day that a payment of the attempt can have been made on: a stranger may write any.
fn is_between(day: &str, first: Date, last: Date) -> bool {
    let first = first.checked_sub(1.day()).unwrap_or(first);
    let last = last.checked_add(1.day()).unwrap_or(last);
    day.len() == 8 && (compact(first).as_str()..=compact(last).as_str()).contains(&day)
}
