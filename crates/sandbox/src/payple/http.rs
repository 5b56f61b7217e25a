//! Payple's routes.

use actix_web::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, HeaderValue, ORIGIN};
use actix_web::web::{self, Bytes, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::core::Purpose;
use super::{
    calls, cash_receipt, charge, link, pages, payer as payer_calls, refund as refunds,
    request as begin, window,
};
use crate::core::handback::Deed;
use crate::core::wire::Form;
use crate::core::{Answer, Gateway, World};
use crate::pages::{PAYPLE, hand_back, page, refuse, severed};
use crate::sandbox::Sandbox;
use crate::talk::{answer, form_of, header, referer};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .route("/php/auth.php", web::post().to(auth))
        .route("/index.php", web::post().to(open))
        .route("/window/{id}", web::post().to(press))
        .route("/php/PayCardConfirmAct.php", web::post().to(confirm))
        .route("/php/PayConfirmAct.php", web::post().to(confirm))
        .route(
            "/api/v1/payments/cards/approval/confirm",
            web::post().to(confirm),
        )
        .route("/php/PayChkAct.php", web::post().to(look_up))
        .route("/php/cPayUser/api/cPayUserAct.php", web::post().to(payer))
        .route("/php/SimplePayCardAct.php", web::post().to(charge_freely))
        .route("/php/RePayCardAct.php", web::post().to(charge_monthly))
        .route("/php/SimplePayAct.php", web::post().to(transfer_freely))
        .route("/php/RePayAct.php", web::post().to(transfer_monthly))
        .route("/php/account/api/cPayCAct.php", web::post().to(refund))
        .route("/php/taxsave/api/tsAct.php", web::post().to(tax_save))
        .route("/php/link/api/LinkRegAct.php", web::post().to(make_link))
        .route("/link/{key}", web::get().to(open_link))
        .route("/receipt", web::get().to(receipt))
        .route("/js/cpay.payple.1.0.1.js", web::get().to(drop_in))
        .route("/js/v1/payment.js", web::get().to(drop_in))
        .route("/js/v1/auth", web::post().to(client_auth));
}

async fn auth(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let form = form_of(&request, &body);
    answer(sandbox.with(|world, now| begin::auth(world, now, &form, referer(&request)))).await
}

/// Asked by a merchant's page, so any origin may read the answer; whose page it is says the browser.
async fn client_auth(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let form = form_of(&request, &body);
    let origin = header(&request, ORIGIN.as_str());
    let mut answered =
        answer(sandbox.with(|world, now| begin::client_auth(world, now, &form, origin))).await;
    answered
        .headers_mut()
        .insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    answered
}

async fn open(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let form = form_of(&request, &body);
    match sandbox.with(|world, now| begin::open(world, now, form, referer(&request))) {
        Ok(window) => {
            let order_id = &window.order_id;
            let cut =
                sandbox.with(|world, _| world.struck(Gateway::Payple, order_id, "opener_severed"));
            severed(
                page(&pages::Window::new(&sandbox, &window, "", &Form::default())),
                cut,
            )
        }
        Err(violation) => refuse(
            &sandbox,
            PAYPLE,
            (&violation.code, &violation.text),
            violation.close.as_ref(),
        ),
    }
}

async fn press(
    sandbox: Data<Sandbox>,
    request: HttpRequest,
    id: Path<String>,
    body: Bytes,
) -> HttpResponse {
    let form = form_of(&request, &body);
    let deed = Deed::of(&form);
    let ending = sandbox.with(|world, now| window::act(world, now, &id, deed, &form));
    let still_open = sandbox.with(|world, _| world.payple.window(&id));
    match (ending, still_open) {
        (Ok(handback), _) => {
            sandbox.courier().look();
            let marks = sandbox.with(|world, _| world.options.payple_test_marks);
            let handback = if marks { handback.marked() } else { handback };
            hand_back(&sandbox, PAYPLE, &handback)
        }
        (Err(text), Some(window)) => page(&pages::Window::new(&sandbox, &window, text, &form)),
        (Err(text), None) => refuse(&sandbox, PAYPLE, ("", text), None),
    }
}

async fn confirm(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let form = form_of(&request, &body);
    let url = request.uri().to_string();
    let path = url.rsplit_once("/payple").map_or("", |(_, path)| path);
    reply(&sandbox, |world, now| {
        calls::confirm(world, now, &form, path)
    })
    .await
}

async fn look_up(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let form = form_of(&request, &body);
    reply(&sandbox, |world, now| calls::look_up(world, now, &form)).await
}

async fn payer(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let form = form_of(&request, &body);
    reply(&sandbox, |world, now| match request.query_string() {
        "ACT_=PUSERINFO" => payer_calls::look_up(world, now, &form),
        "ACT_=PUSERDEL" => payer_calls::delete(world, now, &form),
        _ => Answer::broken(404),
    })
    .await
}

async fn refund(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let form = form_of(&request, &body);
    reply(&sandbox, |world, now| refunds::refund(world, now, &form)).await
}

async fn charge_freely(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    charge_by(&sandbox, &request, &body, Purpose::ChargeFreely).await
}

async fn charge_monthly(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    charge_by(&sandbox, &request, &body, Purpose::ChargeMonthly).await
}

async fn transfer_freely(
    sandbox: Data<Sandbox>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    charge_by(&sandbox, &request, &body, Purpose::TransferFreely).await
}

async fn transfer_monthly(
    sandbox: Data<Sandbox>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    charge_by(&sandbox, &request, &body, Purpose::TransferMonthly).await
}

async fn charge_by(
    sandbox: &Sandbox,
    request: &HttpRequest,
    body: &[u8],
    purpose: Purpose,
) -> HttpResponse {
    let form = form_of(request, body);
    reply(sandbox, |world, now| {
        charge::charge(world, now, &form, purpose)
    })
    .await
}

async fn tax_save(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let form = form_of(&request, &body);
    reply(&sandbox, |world, now| match request.query_string() {
        "ACT_=TSREG" => cash_receipt::act(world, now, &form, false),
        "ACT_=TSCANCEL" => cash_receipt::act(world, now, &form, true),
        _ => Answer::broken(404),
    })
    .await
}

async fn make_link(sandbox: Data<Sandbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let form = form_of(&request, &body);
    reply(&sandbox, |world, now| link::register(world, now, &form)).await
}

/// Anybody opens a payment link.
async fn open_link(
    sandbox: Data<Sandbox>,
    request: HttpRequest,
    key: Path<String>,
) -> HttpResponse {
    let query = Form::from_form(request.query_string().as_bytes());
    match sandbox.with(|world, now| link::open(world, now, &key, query.get("method"))) {
        Ok(link::Opened::Window(window)) => {
            page(&pages::Window::new(&sandbox, &window, "", &Form::default()))
        }
        Ok(link::Opened::Choice { goods, total }) => {
            page(&pages::LinkChoice::new(&sandbox, &key, &goods, total))
        }
        Err(said) => refuse(&sandbox, PAYPLE, said, None),
    }
}

/// The slip of a payment by card, which in life is on a page of the card processor.
async fn receipt(sandbox: Data<Sandbox>, request: HttpRequest) -> HttpResponse {
    let query = Form::from_form(request.query_string().as_bytes());
    let payment = sandbox.with(|world, _| world.payple.payment_of(query.get("data")));
    match payment {
        Some(payment) => page(&pages::receipt(&sandbox, &payment)),
        None => {
            let text = "결제 내역이 존재하지 않습니다.";
            refuse(&sandbox, PAYPLE, ("", text), None)
        }
    }
}

/// Answers a merchant's server: webhooks leave, and the codes bear the test mark if the options want it.
async fn reply(
    sandbox: &Sandbox,
    work: impl FnOnce(&mut World, jiff::Timestamp) -> Answer,
) -> HttpResponse {
    let (said, marks) =
        sandbox.with(|world, now| (work(world, now), world.options.payple_test_marks));
    sandbox.courier().look();
    answer(if marks { said.marked() } else { said }).await
}

/// Our drop-in under the vendor's names: a merchant's page changes only the host of its script tag.
async fn drop_in(sandbox: Data<Sandbox>) -> HttpResponse {
    let Some(folder) = sandbox.options().package_dir.clone() else {
        return HttpResponse::NotFound().body("this sandbox was started without a package folder");
    };
    let read = web::block(move || std::fs::read(folder.join("cpay.js"))).await;
    match read {
        Ok(Ok(script)) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/javascript; charset=utf-8"))
            .body(script),
        _ => HttpResponse::NotFound()
            .body("cpay.js is not in the package folder; build the package first"),
    }
}
