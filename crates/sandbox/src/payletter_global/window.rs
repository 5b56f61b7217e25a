//! What the buyer does in the window.

use jiff::Timestamp;
use paypair_protocol::Money;

use super::core::{NoticeKind, Payment, STORE_ID, Session};
use super::messages::{notify, returned};
use crate::core::book::{self, Entry};
use crate::core::clock::korean_day;
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
        && world.struck(Gateway::PayletterGlobal, &order_id, "paid_after_close");
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
        Deed::Cancel | Deed::Deposit => ("2302", "The payment was cancelled by the user."),
    };
    if let Some(session) = world.payletter_global.sessions.get_mut(token) {
        session.open = false;
    }
    let lost =
        deed != Deed::Cancel && world.struck(Gateway::PayletterGlobal, &order_id, "return_never");
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
