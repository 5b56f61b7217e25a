//! Answers as text for people: facts, one to a line, and tables. Amounts carry their currency, times are Korean.

use std::io::Write as _;

use jiff::tz::{Offset, TimeZone};
use serde_json::Value;

use crate::stop::one_line;

/// Writes to standard output. A reader that has gone away (`| head`) is no fault.
pub(crate) fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", text.trim_end());
}

/// The text of a value; nothing for null or what is not there. What came from outside must not steer the terminal.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => one_line(text),
        other => one_line(&other.to_string()),
    }
}

/// `9900 KRW`; nothing without an amount.
pub(crate) fn money(amount: &Value, currency: &Value) -> String {
    one_line(&match (text(amount), text(currency)) {
        (amount, _) if amount.is_empty() => amount,
        (amount, currency) => format!("{amount} {currency}"),
    })
}

/// `2026-11-21 23:05:00 KST`. What is no time of ours stays as it is.
pub(crate) fn time(value: &Value) -> String {
    let text = text(value);
    let korea = TimeZone::fixed(Offset::constant(9));
    match text.parse::<jiff::Timestamp>() {
        Ok(at) => at
            .to_zoned(korea)
            .strftime("%Y-%m-%d %H:%M:%S KST")
            .to_string(),
        Err(_) => text,
    }
}

/// Names and values, the values under one another. Lines without a value are left out.
#[derive(Default)]
pub(crate) struct Facts(Vec<(&'static str, String)>);

impl Facts {
    pub(crate) fn add(&mut self, name: &'static str, value: impl Into<String>) -> &mut Self {
        let value = value.into();
        if !value.is_empty() {
            self.0.push((name, value));
        }
        self
    }
}

impl std::fmt::Display for Facts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let widest = self.0.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, value) in &self.0 {
            writeln!(f, "{name:widest$}  {value}")?;
        }
        Ok(())
    }
}

/// Rows under a head. A column whose head ends in `>` is aligned to the right; one without any value is left out.
pub(crate) struct Table {
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(heads: &[&str]) -> Self {
        Self {
            heads: heads.iter().map(|head| (*head).to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// Objects as rows, whatever their fields: the named ones first, the others after them.
    pub(crate) fn of(objects: &[Value], first: &[&str]) -> Self {
        let mut names: Vec<&str> = first.to_vec();
        for name in objects
            .iter()
            .filter_map(Value::as_object)
            .flat_map(|row| row.keys())
        {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        let figures = |name: &str| {
            let mut cells = objects
                .iter()
                .map(|row| text(&row[name]))
                .filter(|cell| !cell.is_empty());
            cells.all(|cell| {
                cell.bytes()
                    .all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.'))
            })
        };
        Self {
            heads: names
                .iter()
                .map(|name| {
                    if figures(name) {
                        format!("{name}>")
                    } else {
                        (*name).to_owned()
                    }
                })
                .collect(),
            rows: objects
                .iter()
                .map(|row| names.iter().map(|name| text(&row[*name])).collect())
                .collect(),
        }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cell = |row: &[String], nth: usize| row.get(nth).cloned().unwrap_or_default();
        let kept: Vec<usize> = (0..self.heads.len())
            .filter(|nth| self.rows.iter().any(|row| !cell(row, *nth).is_empty()))
            .collect();
        let head: Vec<String> = self
            .heads
            .iter()
            .map(|head| head.trim_end_matches('>').to_owned())
            .collect();
        let lines = || std::iter::once(head.as_slice()).chain(self.rows.iter().map(Vec::as_slice));
        let widths: Vec<usize> = kept
            .iter()
            .map(|nth| {
                lines()
                    .map(|line| width(&cell(line, *nth)))
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        for line in lines() {
            let mut text = String::new();
            for (nth, wide) in kept.iter().zip(&widths) {
                let cell = cell(line, *nth);
                let blank = " ".repeat(wide.saturating_sub(width(&cell)));
                if self.heads[*nth].ends_with('>') {
                    text += &format!("{blank}{cell}  ");
                } else {
                    text += &format!("{cell}{blank}  ");
                }
            }
            writeln!(f, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

/// How many columns of a terminal a text takes: Korean and other wide letters take two.
fn width(text: &str) -> usize {
    text.chars()
        .map(|c| match c as u32 {
            0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF => 2,
            0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x1F300..=0x1FAFF => 2,
            _ => 1,
        })
        .sum()
}

/// An outcome: what a person wants to know of an order.
pub(crate) fn outcome(outcome: &Value) -> Facts {
    let mut facts = Facts::default();
    let (status, state) = (text(&outcome["status"]), text(&outcome["state"]));
    facts
        .add("order", text(&outcome["orderId"]))
        .add(
            "status",
            if status == state {
                status
            } else {
                format!("{status} ({state})")
            },
        )
        .add("amount", money(&outcome["amount"], &outcome["currency"]))
        .add(
            "refunded",
            money(&outcome["refundedAmount"], &outcome["currency"]),
        )
        .add(
            "refund",
            one_line(&format!(
                "{} {}",
                money(&outcome["refund"]["amount"], &outcome["currency"]),
                text(&outcome["refund"]["state"])
            )),
        )
        .add("product", text(&outcome["productName"]))
        .add("method", text(&outcome["method"]))
        .add("card", card(&outcome["card"]))
        .add("paid at", time(&outcome["paidAt"]))
        .add("account", account(&outcome["virtualAccount"]))
        .add("billing key", text(&outcome["billingKeyId"]))
        .add("reason", reason(&outcome["reason"]));
    facts
}

/// Name and masked number.
pub(crate) fn card(card: &Value) -> String {
    one_line(&format!(
        "{} {}",
        text(&card["name"]),
        text(&card["number"])
    ))
}

fn account(account: &Value) -> String {
    let until = time(&account["expiresAt"]);
    let until = if until.is_empty() {
        until
    } else {
        format!("until {until}")
    };
    one_line(&format!(
        "{} {} {} {until}",
        text(&account["bankName"]),
        text(&account["accountNo"]),
        text(&account["holder"])
    ))
}

/// Our code, and the gateway's own with its words.
pub(crate) fn reason(reason: &Value) -> String {
    one_line(&format!(
        "{} {} {}",
        text(&reason["code"]),
        text(&reason["gatewayCode"]),
        text(&reason["gatewayMessage"])
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn korean_letters_take_two_columns() {
        let mut table = Table::new(&["name", "amount>", "never"]);
        table.row(["달항아리".into(), "9900 KRW".into(), String::new()]);
        table.row(["cup".into(), "50 KRW".into(), String::new()]);
        assert_eq!(
            table.to_string(),
            "name        amount\n달항아리  9900 KRW\ncup         50 KRW\n"
        );
    }

    #[test]
    fn figures_stand_to_the_right_under_their_own_names() {
        let rows = [
            json!({ "vat": "-0.5", "method": "PLCreditCard" }),
            json!({ "vat": "10", "note": "" }),
        ];
        let table = Table::of(&rows, &["method"]);
        assert_eq!(
            table.to_string(),
            "method         vat\nPLCreditCard  -0.5\n                10\n"
        );
    }

    #[test]
    fn times_are_korean_and_terminals_are_not_steered() {
        assert_eq!(
            time(&json!("2026-11-21T14:05:00Z")),
            "2026-11-21 23:05:00 KST"
        );
        assert_eq!(
            time(&json!("2026-11-21T23:05:00+09:00")),
            "2026-11-21 23:05:00 KST"
        );
        assert_eq!(time(&json!("20261121")), "20261121");
        assert_eq!(text(&json!("a\u{1b}]0;title\u{7}b")), "a ]0;title b");
    }

    #[test]
    fn an_outcome_shows_what_is_there_and_no_more() {
        let shown = outcome(&json!({
            "orderId": "A1", "status": "paid", "state": "partially_refunded", "amount": "9900", "currency": "KRW",
            "refundedAmount": "900", "card": { "name": "BC카드", "number": "1111********4444" },
        }));
        assert_eq!(
            shown.to_string(),
            "order     A1\nstatus    paid (partially_refunded)\namount    9900 KRW\nrefunded  900 KRW\ncard      BC카드 1111********4444\n"
        );
    }
}
