//! The transaction list, for the merchant to read.

use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use paypair_ledger::Store;
use paypair_protocol::{
    Error, Gateway, Money,
    payletter::{DateType, Transaction, TransactionList, TransactionStatus, Transactions},
};

use crate::{
    ApiError, Verifier,
    config::PayletterClient,
    days::{day_of, korean_moment},
    environment::Environment,
    fault::FieldFault,
    merchant::{Days, SaleRow, SaleState, SalesBy, SalesQuery, SettlementBy, SettlementRow},
    network::Network,
};

/// How many days are asked for at once.
const AT_ONCE: usize = 4;

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Each day of each client, or of the one that is named.
    pub(crate) async fn payletter_sales(
        &self,
        query: &SalesQuery,
        days: Days,
    ) -> Result<Vec<SaleRow>, ApiError> {
        let by = match query.by {
            SalesBy::Payment => DateType::Transaction,
            SalesBy::Settlement => DateType::Settle,
        };
        let method = query.method.as_deref();
        let mut rows = Vec::new();
        for client in self.listed_clients(query.client_id.as_deref())? {
            let order_id = query.order_id.clone();
            let listed = self.listed(client, by, days, method, order_id).await?;
            rows.extend(listed.into_iter().map(|(_, row)| show(client, row)));
        }
        Ok(rows)
    }

    /// The list by settlement, added up: the gateway lists no fees.
    pub(crate) async fn payletter_settlement(
        &self,
        by: SettlementBy,
        days: Days,
    ) -> Result<Vec<SettlementRow>, ApiError> {
        let mut rows = Vec::new();
        for client in self.listed_clients(None)? {
            let listed = self.listed(client, DateType::Settle, days, None, None);
            let listed = listed.await?;
            if by != SettlementBy::Payment {
                rows.extend(sums(client, by, &listed));
                continue;
            }
            for (day, row) in listed {
                let mut sum = Sum::default();
                sum.add(&row);
                let mut sale = show(client, row);
                self.join(Gateway::Payletter, &mut sale).await?;
                rows.push(SettlementRow {
                    transaction_id: Some(sale.transaction_id),
                    order_id: Some(sale.order_id),
                    our_order_id: sale.our_order_id,
                    method: Some(sale.method),
                    ..sum.row(client, &day)
                });
            }
        }
        rows.sort_by(|one, other| one.settled_on.cmp(&other.settled_on));
        Ok(rows)
    }

    /// Whose lists are read: without a SEARCH key there is none, and a list that leaves a client out would be wrong.
    fn listed_clients(&self, named: Option<&str>) -> Result<Vec<&PayletterClient>, ApiError> {
        let payletter = self.config().payletter.as_ref();
        let payletter = payletter.ok_or(ApiError::GatewayNotConfigured("payletter"))?;
        let clients: Vec<_> = match named {
            None => payletter.clients.iter().collect(),
            Some(id) => payletter.client(id).into_iter().collect(),
        };
        if clients.is_empty() {
            let error = Error::FieldNotAllowed { field: "clientId" };
            return Err(ApiError::field_fault(FieldFault::of("clientId", &error)));
        }
        if clients.iter().any(|client| client.search_key.is_none()) {
            return Err(ApiError::GatewayNotConfigured(
                "payletter.clients.search_key",
            ));
        }
        Ok(clients)
    }

    /// The rows of these days, each with the day it was listed under.
    async fn listed(
        &self,
        account: &PayletterClient,
        by: DateType,
        days: Days,
        method: Option<&str>,
        order_id: Option<String>,
    ) -> Result<Vec<(String, Transaction)>, ApiError> {
        let client = self.payletter(&account.client_id)?;
        let list = |on: String| TransactionList {
            merchant_id: account.client_id.clone(),
            on,
            by,
            method: method.map(Into::into),
            order_id: order_id.clone(),
        };
        if let Some(first) = days.compact().next() {
            ApiError::unless_fine(list(first).check())?;
        }
        let client = &client;
        let lists: Vec<TransactionList> = days.compact().map(list).collect();
        let answers = stream::iter(lists.iter().map(|list| client.day(list)));
        let answers: Vec<_> = answers.buffered(AT_ONCE).try_collect().await?;
        let of_day = |(list, answer): (TransactionList, Transactions)| {
            let day = move |row| (list.on.clone(), row);
            answer.rows.into_iter().map(day)
        };
        Ok(lists.into_iter().zip(answers).flat_map(of_day).collect())
    }
}

fn show(client: &PayletterClient, row: Transaction) -> SaleRow {
    SaleRow {
        client_id: client.client_id.clone(),
        order_id: row.order_id,
        our_order_id: None,
        transaction_id: row.transaction_id,
        approval_no: row.approval_no,
        method: row.method.as_str().to_owned(),
        customer_id: row.customer_id,
        amount: row.amount.map(|amount| amount.to_wire()),
        currency: row.amount.map(|amount| amount.currency.as_str().to_owned()),
        status: match row.status {
            TransactionStatus::Approved => SaleState::Paid,
            TransactionStatus::Cancelled => SaleState::Cancelled,
            TransactionStatus::PartlyCancelled => SaleState::PartlyCancelled,
            TransactionStatus::Unknown(_) => SaleState::Unknown,
        },
        paid_at: row.paid_at.as_deref().map(korean_moment),
        cancelled_at: row.cancelled_at.as_deref().map(korean_moment),
        our_state: None,
    }
}

/// What adds up to one row.
#[derive(Default)]
struct Sum {
    paid: u64,
    payments: u64,
    back: u64,
    cancellations: u64,
}

impl Sum {
    fn add(&mut self, row: &Transaction) {
        let amount = row.amount.map_or(0, |amount| amount.minor);
        match row.status {
            TransactionStatus::Approved => {
                self.payments += 1;
                self.paid = self.paid.saturating_add(amount);
            }
            TransactionStatus::Cancelled | TransactionStatus::PartlyCancelled => {
                self.cancellations += 1;
                self.back = self.back.saturating_add(amount);
            }
            // Counted neither way: nobody knows which it is.
            TransactionStatus::Unknown(_) => {}
        }
    }

    fn row(&self, client: &PayletterClient, day: &str) -> SettlementRow {
        let won = |minor: u64| Money::won(minor).to_wire();
        let settled = match self.paid.checked_sub(self.back) {
            Some(left) => won(left),
            None => format!("-{}", won(self.back - self.paid)),
        };
        SettlementRow {
            client_id: client.client_id.clone(),
            settled_on: day_of(day),
            currency: Some("KRW".to_owned()),
            count: Some(self.payments.to_string()),
            paid: Some(won(self.paid)),
            cancelled_count: Some(self.cancellations.to_string()),
            cancelled: Some(won(self.back)),
            settled: Some(settled),
            ..SettlementRow::default()
        }
    }
}

fn sums(
    client: &PayletterClient,
    by: SettlementBy,
    rows: &[(String, Transaction)],
) -> Vec<SettlementRow> {
    let mut sums: BTreeMap<(&str, Option<&str>), Sum> = BTreeMap::new();
    for (day, row) in rows {
        let method = (by == SettlementBy::Method).then(|| row.method.as_str());
        sums.entry((day, method)).or_default().add(row);
    }
    let row = |((day, method), sum): ((&str, Option<&str>), Sum)| SettlementRow {
        method: method.map(ToOwned::to_owned),
        ..sum.row(client, day)
    };
    sums.into_iter().map(row).collect()
}
