//! The calls.

use std::time::Duration;

use paypair_protocol::{
    Url,
    payletter_global::{
        Charge, Charged, Hosts, PaymentRequest, Refund, Refunded, Sale, Sales, SalesList, Search,
        Session, SettlementList, Settlements, SubscriptionCancel, SubscriptionCancelled,
    },
    proof::Answered,
};

use crate::{
    config::PayletterGlobal,
    failure::{Failure, Read, Rows},
    network::{GatewayAnswer, GatewayCall, Network},
};

const MONEY: Duration = Duration::from_secs(15);
const LOOKUP: Duration = Duration::from_secs(10);

/// Payletter Global, as one store reaches it.
pub(super) struct Client<'a, N> {
    pub(super) network: &'a N,
    pub(super) account: &'a PayletterGlobal,
    pub(super) hosts: Hosts,
}

impl<N: Network> Client<'_, N> {
    /// A payment window.
    pub(super) async fn request(
        &self,
        request: &PaymentRequest,
    ) -> Result<Answered<Session>, Failure> {
        let GatewayAnswer { status, body } = self
            .post(self.hosts.pay_url(), request.fields().to_json(), LOOKUP)
            .await?;
        Ok(request.read(status, &body)?)
    }

    /// The rows of these days that carry this order id. A Private API: it needs our address to be registered.
    pub(super) async fn sales(
        &self,
        order_id: &str,
        from: &str,
        to: &str,
    ) -> Result<Rows<Answered<Sale>>, Failure> {
        let list = SalesList {
            merchant_id: self.account.store_id.clone(),
            currency: None,
            from: from.to_owned(),
            to: to.to_owned(),
            search: Search::All,
            method_group: None,
            method_kind: None,
        };
        let Read { answer, body } = self.proven_list(&list).await?;
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

    /// The sales list as it is asked for.
    pub(super) async fn list(&self, list: &SalesList) -> Result<Sales, Failure> {
        Ok(self.proven_list(list).await?.answer.into_inner())
    }

    /// The same with its proof.
    pub(super) async fn proven_list(
        &self,
        list: &SalesList,
    ) -> Result<Read<Answered<Sales>>, Failure> {
        let (url, body) = (self.hosts.sales_list_url(), list.fields().to_json());
        let GatewayAnswer { status, body } = self.post(url, body, LOOKUP).await?;
        let answer = list.read(status, &body)?;
        if answer.is_cut_short() {
            tracing::warn!(day = list.from, "a list has fewer rows than it tells of");
        }
        Ok(Read { answer, body })
    }

    /// The settlement list. A Private API too.
    pub(super) async fn settlement(&self, list: &SettlementList) -> Result<Settlements, Failure> {
        let (url, body) = (self.hosts.settlement_list_url(), list.fields().to_json());
        let GatewayAnswer { status, body } = self.post(url, body, LOOKUP).await?;
        Ok(list.read(status, &body)?.into_inner())
    }

    /// The charge's money call. A Private API too.
    pub(super) async fn charge(&self, charge: &Charge) -> Result<Read<Answered<Charged>>, Failure> {
        let (url, body) = (self.hosts.charge_url(), charge.fields().to_json());
        let GatewayAnswer { status, body } = self.post(url, body, MONEY).await?;
        let answer = charge.read(status, &body)?;
        Ok(Read { answer, body })
    }

    /// Ends a PayPal subscription. Asking twice does no harm: the second time it is "cancelled before".
    pub(super) async fn cancel_subscription(
        &self,
        cancel: &SubscriptionCancel,
    ) -> Result<Read<Answered<SubscriptionCancelled>>, Failure> {
        let url = self.hosts.subscription_cancel_url();
        let GatewayAnswer { status, body } =
            self.post(url, cancel.fields().to_json(), MONEY).await?;
        let answer = cancel.read(status, &body)?;
        Ok(Read { answer, body })
    }

    /// The refund's money call.
    pub(super) async fn refund(
        &self,
        refund: &Refund,
    ) -> Result<Read<Answered<Refunded>>, Failure> {
        let GatewayAnswer { status, body } = self
            .post(self.hosts.refund_url(), refund.fields().to_json(), MONEY)
            .await?;
        let answer = refund.read(status, &body)?;
        Ok(Read { answer, body })
    }

    async fn post(
        &self,
        url: Url,
        body: String,
        timeout: Duration,
    ) -> Result<GatewayAnswer, Failure> {
        let call = GatewayCall::post(url, "application/json", body.into_bytes(), timeout)
            .with_header(
                "authorization",
                self.hosts.authorization(&self.account.api_key).expose(),
            );
        Ok(self.network.call(call).await?)
    }
}
