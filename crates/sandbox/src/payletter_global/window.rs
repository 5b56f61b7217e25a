//! What the buyer does in the window.

use jiff::Timestamp;
use paypair_protocol::{Currency, Money};

use super::core::{
    BillingKey, NoticeKind, Payment, STORE_ID, Session, Stage, Subscription, none_of,
};
use super::messages::{Notice, notify, returned};
use crate::core::book::{self, Entry};
use crate::core::clock::korean_day;
use crate::core::handback::{Deed, Handback};
use crate::core::wire::Form;
use crate::core::{Dispatch, Gateway, World};

/// A button of the window was pressed: what has to be sent before the window hands back, in this order, and how it
/// does.
pub(crate) fn act(
    world: &mut World,
    now: Timestamp,
    token: &str,
    deed: Deed,
    typed: &Form,
) -> (Vec<Dispatch>, Handback) {
    let Some(session) = world.payletter_global.sessions.get_mut(token) else {
        let text = "유효하지 않은 결제 토큰입니다. The token is not valid.";
        return (Vec::new(), Handback::stay("Invalid token", text));
    };
    if !session.open {
        return (Vec::new(), Handback::already_done());
    }
    session.open = false;
    let method = Some(typed.text("pginfo")).filter(|method| !method.is_empty());
    session.chosen = method.filter(|_| !session.names_method());
    let session = session.clone();
    let order_id = session.order_id().to_owned();
    let paid_anyway = deed == Deed::Cancel
        && world.struck(Gateway::PayletterGlobal, &order_id, "paid_after_close");
    let ends_well = matches!(deed, Deed::Pay | Deed::Hold);
    let (sent, paid) = if ends_well || paid_anyway {
        let held = deed == Deed::Hold && session.is_paypal();
        settle(world, now, &session, typed, held)
    } else {
        (Vec::new(), session.amount)
    };
    let outcome = match deed {
        Deed::Pay | Deed::Hold => ("0", ""),
        Deed::Decline => ("2301", "The card was declined by the issuer."),
        Deed::Cancel | Deed::Deposit => ("2302", "The payment was cancelled by the user."),
    };
    let lost =
        deed != Deed::Cancel && world.struck(Gateway::PayletterGlobal, &order_id, "return_never");
    let stays =
        deed == Deed::Cancel && session.is_paypal() && session.form.get("paypalcnlurlflag") != "Y";
    let amount_text = paid.map(|paid| world.amount_text(paid)).unwrap_or_default();
    let handback = if lost {
        Handback::never()
    } else if stays {
        Handback::stay(
            "PayPal",
            "The payment was cancelled. You can close this window.",
        )
    } else {
        Handback::Post {
            url: session.form.text("returnurl"),
            fields: returned(&session, outcome, &amount_text),
        }
    };
    (sent, handback)
}

/// Does what the window was opened for: the notifications that follow at once, and the amount that is told.
fn settle(
    world: &mut World,
    now: Timestamp,
    session: &Session,
    typed: &Form,
    held: bool,
) -> (Vec<Dispatch>, Option<Money>) {
    let card = if session.is_card() {
        card(typed)
    } else {
        <(String, String)>::default()
    };
    let billing_key = if session.is_recurring() {
        issue_billing_key(world, now, session, &card)
    } else {
        String::new()
    };
    let Some(asked) = session.amount else {
        let notice = agreed(
            world,
            now,
            session,
            &billing_key,
            NoticeKind::BillingKeyIssued,
        );
        return (vec![notice], None);
    };
    let mut sent = Vec::new();
    if session.is_subscription() {
        sent.push(agreed(
            world,
            now,
            session,
            &billing_key,
            NoticeKind::Subscribed,
        ));
    }
    let stage = if held {
        Stage::Pending
    } else if session.row().is_some_and(|row| row.kind.awaits_deposit()) {
        Stage::AwaitingDeposit
    } else {
        Stage::Captured
    };
    let order = Order {
        session,
        id: session.order_id(),
        asked,
        stage,
        billing_key,
        card,
    };
    let payment = capture(world, now, order);
    let kind = match stage {
        Stage::Captured => Some(NoticeKind::Paid),
        Stage::Pending => Some(NoticeKind::Pending),
        Stage::AwaitingDeposit | Stage::ChargedBack => None,
    };
    sent.extend(kind.map(|kind| notify(world, now, &Notice::of(&payment, kind, payment.amount))));
    (sent, Some(payment.amount))
}

/// An agreement was made: a line of the book without money, and its notification.
fn agreed(
    world: &mut World,
    now: Timestamp,
    session: &Session,
    billing_key: &str,
    kind: NoticeKind,
) -> Dispatch {
    let currency = session
        .amount
        .map_or(Currency::USD, |amount| amount.currency);
    let entry = world.book.enter(Entry::new(
        (Gateway::PayletterGlobal, session.order_id()),
        billing_key,
        none_of(currency),
        (session.method(), session.form.get("servicename")),
        book::Standing::Registered,
        now,
    ));
    let notice = Notice {
        session,
        order_id: session.order_id(),
        entry,
        kind,
        amount: session.amount,
        pay_token: "",
        billing_key,
        card: ("", ""),
    };
    notify(world, now, &notice)
}

fn issue_billing_key(
    world: &mut World,
    now: Timestamp,
    session: &Session,
    card: &(String, String),
) -> String {
    let key = format!("T{STORE_ID}{}{}", korean_day(now), world.seed.digits(6));
    let cycles: u64 = session.form.get("totalcycles").parse().unwrap_or(0);
    let terms = session.amount.filter(|_| session.is_subscription());
    let issued = BillingKey {
        session: session.clone(),
        card: card.clone(),
        subscription: terms.map(|amount| Subscription {
            amount,
            left: (cycles > 0).then(|| cycles - 1),
            ended: false,
        }),
    };
    let keys = &mut world.payletter_global.billing_keys;
    keys.insert(key.clone(), issued);
    key
}

/// What is paid for, in a window, by a charge, or by PayPal on its own.
pub(super) struct Order<'o> {
    pub(super) session: &'o Session,
    pub(super) id: &'o str,
    pub(super) asked: Money,
    pub(super) stage: Stage,
    pub(super) billing_key: String,
    pub(super) card: (String, String),
}

pub(super) fn capture(world: &mut World, now: Timestamp, order: Order<'_>) -> Payment {
    let (session, order_id) = (order.session, order.id);
    let amount = world.amount_to_capture(Gateway::PayletterGlobal, order_id, order.asked);
    let fresh = format!("{}{}", korean_day(now), world.seed.upper_alphanumerics(12));
    let pay_token = world.transaction_id(Gateway::PayletterGlobal, order_id, fresh);
    let standing = match order.stage {
        Stage::Captured => book::Standing::Captured,
        Stage::AwaitingDeposit => book::Standing::AwaitingDeposit,
        Stage::Pending => book::Standing::Pending,
        Stage::ChargedBack => book::Standing::ChargedBack,
    };
    let entry = world.book.enter(Entry::new(
        (Gateway::PayletterGlobal, order_id),
        &pay_token,
        amount,
        (session.method(), session.form.get("servicename")),
        standing,
        now,
    ));
    let payment = Payment {
        session: session.clone(),
        order_id: order_id.to_owned(),
        pay_token,
        amount,
        refunded: none_of(amount.currency),
        stage: order.stage,
        at: now,
        visible_at: world.visible_at(Gateway::PayletterGlobal, order_id, now),
        cancellations: Vec::new(),
        entry,
        pg_token: world.seed.digits(7),
        billing_key: order.billing_key,
        card: order.card,
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
