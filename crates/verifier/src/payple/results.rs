//! The window's result, by message or by form post; the confirm it leads to; and the lookups when it leads nowhere.

use std::time::Duration;

use paypair_ledger::{Attempt, Event, Evidence, Reason, State, Store};
use paypair_protocol::{Secret, Work, payple::WindowResult, wire::Fields};

use super::{
    Confirmable, Heard, Session,
    decide::{Verdict, judge},
};
use crate::{
    ApiError, Verifier,
    days::lookup_days,
    doors::{Ask, Caller},
    environment::Environment,
    failure::{Failure, Read},
    network::Network,
    supervisor::MoneyAnswer,
};

/// Pauses between questions about a card just registered.
const PAYER_PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Takes a result in. Whatever it was, the outcome is afterwards asked of the ledger, not of the result.
    ///
    /// Whoever holds the order's secret can hand one in again and again: what it makes us ask the gateway is counted, but for the one
    /// question that its end depends on.
    pub(crate) async fn payple_take(
        &self,
        attempt: &Attempt,
        fields: &Fields,
        caller: Caller,
    ) -> Result<Heard, ApiError> {
        let result = WindowResult::read(fields);
        let Some(session) = Session::read(attempt.session.as_ref()) else {
            return Ok(Heard::Refused);
        };
        let hosts = self.payple()?.hosts;
        match judge(attempt, &session, &hosts, &result) {
            Verdict::Refuse(why) => {
                tracing::warn!(attempt = %attempt.key(), why, "a window result is refused");
                let reason = Reason::new(why);
                self.quietly(attempt, Event::ResultRefused { reason })
                    .await?;
                // The window captures by itself: a result that does not fit may tell of money that must go back. The schedule looks too.
                let captures = attempt.order.work == Work::PayNow;
                if captures {
                    self.look_up_for_page(attempt, caller).await;
                }
                return Ok(Heard::Refused);
            }
            Verdict::Confirm(confirmable) => {
                self.begin_confirm(attempt, session, confirmable).await?;
            }
            Verdict::Closed => {
                self.ask_before_the_end(attempt, caller).await;
                let reason = Reason::new("buyer_cancelled");
                self.quietly(attempt, Event::BuyerCancelled { reason })
                    .await?;
            }
            Verdict::Declined(reason) => {
                self.ask_before_the_end(attempt, caller).await;
                self.quietly(attempt, Event::GatewayDeclined { reason })
                    .await?;
            }
            Verdict::LookUp => self.await_word(attempt).await?,
            Verdict::AskPayer(billing_key) => {
                // No schedule finds a card. So this is not left out, but said: the page sends it again.
                self.hear_page(&attempt.order, Ask::Lookup, caller)?;
                self.ask_payer(attempt, billing_key).await?;
            }
        }
        Ok(Heard::Taken)
    }

    /// In PAY the window captures by itself, so before a browser's word ends the attempt the gateway is asked. If it knows a payment,
    /// the ledger refuses the end. Where it ended already, nothing hangs on it: the schedule looks.
    async fn ask_before_the_end(&self, attempt: &Attempt, caller: Caller) {
        let captures = attempt.order.work == Work::PayNow;
        match (captures, attempt.state) {
            (true, State::Requested) => self.look_up(attempt.key()).await,
            (true, _) => self.look_up_for_page(attempt, caller).await,
            (false, _) => {}
        }
    }

    /// Two steps, both durable: what the browser said, then our intent. Of several results at once the ledger lets one through.
    async fn begin_confirm(
        &self,
        attempt: &Attempt,
        session: Session,
        confirmable: Confirmable,
    ) -> Result<(), ApiError> {
        if attempt.state != State::Authenticated {
            let session = Session {
                confirm: Some(confirmable),
                ..session
            };
            self.quietly(
                attempt,
                Event::Authenticated {
                    session: session.to_secret(),
                },
            )
            .await?;
        }
        self.quietly(attempt, Event::ConfirmStarted).await
    }

    /// The money call, from what the ledger holds: the browser has no say in it any more.
    pub(crate) async fn payple_confirm(&self, attempt: &Attempt) -> MoneyAnswer {
        let client = match self.payple() {
            Ok(client) => client,
            Err(failure) => return failure.before_money(),
        };
        let session = Session::read(attempt.session.as_ref());
        let Some((auth_key, confirm)) =
            session.and_then(|session| Some((session.auth_key, session.confirm?)))
        else {
            return Failure::Lacking("the confirm key").before_money();
        };
        let answer = client
            .confirm(
                &confirm.confirm_url,
                Secret::new(auth_key),
                Secret::new(confirm.confirm_key),
                confirm.billing_key.map(Secret::new),
            )
            .await;
        match answer {
            Ok(Read { answer, .. }) if answer.order_id != attempt.gateway_order_id => {
                MoneyAnswer::of_another_order()
            }
            Ok(Read { answer, .. }) if answer.amount.is_none() => {
                MoneyAnswer::Unknown(Reason::new("amount_missing"))
            }
            Ok(Read { answer, body }) => MoneyAnswer::done(Event::ConfirmAnswered(
                Evidence::payple_confirm(&answer, &body),
            )),
            Err(Failure::Gateway(error))
                if !error.is_uncertain()
                    && !self.config().assumptions.payple_confirm_error_is_final =>
            {
                MoneyAnswer::Unknown(Failure::Gateway(error).reason())
            }
            Err(failure) => failure.of_money(),
        }
    }

    /// PAYCHK. It asks by the Korean day of the request, which near midnight is not certain.
    pub(crate) async fn payple_lookup(&self, attempt: &Attempt) -> Event {
        if attempt.order.work == Work::Register {
            // Only the billing key finds a registered card, and that comes with the result or not at all.
            return Event::LookupAbsent;
        }
        let found = match self.payple() {
            Ok(client) => {
                let days = lookup_days(attempt, self.now());
                client
                    .lookup(&attempt.order.method, &attempt.gateway_order_id, &days)
                    .await
            }
            Err(failure) => Err(failure),
        };
        match found {
            Ok(Some(Read { answer, .. })) if answer.order_id != attempt.gateway_order_id => {
                Failure::OtherOrder.lookup_event()
            }
            Ok(Some(Read { answer, body })) => {
                Event::Sighted(Evidence::payple_lookup(&answer, &body))
            }
            Ok(None) => Event::LookupAbsent,
            Err(failure) => failure.lookup_event(),
        }
    }

    async fn ask_payer(&self, attempt: &Attempt, billing_key: Secret) -> Result<(), ApiError> {
        let client = self.payple()?;
        // One at a time, and none is lost: nothing else than this result leads to the card.
        let Some(_turn) = self.next_turn(&attempt.key()).await else {
            return Err(ApiError::Busy);
        };
        let mut pauses = PAYER_PAUSES.into_iter();
        loop {
            let customer = &attempt.order.customer.id;
            let event = match client.payer(billing_key.clone(), customer).await {
                Ok(Read { answer, body }) => Event::Sighted(Evidence::payple_payer(&answer, &body)),
                Err(failure) => match pauses.next() {
                    Some(pause) => {
                        self.environment().sleep(pause).await;
                        continue;
                    }
                    None => failure.lookup_event(),
                },
            };
            return self.quietly(attempt, event).await;
        }
    }
}
