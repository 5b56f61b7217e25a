//! A refund long after its payment.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::common::{Fate, Setup, TestApp};
use crate::{act, paid};

const DAY: u64 = 24 * 60 * 60;

fn day(text: &Value) -> Date {
    Date::strptime("%Y%m%d", text.as_str().unwrap()).unwrap()
}

/// The list is of everybody's sales: half a year of it is too long an answer for any lookup.
#[tokio::test]
async fn is_looked_up_without_reading_everything_in_between() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = paid(&app, "payletter_global", json!({})).await;
    let id = &page.order_id;
    app.advance(150 * DAY).await;
    tap.befall(act("payletter_global"), Fate::Lost, 1);
    let (_, outcome) = app.refund(id, json!({})).await;
    assert_eq!(outcome["status"], "in_doubt", "{outcome}");
    app.advance(10).await;
    let outcome = app.comes_to(id, "cancelled").await;
    assert_eq!(outcome["state"], "refunded", "{outcome}");
    let asked = tap.sent("cpdaesalist");
    let asked: Vec<Value> = asked
        .iter()
        .map(|body| serde_json::from_str(body).unwrap())
        .collect();
    assert!(asked.len() > 1, "the days of the payment and of the refund");
    for list in asked {
        let days = day(&list["datefrom"]).until(day(&list["dateto"])).unwrap();
        assert!((0..=31).contains(&days.get_days()), "{list}");
    }
}
