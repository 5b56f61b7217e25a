//! Giving money back. In Vietnam (VTC) the call only asks for it; it is done when a notice comes.

use std::time::Duration;

use paypair_ledger::{Attempt, Event, Evidence, Store, Timestamp};
use paypair_protocol::{
    payletter_global::{Notice, NoticeEvent, Refund},
    proof::Verified,
};

use crate::{
    ApiError, Verifier,
    environment::Environment,
    failure::{Failure, Read},
    network::Network,
    supervisor::MoneyAnswer,
};

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// The refund's money call.
    pub(crate) async fn global_refund(&self, attempt: &Attempt) -> MoneyAnswer {
        let client = match self.global() {
            Ok(client) => client,
            Err(failure) => return failure.before_money(),
        };
        let wanted = attempt
            .refund
            .as_ref()
            .and_then(|case| Some((case.money, case.transaction_id.clone()?)));
        let Some((amount, transaction_id)) = wanted else {
            return Failure::Lacking("a transaction id").before_money();
        };
        let method = attempt.order.method.clone();
        let refund = Refund {
            merchant_id: attempt.order.merchant_id.clone(),
            transaction_id,
            amount,
            // Empty: the buyer chose in the window, and the transaction alone names the payment.
            method: Some(method).filter(|method| !method.as_str().is_empty()),
        };
        match client.refund(&refund).await {
            Ok(Read { answer, body }) => {
                let evidence = Evidence::global_refund(&answer, &body);
                MoneyAnswer::done(if answer.is_pending() {
                    Event::RefundAccepted(evidence)
                } else {
                    Event::RefundAnswered(evidence)
                })
            }
            Err(failure) => failure.of_money(),
        }
    }

    /// A notice of a part while ours runs or is in doubt. The sales list says that a part went back and not how much; the notice's
    /// hash covers how much and not what happened. The two together tell whether it was ours.
    ///
    /// If the list does not say so yet, the notice is not acknowledged: it comes again.
    pub(super) async fn global_part_seen(
        &self,
        attempt: &Attempt,
        notice: &Verified<Notice>,
        body: &[u8],
    ) -> Result<(), ApiError> {
        let permitted = self.config().assumptions.global_sales_list_permitted;
        if !permitted
            || notice.event != NoticeEvent::PartlyCancelled
            || !is_our_part(attempt, notice)
        {
            return Ok(());
        }
        let rows = self.global_rows(attempt).await?.found()?;
        let evidence = rows
            .iter()
            .find_map(|row| Evidence::global_part(notice, &row.answer, attempt.refunded(), body));
        match evidence {
            Some(evidence) => self.quietly(attempt, Event::Sighted(evidence)).await,
            None => Err(ApiError::GatewayDown),
        }
    }
}

/// Could the notice be of the part that is on its way? Signed after it was asked for, and of its amount. Of two parts alike the
/// notice of the first could come again for the second, and clocks are put back: then nothing follows from it. That the first one was
/// refused says nothing: what is refused may be done. What never left was not.
fn is_our_part(attempt: &Attempt, notice: &Notice) -> bool {
    let ours = attempt.refund.as_ref().filter(|case| case.partial);
    let (Some(case), Some((line, earlier))) = (ours, attempt.refunds.split_last()) else {
        return false;
    };
    let sent = notice.sent_at.parse::<i64>();
    let sent = sent.map(|seconds| Timestamp::from_millis(seconds.saturating_mul(1000)));
    let alike = earlier
        .iter()
        .any(|other| !(other.not_sent || other.never_left) && other.money == case.money);
    notice.amount == Some(case.money)
        && sent.is_ok_and(|sent| sent >= line.asked_at.before(CLOCKS_APART))
        && !alike
}

/// How far the gateway's clock may be behind ours.
const CLOCKS_APART: Duration = Duration::from_secs(60);
