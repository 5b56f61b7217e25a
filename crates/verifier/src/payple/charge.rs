//! Charging a registered card: tokens for the purpose, then the money call.

use paypair_ledger::{Attempt, BillingKeyView, Event, Evidence, Order, Reason, Store};
use paypair_protocol::{
    Fault, Money, Secret,
    payple::{Charge, Purpose, Repeat, Tokens},
};

use crate::{
    Verifier,
    environment::Environment,
    failure::{Failure, Read},
    merchant::{PaymentOptions, won},
    network::Network,
    supervisor::MoneyAnswer,
};

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Would the gateway take this charge? Asked before anything is written, with stand-ins for what is not there yet.
    pub(crate) fn payple_charge_faults(&self, order: &Order) -> Vec<Fault> {
        let word = || Secret::new("-");
        let tokens = Tokens {
            merchant_token: word(),
            merchant_key_token: word(),
            auth_key: word(),
        };
        charge_of(order, &order.id, tokens, word()).check()
    }

    /// Tokens first: failing to get them is no money call. Then the charge; the order id is the only guard against a second one,
    /// so "done or in process already" is looked up like silence.
    pub(crate) async fn payple_charge(
        &self,
        attempt: &Attempt,
        key: &BillingKeyView,
    ) -> MoneyAnswer {
        let client = match self.payple() {
            Ok(client) => client,
            Err(failure) => return failure.before_money(),
        };
        let Some(billing_key) = key.key.clone() else {
            return Failure::Lacking("the billing key").before_money();
        };
        let purpose = match repeat_of(&attempt.order) {
            Repeat::Monthly { .. } => Purpose::RepeatMonthly,
            Repeat::Freely => Purpose::RepeatFreely,
        };
        let (tokens, url) = match client.auth(purpose).await {
            Ok(answer) => answer,
            Err(failure) => return failure.before_money(),
        };
        let charge = charge_of(
            &attempt.order,
            &attempt.gateway_order_id,
            tokens.tokens(),
            billing_key,
        );
        match client.charge(&charge, url).await {
            Ok(Read { answer, .. }) if answer.amount.is_none() => {
                MoneyAnswer::Unknown(Reason::new("amount_missing"))
            }
            Ok(Read { answer, body }) => MoneyAnswer::done(Event::ChargeAnswered(
                Evidence::payple_charge(&answer, &body),
            )),
            Err(failure) => failure.of_money(),
        }
    }
}

/// How often this order's card is charged.
fn repeat_of(order: &Order) -> Repeat {
    let plan = order.charge.as_ref();
    plan.and_then(|plan| plan.repeat).unwrap_or(Repeat::Freely)
}

fn charge_of(order: &Order, order_id: &str, tokens: Tokens, billing_key: Secret) -> Charge {
    let options = PaymentOptions::of(order);
    let customer = &order.customer;
    Charge {
        tokens,
        billing_key,
        customer_id: Some(customer.id.clone()),
        customer_name: customer.name.clone(),
        customer_phone: customer.phone.clone(),
        customer_email: customer.email.clone(),
        product_name: order.product_name.clone(),
        amount: order.money.unwrap_or(Money::won(0)),
        taxable: options.taxable,
        tax_amount: won(options.tax_amount.as_deref()),
        order_id: order_id.to_owned(),
        repeat: repeat_of(order),
        custom1: options.custom1,
        custom2: options.custom2,
    }
}
