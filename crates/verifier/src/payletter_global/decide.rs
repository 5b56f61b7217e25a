//! What a notice with a good hash is good for. The hash covers neither its kind nor its transaction id.

use std::time::Duration;

use paypair_ledger::{Attempt, Digest, Order, Timestamp};
use paypair_protocol::{
    Work,
    payletter_global::{Notice, NoticeEvent, NoticeForm, codes},
};

use crate::merchant::PaymentOptions;

/// What follows from a notice.
pub(super) enum Verdict {
    /// Evidence, in so far as its hash reaches; the ledger looks up what it does not.
    Sight,
    /// The gateway holds the payment for review.
    Pending,
    /// Kept and reported; nothing of ours changes by it.
    Quarantine(&'static str),
}

impl Verdict {
    /// The reason code of what is set aside.
    pub(super) fn why(&self) -> &'static str {
        match self {
            Self::Quarantine(why) => why,
            Self::Sight | Self::Pending => "notice_out_of_place",
        }
    }
}

/// Which form of the hash applies: it follows from what was asked for, never from the fields that came.
pub(super) fn form(attempt: Option<&Attempt>) -> NoticeForm {
    match attempt.map(|attempt| attempt.order.work) {
        Some(Work::Register) => NoticeForm::TokenOnly,
        _ => NoticeForm::Payment,
    }
}

/// Says what follows.
pub(super) fn judge(
    attempt: &Attempt,
    notice: &Notice,
    now: Timestamp,
    tolerance_hours: u32,
) -> Verdict {
    if !is_fresh(&notice.sent_at, now, tolerance_hours) {
        return Verdict::Quarantine("notice_is_old");
    }
    // `custom` is not covered by the hash and not always echoed; what is echoed must be ours. A renewal was never sent one.
    let echoed = notice.custom.as_deref().map(Digest::of);
    if attempt.order.renews.is_none() && echoed.is_some_and(|custom| custom != attempt.nonce) {
        return Verdict::Quarantine("nonce_differs");
    }
    match notice.event {
        NoticeEvent::Paid
        | NoticeEvent::Cancelled
        | NoticeEvent::ChargedBack
        | NoticeEvent::PartlyCancelled
        | NoticeEvent::BillingKeyIssued => Verdict::Sight,
        NoticeEvent::Pending => Verdict::Pending,
        NoticeEvent::SubscriptionCreated => subscribed(&attempt.order, notice),
        NoticeEvent::Unknown(_) => Verdict::Quarantine("notice_of_unknown_kind"),
    }
}

/// A subscription is made of what was asked for, and of nothing else.
fn subscribed(order: &Order, notice: &Notice) -> Verdict {
    let Some(asked) = PaymentOptions::of(order).subscription else {
        return Verdict::Quarantine("subscription_not_asked");
    };
    if notice.billing_key.is_none() {
        return Verdict::Quarantine("billing_key_missing");
    }
    let same = notice.subscription.as_ref().is_none_or(|made| {
        made.interval == asked.interval.into()
            && made.every.is_none_or(|every| every == asked.every)
            && made.cycles.is_none_or(|cycles| cycles == asked.cycles)
    });
    if same {
        Verdict::Sight
    } else {
        Verdict::Quarantine("subscription_differs")
    }
}

/// The first thing in which a charge that PayPal made by itself differs from the order that began the subscription. That it was made
/// at all, the sales list says.
pub(super) fn renewal_difference(
    origin: &Order,
    notice: &Notice,
    now: Timestamp,
    tolerance_hours: u32,
) -> Option<&'static str> {
    let used = notice.method.as_ref();
    [
        (
            "notice_is_old",
            !is_fresh(&notice.sent_at, now, tolerance_hours),
        ),
        ("merchant_differs", notice.merchant_id != origin.merchant_id),
        ("customer_differs", notice.customer_id != origin.customer.id),
        (
            "amount_differs",
            notice.amount.is_none() || notice.amount != origin.money,
        ),
        (
            "method_differs",
            used.is_some_and(|used| !is_paypal(used.as_str())),
        ),
    ]
    .into_iter()
    .find_map(|(code, differs)| differs.then_some(code))
}

/// Is it PayPal? Methods compare without case.
pub(super) fn is_paypal(method: &str) -> bool {
    codes::PAYPAL
        .iter()
        .any(|known| known.eq_ignore_ascii_case(method))
}

/// Seconds since 1970, not further from now than tolerated in either direction.
fn is_fresh(sent_at: &str, now: Timestamp, tolerance_hours: u32) -> bool {
    let Ok(seconds) = sent_at.parse::<i64>() else {
        return false;
    };
    let sent = Timestamp::from_millis(seconds.saturating_mul(1000));
    let tolerance = Duration::from_secs(u64::from(tolerance_hours) * 3600);
    now.since(sent) <= tolerance && sent.since(now) <= tolerance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freshness_is_a_span_around_now() {
        let now = Timestamp::from_millis(1_676_365_201_000);
        assert!(is_fresh("1676365201", now, 24));
        assert!(is_fresh("1676278802", now, 24));
        assert!(!is_fresh("1676278800", now, 24));
        assert!(!is_fresh("1676451602", now, 24));
        assert!(!is_fresh("", now, 24));
        assert!(!is_fresh("9223372036854775807", now, 24));
    }
}
