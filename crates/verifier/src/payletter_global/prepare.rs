//! Before the window: payment/request.

use std::time::Duration;

use paypair_ledger::{Attempt, Order, Store};
use paypair_protocol::{
    Work,
    payletter_global::{BillingAddress, Hosts, Ispp, PaymentRequest, Paypal},
};

use super::{client::Client, decide::is_paypal};
use crate::{
    ApiError, Verifier,
    environment::Environment,
    failure::Failure,
    launch::{Prepared, Wish},
    merchant::PaymentOptions,
    network::Network,
};

/// How long a window is taken to be good; a payment that comes later is taken in all the same.
const WINDOW_LIFE: Duration = Duration::from_secs(30 * 60);

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    pub(super) fn global(&self) -> Result<Client<'_, N>, Failure> {
        let config = self.config();
        Ok(Client {
            network: self.network(),
            account: config
                .payletter_global
                .as_ref()
                .ok_or(Failure::Lacking("payletter_global"))?,
            hosts: Hosts::new(config.gateway_env("payletter_global")?)?,
        })
    }

    /// Would the gateway take this order?
    pub(crate) fn global_check(&self, order: &Order) -> Result<(), ApiError> {
        let request = self.global_request(order, &order.id, "", "");
        ApiError::unless_fine(request.check())
    }

    /// Asks for a window.
    pub(crate) async fn global_prepare(
        &self,
        attempt: &Attempt,
        wish: &Wish,
        nonce: &str,
    ) -> Result<Prepared, ApiError> {
        let request = self.global_request(
            &attempt.order,
            &attempt.gateway_order_id,
            &attempt.ticket,
            nonce,
        );
        let client = self.global()?;
        let session = client.request(&request).await?;
        let url = client.hosts.window_url(wish.device.url_of(&session));
        let expires_at = self.now().after(WINDOW_LIFE);
        Ok(Prepared::of_session(
            &session,
            url.map_err(Failure::from)?,
            expires_at,
        ))
    }

    fn global_request(
        &self,
        order: &Order,
        order_id: &str,
        ticket: &str,
        nonce: &str,
    ) -> PaymentRequest {
        let config = self.config();
        let options = PaymentOptions::of(order);
        let service = config.payletter_global.as_ref();
        let service = service.and_then(|global| global.service_name.clone());
        let paypal = paypal(order, &options);
        PaymentRequest {
            merchant_id: order.merchant_id.clone(),
            amount: order.money,
            order_id: order_id.to_owned(),
            customer_id: order.customer.id.clone(),
            customer_email: order.customer.email.clone().unwrap_or_default(),
            return_url: config.public(&format!("/return/payletter_global/{ticket}")),
            notify_url: Some(config.public("/notice/payletter_global")),
            service_name: options.service_name.or(service),
            method: Some(order.method.clone()).filter(|method| !method.as_str().is_empty()),
            extra: options.pay_info,
            pin: options.pin,
            recurring: options.recurring || paypal.is_some(),
            custom: Some(nonce.to_owned()),
            billing_address: options.billing_address.map(|address| BillingAddress {
                city: address.city,
                country: address.country,
                line1: address.line1,
                postcode: address.postcode,
            }),
            ispp: options.paypal_buyer.map(|buyer| Ispp {
                first_name: buyer.first_name,
                last_name: buyer.last_name,
                phone: buyer.phone,
                country: buyer.country,
                joined_at: buyer.joined_at,
            }),
            cancel_to_return_url: options.cancel_to_return_url,
            paypal,
        }
    }
}

/// PayPal's own ways of paying again: it charges by itself, or gives a key to charge with; the latter also without an amount.
fn paypal(order: &Order, options: &PaymentOptions) -> Option<Paypal> {
    if let Some(terms) = &options.subscription {
        return Some(Paypal::Subscription {
            interval: terms.interval.into(),
            every: terms.every,
            cycles: terms.cycles,
        });
    }
    let is_paypal = is_paypal(order.method.as_str());
    let agreed = order.work == Work::Register || (options.recurring && is_paypal);
    agreed.then_some(Paypal::Billing)
}
