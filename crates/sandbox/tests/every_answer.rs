//! Every row of every message that the gateways send is sent by the sandbox, and read by a typed accessor: whoever
//! changes its value changes what the accessor holds.

mod common;

#[path = "every_answer/change.rs"]
mod change;
#[path = "every_answer/mended.rs"]
mod mended;
#[path = "every_answer/payletter.rs"]
mod payletter;
#[path = "every_answer/payletter_global.rs"]
mod payletter_global;
#[path = "every_answer/payletter_global_read.rs"]
mod payletter_global_read;
#[path = "every_answer/payletter_read.rs"]
mod payletter_read;
#[path = "every_answer/payple.rs"]
mod payple;
#[path = "every_answer/payple_read.rs"]
mod payple_read;
#[path = "every_answer/proof.rs"]
mod proof;
#[path = "every_answer/told.rs"]
mod told;

use std::collections::BTreeSet;

use mended::MENDED;
use paypair_protocol::Gateway;
use paypair_protocol::coverage::{Direction, MESSAGES, Message};
use paypair_protocol::payletter_global::NoticeForm;
use paypair_protocol::wire::{Fields, Value};
use proof::prove;
use told::Told;

async fn told(gateway: Gateway) -> Vec<Told> {
    match gateway {
        Gateway::Payple => payple::told().await,
        Gateway::Payletter => payletter::told().await,
        Gateway::PayletterGlobal => payletter_global::told().await,
    }
}

fn of_message<'t>(told: &'t [Told], message: &Message) -> Vec<&'t Told> {
    let fits = |told: &&Told| told.gateway == message.gateway && told.name == message.name;
    told.iter().filter(fits).collect()
}

/// Proves the rows of a message: how many are, and what is missing of the others.
fn rows_of(message: &Message, told: &[Told]) -> (usize, Vec<String>) {
    let bodies = of_message(told, message);
    let mut missing = Vec::new();
    for (wire, ours) in message.said {
        if let Err(why) = by_any(&bodies, wire, ours)
            .or_else(|why| mend(message, &bodies, wire, ours).unwrap_or(Err(why)))
        {
            missing.push(format!(
                "{} {}: {wire} {why}",
                message.gateway, message.name
            ));
        }
    }
    (message.said.len() - missing.len(), missing)
}

/// One body is enough.
fn by_any(bodies: &[&Told], wire: &str, ours: &str) -> Result<(), String> {
    let mut why = "is never sent: no such message is".to_owned();
    for body in bodies {
        match prove(body, wire, ours) {
            Ok(()) => return Ok(()),
            Err(other) if other.contains("never sent") && !why.contains("never sent") => {}
            Err(other) => why = other,
        }
    }
    Err(why)
}

/// By a mended body, if the row is one of the exceptions.
fn mend(message: &Message, bodies: &[&Told], wire: &str, ours: &str) -> Option<Result<(), String>> {
    let exception = MENDED
        .iter()
        .find(|row| row.is_of(message.gateway, message.name, wire))?;
    let mended: Vec<Told> = bodies
        .iter()
        .filter_map(|told| exception.body(told))
        .collect();
    let mended: Vec<&Told> = mended.iter().collect();
    Some(by_any(&mended, wire, ours))
}

fn received(gateway: Gateway) -> impl Iterator<Item = &'static Message> {
    MESSAGES.iter().filter(move |message| {
        message.direction == Direction::Received && message.gateway == gateway
    })
}

#[actix_web::test]
async fn every_row_is_sent_and_read() {
    let (mut proven, mut rows, mut missing) = (0, 0, Vec::new());
    let mut once = BTreeSet::new(); // a type that several calls answer with counts once here
    for gateway in Gateway::ALL {
        let told = told(gateway).await;
        for message in received(gateway) {
            let (count, unproven) = rows_of(message, &told);
            proven += count;
            rows += message.said.len();
            let names = message
                .said
                .iter()
                .map(|(wire, _)| (gateway.as_str(), message.name, *wire));
            once.extend(names);
            missing.extend(unproven);
        }
    }
    println!(
        "{proven} of {rows} rows are proven ({} of different types), {} of them by a mended body",
        once.len(),
        MENDED.len()
    );
    assert!(
        missing.is_empty(),
        "{proven} of {rows}:\n{}",
        missing.join("\n")
    );
    assert_eq!(proven, rows);
}

/// The list of exceptions has no row that needs none.
#[actix_web::test]
async fn an_exception_is_one() {
    let mut needless = Vec::new();
    for gateway in Gateway::ALL {
        let told = told(gateway).await;
        for exception in MENDED.iter().filter(|row| row.gateway == gateway) {
            let of_row = |message: &&Message| {
                message.name == exception.name
                    && message.said.iter().any(|(wire, _)| *wire == exception.wire)
            };
            let message = received(gateway).find(of_row);
            let Some(message) = message else {
                needless.push(format!(
                    "{} {}: there is no such row",
                    exception.name, exception.wire
                ));
                continue;
            };
            let said = message
                .said
                .iter()
                .find(|(wire, _)| *wire == exception.wire);
            if by_any(&of_message(&told, message), exception.wire, said.unwrap().1).is_ok() {
                needless.push(format!(
                    "{} {}: sent and read",
                    exception.name, exception.wire
                ));
            }
            assert!(!exception.why.is_empty());
        }
    }
    assert!(needless.is_empty(), "{}", needless.join("\n"));
}

/// Whatever the sandbox says is in the registry, so that no row escapes the proof by not being listed.
#[actix_web::test]
async fn every_name_that_is_sent_is_in_the_registry() {
    let mut unknown = BTreeSet::new();
    for gateway in Gateway::ALL {
        for told in told(gateway).await {
            let mut names = BTreeSet::new();
            names_in(&told.fields, "", &mut names);
            let messages: Vec<_> = received(gateway)
                .filter(|message| message.name == told.name)
                .collect();
            for name in names {
                if !messages.iter().any(|message| message.knows(&name)) {
                    unknown.insert(format!("{gateway} {}: {name}", told.name));
                }
            }
        }
    }
    let unknown: Vec<String> = unknown.into_iter().collect();
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

fn names_in(fields: &Fields, front: &str, names: &mut BTreeSet<String>) {
    for (name, value) in fields.iter() {
        let path = format!("{front}{name}");
        let items = match value {
            Value::List(items) => items.as_slice(),
            single => std::slice::from_ref(single),
        };
        for item in items {
            if let Value::Object(inner) = item {
                names_in(inner, &format!("{path}."), names);
            }
        }
        names.insert(path);
    }
}

#[actix_web::test]
async fn every_kind_of_notification_comes_in_its_form() {
    let told = told(Gateway::PayletterGlobal).await;
    let notices = told.iter().filter(|told| told.name == "Notice");
    let mut kinds: BTreeSet<(String, bool)> = BTreeSet::new();
    for notice in notices {
        let kind = notice.fields.text("notifytype").unwrap().into_owned();
        let token_only = payletter_global_read::form_of(&notice.fields) == NoticeForm::TokenOnly;
        kinds.insert((kind, token_only));
    }
    let expected = (1..=7).map(|kind| (kind.to_string(), kind == 7)).collect();
    assert_eq!(kinds, expected);
}

/// The proof can fail: a row that nobody sends, one that nobody reads, one that is read by another accessor.
#[actix_web::test]
async fn a_row_without_sender_or_reader_is_reported() {
    const UNSENT: &[(&str, &str)] = &[("PCD_PAY_NEW", "order_id")];
    const UNREAD: &[(&str, &str)] = &[("server_name", "host")];
    const MISNAMED: &[(&str, &str)] = &[("PCD_PAY_URL", "host")];
    let told = told(Gateway::Payple).await;
    let answer = received(Gateway::Payple).find(|message| message.name == "AuthAnswer");
    for (said, why) in [
        (UNSENT, "is never sent"),
        (UNREAD, "nothing that is read changes"),
        (MISNAMED, "changes something else"),
    ] {
        let message = Message {
            said,
            ..*answer.unwrap()
        };
        let (proven, missing) = rows_of(&message, &told);
        assert!(proven == 0 && missing[0].contains(why), "{missing:?}");
    }
}
