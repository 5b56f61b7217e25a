//! Payple's windows, as pages.

use askama::Template;

use super::core;
use crate::core::wire::Form;
use crate::pages::{Brand, PAYPLE, grouped};
use crate::sandbox::Sandbox;

/// The payment window: a card form, or the choice of an app card.
#[derive(Template)]
#[template(path = "payple.html")]
pub(crate) struct Window<'p> {
    base: &'p str,
    brand: Brand,
    id: &'p str,
    goods: &'p str,
    total: String,
    registers: bool,
    recurring: bool,
    /// Where `resize` goes when the window stands in a frame.
    origin: &'p str,
    error: &'p str,
    number: &'p str,
    month: &'p str,
    year: &'p str,
    companies: &'static [&'static str],
}

impl<'p> Window<'p> {
    pub(crate) fn new(
        sandbox: &'p Sandbox,
        window: &'p core::Window,
        error: &'p str,
        typed: &'p Form,
    ) -> Self {
        let or = |name: &str, default: &'p str| {
            Some(typed.get(name))
                .filter(|value| !value.is_empty())
                .unwrap_or(default)
        };
        Self {
            base: sandbox.options().base_path(),
            brand: PAYPLE,
            id: &window.id,
            goods: window.form.get("PCD_PAY_GOODS"),
            total: grouped(&window.total.to_wire()),
            registers: window.work() == "AUTH",
            recurring: window.takes_card_number(),
            origin: window.origin.as_deref().unwrap_or_default(),
            error,
            number: or("card_number", "4321 1234 5678 9010"),
            month: or("card_month", "12"),
            year: or("card_year", "35"),
            companies: &[
                "신한카드",
                "KB국민카드",
                "삼성카드",
                "현대카드",
                "롯데카드",
                "하나카드",
                "NH농협카드",
                "BC카드",
            ],
        }
    }
}
