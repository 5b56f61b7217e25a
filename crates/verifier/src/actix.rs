//! The actix-web face: turns actix requests into [`RawRequest`] and back. Nothing is decided here.

use std::{pin::pin, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, ResponseError, Scope,
    http::{StatusCode, header::HeaderName},
    web::{self, Payload},
};
use futures_util::{
    StreamExt,
    future::{Either, select},
};
use paypair_ledger::Store;

use crate::{
    Verifier,
    environment::Environment,
    error::ApiError,
    http::{RawRequest, RawResponse},
    network::Network,
    pages::guarded,
    router::BODY_LIMIT,
};

/// So long a whole body has to arrive, however steadily it drips: until then it holds a connection and a place in memory. A gateway's
/// largest notice is a few packets.
const BODY_TIME: Duration = Duration::from_secs(20);

/// All routes of the verifier under `prefix`, which is the path of the configured `public_url` (`/pay`).
pub fn scope<S: Store, N: Network, E: Environment>(
    prefix: &str,
    verifier: Verifier<S, N, E>,
) -> Scope {
    let prefix = prefix.trim_end_matches('/').to_owned();
    web::scope(&prefix).default_service(web::to(move |request: HttpRequest, payload: Payload| {
        let verifier = verifier.clone();
        let prefix = prefix.clone();
        async move {
            let read = {
                let in_time = verifier.environment().sleep(BODY_TIME);
                match select(pin!(read(&request, payload, &prefix)), pin!(in_time)).await {
                    Either::Left((read, _)) => read,
                    Either::Right(_) => Err(ApiError::BodyTooSlow),
                }
            };
            let answer = match read {
                Ok(raw) => verifier.handle(raw).await,
                Err(error) => guarded(error.to_response()),
            };
            write(answer)
        }
    }))
}

async fn read(
    request: &HttpRequest,
    mut payload: Payload,
    prefix: &str,
) -> Result<RawRequest, ApiError> {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ApiError::BodyUnreadable)?;
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(ApiError::BodyTooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    let path = request.path();
    Ok(RawRequest {
        method: request.method().as_str().to_owned(),
        path: path.strip_prefix(prefix).unwrap_or(path).to_owned(),
        query: request.uri().query().map(ToOwned::to_owned),
        headers: request
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
            .collect(),
        body,
        peer: request.peer_addr().map(|peer| peer.ip()),
    })
}

fn write(answer: RawResponse) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for (name, value) in answer.headers {
        response.insert_header((HeaderName::from_static(name), value));
    }
    response.body(answer.body)
}

/// So that a merchant's own handlers can use `?` on the verifier's methods.
impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        write(self.to_response())
    }
}
