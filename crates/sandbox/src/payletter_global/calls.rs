//! The calls a merchant's server makes: refund, sales list.

use jiff::Timestamp;
use paypair_protocol::{Currency, Money};

use super::core::{NoticeKind, Payment, STORE_ID};
use super::messages::notify;
use super::request::{INVALID, error};
use crate::core::clock::{korean, korean_day, readable};
use crate::core::wire::{Form, Json, json_list};
use crate::core::{Answer, Dispatch, Gateway, World};

/// `POST /payment/refund`: all or a part. A notification of its own follows.
pub(crate) fn refund(world: &mut World, now: Timestamp, form: &Form) -> (Dispatch, Answer) {
    let found = world
        .payletter_global
        .payments
        .iter()
        .position(|payment| payment.pay_token == form.get("paytoken"));
    let order_id = found.map(|at| {
        world.payletter_global.payments[at]
            .session
            .order_id()
            .to_owned()
    });
    world.book.note(
        Gateway::PayletterGlobal,
        "/payment/refund",
        now,
        order_id.clone(),
    );
    let refused = |detail: &str| (Dispatch::default(), error(400, INVALID, detail));
    let (Some(at), Some(order_id)) = (found, order_id) else {
        return refused("[2104]The payment transaction does not exist");
    };
    let payment = world.payletter_global.payments[at].clone();
    world.book.entry(payment.entry).refunds += 1;
    let amount = Currency::parse(form.get("currency"))
        .and_then(|currency| Money::parse(form.get("amount"), &currency));
    let rest = payment.amount.minor.saturating_sub(payment.refunded.minor);
    let amount = match amount {
        _ if form.get("storeid") != STORE_ID => {
            return refused("[2102]Not exist PG contract information");
        }
        _ if rest == 0 => return refused("[2105]The payment has already been canceled"),
        Ok(amount)
            if amount.currency == payment.amount.currency && (1..=rest).contains(&amount.minor) =>
        {
            amount
        }
        _ => return refused("[2106]The refund amount is not valid"),
    };
    if world.struck(Gateway::PayletterGlobal, &order_id, "refund_refused") {
        return refused("[2107]The refund was declined");
    }
    let refunded = Money {
        minor: payment.refunded.minor + amount.minor,
        ..amount
    };
    let kept = &mut world.payletter_global.payments[at];
    (kept.refunded, kept.cancelled_at) = (refunded, Some(now));
    world.book.entry(payment.entry).give_back(refunded);
    let kind = if amount.minor == payment.amount.minor {
        NoticeKind::Refunded
    } else {
        NoticeKind::PartlyRefunded
    };
    let dispatch = notify(world, now, &payment, kind, amount);
    if world.struck(Gateway::PayletterGlobal, &order_id, "refund_answer_lost") {
        return (dispatch, Answer::broken(502));
    }
    let slow = world
        .script
        .take(Gateway::PayletterGlobal, &order_id, "slow_refund")
        .map(|fault| fault.seconds_or(30));
    let data = Json::default()
        .text("storeid", STORE_ID)
        .text("paytoken", &payment.pay_token)
        .text("pginfo", payment.session.method())
        .text("storeorderno", &order_id)
        .text("currency", amount.currency.as_str())
        .raw("amount", &amount.to_wire())
        .text("refunddate", &readable(now));
    (
        dispatch,
        Answer::json(200, Json::default().raw("data", &data.end()).end()).after(slow),
    )
}

/// `POST /payment/cpdaesalist`: Private, so it needs a registered address.
pub(crate) fn list(world: &mut World, now: Timestamp, form: &Form) -> Answer {
    world
        .book
        .note(Gateway::PayletterGlobal, "/payment/cpdaesalist", now, None);
    if !world.options.private_api {
        return error(
            403,
            (993, "You do not have authorization."),
            "Not allowed ip address.",
        );
    }
    if world.struck(Gateway::PayletterGlobal, "*", "lookup_unavailable") {
        return error(500, (999, "Internal Error"), "Internal Error");
    }
    let (from, to, kind) = (
        form.get("datefrom"),
        form.get("dateto"),
        form.get("searchtype"),
    );
    if form.get("storeid") != STORE_ID
        || from.len() != 8
        || to.len() != 8
        || !matches!(kind, "0" | "1" | "2" | "3")
    {
        return error(400, INVALID, "[2001]Required parameter is missing");
    }
    let currency = form.get("currency");
    let inside = |at: Timestamp| (from..=to).contains(&korean_day(at).as_str());
    let script = &mut world.script;
    let wanted = |payment: &&Payment| {
        let id = payment.session.order_id();
        let whole = payment.refunded == payment.amount;
        let by_kind = match kind {
            "1" => inside(payment.at),
            "2" => whole && payment.cancelled_at.is_some_and(inside),
            "3" => !whole && payment.cancelled_at.is_some_and(inside),
            _ => inside(payment.at) || payment.cancelled_at.is_some_and(inside),
        };
        by_kind
            && payment.visible_at <= now
            && !script.has(Gateway::PayletterGlobal, id, "lookup_unavailable")
            && (currency.is_empty() || payment.amount.currency.as_str() == currency)
    };
    let found: Vec<_> = world
        .payletter_global
        .payments
        .iter()
        .filter(wanted)
        .collect();
    let cancelled = found
        .iter()
        .filter(|payment| payment.cancelled_at.is_some())
        .count();
    // The manual's own example misspells the key, and so does this answer.
    let counts = Json::default()
        .raw("total", &found.len().to_string())
        .raw("success", &(found.len() - cancelled).to_string())
        .raw("cacnel", &cancelled.to_string());
    let rows = json_list(found.iter().map(|payment| row(payment)));
    let data = Json::default()
        .raw("rowcount", &counts.end())
        .raw("datalist", &rows);
    Answer::json(200, Json::default().raw("data", &data.end()).end())
}

fn row(payment: &Payment) -> String {
    let state = match payment.cancelled_at {
        None => "1",
        Some(_) if payment.refunded == payment.amount => "2",
        Some(_) => "3",
    };
    let precise = |at: Timestamp| korean(at).strftime("%Y-%m-%d %H:%M:%S%.3f").to_string();
    Json::default()
        .text("paytoken", &payment.pay_token)
        .text("pginfo", payment.session.method())
        .text("storeorderno", payment.session.order_id())
        .text("payerid", payment.session.form.get("payerid"))
        .raw("amount", &payment.amount.to_wire())
        .text("currency", payment.amount.currency.as_str())
        .raw("state", state)
        .text("ymd", &korean_day(payment.at))
        .text("regdate", &precise(payment.at))
        .text(
            "cnldate",
            &payment.cancelled_at.map(precise).unwrap_or_default(),
        )
        .text("pgtoken", &payment.pg_token)
        .end()
}
