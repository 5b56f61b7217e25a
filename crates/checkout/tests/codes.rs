//! The codes in the package's types are those that can really come: no more, no fewer. A page may switch over them.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::disallowed_macros, reason = "tests are not shipped")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use paypair_checkout::fields;
use proptest::prelude::*;

type Codes = BTreeSet<String>;

/// Errors that no page gets: they answer the merchant's servers and the gateways.
const NOT_FOR_PAGES: [&str; 29] = [
    "SignatureRefused",
    "IdempotencyKeyInvalid",
    "IdempotencyKeyMissing",
    "IdempotencyKeyUsed",
    "IdempotencyKeyRunning",
    "BillingKeyUnknown",
    "BillingKeyNotActive",
    "BillingKeyOfOtherCustomer",
    "ChargeRunning",
    "ChargeBarred",
    "NothingToRefund",
    "RefundRunning",
    "RefundTooLarge",
    "RefundIdUsed",
    "RefundNotOffered",
    "PartialRefundNotOffered",
    "RefundTooLate",
    "RefundPaymentNeeded",
    "RefundPaymentUnknown",
    "RefundPaymentUnnameable",
    "NotOffered",
    "ReceiptBarred",
    "ResolveBarred",
    "DeliveryUnknown",
    "DeliveryDone",
    "ReconciliationRunning",
    "RunUnknown",
    "BreakUnknown",
    "BreakNotOpen",
];

/// Sources of the verifier behind the routes that a page calls.
const PAGE_SOURCES: [&str; 8] = [
    "checkout.rs",
    "dropin.rs",
    "launch.rs",
    "prepare.rs",
    "receipt.rs",
    "receipts.rs",
    "router.rs",
    "ticket.rs",
];

#[test]
fn what_the_server_answers_a_page() {
    let errors = text("crates/verifier/src/error.rs");
    let variants = codes_by_variant(&errors);
    assert!(variants.len() > 20, "{variants:?}");
    let answers: Codes = variants
        .iter()
        .filter(|(variant, _)| !NOT_FOR_PAGES.contains(&variant.as_str()))
        .map(|(_, code)| code.clone())
        .collect();
    assert_eq!(union("index.d.ts", "AnswerCode"), answers);
}

#[test]
fn no_page_route_answers_what_is_not_for_pages() {
    let sources = files("crates/verifier/src");
    let named = |path: &&PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| PAGE_SOURCES.contains(&name))
    };
    let pages: Vec<_> = sources.iter().filter(named).collect();
    assert!(pages.len() > 8, "{pages:?}");
    for path in pages {
        let source = fs::read_to_string(path).unwrap();
        for variant in NOT_FOR_PAGES {
            let answers = source
                .split(&format!("ApiError::{variant}"))
                .skip(1)
                .any(|rest| !rest.starts_with(char::is_alphanumeric));
            assert!(!answers, "{} answers {variant}", path.display());
        }
    }
}

#[test]
fn what_is_wrong_with_a_field_of_the_page() {
    let named = union("index.d.ts", "FieldCode");
    let came: Codes = FAULTS.into_iter().flat_map(|given| codes(&given)).collect();
    assert_eq!(named, came);
}

/// One for each code.
const FAULTS: [[(&str, &str); 2]; 15] = [
    [("amount", "1"), ("work", "pay_now")],
    [("amount", "1000 won"), ("method", "card")],
    [("amount", "99999999999999999999"), ("method", "card")],
    [("amount", "1000.5"), ("method", "card")],
    [("amount", "99"), ("method", "card")],
    [("productName", "a\u{7}"), ("method", "card")],
    [("productName", "cup ☕\u{1F600}"), ("method", "card")],
    [("cardFlow", "03"), ("method", "card")],
    [("repeatYear", "nine"), ("method", "card")],
    [("repeatYear", "26"), ("method", "card")],
    [("customerEmail", "nobody"), ("method", "card")],
    [
        ("method", "a method with a name of over twenty"),
        ("work", "pay_now"),
    ],
    [("custKey", "abcd"), ("method", "card")],
    [("customerNmae", "a"), ("method", "card")],
    [("method", ""), ("work", "")],
];

fn codes(given: &[(&str, &str)]) -> Vec<String> {
    let given: Vec<_> = given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let alone = given.iter().map(|pair| vec![pair.clone()]);
    alone
        .chain([given.clone()])
        .flat_map(|given| [said(fields::check(&given)), said(built(&given))])
        .flatten()
        .collect()
}

/// The first fault of the table hides the others, so the rest of an object is filled in.
fn built(given: &[(String, String)]) -> Result<(), fields::Wrong> {
    let whole = [
        ("method", "card"),
        ("work", "pay_now"),
        ("product_name", "cup"),
        ("amount", "1000"),
    ];
    let whole = whole.map(|(name, value)| (name.to_owned(), value.to_owned()));
    fields::payple_object(&[&whole, given].concat())
        .and_then(|_| fields::payple_object(given))
        .map(drop)
}

fn said<T>(checked: Result<T, fields::Wrong>) -> Option<String> {
    checked.err().map(|wrong| wrong.code().to_owned())
}

proptest! {
    #[test]
    fn no_field_is_refused_with_a_code_that_the_types_do_not_know(
        name in prop_oneof![
            "[a-zA-Z_]{1,12}",
            "PCD_[A-Z_]{1,12}",
            prop::sample::select(names()),
        ],
        value in ".{0,60}|[0-9.,]{1,25}",
    ) {
        let named = union("index.d.ts", "FieldCode");
        for code in codes(&[(&name, &value)]) {
            prop_assert!(named.contains(&code), "{} of {}={}", code, name, value);
        }
    }
}

fn names() -> Vec<String> {
    let rows = paypair_protocol::payple::Window::TABLE.fields.iter();
    rows.map(|row| row.name.to_owned()).collect()
}

#[test]
fn what_the_rules_say_to_a_server() {
    let errors = text("crates/protocol/src/error.rs");
    let codes: Codes = codes_by_variant(&errors)
        .into_iter()
        .map(|(_, code)| code)
        .collect();
    assert_eq!(union("server.d.ts", "RuleCode"), codes);
}

#[test]
fn what_the_browser_half_finds_out_by_itself() {
    let launcher = files("pkg-templates/src/launcher");
    let loaders = ["load-core.ts", "load-brought-core.ts", "load-plain.ts"]
        .map(|name| root("pkg-templates/src").join(name));
    let core = files("crates/checkout/src/browser");
    let sources = [launcher, loaders.to_vec(), core].concat();
    let thrown: Codes = sources
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .flat_map(|source| {
            [
                "code: \"",
                "failed(\"",
                "coded(\"",
                "code = known ? serverCode : \"",
            ]
            .map(|before| quoted_after(&source, before))
        })
        .flatten()
        .collect();
    assert_eq!(union("index.d.ts", "OwnCode"), thrown);
}

/// The words between the quotes after each place.
fn quoted_after(source: &str, before: &str) -> Vec<String> {
    source
        .split(before)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        .map(str::to_owned)
        .collect()
}

/// `Self::Variant.. => "code"` in the function `code`; what hands on another's code has none.
fn codes_by_variant(source: &str) -> Vec<(String, String)> {
    let body = source.split("fn code(").nth(1).unwrap();
    let body = body.split("\n    }\n").next().unwrap();
    body.split("Self::")
        .skip(1)
        .map(|arm| {
            let variant = arm.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            let code = arm.split('"').nth(1).unwrap_or("another's");
            (variant.to_owned(), code.to_owned())
        })
        .collect()
}

/// The members of `export type NAME = "a" | "b"`.
fn union(file: &str, name: &str) -> Codes {
    let types = text(&format!("pkg-templates/package/{file}"));
    let from = types
        .split(&format!("export type {name} ="))
        .nth(1)
        .unwrap();
    let body = from.split(";\n").next().unwrap();
    let lines = body.lines().filter(|line| line.trim().starts_with('|'));
    lines
        .filter_map(|line| line.split('"').nth(1))
        .map(str::to_owned)
        .collect()
}

fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found
}

fn text(path: &str) -> String {
    fs::read_to_string(root(path)).unwrap()
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}
