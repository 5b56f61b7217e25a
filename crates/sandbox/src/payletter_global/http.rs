//! Payletter Global's routes.

use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::request::{self as begin, INVALID, error};
use super::{calls, pages, recurring as recurrences, refund as refunds, settlement, window};
use crate::core::handback::Deed;
use crate::core::wire::Form;
use crate::core::{Answer, Gateway, World};
use crate::pages::{PAYLETTER_GLOBAL, hand_back, page, refuse, severed};
use crate::sandbox::Sandbox;
use crate::talk::{answer, authorization, form_of};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .route("/api/payment/request", web::post().to(request))
        .route("/payment/refund", web::post().to(refund))
        // A live merchant was seen to call it so.
        .route("/api/payment/refund", web::post().to(refund))
        .route("/payment/recurring", web::post().to(recurring))
        .route("/settlement/detailslist", web::post().to(settlements))
        .route(
            "/paypal/subscription/cancel",
            web::post().to(end_subscription),
        )
        .route("/payment/cpdaesalist", web::post().to(list))
        .route("/hub.aspx", web::get().to(enter))
        .route("/hub.aspx", web::post().to(press));
}

async fn request(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    match read(&sandbox, &request, &body) {
        Ok(form) => answer(sandbox.with(|world, now| begin::request(world, now, form))).await,
        Err(refusal) => answer(refusal).await,
    }
}

async fn refund(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let form = match read(&sandbox, &request, &body) {
        Ok(form) => form,
        Err(refusal) => return answer(refusal).await,
    };
    let (dispatch, reply) = sandbox.with(|world, now| refunds::refund(world, now, &form));
    // The notification travels on its own; nobody waits for it.
    drop(sandbox.courier().carry(dispatch.first));
    sandbox.courier().look();
    answer(reply).await
}

async fn list(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    match read(&sandbox, &request, &body) {
        Ok(form) => answer(sandbox.with(|world, now| calls::list(world, now, &form))).await,
        Err(refusal) => answer(refusal).await,
    }
}

async fn recurring(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    match read(&sandbox, &request, &body) {
        Ok(form) => answer(sandbox.with(|world, now| recurrences::charge(world, now, &form))).await,
        Err(refusal) => answer(refusal).await,
    }
}

async fn settlements(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    match read(&sandbox, &request, &body) {
        Ok(form) => answer(sandbox.with(|world, now| settlement::list(world, now, &form))).await,
        Err(refusal) => answer(refusal).await,
    }
}

async fn end_subscription(
    sandbox: Data<Sandbox>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    match read(&sandbox, &request, &body) {
        Ok(form) => {
            let end = |world: &mut World, now| recurrences::end_subscription(world, now, &form);
            answer(sandbox.with(end)).await
        }
        Err(refusal) => answer(refusal).await,
    }
}

fn read(sandbox: &Sandbox, request: &HttpRequest, body: &[u8]) -> Result<Form, Answer> {
    let shown = authorization(request, "GPLKEY");
    if sandbox.with(|world, _| shown != world.payletter_global.api_key()) {
        let message = "Authentication token is missing or incorrect.";
        return Err(error(401, (998, message), message));
    }
    Form::from_json(body).map_err(|text| error(400, INVALID, &text))
}

async fn enter(sandbox: Data<Sandbox>, request: HttpRequest) -> HttpResponse {
    let query = Form::from_form(request.query_string().as_bytes());
    let session = sandbox.with(|world, _| world.payletter_global.session(query.get("token")));
    let Some(session) = session else {
        return refuse(
            &sandbox,
            PAYLETTER_GLOBAL,
            ("", "유효하지 않은 결제 토큰입니다. The token is not valid."),
            None,
        );
    };
    if !session.open {
        return refuse(
            &sandbox,
            PAYLETTER_GLOBAL,
            (
                "",
                "이미 처리된 거래입니다. This payment is already complete.",
            ),
            None,
        );
    }
    let cut = sandbox.with(|world, _| {
        world.struck(
            Gateway::PayletterGlobal,
            session.order_id(),
            "opener_severed",
        )
    });
    severed(page(&pages::Window::new(&sandbox, &session)), cut)
}

async fn press(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let form = form_of(&request, &body);
    let deed = Deed::of(&form);
    let (letters, handback) =
        sandbox.with(|world, now| window::act(world, now, form.get("token"), deed, &form));
    sandbox.courier().look();
    for dispatch in letters {
        sandbox.courier().carry(dispatch.first).await;
    }
    hand_back(&sandbox, PAYLETTER_GLOBAL, &handback)
}
