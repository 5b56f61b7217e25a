//! The shop's own server: products, orders, and what became of them. It asks the verifier for everything, as any merchant's would.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::web::{Bytes, Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, Scope, web};
use paypair_ledger::{SqliteStore, Store};
use paypair_protocol::{CardFlow, Gateway, Work};
use paypair_verifier::{ApiError, NewCustomer, NewOrder, PaymentOptions, RawRequest, Verifier};
use serde::Deserialize;
use serde_json::{Value, json};

use super::products::{Product, SHELF};
use super::session::{Session, random_text};

/// The shop: whose order is whose. In memory only; the orders themselves are in the ledger.
pub(super) struct Shop {
    verifier: Verifier,
    store: SqliteStore,
    merchant_token: String,
    placed: Mutex<HashMap<String, Placed>>,
}

#[derive(Clone)]
struct Placed {
    session: Session,
    gateway: Gateway,
    client_secret: String,
}

/// What the page may choose. The price is not among it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Choice {
    product: String,
    gateway: Gateway,
    method: String,
    work: Option<Work>,
    card_flow: Option<CardFlow>,
}

/// How long to wait for news, and what is no news: the number of events the page has seen.
#[derive(Debug, Deserialize)]
struct News {
    #[serde(default)]
    wait: u64,
    #[serde(default)]
    seen: usize,
}

/// The longest a request waits for news.
const LONGEST_WAIT: u64 = 25;

/// The shop's routes.
pub(super) fn api() -> Scope {
    web::scope("/api")
        .route("/products", web::get().to(products))
        .route("/orders", web::post().to(place_order))
        .route("/orders/{id}", web::get().to(show_order))
}

async fn products() -> HttpResponse {
    HttpResponse::Ok().json(SHELF.iter().map(Product::card).collect::<Vec<_>>())
}

async fn place_order(shop: Data<Shop>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let session = Session::of(&request).unwrap_or_else(Session::new);
    let Ok(choice) = serde_json::from_slice(&body) else {
        return refusal(&ApiError::BodyUnreadable);
    };
    match shop.place(&session, choice).await {
        Ok(order) => HttpResponse::Created()
            .insert_header(session.cookie())
            .json(order),
        Err(error) => refusal(&error),
    }
}

async fn show_order(
    shop: Data<Shop>,
    request: HttpRequest,
    id: Path<String>,
    news: Query<News>,
) -> HttpResponse {
    let placed = Session::of(&request).and_then(|session| shop.placed_by(&session, &id));
    let Some(placed) = placed else {
        return refusal(&ApiError::OrderUnknown);
    };
    match shop.news_of(&id, &news).await {
        Some(mut known) => {
            // The order's own browser may have its secret again: the page needs it to try once more.
            known["clientSecret"] = placed.client_secret.into();
            known["gateway"] = placed.gateway.as_str().into();
            HttpResponse::Ok()
                .insert_header(("cache-control", "no-store"))
                .json(known)
        }
        None => refusal(&ApiError::Internal),
    }
}

impl Shop {
    /// An empty shop.
    pub(super) fn new(verifier: Verifier, store: SqliteStore, merchant_token: String) -> Self {
        Self {
            verifier,
            store,
            merchant_token,
            placed: Mutex::default(),
        }
    }

    async fn place(&self, session: &Session, choice: Choice) -> Result<Value, ApiError> {
        let product = Product::find(&choice.product).ok_or(ApiError::NotFound)?;
        let (price, currency) = product.price(choice.gateway);
        let registers = choice.work == Some(Work::Register);
        let registered = self
            .verifier
            .register(NewOrder {
                order_id: Some(format!("ondal{}", random_text(12))),
                gateway: choice.gateway,
                method: choice.method,
                work: choice.work,
                card_flow: choice.card_flow,
                amount: (!registers).then(|| price.to_owned()),
                currency: Some(currency.as_str().to_owned()),
                product_name: product.name(choice.gateway).to_owned(),
                customer: NewCustomer {
                    id: session.customer_id(),
                    name: Some("홍길동".to_owned()),
                    phone: Some("01012345678".to_owned()),
                    email: Some("buyer@shop.example".to_owned()),
                },
                return_page: None,
                options: PaymentOptions::default(),
            })
            .await?;
        let client_secret = registered.client_secret.ok_or(ApiError::OrderExists)?;
        let placed = Placed {
            session: session.clone(),
            gateway: choice.gateway,
            client_secret,
        };
        let answer = json!({
            "orderId": registered.order_id,
            "clientSecret": placed.client_secret,
            "gateway": placed.gateway.as_str(),
        });
        self.placed().insert(registered.order_id, placed);
        Ok(answer)
    }

    fn placed_by(&self, session: &Session, order_id: &str) -> Option<Placed> {
        self.placed()
            .get(order_id)
            .filter(|placed| placed.session == *session)
            .cloned()
    }

    /// What is known of an order, at once or as soon as there is more than was seen.
    async fn news_of(&self, order_id: &str, news: &News) -> Option<Value> {
        let mut watch = self.store.watch(order_id);
        let known = self.known(order_id).await?;
        let events = known["timeline"].as_array().map_or(0, Vec::len);
        if news.wait == 0 || events != news.seen {
            return Some(known);
        }
        let patience = Duration::from_secs(news.wait.min(LONGEST_WAIT));
        // News or no news: both are answered with what is known then.
        let _ = tokio::time::timeout(patience, watch.changed()).await;
        self.known(order_id).await
    }

    /// The verifier's `GET /orders/{id}`, without leaving the process.
    async fn known(&self, order_id: &str) -> Option<Value> {
        let request = RawRequest::new("GET", &format!("/orders/{order_id}"))
            .with_header("authorization", &format!("Bearer {}", self.merchant_token));
        let answer = self.verifier.handle(request).await;
        serde_json::from_slice(&answer.body)
            .ok()
            .filter(|_| answer.status == 200)
    }

    fn placed(&self) -> MutexGuard<'_, HashMap<String, Placed>> {
        self.placed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The verifier's own words for what is wrong.
fn refusal(error: &ApiError) -> HttpResponse {
    let answer = error.to_response();
    let status = actix_web::http::StatusCode::from_u16(answer.status).unwrap_or_default();
    HttpResponse::build(status)
        .content_type("application/json")
        .body(answer.body)
}
