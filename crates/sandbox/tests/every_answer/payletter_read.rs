//! Payletter's messages, told apart by the path that was called, each with its reader.

use std::fmt::Debug;

use paypair_protocol::payletter::{
    Callback, CashReceiptIssue, DateType, PaymentRequest, ReceiptInfo, Refund, Return, Status,
    TransactionList,
};
use paypair_protocol::wire::Fields;
use paypair_protocol::{CallError, Gateway, Method, Money, Secret, hash};

use crate::common::payletter::charge;
use crate::common::{Answer, PAYMENT_KEY, Page, fields};
use crate::told::Told;

/// A registration's return is read twice: for show, and by its hash.
pub(crate) fn answered(answer: &Answer) -> Vec<Told> {
    let Some(path) = answer.path.strip_prefix("/payletter/") else {
        return Vec::new();
    };
    let told = match path.split('?').next().unwrap_or_default() {
        "v1.0/payments/request" => call("Session", answer, |status, body| {
            PaymentRequest::default().read(status, body)
        }),
        "v1.0/payments/autopay" => call("Charged", answer, |status, body| {
            charge("k", "a", "creditcard").read(status, body)
        }),
        "v1.0/payments/cancel" | "v1.0/payments/cancel/partial" => {
            call("Refunded", answer, |status, body| {
                refund().read(status, body)
            })
        }
        "v1.0/payments/transaction/list" => call("Transactions", answer, |status, body| {
            list().read(status, body)
        }),
        "v1.0/payments/status" => call("StatusAnswer", answer, |status, body| {
            the_status().read(status, body)
        }),
        path if path.starts_with("v1.0/cashreceipt/") => {
            call("ReceiptPage", answer, |status, body| {
                CashReceiptIssue::default().read(status, body)
            })
        }
        path if path.starts_with("v1.0/receipt/") => call("ReceiptPage", answer, |status, body| {
            ReceiptInfo::default().read(status, body)
        }),
        _ => return returned(&Page(answer.body.clone())),
    };
    told.into_iter().collect()
}

fn call<T: PartialEq + Debug + 'static>(
    name: &'static str,
    answer: &Answer,
    read: impl Fn(u16, &[u8]) -> Result<T, CallError> + 'static,
) -> Option<Told> {
    Told::of_call(Gateway::Payletter, name, answer, read)
}

fn returned(page: &Page) -> Vec<Told> {
    if !page.has("id=\"handback\" method=\"post\"") {
        return Vec::new();
    }
    let fields = fields(&page.handback().1);
    let read = |fields: &Fields| Some(Return::read(fields));
    let shown = Told::new(Gateway::Payletter, "Return", fields.clone(), read);
    let registers = fields.get("payhash").is_some() && fields.get("tid").is_none();
    let registration = registers.then(|| {
        let verify = |fields: &Fields| Return::verify_registration(fields, &key()).ok();
        Told::new(Gateway::Payletter, "Registration", fields, verify).signed_by(sign_registration)
    });
    std::iter::once(shown).chain(registration).collect()
}

pub(crate) fn callback(body: &str) -> Told {
    let fields = Fields::from_json(body.as_bytes()).unwrap();
    let verify = |fields: &Fields| Callback::verify(fields, &key()).ok();
    Told::new(Gateway::Payletter, "Callback", fields, verify).signed_by(sign_callback)
}

pub(crate) fn sign_callback(fields: &mut Fields) {
    let part = |name| fields.bytes(name).unwrap_or_default();
    let digest = hash::payhash(part("user_id"), part("amount"), part("tid"), &key());
    fields.set("payhash", digest.to_upper_hex());
}

pub(crate) fn sign_registration(fields: &mut Fields) {
    let part = |name| fields.bytes(name).unwrap_or_default();
    let digest = hash::payhash_verification_only(part("user_id"), part("billkey"), &key());
    fields.set("payhash", digest.to_upper_hex());
}

// What the answers are read by.

fn key() -> Secret {
    Secret::new(PAYMENT_KEY)
}

fn refund() -> Refund {
    Refund {
        method: Method::from("creditcard"),
        merchant_id: "pay_test".into(),
        customer_id: "buyer".into(),
        transaction_id: "t".into(),
        amount: Money::won(1000),
        partial: None,
        customer_ip: "127.0.0.1".into(),
    }
}

fn list() -> TransactionList {
    TransactionList {
        merchant_id: "pay_test".into(),
        on: "20260305".into(),
        by: DateType::Transaction,
        method: None,
        order_id: None,
    }
}

fn the_status() -> Status {
    Status {
        merchant_id: "pay_test".into(),
        order_id: "a".into(),
    }
}
