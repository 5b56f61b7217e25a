//! Fuzz targets over everything that reads what strangers send: bodies, hashes, amounts, lists, addresses, links, messages of
//! payment windows, settings, whole requests, and lives of a payment.
//!
//! It does: hold each target once, as a function of bytes that panics when a promise is broken. It does not: hold a promise of its
//! own; what must be true is said beside the code that is read here.
//!
//! - `cargo test -p paypair-fuzz` runs every target over its corpus and thousands of changes of it, the same ones each time;
//! - `npm run fuzz -- SECONDS` runs every target so long under libFuzzer, guided by the code it reaches.

pub mod corpus;
pub mod mutate;
mod targets;

pub use targets::handle;

/// A fuzz target.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name: of its corpus folder, and on the command line.
    pub name: &'static str,
    /// The recorded messages that it starts from, as endings of paths below `tests/golden`.
    pub golden: &'static [&'static str],
    /// Reads bytes; panics when a promise is broken.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: [Target; 18] = [
    target("amount", &[], targets::amount::run),
    target("app_links", &[], targets::app_links::run),
    target("config", &[], targets::config::run),
    target("form", &[".form"], targets::wire::form),
    target(
        "gateway_urls",
        &["auth_hostile_next_url.json", "window_card.json"],
        targets::urls::run,
    ),
    target("handle", &[], targets::handle::run),
    target("hash", &[], targets::hash::run),
    target("json", &[".json"], targets::wire::json),
    target(
        "loose_json",
        &["request_loose.txt", ".json"],
        targets::wire::loose_json,
    ),
    target(
        "lookups",
        &[
            "lookup.json",
            "lookup_absent.json",
            "status.json",
            "transaction_list.json",
            "sales_list.json",
        ],
        targets::lookups::run,
    ),
    target("navigation", &[], targets::navigation::run),
    target("page_object", &["07_window.json"], targets::page::object),
    target("proxies", &[], targets::proxies::run),
    target("replay", &[], targets::replay::run),
    target(
        "requests",
        &["01_pay.json", "07_window.json"],
        targets::requests::run,
    ),
    target(
        "signed",
        &[
            "callback_mobile.json",
            "notice_paid.form",
            "return_card_1.form",
        ],
        targets::signed::run,
    ),
    target("webhook_signer", &[], targets::webhook::run),
    target(
        "window_message",
        &[
            "window_card.json",
            "window_close.json",
            "window_old_page.form",
            "return_card_1.form",
            "return.form",
        ],
        targets::page::message,
    ),
];

const fn target(name: &'static str, golden: &'static [&'static str], run: fn(&[u8])) -> Target {
    Target { name, golden, run }
}

/// The target of this name.
#[must_use]
pub fn find(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}
