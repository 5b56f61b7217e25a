//! One book beside another: our tries at orders, the lines of the gateway's money book, the rows of its lists, the calls.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::common::text;

/// What was taken and what went back, in the currency's smallest unit.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) captured: i64,
    pub(super) refunded: i64,
}

/// One try at an order, as our ledger has it.
#[derive(Debug)]
pub(super) struct Ours {
    pub(super) order_id: String,
    pub(super) gateway: String,
    pub(super) gateway_order_id: String,
    pub(super) transaction_id: Option<String>,
    pub(super) state: String,
    pub(super) method: String,
    /// The day it began in Korea, and was paid if it was: in no story a midnight lies between.
    pub(super) day: String,
    pub(super) currency: String,
    /// What it is about, whether or not it was taken.
    pub(super) amount: i64,
    pub(super) sums: Sums,
}

/// A gateway's kind of money call, and the order it was for, if the gateway is told.
pub(super) type Call = (String, &'static str, String);

pub(super) fn tries_of(shown: &Value) -> Vec<Ours> {
    let order = &shown["order"];
    let currency = match order["currency"].as_str() {
        Some(currency) => currency.to_owned(),
        None => "KRW".to_owned(),
    };
    let money = |value: &Value| value.as_str().map_or(0, |text| minor(text, &currency));
    let attempts = shown["attempts"].as_array().into_iter().flatten();
    let one = |attempt: &Value| {
        let state = text(&attempt["state"]);
        let refunds = attempt["refunds"].as_array().unwrap().iter();
        let done = refunds.filter(|line| line["state"] == "done");
        let amount = money(&order["amount"]);
        Ours {
            order_id: text(&order["orderId"]),
            gateway: text(&order["gateway"]),
            gateway_order_id: text(&attempt["gatewayOrderId"]),
            transaction_id: attempt["transactionId"].as_str().map(str::to_owned),
            sums: Sums {
                captured: if is_money(&state) { amount } else { 0 },
                refunded: done.map(|line| money(&line["amount"])).sum(),
            },
            state,
            method: text(&order["method"]),
            day: text(&attempt["createdAt"])[..10].replace('-', ""),
            currency: currency.clone(),
            amount,
        }
    };
    attempts.map(one).collect()
}

/// The sum that the merchant is told is that of the refunds which were done.
pub(super) fn told_is_what_went_back(shown: &Value, tries: &[Ours], found: &mut Vec<String>) {
    let outcome = &shown["outcome"];
    let speaking = outcome["attempt"].as_u64().unwrap_or_default();
    let at = usize::try_from(speaking).unwrap().checked_sub(1);
    let Some(ours) = at.and_then(|at| tries.get(at)) else {
        return;
    };
    let told = outcome["refundedAmount"].as_str();
    let told = told.map_or(0, |told| minor(told, &ours.currency));
    if told != ours.sums.refunded {
        found.push(format!(
            "{}: {} went back, and the merchant is told {told}",
            ours.order_id, ours.sums.refunded
        ));
    }
}

/// Whether money was taken, and whatever became of it then.
fn is_money(state: &str) -> bool {
    let states = [
        "paid",
        "refund_pending",
        "partially_refunded",
        "refunded",
        "charged_back",
    ];
    states.contains(&state)
}

/// How the gateway's book calls what we call so.
fn standing(state: &str) -> &str {
    match state {
        "paid" => "captured",
        "partially_refunded" => "partly_refunded",
        "refunded" => "cancelled",
        "pending_review" => "pending",
        // These are called the same: an account that nobody paid into, a promised refund, a registered card.
        "refund_pending" | "charged_back" | "awaiting_deposit" | "registered" | "expired" => state,
        _ => "nothing",
    }
}

/// Each try has the line it must have, and no line is nobody's.
pub(super) fn compare_with_book(tries: &[Ours], lines: &[Value], found: &mut Vec<String>) {
    let mut seen = vec![false; lines.len()];
    for ours in tries {
        let own = |line: &Value| {
            line["gateway"] == ours.gateway.as_str()
                && line["order_id"] == ours.gateway_order_id.as_str()
        };
        let mut of_money = Vec::new();
        for (line, seen) in lines.iter().zip(&mut seen).filter(|(line, _)| own(line)) {
            *seen = true;
            // A key beside the money has a line of its own, without money.
            if line["state"] != "registered" || ours.state == "registered" {
                of_money.push(line);
            }
        }
        let wanted = standing(&ours.state);
        let name = &ours.gateway_order_id;
        let line = match of_money.as_slice() {
            [] if wanted == "nothing" || wanted == "expired" => continue,
            [line] => line,
            other => {
                let many = other.len();
                found.push(format!(
                    "{name}: we say {}, the book has {many} lines",
                    ours.state
                ));
                continue;
            }
        };
        let theirs = sums_of_line(line);
        let same_name = ours
            .transaction_id
            .as_ref()
            .is_none_or(|id| !is_money(&ours.state) || line["transaction_id"] == id.as_str());
        if line["state"] != wanted || theirs != ours.sums || !same_name {
            found.push(format!(
                "{name}: we say {} {:?}, the book says {} {theirs:?}",
                ours.state,
                ours.sums,
                text(&line["state"])
            ));
        }
    }
    for (line, _) in lines.iter().zip(seen).filter(|(_, seen)| !seen) {
        found.push(format!(
            "{}: stands in the book, and is none of our orders",
            text(&line["order_id"])
        ));
    }
}

fn sums_of_line(line: &Value) -> Sums {
    let money = |name: &str| minor(&text(&line[name]), &text(&line["currency"]));
    let taken = matches!(
        line["state"].as_str(),
        Some("captured" | "partly_refunded" | "refund_pending" | "cancelled" | "charged_back")
    );
    Sums {
        captured: if taken { money("amount") } else { 0 },
        refunded: money("refunded"),
    }
}

/// Each payment has one row that says the same, and no row is nobody's.
pub(super) fn compare_with_list<'o>(
    tries: impl Iterator<Item = &'o Ours>,
    rows: &[Value],
    found: &mut Vec<String>,
) {
    let mut seen = 0;
    for ours in tries {
        let name = &ours.gateway_order_id;
        let own: Vec<_> = rows.iter().filter(|row| row["orderId"] == **name).collect();
        seen += own.len();
        let status = match ours.state.as_str() {
            "partially_refunded" => "partly_cancelled",
            "refunded" => "cancelled",
            _ => "paid",
        };
        match own.as_slice() {
            [] if ours.sums.captured == 0 => {}
            [row]
                if row["status"] == status
                    && row["ourState"] == ours.state.as_str()
                    && minor(&text(&row["amount"]), &ours.currency) == ours.sums.captured => {}
            other => found.push(format!(
                "{name}: we say {} {}, the list says {other:?}",
                ours.state, ours.amount
            )),
        }
    }
    if seen != rows.len() {
        found.push(format!("the list has {} rows, ours are {seen}", rows.len()));
    }
}

/// What moved by each payment: the same sums.
pub(super) fn compare_movements<'o>(
    tries: impl Iterator<Item = &'o Ours>,
    mut moved: BTreeMap<String, Sums>,
    found: &mut Vec<String>,
) {
    for ours in tries.filter(|ours| ours.sums != Sums::default()) {
        let id = ours.transaction_id.clone().unwrap_or_default();
        let theirs = moved.remove(&id).unwrap_or_default();
        if theirs != ours.sums {
            found.push(format!(
                "{}: we say {:?}, the list of what moved says {theirs:?}",
                ours.gateway_order_id, ours.sums
            ));
        }
    }
    for (id, sums) in moved {
        found.push(format!("{id}: moved {sums:?}, and is no payment of ours"));
    }
}

/// The money calls of an order that left this machine.
pub(super) fn count_calls(shown: &Value, calls: &mut BTreeMap<Call, usize>) {
    let gateway = text(&shown["order"]["gateway"]);
    let attempts = shown["attempts"].as_array().unwrap();
    for call in shown["moneyCalls"].as_array().unwrap() {
        if call["state"] == "not_sent" {
            continue;
        }
        let made_by = |attempt: &&Value| attempt["attempt"] == call["attempt"];
        let attempt = attempts.iter().find(made_by).unwrap();
        let op = match call["op"].as_str().unwrap() {
            "confirm" => "confirm",
            "charge" => "charge",
            "refund" => "refund",
            _ => "delete",
        };
        let call = (gateway.clone(), op, text(&attempt["gatewayOrderId"]));
        *calls.entry(named(call)).or_default() += 1;
    }
}

/// The same calls, no more and no fewer, for the same orders.
pub(super) fn compare_calls(
    ours: &BTreeMap<Call, usize>,
    calls: &[Value],
    found: &mut Vec<String>,
) {
    let mut theirs = BTreeMap::<Call, usize>::new();
    for call in calls {
        let Some(op) = op_of(&text(&call["path"])) else {
            continue;
        };
        let call = (text(&call["gateway"]), op, text(&call["order_id"]));
        *theirs.entry(named(call)).or_default() += 1;
    }
    let all: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    for call in all {
        let (here, there) = (ours.get(call), theirs.get(call));
        if here != there {
            let times = |count: Option<&usize>| count.copied().unwrap_or_default();
            let (gateway, op, order_id) = call;
            found.push(format!(
                "{gateway} {op} {order_id}: we wrote it down {} times, the gateway counted {}",
                times(here),
                times(there)
            ));
        }
    }
}

/// Payple is asked to delete a key without a word of any order.
fn named((gateway, op, order_id): Call) -> Call {
    let told = gateway != "payple" || op != "delete";
    (
        gateway,
        op,
        if told { order_id } else { "(a key)".to_owned() },
    )
}

/// Which money call a path is; none if it moves nothing.
fn op_of(path: &str) -> Option<&'static str> {
    let ops = [
        ("ConfirmAct", "confirm"),
        ("PayCardAct", "charge"),
        ("/RePayAct", "charge"),
        ("/SimplePayAct", "charge"),
        ("/payments/autopay", "charge"),
        ("/payment/recurring", "charge"),
        ("cPayCAct", "refund"),
        ("/payments/cancel", "refund"),
        ("/payment/refund", "refund"),
        ("PUSERDEL", "delete"),
        ("/subscription/cancel", "delete"),
    ];
    let fits = |(part, _): &&(&str, &str)| path.contains(part);
    ops.iter().find(fits).map(|(_, op)| *op)
}

/// A plain decimal in the currency's smallest unit.
pub(super) fn minor(text: &str, currency: &str) -> i64 {
    let decimals = if matches!(currency, "KRW" | "JPY" | "VND") {
        0
    } else {
        2
    };
    let (sign, size) = text.strip_prefix('-').map_or((1, text), |size| (-1, size));
    let (whole, part) = size.split_once('.').unwrap_or((size, ""));
    assert!(
        part.len() <= decimals,
        "{text} {currency} is no amount of it"
    );
    let digits = format!("{whole}{part:0<decimals$}");
    let minor: i64 = digits
        .parse()
        .unwrap_or_else(|_| panic!("{text} is no amount"));
    sign * minor
}
