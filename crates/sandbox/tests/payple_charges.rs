//! Payple: a registered card is charged.

use crate::common::payple::{
    MARCH, charge, delete, look_up, payer, post, refund, register, send, tokens,
};
use crate::common::{TestApp, refusal};
use paypair_protocol::payple::{Charge, Purpose, Repeat};
use paypair_protocol::{CallError, Money, Secret};
use serde_json::json;

#[actix_web::test]
async fn a_card_is_charged_at_any_time() {
    let app = TestApp::start();
    let key = register(&app, "card").await;
    for order_id in ["one", "two"] {
        let paid = send(&app, charge(&key, order_id, Repeat::Freely))
            .await
            .unwrap();
        assert_eq!(paid.gateway_code.as_deref(), Some("SPCD0000"));
        assert_eq!(
            (&*paid.order_id, paid.amount),
            (order_id, Some(Money::won(10_000)))
        );
        assert_eq!(paid.repeat, Some(Repeat::Freely));
        assert_eq!(paid.billing_key, Some(key.clone()));
        assert_eq!(paid.custom1.as_deref(), Some("가"));
        assert_eq!(paid.customer_name.as_deref(), Some("홍길동"));
        assert!(
            paid.transaction_id.is_some()
                && paid.approval_no.is_some()
                && paid.card_number.is_some()
        );
        let found = look_up(&app, order_id).await.unwrap();
        assert_eq!(found.transaction_id, paid.transaction_id);
    }
    let book = app.book().await;
    let states: Vec<_> = book["payments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| &line["state"])
        .collect();
    assert_eq!(states, ["registered", "captured", "captured"]);
}

#[actix_web::test]
async fn a_month_is_charged_once_per_card() {
    let app = TestApp::start();
    let key = register(&app, "card").await;
    let paid = send(&app, charge(&key, "march", MARCH)).await.unwrap();
    assert_eq!(paid.repeat, Some(MARCH));
    let again = send(&app, charge(&key, "march2", MARCH)).await;
    assert_eq!(refusal(again), "CPAY0202");
    let april = Repeat::Monthly {
        year: 2026,
        month: 4,
    };
    assert!(send(&app, charge(&key, "april", april)).await.is_ok());
    assert!(
        send(&app, charge(&key, "extra", Repeat::Freely))
            .await
            .is_ok()
    );
    refund(&app, "march", 10_000).await.unwrap();
    assert!(send(&app, charge(&key, "march3", MARCH)).await.is_ok());
}

#[actix_web::test]
async fn an_order_id_is_charged_once() {
    let app = TestApp::start();
    let key = register(&app, "card").await;
    send(&app, charge(&key, "a", Repeat::Freely)).await.unwrap();
    let again = send(&app, charge(&key, "a", Repeat::Freely))
        .await
        .unwrap_err();
    assert!(again.is_uncertain());
    assert_eq!(refusal(Err::<(), _>(again)), "SPCD0014");
    assert_eq!(
        refusal(send(&app, charge(&key, "a", MARCH)).await),
        "RPCD0015"
    );
}

#[actix_web::test]
async fn tokens_charge_once_and_for_their_own_purpose() {
    let app = TestApp::start();
    let key = register(&app, "card").await;
    let (first, path) = tokens(&app, Purpose::RepeatFreely).await;
    let with = |order_id: &str| Charge {
        tokens: first.clone(),
        ..charge(&key, order_id, Repeat::Freely)
    };
    assert!(
        post(&app, &path, &with("a").fields())
            .await
            .1
            .contains("SPCD0000")
    );
    assert!(
        post(&app, &path, &with("b").fields())
            .await
            .1
            .contains("SPCD0004")
    );
    let (monthly, _) = tokens(&app, Purpose::RepeatMonthly).await;
    let strange = Charge {
        tokens: monthly,
        ..charge(&key, "c", Repeat::Freely)
    };
    assert!(
        post(&app, &path, &strange.fields())
            .await
            .1
            .contains("SPCD0004")
    );
}

#[actix_web::test]
async fn what_breaks_a_row_is_refused_with_its_code() {
    let app = TestApp::start();
    let key = register(&app, "card").await;
    let refused = async |repeat, name: &str, value: &str| {
        let charge = charge(&key, "a", repeat);
        let (tokens, path) = tokens(&app, charge.purpose()).await;
        let charge = Charge { tokens, ..charge };
        let mut fields = charge.fields();
        fields.set(name, value);
        let (status, body) = post(&app, &path, &fields).await;
        refusal(charge.read(status, body.as_bytes()))
    };
    for (name, value, freely, monthly) in [
        ("PCD_PAY_TOTAL", "99", "SPCD0002", "RPCD0002"),
        ("PCD_PAY_GOODS", "", "SPCD0003", "RPCD0003"),
        ("PCD_PAYER_ID", "", "SPCD0001", "RPCD0001"),
        ("PCD_PAYER_ID", "unknown", "SPCD0011", "RPCD0011"),
        ("PCD_PAY_TYPE", "transfer", "SPCD9998", "RPCD9998"),
        ("PCD_PAY_OID", "", "SPCD9998", "RPCD9998"),
    ] {
        assert_eq!(refused(Repeat::Freely, name, value).await, freely, "{name}");
        assert_eq!(refused(MARCH, name, value).await, monthly, "{name}");
    }
    assert_eq!(refused(MARCH, "PCD_PAY_YEAR", "26").await, "RPCD0004");
    assert_eq!(refused(MARCH, "PCD_PAY_MONTH", "13").await, "RPCD0005");
    assert_eq!(app.payment().await["state"], "registered");
}

#[actix_web::test]
async fn a_deleted_card_is_neither_charged_nor_found() {
    let app = TestApp::start();
    let key = register(&app, "card").await;
    let card = payer(&app, &key).await.unwrap();
    assert_eq!(card.customer_id.as_deref(), Some("7"));
    let gone = delete(&app, &key).await.unwrap();
    assert_eq!(
        (gone.gateway_code.as_deref(), &gone.billing_key),
        (Some("TSDL0000"), &key)
    );
    assert_eq!(refusal(delete(&app, &key).await), "CPCA0003");
    assert_eq!(refusal(payer(&app, &key).await), "CPCA0003");
    assert_eq!(
        refusal(send(&app, charge(&key, "a", Repeat::Freely)).await),
        "SPCD0011"
    );
    assert_ne!(
        register(&app, "card2").await,
        key,
        "the same card gets another key"
    );
}

#[actix_web::test]
async fn faults_befall_the_charge() {
    let app = TestApp::start();
    app.script("payple", "no", json!(["charge_declined"])).await;
    app.script("payple", "lost", json!(["charge_answer_lost"]))
        .await;
    let key: Secret = register(&app, "card").await;
    assert_eq!(
        refusal(send(&app, charge(&key, "no", Repeat::Freely)).await),
        "SPCD0009"
    );
    let lost = send(&app, charge(&key, "lost", Repeat::Freely))
        .await
        .unwrap_err();
    assert!(matches!(lost, CallError::Unreadable { status: 502, .. }));
    assert!(look_up(&app, "lost").await.is_some());
    assert!(look_up(&app, "no").await.is_none());
}
