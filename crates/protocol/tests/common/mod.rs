//! Golden bodies, read where they lie.
#![allow(dead_code)] // each test file uses its part

pub(crate) mod breaches;
pub(crate) mod samples;

use std::path::Path;

use paypair_protocol::wire::Fields;

/// The bytes of `tests/golden/{name}`.
pub(crate) fn golden(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A golden JSON body.
pub(crate) fn json(name: &str) -> Fields {
    Fields::from_json(&golden(name)).unwrap()
}

/// A golden form body.
pub(crate) fn form(name: &str) -> Fields {
    Fields::from_form(&golden(name)).unwrap()
}
