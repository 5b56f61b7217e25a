//! Rows that no sandbox of ours sends, or that another row hides: the shortest list that is honest.

use std::path::Path;

use paypair_protocol::Gateway::{self, Payletter, PayletterGlobal, Payple};
use paypair_protocol::wire::{Fields, Value};

use crate::change::{edited, find};
use crate::told::Told;

/// A row, why no captured body proves it, and the body that does.
pub(crate) struct Mended {
    pub(crate) gateway: Gateway,
    pub(crate) name: &'static str,
    pub(crate) wire: &'static str,
    pub(crate) why: &'static str,
    with: With,
}

enum With {
    /// A body of `tests/golden`, printed or recorded.
    Golden(&'static str),
    /// A captured body, without the row that is read first.
    Without(&'static str),
    /// A captured body, with this row under its other name.
    Renamed(&'static str),
    /// A captured body, with a value where there is none.
    Filled(&'static str),
}

const fn row(
    (gateway, name, wire): (Gateway, &'static str, &'static str),
    with: With,
    why: &'static str,
) -> Mended {
    Mended {
        gateway,
        name,
        wire,
        why,
        with,
    }
}

use With::{Filled, Golden, Renamed, Without};

#[rustfmt::skip] // a table
pub(crate) const MENDED: &[Mended] = &[
    row((Payple, "AuthAnswer", "cPayHost"), Golden("auth_manual.json"), OLD_MANUAL),
    row((Payple, "AuthAnswer", "cPayUrl"), Golden("auth_manual.json"), OLD_MANUAL),
    row((Payple, "Payment", "PCD_PAY_CARDNANE"), Golden("payment_misspelt.json"), "the manual's misprint"),
    row((Payple, "Payment", "PCD_CARDNAME"), Golden("lookup.json"), OLD_MANUAL),
    row((Payple, "Payment", "PCD_CARDNUM"), Golden("lookup.json"), OLD_MANUAL),
    row((Payple, "Payment", "PCD_CARDTRADENUM"), Golden("lookup.json"), OLD_MANUAL),
    row((Payple, "Refunded", "PCD_PAY_TAXTOTAL"), Golden("manual/14_refund_answer.json"), "the wire says PCD_REFUND_TAXTOTAL"),
    row((Payple, "WindowResult", "PCD_CARDNAME"), Golden("window_old_page.form"), OLD_MANUAL),
    row((Payple, "WindowResult", "PCD_CARDNUM"), Golden("window_old_page.form"), OLD_MANUAL),
    row((Payple, "WindowResult", "PCD_CARDTRADENUM"), Golden("window_old_page.form"), OLD_MANUAL),
    row((Payletter, "Callback", "account_no"), Filled("56211101380912"), "neither printed nor recorded in a callback; read, should it come"),
    row((PayletterGlobal, "Sales", "data.rowcount.cancel"), Renamed("data.rowcount.cacnel"), "the manual's table; its example, and we, say cacnel"),
    row((PayletterGlobal, "CallError", "error.plcode"), Without("error.code"), "error.code is the same number and is read first"),
    row((PayletterGlobal, "Notice", "retmsg"), Filled("said"), "the manual: always empty"),
];

const OLD_MANUAL: &str = "an old spelling: the manual of 2020 prints it, no server sends it today";

impl Mended {
    pub(crate) fn is_of(&self, gateway: Gateway, name: &str, wire: &str) -> bool {
        (self.gateway, self.name, self.wire) == (gateway, name, wire)
    }

    /// The body that has the row; `told` is a captured one of the same message.
    pub(crate) fn body(&self, told: &Told) -> Option<Told> {
        let captured = &told.fields;
        let fields = match self.with {
            Golden(name) => golden(self.gateway, name),
            Filled(text) => edited(captured, self.wire, &|fields, name| fields.set(name, text)),
            Without(first) => edited(captured, first, &|fields, name| fields.remove(name)),
            Renamed(other) => {
                let value: Value = find(captured, other)?.clone();
                let without = edited(captured, other, &|fields, name| fields.remove(name));
                edited(&without, self.wire, &|fields, name| {
                    fields.set(name, value.clone());
                })
            }
        };
        Some(told.with(fields))
    }
}

fn golden(gateway: Gateway, name: &str) -> Fields {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
    let body = std::fs::read(folder.join(gateway.as_str()).join(name)).unwrap();
    if name.ends_with(".form") {
        Fields::from_form(&body).unwrap()
    } else {
        Fields::from_json(&body).unwrap()
    }
}
