//! Charging a billing key.

use jiff::Timestamp;
use paypair_protocol::payletter::{Charge, codes};
use paypair_protocol::{Currency, Method, Money};

use super::core::{BillingKey, Session};
use super::request::{broken, error, named_client};
use super::window::{capture_charge, pay_info};
use crate::core::clock::{korean_day, readable};
use crate::core::wire::{Form, Json};
use crate::core::{Answer, Gateway, World};

/// `POST /v1.0/payments/autopay`. The same order number twice is charged twice. No callback follows.
pub(crate) fn charge(world: &mut World, now: Timestamp, form: Form) -> Answer {
    let order_id = form.text("order_no");
    let noted = Some(order_id.clone());
    let path = "/v1.0/payments/autopay";
    world.book.note(Gateway::Payletter, path, now, noted);
    let client = match named_client(world, &form) {
        Ok(client) => client,
        Err(wrong) => return error(406, 2001, &wrong),
    };
    if let Some(wrong) = broken_rule(&form) {
        return error(406, 2001, &wrong);
    }
    let (today, amount) = (korean_day(now), asked(&form));
    let key = form.text("billkey");
    let known = world.payletter.billing_keys.get(&key).cloned();
    let barred = known
        .as_ref()
        .map_or(Some("존재하지 않는 빌키입니다."), |known| {
            barred(known, &form, amount, &today)
        });
    if let Some(refusal) = barred {
        // A month without a payment ends a mobile phone's key for good.
        if refusal == MONTH_MISSED
            && let Some(kept) = world.payletter.billing_keys.get_mut(&key)
        {
            kept.void = true;
        }
        return error(406, 2201, refusal);
    }
    if world.struck(Gateway::Payletter, &order_id, "charge_declined") {
        return error(406, 3001, "한도가 초과하였습니다");
    }
    let pay_info = pay_info(form.get("pgcode"));
    let session = Session::of_charge(client, form, amount, now);
    let payment = capture_charge(world, now, &session, pay_info, &key);
    if let Some(kept) = world.payletter.billing_keys.get_mut(&key) {
        kept.last = Some((today, amount));
    }
    let answer = Json::default()
        .text("tid", &payment.tid)
        .text("cid", &payment.cid)
        .raw("amount", &payment.amount.to_wire())
        .text("billkey", &key)
        .text("transaction_date", &readable(payment.at));
    let answer = Answer::json(200, answer.end());
    world.answer_to_charge(Gateway::Payletter, &order_id, answer)
}

fn asked(form: &Form) -> Money {
    Money::parse(form.get("amount"), &Currency::KRW).unwrap_or_default()
}

fn broken_rule(form: &Form) -> Option<String> {
    broken(form, &Charge::TABLE).or_else(|| {
        let faults = Charge::from_fields(&form.fields()).ok()?.check();
        faults.first().map(super::request::said)
    })
}

/// Whose key it is, and the rules of a mobile phone.
fn barred(known: &BillingKey, form: &Form, amount: Money, today: &str) -> Option<&'static str> {
    let method = Method::from(form.get("pgcode"));
    if known.void {
        return Some("사용할 수 없는 빌키입니다.");
    }
    let ours = known.client_id == form.get("client_id");
    if !ours || known.customer_id != form.get("user_id") || method.as_str() != known.method {
        return Some("빌키 정보가 일치하지 않습니다.");
    }
    if known.method != "mobile" {
        return None;
    }
    let (last_on, last_amount) = known.last.as_ref()?;
    let bar = codes::mobile_bar(&known.issued_on, last_on, *last_amount, amount, today)?;
    Some(match bar {
        codes::MobileBar::TooEarly => "빌키 발급 30일 이후부터 자동결제가 가능합니다.",
        codes::MobileBar::OtherAmount => "최초 결제 금액과 다릅니다.",
        codes::MobileBar::MonthMissed => MONTH_MISSED,
        codes::MobileBar::MonthCharged => "이번 달에 이미 결제되었습니다.",
    })
}

const MONTH_MISSED: &str = "전월 결제 내역이 없어 자동결제를 할 수 없습니다.";
