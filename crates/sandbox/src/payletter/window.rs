//! What the buyer does in the window, and at the bank.

use jiff::{Span, Timestamp};
use paypair_protocol::Money;

use super::core::{Account, BillingKey, CashReceipt, Payment, Session, Stage};
use super::messages::{CARD, back, call_back, cancelled, failure, issued, registered, returned};
use crate::core::book::{self, Entry, EntryId};
use crate::core::clock::{compact, korean, korean_day};
use crate::core::handback::{Deed, Handback};
use crate::core::wire::Form;
use crate::core::{Dispatch, Gateway, World};

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
        expire(world, now);
        let expired = session.account.as_ref();
        if expired.is_some_and(|account| !account.paid && account.is_expired(now)) {
            let text = "입금 기한이 지나 입금할 수 없습니다.";
            return (Dispatch::default(), Handback::stay("입금 기한 만료", text));
        }
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
    if let Some(handback) = leave_for_app(world, &session, deed) {
        return (Dispatch::default(), handback);
    }
    let mut dispatch = Dispatch::default();
    let (stage, ending) = match deed {
        Deed::Decline => {
            let fields = failure(&session.form, ("3001", "한도가 초과하였습니다"));
            (Stage::Failed, back(&session, fields))
        }
        Deed::Cancel if world.struck(Gateway::Payletter, &order_id, "paid_after_close") => {
            dispatch = pay(world, now, &session, typed).0;
            (Stage::Completed, cancelled(&session))
        }
        Deed::Cancel => (Stage::Entered, cancelled(&session)),
        _ if session.is_virtual_account() => {
            let account = issue(world, now, &session, typed);
            let fields = issued(&session, &account, now);
            world
                .payletter
                .sessions
                .entry(token.to_owned())
                .and_modify(|kept| kept.account = Some(account));
            (Stage::Authenticated, back(&session, fields))
        }
        _ if session.is_verification_only() => {
            let fields = register(world, now, &session);
            (Stage::Completed, back(&session, fields))
        }
        _ => {
            let (sent, payment) = pay(world, now, &session, typed);
            dispatch = sent;
            (Stage::Completed, back(&session, returned(&payment)))
        }
    };
    if let Some(session) = world.payletter.sessions.get_mut(token) {
        session.stage = stage;
    }
    let lost = deed != Deed::Cancel && world.struck(Gateway::Payletter, &order_id, "return_never");
    (dispatch, if lost { Handback::never() } else { ending })
}

/// Money arrives on the virtual account of this token.
fn deposit(world: &mut World, now: Timestamp, token: &str) -> Option<Dispatch> {
    let session = world.payletter.sessions.get_mut(token)?;
    let open = |account: &&mut Account| !account.paid && !account.is_expired(now);
    let account = session.account.as_mut().filter(open)?;
    account.paid = true;
    session.stage = Stage::Completed;
    let (entry, number) = (account.entry, account.number.clone());
    let session = session.clone();
    let made = Made {
        method: "virtualaccount",
        pay_info: &number,
        billing_key: None,
    };
    let payment = capture(world, now, &session, &made, Some(entry));
    Some(call_back(world, now, &session, &payment))
}

/// The same by order id, for the control API; `None` if no account of that order waits.
pub(crate) fn deposit_for(world: &mut World, now: Timestamp, order_id: &str) -> Option<Dispatch> {
    let waits = |session: &&Session| {
        session.order_id() == order_id
            && session
                .account
                .as_ref()
                .is_some_and(|account| !account.paid && !account.is_expired(now))
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

/// Nobody paid in before these accounts expired.
pub(crate) fn expire(world: &mut World, now: Timestamp) {
    for session in world.payletter.sessions.values() {
        if let Some(account) = &session.account
            && !account.paid
            && account.is_expired(now)
        {
            world.book.entry(account.entry).state = book::Standing::Expired;
        }
    }
}

/// An in-app payment goes on in the card company's app. That comes back by the merchant's own scheme, with a URL behind
/// it which the merchant's webview must load to finish.
fn leave_for_app(world: &World, session: &Session, deed: Deed) -> Option<Handback> {
    let (name, result) = match deed {
        Deed::Pay => ("app_return_url", "00"),
        Deed::Cancel => ("app_cancel_url", "01"),
        Deed::Decline | Deed::Deposit | Deed::Hold => return None,
    };
    let prefix = session.app_url(name).filter(|_| !session.back_from_app)?;
    let slash = if prefix.ends_with('/') { "" } else { "/" };
    let (base, token) = (&world.options.base_url, &session.token);
    let url = format!(
        "{prefix}{slash}{base}/payletter/PGSVC/MobileCard/ISPPay.asp?token={token}&vpresult={result}"
    );
    Some(Handback::Get { url })
}

/// `GET /PGSVC/MobileCard/ISPPay.asp`: the webview is back from the app.
pub(crate) fn back_from_app(
    world: &mut World,
    now: Timestamp,
    query: &Form,
) -> (Dispatch, Handback) {
    let deed = if query.get("vpresult") == "00" {
        Deed::Pay
    } else {
        Deed::Cancel
    };
    let token = query.get("token");
    let mut sessions = world.payletter.sessions.values_mut();
    if let Some(session) = sessions.find(|session| session.token == token && session.is_open()) {
        session.back_from_app = true;
    }
    act(world, now, token, deed, query)
}

fn pay(world: &mut World, now: Timestamp, session: &Session, typed: &Form) -> (Dispatch, Payment) {
    let asked = session.form.get("pgcode");
    let family = session.comes_back_as();
    let chosen = family
        .iter()
        .find(|method| **method == typed.get("made_as"));
    let method = chosen.or_else(|| family.first()).copied().unwrap_or(asked);
    let made = Made {
        method,
        pay_info: pay_info(method),
        billing_key: None,
    };
    let payment = capture(world, now, session, &made, None);
    (call_back(world, now, session, &payment), payment)
}

/// Takes the money: a new line of the book, or the awaited one.
fn capture(
    world: &mut World,
    now: Timestamp,
    session: &Session,
    made: &Made<'_>,
    awaited: Option<EntryId>,
) -> Payment {
    let order_id = session.order_id();
    let amount = world.amount_to_capture(Gateway::Payletter, order_id, session.amount);
    let (tid, cid) = world
        .payletter
        .next_transaction(now, &session.client.client_id);
    let tid = world.transaction_id(Gateway::Payletter, order_id, tid);
    let mut fresh = line(&session.form, amount, &tid, book::Standing::Captured, now);
    made.method.clone_into(&mut fresh.method);
    let entry = awaited.unwrap_or_else(|| world.book.enter(fresh.clone()));
    *world.book.entry(entry) = fresh;
    let billing_key = match made.billing_key {
        Some(charged) => charged.to_owned(),
        None if session.form.get("autopay_flag") == "Y" => {
            let last = Some((korean_day(now), amount));
            issue_billing_key(world, now, session, last)
        }
        None => String::new(),
    };
    let by_cash = matches!(made.method, "banktransfer" | "virtualaccount");
    let asked_receipt = by_cash && session.form.get("receipt_flag") == "Y";
    let payment = Payment {
        client: session.client.clone(),
        form: session.form.clone(),
        tid: tid.clone(),
        cid,
        amount,
        at: now,
        visible_at: world.visible_at(Gateway::Payletter, order_id, now),
        cancelled: Vec::new(),
        entry,
        method: made.method.to_owned(),
        billing_key,
        pay_info: made.pay_info.to_owned(),
        cash_receipt: asked_receipt.then(|| CashReceipt {
            approval_no: format!("E{}", world.seed.digits(8)),
            purpose: "01",
            payer_id: PHONE.to_owned(),
        }),
    };
    world.payletter.payments.push(payment.clone());
    if let Some(session) = world.payletter.sessions.get_mut(&session.token) {
        session.tid = tid;
    }
    payment
}

/// A billing key is charged.
pub(super) fn capture_charge(
    world: &mut World,
    now: Timestamp,
    session: &Session,
    pay_info: &str,
    billing_key: &str,
) -> Payment {
    let made = Made {
        method: session.form.get("pgcode"),
        pay_info,
        billing_key: Some(billing_key),
    };
    capture(world, now, session, &made, None)
}

/// How a payment was made.
struct Made<'m> {
    method: &'m str,
    pay_info: &'m str,
    /// The key that was charged.
    billing_key: Option<&'m str>,
}

/// What the gateway tells of the means of payment.
pub(super) fn pay_info(method: &str) -> &'static str {
    if method == "mobile" { PHONE } else { CARD }
}

const PHONE: &str = "01012345678";

fn register(world: &mut World, now: Timestamp, session: &Session) -> Vec<(String, String)> {
    let billing_key = issue_billing_key(world, now, session, None);
    let state = book::Standing::Registered;
    world.book.enter(line(
        &session.form,
        session.amount,
        &billing_key,
        state,
        now,
    ));
    registered(session, &billing_key)
}

fn issue_billing_key(
    world: &mut World,
    now: Timestamp,
    session: &Session,
    last: Option<(String, Money)>,
) -> String {
    let client_id = session.client.client_id.clone();
    let key = format!("tb{client_id}{}{}", compact(now), world.seed.digits(4));
    let issued = BillingKey {
        client_id,
        order_id: session.order_id().to_owned(),
        customer_id: session.form.text("user_id"),
        method: session.form.text("pgcode"),
        issued_on: korean_day(now),
        last,
        void: false,
    };
    world.payletter.billing_keys.insert(key.clone(), issued);
    key
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

/// Banks that issue accounts here.
pub(crate) const BANKS: [(&str, &str); 4] = [
    ("88", "신한은행"),
    ("04", "국민은행"),
    ("20", "우리은행"),
    ("11", "농협은행"),
];
