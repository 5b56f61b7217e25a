//! What Payletter Global settled on the run's days, added up. A report: nothing is decided by it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use paypair_ledger::{Attempt, Store};
use paypair_protocol::{Currency, Gateway, Money};

use super::SettlementSum;
use crate::{
    ApiError, Verifier,
    environment::Environment,
    merchant::{
        Days, SettlementBy, SettlementCurrency, SettlementQuery, SettlementRow, SettlementState,
    },
    network::Network,
};

/// Sums in the smallest unit of a currency.
#[derive(Default)]
struct Sum {
    rows: usize,
    gross: i64,
    fee: i64,
    net: i64,
    ours: i64,
    unknown: usize,
    /// Payments and cancellations that are counted on our side already.
    counted: BTreeSet<(String, bool)>,
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// One sum for each currency. Nothing is decided by them; but a list that cannot be read is not one in which nothing stands.
    pub(super) async fn settlement_sums(
        &self,
        store_id: &str,
        first: Date,
        last: Date,
    ) -> Result<Vec<SettlementSum>, ApiError> {
        self.note_step(format!("payletter_global {store_id}: settlement"));
        let query = SettlementQuery {
            gateway: Gateway::PayletterGlobal,
            from: first.to_string(),
            to: last.to_string(),
            by: Some(SettlementBy::Payment),
            currency: SettlementCurrency::Payment,
            state: SettlementState::Settled,
        };
        let (by, days) = (
            SettlementBy::Payment,
            Days {
                from: first,
                to: last,
            },
        );
        let rows = self.global_settlement(&query, by, days).await?;
        let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
        for row in rows {
            let Some(currency) = row.currency.clone() else {
                continue;
            };
            let ours = match &row.transaction_id {
                Some(id) => {
                    let gateway = Gateway::PayletterGlobal;
                    let found = self.store().attempt_by_transaction(gateway, store_id, id);
                    found.await?
                }
                None => None,
            };
            sums.entry(currency).or_default().add(&row, ours.as_ref());
        }
        let shown = |(currency, sum): (String, Sum)| sum.show(&currency);
        Ok(sums.into_iter().filter_map(shown).collect())
    }
}

impl Sum {
    fn add(&mut self, row: &SettlementRow, ours: Option<&Attempt>) {
        let code = row.currency.as_deref().unwrap_or_default();
        let figure = |text: &Option<String>| minor(text.as_deref()?, code);
        let paid = figure(&row.paid).unwrap_or(0);
        self.rows += 1;
        self.gross = self.gross.saturating_add(paid);
        self.fee = self.fee.saturating_add(figure(&row.total_fee).unwrap_or(0));
        self.net = self.net.saturating_add(figure(&row.settled).unwrap_or(0));
        let (Some(attempt), Some(id)) = (ours, &row.transaction_id) else {
            self.unknown += 1;
            return;
        };
        // A payment has a row, and each of its cancellations has; ours is one sum of each.
        if self.counted.insert((id.clone(), paid < 0)) {
            let signed = |money: Money| i64::try_from(money.minor).unwrap_or(i64::MAX);
            let ours = match paid < 0 {
                true => signed(attempt.refunded()).saturating_neg(),
                false => attempt.captured.map_or(0, signed),
            };
            self.ours = self.ours.saturating_add(ours);
        }
    }

    fn show(self, currency: &str) -> Option<SettlementSum> {
        let known = Currency::parse(currency).ok()?;
        let text = |minor: i64| {
            let money = Money {
                minor: minor.unsigned_abs(),
                currency: known,
            };
            let sign = if minor < 0 { "-" } else { "" };
            format!("{sign}{}", money.to_wire())
        };
        Some(SettlementSum {
            currency: currency.to_owned(),
            rows: self.rows,
            gross: text(self.gross),
            fee: text(self.fee),
            net: text(self.net),
            ours: text(self.ours),
            unknown: self.unknown,
        })
    }
}

/// A figure, which may be below zero, in the smallest unit of its currency.
fn minor(text: &str, currency: &str) -> Option<i64> {
    let currency = Currency::parse(currency).ok()?;
    let digits = text.strip_prefix('-').unwrap_or(text);
    let minor = i64::try_from(Money::parse(digits, &currency).ok()?.minor).ok()?;
    Some(if digits.len() < text.len() {
        -minor
    } else {
        minor
    })
}
