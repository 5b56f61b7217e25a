//! The readers by the recorded messages: what is proven, what is refused, what never crosses to JavaScript.

use paypair_protocol::payletter_global::NoticeForm;
use paypair_protocol::wire::Fields;
use paypair_protocol::{Gateway, Secret};
use paypair_reader::{check, read_callback, read_notice, read_return};

const PAYMENT_KEY: &str = "MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA=";
const API_KEY: &str = "PL_Merchant";

fn golden(path: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/");
    std::fs::read(format!("{folder}{path}")).expect(path)
}

fn codes(gateway: Gateway, request: &str) -> Vec<(String, &'static str)> {
    let wrong = check(gateway, request.as_bytes()).expect("a JSON object");
    wrong
        .into_iter()
        .map(|wrong| (wrong.field, wrong.error.code()))
        .collect()
}

#[test]
fn a_request_is_checked_by_its_own_table_under_either_name() {
    let ours = r#"{"method":"card","work":"pay_now","amount":"1,000","productName":"cup"}"#;
    let theirs = r#"{"PCD_PAY_TYPE":"card","PCD_PAY_WORK":"PAY","PCD_PAY_TOTAL":1000,"PCD_PAY_GOODS":"cup"}"#;
    assert_eq!(codes(Gateway::Payple, ours), []);
    assert_eq!(codes(Gateway::Payple, theirs), []);
    let asked = String::from_utf8(golden("payletter/manual/01_pay.json")).expect("UTF-8");
    assert_eq!(codes(Gateway::Payletter, &asked), []);
    let asked = String::from_utf8(golden("payletter_global/manual/01_pay.json")).expect("UTF-8");
    assert_eq!(codes(Gateway::PayletterGlobal, &asked), []);
}

#[test]
fn what_is_wrong_is_named_and_a_secret_is_refused() {
    let object = r#"{"method":"card","work":"pay_now","amount":50,"productName":"cup","colour":"red","custKey":"abcd"}"#;
    let wrong = codes(Gateway::Payple, object);
    let named = |field: &str, code| (field.to_owned(), code);
    assert_eq!(
        wrong,
        [
            named("colour", "name_unknown"),
            named("custKey", "secret_in_page"),
            named("amount", "amount_too_small")
        ]
    );
    let missing = codes(Gateway::Payletter, r#"{"pgcode":"creditcard"}"#);
    assert!(
        missing.contains(&named("merchant_id", "field_missing")),
        "{missing:?}"
    );
}

#[test]
fn rules_of_the_method_are_asked_too() {
    let body = golden("payletter/manual/01_pay.json");
    let mut fields = Fields::from_json(&body).expect("JSON");
    fields.set("pgcode", "kakaopay");
    fields.set("keyin_flag", "Y");
    let wrong = codes(Gateway::Payletter, &fields.to_json());
    assert_eq!(wrong, [("key_in".to_owned(), "field_not_for_method")]);
}

#[test]
fn a_callback_is_believed_by_its_hash_alone() {
    let body = golden("payletter/callback_mobile.json");
    let read = read_callback(&body, &Secret::new(PAYMENT_KEY)).expect("the manual's own hash");
    assert_eq!(read.text("amount").as_deref(), Some("1000"));
    assert_eq!(read.list("proven").len(), 3);
    let forged = String::from_utf8(body)
        .expect("UTF-8")
        .replace("\"amount\": 1000", "\"amount\": 9000");
    let refused = read_callback(forged.as_bytes(), &Secret::new(PAYMENT_KEY));
    assert_eq!(refused.expect_err("forged").code(), "hash_mismatch");
}

#[test]
fn a_notice_is_believed_in_the_form_that_was_asked_for() {
    let body = golden("payletter_global/notice_paid.form");
    let key = Secret::new(API_KEY);
    let read = read_notice(&body, &key, NoticeForm::Payment).expect("the manual's own hash");
    assert_eq!(read.text("event").as_deref(), Some("paid"));
    assert_eq!(read.text("currency").as_deref(), Some("USD"));
    let refused = read_notice(&body, &key, NoticeForm::TokenOnly);
    assert_eq!(refused.expect_err("another form").code(), "hash_mismatch");
}

#[test]
fn a_return_proves_nothing_and_carries_no_key() {
    let result = Fields::from_json(&golden("payple/window_card.json")).expect("JSON");
    let read = read_return(Gateway::Payple, &result);
    assert_eq!(read.text("says").as_deref(), Some("succeeded"));
    assert!(read.get("proven").is_some() && read.list("proven").is_empty());
    let written = read.to_json();
    for key in [
        "PCD_AUTH_KEY",
        "PCD_PAY_REQKEY",
        "PCD_PAYER_ID",
        "PCD_PAY_COFURL",
    ] {
        if let Some(value) = result.text(key).filter(|text| !text.is_empty()) {
            assert!(!written.contains(value.as_ref()), "{key} is in {written}");
        }
    }
    let close = Fields::from_json(&golden("payple/window_close.json")).expect("JSON");
    assert_eq!(
        read_return(Gateway::Payple, &close).text("says").as_deref(),
        Some("closed")
    );
}
