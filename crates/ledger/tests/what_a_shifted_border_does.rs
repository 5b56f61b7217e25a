//! Hashes join their parts without separators, so one digit may move across a border and the hash still fits. What
//! moved is compared with the order: nothing is paid for and nothing is registered.

use std::sync::Arc;

use crate::common::*;
use paypair_ledger::{Attempt, Event, Evidence, Order, State, step};
use paypair_protocol::payletter::{Callback, Return};
use paypair_protocol::payletter_global::{Notice, NoticeForm};
use paypair_protocol::wire::Fields;
use paypair_protocol::{Error, Secret, Work, hash};

fn key() -> Secret {
    Secret::new("key")
}

/// A form of the hash: what it covers, in order, and the evidence that a message of it is.
struct Form {
    name: &'static str,
    covers: &'static [&'static str],
    body: &'static [(&'static str, &'static str)],
    sign: fn(&Fields) -> (&'static str, String),
    read: fn(&Fields) -> Result<Option<Evidence>, Error>,
    order: fn() -> Order,
    good: State,
}

fn part<'f>(fields: &'f Fields, name: &str) -> std::borrow::Cow<'f, [u8]> {
    fields.bytes(name).unwrap()
}

const PAYMENT: Form = Form {
    name: "payment",
    covers: &["user_id", "amount", "tid"],
    body: &[
        ("user_id", "17"),
        ("amount", "10000"),
        ("tid", "20260305001"),
        ("order_no", "order-1"),
        ("pgcode", "navercard"),
    ],
    sign: |fields| {
        let of = |name| part(fields, name);
        let digest = hash::payhash(of("user_id"), of("amount"), of("tid"), &key());
        ("payhash", digest.to_upper_hex())
    },
    read: |fields| {
        let callback = Callback::verify(fields, &key())?;
        Ok(Some(Evidence::payletter_callback(&callback, b"body")))
    },
    order: || payletter::order("order-1"),
    good: State::Paid,
};

const VERIFICATION_ONLY: Form = Form {
    name: "verification only",
    covers: &["user_id", "billkey"],
    body: &[
        ("user_id", "17"),
        ("billkey", "8001"),
        ("order_no", "order-1"),
        ("pgcode", "naverpay"),
    ],
    sign: |fields| {
        let (user, billkey) = (part(fields, "user_id"), part(fields, "billkey"));
        let digest = hash::payhash_verification_only(user, billkey, &key());
        ("payhash", digest.to_upper_hex())
    },
    read: |fields| {
        let registration = Return::verify_registration(fields, &key())?;
        Ok(Some(Evidence::payletter_registration(
            &registration,
            b"body",
        )))
    },
    order: || registering(payletter::order("order-1")),
    good: State::Registered,
};

const GLOBAL: Form = Form {
    name: "global",
    covers: &[
        "storeid",
        "currency",
        "storeorderno",
        "payamt",
        "payerid",
        "timestamp",
    ],
    body: &[
        ("storeid", "PL_Merchant"),
        ("currency", "USD"),
        ("storeorderno", "order-1"),
        ("payamt", "12.50"),
        ("payerid", "17"),
        ("timestamp", "1700000000"),
        ("notifytype", "1"),
        ("paytoken", "p1"),
        ("pginfo", "PLCreditCard"),
    ],
    sign: |fields| {
        let of = |name| part(fields, name);
        let digest = hash::notice_hash(
            of("storeid"),
            of("currency"),
            of("storeorderno"),
            of("payamt"),
            of("payerid"),
            of("timestamp"),
            &key(),
        );
        ("hash", digest.to_lower_hex())
    },
    read: |fields| notice(fields, NoticeForm::Payment),
    order: || global::order("order-1"),
    good: State::Paid,
};

const TOKEN_ONLY: Form = Form {
    name: "token only",
    covers: &["storeid", "storeorderno", "payerid", "timestamp"],
    body: &[
        ("storeid", "PL_Merchant"),
        ("storeorderno", "order-1"),
        ("payerid", "17"),
        ("timestamp", "1700000000"),
        ("notifytype", "7"),
        ("poqtoken", "key-1"),
        ("pginfo", "PLCreditCard"),
    ],
    sign: |fields| {
        let of = |name| part(fields, name);
        let digest = hash::notice_hash_token_only(
            of("storeid"),
            of("storeorderno"),
            of("payerid"),
            of("timestamp"),
            &key(),
        );
        ("hash", digest.to_lower_hex())
    },
    read: |fields| notice(fields, NoticeForm::TokenOnly),
    order: || registering(global::order("order-1")),
    good: State::Registered,
};

fn notice(fields: &Fields, form: NoticeForm) -> Result<Option<Evidence>, Error> {
    let notice = Notice::verify(fields, &key(), form)?;
    Ok(Evidence::global_notice(&notice, b"body"))
}

fn registering(mut order: Order) -> Order {
    (order.work, order.money) = (Work::Register, None);
    order
}

impl Form {
    fn fields(&self) -> Fields {
        let mut fields: Fields = self.body.iter().copied().collect();
        fields.set("custom_parameter", payletter::nonce("order-1"));
        fields.set("custom", payletter::nonce("order-1"));
        let (name, hash) = (self.sign)(&fields);
        fields.set(name, hash);
        fields
    }

    /// What becomes of a window that waits; none if the message is not believed.
    fn outcome(&self, fields: &Fields) -> Option<State> {
        let evidence = (self.read)(fields).ok()??;
        let mut order = (self.order)();
        order.customer.id = "17".to_owned();
        let mut waiting: Attempt = attempt(order.work);
        waiting.order = Arc::new(order);
        let waiting = step(&waiting, requested(START), START).unwrap().0;
        let after = step(&waiting, Event::Sighted(evidence), later(5)).unwrap();
        Some(after.0.state)
    }

    fn stands_the_trial(&self) {
        let good = self.fields();
        assert_eq!(self.outcome(&good), Some(self.good), "{}", self.name);
        for pair in self.covers.windows(2) {
            for forward in [true, false] {
                let mut shifted = good.clone();
                let text = |name: &str| good.text(name).unwrap().into_owned();
                let (mut left, mut right) = (text(pair[0]), text(pair[1]));
                if forward {
                    right.insert(0, left.pop().unwrap());
                } else {
                    left.push(right.remove(0));
                }
                shifted.set(pair[0], left);
                shifted.set(pair[1], right);
                let (name, hash) = (self.sign)(&shifted);
                assert_eq!(good.text(name).unwrap(), hash, "the hash cannot see it");
                let outcome = self.outcome(&shifted);
                let believed = matches!(outcome, Some(State::Paid | State::Registered));
                assert!(!believed, "{}: {pair:?} {forward}: {outcome:?}", self.name);
            }
        }
    }
}

#[test]
fn a_shifted_border_pays_for_nothing() {
    PAYMENT.stands_the_trial();
    GLOBAL.stands_the_trial();
}

#[test]
fn a_shifted_border_registers_nothing() {
    VERIFICATION_ONLY.stands_the_trial();
    TOKEN_ONLY.stands_the_trial();
}
