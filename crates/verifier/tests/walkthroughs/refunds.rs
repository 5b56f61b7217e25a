//! Money given back at each gateway: wholly, and in parts over days until nothing is left.

use serde_json::{Value, json};

use super::{
    super::common::{Page, keys::code},
    stage::Stage,
};

/// Two payments of the first day: one goes back at once, one in parts. A part each day, then more than is left, then the rest,
/// then one more.
struct Story<'s> {
    stage: &'s Stage,
    gateway: &'static str,
    parts: Page<'s>,
}

impl<'s> Story<'s> {
    async fn begin(stage: &'s Stage, gateway: &'static str) -> Self {
        let more = match gateway {
            "payletter_global" => json!({ "amount": "100.00", "currency": "USD" }),
            _ => json!({}),
        };
        let whole = stage.paid(gateway, more.clone()).await;
        let parts = stage.paid(gateway, more).await;
        let (status, outcome) = stage.refund(&whole.order_id, json!({})).await;
        assert_eq!(
            (status, &outcome["state"]),
            (200, &json!("refunded")),
            "{gateway}: {outcome}"
        );
        let again = stage.refund(&whole.order_id, json!({})).await;
        assert_eq!((again.0, &*code(&again.1)), (409, "nothing_to_refund"));
        Self {
            stage,
            gateway,
            parts,
        }
    }

    /// An amount as the gateway's currency writes it: won, or cents.
    fn amount(&self, minor: u64) -> String {
        match self.gateway {
            "payletter_global" => format!("{}.{:02}", minor / 100, minor % 100),
            _ => minor.to_string(),
        }
    }

    /// On the next day, so much goes back.
    async fn give_back(&self, refund_id: &str, minor: u64, total: u64) {
        self.stage.next_day().await;
        let id = &self.parts.order_id;
        let part = json!({ "amount": self.amount(minor), "refundId": refund_id });
        let (status, outcome) = self.stage.refund(id, part).await;
        assert_eq!(status, 200, "{refund_id}: {outcome}");
        assert_eq!(outcome["refund"]["state"], "done", "{outcome}");
        assert_eq!(outcome["refundedAmount"], self.amount(total), "{outcome}");
        let book = self.stage.book(id).await;
        assert_eq!(book["refunded"], self.amount(total), "{book}");
    }

    async fn is_refused(&self, minor: u64, why: (u16, &str)) {
        let id = &self.parts.order_id;
        let more = json!({ "amount": self.amount(minor), "refundId": "too-much" });
        let (status, answer) = self.stage.refund(id, more).await;
        assert_eq!((status, &*code(&answer)), why, "{answer}");
    }

    /// Today's row of the order in a list that goes by the day money moved.
    async fn row_of_today(&self, list: &str, name: &str, value: &Value) -> Value {
        let today = self.stage.day();
        let mut rows = self.stage.rows(list, today, today).await;
        rows.retain(|row| row[name] == *value);
        assert_eq!(rows.len(), 1, "{list}: {rows:?}");
        rows.remove(0)
    }
}

#[tokio::test]
async fn payple_gives_back_wholly_and_in_parts() {
    let stage = Stage::open().await;
    let story = Story::begin(&stage, "payple").await;
    story.give_back("first", 3000, 3000).await;
    story.give_back("second", 2500, 5500).await;
    story.is_refused(4501, (422, "refund_too_large")).await;
    stage.everything_agrees().await;
    story.give_back("rest", 4500, 10_000).await;
    story.is_refused(1, (409, "nothing_to_refund")).await;
    stage.everything_agrees().await;
}

#[tokio::test]
async fn payletter_gives_back_wholly_and_in_parts_and_lists_each_on_its_day() {
    let stage = Stage::open().await;
    let story = Story::begin(&stage, "payletter").await;
    let by_settlement = "/sales?gateway=payletter&by=settlement";
    let id = json!(story.parts.order_id);
    let listed = async |amount: &str, status: &str| {
        let row = story.row_of_today(by_settlement, "orderId", &id).await;
        assert_eq!(
            (&row["amount"], &row["status"]),
            (&json!(amount), &json!(status)),
            "{row}"
        );
        let today = stage.day();
        let paid_today = stage.rows("/sales?gateway=payletter", today, today).await;
        assert!(paid_today.is_empty(), "nothing was paid: {paid_today:?}");
    };
    story.give_back("first", 3000, 3000).await;
    listed("3000", "partly_cancelled").await;
    story.give_back("second", 2500, 5500).await;
    listed("2500", "partly_cancelled").await;
    story.is_refused(4501, (422, "refund_too_large")).await;
    stage.everything_agrees().await;
    story.give_back("rest", 4500, 10_000).await;
    listed("4500", "partly_cancelled").await;
    story.is_refused(1, (409, "nothing_to_refund")).await;
    // The list by the day of payment has one row, as it stands now.
    let first = stage.first_day();
    let rows = stage.rows("/sales?gateway=payletter", first, first).await;
    let states: Vec<_> = rows.iter().map(|row| &row["status"]).collect();
    assert_eq!(states, ["cancelled", "cancelled"]);
    stage.everything_agrees().await;
}

#[tokio::test]
async fn payletter_global_gives_back_wholly_and_in_parts_and_lists_the_last_on_its_day() {
    let stage = Stage::open().await;
    let story = Story::begin(&stage, "payletter_global").await;
    let token = stage.book(&story.parts.order_id).await["transaction_id"].clone();
    let listed = async |amount: &str, status: &str| {
        let by_settlement = "/sales?gateway=payletter_global&by=settlement";
        let row = story
            .row_of_today(by_settlement, "transactionId", &token)
            .await;
        assert_eq!(row["status"], status, "{row}");
        let settlement = "/settlement?gateway=payletter_global&by=payment&state=expected";
        let row = story
            .row_of_today(settlement, "transactionId", &token)
            .await;
        assert_eq!(row["paid"], format!("-{amount}"), "{row}");
    };
    story.give_back("first", 3000, 3000).await;
    listed("30.00", "partly_cancelled").await;
    story.give_back("second", 2500, 5500).await;
    listed("25.00", "partly_cancelled").await;
    story.is_refused(4501, (422, "refund_too_large")).await;
    stage.everything_agrees().await;
    story.give_back("rest", 4500, 10_000).await;
    listed("45.00", "cancelled").await;
    story.is_refused(1, (409, "nothing_to_refund")).await;
    stage.everything_agrees().await;
}
