//! Charging a billing key, and ending a PayPal subscription.

use paypair_ledger::{Attempt, BillingKeyView, Event, Evidence, Order, Reason, Store};
use paypair_protocol::{
    CallError, Fault, Money, Secret,
    payletter_global::{Charge, Ispp, SubscriptionCancel, codes},
};

use crate::{
    Verifier,
    environment::Environment,
    failure::{Failure, Read},
    merchant::PaymentOptions,
    network::Network,
    supervisor::MoneyAnswer,
};

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Would the gateway take this charge? Asked before anything is written.
    pub(crate) fn global_charge_faults(&self, order: &Order) -> Vec<Fault> {
        charge_of(order, &order.id, Secret::new("-")).check()
    }

    /// The charge's money call.
    pub(crate) async fn global_charge(
        &self,
        attempt: &Attempt,
        key: &BillingKeyView,
    ) -> MoneyAnswer {
        let client = match self.global() {
            Ok(client) => client,
            Err(failure) => return failure.before_money(),
        };
        let Some(billing_key) = key.key.clone() else {
            return Failure::Lacking("the billing key").before_money();
        };
        let charge = charge_of(&attempt.order, &attempt.gateway_order_id, billing_key);
        match client.charge(&charge).await {
            Ok(Read { answer, .. })
                if answer
                    .order_id
                    .as_ref()
                    .is_some_and(|id| *id != charge.order_id) =>
            {
                MoneyAnswer::of_another_order()
            }
            Ok(Read { answer, body }) => match Evidence::global_charge(&charge, &answer, &body) {
                Some(evidence) => MoneyAnswer::done(Event::ChargeAnswered(evidence)),
                None => MoneyAnswer::Unknown(Reason::new("amount_missing")),
            },
            Err(failure) => failure.of_money(),
        }
    }

    /// Ends the subscription of the attempt's key: PayPal charges no more.
    pub(crate) async fn global_end_subscription(&self, attempt: &Attempt) -> MoneyAnswer {
        match self.end_subscription(attempt).await {
            Ok(Some(event)) => MoneyAnswer::done(event),
            // Somebody was faster. The lookup that follows a doubt hears it again, and that settles it.
            Ok(None) => MoneyAnswer::Unknown(Reason::new("cancelled_before")),
            Err(failure) => failure.of_money(),
        }
    }

    /// Whether a subscription has ended, while that is in doubt. The gateway has no question for it; but to end it again harms
    /// nobody, and the answer is the same: done, or "cancelled before".
    pub(crate) async fn global_key_lookup(&self, attempt: &Attempt) -> Event {
        match self.end_subscription(attempt).await {
            Ok(event) => event.unwrap_or(Event::BillingKeyGone),
            Err(failure) => failure.key_check_event(),
        }
    }

    /// None if it was cancelled before.
    async fn end_subscription(&self, attempt: &Attempt) -> Result<Option<Event>, Failure> {
        let client = self.global()?;
        let held = attempt.billing_key.as_ref();
        let billing_key = held
            .and_then(|held| held.key.clone())
            .ok_or(Failure::Lacking("the billing key"))?;
        let cancel = SubscriptionCancel {
            merchant_id: attempt.order.merchant_id.clone(),
            billing_key: billing_key.clone(),
        };
        match client.cancel_subscription(&cancel).await {
            Ok(Read { answer, body }) => {
                let evidence =
                    Evidence::global_subscription_cancelled(&answer, &billing_key, &body);
                Ok(Some(Event::BillingKeyDeleteAnswered(evidence)))
            }
            Err(Failure::Gateway(CallError::Refused {
                detail: Some(detail),
                ..
            })) if codes::detail_code(&detail) == Some(codes::SUBSCRIPTION_CANCELLED_BEFORE) => {
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }
}

fn charge_of(order: &Order, order_id: &str, billing_key: Secret) -> Charge {
    let options = PaymentOptions::of(order);
    Charge {
        merchant_id: order.merchant_id.clone(),
        billing_key,
        order_id: order_id.to_owned(),
        amount: order.money.unwrap_or(Money::won(0)),
        method: order.method.clone(),
        extra: options.pay_info,
        customer_id: Some(order.customer.id.clone()),
        custom: None,
        ispp: options.paypal_buyer.map(|buyer| Ispp {
            first_name: buyer.first_name,
            last_name: buyer.last_name,
            phone: buyer.phone,
            country: buyer.country,
            joined_at: buyer.joined_at,
        }),
    }
}
