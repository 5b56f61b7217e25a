//! Before the window: payment/request.

use std::time::Duration;

use paypair_ledger::{Attempt, Order, Store};
use paypair_protocol::{
    Work,
    payletter_global::{Hosts, PaymentRequest, Paypal},
};

use super::client::Client;
use crate::{
    ApiError, Verifier,
    environment::Environment,
    failure::Failure,
    launch::{Prepared, Wish},
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
        PaymentRequest {
            merchant_id: order.merchant_id.clone(),
            amount: order.money,
            order_id: order_id.to_owned(),
            customer_id: order.customer.id.clone(),
            customer_email: order.customer.email.clone().unwrap_or_default(),
            return_url: config.public(&format!("/return/payletter_global/{ticket}")),
            notify_url: Some(config.public("/notice/payletter_global")),
            service_name: config
                .payletter_global
                .as_ref()
                .and_then(|global| global.service_name.clone()),
            method: Some(order.method.clone()),
            custom: Some(nonce.to_owned()),
            paypal: (order.work == Work::Register).then_some(Paypal::Billing),
            ..PaymentRequest::default()
        }
    }
}
