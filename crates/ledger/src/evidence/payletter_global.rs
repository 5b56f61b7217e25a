//! Payletter Global's proofs.

use paypair_protocol::payletter_global::{
    Charge, Charged, Notice, NoticeEvent, Refunded, Sale, SaleStatus, SubscriptionCancelled, codes,
};
use paypair_protocol::proof::{Answered, Verified};
use paypair_protocol::{Gateway, Method, Money, Secret};

use super::{Evidence, Sight, Source, filled};
use crate::{BillingKey, CardSeen, Detail, Digest};

impl Evidence {
    /// There is one kind of notice for parts and another for the whole, or all that was left of it.
    pub(crate) fn tells_of_the_whole(&self) -> bool {
        self.gateway() == Gateway::PayletterGlobal && self.sight() == Sight::Cancelled
    }

    /// A notice whose hash is right; none if it tells of no payment and no key (pending, something newer).
    pub fn global_notice(notice: &Verified<Notice>, body: &[u8]) -> Option<Self> {
        let sight = match notice.event {
            NoticeEvent::Paid => Sight::Captured,
            NoticeEvent::Cancelled => Sight::Cancelled,
            NoticeEvent::ChargedBack => Sight::ChargedBack,
            NoticeEvent::PartlyCancelled => Sight::PartlyCancelled,
            NoticeEvent::BillingKeyIssued => Sight::Registered,
            NoticeEvent::SubscriptionCreated => Sight::Subscribed,
            NoticeEvent::Pending | NoticeEvent::Unknown(_) => return None,
        };
        let mut evidence = Self::new(Source::Notice, sight, Gateway::PayletterGlobal, body);
        evidence.merchant_id = filled(&notice.merchant_id);
        evidence.gateway_order_id = filled(&notice.order_id);
        evidence.money = notice.amount;
        evidence.transaction_id.clone_from(&notice.transaction_id);
        evidence.customer_id = filled(&notice.customer_id);
        evidence.method.clone_from(&notice.method);
        evidence.nonce = notice.custom.as_ref().map(Digest::of);
        evidence.billing_key = notice.billing_key.as_ref().map(BillingKey::of);
        evidence.detail = Detail {
            card: notice.card_number.as_ref().map(|number| CardSeen {
                name: notice.card_name.clone().unwrap_or_default(),
                number: number.to_string(),
            }),
            method: notice.method.as_ref().map(ToString::to_string),
            paid_at: notice.paid_at.clone(),
            ..Detail::default()
        };
        Some(evidence)
    }

    /// A row of the sales list; none if its state is newer than we are.
    pub fn global_sale(sale: &Answered<Sale>, body: &[u8]) -> Option<Self> {
        let sight = match sale.status {
            SaleStatus::Paid => Sight::Captured,
            SaleStatus::Cancelled => Sight::Cancelled,
            SaleStatus::PartlyCancelled => Sight::PartlyCancelled,
            SaleStatus::Unknown(_) => return None,
        };
        let mut evidence = Self::new(Source::Lookup, sight, Gateway::PayletterGlobal, body);
        evidence.gateway_order_id = filled(&sale.order_id);
        evidence.money = sale.amount;
        evidence.transaction_id = filled(&sale.transaction_id);
        evidence.customer_id = filled(&sale.customer_id);
        evidence.method = filled(sale.method.as_str()).map(Into::into);
        // `CreditCard` is compared with what was asked for, but nothing can be asked for by it: what else told the method knew more.
        evidence.detail.method = codes::method(&sale.method).map(|row| row.code.to_owned());
        evidence.detail.paid_at.clone_from(&sale.paid_at);
        Some(evidence)
    }

    /// The answer to our charge of a billing key; none if it names no amount, which proves nothing. What it leaves out is the request's.
    pub fn global_charge(
        request: &Charge,
        answer: &Answered<Charged>,
        body: &[u8],
    ) -> Option<Self> {
        let (source, sight) = (Source::Charge, Sight::Captured);
        let mut evidence = Self::new(source, sight, Gateway::PayletterGlobal, body);
        let said = |answered: &Option<String>, asked: &str| {
            answered
                .as_deref()
                .and_then(filled)
                .or_else(|| filled(asked))
        };
        evidence.money = Some(answer.amount?);
        evidence.merchant_id = said(&answer.merchant_id, &request.merchant_id);
        evidence.gateway_order_id = said(&answer.order_id, &request.order_id);
        evidence.transaction_id = filled(&answer.transaction_id);
        let asked = request.customer_id.as_deref().unwrap_or_default();
        evidence.customer_id = said(&answer.customer_id, asked);
        evidence.method = filled(request.method.as_str()).map(Into::into);
        evidence.billing_key = answer.billing_key.as_ref().map(BillingKey::of);
        evidence.detail = Detail {
            method: filled(request.method.as_str()),
            paid_at: answer.paid_at.clone(),
            ..Detail::default()
        };
        Some(evidence)
    }

    /// The answer to our end of a subscription. It names nothing: it answers the request for this key.
    pub fn global_subscription_cancelled(
        _answer: &Answered<SubscriptionCancelled>,
        key: &Secret,
        body: &[u8],
    ) -> Self {
        let (source, sight) = (Source::BillingKeyDelete, Sight::BillingKeyDeleted);
        let mut evidence = Self::new(source, sight, Gateway::PayletterGlobal, body);
        evidence.billing_key = Some(BillingKey::of(key));
        evidence
    }

    /// A part that went back, by two witnesses: the notice, whose hash covers how much but not what happened, and the sales list, which
    /// says that a part is back but not how much. `before` went back earlier. None unless both speak of the same payment, and of a part.
    pub fn global_part(
        notice: &Verified<Notice>,
        sale: &Answered<Sale>,
        before: Money,
        body: &[u8],
    ) -> Option<Self> {
        let part = notice.amount?;
        let partly = notice.event == NoticeEvent::PartlyCancelled
            && matches!(
                sale.status,
                SaleStatus::PartlyCancelled | SaleStatus::Cancelled
            );
        let same = notice.order_id == sale.order_id
            && notice.transaction_id.as_deref() == Some(&sale.transaction_id)
            && notice.customer_id == sale.customer_id
            && part.currency == before.currency;
        if !partly || !same {
            return None;
        }
        let mut evidence = Self::global_sale(sale, body)?;
        evidence.sight = Sight::PartlyCancelled;
        evidence.money = None;
        evidence.refunded = Some(Money {
            minor: before.minor.checked_add(part.minor)?,
            ..before
        });
        Some(evidence)
    }

    /// The answer to our refund.
    pub fn global_refund(answer: &Answered<Refunded>, body: &[u8]) -> Self {
        let mut evidence = Self::new(
            Source::Refund,
            Sight::Cancelled,
            Gateway::PayletterGlobal,
            body,
        );
        evidence.gateway_order_id.clone_from(&answer.order_id);
        evidence.money = answer.amount;
        evidence.transaction_id = filled(&answer.transaction_id);
        evidence
    }
}

/// The sales list leaves out the method's group: `CreditCard` for `PLCreditCard`.
pub(super) fn same_family(asked: &Method, used: &Method) -> bool {
    let (asked, used) = (
        asked.as_str().to_ascii_lowercase(),
        used.as_str().to_ascii_lowercase(),
    );
    asked == used || asked.ends_with(&used)
}
