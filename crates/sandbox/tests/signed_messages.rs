//! The hashes of the sandbox's own messages stand the trials: as sent they are believed; with a flipped bit, swapped
//! fields or another form's hash they are not, and a shifted border changes what is read.
#![allow(dead_code)] // the drives and readers of `every_answer`, of which this needs the signed ones

mod common;

#[path = "every_answer/change.rs"]
mod change;
#[path = "every_answer/payletter.rs"]
mod payletter;
#[path = "every_answer/payletter_global.rs"]
mod payletter_global;
#[path = "every_answer/payletter_global_read.rs"]
mod payletter_global_read;
#[path = "every_answer/payletter_read.rs"]
mod payletter_read;
#[path = "every_answer/told.rs"]
mod told;

use payletter_global_read::{form_of, sign_payment, sign_token_only};
use payletter_read::{sign_callback, sign_registration};
use paypair_protocol::payletter_global::NoticeForm;
use paypair_protocol::wire::{Fields, Value};
use told::Told;

/// A form of the hash.
struct Form {
    name: &'static str,
    hash_field: &'static str,
    signed: &'static [&'static str],
    /// Is it the form of this message?
    is_of: fn(&Told) -> bool,
    /// The other form that the same gateway has.
    other: fn(&mut Fields),
}

const FORMS: [Form; 4] = [
    Form {
        name: "payment",
        hash_field: "payhash",
        signed: &["user_id", "amount", "tid"],
        is_of: |told| told.name == "Callback",
        other: sign_registration,
    },
    Form {
        name: "verification only",
        hash_field: "payhash",
        signed: &["user_id", "billkey"],
        is_of: |told| told.name == "Registration",
        other: sign_callback,
    },
    Form {
        name: "global",
        hash_field: "hash",
        signed: &[
            "storeid",
            "currency",
            "storeorderno",
            "payamt",
            "payerid",
            "timestamp",
        ],
        is_of: |told| told.name == "Notice" && form_of(&told.fields) == NoticeForm::Payment,
        other: sign_token_only,
    },
    Form {
        name: "token only",
        hash_field: "hash",
        signed: &["storeid", "storeorderno", "payerid", "timestamp"],
        is_of: |told| told.name == "Notice" && form_of(&told.fields) == NoticeForm::TokenOnly,
        // Without them both forms sign the same text: parts are joined without separators.
        other: |fields| {
            fields.set("currency", "USD");
            fields.set("payamt", "1");
            sign_payment(fields);
        },
    },
];

/// Every signed message of a form that the sandbox sends.
async fn signed() -> Vec<(&'static Form, Vec<Told>)> {
    let mut all = payletter::told().await;
    all.extend(payletter_global::told().await);
    let of_form = |form: &'static Form| {
        let told: Vec<Told> = all
            .iter()
            .filter(|told| (form.is_of)(told))
            .cloned()
            .collect();
        assert!(!told.is_empty(), "{}", form.name);
        (form, told)
    };
    FORMS.iter().map(of_form).collect()
}

fn is_believed(told: &Told, fields: &Fields) -> bool {
    told.compare(fields).after.is_some()
}

fn text(fields: &Fields, name: &str) -> String {
    fields.text(name).unwrap_or_default().into_owned()
}

/// As it stood: a number stays one.
fn put(fields: &mut Fields, name: &str, text: &str) {
    let value = match fields.get(name) {
        Some(Value::Number(_)) => Value::number(text),
        _ => text.into(),
    };
    fields.set(name, value);
}

#[actix_web::test]
async fn what_is_sent_is_believed() {
    for (form, all) in signed().await {
        for told in all {
            assert!(is_believed(&told, &told.fields), "{}", form.name);
        }
    }
}

#[actix_web::test]
async fn a_flipped_bit_is_refused() {
    for (form, all) in signed().await {
        for told in all {
            for name in form.signed.iter().chain(&[form.hash_field]) {
                let bytes = told.fields.bytes(name).unwrap().into_owned();
                for (at, byte) in bytes.iter().enumerate() {
                    for bit in 0..8 {
                        // The case of a hash's letters says nothing.
                        if *name == form.hash_field && bit == 5 && byte.is_ascii_alphabetic() {
                            continue;
                        }
                        let mut flipped = bytes.clone();
                        flipped[at] ^= 1 << bit;
                        let mut fields = told.fields.clone();
                        fields.set(name, Value::Text(flipped));
                        let who = format!("{}: {name} at {at}, bit {bit}", form.name);
                        assert!(!is_believed(&told, &fields), "{who}");
                    }
                }
            }
        }
    }
}

#[actix_web::test]
async fn swapped_fields_are_refused() {
    for (form, all) in signed().await {
        for told in all {
            for (at, one) in form.signed.iter().enumerate() {
                for other in &form.signed[at + 1..] {
                    let mut fields = told.fields.clone();
                    let (first, second) = (text(&fields, one), text(&fields, other));
                    assert_ne!(first, second, "{one} {other}");
                    fields.set(one, second);
                    fields.set(other, first);
                    assert!(!is_believed(&told, &fields), "{}: {one} {other}", form.name);
                }
            }
        }
    }
}

/// The hash cannot see it; whoever compares with the order can. What the ledger makes of it is the ledger's test.
#[actix_web::test]
async fn a_shifted_border_is_refused_or_read_as_something_else() {
    for (form, all) in signed().await {
        for told in all {
            for pair in form.signed.windows(2) {
                for forward in [true, false] {
                    let mut fields = told.fields.clone();
                    let (mut left, mut right) = (text(&fields, pair[0]), text(&fields, pair[1]));
                    if forward {
                        right.insert(0, left.pop().unwrap());
                    } else {
                        left.push(right.remove(0));
                    }
                    put(&mut fields, pair[0], &left);
                    put(&mut fields, pair[1], &right);
                    let readings = told.compare(&fields);
                    assert!(!readings.same, "{}: {pair:?} {forward}", form.name);
                }
            }
        }
    }
}

#[actix_web::test]
async fn another_forms_hash_is_refused() {
    for (form, all) in signed().await {
        for told in all {
            let mut fields = told.fields.clone();
            (form.other)(&mut fields);
            assert_ne!(
                text(&fields, form.hash_field),
                text(&told.fields, form.hash_field)
            );
            assert!(!is_believed(&told, &fields), "{}", form.name);
        }
    }
}

#[actix_web::test]
async fn a_message_without_its_hash_or_with_a_second_voice_is_refused() {
    for (form, all) in signed().await {
        for told in all {
            let mut fields = told.fields.clone();
            fields.remove(form.hash_field);
            assert!(!is_believed(&told, &fields), "{}", form.name);
            for name in form.signed {
                let mut fields = told.fields.clone();
                fields.push(*name, "x");
                assert!(!is_believed(&told, &fields), "{}: {name}", form.name);
            }
        }
    }
}
