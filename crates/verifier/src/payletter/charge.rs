//! Charging a billing key.

use paypair_ledger::{Attempt, BillingKeyView, Event, Evidence, Order, OrderView, Reason, Store};
use paypair_protocol::{
    Fault, Gateway, Money, Secret, Work,
    payletter::{Charge, codes},
};

use crate::{
    ChargeBar, Verifier,
    days::{compact, paid_on},
    environment::Environment,
    failure::{Failure, Read},
    merchant::{PaymentOptions, won},
    network::Network,
    supervisor::MoneyAnswer,
};

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Would the gateway take this charge? Asked before anything is written.
    pub(crate) fn payletter_charge_faults(&self, order: &Order) -> Vec<Fault> {
        self.payletter_charge_of(order, &order.id, Secret::new("-"))
            .check()
    }

    /// A mobile phone is charged once a month, whether the merchant says so or not.
    pub(crate) fn payletter_charges_monthly(order: &Order) -> bool {
        order.gateway == Gateway::Payletter && order.method.as_str() == "mobile"
    }

    /// What bars a charge besides what bars any: a mobile phone is charged from the 30th day, the same amount each time, and in every month.
    pub(crate) fn payletter_charge_bar<'v>(
        &self,
        order: &Order,
        key: &BillingKeyView,
        earlier: impl Iterator<Item = &'v OrderView>,
    ) -> Option<ChargeBar> {
        if !Self::payletter_charges_monthly(order) {
            return None;
        }
        let payments = earlier.flat_map(|view| &view.attempts);
        let last = payments
            .filter(|attempt| attempt.paid_at.is_some())
            .max_by_key(|attempt| attempt.paid_at)?;
        let bar = codes::mobile_bar(
            &compact(key.created_at.kst_date()),
            &paid_on(last),
            last.captured?,
            order.money?,
            &compact(self.now().kst_date()),
        )?;
        Some(match bar {
            codes::MobileBar::TooEarly => ChargeBar::TooEarly,
            codes::MobileBar::OtherAmount => ChargeBar::OtherAmount,
            codes::MobileBar::MonthMissed => ChargeBar::MonthMissed,
            codes::MobileBar::MonthCharged => ChargeBar::MonthCharged,
        })
    }

    /// The charge's money call, by the client the key was registered with. The gateway takes the same order id twice and charges
    /// twice, so nothing but our own ledger guards it: an answer that does not come is looked up, never asked for again.
    pub(crate) async fn payletter_charge(
        &self,
        attempt: &Attempt,
        key: &BillingKeyView,
    ) -> MoneyAnswer {
        let client = match self.payletter(&attempt.order.merchant_id) {
            Ok(client) => client,
            Err(failure) => return failure.before_money(),
        };
        let Some(billing_key) = key.key.clone() else {
            return Failure::Lacking("the billing key").before_money();
        };
        let charge =
            self.payletter_charge_of(&attempt.order, &attempt.gateway_order_id, billing_key);
        match client.charge(&charge).await {
            Ok(Read { answer, body }) => {
                let lists = client.account.search_key.is_some();
                match Evidence::payletter_charge(&charge, &answer, &body, lists) {
                    Some(evidence) => MoneyAnswer::done(Event::ChargeAnswered(evidence)),
                    None => MoneyAnswer::Unknown(Reason::new("amount_missing")),
                }
            }
            Err(failure) => failure.of_money(),
        }
    }

    fn payletter_charge_of(&self, order: &Order, order_id: &str, billing_key: Secret) -> Charge {
        let options = PaymentOptions::of(order);
        let payletter = self.config().payletter.as_ref();
        let service_name = payletter.and_then(|payletter| payletter.service_name.clone());
        Charge {
            method: order.method.clone(),
            merchant_id: order.merchant_id.clone(),
            service_name: options.service_name.or(service_name),
            customer_id: order.customer.id.clone(),
            customer_name: order.customer.name.clone(),
            order_id: order_id.to_owned(),
            amount: order.money.unwrap_or(Money::won(0)),
            tax_free_amount: won(options.tax_free_amount.as_deref()),
            tax_amount: won(options.tax_amount.as_deref()),
            product_name: order.product_name.clone(),
            billing_key,
            customer_ip: self.own_ip(),
            cup_deposit: won(options.cup_deposit.as_deref()),
        }
    }
}

/// Chai's "automatic payment only supports the mobile environment": its keys are issued on a phone, and charged from anywhere.
pub(super) fn needs_phone(order: &Order) -> bool {
    let asks_for_key = order.work == Work::Register || PaymentOptions::of(order).recurring;
    asks_for_key && order.method.as_str() == "chai"
}
