//! The question that ends every story can be answered with no: whatever one of the books does not know, it finds.

use paypair_ledger::Store as _;
use paypair_protocol::{
    Method, Money, Secret,
    payletter::{Charge, Partial, Refund},
};
use serde_json::{Value, json};

use super::{
    super::common::{PAYMENT_KEY, text},
    stage::Stage,
};

/// A call that some other system of the merchant's makes, behind our back.
async fn behind_our_back(stage: &Stage, path: &str, body: String) {
    let url = format!("{}/payletter/v1.0/payments/{path}", stage.gateway);
    let call = stage.http.post(url).body(body);
    let call = call.header("content-type", "application/json");
    let call = call.header("authorization", format!("PLKEY {PAYMENT_KEY}"));
    let answer = call.send().await.unwrap();
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
}

/// A subscription with one charge, about which everything agrees.
async fn charged_once() -> (Stage, String) {
    let stage = Stage::open().await;
    let key = stage.key("payletter").await;
    stage.charged("payletter", &key, "march", json!({})).await;
    stage.everything_agrees().await;
    (stage, key)
}

fn has(found: &[String], what: &str) {
    let told = found.iter().any(|sentence| sentence.contains(what));
    assert!(told, "not a word of `{what}` in {found:#?}");
}

async fn charge_again(stage: &Stage, key: &str, order_id: &str) {
    let view = stage.verifier.store().billing_key_view(key).await.unwrap();
    let charge = Charge {
        method: Method::from("creditcard"),
        merchant_id: "pay_test".into(),
        customer_id: "1001".into(),
        order_id: order_id.into(),
        amount: Money::won(9900),
        product_name: "월 구독".into(),
        billing_key: Secret::new(view.unwrap().key.unwrap().expose()),
        customer_ip: "127.0.0.1".into(),
        ..Charge::default()
    };
    behind_our_back(stage, "autopay", charge.fields().to_json()).await;
}

#[tokio::test]
async fn a_capture_that_we_do_not_know_is_found() {
    let (stage, key) = charged_once().await;
    charge_again(&stage, &key, "somebody-elses").await;
    let found = stage.disagreements().await;
    has(&found, "somebody-elses: stands in the book");
    has(&found, "the list has 2 rows, ours are 1");
    has(&found, "and is no payment of ours");
    has(
        &found,
        "payletter charge somebody-elses: we wrote it down 0 times, the gateway counted 1",
    );
}

#[tokio::test]
async fn a_second_capture_of_the_same_order_is_found() {
    let (stage, key) = charged_once().await;
    charge_again(&stage, &key, "march").await;
    let found = stage.disagreements().await;
    // Our own lookup finds it too, and gives it back; how far it has come with that is another matter.
    has(&found, ", the book has 2 lines");
    has(&found, "we wrote it down 1 times, the gateway counted 2");
}

#[tokio::test]
async fn money_given_back_behind_our_back_is_found() {
    let (stage, _) = charged_once().await;
    let refund = Refund {
        method: Method::from("creditcard"),
        merchant_id: "pay_test".into(),
        customer_id: "1001".into(),
        transaction_id: text(&stage.captures("march").await[0]["transaction_id"]),
        amount: Money::won(900),
        partial: Some(Partial::default()),
        customer_ip: "127.0.0.1".into(),
    };
    behind_our_back(&stage, "cancel/partial", refund.fields().to_json()).await;
    let found = stage.disagreements().await;
    has(
        &found,
        "payletter refund march: we wrote it down 0 times, the gateway counted 1",
    );
}

#[tokio::test]
async fn a_payment_that_payple_has_forgotten_is_found() {
    let stage = Stage::open().await;
    stage.paid("payple", json!({})).await;
    stage.everything_agrees().await;
    assert_eq!(stage.control("reset", Value::Null).await.0, 200);
    let found = stage.disagreements().await;
    has(&found, "Payple says Sums { captured: 0, refunded: 0 }");
    has(&found, "payple confirm");
}

#[tokio::test]
async fn a_payment_that_the_gateway_never_made_is_found() {
    let (stage, _) = charged_once().await;
    assert_eq!(stage.control("reset", Value::Null).await.0, 200);
    let found = stage.disagreements().await;
    has(&found, "march: we say paid, the book has 0 lines");
    has(&found, "we wrote it down 1 times, the gateway counted 0");
}

#[tokio::test]
async fn an_event_that_was_rewritten_is_found() {
    let (stage, _) = charged_once().await;
    let file = stage.folder.path().join("test.sqlite3");
    let file = rusqlite::Connection::open(file).unwrap();
    let why = file.execute("UPDATE event SET note = 'nothing happened'", ());
    assert!(why.unwrap_err().to_string().contains("append-only"));
    // Somebody who owns the file can lift that; the chain tells all the same.
    file.execute("DROP TRIGGER event_is_never_changed", ())
        .unwrap();
    let rewritten = file.execute(
        "UPDATE event SET note = 'nothing happened' WHERE order_id = 'march' AND to_state = 'paid'",
        (),
    );
    assert!(rewritten.unwrap() > 0);
    let found = stage.disagreements().await;
    has(&found, "march: the chain of events is broken");
}
