//! What is paid out: the payments of a day, less the fees. A day's rows are expected while it lasts and settled after
//! it; payments that were charged back are held. Rates and days are stand-ins: contracts have their own.

use std::collections::BTreeMap;

use jiff::Timestamp;
use paypair_protocol::payletter_global::SettlementList;
use paypair_protocol::{Currency, Money};

use super::core::{Payment, STORE_ID, Stage};
use super::request::{INVALID, broken, error, private};
use crate::core::clock::korean_day;
use crate::core::wire::{Form, Json, json_list};
use crate::core::{Answer, Gateway, World};

/// `POST /settlement/detailslist`: Private.
pub(crate) fn list(world: &mut World, now: Timestamp, form: &Form) -> Answer {
    let path = "/settlement/detailslist";
    world.book.note(Gateway::PayletterGlobal, path, now, None);
    if let Some(refusal) = private(world) {
        return refusal;
    }
    if let Some(detail) = broken(form, &SettlementList::TABLE) {
        return error(400, INVALID, &detail);
    }
    if form.get("storeid") != STORE_ID {
        return error(400, INVALID, "[2102]Not exist PG contract information");
    }
    let (from, to) = (form.get("settlesymd"), form.get("settleeymd"));
    let today = korean_day(now);
    let payments = world.payletter_global.payments.iter();
    let wanted = payments.filter(|payment| payment.is_of(form));
    let mut movements: Vec<Movement<'_>> = wanted
        .flat_map(|payment| movements_of(payment, &today))
        .collect();
    movements.retain(|row| {
        (from..=to).contains(&row.day.as_str()) && form.get("settlestate") == row.state
    });
    let rows: Vec<String> = if form.get("searchtype") == "1" {
        by_method(&movements)
    } else {
        movements.iter().map(Movement::row).collect()
    };
    let data = Json::default().raw("datalist", &json_list(rows));
    Answer::json(200, Json::default().raw("data", &data.end()).end())
}

impl Payment {
    /// Is it of the method that a list asks for?
    pub(super) fn is_of(&self, form: &Form) -> bool {
        let (group, kind) = self.names();
        let fits = |name: &str, value: &str| {
            let asked = form.get(name);
            asked.is_empty() || asked.eq_ignore_ascii_case(value)
        };
        fits("pgcode", group) && fits("pgsubcode", kind)
    }

    /// `PL` and `CreditCard` of `PLCreditCard`.
    pub(super) fn names(&self) -> (&str, &str) {
        match self.session.row() {
            Some(row) => (row.group, row.subcode),
            None => ("", self.session.method()),
        }
    }
}

/// Money that goes to the merchant, or back.
struct Movement<'p> {
    payment: &'p Payment,
    day: String,
    state: &'static str,
    amount: i64,
}

fn movements_of<'p>(payment: &'p Payment, today: &str) -> Vec<Movement<'p>> {
    let movement = |at: Timestamp, minor: u64, sign: i64| {
        let day = korean_day(at);
        let state = match payment.stage {
            Stage::ChargedBack => HELD,
            _ if day.as_str() < today => "1",
            _ => "2",
        };
        let amount = sign * i64::try_from(minor).unwrap_or(i64::MAX);
        Movement {
            payment,
            day,
            state,
            amount,
        }
    };
    if matches!(payment.stage, Stage::AwaitingDeposit | Stage::Pending) {
        return Vec::new();
    }
    let paid = movement(payment.at, payment.amount.minor, 1);
    let back = payment.cancellations.iter();
    let back = back.map(|part| movement(part.at, part.amount.minor, -1));
    std::iter::once(paid).chain(back).collect()
}

impl Movement<'_> {
    fn row(&self) -> String {
        figures(
            self,
            1,
            self.amount,
            fee(self.amount),
            &self.payment.pay_token,
        )
    }
}

/// `settlestate` of what is not paid out.
const HELD: &str = "4";

/// One row for each day, method, currency.
fn by_method(movements: &[Movement<'_>]) -> Vec<String> {
    let mut groups: BTreeMap<(&str, &str, String), Vec<&Movement<'_>>> = BTreeMap::new();
    for movement in movements {
        let currency = movement.payment.amount.currency.as_str().to_owned();
        let group = (
            movement.day.as_str(),
            movement.payment.session.method(),
            currency,
        );
        groups.entry(group).or_default().push(movement);
    }
    let row = |rows: Vec<&Movement<'_>>| {
        let amount = rows.iter().map(|row| row.amount).sum();
        let fees = rows.iter().map(|row| fee(row.amount)).sum();
        figures(rows[0], rows.len(), amount, fees, "")
    };
    groups.into_values().map(row).collect()
}

/// Four hundredths, whole units only; a refund gives its fee back.
const fn fee(amount: i64) -> i64 {
    amount * 4 / 100
}

fn figures(of: &Movement<'_>, count: usize, amount: i64, fee: i64, pay_token: &str) -> String {
    let currency = of.payment.amount.currency;
    let (group, kind) = of.payment.names();
    let vat = fee / 10;
    let literal = |minor: i64| figure(minor, currency);
    let none = literal(0);
    let json = Json::default()
        .text("storeid", STORE_ID)
        .text("settleymd", &of.day)
        .text("pgcode", group)
        .text("pgsubcode", kind)
        .text("currency", currency.as_str())
        .raw("settlestate", of.state)
        .raw("paycnt", &count.to_string())
        .raw("payamt", &literal(amount))
        .raw("settleamt", &literal(amount - fee - vat))
        .raw("totalfee", &literal(fee + vat))
        .raw("vat", &literal(vat))
        .raw("supplyamt", &literal(fee))
        .raw("storefee", &literal(fee))
        .raw("transactionfee", &none)
        .raw("chargebackfee", &none)
        .raw("refundfee", &none)
        .raw("etcfee", &none)
        .text("note", "4.00")
        .text("notedesc", "fee rate");
    // A number in one row of the manual's example, an empty text in the next: what is held is a reserve.
    let json = match of.state {
        HELD => json.raw("rollingreserve", &literal(amount)),
        _ => json.text("rollingreserve", ""),
    };
    json.text("paytoken", pay_token).end()
}

/// `-12.50`
fn figure(minor: i64, currency: Currency) -> String {
    let size = Money {
        minor: minor.unsigned_abs(),
        currency,
    };
    let sign = if minor < 0 { "-" } else { "" };
    format!("{sign}{}", size.to_wire())
}
