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
                // Whoever is missing in it would be missing there.
                if read.answer.is_cut_short() {
                    return Err(Failure::CutShort);
                }
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
        let of_it = of_payment.entry(name).or_default();
        // A row that stands twice in one answer is one row: a part that went back is not counted twice.
        let same = |other: &usize| {
            rows.get(*other)
                .is_some_and(|other| other.body == row.body && other.answer == row.answer)
        };
        if !of_it.iter().any(same) {
            of_it.push(nth);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_258_800_000); // 2026-11-21T20:00:00+09:00

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    /// The rows of one answer: amount, status, and on which day something was cancelled.
    fn answer(by: DateType, on: &str, body: usize, rows: &[(u64, u8, &str)]) -> Vec<Row> {
        let row = |(amount, status, cancelled): &(u64, u8, &str)| {
            let cancelled = match cancelled.is_empty() {
                true => String::new(),
                false => format!("{cancelled} 12:00:00"),
            };
            serde_json::json!({
                "pgcode": "creditcard", "user_id": "7", "tid": "t-1", "order_no": "order-1",
                "amount": amount, "status_code": status,
                "transaction_date": "2026-11-19 10:00:00", "cancel_date": cancelled,
            })
        };
        let list: Vec<_> = rows.iter().map(row).collect();
        let text = serde_json::json!({ "total_count": list.len(), "list": list }).to_string();
        let asked = TransactionList {
            merchant_id: "pay_test".to_owned(),
            on: compact(day(on)),
            by,
            method: None,
            order_id: None,
        };
        let read = asked.read(200, text.as_bytes()).unwrap();
        let row = |answer| Row {
            answer,
            by,
            day: day(on),
            body,
        };
        read.into_rows().map(row).collect()
    }

    fn one(rows: &[Row], days: &[&str]) -> Listed {
        let days = days.iter().map(|text| day(text)).collect();
        let mut all = payments(rows, &days, NOW);
        assert_eq!(all.len(), 1, "one payment, however many rows");
        all.remove(0)
    }

    const DAYS: [&str; 3] = ["2026-11-19", "2026-11-20", "2026-11-21"];

    /// A payment of the 19th, of which 3,000 went back on the 20th and 2,000 on the 21st.
    fn in_parts(settled_on: &[&str]) -> Vec<Row> {
        let mut rows = answer(
            DateType::Transaction,
            DAYS[0],
            0,
            &[(10_000, 2, "2026-11-21")],
        );
        for (body, on) in settled_on.iter().enumerate() {
            let of_day: &[(u64, u8, &str)] = match *on {
                "2026-11-19" => &[(10_000, 0, "")],
                "2026-11-20" => &[(3_000, 2, "2026-11-20")],
                _ => &[(2_000, 2, "2026-11-21")],
            };
            rows.extend(answer(DateType::Settle, on, body + 1, of_day));
        }
        rows
    }

    #[test]
    fn parts_that_went_back_add_up_if_every_day_was_read() {
        let whole = one(&in_parts(&DAYS), &DAYS);
        assert_eq!(whole.back, Back::Part(Some(Money::won(5_000))));
        assert_eq!(whole.amount, Some(Money::won(10_000)));
        assert_eq!((whole.day, whole.row), (day("2026-11-19"), 1));
        assert_eq!(
            whole.back_at,
            Some(NOW.before(std::time::Duration::from_secs(8 * 3600)))
        );
        // Without the 20th there may be more of it.
        let some = one(
            &in_parts(&["2026-11-19", "2026-11-21"]),
            &[DAYS[0], DAYS[2]],
        );
        assert_eq!(some.back, Back::AtLeast(Money::won(2_000)));
    }

    #[test]
    fn a_row_that_is_listed_twice_is_one_row() {
        let mut rows = in_parts(&DAYS);
        let twice = [(2_000, 2, "2026-11-21"), (2_000, 2, "2026-11-21")];
        rows.truncate(3);
        rows.extend(answer(DateType::Settle, DAYS[2], 3, &twice));
        assert_eq!(one(&rows, &DAYS).back, Back::Part(Some(Money::won(5_000))));
    }

    #[test]
    fn of_an_older_payment_the_cancellation_alone_is_seen() {
        let rows = answer(DateType::Settle, DAYS[2], 0, &[(10_000, 1, "2026-11-21")]);
        let seen = one(&rows, &DAYS[2..]);
        assert_eq!(
            (seen.back, seen.amount),
            (Back::Whole, Some(Money::won(10_000)))
        );
        assert_eq!(
            seen.day,
            day("2026-11-19"),
            "its own day, not that of the list"
        );
        let rows = answer(DateType::Settle, DAYS[2], 0, &[(2_000, 2, "2026-11-21")]);
        let seen = one(&rows, &DAYS[2..]);
        assert_eq!(
            (seen.back, seen.amount),
            (Back::AtLeast(Money::won(2_000)), None),
            "how much was paid is not in it"
        );
    }

    #[test]
    fn what_is_newer_than_we_are_is_unclear() {
        let rows = answer(DateType::Transaction, DAYS[0], 0, &[(10_000, 9, "")]);
        assert_eq!(one(&rows, &DAYS).back, Back::Unclear);
        let paid = answer(DateType::Transaction, DAYS[0], 0, &[(10_000, 0, "")]);
        assert_eq!(one(&paid, &DAYS).back, Back::Nothing);
        let back = answer(
            DateType::Transaction,
            DAYS[0],
            0,
            &[(10_000, 1, "2026-11-20")],
        );
        assert_eq!(one(&back, &DAYS).back, Back::Whole);
    }
}
