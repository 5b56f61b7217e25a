//! What comes back: the signed callback, the unsigned return and cancel, and the lookups and refunds of our own.

use paypair_ledger::{
    Attempt, Detail, Event, Evidence, MoneyOp, Reason, State, Store, VirtualAccount,
};
use paypair_protocol::{
    Gateway, Work,
    payletter::{self, Callback, DateType, PaymentStatus, Return, Transaction, TransactionStatus},
    proof::{Answered, Verified},
    wire::Fields,
};

use super::{
    client::Client,
    decide::{difference, nonce_was_shown},
};
use crate::{
    ApiError, RawRequest, RawResponse, Verifier,
    days::{moment_of, payment_days, refund_days},
    doors::{Because, callback_seal, same_secret},
    environment::Environment,
    failure::{Failure, Read, Rows},
    network::Network,
};

/// Which attempt a callback is about.
enum Subject {
    /// This one.
    Known(Box<Attempt>),
    /// None of ours, although the hash is good.
    Stray,
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// `POST /callback/payletter/{seal}`. Acknowledged after the durable write; anything else brings it again.
    pub(crate) async fn payletter_callback(
        &self,
        seal: &str,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        let (status, body) = match self.take_callback(seal, request).await {
            Ok(()) => (200, payletter::ACK.to_owned()),
            Err(error) => {
                let error = self.unless_too_many(error, self.caller(request));
                tracing::warn!(code = error.code(), "a callback is not acknowledged");
                (error.status(), payletter::nack(error.code()))
            }
        };
        Ok(RawResponse::new(
            status,
            "application/json; charset=utf-8",
            body,
        ))
    }

    async fn take_callback(&self, seal: &str, request: &RawRequest) -> Result<(), ApiError> {
        let fields = Fields::from_json(&request.body).map_err(|_| ApiError::BodyUnreadable)?;
        let (subject, callback) = self.verified_callback(&fields).await?;
        let evidence = Evidence::payletter_callback(&callback, &request.body);
        let Subject::Known(attempt) = subject else {
            tracing::error!(
                order_id = callback.order_id,
                "a signed callback names an order that is not ours"
            );
            return Ok(self.store().keep_stray(evidence, self.now()).await?);
        };
        if let Some(code) = difference(&attempt, &callback) {
            tracing::error!(attempt = %attempt.key(), code, "a signed callback contradicts its order");
            self.store().keep_stray(evidence, self.now()).await?;
            // Every return shows a signature that is good for this.
            self.start_lookup_at_pace(attempt.key(), Because::Misfit);
            return Ok(());
        }
        let told = callback_seal(&attempt.order, &attempt.gateway_order_id);
        let bound = match &told {
            Some(told) => same_secret(seal.as_bytes(), told.as_bytes()),
            // Asked for by an earlier version, which had the nonce alone.
            None => !nonce_was_shown(&attempt),
        };
        if bound {
            return self.quietly(&attempt, Event::Sighted(evidence)).await;
        }
        // Who knows not the address may be the buyer: he sees every signed part of it, and the nonce, in returns, and may send it for
        // ever, each time with other unsigned parts.
        let attempt = if is_paid_by(&attempt, &callback) {
            *attempt
        } else {
            match self.second_witness(&attempt, &callback).await? {
                Some(event) => self.witnessed(&attempt, event).await?,
                None if told.is_none() => {
                    return self.quietly(&attempt, Event::Sighted(evidence)).await;
                }
                None => {
                    tracing::error!(attempt = %attempt.key(), "a signed callback came to an address that its order was not given");
                    self.store().keep_stray(evidence, self.now()).await?;
                    self.start_lookup_at_pace(attempt.key(), Because::Misfit);
                    return Ok(());
                }
            }
        };
        // A list tells less than a callback: of its key, its slip and its account we hear here or not at all.
        let by_nonce = told.is_none();
        if by_nonce
            && is_paid_by(&attempt, &callback)
            && (tells_more(&attempt, &evidence) || self.brings_key(&attempt, &evidence).await?)
        {
            self.quietly(&attempt, Event::Sighted(evidence)).await?;
        }
        Ok(())
    }

    /// Does it bring a billing key that nobody holds?
    async fn brings_key(&self, attempt: &Attempt, evidence: &Evidence) -> Result<bool, ApiError> {
        let key = evidence.billing_key();
        let Some(key) = key.filter(|_| attempt.billing_key.is_none()) else {
            return Ok(false);
        };
        let (gateway, merchant_id) = (Gateway::Payletter, &attempt.order.merchant_id);
        let known = self
            .store()
            .billing_key_by_digest(gateway, merchant_id, key.digest)
            .await?;
        Ok(known.is_none())
    }

    /// Writes down what the list says, and how the attempt stands then.
    async fn witnessed(&self, attempt: &Attempt, event: Event) -> Result<Attempt, ApiError> {
        self.quietly(attempt, event).await?;
        let now = self.store().attempt(attempt.key()).await?;
        now.ok_or(ApiError::Internal)
    }

    /// The callback if its hash is good under the key of the client that collects for its order. Which hash form applies follows
    /// from what callbacks are for: registrations alone have none.
    async fn verified_callback(
        &self,
        fields: &Fields,
    ) -> Result<(Subject, Verified<Callback>), ApiError> {
        let clients = self
            .config()
            .payletter
            .iter()
            .flat_map(|payletter| &payletter.clients);
        let order_id = fields.text("order_no").unwrap_or_default();
        let (mut good, mut bad) = (None, None);
        for client in clients {
            // Two clients may have orders of the same name: whose key fits decides, not who is asked first.
            let keys = client.accepted_keys(self.now());
            match keys.verify(|key| Callback::verify(fields, key)) {
                Ok(callback) => {
                    let found = self
                        .store()
                        .attempt_by_gateway_order(Gateway::Payletter, &client.client_id, &order_id)
                        .await?;
                    if let Some(attempt) = found {
                        return Ok((Subject::Known(Box::new(attempt)), callback));
                    }
                    good = Some(callback);
                }
                Err(why) => bad = Some(why),
            }
        }
        match (good, bad) {
            (Some(callback), _) => Ok((Subject::Stray, callback)),
            (None, Some(why)) => Err(forged(why)),
            (None, None) => Err(ApiError::GatewayNotConfigured("payletter")),
        }
    }

    /// A callback that a browser may have sent is believed only with the transaction list's word: a buyer could send the signature of
    /// one order's return with the order id and nonce of another. Without a SEARCH key there is no such word to be had.
    ///
    /// He could do so for ever: then the list is read later, once for all of them, and none is acknowledged. The gateway sends again.
    async fn second_witness(
        &self,
        attempt: &Attempt,
        callback: &Callback,
    ) -> Result<Option<Event>, ApiError> {
        let client = self.payletter(&attempt.order.merchant_id)?;
        if client.account.search_key.is_none() {
            return Ok(None);
        }
        if let Err(too_often) = self.ask_at_pace(&attempt.key(), Because::Witness) {
            self.start_lookup_at_pace(attempt.key(), Because::Witness);
            return Err(too_often);
        }
        let rows = self.payletter_rows(&client, attempt).await?;
        let row = rows
            .found()?
            .into_iter()
            .find(|row| row.answer.transaction_id == callback.transaction_id);
        match row.and_then(|row| sighting(&row)) {
            Some(event) => Ok(Some(event)),
            // The list may lag: not acknowledged, the callback comes again.
            None => Err(ApiError::GatewayDown),
        }
    }

    /// `POST /return/payletter/{ticket}`: shows, and asks; decides nothing about money.
    pub(crate) async fn payletter_return(&self, ticket: &str, request: &RawRequest) -> RawResponse {
        let fields = Fields::from_form(&request.body).unwrap_or_default();
        let taken = async {
            let attempt = self.returned_by_ticket(ticket, Gateway::Payletter).await?;
            if attempt.returned_at.is_none() {
                self.take_return(&attempt, &fields, &request.body).await?;
            }
            Ok(attempt)
        };
        match taken.await {
            Ok(attempt) => self.onward(&attempt),
            Err(error) => self.return_fault(&error, &fields, request),
        }
    }

    async fn take_return(
        &self,
        attempt: &Attempt,
        fields: &Fields,
        body: &[u8],
    ) -> Result<(), ApiError> {
        let returned = Return::read(fields);
        if !returned.succeeded {
            let reason = Reason::new("gateway_declined").said(
                returned.gateway_code.unwrap_or_default(),
                returned.gateway_message.unwrap_or_default(),
            );
            return self
                .quietly(attempt, Event::GatewayDeclined { reason })
                .await;
        }
        if attempt.order.work == Work::Register {
            return self.take_registration(attempt, fields, body).await;
        }
        match returned.virtual_account {
            Some(account) if attempt.order.method.as_str() == "virtualaccount" => {
                let expires =
                    [account.expires_on, account.expires_time].map(Option::unwrap_or_default);
                let detail = Detail {
                    virtual_account: Some(VirtualAccount {
                        bank_name: account.bank_name.unwrap_or_default(),
                        account_no: account.number,
                        holder: account.holder.unwrap_or_default(),
                        expires_at: expires.concat(),
                    }),
                    ..Detail::default()
                };
                let expires_at = moment_of(&expires[0], &expires[1]);
                self.quietly(attempt, Event::AccountIssued { detail, expires_at })
                    .await
            }
            _ => self.await_word(attempt).await,
        }
    }

    /// "Verification only": no callback exists, the return has a hash form of its own. It covers user and key; order and nonce are
    /// compared if they are there.
    async fn take_registration(
        &self,
        attempt: &Attempt,
        fields: &Fields,
        body: &[u8],
    ) -> Result<(), ApiError> {
        let client = self.payletter(&attempt.order.merchant_id)?;
        let keys = client.account.accepted_keys(self.now());
        let verified = keys.verify(|key| Return::verify_registration(fields, key));
        let event = match verified {
            Ok(registration) => {
                Event::Sighted(Evidence::payletter_registration(&registration, body))
            }
            Err(error) => {
                tracing::warn!(attempt = %attempt.key(), %error, "a registration is not believed");
                Event::ResultRefused {
                    reason: Reason::new(error.code()),
                }
            }
        };
        self.quietly(attempt, event).await
    }

    /// `GET /cancel/payletter/{ticket}`: a bare GET without a word; soft, and never over a payment.
    pub(crate) async fn payletter_cancel(&self, ticket: &str, request: &RawRequest) -> RawResponse {
        let attempt = match self.returned_by_ticket(ticket, Gateway::Payletter).await {
            Ok(attempt) => attempt,
            Err(error) => return self.fault_page(&error, request),
        };
        let reason = Reason::new("buyer_cancelled");
        if let Err(error) = self
            .quietly(&attempt, Event::BuyerCancelled { reason })
            .await
        {
            // It is a hint, and lookups do without it: nobody is kept on a page of ours for that.
            tracing::warn!(attempt = %attempt.key(), %error, "a cancel is not written");
        }
        self.onward(&attempt)
    }

    /// The transaction list; failing that, the status call, which has no amount and so only tells how far it came.
    pub(crate) async fn payletter_lookup(&self, attempt: &Attempt) -> Vec<Event> {
        match self.ask_payletter(attempt).await {
            Ok(events) => events,
            Err(failure) => vec![failure.lookup_event()],
        }
    }

    async fn ask_payletter(&self, attempt: &Attempt) -> Result<Vec<Event>, Failure> {
        let client = self.payletter(&attempt.order.merchant_id)?;
        let sum = match self.payletter_given_back(&client, attempt).await {
            // No refund waits for it: what else the lists say is not held up.
            Err(failure) if attempt.refund.is_none() => {
                tracing::warn!(?failure, "how much went back is not read");
                None
            }
            sum => sum?,
        };
        if let Some(sum) = sum {
            // The sum is about the attempt's own payment: another one is looked for beside it.
            let rows = self.payletter_rows(&client, attempt).await?;
            let left_out = rows.left_out(attempt);
            let rows = rows.found()?;
            let own = attempt.transaction_id.as_ref();
            let is_own =
                |row: &Read<Answered<Transaction>>| Some(&row.answer.transaction_id) == own;
            // A sum that may lack some says less than the payment's own row, if that says that nothing is left.
            let gone = rows.iter().find(|row| {
                !sum.all && is_own(row) && row.answer.status == TransactionStatus::Cancelled
            });
            let own = gone.and_then(sighting).unwrap_or(sum.event);
            let others = rows.iter().filter(|row| !is_own(row));
            return Ok(left_out
                .into_iter()
                .chain([own])
                .chain(others.filter_map(sighting))
                .collect());
        }
        let rows = match client.account.search_key {
            Some(_) => self.payletter_rows(&client, attempt).await?,
            None => Rows::new(),
        };
        let left_out = rows.left_out(attempt);
        let rows = rows.found()?;
        let mut sightings = Vec::new();
        for row in &rows {
            let news = attempt.captured.is_none()
                && row.answer.status == TransactionStatus::PartlyCancelled;
            if news {
                match self.payletter_parts(&client, attempt, row).await {
                    Ok(parts) => sightings.extend(parts),
                    // That there is money is told all the same.
                    Err(failure) => tracing::warn!(?failure, "what was paid is not read"),
                }
            }
            sightings.extend(sighting(row));
        }
        if !sightings.is_empty() {
            return Ok(left_out.into_iter().chain(sightings).collect());
        }
        if !rows.is_empty() {
            // There is something, in a state newer than we are: not nothing.
            return Ok(vec![Event::LookupOpen]);
        }
        if attempt.order.charge.is_some() && client.account.search_key.is_some() {
            // A charge has no session that a status could be of: the list is all there is.
            return Ok(vec![Event::LookupAbsent]);
        }
        let status = client.status(&attempt.gateway_order_id).await?;
        Ok(vec![match status.as_ref().map(|answer| &answer.status) {
            Some(PaymentStatus::Failed) => Event::LookupDeclined {
                reason: Reason::new("gateway_declined"),
            },
            // Entered and left looks like entered and still there: the list decides whether money moved.
            Some(PaymentStatus::Created | PaymentStatus::Entered) => Event::LookupAbsent,
            // So does authenticated and left, and an account that was issued; but it ends no doubt.
            Some(PaymentStatus::Authenticated)
                if attempt.doubt.is_none() && !attempt.state.is_settled() =>
            {
                Event::LookupAbsent
            }
            Some(_) => Event::LookupOpen,
            None if client.account.search_key.is_none() => Event::LookupFailed {
                reason: Reason::new("search_key_missing"),
            },
            None => Event::LookupAbsent,
        }])
    }

    /// The rows of this attempt: by the day of payment, and by the day of settlement when a cancellation is looked for, because
    /// only there today's cancellation of an older payment shows.
    async fn payletter_rows(
        &self,
        client: &Client<'_, N>,
        attempt: &Attempt,
    ) -> Result<Rows<Answered<Transaction>>, Failure> {
        let refunding =
            attempt.doubt == Some(MoneyOp::Refund) || attempt.state == State::RefundPending;
        let mut rows = Rows::new();
        for day in payment_days(attempt, self.now()) {
            rows.add(
                client
                    .transactions(&attempt.gateway_order_id, &day, DateType::Transaction)
                    .await?,
            );
        }
        if refunding || attempt.state.is_settled() || attempt.has_standing_second() {
            for day in refund_days(self.now()) {
                rows.add(
                    client
                        .transactions(&attempt.gateway_order_id, &day, DateType::Settle)
                        .await?,
                );
            }
        }
        // While a refund runs, a payment without its cancellation says that nothing went back.
        if refunding && rows.cut_short {
            return Err(Failure::CutShort);
        }
        // The same row of two lists is one row.
        let mut seen = Vec::new();
        rows.rows.retain(|row| {
            let name = (row.answer.transaction_id.clone(), row.answer.status.clone());
            let new = !seen.contains(&name);
            if new {
                seen.push(name);
            }
            new
        });
        Ok(rows)
    }
}

/// Is it known to be paid by this very payment?
fn is_paid_by(attempt: &Attempt, callback: &Callback) -> bool {
    let same = attempt.transaction_id.as_ref() == Some(&callback.transaction_id);
    attempt.state == State::Paid && same
}

/// Does it tell what the attempt lacks? Each of it is learnt once.
fn tells_more(attempt: &Attempt, evidence: &Evidence) -> bool {
    let (known, told) = (&attempt.detail, evidence.detail());
    (known.card.is_none() && told.card.is_some())
        || (known.approval_no.is_none() && told.approval_no.is_some())
        || (known.cash_receipt.is_none() && told.cash_receipt.is_some())
        || (known.virtual_account.is_none() && told.virtual_account.is_some())
}

fn sighting(row: &Read<Answered<Transaction>>) -> Option<Event> {
    Evidence::payletter_row(&row.answer, &row.body).map(Event::Sighted)
}

/// Not signed by the gateway: not acknowledged, no row.
fn forged(error: paypair_protocol::Error) -> ApiError {
    tracing::warn!(%error, "a callback is not believed");
    ApiError::SignatureRefused(error)
}
