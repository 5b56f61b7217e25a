//! What is handed back: the browser's return, and the callback.

use jiff::Timestamp;
use paypair_protocol::hash::{payhash, payhash_verification_only};
use paypair_protocol::payletter::codes;
use paypair_protocol::{Method, Money, Secret};

use super::core::{Account, CashReceipt, Payment, Session};
use crate::core::clock::readable;
use crate::core::handback::Handback;
use crate::core::wire::{Form, Json, owned};
use crate::core::{Dispatch, Gateway, Owed, World};

/// The fields that success and failure share, in the recorded order.
fn described(form: &Form, (code, message): (&str, &str)) -> Vec<(String, String)> {
    owned([
        ("code", code),
        ("message", message),
        ("user_id", form.get("user_id")),
        ("user_name", form.get("user_name")),
        ("order_no", form.get("order_no")),
        ("service_name", form.get("service_name")),
        ("product_name", form.get("product_name")),
        ("custom_parameter", form.get("custom_parameter")),
    ])
}

pub(super) fn failure(form: &Form, outcome: (&str, &str)) -> Vec<(String, String)> {
    let mut fields = described(form, outcome);
    fields.retain(|(name, _)| name != "user_name");
    fields
}

/// The return of a registration. No callback follows it, so it carries a hash of its own form.
pub(super) fn registered(session: &Session, billing_key: &str) -> Vec<(String, String)> {
    let form = &session.form;
    let key = Secret::new(&*session.client.payment_key);
    let digest = payhash_verification_only(form.get("user_id"), billing_key, &key).to_upper_hex();
    let mut fields = described(form, ("0", ""));
    fields.extend(owned([
        ("pgcode", form.get("pgcode")),
        ("pay_info", CARD),
        ("billkey", billing_key),
        ("card_info", MASKED_CARD),
        ("payhash", &digest),
    ]));
    fields
}

/// The return of a captured payment, in the order of the recorded ones.
pub(super) fn returned(payment: &Payment) -> Vec<(String, String)> {
    let form = &payment.form;
    let amount = payment.amount.to_wire();
    let (tax_free, tax) = taxes(form, payment.amount);
    let mut fields = described(form, ("0", ""));
    fields.extend(owned([
        ("pgcode", payment.method.as_str()),
        ("tid", &payment.tid),
        ("cid", &payment.cid),
        ("amount", &amount),
        ("pay_info", &payment.pay_info),
        ("domestic_flag", "N"),
        ("install_month", "00"),
        ("payhash", &signature(payment)),
        ("taxfree_amount", &tax_free),
        ("tax_amount", &tax),
        ("nonsettle_amount", "0"),
        ("transaction_date", &readable(payment.at)),
    ]));
    if payment.cup_deposit() > 0 {
        let deposit = payment.cup_deposit().to_string();
        fields.extend(owned([("disposable_cup_deposit", deposit.as_str())]));
    }
    if let Some(receipt) = &payment.cash_receipt {
        let flat = |(name, value)| (format!("cash_receipt_{name}"), value);
        fields.extend(receipt_fields(receipt, payment).into_iter().map(flat));
    }
    if !payment.billing_key.is_empty() {
        fields.extend(owned([
            ("billkey", payment.billing_key.as_str()),
            ("card_info", MASKED_CARD),
        ]));
    }
    fields
}

/// The return of an issued account. No money has moved, so there is no payhash.
pub(super) fn issued(
    session: &Session,
    account: &Account,
    now: Timestamp,
) -> Vec<(String, String)> {
    let mut fields = described(&session.form, ("0", ""));
    let amount = session.amount.to_wire();
    fields.extend(owned([
        ("pgcode", session.form.get("pgcode")),
        ("amount", &amount),
        ("account_no", &account.number),
        ("account_name", session.form.get("user_name")),
        ("account_holder", &account.holder),
        ("bank_code", &account.bank_code),
        ("bank_name", &account.bank_name),
        ("issue_tid", &account.issue_tid),
        ("expire_date", &account.expire_date),
        ("expire_time", &account.expire_time),
        ("transaction_date", &readable(now)),
    ]));
    fields
}

pub(super) fn call_back(
    world: &mut World,
    now: Timestamp,
    session: &Session,
    payment: &Payment,
) -> Dispatch {
    let order_id = session.order_id();
    let mut fault = |name: &str| world.struck(Gateway::Payletter, order_id, name);
    let payhash = match (fault("callback_without_hash"), fault("callback_bad_hash")) {
        (true, _) => None,
        (_, true) => Some(sign(payment, &payment.client.search_key)),
        _ => Some(signature(payment)),
    };
    let other = format!("{order_id}-other");
    let named = if fault("callback_other_order") {
        &other
    } else {
        order_id
    };
    let body = callback(payment, named, payhash.as_deref());
    let owed = Owed {
        entry: Some(payment.entry),
        url: session.form.text("callback_url"),
        body,
    };
    world.dispatch((Gateway::Payletter, order_id), owed, now)
}

/// The callback: keys in alphabetical order, as recorded.
fn callback(payment: &Payment, order_id: &str, payhash: Option<&str>) -> String {
    let form = &payment.form;
    let (tax_free, tax) = taxes(form, payment.amount);
    let card = if payment.pay_info == CARD {
        MASKED_CARD
    } else {
        ""
    };
    let receipt = match &payment.cash_receipt {
        Some(receipt) => receipt_fields(receipt, payment),
        None => no_receipt(),
    };
    let receipt = receipt
        .iter()
        .fold(Json::default(), |json, (name, value)| {
            json.text(name, value)
        })
        .end();
    let json = Json::default()
        .raw("amount", &payment.amount.to_wire())
        .text("billkey", &payment.billing_key)
        .text("card_info", card)
        .raw("cash_receipt", &receipt)
        .text("cid", &payment.cid)
        .text("custom_parameter", form.get("custom_parameter"))
        .raw("disposable_cup_deposit", &payment.cup_deposit().to_string())
        .text("domestic_flag", if card.is_empty() { "" } else { "N" })
        .text("install_month", if card.is_empty() { "" } else { "00" })
        .raw("nonsettle_amount", "0")
        .text("order_no", order_id)
        .text("pay_info", &payment.pay_info);
    let json = match payhash {
        Some(payhash) => json.text("payhash", payhash),
        None => json,
    };
    json.text("pgcode", &payment.method)
        .text("product_name", form.get("product_name"))
        .text("service_name", form.get("service_name"))
        .raw("tax_amount", &tax)
        .raw("taxfree_amount", &tax_free)
        .text("tid", &payment.tid)
        .text("transaction_date", &readable(payment.at))
        .text("user_id", form.get("user_id"))
        .text("user_name", form.get("user_name"))
        .end()
}

fn receipt_fields(receipt: &CashReceipt, payment: &Payment) -> Vec<(String, String)> {
    owned([
        ("cid", receipt.approval_no.as_str()),
        ("code", "0"),
        ("deal_no", payment.order_id()),
        ("issue_type", "1"),
        ("message", "success"),
        ("payer_sid", &receipt.payer_id),
        ("type", receipt.purpose),
    ])
}

/// Recorded: the block is there, and says that none was needed.
fn no_receipt() -> Vec<(String, String)> {
    owned([
        ("cid", ""),
        ("code", ""),
        ("deal_no", ""),
        ("issue_type", ""),
        ("message", ""),
        ("payer_sid", ""),
        ("type", "06"),
    ])
}

fn signature(payment: &Payment) -> String {
    sign(payment, &payment.client.payment_key)
}

fn sign(payment: &Payment, key: &str) -> String {
    payhash(
        payment.form.get("user_id"),
        payment.amount.to_wire(),
        &payment.tid,
        &Secret::new(key),
    )
    .to_upper_hex()
}

/// The tax-free part and the tax: what was asked, or an eleventh of the rest, rounded half up.
pub(super) fn taxes(form: &Form, amount: Money) -> (String, String) {
    let asked = |name: &str| form.get(name).parse::<u64>().ok();
    let tax_free = asked("taxfree_amount").unwrap_or(0);
    let taxed = amount.minor.saturating_sub(tax_free);
    let tax = asked("tax_amount").unwrap_or_else(|| taxed / 11 + u64::from(taxed % 11 >= 6));
    (tax_free.to_string(), tax.to_string())
}

/// Back to the merchant by a form post.
pub(super) fn back(session: &Session, fields: Vec<(String, String)>) -> Handback {
    Handback::Post {
        url: session.form.text("return_url"),
        fields,
    }
}

/// A plain GET, and nothing in it says which order it was. Some methods end on a page of their own.
pub(super) fn cancelled(session: &Session) -> Handback {
    let method = Method::from(session.form.get("pgcode"));
    let reaches = codes::method(&method).is_none_or(|row| row.reaches_cancel_url);
    match session.form.get("cancel_url") {
        _ if !reaches => {
            let text = "결제가 취소되었습니다. 이 결제수단은 쇼핑몰로 돌아가지 않습니다.";
            Handback::stay("결제 취소", text)
        }
        "" => Handback::stay("결제 취소", "결제가 취소되었습니다. 이 창을 닫아주세요."),
        url => Handback::Get {
            url: url.to_owned(),
        },
    }
}

pub(super) const CARD: &str = "테스트카드";

const MASKED_CARD: &str = "457973******1234";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tax_is_an_eleventh_rounded_half_up() {
        let tax = |minor| taxes(&Form::default(), Money::won(minor)).1;
        assert_eq!((tax(1000).as_str(), tax(3000).as_str()), ("91", "273")); // both recorded
        assert_eq!((tax(16).as_str(), tax(17).as_str()), ("1", "2"));
        let form = Form::from([("taxfree_amount", "100"), ("tax_amount", "20")]);
        assert_eq!(
            taxes(&form, Money::won(1000)),
            ("100".to_owned(), "20".to_owned())
        );
    }
}
