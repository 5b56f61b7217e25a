//! A notice of another payment, and lists that do not show all they tell of.

use paypair_ledger::LOOKUP_SCHEDULE;

use super::{notice, press_and_return, usd};
use crate::common::{Fate, Setup, TestApp};

#[tokio::test]
async fn a_list_that_was_cut_short_disproves_no_second_payment() {
    for (told_of_more, discrepant) in [(true, 1), (false, 0)] {
        let (app, tap) = TestApp::tapped(Setup::default()).await;
        let page = app.order("payletter_global", usd("PLCreditCard")).await;
        press_and_return(&page, "pay").await;
        page.wait_for("paid").await;
        let id = &page.order_id;
        if told_of_more {
            tap.befall("cpdaesalist", Fate::TellsOfMore, u32::MAX);
        }
        let second = notice("1", id, &[("paytoken", "20261122SECOND")]);
        assert_eq!(app.notice(&second).await.0, 200);
        for pause in LOOKUP_SCHEDULE {
            app.looked_up(id).await;
            app.advance(pause.as_secs() + 1).await;
        }
        app.looked_up(id).await;
        let shown = app.show(id).await;
        assert_eq!(shown["attempts"][0]["nextCheckAt"], serde_json::Value::Null);
        assert_eq!(
            app.published(id, "payment.discrepant").await,
            discrepant,
            "{shown}"
        );
    }
}
