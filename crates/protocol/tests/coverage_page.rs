//! `docs/coverage.md` is written by the tables; this test says when the two have parted.
//! `WRITE_DOCS=1 cargo test -p paypair-protocol --test coverage_page` writes it anew.

use std::{env, fs, path::Path};

use paypair_protocol::coverage::coverage;

#[test]
fn the_coverage_page_is_what_the_tables_say() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/coverage.md");
    if env::var_os("WRITE_DOCS").is_some() {
        fs::write(&page, coverage()).unwrap();
    }
    let written = fs::read_to_string(&page).unwrap_or_default();
    assert!(
        written == coverage(),
        "docs/coverage.md is not what the tables say; write it anew with WRITE_DOCS=1"
    );
}
