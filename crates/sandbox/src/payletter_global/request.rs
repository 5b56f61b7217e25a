//! How a payment begins: payment/request.

use jiff::Timestamp;
use paypair_protocol::payletter_global::PaymentRequest;
use paypair_protocol::{Currency, Fault, Locale, Money, Table};

use super::core::{STORE_ID, Session};
use crate::core::wire::{Form, Json};
use crate::core::{Answer, Gateway, World};

/// `POST /api/payment/request`.
pub(crate) fn request(world: &mut World, now: Timestamp, form: Form) -> Answer {
    let order_id = form.text("storeorderno");
    world.book.note(
        Gateway::PayletterGlobal,
        "/api/payment/request",
        now,
        Some(order_id.clone()),
    );
    if world.struck(Gateway::PayletterGlobal, &order_id, "auth_unavailable") {
        return error(500, (999, "Internal Error"), "Internal Error");
    }
    let amount = match asked(&form) {
        Ok(amount) => amount,
        Err(detail) => return error(400, INVALID, &detail),
    };
    let token = world.payletter_global.next_token(now);
    let url = |location: &str| {
        format!(
            "{}/payletter_global/hub.aspx?location={location}&token={token}",
            world.options.base_url
        )
    };
    let answer = Json::default()
        .raw("token", &token)
        .text("online_url", &url("online"))
        .text("mobile_url", &url("mobile"));
    world.payletter_global.sessions.insert(
        token.clone(),
        Session {
            token,
            form,
            amount,
            open: true,
            chosen: None,
        },
    );
    Answer::json(200, answer.end())
}

/// None asks for a billing agreement alone.
fn asked(form: &Form) -> Result<Option<Money>, String> {
    if form.get("storeid") != STORE_ID {
        return Err("[2102]Not exist PG contract information".into());
    }
    if let Some(detail) = broken(form, &PaymentRequest::TABLE) {
        return Err(detail);
    }
    let request = PaymentRequest::from_fields(&form.fields())
        .map_err(|_| "[2004]Invalid amount".to_owned())?;
    if let Some(fault) = request.check().first() {
        return Err(said(fault));
    }
    match request.amount {
        Some(amount) if amount.is_zero() => Err("[2004]Invalid amount".into()),
        None if request.is_token_only() => Ok(None),
        // The buyer chooses how much to top up; ours always takes ten dollars.
        None => Ok(Some(Money {
            minor: 1000,
            currency: Currency::USD,
        })),
        amount => Ok(amount),
    }
}

/// The first row of a table that is not kept, in words.
pub(super) fn broken(form: &Form, table: &Table) -> Option<String> {
    form.broken_rule(table).as_ref().map(said)
}

pub(super) fn said(fault: &Fault) -> String {
    format!(
        "[2001]{} ({})",
        Locale::En.message(&fault.error),
        fault.wire
    )
}

/// Private calls are for registered addresses.
pub(super) fn private(world: &World) -> Option<Answer> {
    let forbidden = (993, "You do not have authorization.");
    (!world.options.private_api).then(|| error(403, forbidden, "Not allowed ip address."))
}

/// A refusal in the global shape.
pub(super) fn error(status: u16, (code, message): (u16, &str), detail: &str) -> Answer {
    let code = code.to_string();
    let inner = Json::default()
        .raw("code", &code)
        .text("message", message)
        .text("detail", detail)
        .raw("plcode", &code);
    Answer::json(status, Json::default().raw("error", &inner.end()).end())
}

pub(super) const INVALID: (u16, &str) = (997, "The request is invalid.");
