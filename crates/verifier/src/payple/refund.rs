//! Giving money back: tokens for it, then the money call.

use paypair_ledger::{Attempt, Event, Evidence, Store};
use paypair_protocol::payple::Purpose;

use crate::{
    Verifier,
    days::paid_on,
    environment::Environment,
    failure::{Failure, Read},
    merchant::RefundTax,
    network::Network,
    supervisor::MoneyAnswer,
};

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Tokens first, then the money call: failing to get tokens is "not sent". Less than was paid is a part; there is no other call.
    pub(crate) async fn payple_refund(&self, attempt: &Attempt, tax: RefundTax) -> MoneyAnswer {
        let Some(money) = attempt.refund.as_ref().map(|refund| refund.money) else {
            return Failure::Lacking("a refund").before_money();
        };
        let client = match self.payple() {
            Ok(client) if client.account.refund_key.is_some() => client,
            Ok(_) => return Failure::Lacking("payple.refund_key").before_money(),
            Err(failure) => return failure.before_money(),
        };
        let (tokens, url) = match client.auth(Purpose::Refund).await {
            Ok(answer) => answer,
            Err(failure) => return failure.before_money(),
        };
        let paid_on = paid_on(attempt);
        let amounts = (money, tax.tax_amount);
        match client
            .refund(&tokens, url, &attempt.gateway_order_id, paid_on, amounts)
            .await
        {
            Ok(Read { answer, body }) => MoneyAnswer::done(Event::RefundAnswered(
                Evidence::payple_refund(&answer, &body),
            )),
            Err(failure) => failure.of_money(),
        }
    }
}
