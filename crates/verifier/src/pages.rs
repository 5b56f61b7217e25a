//! Our own pages: launch, go, done, waiting. No inline script or style, so a strict content security policy holds on all of them.

mod assets;
mod words;

use askama::Template;

use crate::{error::ApiError, http::RawResponse};

pub(crate) use assets::asset;
pub(crate) use words::Words;

/// `GET /launch/{ticket}`: the order, and a button. Without effect, so previews and mail scanners may look.
#[derive(Template)]
#[template(path = "launch.html")]
pub(crate) struct LaunchPage<'a> {
    pub(crate) words: &'static Words,
    pub(crate) base: &'a str,
    pub(crate) product_name: &'a str,
    pub(crate) order_id: &'a str,
    pub(crate) amount: Option<String>,
    pub(crate) method: &'a str,
    /// May it still be paid?
    pub(crate) open: bool,
    pub(crate) target: &'a str,
}

/// On to the gateway: a form with fields, or a link.
#[derive(Template)]
#[template(path = "go.html")]
pub(crate) struct GoPage<'a> {
    pub(crate) words: &'static Words,
    pub(crate) base: &'a str,
    pub(crate) url: &'a str,
    pub(crate) fields: &'a [(String, String)],
}

/// Back from the gateway in a popup.
#[derive(Template)]
#[template(path = "done.html")]
pub(crate) struct DonePage<'a> {
    pub(crate) words: &'static Words,
    pub(crate) base: &'a str,
    pub(crate) channel: &'a str,
    pub(crate) target: &'a str,
}

/// The store is busy: the same form once more.
#[derive(Template)]
#[template(path = "waiting.html")]
pub(crate) struct WaitingPage<'a> {
    pub(crate) words: &'static Words,
    pub(crate) base: &'a str,
    pub(crate) fields: &'a [(String, String)],
}

/// Something a buyer cannot mend.
#[derive(Template)]
#[template(path = "fault.html")]
pub(crate) struct FaultPage<'a> {
    pub(crate) words: &'static Words,
    pub(crate) base: &'a str,
    pub(crate) message: &'a str,
}

/// Renders a page. `form_target` is the one foreign origin its form may be sent, or redirected, to.
pub(crate) fn show(status: u16, page: &impl Template, form_target: Option<&str>) -> RawResponse {
    let Ok(html) = page.render() else {
        return ApiError::Internal.to_response();
    };
    let target = form_target.unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
         base-uri 'none'; frame-ancestors 'none'; form-action 'self' {target}"
    );
    harden(RawResponse::new(status, "text/html; charset=utf-8", html))
        .with_header("content-security-policy", policy.trim_end())
        .with_header("x-frame-options", "DENY")
        // The gateway wants to know which site its window was opened from; tickets in our paths are not its business.
        .with_header("referrer-policy", "strict-origin")
        .with_header("cache-control", "no-store")
        .with_header("vary", "accept-language")
}

/// What every answer carries: it is what it says it is, and where it is no page of ours, it may do and show nothing.
pub(crate) fn guarded(response: RawResponse) -> RawResponse {
    let response = match response.header("x-content-type-options") {
        Some(_) => response,
        None => harden(response),
    };
    match response.header("content-security-policy") {
        Some(_) => response,
        None => response.with_header(
            "content-security-policy",
            "default-src 'none'; frame-ancestors 'none'",
        ),
    }
}

/// What every answer to a browser carries.
pub(crate) fn harden(response: RawResponse) -> RawResponse {
    response.with_header("x-content-type-options", "nosniff")
}
