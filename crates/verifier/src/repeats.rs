//! A request that is sent again under its idempotency key hears the first answer again.
//!
//! A crash can fall between what a request did and the keeping of its answer. So the key's request gets ids that follow from the key
//! where the merchant gave none, and runs again: what was done is found by its id, and not done twice.

use paypair_ledger::{Digest, Kept, KeptAnswer, Store, Timestamp};
use serde_json::{Map, Value, json};

use crate::{
    ApiError, RawRequest, RawResponse, Verifier, doors::idempotency_key, environment::Environment,
    network::Network, router::Route,
};

/// Says that an answer is one from before.
const REPLAYED: &str = "idempotent-replayed";

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Acts; for a route that changes something, under the request's idempotency key if it has one.
    ///
    /// What acts is as large as the largest route needs. It is boxed here, so that those around it do not move it about.
    pub(crate) async fn act_once(
        &self,
        route: Route,
        request: RawRequest,
    ) -> Result<RawResponse, ApiError> {
        let key = if route.takes_idempotency_key() {
            idempotency_key(&request)?
        } else {
            None
        };
        let Some(key) = key else {
            return Box::pin(self.act(route, request)).await;
        };
        let _turn = Turn::take(self, key).ok_or(ApiError::IdempotencyKeyRunning)?;
        let kept = self
            .store()
            .keep_request(key, fingerprint(&request), self.now())
            .await?;
        match kept {
            Kept::Another => Err(ApiError::IdempotencyKeyUsed),
            Kept::Answered(answer) => self.answer_again(&route, answer).await,
            Kept::Unanswered { since, first } => {
                let request = with_ids(&route, request, key, since);
                let answer = Box::pin(self.act(route.clone(), request)).await;
                self.keep(key, &route, &answer, first).await;
                answer
            }
        }
    }

    /// Keeps an answer that tells what was done. A refusal changed nothing and frees the key, if this was the first run of the request:
    /// what an earlier one did before it died is found by the ids that follow from the key. Of a failure of ours nothing is known, and
    /// the same request may try again.
    async fn keep(
        &self,
        key: Digest,
        route: &Route,
        answer: &Result<RawResponse, ApiError>,
        first: bool,
    ) {
        let status = match answer {
            Ok(response) => response.status,
            Err(error) => error.status(),
        };
        let kept = match answer {
            Ok(response) if (200..300).contains(&status) => {
                let body = without_secret(route, &response.body);
                let answer = KeptAnswer { status, body };
                self.store().keep_answer(key, answer).await
            }
            _ if first && (400..500).contains(&status) => self.store().forget_request(key).await,
            _ => Ok(()),
        };
        if let Err(error) = kept {
            tracing::error!(%error, "an answer is not kept under its idempotency key");
        }
    }

    /// The first answer. A client secret is not kept in it, but made again.
    async fn answer_again(&self, route: &Route, kept: KeptAnswer) -> Result<RawResponse, ApiError> {
        let answer = match route {
            Route::CreateOrder => {
                let told: Value =
                    serde_json::from_slice(&kept.body).map_err(|_| ApiError::Internal)?;
                let id = told["orderId"].as_str().ok_or(ApiError::Internal)?;
                let view = self.known_order(id).await?;
                let registration = self.registration_of(&view.order, false);
                RawResponse::json(kept.status, &registration)
            }
            _ => RawResponse::new(kept.status, "application/json; charset=utf-8", kept.body)
                .with_header("cache-control", "no-store"),
        };
        Ok(answer.with_header(REPLAYED, "true"))
    }
}

/// What makes two requests the same.
fn fingerprint(request: &RawRequest) -> Digest {
    let query = request.query.as_deref().unwrap_or_default();
    Digest::of_parts([
        request.method.as_bytes(),
        request.path.as_bytes(),
        query.as_bytes(),
        &request.body,
    ])
}

/// Fills in the id that the merchant left to us: always the same one under this key.
fn with_ids(route: &Route, mut request: RawRequest, key: Digest, since: Timestamp) -> RawRequest {
    let field = match route {
        Route::CreateOrder | Route::Charge | Route::AdoptBillingKey => "orderId",
        Route::RefundOrder(_) => "refundId",
        _ => return request,
    };
    if request.body.is_empty() {
        request.body = b"{}".to_vec();
    }
    // What cannot be read is refused by the route.
    let Ok(mut body) = serde_json::from_slice::<Map<String, Value>>(&request.body) else {
        return request;
    };
    if body.get(field).is_some_and(|value| !value.is_null()) {
        return request;
    }
    let since_millis = since.millis().to_be_bytes();
    let unique = Digest::of_parts([key.as_bytes().as_slice(), &since_millis]).to_hex();
    let day = since.kst_date().strftime("%Y%m%d");
    // Letters and digits only, as the ids that we issue without a key.
    let id = format!("P{day}{}", unique[..16].to_ascii_uppercase());
    body.insert(field.to_owned(), json!(id));
    request.body = Value::Object(body).to_string().into_bytes();
    request
}

/// The answer as it may lie in the file.
fn without_secret(route: &Route, body: &[u8]) -> Vec<u8> {
    match (route, serde_json::from_slice::<Value>(body)) {
        (Route::CreateOrder, Ok(told)) => json!({ "orderId": told["orderId"] })
            .to_string()
            .into_bytes(),
        (Route::CreateOrder, Err(_)) => Vec::new(),
        _ => body.to_vec(),
    }
}

/// A key whose request is being done; given back when dropped.
struct Turn<'a, S, N, E> {
    verifier: &'a Verifier<S, N, E>,
    key: Digest,
}

impl<'a, S, N, E> Turn<'a, S, N, E> {
    fn take(verifier: &'a Verifier<S, N, E>, key: Digest) -> Option<Self> {
        let mut repeating = verifier.repeating();
        // Lazily: a turn that was not had must not be given back, least of all while the lock is held.
        repeating.insert(key).then(|| Self { verifier, key })
    }
}

impl<S, N, E> Drop for Turn<'_, S, N, E> {
    fn drop(&mut self) {
        self.verifier.repeating().remove(&self.key);
    }
}
