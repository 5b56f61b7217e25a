//! Payple's windows, as pages.

use askama::Template;
use paypair_protocol::Money;

use super::core;
use super::means::BANKS;
use crate::core::clock::readable;
use crate::core::wire::Form;
use crate::pages::{Brand, PAYPLE, Receipt, grouped};
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
    transfer: bool,
    banks: &'static [(&'static str, &'static str)],
    account: &'p str,
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
            transfer: window.is_transfer(),
            banks: &BANKS,
            account: or("account_number", "123-4567890-123"),
        }
    }
}

/// A payment link that takes cards and accounts.
#[derive(Template)]
#[template(path = "payple_link.html")]
pub(crate) struct LinkChoice<'p> {
    base: &'p str,
    brand: Brand,
    key: &'p str,
    goods: &'p str,
    total: String,
}

impl<'p> LinkChoice<'p> {
    pub(super) fn new(sandbox: &'p Sandbox, key: &'p str, goods: &'p str, total: Money) -> Self {
        Self {
            base: sandbox.options().base_path(),
            brand: PAYPLE,
            key,
            goods,
            total: grouped(&total.to_wire()),
        }
    }
}

/// The slip of a payment.
pub(super) fn receipt<'p>(sandbox: &'p Sandbox, payment: &'p core::Payment) -> Receipt<'p> {
    Receipt {
        base: sandbox.options().base_path(),
        brand: PAYPLE,
        token: "",
        goods: payment.form.get("PCD_PAY_GOODS"),
        total: grouped(&payment.total.to_wire()),
        transaction_id: &payment.transaction_id,
        approval_no: &payment.approval_no,
        method: &payment.means.name,
        paid_at: readable(payment.at),
        receipt: payment
            .cash_receipt
            .as_ref()
            .map_or("", |receipt| &receipt.no),
    }
}
