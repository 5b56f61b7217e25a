//! Registered cards: whose a key is, whether it is still there, and deleting it.

use paypair_ledger::{Attempt, Event, Evidence, Store};
use paypair_protocol::{
    CallError, Secret,
    payple::{PayerDelete, Purpose},
};

use crate::{
    Verifier,
    environment::Environment,
    failure::{Failure, Read},
    network::Network,
    supervisor::MoneyAnswer,
};

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// What PUSERINFO proves of a key that the merchant says is this customer's; none if the gateway knows no such key.
    pub(crate) async fn payple_payer(
        &self,
        billing_key: Secret,
        customer_id: &str,
    ) -> Result<Option<Evidence>, Failure> {
        match self.payple()?.payer(billing_key, customer_id).await {
            Ok(Read { answer, body }) => Ok(Some(Evidence::payple_payer(&answer, &body))),
            Err(failure) if is_unknown(&failure) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Asks for the attempt's key.
    pub(crate) async fn payple_key_lookup(&self, attempt: &Attempt) -> Event {
        let Some(billing_key) = held_key(attempt) else {
            return Failure::Lacking("the billing key").key_check_event();
        };
        match self
            .payple_payer(billing_key, &attempt.order.customer.id)
            .await
        {
            Ok(Some(evidence)) => Event::BillingKeySeen(evidence),
            Ok(None) => Event::BillingKeyGone,
            Err(failure) => failure.key_check_event(),
        }
    }

    /// PUSERDEL, with tokens fetched before. That there is no such card means that somebody was faster, or that something else is
    /// wrong: the lookup that follows a doubt says which.
    pub(crate) async fn payple_delete_key(&self, attempt: &Attempt) -> MoneyAnswer {
        let client = match self.payple() {
            Ok(client) => client,
            Err(failure) => return failure.before_money(),
        };
        let Some(billing_key) = held_key(attempt) else {
            return Failure::Lacking("the billing key").before_money();
        };
        let (tokens, url) = match client.auth(Purpose::PayerDelete).await {
            Ok(answer) => answer,
            Err(failure) => return failure.before_money(),
        };
        let delete = PayerDelete {
            tokens: tokens.tokens(),
            billing_key,
            customer_id: Some(attempt.order.customer.id.clone()),
        };
        match client.delete_payer(&delete, url).await {
            Ok(Read { answer, body }) => MoneyAnswer::done(Event::BillingKeyDeleteAnswered(
                Evidence::payple_payer_deleted(&answer, &body),
            )),
            Err(failure) if is_unknown(&failure) => MoneyAnswer::Unknown(failure.reason()),
            Err(failure) => failure.of_money(),
        }
    }
}

fn held_key(attempt: &Attempt) -> Option<Secret> {
    attempt.billing_key.as_ref()?.key.clone()
}

/// Codes by which Payple says that it knows no such card. Others explain why it did not look: from them nothing follows.
const UNKNOWN: [&str; 5] = ["CPCA0003", "SPCD0011", "SPCD0012", "RPCD0001", "RPCD0011"];

fn is_unknown(failure: &Failure) -> bool {
    let Failure::Gateway(CallError::Refused {
        status,
        gateway_code,
        ..
    }) = failure
    else {
        return false;
    };
    (200..300).contains(status) && UNKNOWN.contains(&gateway_code.as_str())
}
