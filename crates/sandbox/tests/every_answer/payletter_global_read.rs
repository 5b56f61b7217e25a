//! Payletter Global's messages, told apart by the path that was called, each with its reader.

use std::fmt::Debug;

use paypair_protocol::payletter_global::{
    Notice, NoticeForm, PaymentRequest, Refund, Return, SalesList, SettlementList,
    SubscriptionCancel,
};
use paypair_protocol::wire::Fields;
use paypair_protocol::{CallError, Gateway, Secret, hash};

use crate::common::payletter_global::{charge, usd};
use crate::common::{Answer, Page, fields};
use crate::told::Told;

pub(crate) fn answered(answer: &Answer) -> Option<Told> {
    match answer.path.strip_prefix("/payletter_global/")? {
        "api/payment/request" => call("Session", answer, |status, body| {
            PaymentRequest::default().read(status, body)
        }),
        "payment/recurring" => call("Charged", answer, |status, body| {
            charge("k", "a", "PLCreditCard").read(status, body)
        }),
        "payment/refund" => call("Refunded", answer, |status, body| {
            refund().read(status, body)
        }),
        "payment/cpdaesalist" => call("Sales", answer, |status, body| {
            SalesList::default().read(status, body)
        }),
        "settlement/detailslist" => call("Settlements", answer, |status, body| {
            SettlementList::default().read(status, body)
        }),
        "paypal/subscription/cancel" => call("SubscriptionCancelled", answer, |status, body| {
            SubscriptionCancel::default().read(status, body)
        }),
        _ => returned(&Page(answer.body.clone())),
    }
}

fn call<T: PartialEq + Debug + 'static>(
    name: &'static str,
    answer: &Answer,
    read: impl Fn(u16, &[u8]) -> Result<T, CallError> + 'static,
) -> Option<Told> {
    Told::of_call(Gateway::PayletterGlobal, name, answer, read)
}

fn returned(page: &Page) -> Option<Told> {
    if !page.has("id=\"handback\" method=\"post\"") {
        return None;
    }
    let fields = fields(&page.handback().1);
    let read = |fields: &Fields| Some(Return::read(fields));
    Some(Told::new(Gateway::PayletterGlobal, "Return", fields, read))
}

/// A notification of an agreement alone has no amount, and a hash of its own form.
pub(crate) fn notice(body: &str) -> Told {
    let fields = Fields::from_form(body.as_bytes()).unwrap();
    if form_of(&fields) == NoticeForm::TokenOnly {
        Told::new(Gateway::PayletterGlobal, "Notice", fields, |fields| {
            Notice::verify(fields, &key(), NoticeForm::TokenOnly).ok()
        })
        .signed_by(sign_token_only)
    } else {
        Told::new(Gateway::PayletterGlobal, "Notice", fields, |fields| {
            Notice::verify(fields, &key(), NoticeForm::Payment).ok()
        })
        .signed_by(sign_payment)
    }
}

/// The form that a notification was sent in.
pub(crate) fn form_of(fields: &Fields) -> NoticeForm {
    if fields.get("payamt").is_some() {
        NoticeForm::Payment
    } else {
        NoticeForm::TokenOnly
    }
}

pub(crate) fn sign_payment(fields: &mut Fields) {
    let part = |name| fields.bytes(name).unwrap_or_default();
    let digest = hash::notice_hash(
        part("storeid"),
        part("currency"),
        part("storeorderno"),
        part("payamt"),
        part("payerid"),
        part("timestamp"),
        &key(),
    );
    fields.set("hash", digest.to_lower_hex());
}

pub(crate) fn sign_token_only(fields: &mut Fields) {
    let part = |name| fields.bytes(name).unwrap_or_default();
    let digest = hash::notice_hash_token_only(
        part("storeid"),
        part("storeorderno"),
        part("payerid"),
        part("timestamp"),
        &key(),
    );
    fields.set("hash", digest.to_lower_hex());
}

fn key() -> Secret {
    Secret::new("PL_Merchant")
}

fn refund() -> Refund {
    Refund {
        merchant_id: "PL_Merchant".into(),
        transaction_id: "t".into(),
        amount: usd("3.00"),
        method: None,
    }
}
