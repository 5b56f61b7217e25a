//! The calls a merchant's server makes: cancel, status, transaction list.

use jiff::Timestamp;
use paypair_protocol::{Currency, Money};

use super::core::{CLIENT_ID, Payment, Stage};
use super::messages::taxes;
use super::request::error;
use crate::core::clock::{korean_day, readable};
use crate::core::wire::{Form, Json, json_list};
use crate::core::{Answer, Gateway, World};

/// `POST /v1.0/payments/cancel`: all of it. `amount` may be left out; if given it must be the whole.
pub(crate) fn cancel(world: &mut World, now: Timestamp, form: &Form) -> Answer {
    let found = world
        .payletter
        .payments
        .iter()
        .position(|payment| payment.tid == form.get("tid"));
    let order_id = found.map(|at| world.payletter.payments[at].form.text("order_no"));
    world.book.note(
        Gateway::Payletter,
        "/v1.0/payments/cancel",
        now,
        order_id.clone(),
    );
    let (Some(at), Some(order_id)) = (found, order_id) else {
        return error(406, 2104, "결제 내역이 존재하지 않습니다.");
    };
    let payment = world.payletter.payments[at].clone();
    world.book.entry(payment.entry).refunds += 1;
    let amount = Some(form.get("amount")).filter(|text| !text.is_empty());
    let amount = amount.map_or(Ok(payment.amount), |text| {
        Money::parse(text, &Currency::KRW)
    });
    let refusal = match amount {
        _ if form.get("client_id") != CLIENT_ID
            || form.get("user_id") != payment.form.get("user_id") =>
        {
            Some("결제 정보가 일치하지 않습니다.")
        }
        _ if payment.form.get("pgcode") == "virtualaccount" => {
            Some("취소가 불가능한 결제수단입니다.")
        }
        _ if payment.cancelled_at.is_some() => Some("이미 취소된 거래입니다."),
        amount if amount != Ok(payment.amount) => Some("취소 금액이 결제 금액과 다릅니다."),
        _ if world.struck(Gateway::Payletter, &order_id, "refund_refused") => {
            Some("취소 처리 중 오류가 발생하였습니다.")
        }
        _ => None,
    };
    if let Some(refusal) = refusal {
        return error(406, 2105, refusal);
    }
    world.payletter.payments[at].cancelled_at = Some(now);
    world.book.entry(payment.entry).give_back(payment.amount);
    if world.struck(Gateway::Payletter, &order_id, "refund_answer_lost") {
        return Answer::broken(502);
    }
    let slow = world
        .script
        .take(Gateway::Payletter, &order_id, "slow_refund")
        .map(|fault| fault.seconds_or(30));
    let answer = Json::default()
        .text("tid", &payment.tid)
        .text("cid", &payment.cid)
        .raw("amount", &payment.amount.to_wire())
        .text("cancel_date", &readable(now));
    Answer::json(200, answer.end()).after(slow)
}

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
    let sessions = world
        .payletter
        .sessions
        .values()
        .filter(|session| session.order_id() == order_id);
    let Some(session) = sessions.max_by_key(|session| (session.at, session.token.clone())) else {
        return error(406, 2104, "결제 내역이 존재하지 않습니다.");
    };
    let hidden = world
        .payletter
        .payments
        .iter()
        .any(|payment| payment.tid == session.tid && payment.visible_at > now);
    let (tid, stage) = if hidden {
        ("", Stage::Authenticated)
    } else {
        (session.tid.as_str(), session.stage)
    };
    let answer = Json::default()
        .raw("code", "0")
        .text("message", "ok")
        .text("client_id", CLIENT_ID)
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
    if form.get("client_id") != CLIENT_ID
        || day.len() != 8
        || !matches!(by, "transaction" | "settle")
    {
        return error(
            406,
            2001,
            "필수 파라미터가 누락되었습니다. (client_id, date, date_type)",
        );
    }
    let method = form.get("pgcode");
    let script = &mut world.script;
    let wanted = |payment: &&Payment| {
        let id = payment.form.get("order_no");
        payment.visible_at <= now
            && !script.has(Gateway::Payletter, id, "lookup_unavailable")
            && (method.is_empty() || payment.form.get("pgcode") == method)
            && wanted_order.as_deref().is_none_or(|wanted| wanted == id)
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

/// `transaction`: one row on the day of payment, with what became of it. `settle`: the approval on its day and the
/// cancellation on its own.
fn rows_of(payment: &Payment, day: &str, by: &str) -> Vec<String> {
    let paid_then = korean_day(payment.at) == day;
    let cancelled_then = payment.cancelled_at.is_some_and(|at| korean_day(at) == day);
    match by {
        "transaction" => paid_then
            .then(|| row(payment, payment.cancelled_at))
            .into_iter()
            .collect(),
        _ => {
            let approval = paid_then.then(|| row(payment, None));
            let cancellation = cancelled_then.then(|| row(payment, payment.cancelled_at));
            approval.into_iter().chain(cancellation).collect()
        }
    }
}

fn row(payment: &Payment, cancelled_at: Option<Timestamp>) -> String {
    let form = &payment.form;
    let (tax_free, tax) = taxes(form, payment.amount);
    Json::default()
        .text("pgcode", form.get("pgcode"))
        .text("user_id", form.get("user_id"))
        .text("user_name", form.get("user_name"))
        .text("tid", &payment.tid)
        .text("cid", &payment.cid)
        .raw("amount", &payment.amount.to_wire())
        .raw("taxfree_amount", &tax_free)
        .raw("tax_amount", &tax)
        .text("order_no", form.get("order_no"))
        .text("product_name", form.get("product_name"))
        .raw(
            "status_code",
            if cancelled_at.is_some() { "1" } else { "0" },
        )
        .text("transaction_date", &readable(payment.at))
        .text(
            "cancel_date",
            &cancelled_at.map(readable).unwrap_or_default(),
        )
        .end()
}
