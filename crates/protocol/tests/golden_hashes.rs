//! Both hashes that the manuals print, then every recorded one, then tampering.

mod common;

use common::{form, json};
use paypair_protocol::{
    Error, Money, Secret, hash,
    payletter::{Callback, Return},
    payletter_global::{Notice, NoticeEvent, NoticeForm},
    wire::Fields,
};

/// The public test key of the domestic manual.
const PAYMENT_KEY: &str = "MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA=";

fn payment_key() -> Secret {
    PAYMENT_KEY.into()
}

/// The public test key of the global manual.
fn api_key() -> Secret {
    "PL_Merchant".into()
}

fn domestic() -> Fields {
    json("payletter/callback_mobile.json")
}

fn global() -> Fields {
    form("payletter_global/notice_paid.form")
}

#[test]
fn the_domestic_manuals_example_verifies() {
    let callback = Callback::verify(&domestic(), &payment_key()).unwrap();
    assert_eq!(callback.amount, Money::won(1000));
    assert_eq!(callback.customer_id, "test_user_id");
    assert_eq!(callback.transaction_id, "tpay_test-201808162396515");
    assert_eq!(callback.order_id, "1234567890");
    assert_eq!(callback.custom.as_deref(), Some("this is custom parameter"));
    assert_eq!(
        callback
            .cash_receipt
            .as_ref()
            .unwrap()
            .approval_no
            .as_deref(),
        Some("xE7555915")
    );
}

#[test]
fn the_global_manuals_example_verifies() {
    let notice = Notice::verify(&global(), &api_key(), NoticeForm::Payment).unwrap();
    assert_eq!(notice.event, NoticeEvent::Paid);
    assert_eq!(notice.amount.unwrap().to_string(), "1.00 USD");
    assert_eq!(
        notice.transaction_id.as_deref(),
        Some("20230214V5G503IU2OXH")
    );
    assert_eq!(
        notice.card_number.as_ref().unwrap().as_str(),
        "************6156"
    );
    assert_eq!(
        (notice.billing_key.as_ref(), notice.sent_at.as_str()),
        (None, "1676365201")
    );
}

#[test]
fn every_recorded_payhash_verifies_in_either_case() {
    let vectors = [
        (
            "test_user_id",
            "tpay_test-201808162396515",
            "9E078A29E6435959A07ED2E8415789234D18250434BAF2C185C2EF3012C77E92",
        ),
        (
            "test_user_id",
            "pay_test-202003238171666",
            "2ACDD8ECBA39BB3C4718AF01329C0BF6280B078D1C2E4BA82D2FF1E7AC3B82AD",
        ),
        (
            "mbeahan@example.net",
            "tpay_test-202002288149418",
            "D36B3611086728B41C4B22D015FF9982740963082FAD45617D5FBBA2BCF2B404",
        ),
        (
            "13",
            "tpay_test-202003058157772",
            "935534134B6BE06BFAF36DEFCB2EB69BEC47085DE0638945CD9E6EB1FE3E7160",
        ),
    ];
    for (user_id, tid, expected) in vectors {
        let digest = hash::payhash(user_id, "1000", tid, &payment_key());
        assert_eq!(digest.to_upper_hex(), expected);
        assert!(
            digest.matches_hex(expected.as_bytes())
                && digest.matches_hex(expected.to_lowercase().as_bytes())
        );
    }
    for number in 1..=4 {
        let fields = form(&format!("payletter/return_card_{number}.form"));
        let part = |name: &str| fields.bytes(name).unwrap();
        let digest = hash::payhash(part("user_id"), part("amount"), part("tid"), &payment_key());
        assert!(digest.matches_hex(&part("payhash")), "row {number}");
    }
}

#[test]
fn what_is_not_64_hex_digits_matches_nothing() {
    let digest = hash::payhash("u", "1000", "t", &payment_key());
    let good = digest.to_upper_hex();
    for bad in [
        "",
        "0",
        &good[..63],
        &format!("{good}0"),
        &format!(" {good}"),
        &"g".repeat(64),
        &"0".repeat(64),
    ] {
        assert!(!digest.matches_hex(bad.as_bytes()), "{bad}");
    }
}

#[test]
fn every_signed_part_and_the_key_are_covered() {
    for (name, other) in [
        ("user_id", "other"),
        ("amount", "1001"),
        ("tid", "other"),
        ("payhash", "00"),
    ] {
        let mut fields = domestic();
        fields.set(name, other);
        assert_eq!(
            Callback::verify(&fields, &payment_key()),
            Err(Error::HashMismatch),
            "{name}"
        );
    }
    assert_eq!(
        Callback::verify(&domestic(), &api_key()),
        Err(Error::HashMismatch)
    );
    for (name, other) in [
        ("storeid", "x"),
        ("currency", "KRW"),
        ("storeorderno", "x"),
        ("payamt", "1.00"),
        ("payerid", "x"),
        ("timestamp", "1"),
    ] {
        let mut fields = global();
        fields.set(name, other);
        assert_eq!(
            Notice::verify(&fields, &api_key(), NoticeForm::Payment),
            Err(Error::HashMismatch),
            "{name}"
        );
    }
}

#[test]
fn a_missing_hash_is_refused_for_every_method() {
    for method in ["mobile", "virtualaccount"] {
        let mut fields = domestic();
        fields.set("pgcode", method);
        fields.remove("payhash");
        assert_eq!(
            Callback::verify(&fields, &payment_key()),
            Err(Error::HashMissing)
        );
        fields.push("payhash", "");
        assert_eq!(
            Callback::verify(&fields, &payment_key()),
            Err(Error::HashMissing)
        );
    }
    let mut fields = global();
    fields.remove("hash");
    assert_eq!(
        Notice::verify(&fields, &api_key(), NoticeForm::Payment),
        Err(Error::HashMissing)
    );
}

#[test]
fn a_duplicate_in_a_signed_message_is_refused_wherever_it_stands() {
    for (name, value) in [("amount", "1"), ("order_no", "other"), ("payhash", "00")] {
        let mut fields = domestic();
        fields.push(name, value);
        let error = Callback::verify(&fields, &payment_key()).unwrap_err();
        assert_eq!(
            error,
            Error::FieldDuplicated {
                field: name.to_owned()
            }
        );
    }
    let mut fields = global();
    fields.push("notifytype", "2");
    let error = Notice::verify(&fields, &api_key(), NoticeForm::Payment).unwrap_err();
    assert_eq!(error.code(), "field_duplicated");
    let hash = hash::payhash_verification_only("u", "b", &payment_key()).to_upper_hex();
    let twice = format!("user_id=u&billkey=b&order_no=1&order_no=2&payhash={hash}");
    let error = Return::verify_registration(
        &Fields::from_form(twice.as_bytes()).unwrap(),
        &payment_key(),
    )
    .unwrap_err();
    assert_eq!(error.code(), "field_duplicated");
    let body = b"amount=1000&amount=1000&payhash=0";
    let error = Callback::verify(&Fields::from_form(body).unwrap(), &payment_key()).unwrap_err();
    assert_eq!(error.code(), "field_duplicated");
}

#[test]
fn a_shifted_border_is_not_an_amount() {
    let mut fields = domestic();
    fields.set("user_id", "test_user_id1");
    fields.set("amount", "000");
    assert_eq!(
        Callback::verify(&fields, &payment_key()),
        Err(Error::AmountMalformed)
    );
    let mut fields = global();
    fields.set("storeorderno", "1676332754561");
    fields.set("payamt", "");
    assert_eq!(
        Notice::verify(&fields, &api_key(), NoticeForm::Payment),
        Err(Error::FieldMissing { field: "amount" })
    );
}

#[test]
fn a_quoted_amount_hashes_like_a_bare_one_and_a_reprinted_one_does_not() {
    let mut fields = domestic();
    fields.set("amount", "1000");
    assert!(Callback::verify(&fields, &payment_key()).is_ok());
    for reprinted in ["1000.0", "1e3", "1000.00"] {
        fields.set("amount", paypair_protocol::wire::Value::number(reprinted));
        assert_eq!(
            Callback::verify(&fields, &payment_key()),
            Err(Error::HashMismatch)
        );
    }
}

#[test]
fn bytes_of_another_charset_are_hashed_as_they_came() {
    let name = b"\xC8\xAB\xB1\xE6\xB5\xBF"; // 홍길동 in EUC-KR
    let hash = hash::payhash(name, "1000", "t1", &payment_key()).to_upper_hex();
    let mut body = b"{\"user_id\":\"".to_vec();
    body.extend_from_slice(name);
    body.extend_from_slice(
        format!("\",\"amount\":1000,\"tid\":\"t1\",\"payhash\":\"{hash}\"}}").as_bytes(),
    );
    let callback = Callback::verify(&Fields::from_json(&body).unwrap(), &payment_key()).unwrap();
    assert_eq!(callback.amount, Money::won(1000));
    let body = format!("user_id=%C8%AB%B1%E6%B5%BF&amount=1000&tid=t1&payhash={hash}");
    assert!(Callback::verify(&Fields::from_form(body.as_bytes()).unwrap(), &payment_key()).is_ok());
}

#[test]
fn the_form_of_the_hash_is_the_callers_to_choose() {
    let registered = hash::payhash_verification_only("u", "tbpay_1", &payment_key()).to_upper_hex();
    let fields = Fields::from([
        ("user_id", "u"),
        ("billkey", "tbpay_1"),
        ("payhash", registered.as_str()),
    ]);
    let registration = Return::verify_registration(&fields, &payment_key()).unwrap();
    assert_eq!(registration.billing_key.expose(), "tbpay_1");
    // A registration is no payment, even when somebody adds what a payment has.
    let mut forged = fields;
    forged.push("amount", "");
    forged.push("tid", "tbpay_1");
    assert!(Callback::verify(&forged, &payment_key()).is_err());
    // A payment is no registration.
    assert!(Return::verify_registration(&domestic(), &payment_key()).is_err());
}

#[test]
fn a_token_only_notice_never_has_an_amount() {
    let hash = hash::notice_hash_token_only("PL_Merchant", "o-1", "u", "1676365201", &api_key())
        .to_lower_hex();
    let fields = Fields::from([
        ("storeid", "PL_Merchant"),
        ("storeorderno", "o-1"),
        ("payerid", "u"),
        ("timestamp", "1676365201"),
        ("notifytype", "7"),
        ("poqtoken", "TPL_1"),
        ("currency", "USD"),
        ("payamt", "100"),
        ("hash", hash.as_str()),
    ]);
    let notice = Notice::verify(&fields, &api_key(), NoticeForm::TokenOnly).unwrap();
    assert_eq!(
        (notice.event, notice.amount),
        (NoticeEvent::BillingKeyIssued, None)
    );
    assert_eq!(
        Notice::verify(&fields, &api_key(), NoticeForm::Payment),
        Err(Error::HashMismatch)
    );
    assert_eq!(
        Notice::verify(&global(), &api_key(), NoticeForm::TokenOnly),
        Err(Error::HashMismatch)
    );
}

#[test]
fn an_unknown_event_is_kept_and_is_no_payment() {
    let mut fields = global();
    fields.set("notifytype", "8");
    let notice = Notice::verify(&fields, &api_key(), NoticeForm::Payment).unwrap();
    assert_eq!(notice.event, NoticeEvent::Unknown(8));
}

/// The printed notification with other values, signed again as the gateway would.
fn notice_with(values: &[(&str, &str)]) -> Fields {
    let mut fields = global();
    for (name, value) in values {
        fields.set(name, *value);
    }
    let text = |name: &str| fields.text(name).unwrap().into_owned();
    let digest = hash::notice_hash(
        text("storeid"),
        text("currency"),
        text("storeorderno"),
        text("payamt"),
        text("payerid"),
        text("timestamp"),
        &api_key(),
    );
    fields.set("hash", digest.to_lower_hex());
    fields
}

#[test]
fn a_new_subscription_brings_its_terms_and_its_billing_key() {
    let fields = notice_with(&[
        ("notifytype", "5"),
        ("pginfo", "PaypalExpressCheckout"),
        ("poqtoken", "TPL_Merchant20230509235776"),
        ("intervaltype", "3"),
        ("intervalcnt", "1"),
        ("totalcycles", "0"),
    ]);
    let notice = Notice::verify(&fields, &api_key(), NoticeForm::Payment).unwrap();
    assert_eq!(notice.event, NoticeEvent::SubscriptionCreated);
    let terms = notice.subscription.as_ref().unwrap();
    assert_eq!(
        terms.interval,
        paypair_protocol::payletter_global::Interval::Month
    );
    assert_eq!((terms.every, terms.cycles), (Some(1), Some(0)));
    assert!(notice.billing_key.is_some());
    assert_eq!(
        notice.customer_email.as_deref(),
        Some("testid@payletter.com")
    );
    assert_eq!(notice.service_name.as_deref(), Some("Payment GPOQ"));
    assert_eq!(notice.gateway_code.as_deref(), Some("0"));
}

#[test]
fn a_held_payment_and_events_to_come_are_no_payments() {
    for (number, event) in [("6", NoticeEvent::Pending), ("8", NoticeEvent::Unknown(8))] {
        let fields = notice_with(&[("notifytype", number)]);
        let notice = Notice::verify(&fields, &api_key(), NoticeForm::Payment).unwrap();
        assert_eq!(
            (notice.event, notice.event.to_wire().to_string().as_str()),
            (event, number)
        );
        assert_eq!(notice.subscription, None);
    }
}

#[test]
fn a_callback_may_bring_taxes_a_deposit_and_the_account() {
    let mut fields = domestic();
    for (name, value) in [
        ("taxfree_amount", "100"),
        ("tax_amount", "82"),
        ("account_no", "56211101380912"),
        ("bank_code", "88"),
    ] {
        fields.set(name, value);
    }
    fields.set("disposable_cup_deposit", "300");
    let callback = Callback::verify(&fields, &payment_key()).unwrap();
    assert_eq!(
        (
            callback.tax_free_amount,
            callback.tax_amount,
            callback.cup_deposit
        ),
        (
            Some(Money::won(100)),
            Some(Money::won(82)),
            Some(Money::won(300))
        )
    );
    let account = callback.virtual_account.as_ref().unwrap();
    assert_eq!(
        (account.number.as_str(), account.bank_code.as_deref()),
        ("56211101380912", Some("88"))
    );
}
