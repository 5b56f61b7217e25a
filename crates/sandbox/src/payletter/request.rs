//! How a payment begins: payments/request, and the browser's way into the window.

use jiff::Timestamp;
use paypair_protocol::payletter::PaymentRequest;
use paypair_protocol::{Currency, Fault, Locale, Money, Table};

use super::client;
use super::core::{Session, Stage};
use crate::core::wire::{Form, Json};
use crate::core::{Answer, Gateway, World};
use crate::options::PayletterClient;

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
    let client = match named_client(world, &form) {
        Ok(client) => client,
        Err(wrong) => return error(406, 2001, &wrong),
    };
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
        client,
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

/// The client of this call, if the method that is named is paid by it.
pub(super) fn named_client(world: &World, form: &Form) -> Result<PayletterClient, String> {
    let client = client::named(&world.options, form.get("client_id")).ok_or(NO_CLIENT)?;
    if client::takes(&world.options, &client, form.get("pgcode")) {
        Ok(client)
    } else {
        Err("이 가맹점에서 사용할 수 없는 결제수단입니다. (pgcode)".into())
    }
}

pub(super) const NO_CLIENT: &str = "가맹점 정보가 존재하지 않습니다. (client_id)";

fn broken_rule(form: &Form) -> Option<String> {
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
