//! What a page may ask the Payple window for.

use paypair_protocol::{Error, Fault, payple::Window};
use proptest::prelude::*;

fn window(values: &[(&str, &str)]) -> Window {
    let mut window = Window::new();
    for (name, value) in values {
        window.set(name, value).unwrap();
    }
    window
}

fn codes(window: &Window) -> Vec<String> {
    let code = |fault: &Fault| [fault.field, ":", fault.error.code()].concat();
    window.check().iter().map(code).collect()
}

const GOOD: [(&str, &str); 4] = [
    ("method", "card"),
    ("work", "CERT"),
    ("product_name", "휴대폰"),
    ("amount", "1000"),
];

#[test]
fn our_names_and_the_gateways_mean_the_same() {
    let ours = window(&[
        ("cardFlow", "one_time"),
        ("order_id", "a"),
        ("taxable", "false"),
        ("repeatMonth", "9"),
    ]);
    let theirs = window(&[
        ("PCD_CARD_VER", "02"),
        ("PCD_PAY_OID", "a"),
        ("PCD_PAY_ISTAX", "N"),
        ("PCD_PAY_MONTH", "09"),
    ]);
    assert_eq!(ours, theirs);
}

#[test]
fn a_registration_needs_no_goods_and_no_amount() {
    assert!(codes(&window(&[("method", "card"), ("work", "register")])).is_empty());
    assert_eq!(
        codes(&window(&[("method", "card"), ("work", "pay_now")])),
        ["product_name:field_missing", "amount:field_missing"]
    );
}

#[test]
fn a_transfer_has_another_least_amount_than_a_card() {
    let asked = |method: &str, amount: &str| {
        let mut window = window(&GOOD);
        window.set("method", method).unwrap();
        window.set("amount", amount).unwrap();
        codes(&window)
    };
    assert!(asked("card", "100").is_empty() && asked("transfer", "1000").is_empty());
    assert_eq!(asked("transfer", "999"), ["amount:amount_too_small"]);
    assert_eq!(asked("transfer", "99"), ["amount:amount_too_small"]);
    assert_eq!(asked("card", "99"), ["amount:amount_too_small"]);
}

#[test]
fn every_row_names_its_breach() {
    for (name, value, code) in [
        ("method", "", "method:field_missing"),
        ("work", "LATER", "work:field_not_allowed"),
        ("card_flow", "03", "card_flow:field_not_allowed"),
        (
            "customer_id",
            "1234567890123456789",
            "customer_id:field_too_long",
        ),
        (
            "customer_name",
            "가나다라마바사아자차카타파하가나다라마바사",
            "customer_name:field_too_long",
        ),
        (
            "customer_phone",
            "010123456780101234567",
            "customer_phone:field_too_long",
        ),
        (
            "customer_email",
            "dev.payple.kr",
            "customer_email:field_not_email",
        ),
        ("product_name", "선물 🎁", "product_name:field_has_emoji"),
        ("amount", "99", "amount:amount_too_small"),
        ("amount", "일만", "amount:amount_malformed"),
        ("amount", "1000.5", "amount:amount_too_precise"),
        ("taxable", "maybe", "taxable:field_not_allowed"),
        ("tax_amount", "-1", "tax_amount:amount_malformed"),
        (
            "order_id",
            "1234567890123456789012345678901",
            "order_id:field_too_long",
        ),
        ("repeat_monthly", "Y", "repeat_year:field_missing"),
    ] {
        let mut values = window(&GOOD);
        values.set(name, value).unwrap();
        if value.is_empty() {
            values.remove("PCD_PAY_TYPE");
        }
        assert_eq!(
            codes(&values).first().map(String::as_str),
            Some(code),
            "{name}={value}"
        );
    }
}

#[test]
fn secrets_are_refused_and_page_only_names_are_dropped() {
    let mut values = window(&GOOD);
    for name in [
        "custKey",
        "CUSTKEY",
        "PCD_CUST_KEY",
        "PCD_REFUND_KEY",
        "refundKey",
    ] {
        assert_eq!(
            values.set(name, "abcd1234567890"),
            Err(Error::SecretInPage),
            "{name}"
        );
    }
    for name in [
        "payple_auth_file",
        "callbackFunction",
        "clientKey",
        "PCD_AUTH_URL",
    ] {
        values.set(name, "x").unwrap();
    }
    assert_eq!(values.set("ordreId", "x"), Err(Error::NameUnknown));
    assert_eq!(values.fields().len(), GOOD.len());
}

#[test]
fn unknown_pcd_names_pass_and_tokens_come_last() {
    let mut values = window(&[("PCD_LINK_MEMO", "m"), ("PCD_PAYER_NO", "")]);
    values.authorize("token", "key-token", "auth");
    let names: Vec<String> = values
        .fields()
        .iter()
        .map(|(wire, _)| wire.to_string())
        .collect();
    assert_eq!(
        names,
        [
            "PCD_LINK_MEMO",
            "PCD_CST_ID",
            "PCD_CUST_KEY",
            "PCD_AUTH_KEY"
        ]
    );
}

#[test]
fn loose_amounts_are_read() {
    for loose in ["1,000", "1000", "1000.00", " 1 000"] {
        assert_eq!(
            window(&[("amount", loose)]).get("PCD_PAY_TOTAL"),
            Some("1000"),
            "{loose}"
        );
    }
}

proptest! {
    #[test]
    fn no_page_object_panics_and_no_secret_gets_in(
        values in proptest::collection::vec(("[A-Za-z_]{0,20}|PCD_[A-Z_]{0,16}|custKey", "\\PC{0,40}"), 0..20),
    ) {
        let mut window = Window::new();
        for (name, value) in &values {
            let _ = window.set(name, value);
        }
        let _ = window.check();
        for (wire, value) in window.fields() {
            prop_assert!(wire.starts_with("PCD_") && !value.is_empty());
            prop_assert!(!["PCD_CUST_KEY", "PCD_REFUND_KEY"].contains(&wire.as_ref()));
        }
    }
}
