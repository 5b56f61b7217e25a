//! Payletter Global: settlement follows the payments of the day.

use crate::common::payletter_global::{KEY, OK, newest, order, pay, refund, settlements};
use crate::common::{Merchant, TestApp};
use paypair_protocol::Currency;
use paypair_protocol::payletter_global::{Settlement, SettlementBy, SettlementState};
use serde_json::json;

fn minor(row: &Settlement) -> [i64; 4] {
    let of = [&row.paid, &row.settled, &row.total_fee, &row.vat];
    of.map(|figure| figure.as_ref().unwrap().minor(&Currency::USD).unwrap())
}

#[actix_web::test]
async fn payments_and_refunds_stand_on_their_own_days() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    pay(&app, &order(&merchant, "a", "PLCreditCard")).await;
    let a = newest(&app).await;
    pay(&app, &order(&merchant, "b", "PLCreditCard")).await;
    pay(&app, &order(&merchant, "c", "PaypalExpressCheckout")).await;
    pay(&app, &order(&merchant, "unpaid", "DegicaKonbini")).await;
    let (detail, method) = (SettlementBy::Detail, SettlementBy::Method);
    let today = settlements(&app, "20260305", detail, SettlementState::Expected).await;
    assert_eq!(today.len(), 3);
    assert!(
        settlements(&app, "20260305", detail, SettlementState::Settled)
            .await
            .is_empty()
    );
    app.advance(24 * 60 * 60).await;
    refund(&app, &a, "2.50").await.unwrap();
    let rows = settlements(&app, "20260305", detail, SettlementState::Settled).await;
    assert_eq!(rows[0].transaction_id.as_deref(), Some(&*a));
    assert_eq!(
        (
            rows[0].method_group.as_deref(),
            rows[0].method_kind.as_deref()
        ),
        (Some("PL"), Some("CreditCard"))
    );
    assert_eq!(
        (minor(&rows[0]), rows[0].count),
        ([1250, 1195, 55, 5], Some(1))
    );
    let rows = settlements(&app, "20260305", method, SettlementState::Settled).await;
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (rows[0].count, minor(&rows[0])),
        (Some(2), [2500, 2390, 110, 10])
    );
    let back = settlements(&app, "20260306", detail, SettlementState::Expected).await;
    assert_eq!((back.len(), minor(&back[0])), (1, [-250, -239, -11, -1]));
}

#[actix_web::test]
async fn what_breaks_a_row_is_refused() {
    let app = TestApp::start();
    let right = json!({ "storeid": "PL_Merchant", "currencytype": 1, "searchtype": 1, "settlestate": 1, "settlesymd": "20260305", "settleeymd": "20260305" });
    let path = "/payletter_global/settlement/detailslist";
    assert_eq!(app.post_as(path, KEY, right.to_string()).await.0, 200);
    for (name, value) in [
        ("currencytype", json!(3)),
        ("searchtype", json!(0)),
        ("settlestate", json!(5)),
        ("settlesymd", json!("5 March")),
        ("storeid", json!("other")),
    ] {
        let mut wrong = right.clone();
        wrong[name] = value;
        assert_eq!(
            app.post_as(path, KEY, wrong.to_string()).await.0,
            400,
            "{name}"
        );
    }
}
