//! The files behind our own pages, compiled in.

use super::harden;
use crate::http::RawResponse;

const JS: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

/// `GET /assets/{name}`
pub(crate) fn asset(name: &str) -> Option<RawResponse> {
    let (kind, text) = match name {
        "pages.css" => (CSS, include_str!("../../assets/pages.css")),
        "done.js" => (JS, include_str!("../../assets/done.js")),
        "go.js" => (JS, include_str!("../../assets/go.js")),
        "waiting.js" => (JS, include_str!("../../assets/waiting.js")),
        _ => return None,
    };
    // An hour: long enough to spare requests, short enough to follow an update.
    Some(
        harden(RawResponse::new(200, kind, text))
            .with_header("cache-control", "public, max-age=3600"),
    )
}
