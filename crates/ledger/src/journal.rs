//! What every store writes down in the same words: rows of the timeline, what the outbox tells, names in the inbox.

use serde_json::{Value, json};

use crate::{
    Attempt, AttemptKey, Digest, Effect, Event, Evidence, Publication, Reason, RefundState,
    Resolution, State, Suspicion, Timestamp,
};

/// An event row before it joins the chain.
pub(crate) struct Line {
    pub(crate) at: Timestamp,
    pub(crate) key: AttemptKey,
    pub(crate) kind: &'static str,
    pub(crate) source: &'static str,
    pub(crate) from: Option<State>,
    pub(crate) to: State,
    pub(crate) evidence: Option<Digest>,
    pub(crate) note: Option<String>,
}

impl Line {
    /// Whether a browser said it, or whoever sends webhooks.
    pub(crate) fn is_unproven(&self) -> bool {
        matches!(self.source, "browser" | "webhook")
    }

    /// An attempt that begins.
    pub(crate) fn begun(attempt: &Attempt, source: &'static str, now: Timestamp) -> Self {
        Self {
            at: now,
            key: attempt.key(),
            kind: "begun",
            source,
            from: None,
            to: attempt.state,
            evidence: None,
            note: None,
        }
    }

    /// Evidence that fits no attempt.
    pub(crate) fn stray(key: AttemptKey, evidence: &Evidence, now: Timestamp) -> Self {
        Self {
            at: now,
            key,
            kind: "stray",
            source: evidence.source().as_str(),
            from: None,
            to: State::Discrepant,
            evidence: Some(evidence.body()),
            note: Some("order_unknown".to_owned()),
        }
    }
}

/// What a person should hear of, though nothing changed.
pub(crate) fn alert(effects: &[Effect]) -> Option<String> {
    effects.iter().find_map(|effect| match effect {
        Effect::Alert(why) => Some((*why).to_owned()),
        _ => None,
    })
}

/// The code of a reason that this step gave.
pub(crate) fn new_reason(before: &Attempt, after: &Attempt) -> Option<String> {
    let reason = after
        .reason
        .as_ref()
        .filter(|reason| before.reason.as_ref() != Some(reason));
    reason.map(|reason| reason.code.clone())
}

/// What the merchant is told of a change.
pub(crate) fn told(attempt: &Attempt, publication: Publication, now: Timestamp) -> Value {
    json!({
        "gateway": attempt.order.gateway.as_str(),
        "gatewayOrderId": attempt.gateway_order_id,
        "status": attempt.state.status(),
        "method": attempt.detail.method.as_deref().unwrap_or(attempt.order.method.as_str()),
        "amount": attempt.order.money.map(|money| money.to_wire()),
        "currency": attempt.order.money.map(|money| money.currency.as_str().to_owned()),
        "transactionId": attempt.transaction_id,
        "customerId": attempt.order.customer.id,
        "reason": attempt.reason,
        "billingKeyId": attempt.billing_key_id(),
        "refundedAmount": Some(attempt.refunded())
            .filter(|refunded| !refunded.is_zero())
            .map(|refunded| refunded.to_wire()),
        "refundId": refund_id(attempt, publication, now),
        "renews": attempt.order.renews,
        "secondPayments": second_payments(attempt),
        "unproven": unproven(attempt, publication, now),
    })
}

/// What the merchant is told of just now though no lookup shows it.
fn unproven(attempt: &Attempt, publication: Publication, now: Timestamp) -> Option<Vec<Value>> {
    let tells = matches!(publication, Publication::Discrepant | Publication::Pending);
    let is_news = |it: &&Suspicion| tells && it.told_at == Some(now);
    let told = attempt.suspicions.iter().filter(is_news).map(|it| {
        json!({
            "what": it.what,
            "transactionId": it.transaction_id,
            "amount": it.money.map(|money| money.to_wire()),
        })
    });
    Some(told.collect::<Vec<_>>()).filter(|told| !told.is_empty())
}

/// What the merchant is told of evidence that fits no attempt.
pub(crate) fn told_of_stray(key: &AttemptKey, evidence: &Evidence) -> Value {
    json!({
        "gateway": evidence.gateway().as_str(),
        "gatewayOrderId": key.order_id,
        "transactionId": evidence.transaction_id(),
        "amount": evidence.money().map(|money| money.to_wire()),
        "currency": evidence.money().map(|money| money.currency.as_str().to_owned()),
        "reason": Reason::new("order_unknown"),
    })
}

/// The payments beside the attempt's own that stand; none where all is as it should be.
fn second_payments(attempt: &Attempt) -> Option<Vec<Value>> {
    let standing = attempt.standing_seconds().map(|second| {
        json!({
            "transactionId": second.transaction_id,
            "amount": second.money.to_wire(),
        })
    });
    Some(standing.collect::<Vec<_>>()).filter(|standing| !standing.is_empty())
}

/// The merchant's id of the refund that ended just now: that was done, or, where the payment stands again, that was not.
fn refund_id(attempt: &Attempt, publication: Publication, now: Timestamp) -> Option<String> {
    // Not always the last one: an answer may come late.
    let mut lines = attempt.refunds.iter().rev();
    let line = lines.find(|line| line.ended_at == Some(now));
    let told = line.filter(|line| match publication {
        Publication::Refunded | Publication::PartiallyRefunded => line.state == RefundState::Done,
        Publication::Restored => true,
        _ => false,
    });
    told.and_then(|line| line.id.clone())
}

/// The payment that an event names: its evidence does, or a person's word of what was signed before.
pub(crate) fn named(attempt: &Attempt, event: &Event) -> Option<String> {
    let id = match event {
        Event::Resolved {
            resolution: Resolution::Captured,
            ..
        } => attempt.unproven_name(),
        event => event.evidence().and_then(Evidence::transaction_id),
    };
    id.map(str::to_owned)
}

/// The transaction id that this step made the attempt's own.
pub(crate) fn claimed<'a>(attempt: &Attempt, seen: &'a str) -> Option<&'a str> {
    // It may be another attempt's: whose it is the list says.
    if attempt.detail.named_by_answer {
        return None;
    }
    let own = attempt.transaction_id.as_deref() == Some(seen);
    let second = attempt.second_payment(Some(seen)).is_some();
    ((own || second) && attempt.clash.is_none()).then_some(seen)
}

/// What a notification is called in the inbox of the attempt.
pub(crate) fn name_of(evidence: &Evidence, key: &AttemptKey) -> Digest {
    Digest::of_parts([
        key.order_id.as_bytes(),
        &key.no.to_be_bytes(),
        evidence.body().as_bytes(),
    ])
}

/// The places for strays of what is signed. A buyer has seen the signed parts, and may write anything beside them.
pub(crate) fn places_of_strays(evidence: &Evidence) -> [Digest; MOST_STRAYS] {
    let money = evidence.money().map(|money| money.to_wire());
    std::array::from_fn(|no| {
        Digest::of_parts([
            b"stray".as_slice(),
            evidence.transaction_id().unwrap_or_default().as_bytes(),
            money.as_deref().unwrap_or_default().as_bytes(),
            evidence.customer_id().unwrap_or_default().as_bytes(),
            format!("{:?}", evidence.sight()).as_bytes(),
            &[no as u8],
        ])
    })
}

/// Somebody looks at a payment that is told of so often.
const MOST_STRAYS: usize = 8;
