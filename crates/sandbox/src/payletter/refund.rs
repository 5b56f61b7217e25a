//! Cancelling a payment, wholly or in part.

use jiff::Timestamp;
use paypair_protocol::payletter::{Refund, codes};
use paypair_protocol::{Currency, Method, Money};

use super::core::{Cancellation, Payment};
use super::request::{broken, error};
use crate::core::clock::{korean_day, readable};
use crate::core::wire::{Form, Json};
use crate::core::{Answer, Gateway, World};

/// `POST /v1.0/payments/cancel`: all of it. `amount` may be left out; if given it must be the whole.
pub(crate) fn cancel(world: &mut World, now: Timestamp, form: &Form) -> Answer {
    give_back(world, now, form, false)
}

/// `POST /v1.0/payments/cancel/partial`: a part, or what is left.
pub(crate) fn cancel_partly(world: &mut World, now: Timestamp, form: &Form) -> Answer {
    give_back(world, now, form, true)
}

fn give_back(world: &mut World, now: Timestamp, form: &Form, partial: bool) -> Answer {
    let (path, table) = if partial {
        ("/v1.0/payments/cancel/partial", &Refund::PARTIAL_TABLE)
    } else {
        ("/v1.0/payments/cancel", &Refund::TABLE)
    };
    let mut payments = world.payletter.payments.iter();
    let found = payments.position(|payment| payment.tid == form.get("tid"));
    let order_id = found.map(|at| world.payletter.payments[at].order_id().to_owned());
    let noted = order_id.clone();
    world.book.note(Gateway::Payletter, path, now, noted);
    if let Some(wrong) = broken(form, table) {
        return error(406, 2001, &wrong);
    }
    let (Some(at), Some(order_id)) = (found, order_id) else {
        return error(406, 2104, "결제 내역이 존재하지 않습니다.");
    };
    let payment = world.payletter.payments[at].clone();
    world.book.entry(payment.entry).refunds += 1;
    let asked = Some(form.get("amount")).filter(|text| !text.is_empty());
    let asked = asked.map_or(Ok(payment.amount), |text| {
        Money::parse(text, &Currency::KRW)
    });
    let amount = asked.unwrap_or_default();
    let refusal = barred(&payment, form, amount, partial, now).or_else(|| {
        world
            .struck(Gateway::Payletter, &order_id, "refund_refused")
            .then_some("취소 처리 중 오류가 발생하였습니다.")
    });
    if let Some(refusal) = refusal {
        return error(406, 2105, refusal);
    }
    let cancelled = &mut world.payletter.payments[at].cancelled;
    cancelled.push(Cancellation { amount, at: now });
    let total = world.payletter.payments[at].given_back();
    world.book.entry(payment.entry).give_back(total);
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
        .raw("amount", &amount.to_wire())
        .text("cancel_date", &readable(now));
    Answer::json(200, answer.end()).after(slow)
}

/// What stands against this cancellation.
fn barred(
    payment: &Payment,
    form: &Form,
    amount: Money,
    partial: bool,
    now: Timestamp,
) -> Option<&'static str> {
    let method = Method::from(payment.method.as_str());
    let asked = Method::from(form.get("pgcode"));
    let given_back = payment.given_back().minor;
    let rest = payment.amount.minor - given_back;
    let allowed = codes::method(&method).and_then(|row| {
        let (paid_on, today) = (korean_day(payment.at), korean_day(now));
        row.allows_refund(partial, payment.cup_deposit() > 0, &paid_on, &today)
    });
    if !payment.client.is(form)
        || form.get("user_id") != payment.form.get("user_id")
        || !(asked.as_str().is_empty() || codes::same_family(&asked, &method))
    {
        return Some("결제 정보가 일치하지 않습니다.");
    }
    if rest == 0 {
        return Some("이미 취소된 거래입니다.");
    }
    if allowed == Some(false) {
        return Some(if partial {
            "부분 취소가 불가능한 거래입니다."
        } else {
            "취소가 불가능한 거래입니다."
        });
    }
    if !partial && given_back > 0 {
        return Some("부분 취소된 거래는 전체 취소할 수 없습니다.");
    }
    if !partial && amount != payment.amount {
        return Some("취소 금액이 결제 금액과 다릅니다.");
    }
    (!(1..=rest).contains(&amount.minor)).then_some("취소 가능 금액을 초과하였습니다.")
}
