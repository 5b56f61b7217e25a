//! The question at the end of every story: what our ledger says of each order, what the gateway lists or answers, and what stands in
//! the gateway's own money book are the same amounts; every money call we wrote down was counted there, and none beside them; and
//! the chain of events is whole.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan as _, civil::Date};
use paypair_ledger::{Store as _, chain_is_intact};
use serde_json::Value;

use super::{super::common::text, stage::Stage};

/// What was taken and what went back, in the currency's smallest unit.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Sums {
    captured: i64,
    refunded: i64,
}

/// One try at an order, as our ledger has it.
#[derive(Debug)]
struct Ours {
    order_id: String,
    gateway: String,
    gateway_order_id: String,
    transaction_id: Option<String>,
    state: String,
    currency: String,
    /// What it is about, whether or not it was taken.
    amount: i64,
    sums: Sums,
}

/// A gateway's kind of money call, and the order it was for, if the gateway is told.
type Call = (String, &'static str, String);

impl Stage {
    /// The end of every story.
    pub(super) async fn everything_agrees(&self) {
        let found = self.disagreements().await;
        assert!(found.is_empty(), "the books differ:\n{}", found.join("\n"));
    }

    /// Where the books differ, a sentence each.
    pub(super) async fn disagreements(&self) -> Vec<String> {
        let mut found = Vec::new();
        let (mut tries, mut calls) = (Vec::new(), BTreeMap::new());
        for order_id in self.known_orders().await {
            self.asked_again_it_says_the_same(&order_id, &mut found)
                .await;
            let rows = self.verifier.store().timeline(&order_id).await.unwrap();
            if rows.is_empty() || !chain_is_intact(&rows) {
                found.push(format!("{order_id}: the chain of events is broken"));
            }
            let shown = self.show(&order_id).await;
            count_calls(&shown, &mut calls);
            tries.extend(tries_of(&shown));
        }
        let book = self.gateways_book().await;
        compare_with_book(&tries, book["payments"].as_array().unwrap(), &mut found);
        compare_calls(&calls, book["calls"].as_array().unwrap(), &mut found);
        for gateway in ["payletter", "payletter_global"] {
            let of_gateway = || tries.iter().filter(|ours| ours.gateway == gateway);
            let listed = self.sales(gateway).await;
            compare_with_list(of_gateway(), &listed, &mut found);
            let moved = match gateway {
                "payletter" => self.movements_listed().await,
                _ => self.movements_settled().await,
            };
            compare_movements(of_gateway(), moved, &mut found);
        }
        for ours in tries.iter().filter(|ours| ours.sums.captured > 0) {
            let told = self.published(&ours.order_id, "payment.paid").await;
            if told != 1 {
                found.push(format!(
                    "{}: the merchant was told of its payment {told} times",
                    ours.order_id
                ));
            }
        }
        found
    }

    /// Every order that the merchant was told anything of.
    async fn known_orders(&self) -> BTreeSet<String> {
        let events = self.events().await;
        events.iter().map(|event| text(&event["orderId"])).collect()
    }

    /// The gateway is asked once more, and nothing about the money changes by it. Of Payple, which lists nothing, this is its word.
    async fn asked_again_it_says_the_same(&self, order_id: &str, found: &mut Vec<String>) {
        let before = tries_of(&self.show(order_id).await);
        let path = format!("/orders/{order_id}/lookup");
        let asked = self.called("PayChkAct").await;
        let (status, answer) = self.merchant("POST", &path, Value::Null).await;
        if status != 200 {
            found.push(format!("{order_id}: cannot be looked up: {answer}"));
        }
        let leading = before.last();
        let at_payple =
            leading.is_some_and(|ours| ours.gateway == "payple" && ours.state != "registered");
        if at_payple && self.called("PayChkAct").await == asked {
            found.push(format!("{order_id}: Payple was not asked"));
        }
        let after = tries_of(&self.show(order_id).await);
        let money = |tries: &[Ours]| -> Vec<(String, Sums)> {
            let of = |ours: &Ours| (ours.state.clone(), ours.sums);
            tries.iter().map(of).collect()
        };
        if money(&before) != money(&after) {
            found.push(format!(
                "{order_id}: was {:?}, and the gateway says {:?}",
                money(&before),
                money(&after)
            ));
        }
    }

    async fn gateways_book(&self) -> Value {
        let url = format!("{}/control/book", self.gateway);
        self.http
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    /// Every payment in a gateway's list, since the story began.
    async fn sales(&self, gateway: &str) -> Vec<Value> {
        let list = format!("/sales?gateway={gateway}");
        self.since_the_beginning(&list).await
    }

    /// Payletter's list of what moved: a row for the payment and one for each cancellation.
    async fn movements_listed(&self) -> BTreeMap<String, Sums> {
        let rows = self
            .since_the_beginning("/sales?gateway=payletter&by=settlement")
            .await;
        let mut sums = BTreeMap::<_, Sums>::new();
        for row in &rows {
            let amount = minor(&text(&row["amount"]), "KRW");
            let sums = sums.entry(text(&row["transactionId"])).or_default();
            match row["status"].as_str() {
                Some("paid") => sums.captured += amount,
                _ => sums.refunded += amount,
            }
        }
        sums
    }

    /// Payletter Global's sales list does not say how much went back; its settlement does.
    async fn movements_settled(&self) -> BTreeMap<String, Sums> {
        let mut sums = BTreeMap::<_, Sums>::new();
        for state in ["settled", "expected", "held"] {
            let list = format!("/settlement?gateway=payletter_global&by=payment&state={state}");
            for row in self.since_the_beginning(&list).await {
                let amount = minor(&text(&row["paid"]), &text(&row["currency"]));
                let sums = sums.entry(text(&row["transactionId"])).or_default();
                match amount {
                    1.. => sums.captured += amount,
                    _ => sums.refunded -= amount,
                }
            }
        }
        sums
    }

    /// A list may be asked for 31 days at once.
    async fn since_the_beginning(&self, list: &str) -> Vec<Value> {
        let (mut from, today): (Date, Date) = (self.first_day(), self.day());
        let mut rows = Vec::new();
        while from <= today {
            let to = (from + 30.days()).min(today);
            rows.extend(self.rows(list, from, to).await);
            from = to + 1.day();
        }
        rows
    }
}

fn tries_of(shown: &Value) -> Vec<Ours> {
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
            currency: currency.clone(),
            amount,
        }
    };
    attempts.map(one).collect()
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
fn compare_with_book(tries: &[Ours], lines: &[Value], found: &mut Vec<String>) {
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
fn compare_with_list<'o>(
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
fn compare_movements<'o>(
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
fn count_calls(shown: &Value, calls: &mut BTreeMap<Call, usize>) {
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
fn compare_calls(ours: &BTreeMap<Call, usize>, calls: &[Value], found: &mut Vec<String>) {
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
fn minor(text: &str, currency: &str) -> i64 {
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
