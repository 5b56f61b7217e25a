//! Payletter's windows, as pages.

use askama::Template;
use paypair_protocol::Method;
use paypair_protocol::payletter::codes;

use super::core::{Account, Payment, Session};
use super::window::BANKS;
use crate::core::clock::readable;
use crate::pages::{Brand, PAYLETTER, Receipt, grouped};
use crate::sandbox::Sandbox;

/// The payment window: the test card, a virtual account to issue, or the account that was issued.
#[derive(Template)]
#[template(path = "payletter.html")]
pub(crate) struct Window<'p> {
    base: &'p str,
    brand: Brand,
    token: &'p str,
    goods: &'p str,
    service: &'p str,
    method: &'p str,
    total: String,
    virtual_account: bool,
    account: Option<&'p Account>,
    expires: String,
    banks: &'static [(&'static str, &'static str)],
    /// The methods it may be made with: code and name.
    made_as: Vec<(&'static str, &'static str)>,
}

impl<'p> Window<'p> {
    pub(crate) fn new(sandbox: &'p Sandbox, session: &'p Session) -> Self {
        let account = session.account.as_ref();
        Self {
            base: sandbox.options().base_path(),
            brand: PAYLETTER,
            token: &session.token,
            goods: session.form.get("product_name"),
            service: session.form.get("service_name"),
            method: name_of(session.form.get("pgcode")),
            total: grouped(&session.amount.to_wire()),
            virtual_account: session.is_virtual_account(),
            account,
            expires: account
                .map(|account| readable_day(&account.expire_date))
                .unwrap_or_default(),
            banks: &BANKS,
            made_as: session
                .comes_back_as()
                .iter()
                .map(|code| (*code, name_of(code)))
                .collect(),
        }
    }
}

/// What was paid, and where a cash receipt is asked for the form to it.
pub(super) fn receipt<'p>(
    sandbox: &'p Sandbox,
    payment: &'p Payment,
    token: &'p str,
) -> Receipt<'p> {
    let receipt = payment.cash_receipt.as_ref();
    Receipt {
        base: sandbox.options().base_path(),
        brand: PAYLETTER,
        token,
        goods: payment.form.get("product_name"),
        total: grouped(&payment.amount.to_wire()),
        transaction_id: &payment.tid,
        approval_no: &payment.cid,
        method: name_of(&payment.method),
        paid_at: readable(payment.at),
        receipt: receipt.map_or("", |receipt| &receipt.approval_no),
    }
}

/// What people call a method: `virtualaccount` is 가상계좌. An unknown one is called by its code.
fn name_of(method: &str) -> &str {
    codes::method(&Method::from(method)).map_or(method, |row| row.name)
}

/// `20211129` as `2021-11-29`; anything else as it is.
fn readable_day(day: &str) -> String {
    match (day.get(..4), day.get(4..6), day.get(6..)) {
        (Some(year), Some(month), Some(date)) => format!("{year}-{month}-{date}"),
        _ => day.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn methods_are_called_as_buyers_call_them() {
        assert_eq!(name_of("virtualaccount"), "가상계좌");
        assert_eq!(name_of("navercard"), "네이버페이 카드");
        assert_eq!(name_of("somethingnew"), "somethingnew");
    }
}
