//! What the behaviour tests share: orders, attempts, and proofs read from real answers.
#![allow(dead_code, missing_docs, unreachable_pub)] // each test file uses its part of it

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use paypair_ledger::{
    Applied, Attempt, AttemptKey, Begun, BillingKey, ChargePlan, Customer, Digest, Event, Evidence,
    Layout, MoneyOp, NewAttempt, Order, Reason, SqliteStore, Store, Timestamp,
};
use paypair_protocol::payple::{
    Charge, Confirm, PayerDelete, PayerLookup, Payment, Refund, Repeat, Tokens,
};
use paypair_protocol::proof::Answered;
use paypair_protocol::{CardFlow, Gateway, Money, Secret, Work};

pub const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);
pub const HOUR: Duration = Duration::from_secs(3600);

pub fn later(seconds: u64) -> Timestamp {
    START.after(Duration::from_secs(seconds))
}

/// A test's file and the store in it.
pub struct TestStore {
    pub store: SqliteStore,
    pub dir: tempfile::TempDir,
}

impl TestStore {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self {
            store: SqliteStore::open(dir.path().join("ledger.db")).unwrap(),
            dir,
        }
    }

    /// What a crash leaves: the file, and nothing that was in memory.
    pub fn reopen(self) -> Self {
        let Self { store, dir } = self;
        drop(store);
        Self {
            store: SqliteStore::open(dir.path().join("ledger.db")).unwrap(),
            dir,
        }
    }

    pub async fn begin(&self, order_id: &str, now: Timestamp) -> Attempt {
        match self
            .store
            .begin(order_id, new_attempt(order_id, now), now)
            .await
            .unwrap()
        {
            Begun::New(attempt) => attempt,
            other => panic!("expected a new attempt: {other:?}"),
        }
    }

    /// An order with a requested attempt.
    pub async fn requested(&self, order_id: &str, work: Work) -> AttemptKey {
        requested_in(&self.store, order_id, work).await
    }

    /// An order whose confirm is on its way.
    pub async fn confirming(&self, order_id: &str) -> AttemptKey {
        confirming_in(&self.store, order_id).await
    }

    pub async fn apply(&self, key: &AttemptKey, event: Event) -> Applied {
        self.store
            .apply(key.clone(), event, later(10))
            .await
            .unwrap()
    }
}

pub async fn requested_in(store: &SqliteStore, order_id: &str, work: Work) -> AttemptKey {
    store.register(order(order_id, work)).await.unwrap();
    let begun = store
        .begin(order_id, new_attempt(order_id, START), START)
        .await;
    let Begun::New(attempt) = begun.unwrap() else {
        panic!("{order_id} has an attempt")
    };
    store
        .apply(attempt.key(), requested(START), START)
        .await
        .unwrap();
    attempt.key()
}

pub async fn confirming_in(store: &SqliteStore, order_id: &str) -> AttemptKey {
    let key = requested_in(store, order_id, Work::ConfirmThenPay).await;
    store
        .apply(key.clone(), authenticated(), later(10))
        .await
        .unwrap();
    let applied = store
        .apply(key.clone(), Event::ConfirmStarted, later(10))
        .await
        .unwrap();
    assert!(applied.calls(MoneyOp::Confirm));
    key
}

pub fn order(id: &str, work: Work) -> Order {
    Order {
        id: id.to_owned(),
        gateway: Gateway::Payple,
        merchant_id: "test".to_owned(),
        method: "card".into(),
        work,
        card_flow: Some(CardFlow::OneTime),
        money: (work != Work::Register).then(|| Money::won(10_000)),
        product_name: "원두 1kg".to_owned(),
        customer: Customer {
            id: "7".to_owned(),
            name: Some("홍길동".to_owned()),
            phone: Some("01012345678".to_owned()),
            email: Some("hong@example.com".to_owned()),
        },
        charge: None,
        renews: None,
        extra: BTreeMap::new(),
        result_page: None,
        client_secret: Digest::of("cs_secret"),
        seed: Some(Digest::of("seed")),
        created_at: START,
    }
}

pub fn new_attempt(seed: &str, now: Timestamp) -> NewAttempt {
    let unique = format!("{seed}-{}", now.millis());
    NewAttempt {
        nonce: Digest::of(&unique),
        channel: format!("channel-{unique}"),
        ticket: format!("ticket-{unique}"),
        layout: Layout::Popup,
        order_id_size: 30,
        expires_at: now.after(Duration::from_secs(60)),
    }
}

/// An attempt in memory, for the pure step.
pub fn attempt(work: Work) -> Attempt {
    Attempt::new(
        Arc::new(order("order-1", work)),
        1,
        "order-1".to_owned(),
        new_attempt("order-1", START),
        START,
    )
}

pub fn requested(now: Timestamp) -> Event {
    Event::Requested {
        launch: Secret::new(r#"{"auth_key":"launch-token"}"#),
        session: Secret::new(r#"{"auth_key":"session-token"}"#),
        expires_at: now.after(HOUR),
    }
}

pub fn authenticated() -> Event {
    Event::Authenticated {
        session: Secret::new(r#"{"confirm_key":"confirm-token"}"#),
    }
}

pub fn unknown(op: MoneyOp) -> Event {
    Event::CallUnknown {
        op,
        reason: Reason::new("timeout"),
    }
}

/// An order that charges customer 7's billing key.
pub fn charge_order(id: &str, billing_key: &str) -> Order {
    let mut order = order(id, Work::PayNow);
    order.card_flow = None;
    order.charge = Some(ChargePlan {
        billing_key: digest(billing_key),
        repeat: Some(Repeat::Monthly {
            year: 2026,
            month: 11,
        }),
    });
    order
}

pub fn digest(billing_key: &str) -> Digest {
    BillingKey::of(&Secret::new(billing_key)).digest
}

/// Registers the order and begins its attempt.
pub async fn begun(at: &TestStore, order: Order) -> AttemptKey {
    let id = order.id.clone();
    at.store.register(order).await.unwrap();
    at.begin(&id, START).await.key()
}

/// An order that registered this billing key for its customer, 7.
pub async fn registered_key(at: &TestStore, order_id: &str, billing_key: &str) -> AttemptKey {
    let key = at.requested(order_id, Work::Register).await;
    let applied = at
        .apply(&key, Event::Sighted(payer(billing_key, "7")))
        .await;
    assert!(applied.attempt.billing_key.is_some());
    key
}

/// A charge of the key that is on its way.
pub async fn charging(at: &TestStore, order_id: &str, billing_key: &str) -> AttemptKey {
    let key = begun(at, charge_order(order_id, billing_key)).await;
    let applied = at.apply(&key, Event::ChargeStarted).await;
    assert!(applied.calls(MoneyOp::Charge));
    key
}

pub fn ask_back(id: &str, won: u64) -> Event {
    Event::RefundAsked {
        id: Some(id.to_owned()),
        transaction_id: None,
        money: Some(Money::won(won)),
        why: "asked".to_owned(),
    }
}

pub fn ask_rest() -> Event {
    Event::RefundAsked {
        id: None,
        transaction_id: None,
        money: None,
        why: "asked".to_owned(),
    }
}

pub fn delete_key() -> Event {
    Event::BillingKeyDeleteAsked {
        why: "asked".to_owned(),
    }
}

pub fn reason(attempt: &Attempt) -> &str {
    attempt.reason.as_ref().map_or("", |reason| &reason.code)
}

/// What Payple answers to our charge of a key of customer 7.
pub fn charged(order_id: &str, won: u64, transaction_id: &str) -> Evidence {
    charged_with(
        order_id,
        &format!(r#""PCD_PAY_TOTAL":"{won}","#),
        transaction_id,
    )
}

pub fn charged_with(order_id: &str, total: &str, transaction_id: &str) -> Evidence {
    let body = format!(
        r#"{{"PCD_PAY_RST":"success","PCD_PAY_CODE":"SPCD0000","PCD_PAY_OID":"{order_id}","PCD_PAY_TYPE":"card",{total}
        "PCD_PAYER_NO":"7","PCD_PAYER_ID":"key-a","PCD_PAY_CARDTRADENUM":"{transaction_id}"}}"#
    );
    let charge = Charge {
        tokens: tokens(),
        billing_key: Secret::new("key-a"),
        customer_id: Some("7".to_owned()),
        customer_name: None,
        customer_phone: None,
        customer_email: None,
        product_name: "원두 1kg".to_owned(),
        amount: Money::won(10_000),
        taxable: None,
        tax_amount: None,
        order_id: order_id.to_owned(),
        repeat: Repeat::Freely,
        custom1: None,
        custom2: None,
    };
    let answer = charge.read(200, body.as_bytes()).unwrap();
    Evidence::payple_charge(&answer, body.as_bytes())
}

/// What Payple answers to our deletion of a key.
pub fn payer_deleted(billing_key: &str) -> Evidence {
    let body = format!(r#"{{"PCD_PAY_RST":"success","PCD_PAYER_ID":"{billing_key}"}}"#);
    let delete = PayerDelete {
        tokens: tokens(),
        billing_key: Secret::new(billing_key),
        customer_id: None,
    };
    let answer = delete.read(200, body.as_bytes()).unwrap();
    Evidence::payple_payer_deleted(&answer, body.as_bytes())
}

/// What Payple answers about a payment of customer 7.
pub fn payment(order_id: &str, won: u64, transaction_id: &str) -> (Answered<Payment>, Vec<u8>) {
    payment_with(order_id, won, transaction_id, "7", "")
}

pub fn payment_with(
    order_id: &str,
    won: u64,
    transaction_id: &str,
    customer: &str,
    more: &str,
) -> (Answered<Payment>, Vec<u8>) {
    let total = format!(r#""PCD_PAY_TOTAL":"{won}","#);
    payment_saying(order_id, &total, transaction_id, customer, more)
}

/// The same with `total` as it stands in the body.
fn payment_saying(
    order_id: &str,
    total: &str,
    transaction_id: &str,
    customer: &str,
    more: &str,
) -> (Answered<Payment>, Vec<u8>) {
    let body = format!(
        r#"{{"PCD_PAY_RST":"success","PCD_PAY_CODE":"SPCD0000","PCD_PAY_MSG":"승인","PCD_PAY_OID":"{order_id}",
        "PCD_PAY_TYPE":"card",{total}"PCD_PAYER_NO":"{customer}","PCD_PAY_CARDNAME":"BC카드",
        "PCD_PAY_CARDNUM":"1111-****-****-2222","PCD_PAY_CARDTRADENUM":"{transaction_id}"{more}}}"#
    )
    .into_bytes();
    let confirm = Confirm {
        merchant_id: "test".to_owned(),
        merchant_key: Secret::new("abcd1234567890"),
        auth_key: Secret::new("auth"),
        confirm_key: Secret::new("confirm"),
        billing_key: None,
    };
    (confirm.read(200, &body).unwrap(), body)
}

pub fn confirmed(order_id: &str, won: u64, transaction_id: &str) -> Evidence {
    let (answer, body) = payment(order_id, won, transaction_id);
    Evidence::payple_confirm(&answer, &body)
}

pub fn looked_up(order_id: &str, won: u64, transaction_id: &str) -> Evidence {
    let (answer, body) = payment(order_id, won, transaction_id);
    Evidence::payple_lookup(&answer, &body)
}

/// What PAYCHK finds, with an amount that cannot be read.
pub fn looked_up_unread(order_id: &str, transaction_id: &str, customer: &str) -> Evidence {
    let total = r#""PCD_PAY_TOTAL":"10,000","#;
    let (answer, body) = payment_saying(order_id, total, transaction_id, customer, "");
    Evidence::payple_lookup(&answer, &body)
}

/// The answer to our confirm, without an amount.
pub fn confirmed_unread(order_id: &str, transaction_id: &str) -> Evidence {
    let (answer, body) = payment_saying(order_id, "", transaction_id, "7", "");
    Evidence::payple_confirm(&answer, &body)
}

pub fn looked_up_cancelled(
    order_id: &str,
    won: u64,
    transaction_id: &str,
    refunded: u64,
) -> Evidence {
    let more = format!(r#","PCD_REFUND_TOTAL":"{refunded}""#);
    let (answer, body) = payment_with(order_id, won, transaction_id, "7", &more);
    Evidence::payple_lookup(&answer, &body)
}

pub fn refunded(order_id: &str, won: u64) -> Evidence {
    let body = format!(
        r#"{{"PCD_PAY_RST":"success","PCD_PAY_CODE":"PAYC0000","PCD_PAY_OID":"{order_id}","PCD_REFUND_TOTAL":"{won}"}}"#
    );
    let refund = Refund {
        tokens: tokens(),
        refund_key: Secret::new("refund"),
        order_id: order_id.to_owned(),
        paid_on: "20231115".to_owned(),
        amount: Money::won(won),
        tax_amount: None,
    };
    Evidence::payple_refund(&refund.read(200, body.as_bytes()).unwrap(), body.as_bytes())
}

pub fn payer(billing_key: &str, customer: &str) -> Evidence {
    let body = format!(
        r#"{{"PCD_PAY_RST":"success","PCD_PAYER_ID":"{billing_key}","PCD_PAYER_NO":"{customer}","PCD_PAY_TYPE":"card","PCD_PAY_CARDNAME":"BC카드"}}"#
    );
    let lookup = PayerLookup {
        tokens: tokens(),
        billing_key: Secret::new(billing_key),
        customer_id: None,
    };
    Evidence::payple_payer(&lookup.read(200, body.as_bytes()).unwrap(), body.as_bytes())
}

fn tokens() -> Tokens {
    Tokens {
        merchant_token: Secret::new("a"),
        merchant_key_token: Secret::new("b"),
        auth_key: Secret::new("c"),
    }
}

/// Payletter and its callbacks.
pub mod payletter {
    use super::*;
    use paypair_protocol::hash;
    use paypair_protocol::payletter::{Callback, Return, TransactionList};
    use paypair_protocol::wire::Fields;

    /// The nonce of the attempt that [`new_attempt`] makes at the start.
    pub fn nonce(order_id: &str) -> String {
        format!("{order_id}-{}", START.millis())
    }

    pub fn order(id: &str) -> Order {
        let mut order = super::order(id, Work::PayNow);
        order.gateway = Gateway::Payletter;
        order.merchant_id = "pay_test".to_owned();
        order.method = "naverpay".into();
        order
    }

    pub fn callback(order_id: &str, won: u64, transaction_id: &str, nonce: &str) -> Evidence {
        let key = Secret::new("key");
        let hash = hash::payhash(b"7", won.to_string(), transaction_id, &key).to_upper_hex();
        let body = format!(
            r#"{{"user_id":"7","amount":{won},"tid":"{transaction_id}","order_no":"{order_id}","pgcode":"navercard",
            "custom_parameter":"{nonce}","payhash":"{hash}"}}"#
        );
        let callback =
            Callback::verify(&Fields::from_json(body.as_bytes()).unwrap(), &key).unwrap();
        Evidence::payletter_callback(&callback, body.as_bytes())
    }

    pub fn row(order_id: &str, won: u64, transaction_id: &str, status: u8) -> Evidence {
        row_saying(order_id, &won.to_string(), transaction_id, status)
    }

    /// The same with the amount as it stands in the body.
    pub fn row_saying(order_id: &str, amount: &str, transaction_id: &str, status: u8) -> Evidence {
        let body = format!(
            r#"{{"total_count":1,"list":[{{"pgcode":"naverpoint","user_id":"7","tid":"{transaction_id}","order_no":"{order_id}",
            "amount":{amount},"status_code":{status}}}]}}"#
        );
        let asked = Fields::from_form(b"client_id=pay_test&date=20231115").unwrap();
        let list = TransactionList::from_fields(&asked).unwrap();
        let rows = list.read(200, body.as_bytes()).unwrap();
        Evidence::payletter_row(&rows.into_rows().next().unwrap(), body.as_bytes()).unwrap()
    }

    /// A row of the list by day of settlement: a part of `t1` that went back.
    pub fn cancellation(won: u64) -> Answered<paypair_protocol::payletter::Transaction> {
        let body = format!(
            r#"{{"total_count":1,"list":[{{"pgcode":"naverpoint","user_id":"7","tid":"t1","order_no":"order-1",
            "amount":{won},"status_code":2}}]}}"#
        );
        let asked =
            Fields::from_form(b"client_id=pay_test&date=20231115&date_type=settle").unwrap();
        let list = TransactionList::from_fields(&asked).unwrap();
        let rows = list.read(200, body.as_bytes()).unwrap();
        rows.into_rows().next().unwrap()
    }

    pub fn refunded(transaction_id: &str, won: u64) -> Evidence {
        let body = format!(r#"{{"tid":"{transaction_id}","cid":"1","amount":{won}}}"#);
        let asked = format!("client_id=pay_test&user_id=7&tid={transaction_id}&amount={won}");
        let refund = paypair_protocol::payletter::Refund::from_fields(
            &Fields::from_form(asked.as_bytes()).unwrap(),
            Money::won(won),
        );
        let answer = refund.unwrap().read(200, body.as_bytes()).unwrap();
        Evidence::payletter_refund(&answer, body.as_bytes())
    }

    /// What Payletter answers to our charge of a key; `amount` as it stands in the body.
    pub fn charged(order_id: &str, amount: &str, transaction_id: &str) -> Option<Evidence> {
        let body = format!(r#"{{"tid":"{transaction_id}","cid":"1"{amount}}}"#);
        let asked = format!(
            "pgcode=naverpay&client_id=pay_test&user_id=7&order_no={order_id}&amount=10000&product_name=a&billkey=key-a"
        );
        let asked = Fields::from_form(asked.as_bytes()).unwrap();
        let charge = paypair_protocol::payletter::Charge::from_fields(&asked).unwrap();
        let answer = charge.read(200, body.as_bytes()).unwrap();
        Evidence::payletter_charge(&charge, &answer, body.as_bytes(), true)
    }

    pub fn registration(order_id: &str, billing_key: &str) -> Evidence {
        let key = Secret::new("key");
        let hash = hash::payhash_verification_only(b"7", billing_key, &key).to_upper_hex();
        let body = format!(
            "code=0&user_id=7&order_no={order_id}&billkey={billing_key}&pgcode=naverpay&payhash={hash}"
        );
        let registration =
            Return::verify_registration(&Fields::from_form(body.as_bytes()).unwrap(), &key)
                .unwrap();
        Evidence::payletter_registration(&registration, body.as_bytes())
    }
}

/// Payletter Global and its notices.
pub mod global {
    use super::*;
    use paypair_protocol::payletter_global::{Notice, NoticeForm, SalesList};
    use paypair_protocol::wire::Fields;
    use paypair_protocol::{Currency, hash};

    pub fn order(id: &str) -> Order {
        let mut order = super::order(id, Work::PayNow);
        order.gateway = Gateway::PayletterGlobal;
        order.merchant_id = "PL_Merchant".to_owned();
        order.method = "PLCreditCard".into();
        order.money = Some(Money::parse("12.50", &Currency::USD).unwrap());
        order
    }

    pub fn notice(kind: u8, order_id: &str, transaction_id: &str) -> Option<Evidence> {
        notice_of("12.5", kind, order_id, transaction_id)
    }

    /// A notice of so much.
    pub fn notice_of(
        amount: &str,
        kind: u8,
        order_id: &str,
        transaction_id: &str,
    ) -> Option<Evidence> {
        let key = Secret::new("key");
        let hash = hash::notice_hash(
            "PL_Merchant",
            "USD",
            order_id,
            amount,
            "7",
            "1700000000",
            &key,
        )
        .to_lower_hex();
        let body = format!(
            "notifytype={kind}&storeid=PL_Merchant&currency=USD&storeorderno={order_id}&payamt={amount}&payerid=7\
             &timestamp=1700000000&paytoken={transaction_id}&pginfo=PLCreditCard&hash={hash}"
        );
        let notice = Notice::verify(
            &Fields::from_form(body.as_bytes()).unwrap(),
            &key,
            NoticeForm::Payment,
        )
        .unwrap();
        Evidence::global_notice(&notice, body.as_bytes())
    }

    /// What the gateway answers to our charge of a key; `more` as it stands in the body.
    pub fn charged(order_id: &str, more: &str, transaction_id: &str) -> Option<Evidence> {
        let body = format!(r#"{{"data":{{"paytoken":"{transaction_id}"{more}}}}}"#);
        let asked = format!(
            "storeid=PL_Merchant&poqtoken=key-a&storeorderno={order_id}&currency=USD&amount=12.50&pginfo=PLCreditCard&payerid=7"
        );
        let asked = Fields::from_form(asked.as_bytes()).unwrap();
        let charge = paypair_protocol::payletter_global::Charge::from_fields(&asked).unwrap();
        let answer = charge.read(200, body.as_bytes()).unwrap();
        Evidence::global_charge(&charge, &answer, body.as_bytes())
    }

    /// The answer to a refund, which the gateway may have done or only taken.
    pub fn refunded(transaction_id: &str) -> Evidence {
        refunded_of(transaction_id, "12.50")
    }

    /// The same of a part.
    pub fn refunded_of(transaction_id: &str, amount: &str) -> Evidence {
        let body = format!(
            r#"{{"data":{{"paytoken":"{transaction_id}","currency":"USD","amount":{amount}}}}}"#
        );
        let asked =
            format!("storeid=PL_Merchant&paytoken={transaction_id}&currency=USD&amount={amount}");
        let asked = Fields::from_form(asked.as_bytes()).unwrap();
        let refund = paypair_protocol::payletter_global::Refund::from_fields(&asked).unwrap();
        let answer = refund.read(200, body.as_bytes()).unwrap();
        Evidence::global_refund(&answer, body.as_bytes())
    }

    /// The answer to the end of a subscription.
    pub fn ended(billing_key: &str) -> Evidence {
        let asked = format!("storeid=PL_Merchant&poqtoken={billing_key}");
        let asked = Fields::from_form(asked.as_bytes()).unwrap();
        let cancel = paypair_protocol::payletter_global::SubscriptionCancel::from_fields(&asked);
        let body = br#"{"data":{"code":"0","message":"OK"}}"#;
        let answer = cancel.unwrap().read(200, body).unwrap();
        Evidence::global_subscription_cancelled(&answer, &Secret::new(billing_key), body)
    }

    /// A notice of a subscription's: it brings the key.
    pub fn subscription_notice(kind: u8, order_id: &str, amount: &str, sent_at: u64) -> Evidence {
        let key = Secret::new("key");
        let sent = sent_at.to_string();
        // A renewal brings back what the first request sent along.
        let custom = if kind == 1 {
            format!("&custom=sub-{}", START.millis())
        } else {
            String::new()
        };
        let hash = hash::notice_hash("PL_Merchant", "USD", order_id, amount, "7", &sent, &key)
            .to_lower_hex();
        let body = format!(
            "notifytype={kind}&storeid=PL_Merchant&currency=USD&storeorderno={order_id}&payamt={amount}&payerid=7\
             &timestamp={sent}&paytoken=t-{order_id}&poqtoken=sub-1&pginfo=PLCreditCard{custom}&hash={hash}"
        );
        let fields = Fields::from_form(body.as_bytes()).unwrap();
        let notice = Notice::verify(&fields, &key, NoticeForm::Payment).unwrap();
        Evidence::global_notice(&notice, body.as_bytes()).unwrap()
    }

    /// A notice in the form of a registration: its hash covers no amount.
    pub fn token_notice(kind: u8, order_id: &str, transaction_id: &str) -> Option<Evidence> {
        let key = Secret::new("key");
        let hash = hash::notice_hash_token_only("PL_Merchant", order_id, "7", "1700000000", &key)
            .to_lower_hex();
        let body = format!(
            "notifytype={kind}&storeid=PL_Merchant&storeorderno={order_id}&payerid=7&timestamp=1700000000\
             &paytoken={transaction_id}&poqtoken=key-1&pginfo=PLCreditCard&hash={hash}"
        );
        let notice = Notice::verify(
            &Fields::from_form(body.as_bytes()).unwrap(),
            &key,
            NoticeForm::TokenOnly,
        )
        .unwrap();
        Evidence::global_notice(&notice, body.as_bytes())
    }

    pub fn sale(order_id: &str, transaction_id: &str, state: u8) -> Evidence {
        sale_saying(order_id, "12.50", transaction_id, state)
    }

    /// The same with the amount as it stands in the body.
    pub fn sale_saying(order_id: &str, amount: &str, transaction_id: &str, state: u8) -> Evidence {
        let body = format!(
            r#"{{"data":{{"datalist":[{{"paytoken":"{transaction_id}","pginfo":"CreditCard","storeorderno":"{order_id}","payerid":"7",
            "currency":"USD","amount":{amount},"state":{state}}}]}}}}"#
        );
        let asked =
            Fields::from_form(b"storeid=PL_Merchant&datefrom=20231115&dateto=20231115").unwrap();
        let list = SalesList::from_fields(&asked).unwrap();
        let rows = list.read(200, body.as_bytes()).unwrap();
        Evidence::global_sale(&rows.into_rows().next().unwrap(), body.as_bytes()).unwrap()
    }
}

/// Each of these tests over the store in memory and over a file.
#[allow(unused_macros)] // not every file lives over both
macro_rules! over_both_stores {
    ($($name:ident)*) => {$(
        mod $name {
            #[tokio::test]
            async fn in_memory() {
                let policy = paypair_ledger::Policy::default();
                super::$name(paypair_ledger::MemoryStore::new(policy)).await;
            }

            #[tokio::test]
            async fn in_a_file() {
                let at = crate::common::TestStore::new();
                super::$name(paypair_ledger::SqliteStore::clone(&at.store)).await;
            }
        }
    )*};
}

#[allow(unused_imports)]
pub(crate) use over_both_stores;
