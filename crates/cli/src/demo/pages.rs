//! The shop's pages and the built package, with the headers a careful shop sends.

use std::path::PathBuf;

use actix_files::Files;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::{Error, web};

/// What is served, and which gateways its pages may open.
#[derive(Clone)]
pub(super) struct Pages {
    pub(super) www: PathBuf,
    pub(super) package: PathBuf,
    pub(super) gateway_url: String,
}

impl Pages {
    /// Adds the pages; they take every path nobody else took.
    pub(super) fn serve(&self, app: &mut web::ServiceConfig) {
        let gateway_url = self.gateway_url.clone();
        app.service(web::redirect("/favicon.ico", "/img/icon.svg"))
            .service(Files::new("/package", &self.package).use_etag(true))
            .service(
                web::scope("")
                    .wrap(from_fn(move |request, next| {
                        dress(gateway_url.clone(), request, next)
                    }))
                    .service(Files::new("/", &self.www).index_file("index.html")),
            );
    }
}

/// Adds the headers. The query switches exist for tests and the curious: `?coop=1` and `?csp=nowasm`.
async fn dress<B: MessageBody + 'static>(
    gateway_url: String,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let switched = |switch: &str| request.query_string().split('&').any(|part| part == switch);
    let (coop, no_wasm) = (switched("coop=1"), switched("csp=nowasm"));
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        policy(&gateway_url, !no_wasm)?,
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("strict-origin-when-cross-origin"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if coop {
        let name = HeaderName::from_static("cross-origin-opener-policy");
        headers.insert(name, HeaderValue::from_static("same-origin"));
    }
    Ok(response)
}

/// No inline code, no foreign code; the gateway may be framed (layer) and be sent a form (popup, redirect).
fn policy(gateway_url: &str, wasm: bool) -> Result<HeaderValue, Error> {
    let wasm = if wasm { " 'wasm-unsafe-eval'" } else { "" };
    HeaderValue::try_from(format!(
        "default-src 'self'; script-src 'self'{wasm}; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         frame-src {gateway_url}; form-action 'self' {gateway_url}; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    ))
    .map_err(actix_web::error::ErrorInternalServerError)
}
