//! Registered cards: orders that register one, charge its billing key, and what a gateway would answer about them.

use paypair_ledger::{BillingKey, ChargePlan, Event, Evidence, Order, Timestamp};
use paypair_protocol::payple::{Charge, PayerDelete, PayerLookup, Repeat};
use paypair_protocol::{CardFlow, Secret, Work};

use crate::orders::{PRICE, order, tokens};

/// An order that registers a card.
pub fn card_order(id: &str, now: Timestamp) -> Order {
    Order {
        work: Work::Register,
        card_flow: Some(CardFlow::Recurring),
        money: None,
        ..order(id, now)
    }
}

/// The id of the order that charges the card of this one.
pub fn charge_of(card: &str) -> String {
    format!("{card}c")
}

/// An order that charges the card which another order registered.
pub fn charge_order(id: &str, card: &str, now: Timestamp) -> Order {
    Order {
        work: Work::PayNow,
        card_flow: None,
        charge: Some(ChargePlan {
            billing_key: BillingKey::of(&key_of(card)).digest,
            repeat: Some(Repeat::Freely),
        }),
        ..order(id, now)
    }
}

/// What a lookup shows of a registered card's key.
pub fn seen(card: &str) -> Option<Evidence> {
    let key = key_of(card);
    let body = format!(
        r#"{{"PCD_PAY_RST":"success","PCD_PAYER_ID":"{}","PCD_PAYER_NO":"7","PCD_PAY_TYPE":"card"}}"#,
        key.expose()
    );
    let lookup = PayerLookup {
        tokens: tokens(),
        billing_key: key,
        customer_id: None,
    };
    let answer = lookup.read(200, body.as_bytes()).ok()?;
    Some(Evidence::payple_payer(&answer, body.as_bytes()))
}

/// What a charge answers.
pub fn charged(gateway_order: &str, card: &str) -> Option<Evidence> {
    let key = key_of(card);
    let body = format!(
        r#"{{"PCD_PAY_RST":"success","PCD_PAY_CODE":"SPCD0000","PCD_PAY_OID":"{gateway_order}","PCD_PAY_TYPE":"card",
        "PCD_PAY_TOTAL":"{}","PCD_PAYER_NO":"7","PCD_PAYER_ID":"{}","PCD_PAY_CARDTRADENUM":"t-{gateway_order}"}}"#,
        PRICE.minor,
        key.expose()
    );
    let charge = Charge {
        tokens: tokens(),
        billing_key: key,
        customer_id: Some("7".to_owned()),
        customer_name: None,
        customer_phone: None,
        customer_email: None,
        product_name: "월 구독".to_owned(),
        amount: PRICE,
        taxable: None,
        tax_amount: None,
        order_id: gateway_order.to_owned(),
        repeat: Repeat::Freely,
        custom1: None,
        custom2: None,
    };
    let answer = charge.read(200, body.as_bytes()).ok()?;
    Some(Evidence::payple_charge(&answer, body.as_bytes()))
}

/// What the deletion of a card's key answers.
pub fn deleted(card: &str) -> Option<Event> {
    let key = key_of(card);
    let body = format!(
        r#"{{"PCD_PAY_RST":"success","PCD_PAYER_ID":"{}"}}"#,
        key.expose()
    );
    let delete = PayerDelete {
        tokens: tokens(),
        billing_key: key,
        customer_id: None,
    };
    let answer = delete.read(200, body.as_bytes()).ok()?;
    let evidence = Evidence::payple_payer_deleted(&answer, body.as_bytes());
    Some(Event::BillingKeyDeleteAnswered(evidence))
}

/// The billing key of the card that this order registered.
fn key_of(card: &str) -> Secret {
    Secret::new(format!("key-of-{card}"))
}
