//! auth.php and the payment window.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use paypair_protocol::{Currency, Money};

use crate::core::book::{self, Entry, EntryId};
use crate::core::clock::{compact, seconds_between};
use crate::core::handback::Handback;
use crate::core::wire::{Form, Json, origin_of, owned};
use crate::core::{Answer, Gateway, World};
use crate::options::RefererRule;

/// The test merchant that everybody has.
pub(crate) const MERCHANT_ID: &str = "test";
pub(crate) const MERCHANT_KEY: &str = "abcd1234567890";
pub(crate) const REFUND_KEY: &str =
    "a41ce010ede9fcbfb3be86b24858806596a9db68b79d138b147c3e563e1829a0";

/// Where `PCD_PAY_COFURL` points. The same call at any other confirm path is `AUTH0008`.
pub(crate) const CONFIRM_PATH: &str = "/php/PayCardConfirmAct.php?ACT_=PAYM";

#[derive(Default)]
pub(crate) struct State {
    pub(super) grants: BTreeMap<String, Grant>,
    pub(super) windows: BTreeMap<String, Window>,
    pub(super) requests: BTreeMap<String, Request>,
    pub(super) payments: Vec<Payment>,
    pub(super) cards: Vec<Registered>,
}

impl State {
    pub(crate) fn window(&self, id: &str) -> Option<Window> {
        self.windows.get(id).cloned()
    }
}

/// What an AuthKey opens.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) purpose: Purpose,
    pub(super) merchant_token: String,
    pub(super) merchant_key_token: String,
    /// Where the window will post its result: the origin of auth.php's `Referer`.
    origin: Option<String>,
    pub(super) at: Timestamp,
    spent: bool,
}

/// What an AuthKey was asked for; it opens nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Pay,
    Lookup,
    PayerLookup,
    PayerDelete,
    Refund,
    /// Named by the documents, not simulated: the right path is answered, and nothing stands behind it.
    Other(&'static str),
}

impl Purpose {
    fn of(form: &Form) -> Self {
        let flag = |name| form.get(name) == "Y";
        let card = form.get("PCD_PAY_TYPE") == "card";
        match form.get("PCD_PAY_WORK") {
            "PUSERINFO" => Self::PayerLookup,
            "PUSERDEL" => Self::PayerDelete,
            "TSREG" => Self::Other("/php/taxsave/api/tsAct.php?ACT_=TSREG"),
            "TSCANCEL" => Self::Other("/php/taxsave/api/tsAct.php?ACT_=TSCANCEL"),
            "LINKREG" => Self::Other("/php/link/api/LinkRegAct.php?ACT_=LINKREG"),
            _ if flag("PCD_PAYCANCEL_FLAG") => Self::Refund,
            _ if flag("PCD_PAYCHK_FLAG") => Self::Lookup,
            _ if flag("PCD_SIMPLE_FLAG") && card => {
                Self::Other("/php/SimplePayCardAct.php?ACT_=PAYM")
            }
            _ if flag("PCD_SIMPLE_FLAG") => Self::Other("/php/SimplePayAct.php?ACT_=PAYM"),
            _ if flag("PCD_REGULER_FLAG") && card => Self::Other("/php/RePayCardAct.php?ACT_=PAYM"),
            _ if flag("PCD_REGULER_FLAG") => Self::Other("/php/RePayAct.php?ACT_=PAYM"),
            _ => Self::Pay,
        }
    }

    const fn path(self) -> &'static str {
        match self {
            // CPAYVER is not in the documents; every recorded window path has it.
            Self::Pay => "/index.php?ACT_=PAYM&CPAYVER=202512102248",
            Self::Lookup => "/php/PayChkAct.php",
            Self::PayerLookup => "/php/cPayUser/api/cPayUserAct.php?ACT_=PUSERINFO",
            Self::PayerDelete => "/php/cPayUser/api/cPayUserAct.php?ACT_=PUSERDEL",
            Self::Refund => "/php/account/api/cPayCAct.php",
            Self::Other(path) => path,
        }
    }
}

/// One opened payment window.
#[derive(Debug, Clone)]
pub(crate) struct Window {
    pub(crate) id: String,
    pub(crate) order_id: String,
    pub(crate) form: Form,
    /// What the page posted. Nothing vouches for it.
    pub(crate) total: Money,
    pub(crate) origin: Option<String>,
    auth_key: String,
    authorised_at: Timestamp,
    done: bool,
}

impl Window {
    pub(crate) fn work(&self) -> &str {
        self.form.get("PCD_PAY_WORK")
    }

    /// `01`: the buyer types a card that can be charged again; otherwise an app card is chosen.
    pub(crate) fn takes_card_number(&self) -> bool {
        self.work() == "AUTH" || self.form.get("PCD_CARD_VER") == "01"
    }

    /// An absolute `PCD_RST_URL` takes the whole page there; a relative one is the script's business.
    fn result_url(&self) -> Option<&str> {
        Some(self.form.get("PCD_RST_URL"))
            .filter(|url| url.contains("http://") || url.contains("https://"))
    }
}

/// Said inside the window; the merchant's page hears nothing of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) code: String,
    pub(crate) text: String,
    /// What `close` does, when the gateway knows enough to do anything.
    pub(crate) close: Option<Handback>,
}

/// A CERT payment that waits for its confirm.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) window: Window,
    pub(super) card: Card,
    pub(super) billing_key: String,
    pub(super) at: Timestamp,
    pub(super) used: bool,
    pub(super) entry: Option<EntryId>,
}

/// Captured money.
#[derive(Debug, Clone)]
pub(super) struct Payment {
    pub(super) window: Window,
    pub(super) card: Card,
    pub(super) billing_key: String,
    pub(super) total: Money,
    pub(super) transaction_id: String,
    pub(super) approval_no: String,
    pub(super) at: Timestamp,
    pub(super) visible_at: Timestamp,
    pub(super) refunded: bool,
    pub(super) entry: EntryId,
}

/// A card that can be charged again.
#[derive(Debug, Clone)]
pub(super) struct Registered {
    pub(super) billing_key: String,
    pub(super) customer_id: String,
    pub(super) customer_name: String,
    pub(super) customer_phone: String,
    pub(super) card: Card,
    pub(super) deleted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Card {
    pub(crate) name: String,
    pub(crate) number: String,
}

impl Card {
    /// From what the buyer typed; `None` if that is no card.
    fn typed(form: &Form, now: Timestamp) -> Option<Self> {
        let digits: String = form
            .get("card_number")
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        let (month, year): (u8, i16) = (
            form.get("card_month").parse().ok()?,
            form.get("card_year").parse().ok()?,
        );
        let today = crate::core::clock::korean(now);
        let expired = (2000 + year, i16::from(month)) < (today.year(), i16::from(today.month()));
        let valid = (14..=16).contains(&digits.len()) && (1..=12).contains(&month) && !expired;
        valid.then(|| Self {
            name: issuer(&digits).to_owned(),
            number: format!("{}-****-****-{}", &digits[..4], &digits[digits.len() - 4..]),
        })
    }

    fn of_app(form: &Form) -> Self {
        let name = Some(form.get("card_company"))
            .filter(|name| !name.is_empty())
            .unwrap_or("신한카드");
        Self {
            name: name.to_owned(),
            number: "4890-****-****-1004".into(),
        }
    }
}

fn issuer(digits: &str) -> &'static str {
    match digits.as_bytes().first() {
        Some(b'3') => "현대카드",
        Some(b'4') => "신한카드",
        Some(b'5') => "KB국민카드",
        Some(b'9') => "BC카드",
        _ => "삼성카드",
    }
}

/// `POST /php/auth.php`.
pub(crate) fn auth(
    world: &mut World,
    now: Timestamp,
    form: &Form,
    referer: Option<&str>,
) -> Answer {
    world.book.note(Gateway::Payple, "/php/auth.php", now, None);
    if world.script.has(Gateway::Payple, "*", "auth_unavailable") {
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
    let server_name = world.options.server_name().to_owned();
    let answer = Json::default().text("server_name", &server_name);
    if let Some((code, text)) = refusal {
        return Answer::php(
            answer
                .text("result", "error")
                .text("result_msg", &format!("[{code}] {text}")),
        );
    }
    let purpose = Purpose::of(form);
    let (merchant_token, merchant_key_token) =
        (world.seed.payple_token(), world.seed.payple_token());
    let auth_key = world.seed.payple_auth_key();
    let host = format!("{}/payple", world.options.base_url);
    let answer = answer
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

/// What the buyer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Pay,
    Decline,
    Cancel,
}

/// A button of the window was pressed. `Err` keeps the window open with a word to the buyer.
pub(crate) fn act(
    world: &mut World,
    now: Timestamp,
    id: &str,
    deed: Deed,
    typed: &Form,
) -> Result<Handback, &'static str> {
    let Some(window) = world.payple.windows.get(id).cloned() else {
        return Ok(Handback::stay(
            "결제창 없음",
            "결제창이 만료되었습니다. 처음부터 다시 시도해주세요.",
        ));
    };
    if window.done {
        return Ok(Handback::already_done());
    }
    let paid_anyway = deed == Deed::Cancel
        && world
            .script
            .has(Gateway::Payple, &window.order_id, "paid_after_close");
    let card = match window.takes_card_number() {
        _ if paid_anyway => Some(Card::of_app(typed)),
        true => Card::typed(typed, now),
        false => Some(Card::of_app(typed)),
    };
    let ending = match (deed, card) {
        (Deed::Pay, None) => return Err("카드번호와 유효기간을 바르게 입력하세요."),
        (Deed::Cancel, card) => {
            if let (true, Some(card)) = (paid_anyway, card) {
                settle(world, now, &window, card);
            }
            closed(&window)
        }
        (Deed::Decline, _) => failed(world, &window, ("CPCA0006", "한도가 초과하였습니다")),
        (Deed::Pay, _) if is_late(&window, now) => failed(world, &window, LATE),
        (Deed::Pay, _) if is_taken(&world.payple, &window.order_id) => {
            failed(world, &window, TAKEN)
        }
        (Deed::Pay, Some(card)) => {
            let result = settle(world, now, &window, card);
            hand_back(&window, result)
        }
    };
    if let Some(window) = world.payple.windows.get_mut(id) {
        window.done = true;
    }
    if deed == Deed::Pay
        && let Some(grant) = world.payple.grants.get_mut(&window.auth_key)
    {
        grant.spent = true;
    }
    let lost = deed != Deed::Cancel
        && world
            .script
            .has(Gateway::Payple, &window.order_id, "return_never");
    Ok(if lost { Handback::never() } else { ending })
}

/// Does what the window was opened for; the fields of the result.
fn settle(world: &mut World, now: Timestamp, window: &Window, card: Card) -> Vec<(String, String)> {
    match window.work() {
        "AUTH" => register(world, now, window, card),
        "CERT" => request(world, now, window, card),
        _ => {
            let billing_key = billing_key(world, window, &card).0;
            let payment = capture(world, now, window, card, billing_key);
            let mut fields = result(window, ("0000", "카드승인완료"), &payment.billing_key);
            fields.extend(owned([("PCD_PAY_TIME", compact(payment.at).as_str())]));
            fields.extend(card_block(&payment));
            fields
        }
    }
}

fn request(
    world: &mut World,
    now: Timestamp,
    window: &Window,
    card: Card,
) -> Vec<(String, String)> {
    let confirm_key = world.seed.payple_token();
    let billing_key = billing_key(world, window, &card).0;
    let confirm_url = format!("{}/payple{CONFIRM_PATH}", world.options.base_url);
    let message = if window.takes_card_number() {
        "카드승인요청등록완료"
    } else {
        "카드인증완료"
    };
    let mut fields = result(window, ("0000", message), &billing_key);
    fields.extend(owned([
        ("PCD_PAY_REQKEY", confirm_key.as_str()),
        ("PCD_PAY_COFURL", confirm_url.as_str()),
    ]));
    let number = card.number.clone();
    fields.extend(owned([
        ("PCD_PAY_CARDNAME", card.name.as_str()),
        ("PCD_PAY_CARDNUM", number.as_str()),
    ]));
    let request = Request {
        window: window.clone(),
        card,
        billing_key,
        at: now,
        used: false,
        entry: None,
    };
    world.payple.requests.insert(confirm_key, request);
    fields
}

fn register(
    world: &mut World,
    now: Timestamp,
    window: &Window,
    card: Card,
) -> Vec<(String, String)> {
    let (billing_key, known) = billing_key(world, window, &card);
    let entry = line(
        window,
        Money::won(0),
        &billing_key,
        book::Standing::Registered,
        now,
    );
    world.book.enter(entry);
    let message = if known {
        "기 인증고객 입니다."
    } else {
        "카드인증완료"
    };
    let mut fields = result(window, ("0000", message), &billing_key);
    fields.extend(owned([
        ("PCD_PAY_CARDNAME", card.name.as_str()),
        ("PCD_PAY_CARDNUM", card.number.as_str()),
    ]));
    fields
}

/// The key of this customer's card, and whether it was there before. App cards have none.
fn billing_key(world: &mut World, window: &Window, card: &Card) -> (String, bool) {
    if !window.takes_card_number() {
        return (String::new(), false);
    }
    let customer_id = window.form.get("PCD_PAYER_NO");
    let same = |known: &&Registered| {
        !known.deleted && known.customer_id == customer_id && known.card == *card
    };
    if let Some(known) = world.payple.cards.iter().find(same) {
        return (known.billing_key.clone(), true);
    }
    let billing_key = world.seed.payple_token();
    world.payple.cards.push(Registered {
        billing_key: billing_key.clone(),
        customer_id: customer_id.to_owned(),
        customer_name: window.form.text("PCD_PAYER_NAME"),
        customer_phone: window.form.text("PCD_PAYER_HP"),
        card: card.clone(),
        deleted: false,
    });
    (billing_key, false)
}

/// Takes the money and writes it into the book.
pub(super) fn capture(
    world: &mut World,
    now: Timestamp,
    window: &Window,
    card: Card,
    billing_key: String,
) -> Payment {
    let order_id = &window.order_id;
    let total = world.amount_to_capture(Gateway::Payple, order_id, window.total);
    let fresh = format!("{}{}", compact(now), world.seed.digits(10));
    let transaction_id = world.transaction_id(Gateway::Payple, order_id, fresh);
    let entry = world.book.enter(line(
        window,
        total,
        &transaction_id,
        book::Standing::Captured,
        now,
    ));
    let payment = Payment {
        window: window.clone(),
        card,
        billing_key,
        total,
        transaction_id,
        approval_no: world.seed.digits(8),
        at: now,
        visible_at: world.visible_at(Gateway::Payple, order_id, now),
        refunded: false,
        entry,
    };
    world.payple.payments.push(payment.clone());
    payment
}

fn line(
    window: &Window,
    amount: Money,
    transaction_id: &str,
    state: book::Standing,
    at: Timestamp,
) -> Entry {
    let (method, product_name) = (
        window.form.get("PCD_PAY_TYPE"),
        window.form.get("PCD_PAY_GOODS"),
    );
    Entry::new(
        (Gateway::Payple, &window.order_id),
        transaction_id,
        amount,
        (method, product_name),
        state,
        at,
    )
}

/// The keys that every success carries, in the order of the vendor's example. All values are strings on this path.
fn result(
    window: &Window,
    (code, message): (&str, &str),
    billing_key: &str,
) -> Vec<(String, String)> {
    let posted = |name: &'static str| (name, window.form.get(name));
    let or = |name: &'static str, default: &'static str| {
        (
            name,
            Some(window.form.get(name))
                .filter(|value| !value.is_empty())
                .unwrap_or(default),
        )
    };
    let total = window.total.to_wire();
    let mut fields = owned([
        ("PCD_PAY_RST", "success"),
        ("PCD_PAY_CODE", code),
        ("PCD_PAY_MSG", message),
        or("PCD_PAY_TYPE", "card"),
        posted("PCD_CARD_VER"),
        posted("PCD_PAY_WORK"),
        ("PCD_AUTH_KEY", &window.auth_key),
        ("PCD_PAY_HOST", ""),
        ("PCD_PAY_URL", ""),
        ("PCD_PAYER_ID", billing_key),
        posted("PCD_PAYER_NO"),
        posted("PCD_PAYER_NAME"),
        posted("PCD_PAYER_HP"),
        posted("PCD_PAYER_EMAIL"),
        posted("PCD_PAY_YEAR"),
        posted("PCD_PAY_MONTH"),
        ("PCD_PAY_OID", &window.order_id),
        posted("PCD_PAY_GOODS"),
    ]);
    if window.work() != "AUTH" {
        fields.extend(owned([
            ("PCD_PAY_AMOUNT", &total),
            ("PCD_PAY_DISCOUNT", ""),
            ("PCD_PAY_AMOUNT_REAL", &total),
            ("PCD_PAY_TOTAL", &total),
            or("PCD_PAY_TAXTOTAL", "0"),
        ]));
    }
    fields.extend(owned([
        or("PCD_PAY_ISTAX", "Y"),
        or("PCD_REGULER_FLAG", "N"),
        or("PCD_SIMPLE_FLAG", "N"),
        posted("PCD_RST_URL"),
        posted("PCD_USER_DEFINE1"),
        posted("PCD_USER_DEFINE2"),
    ]));
    fields
}

/// What is known of the card payment, as the newer documents name it.
pub(super) fn card_block(payment: &Payment) -> Vec<(String, String)> {
    let receipt = receipt(payment);
    owned([
        ("PCD_PAY_CARDNAME", &payment.card.name),
        ("PCD_PAY_CARDNUM", &payment.card.number),
        ("PCD_PAY_CARDQUOTA", "00"),
        ("PCD_PAY_CARDTRADENUM", &payment.transaction_id),
        ("PCD_PAY_CARDAUTHNO", &payment.approval_no),
        ("PCD_PAY_CARDRECEIPT", &receipt),
    ])
}

pub(super) fn receipt(payment: &Payment) -> String {
    let data = &payment.transaction_id;
    format!(
        "https://www.danalpay.com/receipt/creditcard/view.aspx?dataType=receipt&cpid=9810030929&data={data}"
    )
}

fn failed(world: &mut World, window: &Window, (code, message): (&str, &str)) -> Handback {
    if world
        .script
        .has(Gateway::Payple, &window.order_id, "bare_error")
    {
        let order_id = window.order_id.as_str();
        return hand_back(
            window,
            owned([
                ("PCD_PAY_RST", "error"),
                ("PCD_PAY_MSG", message),
                ("PCD_PAY_OID", order_id),
            ]),
        );
    }
    let mut fields = result(window, (code, message), "");
    "error".clone_into(&mut fields[0].1);
    hand_back(window, fields)
}

fn closed(window: &Window) -> Handback {
    if window.result_url().is_none() {
        return message(window, Json::default().text("type", "close").end());
    }
    let mut fields = result(window, ("", "결제를 종료하였습니다."), "");
    "close".clone_into(&mut fields[0].1);
    fields.remove(1); // a close has no code
    hand_back(window, fields)
}

fn hand_back(window: &Window, fields: Vec<(String, String)>) -> Handback {
    if let Some(url) = window.result_url() {
        return Handback::Post {
            url: url.to_owned(),
            fields,
        };
    }
    let data = fields
        .iter()
        .fold(Json::default(), |json, (name, value)| {
            json.text(name, value)
        })
        .end();
    message(
        window,
        Json::default()
            .text("type", "pay_result")
            .raw("data", &data)
            .end(),
    )
}

fn message(window: &Window, message: String) -> Handback {
    match &window.origin {
        Some(origin) => Handback::Message {
            message,
            target_origin: origin.clone(),
        },
        // As the vendor's FAQ has it: no Referer at auth.php, and the window can neither answer nor close.
        None => Handback::stay(
            "결과를 전달할 수 없습니다",
            "가맹점 인증 요청에 Referer 가 없어 결제 결과를 전달할 곳을 알 수 없습니다.",
        ),
    }
}

/// The first rule of the window that the posted object breaks.
fn broken_rule(window: &Window) -> Option<(String, String)> {
    let form = &window.form;
    let money = window.work() != "AUTH";
    let (code, text) = match form {
        _ if !matches!(window.work(), "AUTH" | "CERT" | "PAY") => ("CPCA9997", "결제방식 오류"),
        _ if !matches!(form.get("PCD_PAY_TYPE"), "card" | "transfer") => {
            ("CPCA9997", "결제방식 오류")
        }
        _ if form.get("PCD_PAYER_NO").len() > 18 => {
            ("cpc0034", "PCD_PAYER_NO 는 18자리를 넘을 수 없습니다.")
        }
        _ if !form
            .get("PCD_PAYER_NO")
            .bytes()
            .all(|byte| byte.is_ascii_digit()) =>
        {
            ("cpc0034", "PCD_PAYER_NO 는 숫자만 가능합니다.")
        }
        _ if window.order_id.len() > Gateway::Payple.order_id_max() => {
            ("cpc0034", "PCD_PAY_OID 는 30자리를 넘을 수 없습니다.")
        }
        _ if money && form.get("PCD_PAY_GOODS").is_empty() => (
            "SPCD0003",
            "결제 진행 중 오류가 발생하였습니다. 다시 시도해주세요.",
        ),
        _ if money && window.total.minor < 100 => ("SPCD0002", "결제가능 최저금액은 100원 입니다."),
        _ => return None,
    };
    Some(said((code, text)))
}

fn said((code, text): (&str, &str)) -> (String, String) {
    (code.to_owned(), text.to_owned())
}

fn is_late(window: &Window, now: Timestamp) -> bool {
    seconds_between(window.authorised_at, now) > WINDOW_LIFE.as_secs()
}

fn is_taken(state: &State, order_id: &str) -> bool {
    state
        .payments
        .iter()
        .any(|payment| payment.window.order_id == order_id)
        || state
            .requests
            .values()
            .any(|request| request.window.order_id == order_id)
}

const WINDOW_LIFE: Duration = Duration::from_secs(180);
const LATE: (&str, &str) = (
    "CPCA0001",
    "인증시간(3분)이 초과되었습니다. 다시 시도해주세요.",
);
const TAKEN: (&str, &str) = ("CPCA0201", "이미 존재하는 거래입니다. 다시 시도해주세요.");
