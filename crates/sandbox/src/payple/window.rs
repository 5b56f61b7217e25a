//! What the buyer does in the window.

use jiff::Timestamp;
use paypair_protocol::Money;

use super::core::{CONFIRM_PATH, Card, Order, Payment, Registered, Request, Window};
use super::messages::{card_block, closed, failed, hand_back, result};
use super::request::{LATE, TAKEN, is_late, is_taken};
use super::webhook;
use crate::core::book::{self, Entry};
use crate::core::clock::compact;
use crate::core::handback::{Deed, Handback};
use crate::core::wire::{Form, owned};
use crate::core::{Gateway, World};

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
    let taken = is_taken(&world.payple, &window.order_id);
    let paid_anyway = deed == Deed::Cancel
        && !taken
        && world.struck(Gateway::Payple, &window.order_id, "paid_after_close");
    let card = match window.takes_card_number() {
        _ if paid_anyway => Some(Card::of_app(typed)),
        true => Card::typed(typed, now),
        false => Some(Card::of_app(typed)),
    };
    let ending = match (deed, card) {
        (Deed::Pay, None) => return Err("카드번호와 유효기간을 바르게 입력하세요."),
        (Deed::Cancel | Deed::Deposit | Deed::Hold, card) => {
            if let (true, Some(card)) = (paid_anyway, card) {
                settle(world, now, &window, card);
            }
            closed(&window)
        }
        (Deed::Decline, _) => failed(world, &window, ("CPCA0006", "한도가 초과하였습니다")),
        (Deed::Pay, _) if is_late(&window, now) => failed(world, &window, LATE),
        (Deed::Pay, _) if taken => failed(world, &window, TAKEN),
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
    let lost =
        deed != Deed::Cancel && world.struck(Gateway::Payple, &window.order_id, "return_never");
    Ok(if lost { Handback::never() } else { ending })
}

/// Does what the window was opened for; the fields of the result.
fn settle(world: &mut World, now: Timestamp, window: &Window, card: Card) -> Vec<(String, String)> {
    match window.work() {
        "AUTH" => register(world, now, window, card),
        "CERT" => request(world, now, window, card),
        _ => {
            let billing_key = billing_key(world, window, &card).0;
            let payment = capture(world, now, &window.order(), card, billing_key);
            webhook::paid(world, now, &payment, "0000");
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
        &window.order(),
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
        order_id: window.order_id.clone(),
    });
    (billing_key, false)
}

/// Takes the money and writes it into the book.
pub(super) fn capture(
    world: &mut World,
    now: Timestamp,
    order: &Order<'_>,
    card: Card,
    billing_key: String,
) -> Payment {
    let order_id = order.id;
    let total = world.amount_to_capture(Gateway::Payple, order_id, order.total);
    let fresh = format!("{}{}", compact(now), world.seed.digits(10));
    let transaction_id = world.transaction_id(Gateway::Payple, order_id, fresh);
    let entry = world.book.enter(line(
        order,
        total,
        &transaction_id,
        book::Standing::Captured,
        now,
    ));
    let payment = Payment {
        order_id: order_id.to_owned(),
        form: order.form.clone(),
        card,
        billing_key,
        total,
        transaction_id,
        approval_no: world.seed.digits(8),
        at: now,
        visible_at: world.visible_at(Gateway::Payple, order_id, now),
        refunded: Money::won(0),
        entry,
    };
    world.payple.payments.push(payment.clone());
    payment
}

fn line(
    order: &Order<'_>,
    amount: Money,
    transaction_id: &str,
    state: book::Standing,
    at: Timestamp,
) -> Entry {
    let (method, product_name) = (
        order.form.get("PCD_PAY_TYPE"),
        order.form.get("PCD_PAY_GOODS"),
    );
    Entry::new(
        (Gateway::Payple, order.id),
        transaction_id,
        amount,
        (method, product_name),
        state,
        at,
    )
}
