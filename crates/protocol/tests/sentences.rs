//! Every error has a stable code and a sentence in both languages that says what to do.

use std::collections::HashSet;

use paypair_protocol::{CallError, Error, Locale, locale, wire::Fields};

fn every_error() -> Vec<Error> {
    let field = "order_id";
    vec![
        Error::FieldMissing { field },
        Error::FieldTooLong { field, max: 30 },
        Error::FieldTooShort { field, min: 4 },
        Error::FieldNotDigits { field },
        Error::FieldNotAllowed { field },
        Error::FieldForbiddenCharacter { field },
        Error::FieldHasEmoji { field },
        Error::FieldNotAscii { field },
        Error::FieldNotDate { field },
        Error::FieldNotTime { field },
        Error::FieldNotUrl { field },
        Error::FieldNotEmail { field },
        Error::FieldNotIp { field },
        Error::FieldNotForMethod { field },
        Error::FieldOutOfRange {
            field,
            min: 1,
            max: 365,
        },
        Error::FieldDuplicated {
            field: "amount".into(),
        },
        Error::NameUnknown,
        Error::SecretInPage,
        Error::AmountMalformed,
        Error::AmountTooLarge,
        Error::AmountTooPrecise { decimals: 0 },
        Error::AmountTooSmall { min: 100 },
        Error::CurrencyMalformed,
        Error::BodyMalformed,
        Error::HashMissing,
        Error::HashMismatch,
        Error::UrlMalformed,
        Error::UrlNotAllowed,
        Error::SandboxNotLocal,
    ]
}

#[test]
fn codes_and_sentences_are_all_different() {
    let errors = every_error();
    let distinct = |texts: Vec<String>| texts.into_iter().collect::<HashSet<_>>().len();
    assert_eq!(
        distinct(errors.iter().map(|error| error.code().to_owned()).collect()),
        errors.len()
    );
    assert_eq!(
        distinct(errors.iter().map(locale::ko::message).collect()),
        errors.len()
    );
    assert_eq!(
        distinct(errors.iter().map(locale::en::message).collect()),
        errors.len()
    );
}

#[test]
fn codes_are_snake_case_and_sentences_end() {
    for error in every_error() {
        assert!(
            error
                .code()
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        );
        for (locale, script) in [(Locale::Ko, false), (Locale::En, true)] {
            let sentence = locale.message(&error);
            assert!(
                sentence.ends_with('.') && sentence.is_ascii() == script,
                "{sentence}"
            );
        }
        assert_eq!(error.to_string(), locale::en::message(&error));
    }
}

#[test]
fn bodies_and_refusals_print_no_values() {
    let fields =
        Fields::from_json(br#"{"custKey":"abcd1234567890","inner":{"billkey":"tbpay_1"}}"#)
            .unwrap();
    assert_eq!(format!("{fields:?}"), r#"{"custKey", "inner"}"#);
    assert_eq!(
        format!("{:?}", fields.get("inner").unwrap()),
        r#"{"billkey"}"#
    );
    let error = CallError::Unreadable {
        status: 502,
        error: Error::BodyMalformed,
    };
    assert_eq!(error.code(), "gateway_unreadable");
}
