//! Cancelling a payment, wholly or in part.

use jiff::Timestamp;
use paypair_protocol::{Currency, Money, payple};

use super::calls::{Refusal, broken, flag, granted, refused, success};
use super::core::{Payment, Purpose, REFUND_KEY};
use super::webhook;
use crate::core::clock::korean_day;
use crate::core::wire::Form;
use crate::core::{Answer, Gateway, World};

/// `POST /php/account/api/cPayCAct.php`: gives money back. The test account cannot give back a part, unless the
/// options say so.
pub(crate) fn refund(world: &mut World, now: Timestamp, form: &Form) -> Answer {
    let (order_id, day) = (form.text("PCD_PAY_OID"), form.get("PCD_PAY_DATE"));
    world.book.note(
        Gateway::Payple,
        "/php/account/api/cPayCAct.php",
        now,
        Some(order_id.clone()),
    );
    if let Err(refusal) = granted(world, now, form, Purpose::Refund) {
        return refused(refusal);
    }
    if form.get("PCD_REFUND_KEY") != REFUND_KEY {
        return refused(("PAYC0002", "환불키(PCD_REFUND_KEY)를 확인해주세요."));
    }
    if let Some(fault) = form.broken_rule(&payple::Refund::TABLE) {
        return refused(("PAYC0001", &broken(&fault)));
    }
    let of_order =
        |payment: &Payment| payment.order_id == order_id && korean_day(payment.at) == day;
    let Some(at) = world.payple.payments.iter().rposition(of_order) else {
        return refused(NOTHING_TO_REFUND);
    };
    let payment = world.payple.payments[at].clone();
    world.book.entry(payment.entry).refunds += 1;
    let amount = Money::parse(form.get("PCD_REFUND_TOTAL"), &Currency::KRW).unwrap_or_default();
    let refusal = match amount {
        _ if payment.refunded == payment.total => Some(NOTHING_TO_REFUND),
        amount if amount.minor > payment.total.minor - payment.refunded.minor => {
            Some(("PAYC0011", "환불 가능 금액을 초과하였습니다."))
        }
        amount if amount != payment.total && !world.options.payple_partial_cancel => {
            Some(("PAYC1144", "부분취소가 불가능한 거래입니다."))
        }
        _ if world.struck(Gateway::Payple, &order_id, "refund_refused") => {
            Some(("PAYC9999", "취소 처리 중 오류가 발생하였습니다."))
        }
        _ => None,
    };
    if let Some(refusal) = refusal {
        return refused(refusal);
    }
    let receipt = give_back(world, at, amount);
    webhook::refunded(world, now, &payment, amount);
    if world.struck(Gateway::Payple, &order_id, "refund_answer_lost") {
        return Answer::broken(502);
    }
    let slow = world
        .script
        .take(Gateway::Payple, &order_id, "slow_refund")
        .map(|fault| fault.seconds_or(30));
    let posted = |name: &str| payment.form.text(name);
    // Recorded: the page sent '' and the answer said 0.
    let customer_id = Some(posted("PCD_PAYER_NO"))
        .filter(|no| !no.is_empty())
        .unwrap_or_else(|| "0".into());
    let tax = Some(form.get("PCD_REFUND_TAXTOTAL")).filter(|tax| !tax.is_empty());
    let tax = tax.unwrap_or("0");
    let answer = success(("PAYC0000", "환불성공"))
        .text("PCD_PAY_OID", &order_id)
        .text("PCD_PAY_TYPE", payment.means.method())
        .text("PCD_PAYER_NO", &customer_id)
        .text("PCD_PAYER_ID", &payment.billing_key)
        .text("PCD_PAY_YEAR", &posted("PCD_PAY_YEAR"))
        .text("PCD_PAY_MONTH", &posted("PCD_PAY_MONTH"))
        .text("PCD_PAY_GOODS", &posted("PCD_PAY_GOODS"))
        .text("PCD_REGULER_FLAG", flag(&payment.form, "PCD_REGULER_FLAG"))
        .text("PCD_REFUND_TOTAL", &amount.to_wire())
        .text("PCD_REFUND_TAXTOTAL", tax);
    let answer = match receipt {
        _ if payment.means.bank_code.is_none() => answer
            .text("PCD_PAY_CARDTRADENUM", &payment.transaction_id)
            .text("PCD_PAY_CARDRECEIPT", &payment.receipt_url),
        Some((result, message)) => answer
            .text("PCD_TAXSAVE_RST", result)
            .text("PCD_TAXSAVE_MSG", message),
        None => answer,
    };
    Answer::php(answer).after(slow)
}

/// The merchant's staff give this part of an order's payment back, or all that is left of it, on Payple's own page. Lookups may show that
/// late. How much that is; none if not so much is left.
pub(crate) fn refund_by_hand(
    world: &mut World,
    now: Timestamp,
    order_id: &str,
    part: Option<Money>,
) -> Option<Money> {
    let left = |payment: &Payment| payment.total.minor - payment.refunded.minor;
    let wanted = part.map_or(1, |part| part.minor);
    let stands = |payment: &Payment| payment.order_id == order_id && left(payment) >= wanted;
    let at = world.payple.payments.iter().rposition(stands)?;
    let shown_until = world.visible_at(Gateway::Payple, order_id, now);
    let payment = &mut world.payple.payments[at];
    payment.shows_until = (payment.refunded_shown(now), shown_until);
    let amount = part.unwrap_or_else(|| Money::won(left(payment)));
    let payment = payment.clone();
    give_back(world, at, amount);
    webhook::refunded(world, now, &payment, amount);
    Some(amount)
}

/// Books it; and what became of the cash receipt, where there was one.
fn give_back(world: &mut World, at: usize, amount: Money) -> Option<(&'static str, &'static str)> {
    let payment = &mut world.payple.payments[at];
    payment.refunded = Money::won(payment.refunded.minor + amount.minor);
    let whole = payment.refunded == payment.total;
    let (order_id, refunded) = (payment.order_id.clone(), payment.refunded);
    let receipt = payment.cash_receipt.is_some() && whole;
    world.book.entry(payment.entry).give_back(refunded);
    receipt.then(|| {
        if world.struck(Gateway::Payple, &order_id, "cash_receipt_stays") {
            return ("-10002122", "현금영수증 발행취소 실패");
        }
        world.payple.payments[at].cash_receipt = None;
        ("0000", "현금영수증 발행취소 성공")
    })
}

const NOTHING_TO_REFUND: Refusal = (
    "PAYC0007",
    "취소할 거래가 존재하지 않거나 이미 취소된 거래입니다.",
);
