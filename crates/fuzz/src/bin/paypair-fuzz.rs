//! The program that libFuzzer drives: `PAYPAIR_FUZZ_TARGET=form paypair-fuzz CORPUS_FOLDER -max_total_time=60`.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use paypair_fuzz::{Target, find};

static TARGET: OnceLock<Target> = OnceLock::new();

fuzz_target!(
    init: {
        let name = std::env::var("PAYPAIR_FUZZ_TARGET").unwrap_or_default();
        let target = find(&name).unwrap_or_else(|| panic!("PAYPAIR_FUZZ_TARGET names no target: {name:?}"));
        let _ = TARGET.set(target);
    },
    |data: &[u8]| {
        if let Some(target) = TARGET.get() {
            (target.run)(data);
        }
    }
);
