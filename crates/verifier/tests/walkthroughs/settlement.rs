//! A day with payments and refunds, as each Payletter settles it: the sums are those of its money book.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::{super::common::text, stage::Stage};

/// A figure in the smallest unit, won or cents.
fn figure(row: &Value, name: &str) -> i64 {
    let text = text(&row[name]);
    let (sign, size) = text
        .strip_prefix('-')
        .map_or((1, &*text), |size| (-1, size));
    let digits = size.replace('.', "");
    sign * digits
        .parse::<i64>()
        .unwrap_or_else(|_| panic!("{name} of {row}"))
}

fn total(rows: &[Value], name: &str) -> i64 {
    rows.iter().map(|row| figure(row, name)).sum()
}

async fn given_back(stage: &Stage, order_id: &str, body: Value) {
    let (status, outcome) = stage.refund(order_id, body).await;
    assert_eq!(status, 200, "{outcome}");
    assert_eq!(outcome["refund"]["state"], "done", "{outcome}");
}

/// What a gateway's book took in, and what it gave back.
async fn booked(stage: &Stage, gateway: &str) -> (i64, i64) {
    let mut lines = stage.payments().await;
    lines.retain(|line| line["gateway"] == gateway);
    (total(&lines, "amount"), total(&lines, "refunded"))
}

#[tokio::test]
async fn payletters_days_add_up_to_its_book() {
    let stage = Stage::open().await;
    let gateway = "payletter";
    let kept = stage.paid(gateway, json!({})).await;
    let back = stage.paid(gateway, json!({ "amount": "5000" })).await;
    let more = json!({ "amount": "7000", "method": "banktransfer" });
    let part = stage.paid(gateway, more).await;
    let page = stage.order(gateway, json!({})).await;
    stage.press_and_return(&page, "decline").await;
    page.wait_for("declined").await;
    given_back(&stage, &back.order_id, json!({})).await;
    given_back(
        &stage,
        &part.order_id,
        json!({ "amount": "2000", "refundId": "r1" }),
    )
    .await;
    let first = stage.day();
    stage.next_day().await;
    let next = stage.day();
    stage.paid(gateway, json!({ "amount": "300" })).await;
    given_back(
        &stage,
        &kept.order_id,
        json!({ "amount": "1000", "refundId": "r1" }),
    )
    .await;

    let list = "/settlement?gateway=payletter";
    let days = stage.rows(list, first, next).await;
    let figures = days.iter().map(|row| {
        ["count", "paid", "cancelledCount", "cancelled", "settled"].map(|name| figure(row, name))
    });
    let figures: Vec<_> = figures.collect();
    assert_eq!(
        figures,
        [[3, 22_000, 2, 7000, 15_000], [1, 300, 1, 1000, -700]]
    );
    let (taken, returned) = booked(&stage, gateway).await;
    for by in ["day", "method", "payment"] {
        let rows = stage.rows(&format!("{list}&by={by}"), first, next).await;
        assert_eq!(total(&rows, "paid"), taken, "by {by}: {rows:?}");
        assert_eq!(total(&rows, "cancelled"), returned, "by {by}: {rows:?}");
        assert_eq!(total(&rows, "settled"), taken - returned, "by {by}");
    }
    stage.everything_agrees().await;
}

#[tokio::test]
async fn payletter_globals_days_add_up_to_its_book() {
    let stage = Stage::open().await;
    let gateway = "payletter_global";
    let dollars = |amount: &str| json!({ "amount": amount, "currency": "USD" });
    let kept = stage.paid(gateway, dollars("100.00")).await;
    let back = stage.paid(gateway, dollars("12.50")).await;
    let mut paypal = dollars("40.00");
    paypal["method"] = json!("PaypalExpressCheckout");
    let part = stage.paid(gateway, paypal).await;
    given_back(&stage, &back.order_id, json!({})).await;
    given_back(
        &stage,
        &part.order_id,
        json!({ "amount": "15.25", "refundId": "r1" }),
    )
    .await;
    let first = stage.day();
    stage.next_day().await;
    let next = stage.day();
    given_back(
        &stage,
        &kept.order_id,
        json!({ "amount": "10.00", "refundId": "r1" }),
    )
    .await;

    // While a day lasts it is expected; a day later it is settled.
    let list = "/settlement?gateway=payletter_global";
    let of = async |more: &str, from: Date, to: Date| {
        let rows = stage.rows(&format!("{list}{more}"), from, to).await;
        for row in &rows {
            let whole = figure(row, "settled") + figure(row, "totalFee");
            assert_eq!(whole, figure(row, "paid"), "{row}");
        }
        rows
    };
    let expected = of("&state=expected", first, next).await;
    assert_eq!(total(&expected, "paid"), -1000, "{expected:?}");
    assert!(
        expected
            .iter()
            .all(|row| row["settledOn"] == next.to_string())
    );
    stage.next_day().await;
    assert!(of("&state=expected", first, next).await.is_empty());

    let by_method: BTreeMap<_, _> = of("", first, first)
        .await
        .iter()
        .map(|row| (text(&row["method"]), figure(row, "paid")))
        .collect();
    let wanted = [("PLCreditCard", 10_000), ("PaypalExpressCheckout", 2475)];
    let wanted = wanted.map(|(method, paid)| (method.to_owned(), paid));
    assert_eq!(by_method, BTreeMap::from(wanted));
    let (taken, returned) = booked(&stage, gateway).await;
    for by in ["method", "payment"] {
        let rows = of(&format!("&by={by}"), first, next).await;
        assert_eq!(total(&rows, "paid"), taken - returned, "by {by}: {rows:?}");
    }
    stage.everything_agrees().await;
}
