//! PUSERINFO and PUSERDEL: whose card a billing key is, and forgetting it.

use jiff::Timestamp;
use paypair_protocol::payple;

use super::calls::{Refusal, granted, refused, success};
use super::core::{Purpose, Registered};
use super::webhook;
use crate::core::wire::Form;
use crate::core::{Answer, Gateway, World};

/// `POST /php/cPayUser/api/cPayUserAct.php?ACT_=PUSERINFO`.
pub(crate) fn look_up(world: &mut World, now: Timestamp, form: &Form) -> Answer {
    world.book.note(
        Gateway::Payple,
        "/php/cPayUser/api/cPayUserAct.php?ACT_=PUSERINFO",
        now,
        None,
    );
    if let Err(refusal) = granted(world, now, form, Purpose::PayerLookup) {
        return refused(refusal);
    }
    if form.broken_rule(&payple::PayerLookup::TABLE).is_some() {
        return refused(NO_CARD);
    }
    let wanted = form.get("PCD_PAYER_ID");
    let Some(found) = world
        .payple
        .cards
        .iter()
        .find(|card| card.billing_key == wanted && !card.deleted)
    else {
        return refused(NO_CARD);
    };
    let answer = success(("0000", "회원조회 성공"))
        .text("PCD_PAY_TYPE", found.means.method())
        .text("PCD_PAY_BANKACCTYPE", "개인")
        .text("PCD_PAYER_ID", &found.billing_key)
        .text("PCD_PAYER_NO", &found.customer_id)
        .text("PCD_PAYER_NAME", &found.customer_name)
        .text("PCD_PAYER_HP", &masked_phone(&found.customer_phone));
    let answer = match found.means.bank_code {
        Some(bank_code) => answer
            .text("PCD_PAY_BANK", bank_code)
            .text("PCD_PAY_BANKNAME", &found.means.name)
            .text("PCD_PAY_BANKNUM", &found.means.number),
        None => answer
            .text("PCD_PAY_CARD", "0200")
            .text("PCD_PAY_CARDNAME", &found.means.name)
            .text("PCD_PAY_CARDNUM", &found.means.number),
    };
    Answer::php(answer.text("PCD_PAY_ISTAX", "Y"))
}

/// `POST /php/cPayUser/api/cPayUserAct.php?ACT_=PUSERDEL`.
pub(crate) fn delete(world: &mut World, now: Timestamp, form: &Form) -> Answer {
    world.book.note(
        Gateway::Payple,
        "/php/cPayUser/api/cPayUserAct.php?ACT_=PUSERDEL",
        now,
        None,
    );
    if let Err(refusal) = granted(world, now, form, Purpose::PayerDelete) {
        return refused(refusal);
    }
    if form.broken_rule(&payple::PayerDelete::TABLE).is_some() {
        return refused(NO_CARD);
    }
    let Some(found) = forget(world, form.get("PCD_PAYER_ID")) else {
        return refused(NO_CARD);
    };
    let done = if found.means.bank_code.is_some() {
        "해지완료"
    } else {
        "카드해지완료"
    };
    let answer = success(("TSDL0000", done))
        .text("PCD_PAY_TYPE", found.means.method())
        .text("PCD_PAY_WORK", "PUSERDEL");
    Answer::php(
        answer
            .text("PCD_PAYER_ID", &found.billing_key)
            .text("PCD_PAYER_NO", &found.customer_id),
    )
}

/// A card is deleted on the merchant's admin page: the one deletion that a webhook tells of.
pub(crate) fn delete_by_hand(world: &mut World, now: Timestamp, billing_key: &str) -> bool {
    let found = forget(world, billing_key);
    if let Some(card) = &found {
        webhook::payer_deleted(world, now, card);
    }
    found.is_some()
}

/// The same by the order that the card was registered with. False if it has none.
pub(crate) fn delete_of_order(world: &mut World, now: Timestamp, order_id: &str) -> bool {
    let of_order = |card: &&Registered| card.order_id == order_id && !card.deleted;
    let key = world.payple.cards.iter().find(of_order);
    let key = key.map(|card| card.billing_key.clone());
    key.is_some_and(|key| delete_by_hand(world, now, &key))
}

fn forget(world: &mut World, billing_key: &str) -> Option<Registered> {
    let known = |card: &&mut Registered| card.billing_key == billing_key && !card.deleted;
    let card = world.payple.cards.iter_mut().find(known)?;
    card.deleted = true;
    Some(card.clone())
}

fn masked_phone(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let tail = digits.len().checked_sub(4).map_or("", |at| &digits[at..]);
    if tail.is_empty() {
        String::new()
    } else {
        format!("010-****-{tail}")
    }
}

const NO_CARD: Refusal = ("CPCA0003", "카드인증회원이 아닙니다.");
