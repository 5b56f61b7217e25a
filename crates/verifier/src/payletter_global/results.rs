//! What comes back: the signed notice, the unsigned return, and the lookups and refunds of our own.

use paypair_ledger::{Attempt, Event, Evidence, Reason, Store};
use paypair_protocol::{
    Gateway,
    payletter_global::{self, Notice, Return, Sale},
    proof::Answered,
    wire::Fields,
};

use super::decide::{Verdict, form, judge};
use crate::{
    ApiError, RawRequest, RawResponse, Verifier,
    days::lookup_days,
    environment::Environment,
    failure::{Failure, Read},
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
        let notice =
            Notice::verify(&fields, &account.api_key, form(attempt.as_ref())).map_err(|error| {
                tracing::warn!(%error, "a notice is not believed");
                ApiError::SignatureRefused(error)
            })?;
        let evidence = Evidence::global_notice(&notice, &request.body);
        let Some(attempt) = attempt else {
            tracing::error!(
                order_id = notice.order_id,
                "a signed notice names an order that is not ours"
            );
            if let Some(evidence) = evidence {
                self.store().keep_stray(evidence, self.now()).await?;
            }
            return Ok(());
        };
        let tolerance = config.assumptions.global_timestamp_tolerance_hours;
        match (judge(&attempt, &notice, self.now(), tolerance), evidence) {
            (Verdict::Sight, Some(evidence)) => {
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
        self.start_lookup(attempt.key());
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
                if returned.succeeded {
                    self.await_word(&attempt).await?;
                } else {
                    self.quietly(&attempt, unproven_end(returned)).await?;
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
        match self.global_rows(attempt).await {
            Ok(rows) => {
                let sightings: Vec<Event> = rows.iter().filter_map(sighting).collect();
                match (sightings.is_empty(), rows.is_empty()) {
                    (false, _) => sightings,
                    // There is something, in a state newer than we are: not nothing.
                    (true, false) => vec![Event::LookupOpen],
                    (true, true) => vec![Event::LookupAbsent],
                }
            }
            Err(failure) => vec![failure.lookup_event()],
        }
    }

    async fn global_rows(&self, attempt: &Attempt) -> Result<Vec<Read<Answered<Sale>>>, Failure> {
        let mut days = lookup_days(attempt, self.now());
        // A cancellation stands under its own day.
        days.push(crate::days::compact(self.now().kst_date()));
        days.sort();
        let (Some(from), Some(to)) = (days.first(), days.last()) else {
            return Ok(Vec::new());
        };
        self.global()?
            .sales(&attempt.gateway_order_id, from, to)
            .await
    }
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

fn sighting(row: &Read<Answered<Sale>>) -> Option<Event> {
    Evidence::global_sale(&row.answer, &row.body).map(Event::Sighted)
}
