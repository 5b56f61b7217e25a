//! payments/request and the payment window.

use std::collections::BTreeMap;

use jiff::{Span, Timestamp};
use paypair_protocol::hash::{payhash, payhash_verification_only};
use paypair_protocol::{Currency, Money, Secret};

use crate::core::book::{self, Entry, EntryId};
use crate::core::clock::{compact, korean, korean_day, readable};
use crate::core::handback::Handback;
use crate::core::wire::{Form, Json, owned};
use crate::core::{Answer, Dispatch, Gateway, Owed, World};

/// The test client that everybody has.
pub(crate) const CLIENT_ID: &str = "pay_test";
pub(crate) const PAYMENT_KEY: &str = "MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA=";
pub(crate) const SEARCH_KEY: &str = "MUI3MjM0RUExQTgyRDA1ODZGRDUyOEM4OTY2QTVCN0Y=";

#[derive(Default)]
pub(crate) struct State {
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) payments: Vec<Payment>,
    /// The token's counter starts anew each day.
    day: String,
    counter: u64,
    /// The number inside tid; cid is one less.
    transactions: u64,
}

/// One payments/request and its window.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) token: String,
    pub(crate) form: Form,
    pub(crate) amount: Money,
    pub(crate) stage: Stage,
    pub(crate) account: Option<Account>,
    pub(super) at: Timestamp,
    pub(super) tid: String,
}

/// `status_code` of payments/status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Created = 1,
    Entered = 2,
    Authenticated = 3,
    Failed = 4,
    Completed = 5,
}

/// An issued virtual account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) number: String,
    pub(crate) holder: String,
    pub(crate) bank_code: String,
    pub(crate) bank_name: String,
    pub(crate) issue_tid: String,
    pub(crate) expire_date: String,
    pub(crate) expire_time: String,
    pub(crate) paid: bool,
    entry: EntryId,
}

/// Captured money.
#[derive(Debug, Clone)]
pub(super) struct Payment {
    pub(super) form: Form,
    pub(super) tid: String,
    pub(super) cid: String,
    pub(super) amount: Money,
    pub(super) at: Timestamp,
    pub(super) visible_at: Timestamp,
    pub(super) cancelled_at: Option<Timestamp>,
    pub(super) entry: EntryId,
    billing_key: String,
    pay_info: String,
}

impl Session {
    pub(crate) fn order_id(&self) -> &str {
        self.form.get("order_no")
    }

    pub(crate) fn is_virtual_account(&self) -> bool {
        self.form.get("pgcode") == "virtualaccount"
    }

    /// A card is registered, and no money is asked for.
    fn is_verification_only(&self) -> bool {
        self.form.get("autopay_flag") == "Y" && self.amount.is_zero()
    }

    /// What the buyer still may do here.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Created | Stage::Entered)
    }
}

/// `POST /v1.0/payments/request`.
pub(crate) fn request(world: &mut World, now: Timestamp, form: Form) -> Answer {
    let order_id = form.text("order_no");
    world.book.note(
        Gateway::Payletter,
        "/v1.0/payments/request",
        now,
        Some(order_id.clone()),
    );
    if world
        .script
        .has(Gateway::Payletter, &order_id, "auth_unavailable")
    {
        return error(500, 999, "Internal server error");
    }
    if let Some(wrong) = broken_rule(&form) {
        return error(406, 2001, &wrong);
    }
    let amount = Money::parse(form.get("amount"), &Currency::KRW).unwrap_or_default();
    let token = world.payletter.next_token(now);
    let url = |location: &str| {
        format!(
            "{}/payletter/pgsvc/hub.asp?location={location}&token={token}",
            world.options.base_url
        )
    };
    let answer = Json::default()
        .raw("token", &token)
        .text("online_url", &url("online"))
        .text("mobile_url", &url("mobile"));
    let session = Session {
        token: token.clone(),
        form,
        amount,
        stage: Stage::Created,
        account: None,
        at: now,
        tid: String::new(),
    };
    world.payletter.sessions.insert(token, session);
    Answer::json(200, answer.end())
}

/// A refusal in the domestic shape.
pub(super) fn error(status: u16, code: u16, message: &str) -> Answer {
    Answer::json(
        status,
        Json::default()
            .raw("code", &code.to_string())
            .text("message", message)
            .end(),
    )
}

impl State {
    /// 13 digits of unix milliseconds and 5 of a counter: a number above 2^53.
    fn next_token(&mut self, now: Timestamp) -> String {
        let today = korean_day(now);
        if self.day != today {
            (self.day, self.counter) = (today, 0);
        }
        self.counter += 1;
        format!("{:013}{:05}", now.as_millisecond(), self.counter % 100_000)
    }

    /// `t{client_id}-{yyyymmdd}{7 digits}` and the approval number one below.
    fn next_transaction(&mut self, now: Timestamp) -> (String, String) {
        self.transactions += 2;
        let number = 8_157_770 + self.transactions % 1_000_000;
        (
            format!("t{CLIENT_ID}-{}{number}", korean_day(now)),
            (number - 1).to_string(),
        )
    }
}

/// `GET /pgsvc/hub.asp`: the session behind a token, now entered.
pub(crate) fn enter(world: &mut World, token: &str) -> Option<Session> {
    let session = world.payletter.sessions.get_mut(token)?;
    if session.stage == Stage::Created {
        session.stage = Stage::Entered;
    }
    Some(session.clone())
}

/// What the buyer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Pay,
    Decline,
    Cancel,
    /// The transfer into a virtual account arrives.
    Deposit,
}

/// A button of the window was pressed: what has to be sent before the window hands back, and how it does.
pub(crate) fn act(
    world: &mut World,
    now: Timestamp,
    token: &str,
    deed: Deed,
    typed: &Form,
) -> (Dispatch, Handback) {
    let Some(session) = world.payletter.sessions.get(token).cloned() else {
        return (
            Dispatch::default(),
            Handback::stay("결제창 없음", "유효하지 않은 결제 토큰입니다."),
        );
    };
    let order_id = session.order_id().to_owned();
    if deed == Deed::Deposit {
        let dispatch = deposit(world, now, token);
        let text = "입금이 확인되었습니다. 가맹점에 입금 결과를 통보했습니다.";
        return dispatch.map_or_else(
            || (Dispatch::default(), Handback::already_done()),
            |sent| (sent, Handback::stay("입금 완료", text)),
        );
    }
    if !session.is_open() {
        return (Dispatch::default(), Handback::already_done());
    }
    let (stage, dispatch, ending) = match deed {
        Deed::Decline => {
            let fields = failure(&session.form, ("3001", "한도가 초과하였습니다"));
            (Stage::Failed, Dispatch::default(), back(&session, fields))
        }
        Deed::Cancel
            if world
                .script
                .has(Gateway::Payletter, &order_id, "paid_after_close") =>
        {
            let (dispatch, _) = pay(world, now, &session, CARD);
            (Stage::Completed, dispatch, cancelled(&session))
        }
        Deed::Cancel => (Stage::Entered, Dispatch::default(), cancelled(&session)),
        _ if session.is_virtual_account() => {
            let account = issue(world, now, &session, typed);
            let fields = issued(&session, &account, now);
            world
                .payletter
                .sessions
                .entry(token.to_owned())
                .and_modify(|kept| kept.account = Some(account));
            (
                Stage::Authenticated,
                Dispatch::default(),
                back(&session, fields),
            )
        }
        _ if session.is_verification_only() => {
            let fields = register(world, now, &session);
            (
                Stage::Completed,
                Dispatch::default(),
                back(&session, fields),
            )
        }
        _ => {
            let (dispatch, payment) = pay(world, now, &session, CARD);
            (
                Stage::Completed,
                dispatch,
                back(&session, returned(&payment)),
            )
        }
    };
    if let Some(session) = world.payletter.sessions.get_mut(token) {
        session.stage = stage;
    }
    let lost = deed != Deed::Cancel
        && world
            .script
            .has(Gateway::Payletter, &order_id, "return_never");
    (dispatch, if lost { Handback::never() } else { ending })
}

/// Money arrives on the virtual account of this token.
fn deposit(world: &mut World, now: Timestamp, token: &str) -> Option<Dispatch> {
    let session = world.payletter.sessions.get_mut(token)?;
    let account = session.account.as_mut().filter(|account| !account.paid)?;
    account.paid = true;
    session.stage = Stage::Completed;
    let (entry, number) = (account.entry, account.number.clone());
    let session = session.clone();
    let payment = capture(world, now, &session, &number, Some(entry));
    Some(call_back(world, now, &session, &payment))
}

/// The same by order id, for the control API; `None` if no account of that order waits.
pub(crate) fn deposit_for(world: &mut World, now: Timestamp, order_id: &str) -> Option<Dispatch> {
    let waits = |session: &&Session| {
        session.order_id() == order_id
            && session
                .account
                .as_ref()
                .is_some_and(|account| !account.paid)
    };
    let token = world
        .payletter
        .sessions
        .values()
        .rev()
        .find(waits)?
        .token
        .clone();
    deposit(world, now, &token)
}

fn pay(
    world: &mut World,
    now: Timestamp,
    session: &Session,
    pay_info: &str,
) -> (Dispatch, Payment) {
    let payment = capture(world, now, session, pay_info, None);
    (call_back(world, now, session, &payment), payment)
}

/// Takes the money: a new line of the book, or the awaited one.
fn capture(
    world: &mut World,
    now: Timestamp,
    session: &Session,
    pay_info: &str,
    awaited: Option<EntryId>,
) -> Payment {
    let order_id = session.order_id();
    let amount = world.amount_to_capture(Gateway::Payletter, order_id, session.amount);
    let (tid, cid) = world.payletter.next_transaction(now);
    let tid = world.transaction_id(Gateway::Payletter, order_id, tid);
    let fresh = line(&session.form, amount, &tid, book::Standing::Captured, now);
    let entry = awaited.unwrap_or_else(|| world.book.enter(fresh.clone()));
    *world.book.entry(entry) = fresh;
    let recurring = session.form.get("autopay_flag") == "Y";
    let payment = Payment {
        form: session.form.clone(),
        tid: tid.clone(),
        cid,
        amount,
        at: now,
        visible_at: world.visible_at(Gateway::Payletter, order_id, now),
        cancelled_at: None,
        entry,
        billing_key: if recurring {
            billing_key(world, now)
        } else {
            String::new()
        },
        pay_info: pay_info.to_owned(),
    };
    world.payletter.payments.push(payment.clone());
    if let Some(session) = world.payletter.sessions.get_mut(&session.token) {
        session.tid = tid;
    }
    payment
}

fn register(world: &mut World, now: Timestamp, session: &Session) -> Vec<(String, String)> {
    let billing_key = billing_key(world, now);
    world.book.enter(line(
        &session.form,
        session.amount,
        &billing_key,
        book::Standing::Registered,
        now,
    ));
    let digest = payhash_verification_only(
        session.form.get("user_id"),
        &billing_key,
        &Secret::new(PAYMENT_KEY),
    )
    .to_upper_hex();
    let mut fields = described(&session.form, ("0", ""));
    fields.extend(owned([
        ("pgcode", session.form.get("pgcode")),
        ("pay_info", CARD),
        ("billkey", &billing_key),
        ("card_info", MASKED_CARD),
        ("payhash", &digest),
    ]));
    fields
}

fn billing_key(world: &mut World, now: Timestamp) -> String {
    format!("tb{CLIENT_ID}{}{}", compact(now), world.seed.digits(4))
}

fn line(
    form: &Form,
    amount: Money,
    transaction_id: &str,
    state: book::Standing,
    at: Timestamp,
) -> Entry {
    let of = (Gateway::Payletter, form.get("order_no"));
    Entry::new(
        of,
        transaction_id,
        amount,
        (form.get("pgcode"), form.get("product_name")),
        state,
        at,
    )
}

fn issue(world: &mut World, now: Timestamp, session: &Session, typed: &Form) -> Account {
    // The recorded issuer says 88, not 088.
    let (bank_code, bank_name) = BANKS
        .iter()
        .find(|(code, _)| *code == typed.get("bank_code"))
        .unwrap_or(&BANKS[0]);
    let issue_tid = format!("IniTechPG_inivacct01{}", &compact(now)[..12]);
    let awaited = line(
        &session.form,
        session.amount,
        &issue_tid,
        book::Standing::AwaitingDeposit,
        now,
    );
    let given = |name: &str| Some(session.form.text(name)).filter(|value| !value.is_empty());
    let in_a_week = korean(now)
        .checked_add(Span::new().days(7))
        .unwrap_or_else(|_| korean(now));
    Account {
        number: format!("562{}", world.seed.digits(11)),
        holder: "페이페어상점".into(),
        bank_code: (*bank_code).to_owned(),
        bank_name: (*bank_name).to_owned(),
        issue_tid,
        expire_date: given("expire_date")
            .unwrap_or_else(|| in_a_week.strftime("%Y%m%d").to_string()),
        expire_time: given("expire_time").unwrap_or_default(),
        paid: false,
        entry: world.book.enter(awaited),
    }
}

/// The fields that success and failure share, in the recorded order.
fn described(form: &Form, (code, message): (&str, &str)) -> Vec<(String, String)> {
    owned([
        ("code", code),
        ("message", message),
        ("user_id", form.get("user_id")),
        ("user_name", form.get("user_name")),
        ("order_no", form.get("order_no")),
        ("service_name", form.get("service_name")),
        ("product_name", form.get("product_name")),
        ("custom_parameter", form.get("custom_parameter")),
    ])
}

fn failure(form: &Form, outcome: (&str, &str)) -> Vec<(String, String)> {
    let mut fields = described(form, outcome);
    fields.retain(|(name, _)| name != "user_name");
    fields
}

/// The return of a captured payment, in the order of the recorded ones.
fn returned(payment: &Payment) -> Vec<(String, String)> {
    let form = &payment.form;
    let amount = payment.amount.to_wire();
    let (tax_free, tax) = taxes(form, payment.amount);
    let mut fields = described(form, ("0", ""));
    fields.extend(owned([
        ("pgcode", form.get("pgcode")),
        ("tid", &payment.tid),
        ("cid", &payment.cid),
        ("amount", &amount),
        ("pay_info", &payment.pay_info),
        ("domestic_flag", "N"),
        ("install_month", "00"),
        ("payhash", &signature(payment)),
        ("taxfree_amount", &tax_free),
        ("tax_amount", &tax),
        ("nonsettle_amount", "0"),
        ("transaction_date", &readable(payment.at)),
    ]));
    if !payment.billing_key.is_empty() {
        fields.extend(owned([
            ("billkey", payment.billing_key.as_str()),
            ("card_info", MASKED_CARD),
        ]));
    }
    fields
}

/// The return of an issued account. No money has moved, so there is no payhash.
fn issued(session: &Session, account: &Account, now: Timestamp) -> Vec<(String, String)> {
    let mut fields = described(&session.form, ("0", ""));
    let amount = session.amount.to_wire();
    fields.extend(owned([
        ("pgcode", session.form.get("pgcode")),
        ("amount", &amount),
        ("account_no", &account.number),
        ("account_name", session.form.get("user_name")),
        ("account_holder", &account.holder),
        ("bank_code", &account.bank_code),
        ("bank_name", &account.bank_name),
        ("issue_tid", &account.issue_tid),
        ("expire_date", &account.expire_date),
        ("expire_time", &account.expire_time),
        ("transaction_date", &readable(now)),
    ]));
    fields
}

fn call_back(world: &mut World, now: Timestamp, session: &Session, payment: &Payment) -> Dispatch {
    let order_id = session.order_id();
    let mut fault = |name: &str| world.script.has(Gateway::Payletter, order_id, name);
    let payhash = match (fault("callback_without_hash"), fault("callback_bad_hash")) {
        (true, _) => None,
        (_, true) => Some(sign(payment, &Secret::new(SEARCH_KEY))),
        _ => Some(signature(payment)),
    };
    let other = format!("{order_id}-other");
    let named = if fault("callback_other_order") {
        &other
    } else {
        order_id
    };
    let body = callback(payment, named, payhash.as_deref());
    let owed = Owed {
        entry: payment.entry,
        url: session.form.text("callback_url"),
        body,
    };
    world.dispatch((Gateway::Payletter, order_id), owed, now)
}

/// The callback: keys in alphabetical order, as recorded.
fn callback(payment: &Payment, order_id: &str, payhash: Option<&str>) -> String {
    let form = &payment.form;
    let (tax_free, tax) = taxes(form, payment.amount);
    let card = if payment.pay_info == CARD {
        MASKED_CARD
    } else {
        ""
    };
    let receipt = [
        "cid",
        "code",
        "deal_no",
        "issue_type",
        "message",
        "payer_sid",
    ];
    let receipt = receipt
        .iter()
        .fold(Json::default(), |json, name| json.text(name, ""))
        .text("type", "06")
        .end();
    let json = Json::default()
        .raw("amount", &payment.amount.to_wire())
        .text("billkey", &payment.billing_key)
        .text("card_info", card)
        .raw("cash_receipt", &receipt)
        .text("cid", &payment.cid)
        .text("custom_parameter", form.get("custom_parameter"))
        .raw("disposable_cup_deposit", "0")
        .text("domestic_flag", if card.is_empty() { "" } else { "N" })
        .text("install_month", if card.is_empty() { "" } else { "00" })
        .raw("nonsettle_amount", "0")
        .text("order_no", order_id)
        .text("pay_info", &payment.pay_info);
    let json = match payhash {
        Some(payhash) => json.text("payhash", payhash),
        None => json,
    };
    json.text("pgcode", form.get("pgcode"))
        .text("product_name", form.get("product_name"))
        .text("service_name", form.get("service_name"))
        .raw("tax_amount", &tax)
        .raw("taxfree_amount", &tax_free)
        .text("tid", &payment.tid)
        .text("transaction_date", &readable(payment.at))
        .text("user_id", form.get("user_id"))
        .text("user_name", form.get("user_name"))
        .end()
}

fn signature(payment: &Payment) -> String {
    sign(payment, &Secret::new(PAYMENT_KEY))
}

fn sign(payment: &Payment, key: &Secret) -> String {
    payhash(
        payment.form.get("user_id"),
        payment.amount.to_wire(),
        &payment.tid,
        key,
    )
    .to_upper_hex()
}

/// The tax-free part and the tax: what was asked, or an eleventh of the rest, rounded half up.
pub(super) fn taxes(form: &Form, amount: Money) -> (String, String) {
    let asked = |name: &str| form.get(name).parse::<u64>().ok();
    let tax_free = asked("taxfree_amount").unwrap_or(0);
    let tax = asked("tax_amount")
        .unwrap_or_else(|| (amount.minor.saturating_sub(tax_free) * 2 + 11) / 22);
    (tax_free.to_string(), tax.to_string())
}

fn back(session: &Session, fields: Vec<(String, String)>) -> Handback {
    Handback::Post {
        url: session.form.text("return_url"),
        fields,
    }
}

/// A plain GET, and nothing in it says which order it was.
fn cancelled(session: &Session) -> Handback {
    match session.form.get("cancel_url") {
        "" => Handback::stay("결제 취소", "결제가 취소되었습니다. 이 창을 닫아주세요."),
        url => Handback::Get {
            url: url.to_owned(),
        },
    }
}

fn broken_rule(form: &Form) -> Option<String> {
    if form.get("client_id") != CLIENT_ID {
        return Some("가맹점 정보가 존재하지 않습니다. (client_id)".into());
    }
    let required = [
        "pgcode",
        "user_id",
        "amount",
        "product_name",
        "return_url",
        "callback_url",
    ];
    if let Some(missing) = required.iter().find(|name| form.get(name).is_empty()) {
        return Some(format!("필수 파라미터가 누락되었습니다. ({missing})"));
    }
    let too_small = Money::parse(form.get("amount"), &Currency::KRW).map_or(true, |amount| {
        let least = if form.get("pgcode") == "virtualaccount" {
            500
        } else {
            100
        };
        amount.minor < least && !(amount.is_zero() && form.get("autopay_flag") == "Y")
    });
    too_small.then(|| "결제 금액이 올바르지 않습니다. (amount)".into())
}

/// Banks that issue accounts here.
pub(crate) const BANKS: [(&str, &str); 4] = [
    ("88", "신한은행"),
    ("04", "국민은행"),
    ("20", "우리은행"),
    ("11", "농협은행"),
];
const CARD: &str = "테스트카드";
const MASKED_CARD: &str = "457973******1234";
