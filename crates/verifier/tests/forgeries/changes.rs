//! One change each: those that change what a notice says, signed anew with the right key, and those that change nothing.

use paypair_protocol::Gateway::{self, Payletter, PayletterGlobal, Payple};
use serde_json::{Value, json};

use super::{dice::Dice, message::Message};

/// Orders beside the one that is attacked, at the same gateway.
#[derive(Debug, Clone)]
pub(crate) struct Around {
    /// An order whose window is open.
    pub(crate) open_order: String,
    /// What was sent with it for the gateway to send back.
    pub(crate) open_custom: String,
    /// The message of an order that was paid.
    pub(crate) paid: Message,
}

/// A change with its name.
pub(crate) struct Change {
    /// It is signed word of a payment of this very order that does not fit it: never believed to be paid. What can be read of it is
    /// `discrepant` and given back.
    pub(crate) contradicts: bool,
    pub(crate) gateway: Gateway,
    pub(crate) name: &'static str,
    pub(crate) make: fn(&mut Message, &Around, &mut Dice),
}

const fn change(
    gateway: Gateway,
    name: &'static str,
    make: fn(&mut Message, &Around, &mut Dice),
) -> Change {
    Change {
        contradicts: false,
        gateway,
        name,
        make,
    }
}

const fn contradiction(name: &'static str, make: fn(&mut Message, &Around, &mut Dice)) -> Change {
    Change {
        contradicts: true,
        gateway: PayletterGlobal,
        name,
        make,
    }
}

/// Payple signs nothing: what changes there is a browser's word.
pub(crate) fn is_signed(gateway: Gateway) -> bool {
    gateway != Payple
}

/// What changes the meaning.
pub(crate) const SEMANTIC: &[Change] = &[
    change(Payletter, "amount", |message, _, dice| {
        let amount: u64 = message.text("amount").parse().unwrap();
        let other = [amount + 1, amount - 1, amount * 10, amount / 10, 1];
        signed(message, "amount", json!(dice.pick(&other)));
    }),
    change(Payletter, "user", |message, _, _| {
        let user = format!("{}9", message.text("user_id"));
        signed(message, "user_id", json!(user));
    }),
    change(Payletter, "boundary", |message, _, _| {
        // `1001` and `500` sign like `100` and `1500`: the hash stays as it was.
        let mut user = message.text("user_id");
        let last = user.pop().unwrap();
        let amount: u64 = format!("{last}{}", message.text("amount")).parse().unwrap();
        message.set("user_id", user);
        message.set("amount", amount);
    }),
    change(Payletter, "order", |message, around, _| {
        signed(message, "order_no", json!(around.open_order));
    }),
    change(Payletter, "nonce", |message, around, dice| {
        let custom = dice.pick(&[around.open_custom.clone(), String::new(), "x".to_owned()]);
        signed(message, "custom_parameter", json!(custom));
    }),
    change(Payletter, "tid_reuse", |message, around, _| {
        signed(message, "tid", json!(around.paid.text("tid")));
    }),
    change(Payletter, "form", |message, _, _| {
        message.set("billkey", "BILLKEY-OF-ANOTHER-FORM");
        message.sign_without_amount();
    }),
    change(Payletter, "type", |message, _, dice| {
        let own = message.text("pgcode");
        let methods = ["mobile", "virtualaccount", "kakaopay", "naverpay", "x"];
        let others: Vec<&str> = methods.into_iter().filter(|it| *it != own).collect();
        let method = dice.pick(&others);
        signed(message, "pgcode", json!(method));
    }),
    change(Payletter, "store", |message, _, _| {
        message.sign_by_other_client()
    }),
    contradiction("amount", |message, _, dice| {
        let whole: u64 = message
            .text("payamt")
            .split('.')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let other = [
            format!("{}", whole + 1),
            format!("{whole}.01"),
            format!("{whole}0"),
            "0.01".to_owned(),
        ];
        signed(message, "payamt", json!(dice.pick(&other)));
    }),
    contradiction("currency", |message, _, dice| {
        signed(
            message,
            "currency",
            json!(dice.pick(&["JPY", "KRW", "EUR"])),
        );
    }),
    contradiction("user", |message, _, _| {
        let user = format!("{}9", message.text("payerid"));
        signed(message, "payerid", json!(user));
    }),
    contradiction("boundary", |message, _, _| {
        // `order1` and `12.5` sign like `order11` and `2.5`; with one digit before the point nothing can move, so the payer's does.
        let amount = message.text("payamt");
        if amount.split('.').next().unwrap().len() > 1 {
            let order = format!("{}{}", message.text("storeorderno"), &amount[..1]);
            message.set("storeorderno", order);
            message.set("payamt", &amount[1..]);
        } else {
            let payer = message.text("payerid");
            message.set("payamt", format!("{amount}{}", &payer[..1]));
            message.set("payerid", &payer[1..]);
        }
    }),
    change(PayletterGlobal, "order", |message, around, _| {
        signed(message, "storeorderno", json!(around.open_order));
    }),
    change(PayletterGlobal, "nonce", |message, around, dice| {
        let custom = dice.pick(&[around.open_custom.clone(), "x".to_owned()]);
        signed(message, "custom", json!(custom));
    }),
    change(PayletterGlobal, "tid_reuse", |message, around, _| {
        signed(message, "paytoken", json!(around.paid.text("paytoken")));
    }),
    change(PayletterGlobal, "form", |message, _, _| {
        message.sign_without_amount()
    }),
    change(PayletterGlobal, "type", |message, _, dice| {
        let kind = dice.pick(&["0", "2", "3", "4", "5", "6", "7", "8", "9", "10", "99"]);
        signed(message, "notifytype", json!(kind));
    }),
    contradiction("store", |message, _, dice| {
        signed(
            message,
            "storeid",
            json!(dice.pick(&["PL_Somebody", "pl_merchant", ""])),
        );
    }),
    change(PayletterGlobal, "age", |message, _, dice| {
        let sent: i64 = message.text("timestamp").parse().unwrap();
        let days = dice.pick(&[-900, -30, -2, 2, 30]);
        signed(
            message,
            "timestamp",
            json!((sent + days * 86_400).to_string()),
        );
    }),
    change(Payple, "amount", |message, _, dice| {
        let amount: u64 = message.text("PCD_PAY_TOTAL").parse().unwrap();
        message.set(
            "PCD_PAY_TOTAL",
            dice.pick(&[amount + 1, amount / 10, amount * 10, 1])
                .to_string(),
        );
    }),
    change(Payple, "user", |message, _, _| {
        let user = format!("{}9", message.text("PCD_PAYER_NO"));
        message.set("PCD_PAYER_NO", user);
    }),
    change(Payple, "order", |message, around, _| {
        message.set("PCD_PAY_OID", around.open_order.as_str());
    }),
    change(Payple, "tid_reuse", |message, around, _| {
        for name in ["PCD_PAY_REQKEY", "PCD_PAY_CARDTRADENUM"] {
            message.set(name, around.paid.text(name));
        }
    }),
    change(Payple, "form", |message, _, dice| {
        let own = message.text("PCD_PAY_WORK");
        let works = ["CERT", "PAY", "AUTH"].map(str::to_owned);
        let others: Vec<String> = works.into_iter().filter(|work| *work != own).collect();
        message.set("PCD_PAY_WORK", dice.pick(&others));
    }),
    change(Payple, "type", |message, _, _| {
        message.set("PCD_PAY_TYPE", "transfer")
    }),
    change(Payple, "store", |message, around, _| {
        message.set("PCD_AUTH_KEY", around.paid.text("PCD_AUTH_KEY"));
    }),
];

/// What changes nothing.
pub(crate) const HARMLESS: &[Change] = &[
    change(Payletter, "unknown_key", unknown_key),
    change(Payletter, "key_order", key_order),
    change(Payletter, "hash_case", hash_case),
    change(Payletter, "white_space", |message, _, _| {
        message.roomy = true
    }),
    change(Payletter, "number_as_text", |message, _, _| {
        let amount = message.text("amount");
        message.set("amount", amount);
    }),
    change(PayletterGlobal, "unknown_key", unknown_key),
    change(PayletterGlobal, "key_order", key_order),
    change(PayletterGlobal, "hash_case", hash_case),
    change(PayletterGlobal, "white_space", |message, _, _| {
        message.roomy = true
    }),
    change(Payple, "unknown_key", unknown_key),
    change(Payple, "key_order", key_order),
];

fn signed(message: &mut Message, name: &str, value: Value) {
    message.set(name, value);
    message.sign();
}

fn unknown_key(message: &mut Message, _: &Around, dice: &mut Dice) {
    let name = format!("x_{}", dice.below(1_000_000));
    let value = dice.pick(&["", "Y", "한글 \"quoted\" & more=1", "1e999"]);
    let at = dice.below(message.fields_mut().len() + 1);
    message.fields_mut().insert(at, (name, json!(value)));
}

fn key_order(message: &mut Message, _: &Around, dice: &mut Dice) {
    dice.shuffle(message.fields_mut());
}

fn hash_case(message: &mut Message, _: &Around, dice: &mut Dice) {
    let name = message.hash_name();
    let hash = message.text(name);
    let mixed = hash.chars().map(|digit| match dice.below(2) {
        0 => digit.to_ascii_uppercase(),
        _ => digit.to_ascii_lowercase(),
    });
    let mixed: String = mixed.collect();
    message.set(name, mixed);
}
