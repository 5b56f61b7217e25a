//! Confirm and lookup, and what all of a merchant's calls share.

use jiff::Timestamp;
use paypair_protocol::{Fault, Locale, payple};

use super::core::{Grant, MERCHANT_ID, MERCHANT_KEY, Payment, Purpose};
use super::messages::{done_by, means_block};
use super::webhook;
use super::window::capture;
use crate::core::clock::{compact, korean_day, seconds_between};
use crate::core::wire::{Form, Json};
use crate::core::{Answer, Gateway, World};

/// `POST PCD_PAY_COFURL`. Captures once per `PCD_PAY_REQKEY`; there is no amount in the request.
pub(crate) fn confirm(world: &mut World, now: Timestamp, form: &Form, path: &str) -> Answer {
    let confirm_key = form.get("PCD_PAY_REQKEY");
    let request = world.payple.requests.get(confirm_key).cloned();
    let order_id = request
        .as_ref()
        .map(|request| request.window.order_id.clone());
    let noted = path.split('?').next().unwrap_or_default();
    world.book.note(Gateway::Payple, noted, now, order_id);
    if let Err(refusal) = credentials(world, form) {
        return refused(refusal);
    }
    if form.broken_rule(&payple::Confirm::TABLE).is_some() {
        return refused(SESSION_OVER);
    }
    let Some(request) = request
        .filter(|request| request.window.form.get("PCD_AUTH_KEY") == form.get("PCD_AUTH_KEY"))
    else {
        return refused(SESSION_OVER);
    };
    if path != request.window.confirm_path() {
        return refused(("AUTH0008", "승인요청 URL 이 올바르지 않습니다."));
    }
    if let Some(entry) = request.entry {
        world.book.entry(entry).confirms += 1;
    }
    let order_id = request.window.order_id.clone();
    let captures_again = |world: &mut World| {
        request.entry.is_some()
            && world.struck(Gateway::Payple, &order_id, "confirm_captures_again")
    };
    if request.used && !captures_again(world) {
        return refused(ALREADY_DONE);
    }
    if seconds_between(request.at, now) > KEY_LIFE_SECONDS {
        return refused(SESSION_OVER);
    }
    if request.window.registers() && form.get("PCD_PAYER_ID") != request.billing_key {
        return refused(if request.window.is_transfer() {
            ("CPAY0003", "결제자 정보가 일치하지 않습니다.!!")
        } else {
            ("CPCA0004", "카드정보가 존재하지 않거나, 일치하지 않습니다.")
        });
    }
    let declined = world.struck(Gateway::Payple, &order_id, "confirm_declined");
    let payment = (!declined).then(|| {
        let order = request.window.order();
        capture(world, now, &order, request.means, request.billing_key)
    });
    if let Some(payment) = &payment {
        world.book.entry(payment.entry).confirms += 1;
        webhook::paid(world, now, payment, done_by(&payment.means, CONFIRMED).0);
    }
    if let Some(request) = world.payple.requests.get_mut(confirm_key) {
        request.used = true;
        request.entry = payment.as_ref().map(|payment| payment.entry);
    }
    let Some(payment) = payment else {
        return refused(if request.window.is_transfer() {
            ("CPAY0022", "출금이체 실패!!")
        } else {
            ("CPCA0006", "한도가 초과하였습니다")
        });
    };
    if world.struck(Gateway::Payple, &order_id, "confirm_answer_lost") {
        return Answer::broken(502);
    }
    let slow = world
        .script
        .take(Gateway::Payple, &order_id, "slow_confirm");
    let answer = success(done_by(&payment.means, CONFIRMED)).text("PCD_PAY_REQKEY", confirm_key);
    let answer = Answer::php(paid_from(
        described(answer, &payment, AmountAs::Number, None),
        &payment,
    ));
    answer.after(slow.map(|fault| fault.seconds_or(30)))
}

/// `POST /php/PayChkAct.php`: a payment by order id and Korean day.
pub(crate) fn look_up(world: &mut World, now: Timestamp, form: &Form) -> Answer {
    let (order_id, day) = (form.get("PCD_PAY_OID"), form.get("PCD_PAY_DATE"));
    world.book.note(
        Gateway::Payple,
        "/php/PayChkAct.php",
        now,
        Some(order_id.to_owned()),
    );
    if world.struck(Gateway::Payple, order_id, "lookup_unavailable") {
        return Answer::broken(500);
    }
    if let Err(refusal) = granted(world, now, form, Purpose::Lookup) {
        return refused(refusal);
    }
    if let Some(fault) = form.broken_rule(&payple::Lookup::TABLE) {
        return refused(("PCHK0002", &broken(&fault)));
    }
    let there = |payment: &&Payment| payment.order_id == order_id && korean_day(payment.at) == day;
    let hidden = |payment: &Payment| payment.visible_at > now;
    let lags =
        |payment: &Payment| hidden(payment) || payment.refunded_shown(now) != payment.refunded;
    let payments = || world.payple.payments.iter().rev().filter(there);
    if payments().next().is_some_and(lags) {
        world.script.note(Gateway::Payple, order_id, "lookup_lag");
    }
    let Some(payment) = payments().find(|payment| !hidden(payment)) else {
        return refused(("PCHK0001", "결제내역이 존재하지 않습니다."));
    };
    let answer = paid_from(
        described(
            success(("PCHK000", "조회완료")),
            payment,
            AmountAs::Text,
            None,
        ),
        payment,
    );
    let answer = answer
        .text("PCD_PAY_YEAR", payment.form.get("PCD_PAY_YEAR"))
        .text("PCD_PAY_MONTH", payment.form.get("PCD_PAY_MONTH"))
        .text("PCD_SIMPLE_FLAG", flag(&payment.form, "PCD_SIMPLE_FLAG"));
    let refunded = payment.refunded_shown(now);
    Answer::php(if refunded.is_zero() {
        answer
    } else {
        answer.text("PCD_REFUND_TOTAL", &refunded.to_wire())
    })
}

/// Real answers mix numbers and strings; so do these.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum AmountAs {
    Number,
    Text,
}

/// `known_as`: whose card it is, where the call does not say.
pub(super) fn described(
    answer: Json,
    payment: &Payment,
    amount_as: AmountAs,
    known_as: Option<&str>,
) -> Json {
    let posted = |name: &str| payment.form.text(name);
    let name = Some(posted("PCD_PAYER_NAME")).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| known_as.unwrap_or_default().to_owned());
    let total = payment.total.to_wire();
    let amount = |json: Json, name: &str| match amount_as {
        AmountAs::Number => json.raw(name, &total),
        AmountAs::Text => json.text(name, &total),
    };
    let answer = answer
        .text("PCD_PAY_OID", &payment.order_id)
        .text("PCD_PAY_TYPE", payment.means.method())
        .text("PCD_PAY_WORK", &posted("PCD_PAY_WORK"))
        .text("PCD_PAYER_ID", &payment.billing_key)
        .text("PCD_PAYER_NO", &posted("PCD_PAYER_NO"))
        .text("PCD_PAYER_NAME", &name)
        .text("PCD_PAYER_HP", &posted("PCD_PAYER_HP"))
        .text("PCD_PAYER_EMAIL", &posted("PCD_PAYER_EMAIL"))
        .text("PCD_PAY_GOODS", &posted("PCD_PAY_GOODS"));
    let answer = amount(answer, "PCD_PAY_AMOUNT").text("PCD_PAY_DISCOUNT", "");
    amount(amount(answer, "PCD_PAY_AMOUNT_REAL"), "PCD_PAY_TOTAL")
        .text(
            "PCD_PAY_ISTAX",
            if posted("PCD_PAY_ISTAX") == "N" {
                "N"
            } else {
                "Y"
            },
        )
        .text("PCD_PAY_TAXTOTAL", &posted("PCD_PAY_TAXTOTAL"))
        .text("PCD_PAY_TIME", &compact(payment.at))
        .text("PCD_REGULER_FLAG", flag(&payment.form, "PCD_REGULER_FLAG"))
}

pub(super) fn flag(form: &Form, name: &str) -> &'static str {
    if form.get(name) == "Y" { "Y" } else { "N" }
}

pub(super) fn broken(fault: &Fault) -> String {
    format!("{}: {}", fault.wire, Locale::Ko.message(&fault.error))
}

pub(super) fn paid_from(answer: Json, payment: &Payment) -> Json {
    means_block(payment)
        .iter()
        .fold(answer, |json, (name, value)| json.text(name, value))
}

pub(super) fn success((code, message): (&str, &str)) -> Json {
    Json::default()
        .text("PCD_PAY_RST", "success")
        .text("PCD_PAY_CODE", code)
        .text("PCD_PAY_MSG", message)
}

pub(super) fn refused((code, message): (&str, &str)) -> Answer {
    Answer::php(
        Json::default()
            .text("PCD_PAY_RST", "error")
            .text("PCD_PAY_CODE", code)
            .text("PCD_PAY_MSG", message),
    )
}

/// Raw ids or the tokens of the AuthKey: the bank manual shows both for every call.
fn credentials(world: &World, form: &Form) -> Result<Option<Grant>, Refusal> {
    let grant = world.payple.grants.get(form.get("PCD_AUTH_KEY")).cloned();
    let (id, key) = (form.get("PCD_CST_ID"), form.get("PCD_CUST_KEY"));
    let token = |pick: fn(&Grant) -> &String, value: &str| {
        grant.as_ref().is_some_and(|grant| pick(grant) == value)
    };
    if id != MERCHANT_ID && !token(|grant| &grant.merchant_token, id) {
        return Err(("AUTH0001", "가맹점 인증에 필요한 cst_id 를 확인해주세요."));
    }
    if key != MERCHANT_KEY && !token(|grant| &grant.merchant_key_token, key) {
        return Err(("AUTH0002", "가맹점 인증에 필요한 custKey 를 확인해주세요."));
    }
    Ok(grant)
}

/// The AuthKey must have been issued for this, within thirty minutes.
pub(super) fn granted(
    world: &World,
    now: Timestamp,
    form: &Form,
    purpose: Purpose,
) -> Result<(), Refusal> {
    granted_to(world, now, form, purpose, SESSION_OVER)
}

/// The same, with the act's own word for a key that is old, spent, or for something else.
pub(super) fn granted_to(
    world: &World,
    now: Timestamp,
    form: &Form,
    purpose: Purpose,
    session_over: Refusal,
) -> Result<(), Refusal> {
    let grant = credentials(world, form)?.ok_or(session_over)?;
    let young = seconds_between(grant.at, now) <= KEY_LIFE_SECONDS;
    let fits = grant.purpose == purpose && young && !grant.spent;
    if fits { Ok(()) } else { Err(session_over) }
}

const CONFIRMED: super::messages::Said = ("PCCF0000", "카드승인완료");

pub(super) type Refusal = (&'static str, &'static str);

const SESSION_OVER: Refusal = ("SPCD0004", "인증세션이 만료되었습니다. 다시 시도해주세요.");
const ALREADY_DONE: Refusal = ("SPCD0014", "이미 처리된 거래입니다. 다시 시도해주세요.");
const KEY_LIFE_SECONDS: u64 = 30 * 60;
