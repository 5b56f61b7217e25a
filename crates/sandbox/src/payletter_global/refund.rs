//! Cancelling a payment, wholly or in part.

use jiff::Timestamp;
use paypair_protocol::payletter_global::Refund;
use paypair_protocol::{Currency, Money};

use super::acts::promise;
use super::core::{Cancellation, NoticeKind, Payment, STORE_ID, Stage};
use super::messages::{Notice, notify};
use super::request::{INVALID, broken, error};
use crate::core::clock::{korean_day, readable};
use crate::core::wire::{Form, Json};
use crate::core::{Answer, Dispatch, Gateway, World};

/// `POST /payment/refund`: all or a part. A notification of its own follows, in Vietnam (VTC) later.
pub(crate) fn refund(world: &mut World, now: Timestamp, form: &Form) -> (Dispatch, Answer) {
    let wanted = form.get("paytoken");
    let mut payments = world.payletter_global.payments.iter();
    let found = payments
        .find(|payment| payment.pay_token == wanted)
        .cloned();
    let noted = found.as_ref().map(|payment| payment.order_id.clone());
    world
        .book
        .note(Gateway::PayletterGlobal, "/payment/refund", now, noted);
    let refused = |detail: &str| (Dispatch::default(), error(400, INVALID, detail));
    if let Some(detail) = broken(form, &Refund::TABLE) {
        return refused(&detail);
    }
    let Some(payment) = found else {
        return refused("[2104]The payment transaction does not exist");
    };
    world.book.entry(payment.entry).refunds += 1;
    let amount = match barred(world, &payment, form, now) {
        Ok(amount) => amount,
        Err(detail) => return refused(detail),
    };
    let order_id = &payment.order_id;
    if world.struck(Gateway::PayletterGlobal, order_id, "refund_refused") {
        return refused("[2107]The refund was declined");
    }
    let dispatch = if payment.session.row().is_some_and(|row| row.refund_later) {
        promise(world, now, &payment, amount);
        Dispatch::default()
    } else {
        give_back(world, now, &payment.pay_token, amount);
        let kind = if amount == payment.amount {
            NoticeKind::Refunded
        } else {
            NoticeKind::PartlyRefunded
        };
        notify(world, now, &Notice::of(&payment, kind, amount))
    };
    if world.struck(Gateway::PayletterGlobal, order_id, "refund_answer_lost") {
        return (dispatch, Answer::broken(502));
    }
    let slow = world
        .script
        .take(Gateway::PayletterGlobal, order_id, "slow_refund")
        .map(|fault| fault.seconds_or(30));
    let data = Json::default()
        .text("storeid", STORE_ID)
        .text("paytoken", &payment.pay_token)
        .text("pginfo", payment.session.method())
        .text("storeorderno", order_id)
        .text("currency", amount.currency.as_str())
        .raw("amount", &amount.to_wire())
        .text("refunddate", &readable(now));
    let answer = Answer::json(200, Json::default().raw("data", &data.end()).end());
    (dispatch, answer.after(slow))
}

/// How much is given back, or what stands against it.
fn barred(
    world: &World,
    payment: &Payment,
    form: &Form,
    now: Timestamp,
) -> Result<Money, &'static str> {
    let rest = payment.amount.minor.saturating_sub(payment.refunded.minor);
    let mut promises = world.payletter_global.promises.iter();
    let promised = promises.any(|promise| promise.pay_token == payment.pay_token);
    if form.get("storeid") != STORE_ID {
        return Err("[2102]Not exist PG contract information");
    }
    if rest == 0 || promised {
        return Err("[2105]The payment has already been canceled");
    }
    if payment.stage != Stage::Captured {
        return Err("[2104]The payment transaction does not exist");
    }
    let asked = Currency::parse(form.get("currency"))
        .and_then(|currency| Money::parse(form.get("amount"), &currency));
    let fits = |amount: &Money| {
        amount.currency == payment.amount.currency && (1..=rest).contains(&amount.minor)
    };
    let amount = asked
        .ok()
        .filter(fits)
        .ok_or("[2106]The refund amount is not valid")?;
    let (paid_on, today) = (korean_day(payment.at), korean_day(now));
    let partial = amount != payment.amount;
    let allowed = payment
        .session
        .row()
        .and_then(|row| row.allows_refund(partial, &paid_on, &today));
    if allowed == Some(false) {
        return Err("[2108]The payment cannot be canceled");
    }
    Ok(amount)
}

/// Moves the money; the payment as it was before.
pub(super) fn give_back(
    world: &mut World,
    now: Timestamp,
    pay_token: &str,
    amount: Money,
) -> Option<Payment> {
    let mut payments = world.payletter_global.payments.iter_mut();
    let kept = payments.find(|payment| payment.pay_token == pay_token)?;
    let before = kept.clone();
    kept.refunded.minor += amount.minor;
    kept.cancellations.push(Cancellation {
        amount,
        at: now,
        visible_at: now,
    });
    let total = kept.refunded;
    world.book.entry(before.entry).give_back(total);
    Some(before)
}
