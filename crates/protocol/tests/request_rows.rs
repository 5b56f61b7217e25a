//! Every row of every table: changing it changes what is written, breaking its rule gives its code.

mod common;

use common::breaches::{another, breaches, missed, spared};
use common::samples::*;
use paypair_protocol::{
    Error, Field, Gateway, Kind, Money, Need, Table,
    coverage::{Direction, MESSAGES, Message},
    payletter as kr, payletter_global as global, payple,
    wire::Fields,
};

/// A good request: what it writes, and how a reader writes again what it has read.
struct Sample {
    gateway: Gateway,
    /// Of our type, as the registry of messages has it.
    name: &'static str,
    table: &'static Table,
    fields: Fields,
    again: Again,
}

type Again = fn(&Fields) -> Result<Fields, Error>;

fn wires(table: &Table) -> Vec<&'static str> {
    table.fields.iter().map(|row| row.wire).collect()
}

impl Sample {
    fn is_of(&self, message: &Message, table: &Table) -> bool {
        self.gateway == message.gateway
            && self.name == message.name
            && wires(self.table) == wires(table)
    }
}

use Gateway::{Payletter, PayletterGlobal, Payple};

fn samples() -> Vec<Sample> {
    macro_rules! sample {
        ($gateway:ident, $name:literal, $type:path, $request:expr) => {
            sample!(
                $gateway,
                $name,
                &<$type>::TABLE,
                $request.fields(),
                |fields| { <$type>::from_fields(fields).map(|request| request.fields()) }
            )
        };
        ($gateway:ident, $name:literal, $table:expr, $fields:expr, $again:expr) => {
            Sample {
                gateway: $gateway,
                name: $name,
                table: $table,
                fields: $fields,
                again: $again,
            }
        };
    }
    let auth = |purpose| payple::Auth { purpose, ..auth() };
    let mut all: Vec<Sample> = payple::Purpose::ALL
        .map(|purpose| sample!(Payple, "Auth", payple::Auth, auth(purpose)))
        .into();
    all.extend([
        sample!(
            Payple,
            "Window",
            &payple::Window::TABLE,
            window(),
            |fields| {
                let window = payple::Window::from_fields(fields);
                Ok(window.fields().iter().cloned().collect())
            }
        ),
        sample!(Payple, "Confirm", payple::Confirm, confirm()),
        sample!(Payple, "Charge", payple::Charge, payple_charge(monthly())),
        sample!(
            Payple,
            "Charge",
            payple::Charge,
            payple_charge(payple::Repeat::Freely)
        ),
        sample!(
            Payple,
            "TransferCharge",
            payple::TransferCharge,
            transfer_charge(monthly())
        ),
        sample!(
            Payple,
            "TransferCharge",
            payple::TransferCharge,
            transfer_charge(payple::Repeat::Freely)
        ),
        sample!(Payple, "Refund", payple::Refund, payple_refund()),
        sample!(Payple, "PayerDelete", payple::PayerDelete, payer_delete()),
        sample!(Payple, "PayerLookup", payple::PayerLookup, payer()),
        sample!(Payple, "Lookup", payple::Lookup, lookup()),
        sample!(Payple, "LinkRequest", payple::LinkRequest, link()),
        sample!(
            Payple,
            "CashReceipt",
            &payple::CashReceipt::TABLE,
            payple_cash_receipt().fields(),
            |fields| Ok(payple::CashReceipt::from_fields(false, fields)?.fields())
        ),
        sample!(Payletter, "PaymentRequest", kr::PaymentRequest, kr_pay()),
        sample!(Payletter, "Charge", kr::Charge, kr_charge()),
        sample!(
            Payletter,
            "Refund",
            &kr::Refund::TABLE,
            kr_refund(false).fields(),
            |fields| Ok(kr::Refund::from_fields(fields, Money::won(5))?.fields())
        ),
        sample!(
            Payletter,
            "Refund",
            &kr::Refund::PARTIAL_TABLE,
            kr_refund(true).fields(),
            |fields| Ok(kr::Refund::partial_from_fields(fields)?.fields())
        ),
        sample!(Payletter, "TransactionList", kr::TransactionList, list()),
        sample!(
            Payletter,
            "CashReceiptIssue",
            &kr::CashReceiptIssue::TABLE,
            with_id(cash_receipt().fields(), &cash_receipt().transaction_id),
            |fields| {
                let issue = kr::CashReceiptIssue::from_fields(&id(fields), fields)?;
                Ok(with_id(issue.fields(), &issue.transaction_id))
            }
        ),
        sample!(
            Payletter,
            "ReceiptInfo",
            &kr::ReceiptInfo::TABLE,
            with_id(receipt().fields(), &receipt().transaction_id),
            |fields| {
                let info = kr::ReceiptInfo::from_fields(&id(fields), fields)?;
                Ok(with_id(info.fields(), &info.transaction_id))
            }
        ),
        sample!(Payletter, "Status", kr::Status, status()),
        sample!(PayletterGlobal, "Charge", global::Charge, global_charge()),
        sample!(PayletterGlobal, "Refund", global::Refund, global_refund()),
        sample!(PayletterGlobal, "SalesList", global::SalesList, sales()),
        sample!(
            PayletterGlobal,
            "SettlementList",
            global::SettlementList,
            settlements()
        ),
        sample!(
            PayletterGlobal,
            "SubscriptionCancel",
            global::SubscriptionCancel,
            subscription_cancel()
        ),
    ]);
    let billing = global::PaymentRequest {
        paypal: Some(global::Paypal::Billing),
        pin: true,
        ..global_pay()
    };
    all.extend([global_pay(), billing].map(|request| {
        sample!(
            PayletterGlobal,
            "PaymentRequest",
            global::PaymentRequest,
            request
        )
    }));
    all
}

/// These two say it in the path.
fn with_id(mut fields: Fields, transaction_id: &str) -> Fields {
    fields.push("tid", transaction_id);
    fields
}

fn id(fields: &Fields) -> String {
    fields.text("tid").unwrap_or_default().into_owned()
}

/// Asks of every row of every table what is missing; counts, so that no row is passed over.
fn of_every_row(missing: impl Fn(&[Sample], &Table, &Field) -> Option<String>) {
    let (mut rows, mut unproven) = (0, Vec::new());
    for message in MESSAGES {
        let Some(table) = message.table else { continue };
        assert_eq!(message.direction, Direction::Sent);
        let of_message = |sample: &Sample| sample.is_of(message, table);
        let (samples, _): (Vec<Sample>, Vec<Sample>) = samples().into_iter().partition(of_message);
        for row in table.fields {
            rows += 1;
            let why = match samples.is_empty() {
                true => Some("has no sample".to_owned()),
                false => missing(&samples, table, row),
            };
            unproven.extend(why.map(|why| format!("{} {} {why}", message.name, row.wire)));
        }
    }
    let existing: usize = MESSAGES
        .iter()
        .filter_map(|message| message.table)
        .map(|table| table.fields.len())
        .sum();
    println!("{} of {existing} rows are proven", rows - unproven.len());
    assert!(unproven.is_empty(), "{}", unproven.join("\n"));
    assert_eq!(rows, existing);
    let listed = |sample: &Sample| {
        MESSAGES.iter().any(|message| {
            message
                .table
                .is_some_and(|table| sample.is_of(message, table))
        })
    };
    assert!(samples().iter().all(listed), "a sample of no message");
}

#[test]
fn changing_a_row_changes_what_is_written() {
    of_every_row(|samples, _, row| {
        let proven = samples.iter().any(|sample| {
            let Some(now) = sample.fields.text(row.wire) else {
                return false;
            };
            let mut changed = sample.fields.clone();
            match another(row, &now) {
                Some(value) => changed.set(row.wire, value),
                None => {
                    changed.remove(row.wire);
                    return decides_or_stands(sample, row, &changed);
                }
            }
            let written = (sample.again)(&changed).unwrap();
            assert_eq!((sample.again)(&sample.fields).unwrap(), sample.fields);
            // A flag that is off is left out; auth.php takes the flags of one purpose.
            let kept = matches!(row.kind, Kind::OneOf(_))
                || sample.name == "Auth"
                || written.text(row.wire) == changed.text(row.wire);
            kept && written.to_json() != sample.fields.to_json()
                && written.to_form() != sample.fields.to_form()
        });
        (!proven).then(|| "can change, and the same is written".to_owned())
    });
}

/// A row of one value: without it nothing is read, or something else is written; or it is a constant that is written
/// whatever is read.
fn decides_or_stands(sample: &Sample, row: &Field, without: &Fields) -> bool {
    let Ok(written) = (sample.again)(without) else {
        return true;
    };
    let stands = written == sample.fields && !matches!(row.need, Need::Optional);
    stands || written.text(row.wire).is_none()
}

fn codes(fields: &Fields, table: &Table, row: &Field) -> Vec<&'static str> {
    let faults = fields.check(table).into_iter();
    let of_row = faults.filter(|fault| fault.wire == row.wire && fault.field == row.name);
    of_row.map(|fault| fault.error.code()).collect()
}

#[test]
fn breaking_a_rows_rule_gives_its_code() {
    of_every_row(|samples, table, row| {
        let mut wrong = Vec::new();
        for sample in samples {
            assert_eq!(codes(&sample.fields, table, row), [""; 0]);
            for (value, code) in breaches(row) {
                let mut broken = sample.fields.clone();
                broken.set(row.wire, value.as_str());
                let codes = codes(&broken, table, row);
                if codes != [code] {
                    wrong.push(format!("{value:.20}: {codes:?}, not {code}"));
                }
            }
        }
        (!wrong.is_empty()).then(|| wrong.join(", "))
    });
}

#[test]
fn a_row_is_missed_exactly_where_it_is_needed() {
    of_every_row(|samples, table, row| {
        let mut wrong = Vec::new();
        for sample in samples {
            for body in missed(table, row, &sample.fields) {
                if codes(&body, table, row) != ["field_missing"] {
                    wrong.push("is not missed");
                }
            }
            for body in spared(table, row, &sample.fields) {
                if !codes(&body, table, row).is_empty() {
                    wrong.push("is missed where it may be left out");
                }
            }
        }
        (!wrong.is_empty()).then(|| wrong.join(", "))
    });
}

/// The longest text that a row takes is taken.
#[test]
fn a_row_takes_its_full_length() {
    of_every_row(|samples, table, row| {
        let Kind::Text(max, _) = row.kind else {
            return None;
        };
        let mut full = samples[0].fields.clone();
        full.set(row.wire, "z".repeat(usize::from(max)));
        let codes = codes(&full, table, row);
        (!codes.is_empty()).then(|| format!("{codes:?}"))
    });
}
