//! Whoever breaks a row of a field table is refused; the same message unbroken is taken. Every row of every table.

mod common;

#[path = "../../protocol/tests/common/breaches.rs"]
mod breaches;
#[path = "every_request/payletter.rs"]
mod payletter;
#[path = "every_request/payletter_global.rs"]
mod payletter_global;
#[path = "every_request/payple.rs"]
mod payple;

use std::collections::BTreeSet;

use breaches::{breaches, missed};
use common::TestApp;
use paypair_protocol::coverage::MESSAGES;
use paypair_protocol::wire::Fields;
use paypair_protocol::{Field, Gateway, Need, Table};

/// What was proven of a gateway's tables, and what went wrong.
struct Proof {
    gateway: Gateway,
    /// Message and row. A message may have two tables, so a row counts under the names of its table's rows.
    proven: BTreeSet<(&'static str, Vec<&'static str>, &'static str)>,
    sent: usize,
    wrong: Vec<String>,
}

fn wires(table: &Table) -> Vec<&'static str> {
    table.fields.iter().map(|row| row.wire).collect()
}

/// The right request with this row broken, by every value and every absence that breaks it.
fn broken(row: &Field, right: &Fields, table: &Table) -> Vec<(String, Fields)> {
    let with = |value: String| {
        let mut body = right.clone();
        body.set(row.wire, value.as_str());
        (value, body)
    };
    let values = breaches(row).into_iter().map(|(value, _)| value);
    let empty = matches!(row.need, Need::Required).then(String::new);
    let mut bodies: Vec<_> = values.chain(empty).map(with).collect();
    let mut absent = missed(table, row, right);
    let mut without = right.clone();
    without.remove(row.wire);
    if !without.check(table).is_empty() {
        absent.push(without);
    }
    bodies.extend(absent.into_iter().map(|body| ("nothing".to_owned(), body)));
    bodies
}

impl Proof {
    fn of(gateway: Gateway) -> Self {
        Self {
            gateway,
            proven: BTreeSet::new(),
            sent: 0,
            wrong: Vec::new(),
        }
    }

    /// Breaks every row of a message's table; `takes` sends and says whether it was taken.
    async fn refuses(
        &mut self,
        name: &'static str,
        right: &Fields,
        table: &Table,
        takes: impl AsyncFn(&Fields) -> bool,
    ) {
        assert_eq!(right.check(table), [], "{name}");
        for row in table.fields {
            // Broken alone: of everything else in it the right request is taken.
            let mut alone = 0;
            for (value, body) in broken(row, right, table) {
                let faults = body.check(table);
                assert_ne!(faults, [], "{name}: {} = {value}", row.wire);
                alone += usize::from(faults.len() == 1 && faults[0].wire == row.wire);
                self.sent += 1;
                if takes(&body).await {
                    let wire = row.wire;
                    self.wrong
                        .push(format!("{name} is taken with {wire} = {value}"));
                }
            }
            if alone == 0 {
                self.wrong
                    .push(format!("{name}: {} is never broken alone", row.wire));
            }
            self.proven.insert((name, wires(table), row.wire));
        }
        if !takes(right).await {
            self.wrong.push(format!("{name} is refused unbroken"));
        }
    }

    /// Every row of every table of the gateway.
    fn finish(mut self) {
        let mut rows = 0;
        for message in MESSAGES {
            let Some(table) = message.table.filter(|_| message.gateway == self.gateway) else {
                continue;
            };
            rows += table.fields.len();
            for row in table.fields {
                if !self
                    .proven
                    .contains(&(message.name, wires(table), row.wire))
                {
                    self.wrong
                        .push(format!("{}: {} is not broken", message.name, row.wire));
                }
            }
        }
        println!(
            "{}: {rows} rows, broken in {} requests",
            self.gateway, self.sent
        );
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
    }
}

/// Both Payletters say it by the status.
async fn takes(app: &TestApp, path: &str, authorization: &str, fields: &Fields) -> bool {
    app.post_as(path, authorization, fields.to_json()).await.0 == 200
}

#[actix_web::test]
async fn payple_refuses_every_broken_row() {
    let mut proof = Proof::of(Gateway::Payple);
    payple::all(&mut proof).await;
    proof.finish();
}

#[actix_web::test]
async fn payletter_refuses_every_broken_row() {
    let mut proof = Proof::of(Gateway::Payletter);
    payletter::all(&mut proof).await;
    proof.finish();
}

#[actix_web::test]
async fn payletter_global_refuses_every_broken_row() {
    let mut proof = Proof::of(Gateway::PayletterGlobal);
    payletter_global::all(&mut proof).await;
    proof.finish();
}
