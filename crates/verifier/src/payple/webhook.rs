//! The webhook: unsigned, so it makes us ask and nothing else.

use std::collections::BTreeSet;

use jiff::{ToSpan, civil::Date};
use paypair_ledger::{Attempt, AttemptKey, Digest, Event, Evidence, Hint, Store};
use paypair_protocol::{Gateway, payple::Webhook, wire::Fields};

use crate::{
    ApiError, RawRequest, RawResponse, Verifier,
    days::{compact, lookup_days},
    doors::{Ask, MANY, PAUSE, Pace},
    environment::Environment,
    failure::Read,
    network::Network,
};

/// What webhooks give us to ask about one attempt, and when that was done last.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    /// Its payment.
    payment: bool,
    /// Whether its billing key is still there.
    billing_key: bool,
    /// Days on which the payment is said to have been made, if the usual lookup would leave them out.
    days: BTreeSet<String>,
    /// How often was asked of late: anybody can send a webhook.
    pace: Pace,
}

/// How many such days are asked for at once: anybody can name many.
const MOST_DAYS: usize = 4;

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// `POST /webhook/payple`, a form or JSON. Whatever it says is written down as said, and asked; anything but 200 brings it again.
    pub(crate) async fn payple_webhook(
        &self,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        if !self.is_known_sender(request) {
            self.hear(Ask::Lookup, self.caller(request))?;
        }
        let read = match request.body.trim_ascii_start().first() {
            Some(b'{') => Fields::from_json(&request.body),
            _ => Fields::from_form(&request.body),
        };
        let webhook = read.map_or(Webhook::Unknown, |fields| Webhook::read(&fields));
        match self.webhook_names(&webhook).await? {
            Some((attempt, hint, paid_on)) => {
                self.quietly(&attempt, Event::HintSeen { hint }).await?;
                self.ask_soon(&attempt, hint, paid_on);
            }
            None => tracing::info!("a webhook names nothing of ours"),
        }
        Ok(RawResponse::new(200, "text/plain; charset=utf-8", "OK"))
    }

    /// The attempt that a webhook names, what it says of it, and the day of payment that it tells.
    async fn webhook_names(
        &self,
        webhook: &Webhook,
    ) -> Result<Option<(Attempt, Hint, Option<String>)>, ApiError> {
        let account = self.config().payple.as_ref();
        let merchant_id = &account
            .ok_or(ApiError::GatewayNotConfigured("payple"))?
            .merchant_id;
        let (order_id, paid_on, hint) = match webhook {
            Webhook::Payment {
                order_id, paid_on, ..
            } => (order_id, paid_on, Hint::Payment),
            Webhook::Refund {
                order_id,
                paid_on,
                money,
                ..
            } => (order_id, paid_on, Hint::Refund { money: *money }),
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
                return Ok(attempt.map(|attempt| (attempt, Hint::BillingKey, None)));
            }
            Webhook::Unknown => return Ok(None),
        };
        let attempt = self
            .store()
            .attempt_by_gateway_order(Gateway::Payple, merchant_id, order_id)
            .await?;
        Ok(attempt.map(|attempt| (attempt, hint, paid_on.clone())))
    }

    /// Asks in a task. Of what comes while one is about to ask, it is asked together; of what comes later, again.
    fn ask_soon(&self, attempt: &Attempt, hint: Hint, paid_on: Option<String>) {
        let (key, now) = (attempt.key(), self.now());
        let mut hinted = self.hinted();
        if hinted.len() >= MANY {
            hinted.retain(|_, questions| !questions.pace.is_forgotten(now));
        }
        let questions = hinted.entry(key.clone()).or_default();
        if questions.pace.is_forgotten(now) {
            *questions = Questions::default();
        }
        questions.payment |= hint != Hint::BillingKey;
        questions.billing_key |= hint == Hint::BillingKey;
        if let Some(day) = paid_on.filter(|day| self.is_unusual(attempt, day))
            && questions.days.len() < MOST_DAYS
        {
            questions.days.insert(day);
        }
        if !questions.pace.begin() {
            return;
        }
        let pause = questions.pace.wait(now).max(PAUSE);
        drop(hinted);
        let this = self.clone();
        self.environment().spawn(Box::pin(async move {
            this.environment().sleep(pause).await;
            while this.looking().contains(&key) {
                this.environment().sleep(PAUSE).await;
            }
            let questions = this.questions_now(&key);
            if questions.payment {
                this.ask_about_payment(key.clone(), questions.days).await;
            }
            if questions.billing_key {
                this.ask_about_key(key).await;
            }
        }));
    }

    /// Takes the questions that have gathered; what comes from now on is asked the next time.
    fn questions_now(&self, key: &AttemptKey) -> Questions {
        let mut hinted = self.hinted();
        let questions = hinted.entry(key.clone()).or_default();
        let told = std::mem::take(questions);
        questions.pace = told.pace;
        questions.pace.ask(self.now());
        told
    }

    /// A day that the usual lookup leaves out, and that the payment can have been made on all the same.
    fn is_unusual(&self, attempt: &Attempt, day: &str) -> bool {
        let now = self.now();
        let usual = lookup_days(attempt, now);
        is_between(day, attempt.requested_on, now.kst_date())
            && usual.iter().all(|known| known != day)
    }

    /// The usual lookup; and the days that webhooks told.
    async fn ask_about_payment(&self, key: AttemptKey, days: BTreeSet<String>) {
        self.look_up(key.clone()).await;
        let Ok(Some(attempt)) = self.store().attempt(key.clone()).await else {
            return;
        };
        let (Ok(client), false) = (self.payple(), days.is_empty()) else {
            return;
        };
        let days: Vec<String> = days.into_iter().collect();
        let (method, order_id) = (&attempt.order.method, &attempt.gateway_order_id);
        if let Ok(Some(Read { answer, body })) = client.lookup(method, order_id, &days).await
            && answer.order_id == *order_id
        {
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
    day.len() == 8
        && day.bytes().all(|digit| digit.is_ascii_digit())
        && (compact(first).as_str()..=compact(last).as_str()).contains(&day)
}
