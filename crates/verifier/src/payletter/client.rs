//! The calls.

use std::time::Duration;

use paypair_protocol::{
    Secret, Url,
    payletter::{
        CashReceiptIssue, Charge, Charged, DateType, Hosts, PaymentRequest, ReceiptInfo, Refund,
        Refunded, Session, Status, StatusAnswer, Transaction, TransactionList, Transactions,
    },
    proof::Answered,
};

use crate::{
    config::{Assumptions, PayletterClient, SearchKey},
    failure::{Failure, Read, Rows},
    network::{GatewayAnswer, GatewayCall, Network},
};

const MONEY: Duration = Duration::from_secs(15);
const LOOKUP: Duration = Duration::from_secs(10);
const JSON: &str = "application/json";

/// Payletter, as one client of the merchant's reaches it.
pub(super) struct Client<'a, N> {
    pub(super) network: &'a N,
    pub(super) account: &'a PayletterClient,
    pub(super) assumptions: &'a Assumptions,
    pub(super) hosts: Hosts,
}

impl<N: Network> Client<'_, N> {
    /// A payment window.
    pub(super) async fn request(
        &self,
        request: &PaymentRequest,
    ) -> Result<Answered<Session>, Failure> {
        let body = request.fields().to_json();
        let GatewayAnswer { status, body } = self
            .post(
                self.hosts.pay_url(),
                &self.account.payment_key,
                body,
                LOOKUP,
            )
            .await?;
        Ok(request.read(status, &body)?)
    }

    /// The rows of one day that carry this order id. The gateway takes the same order id twice, so there may be several.
    pub(super) async fn transactions(
        &self,
        order_id: &str,
        day: &str,
        by: DateType,
    ) -> Result<Rows<Answered<Transaction>>, Failure> {
        let list = TransactionList {
            merchant_id: self.account.client_id.clone(),
            on: day.to_owned(),
            by,
            method: None,
            order_id: Some(order_id.to_owned()),
        };
        let Read { answer, body } = self.proven_day(&list).await?;
        let cut_short = answer.is_cut_short();
        let rows = answer
            .into_rows()
            .filter(|row| row.order_id == order_id)
            .map(|answer| Read {
                answer,
                body: body.clone(),
            })
            .collect();
        Ok(Rows { rows, cut_short })
    }

    /// One day's list, as it is asked for; the answer names no body, for nothing is decided by it.
    pub(super) async fn day(&self, list: &TransactionList) -> Result<Transactions, Failure> {
        Ok(self.proven_day(list).await?.answer.into_inner())
    }

    /// The same with its proof.
    pub(super) async fn proven_day(
        &self,
        list: &TransactionList,
    ) -> Result<Read<Answered<Transactions>>, Failure> {
        let call = self.search(self.hosts.transaction_list_url(list))?;
        let GatewayAnswer { status, body } = self.network.call(call).await?;
        let answer = list.read(status, &body)?;
        if answer.is_cut_short() {
            tracing::warn!(day = list.on, "a list has fewer rows than it tells of");
        }
        Ok(Read { answer, body })
    }

    /// A page that shows what was paid.
    pub(super) async fn receipt(&self, info: &ReceiptInfo) -> Result<Url, Failure> {
        let call = self.search(self.hosts.receipt_url(info))?;
        let GatewayAnswer { status, body } = self.network.call(call).await?;
        let page = info.read(status, &body)?;
        Ok(self.hosts.window_url(&page.url)?)
    }

    /// A page where the buyer has a cash receipt issued.
    pub(super) async fn cash_receipt(&self, issue: &CashReceiptIssue) -> Result<Url, Failure> {
        let (url, body) = (self.hosts.cash_receipt_url(issue), issue.fields().to_json());
        let GatewayAnswer { status, body } = self
            .post(url, &self.account.payment_key, body, LOOKUP)
            .await?;
        let page = issue.read(status, &body)?;
        Ok(self.hosts.window_url(&page.url)?)
    }

    /// A GET that the SEARCH key opens.
    fn search(&self, url: Url) -> Result<GatewayCall, Failure> {
        let key = self
            .account
            .search_key
            .as_ref()
            .ok_or(Failure::Lacking("payletter.clients.search_key"))?;
        Ok(GatewayCall::get(url, LOOKUP)
            .with_header("authorization", self.hosts.authorization(key).expose()))
    }

    /// How far a payment came; nothing if the call is switched off.
    pub(super) async fn status(
        &self,
        order_id: &str,
    ) -> Result<Option<Answered<StatusAnswer>>, Failure> {
        let key = match self.assumptions.payletter_status_key {
            SearchKey::None => return Ok(None),
            SearchKey::Payment => &self.account.payment_key,
            SearchKey::Search => match &self.account.search_key {
                Some(key) => key,
                None => return Ok(None),
            },
        };
        let status = Status {
            merchant_id: self.account.client_id.clone(),
            order_id: order_id.to_owned(),
        };
        let body = status.fields().to_json();
        let answer = self
            .post(self.hosts.status_url(), key, body, LOOKUP)
            .await?;
        Ok(Some(status.read(answer.status, &answer.body)?))
    }

    /// The charge's money call.
    pub(super) async fn charge(&self, charge: &Charge) -> Result<Read<Answered<Charged>>, Failure> {
        let (url, body) = (self.hosts.charge_url(), charge.fields().to_json());
        let GatewayAnswer { status, body } = self
            .post(url, &self.account.payment_key, body, MONEY)
            .await?;
        let answer = charge.read(status, &body)?;
        Ok(Read { answer, body })
    }

    /// The refund's money call.
    pub(super) async fn refund(
        &self,
        refund: &Refund,
    ) -> Result<Read<Answered<Refunded>>, Failure> {
        let mut fields = refund.fields();
        if !self.assumptions.payletter_cancel_with_amount && refund.partial.is_none() {
            fields.remove("amount");
        }
        let url = self.hosts.refund_url(refund);
        let GatewayAnswer { status, body } = self
            .post(url, &self.account.payment_key, fields.to_json(), MONEY)
            .await?;
        let answer = refund.read(status, &body)?;
        Ok(Read { answer, body })
    }

    async fn post(
        &self,
        url: Url,
        key: &Secret,
        body: String,
        timeout: Duration,
    ) -> Result<GatewayAnswer, Failure> {
        let call = GatewayCall::post(url, JSON, body.into_bytes(), timeout)
            .with_header("authorization", self.hosts.authorization(key).expose());
        Ok(self.network.call(call).await?)
    }
}
