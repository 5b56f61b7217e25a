//! Payletter Global's books: its sales list, one row a payment. It does not say how much of a payment went back in part.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use paypair_ledger::{Evidence, Store, Timestamp};
use paypair_protocol::{
    payletter_global::{Sale, SaleStatus, SalesList, Search},
    proof::Answered,
};

use crate::{
    Verifier,
    days::{compact, read_korean},
    environment::Environment,
    failure::Failure,
    network::Network,
    reconcile::{Back, Covered, Listed, Looked, PAUSE},
};

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Every payment that was made or cancelled on these days, a call for each row of days.
    pub(crate) async fn global_books(
        &self,
        store_id: &str,
        days: BTreeSet<Date>,
    ) -> Result<Looked, Failure> {
        if !self.config().assumptions.global_sales_list_permitted {
            return Err(Failure::Lacking("assumptions.global_sales_list_permitted"));
        }
        let client = self.global()?;
        let (mut rows, mut bodies) = (Vec::new(), Vec::new());
        for (first, last) in in_a_row(&days) {
            self.note_step(format!("payletter_global {store_id}: {first} to {last}"));
            let list = SalesList {
                merchant_id: store_id.to_owned(),
                method_group: None,
                method_kind: None,
                currency: None,
                from: compact(first),
                to: compact(last),
                search: Search::All,
            };
            let read = client.proven_list(&list).await?;
            // Whoever is missing in it would be missing there.
            if read.answer.is_cut_short() {
                return Err(Failure::CutShort);
            }
            let body = bodies.len();
            bodies.push(read.body);
            rows.extend(read.answer.into_rows().map(|row| (row, first, body)));
            self.environment().sleep(PAUSE).await;
        }
        // A payment that was made on one of these days and cancelled on another is in two answers.
        let mut listed = BTreeMap::new();
        for (nth, (row, day, _)) in rows.iter().enumerate() {
            let name = (row.order_id.clone(), row.transaction_id.clone());
            listed.insert(name, payment(nth, row, *day));
        }
        Ok(Looked {
            listed: listed.into_values().collect(),
            covered: Covered::Days(days),
            evidence: Box::new(move |row| {
                let (row, _, body): &(Answered<Sale>, _, usize) = rows.get(row)?;
                Evidence::global_sale(row, bodies.get(*body)?)
            }),
        })
    }
}

fn payment(nth: usize, row: &Sale, asked: Date) -> Listed {
    let paid_at = row.paid_at.as_deref().and_then(read_korean);
    let told = row.paid_on.as_deref();
    let told = told.and_then(|day| Date::strptime("%Y%m%d", day).ok());
    Listed {
        order_id: row.order_id.clone(),
        transaction_id: row.transaction_id.clone(),
        amount: row.amount,
        back: match row.status {
            SaleStatus::Paid => Back::Nothing,
            SaleStatus::Cancelled => Back::Whole,
            SaleStatus::PartlyCancelled => Back::Part(None),
            SaleStatus::Unknown(_) => Back::Unclear,
        },
        day: told
            .or_else(|| paid_at.map(Timestamp::kst_date))
            .unwrap_or(asked),
        paid_at,
        back_at: row.cancelled_at.as_deref().and_then(read_korean),
        row: nth,
    }
}

/// The days as ranges without a hole, none longer than a month.
fn in_a_row(days: &BTreeSet<Date>) -> Vec<(Date, Date)> {
    let mut ranges: Vec<(Date, Date, u32)> = Vec::new();
    for day in days {
        match ranges.last_mut() {
            Some((_, last, length)) if last.tomorrow().ok() == Some(*day) && *length < 31 => {
                (*last, *length) = (*day, *length + 1);
            }
            _ => ranges.push((*day, *day, 1)),
        }
    }
    let ends = ranges.into_iter().map(|(first, last, _)| (first, last));
    ends.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_in_a_row_are_one_question() {
        let day = |text: &str| -> Date { text.parse().unwrap() };
        let days = ["2026-10-30", "2026-10-31", "2026-11-01", "2026-11-05"].map(day);
        assert_eq!(
            in_a_row(&days.into()),
            [(days[0], days[2]), (days[3], days[3])]
        );
        let long: BTreeSet<Date> = day("2026-10-01")
            .series(jiff::ToSpan::days(1))
            .take(40)
            .collect();
        assert_eq!(in_a_row(&long).len(), 2, "a month at most");
    }
}
