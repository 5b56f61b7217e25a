//! The face: routes, and what every answer to a merchant's server has in common.

use std::io;
use std::net::TcpListener;

use actix_web::dev::Server;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, REFERER};
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};

use crate::core::Answer;
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
