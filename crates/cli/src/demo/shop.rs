//! The shop's own server: products, orders, and what became of them. It asks the verifier for everything, as any merchant's would.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::web::{Bytes, Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, Scope, web};
use paypair_ledger::{SqliteStore, Store};
use paypair_protocol::{CardFlow, Gateway, Work};
use paypair_verifier::{
    ApiError, NewCustomer, NewOrder, PaymentOptions, RawRequest, RawResponse, Verifier,
};
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

/// How much the buyer wants back. Without an amount, all of it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Regret {
    amount: Option<String>,
    refund_id: Option<String>,
}

/// What to buy with a registered card.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OneMore {
    product: String,
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
        .route("/orders/{id}/refund", web::post().to(refund_order))
        .route("/orders/{id}/charge", web::post().to(charge_card))
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
    let Some(placed) = shop.of_request(&request, &id) else {
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

/// Gives money back, as a shop's own staff would after a word with the buyer.
async fn refund_order(
    shop: Data<Shop>,
    request: HttpRequest,
    id: Path<String>,
    body: Bytes,
) -> HttpResponse {
    if shop.of_request(&request, &id).is_none() {
        return refusal(&ApiError::OrderUnknown);
    }
    let Ok(Regret { amount, refund_id }) = serde_json::from_slice(&body) else {
        return refusal(&ApiError::BodyUnreadable);
    };
    let mut wish = json!({ "reason": "구매자 요청" });
    for (name, value) in [("amount", amount), ("refundId", refund_id)] {
        if let Some(value) = value {
            wish[name] = value.into();
        }
    }
    let path = format!("/orders/{id}/refund");
    handed_through(shop.ask("POST", &path, Some(&wish)).await)
}

/// Charges the card that an order of this browser has registered, for something else on the shelf.
async fn charge_card(
    shop: Data<Shop>,
    request: HttpRequest,
    id: Path<String>,
    body: Bytes,
) -> HttpResponse {
    let Some(placed) = shop.of_request(&request, &id) else {
        return refusal(&ApiError::OrderUnknown);
    };
    let Ok(OneMore { product }) = serde_json::from_slice(&body) else {
        return refusal(&ApiError::BodyUnreadable);
    };
    match shop.charge(placed, &id, &product).await {
        Ok(answer) => handed_through(answer),
        Err(error) => refusal(&error),
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

    /// A charge is an order without a window: the page sees it by its id, as the others of this browser.
    async fn charge(
        &self,
        placed: Placed,
        registered: &str,
        product: &str,
    ) -> Result<RawResponse, ApiError> {
        let product = Product::find(product).ok_or(ApiError::NotFound)?;
        let known = self.known(registered).await.ok_or(ApiError::Internal)?;
        let attempts = known["attempts"].as_array().into_iter().flatten();
        let key = attempts
            .filter_map(|attempt| attempt["billingKeyId"].as_str())
            .next_back()
            .ok_or(ApiError::NotNow)?;
        let (price, currency) = product.price(placed.gateway);
        let order_id = format!("ondal{}", random_text(12));
        let wish = json!({
            "orderId": order_id,
            "billingKeyId": key,
            "customerId": placed.session.customer_id(),
            "amount": price,
            "currency": currency.as_str(),
            "productName": product.name(placed.gateway),
            "customer": { "name": "홍길동", "phone": "01012345678", "email": "buyer@shop.example" },
        });
        let charged = Placed {
            client_secret: String::new(),
            ..placed
        };
        self.placed().insert(order_id, charged);
        Ok(self.ask("POST", "/charges", Some(&wish)).await)
    }

    fn of_request(&self, request: &HttpRequest, order_id: &str) -> Option<Placed> {
        self.placed_by(&Session::of(request)?, order_id)
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
        let answer = self.ask("GET", &format!("/orders/{order_id}"), None).await;
        serde_json::from_slice(&answer.body)
            .ok()
            .filter(|_| answer.status == 200)
    }

    /// The verifier's server routes, without leaving the process.
    async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> RawResponse {
        let mut request = RawRequest::new(method, path)
            .with_header("authorization", &format!("Bearer {}", self.merchant_token));
        if let Some(body) = body {
            request = request
                .with_header("content-type", "application/json")
                .with_body(body.to_string());
        }
        self.verifier.handle(request).await
    }

    fn placed(&self) -> MutexGuard<'_, HashMap<String, Placed>> {
        self.placed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The verifier's own words for what is wrong.
fn refusal(error: &ApiError) -> HttpResponse {
    handed_through(error.to_response())
}

/// The verifier's answer as it is.
fn handed_through(answer: RawResponse) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(answer.status).unwrap_or_default();
    HttpResponse::build(status)
        .content_type("application/json")
        .body(answer.body)
}
