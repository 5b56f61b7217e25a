//! payment/request and the payment window.

use std::collections::BTreeMap;

use jiff::Timestamp;
use paypair_protocol::hash::notice_hash;
use paypair_protocol::{Currency, Money, Secret};

use crate::core::book::{self, Entry, EntryId};
use crate::core::clock::{korean_day, readable_utc};
use crate::core::handback::Handback;
use crate::core::wire::{Form, Json, form_body, owned};
use crate::core::{Answer, Dispatch, Gateway, Owed, World};

/// The test store that everybody has.
pub(crate) const STORE_ID: &str = "PL_Merchant";
pub(crate) const API_KEY: &str = "PL_Merchant";

#[derive(Default)]
pub(crate) struct State {
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) payments: Vec<Payment>,
    day: String,
    counter: u64,
    notices: u64,
}

/// One payment/request and its window.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) token: String,
    pub(crate) form: Form,
    pub(crate) amount: Money,
    pub(crate) open: bool,
}

impl Session {
    pub(crate) fn order_id(&self) -> &str {
        self.form.get("storeorderno")
    }

    pub(crate) fn method(&self) -> &str {
        Some(self.form.get("pginfo"))
            .filter(|name| !name.is_empty())
            .unwrap_or("PLCreditCard")
    }
}

/// Captured money.
#[derive(Debug, Clone)]
pub(super) struct Payment {
    pub(super) session: Session,
    pub(super) pay_token: String,
    pub(super) amount: Money,
    pub(super) refunded: Money,
    pub(super) at: Timestamp,
    pub(super) visible_at: Timestamp,
    pub(super) cancelled_at: Option<Timestamp>,
    pub(super) entry: EntryId,
    pub(super) pg_token: String,
    billing_key: String,
    card: (String, String),
}

/// `notifytype`. The hash does not cover it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoticeKind {
    Paid = 1,
    Refunded = 2,
    PartlyRefunded = 4,
}

/// `POST /api/payment/request`.
pub(crate) fn request(world: &mut World, now: Timestamp, form: Form) -> Answer {
    let order_id = form.text("storeorderno");
    world.book.note(
        Gateway::PayletterGlobal,
        "/api/payment/request",
        now,
        Some(order_id.clone()),
    );
    if world
        .script
        .has(Gateway::PayletterGlobal, &order_id, "auth_unavailable")
    {
        return error(500, (999, "Internal Error"), "Internal Error");
    }
    let amount = match asked(&form) {
        Ok(amount) => amount,
        Err(detail) => return error(400, INVALID, &detail),
    };
    let token = world.payletter_global.next_token(now);
    let url = |location: &str| {
        format!(
            "{}/payletter_global/hub.aspx?location={location}&token={token}",
            world.options.base_url
        )
    };
    let answer = Json::default()
        .raw("token", &token)
        .text("online_url", &url("online"))
        .text("mobile_url", &url("mobile"));
    world.payletter_global.sessions.insert(
        token.clone(),
        Session {
            token,
            form,
            amount,
            open: true,
        },
    );
    Answer::json(200, answer.end())
}

/// A refusal in the global shape.
pub(super) fn error(status: u16, (code, message): (u16, &str), detail: &str) -> Answer {
    let code = code.to_string();
    let inner = Json::default()
        .raw("code", &code)
        .text("message", message)
        .text("detail", detail)
        .raw("plcode", &code);
    Answer::json(status, Json::default().raw("error", &inner.end()).end())
}

pub(super) const INVALID: (u16, &str) = (997, "The request is invalid.");

fn asked(form: &Form) -> Result<Money, String> {
    if form.get("storeid") != STORE_ID {
        return Err("[2102]Not exist PG contract information".into());
    }
    let required = [
        "currency",
        "storeorderno",
        "amount",
        "payerid",
        "payeremail",
        "returnurl",
    ];
    if let Some(missing) = required.iter().find(|name| form.get(name).is_empty()) {
        return Err(format!("[2001]Required parameter is missing ({missing})"));
    }
    let currency =
        Currency::parse(form.get("currency")).map_err(|_| "[2003]Invalid currency".to_owned())?;
    let amount = Money::parse(form.get("amount"), &currency)
        .map_err(|_| "[2004]Invalid amount".to_owned())?;
    if amount.is_zero() {
        Err("[2004]Invalid amount".into())
    } else {
        Ok(amount)
    }
}

impl State {
    pub(crate) fn session(&self, token: &str) -> Option<Session> {
        self.sessions.get(token).cloned()
    }

    /// 10 digits of unix seconds and 5 of a counter.
    fn next_token(&mut self, now: Timestamp) -> String {
        let today = korean_day(now);
        if self.day != today {
            (self.day, self.counter) = (today, 0);
        }
        self.counter += 1;
        format!("{:010}{:05}", now.as_second(), self.counter % 100_000)
    }
}

/// What the buyer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Pay,
    Decline,
    Cancel,
}

/// A button of the window was pressed: what has to be sent before the window hands back, and how it does.
pub(crate) fn act(
    world: &mut World,
    now: Timestamp,
    token: &str,
    deed: Deed,
    typed: &Form,
) -> (Dispatch, Handback) {
    let Some(session) = world.payletter_global.sessions.get(token).cloned() else {
        return (
            Dispatch::default(),
            Handback::stay(
                "Invalid token",
                "유효하지 않은 결제 토큰입니다. The token is not valid.",
            ),
        );
    };
    if !session.open {
        return (Dispatch::default(), Handback::already_done());
    }
    let order_id = session.order_id().to_owned();
    let paid_anyway = deed == Deed::Cancel
        && world
            .script
            .has(Gateway::PayletterGlobal, &order_id, "paid_after_close");
    let mut dispatch = Dispatch::default();
    let mut paid = session.amount;
    if deed == Deed::Pay || paid_anyway {
        let payment = capture(world, now, &session, typed);
        paid = payment.amount;
        dispatch = notify(world, now, &payment, NoticeKind::Paid, payment.amount);
    }
    let outcome = match deed {
        Deed::Pay => ("0", ""),
        Deed::Decline => ("2301", "The card was declined by the issuer."),
        Deed::Cancel => ("2302", "The payment was cancelled by the user."),
    };
    if let Some(session) = world.payletter_global.sessions.get_mut(token) {
        session.open = false;
    }
    let lost = deed != Deed::Cancel
        && world
            .script
            .has(Gateway::PayletterGlobal, &order_id, "return_never");
    let url = session.form.text("returnurl");
    let fields = returned(&session, outcome, &world.amount_text(paid));
    (
        dispatch,
        if lost {
            Handback::never()
        } else {
            Handback::Post { url, fields }
        },
    )
}

fn capture(world: &mut World, now: Timestamp, session: &Session, typed: &Form) -> Payment {
    let order_id = session.order_id();
    let amount = world.amount_to_capture(Gateway::PayletterGlobal, order_id, session.amount);
    let fresh = format!("{}{}", korean_day(now), world.seed.upper_alphanumerics(12));
    let pay_token = world.transaction_id(Gateway::PayletterGlobal, order_id, fresh);
    let names = (session.method(), session.form.get("servicename"));
    let of = (Gateway::PayletterGlobal, order_id);
    let entry = world.book.enter(Entry::new(
        of,
        &pay_token,
        amount,
        names,
        book::Standing::Captured,
        now,
    ));
    let recurring = session.form.get("recurringtype") == "Y";
    let payment = Payment {
        session: session.clone(),
        pay_token,
        amount,
        refunded: Money { minor: 0, ..amount },
        at: now,
        visible_at: world.visible_at(Gateway::PayletterGlobal, order_id, now),
        cancelled_at: None,
        entry,
        pg_token: world.seed.digits(7),
        billing_key: if recurring {
            format!("T{STORE_ID}{}{}", korean_day(now), world.seed.digits(6))
        } else {
            String::new()
        },
        card: card(typed),
    };
    world.payletter_global.payments.push(payment.clone());
    payment
}

fn card(typed: &Form) -> (String, String) {
    let digits: String = typed
        .get("card_number")
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    let kind = match digits.as_bytes() {
        [b'4', ..] => "VISA",
        [b'5', ..] => "MASTER",
        [b'3', b'5', ..] => "JCB",
        [b'3', ..] => "AMEX",
        _ => "testcard",
    };
    let tail = digits
        .len()
        .checked_sub(4)
        .map_or("6156", |at| &digits[at..]);
    (kind.to_owned(), format!("************{tail}"))
}

/// The browser's return. Nothing in it is signed.
fn returned(
    session: &Session,
    (code, message): (&str, &str),
    amount: &str,
) -> Vec<(String, String)> {
    owned([
        ("retcode", code),
        ("retmsg", message),
        ("storeid", STORE_ID),
        ("storeorderno", session.order_id()),
        ("payamt", amount),
        ("custom", session.form.get("custom")),
        ("pginfo", session.method()),
    ])
}

/// Puts a notification into the mail, if the merchant gave an address for it.
pub(super) fn notify(
    world: &mut World,
    now: Timestamp,
    payment: &Payment,
    kind: NoticeKind,
    amount: Money,
) -> Dispatch {
    let session = &payment.session;
    let url = session.form.text("notiurl");
    if url.is_empty() {
        return Dispatch::default();
    }
    world.payletter_global.notices += 1;
    let notice_id = (180_292 + world.payletter_global.notices).to_string();
    let order_id = session.order_id();
    let mut fault = |name: &str| world.script.has(Gateway::PayletterGlobal, order_id, name);
    let (unsigned, forged, misnamed) = (
        fault("callback_without_hash"),
        fault("callback_bad_hash"),
        fault("callback_other_order"),
    );
    let other = format!("{order_id}-other");
    let named = if misnamed { other.as_str() } else { order_id };
    let amount_text = world.amount_text(amount);
    let timestamp = now.as_second().to_string();
    let currency = amount.currency;
    let key = Secret::new(if forged { "PL_Other" } else { API_KEY });
    let payer_id = session.form.get("payerid");
    let digest = notice_hash(
        STORE_ID,
        currency.as_str(),
        named,
        &amount_text,
        payer_id,
        &timestamp,
        &key,
    )
    .to_lower_hex();
    let mut fields = owned([
        ("storeid", STORE_ID),
        ("countrycode", "KOR"),
        ("currency", currency.as_str()),
        ("storeorderno", named),
        ("payamt", &amount_text),
        ("payerid", payer_id),
        ("payeremail", session.form.get("payeremail")),
        ("servicename", session.form.get("servicename")),
        ("custom", session.form.get("custom")),
        ("payinfo", session.form.get("payinfo")),
        ("pginfo", session.method()),
        ("timestamp", &timestamp),
        ("hash", &digest),
        ("notifytype", &(kind as u8).to_string()),
        ("paytoken", &payment.pay_token),
        ("trantime", &readable_utc(now)),
        ("retcode", "0"),
        ("retmsg", ""),
        ("poqtoken", &payment.billing_key),
        ("cardkind", &payment.card.0),
        ("cardno", &payment.card.1),
        ("notifyid", &notice_id),
    ]);
    fields.retain(|(name, _)| !(unsigned && name == "hash"));
    let owed = Owed {
        entry: payment.entry,
        url,
        body: form_body(&fields),
    };
    world.dispatch((Gateway::PayletterGlobal, order_id), owed, now)
}

impl World {
    /// `payamt`: trailing zeros dropped (`1.00` becomes `1`), unless the options keep them.
    pub(super) fn amount_text(&self, amount: Money) -> String {
        let text = amount.to_wire();
        let short = self.options.short_amounts && text.contains('.');
        if short {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        }
    }
}
