//! The four forms of the two hashes, each by the same trials: right is believed; a flipped bit, swapped fields, a
//! shifted border and another form's hash are not.

use paypair_protocol::{
    Error, Secret, hash,
    payletter::{Callback, Return},
    payletter_global::{Notice, NoticeForm},
    wire::{Fields, Value},
};

fn key() -> Secret {
    "MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA=".into()
}

/// A form of the hash: which fields it covers, in order, and who reads it.
struct Form {
    name: &'static str,
    hash_field: &'static str,
    signed: &'static [&'static str],
    /// What the caller compares with the order.
    read: fn(&Fields) -> Result<Vec<String>, Error>,
}

const FORMS: [Form; 4] = [
    Form {
        name: "domestic payment",
        hash_field: "payhash",
        signed: &["user_id", "amount", "tid"],
        read: |fields| {
            let callback = Callback::verify(fields, &key())?;
            Ok(vec![
                callback.customer_id.clone(),
                callback.amount.to_string(),
            ])
        },
    },
    Form {
        name: "verification only",
        hash_field: "payhash",
        signed: &["user_id", "billkey"],
        read: |fields| {
            let registration = Return::verify_registration(fields, &key())?;
            Ok(vec![registration.customer_id.clone()])
        },
    },
    Form {
        name: "global payment",
        hash_field: "hash",
        signed: &[
            "storeid",
            "currency",
            "storeorderno",
            "payamt",
            "payerid",
            "timestamp",
        ],
        read: |fields| notice(fields, NoticeForm::Payment),
    },
    Form {
        name: "token only",
        hash_field: "hash",
        signed: &["storeid", "storeorderno", "payerid", "timestamp"],
        read: |fields| notice(fields, NoticeForm::TokenOnly),
    },
];

fn notice(fields: &Fields, form: NoticeForm) -> Result<Vec<String>, Error> {
    let notice = Notice::verify(fields, &key(), form)?;
    Ok(vec![
        notice.merchant_id.clone(),
        notice.order_id.clone(),
        notice.customer_id.clone(),
        notice
            .amount
            .map(|amount| amount.to_string())
            .unwrap_or_default(),
    ])
}

/// Everything any form reads.
fn unsigned() -> Fields {
    Fields::from([
        ("user_id", "buyer7"),
        ("amount", "1500"),
        ("tid", "tpay_test-202601012345678"),
        ("billkey", "tbpay_test202601010001"),
        ("order_no", "o-1"),
        ("pgcode", "creditcard"),
        ("storeid", "PL_Merchant"),
        ("currency", "USD"),
        ("storeorderno", "o-1"),
        ("payamt", "12.5"),
        ("payerid", "buyer7"),
        ("timestamp", "1767225600"),
        ("notifytype", "1"),
    ])
}

fn digest(form: &Form, fields: &Fields, key: &Secret) -> String {
    let parts: Vec<_> = form
        .signed
        .iter()
        .map(|name| fields.bytes(name).unwrap().into_owned())
        .collect();
    match &parts[..] {
        [user, amount, tid] => hash::payhash(user, amount, tid, key).to_upper_hex(),
        [user, billkey] => hash::payhash_verification_only(user, billkey, key).to_upper_hex(),
        [store, currency, order, amount, payer, time] => {
            hash::notice_hash(store, currency, order, amount, payer, time, key).to_lower_hex()
        }
        [store, order, payer, time] => {
            hash::notice_hash_token_only(store, order, payer, time, key).to_lower_hex()
        }
        _ => panic!("no such form"),
    }
}

fn signed(form: &Form) -> Fields {
    let mut fields = unsigned();
    let digest = digest(form, &fields, &key());
    fields.set(form.hash_field, digest);
    fields
}

/// A module of tests for each form, a test for each trial.
macro_rules! trials {
    ($($form:ident: $at:literal),*; $trials:tt) => {
        $(mod $form {
            trials!(@of $at, $trials);
        })*
    };
    (@of $at:literal, { $($trial:ident),* $(,)? }) => {
        $(#[test]
        fn $trial() {
            super::$trial(&super::FORMS[$at]);
        })*
    };
}

trials! {
    payment: 0, verification_only: 1, global: 2, token_only: 3;
    {
        right_is_believed_in_either_case,
        a_flipped_bit_anywhere_is_refused,
        swapped_fields_are_refused,
        a_shifted_border_changes_what_is_compared_with_the_order,
        another_forms_hash_is_refused,
        another_key_a_missing_hash_and_a_second_voice_are_refused,
    }
}

fn right_is_believed_in_either_case(form: &Form) {
    let mut fields = signed(form);
    assert!((form.read)(&fields).is_ok(), "{}", form.name);
    let hash = fields.text(form.hash_field).unwrap().into_owned();
    for spelt in [hash.to_lowercase(), hash.to_uppercase()] {
        fields.set(form.hash_field, spelt);
        assert!((form.read)(&fields).is_ok(), "{}", form.name);
    }
}

fn a_flipped_bit_anywhere_is_refused(form: &Form) {
    for name in form.signed.iter().chain(&[form.hash_field]) {
        let good = signed(form);
        let bytes = good.bytes(name).unwrap().into_owned();
        for (index, bit) in (0..bytes.len() * 8).map(|at| (at / 8, at % 8)) {
            // The case of a hash's letters says nothing.
            let is_letter = *name == form.hash_field && bytes[index].is_ascii_alphabetic();
            if is_letter && bit == 5 {
                continue;
            }
            let mut flipped = bytes.clone();
            flipped[index] ^= 1 << bit;
            let mut fields = good.clone();
            fields.set(name, Value::Text(flipped));
            assert_eq!(
                (form.read)(&fields),
                Err(Error::HashMismatch),
                "{}: {name} at {index}, bit {bit}",
                form.name
            );
        }
    }
}

fn swapped_fields_are_refused(form: &Form) {
    for (index, one) in form.signed.iter().enumerate() {
        for other in &form.signed[index + 1..] {
            let mut fields = signed(form);
            let text = |name: &str| fields.text(name).unwrap().into_owned();
            let (first, second) = (text(one), text(other));
            fields.set(one, second);
            fields.set(other, first);
            let refused = (form.read)(&fields);
            assert_eq!(
                refused,
                Err(Error::HashMismatch),
                "{}: {one} {other}",
                form.name
            );
        }
    }
}

/// The parts are joined without separators, so the hash cannot see where one ends. Either the shifted part is no good,
/// or something that the caller compares with the order has changed.
fn a_shifted_border_changes_what_is_compared_with_the_order(form: &Form) {
    let believed = (form.read)(&signed(form)).unwrap();
    for pair in form.signed.windows(2) {
        for forward in [true, false] {
            let mut fields = signed(form);
            let mut left = fields.text(pair[0]).unwrap().into_owned();
            let mut right = fields.text(pair[1]).unwrap().into_owned();
            if forward {
                right.insert(0, left.pop().unwrap());
            } else {
                left.push(right.remove(0));
            }
            fields.set(pair[0], left);
            fields.set(pair[1], right);
            assert_eq!(
                digest(form, &fields, &key()),
                fields.text(form.hash_field).unwrap(),
                "the hash itself is the same"
            );
            if let Ok(shifted) = (form.read)(&fields) {
                assert_ne!(shifted, believed, "{}: {pair:?} {forward}", form.name);
            }
        }
    }
}

fn another_forms_hash_is_refused(form: &Form) {
    for other in FORMS.iter().filter(|other| other.name != form.name) {
        let mut fields = signed(form);
        fields.set(form.hash_field, digest(other, &unsigned(), &key()));
        assert_eq!(
            (form.read)(&fields),
            Err(Error::HashMismatch),
            "{} under {}",
            other.name,
            form.name
        );
    }
}

fn another_key_a_missing_hash_and_a_second_voice_are_refused(form: &Form) {
    let mut fields = signed(form);
    fields.set(
        form.hash_field,
        digest(form, &unsigned(), &Secret::new("other")),
    );
    assert_eq!(
        (form.read)(&fields),
        Err(Error::HashMismatch),
        "{}",
        form.name
    );
    fields.set(form.hash_field, "");
    assert_eq!(
        (form.read)(&fields),
        Err(Error::HashMissing),
        "{}",
        form.name
    );
    fields.remove(form.hash_field);
    assert_eq!(
        (form.read)(&fields),
        Err(Error::HashMissing),
        "{}",
        form.name
    );
    for name in form.signed {
        let mut twice = signed(form);
        twice.push(*name, "x");
        assert!(
            matches!((form.read)(&twice), Err(Error::FieldDuplicated { field }) if field == *name),
            "{}: {name}",
            form.name
        );
    }
}

/// With an empty currency and amount both global forms sign the same text.
#[test]
fn an_agreement_is_no_payment_of_nothing() {
    let [_, _, payment, token_only] = &FORMS;
    let mut fields = signed(token_only);
    fields.set("currency", "");
    fields.set("payamt", "");
    assert_eq!(
        digest(payment, &fields, &key()),
        fields.text("hash").unwrap()
    );
    let refused = (payment.read)(&fields);
    assert_eq!(refused, Err(Error::FieldMissing { field: "currency" }));
}

/// A payment's parts, folded into those of an agreement, name another order.
#[test]
fn a_payment_is_no_agreement_for_its_order() {
    let [_, _, payment, token_only] = &FORMS;
    let mut fields = signed(payment);
    let order = fields.text("storeorderno").unwrap().into_owned();
    let folded: String = ["currency", "storeorderno", "payamt"]
        .map(|name| fields.text(name).unwrap().into_owned())
        .concat();
    fields.set("storeorderno", folded);
    let believed = (token_only.read)(&fields).unwrap();
    assert!(!believed.contains(&order));
}
