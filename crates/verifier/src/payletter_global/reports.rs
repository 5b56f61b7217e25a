//! The sales list and the settlement list, for the merchant to read. Private APIs: our address has to be registered.

use paypair_ledger::Store;
use paypair_protocol::{
    Error,
    payletter_global::{
        self as global, Sale, SaleStatus, SalesList, Search, SettlementList, codes,
    },
};

use crate::{
    ApiError, Verifier,
    config::PayletterGlobal,
    days::day_of,
    environment::Environment,
    fault::FieldFault,
    merchant::{
        Days, SaleRow, SaleState, SalesBy, SalesQuery, SettlementBy, SettlementCurrency,
        SettlementQuery, SettlementRow, SettlementState,
    },
    network::Network,
};

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// The sales of these days.
    pub(crate) async fn global_sales(
        &self,
        query: &SalesQuery,
        days: Days,
    ) -> Result<Vec<SaleRow>, ApiError> {
        let account = self.global_account()?;
        if query
            .client_id
            .as_ref()
            .is_some_and(|id| *id != account.store_id)
        {
            let error = Error::FieldNotAllowed { field: "clientId" };
            return Err(ApiError::field_fault(FieldFault::of("clientId", &error)));
        }
        let (from, to) = days.ends();
        let (method_group, method_kind) = parts(query.method.as_deref())?;
        let list = SalesList {
            merchant_id: account.store_id.clone(),
            method_group,
            method_kind,
            currency: None,
            from,
            to,
            search: Search::All,
        };
        let sales = self.global()?.list(&list).await?;
        // The list has what was paid *or* cancelled on these days.
        let wanted = |row: &Sale| {
            let paid_on = row.paid_on.as_deref();
            query.by == SalesBy::Settlement
                || paid_on.is_none_or(|on| (list.from.as_str()..=list.to.as_str()).contains(&on))
        };
        let rows = sales.rows.into_iter().filter(wanted);
        Ok(rows.map(|row| show(account, row)).collect())
    }

    /// The settlement of these days.
    pub(crate) async fn global_settlement(
        &self,
        query: &SettlementQuery,
        by: SettlementBy,
        days: Days,
    ) -> Result<Vec<SettlementRow>, ApiError> {
        let account = self.global_account()?;
        let (from, to) = days.ends();
        let list = SettlementList {
            merchant_id: account.store_id.clone(),
            method_group: None,
            method_kind: None,
            currency: match query.currency {
                SettlementCurrency::Payment => global::SettlementCurrency::Payment,
                SettlementCurrency::Settlement => global::SettlementCurrency::Settlement,
            },
            by: match by {
                SettlementBy::Method => global::SettlementBy::Method,
                SettlementBy::Payment => global::SettlementBy::Detail,
                SettlementBy::Day => {
                    let error = Error::FieldNotAllowed { field: "by" };
                    return Err(ApiError::field_fault(FieldFault::of("by", &error)));
                }
            },
            state: match query.state {
                SettlementState::Settled => global::SettlementState::Settled,
                SettlementState::Expected => global::SettlementState::Expected,
                SettlementState::Confirmed => global::SettlementState::Confirmed,
                SettlementState::Held => global::SettlementState::Held,
            },
            from,
            to,
        };
        let settlements = self.global()?.settlement(&list).await?;
        Ok(settlements
            .rows
            .into_iter()
            .map(|row| show_settlement(account, row))
            .collect())
    }

    fn global_account(&self) -> Result<&PayletterGlobal, ApiError> {
        let account = self.config().payletter_global.as_ref();
        account.ok_or(ApiError::GatewayNotConfigured("payletter_global"))
    }
}

/// `PL` and `CreditCard` of `PLCreditCard`: lists know methods by two parts.
fn parts(method: Option<&str>) -> Result<(Option<String>, Option<String>), ApiError> {
    let Some(method) = method else {
        return Ok((None, None));
    };
    match codes::method(&method.into()) {
        Some(row) if !row.group.is_empty() => {
            Ok((Some(row.group.to_owned()), Some(row.subcode.to_owned())))
        }
        _ => {
            let error = Error::FieldNotAllowed { field: "method" };
            Err(ApiError::field_fault(FieldFault::of("method", &error)))
        }
    }
}

fn show(account: &PayletterGlobal, row: Sale) -> SaleRow {
    SaleRow {
        client_id: account.store_id.clone(),
        order_id: row.order_id,
        our_order_id: None,
        transaction_id: row.transaction_id,
        approval_no: None,
        method: row.method.as_str().to_owned(),
        customer_id: row.customer_id,
        amount: row.amount.map(|amount| amount.to_wire()),
        currency: row.amount.map(|amount| amount.currency.as_str().to_owned()),
        status: match row.status {
            SaleStatus::Paid => SaleState::Paid,
            SaleStatus::Cancelled => SaleState::Cancelled,
            SaleStatus::PartlyCancelled => SaleState::PartlyCancelled,
            SaleStatus::Unknown(_) => SaleState::Unknown,
        },
        paid_at: row.paid_at,
        cancelled_at: row.cancelled_at,
        our_state: None,
    }
}

fn show_settlement(account: &PayletterGlobal, row: global::Settlement) -> SettlementRow {
    let figure = |figure: Option<global::Figure>| figure.map(|figure| figure.as_str().to_owned());
    let method = [row.method_group, row.method_kind];
    let method: String = method.into_iter().flatten().collect();
    SettlementRow {
        client_id: row.merchant_id.unwrap_or_else(|| account.store_id.clone()),
        settled_on: day_of(&row.settled_on),
        method: Some(method).filter(|method| !method.is_empty()),
        currency: row.currency.map(|currency| currency.as_str().to_owned()),
        state: Some(
            match &row.state {
                global::SettlementState::Settled => "settled",
                global::SettlementState::Expected => "expected",
                global::SettlementState::Confirmed => "confirmed",
                global::SettlementState::Held => "held",
                global::SettlementState::Unknown(text) => text,
            }
            .to_owned(),
        ),
        count: row.count.map(|count| count.to_string()),
        paid: figure(row.paid),
        settled: figure(row.settled),
        total_fee: figure(row.total_fee),
        vat: figure(row.vat),
        supply: figure(row.supply),
        store_fee: figure(row.store_fee),
        transaction_fee: figure(row.transaction_fee),
        chargeback_fee: figure(row.chargeback_fee),
        refund_fee: figure(row.refund_fee),
        other_fee: figure(row.other_fee),
        rolling_reserve: figure(row.rolling_reserve),
        note: row.note,
        note_detail: row.note_detail,
        transaction_id: row.transaction_id,
        ..SettlementRow::default()
    }
}
