//! The registry of messages agrees with the tables, the sources and the printed bodies.

mod common;

use std::{collections::BTreeSet, fs, path::Path};

use common::{form, json};
use paypair_protocol::{
    Gateway,
    coverage::{Direction, MESSAGES, Message, coverage},
    wire::{Fields, Value},
};

/// Every source of a gateway's folder, and what the Payletters share.
fn sources(gateway: Gateway) -> String {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut text = String::new();
    for entry in fs::read_dir(src.join(gateway.as_str())).unwrap() {
        text += &fs::read_to_string(entry.unwrap().path()).unwrap();
    }
    for shared in ["session.rs", "call.rs"] {
        text += &fs::read_to_string(src.join(shared)).unwrap();
    }
    text
}

/// Every name in a body, objects and lists by their path.
fn names(fields: &Fields, front: &str, all: &mut BTreeSet<String>) {
    for (name, value) in fields.iter() {
        let path = format!("{front}{name}");
        let inner = format!("{path}.");
        match value {
            Value::Object(fields) => names(fields, &inner, all),
            Value::List(items) => {
                for item in items {
                    if let Value::Object(fields) = item {
                        names(fields, &inner, all);
                    }
                }
            }
            _ => {}
        }
        all.insert(path);
    }
}

#[test]
fn every_row_that_is_said_is_read_into_a_field() {
    for gateway in Gateway::ALL {
        let sources = sources(gateway);
        for message in MESSAGES.iter().filter(|message| message.gateway == gateway) {
            for (wire, ours) in message.said {
                let last = wire.rsplit('.').next().unwrap();
                let bare = last.strip_prefix("cash_receipt_").unwrap_or(last);
                assert!(
                    sources.contains(&format!("\"{bare}\"")),
                    "{}: nothing reads {wire}",
                    message.name
                );
                assert!(
                    ours.contains('`') || sources.contains(&format!(" {ours}: ")),
                    "{}: no field {ours}",
                    message.name
                );
            }
        }
    }
}

#[test]
fn every_printed_name_is_in_the_registry() {
    let find = |gateway: Gateway, name: &str, direction: Direction| -> Vec<&Message> {
        MESSAGES
            .iter()
            .filter(|message| {
                message.gateway == gateway && message.name == name && message.direction == direction
            })
            .collect()
    };
    for (gateway, name, direction, file) in printed() {
        let path = format!("{gateway}/{file}");
        let body = if file.ends_with(".form") {
            form(&path)
        } else {
            json(&path)
        };
        let messages = find(gateway, name, direction);
        assert!(!messages.is_empty(), "{gateway} {name}");
        let mut all = BTreeSet::new();
        names(&body, "", &mut all);
        for wire in all {
            assert!(
                messages.iter().any(|message| message.knows(&wire)),
                "{path}: {wire} is not in {name}"
            );
        }
    }
}

fn printed() -> Vec<(Gateway, &'static str, Direction, &'static str)> {
    use Direction::{Received, Sent};
    use Gateway::{Payletter, PayletterGlobal, Payple};
    vec![
        (Payple, "Auth", Sent, "manual/01_auth_pay.json"),
        (
            Payple,
            "AuthAnswer",
            Received,
            "manual/02_auth_pay_answer.json",
        ),
        (Payple, "Auth", Sent, "manual/03_auth_refund.json"),
        (
            Payple,
            "AuthAnswer",
            Received,
            "manual/04_auth_refund_answer.json",
        ),
        (Payple, "AuthAnswer", Received, "auth_window_2.json"),
        (Payple, "Window", Sent, "manual/07_window.json"),
        (Payple, "Confirm", Sent, "manual/08_confirm.json"),
        (Payple, "Auth", Sent, "manual/09_auth_charge.json"),
        (Payple, "Charge", Sent, "manual/10_charge.json"),
        (Payple, "Payment", Received, "manual/11_charge_answer.json"),
        (Payple, "Refund", Sent, "manual/13_refund.json"),
        (Payple, "Refunded", Received, "manual/14_refund_answer.json"),
        (Payple, "Refunded", Received, "refund.json"),
        (Payple, "PayerDelete", Sent, "manual/16_payer_delete.json"),
        (
            Payple,
            "PayerDeleted",
            Received,
            "manual/17_payer_delete_answer.json",
        ),
        (Payple, "PayerLookup", Sent, "manual/19_payer.json"),
        (Payple, "Payer", Received, "manual/20_payer_answer.json"),
        (Payple, "WindowResult", Received, "window_old_page.form"),
        (Payple, "Lookup", Sent, "manual/22_lookup.json"),
        (Payple, "Link", Received, "link.json"),
        (Payple, "Payment", Received, "manual/23_lookup_answer.json"),
        (Payletter, "PaymentRequest", Sent, "manual/01_pay.json"),
        (Payletter, "Session", Received, "manual/02_pay_answer.json"),
        (Payletter, "CallError", Received, "manual/03_refused.json"),
        (Payletter, "Callback", Received, "callback_mobile.json"),
        (Payletter, "Return", Received, "return_failed.form"),
        (Payletter, "Return", Received, "return_virtual_account.form"),
        (Payletter, "Charge", Sent, "manual/05_charge.json"),
        (
            Payletter,
            "Charged",
            Received,
            "manual/06_charge_answer.json",
        ),
        (
            Payletter,
            "PaymentRequest",
            Sent,
            "manual/07_registration.json",
        ),
        (Payletter, "Refund", Sent, "manual/09_refund.json"),
        (
            Payletter,
            "Refunded",
            Received,
            "manual/10_refund_answer.json",
        ),
        (Payletter, "Refund", Sent, "manual/11_partial_refund.json"),
        (
            Payletter,
            "TransactionList",
            Sent,
            "manual/13_transactions.form",
        ),
        (
            Payletter,
            "Transactions",
            Received,
            "manual/14_transactions_answer.json",
        ),
        (Payletter, "Transactions", Received, "transaction_list.json"),
        (
            Payletter,
            "CashReceiptIssue",
            Sent,
            "manual/15_cash_receipt.json",
        ),
        (
            Payletter,
            "ReceiptPage",
            Received,
            "manual/16_cash_receipt_answer.json",
        ),
        (Payletter, "ReceiptInfo", Sent, "manual/17_receipt.form"),
        (Payletter, "StatusAnswer", Received, "status.json"),
        (
            PayletterGlobal,
            "PaymentRequest",
            Sent,
            "manual/01_pay.json",
        ),
        (
            PayletterGlobal,
            "Session",
            Received,
            "manual/02_pay_answer.json",
        ),
        (
            PayletterGlobal,
            "CallError",
            Received,
            "manual/03_pay_refused.json",
        ),
        (PayletterGlobal, "Return", Received, "return.form"),
        (PayletterGlobal, "Notice", Received, "notice_paid.form"),
        (PayletterGlobal, "Charge", Sent, "manual/04_charge.json"),
        (
            PayletterGlobal,
            "Charged",
            Received,
            "manual/05_charge_answer.json",
        ),
        (PayletterGlobal, "Refund", Sent, "manual/07_refund.json"),
        (
            PayletterGlobal,
            "Refunded",
            Received,
            "manual/08_refund_answer.json",
        ),
        (PayletterGlobal, "SalesList", Sent, "manual/10_sales.json"),
        (
            PayletterGlobal,
            "Sales",
            Received,
            "manual/11_sales_answer.json",
        ),
        (
            PayletterGlobal,
            "SettlementList",
            Sent,
            "manual/13_settlements.json",
        ),
        (
            PayletterGlobal,
            "Settlements",
            Received,
            "manual/14_settlements_answer.json",
        ),
        (
            PayletterGlobal,
            "SubscriptionCancel",
            Sent,
            "manual/16_subscription_cancel.json",
        ),
        (
            PayletterGlobal,
            "SubscriptionCancelled",
            Received,
            "manual/17_subscription_cancel_answer.json",
        ),
    ]
}

#[test]
fn every_table_of_the_crate_is_in_the_registry() {
    for gateway in Gateway::ALL {
        let tables = sources(gateway).matches("TABLE: Table =").count();
        let listed: BTreeSet<_> = MESSAGES
            .iter()
            .filter(|message| message.gateway == gateway && message.direction == Direction::Sent)
            .map(|message| (message.name, message.place.contains("partial")))
            .collect();
        assert_eq!(listed.len(), tables, "{gateway}: {listed:?}");
    }
}

#[test]
fn every_message_speaks_or_is_spoken_to() {
    for message in MESSAGES {
        match message.direction {
            Direction::Sent => assert!(message.table.is_some() && message.said.is_empty()),
            Direction::Received => assert!(message.table.is_none() && !message.said.is_empty()),
        }
    }
}

#[test]
fn the_page_lists_every_row_and_code() {
    let page = coverage();
    for message in MESSAGES {
        assert!(page.contains(&format!("::{}`\n", message.name)));
        for field in message.table.iter().flat_map(|table| table.fields) {
            assert!(page.contains(&format!("| `{}` | {} |", field.wire, field.word)));
        }
    }
    for row in paypair_protocol::payple::codes::CODES {
        assert!(page.contains(&format!("| `{}` |", row.code)));
    }
    // A table's rows have the columns of its head.
    let mut columns = 0;
    for line in page.lines() {
        let bars = line.matches('|').count();
        if line.starts_with('|') && columns > 0 {
            assert_eq!(bars, columns, "{line}");
        }
        columns = bars;
    }
}
