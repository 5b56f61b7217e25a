//! One file for each thing that is read.

pub(crate) mod amount;
pub(crate) mod app_links;
pub(crate) mod config;
pub mod handle;
pub(crate) mod hash;
pub(crate) mod lookups;
pub(crate) mod navigation;
pub(crate) mod page;
pub(crate) mod proxies;
pub(crate) mod replay;
pub(crate) mod requests;
pub(crate) mod signed;
pub(crate) mod urls;
pub(crate) mod webhook;
pub(crate) mod wire;

/// The lines of an input, as text; for targets that take several values.
fn lines(data: &[u8]) -> Vec<String> {
    data.split(|byte| *byte == b'\n')
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect()
}
