//! The control API: what tests script, and what they judge by.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, LOCATION};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{Error, HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::core::book::{Entry, Standing};
use crate::core::script::{CATALOGUE, Fault};
use crate::core::{Gateway, World};
use crate::http::{grouped, header, page};
use crate::payletter;
use crate::sandbox::Sandbox;

pub(crate) fn routes(config: &mut ServiceConfig) {
    let routes = web::scope("")
        .wrap(from_fn(only_this_machine))
        .route("/", web::get().to(people))
        .route("/book", web::get().to(book))
        .route("/faults", web::get().to(faults))
        .route("/script", web::post().to(script))
        .route("/deliver", web::post().to(deliver))
        .route("/clock", web::post().to(clock))
        .route("/reset", web::post().to(reset));
    config.service(routes);
}

async fn only_this_machine(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    // No address: an in-process test.
    if request
        .peer_addr()
        .is_none_or(|peer: SocketAddr| peer.ip().to_canonical().is_loopback())
    {
        return next
            .call(request)
            .await
            .map(ServiceResponse::map_into_boxed_body);
    }
    Ok(request.into_response(refusal(
        "not_allowed",
        "the control API answers only this machine",
        StatusCode::FORBIDDEN,
    )))
}

fn refusal(code: &str, message: &str, status: StatusCode) -> HttpResponse {
    HttpResponse::build(status).json(json!({ "error": { "code": code, "message": message } }))
}

async fn book(sandbox: Data<Sandbox>) -> HttpResponse {
    HttpResponse::Ok().json(sandbox.with(|world, now| json!({ "payments": world.book.payments, "calls": world.book.calls, "now": now })))
}

async fn faults() -> HttpResponse {
    let faults: Vec<_> = CATALOGUE
        .iter()
        .map(|kind| json!({ "name": kind.name, "does": kind.does }))
        .collect();
    HttpResponse::Ok().json(json!({ "faults": faults }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptOrder {
    gateway: Gateway,
    order_id: Option<String>,
    faults: Vec<WrittenFault>,
    times: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenFault {
    Name(String),
    Full {
        name: String,
        seconds: Option<u64>,
        amount: Option<String>,
    },
}

impl From<WrittenFault> for Fault {
    fn from(written: WrittenFault) -> Self {
        match written {
            WrittenFault::Name(name) => Self {
                name,
                seconds: None,
                amount: None,
            },
            WrittenFault::Full {
                name,
                seconds,
                amount,
            } => Self {
                name,
                seconds,
                amount,
            },
        }
    }
}

async fn script(sandbox: Data<Sandbox>, body: Bytes) -> HttpResponse {
    let order: ScriptOrder = match read(&body) {
        Ok(order) => order,
        Err(refusal) => return refusal,
    };
    let faults: Vec<Fault> = order.faults.into_iter().map(Fault::from).collect();
    if let Some(unknown) = faults
        .iter()
        .find(|fault| CATALOGUE.iter().all(|kind| kind.name != fault.name))
    {
        let known: Vec<_> = CATALOGUE.iter().map(|kind| kind.name).collect();
        let message = format!("there is no fault `{}`", unknown.name);
        return HttpResponse::BadRequest().json(
            json!({ "error": { "code": "fault_unknown", "message": message, "known": known } }),
        );
    }
    let order_id = order.order_id.as_deref().filter(|id| *id != "*");
    let count = faults.len();
    sandbox.with(|world, _| {
        world
            .script
            .add(order.gateway, order_id, faults, order.times)
    });
    HttpResponse::Ok().json(json!({ "scripted": count }))
}

#[derive(Deserialize)]
struct DeliverOrder {
    gateway: Gateway,
    order_id: String,
}

async fn deliver(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    // The page for people posts a form and wants to see the book again.
    let from_page = header(&request, CONTENT_TYPE.as_str())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let order: DeliverOrder = match if from_page {
        read_form(&body)
    } else {
        read(&body)
    } {
        Ok(order) => order,
        Err(refusal) => return refusal,
    };
    let letters = sandbox.with(|world, now| {
        if order.gateway == Gateway::Payletter {
            payletter::window::deposit_for(world, now, &order.order_id);
        }
        let all = world.mail.of_order(order.gateway, &order.order_id);
        let open = world.mail.unacknowledged(&all);
        if open.is_empty() {
            all.last().copied().into_iter().collect()
        } else {
            open
        }
    });
    if letters.is_empty() {
        return refusal(
            "nothing_to_deliver",
            "no callback was ever due for this order",
            StatusCode::NOT_FOUND,
        );
    }
    let receipts = sandbox.courier().carry(letters).await;
    if from_page {
        let there = format!("{}/control/", sandbox.options().base_path());
        return HttpResponse::SeeOther()
            .insert_header((LOCATION, there))
            .finish();
    }
    HttpResponse::Ok().json(json!({ "delivered": receipts }))
}

#[derive(Deserialize)]
struct ClockOrder {
    advance_seconds: u64,
}

async fn clock(sandbox: Data<Sandbox>, body: Bytes) -> HttpResponse {
    let order: ClockOrder = match read(&body) {
        Ok(order) => order,
        Err(refusal) => return refusal,
    };
    sandbox.with(|world, _| {
        world
            .clock
            .advance(Duration::from_secs(order.advance_seconds))
    });
    sandbox.courier().look();
    HttpResponse::Ok().json(sandbox.with(|_, now| json!({ "now": now })))
}

async fn reset(sandbox: Data<Sandbox>) -> HttpResponse {
    sandbox.with(|world, _| world.reset());
    HttpResponse::Ok().json(sandbox.with(|_, now| json!({ "now": now })))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, HttpResponse> {
    serde_json::from_slice(body).map_err(|error| {
        refusal(
            "body_malformed",
            &error.to_string(),
            StatusCode::BAD_REQUEST,
        )
    })
}

fn read_form<T: DeserializeOwned>(body: &[u8]) -> Result<T, HttpResponse> {
    let pairs = form_urlencoded::parse(body)
        .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())));
    serde_json::from_value(Value::Object(pairs.collect())).map_err(|error| {
        refusal(
            "body_malformed",
            &error.to_string(),
            StatusCode::BAD_REQUEST,
        )
    })
}

/// The book, for people.
#[derive(Template)]
#[template(path = "control.html")]
struct People<'p> {
    base: &'p str,
    lines: Vec<Line>,
    calls: Vec<String>,
    now: String,
}

struct Line {
    gateway: &'static str,
    order_id: String,
    transaction_id: String,
    product_name: String,
    method: String,
    amount: String,
    currency: String,
    state: &'static str,
    class: &'static str,
    at: String,
    confirms: u64,
    refunds: u64,
    callbacks: u64,
    acknowledged: bool,
    /// What the button says, when there is something to deliver.
    deliver: Option<(&'static str, &'static str)>,
}

impl Line {
    fn of(world: &World, entry: &Entry) -> Self {
        let (state, class) = match entry.state {
            Standing::Captured => ("결제 완료", "captured"),
            Standing::Cancelled => ("취소", "cancelled"),
            Standing::AwaitingDeposit => ("입금 대기", "awaiting"),
            Standing::Registered => ("카드 등록", "registered"),
        };
        let has_mail = !world
            .mail
            .of_order(entry.gateway, &entry.order_id)
            .is_empty();
        let deliver = match entry.state {
            Standing::AwaitingDeposit => Some(("deposit", "입금하기 (지금 입금)")),
            _ if has_mail && entry.acknowledged => Some(("deliver", "콜백 다시 보내기")),
            _ if has_mail => Some(("deliver", "콜백 보내기")),
            _ => None,
        };
        Self {
            gateway: entry.gateway.as_str(),
            order_id: entry.order_id.clone(),
            transaction_id: entry.transaction_id.clone(),
            product_name: entry.product_name.clone(),
            method: entry.method.clone(),
            amount: grouped(&entry.amount),
            currency: entry.currency.clone(),
            state,
            class,
            at: crate::core::clock::readable(entry.at),
            confirms: entry.confirms,
            refunds: entry.refunds,
            callbacks: entry.callbacks,
            acknowledged: entry.acknowledged,
            deliver,
        }
    }
}

async fn people(sandbox: Data<Sandbox>) -> HttpResponse {
    let base = sandbox.options().base_path();
    let people = sandbox.with(|world, now| People {
        base,
        lines: world
            .book
            .payments
            .iter()
            .rev()
            .map(|entry| Line::of(world, entry))
            .collect(),
        calls: world
            .book
            .calls
            .iter()
            .rev()
            .take(40)
            .map(|call| {
                let order_id = call.order_id.as_deref().unwrap_or_default();
                format!(
                    "{}  /{}{}  {order_id}",
                    crate::core::clock::readable(call.at),
                    call.gateway,
                    call.path
                )
            })
            .collect(),
        now: crate::core::clock::readable(now),
    });
    page(&people)
}
