//! How a payment begins: payments/request, and the browser's way into the window.

use jiff::Timestamp;
use paypair_protocol::payletter::PaymentRequest;
use paypair_protocol::{Currency, Fault, Locale, Money, Table};

use super::core::{CLIENT_ID, Session, Stage};
use crate::core::wire::{Form, Json};
use crate::core::{Answer, Gateway, World};

/// `POST /v1.0/payments/request`.
pub(crate) fn request(world: &mut World, now: Timestamp, form: Form) -> Answer {
    let order_id = form.text("order_no");
    world.book.note(
        Gateway::Payletter,
        "/v1.0/payments/request",
        now,
        Some(order_id.clone()),
    );
    if world.struck(Gateway::Payletter, &order_id, "auth_unavailable") {
        return error(500, 999, "Internal server error");
    }
    if let Some(wrong) = broken_rule(&form) {
        return error(406, 2001, &wrong);
    }
    let amount = Money::parse(form.get("amount"), &Currency::KRW).unwrap_or_default();
    let token = world.payletter.next_token(now);
    let url = |location: &str| {
        format!(
            "{}/payletter/pgsvc/hub.asp?location={location}&token={token}",
            world.options.base_url
        )
    };
    let answer = Json::default()
        .raw("token", &token)
        .text("online_url", &url("online"))
        .text("mobile_url", &url("mobile"));
    let session = Session {
        token: token.clone(),
        form,
        amount,
        stage: Stage::Created,
        account: None,
        at: now,
        tid: String::new(),
        back_from_app: false,
    };
    world.payletter.sessions.insert(token, session);
    Answer::json(200, answer.end())
}

fn broken_rule(form: &Form) -> Option<String> {
    if form.get("client_id") != CLIENT_ID {
        return Some("가맹점 정보가 존재하지 않습니다. (client_id)".into());
    }
    broken(form, &PaymentRequest::TABLE).or_else(|| {
        let faults = PaymentRequest::from_fields(&form.fields()).ok()?.check();
        faults.first().map(said)
    })
}

/// The first row of a table that is not kept, in words.
pub(super) fn broken(form: &Form, table: &Table) -> Option<String> {
    form.broken_rule(table).as_ref().map(said)
}

pub(super) fn said(fault: &Fault) -> String {
    format!("{} ({})", Locale::Ko.message(&fault.error), fault.wire)
}

/// `GET /pgsvc/hub.asp`: the session behind a token, now entered.
pub(crate) fn enter(world: &mut World, token: &str) -> Option<Session> {
    let session = world.payletter.sessions.get_mut(token)?;
    if session.stage == Stage::Created {
        session.stage = Stage::Entered;
    }
    Some(session.clone())
}

/// A refusal in the domestic shape.
pub(super) fn error(status: u16, code: u16, message: &str) -> Answer {
    Answer::json(
        status,
        Json::default()
            .raw("code", &code.to_string())
            .text("message", message)
            .end(),
    )
}
