//! What every gateway's handlers share: reading a request, sending an answer to a merchant's server.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, REFERER};
use actix_web::{HttpRequest, HttpResponse};

use crate::core::Answer;
use crate::core::wire::Form;

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
