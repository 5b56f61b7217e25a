//! Payletter Global's windows, as pages.

use askama::Template;

use super::core::Session;
use crate::pages::{Brand, PAYLETTER_GLOBAL, grouped};
use crate::sandbox::Sandbox;

const CHOICES: &[&str] = &[
    "PLCreditCard",
    "PaypalExpressCheckout",
    "DegicaKonbini",
    "VTCVTCPay",
];

/// The payment window: a card form in English and Korean.
#[derive(Template)]
#[template(path = "payletter_global.html")]
pub(crate) struct Window<'p> {
    base: &'p str,
    brand: Brand,
    token: &'p str,
    order_id: &'p str,
    service: &'p str,
    method: &'p str,
    total: String,
    currency: String,
    paypal: bool,
    /// To choose from; empty where the merchant chose.
    methods: &'static [&'static str],
}

impl<'p> Window<'p> {
    pub(crate) fn new(sandbox: &'p Sandbox, session: &'p Session) -> Self {
        Self {
            base: sandbox.options().base_path(),
            brand: PAYLETTER_GLOBAL,
            token: &session.token,
            order_id: session.order_id(),
            service: session.form.get("servicename"),
            method: session.method(),
            total: session
                .amount
                .map(|amount| grouped(&amount.to_wire()))
                .unwrap_or_default(),
            currency: session
                .amount
                .map_or_else(String::new, |amount| amount.currency.as_str().to_owned()),
            paypal: session.is_paypal(),
            methods: if session.names_method() { &[] } else { CHOICES },
        }
    }
}
