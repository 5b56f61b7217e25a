//! The face: every route, and the files the windows share.

use std::io;
use std::net::TcpListener;

use actix_web::dev::Server;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer};

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
