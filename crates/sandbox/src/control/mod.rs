//! The control API: what tests script, and what they judge by.

mod options;
mod page;

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, LOCATION};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Bytes, Data, Path, ServiceConfig};
use actix_web::{Error, HttpRequest, HttpResponse, ResponseError};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::core::script::{CATALOGUE, Fault};
use crate::core::wire::Form;
use crate::core::{Gateway, World};
use crate::sandbox::Sandbox;
use crate::talk::header;
use crate::{payletter, payletter_global, payple};

pub(crate) fn routes(config: &mut ServiceConfig) {
    let routes = web::scope("")
        .wrap(from_fn(only_this_machine))
        .route("/", web::get().to(page::show))
        .route("/book", web::get().to(book))
        .route("/faults", web::get().to(faults))
        .route("/script", web::post().to(script))
        .route("/deliver", web::post().to(deliver))
        .route("/payple/delete_card", web::post().to(delete_card))
        .route("/payple/cancel", web::post().to(cancel_at_payple))
        .route("/payletter_global/{act}", web::post().to(act))
        .route("/clock", web::post().to(clock))
        .route("/options", web::get().to(options::show))
        .route("/options", web::post().to(options::change))
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
    sandbox.with(payletter::window::expire);
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
    Full(Fault),
}

impl From<WrittenFault> for Fault {
    fn from(written: WrittenFault) -> Self {
        match written {
            WrittenFault::Name(name) => Self {
                name,
                ..Self::default()
            },
            WrittenFault::Full(fault) => fault,
        }
    }
}

async fn script(sandbox: Data<Sandbox>, body: Bytes) -> Result<HttpResponse, Malformed> {
    let order: ScriptOrder = read(&body)?;
    let faults: Vec<Fault> = order.faults.into_iter().map(Fault::from).collect();
    if let Some(unknown) = faults
        .iter()
        .find(|fault| CATALOGUE.iter().all(|kind| kind.name != fault.name))
    {
        let known: Vec<_> = CATALOGUE.iter().map(|kind| kind.name).collect();
        let message = format!("there is no fault `{}`", unknown.name);
        return Ok(HttpResponse::BadRequest().json(
            json!({ "error": { "code": "fault_unknown", "message": message, "known": known } }),
        ));
    }
    let order_id = order.order_id.as_deref().filter(|id| *id != "*");
    let count = faults.len();
    sandbox.with(|world, _| {
        world
            .script
            .add(order.gateway, order_id, faults, order.times)
    });
    Ok(HttpResponse::Ok().json(json!({ "scripted": count })))
}

#[derive(Deserialize)]
struct DeliverOrder {
    gateway: Gateway,
    order_id: String,
}

async fn deliver(
    sandbox: Data<Sandbox>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Malformed> {
    let from_page = is_from_page(&request);
    let order: DeliverOrder = if from_page {
        read_form(&body)?
    } else {
        read(&body)?
    };
    let letters = sandbox.with(|world, now| {
        match order.gateway {
            Gateway::Payple => {}
            Gateway::Payletter => {
                payletter::window::deposit_for(world, now, &order.order_id);
            }
            Gateway::PayletterGlobal => {
                payletter_global::acts::deposit(world, now, &order.order_id);
            }
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
        return Ok(refusal(
            "nothing_to_deliver",
            "no callback was ever due for this order",
            StatusCode::NOT_FOUND,
        ));
    }
    let receipts = sandbox.courier().carry(letters).await;
    if from_page {
        return Ok(back_to_page(&sandbox));
    }
    Ok(HttpResponse::Ok().json(json!({ "delivered": receipts })))
}

#[derive(Deserialize)]
struct CardOrder {
    billing_key: String,
}

async fn delete_card(sandbox: Data<Sandbox>, body: Bytes) -> Result<HttpResponse, Malformed> {
    let order: CardOrder = read(&body)?;
    let deleted =
        sandbox.with(|world, now| payple::payer::delete_by_hand(world, now, &order.billing_key));
    sandbox.courier().look();
    Ok(if deleted {
        HttpResponse::Ok().json(json!({ "deleted": true }))
    } else {
        let message = "no such billing key is registered";
        refusal("billing_key_unknown", message, StatusCode::NOT_FOUND)
    })
}

#[derive(Deserialize)]
struct ActOrder {
    order_id: String,
}

type Act = fn(&mut World, jiff::Timestamp, &str) -> bool;

/// What happens on Payple's page for merchants.
async fn cancel_at_payple(sandbox: Data<Sandbox>, body: Bytes) -> Result<HttpResponse, Malformed> {
    let order: ActOrder = read(&body)?;
    let whole: Act =
        |world, now, order| payple::refund::refund_by_hand(world, now, order, None).is_some();
    Ok(acted(&sandbox, whole, &order))
}

/// What happens at Payletter Global without buyer or merchant.
async fn act(
    sandbox: Data<Sandbox>,
    act: Path<String>,
    body: Bytes,
) -> Result<HttpResponse, Malformed> {
    let order: ActOrder = read(&body)?;
    let act: Act = match act.as_str() {
        "renew" => |world, now, order| payletter_global::acts::renew(world, now, order).is_some(),
        "release" => payletter_global::acts::release,
        "charge_back" => payletter_global::acts::charge_back,
        "cancel" => |world, now, order| payletter_global::acts::cancel(world, now, order).is_some(),
        "finish_refund" => payletter_global::acts::finish_refund,
        _ => {
            let message = "renew, release, charge_back, cancel and finish_refund can be done";
            return Ok(refusal("act_unknown", message, StatusCode::NOT_FOUND));
        }
    };
    Ok(acted(&sandbox, act, &order))
}

fn acted(sandbox: &Sandbox, act: Act, order: &ActOrder) -> HttpResponse {
    let done = sandbox.with(|world, now| act(world, now, &order.order_id));
    sandbox.courier().look();
    if done {
        HttpResponse::Ok().json(json!({ "done": true }))
    } else {
        let message = "nothing of this order can be treated so";
        refusal("nothing_to_do", message, StatusCode::CONFLICT)
    }
}

#[derive(Deserialize)]
struct ClockOrder {
    advance_seconds: u64,
}

async fn clock(
    sandbox: Data<Sandbox>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Malformed> {
    let from_page = is_from_page(&request);
    let order: ClockOrder = if from_page {
        let form = Form::from_form(&body);
        let advance_seconds = read(form.get("advance_seconds").as_bytes())?;
        ClockOrder { advance_seconds }
    } else {
        read(&body)?
    };
    sandbox.with(|world, _| {
        world
            .clock
            .advance(Duration::from_secs(order.advance_seconds))
    });
    sandbox.courier().look();
    if from_page {
        return Ok(back_to_page(&sandbox));
    }
    Ok(HttpResponse::Ok().json(sandbox.with(|_, now| json!({ "now": now }))))
}

async fn reset(sandbox: Data<Sandbox>) -> HttpResponse {
    sandbox.with(|world, _| world.reset());
    HttpResponse::Ok().json(sandbox.with(|_, now| json!({ "now": now })))
}

/// A body that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Malformed(#[from] serde_json::Error);

impl ResponseError for Malformed {
    fn error_response(&self) -> HttpResponse {
        refusal("body_malformed", &self.to_string(), StatusCode::BAD_REQUEST)
    }
}

/// The page for people posts forms, and wants to see the book again.
fn is_from_page(request: &HttpRequest) -> bool {
    header(request, CONTENT_TYPE.as_str())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

fn back_to_page(sandbox: &Sandbox) -> HttpResponse {
    let there = format!("{}/control/", sandbox.options().base_path());
    HttpResponse::SeeOther()
        .insert_header((LOCATION, there))
        .finish()
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Malformed> {
    Ok(serde_json::from_slice(body)?)
}

fn read_form<T: DeserializeOwned>(body: &[u8]) -> Result<T, Malformed> {
    let pairs = form_urlencoded::parse(body)
        .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())));
    Ok(serde_json::from_value(Value::Object(pairs.collect()))?)
}
