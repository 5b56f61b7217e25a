//! What a window's result is good for. It is unsigned and came through a browser: it can make us ask, never believe.

use paypair_ledger::{Attempt, Reason};
use paypair_protocol::{
    Currency, Money, Secret, Work,
    payple::{Hosts, Outcome, WindowResult, codes},
};

use super::{Confirmable, Session};

/// What follows from a result.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It does not belong to this attempt, or asks for what is not allowed. Nothing changes; the timeline remembers.
    Refuse(&'static str),
    /// The buyer closed the window.
    Closed,
    /// The gateway is said to have declined.
    Declined(Reason),
    /// CERT: the buyer authenticated, we may confirm.
    Confirm(Confirmable),
    /// It may be paid, or on its way to be; ask.
    LookUp,
    /// AUTH: a card may be registered under this key; ask.
    AskPayer(Secret),
}

impl std::fmt::Debug for Confirmable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Compares a result with the attempt and says what follows.
pub(super) fn judge(
    attempt: &Attempt,
    session: &Session,
    hosts: &Hosts,
    result: &WindowResult,
) -> Verdict {
    if let Some(difference) = difference(attempt, session, result) {
        return Verdict::Refuse(difference);
    }
    match (result.outcome, attempt.order.work) {
        (Outcome::Close, _) => Verdict::Closed,
        (Outcome::Error, Work::ConfirmThenPay | Work::PayNow) if is_uncertain(result) => {
            Verdict::LookUp
        }
        (Outcome::Error, _) => Verdict::Declined(Reason::new("gateway_declined").said(
            result.gateway_code.clone().unwrap_or_default(),
            result.gateway_message.clone().unwrap_or_default(),
        )),
        (Outcome::Success, Work::ConfirmThenPay) => confirmable(hosts, result),
        (Outcome::Success, Work::PayNow) => Verdict::LookUp,
        (Outcome::Success, Work::Register) => match &result.billing_key {
            Some(key) => Verdict::AskPayer(key.clone()),
            None => Verdict::Refuse("billing_key_missing"),
        },
    }
}

/// "Already processed, or in process" and "no answer": true of the slower of two windows on one attempt. Not a decline.
fn is_uncertain(result: &WindowResult) -> bool {
    result
        .gateway_code
        .as_deref()
        .is_some_and(codes::is_uncertain)
}

fn confirmable(hosts: &Hosts, result: &WindowResult) -> Verdict {
    let (Some(confirm_key), Some(text)) = (&result.confirm_key, &result.confirm_url) else {
        return Verdict::Refuse("confirm_key_missing");
    };
    match hosts.confirm_url(text) {
        Ok(url) => Verdict::Confirm(Confirmable {
            confirm_key: confirm_key.expose().to_owned(),
            confirm_url: url.into(),
            billing_key: result
                .billing_key
                .as_ref()
                .map(|key| key.expose().to_owned()),
        }),
        Err(_) => Verdict::Refuse("confirm_url_not_allowed"),
    }
}

/// The first thing in which a result contradicts the attempt. A success must show everything that ties it to us; an error may
/// come with a sentence alone.
fn difference(attempt: &Attempt, session: &Session, result: &WindowResult) -> Option<&'static str> {
    let order = &attempt.order;
    let must_show = result.outcome == Outcome::Success;
    let differs = |seen: Option<bool>| !seen.unwrap_or(!must_show);
    let auth_key = Secret::new(session.auth_key.as_str());
    [
        (
            "order_id_differs",
            differs(
                result
                    .order_id
                    .as_ref()
                    .map(|id| *id == attempt.gateway_order_id),
            ),
        ),
        (
            "auth_key_differs",
            differs(result.auth_key.as_ref().map(|key| *key == auth_key)),
        ),
        (
            "work_differs",
            result.work.is_some_and(|work| work != order.work),
        ),
        (
            "method_differs",
            result
                .method
                .as_ref()
                .is_some_and(|method| *method != order.method),
        ),
        (
            "amount_differs",
            must_show
                && order.money.is_some()
                && result.amount.as_deref().and_then(won) != order.money,
        ),
    ]
    .into_iter()
    .find_map(|(code, differs)| differs.then_some(code))
}

fn won(text: &str) -> Option<Money> {
    Money::parse(text, &Currency::KRW).ok()
}
