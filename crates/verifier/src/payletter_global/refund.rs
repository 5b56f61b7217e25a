//! Giving money back. In Vietnam (VTC) the call only asks for it; it is done when a notice comes.

use paypair_ledger::{Attempt, Event, Evidence, Store};
use paypair_protocol::payletter_global::Refund;

use crate::{
    Verifier,
    environment::Environment,
    failure::{Failure, Read},
    network::Network,
    supervisor::MoneyAnswer,
};

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// The refund's money call.
    pub(crate) async fn global_refund(&self, attempt: &Attempt) -> MoneyAnswer {
        let client = match self.global() {
            Ok(client) => client,
            Err(failure) => return failure.before_money(),
        };
        let wanted = attempt
            .refund
            .as_ref()
            .and_then(|case| Some((case.money, case.transaction_id.clone()?)));
        let Some((amount, transaction_id)) = wanted else {
            return Failure::Lacking("a transaction id").before_money();
        };
        let method = attempt.order.method.clone();
        let refund = Refund {
            merchant_id: attempt.order.merchant_id.clone(),
            transaction_id,
            amount,
            // Empty: the buyer chose in the window, and the transaction alone names the payment.
            method: Some(method).filter(|method| !method.as_str().is_empty()),
        };
        match client.refund(&refund).await {
            Ok(Read { answer, body }) => {
                let evidence = Evidence::global_refund(&answer, &body);
                MoneyAnswer::done(if answer.is_pending() {
                    Event::RefundAccepted(evidence)
                } else {
                    Event::RefundAnswered(evidence)
                })
            }
            Err(failure) => failure.of_money(),
        }
    }
}
