//! Before the window: payments/request.

use std::time::Duration;

use paypair_ledger::{Attempt, Order, Store};
use paypair_protocol::{
    Method, Money, Work,
    payletter::{Expiry, Hosts, InApp, PaymentRequest},
};

use super::{charge::needs_phone, client::Client};
use crate::{
    ApiError, Verifier,
    doors::callback_seal,
    environment::Environment,
    failure::Failure,
    launch::{Device, Prepared, Wish},
    merchant::{PaymentOptions, won},
    network::Network,
};

/// How long a window is taken to be good. The gateway does not say; a payment that comes later is taken in all the same.
const WINDOW_LIFE: Duration = Duration::from_secs(30 * 60);

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// The gateway as the client with this id reaches it.
    pub(super) fn payletter(&self, client_id: &str) -> Result<Client<'_, N>, Failure> {
        let config = self.config();
        let account = config
            .payletter
            .as_ref()
            .and_then(|payletter| payletter.client(client_id));
        Ok(Client {
            network: self.network(),
            account: account.ok_or(Failure::Lacking("payletter.clients"))?,
            assumptions: &config.assumptions,
            hosts: Hosts::new(config.gateway_env("payletter")?)?,
        })
    }

    /// Would the gateway take this order?
    pub(crate) fn payletter_check(&self, order: &Order) -> Result<(), ApiError> {
        let request = self.payletter_request(order, &order.id, "", "");
        ApiError::unless_fine(request.check())
    }

    /// Asks for a window.
    pub(crate) async fn payletter_prepare(
        &self,
        attempt: &Attempt,
        wish: &Wish,
        nonce: &str,
    ) -> Result<Prepared, ApiError> {
        let order = &attempt.order;
        if needs_phone(order) && wish.device == Device::Desktop {
            return Err(ApiError::PhoneOnly);
        }
        if let Some(expires) = PaymentOptions::of(order).account_expires {
            // The gateway would give out an account that takes no deposit.
            ApiError::unless_fine(expires.check(self.now()))?;
        }
        let request =
            self.payletter_request(order, &attempt.gateway_order_id, &attempt.ticket, nonce);
        let client = self.payletter(&order.merchant_id)?;
        let session = client.request(&request).await?;
        let url = client.hosts.window_url(wish.device.url_of(&session));
        let expires_at = self.now().after(WINDOW_LIFE);
        Ok(Prepared::of_session(
            &session,
            url.map_err(Failure::from)?,
            expires_at,
        ))
    }

    /// The return URLs carry a ticket, `custom_parameter` a nonce, and the callback's URL a seal: the hash covers neither the order id
    /// nor the nonce, which every return shows to the browser. The callback's URL is told to the gateway alone.
    fn payletter_request(
        &self,
        order: &Order,
        order_id: &str,
        ticket: &str,
        nonce: &str,
    ) -> PaymentRequest {
        let config = self.config();
        let customer = &order.customer;
        let options = PaymentOptions::of(order);
        let service = config.payletter.as_ref();
        let service = service.and_then(|payletter| payletter.service_name.clone());
        PaymentRequest {
            method: Method::new(order.method.as_str()),
            merchant_id: order.merchant_id.clone(),
            service_name: options.service_name.or(service),
            customer_id: customer.id.clone(),
            customer_name: customer.name.clone(),
            order_id: order_id.to_owned(),
            amount: order.money.unwrap_or(Money::won(0)),
            tax_free_amount: won(options.tax_free_amount.as_deref()),
            tax_amount: won(options.tax_amount.as_deref()),
            product_name: order.product_name.clone(),
            receipt_email: options.receipt_email.or_else(|| customer.email.clone()),
            recurring: order.work == Work::Register || options.recurring,
            show_cash_receipt: options.show_cash_receipt,
            key_in: options.key_in,
            custom: Some(nonce.to_owned()),
            return_url: config.public(&format!("/return/payletter/{ticket}")),
            notify_url: config.public(&callback_path(order, order_id)),
            cancel_url: Some(config.public(&format!("/cancel/payletter/{ticket}"))),
            in_app: options.in_app.map(|urls| InApp {
                return_url: urls.return_url,
                cancel_url: urls.cancel_url,
            }),
            expires: options.account_expires.map(|expires| {
                let (on, time) = expires.to_wire();
                Expiry { on, time }
            }),
            cup_deposit: won(options.cup_deposit.as_deref()),
        }
    }
}

fn callback_path(order: &Order, gateway_order_id: &str) -> String {
    match callback_seal(order, gateway_order_id) {
        Some(seal) => format!("/callback/payletter/{seal}"),
        None => "/callback/payletter".to_owned(),
    }
}
