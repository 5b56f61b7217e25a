//! Payletter Global: money goes back, at once, later, or against the merchant's will.

use crate::common::payletter_global::{OK, act, newest, notice, order, pay, refund, sales, usd};
use crate::common::{self, Merchant, TestApp, refusal};
use paypair_protocol::payletter_global::{NoticeEvent, NoticeForm, SaleStatus, Search};
use serde_json::json;

#[actix_web::test]
async fn parts_and_wholes_are_listed_by_their_search_type() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    pay(&app, &order(&merchant, "whole", "PLCreditCard")).await;
    let whole = newest(&app).await;
    pay(&app, &order(&merchant, "part", "PLCreditCard")).await;
    let part = newest(&app).await;
    let back = refund(&app, &whole, "12.50").await.unwrap();
    assert_eq!(
        (back.amount, back.order_id.as_deref()),
        (Some(usd("12.50")), Some("whole"))
    );
    merchant.called(3).await;
    assert_eq!(
        notice(&merchant, 2, NoticeForm::Payment).event,
        NoticeEvent::Cancelled
    );
    refund(&app, &part, "2.50").await.unwrap();
    merchant.called(4).await;
    let told = notice(&merchant, 3, NoticeForm::Payment);
    assert_eq!(
        (told.event, told.amount),
        (NoticeEvent::PartlyCancelled, Some(usd("2.50")))
    );
    assert!(refusal(refund(&app, &part, "10.01").await).starts_with("[2106]"));
    assert!(refusal(refund(&app, &whole, "1").await).starts_with("[2105]"));
    assert!(refusal(refund(&app, "unknown", "1").await).starts_with("[2104]"));
    let ids = async |search| -> Vec<_> {
        let rows = sales(&app, "20260305", search).await;
        rows.into_iter()
            .map(|row| (row.order_id, row.status))
            .collect()
    };
    let cancelled = ("whole".to_owned(), SaleStatus::Cancelled);
    let partly = ("part".to_owned(), SaleStatus::PartlyCancelled);
    assert_eq!(ids(Search::All).await, [cancelled.clone(), partly.clone()]);
    assert_eq!(ids(Search::Cancelled).await, [cancelled]);
    assert_eq!(ids(Search::PartlyCancelled).await, [partly]);
    let book = app.book().await;
    assert_eq!(book["payments"][1]["state"], "partly_refunded");
}

#[actix_web::test]
async fn vietnam_promises_first_and_tells_later() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    pay(&app, &order(&merchant, "a", "VTCVTCPay")).await;
    let tid = newest(&app).await;
    assert!(
        refusal(refund(&app, &tid, "1").await).starts_with("[2108]"),
        "not in part"
    );
    let promised = refund(&app, &tid, "12.50").await.unwrap();
    assert_eq!(promised.refunded_at.as_deref(), Some("2026-03-05 14:11:11"));
    assert_eq!(app.payment().await["state"], "refund_pending");
    assert_eq!(
        sales(&app, "20260305", Search::All).await[0].status,
        SaleStatus::Paid
    );
    assert!(refusal(refund(&app, &tid, "12.50").await).starts_with("[2105]"));
    assert_eq!(merchant.got().len(), 1);
    app.advance(60 * 60).await;
    merchant.called(2).await;
    assert_eq!(
        notice(&merchant, 1, NoticeForm::Payment).event,
        NoticeEvent::Cancelled
    );
    assert_eq!(app.payment().await["state"], "cancelled");
    assert_eq!(sales(&app, "20260305", Search::Cancelled).await.len(), 1);
}

#[actix_web::test]
async fn a_promised_refund_can_be_done_by_hand() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    pay(&app, &order(&merchant, "a", "VTCVTCPay")).await;
    assert_eq!(
        act(&app, "finish_refund", "a").await,
        409,
        "none is promised"
    );
    refund(&app, &newest(&app).await, "12.50").await.unwrap();
    assert_eq!(act(&app, "finish_refund", "a").await, 200);
    merchant.called(2).await;
    assert_eq!(
        notice(&merchant, 1, NoticeForm::Payment).event,
        NoticeEvent::Cancelled
    );
    assert_eq!(app.payment().await["state"], "cancelled");
    assert_eq!(act(&app, "finish_refund", "a").await, 409);
    app.advance(60 * 60).await;
    assert_eq!(app.payment().await["refunded"], "12.50", "once");
}

#[actix_web::test]
async fn staff_give_back_by_hand_what_is_left_and_the_list_may_show_it_late() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    pay(&app, &order(&merchant, "a", "PLCreditCard")).await;
    refund(&app, &newest(&app).await, "2.50").await.unwrap();
    merchant.called(2).await;
    assert_eq!(act(&app, "cancel", "b").await, 409, "there is none");
    let late = json!([{ "name": "lookup_lag", "seconds": 20 }]);
    app.script("payletter_global", "a", late).await;
    assert_eq!(act(&app, "cancel", "a").await, 200);
    merchant.called(3).await;
    let told = notice(&merchant, 2, NoticeForm::Payment);
    assert_eq!(told.event, NoticeEvent::Cancelled);
    assert_eq!(app.payment().await["refunded"], "12.50");
    assert_eq!(act(&app, "cancel", "a").await, 409, "nothing is left");
    let status = async || sales(&app, "20260305", Search::All).await[0].status.clone();
    assert_eq!(status().await, SaleStatus::PartlyCancelled);
    app.advance(20).await;
    assert_eq!(status().await, SaleStatus::Cancelled);
}

#[actix_web::test]
async fn methods_and_days_decide() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    pay(&app, &order(&merchant, "fpx", "MOLFPX")).await;
    assert!(refusal(refund(&app, &newest(&app).await, "12.50").await).starts_with("[2108]"));
    pay(&app, &order(&merchant, "old", "PLCreditCard")).await;
    let old = newest(&app).await;
    app.advance(181 * 24 * 60 * 60).await;
    assert!(refusal(refund(&app, &old, "12.50").await).starts_with("[2108]"));
}

#[actix_web::test]
async fn a_card_holder_takes_the_money_back() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    pay(&app, &order(&merchant, "a", "PLCreditCard")).await;
    assert_eq!(act(&app, "charge_back", "a").await, 200);
    merchant.called(2).await;
    let told = notice(&merchant, 1, NoticeForm::Payment);
    assert_eq!(
        (told.event, told.amount),
        (NoticeEvent::ChargedBack, Some(usd("12.50")))
    );
    assert_eq!(app.payment().await["state"], "charged_back");
    assert!(refusal(refund(&app, &newest(&app).await, "12.50").await).starts_with("[2104]"));
    assert_eq!(act(&app, "charge_back", "a").await, 409);
}

#[actix_web::test]
async fn shops_and_transfers_are_accepted_first_and_paid_later() {
    let (app, merchant) = (TestApp::start(), Merchant::answering(OK));
    for method in ["DegicaKonbini", "CodaPayPromptpay"] {
        let (_, back) = pay(&app, &order(&merchant, method, method))
            .await
            .handback();
        assert_eq!(
            common::value(&back, "retcode"),
            "0",
            "the request was accepted"
        );
    }
    assert!(merchant.got().is_empty() && sales(&app, "20260305", Search::All).await.is_empty());
    assert_eq!(app.book().await["payments"][0]["state"], "awaiting_deposit");
    let deliver = json!({ "gateway": "payletter_global", "order_id": "DegicaKonbini" });
    assert_eq!(app.post_json("/control/deliver", &deliver).await.0, 200);
    let told = notice(&merchant, 0, NoticeForm::Payment);
    assert_eq!(
        (told.event, &*told.order_id),
        (NoticeEvent::Paid, "DegicaKonbini")
    );
    let rows = sales(&app, "20260305", Search::Paid).await;
    assert_eq!((rows.len(), rows[0].method.as_str()), (1, "Konbini"));
}
