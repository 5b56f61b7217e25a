//! Cash receipts of bank transfers: TSREG issues one, TSCANCEL takes it back.

use paypair_ledger::{Attempt, Event, Evidence, Reason, Store};
use paypair_protocol::{
    Money, Secret,
    payple::{CashReceipt, TradeUse},
};

use crate::{
    ApiError, Verifier,
    days::lookup_days,
    environment::Environment,
    failure::{Failure, Read},
    network::Network,
    supervisor::MoneyAnswer,
};

/// What is asked of the gateway. The number says whose receipt it is: it goes out with the call and stays nowhere.
pub(crate) struct ReceiptCall {
    pub(crate) cancel: bool,
    pub(crate) money: Money,
    pub(crate) trade_use: TradeUse,
    pub(crate) holder_number: Secret,
    pub(crate) billing_key: Secret,
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Asks how the payment stands, and writes that down: it may have a receipt already. Gives the payer's key, which receipts are
    /// asked for by; of a one-time payment we keep none.
    pub(crate) async fn payple_payer_of(
        &self,
        attempt: &Attempt,
    ) -> Result<Option<Secret>, ApiError> {
        let days = lookup_days(attempt, self.now());
        let (method, id) = (&attempt.order.method, &attempt.gateway_order_id);
        let found = self.payple()?.lookup(method, id, &days).await?;
        let event = match &found {
            // Another payment's: neither is it written down here, nor is its payer's key used.
            Some(Read { answer, .. }) if answer.order_id != *id => {
                return Err(Failure::OtherOrder.into());
            }
            Some(Read { answer, body }) => Event::Sighted(Evidence::payple_lookup(answer, body)),
            None => Event::LookupAbsent,
        };
        self.quietly(attempt, event).await?;
        Ok(found.and_then(|found| found.answer.billing_key.clone()))
    }

    /// The call, made once. Its tokens come first: without them nothing was issued or taken back.
    pub(crate) async fn payple_cash_receipt(&self, attempt: &Attempt, call: ReceiptCall) -> Event {
        match self.ask_cash_receipt(attempt, call).await {
            MoneyAnswer::Done(event) => *event,
            MoneyAnswer::Refused(reason) => Event::CashReceiptDeclined { reason },
            MoneyAnswer::NotSent(why) => {
                tracing::warn!(attempt = %attempt.key(), why, "a cash receipt was not asked for");
                let reason = Reason::new("not_sent");
                Event::CashReceiptDeclined { reason }
            }
            MoneyAnswer::Unknown(reason) => Event::CashReceiptUnknown { reason },
        }
    }

    async fn ask_cash_receipt(&self, attempt: &Attempt, call: ReceiptCall) -> MoneyAnswer {
        let client = match self.payple() {
            Ok(client) => client,
            Err(failure) => return failure.before_money(),
        };
        let purpose = if call.cancel {
            paypair_protocol::payple::Purpose::CashReceiptCancel
        } else {
            paypair_protocol::payple::Purpose::CashReceipt
        };
        let (tokens, url) = match client.auth(purpose).await {
            Ok(answer) => answer,
            Err(failure) => return failure.before_money(),
        };
        let receipt = CashReceipt {
            tokens: tokens.tokens(),
            cancel: call.cancel,
            billing_key: call.billing_key,
            order_id: attempt.gateway_order_id.clone(),
            amount: call.money,
            trade_use: call.trade_use,
            holder_number: call.holder_number.expose().to_owned(),
        };
        let faults = receipt.check();
        if !faults.is_empty() {
            return Failure::from(faults).before_money();
        }
        let answer = match client.cash_receipt(&receipt, url).await {
            Ok(answer) => answer,
            Err(failure) => return failure.of_money(),
        };
        let other = |told: &String| *told != attempt.gateway_order_id;
        if answer.order_id.as_ref().is_some_and(other) {
            return MoneyAnswer::Unknown(Reason::new("order_id_differs"));
        }
        if answer.amount.is_some_and(|told| told != call.money) {
            return MoneyAnswer::Unknown(Reason::new("amount_differs"));
        }
        MoneyAnswer::done(Event::CashReceiptAnswered {
            approval_no: answer.receipt_no.clone(),
        })
    }
}
