//! Where the stories are played: a verifier and the gateways, on a morning in March, and what a merchant does in them.

use std::ops::Deref;

use jiff::{
    ToSpan as _,
    civil::Date,
    tz::{Offset, TimeZone},
};
use paypair_verifier::Environment as _;
use serde_json::{Value, json};

use crate::common::{Handback, Page, Setup, TestApp, text};

/// A verifier and the gateways. Every story begins on 5 March at ten in the morning in Korea, so that no midnight, short month or
/// turn of the year comes in between, whenever the tests are run.
pub(super) struct Stage {
    app: TestApp,
    first_day: Date,
}

impl Deref for Stage {
    type Target = TestApp;

    fn deref(&self) -> &TestApp {
        &self.app
    }
}

impl Stage {
    pub(super) async fn open() -> Self {
        // Payple's account may cancel in part, as a real one.
        Self::of(Setup {
            sandbox: |options| options.payple_partial_cancel = true,
            ..Setup::default()
        })
        .await
    }

    pub(super) async fn of(setup: Setup) -> Self {
        let app = TestApp::with(setup).await;
        let next_year = app.clock.now().kst_date().year() + 1;
        let stage = Self {
            app,
            first_day: jiff::civil::date(next_year, 3, 5),
        };
        stage.go_to(stage.first_day, 10).await;
        stage
    }

    /// The day the story began.
    pub(super) fn first_day(&self) -> Date {
        self.first_day
    }

    /// This day in Korea.
    pub(super) fn day(&self) -> Date {
        self.clock.now().kst_date()
    }

    /// This month, as Payple is told it.
    pub(super) fn this_month(&self) -> Value {
        let day = self.day();
        json!({ "repeat": { "year": day.year(), "month": day.month() } })
    }

    /// Lets the time pass until an hour of a day.
    pub(super) async fn go_to(&self, day: Date, hour: i8) {
        let korea = TimeZone::fixed(Offset::constant(9));
        let then = day.at(hour, 0, 0, 0).to_zoned(korea).unwrap();
        let left = then.timestamp().as_millisecond() - self.clock.now().millis();
        let seconds = u64::try_from(left / 1000 + 1).expect("time goes forward");
        self.advance(seconds).await;
    }

    pub(super) async fn next_month(&self) {
        self.go_to(self.day() + 1.month(), 10).await;
    }

    pub(super) async fn next_day(&self) {
        self.go_to(self.day() + 1.day(), 10).await;
    }

    /// A buyer who sees a payment through. What an order is paid by stands in `more`.
    pub(super) async fn paid(&self, gateway: &str, more: Value) -> Page<'_> {
        let page = self.order(gateway, more).await;
        let outcome = page.pay("redirect").await;
        assert_eq!(outcome["status"], "paid", "{gateway}: {outcome}");
        page
    }

    /// Opens the window of an order, presses a button and comes back.
    pub(super) async fn press_and_return(&self, page: &Page<'_>, deed: &str) {
        let Handback::Post { url, fields } = page.press("redirect", deed).await else {
            panic!("the window does not come back");
        };
        assert_eq!(self.post_form(&url, &fields).await.0, 303);
    }

    /// Charges a key, and is content with nothing but a payment.
    pub(super) async fn charged(&self, gateway: &str, key: &str, order_id: &str, more: Value) {
        let (status, outcome) = self.charge(gateway, key, order_id, more).await;
        assert_eq!(
            (status, &outcome["status"]),
            (201, &json!("paid")),
            "{order_id}: {outcome}"
        );
    }

    /// Tries to charge a key, and gives why nothing was sent.
    pub(super) async fn not_charged(
        &self,
        gateway: &str,
        key: &str,
        order_id: &str,
        more: Value,
    ) -> String {
        let (status, answer) = self.charge(gateway, key, order_id, more).await;
        assert!((400..500).contains(&status), "{order_id}: {answer}");
        assert!(self.captures(order_id).await.is_empty(), "{order_id}");
        text(&answer["error"]["code"])
    }

    /// The customer stops: no charge of this key follows.
    pub(super) async fn stop(&self, key: &str) -> Value {
        let path = format!("/billing-keys/{key}/delete");
        let (status, shown) = self
            .merchant("POST", &path, json!({ "reason": "해지" }))
            .await;
        assert_eq!(
            (status, &shown["state"]),
            (200, &json!("deleted")),
            "{shown}"
        );
        shown
    }

    /// What a list has of these days.
    pub(super) async fn rows(&self, list: &str, from: Date, to: Date) -> Vec<Value> {
        let (status, answer) = self.get(&format!("{list}&from={from}&to={to}")).await;
        assert_eq!(status, 200, "{list}: {answer}");
        answer["rows"].as_array().unwrap().clone()
    }
}
