//! How a payment begins: auth.php, and the page's post to the window.

use std::time::Duration;

use jiff::Timestamp;
use paypair_protocol::{Currency, Fault, Locale, Money, payple};

use super::core::{
    CLIENT_KEY, Grant, MERCHANT_ID, MERCHANT_KEY, Purpose, State, Violation, Window,
};
use super::messages::closed;
use crate::core::clock::{compact, seconds_between};
use crate::core::wire::{Form, Json, origin_of};
use crate::core::{Answer, Gateway, World};
use crate::options::RefererRule;

/// `POST /php/auth.php`.
pub(crate) fn auth(
    world: &mut World,
    now: Timestamp,
    form: &Form,
    referer: Option<&str>,
) -> Answer {
    world.book.note(Gateway::Payple, "/php/auth.php", now, None);
    if world.struck(Gateway::Payple, "*", "auth_unavailable") {
        return Answer::broken(500);
    }
    let origin = referer.and_then(origin_of);
    let refusal = match (form.get("cst_id"), form.get("custKey")) {
        (id, _) if id != MERCHANT_ID => {
            Some(("AUTH0001", "가맹점 인증에 필요한 cst_id 를 확인해주세요."))
        }
        (_, key) if key != MERCHANT_KEY => {
            Some(("AUTH0002", "가맹점 인증에 필요한 custKey 를 확인해주세요."))
        }
        _ if origin.is_none() && world.options.payple_referer == RefererRule::Strict => {
            Some(("AUTH0004", "접속하시는 서버의 도메인 확인이 필요합니다."))
        }
        _ => None,
    };
    if let Some(refusal) = refusal {
        return refused(world, refusal);
    }
    let purpose = Purpose::of(form);
    if let Some(fault) = form.broken_rule(&payple::Auth::TABLE) {
        let text = format!("{}: {}", fault.wire, Locale::Ko.message(&fault.error));
        return Answer::php(
            named(world)
                .text("result", "error")
                .text("result_msg", &text),
        );
    }
    grant(world, now, purpose, origin)
}

/// `POST /js/v1/auth`: the page's script asks with a `clientKey`, which opens payment windows and nothing else. How the
/// vendor's own script asks is not known; ours asks so.
pub(crate) fn client_auth(
    world: &mut World,
    now: Timestamp,
    form: &Form,
    origin: Option<&str>,
) -> Answer {
    world.book.note(Gateway::Payple, "/js/v1/auth", now, None);
    if form.get("clientKey") != CLIENT_KEY {
        return refused(world, ("AUTH0003", "가맹점 계정이 존재하지 않습니다."));
    }
    grant(world, now, Purpose::Pay, origin.and_then(origin_of))
}

fn named(world: &World) -> Json {
    Json::default().text("server_name", world.options.server_name())
}

fn refused(world: &World, (code, text): (&str, &str)) -> Answer {
    Answer::php(
        named(world)
            .text("result", "error")
            .text("result_msg", &format!("[{code}] {text}")),
    )
}

fn grant(world: &mut World, now: Timestamp, purpose: Purpose, origin: Option<String>) -> Answer {
    let (merchant_token, merchant_key_token) =
        (world.seed.payple_token(), world.seed.payple_token());
    let auth_key = world.seed.payple_auth_key();
    let host = format!("{}/payple", world.options.base_url);
    let answer = named(world)
        .text("result", "success")
        .text("result_msg", "사용자 인증 완료!!")
        .text("cst_id", &merchant_token)
        .text("custKey", &merchant_key_token)
        .text("AuthKey", &auth_key)
        .text("PCD_PAY_HOST", &host)
        .text("PCD_PAY_URL", purpose.path())
        .text("return_url", &format!("{host}{}", purpose.path()));
    let grant = Grant {
        purpose,
        merchant_token,
        merchant_key_token,
        origin,
        at: now,
        spent: false,
    };
    world.payple.grants.insert(auth_key, grant);
    Answer::php(answer)
}

/// `POST /index.php?ACT_=PAYM`: the page posted its object here.
pub(crate) fn open(
    world: &mut World,
    now: Timestamp,
    form: Form,
    referer: Option<&str>,
) -> Result<Window, Violation> {
    let auth_key = form.text("PCD_AUTH_KEY");
    let grant = world
        .payple
        .grants
        .get(&auth_key)
        .filter(|grant| grant.purpose == Purpose::Pay && !grant.spent)
        .cloned();
    let Some(grant) = grant else {
        let text = "카드결제용 인증키 값이 존재하지 않거나, 일치하지 않습니다.";
        return Err(Violation {
            code: "CPCA0005".into(),
            text: text.into(),
            close: None,
        });
    };
    let total = Money::parse(form.get("PCD_PAY_TOTAL"), &Currency::KRW).unwrap_or_default();
    let order_id = Some(form.text("PCD_PAY_OID")).filter(|id| !id.is_empty());
    let order_id =
        order_id.unwrap_or_else(|| format!("test{}{}", compact(now), world.seed.digits(6)));
    let opener = Some(form.get("PCD_HTTP_REFERER"))
        .filter(|url| !url.is_empty())
        .or(referer)
        .and_then(origin_of);
    let id = format!("w{}{}", compact(now), world.seed.digits(12));
    let window = Window {
        id,
        order_id,
        total,
        origin: grant.origin,
        host: format!("{}/payple", world.options.base_url),
        auth_key,
        authorised_at: grant.at,
        done: false,
        form,
    };
    let strict = world.options.payple_referer == RefererRule::Strict;
    let (code, text) = if strict && opener.is_some() && opener != window.origin {
        (
            "AUTH0007".to_owned(),
            "인증 요청 도메인과 결제창 호출 도메인이 다릅니다.".to_owned(),
        )
    } else if let Some(violation) = broken_rule(&window) {
        violation
    } else if window.is_transfer() && (1..TRANSFER_MINIMUM).contains(&window.total.minor) {
        said(TOO_LITTLE_FOR_TRANSFER)
    } else if is_late(&window, now) {
        said(LATE)
    } else if is_taken(&world.payple, &window.order_id) {
        said(TAKEN)
    } else {
        world
            .payple
            .windows
            .insert(window.id.clone(), window.clone());
        return Ok(window);
    };
    Err(Violation {
        code,
        text,
        close: Some(closed(&window)),
    })
}

/// The first rule of the window that the posted object breaks.
fn broken_rule(window: &Window) -> Option<(String, String)> {
    let faults = window.form.broken_rules(&payple::Window::TABLE);
    // A page was seen that writes `N` for no e-mail.
    let none = |fault: &Fault| {
        fault.wire == "PCD_PAYER_EMAIL" && window.form.get("PCD_PAYER_EMAIL") == "N"
    };
    let fault = faults.into_iter().find(|fault| !none(fault))?;
    let (code, text) = match fault.wire {
        "PCD_PAY_WORK" | "PCD_PAY_TYPE" | "PCD_CARD_VER" => ("CPCA9997", "결제방식 오류"),
        "PCD_PAY_TOTAL" => ("SPCD0002", "결제가능 최저금액은 100원 입니다."),
        // The one code of this kind that was ever seen: PCD_PAYER_NO of more than 18 characters.
        wire => {
            return Some((
                "cpc0034".into(),
                format!("{wire}: {}", Locale::Ko.message(&fault.error)),
            ));
        }
    };
    Some(said((code, text)))
}

fn said((code, text): (&str, &str)) -> (String, String) {
    (code.to_owned(), text.to_owned())
}

pub(super) fn is_late(window: &Window, now: Timestamp) -> bool {
    seconds_between(window.authorised_at, now) > WINDOW_LIFE.as_secs()
}

pub(super) fn is_taken(state: &State, order_id: &str) -> bool {
    state
        .payments
        .iter()
        .any(|payment| payment.order_id == order_id)
        || state
            .requests
            .values()
            .any(|request| request.window.order_id == order_id)
}

pub(super) const TRANSFER_MINIMUM: u64 = 1000;

/// The words are the vendor's script's, the number is the institution's for too little.
pub(super) const TOO_LITTLE_FOR_TRANSFER: (&str, &str) =
    ("1110", "결제금액은 1,000원 이상 이어야 합니다.");

const WINDOW_LIFE: Duration = Duration::from_secs(180);

pub(super) const LATE: (&str, &str) = (
    "CPCA0001",
    "인증시간(3분)이 초과되었습니다. 다시 시도해주세요.",
);

pub(super) const TAKEN: (&str, &str) = ("CPCA0201", "이미 존재하는 거래입니다. 다시 시도해주세요.");
