//! What became of a payment: its status, and the transaction list.

use jiff::Timestamp;
use paypair_protocol::payletter::{Status, TransactionList};
use paypair_protocol::{Method, Money};

use super::core::{Cancellation, Payment, Stage};
use super::messages::taxes;
use super::request::{broken, error};
use crate::core::clock::{korean_day, readable};
use crate::core::wire::{Form, Json, json_list};
use crate::core::{Answer, Gateway, World};
use paypair_protocol::payletter::codes::same_family;

/// `POST /v1.0/payments/status`: the newest session of an order number (they are not unique). There is no amount in it.
pub(crate) fn status(world: &mut World, now: Timestamp, form: &Form) -> Answer {
    let order_id = form.text("order_no");
    world.book.note(
        Gateway::Payletter,
        "/v1.0/payments/status",
        now,
        Some(order_id.clone()),
    );
    if world.struck(Gateway::Payletter, &order_id, "lookup_unavailable") {
        return error(500, 999, "Internal server error");
    }
    if let Some(wrong) = broken(form, &Status::TABLE) {
        return error(406, 2001, &wrong);
    }
    let sessions = world
        .payletter
        .sessions
        .values()
        .filter(|session| session.order_id() == order_id && session.client.is(form));
    let Some(session) = sessions.max_by_key(|session| (session.at, session.token.clone())) else {
        return error(406, 2104, "결제 내역이 존재하지 않습니다.");
    };
    let hidden = world
        .payletter
        .payments
        .iter()
        .any(|payment| payment.tid == session.tid && payment.visible_at > now);
    if hidden {
        world
            .script
            .note(Gateway::Payletter, &order_id, "lookup_lag");
    }
    let (tid, stage) = if hidden {
        ("", Stage::Authenticated)
    } else {
        (session.tid.as_str(), session.stage)
    };
    let answer = Json::default()
        .raw("code", "0")
        .text("message", "ok")
        .text("client_id", form.get("client_id"))
        .text("order_no", &order_id)
        .text("token", &session.token)
        .text("tid", tid)
        .raw("status_code", &(stage as u8).to_string());
    Answer::json(200, answer.end())
}

/// `GET /v1.0/payments/transaction/list`: one Korean day.
pub(crate) fn list(world: &mut World, now: Timestamp, form: &Form) -> Answer {
    let wanted_order = Some(form.text("order_no")).filter(|id| !id.is_empty());
    world.book.note(
        Gateway::Payletter,
        "/v1.0/payments/transaction/list",
        now,
        wanted_order.clone(),
    );
    if world.struck(
        Gateway::Payletter,
        wanted_order.as_deref().unwrap_or("*"),
        "lookup_unavailable",
    ) {
        return error(500, 999, "Internal server error");
    }
    let (day, by) = (form.get("date"), form.get("date_type"));
    if let Some(wrong) = broken(form, &TransactionList::TABLE) {
        return error(406, 2001, &wrong);
    }
    let method = form.get("pgcode");
    let script = &mut world.script;
    let wanted = |payment: &&Payment| {
        let id = payment.order_id();
        let there = payment.client.is(form)
            && (method.is_empty()
                || same_family(
                    &Method::from(method),
                    &Method::from(payment.method.as_str()),
                ))
            && wanted_order.as_deref().is_none_or(|wanted| wanted == id);
        if there && payment.visible_at > now {
            script.note(Gateway::Payletter, id, "lookup_lag");
            return false;
        }
        there && !script.has(Gateway::Payletter, id, "lookup_unavailable")
    };
    let rows: Vec<_> = world
        .payletter
        .payments
        .iter()
        .filter(wanted)
        .flat_map(|payment| rows_of(payment, day, by))
        .collect();
    let answer = Json::default()
        .raw("total_count", &rows.len().to_string())
        .raw("list", &json_list(rows));
    Answer::json(200, answer.end())
}

/// `transaction`: one row on the day of payment, with what became of it. `settle`: the approval on its day and each
/// cancellation on its own, with its own amount.
fn rows_of(payment: &Payment, day: &str, by: &str) -> Vec<String> {
    let paid_then = korean_day(payment.at) == day;
    if by == "transaction" {
        let last = payment.cancelled.last();
        let whole = paid_then.then(|| row(payment, payment.amount, last));
        return whole.into_iter().collect();
    }
    let approval = paid_then.then(|| row(payment, payment.amount, None));
    let that_day = payment
        .cancelled
        .iter()
        .filter(|part| korean_day(part.at) == day);
    let cancellations = that_day.map(|part| row(payment, part.amount, Some(part)));
    approval.into_iter().chain(cancellations).collect()
}

fn row(payment: &Payment, amount: Money, cancellation: Option<&Cancellation>) -> String {
    let form = &payment.form;
    let (tax_free, tax) = taxes(form, amount);
    let status = match cancellation {
        None => "0",
        Some(part) if part.amount == payment.amount => "1",
        Some(_) if amount == payment.amount && payment.given_back() == payment.amount => "1",
        Some(_) => "2",
    };
    Json::default()
        .text("pgcode", &payment.method)
        .text("user_id", form.get("user_id"))
        .text("user_name", form.get("user_name"))
        .text("tid", &payment.tid)
        .text("cid", &payment.cid)
        .raw("amount", &amount.to_wire())
        .raw("taxfree_amount", &tax_free)
        .raw("tax_amount", &tax)
        .text("order_no", payment.order_id())
        .text("product_name", form.get("product_name"))
        .raw("status_code", status)
        .text("transaction_date", &readable(payment.at))
        .text(
            "cancel_date",
            &cancellation
                .map(|part| readable(part.at))
                .unwrap_or_default(),
        )
        .end()
}
