//! Charges that PayPal made by itself, for a subscription: they are told under order numbers that it made up.

use paypair_ledger::{Begun, Digest, Evidence, Order, Renewal, Store};
use paypair_protocol::{
    Gateway,
    payletter_global::{Notice, NoticeEvent},
};

use super::decide::renewal_difference;
use crate::{
    ApiError, Verifier, environment::Environment, merchant::PaymentOptions, network::Network,
};

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// A signed notice under an order number that is not ours. If its key is that of a subscription of ours, and everything else is
    /// as it was agreed, it becomes an order that waits for the sales list. Otherwise it is kept, reported, and changes nothing.
    pub(super) async fn take_strange(
        &self,
        notice: &Notice,
        evidence: Option<Evidence>,
    ) -> Result<(), ApiError> {
        let strange = match self.renewed(notice).await? {
            Ok(origin) => match &evidence {
                Some(evidence) => return self.renew(origin, notice, evidence.clone()).await,
                None => "notice_without_evidence",
            },
            Err(strange) => strange,
        };
        tracing::error!(
            order_id = notice.order_id,
            why = strange,
            "a signed notice names an order that is not ours"
        );
        if let Some(evidence) = evidence {
            self.store().keep_stray(evidence, self.now()).await?;
        }
        Ok(())
    }

    /// The order whose subscription this renews, or why it renews none.
    async fn renewed(&self, notice: &Notice) -> Result<Result<Order, &'static str>, ApiError> {
        let (NoticeEvent::Paid, Some(key)) = (notice.event, &notice.billing_key) else {
            return Ok(Err("order_unknown"));
        };
        let digest = Digest::of(key.expose());
        let known = self
            .store()
            .billing_key_by_digest(Gateway::PayletterGlobal, &notice.merchant_id, digest)
            .await?;
        let Some(known) = known else {
            return Ok(Err("billing_key_unknown"));
        };
        let Some(origin) = self.store().order(&known.order_id).await? else {
            return Ok(Err("order_unknown"));
        };
        let origin = origin.order;
        if PaymentOptions::of(&origin).subscription.is_none() {
            return Ok(Err("subscription_not_asked"));
        }
        let tolerance = self.config().assumptions.global_timestamp_tolerance_hours;
        Ok(
            match renewal_difference(&origin, notice, self.now(), tolerance) {
                Some(difference) => Err(difference),
                None => Ok(origin),
            },
        )
    }

    async fn renew(
        &self,
        origin: Order,
        notice: &Notice,
        evidence: Evidence,
    ) -> Result<(), ApiError> {
        let renewal = Renewal {
            origin: origin.id,
            gateway_order_id: notice.order_id.clone(),
            evidence,
            new: self.unopened_attempt(Gateway::PayletterGlobal),
        };
        match self.store().begin_renewal(renewal, self.now()).await? {
            Begun::New(attempt) | Begun::Live(attempt) => self.start_lookup(attempt.key()),
            Begun::Settled(_) => {}
        }
        Ok(())
    }
}
