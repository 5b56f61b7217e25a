//! Payletter's routes.

use actix_web::web::{self, Bytes, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::client::{self, Key};
use super::core::Payment;
use super::request::{self as begin, NO_CLIENT, error};
use super::{calls, charge, pages, receipt as receipts, refund, window};
use crate::core::handback::Deed;
use crate::core::wire::Form;
use crate::core::{Answer, Gateway, World};
use crate::options::PayletterClient;
use crate::pages::{PAYLETTER, hand_back, page, refuse, severed};
use crate::sandbox::Sandbox;
use crate::talk::{answer, authorization, form_of};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .route("/v1.0/payments/request", web::post().to(request))
        .route("/v1.0/payments/autopay", web::post().to(autopay))
        .route("/v1.0/payments/cancel", web::post().to(cancel))
        .route(
            "/v1.0/payments/cancel/partial",
            web::post().to(cancel_partly),
        )
        .route(
            "/v1.0/cashreceipt/issue/{tid}",
            web::post().to(cash_receipt),
        )
        // The manual's example has a slash at the end.
        .route("/v1.0/receipt/info/{tid}", web::get().to(receipt_info))
        .route("/v1.0/receipt/info/{tid}/", web::get().to(receipt_info))
        .route(
            "/PGSVC/Receipt/ReceiptForm.asp",
            web::get().to(receipt_form),
        )
        .route(
            "/PGSVC/Receipt/ReceiptForm.asp",
            web::post().to(press_receipt),
        )
        .route("/PGSVC/AllTheGate/Receipt_All.asp", web::get().to(receipt))
        .route("/PGSVC/MobileCard/ISPPay.asp", web::get().to(back_from_app))
        .route("/v1.0/payments/status", web::post().to(status))
        .route("/v1.0/payments/transaction/list", web::get().to(list))
        .route("/pgsvc/hub.asp", web::get().to(enter))
        .route("/pgsvc/hub.asp", web::post().to(press));
}

async fn request(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    call(&sandbox, &request, &body, &[Key::Payment], begin::request).await
}

async fn cancel(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    call(
        &sandbox,
        &request,
        &body,
        &[Key::Payment],
        |world, now, form| refund::cancel(world, now, &form),
    )
    .await
}

async fn cancel_partly(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    call(
        &sandbox,
        &request,
        &body,
        &[Key::Payment],
        |world, now, form| refund::cancel_partly(world, now, &form),
    )
    .await
}

async fn autopay(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    call(&sandbox, &request, &body, &[Key::Payment], charge::charge).await
}

async fn cash_receipt(
    sandbox: Data<Sandbox>,
    request: HttpRequest,
    tid: Path<String>,
    body: Bytes,
) -> HttpResponse {
    call(
        &sandbox,
        &request,
        &body,
        &[Key::Payment],
        |world, now, form| receipts::issue(world, now, &form.with("tid", &tid)),
    )
    .await
}

async fn receipt_info(
    sandbox: Data<Sandbox>,
    request: HttpRequest,
    tid: Path<String>,
) -> HttpResponse {
    let form = Form::from_form(request.query_string().as_bytes()).with("tid", &tid);
    search(&sandbox, &request, &form, receipts::info).await
}

/// The page behind the URL of a cash receipt.
async fn receipt_form(sandbox: Data<Sandbox>, request: HttpRequest) -> HttpResponse {
    let query = Form::from_form(request.query_string().as_bytes());
    let (tid, token) = (query.get("id"), query.get("token"));
    let payment = sandbox.with(|world, _| {
        let waits = world.payletter.waits_for_buyer(token);
        waits.then(|| world.payletter.payment(tid)).flatten()
    });
    show_receipt(&sandbox, payment.as_ref(), token)
}

async fn press_receipt(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let form = form_of(&request, &body);
    let handback = sandbox.with(|world, _| receipts::press(world, &form));
    hand_back(&sandbox, PAYLETTER, &handback)
}

/// The page that shows what was paid.
async fn receipt(sandbox: Data<Sandbox>, request: HttpRequest) -> HttpResponse {
    let query = Form::from_form(request.query_string().as_bytes());
    let payment = sandbox.with(|world, _| world.payletter.payment(query.get("id")));
    show_receipt(&sandbox, payment.as_ref(), "")
}

fn show_receipt(sandbox: &Sandbox, payment: Option<&Payment>, token: &str) -> HttpResponse {
    match payment {
        Some(payment) => page(&pages::receipt(sandbox, payment, token)),
        None => refuse(
            sandbox,
            PAYLETTER,
            ("", "결제 내역이 존재하지 않습니다."),
            None,
        ),
    }
}

/// The webview loads this when the card company's app is done.
async fn back_from_app(sandbox: Data<Sandbox>, request: HttpRequest) -> HttpResponse {
    let query = Form::from_form(request.query_string().as_bytes());
    let (dispatch, handback) = sandbox.with(|world, now| window::back_from_app(world, now, &query));
    sandbox.courier().look();
    sandbox.courier().carry(dispatch.first).await;
    hand_back(&sandbox, PAYLETTER, &handback)
}

/// Merchants were seen to use either key here.
async fn status(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    call(
        &sandbox,
        &request,
        &body,
        &[Key::Payment, Key::Search],
        |world, now, form| calls::status(world, now, &form),
    )
    .await
}

async fn list(sandbox: Data<Sandbox>, request: HttpRequest) -> HttpResponse {
    let form = Form::from_form(request.query_string().as_bytes());
    search(&sandbox, &request, &form, calls::list).await
}

async fn call(
    sandbox: &Sandbox,
    request: &HttpRequest,
    body: &[u8],
    keys: &[Key],
    work: impl FnOnce(&mut World, jiff::Timestamp, Form) -> Answer,
) -> HttpResponse {
    let Some(client) = key_holder(sandbox, request, keys) else {
        return answer(unauthorised()).await;
    };
    match Form::from_json(body) {
        Ok(form) if client.is(&form) => {
            answer(sandbox.with(|world, now| work(world, now, form))).await
        }
        Ok(_) => answer(error(406, 2001, NO_CLIENT)).await,
        Err(text) => answer(error(400, 997, &text)).await,
    }
}

/// A call that is all in its address, under the SEARCH key.
async fn search(
    sandbox: &Sandbox,
    request: &HttpRequest,
    form: &Form,
    work: impl FnOnce(&mut World, jiff::Timestamp, &Form) -> Answer,
) -> HttpResponse {
    match key_holder(sandbox, request, &[Key::Search]) {
        Some(client) if client.is(form) => {
            answer(sandbox.with(|world, now| work(world, now, form))).await
        }
        Some(_) => answer(error(406, 2001, NO_CLIENT)).await,
        None => answer(unauthorised()).await,
    }
}

fn key_holder(sandbox: &Sandbox, request: &HttpRequest, keys: &[Key]) -> Option<PayletterClient> {
    let key = authorization(request, "PLKEY");
    sandbox.with(|world, _| client::of_key(&world.options, key, keys))
}

fn unauthorised() -> Answer {
    error(401, 998, "Authentication token is missing or incorrect")
}

async fn enter(sandbox: Data<Sandbox>, request: HttpRequest) -> HttpResponse {
    let query = Form::from_form(request.query_string().as_bytes());
    let session = sandbox.with(|world, _| begin::enter(world, query.get("token")));
    let Some(session) = session else {
        return refuse(
            &sandbox,
            PAYLETTER,
            ("", "유효하지 않은 결제 토큰입니다."),
            None,
        );
    };
    if session.is_for_mobile_only() && query.get("location") != "mobile" {
        let text = "이 결제수단의 자동결제는 모바일에서만 가능합니다.";
        return refuse(&sandbox, PAYLETTER, ("", text), None);
    }
    if !session.is_open() && session.account.is_none() {
        return refuse(&sandbox, PAYLETTER, ("", "이미 처리된 거래입니다."), None);
    }
    let cut = sandbox
        .with(|world, _| world.struck(Gateway::Payletter, session.order_id(), "opener_severed"));
    severed(page(&pages::Window::new(&sandbox, &session)), cut)
}

async fn press(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let form = form_of(&request, &body);
    let deed = Deed::of(&form);
    let (dispatch, handback) =
        sandbox.with(|world, now| window::act(world, now, form.get("token"), deed, &form));
    sandbox.courier().look();
    sandbox.courier().carry(dispatch.first).await;
    hand_back(&sandbox, PAYLETTER, &handback)
}
