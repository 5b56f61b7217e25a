//! The face: routes, and what every page and answer has in common.

use std::io;
use std::net::TcpListener;

use actix_web::dev::Server;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, REFERER};
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use askama::Template;

use crate::core::Answer;
use crate::core::handback::Handback;
use crate::core::wire::Form;
use crate::sandbox::Sandbox;
use crate::{control, payletter, payletter_global, payple};

/// Every route of the sandbox, for an application of your own:
/// `App::new().configure(paypair_sandbox::configure(sandbox))`.
pub fn configure(sandbox: Sandbox) -> impl FnOnce(&mut ServiceConfig) + Clone {
    move |config| {
        config
            .app_data(web::Data::new(sandbox))
            .app_data(web::PayloadConfig::new(256 * 1024))
            .route("/sandbox/sandbox.css", web::get().to(style))
            .route("/sandbox/window.js", web::get().to(script))
            .service(web::scope("/payple").configure(payple::http::routes))
            .service(web::scope("/payletter").configure(payletter::http::routes))
            .service(web::scope("/payletter_global").configure(payletter_global::http::routes))
            .service(web::scope("/control").configure(control::routes));
    }
}

/// Serves the sandbox on a listener of yours until the returned server is stopped. Signals stay yours too.
pub fn run(sandbox: Sandbox, listener: TcpListener) -> io::Result<Server> {
    let app = move || App::new().configure(configure(sandbox.clone()));
    Ok(HttpServer::new(app)
        .workers(2)
        .disable_signals()
        .shutdown_timeout(1)
        .listen(listener)?
        .run())
}

/// What a handler wants to know of a request besides its path.
pub(crate) fn form_of(request: &HttpRequest, body: &[u8]) -> Form {
    Form::read(
        header(request, CONTENT_TYPE.as_str()).unwrap_or_default(),
        body,
    )
}

pub(crate) fn referer(request: &HttpRequest) -> Option<&str> {
    header(request, REFERER.as_str())
}

pub(crate) fn header<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    request.headers().get(name)?.to_str().ok()
}

/// The key of an `Authorization: {scheme} {key}` header.
pub(crate) fn authorization<'r>(request: &'r HttpRequest, scheme: &str) -> &'r str {
    let value = header(request, "authorization").unwrap_or_default();
    value
        .strip_prefix(scheme)
        .map(str::trim)
        .unwrap_or_default()
}

/// Sends an answer to a merchant's server, as late as the script wants it.
pub(crate) async fn answer(answer: Answer) -> HttpResponse {
    if !answer.wait.is_zero() {
        actix_web::rt::time::sleep(answer.wait).await;
    }
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, answer.content_type))
        .body(answer.body)
}

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
                "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'",
            ))
            .body(html),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

/// `opener_severed`: the window cuts itself off from the page that opened it.
pub(crate) fn severed(mut page: HttpResponse, severed: bool) -> HttpResponse {
    use actix_web::http::header::{HeaderName, HeaderValue};
    if severed {
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
    let base = sandbox.options().base_path();
    let leaving = (
        "가맹점으로 돌아가는 중입니다",
        "잠시만 기다려주세요. 창을 닫지 마세요.",
    );
    let with = |(title, text), message, post| {
        page(&HandbackPage {
            base,
            brand,
            title,
            text,
            code: "",
            at_once: true,
            message,
            post,
        })
    };
    match handback {
        Handback::Message {
            message,
            target_origin,
        } => with(leaving, Some((message, target_origin)), None),
        Handback::Post { url, fields } => with(leaving, None, Some((url, fields))),
        Handback::Stay { title, text } => with((title, text), None, None),
        Handback::Get { url } => HttpResponse::SeeOther()
            .insert_header((LOCATION, url.as_str()))
            .insert_header(("Referrer-Policy", "no-referrer"))
            .finish(),
    }
}

/// An error that only the buyer sees; the merchant hears of it, if at all, when the buyer presses `close`.
pub(crate) fn refuse(
    sandbox: &Sandbox,
    brand: Brand,
    (code, text): (&str, &str),
    close: Option<&Handback>,
) -> HttpResponse {
    let base = sandbox.options().base_path();
    let message = close.and_then(|close| match close {
        Handback::Message {
            message,
            target_origin,
        } => Some((message.as_str(), target_origin.as_str())),
        _ => None,
    });
    let post = close.and_then(|close| match close {
        Handback::Post { url, fields } => Some((url.as_str(), fields.as_slice())),
        _ => None,
    });
    page(&HandbackPage {
        base,
        brand,
        title: "결제를 진행할 수 없습니다",
        text,
        code,
        at_once: false,
        message,
        post,
    })
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

async fn style() -> HttpResponse {
    asset(
        "text/css; charset=utf-8",
        include_str!("../templates/sandbox.css"),
    )
}

async fn script() -> HttpResponse {
    asset(
        "text/javascript; charset=utf-8",
        include_str!("../templates/window.js"),
    )
}

fn asset(content_type: &'static str, text: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, content_type))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(text)
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
