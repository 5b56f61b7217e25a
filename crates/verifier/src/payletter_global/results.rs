//! What comes back: the signed notice, the unsigned return, and the lookups and refunds of our own.

use paypair_ledger::{Attempt, Detail, Event, Evidence, Reason, State, Store};
use paypair_protocol::{
    Gateway,
    payletter_global::{self, Notice, NoticeEvent, Return, Sale, codes},
    proof::Answered,
    wire::Fields,
};

use super::{
    decide::{Verdict, form, judge},
    ranges::sales_ranges,
};
use crate::{
    ApiError, RawRequest, RawResponse, Verifier,
    days::compact,
    doors::Because,
    environment::Environment,
    failure::{Failure, Read, Rows},
    merchant::PaymentOptions,
    network::Network,
};

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// `POST /notice/payletter_global`. Acknowledged after the durable write; anything else brings it again.
    pub(crate) async fn global_notice(
        &self,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        let (status, body) = match self.take_notice(request).await {
            Ok(()) => (200, payletter_global::ACK),
            Err(error) => {
                let error = self.unless_too_many(error, self.caller(request));
                tracing::warn!(code = error.code(), "a notice is not acknowledged");
                (error.status(), payletter_global::NACK)
            }
        };
        Ok(RawResponse::new(status, "text/html; charset=utf-8", body))
    }

    async fn take_notice(&self, request: &RawRequest) -> Result<(), ApiError> {
        let config = self.config();
        let account = config
            .payletter_global
            .as_ref()
            .ok_or(ApiError::GatewayNotConfigured("payletter_global"))?;
        let fields = Fields::from_form(&request.body).map_err(|_| ApiError::BodyUnreadable)?;
        let order_id = fields.text("storeorderno").unwrap_or_default();
        let attempt = self
            .store()
            .attempt_by_gateway_order(Gateway::PayletterGlobal, &account.store_id, &order_id)
            .await?;
        let form = form(attempt.as_ref());
        let notice = account
            .accepted_keys(self.now())
            .verify(|key| Notice::verify(&fields, key, form))
            .map_err(|error| {
                tracing::warn!(%error, "a notice is not believed");
                ApiError::SignatureRefused(error)
            })?;
        let evidence = Evidence::global_notice(&notice, &request.body);
        let Some(attempt) = attempt else {
            return self.take_strange(&notice, evidence).await;
        };
        let tolerance = config.assumptions.global_timestamp_tolerance_hours;
        match (judge(&attempt, &notice, self.now(), tolerance), evidence) {
            (Verdict::Sight, Some(evidence)) if may_be_raised(&attempt, &notice) => {
                let evidence = match config.assumptions.global_sales_list_permitted {
                    true => evidence.unconfirmed(),
                    false => evidence.unprovable(),
                };
                self.quietly(&attempt, Event::Sighted(evidence)).await
            }
            (Verdict::Sight, Some(evidence)) => {
                self.global_part_seen(&attempt, &notice, &request.body)
                    .await?;
                self.quietly(&attempt, Event::Sighted(evidence)).await
            }
            (Verdict::Pending, _) => {
                let reason = Reason::new("gateway_reviews");
                self.quietly(&attempt, Event::NoticePending { reason })
                    .await
            }
            (verdict, evidence) => self.set_aside(&attempt, verdict.why(), evidence).await,
        }
    }

    /// Durable and reported, without effect; the sales list may tell more.
    async fn set_aside(
        &self,
        attempt: &Attempt,
        why: &str,
        evidence: Option<Evidence>,
    ) -> Result<(), ApiError> {
        tracing::error!(attempt = %attempt.key(), why, "a signed notice is set aside");
        match evidence {
            Some(evidence) => self.store().keep_stray(evidence, self.now()).await?,
            None => {
                self.quietly(
                    attempt,
                    Event::ResultRefused {
                        reason: Reason::new(why),
                    },
                )
                .await?
            }
        }
        self.start_lookup_at_pace(attempt.key(), Because::Misfit);
        Ok(())
    }

    /// `POST /return/payletter_global/{ticket}`: it has no hash at all; it shows, and asks.
    pub(crate) async fn global_return(&self, ticket: &str, request: &RawRequest) -> RawResponse {
        let fields = Fields::from_form(&request.body).unwrap_or_default();
        let taken = async {
            let attempt = self
                .returned_by_ticket(ticket, Gateway::PayletterGlobal)
                .await?;
            if attempt.returned_at.is_none() {
                let returned = Return::read(&fields);
                if !returned.succeeded {
                    self.quietly(&attempt, unproven_end(returned)).await?;
                } else if awaits_deposit(&attempt, &returned) {
                    self.quietly(&attempt, accepted(returned)).await?;
                } else {
                    self.await_word(&attempt).await?;
                }
            }
            Ok(attempt)
        };
        match taken.await {
            Ok(attempt) => self.onward(&attempt),
            Err(error) => self.return_fault(&error, &fields, request),
        }
    }

    /// The sales list, if we may ask for it. If not, nothing is learnt, and nothing is concluded from that.
    pub(crate) async fn global_lookup(&self, attempt: &Attempt) -> Vec<Event> {
        if !self.config().assumptions.global_sales_list_permitted {
            return vec![Event::LookupFailed {
                reason: Reason::new("sales_list_not_permitted"),
            }];
        }
        let asked = self.ask_global(attempt).await;
        asked.unwrap_or_else(|failure| vec![failure.lookup_event()])
    }

    async fn ask_global(&self, attempt: &Attempt) -> Result<Vec<Event>, Failure> {
        let rows = self.global_rows(attempt).await?;
        let left_out = rows.left_out(attempt);
        let rows = rows.found()?;
        let sightings: Vec<Event> = rows.iter().filter_map(sighting).collect();
        Ok(match (sightings.is_empty(), rows.is_empty()) {
            (false, _) => left_out.into_iter().chain(sightings).collect(),
            // There is something, in a state newer than we are: not nothing.
            (true, false) => vec![Event::LookupOpen],
            (true, true) => vec![Event::LookupAbsent],
        })
    }

    pub(super) async fn global_rows(
        &self,
        attempt: &Attempt,
    ) -> Result<Rows<Answered<Sale>>, Failure> {
        let client = self.global()?;
        let mut rows = Rows::new();
        for (from, to) in sales_ranges(attempt, self.now()) {
            let (from, to) = (compact(from), compact(to));
            rows.add(client.sales(&attempt.gateway_order_id, &from, &to).await?);
        }
        Ok(rows)
    }
}

/// May this be another notice than it says? The hash does not cover a notice's kind, and the notices that a subscription was made and
/// that a payment is held for review bear the same hash as that of a payment: sent again as one, they would pay for the order. The
/// sales list decides; where it is not permitted, a named person does.
///
/// That a payment is held must have been told for that: were every PayPal payment asked of a list that lags, all would wait for it.
fn may_be_raised(attempt: &Attempt, notice: &Notice) -> bool {
    let reason = attempt.reason.as_ref().map(|reason| &*reason.code);
    // A person ended its review: what told of it may still come again.
    let held = attempt.state == State::PendingReview
        || reason == Some("settled_by_operator")
        || attempt.is_said_to_be_held();
    notice.event == NoticeEvent::Paid
        && !attempt.state.is_settled()
        && attempt.order.renews.is_none()
        && (held || PaymentOptions::of(&attempt.order).subscription.is_some())
}

/// What a failed return says, softly: the buyer left, or the gateway declined. The gateway publishes no number for leaving, so its
/// sentence decides; nothing about money hangs on it.
fn unproven_end(returned: Return) -> Event {
    let code = returned.gateway_code.unwrap_or_default();
    let message = returned.gateway_message.unwrap_or_default();
    if message.to_ascii_lowercase().contains("cancel") {
        let reason = Reason::new("buyer_cancelled").said(code, message);
        Event::BuyerCancelled { reason }
    } else {
        let reason = Reason::new("gateway_declined").said(code, message);
        Event::GatewayDeclined { reason }
    }
}

/// Was it only accepted, and must the buyer now pay at a bank or a shop? What was asked for says so; where the buyer chose in the
/// window, the return does. It only shows: the notice comes when the money does.
fn awaits_deposit(attempt: &Attempt, returned: &Return) -> bool {
    match codes::method(&attempt.order.method) {
        Some(row) => row.kind.awaits_deposit(),
        None => attempt.order.method.as_str().is_empty() && returned.awaits_deposit(),
    }
}

fn accepted(returned: Return) -> Event {
    let detail = Detail {
        method: returned.method.map(|method| method.as_str().to_owned()),
        ..Detail::default()
    };
    Event::AccountIssued {
        detail,
        expires_at: None,
    }
}

fn sighting(row: &Read<Answered<Sale>>) -> Option<Event> {
    Evidence::global_sale(&row.answer, &row.body).map(Event::Sighted)
}
