//! Giving money back: the whole by one call, a part, or what parts have left, by another.

use paypair_ledger::{Attempt, Event, Evidence, Store};
use paypair_protocol::{
    payletter::{DateType, Partial, Refund, Transaction, TransactionStatus},
    proof::Answered,
};

use super::client::Client;
use crate::{
    Verifier,
    days::{MOST_DAYS, given_back_days, payment_days},
    environment::Environment,
    failure::{Failure, Read},
    merchant::RefundTax,
    network::Network,
    supervisor::MoneyAnswer,
};

/// How much went back of the attempt's own payment.
pub(super) struct GivenBack {
    pub(super) event: Event,
    /// Every day was asked for on which something of it may stand.
    pub(super) all: bool,
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// The refund's money call. It names the method the buyer used: Naver Pay comes back under another `pgcode`.
    pub(crate) async fn payletter_refund(&self, attempt: &Attempt, tax: RefundTax) -> MoneyAnswer {
        let client = match self.payletter(&attempt.order.merchant_id) {
            Ok(client) => client,
            Err(failure) => return failure.before_money(),
        };
        let wanted = attempt
            .refund
            .as_ref()
            .and_then(|case| Some((case, case.transaction_id.clone()?)));
        let Some((case, transaction_id)) = wanted else {
            return Failure::Lacking("a transaction id").before_money();
        };
        let used = match attempt.second_payment(case.transaction_id.as_deref()) {
            Some(second) => second.method.as_deref(),
            None => attempt.detail.method.as_deref(),
        };
        let refund = Refund {
            method: used.unwrap_or(attempt.order.method.as_str()).into(),
            merchant_id: attempt.order.merchant_id.clone(),
            customer_id: attempt.order.customer.id.clone(),
            transaction_id,
            amount: case.money,
            partial: case.partial.then_some(Partial {
                tax_free_amount: tax.tax_free_amount,
                tax_amount: tax.tax_amount,
            }),
            customer_ip: self.own_ip(),
        };
        match client.refund(&refund).await {
            Ok(Read { answer, body }) => MoneyAnswer::done(Event::RefundAnswered(
                Evidence::payletter_refund(&answer, &body),
            )),
            Err(failure) => failure.of_money(),
        }
    }

    /// While a refund of the attempt's own payment runs or is in doubt, or more may be back than ours: how much went back in total, if
    /// anything did. The list by day of payment only says "in part"; the one by day of settlement has each cancellation with its amount.
    pub(super) async fn payletter_given_back(
        &self,
        client: &Client<'_, N>,
        attempt: &Attempt,
    ) -> Result<Option<GivenBack>, Failure> {
        // A second payment goes back whole: its row says so, and must not stay unread for what went back of the first.
        let of_own = attempt.refund.as_ref().is_some_and(|case| {
            attempt
                .second_payment(case.transaction_id.as_deref())
                .is_none()
        });
        let asked = of_own || attempt.total_is_in_question();
        if !asked || client.account.search_key.is_none() {
            return Ok(None);
        }
        let mut rows: Vec<Read<Answered<Transaction>>> = Vec::new();
        let asked = given_back_days(attempt, self.now());
        for day in asked.days {
            let order_id = &attempt.gateway_order_id;
            let of_day = client
                .transactions(order_id, &day, DateType::Settle)
                .await?;
            // The rows are summed up: a sum without some of them is another one.
            rows.extend(
                of_day.whole()?.into_iter().filter(|row| {
                    Some(&row.answer.transaction_id) == attempt.transaction_id.as_ref()
                }),
            );
        }
        let answers: Vec<_> = rows.iter().map(|row| &row.answer).collect();
        let body = rows.last().map_or(&[][..], |row| &row.body);
        let evidence = Evidence::payletter_cancellations(&answers, body);
        // A sum over some of the days says how much went back at least, and not how much in total.
        let all = asked.all;
        Ok(evidence.map(|sum| GivenBack {
            event: Event::Sighted(if all { sum } else { sum.of_some_days() }),
            all,
        }))
    }

    /// A payment first seen when a part of it is back: its row has the cancelled amount, so it does not say what was paid. The list by
    /// day of settlement has the payment as it was approved, and then each cancellation.
    pub(super) async fn payletter_parts(
        &self,
        client: &Client<'_, N>,
        attempt: &Attempt,
        first: &Read<Answered<Transaction>>,
    ) -> Result<Vec<Event>, Failure> {
        let (order_id, days) = (&attempt.gateway_order_id, payment_days(attempt, self.now()));
        let mut rows: Vec<Read<Answered<Transaction>>> = Vec::new();
        for day in &days {
            let of_day = client.transactions(order_id, day, DateType::Settle).await?;
            let same = |row: &Read<Answered<Transaction>>| {
                row.answer.transaction_id == first.answer.transaction_id
            };
            rows.extend(of_day.whole()?.into_iter().filter(same));
        }
        let approved =
            |row: &&Read<Answered<Transaction>>| row.answer.status == TransactionStatus::Approved;
        let Some(whole) = rows.iter().find(approved) else {
            return Ok(Vec::new());
        };
        let answers: Vec<_> = rows.iter().map(|row| &row.answer).collect();
        // Of very many days not all were asked for: then it is a part, and nobody says how much.
        let sum = (days.len() < MOST_DAYS)
            .then(|| Evidence::payletter_cancellations(&answers, &first.body))
            .flatten();
        let whole = Evidence::payletter_row(&whole.answer, &whole.body);
        Ok(whole.into_iter().chain(sum).map(Event::Sighted).collect())
    }

    /// The address told as the one that asks: ours, from the configuration.
    pub(super) fn own_ip(&self) -> String {
        let payletter = self.config().payletter.as_ref();
        payletter.map_or_else(String::new, |payletter| payletter.refund_ip.to_string())
    }
}
