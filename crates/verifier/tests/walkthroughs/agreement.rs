//! The question at the end of every story: what our ledger says of each order, what the gateway lists or answers, and what stands in
//! the gateway's own money book are the same amounts; every money call we wrote down was counted there, and none beside them; and
//! the chain of events is whole.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan as _, civil::Date};
use paypair_ledger::{Store as _, chain_is_intact};
use serde_json::Value;

use super::{
    super::common::text,
    comparison::{
        Ours, Sums, compare_calls, compare_movements, compare_with_book, compare_with_list,
        count_calls, minor, told_is_what_went_back, tries_of,
    },
    payple_lookup,
    stage::Stage,
};

impl Stage {
    /// The end of every story.
    pub(super) async fn everything_agrees(&self) {
        let found = self.disagreements().await;
        assert!(found.is_empty(), "the books differ:\n{}", found.join("\n"));
    }

    /// Where the books differ, a sentence each.
    pub(super) async fn disagreements(&self) -> Vec<String> {
        let mut found = Vec::new();
        let (mut tries, mut calls) = (Vec::new(), BTreeMap::new());
        for order_id in self.known_orders().await {
            self.asked_again_it_says_the_same(&order_id, &mut found)
                .await;
            let rows = self.verifier.store().timeline(&order_id).await.unwrap();
            if rows.is_empty() || !chain_is_intact(&rows) {
                found.push(format!("{order_id}: the chain of events is broken"));
            }
            let shown = self.show(&order_id).await;
            count_calls(&shown, &mut calls);
            let of_order = tries_of(&shown);
            told_is_what_went_back(&shown, &of_order, &mut found);
            tries.extend(of_order);
        }
        let book = self.gateways_book().await;
        compare_with_book(&tries, book["payments"].as_array().unwrap(), &mut found);
        compare_calls(&calls, book["calls"].as_array().unwrap(), &mut found);
        for ours in tries.iter().filter(|ours| ours.gateway == "payple") {
            self.payple_says_the_same(ours, &mut found).await;
        }
        for gateway in ["payletter", "payletter_global"] {
            let of_gateway = || tries.iter().filter(|ours| ours.gateway == gateway);
            let listed = self.sales(gateway).await;
            compare_with_list(of_gateway(), &listed, &mut found);
            let moved = match gateway {
                "payletter" => self.movements_listed().await,
                _ => self.movements_settled().await,
            };
            compare_movements(of_gateway(), moved, &mut found);
        }
        for ours in tries.iter().filter(|ours| ours.sums.captured > 0) {
            let told = self.published(&ours.order_id, "payment.paid").await;
            if told != 1 {
                found.push(format!(
                    "{}: the merchant was told of its payment {told} times",
                    ours.order_id
                ));
            }
        }
        found
    }

    /// Every order that the merchant was told anything of.
    async fn known_orders(&self) -> BTreeSet<String> {
        let events = self.events().await;
        events.iter().map(|event| text(&event["orderId"])).collect()
    }

    /// The gateway is asked once more, and nothing about the money changes by it. Of Payple, which lists nothing, this is its word.
    async fn asked_again_it_says_the_same(&self, order_id: &str, found: &mut Vec<String>) {
        let before = tries_of(&self.show(order_id).await);
        let path = format!("/orders/{order_id}/lookup");
        let asked = self.called("PayChkAct").await;
        let (status, answer) = self.merchant("POST", &path, Value::Null).await;
        if status != 200 {
            found.push(format!("{order_id}: cannot be looked up: {answer}"));
        }
        let leading = before.last();
        let at_payple =
            leading.is_some_and(|ours| ours.gateway == "payple" && ours.state != "registered");
        if at_payple && self.called("PayChkAct").await == asked {
            found.push(format!("{order_id}: Payple was not asked"));
        }
        let after = tries_of(&self.show(order_id).await);
        let money = |tries: &[Ours]| -> Vec<(String, Sums)> {
            let of = |ours: &Ours| (ours.state.clone(), ours.sums);
            tries.iter().map(of).collect()
        };
        if money(&before) != money(&after) {
            found.push(format!(
                "{order_id}: was {:?}, and the gateway says {:?}",
                money(&before),
                money(&after)
            ));
        }
    }

    /// Payple has no list; it is asked past our ledger.
    async fn payple_says_the_same(&self, ours: &Ours, found: &mut Vec<String>) {
        let name = &ours.gateway_order_id;
        let payment = payple_lookup::ask(self, name, &ours.method, &ours.day).await;
        let won = |money: Option<paypair_protocol::Money>| {
            money.map_or(0, |money| i64::try_from(money.minor).unwrap())
        };
        let theirs = payment.map_or_else(Sums::default, |payment| Sums {
            captured: won(payment.amount),
            refunded: won(payment.refunded),
        });
        if theirs != ours.sums {
            found.push(format!(
                "{name}: we say {} {:?}, Payple says {theirs:?}",
                ours.state, ours.sums
            ));
        }
    }

    async fn gateways_book(&self) -> Value {
        let url = format!("{}/control/book", self.gateway);
        self.http
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    /// Every payment in a gateway's list, since the story began.
    async fn sales(&self, gateway: &str) -> Vec<Value> {
        let list = format!("/sales?gateway={gateway}");
        self.since_the_beginning(&list).await
    }

    /// Payletter's list of what moved: a row for the payment and one for each cancellation.
    async fn movements_listed(&self) -> BTreeMap<String, Sums> {
        let rows = self
            .since_the_beginning("/sales?gateway=payletter&by=settlement")
            .await;
        let mut sums = BTreeMap::<_, Sums>::new();
        for row in &rows {
            let amount = minor(&text(&row["amount"]), "KRW");
            let sums = sums.entry(text(&row["transactionId"])).or_default();
            match row["status"].as_str() {
                Some("paid") => sums.captured += amount,
                _ => sums.refunded += amount,
            }
        }
        sums
    }

    /// Payletter Global's sales list does not say how much went back; its settlement does.
    async fn movements_settled(&self) -> BTreeMap<String, Sums> {
        let mut sums = BTreeMap::<_, Sums>::new();
        for state in ["settled", "expected", "held"] {
            let list = format!("/settlement?gateway=payletter_global&by=payment&state={state}");
            for row in self.since_the_beginning(&list).await {
                let amount = minor(&text(&row["paid"]), &text(&row["currency"]));
                let sums = sums.entry(text(&row["transactionId"])).or_default();
                match amount {
                    1.. => sums.captured += amount,
                    _ => sums.refunded -= amount,
                }
            }
        }
        sums
    }

    /// A list may be asked for 31 days at once.
    async fn since_the_beginning(&self, list: &str) -> Vec<Value> {
        let (mut from, today): (Date, Date) = (self.first_day(), self.day());
        let mut rows = Vec::new();
        while from <= today {
            let to = (from + 30.days()).min(today);
            rows.extend(self.rows(list, from, to).await);
            from = to + 1.day();
        }
        rows
    }
}
