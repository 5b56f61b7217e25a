//! What the pages of all windows have in common, and the page with which each of them ends.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};
use askama::Template;

use crate::core::handback::Handback;
use crate::sandbox::Sandbox;

/// A page of a payment window. `no-referrer` is why its form posts carry `Origin: null`.
pub(crate) fn page(template: &impl Template) -> HttpResponse {
    match template.render() {
        Ok(html) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header(("Referrer-Policy", "no-referrer"))
            .insert_header(("X-Content-Type-Options", "nosniff"))
            .insert_header((
                "Content-Security-Policy",
                "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'",
            ))
            .body(html),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

/// `opener_severed`: the window cuts itself off from the page that opened it.
pub(crate) fn severed(mut page: HttpResponse, cut: bool) -> HttpResponse {
    if cut {
        let name = HeaderName::from_static("cross-origin-opener-policy");
        page.headers_mut()
            .insert(name, HeaderValue::from_static("same-origin"));
    }
    page
}

/// Which gateway's clothes a page wears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Brand {
    pub(crate) class: &'static str,
    pub(crate) name: &'static str,
}

pub(crate) const PAYPLE: Brand = Brand {
    class: "payple",
    name: "Payple",
};
pub(crate) const PAYLETTER: Brand = Brand {
    class: "payletter",
    name: "Payletter",
};
pub(crate) const PAYLETTER_GLOBAL: Brand = Brand {
    class: "payletter-global",
    name: "Payletter Global",
};

#[derive(Template)]
#[template(path = "handback.html")]
struct HandbackPage<'p> {
    base: &'p str,
    brand: Brand,
    title: &'p str,
    text: &'p str,
    code: &'p str,
    /// Hand back at once, or when the buyer presses `close`.
    at_once: bool,
    message: Option<(&'p str, &'p str)>,
    post: Option<(&'p str, &'p [(String, String)])>,
}

/// Does at the end of a window what the gateway decided.
pub(crate) fn hand_back(sandbox: &Sandbox, brand: Brand, handback: &Handback) -> HttpResponse {
    let (title, text) = match handback {
        Handback::Get { url } => return leave_for(url),
        Handback::Stay { title, text } => (title.as_str(), text.as_str()),
        Handback::Message { .. } | Handback::Post { .. } => LEAVING,
    };
    page(&HandbackPage {
        base: sandbox.options().base_path(),
        brand,
        title,
        text,
        code: "",
        at_once: true,
        message: handback.message(),
        post: handback.post(),
    })
}

fn leave_for(url: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, url))
        .insert_header(("Referrer-Policy", "no-referrer"))
        .finish()
}

/// An error that only the buyer sees; the merchant hears of it, if at all, when the buyer presses `close`.
pub(crate) fn refuse(
    sandbox: &Sandbox,
    brand: Brand,
    (code, text): (&str, &str),
    close: Option<&Handback>,
) -> HttpResponse {
    page(&HandbackPage {
        base: sandbox.options().base_path(),
        brand,
        title: "결제를 진행할 수 없습니다",
        text,
        code,
        at_once: false,
        message: close.and_then(Handback::message),
        post: close.and_then(Handback::post),
    })
}

const LEAVING: (&str, &str) = (
    "가맹점으로 돌아가는 중입니다",
    "잠시만 기다려주세요. 창을 닫지 마세요.",
);

/// What was paid, for the buyer.
#[derive(Template)]
#[template(path = "receipt.html")]
pub(crate) struct Receipt<'p> {
    pub(crate) base: &'p str,
    pub(crate) brand: Brand,
    /// Of a cash receipt that waits to be issued; else empty.
    pub(crate) token: &'p str,
    pub(crate) goods: &'p str,
    pub(crate) total: String,
    pub(crate) transaction_id: &'p str,
    pub(crate) approval_no: &'p str,
    pub(crate) method: &'p str,
    pub(crate) paid_at: String,
    /// The number of its cash receipt, or empty.
    pub(crate) receipt: &'p str,
}

/// `10000` as people read it: `10,000`.
pub(crate) fn grouped(amount: &str) -> String {
    let (whole, rest) = amount
        .find('.')
        .map_or((amount, ""), |at| amount.split_at(at));
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_by_thousands() {
        assert_eq!(grouped("999"), "999");
        assert_eq!(grouped("1000"), "1,000");
        assert_eq!(grouped("1234567.50"), "1,234,567.50");
    }
}
