//! Payletter Global's windows, as pages.

use askama::Template;
use paypair_protocol::Method;
use paypair_protocol::payletter_global::codes::{self, MethodKind};

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
    /// To choose from, code and name; empty where the merchant chose.
    methods: Vec<(&'static str, &'static str)>,
}

impl<'p> Window<'p> {
    pub(crate) fn new(sandbox: &'p Sandbox, session: &'p Session) -> Self {
        Self {
            base: sandbox.options().base_path(),
            brand: PAYLETTER_GLOBAL,
            token: &session.token,
            order_id: session.order_id(),
            service: session.form.get("servicename"),
            method: name_of(session.method()),
            total: session
                .amount
                .map(|amount| grouped(&amount.to_wire()))
                .unwrap_or_default(),
            currency: session
                .amount
                .map_or_else(String::new, |amount| amount.currency.as_str().to_owned()),
            paypal: session.is_paypal(),
            methods: CHOICES
                .iter()
                .filter(|_| !session.names_method())
                .map(|code| (*code, name_of(code)))
                .collect(),
        }
    }
}

/// What a buyer calls a method. An unknown one is called by its code.
fn name_of(method: &str) -> &str {
    match codes::method(&Method::from(method)) {
        // The table tells merchants how cards are checked; a buyer has a card.
        Some(row) if row.kind == MethodKind::Card => "Card 카드",
        Some(row) => row.note,
        None => method,
    }
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn methods_are_called_as_buyers_call_them() {
        assert_eq!(name_of("PLCreditCard"), "Card 카드");
        assert_eq!(name_of("DegicaKonbini"), "Konbini (편의점 결제)");
        assert_eq!(name_of("SomethingNew"), "SomethingNew");
    }
}
