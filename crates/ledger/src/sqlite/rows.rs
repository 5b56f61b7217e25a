//! Rows to values and back.

use std::sync::Arc;

use paypair_protocol::payple::Repeat;
use paypair_protocol::{Currency, Money, Secret};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};
use serde::{Deserialize, Serialize};

use super::keys;
use super::lists::{
    lines_of, lines_text, refund_of, refund_text, seconds_of, seconds_text, suspicions_of,
    suspicions_text,
};
use crate::{
    Attempt, AttemptKey, CallOutcome, CallState, ChargePlan, Customer, Digest, Layout, MoneyCall,
    MoneyOp, Order, Policy, Published, StoreError, TimelineRow, Timestamp,
};

pub(super) type Read<T> = Result<T, rusqlite::Error>;

pub(super) const ORDER: &str = "SELECT id, gateway, merchant_id, method, work, card_flow, money, product_name, \
     customer_id, customer, extra, result_page, client_secret, created_at, \
     charge_key, charge_repeat, renews, seed FROM merchant_order";

pub(super) fn order(row: &Row<'_>) -> Read<Order> {
    let (name, phone, email) = json(row, 9)?;
    let charge = match row.get::<_, Option<[u8; 32]>>(14)? {
        Some(digest) => Some(ChargePlan {
            billing_key: Digest::from_bytes(digest),
            repeat: maybe(row, 15, repeat_of)?,
        }),
        None => None,
    };
    Ok(Order {
        id: row.get(0)?,
        gateway: parsed(row, 1)?,
        merchant_id: row.get(2)?,
        method: row.get::<_, String>(3)?.into(),
        work: parsed(row, 4)?,
        card_flow: maybe(row, 5, |text| text.parse().ok())?,
        money: maybe(row, 6, money_of)?,
        product_name: row.get(7)?,
        customer: Customer {
            id: row.get(8)?,
            name,
            phone,
            email,
        },
        charge,
        renews: row.get(16)?,
        extra: json(row, 10)?,
        result_page: row.get(11)?,
        client_secret: Digest::from_bytes(row.get(12)?),
        seed: row.get::<_, Option<[u8; 32]>>(17)?.map(Digest::from_bytes),
        created_at: moment(row, 13)?,
    })
}

pub(super) fn insert_order(connection: &Connection, order: &Order) -> Result<(), StoreError> {
    let customer = &order.customer;
    connection
        .prepare_cached(
            "INSERT INTO merchant_order VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18)",
        )?
        .execute(params![
            order.id,
            order.gateway.as_str(),
            order.merchant_id,
            order.method.as_str(),
            order.work.as_str(),
            order.card_flow.map(|flow| flow.as_str()),
            order.money.map(|money| money.to_string()),
            order.product_name,
            customer.id,
            to_json(&(&customer.name, &customer.phone, &customer.email))?,
            to_json(&order.extra)?,
            order.result_page,
            order.client_secret.as_bytes(),
            order.created_at.millis(),
            order.charge.as_ref().map(|plan| *plan.billing_key.as_bytes()),
            order
                .charge
                .as_ref()
                .and_then(|plan| plan.repeat)
                .map(repeat_text),
            order.renews,
            order.seed.as_ref().map(|seed| *seed.as_bytes()),
        ])?;
    Ok(())
}

const ATTEMPT: &str = "SELECT order_id, no, state, gateway_order_id, nonce, channel, ticket, layout, launch, session, \
     transaction_id, captured, requested_on, created_at, expires_at, next_check_at, checks, absences, absent_since, \
     doubt, refund, paid_at, returned_at, closed_at, reason, detail, version, confirm_began_at, \
     refunds, seen_refunded, refunds_unclear, second_payments, suspicions FROM attempt ";

/// The attempts that fit, each with its order.
pub(super) fn attempts(
    connection: &Connection,
    filter: &str,
    params: impl Params,
) -> Result<Vec<Attempt>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{ATTEMPT}{filter}"))?;
    let mut rows = statement.query(params)?;
    let mut found: Vec<Attempt> = Vec::new();
    while let Some(row) = rows.next()? {
        let order_id: String = row.get(0)?;
        let order = match found.last() {
            Some(last) if last.order.id == order_id => Arc::clone(&last.order),
            _ => Arc::new(
                order_by_id(connection, &order_id)?.ok_or(StoreError::Corrupt("merchant_order"))?,
            ),
        };
        let mut attempt = attempt(row, order)?;
        attempt.billing_key = keys::held(connection, &attempt.key())?;
        found.push(attempt);
    }
    Ok(found)
}

pub(super) fn attempt_by_key(
    connection: &Connection,
    key: &AttemptKey,
) -> Result<Option<Attempt>, StoreError> {
    Ok(attempts(
        connection,
        "WHERE order_id = ?1 AND no = ?2",
        params![key.order_id, key.no],
    )?
    .pop())
}

pub(super) fn order_by_id(connection: &Connection, id: &str) -> Result<Option<Order>, StoreError> {
    Ok(connection
        .prepare_cached(&format!("{ORDER} WHERE id = ?1"))?
        .query_row([id], order)
        .optional()?)
}

fn attempt(row: &Row<'_>, order: Arc<Order>) -> Read<Attempt> {
    let text: String = row.get(12)?;
    Ok(Attempt {
        order,
        no: row.get(1)?,
        state: parsed(row, 2)?,
        gateway_order_id: row.get(3)?,
        nonce: Digest::from_bytes(row.get(4)?),
        channel: row.get(5)?,
        ticket: row.get(6)?,
        layout: layout_of(&row.get::<_, String>(7)?).ok_or_else(|| unreadable(7))?,
        launch: row.get::<_, Option<String>>(8)?.map(Secret::new),
        session: row.get::<_, Option<String>>(9)?.map(Secret::new),
        transaction_id: row.get(10)?,
        captured: maybe(row, 11, money_of)?,
        second_payments: seconds_of(&row.get::<_, String>(31)?).ok_or_else(|| unreadable(31))?,
        requested_on: text.parse().map_err(|_| unreadable(12))?,
        created_at: moment(row, 13)?,
        expires_at: moment(row, 14)?,
        next_check_at: maybe_moment(row, 15)?,
        checks: row.get(16)?,
        absences: row.get(17)?,
        absent_since: maybe_moment(row, 18)?,
        doubt: maybe(row, 19, op_of)?,
        refund: maybe(row, 20, refund_of)?,
        refunds: lines_of(&row.get::<_, String>(28)?).ok_or_else(|| unreadable(28))?,
        seen_refunded: maybe(row, 29, money_of)?,
        refunds_unclear: row.get(30)?,
        suspicions: suspicions_of(&row.get::<_, String>(32)?).ok_or_else(|| unreadable(32))?,
        billing_key: None, // in a table of its own
        paid_at: maybe_moment(row, 21)?,
        returned_at: maybe_moment(row, 22)?,
        closed_at: maybe_moment(row, 23)?,
        reason: maybe_json(row, 24)?,
        detail: json(row, 25)?,
        version: number(row, 26)?,
        confirm_began_at: maybe_moment(row, 27)?,
        rival: None,
        live_sibling: None,
        undecided_sibling: None,
        clash: None,
        key_owner: None,
        key_charging: false,
        policy: Policy::default(),
    })
}

/// Writes the attempt, new or changed. Its name and its order's columns never change.
pub(super) fn save_attempt(connection: &Connection, attempt: &Attempt) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO attempt VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22, \
             ?23,?24,?25,?26,?27,?28,?29,?30,?31,?32,?33,?34,?35) ON CONFLICT (order_id, no) DO UPDATE SET state = ?3, launch = ?11, session = ?12, \
             transaction_id = ?13, captured = ?14, requested_on = ?15, expires_at = ?17, next_check_at = ?18, checks = ?19, \
             absences = ?20, absent_since = ?21, doubt = ?22, refund = ?23, paid_at = ?24, returned_at = ?25, \
             closed_at = ?26, reason = ?27, detail = ?28, version = ?29, confirm_began_at = ?30, \
             refunds = ?31, seen_refunded = ?32, refunds_unclear = ?33, \
             second_payments = ?34, suspicions = ?35",
        )?
        .execute(params![
            attempt.order.id,
            attempt.no,
            attempt.state.as_str(),
            attempt.order.gateway.as_str(),
            attempt.order.merchant_id,
            attempt.gateway_order_id,
            attempt.nonce.as_bytes(),
            attempt.channel,
            attempt.ticket,
            layout_name(attempt.layout),
            attempt.launch.as_ref().map(Secret::expose),
            attempt.session.as_ref().map(Secret::expose),
            attempt.transaction_id,
            attempt.captured.map(|money| money.to_string()),
            attempt.requested_on.to_string(),
            attempt.created_at.millis(),
            attempt.expires_at.millis(),
            attempt.next_check_at.map(Timestamp::millis),
            attempt.checks,
            attempt.absences,
            attempt.absent_since.map(Timestamp::millis),
            attempt.doubt.map(MoneyOp::as_str),
            attempt.refund.as_ref().map(refund_text).transpose()?,
            attempt.paid_at.map(Timestamp::millis),
            attempt.returned_at.map(Timestamp::millis),
            attempt.closed_at.map(Timestamp::millis),
            attempt.reason.as_ref().map(to_json).transpose()?,
            to_json(&attempt.detail)?,
            i64::try_from(attempt.version).unwrap_or(i64::MAX),
            attempt.confirm_began_at.map(Timestamp::millis),
            lines_text(&attempt.refunds)?,
            attempt.seen_refunded.map(|money| money.to_string()),
            attempt.refunds_unclear,
            seconds_text(&attempt.second_payments)?,
            suspicions_text(&attempt.suspicions)?,
        ])?;
    Ok(())
}

pub(super) const EVENT: &str = "SELECT seq, at, order_id, no, kind, source, from_state, to_state, body_digest, note, prev_hash, hash FROM event";

pub(super) fn event(row: &Row<'_>) -> Read<TimelineRow> {
    Ok(TimelineRow {
        seq: number(row, 0)?,
        at: moment(row, 1)?,
        key: AttemptKey {
            order_id: row.get(2)?,
            no: row.get(3)?,
        },
        kind: row.get(4)?,
        source: row.get(5)?,
        from: maybe(row, 6, |text| text.parse().ok())?,
        to: parsed(row, 7)?,
        evidence: row.get::<_, Option<[u8; 32]>>(8)?.map(Digest::from_bytes),
        note: row.get(9)?,
        prev_hash: Digest::from_bytes(row.get(10)?),
        hash: Digest::from_bytes(row.get(11)?),
    })
}

pub(super) const MONEY_CALL: &str =
    "SELECT id, order_id, no, op, state, began_at, ended_at FROM money_call";

pub(super) fn money_call(row: &Row<'_>) -> Read<MoneyCall> {
    let state: String = row.get(4)?;
    let state = match state.as_str() {
        "pending" => CallState::Pending,
        "done" => CallState::Ended(CallOutcome::Done),
        "declined" => CallState::Ended(CallOutcome::Declined),
        "not_sent" => CallState::Ended(CallOutcome::NotSent),
        "unknown" => CallState::Ended(CallOutcome::Unknown),
        _ => return Err(unreadable(4)),
    };
    Ok(MoneyCall {
        id: number(row, 0)?,
        key: AttemptKey {
            order_id: row.get(1)?,
            no: row.get(2)?,
        },
        op: op_of(&row.get::<_, String>(3)?).ok_or_else(|| unreadable(3))?,
        state,
        began_at: moment(row, 5)?,
        ended_at: maybe_moment(row, 6)?,
    })
}

pub(super) fn published(row: &Row<'_>) -> Read<Published> {
    Ok(Published {
        seq: number(row, 0)?,
        publication: parsed(row, 1)?,
        key: AttemptKey {
            order_id: row.get(2)?,
            no: row.get(3)?,
        },
        state: parsed(row, 4)?,
        at: moment(row, 5)?,
        data: row.get(6)?,
    })
}

/// `freely`, or the month: `2026-11`.
pub(super) fn repeat_text(repeat: Repeat) -> String {
    match repeat {
        Repeat::Freely => "freely".to_owned(),
        Repeat::Monthly { year, month } => format!("{year:04}-{month:02}"),
    }
}

fn repeat_of(text: &str) -> Option<Repeat> {
    if text == "freely" {
        return Some(Repeat::Freely);
    }
    let (year, month) = text.split_once('-')?;
    Some(Repeat::Monthly {
        year: year.parse().ok()?,
        month: month.parse().ok()?,
    })
}

pub(super) fn money_of(text: &str) -> Option<Money> {
    let (amount, currency) = text.split_once(' ')?;
    Money::parse(amount, &Currency::parse(currency).ok()?).ok()
}

fn op_of(text: &str) -> Option<MoneyOp> {
    MoneyOp::ALL.into_iter().find(|op| op.as_str() == text)
}

const fn layout_name(layout: Layout) -> &'static str {
    match layout {
        Layout::Popup => "popup",
        Layout::Layer => "layer",
        Layout::Redirect => "redirect",
    }
}

fn layout_of(text: &str) -> Option<Layout> {
    [Layout::Popup, Layout::Layer, Layout::Redirect]
        .into_iter()
        .find(|layout| layout_name(*layout) == text)
}

pub(super) fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Failed(error.to_string()))
}

pub(super) fn json<T: for<'de> Deserialize<'de>>(row: &Row<'_>, column: usize) -> Read<T> {
    serde_json::from_str(&row.get::<_, String>(column)?).map_err(|_| unreadable(column))
}

pub(super) fn maybe_json<T: for<'de> Deserialize<'de>>(
    row: &Row<'_>,
    column: usize,
) -> Read<Option<T>> {
    maybe(row, column, |text| serde_json::from_str(text).ok())
}

pub(super) fn parsed<T: std::str::FromStr>(row: &Row<'_>, column: usize) -> Read<T> {
    row.get::<_, String>(column)?
        .parse()
        .map_err(|_| unreadable(column))
}

fn maybe<T>(row: &Row<'_>, column: usize, read: impl FnOnce(&str) -> Option<T>) -> Read<Option<T>> {
    row.get::<_, Option<String>>(column)?
        .map(|text| read(&text).ok_or_else(|| unreadable(column)))
        .transpose()
}

pub(super) fn moment(row: &Row<'_>, column: usize) -> Read<Timestamp> {
    row.get(column).map(Timestamp::from_millis)
}

pub(super) fn maybe_moment(row: &Row<'_>, column: usize) -> Read<Option<Timestamp>> {
    Ok(row
        .get::<_, Option<i64>>(column)?
        .map(Timestamp::from_millis))
}

pub(super) fn number(row: &Row<'_>, column: usize) -> Read<u64> {
    u64::try_from(row.get::<_, i64>(column)?).map_err(|_| unreadable(column))
}

fn unreadable(column: usize) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(
        column,
        "a word this version does not know".to_owned(),
        Type::Text,
    )
}
