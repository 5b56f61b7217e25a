//! Lives of a payment: any events in any order, as many times as a network can deliver them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use paypair_ledger::{
    Attempt, Customer, Detail, Digest, Event, Evidence, Layout, MoneyOp, NewAttempt, Order, Reason,
    Resolution, State, Timestamp, step,
};
use paypair_protocol::payple::{Confirm, Lookup, LookupAnswer, Tokens};
use paypair_protocol::wire::Fields;
use paypair_protocol::{CardFlow, Gateway, Method, Money, Secret, Work};

const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const PRICE: u64 = 10_000;

/// Each byte is an event; its high bits let time pass. Money counts as received only if evidence of the price came, a money call
/// starts only while none is running, no more goes back than came, and what is open is looked after.
pub(crate) fn run(data: &[u8]) {
    let work = [Work::ConfirmThenPay, Work::PayNow]
        [usize::from(data.first().is_some_and(|byte| byte & 1 == 1))];
    let mut attempt = begin(work);
    let mut now = START;
    let mut proven = false;
    for byte in data.iter().skip(1).take(200) {
        now = now.after(Duration::from_secs(u64::from(byte >> 5) * 600));
        let Some(event) = event(byte & 31, now) else {
            continue;
        };
        // A named operator may say "refunded", never "paid": of what is in doubt, and of what was captured and does not fit.
        let asks_a_person = matches!(
            attempt.state,
            State::InDoubt | State::Discrepant | State::RefundPending
        );
        let proof = matches!(byte & 31, 3 | 5 | 6) || (byte & 31 == 27 && asks_a_person);
        let Ok((next, effects)) = step(&attempt, event, now) else {
            continue;
        };
        proven |= proof;
        let calls = effects
            .iter()
            .filter(|effect| matches!(effect, paypair_ledger::Effect::Call(_)))
            .count();
        assert!(calls <= 1, "two money calls at once");
        let owns = matches!(
            next.state,
            State::Paid | State::PartiallyRefunded | State::Refunded | State::Registered
        );
        assert!(!owns || proven, "{} without evidence", next.state);
        if let Some(captured) = next.captured {
            assert!(
                next.refunded().minor <= captured.minor,
                "more went back than came"
            );
        }
        if next.state == State::Paid {
            assert_eq!(next.captured, Some(Money::won(PRICE)), "paid is the price");
        }
        let open = next.state.is_live() || next.state == State::InDoubt;
        assert!(
            !open || next.next_check_at.is_some() || next.expires_at > START,
            "nobody looks after {}",
            next.state
        );
        assert_eq!(next.version, attempt.version + 1);
        attempt = next;
    }
}

fn event(kind: u8, now: Timestamp) -> Option<Event> {
    let reason = || Reason::new("fuzz");
    Some(match kind {
        0 => Event::Requested {
            launch: Secret::new("{}"),
            session: Secret::new("{}"),
            expires_at: now.after(Duration::from_secs(3_600)),
        },
        1 => Event::Authenticated {
            session: Secret::new("{}"),
        },
        2 => Event::ConfirmStarted,
        3 => Event::ConfirmAnswered(confirmed("order-1", PRICE)?),
        4 => Event::ConfirmAnswered(confirmed("order-1", PRICE - 1)?),
        5 => Event::Sighted(looked_up("order-1", PRICE, "t1")?),
        6 => Event::Sighted(looked_up("order-1", PRICE, "t2")?),
        7 => Event::Sighted(looked_up("order-1", 1, "t1")?),
        8 => Event::Sighted(looked_up("order-2", PRICE, "t1")?),
        9 => Event::ConfirmDeclined { reason: reason() },
        10 => Event::CallUnknown {
            op: MoneyOp::Confirm,
            reason: reason(),
        },
        11 => Event::CallUnknown {
            op: MoneyOp::Refund,
            reason: reason(),
        },
        12 => Event::CallNotSent {
            op: MoneyOp::Confirm,
        },
        13 => Event::CallNotSent {
            op: MoneyOp::Refund,
        },
        14 => Event::LookupAbsent,
        15 => Event::LookupOpen,
        16 => Event::LookupFailed { reason: reason() },
        17 => Event::LookupDeclined { reason: reason() },
        18 => Event::BuyerCancelled { reason: reason() },
        19 => Event::GatewayDeclined { reason: reason() },
        20 => Event::WindowClosed,
        21 => Event::ExpireDue,
        22 => Event::Superseded,
        23 => Event::RefundAsked {
            transaction_id: None,
            id: None,
            money: None,
            why: String::new(),
        },
        24 => Event::RefundAsked {
            transaction_id: None,
            id: Some(now.millis().to_string()),
            money: Some(Money::won(4_000)),
            why: String::new(),
        },
        25 => Event::RefundDeclined { reason: reason() },
        26 => Event::Resolved {
            operator: "kim".to_owned(),
            resolution: Resolution::NotCaptured,
        },
        27 => Event::Resolved {
            operator: "kim".to_owned(),
            resolution: Resolution::Refunded,
        },
        28 => Event::Resolved {
            operator: "kim".to_owned(),
            resolution: Resolution::NotRefunded,
        },
        29 => Event::AccountIssued {
            detail: Detail::default(),
            expires_at: None,
        },
        30 => Event::NoticePending { reason: reason() },
        _ => Event::ReturnSeen,
    })
}

fn begin(work: Work) -> Attempt {
    let order = Order {
        id: "order-1".to_owned(),
        gateway: Gateway::Payple,
        merchant_id: "test".to_owned(),
        method: Method::from("card"),
        work,
        card_flow: Some(CardFlow::OneTime),
        money: Some(Money::won(PRICE)),
        product_name: "원두".to_owned(),
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
        client_secret: Digest::of("secret"),
        seed: None,
        created_at: START,
    };
    let new = NewAttempt {
        nonce: Digest::of("nonce"),
        channel: "channel".to_owned(),
        ticket: "ticket".to_owned(),
        layout: Layout::Popup,
        order_id_size: 30,
        expires_at: START.after(Duration::from_secs(60)),
    };
    Attempt::new(Arc::new(order), 1, "order-1".to_owned(), new, START)
}

fn paid(order_id: &str, won: u64, transaction_id: &str) -> String {
    format!(
        r#"{{"PCD_PAY_RST":"success","PCD_PAY_CODE":"SPCD0000","PCD_PAY_OID":"{order_id}","PCD_PAY_TYPE":"card","PCD_PAY_TOTAL":"{won}","PCD_PAYER_NO":"7","PCD_PAY_CARDTRADENUM":"{transaction_id}"}}"#
    )
}

fn confirmed(order_id: &str, won: u64) -> Option<Evidence> {
    let asked = Fields::from_form(b"PCD_CST_ID=test&PCD_CUST_KEY=abcd1234567890&PCD_AUTH_KEY=a&PCD_PAY_REQKEY=r&PCD_PAYER_ID=").ok()?;
    let body = paid(order_id, won, "t1");
    let answer = Confirm::from_fields(&asked)
        .ok()?
        .read(200, body.as_bytes())
        .ok()?;
    Some(Evidence::payple_confirm(&answer, body.as_bytes()))
}

fn looked_up(order_id: &str, won: u64, transaction_id: &str) -> Option<Evidence> {
    let lookup = Lookup {
        tokens: Tokens {
            merchant_token: Secret::new("a"),
            merchant_key_token: Secret::new("b"),
            auth_key: Secret::new("c"),
        },
        method: Method::from("card"),
        order_id: order_id.to_owned(),
        paid_on: "20231115".to_owned(),
    };
    let body = paid(order_id, won, transaction_id);
    match lookup.read(200, body.as_bytes()).ok()? {
        LookupAnswer::Found(payment) => Some(Evidence::payple_lookup(&payment, body.as_bytes())),
        LookupAnswer::Absent(_) => None,
    }
}
