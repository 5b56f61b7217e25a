//! The calls.

use std::time::Duration;

use paypair_protocol::{
    CallError, Method, Money, Secret, Url,
    payple::{
        Auth, AuthAnswer, CashReceipt, CashReceiptDone, Confirm, Hosts, Link, LinkRequest, Lookup,
        LookupAnswer, Payer, PayerDelete, PayerDeleted, PayerLookup, Payment, Purpose, Refund,
        Refunded,
    },
    proof::Answered,
    wire::Fields,
};

use super::charge::ChargeCall;
use crate::{
    config::Payple,
    failure::{Failure, Read},
    network::{GatewayAnswer, GatewayCall, Network},
};

/// Answers about money wait longest: giving up early makes doubt.
const MONEY: Duration = Duration::from_secs(15);
const LOOKUP: Duration = Duration::from_secs(10);

/// Payple, as one merchant reaches it.
pub(super) struct Client<'a, N> {
    pub(super) network: &'a N,
    pub(super) account: &'a Payple,
    pub(super) hosts: Hosts,
    /// The origin of the page that listens: the gateway posts its message there.
    pub(super) page_origin: &'a str,
}

impl<N: Network> Client<'_, N> {
    /// Tokens for one purpose, and where to go with them.
    pub(super) async fn auth(
        &self,
        purpose: Purpose,
    ) -> Result<(Answered<AuthAnswer>, Url), Failure> {
        let auth = Auth {
            merchant_id: self.account.merchant_id.clone(),
            merchant_key: self.account.merchant_key.clone(),
            purpose,
        };
        let answer = self
            .post(self.hosts.auth_url(), &auth.fields(), LOOKUP)
            .await?;
        let tokens = auth.read(answer.status, &answer.body)?;
        let next = self.hosts.next_url(&tokens)?;
        Ok((tokens, next))
    }

    /// The money call of the CERT flow. `url` is read from the table again: this is the last line before the key leaves.
    pub(super) async fn confirm(
        &self,
        url: &str,
        auth_key: Secret,
        confirm_key: Secret,
        billing_key: Option<Secret>,
    ) -> Result<Read<Answered<Payment>>, Failure> {
        let url = self.hosts.confirm_url(url)?;
        let confirm = Confirm {
            merchant_id: self.account.merchant_id.clone(),
            merchant_key: self.account.merchant_key.clone(),
            auth_key,
            confirm_key,
            billing_key,
        };
        let GatewayAnswer { status, body } = self.post(url, &confirm.fields(), MONEY).await?;
        let answer = confirm.read(status, &body)?;
        Ok(Read { answer, body })
    }

    /// What became of an order, asked for each of these days.
    pub(super) async fn lookup(
        &self,
        method: &Method,
        order_id: &str,
        days: &[String],
    ) -> Result<Option<Read<Answered<Payment>>>, Failure> {
        let (tokens, url) = self.auth(Purpose::Lookup).await?;
        let mut refused = None;
        for day in days {
            let lookup = Lookup {
                tokens: tokens.tokens(),
                method: method.clone(),
                order_id: order_id.to_owned(),
                paid_on: day.clone(),
            };
            let GatewayAnswer { status, body } =
                self.post(url.clone(), &lookup.fields(), LOOKUP).await?;
            match lookup.read(status, &body) {
                Ok(LookupAnswer::Found(answer)) => return Ok(Some(Read { answer, body })),
                Ok(LookupAnswer::Absent(_)) => {}
                // It says nothing of the payment, or that there may be one: from that nothing follows, but another day may have it.
                Err(error @ CallError::Refused { .. }) if (200..300).contains(&status) => {
                    refused = refused.or(Some(error));
                }
                Err(error) => return Err(error.into()),
            }
        }
        refused.map_or(Ok(None), |error| Err(error.into()))
    }

    /// Whose card a billing key is.
    pub(super) async fn payer(
        &self,
        billing_key: Secret,
        customer_id: &str,
    ) -> Result<Read<Answered<Payer>>, Failure> {
        let (tokens, url) = self.auth(Purpose::Payer).await?;
        let lookup = PayerLookup {
            tokens: tokens.tokens(),
            billing_key,
            customer_id: Some(customer_id.to_owned()),
        };
        let GatewayAnswer { status, body } = self.post(url, &lookup.fields(), LOOKUP).await?;
        let answer = lookup.read(status, &body)?;
        Ok(Read { answer, body })
    }

    /// The charge's money call, with tokens fetched before.
    pub(super) async fn charge(
        &self,
        charge: &ChargeCall,
        url: Url,
    ) -> Result<Read<Answered<Payment>>, Failure> {
        let GatewayAnswer { status, body } = self.post(url, &charge.fields(), MONEY).await?;
        let answer = charge.read(status, &body)?;
        Ok(Read { answer, body })
    }

    /// Deletes a registered card, with tokens fetched before.
    pub(super) async fn delete_payer(
        &self,
        delete: &PayerDelete,
        url: Url,
    ) -> Result<Read<Answered<PayerDeleted>>, Failure> {
        let GatewayAnswer { status, body } = self.post(url, &delete.fields(), MONEY).await?;
        let answer = delete.read(status, &body)?;
        Ok(Read { answer, body })
    }

    /// Issues a cash receipt or takes one back, with tokens fetched before.
    pub(super) async fn cash_receipt(
        &self,
        receipt: &CashReceipt,
        url: Url,
    ) -> Result<Answered<CashReceiptDone>, Failure> {
        let answer = self.post(url, &receipt.fields(), MONEY).await?;
        Ok(receipt.read(answer.status, &answer.body)?)
    }

    /// Makes a payment link, with tokens fetched before.
    pub(super) async fn link(
        &self,
        link: &LinkRequest,
        url: Url,
    ) -> Result<Answered<Link>, Failure> {
        let answer = self.post(url, &link.fields(), LOOKUP).await?;
        Ok(link.read(answer.status, &answer.body)?)
    }

    /// The refund's money call, with tokens fetched before.
    pub(super) async fn refund(
        &self,
        tokens: &AuthAnswer,
        url: Url,
        order_id: &str,
        paid_on: String,
        (amount, tax_amount): (Money, Option<Money>),
    ) -> Result<Read<Answered<Refunded>>, Failure> {
        let refund_key = self
            .account
            .refund_key
            .clone()
            .ok_or(Failure::Lacking("payple.refund_key"))?;
        let refund = Refund {
            tokens: tokens.tokens(),
            refund_key,
            order_id: order_id.to_owned(),
            paid_on,
            amount,
            tax_amount,
        };
        let GatewayAnswer { status, body } = self.post(url, &refund.fields(), MONEY).await?;
        let answer = refund.read(status, &body)?;
        Ok(Read { answer, body })
    }

    async fn post(
        &self,
        url: Url,
        fields: &Fields,
        timeout: Duration,
    ) -> Result<GatewayAnswer, Failure> {
        let body = fields.to_json().into_bytes();
        let call = GatewayCall::post(url, "application/json", body, timeout)
            // Without the referrer of the listening page the window can neither answer nor close (AUTH0004, AUTH0007).
            .with_header("referer", format!("{}/", self.page_origin))
            .with_header("cache-control", "no-cache");
        Ok(self.network.call(call).await?)
    }
}
