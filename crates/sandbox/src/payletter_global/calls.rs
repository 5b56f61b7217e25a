//! The sales list.

use jiff::Timestamp;
use paypair_protocol::payletter_global::SalesList;

use super::core::{Payment, STORE_ID, Stage};
use super::request::{INVALID, broken, error, private};
use crate::core::clock::{korean, korean_day};
use crate::core::wire::{Form, Json, json_list};
use crate::core::{Answer, Gateway, World};

/// `POST /payment/cpdaesalist`: Private, so it needs a registered address.
pub(crate) fn list(world: &mut World, now: Timestamp, form: &Form) -> Answer {
    world
        .book
        .note(Gateway::PayletterGlobal, "/payment/cpdaesalist", now, None);
    if let Some(refusal) = private(world) {
        return refusal;
    }
    if world.struck(Gateway::PayletterGlobal, "*", "lookup_unavailable") {
        return error(500, (999, "Internal Error"), "Internal Error");
    }
    let (from, to, kind) = (
        form.get("datefrom"),
        form.get("dateto"),
        form.get("searchtype"),
    );
    if let Some(detail) = broken(form, &SalesList::TABLE) {
        return error(400, INVALID, &detail);
    }
    if form.get("storeid") != STORE_ID {
        return error(400, INVALID, "[2102]Not exist PG contract information");
    }
    let currency = form.get("currency");
    let inside = |at: Timestamp| (from..=to).contains(&korean_day(at).as_str());
    let script = &mut world.script;
    let wanted = |payment: &&Payment| {
        let id = payment.order_id.as_str();
        let whole = payment.is_wholly_refunded(now);
        let cancelled = payment.cancelled_at(now);
        let moved = matches!(payment.stage, Stage::Captured | Stage::ChargedBack);
        let by_kind = match kind {
            "1" => inside(payment.at),
            "2" => whole && cancelled.is_some_and(inside),
            "3" => !whole && cancelled.is_some_and(inside),
            _ => inside(payment.at) || cancelled.is_some_and(inside),
        };
        let there = by_kind
            && moved
            && payment.is_of(form)
            && (currency.is_empty() || payment.amount.currency.as_str() == currency);
        if there && payment.lags(now) {
            script.note(Gateway::PayletterGlobal, id, "lookup_lag");
        }
        there
            && payment.visible_at <= now
            && !script.has(Gateway::PayletterGlobal, id, "lookup_unavailable")
    };
    let found: Vec<_> = world
        .payletter_global
        .payments
        .iter()
        .filter(wanted)
        .collect();
    let cancelled = found
        .iter()
        .filter(|payment| payment.cancelled_at(now).is_some())
        .count();
    // The manual's own example misspells the key, and so does this answer.
    let counts = Json::default()
        .raw("total", &found.len().to_string())
        .raw("success", &(found.len() - cancelled).to_string())
        .raw("cacnel", &cancelled.to_string());
    let rows = json_list(found.iter().map(|payment| row(payment, now)));
    let data = Json::default()
        .raw("rowcount", &counts.end())
        .raw("datalist", &rows);
    Answer::json(200, Json::default().raw("data", &data.end()).end())
}

fn row(payment: &Payment, now: Timestamp) -> String {
    let state = match payment.cancelled_at(now) {
        None => "1",
        Some(_) if payment.is_wholly_refunded(now) => "2",
        Some(_) => "3",
    };
    let precise = |at: Timestamp| korean(at).strftime("%Y-%m-%d %H:%M:%S%.3f").to_string();
    Json::default()
        .text("paytoken", &payment.pay_token)
        .text("pginfo", payment.names().1)
        .text("storeorderno", &payment.order_id)
        .text("payerid", payment.session.form.get("payerid"))
        .raw("amount", &payment.amount.to_wire())
        .text("currency", payment.amount.currency.as_str())
        .raw("state", state)
        .text("ymd", &korean_day(payment.at))
        .text("regdate", &precise(payment.at))
        .text(
            "cnldate",
            &payment.cancelled_at(now).map(precise).unwrap_or_default(),
        )
        .text("pgtoken", &payment.pg_token)
        .end()
}
