//! Orders, and what a gateway would answer about them.

use std::collections::BTreeMap;

use paypair_ledger::{Customer, Digest, Event, Evidence, Layout, NewAttempt, Order, Timestamp};
use paypair_protocol::payple::{Confirm, Refund, Tokens};
use paypair_protocol::{CardFlow, Gateway, Money, Secret, Work};

/// What every order costs.
pub const PRICE: Money = Money::won(10_000);

/// Until when windows are good, after their beginning.
const WINDOW: std::time::Duration = std::time::Duration::from_secs(3600);

/// An order that is confirmed, then paid.
pub fn order(id: &str, now: Timestamp) -> Order {
    Order {
        id: id.to_owned(),
        gateway: Gateway::Payple,
        merchant_id: "test".to_owned(),
        method: "card".into(),
        work: Work::ConfirmThenPay,
        card_flow: Some(CardFlow::OneTime),
        money: Some(PRICE),
        product_name: "달항아리".to_owned(),
        customer: Customer {
            id: "7".to_owned(),
            name: None,
            phone: None,
            email: None,
        },
        charge: None,
        renews: None,
        extra: BTreeMap::new(),
        result_page: None,
        client_secret: Digest::of(id),
        seed: None,
        created_at: now,
    }
}

/// The random parts of an attempt.
pub fn new_attempt(unique: &str, now: Timestamp) -> NewAttempt {
    NewAttempt {
        nonce: Digest::of(unique),
        channel: format!("channel-{unique}"),
        ticket: format!("ticket-{unique}"),
        layout: Layout::Popup,
        order_id_size: 30,
        expires_at: now.after(WINDOW),
    }
}

/// The gateway gave us what opens its window.
pub fn requested(now: Timestamp) -> Event {
    Event::Requested {
        launch: Secret::new("{}"),
        session: Secret::new("{}"),
        expires_at: now.after(WINDOW),
    }
}

/// The buyer came back.
pub fn authenticated() -> Event {
    Event::Authenticated {
        session: Secret::new("{}"),
    }
}

/// What a confirm answers; none if the protocol does not take it as an answer.
pub fn confirmed(gateway_order: &str) -> Option<Evidence> {
    let body = payment(gateway_order, "");
    let answer = confirm().read(200, body.as_bytes()).ok()?;
    Some(Evidence::payple_confirm(&answer, body.as_bytes()))
}

/// What a lookup shows of a payment, and of what went back.
pub fn looked_up(gateway_order: &str, is_back: bool) -> Option<Evidence> {
    let total = format!(r#","PCD_REFUND_TOTAL":"{}""#, PRICE.minor);
    let body = payment(gateway_order, if is_back { &total } else { "" });
    let answer = confirm().read(200, body.as_bytes()).ok()?;
    Some(Evidence::payple_lookup(&answer, body.as_bytes()))
}

/// What a refund answers.
pub fn refunded(gateway_order: &str) -> Option<Evidence> {
    let body = format!(
        r#"{{"PCD_PAY_RST":"success","PCD_PAY_CODE":"PAYC0000","PCD_PAY_OID":"{gateway_order}","PCD_REFUND_TOTAL":"{}"}}"#,
        PRICE.minor
    );
    let refund = Refund {
        tokens: tokens(),
        refund_key: Secret::new("refund"),
        order_id: gateway_order.to_owned(),
        paid_on: "20231115".to_owned(),
        amount: PRICE,
        tax_amount: None,
    };
    let answer = refund.read(200, body.as_bytes()).ok()?;
    Some(Evidence::payple_refund(&answer, body.as_bytes()))
}

/// What the gateway gives before such calls.
pub(crate) fn tokens() -> Tokens {
    Tokens {
        merchant_token: Secret::new("a"),
        merchant_key_token: Secret::new("b"),
        auth_key: Secret::new("c"),
    }
}

fn confirm() -> Confirm {
    Confirm {
        merchant_id: "test".to_owned(),
        merchant_key: Secret::new("abcd1234567890"),
        auth_key: Secret::new("auth"),
        confirm_key: Secret::new("confirm"),
        billing_key: None,
    }
}

fn payment(gateway_order: &str, more: &str) -> String {
    format!(
        r#"{{"PCD_PAY_RST":"success","PCD_PAY_CODE":"SPCD0000","PCD_PAY_MSG":"승인","PCD_PAY_OID":"{gateway_order}",
        "PCD_PAY_TYPE":"card","PCD_PAY_TOTAL":"{}","PCD_PAYER_NO":"7","PCD_PAY_CARDTRADENUM":"t-{gateway_order}"{more}}}"#,
        PRICE.minor
    )
}
