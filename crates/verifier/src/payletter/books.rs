//! Payletter's books: its transaction list, read by both kinds of day, as one payment each.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use paypair_ledger::{Evidence, Store, Timestamp};
use paypair_protocol::{
    Money,
    payletter::{DateType, Transaction, TransactionList, TransactionStatus},
    proof::Answered,
};

use crate::{
    Verifier,
    days::{compact, days_between, read_korean},
    environment::Environment,
    failure::Failure,
    network::Network,
    reconcile::{Back, Covered, Listed, Looked, PAUSE},
};

/// A row, by which kind of day it was listed, under which day, and of which answer.
struct Row {
    answer: Answered<Transaction>,
    by: DateType,
    day: Date,
    body: usize,
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Every payment of these days, and every cancellation, one call at a time.
    pub(crate) async fn payletter_books(
        &self,
        client_id: &str,
        days: BTreeSet<Date>,
    ) -> Result<Looked, Failure> {
        let client = self.payletter(client_id)?;
        let (mut rows, mut bodies) = (Vec::new(), Vec::new());
        for (nth, day) in days.iter().enumerate() {
            // Today's cancellation of an older payment is in the second list alone.
            for by in [DateType::Transaction, DateType::Settle] {
                self.note_step(format!(
                    "payletter {client_id}: {day} ({} of {})",
                    nth + 1,
                    days.len()
                ));
                let list = TransactionList {
                    merchant_id: client_id.to_owned(),
                    on: compact(*day),
                    by,
                    method: None,
                    order_id: None,
                };
                let read = client.proven_day(&list).await?;
                let body = bodies.len();
                bodies.push(read.body);
                rows.extend(read.answer.into_rows().map(|answer| Row {
                    answer,
                    by,
                    day: *day,
                    body,
                }));
                self.environment().sleep(PAUSE).await;
            }
        }
        let listed = payments(&rows, &days, self.now());
        Ok(Looked {
            listed,
            covered: Covered::Days(days),
            evidence: Box::new(move |row| {
                let row = rows.get(row)?;
                Evidence::payletter_row(&row.answer, bodies.get(row.body)?)
            }),
        })
    }
}

/// One for each payment, of all its rows.
fn payments(rows: &[Row], days: &BTreeSet<Date>, now: Timestamp) -> Vec<Listed> {
    let mut of_payment: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (nth, row) in rows.iter().enumerate() {
        let name = (
            row.answer.order_id.as_str(),
            row.answer.transaction_id.as_str(),
        );
        of_payment.entry(name).or_default().push(nth);
    }
    let whole = |(_, of_it): (_, Vec<usize>)| payment(rows, &of_it, days, now);
    of_payment.into_iter().filter_map(whole).collect()
}

fn payment(rows: &[Row], of_it: &[usize], days: &BTreeSet<Date>, now: Timestamp) -> Option<Listed> {
    let all = || of_it.iter().filter_map(|nth| Some((*nth, rows.get(*nth)?)));
    let (mut first, mut row) = all().next()?;
    // As it stands now, if that list was read; else what the other one has.
    if let Some(found) = all().find(|(_, row)| row.by == DateType::Transaction) {
        (first, row) = found;
    }
    let approval = all().find(|(_, row)| row.answer.status == TransactionStatus::Approved);
    let paid_at = row.answer.paid_at.as_deref().and_then(read_korean);
    let day = paid_at.map_or(row.day, Timestamp::kst_date);
    let cancellations: Vec<&Row> = all()
        .map(|(_, row)| row)
        .filter(|row| row.by == DateType::Settle && is_cancellation(&row.answer))
        .collect();
    let amounts = cancellations.iter().filter_map(|row| row.answer.amount);
    let sum = Money::won(amounts.fold(0, |sum, money| money.minor.saturating_add(sum)));
    let every_day = days_between(day, now.kst_date()).all(|day| days.contains(&day));
    let amount = match (approval, &row.answer.status) {
        (Some((_, approval)), _) => approval.answer.amount,
        // Of a part that went back it is not known whether the row has the part or the whole.
        (None, TransactionStatus::Cancelled) => row.answer.amount,
        (None, _) => None,
    };
    let standing = row.by == DateType::Transaction;
    let cancelled = all().any(|(_, row)| row.answer.status == TransactionStatus::Cancelled);
    let unclear = all().any(|(_, row)| matches!(row.answer.status, TransactionStatus::Unknown(_)));
    let back = match row.answer.status {
        _ if unclear => Back::Unclear,
        TransactionStatus::Approved if standing => Back::Nothing,
        _ if cancelled => Back::Whole,
        TransactionStatus::Approved if cancellations.is_empty() => Back::Nothing,
        _ if every_day => Back::Part(Some(sum)),
        _ => Back::AtLeast(sum),
    };
    let back_at = all().filter_map(|(_, row)| read_korean(row.answer.cancelled_at.as_deref()?));
    Some(Listed {
        order_id: row.answer.order_id.clone(),
        transaction_id: row.answer.transaction_id.clone(),
        amount,
        back,
        day,
        paid_at,
        back_at: back_at.max(),
        row: approval.map_or(first, |(nth, _)| nth),
    })
}

fn is_cancellation(row: &Transaction) -> bool {
    matches!(
        row.status,
        TransactionStatus::Cancelled | TransactionStatus::PartlyCancelled
    )
}
